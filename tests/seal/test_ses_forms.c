/* SPDX-License-Identifier: Apache-2.0 */
/* Seal signatures as others write them: their times, their strings, their lists, and the ways in
 * which they mix things up. */
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

static const uint8_t hash[32] = {1, 2, 3};

/* Everything here is signed an hour ago. */
static yx_time signing_time(void)
{
    static yx_time time;
    if (time == 0)
        time = yx_now() / YX_SECOND * YX_SECOND - 3600 * YX_SECOND;
    return time;
}

/* A moment in the ways in which it is written. */
struct texts {
    char compact[80]; /* yyyyMMddHHmmssZ */
    char iso[80];     /* RFC 3339 */
    char plain[80];   /* yyyy-MM-dd HH:mm:ss */
    char short_utc[80];
};

static struct texts texts_of(yx_time time)
{
    struct yx_civil c;
    struct texts out;
    yx_time_to_civil(time, &c);
    int year = (int)c.year;
    snprintf(out.compact, sizeof out.compact, "%04d%02u%02u%02u%02u%02uZ", year, c.month, c.day,
             c.hour, c.minute, c.second);
    snprintf(out.iso, sizeof out.iso, "%04d-%02u-%02uT%02u:%02u:%02uZ", year, c.month, c.day,
             c.hour, c.minute, c.second);
    snprintf(out.plain, sizeof out.plain, "%04d-%02u-%02u %02u:%02u:%02u", year, c.month, c.day,
             c.hour, c.minute, c.second);
    memmove(out.short_utc, out.compact + 2, sizeof out.short_utc - 2);
    return out;
}

static struct yx_buf usual_seal(int version)
{
    struct craft_seal c = craft_usual(&sm2, version);
    c.created = c.from = signing_time() - 3600 * YX_SECOND;
    return craft_seal(&c);
}

/* A sound signature; `seal` and `time` must outlive it. */
static struct craft_ses usual(int version, const struct yx_buf *seal, const char *time)
{
    return (struct craft_ses){
        .old_shape = version == 1,
        .version = version,
        .seal = yx_buf_bytes(seal),
        .time_tag = version == 1 ? YX_DER_BIT_STRING : YX_DER_GENERALIZED_TIME,
        .time = YX_TEXT(time),
        .hash_tag = YX_DER_BIT_STRING,
        .hash = YX_BYTES(hash, sizeof hash),
        .algorithm = YX_OID_SM2_WITH_SM3,
        .signer = &sm2.holder,
    };
}

static struct yx_report *verify(const struct craft_ses *c)
{
    YX_CLEAN(yx_buf) struct yx_buf der = craft_ses(c);
    struct yx_verify_options options = {.trust = sm2.trust};
    return craft_verify_ses(yx_buf_bytes(&der), &options, true);
}

/* --- Sound ------------------------------------------------------------------------------- */

