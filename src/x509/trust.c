/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust.c - trust anchors, helper certificates, CRLs and OCSP responses, from memory, files and
 * folders.
 *
 * Filled by one thread; validate.c and revocation.c only read it.
 */
#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <sys/stat.h>

#include "x509/ocsp.h"

#define TRUST_FILE_MAX (16u * 1024 * 1024)

yx_status yx_trust_new(struct yx_trust **out, struct yx_error *err)
{
    YX_CLEAN(yx_trust) struct yx_trust *trust = calloc(1, sizeof(*trust));
    if (trust == NULL)
        return yx_fail_memory(err);
    trust->store = X509_STORE_new();
    trust->known = sk_X509_new_null();
    if (trust->store == NULL || trust->known == NULL)
        return yx_fail_memory(err);
    X509_STORE_set_check_issued(trust->store, yx_path_may_be_issuer);
    *out = trust;
    trust = NULL;
    return YX_OK;
}

void yx_trust_free(struct yx_trust *trust)
{
    if (trust == NULL)
        return;
    X509_STORE_free(trust->store);
    sk_X509_pop_free(trust->known, X509_free);
    for (size_t i = 0; i < trust->anchor_count; i++)
        yx_cert_free(trust->anchors[i]);
    free(trust->anchors);
    for (size_t i = 0; i < trust->crl_count; i++)
        yx_crl_free(trust->crls[i]);
    free(trust->crls);
    for (size_t i = 0; i < trust->ocsp_count; i++)
        yx_ocsp_free(trust->ocsps[i]);
    free(trust->ocsps);
    free(trust);
}

static yx_status push_anchor(struct yx_trust *trust, const struct yx_cert *cert,
                             struct yx_error *err)
{
    if (trust->anchor_count == trust->anchor_cap) {
        size_t cap = trust->anchor_cap == 0 ? 8 : trust->anchor_cap * 2;
        struct yx_cert **grown = reallocarray(trust->anchors, cap, sizeof(struct yx_cert *));
        if (grown == NULL)
            return yx_fail_memory(err);
        trust->anchors = grown;
        trust->anchor_cap = cap;
    }
    trust->anchors[trust->anchor_count++] = yx_cert_share(cert);
    return YX_OK;
}

yx_status yx_trust_add_helper(struct yx_trust *trust, const struct yx_cert *cert,
                              struct yx_error *err)
{
    X509 *x509;
    YX_TRY(yx_cert_x509(cert, &x509, err));
    return X509_add_cert(trust->known, x509, X509_ADD_FLAG_UP_REF) ? YX_OK : yx_fail_memory(err);
}

static yx_status add_to_store(struct yx_trust *trust, const struct yx_cert *cert,
                              struct yx_error *err)
{
    X509 *x509;
    YX_TRY(yx_cert_x509(cert, &x509, err));
    ERR_set_mark();
    int added = X509_STORE_add_cert(trust->store, x509);
    ERR_pop_to_mark();
    return added == 1 ? push_anchor(trust, cert, err) : yx_fail_memory(err);
}

yx_status yx_trust_add_anchor(struct yx_trust *trust, const struct yx_cert *cert,
                              struct yx_error *err)
{
    YX_TRY(add_to_store(trust, cert, err));
    return yx_trust_add_helper(trust, cert, err);
}

size_t yx_trust_anchor_count(const struct yx_trust *trust)
{
    return trust->anchor_count;
}

const struct yx_cert *yx_trust_anchor(const struct yx_trust *trust, size_t index)
{
    return trust->anchors[index];
}

bool yx_trust_is_empty(const struct yx_trust *trust)
{
    return trust->anchor_count == 0;
}

/* --- CRLs -------------------------------------------------------------------------------- */

