/* SPDX-License-Identifier: Apache-2.0 */
/* listener/metrics.c - what listeners did, in numbers, as Prometheus reads them (text format
 * 0.0.4). */
#include <inttypes.h>
#include <stdlib.h>

#include "listener/room.h"

/* Upper ends of the histogram, in microseconds, and what they are called. */
static const struct {
    int64_t end;
    const char *name;
} buckets[YX_BUCKETS - 1] = {
    {1000, "0.001"},  {2500, "0.0025"}, {5000, "0.005"},  {10000, "0.01"},
    {25000, "0.025"}, {50000, "0.05"},  {100000, "0.1"},  {250000, "0.25"},
    {500000, "0.5"},  {1000000, "1"},   {2500000, "2.5"}, {10000000, "10"},
};

yx_status yx_metrics_make(struct yx_metrics *metrics, size_t routes, struct yx_error *err)
{
    metrics->counters = calloc(routes + 1, sizeof *metrics->counters);
    return metrics->counters == NULL ? yx_fail_memory(err) : YX_OK;
}

void yx_metrics_count(struct yx_metrics *metrics, size_t route, const struct yx_http_done *done)
{
    struct yx_counters *counters = &metrics->counters[route];
    int64_t spent = yx_monotonic() - done->started;
    size_t bucket = 0;

    (void)atomic_fetch_add_explicit(&counters->classes[done->status / 100 % YX_CLASSES], 1,
                                    memory_order_relaxed);
    if (done->waits)
        return;
    while (bucket < YX_BUCKETS - 1 && spent > buckets[bucket].end)
        bucket++;
    (void)atomic_fetch_add_explicit(&counters->buckets[bucket], 1, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&counters->spent, (uint64_t)spent, memory_order_relaxed);
}

/* --- Writing -------------------------------------------------------------------------------- */

/* The counters of one route, or of requests that had none. */
struct line {
    const struct yx_listener *listener;
    const struct yx_counters *counters;
    const char *method, *path;
    struct yx_buf *out;
};

static yx_status write_classes(const struct line *line)
{
    static const char *const names[YX_CLASSES] = {"cut", "1xx", "2xx", "3xx", "4xx", "5xx"};

    for (size_t i = 0; i < YX_CLASSES; i++) {
        uint64_t count = atomic_load(&line->counters->classes[i]);

        if (count > 0)
            YX_TRY(yx_buf_printf(line->out,
                                 "yinxin_http_requests_total{listener=\"%s\",method=\"%s\","
                                 "route=\"%s\",class=\"%s\"} %" PRIu64 "\n",
                                 line->listener->settings.name, line->method, line->path, names[i],
                                 count));
    }
    return YX_OK;
}

static yx_status write_latency(const struct line *line)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < YX_BUCKETS; i++)
        sum += atomic_load(&line->counters->buckets[i]);
    if (sum == 0)
        return YX_OK;
    sum = 0;
    for (size_t i = 0; i < YX_BUCKETS; i++) {
        sum += atomic_load(&line->counters->buckets[i]);
        YX_TRY(yx_buf_printf(line->out,
                             "yinxin_http_request_seconds_bucket{listener=\"%s\",method=\"%s\","
                             "route=\"%s\",le=\"%s\"} %" PRIu64 "\n",
                             line->listener->settings.name, line->method, line->path,
                             i < YX_BUCKETS - 1 ? buckets[i].name : "+Inf", sum));
    }
    return yx_buf_printf(line->out,
                         "yinxin_http_request_seconds_sum{listener=\"%s\",method=\"%s\","
                         "route=\"%s\"} %.6f\n"
                         "yinxin_http_request_seconds_count{listener=\"%s\",method=\"%s\","
                         "route=\"%s\"} %" PRIu64 "\n",
                         line->listener->settings.name, line->method, line->path,
                         (double)atomic_load(&line->counters->spent) / YX_SECOND,
                         line->listener->settings.name, line->method, line->path, sum);
}

static yx_status write_routes(const struct yx_listener *listener, struct yx_buf *out,
                              yx_status (*write)(const struct line *line))
{
    const struct yx_router *router = &listener->router;
    struct line line = {.listener = listener, .out = out};

    for (size_t i = 0; i <= router->count; i++) {
        line.counters = &listener->metrics.counters[i];
        line.method = i < router->count ? router->rows[i].route->method : "";
        line.path = i < router->count ? router->rows[i].route->path : "";
        YX_TRY(write(&line));
    }
    return YX_OK;
}

static yx_status write_connections(const struct yx_listener *listener, struct yx_buf *out)
{
    return yx_buf_printf(out, "yinxin_http_connections{listener=\"%s\"} %u\n",
                         listener->settings.name, atomic_load(&listener->accepting.open));
}

static yx_status write_taken(const struct yx_listener *listener, struct yx_buf *out)
{
    return yx_buf_printf(out, "yinxin_http_connections_total{listener=\"%s\"} %" PRIu64 "\n",
                         listener->settings.name, atomic_load(&listener->accepting.taken));
}

static yx_status write_under_way(const struct yx_listener *listener, struct yx_buf *out)
{
    return yx_buf_printf(out, "yinxin_http_requests_under_way{listener=\"%s\"} %u\n",
                         listener->settings.name, atomic_load(&listener->under_way));
}

static yx_status write_requests(const struct yx_listener *listener, struct yx_buf *out)
{
    return write_routes(listener, out, write_classes);
}

static yx_status write_seconds(const struct yx_listener *listener, struct yx_buf *out)
{
    return write_routes(listener, out, write_latency);
}

yx_status yx_http_metrics_write(const struct yx_listener *const *listeners, size_t count,
                                struct yx_buf *out, struct yx_error *err)
{
    static const struct {
        const char *name, *type, *help;
        yx_status (*write)(const struct yx_listener *listener, struct yx_buf *out);
    } families[] = {
        {"requests_total", "counter", "Requests that ended, by the class of their status.",
         write_requests},
        {"request_seconds", "histogram", "From the header of a request to the end of its reply.",
         write_seconds},
        {"requests_under_way", "gauge", "Requests between their header and the end of the reply.",
         write_under_way},
        {"connections", "gauge", "Connections that are open.", write_connections},
        {"connections_total", "counter", "Connections that were taken.", write_taken},
    };

    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        if (yx_buf_printf(out, "# HELP yinxin_http_%s %s\n# TYPE yinxin_http_%s %s\n",
                          families[i].name, families[i].help, families[i].name,
                          families[i].type) != YX_OK)
            return yx_fail_memory(err);
        for (size_t k = 0; k < count; k++)
            if (families[i].write(listeners[k], out) != YX_OK)
                return yx_fail_memory(err);
    }
    return YX_OK;
}
