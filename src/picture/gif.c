/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gif.c - decodes the first image of a GIF (87a, 89a): LZW, interlacing, one transparent
 * colour. Animations are not played.
 */
#include "picture/picture.h"

enum {
    SCREEN_HEADER = 13,
    EXTENSION = 0x21,
    IMAGE = 0x2C,
    GRAPHIC_CONTROL = 0xF9,
    CODES_MAX = 4096,
    NO_COLOUR = 256
};

struct gif {
    struct yx_bytes rest;
    const uint8_t *colours; /* of the image, else of the screen */
    uint32_t colour_count;
    uint32_t transparent; /* NO_COLOUR: none */
    uint32_t left, top, width, height;
    bool interlaced;
};

static yx_status fail_damaged(struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, yx_rule_picture, N_("the GIF is damaged"));
}

static bool take(struct gif *gif, size_t count, const uint8_t **out)
{
    if (count > gif->rest.len)
        return false;
    *out = gif->rest.data;
    gif->rest = YX_BYTES(gif->rest.data + count, gif->rest.len - count);
    return true;
}

static uint32_t little_16(const uint8_t *p)
{
    return (uint32_t)p[1] << 8 | p[0];
}

/* A table of 2^(n+1) colours, when the flags say that there is one. */
static bool take_colours(struct gif *gif, uint8_t flags)
{
    if ((flags & 0x80) == 0)
        return true;
    gif->colour_count = 2u << (flags & 7);
    return take(gif, (size_t)gif->colour_count * 3, &gif->colours);
}

/* --- Extensions -------------------------------------------------------------------------- */

static bool take_block(struct gif *gif, struct yx_bytes *block)
{
    const uint8_t *length;
    const uint8_t *data;
    if (!take(gif, 1, &length) || !take(gif, *length, &data))
        return false;
    *block = YX_BYTES(data, *length);
    return true;
}

static bool take_extension(struct gif *gif)
{
    const uint8_t *label;
    struct yx_bytes block;
    if (!take(gif, 1, &label) || !take_block(gif, &block))
        return false;
    bool is_control = *label == GRAPHIC_CONTROL && block.len == 4;
    if (is_control)
        gif->transparent = (block.data[0] & 1) != 0 ? block.data[3] : NO_COLOUR;
    while (block.len > 0)
        if (!take_block(gif, &block))
            return false;
    return true;
}

/* --- Pixels ------------------------------------------------------------------------------ */

/* The row that comes as the `index`-th: every eighth, then those between, in four passes. */
static uint32_t interlaced_row(uint32_t index, uint32_t height)
{
    static const struct {
        uint32_t start, step;
    } passes[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
    for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
        uint32_t start = passes[i].start, step = passes[i].step;
        uint32_t rows = height > start ? (height - start + step - 1) / step : 0;
        if (index < rows)
            return start + index * step;
        index -= rows;
    }
    return 0;
}

static bool put_pixel(const struct gif *gif, struct yx_raster *raster, size_t index, uint8_t colour)
{
    uint32_t x = (uint32_t)(index % gif->width), y = (uint32_t)(index / gif->width);
    if (gif->interlaced)
        y = interlaced_row(y, gif->height);
    if (colour >= gif->colour_count)
        return false;
    if (colour == gif->transparent)
        return true;
    uint8_t *out = raster->rgba.data + ((size_t)(y + gif->top) * raster->width + x + gif->left) * 4;
    memcpy(out, gif->colours + (size_t)colour * 3, 3);
    out[3] = UINT8_MAX;
    return true;
}

/* --- LZW --------------------------------------------------------------------------------- */

struct lzw {
    struct gif *gif;
    struct yx_raster *raster;
    struct yx_bytes block;
    uint32_t bits;
    unsigned bit_count;
    unsigned start_width, width; /* of a code */
    uint32_t clear, next;        /* the clear code; the end code is one more */
    uint32_t previous;           /* CODES_MAX: none */
    uint16_t prefix[CODES_MAX];
    uint8_t suffix[CODES_MAX];
    uint8_t first; /* of the previous string */
    size_t pixel, pixel_count;
};

static void reset(struct lzw *lzw)
{
    lzw->width = lzw->start_width + 1;
    lzw->next = lzw->clear + 2;
    lzw->previous = CODES_MAX;
}

