/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/crl.c - a CRL as it was received, and which certificates it speaks about.
 *
 * Whether it counts (signature, time, its issuer's path) is decided in revocation.c; CRLs are
 * made in certify/crl.c.
 */
#include <openssl/err.h>

#include "x509/cert_internal.h"

/* --- Reading ----------------------------------------------------------------------------- */

/* TBSCertList up to nextUpdate; libcrypto reads the rest. */
static yx_status read_to_be_signed(struct yx_crl *crl, struct yx_bytes outer_algorithm,
                                   struct yx_error *err)
{
    struct yx_der outer = yx_der_reader(crl->to_be_signed, "TBSCertList"), tbs;
    struct yx_bytes algorithm;
    YX_TRY(yx_der_enter(&outer, YX_DER_SEQUENCE, &tbs, err));
    if (yx_der_next_is(&tbs, YX_DER_INTEGER))
        YX_TRY(yx_der_get(&tbs, YX_DER_INTEGER, NULL, err));
    YX_TRY(yx_der_any(&tbs, NULL, NULL, &algorithm, err));
    YX_REQUIRE(yx_bytes_equal(algorithm, outer_algorithm), err, YX_DAMAGED, "RFC 5280 5.1.1.2",
               N_("the CRL names two different signature algorithms"));
    YX_TRY(yx_der_get(&tbs, YX_DER_SEQUENCE, NULL, err));
    YX_TRY(yx_der_time(&tbs, &crl->this_update, err));
    crl->next_update = YX_TIME_NONE;
    if (yx_der_next_is(&tbs, YX_DER_UTC_TIME) || yx_der_next_is(&tbs, YX_DER_GENERALIZED_TIME))
        YX_TRY(yx_der_time(&tbs, &crl->next_update, err));
    return YX_OK;
}

/* CertificateList ::= SEQUENCE { tbsCertList, signatureAlgorithm, signatureValue BIT STRING } */
static yx_status read_list(struct yx_crl *crl, struct yx_error *err)
{
    struct yx_der outer = yx_der_reader(yx_buf_bytes(&crl->der), "CertificateList"), sequence;
    struct yx_bytes algorithm_element, parameters;
    yx_oid oid;
    YX_TRY(yx_der_enter(&outer, YX_DER_SEQUENCE, &sequence, err));
    YX_TRY(yx_der_end(&outer, err));
    YX_TRY(yx_der_any(&sequence, NULL, NULL, &crl->to_be_signed, err));
    YX_TRY(yx_der_any(&sequence, NULL, NULL, &algorithm_element, err));
    YX_TRY(yx_der_bit_string(&sequence, &crl->signature, err));
    YX_TRY(yx_der_end(&sequence, err));

    struct yx_der algorithm = yx_der_reader(algorithm_element, "AlgorithmIdentifier");
    YX_TRY(yx_der_algorithm(&algorithm, &oid, &parameters, err));
    crl->algorithm = yx_signature_from_identifier(oid, parameters);
    return read_to_be_signed(crl, algorithm_element, err);
}

/* The extension decoded, NULL when absent; damaged when it is there and cannot be decoded. */
static yx_status get_extension(const X509_CRL *crl, int nid, void **out, struct yx_error *err)
{
    int state;
    *out = X509_CRL_get_ext_d2i(crl, nid, &state, NULL);
    YX_REQUIRE(*out != NULL || state == -1, err, YX_DAMAGED, "RFC 5280 5.2",
               N_("the extension {1} of the CRL is malformed"), OBJ_nid2sn(nid));
    return YX_OK;
}

static unsigned reason_mask(const ASN1_BIT_STRING *reasons)
{
    if (reasons == NULL)
        return YX_REASONS_ALL;
    unsigned mask = 0;
    for (int i = 0; i < 2 && i < reasons->length; i++)
        mask |= (unsigned)reasons->data[i] << 8 * i;
    return mask & YX_REASONS_ALL;
}

/* RFC 5280 5.2.5: at most one of the only... flags; the name relative to the issuer made whole. */
static yx_status read_scope(struct yx_crl *crl, struct yx_error *err)
{
    ISSUING_DIST_POINT *scope = crl->scope;
    crl->reasons = YX_REASONS_ALL;
    if (scope == NULL)
        return YX_OK;
    int only = (scope->onlyuser > 0) + (scope->onlyCA > 0) + (scope->onlyattr > 0);
    YX_REQUIRE(only <= 1, err, YX_DAMAGED, "RFC 5280 5.2.5",
               N_("the scope of the CRL contradicts itself"));
    crl->reasons = reason_mask(scope->onlysomereasons);
    if (scope->distpoint != NULL &&
        DIST_POINT_set_dpname(scope->distpoint, X509_CRL_get_issuer(crl->crl)) != 1)
        return yx_fail_memory(err);
    return YX_OK;
}

static yx_status read_extensions(struct yx_crl *crl, struct yx_error *err)
{
    void *scope, *issuer_key, *number, *base;
    YX_TRY(get_extension(crl->crl, NID_issuing_distribution_point, &scope, err));
    crl->scope = scope;
    YX_TRY(get_extension(crl->crl, NID_authority_key_identifier, &issuer_key, err));
    crl->issuer_key = issuer_key;
    YX_TRY(get_extension(crl->crl, NID_crl_number, &number, err));
    crl->number = number;
    YX_TRY(get_extension(crl->crl, NID_delta_crl, &base, err));
    crl->base = base;
    return read_scope(crl, err);
}

static bool is_known(const X509_EXTENSION *extension, const int *nids, size_t count)
{
    int nid = OBJ_obj2nid(X509_EXTENSION_get_object((X509_EXTENSION *)(uintptr_t)extension));
    for (size_t i = 0; i < count; i++)
        if (nids[i] == nid)
            return true;
    return false;
}

static bool has_unknown_critical(const STACK_OF(X509_EXTENSION) * extensions, const int *known,
                                 size_t count)
{
    for (int i = 0; i < sk_X509_EXTENSION_num(extensions); i++) {
        const X509_EXTENSION *extension = sk_X509_EXTENSION_value(extensions, i);
        if (X509_EXTENSION_get_critical(extension) && !is_known(extension, known, count))
            return true;
    }
    return false;
}

/* RFC 5280 5.2 and 5.3: a CRL with a critical extension that we cannot process must not be used. */
static void find_unknown_critical(struct yx_crl *crl)
{
    static const int of_list[] = {NID_issuing_distribution_point, NID_delta_crl,
                                  NID_authority_key_identifier, NID_crl_number};
    static const int of_entry[] = {NID_certificate_issuer, NID_crl_reason, NID_invalidity_date};
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl->crl);
    crl->unknown_critical = has_unknown_critical(X509_CRL_get0_extensions(crl->crl), of_list,
                                                 sizeof(of_list) / sizeof(of_list[0]));
    for (int i = 0; i < sk_X509_REVOKED_num(entries) && !crl->unknown_critical; i++)
        crl->unknown_critical =
            has_unknown_critical(X509_REVOKED_get0_extensions(sk_X509_REVOKED_value(entries, i)),
                                 of_entry, sizeof(of_entry) / sizeof(of_entry[0]));
}

