/* SPDX-License-Identifier: Apache-2.0 */
/* test_doctor.c - what is wrong with a service is found, each by its own check, and nothing else
 * is. REQ: AUD-02, AUD-03, SEC-20, SEC-24 */
#include "support.h"
#include "tools.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "audit/audit.h"
#include "blob/blob.h"
#include "doctor/doctor.h"
#include "jobs/jobs.h"
#include "keeper/room.h"
#include "leaks.h"
#include "pki.h"
#include "policy/policy.h"

struct world {
    struct folder folder;
    char database[128];
    struct yx_settings *settings;
    struct yx_doctor_report report;
    yx_time now;
    bool full;
};

static void read_settings(struct world *world)
{
    struct yx_error err = {0};

    yx_settings_free(world->settings);
    world->settings = NULL;
    expect_ok(yx_settings_read(world->folder.path, NULL, &world->settings, &err), &err);
}

static struct yx_store *open_store(const struct world *world)
{
    struct yx_store *store = NULL;
    struct yx_error err = {0};

    expect_ok(yx_store_open(world->database, true, &store, &err), &err);
    expect_ok(yx_audit_prepare(store, &err), &err);
    expect_ok(yx_blobs_prepare(store, &err), &err);
    return store;
}

static yx_status append(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_audit_append(tx, self, err);
}

static void tell(const struct world *world, const char *action, yx_time at)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_store(world);
    struct yx_audit_event event = {.at = at, .actor = "test", .action = action};
    struct yx_error err = {0};

    expect_ok(yx_store_write(store, append, &event, &err), &err);
    expect_ok(yx_audit_number(store, &err), &err);
}

static void world_make(struct world *world)
{
    *world = (struct world){.now = yx_now()};
    folder_make(&world->folder);
    (void)snprintf(world->database, sizeof world->database, "%s/yinxin.db", world->folder.path);
    read_settings(world);
    yx_store_free(open_store(world));
}

static void world_free(struct world *world)
{
    yx_settings_free(world->settings);
    yx_doctor_report_free(&world->report);
    folder_remove(&world->folder);
}
YX_DEFINE_CLEAN_VALUE(world, struct world, world_free);

static void look(struct world *world)
{
    const struct yx_doctor_visit visit = {.folder = world->folder.path,
                                          .settings = world->settings,
                                          .full = world->full,
                                          .now = world->now};
    struct yx_error err = {0};

    yx_doctor_report_free(&world->report);
    expect_ok(yx_doctor_look(&visit, &world->report, &err), &err);
}

/* The worst that a check says. */
static yx_finding_grade grade_of(const struct world *world, const char *check)
{
    int worst = -1;

    for (size_t i = 0; i < world->report.count; i++)
        if (strcmp(world->report.findings[i].check, check) == 0 &&
            (int)world->report.findings[i].grade > worst)
            worst = (int)world->report.findings[i].grade;
    assert_true(worst >= 0);
    return (yx_finding_grade)worst;
}

#define expect_grade(world, check, grade)                                       \
    do {                                                                        \
        look(world);                                                            \
        if (grade_of(world, check) != (grade))                                  \
            fail_msg("%s: %s", check, yx_finding_name(grade_of(world, check))); \
    } while (0)

/* --- The table --------------------------------------------------------------------------- */

static void a_sound_service(void **state)
{
    static const char *const sound[] = {"folder", "settings",  "database",    "keys",
                                        "audit",  "documents", "certificates"};
    YX_CLEAN(world) struct world world;

    (void)state;
    world_make(&world);
    tell(&world, "test.tell", yx_now());
    for (int full = 0; full < 2; full++) {
        world.full = full != 0;
        look(&world);
        for (size_t i = 0; i < sizeof sound / sizeof *sound; i++)
            if (grade_of(&world, sound[i]) != YX_FINDING_OK)
                fail_msg("%s is not sound", sound[i]);
    }
    assert_true(world.report.count >= 15);
}

