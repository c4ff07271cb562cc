/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/fetch.c - gets the revocation data that a trust lacks about a certificate and those above
 * it, from where they name (RFC 5280 4.2.1.13, 4.2.2.1): an OCSP responder first, then CRLs. The
 * trust's fetcher brings them; there are no sockets here. Nothing is asked for before the path is
 * known to lead to an anchor, so that a stranger's certificate cannot send us anywhere.
 */
#include "x509/cert_internal.h"

#define RULE "RFC 5280 6.3.3"
#define PATH_MAX_CERTS 16
#define CRL_MAX (16u * 1024 * 1024)

void yx_trust_set_fetcher(struct yx_trust *trust, const struct yx_fetcher *fetcher)
{
    trust->fetcher = fetcher;
}

/* The path of one certificate, and when it counts. */
struct chase {
    struct yx_trust *trust;
    yx_time at, now;
    struct yx_cert *path[PATH_MAX_CERTS]; /* the certificate first */
    size_t count;
    struct yx_error why; /* the last thing that went wrong */
    char url[256];       /* and where */
};

static void chase_free(struct chase *chase)
{
    for (size_t i = 0; i < chase->count; i++)
        yx_cert_free(chase->path[i]);
}
YX_DEFINE_CLEAN_VALUE(chase, struct chase, chase_free);

static yx_status find_path(struct chase *chase, const struct yx_cert *cert, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf above = {0};
    YX_TRY(yx_cert_path(chase->trust, cert, chase->at, &above, err));
    chase->path[chase->count++] = yx_cert_share(cert);
    struct yx_der list = yx_der_reader(yx_buf_bytes(&above), "Certificates");
    while (!yx_der_at_end(&list) && chase->count < PATH_MAX_CERTS) {
        struct yx_bytes der;
        YX_TRY(yx_der_any(&list, NULL, NULL, &der, err));
        YX_TRY(yx_cert_from_der(der, &chase->path[chase->count], err));
        chase->count++;
    }
    return YX_OK;
}

/* Is the revocation of the certificate, or of one above it, still unknown? */
static yx_status is_unknown(struct chase *chase, size_t index, bool *unknown, struct yx_error *err)
{
    struct yx_cert_findings findings;
    YX_TRY(yx_cert_validate(chase->trust, chase->path[index],
                            index == 0 ? YX_USE_SIGN : YX_USE_ISSUE, chase->at, chase->now,
                            &findings, err));
    *unknown = findings.revocation.outcome == YX_UNKNOWN;
    if (*unknown)
        chase->why = (struct yx_error){.status = YX_REFUSED,
                                       .rule = findings.revocation.rule,
                                       .message = findings.revocation.detail};
    return YX_OK;
}

/* --- Two ways to ask --------------------------------------------------------------------- */

static yx_status ask_responder(struct chase *chase, size_t index, struct yx_error *err)
{
    const struct yx_fetcher *fetcher = chase->trust->fetcher;
    struct yx_ocsp_answer ignored;
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    struct yx_ocsp_question question = {
        .about = {chase->path[index], chase->path[index + 1]}, .at = chase->at, .now = yx_now()};
    YX_TRY(yx_ocsp_request_make(&question.about, 1, YX_DIGEST_NONE, true, &request, err));
    struct yx_fetch fetch = {
        .url = chase->url,
        .content_type = "application/ocsp-request",
        .accepted_type = "application/ocsp-response",
        .body = yx_buf_bytes(&request),
        .limit = YX_OCSP_RESPONSE_MAX,
    };
    YX_TRY(fetcher->fetch(fetcher->self, &fetch, &response, err));
    question.request = yx_buf_bytes(&request);
    YX_TRY(yx_ocsp_response_check(yx_buf_bytes(&response), &question, &ignored, err));
    return yx_trust_add_ocsp(chase->trust, yx_buf_bytes(&response), err);
}

