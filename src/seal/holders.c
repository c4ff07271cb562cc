/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal/holders.c - is a certificate in a seal's list? A list holds certificates or their digests.
 * Two readings of the digest are in the field: SM3 of the certificate, and SM3 with ZA of the
 * certificate's own key in front of it.
 */
#include "seal/parts.h"

static bool list_has(const struct yx_seal_info *info, struct yx_bytes wanted)
{
    for (size_t i = 0; i < info->holder_count; i++)
        if (yx_bytes_equal(info->holders[i], wanted))
            return true;
    return false;
}

yx_status yx_seal_lists(const struct yx_seal *seal, const struct yx_cert *cert, yx_listed *out,
                        struct yx_error *err)
{
    const struct yx_seal_info *info = &seal->info;
    struct yx_bytes der = yx_cert_der(cert);
    uint8_t digest[32];
    *out = YX_LISTED_NOT;
    if (!info->holders_are_digests) {
        *out = list_has(info, der) ? YX_LISTED_CERTIFICATE : YX_LISTED_NOT;
        return YX_OK;
    }
    YX_TRY(yx_digest(YX_DIGEST_SM3, der, digest, err));
    if (list_has(info, YX_BYTES(digest, sizeof digest))) {
        *out = YX_LISTED_DIGEST;
        return YX_OK;
    }
    if (yx_cert_key_type(cert) != YX_KEY_SM2)
        return YX_OK;
    YX_TRY(yx_sm2_digest(yx_cert_public_key(cert), der, digest, err));
    if (list_has(info, YX_BYTES(digest, sizeof digest)))
        *out = YX_LISTED_DIGEST_ZA;
    return YX_OK;
}
