/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certify/make_extension.c - writes extensions (RFC 5280 4.2, GM/T 0015): those of certificates,
 * and the pieces that CRLs have in common with them. Whether they are right is said by the lint.
 */
#include "certify/make.h"

void yx_put_authority_key_identifier(struct yx_der_writer *writer, struct yx_bytes identifier)
{
    struct yx_extension_marks marks =
        yx_extension_begin(writer, YX_OID_AUTHORITY_KEY_IDENTIFIER, false);
    size_t sequence = yx_der_begin(writer, YX_DER_SEQUENCE);
    yx_der_put(writer, YX_DER_CONTEXT(0), identifier);
    yx_der_close(writer, sequence);
    yx_extension_close(writer, marks);
}

/* --- Extensions of a certificate (RFC 5280 4.2) ------------------------------------------ */

static void put_subject_key_identifier(struct yx_der_writer *w, struct yx_bytes identifier)
{
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_SUBJECT_KEY_IDENTIFIER, false);
    yx_der_put(w, YX_DER_OCTET_STRING, identifier);
    yx_extension_close(w, marks);
}

/*
 * KeyUsage ::= BIT STRING { digitalSignature (0), ... }: a list of named bits, so X.690 11.2.2
 * drops the zero bits at its end. YX_KU_ bit n is the n-th bit from the left; all fit one octet.
 */
static void put_key_usage(struct yx_der_writer *w, int key_usage)
{
    uint8_t octets[2] = {7, 0};
    for (unsigned bit = 0; bit < 7; bit++)
        if (key_usage & (1 << bit)) {
            octets[0] = (uint8_t)(7 - bit);
            octets[1] |= (uint8_t)(0x80u >> bit);
        }
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_KEY_USAGE, true);
    yx_der_put(w, YX_DER_BIT_STRING, YX_BYTES(octets, sizeof octets));
    yx_extension_close(w, marks);
}

/* The tags of GeneralName (RFC 5280 4.2.1.6). directoryName is EXPLICIT, because Name is a CHOICE.
 */
static const uint8_t name_tags[] = {
    [YX_NAME_OTHER] = 0,
    [YX_NAME_EMAIL] = YX_DER_CONTEXT(1),
    [YX_NAME_DNS] = YX_DER_CONTEXT(2),
    [YX_NAME_DIRECTORY] = YX_DER_CONTEXT_CONSTRUCTED(4),
    [YX_NAME_URI] = YX_DER_CONTEXT(6),
    [YX_NAME_IP] = YX_DER_CONTEXT(7),
};

static void put_general_name(struct yx_der_writer *w, const struct yx_general_name *name)
{
    yx_der_put(w, name_tags[name->form], name->value);
}

yx_status yx_general_name_next(struct yx_der *names, struct yx_general_name *out,
                               struct yx_error *err)
{
    uint8_t tag;
    YX_TRY(yx_der_any(names, &tag, &out->value, NULL, err));
    out->form = YX_NAME_OTHER;
    for (size_t i = 1; i < sizeof name_tags; i++)
        if (name_tags[i] == tag)
            out->form = (yx_name_form)i;
    return YX_OK;
}

/* SubjectAltName ::= SEQUENCE OF GeneralName; not critical, since there always is a subject. */
static void put_alt_names(struct yx_der_writer *w, const struct yx_cert_template *t)
{
    if (!t->dns_name && t->alt_name_count == 0)
        return;
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_SUBJECT_ALT_NAME, false);
    size_t names = yx_der_begin(w, YX_DER_SEQUENCE);
    if (t->dns_name)
        yx_der_put(w, YX_DER_CONTEXT(2), YX_TEXT(t->dns_name));
    for (size_t i = 0; i < t->alt_name_count; i++)
        put_general_name(w, &t->alt_names[i]);
    yx_der_close(w, names);
    yx_extension_close(w, marks);
}

/* BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL } */
static void put_basic_constraints(struct yx_der_writer *w, int path_length)
{
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_BASIC_CONSTRAINTS, true);
    size_t sequence = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_bool(w, true);
    if (path_length >= 0)
        yx_der_put_int(w, path_length);
    yx_der_close(w, sequence);
    yx_extension_close(w, marks);
}

