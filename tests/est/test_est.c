/* SPDX-License-Identifier: Apache-2.0 */
/* test_est.c - EST requests and their replies: whatever is refused issues nothing. */
#include "enrol.h"

#include "est/est.h"

#define LOGIN "Basic ZGV2aWNlLTc6b3BlbiB0aGUgZG9vcg==" /* device-7:open the door */

static void make_request(const struct yx_private_key *key, const char *subject, struct yx_buf *out)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_signer signer = yx_signer_borrow_key(key);
    struct yx_error err;

    expect_ok(yx_name_to_der(subject, &name, &err), &err);
    expect_ok(yx_request_make(yx_buf_bytes(&name), yx_private_key_public(key), &signer, &der, &err),
              &err);
    assert_int_equal(yx_base64_encode(yx_buf_bytes(&der), out), YX_OK);
}

/* The only certificate of a certs-only message in base64. */
static struct yx_cert *read_reply(const struct yx_est_reply *reply)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_cert *cert = NULL;
    struct yx_der reader, at;
    struct yx_bytes content;
    struct yx_error err;

    assert_true(reply->is_base64);
    assert_string_equal(reply->content_type, "application/pkcs7-mime; smime-type=certs-only");
    assert_null(memchr(reply->body.data, '\n', reply->body.len));
    expect_ok(yx_base64_decode(yx_buf_bytes(&reply->body), &der, &err), &err);
    reader = yx_der_reader(yx_buf_bytes(&der), "ContentInfo");
    expect_ok(yx_der_enter(&reader, YX_DER_SEQUENCE, &at, &err), &err);
    expect_ok(yx_der_any(&at, NULL, NULL, NULL, &err), &err);
    expect_ok(yx_der_enter(&at, YX_DER_CONTEXT_CONSTRUCTED(0), &reader, &err), &err);
    expect_ok(yx_der_enter(&reader, YX_DER_SEQUENCE, &at, &err), &err);
    for (int i = 0; i < 3; i++)
        expect_ok(yx_der_any(&at, NULL, NULL, NULL, &err), &err);
    expect_ok(yx_der_get(&at, YX_DER_CONTEXT_CONSTRUCTED(0), &content, &err), &err);
    expect_ok(yx_cert_from_der(content, &cert, &err), &err);
    return cert;
}

static struct yx_est_request post(const char *operation, struct yx_bytes body)
{
    return (struct yx_est_request){.method = "POST",
                                   .operation = operation,
                                   .content_type = "application/pkcs10",
                                   .authorization = LOGIN,
                                   .body = body};
}

/* --- What everybody may know --------------------------------------------------------------- */

static void certificates_are_given_to_everybody(void **state)
{
    YX_CLEAN(people) struct people people = {0};
    YX_CLEAN(yx_est_reply) struct yx_est_reply reply = {0};
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    struct yx_est_request request = {.method = "GET",
                                     .operation = "tls-client/cacerts",
                                     .content_type = "",
                                     .authorization = ""};
    struct yx_error err;

    (void)state;
    people_open(&people);
    expect_ok(yx_est_answer(people.enrol, &request, &reply, &err), &err);
    assert_int_equal(reply.status, 200);
    cert = read_reply(&reply);
    assert_true(yx_bytes_equal(yx_cert_der(cert), yx_cert_der(yx_ca_certificate(people.ca))));
}

static void attributes_name_the_algorithm(void **state)
{
    YX_CLEAN(people) struct people people = {0};
    YX_CLEAN(yx_est_reply) struct yx_est_reply reply = {0};
    struct yx_est_request request = {
        .method = "GET", .operation = "csrattrs", .content_type = "", .authorization = ""};
    struct yx_error err;

    (void)state;
    people_open(&people);
    expect_ok(yx_est_answer(people.enrol, &request, &reply, &err), &err);
    assert_string_equal(reply.content_type, "application/csrattrs");
    assert_true(yx_bytes_are(yx_buf_bytes(&reply.body), "MAoGCCqBHM9VAYN1"));
}

