/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_verify.c - signatures as other makers write them: names, paths, digest methods, kinds of
 * signed value. Each is made here, trusted, and must verify, or fail in just the check that it
 * breaks. Forgeries of our own signatures are in test_forged.c.
 */
#include "support.h"

#include "ofd_desk.h"

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

/* --- Another maker ----------------------------------------------------------------------- */

typedef enum { VALUE_SEAL, VALUE_CMS, VALUE_CMS_CONTENT, VALUE_CMS_DETACHED } value_kind;

/* What this maker does in its own way; zero means the usual. */
struct vendor {
    const char *list;           /* where Signatures.xml is; "Doc_0/Signs/Signatures.xml" */
    const char *list_ref;       /* how OFD.xml names it; "/" and list */
    const char *xml_ref;        /* how the list names Signature.xml; absolute */
    const char *value;          /* name of the signed value; "SignedValue.dat" */
    const char *value_ref;      /* how Signature.xml names it; absolute */
    const char *seal_ref;       /* how Signature.xml names the seal file; absolute */
    const char *page_ref;       /* how it names the page; absolute */
    const char *type;           /* attribute of the list; " Type='Seal'", or 'Sign' */
    const char *method;         /* attribute of References; " CheckMethod='SM3'" */
    yx_digest_algorithm digest; /* YX_DIGEST_NONE: SM3 */
    bool references_with_za;
    bool hash_with_za;         /* dataHash */
    const char *property_info; /* the absolute path */
    const char *date;          /* SignatureDateTime: a form of now (see vendor_date), or as given */
    const char *stamps;        /* StampAnnot elements; one on the first page */
    const char *more;          /* text in front of </SignedInfo> */
    value_kind kind;
};

#define FOLDER "Doc_0/Signs/Sign_0/"

static const char vendor_document[] =
    "<Document><CommonData><PageArea><PhysicalBox>0 0 210 297</PhysicalBox></PageArea></CommonData>"
    "<Pages><Page ID='7' BaseLoc='Pages/Page_0/Content.xml'/></Pages></Document>";

static const char *given(const char *text, const char *usual)
{
    return text != NULL ? text : usual;
}

static void put(struct yx_buf *buf, const char *text)
{
    assert_int_equal(yx_buf_append_text(buf, text), YX_OK);
}

static void vendor_digest(const struct vendor *v, bool with_za, struct yx_bytes content,
                          struct yx_buf *out)
{
    yx_digest_algorithm algorithm = v->digest == YX_DIGEST_NONE ? YX_DIGEST_SM3 : v->digest;
    uint8_t digest[YX_DIGEST_MAX];
    struct yx_error err;
    if (with_za)
        expect_ok(yx_sm2_digest(yx_cert_public_key(desk.pki.holder.cert), content, digest, &err),
                  &err);
    else
        expect_ok(yx_digest(algorithm, content, digest, &err), &err);
    assert_int_equal(yx_buf_append(out, YX_BYTES(digest, yx_digest_size(algorithm))), YX_OK);
}

static void vendor_reference(const struct vendor *v, const char *name, struct yx_bytes content,
                             struct yx_buf *out)
{
    YX_CLEAN(yx_buf) struct yx_buf digest = {0};
    vendor_digest(v, v->references_with_za, content, &digest);
    put(out, "<Reference Extra='1' FileRef='");
    put(out, name);
    put(out, "'>\n <CheckValue>\n  ");
    assert_int_equal(yx_base64_encode(yx_buf_bytes(&digest), out), YX_OK);
    put(out, "\n </CheckValue></Reference>");
}

/* Now: "local" in Beijing, without a zone, which is usual; "zone" with it; "compact" in UTC. */
static const char *vendor_date(const struct vendor *v, char out[64])
{
    const char *form = given(v->date, "local");
    bool compact = strcmp(form, "compact") == 0, zone = strcmp(form, "zone") == 0;
    struct yx_civil c;
    if (!compact && !zone && strcmp(form, "local") != 0)
        return form;
    yx_time_to_civil(compact ? yx_now() : yx_now() + 8 * 3600 * YX_SECOND, &c);
    if (compact)
        snprintf(out, 64, "%04d%02u%02u%02u%02u%02uZ", (int)c.year, c.month, c.day, c.hour,
                 c.minute, c.second);
    else
        snprintf(out, 64, "%04d-%02u-%02u %02u:%02u:%02u", (int)c.year, c.month, c.day, c.hour,
                 c.minute, c.second);
    return zone ? strcat(out, "+08:00") : out;
}

