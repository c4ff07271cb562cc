/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cms/timestamp_make.c - a time-stamping authority (RFC 3161, GB/T 20520): answers requests with a
 * token or with the reason why not. Serials are random unless the caller, who may keep a record of
 * them, gives one; where the time comes from is the caller's business too.
 *
 *   TimeStampResp ::= SEQUENCE { status PKIStatusInfo, timeStampToken ContentInfo OPTIONAL }
 *   PKIStatusInfo ::= SEQUENCE { status INTEGER, statusString SEQUENCE OF UTF8String OPTIONAL,
 *                                failInfo BIT STRING OPTIONAL }
 */
#include "cms/timestamp.h"

#define SERIAL_OCTETS 16
#define ACCURACY_SECONDS 1

/* --- Tokens ------------------------------------------------------------------------------ */

/* What a token says. */
struct statement {
    const struct yx_imprint *imprint;
    struct yx_bytes nonce; /* content octets; empty: none */
    yx_time time;
    bool with_certificates;
};

static struct yx_bytes policy_of(const struct yx_tsa *tsa)
{
    return tsa->policy.len > 0 ? tsa->policy : yx_oid_der(YX_OID_TSA_POLICY);
}

/* Writes a serial into `room` unless the caller chose one. */
static yx_status choose_serial(const struct yx_tsa *tsa, uint8_t room[SERIAL_OCTETS],
                               struct yx_bytes *out, struct yx_error *err)
{
    *out = tsa->serial;
    if (out->len > 0)
        return YX_OK;
    YX_TRY(yx_random(room, SERIAL_OCTETS, err));
    room[0] = (room[0] & 0x7F) | 0x40; /* positive, and always as long */
    *out = YX_BYTES(room, SERIAL_OCTETS);
    return YX_OK;
}

/* TSTInfo; its ASN.1 stands in timestamp.c. */
static yx_status write_info(const struct yx_tsa *tsa, const struct statement *statement,
                            struct yx_buf *out, struct yx_error *err)
{
    uint8_t room[SERIAL_OCTETS];
    struct yx_bytes serial;
    YX_TRY(choose_serial(tsa, room, &serial, err));
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t info = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, 1);
    yx_der_put(&w, YX_DER_OID, policy_of(tsa));
    yx_timestamp_put_imprint(&w, statement->imprint);
    yx_der_put(&w, YX_DER_INTEGER, serial);
    yx_der_put_time(&w, YX_DER_GENERALIZED_TIME, statement->time);
    size_t accuracy = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, ACCURACY_SECONDS);
    yx_der_close(&w, accuracy);
    if (statement->nonce.len > 0)
        yx_der_put(&w, YX_DER_INTEGER, statement->nonce);
    yx_der_close(&w, info);
    return yx_der_finish(&w, out, err);
}

/* RFC 3161 2.3: the certificate is for time-stamping and nothing else, and valid now. */
static yx_status check_authority(const struct yx_tsa *tsa, yx_time time, struct yx_error *err)
{
    struct yx_cert_findings findings;
    const char *name = yx_cert_subject(tsa->cert);
    YX_TRY(yx_cert_validate(NULL, tsa->cert, YX_USE_TIME_STAMP, time, time, &findings, err));
    YX_REQUIRE(
        findings.usage.outcome != YX_FAIL, err, YX_REFUSED, findings.usage.rule,
        N_("the certificate of {1} is not one for time-stamping: its extended key usage must "
           "be timeStamping, critical and alone"),
        name);
    YX_REQUIRE(findings.validity.outcome != YX_FAIL, err, YX_REFUSED, findings.validity.rule,
               N_("the certificate of {1} is valid from {2} to {3}, and not at {4}"), name,
               YX_WHEN(yx_cert_not_before(tsa->cert)), YX_WHEN(yx_cert_not_after(tsa->cert)),
               YX_WHEN(time));
    return YX_OK;
}

static yx_status sign_info(const struct yx_tsa *tsa, struct yx_bytes info, bool with_certificates,
                           struct yx_buf *token, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf to_be_signed = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    uint8_t digest[YX_DIGEST_MAX];
    yx_signature_algorithm algorithm = tsa->signer.algorithm;
    yx_digest_algorithm digest_algorithm = yx_cms_digest(algorithm);
    YX_TRY(yx_digest(digest_algorithm, info, digest, err));
    struct yx_cms_request request = {
        .signer = tsa->cert,
        .chain = tsa->chain,
        .chain_count = tsa->chain_count,
        .leave_out_certificates = !with_certificates,
        .algorithm = algorithm,
        .content_type = YX_OID_TST_INFO,
        .content = info,
        .content_digest = YX_BYTES(digest, yx_digest_size(digest_algorithm)),
        .signing_time = YX_TIME_NONE,
        .signing_certificate = true,
    };
    YX_TRY(yx_cms_prepare(&request, &to_be_signed, err));
    YX_TRY(tsa->signer.sign(tsa->signer.self, algorithm, yx_buf_bytes(&to_be_signed), &value, err));
    return yx_cms_finish(&request, yx_buf_bytes(&to_be_signed), yx_buf_bytes(&value),
                         YX_BYTES(NULL, 0), token, err);
}

static yx_status make_token(const struct yx_tsa *tsa, const struct statement *statement,
                            struct yx_buf *token, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf info = {0};
    YX_TRY(write_info(tsa, statement, &info, err));
    return sign_info(tsa, yx_buf_bytes(&info), statement->with_certificates, token, err);
}

/* --- Requests that are not granted ------------------------------------------------------- */

