/* SPDX-License-Identifier: Apache-2.0 */
/* test_guess.c - guesses at passwords and secrets are limited, and nobody learns who exists. */
#include "enrol.h"

#include <pthread.h>

#define HEAD                                                                                       \
    "attempts = 4\ndelay_after = 1\ndelay_seconds = 2\ndelay_max_seconds = 3\naddress_attempts = " \
    "6\n"                                                                                          \
    "address_seconds = 100\n"
#define PERSON(name)                                                                              \
    "person \"" name "\" { secret = \"long secret\" profiles = {\"tls-client\"} subject = \"*\" " \
    "}\n"

/* An authority with `a` and `b`, and a clock of the test's own. */
struct scene {
    struct people people;
    yx_time now;
    unsigned news;
};

static void hear(void *self, const struct yx_error *news)
{
    char sentence[256];

    yx_message_render(&news->message, NULL, sentence, sizeof sentence);
    assert_non_null(strstr(sentence, "a is locked after 4 wrong"));
    (*(unsigned *)self)++;
}

static void scene_write(struct scene *scene, const char *more)
{
    char text[512];
    struct yx_error err;

    (void)snprintf(text, sizeof text, "%s" HEAD PERSON("a") PERSON("b"), more);
    people_write(scene->people.path, YX_TEXT(text), 0600);
    expect_ok(yx_enrol_refresh(scene->people.enrol, &err), &err);
}

static void scene_open(struct scene *scene)
{
    people_open(&scene->people);
    scene_write(scene, "");
    yx_enrol_on_news(scene->people.enrol, hear, &scene->news);
    scene->now = yx_now();
}

static void scene_close(struct scene *scene)
{
    people_close(&scene->people);
}
YX_DEFINE_CLEAN_VALUE(scene, struct scene, scene_close);

/* The program ends and starts again. */
static void restart(struct scene *scene)
{
    struct yx_error err;

    yx_enrol_free(scene->people.enrol);
    expect_ok(yx_enrol_new(scene->people.ca, scene->people.path, &scene->people.enrol, &err), &err);
    yx_enrol_on_news(scene->people.enrol, hear, &scene->news);
}

static bool try_from(struct scene *scene, const char *address, const char *name, bool right)
{
    const struct yx_enrol_attempt attempt = {YX_TEXT(name), address, scene->now};
    const struct yx_person *person = yx_enrol_find(scene->people.enrol, YX_TEXT(name));
    struct yx_error err;
    bool accepted;

    expect_ok(yx_enrol_tried(scene->people.enrol, &attempt, person, right, &accepted, &err), &err);
    return accepted;
}

static bool try(struct scene *scene, const char *name, bool right)
{
    return try_from(scene, NULL, name, right);
}

static bool may(struct scene *scene, const char *address)
{
    const struct yx_enrol_attempt attempt = {YX_TEXT("a"), address, scene->now};
    struct yx_error err;
    unsigned wait = 0;
    yx_status status = yx_enrol_may_try(scene->people.enrol, &attempt, &wait, &err);

    assert_int_equal(status == YX_OK, wait == 0);
    if (status != YX_OK)
        expect_status(status, YX_REFUSED, &err);
    return status == YX_OK;
}

static void later(struct scene *scene, int64_t seconds)
{
    scene->now += seconds * YX_SECOND;
}

static unsigned leaves(struct scene *scene, const char *action);

/* Four wrong ones with their delays of 2, 3 and 3 seconds between them. */
static void lock_a(struct scene *scene)
{
    for (unsigned i = 0; i < 4; i++) {
        assert_false(try(scene, "a", false));
        later(scene, 3);
    }
}

/* --- A person -------------------------------------------------------------------------------- */

static void a_wrong_one_makes_the_next_wait(void **state)
{
    YX_CLEAN(scene) struct scene scene = {0};

    (void)state;
    scene_open(&scene);
    assert_true(try(&scene, "a", true));
    assert_false(try(&scene, "a", false));
    assert_false(try(&scene, "a", true)); /* right, but too early */
    assert_true(try(&scene, "b", true));
    later(&scene, 1);
    assert_false(try(&scene, "a", true));
    later(&scene, 1);
    assert_true(try(&scene, "a", true));
    assert_true(try(&scene, "a", true));
    /* The delay grows, and begins anew after a right one. */
    assert_false(try(&scene, "a", false));
    later(&scene, 2);
    assert_false(try(&scene, "a", false));
    later(&scene, 2);
    assert_false(try(&scene, "a", true));
    later(&scene, 1);
    assert_true(try(&scene, "a", true));
}

