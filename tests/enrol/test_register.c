/* SPDX-License-Identifier: Apache-2.0 */
/* test_register.c - enrol.conf changed by the program, around what people wrote in it. */
#include "enrol.h"

#include <pthread.h>

static void write_text(const struct people *people, const char *text)
{
    people_write(people->path, YX_TEXT(text), 0600);
}

static void expect_text(const struct people *people, const char *text)
{
    YX_CLEAN(yx_buf) struct yx_buf found = {0};
    struct yx_error err;

    expect_ok(yx_file_read(people->path, 1 << 20, &found, &err), &err);
    assert_int_equal(yx_buf_append(&found, YX_BYTES("", 1)), YX_OK);
    assert_string_equal((const char *)found.data, text);
}

static yx_status add(struct people *people, const char *name, const char *secret,
                     struct yx_error *err)
{
    static const char *const profiles[] = {"tls-client", NULL};
    const struct yx_person_entry entry = {
        .name = name, .secret = secret, .subject = "CN=a", .profiles = profiles};

    return yx_enrol_add(people->ca, people->path, &entry, "test", err);
}

static yx_status take_away(struct people *people, const char *name, struct yx_error *err)
{
    return yx_enrol_remove(people->ca, people->path, name, "test", err);
}

#define ENTRY(name) "person " name " { profiles = {\"tls-client\"} subject = \"CN=a\" }"

/* Every way to write an entry that libConfuse takes, each of them removed. */
static void what_stands_around_an_entry_stays(void **state)
{
    static const struct {
        const char *text, *name, *left;
    } cases[] = {
        {ENTRY("\"a\""), "a", ""},
        {"# one { two\n" ENTRY("\"a\"") "\n# three\n", "a", "# one { two\n# three\n"},
        {ENTRY("\"a\"") "\n" ENTRY("\"b\"") "\n", "a", ENTRY("\"b\"") "\n"},
        {ENTRY("\"a\"") "\n" ENTRY("\"b\"") "\n", "b", ENTRY("\"a\"") "\n"},
        {"/* } person \"a\" { */" ENTRY("'a'") "// }", "a", "/* } person \"a\" { */// }"},
        {ENTRY("a") " # mine", "a", " # mine"},
        {ENTRY("\"}{\"") "\n" ENTRY("\"#\"") "\n", "#", ENTRY("\"}{\"") "\n"},
        {"person\n\"a\" \n{ subject = \"CN=a\" // }\n profiles = {\"tls-client\"} /* } "
         "*/ }\n",
         "a", ""},
        {"person \"a\" { subject = 'CN=\\'}' profiles = {\"tls-client\"} }\n" ENTRY("b"), "a",
         ENTRY("b")},
    };
    YX_CLEAN(people) struct people people = {0};
    struct yx_error err;

    (void)state;
    people_open(&people);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_text(&people, cases[i].text);
        expect_ok(take_away(&people, cases[i].name, &err), &err);
        expect_text(&people, cases[i].left);
    }
}

