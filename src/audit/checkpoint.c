/* SPDX-License-Identifier: Apache-2.0 */
/* audit/checkpoint.c - signed notes about the tree; audit.h shows one. */
#include "audit/room.h"

#define RULE "C2SP signed-note, tlog-checkpoint"
#define KEY_HASH 4
#define DASH "\xE2\x80\x94 " /* EM DASH, space */
#define NAME_MAX_LEN 128

/* --- Reading ------------------------------------------------------------------------------- */

static yx_status fail_note(struct yx_error *err)
{
    return yx_fail(err, YX_DAMAGED, RULE, N_("this is no checkpoint of an audit list"));
}

static yx_status read_time(struct yx_bytes line, yx_time *out, struct yx_error *err)
{
    char text[40];

    if (line.len >= sizeof text)
        return fail_note(err);
    memcpy(text, line.data, line.len);
    text[line.len] = '\0';
    return yx_time_parse(text, out, err) == YX_OK ? YX_OK : fail_note(err);
}

/* "— NAME base64" */
static bool split_signature(struct yx_bytes line, struct yx_bytes *name, struct yx_bytes *value)
{
    size_t dash = sizeof DASH - 1;
    const uint8_t *space;

    if (line.len <= dash || memcmp(line.data, DASH, dash) != 0)
        return false;
    line = YX_BYTES(line.data + dash, line.len - dash);
    space = memchr(line.data, ' ', line.len);
    if (space == NULL || space == line.data)
        return false;
    *name = YX_BYTES(line.data, (size_t)(space - line.data));
    *value = YX_BYTES(space + 1, line.len - name->len - 1);
    return true;
}

static bool are_signatures(struct yx_bytes lines)
{
    struct yx_bytes line, name, value;

    if (lines.len == 0)
        return false;
    while (lines.len > 0)
        if (!yx_note_line(&lines, &line) || !split_signature(line, &name, &value))
            return false;
    return true;
}

yx_status yx_audit_checkpoint_read(struct yx_bytes note, struct yx_audit_checkpoint *out,
                                   struct yx_error *err)
{
    struct yx_bytes rest = note, lines[5];

    if (note.len > YX_AUDIT_NOTE_MAX || !yx_utf8_valid(note))
        return fail_note(err);
    for (size_t i = 0; i < 5; i++)
        if (!yx_note_line(&rest, &lines[i]) || (lines[i].len == 0) != (i == 4))
            return fail_note(err);
    if (!yx_note_number(lines[1], &out->head.size) || !are_signatures(rest))
        return fail_note(err);
    YX_TRY(yx_note_digest(lines[2], &out->head.root, err));
    YX_TRY(read_time(lines[3], &out->at, err));
    out->origin = lines[0];
    out->text = YX_BYTES(note.data, note.len - rest.len - 1);
    out->lines = rest;
    return YX_OK;
}

/* --- Signatures ---------------------------------------------------------------------------- */

static yx_status key_hash(const char *name, const struct yx_public_key *key, uint8_t out[KEY_HASH],
                          struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf all = {0};
    uint8_t digest[YX_AUDIT_HASH_SIZE];

    if (yx_buf_printf(&all, "%s\n", name) != YX_OK ||
        yx_buf_append(&all, yx_public_key_spki(key)) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_digest(YX_DIGEST_SM3, yx_buf_bytes(&all), digest, err));
    memcpy(out, digest, KEY_HASH);
    return YX_OK;
}

/* The signature by NAME with this key and its line, if there is one. */
static yx_status find_signature(const struct yx_audit_checkpoint *checkpoint, const char *name,
                                const struct yx_public_key *key, struct yx_buf *value,
                                struct yx_bytes *whole, struct yx_error *err)
{
    struct yx_bytes rest = checkpoint->lines, line, found, text;
    uint8_t hash[KEY_HASH];

    YX_TRY(key_hash(name, key, hash, err));
    while (yx_note_line(&rest, &line) && split_signature(line, &found, &text)) {
        YX_CLEAN(yx_buf) struct yx_buf all = {0};

        if (!yx_bytes_are(found, name))
            continue;
        YX_TRY(yx_note_base64(text, &all, err));
        if (all.len <= KEY_HASH || memcmp(all.data, hash, KEY_HASH) != 0)
            continue;
        *whole = YX_BYTES(line.data, line.len + 1);
        return yx_buf_append(value, YX_BYTES(all.data + KEY_HASH, all.len - KEY_HASH)) == YX_OK
                   ? YX_OK
                   : yx_fail_memory(err);
    }
    return YX_OK;
}