static void without_a_database(void **state)
{
    YX_CLEAN(world) struct world world;

    (void)state;
    world_make(&world);
    expect_tool(&world.folder, "rm yinxin.db*");
    expect_grade(&world, "database", YX_FINDING_FAILURE);
    assert_int_equal(grade_of(&world, "audit"), YX_FINDING_WARNING);
    assert_int_equal(world.report.worst, YX_FINDING_FAILURE);
    expect_tool(&world.folder, "head -c 9000 /dev/urandom > yinxin.db");
    expect_grade(&world, "database", YX_FINDING_FAILURE);
}

/* --- Folder and keys --------------------------------------------------------------------- */

static void who_may_look(void **state)
{
    YX_CLEAN(world) struct world world;

    (void)state;
    world_make(&world);
    expect_grade(&world, "folder", YX_FINDING_OK);
    expect_tool(&world.folder, "chmod 755 .");
    expect_grade(&world, "folder", YX_FINDING_WARNING);
    expect_tool(&world.folder, "chmod 757 .");
    expect_grade(&world, "folder", YX_FINDING_FAILURE);
}

static void write_key(struct world *world, const char *passphrase)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    struct yx_error err = {0};

    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &key, &err), &err);
    expect_ok(yx_private_key_write(key, YX_TEXT(passphrase), &pem, &err), &err);
    folder_write(&world->folder, "keys/audit.key", yx_buf_bytes(&pem));
    expect_tool(&world->folder, "chmod 600 keys/audit.key");
}

static void keys_that_do_not_open(void **state)
{
    YX_CLEAN(world) struct world world;

    (void)state;
    world_make(&world);
    expect_tool(&world.folder, "mkdir -m 700 keys && printf 'abc\\n' > keys/secret");
    write_key(&world, "abc");
    expect_grade(&world, "keys", YX_FINDING_OK);
    expect_tool(&world.folder, "chmod 640 keys/audit.key");
    expect_grade(&world, "keys", YX_FINDING_FAILURE);
    write_key(&world, "another");
    expect_grade(&world, "keys", YX_FINDING_WARNING);
    expect_tool(&world.folder, "printf nothing > keys/audit.key");
    expect_grade(&world, "keys", YX_FINDING_FAILURE);
}

static void certificates_that_end(void **state)
{
    YX_CLEAN(world) struct world world;
    struct pki_person person = {0};
    struct yx_error err = {0};

    (void)state;
    world_make(&world);
    expect_ok(person_make("CN=Test,O=Test,C=CN", NULL, YX_KEY_SM2, &person, &err), &err);
    expect_tool(&world.folder, "mkdir -p ca/one");
    folder_write(&world.folder, "ca/one/ca.pem", yx_cert_der(person.cert));
    expect_grade(&world, "certificates", YX_FINDING_OK);
    world.now = yx_cert_not_after(person.cert) - 20 * YX_DAY;
    expect_grade(&world, "certificates", YX_FINDING_WARNING);
    world.now = yx_cert_not_after(person.cert) + 1;
    expect_grade(&world, "certificates", YX_FINDING_FAILURE);
    world.now = yx_cert_not_before(person.cert) - YX_DAY;
    expect_grade(&world, "certificates", YX_FINDING_FAILURE);
    world.now = yx_now();
    expect_tool(&world.folder, "printf nothing > tls.pem");
    expect_grade(&world, "certificates", YX_FINDING_FAILURE);
    pki_person_free(&person);
}

/* --- Records ----------------------------------------------------------------------------- */

static void forge(struct world *world, const char *trigger, const char *sql)
{
    expect_tool(&world->folder,
                "python3 -c \"import sqlite3; b = sqlite3.connect('yinxin.db');"
                " b.execute('DROP TRIGGER IF EXISTS %s'); b.execute('%s'); b.commit()\"",
                trigger, sql);
}

