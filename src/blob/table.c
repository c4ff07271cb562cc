/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blob/table.c - which contents there are, who brought them, and whether somebody needs them. The
 * row of a content is there before its file; `present` says that the file is, too.
 */
#include "blob/room.h"

#define SWEEP_PAGE 64
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct yx_migration steps[] = {
    {.name = "contents",
     .sql = "CREATE TABLE blob ("
            "  digest {blob} NOT NULL PRIMARY KEY CHECK (length(digest) = 32),"
            "  size INTEGER NOT NULL CHECK (size >= 0),"
            "  media_type TEXT NOT NULL,"
            "  brought_by TEXT NOT NULL,"
            "  at INTEGER NOT NULL," /* microseconds since 1970 */
            "  present INTEGER NOT NULL,"
            "  holds INTEGER NOT NULL CHECK (holds >= 0),"
            "  expires_at INTEGER NOT NULL"
            ");"
            "CREATE INDEX blob_expires ON blob (expires_at) WHERE holds = 0;"},
};
static const struct yx_schema schema = {"blob", steps, COUNT(steps)};

yx_status yx_blobs_prepare(struct yx_store *store, struct yx_error *err)
{
    return yx_store_migrate(store, &schema, err);
}

static struct yx_value digest_value(const uint8_t digest[YX_BLOB_DIGEST])
{
    return yx_value_blob(YX_BYTES(digest, YX_BLOB_DIGEST));
}

static yx_time later(yx_time now, int64_t seconds)
{
    return now + seconds * YX_SECOND;
}

/* --- A content comes --------------------------------------------------------------------- */

struct arrival {
    const struct yx_blob *blob;
    const struct yx_blob_about *about;
    struct yx_blob_expected row;
};

static yx_status see_expected(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct arrival *arrival = self;

    (void)err;
    arrival->row.is_present = yx_row_integer(row, 0) != 0;
    arrival->row.since = yx_row_time(row, 1);
    return YX_OK;
}

/* From here on its time is not over, so no sweeper takes the file away that is about to come. */
static yx_status expect_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct arrival *arrival = self;
    const struct yx_blob_about *about = arrival->about;
    const struct yx_value values[] = {
        digest_value(arrival->blob->digest), yx_value_integer((int64_t)arrival->blob->size),
        yx_value_text(about->media_type),    yx_value_text(about->by),
        yx_value_time(about->now),           yx_value_time(later(about->now, about->lifetime)),
    };

    return yx_tx_query(
        tx,
        "INSERT INTO blob (digest, size, media_type, brought_by, at, present, holds, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, 0, 0, $6) ON CONFLICT (digest) DO UPDATE SET expires_at ="
        " CASE WHEN blob.expires_at < $6 THEN $6 ELSE blob.expires_at END RETURNING present, at",
        values, COUNT(values), see_expected, arrival, err);
}

yx_status yx_blob_row_expect(struct yx_store *store, const struct yx_blob *blob,
                             const struct yx_blob_about *about, struct yx_blob_expected *out,
                             struct yx_error *err)
{
    struct arrival arrival = {.blob = blob, .about = about};

    YX_TRY(yx_store_write(store, expect_work, &arrival, err));
    *out = arrival.row;
    return YX_OK;
}

/* Only the row that was expected: where that one was swept, the file went with it, and a row with
 * the same digest is of somebody whose file is still to come. */
static yx_status arrived_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct arrival *arrival = self;
    const struct yx_value values[] = {digest_value(arrival->blob->digest),
                                      yx_value_time(arrival->row.since)};
    int64_t changed = 0;

    YX_TRY(yx_tx_run(tx, "UPDATE blob SET present = 1 WHERE digest = $1 AND at = $2", values,
                     COUNT(values), &changed, err));
    YX_REQUIRE(changed == 1, err, YX_REFUSED, "",
               N_("the content took longer to arrive than it was to be kept"));
    return YX_OK;
}

yx_status yx_blob_row_arrived(struct yx_store *store, const struct yx_blob *blob,
                              const struct yx_blob_expected *expected, struct yx_error *err)
{
    struct arrival arrival = {.blob = blob, .row = *expected};

    return yx_store_write(store, arrived_work, &arrival, err);
}

/* --- Rows -------------------------------------------------------------------------------- */

#define COLUMNS "SELECT digest, size, media_type, brought_by, at, holds, expires_at FROM blob"

static void read_row(const struct yx_row *row, struct yx_blob_row *out)
{
    struct yx_bytes digest = yx_row_blob(row, 0);

    if (digest.len == sizeof out->digest)
        memcpy(out->digest, digest.data, digest.len);
    out->size = (uint64_t)yx_row_integer(row, 1);
    (void)snprintf(out->media_type, sizeof out->media_type, "%s", yx_row_text(row, 2));
    (void)snprintf(out->by, sizeof out->by, "%s", yx_row_text(row, 3));
    out->at = yx_row_time(row, 4);
    out->holds = yx_row_integer(row, 5);
    out->expires = yx_row_time(row, 6);
}

struct finding {
    struct yx_blob_row *row;
    bool is_found;
};

static yx_status see_row(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct finding *finding = self;

    (void)err;
    read_row(row, finding->row);
    finding->is_found = true;
    return YX_OK;
}

static yx_status fail_missing(const uint8_t digest[YX_BLOB_DIGEST], struct yx_error *err)
{
    char hex[YX_BLOB_HEX];

    yx_blob_hex(digest, hex);
    return yx_fail(err, YX_NO_INPUT, "", N_("the content {1} is not there"), hex);
}

yx_status yx_blob_find(struct yx_tx *tx, const uint8_t digest[YX_BLOB_DIGEST],
                       struct yx_blob_row *out, struct yx_error *err)
{
    struct yx_value value = digest_value(digest);
    struct finding finding = {.row = out};

