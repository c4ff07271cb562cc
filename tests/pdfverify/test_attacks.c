/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_attacks.c - what attackers do to signed PDF files, after the literature: universal signature
 * forgery (USF), incremental saving (ISA), signature wrapping (SWA), the shadow attacks (hide,
 * replace, hide and replace). None of them may end in "valid". What proper later revisions may
 * do is in test_later.c.
 */
#include "support.h"

#include "pdf_odd.h"
#include "revise.h"

#include "revised_form.h"

/* What came after the signature is refused, in these words. */
static void expect_refused_change(const struct yx_buf *file, const char *words)
{
    revise_expect_check(yx_buf_bytes(file), people.trust, 0, YX_CHECK_CHANGES_AFTER, YX_FAIL,
                        words);
}

/* --- Prepared in the signed revision ----------------------------------------------------- */

/* Shadow, hide and replace: the second content is in the signed file, and the table is turned. */
static void test_hide_and_replace(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct odd_options options = form;
    struct revise_signature s = signature();
    options.extra[3] = "<< /Length 60 >>\nstream\n"
                       "BT /F1 24 Tf 72 720 Td (Another contract altogether) Tj ET  "
                       "\nendstream";
    revise_signed(&options, &s, &file);
    revise_expect(yx_buf_bytes(&file), people.trust, YX_VALID);
    const uint8_t *hidden = memmem(file.data, file.len, "8 0 obj", 7);
    assert_non_null(hidden);
    uint64_t place = (uint64_t)(hidden - file.data);
    /* The hidden object bears number 4 in the table: strict readers see that it is 8. */
    struct revise wrong = revise_begin(&file);
    revise_entry(&wrong, 4, place);
    size_t len = file.len;
    revise_end(&wrong, NULL);
    revise_expect(yx_buf_bytes(&file), people.trust, YX_INVALID);
    file.len = len;
    /* Or the page points to it. */
    revise_change(&file, 10, PAGE("8 0 R", FIELDS));
    expect_refused_change(&file, "/Contents");
}

/* The same number twice in the signed file, and a later table that leads to the other one. */
static void test_table_turned(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct revise_signature s = signature();
    odd_make(&form, &file);
    uint64_t hidden = file.len;
    odd_put(&file, "4 0 obj\n<< /Length 0 >>\nstream\n\nendstream\nendobj\n");
    revise_change(&file, 40, "<< >>");
    revise_sign(&file, revise_prepare(&file, &s), &s, NULL);
    revise_expect(yx_buf_bytes(&file), people.trust, YX_VALID);
    struct revise r = revise_begin(&file);
    revise_entry(&r, 4, hidden);
    revise_end(&r, NULL);
    expect_refused_change(&file, "object 4");
}

/* A reference to a number that nobody used, which a later revision fills. */
static void test_waiting_reference(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct odd_options options = form;
    struct revise_signature s = signature();
    options.extra[3] = "<< /Waiting 50 0 R >>";
    revise_signed(&options, &s, &file);
    revise_change(&file, 50, "<< >>");
    expect_refused_change(&file, "did not exist");
}

/* Shadow, hide: an image above the text, taken away later. */
static void test_hide(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct odd_options options = form;
    struct revise_signature s = signature();
    options.page = ODD_A4 " /Annots [9 0 R]";
    options.extra[4] = "<< /Type /Annot /Subtype /Square /Rect [0 0 600 800] /IC [1 1 1] >>";
    options.extra[1] = "<< /FT /Tx /T (Sum) /Subtype /Widget /Rect [10 40 60 60] >>";
    s.annotations = FIELDS " 9 0 R";
    revise_signed(&options, &s, &file);
    revise_expect(yx_buf_bytes(&file), people.trust, YX_VALID);
    size_t len = file.len;
    revise_change(&file, 10, PAGE("4 0 R", FIELDS));
    expect_refused_change(&file, "removed");
    file.len = len;
    revise_change(&file, 9, "<< /Type /Annot /Subtype /Square /Rect [0 0 0 0] >>");
    expect_refused_change(&file, "object 9");
}

/* --- Incremental saving (ISA) ------------------------------------------------------------ */

#define NEW_CONTENT "4 0 obj\n<< /Length 0 >>\nstream\n\nendstream\nendobj\n"

