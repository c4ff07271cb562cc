/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tricks.c - forgeries that the literature does not name, or names apart from test_attacks.c:
 * a signature shown a second time, fields that only look like signatures, evidence taken out of
 * the security store, scripts and layers brought in later, and tables that lead in circles.
 */
#include "support.h"

#include "pdf_odd.h"
#include "revise.h"

#include "revised_form.h"

#define BLANK "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 0 >>\nstream\n\nendstream"

static void expect_forbidden(const struct yx_buf *file, const char *words)
{
    revise_expect(yx_buf_bytes(file), people.trust, YX_INVALID);
    revise_expect_check(yx_buf_bytes(file), people.trust, 0, YX_CHECK_CHANGES_AFTER, YX_FAIL,
                        words);
}

/* --- One signature in two places --------------------------------------------------------- */

/* A second field, which looks as its maker likes, has the value of the first. */
static void test_value_in_two_fields(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    make(&file);
    struct revise r = revise_begin(&file);
    revise_object(&r, 1, CATALOG(FIELDS " 30 0 R", ""));
    revise_object(&r, 10, PAGE("4 0 R", FIELDS " 30 0 R"));
    revise_object(&r, 30,
                  "<< /FT /Sig /T (Signature2) /Subtype /Widget /Rect [0 0 600 800] /P 10 0 R "
                  "/V 21 0 R /AP << /N 31 0 R >> >>");
    revise_object(&r, 31, BLANK);
    revise_end(&r, NULL);
    expect_forbidden(&file, "value that was in the document");
}

/* The same, in a field that stood empty. */
static void test_value_in_an_empty_field(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    make(&file);
    revise_change(&file, 7,
                  "<< /FT /Sig /T (Later) /Subtype /Widget /Rect [300 10 400 60] /F 4 /P 10 0 R "
                  "/V 21 0 R >>");
    expect_forbidden(&file, "value that was in the document");
}

/* The seal on page 1 shows on page 2, too, which nobody had sealed. */
static void test_widget_on_another_page(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct odd_options options = form;
    struct revise_signature s = signature();
    options.pages = 2;
    revise_signed(&options, &s, &file);
    revise_expect(yx_buf_bytes(&file), people.trust, YX_VALID);
    revise_change(&file, 11, "<< " PAGE_KEYS " /Contents 4 0 R /Annots [20 0 R] >>");
    expect_forbidden(&file, "shows again");
}

/* --- Fields that look like signatures ---------------------------------------------------- */

/* An unsigned field may lie over the page, and show what its maker likes. */
static const struct {
    const char *field;
    yx_result plain, filling; /* without certification; certified for filling in */
} looks[] = {
    {"/Rect [0 0 600 800] /AP << /N 31 0 R >>", YX_INDETERMINATE, YX_INVALID},
    {"/Rect [0 0 600 800] /MK << /BG [1 1 1] >>", YX_INDETERMINATE, YX_INVALID},
    {"/Rect [600 800 0 0] /AP << /N 31 0 R >>", YX_INDETERMINATE, YX_INVALID},
    {"/Rect [0 0 600 800] /Parent 6 0 R /AP << /N 31 0 R >>", YX_INVALID, YX_INVALID},
    {"/Rect [0 0 0 0] /AP << /N 31 0 R >>", YX_VALID, YX_VALID},
    {"/Rect [0 0 600 800]", YX_VALID, YX_INVALID},
};

static void expect_look(size_t i, bool certified)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    char field[300];
    yx_result want = certified ? looks[i].filling : looks[i].plain;
    struct revise_signature s = signature();
    if (certified) {
        s.entries = "/Reference [<< /Type /SigRef /TransformMethod /DocMDP >>]";
        s.catalog = "/Perms << /DocMDP 21 0 R >>";
    }
    revise_signed(&form, &s, &file);
    struct revise r = revise_begin(&file);
    revise_object(&r, 1,
                  certified ? CATALOG(FIELDS " 30 0 R", "/Perms << /DocMDP 21 0 R >>")
                            : CATALOG(FIELDS " 30 0 R", ""));
    revise_object(&r, 10, PAGE("4 0 R", FIELDS " 30 0 R"));
    snprintf(field, sizeof field, "<< /FT /Sig /T (New) /Subtype /Widget /F 4 /P 10 0 R %s >>",
             looks[i].field);
    revise_object(&r, 30, field);
    revise_object(&r, 31, BLANK);
    revise_end(&r, NULL);
    YX_CLEAN(yx_report) struct yx_report *report = revise_verify(yx_buf_bytes(&file), people.trust);
    if (report->result == want)
        return;
    revise_explain(report);
    fail_msg("%s: %s", looks[i].field, yx_result_name(report->result));
}

