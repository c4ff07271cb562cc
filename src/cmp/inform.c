/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmp/inform.c - genm answered (RFC 4210 5.3.19, RFC 9483 4.3): what is asked for and known here
 * stands in the answer, all else is left out.
 *
 *   GenMsgContent ::= SEQUENCE OF InfoTypeAndValue
 *   InfoTypeAndValue ::= SEQUENCE { infoType OBJECT IDENTIFIER, infoValue ANY OPTIONAL }
 */
#include "cmp/room.h"

#include "publish/publish.h"

#define INFOS_MAX 16

static yx_status put_certificates(struct yx_cmp_call *call, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf chain = {0};

    YX_TRY(yx_enrol_chain(call->cmp->enrol, &chain, err));
    yx_der_put(&call->body, YX_DER_SEQUENCE, yx_buf_bytes(&chain));
    return YX_OK;
}

/* With several partitions this is the first one's: the certificates name their own. */
static yx_status put_crl(struct yx_cmp_call *call, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf crl = {0};
    yx_status status = yx_publish_last_crl(call->cmp->ca, 0, false, &crl, err);

    if (status == YX_OK)
        yx_der_put_raw(&call->body, yx_buf_bytes(&crl));
    return status == YX_NO_INPUT ? YX_OK : status;
}

static yx_status put_crls(struct yx_cmp_call *call, struct yx_error *err)
{
    size_t list = yx_der_begin(&call->body, YX_DER_SEQUENCE);

    YX_TRY(put_crl(call, err));
    yx_der_close(&call->body, list);
    return YX_OK;
}

/* No new key of the root waits to be told. */
static yx_status put_nothing(struct yx_cmp_call *call, struct yx_error *err)
{
    (void)call;
    (void)err;
    return YX_OK;
}

static const struct {
    yx_oid asked, answered;
    yx_status (*put)(struct yx_cmp_call *call, struct yx_error *err);
} known[] = {
    {YX_OID_IT_CA_CERTS, YX_OID_IT_CA_CERTS, put_certificates},
    {YX_OID_IT_CURRENT_CRL, YX_OID_IT_CURRENT_CRL, put_crl},
    {YX_OID_IT_CRL_STATUS_LIST, YX_OID_IT_CRLS, put_crls},
    {YX_OID_IT_ROOT_CA_CERT, YX_OID_IT_ROOT_CA_KEY_UPDATE, put_nothing},
};

static yx_status answer_one(struct yx_cmp_call *call, yx_oid asked, struct yx_error *err)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        size_t info;

        if (known[i].asked != asked)
            continue;
        info = yx_der_begin(&call->body, YX_DER_SEQUENCE);
        yx_der_put_oid(&call->body, known[i].answered);
        YX_TRY(known[i].put(call, err));
        yx_der_close(&call->body, info);
    }
    return YX_OK;
}

yx_status yx_cmp_inform(struct yx_cmp_call *call, struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(call->message.body, "GenMsgContent"), list, info;
    size_t content = yx_der_begin(&call->body, YX_DER_SEQUENCE);
    yx_oid asked;

    call->failure = YX_CMP_BAD_DATA_FORMAT;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &list, err));
    for (unsigned count = 0; !yx_der_at_end(&list); count++) {
        YX_REQUIRE(count < INFOS_MAX, err, YX_DAMAGED, "RFC 4210 5.3.19",
                   N_("the message carries more than {1} pieces of general information"),
                   YX_NUM(INFOS_MAX));
        YX_TRY(yx_der_enter(&list, YX_DER_SEQUENCE, &info, err));
        YX_TRY(yx_der_oid(&info, &asked, err));
        YX_TRY(answer_one(call, asked, err));
    }
    yx_der_close(&call->body, content);
    call->kind = YX_CMP_GENP;
    return YX_OK;
}
