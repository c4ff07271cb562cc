/* SPDX-License-Identifier: Apache-2.0 */
/* test_model.c - packages opened: documents, lists of signatures, pages, sizes, paths, numbers. */
#include "ofd_maker.h"

#include <dirent.h>
#include <locale.h>

/* --- Other people's packages ------------------------------------------------------------- */

struct expected {
    const char *name;
    uint32_t documents, pages, signatures;
};

static yx_status open_file(const char *path, struct package *out, struct yx_error *err)
{
    *out = (struct package){0};
    YX_TRY(yx_source_open(path, &out->source, err));
    return yx_ofd_open(out->source, &out->ofd, err);
}

static void expect_package(const struct expected *want)
{
    char path[512];
    struct yx_error err = {0};
    YX_CLEAN(package) struct package package = {0};
    assert_non_null(interop_path(path, want->name));
    expect_ok(open_file(path, &package, &err), &err);
    assert_int_equal(yx_ofd_document_count(package.ofd), want->documents);
    uint32_t pages = 0;
    double width = 0;
    double height = 0;
    expect_ok(yx_ofd_page_count(package.ofd, want->documents, &pages, &err), &err);
    assert_int_equal(pages, want->pages);
    expect_ok(yx_ofd_page_size(package.ofd, 1, pages, &width, &height, &err), &err);
    assert_true(width == 210 && height == 297);
    const struct yx_ofd_document *document = &package.ofd->documents[0];
    uint32_t signatures = 0;
    for (const struct yx_ofd_signature *at = document->signatures; at != NULL; at = at->next)
        signatures++;
    assert_int_equal(signatures, want->signatures);
    assert_int_equal(document->has_signatures, want->signatures > 0);
    assert_int_equal(document->signatures_error.status, YX_OK);
}

static void reads_other_peoples_packages(void **state)
{
    (void)state;
    static const struct expected packages[] = {
        {"ofd-unsigned/helloworld.ofd", 1, 1, 0},
        {"ofd-unsigned/five-pages.ofd", 1, 5, 0},
        {"ofd-unsigned/VPage7.ofd", 1, 5, 0},
        {"ofd-unsigned/hundred-pages.ofd", 1, 100, 0},
        {"ofd-unsigned/namespace_no_std.ofd", 1, 1, 0},
        {"ofd-unsigned/two-documents.ofd", 2, 1, 0},
        {"ofd-sealed/v4.ofd", 1, 1, 1},
        {"ofd-sealed/ofdrw-v4-and-v1.ofd", 1, 1, 2},
        {"ofd-sealed/appended-after-whole-protect.ofd", 1, 5, 2},
        {"ofd-sealed/ofdrw-gbt35275.ofd", 1, 1, 1},
    };
    char path[512];
    if (interop_path(path, packages[0].name) == NULL)
        skip();
    for (size_t i = 0; i < sizeof packages / sizeof packages[0]; i++)
        expect_package(&packages[i]);
}

static yx_status ignore_piece(void *self, struct yx_bytes bytes, struct yx_error *err)
{
    (void)self;
    (void)bytes;
    (void)err;
    return YX_OK;
}

static void read_all_parts(const struct yx_ofd *ofd)
{
    struct yx_error err = {0};
    for (size_t i = 0; i < yx_zip_count(ofd->zip); i++)
        expect_ok(yx_zip_stream(ofd->zip, yx_zip_entry(ofd->zip, i), ignore_piece, NULL, &err),
                  &err);
}

