/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zip/end.c - finds the end record of a zip, the door to everything else.
 *
 * The last end signature counts, as it does for every reader that searches from the back. Junk
 * before the package is taken in both ways in which it is met: with offsets that count it, and
 * with offsets that do not (then all are shifted). Junk behind is taken as far as the search
 * reaches. That no second package hides in the junk is checked in layout.c.
 */
#include "zip/format.h"
#include "zip/read.h"

#define RULE_END "APPNOTE 4.3.16"
#define TAIL_MAX (ZIP_END_SIZE + ZIP_COMMENT_MAX)

/* The last place of the signature in the tail; `tail.len` when there is none. */
static size_t last_end(struct yx_bytes tail)
{
    for (size_t i = tail.len >= 4 ? tail.len - 4 + 1 : 0; i-- > 0;) {
        if (zip_u32(tail.data + i) == ZIP_END)
            return i;
    }
    return tail.len;
}

static yx_status refuse_zip64(const struct yx_source *source, const struct zip_end *end,
                              const uint8_t *record, struct yx_error *err)
{
    bool marked = zip_u16(record + 8) == 0xffff || zip_u16(record + 10) == 0xffff ||
                  zip_u32(record + 12) == UINT32_MAX || zip_u32(record + 16) == UINT32_MAX;
    if (!marked && end->at >= ZIP64_LOCATOR_SIZE) {
        uint8_t locator[ZIP64_LOCATOR_SIZE];
        YX_TRY(yx_source_read(source, end->at - sizeof locator, locator, sizeof locator, err));
        marked = zip_u32(locator) == ZIP64_LOCATOR;
    }
    YX_REQUIRE(!marked, err, YX_DAMAGED, "APPNOTE 4.4.1.4",
               N_("the package is a ZIP64 archive, which is for files over 4 GiB or with more than "
                  "65,535 parts; no document needs that, and readers differ about it"));
    return YX_OK;
}

static yx_status check_numbers(const uint8_t *record, struct yx_error *err)
{
    bool one_disk = zip_u16(record + 4) == 0 && zip_u16(record + 6) == 0 &&
                    zip_u16(record + 8) == zip_u16(record + 10);
    YX_REQUIRE(one_disk, err, YX_DAMAGED, RULE_END,
               N_("the package is one of several pieces of a split archive"));
    YX_REQUIRE(zip_u16(record + 10) <= YX_ZIP_ENTRIES_MAX, err, YX_DAMAGED, "limit for packages",
               N_("the package declares {1} parts; at most {2} are read"),
               YX_NUM(zip_u16(record + 10)), YX_NUM(YX_ZIP_ENTRIES_MAX));
    YX_REQUIRE(zip_u32(record + 12) <= YX_ZIP_DIRECTORY_MAX, err, YX_DAMAGED, "limit for packages",
               N_("the directory of the package is {1} bytes long; at most {2} are read"),
               YX_NUM(zip_u32(record + 12)), YX_NUM(YX_ZIP_DIRECTORY_MAX));
    return YX_OK;
}

/*
 * With a shift, a reader that does not shift would look for the directory elsewhere: nothing like
 * a directory may stand there.
 */
static yx_status refuse_second_directory(const struct yx_source *source, const struct zip_end *end,
                                         struct yx_error *err)
{
    uint64_t unshifted = end->directory_at - end->shift;
    if (end->shift == 0 || yx_source_size(source) - unshifted < 4)
        return YX_OK;
    uint8_t signature[4];
    YX_TRY(yx_source_read(source, unshifted, signature, sizeof signature, err));
    YX_REQUIRE(zip_u32(signature) != ZIP_RECORD, err, YX_DAMAGED, RULE_END,
               N_("the package has two directories: programs would not agree which one counts"));
    return YX_OK;
}

/* Could a reader take this place of the file, where an end signature stands, for the end? */
static yx_status is_rival(const struct yx_source *source, const uint8_t *record, uint64_t at,
                          bool *out, struct yx_error *err)
{
    uint64_t size = zip_u32(record + 12), offset = zip_u32(record + 16);
    *out = at + ZIP_END_SIZE + zip_u16(record + 20) == yx_source_size(source);
    if (*out || offset + size != at || size < 4)
        return YX_OK;
    uint8_t signature[4];
    YX_TRY(yx_source_read(source, offset, signature, sizeof signature, err));
    *out = zip_u32(signature) == ZIP_RECORD;
    return YX_OK;
}

/*
 * Some readers search from the front, or take only an end whose comment reaches just to the end of
 * the file. A package inside a part (a seal's picture is often one) counts its offsets from its own
 * start and has no comment of that length: what does is meant to be found.
 */
static yx_status refuse_second_end(const struct yx_source *source, struct yx_bytes tail,
                                   size_t found, struct yx_error *err)
{
    uint64_t start = yx_source_size(source) - tail.len;
    for (size_t i = 0; i < found && tail.len - i >= ZIP_END_SIZE; i++) {
        bool rival;
        if (tail.data[i] != 'P' || zip_u32(tail.data + i) != ZIP_END)
            continue;
        YX_TRY(is_rival(source, tail.data + i, start + i, &rival, err));
        YX_REQUIRE(!rival, err, YX_DAMAGED, RULE_END,
                   N_("the package has two ends: programs would not agree which one counts"));
    }
    return YX_OK;
}

static yx_status read_end(const struct yx_source *source, const uint8_t *record, uint64_t behind,
                          struct zip_end *end, struct yx_error *err)
{
    YX_TRY(refuse_zip64(source, end, record, err));
    YX_TRY(check_numbers(record, err));
    YX_REQUIRE(zip_u16(record + 20) <= behind, err, YX_DAMAGED, RULE_END,
               N_("the package is cut off in its comment"));
    end->count = zip_u16(record + 10);
    end->directory_size = zip_u32(record + 12);
    uint64_t offset = zip_u32(record + 16);
    YX_REQUIRE(offset + end->directory_size <= end->at, err, YX_DAMAGED, RULE_END,
               N_("the directory of the package lies beyond its end: the file is cut off or "
                  "damaged"));
    end->directory_at = end->at - end->directory_size;
    end->shift = end->directory_at - offset;
    return refuse_second_directory(source, end, err);
}

yx_status yx_zip_find_end(const struct yx_source *source, struct zip_end *out, struct yx_error *err)
{
    uint64_t size = yx_source_size(source);
    size_t len = size < TAIL_MAX ? (size_t)size : TAIL_MAX;
    YX_CLEAN(yx_buf) struct yx_buf tail = {0};
    if (yx_buf_reserve(&tail, len + 1) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_source_read(source, size - len, tail.data, len, err));

    size_t found = last_end(YX_BYTES(tail.data, len));
    YX_REQUIRE(len - found >= ZIP_END_SIZE, err, YX_DAMAGED, RULE_END,
               N_("this is no zip package, or its end is missing: the file is cut off or damaged"));
    YX_TRY(refuse_second_end(source, YX_BYTES(tail.data, len), found, err));
    struct zip_end end = {.at = size - len + found};
    YX_TRY(read_end(source, tail.data + found, len - found - ZIP_END_SIZE, &end, err));
    *out = end;
    return YX_OK;
}
