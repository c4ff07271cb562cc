/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ofd/zip.h - the zip container: a strict reader over a source, and a writer that keeps old
 * entries byte for byte.
 *
 * The reader believes nothing: the central directory is checked against every local header, and
 * entries may neither overlap nor share a name nor leave the package. What it refuses, it refuses
 * when the package is opened, before anything is decompressed.
 */
#ifndef OFD_ZIP_H
#define OFD_ZIP_H

#include "base/base.h"

struct yx_zip;

struct yx_zip_entry {
    struct yx_bytes name; /* as stored, without a leading '/', ends with '/' for a folder */
    uint64_t size;        /* uncompressed, as declared and later enforced */
    uint64_t packed_size;
    uint16_t method; /* 0 stored, 8 deflated */
    uint32_t crc32;
    bool is_folder;
    uint64_t raw_offset; /* the whole local entry: header, data, descriptor */
    uint64_t raw_size;
};

/* Opens a zip. YX_DAMAGED says what is wrong. The source must outlive it. */
yx_status yx_zip_open(const struct yx_source *source, struct yx_zip **out, struct yx_error *err);
void yx_zip_free(struct yx_zip *zip);
YX_DEFINE_CLEAN(yx_zip, struct yx_zip *, yx_zip_free);

size_t yx_zip_count(const struct yx_zip *zip);
const struct yx_zip_entry *yx_zip_entry(const struct yx_zip *zip, size_t index);
/* NULL when there is none. Names are compared byte for byte. */
const struct yx_zip_entry *yx_zip_find(const struct yx_zip *zip, struct yx_bytes name);

/* Appends the content. YX_DAMAGED when it is larger than `limit`, or not what size and CRC say. */
yx_status yx_zip_read(const struct yx_zip *zip, const struct yx_zip_entry *entry, size_t limit,
                      struct yx_buf *out, struct yx_error *err);
/* The content in pieces, for parts of any size; ends with the first status that is not YX_OK. Size
 * and CRC are checked at the end. */
yx_status yx_zip_stream(const struct yx_zip *zip, const struct yx_zip_entry *entry,
                        yx_status (*piece)(void *self, struct yx_bytes bytes, struct yx_error *err),
                        void *self, struct yx_error *err);

/* A part to be written. */
struct yx_zip_part {
    struct yx_bytes name;
    struct yx_bytes content;
};

/*
 * Writes a package: all old entries in their order as they are, save those whose name is among
 * `parts`; then `parts`, deflated where that makes them smaller; then the directory. `old` may be
 * NULL: a new package. `time` becomes the parts' time stamp.
 */
yx_status yx_zip_write(const struct yx_zip *old, const struct yx_zip_part *parts, size_t count,
                       yx_time time, const struct yx_progress *progress, struct yx_sink *out,
                       struct yx_error *err);

#endif
