/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ocsp.c - our OCSP responder and our client (RFC 6960, 5019, 8954): answers for every type of
 * key, judged by openssl where it can; openssl's answers; every request and every answer that is
 * refused. What responses mean for a path is in test_ocsp_revocation.c.
 */
#include "responder.h"

#include <openssl/pem.h>

#include "tools.h"

#define CA_USAGE "critical,keyCertSign,cRLSign"
#define NOTHING YX_BYTES(NULL, 0)
#define AN_HOUR_AGO (PKI_NOW - 3600 * YX_SECOND)

static struct folder folder;
static struct actor root, stranger, leaf, other, delegate;

static void make_root(yx_key_type type, struct actor *out)
{
    static const struct cert_spec spec = {
        .name = "Root", .constraints = "critical,CA:TRUE", .key_usage = CA_USAGE};
    actor_make(&spec, type, NULL, out);
}

static void make_leaf(yx_key_type type, const struct actor *issuer, long serial, struct actor *out)
{
    struct cert_spec spec = {.name = "Leaf", .key_usage = "digitalSignature", .serial = serial};
    actor_make(&spec, type, issuer, out);
}

static void make_delegate(yx_key_type type, const struct actor *issuer, struct actor *out)
{
    static const struct cert_spec spec = {.name = "OCSP",
                                          .key_usage = "critical,digitalSignature",
                                          .extended_usage = "OCSPSigning",
                                          .no_check = "yes",
                                          .serial = 33};
    actor_make(&spec, type, issuer, out);
}

static struct yx_ocsp_question question_about(const struct actor *about, struct yx_bytes request)
{
    return (struct yx_ocsp_question){
        .about = {about->cert, root.cert}, .request = request, .at = PKI_NOW, .now = PKI_NOW};
}

static void expect_answer(struct yx_bytes response, const struct yx_ocsp_question *question,
                          yx_status want, const char *words)
{
    struct yx_error err;
    struct yx_ocsp_answer answer;
    char text[600] = "";
    yx_status status = yx_ocsp_response_check(response, question, &answer, &err);
    if (status != YX_OK)
        yx_message_render(&err.message, NULL, text, sizeof text);
    if (status != want || (words != NULL && strstr(text, words) == NULL))
        fail_msg("status %d \"%s\", expected %d \"%s\"", (int)status, text, (int)want,
                 words != NULL ? words : "");
}

/* --- Answers for everybody --------------------------------------------------------------- */

static yx_status find_by_last_octet(void *self, struct yx_bytes serial,
                                    struct yx_ocsp_answer *answer, struct yx_error *err)
{
    (void)err;
    *answer = (struct yx_ocsp_answer){
        .status = YX_OCSP_UNKNOWN, .this_update = AN_HOUR_AGO, .next_update = PKI_NOW + YX_DAY};
    if (self != NULL)
        return yx_fail(err, YX_IO, "", "the disk is gone");
    if (serial.data[serial.len - 1] == 7)
        answer->status = YX_OCSP_GOOD;
    if (serial.data[serial.len - 1] == 8) {
        answer->status = YX_OCSP_REVOKED;
        answer->revoked_at = PKI_NOW - 3 * YX_DAY;
        answer->reason = 1;
    }
    return YX_OK;
}
static const struct yx_ocsp_records records = {.find = find_by_last_octet};

static void ask_and_answer(const struct actor *ca, const struct actor *by,
                           yx_digest_algorithm digest, const struct actor *good,
                           const struct actor *revoked)
{
    struct yx_error err;
    YX_CLEAN(yx_ocsp_responder) struct yx_ocsp_responder *responder = NULL;
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    struct yx_signer signer = yx_signer_borrow_key(by != NULL ? by->key : ca->key);
    struct yx_ocsp_pair pairs[] = {{good->cert, ca->cert}, {revoked->cert, ca->cert}};
    struct yx_ocsp_answer answer;
    expect_ok(yx_ocsp_request_make(pairs, 2, digest, true, &request, &err), &err);
    expect_ok(
        yx_ocsp_responder_new(ca->cert, by != NULL ? by->cert : NULL, &signer, &responder, &err),
        &err);
    expect_ok(yx_ocsp_reply(responder, &records, yx_buf_bytes(&request), PKI_NOW, &response, &err),
              &err);
    struct yx_ocsp_question question = {.about = pairs[0],
                                        .request = yx_buf_bytes(&request),
                                        .nonce_required = true,
                                        .at = PKI_NOW,
                                        .now = PKI_NOW};
    expect_ok(yx_ocsp_response_check(yx_buf_bytes(&response), &question, &answer, &err), &err);
    assert_int_equal(answer.status, YX_OCSP_GOOD);
    assert_true(answer.this_update == AN_HOUR_AGO && answer.next_update == PKI_NOW + YX_DAY);
    question.about = pairs[1];
    expect_ok(yx_ocsp_response_check(yx_buf_bytes(&response), &question, &answer, &err), &err);
    assert_int_equal(answer.status, YX_OCSP_REVOKED);
    assert_true(answer.revoked_at == PKI_NOW - 3 * YX_DAY && answer.reason == 1);
}

