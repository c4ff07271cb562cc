/* SPDX-License-Identifier: Apache-2.0 */
/* test_later.c - proper revisions behind a signed one: what they may change and what not, under
 * every certification and lock. Attacks on the file structure are in test_attacks.c. */
#include "support.h"

#include "pdf_odd.h"
#include "revise.h"

#include "revised_form.h"

/* Certified with this P. */
static void make_certified(int level, struct yx_buf *file)
{
    struct revise_signature s = signature();
    char reference[400];
    snprintf(reference, sizeof reference,
             "/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /Type "
             "/TransformParams /P %d /V /1.2 >> >>]",
             level);
    s.entries = reference;
    s.catalog = "/Perms << /DocMDP 21 0 R >>";
    revise_signed(&form, &s, file);
    revise_expect(yx_buf_bytes(file), people.trust, YX_VALID);
}

/* --- One later revision ------------------------------------------------------------------ */

struct later {
    const char *name;
    struct {
        int id;
        const char *body;
    } objects[4];
    const char *trailer;
    yx_result plain;     /* without certification */
    yx_result levels[3]; /* under P=1, 2, 3; 0 (valid) only where it is so */
    const char *words;   /* in the finding changes.after of the plain file */
};

#define NO                                 \
    {                                      \
        YX_INVALID, YX_INVALID, YX_INVALID \
    }
#define WIDGET_KEYS "/FT /Tx /T (Sum) /Subtype /Widget /Rect [10 40 60 60] /F 4 /P 10 0 R "
#define CERTIFIED "/Perms << /DocMDP 21 0 R >>"

