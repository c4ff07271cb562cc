/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signed.c - reads the Signature.xml files that a package lists. Whether the lists themselves are
 * sound is in signed_lists.c; whether the signatures hold, in verify.c.
 *
 *   Signature   SignedInfo, SignedValue (ST_Loc)
 *   SignedInfo  Provider, SignatureMethod, SignatureDateTime, References, StampAnnot*, Seal/BaseLoc
 *   References  @CheckMethod, Reference*: @FileRef (ST_Loc), CheckValue (base64)
 */
#include <stdlib.h>

#include "ofd/model.h"
#include "zip/zip.h"

#define RULE "GB/T 33190-2016, signatures"

/* The part that a location in Signature.xml names; YX_NO_PART when there is none. */
static yx_status locate(struct yx_ofd_parts *parts, struct yx_bytes base, const char *location,
                        struct yx_bytes *path, size_t *part, struct yx_error *err)
{
    *path = YX_BYTES(NULL, 0);
    *part = YX_NO_PART;
    if (location == NULL)
        return YX_OK;
    struct yx_error why;
    yx_status status = yx_ofd_resolve(parts->ofd->arena, base, location, path, &why);
    if (status == YX_OK) {
        *part = yx_ofd_parts_find(parts, *path);
        return YX_OK;
    }
    if (status == YX_DAMAGED)
        return YX_OK;
    return yx_ofd_pass_on(err, &why);
}

static size_t count_references(const struct yx_xml *references)
{
    size_t count = 0;
    for (const struct yx_xml *r = yx_xml_child(references, "Reference"); r; r = yx_xml_next(r))
        count++;
    return count;
}

static int compare_indices(const void *a, const void *b)
{
    const size_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

static yx_status read_references(struct yx_ofd_parts *parts, struct yx_ofd_signed *out,
                                 struct yx_error *err)
{
    const struct yx_xml *references = yx_xml_child(out->info, "References");
    size_t count = count_references(references);
    out->check_method = references == NULL ? NULL : yx_xml_attribute(references, "CheckMethod");
    out->references = yx_arena_calloc(parts->arena, count + 1, sizeof *out->references);
    out->covers = yx_arena_calloc(parts->arena, count + 1, sizeof *out->covers);
    if (out->references == NULL || out->covers == NULL)
        return yx_fail_memory(err);
    for (const struct yx_xml *r = yx_xml_child(references, "Reference"); r; r = yx_xml_next(r)) {
        struct yx_ofd_reference *reference = &out->references[out->reference_count++];
        const char *file_ref = yx_xml_attribute(r, "FileRef");
        const char *check_value = yx_xml_child_text(r, "CheckValue");
        reference->file_ref = file_ref == NULL ? "" : file_ref;
        reference->check_value = check_value == NULL ? "" : check_value;
        YX_TRY(locate(parts, out->listed->path, file_ref, &reference->path, &reference->part, err));
        if (reference->part != YX_NO_PART)
            out->covers[out->cover_count++] = reference->part;
    }
    qsort(out->covers, out->cover_count, sizeof *out->covers, compare_indices);
    return YX_OK;
}

static yx_status read_locations(struct yx_ofd_parts *parts, const struct yx_xml *root,
                                struct yx_ofd_signed *out, struct yx_error *err)
{
    struct yx_bytes path;
    const struct yx_xml *seal = yx_xml_child(out->info, "Seal");
    out->has_seal = seal != NULL;
    YX_TRY(locate(parts, out->listed->path, yx_xml_child_text(seal, "BaseLoc"), &path,
                  &out->seal_part, err));
    const char *value = yx_xml_child_text(root, "SignedValue");
    YX_REQUIRE(value != NULL, err, YX_DAMAGED, RULE,
               N_("Signature.xml does not say where its signed value is"));
    YX_TRY(locate(parts, out->listed->path, value, &path, &out->value_part, err));
    YX_REQUIRE(out->value_part != YX_NO_PART, err, YX_DAMAGED, RULE,
               N_("the signed value {1} is not in the package"), value);
    return YX_OK;
}

/* --- Form -------------------------------------------------------------------------------- */

/* Readers differ on which of two elements counts, and where they look for it: a signer could show
 * each of them another signature. So each has one place, and stands there once. */
static const struct place {
    const char *name, *parent;
    bool repeats;
} places[] = {
    {"Signature", "", false}, /* the root alone */
    {"SignedInfo", "Signature", false},
    {"SignedValue", "Signature", false},
    {"SignatureMethod", "SignedInfo", false},
    {"SignatureDateTime", "SignedInfo", false},
    {"References", "SignedInfo", false},
    {"Reference", "References", true},
    {"CheckValue", "Reference", false},
    {"StampAnnot", "SignedInfo", true},
    {"Seal", "SignedInfo", false},
    {"BaseLoc", "Seal", false},
};

static const struct place *place_of(const struct yx_xml *element)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(element->name, places[i].name) == 0)
            return &places[i];
    return NULL;
}

/* The next element of the tree below `root`, parents before their children. */
static const struct yx_xml *walk_on(const struct yx_xml *root, const struct yx_xml *at)
{
    if (at->first != NULL)
        return at->first;
    while (at != root && at->next == NULL)
        at = at->parent;
    return at == root ? NULL : at->next;
}

/*
 * Nothing but its two elements stands in a Signature: a part that a document names as a page or a
 * picture, and that comes into being as the file of a later signature, must not be readable as one.
 */