static void test_every_key_answers(void **state)
{
    (void)state;
    static const yx_key_type types[] = {YX_KEY_SM2, YX_KEY_P256, YX_KEY_P384, YX_KEY_RSA,
                                        YX_KEY_ED25519};
    static const yx_digest_algorithm digests[] = {YX_DIGEST_NONE, YX_DIGEST_SHA1, YX_DIGEST_SHA256,
                                                  YX_DIGEST_SM3};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        YX_CLEAN(actor) struct actor ca = {0}, by = {0}, good = {0}, revoked = {0};
        make_root(types[i], &ca);
        make_delegate(types[i], &ca, &by);
        make_leaf(types[i], &ca, 7, &good);
        make_leaf(types[i], &ca, 8, &revoked);
        for (size_t j = 0; j < sizeof digests / sizeof *digests; j++) {
            ask_and_answer(&ca, NULL, digests[j], &good, &revoked);
            ask_and_answer(&ca, &by, digests[j], &good, &revoked);
        }
    }
}

/* --- Responses that are refused ---------------------------------------------------------- */

static const struct refusal {
    const char *what;
    struct reply_spec reply;
    yx_time at; /* 0: PKI_NOW */
    yx_status status;
    const char *words;
} refusals[] = {
    {"good", {.answer.status = YX_OCSP_GOOD}, 0, YX_OK, NULL},
    {"out of date",
     {.answer = {.this_update = PKI_NOW - 9 * YX_DAY, .next_update = PKI_NOW - YX_DAY}},
     0,
     YX_REFUSED,
     "does not cover 2026-01-01T00:00:00Z: it is of 2025-12-23T00:00:00Z, the next was due "
     "2025-12-31T00:00:00Z"},
    {"out of date now, not then",
     {.answer = {.this_update = PKI_NOW - 9 * YX_DAY, .next_update = PKI_NOW - YX_DAY}},
     PKI_NOW - 2 * YX_DAY,
     YX_OK,
     NULL},
    {"of the future",
     {.answer = {.this_update = PKI_NOW + 61 * YX_SECOND}},
     0,
     YX_REFUSED,
     "does not cover"},
    {"of a clock that is a little fast",
     {.answer = {.this_update = PKI_NOW + 59 * YX_SECOND}},
     0,
     YX_OK,
     NULL},
    {"without nextUpdate, from before",
     {.answer = {.this_update = PKI_NOW - 1 * YX_SECOND, .next_update = YX_TIME_NONE}},
     0,
     YX_REFUSED,
     "does not cover"},
    {"without nextUpdate, of now",
     {.answer = {.this_update = PKI_NOW, .next_update = YX_TIME_NONE}},
     0,
     YX_OK,
     NULL},
};

static void test_times(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        YX_CLEAN(yx_buf) struct yx_buf response = {0};
        struct yx_ocsp_question question = question_about(&leaf, NOTHING);
        if (refusals[i].at != 0)
            question.at = refusals[i].at;
        print_message("%s\n", refusals[i].what);
        reply_make(&root, NULL, leaf.cert, &refusals[i].reply, &response);
        expect_answer(yx_buf_bytes(&response), &question, refusals[i].status, refusals[i].words);
    }
}

/* Signs a response by somebody who may not, in the name of whoever he likes. */
static void forge(const struct actor *issuer, const struct actor *by, struct yx_buf *out)
{
    static const struct reply_spec good = {.answer.status = YX_OCSP_GOOD};
    reply_make(issuer, by, leaf.cert, &good, out);
}

