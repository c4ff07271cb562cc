/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cms/envelope.c - content that only one holder can read: chooses the form by the key, and makes
 * and opens the one of GB/T 35275 (GM/T 0010) for SM2. CMS for the other keys is in
 * crypto/envelope.c.
 *
 *   ContentInfo ::= SEQUENCE { contentType (1.2.156.10197.6.1.4.2.3), content [0] EXPLICIT }
 *   EnvelopedData ::= SEQUENCE {
 *       version INTEGER (1), recipientInfos SET OF RecipientInfo, EncryptedContentInfo }
 *   RecipientInfo ::= SEQUENCE {
 *       version INTEGER (1), issuerAndSerialNumber, keyEncryptionAlgorithm, encryptedKey OCTET
 *       STRING }                                       -- an SM2Cipher
 *   EncryptedContentInfo ::= SEQUENCE {
 *       contentType, contentEncryptionAlgorithm, encryptedContent [0] IMPLICIT OCTET STRING }
 */
#include "cms/cms.h"

#define RULE "GB/T 35275, envelopedData"
#define RECIPIENTS_MAX 64

/* One sentence for whatever keeps an envelope shut: an answer that tells more would help whoever
 * sends forged ones. */
static yx_status fail_shut(struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, "RFC 5652 6",
                   N_("the envelope cannot be opened with this key: it is meant for another, or "
                      "was changed"));
}

/* --- Making ------------------------------------------------------------------------------ */

static void put_recipient(struct yx_der_writer *w, const struct yx_cert *holder,
                          struct yx_bytes cipher)
{
    size_t set = yx_der_begin(w, YX_DER_SET);
    size_t recipient = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_int(w, 1);
    size_t identifier = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_raw(w, yx_cert_issuer_der(holder));
    yx_der_put(w, YX_DER_INTEGER, yx_cert_serial_der(holder));
    yx_der_close(w, identifier);
    size_t algorithm = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_oid(w, YX_OID_SM2_ENCRYPT);
    yx_der_close(w, algorithm);
    yx_der_put(w, YX_DER_OCTET_STRING, cipher);
    yx_der_close(w, recipient);
    yx_der_close(w, set);
}

static void put_content(struct yx_der_writer *w, struct yx_bytes iv, struct yx_bytes encrypted)
{
    size_t info = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_oid(w, YX_OID_GM_DATA);
    size_t algorithm = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_oid(w, YX_OID_SM4_CBC);
    yx_der_put(w, YX_DER_OCTET_STRING, iv);
    yx_der_close(w, algorithm);
    yx_der_put(w, YX_DER_CONTEXT(0), encrypted);
    yx_der_close(w, info);
}

static yx_status write_gm(const struct yx_cert *holder, struct yx_bytes cipher, struct yx_bytes iv,
                          struct yx_bytes encrypted, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t content_info = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_oid(&w, YX_OID_GM_ENVELOPED_DATA);
    size_t explicit = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
    size_t enveloped = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, 1);
    put_recipient(&w, holder, cipher);
    put_content(&w, iv, encrypted);
    yx_der_close(&w, enveloped);
    yx_der_close(&w, explicit);
    yx_der_close(&w, content_info);
    return yx_der_finish(&w, out, err);
}

static yx_status gm_make(const struct yx_cert *holder, struct yx_bytes content, struct yx_buf *out,
                         struct yx_error *err)
{
    uint8_t key[YX_SM4_BLOCK], iv[YX_SM4_BLOCK];
    YX_CLEAN(yx_buf) struct yx_buf encrypted = {0};
    YX_CLEAN(yx_buf) struct yx_buf cipher = {0};
    yx_status status = yx_random(key, sizeof key, err);
    if (status == YX_OK)
        status = yx_random(iv, sizeof iv, err);
    if (status == YX_OK)
        status = yx_sm4_cbc(true, key, iv, content, &encrypted, err);
    if (status == YX_OK)
        status =
            yx_sm2_cipher_make(yx_cert_public_key(holder), YX_BYTES(key, sizeof key), &cipher, err);
    yx_wipe(key, sizeof key);
    YX_TRY(status);
    return write_gm(holder, yx_buf_bytes(&cipher), YX_BYTES(iv, sizeof iv),
                    yx_buf_bytes(&encrypted), out, err);
}

/* --- Opening ----------------------------------------------------------------------------- */