/* Certified without parameters is certified for filling in (ISO 32000-1 table 254). */
static void test_field_without_signature(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        expect_look(i, false);
        expect_look(i, true);
    }
}

/* A document certified for filling in, whose own empty field is signed: allowed. A stamp in the
 * name of that signature, which may cover everything: not. */
static void sign_certified(bool with_stamp, struct yx_buf *file)
{
    struct revise_signature s = signature(), later = {.signer = &people.maker, .shift = 20};
    s.entries = "/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /P 2 "
                "/V /1.2 >> >>]";
    s.catalog = "/Perms << /DocMDP 21 0 R >>";
    revise_signed(&form, &s, file);
    size_t from = file->len;
    struct revise r = revise_begin(file);
    revise_object(&r, 7,
                  "<< /FT /Sig /T (Later) /Subtype /Widget /Rect [300 10 400 60] /F 132 /P 10 0 R "
                  "/V 41 0 R >>");
    if (with_stamp) {
        revise_object(&r, 10, PAGE("4 0 R", FIELDS " 30 0 R"));
        revise_object(
            &r, 30, "<< /Type /Annot /Subtype /Stamp /Rect [0 0 600 800] /YXSignature (Later) >>");
    }
    revise_put_dictionary(&r, &later);
    revise_end(&r, NULL);
    revise_sign(file, from, &later, NULL);
}

static void test_stamp_on_certified(void **state)
{
    (void)state;
    for (int with_stamp = 0; with_stamp < 2; with_stamp++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        sign_certified(with_stamp != 0, &file);
        revise_expect(yx_buf_bytes(&file), people.trust, with_stamp ? YX_INVALID : YX_VALID);
    }
}

/* --- Brought in later -------------------------------------------------------------------- */

static const struct {
    const char *name;
    int id;
    const char *body;
    const char *words;
} brought[] = {
    {"a script of the page", 10,
     "<< " PAGE_KEYS " /Contents 4 0 R /Annots [" FIELDS
     " 20 0 R] /AA << /O << /S /JavaScript /JS (x) >> >> >>",
     "/AA"},
    {"a script of the document", 1, CATALOG(FIELDS, "/Names << /JavaScript << /Names [] >> >>"),
     "/Names"},
    {"actions of the document", 1, CATALOG(FIELDS, "/AA << /WC << /S /JavaScript /JS (x) >> >>"),
     "/AA"},
    {"layers", 1, CATALOG(FIELDS, "/OCProperties << /OCGs [] /D << >> >>"), "/OCProperties"},
    {"an XFA form", 1,
     "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [" FIELDS
     " 20 0 R] /SigFlags 3 /XFA (x) >> >>",
     "/XFA"},
    {"a layer of the seal", 20,
     "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /F 132 /P 10 0 R /V 21 0 R "
     "/Rect [100 600 200 700] /OC << /Type /OCG >> >>",
     "/OC"},
    {"rights instead of a certification", 1, CATALOG(FIELDS, "/Perms << /UR3 21 0 R >>"), "/Perms"},
    {"rights beside a certification", 1, CATALOG(FIELDS, "/Perms << /DocMDP 21 0 R /UR3 21 0 R >>"),
     "/Perms"},
    {"another signature in its place", 21, "<< /Type /Sig >>", "object 21"},
};

static void test_brought_in_later(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof brought / sizeof brought[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        make(&file);
        struct revise r = revise_begin(&file);
        revise_object(&r, brought[i].id, brought[i].body);
        revise_end(&r, NULL);
        if (brought[i].id == 21)
            revise_expect(yx_buf_bytes(&file), people.trust, YX_INVALID);
        else
            expect_forbidden(&file, brought[i].words);
    }
}

