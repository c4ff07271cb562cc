/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revocation.c - is a certificate of a path revoked, by the CRLs (RFC 5280 6.3.3) and the OCSP
 * responses (RFC 6960 3.2) of the trust.
 *
 * libcrypto's own checks are not used: they cannot verify SM2 with the signer ID, and they know one
 * moment only, where we have two. A CRL or a response counts when it was issued by `now` and was
 * due for replacement at `at` or later; a revocation counts when it happened at `at` or before
 * (GM/T 0031-2014 6.2.3). Either is enough to know that a certificate is good; revoked in one of
 * them is revoked.
 */
#include <openssl/err.h>

#include "x509/ocsp.h"

#define RULE "RFC 5280 6.3.3"
#define RULE_OCSP "RFC 6960 3.2"

/* What the CRLs and OCSP responses looked at so far say about one certificate. */
struct status {
    unsigned reasons; /* the reasons that CRLs without a word about it covered, and all others */
    const char *good_rule, *revoked_rule; /* of what told so, the first one */
    bool revoked;                         /* for good: by a listing other than a hold */
    yx_time revoked_at;
    bool key_lost; /* somebody else may have its key, and put any time into what he signs */
    bool held;     /* listed with certificateHold */
    yx_time held_at;
    yx_time held_by;     /* thisUpdate of that CRL or response */
    yx_time released_by; /* thisUpdate of the newest one that covers holds and tells of none */
    struct yx_cert_finding problem; /* why one that was there does not count */
};

static yx_status subject_of(const X509 *cert, struct yx_buf *text, struct yx_error *err)
{
    return yx_x509_name_text(X509_get_subject_name(cert), text, err);
}

/* --- Does a CRL count? ------------------------------------------------------------------- */

static bool covers_time(const struct yx_path *path, const struct yx_crl *crl)
{
    yx_time last = crl->next_update != YX_TIME_NONE ? crl->next_update : crl->this_update;
    return crl->this_update <= path->now && last >= path->at;
}

/* Is this certificate the one that may have signed the CRL: name, key identifier, key usage? */
static bool may_have_signed(const struct yx_crl *crl, X509 *cert)
{
    return X509_NAME_cmp(X509_get_subject_name(cert), X509_CRL_get_issuer(crl->crl)) == 0 &&
           X509_check_akid(cert, crl->issuer_key) == X509_V_OK &&
           (X509_get_key_usage(cert) & KU_CRL_SIGN) != 0;
}

static yx_status signature_holds(const struct yx_crl *crl, const X509 *issuer, bool *holds,
                                 struct yx_error *err)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    bool allowed = yx_signature_allowed(crl->algorithm);
    unsigned char *spki = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(issuer), &spki);
    YX_REQUIRE(len > 0, err, YX_INTERNAL, "",
               N_("libcrypto cannot give the public key of a certificate"));
    yx_status status = yx_public_key_from_spki(YX_BYTES(spki, (size_t)len), &key, err);
    OPENSSL_free(spki);
    if (status == YX_OK && allowed)
        status = yx_public_key_verify(key, crl->algorithm, crl->to_be_signed, crl->signature, err);
    *holds = status == YX_OK && allowed;
    return status == YX_NO_MEMORY ? status : YX_OK;
}

/*
 * RFC 5280 6.3.3 f: an issuer that does not stand on the certificate's own path needs a path of
 * its own, to the same anchor, unrevoked. It is looked at when the CRL was issued.
 */
