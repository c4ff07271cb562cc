/* SPDX-License-Identifier: Apache-2.0 */
/* test_verify.c - signatures that are good, tampered with, foreign, certified or weak. Attacks are
 * in test_attacks.c. REQ: VER-01, VER-02 */
#include "support.h"

#include "pdf_odd.h"
#include "people.h"
#include "revise.h"
#include "tools.h"

static const struct revise_signature *usual(void)
{
    static struct revise_signature signature;
    signature = (struct revise_signature){.signer = &people.holder};
    return &signature;
}

/* --- Good -------------------------------------------------------------------------------- */

static void test_every_build(void **state)
{
    (void)state;
    for (enum odd_kind kind = ODD_TABLE; kind <= ODD_HYBRID; kind++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        struct odd_options options = {.kind = kind};
        if (kind == ODD_HYBRID || kind == ODD_OBJECT_STREAM)
            options.pages = 3;
        revise_signed(&options, usual(), &file);
        revise_expect(yx_buf_bytes(&file), people.trust, YX_VALID);
    }
}

static void test_report(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    uint8_t digest[32];
    revise_signed(&(struct odd_options){.kind = ODD_TABLE}, usual(), &file);
    report = revise_verify(yx_buf_bytes(&file), people.trust);
    const struct yx_report_signature *s = report->signatures;
    assert_int_equal(report->format, YX_FORMAT_PDF);
    assert_int_equal(yx_digest(YX_DIGEST_SM3, yx_buf_bytes(&file), digest, NULL), YX_OK);
    assert_memory_equal(report->digest, digest, 32);
    assert_non_null(s);
    assert_null(s->next);
    assert_string_equal(s->id, "Signature1");
    assert_string_equal(s->kind, "pades");
    assert_string_equal(s->time_source, "signer");
    assert_true(s->signing_time > yx_now() - 2 * 3600 * YX_SECOND);
    assert_string_equal(s->signer.subject, yx_cert_subject(people.holder.cert));
    assert_null(report->unprotected);
    assert_null(report->changed_after);
    assert_non_null(s->stamps);
    assert_int_equal(s->stamps->page, 1);
    /* /Rect [100 600 200 700] on A4 */
    assert_true(s->stamps->x > 35.2 && s->stamps->x < 35.4);
    assert_true(s->stamps->y > 50.0 && s->stamps->y < 50.2);
    assert_true(s->stamps->width > 35.2 && s->stamps->width < 35.4);
}

static void test_untrusted(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    revise_signed(&(struct odd_options){.kind = ODD_TABLE}, usual(), &file);
    revise_expect(yx_buf_bytes(&file), NULL, YX_INDETERMINATE);
}

static void test_unsigned(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf field = {0};
    odd_make(&(struct odd_options){.kind = ODD_TABLE}, &file);
    revise_expect(yx_buf_bytes(&file), people.trust, YX_UNSIGNED);
    struct odd_options empty = {
        .kind = ODD_TABLE,
        .catalog = "/AcroForm << /Fields [5 0 R] >>",
        .extra = {"<< /FT /Sig /T (Empty) /Subtype /Widget /Rect [0 0 0 0] >>"},
    };
    odd_make(&empty, &field);
    revise_expect(yx_buf_bytes(&field), people.trust, YX_UNSIGNED);
}

static void test_all_keys(void **state)
{
    (void)state;
    static const yx_key_type types[] = {YX_KEY_SM2, YX_KEY_RSA, YX_KEY_P384};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        YX_CLEAN(pki) struct pki others = {0};
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        struct yx_error err;
        expect_ok(pki_open(types[i], &others, &err), &err);
        struct revise_signature signature = {.signer = &others.holder};
        revise_signed(&(struct odd_options){.kind = ODD_STREAM}, &signature, &file);
        revise_expect(yx_buf_bytes(&file), others.trust, YX_VALID);
    }
}

static void test_two_signatures(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    revise_signed(&(struct odd_options){.kind = ODD_TABLE}, usual(), &file);
    struct revise_signature second = {
        .signer = &people.maker,
        .shift = 10,
        .fields = "20 0 R",
        .annotations = "20 0 R",
        .name = "Signature2",
    };
    revise_sign(&file, revise_prepare(&file, &second), &second, NULL);
    revise_expect(yx_buf_bytes(&file), people.trust, YX_VALID);
    revise_expect_check(yx_buf_bytes(&file), people.trust, 0, YX_CHECK_CHANGES_AFTER, YX_PASS,
                        "further signatures");
}