static void vendor_signature_xml(const struct vendor *v, const char *package, struct yx_buf *out)
{
    char date[64];
    assert_int_equal(
        yx_buf_printf(out,
                      "<Signature><SignedInfo><Provider ProviderName='Other'/><SignatureMethod>"
                      "1.2.156.10197.1.501</SignatureMethod><SignatureDateTime>%s"
                      "</SignatureDateTime><References%s>",
                      vendor_date(v, date), given(v->method, " CheckMethod='SM3'")),
        YX_OK);
    vendor_reference(v, "/OFD.xml", YX_TEXT(package), out);
    vendor_reference(v, "/Doc_0/Document.xml", YX_TEXT(vendor_document), out);
    vendor_reference(v, given(v->page_ref, "/Doc_0/Pages/Page_0/Content.xml"), YX_TEXT(desk_page),
                     out);
    if (v->kind == VALUE_SEAL)
        vendor_reference(v, "/" FOLDER "Seal.esl", yx_buf_bytes(&desk.seal), out);
    put(out, "</References>");
    if (v->kind == VALUE_SEAL) {
        put(out, given(v->stamps, "<StampAnnot ID='2' PageRef='7' Boundary='1 2 40 40'/>"));
        put(out, "<Seal><BaseLoc>");
        put(out, given(v->seal_ref, "/" FOLDER "Seal.esl"));
        put(out, "</BaseLoc></Seal>");
    }
    put(out, given(v->more, ""));
    put(out, "</SignedInfo><SignedValue>");
    put(out, given(v->value_ref, "/" FOLDER "SignedValue.dat"));
    put(out, "</SignedValue></Signature>");
}

static void vendor_ses(const struct vendor *v, struct yx_bytes xml, struct yx_buf *out)
{
    YX_CLEAN(yx_seal) struct yx_seal *seal = NULL;
    YX_CLEAN(yx_buf) struct yx_buf digest = {0};
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    YX_CLEAN(yx_buf) struct yx_buf signature = {0};
    struct yx_error err;
    struct vendor plain = {0};
    expect_ok(yx_seal_from_der(yx_buf_bytes(&desk.seal), &seal, &err), &err);
    vendor_digest(&plain, v->hash_with_za, xml, &digest);
    struct yx_ses_request request = {.seal = seal,
                                     .signer = desk.pki.holder.cert,
                                     .algorithm = YX_SIG_SM2_SM3,
                                     .time = yx_now(),
                                     .data_hash = yx_buf_bytes(&digest),
                                     .property_info =
                                         given(v->property_info, "/" FOLDER "Signature.xml")};
    expect_ok(yx_ses_prepare(&request, &bytes, &err), &err);
    expect_ok(yx_private_key_sign(desk.pki.holder.key, YX_SIG_SM2_SM3, yx_buf_bytes(&bytes),
                                  &signature, &err),
              &err);
    expect_ok(yx_ses_finish(yx_buf_bytes(&bytes), request.signer, request.algorithm,
                            yx_buf_bytes(&signature), YX_BYTES(NULL, 0), out, &err),
              &err);
}

static void put_algorithm(struct yx_der_writer *w, yx_oid oid)
{
    size_t sequence = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_oid(w, oid);
    yx_der_close(w, sequence);
}

