/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/tsp.c - any bytes as a time-stamp request put to an authority, as an answer to a request of
 * ours, and as BER that becomes a token. */
#include <stdlib.h>

#include "../tests/support/pki.h"
#include "cms/cms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pki_person authority;

static struct yx_tsa tsa(void)
{
    if (authority.cert == NULL) {
        struct pki_wish wish = {
            .name = "CN=TSA", .tsa = true, .key_usage = YX_KU_DIGITAL_SIGNATURE};
        if (pki_person_make(&wish, NULL, &authority, NULL) != YX_OK)
            abort();
    }
    return (struct yx_tsa){.cert = authority.cert, .signer = yx_signer_borrow_key(authority.key)};
}

/* Whatever is granted, our own client takes, when there is a certificate in it. */
static void answer(struct yx_bytes request)
{
    struct yx_tsa by = tsa();
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    yx_status status = yx_tsa_reply(&by, request, yx_now(), &response, NULL);
    if ((status != YX_OK && status != YX_REFUSED) || response.len == 0)
        abort();
    yx_status taken = yx_timestamp_response_take(yx_buf_bytes(&response), request, &token, NULL);
    if (status == YX_OK && taken != YX_OK && taken != YX_REFUSED)
        abort();
    if (status != YX_OK && taken == YX_OK)
        abort();
}

/* Nobody guesses the nonce. */
static void take(struct yx_bytes response)
{
    uint8_t digest[32] = {0};
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    if (yx_timestamp_request_make(YX_DIGEST_SM3, YX_BYTES(digest, 32), &request, NULL) != YX_OK)
        abort();
    if (yx_timestamp_response_take(response, yx_buf_bytes(&request), &token, NULL) == YX_OK)
        abort();
}

static void convert(struct yx_bytes ber)
{
    struct yx_cms cms;
    size_t used = 0;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    if (yx_ber_to_der(ber, &der, &used, NULL) != YX_OK)
        return;
    if (used > ber.len)
        abort();
    (void)yx_cms_parse(yx_buf_bytes(&der), &cms, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct yx_bytes bytes = YX_BYTES(data, size);
    answer(bytes);
    take(bytes);
    convert(bytes);
    return 0;
}
