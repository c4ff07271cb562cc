/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certify/make.c - makes certificates: writes the to-be-signed bytes (RFC 5280 4.1), has them
 * linted (lint.c), has them signed, and reads the result back before anybody sees it.
 *
 * Which extensions a certificate gets is the template's affair (make_extension.c); whether they are
 * right is lint.c's.
 */
#include "certify/make.h"

#include "certify/lint.h"

/* --- What all signed objects share ------------------------------------------------------- */

static yx_status check_algorithm(const struct yx_public_key *key, yx_signature_algorithm algorithm,
                                 struct yx_error *err)
{
    YX_REQUIRE(key, err, YX_REFUSED, "GB/T 33560, algorithms",
               N_("the issuer's key is of no type that Yinxin can sign with"));
    YX_REQUIRE(yx_signature_allowed(algorithm), err, YX_REFUSED, "GB/T 33560, algorithms",
               N_("the signature algorithm {1} may not be used for new signatures; use one with "
                  "SM3 or SHA-2"),
               yx_signature_name(algorithm));
    YX_REQUIRE(yx_signature_fits(algorithm, yx_public_key_type(key)), err, YX_REFUSED,
               "RFC 5280 4.1.1.2",
               N_("the issuer's key cannot make signatures of the algorithm {1}; sign with the "
                  "key that belongs to the certificate"),
               yx_signature_name(algorithm));
    return YX_OK;
}

/* SEQUENCE { toBeSigned, AlgorithmIdentifier, BIT STRING }, after the value has been checked. */
static yx_status assemble(struct yx_bytes to_be_signed, const struct yx_public_key *key,
                          yx_signature_algorithm algorithm, struct yx_bytes value,
                          struct yx_buf *out, struct yx_error *err)
{
    yx_status status = yx_public_key_verify(key, algorithm, to_be_signed, value, err);
    YX_REQUIRE(status != YX_REFUSED && status != YX_DAMAGED, err, YX_REFUSED, "RFC 5280 4.1.1.3",
               N_("the signature just made does not verify with the public key it should belong "
                  "to; sign with the key that belongs to the certificate"));
    YX_TRY(status);
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t sequence = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, to_be_signed);
    yx_der_put_signature_algorithm(&w, algorithm);
    yx_der_put_bit_string(&w, value);
    yx_der_close(&w, sequence);
    return yx_der_finish(&w, out, err);
}

yx_status yx_sign_object(struct yx_bytes to_be_signed, const struct yx_public_key *key,
                         const struct yx_signer *signer, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    YX_TRY(check_algorithm(key, signer->algorithm, err));
    YX_TRY(signer->sign(signer->self, signer->algorithm, to_be_signed, &value, err));
    return assemble(to_be_signed, key, signer->algorithm, yx_buf_bytes(&value), out, err);
}

yx_status yx_key_identifier(struct yx_bytes spki, uint8_t out[YX_KEY_IDENTIFIER],
                            struct yx_error *err)
{
    struct yx_bytes bits;
    uint8_t digest[YX_DIGEST_MAX];
    YX_TRY(yx_spki_key_bits(spki, &bits, err));
    YX_TRY(yx_digest(YX_DIGEST_SHA256, bits, digest, err));
    memcpy(out, digest, YX_KEY_IDENTIFIER);
    return YX_OK;
}

