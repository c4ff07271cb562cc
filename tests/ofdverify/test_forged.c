/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_forged.c - documents that were sound and then forged, each in one way. The signatures are
 * trusted in everything else, so that a forgery that is not found makes the document valid.
 * REQ: VER-01, VER-02
 */
#include "support.h"

#include "ofd_desk.h"

#define SIGN_0 "Doc_0/Signs/Sign_0/Signature.xml"
#define VALUE_0 "Doc_0/Signs/Sign_0/SignedValue.dat"
#define SEAL_0 "Doc_0/Signs/Sign_0/Seal.esl"
#define SIGN_1 "Doc_0/Signs/Sign_1/Signature.xml"
#define VALUE_1 "Doc_0/Signs/Sign_1/SignedValue.dat"
#define LIST "Doc_0/Signs/Signatures.xml"
#define PAGE "Doc_0/Pages/Page_1/Content.xml"
#define ENTRY(id, n) \
    "<Signature ID='" id "' Type='Seal' BaseLoc='/Doc_0/Signs/Sign_" n "/Signature.xml'/>"

static struct desk desk;
static struct yx_buf one;    /* sealed once */
static struct yx_buf two;    /* sealed twice */
static struct yx_buf closed; /* sealed once, and closed */
static struct yx_buf plain;  /* signed without a seal */

static int open_desk(void **state)
{
    (void)state;
    desk_open(&desk);
    struct yx_ofd_request request = desk_request(&desk);
    desk_signed(&desk, &desk.paper, &request, &one);
    desk_signed(&desk, &one, &request, &two);
    request.close = true;
    desk_signed(&desk, &desk.paper, &request, &closed);
    request = desk_request(&desk);
    request.seal = YX_BYTES(NULL, 0);
    request.placement_count = 0;
    desk_signed(&desk, &desk.paper, &request, &plain);
    return 0;
}

static int close_desk(void **state)
{
    (void)state;
    yx_buf_free(&one);
    yx_buf_free(&two);
    yx_buf_free(&closed);
    yx_buf_free(&plain);
    desk_close(&desk);
    return 0;
}

static void test_all_is_sound_before(void **state)
{
    (void)state;
    desk_expect_valid(&desk, &one, 1);
    desk_expect_valid(&desk, &two, 2);
    desk_expect_valid(&desk, &closed, 1);
    desk_expect_valid(&desk, &plain, 1);
}

/* --- One part at a time ------------------------------------------------------------------ */

