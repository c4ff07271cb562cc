/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_issue.c - record, sign, compare: the same request twice, replaced certificates, names, the
 * clock, the audit list, and a process that is killed at any point.
 */
#include <signal.h>
#include <sys/wait.h>

#include "folder.h"

/* A request for a unit with a fresh key. */
struct wish {
    struct yx_private_key *key;
    struct yx_buf subject;
    struct yx_ca_issue_request request;
};

static void wish_open(struct wish *wish, const struct yx_ca *ca)
{
    struct yx_error err;

    *wish = (struct wish){0};
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &wish->key, &err), &err);
    expect_ok(yx_name_to_der(UNIT_NAME, &wish->subject, &err), &err);
    wish->request = (struct yx_ca_issue_request){
        .profile = yx_ca_profile_find(ca, "unit"),
        .subject = yx_buf_bytes(&wish->subject),
        .spki = yx_public_key_spki(yx_private_key_public(wish->key)),
        .actor = "cmp:CN=test",
    };
}

static void wish_close(struct wish *wish)
{
    yx_private_key_free(wish->key);
    yx_buf_free(&wish->subject);
}
YX_DEFINE_CLEAN_VALUE(wish, struct wish, wish_close);

static void the_same_request_gives_the_same_certificate(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(wish) struct wish wish;
    YX_CLEAN(yx_buf) struct yx_buf first = {0};
    YX_CLEAN(yx_buf) struct yx_buf again = {0};
    YX_CLEAN(yx_buf) struct yx_buf other = {0};
    struct yx_error err;

    (void)state;
    wish_open(&wish, ca);
    wish.request.request_id = "transaction 1";
    expect_ok(yx_ca_issue(ca, &wish.request, &first, &err), &err);
    expect_ok(yx_ca_issue(ca, &wish.request, &again, &err), &err);
    assert_true(yx_bytes_equal(yx_buf_bytes(&first), yx_buf_bytes(&again)));
    wish.request.actor = "cmp:CN=somebody else";
    expect_ok(yx_ca_issue(ca, &wish.request, &other, &err), &err);
    assert_false(yx_bytes_equal(yx_buf_bytes(&first), yx_buf_bytes(&other)));
    wish.request.days = 7;
    expect_status(yx_ca_issue(ca, &wish.request, &other, &err), YX_REFUSED, &err);
    assert_int_equal(folder_count(ca), 2);
}

static void a_certificate_is_found_by_its_request(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(wish) struct wish wish;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_cert) struct yx_cert *made = NULL;
    char serial[YX_CA_SERIAL_TEXT] = "x";
    struct yx_error err;

    (void)state;
    wish_open(&wish, ca);
    wish.request.request_id = "transaction 1";
    expect_ok(yx_ca_find_request(ca, "cmp:CN=test", "transaction 1", serial, &err), &err);
    assert_string_equal(serial, "");
    expect_ok(yx_ca_issue(ca, &wish.request, &der, &err), &err);
    expect_ok(yx_cert_from_der(yx_buf_bytes(&der), &made, &err), &err);
    expect_ok(yx_ca_find_request(ca, "cmp:CN=test", "transaction 1", serial, &err), &err);
    assert_string_equal(serial, yx_cert_serial(made));
    expect_ok(yx_ca_find_request(ca, "cmp:CN=test", "transaction 2", serial, &err), &err);
    assert_string_equal(serial, "");
    expect_ok(yx_ca_find_request(ca, "cmp:CN=other", "transaction 1", serial, &err), &err);
    assert_string_equal(serial, "");
}

static void nobody_asks(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(wish) struct wish wish;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_error err;

    (void)state;
    wish_open(&wish, ca);
    wish.request.actor = "";
    expect_status(yx_ca_issue(ca, &wish.request, &der, &err), YX_USAGE, &err);
    assert_int_equal(folder_count(ca), 0);
}

