/* SPDX-License-Identifier: Apache-2.0 */
/* crypto/libcrypto.c - turns OpenSSL's errors into ours. */
#include "crypto/libcrypto.h"

bool yx_libcrypto_out_of_memory(void)
{
    return ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE;
}

yx_status yx_fail_libcrypto(struct yx_error *err, const char *doing)
{
    if (yx_libcrypto_out_of_memory())
        return yx_fail_memory(err);
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return yx_fail(err, YX_INTERNAL, "", N_("libcrypto failed to {1}: {2}"), doing,
                   reason != NULL ? reason : "?");
}

yx_status yx_fail_verification(struct yx_error *err, yx_signature_algorithm algorithm)
{
    if (yx_libcrypto_out_of_memory())
        return yx_fail_memory(err);
    return yx_fail(err, YX_REFUSED, yx_signature_rule(algorithm),
                   N_("the {1} signature does not verify: what was signed, the key or the value is "
                      "another"),
                   yx_signature_name(algorithm));
}
