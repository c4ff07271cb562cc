/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal/picture.c - is this a picture that a seal may carry? The type is told by the bytes, the
 * structure is walked from the first to the last byte, and nothing may hide behind the picture.
 * Pixels are not decoded here: that is for those who draw. Of an OFD (seals of invoices carry
 * one) only the frame of its zip is looked at; ofd/ reads the rest. A drawing in SVG is read whole.
 */
#include <libdeflate.h>

#include "seal/parts.h"
#include "svg/svg.h"

enum {
    PICTURE_MAX = 4 * 1024 * 1024, /* bytes */
    PIXELS_MAX = 10000             /* along each side */
};

/* What is left of the picture. */
struct cursor {
    struct yx_bytes rest;
};

static bool take(struct cursor *cursor, size_t count, const uint8_t **out)
{
    if (count > cursor->rest.len)
        return false;
    *out = cursor->rest.data;
    cursor->rest = YX_BYTES(cursor->rest.data + count, cursor->rest.len - count);
    return true;
}

static bool skip(struct cursor *cursor, size_t count)
{
    const uint8_t *ignored;
    return take(cursor, count, &ignored);
}

static bool starts_with(struct yx_bytes bytes, const char *magic, size_t len)
{
    return bytes.len >= len && memcmp(bytes.data, magic, len) == 0;
}

static uint32_t big_16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t big_32(const uint8_t *p)
{
    return big_16(p) << 16 | big_16(p + 2);
}

static uint32_t little_16(const uint8_t *p)
{
    return (uint32_t)p[1] << 8 | p[0];
}

static uint32_t little_32(const uint8_t *p)
{
    return little_16(p + 2) << 16 | little_16(p);
}

/* Pixels along each side; no format that we take has more than 32 bits. */
struct size {
    uint32_t width, height;
};

/* --- PNG (ISO/IEC 15948) ----------------------------------------------------------------- */

struct png_chunk {
    const uint8_t *type;
    const uint8_t *data;
    uint32_t length;
};

/* A chunk: length, type, data, CRC-32 over type and data. */
static bool png_next(struct cursor *cursor, struct png_chunk *out)
{
    const uint8_t *head;
    const uint8_t *crc;
    if (!take(cursor, 8, &head))
        return false;
    out->length = big_32(head);
    out->type = head + 4;
    return take(cursor, out->length, &out->data) && take(cursor, 4, &crc) &&
           libdeflate_crc32(0, out->type, (size_t)out->length + 4) == big_32(crc);
}

/* Which bit depths a colour type has (ISO/IEC 15948 11.2.2), as a set of bits. */
static bool png_depth_fits(uint8_t colour, uint8_t depth)
{
    static const uint32_t depths[] = {
        [0] = 1u << 1 | 1u << 2 | 1u << 4 | 1u << 8 | 1u << 16,
        [2] = 1u << 8 | 1u << 16,
        [3] = 1u << 1 | 1u << 2 | 1u << 4 | 1u << 8,
        [4] = 1u << 8 | 1u << 16,
        [6] = 1u << 8 | 1u << 16,
    };
    return colour <= 6 && depth <= 16 && (depths[colour] >> depth & 1) != 0;
}

static bool walk_png(struct yx_bytes picture, struct size *size)
{
    struct cursor cursor = {picture};
    struct png_chunk chunk;
    bool has_data = false;
    if (!skip(&cursor, 8) || !png_next(&cursor, &chunk) || memcmp(chunk.type, "IHDR", 4) != 0 ||
        chunk.length != 13 || !png_depth_fits(chunk.data[9], chunk.data[8]))
        return false;
    *size = (struct size){big_32(chunk.data), big_32(chunk.data + 4)};
    while (png_next(&cursor, &chunk)) {
        if (memcmp(chunk.type, "IEND", 4) == 0)
            return has_data && chunk.length == 0 && cursor.rest.len == 0;
        has_data = has_data || memcmp(chunk.type, "IDAT", 4) == 0;
    }
    return false;
}

/* --- JPEG (ITU-T T.81 B) ----------------------------------------------------------------- */

enum {
    JPEG_SOI = 0xD8,
    JPEG_EOI = 0xD9,
    JPEG_SOS = 0xDA,
    JPEG_SOF = 0xC0, /* to CF, but for three */
    JPEG_DHT = 0xC4,
    JPEG_JPG = 0xC8,
    JPEG_DAC = 0xCC
};

static bool is_frame(uint8_t marker)
{
    return (marker & 0xF0) == JPEG_SOF && marker != JPEG_DHT && marker != JPEG_JPG &&
           marker != JPEG_DAC;
}