/* --- Certificates -------------------------------------------------------------------------- */

static void whoever_logs_in_gets_a_certificate(void **state)
{
    static const char *const operations[] = {"simpleenroll", "tls-server/simpleenroll"};
    YX_CLEAN(people) struct people people = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = people_key();
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    struct yx_error err;

    (void)state;
    people_open(&people);
    make_request(key, "CN=device-7", &body);
    assert_int_equal(yx_buf_append_text(&body, "\r\n"), YX_OK);
    for (size_t i = 0; i < 2; i++) {
        YX_CLEAN(yx_est_reply) struct yx_est_reply reply = {0};
        YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
        struct yx_est_request request = post(operations[i], yx_buf_bytes(&body));

        request.content_type = "Application/PKCS10; charset=x";
        expect_ok(yx_est_answer(people.enrol, &request, &reply, &err), &err);
        cert = read_reply(&reply);
        expect_ok(yx_cert_verify_issued(cert, yx_ca_certificate(people.ca), &err), &err);
        assert_string_equal(yx_cert_subject(cert), "CN=device-7");
        assert_true(yx_cert_has_extended_usage(cert, i == 0 ? YX_OID_KP_CLIENT_AUTH
                                                            : YX_OID_KP_SERVER_AUTH));
    }
}

static void every_refusal_issues_nothing(void **state)
{
    YX_CLEAN(people) struct people people = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = people_key();
    YX_CLEAN(yx_buf) struct yx_buf good = {0};
    YX_CLEAN(yx_buf) struct yx_buf strange = {0};
    YX_CLEAN(yx_buf) struct yx_buf forged = {0};
    YX_CLEAN(yx_buf) struct yx_buf huge = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_error err;

    (void)state;
    people_open(&people);
    make_request(key, "CN=device-7", &good);
    make_request(key, "CN=device-8", &strange);
    expect_ok(yx_base64_decode(yx_buf_bytes(&good), &der, &err), &err);
    der.data[der.len - 1] ^= 1;
    assert_int_equal(yx_base64_encode(yx_buf_bytes(&der), &forged), YX_OK);
    while (huge.len <= YX_EST_BODY_MAX)
        assert_int_equal(yx_buf_append(&huge, yx_buf_bytes(&good)), YX_OK);
    const struct {
        const char *method, *operation, *type, *login;
        struct yx_bytes body;
        unsigned status;
    } cases[] = {
        {"POST", "simpleenroll", "application/pkcs10", "", yx_buf_bytes(&good), 401},
        {"POST", "simpleenroll", "application/pkcs10", "Bearer abc", yx_buf_bytes(&good), 401},
        {"POST", "simpleenroll", "application/pkcs10", "Basic !!!", yx_buf_bytes(&good), 401},
        {"POST", "simpleenroll", "application/pkcs10", "Basic YWJj", yx_buf_bytes(&good), 401},
        {"POST", "simpleenroll", "application/pkcs10",
         "Basic ZGV2aWNlLTc6d3Jvbmc=", yx_buf_bytes(&good), 401},
        {"POST", "simpleenroll", "text/plain", LOGIN, yx_buf_bytes(&good), 415},
        {"POST", "simpleenroll", "", LOGIN, yx_buf_bytes(&good), 415},
        {"POST", "simpleenroll", "application/pkcs10", LOGIN, YX_TEXT(""), 400},
        {"POST", "simpleenroll", "application/pkcs10", LOGIN, YX_TEXT("!!!!"), 400},
        {"POST", "simpleenroll", "application/pkcs10", LOGIN, YX_TEXT("AAAA"), 400},
        {"POST", "simpleenroll", "application/pkcs10", LOGIN, yx_buf_bytes(&der), 400},
        {"POST", "simpleenroll", "application/pkcs10", LOGIN, yx_buf_bytes(&forged), 400},
        {"POST", "simpleenroll", "application/pkcs10", LOGIN, yx_buf_bytes(&huge), 413},
        {"POST", "simpleenroll", "application/pkcs10", LOGIN, yx_buf_bytes(&strange), 403},
        {"POST", "unit/simpleenroll", "application/pkcs10", LOGIN, yx_buf_bytes(&good), 403},
        {"POST", "simplereenroll", "application/pkcs10", LOGIN, yx_buf_bytes(&good), 403},
        {"GET", "simpleenroll", "", LOGIN, YX_TEXT(""), 405},
        {"POST", "cacerts", "", "", YX_TEXT(""), 405},
        {"GET", "", "", "", YX_TEXT(""), 404},
        {"GET", "/cacerts", "", "", YX_TEXT(""), 404},
        {"GET", "nonsense/cacerts", "", "", YX_TEXT(""), 404},
        {"GET", "unit/unit/cacerts", "", "", YX_TEXT(""), 404},
        {"GET", "nonsense", "", "", YX_TEXT(""), 404},
        {"POST", "serverkeygen", "application/pkcs10", LOGIN, yx_buf_bytes(&good), 403},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_est_reply) struct yx_est_reply reply = {0};
        struct yx_est_request request = {.method = cases[i].method,
                                         .operation = cases[i].operation,
                                         .content_type = cases[i].type,
                                         .authorization = cases[i].login,
                                         .body = cases[i].body};

        assert_int_not_equal(yx_est_answer(people.enrol, &request, &reply, &err), YX_OK);
        if (reply.status != cases[i].status)
            fail_msg("case %zu: %u, expected %u", i, reply.status, cases[i].status);
        assert_int_equal(reply.ask_password, cases[i].status == 401);
        assert_true(reply.body.len > 0 && !reply.is_base64);
        assert_int_equal(folder_count(people.ca), 0);
    }
}

