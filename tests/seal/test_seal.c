/* SPDX-License-Identifier: Apache-2.0 */
/* Seals made by us: what they say, what the maker refuses, and what becomes of them when changed.
 */
#include "support.h"

#include "craft.h"

/* A request that is fine; `holders` must outlive it. */
static struct yx_seal_request usual(const struct yx_cert *const *holders, int version)
{
    return (struct yx_seal_request){
        .version = version,
        .type = 1,
        .name = "测试机构合同专用章",
        .picture = pki_picture(),
        .width = 42,
        .height = 40,
        .holders = holders,
        .holder_count = 1,
        .valid_from = YX_TIME_NONE,
        .valid_to = YX_TIME_NONE,
    };
}

static yx_status make(const struct pki *pki, const struct yx_seal_request *request,
                      struct yx_buf *out, struct yx_error *err)
{
    struct yx_signer signer = pki_signer(&pki->maker);
    return yx_seal_make(request, pki->maker.cert, &signer, out, err);
}

/* --- Round trip -------------------------------------------------------------------------- */

static void check_round_trip(const struct pki *pki, int version, bool digests)
{
    struct yx_error err = {0};
    const struct yx_cert *holders[] = {pki->holder.cert};
    struct yx_seal_request request = usual(holders, version);
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_seal) struct yx_seal *seal = NULL;
    request.holders_as_digests = digests;
    request.trust = pki->trust;
    expect_ok(make(pki, &request, &der, &err), &err);
    expect_ok(yx_seal_from_der(yx_buf_bytes(&der), &seal, &err), &err);
    const struct yx_seal_info *info = yx_seal_info(seal);
    assert_int_equal(info->version, version);
    assert_int_equal(info->written_version, version);
    assert_true(yx_bytes_are(info->vid, "Yinxin"));
    assert_int_equal(info->esid.len, 32);
    assert_int_equal(info->type, 1);
    assert_true(yx_bytes_are(info->name, request.name)); /* REQ: SEAL-02 */
    assert_true(yx_bytes_are(info->picture_type, "PNG"));
    assert_true(yx_bytes_equal(info->picture, request.picture));
    assert_int_equal(info->width, 42);
    assert_int_equal(info->height, 40);
    assert_int_equal(info->holder_count, 1);
    assert_int_equal(info->holders_are_digests, digests);
    if (!digests) /* REQ: SEAL-01 */
        assert_true(yx_bytes_equal(info->holders[0], yx_cert_der(pki->holder.cert)));
    assert_true(yx_bytes_equal(info->maker_certificate, yx_cert_der(pki->maker.cert)));
    assert_int_equal(info->valid_to, yx_cert_not_after(pki->holder.cert)); /* REQ: SEAL-43 */
    assert_int_equal(info->valid_from, info->created);
    assert_true(info->created <= yx_now() && info->created > yx_now() - 60 * YX_SECOND);

    struct yx_verify_options options = {.trust = pki->trust};
    YX_CLEAN(yx_report) struct yx_report *report = craft_verify_seal(yx_buf_bytes(&der), &options);
    assert_int_equal(report->result, YX_VALID);
    assert_int_equal(report->format, YX_FORMAT_ESL);
    expect_outcome(report, YX_CHECK_SEAL_SIGNATURE, YX_PASS);
    expect_outcome(report, YX_CHECK_ALGORITHM_ALLOWED, YX_PASS);
    expect_outcome(report, YX_CHECK_TIMESTAMP_TOKEN, YX_SKIP);
    assert_string_equal(report->signatures->seal->maker, "CN=Test Maker,O=Test,C=CN");
    assert_string_equal(report->signatures->seal->name, request.name);

    YX_CLEAN(yx_report) struct yx_report *untrusted = craft_verify_seal(yx_buf_bytes(&der), NULL);
    assert_int_equal(untrusted->result, YX_INDETERMINATE);
    expect_outcome(untrusted, YX_CHECK_SEAL_MAKER_CHAIN, YX_UNKNOWN);
}