static void test_times_of_version_1(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf seal = usual_seal(1);
    struct texts utc = texts_of(signing_time());
    struct texts peking = texts_of(signing_time() + 8 * 3600 * YX_SECOND);
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf element = {0};
    yx_der_put_time(&w, YX_DER_UTC_TIME, signing_time());
    assert_int_equal(yx_der_finish(&w, &element, NULL), YX_OK);
    struct {
        uint8_t tag;
        struct yx_bytes time;
        bool zone_known;
    } cases[] = {
        {YX_DER_BIT_STRING, YX_TEXT(utc.iso), true},
        {YX_DER_BIT_STRING, YX_TEXT(peking.plain), false},
        {YX_DER_BIT_STRING, YX_TEXT(utc.compact), true},
        {YX_DER_BIT_STRING, YX_TEXT(utc.short_utc), true},
        {YX_DER_BIT_STRING, yx_buf_bytes(&element), true},
        {YX_DER_OCTET_STRING, YX_TEXT(peking.plain), false},
        {YX_DER_OCTET_STRING, YX_TEXT(utc.iso), true},
        {YX_DER_UTC_TIME, YX_TEXT(utc.short_utc), true},
        {YX_DER_GENERALIZED_TIME, YX_TEXT(utc.compact), true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char detail[600];
        struct craft_ses c = usual(1, &seal, "");
        c.time_tag = cases[i].tag;
        c.time = cases[i].time;
        YX_CLEAN(yx_report) struct yx_report *report = verify(&c);
        assert_non_null(report);
        expect_outcome(report, YX_CHECK_SIGNING_TIME, YX_PASS);
        assert_int_equal(report->result, YX_VALID);
        assert_int_equal(report->signatures->signing_time, signing_time());
        assert_int_equal(craft_detail(report, YX_CHECK_SIGNING_TIME, detail)[0] == '\0',
                         cases[i].zone_known);
    }
}

static void test_sound_forms(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf old = usual_seal(1);
    YX_CLEAN(yx_buf) struct yx_buf new = usual_seal(4);
    struct texts time = texts_of(signing_time());
    enum { FORMS = 8 };
    struct craft_ses forms[FORMS];
    for (size_t i = 0; i < FORMS; i++)
        forms[i] = i < 4 ? usual(1, &old, time.iso) : usual(4, &new, time.compact);
    forms[0].hash_tag = YX_DER_OCTET_STRING;
    forms[1].seal_in_octets = true;
    forms[2].version = 11;
    forms[3].raw_signature = true;
    forms[4].ext = EXT_BARE;
    forms[5].ext = EXT_TAGGED;
    forms[6].ext = EXT_PLAIN;
    forms[7].raw_signature = true;
    for (size_t i = 0; i < FORMS; i++) {
        YX_CLEAN(yx_report) struct yx_report *report = verify(&forms[i]);
        if (report == NULL || report->result != YX_VALID)
            fail_msg("form %zu", i);
    }
}

/* Renewed certificates, digests with ZA, and strangers. */
static void test_listed(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(pki_person) struct pki_person stranger = {0};
    struct pki_wish wish = {.name = "CN=Test Holder,O=Test,C=CN"};
    expect_ok(pki_person_make(&wish, &sm2.ca, &stranger, &err), &err);
    static const struct {
        bool digests, with_za, stranger;
        yx_outcome outcome;
        const char *detail;
    } cases[] = {
        {false, false, false, YX_PASS, "byte for byte"},
        {true, false, false, YX_PASS, "SM3 digest of the certificate"},
        {true, true, false, YX_PASS, "SM3 digest of ZA"},
        {false, false, true, YX_FAIL, "made again"},
        {true, false, true, YX_FAIL, "made again"},
        {true, true, true, YX_FAIL, "made again"},
    };
    struct texts time = texts_of(signing_time());
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char detail[600];
        struct craft_seal list = craft_usual(&sm2, 4);
        list.created = signing_time();
        list.digests = cases[i].digests;
        list.digests_with_za = cases[i].with_za;
        list.list_type = cases[i].digests ? 2 : 1;
        YX_CLEAN(yx_buf) struct yx_buf seal = craft_seal(&list);
        struct craft_ses c = usual(4, &seal, time.compact);
        c.signer = cases[i].stranger ? &stranger : &sm2.holder;
        YX_CLEAN(yx_report) struct yx_report *report = verify(&c);
        expect_outcome(report, YX_CHECK_SIGNER_LISTED, cases[i].outcome);
        assert_non_null(
            strstr(craft_detail(report, YX_CHECK_SIGNER_LISTED, detail), cases[i].detail));
        expect_outcome(report, YX_CHECK_SIGNATURE_VALUE, YX_PASS);
    }
}

/* --- Mixed up ---------------------------------------------------------------------------- */

static void test_versions_disagree(void **state)
{
    (void)state;
    static const struct {
        int shape;
        int64_t written;
        int seal;
    } cases[] = {{4, 3, 4}, {4, 1, 4}, {4, 5, 4}, {4, 4, 5}, {4, 4, 1},
                 {5, 5, 4}, {1, 4, 1}, {1, 1, 4}, {1, 2, 1}};
    struct texts time = texts_of(signing_time());
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf seal = usual_seal(cases[i].seal);
        struct craft_ses c =
            usual(cases[i].shape, &seal, cases[i].shape == 1 ? time.iso : time.compact);
        c.version = cases[i].written;
        YX_CLEAN(yx_report) struct yx_report *report = verify(&c);
        assert_non_null(report);
        if (craft_outcome(report, YX_CHECK_SIGNATURE_FORMAT) != YX_FAIL)
            fail_msg("case %zu", i);
        expect_outcome(report, YX_CHECK_SIGNATURE_VALUE, YX_PASS);
        expect_outcome(report, YX_CHECK_SEAL_SIGNATURE, YX_PASS);
        assert_int_equal(report->result, YX_INVALID);
    }
}

