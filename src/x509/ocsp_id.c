/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/ocsp_id.c - what OCSP requests and responses have in common: CertID (RFC 6960 4.1.1), and
 * extensions with the nonce (RFC 8954).
 *
 *   CertID ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier, issuerNameHash OCTET STRING,
 *                         issuerKeyHash OCTET STRING, serialNumber INTEGER }
 *
 * The digests only name the issuer: SHA-1, which everybody uses for it, is no weakness here.
 */
#include "x509/ocsp.h"

#define RULE_ID "RFC 6960 4.1.1"
#define RULE_NONCE "RFC 8954 2.1"

/* --- CertID ------------------------------------------------------------------------------ */

yx_status yx_ocsp_id_read(struct yx_der *der, struct yx_ocsp_id *out, struct yx_error *err)
{
    struct yx_der whole, id;
    yx_oid digest;
    struct yx_bytes parameters;
    YX_TRY(yx_der_any(der, NULL, NULL, &out->der, err));
    whole = yx_der_reader(out->der, "CertID");
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &id, err));
    YX_TRY(yx_der_algorithm(&id, &digest, &parameters, err));
    YX_TRY(yx_der_get(&id, YX_DER_OCTET_STRING, &out->issuer_name_hash, err));
    YX_TRY(yx_der_get(&id, YX_DER_OCTET_STRING, &out->issuer_key_hash, err));
    YX_TRY(yx_der_integer(&id, &out->serial, err));
    out->digest = yx_digest_from_oid(digest);
    return yx_der_end(&id, err);
}

static yx_status digest_issuer(const struct yx_cert *issuer, yx_digest_algorithm algorithm,
                               uint8_t name[YX_DIGEST_MAX], uint8_t key[YX_DIGEST_MAX],
                               struct yx_error *err)
{
    struct yx_bytes bits;
    YX_TRY(yx_spki_key_bits(issuer->spki, &bits, err));
    YX_TRY(yx_digest(algorithm, issuer->subject, name, err));
    return yx_digest(algorithm, bits, key, err);
}

yx_status yx_ocsp_id_is_of(const struct yx_ocsp_id *id, const struct yx_cert *issuer, bool *is,
                           struct yx_error *err)
{
    uint8_t name[YX_DIGEST_MAX], key[YX_DIGEST_MAX];
    size_t size = yx_digest_size(id->digest);
    *is = false;
    if (size == 0 || id->issuer_name_hash.len != size || id->issuer_key_hash.len != size)
        return YX_OK;
    YX_TRY(digest_issuer(issuer, id->digest, name, key, err));
    *is = yx_bytes_equal(id->issuer_name_hash, YX_BYTES(name, size)) &&
          yx_bytes_equal(id->issuer_key_hash, YX_BYTES(key, size));
    return YX_OK;
}

static yx_digest_algorithm usual_digest(const struct yx_cert *issuer)
{
    bool sm2 = yx_public_key_type(yx_cert_public_key(issuer)) == YX_KEY_SM2;
    return sm2 ? YX_DIGEST_SM3 : YX_DIGEST_SHA1;
}

yx_status yx_ocsp_id_make(const struct yx_ocsp_pair *pair, yx_digest_algorithm digest,
                          struct yx_buf *out, struct yx_error *err)
{
    uint8_t name[YX_DIGEST_MAX], key[YX_DIGEST_MAX];
    if (digest == YX_DIGEST_NONE)
        digest = usual_digest(pair->issuer);
    YX_REQUIRE(yx_bytes_equal(pair->cert->issuer, pair->issuer->subject), err, YX_USAGE, RULE_ID,
               N_("{1} was not issued by {2}: it names {3} as its issuer"),
               yx_cert_subject(pair->cert), yx_cert_subject(pair->issuer),
               yx_cert_issuer(pair->cert));
    YX_TRY(digest_issuer(pair->issuer, digest, name, key, err));
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t id = yx_der_begin(&w, YX_DER_SEQUENCE);
    size_t algorithm = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_oid(&w, yx_digest_oid(digest));
    if (digest == YX_DIGEST_SHA1) /* responders that compare octets expect the NULL */
        yx_der_put(&w, YX_DER_NULL, YX_BYTES(NULL, 0));
    yx_der_close(&w, algorithm);
    yx_der_put(&w, YX_DER_OCTET_STRING, YX_BYTES(name, yx_digest_size(digest)));
    yx_der_put(&w, YX_DER_OCTET_STRING, YX_BYTES(key, yx_digest_size(digest)));
    yx_der_put(&w, YX_DER_INTEGER, pair->cert->serial);
    yx_der_close(&w, id);
    return yx_der_finish(&w, out, err);
}

