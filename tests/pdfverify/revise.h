/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revise.h - appends revisions to PDF files by hand, good ones and bad ones, and signs them without
 * the library's own writer: so that the verifier meets what others write, and what attackers do.
 * Include support.h and pdf_odd.h first.
 */
#ifndef TESTS_PDFVERIFY_REVISE_H
#define TESTS_PDFVERIFY_REVISE_H

#include <yinxin/pdf.h>

#include "pki.h"

#define REVISE_OBJECTS 64

/* Objects of the revisions, beside those of pdf_odd.h. */
enum { REVISE_WIDGET = 20, REVISE_VALUE = 21 };

struct revise {
    struct yx_buf *file;
    uint64_t previous; /* startxref of the revision before */
    int size;          /* one more than the highest number */
    struct {
        int id;
        uint64_t offset; /* 0: free */
    } objects[REVISE_OBJECTS];
    size_t count;
};

/* The number behind the last such word. */
static inline uint64_t revise_last(const struct yx_buf *file, const char *word)
{
    const uint8_t *found = NULL, *at = file->data, *end = file->data + file->len;
    while ((at = memmem(at, (size_t)(end - at), word, strlen(word))) != NULL)
        found = at++;
    assert_non_null(found);
    return strtoull((const char *)found + strlen(word), NULL, 10);
}

static inline struct revise revise_begin(struct yx_buf *file)
{
    return (struct revise){.file = file,
                           .previous = revise_last(file, "startxref"),
                           .size = (int)revise_last(file, "/Size")};
}

static inline void revise_entry(struct revise *r, int id, uint64_t offset)
{
    assert_true(r->count < REVISE_OBJECTS);
    r->size = id >= r->size ? id + 1 : r->size;
    r->objects[r->count].id = id;
    r->objects[r->count++].offset = offset;
}

static inline void revise_object(struct revise *r, int id, const char *body)
{
    revise_entry(r, id, r->file->len);
    odd_put(r->file, "%d 0 obj\n", id);
    assert_int_equal(yx_buf_append_text(r->file, body), YX_OK);
    odd_put(r->file, "\nendobj\n");
}

static inline void revise_stream(struct revise *r, int id, const char *entries, const char *data)
{
    revise_entry(r, id, r->file->len);
    odd_put(r->file, "%d 0 obj\n<< %s /Length %zu >>\nstream\n%s\nendstream\nendobj\n", id, entries,
            strlen(data), data);
}

/* Table, trailer, startxref, %%EOF; `trailer` NULL: the usual. */
static inline void revise_end(struct revise *r, const char *trailer)
{
    uint64_t start = r->file->len;
    odd_put(r->file, "xref\n");
    for (size_t i = 0; i < r->count; i++)
        odd_put(r->file, "%d 1\n%010llu %05d %c \n", r->objects[i].id,
                (unsigned long long)r->objects[i].offset, r->objects[i].offset != 0 ? 0 : 65535,
                r->objects[i].offset != 0 ? 'n' : 'f');
    odd_put(r->file, "trailer\n<< /Size %d %s /Prev %llu >>\nstartxref\n%llu\n%%%%EOF\n", r->size,
            odd_or(trailer, "/Root 1 0 R " ODD_ID), (unsigned long long)r->previous,
            (unsigned long long)start);
}

/* A whole revision that changes this one object. */
static inline void revise_change(struct yx_buf *file, int id, const char *body)
{
    struct revise r = revise_begin(file);
    revise_object(&r, id, body);
    revise_end(&r, NULL);
}

/* --- Signing ----------------------------------------------------------------------------- */

struct revise_signature {
    const struct pki_person *signer;
    const char *sub_filter;  /* NULL: ETSI.CAdES.detached */
    const char *entries;     /* more of the signature dictionary */
    const char *widget;      /* more of the widget; NULL: a rectangle */
    const char *catalog;     /* more of the catalog */
    const char *form;        /* more of the form */
    const char *fields;      /* further fields: "5 0 R" */
    const char *annotations; /* further annotations of page 10 */
    const char *name;        /* NULL: Signature1 */
    int shift;               /* of object numbers, for a second signature */
    bool no_certificate;     /* leaves the signing-certificate attribute out */
    yx_time time;            /* M; 0: an hour ago */
    size_t room;             /* 0: 8192 bytes */
    bool page_untouched, catalog_untouched;
};

static inline void revise_put_digits(struct yx_buf *file, size_t at, uint64_t number)
{
    char text[16];
    snprintf(text, sizeof text, "%010llu", (unsigned long long)number);
    memcpy(file->data + at, text, 10);
}