static void a_forged_list(void **state)
{
    YX_CLEAN(world) struct world world;
    struct pki_person log = {0};
    struct yx_error err = {0};

    (void)state;
    world_make(&world);
    tell(&world, "test.tell", yx_now());
    tell(&world, "test.tell", yx_now());
    expect_ok(person_make("CN=Log,O=Test,C=CN", NULL, YX_KEY_SM2, &log, &err), &err);
    {
        YX_CLEAN(yx_store) struct yx_store *store = open_store(&world);
        YX_CLEAN(yx_buf) struct yx_buf note = {0};
        const struct yx_audit_signer signer = {"log", yx_private_key_public(log.key),
                                               yx_signer_borrow_key(log.key)};

        expect_ok(yx_audit_checkpoint_make(store, &signer, yx_now(), &note, &err), &err);
    }
    pki_person_free(&log);
    expect_grade(&world, "audit", YX_FINDING_OK);
    /* Not what the last checkpoint says. */
    forge(&world, "audit_number_no_delete", "DELETE FROM audit_number WHERE number = 2");
    expect_grade(&world, "audit", YX_FINDING_FAILURE);
    forge(&world, "none", "INSERT INTO audit_number VALUES (2, 2)");
    expect_grade(&world, "audit", YX_FINDING_OK);
    forge(&world, "audit_leaf_no_update", "UPDATE audit_leaf SET actor = 1 WHERE id = 2");
    expect_grade(&world, "audit", YX_FINDING_FAILURE);
    world.full = true;
    expect_grade(&world, "audit", YX_FINDING_FAILURE);
}

/* Signs something that the leaf of this action at this time allows. */
static void sign_for(const struct world *world, const char *action, yx_time at)
{
    YX_CLEAN(yx_journal) struct yx_journal *journal = NULL;
    const struct yx_audit_event event = {.at = at, .actor = "test", .action = action};
    struct yx_journal_entry entry = {.key = "ca/one", .purpose = "certificate"};
    struct yx_error err = {0};

    expect_ok(yx_audit_hash(&event, entry.leaf, &err), &err);
    expect_ok(yx_journal_open(world->folder.path, &journal, &err), &err);
    expect_ok(yx_journal_add(journal, &entry, &err), &err);
}

/* Whoever has something signed by a leaf that is not in the list, or takes it away, is found out.
 */
static void signatures_that_no_record_allows(void **state)
{
    YX_CLEAN(world) struct world world;
    yx_time at = yx_now() - YX_SECOND;

    (void)state;
    world_make(&world);
    expect_tool(&world.folder, "mkdir -m 700 keys");
    expect_grade(&world, "journal", YX_FINDING_OK);
    tell(&world, "test.allow", at);
    sign_for(&world, "test.allow", at);
    sign_for(&world, "test.allow", at); /* one record may allow several */
    expect_grade(&world, "journal", YX_FINDING_OK);
    sign_for(&world, "test.allow", at + 1);
    expect_grade(&world, "journal", YX_FINDING_FAILURE);
    tell(&world, "test.allow", at + 1);
    expect_grade(&world, "journal", YX_FINDING_OK);
    expect_tool(&world.folder, "sed -i 's/certificate/document/' keys/journal/*");
    expect_grade(&world, "journal", YX_FINDING_FAILURE);
}

static void a_clock_that_went_back(void **state)
{
    YX_CLEAN(world) struct world world;

    (void)state;
    world_make(&world);
    tell(&world, "test.tell", yx_now());
    look(&world);
    assert_int_not_equal(grade_of(&world, "clock"), YX_FINDING_FAILURE);
    tell(&world, "test.tell", yx_now() + YX_DAY);
    expect_grade(&world, "clock", YX_FINDING_FAILURE);
}

static void what_is_done_regularly(void **state)
{
    YX_CLEAN(world) struct world world;

    (void)state;
    world_make(&world);
    expect_grade(&world, "review", YX_FINDING_WARNING);
    expect_grade(&world, "backup", YX_FINDING_WARNING);
    tell(&world, "audit.review.make", yx_now());
    tell(&world, "backup.make", yx_now());
    expect_grade(&world, "backup", YX_FINDING_WARNING); /* nobody knows whether it is one */
    tell(&world, "backup.try", yx_now());
    expect_grade(&world, "review", YX_FINDING_OK);
    expect_grade(&world, "backup", YX_FINDING_OK);
    world.now += 10 * YX_DAY;
    expect_grade(&world, "review", YX_FINDING_OK);
    expect_grade(&world, "backup", YX_FINDING_WARNING);
    world.now += 90 * YX_DAY;
    expect_grade(&world, "review", YX_FINDING_WARNING);
    tell(&world, "backup.make", world.now);
    expect_grade(&world, "backup", YX_FINDING_WARNING); /* the trial was three months ago */
}