static void test_white_space_behind(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    revise_signed(&(struct odd_options){.kind = ODD_TABLE}, usual(), &file);
    odd_put(&file, "\r\n");
    revise_expect(yx_buf_bytes(&file), people.trust, YX_VALID);
}

/* --- Bad --------------------------------------------------------------------------------- */

/* Where the revision with the signature leaves bytes out. */
static void find_gap(const struct yx_buf *file, size_t *from, size_t *to)
{
    const uint8_t *contents = memmem(file->data, file->len, "/Contents <", 11);
    assert_non_null(contents);
    *from = (size_t)(contents - file->data) + 10;
    const uint8_t *close = memchr(contents, '>', file->len - *from);
    *to = (size_t)(close - file->data) + 1;
}

static void expect_not_valid(struct yx_bytes pdf, const char *what, size_t at)
{
    struct yx_report *report = revise_verify(pdf, people.trust);
    yx_result result = report->result;
    if (result == YX_VALID)
        revise_explain(report);
    yx_report_free(report);
    if (result == YX_VALID)
        fail_msg("valid with %s at byte %zu", what, at);
}

/* Any byte that is signed, and any of the value itself. */
static void test_flips(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    size_t from, to;
    revise_signed(&(struct odd_options){.kind = ODD_TABLE}, usual(), &file);
    find_gap(&file, &from, &to);
    for (size_t i = 0; i<file.len; i += i> from && i < to ? 211 : 3) {
        uint8_t was = file.data[i];
        file.data[i] = (uint8_t)(was ^ (1u << (i % 8)));
        bool same_digit = i > from && i + 1 < to && (was ^ file.data[i]) == 0x20;
        if (!same_digit)
            expect_not_valid(yx_buf_bytes(&file), "a changed byte", i);
        file.data[i] = was;
    }
}

static void test_truncations(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    size_t from, to;
    revise_signed(&(struct odd_options){.kind = ODD_TABLE}, usual(), &file);
    find_gap(&file, &from, &to);
    /* Without its last byte, the end-of-line marker, it is still what was signed no more. */
    for (size_t len = 0; len<file.len; len += len> from && len < to ? 97 : 1)
        expect_not_valid(YX_BYTES(file.data, len), "the end cut off", len);
}

static void test_value_of_another(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf other = {0};
    size_t from, to;
    revise_signed(&(struct odd_options){.kind = ODD_TABLE}, usual(), &file);
    revise_signed(&(struct odd_options){.kind = ODD_TABLE, .catalog = "/Lang (zh)"}, usual(),
                  &other);
    size_t start, end;
    find_gap(&file, &from, &to);
    find_gap(&other, &start, &end);
    memcpy(file.data + from, other.data + start, to - from);
    revise_expect_check(yx_buf_bytes(&file), people.trust, 0, YX_CHECK_DOCUMENT_DIGEST, YX_FAIL,
                        NULL);
    revise_expect_check(yx_buf_bytes(&file), people.trust, 0, YX_CHECK_SIGNATURE_VALUE, YX_PASS,
                        NULL);
}

static void test_certificate_not_named(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf pades = {0};
    YX_CLEAN(yx_buf) struct yx_buf cms = {0};
    struct revise_signature signature = {.signer = &people.holder, .no_certificate = true};
    revise_signed(&(struct odd_options){.kind = ODD_TABLE}, &signature, &pades);
    revise_expect_check(yx_buf_bytes(&pades), people.trust, 0, YX_CHECK_SIGNATURE_FORMAT, YX_FAIL,
                        "do not name the signer's certificate");
    signature.sub_filter = "adbe.pkcs7.detached";
    revise_signed(&(struct odd_options){.kind = ODD_TABLE}, &signature, &cms);
    revise_expect(yx_buf_bytes(&cms), people.trust, YX_VALID);
}

