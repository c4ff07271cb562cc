/* SPDX-License-Identifier: Apache-2.0 */
/* crypto/random.c - random bytes from libcrypto's generator. */
#include <openssl/rand.h>

#include "crypto/libcrypto.h"

yx_status yx_random(void *out, size_t len, struct yx_error *err)
{
    YX_QUIET;
    if (RAND_bytes_ex(NULL, out, len, 0) != 1)
        return yx_fail_libcrypto(err, "make random bytes");
    return YX_OK;
}