static yx_status issuer_has_path(const struct yx_path *path, const struct yx_crl *crl, X509 *issuer,
                                 bool *has, struct yx_error *err)
{
    YX_CLEAN(x509_store_ctx) X509_STORE_CTX *ctx = NULL;
    *has = false;
    if (path->of_crl_issuer || !path->anchored)
        return YX_OK;
    YX_TRY(yx_path_begin(path->trust, issuer, crl->this_update, &ctx, err));
    if (X509_verify_cert(ctx) != 1)
        return YX_OK;

    struct yx_path own = *path;
    own.chain = X509_STORE_CTX_get0_chain(ctx);
    own.of_crl_issuer = true;
    own.of_stamper = false;
    int last = sk_X509_num(own.chain) - 1;
    if (X509_cmp(sk_X509_value(own.chain, last),
                 sk_X509_value(path->chain, sk_X509_num(path->chain) - 1)) != 0)
        return YX_OK;
    for (int i = 0; i < last; i++) {
        struct yx_cert_finding finding;
        YX_TRY(yx_revocation_check(&own, i, &finding, err));
        if (finding.outcome == YX_FAIL || finding.outcome == YX_UNKNOWN)
            return YX_OK;
    }
    *has = true;
    return YX_OK;
}

/* Looks for the CRL's issuer above the certificate on its path, then among all we know. */
static yx_status was_issued(const struct yx_path *path, int depth, const struct yx_crl *crl,
                            bool *issued, struct yx_error *err)
{
    *issued = false;
    for (int i = depth + 1; i < sk_X509_num(path->chain) && !*issued; i++)
        if (may_have_signed(crl, sk_X509_value(path->chain, i)))
            YX_TRY(signature_holds(crl, sk_X509_value(path->chain, i), issued, err));
    for (int i = 0; i < sk_X509_num(path->trust->known) && !*issued; i++) {
        X509 *issuer = sk_X509_value(path->trust->known, i);
        if (!may_have_signed(crl, issuer))
            continue;
        YX_TRY(signature_holds(crl, issuer, issued, err));
        if (*issued)
            YX_TRY(issuer_has_path(path, crl, issuer, issued, err));
    }
    return YX_OK;
}

/* `*counts` false leaves the reason in status->problem. */
static yx_status check_crl(const struct yx_path *path, int depth, const struct yx_crl *crl,
                           struct status *status, bool *counts, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf issuer = {0};
    *counts = false;
    YX_TRY(yx_x509_name_text(X509_CRL_get_issuer(crl->crl), &issuer, err));
    const char *name = (const char *)issuer.data;
    if (crl->unknown_critical) {
        yx_finding_set(&status->problem, YX_UNKNOWN, "RFC 5280 5.2",
                       N_("the CRL of {1} has a critical extension that is not known here"), name);
        return YX_OK;
    }
    if (!covers_time(path, crl)) {
        yx_finding_set(&status->problem, YX_UNKNOWN, RULE,
                       N_("the CRL of {1} does not cover {2}: it is of {3}, the next was due {4}"),
                       name, YX_WHEN(path->at), YX_WHEN(crl->this_update),
                       YX_WHEN(crl->next_update));
        return YX_OK;
    }
    YX_TRY(was_issued(path, depth, crl, counts, err));
    if (!*counts)
        yx_finding_set(&status->problem, YX_UNKNOWN, RULE,
                       N_("the signature on the CRL of {1} does not hold, or its issuer's "
                          "certificate is not known or may not sign CRLs"),
                       name);
    return YX_OK;
}

/* --- What does it say? ------------------------------------------------------------------- */

/* The moment of revocation: the earlier of revocationDate and invalidityDate. */
static yx_time entry_time(const X509_REVOKED *entry)
{
    yx_time revoked = yx_x509_time(X509_REVOKED_get0_revocationDate(entry));
    ASN1_GENERALIZEDTIME *date = X509_REVOKED_get_ext_d2i(entry, NID_invalidity_date, NULL, NULL);
    yx_time invalid = yx_x509_time(date);
    ASN1_GENERALIZEDTIME_free(date);
    return invalid != YX_TIME_NONE && invalid < revoked ? invalid : revoked;
}

/* No reason is another answer than "unspecified". */
#define NO_REASON (-1)

