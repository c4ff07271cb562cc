/* SPDX-License-Identifier: Apache-2.0 */
/* listener/listener.c - the life of a listener: libmicrohttpd's daemon, threads, and their end. */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "listener/room.h"

#define HEADER_MEMORY ((size_t)32 * 1024)
#define OPTIONS_MAX 8
/* What RFC 9325 3.1.1 leaves of the protocol's versions. */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

static void set_usual_values(struct yx_listener_settings *settings)
{
    const struct {
        unsigned *setting;
        unsigned usual;
    } usual[] = {
        {&settings->threads, 8},
        {&settings->connections_max, 1000},
        {&settings->connections_per_address, 200},
        {&settings->events_max, 100},
        {&settings->header_deadline, 10},
        {&settings->body_deadline, 60},
        {&settings->idle_deadline, 30},
        {&settings->stop_deadline, 10},
    };

    if (settings->address == NULL)
        settings->address = "127.0.0.1";
    if (settings->body_memory == 0)
        settings->body_memory = (size_t)64 << 20;
    if (settings->name == NULL)
        settings->name = "http";
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (*usual[i].setting == 0)
            *usual[i].setting = usual[i].usual;
}

/* --- The daemon ----------------------------------------------------------------------------- */

static void add_option(struct MHD_OptionItem *options, size_t *count, enum MHD_OPTION option,
                       intptr_t value, void *pointer)
{
    options[(*count)++] = (struct MHD_OptionItem){option, value, pointer};
    options[*count] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
}

static unsigned add_tls(struct yx_listener *listener, struct MHD_OptionItem *options, size_t *count)
{
    static char priorities[] = TLS_PRIORITIES;
    const union {
        gnutls_certificate_retrieve_function2 *function;
        void *pointer;
    } identity = {yx_tls_identity};

    if (listener->key.len == 0 && listener->settings.tls == NULL)
        return 0;
    if (listener->settings.tls != NULL) {
        add_option(options, count, MHD_OPTION_HTTPS_CERT_CALLBACK, 0, identity.pointer);
    } else {
        add_option(options, count, MHD_OPTION_HTTPS_MEM_CERT, 0, listener->certificate.data);
        add_option(options, count, MHD_OPTION_HTTPS_MEM_KEY, 0, listener->key.data);
    }
    add_option(options, count, MHD_OPTION_HTTPS_PRIORITIES, 0, priorities);
    if (listener->client_trust.len > 0)
        add_option(options, count, MHD_OPTION_HTTPS_MEM_TRUST, 0, listener->client_trust.data);
    return MHD_USE_TLS;
}

static yx_status start_daemon(struct yx_listener *listener, struct yx_error *err)
{
    const struct yx_listener_settings *settings = &listener->settings;
    struct MHD_OptionItem more[OPTIONS_MAX] = {{MHD_OPTION_END, 0, NULL}};
    size_t count = 0;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC |
                     MHD_ALLOW_SUSPEND_RESUME;

    flags |= add_tls(listener, more, &count);
    listener->daemon = listener->mhd.start(
        flags, 0, NULL, NULL, yx_on_request, listener, MHD_OPTION_THREAD_POOL_SIZE,
        settings->threads, MHD_OPTION_CONNECTION_LIMIT,
        settings->connections_max + settings->threads, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        settings->connections_per_address, MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEADER_MEMORY,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, yx_on_target, listener,
        MHD_OPTION_NOTIFY_CONNECTION, yx_on_connection, listener, MHD_OPTION_NOTIFY_COMPLETED,
        yx_on_completed, listener, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
    YX_REQUIRE(listener->daemon != NULL, err, YX_IO, "",
               listener->key.len > 0
                   ? N_("cannot serve over TLS: is the certificate that of the key?")
                   : N_("cannot serve: there are too few threads, files or memory"));
    return YX_OK;
}

/* --- Beginning and end ---------------------------------------------------------------------- */

static yx_status copy_text(struct yx_buf *out, struct yx_bytes text, struct yx_error *err)
{
    if (text.len == 0)
        return YX_OK;
    return yx_buf_append(out, text) == YX_OK && yx_buf_append(out, YX_BYTES("", 1)) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

yx_status yx_listener_new(const struct yx_listener_settings *settings,
                          const struct yx_http_route *routes, size_t count,
                          struct yx_listener **out, struct yx_error *err)
{
    YX_CLEAN(yx_listener) struct yx_listener *listener = calloc(1, sizeof *listener);

    if (listener == NULL)
        return yx_fail_memory(err);
    listener->accepting.bell = -1;
    listener->settings = *settings;
    set_usual_values(&listener->settings);
    YX_TRY(yx_router_make(&listener->router, routes, count, err));
    YX_TRY(yx_metrics_make(&listener->metrics, count, err));
    YX_TRY(yx_mhd_open(&listener->mhd, err));
    if (settings->origins != NULL)
        YX_TRY(copy_text(&listener->origins, YX_TEXT(settings->origins), err));
    YX_TRY(copy_text(&listener->certificate, settings->tls_certificate, err));
    YX_TRY(copy_text(&listener->key, settings->tls_key, err));
    YX_TRY(copy_text(&listener->client_trust, settings->tls_client_trust, err));
    YX_TRY(yx_accept_open(&listener->accepting, &listener->settings, err));
    YX_TRY(yx_watch_start(&listener->watch, err));
    listener->watching = true;
    YX_TRY(yx_events_start(&listener->events, listener->settings.events_max, err));
    listener->telling = true;
    YX_TRY(start_daemon(listener, err));
    YX_TRY(yx_accept_start(listener, err));
    *out = listener;
    listener = NULL;
    return YX_OK;
}

uint16_t yx_listener_port(const struct yx_listener *listener)
{
    return listener->accepting.port;
}

/* Requests under way end, or their time does; who is still about to ask has a second. */
static void wait_for_requests(struct yx_listener *listener)
{
    const struct timespec moment = {.tv_nsec = 10 * 1000 * 1000};
    int64_t now = yx_monotonic(), end = now + listener->settings.stop_deadline * YX_SECOND;
    int64_t greetings_end = now + YX_SECOND;

    while ((atomic_load(&listener->under_way) > 0 && yx_monotonic() < end) ||
           (atomic_load(&listener->greeting) > 0 && yx_monotonic() < greetings_end))
        (void)nanosleep(&moment, NULL);
}

static void stop_daemon(struct yx_listener *listener)
{
    atomic_store(&listener->stopping, true);
    yx_accept_stop(&listener->accepting);
    yx_events_stop(&listener->events);
    wait_for_requests(listener);
    listener->mhd.stop(listener->daemon);
}

void yx_listener_free(struct yx_listener *listener)
{
    if (listener == NULL)
        return;
    if (listener->daemon != NULL)
        stop_daemon(listener);
    else if (listener->telling)
        yx_events_stop(&listener->events);
    if (listener->telling)
        yx_events_free(&listener->events);
    if (listener->watching)
        yx_watch_stop(&listener->watch);
    yx_accept_stop(&listener->accepting);
    if (listener->accepting.bell >= 0)
        (void)close(listener->accepting.bell);
    yx_router_free(&listener->router);
    free(listener->metrics.counters);
    yx_buf_free(&listener->origins);
    yx_buf_free(&listener->certificate);
    yx_buf_free(&listener->key);
    yx_buf_free(&listener->client_trust);
    free(listener);
}
