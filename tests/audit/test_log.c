/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_log.c - the tree over the audit list, its checkpoints, and what verification finds when the
 * owner of the database changes something. On SQLite and on PostgreSQL alike. REQ: AUD-01, AUD-02
 */
#include "support.h"
#include "tools.h"

#include "list.h"

/* --- Growing ------------------------------------------------------------------------------- */

/* Over the borders of tiles (256, 65536 is bench's), added one by one and many at once. */
static const int steps[] = {1, 1, 2, 251, 1, 1, 255, 1, 300, 700};
#define STEPS (sizeof steps / sizeof steps[0])

static void the_tree_grows_out_of_itself(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    struct yx_audit_head heads[STEPS];
    struct yx_audit_proof proof;
    struct yx_error err;
    int told = 0;

    assert_int_equal(head_now(store).size, 0);
    for (size_t i = 0; i < STEPS; i++) {
        tell(store, told, steps[i]);
        told += steps[i];
        heads[i] = head_now(store);
        assert_int_equal(heads[i].size, told);
        for (size_t j = 0; j <= i; j++) {
            struct yx_audit_head then;

            expect_ok(yx_audit_prove_growth(store, heads[j].size, told, &proof, &err), &err);
            expect_ok(yx_audit_check_growth(&heads[j], &heads[i], &proof, &err), &err);
            expect_ok(yx_audit_head_at(store, heads[j].size, &then, &err), &err);
            assert_memory_equal(&then.root, &heads[j].root, sizeof then.root);
        }
    }
    expect_status(yx_audit_prove_growth(store, 5, told + 1, &proof, &err), YX_REFUSED, &err);
    expect_status(yx_audit_prove_growth(store, told, 5, &proof, &err), YX_REFUSED, &err);
    expect_status(yx_audit_head_at(store, told + 1, &heads[0], &err), YX_REFUSED, &err);
}

static void leaves_are_proved(struct database *database)
{
    static const int64_t numbers[] = {1, 2, 255, 256, 257, 512, 999, 1000};
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    struct yx_audit_head head;
    struct yx_audit_proof proof;
    struct yx_error err;

    tell(store, 0, 1000);
    head = head_now(store);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct yx_audit_digest leaf = hash_of(store, numbers[i]);

        expect_ok(yx_audit_prove_leaf(store, numbers[i], 1000, &proof, &err), &err);
        expect_ok(yx_audit_check_leaf(&leaf, numbers[i], &head, &proof, &err), &err);
        expect_status(yx_audit_check_leaf(&leaf, numbers[i] % 1000 + 1, &head, &proof, &err),
                      YX_REFUSED, &err);
    }
    expect_status(yx_audit_prove_leaf(store, 0, 1000, &proof, &err), YX_REFUSED, &err);
    expect_status(yx_audit_prove_leaf(store, 1001, 1000, &proof, &err), YX_REFUSED, &err);
    expect_status(yx_audit_prove_leaf(store, 1, 1001, &proof, &err), YX_REFUSED, &err);
}

/* --- Checkpoints --------------------------------------------------------------------------- */

static void checkpoints_are_signed_and_kept(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2),
                                 other = party_make(NAME, YX_KEY_SM2);
    YX_CLEAN(yx_buf) struct yx_buf first = {0};
    YX_CLEAN(yx_buf) struct yx_buf second = {0};
    struct yx_audit_checkpoint read;
    struct yx_audit_head head;
    struct yx_error err;

    make_checkpoint(store, &log, &first);
    assert_int_equal(first.len, 0);
    tell(store, 0, 300);
    make_checkpoint(store, &log, &first);
    expect_ok(yx_audit_checkpoint_read(yx_buf_bytes(&first), &read, &err), &err);
    head = head_now(store);
    assert_int_equal(read.head.size, 300);
    assert_memory_equal(&read.head.root, &head.root, sizeof head.root);
    assert_int_equal(read.at, AT);
    assert_true(yx_bytes_are(read.origin, NAME));
    expect_ok(yx_audit_checkpoint_check(&read, NAME, log.as.key, &err), &err);
    expect_status(yx_audit_checkpoint_check(&read, NAME, other.as.key, &err), YX_REFUSED, &err);
    expect_status(yx_audit_checkpoint_check(&read, "another", log.as.key, &err), YX_REFUSED, &err);

    /* Nothing was added: the same again. */
    make_checkpoint(store, &log, &second);
    assert_true(yx_bytes_equal(yx_buf_bytes(&first), yx_buf_bytes(&second)));
    tell(store, 300, 1);
    make_checkpoint(store, &log, &second);
    expect_ok(yx_audit_checkpoint_read(yx_buf_bytes(&second), &read, &err), &err);
    assert_int_equal(read.head.size, 301);
    expect_status(database_try(store, "DELETE FROM audit_checkpoint", &err), YX_REFUSED, &err);
    expect_status(database_try(store, "UPDATE audit_checkpoint SET note = ''", &err), YX_REFUSED,
                  &err);
}