/* SignedData without attributes: over a content inside, or over one outside. */
static void vendor_cms_plain(struct yx_bytes signed_bytes, bool inside, struct yx_buf *out)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf signature = {0};
    const struct yx_cert *signer = desk.pki.holder.cert;
    struct yx_error err;
    expect_ok(
        yx_private_key_sign(desk.pki.holder.key, YX_SIG_SM2_SM3, signed_bytes, &signature, &err),
        &err);
    size_t info = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_oid(&w, YX_OID_GM_SIGNED_DATA);
    size_t tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
    size_t data = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, 1);
    size_t digests = yx_der_begin(&w, YX_DER_SET);
    put_algorithm(&w, YX_OID_SM3);
    yx_der_close(&w, digests);
    size_t content = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_oid(&w, YX_OID_GM_DATA);
    if (inside) {
        size_t box = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
        yx_der_put(&w, YX_DER_OCTET_STRING, signed_bytes);
        yx_der_close(&w, box);
    }
    yx_der_close(&w, content);
    yx_der_put(&w, YX_DER_CONTEXT_CONSTRUCTED(0), yx_cert_der(signer));
    size_t set = yx_der_begin(&w, YX_DER_SET);
    size_t one = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, 1);
    size_t name = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, yx_cert_issuer_der(signer));
    yx_der_put(&w, YX_DER_INTEGER, yx_cert_serial_der(signer));
    yx_der_close(&w, name);
    put_algorithm(&w, YX_OID_SM3);
    put_algorithm(&w, YX_OID_SM2_SIGN);
    yx_der_put(&w, YX_DER_OCTET_STRING, yx_buf_bytes(&signature));
    yx_der_close(&w, one);
    yx_der_close(&w, set);
    yx_der_close(&w, data);
    yx_der_close(&w, tagged);
    yx_der_close(&w, info);
    expect_ok(yx_der_finish(&w, out, &err), &err);
}

static void vendor_cms_attributes(struct yx_bytes digest, struct yx_buf *out)
{
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    YX_CLEAN(yx_buf) struct yx_buf signature = {0};
    const struct yx_cert *signer = desk.pki.holder.cert;
    struct yx_error err;
    struct yx_cms_request request = {.signer = signer,
                                     .gm_content_types = true,
                                     .content_digest = digest,
                                     .signing_time = yx_now()};
    expect_ok(yx_cms_prepare(&request, &bytes, &err), &err);
    expect_ok(yx_private_key_sign(desk.pki.holder.key, YX_SIG_SM2_SM3, yx_buf_bytes(&bytes),
                                  &signature, &err),
              &err);
    expect_ok(yx_cms_finish(&request, yx_buf_bytes(&bytes), yx_buf_bytes(&signature),
                            YX_BYTES(NULL, 0), out, &err),
              &err);
}

static void vendor_value(const struct vendor *v, struct yx_bytes xml, struct yx_buf *out)
{
    YX_CLEAN(yx_buf) struct yx_buf digest = {0};
    struct vendor plain = {0};
    if (v->kind == VALUE_SEAL) {
        vendor_ses(v, xml, out);
        return;
    }
    vendor_digest(&plain, v->hash_with_za, xml, &digest);
    if (v->kind == VALUE_CMS)
        vendor_cms_attributes(yx_buf_bytes(&digest), out);
    else if (v->kind == VALUE_CMS_CONTENT)
        vendor_cms_plain(yx_buf_bytes(&digest), true, out);
    else
        vendor_cms_plain(xml, false, out);
}

