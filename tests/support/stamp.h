/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stamp.h - stamped impressions made of numbers: seals with a ring, a star and made-up characters,
 * and what happens to them on paper and in scanners. Everything is the same in every run.
 */
#ifndef STAMP_H
#define STAMP_H

#include "support.h"

#include <jpeglib.h>
#include <math.h>

#include "impression/impression.h"

struct stamp_seal {
    double mm, ratio;   /* width, height by width; 0: 1 */
    bool square, frame; /* no ring */
    double star;        /* mm from the centre to a point */
    const char *name;   /* a made-up character for each letter: on an arc, or in a square */
    const char *line;   /* below the star */
    const char *code;   /* digits, on the lower arc */
    bool mirrored;
    const struct yx_raster *picture; /* instead of all this: opaque where there is ink, `mm` wide */
};

/* --- The seal: is there ink at a point, millimetres from the middle? ---------------------- */

static inline uint32_t stamp_hash(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t h = a * 0x9e3779b1u ^ b * 0x85ebca6bu ^ c * 0xc2b2ae35u;
    h = (h ^ h >> 15) * 0x2c1b3c6du;
    h = (h ^ h >> 12) * 0x297a2d39u;
    return h ^ h >> 15;
}

static inline double stamp_distance(double x, double y, double x0, double y0, double x1, double y1)
{
    double dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy;
    double t = length > 0 ? ((x - x0) * dx + (y - y0) * dy) / length : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return hypot(x - x0 - t * dx, y - y0 - t * dy);
}

/* A character of seven strokes in a square of 1, x to the right, y down. */
static inline bool stamp_strokes(unsigned letter, double x, double y, double thick)
{
    if (x < 0 || x > 1 || y < 0 || y > 1)
        return false;
    for (unsigned i = 0; i < 7; i++) {
        uint32_t h = stamp_hash(letter, i, 77);
        double along = 0.1 + (h & 15) / 15.0 * 0.8, from = 0.06 + (h >> 4 & 7) / 7.0 * 0.3;
        double to = 0.94 - (h >> 7 & 7) / 7.0 * 0.3, lean = (h >> 10 & 3) == 0 ? 0.35 : 0;
        bool across = i < 4;
        double far = across ? stamp_distance(x, y, from, along, to, along + lean * (0.5 - along))
                            : stamp_distance(x, y, along, from, along + lean * (0.5 - along), to);
        if (far < thick)
            return true;
    }
    return false;
}

static inline bool stamp_glyph(unsigned letter, double x, double y)
{
    return stamp_strokes(letter, x, y, 0.055);
}

/* Seven segments, as on a clock. */
static inline bool stamp_digit(char digit, double x, double y)
{
    static const uint8_t on[10] = {0x77, 0x24, 0x5d, 0x6d, 0x2e, 0x6b, 0x7b, 0x25, 0x7f, 0x6f};
    static const double ends[7][4] = {
        {.15, .08, .85, .08}, {.15, .08, .15, .5}, {.85, .08, .85, .5}, {.15, .5, .85, .5},
        {.15, .5, .15, .92},  {.85, .5, .85, .92}, {.15, .92, .85, .92}};
    for (int i = 0; i < 7; i++)
        if ((on[digit - '0'] >> i & 1) != 0 &&
            stamp_distance(x, y, ends[i][0], ends[i][1], ends[i][2], ends[i][3]) < 0.1)
            return true;
    return false;
}

/* Letters of `width` by `height` on a circle, their middle at `middle` (0: above). */
static inline bool stamp_arc(const char *text, double radius, double angle, double inner,
                             double height, double width, double pitch, bool below)
{
    size_t count = strlen(text);
    double place = (below ? -angle : angle) * (inner + height / 2) / pitch + (double)count / 2;
    double up = below ? radius - inner : inner + height - radius;
    long i = lround(floor(place));
    if (count == 0 || i < 0 || i >= (long)count || up < 0 || up > height)
        return false;
    double x = (place - (double)i - 0.5) * pitch / width + 0.5;
    return below ? x >= 0 && x <= 1 && stamp_digit(text[i], x, up / height)
                 : stamp_glyph((unsigned char)text[i], x, up / height);
}

static inline bool stamp_star(double x, double y, double size)
{
    double px[5], py[5];
    for (int i = 0; i < 5; i++) {
        px[i] = size * sin(i * 0.8 * 3.14159265358979);
        py[i] = -size * cos(i * 0.8 * 3.14159265358979);
    }
    int winding = 0;
    for (int i = 0; i < 5; i++) {
        int k = (i + 1) % 5;
        double side = (px[k] - px[i]) * (y - py[i]) - (x - px[i]) * (py[k] - py[i]);
        winding += side > 0;
    }
    return winding >= 4;
}