static int entry_reason(const X509_REVOKED *entry)
{
    ASN1_ENUMERATED *value = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
    int reason = value != NULL ? (int)ASN1_ENUMERATED_get(value) : NO_REASON;
    ASN1_ENUMERATED_free(value);
    return reason;
}

/* The newest delta that counts and fits on this CRL; NULL when there is none. */
static yx_status find_delta(const struct yx_path *path, int depth, const struct yx_crl *base,
                            const struct yx_crl **out, struct yx_error *err)
{
    *out = NULL;
    for (size_t i = 0; i < path->trust->crl_count; i++) {
        const struct yx_crl *delta = path->trust->crls[i];
        struct status ignored = {0};
        bool counts;
        if (!yx_crl_delta_fits(delta, base) ||
            (*out != NULL && ASN1_INTEGER_cmp(delta->number, (*out)->number) <= 0))
            continue;
        YX_TRY(check_crl(path, depth, delta, &ignored, &counts, err));
        if (counts)
            *out = delta;
    }
    return YX_OK;
}

/* The entry of the certificate in base and delta together; NULL when it is not revoked there. */
static X509_REVOKED *find_entry(const struct yx_crl *base, const struct yx_crl *delta, X509 *cert)
{
    X509_REVOKED *entry = NULL;
    int found = delta != NULL ? X509_CRL_get0_by_cert(delta->crl, &entry, cert) : 0;
    if (found == 2) /* removeFromCRL */
        return NULL;
    if (found == 0)
        found = X509_CRL_get0_by_cert(base->crl, &entry, cert);
    return found == 1 ? entry : NULL;
}

/* RFC 3161 4.1: only these say that nobody else had the key of a time-stamping authority. */
static bool keeps_key(int reason)
{
    return reason == CRL_REASON_UNSPECIFIED || reason == CRL_REASON_AFFILIATION_CHANGED ||
           reason == CRL_REASON_SUPERSEDED || reason == CRL_REASON_CESSATION_OF_OPERATION;
}

/* A listing of `this_update` that takes the certificate back since `at`. */
static void note_revoked(struct status *status, yx_time at, int reason, yx_time this_update,
                         const char *rule)
{
    if (status->revoked_rule == NULL)
        status->revoked_rule = rule;
    if (reason == CRL_REASON_CERTIFICATE_HOLD) {
        if (!status->held || this_update >= status->held_by)
            status->held_at = at;
        status->held = true;
        status->held_by = status->held_by > this_update ? status->held_by : this_update;
        return;
    }
    if (!status->revoked || at < status->revoked_at)
        status->revoked_at = at;
    status->revoked = true;
    status->key_lost |= !keeps_key(reason);
}

/* Nothing of `this_update` stands against the certificate, for these reasons. */
static void note_good(struct status *status, unsigned reasons, yx_time this_update,
                      const char *rule)
{
    if (status->good_rule == NULL)
        status->good_rule = rule;
    status->reasons |= reasons;
    if ((reasons & YX_REASONS_HOLD) != 0 && this_update > status->released_by)
        status->released_by = this_update;
}

/* A certificate that had run out before the CRL may have been dropped from it (RFC 5280 3.3). */
static yx_status note_clean(struct status *status, const struct yx_crl *crl, const X509 *cert,
                            unsigned reasons, struct yx_error *err)
{
    yx_time not_after = yx_x509_time(X509_get0_notAfter(cert));
    if (crl->this_update > not_after) {
        YX_CLEAN(yx_buf) struct yx_buf name = {0};
        YX_TRY(subject_of(cert, &name, err));
        yx_finding_set(&status->problem, YX_UNKNOWN, "RFC 5280 3.3",
                       N_("the CRL is of {1}, after {2} had expired ({3}): it need not list it any "
                          "more; give a CRL from before"),
                       YX_WHEN(crl->this_update), (const char *)name.data, YX_WHEN(not_after));
        return YX_OK;
    }
    note_good(status, reasons, crl->this_update, RULE);
    return YX_OK;
}

