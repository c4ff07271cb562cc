/* SPDX-License-Identifier: Apache-2.0 */
/* test_pool.c - workers that die, take too long or are gone, and more documents than workers. */
#include "support.h"

#include <dirent.h>
#include <semaphore.h>

#include <yinxin/draw.h>

#include "fixture.h"
#include "house.h"

static struct house house;
static struct fixture fixture;
static struct yx_buf paper, sealed;
/* A document that is half sealed: while its time-stamp is made here, a worker is in the middle of
 * its work. */
static struct yx_buf plan, value;

/* --- What everything starts from
 * ------------------------------------------------------------------ */

static void seal_paper(void)
{
    const struct yx_placement placement = {.has_point = true, .x = 100, .y = 100};
    struct yx_sign_request request = {.seal = yx_buf_bytes(&fixture.seal),
                                      .signer = fixture.pki.holder.cert,
                                      .placements = &placement,
                                      .placement_count = 1};
    struct yx_signer signer = pki_signer(&fixture.pki.holder);
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_document) struct yx_document *document = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_CLEAN(yx_buf) struct yx_buf to_be_signed = {0};
    struct yx_error err;

    expect_ok(yx_source_borrow(yx_buf_bytes(&paper), &source, &err), &err);
    expect_ok(yx_document_open(source, 0, &document, &err), &err);
    expect_ok(yx_document_prepare(document, &request, &plan, &to_be_signed, &err), &err);
    expect_ok(signer.sign(signer.self, YX_SIG_SM2_SM3, yx_buf_bytes(&to_be_signed), &value, &err),
              &err);
    expect_ok(yx_sink_memory(&sealed, &sink, &err), &err);
    expect_ok(
        yx_document_finish(document, yx_buf_bytes(&plan), yx_buf_bytes(&value), NULL, sink, &err),
        &err);
}

static int open_all(void **state)
{
    struct yx_error err;

    (void)state;
    house_open(&house, HOUSE_WORKERS, 100);
    expect_ok(fixture_open(&fixture, pki_picture(), &err), &err);
    expect_ok(fixture_pages(2, &paper, &err), &err);
    seal_paper();
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    house_close(&house);
    fixture_free(&fixture);
    yx_buf_free(&paper);
    yx_buf_free(&sealed);
    yx_buf_free(&plan);
    yx_buf_free(&value);
    return 0;
}

static yx_status verify(struct yx_bytes document, struct yx_error *err)
{
    YX_CLEAN(job) struct yx_worker_job job = house_job(&house, document);
    const struct yx_worker_question question = {.name = "x", .trust = -1, .maker_trust = -1};
    YX_CLEAN(yx_buf) struct yx_buf json = {0};

    YX_TRY(yx_worker_verify(&job, &question, &json, err));
    assert_non_null(
        memmem(json.data, json.len, "\"result\": \"indeterminate\"", 25)); /* nobody is trusted */
    return YX_OK;
}

static void expect_work(void)
{
    struct yx_error err;

    for (int i = 0; i < 2 * HOUSE_WORKERS; i++)
        expect_ok(verify(yx_buf_bytes(&sealed), &err), &err);
}

/* --- In the middle of the work
 * -------------------------------------------------------------------- */

/* What happens while a worker waits for a time-stamp. */
struct middle {
    void (*happen)(void *self);
    void *self;
};

static yx_status stamp(void *self, yx_digest_algorithm algorithm, struct yx_bytes digest,
                       struct yx_buf *token, struct yx_error *err)
{
    const struct middle *middle = self;

    (void)algorithm;
    (void)digest;
    (void)token;
    middle->happen(middle->self);
    return yx_fail(err, YX_REFUSED, "", N_("no time-stamp today"));
}

/* A worker has begun with a document; then something happens. The words of the error go to `words`.
 */
static yx_status half_done(struct yx_worker_pool *pool, unsigned seconds,
                           void (*happen)(void *self), void *self, bool (*is_wanted)(void *self),
                           char words[300])
{
    struct middle middle = {happen, self};
    const struct yx_timestamper stamper = {YX_DIGEST_SM3, stamp, &middle};
    YX_CLEAN(job) struct yx_worker_job job = house_job(&house, yx_buf_bytes(&paper));
    struct yx_error err = {0};
    yx_status status;
    int fd = -1;

    job.pool = pool;
    job.stamper = &stamper;
    job.seconds = seconds;
    job.is_wanted = is_wanted;
    job.self = self;
    status = yx_worker_finish(&job, yx_buf_bytes(&plan), yx_buf_bytes(&value), &fd, &err);
    assert_int_equal(fd, -1);
    yx_message_render(&err.message, NULL, words, 300);
    return status;
}