static void witnesses_add_their_lines(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2),
                                 witness = party_make("witness", YX_KEY_P256);
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    YX_CLEAN(yx_buf) struct yx_buf both = {0};
    YX_CLEAN(yx_buf) struct yx_buf again = {0};
    struct yx_audit_signer nameless = witness.as;
    struct yx_audit_checkpoint read;
    struct yx_error err;

    tell(store, 0, 3);
    make_checkpoint(store, &log, &note);
    expect_ok(yx_audit_cosign(yx_buf_bytes(&note), &witness.as, &both, &err), &err);
    expect_ok(yx_audit_checkpoint_read(yx_buf_bytes(&both), &read, &err), &err);
    expect_ok(yx_audit_checkpoint_check(&read, NAME, log.as.key, &err), &err);
    expect_ok(yx_audit_checkpoint_check(&read, "witness", witness.as.key, &err), &err);
    expect_status(yx_audit_cosign(yx_buf_bytes(&both), &witness.as, &again, &err), YX_REFUSED,
                  &err);
    nameless.name = "two words";
    expect_status(yx_audit_cosign(yx_buf_bytes(&note), &nameless, &again, &err), YX_USAGE, &err);
}

/* Cut anywhere, or with any octet changed, it is no note, or one whose signature does not hold. */
static void changed_notes_are_refused(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2);
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    struct yx_audit_checkpoint read;
    struct yx_error err;

    tell(store, 0, 3);
    make_checkpoint(store, &log, &note);
    for (size_t len = 0; len < note.len; len++)
        expect_status(yx_audit_checkpoint_read(YX_BYTES(note.data, len), &read, &err), YX_DAMAGED,
                      &err);
    for (size_t i = 0; i < note.len; i++) {
        yx_status status;

        note.data[i] ^= 1;
        status = yx_audit_checkpoint_read(yx_buf_bytes(&note), &read, &err);
        if (status == YX_OK)
            status = yx_audit_checkpoint_check(&read, NAME, log.as.key, &err);
        if (status != YX_REFUSED && status != YX_DAMAGED)
            fail_msg("octet %zu may be changed", i);
        note.data[i] ^= 1;
    }
}

/* --- Evidence ------------------------------------------------------------------------------ */

static void a_record_with_its_proof(struct database *database)
{
    static const int64_t numbers[] = {1, 256, 257, 600};
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2);
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    struct yx_error err;

    tell(store, 0, 600);
    make_checkpoint(store, &log, &note);
    tell(store, 600, 1);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        YX_CLEAN(yx_audit_evidence) struct yx_audit_evidence read = {0};
        char object[32];

        expect_ok(yx_audit_evidence_make(store, numbers[i], &file, &err), &err);
        expect_ok(yx_audit_evidence_read(yx_buf_bytes(&file), &read, &err), &err);
        expect_ok(yx_audit_checkpoint_check(&read.checkpoint, NAME, log.as.key, &err), &err);
        assert_int_equal(read.number, numbers[i]);
        (void)snprintf(object, sizeof object, "thing:%d", (int)numbers[i]);
        assert_string_equal(read.event.object, object);
        assert_string_equal(read.event.actor, "test");
        assert_string_equal(read.event.details, "{}");
        assert_int_equal(read.event.at, AT + numbers[i] - 1);
    }
    note.len = 0;
    expect_status(yx_audit_evidence_make(store, 601, &note, &err), YX_REFUSED, &err);
    expect_status(yx_audit_evidence_make(store, 0, &note, &err), YX_REFUSED, &err);
    assert_int_equal(note.len, 0);
}

/* Cut anywhere, or with any octet changed, it is no evidence, proves nothing, or is signed by
 * nobody. */