static void vendor_make(const struct vendor *v, struct yx_buf *out)
{
    YX_CLEAN(yx_buf) struct yx_buf package = {0};
    YX_CLEAN(yx_buf) struct yx_buf list = {0};
    YX_CLEAN(yx_buf) struct yx_buf xml = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_error err;
    char value_name[96];
    const char *list_path = given(v->list, "Doc_0/Signs/Signatures.xml");
    const char *type = v->kind == VALUE_SEAL ? " Type='Seal'" : " Type='Sign'";
    snprintf(value_name, sizeof value_name, FOLDER "%s", given(v->value, "SignedValue.dat"));
    put(&package, "<OFD><DocBody><DocRoot>Doc_0/Document.xml</DocRoot><Signatures>");
    put(&package, given(v->list_ref, "/Doc_0/Signs/Signatures.xml"));
    put(&package, "</Signatures></DocBody></OFD>");
    assert_int_equal(yx_buf_append(&package, YX_BYTES("", 1)), YX_OK);
    package.len--;
    put(&list, "<Signatures><Signature ID='s1'");
    put(&list, given(v->type, type));
    put(&list, " BaseLoc='");
    put(&list, given(v->xml_ref, "/" FOLDER "Signature.xml"));
    put(&list, "' Strange='yes'/></Signatures>");
    vendor_signature_xml(v, (const char *)package.data, &xml);
    vendor_value(v, yx_buf_bytes(&xml), &value);
    const struct yx_zip_part parts[] = {
        {YX_TEXT("OFD.xml"), yx_buf_bytes(&package)},
        {YX_TEXT("Doc_0/Document.xml"), YX_TEXT(vendor_document)},
        {YX_TEXT("Doc_0/Pages/Page_0/Content.xml"), YX_TEXT(desk_page)},
        {YX_TEXT(list_path), yx_buf_bytes(&list)},
        {YX_TEXT(FOLDER "Signature.xml"), yx_buf_bytes(&xml)},
        {YX_TEXT(value_name), yx_buf_bytes(&value)},
        {YX_TEXT(FOLDER "Seal.esl"), yx_buf_bytes(&desk.seal)}};
    size_t count = v->kind == VALUE_SEAL ? 7 : 6;
    expect_ok(yx_sink_memory(out, &sink, &err), &err);
    expect_ok(yx_zip_write(NULL, parts, count, yx_now(), NULL, sink, &err), &err);
}

/* --- One by one -------------------------------------------------------------------------- */

static const struct {
    struct vendor vendor;
    const char *fails;
} vendors[] = {
    {{0}, "|"},
    /* paths */
    {{.list = "Doc_0/Signatures.xml",
      .list_ref = "Doc_0/Signatures.xml",
      .xml_ref = "Signs/Sign_0/Signature.xml"},
     "|"},
    {{.list_ref = "Doc_0/Signs/Signatures.xml", .xml_ref = "Sign_0/Signature.xml"}, "|"},
    {{.value_ref = "SignedValue.dat",
      .seal_ref = "Seal.esl",
      .page_ref = "../../Pages/Page_0/Content.xml"},
     "|"},
    {{.value = "SignValue.dat", .value_ref = "./SignValue.dat"}, "|"},
    {{.page_ref = "../../../../Pages/Page_0/Content.xml"},
     "| references.digest references.coverage"},
    {{.page_ref = ""}, "| references.digest references.coverage"},
    {{.seal_ref = "/" FOLDER "Other.esl"}, "| seal.match"},
    {{.property_info = "Doc_0/Signs/Sign_0/Signature.xml"}, "|"},
    {{.property_info = "/Doc_0/Signs/Sign_0"}, "| property.path"},
    {{.property_info = "/"}, "| property.path"},
    /* digests */
    {{.method = " CheckMethod='1.2.156.10197.1.401'"}, "|"},
    {{.method = " CheckMethod='sm3'"}, "|"},
    {{.method = " CheckMethod='1.2.156.10197.1.401.2'", .references_with_za = true}, "|"},
    {{.method = " CheckMethod='1.2.156.10197.1.401'", .references_with_za = true},
     "| references.digest"},
    {{.hash_with_za = true}, "|"},
    {{.method = " CheckMethod='MD5'", .digest = YX_DIGEST_MD5}, "| algorithm.allowed"},
    {{.method = "", .digest = YX_DIGEST_MD5}, "| algorithm.allowed"},
    {{.method = " CheckMethod='SHA1'", .digest = YX_DIGEST_SHA1}, "| algorithm.allowed"},
    {{.method = " CheckMethod='2.16.840.1.101.3.4.2.1'", .digest = YX_DIGEST_SHA256},
     "| algorithm.allowed"},
    {{.method = " CheckMethod='MD5'"}, "| references.digest algorithm.allowed"},
    {{.method = " CheckMethod='CRC32'"}, "| references.digest algorithm.allowed"},
    /* stamps */
    {{.stamps = ""}, "|"},
    {{.stamps = "<StampAnnot PageRef='9' Boundary='1 2 3 4'/>"}, "|"},
    {{.stamps = "<StampAnnot PageRef='7' Boundary='1 2 3'/>"}, "| signature.format"},
    {{.stamps = "<StampAnnot PageRef='7' Boundary='1 2 nan 4'/>"}, "| signature.format"},
    {{.stamps = "<StampAnnot PageRef='7'/>"}, "| signature.format"},
    /* kinds */
    {{.type = ""}, "|"},
    {{.type = " Type='Sign'"}, "| signature.format"},
    {{.kind = VALUE_CMS}, "|"},
    {{.kind = VALUE_CMS, .hash_with_za = true}, "|"},
    {{.kind = VALUE_CMS, .type = ""}, "| signature.format"},
    {{.kind = VALUE_CMS_CONTENT}, "|"},
    {{.kind = VALUE_CMS_CONTENT, .hash_with_za = true}, "|"},
    {{.kind = VALUE_CMS_DETACHED}, "|"},
    {{.kind = VALUE_CMS_DETACHED, .date = "compact"}, "|"},
    {{.kind = VALUE_CMS_DETACHED, .date = "zone"}, "|"},
    {{.kind = VALUE_CMS_DETACHED, .date = "yesterday"}, "| signing.time"},
    {{.kind = VALUE_CMS_DETACHED, .date = "2999-01-01 00:00:00"},
     "| signer.chain signer.validity signing.time"},
    {{.kind = VALUE_CMS, .more = "<Seal><BaseLoc>/OFD.xml</BaseLoc></Seal>"}, "| seal.match"},
};