static void kill_all(void *self)
{
    int signal = *(const int *)self;

    for (int i = 1; i < HOUSE_MEMBERS; i++)
        (void)kill(house.members[i].pid, signal);
}

static void expect_words(const char *words, const char *part)
{
    if (strstr(words, part) == NULL)
        fail_msg("%s", words);
}

/* A death costs the document that it happened to, and no other. */
static void a_worker_is_killed(void **state)
{
    static int signal = SIGKILL;
    char words[300];

    (void)state;
    assert_int_equal(half_done(house.pool, 20, kill_all, &signal, NULL, words), YX_DAMAGED);
    expect_words(words, "died of it");
    expect_work();
}

static void pass_time(void *self)
{
    (void)usleep(*(const useconds_t *)self);
}

static void a_worker_takes_too_long(void **state)
{
    static useconds_t pause = 1500000;
    char words[300];

    (void)state;
    assert_int_equal(half_done(house.pool, 1, pass_time, &pause, NULL, words), YX_DAMAGED);
    expect_words(words, "within 1 seconds");
    expect_work();
}

/* One that was taken over does not end itself: the parent is asked to. */
static void a_worker_does_not_end(void **state)
{
    static int signal = SIGSTOP;
    unsigned before = house.members[1].starts + house.members[2].starts;
    char words[300];

    (void)state;
    assert_int_equal(half_done(house.pool, 1, kill_all, &signal, NULL, words), YX_DAMAGED);
    expect_words(words, "within 1 seconds");
    signal = SIGCONT; /* the other one */
    kill_all(&signal);
    expect_work();
    assert_true(house.members[1].starts + house.members[2].starts > before);
}

static bool is_never_wanted(void *self)
{
    (void)self;
    return false;
}

/* The answer of the worker would take longer than anybody waits. */
static void nobody_waits_any_more(void **state)
{
    static int signal = SIGSTOP;
    struct yx_worker_counts before, after;
    char words[300];

    (void)state;
    yx_worker_pool_counts(house.pool, &before);
    assert_int_equal(half_done(house.pool, 60, kill_all, &signal, is_never_wanted, words), YX_IO);
    expect_words(words, "nobody waits");
    yx_worker_pool_counts(house.pool, &after);
    assert_int_equal(after.given_up, before.given_up + 1);
    signal = SIGCONT;
    kill_all(&signal);
    expect_work();
}

/* A pool that finds no worker gives up in time. */
static void no_worker_answers(void **state)
{
    YX_CLEAN(job) struct yx_worker_job job = house_job(&house, yx_buf_bytes(&sealed));
    YX_CLEAN(yx_buf) struct yx_buf json = {0};
    struct yx_error err;
    int signal = SIGSTOP;

    (void)state;
    job.patience = 1;
    kill_all(&signal);
    expect_status(yx_worker_inspect(&job, &json, &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, YX_WORKER_BUSY);
    signal = SIGCONT;
    kill_all(&signal);
    expect_work();
}

/* --- More than there are workers
 * ------------------------------------------------------------------- */

struct jam {
    struct yx_worker_pool *pool; /* of one worker, where one may wait */
    sem_t begun, go_on;
    pthread_t waiting;
};

static void *wait_in_line(void *argument)
{
    struct jam *jam = argument;
    struct yx_worker_job job = {.pool = jam->pool};
    YX_CLEAN(yx_buf) struct yx_buf json = {0};

    return yx_worker_seal(&job, yx_buf_bytes(&fixture.seal), &json, NULL) == YX_OK ? argument
                                                                                   : NULL;
}

static void jam_up(void *self)
{
    struct jam *jam = self;
    struct yx_worker_job job = {.pool = jam->pool, .patience = 1};
    struct yx_worker_counts counts = {0};
    YX_CLEAN(yx_buf) struct yx_buf json = {0};
    struct yx_error err;

    assert_int_equal(pthread_create(&jam->waiting, NULL, wait_in_line, jam), 0);
    while (counts.waiting < 1)
        yx_worker_pool_counts(jam->pool, &counts);
    expect_status(yx_worker_seal(&job, yx_buf_bytes(&fixture.seal), &json, &err), YX_REFUSED, &err);
    assert_string_equal(err.message.text, "too many documents wait already; try again later");
    yx_worker_pool_counts(jam->pool, &counts);
    assert_int_equal(counts.refused, 1);
    assert_int_equal(counts.working, 1);
}

static void too_many_wait(void **state)
{
    struct jam jam = {0};
    struct yx_error err;
    char words[300];
    void *served;

    (void)state;
    expect_ok(yx_worker_pool_new(house.line, 1, 1, &jam.pool, &err), &err);
    assert_int_equal(half_done(jam.pool, 20, jam_up, &jam, NULL, words), YX_REFUSED);
    expect_words(words, "no time-stamp today");
    assert_int_equal(pthread_join(jam.waiting, &served), 0);
    assert_non_null(served);
    yx_worker_pool_free(jam.pool);
}

static atomic_uint answered, died, failed;

static void *verify_often(void *argument)
{
    for (int i = 0; i < *(const int *)argument; i++) {
        struct yx_error err;
        yx_status status = verify(yx_buf_bytes(&sealed), &err);

        answered += status == YX_OK;
        died += status == YX_DAMAGED;
        failed += status != YX_OK && status != YX_DAMAGED;
    }
    return NULL;
}

#define THREADS 20

static void verify_in_parallel(int each, unsigned kills)
{
    pthread_t threads[THREADS];
    int signal = SIGKILL;

    answered = died = failed = 0;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, verify_often, &each), 0);
    while (kills-- > 0) {
        (void)usleep(20000);
        kill_all(&signal);
    }
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    assert_int_equal(failed, 0);
    assert_int_equal(answered + died, THREADS * each);
}