static void a_locked_authority_says_later(void **state)
{
    YX_CLEAN(people) struct people people = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = people_key();
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_CLEAN(yx_est_reply) struct yx_est_reply reply = {0};
    struct yx_est_request request;
    struct yx_error err;
    yx_time now = yx_now();

    (void)state;
    people_open(&people);
    make_request(key, "CN=device-7", &body);
    request = post("simpleenroll", yx_buf_bytes(&body));
    yx_cert_free(people_issue(&people, "tls-client", "CN=x", key, NULL, 0));
    yx_enrol_free(people.enrol);
    people.enrol = NULL;
    yx_ca_free(people.ca);
    people.ca = NULL;
    expect_ok(yx_ca_open(people.folder.ca, &people.ca, &err), &err);
    expect_ok(yx_enrol_new(people.ca, people.path, &people.enrol, &err), &err);
    (void)now;
    assert_int_not_equal(yx_est_answer(people.enrol, &request, &reply, &err), YX_OK);
    assert_int_equal(reply.status, 503);
    assert_int_not_equal(reply.retry_after, 0);
    assert_int_equal(folder_count(people.ca), 1);
}

/* --- By certificate ------------------------------------------------------------------------ */

static yx_status again(struct people *people, const char *operation, const char *subject,
                       const struct yx_cert *shown, unsigned *status, struct yx_cert **out)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = people_key();
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_CLEAN(yx_est_reply) struct yx_est_reply reply = {0};
    struct yx_est_request request;
    yx_status answered;

    make_request(key, subject, &body);
    request = post(operation, yx_buf_bytes(&body));
    request.authorization = "";
    request.client_certificate = yx_cert_der(shown);
    answered = yx_est_answer(people->enrol, &request, &reply, NULL);
    *status = reply.status;
    if (answered == YX_OK)
        *out = read_reply(&reply);
    return answered;
}

