/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certify/lint_extension.c - the part of the lint about extensions (RFC 5280 4.2, GB/T 20518):
 * which may be critical, what each must hold, and what they must say together. Names and URLs
 * inside them are in lint_general_name.c, policies and name constraints in lint_policy.c.
 */
#include "certify/lint.h"

#define EXTENSIONS_MAX 64

/* Places in the table of extensions below. */
enum place {
    AT_AUTHORITY_KEY,
    AT_SUBJECT_KEY,
    AT_KEY_USAGE,
    AT_ALT_NAME,
    AT_BASIC_CONSTRAINTS,
    AT_EXTENDED_USAGE,
    AT_CRL_POINTS,
    AT_AUTHORITY_INFO,
    AT_NO_CHECK,
    AT_POLICIES,
    AT_NAME_CONSTRAINTS,
    AT_FRESHEST_CRL,
    AT_IDENTIFY_CODE,
    AT_INSURANCE,
    AT_IC_REGISTRATION,
    AT_ORGANIZATION,
    AT_TAXATION,
    AT_COUNT
};

struct extension {
    bool present, critical;
    struct yx_bytes value;
};

/* What the extensions say. */
struct findings {
    struct extension known[AT_COUNT];
    struct yx_bytes authority_key; /* keyIdentifiers; empty when absent */
    struct yx_bytes subject_key;
    int key_usage; /* YX_KU_ bits; -1 when absent */
    bool ca;
    int64_t path_length; /* -1 when absent */
    bool time_stamping, ocsp_signing;
    unsigned extended_usages;
};

/* --- What each must hold ----------------------------------------------------------------- */

/* AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0], authorityCertIssuer [1],
 * authorityCertSerialNumber [2], all OPTIONAL } */
static yx_status read_authority_key(struct yx_der *value, struct findings *out,
                                    struct yx_error *err)
{
    struct yx_der sequence;
    YX_TRY(yx_der_enter(value, YX_DER_SEQUENCE, &sequence, err));
    YX_TRY(yx_der_get(&sequence, YX_DER_CONTEXT(0), &out->authority_key, err));
    while (!yx_der_at_end(&sequence))
        YX_TRY(yx_der_any(&sequence, NULL, NULL, NULL, err));
    return YX_OK;
}

static yx_status read_subject_key(struct yx_der *value, struct findings *out, struct yx_error *err)
{
    YX_TRY(yx_der_get(value, YX_DER_OCTET_STRING, &out->subject_key, err));
    YX_REQUIRE(out->subject_key.len > 0, err, YX_REFUSED, "RFC 5280 4.2.1.2",
               N_("the subjectKeyIdentifier is empty"));
    return YX_OK;
}

/* A named bit list: X.690 11.2.2 leaves no zero bit at its end. */
static yx_status read_key_usage(struct yx_der *value, struct findings *out, struct yx_error *err)
{
    struct yx_bytes bits;
    YX_TRY(yx_der_get(value, YX_DER_BIT_STRING, &bits, err));
    YX_REQUIRE(bits.len >= 2 && bits.len <= 3 && bits.data[0] <= 7, err, YX_REFUSED,
               "RFC 5280 4.2.1.3", N_("the keyUsage extension names no use; set at least one bit"));
    uint8_t last = bits.data[bits.len - 1];
    YX_REQUIRE((last >> bits.data[0] & 1) == 1 && (last & ((1u << bits.data[0]) - 1)) == 0, err,
               YX_REFUSED, "X.690 11.2.2",
               N_("the keyUsage extension is not encoded in its shortest form"));
    out->key_usage = 0;
    for (unsigned bit = 0; bit < 8 * (bits.len - 1); bit++)
        if (bits.data[1 + bit / 8] & (0x80u >> bit % 8))
            out->key_usage |= 1 << bit;
    return YX_OK;
}

static yx_status read_alt_name(struct yx_der *value, struct findings *out, struct yx_error *err)
{
    (void)out;
    struct yx_bytes names;
    YX_TRY(yx_der_get(value, YX_DER_SEQUENCE, &names, err));
    return yx_lint_subject_alt_names(names, err);
}

