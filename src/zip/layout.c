/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zip/layout.c - where the entries of a zip lie: each local header must agree with the
 * directory, no two entries may share a byte, and nothing that looks like an entry, a directory
 * or an end may stand outside of them.
 */
#include <stdlib.h>

#include "zip/format.h"
#include "zip/name.h"
#include "zip/read.h"

#define RULE_LOCAL "APPNOTE 4.3.7"
#define RULE_DESCRIPTOR "APPNOTE 4.3.9"
#define RULE_LAYOUT "APPNOTE 4.3.6"
#define SCAN_PIECE ((size_t)64 * 1024)

static uint16_t flags_of(const struct yx_zip_entry *entry)
{
    return zip_u16(entry->record.data + 8);
}

static bool numbers_equal(const uint8_t *at, const struct yx_zip_entry *entry)
{
    return zip_u32(at) == entry->crc32 && zip_u32(at + 4) == entry->packed_size &&
           zip_u32(at + 8) == entry->size;
}

static bool numbers_zero(const uint8_t *at)
{
    return zip_u32(at) == 0 && zip_u32(at + 4) == 0 && zip_u32(at + 8) == 0;
}

static yx_status compare_local(const uint8_t *local, const struct yx_zip_entry *entry,
                               struct yx_error *err)
{
    uint16_t flags = flags_of(entry);
    bool same = zip_u32(local) == ZIP_LOCAL && zip_u16(local + 8) == entry->method &&
                ((zip_u16(local + 6) ^ flags) & ~ZIP_FLAG_EFFORT) == 0 &&
                zip_u16(local + 26) == entry->name.len;
    bool later = (flags & ZIP_FLAG_DESCRIPTOR) != 0 && numbers_zero(local + 14);
    same = same && (later || numbers_equal(local + 14, entry));
    same = same && memcmp(local + ZIP_LOCAL_SIZE, entry->name.data, entry->name.len) == 0;
    YX_REQUIRE(same, err, YX_DAMAGED, RULE_LOCAL,
               N_("{1}: the entry and the directory of the package contradict each other"),
               YX_ZIP_NAME(entry->name));
    return YX_OK;
}

static yx_status fail_beyond(const struct yx_zip_entry *entry, struct yx_error *err)
{
    return yx_fail(err, YX_DAMAGED, RULE_LAYOUT,
                   N_("{1} reaches into the directory of the package: its size or place is a lie"),
                   YX_ZIP_NAME(entry->name));
}

static yx_status check_local_extra(const struct yx_zip *zip, const struct yx_zip_entry *entry,
                                   size_t len, struct yx_error *err)
{
    if (len == 0)
        return YX_OK;
    uint8_t extra[UINT16_MAX];
    YX_TRY(yx_source_read(zip->source, entry->data_offset - len, extra, len, err));
    return yx_zip_check_extra(YX_BYTES(extra, len), entry->name, err);
}

/* Finds where the packed data starts. */
static yx_status check_local(const struct yx_zip *zip, struct yx_zip_entry *entry,
                             struct yx_error *err)
{
    uint8_t local[ZIP_LOCAL_SIZE + YX_ZIP_NAME_MAX];
    size_t fixed = ZIP_LOCAL_SIZE + entry->name.len;
    uint64_t limit = zip->end.directory_at;
    if (entry->raw_offset > limit || limit - entry->raw_offset < fixed)
        return fail_beyond(entry, err);
    YX_TRY(yx_source_read(zip->source, entry->raw_offset, local, fixed, err));
    YX_TRY(compare_local(local, entry, err));

    size_t extra = zip_u16(local + 28);
    entry->data_offset = entry->raw_offset + fixed + extra;
    if (entry->data_offset > limit || limit - entry->data_offset < entry->packed_size)
        return fail_beyond(entry, err);
    return check_local_extra(zip, entry, extra, err);
}