static void a_certificate_renews_itself(void **state)
{
    YX_CLEAN(people) struct people people = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = people_key();
    YX_CLEAN(yx_cert) struct yx_cert *old = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *made = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *second = NULL;
    struct yx_ca_revoke_request lost = {
        .reason = 1, .invalid_since = YX_TIME_NONE, .actor = "test"};
    unsigned status;
    struct yx_error err;

    (void)state;
    people_open(&people);
    old = people_issue(&people, "tls-client", "CN=device-7", key, NULL, 0);
    expect_ok(again(&people, "simplereenroll", "CN=device-7", old, &status, &made), &err);
    assert_string_equal(yx_cert_subject(made), "CN=device-7");
    assert_string_not_equal(yx_cert_serial(made), yx_cert_serial(old));
    expect_ok(again(&people, "simpleenroll", "CN=device-7", old, &status, &second), &err);
    assert_int_equal(folder_count(people.ca), 3);

    expect_status(again(&people, "simplereenroll", "CN=device-8", old, &status, &made), YX_REFUSED,
                  &err);
    assert_int_equal(status, 403);
    expect_status(again(&people, "simplereenroll", "CN=device-7", yx_ca_certificate(people.ca),
                        &status, &made),
                  YX_REFUSED, &err);
    assert_int_equal(status, 401);
    lost.serial = yx_cert_serial(old);
    lost.now = yx_now();
    expect_ok(yx_ca_revoke(people.ca, &lost, &err), &err);
    expect_status(again(&people, "simplereenroll", "CN=device-7", old, &status, &made), YX_REFUSED,
                  &err);
    assert_int_equal(status, 401);
    assert_int_equal(folder_count(people.ca), 3);
}

/* --- Waiting for a person -------------------------------------------------------------------- */

#define WAITS "Basic d2FpdHM6b3BlbiB0aGUgZ2F0ZQ==" /* waits:open the gate */

static unsigned ask_as_waits(const struct people *people, const struct yx_buf *body, yx_time now,
                             struct yx_est_reply *reply)
{
    struct yx_est_request request = post("simpleenroll", yx_buf_bytes(body));
    struct yx_error err;

    yx_est_reply_free(reply);
    *reply = (struct yx_est_reply){0};
    request.authorization = WAITS;
    request.now = now;
    (void)yx_est_answer(people->enrol, &request, reply, &err);
    return reply->status;
}

static bool take_number(void *self, const struct yx_enrol_pending *pending)
{
    *(int64_t *)self = pending->number;
    return true;
}

static int64_t latest(const struct people *people, bool all)
{
    struct yx_error err;
    int64_t number = 0;

    expect_ok(yx_enrol_each_pending(people->ca, all, take_number, &number, &err), &err);
    return number;
}

/* RFC 7030 4.2.3 */
static void a_request_waits_until_it_is_approved(void **state)
{
    YX_CLEAN(people) struct people people = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = people_key();
    YX_CLEAN(yx_private_key) struct yx_private_key *other = people_key();
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_CLEAN(yx_buf) struct yx_buf another = {0};
    YX_CLEAN(yx_est_reply) struct yx_est_reply reply = {0};
    YX_CLEAN(yx_cert) struct yx_cert *first = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *again = NULL;
    struct yx_error err;
    int64_t number;

    (void)state;
    people_open(&people);
    make_request(key, "CN=waits", &body);
    make_request(other, "CN=waits", &another);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(ask_as_waits(&people, &body, 0, &reply), 202);
        assert_int_equal(reply.retry_after, 60);
        assert_false(reply.is_base64);
    }
    number = latest(&people, false);
    assert_int_equal(folder_count(people.ca), 0);
    expect_ok(yx_enrol_decide(people.ca, number, true, "cli:test", &err), &err);
    assert_int_equal(ask_as_waits(&people, &another, 0, &reply), 202); /* another key */
    assert_int_equal(ask_as_waits(&people, &body, 0, &reply), 200);
    first = read_reply(&reply);
    assert_true(yx_bytes_equal(yx_public_key_spki(yx_cert_public_key(first)),
                               yx_public_key_spki(yx_private_key_public(key))));
    assert_int_equal(ask_as_waits(&people, &body, 0, &reply), 200); /* the answer was lost */
    again = read_reply(&reply);
    assert_string_equal(yx_cert_serial(first), yx_cert_serial(again));
    assert_int_equal(folder_count(people.ca), 1);
    /* An approval is not for ever. */
    assert_int_equal(ask_as_waits(&people, &body, yx_now() + 8 * YX_DAY, &reply), 202);
    assert_int_equal(folder_count(people.ca), 1);
}

