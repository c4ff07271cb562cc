/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmp/mac.c - MACs out of a shared secret:
 *
 *   PBMParameter ::= SEQUENCE { salt OCTET STRING, owf AlgorithmIdentifier,
 *       iterationCount INTEGER, mac AlgorithmIdentifier }                      (RFC 4211 4.4)
 *   PBMAC1-params ::= SEQUENCE { keyDerivationFunc AlgorithmIdentifier (PBKDF2),
 *       messageAuthScheme AlgorithmIdentifier }                                (RFC 8018 A.5)
 *   PBKDF2-params ::= SEQUENCE { salt OCTET STRING, iterationCount INTEGER,
 *       keyLength INTEGER OPTIONAL, prf AlgorithmIdentifier DEFAULT HMAC-SHA-1 }
 */
#include "cmp/room.h"

#define RULE_PBM "RFC 4211 4.4"
#define RULE_PBMAC1 "RFC 8018 7.1"
/* Whoever asks chooses how much work we do before we know them. */
#define ITERATIONS_MIN 100
#define ITERATIONS_MAX 100000
#define SALT_MIN 8
#define SALT_MAX 128

static const struct {
    yx_oid oid;
    yx_digest_algorithm digest;
} macs[] = {
    {YX_OID_HMAC_SM3, YX_DIGEST_SM3},
    /* GM/T 0006 calls SM3 with a key 1.2.156.10197.1.401.2; some write that. */
    {YX_OID_SM3_WITH_ZA, YX_DIGEST_SM3},
    {YX_OID_HMAC_SHA256, YX_DIGEST_SHA256},
    {YX_OID_HMAC_SHA384, YX_DIGEST_SHA384},
    {YX_OID_HMAC_SHA512, YX_DIGEST_SHA512},
    /* RFC 9481 6.1.1: what most clients begin with; nothing is known against HMAC with it. */
    {YX_OID_HMAC_SHA1, YX_DIGEST_SHA1},
    {YX_OID_HMAC_SHA1_IPSEC, YX_DIGEST_SHA1},
};

static yx_digest_algorithm digest_of(yx_oid oid)
{
    for (size_t i = 0; i < sizeof macs / sizeof macs[0]; i++)
        if (macs[i].oid == oid)
            return macs[i].digest;
    return YX_DIGEST_NONE;
}

/* --- Reading --------------------------------------------------------------------------------- */

static yx_status check(const struct yx_cmp_mac *mac, struct yx_error *err)
{
    YX_REQUIRE(mac->owf != YX_DIGEST_NONE && mac->owf != YX_DIGEST_MD5 &&
                   digest_of(mac->mac) != YX_DIGEST_NONE,
               err, YX_REFUSED, RULE_PBM,
               N_("the MAC of the message is made with an algorithm that is not known here"));
    YX_REQUIRE(mac->salt.len >= SALT_MIN && mac->salt.len <= SALT_MAX &&
                   mac->iterations >= ITERATIONS_MIN && mac->iterations <= ITERATIONS_MAX &&
                   mac->key_length >= 16 && mac->key_length <= YX_DIGEST_MAX,
               err, YX_REFUSED, RULE_PBM,
               N_("the MAC needs a salt of {1} to {2} octets and {3} to {4} iterations"),
               YX_NUM(SALT_MIN), YX_NUM(SALT_MAX), YX_NUM(ITERATIONS_MIN), YX_NUM(ITERATIONS_MAX));
    return YX_OK;
}

static yx_status read_pbm(struct yx_der *der, struct yx_cmp_mac *out, struct yx_error *err)
{
    yx_oid owf;

    YX_TRY(yx_der_get(der, YX_DER_OCTET_STRING, &out->salt, err));
    YX_TRY(yx_der_algorithm(der, &owf, NULL, err));
    YX_TRY(yx_der_int(der, &out->iterations, err));
    YX_TRY(yx_der_algorithm(der, &out->mac, NULL, err));
    out->owf = yx_digest_from_oid(owf);
    out->key_length = YX_DIGEST_MAX; /* that of the digest */
    return YX_OK;
}

static yx_status read_pbkdf2(struct yx_bytes parameters, struct yx_cmp_mac *out,
                             struct yx_error *err)
{
    struct yx_der der = yx_der_reader(parameters, "PBKDF2-params"), inner;
    yx_oid prf = YX_OID_HMAC_SHA1;

    YX_TRY(yx_der_enter(&der, YX_DER_SEQUENCE, &inner, err));
    YX_TRY(yx_der_get(&inner, YX_DER_OCTET_STRING, &out->salt, err));
    YX_TRY(yx_der_int(&inner, &out->iterations, err));
    out->key_length = 0;
    if (yx_der_next_is(&inner, YX_DER_INTEGER))
        YX_TRY(yx_der_int(&inner, &out->key_length, err));
    if (!yx_der_at_end(&inner))
        YX_TRY(yx_der_algorithm(&inner, &prf, NULL, err));
    out->owf = digest_of(prf);
    return yx_der_end(&inner, err);
}

