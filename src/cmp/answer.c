/* SPDX-License-Identifier: Apache-2.0 */
/* cmp/answer.c - one message, one answer: what every message must be, who sent it, and then what it
 * asks for (issue.c, confirm.c, revoke.c, inform.c). */
#include <stdlib.h>

#include "cmp/room.h"

#define RULE "RFC 4210 5.1.1"
#define CONFIRM_SECONDS 600
#define CLOCK_DIFFERENCE 600
#define NONCE_MIN 16
#define TRANSACTION_MIN 8

/* --- What every message must be -------------------------------------------------------------- */

static yx_status check_header(struct yx_cmp_call *call, struct yx_error *err)
{
    const struct yx_cmp_message *message = &call->message;
    yx_time allowed = call->cmp->settings.clock_difference * YX_SECOND;

    call->failure = YX_CMP_UNSUPPORTED_VERSION;
    YX_REQUIRE(message->version == 2 || message->version == 3, err, YX_REFUSED, RULE,
               N_("the message has version {1}; 2 and 3 are known here"), YX_NUM(message->version));
    call->failure = YX_CMP_BAD_DATA_FORMAT;
    YX_REQUIRE(message->transaction.len >= TRANSACTION_MIN, err, YX_REFUSED, RULE,
               N_("the message has no transactionID of {1} octets or more"),
               YX_NUM(TRANSACTION_MIN));
    call->failure = YX_CMP_BAD_SENDER_NONCE;
    YX_REQUIRE(message->sender_nonce.len >= NONCE_MIN, err, YX_REFUSED, RULE,
               N_("the message has no senderNonce of {1} octets or more"), YX_NUM(NONCE_MIN));
    call->failure = YX_CMP_BAD_TIME;
    YX_REQUIRE(message->time == YX_TIME_NONE ||
                   (message->time >= call->now - allowed && message->time <= call->now + allowed),
               err, YX_REFUSED, RULE,
               N_("the message is from {1}, and it is {2}: one of the clocks is wrong"),
               YX_WHEN(message->time), YX_WHEN(call->now));
    return YX_OK;
}

/* certProfile of the message stands before the one that the URL names. */
static void choose_profile(struct yx_cmp_call *call, const char *named)
{
    struct yx_bytes told = call->message.profile;
    struct yx_bytes name = told.len > 0 ? told : YX_TEXT(named);

    if (name.len >= sizeof call->profile)
        name.len = sizeof call->profile - 1;
    memcpy(call->profile, name.data, name.len);
    call->profile[name.len] = '\0';
}

/* --- Which kind ------------------------------------------------------------------------------ */

static const struct {
    enum yx_cmp_kind kind;
    yx_status (*answer)(struct yx_cmp_call *call, struct yx_error *err);
} kinds[] = {
    {YX_CMP_IR, yx_cmp_issue},    {YX_CMP_CR, yx_cmp_issue},          {YX_CMP_P10CR, yx_cmp_issue},
    {YX_CMP_KUR, yx_cmp_issue},   {YX_CMP_CERT_CONF, yx_cmp_confirm}, {YX_CMP_RR, yx_cmp_revoke},
    {YX_CMP_GENM, yx_cmp_inform}, {YX_CMP_POLL_REQ, yx_cmp_poll},
};

static yx_status dispatch(struct yx_cmp_call *call, struct yx_error *err)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].kind == call->message.kind)
            return kinds[i].answer(call, err);
    call->failure = YX_CMP_BAD_REQUEST;
    return yx_fail(err, YX_REFUSED, "RFC 4210 5.1.2",
                   N_("messages of the kind {1} are not answered here"),
                   YX_NUM(call->message.kind));
}

/* *known: the protection of the request held, so that the answer can be protected likewise. */
static yx_status run(struct yx_cmp_call *call, const struct yx_cmp_request *request, bool *known,
                     struct yx_error *err)
{
    call->failure = YX_CMP_BAD_DATA_FORMAT;
    YX_TRY(yx_cmp_parse(request->message, &call->message, err));
    YX_TRY(check_header(call, err));
    YX_TRY(yx_cmp_who(call, request->address, err));
    *known = true;
    choose_profile(call, request->profile);
    return dispatch(call, err);
}

/* --- Refusals -------------------------------------------------------------------------------- */

/* ErrorMsgContent ::= SEQUENCE { pKIStatusInfo PKIStatusInfo, ... } */
static void put_error(struct yx_cmp_call *call, const char *text)
{
    size_t content = yx_der_begin(&call->body, YX_DER_SEQUENCE);

    yx_cmp_put_status(&call->body, YX_CMP_REJECTION, call->failure, text);
    yx_der_close(&call->body, content);
}