/* PKIFailureInfo (RFC 3161 2.4.2): the number of the bit. */
enum fail_info {
    GRANTED = -1,
    BAD_ALG = 0,
    BAD_REQUEST = 2,
    BAD_DATA_FORMAT = 5,
    UNACCEPTED_POLICY = 15,
    UNACCEPTED_EXTENSION = 16
};

/* The first rule that is broken; GRANTED when none is. */
static enum fail_info judge(const struct yx_tsa *tsa, const struct yx_timestamp_request *request,
                            struct yx_error *why)
{
    const struct yx_imprint *imprint = &request->imprint;
    bool other_policy = request->policy.len > 0 && !yx_bytes_equal(request->policy, policy_of(tsa));
    const struct {
        enum fail_info failure;
        bool broken;
        const char *text;
    } rules[] = {
        {BAD_REQUEST, request->version != 1,
         N_("the request is not of version 1, the only one that is defined")},
        {BAD_ALG, !yx_digest_allowed(imprint->algorithm),
         N_("the digest algorithm of the request is unknown or too weak; ask with SM3 or SHA-2")},
        {BAD_DATA_FORMAT, imprint->digest.len != yx_digest_size(imprint->algorithm),
         N_("the imprint of the request is not as long as a digest of its algorithm")},
        {UNACCEPTED_POLICY, other_policy,
         N_("the request asks for a policy that is not the one of this authority")},
        {UNACCEPTED_EXTENSION, request->has_extensions,
         N_("the request has extensions, and none is known here")},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].broken) {
            yx_fail(why, YX_REFUSED, "RFC 3161 2.4.1", rules[i].text);
            return rules[i].failure;
        }
    return GRANTED;
}

/* X.690 11.2.2: a list of named bits ends with its last bit that is set. */
static void put_fail_info(struct yx_der_writer *w, size_t bit)
{
    uint8_t octets[1 + 4] = {0};
    octets[0] = (uint8_t)(7 - bit % 8);
    octets[1 + bit / 8] = (uint8_t)(0x80 >> bit % 8);
    yx_der_put(w, YX_DER_BIT_STRING, YX_BYTES(octets, 2 + bit / 8));
}

static yx_status write_failure(size_t failure, const char *words, struct yx_buf *response,
                               struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t whole = yx_der_begin(&w, YX_DER_SEQUENCE);
    size_t info = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, 2); /* rejection */
    size_t texts = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_text(&w, YX_DER_UTF8_STRING, words);
    yx_der_close(&w, texts);
    put_fail_info(&w, failure);
    yx_der_close(&w, info);
    yx_der_close(&w, whole);
    return yx_der_finish(&w, response, err);
}

/* The sentence goes along in English, for whoever looks at the answer. */
static yx_status write_refusal(enum fail_info failure, const struct yx_error *why,
                               struct yx_buf *response, struct yx_error *err)
{
    char words[600];
    yx_message_render(&why->message, NULL, words, sizeof words);
    YX_TRY(write_failure((size_t)failure, words, response, err));
    if (err != NULL)
        *err = *why;
    return YX_REFUSED;
}

yx_status yx_tsa_refuse(yx_tsa_failure failure, const char *text, struct yx_buf *response,
                        struct yx_error *err)
{
    return write_failure((size_t)failure, text, response, err);
}

/* --- Both sides together ----------------------------------------------------------------- */

static yx_status write_grant(struct yx_bytes token, struct yx_buf *response, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t whole = yx_der_begin(&w, YX_DER_SEQUENCE);
    size_t info = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, 0); /* granted */
    yx_der_close(&w, info);
    yx_der_put_raw(&w, token);
    yx_der_close(&w, whole);
    return yx_der_finish(&w, response, err);
}

yx_status yx_tsa_reply(const struct yx_tsa *tsa, struct yx_bytes request, yx_time time,
                       struct yx_buf *response, struct yx_error *err)
{
    struct yx_timestamp_request asked = {0};
    struct yx_error why;
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    YX_TRY(check_authority(tsa, time, err));
    if (yx_timestamp_request_parse(request, &asked, &why) != YX_OK)
        return write_refusal(BAD_DATA_FORMAT, &why, response, err);
    enum fail_info failure = judge(tsa, &asked, &why);
    if (failure != GRANTED)
        return write_refusal(failure, &why, response, err);
    struct statement statement = {&asked.imprint, asked.nonce, time, asked.wants_certificate};
    YX_TRY(make_token(tsa, &statement, &token, err));
    return write_grant(yx_buf_bytes(&token), response, err);
}

static yx_status stamp(void *self, yx_digest_algorithm algorithm, struct yx_bytes digest,
                       struct yx_buf *token, struct yx_error *err)
{
    struct yx_imprint imprint = {algorithm, digest};
    struct statement statement = {&imprint, YX_BYTES(NULL, 0), yx_now(), true};
    YX_REQUIRE(yx_digest_allowed(algorithm) && digest.len == yx_digest_size(algorithm), err,
               YX_USAGE, "RFC 3161 2.4.1",
               N_("a time-stamp is asked for over {1} octets, which are no digest of {2}"),
               YX_NUM(digest.len), yx_digest_name(algorithm));
    YX_TRY(check_authority(self, statement.time, err));
    return make_token(self, &statement, token, err);
}

struct yx_timestamper yx_timestamper_borrow_tsa(const struct yx_tsa *tsa)
{
    /* Nothing changes the authority; `self` is only not const because others' are not. */
    union {
        const struct yx_tsa *tsa;
        void *self;
    } borrowed = {.tsa = tsa};
    bool sm2 = tsa->signer.algorithm == YX_SIG_SM2_SM3;
    return (struct yx_timestamper){
        .algorithm = sm2 ? YX_DIGEST_SM3 : YX_DIGEST_SHA256,
        .stamp = stamp,
        .self = borrowed.self,
    };
}