static yx_status fill(struct yx_crl *crl, struct yx_bytes der, struct yx_error *err)
{
    if (yx_buf_append(&crl->der, der) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(read_list(crl, err));
    const uint8_t *p = crl->der.data;
    bool queue_is_empty = ERR_peek_error() == 0;
    crl->crl = d2i_X509_CRL(NULL, &p, (long)crl->der.len);
    if (crl->crl == NULL && queue_is_empty && yx_x509_out_of_memory())
        return yx_fail_memory(err);
    YX_REQUIRE(crl->crl != NULL && p == crl->der.data + crl->der.len, err, YX_DAMAGED,
               "RFC 5280 5.1", N_("the CRL is malformed"));
    YX_TRY(read_extensions(crl, err));
    find_unknown_critical(crl);

    /* The first look-up sorts the entries: now, while no other thread looks. */
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl->crl);
    X509_REVOKED *found;
    if (sk_X509_REVOKED_num(entries) > 0)
        X509_CRL_get0_by_serial(crl->crl, &found,
                                X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(entries, 0)));
    return YX_OK;
}

yx_status yx_crl_read(struct yx_bytes der, struct yx_crl **out, struct yx_error *err)
{
    YX_REQUIRE(der.len <= YX_CRL_MAX, err, YX_DAMAGED, "",
               N_("a CRL of {1} bytes is too long: at most {2} are read"), YX_NUM(der.len),
               YX_NUM(YX_CRL_MAX));
    YX_CLEAN(yx_crl) struct yx_crl *crl = calloc(1, sizeof(*crl));
    if (crl == NULL)
        return yx_fail_memory(err);
    atomic_init(&crl->owners, 1);
    ERR_set_mark();
    yx_status status = fill(crl, der, err);
    ERR_pop_to_mark();
    YX_TRY(status);
    *out = crl;
    crl = NULL;
    return YX_OK;
}

void yx_crl_free(struct yx_crl *crl)
{
    if (crl == NULL || atomic_fetch_sub(&crl->owners, 1) > 1)
        return;
    X509_CRL_free(crl->crl);
    ISSUING_DIST_POINT_free(crl->scope);
    AUTHORITY_KEYID_free(crl->issuer_key);
    ASN1_INTEGER_free(crl->number);
    ASN1_INTEGER_free(crl->base);
    yx_buf_free(&crl->der);
    free(crl);
}

/* --- Scope ------------------------------------------------------------------------------- */

static bool holds_directory_name(const GENERAL_NAMES *names, const X509_NAME *wanted)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_DIRNAME && X509_NAME_cmp(name->d.directoryName, wanted) == 0)
            return true;
    }
    return false;
}

static bool share_a_name(const GENERAL_NAMES *a, const GENERAL_NAMES *b)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(a); i++)
        for (int k = 0; k < sk_GENERAL_NAME_num(b); k++)
            if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(a, i), sk_GENERAL_NAME_value(b, k)) == 0)
                return true;
    return false;
}

