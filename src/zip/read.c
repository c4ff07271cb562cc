/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zip/read.c - opens a zip: reads the central directory and refuses what must not be in it.
 * The end record is found in end.c, local headers are checked in layout.c, names in
 * name.c; contents are read in inflate.c.
 */
#include <stdlib.h>

#include "zip/format.h"
#include "zip/name.h"
#include "zip/read.h"

#define RULE_RECORD "APPNOTE 4.3.12"
/* Deflate makes at most 258 bytes from two bits (RFC 1951 3.2.5): 1032 bytes from one. */
#define DEFLATE_RATIO_MAX 1032u

void yx_zip_free(struct yx_zip *zip)
{
    if (zip == NULL)
        return;
    yx_buf_free(&zip->directory);
    free(zip->entries);
    free(zip->by_name);
    free(zip);
}

static yx_status check_flags(const struct yx_zip_entry *entry, struct yx_error *err)
{
    uint16_t flags = zip_u16(entry->record.data + 8);
    uint16_t encrypted = ZIP_FLAG_ENCRYPTED | ZIP_FLAG_STRONG | ZIP_FLAG_MASKED;
    YX_REQUIRE((flags & encrypted) == 0, err, YX_DAMAGED, "APPNOTE 4.4.4",
               N_("{1} is encrypted; decrypt the package before you use it here"),
               YX_ZIP_NAME(entry->name));
    bool known = entry->method == ZIP_STORED || entry->method == ZIP_DEFLATED;
    YX_REQUIRE(known && (flags & ZIP_FLAG_PATCH) == 0, err, YX_DAMAGED, "APPNOTE 4.4.5",
               N_("{1} is packed with method {2}; only stored and deflated parts are read"),
               YX_ZIP_NAME(entry->name), YX_NUM(entry->method));
    YX_REQUIRE((flags & ZIP_FLAG_UTF8) == 0 || yx_utf8_valid(entry->name), err, YX_DAMAGED,
               "APPNOTE 4.4.4",
               N_("the name of {1} is marked as UTF-8 and is not: programs would not agree on it"),
               YX_ZIP_NAME(entry->name));
    YX_REQUIRE(zip_u16(entry->record.data + 34) == 0, err, YX_DAMAGED, "APPNOTE 4.4.11",
               N_("{1} lies in another piece of a split archive"), YX_ZIP_NAME(entry->name));
    return YX_OK;
}

static yx_status check_sizes(const struct yx_zip_entry *entry, struct yx_error *err)
{
    bool marked = entry->size == UINT32_MAX || entry->packed_size == UINT32_MAX ||
                  zip_u32(entry->record.data + 42) == UINT32_MAX;
    YX_REQUIRE(!marked, err, YX_DAMAGED, "APPNOTE 4.4.9",
               N_("{1} has ZIP64 sizes, which are for parts over 4 GiB; no document needs that"),
               YX_ZIP_NAME(entry->name));
    bool possible = entry->method == ZIP_STORED
                        ? entry->size == entry->packed_size
                        : entry->size <= entry->packed_size * DEFLATE_RATIO_MAX;
    YX_REQUIRE(possible, err, YX_DAMAGED, "APPNOTE 4.4.9",
               N_("{1} declares {2} bytes, which its {3} packed bytes cannot hold: a lie"),
               YX_ZIP_NAME(entry->name), YX_NUM(entry->size), YX_NUM(entry->packed_size));
    YX_REQUIRE(!entry->is_folder || entry->size == 0, err, YX_DAMAGED, RULE_RECORD,
               N_("the folder {1} has content"), YX_ZIP_NAME(entry->name));
    return YX_OK;
}

/* Reads the record at `at` of the directory; gives its length. */
static yx_status read_record(const struct yx_zip *zip, size_t at, struct yx_zip_entry *entry,
                             struct yx_error *err)
{
    struct yx_bytes rest = YX_BYTES(zip->directory.data + at, zip->directory.len - at);
    YX_REQUIRE(rest.len >= ZIP_RECORD_SIZE && zip_u32(rest.data) == ZIP_RECORD, err, YX_DAMAGED,
               RULE_RECORD, N_("the directory of the package is damaged"));
    size_t name = zip_u16(rest.data + 28);
    size_t extra = zip_u16(rest.data + 30);
    size_t size = ZIP_RECORD_SIZE + name + extra + zip_u16(rest.data + 32);
    YX_REQUIRE(size <= rest.len, err, YX_DAMAGED, RULE_RECORD,
               N_("the directory of the package is damaged"));

    entry->record = YX_BYTES(rest.data, size);
    entry->name = YX_BYTES(rest.data + ZIP_RECORD_SIZE, name);
    entry->method = zip_u16(rest.data + 10);
    entry->crc32 = zip_u32(rest.data + 16);
    entry->packed_size = zip_u32(rest.data + 20);
    entry->size = zip_u32(rest.data + 24);
    entry->raw_offset = zip_u32(rest.data + 42) + zip->end.shift;
    YX_TRY(yx_zip_check_name(entry->name, err));
    entry->is_folder = entry->name.data[name - 1] == '/';
    YX_TRY(
        yx_zip_check_extra(YX_BYTES(rest.data + ZIP_RECORD_SIZE + name, extra), entry->name, err));
    YX_TRY(check_flags(entry, err));
    return check_sizes(entry, err);
}