static void people_are_added_and_known(void **state)
{
    YX_CLEAN(people) struct people people = {0};
    YX_CLEAN(yx_enrol) struct yx_enrol *enrol = NULL;
    const struct yx_person *person;
    struct yx_error err;
    struct stat about;

    (void)state;
    people_open(&people);
    write_text(&people, "# no line end");
    expect_ok(add(&people, "new", "long secret", &err), &err);
    expect_ok(yx_enrol_new(people.ca, people.path, &enrol, &err), &err);
    person = yx_enrol_find(enrol, YX_TEXT("new"));
    assert_string_equal(person->secret, "long secret");
    assert_null(person->password);
    assert_int_equal(unlink(people.path), 0);
    expect_ok(add(&people, "first", "long secret", &err), &err);
    assert_int_equal(stat(people.path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void what_cannot_be_changes_nothing(void **state)
{
    static const char text[] = ENTRY("\"a\"") "\n";
    YX_CLEAN(people) struct people people = {0};
    struct yx_person_secrets secrets = {.name = "a"};
    struct yx_error err;

    (void)state;
    people_open(&people);
    write_text(&people, text);
    expect_status(add(&people, "a", "long secret", &err), YX_REFUSED, &err);
    expect_status(add(&people, "b:c", "long secret", &err), YX_DAMAGED, &err);
    expect_status(add(&people, "b", "short", &err), YX_DAMAGED, &err);
    expect_status(add(&people, "b", "a \"quoted\" one", &err), YX_USAGE, &err);
    expect_status(add(&people, "b", "of ${HOME}, long", &err), YX_USAGE, &err);
    expect_status(take_away(&people, "b", &err), YX_REFUSED, &err);
    /* SEC-14 */
    for (size_t i = 0; i < 3; i++) {
        secrets.password = (const char *const[]){"seven..", "aaaabbbbaaaabbbb", "AbcdefA1"}[i];
        secrets.name = i == 2 ? "bcd" : "a";
        expect_status(yx_enrol_set_secrets(people.ca, people.path, &secrets, "test", &err),
                      YX_REFUSED, &err);
    }
    expect_text(&people, text);
    assert_int_equal(chmod(people.path, 0644), 0);
    expect_status(take_away(&people, "a", &err), YX_REFUSED, &err);
    expect_text(&people, text);
}

static void a_new_password_leaves_the_rest(void **state)
{
    YX_CLEAN(people) struct people people = {0};
    const struct yx_person_secrets secrets = {.name = "device-7", .password = "another door"};
    const struct yx_person *person;
    struct yx_error err;

    (void)state;
    people_open(&people);
    assert_false(yx_enrol_is_stale(people.enrol));
    expect_ok(yx_enrol_set_secrets(people.ca, people.path, &secrets, "test", &err), &err);
    assert_true(yx_enrol_is_stale(people.enrol));
    expect_ok(yx_enrol_refresh(people.enrol, &err), &err);
    assert_false(yx_enrol_is_stale(people.enrol));
    person = yx_enrol_find(people.enrol, YX_TEXT("device-7"));
    assert_string_equal(person->secret, "secret of seven");
    assert_string_equal(person->subject, "CN=device-7");
    assert_string_equal(person->profiles[1]->name, "tls-server");
    assert_int_equal(person->name_count, 2);
    assert_null(people_login(&people, "device-7", "open the door"));
    assert_ptr_equal(people_login(&people, "device-7", "another door"), person);
}

static void a_file_that_breaks_leaves_who_was_known(void **state)
{
    YX_CLEAN(people) struct people people = {0};
    struct yx_error err;

    (void)state;
    people_open(&people);
    write_text(&people, "person \"half");
    expect_status(yx_enrol_refresh(people.enrol, &err), YX_DAMAGED, &err);
    assert_non_null(yx_enrol_find(people.enrol, YX_TEXT("device-7")));
    assert_false(yx_enrol_is_stale(people.enrol));
    write_text(&people, ENTRY("\"a\""));
    assert_true(yx_enrol_is_stale(people.enrol));
    expect_ok(yx_enrol_refresh(people.enrol, &err), &err);
    assert_null(yx_enrol_find(people.enrol, YX_TEXT("device-7")));
    assert_non_null(yx_enrol_find(people.enrol, YX_TEXT("a")));
}

/* --- Several at once ------------------------------------------------------------------------- */

#define WRITERS 8

struct writer {
    struct people *people;
    unsigned number;
    yx_status status;
};

static void *add_one(void *self)
{
    struct writer *writer = self;
    struct yx_error err;
    char name[16];

    (void)snprintf(name, sizeof name, "w%u", writer->number);
    writer->status = add(writer->people, name, "long secret", &err);
    return NULL;
}

static yx_status count_leaf(void *self, const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    (void)err;
    *(unsigned *)self += strcmp(leaf->action, "enrol.person.add") == 0 ? 1 : 0;
    return YX_OK;
}

static void nobody_is_lost_when_several_write(void **state)
{
    YX_CLEAN(people) struct people people = {0};
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    struct yx_error err;
    unsigned leaves = 0;
    size_t count;

    (void)state;
    people_open(&people);
    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){&people, i, YX_IO};
        assert_int_equal(pthread_create(&threads[i], NULL, add_one, &writers[i]), 0);
    }
    for (unsigned i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(writers[i].status, YX_OK);
    }
    expect_ok(yx_enrol_refresh(people.enrol, &err), &err);
    (void)yx_enrol_people(people.enrol, &count);
    assert_int_equal(count, 4 + WRITERS);
    expect_ok(yx_audit_list(yx_ca_store(people.ca), 1, 100, count_leaf, &leaves, &err), &err);
    assert_int_equal(leaves, WRITERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_around_an_entry_stays),
        cmocka_unit_test(people_are_added_and_known),
        cmocka_unit_test(what_cannot_be_changes_nothing),
        cmocka_unit_test(a_new_password_leaves_the_rest),
        cmocka_unit_test(a_file_that_breaks_leaves_who_was_known),
        cmocka_unit_test(nobody_is_lost_when_several_write),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
