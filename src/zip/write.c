/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zip/write.c - writes a zip: old entries are copied as they are (header, data, descriptor),
 * new parts are added behind them. Records of old entries keep everything but their offset.
 */
#include <libdeflate.h>
#include <stdlib.h>

#include "zip/format.h"
#include "zip/name.h"
#include "zip/zip.h"

#define COPY_PIECE ((size_t)256 * 1024)
#define DEFLATE_LEVEL 6
#define VERSION_NEEDED 20u             /* deflate and folders: APPNOTE 4.4.3.2 */
#define VERSION_MADE_BY (3u << 8 | 20) /* Unix, for the file mode below */
#define FILE_MODE (UINT32_C(0100644) << 16)

/* A part of this size is deflated only when a sample out of its middle shrinks by a sixteenth:
 * seals are nearly all picture, and pictures are packed already. */
#define SAMPLED_SIZE ((size_t)16 * 1024)
#define SAMPLE ((size_t)4 * 1024)

struct writer {
    struct yx_sink *out;
    struct libdeflate_compressor *compressor;
    uint64_t start; /* of the package in the sink */
    struct yx_buf directory;
    uint32_t count;
    uint8_t time_date[4];
    const struct yx_progress *progress;
    uint64_t done, total;
};

static void tell(struct writer *writer, uint64_t bytes)
{
    writer->done += bytes;
    if (writer->progress != NULL && writer->progress->tell != NULL)
        writer->progress->tell(writer->progress->self, writer->done, writer->total);
}

static yx_status write_bytes(struct writer *writer, struct yx_bytes bytes, struct yx_error *err)
{
    uint64_t end = yx_sink_size(writer->out) - writer->start + bytes.len;
    YX_REQUIRE(end < UINT32_MAX, err, YX_REFUSED, "limit for packages",
               N_("the package would grow beyond 4 GiB"));
    return yx_sink_write(writer->out, bytes, err);
}

/* MS-DOS time and date (APPNOTE 4.4.6): two-second steps, years 1980 to 2107. */
static void set_time(struct writer *writer, yx_time time)
{
    struct yx_civil civil;
    yx_time_to_civil(time, &civil);
    if (civil.year < 1980)
        civil = (struct yx_civil){1980, 1, 1, 0, 0, 0};
    if (civil.year > 2107)
        civil = (struct yx_civil){2107, 12, 31, 23, 59, 58};
    zip_put_u16(writer->time_date, civil.hour << 11 | civil.minute << 5 | civil.second / 2);
    zip_put_u16(writer->time_date + 2,
                (uint32_t)(civil.year - 1980) << 9 | civil.month << 5 | civil.day);
}

/* --- Old entries ------------------------------------------------------------------------- */

static yx_status append_record(struct writer *writer, struct yx_bytes record, uint64_t offset,
                               struct yx_error *err)
{
    size_t at = writer->directory.len;
    if (yx_buf_append(&writer->directory, record) != YX_OK)
        return yx_fail_memory(err);
    zip_put_u32(writer->directory.data + at + 42, (uint32_t)offset);
    writer->count++;
    return YX_OK;
}

static yx_status copy_raw(struct writer *writer, const struct yx_zip *old,
                          const struct yx_zip_entry *entry, struct yx_buf *buffer,
                          struct yx_error *err)
{
    uint64_t offset = yx_sink_size(writer->out) - writer->start;
    uint64_t at = entry->raw_offset;
    uint64_t left = entry->raw_size;
    while (left > 0) {
        size_t len = left < COPY_PIECE ? (size_t)left : COPY_PIECE;
        YX_TRY(yx_source_read(yx_zip_source(old), at, buffer->data, len, err));
        YX_TRY(write_bytes(writer, YX_BYTES(buffer->data, len), err));
        at += len;
        left -= len;
        tell(writer, len);
    }
    return append_record(writer, entry->record, offset, err);
}

/* --- New parts --------------------------------------------------------------------------- */

static int compare_bytes(struct yx_bytes a, struct yx_bytes b)
{
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);
    if (order != 0 || a.len == b.len)
        return order;
    return a.len < b.len ? -1 : 1;
}

static int by_name(const void *a, const void *b)
{
    const struct yx_bytes *left = a;
    const struct yx_bytes *right = b;
    return compare_bytes(*left, *right);
}

struct names {
    struct yx_bytes *items;
    size_t count;
};

