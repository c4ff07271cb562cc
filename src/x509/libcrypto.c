/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/libcrypto.c - between libcrypto's certificates and ours. Building a path takes libcrypto's
 * object; making it takes longer than all else that is done to read a certificate, so that it is
 * made for those alone that get so far. What libcrypto would refuse is refused before, at the
 * reading.
 */
#include <openssl/err.h>
#include <time.h>

#include "x509/cert_internal.h"

static void free_extensions(STACK_OF(X509_EXTENSION) * list)
{
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
}
YX_DEFINE_CLEAN(extensions, STACK_OF(X509_EXTENSION) *, free_extensions);
YX_DEFINE_CLEAN(x509_name, X509_NAME *, X509_NAME_free);

/* After a call that gave nothing: was there no memory, or are the bytes wrong? The mark of the
 * queue is set. */
static yx_status fail_reading(bool queue_was_empty, struct yx_error *err)
{
    if (queue_was_empty && yx_x509_out_of_memory())
        return yx_fail_memory(err);
    return yx_fail(err, YX_DAMAGED, "RFC 5280 4.1", N_("the certificate is malformed"));
}

/* --- Looking through at the reading ------------------------------------------------------ */

/* What a plain path knows, and what of it may be critical. */
static const struct {
    int nid;
    bool critical;
} plain_extensions[] = {
    {NID_key_usage, true},
    {NID_basic_constraints, true},
    {NID_ext_key_usage, true},
    {NID_subject_alt_name, true},
    {NID_crl_distribution_points, true},
    {NID_subject_key_identifier, false},
    {NID_authority_key_identifier, false},
    {NID_freshest_crl, false},
    {NID_info_access, false},
    {NID_id_pkix_OCSP_noCheck, false},
};

/* Stands there once, and its value can be read? */
static bool is_sound(const STACK_OF(X509_EXTENSION) * list, int nid)
{
    const X509V3_EXT_METHOD *method = X509V3_EXT_get_nid(nid);
    void *value = X509V3_get_d2i(list, nid, NULL, NULL);
    if (value == NULL)
        return false;
    ASN1_item_free(value, ASN1_ITEM_ptr(method->it));
    return true;
}

/* What libcrypto does not know and is not critical, it passes over. */
static bool is_plain(const STACK_OF(X509_EXTENSION) * list, X509_EXTENSION *extension)
{
    int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
    bool critical = X509_EXTENSION_get_critical(extension) != 0;
    if (nid == NID_undef)
        return !critical;
    for (size_t i = 0; i < sizeof plain_extensions / sizeof *plain_extensions; i++)
        if (plain_extensions[i].nid == nid)
            return (!critical || plain_extensions[i].critical) && is_sound(list, nid);
    return false;
}

static bool look_at_extensions(struct yx_cert *cert)
{
    const uint8_t *p = cert->extensions.data;
    cert->plain = cert->version == 2;
    if (cert->extensions.len == 0)
        return true;
    YX_CLEAN(extensions)
    STACK_OF(X509_EXTENSION) *list = d2i_X509_EXTENSIONS(NULL, &p, (long)cert->extensions.len);
    for (int i = 0; i < sk_X509_EXTENSION_num(list); i++)
        cert->plain &= is_plain(list, sk_X509_EXTENSION_value(list, i));
    return list != NULL;
}

static X509_NAME *read_name(struct yx_bytes der)
{
    const uint8_t *p = der.data;
    return d2i_X509_NAME(NULL, &p, (long)der.len);
}

static bool is_name(struct yx_bytes der)
{
    YX_CLEAN(x509_name) X509_NAME *name = read_name(der);
    return name != NULL;
}

static bool is_algorithm(struct yx_bytes der)
{
    const uint8_t *p = der.data;
    X509_ALGOR *algorithm = d2i_X509_ALGOR(NULL, &p, (long)der.len);
    X509_ALGOR_free(algorithm);
    return algorithm != NULL;
}

/* SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING },
 * of any type of key. */
static bool is_spki(struct yx_bytes der)
{
    struct yx_der whole = yx_der_reader(der, "SubjectPublicKeyInfo"), info;
    struct yx_bytes algorithm, bits;
    return yx_der_enter(&whole, YX_DER_SEQUENCE, &info, NULL) == YX_OK &&
           yx_der_any(&info, NULL, NULL, &algorithm, NULL) == YX_OK && is_algorithm(algorithm) &&
           yx_der_get(&info, YX_DER_BIT_STRING, &bits, NULL) == YX_OK && bits.len > 0 &&
           bits.data[0] <= 7 && yx_der_at_end(&info);
}