    YX_TRY(yx_tx_query(tx, COLUMNS " WHERE digest = $1 AND present = 1", &value, 1, see_row,
                       &finding, err));
    return finding.is_found ? YX_OK : fail_missing(digest, err);
}

yx_status yx_blob_known(struct yx_tx *tx, const uint8_t digest[YX_BLOB_DIGEST], bool *is_known,
                        struct yx_error *err)
{
    struct yx_value value = digest_value(digest);
    struct yx_blob_row row;
    struct finding finding = {.row = &row};

    YX_TRY(yx_tx_query(tx, COLUMNS " WHERE digest = $1", &value, 1, see_row, &finding, err));
    *is_known = finding.is_found;
    return YX_OK;
}

yx_status yx_blob_hold(struct yx_tx *tx, const uint8_t digest[YX_BLOB_DIGEST], yx_time now,
                       struct yx_error *err)
{
    const struct yx_value values[] = {digest_value(digest), yx_value_time(now)};
    int64_t changed = 0;

    YX_TRY(yx_tx_run(tx,
                     "UPDATE blob SET holds = holds + 1 WHERE digest = $1 AND present = 1"
                     " AND (holds > 0 OR expires_at > $2)",
                     values, COUNT(values), &changed, err));
    return changed == 1 ? YX_OK : fail_missing(digest, err);
}

yx_status yx_blob_release(struct yx_tx *tx, const uint8_t digest[YX_BLOB_DIGEST], yx_time now,
                          int64_t lifetime, struct yx_error *err)
{
    const struct yx_value values[] = {digest_value(digest), yx_value_time(later(now, lifetime))};
    int64_t changed = 0;

    YX_TRY(yx_tx_run(tx,
                     "UPDATE blob SET holds = holds - 1, expires_at = CASE WHEN expires_at < $2"
                     " THEN $2 ELSE expires_at END WHERE digest = $1 AND holds > 0",
                     values, COUNT(values), &changed, err));
    YX_REQUIRE(changed == 1, err, YX_REFUSED, "", N_("nobody holds this content"));
    return YX_OK;
}

/* --- Sweeping ---------------------------------------------------------------------------- */

/* Some rows, by their digests. */
struct page {
    struct yx_blob_row rows[SWEEP_PAGE];
    size_t count;
    struct yx_value values[2];
    size_t value_count;
    const char *sql;
};

static yx_status see_page_row(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct page *page = self;

    (void)err;
    if (page->count < SWEEP_PAGE)
        read_row(row, &page->rows[page->count++]);
    return YX_OK;
}

static yx_status page_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct page *page = self;

    page->count = 0;
    return yx_tx_query(tx, page->sql, page->values, page->value_count, see_page_row, page, err);
}

struct removal {
    struct yx_blobs *blobs;
    const struct yx_blob_row *row;
    yx_time now;
    bool is_done;
};

/* The file goes while the row is locked: whoever brings the same content waits until both are gone,
 * and makes both anew. */
static yx_status removal_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct removal *removal = self;
    const struct yx_value values[] = {digest_value(removal->row->digest),
                                      yx_value_time(removal->now)};
    char name[YX_BLOB_HEX + 8];
    int64_t changed = 0;

    removal->is_done = false;
    YX_TRY(yx_tx_run(tx, "DELETE FROM blob WHERE digest = $1 AND holds = 0 AND expires_at <= $2",
                     values, COUNT(values), &changed, err));
    if (changed == 0)
        return YX_OK;
    for (int encrypted = 0; encrypted < 2; encrypted++) {
        yx_blob_name(removal->row->digest, encrypted != 0, name);
        YX_TRY(removal->blobs->kind->remove(removal->blobs, name, err));
    }
    removal->is_done = true;
    return YX_OK;
}

yx_status yx_blobs_sweep(struct yx_blobs *blobs, struct yx_store *store, yx_time now, int64_t most,
                         int64_t *count, struct yx_error *err)
{
    struct page page = {
        .sql = COLUMNS " WHERE holds = 0 AND expires_at <= $1 ORDER BY expires_at LIMIT 64",
        .values = {yx_value_time(now)},
        .value_count = 1,
    };

    *count = 0;
    YX_TRY(yx_blob_drafts_sweep(blobs, err));
    do {
        int64_t before = *count;

        YX_TRY(yx_store_read(store, page_work, &page, err));
        for (size_t i = 0; i < page.count && *count < most; i++) {
            struct removal removal = {.blobs = blobs, .row = &page.rows[i], .now = now};

            YX_TRY(yx_store_write(store, removal_work, &removal, err));
            *count += removal.is_done;
        }
        if (*count == before)
            break;
    } while (page.count == SWEEP_PAGE && *count < most);
    return YX_OK;
}

/* --- All of them ------------------------------------------------------------------------- */

yx_status yx_blobs_each(struct yx_store *store, yx_each_blob each, void *self, struct yx_error *err)
{
    uint8_t last[YX_BLOB_DIGEST];
    struct page page = {
        .sql = COLUMNS " WHERE digest > $1 AND present = 1 ORDER BY digest LIMIT 64",
        .values = {yx_value_blob(YX_BYTES("", 0))},
        .value_count = 1,
    };

    do {
        YX_TRY(yx_store_read(store, page_work, &page, err));
        for (size_t i = 0; i < page.count; i++)
            YX_TRY(each(self, &page.rows[i], err));
        if (page.count == 0)
            break;
        memcpy(last, page.rows[page.count - 1].digest, sizeof last);
        page.values[0] = digest_value(last);
    } while (page.count == SWEEP_PAGE);
    return YX_OK;
}
