/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_public.c - what others get of the audit list: tiles, growth for witnesses and what they
 * sign, exports, and what a search finds. On SQLite and on PostgreSQL alike. REQ: AUD-01, AUD-04
 */
#include "support.h"
#include "tools.h"

#include "list.h"

/* --- Tiles ----------------------------------------------------------------------------------- */

static size_t tile(struct yx_store *store, const char *path, struct yx_buf *out)
{
    struct yx_error err = {0};

    out->len = 0;
    expect_ok(yx_audit_tile(store, path, out, &err), &err);
    return out->len;
}

/* SM3(0x01 || left || right) up to one digest. */
static struct yx_audit_digest root_of(const uint8_t *entries, size_t count)
{
    struct yx_audit_digest root;
    size_t half = 1;

    if (count == 1) {
        memcpy(root.octets, entries, sizeof root.octets);
        return root;
    }
    while (half * 2 < count)
        half *= 2;
    const struct yx_audit_digest left = root_of(entries, half),
                                 right = root_of(entries + 32 * half, count - half);
    uint8_t node[65] = {1};
    struct yx_error err = {0};

    memcpy(node + 1, left.octets, 32);
    memcpy(node + 33, right.octets, 32);
    expect_ok(yx_digest(YX_DIGEST_SM3, YX_BYTES(node, sizeof node), root.octets, &err), &err);
    return root;
}

/* Whoever has the tiles can build the root that was signed, and the records are in them. */
static void tiles_hold_the_tree(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2);
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    YX_CLEAN(yx_buf) struct yx_buf row = {0};
    struct yx_audit_digest root, leaf;
    char path[32];

    tell(store, 0, 2 * 256 + 3);
    make_checkpoint(store, &log, &note);
    for (int i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "0/00%d%s", i, i == 2 ? ".p/3" : "");
        assert_int_equal(tile(store, path, &bytes), i == 2 ? 3 * 32 : 256 * 32);
        root = root_of(bytes.data, bytes.len / 32);
        assert_int_equal(yx_buf_append(&row, YX_BYTES(root.octets, 32)), YX_OK);
    }
    assert_int_equal(tile(store, "1/000.p/2", &bytes), 64);
    assert_memory_equal(bytes.data, row.data, 64);
    root = root_of(row.data, 3);
    assert_memory_equal(root.octets, head_now(store).root.octets, 32);

    /* An entry is its length and its bytes, whose hash is in the tile. */
    assert_true(tile(store, "entries/000.p/1", &bytes) > 2);
    assert_int_equal(bytes.data[0] * 256 + bytes.data[1], bytes.len - 2);
    bytes.data[1] = 0;
    struct yx_error err = {0};
    expect_ok(yx_digest(YX_DIGEST_SM3, YX_BYTES(bytes.data + 1, bytes.len - 1), leaf.octets, &err),
              &err);
    assert_memory_equal(leaf.octets, hash_of(store, 1).octets, 32);
    assert_true(tile(store, "entries/001", &bytes) > 256 * 40);
}

