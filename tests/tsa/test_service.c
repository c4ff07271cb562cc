/* SPDX-License-Identifier: Apache-2.0 */
/* test_service.c - the time-stamping authority as a service: serials over restarts and copies, a
 * clock that misbehaves, what is recorded. */
#include "support.h"

#include <pthread.h>

#include "../support/pki.h"
#include "cms/timestamp.h"
#include "tsa/tsa.h"

#define STAMPED YX_TEXT("the signature value")

static char folder[] = "/tmp/yinxin-tsa-XXXXXX";
static struct pki_person root, p256, sm2, rsa, unit;

/* --- A clock that the test sets ------------------------------------------------------------------
 */

struct clocks {
    yx_time now;
    int64_t steady;
    bool synchronised;
};

static yx_time tell_now(void *self)
{
    return ((struct clocks *)self)->now;
}

static int64_t tell_steady(void *self)
{
    return ((struct clocks *)self)->steady;
}

static bool tell_synchronised(void *self)
{
    return ((struct clocks *)self)->synchronised;
}

static void go_on(struct clocks *clocks, int64_t seconds)
{
    clocks->now += seconds * YX_SECOND;
    clocks->steady += seconds * YX_SECOND;
}

/* --- A service on a database ---------------------------------------------------------------------
 */

static struct yx_store *open_store(const char *name)
{
    char path[128];
    struct yx_store *store = NULL;
    struct yx_error err;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    expect_ok(yx_store_open(path, true, &store, &err), &err);
    expect_ok(yx_audit_prepare(store, &err), &err);
    return store;
}

static struct yx_tsa_settings settings_of(const struct pki_person *person, struct clocks *clocks)
{
    struct yx_tsa_settings settings = {
        .name = "test", .cert = person->cert, .signer = pki_signer(person)};

    if (clocks != NULL)
        settings.clock = (struct yx_tsa_clock){tell_now, tell_steady, tell_synchronised, clocks};
    return settings;
}

static struct yx_tsa_service *open_service(struct yx_store *store, struct clocks *clocks)
{
    const struct yx_tsa_settings settings = settings_of(&p256, clocks);
    struct yx_tsa_service *service = NULL;
    struct yx_error err;

    expect_ok(yx_tsa_service_new(store, &settings, &service, &err), &err);
    return service;
}

static void ask(yx_digest_algorithm algorithm, struct yx_buf *request)
{
    uint8_t digest[YX_DIGEST_MAX];
    struct yx_error err;

    expect_ok(yx_digest(algorithm, STAMPED, digest, &err), &err);
    expect_ok(yx_timestamp_request_make(algorithm, YX_BYTES(digest, yx_digest_size(algorithm)),
                                        request, &err),
              &err);
}

/* The serial of a token that must come; what it says is checked as a client does. */
static void stamp(struct yx_tsa_service *service, yx_digest_algorithm algorithm, uint8_t serial[16])
{
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_token token;
    struct yx_error err;

    ask(algorithm, &request);
    expect_ok(yx_tsa_service_reply(service, yx_buf_bytes(&request), &response, &err), &err);
    expect_ok(
        yx_timestamp_response_take(yx_buf_bytes(&response), yx_buf_bytes(&request), &der, &err),
        &err);
    expect_ok(yx_timestamp_parse(yx_buf_bytes(&der), &token, &err), &err);
    assert_int_equal(token.serial.len, 16);
    memcpy(serial, token.serial.data, 16);
}

static int64_t number_of(const uint8_t serial[16])
{
    int64_t number = 0;

    for (size_t i = 0; i < 8; i++)
        number = number << 8 | serial[i];
    return number - (INT64_C(1) << 62);
}

/* The service refuses with timeNotAvailable (bit 14: 03 03 00 00 02 at the end: unused 1). */
static void expect_no_time(struct yx_tsa_service *service)
{
    static const uint8_t bits[] = {0x03, 0x03, 0x01, 0x00, 0x02};
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    struct yx_error err;

    ask(YX_DIGEST_SHA256, &request);
    expect_status(yx_tsa_service_reply(service, yx_buf_bytes(&request), &response, &err),
                  YX_REFUSED, &err);
    assert_string_equal(err.rule, YX_TSA_RULE_TIME);
    assert_true(response.len > sizeof bits);
    assert_memory_equal(response.data + response.len - sizeof bits, bits, sizeof bits);
}

