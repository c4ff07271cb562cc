/* SPDX-License-Identifier: Apache-2.0 */
/* test_cmp.c - CMP messages and their answers. Refusals are in test_refuse.c. */
#include "desk.h"

/* --- Every kind ---------------------------------------------------------------------------- */

static void a_secret_gets_a_certificate(void **state)
{
    static const struct {
        yx_key_type type;
        yx_oid algorithm, mac;
    } cases[] = {
        {YX_KEY_SM2, YX_OID_PASSWORD_BASED_MAC, YX_OID_HMAC_SM3},
        {YX_KEY_SM2, YX_OID_PBMAC1, YX_OID_HMAC_SM3},
        {YX_KEY_P256, YX_OID_PBMAC1, YX_OID_HMAC_SHA256},
        {YX_KEY_RSA, YX_OID_PASSWORD_BASED_MAC, YX_OID_HMAC_SHA512},
        {YX_KEY_SM2, YX_OID_PASSWORD_BASED_MAC, YX_OID_SM3_WITH_ZA},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(desk) struct desk desk = {0};
        YX_CLEAN(yx_buf) struct yx_buf body = {0};
        YX_CLEAN(answer) struct answer issued = {0};
        YX_CLEAN(answer) struct answer confirmed = {0};
        struct client client = seven();

        desk_open(&desk, cases[i].type);
        client.mac_algorithm = cases[i].algorithm;
        client.mac = cases[i].mac;
        request_body(&desk, "CN=device-7", &body);
        ask(desk.cmp, &client, YX_CMP_IR, yx_buf_bytes(&body), &issued);
        assert_int_equal(issued.message.kind, YX_CMP_IP);
        assert_int_equal(issued.message.algorithm, cases[i].algorithm);
        assert_string_equal(yx_cert_subject(issued.cert), "CN=device-7");
        confirm(&desk, &client, &issued, -1, &confirmed);
        assert_int_equal(confirmed.message.kind, YX_CMP_PKICONF);
        assert_int_equal(state_of(&desk, issued.cert), YX_CA_GOOD);
    }
}

static void a_signature_gets_another_and_a_new_one(void **state)
{
    static const unsigned kinds[][2] = {
        {YX_CMP_CR, YX_CMP_CP}, {YX_CMP_KUR, YX_CMP_KUP}, {YX_CMP_IR, YX_CMP_IP}};
    YX_CLEAN(desk) struct desk desk = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *old_key = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *old = NULL;
    struct yx_error err;

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &old_key, &err), &err);
    old = people_issue(&desk.people, "tls-client", "CN=device-7", old_key, NULL, 0);
    for (size_t i = 0; i < 3; i++) {
        YX_CLEAN(yx_buf) struct yx_buf body = {0};
        YX_CLEAN(answer) struct answer issued = {0};
        YX_CLEAN(answer) struct answer confirmed = {0};
        struct client client = client_signed(old, old_key);
        struct crmf crmf = {.key = desk.key, .subject = "CN=device-7"};

        if (kinds[i][0] == YX_CMP_KUR) {
            crmf.subject = NULL;
            crmf.old_serial = yx_cert_serial_der(old);
        }
        make_crmf(&crmf, &body);
        ask(desk.cmp, &client, kinds[i][0], yx_buf_bytes(&body), &issued);
        assert_int_equal(issued.message.kind, kinds[i][1]);
        assert_int_equal(issued.message.algorithm, YX_OID_SM2_WITH_SM3);
        assert_true(issued.message.extra_certs.len > 0);
        confirm(&desk, &client, &issued, 0, &confirmed);
        assert_int_equal(confirmed.message.kind, YX_CMP_PKICONF);
        assert_string_equal(yx_cert_subject(issued.cert), "CN=device-7");
    }
}

static void pkcs10_is_taken_too(void **state)
{
    YX_CLEAN(desk) struct desk desk = {0};
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_CLEAN(answer) struct answer issued = {0};
    struct client client = seven();
    struct yx_signer signer;
    struct yx_error err;

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    signer = yx_signer_borrow_key(desk.key);
    expect_ok(yx_name_to_der("CN=device-7", &subject, &err), &err);
    expect_ok(yx_request_make(yx_buf_bytes(&subject), yx_private_key_public(desk.key), &signer,
                              &body, &err),
              &err);
    client.implicit = true;
    ask(desk.cmp, &client, YX_CMP_P10CR, yx_buf_bytes(&body), &issued);
    assert_int_equal(issued.message.kind, YX_CMP_CP);
    assert_true(issued.message.implicit_confirm);
    assert_non_null(issued.cert);

    client_renew(&client);
    body.data[body.len - 1] ^= 1;
    ask(desk.cmp, &client, YX_CMP_P10CR, yx_buf_bytes(&body), &issued);
    assert_int_equal(issued.failure, YX_CMP_BAD_POP);
}