/* Takes over one hold of the CRL. */
static yx_status push_crl(struct yx_trust *trust, struct yx_crl *crl, struct yx_error *err)
{
    if (trust->crl_count == trust->crl_cap) {
        size_t cap = trust->crl_cap == 0 ? 8 : trust->crl_cap * 2;
        struct yx_crl **grown = reallocarray(trust->crls, cap, sizeof(struct yx_crl *));
        if (grown == NULL)
            return yx_fail_memory(err);
        trust->crls = grown;
        trust->crl_cap = cap;
    }
    trust->crls[trust->crl_count++] = crl;
    return YX_OK;
}

static yx_status add_one_crl(struct yx_trust *trust, struct yx_bytes der, struct yx_error *err)
{
    YX_CLEAN(yx_crl) struct yx_crl *crl = NULL;
    YX_TRY(yx_crl_read(der, &crl, err));
    YX_TRY(push_crl(trust, crl, err));
    crl = NULL;
    return YX_OK;
}

size_t yx_trust_crl_count(const struct yx_trust *trust)
{
    return trust->crl_count;
}

struct yx_bytes yx_trust_crl(const struct yx_trust *trust, size_t index)
{
    return yx_buf_bytes(&trust->crls[index]->der);
}

yx_status yx_trust_add_crl(struct yx_trust *trust, struct yx_bytes crl, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    bool found = false, any = false;
    if (yx_pem_is_der(crl))
        return add_one_crl(trust, crl, err);
    for (;;) {
        YX_TRY(yx_pem_next(&crl, "X509 CRL", &der, &found, err));
        if (!found)
            break;
        any = true;
        YX_TRY(add_one_crl(trust, yx_buf_bytes(&der), err));
    }
    YX_REQUIRE(any, err, YX_DAMAGED, "RFC 7468 6",
               N_("there is no CRL in the file, neither PEM nor DER"));
    return YX_OK;
}

/* --- OCSP responses ---------------------------------------------------------------------- */

/* Takes over one hold of the response. */
static yx_status push_ocsp(struct yx_trust *trust, struct yx_ocsp *ocsp, struct yx_error *err)
{
    if (trust->ocsp_count == trust->ocsp_cap) {
        size_t cap = trust->ocsp_cap == 0 ? 8 : trust->ocsp_cap * 2;
        struct yx_ocsp **grown = reallocarray(trust->ocsps, cap, sizeof(struct yx_ocsp *));
        if (grown == NULL)
            return yx_fail_memory(err);
        trust->ocsps = grown;
        trust->ocsp_cap = cap;
    }
    trust->ocsps[trust->ocsp_count++] = ocsp;
    return YX_OK;
}

yx_status yx_trust_add_ocsp(struct yx_trust *trust, struct yx_bytes response, struct yx_error *err)
{
    YX_CLEAN(yx_ocsp) struct yx_ocsp *ocsp = NULL;
    YX_TRY(yx_ocsp_read(response, &ocsp, err));
    YX_TRY(push_ocsp(trust, ocsp, err));
    ocsp = NULL;
    return YX_OK;
}

size_t yx_trust_ocsp_count(const struct yx_trust *trust)
{
    return trust->ocsp_count;
}

struct yx_bytes yx_trust_ocsp(const struct yx_trust *trust, size_t index)
{
    return yx_buf_bytes(&trust->ocsps[index]->der);
}

/* --- Copies ------------------------------------------------------------------------------ */

static yx_status copy_all(const struct yx_trust *from, struct yx_trust *to, struct yx_error *err)
{
    to->fetcher = from->fetcher;
    for (size_t i = 0; i < from->anchor_count; i++)
        YX_TRY(add_to_store(to, from->anchors[i], err));
    for (int i = 0; i < sk_X509_num(from->known); i++)
        if (X509_add_cert(to->known, sk_X509_value(from->known, i), X509_ADD_FLAG_UP_REF) != 1)
            return yx_fail_memory(err);
    for (size_t i = 0; i < from->crl_count; i++) {
        YX_TRY(push_crl(to, from->crls[i], err));
        atomic_fetch_add(&from->crls[i]->owners, 1);
    }
    for (size_t i = 0; i < from->ocsp_count; i++) {
        YX_TRY(push_ocsp(to, from->ocsps[i], err));
        atomic_fetch_add(&from->ocsps[i]->owners, 1);
    }
    return YX_OK;
}

