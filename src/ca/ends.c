/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca/ends.c - certificates that left force, one after the other, for those who keep pace with it (a
 * directory). A reader keeps a mark and goes on behind it.
 */
#include "ca/room.h"

struct walk {
    yx_ca_each_mark each;
    void *self;
    yx_time second; /* by the end: of the row before */
    int64_t at;     /* how many rows of that second were passed */
};

static yx_status pass_on(struct walk *walk, const struct yx_row *row, int64_t mark,
                         struct yx_error *err)
{
    char hex[YX_CA_SERIAL_TEXT];
    struct yx_bytes serial = yx_row_blob(row, 0);

    YX_REQUIRE(serial.len <= YX_CA_SERIAL_SIZE, err, YX_DAMAGED, "",
               N_("the database holds a serial of {1} octets"), YX_NUM(serial.len));
    yx_hex(serial, hex);
    return walk->each(walk->self, hex, mark, err);
}

static yx_status take_revocation(void *self, const struct yx_row *row, struct yx_error *err)
{
    return pass_on(self, row, yx_row_integer(row, 1), err);
}

/* Changes take the generation of the authority, one at a time (yx_ca_lock). */
yx_status yx_ca_each_revocation(struct yx_tx *tx, const struct yx_ca *ca, int64_t mark,
                                size_t count, yx_ca_each_mark each, void *self,
                                struct yx_error *err)
{
    struct walk walk = {.each = each, .self = self};
    const struct yx_value behind[] = {
        yx_value_integer(ca->number),
        yx_value_integer(mark),
        yx_value_integer(YX_CA_REVOKED),
        yx_value_integer((int64_t)count),
    };

    return yx_tx_query(tx,
                       "SELECT serial, generation FROM certificate"
                       " WHERE authority = $1 AND generation > $2 AND state = $3"
                       " ORDER BY generation LIMIT $4",
                       behind, 4, take_revocation, &walk, err);
}

static yx_status take_end(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct walk *walk = self;
    yx_time end = yx_row_integer(row, 1);

    walk->at = end == walk->second ? walk->at + 1 : 1;
    walk->second = end;
    return pass_on(walk, row, end + walk->at, err);
}

/*
 * Certificates end at whole seconds, many of them at the same; so the microseconds of a mark count
 * how many of its second are behind it. "+ 0" keeps the databases from the indexes that begin with
 * the authority.
 */
yx_status yx_ca_each_end(struct yx_tx *tx, const struct yx_ca *ca, int64_t mark, yx_time now,
                         size_t count, yx_ca_each_mark each, void *self, struct yx_error *err)
{
    struct walk walk = {
        .each = each, .self = self, .second = mark - mark % YX_SECOND, .at = mark % YX_SECOND};
    const struct yx_value behind[] = {
        yx_value_integer(ca->number),     yx_value_integer(walk.second), yx_value_integer(now),
        yx_value_integer((int64_t)count), yx_value_integer(walk.at),
    };

    return yx_tx_query(tx,
                       "SELECT serial, not_after FROM certificate WHERE authority + 0 = $1"
                       " AND not_after >= $2 AND not_after < $3"
                       " ORDER BY not_after, id LIMIT $4 OFFSET $5",
                       behind, 5, take_end, &walk, err);
}
