/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener/deadline.c - clients that drip. libmicrohttpd ends a connection that is silent, but not
 * one that sends a byte now and then; so each connection has an instant by which it must have gone
 * on, and a thread shuts down the sockets of those that have not. libmicrohttpd then sees the end
 * of the connection, and closes it as usual.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "listener/room.h"

/* Has the client ended its side, and was all taken that it said? libmicrohttpd does not always see
 * the end when it comes along with the last bytes: it waits for an edge of epoll that never comes.
 */
static bool says_no_more(int fd)
{
    struct pollfd look = {.fd = fd, .events = POLLRDHUP};
    int waiting = 0;

    return poll(&look, 1, 0) == 1 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0 &&
           ioctl(fd, FIONREAD, &waiting) == 0 && waiting == 0;
}

/* A body that is still awaited from a client that says no more will never come. Whoever takes the
 * last bytes right now has until the next round to say so. */
static bool is_cut_off(struct yx_watched *watched)
{
    if (!watched->receiving || !says_no_more(watched->fd))
        watched->rounds = 0;
    else
        watched->rounds++;
    return watched->rounds > 1;
}

static void end_overdue(struct yx_watch *watch)
{
    int64_t now = yx_monotonic() / YX_SECOND;

    for (struct yx_watched *at = watch->all.next; at != &watch->all; at = at->next)
        if (at->due != 0 && (at->due <= now || is_cut_off(at))) {
            (void)shutdown(at->fd, SHUT_RDWR);
            at->due = 0;
        }
}

static void *watch_all(void *self)
{
    struct yx_watch *watch = self;

    (void)pthread_mutex_lock(&watch->lock);
    while (!watch->stopping) {
        struct timespec next;

        end_overdue(watch);
        (void)clock_gettime(CLOCK_MONOTONIC, &next);
        next.tv_sec++;
        (void)pthread_cond_timedwait(&watch->stop_asked, &watch->lock, &next);
    }
    (void)pthread_mutex_unlock(&watch->lock);
    return NULL;
}

yx_status yx_watch_start(struct yx_watch *watch, struct yx_error *err)
{
    pthread_condattr_t clock;
    int code;

    watch->all.next = watch->all.previous = &watch->all;
    watch->stopping = false;
    (void)pthread_mutex_init(&watch->lock, NULL);
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&watch->stop_asked, &clock);
    (void)pthread_condattr_destroy(&clock);
    code = pthread_create(&watch->thread, NULL, watch_all, watch);
    return code == 0
               ? YX_OK
               : yx_fail_errno(err, YX_NO_MEMORY, N_("cannot start {1}: {2}"), "a thread", code);
}

void yx_watch_stop(struct yx_watch *watch)
{
    (void)pthread_mutex_lock(&watch->lock);
    watch->stopping = true;
    (void)pthread_cond_signal(&watch->stop_asked);
    (void)pthread_mutex_unlock(&watch->lock);
    (void)pthread_join(watch->thread, NULL);
    (void)pthread_cond_destroy(&watch->stop_asked);
    (void)pthread_mutex_destroy(&watch->lock);
}

static int64_t due_in(unsigned seconds)
{
    return seconds == 0 ? 0 : yx_monotonic() / YX_SECOND + seconds;
}

struct yx_watched *yx_watch_add(struct yx_watch *watch, int fd, unsigned seconds)
{
    struct yx_watched *watched = calloc(1, sizeof *watched);

    if (watched == NULL)
        return NULL;
    watched->fd = fd;
    watched->due = due_in(seconds);
    (void)pthread_mutex_lock(&watch->lock);
    watched->next = watch->all.next;
    watched->previous = &watch->all;
    watch->all.next->previous = watched;
    watch->all.next = watched;
    (void)pthread_mutex_unlock(&watch->lock);
    return watched;
}

void yx_watch_renew(struct yx_watch *watch, struct yx_watched *watched, unsigned seconds)
{
    (void)pthread_mutex_lock(&watch->lock);
    watched->due = due_in(seconds);
    (void)pthread_mutex_unlock(&watch->lock);
}

void yx_watch_receive(struct yx_watch *watch, struct yx_watched *watched, bool receiving)
{
    (void)pthread_mutex_lock(&watch->lock);
    watched->receiving = receiving;
    (void)pthread_mutex_unlock(&watch->lock);
}

void yx_watch_remove(struct yx_watch *watch, struct yx_watched *watched)
{
    (void)pthread_mutex_lock(&watch->lock);
    watched->next->previous = watched->previous;
    watched->previous->next = watched->next;
    (void)pthread_mutex_unlock(&watch->lock);
    free(watched);
}