yx_status yx_issuer_key_identifier(const struct yx_cert *issuer, struct yx_buf *out,
                                   struct yx_error *err)
{
    struct yx_bytes own = yx_cert_key_identifier(issuer);
    uint8_t derived[YX_KEY_IDENTIFIER];
    if (own.len == 0) {
        YX_TRY(yx_key_identifier(yx_cert_spki(issuer), derived, err));
        own = YX_BYTES(derived, sizeof derived);
    }
    return yx_buf_append(out, own) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* --- Certificates ------------------------------------------------------------------------ */

static void put_validity(struct yx_der_writer *w, yx_time not_before, yx_time not_after)
{
    size_t validity = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_time(w, yx_der_time_tag(not_before), not_before);
    yx_der_put_time(w, yx_der_time_tag(not_after), not_after);
    yx_der_close(w, validity);
}

/*
 * TBSCertificate ::= SEQUENCE {
 *     version [0] EXPLICIT INTEGER (2), serialNumber INTEGER, signature AlgorithmIdentifier,
 *     issuer Name, validity SEQUENCE { notBefore, notAfter }, subject Name,
 *     subjectPublicKeyInfo SubjectPublicKeyInfo, extensions [3] EXPLICIT SEQUENCE OF Extension }
 */
static yx_status write_to_be_signed(const struct yx_cert_template *t, const struct yx_cert *issuer,
                                    yx_signature_algorithm algorithm, struct yx_buf *out,
                                    struct yx_error *err)
{
    uint8_t subject_key[YX_KEY_IDENTIFIER];
    YX_TRY(yx_key_identifier(t->spki, subject_key, err));
    struct yx_bytes own = YX_BYTES(subject_key, sizeof subject_key);
    YX_CLEAN(yx_buf) struct yx_buf authority_key = {0};
    if (issuer)
        YX_TRY(yx_issuer_key_identifier(issuer, &authority_key, err));

    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t sequence = yx_der_begin(&w, YX_DER_SEQUENCE);
    size_t version = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
    yx_der_put_int(&w, 2);
    yx_der_close(&w, version);
    yx_der_put_unsigned(&w, t->serial);
    yx_der_put_signature_algorithm(&w, algorithm);
    yx_der_put_raw(&w, issuer ? yx_cert_subject_der(issuer) : t->subject);
    put_validity(&w, t->not_before, t->not_after);
    yx_der_put_raw(&w, t->subject);
    yx_der_put_raw(&w, t->spki);
    yx_put_extensions(&w, t, issuer ? yx_buf_bytes(&authority_key) : own, own);
    yx_der_close(&w, sequence);
    return yx_der_finish(&w, out, err);
}

/* What the lint cannot see, because it would not be in the bytes. */
static yx_status check_template(const struct yx_cert_template *t, struct yx_error *err)
{
    YX_REQUIRE((t->key_usage & ~0x7F) == 0, err, YX_USAGE, "RFC 5280 4.2.1.3",
               N_("the template asks for key usage bits that are not known"));
    YX_REQUIRE(t->ca || t->path_length < 0, err, YX_USAGE, "RFC 5280 4.2.1.9",
               N_("only a CA certificate can limit the length of paths; set the length to -1"));
    for (size_t i = 0; i < t->alt_name_count; i++)
        YX_REQUIRE(t->alt_names[i].form > YX_NAME_OTHER && t->alt_names[i].form <= YX_NAME_IP, err,
                   YX_USAGE, "RFC 5280 4.2.1.6",
                   N_("the template asks for a name of a form that is not made here"));
    const struct yx_identity *identity = &t->identity;
    int codes = !!identity->resident_card + !!identity->officer_card + !!identity->passport;
    YX_REQUIRE(codes <= 1, err, YX_USAGE, "GM/T 0015, IdentifyCode",
               N_("a certificate names one of identity card, officer card and passport"));
    return YX_OK;
}

yx_status yx_cert_prepare(const struct yx_cert_template *cert_template,
                          const struct yx_cert *issuer, yx_signature_algorithm algorithm,
                          struct yx_buf *to_be_signed, struct yx_error *err)
{
    YX_TRY(check_template(cert_template, err));
    YX_CLEAN(yx_public_key) struct yx_public_key *own_key = NULL;
    if (!issuer)
        YX_TRY(yx_public_key_from_spki(cert_template->spki, &own_key, err));
    YX_TRY(check_algorithm(issuer ? yx_cert_public_key(issuer) : own_key, algorithm, err));

