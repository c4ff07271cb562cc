/* SPDX-License-Identifier: Apache-2.0 */
/* devices/softskf_crypto.c - GM/T 0016, what needs no container: digests, keys of others. */
#include "softskf.h"

#define SIGNER_ID "1234567812345678" /* GM/T 0009 */

/* --- Keys of others ---------------------------------------------------------------------- */

static ULONG key_of(const ECCPUBLICKEYBLOB *blob, struct yx_public_key **out)
{
    YX_CLEAN(yx_buf) struct yx_buf spki = {0};
    struct yx_error err;
    uint8_t point[64];
    SOFT_REQUIRE(blob != NULL && blob->BitLen == 256, SAR_INVALIDPARAMERR);
    memcpy(point, blob->XCoordinate + SKF_COORDINATE - 32, 32);
    memcpy(point + 32, blob->YCoordinate + SKF_COORDINATE - 32, 32);
    SOFT_REQUIRE(yx_spki_from_point(YX_KEY_SM2, YX_BYTES(point, sizeof point), &spki, &err) ==
                         YX_OK &&
                     yx_public_key_from_spki(yx_buf_bytes(&spki), out, &err) == YX_OK,
                 SAR_INDATAERR);
    return SAR_OK;
}

ULONG SKF_ExtECCVerify(DEVHANDLE handle, ECCPUBLICKEYBLOB *blob, BYTE *digest, ULONG size,
                       ECCSIGNATUREBLOB *signature)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct soft *device;
    struct yx_error err;
    uint8_t raw[64];
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_DEVICE, &device));
    SOFT_REQUIRE(digest != NULL && signature != NULL, SAR_INVALIDPARAMERR);
    SOFT_REQUIRE(size == 32, SAR_INDATALENERR);
    SOFT_TRY(key_of(blob, &key));
    memcpy(raw, signature->r + SKF_COORDINATE - 32, 32);
    memcpy(raw + 32, signature->s + SKF_COORDINATE - 32, 32);
    SOFT_TRY(soft_code(yx_signature_from_raw(YX_BYTES(raw, sizeof raw), &der, &err)));
    return yx_sm2_verify_digest(key, digest, yx_buf_bytes(&der), &err) == YX_OK
               ? SAR_OK
               : SAR_HASHNOTEQUALERR;
}

ULONG SKF_ECCVerify(DEVHANDLE handle, ECCPUBLICKEYBLOB *blob, BYTE *digest, ULONG size,
                    ECCSIGNATUREBLOB *signature)
{
    return SKF_ExtECCVerify(handle, blob, digest, size, signature);
}

ULONG SKF_ExtECCEncrypt(DEVHANDLE handle, ECCPUBLICKEYBLOB *blob, BYTE *plain, ULONG size,
                        ECCCIPHERBLOB *out)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct soft *device;
    struct yx_error err;
    struct yx_bytes number[2], hash, text;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_DEVICE, &device));
    SOFT_REQUIRE(plain != NULL && out != NULL, SAR_INVALIDPARAMERR);
    SOFT_TRY(key_of(blob, &key));
    SOFT_REQUIRE(yx_sm2_cipher_make(key, YX_BYTES(plain, size), &der, &err) == YX_OK,
                 SAR_INDATAERR);
    struct yx_der outer = yx_der_reader(yx_buf_bytes(&der), "SM2Cipher"), inner;
    SOFT_REQUIRE(yx_der_enter(&outer, YX_DER_SEQUENCE, &inner, &err) == YX_OK &&
                     yx_der_integer(&inner, &number[0], &err) == YX_OK &&
                     yx_der_integer(&inner, &number[1], &err) == YX_OK &&
                     yx_der_get(&inner, YX_DER_OCTET_STRING, &hash, &err) == YX_OK &&
                     yx_der_get(&inner, YX_DER_OCTET_STRING, &text, &err) == YX_OK,
                 SAR_FAIL);
    memset(out, 0, offsetof(ECCCIPHERBLOB, Cipher));
    memcpy(out->XCoordinate + SKF_COORDINATE - number[0].len, number[0].data, number[0].len);
    memcpy(out->YCoordinate + SKF_COORDINATE - number[1].len, number[1].data, number[1].len);
    memcpy(out->HASH, hash.data, sizeof out->HASH);
    out->CipherLen = (ULONG)text.len;
    memcpy(out->Cipher, text.data, text.len);
    return SAR_OK;
}

