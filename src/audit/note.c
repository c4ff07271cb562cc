/* SPDX-License-Identifier: Apache-2.0 */
/* audit/note.c - lines of text with numbers and base64 in them, read strictly: each is written in
 * one way only. */
#include "audit/room.h"

#define RULE "C2SP signed-note"

static yx_status fail_line(struct yx_error *err)
{
    return yx_fail(err, YX_DAMAGED, RULE, N_("a line of the note is not what belongs there"));
}

bool yx_note_line(struct yx_bytes *rest, struct yx_bytes *line)
{
    const uint8_t *end = rest->len == 0 ? NULL : memchr(rest->data, '\n', rest->len);

    if (end == NULL)
        return false;
    *line = YX_BYTES(rest->data, (size_t)(end - rest->data));
    *rest = YX_BYTES(end + 1, rest->len - line->len - 1);
    return true;
}

bool yx_note_number(struct yx_bytes line, int64_t *out)
{
    int64_t size = 0;

    if (line.len == 0 || line.len > 18 || (line.data[0] == '0' && line.len > 1))
        return false;
    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] < '0' || line.data[i] > '9')
            return false;
        size = size * 10 + (line.data[i] - '0');
    }
    *out = size;
    return true;
}

yx_status yx_note_base64(struct yx_bytes text, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf again = {0};

    if (yx_base64_decode(text, out, err) == YX_DAMAGED)
        return fail_line(err);
    if (yx_base64_encode(yx_buf_bytes(out), &again) != YX_OK)
        return yx_fail_memory(err);
    return yx_bytes_equal(yx_buf_bytes(&again), text) ? YX_OK : fail_line(err);
}

yx_status yx_note_digest(struct yx_bytes line, struct yx_audit_digest *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf root = {0};

    YX_TRY(yx_note_base64(line, &root, err));
    if (root.len != sizeof out->octets)
        return fail_line(err);
    memcpy(out->octets, root.data, sizeof out->octets);
    return YX_OK;
}

yx_status yx_note_path(struct yx_bytes *rest, struct yx_audit_proof *out, struct yx_error *err)
{
    struct yx_bytes line;

    for (out->count = 0; yx_note_line(rest, &line); out->count++) {
        if (line.len == 0)
            return YX_OK;
        if (out->count == YX_AUDIT_PATH_MAX)
            return fail_line(err);
        YX_TRY(yx_note_digest(line, &out->path[out->count], err));
    }
    return fail_line(err);
}

yx_status yx_note_put_path(const struct yx_audit_proof *proof, struct yx_buf *out,
                           struct yx_error *err)
{
    bool ok = true;

    for (size_t i = 0; ok && i < proof->count; i++)
        ok = yx_base64_encode(YX_BYTES(proof->path[i].octets, YX_AUDIT_HASH_SIZE), out) == YX_OK &&
             yx_buf_append_text(out, "\n") == YX_OK;
    return ok && yx_buf_append_text(out, "\n") == YX_OK ? YX_OK : yx_fail_memory(err);
}
