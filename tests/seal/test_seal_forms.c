/* SPDX-License-Identifier: Apache-2.0 */
/* Seals as others write them: odd but sound ones must pass, mixed-up ones must say what is wrong.
 */
#include "support.h"

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

static struct yx_report *verify(const struct craft_seal *c)
{
    YX_CLEAN(yx_buf) struct yx_buf der = craft_seal(c);
    struct yx_verify_options options = {.trust = sm2.trust};
    return craft_verify_seal(yx_buf_bytes(&der), &options);
}

static void expect_result(const struct craft_seal *c, yx_check_id id, yx_outcome outcome,
                          yx_result result)
{
    YX_CLEAN(yx_report) struct yx_report *report = verify(c);
    expect_outcome(report, id, outcome);
    if (report->result != result)
        fail_msg("the result is %s, expected %s", yx_result_name(report->result),
                 yx_result_name(result));
}

/* --- Sound ------------------------------------------------------------------------------- */

static void test_sound_forms(void **state)
{
    (void)state;
    enum { FORMS = 9 };
    struct craft_seal forms[FORMS];
    static const int versions[FORMS] = {1, 1, 4, 4, 4, 4, 4, 5, 5};
    for (size_t i = 0; i < FORMS; i++)
        forms[i] = craft_usual(&sm2, versions[i]);
    forms[1].version = 11; /* as some V1 writers count */
    forms[2].ext = EXT_BARE;
    forms[3].ext = EXT_TAGGED;
    forms[4].ext = EXT_PLAIN;
    forms[5].raw_signature = true;
    forms[6].digests = true;
    forms[6].list_type = 2;
    forms[8].ext = EXT_BARE;
    for (size_t i = 0; i < FORMS; i++) {
        YX_CLEAN(yx_report) struct yx_report *report = verify(&forms[i]);
        if (report->result != YX_VALID)
            print_error("form %zu\n", i);
        expect_outcome(report, YX_CHECK_SEAL_FORMAT, YX_PASS);
        expect_outcome(report, YX_CHECK_SEAL_SIGNATURE, YX_PASS);
        assert_int_equal(report->result, YX_VALID);
        assert_int_equal(report->signatures->seal->version, versions[i]);
    }
}

static void test_fields(void **state)
{
    (void)state;
    struct craft_seal c = craft_usual(&sm2, 1);
    c.version = 11;
    YX_CLEAN(yx_buf) struct yx_buf der = craft_seal(&c);
    YX_CLEAN(yx_seal) struct yx_seal *seal = NULL;
    struct yx_error err = {0};
    expect_ok(yx_seal_from_der(yx_buf_bytes(&der), &seal, &err), &err);
    const struct yx_seal_info *info = yx_seal_info(seal);
    assert_int_equal(info->version, 1);
    assert_int_equal(info->written_version, 11);
    assert_int_equal(info->created, c.created);
    assert_int_equal(info->valid_from, c.from);
    assert_int_equal(info->valid_to, c.to);
    assert_true(yx_bytes_are(info->picture_type, "png"));
    assert_true(yx_bytes_equal(yx_seal_der(seal), yx_buf_bytes(&der)));
}

/* --- Mixed up: readable, so that everything else is reported too -------------------------- */

static void test_breaches(void **state)
{
    (void)state;
    enum { FORMS = 13 };
    struct craft_seal forms[FORMS];
    for (size_t i = 0; i < FORMS; i++)
        forms[i] = craft_usual(&sm2, i < 2 ? 1 : 4);
    forms[0].version = 4;   /* the structure of 2014 with the number of 2020 */
    forms[1].list_type = 1; /* properties of version 4 in version 1 */
    forms[2].version = 1;   /* the structure of 2020 with the number of 2014 */
    forms[3].version = 6;   /* no such version */
    forms[4].list_type = 0; /* properties of version 1 in version 4 */
    forms[5].time_tag = YX_DER_UTC_TIME;
    forms[6].list_type = 2;  /* says digests, lists certificates */
    forms[7].digests = true; /* says certificates, lists digests */
    forms[8].id = "EX";
    forms[9].esid = "";
    forms[10].no_holder = true;
    forms[11].to = forms[11].from - YX_SECOND;
    forms[12].width = -1;
    for (size_t i = 0; i < FORMS; i++) {
        YX_CLEAN(yx_report) struct yx_report *report = verify(&forms[i]);
        if (craft_outcome(report, YX_CHECK_SEAL_FORMAT) != YX_FAIL)
            fail_msg("form %zu is not refused", i);
        expect_outcome(report, YX_CHECK_SEAL_SIGNATURE, YX_PASS);
        expect_outcome(report, YX_CHECK_SEAL_MAKER_CHAIN, YX_PASS);
        assert_int_equal(report->result, YX_INVALID);
    }
}

