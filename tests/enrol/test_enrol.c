/* SPDX-License-Identifier: Apache-2.0 */
/* test_enrol.c - who may ask for what, whatever the protocol. */
#include "enrol.h"

/* --- The file ------------------------------------------------------------------------------ */

static yx_status open_text(struct people *people, const char *text, struct yx_error *err)
{
    YX_CLEAN(yx_enrol) struct yx_enrol *enrol = NULL;
    char path[160];

    (void)snprintf(path, sizeof path, "%s.other", people->path);
    people_write(path, YX_TEXT(text), 0600);
    return yx_enrol_new(people->ca, path, &enrol, err);
}

#define GOOD "profiles = {\"tls-client\"} subject = \"CN=a\""

static void the_file_is_read_strictly(void **state)
{
    static const char *const bad[] = {
        "person \"a\" { " GOOD " colour = \"red\" }",
        "person \"a\" { " GOOD " }\nperson \"a\" { " GOOD " }",
        "person \"a:b\" { " GOOD " }",
        "person \"\" { " GOOD " }",
        "person \"a\" { profiles = {\"nonsense\"} subject = \"*\" }",
        "person \"a\" { profiles = {} subject = \"*\" }",
        "person \"a\" { profiles = {\"tls-client\"} }",
        "person \"a\" { " GOOD " secret = \"short\" }",
        "person \"a\" { " GOOD " password = \"plain\" }",
        "person \"a\" { " GOOD " password = \"$scrypt$ln=30,r=8,p=5$AAAAAAAAAAA=$AAAA\" }",
    };
    YX_CLEAN(people) struct people people = {0};
    struct yx_error err;

    (void)state;
    people_open(&people);
    expect_ok(open_text(&people, "# nobody\n", &err), &err);
    expect_ok(open_text(&people, "person \"a\" { " GOOD " }", &err), &err);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (open_text(&people, bad[i], &err) != YX_DAMAGED)
            fail_msg("taken: %s", bad[i]);
    expect_status(open_text(&people, "person \"a\" {" GOOD " subject = \"nonsense\" }", &err),
                  YX_USAGE, &err);
}

static void a_file_that_others_read_is_refused(void **state)
{
    YX_CLEAN(people) struct people people = {0};
    YX_CLEAN(yx_enrol) struct yx_enrol *enrol = NULL;
    struct yx_error err;

    (void)state;
    people_open(&people);
    assert_int_equal(chmod(people.path, 0640), 0);
    expect_status(yx_enrol_new(people.ca, people.path, &enrol, &err), YX_REFUSED, &err);
    assert_int_equal(unlink(people.path), 0);
    expect_ok(yx_enrol_new(people.ca, people.path, &enrol, &err), &err);
    assert_null(yx_enrol_find(enrol, YX_TEXT("device-7")));
}

static void an_entry_cannot_break_out(void **state)
{
    static const char *const profiles[] = {"tls-client", NULL};
    struct yx_person_entry entry = {.name = "a\" { }", .subject = "*", .profiles = profiles};
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    struct yx_error err;

    (void)state;
    expect_status(yx_enrol_write_person(&entry, &text, &err), YX_USAGE, &err);
    entry.name = "a\nb";
    expect_status(yx_enrol_write_person(&entry, &text, &err), YX_USAGE, &err);
    entry = (struct yx_person_entry){"a", "", NULL, "*", profiles, NULL};
    expect_status(yx_enrol_write_person(&entry, &text, &err), YX_USAGE, &err);
    assert_int_equal(text.len, 0);
}

static void passwords_are_checked(void **state)
{
    YX_CLEAN(people) struct people people = {0};

    (void)state;
    people_open(&people);
    assert_string_equal(people_login(&people, "device-7", "open the door")->name, "device-7");
    assert_null(people_login(&people, "device-7", "open the doo"));
    assert_null(people_login(&people, "other", "open the door"));
    assert_null(people_login(&people, "ra", ""));
    assert_null(people_login(&people, "nobody", "open"));
}

/* --- Orders -------------------------------------------------------------------------------- */

struct wish {
    const char *subject; /* NULL: none */
    const char *profile;
    struct yx_bytes alt_names;
    bool ca;
    int usage; /* of the key; 0: not asked for */
    bool changed;
};

static yx_status order_for(struct people *people, const struct yx_person *person,
                           const struct yx_holder *holder, const struct yx_holder *renews,
                           struct wish wish, struct yx_cert **out, struct yx_error *err)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = people_key();
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_request request = {.spki = yx_public_key_spki(yx_private_key_public(key)),
                                 .alt_names = wish.alt_names,
                                 .ca = wish.ca,
                                 .key_usage = wish.usage == 0 ? -1 : wish.usage};
    struct yx_enrol_order order = {.person = person,
                                   .holder = holder,
                                   .renews = renews,
                                   .profile = wish.profile,
                                   .request = &request,
                                   .actor = "test"};
    struct yx_enrol_result result;

    if (wish.subject != NULL)
        YX_TRY(yx_name_to_der(wish.subject, &subject, err));
    request.subject = yx_buf_bytes(&subject);
    YX_TRY(yx_enrol_issue(people->enrol, &order, &der, &result, err));
    assert_int_equal(result.changed, wish.changed);
    assert_int_equal(result.pending, 0);
    return yx_cert_from_der(yx_buf_bytes(&der), out, err);
}

