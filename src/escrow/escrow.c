/* SPDX-License-Identifier: Apache-2.0 */
/*
 * escrow/escrow.c - the store itself: its tables, its administrators, its audit leaves, and the
 * list of what it keeps.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "escrow/room.h"

/*
 * `sealed`, `envelope` and `one_time_key` are closed; nothing in these tables opens them.
 * `serial` is missing while a certificate is being issued, and stays so when that failed.
 */
static const struct yx_migration steps[] = {
    {"administrators, keys and recoveries",
     "CREATE TABLE escrow_admin ("
     "  id {serial},"
     "  number INTEGER NOT NULL UNIQUE,"
     "  certificate {blob} NOT NULL"
     ");"
     "CREATE TABLE escrow_key ("
     "  id {serial},"
     "  key_id {blob} NOT NULL UNIQUE,"
     "  spki {blob} NOT NULL,"
     "  sealed {blob} NOT NULL,"
     "  holder TEXT NOT NULL,"
     "  serial TEXT,"
     "  kept_at INTEGER NOT NULL"
     ");"
     "CREATE INDEX escrow_key_serial ON escrow_key (serial);"
     "CREATE TABLE escrow_share ("
     "  id {serial},"
     "  escrow_key INTEGER NOT NULL REFERENCES escrow_key (id),"
     "  number INTEGER NOT NULL,"
     "  digest {blob} NOT NULL,"
     "  envelope {blob} NOT NULL,"
     "  UNIQUE (escrow_key, number)"
     ");"
     "CREATE TABLE escrow_recovery ("
     "  id {serial},"
     "  name {blob} NOT NULL UNIQUE,"
     "  escrow_key INTEGER NOT NULL REFERENCES escrow_key (id),"
     "  request_digest {blob} NOT NULL,"
     "  recipient {blob} NOT NULL,"
     "  one_time_key {blob},"
     "  expires_at INTEGER NOT NULL,"
     "  done_at INTEGER"
     ");"
     "CREATE INDEX escrow_recovery_key ON escrow_recovery (escrow_key)"},
    /* `signing` is the serial of the certificate beside it. `request` is the digest of a request
     * that may come again; then the envelopes, which the holder alone opens, are kept to be given
     * again. */
    {"pairs that are asked for again, and renewed",
     "ALTER TABLE escrow_key ADD COLUMN signing TEXT;"
     "ALTER TABLE escrow_key ADD COLUMN request {blob};"
     "ALTER TABLE escrow_key ADD COLUMN envelope {blob};"
     "ALTER TABLE escrow_key ADD COLUMN sm2_envelope {blob};"
     "CREATE INDEX escrow_key_signing ON escrow_key (signing);"
     "CREATE UNIQUE INDEX escrow_key_request ON escrow_key (request) WHERE request IS NOT NULL"},
};
static const struct yx_schema schema = {"escrow", steps, sizeof steps / sizeof steps[0]};

/* --- Leaves --------------------------------------------------------------------------------- */

yx_status yx_escrow_put_json(struct yx_buf *out, const char *name, struct yx_bytes text,
                             struct yx_error *err)
{
    yx_status status = yx_buf_printf(out, "\"%s\":\"", name);

    for (size_t i = 0; status == YX_OK && i < text.len; i++) {
        uint8_t c = text.data[i];

        status = c < 0x20 || c == '"' || c == '\\' || c == 0x7F
                     ? yx_buf_printf(out, "\\u%04x", (unsigned)c)
                     : yx_buf_append(out, YX_BYTES(&c, 1));
    }
    return status == YX_OK && yx_buf_append_text(out, "\"") == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_escrow_log(struct yx_tx *tx, yx_ca_actor actor, yx_time at, const char *action,
                        const char *kind, struct yx_bytes id, const char *details,
                        struct yx_error *err)
{
    char object[32 + 2 * YX_ESCROW_KEY_ID], hex[2 * YX_ESCROW_KEY_ID + 1];