static void changed_evidence_is_refused(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2);
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct yx_error err;

    tell(store, 0, 5);
    make_checkpoint(store, &log, &note);
    expect_ok(yx_audit_evidence_make(store, 3, &file, &err), &err);
    for (size_t len = 0; len < file.len; len++) {
        struct yx_audit_evidence read;

        expect_status(yx_audit_evidence_read(YX_BYTES(file.data, len), &read, &err), YX_DAMAGED,
                      &err);
    }
    for (size_t i = 0; i < file.len; i++) {
        YX_CLEAN(yx_audit_evidence) struct yx_audit_evidence read = {0};
        yx_status status;

        file.data[i] ^= 1;
        status = yx_audit_evidence_read(yx_buf_bytes(&file), &read, &err);
        if (status == YX_OK)
            status = yx_audit_checkpoint_check(&read.checkpoint, NAME, log.as.key, &err);
        if (status != YX_REFUSED && status != YX_DAMAGED)
            fail_msg("octet %zu may be changed", i);
        file.data[i] ^= 1;
    }
}

/* --- Verification ---------------------------------------------------------------------------- */

static yx_status verify(struct yx_store *store, const struct party *log, struct yx_bytes kept,
                        struct yx_audit_verification *out, struct yx_error *err)
{
    *out = (struct yx_audit_verification){.name = log->as.name, .key = log->as.key, .kept = kept};
    return yx_audit_verify(store, out, err);
}

static void a_sound_list_verifies(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2),
                                 other = party_make(NAME, YX_KEY_SM2);
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    YX_CLEAN(yx_buf) struct yx_buf kept = {0};
    struct yx_audit_verification done;
    struct yx_audit_head head;
    struct yx_error err;
    int told = 0;

    expect_ok(verify(store, &log, YX_BYTES(NULL, 0), &done, &err), &err);
    assert_int_equal(done.head.size, 0);
    for (size_t i = 0; i < STEPS; i++) {
        tell(store, told, steps[i]);
        told += steps[i];
        make_checkpoint(store, &log, &note);
        if (i == 4)
            assert_int_equal(yx_buf_append(&kept, yx_buf_bytes(&note)), YX_OK);
    }
    tell(store, told, 10);
    head = head_now(store);
    expect_ok(verify(store, &log, yx_buf_bytes(&kept), &done, &err), &err);
    assert_int_equal(done.checkpoints, STEPS);
    assert_memory_equal(&done.head, &head, sizeof head);
    expect_status(verify(store, &other, YX_BYTES(NULL, 0), &done, &err), YX_REFUSED, &err);
}

/* What the owner of the database may do, once the triggers are away. */
static const char *const forgeries[][3] = {
    {"UPDATE audit_leaf SET object = 'thing:0' WHERE object = 'thing:7'"},
    {"UPDATE audit_leaf SET at = at + 1 WHERE object = 'thing:600'"},
    /* Two leaves change places. */
    {"UPDATE audit_number SET number = 1000 WHERE number = 5",
     "UPDATE audit_number SET number = 5 WHERE number = 6",
     "UPDATE audit_number SET number = 6 WHERE number = 1000"},
    /* The last ones are gone; one between. */
    {"DELETE FROM audit_number WHERE number > 590"},
    {"DELETE FROM audit_number WHERE number = 300"},
    /* The last one is gone, and the one before it says its number. */
    {"DELETE FROM audit_number WHERE number = 600",
     "UPDATE audit_number SET number = 600 WHERE number = 599",
     "UPDATE audit_number SET number = 599 WHERE number = 598"},
    {"UPDATE audit_tile SET root = (SELECT root FROM audit_tile WHERE place = 0) WHERE place = 1"},
    {"DELETE FROM audit_tile WHERE place = 0"},
    {"INSERT INTO audit_tile SELECT 0, 7, root FROM audit_tile WHERE place = 0"},
    {"UPDATE audit_checkpoint SET note = (SELECT note FROM audit_checkpoint WHERE size = 300)"
     " WHERE size = 600"},
    {"UPDATE audit_checkpoint SET note = 'nothing'"},
};

static void drop_triggers(struct yx_store *store, bool postgres)
{
    static const char *const sqlite[] = {
        "DROP TRIGGER audit_leaf_no_update",       "DROP TRIGGER audit_leaf_no_delete",
        "DROP TRIGGER audit_number_no_update",     "DROP TRIGGER audit_number_no_delete",
        "DROP TRIGGER audit_tile_no_update",       "DROP TRIGGER audit_tile_no_delete",
        "DROP TRIGGER audit_checkpoint_no_update", "DROP TRIGGER audit_checkpoint_no_delete",
    };
    static const char *const postgresql[] = {
        "DROP TRIGGER audit_leaf_append_only ON audit_leaf",
        "DROP TRIGGER audit_number_append_only ON audit_number",
        "DROP TRIGGER audit_tile_append_only ON audit_tile",
        "DROP TRIGGER audit_checkpoint_append_only ON audit_checkpoint",
        "ALTER TABLE audit_number DROP CONSTRAINT audit_number_leaf_fkey",
    };

    for (size_t i = 0; !postgres && i < sizeof sqlite / sizeof sqlite[0]; i++)
        database_must(store, sqlite[i]);
    for (size_t i = 0; postgres && i < sizeof postgresql / sizeof postgresql[0]; i++)
        database_must(store, postgresql[i]);
}

