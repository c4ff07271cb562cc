/* SPDX-License-Identifier: Apache-2.0 */
/* bench.h - what the files of bench/ share: clocks, rates, failing loudly. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include <yinxin/yinxin.h>

/* Processor seconds of this process so far: other work on the machine does not count. */
double bench_cpu(void);
/* Ends the program with the library's words unless the call went well. */
void bench_must(yx_status status, const struct yx_error *err);

/* How often a function of the library was called, and how long it took (doors.c). */
struct bench_door {
    unsigned long count;
    double seconds;
};
struct bench_doors {
    struct bench_door sign, verify; /* of SM2 here */
    struct bench_door validate;     /* a certificate: one more SM2 verification */
    struct bench_door read;         /* a certificate */
};
extern struct bench_doors bench_doors;

/* The commands: see bench.c. */
int bench_rates(int argc, char **argv);
int bench_sm2(int argc, char **argv);
int bench_pages(int argc, char **argv);
int bench_large(int argc, char **argv);
int bench_hash(int argc, char **argv);
int bench_measure(int argc, char **argv);

#endif
