/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web/authority.c - an authority over HTTP: handlers from paths and bodies to publish/, tsa/ and
 * ca/, and the threads that publish. Nothing here signs or decides.
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "http/http.h"
#include "web/authority.h"

#define PATH_SIZE 128
/* RFC 5019 6.1: a GET request is at most 255 bytes; some clients ask about more at once. */
#define GET_MAX 4096
/* So long may those between keep a CRL without asking again, in seconds. */
#define CRL_KEPT 60

/* A thread that does the same again and again. */
struct rounds {
    struct yx_authority *authority;
    yx_status (*work)(struct yx_authority *authority, struct yx_error *err);
    unsigned pause, pause_failed; /* seconds between two rounds */
    pthread_t thread;
    bool running;
    struct yx_complaints complaints;
};

struct yx_authority {
    struct yx_ca *ca;
    struct yx_responder *responder;
    struct yx_crl_cache *crls;
    struct yx_tsa_service *tsa; /* NULL: none */
    struct yx_complaints complaints;
    char paths[YX_AUTHORITY_ROUTES][PATH_SIZE];
    pthread_mutex_t lock;
    pthread_cond_t stop_asked;
    bool stopping;
    struct rounds rounds[2];
};

/* --- Handlers ------------------------------------------------------------------------------------
 */

static yx_status give(struct yx_http_reply *reply, const char *content_type, struct yx_bytes body,
                      struct yx_error *err)
{
    reply->content_type = content_type;
    return yx_buf_append(&reply->body, body) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status get_certificate(void *self, const struct yx_http_request *request,
                                 struct yx_http_reply *reply, struct yx_error *err)
{
    const struct yx_authority *authority = self;

    (void)request;
    return give(reply, "application/pkix-cert", yx_cert_der(yx_ca_certificate(authority->ca)), err);
}

static yx_status get_chain(void *self, const struct yx_http_request *request,
                           struct yx_http_reply *reply, struct yx_error *err)
{
    const struct yx_authority *authority = self;

    (void)request;
    return give(reply, "application/pem-certificate-chain", yx_ca_chain(authority->ca), err);
}

/* "full.crl", "delta.crl"; with several partitions "3.crl", "3-delta.crl". */
static bool read_crl_name(const char *name, bool several, int *partition, bool *delta)
{
    const char *at = name;

    *partition = 0;
    if (!several) {
        *delta = strcmp(name, "delta.crl") == 0;
        return *delta || strcmp(name, "full.crl") == 0;
    }
    while (*at >= '0' && *at <= '9' && at - name < 4)
        *partition = *partition * 10 + (*at++ - '0');
    *delta = strcmp(at, "-delta.crl") == 0;
    return at > name && (*delta || strcmp(at, ".crl") == 0);
}

static yx_status get_crl(void *self, const struct yx_http_request *request,
                         struct yx_http_reply *reply, struct yx_error *err)
{
    const struct yx_authority *authority = self;
    bool several = yx_ca_settings(authority->ca)->partitions > 1;
    struct yx_crl_copy crl;
    char text[64];
    int partition;
    bool delta;

    YX_REQUIRE(read_crl_name(request->rest, several, &partition, &delta), err, YX_NO_INPUT,
               "RFC 9110 15.5.5", N_("there is nothing at this path"));
    YX_TRY(yx_crl_cache_get(authority->crls, partition, delta, &crl, err));
    reply->content_type = "application/pkix-crl";
    reply->shared = crl.der;
    reply->release = yx_crl_copy_release;
    reply->owner = crl.owner;
    reply->modified = crl.this_update;
    (void)snprintf(reply->etag, sizeof reply->etag, "%s", crl.etag);
    (void)snprintf(text, sizeof text, "public, max-age=%d", CRL_KEPT);
    yx_http_header(reply, "Cache-Control", text);
    return YX_OK;
}

static yx_status take_certificate(void *self, const struct yx_ca_record *record,
                                  struct yx_error *err)
{
    YX_REQUIRE(record->der.len > 0, err, YX_NO_INPUT, "RFC 9110 15.5.5",
               N_("there is nothing at this path"));
    return yx_buf_append(self, record->der) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status get_issued(void *self, const struct yx_http_request *request,
                            struct yx_http_reply *reply, struct yx_error *err)
{
    const struct yx_authority *authority = self;
    char serial[64];
    size_t len = strcspn(request->rest, ".");
    yx_status status;

