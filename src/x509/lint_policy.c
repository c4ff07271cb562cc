/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/lint_policy.c - the part of the lint about policies, name constraints (RFC 5280 4.2.1.4,
 * 4.2.1.10), and the numbers of persons and units of GM/T 0015.
 */
#include <openssl/err.h>

#include "x509/cert_internal.h"
#include "x509/lint.h"

YX_DEFINE_CLEAN(name_constraints, NAME_CONSTRAINTS *, NAME_CONSTRAINTS_free);

/* --- Policies ---------------------------------------------------------------------------- */

#define POLICIES_MAX 64

/* PolicyQualifierInfo ::= SEQUENCE { policyQualifierId, qualifier ANY }: a CPS is a URL to be read,
 * a notice passes as it is. */
static yx_status check_qualifier(struct yx_der *qualifiers, struct yx_error *err)
{
    struct yx_der qualifier;
    struct yx_bytes oid_bytes, url;
    YX_TRY(yx_der_enter(qualifiers, YX_DER_SEQUENCE, &qualifier, err));
    YX_TRY(yx_der_oid_bytes(&qualifier, &oid_bytes, err));
    yx_oid oid = yx_oid_find(oid_bytes);
    YX_REQUIRE(oid == YX_OID_QT_CPS || oid == YX_OID_QT_UNOTICE, err, YX_REFUSED,
               "RFC 5280 4.2.1.4",
               N_("a policy has a qualifier that is neither a CPS nor a notice"));
    if (oid == YX_OID_QT_UNOTICE) {
        YX_TRY(yx_der_any(&qualifier, NULL, NULL, NULL, err));
        return yx_der_end(&qualifier, err);
    }
    YX_TRY(yx_der_get(&qualifier, YX_DER_IA5_STRING, &url, err));
    YX_TRY(yx_lint_url(url, err));
    return yx_der_end(&qualifier, err);
}

static yx_status check_policy(struct yx_der *list, struct yx_bytes *oid, struct yx_error *err)
{
    struct yx_der information, qualifiers;
    YX_TRY(yx_der_enter(list, YX_DER_SEQUENCE, &information, err));
    YX_TRY(yx_der_oid_bytes(&information, oid, err));
    if (yx_der_at_end(&information))
        return YX_OK;
    YX_TRY(yx_der_enter(&information, YX_DER_SEQUENCE, &qualifiers, err));
    do
        YX_TRY(check_qualifier(&qualifiers, err));
    while (!yx_der_at_end(&qualifiers));
    return yx_der_end(&information, err);
}

yx_status yx_lint_policies(struct yx_der *value, struct yx_error *err)
{
    struct yx_bytes seen[POLICIES_MAX];
    struct yx_der list;
    YX_TRY(yx_der_enter(value, YX_DER_SEQUENCE, &list, err));
    YX_REQUIRE(!yx_der_at_end(&list), err, YX_REFUSED, "RFC 5280 4.2.1.4",
               N_("the certificatePolicies extension is empty; leave it out"));
    for (size_t count = 0; !yx_der_at_end(&list); count++) {
        YX_REQUIRE(count < POLICIES_MAX, err, YX_REFUSED, "RFC 5280 4.2.1.4",
                   N_("the certificate has more than {1} policies"), YX_NUM(POLICIES_MAX));
        YX_TRY(check_policy(&list, &seen[count], err));
        for (size_t i = 0; i < count; i++)
            YX_REQUIRE(!yx_bytes_equal(seen[i], seen[count]), err, YX_REFUSED, "RFC 5280 4.2.1.4",
                       N_("a policy stands twice; each may stand once"));
    }
    return YX_OK;
}

/* --- Name constraints -------------------------------------------------------------------- */

/* GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] DEFAULT 0, maximum [1] OPTIONAL }: in
 * this profile minimum is 0 and maximum absent, so that the base stands alone. */
static yx_status check_subtrees(struct yx_der *sequence, uint8_t tag, struct yx_error *err)
{
    struct yx_der list, subtree;
    YX_TRY(yx_der_enter(sequence, tag, &list, err));
    do {
        uint8_t form;
        struct yx_bytes base;
        YX_TRY(yx_der_enter(&list, YX_DER_SEQUENCE, &subtree, err));
        YX_TRY(yx_der_any(&subtree, &form, &base, NULL, err));
        YX_TRY(yx_lint_constraint_base(form, base, err));
        YX_REQUIRE(yx_der_at_end(&subtree), err, YX_REFUSED, "RFC 5280 4.2.1.10",
                   N_("a subtree of the nameConstraints has a minimum or a maximum"));
    } while (!yx_der_at_end(&list));
    return YX_OK;
}

