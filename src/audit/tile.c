/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/tile.c - the tree as files that never change, C2SP tlog-tiles with SM3 in the place of
 * SHA-256: `LEVEL/INDEX` holds up to 256 hashes of a level, `entries/INDEX` the records behind
 * those of level 0. Whoever mirrors the files needs nobody's database to check proofs.
 */
#include "audit/room.h"

#define RULE "C2SP tlog-tiles"
#define TILE_BITS 8
#define TILE_SIZE (1 << TILE_BITS)
#define LEVEL_MAX 63
#define INDEX_MAX INT64_C(1000000000000)

struct place {
    bool entries;
    int level;
    int64_t index;
    int width; /* 1 to 256 */
};

/* --- Paths --------------------------------------------------------------------------------- */

static bool digits(const char **at, size_t count, int64_t *out)
{
    for (size_t i = 0; i < count; i++, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        *out = *out * 10 + (**at - '0');
    }
    return true;
}

/* A number without zeros in front, up to `max`. */
static bool plain(const char **at, int max, int *out)
{
    int64_t value = 0;
    size_t count = strspn(*at, "0123456789");

    if (count < 1 || count > 3 || (**at == '0' && count > 1) || !digits(at, count, &value) ||
        value > max)
        return false;
    *out = (int)value;
    return true;
}

/* "x001/x234/067": groups of three digits, all but the last with an x. */
static bool read_index(const char **at, int64_t *out)
{
    bool first = true;

    for (*out = 0; **at == 'x'; first = false) {
        (*at)++;
        if (!digits(at, 3, out) || *(*at)++ != '/' || *out >= INDEX_MAX || (first && *out == 0))
            return false;
    }
    return digits(at, 3, out);
}

static bool read_place(const char *path, struct place *out)
{
    static const char entries[] = "entries";

    *out = (struct place){.width = TILE_SIZE};
    out->entries = strncmp(path, entries, sizeof entries - 1) == 0;
    if (out->entries)
        path += sizeof entries - 1;
    else if (!plain(&path, LEVEL_MAX, &out->level))
        return false;
    if (*path++ != '/' || !read_index(&path, &out->index))
        return false;
    if (strncmp(path, ".p/", 3) != 0)
        return *path == '\0';
    path += 3;
    return plain(&path, TILE_SIZE - 1, &out->width) && out->width > 0 && *path == '\0';
}

/* --- Contents ------------------------------------------------------------------------------ */

struct rendering {
    struct place place;
    int64_t found;
    struct yx_buf out;
};
static void rendering_free(struct rendering *rendering)
{
    yx_buf_free(&rendering->out);
}
YX_DEFINE_CLEAN_VALUE(rendering, struct rendering, rendering_free);

static yx_status put_hash(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct rendering *rendering = self;

    rendering->found++;
    return yx_buf_append(&rendering->out, yx_row_blob(row, 0)) == YX_OK ? YX_OK
                                                                        : yx_fail_memory(err);
}

/* Two octets of length, most significant first, and the canonical bytes. */
static yx_status put_entry(void *self, const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct rendering *rendering = self;
    const struct yx_audit_event event = {.at = leaf->at,
                                         .actor = leaf->actor,
                                         .action = leaf->action,
                                         .object = leaf->object,
                                         .details = leaf->details};

    YX_TRY(yx_audit_leaf_der(&event, &der, err));
    YX_REQUIRE(der.len <= YX_AUDIT_LEAF_MAX, err, YX_DAMAGED, RULE,
               N_("a record of the audit list has more than {1} bytes"), YX_NUM(YX_AUDIT_LEAF_MAX));
    const uint8_t length[2] = {(uint8_t)(der.len >> 8), (uint8_t)der.len};

    rendering->found++;
    return yx_buf_append(&rendering->out, YX_BYTES(length, sizeof length)) == YX_OK &&
                   yx_buf_append(&rendering->out, yx_buf_bytes(&der)) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

static yx_status put_all(struct rendering *rendering, struct yx_tx *tx, struct yx_error *err)
{
    const struct place *place = &rendering->place;
    int64_t first = place->index * TILE_SIZE;
    const struct yx_value leaves[] = {yx_value_integer(first + 1),
                                      yx_value_integer(first + place->width)};
    const struct yx_value tiles[] = {yx_value_integer(place->level - 1), yx_value_integer(first),
                                     yx_value_integer(first + place->width)};

    if (place->entries)
        return yx_audit_each(tx, first + 1, place->width, put_entry, rendering, err);
    if (place->level == 0)
        return yx_tx_query(tx,
                           "SELECT l.hash FROM audit_number AS n"
                           " JOIN audit_leaf AS l ON l.id = n.leaf"
                           " WHERE n.number BETWEEN $1 AND $2 ORDER BY n.number",
                           leaves, 2, put_hash, rendering, err);
    return yx_tx_query(tx,
                       "SELECT root FROM audit_tile WHERE level = $1"
                       " AND place >= $2 AND place < $3 ORDER BY place",
                       tiles, 3, put_hash, rendering, err);
}

/* Only what a checkpoint covers never changes. */
static yx_status render(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct rendering *rendering = self;
    const struct place *place = &rendering->place;
    int64_t size = 0;
    unsigned shift = (unsigned)place->level * TILE_BITS;

    rendering->out.len = 0;
    rendering->found = 0;
    YX_TRY(yx_tx_query(tx, "SELECT coalesce(max(size), 0) FROM audit_checkpoint", NULL, 0,
                       yx_audit_take_integer, &size, err));
    size = shift > 62 ? 0 : size >> shift;
    YX_REQUIRE(place->index * TILE_SIZE + place->width <= size, err, YX_REFUSED, RULE,
               N_("the audit list has no such tile under its last checkpoint"));
    YX_TRY(put_all(rendering, tx, err));
    YX_REQUIRE(rendering->found == place->width, err, YX_DAMAGED, RULE,
               N_("the tree of the audit list has gaps: run `yinxin audit verify`"));
    return YX_OK;
}

yx_status yx_audit_tile(struct yx_store *store, const char *path, struct yx_buf *out,
                        struct yx_error *err)
{
    YX_CLEAN(rendering) struct rendering rendering = {.found = 0};

    YX_REQUIRE(read_place(path, &rendering.place), err, YX_USAGE, RULE,
               N_("this is no name of a tile"));
    YX_TRY(yx_store_read(store, render, &rendering, err));
    return yx_buf_append(out, yx_buf_bytes(&rendering.out)) == YX_OK ? YX_OK : yx_fail_memory(err);
}