static yx_status read_basic_constraints(struct yx_der *value, struct findings *out,
                                        struct yx_error *err)
{
    struct yx_der sequence;
    YX_TRY(yx_der_enter(value, YX_DER_SEQUENCE, &sequence, err));
    if (yx_der_next_is(&sequence, YX_DER_BOOLEAN)) {
        YX_TRY(yx_der_bool(&sequence, &out->ca, err));
        YX_REQUIRE(out->ca, err, YX_REFUSED, "X.690 11.5",
                   N_("basicConstraints spells out cA FALSE, which DER leaves out"));
    }
    if (yx_der_next_is(&sequence, YX_DER_INTEGER)) {
        YX_TRY(yx_der_int(&sequence, &out->path_length, err));
        YX_REQUIRE(out->path_length >= 0, err, YX_REFUSED, "RFC 5280 4.2.1.9",
                   N_("the path length of basicConstraints is negative"));
    }
    return yx_der_end(&sequence, err);
}

static yx_status read_extended_usage(struct yx_der *value, struct findings *out,
                                     struct yx_error *err)
{
    struct yx_der sequence;
    YX_TRY(yx_der_enter(value, YX_DER_SEQUENCE, &sequence, err));
    YX_REQUIRE(!yx_der_at_end(&sequence), err, YX_REFUSED, "RFC 5280 4.2.1.12",
               N_("the extendedKeyUsage extension is empty; leave it out"));
    while (!yx_der_at_end(&sequence)) {
        yx_oid usage;
        YX_TRY(yx_der_oid(&sequence, &usage, err));
        out->time_stamping |= usage == YX_OID_KP_TIME_STAMPING;
        out->ocsp_signing |= usage == YX_OID_KP_OCSP_SIGNING;
        out->extended_usages++;
    }
    return YX_OK;
}

/* DistributionPoint ::= SEQUENCE { distributionPoint [0] EXPLICIT { fullName [0] GeneralNames } }:
 * the form with a whole URL; the others are for directories that nobody runs here. */
static yx_status read_crl_points(struct yx_der *value, struct findings *out, struct yx_error *err)
{
    (void)out;
    struct yx_der points;
    YX_TRY(yx_der_enter(value, YX_DER_SEQUENCE, &points, err));
    do {
        struct yx_der point, name, full_name;
        YX_TRY(yx_der_enter(&points, YX_DER_SEQUENCE, &point, err));
        YX_TRY(yx_der_enter(&point, YX_DER_CONTEXT_CONSTRUCTED(0), &name, err));
        YX_TRY(yx_der_end(&point, err));
        YX_TRY(yx_der_enter(&name, YX_DER_CONTEXT_CONSTRUCTED(0), &full_name, err));
        YX_TRY(yx_der_end(&name, err));
        do {
            struct yx_bytes url;
            YX_TRY(yx_der_get(&full_name, YX_DER_CONTEXT(6), &url, err));
            YX_TRY(yx_lint_url(url, err));
        } while (!yx_der_at_end(&full_name));
    } while (!yx_der_at_end(&points));
    return YX_OK;
}

/* AccessDescription ::= SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName } */
static yx_status read_authority_info(struct yx_der *value, struct findings *out,
                                     struct yx_error *err)
{
    (void)out;
    struct yx_der list;
    YX_TRY(yx_der_enter(value, YX_DER_SEQUENCE, &list, err));
    do {
        struct yx_der access;
        struct yx_bytes method, url;
        YX_TRY(yx_der_enter(&list, YX_DER_SEQUENCE, &access, err));
        YX_TRY(yx_der_oid_bytes(&access, &method, err));
        YX_TRY(yx_der_get(&access, YX_DER_CONTEXT(6), &url, err));
        YX_TRY(yx_der_end(&access, err));
        YX_TRY(yx_lint_url(url, err));
    } while (!yx_der_at_end(&list));
    return YX_OK;
}

static yx_status read_no_check(struct yx_der *value, struct findings *out, struct yx_error *err)
{
    (void)out;
    struct yx_bytes content;
    YX_TRY(yx_der_get(value, YX_DER_NULL, &content, err));
    YX_REQUIRE(content.len == 0, err, YX_REFUSED, "RFC 6960 4.2.2.2.1",
               N_("the value of id-pkix-ocsp-nocheck must be NULL"));
    return YX_OK;
}

static yx_status read_policies(struct yx_der *value, struct findings *out, struct yx_error *err)
{
    (void)out;
    return yx_lint_policies(value, err);
}

static yx_status read_name_constraints(struct yx_der *value, struct findings *out,
                                       struct yx_error *err)
{
    (void)out;
    return yx_lint_name_constraints(value, err);
}

static yx_status read_identify_code(struct yx_der *value, struct findings *out,
                                    struct yx_error *err)
{
    (void)out;
    return yx_lint_identify_code(value, err);
}

static yx_status read_identity_number(struct yx_der *value, struct findings *out,
                                      struct yx_error *err)
{
    (void)out;
    return yx_lint_identity_number(value, err);
}