static yx_status rule_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_policy_value value = {"check.seal-audit", self, ""};
    const struct yx_policy_entry entry = {.scheme = YX_POLICY_HOUSE,
                                          .name_zh = "规则",
                                          .name_en = "rules",
                                          .source = "",
                                          .from = YX_TIME_NONE,
                                          .until = YX_TIME_NONE,
                                          .values = &value,
                                          .count = 1};
    const char *const people[] = {"018f0000-0000-7000-8000-00000000000a",
                                  "018f0000-0000-7000-8000-00000000000b"};
    enum yx_policy_state state;
    char id[YX_UUID_TEXT];
    yx_time now = yx_now();

    YX_TRY(yx_policy_draft(tx, &entry, people[0], now, id, err));
    YX_TRY(yx_policy_propose(tx, id, people[0], now, err));
    YX_TRY(yx_policy_decide(
        tx, id, &(struct yx_policy_opinion){people[1], "", "", .approves = true, .at = now}, &state,
        err));
    assert_int_equal(state, YX_POLICY_IN_FORCE);
    return YX_OK;
}

/* How often the list is reviewed is a rule that people set. REQ: AUD-03 */
static void reviews_are_due_by_the_rule(void **state)
{
    YX_CLEAN(world) struct world world;
    struct yx_error err = {0};
    yx_time now;

    (void)state;
    world_make(&world);
    now = world.now;
    tell(&world, "audit.review.make", now);
    {
        YX_CLEAN(yx_store) struct yx_store *store = open_store(&world);

        expect_ok(yx_jobs_prepare(store, &err), &err);
        expect_ok(yx_policy_prepare(store, &err), &err);
    }
    world.now = now + 80 * YX_DAY;
    expect_grade(&world, "review", YX_FINDING_OK);
    {
        YX_CLEAN(yx_store) struct yx_store *store = open_store(&world);

        expect_ok(yx_store_write(store, rule_work, (char[]){"10 days"}, &err), &err);
    }
    world.now = now + 9 * YX_DAY;
    expect_grade(&world, "review", YX_FINDING_OK);
    world.now = now + 11 * YX_DAY;
    expect_grade(&world, "review", YX_FINDING_WARNING);
}

static yx_status job_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_job_add(tx, &(struct yx_job_request){.kind = "test"}, *(yx_time *)self, NULL, err);
}

static void jobs_that_wait_or_fail(void **state)
{
    YX_CLEAN(world) struct world world;
    struct yx_error err = {0};

    (void)state;
    world_make(&world);
    expect_grade(&world, "jobs", YX_FINDING_OK);
    {
        YX_CLEAN(yx_store) struct yx_store *store = open_store(&world);

        expect_ok(yx_jobs_prepare(store, &err), &err);
        expect_ok(yx_store_write(store, job_work, &world.now, &err), &err);
    }
    world.now += 1800 * YX_SECOND;
    expect_grade(&world, "jobs", YX_FINDING_OK);
    world.now += 1801 * YX_SECOND;
    expect_grade(&world, "jobs", YX_FINDING_WARNING);
    world.now = yx_now();
    forge(&world, "none", "UPDATE job SET state = 2");
    expect_grade(&world, "jobs", YX_FINDING_WARNING);
    forge(&world, "none", "UPDATE job SET state = 3");
    expect_grade(&world, "jobs", YX_FINDING_OK);
}

