/* SPDX-License-Identifier: Apache-2.0 */
/* web/services.c - what the resources of api/ work with, in the order in which it is opened. */
#include <stdlib.h>

#include "web/resources.h"
#include "web/services.h"
#include "web/web.h"

/* Who would wait behind so many documents for each worker comes later. */
#define WAITING_FOR_EACH 32
/* In the mails that it sends. */
#define SERVICE_NAME "印信"
/* Log-ins whose passwords are looked at at the same time (proof/). */
#define AT_ONCE 2
/* Bytes of pictures of pages. */
#define PICTURES_MAX ((size_t)16 * 1024 * 1024)

yx_status yx_web_prepare(struct yx_store *store, struct yx_error *err)
{
    static yx_status (*const prepare[])(struct yx_store * store, struct yx_error * err) = {
        yx_audit_prepare, yx_blobs_prepare, yx_jobs_prepare, yx_outbox_prepare,  yx_policy_prepare,
        yx_party_prepare, yx_login_prepare, yx_api_prepare,  yx_uploads_prepare,
    };

    for (size_t i = 0; i < sizeof prepare / sizeof prepare[0]; i++)
        YX_TRY(prepare[i](store, err));
    return YX_OK;
}

/* A log-in that waits has a thread: at most half of them are with log-ins, so that those who are
 * inside go on working while a crowd comes in. */
static unsigned waiting_of(unsigned threads)
{
    return threads / 2 > AT_ONCE ? threads / 2 - AT_ONCE : 1;
}

static yx_status open_people(struct yx_services *services, struct yx_error *err)
{
    const struct yx_services_setup *setup = &services->setup;
    uint8_t secret[YX_KEEPER_SECRET];
    struct yx_login_setup login = {
        .store = setup->store,
        .service_key = YX_BYTES(secret, sizeof secret),
        .origin = setup->origin,
        .hashes_waiting = waiting_of((unsigned)setup->settings->threads),
    };
    yx_status status;

    YX_TRY(yx_keeper_secret(setup->keeper, "party", secret, err));
    status = yx_party_vault_make(secret, &services->vault, err);
    if (status == YX_OK)
        status = yx_keeper_secret(setup->keeper, "login", secret, err);
    if (status == YX_OK)
        status = yx_login_new(&login, &services->login, err);
    yx_wipe(secret, sizeof secret);
    return status;
}

static yx_status open_outbox(struct yx_services *services, struct yx_error *err)
{
    const struct yx_services_setup *setup = &services->setup;

    services->outbox = (struct yx_outbox){
        .store = setup->store,
        .settings = setup->settings,
        .service_key = YX_BYTES(services->outbox_key, sizeof services->outbox_key),
        .service = SERVICE_NAME,
    };
    return yx_keeper_secret(setup->keeper, "outbox", services->outbox_key, err);
}

static yx_status open_documents(struct yx_services *services, struct yx_error *err)
{
    const struct yx_services_setup *setup = &services->setup;

    YX_TRY(yx_blobs_open(setup->settings, &services->blobs, err));
    YX_TRY(yx_worker_trust_new(&services->trust, err));
    YX_TRY(yx_page_cache_new(PICTURES_MAX, &services->pictures, err));
    YX_TRY(yx_document_trust(services, err));
    return yx_worker_pool_new(setup->line, setup->pages, setup->pages * WAITING_FOR_EACH,
                              &services->pool, err);
}

static yx_status open_api(struct yx_services *services, struct yx_error *err)
{
    const struct yx_services_setup *setup = &services->setup;
    const struct yx_texts *witnesses = &setup->settings->audit_witnesses;

    YX_TRY(yx_audit_parties_read(witnesses->items, witnesses->count, &services->witnesses, err));
    YX_TRY(yx_keeper_secret(setup->keeper, "api", services->answer_key, err));
    services->services = (struct yx_api_services){
        .store = setup->store,
        .login = services->login,
        .vault = &services->vault,
        .outbox = &services->outbox,
        .answer_key = YX_BYTES(services->answer_key, sizeof services->answer_key),
        .authorities = setup->authorities,
        .authority_count = setup->authority_count,
        .settings = setup->settings,
        .blobs = services->blobs,
        .started = yx_now(),
        .count = setup->count,
        .counting = setup->counting,
        .audit_key = setup->audit_key,
        .witnesses = services->witnesses.items,
        .witness_count = services->witnesses.count,
        .pool = services->pool,
        .trust = services->trust,
        .pictures = services->pictures,
        .uploads = setup->uploads,
        .upload_max = (uint64_t)setup->settings->upload_max,
        .document_seconds = (unsigned)setup->settings->page_deadline,
    };
    return yx_api_new(&services->services, yx_resources, &services->api, err);
}

yx_status yx_services_open(const struct yx_services_setup *setup, struct yx_services **out,
                           struct yx_error *err)
{
    YX_CLEAN(yx_services) struct yx_services *services = calloc(1, sizeof *services);

    if (services == NULL)
        return yx_fail_memory(err);
    services->setup = *setup;
    YX_TRY(yx_web_prepare(setup->store, err));
    YX_TRY(open_people(services, err));
    YX_TRY(open_outbox(services, err));
    YX_TRY(open_documents(services, err));
    YX_TRY(yx_login_rules(setup->store, services->login, err));
    YX_TRY(yx_login_trust(services, err));
    YX_TRY(yx_chores_set(setup->store, err));
    YX_TRY(open_api(services, err));
    *out = services;
    services = NULL;
    return YX_OK;
}

yx_status yx_services_start(struct yx_services *services, struct yx_error *err)
{
    const struct yx_jobs_options options = {
        .store = services->setup.store,
        .kinds = services->kinds,
        .kind_count = sizeof services->kinds / sizeof services->kinds[0],
        .keep = services->setup.settings->job_retention * YX_SECOND,
    };

    yx_chores(services, services->kinds);
    yx_outbox_kinds(&services->outbox, services->kinds + YX_CHORES);
    return yx_jobs_start(&options, &services->jobs, err);
}

void yx_services_beat(struct yx_services *services)
{
    static struct yx_complaints complaints;
    struct yx_error err;

    if (yx_login_rules(services->setup.store, services->login, &err) != YX_OK ||
        yx_document_trust(services, &err) != YX_OK || yx_login_trust(services, &err) != YX_OK)
        yx_complain(&complaints, "services", &err);
}

void yx_services_free(struct yx_services *services)
{
    if (services == NULL)
        return;
    yx_jobs_stop(services->jobs);
    yx_api_free(services->api);
    yx_audit_parties_free(&services->witnesses);
    yx_worker_pool_free(services->pool);
    yx_worker_trust_free(services->trust);
    yx_page_cache_free(services->pictures);
    yx_buf_free(&services->trusted);
    yx_buf_free(&services->login_trusted);
    yx_blobs_free(services->blobs);
    yx_login_free(services->login);
    yx_party_vault_wipe(&services->vault);
    yx_wipe(services->answer_key, sizeof services->answer_key);
    yx_wipe(services->outbox_key, sizeof services->outbox_key);
    free(services);
}
