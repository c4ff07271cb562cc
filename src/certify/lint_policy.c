/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certify/lint_policy.c - the part of the lint about policies, name constraints (RFC 5280 4.2.1.4,
 * 4.2.1.10), and the numbers of persons and units of GM/T 0015.
 */
#include "certify/lint.h"

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