static const struct delegate_case {
    const char *what;
    struct cert_spec spec;
    bool of_stranger;
    yx_status status;
} delegate_cases[] = {
    {"delegate",
     {.name = "D", .extended_usage = "OCSPSigning", .key_usage = "digitalSignature"},
     false,
     YX_OK},
    {"delegate without keyUsage", {.name = "D", .extended_usage = "OCSPSigning"}, false, YX_OK},
    {"delegate of another CA of the same name",
     {.name = "D", .extended_usage = "OCSPSigning"},
     true,
     YX_REFUSED},
    {"delegate that had expired",
     {.name = "D",
      .extended_usage = "OCSPSigning",
      .from = PKI_NOW - 9 * YX_DAY,
      .to = PKI_NOW - 8 * YX_DAY},
     false,
     YX_REFUSED},
    {"delegate that was not yet valid",
     {.name = "D", .extended_usage = "OCSPSigning", .from = PKI_NOW, .to = PKI_NOW + YX_DAY},
     false,
     YX_REFUSED},
    {"delegate with a critical extension that nobody knows",
     {.name = "D", .extended_usage = "OCSPSigning", .other_critical = "1.2.3.4"},
     false,
     YX_REFUSED},
    {"delegate certified with SHA-1",
     {.name = "D", .extended_usage = "OCSPSigning", .digest = "SHA1"},
     false,
     YX_REFUSED},
};

static void test_delegates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof delegate_cases / sizeof *delegate_cases; i++) {
        const struct delegate_case *c = &delegate_cases[i];
        const struct actor *ca = c->of_stranger ? &stranger : &root;
        YX_CLEAN(actor) struct actor by = {0};
        YX_CLEAN(yx_buf) struct yx_buf response = {0};
        struct yx_ocsp_question question = question_about(&leaf, NOTHING);
        print_message("%s\n", c->what);
        actor_make(&c->spec, YX_KEY_P256, ca, &by);
        forge(ca, &by, &response);
        if (c->of_stranger) /* it is about the stranger's key too: said so, and not tried further */
            question.about.issuer = root.cert;
        expect_answer(yx_buf_bytes(&response), &question, c->status,
                      c->status == YX_OK ? NULL : "signed neither by CN=Root,C=CN nor");
    }
}

static void test_people_who_are_no_delegates(void **state)
{
    (void)state;
    struct yx_error err;
    struct yx_ocsp_responder *responder = NULL;
    struct yx_signer by_leaf = yx_signer_borrow_key(leaf.key);
    struct yx_signer by_delegate = yx_signer_borrow_key(delegate.key);
    expect_status(yx_ocsp_responder_new(root.cert, leaf.cert, &by_leaf, &responder, &err),
                  YX_REFUSED, &err);
    assert_string_equal(err.rule, "RFC 6960 4.2.2.2");
    expect_status(
        yx_ocsp_responder_new(stranger.cert, delegate.cert, &by_delegate, &responder, &err),
        YX_REFUSED, &err);
    expect_status(yx_ocsp_responder_new(root.cert, delegate.cert, &by_leaf, &responder, &err),
                  YX_REFUSED, &err);
    expect_status(yx_ocsp_responder_new(root.cert, NULL, &by_leaf, &responder, &err), YX_REFUSED,
                  &err);
    assert_null(responder);
}

static void test_response_about_another(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    struct yx_ocsp_question question = question_about(&other, NOTHING);
    forge(&root, NULL, &response);
    expect_answer(yx_buf_bytes(&response), &question, YX_REFUSED,
                  "says nothing about CN=Leaf,C=CN");
}

/* --- Nonces ------------------------------------------------------------------------------ */