static void a_refused_request_stays_refused(void **state)
{
    YX_CLEAN(people) struct people people = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = people_key();
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_CLEAN(yx_est_reply) struct yx_est_reply reply = {0};
    struct yx_error err;

    (void)state;
    people_open(&people);
    make_request(key, "CN=waits", &body);
    assert_int_equal(ask_as_waits(&people, &body, 0, &reply), 202);
    expect_ok(yx_enrol_decide(people.ca, latest(&people, false), false, "cli:test", &err), &err);
    assert_int_equal(latest(&people, false), 0);
    assert_int_not_equal(latest(&people, true), 0);
    assert_int_equal(ask_as_waits(&people, &body, 0, &reply), 403);
    expect_status(yx_enrol_decide(people.ca, latest(&people, true), true, "cli:test", &err),
                  YX_REFUSED, &err);
    expect_status(yx_enrol_decide(people.ca, 4711, true, "cli:test", &err), YX_REFUSED, &err);
    assert_int_equal(folder_count(people.ca), 0);
}

static void nobody_fills_the_desk(void **state)
{
    YX_CLEAN(people) struct people people = {0};
    YX_CLEAN(yx_est_reply) struct yx_est_reply reply = {0};
    YX_CLEAN(yx_buf) struct yx_buf bad = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = people_key();

    (void)state;
    people_open(&people);
    make_request(key, "CN=device-8", &bad);
    assert_int_equal(ask_as_waits(&people, &bad, 0, &reply), 403); /* not to be approved at all */
    assert_int_equal(latest(&people, false), 0);
    for (unsigned i = 0; i <= 20; i++) {
        YX_CLEAN(yx_private_key) struct yx_private_key *fresh = people_key();
        YX_CLEAN(yx_buf) struct yx_buf body = {0};

        make_request(fresh, "CN=waits", &body);
        assert_int_equal(ask_as_waits(&people, &body, 0, &reply), i < 20 ? 202 : 403);
    }
}

/* --- Keys made here -------------------------------------------------------------------------- */

/* With "device-7", for whose tls-client certificates keys are made, and not for tls-server. */
static void people_open_with_keys(struct people *people)
{
    char path[160];
    struct yx_error err;

    people_open(people);
    (void)snprintf(path, sizeof path, "%s/profiles.conf", people->folder.ca);
    people_write(path, YX_TEXT("profile tls-client { like = \"tls-client\" makes_keys = true }"),
                 0600);
    yx_enrol_free(people->enrol);
    people->enrol = NULL;
    yx_ca_free(people->ca);
    people->ca = NULL;
    expect_ok(yx_ca_open(people->folder.ca, &people->ca, &err), &err);
    expect_ok(yx_ca_unlock(people->ca, PASSPHRASE, &err), &err);
    expect_ok(yx_enrol_new(people->ca, people->path, &people->enrol, &err), &err);
}

/* A request for a key, whose own key and signature stand for nothing; with an attribute of this
 * type, unless it is UNKNOWN. */
static void make_template(struct yx_bytes spki, yx_oid attribute, struct yx_buf *out)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_error err;
    size_t request = yx_der_begin(&w, YX_DER_SEQUENCE), info = yx_der_begin(&w, YX_DER_SEQUENCE),
           list, one, set;

    expect_ok(yx_name_to_der("CN=device-7", &name, &err), &err);
    yx_der_put_int(&w, 0);
    yx_der_put_raw(&w, yx_buf_bytes(&name));
    yx_der_put_raw(&w, spki);
    list = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
    if (attribute != YX_OID_UNKNOWN) {
        one = yx_der_begin(&w, YX_DER_SEQUENCE);
        yx_der_put_oid(&w, attribute);
        set = yx_der_begin(&w, YX_DER_SET);
        yx_der_put(&w, YX_DER_OCTET_STRING, YX_TEXT("a key of mine"));
        yx_der_close(&w, set);
        yx_der_close(&w, one);
    }
    yx_der_close(&w, list);
    yx_der_close(&w, info);
    yx_der_put_signature_algorithm(&w, YX_SIG_SM2_SM3);
    yx_der_put_bit_string(&w, YX_TEXT("no signature"));
    yx_der_close(&w, request);
    expect_ok(yx_der_finish(&w, &der, &err), &err);
    assert_int_equal(yx_base64_encode(yx_buf_bytes(&der), out), YX_OK);
}