/* --- Granted -------------------------------------------------------------------------------------
 */

static void every_key_and_digest(void **state)
{
    static const yx_digest_algorithm digests[] = {YX_DIGEST_SM3, YX_DIGEST_SHA256, YX_DIGEST_SHA384,
                                                  YX_DIGEST_SHA512};
    const struct pki_person *people[] = {&p256, &sm2, &rsa};
    YX_CLEAN(yx_store) struct yx_store *store = open_store("keys.db");

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const struct yx_tsa_settings settings = settings_of(people[i], NULL);
        YX_CLEAN(yx_tsa_service) struct yx_tsa_service *service = NULL;
        struct yx_error err;
        uint8_t serial[16];

        expect_ok(yx_tsa_service_new(store, &settings, &service, &err), &err);
        for (size_t j = 0; j < 4; j++) {
            stamp(service, digests[j], serial);
            assert_int_equal(number_of(serial), j); /* each key counts for itself */
        }
    }
}

static void what_is_no_authority_is_refused(void **state)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_store("refused.db");
    struct yx_tsa_settings settings = settings_of(&unit, NULL);
    struct yx_tsa_service *service = NULL;
    struct yx_error err;

    (void)state;
    expect_status(yx_tsa_service_new(store, &settings, &service, &err), YX_REFUSED, &err);
    settings = settings_of(&p256, NULL);
    settings.policy = "no.oid";
    assert_int_not_equal(yx_tsa_service_new(store, &settings, &service, &err), YX_OK);
    assert_null(service);
}

static void a_malformed_request_is_answered(void **state)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_store("malformed.db");
    YX_CLEAN(yx_tsa_service) struct yx_tsa_service *service = open_service(store, NULL);
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    struct yx_error err;

    (void)state;
    expect_status(yx_tsa_service_reply(service, YX_TEXT("no request"), &response, &err), YX_REFUSED,
                  &err);
    assert_true(response.len > 0);
    assert_string_not_equal(err.rule, YX_TSA_RULE_TIME);
}

/* --- Serials -------------------------------------------------------------------------------------
 */

static void serials_never_come_again(void **state)
{
    struct clocks clocks = {.now = yx_now()};
    YX_CLEAN(yx_store) struct yx_store *store = open_store("serials.db");
    struct yx_tsa_service *one = open_service(store, &clocks);
    struct yx_tsa_service *two = open_service(store, &clocks);
    uint8_t a[16], b[16], c[16], d[16];

    (void)state;
    stamp(one, YX_DIGEST_SM3, a);
    stamp(two, YX_DIGEST_SM3, b);
    stamp(one, YX_DIGEST_SM3, c);
    assert_int_equal(number_of(a), 0);
    assert_int_equal(number_of(b), 1000);
    assert_int_equal(number_of(c), 1);
    yx_tsa_service_free(one);
    one = open_service(store, &clocks);
    stamp(one, YX_DIGEST_SM3, d);
    assert_int_equal(number_of(d), 2000);
    assert_memory_not_equal(a + 8, d + 8, 8);
    for (size_t i = 0; i < 1000; i++)
        stamp(two, YX_DIGEST_SM3, b);
    assert_int_equal(number_of(b), 3000); /* the next block when one is used up */
    go_on(&clocks, 10);
    stamp(two, YX_DIGEST_SM3, b);
    assert_int_equal(number_of(b), 4000); /* or old */
    yx_tsa_service_free(one);
    yx_tsa_service_free(two);
}

#define THREADS 8
#define EACH 200
static int64_t numbers[THREADS * EACH];
struct worker {
    struct yx_tsa_service *service;
    int64_t *numbers;
};

static void *stamp_often(void *self)
{
    const struct worker *worker = self;

    for (size_t i = 0; i < EACH; i++) {
        uint8_t serial[16];

        stamp(worker->service, YX_DIGEST_SHA256, serial);
        worker->numbers[i] = number_of(serial);
    }
    return NULL;
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return left < right ? -1 : left > right;
}

