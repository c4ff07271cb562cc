/* SPDX-License-Identifier: Apache-2.0 */
/* test_seal.c - sealing OFD documents: where, how often, with what, and what others wrote before.
 * What is refused, and sealing in two halves, is in test_halves.c. REQ: USE-32 */
#include "support.h"

#include "ofd_desk.h"

#define SIGN_0 "Doc_0/Signs/Sign_0/Signature.xml"
#define SIGN_1 "Doc_0/Signs/Sign_1/Signature.xml"
#define LIST "Doc_0/Signs/Signatures.xml"

static struct desk desk;

static int open_desk(void **state)
{
    (void)state;
    desk_open(&desk);
    return 0;
}

static int close_desk(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

/* Every entry of `before` stands in `after` with the same raw bytes, but for those that sealing
 * changes. */
static void expect_old_bytes(const struct yx_buf *before, const struct yx_buf *after,
                             const char *changed)
{
    YX_CLEAN(desk_zip) struct desk_zip old = {0};
    YX_CLEAN(desk_zip) struct desk_zip new = {0};
    desk_unzip(yx_buf_bytes(before), &old);
    desk_unzip(yx_buf_bytes(after), &new);
    for (size_t i = 0; i < yx_zip_count(old.zip); i++) {
        const struct yx_zip_entry *entry = yx_zip_entry(old.zip, i);
        if (yx_bytes_are(entry->name, changed))
            continue;
        const struct yx_zip_entry *same = yx_zip_find(new.zip, entry->name);
        assert_non_null(same);
        struct yx_bytes left = YX_BYTES(before->data + entry->raw_offset, entry->raw_size);
        struct yx_bytes right = YX_BYTES(after->data + same->raw_offset, same->raw_size);
        assert_true(yx_bytes_equal(left, right));
    }
}

/* --- Places ------------------------------------------------------------------------------ */

static void test_seals_at_a_point(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_placement place = {.kind = YX_PLACE_POINT,
                                 .first_page = 2,
                                 .last_page = 2,
                                 .has_point = true,
                                 .x = 100.12345,
                                 .y = 50};
    struct yx_ofd_request request = desk_request(&desk);
    request.placements = &place;
    desk_signed(&desk, &desk.paper, &request, &out);
    desk_expect_valid(&desk, &out, 1);
    expect_old_bytes(&desk.paper, &out, "OFD.xml");
    desk_expect_text(&out, SIGN_0, "PageRef=\"12\" Boundary=\"80.1235 30 40 40\"/>");
    YX_CLEAN(yx_report) struct yx_report *report = desk_verify(&desk, yx_buf_bytes(&out));
    const struct yx_report_signature *s = report->signatures;
    assert_string_equal(s->kind, "ses-v4");
    assert_string_equal(s->id, "1");
    assert_int_equal(s->document, 1);
    assert_int_equal(s->stamps->page, 2);
    assert_true(s->stamps->y > 29.999 && s->stamps->y < 30.001 && s->stamps->width > 39.99);
    assert_null(s->stamps->next);
    assert_string_equal(s->signer.subject, "CN=Test Holder,O=Test,C=CN");
    assert_string_equal(s->seal->name, "测试专用章");
    assert_true(s->signing_time <= yx_now() && s->signing_time > yx_now() - 60 * YX_SECOND);
    uint8_t digest[32];
    struct yx_error err;
    expect_ok(yx_digest(YX_DIGEST_SM3, yx_buf_bytes(&out), digest, &err), &err);
    assert_memory_equal(report->digest, digest, 32);
}

static void test_seals_pages_and_keyword(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_placement places[] = {
        {.kind = YX_PLACE_POINT,
         .first_page = 1,
         .last_page = 3,
         .has_point = true,
         .x = 50,
         .y = 50},
        {.kind = YX_PLACE_KEYWORD, .keyword = "盖章", .all_matches = true}};
    struct yx_ofd_request request = desk_request(&desk);
    request.placements = places;
    request.placement_count = 2;
    desk_signed(&desk, &desk.paper, &request, &out);
    desk_expect_valid(&desk, &out, 1);
    desk_expect_text(&out, SIGN_0, "ID=\"2\" PageRef=\"11\" Boundary=\"30 30 40 40\"/>");
    desk_expect_text(&out, SIGN_0, "ID=\"7\" PageRef=\"13\" Boundary=\"");
    desk_expect_text(&out, LIST, "<ofd:MaxSignId>7</ofd:MaxSignId>");
}

static void test_seals_a_seam_on_four_edges(void **state)
{
    (void)state;
    static const struct {
        yx_edge edge;
        const char *first, *last;
    } edges[] = {
        {YX_EDGE_RIGHT, "Clip=\"0 0 13.3333 40\"", "Clip=\"26.6667 0 13.3333 40\""},
        {YX_EDGE_LEFT, "Clip=\"0 0 13.3333 40\"", "Clip=\"26.6667 0 13.3333 40\""},
        {YX_EDGE_TOP, "Clip=\"0 0 40 13.3333\"", "Clip=\"0 26.6667 40 13.3333\""},
        {YX_EDGE_BOTTOM, "Clip=\"0 0 40 13.3333\"", "Clip=\"0 26.6667 40 13.3333\""},
    };
    for (size_t i = 0; i < 4; i++) {
        YX_CLEAN(yx_buf) struct yx_buf out = {0};
        struct yx_placement place = {.kind = YX_PLACE_SEAM, .edge = edges[i].edge};
        struct yx_ofd_request request = desk_request(&desk);
        request.placements = &place;
        desk_signed(&desk, &desk.paper, &request, &out);
        desk_expect_valid(&desk, &out, 1);
        desk_expect_text(&out, SIGN_0, edges[i].first);
        desk_expect_text(&out, SIGN_0, edges[i].last);
    }
}

/* Coordinates in the file start at the corner of the page's physical box; those of people at the
 * top left corner of the paper. */
static void test_page_box_that_does_not_start_at_zero(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf paper = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_placement place = {.kind = YX_PLACE_POINT, .has_point = true, .x = 50, .y = 60};
    struct yx_ofd_request request = desk_request(&desk);
    request.placements = &place;
    desk_edit(&desk.paper, "Doc_0/Document.xml", "0 0 210 297", "10 -5 210 297", &paper);
    desk_signed(&desk, &paper, &request, &out);
    desk_expect_text(&out, SIGN_0, "Boundary=\"40 35 40 40\"");
    YX_CLEAN(yx_report) struct yx_report *report = desk_verify(&desk, yx_buf_bytes(&out));
    assert_true(report->signatures->stamps->x == 30 && report->signatures->stamps->y == 40);
}

/* --- Several signatures ------------------------------------------------------------------ */

static void test_seals_three_times(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf one = {0};
    YX_CLEAN(yx_buf) struct yx_buf two = {0};
    YX_CLEAN(yx_buf) struct yx_buf three = {0};
    desk_sealed(&desk, &desk.paper, &one);
    desk_sealed(&desk, &one, &two);
    desk_sealed(&desk, &two, &three);
    desk_expect_valid(&desk, &three, 3);
    expect_old_bytes(&two, &three, LIST);
    desk_expect_text(&three, LIST,
                     "<ofd:MaxSignId>6</ofd:MaxSignId>"
                     "<ofd:Signature ID=\"1\" Type=\"Seal\" BaseLoc=\"/" SIGN_0 "\"/>"
                     "<ofd:Signature ID=\"3\" Type=\"Seal\" BaseLoc=\"/" SIGN_1 "\"/>"
                     "<ofd:Signature ID=\"5\" Type=\"Seal\" BaseLoc=");
    YX_CLEAN(yx_report) struct yx_report *report = desk_verify(&desk, yx_buf_bytes(&three));
    const struct yx_check *after =
        yx_checks_find(&report->signatures->checks, YX_CHECK_CHANGES_AFTER);
    assert_int_equal(after->outcome, YX_PASS);
}

static void test_close_ends_sealing(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf one = {0};
    YX_CLEAN(yx_buf) struct yx_buf closed = {0};
    struct yx_ofd_request request = desk_request(&desk);
    desk_sealed(&desk, &desk.paper, &one);
    request.close = true;
    desk_signed(&desk, &one, &request, &closed);
    desk_expect_valid(&desk, &closed, 2);
    desk_expect_text(&closed, SIGN_1, "FileRef=\"/" LIST "\"");
    desk_expect_refused(&desk, &closed, &request, YX_REFUSED,
                        "signature 3 of document 1 protects " LIST);
    request.close = false;
    desk_expect_refused(&desk, &closed, &request, YX_REFUSED, "the document is closed");
}

static void test_versions(void **state)
{
    (void)state;
    static const struct {
        int version;
        const char *kind;
    } versions[] = {{1, "ses-v1"}, {4, "ses-v4"}, {5, "ses-v5"}};
    YX_CLEAN(yx_buf) struct yx_buf all = {0};
    assert_int_equal(yx_buf_append(&all, yx_buf_bytes(&desk.paper)), YX_OK);
    for (size_t i = 0; i < 3; i++) {
        YX_CLEAN(yx_buf) struct yx_buf seal = {0};
        YX_CLEAN(yx_buf) struct yx_buf out = {0};
        desk_make_seal(&desk.pki, versions[i].version, &seal);
        struct yx_ofd_request request = desk_request(&desk);
        request.seal = yx_buf_bytes(&seal);
        desk_signed(&desk, &all, &request, &out);
        desk_expect_valid(&desk, &out, i + 1);
        yx_buf_free(&all);
        all = out;
        out = (struct yx_buf){0};
    }
    YX_CLEAN(yx_report) struct yx_report *report = desk_verify(&desk, yx_buf_bytes(&all));
    const struct yx_report_signature *s = report->signatures;
    for (size_t i = 0; i < 3; i++, s = s->next)
        assert_string_equal(s->kind, versions[i].kind);
}

static void test_signs_without_a_seal(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    YX_CLEAN(yx_buf) struct yx_buf both = {0};
    YX_CLEAN(yx_buf) struct yx_buf three = {0};
    struct yx_ofd_request request = desk_request(&desk);
    request.seal = YX_BYTES(NULL, 0);
    request.placement_count = 0;
    desk_sealed(&desk, &desk.paper, &sealed);
    desk_signed(&desk, &sealed, &request, &both);
    desk_sealed(&desk, &both, &three);
    desk_expect_valid(&desk, &three, 3);
    desk_expect_text(&three, LIST, "<ofd:Signature ID=\"3\" Type=\"Sign\" BaseLoc=\"/" SIGN_1);
    YX_CLEAN(yx_report) struct yx_report *report = desk_verify(&desk, yx_buf_bytes(&three));
    const struct yx_report_signature *s = report->signatures->next;
    assert_string_equal(s->kind, "gbt35275");
    assert_null(s->seal);
    assert_null(s->stamps);
    assert_string_equal(s->signer.subject, "CN=Test Holder,O=Test,C=CN");
}

static void two_documents(struct yx_buf *out)
{
    const struct desk_part parts[] = {
        {"OFD.xml",
         "<OFD xmlns=\"http://www.ofdspec.org\" Version=\"1.0\" DocType=\"OFD\"><DocBody><DocInfo/>"
         "<DocRoot>Doc_0/Document.xml</DocRoot></DocBody><DocBody><DocInfo/>"
         "<DocRoot>Doc_1/Document.xml</DocRoot></DocBody></OFD>"},
        {"Doc_0/Document.xml", desk_document_xml},
        {"Doc_0/Pages/Page_0/Content.xml", desk_page},
        {"Doc_0/Pages/Page_1/Content.xml", desk_page},
        {"Doc_0/Pages/Page_2/Content.xml", desk_page},
        {"Doc_1/Document.xml", desk_document_xml},
        {"Doc_1/Pages/Page_0/Content.xml", desk_page},
        {"Doc_1/Pages/Page_1/Content.xml", desk_page},
        {"Doc_1/Pages/Page_2/Content.xml", desk_page},
        {NULL, NULL}};
    desk_write(parts, out);
}

static void test_every_document_of_a_package(void **state)
{
    (void)state;
    for (uint32_t first = 1; first <= 2; first++) {
        YX_CLEAN(yx_buf) struct yx_buf paper = {0};
        YX_CLEAN(yx_buf) struct yx_buf one = {0};
        YX_CLEAN(yx_buf) struct yx_buf two = {0};
        YX_CLEAN(yx_buf) struct yx_buf three = {0};
        struct yx_ofd_request request = desk_request(&desk);
        two_documents(&paper);
        request.document = first;
        desk_signed(&desk, &paper, &request, &one);
        desk_expect_valid(&desk, &one, 1);
        desk_expect_text(&one, "OFD.xml",
                         "</DocRoot><Signatures>/Doc_1/Signs/Signatures.xml</Signatures>");
        request.document = 3 - first;
        desk_signed(&desk, &one, &request, &two);
        desk_expect_valid(&desk, &two, 2);
        request.document = first;
        request.close = true;
        desk_signed(&desk, &two, &request, &three);
        desk_expect_valid(&desk, &three, 3);
        request.document = 3 - first;
        desk_expect_refused(&desk, &three, &request, YX_REFUSED, "the document is closed");
    }
}

/* --- Documents as others write them ------------------------------------------------------ */

static const struct desk_part odd_parts[] = {
    {"OFD.xml",
     "<?xml version='1.0' encoding='GBK'?><OFD xmlns='http://www.ofdspec.org/2016'><DocBody>"
     "<DocRoot>/D&amp;1/Document.xml</DocRoot><Signatures >D&amp;1/List.xml</Signatures>"
     "</DocBody></OFD>"},
    {"D&1/Document.xml", desk_document_xml},
    {"D&1/Pages/Page_0/Content.xml", desk_page},
    {"D&1/Pages/Page_1/Content.xml", desk_page},
    {"D&1/Pages/Page_2/Content.xml", desk_page},
    {"D&1/Sign_0/notes.txt", "a folder that is taken"},
    {"D&1/List.xml", NULL},
    {NULL, NULL}};

/* A list in another place, with whatever prefix, and a counter that is missing or ahead. */
static void test_lists_of_others(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after;
    } lists[] = {
        {"<Signatures/>", "<Signatures><MaxSignId>2</MaxSignId><Signature ID=\"1\" Type=\"Seal\" "
                          "BaseLoc=\"/D&amp;1/Sign_1/Signature.xml\"/></Signatures>"},
        {"<?xml version='1.0'?>\n<x:Signatures xmlns:x='u' >\n</x:Signatures >",
         "<?xml version='1.0'?>\n<x:Signatures xmlns:x='u' ><x:MaxSignId>2</x:MaxSignId>"
         "<x:Signature ID=\"1\" Type=\"Seal\" BaseLoc=\"/D&amp;1/Sign_1/Signature.xml\"/>\n"
         "</x:Signatures >"},
        {"<Signatures><!-- none --><MaxSignId> s041</MaxSignId></Signatures>",
         "<Signatures><!-- none --><MaxSignId>43</MaxSignId><Signature ID=\"42\" Type=\"Seal\" "
         "BaseLoc=\"/D&amp;1/Sign_1/Signature.xml\"/></Signatures>"},
        {"<Signatures ><MaxSignId/></Signatures>",
         "<Signatures ><MaxSignId>2</MaxSignId><Signature ID=\"1\" Type=\"Seal\" "
         "BaseLoc=\"/D&amp;1/Sign_1/Signature.xml\"/></Signatures>"},
        {"<Signatures><MaxSignId>99999999999999999999</MaxSignId></Signatures>",
         "<Signatures><MaxSignId>2</MaxSignId>"},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        YX_CLEAN(yx_buf) struct yx_buf paper = {0};
        YX_CLEAN(yx_buf) struct yx_buf out = {0};
        struct desk_part parts[sizeof odd_parts / sizeof *odd_parts];
        memcpy(parts, odd_parts, sizeof odd_parts);
        parts[6].content = lists[i].before;
        desk_write(parts, &paper);
        desk_sealed(&desk, &paper, &out);
        desk_expect_valid(&desk, &out, 1);
        desk_expect_text(&out, "D&1/List.xml", lists[i].after);
        expect_old_bytes(&paper, &out, "D&1/List.xml");
    }
}