yx_status yx_cert_look_through(struct yx_cert *cert, struct yx_error *err)
{
    bool queue_was_empty = ERR_peek_error() == 0;
    ERR_set_mark();
    bool fine = is_algorithm(cert->inner_algorithm) && is_algorithm(cert->outer_algorithm) &&
                is_name(cert->issuer) && is_name(cert->subject) && is_spki(cert->spki) &&
                look_at_extensions(cert);
    yx_status status = fine ? YX_OK : fail_reading(queue_was_empty, err);
    ERR_pop_to_mark();
    return status;
}

/* --- The object -------------------------------------------------------------------------- */

/* With the SM2 signer ID where one is needed. */
static yx_status make(const struct yx_cert *cert, X509 **out, struct yx_error *err)
{
    const uint8_t *p = cert->der.data;
    bool queue_was_empty = ERR_peek_error() == 0;
    YX_CLEAN(x509) X509 *made = d2i_X509(NULL, &p, (long)cert->der.len);
    if (made == NULL || p != cert->der.data + cert->der.len)
        return fail_reading(queue_was_empty, err);
    if (cert->algorithm == YX_SIG_SM2_SM3) {
        ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
        if (id == NULL || ASN1_OCTET_STRING_set(id, (const uint8_t *)YX_SM2_ID, -1) != 1) {
            ASN1_OCTET_STRING_free(id);
            return yx_fail_memory(err);
        }
        X509_set0_distinguishing_id(made, id);
    }
    /* Lets libcrypto read the extensions now, while no other thread looks. */
    X509_check_purpose(made, -1, 0);
    *out = made;
    made = NULL;
    return YX_OK;
}

yx_status yx_cert_x509(const struct yx_cert *cert, X509 **out, struct yx_error *err)
{
    struct yx_cert *same = (struct yx_cert *)(uintptr_t)cert; /* all but `x509` stays const */
    X509 *none = NULL;
    *out = atomic_load(&same->x509);
    if (*out != NULL)
        return YX_OK;
    ERR_set_mark();
    yx_status status = make(cert, out, err);
    ERR_pop_to_mark();
    YX_TRY(status);
    if (atomic_compare_exchange_strong(&same->x509, &none, *out))
        return YX_OK;
    X509_free(*out); /* another thread was faster */
    *out = none;
    return YX_OK;
}

yx_status yx_cert_from_x509(const X509 *x509, struct yx_cert **out, struct yx_error *err)
{
    unsigned char *der = NULL;
    int len = i2d_X509(x509, &der);
    if (len <= 0)
        return yx_fail_memory(err);
    yx_status status = yx_cert_from_der(YX_BYTES(der, (size_t)len), out, err);
    OPENSSL_free(der);
    return status;
}

/* --- Names and times --------------------------------------------------------------------- */

yx_status yx_name_same(struct yx_bytes a, struct yx_bytes b, bool *same, struct yx_error *err)
{
    *same = yx_bytes_equal(a, b);
    if (*same)
        return YX_OK;
    YX_CLEAN(x509_name) X509_NAME *one = read_name(a);
    YX_CLEAN(x509_name) X509_NAME *other = read_name(b);
    if (one == NULL || other == NULL) /* both were read before */
        return yx_fail_memory(err);
    *same = X509_NAME_cmp(one, other) == 0;
    return YX_OK;
}

yx_status yx_x509_name_text(const X509_NAME *name, struct yx_buf *text, struct yx_error *err)
{
    const unsigned char *der = NULL;
    size_t len = 0;
    YX_REQUIRE(X509_NAME_get0_der(name, &der, &len) == 1, err, YX_INTERNAL, "",
               N_("libcrypto cannot give the bytes of a name"));
    YX_TRY(yx_name_from_der(YX_BYTES(der, len), text, err));
    return yx_buf_append(text, YX_BYTES("", 1)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* libcrypto's decoder queues the lack of memory first and where it was noticed behind it. */
bool yx_x509_out_of_memory(void)
{
    for (unsigned long error; (error = ERR_get_error()) != 0;)
        if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE)
            return true;
    return false;
}

yx_time yx_x509_time(const ASN1_TIME *time)
{
    struct tm tm;
    yx_time result;
    if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1)
        return YX_TIME_NONE;
    const struct yx_civil civil = {
        .year = tm.tm_year + INT64_C(1900),
        .month = (unsigned)tm.tm_mon + 1,
        .day = (unsigned)tm.tm_mday,
        .hour = (unsigned)tm.tm_hour,
        .minute = (unsigned)tm.tm_min,
        .second = (unsigned)tm.tm_sec,
    };
    return yx_time_from_civil(&civil, &result) ? result : YX_TIME_NONE;
}
