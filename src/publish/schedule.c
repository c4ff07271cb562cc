/* SPDX-License-Identifier: Apache-2.0 */
/* publish/schedule.c - which CRLs are due. */
#include "publish/room.h"

#define ACTOR "publish:schedule"

/* What is known of a partition when somebody looks whether a list is due. */
struct look {
    struct yx_ca *ca;
    int partition;
    struct yx_crl_row full, delta;
    int64_t generation;
};

static yx_status look_up(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct look *look = self;

    YX_TRY(yx_crl_newest(tx, look->ca, look->partition, false, &look->full, err));
    YX_TRY(yx_crl_newest(tx, look->ca, look->partition, true, &look->delta, err));
    return yx_crl_generation(tx, look->ca, &look->generation, err);
}

static yx_time earlier(yx_time a, yx_time b)
{
    return a < b ? a : b;
}

static yx_time full_due(const struct look *look)
{
    return look->full.found
               ? look->full.this_update + yx_ca_settings(look->ca)->crl_period * YX_SECOND
               : 0;
}

/* A delta without one before it counts from the full list. */
static yx_time delta_due(const struct look *look)
{
    int64_t period = yx_ca_settings(look->ca)->delta_period;
    yx_time last = look->delta.found && look->delta.this_update > look->full.this_update
                       ? look->delta.this_update
                       : look->full.this_update;

    return period == 0 ? INT64_MAX : last + period * YX_SECOND;
}

static bool shows_all(const struct look *look)
{
    int64_t shown = look->full.generation;

    if (look->delta.found && look->delta.generation > shown)
        shown = look->delta.generation;
    return shown == look->generation;
}

static yx_status make(struct look *look, bool delta, yx_time now, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_crl_request request = {
        .partition = look->partition, .delta = delta, .now = now, .actor = ACTOR};

    return yx_publish_crl(look->ca, &request, &der, err);
}

static yx_status partition_due(struct look *look, bool after_revocation, yx_time now, yx_time *next,
                               struct yx_error *err)
{
    bool deltas = yx_ca_settings(look->ca)->delta_period > 0;
    bool behind;

    YX_TRY(yx_store_read(yx_ca_store(look->ca), look_up, look, err));
    behind = after_revocation && !shows_all(look);
    if (full_due(look) <= now || (behind && !deltas)) {
        YX_TRY(make(look, false, now, err));
    } else if (delta_due(look) <= now || behind) {
        YX_TRY(make(look, true, now, err));
    }
    YX_TRY(yx_store_read(yx_ca_store(look->ca), look_up, look, err));
    *next = earlier(*next, earlier(full_due(look), delta_due(look)));
    return YX_OK;
}

yx_status yx_publish_due(struct yx_ca *ca, bool after_revocation, yx_time now, yx_time *next,
                         struct yx_error *err)
{
    yx_time instant = now == 0 ? yx_now() : now;

    *next = INT64_MAX;
    for (int i = 0; i < yx_ca_settings(ca)->partitions; i++) {
        struct look look = {.ca = ca, .partition = i};

        YX_TRY(partition_due(&look, after_revocation, instant, next, err));
    }
    return YX_OK;
}