/* Behind a scan: moves to the next marker, over stuffed bytes (FF 00) and restarts (D0 to D7). */
static bool jpeg_skip_scan(struct cursor *cursor)
{
    struct yx_bytes in = cursor->rest;
    for (size_t i = 0; i + 1 < in.len; i++) {
        uint8_t next = in.data[i + 1];
        if (in.data[i] == 0xFF && next != 0x00 && next != 0xFF && (next & 0xF8) != 0xD0)
            return skip(cursor, i);
    }
    return false;
}

/* 0xFF, as often as the writer liked, and the marker. */
static bool jpeg_marker(struct cursor *cursor, uint8_t *marker)
{
    const uint8_t *byte;
    if (!take(cursor, 1, &byte) || *byte != 0xFF)
        return false;
    do {
        if (!take(cursor, 1, &byte))
            return false;
    } while (*byte == 0xFF);
    *marker = *byte;
    return true;
}

static bool jpeg_segment(struct cursor *cursor, uint8_t marker, struct size *size)
{
    const uint8_t *length;
    const uint8_t *data;
    if (!take(cursor, 2, &length) || big_16(length) < 2 || !take(cursor, big_16(length) - 2, &data))
        return false;
    if (is_frame(marker)) {
        if (big_16(length) < 8)
            return false;
        *size = (struct size){big_16(data + 3), big_16(data + 1)};
    }
    return marker != JPEG_SOS || jpeg_skip_scan(cursor);
}

static bool walk_jpeg(struct yx_bytes picture, struct size *size)
{
    struct cursor cursor = {picture};
    uint8_t marker;
    bool has_scan = false;
    if (!jpeg_marker(&cursor, &marker) || marker != JPEG_SOI)
        return false;
    while (jpeg_marker(&cursor, &marker)) {
        if (marker == JPEG_EOI)
            return has_scan && cursor.rest.len == 0;
        if (!jpeg_segment(&cursor, marker, size))
            return false;
        has_scan = has_scan || marker == JPEG_SOS;
    }
    return false;
}

/* --- GIF (89a) --------------------------------------------------------------------------- */

enum { GIF_EXTENSION = 0x21, GIF_IMAGE = 0x2C, GIF_TRAILER = 0x3B };

/* Blocks of at most 255 bytes, ended by an empty one. */
static bool gif_skip_blocks(struct cursor *cursor)
{
    const uint8_t *length;
    while (take(cursor, 1, &length) && skip(cursor, *length))
        if (*length == 0)
            return true;
    return false;
}

/* A colour table of 2^(n+1) colours, when the flags say that there is one. */
static bool gif_skip_colours(struct cursor *cursor, uint8_t flags)
{
    return (flags & 0x80) == 0 || skip(cursor, (size_t)3 << ((flags & 7) + 1));
}

static bool gif_skip_image(struct cursor *cursor)
{
    const uint8_t *descriptor;
    return take(cursor, 9, &descriptor) && gif_skip_colours(cursor, descriptor[8]) &&
           skip(cursor, 1) && gif_skip_blocks(cursor);
}

static bool walk_gif(struct yx_bytes picture, struct size *size)
{
    struct cursor cursor = {picture};
    const uint8_t *head;
    const uint8_t *kind;
    bool has_image = false;
    if (!take(&cursor, 13, &head) || !gif_skip_colours(&cursor, head[10]))
        return false;
    *size = (struct size){little_16(head + 6), little_16(head + 8)};
    while (take(&cursor, 1, &kind)) {
        if (*kind == GIF_TRAILER)
            return has_image && cursor.rest.len == 0;
        bool image = *kind == GIF_IMAGE;
        if (!image && *kind != GIF_EXTENSION)
            return false;
        if (!(image ? gif_skip_image(&cursor) : skip(&cursor, 1) && gif_skip_blocks(&cursor)))
            return false;
        has_image = has_image || image;
    }
    return false;
}

/* --- BMP --------------------------------------------------------------------------------- */

enum { BMP_FILE_HEADER = 14, BMP_CORE_HEADER = 12, BMP_INFO_HEADER = 40 };

struct bmp {
    struct size size;
    uint32_t planes, bits, compression;
};

/* The height is negative when the rows go from top to bottom. */
static uint32_t magnitude(uint32_t two_complement)
{
    return two_complement > INT32_MAX ? 0u - two_complement : two_complement;
}

static bool bmp_header(struct yx_bytes picture, struct bmp *out)
{
    const uint8_t *p = picture.data + BMP_FILE_HEADER;
    uint32_t header = little_32(p);
    if (header == BMP_CORE_HEADER) {
        *out = (struct bmp){
            {little_16(p + 4), little_16(p + 6)}, little_16(p + 8), little_16(p + 10), 0};
        return true;
    }
    if (header < BMP_INFO_HEADER || header > picture.len - BMP_FILE_HEADER)
        return false;
    *out = (struct bmp){{little_32(p + 4), magnitude(little_32(p + 8))},
                        little_16(p + 12),
                        little_16(p + 14),
                        little_32(p + 16)};
    return true;
}

