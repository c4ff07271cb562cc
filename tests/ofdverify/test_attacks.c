/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_attacks.c - what an attacker does who is more than a vandal: he owns a certificate and a
 * seal that are trusted, he wrote the document that another one signed, or he knows that programs
 * read the same bytes differently. Plain forgeries are in test_forged.c, hostile packages in
 * tests/zip/test_hostile.c.
 */
#include "support.h"

#include <time.h>

#include "ofd_desk.h"
#include "zip_maker.h"

#define SIGN_0 "Doc_0/Signs/Sign_0/Signature.xml"
#define VALUE_0 "Doc_0/Signs/Sign_0/SignedValue.dat"
#define SIGN_1 "Doc_0/Signs/Sign_1/Signature.xml"
#define VALUE_1 "Doc_0/Signs/Sign_1/SignedValue.dat"
#define LIST "Doc_0/Signs/Signatures.xml"

static struct desk desk;
static struct yx_buf one;   /* sealed once */
static struct yx_buf two;   /* sealed twice */
static struct yx_buf pair;  /* two documents, the first sealed */
static struct yx_buf plain; /* signed without a seal */

static void put(struct yx_buf *buf, const char *text)
{
    assert_int_equal(yx_buf_append_text(buf, text), YX_OK);
}

static void write_pair(struct yx_buf *out)
{
    YX_CLEAN(yx_buf) struct yx_buf package = {0};
    put(&package, "<ofd:OFD " DESK_OFD "><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml"
                  "</ofd:DocRoot></ofd:DocBody><ofd:DocBody><ofd:DocRoot>Doc_1/Document.xml"
                  "</ofd:DocRoot></ofd:DocBody></ofd:OFD>");
    assert_int_equal(yx_buf_append(&package, YX_BYTES("", 1)), YX_OK);
    const struct desk_part parts[] = {{"OFD.xml", (const char *)package.data},
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

static int open_desk(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf papers = {0};
    desk_open(&desk);
    desk_sealed(&desk, &desk.paper, &one);
    desk_sealed(&desk, &one, &two);
    write_pair(&papers);
    desk_sealed(&desk, &papers, &pair);
    struct yx_ofd_request request = desk_request(&desk);
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
    yx_buf_free(&pair);
    yx_buf_free(&plain);
    desk_close(&desk);
    return 0;
}

/* --- A signer who cheats ----------------------------------------------------------------- */

/* The holder signs this Signature.xml, whatever stands in it. */
static void sign_xml(const char *path, struct yx_bytes xml, struct yx_buf *value)
{
    YX_CLEAN(yx_seal) struct yx_seal *seal = NULL;
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    YX_CLEAN(yx_buf) struct yx_buf signature = {0};
    YX_CLEAN(yx_buf) struct yx_buf absolute = {0};
    uint8_t digest[32];
    struct yx_error err;
    expect_ok(yx_seal_from_der(yx_buf_bytes(&desk.seal), &seal, &err), &err);
    expect_ok(yx_digest(YX_DIGEST_SM3, xml, digest, &err), &err);
    assert_int_equal(yx_buf_printf(&absolute, "/%s", path), YX_OK);
    assert_int_equal(yx_buf_append(&absolute, YX_BYTES("", 1)), YX_OK);
    struct yx_ses_request request = {.seal = seal,
                                     .signer = desk.pki.holder.cert,
                                     .algorithm = YX_SIG_SM2_SM3,
                                     .time = yx_now(),
                                     .data_hash = YX_BYTES(digest, 32),
                                     .property_info = (const char *)absolute.data};
    expect_ok(yx_ses_prepare(&request, &bytes, &err), &err);
    expect_ok(yx_private_key_sign(desk.pki.holder.key, YX_SIG_SM2_SM3, yx_buf_bytes(&bytes),
                                  &signature, &err),
              &err);
    expect_ok(yx_ses_finish(yx_buf_bytes(&bytes), request.signer, request.algorithm,
                            yx_buf_bytes(&signature), YX_BYTES(NULL, 0), value, &err),
              &err);
}

/* Changes the Signature.xml at `path` and signs it anew. */
static void edit_signed(const struct yx_buf *document, const char *path, const char *value_path,
                        const char *old, const char *new, struct yx_buf *out)
{
    YX_CLEAN(yx_buf) struct yx_buf edited = {0};
    YX_CLEAN(yx_buf) struct yx_buf xml = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    desk_edit(document, path, old, new, &edited);
    desk_read(&edited, path, &xml);
    sign_xml(path, yx_buf_bytes(&xml), &value);
    struct yx_bytes bytes = yx_buf_bytes(&value);
    desk_replace(&edited, value_path, &bytes, out);
}

static void test_signing_anew_is_valid(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf again = {0};
    edit_signed(&one, SIGN_0, VALUE_0, "Yinxin", "Other", &again);
    desk_expect_valid(&desk, &again, 1);
}

static const struct cheat {
    const char *old, *new;
} cheats[] = {
    {"</ofd:SignedInfo>", "</ofd:SignedInfo><ofd:SignedInfo/>"},
    {"<ofd:SignedInfo>", "<ofd:SignedInfo><x:References xmlns:x='x'/>"},
    {"</ofd:SignedInfo>", "<ofd:References/></ofd:SignedInfo>"},
    {"<ofd:Provider", "<ofd:Extra><ofd:References/></ofd:Extra><ofd:Provider"},
    {"<ofd:Provider", "<ofd:Extra><ofd:Signature><ofd:SignedInfo/></ofd:Signature></ofd:Extra>"
                      "<ofd:Provider"},
    {"</ofd:SignedInfo>", "<ofd:SignatureDateTime>20200101000000Z</ofd:SignatureDateTime>"
                          "</ofd:SignedInfo>"},
    {"</ofd:SignedInfo>", "<ofd:Seal><ofd:BaseLoc>/other.esl</ofd:BaseLoc></ofd:Seal>"
                          "</ofd:SignedInfo>"},
    {"</ofd:BaseLoc>", "</ofd:BaseLoc><ofd:BaseLoc>/other.esl</ofd:BaseLoc>"},
    {"</ofd:SignedValue>", "</ofd:SignedValue><ofd:SignedValue>/other</ofd:SignedValue>"},
    {"</ofd:CheckValue>", "</ofd:CheckValue><ofd:CheckValue>AAAA</ofd:CheckValue>"},
    {"</ofd:SignedInfo>", "</ofd:SignedInfo><ofd:StampAnnot ID='9' PageRef='11' "
                          "Boundary='1 1 9 9'/>"},
    /* what makes a page of it */
    {"<ofd:SignedValue>", "<ofd:Content><ofd:Layer/></ofd:Content><ofd:SignedValue>"},
};

/* Programs must not read two signatures in one Signature.xml, nor a page. */
static void test_cheats_in_signature_xml(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cheats / sizeof *cheats; i++) {
        YX_CLEAN(yx_buf) struct yx_buf forged = {0};
        edit_signed(&one, SIGN_0, VALUE_0, cheats[i].old, cheats[i].new, &forged);
        desk_expect_fails(&desk, &forged, "| signature.format references.list");
    }
}

/* References that name a part in another way, or twice, or digest it in another way. */
static const struct {
    const char *old, *new;
    const char *fails;
} references[] = {
    {"FileRef=\"/OFD.xml\"", "FileRef=\"/Doc_0/..//./OFD.xml\"", "|"},
    {"FileRef=\"/OFD.xml\"", "FileRef=\"/ofd.xml\"", "| references.digest references.coverage"},
    {"FileRef=\"/OFD.xml\"", "FileRef=\"/%4FFD.xml\"", "| references.digest references.coverage"},
    {"FileRef=\"/OFD.xml\"", "FileRef=\"/OFD.xml \"", "| references.digest references.coverage"},
    {"FileRef=\"/OFD.xml\"", "FileRef=\"/../OFD.xml\"", "| references.digest references.coverage"},
    {"FileRef=\"/OFD.xml\"", "FileRef=\"\\OFD.xml\"", "| references.digest references.coverage"},
    {"FileRef=\"/OFD.xml\"", "FileRef=\"/Doc_0\"", "| references.digest references.coverage"},
    {"</ofd:References>",
     "<ofd:Reference FileRef=\"/OFD.xml\"><ofd:CheckValue>AAAA</ofd:CheckValue></ofd:Reference>"
     "</ofd:References>",
     "| references.digest"},
    {"1.2.156.10197.1.401\"", "1.2.156.10197.1.401.2\"", "| references.digest"},
    {"CheckMethod=\"1.2.156.10197.1.401\"", "CheckMethod=\"MD5\"",
     "| references.digest algorithm.allowed"},
    {"CheckMethod=\"1.2.156.10197.1.401\"", "", "| references.digest algorithm.allowed"},
};

static void test_references(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        YX_CLEAN(yx_buf) struct yx_buf forged = {0};
        edit_signed(&one, SIGN_0, VALUE_0, references[i].old, references[i].new, &forged);
        desk_expect_fails(&desk, &forged, references[i].fails);
    }
}

