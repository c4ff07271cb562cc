/* SPDX-License-Identifier: Apache-2.0 */
/*
 * validate.c - the four findings about a certificate (RFC 5280 6, GB/T 20518).
 *
 * Paths are built by libcrypto, with every error noted and none of its own opinions on purposes or
 * security levels; their signatures are verified in path_verify.c. Usage and algorithms are judged
 * here, revocation in revocation.c.
 */
#include <openssl/err.h>

#include "x509/cert_internal.h"

/* Longer paths are refused; GB/T 20518 systems have three or four certificates. */
#define DEPTH_MAX 16

/* --- Path building ----------------------------------------------------------------------- */

yx_status yx_path_begin(const struct yx_trust *trust, X509 *cert, yx_time at, X509_STORE_CTX **out,
                        struct yx_error *err)
{
    YX_CLEAN(x509_store_ctx) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    if (ctx == NULL || X509_STORE_CTX_init(ctx, trust->store, cert, trust->known) != 1)
        return yx_fail_memory(err);
    X509_STORE_CTX_set_verify(ctx, yx_path_verify);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_POLICY_CHECK);
    X509_VERIFY_PARAM_set_depth(param, DEPTH_MAX);
    X509_VERIFY_PARAM_set_auth_level(param, 0);
    X509_VERIFY_PARAM_set_time(param, yx_path_seconds(at));
    /* Any policy will do for us; a CA may still demand that there is one (RFC 5280 6.1.1 c). */
    if (X509_VERIFY_PARAM_add0_policy(param, OBJ_nid2obj(NID_any_policy)) != 1)
        return yx_fail_memory(err);
    *out = ctx;
    ctx = NULL;
    return YX_OK;
}

/* --- The chain --------------------------------------------------------------------------- */

/* What each error of libcrypto means: {1} is the subject of the certificate concerned. */
static const struct chain_rule {
    int error;
    yx_outcome outcome;
    const char *rule;
    const char *text;
} chain_rules[] = {
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, YX_UNKNOWN, "RFC 5280 6.1",
     N_("the issuer of {1} is not among the trusted certificates")},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, YX_UNKNOWN, "RFC 5280 6.1",
     N_("the issuer of {1} is not among the trusted certificates")},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, YX_UNKNOWN, "RFC 5280 6.1",
     N_("the issuer of {1} is not among the trusted certificates")},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, YX_UNKNOWN, "RFC 5280 6.1",
     N_("{1} is self-signed and not among the trusted certificates")},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, YX_UNKNOWN, "RFC 5280 6.1",
     N_("the chain ends in {1}, which is not among the trusted certificates")},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, YX_FAIL, "RFC 5280 6.1.3",
     N_("the issuer's signature on the certificate {1} is wrong")},
    {X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, YX_UNKNOWN, "RFC 5280 6.1.3",
     N_("the public key of {1} is of a kind that is not supported")},
    {X509_V_ERR_CERT_NOT_YET_VALID, YX_FAIL, "RFC 5280 6.1.3",
     N_("{1} in the chain was not yet valid at {2}: it is valid from {3} to {4}")},
    {X509_V_ERR_CERT_HAS_EXPIRED, YX_FAIL, "RFC 5280 6.1.3",
     N_("{1} in the chain had expired at {2}: it was valid from {3} to {4}")},
    {X509_V_ERR_INVALID_CA, YX_FAIL, "RFC 5280 6.1.4",
     N_("{1} stands as an issuer in the chain and is not a CA (basicConstraints)")},
    {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, YX_FAIL, "RFC 5280 6.1.4",
     N_("the key of {1} may not sign certificates (keyUsage)")},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, YX_FAIL, "RFC 5280 6.1.4",
     N_("{1} allows fewer CAs below it than there are (pathLenConstraint)")},
    {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, YX_FAIL, "RFC 5280 4.2",
     N_("{1} has a critical extension that is not known here")},
    {X509_V_ERR_PERMITTED_VIOLATION, YX_FAIL, "RFC 5280 6.1.3",
     N_("the name {1} is outside what a CA above it may issue (nameConstraints)")},
    {X509_V_ERR_EXCLUDED_VIOLATION, YX_FAIL, "RFC 5280 6.1.3",
     N_("the name {1} is excluded by a CA above it (nameConstraints)")},
    {X509_V_ERR_NO_EXPLICIT_POLICY, YX_FAIL, "RFC 5280 6.1.5",
     N_("a CA demands certificate policies, and the chain of {1} has none in common")},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, YX_FAIL, "RFC 5280 6.1", N_("the chain is too long")},
};

