/* SPDX-License-Identifier: Apache-2.0 */
/* audit/search.c - records by who, what, on what and when, the newest first. */
#include "audit/room.h"

/* $1, $2: the place behind which it goes on; $3: the earliest time; $4: how many. */
#define SELECT(conditions)                                                                   \
    "SELECT " YX_AUDIT_LEAF_COLUMNS " FROM audit_leaf AS l JOIN audit_number AS n ON n.leaf" \
    " = l.id WHERE (l.at, l.id) < ($1, $2) AND l.at >= $3" conditions                        \
    " ORDER BY l.at DESC, l.id DESC LIMIT $4"
#define STARTS(n) " AND substr(l.action, 1, length($" #n ")) = $" #n

enum how { ANY, EXACTLY, STARTING, HOWS };

/* By actor or not, by action and how, by object or not: each is a statement of its own, so that
 * each is found by its index; actions by their beginnings alone, by that of the time. */
static const char *const statements[2][HOWS][2] = {
    {
        [ANY] = {SELECT(""), SELECT(" AND l.object = $5")},
        [EXACTLY] = {SELECT(" AND l.action = $5"), SELECT(" AND l.action = $5 AND l.object = $6")},
        [STARTING] = {SELECT(STARTS(5)), SELECT(STARTS(5) " AND l.object = $6")},
    },
    {
        [ANY] = {SELECT(" AND l.actor = $5"), SELECT(" AND l.actor = $5 AND l.object = $6")},
        [EXACTLY] = {SELECT(" AND l.actor = $5 AND l.action = $6"),
                     SELECT(" AND l.actor = $5 AND l.action = $6 AND l.object = $7")},
        [STARTING] = {SELECT(" AND l.actor = $5" STARTS(6)),
                      SELECT(" AND l.actor = $5" STARTS(6) " AND l.object = $7")},
    },
};

struct searching {
    const struct yx_audit_search *search;
    yx_audit_each_leaf each;
    void *self;
};

static yx_status see_leaf(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct searching *searching = self;
    struct yx_audit_leaf leaf = yx_audit_leaf_of(row);

    YX_TRY(yx_audit_check_hash(&leaf, err));
    return searching->each(searching->self, &leaf, err);
}

static enum how how_of(const char *action)
{
    if (action == NULL)
        return ANY;
    return action[0] != '\0' && action[strlen(action) - 1] == '.' ? STARTING : EXACTLY;
}

static yx_status search(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct searching *searching = self;
    const struct yx_audit_search *what = searching->search;
    const char *const texts[] = {what->actor, what->action, what->object};
    bool has_before = what->before_at != YX_TIME_NONE;
    struct yx_value values[7] = {
        yx_value_integer(has_before ? what->before_at : INT64_MAX),
        yx_value_integer(has_before ? what->before_id : 0),
        yx_value_integer(what->from),
        yx_value_integer(what->limit),
    };
    size_t count = 4;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i] != NULL)
            values[count++] = yx_value_text(texts[i]);
    return yx_tx_query(tx,
                       statements[what->actor != NULL][how_of(what->action)][what->object != NULL],
                       values, count, see_leaf, self, err);
}

yx_status yx_audit_find(struct yx_store *store, const struct yx_audit_search *what,
                        yx_audit_each_leaf each, void *self, struct yx_error *err)
{
    struct searching searching = {.search = what, .each = each, .self = self};

    return yx_store_read(store, search, &searching, err);
}