static void only_tiles_under_a_checkpoint(struct database *database)
{
    static const struct {
        const char *path;
        yx_status status;
    } cases[] = {
        {"0/000", YX_OK},
        {"0/000.p/7", YX_OK},
        {"0/001.p/4", YX_OK},
        {"0/001.p/5", YX_REFUSED}, /* told, but not signed */
        {"0/001", YX_REFUSED},
        {"0/002", YX_REFUSED},
        {"1/000.p/1", YX_OK},
        {"1/000.p/2", YX_REFUSED},
        {"2/000.p/1", YX_REFUSED},
        {"63/000.p/1", YX_REFUSED},
        {"0/x001/000", YX_REFUSED},
        {"entries/000", YX_OK},
        {"entries/001.p/4", YX_OK},
        {"entries/001", YX_REFUSED},
        {"0/x999/x999/x999/999", YX_REFUSED},
        {"", YX_USAGE},
        {"0", YX_USAGE},
        {"0/", YX_USAGE},
        {"0/0", YX_USAGE},
        {"0/0000", YX_USAGE},
        {"0/x000/000", YX_USAGE},
        {"0/x001/x002", YX_USAGE},
        {"0/x999/x999/x999/x999/x999/x999/x999/999", YX_USAGE},
        {"00/000", YX_USAGE},
        {"64/000", YX_USAGE},
        {"-1/000", YX_USAGE},
        {"0/000.p/0", YX_USAGE},
        {"0/000.p/256", YX_USAGE},
        {"0/000.p/07", YX_USAGE},
        {"0/000.p/7x", YX_USAGE},
        {"0/000/", YX_USAGE},
        {"0/../000", YX_USAGE},
        {"entries/000.p/", YX_USAGE},
        {"entriesx/000", YX_USAGE},
    };
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2);
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    struct yx_error err = {0};

    expect_status(yx_audit_tile(store, "0/000.p/1", &bytes, &err), YX_REFUSED, &err);
    tell(store, 0, 260);
    make_checkpoint(store, &log, &note);
    tell(store, 260, 3);
    expect_ok(yx_audit_number(store, &err), &err);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        yx_status status = yx_audit_tile(store, cases[i].path, &bytes, &err);

        if (status != cases[i].status)
            fail_msg("%s: %d", cases[i].path, (int)status);
    }
}

/* --- Witnesses ------------------------------------------------------------------------------- */

/* What the witness does with the log's growth since `last`. */
static yx_status witness_once(struct yx_store *store, int64_t old, const struct party *log,
                              const struct party *witness, struct yx_buf *last,
                              struct yx_error *err)
{
    const struct yx_audit_party of = {log->as.name, log->as.key};
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    struct yx_audit_growth growth;

    YX_TRY(yx_audit_growth_make(store, old, &bytes, err));
    YX_TRY(yx_audit_growth_read(yx_buf_bytes(&bytes), &growth, err));
    YX_TRY(yx_audit_witness_sign(&growth, yx_buf_bytes(last), &of, &witness->as, &note, err));
    last->len = 0;
    return yx_buf_append(last, yx_buf_bytes(&note));
}

static void witnesses_sign_what_grew(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2),
                                 other = party_make("other.example/audit", YX_KEY_SM2),
                                 witness = party_make("witness.example/1", YX_KEY_SM2),
                                 stranger = party_make("witness.example/1", YX_KEY_SM2);
    const struct yx_audit_party trusted[] = {{"nobody", other.as.key},
                                             {witness.as.name, witness.as.key}};
    YX_CLEAN(yx_buf) struct yx_buf last = {0};
    YX_CLEAN(yx_buf) struct yx_buf theirs = {0};
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    struct yx_audit_checkpoint read;
    struct yx_error err = {0};
    int64_t kept = 7;

    expect_status(witness_once(store, 0, &log, &witness, &last, &err), YX_REFUSED, &err);
    tell(store, 0, 5);
    make_checkpoint(store, &log, &note);
    expect_status(witness_once(store, 0, &other, &witness, &last, &err), YX_REFUSED, &err);
    expect_status(witness_once(store, 3, &log, &witness, &last, &err), YX_REFUSED, &err);
    expect_ok(witness_once(store, 0, &log, &witness, &last, &err), &err);
    expect_ok(yx_audit_witness_keep(store, yx_buf_bytes(&last), trusted, 2, AT, &kept, &err), &err);
    assert_int_equal(kept, 1);
    expect_ok(yx_audit_witness_keep(store, yx_buf_bytes(&last), trusted, 2, AT, &kept, &err), &err);
    assert_int_equal(kept, 0);

    /* The checkpoint has both lines from now on. */
    note.len = 0;
    expect_ok(yx_audit_checkpoint_last(store, &note, &err), &err);
    expect_ok(yx_audit_checkpoint_read(yx_buf_bytes(&note), &read, &err), &err);
    expect_ok(yx_audit_checkpoint_check(&read, NAME, log.as.key, &err), &err);
    expect_ok(yx_audit_checkpoint_check(&read, witness.as.name, witness.as.key, &err), &err);

    tell(store, 5, 300);
    make_checkpoint(store, &log, &note);
    expect_status(witness_once(store, 0, &log, &witness, &last, &err), YX_REFUSED, &err);
    expect_ok(witness_once(store, 5, &log, &witness, &last, &err), &err);

    /* Somebody else under the same name: his line is not one of a witness that is trusted. */
    expect_ok(witness_once(store, 0, &log, &stranger, &theirs, &err), &err);
    expect_ok(yx_audit_witness_keep(store, yx_buf_bytes(&theirs), trusted, 2, AT, &kept, &err),
              &err);
    assert_int_equal(kept, 0);
    expect_status(database_try(store, "DELETE FROM audit_cosignature", &err), YX_REFUSED, &err);
    expect_status(database_try(store, "UPDATE audit_cosignature SET at = 0", &err), YX_REFUSED,
                  &err);
}

