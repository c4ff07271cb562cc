/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zip/inflate.c - the contents of zip entries. Small ones are unpacked whole by libdeflate; large
 * ones go through zlib in pieces, so that memory stays the same for parts of any size. Sizes and
 * CRC are enforced, and the packed data must end where the entry says.
 */
#include <libdeflate.h>
#include <stdlib.h>
#include <zlib.h>

#include "zip/format.h"
#include "zip/name.h"
#include "zip/zip.h"

#define RULE_DEFLATE "RFC 1951"
#define WHOLE_MAX ((uint64_t)8 * 1024 * 1024)
#define PIECE ((size_t)128 * 1024)

/* Who wants the content, and what went by so far. */
struct reader {
    const struct yx_source *source;
    const struct yx_zip_entry *entry;
    yx_status (*piece)(void *self, struct yx_bytes bytes, struct yx_error *err);
    void *self;
    uint64_t size;
    uint32_t crc32;
};

static yx_status fail_content(const struct yx_zip_entry *entry, const char *rule,
                              struct yx_error *err)
{
    return yx_fail(err, YX_DAMAGED, rule,
                   N_("the content of {1} is damaged: it cannot be unpacked to what the package "
                      "declares"),
                   YX_ZIP_NAME(entry->name));
}

static yx_status give(struct reader *reader, struct yx_bytes bytes, struct yx_error *err)
{
    if (bytes.len == 0)
        return YX_OK;
    if (bytes.len > reader->entry->size - reader->size)
        return fail_content(reader->entry, "APPNOTE 4.4.9", err);
    reader->size += bytes.len;
    reader->crc32 = libdeflate_crc32(reader->crc32, bytes.data, bytes.len);
    return reader->piece(reader->self, bytes, err);
}

static yx_status check_whole(const struct reader *reader, struct yx_error *err)
{
    if (reader->size != reader->entry->size)
        return fail_content(reader->entry, "APPNOTE 4.4.9", err);
    if (reader->crc32 != reader->entry->crc32)
        return fail_content(reader->entry, "APPNOTE 4.4.7", err);
    return YX_OK;
}

static yx_status stream_stored(struct reader *reader, struct yx_buf *buffer, struct yx_error *err)
{
    uint64_t at = reader->entry->data_offset;
    uint64_t left = reader->entry->packed_size;
    while (left > 0) {
        size_t len = left < PIECE ? (size_t)left : PIECE;
        YX_TRY(yx_source_read(reader->source, at, buffer->data, len, err));
        YX_TRY(give(reader, YX_BYTES(buffer->data, len), err));
        at += len;
        left -= len;
    }
    return YX_OK;
}

/* Unpacks the bytes that `stream` holds; *ended tells that the last block came. */
static yx_status inflate_piece(struct reader *reader, z_stream *stream, uint8_t *unpacked,
                               bool *ended, struct yx_error *err)
{
    do {
        stream->next_out = unpacked;
        stream->avail_out = PIECE;
        int result = inflate(stream, Z_NO_FLUSH);
        if (result == Z_MEM_ERROR)
            return yx_fail_memory(err);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return fail_content(reader->entry, RULE_DEFLATE, err);
        YX_TRY(give(reader, YX_BYTES(unpacked, PIECE - stream->avail_out), err));
        *ended = result == Z_STREAM_END;
    } while (!*ended && stream->avail_out == 0);
    return YX_OK;
}

static yx_status inflate_all(struct reader *reader, z_stream *stream, struct yx_buf *buffer,
                             struct yx_error *err)
{
    uint8_t *packed = buffer->data;
    uint64_t at = reader->entry->data_offset;
    uint64_t left = reader->entry->packed_size;
    bool ended = false;
    while (!ended && left > 0) {
        size_t len = left < PIECE ? (size_t)left : PIECE;
        YX_TRY(yx_source_read(reader->source, at, packed, len, err));
        stream->next_in = packed;
        stream->avail_in = (uInt)len;
        YX_TRY(inflate_piece(reader, stream, packed + PIECE, &ended, err));
        at += len;
        left -= len;
    }
    if (!ended || left > 0 || stream->avail_in > 0)
        return fail_content(reader->entry, RULE_DEFLATE, err);
    return YX_OK;
}

