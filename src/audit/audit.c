/* SPDX-License-Identifier: Apache-2.0 */
/* audit.c - leaves go in, get their numbers, and come out. */
#include "audit/room.h"

/* "yxaudit", for whoever gives numbers. */
#define LOCK_KEY INT64_C(0x79786175646974)
/* So many leaves get their numbers in one transaction. */
#define NUMBERS_AT_ONCE 10000
/* And so many tiles: more than those numbers complete, so that the tree of a list that grew before
 * there was a tree catches up. */
#define TILES_AT_ONCE 100

yx_status yx_audit_prepare(struct yx_store *store, struct yx_error *err)
{
    return yx_store_migrate(store, yx_audit_schema(), err);
}

yx_status yx_audit_pending(struct yx_store *store, size_t *steps, struct yx_error *err)
{
    return yx_store_pending(store, yx_audit_schema(), steps, err);
}

/* Indexes of PostgreSQL take no more than 2704 octets, entry bundles (tile.c) 65535. */
static yx_status check_size(const struct yx_audit_event *event, struct yx_bytes der,
                            struct yx_error *err)
{
    const char *const names[] = {event->actor, event->action, event->object};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        YX_REQUIRE(names[i] == NULL || strlen(names[i]) <= YX_AUDIT_NAME_MAX, err, YX_USAGE, "",
                   N_("a name in a record of the audit list has more than {1} bytes"),
                   YX_NUM(YX_AUDIT_NAME_MAX));
    YX_REQUIRE(der.len <= YX_AUDIT_LEAF_MAX, err, YX_USAGE, "",
               N_("a record of the audit list has more than {1} bytes"), YX_NUM(YX_AUDIT_LEAF_MAX));
    return YX_OK;
}

yx_status yx_audit_append(struct yx_tx *tx, const struct yx_audit_event *event,
                          struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    uint8_t hash[YX_AUDIT_HASH_SIZE];

    YX_TRY(yx_audit_leaf_der(event, &der, err));
    YX_TRY(check_size(event, yx_buf_bytes(&der), err));
    YX_TRY(yx_audit_leaf_hash(yx_buf_bytes(&der), hash, err));
    const struct yx_value values[] = {
        yx_value_integer(event->at),
        yx_value_text(event->actor),
        yx_value_text(event->action),
        yx_value_text(event->object == NULL ? "" : event->object),
        yx_value_text(event->details == NULL ? "{}" : event->details),
        yx_value_blob(YX_BYTES(hash, sizeof hash)),
    };
    return yx_tx_run(tx,
                     "INSERT INTO audit_leaf (at, actor, action, object, details, hash)"
                     " VALUES ($1, $2, $3, $4, $5, $6)",
                     values, sizeof values / sizeof *values, NULL, err);
}

/* --- Numbers ----------------------------------------------------------------------------- */

struct numbering {
    bool waiting;
    int64_t last;   /* the highest number there is */
    int64_t given;  /* how many were given */
    bool tree_lags; /* there are tiles still to be made */
};

static yx_status see_waiting(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    ((struct numbering *)self)->waiting = yx_row_integer(row, 0) > 0;
    return YX_OK;
}