/* REQ: SEC-10 */
static void wrong_ones_in_a_row_lock(void **state)
{
    YX_CLEAN(scene) struct scene scene = {0};
    struct yx_enrol_tries tries;
    struct yx_error err;

    (void)state;
    scene_open(&scene);
    for (unsigned i = 0; i < 3; i++) {
        assert_false(try(&scene, "a", false));
        assert_false(try(&scene, "a", false)); /* within the delay: not counted */
        later(&scene, 3);
    }
    assert_true(try(&scene, "a", true)); /* not in a row any more */
    assert_int_equal(scene.news, 0);
    lock_a(&scene);
    assert_int_equal(scene.news, 1);
    assert_int_equal(leaves(&scene, "enrol.person.lock"), 1);
    later(&scene, 3600 * 24 * 365);
    restart(&scene);
    assert_false(try(&scene, "a", true));
    assert_true(try(&scene, "b", true));
    expect_ok(yx_enrol_tries(scene.people.enrol, yx_enrol_find(scene.people.enrol, YX_TEXT("a")),
                             &tries, &err),
              &err);
    assert_true(tries.locked);
    assert_int_equal(tries.failures, 4);
    expect_ok(yx_enrol_unlock(scene.people.ca, scene.people.path, "a", "test", &err), &err);
    assert_true(try(&scene, "a", true));
    assert_int_equal(leaves(&scene, "enrol.person.unlock"), 1);
    expect_status(yx_enrol_unlock(scene.people.ca, scene.people.path, "c", "test", &err),
                  YX_REFUSED, &err);
}

static void a_lock_may_end_by_itself(void **state)
{
    YX_CLEAN(scene) struct scene scene = {0};

    (void)state;
    scene_open(&scene);
    scene_write(&scene, "lock_seconds = 60\n");
    lock_a(&scene);
    later(&scene, 50);
    assert_false(try(&scene, "a", true));
    later(&scene, 10);
    assert_false(try(&scene, "a", false)); /* the first of a new row */
    assert_int_equal(scene.news, 1);
    later(&scene, 3);
    assert_true(try(&scene, "a", true));
}

static void a_new_password_unlocks(void **state)
{
    const struct yx_person_secrets secrets = {.name = "a", .secret = "another secret"};
    YX_CLEAN(scene) struct scene scene = {0};
    struct yx_error err;

    (void)state;
    scene_open(&scene);
    lock_a(&scene);
    expect_ok(yx_enrol_set_secrets(scene.people.ca, scene.people.path, &secrets, "test", &err),
              &err);
    assert_true(try(&scene, "a", true));
}

/* A clock that is put back makes nobody wait for years. */
static void a_clock_that_jumps(void **state)
{
    YX_CLEAN(scene) struct scene scene = {0};

    (void)state;
    scene_open(&scene);
    assert_false(try(&scene, "a", false));
    later(&scene, -3600);
    assert_true(try(&scene, "a", true));
}

/* --- Names that nobody has ------------------------------------------------------------------- */