/* --- Extensions -------------------------------------------------------------------------- */

/* What is known here and may be critical; all but the nonce ask for nothing that we must do. */
static bool is_known(yx_oid oid)
{
    static const yx_oid known[] = {YX_OID_OCSP_NONCE,           YX_OID_OCSP_CRL,
                                   YX_OID_OCSP_RESPONSE,        YX_OID_OCSP_ARCHIVE_CUTOFF,
                                   YX_OID_OCSP_SERVICE_LOCATOR, YX_OID_OCSP_PREFERRED_ALGORITHMS,
                                   YX_OID_OCSP_EXTENDED_REVOKE};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i] == oid)
            return true;
    return false;
}

/* Nonce ::= OCTET STRING, and that within extnValue. */
static yx_status read_nonce(struct yx_der *value, struct yx_ocsp_extensions *out,
                            struct yx_error *err)
{
    YX_REQUIRE(!out->has_nonce, err, YX_DAMAGED, RULE_NONCE, N_("there are two nonces"));
    out->has_nonce = true;
    YX_TRY(yx_der_get(value, YX_DER_OCTET_STRING, &out->nonce, err));
    return yx_der_end(value, err);
}

static yx_status read_extension(struct yx_der *list, struct yx_ocsp_extensions *out,
                                struct yx_error *err)
{
    struct yx_der extension, value;
    yx_oid oid;
    bool critical = false;
    YX_TRY(yx_der_enter(list, YX_DER_SEQUENCE, &extension, err));
    YX_TRY(yx_der_oid(&extension, &oid, err));
    if (yx_der_next_is(&extension, YX_DER_BOOLEAN))
        YX_TRY(yx_der_bool(&extension, &critical, err));
    YX_TRY(yx_der_enter(&extension, YX_DER_OCTET_STRING, &value, err));
    YX_TRY(yx_der_end(&extension, err));
    out->unknown_critical |= critical && !is_known(oid);
    return oid == YX_OID_OCSP_NONCE ? read_nonce(&value, out, err) : YX_OK;
}

yx_status yx_ocsp_extensions_read(struct yx_der *der, uint8_t tag, struct yx_ocsp_extensions *out,
                                  struct yx_error *err)
{
    struct yx_der tagged, list;
    *out = (struct yx_ocsp_extensions){0};
    if (!yx_der_next_is(der, tag))
        return YX_OK;
    YX_TRY(yx_der_enter(der, tag, &tagged, err));
    YX_TRY(yx_der_enter(&tagged, YX_DER_SEQUENCE, &list, err));
    YX_TRY(yx_der_end(&tagged, err));
    while (!yx_der_at_end(&list))
        YX_TRY(read_extension(&list, out, err));
    return YX_OK;
}

void yx_ocsp_put_nonce(struct yx_der_writer *w, uint8_t tag, struct yx_bytes nonce)
{
    if (nonce.len == 0)
        return;
    size_t tagged = yx_der_begin(w, tag);
    size_t list = yx_der_begin(w, YX_DER_SEQUENCE);
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_OCSP_NONCE, false);
    yx_der_put(w, YX_DER_OCTET_STRING, nonce);
    yx_extension_close(w, marks);
    yx_der_close(w, list);
    yx_der_close(w, tagged);
}
