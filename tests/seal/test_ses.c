/* SPDX-License-Identifier: Apache-2.0 */
/* Seal signatures: made by us, made oddly, changed, and out of other people's documents. */
#include "support.h"

#include <sys/wait.h>

#include "craft.h"

static struct pki sm2;

static int open_people(void **state)
{
    (void)state;
    return pki_open(YX_KEY_SM2, &sm2, NULL) == YX_OK ? 0 : -1;
}

static int close_people(void **state)
{
    (void)state;
    pki_free(&sm2);
    return 0;
}

static const uint8_t hash[32] = {1, 2, 3};
static const char path[] = "/Doc_0/Signs/Sign_0/Signature.xml";

/* --- Our own ----------------------------------------------------------------------------- */

static struct yx_buf make_seal(const struct pki *pki, int version, bool digests)
{
    struct yx_error err = {0};
    const struct yx_cert *holders[] = {pki->holder.cert};
    struct yx_seal_request request = {
        .version = version,
        .type = 1,
        .name = "测试章",
        .picture = pki_picture(),
        .width = 40,
        .height = 40,
        .holders = holders,
        .holder_count = 1,
        .holders_as_digests = digests,
        .valid_from = YX_TIME_NONE,
        .valid_to = YX_TIME_NONE,
    };
    struct yx_signer signer = pki_signer(&pki->maker);
    struct yx_buf out = {0};
    expect_ok(yx_seal_make(&request, pki->maker.cert, &signer, &out, &err), &err);
    return out;
}

static yx_status prepare(const struct pki *pki, const struct yx_seal *seal, struct yx_buf *out,
                         struct yx_error *err)
{
    struct yx_ses_request request = {
        .seal = seal,
        .signer = pki->holder.cert,
        .algorithm = yx_signature_default(yx_public_key_type(yx_cert_public_key(pki->holder.cert))),
        .time = yx_now() + YX_SECOND,
        .data_hash = YX_BYTES(hash, sizeof hash),
        .property_info = path,
    };
    return yx_ses_prepare(&request, out, err);
}

/* A signature of the holder with a fresh seal. */
static struct yx_buf make_ses(const struct pki *pki, int version, bool digests)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = make_seal(pki, version, digests);
    YX_CLEAN(yx_seal) struct yx_seal *seal = NULL;
    YX_CLEAN(yx_buf) struct yx_buf tbs = {0};
    struct yx_buf out = {0};
    expect_ok(yx_seal_from_der(yx_buf_bytes(&der), &seal, &err), &err);
    expect_ok(prepare(pki, seal, &tbs, &err), &err);
    YX_CLEAN(yx_buf) struct yx_buf value = craft_sign(&pki->holder, yx_buf_bytes(&tbs), false);
    struct yx_signer signer = pki_signer(&pki->holder);
    expect_ok(yx_ses_finish(yx_buf_bytes(&tbs), pki->holder.cert, signer.algorithm,
                            yx_buf_bytes(&value), (struct yx_bytes){NULL, 0}, &out, &err),
              &err);
    return out;
}