static yx_status check_form(const struct yx_xml *root, struct yx_error *err)
{
    const struct yx_xml *at = root;
    while ((at = walk_on(root, at)) != NULL) {
        const struct place *place = place_of(at);
        YX_REQUIRE(place != NULL || at->parent != root, err, YX_DAMAGED, RULE,
                   N_("Signature.xml holds {1}, which has no place in a signature"), at->name);
        if (place == NULL)
            continue;
        bool alone = place->repeats || yx_xml_next(at) == NULL;
        YX_REQUIRE(alone && strcmp(at->parent->name, place->parent) == 0, err, YX_DAMAGED, RULE,
                   N_("Signature.xml holds {1} twice or in the wrong place: programs would not "
                      "agree which one counts"),
                   at->name);
    }
    return YX_OK;
}

/* `taken` has one flag per part: signature files belong to one signature each. */
static yx_status read_one(struct yx_ofd_parts *parts, bool *taken, struct yx_ofd_signed *out,
                          struct yx_error *err)
{
    struct yx_bytes path = out->listed->path;
    YX_REQUIRE(path.len > 0, err, YX_DAMAGED, RULE,
               N_("the list of signatures does not say where signature {1} is"), out->listed->id);
    out->xml_part = yx_ofd_parts_find(parts, path);
    YX_REQUIRE(out->xml_part != YX_NO_PART, err, YX_DAMAGED, RULE,
               N_("{1} is listed as a signature and is not in the package"), YX_ZIP_NAME(path));
    YX_REQUIRE(!taken[out->xml_part], err, YX_DAMAGED, RULE,
               N_("{1} belongs to two signatures of the package"), YX_ZIP_NAME(path));
    taken[out->xml_part] = true;
    const struct yx_xml *root;
    YX_TRY(yx_ofd_xml(parts->ofd, path, &root, &out->xml, err));
    YX_REQUIRE(strcmp(root->name, "Signature") == 0, err, YX_DAMAGED, RULE,
               N_("{1} is no signature: its root element is {2}"), YX_ZIP_NAME(path), root->name);
    out->info = yx_xml_child(root, "SignedInfo");
    YX_REQUIRE(out->info != NULL, err, YX_DAMAGED, RULE, N_("{1} has no SignedInfo"),
               YX_ZIP_NAME(path));
    YX_TRY(check_form(root, err));
    YX_TRY(read_references(parts, out, err));
    YX_TRY(read_locations(parts, root, out, err));
    YX_REQUIRE(!taken[out->value_part], err, YX_DAMAGED, RULE,
               N_("{1} belongs to two signatures of the package"),
               YX_ZIP_NAME(parts->items[out->value_part].entry->name));
    taken[out->value_part] = true;
    return YX_OK;
}

static yx_status count_signatures(const struct yx_ofd *ofd, size_t *out, struct yx_error *err)
{
    size_t count = 0;
    for (uint32_t i = 0; i < ofd->document_count; i++)
        for (const struct yx_ofd_signature *s = ofd->documents[i].signatures; s; s = s->next)
            count++;
    YX_REQUIRE(count <= YX_OFD_JUDGED_MAX, err, YX_REFUSED, RULE,
               N_("the package lists {1} signatures; more than {2} are not checked"), YX_NUM(count),
               YX_NUM(YX_OFD_JUDGED_MAX));
    *out = count;
    return YX_OK;
}

static yx_status keep_error(struct yx_ofd_signed *signature, yx_status status,
                            const struct yx_error *why, struct yx_error *err)
{
    if (status == YX_DAMAGED || status == YX_REFUSED) {
        signature->error = *why;
        return YX_OK;
    }
    return status == YX_OK ? YX_OK : yx_ofd_pass_on(err, why);
}

yx_status yx_ofd_signed_read(struct yx_ofd_parts *parts, struct yx_ofd_signed_list *out,
                             struct yx_error *err)
{
    const struct yx_ofd *ofd = parts->ofd;
    size_t count = 0;
    YX_TRY(count_signatures(ofd, &count, err));
    struct yx_ofd_signed_list list = {NULL, 0};
    list.items = yx_arena_calloc(parts->arena, count + 1, sizeof *list.items);
    bool *taken = yx_arena_calloc(parts->arena, parts->count + 1, sizeof *taken);
    if (list.items == NULL || taken == NULL)
        return yx_fail_memory(err);
    for (uint32_t i = 0; i < ofd->document_count; i++) {
        size_t place = 0;
        for (const struct yx_ofd_signature *s = ofd->documents[i].signatures; s; s = s->next) {
            struct yx_ofd_signed *signature = &list.items[list.count++];
            *signature = (struct yx_ofd_signed){.document = i + 1,
                                                .place = place++,
                                                .listed = s,
                                                .xml_part = YX_NO_PART,
                                                .seal_part = YX_NO_PART,
                                                .value_part = YX_NO_PART};
            struct yx_error why;
            yx_status status = read_one(parts, taken, signature, &why);
            YX_TRY(keep_error(signature, status, &why, err));
        }
    }
    *out = list;
    return YX_OK;
}

bool yx_ofd_signed_covers(const struct yx_ofd_signed *signature, size_t part)
{
    return part != YX_NO_PART && signature->cover_count > 0 &&
           bsearch(&part, signature->covers, signature->cover_count, sizeof part,
                   compare_indices) != NULL;
}