/* The sentence that a forged package must be refused with; NULL: it opens. */
static const char *refusal_of(const char *name)
{
    static const char *const refused[][2] = {
        {"f18-", "is there twice"}, {"f19-", "is there twice"}, {"f20-", "leave the package"},
        {"xxe", "DOCTYPE"},         {"dtd", "DOCTYPE"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (strncmp(name, refused[i][0], strlen(refused[i][0])) == 0)
            return refused[i][1];
    }
    return NULL;
}

static void expect_forged(const char *path, const char *name)
{
    struct yx_error err = {0};
    YX_CLEAN(package) struct package package = {0};
    const char *sentence = refusal_of(name);
    if (sentence == NULL) {
        expect_ok(open_file(path, &package, &err), &err);
        read_all_parts(package.ofd);
        return;
    }
    assert_int_equal(open_file(path, &package, &err), YX_DAMAGED);
    expect_sentence(&err, YX_DAMAGED, sentence);
}

static void refuses_hostile_packages_of_others(void **state)
{
    (void)state;
    const char *const folders[] = {"ofd-forged", "ofd-sealed", "ofd-unsigned"};
    for (size_t i = 0; i < 3; i++) {
        char folder[512];
        if (interop_path(folder, folders[i]) == NULL)
            skip();
        DIR *dir = opendir(folder);
        assert_non_null(dir);
        for (const struct dirent *at = readdir(dir); at != NULL; at = readdir(dir)) {
            char path[1024];
            snprintf(path, sizeof path, "%s/%s", folder, at->d_name);
            if (strstr(at->d_name, ".ofd") != NULL)
                expect_forged(path, at->d_name);
        }
        closedir(dir);
    }
}

/* --- OFD.xml ----------------------------------------------------------------------------- */

static void expect_not_opened(const char *ofd_xml, const char *sentence)
{
    struct yx_error err = {0};
    const struct file files[] = {{"OFD.xml", ofd_xml}, {NULL, NULL}};
    YX_CLEAN(package) struct package package = {0};
    assert_int_equal(package_open(files, &package, &err), YX_DAMAGED);
    expect_sentence(&err, YX_DAMAGED, sentence);
}

static void refuses_what_names_no_document(void **state)
{
    (void)state;
    expect_not_opened("<OFD/>", "names no document");
    expect_not_opened("<Other><DocBody><DocRoot>a</DocRoot></DocBody></Other>",
                      "names no document");
    expect_not_opened("<OFD><DocBody/></OFD>", "no DocRoot");
    expect_not_opened("<OFD><DocBody><DocRoot/></DocBody></OFD>", "is no path");
    expect_not_opened("<OFD><DocBody><DocRoot>../a</DocRoot></DocBody></OFD>",
                      "leaves the package");
    expect_not_opened("<OFD><DocBody><DocRoot>a\\b</DocRoot></DocBody></OFD>", "is no path");
    expect_not_opened("<OFD><DocBody><DocRoot>a</DocRoot><x:DocRoot>b</x:DocRoot></DocBody></OFD>",
                      "2 elements DocRoot");
    expect_not_opened("<OFD><DocBody><DocRoot>a</DocRoot><Signatures>b</Signatures>"
                      "<Signatures>c</Signatures></DocBody></OFD>",
                      "2 elements Signatures");
    expect_not_opened("not XML", "not well-formed");
}

static void refuses_a_zip_that_is_no_ofd(void **state)
{
    (void)state;
    struct yx_error err = {0};
    const struct file files[] = {{"ofd.xml", ONE_BODY}, {NULL, NULL}};
    YX_CLEAN(package) struct package package = {0};
    assert_int_equal(package_open(files, &package, &err), YX_DAMAGED);
    expect_sentence(&err, YX_DAMAGED, "does not hold OFD.xml");
}

static void refuses_too_many_documents(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf xml = {0};
    assert_int_equal(yx_buf_append_text(&xml, "<OFD>"), YX_OK);
    for (unsigned i = 0; i <= YX_OFD_DOCUMENTS_MAX; i++)
        assert_int_equal(yx_buf_append_text(&xml, "<DocBody><DocRoot>a</DocRoot></DocBody>"),
                         YX_OK);
    assert_int_equal(yx_buf_append_text(&xml, "</OFD>"), YX_OK);
    assert_int_equal(yx_buf_append(&xml, YX_BYTES("", 1)), YX_OK);
    expect_not_opened((const char *)xml.data, "names 1001 documents");
}

/* --- Signatures -------------------------------------------------------------------------- */

#define SIGNED_BODY(location)                                                                      \
    OFD_XML("<ofd:DocBody><ofd:DocRoot>/Doc_0/Document.xml</ofd:DocRoot><ofd:Signatures>" location \
            "</ofd:Signatures></ofd:DocBody>")

static void lists_signatures(void **state)
{
    (void)state;
    const char *list = "<Signatures><MaxSignId>4</MaxSignId>"
                       "<Signature ID='1' Type='Seal' BaseLoc='Sign_0/Signature.xml'/>"
                       "<Signature ID='x' Type='Sign' BaseLoc='/Doc_0/Signs/Sign_1/Signature.xml'/>"
                       "<Signature BaseLoc='../../../away'/><Signature ID='3'/></Signatures>";
    const struct file files[] = {{"OFD.xml", SIGNED_BODY("Doc_0/Signs/Signatures.xml")},
                                 {"Doc_0/Signs/Signatures.xml", list},
                                 {NULL, NULL}};
    static const char *const want[][3] = {{"1", "Seal", "Doc_0/Signs/Sign_0/Signature.xml"},
                                          {"x", "Sign", "Doc_0/Signs/Sign_1/Signature.xml"},
                                          {"", "Seal", ""},
                                          {"3", "Seal", ""}};
    YX_CLEAN(package) struct package package = package_good(files);
    const struct yx_ofd_document *document = &package.ofd->documents[0];
    assert_true(document->has_signatures);
    assert_true(yx_bytes_are(document->signatures_path, "Doc_0/Signs/Signatures.xml"));
    assert_true(yx_bytes_are(document->signatures_xml, list));
    assert_true(yx_bytes_are(document->folder, "Doc_0/"));
    const struct yx_ofd_signature *at = document->signatures;
    for (size_t i = 0; i < 4; i++, at = at->next) {
        assert_non_null(at);
        assert_string_equal(at->id, want[i][0]);
        assert_string_equal(at->type, want[i][1]);
        assert_true(yx_bytes_are(at->path, want[i][2]));
    }
    assert_null(at);
}

static void keeps_why_a_list_could_not_be_read(void **state)
{
    (void)state;
    static const char *const lists[][3] = {
        {"Doc_0/Missing.xml", "<Signatures/>", "does not hold /Doc_0/Missing.xml"},
        {"../Signatures.xml", "<Signatures/>", "leaves the package"},
        {"/Signatures.xml", "<Signature/>", "no list of signatures"},
        {"/Signatures.xml", "<Signatures>", "not well-formed"},
        {"/Signatures.xml", "<!DOCTYPE Signatures><Signatures/>", "DOCTYPE"},
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        char ofd_xml[400];
        snprintf(ofd_xml, sizeof ofd_xml, SIGNED_BODY("%s"), lists[i][0]);
        const struct file files[] = {
            {"OFD.xml", ofd_xml}, {"Signatures.xml", lists[i][1]}, {NULL, NULL}};
        YX_CLEAN(package) struct package package = package_good(files);
        const struct yx_ofd_document *document = &package.ofd->documents[0];
        assert_false(document->has_signatures);
        assert_null(document->signatures);
        expect_sentence(&document->signatures_error, YX_DAMAGED, lists[i][2]);
    }
}

static void refuses_too_long_a_list(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf xml = {0};
    assert_int_equal(yx_buf_append_text(&xml, "<Signatures>"), YX_OK);
    for (unsigned i = 0; i <= YX_OFD_SIGNATURES_MAX; i++)
        assert_int_equal(yx_buf_append_text(&xml, "<Signature/>"), YX_OK);
    assert_int_equal(yx_buf_append_text(&xml, "</Signatures>"), YX_OK);
    assert_int_equal(yx_buf_append(&xml, YX_BYTES("", 1)), YX_OK);
    const struct file files[] = {{"OFD.xml", SIGNED_BODY("Signatures.xml")},
                                 {"Signatures.xml", (const char *)xml.data},
                                 {NULL, NULL}};
    YX_CLEAN(package) struct package package = package_good(files);
    expect_sentence(&package.ofd->documents[0].signatures_error, YX_DAMAGED,
                    "more than 10000 signatures");
}

/* --- Pages ------------------------------------------------------------------------------- */

static void expect_no_pages(const char *document, const char *sentence)
{
    const struct file files[] = {
        {"OFD.xml", ONE_BODY}, {"Doc_0/Document.xml", document}, {NULL, NULL}};
    struct yx_error err = {0};
    YX_CLEAN(package) struct package package = package_good(files);
    uint32_t pages = 77;
    assert_int_equal(yx_ofd_page_count(package.ofd, 1, &pages, &err), YX_DAMAGED);
    expect_sentence(&err, YX_DAMAGED, sentence);
    assert_int_equal(pages, 77);
}

static void refuses_bad_pages(void **state)
{
    (void)state;
    expect_no_pages(DOCUMENT(A4, ""), "names no page");
    expect_no_pages("<Document/>", "names no page");
    expect_no_pages(DOCUMENT(A4, "<Page ID='1'/>"), "no ID or no BaseLoc");
    expect_no_pages(DOCUMENT(A4, "<Page BaseLoc='a'/>"), "no ID or no BaseLoc");
    expect_no_pages(DOCUMENT(A4, "<Page ID='1' BaseLoc='../../a'/>"), "leaves the package");
    expect_no_pages("<!DOCTYPE a><a/>", "DOCTYPE");
}

static void expect_too_many(const char *before, const char *part, size_t count, const char *after,
                            const char *sentence)
{
    YX_CLEAN(yx_buf) struct yx_buf xml = {0};
    assert_int_equal(yx_buf_append_text(&xml, before), YX_OK);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(yx_buf_append_text(&xml, part), YX_OK);
    assert_int_equal(yx_buf_append_text(&xml, after), YX_OK);
    assert_int_equal(yx_buf_append(&xml, YX_BYTES("", 1)), YX_OK);
    expect_no_pages((const char *)xml.data, sentence);
}

static void refuses_too_many_pages_or_templates(void **state)
{
    (void)state;
    expect_too_many("<Document><Pages>", "<Page ID='1' BaseLoc='a'/>", YX_OFD_PAGES_MAX + 1,
                    "</Pages></Document>", "names 100001 pages");
    expect_too_many("<Document><CommonData>", "<TemplatePage/>", YX_OFD_TEMPLATES_MAX + 1,
                    "</CommonData></Document>", "names 1001 template pages");
}

static void says_which_page_or_document_is_missing(void **state)
{
    (void)state;
    const struct file files[] = {
        {"OFD.xml", ONE_BODY}, {"Doc_0/Document.xml", DOCUMENT(A4, ONE_PAGE)}, {NULL, NULL}};
    YX_CLEAN(package) struct package package = package_good(files);
    double width = 0;
    double height = 0;
    const uint32_t wrong[][2] = {{1, 0}, {1, 2}, {0, 1}, {2, 1}};
    for (size_t i = 0; i < 4; i++) {
        struct yx_error err = {0};
        assert_int_equal(
            yx_ofd_page_size(package.ofd, wrong[i][0], wrong[i][1], &width, &height, &err),
            YX_REFUSED);
        expect_sentence(&err, YX_REFUSED, i < 2 ? "no page" : "no document");
    }
    struct yx_error err = {0};
    assert_int_equal(yx_ofd_page_size(package.ofd, 1, 1, &width, &height, &err), YX_DAMAGED);
    expect_sentence(&err, YX_DAMAGED, "does not hold /Doc_0/Pages/Page_0/Content.xml");
}

#define TEMPLATE_COMMON(area) \
    "<TemplatePage ID='7' BaseLoc='Tpls/T.xml'/><TemplatePage ID='8' BaseLoc='Tpls/U.xml'/>" area

struct area {
    const char *common, *page, *template;
    double width, height;
};

static void expect_area(const struct area *area, const char *sentence)
{
    char document[600];
    snprintf(document, sizeof document, DOCUMENT("%s", ONE_PAGE), area->common);
    const struct file files[] = {{"OFD.xml", ONE_BODY},
                                 {"Doc_0/Document.xml", document},
                                 {"Doc_0/Pages/Page_0/Content.xml", area->page},
                                 {"Doc_0/Tpls/T.xml", "<Page/>"},
                                 {"Doc_0/Tpls/U.xml", area->template},
                                 {NULL, NULL}};
    YX_CLEAN(package) struct package package = package_good(files);
    struct yx_error err = {0};
    double width = 0;
    double height = 0;
    if (sentence != NULL) {
        assert_int_equal(yx_ofd_page_size(package.ofd, 1, 1, &width, &height, &err), YX_DAMAGED);
        expect_sentence(&err, YX_DAMAGED, sentence);
        return;
    }
    expect_ok(yx_ofd_page_size(package.ofd, 1, 1, &width, &height, &err), &err);
    assert_true(width == area->width && height == area->height);
}

#define WITH_TEMPLATES \
    "<Template TemplateID='7'/><Template TemplateID='8'/><Template TemplateID='9'/>"

static void inherits_page_sizes(void **state)
{
    (void)state;
    static const struct area areas[] = {
        {TEMPLATE_COMMON(A4), "<Page>" WITH_TEMPLATES AREA("0 0 100 50") "</Page>",
         "<Page>" AREA("0 0 1 1") "</Page>", 100, 50},
        {TEMPLATE_COMMON(A4), "<Page>" WITH_TEMPLATES "</Page>",
         "<Page>" AREA("5 5 148 210.5") "</Page>", 148, 210.5},
        {TEMPLATE_COMMON(A4), "<Page>" WITH_TEMPLATES "</Page>", "<Page/>", 210, 297},
        {A4, "<Page/>", "<Page/>", 210, 297},
    };
    for (size_t i = 0; i < sizeof areas / sizeof areas[0]; i++)
        expect_area(&areas[i], NULL);
}

static void refuses_absurd_page_sizes(void **state)
{
    (void)state;
    static const char *const pages[] = {
        "<Page>" AREA("0 0 0 297") "</Page>",     "<Page>" AREA("0 0 -1 297") "</Page>",
        "<Page>" AREA("0 0 210") "</Page>",       "<Page>" AREA("0 0 nan 297") "</Page>",
        "<Page>" AREA("0 0 210 1e9") "</Page>",   "<Page>" AREA("") "</Page>",
        "<Page>" AREA("0 0 210 297 1") "</Page>",
    };
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        expect_area(&(struct area){A4, pages[i], "<Page/>", 0, 0}, "is no size of a page");
    expect_area(&(struct area){"", "<Page/>", "<Page/>", 0, 0}, "tells the size");
}

/* --- Paths and numbers ------------------------------------------------------------------- */

static void resolves_paths(void **state)
{
    (void)state;
    static const char *const paths[][3] = {
        {"Doc_0/Document.xml", "Pages/a.xml", "Doc_0/Pages/a.xml"},
        {"Doc_0/Document.xml", "/Pages/a.xml", "Pages/a.xml"},
        {"Doc_0/Signs/Signatures.xml", "../Res/./a", "Doc_0/Res/a"},
        {"Doc_0/Signs/Signatures.xml", "../../OFD.xml", "OFD.xml"},
        {"Doc_0/Signs/Signatures.xml", "./Sign_0/Signature.xml",
         "Doc_0/Signs/Sign_0/Signature.xml"},
        {"OFD.xml", "Doc_0//Document.xml", "Doc_0/Document.xml"},
        {"OFD.xml", "文档/a", "文档/a"},
        {"Doc_0/Document.xml", "../../a", NULL},
        {"OFD.xml", "..", NULL},
        {"OFD.xml", "/..", NULL},
        {"OFD.xml", "a/..", NULL},
        {"OFD.xml", "/", NULL},
        {"OFD.xml", "a/", NULL},
        {"OFD.xml", "", NULL},
        {"OFD.xml", "a\\b", NULL},
        {"OFD.xml", "a\tb", NULL},
    };
    const struct file files[] = {{"OFD.xml", ONE_BODY}, {NULL, NULL}};
    YX_CLEAN(package) struct package package = package_good(files);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct yx_bytes out = {0};
        struct yx_error err = {0};
        yx_status status =
            yx_ofd_resolve(package.ofd->arena, YX_TEXT(paths[i][0]), paths[i][1], &out, &err);
        assert_int_equal(status, paths[i][2] == NULL ? YX_DAMAGED : YX_OK);
        if (paths[i][2] != NULL)
            assert_true(yx_bytes_are(out, paths[i][2]));
    }
}