static void check_round_trip(const struct pki *pki, int version, bool digests, bool is_sm2)
{
    struct yx_error err = {0};
    struct yx_ses ses;
    char kind[16];
    snprintf(kind, sizeof kind, "ses-v%d", version);
    YX_CLEAN(yx_buf) struct yx_buf der = make_ses(pki, version, digests);
    expect_ok(yx_ses_parse(yx_buf_bytes(&der), &ses, &err), &err);
    assert_int_equal(ses.version, version);
    assert_int_equal(ses.written_version, version);
    assert_true(yx_bytes_equal(ses.data_hash, YX_BYTES(hash, sizeof hash)));
    assert_true(yx_bytes_are(ses.property_info, path));
    assert_true(ses.time_zone_known);
    assert_true(yx_bytes_equal(ses.certificate, yx_cert_der(pki->holder.cert)));
    assert_int_equal(ses.timestamp.len, 0);

    struct yx_verify_options options = {.trust = pki->trust};
    YX_CLEAN(yx_report) struct yx_report *report =
        craft_verify_ses(yx_buf_bytes(&der), &options, true);
    char detail[600];
    assert_string_equal(report->signatures->kind, kind);
    assert_string_equal(report->signatures->time_source, "signer");
    assert_int_equal(report->signatures->signing_time, ses.time);
    assert_string_equal(report->signatures->signer.subject, "CN=Test Holder,O=Test,C=CN");
    assert_string_equal(report->signatures->seal->name, "测试章");
    expect_outcome(report, YX_CHECK_ALGORITHM_ALLOWED, is_sm2 ? YX_PASS : YX_FAIL);
    expect_outcome(report, YX_CHECK_SIGNATURE_VALUE, YX_PASS);
    expect_outcome(report, YX_CHECK_SIGNER_LISTED, YX_PASS);
    assert_non_null(strstr(craft_detail(report, YX_CHECK_SIGNER_LISTED, detail),
                           digests ? "SM3 digest of the certificate" : "byte for byte"));
    assert_int_equal(report->result, is_sm2 ? YX_VALID : YX_INVALID);
    options.allow_foreign_algorithms = true;
    YX_CLEAN(yx_report) struct yx_report *lenient =
        craft_verify_ses(yx_buf_bytes(&der), &options, true);
    assert_int_equal(lenient->result, YX_VALID);
}

static void test_round_trip(void **state)
{
    (void)state;
    static const yx_key_type types[] = {YX_KEY_SM2, YX_KEY_P256, YX_KEY_RSA};
    for (size_t i = 0; i < 3; i++) {
        YX_CLEAN(pki) struct pki pki = {0};
        struct yx_error err = {0};
        expect_ok(pki_open(types[i], &pki, &err), &err);
        check_round_trip(&pki, 1, false, i == 0);
        check_round_trip(&pki, 4, false, i == 0);
        check_round_trip(&pki, 4, true, i == 0);
        check_round_trip(&pki, 5, false, i == 0);
    }
}

static void test_make_refuses(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = make_seal(&sm2, 4, false);
    YX_CLEAN(yx_seal) struct yx_seal *seal = NULL;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    expect_ok(yx_seal_from_der(yx_buf_bytes(&der), &seal, &err), &err);
    struct yx_ses_request sound = {
        seal, sm2.holder.cert, YX_SIG_SM2_SM3, yx_now(), YX_BYTES(hash, sizeof hash), path};
    struct {
        struct yx_ses_request request;
        yx_status status;
    } cases[] = {
        {sound, YX_REFUSED}, {sound, YX_USAGE},   {sound, YX_USAGE},   {sound, YX_USAGE},
        {sound, YX_USAGE},   {sound, YX_REFUSED}, {sound, YX_REFUSED},
    };
    cases[0].request.algorithm = YX_SIG_RSA_SHA256;
    cases[1].request.time = YX_TIME_NONE;
    cases[2].request.time = INT64_MAX;
    cases[3].request.data_hash.len = 0;
    cases[4].request.data_hash.len = 65;
    cases[5].request.property_info = "/文档/Signature.xml";
    cases[6].request.property_info = "";
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_status(yx_ses_prepare(&cases[i].request, &out, &err), cases[i].status, &err);
    assert_int_equal(out.len, 0);
}