static void test_unknown_kind(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct revise_signature signature = {.signer = &people.holder, .sub_filter = "Some.thing"};
    revise_signed(&(struct odd_options){.kind = ODD_TABLE}, &signature, &file);
    revise_expect_check(yx_buf_bytes(&file), people.trust, 0, YX_CHECK_SIGNATURE_FORMAT, YX_FAIL,
                        "Some.thing");
}

static void test_times(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf future = {0};
    YX_CLEAN(yx_buf) struct yx_buf past = {0};
    struct revise_signature signature = {.signer = &people.holder, .time = yx_now() + YX_DAY};
    revise_signed(&(struct odd_options){.kind = ODD_TABLE}, &signature, &future);
    revise_expect_check(yx_buf_bytes(&future), people.trust, 0, YX_CHECK_SIGNING_TIME, YX_FAIL,
                        "future");
    signature.time = yx_now() - 100 * YX_DAY; /* before the certificate */
    revise_signed(&(struct odd_options){.kind = ODD_TABLE}, &signature, &past);
    revise_expect_check(yx_buf_bytes(&past), people.trust, 0, YX_CHECK_SIGNER_VALIDITY, YX_FAIL,
                        NULL);
}

static void test_no_pdf(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf encrypted = {0};
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct yx_report *report;
    revise_expect(YX_BYTES("", 0), people.trust, YX_INVALID);
    revise_expect(YX_TEXT("%PDF-1.7 and nothing else"), people.trust, YX_INVALID);
    odd_make(&(struct odd_options){.kind = ODD_TABLE}, &file);
    odd_rewrite(ODD_ENCRYPT_OPEN, yx_buf_bytes(&file), &encrypted);
    report = revise_verify(yx_buf_bytes(&encrypted), people.trust);
    assert_int_equal(report->result, YX_INVALID);
    assert_non_null(yx_checks_find(&report->checks, YX_CHECK_CONTAINER_SAFE));
    yx_report_free(report);
}

/* --- By openssl -------------------------------------------------------------------------- */

/* A key and a certificate of openssl's making, in trust. */
static void make_foreigner(struct folder *folder, const char *algorithm, struct yx_trust **trust)
{
    struct yx_error err;
    char path[200];
    expect_tool(folder,
                "openssl req -x509 -newkey %s -nodes -keyout k.pem -out c.pem -days 30 "
                "-subj /CN=Foreigner -addext keyUsage=critical,digitalSignature,keyCertSign",
                algorithm);
    expect_ok(yx_trust_new(trust, &err), &err);
    snprintf(path, sizeof path, "%s/c.pem", folder->path);
    expect_ok(yx_trust_add_path(*trust, path, &err), &err);
}

static void sign_by_openssl(struct folder *folder, struct yx_buf *file, size_t from,
                            const char *options, bool sha1_inside)
{
    uint64_t range[4];
    YX_CLEAN(yx_buf) struct yx_buf content = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    uint8_t sha1[20];
    revise_fill_range(file, from, range);
    assert_int_equal(yx_buf_append(&content, YX_BYTES(file->data, range[1])), YX_OK);
    assert_int_equal(yx_buf_append(&content, YX_BYTES(file->data + range[2], range[3])), YX_OK);
    assert_int_equal(yx_digest(YX_DIGEST_SHA1, yx_buf_bytes(&content), sha1, NULL), YX_OK);
    folder_write(folder, "content",
                 sha1_inside ? YX_BYTES(sha1, sizeof sha1) : yx_buf_bytes(&content));
    expect_tool(folder,
                "openssl cms -sign -binary -in content -signer c.pem -inkey k.pem "
                "-outform DER -out cms.der %s",
                options);
    folder_read(folder, "cms.der", &der);
    revise_put_contents(file, range[1], yx_buf_bytes(&der));
}