static void refuses_paths_without_end(void **state)
{
    (void)state;
    const struct file files[] = {{"OFD.xml", ONE_BODY}, {NULL, NULL}};
    YX_CLEAN(package) struct package package = package_good(files);
    char location[3000];
    memset(location, 'a', sizeof location);
    location[sizeof location - 1] = '\0';
    struct yx_bytes out = {0};
    struct yx_error err = {0};
    assert_int_equal(yx_ofd_resolve(package.ofd->arena, YX_TEXT("OFD.xml"), location, &out, &err),
                     YX_DAMAGED);
}

struct number {
    const char *text;
    double value;
    const char *rest; /* NULL: no number */
};

static bool nearly(double a, double b)
{
    double off = a - b;
    double size = b < 0 ? -b : b;
    return (off < 0 ? -off : off) <= size * 1e-15;
}

static void reads_numbers_in_any_locale(void **state)
{
    (void)state;
    static const struct number numbers[] = {
        {"0", 0, ""},
        {"12.5", 12.5, ""},
        {"-12.50 x", -12.5, " x"},
        {"+3", 3, ""},
        {" \t7", 7, ""},
        {".5", 0.5, ""},
        {"5.", 5, ""},
        {"31.700", 31.7, ""},
        {"1.5E-3", 0.0015, ""},
        {"2e2", 200, ""},
        {"2e", 2, "e"},
        {"1,5", 1, ",5"},
        {"69.99999999999999999999999999", 70, ""},
        {"0.0000000000000000000000001", 1e-25, ""},
        {"123456789012345", 123456789012345, ""},
        {"00000000000000000000000012", 12, ""},
        {"1e-999999999999", 0, ""},
        {"0e999999999999", 0, ""},
        {"1e16", 0, NULL},
        {"99999999999999999999999999", 0, NULL},
        {"1e999999999999", 0, NULL},
        {"", 0, NULL},
        {"-", 0, NULL},
        {".", 0, NULL},
        {"nan", 0, NULL},
        {"inf", 0, NULL},
        {"e5", 0, NULL},
        {"--1", 0, NULL},
    };
    setlocale(LC_ALL, "de_DE.UTF-8");
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const char *at = numbers[i].text;
        double value = 77;
        bool good = yx_ofd_number(&at, &value);
        assert_int_equal(good, numbers[i].rest != NULL);
        assert_true(good ? nearly(value, numbers[i].value) : value == 77);
        assert_string_equal(at, good ? numbers[i].rest : numbers[i].text);
    }
    setlocale(LC_ALL, "C");
}

