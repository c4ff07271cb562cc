/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/key_file.c - files that hold a private key: finds out what a file is (PEM or DER, plain
 * or encrypted, PKCS#12) and writes our own. Decryption is in key_encrypted.c, the keys inside are
 * read in key_info.c.
 */
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "crypto/libcrypto.h"

YX_DEFINE_CLEAN(X509_SIG, X509_SIG *, X509_SIG_free);
YX_DEFINE_CLEAN(X509_ALGOR, X509_ALGOR *, X509_ALGOR_free);
YX_DEFINE_CLEAN(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO *, PKCS8_PRIV_KEY_INFO_free);
YX_DEFINE_CLEAN(BIO, BIO *, BIO_free_all);

enum {
    FILE_MAX = 1024 * 1024,
    PASSPHRASE_MAX = 1024,
    SALT = 16,
    SCRYPT_N = 1 << 14, /* with r = 8 and p = 2: 16 MiB, a tenth of a second */
    SCRYPT_R = 8
};

/* --- PEM --------------------------------------------------------------------------------- */

/* Finds `text` and returns how many bytes stand before it; `in.len` when it is not there. */
static size_t find(struct yx_bytes in, const char *text)
{
    const uint8_t *at = in.data != NULL ? memmem(in.data, in.len, text, strlen(text)) : NULL;
    return at != NULL ? (size_t)(at - in.data) : in.len;
}

static struct yx_bytes skip(struct yx_bytes in, size_t count)
{
    return YX_BYTES(in.data + count, in.len - count);
}

static const char *const pem_labels[] = {"PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "EC PRIVATE KEY",
                                         "SM2 PRIVATE KEY", "RSA PRIVATE KEY"};

/* The base64 text of the first block with this label; false when there is none. */
static bool find_block(struct yx_bytes file, const char *label, struct yx_bytes *body)
{
    char begin[64];
    char end[64];
    snprintf(begin, sizeof(begin), "-----BEGIN %s-----", label);
    snprintf(end, sizeof(end), "-----END %s-----", label);
    size_t start = find(file, begin);
    if (start == file.len)
        return false;
    struct yx_bytes behind = skip(file, start + strlen(begin));
    size_t len = find(behind, end);
    *body = YX_BYTES(behind.data, len);
    return len < behind.len;
}

/* The same of the private key; when there are several, of the first of the labels above. */
static bool find_pem_body(struct yx_bytes file, struct yx_bytes *body)
{
    for (size_t i = 0; i < sizeof(pem_labels) / sizeof(pem_labels[0]); i++)
        if (find_block(file, pem_labels[i], body))
            return true;
    return false;
}

static bool is_pem(struct yx_bytes file)
{
    return find(file, "-----BEGIN ") < file.len;
}

static yx_status decode_pem(struct yx_bytes file, struct yx_buf *der, struct yx_error *err)
{
    struct yx_bytes body;
    YX_REQUIRE(find_pem_body(file, &body), err, YX_DAMAGED, "RFC 7468",
               N_("the PEM file holds no private key"));
    YX_REQUIRE(find(body, "Proc-Type:") == body.len, err, YX_REFUSED, "RFC 7468 2",
               N_("the key is encrypted in the way of old OpenSSL files; convert it with openssl "
                  "pkcs8 -topk8"));
    /* Room for all of it at once, so that no half of a key is left behind where it grew. */
    if (yx_buf_reserve(der, body.len) != YX_OK)
        return yx_fail_memory(err);
    return yx_base64_decode(body, der, err);
}

/* --- Reading ----------------------------------------------------------------------------- */

enum key_form { KEY_PLAIN, KEY_ENCRYPTED, KEY_PKCS12 };

/* PKCS#12 starts with version 3, EncryptedPrivateKeyInfo with an AlgorithmIdentifier. Some PKCS#12
 * is BER of indefinite length. */
static enum key_form form_of(struct yx_bytes bytes)
{
    if (bytes.len > 2 && bytes.data[0] == YX_DER_SEQUENCE && bytes.data[1] == 0x80)
        return KEY_PKCS12;
    struct yx_der der = yx_der_reader(bytes, "key");
    struct yx_der inner;
    if (yx_der_enter(&der, YX_DER_SEQUENCE, &inner, NULL) != YX_OK)
        return KEY_PLAIN;
    if (yx_der_next_is(&inner, YX_DER_SEQUENCE))
        return KEY_ENCRYPTED;
    int64_t version = 0;
    bool third = yx_der_int(&inner, &version, NULL) == YX_OK && version == 3;
    return third ? KEY_PKCS12 : KEY_PLAIN;
}

static yx_status read_der(struct yx_bytes der, struct yx_bytes passphrase,
                          struct yx_private_key **out, struct yx_error *err)
{
    enum key_form form = form_of(der);
    if (form == KEY_PLAIN)
        return yx_private_key_from_der(der, out, err);
    YX_CLEAN(yx_buf) struct yx_buf info = {0};
    if (form == KEY_PKCS12)
        YX_TRY(yx_pkcs12_decrypt(der, passphrase, &info, err));
    if (form == KEY_ENCRYPTED)
        YX_TRY(yx_pkcs8_decrypt(der, passphrase, &info, err));
    return yx_private_key_from_der(yx_buf_bytes(&info), out, err);
}

static yx_status check_passphrase_length(struct yx_bytes passphrase, struct yx_error *err)
{
    YX_REQUIRE(passphrase.len <= PASSPHRASE_MAX, err, YX_USAGE, "",
               N_("the passphrase is longer than {1} bytes"), YX_NUM(PASSPHRASE_MAX));
    return YX_OK;
}

yx_status yx_private_key_read(struct yx_bytes file, struct yx_bytes passphrase,
                              struct yx_private_key **out, struct yx_error *err)
{
    YX_QUIET;
    YX_TRY(check_passphrase_length(passphrase, err));
    YX_REQUIRE(file.len <= FILE_MAX, err, YX_DAMAGED, "",
               N_("a key file of {1} bytes is too large; {2} are the limit"), YX_NUM(file.len),
               YX_NUM(FILE_MAX));
    /* A passphrase of no bytes still is a string for libcrypto. */
    if (passphrase.len == 0)
        passphrase = YX_TEXT("");
    if (!is_pem(file))
        return read_der(file, passphrase, out, err);
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_TRY(decode_pem(file, &der, err));
    return read_der(yx_buf_bytes(&der), passphrase, out, err);
}

/* --- Writing ----------------------------------------------------------------------------- */

static yx_status append_pem(const X509_SIG *encrypted, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(BIO) BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    if (bio == NULL || PEM_write_bio_PKCS8(bio, encrypted) != 1)
        return yx_fail_libcrypto(err, "write a key as PEM");
    long len = BIO_get_mem_data(bio, &text);
    bool kept = yx_buf_append(out, YX_BYTES(text, (size_t)len)) == YX_OK;
    return kept ? YX_OK : yx_fail_memory(err);
}

/* What may be asked of each, and what is done unless asked. */
static const struct {
    const char *rule;
    uint32_t min, usual, max;
} costs[] = {
    [YX_KDF_SCRYPT] = {"RFC 7914 2, parallelization parameter", 1, 2, 64},
    [YX_KDF_PBKDF2] = {"RFC 8018 4.2, iteration count", 100000, 600000, 10000000},
};

static yx_status choose_cost(const struct yx_kdf_cost *asked, int *out, struct yx_error *err)
{
    uint32_t cost = asked->cost != 0 ? asked->cost : costs[asked->kdf].usual;
    YX_REQUIRE(cost >= costs[asked->kdf].min && cost <= costs[asked->kdf].max, err, YX_USAGE,
               costs[asked->kdf].rule, N_("the cost of a key file is from {1} to {2}, not {3}"),
               YX_NUM(costs[asked->kdf].min), YX_NUM(costs[asked->kdf].max), YX_NUM(cost));
    *out = (int)cost;
    return YX_OK;
}

static X509_ALGOR *make_scheme(yx_kdf kdf, int cost, uint8_t salt[SALT])
{
    if (kdf == YX_KDF_SCRYPT)
        return PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), salt, SALT, NULL, SCRYPT_N, SCRYPT_R,
                                     (uint64_t)cost);
    return PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), cost, salt, SALT, NULL, NID_hmacWithSHA256);
}

