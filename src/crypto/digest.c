/* SPDX-License-Identifier: Apache-2.0 */
/* crypto/digest.c - digests over bytes at once or in pieces. Names and sizes are in algorithm.c. */
#include <stdlib.h>

#include "crypto/libcrypto.h"

static yx_status find_md(yx_digest_algorithm algorithm, const EVP_MD **md, struct yx_error *err)
{
    *md = yx_digest_md(algorithm);
    YX_REQUIRE(*md != NULL, err, YX_USAGE, "", N_("no digest algorithm is given"));
    return YX_OK;
}

yx_status yx_digest(yx_digest_algorithm algorithm, struct yx_bytes bytes, uint8_t *out,
                    struct yx_error *err)
{
    YX_QUIET;
    const EVP_MD *md;
    YX_TRY(find_md(algorithm, &md, err));
    if (EVP_Digest(bytes.data, bytes.len, out, NULL, md, NULL) != 1)
        return yx_fail_libcrypto(err, "compute a digest");
    return YX_OK;
}

struct yx_hasher {
    EVP_MD_CTX *context;
};

yx_status yx_hasher_new(yx_digest_algorithm algorithm, struct yx_hasher **out, struct yx_error *err)
{
    YX_QUIET;
    const EVP_MD *md;
    YX_TRY(find_md(algorithm, &md, err));
    YX_CLEAN(yx_hasher) struct yx_hasher *hasher = calloc(1, sizeof(*hasher));
    if (hasher == NULL)
        return yx_fail_memory(err);
    hasher->context = EVP_MD_CTX_new();
    if (hasher->context == NULL || EVP_DigestInit_ex(hasher->context, md, NULL) != 1)
        return yx_fail_libcrypto(err, "begin a digest");
    *out = hasher;
    hasher = NULL;
    return YX_OK;
}

yx_status yx_hasher_update(struct yx_hasher *hasher, struct yx_bytes bytes, struct yx_error *err)
{
    YX_QUIET;
    if (EVP_DigestUpdate(hasher->context, bytes.data, bytes.len) != 1)
        return yx_fail_libcrypto(err, "continue a digest");
    return YX_OK;
}

yx_status yx_hasher_finish(struct yx_hasher *hasher, uint8_t *out, struct yx_error *err)
{
    YX_QUIET;
    if (EVP_DigestFinal_ex(hasher->context, out, NULL) != 1 ||
        EVP_DigestInit_ex(hasher->context, NULL, NULL) != 1)
        return yx_fail_libcrypto(err, "finish a digest");
    return YX_OK;
}

void yx_hasher_free(struct yx_hasher *hasher)
{
    if (hasher == NULL)
        return;
    EVP_MD_CTX_free(hasher->context);
    free(hasher);
}