/* The descriptor stands behind the data, with or without its signature. */
static yx_status check_descriptor(const struct yx_zip *zip, struct yx_zip_entry *entry,
                                  struct yx_error *err)
{
    uint64_t at = entry->data_offset + entry->packed_size;
    uint8_t descriptor[16] = {0};
    size_t len = sizeof descriptor;
    if (zip->end.directory_at - at < len)
        len = (size_t)(zip->end.directory_at - at);
    YX_TRY(yx_source_read(zip->source, at, descriptor, len, err));
    size_t size = 0;
    if (len >= 12 && numbers_equal(descriptor, entry))
        size = 12;
    if (len == 16 && zip_u32(descriptor) == ZIP_DESCRIPTOR && numbers_equal(descriptor + 4, entry))
        size = 16;
    YX_REQUIRE(size > 0, err, YX_DAMAGED, RULE_DESCRIPTOR,
               N_("{1}: what stands behind the data contradicts the directory of the package"),
               YX_ZIP_NAME(entry->name));
    entry->raw_size = at + size - entry->raw_offset;
    return YX_OK;
}

static yx_status check_entry(const struct yx_zip *zip, struct yx_zip_entry *entry,
                             struct yx_error *err)
{
    YX_TRY(check_local(zip, entry, err));
    entry->raw_size = entry->data_offset + entry->packed_size - entry->raw_offset;
    if ((flags_of(entry) & ZIP_FLAG_DESCRIPTOR) == 0)
        return YX_OK;
    return check_descriptor(zip, entry, err);
}

/* Does a signature of the format stand among the bytes? */
static bool has_signature(struct yx_bytes bytes)
{
    for (size_t i = 0; i + 4 <= bytes.len; i++) {
        const uint8_t *next = memchr(bytes.data + i, 'P', bytes.len - 3 - i);
        if (next == NULL)
            return false;
        i = (size_t)(next - bytes.data);
        uint32_t signature = zip_u32(next);
        if (signature == ZIP_LOCAL || signature == ZIP_RECORD || signature == ZIP_END)
            return true;
    }
    return false;
}

/* Looks through bytes that belong to nothing: junk is taken, another package is not. */
static yx_status check_gap(struct yx_zip *zip, uint64_t from, uint64_t to, struct yx_error *err)
{
    if (from == to)
        return YX_OK;
    zip->outside += to - from;
    uint8_t piece[SCAN_PIECE + 3];
    size_t kept = 0; /* the last three bytes of the piece before: a signature may span two */
    while (from < to) {
        size_t len = to - from < SCAN_PIECE ? (size_t)(to - from) : SCAN_PIECE;
        YX_TRY(yx_source_read(zip->source, from, piece + kept, len, err));
        YX_REQUIRE(!has_signature(YX_BYTES(piece, kept + len)), err, YX_DAMAGED, RULE_LAYOUT,
                   N_("the package hides an entry or another package that its directory does not "
                      "name: other programs would read another document"));
        from += len;
        size_t keep = kept + len < 3 ? kept + len : 3;
        memmove(piece, piece + kept + len - keep, keep);
        kept = keep;
    }
    return YX_OK;
}

static int by_offset(const void *a, const void *b)
{
    const struct yx_zip_entry *const *left = a;
    const struct yx_zip_entry *const *right = b;
    if ((*left)->raw_offset != (*right)->raw_offset)
        return (*left)->raw_offset < (*right)->raw_offset ? -1 : 1;
    return 0;
}

static yx_status check_order(struct yx_zip *zip, struct yx_zip_entry **sorted, struct yx_error *err)
{
    uint64_t end = 0;
    for (size_t i = 0; i < zip->count; i++) {
        const struct yx_zip_entry *entry = sorted[i];
        YX_REQUIRE(entry->raw_offset >= end, err, YX_DAMAGED, RULE_LAYOUT,
                   N_("{1} overlaps another part of the package"), YX_ZIP_NAME(entry->name));
        YX_TRY(check_gap(zip, end, entry->raw_offset, err));
        end = entry->raw_offset + entry->raw_size;
    }
    YX_TRY(check_gap(zip, end, zip->end.directory_at, err));
    return check_gap(zip, zip->end.at + ZIP_END_SIZE, yx_source_size(zip->source), err);
}

yx_status yx_zip_check_layout(struct yx_zip *zip, struct yx_error *err)
{
    for (size_t i = 0; i < zip->count; i++)
        YX_TRY(check_entry(zip, &zip->entries[i], err));

    /* The list by name is made later; until then its room holds the order by offset. */
    for (size_t i = 0; i < zip->count; i++)
        zip->by_name[i] = &zip->entries[i];
    qsort(zip->by_name, zip->count, sizeof(struct yx_zip_entry *), by_offset);
    return check_order(zip, zip->by_name, err);
}