static const struct {
    const char *name, *behind;
    yx_result best; /* never better than this */
} tails[] = {
    {"a body alone", NEW_CONTENT, YX_INVALID},
    {"a body and a trailer", NEW_CONTENT "trailer\n<< /Root 1 0 R /Size 23 >>\n", YX_INVALID},
    {"a body and %%EOF", NEW_CONTENT "%%EOF\n", YX_INVALID},
    {"a body and a startxref into nothing", NEW_CONTENT "startxref\n0\n%%EOF\n", YX_INVALID},
    {"a body in comments", "%\n%4 0 obj << /Length 0 >> endobj\n", YX_INVALID},
    {"text", "and something more", YX_INVALID},
    {"a second header", "%PDF-1.7\n" NEW_CONTENT, YX_INVALID},
    {"an empty object list", "xref\n0 0\ntrailer\n<< >>\n", YX_INVALID},
};

static void test_incremental_saving(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        make(&file);
        odd_put(&file, "%s", tails[i].behind);
        YX_CLEAN(yx_report) struct yx_report *report =
            revise_verify(yx_buf_bytes(&file), people.trust);
        if (report->result != tails[i].best)
            fail_msg("%s: %s", tails[i].name, yx_result_name(report->result));
    }
}

/* The old startxref again, behind new bodies: strict readers see the old file. */
static void test_old_startxref_again(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    make(&file);
    uint64_t start = revise_last(&file, "startxref");
    odd_put(&file, NEW_CONTENT "startxref\n%llu\n%%%%EOF\n", (unsigned long long)start);
    expect_refused_change(&file, "startxref");
}

/* A proper revision that hides a body which its table does not name. */
static void test_unlisted_body(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    make(&file);
    struct revise r = revise_begin(&file);
    odd_put(&file, NEW_CONTENT);
    revise_object(&r, 30, "<< >>");
    revise_end(&r, NULL);
    expect_refused_change(&file, "does not name it");
}

/* The chain of tables jumps over the signed revision. */
static void test_chain_jumps(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct odd_options options = form;
    odd_make(&options, &file);
    uint64_t first = revise_last(&file, "startxref");
    struct revise_signature s = signature();
    revise_sign(&file, revise_prepare(&file, &s), &s, NULL);
    struct revise r = revise_begin(&file);
    r.previous = first;
    revise_object(&r, 1, CATALOG(FIELDS, ""));
    revise_object(&r, 10, PAGE("4 0 R", FIELDS));
    revise_end(&r, NULL);
    YX_CLEAN(yx_report) struct yx_report *report = revise_verify(yx_buf_bytes(&file), people.trust);
    assert_int_not_equal(report->result, YX_VALID);
}

/* --- Universal forgery (USF) ------------------------------------------------------------- */

static void replace(struct yx_buf *file, const char *what, const char *by)
{
    assert_int_equal(strlen(what), strlen(by));
    uint8_t *at = memmem(file->data, file->len, what, strlen(what));
    assert_non_null(at);
    memcpy(at, by, strlen(by));
}

static const struct {
    const char *what, *by;
} forgeries[] = {
    {"/ByteRange [0 ", "/BiteRange [0 "}, {"/ByteRange [0 ", "/ByteRange [1 "},
    {"/ByteRange [0 ", "/ByteRange [-1"}, {"/ByteRange [0 ", "/ByteRange  0 "},
    {"/ByteRange [0 ", "/ByteRange [] "}, {"/Contents <", "/Contants <"},
    {"/Contents <", "/Contents ("},       {"/Contents <", "/Contents[<"},
    {"/V 21 0 R", "/V (text)"},           {"/V 21 0 R", "/V 10 0 R"},
    {"/V 21 0 R", "/V true  "},
};

static void test_universal_forgery(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        make(&file);
        replace(&file, forgeries[i].what, forgeries[i].by);
        YX_CLEAN(yx_report) struct yx_report *report =
            revise_verify(yx_buf_bytes(&file), people.trust);
        if (report->result != YX_INVALID)
            fail_msg("%s: %s", forgeries[i].by, yx_result_name(report->result));
    }
}

/* A signature dictionary without a value, over a document of any content. */
static const char *const empty_values[] = {
    "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached >>",
    "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /Contents <> "
    "/ByteRange [0 10 20 30] >>",
    "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /Contents <00000000> "
    "/ByteRange [] >>",
    "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /Contents null "
    "/ByteRange null >>",
    "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /Contents <30800000> "
    "/ByteRange [0 0 0 0] >>",
    "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /Contents <3000> "
    "/ByteRange [0 9223372036854775807 9223372036854775807 9223372036854775807] >>",
};