static void test_vendors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vendors / sizeof *vendors; i++) {
        YX_CLEAN(yx_buf) struct yx_buf document = {0};
        char fails[1024];
        vendor_make(&vendors[i].vendor, &document);
        YX_CLEAN(yx_report) struct yx_report *report = desk_verify(&desk, yx_buf_bytes(&document));
        desk_fails(report, fails);
        if (strcmp(fails, vendors[i].fails) == 0)
            continue;
        desk_print_checks(&report->checks);
        desk_print_checks(&report->signatures->checks);
        fail_msg("%zu: fails \"%s\", expected \"%s\"", i, fails, vendors[i].fails);
    }
}

static const char *detail(const struct yx_report_signature *signature, yx_check_id id,
                          char words[600])
{
    const struct yx_check *check = yx_checks_find(&signature->checks, id);
    words[0] = 0;
    if (check != NULL && check->detail != NULL)
        yx_message_render(check->detail, NULL, words, 600);
    return words;
}

/* Two readings of the standard are in the field: the report says which one was met. */
static void test_says_where_za_was_met(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf document = {0};
    struct vendor vendor = {.method = " CheckMethod='1.2.156.10197.1.401.2'",
                            .references_with_za = true,
                            .hash_with_za = true};
    char words[600];
    vendor_make(&vendor, &document);
    YX_CLEAN(yx_report) struct yx_report *report = desk_verify(&desk, yx_buf_bytes(&document));
    const struct yx_report_signature *s = report->signatures;
    assert_int_equal(s->result, YX_VALID);
    assert_non_null(strstr(detail(s, YX_CHECK_DOCUMENT_DIGEST, words), "ZA"));
    assert_non_null(strstr(detail(s, YX_CHECK_REFERENCES_DIGEST, words), "ZA"));
}

/* A stamp on a page that the document does not have is shown as such. */
static void test_stamp_on_no_page(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf document = {0};
    struct vendor vendor = {.stamps = "<StampAnnot PageRef='8' Boundary='1 2.5 3e1 4'/>"
                                      "<StampAnnot PageRef='7' Boundary='5 6 7 8'/>"};
    vendor_make(&vendor, &document);
    YX_CLEAN(yx_report) struct yx_report *report = desk_verify(&desk, yx_buf_bytes(&document));
    const struct yx_report_stamp *stamp = report->signatures->stamps;
    assert_int_equal(stamp->page, 0);
    assert_true(stamp->x == 1 && stamp->y == 2.5 && stamp->width == 30 && stamp->height == 4);
    assert_int_equal(stamp->next->page, 1);
    assert_null(stamp->next->next);
}

/* --- Trust and time ---------------------------------------------------------------------- */

static struct yx_report *verify_at(const struct yx_buf *document, const struct yx_trust *trust,
                                   yx_time at)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    struct yx_verify_options options = {.trust = trust, .at = at};
    struct yx_report *report = NULL;
    struct yx_error err;
    expect_ok(yx_source_borrow(yx_buf_bytes(document), &source, &err), &err);
    expect_ok(yx_ofd_verify(source, &options, &report, &err), &err);
    return report;
}

