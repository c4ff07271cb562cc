/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/sm2_envelope.c - the SM2EnvelopedKey of GB/T 35276 (GM/T 0009), in which an SM2 encryption
 * key comes to its holder:
 *
 *   SM2EnvelopedKey ::= SEQUENCE {
 *       symAlgID               AlgorithmIdentifier,   -- SM4 in ECB mode
 *       symEncryptedKey        SM2Cipher,             -- of the SM4 key, under the holder's key
 *       sm2PublicKey           BIT STRING,            -- 04 || x || y of the key inside
 *       sm2EncryptedPrivateKey BIT STRING }           -- the 32 octets of d under SM4, no padding
 *
 * ECB leaks nothing here: what it encrypts are two blocks of a random number. Some devices encrypt
 * the 64 octets of their interface (GM/T 0016), d behind 32 zeros; those are read too, and so is a
 * bare OBJECT IDENTIFIER for the algorithm.
 */
#include "crypto/libcrypto.h"

YX_DEFINE_CLEAN(EVP_CIPHER_CTX, EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free);

#define RULE "GB/T 35276, SM2EnvelopedKey"
enum { SCALAR = 32, POINT = 65, DEVICE_SCALAR = 64, SM4_KEY = YX_SM4_BLOCK };

/* --- SM4 without padding ----------------------------------------------------------------- */

static yx_status run_ecb(bool encrypt, const uint8_t key[SM4_KEY], struct yx_bytes in, uint8_t *out,
                         struct yx_error *err)
{
    int first = 0, last = 0;
    YX_CLEAN(EVP_CIPHER_CTX) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool done = context != NULL &&
                EVP_CipherInit_ex2(context, EVP_sm4_ecb(), key, NULL, encrypt ? 1 : 0, NULL) == 1 &&
                EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
                EVP_CipherUpdate(context, out, &first, in.data, (int)in.len) == 1 &&
                EVP_CipherFinal_ex(context, out + first, &last) == 1 &&
                (size_t)first + (size_t)last == in.len;
    return done ? YX_OK : yx_fail_libcrypto(err, "run SM4");
}

/* --- Keys as numbers --------------------------------------------------------------------- */

/* The point at the end of a SubjectPublicKeyInfo of SM2. */
static struct yx_bytes point_of(const struct yx_public_key *key)
{
    struct yx_bytes spki = yx_buf_bytes(&key->spki);
    return YX_BYTES(spki.data + spki.len - POINT, POINT);
}

/* The ECPrivateKey of the two; reading it checks that they belong together. */
static yx_status key_from_numbers(struct yx_bytes scalar, struct yx_bytes point,
                                  struct yx_private_key **out, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    size_t sequence = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, 1);
    yx_der_put(&w, YX_DER_OCTET_STRING, scalar);
    size_t curve = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
    yx_der_put_oid(&w, YX_OID_SM2);
    yx_der_close(&w, curve);
    size_t public_key = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(1));
    yx_der_put_bit_string(&w, point);
    yx_der_close(&w, public_key);
    yx_der_close(&w, sequence);
    YX_TRY(yx_der_finish(&w, &der, err));
    return yx_private_key_from_der(yx_buf_bytes(&der), out, err);
}

/* --- Making ------------------------------------------------------------------------------ */

static yx_status write_envelope(struct yx_bytes sym_key, struct yx_bytes point,
                                struct yx_bytes wrapped, const struct yx_public_key *holder,
                                struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf cipher = {0};
    YX_TRY(yx_sm2_cipher_make(holder, sym_key, &cipher, err));
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t sequence = yx_der_begin(&w, YX_DER_SEQUENCE);
    size_t algorithm = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_oid(&w, YX_OID_SM4_ECB);
    yx_der_put(&w, YX_DER_NULL, YX_BYTES(NULL, 0));
    yx_der_close(&w, algorithm);
    yx_der_put_raw(&w, yx_buf_bytes(&cipher));
    yx_der_put_bit_string(&w, point);
    yx_der_put_bit_string(&w, wrapped);
    yx_der_close(&w, sequence);
    return yx_der_finish(&w, out, err);
}

