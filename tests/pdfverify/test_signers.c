/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_signers.c - one signature value with several signers: everybody's counts, whoever stands
 * first; and where a rule allows one signer, several are refused.
 */
#include "support.h"

#include "pdf_odd.h"
#include "people.h"
#include "revise.h"
#include "several.h"
#include "tools.h"

enum { SIGNERS = 2 };

/* A document that waits for its value. */
struct page {
    struct yx_buf file;
    uint64_t range[4];
};

static void page_free(struct page *page)
{
    yx_buf_free(&page->file);
}
YX_DEFINE_CLEAN_VALUE(page, struct page, page_free);

static void page_open(const char *sub_filter, struct page *page)
{
    struct revise_signature open = {.sub_filter = sub_filter};
    odd_make(&(struct odd_options){.kind = ODD_TABLE}, &page->file);
    revise_fill_range(&page->file, revise_prepare(&page->file, &open), page->range);
}

/* Two values, and what was done to one of them on the way. */
struct two {
    struct yx_buf values[SIGNERS];
};

static void two_free(struct two *two)
{
    for (size_t i = 0; i < SIGNERS; i++)
        yx_buf_free(&two->values[i]);
}
YX_DEFINE_CLEAN_VALUE(two, struct two, two_free);

static void two_sign(const struct page *page, const struct pki_person *one,
                     const struct pki_person *other, struct two *two)
{
    const struct pki_person *signers[SIGNERS] = {one, other};
    for (size_t i = 0; i < SIGNERS; i++) {
        struct revise_signature signature = {.signer = signers[i]};
        revise_cms(&signature, &page->file, page->range, NULL, &two->values[i]);
    }
}

static void put(struct page *page, const struct two *two)
{
    YX_CLEAN(yx_buf) struct yx_buf joined = {0};
    several_join(two->values, SIGNERS, &joined);
    revise_put_contents(&page->file, page->range[1], yx_buf_bytes(&joined));
}

static void expect(const struct page *page, yx_check_id id, yx_outcome outcome, const char *words)
{
    revise_expect_check(yx_buf_bytes(&page->file), people.trust, 0, id, outcome, words);
}

/* --- Good ones --------------------------------------------------------------------------- */

static void test_two_people(void **state)
{
    (void)state;
    YX_CLEAN(page) struct page page = {0};
    YX_CLEAN(two) struct two two = {0};
    page_open("adbe.pkcs7.detached", &page);
    two_sign(&page, &people.holder, &people.maker, &two);
    put(&page, &two);
    revise_expect(yx_buf_bytes(&page.file), people.trust, YX_VALID);
    YX_CLEAN(yx_report)
    struct yx_report *report = revise_verify(yx_buf_bytes(&page.file), people.trust);
    assert_string_equal(report->signatures->signer.subject, "CN=Test Holder,O=Test,C=CN");
    assert_null(report->signatures->next);
    expect(&page, YX_CHECK_SIGNATURE_VALUE, YX_PASS,
           "besides the first: CN=Test Maker,O=Test,C=CN");
}

static void test_one_person_twice(void **state)
{
    (void)state;
    YX_CLEAN(page) struct page page = {0};
    YX_CLEAN(two) struct two two = {0};
    page_open("adbe.pkcs7.detached", &page);
    two_sign(&page, &people.holder, &people.holder, &two);
    put(&page, &two);
    revise_expect(yx_buf_bytes(&page.file), people.trust, YX_VALID);
}

/* --- Bad ones: whoever of the two it is, the signature is not valid ------------------------- */

static void test_wrong_value(void **state)
{
    (void)state;
    for (size_t bad = 0; bad < SIGNERS; bad++) {
        YX_CLEAN(page) struct page page = {0};
        YX_CLEAN(two) struct two two = {0};
        page_open("adbe.pkcs7.detached", &page);
        two_sign(&page, &people.holder, &people.maker, &two);
        two.values[bad].data[two.values[bad].len - 3] ^= 1;
        put(&page, &two);
        expect(&page, YX_CHECK_SIGNATURE_VALUE, YX_FAIL, NULL);
    }
}

static void test_nobody_knows_one(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(pki_person) struct pki_person stranger = {0};
    struct pki_wish wish = {.name = "CN=Stranger,O=Nowhere,C=CN", .type = YX_KEY_P256};
    expect_ok(pki_person_make(&wish, NULL, &stranger, &err), &err);
    for (size_t first = 0; first < 2; first++) {
        YX_CLEAN(page) struct page page = {0};
        YX_CLEAN(two) struct two two = {0};
        page_open("adbe.pkcs7.detached", &page);
        two_sign(&page, first == 0 ? &stranger : &people.holder,
                 first == 0 ? &people.holder : &stranger, &two);
        put(&page, &two);
        revise_expect(yx_buf_bytes(&page.file), people.trust, YX_INDETERMINATE);
        expect(&page, YX_CHECK_SIGNER_CHAIN, YX_UNKNOWN, NULL);
        expect(&page, YX_CHECK_SIGNATURE_VALUE, YX_PASS, NULL);
    }
}