static const struct chain_rule *chain_rule_of(int error)
{
    for (size_t i = 0; i < sizeof(chain_rules) / sizeof(chain_rules[0]); i++)
        if (chain_rules[i].error == error)
            return &chain_rules[i];
    return NULL;
}

/* One building of a path: what libcrypto's callbacks read and write. */
struct walk {
    struct yx_cert_finding *chain;
    yx_time at;
    bool by_signature; /* take only issuers whose key verifies the signature */
    bool anchored;
    bool bad_signature;
    yx_status status; /* of the callback's own work */
    struct yx_error *err;
};

/* The worst outcome stays, and of two equal ones the first. */
static bool is_worse(const struct walk *walk, yx_outcome outcome)
{
    return outcome > walk->chain->outcome;
}

static yx_status note_error(struct walk *walk, const X509 *cert, int error)
{
    static const struct chain_rule other = {
        0, YX_FAIL, "RFC 5280 6.1", N_("the chain of {1} does not hold: libcrypto says \"{5}\"")};
    const struct chain_rule *rule = chain_rule_of(error);
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    if (rule == NULL)
        rule = &other;
    if (!is_worse(walk, rule->outcome))
        return YX_OK;
    YX_TRY(yx_x509_name_text(X509_get_subject_name(cert), &name, walk->err));
    yx_finding_set(walk->chain, rule->outcome, rule->rule, rule->text, (const char *)name.data,
                   YX_WHEN(walk->at), YX_WHEN(yx_x509_time(X509_get0_notBefore(cert))),
                   YX_WHEN(yx_x509_time(X509_get0_notAfter(cert))),
                   X509_verify_cert_error_string(error));
    return YX_OK;
}

/* The certificate's own period is the finding `validity`, not a fault of its chain. */
static bool is_own_period(int error, int depth)
{
    return depth == 0 &&
           (error == X509_V_ERR_CERT_NOT_YET_VALID || error == X509_V_ERR_CERT_HAS_EXPIRED);
}

static bool is_anchor_missing(int error)
{
    return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
           error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
           error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
           error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
}

/* libcrypto calls this for every error; 1 lets it go on and find the others. */
static int on_event(int ok, X509_STORE_CTX *ctx)
{
    struct walk *walk = X509_STORE_CTX_get_app_data(ctx);
    int error = X509_STORE_CTX_get_error(ctx);
    X509 *cert = X509_STORE_CTX_get_current_cert(ctx);
    if (ok || is_own_period(error, X509_STORE_CTX_get_error_depth(ctx)))
        return 1;
    if (cert == NULL)
        cert = X509_STORE_CTX_get0_cert(ctx);
    walk->anchored &= !is_anchor_missing(error);
    walk->bad_signature |= error == X509_V_ERR_CERT_SIGNATURE_FAILURE;
    walk->status = note_error(walk, cert, error);
    return walk->status == YX_OK;
}

/*
 * libcrypto asks this for every candidate. It compares names and key identifiers, and would take
 * the first of two CAs of one name, such as a CA and its renewal with a new key, when the
 * certificate has no authorityKeyIdentifier.
 */
int yx_path_may_be_issuer(X509_STORE_CTX *ctx, X509 *cert, X509 *issuer)
{
    const struct walk *walk = X509_STORE_CTX_get_app_data(ctx);
    int result = X509_check_issued(issuer, cert);
    /* A key that may not sign certificates is named later, as a fault of the chain. */
    if (result != X509_V_OK && result != X509_V_ERR_KEYUSAGE_NO_CERTSIGN)
        return 0;
    if (walk == NULL || !walk->by_signature)
        return 1;
    return X509_get0_pubkey(issuer) != NULL && yx_path_signature(cert, issuer) == YX_OK;
}

static yx_status walk_path(const struct yx_trust *trust, X509 *cert, struct walk *walk,
                           X509_STORE_CTX **out)
{
    YX_CLEAN(x509_store_ctx) X509_STORE_CTX *ctx = NULL;
    YX_TRY(yx_path_begin(trust, cert, walk->at, &ctx, walk->err));
    X509_STORE_CTX_set_app_data(ctx, walk);
    X509_STORE_CTX_set_verify_cb(ctx, on_event);
    int verified = X509_verify_cert(ctx);
    YX_TRY(walk->status);
    if (verified != 1 && X509_STORE_CTX_get_error(ctx) == X509_V_ERR_OUT_OF_MEM)
        return yx_fail_memory(walk->err);
    if (verified != 1 && walk->chain->outcome == YX_PASS)
        YX_TRY(note_error(walk, cert, X509_STORE_CTX_get_error(ctx)));
    X509_STORE_CTX_set_app_data(ctx, NULL);
    *out = ctx;
    ctx = NULL;
    return YX_OK;
}

