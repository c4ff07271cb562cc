/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_attacks.c - what attackers do to signed PDF files, after the literature: universal signature
 * forgery (USF), incremental saving (ISA), signature wrapping (SWA), the shadow attacks (hide,
 * replace, hide and replace), annotations over certified documents; and what later revisions may do
 * all the same. None of the attacks may end in "valid".
 */
#include "support.h"

#include "odd.h"
#include "revise.h"

static struct pki people;

static int open_people(void **state)
{
    struct yx_error err;
    (void)state;
    return pki_open(YX_KEY_P256, &people, &err) == YX_OK ? 0 : -1;
}

static int close_people(void **state)
{
    (void)state;
    pki_free(&people);
    return 0;
}

/* A form with a text field that is empty (5), one that is filled (6), an empty signature field (7),
 * a picture (8) and its appearance (9). */
static const struct odd_options form = {
    .kind = ODD_TABLE,
    .extra =
        {"<< /FT /Tx /T (Empty) /Subtype /Widget /Rect [10 10 60 30] /F 4 /P 10 0 R >>",
         "<< /FT /Tx /T (Sum) /V (100) /Subtype /Widget /Rect [10 40 60 60] /F 4 /P 10 0 R "
         "/AP << /N 9 0 R >> >>",
         "<< /FT /Sig /T (Later) /Subtype /Widget /Rect [300 10 400 60] /F 4 /P 10 0 R >>",
         "<< /Type /XObject /Subtype /Form /BBox [0 0 10 10] /Length 0 >>\nstream\n\nendstream",
         "<< /Type /XObject /Subtype /Form /BBox [0 0 50 20] /Length 3 >>\nstream\n100\n"
         "endstream"},
};

#define FIELDS "5 0 R 6 0 R 7 0 R"

static struct revise_signature signature(void)
{
    return (struct revise_signature){
        .signer = &people.holder, .fields = FIELDS, .annotations = FIELDS};
}

static void make(struct yx_buf *file)
{
    struct revise_signature s = signature();
    revise_signed(&form, &s, file);
    revise_expect(yx_buf_bytes(file), people.trust, YX_VALID);
}

/* Certified with this P, and a lock when there is one. */
static void make_certified(int level, const char *more, struct yx_buf *file)
{
    struct revise_signature s = signature();
    char reference[400];
    snprintf(reference, sizeof reference,
             "/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /Type "
             "/TransformParams /P %d /V /1.2 >> >> %s]",
             level, more);
    s.entries = reference;
    s.catalog = "/Perms << /DocMDP 21 0 R >>";
    revise_signed(&form, &s, file);
    revise_expect(yx_buf_bytes(file), people.trust, YX_VALID);
}

#define PAGE_KEYS "/Type /Page /Parent 2 0 R /Resources << /Font << /F1 3 0 R >> >> " ODD_A4
#define PAGE(content, annots) \
    "<< " PAGE_KEYS " /Contents " content " /Annots [" annots " 20 0 R] >>"
#define CATALOG(fields, more)                                                                      \
    "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [" fields " 20 0 R] /SigFlags 3 >> " more \
    " >>"

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
     "object 4"},
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
     "object 3"},
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
        make_certified(level, "", &certified);
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
    struct revise r = revise_begin(&file);
    revise_object(&r, 40,
                  "<< /Type /Annot /Subtype /Stamp /Rect [0 0 20 20] /YXSignature (Signature2) >>");
    revise_end(&r, NULL);
    (void)from;
    revise_sign(&file, revise_prepare(&file, &s), &s, NULL);
    revise_expect(yx_buf_bytes(&file), people.trust, YX_VALID);
    YX_CLEAN(yx_report) struct yx_report *report = revise_verify(yx_buf_bytes(&file), people.trust);
    const struct yx_report_stamp *stamp = report->signatures->next->stamps;
    assert_non_null(stamp);
    assert_non_null(stamp->next);
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
    struct revise r = revise_begin(&file);
    revise_object(&r, 10, PAGE("8 0 R", FIELDS));
    revise_end(&r, NULL);
    revise_expect_check(yx_buf_bytes(&file), people.trust, 0, YX_CHECK_CHANGES_AFTER, YX_FAIL,
                        "/Contents");
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
    struct revise first = revise_begin(&file);
    revise_object(&first, 40, "<< >>");
    revise_end(&first, NULL);
    revise_sign(&file, revise_prepare(&file, &s), &s, NULL);
    revise_expect(yx_buf_bytes(&file), people.trust, YX_VALID);
    struct revise r = revise_begin(&file);
    revise_entry(&r, 4, hidden);
    revise_end(&r, NULL);
    revise_expect_check(yx_buf_bytes(&file), people.trust, 0, YX_CHECK_CHANGES_AFTER, YX_FAIL,
                        "object 4");
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
    struct revise r = revise_begin(&file);
    revise_object(&r, 50, "<< >>");
    revise_end(&r, NULL);
    revise_expect_check(yx_buf_bytes(&file), people.trust, 0, YX_CHECK_CHANGES_AFTER, YX_FAIL,
                        "did not exist");
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
    struct revise r = revise_begin(&file);
    revise_object(&r, 10, PAGE("4 0 R", FIELDS));
    revise_end(&r, NULL);
    revise_expect_check(yx_buf_bytes(&file), people.trust, 0, YX_CHECK_CHANGES_AFTER, YX_FAIL,
                        "removed");
    file.len = len;
    struct revise hidden = revise_begin(&file);
    revise_object(&hidden, 9, "<< /Type /Annot /Subtype /Square /Rect [0 0 0 0] >>");
    revise_end(&hidden, NULL);
    revise_expect_check(yx_buf_bytes(&file), people.trust, 0, YX_CHECK_CHANGES_AFTER, YX_FAIL,
                        "object 9");
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
    revise_expect_check(yx_buf_bytes(&file), people.trust, 0, YX_CHECK_CHANGES_AFTER, YX_FAIL,
                        "startxref");
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
    revise_expect_check(yx_buf_bytes(&file), people.trust, 0, YX_CHECK_CHANGES_AFTER, YX_FAIL,
                        "does not name it");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_later),
        cmocka_unit_test(test_later_certified),
        cmocka_unit_test(test_changes_are_listed),
        cmocka_unit_test(test_locks),
        cmocka_unit_test(test_existing_field_signed_later),
        cmocka_unit_test(test_stamp_of_later_signature),
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
    };
    return cmocka_run_group_tests(tests, open_people, close_people);
}
