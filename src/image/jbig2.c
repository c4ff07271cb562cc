/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jbig2.c - decodes JBIG2 (ITU-T T.88) by the program jbig2dec, whose licence keeps it out of ours,
 * as a confined child process. It prints a portable bitmap ("P4", width, height, rows of bits, 1 is
 * black), which is read strictly.
 */
#include "image/parts.h"
#include "program/program.h"

#define OUTPUT_MAX ((size_t)YX_BITMAP_PIXELS_MAX / 8 + 64 * 1024)
#define MEMORY_MAX ((uint64_t)512 * 1024 * 1024)
#define SECONDS 10

static yx_status fail_damaged(struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, yx_rule_bitmap, N_("the JBIG2 is damaged"));
}

/* --- Is all of it there? ----------------------------------------------------------------- */

/* jbig2dec shows white where segments are missing, and says nothing. */

enum { FILE_START = 8, SEQUENTIAL = 1, PAGES_UNKNOWN = 2, END_OF_FILE = 51 };

static bool take(struct yx_bytes *rest, size_t len, const uint8_t **out)
{
    if (len > rest->len)
        return false;
    *out = rest->data;
    *rest = YX_BYTES(rest->data + len, rest->len - len);
    return true;
}

static uint32_t big_32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* How many segments one refers to: three bits, or 29 and a flag for each and for itself. */
static bool take_references(struct yx_bytes *rest, uint32_t number)
{
    uint32_t size = number <= 256 ? 1 : number <= 65536 ? 2 : 4;
    const uint8_t *at;
    uint64_t count;

    if (!take(rest, 1, &at))
        return false;
    count = *at >> 5;
    if (count == 7) {
        const uint8_t *more;

        if (!take(rest, 3, &more))
            return false;
        count = big_32(at) & 0x1FFFFFFF;
        if (!take(rest, (size_t)(count + 8) / 8, &more))
            return false;
    }
    return take(rest, (size_t)count * size, &at);
}

/* The header of a segment (T.88 7.2): number, flags, references, page, length. */
static bool take_segment(struct yx_bytes *rest, uint8_t *type, uint32_t *length)
{
    const uint8_t *head, *tail;
    size_t page;

    if (!take(rest, 5, &head) || !take_references(rest, big_32(head)))
        return false;
    page = (head[4] & 0x40) != 0 ? 4 : 1;
    if (!take(rest, page + 4, &tail))
        return false;
    *type = head[4] & 0x3F;
    *length = big_32(tail + page);
    return true;
}

/* Segments one after another, each followed by its data, or all headers and then all data. A length
 * that the writer did not know is not followed. */
static bool is_complete(struct yx_bytes rest, bool sequential)
{
    uint64_t behind = 0;
    uint8_t type = 0;

    while (rest.len > 0 && type != END_OF_FILE) {
        const uint8_t *data;
        uint32_t length;

        if (!take_segment(&rest, &type, &length))
            return false;
        if (length == UINT32_MAX)
            return true;
        if (sequential && !take(&rest, length, &data))
            return false;
        behind += length;
    }
    return sequential || behind <= rest.len;
}

static bool is_whole(struct yx_bytes picture, bool is_file)
{
    const uint8_t *head, *pages;

    if (!is_file)
        return is_complete(picture, true);
    return take(&picture, FILE_START + 1, &head) &&
           ((head[FILE_START] & PAGES_UNKNOWN) != 0 || take(&picture, 4, &pages)) &&
           is_complete(picture, (head[FILE_START] & SEQUENTIAL) != 0);
}

/* --- What it prints ---------------------------------------------------------------------- */

static bool take_number(struct yx_bytes *rest, char end, uint32_t *out)
{
    uint32_t number = 0;
    size_t len = 0;

    while (len < rest->len && len < 9 && rest->data[len] >= '0' && rest->data[len] <= '9')
        number = number * 10 + (rest->data[len++] - '0');
    if (len == 0 || len == rest->len || rest->data[len] != (uint8_t)end)
        return false;
    *rest = YX_BYTES(rest->data + len + 1, rest->len - len - 1);
    *out = number;
    return true;
}

static bool take_header(struct yx_bytes *rest, uint32_t *width, uint32_t *height)
{
    if (rest->len < 3 || memcmp(rest->data, "P4\n", 3) != 0)
        return false;
    *rest = YX_BYTES(rest->data + 3, rest->len - 3);
    return take_number(rest, ' ', width) && take_number(rest, '\n', height);
}

static yx_status read_bitmap(struct yx_bytes rest, const struct yx_bitmap_wish *wish,
                             struct yx_raster *out, struct yx_error *err)
{
    YX_CLEAN(yx_shrink) struct yx_shrink shrink = {0};
    uint32_t width, height;
    size_t stride;

    if (!take_header(&rest, &width, &height))
        return fail_damaged(err);
    YX_TRY(yx_bitmap_check_size(width, height, err));
    stride = ((size_t)width + 7) / 8;
    if (rest.len != stride * height)
        return fail_damaged(err);
    YX_TRY(yx_shrink_start(&shrink, width, height, wish, out, err));
    for (uint32_t y = 0; y < height; y++)
        yx_shrink_take_bits(&shrink, rest.data + y * stride);
    return YX_OK;
}

/* --- Running it -------------------------------------------------------------------------- */

yx_status yx_bitmap_read_jbig2(struct yx_bytes picture, const struct yx_bitmap_wish *wish,
                               struct yx_raster *out, struct yx_error *err)
{
    static const char *const whole[] = {"jbig2dec", "-q", "-t",         "pbm",
                                        "-o",       "-",  "/dev/stdin", NULL};
    static const char *const segments[] = {"jbig2dec", "-q", "-e",         "-t", "pbm",
                                           "-o",       "-",  "/dev/stdin", NULL};
    bool is_file = picture.data[0] != 0;
    struct yx_program program = {.arguments = is_file ? whole : segments,
                                 .package = "jbig2dec",
                                 .output_max = OUTPUT_MAX,
                                 .seconds = SECONDS,
                                 .memory_max = MEMORY_MAX};
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_buf) struct yx_buf printed = {0};
    yx_status status;

    if (!is_whole(picture, is_file))
        return fail_damaged(err);
    YX_TRY(yx_source_borrow(picture, &source, err));
    status = yx_program_run(&program, source, &printed, err);
    /* What cannot be read is refused by all decoders. */
    if (status == YX_DAMAGED) {
        if (err != NULL)
            err->status = YX_REFUSED;
        return YX_REFUSED;
    }
    return status == YX_OK ? read_bitmap(yx_buf_bytes(&printed), wish, out, err) : status;
}
