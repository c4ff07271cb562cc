/* SPDX-License-Identifier: Apache-2.0 */
/* zip_maker.h - zips written byte by byte, good and bad, for tests. */
#ifndef SUPPORT_ZIP_MAKER_H
#define SUPPORT_ZIP_MAKER_H

#include "support.h"

#include <libdeflate.h>

#include "zip/zip.h"

struct maker {
    struct yx_buf out;
    struct yx_buf directory;
    uint32_t count;
    /* Where the last entry was written: in `out`, and its record in `directory`. */
    size_t local, data, record;
};

/* What goes into an entry; zero means the usual. */
struct maker_entry {
    struct yx_bytes name;
    struct yx_bytes packed; /* as it stands in the package */
    uint32_t size, crc32;
    uint16_t method, flags;
    unsigned descriptor; /* 0, 12 or 16 bytes behind the data */
    struct yx_bytes extra;
};

static inline void put16(struct yx_buf *buf, unsigned value)
{
    uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
    assert_int_equal(yx_buf_append(buf, YX_BYTES(bytes, 2)), YX_OK);
}

static inline void put32(struct yx_buf *buf, uint32_t value)
{
    put16(buf, value & 0xffff);
    put16(buf, value >> 16);
}

static inline void put_bytes(struct yx_buf *buf, struct yx_bytes bytes)
{
    assert_int_equal(yx_buf_append(buf, bytes), YX_OK);
}

static inline void set16(struct yx_buf *buf, size_t at, unsigned value)
{
    assert_true(at + 2 <= buf->len);
    buf->data[at] = (uint8_t)value;
    buf->data[at + 1] = (uint8_t)(value >> 8);
}

static inline void set32(struct yx_buf *buf, size_t at, uint32_t value)
{
    set16(buf, at, value & 0xffff);
    set16(buf, at + 2, value >> 16);
}

static inline void put_numbers(struct yx_buf *buf, const struct maker_entry *entry)
{
    put32(buf, entry->crc32);
    put32(buf, (uint32_t)entry->packed.len);
    put32(buf, entry->size);
}

/* The fields that a local header and a record share, up to the length of the extra field. */
static inline void put_shared(struct yx_buf *buf, const struct maker_entry *entry, bool later)
{
    put16(buf, 20);
    put16(buf, entry->flags);
    put16(buf, entry->method);
    put32(buf, 0x5a210000);
    if (later)
        put_bytes(buf, YX_BYTES("\0\0\0\0\0\0\0\0\0\0\0\0", 12));
    else
        put_numbers(buf, entry);
    put16(buf, (unsigned)entry->name.len);
    put16(buf, (unsigned)entry->extra.len);
}

static inline void maker_record(struct maker *maker, const struct maker_entry *entry, size_t local)
{
    maker->record = maker->directory.len;
    put32(&maker->directory, 0x02014b50);
    put16(&maker->directory, 20);
    put_shared(&maker->directory, entry, false);
    put16(&maker->directory, 0); /* comment */
    put16(&maker->directory, 0); /* disk */
    put16(&maker->directory, 0);
    put32(&maker->directory, 0);
    put32(&maker->directory, (uint32_t)local);
    put_bytes(&maker->directory, entry->name);
    put_bytes(&maker->directory, entry->extra);
    maker->count++;
}

static inline void maker_add(struct maker *maker, const struct maker_entry *entry)
{
    maker->local = maker->out.len;
    put32(&maker->out, 0x04034b50);
    put_shared(&maker->out, entry, entry->descriptor > 0);
    put_bytes(&maker->out, entry->name);
    put_bytes(&maker->out, entry->extra);
    maker->data = maker->out.len;
    put_bytes(&maker->out, entry->packed);
    if (entry->descriptor == 16)
        put32(&maker->out, 0x08074b50);
    if (entry->descriptor > 0)
        put_numbers(&maker->out, entry);
    maker_record(maker, entry, maker->local);
}