/* A certificate of another name with the holder's key. */
static struct yx_cert *make_twin(void)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_cert *twin = NULL;
    struct yx_error err;
    struct yx_signer ca = pki_signer(&desk.pki.ca);
    expect_ok(yx_name_to_der("CN=Somebody Else,O=Test,C=CN", &name, &err), &err);
    struct yx_cert_template wanted = {
        .subject = yx_buf_bytes(&name),
        .spki = yx_public_key_spki(yx_cert_public_key(desk.pki.holder.cert)),
        .serial = YX_BYTES("\x5A\x01\x02\x03\x04\x05\x06\x07", 8),
        .not_before = yx_now() - YX_DAY,
        .not_after = yx_now() + 300 * YX_DAY,
        .key_usage = YX_KU_DIGITAL_SIGNATURE,
        .path_length = -1,
    };
    expect_ok(yx_cert_make(&wanted, desk.pki.ca.cert, &ca, &der, &err), &err);
    expect_ok(yx_cert_from_der(yx_buf_bytes(&der), &twin, &err), &err);
    return twin;
}

/* In version 4 the signer's certificate is not signed: whoever has another one for the same key
 * could put it there, and the seal's list tells. */
static void test_certificate_with_the_same_key(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    YX_CLEAN(yx_buf) struct yx_buf swapped = {0};
    YX_CLEAN(yx_buf) struct yx_buf forged = {0};
    YX_CLEAN(yx_cert) struct yx_cert *twin = make_twin();
    struct yx_ses ses;
    struct yx_error err;
    desk_read(&one, VALUE_0, &value);
    expect_ok(yx_ses_parse(yx_buf_bytes(&value), &ses, &err), &err);
    expect_ok(yx_ses_finish(ses.to_be_signed, twin, YX_SIG_SM2_SM3, ses.signature,
                            YX_BYTES(NULL, 0), &swapped, &err),
              &err);
    struct yx_bytes bytes = yx_buf_bytes(&swapped);
    desk_replace(&one, VALUE_0, &bytes, &forged);
    desk_expect_fails(&desk, &forged, "| signer.listed");
}