/* Of whichever certificate of the path: a CRL says itself what it covers. */
static yx_status get_crl(struct chase *chase, size_t index, struct yx_error *err)
{
    const struct yx_fetcher *fetcher = chase->trust->fetcher;
    YX_CLEAN(yx_buf) struct yx_buf crl = {0};
    struct yx_fetch fetch = {
        .url = chase->url,
        .accepted_type = "application/pkix-crl",
        .limit = CRL_MAX,
    };
    (void)index;
    YX_TRY(fetcher->fetch(fetcher->self, &fetch, &crl, err));
    return yx_trust_add_crl(chase->trust, yx_buf_bytes(&crl), err);
}

static const struct source {
    yx_revocation_source kind;
    yx_status (*ask)(struct chase *chase, size_t index, struct yx_error *err);
} sources[] = {{YX_SOURCE_OCSP, ask_responder}, {YX_SOURCE_CRL, get_crl}};

/* --- One certificate after the other ----------------------------------------------------- */

/* Asks at one place; what goes wrong there is kept, for the case that no other place knows more. */
static yx_status ask(struct chase *chase, size_t index, const struct source *source,
                     struct yx_bytes url, bool *unknown, struct yx_error *err)
{
    struct yx_error why;
    if (url.len >= sizeof chase->url)
        return YX_OK;
    memcpy(chase->url, url.data, url.len);
    chase->url[url.len] = 0;
    yx_status status = source->ask(chase, index, &why);
    if (status == YX_NO_MEMORY)
        return yx_fail_memory(err);
    if (status == YX_OK)
        return is_unknown(chase, index, unknown, err);
    chase->why = why;
    return YX_OK;
}

static yx_status refuse(const struct chase *chase, size_t index, struct yx_error *err)
{
    char reason[400];
    const char *name = yx_cert_subject(chase->path[index]);
    const char *rule = chase->why.rule[0] != 0 ? chase->why.rule : RULE;
    if (chase->url[0] == 0) /* it names no place; who needs the data says so */
        return YX_OK;
    yx_message_render(&chase->why.message, NULL, reason, sizeof reason);
    if (strstr(reason, chase->url) != NULL)
        return yx_fail(err, YX_REFUSED, rule, N_("whether {1} is revoked cannot be learnt: {2}"),
                       name, reason);
    return yx_fail(err, YX_REFUSED, rule,
                   N_("whether {1} is revoked cannot be learnt from {2}: {3}"), name, chase->url,
                   reason);
}

static yx_status complete(struct chase *chase, size_t index, struct yx_error *err)
{
    bool unknown;
    YX_TRY(is_unknown(chase, index, &unknown, err));
    chase->url[0] = 0;
    for (size_t i = 0; unknown && i < sizeof sources / sizeof *sources; i++)
        for (size_t n = 0; unknown; n++) {
            struct yx_bytes url = yx_cert_revocation_url(chase->path[index], sources[i].kind, n);
            if (url.len == 0)
                break;
            YX_TRY(ask(chase, index, &sources[i], url, &unknown, err));
        }
    return unknown ? refuse(chase, index, err) : YX_OK;
}

yx_status yx_trust_fetch(struct yx_trust *trust, const struct yx_cert *cert, yx_time at,
                         yx_time now, struct yx_error *err)
{
    YX_CLEAN(chase) struct chase chase = {.trust = trust, .at = at, .now = now};
    struct yx_cert_findings findings;
    if (trust->fetcher == NULL)
        return YX_OK;
    YX_TRY(yx_cert_validate(trust, cert, YX_USE_SIGN, at, now, &findings, err));
    if (findings.chain.outcome != YX_PASS || findings.revocation.outcome != YX_UNKNOWN)
        return YX_OK;
    YX_TRY(find_path(&chase, cert, err));
    /* From the anchor down: what is unknown of a CA would be unknown of all below it. */
    for (size_t i = chase.count - 1; i-- > 0;)
        YX_TRY(complete(&chase, i, err));
    return YX_OK;
}
