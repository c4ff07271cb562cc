/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/key_encrypted.c - opens encrypted private keys: PKCS#8 EncryptedPrivateKeyInfo and
 * PKCS#12 (RFC 7292), the old password-based encryptions included. Those need OpenSSL's legacy
 * provider, which is loaded into a library context of our own: the process around us keeps its
 * settings. What comes out is a PrivateKeyInfo, read in key_info.c.
 */
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include "crypto/libcrypto.h"

YX_DEFINE_CLEAN(X509_SIG, X509_SIG *, X509_SIG_free);
YX_DEFINE_CLEAN(PKCS12, PKCS12 *, PKCS12_free);
YX_DEFINE_CLEAN(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO *, PKCS8_PRIV_KEY_INFO_free);

enum {
    WORK_MAX = 10000000,       /* iterations, or N of scrypt: seconds of work, not hours */
    SCRYPT_WORK_MAX = 1 << 25, /* N r p: some ten seconds; our own files ask for a hundredth. How
                                  much memory it takes libcrypto limits to 32 MiB. */
    DEPTH_MAX = 8,
    SAFES_MAX = 16 /* parts of a PKCS#12, each with work of its own */
};

static yx_status fail_passphrase(struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, "RFC 8018",
                   N_("the passphrase of the key is wrong, or its encryption is not supported"));
}

/* --- A library context with the old algorithms ------------------------------------------- */

struct old_algorithms {
    OSSL_LIB_CTX *context;
    OSSL_PROVIDER *standard;
    OSSL_PROVIDER *legacy; /* NULL when the machine has none: then new encryptions only */
};

static void old_algorithms_close(struct old_algorithms *old)
{
    OSSL_PROVIDER_unload(old->legacy);
    OSSL_PROVIDER_unload(old->standard);
    OSSL_LIB_CTX_free(old->context);
}
YX_DEFINE_CLEAN_VALUE(old_algorithms, struct old_algorithms, old_algorithms_close);

static yx_status old_algorithms_open(struct old_algorithms *old, struct yx_error *err)
{
    old->context = OSSL_LIB_CTX_new();
    if (old->context == NULL)
        return yx_fail_memory(err);
    old->legacy = OSSL_PROVIDER_load(old->context, "legacy");
    old->standard = OSSL_PROVIDER_load(old->context, "default");
    return old->standard != NULL ? YX_OK : yx_fail_libcrypto(err, "load its algorithms");
}

/* --- Limits ------------------------------------------------------------------------------ */

/* scrypt-params ::= SEQUENCE { salt, N, r, p, keyLength OPTIONAL } (RFC 7914 7.1): the three
 * numbers count together. No other parameters have three. */
static yx_status check_scrypt(struct yx_bytes parameters, struct yx_error *err)
{
    struct yx_der der = yx_der_reader(parameters, "scrypt-params");
    uint64_t product = 1;
    int count = 0;
    bool over = false;
    while (!yx_der_at_end(&der)) {
        int64_t number = 1;
        bool counts = yx_der_next_is(&der, YX_DER_INTEGER) && count < 3;
        if (counts)
            YX_TRY(yx_der_int(&der, &number, err));
        else
            YX_TRY(yx_der_any(&der, NULL, NULL, NULL, err));
        count += counts ? 1 : 0;
        over = over || number < 1 || yx_mul_overflows(product, (uint64_t)number, &product);
    }
    YX_REQUIRE(count < 3 || (!over && product <= SCRYPT_WORK_MAX), err, YX_REFUSED, "RFC 7914 2",
               N_("the numbers of scrypt of the key ask for too much work to open it"));
    return YX_OK;
}

/* No number in the parameters of an encryption, however nested, may ask for endless work. */
static yx_status check_work(struct yx_bytes parameters, int depth, struct yx_error *err)
{
    struct yx_der der = yx_der_reader(parameters, "encryption parameters");
    YX_REQUIRE(depth < DEPTH_MAX, err, YX_DAMAGED, "RFC 8018",
               N_("the encryption parameters of the key are nested too deeply"));
    while (!yx_der_at_end(&der)) {
        struct yx_bytes content;
        int64_t number = 0;
        if (yx_der_next_is(&der, YX_DER_INTEGER)) {
            YX_TRY(yx_der_int(&der, &number, err));
            YX_REQUIRE(number <= WORK_MAX, err, YX_REFUSED, "RFC 8018, iteration count",
                       N_("the key asks for {1} rounds of work to open it; {2} are the limit"),
                       YX_NUM(number), YX_NUM(WORK_MAX));
        } else if (yx_der_next_is(&der, YX_DER_SEQUENCE)) {
            YX_TRY(yx_der_get(&der, YX_DER_SEQUENCE, &content, err));
            YX_TRY(check_work(content, depth + 1, err));
            YX_TRY(check_scrypt(content, err));
        } else {
            YX_TRY(yx_der_any(&der, NULL, NULL, NULL, err));
        }
    }
    return YX_OK;
}