yx_status yx_lint_name_constraints(struct yx_der *value, struct yx_error *err)
{
    struct yx_der sequence;
    YX_TRY(yx_der_enter(value, YX_DER_SEQUENCE, &sequence, err));
    YX_REQUIRE(!yx_der_at_end(&sequence), err, YX_REFUSED, "RFC 5280 4.2.1.10",
               N_("the nameConstraints extension is empty; leave it out"));
    for (unsigned tag = 0; tag <= 1; tag++)
        if (yx_der_next_is(&sequence, (uint8_t)YX_DER_CONTEXT_CONSTRUCTED(tag)))
            YX_TRY(check_subtrees(&sequence, (uint8_t)YX_DER_CONTEXT_CONSTRUCTED(tag), err));
    return yx_der_end(&sequence, err);
}

/* A certificate that nobody signed yet, for libcrypto: with an empty signature. */
static yx_status unsigned_cert(struct yx_bytes to_be_signed, X509 **out, struct yx_error *err)
{
    struct yx_tbs tbs = {0};
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_TRY(yx_tbs_parse(to_be_signed, &tbs, err));
    size_t sequence = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, to_be_signed);
    yx_der_put_raw(&w, tbs.algorithm);
    yx_der_put_bit_string(&w, YX_BYTES(NULL, 0));
    yx_der_close(&w, sequence);
    YX_TRY(yx_der_finish(&w, &der, err));
    const uint8_t *p = der.data;
    *out = d2i_X509(NULL, &p, (long)der.len);
    YX_REQUIRE(*out, err, YX_DAMAGED, "RFC 5280 4.1", N_("the certificate is malformed"));
    return YX_OK;
}

static yx_status check_below(struct yx_bytes to_be_signed, const struct yx_cert *issuer,
                             struct yx_error *err)
{
    int state;
    YX_CLEAN(name_constraints)
    NAME_CONSTRAINTS *constraints =
        X509_get_ext_d2i(issuer->x509, NID_name_constraints, &state, NULL);
    YX_REQUIRE(constraints || state == -1, err, YX_REFUSED, "RFC 5280 4.2.1.10",
               N_("the nameConstraints of {1} cannot be read"), yx_cert_subject(issuer));
    if (!constraints)
        return YX_OK;
    YX_CLEAN(x509) X509 *cert = NULL;
    YX_TRY(unsigned_cert(to_be_signed, &cert, err));
    /* It looks at names that libcrypto has set aside, which this call makes it do. */
    (void)X509_check_purpose(cert, -1, 0);
    int result = NAME_CONSTRAINTS_check(cert, constraints);
    if (result == X509_V_OK)
        result = NAME_CONSTRAINTS_check_CN(cert, constraints);
    if (result == X509_V_ERR_OUT_OF_MEM)
        return yx_fail_memory(err);
    YX_REQUIRE(result == X509_V_OK, err, YX_REFUSED, "RFC 5280 4.2.1.10",
               N_("a name of the certificate lies outside what {1} may issue for"),
               yx_cert_subject(issuer));
    return YX_OK;
}

yx_status yx_lint_below_constraints(struct yx_bytes to_be_signed, const struct yx_cert *issuer,
                                    struct yx_error *err)
{
    ERR_set_mark();
    yx_status status = check_below(to_be_signed, issuer, err);
    ERR_pop_to_mark();
    return status;
}

/* --- Numbers of persons and units (GM/T 0015) -------------------------------------------- */

/* PrintableString of X.680 41.4, as far as numbers go. */
static bool is_number_text(struct yx_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool printable = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                         (c >= 'a' && c <= 'z') || (c != 0 && strchr("-()/.:,'+=? ", c));
        if (!printable)
            return false;
    }
    return text.len > 0 && text.len <= 64;
}

static yx_status fail_identity(struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, "GM/T 0015, identity extensions",
                   N_("a number of the holder is empty, too long, or holds characters that do not "
                      "belong there"));
}

yx_status yx_lint_identity_number(struct yx_der *value, struct yx_error *err)
{
    struct yx_bytes text;
    YX_TRY(yx_der_get(value, YX_DER_PRINTABLE_STRING, &text, err));
    return is_number_text(text) ? YX_OK : fail_identity(err);
}

yx_status yx_lint_identify_code(struct yx_der *value, struct yx_error *err)
{
    struct yx_der choice;
    struct yx_bytes text;
    if (!yx_der_next_is(value, YX_DER_CONTEXT_CONSTRUCTED(1))) {
        bool card = yx_der_next_is(value, YX_DER_CONTEXT_CONSTRUCTED(0));
        uint8_t tag = (uint8_t)YX_DER_CONTEXT_CONSTRUCTED(card ? 0 : 2);
        YX_TRY(yx_der_enter(value, tag, &choice, err));
        YX_TRY(yx_lint_identity_number(&choice, err));
        return yx_der_end(&choice, err);
    }
    YX_TRY(yx_der_enter(value, YX_DER_CONTEXT_CONSTRUCTED(1), &choice, err));
    YX_TRY(yx_der_get(&choice, YX_DER_UTF8_STRING, &text, err));
    if (text.len == 0 || text.len > 64 || !yx_utf8_valid(text))
        return fail_identity(err);
    return yx_der_end(&choice, err);
}