static void put_extended_usage(struct yx_der_writer *w, const yx_oid *usages, bool critical)
{
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_EXTENDED_KEY_USAGE, critical);
    size_t sequence = yx_der_begin(w, YX_DER_SEQUENCE);
    for (; *usages != YX_OID_UNKNOWN; usages++)
        yx_der_put_oid(w, *usages);
    yx_der_close(w, sequence);
    yx_extension_close(w, marks);
}

/*
 * CRLDistributionPoints ::= SEQUENCE OF DistributionPoint
 * DistributionPoint ::= SEQUENCE { distributionPoint [0] EXPLICIT { fullName [0] GeneralNames } }
 */
void yx_put_point_name(struct yx_der_writer *w, const char *url)
{
    size_t name = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(0));
    size_t full_name = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(0));
    yx_der_put(w, YX_DER_CONTEXT(6), YX_TEXT(url));
    yx_der_close(w, full_name);
    yx_der_close(w, name);
}

static void put_point(struct yx_der_writer *w, const char *url)
{
    size_t point = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_put_point_name(w, url);
    yx_der_close(w, point);
}

void yx_put_freshest_crl(struct yx_der_writer *w, const char *url)
{
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_FRESHEST_CRL, false);
    size_t points = yx_der_begin(w, YX_DER_SEQUENCE);
    put_point(w, url);
    yx_der_close(w, points);
    yx_extension_close(w, marks);
}

static void put_crl_points(struct yx_der_writer *w, const struct yx_cert_template *t)
{
    const char *const *url = t->crl_urls;
    if (!t->crl_url && !(url && *url))
        return;
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_CRL_DISTRIBUTION_POINTS, false);
    size_t points = yx_der_begin(w, YX_DER_SEQUENCE);
    if (t->crl_url)
        put_point(w, t->crl_url);
    for (; url && *url; url++)
        put_point(w, *url);
    yx_der_close(w, points);
    yx_extension_close(w, marks);
}

/*
 * PolicyInformation ::= SEQUENCE { policyIdentifier, policyQualifiers SEQUENCE OF SEQUENCE {
 *     policyQualifierId (id-qt-cps), qualifier IA5String } OPTIONAL }
 */
static void put_policy(struct yx_der_writer *w, const struct yx_policy *policy)
{
    size_t information = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put(w, YX_DER_OID, policy->oid);
    if (policy->cps_url) {
        size_t qualifiers = yx_der_begin(w, YX_DER_SEQUENCE);
        size_t qualifier = yx_der_begin(w, YX_DER_SEQUENCE);
        yx_der_put_oid(w, YX_OID_QT_CPS);
        yx_der_put_text(w, YX_DER_IA5_STRING, policy->cps_url);
        yx_der_close(w, qualifier);
        yx_der_close(w, qualifiers);
    }
    yx_der_close(w, information);
}

static void put_policies(struct yx_der_writer *w, const struct yx_cert_template *t)
{
    if (t->policy_count == 0)
        return;
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_CERTIFICATE_POLICIES, false);
    size_t list = yx_der_begin(w, YX_DER_SEQUENCE);
    for (size_t i = 0; i < t->policy_count; i++)
        put_policy(w, &t->policies[i]);
    yx_der_close(w, list);
    yx_extension_close(w, marks);
}

/* GeneralSubtrees ::= SEQUENCE OF SEQUENCE { base GeneralName, minimum 0 left out } */
static void put_subtrees(struct yx_der_writer *w, unsigned tag, const struct yx_general_name *names,
                         size_t count)
{
    if (count == 0)
        return;
    size_t list = yx_der_begin(w, (uint8_t)YX_DER_CONTEXT_CONSTRUCTED(tag));
    for (size_t i = 0; i < count; i++) {
        size_t subtree = yx_der_begin(w, YX_DER_SEQUENCE);
        put_general_name(w, &names[i]);
        yx_der_close(w, subtree);
    }
    yx_der_close(w, list);
}

/* NameConstraints ::= SEQUENCE { permittedSubtrees [0], excludedSubtrees [1], both OPTIONAL } */
static void put_name_constraints(struct yx_der_writer *w, const struct yx_cert_template *t)
{
    if (t->permitted_count == 0 && t->excluded_count == 0)
        return;
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_NAME_CONSTRAINTS, true);
    size_t sequence = yx_der_begin(w, YX_DER_SEQUENCE);
    put_subtrees(w, 0, t->permitted, t->permitted_count);
    put_subtrees(w, 1, t->excluded, t->excluded_count);
    yx_der_close(w, sequence);
    yx_extension_close(w, marks);
}