/* A log that shows one list to some and another one to others gets no second signature. */
static void a_witness_does_not_follow_a_fork(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2),
                                 witness = party_make("witness", YX_KEY_P256);
    const struct yx_audit_party trusted = {witness.as.name, witness.as.key};
    YX_CLEAN(yx_buf) struct yx_buf last = {0};
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    YX_CLEAN(yx_buf) struct yx_buf fresh = {0};
    struct database second;
    struct yx_error err = {0};
    int64_t kept;

    tell(store, 0, 20);
    make_checkpoint(store, &log, &note);
    expect_ok(witness_once(store, 0, &log, &witness, &last, &err), &err);
    database_make(&second, database->postgres);
    {
        YX_CLEAN(yx_store) struct yx_store *fork = open_audit(&second);

        tell(fork, 1, 30);
        make_checkpoint(fork, &log, &note);
        expect_status(witness_once(fork, 20, &log, &witness, &last, &err), YX_REFUSED, &err);
        /* What was signed for the one is nothing for the other. */
        expect_status(
            yx_audit_witness_keep(fork, yx_buf_bytes(&last), &trusted, 1, AT, &kept, &err),
            YX_REFUSED, &err);
        expect_ok(witness_once(fork, 0, &log, &witness, &fresh, &err), &err);
        /* Another letter of base64 in the middle of the signature. */
        uint8_t *letter = &fresh.data[fresh.len - 21];
        *letter = *letter == 'A' ? 'B' : 'A';
        expect_status(
            yx_audit_witness_keep(fork, yx_buf_bytes(&fresh), &trusted, 1, AT, &kept, &err),
            YX_REFUSED, &err);
    }
    folder_remove(&second.folder);
}

static void changed_growth_is_refused(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2),
                                 witness = party_make("witness", YX_KEY_SM2);
    const struct yx_audit_party of = {NAME, log.as.key};
    YX_CLEAN(yx_buf) struct yx_buf last = {0};
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    struct yx_audit_growth growth;
    struct yx_error err = {0};

    tell(store, 0, 5);
    make_checkpoint(store, &log, &note);
    expect_ok(witness_once(store, 0, &log, &witness, &last, &err), &err);
    tell(store, 5, 6);
    make_checkpoint(store, &log, &note);
    expect_ok(yx_audit_growth_make(store, 5, &bytes, &err), &err);
    for (size_t len = 0; len < bytes.len; len++)
        expect_status(yx_audit_growth_read(YX_BYTES(bytes.data, len), &growth, &err), YX_DAMAGED,
                      &err);
    for (size_t i = 0; i < bytes.len; i++) {
        yx_status status;

        bytes.data[i] ^= 1;
        note.len = 0;
        status = yx_audit_growth_read(yx_buf_bytes(&bytes), &growth, &err);
        if (status == YX_OK)
            status =
                yx_audit_witness_sign(&growth, yx_buf_bytes(&last), &of, &witness.as, &note, &err);
        if (status != YX_REFUSED && status != YX_DAMAGED)
            fail_msg("octet %zu may be changed", i);
        bytes.data[i] ^= 1;
    }
}