enum criticality { EITHER, NEVER, ALWAYS };

static const struct extension_rule {
    yx_oid oid;
    enum criticality criticality;
    const char *rule;
    yx_status (*read)(struct yx_der *value, struct findings *out, struct yx_error *err);
} extension_rules[AT_COUNT] = {
    [AT_AUTHORITY_KEY] = {YX_OID_AUTHORITY_KEY_IDENTIFIER, NEVER, "RFC 5280 4.2.1.1",
                          read_authority_key},
    [AT_SUBJECT_KEY] = {YX_OID_SUBJECT_KEY_IDENTIFIER, NEVER, "RFC 5280 4.2.1.2", read_subject_key},
    [AT_KEY_USAGE] = {YX_OID_KEY_USAGE, ALWAYS, "RFC 5280 4.2.1.3", read_key_usage},
    [AT_ALT_NAME] = {YX_OID_SUBJECT_ALT_NAME, EITHER, "RFC 5280 4.2.1.6", read_alt_name},
    [AT_BASIC_CONSTRAINTS] = {YX_OID_BASIC_CONSTRAINTS, EITHER, "RFC 5280 4.2.1.9",
                              read_basic_constraints},
    [AT_EXTENDED_USAGE] = {YX_OID_EXTENDED_KEY_USAGE, EITHER, "RFC 5280 4.2.1.12",
                           read_extended_usage},
    [AT_CRL_POINTS] = {YX_OID_CRL_DISTRIBUTION_POINTS, NEVER, "RFC 5280 4.2.1.13", read_crl_points},
    [AT_AUTHORITY_INFO] = {YX_OID_AUTHORITY_INFO_ACCESS, NEVER, "RFC 5280 4.2.2.1",
                           read_authority_info},
    [AT_NO_CHECK] = {YX_OID_OCSP_NOCHECK, NEVER, "RFC 6960 4.2.2.2.1", read_no_check},
    [AT_POLICIES] = {YX_OID_CERTIFICATE_POLICIES, EITHER, "RFC 5280 4.2.1.4", read_policies},
    [AT_NAME_CONSTRAINTS] = {YX_OID_NAME_CONSTRAINTS, ALWAYS, "RFC 5280 4.2.1.10",
                             read_name_constraints},
    [AT_FRESHEST_CRL] = {YX_OID_FRESHEST_CRL, NEVER, "RFC 5280 4.2.1.15", read_crl_points},
#define IDENTITY "GM/T 0015, identity extensions"
    [AT_IDENTIFY_CODE] = {YX_OID_IDENTIFY_CODE, NEVER, IDENTITY, read_identify_code},
    [AT_INSURANCE] = {YX_OID_INSURANCE_NUMBER, NEVER, IDENTITY, read_identity_number},
    [AT_IC_REGISTRATION] = {YX_OID_IC_REGISTRATION_NUMBER, NEVER, IDENTITY, read_identity_number},
    [AT_ORGANIZATION] = {YX_OID_ORGANIZATION_CODE, NEVER, IDENTITY, read_identity_number},
    [AT_TAXATION] = {YX_OID_TAXATION_NUMBER, NEVER, IDENTITY, read_identity_number},
};

/* --- Reading the list -------------------------------------------------------------------- */

struct raw_extension {
    struct yx_bytes oid, value;
    bool critical;
};

/* Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE,
 * extnValue OCTET STRING } */
static yx_status read_extension(struct yx_der *list, struct raw_extension *out,
                                struct yx_error *err)
{
    struct yx_der sequence;
    *out = (struct raw_extension){0};
    YX_TRY(yx_der_enter(list, YX_DER_SEQUENCE, &sequence, err));
    YX_TRY(yx_der_oid_bytes(&sequence, &out->oid, err));
    if (yx_der_next_is(&sequence, YX_DER_BOOLEAN)) {
        YX_TRY(yx_der_bool(&sequence, &out->critical, err));
        YX_REQUIRE(out->critical, err, YX_REFUSED, "X.690 11.5",
                   N_("an extension spells out critical FALSE, which DER leaves out"));
    }
    YX_TRY(yx_der_get(&sequence, YX_DER_OCTET_STRING, &out->value, err));
    return yx_der_end(&sequence, err);
}

static enum place find_known(struct yx_bytes oid_bytes)
{
    yx_oid oid = yx_oid_find(oid_bytes);
    unsigned index = 0;
    while (index < AT_COUNT && extension_rules[index].oid != oid)
        index++;
    return (enum place)index;
}