#define DNS(name) YX_BYTES("\x82\x10" name, 18)

static void a_person_gets_what_the_entry_allows(void **state)
{
    static const struct {
        const char *who;
        struct wish wish;
        yx_status status;
    } cases[] = {
        {"device-7", {"CN=device-7", NULL}, YX_OK},
        {"device-7", {NULL, "tls-server"}, YX_OK},
        {"device-7", {NULL, "tls-server", .usage = YX_KU_DIGITAL_SIGNATURE}, YX_OK},
        {"device-7", {NULL, "tls-server", .usage = YX_KU_KEY_ENCIPHERMENT, .changed = true}, YX_OK},
        {"device-7", {"CN=device-8", NULL}, YX_REFUSED},
        {"device-7", {"CN=device-7,O=more", NULL}, YX_REFUSED},
        {"device-7", {"CN=device-7", "unit"}, YX_REFUSED},
        {"device-7", {"CN=device-7", "nonsense"}, YX_REFUSED},
        {"device-7", {.subject = "CN=device-7", .ca = true}, YX_REFUSED},
        {"ra", {"CN=anybody", "tls-client"}, YX_OK},
        {"ra", {NULL, "tls-client"}, YX_REFUSED},
        {"ra", {"CN=anybody", "sub-ca"}, YX_REFUSED},
    };
    YX_CLEAN(people) struct people people = {0};
    struct yx_error err;

    (void)state;
    people_open(&people);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
        const struct yx_person *person = yx_enrol_find(people.enrol, YX_TEXT(cases[i].who));
        size_t before = folder_count(people.ca);

        expect_status(order_for(&people, person, NULL, NULL, cases[i].wish, &cert, &err),
                      cases[i].status, &err);
        assert_int_equal(folder_count(people.ca), before + (cases[i].status == YX_OK));
    }
}

static void further_names_are_those_of_the_entry(void **state)
{
    YX_CLEAN(people) struct people people = {0};
    const struct yx_person *seven, *other;
    const struct {
        bool other;
        struct yx_bytes names;
        yx_status status;
    } cases[] = {
        {false, DNS("device-7.example"), YX_OK},
        {false,
         YX_BYTES("\x82\x10"
                  "device-7.example\x87\x04\xC0\x00\x02\x07",
                  24),
         YX_OK},
        {false, DNS("device-8.example"), YX_REFUSED},
        {false, YX_BYTES("\x87\x04\xC0\x00\x02\x08", 6), YX_REFUSED},
        {true, DNS("device-7.example"), YX_REFUSED},
    };
    struct yx_error err;

    (void)state;
    people_open(&people);
    seven = yx_enrol_find(people.enrol, YX_TEXT("device-7"));
    other = yx_enrol_find(people.enrol, YX_TEXT("other"));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
        struct wish wish = {NULL, "tls-server", cases[i].names, false};

        expect_status(
            order_for(&people, cases[i].other ? other : seven, NULL, NULL, wish, &cert, &err),
            cases[i].status, &err);
    }
}

/* --- Holders ------------------------------------------------------------------------------- */

static yx_status change(struct people *people, const struct yx_cert *cert, int reason,
                        struct yx_error *err)
{
    struct yx_ca_revoke_request request = {.serial = yx_cert_serial(cert),
                                           .reason = reason,
                                           .invalid_since = YX_TIME_NONE,
                                           .now = yx_now(),
                                           .actor = "test"};

    return yx_ca_revoke(people->ca, &request, err);
}

