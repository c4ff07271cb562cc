/* SPDX-License-Identifier: Apache-2.0 */
/* token.c - asks a time-stamping authority for a token and looks at what it gave. */
#include "pdfsign/sealing.h"

yx_status yx_pdf_stamp_digest(const struct yx_timestamper *timestamper, struct yx_bytes digest,
                              struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    struct yx_cert_finding finding = {0};
    char why[sizeof(struct yx_message)] = "";
    yx_time time;
    YX_TRY(timestamper->stamp(timestamper->self, timestamper->algorithm, digest, &token, err));
    struct yx_bytes der = yx_buf_bytes(&token);
    YX_TRY(yx_timestamp_verify_digest(der, digest, NULL, yx_now(), &time, &finding, err));
    if (finding.detail.text != NULL)
        yx_message_render(&finding.detail, NULL, why, sizeof why);
    YX_REQUIRE(finding.outcome != YX_FAIL, err, YX_REFUSED, finding.rule,
               N_("the time-stamping authority gave a token that does not verify: {1}"), why);
    return yx_buf_append(out, der) == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_pdf_stamp(const struct yx_timestamper *timestamper, struct yx_bytes stamped,
                       struct yx_buf *out, struct yx_error *err)
{
    uint8_t digest[YX_DIGEST_MAX];
    YX_TRY(yx_digest(timestamper->algorithm, stamped, digest, err));
    struct yx_bytes bytes = YX_BYTES(digest, yx_digest_size(timestamper->algorithm));
    return yx_pdf_stamp_digest(timestamper, bytes, out, err);
}