/* Rows are padded to four bytes. Compressed ones have no size that could be foretold. */
static bool bmp_rows_fit(const struct bmp *bmp, size_t room)
{
    bool plain = bmp->compression == 0 || bmp->compression == 3;
    uint64_t row = ((uint64_t)bmp->size.width * bmp->bits + 31) / 32 * 4;
    uint64_t rows;
    return !plain || (!yx_mul_overflows(row, (uint64_t)bmp->size.height, &rows) && rows <= room);
}

static bool walk_bmp(struct yx_bytes picture, struct size *size)
{
    struct bmp bmp;
    if (picture.len < BMP_FILE_HEADER + BMP_CORE_HEADER || !bmp_header(picture, &bmp))
        return false;
    static const uint64_t depths = 1u << 1 | 1u << 4 | 1u << 8 | 1u << 16 | 1u << 24 | 1ull << 32;
    uint32_t start = little_32(picture.data + 10);
    *size = bmp.size;
    return little_32(picture.data + 2) == picture.len && bmp.planes == 1 && bmp.bits <= 32 &&
           (depths >> bmp.bits & 1) != 0 && bmp.compression <= 3 &&
           start >= BMP_FILE_HEADER + BMP_CORE_HEADER && start <= picture.len &&
           bmp_rows_fit(&bmp, picture.len - start);
}

/* --- OFD --------------------------------------------------------------------------------- */

enum { ZIP_END_RECORD = 22 };

/* A zip: an entry at the front, and an end record whose comment reaches the last byte. */
static bool walk_ofd(struct yx_bytes picture, struct size *size)
{
    *size = (struct size){1, 1}; /* its pages have millimetres, no pixels */
    if (picture.len < ZIP_END_RECORD)
        return false;
    size_t last = picture.len - ZIP_END_RECORD;
    for (size_t comment = 0; comment <= UINT16_MAX && comment <= last; comment++) {
        const uint8_t *record = picture.data + (last - comment);
        if (memcmp(record, "PK\5\6", 4) == 0 && little_16(record + 20) == comment)
            return true;
    }
    return false;
}

/* --- All of them ------------------------------------------------------------------------- */

static const struct {
    const char *type;
    const char *magic;
    size_t magic_len;
    bool (*walk)(struct yx_bytes picture, struct size *size);
} formats[] = {
    {"PNG", "\x89PNG\r\n\x1a\n", 8, walk_png},
    {"JPEG", "\xFF\xD8\xFF", 3, walk_jpeg},
    {"GIF", "GIF87a", 6, walk_gif},
    {"GIF", "GIF89a", 6, walk_gif},
    {"BMP", "BM", 2, walk_bmp},
    {"ofd", "PK\3\4", 4, walk_ofd},
};

static const char rule_picture[] = "GB/T 38540-2020, seal picture";

static yx_status check_size(const struct size *size, struct yx_error *err)
{
    YX_REQUIRE(size->width >= 1 && size->width <= PIXELS_MAX && size->height >= 1 &&
                   size->height <= PIXELS_MAX,
               err, YX_REFUSED, rule_picture,
               N_("the picture is {1} x {2} pixels; use one of 1 to {3} along each side"),
               YX_NUM(size->width), YX_NUM(size->height), YX_NUM(PIXELS_MAX));
    return YX_OK;
}

/* Read as it will be drawn, so that nobody makes a seal that cannot be shown. */
static yx_status check_svg(struct yx_bytes picture, const char **type, struct yx_error *err)
{
    YX_CLEAN(yx_svg) struct yx_svg svg = {0};
    YX_TRY(yx_svg_read(picture, &svg, err));
    *type = "svg";
    return YX_OK;
}

yx_status yx_picture_check(struct yx_bytes picture, const char **type, struct yx_error *err)
{
    YX_REQUIRE(picture.len > 0, err, YX_REFUSED, rule_picture, N_("the seal needs a picture"));
    YX_REQUIRE(picture.len <= PICTURE_MAX, err, YX_REFUSED, rule_picture,
               N_("the picture has {1} bytes; at most {2} are allowed"), YX_NUM(picture.len),
               YX_NUM(PICTURE_MAX));
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct size size = {0, 0};
        if (!starts_with(picture, formats[i].magic, formats[i].magic_len))
            continue;
        YX_REQUIRE(formats[i].walk(picture, &size), err, YX_REFUSED, rule_picture,
                   N_("the picture is a damaged {1}: it is cut, changed, or has bytes behind it"),
                   formats[i].type);
        YX_TRY(check_size(&size, err));
        *type = formats[i].type;
        return YX_OK;
    }
    if (yx_svg_is(picture))
        return check_svg(picture, type, err);
    return yx_fail(err, YX_REFUSED, rule_picture,
                   N_("the picture is of no known type; use PNG, JPEG, GIF, BMP, SVG or a small "
                      "OFD"));
}