/* --- Digests ----------------------------------------------------------------------------- */

static const struct {
    ULONG id;
    yx_digest_algorithm algorithm;
} digests[] = {
    {SGD_SM3, YX_DIGEST_SM3},
    {SGD_SHA256, YX_DIGEST_SHA256},
};

/* With a key the digest of an SM2 signature: ZA first (GB/T 32918.2 5.5). */
static ULONG begin_digest(struct soft *digest, const ECCPUBLICKEYBLOB *blob, struct yx_bytes id)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    struct yx_error err;
    uint8_t za[32];
    if (blob == NULL || id.len == 0)
        return SAR_OK;
    SOFT_REQUIRE(yx_bytes_are(id, SIGNER_ID), SAR_NOTSUPPORTYETERR);
    SOFT_TRY(key_of(blob, &key));
    SOFT_REQUIRE(yx_sm2_za(key, za, &err) == YX_OK &&
                     yx_hasher_update(digest->hasher, YX_BYTES(za, sizeof za), &err) == YX_OK,
                 SAR_HASHERR);
    return SAR_OK;
}

ULONG SKF_DigestInit(DEVHANDLE handle, ULONG algorithm, ECCPUBLICKEYBLOB *key, BYTE *id,
                     ULONG id_size, HANDLE *out)
{
    struct soft *device, *digest;
    struct yx_error err;
    size_t row = 0;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_DEVICE, &device));
    SOFT_REQUIRE(out != NULL && (id != NULL || id_size == 0), SAR_INVALIDPARAMERR);
    while (row < sizeof digests / sizeof digests[0] && digests[row].id != algorithm)
        row++;
    SOFT_REQUIRE(row < sizeof digests / sizeof digests[0], SAR_NOTSUPPORTYETERR);
    SOFT_TRY(soft_new(SOFT_DIGEST, device, "", &digest));
    digest->digest_size = (ULONG)yx_digest_size(digests[row].algorithm);
    ULONG code = yx_hasher_new(digests[row].algorithm, &digest->hasher, &err) == YX_OK
                     ? begin_digest(digest, key, YX_BYTES(id, id_size))
                     : SAR_HASHERR;
    if (code != SAR_OK) {
        soft_close(digest);
        return code;
    }
    *out = digest;
    return SAR_OK;
}

static ULONG update(HANDLE handle, const BYTE *data, ULONG size)
{
    struct soft *digest;
    struct yx_error err;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_DIGEST, &digest));
    SOFT_REQUIRE(data != NULL || size == 0, SAR_INVALIDPARAMERR);
    return yx_hasher_update(digest->hasher, YX_BYTES(data, size), &err) == YX_OK ? SAR_OK
                                                                                 : SAR_HASHERR;
}

/* Asking for the size, or giving too little room, does not end the digest. */
static ULONG room_for_digest(HANDLE handle, const BYTE *out, ULONG *size)
{
    struct soft *digest;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_DIGEST, &digest));
    SOFT_REQUIRE(size != NULL, SAR_INVALIDPARAMERR);
    ULONG room = *size;
    *size = digest->digest_size;
    return out == NULL || room >= digest->digest_size ? SAR_OK : SAR_BUFFER_TOO_SMALL;
}

static ULONG finish(HANDLE handle, BYTE *out)
{
    struct soft *digest;
    struct yx_error err;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_DIGEST, &digest));
    return yx_hasher_finish(digest->hasher, out, &err) == YX_OK ? SAR_OK : SAR_HASHERR;
}

ULONG SKF_DigestUpdate(HANDLE handle, BYTE *data, ULONG size)
{
    return update(handle, data, size);
}

ULONG SKF_DigestFinal(HANDLE handle, BYTE *out, ULONG *size)
{
    SOFT_TRY(room_for_digest(handle, out, size));
    return out != NULL ? finish(handle, out) : SAR_OK;
}

ULONG SKF_Digest(HANDLE handle, BYTE *data, ULONG size, BYTE *out, ULONG *out_size)
{
    SOFT_TRY(room_for_digest(handle, out, out_size));
    if (out == NULL)
        return SAR_OK;
    SOFT_TRY(update(handle, data, size));
    return finish(handle, out);
}