static void test_empty_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof empty_values / sizeof empty_values[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        struct odd_options options = {
            .kind = ODD_TABLE,
            .catalog = "/AcroForm << /Fields [5 0 R] /SigFlags 3 >>",
            .extra = {"<< /FT /Sig /T (S) /Subtype /Widget /Rect [0 0 0 0] /V 6 0 R >>",
                      empty_values[i]},
        };
        odd_make(&options, &file);
        revise_expect(yx_buf_bytes(&file), people.trust, YX_INVALID);
    }
}

/* --- Wrapping (SWA) ---------------------------------------------------------------------- */

/* The second part is moved to the end, and what the attacker likes stands in between. */
static void test_wrapping(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf wrapped = {0};
    uint64_t range[4];
    struct revise_signature s = signature();
    odd_make(&form, &file);
    size_t from = revise_prepare(&file, &s);
    revise_sign(&file, from, &s, NULL);
    revise_fill_range(&file, from, range);
    assert_int_equal(yx_buf_append(&wrapped, YX_BYTES(file.data, range[2])), YX_OK);
    odd_put(&wrapped, " /Ignored << >> >>\nendobj\n" NEW_CONTENT);
    struct revise r = {
        .file = &wrapped, .previous = revise_last(&wrapped, "startxref"), .size = 22};
    revise_entry(&r, 4, wrapped.len - strlen(NEW_CONTENT));
    revise_entry(&r, 21,
                 (uint64_t)((uint8_t *)memmem(file.data, file.len, "21 0 obj", 8) - file.data));
    revise_end(&r, NULL);
    uint64_t second = wrapped.len;
    assert_int_equal(yx_buf_append(&wrapped, YX_BYTES(file.data + range[2], range[3])), YX_OK);
    uint8_t *at = memmem(wrapped.data, wrapped.len, "/ByteRange [0 ", 14);
    revise_put_digits(&wrapped, (size_t)(at - wrapped.data) + 14 + 11, second);
    YX_CLEAN(yx_report) struct yx_report *report =
        revise_verify(yx_buf_bytes(&wrapped), people.trust);
    assert_int_not_equal(report->result, YX_VALID);
    assert_int_not_equal(report->result, YX_UNSIGNED);
}

/* The gap holds more than Contents: another key behind the value. */
static void test_wide_gap(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    uint64_t range[4];
    struct revise_signature s = signature();
    odd_make(&form, &file);
    size_t from = revise_prepare(&file, &s);
    revise_fill_range(&file, from, range);
    range[2] += 3; /* " >>" is no longer signed */
    range[3] -= 3;
    uint8_t *at = memmem(file.data + from, file.len - from, "/ByteRange [0 ", 14);
    revise_put_digits(&file, (size_t)(at - file.data) + 14 + 11, range[2]);
    revise_put_digits(&file, (size_t)(at - file.data) + 14 + 22, range[3]);
    revise_cms(&s, &file, range, NULL, &der);
    revise_put_contents(&file, range[1], yx_buf_bytes(&der));
    revise_expect_check(yx_buf_bytes(&file), people.trust, 0, YX_CHECK_SIGNATURE_FORMAT, YX_FAIL,
                        "leaves out bytes");
}

/* The range stops before the end of its revision. */
static void test_short_range(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    uint64_t range[4];
    struct revise_signature s = signature();
    odd_make(&form, &file);
    size_t from = revise_prepare(&file, &s);
    revise_fill_range(&file, from, range);
    range[3] -= 40;
    uint8_t *at = memmem(file.data + from, file.len - from, "/ByteRange [0 ", 14);
    revise_put_digits(&file, (size_t)(at - file.data) + 14 + 22, range[3]);
    revise_cms(&s, &file, range, NULL, &der);
    revise_put_contents(&file, range[1], yx_buf_bytes(&der));
    revise_expect_check(yx_buf_bytes(&file), people.trust, 0, YX_CHECK_REFERENCES_COVERAGE, YX_FAIL,
                        "no revision ends");
}