    YX_CLEAN(yx_buf) struct yx_buf written = {0};
    YX_TRY(write_to_be_signed(cert_template, issuer, algorithm, &written, err));
    YX_TRY(yx_cert_lint(yx_buf_bytes(&written), issuer, err));
    return yx_buf_append(to_be_signed, yx_buf_bytes(&written)) == YX_OK ? YX_OK
                                                                        : yx_fail_memory(err);
}

/* The algorithm that stands inside the to-be-signed bytes, and the key that must have signed. */
static yx_status algorithm_inside(const struct yx_tbs *tbs, bool self_signed,
                                  yx_signature_algorithm *algorithm, struct yx_public_key **own_key,
                                  struct yx_error *err)
{
    struct yx_der der = yx_der_reader(tbs->algorithm, "AlgorithmIdentifier");
    struct yx_bytes parameters;
    yx_oid oid;
    YX_TRY(yx_der_algorithm(&der, &oid, &parameters, err));
    *algorithm = yx_signature_from_identifier(oid, parameters);
    return self_signed ? yx_public_key_from_spki(tbs->spki, own_key, err) : YX_OK;
}

/* Bytes that were recorded long ago may name another. */
static yx_status check_issuer_name(const struct yx_tbs *tbs, const struct yx_cert *issuer,
                                   struct yx_error *err)
{
    YX_REQUIRE(
        yx_bytes_equal(tbs->issuer, issuer ? yx_cert_subject_der(issuer) : tbs->subject), err,
        YX_REFUSED, "RFC 5280 4.1.2.4",
        N_("the issuer's name is not, byte for byte, the subject of the issuer's certificate"));
    return YX_OK;
}

/* What was put together, taken apart again: the certificate that everybody will read holds these
 * bytes, and names the algorithm by which they were signed. */
static yx_status look_back(struct yx_bytes made, struct yx_bytes to_be_signed,
                           const struct yx_tbs *tbs, struct yx_error *err)
{
    struct yx_der outer = yx_der_reader(made, "Certificate"), sequence;
    struct yx_bytes algorithm, value;
    YX_TRY(yx_cert_compare(made, to_be_signed, err));
    YX_TRY(yx_der_enter(&outer, YX_DER_SEQUENCE, &sequence, err));
    YX_TRY(yx_der_end(&outer, err));
    YX_TRY(yx_der_any(&sequence, NULL, NULL, NULL, err));
    YX_TRY(yx_der_any(&sequence, NULL, NULL, &algorithm, err));
    YX_REQUIRE(yx_bytes_equal(algorithm, tbs->algorithm), err, YX_REFUSED, "RFC 5280 4.1.1.2",
               N_("the certificate would name two different signature algorithms"));
    YX_TRY(yx_der_bit_string(&sequence, &value, err));
    return yx_der_end(&sequence, err);
}

/* assemble() has checked the value with the issuer's key. libcrypto does not read the certificate
 * here: collecting its decoders for the key would take half as long as the signature. */
yx_status yx_cert_finish(struct yx_bytes to_be_signed, const struct yx_cert *issuer,
                         struct yx_bytes signature, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *own_key = NULL;
    YX_CLEAN(yx_tbs) struct yx_tbs tbs = {0};
    YX_CLEAN(yx_buf) struct yx_buf made = {0};
    yx_signature_algorithm algorithm;
    YX_TRY(yx_tbs_parse(to_be_signed, &tbs, err));
    YX_TRY(algorithm_inside(&tbs, !issuer, &algorithm, &own_key, err));
    YX_TRY(check_issuer_name(&tbs, issuer, err));
    const struct yx_public_key *key = issuer ? yx_cert_public_key(issuer) : own_key;
    YX_TRY(check_algorithm(key, algorithm, err));
    YX_TRY(assemble(to_be_signed, key, algorithm, signature, &made, err));
    YX_TRY(look_back(yx_buf_bytes(&made), to_be_signed, &tbs, err));
    return yx_buf_append(out, yx_buf_bytes(&made)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_cert_compare(struct yx_bytes certificate, struct yx_bytes to_be_signed,
                          struct yx_error *err)
{
    struct yx_der outer = yx_der_reader(certificate, "Certificate"), sequence;
    struct yx_bytes inside;
    YX_TRY(yx_der_enter(&outer, YX_DER_SEQUENCE, &sequence, err));
    YX_TRY(yx_der_any(&sequence, NULL, NULL, &inside, err));
    YX_REQUIRE(yx_bytes_equal(inside, to_be_signed), err, YX_REFUSED, "RFC 5280 4.1.1.1",
               N_("the certificate is not what was recorded to be signed"));
    return YX_OK;
}

yx_status yx_cert_make(const struct yx_cert_template *cert_template, const struct yx_cert *issuer,
                       const struct yx_signer *signer, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf to_be_signed = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    YX_TRY(yx_cert_prepare(cert_template, issuer, signer->algorithm, &to_be_signed, err));
    YX_TRY(signer->sign(signer->self, signer->algorithm, yx_buf_bytes(&to_be_signed), &value, err));
    return yx_cert_finish(yx_buf_bytes(&to_be_signed), issuer, yx_buf_bytes(&value), out, err);
}
