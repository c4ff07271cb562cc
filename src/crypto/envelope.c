/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/envelope.c - EnvelopedData of CMS (RFC 5652 6) for RSA and the curves of NIST, by
 * libcrypto: RSAES-OAEP with SHA-256 (RFC 3560, RFC 8017), or ECDH with the X9.63 KDF over SHA-256
 * (RFC 5753); the content in AES-256-CBC. libcrypto answers a wrong PKCS#1 padding with a random
 * key, so that its padding tells nothing.
 */
#include <openssl/cms.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/libcrypto.h"

YX_DEFINE_CLEAN(CMS_ContentInfo, CMS_ContentInfo *, CMS_ContentInfo_free);
YX_DEFINE_CLEAN(BIO, BIO *, BIO_free_all);
YX_DEFINE_CLEAN(X509, X509 *, X509_free);

#define FLAGS (CMS_BINARY | CMS_PARTIAL)

/* --- Making ------------------------------------------------------------------------------ */

static bool choose_algorithms(CMS_RecipientInfo *recipient)
{
    EVP_PKEY_CTX *context = CMS_RecipientInfo_get0_pkey_ctx(recipient);
    if (context == NULL)
        return false;
    if (CMS_RecipientInfo_type(recipient) == CMS_RECIPINFO_AGREE)
        return EVP_PKEY_CTX_set_ecdh_kdf_md(context, EVP_sha256()) == 1;
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1;
}

static yx_status write_der(CMS_ContentInfo *cms, struct yx_buf *out, struct yx_error *err)
{
    uint8_t *der = NULL;
    int len = i2d_CMS_ContentInfo(cms, &der);
    if (len <= 0)
        return yx_fail_libcrypto(err, "write an envelope");
    yx_status status = yx_buf_append(out, YX_BYTES(der, (size_t)len));
    OPENSSL_free(der);
    return status == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status read_holder(struct yx_bytes certificate, X509 **out, struct yx_error *err)
{
    const uint8_t *p = certificate.data;
    *out = d2i_X509(NULL, &p, (long)certificate.len);
    return *out != NULL ? YX_OK : yx_fail_libcrypto(err, "read a certificate");
}

yx_status yx_cms_encrypt(struct yx_bytes certificate, struct yx_bytes content, struct yx_buf *out,
                         struct yx_error *err)
{
    YX_QUIET;
    YX_CLEAN(X509) X509 *holder = NULL;
    YX_TRY(read_holder(certificate, &holder, err));
    YX_CLEAN(CMS_ContentInfo)
    CMS_ContentInfo *cms = CMS_encrypt(NULL, NULL, EVP_aes_256_cbc(), FLAGS);
    YX_CLEAN(BIO) BIO *plain = BIO_new_mem_buf(content.data, (int)content.len);
    if (cms == NULL || plain == NULL)
        return yx_fail_libcrypto(err, "begin an envelope");
    CMS_RecipientInfo *recipient = CMS_add1_recipient_cert(cms, holder, CMS_KEY_PARAM | FLAGS);
    if (recipient == NULL || !choose_algorithms(recipient) ||
        CMS_final(cms, plain, NULL, FLAGS & ~CMS_PARTIAL) != 1)
        return yx_fail_libcrypto(err, "close an envelope");
    return write_der(cms, out, err);
}

/* --- Opening ----------------------------------------------------------------------------- */

static yx_status decrypt(CMS_ContentInfo *cms, X509 *holder, EVP_PKEY *pkey, struct yx_buf *content,
                         struct yx_error *err)
{
    YX_CLEAN(BIO) BIO *plain = BIO_new(BIO_s_secmem());
    if (plain == NULL)
        return yx_fail_libcrypto(err, "open an envelope");
    YX_REQUIRE(CMS_decrypt(cms, pkey, holder, NULL, plain, CMS_BINARY) == 1, err, YX_REFUSED,
               "RFC 5652 6",
               N_("the envelope cannot be opened with this key: it is meant for another, or was "
                  "changed"));
    char *data = NULL;
    long len = BIO_get_mem_data(plain, &data);
    bool kept = yx_buf_append(content, YX_BYTES(data, (size_t)len)) == YX_OK;
    yx_wipe(data, (size_t)len);
    return kept ? YX_OK : yx_fail_memory(err);
}

yx_status yx_cms_decrypt(struct yx_bytes der, struct yx_bytes certificate,
                         const struct yx_private_key *key, struct yx_buf *content,
                         struct yx_error *err)
{
    YX_QUIET;
    const uint8_t *p = der.data;
    YX_CLEAN(CMS_ContentInfo)
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.len);
    YX_REQUIRE(cms != NULL && p == der.data + der.len &&
                   OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_enveloped,
               err, YX_DAMAGED, "RFC 5652 6", N_("the envelope is malformed"));
    YX_CLEAN(X509) X509 *holder = NULL;
    YX_CLEAN(EVP_PKEY) EVP_PKEY *pkey = NULL;
    YX_TRY(read_holder(certificate, &holder, err));
    YX_TRY(yx_private_key_pkey(key, &pkey, err));
    return decrypt(cms, holder, pkey, content, err);
}