static void a_hundred_at_a_time(void **state)
{
    (void)state;
    verify_in_parallel(5, 0);
    assert_int_equal(died, 0);
}

/* kill -9 of the workers under load: what had not begun is asked for again, what had is told. */
static void killed_under_load(void **state)
{
    (void)state;
    verify_in_parallel(20, 15);
    assert_in_range(died, 0, 15 * HOUSE_WORKERS);
    expect_work();
}

/* After some hundreds of documents there is a fresh worker, and nobody notices. */
static void worn_out(void **state)
{
    const struct yx_worker_job job = {.pool = house.pool};
    unsigned before = house.members[1].starts + house.members[2].starts;
    struct yx_error err;

    (void)state;
    for (int i = 0; i < 1100; i++) {
        YX_CLEAN(yx_buf) struct yx_buf json = {0};

        expect_ok(yx_worker_seal(&job, yx_buf_bytes(&fixture.seal), &json, &err), &err);
    }
    assert_true(house.members[1].starts + house.members[2].starts > before);
}

struct asking {
    struct yx_worker_pool *pool;
    atomic_uint *failures;
};

static void *ask_often(void *argument)
{
    const struct asking *asking = argument;
    const struct yx_worker_job job = {.pool = asking->pool};

    for (int i = 0; i < 50; i++) {
        YX_CLEAN(yx_buf) struct yx_buf json = {0};

        *asking->failures +=
            yx_worker_seal(&job, yx_buf_bytes(&fixture.seal), &json, NULL) != YX_OK;
    }
    return NULL;
}

/* While one web process takes over from another, both ask the same workers. */
static void two_webs(void **state)
{
    YX_CLEAN(yx_worker_pool) struct yx_worker_pool *second = NULL;
    atomic_uint failures = 0;
    struct asking asking[2] = {{house.pool, &failures}, {NULL, &failures}};
    pthread_t threads[2 * HOUSE_WORKERS];
    struct yx_error err;

    (void)state;
    expect_ok(yx_worker_pool_new(house.line, HOUSE_WORKERS, 100, &second, &err), &err);
    asking[1].pool = second;
    for (size_t i = 0; i < 2 * HOUSE_WORKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &asking[i % 2]), 0);
    for (size_t i = 0; i < 2 * HOUSE_WORKERS; i++)
        (void)pthread_join(threads[i], NULL);
    assert_int_equal(failures, 0);
}

/* --- A worker that was taken over, and says without end that it is at work ----------------------
 */

static void *talk(void *argument)
{
    const struct yx_ipc_message progress = {.kind = YX_IPC_PROGRESS,
                                            .fields = {{.number = 1}, {.number = 2}}};
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message request = {0};
    int fd = (int)(intptr_t)argument;

    if (yx_ipc_receive(fd, &request, 0, NULL) == YX_OK)
        while (yx_ipc_send(fd, &progress, 0, NULL) == YX_OK)
            continue;
    (void)close(fd);
    return NULL;
}

