/* SPDX-License-Identifier: Apache-2.0 */
/* test_audit.c - the list of what was done, on SQLite and on PostgreSQL alike. */
#include "support.h"
#include "tools.h"

#include <pthread.h>

#include "audit/audit.h"
#include "crypto/crypto.h"
#include "database.h"
#include "hex.h"

#define AT INT64_C(1795305600000000)

static struct yx_store *open_audit(const struct database *database)
{
    struct yx_store *store = database_open(database);
    struct yx_error err = {0};
    expect_ok(yx_audit_prepare(store, &err), &err);
    return store;
}

/* Appends an event, and ends as told. */
struct telling {
    struct yx_audit_event event;
    yx_status end;
};

static yx_status tell_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct telling *telling = self;
    YX_TRY(yx_audit_append(tx, &telling->event, err));
    YX_REQUIRE(telling->end == YX_OK, err, telling->end, "", "as told");
    return YX_OK;
}

static yx_status tell(struct yx_store *store, const char *object, yx_status end,
                      struct yx_error *err)
{
    struct telling telling = {
        .event = {.at = AT, .actor = "test", .action = "test.tell", .object = object}, .end = end};
    return yx_store_write(store, tell_work, &telling, err);
}

struct heard {
    int64_t count;
    char last[64];
};

static yx_status hear(void *self, const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    struct heard *heard = self;
    (void)err;
    heard->count++;
    snprintf(heard->last, sizeof heard->last, "%d %s %s", (int)leaf->number, leaf->object,
             leaf->details);
    return YX_OK;
}

static struct heard list(struct yx_store *store, int64_t first, int64_t limit)
{
    struct heard heard = {0};
    struct yx_error err = {0};
    expect_ok(yx_audit_list(store, first, limit, hear, &heard, &err), &err);
    return heard;
}

/* --- Leaves ------------------------------------------------------------------------------ */

static void leaves_come_back(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    struct yx_error err = {0};
    struct telling full = {.event = {.at = AT,
                                     .actor = "cli:uid=1000",
                                     .action = "seal.make",
                                     .object = "seal:印",
                                     .details = "{\"a\":1}"}};
    assert_int_equal(list(store, 1, 100).count, 0);
    expect_ok(tell(store, NULL, YX_OK, &err), &err);
    assert_string_equal(list(store, 1, 100).last, "1  {}");
    expect_ok(yx_store_write(store, tell_work, &full, &err), &err);
    struct heard heard = list(store, 1, 100);
    assert_int_equal(heard.count, 2);
    assert_string_equal(heard.last, "2 seal:印 {\"a\":1}");
    assert_int_equal(list(store, 2, 100).count, 1);
    assert_int_equal(list(store, 3, 100).count, 0);
    assert_string_equal(list(store, -5, 1).last, "1  {}");
}

/* The canonical bytes written out by hand, so that nobody changes them unseen. */
static void the_hash_is_over_the_der(struct database *database)
{
    static const char bytes[] = "00"   /* the prefix of leaves, RFC 9162 2.1.1 */
                                "301C" /* SEQUENCE */
                                "020101"
                                "0207"
                                "0660D32C350000" /* at */
                                "0C03"
                                "616263" /* actor "abc" */
                                "0C03"
                                "782E79" /* action "x.y" */
                                "0C00"   /* object */
                                "0C02"
                                "7B7D"; /* details "{}" */
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_audit_event event = {
        .at = INT64_C(0x0660D32C350000), .actor = "abc", .action = "x.y"};
    struct yx_error err = {0};
    uint8_t expected[32], got[32];
    (void)database;
    append_hex(&der, bytes);
    expect_ok(yx_digest(YX_DIGEST_SM3, yx_buf_bytes(&der), expected, &err), &err);
    expect_ok(yx_audit_hash(&event, got, &err), &err);
    assert_memory_equal(got, expected, 32);
}

/* --- Numbers ----------------------------------------------------------------------------- */

static void rollbacks_leave_no_gap(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    struct yx_error err = {0};
    for (int i = 0; i < 12; i++)
        expect_status(tell(store, "thing", i % 3 == 1 ? YX_REFUSED : YX_OK, &err),
                      i % 3 == 1 ? YX_REFUSED : YX_OK, &err);
    struct heard heard = list(store, 1, 100);
    assert_int_equal(heard.count, 8);
    assert_string_equal(heard.last, "8 thing {}");
}