/* Finds the placeholder written last and fills ByteRange in: the range is up to the end. */
static inline void revise_fill_range(struct yx_buf *file, size_t from, uint64_t range[4])
{
    uint8_t *at = memmem(file->data + from, file->len - from, "/ByteRange [0 ", 14);
    uint8_t *contents = memmem(file->data + from, file->len - from, "/Contents <", 11);
    assert_non_null(at);
    assert_non_null(contents);
    uint8_t *close = memchr(contents, '>', file->len - (size_t)(contents - file->data));
    assert_non_null(close);
    size_t place = (size_t)(at - file->data) + 14;
    range[0] = 0;
    range[1] = (uint64_t)(contents - file->data) + 10;
    range[2] = (uint64_t)(close - file->data) + 1;
    range[3] = file->len - range[2];
    for (size_t i = 0; i < 3; i++)
        revise_put_digits(file, place + 11 * i, range[i + 1]);
}

static inline void revise_put_contents(struct yx_buf *file, uint64_t at, struct yx_bytes der)
{
    char *hex = malloc(der.len * 2 + 1);
    assert_non_null(hex);
    yx_hex(der, hex);
    memcpy(file->data + at + 1, hex, der.len * 2);
    free(hex);
}

/* The CMS of a signature over the file less its Contents. */
static inline void revise_cms(const struct revise_signature *s, const struct yx_buf *file,
                              const uint64_t range[4], const struct yx_attribute *seal,
                              struct yx_buf *out)
{
    struct yx_error err;
    YX_CLEAN(yx_hasher) struct yx_hasher *hasher = NULL;
    struct yx_buf signed_bytes = {0}, value = {0};
    uint8_t digest[YX_DIGEST_MAX];
    struct yx_signer signer = pki_signer(s->signer);
    yx_digest_algorithm algorithm = yx_cms_digest(signer.algorithm);
    expect_ok(yx_hasher_new(algorithm, &hasher, &err), &err);
    expect_ok(yx_hasher_update(hasher, YX_BYTES(file->data, range[1]), &err), &err);
    expect_ok(yx_hasher_update(hasher, YX_BYTES(file->data + range[2], range[3]), &err), &err);
    expect_ok(yx_hasher_finish(hasher, digest, &err), &err);
    struct yx_cms_request request = {
        .signer = s->signer->cert,
        .algorithm = signer.algorithm,
        .content_digest = YX_BYTES(digest, yx_digest_size(algorithm)),
        .signing_time = YX_TIME_NONE,
        .signing_certificate = !s->no_certificate,
        .attributes = seal,
        .attribute_count = seal != NULL,
    };
    expect_ok(yx_cms_prepare(&request, &signed_bytes, &err), &err);
    expect_ok(signer.sign(signer.self, signer.algorithm, yx_buf_bytes(&signed_bytes), &value, &err),
              &err);
    expect_ok(yx_cms_finish(&request, yx_buf_bytes(&signed_bytes), yx_buf_bytes(&value),
                            YX_BYTES(NULL, 0), out, &err),
              &err);
    yx_buf_free(&signed_bytes);
    yx_buf_free(&value);
}

static inline void revise_put_dictionary(struct revise *r, const struct revise_signature *s)
{
    struct yx_civil day;
    struct yx_buf body = {0};
    yx_time_to_civil(s->time != 0 ? s->time : yx_now() - 3600 * YX_SECOND, &day);
    odd_put(&body,
            "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /%s "
            "/M (D:%04d%02u%02u%02u%02u%02u+00'00') %s "
            "/ByteRange [0 0000000000 0000000000 0000000000] /Contents <",
            odd_or(s->sub_filter, "ETSI.CAdES.detached"), (int)day.year, day.month, day.day,
            day.hour, day.minute, day.second, odd_or(s->entries, ""));
    size_t room = s->room != 0 ? s->room : 8192;
    for (size_t i = 0; i < room; i++)
        assert_int_equal(yx_buf_append_text(&body, "00"), YX_OK);
    assert_int_equal(yx_buf_append(&body, YX_BYTES("> >>", 5)), YX_OK);
    revise_object(r, REVISE_VALUE + s->shift, (const char *)body.data);
    yx_buf_free(&body);
}

/* Appends a revision with a signature field on page 10 and the placeholder; gives where the
 * revision starts. */