static void *connect_to_talk(void *argument)
{
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message request = {0};
    int line = (int)(intptr_t)argument;

    while (yx_ipc_receive(line, &request, 0, NULL) == YX_OK) {
        struct yx_ipc_message reply = {.kind = YX_IPC_DONE};
        pthread_t thread;
        int ends[2];

        if (request.kind == YX_IPC_CONNECT && yx_ipc_pair(ends, NULL) == YX_OK) {
            (void)pthread_create(&thread, NULL, talk, (void *)(intptr_t)ends[1]);
            (void)pthread_detach(thread);
            reply = (struct yx_ipc_message){.kind = YX_IPC_CONNECTED, .fields = {{.fd = ends[0]}}};
        }
        (void)yx_ipc_send(line, &reply, 0, NULL);
        if (reply.kind == YX_IPC_CONNECTED)
            (void)close(ends[0]);
    }
    (void)close(line);
    return NULL;
}

static void a_worker_talks_without_end(void **state)
{
    YX_CLEAN(yx_ipc_line) struct yx_ipc_line *line = NULL;
    YX_CLEAN(yx_worker_pool) struct yx_worker_pool *pool = NULL;
    YX_CLEAN(yx_buf) struct yx_buf json = {0};
    struct yx_worker_job job = {.seconds = 1};
    int64_t begun = yx_monotonic();
    struct yx_error err;
    pthread_t parent;
    int ends[2];

    (void)state;
    expect_ok(yx_ipc_pair(ends, &err), &err);
    assert_int_equal(pthread_create(&parent, NULL, connect_to_talk, (void *)(intptr_t)ends[1]), 0);
    expect_ok(yx_ipc_line_new(ends[0], &line, &err), &err);
    expect_ok(yx_worker_pool_new(line, 1, 1, &pool, &err), &err);
    job.pool = pool;
    expect_status(yx_worker_seal(&job, yx_buf_bytes(&fixture.seal), &json, &err), YX_DAMAGED, &err);
    assert_in_range(yx_monotonic() - begun, YX_SECOND, 10 * YX_SECOND);
    yx_ipc_line_free(line);
    line = NULL;
    (void)pthread_join(parent, NULL);
}

static void the_launcher_dies(void **state)
{
    unsigned before = house.members[0].starts;

    (void)state;
    (void)kill(house.members[0].pid, SIGKILL);
    while (house.members[0].starts == before)
        (void)usleep(1000);
    expect_work();
}

/* --- Hostile documents
 * ------------------------------------------------------------------------------ */

/* All jobs for a document; whatever it is, the worker answers, and the next document is served. */
static void try_document(struct yx_bytes document)
{
    YX_CLEAN(job) struct yx_worker_job job = house_job(&house, document);
    const struct yx_worker_question question = {.name = "x", .trust = -1, .maker_trust = -1};
    const struct yx_worker_picture picture = {.page = 1, .longest = 200};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_error err = {0};

    job.seconds = 5;
    yx_status ends[] = {
        yx_worker_verify(&job, &question, &out, &err), yx_worker_inspect(&job, &out, &err),
        yx_worker_text(&job, 0, "", &out, &err), yx_worker_render(&job, &picture, &out, &err),
        yx_worker_seal(&job, document, &out, &err)};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (ends[i] != YX_OK && ends[i] != YX_DAMAGED && ends[i] != YX_REFUSED)
            fail_msg("job %zu: status %d, %s", i, (int)ends[i], err.message.text);
}

static void try_folder(const char *name)
{
    const char *root = getenv("YX_SOURCE_ROOT");
    char path[600];
    struct dirent *entry;
    DIR *folder;
    unsigned count = 0;

    (void)snprintf(path, sizeof path, "%s/fuzz/corpus/%s", root == NULL ? "." : root, name);
    folder = opendir(path);
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL && count < 40) {
        YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
        char file[900];

        (void)snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] == '.' || yx_file_read(file, 1 << 24, &bytes, NULL) != YX_OK)
            continue;
        try_document(yx_buf_bytes(&bytes));
        count++;
    }
    (void)closedir(folder);
    assert_true(count > 0);
}

static void hostile_documents(void **state)
{
    (void)state;
    try_folder("pdf_verify");
    try_folder("render");
    try_document(YX_BYTES(NULL, 0));
    expect_work();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_is_killed),
        cmocka_unit_test(a_worker_takes_too_long),
        cmocka_unit_test(a_worker_does_not_end),
        cmocka_unit_test(nobody_waits_any_more),
        cmocka_unit_test(no_worker_answers),
        cmocka_unit_test(too_many_wait),
        cmocka_unit_test(a_hundred_at_a_time),
        cmocka_unit_test(killed_under_load),
        cmocka_unit_test(worn_out),
        cmocka_unit_test(two_webs),
        cmocka_unit_test(a_worker_talks_without_end),
        cmocka_unit_test(the_launcher_dies),
        cmocka_unit_test(hostile_documents),
    };
    return cmocka_run_group_tests_name("worker/pool", tests, open_all, close_all);
}
