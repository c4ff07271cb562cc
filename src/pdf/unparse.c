/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unparse.c - objects of the file written as PDF syntax, and dictionaries with some keys changed.
 *
 * qpdf 11 writes the name /A#23 as /A#, which is another name or none: so containers and names are
 * written here, and only numbers and strings by qpdf, as they stood.
 */
#include "pdf/pdf.h"

/* qpdf itself reads no deeper. */
#define DEPTH_MAX 600

static yx_status put_any(struct yx_pdf *pdf, qpdf_oh object, unsigned depth, struct yx_buf *out,
                         struct yx_error *err);

static yx_status put_text(const char *text, struct yx_buf *out, struct yx_error *err)
{
    return yx_buf_append_text(out, text) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* References stay references. */
static yx_status put_value(struct yx_pdf *pdf, qpdf_oh object, unsigned depth, struct yx_buf *out,
                           struct yx_error *err)
{
    struct yx_pdf_ref ref;
    if (!yx_pdf_ref_of(pdf, object, &ref))
        return put_any(pdf, object, depth, out, err);
    return yx_pdf_put_ref(out, ref) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status put_array(struct yx_pdf *pdf, qpdf_oh array, unsigned depth, struct yx_buf *out,
                           struct yx_error *err)
{
    YX_TRY(put_text("[ ", out, err));
    int count = yx_pdf_array_size(pdf, array);
    for (int i = 0; i < count; i++) {
        qpdf_oh item = yx_pdf_item(pdf, array, i);
        yx_status status = put_value(pdf, item, depth + 1, out, err);
        yx_pdf_drop(pdf, item);
        YX_TRY(status);
        YX_TRY(put_text(" ", out, err));
    }
    return put_text("]", out, err);
}

/* The keys, each ended by a NUL byte: qpdf goes through one dictionary at a time. */
static yx_status list_keys(struct yx_pdf *pdf, qpdf_oh dictionary, struct yx_buf *out,
                           struct yx_error *err)
{
    qpdf_oh_begin_dict_key_iter(pdf->qpdf, dictionary);
    while (qpdf_oh_dict_more_keys(pdf->qpdf)) {
        const char *key = qpdf_oh_dict_next_key(pdf->qpdf);
        if (yx_buf_append(out, YX_BYTES(key, strlen(key) + 1)) != YX_OK)
            return yx_fail_memory(err);
    }
    return YX_OK;
}

static yx_status put_key(const char *key, struct yx_buf *out, struct yx_error *err)
{
    if (yx_pdf_put_name(out, key) != YX_OK)
        return yx_fail_memory(err);
    return put_text(" ", out, err);
}

/* The edit that counts for a key: the last one. */
static const struct yx_pdf_edit *find_edit(const struct yx_pdf_edit *edits, size_t count,
                                           const char *key)
{
    for (size_t i = count; i > 0; i--) {
        if (strcmp(edits[i - 1].key, key) == 0)
            return &edits[i - 1];
    }
    return NULL;
}

/* The entries of a dictionary but those with an edit. */
static yx_status put_entries(struct yx_pdf *pdf, qpdf_oh dictionary,
                             const struct yx_pdf_edit *edits, size_t count, unsigned depth,
                             struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf keys = {0};
    YX_TRY(list_keys(pdf, dictionary, &keys, err));
    for (size_t at = 0; at < keys.len; at += strlen((const char *)keys.data + at) + 1) {
        const char *key = (const char *)keys.data + at;
        if (find_edit(edits, count, key) != NULL)
            continue;
        YX_TRY(put_key(key, out, err));
        qpdf_oh value = yx_pdf_get(pdf, dictionary, key);
        yx_status status = put_value(pdf, value, depth + 1, out, err);
        yx_pdf_drop(pdf, value);
        YX_TRY(status);
        YX_TRY(put_text(" ", out, err));
    }
    return YX_OK;
}

static yx_status put_dictionary(struct yx_pdf *pdf, qpdf_oh dictionary, unsigned depth,
                                struct yx_buf *out, struct yx_error *err)
{
    YX_TRY(put_text("<< ", out, err));
    YX_TRY(put_entries(pdf, dictionary, NULL, 0, depth, out, err));
    return put_text(">>", out, err);
}

static yx_status put_scalar(struct yx_pdf *pdf, qpdf_oh object, struct yx_buf *out,
                            struct yx_error *err)
{
    if (qpdf_oh_is_name(pdf->qpdf, object)) {
        const char *name = qpdf_oh_get_name(pdf->qpdf, object);
        return yx_pdf_put_name(out, name) == YX_OK ? YX_OK : yx_fail_memory(err);
    }
    const char *text = qpdf_oh_unparse_resolved(pdf->qpdf, object);
    size_t len = qpdf_get_last_string_length(pdf->qpdf);
    if (yx_buf_append(out, YX_BYTES(text, len)) != YX_OK)
        return yx_fail_memory(err);
    return yx_pdf_check(pdf, err);
}

static yx_status put_any(struct yx_pdf *pdf, qpdf_oh object, unsigned depth, struct yx_buf *out,
                         struct yx_error *err)
{
    YX_REQUIRE(depth < DEPTH_MAX, err, YX_DAMAGED, "ISO 32000-1 7.3",
               N_("an object is nested more than {1} levels deep"), YX_NUM(DEPTH_MAX));
    YX_REQUIRE(!qpdf_oh_is_stream(pdf->qpdf, object), err, YX_DAMAGED, "ISO 32000-1 7.3.8",
               N_("a stream stands where a plain object was expected"));
    if (yx_pdf_is_array(pdf, object))
        return put_array(pdf, object, depth, out, err);
    if (yx_pdf_is_dictionary(pdf, object))
        return put_dictionary(pdf, object, depth, out, err);
    return put_scalar(pdf, object, out, err);
}

yx_status yx_pdf_unparse(struct yx_pdf *pdf, qpdf_oh object, struct yx_buf *out,
                         struct yx_error *err)
{
    return put_any(pdf, object, 0, out, err);
}

yx_status yx_pdf_unparse_value(struct yx_pdf *pdf, qpdf_oh object, struct yx_buf *out,
                               struct yx_error *err)
{
    return put_value(pdf, object, 0, out, err);
}

yx_status yx_pdf_edit_dictionary(struct yx_pdf *pdf, qpdf_oh dictionary,
                                 const struct yx_pdf_edit *edits, size_t count, struct yx_buf *out,
                                 struct yx_error *err)
{
    bool is_new = yx_pdf_is_null(pdf, dictionary);
    YX_REQUIRE(is_new || yx_pdf_is_dictionary(pdf, dictionary), err, YX_DAMAGED,
               "ISO 32000-1 7.3.7",
               N_("a dictionary was expected, and something else stands there"));
    YX_TRY(put_text("<< ", out, err));
    if (!is_new)
        YX_TRY(put_entries(pdf, dictionary, edits, count, 0, out, err));
    for (size_t i = 0; i < count; i++) {
        if (edits[i].value.data == NULL || find_edit(edits, count, edits[i].key) != &edits[i])
            continue;
        YX_TRY(put_key(edits[i].key, out, err));
        if (yx_buf_append(out, edits[i].value) != YX_OK)
            return yx_fail_memory(err);
        YX_TRY(put_text(" ", out, err));
    }
    return put_text(">>", out, err);
}
