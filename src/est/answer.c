/* SPDX-License-Identifier: Apache-2.0 */
/* est/answer.c - one request, one reply. Who asks is found out in asker.c. */
#include <strings.h>

#include "cms/cms.h"
#include "est/room.h"

#define CERTS_ONLY "application/pkcs7-mime; smime-type=certs-only"
#define TEXT "text/plain; charset=utf-8"
#define LABEL_MAX 64
/* How long to wait when the database cannot be had. */
#define LATER_SECONDS 60

struct call {
    const struct yx_enrol *enrol;
    const struct yx_est_request *request;
    char label[LABEL_MAX + 1]; /* "": none */
    struct yx_est_reply *reply;
};

void yx_est_reply_free(struct yx_est_reply *reply)
{
    yx_buf_free(&reply->body);
}

static yx_status give(struct call *call, const char *content_type, struct yx_bytes der,
                      struct yx_error *err)
{
    call->reply->status = 200;
    call->reply->content_type = content_type;
    call->reply->is_base64 = true;
    return yx_base64_encode(der, &call->reply->body) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status give_certificates(struct call *call, struct yx_bytes certificates,
                                   struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf message = {0};

    YX_TRY(yx_cms_make_certificates(certificates, &message, err));
    return give(call, CERTS_ONLY, yx_buf_bytes(&message), err);
}

/* --- What everybody may know --------------------------------------------------------------- */

/* RFC 7030 4.1.3 */
static yx_status get_certificates(struct call *call, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf chain = {0};

    YX_TRY(yx_enrol_chain(call->enrol, &chain, err));
    return give_certificates(call, yx_buf_bytes(&chain), err);
}

/* CsrAttrs ::= SEQUENCE SIZE (0..MAX) OF AttrOrOID (RFC 7030 4.5.2): the algorithm that the
 * authority signs with itself is one that it can check. */
static yx_status get_attributes(struct call *call, struct yx_error *err)
{
    const struct yx_cert *certificate = yx_ca_certificate(yx_enrol_ca(call->enrol));
    yx_key_type type = yx_public_key_type(yx_cert_public_key(certificate));
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    size_t list = yx_der_begin(&w, YX_DER_SEQUENCE);

    yx_der_put_oid(&w, yx_signature_oid(yx_signature_default(type)));
    yx_der_close(&w, list);
    YX_TRY(yx_der_finish(&w, &der, err));
    return give(call, "application/csrattrs", yx_buf_bytes(&der), err);
}

/* --- Certificates -------------------------------------------------------------------------- */

static bool is_type(const char *content_type, const char *wanted)
{
    size_t len = strcspn(content_type, "; \t");

    return len == strlen(wanted) && strncasecmp(content_type, wanted, len) == 0;
}

/* RFC 8951 3.1: the body is base64 whatever its header says. */
static yx_status read_request(struct call *call,
                              yx_status (*parse)(struct yx_bytes file, struct yx_request *out,
                                                 struct yx_error *err),
                              struct yx_request *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    yx_status status;

    call->reply->status = 415;
    YX_REQUIRE(is_type(call->request->content_type, "application/pkcs10"), err, YX_USAGE,
               "RFC 7030 4.2.1", N_("the body must be of type {1}"), "application/pkcs10");
    call->reply->status = 400;
    YX_TRY(yx_base64_decode(call->request->body, &der, err));
    YX_REQUIRE(der.len > 0 && der.data[0] == YX_DER_SEQUENCE, err, YX_DAMAGED, "RFC 8951 3.1",
               N_("the body is no PKCS#10 request in base64"));
    status = parse(yx_buf_bytes(&der), out, err);
    if (status == YX_OK)
        call->reply->status = 0;
    return status;
}

static yx_status find_asker(struct call *call, struct yx_est_asker *out, struct yx_error *err)
{
    yx_status status = yx_est_who(call->enrol, call->request, out, err);

    if (status == YX_REFUSED && out->wait > 0) {
        call->reply->status = 429;
        call->reply->retry_after = out->wait;
    } else if (status == YX_REFUSED || status == YX_DAMAGED) {
        call->reply->status = 401;
        call->reply->ask_password = true;
    }
    return status;
}

/* RFC 7030 4.2.3: the client sends the same request again. */
static yx_status tell_to_wait(struct call *call, const struct yx_enrol_result *result,
                              struct yx_error *err)
{
    call->reply->status = 202;
    call->reply->retry_after = result->retry;
    call->reply->content_type = TEXT;
    return yx_buf_printf(&call->reply->body, "request %lld waits for approval\n",
                         (long long)result->pending) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

static yx_status issue(struct call *call, struct yx_enrol_order *order, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_enrol_result result;
    yx_status status;

    order->profile = call->label;
    order->now = call->request->now;
    status = yx_enrol_issue(call->enrol, order, &der, &result, err);
    /* The key of the authority is locked: not the asker's fault. */
    if (status == YX_USAGE)
        call->reply->status = 503;
    YX_TRY(status);
    return result.pending != 0 ? tell_to_wait(call, &result, err)
                               : give_certificates(call, yx_buf_bytes(&der), err);
}

/* RFC 7030 4.2.1 */
static yx_status enroll(struct call *call, struct yx_error *err)
{
    YX_CLEAN(yx_est_asker) struct yx_est_asker asker = {0};
    YX_CLEAN(yx_request) struct yx_request request = {.key_usage = -1};

    YX_TRY(find_asker(call, &asker, err));
    YX_TRY(read_request(call, yx_request_parse, &request, err));
    return issue(call,
                 &(struct yx_enrol_order){.person = asker.person,
                                          .holder = asker.person == NULL ? &asker.holder : NULL,
                                          .request = &request,
                                          .actor = asker.actor},
                 err);
}

/* RFC 7030 4.2.2: subject and further names stay; the key may be the old one. */
static yx_status enroll_again(struct call *call, struct yx_error *err)
{
    YX_CLEAN(yx_est_asker) struct yx_est_asker asker = {0};
    YX_CLEAN(yx_request) struct yx_request request = {.key_usage = -1};

    YX_TRY(find_asker(call, &asker, err));
    YX_REQUIRE(asker.holder.cert != NULL, err, YX_REFUSED, "RFC 7030 3.3.2",
               N_("show over TLS the certificate that is to be renewed"));
    YX_TRY(read_request(call, yx_request_parse, &request, err));
    return issue(call,
                 &(struct yx_enrol_order){.holder = &asker.holder,
                                          .renews = &asker.holder,
                                          .request = &request,
                                          .actor = asker.actor},
                 err);
}

/* --- Keys made here -------------------------------------------------------------------------- */

/* No line of base64 begins like it. */
#define BOUNDARY "part-of-est"
#define PART_HEAD "\r\nContent-Transfer-Encoding: base64\r\n\r\n"

static yx_status put_part(struct yx_buf *out, const char *type, struct yx_bytes der,
                          struct yx_error *err)
{
    return yx_buf_printf(out, "--" BOUNDARY "\r\nContent-Type: %s" PART_HEAD, type) == YX_OK &&
                   yx_base64_encode(der, out) == YX_OK && yx_buf_append_text(out, "\r\n") == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

/* RFC 7030 4.4.2. The buffers wipe what they held. */
static yx_status give_key(struct call *call, const struct yx_private_key *key, struct yx_bytes cert,
                          struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf info = {0};
    YX_CLEAN(yx_buf) struct yx_buf message = {0};
    struct yx_buf *body = &call->reply->body;

    YX_TRY(yx_private_key_to_info(key, &info, err));
    YX_TRY(yx_cms_make_certificates(cert, &message, err));
    YX_TRY(put_part(body, "application/pkcs8", yx_buf_bytes(&info), err));
    YX_TRY(put_part(body, CERTS_ONLY, yx_buf_bytes(&message), err));
    if (yx_buf_append_text(body, "--" BOUNDARY "--\r\n") != YX_OK)
        return yx_fail_memory(err);
    call->reply->status = 200;
    call->reply->content_type = "multipart/mixed; boundary=\"" BOUNDARY "\"";
    return YX_OK;
}

/* RFC 7030 4.4: a client that wants the key closed under another one, beside TLS, is told that this
 * cannot be had, and gets no key. */
static yx_status make_key(struct call *call, struct yx_error *err)
{
    YX_CLEAN(yx_est_asker) struct yx_est_asker asker = {0};
    YX_CLEAN(yx_request) struct yx_request request = {.key_usage = -1};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_enrol_order order = {.request = &request, .profile = call->label};
    yx_status status;

    YX_TRY(find_asker(call, &asker, err));
    YX_TRY(read_request(call, yx_request_parse_template, &request, err));
    YX_REQUIRE(!request.names_key, err, YX_USAGE, "RFC 7030 4.4.1",
               N_("keys are closed by TLS alone here; leave decryptKeyID out"));
    order.person = asker.person;
    order.holder = asker.person == NULL ? &asker.holder : NULL;
    order.now = call->request->now;
    order.actor = asker.actor;
    status = yx_enrol_issue_with_key(call->enrol, &order, &key, &der, err);
    if (status == YX_USAGE)
        call->reply->status = 503;
    YX_TRY(status);
    return give_key(call, key, yx_buf_bytes(&der), err);
}

/* --- Which operation ----------------------------------------------------------------------- */

static const struct {
    const char *name, *method;
    yx_status (*answer)(struct call *call, struct yx_error *err);
} operations[] = {
    {"cacerts", "GET", get_certificates}, {"csrattrs", "GET", get_attributes},
    {"simpleenroll", "POST", enroll},     {"simplereenroll", "POST", enroll_again},
    {"serverkeygen", "POST", make_key},
};
#define OPERATIONS (sizeof operations / sizeof operations[0])

/* "simpleenroll", "tls-client/simpleenroll" */
static yx_status split(struct call *call, const char **name, struct yx_error *err)
{
    const char *operation = call->request->operation, *slash = strchr(operation, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - operation);

    call->reply->status = 404;
    *name = slash == NULL ? operation : slash + 1;
    YX_REQUIRE(len <= LABEL_MAX, err, YX_NO_INPUT, "RFC 7030 3.2.2",
               N_("there is nothing at this path"));
    memcpy(call->label, operation, len);
    YX_REQUIRE(len == 0 ? slash == NULL
                        : yx_ca_profile_find(yx_enrol_ca(call->enrol), call->label) != NULL,
               err, YX_NO_INPUT, "RFC 7030 3.2.2", N_("there is nothing at this path"));
    return YX_OK;
}

static yx_status run(struct call *call, struct yx_error *err)
{
    const char *name;
    size_t at = 0;

    YX_TRY(split(call, &name, err));
    while (at < OPERATIONS && strcmp(operations[at].name, name) != 0)
        at++;
    YX_REQUIRE(at < OPERATIONS, err, YX_NO_INPUT, "RFC 7030 3.2.2",
               N_("there is nothing at this path"));
    call->reply->status = 405;
    YX_REQUIRE(strcmp(operations[at].method, call->request->method) == 0, err, YX_USAGE,
               "RFC 7030 3.2.2", N_("this operation is done by {1}"), operations[at].method);
    call->reply->status = 413;
    YX_REQUIRE(call->request->body.len <= YX_EST_BODY_MAX, err, YX_DAMAGED, "RFC 9110 15.5.14",
               N_("the body has more than {1} bytes"), YX_NUM(YX_EST_BODY_MAX));
    call->reply->status = 0;
    return operations[at].answer(call, err);
}

/* --- Refusals ------------------------------------------------------------------------------ */

static unsigned status_of(yx_status status)
{
    switch (status) {
    case YX_REFUSED:
        return 403;
    case YX_DAMAGED:
    case YX_USAGE:
        return 400;
    case YX_IO:
        return 503;
    default:
        return 500;
    }
}

/* RFC 7030 4.2.3: a text for people. What fails within is for the log alone. */
static yx_status refuse(struct call *call, yx_status status, struct yx_error *err)
{
    struct yx_est_reply *reply = call->reply;
    char sentence[1024];

    if (reply->status == 0)
        reply->status = status_of(status);
    if (reply->status == 503)
        reply->retry_after = LATER_SECONDS;
    yx_message_render(&err->message, NULL, sentence, sizeof sentence);
    yx_buf_free(&reply->body);
    reply->is_base64 = false;
    reply->content_type = TEXT;
    if (yx_buf_printf(&reply->body, "%s\n",
                      reply->status >= 500 ? "the service cannot do this now" : sentence) != YX_OK)
        return yx_fail_memory(err);
    return status;
}

yx_status yx_est_answer(const struct yx_enrol *enrol, const struct yx_est_request *request,
                        struct yx_est_reply *reply, struct yx_error *err)
{
    struct call call = {.enrol = enrol, .request = request, .reply = reply};
    struct yx_error why;
    yx_status status = run(&call, &why);

    if (status != YX_OK && status != YX_NO_MEMORY)
        status = refuse(&call, status, &why);
    if (status != YX_OK && err != NULL)
        *err = why;
    return status;
}
