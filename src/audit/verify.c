/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/verify.c - builds the tree anew from the records, in pieces that end at checkpoints, and
 * compares: leaves with their hashes, tiles with the roots that come out, checkpoints with the tree
 * as it was then.
 */
#include <stdlib.h>

#include "audit/room.h"
#include "audit/tree.h"

#define RULE "RFC 9162 2.1"
#define TILE 256
#define LEVELS 7
/* So many leaves, or checkpoints, at a time. */
#define PIECE 65536
/* The tiles that a piece completes: 256 of the first level, one above it, and one of each level
 * further up. */
#define PIECE_TILES (PIECE / TILE + LEVELS)

struct tile {
    int level;
    int64_t place;
    struct yx_audit_digest root;
};

struct building {
    struct yx_audit_verification *verification;
    struct yx_tx *tx;
    struct yx_audit_checkpoint kept;
    bool has_kept;
    int64_t all; /* leaves that have numbers */
    int64_t size;
    struct yx_tree_edge levels[LEVELS]; /* the entries of the tile that is not complete */
    struct tile tiles[PIECE_TILES];     /* completed in this piece */
    size_t tile_count;
};

/* --- Building ------------------------------------------------------------------------------ */

static yx_status add(struct building *building, const struct yx_audit_digest *leaf,
                     struct yx_error *err)
{
    struct yx_audit_digest entry = *leaf;
    int64_t place = building->size++;

    for (int level = 0; level < LEVELS; level++) {
        struct yx_tree_edge *edge = &building->levels[level];

        YX_TRY(yx_tree_append(edge, &entry, err));
        if (edge->size < TILE)
            return YX_OK;
        place /= TILE;
        YX_TRY(yx_tree_root(edge, &entry, err));
        edge->size = 0;
        building->tiles[building->tile_count++] = (struct tile){level, place, entry};
    }
    return YX_OK;
}

/* The complete subtrees of the tree, from the smallest to the largest. */
static yx_status root_now(const struct building *building, struct yx_audit_digest *out,
                          struct yx_error *err)
{
    bool begun = false;

    YX_TRY(yx_tree_root(&(struct yx_tree_edge){0}, out, err));
    for (int level = 0; level < LEVELS; level++) {
        const struct yx_tree_edge *edge = &building->levels[level];

        for (int i = __builtin_popcountll(edge->size); i-- > 0; begun = true) {
            if (begun)
                YX_TRY(yx_tree_join(&edge->roots[i], out, out, err));
            else
                *out = edge->roots[i];
        }
    }
    return YX_OK;
}

static yx_status add_leaf(void *self, const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    struct yx_audit_digest hash;

    memcpy(hash.octets, leaf->hash.data, sizeof hash.octets);
    return add(self, &hash, err);
}

/* --- Comparing ----------------------------------------------------------------------------- */

static yx_status see_tile(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct tile **tile = self;

    (void)err;
    if (yx_bytes_equal(yx_row_blob(row, 0),
                       YX_BYTES((*tile)->root.octets, sizeof(*tile)->root.octets)))
        *tile = NULL;
    return YX_OK;
}

static yx_status check_tiles(struct building *building, struct yx_error *err)
{
    for (size_t i = 0; i < building->tile_count; i++) {
        const struct tile *tile = &building->tiles[i];
        const struct yx_value key[] = {yx_value_integer(tile->level),
                                       yx_value_integer(tile->place)};

        YX_TRY(yx_tx_query(building->tx,
                           "SELECT root FROM audit_tile WHERE level = $1 AND place = $2", key, 2,
                           see_tile, &tile, err));
        YX_REQUIRE(
            tile == NULL, err, YX_DAMAGED, RULE,
            N_("the tree of the audit list is not that of its leaves: tile {1} of level {2}"),
            YX_NUM(building->tiles[i].place), YX_NUM(building->tiles[i].level));
    }
    building->tile_count = 0;
    return YX_OK;
}

