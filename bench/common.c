/* SPDX-License-Identifier: Apache-2.0 */
/* common.c - what the measuring programs share: the clock, and failing loudly. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench.h"

double bench_cpu(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void bench_must(yx_status status, const struct yx_error *err)
{
    if (status == YX_OK)
        return;
    char words[600] = "";
    yx_message_render(&err->message, NULL, words, sizeof words);
    fprintf(stderr, "bench: %s (%s)\n", words, err->rule);
    exit(1);
}