/*
 * Builds the path. When a signature on it is wrong, another issuer of the same name may be the
 * right one: the second path counts when it holds, otherwise the first one tells what is wrong.
 */
static yx_status build_path(const struct yx_trust *trust, X509 *cert, struct walk *walk,
                            X509_STORE_CTX **out)
{
    YX_CLEAN(x509_store_ctx) X509_STORE_CTX *first = NULL;
    YX_CLEAN(x509_store_ctx) X509_STORE_CTX *second = NULL;
    X509_STORE_CTX **chosen = &first;
    YX_TRY(walk_path(trust, cert, walk, &first));
    if (walk->bad_signature) {
        struct yx_cert_finding chain = {0};
        struct walk again = {.chain = &chain, .at = walk->at, .anchored = true, .err = walk->err};
        again.by_signature = true;
        YX_TRY(walk_path(trust, cert, &again, &second));
        if (chain.outcome == YX_PASS) {
            *walk->chain = chain;
            walk->anchored = again.anchored;
            chosen = &second;
        }
    }
    *out = *chosen;
    *chosen = NULL;
    return YX_OK;
}

/* --- Algorithms of the chain ------------------------------------------------------------- */

static yx_status note_algorithm(struct walk *walk, const X509 *cert, yx_outcome outcome,
                                const char *text)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    if (!is_worse(walk, outcome))
        return YX_OK;
    YX_TRY(yx_x509_name_text(X509_get_subject_name(cert), &name, walk->err));
    yx_finding_set(walk->chain, outcome, "algorithm", text, (const char *)name.data);
    return YX_OK;
}

static yx_status check_signature_algorithm(struct walk *walk, const X509 *cert)
{
    int digest = NID_undef;
    X509_get_signature_info((X509 *)(uintptr_t)cert, &digest, NULL, NULL, NULL);
    if (digest == NID_md5 || digest == NID_sha1)
        return note_algorithm(walk, cert, YX_FAIL,
                              N_("{1} is signed with MD5 or SHA-1, which can be forged"));
    const ASN1_OBJECT *object;
    X509_ALGOR_get0(&object, NULL, NULL, X509_get0_tbs_sigalg(cert));
    yx_oid oid = yx_oid_find(YX_BYTES(OBJ_get0_data(object), OBJ_length(object)));
    if (yx_signature_from_oid(oid) != YX_SIG_NONE || oid == YX_OID_RSA_PSS)
        return YX_OK;
    return note_algorithm(walk, cert, YX_UNKNOWN,
                          N_("{1} is signed with an algorithm that is not known here"));
}

static const char unsupported_key[] =
    N_("the public key of {1} is of a kind that is not supported");

static yx_status check_key_strength(struct walk *walk, const X509 *cert)
{
    EVP_PKEY *key = X509_get0_pubkey(cert);
    if (key == NULL)
        return note_algorithm(walk, cert, YX_UNKNOWN, unsupported_key);
    if (EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) < 2048)
        return note_algorithm(walk, cert, YX_FAIL,
                              N_("the RSA key of {1} is shorter than 2048 bits"));
    return YX_OK;
}

/* The anchor's own signature means nothing: it is trusted by being given. Its key counts. */
static yx_status check_algorithms(struct walk *walk, STACK_OF(X509) * chain)
{
    int last = sk_X509_num(chain) - 1;
    for (int i = 0; i <= last; i++) {
        X509 *cert = sk_X509_value(chain, i);
        bool signed_by_other = i < last || (X509_get_extension_flags(cert) & EXFLAG_SS) == 0;
        if (signed_by_other && !(walk->anchored && i == last))
            YX_TRY(check_signature_algorithm(walk, cert));
        YX_TRY(check_key_strength(walk, cert));
        if ((X509_get_extension_flags(cert) & EXFLAG_INVALID) != 0)
            YX_TRY(note_error(walk, cert, X509_V_ERR_INVALID_EXTENSION));
    }
    return YX_OK;
}

/* --- Revocation along the chain ---------------------------------------------------------- */

/*
 * The certificate's own revocation, unless one of a CA above it is worse. An anchor is trusted by
 * being given: nobody can revoke it.
 */
