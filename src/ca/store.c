/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca/store.c - the tables of authorities, and what the files that read and write them share.
 * Statements about certificates are in issue.c and life.c, those about CRLs in their own room.
 */
#include "ca/room.h"

/*
 * Times are microseconds since 1970 (UTC). `body` holds the to-be-signed bytes of a recorded
 * certificate, and the whole certificate once it is signed. `changed_at` is when the state last
 * changed after issuing. `request_digest` tells whether a request that comes again is the same.
 */
static const struct yx_migration steps[] = {
    {"authorities and certificates",
     "CREATE TABLE authority ("
     "  id {serial},"
     "  name TEXT NOT NULL,"
     "  key_id {blob} NOT NULL UNIQUE,"
     "  generation INTEGER NOT NULL DEFAULT 0"
     ");"
     "CREATE TABLE certificate ("
     "  id {serial},"
     "  authority INTEGER NOT NULL REFERENCES authority (id),"
     "  serial {blob} NOT NULL,"
     "  partition INTEGER NOT NULL,"
     "  subject TEXT NOT NULL,"
     "  profile TEXT NOT NULL,"
     "  not_before INTEGER NOT NULL,"
     "  not_after INTEGER NOT NULL,"
     "  issued_at INTEGER NOT NULL,"
     "  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),"
     "  changed_at INTEGER,"
     "  reason INTEGER,"
     "  invalid_since INTEGER,"
     "  replaces {blob},"
     "  actor TEXT NOT NULL,"
     "  request_id TEXT,"
     "  request_digest {blob} NOT NULL,"
     "  body {blob} NOT NULL,"
     "  UNIQUE (authority, serial),"
     "  CHECK (state < 2 OR (changed_at IS NOT NULL AND reason IS NOT NULL))"
     ");"
     "CREATE INDEX certificate_issued ON certificate (authority, issued_at);"
     "CREATE UNIQUE INDEX certificate_request ON certificate (authority, actor, request_id)"
     "  WHERE request_id IS NOT NULL;"
     "CREATE INDEX certificate_changed ON certificate (authority, partition, changed_at)"
     "  WHERE changed_at IS NOT NULL;"
     "CREATE INDEX certificate_replaces ON certificate (authority, replaces)"
     "  WHERE replaces IS NOT NULL"},
    /*
     * An index that began with the authority was as good as that of the serials for the planner of
     * PostgreSQL while the table was empty: it read all rows of the authority for one. In SQLite
     * the state of one among a million stands on one page instead of three.
     */
    {"states found at once",
     "DROP INDEX certificate_issued;"
     "CREATE INDEX certificate_newest ON certificate (issued_at, authority)",
     .sqlite = "CREATE INDEX certificate_state ON certificate"
               "  (authority, serial, state, changed_at, reason, invalid_since) WHERE state > 0"},
    /* `generation` is the authority's at the change of state; those of before get one each. */
    {"changes and ends in their order",
     "ALTER TABLE certificate ADD COLUMN generation INTEGER;"
     "UPDATE authority SET generation = generation + (SELECT COALESCE(MAX(id), 0) FROM "
     "certificate);"
     "UPDATE certificate SET generation = id WHERE changed_at IS NOT NULL;"
     "CREATE INDEX certificate_changes ON certificate (authority, generation)"
     "  WHERE generation IS NOT NULL;"
     "CREATE INDEX certificate_ends ON certificate (not_after, id, authority)"},
};
static const struct yx_schema schema = {"ca", steps, sizeof steps / sizeof steps[0]};

yx_status yx_ca_store_open(const char *folder, const struct yx_ca_settings *settings, bool create,
                           struct yx_store **out, struct yx_error *err)
{
    YX_CLEAN(yx_store) struct yx_store *store = NULL;
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    const char *place = settings->database;

    YX_TRY(yx_ca_path(folder, "ca.db", &path, err));
    if (place[0] == '\0')
        place = (const char *)path.data;
    YX_TRY(yx_store_open(place, create, &store, err));
    YX_TRY(yx_audit_prepare(store, err));
    YX_TRY(yx_store_migrate(store, &schema, err));
    *out = store;
    store = NULL;
    return YX_OK;
}