static void keep_document(const struct world *world)
{
    const struct yx_blob_about about = {
        .media_type = "text/plain", .by = "test", .now = yx_now(), .lifetime = 3600};
    YX_CLEAN(yx_store) struct yx_store *store = open_store(world);
    YX_CLEAN(yx_blobs) struct yx_blobs *blobs = NULL;
    YX_CLEAN(yx_blob_writer) struct yx_blob_writer *writer = NULL;
    struct yx_blob blob;
    struct yx_error err = {0};

    expect_ok(yx_blobs_open(world->settings, &blobs, &err), &err);
    expect_ok(yx_blob_begin(blobs, 100, &writer, &err), &err);
    expect_ok(yx_blob_append(writer, YX_TEXT("a document"), &err), &err);
    expect_ok(yx_blob_keep(writer, store, &about, &blob, &err), &err);
}

static void documents_that_are_gone(void **state)
{
    YX_CLEAN(world) struct world world;

    (void)state;
    world_make(&world);
    keep_document(&world);
    expect_grade(&world, "documents", YX_FINDING_OK);
    expect_tool(&world.folder,
                "find blobs -type f -exec sh -c 'chmod u+w $0; printf x > $0' {} ';'");
    expect_grade(&world, "documents", YX_FINDING_FAILURE);
    expect_tool(&world.folder, "find blobs -type f -delete");
    expect_grade(&world, "documents", YX_FINDING_FAILURE);
    world.full = true;
    expect_grade(&world, "documents", YX_FINDING_FAILURE);
}

static void files_that_no_row_knows(void **state)
{
    YX_CLEAN(world) struct world world;

    (void)state;
    world_make(&world);
    keep_document(&world);
    expect_tool(&world.folder, "mkdir -p blobs/ab && touch blobs/ab/cdef");
    expect_grade(&world, "documents", YX_FINDING_OK);
    world.full = true;
    expect_grade(&world, "documents", YX_FINDING_WARNING);
}

/* Another account, root before all, would leave folders that the service cannot use. */
static void another_account_makes_nothing(void **state)
{
    YX_CLEAN(world) struct world world;

    (void)state;
    if (geteuid() != 0) {
        print_message("only root can give a folder away\n");
        skip();
    }
    world_make(&world);
    expect_tool(&world.folder, "chown 65534 .");
    expect_grade(&world, "documents", YX_FINDING_WARNING);
    expect_tool(&world.folder, "! ls -d blobs");
}

/* --- The machine ------------------------------------------------------------------------- */

static void mail_that_does_not_get_away(void **state)
{
    YX_CLEAN(world) struct world world;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char conf[128];

    (void)state;
    world_make(&world);
    expect_grade(&world, "mail", YX_FINDING_WARNING);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(conf, sizeof conf,
                   "smtp_url = \"smtp://127.0.0.1:%d\"\nmail_from = \"a@b.cn\"\n",
                   ntohs(address.sin_port));
    folder_write(&world.folder, "yinxin.conf", YX_TEXT(conf));
    read_settings(&world);
    expect_grade(&world, "mail", YX_FINDING_FAILURE); /* nobody listens */
    assert_int_equal(listen(fd, 1), 0);
    expect_grade(&world, "mail", YX_FINDING_OK);
    (void)close(fd);
}

static void programs_that_are_missing(void **state)
{
    YX_CLEAN(world) struct world world;
    char *path = strdup(getenv("PATH"));

    (void)state;
    world_make(&world);
    assert_int_equal(setenv("PATH", "/nonexistent::", 1), 0);
    expect_grade(&world, "programs", YX_FINDING_WARNING);
    assert_int_equal(setenv("PATH", path, 1), 0);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_service),
        cmocka_unit_test(without_a_database),
        cmocka_unit_test(who_may_look),
        cmocka_unit_test(keys_that_do_not_open),
        cmocka_unit_test(certificates_that_end),
        cmocka_unit_test(a_forged_list),
        cmocka_unit_test(signatures_that_no_record_allows),
        cmocka_unit_test(a_clock_that_went_back),
        cmocka_unit_test(what_is_done_regularly),
        cmocka_unit_test(reviews_are_due_by_the_rule),
        cmocka_unit_test(jobs_that_wait_or_fail),
        cmocka_unit_test(documents_that_are_gone),
        cmocka_unit_test(files_that_no_row_knows),
        cmocka_unit_test(another_account_makes_nothing),
        cmocka_unit_test(mail_that_does_not_get_away),
        cmocka_unit_test(programs_that_are_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