/* Adds the leaves up to the one with this number. */
static yx_status build_to(struct building *building, int64_t number, struct yx_error *err)
{
    const struct yx_progress *progress = &building->verification->progress;

    while (building->size < number) {
        int64_t before = building->size, most = PIECE - before % PIECE;

        if (most > number - before)
            most = number - before;
        YX_TRY(yx_audit_each(building->tx, before + 1, most, add_leaf, building, err));
        YX_REQUIRE(building->size == before + most, err, YX_DAMAGED, RULE,
                   N_("the audit list lacks the leaf with number {1}"), YX_NUM(building->size + 1));
        YX_TRY(check_tiles(building, err));
        if (progress->tell != NULL)
            progress->tell(progress->self, (uint64_t)building->size, (uint64_t)building->all);
    }
    return YX_OK;
}

static yx_status check_checkpoint(struct building *building,
                                  const struct yx_audit_checkpoint *checkpoint,
                                  struct yx_error *err)
{
    struct yx_audit_digest root;

    YX_REQUIRE(
        checkpoint->head.size <= building->all, err, YX_DAMAGED, RULE,
        N_("the last checkpoint is of {1} leaves, and the audit list has {2}: some are gone"),
        YX_NUM(checkpoint->head.size), YX_NUM(building->all));
    YX_TRY(build_to(building, checkpoint->head.size, err));
    YX_TRY(root_now(building, &root, err));
    YX_REQUIRE(
        memcmp(&root, &checkpoint->head.root, sizeof root) == 0, err, YX_DAMAGED, RULE,
        N_("the audit list is not what the checkpoint of {1} leaves says: some were changed"),
        YX_NUM(checkpoint->head.size));
    return YX_OK;
}

/* --- Checkpoints --------------------------------------------------------------------------- */

struct notes {
    struct yx_buf all; /* NUL behind each */
    int64_t last;      /* size of the tree */
    size_t count;
};
static void notes_free(struct notes *notes)
{
    yx_buf_free(&notes->all);
}
YX_DEFINE_CLEAN_VALUE(notes, struct notes, notes_free);