/* PBES2 (RFC 8018 6.2) with scrypt (RFC 7914) or PBKDF2, and AES-256-CBC; random salt and IV. */
static yx_status encrypt(PKCS8_PRIV_KEY_INFO *info, struct yx_bytes passphrase,
                         const struct yx_kdf_cost *asked, X509_SIG **out, struct yx_error *err)
{
    int cost = 0;
    YX_TRY(choose_cost(asked, &cost, err));
    uint8_t salt[SALT];
    YX_TRY(yx_random(salt, sizeof(salt), err));
    YX_CLEAN(X509_ALGOR)
    X509_ALGOR *scheme = make_scheme(asked->kdf, cost, salt);
    if (scheme == NULL)
        return yx_fail_libcrypto(err, "prepare the encryption of a key");
    *out = PKCS8_set0_pbe((const char *)passphrase.data, (int)passphrase.len, info, scheme);
    if (*out == NULL)
        return yx_fail_libcrypto(err, "encrypt a key");
    scheme = NULL; /* belongs to *out now */
    return YX_OK;
}

yx_status yx_private_key_to_info(const struct yx_private_key *key, struct yx_buf *out,
                                 struct yx_error *err)
{
    YX_QUIET;
    YX_CLEAN(EVP_PKEY) EVP_PKEY *pkey = NULL;
    YX_TRY(yx_private_key_pkey(key, &pkey, err));
    YX_CLEAN(PKCS8_PRIV_KEY_INFO) PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
    uint8_t *der = NULL;
    int len = info != NULL ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : 0;
    if (len <= 0)
        return yx_fail_libcrypto(err, "write a private key");
    yx_status status = yx_buf_append(out, YX_BYTES(der, (size_t)len));
    OPENSSL_clear_free(der, (size_t)len);
    return status == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_private_key_write(const struct yx_private_key *key, struct yx_bytes passphrase,
                               struct yx_buf *out, struct yx_error *err)
{
    return yx_private_key_write_with(key, passphrase, &(struct yx_kdf_cost){YX_KDF_SCRYPT, 0}, out,
                                     err);
}

yx_status yx_private_key_write_with(const struct yx_private_key *key, struct yx_bytes passphrase,
                                    const struct yx_kdf_cost *cost, struct yx_buf *out,
                                    struct yx_error *err)
{
    YX_QUIET;
    YX_TRY(check_passphrase_length(passphrase, err));
    YX_REQUIRE(passphrase.len > 0, err, YX_REFUSED, "RFC 5958 3",
               N_("a private key is not written without a passphrase; give one"));
    YX_CLEAN(EVP_PKEY) EVP_PKEY *pkey = NULL;
    YX_TRY(yx_private_key_pkey(key, &pkey, err));
    YX_CLEAN(PKCS8_PRIV_KEY_INFO) PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
    if (info == NULL)
        return yx_fail_libcrypto(err, "write a private key");
    YX_CLEAN(X509_SIG) X509_SIG *encrypted = NULL;
    YX_TRY(encrypt(info, passphrase, cost, &encrypted, err));
    return append_pem(encrypted, out, err);
}