/* Encryption that a later trailer declares: strings and streams would be read otherwise. */
static void test_encrypted_later(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    make(&file);
    struct revise r = revise_begin(&file);
    revise_object(&r, 30, "<< /Filter /Standard /V 0 >>");
    revise_end(&r, "/Root 1 0 R /Encrypt 30 0 R " ODD_ID);
    YX_CLEAN(yx_report) struct yx_report *report = revise_verify(yx_buf_bytes(&file), people.trust);
    assert_int_equal(report->result, YX_INVALID);
}

/* The content of a page declared the description of the document, which may change. */
static void test_content_as_description(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    make(&file);
    struct revise r = revise_begin(&file);
    revise_stream(&r, 4, "", "BT ET");
    revise_end(&r, "/Root 1 0 R /Info 4 0 R " ODD_ID);
    expect_forbidden(&file, "object 4");
}

/* --- The security store ------------------------------------------------------------------ */

static void make_with_store(struct yx_buf *file)
{
    struct odd_options options = form;
    struct revise_signature s = signature();
    options.extra[3] = "<< /Certs [] /CRLs [9 0 R] >>";
    options.extra[1] = "<< /FT /Tx /T (Sum) /Subtype /Widget /Rect [10 40 60 60] >>";
    options.extra[4] = "<< /Length 3 >>\nstream\nabc\nendstream";
    s.catalog = "/DSS 8 0 R";
    revise_signed(&options, &s, file);
    revise_expect(yx_buf_bytes(file), people.trust, YX_VALID);
}

/* A CRL that a time-stamp protects may not vanish: it may be the one that tells of revocation. */
static const struct {
    int id;
    const char *body, *data; /* data: of object 30 */
    yx_result want;
} stores[] = {
    {8, "<< /Certs [] /CRLs [] >>", "abc", YX_INVALID},
    {8, "<< /Certs [] /CRLs [30 0 R] >>", "abd", YX_INVALID},
    {8, "<< /OCSPs [9 0 R] >>", "abc", YX_INVALID},
    {1, CATALOG(FIELDS, ""), "abc", YX_INVALID},
    {1, CATALOG(FIELDS, "/DSS << /CRLs [30 0 R] >>"), "abd", YX_INVALID},
    {9, "<< /Length 3 >>\nstream\nabd\nendstream", "abc", YX_INVALID},
    {8, "<< /Certs [] /CRLs [30 0 R 9 0 R] >>", "abd", YX_VALID},
    {8, "<< /Certs [] /CRLs [30 0 R] >>", "abc", YX_VALID}, /* written anew */
    {1, CATALOG(FIELDS, "/DSS << /CRLs [30 0 R] >>"), "abc", YX_VALID},
};

static void test_evidence_taken_away(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stores / sizeof stores[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        make_with_store(&file);
        struct revise r = revise_begin(&file);
        revise_object(&r, stores[i].id, stores[i].body);
        revise_stream(&r, 30, "", stores[i].data);
        revise_end(&r, NULL);
        YX_CLEAN(yx_report) struct yx_report *report =
            revise_verify(yx_buf_bytes(&file), people.trust);
        if (report->result != stores[i].want) {
            revise_explain(report);
            fail_msg("store %zu: %s", i, yx_result_name(report->result));
        }
    }
}

/* A small file whose store would become very large: streams of sixteen megabytes, one object named
 * again and again. And one with more entries than are read: something could hide behind them. */
static void expect_store_refused(const char *entry, int count, const char *words)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    char said[300];
    make(&file);
    struct revise r = revise_begin(&file);
    odd_put(&body, "<< /CRLs [");
    for (int i = 0; i < count; i++)
        odd_put(&body, "%s ", entry);
    assert_int_equal(yx_buf_append(&body, YX_BYTES("] >>", 5)), YX_OK);
    revise_object(&r, 1, CATALOG(FIELDS, "/DSS 30 0 R"));
    revise_object(&r, 30, (const char *)body.data);
    size_t size = 15u * 1024 * 1024;
    revise_entry(&r, 31, file.len);
    odd_put(&file, "31 0 obj\n<< /Length %zu >>\nstream\n", size);
    assert_int_equal(yx_buf_reserve(&file, size), YX_OK);
    memset(file.data + file.len, '0', size);
    file.len += size;
    odd_put(&file, "\nendstream\nendobj\n");
    revise_end(&r, NULL);
    YX_CLEAN(yx_report) struct yx_report *report = revise_verify(yx_buf_bytes(&file), people.trust);
    const struct yx_check *check = yx_checks_find(&report->checks, YX_CHECK_CONTAINER_SAFE);
    assert_int_equal(report->result, YX_INVALID);
    assert_non_null(check);
    yx_message_render(check->detail, NULL, said, sizeof said);
    assert_non_null(strstr(said, words));
}