struct gm_envelope {
    struct yx_bytes cipher; /* for the holder; empty: the envelope is not for them */
    struct yx_bytes iv, encrypted;
};

static yx_status read_recipient(struct yx_der *set, const struct yx_cert *holder,
                                struct gm_envelope *out, struct yx_error *err)
{
    struct yx_der recipient, identifier;
    struct yx_bytes issuer, serial, parameters, cipher;
    yx_oid algorithm;
    int64_t version;
    YX_TRY(yx_der_enter(set, YX_DER_SEQUENCE, &recipient, err));
    YX_TRY(yx_der_int(&recipient, &version, err));
    YX_TRY(yx_der_enter(&recipient, YX_DER_SEQUENCE, &identifier, err));
    YX_TRY(yx_der_any(&identifier, NULL, NULL, &issuer, err));
    YX_TRY(yx_der_integer(&identifier, &serial, err));
    YX_TRY(yx_der_end(&identifier, err));
    YX_TRY(yx_der_algorithm(&recipient, &algorithm, &parameters, err));
    YX_TRY(yx_der_get(&recipient, YX_DER_OCTET_STRING, &cipher, err));
    YX_TRY(yx_der_end(&recipient, err));
    YX_REQUIRE(version == 0 || version == 1, err, YX_REFUSED, RULE,
               N_("the envelope is of version {1}, which is not known"), YX_NUM(version));
    bool theirs = yx_bytes_equal(issuer, yx_cert_issuer_der(holder)) &&
                  yx_bytes_equal(serial, yx_cert_serial_der(holder));
    if (!theirs)
        return YX_OK;
    YX_REQUIRE(algorithm == YX_OID_SM2_ENCRYPT || algorithm == YX_OID_SM2, err, YX_REFUSED, RULE,
               N_("the key in the envelope is not encrypted with SM2"));
    out->cipher = cipher;
    return YX_OK;
}

/* contentEncryptionAlgorithm: SM4 in CBC mode; the bare identifier of SM4 stands for it when there
 * is an initial vector. */
static yx_status read_content(struct yx_der *enveloped, struct gm_envelope *out,
                              struct yx_error *err)
{
    struct yx_der info;
    struct yx_bytes parameters;
    yx_oid algorithm;
    YX_TRY(yx_der_enter(enveloped, YX_DER_SEQUENCE, &info, err));
    YX_TRY(yx_der_get(&info, YX_DER_OID, NULL, err));
    YX_TRY(yx_der_algorithm(&info, &algorithm, &parameters, err));
    YX_REQUIRE(algorithm == YX_OID_SM4_CBC || algorithm == YX_OID_SM4, err, YX_REFUSED, RULE,
               N_("the content of the envelope is not encrypted with SM4 in CBC mode"));
    struct yx_der der = yx_der_reader(parameters, "SM4 parameters");
    YX_TRY(yx_der_get(&der, YX_DER_OCTET_STRING, &out->iv, err));
    YX_TRY(yx_der_end(&der, err));
    YX_REQUIRE(out->iv.len == YX_SM4_BLOCK, err, YX_DAMAGED, RULE,
               N_("the initial vector of the envelope has {1} octets, not 16"),
               YX_NUM(out->iv.len));
    YX_TRY(yx_der_get(&info, YX_DER_CONTEXT(0), &out->encrypted, err));
    return yx_der_end(&info, err);
}

static yx_status read_gm(struct yx_der *content, const struct yx_cert *holder,
                         struct gm_envelope *out, struct yx_error *err)
{
    struct yx_der enveloped, set;
    int64_t version;
    size_t count = 0;
    YX_TRY(yx_der_enter(content, YX_DER_SEQUENCE, &enveloped, err));
    YX_TRY(yx_der_end(content, err));
    YX_TRY(yx_der_int(&enveloped, &version, err));
    YX_REQUIRE(version == 0 || version == 1, err, YX_REFUSED, RULE,
               N_("the envelope is of version {1}, which is not known"), YX_NUM(version));
    YX_TRY(yx_der_enter(&enveloped, YX_DER_SET, &set, err));
    for (; !yx_der_at_end(&set); count++) {
        YX_REQUIRE(count < RECIPIENTS_MAX, err, YX_REFUSED, RULE,
                   N_("the envelope is for more than {1} recipients"), YX_NUM(RECIPIENTS_MAX));
        YX_TRY(read_recipient(&set, holder, out, err));
    }
    YX_TRY(read_content(&enveloped, out, err));
    return yx_der_end(&enveloped, err);
}