static yx_status check_criticality(const struct extension_rule *rule, bool critical,
                                   struct yx_error *err)
{
    YX_REQUIRE(!(critical && rule->criticality == NEVER), err, YX_REFUSED, rule->rule,
               N_("the extension {1} must not be critical"), yx_oid_name(rule->oid));
    YX_REQUIRE(!(!critical && rule->criticality == ALWAYS), err, YX_REFUSED, rule->rule,
               N_("the extension {1} must be critical"), yx_oid_name(rule->oid));
    return YX_OK;
}

static yx_status take_extension(const struct raw_extension *raw, struct findings *out,
                                struct yx_error *err)
{
    char dotted[YX_OID_TEXT];
    yx_oid_to_dotted(raw->oid, dotted);
    enum place index = find_known(raw->oid);
    if (index == AT_COUNT) {
        YX_REQUIRE(!raw->critical, err, YX_REFUSED, "RFC 5280 4.2",
                   N_("the extension {1} is critical and nobody here knows it"), dotted);
        return YX_OK;
    }
    YX_TRY(check_criticality(&extension_rules[index], raw->critical, err));
    out->known[index] = (struct extension){true, raw->critical, raw->value};
    struct yx_der value = yx_der_reader(raw->value, yx_oid_name(extension_rules[index].oid));
    YX_TRY(extension_rules[index].read(&value, out, err));
    return yx_der_end(&value, err);
}

static yx_status read_extensions(struct yx_bytes extensions, struct findings *out,
                                 struct yx_error *err)
{
    struct yx_bytes seen[EXTENSIONS_MAX];
    struct yx_der list = yx_der_reader(extensions, "Extensions");
    *out = (struct findings){.key_usage = -1, .path_length = -1};
    for (size_t count = 0; !yx_der_at_end(&list); count++) {
        YX_REQUIRE(count < EXTENSIONS_MAX, err, YX_REFUSED, "RFC 5280 4.2",
                   N_("the certificate has more than {1} extensions"), YX_NUM(EXTENSIONS_MAX));
        struct raw_extension raw;
        YX_TRY(read_extension(&list, &raw, err));
        for (size_t i = 0; i < count; i++)
            YX_REQUIRE(!yx_bytes_equal(seen[i], raw.oid), err, YX_REFUSED, "RFC 5280 4.2",
                       N_("an extension stands twice; each may stand once"));
        seen[count] = raw.oid;
        YX_TRY(take_extension(&raw, out, err));
    }
    return YX_OK;
}

/* --- What they must say together --------------------------------------------------------- */

static yx_status check_ca(const struct findings *f, struct yx_error *err)
{
    bool signs_certificates = f->key_usage >= 0 && (f->key_usage & YX_KU_KEY_CERT_SIGN);
    YX_REQUIRE(f->ca || !signs_certificates, err, YX_REFUSED, "RFC 5280 4.2.1.3",
               N_("keyCertSign is for CAs only; basicConstraints does not say CA"));
    YX_REQUIRE(f->ca || f->path_length < 0, err, YX_REFUSED, "RFC 5280 4.2.1.9",
               N_("a path length is for CAs only; basicConstraints does not say CA"));
    YX_REQUIRE(f->ca || !f->known[AT_NAME_CONSTRAINTS].present, err, YX_REFUSED,
               "RFC 5280 4.2.1.10",
               N_("nameConstraints are for CAs only; basicConstraints does not say CA"));
    if (!f->ca)
        return YX_OK;
    YX_REQUIRE(f->known[AT_BASIC_CONSTRAINTS].critical, err, YX_REFUSED, "RFC 5280 4.2.1.9",
               N_("basicConstraints of a CA must be critical"));
    YX_REQUIRE(signs_certificates, err, YX_REFUSED, "RFC 5280 4.2.1.3",
               N_("a CA certificate must have keyUsage with keyCertSign"));
    YX_REQUIRE(f->subject_key.len > 0, err, YX_REFUSED, "RFC 5280 4.2.1.2",
               N_("a CA certificate must have a subjectKeyIdentifier"));
    return YX_OK;
}

/* Uses that a key of this type cannot serve. */
static const struct {
    yx_key_type type;
    int forbidden;
    const char *rule;
} key_uses[] = {
    {YX_KEY_RSA, YX_KU_KEY_AGREEMENT, "RFC 3279 2.3.1"},
    {YX_KEY_P256, YX_KU_KEY_ENCIPHERMENT | YX_KU_DATA_ENCIPHERMENT, "RFC 8813 3"},
    {YX_KEY_P384, YX_KU_KEY_ENCIPHERMENT | YX_KU_DATA_ENCIPHERMENT, "RFC 8813 3"},
    {YX_KEY_ED25519, YX_KU_KEY_ENCIPHERMENT | YX_KU_DATA_ENCIPHERMENT | YX_KU_KEY_AGREEMENT,
     "RFC 8410 5"},
};