static void test_store_too_large(void **state)
{
    (void)state;
    expect_store_refused("31 0 R", 5, "bytes");
    expect_store_refused("null", 1001, "entries");
}

/* --- Tables ------------------------------------------------------------------------------ */

/* Prev leads to the section itself, or forward. */
static void test_tables_in_circles(void **state)
{
    (void)state;
    for (unsigned ahead = 0; ahead < 3; ahead++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        make(&file);
        struct revise r = revise_begin(&file);
        revise_object(&r, 30, "<< >>");
        r.previous = file.len + ahead * 40;
        revise_end(&r, NULL);
        YX_CLEAN(yx_report) struct yx_report *report =
            revise_verify(yx_buf_bytes(&file), people.trust);
        assert_int_equal(report->result, YX_INVALID);
    }
}

/* Object streams of the signed revision, written over. */
static void test_object_stream_again(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct odd_options options = form;
    struct revise_signature s = signature();
    options.kind = ODD_OBJECT_STREAM;
    options.extra[4] = options.extra[3] = "null";
    options.extra[1] = "<< /FT /Tx /T (Sum) /Subtype /Widget /Rect [10 40 60 60] >>";
    revise_signed(&options, &s, &file);
    revise_expect(yx_buf_bytes(&file), people.trust, YX_VALID);
    struct revise r = revise_begin(&file);
    revise_stream(&r, 11, "/Type /ObjStm /N 1 /First 4",
                  "3 0 << /Type /Font /Subtype /Type1 /BaseFont /Courier >>");
    revise_end(&r, NULL);
    YX_CLEAN(yx_report) struct yx_report *report = revise_verify(yx_buf_bytes(&file), people.trust);
    assert_int_equal(report->result, YX_INVALID);
}

/* A later hybrid section: what only XRefStm knows, some readers show and some do not. */
static void test_hidden_in_hybrid(void **state)
{
    (void)state;
    static const uint8_t marker[] = {1};
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    char trailer[200];
    make(&file);
    struct revise r = revise_begin(&file);
    uint64_t content = file.len;
    odd_put(&file, "4 0 obj\n<< /Length 0 >>\nstream\n\nendstream\nendobj\n");
    uint8_t row[4] = {marker[0], (uint8_t)(content >> 8), (uint8_t)content, 0};
    uint64_t hybrid = file.len;
    revise_entry(&r, 30, file.len);
    odd_put(&file, "30 0 obj\n<< /Type /XRef /Size 31 /Root 1 0 R /W [1 2 1] /Index [4 1] "
                   "/Length 4 >>\nstream\n");
    assert_int_equal(yx_buf_append(&file, YX_BYTES(row, 4)), YX_OK);
    odd_put(&file, "\nendstream\nendobj\n");
    snprintf(trailer, sizeof trailer, "/Root 1 0 R /XRefStm %llu " ODD_ID,
             (unsigned long long)hybrid);
    revise_end(&r, trailer);
    expect_forbidden(&file, "object 4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value_in_two_fields),
        cmocka_unit_test(test_value_in_an_empty_field),
        cmocka_unit_test(test_widget_on_another_page),
        cmocka_unit_test(test_field_without_signature),
        cmocka_unit_test(test_stamp_on_certified),
        cmocka_unit_test(test_brought_in_later),
        cmocka_unit_test(test_encrypted_later),
        cmocka_unit_test(test_content_as_description),
        cmocka_unit_test(test_evidence_taken_away),
        cmocka_unit_test(test_store_too_large),
        cmocka_unit_test(test_tables_in_circles),
        cmocka_unit_test(test_object_stream_again),
        cmocka_unit_test(test_hidden_in_hybrid),
    };
    return cmocka_run_group_tests(tests, open_people, close_people);
}
