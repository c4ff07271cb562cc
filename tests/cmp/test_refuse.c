/* SPDX-License-Identifier: Apache-2.0 */
/* test_refuse.c - CMP messages that are malformed, oversized, replayed or unauthorised: each gets
 * its failure, and changes nothing. */
#include "desk.h"

/* --- What every message must be ------------------------------------------------------------ */

static void headers_are_checked(void **state)
{
    const struct {
        struct client client;
        int failure;
    } cases[] = {
        {{.version = 1}, YX_CMP_UNSUPPORTED_VERSION},
        {{.version = 4}, YX_CMP_UNSUPPORTED_VERSION},
        {{.version = 2, .transaction_len = 7}, YX_CMP_BAD_DATA_FORMAT},
        {{.version = 2, .nonce_len = 15}, YX_CMP_BAD_SENDER_NONCE},
        {{.version = 2, .time = 1}, YX_CMP_BAD_TIME},
        {{.version = 2, .unprotected = true}, YX_CMP_BAD_MESSAGE_CHECK},
        {{.version = 2, .secret = "secret of other"}, YX_CMP_BAD_MESSAGE_CHECK},
        {{.version = 2, .reference = "nobody"}, YX_CMP_BAD_MESSAGE_CHECK},
        {{.version = 2, .reference = "nobody", .secret = "nobody's own secret"},
         YX_CMP_BAD_MESSAGE_CHECK},
        {{.version = 2, .iterations = 99}, YX_CMP_BAD_ALG},
        {{.version = 2, .iterations = 100001}, YX_CMP_BAD_ALG},
        {{.version = 2, .profile = "unit"}, YX_CMP_NOT_AUTHORIZED},
        {{.version = 2, .profile = "nonsense"}, YX_CMP_NOT_AUTHORIZED},
    };
    YX_CLEAN(desk) struct desk desk = {0};
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    size_t before;

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    request_body(&desk, "CN=device-7", &body);
    before = folder_count(desk.people.ca);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(answer) struct answer answer = {0};
        struct client client = cases[i].client, usual = seven();

        client.transaction_len = client.transaction_len > 0 ? client.transaction_len : 16;
        client.nonce_len = client.nonce_len > 0 ? client.nonce_len : 16;
        client.time = client.time == 1 ? usual.time - 700 * YX_SECOND : usual.time;
        client.reference = client.reference != NULL ? client.reference : usual.reference;
        client.secret = client.secret != NULL ? client.secret : usual.secret;
        client_renew(&client);
        ask(desk.cmp, &client, YX_CMP_IR, yx_buf_bytes(&body), &answer);
        if (answer.failure != cases[i].failure)
            fail_msg("case %zu: failure %d, expected %d", i, answer.failure, cases[i].failure);
        assert_int_equal(folder_count(desk.people.ca), before);
    }
}

static void requests_are_checked(void **state)
{
    static const struct {
        unsigned kind;
        struct crmf crmf;
        int failure;
    } cases[] = {
        {YX_CMP_IR, {.subject = "CN=device-8"}, YX_CMP_NOT_AUTHORIZED},
        {YX_CMP_IR, {.subject = "CN=device-7", .request_id = 1}, YX_CMP_BAD_REQUEST},
        {YX_CMP_IR, {.subject = "CN=device-7", .possession = FORGED}, YX_CMP_BAD_POP},
        {YX_CMP_IR, {.subject = "CN=device-7", .possession = BY_RA}, YX_CMP_BAD_POP},
        {YX_CMP_IR, {.subject = "CN=device-7", .possession = ABSENT}, YX_CMP_BAD_POP},
        {YX_CMP_IR, {.subject = "CN=device-7", .no_key = true}, YX_CMP_BAD_CERT_TEMPLATE},
        {YX_CMP_IR, {.subject = "CN=device-7", .twice = true}, YX_CMP_BAD_REQUEST},
        {YX_CMP_KUR, {.subject = "CN=device-7"}, YX_CMP_BAD_CERT_ID}, /* by a MAC */
        {5, {.subject = "CN=device-7"}, YX_CMP_BAD_REQUEST},
        {9, {.subject = "CN=device-7"}, YX_CMP_BAD_REQUEST},
        {YX_CMP_POLL_REQ, {.subject = "CN=device-7"}, YX_CMP_BAD_DATA_FORMAT},
        {YX_CMP_POLL_REP, {.subject = "CN=device-7"}, YX_CMP_BAD_REQUEST},
    };
    YX_CLEAN(desk) struct desk desk = {0};
    size_t before;

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    before = folder_count(desk.people.ca);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf body = {0};
        YX_CLEAN(answer) struct answer answer = {0};
        struct client client = seven();
        struct crmf crmf = cases[i].crmf;

        crmf.key = desk.key;
        make_crmf(&crmf, &body);
        ask(desk.cmp, &client, cases[i].kind, yx_buf_bytes(&body), &answer);
        if (answer.failure != cases[i].failure)
            fail_msg("case %zu: failure %d, expected %d", i, answer.failure, cases[i].failure);
        assert_int_equal(answer.message.algorithm, YX_OID_PASSWORD_BASED_MAC);
        assert_int_equal(folder_count(desk.people.ca), before);
    }
}