static yx_status count_row(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

static yx_status count_people(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_query(tx, "SELECT count(*) FROM enrol_person", NULL, 0, count_row, self, err);
}

static void strange_names_leave_no_rows(void **state)
{
    YX_CLEAN(scene) struct scene scene = {0};
    struct yx_error err;
    int64_t rows = 0;
    char name[16];

    (void)state;
    scene_open(&scene);
    for (unsigned i = 0; i < 40; i++) {
        (void)snprintf(name, sizeof name, "strange%u", i);
        assert_false(try(&scene, name, i % 2 == 0));
        later(&scene, 3);
    }
    expect_ok(yx_store_read(yx_ca_store(scene.people.ca), count_people, &rows, &err), &err);
    assert_int_equal(rows, 1);
    assert_int_equal(leaves(&scene, "enrol.person.lock"), 0);
    assert_true(try(&scene, "a", true));
}

/* --- An address ------------------------------------------------------------------------------ */

static void an_address_that_guesses_must_wait(void **state)
{
    YX_CLEAN(scene) struct scene scene = {0};
    struct yx_error err;

    (void)state;
    scene_open(&scene);
    for (unsigned i = 0; i < 6; i++) {
        assert_true(may(&scene, "192.0.2.1"));
        assert_false(try_from(&scene, "192.0.2.1", "nobody", false));
        later(&scene, 1);
    }
    assert_false(may(&scene, "192.0.2.1"));
    assert_false(may(&scene, "::ffff:192.0.2.1"));
    assert_true(may(&scene, "192.0.2.2"));
    assert_true(may(&scene, NULL));
    assert_true(may(&scene, "not an address"));
    assert_false(try_from(&scene, "192.0.2.1", "b", true)); /* decided behind the limit */
    assert_true(try_from(&scene, "192.0.2.2", "b", true));
    restart(&scene);
    assert_false(may(&scene, "192.0.2.1"));
    expect_ok(yx_enrol_sweep(scene.people.enrol, scene.now, &err), &err);
    assert_false(may(&scene, "192.0.2.1"));
    later(&scene, 100);
    assert_true(may(&scene, "192.0.2.1"));
    expect_ok(yx_enrol_sweep(scene.people.enrol, scene.now, &err), &err);
    assert_true(try_from(&scene, "192.0.2.1", "b", true));
}

static void a_network_of_ipv6_is_one_address(void **state)
{
    YX_CLEAN(scene) struct scene scene = {0};
    char address[48];

    (void)state;
    scene_open(&scene);
    for (unsigned i = 0; i < 6; i++) {
        (void)snprintf(address, sizeof address, "2001:db8:1:2:%x::1", i + 1);
        assert_true(may(&scene, address));
        assert_false(try_from(&scene, address, "nobody", false));
    }
    assert_false(may(&scene, "2001:db8:1:2::9"));
    assert_true(may(&scene, "2001:db8:1:3::9"));
}

static void nothing_is_counted_when_settings_say_so(void **state)
{
    YX_CLEAN(scene) struct scene scene = {0};
    struct yx_error err;

    (void)state;
    scene_open(&scene);
    people_write(scene.people.path,
                 YX_TEXT("attempts = 0 delay_seconds = 0 address_attempts = 0 " PERSON("a")), 0600);
    expect_ok(yx_enrol_refresh(scene.people.enrol, &err), &err);
    for (unsigned i = 0; i < 30; i++)
        assert_false(try_from(&scene, "192.0.2.1", "a", false));
    assert_true(may(&scene, "192.0.2.1"));
    assert_true(try_from(&scene, "192.0.2.1", "a", true));
    people_write(scene.people.path, YX_TEXT("attempts = -1 " PERSON("a")), 0600);
    expect_status(yx_enrol_refresh(scene.people.enrol, &err), YX_DAMAGED, &err);
}

/* --- Many at once ---------------------------------------------------------------------------- */

#define GUESSERS 8
#define EACH 10

struct guesser {
    struct scene *scene;
    unsigned number, accepted;
};

/* All guesses were looked at by the time when the first is decided; one of them was right. */
static void *guess(void *self)
{
    struct guesser *guesser = self;

    for (unsigned i = 0; i < EACH; i++)
        guesser->accepted += try(guesser->scene, "a", guesser->number == GUESSERS - 1 && i == 5);
    return NULL;
}

static void guesses_at_the_same_moment_are_counted(void **state)
{
    YX_CLEAN(scene) struct scene scene = {0};
    struct guesser guessers[GUESSERS];
    pthread_t threads[GUESSERS];
    struct yx_enrol_tries tries;
    unsigned accepted = 0;
    struct yx_error err;

    (void)state;
    scene_open(&scene);
    assert_false(try(&scene, "a", false)); /* the delay has begun, and the clock stands still */
    for (unsigned i = 0; i < GUESSERS; i++) {
        guessers[i] = (struct guesser){&scene, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, guess, &guessers[i]), 0);
    }
    for (unsigned i = 0; i < GUESSERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        accepted += guessers[i].accepted;
    }
    assert_int_equal(accepted, 0);
    expect_ok(yx_enrol_tries(scene.people.enrol, yx_enrol_find(scene.people.enrol, YX_TEXT("a")),
                             &tries, &err),
              &err);
    assert_int_equal(tries.failures, 1);
    later(&scene, 2);
    assert_true(try(&scene, "a", true));
}

/* With no delay, at most `attempts` of them say anything. */
static void many_guesses_lock_once(void **state)
{
    YX_CLEAN(scene) struct scene scene = {0};
    struct guesser guessers[GUESSERS];
    pthread_t threads[GUESSERS];
    struct yx_error err;

    (void)state;
    scene_open(&scene);
    people_write(scene.people.path,
                 YX_TEXT("attempts = 4 delay_seconds = 0 " PERSON("a") PERSON("b")), 0600);
    expect_ok(yx_enrol_refresh(scene.people.enrol, &err), &err);
    for (unsigned i = 0; i < GUESSERS - 1; i++) {
        guessers[i] = (struct guesser){&scene, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, guess, &guessers[i]), 0);
    }
    for (unsigned i = 0; i < GUESSERS - 1; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_false(try(&scene, "a", true));
    assert_int_equal(scene.news, 1);
    assert_int_equal(leaves(&scene, "enrol.person.lock"), 1);
}

/* --- What stands in the audit list ----------------------------------------------------------- */

struct search {
    const char *action;
    unsigned count;
};

static yx_status count_leaf(void *self, const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    struct search *search = self;

    (void)err;
    search->count += strcmp(leaf->action, search->action) == 0 ? 1 : 0;
    return YX_OK;
}

static unsigned leaves(struct scene *scene, const char *action)
{
    struct search search = {action, 0};
    struct yx_error err;

    expect_ok(yx_audit_list(yx_ca_store(scene->people.ca), 1, 1000, count_leaf, &search, &err),
              &err);
    return search.count;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_one_makes_the_next_wait),
        cmocka_unit_test(wrong_ones_in_a_row_lock),
        cmocka_unit_test(a_lock_may_end_by_itself),
        cmocka_unit_test(a_new_password_unlocks),
        cmocka_unit_test(a_clock_that_jumps),
        cmocka_unit_test(strange_names_leave_no_rows),
        cmocka_unit_test(an_address_that_guesses_must_wait),
        cmocka_unit_test(a_network_of_ipv6_is_one_address),
        cmocka_unit_test(nothing_is_counted_when_settings_say_so),
        cmocka_unit_test(guesses_at_the_same_moment_are_counted),
        cmocka_unit_test(many_guesses_lock_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