yx_status yx_note_signature(const struct yx_audit_checkpoint *checkpoint, const char *name,
                            const struct yx_public_key *key, struct yx_bytes *line,
                            struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf value = {0};

    *line = YX_BYTES(NULL, 0);
    return find_signature(checkpoint, name, key, &value, line, err);
}

yx_status yx_audit_checkpoint_check(const struct yx_audit_checkpoint *checkpoint, const char *name,
                                    const struct yx_public_key *key, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    struct yx_bytes line;
    yx_status status;

    YX_TRY(find_signature(checkpoint, name, key, &value, &line, err));
    YX_REQUIRE(value.len > 0, err, YX_REFUSED, RULE,
               N_("the checkpoint is not signed by {1} with the key that is expected"), name);
    status = yx_public_key_verify(key, yx_signature_default(yx_public_key_type(key)),
                                  checkpoint->text, yx_buf_bytes(&value), err);
    YX_REQUIRE(status != YX_REFUSED && status != YX_DAMAGED, err, YX_REFUSED, RULE,
               N_("the signature of {1} under the checkpoint is wrong"), name);
    return status;
}

static yx_status check_name(const char *name, struct yx_error *err)
{
    YX_REQUIRE(name[0] != '\0' && strlen(name) <= NAME_MAX_LEN &&
                   strpbrk(name, " +\n\t\r") == NULL && yx_utf8_valid(YX_TEXT(name)),
               err, YX_USAGE, RULE,
               N_("{1} cannot be the name of a log or a witness: it has no spaces and no '+'"),
               name);
    return YX_OK;
}

