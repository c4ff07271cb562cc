/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/cms.c - any bytes as SignedData, as a time-stamp token, as a certification request, and as a
 * certificate to be made. */
#include <stdlib.h>

#include "certify/certify.h"
#include "cms/cms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Views must stay inside the input. */
static void check_inside(struct yx_bytes part, struct yx_bytes whole)
{
    if (part.len > 0 && (part.data < whole.data || part.data + part.len > whole.data + whole.len))
        abort();
}

/* Gives how many there are. */
static size_t verify_signer(struct yx_bytes bytes, size_t wanted)
{
    struct yx_cms cms;
    size_t count = 0;
    YX_CLEAN(yx_cert) struct yx_cert *signer = NULL;
    struct yx_cert_findings findings;
    bool digest, value, with_za, named;
    if (yx_cms_parse_signer(bytes, wanted, &cms, &count, NULL) != YX_OK)
        return 0;
    check_inside(cms.content, bytes);
    check_inside(cms.attributes, bytes);
    check_inside(cms.signature, bytes);
    check_inside(cms.unsigned_attributes, bytes);
    if (yx_cms_signer(&cms, &signer, NULL) != YX_OK)
        return count;
    (void)yx_cms_verify(&cms, signer, cms.content, &digest, &value, &with_za, NULL);
    (void)yx_cms_check_signing_certificate(&cms, signer, &named, NULL);
    (void)yx_cms_validate_signer(&cms, signer, NULL, YX_USE_SIGN, 0, 0, &findings, NULL);
    return count;
}

static void verify_signed_data(struct yx_bytes bytes)
{
    size_t count = verify_signer(bytes, 0);
    for (size_t i = 1; i < count; i++)
        (void)verify_signer(bytes, i);
}

static void verify_token(struct yx_bytes bytes)
{
    yx_time time;
    struct yx_cert_finding finding;
    if (yx_timestamp_verify(bytes, YX_BYTES("stamped", 7), NULL, 0, &time, &finding, NULL) ==
            YX_OK &&
        finding.outcome == YX_PASS)
        abort(); /* nothing is trusted here */
}

static void read_request(struct yx_bytes bytes)
{
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    YX_CLEAN(yx_buf) struct yx_buf spki = {0};
    (void)yx_request_read(bytes, &subject, &spki, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct yx_bytes bytes = YX_BYTES(data, size);
    verify_signed_data(bytes);
    verify_token(bytes);
    read_request(bytes);
    (void)yx_cert_lint(bytes, NULL, NULL);
    return 0;
}
