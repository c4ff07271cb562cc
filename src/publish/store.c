/* SPDX-License-Identifier: Apache-2.0 */
/* publish/store.c - the tables of the room; statements on those of directories are in directory.c.
 */
#include "publish/room.h"

/* `body` is empty from when the number is taken until the list is signed. Full and delta CRLs of a
 * partition share their numbers (RFC 5280 5.2.3). */
static const struct yx_migration steps[] = {
    {"CRLs", "CREATE TABLE crl ("
             "  id {serial},"
             "  authority INTEGER NOT NULL REFERENCES authority (id),"
             "  partition INTEGER NOT NULL,"
             "  number INTEGER NOT NULL,"
             "  base INTEGER,"
             "  generation INTEGER NOT NULL,"
             "  this_update INTEGER NOT NULL,"
             "  next_update INTEGER NOT NULL,"
             "  body {blob},"
             "  UNIQUE (authority, partition, number)"
             ")"},
    {"what directories have", "CREATE TABLE directory_mark ("
                              "  authority INTEGER NOT NULL REFERENCES authority (id),"
                              "  directory TEXT NOT NULL,"
                              "  what TEXT NOT NULL,"
                              "  mark INTEGER NOT NULL,"
                              "  UNIQUE (authority, directory, what)"
                              ");"
                              "CREATE TABLE directory_entry ("
                              "  directory TEXT NOT NULL,"
                              "  certificate INTEGER NOT NULL REFERENCES certificate (id),"
                              "  UNIQUE (directory, certificate)"
                              ")"},
};
static const struct yx_schema schema = {"publish", steps, sizeof steps / sizeof steps[0]};

yx_status yx_publish_prepare(struct yx_ca *ca, struct yx_error *err)
{
    return yx_store_migrate(yx_ca_store(ca), &schema, err);
}

static yx_status take_newest(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(struct yx_crl_row *)self = (struct yx_crl_row){
        .found = true,
        .number = yx_row_integer(row, 0),
        .generation = yx_row_integer(row, 1),
        .this_update = yx_row_integer(row, 2),
        .next_update = yx_row_integer(row, 3),
    };
    return YX_OK;
}

yx_status yx_crl_newest(struct yx_tx *tx, const struct yx_ca *ca, int partition, bool delta,
                        struct yx_crl_row *out, struct yx_error *err)
{
    const struct yx_value key[] = {
        yx_value_integer(yx_ca_number(ca)),
        yx_value_integer(partition),
        yx_value_integer(delta),
    };

    *out = (struct yx_crl_row){0};
    return yx_tx_query(tx,
                       "SELECT number, generation, this_update, next_update FROM crl"
                       " WHERE authority = $1 AND partition = $2 AND body IS NOT NULL"
                       " AND (base IS NOT NULL) = ($3 = 1) ORDER BY number DESC LIMIT 1",
                       key, 3, take_newest, out, err);
}

static yx_status take_number(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

yx_status yx_crl_generation(struct yx_tx *tx, const struct yx_ca *ca, int64_t *out,
                            struct yx_error *err)
{
    const struct yx_value authority[] = {yx_value_integer(yx_ca_number(ca))};

    *out = 0;
    return yx_tx_query(tx, "SELECT generation FROM authority WHERE id = $1", authority, 1,
                       take_number, out, err);
}

/* --- The newest as bytes --------------------------------------------------------------------- */

static yx_status take_body(void *self, const struct yx_row *row, struct yx_error *err)
{
    return yx_buf_append(self, yx_row_blob(row, 0)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_crl_body(struct yx_tx *tx, const struct yx_ca *ca, int partition, int64_t number,
                      struct yx_buf *out, struct yx_error *err)
{
    const struct yx_value key[] = {
        yx_value_integer(yx_ca_number(ca)),
        yx_value_integer(partition),
        yx_value_integer(number),
    };

    return yx_tx_query(tx,
                       "SELECT body FROM crl"
                       " WHERE authority = $1 AND partition = $2 AND number = $3",
                       key, 3, take_body, out, err);
}

struct wanted {
    struct yx_ca *ca;
    int partition;
    bool delta;
    struct yx_crl_row row;
    struct yx_buf der;
};

static yx_status read_newest(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct wanted *wanted = self;

    wanted->der.len = 0;
    YX_TRY(yx_crl_newest(tx, wanted->ca, wanted->partition, wanted->delta, &wanted->row, err));
    YX_REQUIRE(wanted->row.found, err, YX_NO_INPUT, "RFC 5280 5",
               N_("the authority has issued no such CRL yet"));
    return yx_crl_body(tx, wanted->ca, wanted->partition, wanted->row.number, &wanted->der, err);
}

static void wanted_free(struct wanted *wanted)
{
    yx_buf_free(&wanted->der);
}
YX_DEFINE_CLEAN_VALUE(wanted, struct wanted, wanted_free);

yx_status yx_publish_last_crl(struct yx_ca *ca, int partition, bool delta, struct yx_buf *der,
                              struct yx_error *err)
{
    YX_CLEAN(wanted) struct wanted wanted = {.ca = ca, .partition = partition, .delta = delta};

    YX_TRY(yx_store_read(yx_ca_store(ca), read_newest, &wanted, err));
    return yx_buf_append(der, yx_buf_bytes(&wanted.der)) == YX_OK ? YX_OK : yx_fail_memory(err);
}
