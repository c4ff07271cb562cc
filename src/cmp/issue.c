/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmp/issue.c - ir, cr, p10cr and kur answered (RFC 4210 5.3.4):
 *
 *   CertRepMessage ::= SEQUENCE { caPubs [1] SEQUENCE OF CMPCertificate OPTIONAL,
 *       response SEQUENCE OF CertResponse }
 *   CertResponse ::= SEQUENCE { certReqId INTEGER, status PKIStatusInfo,
 *       certifiedKeyPair SEQUENCE { certificate [0] CMPCertificate } OPTIONAL }
 */
#include "cmp/room.h"

static const struct {
    enum yx_cmp_kind asked, answered;
} kinds[] = {
    {YX_CMP_IR, YX_CMP_IP},
    {YX_CMP_CR, YX_CMP_CP},
    {YX_CMP_P10CR, YX_CMP_CP},
    {YX_CMP_KUR, YX_CMP_KUP},
};

static unsigned answer_to(unsigned asked)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].asked == asked)
            return kinds[i].answered;
    return YX_CMP_ERROR;
}

/* --- What is asked for ----------------------------------------------------------------------- */

/* RFC 9483 4.1.4: certReqId of a PKCS#10 request is -1. */
static yx_status read_pkcs10(struct yx_cmp_call *call, struct yx_request *out, struct yx_error *err)
{
    yx_status status;

    call->failure = YX_CMP_BAD_POP;
    call->request_id = -1;
    status = yx_request_parse(call->message.body, out, err);
    if (status == YX_DAMAGED)
        call->failure = YX_CMP_BAD_DATA_FORMAT;
    return status;
}

/* RFC 4210 5.3.5: a key is updated by the certificate that it replaces. */
static yx_status check_old(const struct yx_cmp_call *call, struct yx_bytes old,
                           struct yx_error *err)
{
    YX_REQUIRE(call->asker.holder.cert != NULL, err, YX_REFUSED, "RFC 9483 4.1.3",
               N_("a key update is signed with the certificate that it replaces"));
    YX_REQUIRE(old.len == 0 || yx_bytes_equal(old, yx_cert_serial_der(call->asker.holder.cert)),
               err, YX_REFUSED, "RFC 4211 6.5",
               N_("oldCertID names another certificate than the one that the message is signed "
                  "with"));
    return YX_OK;
}

static yx_status read_request(struct yx_cmp_call *call, struct yx_request *out,
                              struct yx_error *err)
{
    struct yx_bytes old = YX_BYTES(NULL, 0);

    if (call->message.kind == YX_CMP_P10CR)
        return read_pkcs10(call, out, err);
    YX_TRY(yx_cmp_read_crmf(call->message.body, out, &call->request_id, &old, &call->failure, err));
    call->failure = YX_CMP_BAD_REQUEST;
    YX_REQUIRE(call->request_id == 0, err, YX_REFUSED, "RFC 9483 4.1.1",
               N_("the certReqId of the only request is {1}, not 0"), YX_NUM(call->request_id));
    call->failure = YX_CMP_BAD_CERT_ID;
    return call->message.kind == YX_CMP_KUR ? check_old(call, old, err) : YX_OK;
}

/* --- The certificate ------------------------------------------------------------------------- */

static yx_status issue(struct yx_cmp_call *call, const struct yx_request *request,
                       struct yx_buf *der, struct yx_enrol_result *result, struct yx_error *err)
{
    char name[2 * YX_CMP_ID_MAX + 1];
    bool renews = call->message.kind == YX_CMP_KUR;
    const struct yx_holder *holder = &call->asker.holder;
    struct yx_enrol_order order = {
        .person = renews ? NULL : call->asker.person,
        .holder = renews || call->asker.person == NULL ? holder : NULL,
        .renews = renews ? holder : NULL,
        .profile = call->profile,
        .request = request,
        .now = 0,
        .actor = call->asker.actor,
        .request_id = name,
        .witness = yx_cmp_witness(call),
    };

    yx_cmp_request_name(call->message.transaction, name);
    return yx_enrol_issue(call->cmp->enrol, &order, der, result, err);
}

