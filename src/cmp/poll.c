/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmp/poll.c - pollReq answered (RFC 4210 5.3.22), while a request waits for a person:
 *
 *   PollReqContent ::= SEQUENCE OF SEQUENCE { certReqId INTEGER }
 *   PollRepContent ::= SEQUENCE OF SEQUENCE { certReqId INTEGER, checkAfter INTEGER,
 *       reason PKIFreeText OPTIONAL }
 *
 * Once somebody decided, the answer is the one to the first request: a certificate or a rejection.
 */
#include "cmp/room.h"

#define RULE "RFC 4210 5.3.22"

static yx_status parse(struct yx_bytes body, int64_t *request_id, struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(body, "PollReqContent"), list, one;

    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &list, err));
    YX_TRY(yx_der_enter(&list, YX_DER_SEQUENCE, &one, err));
    YX_TRY(yx_der_end(&list, err));
    YX_TRY(yx_der_int(&one, request_id, err));
    return yx_der_end(&one, err);
}

static yx_status check_row(struct yx_cmp_call *call, const struct yx_cmp_row *row,
                           struct yx_error *err)
{
    call->failure = YX_CMP_BAD_REQUEST;
    YX_REQUIRE(row->found && row->same_actor && row->state == YX_CMP_BEGUN && row->pending != 0,
               err, YX_REFUSED, RULE, N_("nothing waits in this transaction"));
    call->failure = YX_CMP_BAD_RECIPIENT_NONCE;
    YX_REQUIRE(row->nonce_matches, err, YX_REFUSED, "RFC 4210 5.1.1",
               N_("the recipNonce of the message is not the nonce of the answer before"));
    call->failure = YX_CMP_BAD_REQUEST;
    YX_REQUIRE(call->request_id == row->request_id, err, YX_REFUSED, RULE,
               N_("certReqId {1} is not the one that waits"), YX_NUM(call->request_id));
    return YX_OK;
}

static void put_poll(struct yx_cmp_call *call, unsigned seconds)
{
    struct yx_der_writer *w = &call->body;
    size_t list = yx_der_begin(w, YX_DER_SEQUENCE), one = yx_der_begin(w, YX_DER_SEQUENCE);

    yx_der_put_int(w, call->request_id);
    yx_der_put_int(w, seconds);
    yx_der_close(w, one);
    yx_der_close(w, list);
}

yx_status yx_cmp_poll(struct yx_cmp_call *call, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_enrol_result result;
    struct yx_cmp_row row;
    yx_status status;

    call->failure = YX_CMP_BAD_DATA_FORMAT;
    YX_TRY(parse(call->message.body, &call->request_id, err));
    call->failure = YX_CMP_SYSTEM_UNAVAILABLE;
    YX_TRY(yx_cmp_find(call, &row, err));
    YX_TRY(check_row(call, &row, err));
    YX_TRY(yx_cmp_turn(call, row.id, err));
    status = yx_enrol_collect(call->cmp->enrol,
                              &(struct yx_enrol_claim){.number = row.pending,
                                                       .actor = call->asker.actor,
                                                       .witness = yx_cmp_witness(call)},
                              &der, &result, err);
    if (status == YX_OK && result.pending != 0) {
        call->kind = YX_CMP_POLL_REP;
        put_poll(call, result.retry);
        return YX_OK;
    }
    return yx_cmp_give(call, row.asked, status, yx_buf_bytes(&der), &result, err);
}
