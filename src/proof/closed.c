/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proof/closed.c - secrets that must come back, as they lie in the database:
 *
 *   16 octets   the start of SM4-CBC, random
 *   n octets    SM4-CBC of the secret
 *   32 octets   HMAC-SM3 over the owner, a NUL, and all of it before
 *
 * Whoever has the database alone reads none of them, and cannot give one account that of another.
 */
#include "proof/proof.h"

#define MAC 32

static yx_status authenticate(const struct yx_closing *closing, const char *owner,
                              struct yx_bytes closed, uint8_t out[YX_DIGEST_MAX],
                              struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf all = {0};

    if (yx_buf_append(&all, YX_BYTES(owner, strlen(owner) + 1)) != YX_OK ||
        yx_buf_append(&all, closed) != YX_OK)
        return yx_fail_memory(err);
    return yx_hmac(YX_DIGEST_SM3, YX_BYTES(closing->mac, sizeof closing->mac), yx_buf_bytes(&all),
                   out, err);
}

yx_status yx_secret_close(const struct yx_closing *closing, const char *owner,
                          struct yx_bytes plain, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf closed = {0};
    uint8_t iv[YX_SM4_BLOCK], mac[YX_DIGEST_MAX];

    YX_TRY(yx_random(iv, sizeof iv, err));
    if (yx_buf_append(&closed, YX_BYTES(iv, sizeof iv)) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_sm4_cbc(true, closing->key, iv, plain, &closed, err));
    YX_TRY(authenticate(closing, owner, yx_buf_bytes(&closed), mac, err));
    if (yx_buf_append(&closed, YX_BYTES(mac, MAC)) != YX_OK ||
        yx_buf_append(out, yx_buf_bytes(&closed)) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

yx_status yx_secret_open(const struct yx_closing *closing, const char *owner,
                         struct yx_bytes closed, struct yx_buf *out, struct yx_error *err)
{
    struct yx_bytes body = closed;
    uint8_t mac[YX_DIGEST_MAX];
    bool sound = closed.len >= 2 * (size_t)YX_SM4_BLOCK + MAC;

    if (sound) {
        body.len -= MAC;
        YX_TRY(authenticate(closing, owner, body, mac, err));
        sound = yx_bytes_equal_secret(YX_BYTES(mac, MAC), YX_BYTES(body.data + body.len, MAC));
    }
    YX_REQUIRE(sound, err, YX_DAMAGED, "",
               N_("a secret in the database was changed, or was closed with another key of the "
                  "service"));
    return yx_sm4_cbc(false, closing->key, body.data,
                      YX_BYTES(body.data + YX_SM4_BLOCK, body.len - YX_SM4_BLOCK), out, err);
}