/* REQ: CERT-94, CERT-75 */
static void a_reissue_revokes_the_original(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(yx_cert) struct yx_cert *old = NULL;
    YX_CLEAN(wish) struct wish wish;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_ca_status status;
    struct yx_error err;

    (void)state;
    expect_ok(folder_issue(ca, "unit", UNIT_NAME, 0, 0, &old, &err), &err);
    wish_open(&wish, ca);
    wish.request.replaces = yx_cert_serial(old);
    expect_ok(yx_ca_issue(ca, &wish.request, &der, &err), &err);
    expect_ok(yx_ca_status(ca, yx_cert_serial_der(old), &status, &err), &err);
    assert_int_equal(status.state, YX_CA_GOOD);
    wish.request.revoke_replaced = true;
    expect_ok(yx_ca_issue(ca, &wish.request, &der, &err), &err);
    expect_ok(yx_ca_status(ca, yx_cert_serial_der(old), &status, &err), &err);
    assert_int_equal(status.state, YX_CA_REVOKED);
    assert_int_equal(status.reason, 4);
    expect_status(yx_ca_issue(ca, &wish.request, &der, &err), YX_REFUSED, &err);
    wish.request.replaces = "00112233445566778899";
    expect_status(yx_ca_issue(ca, &wish.request, &der, &err), YX_REFUSED, &err);
    assert_int_equal(folder_count(ca), 3);
}

static void names_that_the_profile_has_not(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(wish) struct wish wish;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    const struct yx_general_name server = {YX_NAME_DNS, YX_TEXT("bank.example")};
    const struct yx_general_name mail = {YX_NAME_EMAIL, YX_TEXT("office@unit.example")};
    struct yx_error err;

    (void)state;
    wish_open(&wish, ca);
    wish.request.alt_names = &server;
    wish.request.alt_name_count = 1;
    expect_status(yx_ca_issue(ca, &wish.request, &der, &err), YX_REFUSED, &err);
    wish.request.alt_names = &mail;
    expect_ok(yx_ca_issue(ca, &wish.request, &der, &err), &err);
}

struct leaves {
    size_t created, issued, suspended, others;
};

static yx_status count_leaf(void *self, const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    struct leaves *leaves = self;

    (void)err;
    assert_string_not_equal(leaf->actor, "");
    if (strcmp(leaf->action, "ca.authority.create") == 0)
        leaves->created++;
    else if (strcmp(leaf->action, "ca.certificate.issue") == 0)
        leaves->issued++;
    else if (strcmp(leaf->action, "ca.certificate.suspend") == 0)
        leaves->suspended++;
    else
        leaves->others++;
    return YX_OK;
}

/* REQ: AUD-01, CERT-56 */
static void every_change_is_on_the_audit_list(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(yx_cert) struct yx_cert *made = NULL;
    struct leaves leaves = {0};
    struct yx_error err;

    (void)state;
    expect_ok(folder_issue(ca, "unit", UNIT_NAME, 0, 0, &made, &err), &err);
    const struct yx_ca_revoke_request hold = {.serial = yx_cert_serial(made),
                                              .reason = YX_REASON_HOLD,
                                              .invalid_since = YX_TIME_NONE,
                                              .actor = "test"};
    expect_ok(yx_ca_revoke(ca, &hold, &err), &err);
    expect_status(yx_ca_revoke(ca, &hold, &err), YX_REFUSED, &err);
    expect_ok(yx_audit_list(yx_ca_store(ca), 1, 100, count_leaf, &leaves, &err), &err);
    assert_int_equal(leaves.created, 1);
    assert_int_equal(leaves.issued, 1);
    assert_int_equal(leaves.suspended, 1);
    assert_int_equal(leaves.others, 0);
}

/* A certificate dated tomorrow stands in for a clock that jumped back since. */
static void a_clock_that_went_back(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_cert) struct yx_cert *tomorrow = NULL;
    YX_CLEAN(yx_ca) struct yx_ca *again = NULL;
    struct yx_ca *ca = folder_authority(&folder);
    struct yx_cert *none = NULL;
    struct yx_error err;

    (void)state;
    expect_ok(folder_issue(ca, "unit", UNIT_NAME, 0, yx_now() + YX_DAY, &tomorrow, &err), &err);
    yx_ca_free(ca);
    expect_ok(yx_ca_open(folder.ca, &again, &err), &err);
    expect_ok(yx_ca_unlock(again, PASSPHRASE, &err), &err);
    expect_status(folder_issue(again, "unit", UNIT_NAME, 0, 0, &none, &err), YX_IO, &err);
    assert_int_equal(folder_count(again), 1);
}

/* --- Killed ------------------------------------------------------------------------------- */

/* What the child writes: that it begins, and then each serial that it was given. */
#define LINE 41
#define READY "ready                                    "