static void the_profile_is_that_of_the_message(void **state)
{
    YX_CLEAN(desk) struct desk desk = {0};
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_CLEAN(answer) struct answer issued = {0};
    struct client client = seven();

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    request_body(&desk, "CN=device-7", &body);
    client.profile = "tls-server";
    client.version = 3;
    ask(desk.cmp, &client, YX_CMP_IR, yx_buf_bytes(&body), &issued);
    assert_int_equal(issued.message.version, 3);
    assert_true(yx_cert_has_extended_usage(issued.cert, YX_OID_KP_SERVER_AUTH));
    client_renew(&client);
    client.profile = "unit";
    ask(desk.cmp, &client, YX_CMP_IR, yx_buf_bytes(&body), &issued);
    assert_int_equal(issued.message.kind, YX_CMP_IP);
    assert_int_equal(issued.failure, YX_CMP_NOT_AUTHORIZED);
}

static void an_ra_asks_for_others(void **state)
{
    YX_CLEAN(desk) struct desk desk = {0};
    YX_CLEAN(yx_cert) struct yx_cert *ra = NULL;
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_CLEAN(answer) struct answer issued = {0};
    struct yx_cmp_settings settings = {0};
    struct client client;
    struct yx_error err;

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    ra = people_issue(&desk.people, "tls-client", "CN=ra", desk.key, NULL, 0);
    client = client_signed(ra, desk.key);
    request_body(&desk, "CN=somebody", &body);
    ask(desk.cmp, &client, YX_CMP_CR, yx_buf_bytes(&body), &issued);
    assert_int_equal(issued.failure, YX_CMP_NOT_AUTHORIZED);

    assert_int_equal(yx_buf_printf(&text,
                                   "person \"the ra\" { certificate = \"%s\" subject = \"*\""
                                   " profiles = {\"tls-client\"} }",
                                   yx_cert_serial(ra)),
                     YX_OK);
    people_write(desk.people.path, yx_buf_bytes(&text), 0600);
    yx_cmp_free(desk.cmp);
    yx_enrol_free(desk.people.enrol);
    desk.cmp = NULL;
    expect_ok(yx_enrol_new(desk.people.ca, desk.people.path, &desk.people.enrol, &err), &err);
    settings.cert = desk.cmp_cert;
    settings.signer = yx_signer_borrow_key(desk.cmp_key);
    expect_ok(yx_cmp_new(desk.people.enrol, &settings, &desk.cmp, &err), &err);
    client_renew(&client);
    ask(desk.cmp, &client, YX_CMP_CR, yx_buf_bytes(&body), &issued);
    assert_string_equal(yx_cert_subject(issued.cert), "CN=somebody");
}

/* --- Revocation, information --------------------------------------------------------------- */

static void revoked_suspended_restored(void **state)
{
    static const struct {
        bool by_ra;
        int reason, failure;
        enum yx_ca_state after;
    } steps[] = {
        {true, YX_REASON_REMOVE, YX_CMP_BAD_REQUEST, YX_CA_GOOD},
        {false, 7, YX_CMP_BAD_REQUEST, YX_CA_GOOD},
        {false, 11, YX_CMP_BAD_REQUEST, YX_CA_GOOD},
        {false, YX_REASON_HOLD, -1, YX_CA_HELD},
        {false, YX_REASON_REMOVE, YX_CMP_BAD_CERT_ID, YX_CA_HELD},
        {true, YX_REASON_REMOVE, -1, YX_CA_GOOD},
        {false, 1, -1, YX_CA_REVOKED},
        {false, -1, YX_CMP_CERT_REVOKED, YX_CA_REVOKED},
    };
    YX_CLEAN(desk) struct desk desk = {0};
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    struct client client = seven(), other = client_new("other", "secret of other"),
                  ra = client_new("ra", "secret of the ra");

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    cert = people_issue(&desk.people, "tls-client", "CN=device-7", desk.key, NULL, 0);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf body = {0};
        YX_CLEAN(answer) struct answer answer = {0};

        client_renew(&client);
        client_renew(&other);
        client_renew(&ra);
        make_revocation(yx_ca_certificate(desk.people.ca), cert, steps[i].reason, &body);
        ask(desk.cmp, &other, YX_CMP_RR, yx_buf_bytes(&body), &answer);
        assert_int_equal(answer.failure, YX_CMP_BAD_CERT_ID);
        ask(desk.cmp, steps[i].by_ra ? &ra : &client, YX_CMP_RR, yx_buf_bytes(&body), &answer);
        assert_int_equal(answer.message.kind, YX_CMP_RP);
        assert_int_equal(answer.failure, steps[i].failure);
        assert_int_equal(state_of(&desk, cert), steps[i].after);
    }
}

