/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca.c - what an authority does in a second: bench_ca FOLDER SECONDS [POSTGRES-URI]. The folder is
 * made. Elapsed time of five clients at once, and the processor time of each piece of work in this
 * process, which tells on a busy machine what two free cores could do.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bench.h"
#include "publish/publish.h"

#define CLIENTS 5
#define PASSPHRASE YX_TEXT("bench")
#define HOLDER "CN=测试单位,O=测试单位,C=CN"
#define SERIAL 20
#define KNOWN 10000u /* serials that are asked about */
#define MILLION 1000000
#define PIECE 100000 /* of them in one transaction; the first are revoked */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* --- An authority and who asks it --------------------------------------------------------- */

struct known {
    uint8_t serials[KNOWN][SERIAL];
    size_t count;
};

struct bench_ca {
    struct yx_ca *ca;
    yx_key_type type;
    struct yx_buf subject;
    struct yx_private_key *holder;
    struct yx_cert *stamper;
    struct yx_signer signer; /* of the holder's key */
    struct yx_tsa tsa;
    struct yx_buf stamp_request;
    struct yx_responder *responder;
    struct yx_buf *asked; /* OCSP requests without a nonce */
    size_t asked_count;
    struct known known;
    int64_t every; /* which rows they are of */
    double seconds;
    double answered; /* microseconds of an answer that is signed */
};

static yx_status issue(const struct bench_ca *self, const char *profile, struct yx_buf *der,
                       struct yx_error *err)
{
    const struct yx_ca_issue_request request = {
        .profile = yx_ca_profile_find(self->ca, profile),
        .subject = yx_buf_bytes(&self->subject),
        .spki = yx_public_key_spki(yx_private_key_public(self->holder)),
        .actor = "bench:ca",
    };
    return yx_ca_issue(self->ca, &request, der, err);
}

static yx_status authority_open(struct bench_ca *self, const char *folder, const char *settings,
                                yx_key_type type, struct yx_error *err)
{
    const struct yx_ca_init_request request = {
        .folder = folder,
        .name = "CN=Bench Root,O=Bench,C=CN",
        .key_type = type,
        .path_length = -1,
        .settings = settings,
        .passphrase = PASSPHRASE,
        .actor = "bench:ca",
    };
    self->type = type;
    YX_TRY(yx_ca_init(&request, err));
    YX_TRY(yx_ca_open(folder, &self->ca, err));
    YX_TRY(yx_ca_unlock(self->ca, PASSPHRASE, err));
    YX_TRY(yx_publish_prepare(self->ca, err));
    YX_TRY(yx_private_key_generate(type, 0, &self->holder, err));
    self->signer = yx_signer_borrow_key(self->holder);
    return yx_name_to_der(HOLDER, &self->subject, err);
}

static void authority_close(struct bench_ca *self)
{
    for (size_t i = 0; i < self->asked_count; i++)
        yx_buf_free(&self->asked[i]);
    free(self->asked);
    yx_responder_free(self->responder);
    yx_cert_free(self->stamper);
    yx_buf_free(&self->stamp_request);
    yx_buf_free(&self->subject);
    yx_private_key_free(self->holder);
    yx_ca_free(self->ca);
}

/* --- Pieces of work ------------------------------------------------------------------------ */

typedef void (*piece)(struct bench_ca *self, unsigned number);

static void issue_one(struct bench_ca *self, unsigned number)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    (void)number;
    bench_must(issue(self, "unit", &der, &err), &err);
}

static void sign_one(struct bench_ca *self, unsigned number)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    (void)number;
    bench_must(self->signer.sign(self->signer.self, self->signer.algorithm,
                                 yx_buf_bytes(&self->subject), &value, &err),
               &err);
}

static void answer(struct bench_ca *self, struct yx_bytes request)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    bench_must(yx_responder_reply(self->responder, request, 0, &response, &err), &err);
}

/* With a nonce: every answer is signed. */
static void answer_live(struct bench_ca *self, unsigned number)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    const struct yx_ocsp_pair about = {self->stamper, yx_ca_certificate(self->ca)};
    (void)number;
    bench_must(yx_ocsp_request_make(&about, 1, YX_DIGEST_NONE, true, &request, &err), &err);
    answer(self, yx_buf_bytes(&request));
}

static void answer_kept(struct bench_ca *self, unsigned number)
{
    answer(self, yx_buf_bytes(&self->asked[number % self->asked_count]));
}

static void stamp(struct bench_ca *self, unsigned number)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    (void)number;
    bench_must(
        yx_tsa_reply(&self->tsa, yx_buf_bytes(&self->stamp_request), yx_now(), &response, &err),
        &err);
}

static void look_up(struct bench_ca *self, unsigned number)
{
    struct yx_error err = {0};
    struct yx_ca_status status;
    size_t at = number * 7919u % self->known.count;
    bench_must(yx_ca_status(self->ca, YX_BYTES(self->known.serials[at], SERIAL), &status, &err),
               &err);
    if (!status.known)
        abort();
}

