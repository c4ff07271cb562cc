/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web/enrolment.c - EST and CMP over HTTP: handlers from paths and bodies to est/ and cmp/, and
 * the thread that looks for certificates that nobody confirmed. Nothing here decides.
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "http/http.h"
#include "web/enrolment.h"

#define PATH_SIZE 128
#define LOOK_SECONDS 30

struct yx_enrolment {
    struct yx_ca *ca;
    struct yx_enrol *enrol;
    struct yx_cmp *cmp;
    pthread_rwlock_t people; /* written by whoever reads enrol.conf again */
    bool est;
    char paths[YX_ENROLMENT_ROUTES][PATH_SIZE];
    struct yx_complaints complaints;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stop_asked;
    bool running, stopping;
};

/* What is refused is the asker's affair; what fails inside is the operator's. */
static void note(struct yx_enrolment *enrolment, yx_status status, const struct yx_error *err)
{
    if (status == YX_IO || status == YX_INTERNAL)
        yx_complain(&enrolment->complaints, yx_ca_name(enrolment->ca), err);
}

/* People who were added or removed meanwhile count from the next request on. `leave` follows. */
static void enter(struct yx_enrolment *enrolment)
{
    struct yx_error err;

    (void)pthread_rwlock_rdlock(&enrolment->people);
    if (!yx_enrol_is_stale(enrolment->enrol))
        return;
    (void)pthread_rwlock_unlock(&enrolment->people);
    (void)pthread_rwlock_wrlock(&enrolment->people);
    if (yx_enrol_is_stale(enrolment->enrol) && yx_enrol_refresh(enrolment->enrol, &err) != YX_OK)
        yx_complain(&enrolment->complaints, yx_ca_name(enrolment->ca), &err);
    (void)pthread_rwlock_unlock(&enrolment->people);
    (void)pthread_rwlock_rdlock(&enrolment->people);
}

static void leave(struct yx_enrolment *enrolment)
{
    (void)pthread_rwlock_unlock(&enrolment->people);
}

static void tell_operator(void *self, const struct yx_error *news)
{
    const struct yx_enrolment *enrolment = self;

    yx_tell(yx_ca_name(enrolment->ca), news);
}

/* --- EST ----------------------------------------------------------------------------------- */

static void pass_on(struct yx_est_reply *from, struct yx_http_reply *to)
{
    char seconds[16];

    to->status = from->status;
    to->content_type = from->content_type;
    to->body = from->body;
    from->body = (struct yx_buf){0};
    if (from->is_base64)
        yx_http_header(to, "Content-Transfer-Encoding", "base64");
    if (from->ask_password)
        yx_http_header(to, "WWW-Authenticate", "Basic realm=\"est\", charset=\"UTF-8\"");
    if (from->retry_after > 0) {
        (void)snprintf(seconds, sizeof seconds, "%u", from->retry_after);
        yx_http_header(to, "Retry-After", seconds);
    }
}

static yx_status answer_est(void *self, const struct yx_http_request *request,
                            struct yx_http_reply *reply, struct yx_error *err)
{
    struct yx_enrolment *enrolment = self;
    YX_CLEAN(yx_est_reply) struct yx_est_reply answer = {0};
    const struct yx_est_request asked = {
        .method = request->method,
        .operation = request->rest,
        .content_type = request->content_type,
        .authorization = request->authorization,
        .address = request->peer,
        .body = request->body,
        .client_certificate = request->client_certificate,
    };
    yx_status status;

    enter(enrolment);
    status = yx_est_answer(enrolment->enrol, &asked, &answer, err);
    leave(enrolment);
    if (status == YX_NO_MEMORY)
        return status;
    note(enrolment, status, err);
    pass_on(&answer, reply);
    return YX_OK;
}

/* --- CMP ----------------------------------------------------------------------------------- */

/* A rejection is an answer: HTTP says 200 all the same (RFC 9811 3.3). */
static yx_status answer_for(struct yx_enrolment *enrolment, const char *profile,
                            const struct yx_http_request *request, struct yx_http_reply *reply,
                            struct yx_error *err)
{
    const struct yx_cmp_request asked = {
        .message = request->body, .profile = profile, .address = request->peer};
    yx_status status;

    enter(enrolment);
    status = yx_cmp_answer(enrolment->cmp, &asked, &reply->body, err);
    leave(enrolment);
    reply->content_type = YX_CMP_TYPE;
    if (reply->body.len == 0)
        return status;
    note(enrolment, status, err);
    return YX_OK;
}

static yx_status answer_cmp(void *self, const struct yx_http_request *request,
                            struct yx_http_reply *reply, struct yx_error *err)
{
    return answer_for(self, "", request, reply, err);
}

static yx_status answer_cmp_profile(void *self, const struct yx_http_request *request,
                                    struct yx_http_reply *reply, struct yx_error *err)
{
    return answer_for(self, request->rest, request, reply, err);
}

/* --- Routes -------------------------------------------------------------------------------- */