yx_status yx_audit_take_integer(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

static yx_status is_waiting(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_query(tx,
                       "SELECT (SELECT count(*) FROM (SELECT 1 FROM audit_waiting LIMIT 1) AS one)"
                       " + CASE WHEN (SELECT coalesce(max(number), 0) FROM audit_number) / 256 >"
                       " (SELECT coalesce(max(place) + 1, 0) FROM audit_tile WHERE level = 0)"
                       " THEN 1 ELSE 0 END",
                       NULL, 0, see_waiting, self, err);
}

static yx_status give_numbers(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct numbering *numbering = self;

    YX_TRY(yx_tx_lock(tx, LOCK_KEY, err));
    YX_TRY(yx_tx_query(tx, "SELECT coalesce(max(number), 0) FROM audit_number", NULL, 0,
                       yx_audit_take_integer, &numbering->last, err));
    const struct yx_value values[] = {yx_value_integer(numbering->last),
                                      yx_value_integer(NUMBERS_AT_ONCE)};
    YX_TRY(yx_tx_run(tx,
                     "INSERT INTO audit_number (number, leaf)"
                     " SELECT $1 + row_number() OVER (ORDER BY leaf), leaf"
                     " FROM (SELECT leaf FROM audit_waiting ORDER BY leaf LIMIT $2) AS oldest",
                     values, 2, &numbering->given, err));
    YX_TRY(yx_tx_run(tx,
                     "DELETE FROM audit_waiting WHERE leaf IN"
                     " (SELECT leaf FROM audit_number WHERE number > $1)",
                     values, 1, NULL, err));
    return yx_audit_grow(tx, numbering->last + numbering->given, TILES_AT_ONCE,
                         &numbering->tree_lags, err);
}

/* Looking comes first: where nothing waits, nothing is written. */
yx_status yx_audit_number(struct yx_store *store, struct yx_error *err)
{
    struct numbering numbering = {0};
    bool more;

    YX_TRY(yx_store_read(store, is_waiting, &numbering, err));
    more = numbering.waiting;
    while (more) {
        YX_TRY(yx_store_write(store, give_numbers, &numbering, err));
        more = numbering.given == NUMBERS_AT_ONCE || numbering.tree_lags;
    }
    return YX_OK;
}

yx_status yx_audit_count(struct yx_tx *tx, int64_t *numbered, int64_t *waiting,
                         struct yx_error *err)
{
    YX_TRY(yx_tx_query(tx, "SELECT coalesce(max(number), 0) FROM audit_number", NULL, 0,
                       yx_audit_take_integer, numbered, err));
    return yx_tx_query(tx, "SELECT count(*) FROM audit_waiting", NULL, 0, yx_audit_take_integer,
                       waiting, err);
}

/* --- Reading ----------------------------------------------------------------------------- */

struct listing {
    int64_t first, limit;
    int64_t next; /* the number that comes next */
    yx_audit_each_leaf each;
    void *self;
};

yx_status yx_audit_check_hash(const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    struct yx_audit_event event = {.at = leaf->at,
                                   .actor = leaf->actor,
                                   .action = leaf->action,
                                   .object = leaf->object,
                                   .details = leaf->details};
    uint8_t hash[YX_AUDIT_HASH_SIZE];

    YX_TRY(yx_audit_hash(&event, hash, err));
    YX_REQUIRE(yx_bytes_equal(leaf->hash, YX_BYTES(hash, sizeof hash)), err, YX_DAMAGED, "",
               N_("the leaf {1} of the audit list is not what was written"), YX_NUM(leaf->number));
    return YX_OK;
}

struct yx_audit_leaf yx_audit_leaf_of(const struct yx_row *row)
{
    return (struct yx_audit_leaf){
        .number = yx_row_integer(row, 0),
        .at = yx_row_time(row, 1),
        .actor = yx_row_text(row, 2),
        .action = yx_row_text(row, 3),
        .object = yx_row_text(row, 4),
        .details = yx_row_text(row, 5),
        .hash = yx_row_blob(row, 6),
        .id = yx_row_integer(row, 7),
    };
}

static yx_status see_leaf(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct listing *listing = self;
    struct yx_audit_leaf leaf = yx_audit_leaf_of(row);

    YX_REQUIRE(leaf.number == listing->next && leaf.actor != NULL, err, YX_DAMAGED, "",
               N_("the audit list lacks the leaf with number {1}"), YX_NUM(listing->next));
    YX_TRY(yx_audit_check_hash(&leaf, err));
    listing->next++;
    return listing->each(listing->self, &leaf, err);
}

static yx_status list(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct listing *listing = self;
    const struct yx_value values[] = {yx_value_integer(listing->first),
                                      yx_value_integer(listing->limit)};

    listing->next = listing->first;
    return yx_tx_query(tx,
                       "SELECT " YX_AUDIT_LEAF_COLUMNS
                       " FROM audit_number AS n LEFT JOIN audit_leaf AS l ON l.id = n.leaf"
                       " WHERE n.number >= $1 ORDER BY n.number LIMIT $2",
                       values, 2, see_leaf, listing, err);
}

yx_status yx_audit_each(struct yx_tx *tx, int64_t first, int64_t limit, yx_audit_each_leaf each,
                        void *self, struct yx_error *err)
{
    struct listing listing = {.first = first, .limit = limit, .each = each, .self = self};

    return list(&listing, tx, err);
}

yx_status yx_audit_list(struct yx_store *store, int64_t first, int64_t limit,
                        yx_audit_each_leaf each, void *self, struct yx_error *err)
{
    struct listing listing = {
        .first = first < 1 ? 1 : first, .limit = limit, .each = each, .self = self};

    YX_TRY(yx_audit_number(store, err));
    return yx_store_read(store, list, &listing, err);
}

/* --- Hashes -------------------------------------------------------------------------------- */

struct hashes {
    yx_audit_each_hash each;
    void *self;
};

static yx_status see_hash(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct hashes *hashes = self;
    struct yx_bytes hash = yx_row_blob(row, 0);

    return hash.len == YX_AUDIT_HASH_SIZE ? hashes->each(hashes->self, hash.data, err) : YX_OK;
}

static yx_status all_hashes(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_query(tx, "SELECT hash FROM audit_leaf", NULL, 0, see_hash, self, err);
}

yx_status yx_audit_hashes(struct yx_store *store, yx_audit_each_hash each, void *self,
                          struct yx_error *err)
{
    struct hashes hashes = {each, self};

    return yx_store_read(store, all_hashes, &hashes, err);
}