static yx_status check_algorithm(const X509_ALGOR *algorithm, struct yx_error *err)
{
    uint8_t *der = NULL;
    int len = i2d_X509_ALGOR(algorithm, &der);
    if (len <= 0)
        return yx_fail_libcrypto(err, "write an algorithm identifier");
    yx_status status = check_work(YX_BYTES(der, (size_t)len), 0, err);
    OPENSSL_free(der);
    return status;
}

/* --- PKCS#8 ------------------------------------------------------------------------------ */

static yx_status append_key_info(const PKCS8_PRIV_KEY_INFO *info, struct yx_buf *out,
                                 struct yx_error *err)
{
    uint8_t *der = NULL;
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    if (len <= 0)
        return yx_fail_libcrypto(err, "write a private key");
    yx_status status = yx_buf_append(out, YX_BYTES(der, (size_t)len));
    OPENSSL_clear_free(der, (size_t)len);
    return status == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status decrypt_sig(const X509_SIG *encrypted, struct yx_bytes passphrase,
                             OSSL_LIB_CTX *context, struct yx_buf *out, struct yx_error *err)
{
    const X509_ALGOR *algorithm;
    X509_SIG_get0(encrypted, &algorithm, NULL);
    YX_TRY(check_algorithm(algorithm, err));
    YX_CLEAN(PKCS8_PRIV_KEY_INFO)
    PKCS8_PRIV_KEY_INFO *info = PKCS8_decrypt_ex(encrypted, (const char *)passphrase.data,
                                                 (int)passphrase.len, context, NULL);
    if (info == NULL)
        return fail_passphrase(err);
    return append_key_info(info, out, err);
}

/* EncryptedPrivateKeyInfo ::= SEQUENCE { encryptionAlgorithm AlgorithmIdentifier,
 *     encryptedData OCTET STRING } (RFC 5958 3) */
yx_status yx_pkcs8_decrypt(struct yx_bytes bytes, struct yx_bytes passphrase, struct yx_buf *out,
                           struct yx_error *err)
{
    struct yx_der der = yx_der_reader(bytes, "EncryptedPrivateKeyInfo");
    struct yx_der inner;
    YX_TRY(yx_der_enter(&der, YX_DER_SEQUENCE, &inner, err));
    YX_TRY(yx_der_end(&der, err));
    YX_TRY(yx_der_algorithm(&inner, &(yx_oid){YX_OID_UNKNOWN}, NULL, err));
    YX_TRY(yx_der_get(&inner, YX_DER_OCTET_STRING, &(struct yx_bytes){NULL, 0}, err));
    YX_TRY(yx_der_end(&inner, err));
    YX_REQUIRE(passphrase.len > 0, err, YX_REFUSED, "RFC 5958 3",
               N_("the key is encrypted and no passphrase is given"));
    const uint8_t *at = bytes.data;
    YX_CLEAN(X509_SIG) X509_SIG *encrypted = d2i_X509_SIG(NULL, &at, (long)bytes.len);
    if (encrypted == NULL)
        return yx_fail(err, YX_DAMAGED, "RFC 5958 3", N_("the encrypted key cannot be read"));
    YX_CLEAN(old_algorithms) struct old_algorithms old = {0};
    YX_TRY(old_algorithms_open(&old, err));
    return decrypt_sig(encrypted, passphrase, old.context, out, err);
}

/* --- PKCS#12 ----------------------------------------------------------------------------- */

static yx_status check_mac(PKCS12 *p12, struct yx_bytes passphrase, struct yx_error *err)
{
    const ASN1_INTEGER *iterations = NULL;
    PKCS12_get0_mac(NULL, NULL, NULL, &iterations, p12);
    uint64_t rounds = 1;
    bool known = iterations == NULL || ASN1_INTEGER_get_uint64(&rounds, iterations) == 1;
    YX_REQUIRE(known && rounds <= WORK_MAX, err, YX_REFUSED, "RFC 7292 4, iterations",
               N_("the key store asks for too many rounds of work to open it; {1} are the limit"),
               YX_NUM(WORK_MAX));
    if (!PKCS12_mac_present(p12))
        return YX_OK;
    bool right = PKCS12_verify_mac(p12, (const char *)passphrase.data, (int)passphrase.len) == 1;
    return right ? YX_OK : fail_passphrase(err);
}

/* Looks for a private key among the bags; *found stays false when there is none. */
static yx_status search_bags(const STACK_OF(PKCS12_SAFEBAG) * bags, struct yx_bytes passphrase,
                             OSSL_LIB_CTX *context, bool *found, struct yx_buf *out,
                             struct yx_error *err)
{
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags) && !*found; i++) {
        const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
        int kind = PKCS12_SAFEBAG_get_nid(bag);
        *found = kind == NID_keyBag || kind == NID_pkcs8ShroudedKeyBag;
        if (kind == NID_keyBag)
            YX_TRY(append_key_info(PKCS12_SAFEBAG_get0_p8inf(bag), out, err));
        if (kind == NID_pkcs8ShroudedKeyBag)
            YX_TRY(decrypt_sig(PKCS12_SAFEBAG_get0_pkcs8(bag), passphrase, context, out, err));
    }
    return YX_OK;
}

