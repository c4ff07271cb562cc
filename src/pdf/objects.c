/* SPDX-License-Identifier: Apache-2.0 */
/*
 * objects.c - single objects of a file, through qpdf: look-ups and values. They are written anew in
 * unparse.c; what they mean is for the files that ask.
 *
 * qpdf's strings share one buffer per file and are copied before the next call; its look-ups
 * complain in the file's list of warnings about wrong types, so types are asked for first.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "pdf/pdf.h"

/* Asking qpdf for an error or warning takes it away. */
static qpdf_error next_complaint(qpdf_data qpdf)
{
    if (qpdf_has_error(qpdf))
        return qpdf_get_error(qpdf);
    return qpdf_more_warnings(qpdf) ? qpdf_next_warning(qpdf) : NULL;
}

/*
 * A Size that is too large promises objects that nobody names, and is let pass. One that is too
 * small declares objects missing (ISO 32000-1 table 15), which some readers take at its word and
 * others do not: they would see different documents.
 */
static yx_status judge_size(long long size, long long highest, struct yx_error *err)
{
    YX_REQUIRE(size > highest, err, YX_DAMAGED, "ISO 32000-1 7.5.5",
               N_("the trailer says that there are {1} objects, but they go up to number {2}: "
                  "readers that take it at its word see another document; have the file written "
                  "anew by another program"),
               YX_NUM(size), YX_NUM(highest));
    return YX_OK;
}

/* The number that stands behind these words, and in front of ')'. */
static bool number_behind(const char *text, const char *words, long long *out)
{
    const char *found = strstr(text, words);
    char *end = NULL;
    if (found == NULL)
        return false;
    *out = strtoll(found + strlen(words), &end, 10);
    return *end == ')';
}

static yx_status judge_complaint(struct yx_pdf *pdf, qpdf_error found, struct yx_error *err)
{
    long long size, highest;
    char words[200];
    snprintf(words, sizeof words, "%s", qpdf_get_error_message_detail(pdf->qpdf, found));
    int code = (int)qpdf_get_error_code(pdf->qpdf, found);
    if (number_behind(words, "reported number of objects (", &size) &&
        number_behind(words, ") is not one plus the highest object number (", &highest))
        return judge_size(size, highest, err);
    YX_REQUIRE(code != qpdf_e_password && code != qpdf_e_unsupported, err, YX_REFUSED,
               "ISO 32000-1 7.6", N_("the file is encrypted; remove the encryption first"));
    YX_REQUIRE(code != qpdf_e_system, err, YX_NO_INPUT, "", N_("the file cannot be read: {1}"),
               words);
    if (strstr(words, "bad_alloc") != NULL)
        return yx_fail_memory(err);
    return yx_fail(err, YX_DAMAGED, "ISO 32000-1 7.5",
                   N_("the file is damaged at byte {1} and is not repaired: {2}"),
                   YX_NUM(qpdf_get_error_file_position(pdf->qpdf, found)), words);
}

yx_status yx_pdf_check(struct yx_pdf *pdf, struct yx_error *err)
{
    qpdf_error found;
    while ((found = next_complaint(pdf->qpdf)) != NULL)
        YX_TRY(judge_complaint(pdf, found, err));
    return YX_OK;
}

/* So many look-ups may bring in 64 KiB of a mapped file each, before all of it is let go again: it
 * counts as our memory although the system could take it back. */
#define LOOKUPS_KEPT 256

static void let_go(struct yx_pdf *pdf)
{
    if (pdf->mapping == NULL || ++pdf->lookups < LOOKUPS_KEPT)
        return;
    madvise(pdf->mapping, (size_t)pdf->size, MADV_DONTNEED);
    pdf->lookups = 0;
}

qpdf_oh yx_pdf_object(struct yx_pdf *pdf, struct yx_pdf_ref ref)
{
    let_go(pdf);
    return qpdf_get_object_by_id(pdf->qpdf, ref.id, ref.generation);
}

qpdf_oh yx_pdf_catalog(struct yx_pdf *pdf)
{
    return yx_pdf_object(pdf, pdf->root);
}

void yx_pdf_drop(struct yx_pdf *pdf, qpdf_oh object)
{
    qpdf_oh_release(pdf->qpdf, object);
}

qpdf_oh yx_pdf_get(struct yx_pdf *pdf, qpdf_oh dictionary, const char *key)
{
    let_go(pdf);
    if (!qpdf_oh_is_stream(pdf->qpdf, dictionary))
        return qpdf_oh_get_key_if_dict(pdf->qpdf, dictionary, key);
    qpdf_oh own = qpdf_oh_get_dict(pdf->qpdf, dictionary);
    qpdf_oh value = qpdf_oh_get_key_if_dict(pdf->qpdf, own, key);
    yx_pdf_drop(pdf, own);
    return value;
}