/* --- The authority's own row ---------------------------------------------------------------- */

struct entrance {
    struct yx_ca *ca;
    uint8_t key_id[32];
    int64_t number;
    yx_time latest;
};

static yx_status take_number(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

static yx_status look_up(struct yx_tx *tx, struct entrance *entrance, struct yx_error *err)
{
    const struct yx_value key[] = {
        yx_value_blob(YX_BYTES(entrance->key_id, sizeof entrance->key_id))};

    entrance->number = 0;
    return yx_tx_query(tx, "SELECT id FROM authority WHERE key_id = $1", key, 1, take_number,
                       &entrance->number, err);
}

static yx_status enter(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct entrance *entrance = self;
    const struct yx_value row[] = {
        yx_value_text(entrance->ca->name),
        yx_value_blob(YX_BYTES(entrance->key_id, sizeof entrance->key_id))};

    YX_TRY(look_up(tx, entrance, err));
    if (entrance->number == 0) {
        YX_TRY(yx_tx_run(tx,
                         "INSERT INTO authority (name, key_id) VALUES ($1, $2)"
                         " ON CONFLICT DO NOTHING",
                         row, 2, NULL, err));
        YX_TRY(look_up(tx, entrance, err));
    }
    YX_REQUIRE(entrance->number != 0, err, YX_IO, "",
               N_("the database did not keep the row of the authority"));
    return YX_OK;
}

/* "+ 0" keeps SQLite from collecting and sorting all rows of the authority. */
static yx_status read_latest(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct entrance *entrance = self;
    const struct yx_value authority[] = {yx_value_integer(entrance->number)};

    entrance->latest = 0;
    return yx_tx_query(tx,
                       "SELECT issued_at FROM certificate WHERE authority + 0 = $1"
                       " ORDER BY issued_at DESC LIMIT 1",
                       authority, 1, take_number, &entrance->latest, err);
}

static yx_status only_look(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return look_up(tx, self, err);
}

yx_status yx_ca_store_enter(struct yx_ca *ca, struct yx_error *err)
{
    struct entrance entrance = {.ca = ca};
    struct yx_bytes spki = yx_public_key_spki(yx_cert_public_key(ca->certificate));

    YX_TRY(yx_digest(YX_DIGEST_SM3, spki, entrance.key_id, err));
    YX_TRY(yx_store_read(ca->store, only_look, &entrance, err));
    if (entrance.number == 0)
        YX_TRY(yx_store_write(ca->store, enter, &entrance, err));
    YX_TRY(yx_store_read(ca->store, read_latest, &entrance, err));
    ca->number = entrance.number;
    atomic_store(&ca->clock, entrance.latest);
    return YX_OK;
}

/* --- Serials ------------------------------------------------------------------------------ */

yx_status yx_ca_serial_from_hex(const char *hex, uint8_t out[YX_CA_SERIAL_SIZE], size_t *len,
                                struct yx_error *err)
{
    size_t digits = strlen(hex);
    YX_CLEAN(yx_buf) struct yx_buf octets = {0};
    bool ok = digits > 0 && digits <= YX_CA_SERIAL_TEXT - 1 &&
              yx_hex_decode(YX_TEXT(hex), &octets, NULL) == YX_OK;

    YX_REQUIRE(ok, err, YX_USAGE, "RFC 5280 4.1.2.2",
               N_("{1} is no serial: 2 to {2} digits of hexadecimal, an even number of them"), hex,
               YX_NUM(YX_CA_SERIAL_TEXT - 1));
    memcpy(out, octets.data, octets.len);
    *len = octets.len;
    return YX_OK;
}

int yx_ca_partition(const struct yx_ca *ca, struct yx_bytes serial)
{
    /* Serials are random, so their end is as good as a digest. */
    unsigned end = serial.len < 2
                       ? 0
                       : (unsigned)serial.data[serial.len - 2] << 8 | serial.data[serial.len - 1];

    return (int)(end % (unsigned)ca->settings.partitions);
}

/* --- Log and generation -------------------------------------------------------------------- */

yx_status yx_ca_log_kept(struct yx_tx *tx, const struct yx_ca *ca, yx_ca_actor actor, yx_time at,
                         const char *action, struct yx_bytes serial, const char *details,
                         struct yx_buf *leaf, struct yx_error *err)
{
    char object[YX_CA_NAME_MAX + YX_CA_SERIAL_TEXT + 16];
    char hex[YX_CA_SERIAL_TEXT];

    YX_REQUIRE(actor != NULL && actor[0] != '\0', err, YX_USAGE, "",
               N_("who asks must be told: every change is recorded with its author"));
    yx_hex(serial, hex);
    (void)snprintf(object, sizeof object, "ca:%s/certificate:%s", ca->name, hex);
    const struct yx_audit_event event = {
        .at = at, .actor = actor, .action = action, .object = object, .details = details};
    if (leaf != NULL)
        YX_TRY(yx_audit_leaf_der(&event, leaf, err));
    return yx_audit_append(tx, &event, err);
}

yx_status yx_ca_log(struct yx_tx *tx, const struct yx_ca *ca, yx_ca_actor actor, yx_time at,
                    const char *action, struct yx_bytes serial, const char *details,
                    struct yx_error *err)
{
    return yx_ca_log_kept(tx, ca, actor, at, action, serial, details, NULL, err);
}

yx_status yx_ca_lock(struct yx_tx *tx, const struct yx_ca *ca, struct yx_error *err)
{
    return yx_tx_lock(tx, INT64_C(0x4341) << 32 | ca->number, err);
}

yx_status yx_ca_bump(struct yx_tx *tx, const struct yx_ca *ca, struct yx_error *err)
{
    const struct yx_value authority[] = {yx_value_integer(ca->number)};

    return yx_tx_run(tx, "UPDATE authority SET generation = generation + 1 WHERE id = $1",
                     authority, 1, NULL, err);
}

static yx_status read_generation(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct entrance *entrance = self;
    const struct yx_value authority[] = {yx_value_integer(entrance->ca->number)};

    return yx_tx_query(tx, "SELECT generation FROM authority WHERE id = $1", authority, 1,
                       take_number, &entrance->number, err);
}

yx_status yx_ca_generation(struct yx_ca *ca, int64_t *out, struct yx_error *err)
{
    struct entrance entrance = {.ca = ca};

    YX_TRY(yx_store_read(ca->store, read_generation, &entrance, err));
    *out = entrance.number;
    return YX_OK;
}

/* --- Records ------------------------------------------------------------------------------- */

void yx_ca_row_read(const struct yx_row *row, struct yx_ca_row *out)
{
    struct yx_bytes serial = yx_row_blob(row, 0), replaces = yx_row_blob(row, 10);
    enum yx_ca_state state = (enum yx_ca_state)yx_row_integer(row, 6);
    bool revoked = state == YX_CA_HELD || state == YX_CA_REVOKED;

    if (serial.len > YX_CA_SERIAL_SIZE)
        serial.len = YX_CA_SERIAL_SIZE;
    if (replaces.len > YX_CA_SERIAL_SIZE)
        replaces.len = YX_CA_SERIAL_SIZE;
    yx_hex(serial, out->serial);
    yx_hex(replaces, out->replaces);
    out->record = (struct yx_ca_record){
        .serial = out->serial,
        .subject = yx_row_text(row, 1),
        .profile = yx_row_text(row, 2),
        .not_before = yx_row_integer(row, 3),
        .not_after = yx_row_integer(row, 4),
        .issued_at = yx_row_integer(row, 5),
        .state = state,
        .changed_at = yx_row_time(row, 7),
        .revoked_at = revoked ? yx_row_time(row, 7) : YX_TIME_NONE,
        .reason = (int)yx_row_integer(row, 8),
        .invalid_since = yx_row_time(row, 9),
        .replaces = replaces.len == 0 ? NULL : out->replaces,
        .der = state == YX_CA_RECORDED ? YX_BYTES(NULL, 0) : yx_row_blob(row, 11),
    };
}