static void free_bags(STACK_OF(PKCS12_SAFEBAG) * bags)
{
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}
YX_DEFINE_CLEAN(bags, STACK_OF(PKCS12_SAFEBAG) *, free_bags);

static void free_safes(STACK_OF(PKCS7) * safes)
{
    sk_PKCS7_pop_free(safes, PKCS7_free);
}
YX_DEFINE_CLEAN(safes, STACK_OF(PKCS7) *, free_safes);

/* A part that is encrypted as a whole holds certificates mostly; it is opened as well, since some
 * writers put the key there. */
static yx_status search_safe(PKCS7 *safe, struct yx_bytes passphrase, OSSL_LIB_CTX *context,
                             bool *found, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(bags) STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    if (PKCS7_type_is_data(safe))
        bags = PKCS12_unpack_p7data(safe);
    if (PKCS7_type_is_encrypted(safe) && safe->d.encrypted != NULL) {
        YX_TRY(check_algorithm(safe->d.encrypted->enc_data->algorithm, err));
        bags = PKCS12_unpack_p7encdata(safe, (const char *)passphrase.data, (int)passphrase.len);
    }
    return search_bags(bags, passphrase, context, found, out, err);
}

yx_status yx_pkcs12_decrypt(struct yx_bytes bytes, struct yx_bytes passphrase, struct yx_buf *out,
                            struct yx_error *err)
{
    YX_CLEAN(old_algorithms) struct old_algorithms old = {0};
    YX_TRY(old_algorithms_open(&old, err));
    YX_CLEAN(PKCS12) PKCS12 *p12 = PKCS12_init_ex(NID_pkcs7_data, old.context, NULL);
    if (p12 == NULL)
        return yx_fail_memory(err);
    const uint8_t *at = bytes.data;
    YX_REQUIRE(d2i_PKCS12(&p12, &at, (long)bytes.len) != NULL && at == bytes.data + bytes.len, err,
               YX_DAMAGED, "RFC 7292 4", N_("the key store (PKCS#12) cannot be read"));
    YX_TRY(check_mac(p12, passphrase, err));
    YX_CLEAN(safes) STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p12);
    YX_REQUIRE(safes != NULL && sk_PKCS7_num(safes) <= SAFES_MAX, err, YX_DAMAGED, "RFC 7292 4.1",
               N_("the key store (PKCS#12) cannot be read"));
    bool found = false;
    for (int i = 0; i < sk_PKCS7_num(safes) && !found; i++)
        YX_TRY(search_safe(sk_PKCS7_value(safes, i), passphrase, old.context, &found, out, err));
    YX_REQUIRE(found, err, YX_REFUSED, "RFC 7292 4.2",
               N_("the key store (PKCS#12) holds no private key that can be opened"));
    return YX_OK;
}