static inline bool stamp_inner_line(const char *text, double x, double y, double height)
{
    double width = height * 0.8, place = x / width + (double)strlen(text) / 2;
    long i = lround(floor(place));
    if (i < 0 || i >= (long)strlen(text) || y < 0 || y > height)
        return false;
    return stamp_glyph((unsigned char)text[i], (place - (double)i - 0.05) / 0.9, y / height);
}

static inline bool stamp_square_ink(const struct stamp_seal *seal, double x, double y)
{
    double half = seal->mm / 2, away = fmax(fabs(x), fabs(y)), edge = seal->frame ? 1.5 : 0.2;
    if (seal->frame && away <= half && away >= half - 0.8)
        return true;
    size_t rows = strlen(seal->name) > 4 ? 3 : 2;
    double cell = (seal->mm - 2 * edge) / (double)rows;
    double column = (x + half - edge) / cell, row = (y + half - edge) / cell;
    if (column < 0 || row < 0 || column >= (double)rows || row >= (double)rows)
        return false;
    size_t i = (size_t)row * rows + (size_t)column;
    return i < strlen(seal->name) &&
           stamp_glyph((unsigned char)seal->name[i], (column - floor(column) - 0.05) / 0.9,
                       (row - floor(row) - 0.05) / 0.9);
}

static inline bool stamp_picture(const struct stamp_seal *seal, double x, double y)
{
    const struct yx_raster *picture = seal->picture;
    double dots = picture->width / seal->mm;
    double column = floor(x * dots + picture->width / 2.0);
    double row = floor(y * dots + picture->height / 2.0);
    if (column < 0 || row < 0 || column >= picture->width || row >= picture->height)
        return false;
    return picture->rgba.data[((size_t)picture->width * (size_t)row + (size_t)column) * 4 + 3] >
           127;
}

static inline bool stamp_ink(const struct stamp_seal *seal, double x, double y)
{
    x = seal->mirrored ? -x : x;
    if (seal->picture != NULL)
        return stamp_picture(seal, x, y);
    if (seal->square)
        return stamp_square_ink(seal, x, y);
    y /= seal->ratio > 0 ? seal->ratio : 1;
    double radius = hypot(x, y), outer = seal->mm / 2, angle = atan2(x, -y);
    double k = seal->mm / 42; /* as in a seal of 42 mm */
    double below = atan2(x, y);
    if (radius > outer)
        return false;
    if (radius >= outer - 1.2 * k)
        return true;
    return (radius <= seal->star && stamp_star(x, y, seal->star)) ||
           stamp_arc(seal->name, radius, angle, 13 * k, 5.4 * k, 3.6 * k, 4.6 * k, false) ||
           (seal->line != NULL && stamp_inner_line(seal->line, x, y - 8.5 * k, 4 * k)) ||
           (seal->code != NULL &&
            stamp_arc(seal->code, radius, -below, 17 * k, 1.9 * k, 1.1 * k, 1.6 * k, true));
}

/* --- On paper ---------------------------------------------------------------------------- */

struct stamp_page {
    uint32_t width, height;
    double dpi;
    double x, y;               /* the middle of the seal, pixels */
    double angle;              /* degrees, clockwise */
    double scale, stretch;     /* 0: 1 */
    double gain;               /* mm by which ink runs, about */
    bool transparent;          /* a seal's picture, not a page: nothing below touches it */
    bool black;                /* black ink on white */
    uint8_t paper[3], ink[3];  /* 0: white, and a usual red */
    double shade;              /* how much darker the lower right corner is, 0 to 1 */
    double grain, fade, holes; /* shares of the ink that is missing: in dots, in a corner, in holes
                                  of at most half a millimetre */
    double noise;              /* of the samples, 0 to 255 */
    unsigned blur;             /* pixels */
    bool text;                 /* lines of black writing, all over the page */
    bool pen;                  /* a stroke of a blue pen across the seal */
    int quality;               /* of a JPEG, 0: none */
    uint32_t seed;
};

