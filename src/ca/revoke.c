/* SPDX-License-Identifier: Apache-2.0 */
/* ca/revoke.c - takes certificates back, and tells the world by CRLs (the DER is x509/crl.c's). */
#include "ca/room.h"

/* CRLReason ::= ENUMERATED, RFC 5280 5.3.1; 7 is not used, and 8 belongs to delta CRLs. */
static const struct {
    int code;
    const char *name;
} reasons[] = {
    {0, "unspecified"},        {1, "keyCompromise"}, {2, "cACompromise"},
    {3, "affiliationChanged"}, {4, "superseded"},    {5, "cessationOfOperation"},
    {9, "privilegeWithdrawn"}, {10, "aACompromise"},
};

int yx_ca_reason_find(const char *name)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (strcmp(reasons[i].name, name) == 0)
            return reasons[i].code;
    return -1;
}

const char *yx_ca_reason_name(int reason)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].code == reason)
            return reasons[i].name;
    return "";
}

/* Why an update found nothing to change. */
static yx_status explain_refusal(struct yx_ca *ca, const char *serial, struct yx_error *err)
{
    YX_CLEAN(sqlite3_stmt) sqlite3_stmt *select = NULL;

    YX_TRY(yx_ca_store_prepare(ca->db, "SELECT revoked_at FROM certificate WHERE serial = ?1",
                               &select, err));
    (void)sqlite3_bind_text(select, 1, serial, -1, SQLITE_STATIC);
    switch (sqlite3_step(select)) {
    case SQLITE_ROW:
        return yx_fail(err, YX_REFUSED, "RFC 5280 5.3, one entry for a certificate",
                       N_("certificate {1} was revoked already, at {2}"), serial,
                       YX_WHEN(sqlite3_column_int64(select, 0)));
    case SQLITE_DONE:
        return yx_fail(err, YX_REFUSED, "RFC 5280 5, an authority revokes what it issued",
                       N_("this authority issued no certificate with serial {1}"), serial);
    default:
        return yx_ca_store_fail(ca->db, err);
    }
}

yx_status yx_ca_revoke(struct yx_ca *ca, const char *serial, int reason, yx_time now,
                       struct yx_error *err)
{
    YX_CLEAN(sqlite3_stmt) sqlite3_stmt *update = NULL;

    YX_TRY(yx_ca_store_prepare(
        ca->db,
        "UPDATE certificate SET status = 'revoked', revoked_at = ?2, reason = ?3"
        " WHERE serial = ?1 AND status = 'good'",
        &update, err));
    (void)sqlite3_bind_text(update, 1, serial, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(update, 2, yx_ca_whole_second(now));
    (void)sqlite3_bind_int(update, 3, reason);
    YX_TRY(yx_ca_store_step(ca->db, update, err));
    return sqlite3_changes(ca->db) == 1 ? YX_OK : explain_refusal(ca, serial, err);
}

/* --- CRLs -------------------------------------------------------------------------------- */

struct crl_draft {
    struct yx_arena *arena;
    struct yx_crl_entry *entries;
    size_t count;
};

/* Room for a million revoked certificates. */
#define CRL_ARENA_MAX (256u * 1024 * 1024)

static yx_status one_number(sqlite3 *db, const char *sql, int64_t *out, struct yx_error *err)
{
    YX_CLEAN(sqlite3_stmt) sqlite3_stmt *statement = NULL;

    YX_TRY(yx_ca_store_prepare(db, sql, &statement, err));
    if (sqlite3_step(statement) != SQLITE_ROW)
        return yx_ca_store_fail(db, err);
    *out = sqlite3_column_int64(statement, 0);
    return YX_OK;
}

static uint8_t hex_digit(char digit)
{
    return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'A' + 10);
}

/* The serial's octets out of the hex of the database, which wrote it itself. */
static struct yx_bytes serial_octets(struct yx_arena *arena, const char *hex)
{
    size_t len = strlen(hex) / 2;
    uint8_t *octets = yx_arena_alloc(arena, len);