static inline struct maker_entry stored_entry(const char *name, struct yx_bytes content)
{
    return (struct maker_entry){.name = YX_TEXT(name),
                                .packed = content,
                                .size = (uint32_t)content.len,
                                .crc32 = libdeflate_crc32(0, content.data, content.len)};
}

static inline void maker_stored(struct maker *maker, const char *name, const char *content)
{
    struct maker_entry entry = stored_entry(name, YX_TEXT(content));
    maker_add(maker, &entry);
}

/* The deflated form of `content`, to be freed. */
static inline struct yx_buf deflated(struct yx_bytes content)
{
    struct yx_buf out = {0};
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    assert_non_null(compressor);
    size_t bound = libdeflate_deflate_compress_bound(compressor, content.len);
    assert_int_equal(yx_buf_reserve(&out, bound), YX_OK);
    out.len = libdeflate_deflate_compress(compressor, content.data, content.len, out.data, bound);
    libdeflate_free_compressor(compressor);
    assert_true(out.len > 0);
    return out;
}

static inline struct maker_entry deflated_entry(const char *name, struct yx_bytes content,
                                                const struct yx_buf *packed)
{
    struct maker_entry entry = stored_entry(name, content);
    entry.method = 8;
    entry.packed = yx_buf_bytes(packed);
    return entry;
}

static inline void maker_deflated(struct maker *maker, const char *name, const char *content)
{
    YX_CLEAN(yx_buf) struct yx_buf packed = deflated(YX_TEXT(content));
    struct maker_entry entry = deflated_entry(name, YX_TEXT(content), &packed);
    maker_add(maker, &entry);
}

/* Appends the directory and the end record, and gives where the directory starts. */
static inline size_t maker_end(struct maker *maker)
{
    size_t at = maker->out.len;
    put_bytes(&maker->out, yx_buf_bytes(&maker->directory));
    put32(&maker->out, 0x06054b50);
    put32(&maker->out, 0);
    put16(&maker->out, maker->count & 0xffff);
    put16(&maker->out, maker->count & 0xffff);
    put32(&maker->out, (uint32_t)maker->directory.len);
    put32(&maker->out, (uint32_t)at);
    put16(&maker->out, 0);
    return at;
}

static inline void maker_free(struct maker *maker)
{
    yx_buf_free(&maker->out);
    yx_buf_free(&maker->directory);
}
YX_DEFINE_CLEAN_VALUE(maker, struct maker, maker_free);

/* A source and the zip over it, freed together. */
struct opened {
    struct yx_source *source;
    struct yx_zip *zip;
};

static inline void opened_free(struct opened *opened)
{
    yx_zip_free(opened->zip);
    yx_source_free(opened->source);
}
YX_DEFINE_CLEAN_VALUE(opened, struct opened, opened_free);

static inline yx_status open_zip(struct yx_bytes bytes, struct opened *out, struct yx_error *err)
{
    *out = (struct opened){0};
    YX_TRY(yx_source_borrow(bytes, &out->source, err));
    return yx_zip_open(out->source, &out->zip, err);
}

static inline struct opened open_good(struct yx_bytes bytes)
{
    struct opened opened;
    struct yx_error err = {0};
    expect_ok(open_zip(bytes, &opened, &err), &err);
    return opened;
}

/* The zip must be refused with words that hold `sentence`. */
static inline void expect_refused(struct yx_bytes bytes, const char *sentence)
{
    YX_CLEAN(opened) struct opened opened = {0};
    struct yx_error err = {0};
    expect_status(open_zip(bytes, &opened, &err), YX_DAMAGED, &err);
    char text[600];
    yx_message_render(&err.message, NULL, text, sizeof text);
    if (strstr(text, sentence) == NULL)
        fail_msg("refused with \"%s\", not with \"%s\"", text, sentence);
    assert_true(err.rule != NULL && err.rule[0] != '\0');
}

#endif