struct teller {
    struct yx_store *store;
    unsigned failed;
    bool numbers;
};

static void *tell_much(void *self)
{
    struct teller *teller = self;
    for (int i = 0; i < 25; i++) {
        struct yx_error err = {0};
        if (teller->numbers)
            teller->failed += yx_audit_number(teller->store, &err) != YX_OK;
        else
            teller->failed += tell(teller->store, "much", i % 5 == 0 ? YX_REFUSED : YX_OK, &err) !=
                              (i % 5 == 0 ? YX_REFUSED : YX_OK);
    }
    return NULL;
}

static void many_tell_while_two_number(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    YX_CLEAN(yx_store) struct yx_store *other = open_audit(database);
    pthread_t threads[10];
    struct teller tellers[10];
    for (unsigned i = 0; i < 10; i++) {
        tellers[i] = (struct teller){.store = i % 2 ? store : other, .numbers = i < 2};
        assert_int_equal(pthread_create(&threads[i], NULL, tell_much, &tellers[i]), 0);
    }
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(tellers[i].failed, 0);
    }
    assert_int_equal(list(store, 1, 1000).count, 160);
}

/* --- Append-only ------------------------------------------------------------------------- */

/* REQ: AUD-01 */
static void nothing_is_changed_or_deleted(struct database *database)
{
    static const char *const changes[] = {
        "UPDATE audit_leaf SET actor = 'somebody else'",
        "DELETE FROM audit_leaf",
        "UPDATE audit_number SET number = number + 1",
        "DELETE FROM audit_number",
        "INSERT INTO audit_number (number, leaf) VALUES (2, 1)",
        "INSERT INTO audit_number (number, leaf) VALUES (2, 4711)",
    };
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    struct yx_error err = {0};
    expect_ok(tell(store, "kept", YX_OK, &err), &err);
    assert_int_equal(list(store, 1, 100).count, 1);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        expect_status(database_try(store, changes[i], &err), YX_REFUSED, &err);
    if (database->postgres)
        expect_status(database_try(store, "TRUNCATE audit_leaf CASCADE", &err), YX_REFUSED, &err);
    assert_string_equal(list(store, 1, 100).last, "1 kept {}");
}

/* Who owns the database can take the triggers away, and is found out. REQ: AUD-01 */
static void a_forged_leaf_is_found(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    struct heard heard = {0};
    struct yx_error err = {0};
    expect_ok(tell(store, "a", YX_OK, &err), &err);
    expect_ok(tell(store, "b", YX_OK, &err), &err);
    assert_int_equal(list(store, 1, 100).count, 2);
    database_must(store, database->postgres ? "DROP TRIGGER audit_leaf_append_only ON audit_leaf"
                                            : "DROP TRIGGER audit_leaf_no_update");
    database_must(store, "UPDATE audit_leaf SET object = 'c' WHERE object = 'b'");
    expect_status(yx_audit_list(store, 1, 100, hear, &heard, &err), YX_DAMAGED, &err);
    assert_int_equal(heard.count, 1);
    database_must(store, database->postgres
                             ? "DROP TRIGGER audit_number_append_only ON audit_number"
                             : "DROP TRIGGER audit_number_no_delete");
    database_must(store, "DELETE FROM audit_number WHERE number = 1");
    expect_status(yx_audit_list(store, 1, 100, hear, &heard, &err), YX_DAMAGED, &err);
}

/* --- Refusals ---------------------------------------------------------------------------- */

/* That the work is undone then is test_sequencer.c's. */
static void a_leaf_that_cannot_be_written_is_told(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    struct yx_error err = {0};
    expect_status(tell(store, "\xFF", YX_OK, &err), YX_USAGE, &err);
    database_must(store, "DROP TABLE audit_waiting");
    expect_status(tell(store, "x", YX_OK, &err), YX_INTERNAL, &err);
}

int main(void)
{
    const struct database_case cases[] = {
        {"leaves come back", leaves_come_back},
        {"the hash is over the DER", the_hash_is_over_the_der},
        {"rollbacks leave no gap", rollbacks_leave_no_gap},
        {"many tell while two number", many_tell_while_two_number},
        {"nothing is changed or deleted", nothing_is_changed_or_deleted},
        {"a forged leaf is found", a_forged_leaf_is_found},
        {"a leaf that cannot be written is told", a_leaf_that_cannot_be_written_is_told},
    };
    return database_main("audit", cases, sizeof cases / sizeof *cases, true);
}