/* REQ: SEAL-27 */
static void test_round_trip(void **state)
{
    (void)state;
    static const yx_key_type types[] = {YX_KEY_SM2, YX_KEY_P256, YX_KEY_RSA};
    for (size_t i = 0; i < 3; i++) {
        YX_CLEAN(pki) struct pki pki = {0};
        struct yx_error err = {0};
        expect_ok(pki_open(types[i], &pki, &err), &err);
        check_round_trip(&pki, 1, false);
        check_round_trip(&pki, 4, false);
        check_round_trip(&pki, 4, true);
        check_round_trip(&pki, 5, false);
        check_round_trip(&pki, 5, true);
    }
}

static struct pki sm2; /* people for the tests below */

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

/* REQ: SEAL-09 */
static void test_fresh_identifiers(void **state)
{
    (void)state;
    struct yx_error err = {0};
    const struct yx_cert *holders[] = {sm2.holder.cert};
    struct yx_seal_request request = usual(holders, 4);
    YX_CLEAN(yx_buf) struct yx_buf first = {0};
    YX_CLEAN(yx_buf) struct yx_buf second = {0};
    YX_CLEAN(yx_seal) struct yx_seal *a = NULL;
    YX_CLEAN(yx_seal) struct yx_seal *b = NULL;
    expect_ok(make(&sm2, &request, &first, &err), &err);
    expect_ok(make(&sm2, &request, &second, &err), &err);
    expect_ok(yx_seal_from_der(yx_buf_bytes(&first), &a, &err), &err);
    expect_ok(yx_seal_from_der(yx_buf_bytes(&second), &b, &err), &err);
    assert_false(yx_bytes_equal(yx_seal_info(a)->esid, yx_seal_info(b)->esid));
}

/* The seal is appended to what is there, and nothing is when it is refused. */
static void test_appends(void **state)
{
    (void)state;
    struct yx_error err = {0};
    const struct yx_cert *holders[] = {sm2.holder.cert};
    struct yx_seal_request request = usual(holders, 4);
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    assert_int_equal(yx_buf_append_text(&out, "before"), YX_OK);
    request.width = 0;
    expect_status(make(&sm2, &request, &out, &err), YX_REFUSED, &err);
    assert_int_equal(out.len, 6);
    request.width = 1;
    expect_ok(make(&sm2, &request, &out, &err), &err);
    assert_memory_equal(out.data, "before\x30", 7);
}

/* --- Refusals ---------------------------------------------------------------------------- */

static void expect_refusal(const struct yx_seal_request *request, yx_status status,
                           const char *saying)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    char text[600];
    expect_status(make(&sm2, request, &out, &err), status, &err);
    yx_message_render(&err.message, NULL, text, sizeof text);
    if (strstr(text, saying) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text, saying);
    assert_true(err.rule[0] != '\0');
    assert_int_equal(out.len, 0);
    /* Nobody needs to ask why. */
    assert_int_equal(make(&sm2, request, &out, NULL), status);
}

static void test_refuses_nonsense(void **state)
{
    (void)state;
    const struct yx_cert *holders[] = {sm2.holder.cert};
    char long_text[600];
    memset(long_text, 'a', sizeof long_text);
    long_text[sizeof long_text - 1] = '\0';
    struct {
        struct yx_seal_request request;
        yx_status status;
        const char *words;
    } cases[] = {
        {usual(holders, 2), YX_USAGE, "no seal version 2"},
        {usual(holders, 0), YX_USAGE, "no seal version 0"},
        {usual(holders, 4), YX_REFUSED, "needs a name"},
        {usual(holders, 4), YX_REFUSED, "needs a name"},
        {usual(holders, 4), YX_REFUSED, "must be UTF-8"},
        {usual(holders, 4), YX_REFUSED, "must be UTF-8"},
        {usual(holders, 4), YX_REFUSED, "must be UTF-8"},
        {usual(holders, 4), YX_REFUSED, "esID"},
        {usual(holders, 4), YX_REFUSED, "esID"},
        {usual(holders, 4), YX_REFUSED, "esID"},
        {usual(holders, 4), YX_REFUSED, "maker's identifier"},
        {usual(holders, 4), YX_REFUSED, "no seal type 0"},
        {usual(holders, 4), YX_REFUSED, "0 x 40 mm"},
        {usual(holders, 4), YX_REFUSED, "42 x 201 mm"},
        {usual(holders, 4), YX_REFUSED, "needs a picture"},
        {usual(holders, 4), YX_REFUSED, "no known type"},
        {usual(holders, 4), YX_REFUSED, "lists 1 to"},
        {usual(holders, 1), YX_REFUSED, "version 1 lists certificates"},
    };
    cases[2].request.name = NULL;
    cases[3].request.name = "";
    cases[4].request.name = "\xC3\x28";
    cases[5].request.name = "two\nlines";
    cases[6].request.name = long_text;
    cases[7].request.esid = "";
    cases[8].request.esid = "印章";
    cases[9].request.esid = long_text;
    cases[10].request.vid = "印信";
    cases[11].request.type = 0;
    cases[12].request.width = 0;
    cases[13].request.height = 201;
    cases[14].request.picture = (struct yx_bytes){NULL, 0};
    cases[15].request.picture = YX_TEXT("RIFFxxxxWEBP");
    cases[16].request.holder_count = 0;
    cases[17].request.holders_as_digests = true;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_refusal(&cases[i].request, cases[i].status, cases[i].words);
}

