/* SPDX-License-Identifier: Apache-2.0 */
/*
 * migrate.c - brings the tables of a schema up to date. The table yx_migration remembers every step
 * with the SM3 of its texts.
 */
#include "crypto/crypto.h"
#include "store/room.h"

#define DIGEST_SIZE 32
/* "yxmigrat" */
#define LOCK_KEY INT64_C(0x79786d6967726174)

static const char create_table[] = "CREATE TABLE IF NOT EXISTS yx_migration ("
                                   "  schema TEXT NOT NULL,"
                                   "  step INTEGER NOT NULL,"
                                   "  name TEXT NOT NULL,"
                                   "  sm3 {blob} NOT NULL,"
                                   "  applied_at INTEGER NOT NULL,"
                                   "  PRIMARY KEY (schema, step)"
                                   ");";

/* What is found on the way through the rows of a schema. */
struct state {
    const struct yx_schema *schema;
    bool has_table;
    size_t applied;
};

/* The texts with a NUL behind each, so that none can be moved into the next unseen. */
static yx_status step_digest(const struct yx_migration *step, uint8_t out[DIGEST_SIZE],
                             struct yx_error *err)
{
    YX_CLEAN(yx_hasher) struct yx_hasher *hasher = NULL;
    const char *const texts[] = {step->sql, step->sqlite, step->postgres};

    YX_TRY(yx_hasher_new(YX_DIGEST_SM3, &hasher, err));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *text = texts[i] == NULL ? "" : texts[i];
        YX_TRY(yx_hasher_update(hasher, YX_BYTES(text, strlen(text) + 1), err));
    }
    return yx_hasher_finish(hasher, out, err);
}

static yx_status see_table(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct state *state = self;

    (void)err;
    state->has_table = yx_row_integer(row, 0) > 0;
    return YX_OK;
}

/* Columns: step, name, sm3. */
static yx_status see_step(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct state *state = self;
    const struct yx_schema *schema = state->schema;
    int64_t number = yx_row_integer(row, 0);
    const char *name = yx_row_text(row, 1);
    uint8_t digest[DIGEST_SIZE];

    YX_REQUIRE(state->applied < schema->count, err, YX_DAMAGED, "",
               N_("the database was written by a newer version of Yinxin: it has the step {1} of "
                  "the tables \"{2}\", \"{3}\"; use that version"),
               YX_NUM(number), schema->name, name == NULL ? "" : name);
    YX_TRY(step_digest(&schema->steps[state->applied], digest, err));
    state->applied++;
    YX_REQUIRE(number == (int64_t)state->applied &&
                   yx_bytes_equal(yx_row_blob(row, 2), YX_BYTES(digest, sizeof digest)),
               err, YX_DAMAGED, "",
               N_("the step {1} of the tables \"{2}\" was another one when the database was made "
                  "than it is in this program"),
               YX_NUM(number), schema->name);
    return YX_OK;
}

/* Counts the steps applied, and compares them with ours. */
static yx_status look(struct state *state, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_value name = yx_value_text(state->schema->name);

    state->applied = 0;
    YX_TRY(yx_tx_query(tx, tx->backend->dialect->has_migrations, NULL, 0, see_table, state, err));
    if (!state->has_table)
        return YX_OK;
    return yx_tx_query(tx,
                       "SELECT step, name, sm3 FROM yx_migration WHERE schema = $1 ORDER BY step",
                       &name, 1, see_step, state, err);
}

static yx_status look_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return look(self, tx, err);
}

static yx_status run_translated(struct yx_tx *tx, const char *sql, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};

    YX_TRY(yx_dialect_translate(tx->backend->dialect, sql, &text, err));
    return yx_tx_script(tx, (const char *)text.data, err);
}

/* The text of a step that is only for this database. */
static const char *own_text(const struct yx_tx *tx, const struct yx_migration *step)
{
    return *(const char *const *)((const char *)step + tx->backend->dialect->own);
}

static yx_status apply(struct yx_tx *tx, const struct yx_schema *schema, size_t index,
                       struct yx_error *err)
{
    const struct yx_migration *step = &schema->steps[index];
    const char *own = own_text(tx, step);
    uint8_t digest[DIGEST_SIZE];

    YX_TRY(step_digest(step, digest, err));
    YX_TRY(run_translated(tx, step->sql, err));
    if (own != NULL)
        YX_TRY(yx_tx_script(tx, own, err));
    const struct yx_value values[] = {
        yx_value_text(schema->name), yx_value_integer((int64_t)index + 1),
        yx_value_text(step->name),   yx_value_blob(YX_BYTES(digest, sizeof digest)),
        yx_value_time(yx_now()),
    };
    return yx_tx_run(tx,
                     "INSERT INTO yx_migration (schema, step, name, sm3, applied_at)"
                     " VALUES ($1, $2, $3, $4, $5)",
                     values, sizeof values / sizeof *values, NULL, err);
}

/* Under the lock: of several processes one applies, and the others find it done. */
static yx_status migrate_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct state *state = self;

    YX_TRY(yx_tx_lock(tx, LOCK_KEY, err));
    YX_TRY(look(state, tx, err));
    if (!state->has_table)
        YX_TRY(run_translated(tx, create_table, err));
    for (; state->applied < state->schema->count; state->applied++)
        YX_TRY(apply(tx, state->schema, state->applied, err));
    return YX_OK;
}

/* Looking comes first: a database that is up to date is not written to. */
yx_status yx_store_migrate(struct yx_store *store, const struct yx_schema *schema,
                           struct yx_error *err)
{
    struct state state = {.schema = schema};

    YX_TRY(yx_store_read(store, look_work, &state, err));
    if (state.has_table && state.applied == schema->count)
        return YX_OK;
    return yx_store_write(store, migrate_work, &state, err);
}

yx_status yx_store_pending(struct yx_store *store, const struct yx_schema *schema, size_t *steps,
                           struct yx_error *err)
{
    struct state state = {.schema = schema};

    YX_TRY(yx_store_read(store, look_work, &state, err));
    *steps = schema->count - state.applied;
    return YX_OK;
}
