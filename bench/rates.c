/* SPDX-License-Identifier: Apache-2.0 */
/* rates.c - sealing and verifying in process, as operations a second on one core. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "fixture.h"

#define ROUND_SECONDS 1.5

struct bench_case {
    struct fixture fixture;
    struct yx_buf paper, sealed;
    struct yx_placement placement;
    struct yx_bytes message;
    struct yx_buf value; /* signature over `message` */
};

struct bench_rate {
    double seconds; /* for one */
    double count;
    struct bench_doors doors; /* of all */
};

/* Repeats `run` for a while. */
static struct bench_rate repeat(void (*run)(struct bench_case *self), struct bench_case *self)
{
    run(self); /* warm */
    bench_doors = (struct bench_doors){0};
    unsigned long count = 0;
    double start = bench_cpu(), spent = 0;
    while (spent < ROUND_SECONDS) {
        run(self);
        count++;
        spent = bench_cpu() - start;
    }
    return (struct bench_rate){spent / (double)count, (double)count, bench_doors};
}

static void raw_sign(struct bench_case *self)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    bench_must(yx_private_key_sign(self->fixture.pki.holder.key, YX_SIG_SM2_SM3, self->message,
                                   &value, &err),
               &err);
}

static void raw_verify(struct bench_case *self)
{
    struct yx_error err = {0};
    bench_must(yx_public_key_verify(yx_cert_public_key(self->fixture.pki.holder.cert),
                                    YX_SIG_SM2_SM3, self->message, yx_buf_bytes(&self->value),
                                    &err),
               &err);
}

static yx_status seal_to(struct bench_case *self, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_ofd_request request = fixture_request(&self->fixture, &self->placement);
    struct yx_signer signer = pki_signer(&self->fixture.pki.holder);
    YX_TRY(yx_source_borrow(yx_buf_bytes(&self->paper), &source, err));
    YX_TRY(yx_sink_memory(out, &sink, err));
    YX_TRY(yx_ofd_sign(source, &request, &signer, sink, err));
    return yx_sink_commit(sink, err);
}

static void seal(struct bench_case *self)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    bench_must(seal_to(self, &out, &err), &err);
}

static void verify(struct bench_case *self)
{
    struct yx_error err = {0};
    struct yx_verify_options options = {.trust = self->fixture.pki.trust};
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    bench_must(yx_source_borrow(yx_buf_bytes(&self->sealed), &source, &err), &err);
    bench_must(yx_verify(source, &options, &report, &err), &err);
    if (report->result == YX_VALID && report->signatures != NULL &&
        report->signatures->next == NULL)
        return;
    fputs("bench: the document does not verify with one signature\n", stderr);
    exit(1);
}

/* A seal of usual weight: the picture has some 34 kB. */
static void open_case(struct bench_case *self, const char *picture_path, unsigned pages,
                      struct yx_placement placement)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf picture = {0};
    *self = (struct bench_case){.placement = placement, .message = YX_TEXT("to be signed")};
    bench_must(yx_file_read(picture_path, 1u << 20, &picture, &err), &err);
    bench_must(fixture_open(&self->fixture, yx_buf_bytes(&picture), &err), &err);
    bench_must(fixture_pages(pages, &self->paper, &err), &err);
    bench_must(yx_private_key_sign(self->fixture.pki.holder.key, YX_SIG_SM2_SM3, self->message,
                                   &self->value, &err),
               &err);
    bench_must(seal_to(self, &self->sealed, &err), &err);
}

static void close_case(struct bench_case *self)
{
    fixture_free(&self->fixture);
    yx_buf_free(&self->paper);
    yx_buf_free(&self->sealed);
    yx_buf_free(&self->value);
}

static void print_rate(const char *name, const struct bench_rate *rate)
{
    printf("%-36s %8.0f /s %8.3f ms\n", name, 1 / rate->seconds, 1000 * rate->seconds);
}

/* What one operation does at a door, and the share of its time that goes there. */
static void print_door(const char *name, const struct bench_door *door,
                       const struct bench_rate *rate)
{
    if (door->count > 0)
        printf("    %-32s %8.1f times %5.0f %%\n", name, (double)door->count / rate->count,
               100 * door->seconds / (rate->seconds * rate->count));
}

static void print_doors(const struct bench_rate *rate)
{
    const struct bench_doors *doors = &rate->doors;
    print_door("SM2 signatures", &doors->sign, rate);
    print_door("SM2 verifications", &doors->verify, rate);
    print_door("certificates validated", &doors->validate, rate);
    print_door("certificates read", &doors->read, rate);
}

int bench_rates(int argc, char **argv)
{
    if (argc != 1)
        return 64;
    struct bench_case self;
    open_case(&self, argv[0], 1, (struct yx_placement){.kind = YX_PLACE_POINT});
    struct bench_rate sign_rate = repeat(raw_sign, &self);
    struct bench_rate verify_rate = repeat(raw_verify, &self);
    struct bench_rate sealing = repeat(seal, &self);
    struct bench_rate verifying = repeat(verify, &self);
    print_rate("SM2 signature alone", &sign_rate);
    print_rate("SM2 verification alone", &verify_rate);
    print_rate("sealing one page, verified after", &sealing);
    print_doors(&sealing);
    print_rate("verifying it", &verifying);
    print_doors(&verifying);
    printf("one sealing costs %.1f SM2 signatures, one verifying %.1f SM2 verifications\n",
           sealing.seconds / sign_rate.seconds, verifying.seconds / verify_rate.seconds);
    close_case(&self);
    return 0;
}

int bench_pages(int argc, char **argv)
{
    if (argc != 1)
        return 64;
    struct bench_case one, hundred;
    open_case(&one, argv[0], 1, (struct yx_placement){.kind = YX_PLACE_POINT});
    open_case(&hundred, argv[0], 100,
              (struct yx_placement){.kind = YX_PLACE_SEAM, .edge = YX_EDGE_RIGHT});
    struct bench_rate seal_one = repeat(seal, &one), seal_hundred = repeat(seal, &hundred);
    struct bench_rate check_one = repeat(verify, &one), check_hundred = repeat(verify, &hundred);
    print_rate("sealing one page", &seal_one);
    print_rate("sealing 100 pages, seam", &seal_hundred);
    print_rate("verifying one page", &check_one);
    print_rate("verifying 100 pages, seam", &check_hundred);
    printf("100 pages against one: sealing %.1f times, verifying %.1f times the time; %zu bytes "
           "more than the document\n",
           seal_hundred.seconds / seal_one.seconds, check_hundred.seconds / check_one.seconds,
           hundred.sealed.len - hundred.paper.len);
    close_case(&one);
    close_case(&hundred);
    return 0;
}