static void only_our_own_are_revoked(void **state)
{
    YX_CLEAN(desk) struct desk desk = {0};
    YX_CLEAN(people) struct people strange = {0};
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_CLEAN(yx_buf) struct yx_buf wrong_issuer = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    struct client client = seven();

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    people_open(&strange);
    cert = people_issue(&strange, "tls-client", "CN=device-7", desk.key, NULL, 0);
    make_revocation(yx_ca_certificate(desk.people.ca), cert, 1, &body);
    ask(desk.cmp, &client, YX_CMP_RR, yx_buf_bytes(&body), &answer);
    assert_int_equal(answer.failure, YX_CMP_BAD_CERT_ID);
    client_renew(&client);
    make_revocation(cert, cert, 1, &wrong_issuer);
    ask(desk.cmp, &client, YX_CMP_RR, yx_buf_bytes(&wrong_issuer), &answer);
    assert_int_equal(answer.failure, YX_CMP_BAD_CERT_ID);
}

static void information_is_given(void **state)
{
    static const struct {
        yx_oid asked, answered;
    } cases[] = {
        {YX_OID_IT_CA_CERTS, YX_OID_IT_CA_CERTS},
        {YX_OID_IT_ROOT_CA_CERT, YX_OID_IT_ROOT_CA_KEY_UPDATE},
        {YX_OID_COMMON_NAME, YX_OID_UNKNOWN},
    };
    YX_CLEAN(desk) struct desk desk = {0};

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
        YX_CLEAN(yx_buf) struct yx_buf body = {0};
        YX_CLEAN(answer) struct answer answer = {0};
        struct client client = seven();
        struct yx_der der, list, info;
        struct yx_error err;
        size_t outer = yx_der_begin(&w, YX_DER_SEQUENCE), inner = yx_der_begin(&w, YX_DER_SEQUENCE);
        yx_oid type;

        yx_der_put_oid(&w, cases[i].asked);
        yx_der_close(&w, inner);
        yx_der_close(&w, outer);
        expect_ok(yx_der_finish(&w, &body, &err), &err);
        ask(desk.cmp, &client, YX_CMP_GENM, yx_buf_bytes(&body), &answer);
        assert_int_equal(answer.message.kind, YX_CMP_GENP);
        der = yx_der_reader(answer.message.body, "genp");
        expect_ok(yx_der_enter(&der, YX_DER_SEQUENCE, &list, &err), &err);
        assert_int_equal(yx_der_at_end(&list), cases[i].answered == YX_OID_UNKNOWN);
        if (yx_der_at_end(&list))
            continue;
        expect_ok(yx_der_enter(&list, YX_DER_SEQUENCE, &info, &err), &err);
        expect_ok(yx_der_oid(&info, &type, &err), &err);
        assert_int_equal(type, cases[i].answered);
    }
}

/* --- Confirmation -------------------------------------------------------------------------- */