static void end_stream(z_stream *stream)
{
    inflateEnd(stream);
}
YX_DEFINE_CLEAN_VALUE(z_stream, z_stream, end_stream);

static yx_status stream_deflated(struct reader *reader, struct yx_buf *buffer, struct yx_error *err)
{
    YX_CLEAN(z_stream) z_stream stream = {0};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return yx_fail_memory(err);
    return inflate_all(reader, &stream, buffer, err);
}

YX_DEFINE_CLEAN(decompressor, struct libdeflate_decompressor *, libdeflate_free_decompressor);

/* Unpacks the whole entry to `out`, which has room for it. */
static yx_status inflate_whole(const struct yx_source *source, const struct yx_zip_entry *entry,
                               uint8_t *out, struct yx_error *err)
{
    YX_CLEAN(decompressor)
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    YX_CLEAN(yx_buf) struct yx_buf packed = {0};
    size_t packed_size = (size_t)entry->packed_size;
    if (decompressor == NULL || yx_buf_reserve(&packed, packed_size + 1) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_source_read(source, entry->data_offset, packed.data, packed_size, err));
    size_t used = 0;
    size_t made = 0;
    enum libdeflate_result result = libdeflate_deflate_decompress_ex(
        decompressor, packed.data, packed_size, out, (size_t)entry->size, &used, &made);
    if (result != LIBDEFLATE_SUCCESS || used != packed_size || made != entry->size)
        return fail_content(entry, RULE_DEFLATE, err);
    return YX_OK;
}

static bool fits_whole(const struct yx_zip_entry *entry)
{
    return entry->method == ZIP_DEFLATED && entry->size <= WHOLE_MAX &&
           entry->packed_size <= WHOLE_MAX;
}

static yx_status stream_whole(struct reader *reader, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf content = {0};
    if (yx_buf_reserve(&content, (size_t)reader->entry->size + 1) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(inflate_whole(reader->source, reader->entry, content.data, err));
    content.len = (size_t)reader->entry->size;
    return give(reader, yx_buf_bytes(&content), err);
}

static yx_status stream_pieces(struct reader *reader, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf buffer = {0};
    if (yx_buf_reserve(&buffer, 2 * PIECE) != YX_OK)
        return yx_fail_memory(err);
    return reader->entry->method == ZIP_STORED ? stream_stored(reader, &buffer, err)
                                               : stream_deflated(reader, &buffer, err);
}

yx_status yx_zip_stream(const struct yx_zip *zip, const struct yx_zip_entry *entry,
                        yx_status (*piece)(void *self, struct yx_bytes bytes, struct yx_error *err),
                        void *self, struct yx_error *err)
{
    struct reader reader = {
        .source = yx_zip_source(zip), .entry = entry, .piece = piece, .self = self};
    YX_TRY(fits_whole(entry) ? stream_whole(&reader, err) : stream_pieces(&reader, err));
    return check_whole(&reader, err);
}

static yx_status append_piece(void *self, struct yx_bytes bytes, struct yx_error *err)
{
    return yx_buf_append(self, bytes) == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_zip_read(const struct yx_zip *zip, const struct yx_zip_entry *entry, size_t limit,
                      struct yx_buf *out, struct yx_error *err)
{
    YX_REQUIRE(entry->size <= limit, err, YX_DAMAGED, "limit for packages",
               N_("{1} is {2} bytes long; at most {3} are read of such a part"),
               YX_ZIP_NAME(entry->name), YX_NUM(entry->size), YX_NUM(limit));
    size_t before = out->len;
    if (yx_buf_reserve(out, (size_t)entry->size + 1) != YX_OK)
        return yx_fail_memory(err);
    yx_status status = yx_zip_stream(zip, entry, append_piece, out, err);
    if (status != YX_OK)
        out->len = before;
    return status;
}