/* In the kind of answer that goes with the request: RevRepContent or CertRepMessage. */
static void put_rejection(struct yx_cmp_call *call, const char *text)
{
    size_t message = yx_der_begin(&call->body, YX_DER_SEQUENCE);
    size_t list = yx_der_begin(&call->body, YX_DER_SEQUENCE), response;

    if (call->kind == YX_CMP_RP) {
        yx_cmp_put_status(&call->body, YX_CMP_REJECTION, call->failure, text);
    } else {
        response = yx_der_begin(&call->body, YX_DER_SEQUENCE);
        yx_der_put_int(&call->body, call->request_id);
        yx_cmp_put_status(&call->body, YX_CMP_REJECTION, call->failure, text);
        yx_der_close(&call->body, response);
    }
    yx_der_close(&call->body, list);
    yx_der_close(&call->body, message);
}

/* What fails within is for the log alone. */
static void refuse(struct yx_cmp_call *call, yx_status status, const struct yx_error *why)
{
    char sentence[512] = "the service cannot do this now";
    bool ours = status != YX_REFUSED && status != YX_DAMAGED;

    if (status == YX_INTERNAL)
        call->failure = YX_CMP_SYSTEM_FAILURE;
    else if (ours)
        call->failure = YX_CMP_SYSTEM_UNAVAILABLE;
    if (!ours)
        yx_message_render(&why->message, NULL, sentence, sizeof sentence);
    yx_der_writer_free(&call->body);
    call->body = (struct yx_der_writer){0};
    call->granted_implicit_confirm = false;
    if (call->can_reject) {
        put_rejection(call, sentence);
        return;
    }
    call->kind = YX_CMP_ERROR;
    put_error(call, sentence);
}

static void call_free(struct yx_cmp_call *call)
{
    yx_cmp_asker_free(&call->asker);
    yx_der_writer_free(&call->body);
}
YX_DEFINE_CLEAN_VALUE(call, struct yx_cmp_call, call_free);

yx_status yx_cmp_answer(struct yx_cmp *cmp, const struct yx_cmp_request *request,
                        struct yx_buf *answer, struct yx_error *err)
{
    YX_CLEAN(call) struct yx_cmp_call call = {.cmp = cmp,
                                              .now = request->now == 0 ? yx_now() : request->now};
    struct yx_error why;
    bool known = false;
    yx_status status;

    YX_TRY(yx_random(call.nonce, sizeof call.nonce, err));
    status = run(&call, request, &known, &why);
    if (status == YX_NO_MEMORY)
        return yx_fail_memory(err);
    if (status != YX_OK)
        refuse(&call, status, &why);
    YX_TRY(yx_cmp_write(&call, known, answer, err));
    if (status != YX_OK && err != NULL)
        *err = why;
    return status;
}

/* --- Life ------------------------------------------------------------------------------------ */

/* Signs once, an empty SEQUENCE: whether key, certificate and algorithm go together is proved here.
 */
static yx_status check_signer(const struct yx_cmp_settings *settings, struct yx_error *err)
{
    const struct yx_bytes nothing = YX_BYTES("\x30\x00", 2);
    YX_CLEAN(yx_buf) struct yx_buf raw = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    const struct yx_signer *signer = &settings->signer;
    int usage = settings->cert == NULL ? -1 : yx_cert_key_usage(settings->cert);

    if (settings->cert == NULL)
        return YX_OK;
    YX_REQUIRE(usage == -1 || (usage & YX_KU_DIGITAL_SIGNATURE) != 0, err, YX_REFUSED,
               "RFC 9483 3.2", N_("the certificate of {1} is not one to sign with"),
               yx_cert_subject(settings->cert));
    YX_TRY(signer->sign(signer->self, signer->algorithm, nothing, &raw, err));
    YX_TRY(yx_signature_to_der(signer->algorithm, yx_buf_bytes(&raw), &value, err));
    return yx_public_key_verify(yx_cert_public_key(settings->cert), signer->algorithm, nothing,
                                yx_buf_bytes(&value), err);
}

yx_status yx_cmp_new(const struct yx_enrol *enrol, const struct yx_cmp_settings *settings,
                     struct yx_cmp **out, struct yx_error *err)
{
    YX_CLEAN(yx_cmp) struct yx_cmp *cmp = calloc(1, sizeof *cmp);

    if (cmp == NULL)
        return yx_fail_memory(err);
    cmp->enrol = enrol;
    cmp->ca = yx_enrol_ca(enrol);
    cmp->settings = *settings;
    if (cmp->settings.confirm_seconds == 0)
        cmp->settings.confirm_seconds = CONFIRM_SECONDS;
    if (cmp->settings.clock_difference == 0)
        cmp->settings.clock_difference = CLOCK_DIFFERENCE;
    YX_TRY(check_signer(settings, err));
    YX_TRY(yx_cmp_prepare(cmp, err));
    *out = cmp;
    cmp = NULL;
    return YX_OK;
}

void yx_cmp_free(struct yx_cmp *cmp)
{
    free(cmp);
}
