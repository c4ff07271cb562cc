/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skf/forms.c - the numbers of SM2 as SKF and SDF libraries lay them out in memory. The
 * standards put 32 octets at the right end of 64; some makers put them at the left, some have
 * fields of 32, some take ULONG as 64 bits. The right layout is the one in which the point is on
 * the curve, or the signature verifies: nothing else would, so that no setting is needed.
 */
#include "skf/room.h"

enum { NUMBER = 32, POINT = 65, SM4_KEY = 16, SCALAR_ROOM = 64 };

struct layout {
    size_t size; /* of the whole */
    size_t first, second;
};

/* x and y behind the bit length. */
static const struct layout key_layouts[] = {
    {132, 4 + 32, 4 + 96}, /* the standards */
    {136, 8 + 32, 8 + 96}, /* ULONG of 64 bits */
    {132, 4, 4 + 64},      /* numbers at the left */
    {136, 8, 8 + 64},      /* both */
    {68, 4, 4 + 32},       /* fields of 32 octets */
    {72, 8, 8 + 32},       /* and ULONG of 64 bits */
};

/* r and s. */
static const struct layout signature_layouts[] = {
    {128, 32, 96},
    {128, 0, 64},
    {64, 0, 32},
};

static yx_status key_at(struct yx_bytes blob, const struct layout *layout,
                        struct yx_public_key **out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf spki = {0};
    uint8_t point[2 * NUMBER];

    memcpy(point, blob.data + layout->first, NUMBER);
    memcpy(point + NUMBER, blob.data + layout->second, NUMBER);
    YX_TRY(yx_spki_from_point(YX_KEY_SM2, YX_BYTES(point, sizeof point), &spki, err));
    return yx_public_key_from_spki(yx_buf_bytes(&spki), out, err);
}

yx_status yx_skf_take_key(struct yx_bytes blob, struct yx_public_key **out, struct yx_error *err)
{
    for (size_t i = 0; i < sizeof key_layouts / sizeof key_layouts[0]; i++)
        if (blob.len >= key_layouts[i].size && key_at(blob, &key_layouts[i], out, NULL) == YX_OK)
            return YX_OK;
    return yx_fail(err, YX_DAMAGED, "GM/T 0016, ECCPUBLICKEYBLOB",
                   N_("what the token gives as its public key is no point of the SM2 curve"));
}

yx_status yx_skf_take_signature(const struct yx_public_key *key, const uint8_t digest[32],
                                struct yx_bytes blob, struct yx_buf *out, struct yx_error *err)
{
    for (size_t i = 0; i < sizeof signature_layouts / sizeof signature_layouts[0]; i++) {
        const struct layout *layout = &signature_layouts[i];
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        uint8_t raw[2 * NUMBER];

        if (blob.len < layout->size)
            continue;
        memcpy(raw, blob.data + layout->first, NUMBER);
        memcpy(raw + NUMBER, blob.data + layout->second, NUMBER);
        YX_TRY(yx_signature_from_raw(YX_BYTES(raw, sizeof raw), &der, err));
        if (yx_sm2_verify_digest(key, digest, yx_buf_bytes(&der), NULL) == YX_OK)
            return yx_buf_append(out, yx_buf_bytes(&der)) == YX_OK ? YX_OK : yx_fail_memory(err);
    }
    return yx_fail(err, YX_DAMAGED, "GB/T 32918.2 7.1",
                   N_("what the token gives as its signature does not verify with its key"));
}

/* --- Envelopes ---------------------------------------------------------------------------- */

struct envelope {
    struct yx_bytes x, y, hash, key, point, secret;
};

/* The content of an INTEGER without its sign octet, at most `max`. */
static yx_status read_number(struct yx_der *der, struct yx_bytes *out, struct yx_error *err)
{
    YX_TRY(yx_der_integer(der, out, err));
    if (out->len > 1 && out->data[0] == 0)
        *out = YX_BYTES(out->data + 1, out->len - 1);
    YX_REQUIRE(out->len <= NUMBER, err, YX_DAMAGED, "GB/T 35276, SM2Cipher",
               N_("a coordinate of an SM2 cipher is negative or too large"));
    return YX_OK;
}

