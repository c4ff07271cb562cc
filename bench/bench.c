/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench.c - the commands of the measuring program; bench/run.sh calls them in turn.
 *
 *   bench rates PICTURE    one page, key loaded: operations a second, and where the time goes
 *   bench sm2              SM2 of ours and of libcrypto
 *   bench pages PICTURE    100 pages with a seam against one page with a seal
 *   bench large FILE       writes an OFD of 200 MB
 *   bench hash FILE...     SM3 over the files
 *   bench measure CMD...   runs a command: processor time and peak memory
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } commands[] = {
        {"rates", bench_rates}, {"pages", bench_pages},     {"large", bench_large},
        {"hash", bench_hash},   {"measure", bench_measure}, {"sm2", bench_sm2},
    };
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 2, argv + 2);
    fputs("usage: bench sm2|rates PICTURE|pages PICTURE|large FILE|hash FILE...|measure CMD...\n",
          stderr);
    return 64;
}
