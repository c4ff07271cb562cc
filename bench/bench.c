/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench.c - the commands of the measuring program; bench/run.sh calls them in turn.
 *
 *   bench rates PICTURE    one page, key loaded: operations a second, and where the time goes
 *   bench pages PICTURE    100 pages with a seam against one page with a seal
 *   bench large FILE       writes an OFD of 200 MB
 *   bench hash FILE...     SM3 over the files
 *   bench measure CMD...   runs a command: processor time and peak memory
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } commands[] = {
        {"rates", bench_rates}, {"pages", bench_pages},     {"large", bench_large},
        {"hash", bench_hash},   {"measure", bench_measure},
    };
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 2, argv + 2);
    fputs("usage: bench rates PICTURE|pages PICTURE|large FILE|hash FILE...|measure CMD...\n",
          stderr);
    return 64;
}