/* The counter goes on behind the highest number met, whatever stands in front of it. */
static void test_ids_of_others(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf one = {0};
    YX_CLEAN(yx_buf) struct yx_buf renamed = {0};
    YX_CLEAN(yx_buf) struct yx_buf two = {0};
    desk_sealed(&desk, &desk.paper, &one);
    desk_edit(&one, LIST, "ID=\"1\"", "ID=\"s0109\"", &renamed);
    desk_sealed(&desk, &renamed, &two);
    desk_expect_text(&two, LIST, "<ofd:Signature ID=\"110\" ");
    desk_expect_text(&two, LIST, "<ofd:MaxSignId>111</ofd:MaxSignId>");
}

/* Names that are not ASCII stay out of what we write. */
static void test_chinese_folder(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf paper = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    const struct desk_part parts[] = {
        {"OFD.xml", "<OFD><DocBody><DocRoot>文档/Document.xml</DocRoot></DocBody></OFD>"},
        {"文档/Document.xml", desk_document_xml},
        {"文档/Pages/Page_0/Content.xml", desk_page},
        {"文档/Pages/Page_1/Content.xml", desk_page},
        {"文档/Pages/Page_2/Content.xml", desk_page},
        {NULL, NULL}};
    desk_write(parts, &paper);
    desk_sealed(&desk, &paper, &out);
    desk_expect_valid(&desk, &out, 1);
    desk_expect_text(&out, "Signs/Sign_0/Signature.xml", "FileRef=\"/文档/Document.xml\"");
}

