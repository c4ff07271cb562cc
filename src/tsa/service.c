/* SPDX-License-Identifier: Apache-2.0 */
/* tsa/service.c - requests answered: time and serial are taken one after the other, tokens are
 * signed by many threads at once. */
#include <pthread.h>
#include <stdlib.h>

#include "tsa/room.h"

struct yx_tsa_service {
    struct yx_tsa tsa;
    struct yx_buf policy;
    pthread_mutex_t lock; /* over what follows */
    struct yx_tsa_watch watch;
    struct yx_tsa_block block;
};

static yx_status check_certificate(const struct yx_cert *cert, yx_time now, struct yx_error *err)
{
    struct yx_cert_findings findings;

    YX_TRY(yx_cert_validate(NULL, cert, YX_USE_TIME_STAMP, now, now, &findings, err));
    YX_REQUIRE(
        findings.usage.outcome != YX_FAIL, err, YX_REFUSED, findings.usage.rule,
        N_("the certificate of {1} is not one for time-stamping: its extended key usage must "
           "be timeStamping, critical and alone"),
        yx_cert_subject(cert));
    return YX_OK;
}

static yx_status fill(struct yx_tsa_service *service, const struct yx_tsa_settings *settings,
                      struct yx_error *err)
{
    bool usual_clock = settings->clock.now == NULL;

    service->watch = (struct yx_tsa_watch){
        .clock = usual_clock ? yx_tsa_machine_clock : settings->clock,
        .step_max = (settings->step_max == 0 ? 1 : settings->step_max) * YX_SECOND,
        .synchronised = settings->synchronised,
    };
    if (settings->policy != NULL && settings->policy[0] != '\0')
        YX_TRY(yx_oid_from_dotted(YX_TEXT(settings->policy), &service->policy, err));
    service->tsa = (struct yx_tsa){
        .cert = settings->cert,
        .chain = settings->chain,
        .chain_count = settings->chain_count,
        .signer = settings->signer,
        .policy = yx_buf_bytes(&service->policy),
    };
    return check_certificate(settings->cert, service->watch.clock.now(service->watch.clock.self),
                             err);
}

yx_status yx_tsa_service_new(struct yx_store *store, const struct yx_tsa_settings *settings,
                             struct yx_tsa_service **out, struct yx_error *err)
{
    YX_CLEAN(yx_tsa_service) struct yx_tsa_service *service = calloc(1, sizeof *service);

    if (service == NULL)
        return yx_fail_memory(err);
    (void)pthread_mutex_init(&service->lock, NULL);
    YX_TRY(fill(service, settings, err));
    service->block.store = store;
    service->block.name = settings->name;
    YX_TRY(yx_tsa_block_open(&service->block, settings->cert, err));
    yx_tsa_watch_start(&service->watch);
    *out = service;
    service = NULL;
    return YX_OK;
}

void yx_tsa_service_free(struct yx_tsa_service *service)
{
    if (service == NULL)
        return;
    if (service->block.store != NULL)
        (void)yx_tsa_block_close(&service->block, yx_now(), NULL);
    (void)pthread_mutex_destroy(&service->lock);
    yx_buf_free(&service->policy);
    free(service);
}

/* --- Answers --------------------------------------------------------------------------------- */

struct moment {
    yx_time time;
    uint8_t serial[YX_TSA_SERIAL_SIZE];
};

static yx_status take_moment(struct yx_tsa_service *service, struct moment *out,
                             struct yx_error *err)
{
    yx_status status;

    (void)pthread_mutex_lock(&service->lock);
    status = yx_tsa_watch_time(&service->watch, &out->time, err);
    if (status == YX_OK)
        status = yx_tsa_block_serial(&service->block, out->time, service->watch.step_max,
                                     out->serial, err);
    (void)pthread_mutex_unlock(&service->lock);
    return status;
}

static void count(struct yx_tsa_service *service, bool granted)
{
    (void)pthread_mutex_lock(&service->lock);
    *(granted ? &service->block.granted : &service->block.refused) += 1;
    (void)pthread_mutex_unlock(&service->lock);
}

/* Whoever asks is told the kind of the failure; err keeps the rest for the operator. */
static yx_status refuse(yx_tsa_failure failure, yx_status status, struct yx_buf *response)
{
    const char *text = failure == YX_TSA_TIME_NOT_AVAILABLE
                           ? "the clock of this authority is in doubt"
                           : "this authority cannot answer now";

    return yx_tsa_refuse(failure, text, response, NULL) == YX_OK ? status : YX_NO_MEMORY;
}

yx_status yx_tsa_service_reply(struct yx_tsa_service *service, struct yx_bytes request,
                               struct yx_buf *response, struct yx_error *err)
{
    struct yx_tsa tsa = service->tsa;
    struct moment moment;
    size_t start = response->len;
    yx_status status = take_moment(service, &moment, err);

    if (status != YX_OK)
        return refuse(status == YX_REFUSED ? YX_TSA_TIME_NOT_AVAILABLE : YX_TSA_SYSTEM_FAILURE,
                      status, response);
    tsa.serial = YX_BYTES(moment.serial, sizeof moment.serial);
    status = yx_tsa_reply(&tsa, request, moment.time, response, err);
    count(service, status == YX_OK);
    /* Without a response it was no fault of the request: an expired certificate, a lost token. */
    if (response->len == start)
        return refuse(YX_TSA_SYSTEM_FAILURE, status == YX_REFUSED ? YX_INTERNAL : status, response);
    return status;
}