static const struct {
    const char *sub_filter, *algorithm, *options;
    bool sha1_inside;
    yx_result result;
    const char *kind;
} foreign[] = {
    {"ETSI.CAdES.detached", "rsa:2048", "-cades -md sha256", false, YX_VALID, "pades"},
    {"ETSI.CAdES.detached", "ec -pkeyopt ec_paramgen_curve:P-256", "-cades -md sha512", false,
     YX_VALID, "pades"},
    {"adbe.pkcs7.detached", "rsa:2048", "-md sha256", false, YX_VALID, "cms"},
    {"adbe.pkcs7.detached", "rsa:2048", "-md sha256 -noattr", false, YX_VALID, "cms"},
    {"adbe.pkcs7.detached", "rsa:2048", "-md sha256 -keyopt rsa_padding_mode:pss", false, YX_VALID,
     "cms"},
    {"adbe.pkcs7.detached", "rsa:2048", "-md sha1", false, YX_INVALID, "cms"},
    {"adbe.pkcs7.sha1", "rsa:2048", "-nodetach -md sha256", true, YX_INVALID, "cms"},
    {"adbe.pkcs7.detached", "rsa:2048", "-nodetach -md sha256", false, YX_INVALID, "cms"},
};

/* What pdfsig says: it is right about the bytes, whatever it thinks of the certificate. */
static void ask_pdfsig(struct folder *folder, struct yx_bytes pdf, bool valid)
{
    folder_write(folder, "out.pdf", pdf);
    tool(folder, "pdfsig -nocert out.pdf");
    if ((strstr(folder->output, "Signature is Valid.") != NULL) != valid)
        fail_msg("pdfsig: %s", folder->output);
}

static void test_foreign(void **state)
{
    (void)state;
    struct folder folder;
    folder_make(&folder);
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
        make_foreigner(&folder, foreign[i].algorithm, &trust);
        struct revise_signature signature = {.sub_filter = foreign[i].sub_filter, .time = yx_now()};
        odd_make(&(struct odd_options){.kind = ODD_TABLE}, &file);
        size_t from = revise_prepare(&file, &signature);
        sign_by_openssl(&folder, &file, from, foreign[i].options, foreign[i].sha1_inside);
        revise_expect(yx_buf_bytes(&file), trust, foreign[i].result);
        YX_CLEAN(yx_report) struct yx_report *report = revise_verify(yx_buf_bytes(&file), trust);
        assert_string_equal(report->signatures->kind, foreign[i].kind);
        if (foreign[i].result == YX_VALID && strstr(foreign[i].options, "pss") == NULL)
            ask_pdfsig(&folder, yx_buf_bytes(&file), true);
        if (foreign[i].result != YX_VALID)
            continue;
        uint8_t *text = memmem(file.data, file.len, "contract", 8);
        text[0] = 'C';
        ask_pdfsig(&folder, yx_buf_bytes(&file), false);
        revise_expect_check(yx_buf_bytes(&file), trust, 0, YX_CHECK_DOCUMENT_DIGEST, YX_FAIL, NULL);
    }
    folder_remove(&folder);
}

static void test_sha1_is_a_finding(void **state)
{
    (void)state;
    struct folder folder;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    struct revise_signature signature = {.sub_filter = "adbe.pkcs7.sha1"};
    folder_make(&folder);
    make_foreigner(&folder, "rsa:2048", &trust);
    odd_make(&(struct odd_options){.kind = ODD_TABLE}, &file);
    size_t from = revise_prepare(&file, &signature);
    sign_by_openssl(&folder, &file, from, "-nodetach -md sha256", true);
    revise_expect_check(yx_buf_bytes(&file), trust, 0, YX_CHECK_ALGORITHM_ALLOWED, YX_FAIL,
                        "SHA-1");
    revise_expect_check(yx_buf_bytes(&file), trust, 0, YX_CHECK_DOCUMENT_DIGEST, YX_PASS, NULL);
    revise_expect_check(yx_buf_bytes(&file), trust, 0, YX_CHECK_SIGNATURE_VALUE, YX_PASS, NULL);
    folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_build),
        cmocka_unit_test(test_report),
        cmocka_unit_test(test_untrusted),
        cmocka_unit_test(test_unsigned),
        cmocka_unit_test(test_all_keys),
        cmocka_unit_test(test_two_signatures),
        cmocka_unit_test(test_white_space_behind),
        cmocka_unit_test(test_flips),
        cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_value_of_another),
        cmocka_unit_test(test_certificate_not_named),
        cmocka_unit_test(test_unknown_kind),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_no_pdf),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_sha1_is_a_finding),
    };
    return cmocka_run_group_tests(tests, open_people, close_people);
}