static const struct {
    const char *file;
    size_t count;        /* of signatures before */
    const char *refused; /* NULL: can be sealed */
} foreign[] = {
    {"ofd-sealed/v4.ofd", 1, NULL},
    {"ofd-sealed/ofdrw-v1.ofd", 1, NULL},
    {"ofd-sealed/ofdrw-v5.ofd", 1, NULL},
    {"ofd-sealed/ofdrw-v4-and-v1.ofd", 2, NULL},
    {"ofd-sealed/ofdrw-gbt35275.ofd", 1, NULL},
    {"ofd-sealed/ofdrw-gbt35275-attrs.ofd", 1, NULL},
    {"ofd-unsigned/helloworld.ofd", 0, NULL},
    {"ofd-unsigned/namespace_no_std.ofd", 0, NULL},
    {"ofd-unsigned/two-documents.ofd", 0, NULL},
    {"ofd-unsigned/hundred-pages.ofd", 0, NULL},
    {"ofd-sealed/ofdrw-v4-seam.ofd", 1, "signature s001 of document 1 protects"},
    {"ofd-sealed/whole-protected.ofd", 1, "signature 001 of document 1 protects"},
    {"ofd-sealed/v4-seam-right-5-pages.ofd", 1, "the document is closed"},
    {"ofd-sealed/appended-after-whole-protect.ofd", 2, "the document is closed"},
    {"ofd-forged/f16-first-signature-stripped-from-list.ofd", 1, "removed from the list"},
};