    YX_REQUIRE(actor != NULL && actor[0] != '\0', err, YX_USAGE, "",
               N_("who asks must be told: every change is recorded with its author"));
    if (id.len > YX_ESCROW_KEY_ID)
        id.len = YX_ESCROW_KEY_ID;
    yx_hex(id, hex);
    (void)snprintf(object, sizeof object, "escrow/%s:%s", kind, hex);
    return yx_audit_append(
        tx,
        &(struct yx_audit_event){
            .at = at, .actor = actor, .action = action, .object = object, .details = details},
        err);
}

/* --- Where it is ---------------------------------------------------------------------------- */

static bool is_server(const char *place)
{
    return strncmp(place, "postgresql://", 13) == 0 || strncmp(place, "postgres://", 11) == 0;
}

static yx_status put_path(const char *folder, const char *name, struct yx_buf *out,
                          struct yx_error *err)
{
    bool ok = yx_buf_printf(out, "%s/%s", folder, name) == YX_OK &&
              yx_buf_append(out, YX_BYTES("", 1)) == YX_OK;

    return ok ? YX_OK : yx_fail_memory(err);
}

static yx_status open_store(const char *place, bool create, struct yx_store **out,
                            struct yx_error *err)
{
    YX_CLEAN(yx_store) struct yx_store *store = NULL;
    YX_CLEAN(yx_buf) struct yx_buf path = {0};

    YX_TRY(put_path(place, "escrow.db", &path, err));
    YX_TRY(yx_store_open(is_server(place) ? place : (const char *)path.data, create, &store, err));
    YX_TRY(yx_audit_prepare(store, err));
    YX_TRY(yx_store_migrate(store, &schema, err));
    *out = store;
    store = NULL;
    return YX_OK;
}

/* The new folder, taken away again unless all went well. */
struct fresh_folder {
    const char *path; /* NULL: nothing to take away */
};

static void fresh_folder_remove(struct fresh_folder *folder)
{
    static const char *const parts[] = {"escrow.db-wal", "escrow.db-shm", "escrow.db"};

    if (folder->path == NULL)
        return;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf path = {0};

        if (put_path(folder->path, parts[i], &path, NULL) == YX_OK)
            (void)unlink((const char *)path.data);
    }
    (void)rmdir(folder->path);
}
YX_DEFINE_CLEAN_VALUE(fresh_folder, struct fresh_folder, fresh_folder_remove);

static yx_status make_folder(const char *place, struct fresh_folder *out, struct yx_error *err)
{
    if (is_server(place))
        return YX_OK;
    if (mkdir(place, 0700) != 0)
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("cannot create {1}: {2}"), place, errno);
    out->path = place;
    return YX_OK;
}

/* --- Administrators ------------------------------------------------------------------------- */

static yx_status check_admins(const struct yx_cert *const *admins, size_t count,
                              struct yx_error *err)
{
    YX_REQUIRE(count >= 2 && count <= YX_ESCROW_ADMINS_MAX, err, YX_USAGE, YX_ESCROW_RULE,
               N_("a key-escrow store has 2 to {1} administrators, not {2}"),
               YX_NUM(YX_ESCROW_ADMINS_MAX), YX_NUM(count));
    for (size_t i = 0; i < count; i++) {
        const struct yx_public_key *key = yx_cert_public_key(admins[i]);
        yx_time end = yx_cert_not_after(admins[i]);

        YX_TRY(yx_escrow_check_recipient(key, yx_cert_subject(admins[i]), err));
        YX_REQUIRE(end >= yx_now(), err, YX_REFUSED, "RFC 5280 4.1.2.5",
                   N_("the certificate of {1} expired at {2}"), yx_cert_subject(admins[i]),
                   YX_WHEN(end));
        for (size_t k = 0; k < i; k++)
            YX_REQUIRE(!yx_bytes_equal(yx_public_key_spki(key),
                                       yx_public_key_spki(yx_cert_public_key(admins[k]))),
                       err, YX_REFUSED, YX_ESCROW_RULE,
                       N_("{1} and {2} have one and the same key: they are not two administrators"),
                       yx_cert_subject(admins[k]), yx_cert_subject(admins[i]));
    }
    return YX_OK;
}

