/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.c - durable small writes a second: bench_store PLACE, a SQLite file that is not there or a
 * PostgreSQL URI. Each write is a transaction of its own that was acknowledged: a row with a key
 * of 16 characters and 200 bytes; and the same with its audit leaf, as all our work has one. Then a
 * million leaves are numbered and verified.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "audit/audit.h"
#include "bench.h"

#define SECONDS 3.0
#define THREADS_MAX 32

static const struct yx_migration steps[] = {
    {.name = "rows",
     .sql = "CREATE TABLE bench (id {serial}, name TEXT NOT NULL UNIQUE, bytes {blob} NOT NULL);"}};
static const struct yx_schema schema = {.name = "bench", .steps = steps, .count = 1};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

struct writer {
    struct yx_store *store;
    bool audited;
    double until;
    unsigned long count;
};

static yx_status write_row(void *self, struct yx_tx *tx, struct yx_error *err)
{
    static const uint8_t bytes[200];
    const struct writer *writer = self;
    uint8_t random[8];
    char name[17];
    YX_TRY(yx_random(random, sizeof random, err));
    yx_hex(YX_BYTES(random, sizeof random), name);
    const struct yx_value values[] = {yx_value_text(name),
                                      yx_value_blob(YX_BYTES(bytes, sizeof bytes))};
    YX_TRY(yx_tx_run(tx, "INSERT INTO bench (name, bytes) VALUES ($1, $2)", values, 2, NULL, err));
    if (!writer->audited)
        return YX_OK;
    struct yx_audit_event event = {.at = yx_now(),
                                   .actor = "bench:store",
                                   .action = "bench.row.add",
                                   .object = name,
                                   .details = "{\"bytes\":200}"};
    return yx_audit_append(tx, &event, err);
}

static void *write_rows(void *self)
{
    struct writer *writer = self;
    struct yx_error err = {0};
    while (now() < writer->until) {
        bench_must(yx_store_write(writer->store, write_row, writer, &err), &err);
        writer->count++;
    }
    return NULL;
}

/* Writes a second; `*cpu` is the processor time of each in this process, in microseconds. */
static double rate(struct yx_store *store, unsigned threads, bool audited, double *cpu)
{
    pthread_t ids[THREADS_MAX];
    struct writer writers[THREADS_MAX];
    unsigned long count = 0;
    double started = now(), used = bench_cpu();
    for (unsigned i = 0; i < threads; i++) {
        writers[i] =
            (struct writer){.store = store, .audited = audited, .until = started + SECONDS};
        if (pthread_create(&ids[i], NULL, write_rows, &writers[i]) != 0)
            abort();
    }
    for (unsigned i = 0; i < threads; i++) {
        (void)pthread_join(ids[i], NULL);
        count += writers[i].count;
    }
    *cpu = (bench_cpu() - used) / (double)count * 1e6;
    return (double)count / (now() - started);
}

/* What the disk can do: 4 KiB at the end of a file, synced, one after the other. */
static void show_disk(void)
{
    static const char block[4096];
    unsigned long count = 0;
    double started = now();
    int fd = open("bench-sync", O_CREAT | O_TRUNC | O_WRONLY, 0600);
    while (now() - started < 1.0 && write(fd, block, sizeof block) == sizeof block &&
           fdatasync(fd) == 0)
        count++;
    close(fd);
    unlink("bench-sync");
    printf("%-36s %8.0f /s\n", "4 KiB written and synced", (double)count / (now() - started));
}

/* --- The whole audit list once more -------------------------------------------------------- */

#define LEAVES 1000000
#define LEAVES_AT_ONCE 10000

static yx_status add_leaves(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_audit_event event = {.at = yx_now(),
                                         .actor = "bench:store",
                                         .action = "bench.leaf.add",
                                         .object = "certificate:0123456789ABCDEF",
                                         .details = "{\"profile\":\"unit\"}"};

    (void)self;
    for (int i = 0; i < LEAVES_AT_ONCE; i++)
        YX_TRY(yx_audit_append(tx, &event, err));
    return YX_OK;
}

static void show_verification(struct yx_store *store)
{
    struct yx_audit_verification verification = {0};
    struct yx_audit_head head;
    struct yx_error err = {0};
    double started;

    for (int i = 0; i < LEAVES / LEAVES_AT_ONCE; i++)
        bench_must(yx_store_write(store, add_leaves, NULL, &err), &err);
    started = now();
    bench_must(yx_audit_head_now(store, &head, &err), &err);
    printf("%-36s %8.1f s\n", "a million leaves numbered, with tree", now() - started);
    started = now();
    bench_must(yx_audit_verify(store, &verification, &err), &err);
    printf("%-36s %8.1f s for %lld leaves\n", "the list verified", now() - started,
           (long long)verification.head.size);
}

int main(int argc, char **argv)
{
    static const unsigned threads[] = {1, 5, 32};
    struct yx_store *store = NULL;
    struct yx_error err = {0};
    if (argc != 2) {
        fputs("usage: bench_store PLACE\n", stderr);
        return 64;
    }
    show_disk();
    bench_must(yx_store_open(argv[1], true, &store, &err), &err);
    bench_must(yx_store_migrate(store, &schema, &err), &err);
    bench_must(yx_audit_prepare(store, &err), &err);
    for (int audited = 0; audited < 2; audited++)
        for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
            double cpu = 0, writes = rate(store, threads[i], audited, &cpu);
            printf("%2u threads, %-24s %8.0f /s   %6.0f us of processor time each\n", threads[i],
                   audited ? "a row and its audit leaf" : "a row", writes, cpu);
        }
    show_verification(store);
    yx_store_free(store);
    return 0;
}
