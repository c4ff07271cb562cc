/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener/events.c - server-sent events (HTML, 9.2). A client that waits for events holds a
 * connection and no thread: libmicrohttpd lays the connection aside, and one thread of ours asks
 * all sources in turn what is new, and takes up the connections that have something to be sent.
 */
#include <stdlib.h>
#include <time.h>

#include "listener/room.h"

/* How often sources are asked, in milliseconds. */
#define PAUSE 500
/* So long after the last word, those between learn that the connection still lives. */
#define HEARTBEAT (15 * YX_SECOND)
/* Who takes so little that more than this waits for them is let go, and comes back. */
#define PENDING_MAX ((size_t)256 * 1024)
#define BLOCK ((size_t)4096)
#define GREETING "retry: 3000\n\n"

/* --- Streams -------------------------------------------------------------------------------- */

static void unlink_stream(struct yx_events *events, struct yx_event_stream *stream)
{
    stream->next->previous = stream->previous;
    stream->previous->next = stream->next;
    events->count--;
}

static void free_stream(struct yx_event_stream *stream)
{
    stream->source.release(stream->source.self);
    yx_buf_free(&stream->pending);
    free(stream);
}

static ssize_t take_pending(struct yx_event_stream *stream, char *out, size_t size)
{
    struct yx_buf *pending = &stream->pending;
    size_t len = pending->len < size ? pending->len : size;

    memcpy(out, pending->data, len);
    memmove(pending->data, pending->data + len, pending->len - len);
    pending->len -= len;
    stream->exchange->done.out += len;
    return (ssize_t)len;
}

/* libmicrohttpd asks for more. */
static ssize_t read_events(void *self, uint64_t at, char *out, size_t size)
{
    struct yx_event_stream *stream = self;
    ssize_t result = 0;

    (void)at;
    (void)pthread_mutex_lock(&stream->events->lock);
    if (stream->pending.len > 0) {
        result = take_pending(stream, out, size);
    } else if (stream->ended) {
        result = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        stream->suspended = true;
        (void)yx_exchange_renew(stream->exchange, 0);
        stream->exchange->listener->mhd.suspend(stream->exchange->connection);
    }
    (void)pthread_mutex_unlock(&stream->events->lock);
    return result;
}

static void end_events(void *self)
{
    struct yx_event_stream *stream = self;
    struct yx_events *events = stream->events;
    bool busy;

    (void)pthread_mutex_lock(&events->lock);
    busy = stream->busy;
    stream->gone = true;
    if (!busy)
        unlink_stream(events, stream);
    (void)pthread_mutex_unlock(&events->lock);
    if (!busy)
        free_stream(stream);
}

/* The caller holds the lock. */
static void wake(struct yx_event_stream *stream)
{
    const struct yx_exchange *exchange = stream->exchange;

    if (!stream->suspended)
        return;
    stream->suspended = false;
    (void)yx_exchange_renew(exchange, exchange->listener->settings.body_deadline);
    exchange->listener->mhd.resume(exchange->connection);
}

bool yx_events_reserve(struct yx_events *events)
{
    bool room;

    (void)pthread_mutex_lock(&events->lock);
    room = events->count < events->most && !events->stopping;
    events->count += room;
    (void)pthread_mutex_unlock(&events->lock);
    return room;
}

static void link_stream(struct yx_events *events, struct yx_event_stream *stream)
{
    (void)pthread_mutex_lock(&events->lock);
    stream->ended = events->stopping;
    stream->next = events->all.next;
    stream->previous = &events->all;
    events->all.next->previous = stream;
    events->all.next = stream;
    (void)pthread_mutex_unlock(&events->lock);
}

struct MHD_Response *yx_events_take(struct yx_exchange *exchange, struct yx_http_reply *reply)
{
    struct yx_listener *listener = exchange->listener;
    struct yx_event_stream *stream = calloc(1, sizeof *stream);
    struct MHD_Response *response = NULL;