struct beginning {
    const struct yx_cert *const *admins;
    size_t count;
    yx_ca_actor actor;
    bool used;
};

static yx_status note_used(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct beginning *beginning = self;

    (void)row, (void)err;
    beginning->used = true;
    return YX_OK;
}

static yx_status put_admin(const struct beginning *beginning, size_t i, struct yx_tx *tx,
                           struct yx_error *err)
{
    const struct yx_value row[] = {yx_value_integer((int64_t)i + 1),
                                   yx_value_blob(yx_cert_der(beginning->admins[i]))};
    YX_CLEAN(yx_buf) struct yx_buf details = {0};
    uint8_t key_id[YX_ESCROW_KEY_ID];

    YX_TRY(yx_escrow_key_id(yx_cert_public_key(beginning->admins[i]), key_id, err));
    YX_TRY(yx_tx_run(tx, "INSERT INTO escrow_admin (number, certificate) VALUES ($1, $2)", row, 2,
                     NULL, err));
    if (yx_buf_append_text(&details, "{") != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_escrow_put_json(&details, "subject", YX_TEXT(yx_cert_subject(beginning->admins[i])),
                              err));
    if (yx_buf_append(&details, YX_BYTES("}", 2)) != YX_OK)
        return yx_fail_memory(err);
    return yx_escrow_log(tx, beginning->actor, yx_now(), "escrow.administrator.appoint", "admin",
                         YX_BYTES(key_id, sizeof key_id), (const char *)details.data, err);
}

static yx_status begin(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct beginning *beginning = self;

    beginning->used = false;
    YX_TRY(
        yx_tx_query(tx, "SELECT id FROM escrow_admin LIMIT 1", NULL, 0, note_used, beginning, err));
    YX_REQUIRE(!beginning->used, err, YX_REFUSED, YX_ESCROW_RULE,
               N_("there is a key-escrow store already: its administrators stay for its life"));
    for (size_t i = 0; i < beginning->count; i++)
        YX_TRY(put_admin(beginning, i, tx, err));
    return YX_OK;
}

yx_status yx_escrow_init(const char *place, const struct yx_cert *const *admins, size_t count,
                         yx_ca_actor actor, struct yx_error *err)
{
    YX_CLEAN(fresh_folder) struct fresh_folder folder = {0};
    YX_CLEAN(yx_store) struct yx_store *store = NULL;
    struct beginning beginning = {.admins = admins, .count = count, .actor = actor};

    YX_TRY(check_admins(admins, count, err));
    YX_TRY(make_folder(place, &folder, err));
    YX_TRY(open_store(place, !is_server(place), &store, err));
    YX_TRY(yx_store_write(store, begin, &beginning, err));
    folder.path = NULL;
    return YX_OK;
}

static yx_status take_admin(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct yx_escrow *escrow = self;
    struct yx_escrow_admin *admin = &escrow->admins[escrow->admin_count];

    YX_REQUIRE(escrow->admin_count < YX_ESCROW_ADMINS_MAX, err, YX_DAMAGED, YX_ESCROW_RULE,
               N_("a key-escrow store has 2 to {1} administrators, not {2}"),
               YX_NUM(YX_ESCROW_ADMINS_MAX), YX_NUM(escrow->admin_count + 1));
    admin->number = (int)yx_row_integer(row, 0);
    YX_TRY(yx_cert_from_der(yx_row_blob(row, 1), &admin->cert, err));
    escrow->admin_count++;
    return YX_OK;
}