static inline size_t revise_prepare(struct yx_buf *file, const struct revise_signature *s)
{
    size_t start = file->len;
    char text[2048];
    struct revise r = revise_begin(file);
    int widget = REVISE_WIDGET + s->shift;
    snprintf(text, sizeof text,
             "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [%s %d 0 R] /SigFlags 3 %s >> %s "
             ">>",
             odd_or(s->fields, ""), widget, odd_or(s->form, ""), odd_or(s->catalog, ""));
    if (!s->catalog_untouched)
        revise_object(&r, 1, text);
    snprintf(text, sizeof text,
             "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 3 0 R >> "
             ">> " ODD_A4 " /Annots [%s %d 0 R] >>",
             odd_or(s->annotations, ""), widget);
    if (!s->page_untouched)
        revise_object(&r, ODD_FIRST_PAGE, text);
    snprintf(text, sizeof text,
             "<< /Type /Annot /Subtype /Widget /FT /Sig /T (%s) /F 132 /P 10 0 R /V %d 0 R %s >>",
             odd_or(s->name, "Signature1"), REVISE_VALUE + s->shift,
             odd_or(s->widget, "/Rect [100 600 200 700]"));
    revise_object(&r, widget, text);
    revise_put_dictionary(&r, s);
    revise_end(&r, NULL);
    return start;
}

/* Signs what revise_prepare left open. */
static inline void revise_sign(struct yx_buf *file, size_t from, const struct revise_signature *s,
                               const struct yx_attribute *seal)
{
    uint64_t range[4];
    struct yx_buf der = {0};
    revise_fill_range(file, from, range);
    revise_cms(s, file, range, seal, &der);
    assert_true(der.len <= (s->room != 0 ? s->room : 8192));
    revise_put_contents(file, range[1], yx_buf_bytes(&der));
    yx_buf_free(&der);
}

/* A file of this kind with one signature. */
static inline void revise_signed(const struct odd_options *options,
                                 const struct revise_signature *s, struct yx_buf *out)
{
    odd_make(options, out);
    revise_sign(out, revise_prepare(out, s), s, NULL);
}

/* --- Verifying --------------------------------------------------------------------------- */

static inline struct yx_report *revise_verify(struct yx_bytes pdf, const struct yx_trust *trust)
{
    struct yx_error err;
    struct yx_report *report = NULL;
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    struct yx_verify_options options = {.trust = trust};
    expect_ok(yx_source_borrow(pdf, &source, &err), &err);
    expect_ok(yx_pdf_verify(source, &options, &report, &err), &err);
    return report;
}

static inline void revise_explain(const struct yx_report *report)
{
    char words[600];
    print_message("file: %s\n", yx_result_name(report->result));
    for (const struct yx_check *c = report->checks.first; c != NULL; c = c->next)
        if (c->detail != NULL) {
            yx_message_render(c->detail, NULL, words, sizeof words);
            print_message("  %s %s %s\n", yx_check_name(c->id), yx_outcome_name(c->outcome), words);
        }
    for (const struct yx_report_signature *s = report->signatures; s != NULL; s = s->next) {
        print_message(" %s (%s): %s\n", s->id, s->kind, yx_result_name(s->result));
        for (const struct yx_check *c = s->checks.first; c != NULL; c = c->next) {
            strcpy(words, "");
            if (c->detail != NULL)
                yx_message_render(c->detail, NULL, words, sizeof words);
            print_message("  %s %s %s\n", yx_check_name(c->id), yx_outcome_name(c->outcome), words);
        }
    }
}

/* The result of the whole file; what was found is shown when it is another. */
static inline void revise_expect(struct yx_bytes pdf, const struct yx_trust *trust,
                                 yx_result result)
{
    struct yx_report *report = revise_verify(pdf, trust);
    if (report->result != result) {
        revise_explain(report);
        fail_msg("%s, and %s was expected", yx_result_name(report->result), yx_result_name(result));
    }
    yx_report_free(report);
}

/* A check of the nth signature (from 0) has this outcome, and says these words (NULL: any). */
static inline void revise_expect_check(struct yx_bytes pdf, const struct yx_trust *trust,
                                       unsigned nth, yx_check_id id, yx_outcome outcome,
                                       const char *words)
{
    char said[600] = "";
    struct yx_report *report = revise_verify(pdf, trust);
    const struct yx_report_signature *s = report->signatures;
    while (s != NULL && nth-- > 0)
        s = s->next;
    const struct yx_check *check = s == NULL ? NULL : yx_checks_find(&s->checks, id);
    if (check != NULL && check->detail != NULL)
        yx_message_render(check->detail, NULL, said, sizeof said);
    bool good = check != NULL && check->outcome == outcome &&
                (words == NULL || strstr(said, words) != NULL);
    if (!good) {
        revise_explain(report);
        fail_msg("%s is not %s with \"%s\"", yx_check_name(id), yx_outcome_name(outcome),
                 words == NULL ? "" : words);
    }
    yx_report_free(report);
}

#endif