/* `old` NULL: the whole part becomes `new`; both NULL: the part is removed. */
static const struct forgery {
    const struct yx_buf *document;
    const char *part, *old, *new;
    const char *fails;
} forgeries[] = {
    /* what is protected changes, goes, comes */
    {&one, PAGE, "甲方盖章", "乙方盖章", "| references.digest"},
    {&one, "OFD.xml", "<ofd:DocID>1<", "<ofd:DocID>2<", "| references.digest"},
    {&one, PAGE, NULL, NULL, "| references.digest"},
    {&one, "Doc_0/Attachment.xml", NULL, "<a/>", "| references.coverage"},
    {&one, "Doc_0/Signs/Sign_0/picture.png", NULL, "x", "| references.coverage"},
    {&two, PAGE, "甲方", "乙方", "| references.digest | references.digest"},
    {&two, PAGE, NULL, NULL, "| references.digest | references.digest"},
    {&two, "extra", NULL, "x", "| references.coverage | references.coverage"},
    /* the signature's own files */
    {&one, SIGN_0, "PageRef=\"13\"", "PageRef=\"11\"", "| document.digest"},
    {&one, SIGN_0, "<ofd:Signature ", "<ofd:Signature  ", "| document.digest"},
    {&plain, SIGN_0, "<ofd:Signature ", "<ofd:Signature  ", "| document.digest"},
    {&one, SIGN_0, NULL, NULL, "| signature.format references.list"},
    {&one, SIGN_0, NULL, "<Signature", "| signature.format references.list"},
    {&one, SIGN_0, NULL, "<Page/>", "| signature.format references.list"},
    {&one, SIGN_0, "</ofd:SignedValue>", "x</ofd:SignedValue>",
     "| signature.format references.list"},
    {&one, VALUE_0, NULL, NULL, "| signature.format"},
    {&one, VALUE_0, NULL, "", "| signature.format"},
    {&one, VALUE_0, NULL, "0\x03\x02\x01\x01", "| signature.format"},
    {&plain, VALUE_0, NULL, "0\x03\x06\x01\x01", "| signature.format"},
    {&one, SEAL_0, NULL, "0", "| references.digest seal.match"},
    {&one, SEAL_0, NULL, NULL, "| references.digest seal.match"},
    /* the list, which nothing protects in an open document */
    {&one, LIST, NULL, "<Signatures/>", "references.list"},
    {&one, LIST, NULL, "<Signatures>", "references.list"},
    {&one, LIST, NULL, "<!DOCTYPE a><Signatures/>", "references.list"},
    {&one, LIST, NULL, NULL, "references.list"},
    {&one, LIST, "Seal", "Sign", "| signature.format"},
    {&plain, LIST, "Sign\"", "Seal\"", "| signature.format"},
    {&two, LIST, NULL, "<Signatures>" ENTRY("1", "0") "</Signatures>",
     "| references.coverage references.list"},
    {&two, LIST, NULL, "<Signatures>" ENTRY("3", "1") "</Signatures>", "| references.list"},
    {&two, LIST, NULL, "<Signatures>" ENTRY("3", "1") ENTRY("1", "0") "</Signatures>",
     "| | references.coverage"},
    {&two, LIST, NULL, "<Signatures>" ENTRY("1", "0") ENTRY("1", "1") "</Signatures>",
     "| references.list | references.list"},
    {&one, LIST, NULL, "<Signatures>" ENTRY("1", "0") ENTRY("2", "0") "</Signatures>",
     "| references.list | signature.format references.list"},
    {&one, LIST, NULL, "<Signatures>" ENTRY("1", "0") ENTRY("2", "7") "</Signatures>",
     "| | signature.format"},
    {&one, LIST, "BaseLoc", "Location", "| signature.format references.list"},
    {&one, LIST, "/Doc_0/Signs", "/../../Signs", "| signature.format references.list"},
    {&two, SIGN_0, NULL, NULL,
     "| signature.format references.list | references.digest "
     "references.list"},
    /* a closed document protects its list */
    {&closed, LIST, "ID=\"1\"", "ID=\"5\"", "| references.digest"},
    {&closed, LIST, NULL, "<Signatures/>", "references.list"},
    /* the package */
    {&one, "OFD.xml", "<ofd:OFD", "<!DOCTYPE a><ofd:OFD", "container.safe"},
    {&one, "OFD.xml", NULL, NULL, "container.safe"},
    {&one, "OFD.xml", "Signatures>/", "Signatures>/x", "references.list"},
};

static void forge(const struct forgery *forgery, struct yx_buf *out)
{
    if (forgery->old != NULL)
        desk_edit(forgery->document, forgery->part, forgery->old, forgery->new, out);
    else if (forgery->new != NULL)
        desk_replace_text(forgery->document, forgery->part, forgery->new, out);
    else
        desk_replace(forgery->document, forgery->part, NULL, out);
}

static void test_forgeries(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
        YX_CLEAN(yx_buf) struct yx_buf forged = {0};
        char fails[1024];
        forge(&forgeries[i], &forged);
        YX_CLEAN(yx_report) struct yx_report *report = desk_verify(&desk, yx_buf_bytes(&forged));
        desk_fails(report, fails);
        if (report->result == YX_INVALID && strcmp(fails, forgeries[i].fails) == 0)
            continue;
        wrong++;
        print_error("%zu: %s: fails \"%s\", expected \"%s\"\n", i, forgeries[i].part, fails,
                    forgeries[i].fails);
        desk_print_checks(&report->checks);
        for (const struct yx_report_signature *s = report->signatures; s != NULL; s = s->next)
            desk_print_checks(&s->checks);
    }
    assert_int_equal(wrong, 0);
}

/* --- Combined ---------------------------------------------------------------------------- */