/* Smooth noise, 0 to 1. */
static inline double stamp_cloud(double x, double y, uint32_t seed)
{
    double fx = floor(x), fy = floor(y), u = x - fx, v = y - fy;
    uint32_t column = (uint32_t)(int32_t)fx, row = (uint32_t)(int32_t)fy;
    double corner[4];
    for (uint32_t i = 0; i < 4; i++)
        corner[i] = stamp_hash(column + (i & 1), row + (i >> 1), seed) / 4294967296.0;
    u = u * u * (3 - 2 * u);
    v = v * v * (3 - 2 * v);
    return (corner[0] * (1 - u) + corner[1] * u) * (1 - v) +
           (corner[2] * (1 - u) + corner[3] * u) * v;
}

/* How much ink came onto the paper, 0 to 1, at a point of the seal in mm. */
static inline double stamp_came(const struct stamp_page *page, double x, double y)
{
    double ink = 1;
    if (page->grain > 0 && stamp_cloud(x * 6, y * 6, page->seed + 1) < page->grain)
        ink = 0.1;
    if (page->holes > 0 && stamp_cloud(x * 2.2, y * 2.2, page->seed + 2) < page->holes)
        ink = 0.1;
    if (page->fade > 0)
        ink *= 1 - page->fade * fmin(1, fmax(0, (x + y + 20) / 40));
    return ink;
}

static inline double stamp_cover(const struct stamp_seal *seal, const struct stamp_page *page,
                                 double x, double y)
{
    double angle = page->angle * 3.14159265358979 / 180, scale = page->scale > 0 ? page->scale : 1;
    double stretch = page->stretch > 0 ? page->stretch : 1, cover = 0;
    double cosine = cos(angle), sine = sin(angle);
    if (hypot(x - page->x, y - page->y) > seal->mm * 0.8 / 25.4 * page->dpi)
        return 0;
    for (int i = 0; i < 4; i++) {
        double dx = (x + (i % 2 - 0.5) / 2 - page->x) / page->dpi * 25.4 / scale / stretch;
        double dy = (y + (i / 2 - 0.5) / 2 - page->y) / page->dpi * 25.4 / scale;
        double u = dx * cosine + dy * sine, v = dy * cosine - dx * sine;
        bool ink = stamp_ink(seal, u, v);
        for (int k = 0; k < 4 && page->gain > 0 && !ink; k++)
            ink = stamp_ink(seal, u + page->gain * (k % 2 == 0 ? k - 1 : 0),
                            v + page->gain * (k % 2 == 1 ? k - 2 : 0));
        cover += ink ? stamp_came(page, u, v) / 4 : 0;
    }
    return cover;
}

static inline bool stamp_writing(const struct stamp_page *page, double x, double y)
{
    double row = y / page->dpi * 25.4 / 6, column = x / page->dpi * 25.4 / 4.2;
    double mm = (x - page->x) / page->dpi * 25.4, down = (y - page->y) / page->dpi * 25.4;
    if (page->pen && fabs(down - mm * 0.4 - 2 * sin(mm / 3)) < 0.25 && fabs(mm) < 18)
        return true;
    return page->text && column > 2 &&
           stamp_strokes(500 + (unsigned)column * 31 + (unsigned)row,
                         (column - floor(column)) / 0.9, (row - floor(row)) / 0.65, 0.03);
}

static inline void stamp_pixel(const struct stamp_seal *seal, const struct stamp_page *page,
                               uint32_t x, uint32_t y, double value[3])
{
    static const uint8_t red[3] = {214, 38, 46}, white[3] = {255, 255, 255}, black[3] = {20};
    const uint8_t *ink = page->ink[0] > 0 ? page->ink : page->black ? black : red;
    const uint8_t *paper = page->paper[0] > 0 ? page->paper : white;
    double cover = stamp_cover(seal, page, x, y);
    double light = 1 - page->shade * ((double)x / page->width + (double)y / page->height) / 2;
    bool written = stamp_writing(page, x, y);
    for (int i = 0; i < 3; i++) {
        value[i] = paper[i] * (1 - cover) + ink[i] * cover;
        if (written)
            value[i] *= page->pen && !page->text ? (i == 2 ? 0.7 : 0.25) : 0.15;
        value[i] *= light;
    }
}

static inline void stamp_blur(struct yx_raster *raster, unsigned radius)
{
    uint8_t *copy = malloc(raster->rgba.len);
    assert_non_null(copy);
    for (int way = 0; way < 2; way++) {
        memcpy(copy, raster->rgba.data, raster->rgba.len);
        for (uint32_t y = 0; y < raster->height; y++)
            for (uint32_t x = 0; x < raster->width * 4; x++) {
                unsigned sum = 0, count = 0;
                for (int k = -(int)radius; k <= (int)radius; k++) {
                    int64_t u = (int64_t)x + (way == 0 ? 4 * k : 0),
                            v = (int64_t)y + (way == 1 ? k : 0);
                    if (u < 0 || v < 0 || u >= 4 * (int64_t)raster->width || v >= raster->height)
                        continue;
                    sum += copy[(size_t)raster->width * 4 * (size_t)v + (size_t)u];
                    count++;
                }
                raster->rgba.data[(size_t)raster->width * 4 * y + x] = (uint8_t)(sum / count);
            }
    }
    free(copy);
}

