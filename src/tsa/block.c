/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tsa/block.c - serials in blocks, and the latest time that any process of the authority knew. A
 * block is recorded before its first number is used; what is left of one when the process ends is
 * never used.
 */
#include "tsa/room.h"

#define BLOCK 1000
/* So old a block is given up: so far at most the recorded time is behind. */
#define AGE (10 * YX_SECOND)
/* Serials are all of the same length: the number counts on from here. */
#define FIRST (INT64_C(1) << 62)

/* `latest` is in microseconds since 1970 (UTC). */
static const struct yx_migration steps[] = {
    {"time-stamping authorities", "CREATE TABLE tsa ("
                                  "  id {serial},"
                                  "  key_id {blob} NOT NULL UNIQUE,"
                                  "  next INTEGER NOT NULL,"
                                  "  latest INTEGER NOT NULL"
                                  ")"},
};
static const struct yx_schema schema = {"tsa", steps, sizeof steps / sizeof steps[0]};

static yx_status enter(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_tsa_block *block = self;
    const struct yx_value row[] = {
        yx_value_blob(YX_BYTES(block->key_id, sizeof block->key_id)),
        yx_value_integer(FIRST),
    };

    return yx_tx_run(tx,
                     "INSERT INTO tsa (key_id, next, latest) VALUES ($1, $2, 0)"
                     " ON CONFLICT DO NOTHING",
                     row, 2, NULL, err);
}

yx_status yx_tsa_block_open(struct yx_tsa_block *block, const struct yx_cert *cert,
                            struct yx_error *err)
{
    struct yx_bytes spki = yx_public_key_spki(yx_cert_public_key(cert));

    YX_TRY(yx_digest(YX_DIGEST_SM3, spki, block->key_id, err));
    YX_TRY(yx_store_migrate(block->store, &schema, err));
    return yx_store_write(block->store, enter, block, err);
}

/* --- The record ------------------------------------------------------------------------------ */

static yx_status log_block(const struct yx_tsa_block *block, struct yx_tx *tx, yx_time now,
                           int64_t first, int64_t count, struct yx_error *err)
{
    char object[96], details[192];

    (void)snprintf(object, sizeof object, "tsa:%s", block->name);
    (void)snprintf(details, sizeof details,
                   "{\"first\":%lld,\"count\":%lld,\"before\":{\"granted\":%lld,\"refused\":%lld}}",
                   (long long)(first - FIRST), (long long)count, (long long)block->granted,
                   (long long)block->refused);
    return yx_audit_append(tx,
                           &(struct yx_audit_event){.at = now,
                                                    .actor = "tsa:service",
                                                    .action = count > 0 ? "tsa.block" : "tsa.close",
                                                    .object = object,
                                                    .details = details},
                           err);
}

/* --- Taking one ------------------------------------------------------------------------------- */

struct taking {
    const struct yx_tsa_block *block;
    yx_time now, latest;
    int64_t slack, next, count;
};

static yx_status take_row(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct taking *taking = self;

    (void)err;
    taking->next = yx_row_integer(row, 0);
    taking->latest = yx_row_integer(row, 1);
    return YX_OK;
}

static yx_status take(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct taking *taking = self;
    const struct yx_tsa_block *block = taking->block;
    const struct yx_value row[] = {
        yx_value_blob(YX_BYTES(block->key_id, sizeof block->key_id)),
        yx_value_integer(taking->count),
        yx_value_integer(taking->now),
    };

    taking->next = 0;
    YX_TRY(yx_tx_query(tx, "SELECT next, latest FROM tsa WHERE key_id = $1", row, 1, take_row,
                       taking, err));
    YX_REQUIRE(taking->next >= FIRST && taking->next <= INT64_MAX - taking->count, err, YX_DAMAGED,
               "", N_("the database holds no serials for the time-stamping authority"));
    YX_REQUIRE(taking->now >= taking->latest - taking->slack, err, YX_REFUSED, YX_TSA_RULE_TIME,
               N_("the clock is behind: {1} was told already, and now it is {2}"),
               YX_WHEN(taking->latest), YX_WHEN(taking->now));
    YX_TRY(yx_tx_run(tx,
                     "UPDATE tsa SET next = next + $2,"
                     " latest = CASE WHEN latest > $3 THEN latest ELSE $3 END WHERE key_id = $1",
                     row, 3, NULL, err));
    return log_block(block, tx, taking->now, taking->next, taking->count, err);
}

static yx_status take_block(struct yx_tsa_block *block, yx_time now, int64_t slack,
                            struct yx_error *err)
{
    struct taking taking = {.block = block, .now = now, .slack = slack, .count = BLOCK};

    YX_TRY(yx_store_write(block->store, take, &taking, err));
    block->next = taking.next;
    block->end = taking.next + BLOCK;
    block->taken_at = now;
    block->granted = block->refused = 0;
    return YX_OK;
}

yx_status yx_tsa_block_serial(struct yx_tsa_block *block, yx_time now, int64_t slack,
                              uint8_t out[YX_TSA_SERIAL_SIZE], struct yx_error *err)
{
    uint64_t number;

    if (block->next == block->end || now - block->taken_at >= AGE)
        YX_TRY(take_block(block, now, slack, err));
    YX_TRY(yx_random(out + 8, YX_TSA_SERIAL_SIZE - 8, err));
    number = (uint64_t)block->next++;
    for (size_t i = 0; i < 8; i++)
        out[i] = (uint8_t)(number >> (56 - 8 * i));
    return YX_OK;
}

static yx_status close_block(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct taking *taking = self;

    return log_block(taking->block, tx, taking->now, taking->block->next, 0, err);
}

yx_status yx_tsa_block_close(struct yx_tsa_block *block, yx_time now, struct yx_error *err)
{
    struct taking taking = {.block = block, .now = now};

    if (block->granted + block->refused == 0)
        return YX_OK;
    return yx_store_write(block->store, close_block, &taking, err);
}