static void test_refuses_periods(void **state)
{
    (void)state;
    const struct yx_cert *holders[] = {sm2.holder.cert};
    yx_time now = yx_now();
    struct yx_seal_request request = usual(holders, 4);
    request.valid_to = yx_cert_not_after(sm2.holder.cert) + YX_SECOND;
    expect_refusal(&request, YX_REFUSED, "goes beyond the holder's certificate");
    request = usual(holders, 4);
    request.valid_from = yx_cert_not_before(sm2.holder.cert) - YX_SECOND;
    expect_refusal(&request, YX_REFUSED, "goes beyond the holder's certificate");
    request = usual(holders, 4);
    request.valid_from = now + 10 * YX_DAY;
    request.valid_to = now + 9 * YX_DAY;
    expect_refusal(&request, YX_REFUSED, "empty or over");
    request = usual(holders, 4);
    request.valid_from = now - YX_DAY / 2;
    request.valid_to = now - YX_DAY / 4;
    expect_refusal(&request, YX_REFUSED, "empty or over");
}

/* The earliest end of several holders counts; a period inside is fine, also one still to come. */
static void test_periods(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(pki_person) struct pki_person other = {0};
    struct pki_wish wish = {.name = "CN=Other", .not_after = yx_now() + 50 * YX_DAY};
    expect_ok(pki_person_make(&wish, &sm2.ca, &other, &err), &err);
    const struct yx_cert *holders[] = {sm2.holder.cert, other.cert};
    struct yx_seal_request request = usual(holders, 5);
    request.holder_count = 2;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_seal) struct yx_seal *seal = NULL;
    expect_ok(make(&sm2, &request, &der, &err), &err);
    expect_ok(yx_seal_from_der(yx_buf_bytes(&der), &seal, &err), &err);
    assert_int_equal(yx_seal_info(seal)->valid_to, yx_cert_not_after(other.cert));
    assert_int_equal(yx_seal_info(seal)->holder_count, 2);

    YX_CLEAN(yx_buf) struct yx_buf later = {0};
    request.valid_from = yx_now() + 10 * YX_DAY;
    request.valid_to = yx_now() + 20 * YX_DAY;
    expect_ok(make(&sm2, &request, &later, &err), &err);
    YX_CLEAN(yx_report) struct yx_report *report = craft_verify_seal(yx_buf_bytes(&later), NULL);
    expect_outcome(report, YX_CHECK_SEAL_PERIOD, YX_FAIL);
}

/* UTCTime ends with 2049. */
static void test_version_1_ends_2049(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(pki_person) struct pki_person old_ca = {0};
    YX_CLEAN(pki_person) struct pki_person holder = {0};
    yx_time end = yx_now() + 9600 * YX_DAY; /* 26 years */
    struct pki_wish ca = {.name = "CN=Long Root", .ca = true, .not_after = end};
    struct pki_wish wish = {.name = "CN=Long Holder", .not_after = end};
    expect_ok(pki_person_make(&ca, NULL, &old_ca, &err), &err);
    expect_ok(pki_person_make(&wish, &old_ca, &holder, &err), &err);
    const struct yx_cert *holders[] = {holder.cert};
    struct yx_seal_request request = usual(holders, 1);
    expect_refusal(&request, YX_REFUSED, "UTCTime ends with 2049");
    request.valid_to = INT64_C(2524607999) * YX_SECOND;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    expect_ok(make(&sm2, &request, &der, &err), &err);
}