static const struct later laters[] = {
    /* Allowed. */
    {"an empty field filled",
     {{5, "<< /FT /Tx /T (Empty) /V (now) /Subtype /Widget /Rect [10 10 60 30] /F 4 /P 10 0 R "
          "/AP << /N 30 0 R >> >>"},
      {30, "<< /Type /XObject /Subtype /Form /BBox [0 0 1 1] /Length 0 >>\nstream\n\nendstream"}},
     NULL,
     YX_VALID,
     {YX_INVALID, YX_VALID, YX_VALID},
     "field Empty"},
    {"a document security store",
     {{1, CATALOG(FIELDS, CERTIFIED " /DSS 30 0 R")}, {30, "<< /Certs [] >>"}},
     NULL,
     YX_VALID,
     {YX_VALID, YX_VALID, YX_VALID},
     "validation data"},
    {"a remark",
     {{10, PAGE("4 0 R", FIELDS " 30 0 R")},
      {30, "<< /Type /Annot /Subtype /FreeText /Rect [0 0 600 800] /Contents (x) >>"}},
     NULL,
     YX_INDETERMINATE,
     {YX_INVALID, YX_INVALID, YX_VALID},
     "FreeText on page 1"},
    {"an object written anew as it was",
     {{3, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"}},
     NULL,
     YX_VALID,
     {YX_VALID, YX_VALID, YX_VALID},
     NULL},
    {"the description",
     {{30, "<< /Title (Another) >>"}},
     "/Root 1 0 R /Info 30 0 R " ODD_ID,
     YX_VALID,
     {YX_INVALID, YX_VALID, YX_VALID},
     "description"},
    {"a signature field that is not signed",
     {{1, CATALOG(FIELDS " 30 0 R", CERTIFIED)},
      {10, PAGE("4 0 R", FIELDS " 30 0 R")},
      {30, "<< /FT /Sig /T (New) /Subtype /Widget /Rect [0 0 0 0] /P 10 0 R >>"}},
     NULL,
     YX_VALID,
     {YX_INVALID, YX_VALID, YX_VALID},
     "signatures"},

    /* Changed content. */
    {"the content of a page",
     {{4, "<< /Length 0 >>\nstream\n\nendstream"}},
     NULL,
     YX_INVALID,
     NO,
     "object 4, which page 1 leads to"},
    {"another content",
     {{10, PAGE("30 0 R", FIELDS)}, {30, "<< /Length 0 >>\nstream\n\nendstream"}},
     NULL,
     YX_INVALID,
     NO,
     "/Contents"},
    {"a font",
     {{3, "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"}},
     NULL,
     YX_INVALID,
     NO,
     "object 3, which page 1 leads to"},
    {"the page tree",
     {{2, "<< /Type /Pages /Kids [30 0 R] /Count 1 >>"}, {30, PAGE("4 0 R", FIELDS)}},
     NULL,
     YX_INVALID,
     NO,
     NULL},
    {"another catalog",
     {{30, CATALOG(FIELDS, "")}},
     "/Root 30 0 R " ODD_ID,
     YX_INVALID,
     NO,
     "another catalog"},
    {"an action at opening",
     {{1, CATALOG(FIELDS, CERTIFIED " /OpenAction << /S /JavaScript /JS (x) >>")}},
     NULL,
     YX_INVALID,
     NO,
     "/OpenAction"},
    {"another page size",
     {{10, "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 3 0 R >> >> "
           "/MediaBox [0 0 10 10] /Annots [" FIELDS " 20 0 R] >>"}},
     NULL,
     YX_INVALID,
     NO,
     "/MediaBox"},
    {"an object taken away", {{-3, NULL}}, NULL, YX_INVALID, NO, "object 3"},

    /* Changed form. */
    {"a value that was signed",
     {{6, "<< " WIDGET_KEYS "/V (900) /AP << /N 9 0 R >> >>"}},
     NULL,
     YX_INVALID,
     {YX_INVALID, YX_VALID, YX_VALID},
     "has another value now"},
    {"shadow, replace: the appearance of a field alone",
     {{6, "<< " WIDGET_KEYS "/V (100) /AP << /N 30 0 R >> >>"},
      {30,
       "<< /Type /XObject /Subtype /Form /BBox [0 0 1 1] /Length 3 >>\nstream\n900\nendstream"}},
     NULL,
     YX_INVALID,
     NO,
     "shows something else"},
    {"shadow, replace: the appearance written over",
     {{9, "<< /Type /XObject /Subtype /Form /BBox [0 0 50 20] /Length 3 >>\nstream\n900\n"
          "endstream"}},
     NULL,
     YX_INVALID,
     NO,
     "shows something else"},
    {"a hidden field shown",
     {{6, "<< /FT /Tx /T (Sum) /Subtype /Widget /Rect [10 40 60 60] /F 0 /P 10 0 R /V (100) "
          "/AP << /N 9 0 R >> >>"}},
     NULL,
     YX_INVALID,
     NO,
     "/F"},
    {"a field moved",
     {{6, "<< /FT /Tx /T (Sum) /Subtype /Widget /Rect [100 400 600 600] /F 4 /P 10 0 R /V (100) "
          "/AP << /N 9 0 R >> >>"}},
     NULL,
     YX_INVALID,
     NO,
     "/Rect"},
    {"a field taken away",
     {{1, CATALOG("5 0 R 7 0 R", CERTIFIED)}, {10, PAGE("4 0 R", "5 0 R 7 0 R")}},
     NULL,
     YX_INVALID,
     NO,
     "removed"},
    {"a new text field",
     {{1, CATALOG(FIELDS " 30 0 R", CERTIFIED)},
      {10, PAGE("4 0 R", FIELDS " 30 0 R")},
      {30, "<< /FT /Tx /T (New) /V (x) /Subtype /Widget /Rect [0 0 600 800] /P 10 0 R >>"}},
     NULL,
     YX_INVALID,
     NO,
     "no signature field"},
    {"fields to be drawn anew",
     {{1, "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [" FIELDS " 20 0 R] /SigFlags 3 "
          "/NeedAppearances true >> " CERTIFIED " >>"}},
     NULL,
     YX_INVALID,
     NO,
     "/NeedAppearances"},
    {"the signed seal given another look",
     {{20, "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /F 132 /P 10 0 R /V 21 0 R "
           "/Rect [100 600 200 700] /AP << /N 30 0 R >> >>"},
      {30, "<< /Type /XObject /Subtype /Form /BBox [0 0 1 1] /Length 0 >>\nstream\n\nendstream"}},
     NULL,
     YX_INVALID,
     NO,
     "was signed, and differs now"},

    /* Annotations. */
    {"a link",
     {{10, PAGE("4 0 R", FIELDS " 30 0 R")},
      {30, "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (x) >> >>"}},
     NULL,
     YX_INVALID,
     NO,
     "more than a remark"},
    {"a remark that acts",
     {{10, PAGE("4 0 R", FIELDS " 30 0 R")},
      {30, "<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /AA << >> >>"}},
     NULL,
     YX_INVALID,
     NO,
     "more than a remark"},
    {"text taken away",
     {{10, PAGE("4 0 R", FIELDS " 30 0 R")},
      {30, "<< /Type /Annot /Subtype /Redact /Rect [0 0 600 800] >>"}},
     NULL,
     YX_INVALID,
     NO,
     "more than a remark"},
    {"a stamp in the name of a signature that is there",
     {{10, PAGE("4 0 R", FIELDS " 30 0 R")},
      {30, "<< /Type /Annot /Subtype /Stamp /Rect [0 0 600 800] /YXSignature (Signature1) >>"}},
     NULL,
     YX_INDETERMINATE,
     {YX_INVALID, YX_INVALID, YX_VALID},
     "Stamp on page 1"},
};

static void append(struct yx_buf *file, const struct later *later, bool certified)
{
    struct revise r = revise_begin(file);
    for (size_t i = 0; i < 4 && later->objects[i].id != 0; i++) {
        const char *body = later->objects[i].body;
        char catalog[2048] = "";
        if (body == NULL) {
            revise_entry(&r, -later->objects[i].id, 0);
            continue;
        }
        snprintf(catalog, sizeof catalog, "%s", body);
        char *perms = certified ? NULL : strstr(catalog, CERTIFIED);
        if (perms != NULL)
            memset(perms, ' ', strlen(CERTIFIED));
        revise_object(&r, later->objects[i].id, catalog);
    }
    revise_end(&r, later->trailer);
}

static void expect_later(struct yx_buf *file, const struct later *later, const char *how,
                         yx_result want)
{
    YX_CLEAN(yx_report) struct yx_report *report = revise_verify(yx_buf_bytes(file), people.trust);
    if (report->result == want)
        return;
    revise_explain(report);
    fail_msg("%s, %s: %s, and %s was expected", later->name, how, yx_result_name(report->result),
             yx_result_name(want));
}

static void test_later(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof laters / sizeof laters[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        make(&file);
        append(&file, &laters[i], false);
        expect_later(&file, &laters[i], "plain", laters[i].plain);
        yx_outcome outcome = laters[i].plain == YX_VALID     ? YX_PASS
                             : laters[i].plain == YX_INVALID ? YX_FAIL
                                                             : YX_UNKNOWN;
        revise_expect_check(yx_buf_bytes(&file), people.trust, 0, YX_CHECK_CHANGES_AFTER, outcome,
                            laters[i].words);
    }
}

static void test_later_certified(void **state)
{
    (void)state;
    for (int level = 1; level <= 3; level++) {
        YX_CLEAN(yx_buf) struct yx_buf certified = {0};
        make_certified(level, &certified);
        for (size_t i = 0; i < sizeof laters / sizeof laters[0]; i++) {
            YX_CLEAN(yx_buf) struct yx_buf file = {0};
            char how[16];
            snprintf(how, sizeof how, "P=%d", level);
            assert_int_equal(yx_buf_append(&file, yx_buf_bytes(&certified)), YX_OK);
            append(&file, &laters[i], true);
            expect_later(&file, &laters[i], how, laters[i].levels[level - 1]);
        }
    }
}

static void test_changes_are_listed(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    make(&file);
    append(&file, &laters[0], false);
    report = revise_verify(yx_buf_bytes(&file), people.trust);
    assert_non_null(report->changed_after);
    assert_string_equal(report->changed_after->path, "field Empty");
    assert_non_null(report->unprotected);
}

static void test_changed_objects_name_their_page(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    make(&file);
    struct revise r = revise_begin(&file);
    revise_stream(&r, 4, "", "another content");
    revise_end(&r, NULL);
    report = revise_verify(yx_buf_bytes(&file), people.trust);
    assert_int_equal(report->result, YX_INVALID);
    assert_non_null(report->changed_after);
    assert_string_equal(report->changed_after->path, "object 4 on page 1");
}

/* --- Locks ------------------------------------------------------------------------------- */

static const struct {
    const char *lock;
    yx_result result;
} locks[] = {
    {"/Action /All", YX_INVALID},
    {"/Action /Include /Fields [(Empty)]", YX_INVALID},
    {"/Action /Include /Fields [(Sum)]", YX_VALID},
    {"/Action /Exclude /Fields [(Sum)]", YX_INVALID},
    {"/Action /Exclude /Fields [(Empty)]", YX_VALID},
};

static void test_locks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof locks / sizeof locks[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        char reference[300];
        struct revise_signature s = signature();
        snprintf(reference, sizeof reference,
                 "/Reference [<< /Type /SigRef /TransformMethod /FieldMDP /TransformParams << %s "
                 "/V /1.2 >> >>]",
                 locks[i].lock);
        s.entries = reference;
        revise_signed(&form, &s, &file);
        append(&file, &laters[0], false);
        revise_expect(yx_buf_bytes(&file), people.trust, locks[i].result);
    }
}

/* --- Later signatures -------------------------------------------------------------------- */

static void test_existing_field_signed_later(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct revise_signature s = {.signer = &people.maker, .shift = 20};
    make(&file);
    size_t from = file.len;
    struct revise r = revise_begin(&file);
    revise_object(&r, 7,
                  "<< /FT /Sig /T (Later) /Subtype /Widget /Rect [300 10 400 60] /F 132 /P 10 0 R "
                  "/V 41 0 R >>");
    revise_put_dictionary(&r, &s);
    revise_end(&r, NULL);
    revise_sign(&file, from, &s, NULL);
    revise_expect(yx_buf_bytes(&file), people.trust, YX_VALID);
}

/* A stamp of a later signature (a seam) belongs to that signature. */
static void test_stamp_of_later_signature(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    make(&file);
    struct revise_signature s = {
        .signer = &people.maker,
        .shift = 10,
        .fields = FIELDS " 20 0 R",
        .annotations = FIELDS " 20 0 R 40 0 R",
        .name = "Signature2",
    };
    size_t from = file.len;
    revise_change(&file, 40,
                  "<< /Type /Annot /Subtype /Stamp /Rect [0 0 20 20] /YXSignature (Signature2) >>");
    (void)from;
    revise_sign(&file, revise_prepare(&file, &s), &s, NULL);
    revise_expect(yx_buf_bytes(&file), people.trust, YX_VALID);
    YX_CLEAN(yx_report) struct yx_report *report = revise_verify(yx_buf_bytes(&file), people.trust);
    const struct yx_report_stamp *stamp = report->signatures->next->stamps;
    assert_non_null(stamp);
    assert_non_null(stamp->next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_later),
        cmocka_unit_test(test_later_certified),
        cmocka_unit_test(test_changes_are_listed),
        cmocka_unit_test(test_changed_objects_name_their_page),
        cmocka_unit_test(test_locks),
        cmocka_unit_test(test_existing_field_signed_later),
        cmocka_unit_test(test_stamp_of_later_signature),
    };
    return cmocka_run_group_tests(tests, open_people, close_people);
}