bool yx_pdf_ref_of(struct yx_pdf *pdf, qpdf_oh object, struct yx_pdf_ref *out)
{
    if (!qpdf_oh_is_indirect(pdf->qpdf, object))
        return false;
    *out = (struct yx_pdf_ref){.id = qpdf_oh_get_object_id(pdf->qpdf, object),
                               .generation = qpdf_oh_get_generation(pdf->qpdf, object)};
    return true;
}

bool yx_pdf_get_ref(struct yx_pdf *pdf, qpdf_oh dictionary, const char *key, struct yx_pdf_ref *out)
{
    qpdf_oh value = yx_pdf_get(pdf, dictionary, key);
    bool found = yx_pdf_ref_of(pdf, value, out);
    yx_pdf_drop(pdf, value);
    return found;
}

bool yx_pdf_has(struct yx_pdf *pdf, qpdf_oh dictionary, const char *key)
{
    qpdf_oh value = yx_pdf_get(pdf, dictionary, key);
    bool found = !yx_pdf_is_null(pdf, value);
    yx_pdf_drop(pdf, value);
    return found;
}

int yx_pdf_array_size(struct yx_pdf *pdf, qpdf_oh array)
{
    return yx_pdf_is_array(pdf, array) ? qpdf_oh_get_array_n_items(pdf->qpdf, array) : 0;
}

qpdf_oh yx_pdf_item(struct yx_pdf *pdf, qpdf_oh array, int index)
{
    if (index < 0 || index >= yx_pdf_array_size(pdf, array))
        return qpdf_oh_new_null(pdf->qpdf);
    return qpdf_oh_get_array_item(pdf->qpdf, array, index);
}

bool yx_pdf_is_name(struct yx_pdf *pdf, qpdf_oh object, const char *name)
{
    return qpdf_oh_is_name_and_equals(pdf->qpdf, object, name);
}

bool yx_pdf_is_null(struct yx_pdf *pdf, qpdf_oh object)
{
    /* An object that could not be had at all (type "uninitialized") is not there either. */
    return qpdf_oh_is_null(pdf->qpdf, object) || !qpdf_oh_is_initialized(pdf->qpdf, object);
}

bool yx_pdf_is_dictionary(struct yx_pdf *pdf, qpdf_oh object)
{
    return qpdf_oh_is_dictionary(pdf->qpdf, object);
}

bool yx_pdf_is_array(struct yx_pdf *pdf, qpdf_oh object)
{
    return qpdf_oh_is_array(pdf->qpdf, object);
}

bool yx_pdf_integer(struct yx_pdf *pdf, qpdf_oh object, int64_t *out)
{
    if (!qpdf_oh_is_integer(pdf->qpdf, object))
        return false;
    *out = qpdf_oh_get_int_value(pdf->qpdf, object);
    return true;
}

/* "-12.5", ".5", "7." (ISO 32000-1 7.3.3: no exponents). qpdf's own reading follows the locale. */
static bool parse_real(const char *text, double *out)
{
    bool negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    double value = 0, unit = 1;
    bool fraction = false;
    for (; *text != '\0'; text++) {
        if (*text == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (*text - '0');
        unit *= fraction ? 10 : 1;
        if (value > 1e15)
            return false;
    }
    *out = (negative ? -value : value) / unit;
    return true;
}

bool yx_pdf_number(struct yx_pdf *pdf, qpdf_oh object, double *out)
{
    int64_t whole;
    if (yx_pdf_integer(pdf, object, &whole)) {
        *out = (double)whole;
        return true;
    }
    return qpdf_oh_is_real(pdf->qpdf, object) &&
           parse_real(qpdf_oh_get_real_value(pdf->qpdf, object), out);
}

bool yx_pdf_rectangle(struct yx_pdf *pdf, qpdf_oh object, double out[4])
{
    if (yx_pdf_array_size(pdf, object) != 4)
        return false;
    double v[4];
    for (int i = 0; i < 4; i++) {
        qpdf_oh item = qpdf_oh_get_array_item(pdf->qpdf, object, i); /* it is there */
        bool is_number = yx_pdf_number(pdf, item, &v[i]);
        yx_pdf_drop(pdf, item);
        if (!is_number)
            return false;
    }
    out[0] = v[0] < v[2] ? v[0] : v[2];
    out[1] = v[1] < v[3] ? v[1] : v[3];
    out[2] = v[0] < v[2] ? v[2] : v[0];
    out[3] = v[1] < v[3] ? v[3] : v[1];
    return true;
}

yx_status yx_pdf_string(struct yx_pdf *pdf, qpdf_oh object, struct yx_buf *out,
                        struct yx_error *err)
{
    const char *text = NULL;
    size_t len = 0;
    if (qpdf_oh_is_string(pdf->qpdf, object)) {
        text = qpdf_oh_get_binary_string_value(pdf->qpdf, object, &len);
    } else if (qpdf_oh_is_name(pdf->qpdf, object)) {
        text = qpdf_oh_get_name(pdf->qpdf, object);
        len = qpdf_get_last_string_length(pdf->qpdf);
    }
    if (len > 0 && yx_buf_append(out, YX_BYTES(text, len)) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}