static yx_status check_revocation(const struct yx_path *path, struct yx_cert_finding *out,
                                  struct yx_error *err)
{
    int count = sk_X509_num(path->chain);
    int checked = path->anchored ? count - 1 : count;
    if (checked == 0) {
        yx_finding_set(out, YX_SKIP, "RFC 5280 6.1", N_("the certificate is itself trusted"));
        return YX_OK;
    }
    YX_TRY(yx_revocation_check(path, 0, out, err));
    for (int i = 1; i < checked; i++) {
        struct yx_cert_finding above;
        YX_TRY(yx_revocation_check(path, i, &above, err));
        if (above.outcome > out->outcome && above.outcome != YX_SKIP)
            *out = above;
    }
    return YX_OK;
}

/* --- Validity and usage ------------------------------------------------------------------ */

static void check_validity(const struct yx_cert *cert, yx_time at, struct yx_cert_finding *out)
{
    out->outcome = YX_PASS;
    out->rule = "RFC 5280 4.1.2.5";
    if (at < cert->not_before)
        yx_finding_set(out, YX_FAIL, out->rule,
                       N_("{1} was not yet valid at {2}: it is valid from {3} to {4}"),
                       yx_cert_subject(cert), YX_WHEN(at), YX_WHEN(cert->not_before),
                       YX_WHEN(cert->not_after));
    if (at > cert->not_after)
        yx_finding_set(out, YX_FAIL, out->rule,
                       N_("{1} had expired at {2}: it was valid from {3} to {4}"),
                       yx_cert_subject(cert), YX_WHEN(at), YX_WHEN(cert->not_before),
                       YX_WHEN(cert->not_after));
}

#define KU_SIGN_BITS (YX_KU_DIGITAL_SIGNATURE | YX_KU_NON_REPUDIATION)

static bool has_usage(const struct yx_cert *cert, int bits)
{
    return cert->key_usage != -1 && (cert->key_usage & bits) != 0;
}

/* Are these purposes the only ones that the extended key usage names? No extension: no. */
static bool is_limited_to(const struct yx_cert *cert, const yx_oid *purposes, size_t count)
{
    struct yx_der each = yx_der_reader(cert->extended_usage, "ExtKeyUsageSyntax");
    if (cert->extended_usage.data == NULL)
        return false;
    while (!yx_der_at_end(&each)) {
        yx_oid found;
        bool listed = false;
        if (yx_der_oid(&each, &found, NULL) != YX_OK)
            return false;
        for (size_t i = 0; i < count; i++)
            listed |= purposes[i] == found;
        if (!listed)
            return false;
    }
    return true;
}

static void check_sign_usage(const struct yx_cert *cert, struct yx_cert_finding *out)
{
    /* People's certificates are met with clientAuth, alone or with others; those of web servers
     * have it beside serverAuth. */
    static const yx_oid not_for_documents[] = {YX_OID_KP_SERVER_AUTH, YX_OID_KP_TIME_STAMPING,
                                               YX_OID_KP_OCSP_SIGNING, YX_OID_KP_CLIENT_AUTH};
    static const yx_oid client = YX_OID_KP_CLIENT_AUTH;
    const char *name = yx_cert_subject(cert);
    out->outcome = YX_PASS;
    out->rule = "RFC 5280 4.2.1.3";
    if (cert->ca && !has_usage(cert, KU_SIGN_BITS))
        yx_finding_set(out, YX_FAIL, out->rule,
                       N_("{1} is a CA whose key is not meant for signing documents"), name);
    else if (cert->key_usage == -1)
        yx_finding_set(out, YX_PASS, out->rule,
                       N_("{1} does not restrict the use of its key (no keyUsage)"), name);
    else if (!has_usage(cert, KU_SIGN_BITS))
        yx_finding_set(out, YX_FAIL, out->rule,
                       N_("the key of {1} may not sign: keyUsage has neither digitalSignature nor "
                          "nonRepudiation"),
                       name);
    bool limited = is_limited_to(cert, not_for_documents, 4) && !is_limited_to(cert, &client, 1);
    if (out->outcome == YX_PASS && limited)
        yx_finding_set(out, YX_FAIL, "RFC 5280 4.2.1.12",
                       N_("{1} is for servers, time-stamps or OCSP only (extKeyUsage)"), name);
}