/* Through a JPEG and back. */
static inline void stamp_compress(struct yx_raster *raster, int quality)
{
    struct jpeg_error_mgr errors;
    struct jpeg_compress_struct out = {.err = jpeg_std_error(&errors)};
    struct jpeg_decompress_struct in = {.err = &errors};
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    JSAMPROW row = malloc((size_t)raster->width * 3);
    assert_non_null(row);
    jpeg_create_compress(&out);
    jpeg_mem_dest(&out, &bytes, &size);
    out.image_width = raster->width;
    out.image_height = raster->height;
    out.input_components = 3;
    out.in_color_space = JCS_RGB;
    jpeg_set_defaults(&out);
    jpeg_set_quality(&out, quality, TRUE);
    jpeg_start_compress(&out, TRUE);
    for (uint32_t y = 0; y < raster->height; y++) {
        for (uint32_t x = 0; x < raster->width; x++)
            memcpy(row + (size_t)x * 3, raster->rgba.data + ((size_t)raster->width * y + x) * 4, 3);
        (void)jpeg_write_scanlines(&out, &row, 1);
    }
    jpeg_finish_compress(&out);
    jpeg_destroy_compress(&out);
    jpeg_create_decompress(&in);
    jpeg_mem_src(&in, bytes, size);
    (void)jpeg_read_header(&in, TRUE);
    (void)jpeg_start_decompress(&in);
    for (uint32_t y = 0; y < raster->height; y++) {
        (void)jpeg_read_scanlines(&in, &row, 1);
        for (uint32_t x = 0; x < raster->width; x++)
            memcpy(raster->rgba.data + ((size_t)raster->width * y + x) * 4, row + (size_t)x * 3, 3);
    }
    (void)jpeg_finish_decompress(&in);
    jpeg_destroy_decompress(&in);
    free(bytes);
    free(row);
}

static inline void stamp_noise(struct yx_raster *raster, double most, uint32_t seed)
{
    for (size_t i = 0; i < raster->rgba.len; i++) {
        double more = (stamp_hash((uint32_t)i, seed, 3) / 4294967296.0 - 0.5) * 2 * most;
        double value = raster->rgba.data[i] + (i % 4 == 3 ? 0 : more);
        raster->rgba.data[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
}

/* Stamps the seal onto a raster that has been started; what is there stays where no ink comes. */
static inline void stamp_more(const struct stamp_seal *seal, const struct stamp_page *page,
                              struct yx_raster *out)
{
    for (uint32_t y = 0; y < page->height; y++)
        for (uint32_t x = 0; x < page->width; x++) {
            double value[3], cover = stamp_cover(seal, page, x, y);
            uint8_t *p = out->rgba.data + ((size_t)page->width * y + x) * 4;
            if (cover <= 0)
                continue;
            stamp_pixel(seal, page, x, y, value);
            for (int i = 0; i < 3; i++)
                p[i] = (uint8_t)value[i];
        }
}

static inline void stamp_draw(const struct stamp_seal *seal, const struct stamp_page *page,
                              struct yx_raster *out)
{
    struct yx_error err = {0};
    expect_ok(yx_raster_start(out, page->width, page->height, &err), &err);
    for (uint32_t y = 0; y < page->height; y++)
        for (uint32_t x = 0; x < page->width; x++) {
            double value[3];
            uint8_t *p = out->rgba.data + ((size_t)page->width * y + x) * 4;
            if (page->transparent) {
                double cover = stamp_cover(seal, page, x, y);
                memcpy(p, "\xd6\x26\x2e\x00", 4);
                p[3] = (uint8_t)(cover * 255 + 0.5);
                continue;
            }
            stamp_pixel(seal, page, x, y, value);
            for (int i = 0; i < 3; i++)
                p[i] = (uint8_t)value[i];
            p[3] = UINT8_MAX;
        }
    if (page->blur > 0)
        stamp_blur(out, page->blur);
    if (page->noise > 0)
        stamp_noise(out, page->noise, page->seed);
    if (page->quality > 0)
        stamp_compress(out, page->quality);
}

#endif