static void only_certificates_in_force_count(void **state)
{
    YX_CLEAN(people) struct people people = {0};
    YX_CLEAN(people) struct people strange = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = people_key();
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *foreign = NULL;
    YX_CLEAN(yx_holder) struct yx_holder holder = {0};
    struct yx_holder none = {0};
    struct yx_error err;
    yx_time now;

    (void)state;
    people_open(&people);
    people_open(&strange);
    cert = people_issue(&people, "tls-client", "CN=device-7", key, NULL, 0);
    foreign = people_issue(&strange, "tls-client", "CN=device-7", key, NULL, 0);
    now = yx_now();
    expect_ok(yx_enrol_holder(people.enrol, yx_cert_der(cert), now, &holder, &err), &err);
    assert_string_equal(holder.profile->name, "tls-client");
    expect_status(yx_enrol_holder(people.enrol, yx_cert_der(foreign), now, &none, &err), YX_REFUSED,
                  &err);
    expect_status(
        yx_enrol_holder(people.enrol, yx_cert_der(yx_ca_certificate(people.ca)), now, &none, &err),
        YX_REFUSED, &err);
    expect_status(yx_enrol_holder(people.enrol, YX_TEXT("nonsense"), now, &none, &err), YX_DAMAGED,
                  &err);
    expect_status(
        yx_enrol_holder(people.enrol, yx_cert_der(cert), now + 4000 * YX_DAY, &none, &err),
        YX_REFUSED, &err);
    expect_ok(change(&people, cert, YX_REASON_HOLD, &err), &err);
    expect_status(yx_enrol_holder(people.enrol, yx_cert_der(cert), now, &none, &err), YX_REFUSED,
                  &err);
    expect_ok(yx_ca_restore(people.ca, yx_cert_serial(cert), now, "test", &err), &err);
    expect_ok(yx_enrol_holder(people.enrol, yx_cert_der(cert), now, &none, &err), &err);
    yx_holder_free(&none);
    expect_ok(change(&people, cert, 1, &err), &err);
    expect_status(yx_enrol_holder(people.enrol, yx_cert_der(cert), now, &none, &err), YX_REFUSED,
                  &err);
}

static void a_holder_gets_the_same_again(void **state)
{
    static const struct {
        struct wish wish;
        yx_status status;
    } cases[] = {
        {{"CN=device-7", NULL}, YX_OK},
        {{NULL, "tls-server"}, YX_OK},
        {{"CN=device-8", NULL}, YX_REFUSED},
        {{NULL, "tls-client"}, YX_REFUSED},
        {{NULL,
          NULL,
          {(const uint8_t *)"\x82\x10"
                            "device-7.example",
           18}},
         YX_OK},
        {{NULL,
          NULL,
          {(const uint8_t *)"\x82\x10"
                            "device-8.example",
           18}},
         YX_REFUSED},
    };
    const struct yx_general_name name = {YX_NAME_DNS, YX_TEXT("device-7.example")};
    YX_CLEAN(people) struct people people = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = people_key();
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    YX_CLEAN(yx_holder) struct yx_holder holder = {0};
    struct yx_error err;

    (void)state;
    people_open(&people);
    cert = people_issue(&people, "tls-server", "CN=device-7", key, &name, 1);
    expect_ok(yx_enrol_holder(people.enrol, yx_cert_der(cert), yx_now(), &holder, &err), &err);
    for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_cert) struct yx_cert *next = NULL;
        struct yx_bytes names;

        expect_status(order_for(&people, NULL, &holder, i % 2 == 0 ? &holder : NULL,
                                cases[i / 2].wish, &next, &err),
                      cases[i / 2].status, &err);
        if (next == NULL)
            continue;
        assert_string_equal(yx_cert_subject(next), "CN=device-7");
        expect_ok(yx_cert_alt_names(next, &names, &err), &err);
        assert_true(yx_bytes_equal(names, holder.alt_names));
    }
}

static void who_may_revoke(void **state)
{
    YX_CLEAN(people) struct people people = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = people_key();
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    YX_CLEAN(yx_holder) struct yx_holder holder = {0};
    const struct yx_ca_record mine = {.serial = "01", .subject = "CN=device-7"};
    const struct yx_ca_record strange = {.serial = "02", .subject = "CN=other"};
    const struct yx_person *seven, *ra;
    struct yx_error err;

    (void)state;
    people_open(&people);
    cert = people_issue(&people, "tls-client", "CN=device-7", key, NULL, 0);
    expect_ok(yx_enrol_holder(people.enrol, yx_cert_der(cert), yx_now(), &holder, &err), &err);
    seven = yx_enrol_find(people.enrol, YX_TEXT("device-7"));
    ra = yx_enrol_find(people.enrol, YX_TEXT("ra"));
    expect_ok(yx_enrol_may_revoke(seven, NULL, &mine, &err), &err);
    expect_ok(yx_enrol_may_revoke(NULL, &holder, &mine, &err), &err);
    expect_ok(yx_enrol_may_revoke(ra, NULL, &strange, &err), &err);
    expect_status(yx_enrol_may_revoke(seven, NULL, &strange, &err), YX_REFUSED, &err);
    expect_status(yx_enrol_may_revoke(NULL, &holder, &strange, &err), YX_REFUSED, &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_is_read_strictly),
        cmocka_unit_test(a_file_that_others_read_is_refused),
        cmocka_unit_test(an_entry_cannot_break_out),
        cmocka_unit_test(passwords_are_checked),
        cmocka_unit_test(a_person_gets_what_the_entry_allows),
        cmocka_unit_test(further_names_are_those_of_the_entry),
        cmocka_unit_test(only_certificates_in_force_count),
        cmocka_unit_test(a_holder_gets_the_same_again),
        cmocka_unit_test(who_may_revoke),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