static void every_forgery_is_found(struct database *database)
{
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2);
    struct yx_audit_verification done;
    struct yx_error err;

    for (size_t i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++) {
        struct database own;
        YX_CLEAN(yx_buf) struct yx_buf note = {0};

        database_make(&own, database->postgres);
        {
            YX_CLEAN(yx_store) struct yx_store *store = open_audit(&own);
            yx_status status;

            tell(store, 0, 300);
            make_checkpoint(store, &log, &note);
            tell(store, 300, 300);
            make_checkpoint(store, &log, &note);
            drop_triggers(store, own.postgres);
            expect_ok(verify(store, &log, YX_BYTES(NULL, 0), &done, &err), &err);
            for (size_t j = 0; j < 3 && forgeries[i][j] != NULL; j++)
                database_must(store, forgeries[i][j]);
            status = verify(store, &log, YX_BYTES(NULL, 0), &done, &err);
            if (status != YX_DAMAGED && status != YX_REFUSED)
                fail_msg("%s: %d", forgeries[i][0], (int)status);
        }
        folder_remove(&own.folder);
    }
}

/* Whoever rewrites the whole list and signs it anew is found out by a note that was kept. */
static void a_rewritten_list_is_found_by_a_kept_note(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2);
    YX_CLEAN(yx_buf) struct yx_buf kept = {0};
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    struct yx_audit_verification done;
    struct database other;
    struct yx_error err;

    tell(store, 0, 20);
    make_checkpoint(store, &log, &kept);
    database_make(&other, database->postgres);
    {
        YX_CLEAN(yx_store) struct yx_store *rewritten = open_audit(&other);

        tell(rewritten, 1, 21);
        make_checkpoint(rewritten, &log, &note);
        expect_ok(verify(rewritten, &log, YX_BYTES(NULL, 0), &done, &err), &err);
        expect_status(verify(rewritten, &log, yx_buf_bytes(&kept), &done, &err), YX_DAMAGED, &err);
    }
    folder_remove(&other.folder);
}

/* A log that lost something signs nothing more. */
static void a_log_that_forgot_does_not_sign(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2);
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    struct yx_error err;

    tell(store, 0, 20);
    make_checkpoint(store, &log, &note);
    drop_triggers(store, database->postgres);
    database_must(store, "DELETE FROM audit_number WHERE number = 20");
    note.len = 0;
    expect_status(yx_audit_checkpoint_make(store, &log.as, AT, &note, &err), YX_DAMAGED, &err);
    assert_int_equal(note.len, 0);
}

/* A list that grew before there was a tree. */
static void an_old_list_catches_up(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2);
    struct yx_audit_verification done;
    struct yx_error err;

    tell(store, 0, 1000);
    assert_int_equal(head_now(store).size, 1000);
    drop_triggers(store, database->postgres);
    database_must(store, "DELETE FROM audit_tile");
    assert_int_equal(head_now(store).size, 1000);
    expect_ok(verify(store, &log, YX_BYTES(NULL, 0), &done, &err), &err);
}

int main(void)
{
    const struct database_case cases[] = {
        {"the tree grows out of itself", the_tree_grows_out_of_itself},
        {"leaves are proved", leaves_are_proved},
        {"checkpoints are signed and kept", checkpoints_are_signed_and_kept},
        {"witnesses add their lines", witnesses_add_their_lines},
        {"changed notes are refused", changed_notes_are_refused},
        {"a record with its proof", a_record_with_its_proof},
        {"changed evidence is refused", changed_evidence_is_refused},
        {"a sound list verifies", a_sound_list_verifies},
        {"every forgery is found", every_forgery_is_found},
        {"a rewritten list is found by a kept note", a_rewritten_list_is_found_by_a_kept_note},
        {"a log that forgot does not sign", a_log_that_forgot_does_not_sign},
        {"an old list catches up", an_old_list_catches_up},
    };

    return database_main("log", cases, sizeof cases / sizeof *cases, true);
}