/* Issues until it is killed, and tells every certificate that it was given to the pipe. */
static void issue_for_ever(const struct folder *folder, int to)
{
    struct yx_ca *ca = NULL;

    if (yx_ca_open(folder->ca, &ca, NULL) != YX_OK || yx_ca_unlock(ca, PASSPHRASE, NULL) != YX_OK)
        _exit(1);
    if (write(to, READY, LINE) != LINE)
        _exit(3);
    for (;;) {
        struct yx_cert *made = NULL;
        char line[64];

        if (folder_issue(ca, "person", "CN=x", 0, 0, &made, NULL) != YX_OK)
            _exit(2);
        (void)snprintf(line, sizeof line, "%-41s", yx_cert_serial(made));
        if (write(to, line, LINE) != LINE)
            _exit(3);
        yx_cert_free(made);
    }
}

#define ROUNDS 300

/* scrypt would take nearly all the time of a round. */
static void write_plain_key(const struct folder *folder)
{
    char command[256];

    (void)snprintf(command, sizeof command,
                   "cd '%s' && openssl pkcs8 -topk8 -nocrypt -passin 'pass:open sesame' -in ca.key"
                   " -out plain && mv plain ca.key",
                   folder->ca);
    assert_int_equal(system(command), 0);
}

struct census {
    char serials[4096][48];
    size_t count, recorded;
};

static bool note_serial(void *self, const struct yx_ca_record *record)
{
    struct census *census = self;

    assert_true(census->count < 4096);
    (void)snprintf(census->serials[census->count], 48, "%s", record->serial);
    for (size_t i = 0; i < census->count; i++)
        assert_string_not_equal(census->serials[i], census->serials[census->count]);
    census->count++;
    census->recorded += record->state == YX_CA_RECORDED;
    assert_int_equal(record->der.len == 0, record->state == YX_CA_RECORDED);
    return true;
}

static void expect_known(struct yx_ca *ca, const char line[LINE])
{
    uint8_t serial[20];
    struct yx_ca_status status;
    struct yx_error err;

    for (size_t i = 0; i < sizeof serial; i++) {
        unsigned octet;

        assert_int_equal(sscanf(line + 2 * i, "%2x", &octet), 1);
        serial[i] = (uint8_t)octet;
    }
    expect_ok(yx_ca_status(ca, YX_BYTES(serial, sizeof serial), &status, &err), &err);
    assert_true(status.known);
    assert_int_equal(status.state, YX_CA_GOOD);
}

static void one_kill(const struct folder *folder, struct yx_ca *ca, unsigned microseconds)
{
    int pipes[2], result;
    char line[LINE];
    pid_t child;

    assert_int_equal(pipe(pipes), 0);
    child = fork();
    if (child == 0)
        issue_for_ever(folder, pipes[1]);
    (void)close(pipes[1]);
    assert_int_equal(read(pipes[0], line, sizeof line), sizeof line);
    (void)usleep(microseconds);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFSIGNALED(result));
    while (read(pipes[0], line, sizeof line) == (ssize_t)sizeof line)
        expect_known(ca, line);
    (void)close(pipes[0]);
}

/* Whatever was handed out is recorded as good, and no serial is there twice. */
static void killed_at_any_point(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    static struct census census;
    struct yx_error err;

    (void)state;
    folder_root(&folder);
    write_plain_key(&folder);
    for (unsigned i = 0; i < ROUNDS; i++) {
        YX_CLEAN(yx_ca) struct yx_ca *look = NULL;

        expect_ok(yx_ca_open(folder.ca, &look, &err), &err);
        one_kill(&folder, look, i * 977 % 12000);
    }
    expect_ok(yx_ca_open(folder.ca, &ca, &err), &err);
    expect_ok(yx_ca_list(ca, -1, note_serial, &census, &err), &err);
    print_message("%zu certificates, %zu of them recorded only\n", census.count, census.recorded);
    assert_true(census.count > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_request_gives_the_same_certificate),
        cmocka_unit_test(a_certificate_is_found_by_its_request),
        cmocka_unit_test(nobody_asks),
        cmocka_unit_test(a_reissue_revokes_the_original),
        cmocka_unit_test(names_that_the_profile_has_not),
        cmocka_unit_test(every_change_is_on_the_audit_list),
        cmocka_unit_test(a_clock_that_went_back),
        cmocka_unit_test(killed_at_any_point),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