/* A time-stamp stands in version 5 only. */
static void test_timestamp_in_version_4(void **state)
{
    (void)state;
    struct craft_seal c = craft_usual(&sm2, 4);
    c.timestamp = YX_TEXT("token");
    expect_result(&c, YX_CHECK_SEAL_FORMAT, YX_FAIL, YX_INVALID);
    expect_result(&c, YX_CHECK_TIMESTAMP_TOKEN, YX_FAIL, YX_INVALID);
}

static void test_critical_extension(void **state)
{
    (void)state;
    struct craft_seal c = craft_usual(&sm2, 4);
    c.ext = EXT_CRITICAL;
    expect_result(&c, YX_CHECK_SEAL_FORMAT, YX_UNKNOWN, YX_INDETERMINATE);
}

/* Certificates and digests in one list: no structure at all. */
static void test_mixed_list(void **state)
{
    (void)state;
    struct craft_seal c = craft_usual(&sm2, 4);
    c.mixed_list = true;
    YX_CLEAN(yx_buf) struct yx_buf der = craft_seal(&c);
    YX_CLEAN(yx_seal) struct yx_seal *seal = NULL;
    struct yx_error err = {0};
    expect_status(yx_seal_from_der(yx_buf_bytes(&der), &seal, &err), YX_DAMAGED, &err);
    assert_null(seal);
}

static void test_empty_timestamp(void **state)
{
    (void)state;
    struct craft_seal c = craft_usual(&sm2, 5);
    c.timestamp = YX_TEXT("");
    expect_result(&c, YX_CHECK_SEAL_FORMAT, YX_FAIL, YX_INVALID);
}

/* --- Periods ----------------------------------------------------------------------------- */

static void test_period(void **state)
{
    (void)state;
    struct craft_seal c = craft_usual(&sm2, 4);
    static const struct {
        int64_t created, from, to, at; /* seconds from now */
        yx_outcome outcome;
    } cases[] = {
        {-5000, -5000, 5000, -5000, YX_PASS}, /* both ends belong to it */
        {-5000, -5000, 5000, 5000, YX_PASS},
        {-5000, -5000, 5000, -5001, YX_FAIL},
        {-5000, -5000, 5000, 5001, YX_FAIL},
        {-1000, -5000, 5000, -1300, YX_PASS}, /* clocks differ */
        {-1000, -5000, 5000, -1301, YX_FAIL}, /* used before it was made */
    };
    yx_time now = c.created;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        c.created = now + cases[i].created * YX_SECOND;
        c.from = now + cases[i].from * YX_SECOND;
        c.to = now + cases[i].to * YX_SECOND;
        YX_CLEAN(yx_buf) struct yx_buf der = craft_seal(&c);
        struct yx_verify_options options = {.trust = sm2.trust,
                                            .at = now + cases[i].at * YX_SECOND};
        YX_CLEAN(yx_report) struct yx_report *report =
            craft_verify_seal(yx_buf_bytes(&der), &options);
        if (craft_outcome(report, YX_CHECK_SEAL_PERIOD) != (int)cases[i].outcome)
            fail_msg("case %zu", i);
    }
}

/* --- The maker --------------------------------------------------------------------------- */

/* An expired maker's certificate does not spoil the seals that it made while it was valid. */
static void test_maker_expires(void **state)
{
    (void)state;
    yx_time now = yx_now() / YX_SECOND * YX_SECOND;
    struct yx_error err = {0};
    YX_CLEAN(pki_person) struct pki_person maker = {0};
    struct pki_wish wish = {.name = "CN=Former Maker",
                            .not_before = now - 100 * YX_DAY,
                            .not_after = now - 50 * YX_DAY};
    expect_ok(pki_person_make(&wish, &sm2.ca, &maker, &err), &err);
    struct craft_seal c = craft_usual(&sm2, 4);
    c.maker = &maker;
    c.created = c.from = now - 60 * YX_DAY;
    YX_CLEAN(yx_report) struct yx_report *report = verify(&c);
    char words[600];
    expect_outcome(report, YX_CHECK_SEAL_MAKER_VALIDITY, YX_PASS);
    assert_non_null(
        strstr(craft_detail(report, YX_CHECK_SEAL_MAKER_VALIDITY, words), "expired since"));
    assert_int_equal(report->result, YX_VALID);
    c.created = now - 49 * YX_DAY; /* made after it had expired */
    expect_result(&c, YX_CHECK_SEAL_MAKER_VALIDITY, YX_FAIL, YX_INVALID);
}