static void test_no_structure(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf seal = usual_seal(4);
    struct texts time = texts_of(signing_time());
    enum { FORMS = 5 };
    struct craft_ses forms[FORMS];
    for (size_t i = 0; i < FORMS; i++)
        forms[i] = usual(4, &seal, time.compact);
    forms[0].time_tag = YX_DER_BIT_STRING; /* quirks of version 1 in version 4 */
    forms[1].hash_tag = YX_DER_OCTET_STRING;
    forms[2].seal_in_octets = true;
    forms[3].timestamp = YX_TEXT("");
    forms[4].seal = YX_TEXT("\x05");
    for (size_t i = 0; i < FORMS; i++)
        assert_null(verify(&forms[i]));
}

static void test_seal_unreadable(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf seal = {0};
    assert_int_equal(yx_buf_append(&seal, YX_BYTES("\x30\x02\x05\x00", 4)), YX_OK);
    struct texts time = texts_of(signing_time());
    struct craft_ses c = usual(4, &seal, time.compact);
    YX_CLEAN(yx_report) struct yx_report *report = verify(&c);
    assert_non_null(report);
    expect_outcome(report, YX_CHECK_SEAL_FORMAT, YX_FAIL);
    expect_outcome(report, YX_CHECK_SIGNATURE_VALUE, YX_PASS);
    assert_null(report->signatures->seal);
    assert_int_equal(report->result, YX_INVALID);
}

static void test_critical_extension(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf seal = usual_seal(4);
    struct texts time = texts_of(signing_time());
    struct craft_ses c = usual(4, &seal, time.compact);
    c.ext = EXT_CRITICAL;
    YX_CLEAN(yx_report) struct yx_report *report = verify(&c);
    expect_outcome(report, YX_CHECK_SIGNATURE_FORMAT, YX_UNKNOWN);
    assert_int_equal(report->result, YX_INDETERMINATE);
}

static void test_algorithms(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf seal = usual_seal(4);
    struct texts time = texts_of(signing_time());
    static const yx_oid oids[] = {YX_OID_SM3, YX_OID_RSA_SHA256, YX_OID_ECDSA_SHA256};
    for (size_t i = 0; i < 3; i++) {
        struct craft_ses c = usual(4, &seal, time.compact);
        c.algorithm = oids[i];
        YX_CLEAN(yx_report) struct yx_report *report = verify(&c);
        expect_outcome(report, YX_CHECK_ALGORITHM_ALLOWED, YX_FAIL);
        expect_outcome(report, YX_CHECK_SIGNATURE_VALUE, YX_FAIL);
    }
}

/* --- Time -------------------------------------------------------------------------------- */