static const char *first_path(const struct yx_report_path *path)
{
    return path == NULL ? "" : path->path;
}

/* A page is changed, and the change is signed by somebody trusted: the first signature says so. */
static void test_change_signed_again(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf changed = {0};
    YX_CLEAN(yx_buf) struct yx_buf again = {0};
    desk_edit(&one, PAGE, "甲方", "乙方", &changed);
    desk_sealed(&desk, &changed, &again);
    desk_expect_fails(&desk, &again, "| references.digest changes.after |");
    YX_CLEAN(yx_report) struct yx_report *report = desk_verify(&desk, yx_buf_bytes(&again));
    assert_string_equal(first_path(report->changed_after), PAGE);
    assert_int_equal(report->signatures->next->result, YX_VALID);
}

/* An older state of a document with a younger signature beside it. */
static void test_signature_of_another_document(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf paper = {0};
    YX_CLEAN(yx_buf) struct yx_buf other = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    YX_CLEAN(yx_buf) struct yx_buf mixed = {0};
    YX_CLEAN(yx_buf) struct yx_buf moved = {0};
    YX_CLEAN(yx_buf) struct yx_buf xml = {0};
    desk_edit(&desk.paper, PAGE, "甲方", "丙方", &paper);
    desk_sealed(&desk, &paper, &other);
    desk_read(&other, VALUE_0, &value);
    struct yx_bytes bytes = yx_buf_bytes(&value);
    desk_replace(&one, VALUE_0, &bytes, &mixed);
    desk_expect_fails(&desk, &mixed, "| document.digest");
    desk_read(&other, SIGN_0, &xml);
    bytes = yx_buf_bytes(&xml);
    desk_replace(&mixed, SIGN_0, &bytes, &moved);
    desk_expect_fails(&desk, &moved, "| references.digest");
}

/* The files of a signature moved elsewhere: the path in the signed value tells. */
static void test_signature_moved(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf xml = {0};
    YX_CLEAN(yx_buf) struct yx_buf copied = {0};
    YX_CLEAN(yx_buf) struct yx_buf removed = {0};
    YX_CLEAN(yx_buf) struct yx_buf listed = {0};
    desk_read(&one, SIGN_0, &xml);
    struct yx_bytes bytes = yx_buf_bytes(&xml);
    desk_replace(&one, SIGN_1, &bytes, &copied);
    desk_replace(&copied, SIGN_0, NULL, &removed);
    desk_edit(&removed, LIST, "Sign_0", "Sign_1", &listed);
    desk_expect_fails(&desk, &listed, "| property.path");
}

/* One signed value serves one signature. */
static void test_signed_value_shared(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf shared = {0};
    YX_CLEAN(yx_buf) struct yx_buf removed = {0};
    desk_edit(&two, SIGN_1, "Sign_1/SignedValue.dat", "Sign_0/SignedValue.dat", &shared);
    desk_expect_fails(&desk, &shared,
                      "| references.coverage references.list | signature.format references.list");
    desk_replace(&shared, VALUE_1, NULL, &removed);
    desk_expect_fails(&desk, &removed, "| references.coverage | signature.format");
}

/* A page that somebody calls the signed value of a later signature is not excused. */
static void test_page_disguised_as_signed_value(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf page = {0};
    YX_CLEAN(yx_buf) struct yx_buf signature = {0};
    YX_CLEAN(yx_buf) struct yx_buf listed = {0};
    desk_replace_text(&one, "Doc_0/Pages/Page_9/Content.xml", desk_page, &page);
    desk_replace_text(&page, SIGN_1,
                      "<Signature><SignedInfo/><SignedValue>/Doc_0/Pages/Page_9/Content.xml"
                      "</SignedValue></Signature>",
                      &signature);
    desk_replace_text(&signature, LIST,
                      "<Signatures>" ENTRY("1", "0") ENTRY("2", "1") "</Signatures>", &listed);
    desk_expect_fails(&desk, &listed,
                      "| references.coverage | signature.format references.coverage");
}