static void reads_boxes(void **state)
{
    (void)state;
    struct yx_box box;
    assert_true(yx_ofd_box(" 1 -2.5\n3 4 ", &box));
    assert_true(box.x == 1 && box.y == -2.5 && box.width == 3 && box.height == 4);
    static const char *const bad[] = {"", "1 2 3", "1 2 3 4 5", "1 2 3 4x", "1-2 3 4", "a b c d"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(yx_ofd_box(bad[i], &box));
    assert_false(yx_ofd_box(NULL, &box));
}

static void stops_reading_xml_without_end(void **state)
{
    (void)state;
    const struct file files[] = {{"OFD.xml", ONE_BODY},
                                 {"Doc_0/Document.xml", DOCUMENT(A4, ONE_PAGE)},
                                 {"Doc_0/Pages/Page_0/Content.xml", "<Page/>"},
                                 {NULL, NULL}};
    YX_CLEAN(package) struct package package = package_good(files);
    package.ofd->xml_read = YX_OFD_XML_TOTAL_MAX - 1;
    uint32_t pages = 0;
    struct yx_error err = {0};
    assert_int_equal(yx_ofd_page_count(package.ofd, 1, &pages, &err), YX_DAMAGED);
    expect_sentence(&err, YX_DAMAGED, "bytes of XML were read");
}

static void digests_parts(void **state)
{
    (void)state;
    const struct file files[] = {{"OFD.xml", ONE_BODY}, {"a", "bc"}, {NULL, NULL}};
    YX_CLEAN(package) struct package package = package_good(files);
    const struct yx_zip_entry *entry = NULL;
    struct yx_error err = {0};
    uint8_t got[YX_DIGEST_MAX];
    uint8_t want[YX_DIGEST_MAX];
    expect_ok(yx_ofd_part(package.ofd, YX_TEXT("a"), &entry, &err), &err);
    expect_ok(yx_ofd_part_digest(package.ofd, entry, YX_DIGEST_SM3, YX_TEXT("a"), got, &err), &err);
    expect_ok(yx_digest(YX_DIGEST_SM3, YX_TEXT("abc"), want, &err), &err);
    assert_memory_equal(got, want, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_other_peoples_packages),
        cmocka_unit_test(refuses_hostile_packages_of_others),
        cmocka_unit_test(refuses_what_names_no_document),
        cmocka_unit_test(refuses_a_zip_that_is_no_ofd),
        cmocka_unit_test(refuses_too_many_documents),
        cmocka_unit_test(lists_signatures),
        cmocka_unit_test(keeps_why_a_list_could_not_be_read),
        cmocka_unit_test(refuses_too_long_a_list),
        cmocka_unit_test(refuses_bad_pages),
        cmocka_unit_test(refuses_too_many_pages_or_templates),
        cmocka_unit_test(says_which_page_or_document_is_missing),
        cmocka_unit_test(inherits_page_sizes),
        cmocka_unit_test(refuses_absurd_page_sizes),
        cmocka_unit_test(resolves_paths),
        cmocka_unit_test(refuses_paths_without_end),
        cmocka_unit_test(reads_numbers_in_any_locale),
        cmocka_unit_test(reads_boxes),
        cmocka_unit_test(stops_reading_xml_without_end),
        cmocka_unit_test(digests_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