static void test_nonces(void **state)
{
    (void)state;
    struct yx_error err;
    struct yx_ocsp_request asked;
    struct yx_ocsp_pair pair = {leaf.cert, root.cert};
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    struct reply_spec spec = {.answer.status = YX_OCSP_GOOD};
    expect_ok(yx_ocsp_request_make(&pair, 1, YX_DIGEST_NONE, true, &request, &err), &err);
    expect_ok(yx_ocsp_request_parse(yx_buf_bytes(&request), &asked, &err), &err);
    assert_int_equal(asked.count, 1);
    assert_int_equal(asked.nonce.len, 32);
    struct yx_ocsp_question question = question_about(&leaf, yx_buf_bytes(&request));

    spec.nonce = asked.nonce;
    reply_make(&root, NULL, leaf.cert, &spec, &response);
    expect_answer(yx_buf_bytes(&response), &question, YX_OK, NULL);
    spec.nonce = NOTHING; /* made in advance: RFC 5019 */
    reply_make(&root, NULL, leaf.cert, &spec, &response);
    expect_answer(yx_buf_bytes(&response), &question, YX_OK, NULL);
    question.nonce_required = true;
    expect_answer(yx_buf_bytes(&response), &question, YX_REFUSED, "nonce");
    question.nonce_required = false;
    spec.nonce = YX_BYTES("another nonce", 13);
    reply_make(&root, NULL, leaf.cert, &spec, &response);
    expect_answer(yx_buf_bytes(&response), &question, YX_REFUSED, "nonce");
}

/* --- Requests that are refused ----------------------------------------------------------- */

static void put_nonce(struct yx_der_writer *w, struct yx_bytes nonce, bool critical, yx_oid oid)
{
    size_t extension = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_oid(w, oid);
    if (critical)
        yx_der_put_bool(w, true);
    size_t value = yx_der_begin(w, YX_DER_OCTET_STRING);
    yx_der_put(w, YX_DER_OCTET_STRING, nonce);
    yx_der_close(w, value);
    yx_der_close(w, extension);
}

/* A request with `count` times the same CertID and `nonces` nonces of `octets`. */
static void odd_request(size_t count, size_t nonces, size_t octets, bool critical, yx_oid oid,
                        struct yx_buf *out)
{
    static const uint8_t octet[64] = {1};
    struct yx_error err;
    struct yx_ocsp_pair pair = {leaf.cert, root.cert};
    YX_CLEAN(yx_buf) struct yx_buf id = {0};
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    expect_ok(yx_ocsp_id_make(&pair, YX_DIGEST_NONE, &id, &err), &err);
    size_t whole = yx_der_begin(&w, YX_DER_SEQUENCE), tbs = yx_der_begin(&w, YX_DER_SEQUENCE);
    size_t list = yx_der_begin(&w, YX_DER_SEQUENCE);
    for (size_t i = 0; i < count; i++) {
        size_t one = yx_der_begin(&w, YX_DER_SEQUENCE);
        yx_der_put_raw(&w, yx_buf_bytes(&id));
        yx_der_close(&w, one);
    }
    yx_der_close(&w, list);
    size_t tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(2));
    size_t extensions = yx_der_begin(&w, YX_DER_SEQUENCE);
    for (size_t i = 0; i < nonces; i++)
        put_nonce(&w, YX_BYTES(octet, octets), critical, oid);
    yx_der_close(&w, extensions);
    yx_der_close(&w, tagged);
    yx_der_close(&w, tbs);
    yx_der_close(&w, whole);
    out->len = 0;
    expect_ok(yx_der_finish(&w, out, &err), &err);
}