static void check_time_stamp_usage(const struct yx_cert *cert, struct yx_cert_finding *out)
{
    static const yx_oid time_stamping = YX_OID_KP_TIME_STAMPING;
    const char *name = yx_cert_subject(cert);
    out->outcome = YX_PASS;
    out->rule = "RFC 3161 2.3";
    if (!cert->extended_usage_critical || !is_limited_to(cert, &time_stamping, 1))
        yx_finding_set(out, YX_FAIL, out->rule,
                       N_("{1} is not a time-stamping certificate: extKeyUsage must be critical "
                          "and name id-kp-timeStamping alone"),
                       name);
    else if (cert->key_usage != -1 && !has_usage(cert, KU_SIGN_BITS))
        yx_finding_set(out, YX_FAIL, "RFC 5280 4.2.1.3",
                       N_("the key of {1} may not sign: keyUsage has neither digitalSignature nor "
                          "nonRepudiation"),
                       name);
}

static void check_issue_usage(const struct yx_cert *cert, struct yx_cert_finding *out)
{
    const char *name = yx_cert_subject(cert);
    out->outcome = YX_PASS;
    out->rule = "RFC 5280 4.2.1.9";
    if (!cert->ca)
        yx_finding_set(out, YX_FAIL, out->rule, N_("{1} is not a CA (basicConstraints)"), name);
    else if (cert->key_usage != -1 && !has_usage(cert, YX_KU_KEY_CERT_SIGN))
        yx_finding_set(out, YX_FAIL, "RFC 5280 4.2.1.3",
                       N_("the key of {1} may not sign certificates (keyUsage)"), name);
}

static void check_usage(const struct yx_cert *cert, yx_cert_use use, struct yx_cert_finding *out)
{
    static void (*const checks[])(const struct yx_cert *, struct yx_cert_finding *) = {
        [YX_USE_SIGN] = check_sign_usage,
        [YX_USE_TIME_STAMP] = check_time_stamp_usage,
        [YX_USE_ISSUE] = check_issue_usage,
    };
    checks[use](cert, out);
}

/* --- All of it --------------------------------------------------------------------------- */

static void conclude_chain(const struct yx_trust *trust, const char *anchor,
                           struct yx_cert_finding *chain)
{
    if (chain->outcome == YX_PASS)
        yx_finding_set(chain, YX_PASS, "RFC 5280 6.1", N_("leads to {1}, which is trusted"),
                       anchor);
    if (chain->outcome == YX_UNKNOWN && yx_trust_is_empty(trust))
        yx_finding_set(chain, YX_UNKNOWN, "RFC 5280 6.1",
                       N_("no trusted certificate was given, so that nothing can be said about "
                          "the issuer"));
}

/* What can be said without libcrypto. Revocation data is held against paths as that has them. */
static bool check_plain(const struct yx_trust *trust, const struct yx_cert *cert, yx_time at,
                        struct yx_cert_findings *out)
{
    if (trust->crl_count > 0 || trust->ocsp_count > 0)
        return false;
    const struct yx_cert *anchor = yx_path_plain(trust, cert, at);
    if (anchor == NULL && !yx_path_lone(trust, cert))
        return false;
    out->chain.outcome = anchor != NULL ? YX_PASS : YX_UNKNOWN;
    conclude_chain(trust, anchor != NULL ? yx_cert_subject(anchor) : "", &out->chain);
    yx_revocation_without_data(yx_cert_subject(cert), yx_cert_names_source(cert), &out->revocation);
    return true;
}

static yx_status check_path(const struct yx_trust *trust, const struct yx_cert *cert,
                            yx_cert_use use, yx_time at, yx_time now, struct yx_cert_findings *out,
                            struct yx_error *err)
{
    YX_CLEAN(x509_store_ctx) X509_STORE_CTX *ctx = NULL;
    YX_CLEAN(yx_buf) struct yx_buf anchor = {0};
    struct walk walk = {.chain = &out->chain, .at = at, .anchored = true, .err = err};
    X509 *x509;
    YX_TRY(yx_cert_x509(cert, &x509, err));
    YX_TRY(build_path(trust, x509, &walk, &ctx));