/* --- An author who waits until all have signed ------------------------------------------- */

#define LATE_PAGE(path) "ID=\"13\" BaseLoc=\"" path "\"/></ofd:Pages>"
#define LAST_PAGE LATE_PAGE("Pages/Page_2/Content.xml")

/* The document names the open list as its last page; the page is written after the sealing. */
static void test_list_that_becomes_a_page(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf paper = {0};
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    YX_CLEAN(yx_buf) struct yx_buf forged = {0};
    struct yx_placement first = {.kind = YX_PLACE_POINT, .first_page = 1, .last_page = 1};
    struct yx_ofd_request request = desk_request(&desk);
    request.placements = &first;
    desk_edit(&desk.paper, "Doc_0/Document.xml", LAST_PAGE, LATE_PAGE("Signs/Signatures.xml"),
              &paper);
    desk_signed(&desk, &paper, &request, &sealed);
    desk_expect_valid(&desk, &sealed, 1);
    desk_edit(&sealed, LIST, "</ofd:Signatures>",
              "<ofd:Content><ofd:Layer/></ofd:Content></ofd:Signatures>", &forged);
    desk_expect_fails(&desk, &forged, "| references.list");
}

/* The same with the Signature.xml of a second signature, which is the author's own. */
static void test_signature_that_becomes_a_page(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf paper = {0};
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    YX_CLEAN(yx_buf) struct yx_buf again = {0};
    YX_CLEAN(yx_buf) struct yx_buf forged = {0};
    struct yx_placement first = {.kind = YX_PLACE_POINT, .first_page = 1, .last_page = 1};
    struct yx_ofd_request request = desk_request(&desk);
    request.placements = &first;
    desk_edit(&desk.paper, "Doc_0/Document.xml", LAST_PAGE, LATE_PAGE("Signs/Sign_1/Signature.xml"),
              &paper);
    desk_signed(&desk, &paper, &request, &sealed);
    desk_signed(&desk, &sealed, &request, &again);
    edit_signed(&again, SIGN_1, VALUE_1, "<ofd:SignedValue>",
                "<ofd:Content><ofd:Layer/></ofd:Content><ofd:SignedValue>", &forged);
    desk_expect_fails(&desk, &forged,
                      "| references.coverage references.list | signature.format references.list");
}