static yx_status consult(const struct yx_path *path, int depth, const struct yx_crl *crl,
                         struct status *status, struct yx_error *err)
{
    X509 *cert = sk_X509_value(path->chain, depth);
    const struct yx_crl *delta;
    unsigned reasons;
    bool counts;
    if (crl->base != NULL || !yx_crl_covers(crl, cert, &reasons))
        return YX_OK;
    YX_TRY(check_crl(path, depth, crl, status, &counts, err));
    if (!counts)
        return YX_OK;
    YX_TRY(find_delta(path, depth, crl, &delta, err));
    const X509_REVOKED *entry = find_entry(crl, delta, cert);
    if (entry == NULL)
        return note_clean(status, delta != NULL ? delta : crl, cert, reasons, err);
    status->reasons |= reasons;
    note_revoked(status, entry_time(entry), entry_reason(entry), crl->this_update, RULE);
    return YX_OK;
}

/* --- OCSP responses ---------------------------------------------------------------------- */

/* A certificate on the path and its issuer, as our own reader has them. */
struct link {
    const struct yx_path *path;
    int depth;
    struct yx_cert *cert, *issuer;
};

static void link_free(struct link *link)
{
    yx_cert_free(link->cert);
    yx_cert_free(link->issuer);
}
YX_DEFINE_CLEAN_VALUE(link, struct link, link_free);

static void free_stack(STACK_OF(X509) * stack)
{
    sk_X509_free(stack);
}
YX_DEFINE_CLEAN(stack, STACK_OF(X509) *, free_stack);

/*
 * A delegate without ocsp-nocheck may be revoked itself (RFC 6960 4.2.2.2.1): it is when a CRL says
 * so, and nobody knows when it names a source that there is nothing from.
 */
static yx_status delegate_is_good(const struct link *link, const struct yx_ocsp *ocsp,
                                  const struct yx_cert *delegate, bool *good, struct yx_error *err)
{
    const struct yx_path *path = link->path;
    YX_CLEAN(stack) STACK_OF(X509) *chain = sk_X509_new_null();
    struct yx_cert_finding finding;
    *good = yx_ocsp_is_unchecked(delegate);
    if (*good || path->of_crl_issuer)
        return YX_OK;
    X509 *own_x509;
    YX_TRY(yx_cert_x509(delegate, &own_x509, err));
    if (chain == NULL || sk_X509_push(chain, own_x509) <= 0)
        return yx_fail_memory(err);
    for (int i = link->depth + 1; i < sk_X509_num(path->chain); i++)
        if (sk_X509_push(chain, sk_X509_value(path->chain, i)) <= 0)
            return yx_fail_memory(err);
    struct yx_path own = *path;
    own.chain = chain;
    own.at = ocsp->produced_at;
    own.of_crl_issuer = true;
    own.of_stamper = false;
    YX_TRY(yx_revocation_check(&own, 0, &finding, err));
    *good = finding.outcome == YX_PASS || finding.outcome == YX_SKIP;
    return YX_OK;
}

static yx_status was_answered(const struct link *link, const struct yx_ocsp *ocsp, bool *answered,
                              struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *delegate = NULL;
    struct yx_error why;
    yx_status status =
        yx_ocsp_signer(ocsp, link->issuer, link->path->trust->known, &delegate, &why);
    *answered = status == YX_OK;
    if (status != YX_OK && status != YX_REFUSED) {
        if (err != NULL)
            *err = why;
        return status;
    }
    if (delegate != NULL)
        YX_TRY(delegate_is_good(link, ocsp, delegate, answered, err));
    return YX_OK;
}

static bool answer_covers(const struct yx_path *path, const struct yx_ocsp_answer *answer)
{
    yx_time last = answer->next_update != YX_TIME_NONE ? answer->next_update : answer->this_update;
    return answer->this_update <= path->now + YX_OCSP_SKEW && last >= path->at;
}