/* --- Signatures ---------------------------------------------------------------------------- */

struct signers {
    struct yx_private_key *key;
    struct yx_cert *good, *revoked, *foreign;
};

static void signers_check(struct desk *desk, const struct signers *signers)
{
    const struct {
        const struct yx_cert *cert;
        const struct yx_private_key *key;
        const char *sender, *subject;
        bool no_extra;
        unsigned kind;
        int failure;
    } cases[] = {
        {signers->revoked, signers->key, NULL, "CN=device-7", false, YX_CMP_CR,
         YX_CMP_SIGNER_NOT_TRUSTED},
        {signers->foreign, signers->key, NULL, "CN=device-7", false, YX_CMP_CR,
         YX_CMP_SIGNER_NOT_TRUSTED},
        {signers->good, signers->key, NULL, "CN=device-7", true, YX_CMP_CR,
         YX_CMP_SIGNER_NOT_TRUSTED},
        {signers->good, desk->key, NULL, "CN=device-7", false, YX_CMP_CR, YX_CMP_BAD_MESSAGE_CHECK},
        {signers->good, signers->key, "CN=other", "CN=device-7", false, YX_CMP_CR,
         YX_CMP_BAD_MESSAGE_CHECK},
        {signers->good, signers->key, NULL, "CN=other", false, YX_CMP_CR, YX_CMP_NOT_AUTHORIZED},
        {signers->good, signers->key, NULL, "CN=other", false, YX_CMP_KUR, YX_CMP_NOT_AUTHORIZED},
    };
    size_t before = folder_count(desk->people.ca);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf body = {0};
        YX_CLEAN(answer) struct answer answer = {0};
        struct client client = client_signed(cases[i].cert, cases[i].key);

        client.sender = cases[i].sender;
        client.no_extra = cases[i].no_extra;
        request_body(desk, cases[i].subject, &body);
        ask(desk->cmp, &client, cases[i].kind, yx_buf_bytes(&body), &answer);
        if (answer.failure != cases[i].failure)
            fail_msg("case %zu: failure %d, expected %d", i, answer.failure, cases[i].failure);
        assert_int_equal(answer.message.algorithm, YX_OID_SM2_WITH_SM3);
        assert_int_equal(folder_count(desk->people.ca), before);
    }
}

static void signers_are_checked(void **state)
{
    YX_CLEAN(desk) struct desk desk = {0};
    YX_CLEAN(people) struct people strange = {0};
    struct signers signers = {.key = people_key()};
    struct yx_ca_revoke_request lost = {
        .reason = 1, .invalid_since = YX_TIME_NONE, .actor = "test"};
    struct yx_error err;

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    people_open(&strange);
    signers.good = people_issue(&desk.people, "tls-client", "CN=device-7", signers.key, NULL, 0);
    signers.revoked = people_issue(&desk.people, "tls-client", "CN=device-7", signers.key, NULL, 0);
    signers.foreign = people_issue(&strange, "tls-client", "CN=device-7", signers.key, NULL, 0);
    lost.serial = yx_cert_serial(signers.revoked);
    lost.now = yx_now();
    expect_ok(yx_ca_revoke(desk.people.ca, &lost, &err), &err);
    signers_check(&desk, &signers);
    yx_private_key_free(signers.key);
    yx_cert_free(signers.good);
    yx_cert_free(signers.revoked);
    yx_cert_free(signers.foreign);
}