static yx_status check_expansion(const struct yx_zip *zip, struct yx_error *err)
{
    uint64_t total = 0;
    for (size_t i = 0; i < zip->count; i++)
        total += zip->entries[i].size;
    uint64_t limit = YX_ZIP_EXPANDED_MAX;
    uint64_t package = yx_source_size(zip->source);
    if (package < YX_ZIP_EXPANDED_MAX / YX_ZIP_EXPANSION_RATIO)
        limit = package * YX_ZIP_EXPANSION_RATIO + YX_ZIP_EXPANSION_SPARE;
    YX_REQUIRE(total <= limit, err, YX_DAMAGED, "limit for packages",
               N_("the parts of the package would grow to {1} bytes; from {2} bytes at most {3} "
                  "are unpacked (a zip bomb?)"),
               YX_NUM(total), YX_NUM(package), YX_NUM(limit));
    return YX_OK;
}

static yx_status read_records(struct yx_zip *zip, struct yx_error *err)
{
    size_t at = 0;
    while (zip->count < zip->end.count) {
        struct yx_zip_entry *entry = &zip->entries[zip->count];
        YX_TRY(read_record(zip, at, entry, err));
        at += entry->record.len;
        zip->count++;
    }
    YX_REQUIRE(at == zip->directory.len, err, YX_DAMAGED, RULE_RECORD,
               N_("the directory of the package holds more than the {1} parts that it declares"),
               YX_NUM(zip->end.count));
    return check_expansion(zip, err);
}

static yx_status read_directory(struct yx_zip *zip, struct yx_error *err)
{
    size_t size = zip->end.directory_size;
    size_t count = zip->end.count;
    YX_REQUIRE(count <= size / ZIP_RECORD_SIZE, err, YX_DAMAGED, RULE_RECORD,
               N_("the directory of the package is too short for the {1} parts that it declares"),
               YX_NUM(count));
    zip->entries = calloc(count + 1, sizeof *zip->entries);
    zip->by_name = calloc(count + 1, sizeof(struct yx_zip_entry *));
    if (zip->entries == NULL || zip->by_name == NULL)
        return yx_fail_memory(err);
    if (yx_buf_reserve(&zip->directory, size + 1) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_source_read(zip->source, zip->end.directory_at, zip->directory.data, size, err));
    zip->directory.len = size;
    return read_records(zip, err);
}

/* Names without the slash that marks a folder: "a" and "a/" are one name. */
static struct yx_bytes plain_name(struct yx_bytes name)
{
    bool folder = name.len > 0 && name.data[name.len - 1] == '/';
    return YX_BYTES(name.data, folder ? name.len - 1 : name.len);
}

static int compare_names(struct yx_bytes a, struct yx_bytes b)
{
    a = plain_name(a);
    b = plain_name(b);
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);
    if (order != 0 || a.len == b.len)
        return order;
    return a.len < b.len ? -1 : 1;
}

static int by_name(const void *a, const void *b)
{
    const struct yx_zip_entry *const *left = a;
    const struct yx_zip_entry *const *right = b;
    return compare_names((*left)->name, (*right)->name);
}

static int name_with_entry(const void *key, const void *item)
{
    const struct yx_bytes *name = key;
    const struct yx_zip_entry *const *entry = item;
    return compare_names(*name, (*entry)->name);
}

static yx_status sort_names(struct yx_zip *zip, struct yx_error *err)
{
    qsort(zip->by_name, zip->count, sizeof(struct yx_zip_entry *), by_name);
    for (size_t i = 1; i < zip->count; i++) {
        YX_REQUIRE(by_name(&zip->by_name[i - 1], &zip->by_name[i]) != 0, err, YX_DAMAGED,
                   "unique names in a package",
                   N_("{1} is there twice: programs would not agree which one counts"),
                   YX_ZIP_NAME(zip->by_name[i]->name));
    }
    return YX_OK;
}

yx_status yx_zip_open(const struct yx_source *source, struct yx_zip **out, struct yx_error *err)
{
    YX_CLEAN(yx_zip) struct yx_zip *zip = calloc(1, sizeof *zip);
    if (zip == NULL)
        return yx_fail_memory(err);
    zip->source = source;
    YX_TRY(yx_zip_find_end(source, &zip->end, err));
    YX_TRY(read_directory(zip, err));
    YX_TRY(yx_zip_check_layout(zip, err));
    YX_TRY(sort_names(zip, err));
    *out = zip;
    zip = NULL;
    return YX_OK;
}

size_t yx_zip_count(const struct yx_zip *zip)
{
    return zip->count;
}

const struct yx_zip_entry *yx_zip_entry(const struct yx_zip *zip, size_t index)
{
    return index < zip->count ? &zip->entries[index] : NULL;
}

const struct yx_zip_entry *yx_zip_find(const struct yx_zip *zip, struct yx_bytes name)
{
    if (name.len == 0)
        return NULL;
    struct yx_zip_entry *const *found =
        bsearch(&name, zip->by_name, zip->count, sizeof(struct yx_zip_entry *), name_with_entry);
    return found != NULL && yx_bytes_equal((*found)->name, name) ? *found : NULL;
}

const struct yx_source *yx_zip_source(const struct yx_zip *zip)
{
    return zip->source;
}

uint64_t yx_zip_outside(const struct yx_zip *zip)
{
    return zip->outside;
}
