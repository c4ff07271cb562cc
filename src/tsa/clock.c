/* SPDX-License-Identifier: Apache-2.0 */
/* tsa/clock.c - a clock that is not believed when it does what clocks do not. */
#include <sys/timex.h>
#include <time.h>

#include "tsa/room.h"

static yx_time machine_now(void *self)
{
    (void)self;
    return yx_now();
}

/* It goes on while the machine sleeps, and is steered by the same discipline as the other one: what
 * is left between the two are steps. */
static int64_t machine_steady(void *self)
{
    struct timespec now;

    (void)self;
    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * YX_SECOND + now.tv_nsec / 1000;
}

static bool machine_synchronised(void *self)
{
    struct timex state = {0};

    (void)self;
    return adjtimex(&state) != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

const struct yx_tsa_clock yx_tsa_machine_clock = {machine_now, machine_steady, machine_synchronised,
                                                  NULL};

void yx_tsa_watch_start(struct yx_tsa_watch *watch)
{
    watch->started = watch->clock.now(watch->clock.self);
    watch->steady_started = watch->clock.steady(watch->clock.self);
    watch->latest = watch->started;
}

yx_status yx_tsa_watch_time(struct yx_tsa_watch *watch, yx_time *out, struct yx_error *err)
{
    yx_time now = watch->clock.now(watch->clock.self);
    int64_t steady = watch->clock.steady(watch->clock.self);
    int64_t strayed = (now - watch->started) - (steady - watch->steady_started);

    YX_REQUIRE(now >= watch->latest, err, YX_REFUSED, YX_TSA_RULE_TIME,
               N_("the clock went back: {1} was told already, and now it is {2}"),
               YX_WHEN(watch->latest), YX_WHEN(now));
    YX_REQUIRE(strayed <= watch->step_max && strayed >= -watch->step_max, err, YX_REFUSED,
               YX_TSA_RULE_TIME,
               N_("the clock was set while the service ran: it strayed by {1} ms"),
               YX_NUM(strayed / 1000));
    YX_REQUIRE(!watch->synchronised || watch->clock.synchronised(watch->clock.self), err,
               YX_REFUSED, YX_TSA_RULE_TIME, N_("the clock is not synchronised with any other"));
    watch->latest = now;
    *out = now;
    return YX_OK;
}