/* --- Two documents in a package ---------------------------------------------------------- */

#define MOVED                                                                             \
    "<Signatures><MaxSignId>2</MaxSignId><Signature ID='1' Type='Seal' BaseLoc='/" SIGN_0 \
    "'/></Signatures>"

/* The seal of the first document is listed by the second: it would show on pages that nobody
 * sealed, and everything else holds. */
static void test_seal_moved_to_another_document(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf emptied = {0};
    YX_CLEAN(yx_buf) struct yx_buf moved = {0};
    desk_expect_valid(&desk, &pair, 1);
    desk_replace_text(&pair, LIST, "<Signatures/>", &emptied);
    desk_replace_text(&emptied, "Doc_1/Signs/Signatures.xml", MOVED, &moved);
    desk_expect_fails(&desk, &moved, "| references.list");
}

/* --- Two pages of one ID ----------------------------------------------------------------- */

#define SAME_ID "ID=\"13\" BaseLoc=\"Pages/Page_0/"
#define FIRST_ID "ID=\"11\" BaseLoc=\"Pages/Page_0/"

/* The holder seals the last page and means it; by its ID the stamp may stand on the first. */
static void test_pages_of_one_id(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf paper = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_placement second = {.kind = YX_PLACE_POINT, .first_page = 2, .last_page = 2};
    struct yx_ofd_request request = desk_request(&desk);
    desk_edit(&desk.paper, "Doc_0/Document.xml", FIRST_ID, SAME_ID, &paper);
    desk_expect_refused(&desk, &paper, &request, YX_REFUSED, "another page");
    request.placements = &second;
    desk_signed(&desk, &paper, &request, &out);
    desk_expect_valid(&desk, &out, 1);
}

/* A program that seals it all the same. */
static void test_stamp_on_pages_of_one_id(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf paper = {0};
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    YX_CLEAN(yx_buf) struct yx_buf forged = {0};
    struct yx_placement second = {.kind = YX_PLACE_POINT, .first_page = 2, .last_page = 2};
    struct yx_ofd_request request = desk_request(&desk);
    request.placements = &second;
    desk_edit(&desk.paper, "Doc_0/Document.xml", FIRST_ID, SAME_ID, &paper);
    desk_signed(&desk, &paper, &request, &sealed);
    edit_signed(&sealed, SIGN_0, VALUE_0, "PageRef=\"12\"", "PageRef=\"13\"", &forged);
    desk_expect_fails(&desk, &forged, "| signature.format");
}

/* --- Bytes that are two packages --------------------------------------------------------- */

/* Paper whose parts are stored, OFD.xml last, so that sealing leaves `attachment` where it is. */
static void write_stored(struct yx_bytes attachment, struct maker *maker, size_t *at)
{
    struct maker_entry entry = stored_entry("Doc_0/attachment", attachment);
    maker_add(maker, &entry);
    *at = maker->data;
    maker_stored(maker, "Doc_0/Document.xml", desk_document_xml);
    maker_stored(maker, "Doc_0/Pages/Page_0/Content.xml", desk_page);
    maker_stored(maker, "Doc_0/Pages/Page_1/Content.xml", desk_page);
    maker_stored(maker, "Doc_0/Pages/Page_2/Content.xml", desk_page);
    maker_stored(maker, "OFD.xml", desk_ofd_xml);
    maker_end(maker);
}

/* A whole package inside, as in the picture of many a seal. */
static void write_inner(struct maker *inner)
{
    maker_stored(inner, "OFD.xml", "<OFD/>");
    maker_end(inner);
}

