/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certify/lint.c - refuses to-be-signed bytes that would make a bad certificate. Here: the fields
 * of the TBSCertificate, as a table of rules. Names are in lint_name.c, extensions in
 * lint_extension.c. The lint reads the very bytes that will be signed, so that a mistake of the
 * writer is found too.
 */
#include "certify/lint.h"

void yx_tbs_free(struct yx_tbs *tbs)
{
    yx_public_key_free(tbs->key);
    tbs->key = NULL;
}

/* --- Reading ----------------------------------------------------------------------------- */

static yx_status parse_time(struct yx_der *der, struct yx_tbs_time *out, struct yx_error *err)
{
    out->tag = yx_der_next_is(der, YX_DER_UTC_TIME) ? YX_DER_UTC_TIME : YX_DER_GENERALIZED_TIME;
    return yx_der_time(der, &out->time, err);
}

static yx_status parse_version(struct yx_der *der, struct yx_tbs *out, struct yx_error *err)
{
    if (!yx_der_next_is(der, YX_DER_CONTEXT_CONSTRUCTED(0)))
        return YX_OK;
    struct yx_der inner;
    YX_TRY(yx_der_enter(der, YX_DER_CONTEXT_CONSTRUCTED(0), &inner, err));
    YX_TRY(yx_der_int(&inner, &out->version, err));
    YX_REQUIRE(out->version != 0, err, YX_DAMAGED, "X.690 11.5",
               N_("the certificate spells out version 1, which DER leaves out"));
    return yx_der_end(&inner, err);
}

static yx_status parse_validity(struct yx_der *der, struct yx_tbs *out, struct yx_error *err)
{
    struct yx_der validity;
    YX_TRY(yx_der_enter(der, YX_DER_SEQUENCE, &validity, err));
    YX_TRY(parse_time(&validity, &out->not_before, err));
    YX_TRY(parse_time(&validity, &out->not_after, err));
    return yx_der_end(&validity, err);
}

/* issuerUniqueID [1], subjectUniqueID [2], extensions [3] EXPLICIT */
static yx_status parse_optional(struct yx_der *der, struct yx_tbs *out, struct yx_error *err)
{
    for (unsigned tag = 1; tag <= 2; tag++)
        if (yx_der_next_is(der, (uint8_t)YX_DER_CONTEXT(tag))) {
            out->has_unique_identifiers = true;
            YX_TRY(yx_der_any(der, NULL, NULL, NULL, err));
        }
    out->has_extensions = yx_der_next_is(der, YX_DER_CONTEXT_CONSTRUCTED(3));
    if (!out->has_extensions)
        return YX_OK;
    struct yx_der tagged;
    YX_TRY(yx_der_enter(der, YX_DER_CONTEXT_CONSTRUCTED(3), &tagged, err));
    YX_TRY(yx_der_get(&tagged, YX_DER_SEQUENCE, &out->extensions, err));
    return yx_der_end(&tagged, err);
}

static yx_status whole_sequence(struct yx_der *der, const char *what, struct yx_bytes *out,
                                struct yx_error *err)
{
    uint8_t tag;
    YX_TRY(yx_der_any(der, &tag, NULL, out, err));
    YX_REQUIRE(tag == YX_DER_SEQUENCE, err, YX_DAMAGED, "RFC 5280 4.1", N_("{1} is no SEQUENCE"),
               what);
    return YX_OK;
}

yx_status yx_tbs_parse(struct yx_bytes to_be_signed, struct yx_tbs *out, struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(to_be_signed, "TBSCertificate"), der;
    out->der = to_be_signed;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &der, err));
    YX_TRY(yx_der_end(&whole, err));
    YX_TRY(parse_version(&der, out, err));
    YX_TRY(yx_der_integer(&der, &out->serial, err));
    YX_TRY(whole_sequence(&der, "signature", &out->algorithm, err));
    YX_TRY(whole_sequence(&der, "issuer", &out->issuer, err));
    YX_TRY(parse_validity(&der, out, err));
    YX_TRY(whole_sequence(&der, "subject", &out->subject, err));
    YX_TRY(whole_sequence(&der, "subjectPublicKeyInfo", &out->spki, err));
    YX_TRY(parse_optional(&der, out, err));
    return yx_der_end(&der, err);
}

/* --- Rules ------------------------------------------------------------------------------- */

static yx_status rule_version(struct yx_tbs *tbs, const struct yx_cert *issuer,
                              struct yx_error *err)
{
    (void)issuer;
    YX_REQUIRE(!tbs->has_extensions || tbs->version == 2, err, YX_REFUSED, "RFC 5280 4.1.2.1",
               N_("a certificate with extensions must be of version 3"));
    YX_REQUIRE(tbs->has_extensions || tbs->version == 0, err, YX_REFUSED, "RFC 5280 4.1.2.1",
               N_("a certificate without extensions must be of version 1"));
    return YX_OK;
}