/* Something is hidden behind the value in Contents. */
static void test_padding(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    make(&file);
    uint8_t *contents = memmem(file.data, file.len, "/Contents <", 11);
    uint8_t *close = memchr(contents, '>', file.len - (size_t)(contents - file.data));
    close[-1] = '1';
    revise_expect_check(yx_buf_bytes(&file), people.trust, 0, YX_CHECK_SIGNATURE_FORMAT, YX_FAIL,
                        "zeros");
}

/* A key that stands twice is read in two ways. */
static void test_key_twice(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct revise_signature s = signature();
    s.entries = "/Contents <3000>";
    odd_make(&form, &file);
    revise_prepare(&file, &s);
    YX_CLEAN(yx_report) struct yx_report *report = revise_verify(yx_buf_bytes(&file), people.trust);
    assert_int_equal(report->result, YX_INVALID);
}

/* --- Odd places -------------------------------------------------------------------------- */

/* Only a page knows the field. */
static void test_not_in_form(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct revise_signature s = {.signer = &people.holder, .catalog_untouched = true};
    revise_signed(&(struct odd_options){.kind = ODD_TABLE}, &s, &file);
    revise_expect_check(yx_buf_bytes(&file), people.trust, 0, YX_CHECK_REFERENCES_LIST, YX_FAIL,
                        "does not list it");
}

/* Fields that lead in circles, and many that lead to many. */
static void test_field_circles(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct odd_options options = {
        .kind = ODD_TABLE,
        .catalog = "/AcroForm << /Fields [5 0 R] /SigFlags 3 >>",
        .extra = {"<< /T (a) /Kids [5 0 R 6 0 R] >>",
                  "<< /T (b) /Kids [5 0 R 6 0 R 5 0 R 6 0 R] >>"},
    };
    odd_make(&options, &file);
    YX_CLEAN(yx_report) struct yx_report *report = revise_verify(yx_buf_bytes(&file), people.trust);
    assert_int_not_equal(report->result, YX_VALID);
}

/* A dictionary that the form lists as a field, and that is something else: which layers are shown.
 */
static void test_field_that_is_another_thing(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct odd_options options = form;
    struct revise_signature s = signature();
    options.extra[3] = "<< /FT /Btn /T (Layers) /AS [] >>";
    s.fields = FIELDS " 8 0 R";
    s.catalog = "/OCProperties << /OCGs [] /D 8 0 R >>";
    revise_signed(&options, &s, &file);
    revise_expect(yx_buf_bytes(&file), people.trust, YX_VALID);
    revise_change(&file, 8, "<< /FT /Btn /T (Layers) /AS [<< /Event /View >>] >>");
    expect_refused_change(&file, "/AS");
}

/* Thirty levels, each with the next one twice: a thousand million ways to the last. */
static void test_fields_multiply(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    char body[100];
    odd_make(
        &(struct odd_options){.kind = ODD_TABLE, .catalog = "/AcroForm << /Fields [20 0 R] >>"},
        &file);
    struct revise r = revise_begin(&file);
    for (int i = 20; i < 49; i++) {
        snprintf(body, sizeof body, "<< /T (a) /Kids [%d 0 R %d 0 R] >>", i + 1, i + 1);
        revise_object(&r, i, body);
    }
    revise_object(&r, 49, "<< /T (b) /Kids [<< /T (c) >>] >>");
    revise_end(&r, NULL);
    YX_CLEAN(yx_report) struct yx_report *report = revise_verify(yx_buf_bytes(&file), people.trust);
    assert_int_equal(report->result, YX_INVALID);
    assert_non_null(yx_checks_find(&report->checks, YX_CHECK_CONTAINER_SAFE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hide_and_replace),
        cmocka_unit_test(test_table_turned),
        cmocka_unit_test(test_waiting_reference),
        cmocka_unit_test(test_hide),
        cmocka_unit_test(test_incremental_saving),
        cmocka_unit_test(test_old_startxref_again),
        cmocka_unit_test(test_unlisted_body),
        cmocka_unit_test(test_chain_jumps),
        cmocka_unit_test(test_universal_forgery),
        cmocka_unit_test(test_empty_values),
        cmocka_unit_test(test_wrapping),
        cmocka_unit_test(test_wide_gap),
        cmocka_unit_test(test_short_range),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_key_twice),
        cmocka_unit_test(test_not_in_form),
        cmocka_unit_test(test_field_circles),
        cmocka_unit_test(test_fields_multiply),
        cmocka_unit_test(test_field_that_is_another_thing),
    };
    return cmocka_run_group_tests(tests, open_people, close_people);
}