static void test_finish_refuses(void **state)
{
    (void)state;
    struct yx_error err = {0};
    struct yx_bytes none = {NULL, 0};
    static const int versions[] = {1, 4};
    for (size_t i = 0; i < 2; i++) {
        YX_CLEAN(yx_buf) struct yx_buf der = make_seal(&sm2, versions[i], false);
        YX_CLEAN(yx_seal) struct yx_seal *seal = NULL;
        YX_CLEAN(yx_buf) struct yx_buf tbs = {0};
        YX_CLEAN(yx_buf) struct yx_buf out = {0};
        expect_ok(yx_seal_from_der(yx_buf_bytes(&der), &seal, &err), &err);
        expect_ok(prepare(&sm2, seal, &tbs, &err), &err);
        struct yx_bytes message = yx_buf_bytes(&tbs);
        YX_CLEAN(yx_buf) struct yx_buf value = craft_sign(&sm2.holder, message, false);
        YX_CLEAN(yx_buf) struct yx_buf other = craft_sign(&sm2.maker, message, false);
        const struct yx_cert *holder = sm2.holder.cert;
        expect_status(
            yx_ses_finish(message, holder, YX_SIG_SM2_SM3, yx_buf_bytes(&other), none, &out, &err),
            YX_REFUSED, &err);
        expect_status(
            yx_ses_finish(message, holder, YX_SIG_SM2_SM3, YX_TEXT("x"), none, &out, &err),
            YX_REFUSED, &err);
        expect_status(yx_ses_finish(YX_TEXT("x"), holder, YX_SIG_SM2_SM3, yx_buf_bytes(&value),
                                    none, &out, &err),
                      YX_DAMAGED, &err);
        expect_status(yx_ses_finish(message, holder, YX_SIG_RSA_SHA256, yx_buf_bytes(&value), none,
                                    &out, &err),
                      YX_USAGE, &err);
        /* Version 1 has no place for a time-stamp; later ones do not look into it here. */
        expect_status(yx_ses_finish(message, holder, YX_SIG_SM2_SM3, yx_buf_bytes(&value),
                                    YX_TEXT("token"), &out, &err),
                      versions[i] == 1 ? YX_REFUSED : YX_OK, &err);
        assert_true((out.len == 0) == (versions[i] == 1));
    }
}

/* --- Damage ------------------------------------------------------------------------------ */

/* Every byte of one, every third of the other, one bit after the other in turn: never valid. */
static void test_flips(void **state)
{
    (void)state;
    struct yx_verify_options options = {.trust = sm2.trust};
    static const int versions[] = {1, 4};
    for (size_t v = 0; v < 2; v++) {
        YX_CLEAN(yx_buf) struct yx_buf der = make_ses(&sm2, versions[v], false);
        for (size_t i = 0; i < der.len; i += versions[v] == 1 ? 3 : 1) {
            der.data[i] ^= (uint8_t)(1u << (i + v) % 8);
            YX_CLEAN(yx_report) struct yx_report *report =
                craft_verify_ses(yx_buf_bytes(&der), &options, true);
            der.data[i] ^= (uint8_t)(1u << (i + v) % 8);
            if (report != NULL && report->result == YX_VALID)
                fail_msg("version %d: a flip in byte %zu goes unnoticed", versions[v], i);
        }
    }
}

static void test_truncations(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf der = make_ses(&sm2, 4, false);
    struct yx_ses ses;
    for (size_t len = 0; len < der.len; len++) {
        uint8_t *cut = malloc(len + 1);
        memcpy(cut, der.data, len);
        assert_int_equal(yx_ses_parse(YX_BYTES(cut, len), &ses, NULL), YX_DAMAGED);
        free(cut);
    }
    assert_int_equal(yx_buf_append_text(&der, "x"), YX_OK);
    assert_int_equal(yx_ses_parse(yx_buf_bytes(&der), &ses, NULL), YX_DAMAGED);
}

/* --- Other people's documents ------------------------------------------------------------- */

/* The file `entry` of a package; empty, and the test skipped, when there is none. */
static struct yx_buf take_entry(const char *package, const char *entry)
{
    char file[512];
    char command[1200];
    struct yx_buf out = {0};
    if (interop_path(file, package) == NULL)
        skip();
    snprintf(command, sizeof command, "unzip -p '%s' '%s' 2>/dev/null", file, entry);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    uint8_t block[4096];
    for (size_t got; (got = fread(block, 1, sizeof block, pipe)) > 0;)
        assert_int_equal(yx_buf_append(&out, YX_BYTES(block, got)), YX_OK);
    int status = pclose(pipe);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        skip(); /* no unzip here */
    return out;
}

struct interop {
    const char *package;
    int version;
    const char *at;
    yx_check_id id; /* what is wrong; YX_CHECK_COUNT: nothing but the trust */
};

static const yx_check_id integrity[] = {YX_CHECK_SIGNATURE_FORMAT, YX_CHECK_SIGNATURE_VALUE,
                                        YX_CHECK_SEAL_FORMAT,      YX_CHECK_SEAL_SIGNATURE,
                                        YX_CHECK_SIGNER_LISTED,    YX_CHECK_SIGNING_TIME,
                                        YX_CHECK_ALGORITHM_ALLOWED};