static void forget_admins(struct yx_escrow *escrow)
{
    for (size_t i = 0; i < escrow->admin_count; i++)
        yx_cert_free(escrow->admins[i].cert);
    escrow->admin_count = 0;
}

static yx_status read_admins(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_escrow *escrow = self;

    forget_admins(escrow);
    return yx_tx_query(tx, "SELECT number, certificate FROM escrow_admin ORDER BY number", NULL, 0,
                       take_admin, escrow, err);
}

/* The shares of a key lie at 1, 2, 3 ...: two of one number would be one. */
static yx_status check_numbers(const struct yx_escrow *escrow, struct yx_error *err)
{
    YX_REQUIRE(escrow->admin_count >= 2, err, YX_DAMAGED, YX_ESCROW_RULE,
               N_("a key-escrow store has 2 to {1} administrators, not {2}"),
               YX_NUM(YX_ESCROW_ADMINS_MAX), YX_NUM(escrow->admin_count));
    for (size_t i = 0; i < escrow->admin_count; i++)
        YX_REQUIRE(escrow->admins[i].number == (int)i + 1, err, YX_DAMAGED, YX_ESCROW_RULE,
                   N_("the administrators in the database are not numbered from 1 on"));
    return YX_OK;
}

yx_status yx_escrow_open(const char *place, struct yx_escrow **out, struct yx_error *err)
{
    YX_CLEAN(yx_escrow) struct yx_escrow *escrow = calloc(1, sizeof *escrow);

    if (escrow == NULL)
        return yx_fail_memory(err);
    YX_TRY(open_store(place, false, &escrow->store, err));
    YX_TRY(yx_store_read(escrow->store, read_admins, escrow, err));
    YX_TRY(check_numbers(escrow, err));
    *out = escrow;
    escrow = NULL;
    return YX_OK;
}

void yx_escrow_free(struct yx_escrow *escrow)
{
    if (escrow == NULL)
        return;
    forget_admins(escrow);
    yx_store_free(escrow->store);
    free(escrow);
}

struct yx_store *yx_escrow_store(const struct yx_escrow *escrow)
{
    return escrow->store;
}

/* --- The list --------------------------------------------------------------------------------- */

#define PAGE 1000

struct listing {
    int64_t after;
    bool found, stopped;
    bool (*each)(void *self, const struct yx_escrow_record *record);
    void *self;
};

static yx_status show(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct listing *listing = self;
    const char *serial = yx_row_text(row, 1);
    const struct yx_escrow_record record = {
        .serial = serial == NULL ? "" : serial,
        .holder = yx_row_text(row, 2),
        .kept_at = yx_row_time(row, 3),
        .recoveries = yx_row_integer(row, 4),
    };

    (void)err;
    if (listing->stopped)
        return YX_OK;
    listing->found = true;
    listing->after = yx_row_integer(row, 0);
    listing->stopped = !listing->each(listing->self, &record);
    return YX_OK;
}

static yx_status list_page(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct listing *listing = self;
    const struct yx_value page[] = {yx_value_integer(listing->after), yx_value_integer(PAGE)};

    return yx_tx_query(tx,
                       "SELECT id, serial, holder, kept_at,"
                       " (SELECT count(*) FROM escrow_recovery"
                       "  WHERE escrow_recovery.escrow_key = escrow_key.id AND done_at IS NOT NULL)"
                       " FROM escrow_key WHERE id > $1 ORDER BY id LIMIT $2",
                       page, 2, show, listing, err);
}

yx_status yx_escrow_list(struct yx_escrow *escrow,
                         bool (*each)(void *self, const struct yx_escrow_record *record),
                         void *self, struct yx_error *err)
{
    struct listing listing = {.each = each, .self = self};

    do {
        listing.found = false;
        YX_TRY(yx_store_read(escrow->store, list_page, &listing, err));
    } while (listing.found && !listing.stopped);
    return YX_OK;
}
