/* SPDX-License-Identifier: Apache-2.0 */
/* tree.c - what is below what; parties moved and ended; what is taken from above. */
#include "party/room.h"

#define RULE "the tree of parties"

/* The ids from $1 upwards, with their distance. More levels than there may be are not followed, so
 * that a circle ends, too. */
#define UPWARDS                                                                      \
    "WITH RECURSIVE up (id, level) AS ("                                             \
    "  SELECT id, 1 FROM party WHERE id = $1"                                        \
    "  UNION ALL SELECT p.parent, up.level + 1 FROM party p JOIN up ON p.id = up.id" \
    "  WHERE p.parent IS NOT NULL AND up.level <= $2) "
#define DOWNWARDS                                                                          \
    "WITH RECURSIVE down (id, level) AS ("                                                 \
    "  SELECT id, 1 FROM party WHERE id = $1"                                              \
    "  UNION ALL SELECT p.id, down.level + 1 FROM party p JOIN down ON p.parent = down.id" \
    "  WHERE down.level <= $2) "

yx_status yx_party_check_below(enum yx_party_kind below, enum yx_party_kind above,
                               struct yx_error *err)
{
    YX_REQUIRE(above != YX_PARTY_PERSON, err, YX_REFUSED, RULE, N_("nothing is below a person"));
    YX_REQUIRE(below != YX_PARTY_ORGANISATION || above == YX_PARTY_ORGANISATION, err, YX_REFUSED,
               RULE, N_("an organisation is not below a unit"));
    return YX_OK;
}

static yx_status count_levels(struct yx_tx *tx, const char *sql, const char *id, int64_t *out,
                              struct yx_error *err)
{
    const struct yx_value values[] = {yx_value_text(id), yx_value_integer(YX_PARTY_DEPTH)};

    return yx_tx_query(tx, sql, values, 2, yx_party_take_integer, out, err);
}

yx_status yx_party_check_depth(struct yx_tx *tx, const char *id, struct yx_error *err)
{
    int64_t above = 0, below = 0;

    YX_TRY(count_levels(tx, UPWARDS "SELECT max(level) FROM up", id, &above, err));
    YX_TRY(count_levels(tx, DOWNWARDS "SELECT max(level) FROM down", id, &below, err));
    YX_REQUIRE(above + below - 1 <= YX_PARTY_DEPTH, err, YX_REFUSED, RULE,
               N_("parties are below each other in at most {1} levels"), YX_NUM(YX_PARTY_DEPTH));
    return YX_OK;
}

yx_status yx_party_is_within(struct yx_tx *tx, const char *party, const char *above, bool *out,
                             struct yx_error *err)
{
    const struct yx_value values[] = {yx_value_text(party), yx_value_integer(YX_PARTY_DEPTH),
                                      yx_value_text(above)};
    int64_t count = 0;

    YX_TRY(yx_tx_query(tx, UPWARDS "SELECT count(*) FROM up WHERE id = $3", values, 3,
                       yx_party_take_integer, &count, err));
    *out = count > 0;
    return YX_OK;
}

/* --- Moved ----------------------------------------------------------------------------------- */

static yx_status check_move(struct yx_tx *tx, const struct yx_party *party, const char *parent,
                            struct yx_error *err)
{
    YX_CLEAN(yx_party_copy) struct yx_party_copy above = {0};
    bool circle = false;

    YX_REQUIRE(parent != NULL || party->kind != YX_PARTY_UNIT, err, YX_REFUSED, RULE,
               N_("a unit is below an organisation or another unit"));
    if (parent == NULL)
        return YX_OK;
    YX_TRY(yx_party_load(tx, parent, &above, err));
    YX_TRY(yx_party_check_below(party->kind, above.party.kind, err));
    YX_REQUIRE(party->kind != YX_PARTY_UNIT || strcmp(party->type, above.party.type) == 0, err,
               YX_REFUSED, RULE, N_("a unit stays with parties of the type {1}"), party->type);
    YX_TRY(yx_party_is_within(tx, parent, party->id, &circle, err));
    YX_REQUIRE(!circle, err, YX_REFUSED, RULE, N_("a party cannot be below itself"));
    return YX_OK;
}

yx_status yx_party_move(struct yx_tx *tx, const char *id, const char *parent, const char *by,
                        yx_time now, struct yx_error *err)
{
    YX_CLEAN(yx_party_copy) struct yx_party_copy was = {0};
    const struct yx_value row[] = {yx_value_text(id), yx_value_text(parent)};

    YX_TRY(yx_party_check_by(by, err));
    YX_TRY(yx_party_load(tx, id, &was, err));
    YX_TRY(check_move(tx, &was.party, parent, err));
    YX_TRY(yx_tx_run(tx, "UPDATE party SET parent = $2, version = version + 1 WHERE id = $1", row,
                     2, NULL, err));
    YX_TRY(yx_party_check_depth(tx, id, err));
    return yx_party_record(tx, id, by, now,
                           json_pack("{s:I, s:s?}", "version", (json_int_t)was.party.version,
                                     "parent", was.party.parent),
                           err);
}

/* --- Ended ----------------------------------------------------------------------------------- */

yx_status yx_party_end(struct yx_tx *tx, const char *id, const char *by, yx_time now,
                       struct yx_error *err)
{
    YX_CLEAN(yx_party_copy) struct yx_party_copy was = {0};
    const struct yx_value row[] = {yx_value_text(id), yx_value_time(now)};
    int64_t left = 0;

    YX_TRY(yx_party_check_by(by, err));
    YX_TRY(yx_party_load(tx, id, &was, err));
    YX_TRY(yx_tx_query(tx, "SELECT count(*) FROM party WHERE parent = $1 AND ended_at IS NULL", row,
                       1, yx_party_take_integer, &left, err));
    YX_REQUIRE(left == 0, err, YX_REFUSED, RULE, N_("{1} parties below it have not ended"),
               YX_NUM(left));
    YX_TRY(yx_tx_run(tx, "UPDATE party SET ended_at = $2, version = version + 1 WHERE id = $1", row,
                     2, NULL, err));
    YX_TRY(yx_tx_run(tx,
                     "UPDATE party_post SET until_at = $2"
                     " WHERE (party = $1 OR person = $1) AND until_at > $2",
                     row, 2, NULL, err));
    return yx_party_record(
        tx, id, by, now,
        json_pack("{s:I, s:n}", "version", (json_int_t)was.party.version, "ended_at"), err);
}

/* --- The scheme of rules --------------------------------------------------------------------- */

struct scheme {
    char *out;
    size_t size;
};

static yx_status take_scheme(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct scheme *scheme = self;

    (void)err;
    (void)snprintf(scheme->out, scheme->size, "%s", yx_row_text(row, 0));
    return YX_OK;
}

yx_status yx_party_scheme(struct yx_tx *tx, const char *id, char *out, size_t size,
                          struct yx_error *err)
{
    struct scheme scheme = {out, size};
    const struct yx_value values[] = {yx_value_text(id), yx_value_integer(YX_PARTY_DEPTH)};

    out[0] = '\0';
    return yx_tx_query(tx,
                       UPWARDS "SELECT p.scheme FROM up JOIN party p ON p.id = up.id"
                               " WHERE p.scheme IS NOT NULL ORDER BY up.level LIMIT 1",
                       values, 2, take_scheme, &scheme, err);
}