/*
 * SM2EnvelopedKey ::= SEQUENCE { symAlgID AlgorithmIdentifier, symEncryptedKey SM2Cipher,
 *     sm2PublicKey BIT STRING, sm2EncryptedPrivateKey BIT STRING }
 * What is inside is not looked at; the device does that, and it alone has the key.
 */
static yx_status read_envelope(struct yx_bytes der, struct envelope *out, struct yx_error *err)
{
    struct yx_der outer = yx_der_reader(der, "SM2EnvelopedKey"), inner, cipher;

    YX_TRY(yx_der_enter(&outer, YX_DER_SEQUENCE, &inner, err));
    YX_TRY(yx_der_end(&outer, err));
    YX_TRY(yx_der_any(&inner, NULL, NULL, NULL, err));
    YX_TRY(yx_der_enter(&inner, YX_DER_SEQUENCE, &cipher, err));
    YX_TRY(read_number(&cipher, &out->x, err));
    YX_TRY(read_number(&cipher, &out->y, err));
    YX_TRY(yx_der_get(&cipher, YX_DER_OCTET_STRING, &out->hash, err));
    YX_TRY(yx_der_get(&cipher, YX_DER_OCTET_STRING, &out->key, err));
    YX_TRY(yx_der_end(&cipher, err));
    YX_TRY(yx_der_bit_string(&inner, &out->point, err));
    YX_TRY(yx_der_bit_string(&inner, &out->secret, err));
    YX_TRY(yx_der_end(&inner, err));
    YX_REQUIRE(out->hash.len == NUMBER && out->key.len == SM4_KEY && out->point.len == POINT &&
                   (out->secret.len == NUMBER || out->secret.len == SCALAR_ROOM),
               err, YX_DAMAGED, "GB/T 35276, SM2EnvelopedKey",
               N_("the parts of the key envelope have other sizes than those of SM2 and SM4"));
    return YX_OK;
}

static yx_status put_ulong(struct yx_buf *out, size_t ulong, uint32_t value)
{
    const uint64_t wide = value;
    struct yx_bytes narrow = YX_BYTES(&value, sizeof value), whole = YX_BYTES(&wide, sizeof wide);

    return yx_buf_append(out, ulong == sizeof wide ? whole : narrow);
}

/* A number at the right end of its field. */
static yx_status put_number(struct yx_buf *out, struct yx_bytes number)
{
    static const uint8_t zeros[SKF_COORDINATE];

    YX_TRY(yx_buf_append(out, YX_BYTES(zeros, SKF_COORDINATE - number.len)));
    return yx_buf_append(out, number);
}

/* The field of the private key is encrypted as it is: 64 octets, or, with 32, zeros in front. */
static yx_status put_envelope(const struct envelope *in, size_t ulong, struct yx_buf *out)
{
    static const uint8_t padding[8];

    YX_TRY(put_ulong(out, ulong, 1)); /* Version */
    YX_TRY(put_ulong(out, ulong, SGD_SM4_ECB));
    YX_TRY(put_ulong(out, ulong, 8 * NUMBER));
    YX_TRY(put_number(out, in->secret));
    YX_TRY(put_ulong(out, ulong, 8 * NUMBER)); /* PubKey */
    YX_TRY(put_number(out, YX_BYTES(in->point.data + 1, NUMBER)));
    YX_TRY(put_number(out, YX_BYTES(in->point.data + 1 + NUMBER, NUMBER)));
    YX_TRY(put_number(out, in->x)); /* ECCCipherBlob */
    YX_TRY(put_number(out, in->y));
    YX_TRY(yx_buf_append(out, in->hash));
    YX_TRY(put_ulong(out, ulong, SM4_KEY));
    YX_TRY(yx_buf_append(out, in->key));
    /* The structure is declared with one octet of cipher, and padded. */
    return yx_buf_append(out, YX_BYTES(padding, sizeof padding));
}

yx_status yx_skf_envelope(struct yx_bytes der, size_t ulong, struct yx_buf *out,
                          struct yx_error *err)
{
    struct envelope envelope;

    YX_TRY(read_envelope(der, &envelope, err));
    return put_envelope(&envelope, ulong, out) == YX_OK ? YX_OK : yx_fail_memory(err);
}
