/* SPDX-License-Identifier: Apache-2.0 */
/* audit/search.c - records by who, what, on what and when, the newest first. */
#include <stdlib.h>

#include "audit/room.h"

/* $1, $2: the place behind which it goes on; $3: the earliest time; $4: how many. */
#define SELECT(conditions)                                                                   \
    "SELECT " YX_AUDIT_LEAF_COLUMNS " FROM audit_leaf AS l JOIN audit_number AS n ON n.leaf" \
    " = l.id WHERE (l.at, l.id) < ($1, $2) AND l.at >= $3" conditions                        \
    " ORDER BY l.at DESC, l.id DESC LIMIT $4"
#define STARTS(n) " AND substr(l.action, 1, length($" #n ")) = $" #n

enum how { ANY, EXACTLY, STARTING, HOWS };

/* By actor or not, by action and how, by object or not: each is a statement of its own, so that
 * each is found by its index. Actions by their beginnings alone have none: see below. */
static const char *const statements[2][HOWS][2] = {
    {
        [ANY] = {SELECT(""), SELECT(" AND l.object = $5")},
        [EXACTLY] = {SELECT(" AND l.action = $5"), SELECT(" AND l.action = $5 AND l.object = $6")},
        [STARTING] = {NULL, SELECT(STARTS(5) " AND l.object = $6")},
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

/* $1 to $4, and room for what else is asked for. */
#define VALUES 7

static void put_values(const struct yx_audit_search *what, struct yx_value values[VALUES])
{
    bool has_before = what->before_at != YX_TIME_NONE;

    values[0] = yx_value_integer(has_before ? what->before_at : INT64_MAX);
    values[1] = yx_value_integer(has_before ? what->before_id : 0);
    values[2] = yx_value_integer(what->from);
    values[3] = yx_value_integer(what->limit);
}

/* --- Actions that begin so ------------------------------------------------------------------- */

/*
 * Going back in time until enough of them are found would read the whole list for actions that are
 * rare. There are few actions; so those that there are are gone through, each by the index of its
 * records, and the newest of all are shown.
 */
struct place {
    yx_time at;
    int64_t id;
};
struct places {
    struct place *items;
    size_t count, room;
};
static void places_free(struct places *places)
{
    free(places->items);
}
YX_DEFINE_CLEAN_VALUE(places, struct places, places_free);

static yx_status take_place(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct places *places = self;

    if (places->count == places->room) {
        size_t room = places->room == 0 ? 64 : 2 * places->room;
        struct place *more = reallocarray(places->items, room, sizeof *more);

        if (more == NULL)
            return yx_fail_memory(err);
        places->items = more;
        places->room = room;
    }
    places->items[places->count++] = (struct place){yx_row_time(row, 0), yx_row_integer(row, 1)};
    return YX_OK;
}

static yx_status take_action(void *self, const struct yx_row *row, struct yx_error *err)
{
    const char *action = yx_row_text(row, 0);

    (void)err;
    (void)snprintf(self, YX_AUDIT_NAME_MAX + 1, "%s", action == NULL ? "" : action);
    return YX_OK;
}

static yx_status find_places(const struct yx_audit_search *what, struct yx_tx *tx,
                             struct places *out, struct yx_error *err)
{
    char last[YX_AUDIT_NAME_MAX + 1] = "", action[YX_AUDIT_NAME_MAX + 1] = "";
    struct yx_value values[VALUES];

    put_values(what, values);
    for (;;) {
        const struct yx_value behind = yx_value_text(last);

        YX_TRY(yx_tx_query(tx, "SELECT min(action) FROM audit_leaf WHERE action > $1", &behind, 1,
                           take_action, action, err));
        if (action[0] == '\0')
            return YX_OK;
        values[4] = yx_value_text(action);
        if (strncmp(action, what->action, strlen(what->action)) == 0)
            YX_TRY(yx_tx_query(tx,
                               "SELECT l.at, l.id FROM audit_leaf AS l JOIN audit_number AS n"
                               " ON n.leaf = l.id WHERE (l.at, l.id) < ($1, $2) AND l.at >= $3"
                               " AND l.action = $5 ORDER BY l.at DESC, l.id DESC LIMIT $4",
                               values, 5, take_place, out, err));
        memcpy(last, action, sizeof last);
    }
}

static int newest_first(const void *a, const void *b)
{
    const struct place *one = a, *two = b;

    if (one->at != two->at)
        return one->at < two->at ? 1 : -1;
    return (one->id < two->id) - (one->id > two->id);
}

static yx_status search_starting(struct searching *searching, struct yx_tx *tx,
                                 struct yx_error *err)
{
    YX_CLEAN(places) struct places places = {0};

    YX_TRY(find_places(searching->search, tx, &places, err));
    if (places.count > 0)
        qsort(places.items, places.count, sizeof *places.items, newest_first);
    for (size_t i = 0; i < places.count && (int64_t)i < searching->search->limit; i++) {
        const struct yx_value id = yx_value_integer(places.items[i].id);

        YX_TRY(yx_tx_query(tx,
                           "SELECT " YX_AUDIT_LEAF_COLUMNS " FROM audit_leaf AS l JOIN"
                           " audit_number AS n ON n.leaf = l.id WHERE l.id = $1",
                           &id, 1, see_leaf, searching, err));
    }
    return YX_OK;
}

/* --- Searching ------------------------------------------------------------------------------- */

static yx_status search(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_audit_search *what = ((struct searching *)self)->search;
    const char *const texts[] = {what->actor, what->action, what->object};
    const char *statement =
        statements[what->actor != NULL][how_of(what->action)][what->object != NULL];
    struct yx_value values[VALUES];
    size_t count = 4;

    if (statement == NULL)
        return search_starting(self, tx, err);
    put_values(what, values);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i] != NULL)
            values[count++] = yx_value_text(texts[i]);
    return yx_tx_query(tx, statement, values, count, see_leaf, self, err);
}

yx_status yx_audit_find(struct yx_store *store, const struct yx_audit_search *what,
                        yx_audit_each_leaf each, void *self, struct yx_error *err)
{
    struct searching searching = {.search = what, .each = each, .self = self};

    return yx_store_read(store, search, &searching, err);
}