static void free_names(struct names *names)
{
    free(names->items);
}
YX_DEFINE_CLEAN_VALUE(names, struct names, free_names);

/* The names of the new parts in order, to find them fast; checks that they are good. */
static yx_status sort_parts(const struct yx_zip_part *parts, size_t count, struct names *out,
                            struct yx_error *err)
{
    out->items = calloc(count + 1, sizeof *out->items);
    if (out->items == NULL)
        return yx_fail_memory(err);
    for (size_t i = 0; i < count; i++) {
        YX_TRY(yx_zip_check_name(parts[i].name, err));
        out->items[i] = parts[i].name;
    }
    out->count = count;
    qsort(out->items, count, sizeof *out->items, by_name);
    for (size_t i = 1; i < count; i++)
        YX_REQUIRE(by_name(&out->items[i - 1], &out->items[i]) != 0, err, YX_REFUSED,
                   "unique names in a package", N_("{1} would be in the package twice"),
                   YX_ZIP_NAME(out->items[i]));
    return YX_OK;
}

static bool is_replaced(const struct names *names, const struct yx_zip_entry *entry)
{
    return bsearch(&entry->name, names->items, names->count, sizeof *names->items, by_name) != NULL;
}

static bool is_ascii(struct yx_bytes name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] >= 0x80)
            return false;
    }
    return true;
}

/* Bytes 4 to 29 of a local header and 6 to 31 of a record are the same fields. */
static void fill_fields(uint8_t *at, const struct writer *writer, const struct yx_zip_part *part,
                        struct yx_bytes packed)
{
    bool deflated = packed.data != part->content.data;
    bool utf8 = !is_ascii(part->name) && yx_utf8_valid(part->name);
    zip_put_u16(at, VERSION_NEEDED);
    zip_put_u16(at + 2, utf8 ? ZIP_FLAG_UTF8 : 0);
    zip_put_u16(at + 4, deflated ? ZIP_DEFLATED : ZIP_STORED);
    memcpy(at + 6, writer->time_date, 4);
    zip_put_u32(at + 10, libdeflate_crc32(0, part->content.data, part->content.len));
    zip_put_u32(at + 14, (uint32_t)packed.len);
    zip_put_u32(at + 18, (uint32_t)part->content.len);
    zip_put_u16(at + 22, (uint32_t)part->name.len);
    zip_put_u16(at + 24, 0);
}

static yx_status append_part_record(struct writer *writer, const struct yx_zip_part *part,
                                    const uint8_t *local, uint64_t offset, struct yx_error *err)
{
    uint8_t record[ZIP_RECORD_SIZE + YX_ZIP_NAME_MAX] = {0};
    zip_put_u32(record, ZIP_RECORD);
    zip_put_u16(record + 4, VERSION_MADE_BY);
    memcpy(record + 6, local + 4, ZIP_LOCAL_SIZE - 4);
    zip_put_u32(record + 38, FILE_MODE);
    memcpy(record + ZIP_RECORD_SIZE, part->name.data, part->name.len);
    return append_record(writer, YX_BYTES(record, ZIP_RECORD_SIZE + part->name.len), offset, err);
}

static bool is_packed_already(struct writer *writer, struct yx_bytes content)
{
    uint8_t packed[SAMPLE - SAMPLE / 16];
    if (content.len < SAMPLED_SIZE)
        return false;
    const uint8_t *middle = content.data + (content.len - SAMPLE) / 2;
    return libdeflate_deflate_compress(writer->compressor, middle, SAMPLE, packed, sizeof packed) ==
           0;
}

/* Deflates into `buffer` when that is smaller; otherwise *packed is the content itself. */
static yx_status deflate_part(struct writer *writer, struct yx_bytes content, struct yx_buf *buffer,
                              struct yx_bytes *packed, struct yx_error *err)
{
    *packed = content;
    if (content.len < 2)
        return YX_OK;
    if (writer->compressor == NULL)
        writer->compressor = libdeflate_alloc_compressor(DEFLATE_LEVEL);
    if (writer->compressor == NULL || yx_buf_reserve(buffer, content.len) != YX_OK)
        return yx_fail_memory(err);
    if (is_packed_already(writer, content))
        return YX_OK;
    size_t len = libdeflate_deflate_compress(writer->compressor, content.data, content.len,
                                             buffer->data, content.len - 1);
    if (len > 0)
        *packed = YX_BYTES(buffer->data, len);
    return YX_OK;
}