static void threads_share_no_serial(void **state)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_store("threads.db");
    YX_CLEAN(yx_tsa_service) struct yx_tsa_service *service = open_service(store, NULL);
    pthread_t threads[THREADS];
    struct worker workers[THREADS];

    (void)state;
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){service, numbers + i * EACH};
        assert_int_equal(pthread_create(&threads[i], NULL, stamp_often, &workers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    qsort(numbers, THREADS * EACH, sizeof numbers[0], compare);
    for (size_t i = 1; i < (size_t)THREADS * EACH; i++)
        assert_true(numbers[i] > numbers[i - 1]);
}

/* --- The clock -----------------------------------------------------------------------------------
 */

static void a_clock_in_doubt_stamps_nothing(void **state)
{
    struct clocks clocks = {.now = yx_now(), .steady = 5, .synchronised = false};
    YX_CLEAN(yx_store) struct yx_store *store = open_store("clock.db");
    YX_CLEAN(yx_tsa_service) struct yx_tsa_service *service = open_service(store, &clocks);
    uint8_t serial[16];

    (void)state;
    stamp(service, YX_DIGEST_SM3, serial);
    go_on(&clocks, 3600);
    stamp(service, YX_DIGEST_SM3, serial);
    clocks.now -= 1; /* back by a microsecond */
    expect_no_time(service);
    clocks.now += 1;
    stamp(service, YX_DIGEST_SM3, serial);
    clocks.now += 2 * YX_SECOND; /* ahead of the steady one */
    expect_no_time(service);
    clocks.now -= 2 * YX_SECOND;
    clocks.steady += 2 * YX_SECOND; /* stands still */
    expect_no_time(service);
    clocks.now += 2 * YX_SECOND;
    stamp(service, YX_DIGEST_SM3, serial);
}

/* What another process told, or this one before it ended, counts too. */
static void a_clock_behind_the_record_stamps_nothing(void **state)
{
    struct clocks clocks = {.now = yx_now()};
    YX_CLEAN(yx_store) struct yx_store *store = open_store("behind.db");
    struct yx_tsa_service *service = open_service(store, &clocks);
    uint8_t serial[16];

    (void)state;
    stamp(service, YX_DIGEST_SM3, serial);
    yx_tsa_service_free(service);
    clocks.now -= 60 * YX_SECOND;
    service = open_service(store, &clocks);
    expect_no_time(service);
    go_on(&clocks, 60);
    stamp(service, YX_DIGEST_SM3, serial);
    yx_tsa_service_free(service);
}

static void synchronisation_may_be_wanted(void **state)
{
    struct clocks clocks = {.now = yx_now(), .synchronised = true};
    YX_CLEAN(yx_store) struct yx_store *store = open_store("synchronised.db");
    struct yx_tsa_settings settings = settings_of(&p256, &clocks);
    YX_CLEAN(yx_tsa_service) struct yx_tsa_service *service = NULL;
    struct yx_error err;
    uint8_t serial[16];

    (void)state;
    settings.synchronised = true;
    expect_ok(yx_tsa_service_new(store, &settings, &service, &err), &err);
    stamp(service, YX_DIGEST_SM3, serial);
    clocks.synchronised = false;
    expect_no_time(service);
    clocks.synchronised = true;
    stamp(service, YX_DIGEST_SM3, serial);
}

/* --- What fails, and what is recorded ------------------------------------------------------------
 */

static yx_status drop_table(void *self, struct yx_tx *tx, struct yx_error *err)
{
    (void)self;
    return yx_tx_run(tx, "ALTER TABLE tsa RENAME TO elsewhere", NULL, 0, NULL, err);
}

static yx_status put_table_back(void *self, struct yx_tx *tx, struct yx_error *err)
{
    (void)self;
    return yx_tx_run(tx, "ALTER TABLE elsewhere RENAME TO tsa", NULL, 0, NULL, err);
}

static void a_database_that_fails_is_told(void **state)
{
    /* systemFailure, bit 25. */
    static const uint8_t bits[] = {0x03, 0x05, 0x06, 0x00, 0x00, 0x00, 0x40};
    struct clocks clocks = {.now = yx_now()};
    YX_CLEAN(yx_store) struct yx_store *store = open_store("fails.db");
    YX_CLEAN(yx_tsa_service) struct yx_tsa_service *service = open_service(store, &clocks);
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    struct yx_error err;
    uint8_t serial[16];

    (void)state;
    ask(YX_DIGEST_SM3, &request);
    expect_ok(yx_store_write(store, drop_table, NULL, &err), &err);
    assert_int_not_equal(yx_tsa_service_reply(service, yx_buf_bytes(&request), &response, &err),
                         YX_OK);
    assert_true(response.len > sizeof bits);
    assert_memory_equal(response.data + response.len - sizeof bits, bits, sizeof bits);
    expect_ok(yx_store_write(store, put_table_back, NULL, &err), &err);
    stamp(service, YX_DIGEST_SM3, serial);
}

static yx_status keep_last(void *self, const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    (void)err;
    (void)snprintf(self, 300, "%s %s %s", leaf->action, leaf->object, leaf->details);
    return YX_OK;
}

static void blocks_are_recorded_with_their_counts(void **state)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_store("recorded.db");
    struct yx_tsa_service *service = open_service(store, NULL);
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    struct yx_error err;
    uint8_t serial[16];
    char last[300] = "";

    (void)state;
    stamp(service, YX_DIGEST_SM3, serial);
    stamp(service, YX_DIGEST_SM3, serial);
    (void)yx_tsa_service_reply(service, YX_TEXT("x"), &response, &err);
    expect_ok(yx_audit_list(store, 1, 100, keep_last, last, &err), &err);
    assert_string_equal(last, "tsa.block tsa:test {\"first\":0,\"count\":1000,\"before\":"
                              "{\"granted\":0,\"refused\":0}}");
    yx_tsa_service_free(service);
    expect_ok(yx_audit_list(store, 1, 100, keep_last, last, &err), &err);
    assert_string_equal(last, "tsa.close tsa:test {\"first\":3,\"count\":0,\"before\":"
                              "{\"granted\":2,\"refused\":1}}");
}