/* --- Exports --------------------------------------------------------------------------------- */

static yx_status count_leaf(void *self, const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    int64_t *last = self;

    (void)err;
    if (*last != 0)
        assert_int_equal(leaf->number, *last + 1);
    *last = leaf->number;
    return YX_OK;
}

static void export_to(struct yx_store *store, int64_t first, int64_t last, struct yx_buf *out)
{
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_error err = {0};

    out->len = 0;
    expect_ok(yx_sink_memory(out, &sink, &err), &err);
    expect_ok(yx_audit_export(store, first, last, NULL, sink, &err), &err);
}

static yx_status import(struct yx_bytes bytes, int64_t *last, const struct party *log,
                        struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_audit_exported) struct yx_audit_exported read = {0};

    *last = 0;
    YX_TRY(yx_source_borrow(bytes, &source, err));
    YX_TRY(yx_audit_export_read(source, count_leaf, last, &read, err));
    assert_int_equal(read.last, *last);
    return yx_audit_checkpoint_check(&read.checkpoint, log->as.name, log->as.key, err);
}

static void exports_prove_their_records(struct database *database)
{
    static const int64_t ranges[][2] = {{1, 0},     {1, 1},     {1, 600},   {2, 600},  {256, 257},
                                        {257, 512}, {599, 600}, {600, 600}, {300, 301}};
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2),
                                 other = party_make(NAME, YX_KEY_SM2);
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_error err = {0};
    int64_t last;

    tell(store, 0, 600);
    make_checkpoint(store, &log, &note);
    tell(store, 600, 10);
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        export_to(store, ranges[i][0], ranges[i][1], &bytes);
        expect_ok(import(yx_buf_bytes(&bytes), &last, &log, &err), &err);
        assert_int_equal(last, ranges[i][1] == 0 ? 600 : ranges[i][1]);
        expect_status(import(yx_buf_bytes(&bytes), &last, &other, &err), YX_REFUSED, &err);
    }
    expect_ok(yx_sink_memory(&bytes, &sink, &err), &err);
    expect_status(yx_audit_export(store, 1, 601, NULL, sink, &err), YX_REFUSED, &err);
    expect_status(yx_audit_export(store, 0, 5, NULL, sink, &err), YX_REFUSED, &err);
    expect_status(yx_audit_export(store, 5, 4, NULL, sink, &err), YX_REFUSED, &err);
}

/* Cut anywhere, or with any octet changed, it is refused. */
static void changed_exports_are_refused(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2);
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    struct yx_error err = {0};
    int64_t last;

    tell(store, 0, 6);
    make_checkpoint(store, &log, &note);
    export_to(store, 3, 5, &bytes);
    for (size_t len = 0; len < bytes.len; len++)
        expect_status(import(YX_BYTES(bytes.data, len), &last, &log, &err), YX_DAMAGED, &err);
    for (size_t i = 0; i < bytes.len; i++) {
        yx_status status;

        bytes.data[i] ^= 1;
        status = import(yx_buf_bytes(&bytes), &last, &log, &err);
        if (status != YX_REFUSED && status != YX_DAMAGED)
            fail_msg("octet %zu may be changed: %c", i, bytes.data[i]);
        bytes.data[i] ^= 1;
    }
    assert_int_equal(yx_buf_append_text(&bytes, "{}\n"), YX_OK);
    expect_status(import(yx_buf_bytes(&bytes), &last, &log, &err), YX_DAMAGED, &err);
}

/* --- Searching ------------------------------------------------------------------------------- */

struct found {
    size_t count;
    int64_t numbers[64];
    yx_time at;
    int64_t id;
};

