/* SPDX-License-Identifier: Apache-2.0 */
/* test_authority.c - the folder of an authority, its root and subordinates, serials, periods. */
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "folder.h"

static void write_part(const struct folder *folder, const char *name, const char *text)
{
    char path[128];
    struct yx_error err;

    (void)snprintf(path, sizeof path, "%s/%s", folder->ca, name);
    expect_ok(yx_file_write(path, false, YX_TEXT(text), &err), &err);
}

static bool exists(const struct folder *folder, const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", folder->base, name);
    return access(path, F_OK) == 0;
}

static void a_root_is_made(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    const struct yx_cert *root = yx_ca_certificate(ca);
    struct yx_error err;
    char key[128];
    struct stat about;

    (void)state;
    assert_string_equal(yx_cert_subject(root), ROOT_NAME);
    assert_true(yx_cert_is_ca(root));
    assert_int_equal(yx_public_key_type(yx_cert_public_key(root)), YX_KEY_SM2);
    assert_int_equal(yx_cert_not_after(root) - yx_cert_not_before(root), 3650 * YX_DAY);
    expect_ok(yx_cert_verify_issued(root, root, &err), &err);
    (void)snprintf(key, sizeof key, "%s/ca.key", folder.ca);
    assert_int_equal(stat(key, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void other_algorithms(void **state)
{
    static const yx_key_type types[] = {YX_KEY_P256, YX_KEY_P384, YX_KEY_RSA, YX_KEY_ED25519};

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        YX_CLEAN(folder) struct folder folder;
        YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
        YX_CLEAN(yx_cert) struct yx_cert *made = NULL;
        struct yx_ca_init_request request;
        struct yx_error err;

        folder_open(&folder);
        request = folder_request(&folder);
        request.key_type = types[i];
        request.rsa_bits = 2048;
        expect_ok(yx_ca_init(&request, &err), &err);
        expect_ok(yx_ca_open(folder.ca, &ca, &err), &err);
        expect_ok(yx_ca_unlock(ca, PASSPHRASE, &err), &err);
        assert_int_equal(yx_public_key_type(yx_cert_public_key(yx_ca_certificate(ca))), types[i]);
        expect_ok(folder_issue(ca, "unit", UNIT_NAME, 0, 0, &made, &err), &err);
    }
}

/* A root, under it a subordinate, under it a unit: each leads to the next. */
static void a_subordinate(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *root = folder_authority(&folder);
    YX_CLEAN(yx_ca) struct yx_ca *sub = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *unit = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *first = NULL;
    struct yx_ca_init_request request = folder_request(&folder);
    struct yx_error err;
    char path[128];

    (void)state;
    (void)snprintf(path, sizeof path, "%s/sub/", folder.base);
    request.folder = path;
    request.name = "CN=下级CA,O=测试机构,C=CN";
    request.parent = root;
    expect_ok(yx_ca_init(&request, &err), &err);
    expect_ok(yx_ca_open(path, &sub, &err), &err);
    expect_ok(yx_ca_unlock(sub, PASSPHRASE, &err), &err);
    expect_ok(yx_cert_verify_issued(yx_ca_certificate(sub), yx_ca_certificate(root), &err), &err);
    assert_true(yx_cert_not_after(yx_ca_certificate(sub)) <=
                yx_cert_not_after(yx_ca_certificate(root)));
    assert_int_equal(folder_count(root), 1);
    expect_ok(folder_issue(sub, "unit", UNIT_NAME, 0, 0, &unit, &err), &err);
    expect_ok(yx_cert_verify_issued(unit, yx_ca_certificate(sub), &err), &err);
    /* its chain begins with itself and holds the root as well */
    expect_ok(yx_cert_read(yx_ca_chain(sub), &first, &err), &err);
    assert_string_equal(yx_cert_subject(first), request.name);
    assert_true(yx_ca_chain(sub).len > yx_ca_chain(root).len + 100);
}

static void a_folder_in_use_is_refused(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    struct yx_ca_init_request request;
    struct yx_error err;

    (void)state;
    folder_root(&folder);
    request = folder_request(&folder);
    expect_status(yx_ca_init(&request, &err), YX_NO_OUTPUT, &err);
    request.folder = "/nowhere/at/all";
    expect_status(yx_ca_init(&request, &err), YX_NO_OUTPUT, &err);
    request.folder = "";
    expect_status(yx_ca_init(&request, &err), YX_USAGE, &err);
    request.folder = "/dev/null";
    expect_status(yx_ca_init(&request, &err), YX_NO_OUTPUT, &err);
}

/* An empty folder is taken; what fails leaves nothing behind. */
static void init_is_whole_or_nothing(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    struct yx_ca_init_request request;
    struct yx_error err;
    char command[160];

    (void)state;
    folder_needs_file();
    folder_open(&folder);
    request = folder_request(&folder);
    request.name = "CN=x,";
    expect_status(yx_ca_init(&request, &err), YX_USAGE, &err);
    request.name = "CN=only a name";
    expect_status(yx_ca_init(&request, &err), YX_REFUSED, &err);
    request.name = ROOT_NAME;
    request.days = 99999;
    expect_status(yx_ca_init(&request, &err), YX_USAGE, &err);
    request.days = 0;
    request.passphrase = YX_BYTES("", 0);
    assert_int_not_equal(yx_ca_init(&request, &err), YX_OK);
    (void)snprintf(command, sizeof command, "test -z \"$(ls -A '%s')\"", folder.base);
    assert_int_equal(system(command), 0);
    request.passphrase = PASSPHRASE;
    assert_int_equal(mkdir(folder.ca, 0700), 0);
    expect_ok(yx_ca_init(&request, &err), &err);
    assert_true(exists(&folder, "ca/ca.db"));
}

static void opening_what_is_no_authority(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    struct yx_ca *none = NULL;
    struct yx_error err;

    (void)state;
    folder_needs_file();
    ca = folder_authority(&folder);
    expect_status(yx_ca_unlock(ca, YX_TEXT("wrong"), &err), YX_REFUSED, &err);
    expect_status(yx_ca_unlock(ca, YX_BYTES("", 0), &err), YX_REFUSED, &err);
    expect_status(yx_ca_open(folder.base, &none, &err), YX_NO_INPUT, &err);
    write_part(&folder, "ca.db",
               "this is no database at all, and long enough to be looked at "
               "closely by whoever opens it ...............................");
    expect_status(yx_ca_open(folder.ca, &none, &err), YX_DAMAGED, &err);
    write_part(&folder, "ca.pem", "no certificate");
    expect_status(yx_ca_open(folder.ca, &none, &err), YX_DAMAGED, &err);
    assert_null(none);
}

static void a_key_of_another_authority(void **state)
{
    YX_CLEAN(folder) struct folder one, other;
    YX_CLEAN(yx_ca) struct yx_ca *mixed = NULL;
    struct yx_error err;
    char command[256];

    (void)state;
    folder_root(&one);
    folder_root(&other);
    (void)snprintf(command, sizeof command, "cp '%s/ca.key' '%s/ca.key'", one.ca, other.ca);
    assert_int_equal(system(command), 0);
    expect_ok(yx_ca_open(other.ca, &mixed, &err), &err);
    expect_status(yx_ca_unlock(mixed, PASSPHRASE, &err), YX_DAMAGED, &err);
}

static void a_locked_authority_issues_nothing(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *locked = NULL;
    struct yx_cert *made = NULL;
    struct yx_error err;

    (void)state;
    folder_root(&folder);
    expect_ok(yx_ca_open(folder.ca, &locked, &err), &err);
    expect_status(folder_issue(locked, "unit", UNIT_NAME, 0, 0, &made, &err), YX_USAGE, &err);
}

/* REQ: CERT-15 */
static void periods(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(yx_cert) struct yx_cert *cut = NULL;
    struct yx_cert *none = NULL;
    struct yx_error err;
    yx_time end = yx_cert_not_after(yx_ca_certificate(ca));

    (void)state;
    /* asked for: refused; the profile's own wish: cut at the authority's end */
    expect_status(folder_issue(ca, "unit", UNIT_NAME, 3651, 0, &none, &err), YX_REFUSED, &err);
    assert_non_null(strstr(err.rule, "RFC 5280"));
    expect_ok(folder_issue(ca, "unit", UNIT_NAME, 0, end - 10 * YX_DAY, &cut, &err), &err);
    assert_int_equal(yx_cert_not_after(cut), end);
    expect_status(folder_issue(ca, "unit", UNIT_NAME, 0, end + YX_DAY, &none, &err), YX_REFUSED,
                  &err);
    expect_status(folder_issue(ca, "unit", UNIT_NAME, -1, 0, &none, &err), YX_USAGE, &err);
    expect_status(folder_issue(ca, "unit", UNIT_NAME, 40000, 0, &none, &err), YX_USAGE, &err);
    assert_int_equal(folder_count(ca), 1);
}

/* Positive, 20 octets, never the same twice (RFC 5280 4.1.2.2). */
static void serials(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    char seen[16][48];

    (void)state;
    for (size_t i = 0; i < 16; i++) {
        YX_CLEAN(yx_cert) struct yx_cert *made = NULL;
        struct yx_error err;

        expect_ok(folder_issue(ca, "person", "CN=x", 0, 0, &made, &err), &err);
        assert_int_equal(yx_cert_serial_der(made).len, 20);
        assert_true(yx_cert_serial_der(made).data[0] < 0x80);
        (void)snprintf(seen[i], sizeof seen[i], "%s", yx_cert_serial(made));
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(seen[i], seen[j]);
    }
    assert_int_equal(folder_count(ca), 16);
}

/* REQ: CERT-57. Two processes at one folder: each gets its certificates, and all are recorded. */
static void two_processes_at_once(void **state)
{
    enum { EACH = 25 };
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    pid_t children[2];

    (void)state;
    for (size_t child = 0; child < 2; child++) {
        children[child] = fork();
        if (children[child] != 0)
            continue;
        YX_CLEAN(yx_ca) struct yx_ca *own = NULL;
        yx_status status = yx_ca_open(folder.ca, &own, NULL);

        if (status == YX_OK)
            status = yx_ca_unlock(own, PASSPHRASE, NULL);
        for (size_t i = 0; i < EACH && status == YX_OK; i++) {
            YX_CLEAN(yx_cert) struct yx_cert *made = NULL;

            status = folder_issue(own, "person", "CN=x", 0, 0, &made, NULL);
        }
        _exit(status == YX_OK ? 0 : 1);
    }
    for (size_t child = 0; child < 2; child++) {
        int result;

        assert_int_equal(waitpid(children[child], &result, 0), children[child]);
        assert_int_equal(result, 0);
    }
    assert_int_equal(folder_count(ca), 2 * EACH);
}

/* What cannot be recorded is not handed out. */
static void a_database_that_refuses(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    struct yx_cert *none = NULL;
    struct yx_error err;
    sqlite3 *db;
    char path[128];

    (void)state;
    folder_needs_file();
    ca = folder_authority(&folder);
    (void)snprintf(path, sizeof path, "%s/ca.db", folder.ca);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "CREATE TRIGGER full BEFORE INSERT ON certificate "
                                  "BEGIN SELECT RAISE(ABORT, 'no room'); END",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    expect_status(folder_issue(ca, "unit", UNIT_NAME, 0, 0, &none, &err), YX_REFUSED, &err);
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_root_is_made),
        cmocka_unit_test(other_algorithms),
        cmocka_unit_test(a_subordinate),
        cmocka_unit_test(a_folder_in_use_is_refused),
        cmocka_unit_test(init_is_whole_or_nothing),
        cmocka_unit_test(opening_what_is_no_authority),
        cmocka_unit_test(a_key_of_another_authority),
        cmocka_unit_test(a_locked_authority_issues_nothing),
        cmocka_unit_test(periods),
        cmocka_unit_test(serials),
        cmocka_unit_test(two_processes_at_once),
        cmocka_unit_test(a_database_that_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
