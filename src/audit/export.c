/* SPDX-License-Identifier: Apache-2.0 */
/* audit/export.c - records as lines of JSON, and a proof for all of them together; audit.h shows
 * the form. */
#include <jansson.h>
#include <stdlib.h>

#include "audit/room.h"
#include "audit/tree.h"

#define FORMAT "yinxin audit export v1"
#define RULE "RFC 9162 2.1"
#define PIECE 65536 /* of a file that is read */
/* Of records that are written: a record may have 64 KiB, and six times as much in JSON. */
#define RECORDS_AT_ONCE 256
#define LINE_MAX_LEN (1u << 20)

YX_DEFINE_CLEAN(json, json_t *, json_decref);

/* --- Writing ------------------------------------------------------------------------------- */

static yx_status put_json(json_t *object, struct yx_buf *out, struct yx_error *err)
{
    char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);
    bool ok = text != NULL && yx_buf_append_text(out, text) == YX_OK &&
              yx_buf_append_text(out, "\n") == YX_OK;

    free(text);
    return ok ? YX_OK : yx_fail_memory(err);
}

yx_status yx_audit_leaf_json(const struct yx_audit_leaf *leaf, struct yx_buf *out,
                             struct yx_error *err)
{
    char hash[2 * YX_AUDIT_HASH_SIZE + 1];

    yx_hex(leaf->hash, hash);
    YX_CLEAN(json)
    json_t *object = json_pack("{s:I, s:s, s:I, s:s, s:s, s:s, s:s, s:s}", "number",
                               (json_int_t)leaf->number, "at", YX_WHEN(leaf->at), "microseconds",
                               (json_int_t)leaf->at, "actor", leaf->actor, "action", leaf->action,
                               "object", leaf->object, "details", leaf->details, "hash", hash);

    return put_json(object, out, err);
}

static json_t *digests_to_json(const struct yx_audit_digest *digests, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count && array != NULL; i++) {
        YX_CLEAN(yx_buf) struct yx_buf text = {0};

        if (yx_base64_encode(YX_BYTES(digests[i].octets, YX_AUDIT_HASH_SIZE), &text) != YX_OK ||
            json_array_append_new(array, json_stringn((const char *)text.data, text.len)) != 0) {
            json_decref(array);
            array = NULL;
        }
    }
    return array;
}

static yx_status write_header(int64_t first, int64_t last, const struct yx_tree_edge *before,
                              const struct yx_audit_proof *growth, struct yx_bytes note,
                              struct yx_sink *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf line = {0};
    size_t roots = (size_t)__builtin_popcountll(before->size);
    YX_CLEAN(json)
    json_t *object =
        json_pack("{s:s, s:I, s:I, s:o, s:o, s:s%}", "format", FORMAT, "first", (json_int_t)first,
                  "last", (json_int_t)last, "before", digests_to_json(before->roots, roots),
                  "growth", digests_to_json(growth->path, growth->count), "checkpoint",
                  (const char *)note.data, note.len);

    YX_TRY(put_json(object, &line, err));
    return yx_sink_write(out, yx_buf_bytes(&line), err);
}

static yx_status take_record(void *self, const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    return yx_audit_leaf_json(leaf, self, err);
}

static yx_status write_records(struct yx_store *store, int64_t first, int64_t last,
                               const struct yx_progress *progress, struct yx_sink *out,
                               struct yx_error *err)
{
    for (int64_t at = first; at <= last; at += RECORDS_AT_ONCE) {
        YX_CLEAN(yx_buf) struct yx_buf lines = {0};
        int64_t count = last - at < RECORDS_AT_ONCE ? last - at + 1 : RECORDS_AT_ONCE;

        YX_TRY(yx_audit_list(store, at, count, take_record, &lines, err));
        YX_TRY(yx_sink_write(out, yx_buf_bytes(&lines), err));
        if (progress != NULL && progress->tell != NULL)
            progress->tell(progress->self, (uint64_t)(at + count - first),
                           (uint64_t)(last - first + 1));
    }
    return YX_OK;
}

