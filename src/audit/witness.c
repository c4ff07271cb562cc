/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/witness.c - checkpoints on their way to witnesses, and their signatures on the way back.
 * What a witness gets is the request of C2SP tlog-witness: "old SIZE", the growth proof, one digest
 * a line, an empty line, the checkpoint.
 */
#include "audit/room.h"

#define RULE "C2SP tlog-witness"
#define OLD "old "

/* --- Growth as text ------------------------------------------------------------------------ */

yx_status yx_audit_growth_make(struct yx_store *store, int64_t old, struct yx_buf *out,
                               struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    YX_CLEAN(yx_buf) struct yx_buf all = {0};
    struct yx_audit_checkpoint checkpoint;
    struct yx_audit_proof proof;

    YX_TRY(yx_audit_checkpoint_last(store, &note, err));
    YX_REQUIRE(note.len > 0, err, YX_REFUSED, RULE, N_("the audit list has no checkpoint yet"));
    YX_TRY(yx_audit_checkpoint_read(yx_buf_bytes(&note), &checkpoint, err));
    YX_TRY(yx_audit_prove_growth(store, old, checkpoint.head.size, &proof, err));
    if (yx_buf_printf(&all, OLD "%lld\n", (long long)old) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_note_put_path(&proof, &all, err));
    if (yx_buf_append(&all, yx_buf_bytes(&note)) != YX_OK ||
        yx_buf_append(out, yx_buf_bytes(&all)) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

yx_status yx_audit_growth_read(struct yx_bytes bytes, struct yx_audit_growth *out,
                               struct yx_error *err)
{
    struct yx_bytes rest = bytes, line;
    size_t word = sizeof OLD - 1;

    YX_REQUIRE(yx_note_line(&rest, &line) && line.len > word && memcmp(line.data, OLD, word) == 0 &&
                   yx_note_number(YX_BYTES(line.data + word, line.len - word), &out->old),
               err, YX_DAMAGED, RULE, N_("this is no checkpoint with its growth"));
    YX_TRY(yx_note_path(&rest, &out->proof, err));
    out->note = rest;
    YX_TRY(yx_audit_checkpoint_read(rest, &out->checkpoint, err));
    YX_REQUIRE(out->old <= out->checkpoint.head.size, err, YX_DAMAGED, RULE,
               N_("this is no checkpoint with its growth"));
    return YX_OK;
}

/* --- The witness's side -------------------------------------------------------------------- */

/* What it signed last must be where the tree grew out of; a list that is seen for the first time is
 * believed. */
static yx_status check_growth(const struct yx_audit_growth *growth, struct yx_bytes last,
                              const struct yx_audit_signer *witness, struct yx_error *err)
{
    struct yx_audit_checkpoint before = {.head = {0}};

    if (last.len > 0) {
        YX_TRY(yx_audit_checkpoint_read(last, &before, err));
        YX_TRY(yx_audit_checkpoint_check(&before, witness->name, witness->key, err));
        YX_REQUIRE(yx_bytes_equal(before.origin, growth->checkpoint.origin), err, YX_REFUSED, RULE,
                   N_("the checkpoint is of another log than the one that was signed before"));
    }
    YX_REQUIRE(growth->old == before.head.size, err, YX_REFUSED, RULE,
               N_("the checkpoint that was signed before is of {1} leaves, and the proof begins "
                  "with {2}"),
               YX_NUM(before.head.size), YX_NUM(growth->old));
    return yx_audit_check_growth(&before.head, &growth->checkpoint.head, &growth->proof, err);
}

yx_status yx_audit_witness_sign(const struct yx_audit_growth *growth, struct yx_bytes last,
                                const struct yx_audit_party *log,
                                const struct yx_audit_signer *witness, struct yx_buf *out,
                                struct yx_error *err)
{
    YX_TRY(yx_audit_checkpoint_check(&growth->checkpoint, log->name, log->key, err));
    YX_REQUIRE(yx_bytes_are(growth->checkpoint.origin, log->name), err, YX_REFUSED, RULE,
               N_("the checkpoint is not of the log {1}"), log->name);
    YX_TRY(check_growth(growth, last, witness, err));
    return yx_audit_cosign(growth->note, witness, out, err);
}

/* --- The log's side ------------------------------------------------------------------------ */

struct keeping {
    const struct yx_audit_checkpoint *checkpoint;
    const struct yx_audit_party *witnesses;
    size_t count;
    yx_time now;
    int64_t kept;
};

static yx_status keep_line(const struct keeping *keeping, const struct yx_audit_party *witness,
                           struct yx_tx *tx, int64_t *kept, struct yx_error *err)
{
    struct yx_bytes line;
    int64_t added = 0;

    YX_TRY(yx_note_signature(keeping->checkpoint, witness->name, witness->key, &line, err));
    if (line.len == 0)
        return YX_OK;
    YX_TRY(yx_audit_checkpoint_check(keeping->checkpoint, witness->name, witness->key, err));
    const struct yx_value row[] = {yx_value_integer(keeping->checkpoint->head.size),
                                   yx_value_text(witness->name), yx_value_integer(keeping->now),
                                   yx_value_text_bytes(line)};
    YX_TRY(yx_tx_run(tx,
                     "INSERT INTO audit_cosignature (size, name, at, line)"
                     " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                     row, 4, &added, err));
    *kept += added;
    return YX_OK;
}

/* The note that we keep must say the same as the one that was signed. */
static yx_status require_ours(const struct yx_audit_checkpoint *checkpoint, struct yx_tx *tx,
                              struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    struct yx_audit_checkpoint ours;

    YX_TRY(yx_audit_note_of(tx, checkpoint->head.size, &note, err));
    if (note.len > 0)
        YX_TRY(yx_audit_checkpoint_read(yx_buf_bytes(&note), &ours, err));
    YX_REQUIRE(note.len > 0 && yx_bytes_equal(ours.text, checkpoint->text), err, YX_REFUSED, RULE,
               N_("this is no checkpoint of this audit list"));
    return YX_OK;
}

static yx_status keep(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct keeping *keeping = self;

    keeping->kept = 0;
    YX_TRY(require_ours(keeping->checkpoint, tx, err));
    for (size_t i = 0; i < keeping->count; i++)
        YX_TRY(keep_line(keeping, &keeping->witnesses[i], tx, &keeping->kept, err));
    return YX_OK;
}

yx_status yx_audit_witness_keep(struct yx_store *store, struct yx_bytes note,
                                const struct yx_audit_party *witnesses, size_t count, yx_time now,
                                int64_t *kept, struct yx_error *err)
{
    struct yx_audit_checkpoint checkpoint;
    struct keeping keeping = {
        .checkpoint = &checkpoint, .witnesses = witnesses, .count = count, .now = now};

    /* The size 0 asks for the last one elsewhere. */
    YX_TRY(yx_audit_checkpoint_read(note, &checkpoint, err));
    YX_REQUIRE(checkpoint.head.size > 0, err, YX_REFUSED, RULE,
               N_("this is no checkpoint of this audit list"));
    YX_TRY(yx_store_write(store, keep, &keeping, err));
    *kept = keeping.kept;
    return YX_OK;
}
