/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/ocsp.c - any bytes as a request put to a responder, as an answer to a request of ours, and
 * as a response in a trust that a certificate is checked with. */
#include <stdlib.h>

#include "../tests/support/pki.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pki pki;
static struct yx_ocsp_responder *responder;
static struct yx_signer signer;

static void set_up(void)
{
    if (responder != NULL)
        return;
    if (pki_open(YX_KEY_P256, &pki, NULL) != YX_OK)
        abort();
    signer = pki_signer(&pki.ca);
    if (yx_ocsp_responder_new(pki.ca.cert, NULL, &signer, &responder, NULL) != YX_OK)
        abort();
}

static yx_status find(void *self, struct yx_bytes serial, struct yx_ocsp_answer *answer,
                      struct yx_error *err)
{
    (void)self;
    (void)err;
    answer->status = serial.len % 2 == 0 ? YX_OCSP_GOOD : YX_OCSP_REVOKED;
    answer->revoked_at = answer->this_update - YX_DAY;
    return YX_OK;
}

/* Whatever is asked, there is an answer, which our own reader takes unless it is an error. */
static void answer(struct yx_bytes request)
{
    struct yx_ocsp_records records = {.find = find};
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    yx_status status = yx_ocsp_reply(responder, &records, request, yx_now(), &response, NULL);
    if ((status != YX_OK && status != YX_REFUSED && status != YX_DAMAGED) || response.len == 0)
        abort();
    if (yx_trust_new(&trust, NULL) != YX_OK ||
        yx_trust_add_ocsp(trust, yx_buf_bytes(&response), NULL) !=
            (status == YX_OK ? YX_OK : YX_REFUSED))
        abort();
}

/* Nobody signs for the CA: no bytes make a certificate good. */
static void take(struct yx_bytes response)
{
    struct yx_ocsp_answer told;
    struct yx_cert_findings findings;
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    struct yx_ocsp_question question = {
        .about = {pki.holder.cert, pki.ca.cert}, .at = yx_now(), .now = yx_now()};
    if (yx_ocsp_response_check(response, &question, &told, NULL) == YX_OK)
        abort();
    if (yx_trust_copy(pki.trust, &trust, NULL) != YX_OK)
        abort();
    if (yx_trust_add_ocsp(trust, response, NULL) != YX_OK)
        return;
    if (yx_cert_validate(trust, pki.holder.cert, YX_USE_SIGN, yx_now(), yx_now(), &findings,
                         NULL) != YX_OK ||
        findings.revocation.outcome == YX_PASS || findings.revocation.outcome == YX_FAIL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct yx_bytes bytes = YX_BYTES(data, size);
    set_up();
    answer(bytes);
    take(bytes);
    return 0;
}
