/* SPDX-License-Identifier: Apache-2.0 */
/* test_seal.c - sealing OFD documents: where, how often, by whom, and what is refused. */
#include "support.h"

#include "desk.h"
#include "tools.h"

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

/* Refused with this status, and `saying` in the sentence. Nothing may have been committed. */
static void expect_refused(const struct yx_buf *paper, const struct yx_ofd_request *request,
                           yx_status status, const char *saying)
{
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_error err = {0};
    char sentence[600];
    expect_status(desk_sign(&desk, yx_buf_bytes(paper), request, &out, &err), status, &err);
    yx_message_render(&err.message, NULL, sentence, sizeof sentence);
    if (strstr(sentence, saying) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", saying, sentence);
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
    expect_refused(&closed, &request, YX_REFUSED, "Signature 3 of document 1 protects " LIST);
    request.close = false;
    expect_refused(&closed, &request, YX_REFUSED, "the document is closed");
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
        expect_refused(&three, &request, YX_REFUSED, "the document is closed");
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
    {"ofd-sealed/ofdrw-v4-seam.ofd", 1, "Signature s001 of document 1 protects"},
    {"ofd-sealed/whole-protected.ofd", 1, "Signature 001 of document 1 protects"},
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
            expect_refused(&paper, &request, status, foreign[i].refused);
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

/* --- Two halves -------------------------------------------------------------------------- */

struct halves {
    struct yx_source *source;
    struct yx_buf plan, to_be_signed, signature;
};

static void halves_free(struct halves *halves)
{
    yx_source_free(halves->source);
    yx_buf_free(&halves->plan);
    yx_buf_free(&halves->to_be_signed);
    yx_buf_free(&halves->signature);
}
YX_DEFINE_CLEAN_VALUE(halves, struct halves, halves_free);

static void prepare(struct halves *halves, const struct yx_ofd_request *request)
{
    struct yx_error err;
    expect_ok(yx_source_borrow(yx_buf_bytes(&desk.paper), &halves->source, &err), &err);
    expect_ok(yx_ofd_prepare(halves->source, request, &halves->plan, &halves->to_be_signed, &err),
              &err);
}

static void sign_half(struct halves *halves)
{
    struct yx_error err;
    expect_ok(yx_private_key_sign(desk.pki.holder.key, YX_SIG_SM2_SM3,
                                  yx_buf_bytes(&halves->to_be_signed), &halves->signature, &err),
              &err);
}

static yx_status finish(const struct halves *halves, struct yx_bytes document, struct yx_bytes plan,
                        struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    expect_ok(yx_source_borrow(document, &source, err), err);
    expect_ok(yx_sink_memory(out, &sink, err), err);
    return yx_ofd_finish(source, plan, yx_buf_bytes(&halves->signature), sink, err);
}

static void test_prepare_and_finish(void **state)
{
    (void)state;
    YX_CLEAN(halves) struct halves halves = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_ofd_request request = desk_request(&desk);
    struct yx_error err;
    prepare(&halves, &request);
    sign_half(&halves);
    expect_ok(finish(&halves, yx_buf_bytes(&desk.paper), yx_buf_bytes(&halves.plan), &out, &err),
              &err);
    desk_expect_valid(&desk, &out, 1);
}

/* A key in another process: openssl signs the bytes that were given out. */
static void test_outside_signer(void **state)
{
    (void)state;
    YX_CLEAN(halves) struct halves halves = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    struct folder folder;
    char path[128];
    struct yx_ofd_request request = desk_request(&desk);
    struct yx_error err;
    prepare(&halves, &request);
    folder_make(&folder);
    expect_ok(yx_private_key_write(desk.pki.holder.key, YX_TEXT("secret"), &pem, &err), &err);
    folder_write(&folder, "key.pem", yx_buf_bytes(&pem));
    folder_write(&folder, "bytes", yx_buf_bytes(&halves.to_be_signed));
    expect_tool(&folder, "openssl dgst -sm3 -sign key.pem -passin pass:secret "
                         "-sigopt distid:1234567812345678 -out value bytes");
    snprintf(path, sizeof path, "%s/value", folder.path);
    expect_ok(yx_file_read(path, 1024, &halves.signature, &err), &err);
    expect_ok(finish(&halves, yx_buf_bytes(&desk.paper), yx_buf_bytes(&halves.plan), &out, &err),
              &err);
    desk_expect_valid(&desk, &out, 1);
    expect_tool(&folder, "rm -f key.pem bytes value && rmdir %s", folder.path);
}

/* Some devices give r and s in 64 bytes; what is written is the standard form. */
static void test_raw_signature(void **state)
{
    (void)state;
    YX_CLEAN(halves) struct halves halves = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_ofd_request request = desk_request(&desk);
    struct yx_der der, inner;
    struct yx_error err;
    uint8_t raw[64] = {0};
    prepare(&halves, &request);
    sign_half(&halves);
    der = yx_der_reader(yx_buf_bytes(&halves.signature), "test");
    expect_ok(yx_der_enter(&der, YX_DER_SEQUENCE, &inner, &err), &err);
    for (size_t i = 0; i < 2; i++) {
        struct yx_bytes number;
        expect_ok(yx_der_integer(&inner, &number, &err), &err);
        size_t skip_sign = number.len > 32 ? 1 : 0, len = number.len - skip_sign;
        memcpy(raw + 32 * i + (32 - len), number.data + skip_sign, len);
    }
    yx_buf_free(&halves.signature);
    assert_int_equal(yx_buf_append(&halves.signature, YX_BYTES(raw, 64)), YX_OK);
    expect_ok(finish(&halves, yx_buf_bytes(&desk.paper), yx_buf_bytes(&halves.plan), &out, &err),
              &err);
    desk_expect_valid(&desk, &out, 1);
}

static void test_finish_refuses(void **state)
{
    (void)state;
    YX_CLEAN(halves) struct halves halves = {0};
    YX_CLEAN(yx_buf) struct yx_buf other = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_ofd_request request = desk_request(&desk);
    struct yx_error err;
    prepare(&halves, &request);
    sign_half(&halves);
    struct yx_bytes plan = yx_buf_bytes(&halves.plan), paper = yx_buf_bytes(&desk.paper);
    /* another document, however little it differs */
    assert_int_equal(yx_buf_append(&other, paper), YX_OK);
    other.data[12] ^= 1;
    expect_status(finish(&halves, yx_buf_bytes(&other), plan, &out, &err), YX_REFUSED, &err);
    /* the signature of something else */
    halves.signature.data[halves.signature.len - 1] ^= 1;
    expect_status(finish(&halves, paper, plan, &out, &err), YX_REFUSED, &err);
    halves.signature.len = 0;
    expect_status(finish(&halves, paper, plan, &out, &err), YX_REFUSED, &err);
    assert_int_equal(out.len, 0);
    /* a plan that lost something on its way */
    for (size_t len = 0; len < plan.len; len += 37)
        expect_status(finish(&halves, paper, YX_BYTES(plan.data, len), &out, &err), YX_DAMAGED,
                      &err);
    halves.plan.data[6] ^= 1; /* the version */
    expect_status(finish(&halves, paper, plan, &out, &err), YX_DAMAGED, &err);
}

/* --- Refusals ---------------------------------------------------------------------------- */

static void test_refuses_requests(void **state)
{
    (void)state;
    struct yx_placement far = {.kind = YX_PLACE_POINT, .first_page = 4, .last_page = 4};
    struct yx_placement word = {.kind = YX_PLACE_KEYWORD, .keyword = "乙方"};
    struct yx_ofd_request request = desk_request(&desk);
    request.placement_count = 0;
    expect_refused(&desk.paper, &request, YX_USAGE, "A seal needs a place");
    request.seal = YX_BYTES(NULL, 0);
    request.placement_count = 1;
    expect_refused(&desk.paper, &request, YX_USAGE, "has no place");
    request = desk_request(&desk);
    request.signer = NULL;
    expect_refused(&desk.paper, &request, YX_USAGE, "needs the signer's certificate");
    request = desk_request(&desk);
    request.placements = &far;
    expect_refused(&desk.paper, &request, YX_REFUSED, "");
    request.placements = &word;
    expect_refused(&desk.paper, &request, YX_REFUSED, "乙方");
    request = desk_request(&desk);
    request.document = 2;
    expect_refused(&desk.paper, &request, YX_REFUSED, "");
    request.document = 0;
    request.seal.len -= 1;
    expect_refused(&desk.paper, &request, YX_DAMAGED, "");
}

/* GM/T 0031-2014 6.2.2: signer, seal, list, period, in this order. */
static void test_refuses_people(void **state)
{
    (void)state;
    YX_CLEAN(pki_person) struct pki_person stranger = {0};
    YX_CLEAN(pki_person) struct pki_person late = {0};
    YX_CLEAN(pki_person) struct pki_person sealer = {0};
    struct yx_error err;
    struct pki_wish wish = {.name = "CN=Stranger,C=CN"};
    expect_ok(pki_person_make(&wish, &desk.pki.ca, &stranger, &err), &err);
    wish = (struct pki_wish){.name = "CN=Late,C=CN",
                             .not_before = yx_now() - 9 * YX_DAY,
                             .not_after = yx_now() - YX_DAY};
    expect_ok(pki_person_make(&wish, &desk.pki.ca, &late, &err), &err);
    wish = (struct pki_wish){.name = "CN=Sealer,C=CN", .key_usage = YX_KU_KEY_ENCIPHERMENT};
    expect_ok(pki_person_make(&wish, &desk.pki.ca, &sealer, &err), &err);
    struct yx_ofd_request request = desk_request(&desk);
    request.signer = stranger.cert;
    expect_refused(&desk.paper, &request, YX_REFUSED, "list");
    request.signer = late.cert;
    expect_refused(&desk.paper, &request, YX_REFUSED, "CN=Late");
    request.seal = YX_BYTES(NULL, 0);
    request.placement_count = 0;
    expect_refused(&desk.paper, &request, YX_REFUSED, "renew it");
    request.signer = sealer.cert;
    expect_refused(&desk.paper, &request, YX_REFUSED, "is not for signing");
    request = desk_request(&desk);
    request.time = yx_now() + 299 * YX_DAY + 400000 * YX_SECOND;
    expect_refused(&desk.paper, &request, YX_REFUSED, "");
    /* the key of somebody else: nothing comes out */
    request = desk_request(&desk);
    request.seal = YX_BYTES(NULL, 0);
    request.placement_count = 0;
    request.signer = stranger.cert;
    expect_refused(&desk.paper, &request, YX_REFUSED, "was not made by CN=Stranger");
}

static void test_foreign_algorithms(void **state)
{
    (void)state;
    struct desk other = {0};
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    YX_CLEAN(yx_buf) struct yx_buf both = {0};
    expect_ok(pki_open(YX_KEY_P256, &other.pki, &err), &err);
    desk_make_seal(&other.pki, 4, &other.seal);
    struct yx_ofd_request request = desk_request(&other);
    expect_refused(&desk.paper, &request, YX_REFUSED, "does not sign with SM2");
    request.algorithm = YX_SIG_ECDSA_SHA256;
    YX_CLEAN(yx_buf) struct yx_buf nothing = {0};
    expect_status(desk_sign(&other, yx_buf_bytes(&desk.paper), &request, &nothing, &err),
                  YX_REFUSED, &err);
    request.allow_foreign_algorithms = true;
    desk_signed(&other, &desk.paper, &request, &out);
    desk_expect_fails(&other, &out, "| algorithm.allowed");
    request.seal = YX_BYTES(NULL, 0);
    request.placement_count = 0;
    desk_signed(&other, &out, &request, &both);
    desk_expect_fails(&other, &both, "| algorithm.allowed | algorithm.allowed");
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    struct yx_verify_options options = {.trust = other.pki.trust, .allow_foreign_algorithms = true};
    expect_ok(yx_source_borrow(yx_buf_bytes(&both), &source, &err), &err);
    expect_ok(yx_ofd_verify(source, &options, &report, &err), &err);
    assert_int_equal(report->result, YX_VALID);
    desk_close(&other);
}

static void test_refuses_documents(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    struct yx_buf changed[7] = {{0}};
    struct yx_ofd_request request = desk_request(&desk);
    desk_sealed(&desk, &desk.paper, &sealed);
    desk_replace_text(&sealed, LIST, "<ofd:Signatures><ofd:", &changed[0]);
    expect_refused(&changed[0], &request, YX_DAMAGED, "");
    desk_replace(&sealed, LIST, NULL, &changed[1]);
    expect_refused(&changed[1], &request, YX_DAMAGED, "");
    desk_replace_text(&sealed, LIST, "<Signatures/>", &changed[2]);
    expect_refused(&changed[2], &request, YX_DAMAGED, "removed from the list");
    desk_replace_text(&sealed, SIGN_0, "<Signature/>", &changed[3]);
    expect_refused(&changed[3], &request, YX_DAMAGED, "has no SignedInfo");
    static const char wide[] = "\xff\xfe<\0S\0i\0g\0n\0a\0t\0u\0r\0e\0s\0/\0>";
    struct yx_bytes bytes = YX_BYTES(wide, sizeof wide);
    desk_edit(&desk.paper, "OFD.xml", "</ofd:DocRoot>",
              "</ofd:DocRoot><ofd:Signatures>/L.xml</ofd:Signatures>", &changed[4]);
    desk_replace(&changed[4], "L.xml", &bytes, &changed[5]);
    expect_refused(&changed[5], &request, YX_REFUSED, "UTF-16");
    desk_edit(&desk.paper, "OFD.xml", "</ofd:DocRoot>", "</ofd:DocRoot><ofd:Signatures/>",
              &changed[6]);
    expect_refused(&changed[6], &request, YX_DAMAGED, "names no list");
    for (size_t i = 0; i < 7; i++)
        yx_buf_free(&changed[i]);
}

/* A key that fails, or that signs what it likes. */
static yx_status fail_to_sign(void *self, yx_signature_algorithm algorithm, struct yx_bytes message,
                              struct yx_buf *signature, struct yx_error *err)
{
    (void)self, (void)algorithm, (void)message;
    if (self != NULL)
        return yx_buf_append_text(signature, "0123456789");
    return yx_fail(err, YX_IO, "", N_("the key was pulled out"));
}

static void test_signer_that_fails(void **state)
{
    (void)state;
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_error err;
    struct yx_signer signer = {YX_SIG_SM2_SM3, fail_to_sign, NULL};
    struct yx_ofd_request request = desk_request(&desk);
    expect_ok(yx_source_borrow(yx_buf_bytes(&desk.paper), &source, &err), &err);
    expect_ok(yx_sink_memory(&out, &sink, &err), &err);
    expect_status(yx_ofd_sign(source, &request, &signer, sink, &err), YX_IO, &err);
    signer.self = &signer;
    expect_status(yx_ofd_sign(source, &request, &signer, sink, &err), YX_REFUSED, &err);
    signer.algorithm = YX_SIG_ECDSA_SHA256;
    expect_status(yx_ofd_sign(source, &request, &signer, sink, &err), YX_USAGE, &err);
    assert_int_equal(out.len, 0);
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
        cmocka_unit_test(test_prepare_and_finish),
        cmocka_unit_test(test_outside_signer),
        cmocka_unit_test(test_raw_signature),
        cmocka_unit_test(test_finish_refuses),
        cmocka_unit_test(test_refuses_requests),
        cmocka_unit_test(test_refuses_people),
        cmocka_unit_test(test_foreign_algorithms),
        cmocka_unit_test(test_refuses_documents),
        cmocka_unit_test(test_signer_that_fails),
        cmocka_unit_test(test_progress),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