static void test_odd_requests(void **state)
{
    (void)state;
    static const struct {
        size_t count, nonces, octets;
        bool critical;
        yx_oid oid;
        yx_status status;
    } cases[] = {
        {1, 1, 1, false, YX_OID_OCSP_NONCE, YX_OK},
        {YX_OCSP_IDS_MAX, 1, 32, true, YX_OID_OCSP_NONCE, YX_OK},
        {YX_OCSP_IDS_MAX + 1, 1, 32, true, YX_OID_OCSP_NONCE, YX_DAMAGED},
        {0, 1, 32, false, YX_OID_OCSP_NONCE, YX_DAMAGED},
        {1, 1, 33, false, YX_OID_OCSP_NONCE, YX_DAMAGED},
        {1, 1, 0, false, YX_OID_OCSP_NONCE, YX_DAMAGED},
        {1, 2, 8, false, YX_OID_OCSP_NONCE, YX_DAMAGED},
        {1, 1, 8, true, YX_OID_OCSP_RESPONSE, YX_OK},
        {1, 1, 8, false, YX_OID_COMMON_NAME, YX_OK},
        {1, 1, 8, true, YX_OID_COMMON_NAME, YX_REFUSED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct yx_error err;
        struct yx_ocsp_request asked;
        YX_CLEAN(yx_buf) struct yx_buf request = {0};
        odd_request(cases[i].count, cases[i].nonces, cases[i].octets, cases[i].critical,
                    cases[i].oid, &request);
        expect_status(yx_ocsp_request_parse(yx_buf_bytes(&request), &asked, &err), cases[i].status,
                      &err);
    }
}

/* What a responder says when it cannot answer, as the client hears it. */
static void test_errors(void **state)
{
    (void)state;
    static const struct {
        yx_ocsp_error error;
        const char *words;
    } errors[] = {
        {YX_OCSP_MALFORMED_REQUEST, "malformedRequest"},
        {YX_OCSP_INTERNAL_ERROR, "internalError"},
        {YX_OCSP_TRY_LATER, "tryLater"},
        {YX_OCSP_SIG_REQUIRED, "sigRequired"},
        {YX_OCSP_UNAUTHORIZED, "unauthorized"},
    };
    struct yx_ocsp_question question = question_about(&leaf, NOTHING);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        struct yx_error err;
        YX_CLEAN(yx_buf) struct yx_buf response = {0};
        expect_ok(yx_ocsp_error_make(errors[i].error, &response, &err), &err);
        expect_answer(yx_buf_bytes(&response), &question, YX_REFUSED, errors[i].words);
        folder_write(&folder, "error.der", yx_buf_bytes(&response));
        assert_int_not_equal(tool(&folder, "openssl ocsp -respin error.der -noverify"), 0);
        assert_non_null(strcasestr(folder.output, errors[i].words));
    }
    expect_answer(YX_BYTES("\x30\x03\x0A\x01\x04", 5), &question, YX_DAMAGED, NULL);
}

static void test_replies_that_are_errors(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(yx_ocsp_responder) struct yx_ocsp_responder *responder = NULL;
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    int gone = 0;
    struct yx_ocsp_records broken = {.find = find_by_last_octet, .self = &gone};
    struct yx_signer signer = yx_signer_borrow_key(stranger.key);
    struct yx_ocsp_pair pair = {leaf.cert, root.cert};
    struct yx_ocsp_question question = question_about(&leaf, NOTHING);
    expect_ok(yx_ocsp_responder_new(stranger.cert, NULL, &signer, &responder, &err), &err);

    expect_status(yx_ocsp_reply(responder, &records, YX_BYTES("0\0", 2), PKI_NOW, &response, &err),
                  YX_DAMAGED, &err);
    expect_answer(yx_buf_bytes(&response), &question, YX_REFUSED, "malformedRequest");
    response.len = 0;
    expect_ok(yx_ocsp_request_make(&pair, 1, YX_DIGEST_SHA256, false, &request, &err), &err);
    expect_status(
        yx_ocsp_reply(responder, &records, yx_buf_bytes(&request), PKI_NOW, &response, &err),
        YX_REFUSED, &err);
    expect_answer(yx_buf_bytes(&response), &question, YX_REFUSED, "unauthorized");

    response.len = request.len = 0;
    pair.issuer = stranger.cert; /* of the same name */
    expect_ok(yx_ocsp_request_make(&pair, 1, YX_DIGEST_SHA256, false, &request, &err), &err);
    expect_status(
        yx_ocsp_reply(responder, &broken, yx_buf_bytes(&request), PKI_NOW, &response, &err), YX_IO,
        &err);
    expect_answer(yx_buf_bytes(&response), &question, YX_REFUSED, "internalError");
}

/* --- Bytes that were changed ------------------------------------------------------------- */

static void test_every_bit_counts(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    struct yx_ocsp_question question = question_about(&leaf, NOTHING);
    forge(&root, NULL, &response);
    for (size_t i = 0; i < response.len; i++) {
        struct yx_error err;
        struct yx_ocsp_answer answer;
        response.data[i] ^= 1;
        yx_status status =
            yx_ocsp_response_check(yx_buf_bytes(&response), &question, &answer, &err);
        if (status != YX_REFUSED && status != YX_DAMAGED)
            fail_msg("octet %zu changed: status %d", i, (int)status);
        response.data[i] ^= 1;
    }
    for (size_t len = 0; len < response.len; len++)
        expect_answer(YX_BYTES(response.data, len), &question, YX_DAMAGED, NULL);
    assert_int_equal(yx_buf_append_text(&response, "x"), YX_OK);
    expect_answer(yx_buf_bytes(&response), &question, YX_DAMAGED, NULL);
}