/* The base64 of a part, behind its head; *at moves behind it. */
static void take_part(const char **at, const char *type, struct yx_buf *out)
{
    const char *body, *end;
    struct yx_error err;

    *at = strstr(*at, "--part-of-est\r\nContent-Type: ");
    assert_non_null(*at);
    assert_non_null(strstr(*at, type));
    body = strstr(*at, "\r\n\r\n");
    assert_non_null(body);
    body += 4;
    end = strstr(body, "\r\n");
    assert_non_null(end);
    expect_ok(yx_base64_decode(YX_BYTES(body, (size_t)(end - body)), out, &err), &err);
    *at = end;
}

static void read_pair(struct yx_est_reply *reply, struct yx_private_key **key,
                      struct yx_cert **cert)
{
    YX_CLEAN(yx_buf) struct yx_buf info = {0};
    struct yx_est_reply certs = {.is_base64 = true,
                                 .content_type = "application/pkcs7-mime; smime-type=certs-only"};
    YX_CLEAN(yx_buf) struct yx_buf message = {0};
    struct yx_error err;
    const char *at;

    assert_string_equal(reply->content_type, "multipart/mixed; boundary=\"part-of-est\"");
    assert_int_equal(yx_buf_append(&reply->body, YX_BYTES("", 1)), YX_OK);
    at = (const char *)reply->body.data;
    take_part(&at, "application/pkcs8\r\n", &info);
    take_part(&at, "application/pkcs7-mime; smime-type=certs-only\r\n", &message);
    assert_string_equal(at, "\r\n--part-of-est--\r\n");
    expect_ok(yx_private_key_read(yx_buf_bytes(&info), YX_BYTES(NULL, 0), key, &err), &err);
    assert_int_equal(yx_base64_encode(yx_buf_bytes(&message), &certs.body), YX_OK);
    *cert = read_reply(&certs);
    yx_est_reply_free(&certs);
}

static bool is_on_record(struct people *people, const char *action);

static void a_key_is_made_for_who_cannot(void **state)
{
    static const yx_key_type types[] = {YX_KEY_SM2, YX_KEY_P256, YX_KEY_ED25519};
    YX_CLEAN(people) struct people people = {0};
    struct yx_error err;

    (void)state;
    people_open_with_keys(&people);
    for (size_t i = 0; i <= sizeof types / sizeof types[0]; i++) {
        bool is_nonsense = i == sizeof types / sizeof types[0];
        YX_CLEAN(yx_private_key) struct yx_private_key *dummy = NULL;
        YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
        YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
        YX_CLEAN(yx_buf) struct yx_buf body = {0};
        YX_CLEAN(yx_est_reply) struct yx_est_reply reply = {0};
        struct yx_est_request request;
        struct yx_bytes made;

        expect_ok(yx_private_key_generate(types[i % 3], 0, &dummy, &err), &err);
        make_template(is_nonsense ? YX_BYTES("\x30\x02\x05\x00", 4)
                                  : yx_public_key_spki(yx_private_key_public(dummy)),
                      YX_OID_UNKNOWN, &body);
        request = post("serverkeygen", yx_buf_bytes(&body));
        expect_ok(yx_est_answer(people.enrol, &request, &reply, &err), &err);
        read_pair(&reply, &key, &cert);
        made = yx_public_key_spki(yx_private_key_public(key));
        assert_int_equal(yx_public_key_type(yx_private_key_public(key)),
                         is_nonsense ? YX_KEY_SM2 : types[i]);
        assert_false(yx_bytes_equal(made, yx_public_key_spki(yx_private_key_public(dummy))));
        assert_true(yx_bytes_equal(made, yx_public_key_spki(yx_cert_public_key(cert))));
        assert_string_equal(yx_cert_subject(cert), "CN=device-7");
        expect_ok(yx_cert_verify_issued(cert, yx_ca_certificate(people.ca), &err), &err);
        assert_int_equal(folder_count(people.ca), i + 1);
    }
    assert_true(is_on_record(&people, "enrol.key.make"));
}

