/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal/gate.c - may this certificate make or use a seal now? For those who are about to make
 * something; verifying what others made reports findings instead (findings.c).
 */
#include "seal/parts.h"

/* {1}: the subject; {2}, {3}: the validity */
static const struct {
    const char *validity;
    const char *usage;
    const char *revocation;
    const char *chain;
} sentences[] = {
    [YX_ROLE_MAKER] =
        {N_("the maker's certificate ({1}) is not valid now, but from {2} to {3}; use a valid one"),
         N_("the maker's certificate ({1}) is not for signing; its key usage must have "
            "digitalSignature or nonRepudiation"),
         N_("the maker's certificate ({1}) is revoked; use another one"),
         N_("the maker's certificate ({1}) does not lead to a trusted root; trust its issuer or "
            "use another one")},
    [YX_ROLE_HOLDER] =
        {N_("the holder's certificate ({1}) is not valid now, but from {2} to {3}; renew it first"),
         N_("the holder's certificate ({1}) is not for signing; its key usage must have "
            "digitalSignature or nonRepudiation"),
         N_("the holder's certificate ({1}) is revoked; a seal needs a valid one"),
         N_("the holder's certificate ({1}) does not lead to a trusted root; trust its issuer or "
            "use another one")},
    [YX_ROLE_SEALER] =
        {N_("the signer's certificate ({1}) is not valid now, but from {2} to {3}; renew it and "
            "have the seal made again"),
         N_("the signer's certificate ({1}) is not for signing; its key usage must have "
            "digitalSignature or nonRepudiation"),
         N_("the signer's certificate ({1}) is revoked; it may not seal any more"),
         N_("the signer's certificate ({1}) does not lead to a trusted root; trust its issuer or "
            "use another one")},
    [YX_ROLE_SIGNER] =
        {N_("the signer's certificate ({1}) is not valid now, but from {2} to {3}; renew it first"),
         N_("the signer's certificate ({1}) is not for signing; its key usage must have "
            "digitalSignature or nonRepudiation"),
         N_("the signer's certificate ({1}) is revoked; it may not sign any more"),
         N_("the signer's certificate ({1}) does not lead to a trusted root; trust its issuer or "
            "use another one")},
};

yx_status yx_cert_gate(const struct yx_cert *cert, yx_cert_role role, const struct yx_trust *trust,
                       yx_time now, struct yx_error *err)
{
    struct yx_cert_findings findings;
    const char *subject = yx_cert_subject(cert);
    YX_TRY(yx_cert_validate(trust, cert, YX_USE_SIGN, now, now, &findings, err));
    YX_REQUIRE(findings.validity.outcome != YX_FAIL, err, YX_REFUSED, findings.validity.rule,
               sentences[role].validity, subject, YX_WHEN(yx_cert_not_before(cert)),
               YX_WHEN(yx_cert_not_after(cert)));
    YX_REQUIRE(findings.usage.outcome != YX_FAIL, err, YX_REFUSED, findings.usage.rule,
               sentences[role].usage, subject);
    YX_REQUIRE(findings.revocation.outcome != YX_FAIL, err, YX_REFUSED, findings.revocation.rule,
               sentences[role].revocation, subject);
    bool has_anchors = trust != NULL && !yx_trust_is_empty(trust);
    yx_outcome worst = has_anchors ? YX_PASS : YX_UNKNOWN;
    YX_REQUIRE(findings.chain.outcome <= worst, err, YX_REFUSED, findings.chain.rule,
               sentences[role].chain, subject);
    return YX_OK;
}

yx_status yx_cert_may_sign(const struct yx_cert *signer, yx_time now, const struct yx_trust *trust,
                           struct yx_error *err)
{
    return yx_cert_gate(signer, YX_ROLE_SIGNER, trust, now, err);
}
