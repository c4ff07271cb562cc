/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/sm2_key.c - SM2 keys: made of numbers, and lent to libcrypto for what it does with them,
 * which is encryption and writing files. Signing is in sm2.c.
 */
#include <stdlib.h>

#include "crypto/libcrypto.h"

/* --- Private keys ------------------------------------------------------------------------ */

static yx_status public_half(const struct yx_sm2_secret *secret, struct yx_public_key **out,
                             struct yx_error *err)
{
    uint8_t point[YX_SM2_POINT];
    YX_CLEAN(yx_buf) struct yx_buf spki = {0};
    yx_sm2_secret_public(secret, point);
    YX_TRY(yx_spki_from_point(YX_KEY_SM2, YX_BYTES(point, sizeof(point)), &spki, err));
    return yx_public_key_from_spki(yx_buf_bytes(&spki), out, err);
}

/* `*fits` is false when d is not from 1 to n - 2. */
static yx_status take_number(const uint8_t d[YX_SM2_SCALAR], bool *fits,
                             struct yx_private_key **out, struct yx_error *err)
{
    uint8_t blind[YX_SM2_BLIND];
    YX_CLEAN(yx_private_key) struct yx_private_key *key = calloc(1, sizeof(*key));
    if (key == NULL)
        return yx_fail_memory(err);
    YX_TRY(yx_random(blind, sizeof(blind), err));
    *fits = yx_sm2_secret_read(d, blind, &key->sm2);
    yx_wipe(blind, sizeof(blind));
    if (!*fits)
        return YX_OK;
    YX_TRY(public_half(&key->sm2, &key->public_key, err));
    *out = key;
    key = NULL;
    return YX_OK;
}

yx_status yx_sm2_private_key(const uint8_t d[YX_SM2_SCALAR], struct yx_private_key **out,
                             struct yx_error *err)
{
    bool fits = false;
    YX_TRY(take_number(d, &fits, out, err));
    YX_REQUIRE(fits, err, YX_DAMAGED, "GB/T 32918.1 6.1",
               N_("the private key is 0 or not below the order of its curve"));
    return YX_OK;
}

yx_status yx_sm2_generate(struct yx_private_key **out, struct yx_error *err)
{
    uint8_t d[YX_SM2_SCALAR];
    bool fits = false;
    yx_status status = YX_OK;
    while (status == YX_OK && !fits) { /* one number of 2^32 is too large */
        status = yx_random(d, sizeof(d), err);
        if (status == YX_OK)
            status = take_number(d, &fits, out, err);
    }
    yx_wipe(d, sizeof(d));
    return status;
}

/* --- As libcrypto has them --------------------------------------------------------------- */

static yx_status share(EVP_PKEY *pkey, EVP_PKEY **out, struct yx_error *err)
{
    if (EVP_PKEY_up_ref(pkey) != 1)
        return yx_fail_libcrypto(err, "share a key");
    *out = pkey;
    return YX_OK;
}

/* 04 || x || y, at the end of a SubjectPublicKeyInfo. */
static struct yx_bytes whole_point(const struct yx_public_key *key)
{
    struct yx_bytes point = yx_public_key_point(key);
    return YX_BYTES(point.data - 1, point.len + 1);
}

yx_status yx_public_key_pkey(const struct yx_public_key *key, EVP_PKEY **out, struct yx_error *err)
{
    if (key->type != YX_KEY_SM2)
        return share(key->pkey, out, err);
    return yx_ec_import(yx_curve_of(YX_KEY_SM2), whole_point(key), NULL, out, err);
}

yx_status yx_private_key_pkey(const struct yx_private_key *key, EVP_PKEY **out,
                              struct yx_error *err)
{
    if (key->public_key->type != YX_KEY_SM2)
        return share(key->pkey, out, err);
    YX_CLEAN(BIGNUM) BIGNUM *d = BN_secure_new();
    uint8_t number[YX_SM2_SCALAR];
    if (d == NULL || BN_bin2bn(key->sm2.d, sizeof(key->sm2.d), d) == NULL ||
        BN_bn2nativepad(d, number, sizeof(number)) < 0)
        return yx_fail_memory(err);
    yx_status status =
        yx_ec_import(yx_curve_of(YX_KEY_SM2), whole_point(key->public_key), number, out, err);
    yx_wipe(number, sizeof(number));
    return status;
}