/* Whatever is wrong behind a sound form ends in the same sentence. */
static yx_status gm_open(struct yx_der *content_info, const struct yx_cert *holder,
                         const struct yx_private_key *key, struct yx_buf *content,
                         struct yx_error *err)
{
    struct gm_envelope envelope = {0};
    YX_CLEAN(yx_buf) struct yx_buf sym_key = {0};
    YX_TRY(read_gm(content_info, holder, &envelope, err));
    if (envelope.cipher.len == 0)
        return fail_shut(err);
    yx_status status = yx_sm2_cipher_open(key, envelope.cipher, &sym_key, err);
    if (status == YX_OK && sym_key.len != YX_SM4_BLOCK)
        status = YX_REFUSED;
    if (status == YX_OK)
        status =
            yx_sm4_cbc(false, sym_key.data, envelope.iv.data, envelope.encrypted, content, err);
    return status == YX_REFUSED || status == YX_DAMAGED ? fail_shut(err) : status;
}

/* --- The door ---------------------------------------------------------------------------- */

yx_status yx_envelope_make(const struct yx_cert *holder, struct yx_bytes content,
                           struct yx_buf *out, struct yx_error *err)
{
    yx_key_type type = yx_public_key_type(yx_cert_public_key(holder));
    YX_REQUIRE(content.len > 0 && content.len <= YX_ENVELOPE_MAX, err, YX_USAGE, "",
               N_("an envelope takes 1 to {1} bytes, not {2}"), YX_NUM(YX_ENVELOPE_MAX),
               YX_NUM(content.len));
    YX_REQUIRE(type != YX_KEY_ED25519 && type != YX_KEY_NONE, err, YX_REFUSED, "RFC 8410 5",
               N_("{1} has a key that nothing can be encrypted to"), yx_cert_subject(holder));
    if (type == YX_KEY_SM2)
        return gm_make(holder, content, out, err);
    return yx_cms_encrypt(yx_cert_der(holder), content, out, err);
}

yx_status yx_envelope_open(struct yx_bytes der, const struct yx_cert *holder,
                           const struct yx_private_key *key, struct yx_buf *content,
                           struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(der, "ContentInfo"), content_info, inner;
    struct yx_bytes type;
    YX_REQUIRE(der.len <= 2 * YX_ENVELOPE_MAX, err, YX_DAMAGED, "",
               N_("an envelope of {1} bytes is too long: at most {2} are read"), YX_NUM(der.len),
               YX_NUM(2 * YX_ENVELOPE_MAX));
    YX_REQUIRE(yx_bytes_equal(yx_public_key_spki(yx_cert_public_key(holder)),
                              yx_public_key_spki(yx_private_key_public(key))),
               err, YX_USAGE, "", N_("the private key is not that of the certificate"));
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &content_info, err));
    YX_TRY(yx_der_end(&whole, err));
    YX_TRY(yx_der_oid_bytes(&content_info, &type, err));
    yx_oid oid = yx_oid_find(type);
    bool sm2 = yx_public_key_type(yx_cert_public_key(holder)) == YX_KEY_SM2;
    YX_REQUIRE(oid == (sm2 ? YX_OID_GM_ENVELOPED_DATA : YX_OID_PKCS7_ENVELOPED_DATA), err,
               YX_REFUSED, "RFC 5652 6", N_("these bytes are no envelope for a key of this type"));
    YX_TRY(yx_der_enter(&content_info, YX_DER_CONTEXT_CONSTRUCTED(0), &inner, err));
    YX_TRY(yx_der_end(&content_info, err));
    if (sm2)
        return gm_open(&inner, holder, key, content, err);
    return yx_cms_decrypt(der, yx_cert_der(holder), key, content, err);
}

yx_status yx_envelope_make_key(const struct yx_cert *holder, const struct yx_private_key *key,
                               struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf info = {0};
    YX_TRY(yx_private_key_to_info(key, &info, err));
    return yx_envelope_make(holder, yx_buf_bytes(&info), out, err);
}

yx_status yx_envelope_open_key(struct yx_bytes der, const struct yx_cert *holder,
                               const struct yx_private_key *key, struct yx_private_key **out,
                               struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf info = {0};
    YX_TRY(yx_envelope_open(der, holder, key, &info, err));
    return yx_private_key_read(yx_buf_bytes(&info), YX_BYTES(NULL, 0), out, err);
}