static void an_update_names_the_old_certificate(void **state)
{
    YX_CLEAN(desk) struct desk desk = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = people_key();
    YX_CLEAN(yx_cert) struct yx_cert *one = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *two = NULL;
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    struct client client;

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    one = people_issue(&desk.people, "tls-client", "CN=device-7", key, NULL, 0);
    two = people_issue(&desk.people, "tls-client", "CN=device-7", key, NULL, 0);
    client = client_signed(one, key);
    make_crmf(&(struct crmf){.key = desk.key, .old_serial = yx_cert_serial_der(two)}, &body);
    ask(desk.cmp, &client, YX_CMP_KUR, yx_buf_bytes(&body), &answer);
    assert_int_equal(answer.failure, YX_CMP_BAD_CERT_ID);
}

static void without_a_certificate_only_secrets_are_taken(void **state)
{
    YX_CLEAN(desk) struct desk desk = {0};
    YX_CLEAN(yx_cmp) struct yx_cmp *bare = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    struct yx_cmp_settings none = {0};
    struct client client;
    struct yx_error err;

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    expect_ok(yx_cmp_new(desk.people.enrol, &none, &bare, &err), &err);
    cert = people_issue(&desk.people, "tls-client", "CN=device-7", desk.key, NULL, 0);
    client = client_signed(cert, desk.key);
    request_body(&desk, "CN=device-7", &body);
    ask(bare, &client, YX_CMP_CR, yx_buf_bytes(&body), &answer);
    assert_int_equal(answer.failure, YX_CMP_WRONG_INTEGRITY);
    assert_false(answer.message.is_protected);
    client = seven();
    ask(bare, &client, YX_CMP_CR, yx_buf_bytes(&body), &answer);
    assert_non_null(answer.cert);
}

/* --- Again --------------------------------------------------------------------------------- */

static void a_replay_is_refused_after_a_restart_too(void **state)
{
    YX_CLEAN(desk) struct desk desk = {0};
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_CLEAN(answer) struct answer issued = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    struct client client = seven(), same_nonce = client;
    struct yx_cmp_settings settings = {0};
    size_t before;
    struct yx_error err;

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    request_body(&desk, "CN=device-7", &body);
    ask(desk.cmp, &client, YX_CMP_IR, yx_buf_bytes(&body), &issued);
    assert_non_null(issued.cert);
    before = folder_count(desk.people.ca);
    same_nonce.transaction[0] ^= 1;
    for (int i = 0; i < 2; i++) {
        ask(desk.cmp, &client, YX_CMP_IR, yx_buf_bytes(&body), &answer);
        assert_int_equal(answer.failure, YX_CMP_TRANSACTION_IN_USE);
        ask(desk.cmp, &same_nonce, YX_CMP_IR, yx_buf_bytes(&body), &answer);
        assert_int_equal(answer.failure, YX_CMP_TRANSACTION_IN_USE);
        assert_int_equal(folder_count(desk.people.ca), before);
        yx_cmp_free(desk.cmp);
        desk.cmp = NULL;
        settings.cert = desk.cmp_cert;
        settings.signer = yx_signer_borrow_key(desk.cmp_key);
        expect_ok(yx_cmp_new(desk.people.enrol, &settings, &desk.cmp, &err), &err);
    }
    /* The transaction itself goes on over the restart. */
    confirm(&desk, &client, &issued, -1, &answer);
    assert_int_equal(answer.message.kind, YX_CMP_PKICONF);
}

static void a_refused_transaction_is_over(void **state)
{
    YX_CLEAN(desk) struct desk desk = {0};
    YX_CLEAN(yx_buf) struct yx_buf bad = {0};
    YX_CLEAN(yx_buf) struct yx_buf good = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    struct client client = seven();

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    request_body(&desk, "CN=device-8", &bad);
    request_body(&desk, "CN=device-7", &good);
    ask(desk.cmp, &client, YX_CMP_IR, yx_buf_bytes(&bad), &answer);
    assert_int_equal(answer.message.kind, YX_CMP_IP);
    assert_int_equal(answer.granted, YX_CMP_REJECTION);
    ask(desk.cmp, &client, YX_CMP_IR, yx_buf_bytes(&good), &answer);
    assert_int_equal(answer.failure, YX_CMP_TRANSACTION_IN_USE);
}