static yx_status rule_serial(struct yx_tbs *tbs, const struct yx_cert *issuer, struct yx_error *err)
{
    (void)issuer;
    YX_REQUIRE(!(tbs->serial.data[0] & 0x80), err, YX_REFUSED, "RFC 5280 4.1.2.2",
               N_("the serial number is negative; take a positive one"));
    YX_REQUIRE(tbs->serial.len > 1 || tbs->serial.data[0] != 0, err, YX_REFUSED, "RFC 5280 4.1.2.2",
               N_("the serial number is zero; take a positive one"));
    YX_REQUIRE(tbs->serial.len <= YX_SERIAL_MAX, err, YX_REFUSED, "RFC 5280 4.1.2.2",
               N_("the serial number has {1} octets; at most 20 are allowed"),
               YX_NUM(tbs->serial.len));
    return YX_OK;
}

static yx_status rule_unique_identifiers(struct yx_tbs *tbs, const struct yx_cert *issuer,
                                         struct yx_error *err)
{
    (void)issuer;
    YX_REQUIRE(!tbs->has_unique_identifiers, err, YX_REFUSED, "RFC 5280 4.1.2.8",
               N_("unique identifiers of issuer or subject must not be written"));
    return YX_OK;
}

/* RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } */
static yx_status check_rsa_exponent(struct yx_bytes spki, struct yx_error *err)
{
    struct yx_der whole, rsa;
    struct yx_bytes bits, modulus, exponent;
    YX_TRY(yx_spki_key_bits(spki, &bits, err));
    whole = yx_der_reader(bits, "RSAPublicKey");
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &rsa, err));
    YX_TRY(yx_der_integer(&rsa, &modulus, err));
    YX_TRY(yx_der_integer(&rsa, &exponent, err));
    /* It is positive and in shortest form: three octets without a sign octet are 65536 or more,
     * and reading the key has made sure that it is odd. */
    bool large = exponent.len > 3 || (exponent.len == 3 && exponent.data[0] != 0);
    YX_REQUIRE(large, err, YX_REFUSED, "FIPS 186-5, RSA public exponent",
               N_("the public exponent of the RSA key is below 65537; make another key"));
    return YX_OK;
}

static yx_status rule_key(struct yx_tbs *tbs, const struct yx_cert *issuer, struct yx_error *err)
{
    (void)issuer;
    YX_TRY(yx_public_key_from_spki(tbs->spki, &tbs->key, err));
    if (yx_public_key_type(tbs->key) != YX_KEY_RSA)
        return YX_OK; /* the curves that can be read are all strong enough */
    YX_REQUIRE(yx_public_key_bits(tbs->key) >= 2048, err, YX_REFUSED,
               "NIST SP 800-131A, RSA key length",
               N_("the RSA key has {1} bits; at least 2048 are required"),
               YX_NUM(yx_public_key_bits(tbs->key)));
    return check_rsa_exponent(tbs->spki, err);
}

/* The signature field must be exactly what the algorithm's standard says: RSA with NULL
 * parameters or those of PSS, all others without (RFC 4055, RFC 5758, RFC 8410, GB/T 33560). */
static yx_status rule_algorithm(struct yx_tbs *tbs, const struct yx_cert *issuer,
                                struct yx_error *err)
{
    struct yx_der der = yx_der_reader(tbs->algorithm, "AlgorithmIdentifier");
    struct yx_bytes parameters;
    yx_oid oid;
    YX_TRY(yx_der_algorithm(&der, &oid, &parameters, err));
    yx_signature_algorithm algorithm = yx_signature_from_identifier(oid, parameters);
    YX_REQUIRE(algorithm != YX_SIG_NONE, err, YX_REFUSED, "RFC 5280 4.1.2.3",
               N_("the signature algorithm is not known"));
    YX_REQUIRE(yx_signature_allowed(algorithm), err, YX_REFUSED, "GB/T 33560, algorithms",
               N_("the signature algorithm {1} is too weak for new certificates"),
               yx_signature_name(algorithm));
    const struct yx_public_key *key = issuer ? yx_cert_public_key(issuer) : tbs->key;
    YX_REQUIRE(key && yx_signature_fits(algorithm, yx_public_key_type(key)), err, YX_REFUSED,
               "RFC 5280 4.1.1.2", N_("the issuer's key cannot make signatures of {1}"),
               yx_signature_name(algorithm));

    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf expected = {0};
    yx_der_put_signature_algorithm(&w, algorithm);
    YX_TRY(yx_der_finish(&w, &expected, err));
    YX_REQUIRE(yx_bytes_equal(tbs->algorithm, yx_buf_bytes(&expected)), err, YX_REFUSED,
               "RFC 5280 4.1.1.2", N_("the parameters of the signature algorithm {1} are wrong"),
               yx_signature_name(algorithm));
    return YX_OK;
}