/* Each value is good for itself, but one is over another document. */
static void test_another_document(void **state)
{
    (void)state;
    YX_CLEAN(page) struct page other = {0};
    page_open("adbe.pkcs7.detached", &other);
    uint8_t *text = memmem(other.file.data, other.file.len, "contract", 8);
    assert_non_null(text);
    text[0] = 'C';
    for (size_t bad = 0; bad < SIGNERS; bad++) {
        YX_CLEAN(page) struct page page = {0};
        YX_CLEAN(two) struct two two = {0};
        YX_CLEAN(two) struct two elsewhere = {0};
        page_open("adbe.pkcs7.detached", &page);
        two_sign(&page, &people.holder, &people.maker, &two);
        two_sign(&other, &people.holder, &people.maker, &elsewhere);
        struct yx_buf swapped = two.values[bad];
        two.values[bad] = elsewhere.values[bad];
        elsewhere.values[bad] = swapped;
        put(&page, &two);
        expect(&page, YX_CHECK_DOCUMENT_DIGEST, YX_FAIL, NULL);
        expect(&page, YX_CHECK_SIGNATURE_VALUE, YX_PASS, NULL);
    }
}

/* messageDigest rewritten so that it fits the document: then the value is over other attributes. */
static void test_forged_digest(void **state)
{
    (void)state;
    YX_CLEAN(page) struct page other = {0};
    page_open("adbe.pkcs7.detached", &other);
    memcpy(memmem(other.file.data, other.file.len, "contract", 8), "Contract", 8);
    for (size_t bad = 0; bad < SIGNERS; bad++) {
        YX_CLEAN(page) struct page page = {0};
        YX_CLEAN(two) struct two two = {0};
        YX_CLEAN(two) struct two elsewhere = {0};
        struct yx_cms right, wrong;
        struct yx_error err;
        page_open("adbe.pkcs7.detached", &page);
        two_sign(&page, &people.holder, &people.maker, &two);
        two_sign(&other, &people.holder, &people.maker, &elsewhere);
        expect_ok(yx_cms_parse(yx_buf_bytes(&two.values[bad]), &right, &err), &err);
        expect_ok(yx_cms_parse(yx_buf_bytes(&elsewhere.values[bad]), &wrong, &err), &err);
        struct yx_buf *forged = &elsewhere.values[bad];
        memcpy(forged->data + (wrong.message_digest.data - forged->data), right.message_digest.data,
               right.message_digest.len);
        struct yx_buf swapped = two.values[bad];
        two.values[bad] = *forged;
        *forged = swapped;
        put(&page, &two);
        expect(&page, YX_CHECK_SIGNATURE_VALUE, YX_FAIL, NULL);
        expect(&page, YX_CHECK_DOCUMENT_DIGEST, YX_PASS, NULL);
    }
}

static void test_certificate_missing(void **state)
{
    (void)state;
    YX_CLEAN(page) struct page page = {0};
    YX_CLEAN(two) struct two two = {0};
    YX_CLEAN(yx_buf) struct yx_buf joined = {0};
    page_open("adbe.pkcs7.detached", &page);
    two_sign(&page, &people.holder, &people.maker, &two);
    several_join(two.values, SIGNERS, &joined);
    /* The maker's certificate becomes one of another serial; its SignerInfo still names the old. */
    struct several_pieces pieces = several_cut(yx_buf_bytes(&joined));
    struct yx_bytes serial = yx_cert_serial_der(people.maker.cert);
    uint8_t *at =
        memmem(pieces.certificates.data, pieces.certificates.len, serial.data, serial.len);
    assert_non_null(at);
    at[serial.len - 1] ^= 1;
    revise_put_contents(&page.file, page.range[1], yx_buf_bytes(&joined));
    expect(&page, YX_CHECK_SIGNATURE_FORMAT, YX_FAIL, "certificate of its signer");
}