static void test_documents_of_others(void **state)
{
    (void)state;
    char path[512];
    if (interop_path(path, "ofd-sealed") == NULL)
        skip();
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        YX_CLEAN(yx_buf) struct yx_buf paper = {0};
        YX_CLEAN(yx_buf) struct yx_buf out = {0};
        struct yx_error err;
        struct yx_ofd_request request = desk_request(&desk);
        expect_ok(yx_file_read(interop_path(path, foreign[i].file), 1u << 24, &paper, &err), &err);
        if (foreign[i].refused != NULL) {
            yx_status status = i + 1 == sizeof foreign / sizeof *foreign ? YX_DAMAGED : YX_REFUSED;
            desk_expect_refused(&desk, &paper, &request, status, foreign[i].refused);
            continue;
        }
        desk_signed(&desk, &paper, &request, &out);
        expect_old_bytes(&paper, &out, foreign[i].count > 0 ? LIST : "OFD.xml");
        YX_CLEAN(yx_report) struct yx_report *report = desk_verify(&desk, yx_buf_bytes(&out));
        assert_int_equal(desk_count(report), foreign[i].count + 1);
        const struct yx_report_signature *s = report->signatures;
        while (s->next != NULL)
            s = s->next;
        assert_int_equal(s->result, YX_VALID);
    }
}