static const struct {
    const char *method, *path;
    size_t body_max;
    const char *accept;
    yx_http_handler handle;
    bool est;
} table[YX_ENROLMENT_ROUTES] = {
    {"GET", "/.well-known/est/*", 0, NULL, answer_est, true},
    {"POST", "/.well-known/est/*", YX_EST_BODY_MAX, NULL, answer_est, true},
    {"POST", "/.well-known/cmp", YX_CMP_MESSAGE_MAX, YX_CMP_TYPE, answer_cmp, false},
    {"POST", "/.well-known/cmp/p/*", YX_CMP_MESSAGE_MAX, YX_CMP_TYPE, answer_cmp_profile, false},
};

size_t yx_enrolment_routes(struct yx_enrolment *enrolment, struct yx_http_route *out)
{
    size_t count = 0;

    for (size_t i = 0; i < YX_ENROLMENT_ROUTES; i++)
        if (enrolment->est || !table[i].est)
            out[count++] = (struct yx_http_route){
                .method = table[i].method,
                .path = enrolment->paths[i],
                .body_max = table[i].body_max,
                .accept = table[i].accept,
                .handle = table[i].handle,
                .self = enrolment,
            };
    return count;
}

/* --- The thread ---------------------------------------------------------------------------- */

static void sweep(struct yx_enrolment *enrolment)
{
    struct yx_error err;
    size_t count;

    enter(enrolment);
    note(enrolment, yx_cmp_sweep(enrolment->cmp, 0, &count, &err), &err);
    note(enrolment, yx_enrol_sweep(enrolment->enrol, 0, &err), &err);
    leave(enrolment);
}

static void *sweep_for_ever(void *self)
{
    struct yx_enrolment *enrolment = self;

    (void)pthread_mutex_lock(&enrolment->lock);
    while (!enrolment->stopping) {
        struct timespec next;

        (void)pthread_mutex_unlock(&enrolment->lock);
        sweep(enrolment);
        (void)clock_gettime(CLOCK_MONOTONIC, &next);
        next.tv_sec += LOOK_SECONDS;
        (void)pthread_mutex_lock(&enrolment->lock);
        if (!enrolment->stopping)
            (void)pthread_cond_timedwait(&enrolment->stop_asked, &enrolment->lock, &next);
    }
    (void)pthread_mutex_unlock(&enrolment->lock);
    return NULL;
}

yx_status yx_enrolment_start(struct yx_enrolment *enrolment, struct yx_error *err)
{
    int code = pthread_create(&enrolment->thread, NULL, sweep_for_ever, enrolment);

    if (code != 0)
        return yx_fail_errno(err, YX_NO_MEMORY, N_("cannot start {1}: {2}"), "a thread", code);
    enrolment->running = true;
    return YX_OK;
}

/* --- Life ---------------------------------------------------------------------------------- */

static void prepare_locks(struct yx_enrolment *enrolment)
{
    pthread_rwlockattr_t writers;
    pthread_condattr_t clock;

    /* Under a steady stream of requests, whoever reads the file again would never get in. */
    (void)pthread_rwlockattr_init(&writers);
    (void)pthread_rwlockattr_setkind_np(&writers, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    (void)pthread_rwlock_init(&enrolment->people, &writers);
    (void)pthread_rwlockattr_destroy(&writers);

    (void)pthread_mutex_init(&enrolment->lock, NULL);
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&enrolment->stop_asked, &clock);
    (void)pthread_condattr_destroy(&clock);
}

yx_status yx_enrolment_new(struct yx_ca *ca, const struct yx_enrolment_settings *settings,
                           struct yx_enrolment **out, struct yx_error *err)
{
    YX_CLEAN(yx_enrolment) struct yx_enrolment *enrolment = calloc(1, sizeof *enrolment);

    if (enrolment == NULL)
        return yx_fail_memory(err);
    prepare_locks(enrolment);
    enrolment->ca = ca;
    enrolment->est = settings->est;
    for (size_t i = 0; i < YX_ENROLMENT_ROUTES; i++)
        (void)snprintf(enrolment->paths[i], PATH_SIZE, "%s%s", settings->prefix, table[i].path);
    YX_TRY(yx_enrol_new(ca, settings->people, &enrolment->enrol, err));
    yx_enrol_on_news(enrolment->enrol, tell_operator, enrolment);
    YX_TRY(yx_cmp_new(enrolment->enrol, &settings->cmp, &enrolment->cmp, err));
    *out = enrolment;
    enrolment = NULL;
    return YX_OK;
}

void yx_enrolment_free(struct yx_enrolment *enrolment)
{
    if (enrolment == NULL)
        return;
    if (enrolment->running) {
        (void)pthread_mutex_lock(&enrolment->lock);
        enrolment->stopping = true;
        (void)pthread_cond_signal(&enrolment->stop_asked);
        (void)pthread_mutex_unlock(&enrolment->lock);
        (void)pthread_join(enrolment->thread, NULL);
    }
    yx_cmp_free(enrolment->cmp);
    yx_enrol_free(enrolment->enrol);
    (void)pthread_rwlock_destroy(&enrolment->people);
    (void)pthread_cond_destroy(&enrolment->stop_asked);
    (void)pthread_mutex_destroy(&enrolment->lock);
    free(enrolment);
}