static yx_status write_part(struct writer *writer, const struct yx_zip_part *part,
                            struct yx_error *err)
{
    YX_REQUIRE(part->content.len < UINT32_MAX, err, YX_REFUSED, "limit for packages",
               N_("the package would grow beyond 4 GiB"));
    YX_CLEAN(yx_buf) struct yx_buf buffer = {0};
    struct yx_bytes packed;
    YX_TRY(deflate_part(writer, part->content, &buffer, &packed, err));

    uint64_t offset = yx_sink_size(writer->out) - writer->start;
    uint8_t local[ZIP_LOCAL_SIZE];
    zip_put_u32(local, ZIP_LOCAL);
    fill_fields(local + 4, writer, part, packed);
    YX_TRY(write_bytes(writer, YX_BYTES(local, sizeof local), err));
    YX_TRY(write_bytes(writer, part->name, err));
    YX_TRY(write_bytes(writer, packed, err));
    tell(writer, part->content.len);
    return append_part_record(writer, part, local, offset, err);
}

/* --- The package ------------------------------------------------------------------------- */

static yx_status write_end(struct writer *writer, struct yx_error *err)
{
    uint64_t offset = yx_sink_size(writer->out) - writer->start;
    YX_REQUIRE(writer->directory.len <= YX_ZIP_DIRECTORY_MAX, err, YX_REFUSED, "limit for packages",
               N_("the directory of the package would grow too long"));
    YX_TRY(write_bytes(writer, yx_buf_bytes(&writer->directory), err));
    uint8_t end[ZIP_END_SIZE] = {0};
    zip_put_u32(end, ZIP_END);
    zip_put_u16(end + 8, writer->count);
    zip_put_u16(end + 10, writer->count);
    zip_put_u32(end + 12, (uint32_t)writer->directory.len);
    zip_put_u32(end + 16, (uint32_t)offset);
    return write_bytes(writer, YX_BYTES(end, sizeof end), err);
}

static yx_status write_old(struct writer *writer, const struct yx_zip *old,
                           const struct names *names, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf buffer = {0};
    if (yx_buf_reserve(&buffer, COPY_PIECE) != YX_OK)
        return yx_fail_memory(err);
    for (size_t i = 0; i < yx_zip_count(old); i++) {
        const struct yx_zip_entry *entry = yx_zip_entry(old, i);
        if (!is_replaced(names, entry))
            YX_TRY(copy_raw(writer, old, entry, &buffer, err));
    }
    return YX_OK;
}

/* What there is to write, and whether it may be written. */
static yx_status plan(struct writer *writer, const struct yx_zip *old, const struct names *names,
                      const struct yx_zip_part *parts, size_t count, struct yx_error *err)
{
    size_t entries = count;
    for (size_t i = 0; old != NULL && i < yx_zip_count(old); i++) {
        const struct yx_zip_entry *entry = yx_zip_entry(old, i);
        if (is_replaced(names, entry))
            continue;
        entries++;
        writer->total += entry->raw_size;
    }
    for (size_t i = 0; i < count; i++)
        writer->total += parts[i].content.len;
    YX_REQUIRE(entries <= YX_ZIP_ENTRIES_MAX, err, YX_REFUSED, "limit for packages",
               N_("the package would hold {1} parts; at most {2} are read"), YX_NUM(entries),
               YX_NUM(YX_ZIP_ENTRIES_MAX));
    return YX_OK;
}

static void free_writer(struct writer *writer)
{
    libdeflate_free_compressor(writer->compressor);
    yx_buf_free(&writer->directory);
}
YX_DEFINE_CLEAN_VALUE(writer, struct writer, free_writer);

yx_status yx_zip_write(const struct yx_zip *old, const struct yx_zip_part *parts, size_t count,
                       yx_time time, const struct yx_progress *progress, struct yx_sink *out,
                       struct yx_error *err)
{
    YX_CLEAN(names) struct names names = {0};
    YX_TRY(sort_parts(parts, count, &names, err));
    YX_CLEAN(writer)
    struct writer writer = {.out = out, .start = yx_sink_size(out), .progress = progress};
    set_time(&writer, time);
    YX_TRY(plan(&writer, old, &names, parts, count, err));
    if (old != NULL)
        YX_TRY(write_old(&writer, old, &names, err));
    for (size_t i = 0; i < count; i++)
        YX_TRY(write_part(&writer, &parts[i], err));
    return write_end(&writer, err);
}
