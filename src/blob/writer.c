/* SPDX-License-Identifier: Apache-2.0 */
/* blob/writer.c - a content written piece by piece, with its digest running along. */
#include <stdlib.h>

#include "blob/room.h"

struct yx_blob_writer {
    struct yx_blobs *blobs;
    uint64_t limit, size;
    struct yx_hasher *hasher;
    struct yx_blob_draft draft;
    uint64_t stored; /* bytes of the draft */
    bool is_whole;   /* nothing more will come */
    uint8_t digest[YX_BLOB_DIGEST];
    /* With a key: */
    struct yx_blob_cipher cipher;
    struct yx_buf pending; /* what no chunk has taken yet */
    struct yx_buf closed;  /* room for a chunk */
    uint64_t chunks;
};

void yx_blob_writer_free(struct yx_blob_writer *writer)
{
    if (writer == NULL)
        return;
    yx_hasher_free(writer->hasher);
    yx_blob_draft_free(&writer->draft);
    yx_buf_free(&writer->pending);
    yx_buf_free(&writer->closed);
    yx_wipe(writer, sizeof *writer);
    free(writer);
}

static yx_status write_down(struct yx_blob_writer *writer, struct yx_bytes bytes,
                            struct yx_error *err)
{
    YX_TRY(yx_blob_draft_write(&writer->draft, bytes, err));
    writer->stored += bytes.len;
    return YX_OK;
}

static yx_status start_cipher(struct yx_blob_writer *writer, struct yx_error *err)
{
    uint8_t head[YX_BLOB_HEAD];

    YX_TRY(yx_blob_cipher_new(writer->blobs, head, &writer->cipher, err));
    return write_down(writer, YX_BYTES(head, sizeof head), err);
}

yx_status yx_blob_begin(struct yx_blobs *blobs, uint64_t limit, struct yx_blob_writer **out,
                        struct yx_error *err)
{
    YX_CLEAN(yx_blob_writer) struct yx_blob_writer *writer = calloc(1, sizeof *writer);

    if (writer == NULL)
        return yx_fail_memory(err);
    writer->blobs = blobs;
    writer->limit = limit;
    writer->draft.fd = -1;
    YX_TRY(yx_hasher_new(YX_DIGEST_SM3, &writer->hasher, err));
    YX_TRY(yx_blob_draft_new(blobs, &writer->draft, err));
    if (blobs->has_key)
        YX_TRY(start_cipher(writer, err));
    *out = writer;
    writer = NULL;
    return YX_OK;
}

static yx_status close_chunk(struct yx_blob_writer *writer, bool is_last, struct yx_error *err)
{
    writer->closed.len = 0;
    YX_TRY(yx_blob_chunk_close(&writer->cipher, writer->chunks++, is_last,
                               yx_buf_bytes(&writer->pending), &writer->closed, err));
    writer->pending.len = 0;
    return write_down(writer, yx_buf_bytes(&writer->closed), err);
}

/* A full chunk is closed when more comes: only then it is not the last. */
static yx_status encrypt(struct yx_blob_writer *writer, struct yx_bytes bytes, struct yx_error *err)
{
    while (bytes.len > 0) {
        if (writer->pending.len == YX_BLOB_CHUNK)
            YX_TRY(close_chunk(writer, false, err));
        size_t room = YX_BLOB_CHUNK - writer->pending.len;
        size_t len = bytes.len < room ? bytes.len : room;
        if (yx_buf_append(&writer->pending, YX_BYTES(bytes.data, len)) != YX_OK)
            return yx_fail_memory(err);
        bytes = YX_BYTES(bytes.data + len, bytes.len - len);
    }
    return YX_OK;
}

yx_status yx_blob_append(struct yx_blob_writer *writer, struct yx_bytes bytes, struct yx_error *err)
{
    YX_REQUIRE(bytes.len <= writer->limit - writer->size, err, YX_REFUSED, YX_BLOB_LIMIT,
               N_("larger than the {1} bytes allowed"), YX_NUM(writer->limit));
    writer->size += bytes.len;
    YX_TRY(yx_hasher_update(writer->hasher, bytes, err));
    return writer->blobs->has_key ? encrypt(writer, bytes, err) : write_down(writer, bytes, err);
}

yx_status yx_blob_finish(struct yx_blob_writer *writer, struct yx_blob *out, struct yx_error *err)
{
    if (!writer->is_whole) {
        if (writer->blobs->has_key)
            YX_TRY(close_chunk(writer, true, err));
        YX_TRY(yx_hasher_finish(writer->hasher, writer->digest, err));
        writer->is_whole = true;
    }
    out->size = writer->size;
    memcpy(out->digest, writer->digest, sizeof out->digest);
    return YX_OK;
}

static yx_status put(struct yx_blob_writer *writer, const struct yx_blob *blob,
                     struct yx_error *err)
{
    struct yx_blobs *blobs = writer->blobs;
    char name[YX_BLOB_HEX + 8];

    yx_blob_name(blob->digest, blobs->has_key, name);
    return blobs->kind->put(blobs, name, &writer->draft, writer->stored, err);
}

yx_status yx_blob_place(struct yx_blob_writer *writer, struct yx_blob *out, struct yx_error *err)
{
    YX_TRY(yx_blob_finish(writer, out, err));
    return put(writer, out, err);
}

/* The row says that it is there; is it, as long as it should be? */
static bool is_there(struct yx_blobs *blobs, const struct yx_blob *blob)
{
    YX_CLEAN(yx_blob_reader) struct yx_blob_reader *reader = NULL;

    return yx_blob_open(blobs, blob->digest, &reader, NULL) == YX_OK &&
           yx_blob_reader_size(reader) == blob->size;
}

yx_status yx_blob_keep(struct yx_blob_writer *writer, struct yx_store *store,
                       const struct yx_blob_about *about, struct yx_blob *out, struct yx_error *err)
{
    struct yx_blob_expected row;

    YX_TRY(yx_blob_finish(writer, out, err));
    YX_TRY(yx_blob_row_expect(store, out, about, &row, err));
    if (row.is_present && is_there(writer->blobs, out))
        return YX_OK;
    YX_TRY(put(writer, out, err));
    return yx_blob_row_arrived(store, out, &row, err);
}
