/* SPDX-License-Identifier: Apache-2.0 */
/*
 * escrow/seal.c - private keys closed for the store, and closed for their holders. SM4-CBC has no
 * integrity of its own; that nothing was changed is known from the pair: what comes out must be the
 * private key of the public key that was certified.
 */
#include "escrow/room.h"

yx_status yx_escrow_key_id(const struct yx_public_key *key, uint8_t out[YX_ESCROW_KEY_ID],
                           struct yx_error *err)
{
    return yx_digest(YX_DIGEST_SM3, yx_public_key_spki(key), out, err);
}

yx_status yx_escrow_seal(const struct yx_private_key *key, const uint8_t secret[YX_ESCROW_SECRET],
                         struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf info = {0};
    uint8_t iv[YX_SM4_BLOCK];

    YX_TRY(yx_private_key_to_info(key, &info, err));
    YX_TRY(yx_random(iv, sizeof iv, err));
    if (yx_buf_append(out, YX_BYTES(iv, sizeof iv)) != YX_OK)
        return yx_fail_memory(err);
    return yx_sm4_cbc(true, secret, iv, yx_buf_bytes(&info), out, err);
}

static yx_status fail_to_unseal(struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, YX_ESCROW_RULE,
                   N_("what the shares opened is not the key of the certificate"));
}

yx_status yx_escrow_unseal(struct yx_bytes sealed, const uint8_t secret[YX_ESCROW_SECRET],
                           struct yx_bytes spki, struct yx_private_key **out, struct yx_error *err)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf info = {0};
    yx_status status;

    if (sealed.len <= YX_SM4_BLOCK)
        return fail_to_unseal(err);
    status =
        yx_sm4_cbc(false, secret, sealed.data,
                   YX_BYTES(sealed.data + YX_SM4_BLOCK, sealed.len - YX_SM4_BLOCK), &info, err);
    if (status == YX_OK)
        status = yx_private_key_read(yx_buf_bytes(&info), YX_BYTES(NULL, 0), &key, err);
    if (status == YX_NO_MEMORY)
        return status;
    if (status != YX_OK || !yx_bytes_equal(yx_public_key_spki(yx_private_key_public(key)), spki))
        return fail_to_unseal(err);
    *out = key;
    key = NULL;
    return YX_OK;
}

yx_status yx_escrow_deliver(const struct yx_cert *holder, const struct yx_private_key *key,
                            struct yx_buf *envelope, struct yx_buf *sm2_envelope,
                            struct yx_error *err)
{
    const struct yx_public_key *theirs = yx_cert_public_key(holder);

    YX_TRY(yx_envelope_make_key(holder, key, envelope, err));
    if (yx_public_key_type(theirs) != YX_KEY_SM2 ||
        yx_public_key_type(yx_private_key_public(key)) != YX_KEY_SM2)
        return YX_OK;
    return yx_sm2_envelope_make(key, theirs, sm2_envelope, err);
}

yx_status yx_escrow_check_recipient(const struct yx_public_key *key, const char *name,
                                    struct yx_error *err)
{
    yx_key_type type = yx_public_key_type(key);

    YX_REQUIRE(type != YX_KEY_ED25519 && type != YX_KEY_NONE, err, YX_REFUSED, "RFC 8410 5",
               N_("{1} has a key that nothing can be encrypted to"), name);
    return YX_OK;
}

/* --- At the holder's ------------------------------------------------------------------------ */

/* SM2EnvelopedKey begins with an AlgorithmIdentifier, ContentInfo with an identifier. */
static bool is_sm2_envelope(struct yx_bytes envelope)
{
    struct yx_der der = yx_der_reader(envelope, "SM2EnvelopedKey"), inner;

    return yx_der_enter(&der, YX_DER_SEQUENCE, &inner, NULL) == YX_OK &&
           yx_der_next_is(&inner, YX_DER_SEQUENCE);
}

yx_status yx_escrow_open_key(struct yx_bytes envelope, const struct yx_cert *holder,
                             const struct yx_private_key *key, struct yx_private_key **out,
                             struct yx_error *err)
{
    if (is_sm2_envelope(envelope))
        return yx_sm2_envelope_open(envelope, key, out, err);
    return yx_envelope_open_key(envelope, holder, key, out, err);
}
