/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.c - the document security store (ETSI EN 319 142-1 5.4) after signing: it may grow.
 * What a signature or time-stamp covers of it must stay, since it may be the CRL or the OCSP
 * response that tells of a revocation; whoever writes it anew writes the same bytes.
 */
#include <stdlib.h>

#include "pdfchanges/changes.h"

#define RULE_STORE "ETSI EN 319 142-1 5.4.2"
#define ITEMS_MAX 1000
#define STREAM_MAX (16u * 1024 * 1024)
/* Of one list that was signed; what is in the file now was limited before (pdfverify/). */
#define LIST_MAX (64u * 1024 * 1024)

static const char *const lists[] = {"/Certs", "/CRLs", "/OCSPs"};
#define LISTS (sizeof lists / sizeof lists[0])

/* The dictionaries and arrays of the store; the streams in them never need to change. */
static void collect(struct yx_pdf_comparison *c, qpdf_oh store, struct yx_pdf_ids *ids)
{
    qpdf_oh vri = yx_pdf_get(c->then, store, "/VRI");
    yx_pdf_ids_add_object(c, ids, store);
    yx_pdf_ids_add_object(c, ids, vri);
    for (size_t i = 0; i < LISTS; i++)
        yx_pdf_ids_add_object(c, ids, yx_pdf_get(c->then, store, lists[i]));
    if (!yx_pdf_is_dictionary(c->then, vri))
        return;
    qpdf_oh_begin_dict_key_iter(c->then->qpdf, vri);
    while (qpdf_oh_dict_more_keys(c->then->qpdf))
        yx_pdf_ids_add_object(c, ids,
                              yx_pdf_get(c->then, vri, qpdf_oh_dict_next_key(c->then->qpdf)));
}

/* --- What is still there ----------------------------------------------------------------- */

struct item {
    struct yx_pdf_ref ref;
    bool is_read, has_digest;
    uint8_t digest[32];
};

/* One list of the store, as it is now. */
struct list {
    qpdf_oh array;
    int count;
    struct item *items;
    size_t read; /* bytes of what was signed */
};

static void free_list(struct list *list)
{
    free(list->items);
}
YX_DEFINE_CLEAN_VALUE(list, struct list, free_list);

static yx_status read_list(struct yx_pdf *pdf, qpdf_oh array, struct list *out,
                           struct yx_error *err)
{
    out->array = array;
    out->count = yx_pdf_array_size(pdf, array);
    YX_REQUIRE(out->count <= ITEMS_MAX, err, YX_DAMAGED, RULE_STORE,
               N_("the document security store has more than {1} entries of one kind"),
               YX_NUM(ITEMS_MAX));
    out->items = calloc((size_t)out->count + 1, sizeof *out->items);
    if (out->items == NULL)
        return yx_fail_memory(err);
    for (int i = 0; i < out->count; i++)
        yx_pdf_ref_of(pdf, yx_pdf_item(pdf, array, i), &out->items[i].ref);
    return YX_OK;
}

/* The digest of what a stream holds; what cannot be read has none. */
static yx_status digest_of(struct yx_pdf *pdf, qpdf_oh stream, uint8_t *out, bool *known,
                           size_t *len, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf data = {0};
    struct yx_error why;
    yx_status status = yx_pdf_stream_data(pdf, stream, STREAM_MAX, &data, &why);
    *known = status == YX_OK;
    *len += data.len;
    if (status == YX_NO_MEMORY)
        return yx_fail_memory(err);
    return *known ? yx_digest(YX_DIGEST_SM3, yx_buf_bytes(&data), out, err) : YX_OK;
}

/* The same object, which did not change, or another one that holds the same. */
static yx_status is_kept(struct yx_pdf_comparison *c, qpdf_oh old, struct list *now, bool *out,
                         struct yx_error *err)
{
    struct yx_pdf_ref ref = {0, 0};
    uint8_t digest[32];
    size_t ignored = 0;
    *out = false;
    bool unchanged = yx_pdf_ref_of(c->then, old, &ref) && yx_pdf_changed(c, ref.id) == NULL;
    for (int i = 0; unchanged && i < now->count && !*out; i++)
        *out = now->items[i].ref.id == ref.id;
    if (*out)
        return YX_OK;
    bool known;
    YX_TRY(digest_of(c->then, old, digest, &known, &now->read, err));
    YX_REQUIRE(now->read <= LIST_MAX, err, YX_DAMAGED, RULE_STORE,
               N_("the document security store holds more than {1} bytes"), YX_NUM(LIST_MAX));
    *out = !known; /* it told nothing */
    for (int i = 0; i < now->count && !*out; i++) {
        struct item *item = &now->items[i];
        if (!item->is_read)
            YX_TRY(digest_of(c->now, yx_pdf_item(c->now, now->array, i), item->digest,
                             &item->has_digest, &ignored, err));
        item->is_read = true;
        *out = item->has_digest && memcmp(item->digest, digest, sizeof digest) == 0;
    }
    return YX_OK;
}

static yx_status compare_list(struct yx_pdf_comparison *c, qpdf_oh then, qpdf_oh now,
                              const char *name, struct yx_error *err)
{
    YX_CLEAN(list) struct list list = {0};
    int count = yx_pdf_array_size(c->then, then);
    bool kept = true;
    YX_TRY(read_list(c->now, now, &list, err));
    for (int i = 0; i < count && kept; i++)
        YX_TRY(is_kept(c, yx_pdf_item(c->then, then, i), &list, &kept, err));
    if (!kept)
        yx_pdf_forbid(c, "DSS", RULE_STORE,
                      N_("validation data that was there when the document was signed was taken "
                         "out of {1} of the document security store"),
                      name + 1, NULL);
    return YX_OK;
}

yx_status yx_pdf_compare_store(struct yx_pdf_comparison *c, qpdf_oh then, qpdf_oh now,
                               struct yx_error *err)
{
    struct yx_pdf_ids ids = {.count = 0};
    if (!yx_pdf_is_dictionary(c->then, then))
        return YX_OK;
    collect(c, then, &ids);
    if (yx_pdf_explain_group(c, &ids, c->then->root.id))
        yx_pdf_allow(c, YX_PDF_ADDED_PROOF, NULL);
    for (size_t i = 0; i < LISTS; i++)
        YX_TRY(compare_list(c, yx_pdf_get(c->then, then, lists[i]),
                            yx_pdf_get(c->now, now, lists[i]), lists[i], err));
    return YX_OK;
}