static void test_too_many(void **state)
{
    (void)state;
    YX_CLEAN(page) struct page page = {0};
    YX_CLEAN(two) struct two two = {0};
    YX_CLEAN(yx_buf) struct yx_buf joined = {0};
    struct yx_buf crowd[YX_CMS_SIGNERS_MAX + 1];
    page_open("adbe.pkcs7.detached", &page);
    two_sign(&page, &people.holder, &people.maker, &two);
    for (size_t i = 0; i <= YX_CMS_SIGNERS_MAX; i++)
        crowd[i] = two.values[i % SIGNERS];
    several_join(crowd, YX_CMS_SIGNERS_MAX, &joined);
    revise_put_contents(&page.file, page.range[1], yx_buf_bytes(&joined));
    revise_expect(yx_buf_bytes(&page.file), people.trust, YX_VALID);
    several_join(crowd, YX_CMS_SIGNERS_MAX + 1, &joined);
    revise_put_contents(&page.file, page.range[1], yx_buf_bytes(&joined));
    expect(&page, YX_CHECK_SIGNATURE_FORMAT, YX_FAIL, "more than 8 signatures");
}

/* --- Where one signer is the rule ---------------------------------------------------------- */

static void test_one_is_the_rule(void **state)
{
    (void)state;
    YX_CLEAN(page) struct page page = {0};
    YX_CLEAN(two) struct two two = {0};
    page_open("ETSI.CAdES.detached", &page);
    two_sign(&page, &people.holder, &people.maker, &two);
    put(&page, &two);
    revise_expect(yx_buf_bytes(&page.file), people.trust, YX_INVALID);
    expect(&page, YX_CHECK_SIGNATURE_FORMAT, YX_FAIL, "carries 2 signers, and ETSI.CAdES.detached");
}

static void test_a_seal_among_several(void **state)
{
    (void)state;
    for (size_t bearer = 0; bearer < SIGNERS; bearer++) {
        YX_CLEAN(page) struct page page = {0};
        YX_CLEAN(two) struct two two = {0};
        struct yx_attribute seal = {YX_OID_SEAL_ATTRIBUTE, YX_BYTES("\x30\x00", 2)};
        struct revise_signature signature = {.signer = &people.holder};
        page_open("adbe.pkcs7.detached", &page);
        two_sign(&page, &people.holder, &people.maker, &two);
        two.values[bearer].len = 0;
        revise_cms(&signature, &page.file, page.range, &seal, &two.values[bearer]);
        put(&page, &two);
        expect(&page, YX_CHECK_SIGNATURE_FORMAT, YX_FAIL, "a seal belongs to one signer");
    }
}

/* --- By podofosign ------------------------------------------------------------------------- */

/* It signs twice with one key: over SHA-256, and over SHA-512. */
static void test_podofosign(void **state)
{
    (void)state;
    struct folder folder;
    struct yx_error err;
    char path[200];
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    folder_make(&folder);
    if (tool(&folder, "command -v podofosign") != 0) {
        folder_remove(&folder);
        print_message("skipped: podofosign (libpodofo-utils) is not installed\n");
        skip();
    }
    odd_make(&(struct odd_options){.kind = ODD_TABLE}, &file);
    folder_write(&folder, "in.pdf", yx_buf_bytes(&file));
    expect_tool(&folder, "openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem "
                         "-days 30 -subj /CN=Foreigner "
                         "-addext keyUsage=critical,digitalSignature,keyCertSign");
    expect_tool(&folder, "podofosign -in in.pdf -out out.pdf -cert c.pem -pkey k.pem");
    folder_read(&folder, "out.pdf", &file);
    snprintf(path, sizeof path, "%s/c.pem", folder.path);
    expect_ok(yx_trust_new(&trust, &err), &err);
    expect_ok(yx_trust_add_path(trust, path, &err), &err);
    revise_expect(yx_buf_bytes(&file), trust, YX_VALID);
    revise_expect_check(yx_buf_bytes(&file), trust, 0, YX_CHECK_SIGNATURE_VALUE, YX_PASS,
                        "2 signers signed at once");
    memcpy(memmem(file.data, file.len, "contract", 8), "Contract", 8);
    revise_expect_check(yx_buf_bytes(&file), trust, 0, YX_CHECK_DOCUMENT_DIGEST, YX_FAIL, NULL);
    folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_people),          cmocka_unit_test(test_one_person_twice),
        cmocka_unit_test(test_wrong_value),         cmocka_unit_test(test_nobody_knows_one),
        cmocka_unit_test(test_another_document),    cmocka_unit_test(test_forged_digest),
        cmocka_unit_test(test_certificate_missing), cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_one_is_the_rule),     cmocka_unit_test(test_a_seal_among_several),
        cmocka_unit_test(test_podofosign),
    };
    return cmocka_run_group_tests(tests, open_people, close_people);
}