/* A maker revoked after the making, but before the use: the date of making is only its word. */
static void test_maker_revoked(void **state)
{
    (void)state;
    yx_time now = yx_now() / YX_SECOND * YX_SECOND;
    struct yx_error err = {0};
    YX_CLEAN(pki) struct pki pki = {0};
    expect_ok(pki_open(YX_KEY_SM2, &pki, &err), &err);
    struct craft_seal c = craft_usual(&pki, 4);
    c.created = c.from = now - YX_DAY / 2;
    YX_CLEAN(yx_buf) struct yx_buf der = craft_seal(&c);
    expect_ok(pki_revoke(&pki, pki.maker.cert, now - YX_DAY / 4, &err), &err);
    struct yx_verify_options options = {.trust = pki.trust};
    YX_CLEAN(yx_report) struct yx_report *report = craft_verify_seal(yx_buf_bytes(&der), &options);
    expect_outcome(report, YX_CHECK_SEAL_MAKER_REVOCATION, YX_FAIL);
    expect_outcome(report, YX_CHECK_SEAL_MAKER_VALIDITY, YX_PASS);
}

static void test_maker_usage(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(pki_person) struct pki_person maker = {0};
    struct pki_wish wish = {.name = "CN=Encrypts", .key_usage = YX_KU_KEY_ENCIPHERMENT};
    expect_ok(pki_person_make(&wish, &sm2.ca, &maker, &err), &err);
    struct craft_seal c = craft_usual(&sm2, 4);
    c.maker = &maker;
    expect_result(&c, YX_CHECK_SEAL_MAKER_USAGE, YX_FAIL, YX_INVALID);
}

/* --- Algorithms -------------------------------------------------------------------------- */

static void test_algorithms(void **state)
{
    (void)state;
    struct craft_seal c = craft_usual(&sm2, 4);
    c.algorithm = YX_OID_RSA_SHA256; /* not of the maker's key */
    expect_result(&c, YX_CHECK_ALGORITHM_ALLOWED, YX_FAIL, YX_INVALID);
    expect_result(&c, YX_CHECK_SEAL_SIGNATURE, YX_FAIL, YX_INVALID);
    c.algorithm = YX_OID_SM3; /* no signature algorithm at all */
    expect_result(&c, YX_CHECK_ALGORITHM_ALLOWED, YX_FAIL, YX_INVALID);

    YX_CLEAN(pki) struct pki rsa = {0};
    struct yx_error err = {0};
    expect_ok(pki_open(YX_KEY_RSA, &rsa, &err), &err);
    c = craft_usual(&rsa, 4);
    c.algorithm = YX_OID_RSA_SHA1; /* known, of the maker's key, and not safe */
    expect_result(&c, YX_CHECK_ALGORITHM_ALLOWED, YX_FAIL, YX_INVALID);
}

/* --- The time-stamp of version 5 ---------------------------------------------------------- */

static struct yx_bytes signature_of(const struct yx_buf *seal)
{
    struct yx_der outer = yx_der_reader(yx_buf_bytes(seal), "SESeal");
    struct yx_der body;
    struct yx_bytes value;
    assert_int_equal(yx_der_enter(&outer, YX_DER_SEQUENCE, &body, NULL), YX_OK);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(yx_der_any(&body, NULL, NULL, NULL, NULL), YX_OK);
    assert_int_equal(yx_der_bit_string(&body, &value, NULL), YX_OK);
    return value;
}

/* The seal with a time-stamp put behind its signature. */
static struct yx_buf with_timestamp(const struct yx_buf *seal, struct yx_bytes token)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    struct yx_der outer = yx_der_reader(yx_buf_bytes(seal), "SESeal");
    struct yx_bytes body;
    struct yx_buf out = {0};
    assert_int_equal(yx_der_get(&outer, YX_DER_SEQUENCE, &body, NULL), YX_OK);
    size_t whole = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, body);
    craft_timestamp(&w, token);
    yx_der_close(&w, whole);
    assert_int_equal(yx_der_finish(&w, &out, NULL), YX_OK);
    return out;
}