static bool take_code(struct lzw *lzw, uint32_t *code)
{
    while (lzw->bit_count < lzw->width) {
        if (lzw->block.len == 0 && (!take_block(lzw->gif, &lzw->block) || lzw->block.len == 0))
            return false;
        lzw->bits |= (uint32_t)lzw->block.data[0] << lzw->bit_count;
        lzw->bit_count += 8;
        lzw->block = YX_BYTES(lzw->block.data + 1, lzw->block.len - 1);
    }
    *code = lzw->bits & ((1u << lzw->width) - 1);
    lzw->bits >>= lzw->width;
    lzw->bit_count -= lzw->width;
    return true;
}

/* Writes the string of a code; a code that is not known yet is the previous string with its own
 * first colour behind. */
static bool put_string(struct lzw *lzw, uint32_t code)
{
    uint8_t string[CODES_MAX + 1];
    size_t length = 0;
    uint32_t at = code;
    if (code >= lzw->next) {
        string[length++] = lzw->first;
        at = lzw->previous;
    }
    for (; at > lzw->clear; at = lzw->prefix[at])
        string[length++] = lzw->suffix[at];
    string[length++] = (uint8_t)at;
    lzw->first = (uint8_t)at;
    if (length > lzw->pixel_count - lzw->pixel)
        return false;
    while (length > 0)
        if (!put_pixel(lzw->gif, lzw->raster, lzw->pixel++, string[--length]))
            return false;
    return true;
}

static void learn(struct lzw *lzw)
{
    if (lzw->previous == CODES_MAX || lzw->next >= CODES_MAX)
        return;
    lzw->prefix[lzw->next] = (uint16_t)lzw->previous;
    lzw->suffix[lzw->next] = lzw->first;
    lzw->next++;
    if (lzw->next == 1u << lzw->width && lzw->width < 12)
        lzw->width++;
}

static bool decode(struct lzw *lzw)
{
    uint32_t code;
    while (lzw->pixel < lzw->pixel_count && take_code(lzw, &code)) {
        if (code == lzw->clear) {
            reset(lzw);
            continue;
        }
        bool first = lzw->previous == CODES_MAX;
        bool possible = first ? code < lzw->clear : code <= lzw->next;
        if (code == lzw->clear + 1 || !possible || !put_string(lzw, code))
            return false;
        learn(lzw);
        lzw->previous = code;
    }
    return lzw->pixel == lzw->pixel_count;
}

/* --- The image --------------------------------------------------------------------------- */

static bool take_image(struct gif *gif, struct yx_raster *raster)
{
    const uint8_t *d;
    const uint8_t *width;
    if (!take(gif, 9, &d) || !take_colours(gif, d[8]) || !take(gif, 1, &width))
        return false;
    gif->left = little_16(d);
    gif->top = little_16(d + 2);
    gif->width = little_16(d + 4);
    gif->height = little_16(d + 6);
    gif->interlaced = (d[8] & 0x40) != 0;
    bool inside = gif->width > 0 && gif->height > 0 && gif->left + gif->width <= raster->width &&
                  gif->top + gif->height <= raster->height;
    if (!inside || *width < 2 || *width > 8)
        return false;
    struct lzw lzw = {.gif = gif,
                      .raster = raster,
                      .start_width = *width,
                      .clear = 1u << *width,
                      .pixel_count = (size_t)gif->width * gif->height};
    reset(&lzw);
    return decode(&lzw);
}

static bool take_first(struct gif *gif, struct yx_raster *raster)
{
    const uint8_t *kind;
    while (take(gif, 1, &kind)) {
        if (*kind == IMAGE)
            return take_image(gif, raster);
        if (*kind != EXTENSION || !take_extension(gif))
            return false;
    }
    return false;
}

yx_status yx_gif_decode(struct yx_bytes picture, struct yx_raster *out, struct yx_error *err)
{
    struct gif gif = {.rest = picture, .transparent = NO_COLOUR};
    const uint8_t *head;
    if (!take(&gif, SCREEN_HEADER, &head))
        return fail_damaged(err);
    YX_TRY(yx_raster_start(out, little_16(head + 6), little_16(head + 8), err));
    if (!take_colours(&gif, head[10]) || !take_first(&gif, out))
        return fail_damaged(err);
    return YX_OK;
}
