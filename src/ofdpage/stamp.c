/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stamp.c - the seals of a document: StampAnnot tells the page and place, the signed value holds
 * the seal with its picture. What is shown says nothing about whether a signature holds.
 */
#include "ofdpage/room.h"

#define RULE "GB/T 33190-2016, stamp annotations"

/* --- Places ------------------------------------------------------------------------------ */

static yx_status add_place(struct yx_ofd_book *book, struct yx_ofd_seal *seal,
                           const struct yx_xml *annotation, struct yx_error *err)
{
    struct yx_ofd_place *place = yx_arena_alloc(book->arena, sizeof *place);
    if (place == NULL)
        return yx_ofd_fail_arena(book->arena, err);
    place->seal = seal;
    place->page = yx_xml_attribute(annotation, "PageRef");
    place->has_clip = yx_xml_attribute(annotation, "Clip") != NULL;
    bool good = place->page != NULL && yx_ofd_has_box(annotation, "Boundary", &place->box) &&
                (!place->has_clip || yx_ofd_has_box(annotation, "Clip", &place->clip));
    if (!good || book->stamp_count >= YX_OFD_SHOWN_STAMPS_MAX) {
        yx_ofd_find(book,
                    N_("a stamp of the signature {1} is not shown: it has no proper place, "
                       "or there are too many"),
                    seal->signature->id);
        return YX_OK;
    }
    book->stamp_count++;
    if (book->last_place == NULL)
        book->places = place;
    else
        book->last_place->next = place;
    book->last_place = place;
    return YX_OK;
}

/* A path that leads nowhere stays empty: the other one may serve. */
static yx_status find_part(struct yx_ofd_book *book, struct yx_bytes base, const char *location,
                           struct yx_bytes *out, struct yx_error *err)
{
    struct yx_error why;
    if (location == NULL)
        return YX_OK;
    yx_status status = yx_ofd_resolve(book->arena, base, location, out, &why);
    return status == YX_OK ? YX_OK : yx_ofd_find_error(book, &why, err);
}

static yx_status read_signature(struct yx_ofd_book *book, const struct yx_ofd_signature *signature,
                                struct yx_error *err)
{
    const struct yx_xml *root = NULL;
    struct yx_error why;
    yx_status status = yx_ofd_xml_into(book->ofd, signature->path, book->arena, &root, NULL, &why);
    if (status != YX_OK)
        return yx_ofd_find_error(book, &why, err);
    const struct yx_xml *info = yx_xml_child(root, "SignedInfo");
    const struct yx_xml *stamp = yx_xml_child(info, "StampAnnot");
    if (stamp == NULL)
        return YX_OK;
    struct yx_ofd_seal *seal = yx_arena_alloc(book->arena, sizeof *seal);
    if (seal == NULL)
        return yx_ofd_fail_arena(book->arena, err);
    seal->signature = signature;
    seal->next = book->seals;
    book->seals = seal;
    YX_TRY(find_part(book, signature->path, yx_xml_child_text(root, "SignedValue"),
                     &seal->value_path, err));
    YX_TRY(find_part(book, signature->path,
                     yx_xml_child_text(yx_xml_child(info, "Seal"), "BaseLoc"), &seal->seal_path,
                     err));
    for (; stamp != NULL; stamp = yx_xml_next(stamp))
        YX_TRY(add_place(book, seal, stamp, err));
    return YX_OK;
}

static yx_status read_signatures(struct yx_ofd_book *book, struct yx_error *err)
{
    unsigned left = YX_OFD_SHOWN_SIGNATURES_MAX;
    const struct yx_ofd_signature *at = book->document->signatures;
    if (book->document->signatures_error.status != YX_OK)
        yx_ofd_book_note(book, &book->document->signatures_error.message);
    for (; at != NULL && left > 0; at = at->next, left--) {
        if (at->path.len > 0)
            YX_TRY(read_signature(book, at, err));
    }
    book->stamps_are_read = true;
    return YX_OK;
}

/* --- Seals ------------------------------------------------------------------------------- */

static yx_status take_seal(struct yx_ofd_book *book, struct yx_ofd_seal *seal, struct yx_bytes der,
                           struct yx_error *err)
{
    YX_REQUIRE(der.len <= YX_OFD_SHOWN_SEALS_MAX - book->seal_bytes, err, YX_DAMAGED, RULE,
               N_("the seals of the document are larger than what is held of them; the last are "
                  "not shown"));
    YX_TRY(yx_seal_read(der, NULL, &seal->seal, err));
    book->seal_bytes += der.len;
    return YX_OK;
}

/* What was signed counts; the file beside it serves where the value holds no seal (GB/T 35275). */
static yx_status read_from_value(struct yx_ofd_book *book, struct yx_ofd_seal *seal,
                                 struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    struct yx_ses ses;
    YX_TRY(yx_ofd_read(book->ofd, seal->value_path, YX_OFD_SIGNED_VALUE_MAX, &value, err));
    YX_TRY(yx_ses_parse(yx_buf_bytes(&value), &ses, err));
    return take_seal(book, seal, ses.seal, err);
}

static yx_status read_from_file(struct yx_ofd_book *book, struct yx_ofd_seal *seal,
                                struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_TRY(yx_ofd_read(book->ofd, seal->seal_path, YX_SEAL_MAX, &der, err));
    return take_seal(book, seal, yx_buf_bytes(&der), err);
}

static yx_status read_seal(struct yx_ofd_book *book, struct yx_ofd_seal *seal, struct yx_error *err)
{
    struct yx_error why;
    if (seal->is_read)
        return YX_OK;
    seal->is_read = true;
    yx_status status = read_from_value(book, seal, &why);
    if (status != YX_OK && seal->seal_path.len > 0)
        status = read_from_file(book, seal, &why);
    return status == YX_OK ? YX_OK : yx_ofd_find_error(book, &why, err);
}

void yx_ofd_free_seals(struct yx_ofd_book *book)
{
    for (struct yx_ofd_seal *at = book->seals; at != NULL; at = at->next)
        yx_seal_free(at->seal);
}

/* --- Stamps ------------------------------------------------------------------------------ */

static yx_status show(const struct yx_ofd_place *place, struct yx_arena *arena,
                      const struct yx_ofd_shown_stamp **out, struct yx_error *err)
{
    const struct yx_seal_info *info = yx_seal_info(place->seal->seal);
    struct yx_ofd_shown_stamp *stamp = yx_arena_alloc(arena, sizeof *stamp);
    if (stamp == NULL)
        return yx_ofd_fail_arena(arena, err);
    stamp->box = place->box;
    stamp->has_clip = place->has_clip;
    stamp->clip = place->clip;
    stamp->picture = info->picture;
    stamp->type = yx_arena_text(arena, info->picture_type);
    if (stamp->type == NULL)
        return yx_ofd_fail_arena(arena, err);
    *out = stamp;
    return YX_OK;
}

yx_status yx_ofd_read_stamps(struct yx_ofd_book *book, const char *page, struct yx_arena *arena,
                             const struct yx_ofd_shown_stamp **out, struct yx_error *err)
{
    if (!book->stamps_are_read)
        YX_TRY(read_signatures(book, err));
    for (const struct yx_ofd_place *at = book->places; at != NULL; at = at->next) {
        if (strcmp(at->page, page) != 0)
            continue;
        YX_TRY(read_seal(book, at->seal, err));
        if (at->seal->seal == NULL)
            continue;
        YX_TRY(show(at, arena, out, err));
        struct yx_ofd_shown_stamp *shown = (struct yx_ofd_shown_stamp *)(uintptr_t)*out;
        out = &shown->next;
    }
    return YX_OK;
}
