/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node.c - beats, and nodes that are dead.
 *
 * A node is dead when its beat has not moved while the watcher's own did, for the length of a
 * lease. Both are needed: while the database is away nobody can beat, and a watcher that was itself
 * suspended knows nothing of the time between.
 */
#include "jobs/room.h"

/* --- One's own beat ---------------------------------------------------------------------- */

struct joining {
    const struct yx_node *node;
    yx_time now;
};

static yx_status join_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct joining *joining = self;
    const struct yx_value values[] = {yx_value_text(joining->node->id),
                                      yx_value_time(joining->now)};

    return yx_tx_run(tx, "INSERT INTO job_node (node, beat, joined) VALUES ($1, 1, $2)", values, 2,
                     NULL, err);
}

yx_status yx_node_join(struct yx_node *node, struct yx_store *store, yx_time now,
                       struct yx_error *err)
{
    struct joining joining = {node, now};
    int64_t began = yx_monotonic();

    YX_TRY(yx_uuid_make(now, node->id, err));
    YX_TRY(yx_store_claim(store, join_work, &joining, err));
    node->beat_at = began;
    yx_node_blink(node);
    return YX_OK;
}

static yx_status beat_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_node *node = self;
    struct yx_value id = yx_value_text(node->id);
    int64_t changed = 0;

    YX_TRY(yx_tx_run(tx, "UPDATE job_node SET beat = beat + 1 WHERE node = $1", &id, 1, &changed,
                     err));
    YX_REQUIRE(changed == 1, err, YX_REFUSED, "node lost",
               N_("the other nodes have taken this one for dead"));
    return YX_OK;
}

yx_status yx_node_beat(struct yx_node *node, struct yx_store *store, int64_t monotonic,
                       struct yx_error *err)
{
    YX_TRY(yx_store_claim(store, beat_work, node, err));
    node->beat_at = monotonic;
    return YX_OK;
}

void yx_node_blink(struct yx_node *node)
{
    node->seen_count = 0;
    node->watch_at = 0;
}

/* --- Watching the others ----------------------------------------------------------------- */

struct watch {
    struct yx_node *node;
    int64_t monotonic;
    yx_time lease, now;
};

static struct yx_seen *find(struct yx_node *node, const char *id)
{
    for (size_t i = 0; i < node->seen_count; i++)
        if (strcmp(node->seen[i].id, id) == 0)
            return &node->seen[i];
    return NULL;
}

/* More nodes than there is room for are watched when others have gone. */
static yx_status see(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct watch *watch = self;
    struct yx_node *node = watch->node;
    const char *id = yx_row_text(row, 0);
    int64_t beat = yx_row_integer(row, 1);
    struct yx_seen *seen = find(node, id);

    (void)err;
    if (seen == NULL && node->seen_count < YX_NODES_MAX) {
        seen = &node->seen[node->seen_count++];
        *seen = (struct yx_seen){.beat = beat - 1};
        (void)snprintf(seen->id, sizeof seen->id, "%s", id);
    }
    if (seen == NULL)
        return YX_OK;
    if (seen->beat != beat)
        seen->since = watch->monotonic;
    seen->beat = beat;
    seen->present = true;
    return YX_OK;
}

static yx_status look_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct watch *watch = self;
    struct yx_value own = yx_value_text(watch->node->id);

    for (size_t i = 0; i < watch->node->seen_count; i++)
        watch->node->seen[i].present = false;
    return yx_tx_query(tx, "SELECT node, beat FROM job_node WHERE node <> $1", &own, 1, see, watch,
                       err);
}

static void forget_absent(struct yx_node *node)
{
    size_t kept = 0;

    for (size_t i = 0; i < node->seen_count; i++)
        if (node->seen[i].present)
            node->seen[kept++] = node->seen[i];
    node->seen_count = kept;
}

/* Buries the nodes that have not moved, unless they did just now. */
static yx_status bury(const struct watch *watch, struct yx_tx *tx, struct yx_error *err)
{
    for (size_t i = 0; i < watch->node->seen_count; i++) {
        const struct yx_seen *seen = &watch->node->seen[i];
        const struct yx_value values[] = {yx_value_text(seen->id), yx_value_integer(seen->beat)};

        if (watch->monotonic - seen->since >= watch->lease)
            YX_TRY(yx_tx_run(tx, "DELETE FROM job_node WHERE node = $1 AND beat = $2", values, 2,
                             NULL, err));
    }
    return YX_OK;
}

/* Jobs of nodes that are not there wait again, whoever buried them. The try counts: a job that
 * kills its node is not run for ever (see runner.c). */
static yx_status give_back(yx_time now, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_value value = yx_value_time(now);

    return yx_tx_run(tx,
                     "UPDATE job SET holder = NULL, due = $1, counted = $1,"
                     " state = CASE WHEN cancel = 1 THEN 4 ELSE 0 END,"
                     " finished = CASE WHEN cancel = 1 THEN CAST($1 AS BIGINT) END"
                     " WHERE state = 1 AND holder NOT IN (SELECT node FROM job_node)",
                     &value, 1, NULL, err);
}

static yx_status watch_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct watch *watch = self;

    YX_TRY(bury(watch, tx, err));
    return give_back(watch->now, tx, err);
}

static bool any_still(const struct watch *watch)
{
    for (size_t i = 0; i < watch->node->seen_count; i++)
        if (watch->monotonic - watch->node->seen[i].since >= watch->lease)
            return true;
    return false;
}

struct orphans {
    bool any;
};

static yx_status orphan_row(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)row, (void)err;
    ((struct orphans *)self)->any = true;
    return YX_OK;
}

static yx_status orphan_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_query(tx,
                       "SELECT 1 FROM job WHERE state = 1"
                       " AND holder NOT IN (SELECT node FROM job_node) LIMIT 1",
                       NULL, 0, orphan_row, self, err);
}

yx_status yx_node_watch(struct yx_node *node, struct yx_store *store, int64_t monotonic,
                        yx_time lease, yx_time now, struct yx_error *err)
{
    struct watch watch = {node, monotonic, lease, now};
    struct orphans orphans = {false};

    if (node->watch_at != 0 && monotonic - node->watch_at > lease / 2)
        yx_node_blink(node);
    YX_TRY(yx_store_read(store, look_work, &watch, err));
    forget_absent(node);
    node->watch_at = monotonic;
    YX_TRY(yx_store_read(store, orphan_work, &orphans, err));
    return orphans.any || any_still(&watch) ? yx_store_claim(store, watch_work, &watch, err)
                                            : YX_OK;
}

/* --- Leaving ----------------------------------------------------------------------------- */

static yx_status leave_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct joining *joining = self;
    const struct yx_value values[] = {yx_value_text(joining->node->id),
                                      yx_value_time(joining->now)};

    YX_TRY(yx_tx_run(tx,
                     "UPDATE job SET holder = NULL, due = $2, counted = $2, tries = tries - 1,"
                     " state = CASE WHEN cancel = 1 THEN 4 ELSE 0 END,"
                     " finished = CASE WHEN cancel = 1 THEN CAST($2 AS BIGINT) END"
                     " WHERE state = 1 AND holder = $1",
                     values, 2, NULL, err));
    return yx_tx_run(tx, "DELETE FROM job_node WHERE node = $1", values, 1, NULL, err);
}

yx_status yx_node_leave(struct yx_node *node, struct yx_store *store, yx_time now,
                        struct yx_error *err)
{
    struct joining leaving = {node, now};

    return yx_store_claim(store, leave_work, &leaving, err);
}