static void test_trust_and_time(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    YX_CLEAN(yx_buf) struct yx_buf document = {0};
    char fails[1024];
    struct vendor vendor = {.kind = VALUE_CMS};
    vendor_make(&vendor, &document);
    desk_sealed(&desk, &document, &sealed);
    YX_CLEAN(yx_report) struct yx_report *untrusted = verify_at(&sealed, NULL, 0);
    assert_int_equal(untrusted->result, YX_INDETERMINATE);
    assert_int_equal(untrusted->signatures->result, YX_INDETERMINATE);
    assert_int_equal(untrusted->signatures->next->result, YX_INDETERMINATE);
    YX_CLEAN(yx_report) struct yx_report *early =
        verify_at(&sealed, desk.pki.trust, yx_now() - 3600 * YX_SECOND);
    desk_fails(early, fails);
    assert_string_equal(fails, "| signing.time | signing.time");
    /* a signature outlives its certificate */
    YX_CLEAN(yx_report) struct yx_report *late =
        verify_at(&sealed, desk.pki.trust, yx_now() + 1000 * YX_DAY);
    assert_int_equal(late->result, YX_VALID);
}

static void test_revocation(void **state)
{
    (void)state;
    struct desk other;
    struct yx_error err;
    char fails[1024];
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    YX_CLEAN(yx_buf) struct yx_buf both = {0};
    desk_open(&other);
    struct yx_ofd_request request = desk_request(&other);
    desk_signed(&other, &other.paper, &request, &sealed);
    request.seal = YX_BYTES(NULL, 0);
    request.placement_count = 0;
    desk_signed(&other, &sealed, &request, &both);
    expect_ok(pki_revoke(&other.pki, other.pki.holder.cert, yx_now() - 3600 * YX_SECOND, &err),
              &err);
    YX_CLEAN(yx_report) struct yx_report *report = desk_verify(&other, yx_buf_bytes(&both));
    desk_fails(report, fails);
    assert_string_equal(fails, "| signer.revocation | signer.revocation");
    YX_CLEAN(yx_buf) struct yx_buf refused = {0};
    expect_status(desk_sign(&other, yx_buf_bytes(&both), &request, &refused, &err), YX_REFUSED,
                  &err);
    desk_close(&other);
}

/* --- Packages ---------------------------------------------------------------------------- */

static void test_unsigned(void **state)
{
    (void)state;
    YX_CLEAN(yx_report) struct yx_report *report = desk_verify(&desk, yx_buf_bytes(&desk.paper));
    assert_int_equal(report->result, YX_UNSIGNED);
    assert_int_equal(report->format, YX_FORMAT_OFD);
    assert_null(report->signatures);
    assert_int_equal(yx_checks_find(&report->checks, YX_CHECK_CONTAINER_SAFE)->outcome, YX_PASS);
}

/* Options may be left out; progress runs to its end. */
static void tell(void *self, uint64_t done, uint64_t total)
{
    bool *ended = self;
    assert_true(done <= total);
    *ended = done == total;
}

static void test_options(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_report) struct yx_report *plain = NULL;
    YX_CLEAN(yx_report) struct yx_report *watched = NULL;
    bool ended = false;
    struct yx_verify_options options = {.progress = {tell, &ended}};
    struct yx_error err;
    desk_sealed(&desk, &desk.paper, &sealed);
    expect_ok(yx_source_borrow(yx_buf_bytes(&sealed), &source, &err), &err);
    expect_ok(yx_ofd_verify(source, NULL, &plain, &err), &err);
    assert_int_equal(plain->result, YX_INDETERMINATE);
    expect_ok(yx_ofd_verify(source, &options, &watched, &err), &err);
    assert_true(ended);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vendors),          cmocka_unit_test(test_says_where_za_was_met),
        cmocka_unit_test(test_stamp_on_no_page), cmocka_unit_test(test_trust_and_time),
        cmocka_unit_test(test_revocation),       cmocka_unit_test(test_unsigned),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