yx_status yx_trust_copy(const struct yx_trust *trust, struct yx_trust **out, struct yx_error *err)
{
    YX_CLEAN(yx_trust) struct yx_trust *copy = NULL;
    YX_TRY(yx_trust_new(&copy, err));
    ERR_set_mark();
    yx_status status = trust == NULL ? YX_OK : copy_all(trust, copy, err);
    ERR_pop_to_mark();
    YX_TRY(status);
    *out = copy;
    copy = NULL;
    return YX_OK;
}

/* --- Files and folders ------------------------------------------------------------------- */

static yx_status add_anchor_der(struct yx_trust *trust, struct yx_bytes der, struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    YX_TRY(yx_cert_from_der(der, &cert, err));
    return yx_trust_add_anchor(trust, cert, err);
}

/* Every certificate of a file's content. */
static yx_status add_content(struct yx_trust *trust, struct yx_bytes content, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    bool found = false, any = false;
    if (yx_pem_is_der(content))
        return add_anchor_der(trust, content, err);
    for (;;) {
        YX_TRY(yx_pem_next(&content, "CERTIFICATE", &der, &found, err));
        if (!found)
            break;
        any = true;
        YX_TRY(add_anchor_der(trust, yx_buf_bytes(&der), err));
    }
    YX_REQUIRE(any, err, YX_DAMAGED, "RFC 7468 5",
               N_("there is no certificate in the file, neither PEM nor DER"));
    return YX_OK;
}

static yx_status add_file(struct yx_trust *trust, const char *path, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf content = {0};
    struct yx_error why;
    YX_TRY(yx_file_read(path, TRUST_FILE_MAX, &content, err));
    yx_status status = add_content(trust, yx_buf_bytes(&content), &why);
    if (status == YX_OK)
        return YX_OK;
    char reason[256];
    yx_message_render(&why.message, NULL, reason, sizeof(reason));
    return yx_fail(err, status, why.rule, N_("{1}: {2}"), path, reason);
}

static int is_certificate_name(const struct dirent *entry)
{
    static const char *const endings[] = {".pem", ".crt", ".cer", ".der"};
    size_t len = strlen(entry->d_name);
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (len > 4 && strcasecmp(entry->d_name + len - 4, endings[i]) == 0)
            return 1;
    return 0;
}

/* By bytes, so that the order is the same in every locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static yx_status add_entry(struct yx_trust *trust, const char *folder, const char *name,
                           struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    struct stat info;
    if (yx_buf_printf(&path, "%s/%s", folder, name) != YX_OK ||
        yx_buf_append(&path, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    const char *text = (const char *)path.data;
    if (stat(text, &info) == 0 && S_ISDIR(info.st_mode))
        return YX_OK;
    return add_file(trust, text, err);
}

static yx_status add_folder(struct yx_trust *trust, const char *folder, struct yx_error *err)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_certificate_name, by_name);
    if (count < 0)
        return yx_fail_errno(err, YX_NO_INPUT, N_("cannot read the folder {1}: {2}"), folder,
                             errno);
    yx_status status = YX_OK;
    for (int i = 0; i < count && status == YX_OK; i++)
        status = add_entry(trust, folder, entries[i]->d_name, err);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return status;
}

yx_status yx_trust_add_path(struct yx_trust *trust, const char *path, struct yx_error *err)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return yx_fail_errno(err, YX_NO_INPUT, N_("cannot open {1}: {2}"), path, errno);
    return S_ISDIR(info.st_mode) ? add_folder(trust, path, err) : add_file(trust, path, err);
}