    struct yx_path path = {.trust = trust, .at = at, .now = now, .anchored = walk.anchored};
    path.of_stamper = use == YX_USE_TIME_STAMP;
    path.chain = X509_STORE_CTX_get0_chain(ctx);
    YX_REQUIRE(sk_X509_num(path.chain) > 0, err, YX_INTERNAL, "",
               N_("libcrypto cannot check the certificate: {1}"),
               X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
    YX_TRY(check_algorithms(&walk, path.chain));
    if (cert->key == NULL)
        YX_TRY(note_algorithm(&walk, x509, YX_UNKNOWN, unsupported_key));
    const X509 *last = sk_X509_value(path.chain, sk_X509_num(path.chain) - 1);
    YX_TRY(yx_x509_name_text(X509_get_subject_name(last), &anchor, err));
    conclude_chain(trust, (const char *)anchor.data, &out->chain);
    return check_revocation(&path, &out->revocation, err);
}

yx_status yx_cert_validate(const struct yx_trust *trust, const struct yx_cert *cert,
                           yx_cert_use use, yx_time at, yx_time now, struct yx_cert_findings *out,
                           struct yx_error *err)
{
    YX_CLEAN(yx_trust) struct yx_trust *nothing = NULL;
    struct yx_cert_findings findings = {0};
    if (trust == NULL) {
        YX_TRY(yx_trust_new(&nothing, err));
        trust = nothing;
    }
    if (!check_plain(trust, cert, at, &findings)) {
        ERR_set_mark();
        yx_status status = check_path(trust, cert, use, at, now, &findings, err);
        ERR_pop_to_mark();
        YX_TRY(status);
    }
    check_validity(cert, at, &findings.validity);
    check_usage(cert, use, &findings.usage);
    *out = findings;
    return YX_OK;
}

/* --- With certificates that came along --------------------------------------------------- */

/* One of those that came along; its own certificate helps nobody. The other forms of
 * CertificateChoices (RFC 5652 10.2.2) are tagged. */
static yx_status add_helper(STACK_OF(X509) * known, uint8_t tag, struct yx_bytes der,
                            const struct yx_cert *cert, struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *helper = NULL;
    struct yx_error why;
    X509 *x509;
    if (tag != YX_DER_SEQUENCE || yx_bytes_equal(der, yx_cert_der(cert)))
        return YX_OK;
    yx_status status = yx_cert_from_der(der, &helper, &why);
    if (status == YX_REFUSED || status == YX_DAMAGED)
        return YX_OK;
    if (status != YX_OK) {
        if (err != NULL)
            *err = why;
        return status;
    }
    status = yx_cert_x509(helper, &x509, &why);
    if (status == YX_DAMAGED)
        return YX_OK;
    if (status == YX_OK && X509_add_cert(known, x509, X509_ADD_FLAG_UP_REF))
        return YX_OK;
    return yx_fail_memory(err);
}

yx_status yx_cert_validate_with(const struct yx_trust *trust, const struct yx_cert *cert,
                                struct yx_bytes helpers, yx_cert_use use, yx_time at, yx_time now,
                                struct yx_cert_findings *out, struct yx_error *err)
{
    if (trust == NULL)
        return yx_cert_validate(NULL, cert, use, at, now, out, err);
    YX_CLEAN(x509_list) STACK_OF(X509) *known = X509_chain_up_ref(trust->known);
    struct yx_der list = yx_der_reader(helpers, "certificates");
    if (known == NULL)
        return yx_fail_memory(err);
    while (!yx_der_at_end(&list)) {
        struct yx_bytes der;
        uint8_t tag;
        YX_TRY(yx_der_any(&list, &tag, NULL, &der, err));
        YX_TRY(add_helper(known, tag, der, cert, err));
    }
    struct yx_trust wider = *trust;
    wider.known = known;
    return yx_cert_validate(&wider, cert, use, at, now, out, err);
}

/* --- The path itself --------------------------------------------------------------------- */

static yx_status append_certificate(X509 *cert, struct yx_buf *out, struct yx_error *err)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    if (len <= 0)
        return yx_fail_memory(err);
    yx_status status = yx_buf_append(out, YX_BYTES(der, (size_t)len));
    OPENSSL_free(der);
    return status == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_cert_path(const struct yx_trust *trust, const struct yx_cert *cert, yx_time at,
                       struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(x509_store_ctx) X509_STORE_CTX *ctx = NULL;
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    X509 *x509;
    YX_TRY(yx_cert_x509(cert, &x509, err));
    YX_TRY(yx_path_begin(trust, x509, at, &ctx, err));
    ERR_set_mark();
    (void)X509_verify_cert(ctx);
    ERR_pop_to_mark();
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
    for (int i = 1; i < sk_X509_num(chain); i++)
        YX_TRY(append_certificate(sk_X509_value(chain, i), &path, err));
    return yx_buf_append(out, yx_buf_bytes(&path)) == YX_OK ? YX_OK : yx_fail_memory(err);
}