static void unconfirmed_certificates_are_revoked(void **state)
{
    YX_CLEAN(desk) struct desk desk = {0};
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_CLEAN(answer) struct answer taken = {0};
    YX_CLEAN(answer) struct answer forgotten = {0};
    YX_CLEAN(answer) struct answer implicit = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    struct client first = seven(), second = seven(), third = seven();
    struct yx_error err;
    size_t count;

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    request_body(&desk, "CN=device-7", &body);
    ask(desk.cmp, &first, YX_CMP_IR, yx_buf_bytes(&body), &taken);
    confirm(&desk, &first, &taken, -1, &answer);
    ask(desk.cmp, &second, YX_CMP_IR, yx_buf_bytes(&body), &forgotten);
    third.implicit = true;
    ask(desk.cmp, &third, YX_CMP_IR, yx_buf_bytes(&body), &implicit);
    expect_ok(yx_cmp_sweep(desk.cmp, 0, &count, &err), &err);
    assert_int_equal(count, 0);
    expect_ok(yx_cmp_sweep(desk.cmp, yx_now() + 601 * YX_SECOND, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_int_equal(state_of(&desk, taken.cert), YX_CA_GOOD);
    assert_int_equal(state_of(&desk, forgotten.cert), YX_CA_REVOKED);
    assert_int_equal(state_of(&desk, implicit.cert), YX_CA_GOOD);
    expect_ok(yx_cmp_sweep(desk.cmp, yx_now() + 601 * YX_SECOND, &count, &err), &err);
    assert_int_equal(count, 0);
    confirm(&desk, &second, &forgotten, -1, &answer);
    assert_int_equal(answer.failure, YX_CMP_CERT_CONFIRMED);
    assert_int_equal(state_of(&desk, forgotten.cert), YX_CA_REVOKED);
}

static yx_status run_sql(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_run(tx, self, NULL, 0, NULL, err);
}

/* A process that ends behind the issuing does not write which certificate it was. */
static void one_of_a_process_that_died_is_revoked(void **state)
{
    static char forget[] = "UPDATE cmp_transaction SET state = 0, serial = NULL";
    YX_CLEAN(desk) struct desk desk = {0};
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_CLEAN(answer) struct answer issued = {0};
    struct client client = seven();
    struct yx_error err;
    size_t count;

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    request_body(&desk, "CN=device-7", &body);
    ask(desk.cmp, &client, YX_CMP_IR, yx_buf_bytes(&body), &issued);
    expect_ok(yx_store_write(yx_ca_store(desk.people.ca), run_sql, forget, &err), &err);
    expect_ok(yx_cmp_sweep(desk.cmp, yx_now() + 601 * YX_SECOND, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_int_equal(state_of(&desk, issued.cert), YX_CA_REVOKED);
}

static void a_rejected_certificate_is_revoked(void **state)
{
    YX_CLEAN(desk) struct desk desk = {0};
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_CLEAN(answer) struct answer issued = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    struct client client = seven();

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    request_body(&desk, "CN=device-7", &body);
    ask(desk.cmp, &client, YX_CMP_IR, yx_buf_bytes(&body), &issued);
    confirm(&desk, &client, &issued, YX_CMP_REJECTION, &answer);
    assert_int_equal(answer.message.kind, YX_CMP_PKICONF);
    assert_int_equal(state_of(&desk, issued.cert), YX_CA_REVOKED);
}

static void a_confirmation_must_fit(void **state)
{
    YX_CLEAN(desk) struct desk desk = {0};
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_CLEAN(yx_buf) struct yx_buf right = {0};
    YX_CLEAN(yx_buf) struct yx_buf wrong = {0};
    YX_CLEAN(yx_buf) struct yx_buf other_digest = {0};
    YX_CLEAN(answer) struct answer issued = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    struct client client = seven(), other = client_new("other", "secret of other");

    (void)state;
    desk_open(&desk, YX_KEY_SM2);
    request_body(&desk, "CN=device-7", &body);
    ask(desk.cmp, &client, YX_CMP_IR, yx_buf_bytes(&body), &issued);
    make_confirmation(issued.cert, YX_DIGEST_SM3, false, -1, &right);
    make_confirmation(desk.cmp_cert, YX_DIGEST_SM3, false, -1, &wrong);
    make_confirmation(issued.cert, YX_DIGEST_SHA256, true, -1, &other_digest);

    client.nonce[0] ^= 1;
    ask(desk.cmp, &client, YX_CMP_CERT_CONF, yx_buf_bytes(&right), &answer);
    assert_int_equal(answer.failure, YX_CMP_BAD_RECIPIENT_NONCE);
    client.recipient_nonce = issued.message.sender_nonce;
    ask(desk.cmp, &client, YX_CMP_CERT_CONF, yx_buf_bytes(&wrong), &answer);
    assert_int_equal(answer.failure, YX_CMP_BAD_CERT_ID);
    memcpy(other.transaction, client.transaction, 16);
    other.recipient_nonce = issued.message.sender_nonce;
    ask(desk.cmp, &other, YX_CMP_CERT_CONF, yx_buf_bytes(&right), &answer);
    assert_int_equal(answer.failure, YX_CMP_BAD_REQUEST);
    client.time = YX_TIME_NONE;
    ask_at(desk.cmp, &client, YX_CMP_CERT_CONF, yx_buf_bytes(&right), yx_now() + 700 * YX_SECOND,
           &answer);
    assert_int_equal(answer.failure, YX_CMP_BAD_TIME);
    ask(desk.cmp, &client, YX_CMP_CERT_CONF, yx_buf_bytes(&other_digest), &answer);
    assert_int_equal(answer.message.kind, YX_CMP_PKICONF);
    ask(desk.cmp, &client, YX_CMP_CERT_CONF, yx_buf_bytes(&right), &answer);
    assert_int_equal(answer.failure, YX_CMP_CERT_CONFIRMED);
    assert_int_equal(state_of(&desk, issued.cert), YX_CA_GOOD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_gets_a_certificate),
        cmocka_unit_test(a_signature_gets_another_and_a_new_one),
        cmocka_unit_test(pkcs10_is_taken_too),
        cmocka_unit_test(the_profile_is_that_of_the_message),
        cmocka_unit_test(an_ra_asks_for_others),
        cmocka_unit_test(revoked_suspended_restored),
        cmocka_unit_test(only_our_own_are_revoked),
        cmocka_unit_test(information_is_given),
        cmocka_unit_test(unconfirmed_certificates_are_revoked),
        cmocka_unit_test(one_of_a_process_that_died_is_revoked),
        cmocka_unit_test(a_rejected_certificate_is_revoked),
        cmocka_unit_test(a_confirmation_must_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