static void where_no_key_is_made(void **state)
{
    YX_CLEAN(people) struct people people = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *dummy = people_key();
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_CLEAN(yx_buf) struct yx_buf closed = {0};
    YX_CLEAN(yx_buf) struct yx_buf symmetric = {0};
    YX_CLEAN(yx_buf) struct yx_buf waits = {0};
    struct yx_bytes spki = yx_public_key_spki(yx_private_key_public(dummy));
    struct yx_error err;

    (void)state;
    people_open_with_keys(&people);
    make_template(spki, YX_OID_UNKNOWN, &body);
    make_template(spki, YX_OID_ASYMMETRIC_DECRYPT_KEY_ID, &closed);
    make_template(spki, YX_OID_DECRYPT_KEY_ID, &symmetric);
    make_request(dummy, "CN=waits", &waits);
    const struct {
        const char *operation, *login;
        struct yx_bytes body;
        unsigned status;
    } cases[] = {
        {"serverkeygen", "", yx_buf_bytes(&body), 401},
        {"tls-server/serverkeygen", LOGIN, yx_buf_bytes(&body), 403},
        {"simpleenroll", LOGIN, yx_buf_bytes(&body), 400}, /* nobody shows to hold the key */
        {"serverkeygen", LOGIN, yx_buf_bytes(&closed), 400},
        {"serverkeygen", LOGIN, yx_buf_bytes(&symmetric), 400},
        {"serverkeygen", LOGIN, yx_buf_bytes(&waits), 403}, /* another subject */
        {"serverkeygen", WAITS, yx_buf_bytes(&waits), 403}, /* must be approved */
        {"serverkeygen", LOGIN, YX_TEXT("AAAA"), 400},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_est_reply) struct yx_est_reply reply = {0};
        struct yx_est_request request = post(cases[i].operation, cases[i].body);

        request.authorization = cases[i].login;
        assert_int_not_equal(yx_est_answer(people.enrol, &request, &reply, &err), YX_OK);
        if (reply.status != cases[i].status)
            fail_msg("case %zu: %u, expected %u", i, reply.status, cases[i].status);
        assert_null(memmem(reply.body.data, reply.body.len, "part-of", 7));
    }
    assert_int_equal(folder_count(people.ca), 0);
    assert_false(is_on_record(&people, "enrol.key.make"));
}

struct search {
    const char *action;
    bool found;
};

static yx_status look_at_leaf(void *self, const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    struct search *search = self;

    (void)err;
    search->found |= strcmp(leaf->action, search->action) == 0;
    return YX_OK;
}

static bool is_on_record(struct people *people, const char *action)
{
    struct search search = {action, false};
    struct yx_error err;

    expect_ok(yx_audit_list(yx_ca_store(people->ca), 1, 1000, look_at_leaf, &search, &err), &err);
    return search.found;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_are_given_to_everybody),
        cmocka_unit_test(attributes_name_the_algorithm),
        cmocka_unit_test(whoever_logs_in_gets_a_certificate),
        cmocka_unit_test(every_refusal_issues_nothing),
        cmocka_unit_test(a_locked_authority_says_later),
        cmocka_unit_test(a_certificate_renews_itself),
        cmocka_unit_test(a_request_waits_until_it_is_approved),
        cmocka_unit_test(a_refused_request_stays_refused),
        cmocka_unit_test(nobody_fills_the_desk),
        cmocka_unit_test(a_key_is_made_for_who_cannot),
        cmocka_unit_test(where_no_key_is_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