/* --- Bytes --------------------------------------------------------------------------------- */

static void any_bit_changed_is_refused(void **state)
{
    YX_CLEAN(desk) struct desk desk = {0};
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_CLEAN(yx_buf) struct yx_buf message = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    struct client client = seven();
    size_t before;

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    request_body(&desk, "CN=device-7", &body);
    client_message(&client, YX_CMP_IR, yx_buf_bytes(&body), &message);
    before = folder_count(desk.people.ca);
    for (size_t i = 0; i < message.len; i++) {
        message.data[i] ^= (uint8_t)(1u << i % 8);
        ask_bytes(desk.cmp, yx_buf_bytes(&message), 0, &answer);
        if (answer.failure == -1)
            fail_msg("octet %zu changed: taken", i);
        message.data[i] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t len = 0; len < message.len; len++) {
        ask_bytes(desk.cmp, YX_BYTES(message.data, len), 0, &answer);
        assert_int_equal(answer.failure, YX_CMP_BAD_DATA_FORMAT);
    }
    assert_int_equal(folder_count(desk.people.ca), before);
    ask_bytes(desk.cmp, yx_buf_bytes(&message), 0, &answer);
    assert_non_null(answer.cert);
}

static void what_is_too_large_is_refused(void **state)
{
    YX_CLEAN(desk) struct desk desk = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    uint8_t *bytes = calloc(1, YX_CMP_MESSAGE_MAX + 1);

    (void)state;
    assert_non_null(bytes);
    desk_open(&desk, YX_KEY_SM2);
    ask_bytes(desk.cmp, YX_BYTES(bytes, YX_CMP_MESSAGE_MAX + 1), 0, &answer);
    assert_int_equal(answer.failure, YX_CMP_BAD_DATA_FORMAT);
    free(bytes);
}

static void a_locked_authority_is_unavailable(void **state)
{
    YX_CLEAN(people) struct people people = {0};
    YX_CLEAN(yx_cmp) struct yx_cmp *cmp = NULL;
    YX_CLEAN(yx_private_key) struct yx_private_key *key = people_key();
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    struct yx_cmp_settings none = {0};
    struct client client = seven();
    struct yx_error err;

    (void)state;
    people_open(&people);
    yx_enrol_free(people.enrol);
    people.enrol = NULL;
    yx_ca_free(people.ca);
    people.ca = NULL;
    expect_ok(yx_ca_open(people.folder.ca, &people.ca, &err), &err);
    expect_ok(yx_enrol_new(people.ca, people.path, &people.enrol, &err), &err);
    expect_ok(yx_cmp_new(people.enrol, &none, &cmp, &err), &err);
    make_crmf(&(struct crmf){.key = key, .subject = "CN=device-7"}, &body);
    ask(cmp, &client, YX_CMP_IR, yx_buf_bytes(&body), &answer);
    assert_int_equal(answer.failure, YX_CMP_SYSTEM_UNAVAILABLE);
    assert_int_equal(folder_count(people.ca), 0);
}

static void the_signer_must_be_one(void **state)
{
    YX_CLEAN(desk) struct desk desk = {0};
    YX_CLEAN(yx_cmp) struct yx_cmp *cmp = NULL;
    struct yx_cmp_settings settings = {0};
    struct yx_error err;

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    settings.cert = desk.cmp_cert;
    settings.signer = yx_signer_borrow_key(desk.key);
    expect_status(yx_cmp_new(desk.people.enrol, &settings, &cmp, &err), YX_REFUSED, &err);
    settings.cert = yx_ca_certificate(desk.people.ca);
    expect_status(yx_cmp_new(desk.people.enrol, &settings, &cmp, &err), YX_REFUSED, &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_checked),
        cmocka_unit_test(requests_are_checked),
        cmocka_unit_test(signers_are_checked),
        cmocka_unit_test(an_update_names_the_old_certificate),
        cmocka_unit_test(without_a_certificate_only_secrets_are_taken),
        cmocka_unit_test(a_replay_is_refused_after_a_restart_too),
        cmocka_unit_test(a_refused_transaction_is_over),
        cmocka_unit_test(any_bit_changed_is_refused),
        cmocka_unit_test(what_is_too_large_is_refused),
        cmocka_unit_test(a_locked_authority_is_unavailable),
        cmocka_unit_test(the_signer_must_be_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