    if (stream != NULL && yx_buf_append_text(&stream->pending, GREETING) == YX_OK)
        response =
            listener->mhd.respond_by(MHD_SIZE_UNKNOWN, BLOCK, read_events, stream, end_events);
    if (response == NULL) {
        if (stream != NULL)
            yx_buf_free(&stream->pending);
        free(stream);
        (void)pthread_mutex_lock(&listener->events.lock);
        listener->events.count--;
        (void)pthread_mutex_unlock(&listener->events.lock);
        return NULL;
    }
    stream->events = &listener->events;
    stream->exchange = exchange;
    stream->said = yx_monotonic();
    stream->source = reply->events;
    reply->events.poll = NULL;
    link_stream(&listener->events, stream);
    return response;
}

/* --- The thread that asks ------------------------------------------------------------------- */

/* What a source said goes to its client; silence becomes a heartbeat now and then. */
static void take_news(struct yx_event_stream *stream, const struct yx_buf *news, bool ended)
{
    int64_t now = yx_monotonic();
    struct yx_bytes bytes = yx_buf_bytes(news);

    if (bytes.len == 0 && !ended && now - stream->said > HEARTBEAT)
        bytes = YX_TEXT(":\n\n");
    stream->ended |= ended || stream->pending.len + bytes.len > PENDING_MAX;
    if (!stream->ended || ended)
        stream->ended |= yx_buf_append(&stream->pending, bytes) != YX_OK;
    if (bytes.len > 0)
        stream->said = now;
    if (bytes.len > 0 || stream->ended)
        wake(stream);
}

/* Asks one source, without the lock: it may take a while. The caller holds the lock. */
static void ask(struct yx_events *events, struct yx_event_stream *stream)
{
    YX_CLEAN(yx_buf) struct yx_buf news = {0};
    struct yx_error err;
    bool ended = false;

    stream->busy = true;
    (void)pthread_mutex_unlock(&events->lock);
    if (stream->source.poll(stream->source.self, &news, &ended, &err) != YX_OK) {
        yx_complain(&events->complaints, "events", &err);
        ended = true;
    }
    (void)pthread_mutex_lock(&events->lock);
    stream->busy = false;
    if (!stream->gone)
        take_news(stream, &news, ended);
}

static void ask_all(struct yx_events *events)
{
    struct yx_event_stream *next;

    for (struct yx_event_stream *at = events->all.next; at != &events->all && !events->stopping;
         at = next) {
        if (!at->ended)
            ask(events, at);
        next = at->next;
        if (at->gone) {
            unlink_stream(events, at);
            free_stream(at);
        }
    }
}

static void *tell(void *self)
{
    struct yx_events *events = self;

    (void)pthread_mutex_lock(&events->lock);
    while (!events->stopping) {
        struct timespec next;

        ask_all(events);
        (void)clock_gettime(CLOCK_MONOTONIC, &next);
        next.tv_nsec += PAUSE * 1000000L;
        next.tv_sec += next.tv_nsec / 1000000000L;
        next.tv_nsec %= 1000000000L;
        if (!events->stopping)
            (void)pthread_cond_timedwait(&events->stop_asked, &events->lock, &next);
    }
    (void)pthread_mutex_unlock(&events->lock);
    return NULL;
}

yx_status yx_events_start(struct yx_events *events, unsigned most, struct yx_error *err)
{
    pthread_condattr_t clock;
    int code;

    events->all.next = events->all.previous = &events->all;
    events->most = most;
    (void)pthread_mutex_init(&events->lock, NULL);
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&events->stop_asked, &clock);
    (void)pthread_condattr_destroy(&clock);
    code = pthread_create(&events->thread, NULL, tell, events);
    return code == 0
               ? YX_OK
               : yx_fail_errno(err, YX_NO_MEMORY, N_("cannot start {1}: {2}"), "a thread", code);
}

void yx_events_stop(struct yx_events *events)
{
    (void)pthread_mutex_lock(&events->lock);
    events->stopping = true;
    (void)pthread_cond_signal(&events->stop_asked);
    (void)pthread_mutex_unlock(&events->lock);
    (void)pthread_join(events->thread, NULL);
    (void)pthread_mutex_lock(&events->lock);
    for (struct yx_event_stream *at = events->all.next; at != &events->all; at = at->next) {
        at->ended = true;
        wake(at);
    }
    (void)pthread_mutex_unlock(&events->lock);
}

void yx_events_free(struct yx_events *events)
{
    (void)pthread_cond_destroy(&events->stop_asked);
    (void)pthread_mutex_destroy(&events->lock);
}