/* --- Rates --------------------------------------------------------------------------------- */

struct client {
    struct bench_ca *self;
    piece work;
    double until;
    unsigned first;
    unsigned long count;
};

static void *ask(void *self)
{
    struct client *client = self;
    for (unsigned number = client->first; now() < client->until; number += CLIENTS) {
        client->work(client->self, number);
        client->count++;
    }
    return NULL;
}

/* Microseconds of processor time of each. */
static double rate(struct bench_ca *self, piece work, const char *name)
{
    pthread_t ids[CLIENTS];
    struct client clients[CLIENTS];
    unsigned long count = 0;
    double started = now(), used = bench_cpu();
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){
            .self = self, .work = work, .until = started + self->seconds, .first = i};
        if (pthread_create(&ids[i], NULL, ask, &clients[i]) != 0)
            abort();
    }
    for (unsigned i = 0; i < CLIENTS; i++) {
        (void)pthread_join(ids[i], NULL);
        count += clients[i].count;
    }
    double spent = (bench_cpu() - used) / (double)count * 1e6;
    printf("  %-34s %8.0f /s   %7.1f us of processor time each\n", name,
           (double)count / (now() - started), spent);
    fflush(stdout);
    return spent;
}

/* --- Answers and time-stamps ----------------------------------------------------------------- */

static yx_status responder_open(struct bench_ca *self, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_TRY(issue(self, "tsa", &der, err));
    YX_TRY(yx_cert_from_der(yx_buf_bytes(&der), &self->stamper, err));
    self->tsa = (struct yx_tsa){.cert = self->stamper, .signer = self->signer};
    return yx_responder_new(self->ca, NULL, NULL, &self->responder, err);
}

/* Requests for certificates that were issued here. */
static yx_status requests_make(struct bench_ca *self, size_t count, struct yx_error *err)
{
    self->asked = calloc(count, sizeof *self->asked);
    for (self->asked_count = 0; self->asked_count < count; self->asked_count++) {
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
        YX_TRY(issue(self, "unit", &der, err));
        YX_TRY(yx_cert_from_der(yx_buf_bytes(&der), &cert, err));
        const struct yx_ocsp_pair about = {cert, yx_ca_certificate(self->ca)};
        YX_TRY(yx_ocsp_request_make(&about, 1, YX_DIGEST_NONE, false,
                                    &self->asked[self->asked_count], err));
    }
    return YX_OK;
}

static yx_status stamp_request_make(struct bench_ca *self, struct yx_error *err)
{
    yx_digest_algorithm algorithm = self->type == YX_KEY_SM2 ? YX_DIGEST_SM3 : YX_DIGEST_SHA256;
    uint8_t digest[YX_DIGEST_MAX];
    YX_TRY(yx_digest(algorithm, YX_TEXT("bench"), digest, err));
    return yx_timestamp_request_make(algorithm, YX_BYTES(digest, 32), &self->stamp_request, err);
}

static void rates(struct bench_ca *self)
{
    struct yx_error err = {0};
    double each = rate(self, sign_one, "signatures alone");
    printf("  %-34s %8.0f %% are the signature\n", "of a certificate",
           100 * each / rate(self, issue_one, "certificates, durable and audited"));
    bench_must(responder_open(self, &err), &err);
    bench_must(requests_make(self, 200, &err), &err);
    bench_must(stamp_request_make(self, &err), &err);
    self->answered = rate(self, answer_live, "OCSP answers, each signed");
    printf("  %-34s %8.0f %% are the signature\n", "of an answer", 100 * each / self->answered);
    (void)rate(self, answer_kept, "OCSP answers, kept");
    (void)rate(self, stamp, "time-stamp tokens");
}

/* --- A million certificates ------------------------------------------------------------------ */

/* Rows as they would be after issuing; their serials in order, so that the index fills quickly. */
#define COLUMNS                                                                            \
    "INSERT INTO certificate (authority, serial, partition, subject, profile, not_before," \
    " not_after, issued_at, state, changed_at, reason, actor, request_digest, body)"       \
    " SELECT $1, s, 0, 'CN=Somebody,O=Somewhere,C=CN', 'unit', $2, $3, $2, $4, $5, $6,"    \
    " 'bench:ca', s, "
static const char fill_sqlite[] =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $7) " COLUMNS
    "randomblob(600) FROM (SELECT randomblob(20) AS s FROM n ORDER BY 1) AS serials";
static const char fill_postgres[] = COLUMNS
    "decode(repeat(encode(s, 'hex'), 30), 'hex') FROM (SELECT decode(md5(CAST(random() AS TEXT)) ||"
    " substr(md5(CAST(random() AS TEXT)), 1, 8), 'hex') AS s FROM generate_series(1, $7)"
    " ORDER BY 1) AS serials";

struct filling {
    struct bench_ca *self;
    bool postgres, revoked;
    unsigned count;
};

