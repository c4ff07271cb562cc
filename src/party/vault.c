/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vault.c - numbers of identity documents as they lie in the database:
 *
 *   IV (16) || SM4-CBC (number) || HMAC-SM3 (IV, cipher text, id of the party)
 *
 * and the keyed digest by which they are found.
 */
#include "party/room.h"

#define MAC_SIZE 32

static yx_status derive(const uint8_t secret[YX_PARTY_SECRET], const char *label, uint8_t *out,
                        size_t len, struct yx_error *err)
{
    uint8_t full[YX_DIGEST_MAX];

    YX_TRY(yx_hmac(YX_DIGEST_SM3, YX_BYTES(secret, YX_PARTY_SECRET), YX_TEXT(label), full, err));
    memcpy(out, full, len);
    yx_wipe(full, sizeof full);
    return YX_OK;
}

yx_status yx_party_vault_make(const uint8_t secret[YX_PARTY_SECRET], struct yx_party_vault *out,
                              struct yx_error *err)
{
    YX_TRY(derive(secret, "yinxin party identity find", out->find, sizeof out->find, err));
    YX_TRY(derive(secret, "yinxin party identity seal", out->seal, sizeof out->seal, err));
    return derive(secret, "yinxin party identity check", out->check, sizeof out->check, err);
}

void yx_party_vault_wipe(struct yx_party_vault *vault)
{
    yx_wipe(vault, sizeof *vault);
}

/* HMAC of several parts, each with its end marked by what follows it: none holds a NUL. */
yx_status yx_party_digest(const struct yx_party_vault *vault, const char *document,
                          const char *number, uint8_t out[32], struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf all = {0};
    uint8_t full[YX_DIGEST_MAX];

    if (yx_buf_append(&all, YX_BYTES(document, strlen(document) + 1)) != YX_OK ||
        yx_buf_append_text(&all, number) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_hmac(YX_DIGEST_SM3, YX_BYTES(vault->find, sizeof vault->find), yx_buf_bytes(&all),
                   full, err));
    memcpy(out, full, 32);
    return YX_OK;
}

static yx_status check_value(const struct yx_party_vault *vault, const char *id,
                             struct yx_bytes sealed, uint8_t out[YX_DIGEST_MAX],
                             struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf all = {0};

    if (yx_buf_append(&all, sealed) != YX_OK || yx_buf_append_text(&all, id) != YX_OK)
        return yx_fail_memory(err);
    return yx_hmac(YX_DIGEST_SM3, YX_BYTES(vault->check, sizeof vault->check), yx_buf_bytes(&all),
                   out, err);
}

yx_status yx_party_seal(const struct yx_party_vault *vault, const char *id, const char *number,
                        struct yx_buf *out, struct yx_error *err)
{
    uint8_t iv[YX_SM4_BLOCK], check[YX_DIGEST_MAX];

    YX_TRY(yx_random(iv, sizeof iv, err));
    if (yx_buf_append(out, YX_BYTES(iv, sizeof iv)) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_sm4_cbc(true, vault->seal, iv, YX_TEXT(number), out, err));
    YX_TRY(check_value(vault, id, yx_buf_bytes(out), check, err));
    return yx_buf_append(out, YX_BYTES(check, MAC_SIZE)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_party_unseal(const struct yx_party_vault *vault, const char *id,
                          struct yx_bytes sealed, struct yx_buf *out, struct yx_error *err)
{
    uint8_t check[YX_DIGEST_MAX];
    struct yx_bytes body = sealed;

    YX_REQUIRE(sealed.len >= 2 * YX_SM4_BLOCK + MAC_SIZE, err, YX_DAMAGED, "",
               N_("the number of an identity document in the database is damaged"));
    body.len -= MAC_SIZE;
    YX_TRY(check_value(vault, id, body, check, err));
    YX_REQUIRE(
        yx_bytes_equal_secret(YX_BYTES(check, MAC_SIZE), YX_BYTES(body.data + body.len, MAC_SIZE)),
        err, YX_DAMAGED, "",
        N_("the number of an identity document was sealed with another secret, or for "
           "somebody else"));
    return yx_sm4_cbc(false, vault->seal, body.data,
                      YX_BYTES(body.data + YX_SM4_BLOCK, body.len - YX_SM4_BLOCK), out, err);
}