yx_status yx_audit_export(struct yx_store *store, int64_t first, int64_t last,
                          const struct yx_progress *progress, struct yx_sink *out,
                          struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    struct yx_audit_checkpoint checkpoint = {.head = {0}};
    struct yx_audit_proof growth;
    struct yx_tree_edge before;

    YX_TRY(yx_audit_checkpoint_last(store, &note, err));
    if (note.len > 0)
        YX_TRY(yx_audit_checkpoint_read(yx_buf_bytes(&note), &checkpoint, err));
    if (last == 0)
        last = checkpoint.head.size;
    YX_REQUIRE(first >= 1 && first <= last && last <= checkpoint.head.size, err, YX_REFUSED, RULE,
               N_("the last checkpoint covers the records 1 to {1}, not {2} to {3}"),
               YX_NUM(checkpoint.head.size), YX_NUM(first), YX_NUM(last));
    YX_TRY(yx_audit_edge(store, first - 1, &before, err));
    YX_TRY(yx_audit_prove_growth(store, last, checkpoint.head.size, &growth, err));
    YX_TRY(write_header(first, last, &before, &growth, yx_buf_bytes(&note), out, err));
    return write_records(store, first, last, progress, out, err);
}

/* --- Reading ------------------------------------------------------------------------------- */

static yx_status fail_export(struct yx_error *err)
{
    return yx_fail(err, YX_DAMAGED, RULE, N_("these are no records of an audit list"));
}

/* Lines of a file, piece by piece. */
struct lines {
    const struct yx_source *file;
    uint64_t at;        /* of the next piece */
    struct yx_buf held; /* what was read */
    size_t used;        /* of it */
};
static void lines_free(struct lines *lines)
{
    yx_buf_free(&lines->held);
}
YX_DEFINE_CLEAN_VALUE(lines, struct lines, lines_free);

/* Reads more behind what is left. */
static yx_status refill(struct lines *lines, struct yx_error *err)
{
    uint64_t left = yx_source_size(lines->file) - lines->at;
    size_t len = left < PIECE ? (size_t)left : PIECE, kept = lines->held.len - lines->used;

    if (lines->used > 0)
        memmove(lines->held.data, lines->held.data + lines->used, kept);
    lines->held.len = kept;
    lines->used = 0;
    /* A file that ends within a line was cut. */
    if (len == 0 || kept > LINE_MAX_LEN)
        return fail_export(err);
    if (yx_buf_reserve(&lines->held, len) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_source_read(lines->file, lines->at, lines->held.data + kept, len, err));
    lines->held.len += len;
    lines->at += len;
    return YX_OK;
}

static bool is_at_end(const struct lines *lines)
{
    return lines->used == lines->held.len && lines->at == yx_source_size(lines->file);
}

static yx_status next_object(struct lines *lines, json_t **out, struct yx_error *err)
{
    struct yx_bytes rest, line;

    for (;;) {
        if (lines->used < lines->held.len) {
            rest = YX_BYTES(lines->held.data + lines->used, lines->held.len - lines->used);
            if (yx_note_line(&rest, &line))
                break;
        }
        YX_TRY(refill(lines, err));
    }
    lines->used += line.len + 1;
    *out = json_loadb((const char *)line.data, line.len, JSON_REJECT_DUPLICATES, NULL);
    return *out != NULL ? YX_OK : fail_export(err);
}

static yx_status digests_from_json(const json_t *array, struct yx_audit_digest *out, size_t max,
                                   size_t *count, struct yx_error *err)
{
    *count = json_array_size(array);
    if (!json_is_array(array) || *count > max)
        return fail_export(err);
    for (size_t i = 0; i < *count; i++) {
        const char *text = json_string_value(json_array_get(array, i));

        if (text == NULL)
            return fail_export(err);
        YX_TRY(yx_note_digest(YX_TEXT(text), &out[i], err));
    }
    return YX_OK;
}

/* What the first line says. */
struct header {
    struct yx_tree_edge edge;
    struct yx_audit_proof growth;
};

static yx_status read_header(struct lines *lines, struct header *header,
                             struct yx_audit_exported *out, struct yx_error *err)
{
    YX_CLEAN(json) json_t *object = NULL;
    json_t *before, *growth;
    json_int_t first, last;
    const char *format, *note;
    size_t note_len, roots;

