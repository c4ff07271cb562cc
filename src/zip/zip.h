/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zip/zip.h - the zip container: a strict reader over a source, and a writer that keeps old
 * entries byte for byte.
 *
 * The reader believes nothing: the central directory is checked against every local header, and
 * entries may neither overlap nor share a name nor leave the package. What it refuses, it refuses
 * when the package is opened, before anything is decompressed. Two programs must never see two
 * different packages in the same bytes: where the format leaves room for that (two ends, a hidden
 * entry between others, a second name in an extra field), the package is refused.
 *
 * Names are bytes, compared byte for byte; "a" and "A" are two parts.
 */
#ifndef ZIP_ZIP_H
#define ZIP_ZIP_H

#include "base/base.h"

struct yx_zip;

/* What a package may hold at most. */
#define YX_ZIP_ENTRIES_MAX 20000u
#define YX_ZIP_NAME_MAX 1024u
#define YX_ZIP_DIRECTORY_MAX (16u * 1024 * 1024)
/* All parts together: 4 GiB, and 200 times the package with 64 MiB to spare for small ones. */
#define YX_ZIP_EXPANDED_MAX (UINT64_C(4) << 30)
#define YX_ZIP_EXPANSION_RATIO 200u
#define YX_ZIP_EXPANSION_SPARE (UINT64_C(64) << 20)

struct yx_zip_entry {
    struct yx_bytes name; /* as stored, without a leading '/', ends with '/' for a folder */
    uint64_t size;        /* uncompressed, as declared and later enforced */
    uint64_t packed_size;
    uint16_t method; /* 0 stored, 8 deflated */
    uint32_t crc32;
    bool is_folder;
    uint64_t raw_offset; /* the whole local entry: header, data, descriptor */
    uint64_t raw_size;
    uint64_t data_offset;   /* where the packed data starts */
    struct yx_bytes record; /* its record in the central directory */
};

/* Opens a zip. YX_DAMAGED says what is wrong. The source must outlive it. */
yx_status yx_zip_open(const struct yx_source *source, struct yx_zip **out, struct yx_error *err);
void yx_zip_free(struct yx_zip *zip);
YX_DEFINE_CLEAN(yx_zip, struct yx_zip *, yx_zip_free);

size_t yx_zip_count(const struct yx_zip *zip);
const struct yx_zip_entry *yx_zip_entry(const struct yx_zip *zip, size_t index);
/* NULL when there is none. Names are compared byte for byte. */
const struct yx_zip_entry *yx_zip_find(const struct yx_zip *zip, struct yx_bytes name);

/* The bytes it was opened from. */
const struct yx_source *yx_zip_source(const struct yx_zip *zip);
/*
 * How many bytes belong to no entry, to the directory or to its end record: junk before, between
 * and behind, and the comment. No signature protects them and no reader shows them.
 */
uint64_t yx_zip_outside(const struct yx_zip *zip);
/* May a part have this name? YX_DAMAGED says why not: empty, too long, absolute, with '\', '.',
 * '..', an empty component or a control character. */
yx_status yx_zip_check_name(struct yx_bytes name, struct yx_error *err);

/* A name as an argument of an error: a string that lives until the end of the statement. */
struct yx_zip_name_text {
    char text[256];
};
struct yx_zip_name_text yx_zip_name_text(struct yx_bytes name);
#define YX_ZIP_NAME(name) (yx_zip_name_text(name).text)

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
 * NULL: a new package. `time` becomes the parts' time stamp (UTC, in steps of two seconds); with
 * the same time the same bytes come out. Bytes of `old` that belong to no entry (see
 * yx_zip_outside) are left out: what is written is a clean zip. YX_REFUSED when the package would
 * be one that yx_zip_open refuses: names, too many entries, over 4 GiB.
 */
yx_status yx_zip_write(const struct yx_zip *old, const struct yx_zip_part *parts, size_t count,
                       yx_time time, const struct yx_progress *progress, struct yx_sink *out,
                       struct yx_error *err);

#endif