static void test_timestamp(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(pki_person) struct pki_person tsa = {0};
    struct pki_wish wish = {.name = "CN=TSA", .tsa = true};
    struct craft_seal c = craft_usual(&sm2, 5);
    YX_CLEAN(yx_buf) struct yx_buf seal = craft_seal(&c);
    expect_ok(pki_person_make(&wish, &sm2.ca, &tsa, &err), &err);
    struct yx_verify_options options = {.trust = sm2.trust};
    struct {
        struct yx_bytes stamped;
        const struct yx_trust *trust;
        yx_outcome outcome;
        yx_result result;
    } cases[] = {
        {signature_of(&seal), sm2.trust, YX_PASS, YX_VALID},
        {YX_TEXT("something else"), sm2.trust, YX_FAIL, YX_INVALID},
        {signature_of(&seal), NULL, YX_UNKNOWN, YX_INDETERMINATE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf token = craft_token(&tsa, cases[i].stamped, c.created);
        YX_CLEAN(yx_buf) struct yx_buf stamped = with_timestamp(&seal, yx_buf_bytes(&token));
        options.trust = cases[i].trust;
        YX_CLEAN(yx_report) struct yx_report *report =
            craft_verify_seal(yx_buf_bytes(&stamped), &options);
        expect_outcome(report, YX_CHECK_TIMESTAMP_TOKEN, cases[i].outcome);
        assert_int_equal(report->result, cases[i].result);
    }
    YX_CLEAN(yx_buf) struct yx_buf garbage = with_timestamp(&seal, YX_TEXT("abc"));
    YX_CLEAN(yx_report) struct yx_report *report =
        craft_verify_seal(yx_buf_bytes(&garbage), &options);
    expect_outcome(report, YX_CHECK_TIMESTAMP_TOKEN, YX_FAIL);
    expect_outcome(report, YX_CHECK_SEAL_SIGNATURE, YX_PASS);
}

/* --- Other people's seals ---------------------------------------------------------------- */

static void check_interop(const char *file, int version, yx_outcome signature, const char *at,
                          yx_outcome period)
{
    char path[512];
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_verify_options options = {0};
    if (interop_path(path, file) == NULL)
        skip();
    expect_ok(yx_file_read(path, YX_SEAL_MAX, &der, &err), &err);
    expect_ok(yx_time_parse(at, &options.at, &err), &err);
    YX_CLEAN(yx_report) struct yx_report *report = craft_verify_seal(yx_buf_bytes(&der), &options);
    assert_int_equal(report->signatures->seal->version, version);
    expect_outcome(report, YX_CHECK_SEAL_SIGNATURE, signature);
    expect_outcome(report, YX_CHECK_ALGORITHM_ALLOWED, YX_PASS);
    expect_outcome(report, YX_CHECK_SEAL_PERIOD, period);
    expect_outcome(report, YX_CHECK_SEAL_MAKER_CHAIN, YX_UNKNOWN);
    expect_outcome(report, YX_CHECK_SEAL_MAKER_USAGE, YX_PASS);
}

static void test_interop(void **state)
{
    (void)state;
    check_interop("seals/UserV1.esl", 1, YX_PASS, "2021-01-01", YX_PASS);
    check_interop("seals/UserV1.esl", 1, YX_PASS, "2026-11-21", YX_FAIL);
    check_interop("seals/UserV4.esl", 4, YX_PASS, "2021-01-01", YX_PASS);
    check_interop("seals/UserV4.esl", 4, YX_PASS, "2026-11-21", YX_FAIL);
    check_interop("seals/UserV5.esl", 5, YX_PASS, "2026-11-21", YX_PASS);
    check_interop("seals/SESealData.DER", 4, YX_FAIL, "2020-10-14", YX_PASS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound_forms),        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_breaches),           cmocka_unit_test(test_timestamp_in_version_4),
        cmocka_unit_test(test_critical_extension), cmocka_unit_test(test_mixed_list),
        cmocka_unit_test(test_empty_timestamp),    cmocka_unit_test(test_period),
        cmocka_unit_test(test_maker_expires),      cmocka_unit_test(test_maker_revoked),
        cmocka_unit_test(test_maker_usage),        cmocka_unit_test(test_algorithms),
        cmocka_unit_test(test_timestamp),          cmocka_unit_test(test_interop),
    };
    return cmocka_run_group_tests(tests, open_people, close_people);
}