static yx_status rule_issuer(struct yx_tbs *tbs, const struct yx_cert *issuer, struct yx_error *err)
{
    YX_REQUIRE(yx_bytes_equal(tbs->issuer, issuer ? yx_cert_subject_der(issuer) : tbs->subject),
               err, YX_REFUSED, "RFC 5280 4.1.2.4",
               N_("the issuer's name is not, byte for byte, the subject of the issuer's "
                  "certificate"));
    if (!issuer)
        return YX_OK;
    int usage = yx_cert_key_usage(issuer);
    YX_REQUIRE(yx_cert_is_ca(issuer) && (usage < 0 || (usage & YX_KU_KEY_CERT_SIGN)), err,
               YX_REFUSED, "RFC 5280 4.2.1.9",
               N_("{1} may not issue certificates: it is no CA, or its key usage lacks "
                  "keyCertSign"),
               yx_cert_subject(issuer));
    return YX_OK;
}

static yx_status rule_validity(struct yx_tbs *tbs, const struct yx_cert *issuer,
                               struct yx_error *err)
{
    YX_REQUIRE(tbs->not_before.time < tbs->not_after.time, err, YX_REFUSED, "RFC 5280 4.1.2.5",
               N_("the validity ends at {1}, before it begins at {2}"),
               YX_WHEN(tbs->not_after.time), YX_WHEN(tbs->not_before.time));
    YX_REQUIRE(!issuer || tbs->not_after.time <= yx_cert_not_after(issuer), err, YX_REFUSED,
               "GB/T 20518, validity",
               N_("the validity ends at {1}, after that of the issuer, {2}; choose fewer days"),
               YX_WHEN(tbs->not_after.time), YX_WHEN(yx_cert_not_after(issuer)));
    return YX_OK;
}

static yx_status rule_time_encoding(struct yx_tbs *tbs, const struct yx_cert *issuer,
                                    struct yx_error *err)
{
    (void)issuer;
    const struct yx_tbs_time *times[] = {&tbs->not_before, &tbs->not_after};
    for (size_t i = 0; i < 2; i++)
        YX_REQUIRE(times[i]->tag == yx_der_time_tag(times[i]->time), err, YX_REFUSED,
                   "RFC 5280 4.1.2.5",
                   N_("the time {1} has the wrong type: UTCTime until 2049, GeneralizedTime from "
                      "2050"),
                   YX_WHEN(times[i]->time));
    return YX_OK;
}

static yx_status rule_subject(struct yx_tbs *tbs, const struct yx_cert *issuer,
                              struct yx_error *err)
{
    (void)issuer;
    return yx_lint_name(tbs->subject, err);
}

static yx_status rule_name_constraints(struct yx_tbs *tbs, const struct yx_cert *issuer,
                                       struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    if (!issuer)
        return YX_OK;
    size_t sequence = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, tbs->der);
    yx_der_put_raw(&w, tbs->algorithm);
    yx_der_put_bit_string(&w, YX_BYTES(NULL, 0)); /* nobody signed it yet */
    yx_der_close(&w, sequence);
    YX_TRY(yx_der_finish(&w, &der, err));
    return yx_cert_check_constraints(issuer, yx_buf_bytes(&der), err);
}

static yx_status rule_extensions(struct yx_tbs *tbs, const struct yx_cert *issuer,
                                 struct yx_error *err)
{
    return yx_lint_extensions(tbs, issuer, err);
}

/* In the order in which they build on each other: the key is read before it is asked about. */
static yx_status (*const rules[])(struct yx_tbs *, const struct yx_cert *, struct yx_error *) = {
    rule_version,   rule_serial,     rule_unique_identifiers, rule_key,
    rule_algorithm, rule_issuer,     rule_validity,           rule_time_encoding,
    rule_subject,   rule_extensions, rule_name_constraints,
};

yx_status yx_cert_lint(struct yx_bytes to_be_signed, const struct yx_cert *issuer,
                       struct yx_error *err)
{
    YX_REQUIRE(to_be_signed.len <= YX_CERT_MAX, err, YX_REFUSED, "RFC 5280 4.1",
               N_("the certificate would have {1} bytes; at most {2} are made"),
               YX_NUM(to_be_signed.len), YX_NUM(YX_CERT_MAX));
    YX_CLEAN(yx_tbs) struct yx_tbs tbs = {0};
    YX_TRY(yx_tbs_parse(to_be_signed, &tbs, err));
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        YX_TRY(rules[i](&tbs, issuer, err));
    return YX_OK;
}