static yx_status fill(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct filling *filling = self;
    yx_time at = yx_now() - 3600 * YX_SECOND;
    const struct yx_value values[] = {
        yx_value_integer(yx_ca_number(filling->self->ca)),
        yx_value_integer(at),
        yx_value_integer(at + 365 * YX_DAY),
        yx_value_integer(filling->revoked ? YX_CA_REVOKED : YX_CA_GOOD),
        filling->revoked ? yx_value_integer(at) : yx_value_null(),
        filling->revoked ? yx_value_integer(1) : yx_value_null(),
        yx_value_integer(filling->count),
    };
    return yx_tx_run(tx, filling->postgres ? fill_postgres : fill_sqlite, values, 7, NULL, err);
}

static yx_status take_serial(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct known *known = self;
    (void)err;
    memcpy(known->serials[known->count++], yx_row_blob(row, 0).data, SERIAL);
    return YX_OK;
}

/* As many serials each time, from all over the rows: only how many rows there are is another. */
static yx_status find_serials(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct bench_ca *ca = self;
    const struct yx_value values[] = {yx_value_integer(yx_ca_number(ca->ca)),
                                      yx_value_integer(ca->every), yx_value_integer(KNOWN)};
    ca->known.count = 0;
    return yx_tx_query(tx,
                       "SELECT serial FROM certificate WHERE authority = $1"
                       " AND id % $2 = 0 ORDER BY id DESC LIMIT $3",
                       values, 3, take_serial, &ca->known, err);
}

static double looked_up(struct bench_ca *self, int64_t every)
{
    struct yx_error err = {0};
    self->every = every;
    bench_must(yx_store_read(yx_ca_store(self->ca), find_serials, self, &err), &err);
    return rate(self, look_up, "states looked up");
}

static void show_crl(struct bench_ca *self)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    const struct yx_crl_request request = {.actor = "bench:ca"};
    double started = now(), used = bench_cpu();
    bench_must(yx_publish_crl(self->ca, &request, &der, &err), &err);
    printf("  %-34s %8.2f s    %7.2f s of processor time, %.1f MB\n", "a CRL of 100,000 entries",
           now() - started, bench_cpu() - used, (double)der.len / 1e6);
}

static void million(struct bench_ca *self, bool postgres)
{
    struct yx_error err = {0};
    struct filling filling = {.self = self, .postgres = postgres, .count = KNOWN};
    struct yx_store *store = yx_ca_store(self->ca);
    puts("  few in the store:");
    bench_must(yx_store_write(store, fill, &filling, &err), &err);
    double asked = looked_up(self, 1);
    double issued = rate(self, issue_one, "certificates");
    filling = (struct filling){self, postgres, true, PIECE};
    for (unsigned filled = 0; filled < MILLION; filled += PIECE) {
        bench_must(yx_store_write(store, fill, &filling, &err), &err);
        filling.revoked = false;
    }
    puts("  a million certificates more:");
    show_crl(self);
    double more = looked_up(self, 97);
    printf("  %-34s %8.2f times as before\n", "a state", more / asked);
    printf("  %-34s %8.2f times as before, with its signature\n", "an OCSP answer",
           (self->answered + more - asked) / self->answered);
    printf("  %-34s %8.2f times as before\n", "a certificate",
           rate(self, issue_one, "certificates") / issued);
}

/* --- All of it ------------------------------------------------------------------------------- */

static void measure(const char *folder, const char *uri, yx_key_type type, double seconds)
{
    struct yx_error err = {0};
    struct bench_ca self = {.seconds = seconds};
    char place[512], settings[512] = "";
    const char *name = type == YX_KEY_SM2 ? "sm2" : "p256";
    (void)snprintf(place, sizeof place, "%s/%s-%s", folder, name, uri == NULL ? "lite" : "pg");
    if (uri != NULL)
        (void)snprintf(settings, sizeof settings, "database = \"%s\"\n", uri);
    printf("%s, %s\n", uri == NULL ? "SQLite" : "PostgreSQL", name);
    bench_must(authority_open(&self, place, uri == NULL ? NULL : settings, type, &err), &err);
    rates(&self);
    if (type == YX_KEY_SM2)
        million(&self, uri != NULL);
    authority_close(&self);
}

int main(int argc, char **argv)
{
    struct rusage usage;
    if (argc < 3 || argc > 4) {
        fputs("usage: bench_ca FOLDER SECONDS [POSTGRES-URI]\n", stderr);
        return 64;
    }
    const char *uri = argc == 4 ? argv[3] : NULL;
    measure(argv[1], uri, YX_KEY_P256, strtod(argv[2], NULL));
    measure(argv[1], uri, YX_KEY_SM2, strtod(argv[2], NULL));
    (void)getrusage(RUSAGE_SELF, &usage);
    printf("at most %.0f MiB of memory\n", (double)usage.ru_maxrss / 1024);
    return 0;
}
