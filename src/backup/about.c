/* SPDX-License-Identifier: Apache-2.0 */
/* backup/about.c - what the first entry of a backup says of it, as JSON. */
#include <jansson.h>
#include <stdlib.h>

#include "audit/audit.h"
#include "backup/room.h"

YX_DEFINE_CLEAN(json, json_t *, json_decref);

yx_status yx_about_write(const struct yx_about *about, yx_time now, struct yx_buf *out,
                         struct yx_error *err)
{
    struct yx_bytes note = yx_buf_bytes(&about->checkpoint);
    YX_CLEAN(json)
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s, s:s%}", "made", YX_WHEN(now), "program", YX_VERSION,
                  "database", about->database, "blobs", about->blobs, "checkpoint",
                  note.len == 0 ? "" : (const char *)note.data, note.len);
    char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);
    bool ok = text != NULL && yx_buf_append_text(out, text) == YX_OK;

    free(text);
    return ok ? YX_OK : yx_fail_memory(err);
}

static yx_status take_checkpoint(struct yx_bytes note, struct yx_about *out,
                                 struct yx_backup_summary *summary, struct yx_error *err)
{
    struct yx_audit_checkpoint checkpoint;

    if (note.len == 0)
        return YX_OK;
    YX_TRY(yx_audit_checkpoint_read(note, &checkpoint, err));
    summary->audit_size = checkpoint.head.size;
    return yx_buf_append(&out->checkpoint, note) == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_about_read(struct yx_bytes json, struct yx_about *out,
                        struct yx_backup_summary *summary, struct yx_error *err)
{
    YX_CLEAN(json)
    json_t *object = json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, NULL);
    const char *made, *program, *database, *blobs, *note;
    size_t len;

    if (json_unpack(object, "{s:s, s:s, s:s, s:s, s:s%}", "made", &made, "program", &program,
                    "database", &database, "blobs", &blobs, "checkpoint", &note, &len) != 0 ||
        strlen(made) >= sizeof summary->made || strlen(database) >= sizeof out->database ||
        strlen(blobs) >= sizeof out->blobs)
        return yx_backup_fail_damaged(err);
    memcpy(summary->made, made, strlen(made) + 1);
    memcpy(out->database, database, strlen(database) + 1);
    memcpy(out->blobs, blobs, strlen(blobs) + 1);
    summary->postgres = database[0] == '\0';
    return take_checkpoint(YX_BYTES(note, len), out, summary, err);
}

void yx_about_free(struct yx_about *about)
{
    yx_buf_free(&about->checkpoint);
}