static yx_status read_pbmac1(struct yx_der *der, struct yx_cmp_mac *out, struct yx_error *err)
{
    struct yx_bytes parameters;
    yx_oid kdf;

    YX_TRY(yx_der_algorithm(der, &kdf, &parameters, err));
    YX_REQUIRE(kdf == YX_OID_PBKDF2, err, YX_REFUSED, RULE_PBMAC1,
               N_("the MAC of the message is made with an algorithm that is not known here"));
    YX_TRY(read_pbkdf2(parameters, out, err));
    YX_TRY(yx_der_algorithm(der, &out->mac, NULL, err));
    if (out->key_length == 0)
        out->key_length = (int64_t)yx_digest_size(digest_of(out->mac));
    return YX_OK;
}

yx_status yx_cmp_mac_read(yx_oid algorithm, struct yx_bytes parameters, struct yx_cmp_mac *out,
                          struct yx_error *err)
{
    struct yx_der der = yx_der_reader(parameters, yx_oid_name(algorithm)), inner;

    *out = (struct yx_cmp_mac){.algorithm = algorithm};
    YX_TRY(yx_der_enter(&der, YX_DER_SEQUENCE, &inner, err));
    YX_TRY(algorithm == YX_OID_PBMAC1 ? read_pbmac1(&inner, out, err) : read_pbm(&inner, out, err));
    YX_TRY(yx_der_end(&inner, err));
    return check(out, err);
}

/* --- Writing --------------------------------------------------------------------------------- */

static void put_algorithm(struct yx_der_writer *w, yx_oid oid)
{
    size_t sequence = yx_der_begin(w, YX_DER_SEQUENCE);

    yx_der_put_oid(w, oid);
    yx_der_close(w, sequence);
}

static yx_oid prf_of(yx_digest_algorithm digest)
{
    for (size_t i = 0; i < sizeof macs / sizeof macs[0]; i++)
        if (macs[i].digest == digest && macs[i].oid != YX_OID_SM3_WITH_ZA)
            return macs[i].oid;
    return YX_OID_UNKNOWN;
}

static void put_pbkdf2(struct yx_der_writer *w, const struct yx_cmp_mac *mac)
{
    size_t kdf = yx_der_begin(w, YX_DER_SEQUENCE), parameters;

    yx_der_put_oid(w, YX_OID_PBKDF2);
    parameters = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put(w, YX_DER_OCTET_STRING, mac->salt);
    yx_der_put_int(w, mac->iterations);
    yx_der_put_int(w, mac->key_length);
    if (mac->owf != YX_DIGEST_SHA1)
        put_algorithm(w, prf_of(mac->owf));
    yx_der_close(w, parameters);
    yx_der_close(w, kdf);
}

void yx_cmp_mac_put(struct yx_der_writer *w, const struct yx_cmp_mac *mac)
{
    size_t identifier = yx_der_begin(w, YX_DER_SEQUENCE), parameters;

    yx_der_put_oid(w, mac->algorithm);
    parameters = yx_der_begin(w, YX_DER_SEQUENCE);
    if (mac->algorithm == YX_OID_PBMAC1) {
        put_pbkdf2(w, mac);
    } else {
        yx_der_put(w, YX_DER_OCTET_STRING, mac->salt);
        put_algorithm(w, yx_digest_oid(mac->owf));
        yx_der_put_int(w, mac->iterations);
    }
    put_algorithm(w, mac->mac);
    yx_der_close(w, parameters);
    yx_der_close(w, identifier);
}

/* --- Computing ------------------------------------------------------------------------------- */

/* RFC 4211 4.4: the one-way function over the secret and the salt, again and again. */
static yx_status derive_pbm(const struct yx_cmp_mac *mac, struct yx_bytes secret,
                            uint8_t key[YX_DIGEST_MAX], struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf salted = {0};
    size_t size = yx_digest_size(mac->owf);

    if (yx_buf_append(&salted, secret) != YX_OK || yx_buf_append(&salted, mac->salt) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_digest(mac->owf, yx_buf_bytes(&salted), key, err));
    for (int64_t i = 1; i < mac->iterations; i++)
        YX_TRY(yx_digest(mac->owf, YX_BYTES(key, size), key, err));
    return YX_OK;
}

yx_status yx_cmp_mac_compute(const struct yx_cmp_mac *mac, struct yx_bytes secret,
                             struct yx_bytes message, uint8_t out[YX_DIGEST_MAX], size_t *len,
                             struct yx_error *err)
{
    yx_digest_algorithm digest = digest_of(mac->mac);
    uint8_t key[YX_DIGEST_MAX];
    size_t key_len =
        mac->algorithm == YX_OID_PBMAC1 ? (size_t)mac->key_length : yx_digest_size(mac->owf);
    yx_status status =
        mac->algorithm == YX_OID_PBMAC1
            ? yx_pbkdf2(mac->owf, secret, mac->salt, (uint32_t)mac->iterations, key, key_len, err)
            : derive_pbm(mac, secret, key, err);

    if (status == YX_OK)
        status = yx_hmac(digest, YX_BYTES(key, key_len), message, out, err);
    yx_wipe(key, sizeof key);
    *len = yx_digest_size(digest);
    return status;
}
