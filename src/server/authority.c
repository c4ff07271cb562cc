/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/authority.c - an authority over HTTP: handlers from paths and bodies to publish/ and ca/,
 * and the thread that makes CRLs. Nothing here signs or decides.
 */
#include <stdlib.h>
#include <time.h>

#include "server/authority.h"
#include "server/room.h"

#define PATH_SIZE 128
/* How often the thread looks whether a state changed. */
#define LOOK_SECONDS 1
/* RFC 5019 6.1: a GET request is at most 255 bytes; some clients ask about more at once. */
#define GET_MAX 4096

struct yx_authority {
    struct yx_ca *ca;
    struct yx_responder *responder;
    char paths[YX_AUTHORITY_ROUTES][PATH_SIZE];
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stop_asked;
    bool running, stopping;
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
    int partition;
    bool delta;

    YX_REQUIRE(read_crl_name(request->rest, several, &partition, &delta), err, YX_NO_INPUT,
               "RFC 9110 15.5.5", N_("there is nothing at this path"));
    reply->content_type = "application/pkix-crl";
    return yx_publish_last_crl(authority->ca, partition, delta, &reply->body, err);
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
    if (status == YX_REFUSED)
        return yx_fail(err, YX_NO_INPUT, "RFC 9110 15.5.5", N_("there is nothing at this path"));
    return status;
}

/* --- OCSP ----------------------------------------------------------------------------------------
 */

/* An error response is a response: HTTP says 200 all the same (RFC 6960 appendix A.2). */
static yx_status reply_ocsp(struct yx_authority *authority, struct yx_bytes request,
                            struct yx_http_reply *reply, struct yx_error *err)
{
    yx_status status = yx_responder_reply(authority->responder, request, 0, &reply->body, err);

    reply->content_type = "application/ocsp-response";
    return reply->body.len > 0 ? YX_OK : status;
}

static yx_status post_ocsp(void *self, const struct yx_http_request *request,
                           struct yx_http_reply *reply, struct yx_error *err)
{
    return reply_ocsp(self, request->body, reply, err);
}

static yx_status get_ocsp(void *self, const struct yx_http_request *request,
                          struct yx_http_reply *reply, struct yx_error *err)
{
    struct yx_authority *authority = self;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    char text[128];

    YX_REQUIRE(strlen(request->rest) <= GET_MAX, err, YX_DAMAGED, "RFC 5019 5",
               N_("the request is too long for GET"));
    YX_TRY(yx_base64_decode(YX_TEXT(request->rest), &der, err));
    YX_TRY(reply_ocsp(authority, yx_buf_bytes(&der), reply, err));
    /* RFC 5019 6.2: what has no nonce may be kept by those between. */
    (void)snprintf(text, sizeof text, "max-age=%lld, public, no-transform, must-revalidate",
                   (long long)(yx_ca_settings(authority->ca)->ocsp_lifetime / 2));
    yx_http_header(reply, "Cache-Control", text);
    return YX_OK;
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
};

void yx_authority_routes(struct yx_authority *authority,
                         struct yx_http_route out[YX_AUTHORITY_ROUTES])
{
    for (size_t i = 0; i < YX_AUTHORITY_ROUTES; i++) {
        (void)snprintf(authority->paths[i], PATH_SIZE, "/%s/%s", yx_ca_name(authority->ca),
                       table[i].path);
        out[i] = (struct yx_http_route){
            .method = table[i].method,
            .path = authority->paths[i],
            .body_max = table[i].body_max,
            .accept = table[i].accept,
            .handle = table[i].handle,
            .self = authority,
        };
    }
}

/* --- The thread that publishes
 * ---------------------------------------------------------------------- */

/* A failure is told and tried again: a list that cannot be made now may be made a second later. */
static void publish(struct yx_authority *authority)
{
    struct yx_error err;
    yx_time next;
    char sentence[512];

    if (yx_publish_due(authority->ca, true, 0, &next, &err) == YX_OK)
        return;
    yx_message_render(&err.message, NULL, sentence, sizeof sentence);
    (void)fprintf(stderr, "%s: %s\n", yx_ca_name(authority->ca), sentence);
}

static void *publish_for_ever(void *self)
{
    struct yx_authority *authority = self;

    (void)pthread_mutex_lock(&authority->lock);
    while (!authority->stopping) {
        struct timespec next;

        (void)pthread_mutex_unlock(&authority->lock);
        publish(authority);
        (void)clock_gettime(CLOCK_MONOTONIC, &next);
        next.tv_sec += LOOK_SECONDS;
        (void)pthread_mutex_lock(&authority->lock);
        if (!authority->stopping)
            (void)pthread_cond_timedwait(&authority->stop_asked, &authority->lock, &next);
    }
    (void)pthread_mutex_unlock(&authority->lock);
    return NULL;
}

yx_status yx_authority_start(struct yx_authority *authority, struct yx_error *err)
{
    int code = pthread_create(&authority->thread, NULL, publish_for_ever, authority);

    if (code != 0)
        return yx_fail_errno(err, YX_NO_MEMORY, N_("cannot start {1}: {2}"), "a thread", code);
    authority->running = true;
    return YX_OK;
}

/* --- Life
 * ------------------------------------------------------------------------------------------ */

yx_status yx_authority_new(struct yx_ca *ca, struct yx_authority **out, struct yx_error *err)
{
    YX_CLEAN(yx_authority) struct yx_authority *authority = calloc(1, sizeof *authority);
    pthread_condattr_t clock;

    if (authority == NULL)
        return yx_fail_memory(err);
    authority->ca = ca;
    (void)pthread_mutex_init(&authority->lock, NULL);
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&authority->stop_asked, &clock);
    (void)pthread_condattr_destroy(&clock);
    YX_TRY(yx_publish_prepare(ca, err));
    YX_TRY(yx_responder_new(ca, NULL, NULL, &authority->responder, err));
    *out = authority;
    authority = NULL;
    return YX_OK;
}

void yx_authority_free(struct yx_authority *authority)
{
    if (authority == NULL)
        return;
    if (authority->running) {
        (void)pthread_mutex_lock(&authority->lock);
        authority->stopping = true;
        (void)pthread_cond_signal(&authority->stop_asked);
        (void)pthread_mutex_unlock(&authority->lock);
        (void)pthread_join(authority->thread, NULL);
    }
    yx_responder_free(authority->responder);
    (void)pthread_cond_destroy(&authority->stop_asked);
    (void)pthread_mutex_destroy(&authority->lock);
    free(authority);
}