/* `*counts` false leaves the reason in status->problem. */
static yx_status check_answer(const struct link *link, const struct yx_ocsp *ocsp,
                              const struct yx_ocsp_single *single, struct status *status,
                              bool *counts, struct yx_error *err)
{
    const char *name = yx_cert_subject(link->cert);
    const struct yx_ocsp_answer *answer = &single->answer;
    *counts = false;
    if (ocsp->extensions.unknown_critical || single->unknown_critical) {
        yx_finding_set(
            &status->problem, YX_UNKNOWN, "RFC 6960 4.4",
            N_("the OCSP response about {1} has a critical extension that is not known here"),
            name);
        return YX_OK;
    }
    if (!answer_covers(link->path, answer)) {
        yx_finding_set(&status->problem, YX_UNKNOWN, RULE_OCSP,
                       N_("the OCSP response about {1} does not cover {2}: it is of {3}, the next "
                          "was due {4}"),
                       name, YX_WHEN(link->path->at), YX_WHEN(answer->this_update),
                       YX_WHEN(answer->next_update));
        return YX_OK;
    }
    YX_TRY(was_answered(link, ocsp, counts, err));
    if (!*counts)
        yx_finding_set(&status->problem, YX_UNKNOWN, "RFC 6960 4.2.2.2",
                       N_("the signature on the OCSP response about {1} does not hold, or whoever "
                          "signed it may not answer for {2}"),
                       name, yx_cert_subject(link->issuer));
    return YX_OK;
}

/* A responder may forget a certificate that has run out, as a CRL may (RFC 5280 3.3). */
static void note_answer(const struct link *link, const struct yx_ocsp_answer *answer,
                        struct status *status)
{
    const char *name = yx_cert_subject(link->cert);
    if (answer->status == YX_OCSP_REVOKED) {
        int reason = answer->reason != 0 ? answer->reason : NO_REASON;
        note_revoked(status, answer->revoked_at, reason, answer->this_update, RULE_OCSP);
        status->reasons = YX_REASONS_ALL;
        return;
    }
    if (answer->status == YX_OCSP_UNKNOWN)
        yx_finding_set(&status->problem, YX_UNKNOWN, "RFC 6960 2.2",
                       N_("the OCSP responder does not know {1}"), name);
    else if (answer->this_update > link->cert->not_after)
        yx_finding_set(&status->problem, YX_UNKNOWN, "RFC 5280 3.3",
                       N_("the OCSP response is of {1}, after {2} had expired ({3}): the responder "
                          "need not know any more; give one from before"),
                       YX_WHEN(answer->this_update), name, YX_WHEN(link->cert->not_after));
    else
        note_good(status, YX_REASONS_ALL, answer->this_update, RULE_OCSP);
}

static yx_status consult_response(const struct link *link, const struct yx_ocsp *ocsp,
                                  struct status *status, struct yx_error *err)
{
    struct yx_ocsp_single single;
    bool found, counts;
    YX_TRY(yx_ocsp_find(ocsp, link->cert, link->issuer, &single, &found, err));
    if (!found)
        return YX_OK;
    YX_TRY(check_answer(link, ocsp, &single, status, &counts, err));
    if (counts)
        note_answer(link, &single.answer, status);
    return YX_OK;
}

static yx_status consult_responses(const struct yx_path *path, int depth, struct status *status,
                                   struct yx_error *err)
{
    YX_CLEAN(link) struct link link = {.path = path, .depth = depth};
    if (path->trust->ocsp_count == 0 || depth + 1 >= sk_X509_num(path->chain))
        return YX_OK;
    YX_TRY(yx_cert_from_x509(sk_X509_value(path->chain, depth), &link.cert, err));
    YX_TRY(yx_cert_from_x509(sk_X509_value(path->chain, depth + 1), &link.issuer, err));
    for (size_t i = 0; i < path->trust->ocsp_count; i++)
        YX_TRY(consult_response(&link, path->trust->ocsps[i], status, err));
    return YX_OK;
}