static yx_status take_note(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct notes *notes = self;
    const char *note = yx_row_text(row, 1);
    struct yx_audit_checkpoint checkpoint;

    notes->last = yx_row_integer(row, 0);
    notes->count++;
    YX_TRY(yx_audit_checkpoint_read(YX_TEXT(note), &checkpoint, err));
    YX_REQUIRE(checkpoint.head.size == notes->last, err, YX_DAMAGED, RULE,
               N_("the checkpoint of {1} leaves stands in the place of that of {2}"),
               YX_NUM(checkpoint.head.size), YX_NUM(notes->last));
    return yx_buf_append(&notes->all, YX_BYTES(note, strlen(note) + 1)) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

/* A checkpoint that was kept elsewhere has its place among those of the database. */
static yx_status check_kept(struct building *building, int64_t up_to, struct yx_error *err)
{
    if (!building->has_kept || building->kept.head.size > up_to)
        return YX_OK;
    building->has_kept = false;
    return check_checkpoint(building, &building->kept, err);
}

static yx_status check_note(struct building *building, const char *note, struct yx_error *err)
{
    struct yx_audit_verification *verification = building->verification;
    struct yx_audit_checkpoint checkpoint;

    YX_TRY(yx_audit_checkpoint_read(YX_TEXT(note), &checkpoint, err));
    if (verification->key != NULL)
        YX_TRY(yx_audit_checkpoint_check(&checkpoint, verification->name, verification->key, err));
    YX_TRY(check_kept(building, checkpoint.head.size, err));
    YX_TRY(check_checkpoint(building, &checkpoint, err));
    verification->checkpoints++;
    return YX_OK;
}

static yx_status check_notes(struct building *building, struct yx_error *err)
{
    YX_CLEAN(notes) struct notes notes = {0};

    do {
        const struct yx_value page[] = {yx_value_integer(notes.last), yx_value_integer(1000)};
        const char *note;

        notes.count = 0;
        notes.all.len = 0;
        YX_TRY(yx_tx_query(building->tx,
                           "SELECT size, note FROM audit_checkpoint WHERE size > $1"
                           " ORDER BY size LIMIT $2",
                           page, 2, take_note, &notes, err));
        note = (const char *)notes.all.data;
        for (size_t i = 0; i < notes.count; i++, note += strlen(note) + 1)
            YX_TRY(check_note(building, note, err));
    } while (notes.count > 0);
    return YX_OK;
}

/* --- All of it ----------------------------------------------------------------------------- */

/* A leaf that lost its number would not be missed by the tree, nor a tile that is none. */
static yx_status check_leftovers(struct building *building, struct yx_error *err)
{
    int64_t lost = 0, tiles = 0, complete = 0;

    YX_TRY(yx_tx_query(building->tx,
                       "SELECT count(*) FROM audit_leaf AS l"
                       " WHERE NOT EXISTS (SELECT 1 FROM audit_number AS n WHERE n.leaf = l.id)"
                       " AND NOT EXISTS (SELECT 1 FROM audit_waiting AS w WHERE w.leaf = l.id)",
                       NULL, 0, yx_audit_take_integer, &lost, err));
    YX_REQUIRE(lost == 0, err, YX_DAMAGED, RULE, N_("{1} leaves of the audit list have no number"),
               YX_NUM(lost));
    YX_TRY(yx_tx_query(building->tx, "SELECT count(*) FROM audit_tile", NULL, 0,
                       yx_audit_take_integer, &tiles, err));
    for (int64_t entries = building->all; entries >= TILE; entries /= TILE)
        complete += entries / TILE;
    YX_REQUIRE(tiles == complete, err, YX_DAMAGED, RULE,
               N_("the tree of the audit list has {1} tiles where {2} belong"), YX_NUM(tiles),
               YX_NUM(complete));
    return YX_OK;
}

/* The first state: a read may run again. */
static void start_over(struct building *building)
{
    building->has_kept = building->verification->kept.len > 0;
    building->verification->checkpoints = 0;
    building->size = 0;
    building->tile_count = 0;
    memset(building->levels, 0, sizeof building->levels);
}

static yx_status verify(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct building *building = self;

    start_over(building);
    building->tx = tx;
    YX_TRY(yx_tx_query(tx, "SELECT coalesce(max(number), 0) FROM audit_number", NULL, 0,
                       yx_audit_take_integer, &building->all, err));
    YX_TRY(check_notes(building, err));
    YX_TRY(check_kept(building, INT64_MAX, err));
    YX_TRY(build_to(building, building->all, err));
    YX_TRY(check_leftovers(building, err));
    building->verification->head.size = building->size;
    return root_now(building, &building->verification->head.root, err);
}

static yx_status read_kept(struct building *building, struct yx_error *err)
{
    const struct yx_audit_verification *verification = building->verification;

    if (verification->kept.len == 0)
        return YX_OK;
    YX_TRY(yx_audit_checkpoint_read(verification->kept, &building->kept, err));
    return verification->key == NULL
               ? YX_OK
               : yx_audit_checkpoint_check(&building->kept, verification->name, verification->key,
                                           err);
}

yx_status yx_audit_verify(struct yx_store *store, struct yx_audit_verification *verification,
                          struct yx_error *err)
{
    struct building *building = calloc(1, sizeof *building);
    yx_status status;

    if (building == NULL)
        return yx_fail_memory(err);
    building->verification = verification;
    status = yx_audit_number(store, err);
    if (status == YX_OK)
        status = read_kept(building, err);
    if (status == YX_OK)
        status = yx_store_read(store, verify, building, err);
    free(building);
    return status;
}
