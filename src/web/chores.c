/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web/chores.c - what is done every now and then: forgetting what is too old to count. Each is a
 * timer, so that one of all nodes does it. What the rule sets say about passwords is read by each
 * node for itself.
 */
#include "web/services.h"

#define SWEEP_MOST 1000

/* --- Rules for log-ins --------------------------------------------------------------------------
 */

struct rules {
    struct yx_login_policy policy;
    yx_time now;
};

static const struct {
    const char *key;
    size_t at;
} flags[] = {
    {"password.interval-forced", offsetof(struct yx_login_policy, password_forced)},
    {"password.first-use", offsetof(struct yx_login_policy, password_first)},
    {"password.code", offsetof(struct yx_login_policy, totp_required)},
    {"login.revocation-known", offsetof(struct yx_login_policy, revocation_required)},
};

/* C-07: an interval is recommended, or forced. C-06: so many wrong ones lock. */
static yx_status read_rules(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct rules *rules = self;
    YX_CLEAN(yx_calendar) struct yx_calendar calendar = {0};
    struct yx_policy_duration interval;
    yx_time end = rules->now;

    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        YX_TRY(yx_policy_boolean(tx, YX_POLICY_HOUSE, flags[i].key, rules->now,
                                 (bool *)((char *)&rules->policy + flags[i].at), NULL, err));
    YX_TRY(yx_policy_duration(tx, YX_POLICY_HOUSE, "password.interval", rules->now, &interval, NULL,
                              err));
    YX_TRY(yx_policy_integer(tx, YX_POLICY_HOUSE, "pin.attempts", rules->now,
                             &rules->policy.attempts, NULL, err));
    YX_TRY(yx_calendar_load(tx, &calendar, err));
    if (interval.unit != YX_POLICY_WORD)
        YX_TRY(yx_policy_after(rules->now, &interval, &calendar, &end, err));
    rules->policy.password_days = (end - rules->now) / YX_DAY;
    return YX_OK;
}

yx_status yx_login_rules(struct yx_store *store, struct yx_login *login, struct yx_error *err)
{
    struct rules rules = {.now = yx_now()};

    yx_login_get_policy(login, &rules.policy);
    YX_TRY(yx_store_read(store, read_rules, &rules, err));
    yx_login_set_policy(login, &rules.policy);
    return YX_OK;
}

/* --- Timers --------------------------------------------------------------------------------------
 */

static yx_status sweep_logins(void *self, struct yx_job *job, struct yx_error *err)
{
    const struct yx_services *services = self;

    (void)job;
    return yx_login_sweep(services->login, yx_now(), err);
}

static yx_status sweep_answers(void *self, struct yx_job *job, struct yx_error *err)
{
    const struct yx_services *services = self;

    (void)job;
    YX_TRY(yx_api_sweep(services->setup.store, yx_now(), err));
    return yx_uploads_sweep(services->setup.store, yx_now(), err);
}

static yx_status sweep_blobs(void *self, struct yx_job *job, struct yx_error *err)
{
    const struct yx_services *services = self;
    int64_t count = 0;

    do {
        YX_TRY(yx_blobs_sweep(services->blobs, services->setup.store, yx_now(), SWEEP_MOST, &count,
                              err));
    } while (count == SWEEP_MOST && !yx_job_must_end(job));
    return YX_OK;
}

static const struct {
    const char *name, *schedule;
    yx_job_run run;
} chores[YX_CHORES] = {
    {"sweep.logins", "each 5 min", sweep_logins},
    {"sweep.answers", "each 1 h", sweep_answers},
    {"sweep.blobs", "each 10 min", sweep_blobs},
};

void yx_chores(struct yx_services *services, struct yx_job_kind kinds[YX_CHORES])
{
    for (size_t i = 0; i < YX_CHORES; i++)
        kinds[i] = (struct yx_job_kind){.kind = chores[i].name,
                                        .run = chores[i].run,
                                        .self = services,
                                        .at_once = 1,
                                        .tries = 1};
}

static yx_status set_timers(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const yx_time *now = self;

    for (size_t i = 0; i < YX_CHORES; i++) {
        const struct yx_timer timer = {
            .name = chores[i].name, .schedule = chores[i].schedule, .kind = chores[i].name};

        YX_TRY(yx_timer_set(tx, &timer, *now, err));
    }
    return YX_OK;
}

yx_status yx_chores_set(struct yx_store *store, struct yx_error *err)
{
    yx_time now = yx_now();

    return yx_store_write(store, set_timers, &now, err);
}