yx_status yx_sm2_envelope_make(const struct yx_private_key *key, const struct yx_public_key *holder,
                               struct yx_buf *out, struct yx_error *err)
{
    YX_QUIET;
    YX_REQUIRE(yx_public_key_type(key->public_key) == YX_KEY_SM2 &&
                   yx_public_key_type(holder) == YX_KEY_SM2,
               err, YX_USAGE, RULE,
               N_("the envelope of GB/T 35276 carries an SM2 key to the holder of an SM2 key"));
    uint8_t sym_key[SM4_KEY], wrapped[SCALAR];
    yx_status status = yx_random(sym_key, sizeof sym_key, err);
    if (status == YX_OK)
        status = run_ecb(true, sym_key, YX_BYTES(key->sm2.d, SCALAR), wrapped, err);
    if (status == YX_OK)
        status = write_envelope(YX_BYTES(sym_key, sizeof sym_key), point_of(key->public_key),
                                YX_BYTES(wrapped, sizeof wrapped), holder, out, err);
    yx_wipe(sym_key, sizeof sym_key);
    return status;
}

/* --- Opening ----------------------------------------------------------------------------- */

struct envelope {
    struct yx_bytes cipher, point, wrapped;
};

static yx_status read_algorithm(struct yx_der *der, struct yx_error *err)
{
    yx_oid oid;
    struct yx_bytes parameters = {0};
    if (yx_der_next_is(der, YX_DER_OID))
        YX_TRY(yx_der_oid(der, &oid, err));
    else
        YX_TRY(yx_der_algorithm(der, &oid, &parameters, err));
    YX_REQUIRE((oid == YX_OID_SM4 || oid == YX_OID_SM4_ECB) && parameters.len == 0, err, YX_REFUSED,
               RULE, N_("the key in the envelope is not encrypted with SM4 in ECB mode"));
    return YX_OK;
}

static yx_status read_envelope(struct yx_bytes bytes, struct envelope *out, struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(bytes, "SM2EnvelopedKey"), der;
    uint8_t tag;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &der, err));
    YX_TRY(yx_der_end(&whole, err));
    YX_TRY(read_algorithm(&der, err));
    YX_TRY(yx_der_any(&der, &tag, NULL, &out->cipher, err));
    YX_REQUIRE(tag == YX_DER_SEQUENCE, err, YX_DAMAGED, RULE,
               N_("the envelope holds no SM2 cipher where one belongs"));
    YX_TRY(yx_der_bit_string(&der, &out->point, err));
    YX_TRY(yx_der_bit_string(&der, &out->wrapped, err));
    YX_TRY(yx_der_end(&der, err));
    YX_REQUIRE(out->point.len == POINT && out->point.data[0] == 0x04, err, YX_DAMAGED, RULE,
               N_("the public key in the envelope is no uncompressed point"));
    YX_REQUIRE(out->wrapped.len == SCALAR || out->wrapped.len == DEVICE_SCALAR, err, YX_DAMAGED,
               RULE, N_("the private key in the envelope has {1} octets, not 32 or 64"),
               YX_NUM(out->wrapped.len));
    return YX_OK;
}

/* One sentence for a wrong key, a wrong number and a wrong pair. */
static yx_status take_key(const struct envelope *envelope, const uint8_t *plain,
                          struct yx_private_key **out, struct yx_error *err)
{
    size_t skip = envelope->wrapped.len - SCALAR;
    uint8_t odd = 0;
    for (size_t i = 0; i < skip; i++)
        odd |= plain[i];
    yx_status status = key_from_numbers(YX_BYTES(plain + skip, SCALAR), envelope->point, out, err);
    if (status == YX_OK && odd != 0) {
        yx_private_key_free(*out);
        *out = NULL;
        status = YX_DAMAGED;
    }
    YX_REQUIRE(status != YX_DAMAGED && status != YX_REFUSED, err, YX_REFUSED, RULE,
               N_("what is in the envelope is not the private key to the public key beside it"));
    return status;
}

yx_status yx_sm2_envelope_open(struct yx_bytes der, const struct yx_private_key *holder,
                               struct yx_private_key **out, struct yx_error *err)
{
    YX_QUIET;
    struct envelope envelope;
    YX_CLEAN(yx_buf) struct yx_buf sym_key = {0};
    uint8_t plain[DEVICE_SCALAR] = {0};
    YX_TRY(read_envelope(der, &envelope, err));
    YX_TRY(yx_sm2_cipher_open(holder, envelope.cipher, &sym_key, err));
    YX_REQUIRE(sym_key.len == SM4_KEY, err, YX_REFUSED, RULE,
               N_("the key inside the envelope is no SM4 key"));
    yx_status status = run_ecb(false, sym_key.data, envelope.wrapped, plain, err);
    if (status == YX_OK)
        status = take_key(&envelope, plain, out, err);
    yx_wipe(plain, sizeof plain);
    return status;
}