/* caPubs are believed by whoever shares a secret with us (RFC 4210 5.3.4). */
static yx_status put_authority(struct yx_cmp_call *call, struct yx_error *err)
{
    struct yx_der_writer *w = &call->body;
    YX_CLEAN(yx_buf) struct yx_buf chain = {0};
    size_t tagged, list;

    if (!call->asker.by_mac)
        return YX_OK;
    YX_TRY(yx_enrol_chain(call->cmp->enrol, &chain, err));
    tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(1));
    list = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_raw(w, yx_buf_bytes(&chain));
    yx_der_close(w, list);
    yx_der_close(w, tagged);
    return YX_OK;
}

static yx_status put_certificate(struct yx_cmp_call *call, struct yx_bytes certificate,
                                 enum yx_cmp_status status, struct yx_error *err)
{
    struct yx_der_writer *w = &call->body;
    size_t message = yx_der_begin(w, YX_DER_SEQUENCE), list, response, pair, tagged;

    YX_TRY(put_authority(call, err));
    list = yx_der_begin(w, YX_DER_SEQUENCE);
    response = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_int(w, call->request_id);
    yx_cmp_put_status(w, status, 0, NULL);
    pair = yx_der_begin(w, YX_DER_SEQUENCE);
    tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(0));
    yx_der_put_raw(w, certificate);
    yx_der_close(w, tagged);
    yx_der_close(w, pair);
    yx_der_close(w, response);
    yx_der_close(w, list);
    yx_der_close(w, message);
    return YX_OK;
}

static yx_status keep(struct yx_cmp_call *call, struct yx_bytes certificate, struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;

    YX_TRY(yx_cert_from_der(certificate, &cert, err));
    call->granted_implicit_confirm =
        call->message.implicit_confirm && !call->cmp->settings.always_confirm;
    return yx_cmp_keep(call, call->granted_implicit_confirm ? YX_CMP_DONE : YX_CMP_WAITING,
                       yx_cert_serial(cert), err);
}

static enum yx_cmp_failure failure_of(yx_status status)
{
    if (status == YX_IO || status == YX_USAGE)
        return YX_CMP_SYSTEM_UNAVAILABLE;
    return status == YX_DAMAGED ? YX_CMP_BAD_CERT_TEMPLATE : YX_CMP_NOT_AUTHORIZED;
}

yx_status yx_cmp_give(struct yx_cmp_call *call, unsigned asked, yx_status status,
                      struct yx_bytes certificate, const struct yx_enrol_result *result,
                      struct yx_error *err)
{
    call->kind = answer_to(asked);
    call->can_reject = true;
    call->failure = failure_of(status);
    if (status != YX_OK) {
        /* Nothing is to come any more; if the database fails too, the sweep ends it. */
        (void)yx_cmp_keep(call, YX_CMP_DONE, NULL, NULL);
        return status;
    }
    call->failure = YX_CMP_SYSTEM_UNAVAILABLE;
    YX_TRY(keep(call, certificate, err));
    return put_certificate(call, certificate,
                           result->changed ? YX_CMP_GRANTED_WITH_MODS : YX_CMP_ACCEPTED, err);
}

/* RFC 4210 5.3.4: a response without a certificate; the client polls from now on. */
static yx_status wait(struct yx_cmp_call *call, const struct yx_enrol_result *result,
                      struct yx_error *err)
{
    struct yx_der_writer *w = &call->body;
    size_t message, list, response;

    call->failure = YX_CMP_SYSTEM_UNAVAILABLE;
    YX_TRY(yx_cmp_wait(call, result, err));
    call->kind = answer_to(call->message.kind);
    message = yx_der_begin(w, YX_DER_SEQUENCE);
    list = yx_der_begin(w, YX_DER_SEQUENCE);
    response = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_int(w, call->request_id);
    yx_cmp_put_status(w, YX_CMP_WAITS, 0, NULL);
    yx_der_close(w, response);
    yx_der_close(w, list);
    yx_der_close(w, message);
    return YX_OK;
}

yx_status yx_cmp_issue(struct yx_cmp_call *call, struct yx_error *err)
{
    YX_CLEAN(yx_request) struct yx_request request = {.key_usage = -1};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_enrol_result result = {0};
    yx_status status;

    YX_TRY(read_request(call, &request, err));
    YX_TRY(yx_cmp_begin(call, err));
    status = issue(call, &request, &der, &result, err);
    if (status == YX_OK && result.pending != 0)
        return wait(call, &result, err);
    return yx_cmp_give(call, call->message.kind, status, yx_buf_bytes(&der), &result, err);
}
