/* SPDX-License-Identifier: Apache-2.0 */
/*
 * large.c - a large document, and what hashing it takes. The document has 42 images of 4 MiB that
 * do not compress, one for each page, and an attachment of 60 MiB that deflates to about half.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "fixture.h"

#define IMAGES 42
#define IMAGE_SIZE ((size_t)4 << 20)
#define ATTACHMENT_SIZE ((size_t)60 << 20)

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Bytes of which each has `bits` random bits: 8 do not compress, 4 go into half. */
static void fill(uint8_t *out, size_t len, unsigned bits, uint64_t seed)
{
    uint64_t state = UINT64_C(0x9E3779B97F4A7C15) + seed;
    uint64_t mask = UINT64_C(0x0101010101010101) * ((1u << bits) - 1);
    for (size_t i = 0; i < len; i += 8) {
        uint64_t word = next_random(&state) & mask;
        memcpy(out + i, &word, 8);
    }
}

int bench_large(int argc, char **argv)
{
    if (argc != 1)
        return 64;
    struct yx_error err = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    if (yx_buf_reserve(&bytes, IMAGES * IMAGE_SIZE + ATTACHMENT_SIZE) != YX_OK)
        return 71;
    struct yx_zip_part parts[IMAGES + 1];
    char names[IMAGES][48];
    for (size_t i = 0; i < IMAGES; i++) {
        uint8_t *image = bytes.data + i * IMAGE_SIZE;
        fill(image, IMAGE_SIZE, 8, i);
        snprintf(names[i], sizeof names[i], "Doc_0/Res/image_%zu.jpg", i);
        parts[i] = (struct yx_zip_part){YX_TEXT(names[i]), YX_BYTES(image, IMAGE_SIZE)};
    }
    uint8_t *attachment = bytes.data + IMAGES * IMAGE_SIZE;
    fill(attachment, ATTACHMENT_SIZE, 4, IMAGES);
    parts[IMAGES] = (struct yx_zip_part){YX_TEXT("Doc_0/Attachs/data.txt"),
                                         YX_BYTES(attachment, ATTACHMENT_SIZE)};
    bench_must(yx_sink_file(argv[0], false, &sink, &err), &err);
    bench_must(fixture_paper(IMAGES, parts, IMAGES + 1, sink, &err), &err);
    bench_must(yx_sink_commit(sink, &err), &err);
    return 0;
}

static double hash_file(const char *path, uint64_t *size)
{
    static uint8_t piece[1u << 20];
    struct yx_error err = {0};
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_hasher) struct yx_hasher *hasher = NULL;
    uint8_t digest[YX_DIGEST_MAX];
    bench_must(yx_source_open(path, &source, &err), &err);
    bench_must(yx_hasher_new(YX_DIGEST_SM3, &hasher, &err), &err);
    double start = bench_cpu();
    *size = yx_source_size(source);
    for (uint64_t at = 0; at < *size;) {
        size_t len = *size - at < sizeof piece ? (size_t)(*size - at) : sizeof piece;
        bench_must(yx_source_read(source, at, piece, len, &err), &err);
        bench_must(yx_hasher_update(hasher, YX_BYTES(piece, len), &err), &err);
        at += len;
    }
    bench_must(yx_hasher_finish(hasher, digest, &err), &err);
    return bench_cpu() - start;
}

/* Prints processor seconds and a name, as bench_measure does. */
int bench_hash(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        uint64_t size = 0;
        double seconds = hash_file(argv[i], &size);
        printf("%.3f %.3f %.1f\n", seconds, seconds, (double)size / 1e6 / seconds);
    }
    return argc > 0 ? 0 : 64;
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* Prints: processor seconds, elapsed seconds, peak memory in MiB. Ends as the command ends. */
int bench_measure(int argc, char **argv)
{
    if (argc < 1)
        return 64;
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[0], argv);
        _exit(127);
    }
    int status = 0;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) != child)
        return 71;
    clock_gettime(CLOCK_MONOTONIC, &end);
    double elapsed =
        (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    fprintf(stderr, "%.3f %.3f %.1f\n", seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
            elapsed, (double)usage.ru_maxrss / 1024);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 70;
}
