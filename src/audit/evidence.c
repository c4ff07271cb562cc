/* SPDX-License-Identifier: Apache-2.0 */
/* audit/evidence.c - one record with the proof that it is in the list; audit.h shows the form. */
#include "audit/room.h"

#define RULE "RFC 9162 2.1.3"
#define TITLE "yinxin audit record v1"

/* --- Making -------------------------------------------------------------------------------- */

static yx_status append_leaf(void *self, const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    const struct yx_audit_event event = {.at = leaf->at,
                                         .actor = leaf->actor,
                                         .action = leaf->action,
                                         .object = leaf->object,
                                         .details = leaf->details};

    return yx_audit_leaf_der(&event, self, err);
}

static yx_status write_evidence(int64_t number, struct yx_bytes leaf,
                                const struct yx_audit_proof *proof, struct yx_bytes note,
                                struct yx_buf *out, struct yx_error *err)
{
    if (yx_buf_printf(out, TITLE "\n%lld\n", (long long)number) != YX_OK ||
        yx_base64_encode(leaf, out) != YX_OK || yx_buf_append_text(out, "\n") != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_note_put_path(proof, out, err));
    return yx_buf_append(out, note) == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_audit_evidence_make(struct yx_store *store, int64_t number, struct yx_buf *out,
                                 struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    YX_CLEAN(yx_buf) struct yx_buf leaf = {0};
    YX_CLEAN(yx_buf) struct yx_buf all = {0};
    struct yx_audit_checkpoint checkpoint = {.head.size = 0};
    struct yx_audit_proof proof;

    YX_TRY(yx_audit_checkpoint_last(store, &note, err));
    if (note.len > 0)
        YX_TRY(yx_audit_checkpoint_read(yx_buf_bytes(&note), &checkpoint, err));
    YX_REQUIRE(number <= checkpoint.head.size, err, YX_REFUSED, RULE,
               N_("no checkpoint covers the record {1} yet: make one with `yinxin audit "
                  "checkpoint`"),
               YX_NUM(number));
    YX_TRY(yx_audit_prove_leaf(store, number, checkpoint.head.size, &proof, err));
    YX_TRY(yx_audit_list(store, number, 1, append_leaf, &leaf, err));
    YX_TRY(write_evidence(number, yx_buf_bytes(&leaf), &proof, yx_buf_bytes(&note), &all, err));
    return yx_buf_append(out, yx_buf_bytes(&all)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* --- Reading ------------------------------------------------------------------------------- */

static yx_status fail_evidence(struct yx_error *err)
{
    return yx_fail(err, YX_DAMAGED, RULE, N_("this is no record of an audit list with its proof"));
}

static yx_status read_all(struct yx_bytes bytes, struct yx_audit_evidence *out,
                          struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf leaf = {0};
    struct yx_bytes rest = bytes, title, number, text;
    struct yx_audit_digest hash;
    struct yx_audit_proof proof;

    if (bytes.len > YX_AUDIT_EVIDENCE_MAX || !yx_note_line(&rest, &title) ||
        !yx_bytes_are(title, TITLE) || !yx_note_line(&rest, &number) ||
        !yx_note_number(number, &out->number) || !yx_note_line(&rest, &text))
        return fail_evidence(err);
    YX_TRY(yx_note_base64(text, &leaf, err));
    YX_TRY(yx_note_path(&rest, &proof, err));
    YX_TRY(yx_audit_checkpoint_read(rest, &out->checkpoint, err));
    YX_TRY(yx_audit_leaf_read(yx_buf_bytes(&leaf), &out->texts, &out->event, err));
    YX_TRY(yx_audit_leaf_hash(yx_buf_bytes(&leaf), hash.octets, err));
    return yx_audit_check_leaf(&hash, out->number, &out->checkpoint.head, &proof, err);
}

yx_status yx_audit_evidence_read(struct yx_bytes bytes, struct yx_audit_evidence *out,
                                 struct yx_error *err)
{
    yx_status status;

    *out = (struct yx_audit_evidence){0};
    status = read_all(bytes, out, err);
    if (status != YX_OK)
        yx_audit_evidence_free(out);
    return status;
}

void yx_audit_evidence_free(struct yx_audit_evidence *evidence)
{
    yx_buf_free(&evidence->texts);
    *evidence = (struct yx_audit_evidence){0};
}
