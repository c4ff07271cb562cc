/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener/log.c - the access log: one JSON object a line. It tells nothing about who asked: no
 * address, and of a path only the route, since what stands in the place of its '*' may name a
 * certificate and thereby its holder.
 */
#include <time.h>

#include "listener/room.h"

/* A method is text of strangers: those that no route can have are all called the same. */
static const char *known_method(const char *method)
{
    static const char *const known[] = {"GET",    "HEAD",    "POST",  "PUT",
                                        "DELETE", "OPTIONS", "PATCH", "TRACE"};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(method, known[i]) == 0)
            return known[i];
    return "other";
}

void yx_http_log(FILE *log, const struct yx_http_done *done)
{
    if (log == NULL)
        return;
    (void)fprintf(
        log,
        "{\"at\":\"%s\",\"id\":\"%s\",\"method\":\"%s\",\"route\":\"%s\",\"status\":%u,\"in\":%llu,"
        "\"out\":%llu,\"us\":%lld}\n",
        YX_WHEN(yx_now()), done->request_id, known_method(done->method),
        done->route == NULL ? "" : done->route, done->status, (unsigned long long)done->in,
        (unsigned long long)done->out, (long long)(yx_monotonic() - done->started));
    (void)fflush(log);
}