static void test_signing_times(void **state)
{
    (void)state;
    yx_time now = yx_now() / YX_SECOND * YX_SECOND;
    struct craft_seal wide = craft_usual(&sm2, 4);
    wide.created = now - 3000 * YX_SECOND;
    wide.from = now - YX_DAY / 2;
    YX_CLEAN(yx_buf) struct yx_buf seal = craft_seal(&wide);
    const struct {
        struct texts time;
        const char *text; /* instead of the time */
        yx_outcome signing_time, period, validity;
    } cases[] = {
        {texts_of(now - 1000 * YX_SECOND), NULL, YX_PASS, YX_PASS, YX_PASS},
        {texts_of(now + 200 * YX_SECOND), NULL, YX_PASS, YX_PASS, YX_PASS},
        {texts_of(now + 600 * YX_SECOND), NULL, YX_FAIL, YX_PASS, YX_PASS},
        {texts_of(now + 4000 * YX_DAY), NULL, YX_FAIL, YX_FAIL, YX_FAIL},
        {texts_of(now - 2 * YX_DAY), NULL, YX_PASS, YX_FAIL, YX_FAIL},
        {texts_of(now - 5000 * YX_SECOND), NULL, YX_PASS, YX_FAIL, YX_PASS}, /* no seal yet */
        {.text = "20261399000000Z", .signing_time = YX_FAIL},
        {.text = "soon", .signing_time = YX_FAIL},
        {.text = "", .signing_time = YX_FAIL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *text = cases[i].text != NULL ? cases[i].text : cases[i].time.compact;
        struct craft_ses c = usual(4, &seal, text);
        YX_CLEAN(yx_report) struct yx_report *report = verify(&c);
        assert_non_null(report);
        if (craft_outcome(report, YX_CHECK_SIGNING_TIME) != (int)cases[i].signing_time ||
            craft_outcome(report, YX_CHECK_SEAL_PERIOD) != (int)cases[i].period ||
            craft_outcome(report, YX_CHECK_SIGNER_VALIDITY) != (int)cases[i].validity)
            fail_msg("case %zu", i);
    }
}

/* The signer was revoked: before the signature it counts, after it does not. */
static void test_signer_revoked(void **state)
{
    (void)state;
    struct texts time = texts_of(signing_time());
    static const struct {
        int64_t seconds; /* of the revocation, from the signature */
        yx_outcome outcome;
    } cases[] = {{-600, YX_FAIL}, {600, YX_PASS}};
    for (size_t i = 0; i < 2; i++) {
        YX_CLEAN(pki) struct pki pki = {0};
        struct yx_error err = {0};
        expect_ok(pki_open(YX_KEY_SM2, &pki, &err), &err);
        struct craft_seal list = craft_usual(&pki, 4);
        list.created = signing_time();
        YX_CLEAN(yx_buf) struct yx_buf seal = craft_seal(&list);
        struct craft_ses c = usual(4, &seal, time.compact);
        c.signer = &pki.holder;
        YX_CLEAN(yx_buf) struct yx_buf der = craft_ses(&c);
        expect_ok(
            pki_revoke(&pki, pki.holder.cert, signing_time() + cases[i].seconds * YX_SECOND, &err),
            &err);
        struct yx_verify_options options = {.trust = pki.trust};
        YX_CLEAN(yx_report) struct yx_report *report =
            craft_verify_ses(yx_buf_bytes(&der), &options, true);
        expect_outcome(report, YX_CHECK_SIGNER_REVOCATION, cases[i].outcome);
    }
}

/* --- Time-stamps ------------------------------------------------------------------------- */

static void open_tsa(struct pki_person *tsa)
{
    struct yx_error err = {0};
    struct pki_wish wish = {.name = "CN=TSA", .tsa = true};
    expect_ok(pki_person_make(&wish, &sm2.ca, tsa, &err), &err);
}

/* The signature with a token over its value, made at `stamped`. */
static struct yx_buf stamp(struct craft_ses *c, const struct pki_person *tsa, yx_time stamped,
                           bool over_value)
{
    YX_CLEAN(yx_buf) struct yx_buf tbs = craft_tbs(c);
    YX_CLEAN(yx_buf) struct yx_buf value = craft_sign(c->signer, yx_buf_bytes(&tbs), false);
    YX_CLEAN(yx_buf) struct yx_buf token =
        craft_token(tsa, over_value ? yx_buf_bytes(&value) : YX_TEXT("else"), stamped);
    c->timestamp = yx_buf_bytes(&token);
    struct yx_buf out = craft_ses_with(c, yx_buf_bytes(&tbs), yx_buf_bytes(&value));
    c->timestamp = (struct yx_bytes){NULL, 0};
    return out;
}

static void test_timestamps(void **state)
{
    (void)state;
    YX_CLEAN(pki_person) struct pki_person tsa = {0};
    YX_CLEAN(yx_buf) struct yx_buf seal = usual_seal(4);
    struct texts time = texts_of(signing_time());
    struct craft_ses c = usual(4, &seal, time.compact);
    open_tsa(&tsa);
    const struct {
        int64_t seconds; /* of the token, from the signature */
        bool over_value, trusted;
        yx_outcome token, signing_time;
        const char *source;
    } cases[] = {
        {2, true, true, YX_PASS, YX_PASS, "tsa"},
        {1800, true, true, YX_PASS, YX_PASS, "tsa"},
        {-200, true, true, YX_PASS, YX_PASS, "tsa"}, /* clocks differ */
        {-600, true, true, YX_PASS, YX_FAIL, "tsa"}, /* stamped before it was made */
        {7200, true, true, YX_PASS, YX_FAIL, "tsa"}, /* in an hour from now */
        {2, false, true, YX_FAIL, YX_PASS, "signer"},
        {2, true, false, YX_UNKNOWN, YX_PASS, "signer"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        yx_time stamped = signing_time() + cases[i].seconds * YX_SECOND;
        YX_CLEAN(yx_buf) struct yx_buf der = stamp(&c, &tsa, stamped, cases[i].over_value);
        struct yx_verify_options options = {.trust = cases[i].trusted ? sm2.trust : NULL};
        YX_CLEAN(yx_report) struct yx_report *report =
            craft_verify_ses(yx_buf_bytes(&der), &options, true);
        expect_outcome(report, YX_CHECK_TIMESTAMP_TOKEN, cases[i].token);
        expect_outcome(report, YX_CHECK_SIGNING_TIME, cases[i].signing_time);
        const struct yx_report_signature *signature = report->signatures;
        assert_string_equal(signature->time_source, cases[i].source);
        bool proven = cases[i].token == YX_PASS;
        assert_int_equal(signature->signing_time, proven ? stamped : signing_time());
    }
}

/* The signer says that it was in time; the time-stamp says that the seal was over. */
static void test_timestamp_decides(void **state)
{
    (void)state;
    YX_CLEAN(pki_person) struct pki_person tsa = {0};
    struct craft_seal brief = craft_usual(&sm2, 4);
    brief.created = brief.from = signing_time() - 60 * YX_SECOND;
    brief.to = signing_time() + 60 * YX_SECOND;
    YX_CLEAN(yx_buf) struct yx_buf seal = craft_seal(&brief);
    struct texts time = texts_of(signing_time());
    struct craft_ses c = usual(4, &seal, time.compact);
    open_tsa(&tsa);
    YX_CLEAN(yx_buf) struct yx_buf der = stamp(&c, &tsa, signing_time() + 600 * YX_SECOND, true);
    struct yx_verify_options options = {.trust = sm2.trust};
    YX_CLEAN(yx_report) struct yx_report *report =
        craft_verify_ses(yx_buf_bytes(&der), &options, true);
    expect_outcome(report, YX_CHECK_TIMESTAMP_TOKEN, YX_PASS);
    expect_outcome(report, YX_CHECK_SEAL_PERIOD, YX_FAIL);
    YX_CLEAN(yx_report) struct yx_report *unproven = verify(&c);
    expect_outcome(unproven, YX_CHECK_SEAL_PERIOD, YX_PASS);
}

/* Version 1: the token stands where the time stands, over the data hash. */
static void test_token_of_version_1(void **state)
{
    (void)state;
    YX_CLEAN(pki_person) struct pki_person tsa = {0};
    YX_CLEAN(yx_buf) struct yx_buf seal = usual_seal(1);
    open_tsa(&tsa);
    YX_CLEAN(yx_buf) struct yx_buf token =
        craft_token(&tsa, YX_BYTES(hash, sizeof hash), signing_time());
    struct craft_ses c = usual(1, &seal, "");
    c.time = yx_buf_bytes(&token);
    YX_CLEAN(yx_report) struct yx_report *report = verify(&c);
    expect_outcome(report, YX_CHECK_TIMESTAMP_TOKEN, YX_PASS);
    expect_outcome(report, YX_CHECK_SIGNING_TIME, YX_PASS);
    assert_string_equal(report->signatures->time_source, "tsa");
    assert_int_equal(report->signatures->signing_time, signing_time());
    assert_int_equal(report->result, YX_VALID);

    YX_CLEAN(yx_buf) struct yx_buf other = craft_token(&tsa, YX_TEXT("else"), signing_time());
    c.time = yx_buf_bytes(&other);
    YX_CLEAN(yx_report) struct yx_report *wrong = verify(&c);
    expect_outcome(wrong, YX_CHECK_TIMESTAMP_TOKEN, YX_FAIL);

    c.time = YX_BYTES("\x30\x02\x05\x00", 4); /* no token, and no time either */
    YX_CLEAN(yx_report) struct yx_report *garbage = verify(&c);
    expect_outcome(garbage, YX_CHECK_TIMESTAMP_TOKEN, YX_FAIL);
    expect_outcome(garbage, YX_CHECK_SIGNING_TIME, YX_FAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_of_version_1),
        cmocka_unit_test(test_sound_forms),
        cmocka_unit_test(test_listed),
        cmocka_unit_test(test_versions_disagree),
        cmocka_unit_test(test_no_structure),
        cmocka_unit_test(test_seal_unreadable),
        cmocka_unit_test(test_critical_extension),
        cmocka_unit_test(test_algorithms),
        cmocka_unit_test(test_signing_times),
        cmocka_unit_test(test_signer_revoked),
        cmocka_unit_test(test_timestamps),
        cmocka_unit_test(test_timestamp_decides),
        cmocka_unit_test(test_token_of_version_1),
    };
    return cmocka_run_group_tests(tests, open_people, close_people);
}