    YX_TRY(next_object(lines, &object, err));
    if (json_unpack(object, "{s:s, s:I, s:I, s:o, s:o, s:s% !}", "format", &format, "first", &first,
                    "last", &last, "before", &before, "growth", &growth, "checkpoint", &note,
                    &note_len) != 0 ||
        strcmp(format, FORMAT) != 0 || first < 1 || last < first)
        return fail_export(err);
    out->first = first;
    out->last = last;
    header->edge.size = (uint64_t)first - 1;
    YX_TRY(digests_from_json(before, header->edge.roots, 64, &roots, err));
    YX_TRY(digests_from_json(growth, header->growth.path, YX_AUDIT_PATH_MAX, &header->growth.count,
                             err));
    if (roots != (size_t)__builtin_popcountll(header->edge.size))
        return fail_export(err);
    if (yx_buf_append(&out->note, YX_BYTES(note, note_len)) != YX_OK)
        return yx_fail_memory(err);
    return yx_audit_checkpoint_read(yx_buf_bytes(&out->note), &out->checkpoint, err);
}

/* The hash is worked out of what the record says; the one in the line must be the same. */
static yx_status read_record(struct lines *lines, int64_t number, struct yx_tree_edge *edge,
                             yx_audit_each_leaf each, void *self, struct yx_error *err)
{
    YX_CLEAN(json) json_t *object = NULL;
    struct yx_audit_event event = {0};
    struct yx_audit_digest hash;
    char hex[2 * YX_AUDIT_HASH_SIZE + 1];
    json_int_t found, at;
    const char *when, *said;

    YX_TRY(next_object(lines, &object, err));
    if (json_unpack(object, "{s:I, s:s, s:I, s:s, s:s, s:s, s:s, s:s !}", "number", &found, "at",
                    &when, "microseconds", &at, "actor", &event.actor, "action", &event.action,
                    "object", &event.object, "details", &event.details, "hash", &said) != 0 ||
        found != number || strcmp(when, YX_WHEN(at)) != 0)
        return fail_export(err);
    event.at = at;
    YX_TRY(yx_audit_hash(&event, hash.octets, err));
    yx_hex(YX_BYTES(hash.octets, sizeof hash.octets), hex);
    YX_REQUIRE(strcmp(hex, said) == 0, err, YX_DAMAGED, RULE,
               N_("the leaf {1} of the audit list is not what was written"), YX_NUM(number));
    YX_TRY(yx_tree_append(edge, &hash, err));
    const struct yx_audit_leaf leaf = {number,
                                       at,
                                       event.actor,
                                       event.action,
                                       event.object,
                                       event.details,
                                       YX_BYTES(hash.octets, sizeof hash.octets)};

    return each == NULL ? YX_OK : each(self, &leaf, err);
}

static yx_status read_all(const struct yx_source *file, yx_audit_each_leaf each, void *self,
                          struct yx_audit_exported *out, struct yx_error *err)
{
    YX_CLEAN(lines) struct lines lines = {.file = file};
    struct header header = {0};
    struct yx_audit_head head;

    YX_TRY(read_header(&lines, &header, out, err));
    for (int64_t number = out->first; number <= out->last; number++)
        YX_TRY(read_record(&lines, number, &header.edge, each, self, err));
    if (!is_at_end(&lines))
        return fail_export(err);
    head.size = out->last;
    YX_TRY(yx_tree_root(&header.edge, &head.root, err));
    return yx_audit_check_growth(&head, &out->checkpoint.head, &header.growth, err);
}

yx_status yx_audit_export_read(const struct yx_source *file, yx_audit_each_leaf each, void *self,
                               struct yx_audit_exported *out, struct yx_error *err)
{
    yx_status status;

    *out = (struct yx_audit_exported){0};
    status = read_all(file, each, self, out, err);
    if (status != YX_OK)
        yx_audit_exported_free(out);
    return status;
}

void yx_audit_exported_free(struct yx_audit_exported *exported)
{
    yx_buf_free(&exported->note);
    *exported = (struct yx_audit_exported){0};
}