static void check_integrity(const struct yx_report *report, const struct interop *c)
{
    for (size_t i = 0; i < sizeof integrity / sizeof integrity[0]; i++) {
        bool bad = integrity[i] == c->id;
        if (craft_outcome(report, integrity[i]) != (bad ? YX_FAIL : YX_PASS))
            fail_msg("%s: %s is %d", c->package, yx_check_name(integrity[i]),
                     craft_outcome(report, integrity[i]));
    }
    yx_outcome token = c->id == YX_CHECK_TIMESTAMP_TOKEN ? YX_FAIL : YX_SKIP;
    expect_outcome(report, YX_CHECK_TIMESTAMP_TOKEN, token);
    expect_outcome(report, YX_CHECK_SIGNER_USAGE, YX_PASS);
}

static void check_interop(const struct interop *c)
{
    struct yx_error err = {0};
    struct yx_verify_options options = {0};
    YX_CLEAN(yx_buf) struct yx_buf der =
        take_entry(c->package, "Doc_0/Signs/Sign_0/SignedValue.dat");
    expect_ok(yx_time_parse(c->at, &options.at, &err), &err);
    YX_CLEAN(yx_report) struct yx_report *report =
        craft_verify_ses(yx_buf_bytes(&der), &options, true);
    if (report == NULL)
        fail_msg("%s does not parse", c->package);
    assert_int_equal(report->signatures->kind[5] - '0', c->version);
    check_integrity(report, c);
}

static void test_interop(void **state)
{
    (void)state;
    static const struct interop cases[] = {
        {"ofd-sealed/ofdrw-v1.ofd", 1, "2026-12-01", YX_CHECK_COUNT},
        {"ofd-sealed/v4.ofd", 4, "2026-12-01", YX_CHECK_COUNT},
        {"ofd-sealed/ofdrw-v5.ofd", 5, "2026-12-01", YX_CHECK_COUNT},
        {"ofd-sealed/whole-protected.ofd", 4, "2026-12-01", YX_CHECK_COUNT},
        {"ofd-forged/f00-baseline.ofd", 4, "2026-12-01", YX_CHECK_COUNT},
        {"ofd-forged/f01-signer-not-in-seal-certlist.ofd", 4, "2026-12-01", YX_CHECK_SIGNER_LISTED},
        {"ofd-forged/f02-seal-picture-tampered-sealsig-broken.ofd", 4, "2026-12-01",
         YX_CHECK_SEAL_SIGNATURE},
        {"ofd-forged/f07-garbage-timestamp.ofd", 4, "2026-12-01", YX_CHECK_TIMESTAMP_TOKEN},
        {"ofd-forged/f08-sign-time-2100.ofd", 4, "2026-12-01", YX_CHECK_SIGNING_TIME},
        {"ofd-forged/f09-tbs-version-3.ofd", 4, "2026-12-01", YX_CHECK_SIGNATURE_FORMAT},
        {"ofd-forged/f21-seal-extDatas-tagged0.ofd", 4, "2026-12-01", YX_CHECK_COUNT},
        {"ofd-forged/f22-seal-extDatas-critical-omitted.ofd", 4, "2026-12-01", YX_CHECK_COUNT},
        {"ofd-forged/f23-raw64-signature.ofd", 4, "2026-12-01", YX_CHECK_COUNT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_interop(&cases[i]);
}

static void test_interop_trailing_bytes(void **state)
{
    (void)state;
    struct yx_ses ses;
    YX_CLEAN(yx_buf) struct yx_buf der = take_entry(
        "ofd-forged/f17-trailing-garbage-signedvalue.ofd", "Doc_0/Signs/Sign_0/SignedValue.dat");
    assert_true(der.len > 0);
    assert_int_equal(yx_ses_parse(yx_buf_bytes(&der), &ses, NULL), YX_DAMAGED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_make_refuses),
        cmocka_unit_test(test_finish_refuses),
        cmocka_unit_test(test_flips),
        cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_interop),
        cmocka_unit_test(test_interop_trailing_bytes),
    };
    return cmocka_run_group_tests(tests, open_people, close_people);
}