/* Appends the line of a signature over `text`. */
static yx_status put_signature(const struct yx_audit_signer *by, struct yx_bytes text,
                               struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf raw = {0};
    YX_CLEAN(yx_buf) struct yx_buf all = {0};
    const struct yx_signer *signer = &by->signer;
    uint8_t hash[KEY_HASH];

    YX_TRY(check_name(by->name, err));
    YX_TRY(key_hash(by->name, by->key, hash, err));
    YX_TRY(signer->sign(signer->self, signer->algorithm, text, &raw, err));
    if (yx_buf_append(&all, YX_BYTES(hash, sizeof hash)) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_signature_to_der(signer->algorithm, yx_buf_bytes(&raw), &all, err));
    /* A note that nobody can check must not be kept. */
    YX_TRY(yx_public_key_verify(by->key, signer->algorithm, text,
                                YX_BYTES(all.data + KEY_HASH, all.len - KEY_HASH), err));
    if (yx_buf_printf(out, DASH "%s ", by->name) != YX_OK ||
        yx_base64_encode(yx_buf_bytes(&all), out) != YX_OK ||
        yx_buf_append_text(out, "\n") != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

yx_status yx_audit_cosign(struct yx_bytes note, const struct yx_audit_signer *witness,
                          struct yx_buf *out, struct yx_error *err)
{
    struct yx_audit_checkpoint checkpoint;
    struct yx_bytes there;

    YX_TRY(yx_audit_checkpoint_read(note, &checkpoint, err));
    YX_TRY(yx_note_signature(&checkpoint, witness->name, witness->key, &there, err));
    YX_REQUIRE(there.len == 0, err, YX_REFUSED, RULE, N_("{1} signed this checkpoint already"),
               witness->name);
    if (yx_buf_append(out, note) != YX_OK)
        return yx_fail_memory(err);
    return put_signature(witness, checkpoint.text, out, err);
}

/* --- In the database ----------------------------------------------------------------------- */

static yx_status take_text(void *self, const struct yx_row *row, struct yx_error *err)
{
    return yx_buf_append_text(self, yx_row_text(row, 0)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_audit_note_of(struct yx_tx *tx, int64_t size, struct yx_buf *note,
                           struct yx_error *err)
{
    if (size == 0)
        YX_TRY(yx_tx_query(tx, "SELECT coalesce(max(size), 0) FROM audit_checkpoint", NULL, 0,
                           yx_audit_take_integer, &size, err));
    const struct yx_value key = yx_value_integer(size);

    YX_TRY(yx_tx_query(tx, "SELECT note FROM audit_checkpoint WHERE size = $1", &key, 1, take_text,
                       note, err));
    return yx_tx_query(tx, "SELECT line FROM audit_cosignature WHERE size = $1 ORDER BY name", &key,
                       1, take_text, note, err);
}

static yx_status read_last(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_buf *note = self;

    note->len = 0; /* a read may run again */
    return yx_audit_note_of(tx, 0, note, err);
}

yx_status yx_audit_checkpoint_last(struct yx_store *store, struct yx_buf *note,
                                   struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf last = {0};

    YX_TRY(yx_store_read(store, read_last, &last, err));
    return yx_buf_append(note, yx_buf_bytes(&last)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

struct keeping {
    int64_t size;
    struct yx_buf note;
};
static void keeping_free(struct keeping *keeping)
{
    yx_buf_free(&keeping->note);
}
YX_DEFINE_CLEAN_VALUE(keeping, struct keeping, keeping_free);

/* Of two that sign the same tree at the same time, the first is kept. */
static yx_status keep(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct keeping *keeping = self;
    const struct yx_value row[] = {yx_value_integer(keeping->size),
                                   yx_value_text_bytes(yx_buf_bytes(&keeping->note))};

    return yx_tx_run(tx,
                     "INSERT INTO audit_checkpoint (size, note) VALUES ($1, $2)"
                     " ON CONFLICT DO NOTHING",
                     row, 2, NULL, err);
}

/* A log that forgot something signs nothing more. *is_same: the last note says it all. */
static yx_status check_growth(struct yx_store *store, const struct yx_audit_head *head,
                              struct yx_bytes last, bool *is_same, struct yx_error *err)
{
    struct yx_audit_checkpoint before;
    struct yx_audit_head then;

    *is_same = false;
    if (last.len == 0)
        return YX_OK;
    YX_TRY(yx_audit_checkpoint_read(last, &before, err));
    YX_REQUIRE(
        before.head.size <= head->size, err, YX_DAMAGED, RULE,
        N_("the last checkpoint is of {1} leaves, and the audit list has {2}: some are gone"),
        YX_NUM(before.head.size), YX_NUM(head->size));
    YX_TRY(yx_audit_head_at(store, before.head.size, &then, err));
    YX_REQUIRE(
        memcmp(&then.root, &before.head.root, sizeof then.root) == 0, err, YX_DAMAGED, RULE,
        N_("the audit list is not what the checkpoint of {1} leaves says: some were changed"),
        YX_NUM(before.head.size));
    *is_same = before.head.size == head->size;
    return YX_OK;
}

static yx_status write_text(const struct yx_audit_head *head, const char *origin, yx_time now,
                            struct yx_buf *out, struct yx_error *err)
{
    YX_TRY(check_name(origin, err));
    if (yx_buf_printf(out, "%s\n%lld\n", origin, (long long)head->size) != YX_OK ||
        yx_base64_encode(YX_BYTES(head->root.octets, sizeof head->root.octets), out) != YX_OK ||
        yx_buf_printf(out, "\n%s\n", YX_WHEN(now)) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

yx_status yx_audit_checkpoint_make(struct yx_store *store, const struct yx_audit_signer *log,
                                   yx_time now, struct yx_buf *note, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf last = {0};
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    YX_CLEAN(keeping) struct keeping keeping = {0};
    struct yx_audit_head head;
    bool is_same;

    YX_TRY(yx_audit_head_now(store, &head, err));
    YX_TRY(yx_audit_checkpoint_last(store, &last, err));
    YX_TRY(check_growth(store, &head, yx_buf_bytes(&last), &is_same, err));
    if (is_same)
        return yx_buf_append(note, yx_buf_bytes(&last)) == YX_OK ? YX_OK : yx_fail_memory(err);
    if (head.size == 0)
        return YX_OK;
    YX_TRY(write_text(&head, log->name, now, &text, err));
    if (yx_buf_append(&keeping.note, yx_buf_bytes(&text)) != YX_OK ||
        yx_buf_append_text(&keeping.note, "\n") != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(put_signature(log, yx_buf_bytes(&text), &keeping.note, err));
    keeping.size = head.size;
    YX_TRY(yx_store_write(store, keep, &keeping, err));
    return yx_audit_checkpoint_last(store, note, err);
}