static void test_package_inside_is_harmless(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker inner = {0}, outer = {0};
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    size_t at;
    write_inner(&inner);
    write_stored(yx_buf_bytes(&inner.out), &outer, &at);
    desk_sealed(&desk, &outer.out, &sealed);
    desk_expect_valid(&desk, &sealed, 1);
}

/* The end of the inner package has a comment of 9,000 bytes; when all have signed, the file is made
 * so long that it ends there. */
static void test_inner_end_grows_to_the_end(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker inner = {0}, outer = {0};
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    size_t at;
    write_inner(&inner);
    set16(&inner.out, inner.out.len - 2, 9000);
    write_stored(yx_buf_bytes(&inner.out), &outer, &at);
    desk_sealed(&desk, &outer.out, &sealed);
    desk_expect_valid(&desk, &sealed, 1);
    size_t end = at + inner.out.len + 9000;
    assert_true(sealed.len < end);
    while (sealed.len < end - 1)
        put_bytes(&sealed, YX_BYTES(" ", 1));
    desk_expect_valid(&desk, &sealed, 1);
    put_bytes(&sealed, YX_BYTES(" ", 1));
    desk_expect_fails(&desk, &sealed, "container.safe");
}

/* The end inside counts from the start of the file: readers that search from the front take it. */
static void test_inner_end_of_the_whole_file(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker inner = {0}, outer = {0}, probe = {0};
    size_t at;
    write_inner(&inner);
    write_stored(yx_buf_bytes(&inner.out), &probe, &at);
    size_t end = inner.out.len - 22;
    set32(&inner.out, end + 16, (uint32_t)(at + end - inner.directory.len));
    write_stored(yx_buf_bytes(&inner.out), &outer, &at);
    struct yx_ofd_request request = desk_request(&desk);
    desk_expect_refused(&desk, &outer.out, &request, YX_DAMAGED, "two ends");
    desk_expect_fails(&desk, &outer.out, "container.safe");
}

static void test_name_that_is_not_what_it_is_marked(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    struct maker_entry entry = stored_entry("\xBA\xCF\xCD\xAC.xml", YX_TEXT("GBK"));
    entry.flags = 0x0800;
    maker_stored(&maker, "OFD.xml", desk_ofd_xml);
    maker_add(&maker, &entry);
    maker_end(&maker);
    desk_expect_fails(&desk, &maker.out, "container.safe");
}

/* --- A document that leads the seal astray ----------------------------------------------- */

#define HIDDEN(how, boundary)                                                            \
    "<ofd:TextObject ID=\"90\" " how " Boundary=\"" boundary "\" Font=\"3\" Size=\"5\">" \
    "<ofd:TextCode X=\"0\" Y=\"5\">甲方盖章</ofd:TextCode></ofd:TextObject>"

/* The keyword stands on the first page where nobody sees it, and on the second where all do. */
static void test_hidden_keyword(void **state)
{
    (void)state;
    static const char *const hidden[] = {
        HIDDEN("Visible=\"false\"", "80 100 20 6"),
        HIDDEN("Visible=\"0\"", "80 100 20 6"),
        HIDDEN("Alpha=\"0\"", "80 100 20 6"),
        HIDDEN("", "-40 100 20 6"),
        HIDDEN("", "211 100 20 6"),
        HIDDEN("", "80 300 20 6"),
        HIDDEN("", "80 -9 20 6"),
    };
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        YX_CLEAN(yx_buf) struct yx_buf page = {0};
        YX_CLEAN(yx_buf) struct yx_buf paper = {0};
        YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
        struct yx_placement place = {.kind = YX_PLACE_KEYWORD, .keyword = "甲方盖章"};
        struct yx_ofd_request request = desk_request(&desk);
        request.placements = &place;
        assert_int_equal(yx_buf_printf(&page,
                                       "<ofd:Page " DESK_OFD "><ofd:Content><ofd:Layer>%s"
                                       "</ofd:Layer></ofd:Content></ofd:Page>",
                                       hidden[i]),
                         YX_OK);
        struct yx_bytes bytes = yx_buf_bytes(&page);
        desk_replace(&desk.paper, "Doc_0/Pages/Page_0/Content.xml", &bytes, &paper);
        desk_signed(&desk, &paper, &request, &sealed);
        YX_CLEAN(yx_report) struct yx_report *report = desk_verify(&desk, yx_buf_bytes(&sealed));
        assert_int_equal(report->signatures->stamps->page, 2);
    }
}