    YX_REQUIRE(len < sizeof serial && strcmp(request->rest + len, ".cer") == 0, err, YX_NO_INPUT,
               "RFC 9110 15.5.5", N_("there is nothing at this path"));
    memcpy(serial, request->rest, len);
    serial[len] = '\0';
    reply->content_type = "application/pkix-cert";
    status = yx_ca_find(authority->ca, serial, take_certificate, &reply->body, err);
    /* Which serials exist is no secret, but a strange one is just not there. */
    if (status == YX_REFUSED || status == YX_USAGE)
        return yx_fail(err, YX_NO_INPUT, "RFC 9110 15.5.5", N_("there is nothing at this path"));
    return status;
}

/* --- OCSP ----------------------------------------------------------------------------------------
 */

/* An error response is a response: HTTP says 200 all the same (RFC 6960 appendix A.2). What failed
 * inside is told to the operator. */
static yx_status take_response(struct yx_authority *authority, const char *where, yx_status status,
                               const struct yx_http_reply *reply, const struct yx_error *err)
{
    if (reply->body.len == 0)
        return status;
    if (status != YX_OK && yx_problem_status(status) >= 500)
        yx_complain(&authority->complaints, where, err);
    return YX_OK;
}

static yx_status post_ocsp(void *self, const struct yx_http_request *request,
                           struct yx_http_reply *reply, struct yx_error *err)
{
    struct yx_authority *authority = self;

    reply->content_type = "application/ocsp-response";
    return take_response(
        authority, request->path,
        yx_responder_reply(authority->responder, request->body, 0, &reply->body, err), reply, err);
}

static yx_status get_ocsp(void *self, const struct yx_http_request *request,
                          struct yx_http_reply *reply, struct yx_error *err)
{
    struct yx_authority *authority = self;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    char text[96];
    yx_status status;

    YX_REQUIRE(strlen(request->rest) <= GET_MAX, err, YX_DAMAGED, "RFC 5019 5",
               N_("the request is too long for GET"));
    YX_TRY(yx_base64_decode(YX_TEXT(request->rest), &der, err));
    reply->content_type = "application/ocsp-response";
    status = yx_responder_reply(authority->responder, yx_buf_bytes(&der), 0, &reply->body, err);
    /* RFC 5019 6.2: what has no nonce may be kept by those between. An answer that is given again
     * has half of its life left. */
    if (status == YX_OK && yx_responder_may_keep(yx_buf_bytes(&der)))
        (void)snprintf(text, sizeof text, "max-age=%lld, public, no-transform, must-revalidate",
                       (long long)(yx_ca_settings(authority->ca)->ocsp_lifetime / 2));
    else
        (void)snprintf(text, sizeof text, "no-store");
    yx_http_header(reply, "Cache-Control", text);
    return take_response(authority, "ocsp", status, reply, err);
}

static yx_status post_tsa(void *self, const struct yx_http_request *request,
                          struct yx_http_reply *reply, struct yx_error *err)
{
    struct yx_authority *authority = self;
    yx_status status = yx_tsa_service_reply(authority->tsa, request->body, &reply->body, err);