/* REQ: SEAL-26 */
static void test_refuses_holders(void **state)
{
    (void)state;
    static const struct {
        struct pki_wish wish;
        int days_from, days_to;
        const char *words;
    } cases[] = {
        {{.name = "CN=Expired"}, -20, -1, "is not valid now"},
        {{.name = "CN=Future"}, 2, 20, "is not valid now"},
        {{.name = "CN=Encrypts", .key_usage = YX_KU_KEY_ENCIPHERMENT | YX_KU_KEY_AGREEMENT},
         -1,
         20,
         "is not for signing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(pki_person) struct pki_person odd = {0};
        struct pki_wish wish = cases[i].wish;
        struct yx_error err = {0};
        wish.not_before = yx_now() + cases[i].days_from * YX_DAY;
        wish.not_after = yx_now() + cases[i].days_to * YX_DAY;
        expect_ok(pki_person_make(&wish, &sm2.ca, &odd, &err), &err);
        const struct yx_cert *holders[] = {odd.cert};
        struct yx_seal_request request = usual(holders, 4);
        expect_refusal(&request, YX_REFUSED, cases[i].words);
        /* The same about a maker. */
        const struct yx_cert *sound[] = {sm2.holder.cert};
        struct yx_signer signer = pki_signer(&odd);
        YX_CLEAN(yx_buf) struct yx_buf out = {0};
        request = usual(sound, 4);
        expect_status(yx_seal_make(&request, odd.cert, &signer, &out, &err), YX_REFUSED, &err);
    }
}

static void test_refuses_the_untrusted_and_revoked(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(pki) struct pki other = {0};
    expect_ok(pki_open(YX_KEY_SM2, &other, &err), &err);
    const struct yx_cert *strangers[] = {other.holder.cert};
    struct yx_seal_request request = usual(strangers, 4);
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    expect_ok(make(&sm2, &request, &out, &err), &err); /* nobody said whom to trust */
    request.trust = sm2.trust;
    expect_refusal(&request, YX_REFUSED, "does not lead to a trusted root");

    YX_CLEAN(yx_trust) struct yx_trust *empty = NULL;
    expect_ok(yx_trust_new(&empty, &err), &err);
    request.trust = empty;
    expect_ok(make(&sm2, &request, &out, &err), &err); /* no anchors: the same as no trust */

    const struct yx_cert *holders[] = {other.holder.cert};
    expect_ok(pki_revoke(&other, other.holder.cert, yx_now() - YX_DAY / 2, &err), &err);
    request = usual(holders, 4);
    request.trust = other.trust;
    struct yx_signer signer = pki_signer(&other.maker);
    expect_status(yx_seal_make(&request, other.maker.cert, &signer, &out, &err), YX_REFUSED, &err);
    char text[600];
    yx_message_render(&err.message, NULL, text, sizeof text);
    assert_non_null(strstr(text, "is revoked"));
}

/* REQ: SEAL-37: a trusted person is not yet a maker of seals. */
static void test_makers_can_be_a_matter_of_their_own(void **state)
{
    (void)state;
    struct yx_error err = {0};
    const struct yx_cert *holders[] = {sm2.holder.cert};
    struct yx_seal_request request = usual(holders, 4);
    struct yx_signer holder = pki_signer(&sm2.holder);
    YX_CLEAN(yx_buf) struct yx_buf own = {0};
    YX_CLEAN(yx_buf) struct yx_buf made = {0};
    expect_ok(yx_seal_make(&request, sm2.holder.cert, &holder, &own, &err), &err);
    expect_ok(make(&sm2, &request, &made, &err), &err);
    YX_CLEAN(yx_trust) struct yx_trust *makers = NULL;
    expect_ok(yx_trust_new(&makers, &err), &err);
    expect_ok(yx_trust_add_anchor(makers, sm2.maker.cert, &err), &err);

    const struct {
        const struct yx_buf *seal;
        const struct yx_trust *makers;
        yx_result result;
    } cases[] = {
        {&own, NULL, YX_VALID},
        {&own, makers, YX_INDETERMINATE},
        {&made, makers, YX_VALID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct yx_verify_options options = {.trust = sm2.trust, .maker_trust = cases[i].makers};
        YX_CLEAN(yx_report) struct yx_report *report = NULL;
        expect_ok(yx_seal_verify(yx_buf_bytes(cases[i].seal), &options, &report, &err), &err);
        assert_int_equal(report->result, cases[i].result);
    }
}

static void test_refuses_foreign_keys(void **state)
{
    (void)state;
    struct yx_error err = {0};
    const struct yx_cert *holders[] = {sm2.holder.cert};
    struct yx_seal_request request = usual(holders, 4);
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_signer wrong_key = pki_signer(&sm2.holder);
    expect_status(yx_seal_make(&request, sm2.maker.cert, &wrong_key, &out, &err), YX_REFUSED, &err);
    struct yx_signer wrong_type = pki_signer(&sm2.maker);
    wrong_type.algorithm = YX_SIG_RSA_SHA256;
    expect_status(yx_seal_make(&request, sm2.maker.cert, &wrong_type, &out, &err), YX_REFUSED,
                  &err);
    YX_CLEAN(pki) struct pki rsa = {0};
    expect_ok(pki_open(YX_KEY_RSA, &rsa, &err), &err);
    struct yx_signer weak = pki_signer(&rsa.maker);
    weak.algorithm = YX_SIG_RSA_SHA1;
    expect_status(yx_seal_make(&request, rsa.maker.cert, &weak, &out, &err), YX_REFUSED, &err);
    assert_int_equal(out.len, 0);
}

/* A device that fails is the caller's error, not ours. */
static yx_status broken_sign(void *self, yx_signature_algorithm algorithm, struct yx_bytes message,
                             struct yx_buf *signature, struct yx_error *err)
{
    (void)self, (void)algorithm, (void)message, (void)signature;
    return yx_fail(err, YX_IO, "", "the device is gone");
}

static void test_signer_fails(void **state)
{
    (void)state;
    struct yx_error err = {0};
    const struct yx_cert *holders[] = {sm2.holder.cert};
    struct yx_seal_request request = usual(holders, 4);
    struct yx_signer broken = {YX_SIG_SM2_SM3, broken_sign, NULL};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    expect_status(yx_seal_make(&request, sm2.maker.cert, &broken, &out, &err), YX_IO, &err);
    assert_int_equal(out.len, 0);
}

/* --- Damage ------------------------------------------------------------------------------ */

static struct yx_buf sound_seal(int version)
{
    struct yx_error err = {0};
    const struct yx_cert *holders[] = {sm2.holder.cert};
    struct yx_seal_request request = usual(holders, version);
    struct yx_buf der = {0};
    expect_ok(make(&sm2, &request, &der, &err), &err);
    return der;
}

/* Where the maker's certificate stands: behind all that it signed. */
static size_t maker_offset(const struct yx_buf *der)
{
    struct yx_bytes cert = yx_cert_der(sm2.maker.cert);
    const uint8_t *at = memmem(der->data, der->len, cert.data, cert.len);
    assert_non_null(at);
    return (size_t)(at - der->data);
}

/*
 * Every byte, one bit after the other in turn. A change in what the maker signed is found out; a
 * change in the maker's certificate beside it (versions 4 and 5) may also leave a certificate that
 * nobody vouches for. REQ: SEAL-36, SEC-08
 */
static void test_flips(void **state)
{
    (void)state;
    struct yx_verify_options options = {.trust = sm2.trust};
    static const int versions[] = {1, 4};
    for (size_t v = 0; v < 2; v++) {
        YX_CLEAN(yx_buf) struct yx_buf der = sound_seal(versions[v]);
        size_t cert_at = maker_offset(&der);
        for (size_t i = 0; i < der.len; i++) {
            der.data[i] ^= (uint8_t)(1u << (i + v) % 8);
            YX_CLEAN(yx_report) struct yx_report *report =
                craft_verify_seal(yx_buf_bytes(&der), &options);
            der.data[i] ^= (uint8_t)(1u << (i + v) % 8);
            bool is_signed = i < cert_at;
            if (report->result == YX_VALID || (is_signed && report->result != YX_INVALID))
                fail_msg("version %d: a flip in byte %zu is %s", versions[v], i,
                         yx_result_name(report->result));
        }
    }
}

static void test_truncations(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf der = sound_seal(4);
    for (size_t len = 0; len < der.len; len++) {
        /* On its own, so that reading behind its end is seen. */
        uint8_t *cut = malloc(len + 1);
        memcpy(cut, der.data, len);
        YX_CLEAN(yx_report) struct yx_report *report = craft_verify_seal(YX_BYTES(cut, len), NULL);
        assert_int_equal(report->result, YX_INVALID);
        expect_outcome(report, YX_CHECK_SEAL_FORMAT, YX_FAIL);
        free(cut);
    }
    assert_int_equal(yx_buf_append_text(&der, "x"), YX_OK);
    YX_CLEAN(yx_report) struct yx_report *longer = craft_verify_seal(yx_buf_bytes(&der), NULL);
    expect_outcome(longer, YX_CHECK_SEAL_FORMAT, YX_FAIL);
}

static void test_too_long(void **state)
{
    (void)state;
    size_t len = (size_t)YX_SEAL_MAX + 1;
    uint8_t *zeros = calloc(1, len);
    assert_non_null(zeros);
    YX_CLEAN(yx_report) struct yx_report *report = craft_verify_seal(YX_BYTES(zeros, len), NULL);
    expect_outcome(report, YX_CHECK_SEAL_FORMAT, YX_FAIL);
    free(zeros);
}

/* --- Time-stamps ------------------------------------------------------------------------- */

static yx_status stamp_nothing(void *self, yx_digest_algorithm algorithm, struct yx_bytes digest,
                               struct yx_buf *token, struct yx_error *err)
{
    (void)self, (void)algorithm, (void)digest;
    return yx_buf_append(token, YX_TEXT("no token")) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static void test_timestamp(void **state)
{
    static const struct pki_wish wish = {.name = "CN=TSA,O=Test,C=CN", .tsa = true};
    YX_CLEAN(pki) struct pki pki = {0};
    YX_CLEAN(pki_person) struct pki_person authority = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_buf) struct yx_buf other = {0};
    struct yx_error err;
    (void)state;
    expect_ok(pki_open(YX_KEY_SM2, &pki, &err), &err);
    expect_ok(pki_person_make(&wish, &pki.ca, &authority, &err), &err);
    struct yx_tsa tsa = {.cert = authority.cert, .signer = pki_signer(&authority)};
    struct yx_timestamper stamper = yx_timestamper_borrow_tsa(&tsa);
    struct yx_timestamper bad = {YX_DIGEST_SM3, stamp_nothing, NULL};
    const struct yx_cert *holders[] = {pki.holder.cert};
    struct yx_seal_request request = usual(holders, 5);
    request.timestamper = &stamper;
    expect_ok(make(&pki, &request, &der, &err), &err);
    struct yx_verify_options options = {.trust = pki.trust};
    YX_CLEAN(yx_report) struct yx_report *report = craft_verify_seal(yx_buf_bytes(&der), &options);
    assert_int_equal(report->result, YX_VALID);
    expect_outcome(report, YX_CHECK_TIMESTAMP_TOKEN, YX_PASS);
    request.timestamper = &bad;
    expect_status(make(&pki, &request, &other, &err), YX_REFUSED, &err);
    request = usual(holders, 4);
    request.timestamper = &stamper;
    expect_status(make(&pki, &request, &other, &err), YX_REFUSED, &err);
    assert_int_equal(other.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timestamp),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_fresh_identifiers),
        cmocka_unit_test(test_appends),
        cmocka_unit_test(test_refuses_nonsense),
        cmocka_unit_test(test_refuses_periods),
        cmocka_unit_test(test_periods),
        cmocka_unit_test(test_version_1_ends_2049),
        cmocka_unit_test(test_refuses_holders),
        cmocka_unit_test(test_refuses_the_untrusted_and_revoked),
        cmocka_unit_test(test_makers_can_be_a_matter_of_their_own),
        cmocka_unit_test(test_refuses_foreign_keys),
        cmocka_unit_test(test_signer_fails),
        cmocka_unit_test(test_flips),
        cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, open_people, close_people);
}