/* A key centre keeps a copy of encryption keys, never of signing keys: one SM2 key must not serve
 * for both. */
static yx_status check_twins(const struct yx_tbs *tbs, const struct findings *f,
                             struct yx_error *err)
{
    const int signing = YX_KU_DIGITAL_SIGNATURE | YX_KU_NON_REPUDIATION;
    const int encryption = YX_KU_KEY_ENCIPHERMENT | YX_KU_DATA_ENCIPHERMENT | YX_KU_KEY_AGREEMENT;
    bool both = f->key_usage >= 0 && (f->key_usage & signing) && (f->key_usage & encryption);
    YX_REQUIRE(!both || yx_public_key_type(tbs->key) != YX_KEY_SM2, err, YX_REFUSED,
               "GB/T 25056, signing and encryption keys",
               N_("an SM2 key signs or encrypts, never both: issue two certificates"));
    return YX_OK;
}

static yx_status check_usage(const struct yx_tbs *tbs, const struct findings *f,
                             struct yx_error *err)
{
    for (size_t i = 0; i < sizeof key_uses / sizeof *key_uses; i++)
        YX_REQUIRE(f->key_usage < 0 || key_uses[i].type != yx_public_key_type(tbs->key) ||
                       !(f->key_usage & key_uses[i].forbidden),
                   err, YX_REFUSED, key_uses[i].rule,
                   N_("the keyUsage names a use that a key of this type cannot serve"));
    YX_REQUIRE(!f->time_stamping ||
                   (f->known[AT_EXTENDED_USAGE].critical && f->extended_usages == 1),
               err, YX_REFUSED, "RFC 3161 2.3",
               N_("timeStamping must be the only extended usage, and critical"));
    YX_REQUIRE(!f->known[AT_NO_CHECK].present || f->ocsp_signing, err, YX_REFUSED,
               "RFC 6960 4.2.2.2.1",
               N_("id-pkix-ocsp-nocheck is for OCSP responders only: OCSPSigning is missing"));
    return YX_OK;
}

static yx_status check_authority_key(const struct findings *f, const struct yx_cert *issuer,
                                     struct yx_error *err)
{
    YX_REQUIRE(!issuer || f->authority_key.len > 0, err, YX_REFUSED, "RFC 5280 4.2.1.1",
               N_("authorityKeyIdentifier is missing; only self-signed certificates may leave it "
                  "out"));
    if (f->authority_key.len == 0)
        return YX_OK;
    YX_CLEAN(yx_buf) struct yx_buf issuer_key = {0};
    if (issuer)
        YX_TRY(yx_issuer_key_identifier(issuer, &issuer_key, err));
    struct yx_bytes expected = issuer ? yx_buf_bytes(&issuer_key) : f->subject_key;
    YX_REQUIRE(yx_bytes_equal(f->authority_key, expected), err, YX_REFUSED, "RFC 5280 4.2.1.1",
               N_("authorityKeyIdentifier is not the subjectKeyIdentifier of the issuer"));
    return YX_OK;
}

/* May a CA stand below the issuer? */
static yx_status check_issuer_path(const struct findings *f, const struct yx_cert *issuer,
                                   struct yx_error *err)
{
    if (!issuer)
        return YX_OK;
    YX_REQUIRE(!f->ca || yx_cert_may_have_ca_below(issuer), err, YX_REFUSED, "RFC 5280 4.2.1.9",
               N_("{1} may not issue CA certificates: its path length is 0"),
               yx_cert_subject(issuer));
    return YX_OK;
}

yx_status yx_lint_extensions(const struct yx_tbs *tbs, const struct yx_cert *issuer,
                             struct yx_error *err)
{
    struct findings f;
    YX_REQUIRE(!tbs->has_extensions || tbs->extensions.len > 0, err, YX_REFUSED, "RFC 5280 4.1",
               N_("the list of extensions is empty; leave it out"));
    YX_TRY(read_extensions(tbs->extensions, &f, err));
    YX_TRY(check_ca(&f, err));
    YX_TRY(check_usage(tbs, &f, err));
    YX_TRY(check_twins(tbs, &f, err));
    YX_TRY(check_authority_key(&f, issuer, err));
    return check_issuer_path(&f, issuer, err);
}