/* In DIST_POINT_NAME type 0 is fullName, type 1 nameRelativeToCRLIssuer made whole in dpname. */
static bool same_point(const DIST_POINT_NAME *a, const DIST_POINT_NAME *b)
{
    if (a->type == 0 && b->type == 0)
        return share_a_name(a->name.fullname, b->name.fullname);
    if (a->type == 0)
        return b->dpname != NULL && holds_directory_name(a->name.fullname, b->dpname);
    if (b->type == 0)
        return a->dpname != NULL && holds_directory_name(b->name.fullname, a->dpname);
    return a->dpname != NULL && b->dpname != NULL && X509_NAME_cmp(a->dpname, b->dpname) == 0;
}

/* RFC 5280 6.3.3 b 2 i: the name of the point against the name in the CRL's scope. */
static bool point_matches(const struct yx_crl *crl, const DIST_POINT *point)
{
    const DIST_POINT_NAME *wanted = crl->scope != NULL ? crl->scope->distpoint : NULL;
    if (wanted == NULL)
        return true;
    if (point->distpoint != NULL)
        return same_point(wanted, point->distpoint);
    if (wanted->type == 0)
        return share_a_name(wanted->name.fullname, point->CRLissuer);
    return wanted->dpname != NULL && holds_directory_name(point->CRLissuer, wanted->dpname);
}

/* RFC 5280 6.3.3 b 1: the point names this CRL's issuer, or leaves it to the certificate's. */
static bool point_issuer_matches(const struct yx_crl *crl, const DIST_POINT *point, bool direct)
{
    if (point->CRLissuer == NULL)
        return direct;
    return holds_directory_name(point->CRLissuer, X509_CRL_get_issuer(crl->crl));
}

/* The reasons for which any distribution point of the certificate leads to this CRL; 0: none. */
static unsigned point_reasons(const struct yx_crl *crl, X509 *cert, bool direct)
{
    YX_CLEAN(dist_points)
    CRL_DIST_POINTS *points = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
    unsigned reasons = 0;
    for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
        DIST_POINT *point = sk_DIST_POINT_value(points, i);
        const X509_NAME *base =
            point->CRLissuer != NULL ? X509_CRL_get_issuer(crl->crl) : X509_get_issuer_name(cert);
        if (!point_issuer_matches(crl, point, direct))
            continue;
        if (point->distpoint != NULL && DIST_POINT_set_dpname(point->distpoint, base) != 1)
            continue;
        if (point_matches(crl, point))
            reasons |= reason_mask(point->reasons);
    }
    return reasons;
}

bool yx_crl_covers(const struct yx_crl *crl, X509 *cert, unsigned *reasons)
{
    const ISSUING_DIST_POINT *scope = crl->scope;
    bool ca = (X509_get_extension_flags(cert) & EXFLAG_CA) != 0;
    bool direct = X509_NAME_cmp(X509_get_issuer_name(cert), X509_CRL_get_issuer(crl->crl)) == 0;
    if (!direct && (scope == NULL || scope->indirectCRL <= 0))
        return false;
    if (scope != NULL &&
        (scope->onlyattr > 0 || (scope->onlyuser > 0 && ca) || (scope->onlyCA > 0 && !ca)))
        return false;

    unsigned through_points = point_reasons(crl, cert, direct);
    bool everything = direct && (scope == NULL || scope->distpoint == NULL);
    *reasons = crl->reasons & (everything ? YX_REASONS_ALL : through_points);
    return *reasons != 0;
}

/* --- Deltas ------------------------------------------------------------------------------ */

static bool same_extension(const X509_CRL *a, const X509_CRL *b, int nid)
{
    int at_a = X509_CRL_get_ext_by_NID(a, nid, -1);
    int at_b = X509_CRL_get_ext_by_NID(b, nid, -1);
    if (at_a < 0 || at_b < 0)
        return at_a < 0 && at_b < 0;
    return ASN1_OCTET_STRING_cmp(X509_EXTENSION_get_data(X509_CRL_get_ext(a, at_a)),
                                 X509_EXTENSION_get_data(X509_CRL_get_ext(b, at_b))) == 0;
}

/* Same issuer, key and scope; the base is no older than the delta asks for, and the delta newer. */
bool yx_crl_delta_fits(const struct yx_crl *delta, const struct yx_crl *base)
{
    return delta->base != NULL && base->base == NULL && delta->number != NULL &&
           base->number != NULL &&
           X509_NAME_cmp(X509_CRL_get_issuer(delta->crl), X509_CRL_get_issuer(base->crl)) == 0 &&
           same_extension(delta->crl, base->crl, NID_authority_key_identifier) &&
           same_extension(delta->crl, base->crl, NID_issuing_distribution_point) &&
           ASN1_INTEGER_cmp(delta->base, base->number) <= 0 &&
           ASN1_INTEGER_cmp(delta->number, base->number) > 0;
}