static yx_status take_found(void *self, const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    struct found *found = self;

    (void)err;
    assert_true(found->count < 64);
    found->numbers[found->count++] = leaf->number;
    found->at = leaf->at;
    found->id = leaf->id;
    return YX_OK;
}

static struct found find(struct yx_store *store, struct yx_audit_search what)
{
    struct found found = {0};
    struct yx_error err = {0};

    if (what.limit == 0)
        what.limit = 64;
    if (what.before_at == 0)
        what.before_at = YX_TIME_NONE;
    expect_ok(yx_audit_find(store, &what, take_found, &found, &err), &err);
    return found;
}

static yx_status append_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_audit_append(tx, self, err);
}

static yx_status append(struct yx_store *store, struct yx_audit_event event, struct yx_error *err)
{
    return yx_store_write(store, append_work, &event, err);
}

/* Twelve records: two actors, three actions, two objects, a second apart. */
static void tell_twelve(struct yx_store *store)
{
    static const char *const actors[] = {"a:1", "a:2"};
    static const char *const actions[] = {"seal.make", "seal.use", "sealing.test"};
    static const char *const objects[] = {"seal:1", NULL};
    struct yx_error err = {0};

    for (int i = 0; i < 12; i++)
        expect_ok(append(store,
                         (struct yx_audit_event){.at = AT + i * YX_SECOND,
                                                 .actor = actors[i % 2],
                                                 .action = actions[i % 3],
                                                 .object = objects[i / 6]},
                         &err),
                  &err);
    expect_ok(yx_audit_number(store, &err), &err);
}

static void a_search_finds_what_is_asked_for(struct database *database)
{
    static const struct {
        struct yx_audit_search what;
        size_t count;
        int64_t first; /* the newest */
    } cases[] = {
        {{.from = YX_TIME_NONE}, 12, 12},
        {{.actor = "a:1", .from = YX_TIME_NONE}, 6, 11},
        {{.action = "seal.make", .from = YX_TIME_NONE}, 4, 10},
        {{.action = "seal.", .from = YX_TIME_NONE}, 8, 11},
        {{.action = "seal", .from = YX_TIME_NONE}, 0, 0},
        {{.object = "seal:1", .from = YX_TIME_NONE}, 6, 6},
        {{.object = "", .from = YX_TIME_NONE}, 6, 12},
        {{.actor = "a:2", .action = "seal.use", .from = YX_TIME_NONE}, 2, 8},
        {{.actor = "a:1", .action = "seal.", .from = YX_TIME_NONE}, 4, 11},
        {{.actor = "a:1", .object = "seal:1", .from = YX_TIME_NONE}, 3, 5},
        {{.action = "seal.use", .object = "seal:1", .from = YX_TIME_NONE}, 2, 5},
        {{.action = "seal.", .object = "seal:1", .from = YX_TIME_NONE}, 4, 5},
        {{.actor = "a:1", .action = "seal.use", .object = "seal:1", .from = YX_TIME_NONE}, 1, 5},
        {{.actor = "a:1", .action = "seal.", .object = "seal:1", .from = YX_TIME_NONE}, 2, 5},
        {{.from = AT + 3 * YX_SECOND}, 9, 12},
        {{.from = AT + 3 * YX_SECOND, .before_at = AT + 5 * YX_SECOND}, 2, 5},
        {{.actor = "' OR 1=1 --", .from = YX_TIME_NONE}, 0, 0},
        {{.from = YX_TIME_NONE, .limit = 3}, 3, 12},
    };
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);

    tell_twelve(store);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct found found = find(store, cases[i].what);

        if (found.count != cases[i].count || found.numbers[0] != cases[i].first)
            fail_msg("case %zu: %zu, the newest is %d", i, found.count, (int)found.numbers[0]);
    }
}