static int set_up(void **state)
{
    const struct pki_wish root_wish = {
        .name = "CN=Root", .ca = true, .not_after = yx_now() + INT64_C(400) * 86400 * YX_SECOND};
    const struct {
        struct pki_person *person;
        struct pki_wish wish;
    } people[] = {
        {&p256, {.name = "CN=TSA P-256", .type = YX_KEY_P256, .tsa = true}},
        {&sm2, {.name = "CN=TSA SM2", .type = YX_KEY_SM2, .tsa = true}},
        {&rsa, {.name = "CN=TSA RSA", .type = YX_KEY_RSA, .tsa = true}},
        {&unit, {.name = "CN=Unit", .type = YX_KEY_P256}},
    };

    struct yx_error err;

    (void)state;
    assert_non_null(mkdtemp(folder));
    expect_ok(pki_person_make(&root_wish, NULL, &root, &err), &err);
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++)
        expect_ok(pki_person_make(&people[i].wish, &root, people[i].person, &err), &err);
    return 0;
}

static int tear_down(void **state)
{
    struct pki_person *people[] = {&root, &p256, &sm2, &rsa, &unit};
    char command[100];

    (void)state;
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++)
        pki_person_free(people[i]);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_and_digest),
        cmocka_unit_test(what_is_no_authority_is_refused),
        cmocka_unit_test(a_malformed_request_is_answered),
        cmocka_unit_test(serials_never_come_again),
        cmocka_unit_test(threads_share_no_serial),
        cmocka_unit_test(a_clock_in_doubt_stamps_nothing),
        cmocka_unit_test(a_clock_behind_the_record_stamps_nothing),
        cmocka_unit_test(synchronisation_may_be_wanted),
        cmocka_unit_test(a_database_that_fails_is_told),
        cmocka_unit_test(blocks_are_recorded_with_their_counts),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