/* --- openssl ----------------------------------------------------------------------------- */

static void write_pem(const char *name, const struct actor *actor)
{
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    char path[128];
    assert_int_equal(yx_pem_write("CERTIFICATE", yx_cert_der(actor->cert), &pem), YX_OK);
    snprintf(path, sizeof path, "%s.pem", name);
    folder_write(&folder, path, yx_buf_bytes(&pem));
    snprintf(path, sizeof path, "%s/%s.key", folder.path, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_PrivateKey(file, actor->party.key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(file);
}

/* Our answers to openssl's requests, before openssl. */
static void test_openssl_judges(void **state)
{
    (void)state;
    static const yx_key_type types[] = {YX_KEY_P256, YX_KEY_RSA, YX_KEY_ED25519};
    for (size_t i = 0; i < 2 * sizeof types / sizeof *types; i++) {
        yx_key_type type = types[i / 2];
        bool delegated = i % 2 == 1;
        struct yx_error err;
        YX_CLEAN(actor) struct actor ca = {0}, by = {0}, good = {0}, revoked = {0}, lost = {0};
        YX_CLEAN(yx_ocsp_responder) struct yx_ocsp_responder *responder = NULL;
        YX_CLEAN(yx_buf) struct yx_buf request = {0};
        YX_CLEAN(yx_buf) struct yx_buf response = {0};
        make_root(type, &ca);
        make_delegate(type, &ca, &by);
        make_leaf(type, &ca, 7, &good);
        make_leaf(type, &ca, 8, &revoked);
        make_leaf(type, &ca, 9, &lost);
        write_pem("ca", &ca);
        write_pem("good", &good);
        write_pem("revoked", &revoked);
        write_pem("lost", &lost);
        expect_tool(&folder, "openssl ocsp -issuer ca.pem -cert good.pem -sha256 -cert revoked.pem "
                             "-cert lost.pem -reqout req.der");
        folder_read(&folder, "req.der", &request);
        struct yx_signer signer = yx_signer_borrow_key(delegated ? by.key : ca.key);
        expect_ok(
            yx_ocsp_responder_new(ca.cert, delegated ? by.cert : NULL, &signer, &responder, &err),
            &err);
        expect_ok(
            yx_ocsp_reply(responder, &records, yx_buf_bytes(&request), PKI_NOW, &response, &err),
            &err);
        folder_write(&folder, "resp.der", yx_buf_bytes(&response));
        expect_tool(&folder,
                    "openssl ocsp -no_nonce -respin resp.der -reqin req.der -issuer ca.pem -CAfile "
                    "ca.pem -cert good.pem -sha256 -cert revoked.pem -cert lost.pem "
                    "-attime 1767225600 -validity_period 1000000000");
        expect_words(&folder, "Response verify OK");
        expect_words(&folder, "good.pem: good");
        expect_words(&folder, "revoked.pem: revoked");
        expect_words(&folder, "Reason: keyCompromise");
        expect_words(&folder, "lost.pem: unknown");
        assert_null(strstr(folder.output, "WARNING: no nonce"));
        response.data[response.len / 5] ^= 1;
        folder_write(&folder, "bad.der", yx_buf_bytes(&response));
        (void)tool(&folder, "openssl ocsp -respin bad.der -issuer ca.pem -CAfile ca.pem -cert "
                            "good.pem -attime 1767225600");
        assert_null(strstr(folder.output, "Response verify OK"));
    }
}

/* openssl's answers to our requests. */
static void test_openssl_answers(void **state)
{
    (void)state;
    static const yx_key_type types[] = {YX_KEY_P256, YX_KEY_RSA};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct yx_error err;
        struct yx_ocsp_answer answer;
        YX_CLEAN(actor) struct actor ca = {0}, by = {0}, good = {0}, revoked = {0};
        YX_CLEAN(yx_buf) struct yx_buf request = {0};
        YX_CLEAN(yx_buf) struct yx_buf response = {0};
        make_root(types[i], &ca);
        make_delegate(types[i], &ca, &by);
        make_leaf(types[i], &ca, 7, &good);
        make_leaf(types[i], &ca, 8, &revoked);
        write_pem("ca", &ca);
        write_pem("by", &by);
        folder_write(&folder, "index.txt",
                     YX_TEXT("V\t280101000000Z\t\t07\tunknown\t/C=CN/CN=Leaf\n"
                             "R\t280101000000Z\t251229000000Z,keyCompromise\t08\tunknown\t"
                             "/C=CN/CN=Leaf\n"));
        struct yx_ocsp_pair pairs[] = {{good.cert, ca.cert}, {revoked.cert, ca.cert}};
        expect_ok(yx_ocsp_request_make(pairs, 2, YX_DIGEST_SHA1, true, &request, &err), &err);
        folder_write(&folder, "req.der", yx_buf_bytes(&request));
        expect_tool(&folder,
                    "openssl ocsp -index index.txt -CA ca.pem -rsigner by.pem -rkey by.key "
                    "-reqin req.der -respout resp.der -ndays 3");
        folder_read(&folder, "resp.der", &response);
        struct yx_ocsp_question question = {.about = pairs[0],
                                            .request = yx_buf_bytes(&request),
                                            .nonce_required = true,
                                            .at = yx_now(),
                                            .now = yx_now()};
        expect_ok(yx_ocsp_response_check(yx_buf_bytes(&response), &question, &answer, &err), &err);
        assert_int_equal(answer.status, YX_OCSP_GOOD);
        question.about = pairs[1];
        expect_ok(yx_ocsp_response_check(yx_buf_bytes(&response), &question, &answer, &err), &err);
        assert_int_equal(answer.status, YX_OCSP_REVOKED);
        assert_true(answer.revoked_at == PKI_NOW - 3 * YX_DAY && answer.reason == 1);
    }
}

/* --- Where to ask ------------------------------------------------------------------------ */

static void expect_url(const struct yx_cert *cert, yx_revocation_source kind, size_t index,
                       const char *wanted)
{
    struct yx_bytes url = yx_cert_revocation_url(cert, kind, index);
    if (!yx_bytes_are(url, wanted))
        fail_msg("\"%.*s\", expected \"%s\"", (int)url.len, (const char *)url.data, wanted);
}

static void test_urls(void **state)
{
    (void)state;
    static const struct cert_spec spec = {
        .name = "Leaf",
        .info_access = "caIssuers;URI:http://a.example/ca.cer,OCSP;URI:ldap://b.example/x,"
                       "OCSP;URI:http://b.example/ocsp,OCSP;URI:HTTPS://c.example/",
        .distribution_points = "URI:ldap://d.example/x,URI:http://d.example/crl"};
    YX_CLEAN(actor) struct actor named = {0};
    actor_make(&spec, YX_KEY_P256, &root, &named);
    expect_url(named.cert, YX_SOURCE_OCSP, 0, "http://b.example/ocsp");
    expect_url(named.cert, YX_SOURCE_OCSP, 1, "HTTPS://c.example/");
    expect_url(named.cert, YX_SOURCE_OCSP, 2, "");
    expect_url(named.cert, YX_SOURCE_CRL, 0, "http://d.example/crl");
    expect_url(named.cert, YX_SOURCE_CRL, 1, "");
    expect_url(leaf.cert, YX_SOURCE_OCSP, 0, "");
    expect_url(leaf.cert, YX_SOURCE_CRL, 0, "");
}

static int begin(void **state)
{
    (void)state;
    folder_make(&folder);
    make_root(YX_KEY_P256, &root);
    make_root(YX_KEY_P256, &stranger);
    make_leaf(YX_KEY_P256, &root, 7, &leaf);
    make_leaf(YX_KEY_P256, &root, 8, &other);
    make_delegate(YX_KEY_P256, &root, &delegate);
    return 0;
}

static int end(void **state)
{
    (void)state;
    struct actor *all[] = {&root, &stranger, &leaf, &other, &delegate};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        actor_free(all[i]);
    folder_remove(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_key_answers),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_delegates),
        cmocka_unit_test(test_people_who_are_no_delegates),
        cmocka_unit_test(test_response_about_another),
        cmocka_unit_test(test_nonces),
        cmocka_unit_test(test_odd_requests),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_replies_that_are_errors),
        cmocka_unit_test(test_every_bit_counts),
        cmocka_unit_test(test_openssl_judges),
        cmocka_unit_test(test_openssl_answers),
        cmocka_unit_test(test_urls),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