/* Page by page everything comes once, also of one and the same time. */
static void a_search_goes_on(struct database *database)
{
    static const char *const actions[] = {"x.y", "x.yy", "x.a"};
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    struct yx_audit_search searches[] = {{.actor = "a:1"}, {.action = "x."}, {.action = NULL}};
    struct yx_audit_search what = {.from = YX_TIME_NONE, .before_at = YX_TIME_NONE, .limit = 5};
    struct yx_error err = {0};

    for (int i = 0; i < 12; i++)
        expect_ok(append(store,
                         (struct yx_audit_event){
                             .at = AT + i / 4, .actor = "a:1", .action = actions[i % 3]},
                         &err),
                  &err);
    assert_int_equal(find(store, what).count, 0); /* no numbers yet */
    expect_ok(yx_audit_number(store, &err), &err);
    for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
        int64_t seen = 0;

        what.actor = searches[i].actor;
        what.action = searches[i].action;
        what.before_at = YX_TIME_NONE;
        for (struct found page; (page = find(store, what)).count > 0;) {
            assert_true(page.count <= 5);
            for (size_t j = 0; j < page.count; j++)
                assert_int_equal(page.numbers[j], 12 - seen++);
            what.before_at = page.at;
            what.before_id = page.id;
        }
        assert_int_equal(seen, 12);
    }
    database_must(store, database->postgres ? "DROP TRIGGER audit_leaf_append_only ON audit_leaf"
                                            : "DROP TRIGGER audit_leaf_no_update");
    database_must(store, "UPDATE audit_leaf SET details = '{\"a\":1}' WHERE id = 2");
    what.before_at = YX_TIME_NONE;
    what.limit = 64;
    struct found found = {0};
    expect_status(yx_audit_find(store, &what, take_found, &found, &err), YX_DAMAGED, &err);
}

static void what_is_too_long_is_not_written(struct database *database)
{
    static char text[YX_AUDIT_LEAF_MAX + 2];
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    struct yx_audit_event event = {.at = AT, .actor = text, .action = "x.y"};
    struct yx_error err = {0};

    memset(text, 0, sizeof text);
    memset(text, 'a', YX_AUDIT_NAME_MAX);
    expect_ok(append(store, event, &err), &err);
    text[YX_AUDIT_NAME_MAX] = 'a';
    expect_status(append(store, event, &err), YX_USAGE, &err);
    event.actor = "a";
    event.object = text;
    expect_status(append(store, event, &err), YX_USAGE, &err);
    event.object = NULL;
    event.details = text;
    expect_ok(append(store, event, &err), &err);
    memset(text, 'a', YX_AUDIT_LEAF_MAX + 1);
    expect_status(append(store, event, &err), YX_USAGE, &err);
    expect_ok(yx_audit_number(store, &err), &err);
    assert_int_equal(head_now(store).size, 2);
}

static void actions_have_words(struct database *database)
{
    size_t count;
    const struct yx_audit_action *actions = yx_audit_actions(&count);

    (void)database;
    assert_true(count > 20);
    for (size_t i = 0; i + 1 < count; i++)
        if (strcmp(actions[i].name, actions[i + 1].name) >= 0)
            fail_msg("%s stands in the wrong place", actions[i].name);
    assert_string_equal(yx_audit_says("ca.certificate.issue"), "a certificate was issued");
    assert_string_equal(yx_audit_says("nobody.knows"), "nobody.knows");
}

int main(void)
{
    const struct database_case cases[] = {
        {"tiles hold the tree", tiles_hold_the_tree},
        {"only tiles under a checkpoint", only_tiles_under_a_checkpoint},
        {"witnesses sign what grew", witnesses_sign_what_grew},
        {"a witness does not follow a fork", a_witness_does_not_follow_a_fork},
        {"changed growth is refused", changed_growth_is_refused},
        {"exports prove their records", exports_prove_their_records},
        {"changed exports are refused", changed_exports_are_refused},
        {"a search finds what is asked for", a_search_finds_what_is_asked_for},
        {"a search goes on", a_search_goes_on},
        {"what is too long is not written", what_is_too_long_is_not_written},
        {"actions have words", actions_have_words},
    };
    return database_main("public", cases, sizeof cases / sizeof *cases, true);
}