/* --- The finding ------------------------------------------------------------------------- */

/* Does the certificate say where its revocation can be asked for? */
static bool names_source(X509 *cert)
{
    bool source = X509_get_ext_by_NID(cert, NID_crl_distribution_points, -1) >= 0 ||
                  X509_get_ext_by_NID(cert, NID_freshest_crl, -1) >= 0;
    AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i(cert, NID_info_access, NULL, NULL);
    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access); i++)
        source |= OBJ_obj2nid(sk_ACCESS_DESCRIPTION_value(access, i)->method) == NID_ad_OCSP;
    AUTHORITY_INFO_ACCESS_free(access);
    return source;
}

/* The earliest moment from which the certificate counts as revoked; INT64_MAX: it does not. */
static yx_time revoked_since(const struct status *status)
{
    bool held = status->held && status->released_by <= status->held_by;
    yx_time since = status->revoked ? status->revoked_at : INT64_MAX;
    return held && status->held_at < since ? status->held_at : since;
}

/* Every reason was asked about, and nothing stands against the certificate at `at`. */
static void conclude_good(const struct yx_path *path, const char *name, const char *rule,
                          yx_time since, struct yx_cert_finding *out)
{
    out->outcome = YX_PASS;
    out->rule = rule != NULL ? rule : RULE;
    if (since != INT64_MAX)
        yx_finding_set(out, YX_PASS, "GM/T 0031-2014 6.2.3",
                       N_("{1} was revoked at {2}, after the time that counts ({3})"), name,
                       YX_WHEN(since), YX_WHEN(path->at));
}

void yx_revocation_without_data(const char *name, bool names_source, struct yx_cert_finding *out)
{
    if (names_source)
        yx_finding_set(out, YX_UNKNOWN, RULE,
                       N_("{1} names a source of revocation data and there is none: give the CRL "
                          "of its issuer, or an OCSP response"),
                       name);
    else
        yx_finding_set(out, YX_SKIP, RULE, N_("{1} names no source of revocation data"), name);
}

static void conclude(const struct yx_path *path, X509 *cert, const char *name,
                     const struct status *status, struct yx_cert_finding *out)
{
    yx_time since = revoked_since(status);
    bool is_stamper = path->of_stamper && cert == sk_X509_value(path->chain, 0);
    if (is_stamper && status->key_lost)
        yx_finding_set(out, YX_FAIL, "RFC 3161 4.1",
                       N_("{1} was revoked at {2}, and others may have had its key: no time-stamp "
                          "made with it counts, whatever its time"),
                       name, YX_WHEN(since));
    else if (since <= path->at)
        yx_finding_set(out, YX_FAIL, status->revoked_rule, N_("{1} was revoked at {2}"), name,
                       YX_WHEN(since));
    else if (status->reasons == YX_REASONS_ALL)
        conclude_good(path, name, status->good_rule, since, out);
    else if (status->problem.outcome != YX_PASS)
        *out = status->problem;
    else if (status->reasons != 0)
        yx_finding_set(out, YX_UNKNOWN, RULE,
                       N_("the CRLs cover only some of the reasons for which {1} can be revoked"),
                       name);
    else
        yx_revocation_without_data(name, names_source(cert), out);
}

yx_status yx_revocation_check(const struct yx_path *path, int depth, struct yx_cert_finding *out,
                              struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    X509 *cert = sk_X509_value(path->chain, depth);
    struct status status = {.released_by = YX_TIME_NONE, .held_by = YX_TIME_NONE};
    memset(out, 0, sizeof(*out));
    YX_TRY(subject_of(cert, &name, err));
    for (size_t i = 0; i < path->trust->crl_count; i++)
        YX_TRY(consult(path, depth, path->trust->crls[i], &status, err));
    YX_TRY(consult_responses(path, depth, &status, err));
    conclude(path, cert, (const char *)name.data, &status, out);
    return YX_OK;
}