/* The picture of a seal beside a signature that holds none. */
static void test_seal_beside_plain_signature(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf forged = {0};
    desk_edit(&plain, SIGN_0, "</ofd:SignedInfo>",
              "<ofd:StampAnnot ID='2' PageRef='11' Boundary='1 1 40 40'/></ofd:SignedInfo>",
              &forged);
    desk_expect_fails(&desk, &forged, "| document.digest seal.match");
}

/* --- Hostile ----------------------------------------------------------------------------- */

static void put(struct yx_buf *buf, const char *text)
{
    assert_int_equal(yx_buf_append_text(buf, text), YX_OK);
}

/* Work stays in proportion to the package: ten thousand references to one part, a thousand
 * signatures in one file, more signatures than anybody makes, stamps without end. */
static void test_many_references(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf xml = {0};
    YX_CLEAN(yx_buf) struct yx_buf forged = {0};
    put(&xml, "<Signature><SignedInfo><References CheckMethod='1.2.156.10197.1.401.2'>");
    for (unsigned i = 0; i < 100000; i++)
        put(&xml, "<Reference FileRef='/OFD.xml'><CheckValue>AA==</CheckValue></Reference>");
    put(&xml, "</References></SignedInfo><SignedValue>SignedValue.dat</SignedValue></Signature>");
    struct yx_bytes bytes = yx_buf_bytes(&xml);
    desk_replace(&one, SIGN_0, &bytes, &forged);
    desk_expect_fails(&desk, &forged, "| document.digest references.digest references.coverage");
}

static void test_many_signatures(void **state)
{
    (void)state;
    static const struct {
        unsigned count;
        bool refused;
    } cases[] = {{900, false}, {1001, true}};
    for (size_t i = 0; i < 2; i++) {
        YX_CLEAN(yx_buf) struct yx_buf list = {0};
        YX_CLEAN(yx_buf) struct yx_buf forged = {0};
        char fails[1024];
        put(&list, "<Signatures>");
        for (unsigned k = 0; k < cases[i].count; k++)
            put(&list, ENTRY("1", "0"));
        put(&list, "</Signatures>");
        struct yx_bytes bytes = yx_buf_bytes(&list);
        desk_replace(&one, LIST, &bytes, &forged);
        YX_CLEAN(yx_report) struct yx_report *report = desk_verify(&desk, yx_buf_bytes(&forged));
        assert_int_equal(report->result, YX_INVALID);
        assert_int_equal(desk_count(report), cases[i].refused ? 0 : cases[i].count);
        if (cases[i].refused) {
            desk_fails(report, fails);
            assert_string_equal(fails, "container.safe");
        }
    }
}

static void test_many_stamps(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf stamps = {0};
    YX_CLEAN(yx_buf) struct yx_buf forged = {0};
    for (unsigned i = 0; i < 25000; i++)
        put(&stamps, "<StampAnnot PageRef='13' Boundary='1 1 2 2'/>");
    put(&stamps, "</ofd:SignedInfo>");
    assert_int_equal(yx_buf_append(&stamps, YX_BYTES("", 1)), YX_OK); /* ends the text */
    desk_edit(&one, SIGN_0, "</ofd:SignedInfo>", (const char *)stamps.data, &forged);
    desk_expect_fails(&desk, &forged, "| signature.format document.digest");
}

static void test_no_zip(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "PK", "PK\x05\x06", "%PDF-1.7", "not a package"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct yx_buf bytes = {0};
        put(&bytes, texts[i]);
        desk_expect_fails(&desk, &bytes, "container.safe");
        yx_buf_free(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_is_sound_before),
        cmocka_unit_test(test_forgeries),
        cmocka_unit_test(test_change_signed_again),
        cmocka_unit_test(test_signature_of_another_document),
        cmocka_unit_test(test_signature_moved),
        cmocka_unit_test(test_signed_value_shared),
        cmocka_unit_test(test_page_disguised_as_signed_value),
        cmocka_unit_test(test_seal_beside_plain_signature),
        cmocka_unit_test(test_many_references),
        cmocka_unit_test(test_many_signatures),
        cmocka_unit_test(test_many_stamps),
        cmocka_unit_test(test_no_zip),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