/*
 * IdentifyCode ::= CHOICE { residenterCardNumber [0] PrintableString,
 *     militaryOfficerCardNumber [1] UTF8String, passportNumber [2] PrintableString }
 * GM/T 0015 does not say how the tags are meant; the field writes them EXPLICIT.
 */
static void put_identify_code(struct yx_der_writer *w, const struct yx_identity *identity)
{
    const struct {
        const char *value;
        uint8_t tag, type;
    } choices[] = {
        {identity->resident_card, YX_DER_CONTEXT_CONSTRUCTED(0), YX_DER_PRINTABLE_STRING},
        {identity->officer_card, YX_DER_CONTEXT_CONSTRUCTED(1), YX_DER_UTF8_STRING},
        {identity->passport, YX_DER_CONTEXT_CONSTRUCTED(2), YX_DER_PRINTABLE_STRING},
    };
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        if (!choices[i].value)
            continue;
        struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_IDENTIFY_CODE, false);
        size_t choice = yx_der_begin(w, choices[i].tag);
        yx_der_put_text(w, choices[i].type, choices[i].value);
        yx_der_close(w, choice);
        yx_extension_close(w, marks);
    }
}

/* The others are a PrintableString each. */
static void put_identity(struct yx_der_writer *w, const struct yx_identity *identity)
{
    const struct {
        yx_oid oid;
        const char *value;
    } numbers[] = {
        {YX_OID_INSURANCE_NUMBER, identity->insurance},
        {YX_OID_IC_REGISTRATION_NUMBER, identity->ic_registration},
        {YX_OID_ORGANIZATION_CODE, identity->organization},
        {YX_OID_TAXATION_NUMBER, identity->taxation},
    };
    put_identify_code(w, identity);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (!numbers[i].value)
            continue;
        struct yx_extension_marks marks = yx_extension_begin(w, numbers[i].oid, false);
        yx_der_put_text(w, YX_DER_PRINTABLE_STRING, numbers[i].value);
        yx_extension_close(w, marks);
    }
}

/* AccessDescription ::= SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName } */
static void put_access(struct yx_der_writer *w, yx_oid method, const char *url)
{
    if (!url)
        return;
    size_t sequence = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_oid(w, method);
    yx_der_put(w, YX_DER_CONTEXT(6), YX_TEXT(url));
    yx_der_close(w, sequence);
}

static void put_authority_info(struct yx_der_writer *w, const struct yx_cert_template *t)
{
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_AUTHORITY_INFO_ACCESS, false);
    size_t list = yx_der_begin(w, YX_DER_SEQUENCE);
    put_access(w, YX_OID_AD_OCSP, t->ocsp_url);
    put_access(w, YX_OID_AD_CA_ISSUERS, t->issuer_url);
    yx_der_close(w, list);
    yx_extension_close(w, marks);
}

/* id-pkix-ocsp-nocheck: its value is NULL (RFC 6960 4.2.2.2.1). */
static void put_ocsp_nocheck(struct yx_der_writer *w)
{
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_OCSP_NOCHECK, false);
    yx_der_put(w, YX_DER_NULL, YX_BYTES(NULL, 0));
    yx_extension_close(w, marks);
}

/* In the order in which RFC 5280 4.2 describes them. */
void yx_put_extensions(struct yx_der_writer *w, const struct yx_cert_template *t,
                       struct yx_bytes authority_key, struct yx_bytes subject_key)
{
    size_t tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(3));
    size_t list = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_put_authority_key_identifier(w, authority_key);
    put_subject_key_identifier(w, subject_key);
    if (t->key_usage)
        put_key_usage(w, t->key_usage);
    put_policies(w, t);
    put_alt_names(w, t);
    if (t->ca)
        put_basic_constraints(w, t->path_length);
    put_name_constraints(w, t);
    if (t->extended_usage)
        put_extended_usage(w, t->extended_usage, t->extended_usage_critical);
    put_crl_points(w, t);
    if (t->freshest_url)
        yx_put_freshest_crl(w, t->freshest_url);
    if (t->ocsp_url || t->issuer_url)
        put_authority_info(w, t);
    if (t->ocsp_nocheck)
        put_ocsp_nocheck(w);
    put_identity(w, &t->identity);
    if (t->copied.len > 0)
        yx_der_put_raw(w, t->copied);
    yx_der_close(w, list);
    yx_der_close(w, tagged);
}