/* --- Telling ----------------------------------------------------------------------------- */

struct told {
    uint64_t done, total;
    size_t stamps;
};

static void tell(void *self, uint64_t done, uint64_t total)
{
    struct told *told = self;
    assert_true(done >= told->done || total != told->total);
    assert_true(done <= total);
    told->done = done;
    told->total = total;
}

static void stamped(void *context, uint32_t page, double x, double y, double width, double height)
{
    struct told *told = context;
    assert_int_equal(page, 3);
    assert_true(x > 0 && y > 0 && width == 40 && height == 40);
    told->stamps++;
}

static void test_progress(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf one = {0};
    YX_CLEAN(yx_buf) struct yx_buf two = {0};
    struct told told = {0};
    struct yx_ofd_request request = desk_request(&desk);
    request.progress = (struct yx_progress){tell, &told};
    request.stamped = stamped;
    request.stamped_context = &told;
    desk_signed(&desk, &desk.paper, &request, &one);
    assert_true(told.total > 0 && told.done == told.total);
    assert_int_equal(told.stamps, 1);
    told = (struct told){0};
    desk_signed(&desk, &one, &request, &two);
    assert_true(told.total > 0 && told.done == told.total);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seals_at_a_point),
        cmocka_unit_test(test_seals_pages_and_keyword),
        cmocka_unit_test(test_seals_a_seam_on_four_edges),
        cmocka_unit_test(test_page_box_that_does_not_start_at_zero),
        cmocka_unit_test(test_seals_three_times),
        cmocka_unit_test(test_close_ends_sealing),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_signs_without_a_seal),
        cmocka_unit_test(test_every_document_of_a_package),
        cmocka_unit_test(test_lists_of_others),
        cmocka_unit_test(test_ids_of_others),
        cmocka_unit_test(test_chinese_folder),
        cmocka_unit_test(test_documents_of_others),
        cmocka_unit_test(test_progress),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