/* More stamps than a verifier reads: no seal rather than one that fails. */
static void test_endless_seam(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf xml = {0};
    YX_CLEAN(yx_buf) struct yx_buf paper = {0};
    struct yx_placement seam = {.kind = YX_PLACE_SEAM, .edge = YX_EDGE_RIGHT};
    struct yx_ofd_request request = desk_request(&desk);
    request.placements = &seam;
    put(&xml, "<Document><CommonData><PageArea><PhysicalBox>0 0 210 297</PhysicalBox></PageArea>"
              "</CommonData><Pages>");
    for (unsigned i = 0; i <= YX_OFD_STAMPS_MAX; i++)
        assert_int_equal(yx_buf_printf(&xml, "<Page ID='%u' BaseLoc='Page.xml'/>", i), YX_OK);
    put(&xml, "</Pages></Document>");
    assert_int_equal(yx_buf_append(&xml, YX_BYTES("", 1)), YX_OK);
    const struct desk_part parts[] = {{"OFD.xml", desk_ofd_xml},
                                      {"Doc_0/Document.xml", (const char *)xml.data},
                                      {"Doc_0/Page.xml", "<Page/>"},
                                      {NULL, NULL}};
    desk_write(parts, &paper);
    desk_expect_refused(&desk, &paper, &request, YX_REFUSED, "20001 stamps");
}

/* Hundreds of documents that all want the same name for their list, and thousands of names taken:
 * the work must not be the product of both. */
static void test_taken_names(void **state)
{
    (void)state;
    enum { DOCUMENTS = 500, TAKEN = 9000 };
    YX_CLEAN(maker) struct maker maker = {0};
    YX_CLEAN(yx_buf) struct yx_buf package = {0};
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    put(&package, "<OFD>");
    for (unsigned i = 0; i < DOCUMENTS; i++)
        put(&package, "<DocBody><DocRoot>Doc_0/Document.xml</DocRoot></DocBody>");
    put(&package, "</OFD>");
    struct maker_entry entry = stored_entry("OFD.xml", yx_buf_bytes(&package));
    maker_add(&maker, &entry);
    maker_stored(&maker, "Doc_0/Document.xml", desk_document_xml);
    maker_stored(&maker, "Doc_0/Pages/Page_0/Content.xml", desk_page);
    maker_stored(&maker, "Doc_0/Pages/Page_1/Content.xml", desk_page);
    maker_stored(&maker, "Doc_0/Pages/Page_2/Content.xml", desk_page);
    maker_stored(&maker, "Doc_0/Signs/Signatures.xml", "");
    for (unsigned i = 1; i < TAKEN; i++) {
        char name[64];
        snprintf(name, sizeof name, "Doc_0/Signs_%u/Signatures.xml", i);
        maker_stored(&maker, name, "");
    }
    maker_end(&maker);
    clock_t start = clock();
    desk_sealed(&desk, &maker.out, &sealed);
    assert_true(clock() - start < 3 * CLOCKS_PER_SEC);
    desk_expect_valid(&desk, &sealed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signing_anew_is_valid),
        cmocka_unit_test(test_cheats_in_signature_xml),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_certificate_with_the_same_key),
        cmocka_unit_test(test_list_that_becomes_a_page),
        cmocka_unit_test(test_signature_that_becomes_a_page),
        cmocka_unit_test(test_seal_moved_to_another_document),
        cmocka_unit_test(test_pages_of_one_id),
        cmocka_unit_test(test_stamp_on_pages_of_one_id),
        cmocka_unit_test(test_package_inside_is_harmless),
        cmocka_unit_test(test_inner_end_grows_to_the_end),
        cmocka_unit_test(test_inner_end_of_the_whole_file),
        cmocka_unit_test(test_name_that_is_not_what_it_is_marked),
        cmocka_unit_test(test_hidden_keyword),
        cmocka_unit_test(test_endless_seam),
        cmocka_unit_test(test_taken_names),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