    for (size_t i = 0; octets != NULL && i < len; i++)
        octets[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
    return YX_BYTES(octets, len);
}

static yx_status add_entry(struct crl_draft *draft, sqlite3_stmt *row, struct yx_error *err)
{
    struct yx_crl_entry *entry = &draft->entries[draft->count++];
    const char *hex = (const char *)sqlite3_column_text(row, 0);

    if (hex == NULL)
        return yx_fail_memory(err);
    entry->serial = serial_octets(draft->arena, hex);
    entry->revoked_at = sqlite3_column_int64(row, 1);
    entry->reason = sqlite3_column_int(row, 2);
    return entry->serial.data == NULL ? yx_fail_memory(err) : YX_OK;
}

static yx_status collect_entries(sqlite3 *db, struct crl_draft *draft, struct yx_error *err)
{
    YX_CLEAN(sqlite3_stmt) sqlite3_stmt *select = NULL;
    int64_t count = 0;
    int step;

    YX_TRY(
        one_number(db, "SELECT count(*) FROM certificate WHERE status = 'revoked'", &count, err));
    draft->entries = yx_arena_calloc(draft->arena, (size_t)count + 1, sizeof *draft->entries);
    if (draft->entries == NULL)
        return yx_fail_memory(err);
    YX_TRY(yx_ca_store_prepare(db,
                               "SELECT serial, revoked_at, reason FROM certificate"
                               " WHERE status = 'revoked' ORDER BY revoked_at, id",
                               &select, err));
    while ((step = sqlite3_step(select)) == SQLITE_ROW && draft->count < (size_t)count)
        YX_TRY(add_entry(draft, select, err));
    return step == SQLITE_DONE ? YX_OK : yx_ca_store_fail(db, err);
}

static yx_status record_crl(sqlite3 *db, const struct yx_crl_template *crl, struct yx_bytes der,
                            struct yx_error *err)
{
    YX_CLEAN(sqlite3_stmt) sqlite3_stmt *insert = NULL;

    YX_TRY(yx_ca_store_prepare(db,
                               "INSERT INTO crl (number, this_update, next_update, der)"
                               " VALUES (?1, ?2, ?3, ?4)",
                               &insert, err));
    (void)sqlite3_bind_int64(insert, 1, (int64_t)crl->number);
    (void)sqlite3_bind_int64(insert, 2, crl->this_update);
    (void)sqlite3_bind_int64(insert, 3, crl->next_update);
    (void)sqlite3_bind_blob64(insert, 4, der.data, der.len, SQLITE_STATIC);
    return yx_ca_store_step(db, insert, err);
}

static yx_status issue_crl(struct yx_ca *ca, struct yx_crl_template *crl, struct yx_buf *der,
                           struct yx_error *err)
{
    struct yx_signer signer = yx_signer_borrow_key(ca->key);
    YX_CLEAN(yx_arena) struct yx_arena *arena = yx_arena_new(CRL_ARENA_MAX);
    struct crl_draft draft = {.arena = arena};
    int64_t number = 0;

    if (arena == NULL)
        return yx_fail_memory(err);
    YX_TRY(one_number(ca->db, "SELECT coalesce(max(number), 0) + 1 FROM crl", &number, err));
    YX_TRY(collect_entries(ca->db, &draft, err));
    crl->number = (uint64_t)number;
    crl->entries = draft.entries;
    crl->entry_count = draft.count;
    YX_TRY(yx_crl_make(crl, ca->certificate, &signer, der, err));
    return record_crl(ca->db, crl, yx_buf_bytes(der), err);
}

/* One transaction: two CRLs never share a number, and a higher number never knows less. */
yx_status yx_ca_crl(struct yx_ca *ca, int days, yx_time now, struct yx_buf *der,
                    struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf made = {0};
    struct yx_crl_template crl = {.this_update = yx_ca_whole_second(now)};
    yx_status status;

    YX_REQUIRE(ca->key != NULL, err, YX_USAGE, "", N_("the key of the authority is locked"));
    YX_REQUIRE(days > 0 && days <= 3650, err, YX_USAGE, "",
               N_("a CRL is good for 1 to 3650 days, not {1}"), YX_NUM(days));
    crl.next_update = crl.this_update + days * YX_DAY;
    YX_TRY(yx_ca_store_run(ca->db, "BEGIN IMMEDIATE", err));
    status = issue_crl(ca, &crl, &made, err);
    if (status == YX_OK)
        status = yx_ca_store_run(ca->db, "COMMIT", err);
    if (status != YX_OK) {
        (void)sqlite3_exec(ca->db, "ROLLBACK", NULL, NULL, NULL);
        return status;
    }
    return yx_buf_append(der, yx_buf_bytes(&made));
}