    reply->content_type = "application/timestamp-reply";
    /* A clock in doubt is the operator's business too, a request that asks for too much is not. */
    if (status == YX_REFUSED && strcmp(err->rule, YX_TSA_RULE_TIME) == 0)
        yx_complain(&authority->complaints, request->path, err);
    return take_response(authority, request->path, status, reply, err);
}

/* --- Routes
 * --------------------------------------------------------------------------------------- */

static const struct {
    const char *method, *path; /* below /NAME/ */
    size_t body_max;
    const char *accept;
    yx_http_handler handle;
} table[YX_AUTHORITY_ROUTES] = {
    {"GET", "ca.cer", 0, NULL, get_certificate},
    {"GET", "chain.pem", 0, NULL, get_chain},
    {"GET", "crl/*", 0, NULL, get_crl},
    {"GET", "certificates/*", 0, NULL, get_issued},
    {"POST", "ocsp", YX_OCSP_REQUEST_MAX, "application/ocsp-request", post_ocsp},
    {"GET", "ocsp/*", 0, NULL, get_ocsp},
    {"POST", "tsa", YX_TSA_REQUEST_MAX, "application/timestamp-query", post_tsa},
};

size_t yx_authority_routes(struct yx_authority *authority, struct yx_http_route *out)
{
    size_t count = 0;

    for (size_t i = 0; i < YX_AUTHORITY_ROUTES; i++) {
        if (table[i].handle == post_tsa && authority->tsa == NULL)
            continue;
        (void)snprintf(authority->paths[i], PATH_SIZE, "/%s/%s", yx_ca_name(authority->ca),
                       table[i].path);
        out[count++] = (struct yx_http_route){
            .method = table[i].method,
            .path = authority->paths[i],
            .body_max = table[i].body_max,
            .accept = table[i].accept,
            .handle = table[i].handle,
            .self = authority,
        };
    }
    return count;
}

/* --- The threads that publish ------------------------------------------------------------------
 */

static yx_status publish_crls(struct yx_authority *authority, struct yx_error *err)
{
    yx_time next;

    return yx_publish_due(authority->ca, true, 0, &next, err);
}

static yx_status publish_entries(struct yx_authority *authority, struct yx_error *err)
{
    return yx_publish_ldap(authority->ca, err);
}

/* Waits so long, or until the end is asked for. The caller holds the lock. */
static void pause_for(struct yx_authority *authority, unsigned seconds)
{
    struct timespec end;
    int code = 0;

    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += seconds;
    while (!authority->stopping && code == 0)
        code = pthread_cond_timedwait(&authority->stop_asked, &authority->lock, &end);
}

/* A failure is told and tried again: a list that cannot be made now may be made a second later. */
static void *go_round(void *self)
{
    struct rounds *rounds = self;
    struct yx_authority *authority = rounds->authority;

    (void)pthread_mutex_lock(&authority->lock);
    while (!authority->stopping) {
        struct yx_error err;
        yx_status status;

        (void)pthread_mutex_unlock(&authority->lock);
        status = rounds->work(authority, &err);
        if (status != YX_OK)
            yx_complain(&rounds->complaints, yx_ca_name(authority->ca), &err);
        (void)pthread_mutex_lock(&authority->lock);
        pause_for(authority, status == YX_OK ? rounds->pause : rounds->pause_failed);
    }
    (void)pthread_mutex_unlock(&authority->lock);
    return NULL;
}

static yx_status start(struct rounds *rounds, struct yx_error *err)
{
    int code = pthread_create(&rounds->thread, NULL, go_round, rounds);

    if (code != 0)
        return yx_fail_errno(err, YX_NO_MEMORY, N_("cannot start {1}: {2}"), "a thread", code);
    rounds->running = true;
    return YX_OK;
}

yx_status yx_authority_start(struct yx_authority *authority, struct yx_error *err)
{
    authority->rounds[0] = (struct rounds){authority, publish_crls, 1, 1};
    authority->rounds[1] = (struct rounds){authority, publish_entries, 1, 10};
    YX_TRY(start(&authority->rounds[0], err));
    if (yx_ca_settings(authority->ca)->ldap_url[0] == '\0')
        return YX_OK;
    return start(&authority->rounds[1], err);
}

/* --- Life
 * ------------------------------------------------------------------------------------------ */

static yx_status open_tsa(struct yx_authority *authority,
                          const struct yx_authority_helpers *helpers, struct yx_error *err)
{
    const struct yx_ca_settings *settings = yx_ca_settings(authority->ca);
    const struct yx_tsa_settings tsa = {
        .name = yx_ca_name(authority->ca),
        .cert = helpers->tsa_cert,
        .chain = helpers->tsa_chain,
        .chain_count = helpers->tsa_chain_count,
        .signer = helpers->tsa_signer,
        .policy = settings->tsa_policy,
        .step_max = settings->tsa_step_max,
        .synchronised = settings->tsa_synchronised == 1,
    };

    if (helpers->tsa_cert == NULL)
        return YX_OK;
    return yx_tsa_service_new(yx_ca_store(authority->ca), &tsa, &authority->tsa, err);
}

static struct yx_authority *allocate(struct yx_ca *ca)
{
    struct yx_authority *authority = calloc(1, sizeof *authority);
    pthread_condattr_t clock;

    if (authority == NULL)
        return NULL;
    authority->ca = ca;
    (void)pthread_mutex_init(&authority->lock, NULL);
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&authority->stop_asked, &clock);
    (void)pthread_condattr_destroy(&clock);
    return authority;
}

yx_status yx_authority_new(struct yx_ca *ca, const struct yx_authority_helpers *helpers,
                           struct yx_authority **out, struct yx_error *err)
{
    YX_CLEAN(yx_authority) struct yx_authority *authority = allocate(ca);
    const struct yx_signer *ocsp = helpers->ocsp_cert == NULL ? NULL : &helpers->ocsp_signer;

    if (authority == NULL)
        return yx_fail_memory(err);
    YX_TRY(yx_publish_prepare(ca, err));
    YX_TRY(yx_responder_new(ca, helpers->ocsp_cert, ocsp, &authority->responder, err));
    YX_TRY(yx_crl_cache_new(ca, &authority->crls, err));
    YX_TRY(open_tsa(authority, helpers, err));
    *out = authority;
    authority = NULL;
    return YX_OK;
}

void yx_authority_free(struct yx_authority *authority)
{
    if (authority == NULL)
        return;
    (void)pthread_mutex_lock(&authority->lock);
    authority->stopping = true;
    (void)pthread_cond_broadcast(&authority->stop_asked);
    (void)pthread_mutex_unlock(&authority->lock);
    for (size_t i = 0; i < 2; i++)
        if (authority->rounds[i].running)
            (void)pthread_join(authority->rounds[i].thread, NULL);
    yx_responder_free(authority->responder);
    yx_crl_cache_free(authority->crls);
    yx_tsa_service_free(authority->tsa);
    (void)pthread_cond_destroy(&authority->stop_asked);
    (void)pthread_mutex_destroy(&authority->lock);
    free(authority);
}
