/* SPDX-License-Identifier: Apache-2.0 */
/*
 * media.h - what the pages of the corpus use and XML cannot hold, made when it is needed: pictures
 * of every kind, colour profiles, a font of five
 * letters, and seals.
 */
#ifndef RENDER_MEDIA_H
#define RENDER_MEDIA_H

#include "support.h"

#include <lcms2.h>
#include <math.h>
#include <png.h>
#include <tiffio.h>

/* Behind <stdio.h>, which it needs. */
#include <jpeglib.h>

#include "pki.h"
#include "seal/seal.h"

/* --- Pictures ---------------------------------------------------------------------------- */

/* Four quarters: red and green over blue and a light grey. */
enum { MEDIA_WIDE = 48, MEDIA_HIGH = 32 };

static inline const uint8_t *media_colour(uint32_t x, uint32_t y)
{
    static const uint8_t colours[4][4] = {
        {220, 30, 30, 255}, {20, 160, 40, 255}, {30, 40, 200, 255}, {200, 200, 200, 255}};

    return colours[(y >= MEDIA_HIGH / 2) * 2 + (x >= MEDIA_WIDE / 2)];
}

static inline struct yx_buf media_png_of(uint32_t format, const void *pixels)
{
    png_image image = {
        .version = PNG_IMAGE_VERSION, .width = MEDIA_WIDE, .height = MEDIA_HIGH, .format = format};
    struct yx_buf out = {0};
    png_alloc_size_t len = 0;

    assert_true(png_image_write_to_memory(&image, NULL, &len, 0, pixels, 0, NULL));
    assert_int_equal(yx_buf_reserve(&out, len), YX_OK);
    assert_true(png_image_write_to_memory(&image, out.data, &len, 0, pixels, 0, NULL));
    out.len = len;
    return out;
}

static inline struct yx_buf media_png(void)
{
    uint8_t pixels[MEDIA_HIGH][MEDIA_WIDE][3];

    for (uint32_t y = 0; y < MEDIA_HIGH; y++)
        for (uint32_t x = 0; x < MEDIA_WIDE; x++)
            memcpy(pixels[y][x], media_colour(x, y), 3);
    return media_png_of(PNG_FORMAT_RGB, pixels);
}

/* From clear on the left to full on the right. */
static inline struct yx_buf media_fading_png(void)
{
    uint8_t pixels[MEDIA_HIGH][MEDIA_WIDE][4];

    for (uint32_t y = 0; y < MEDIA_HIGH; y++)
        for (uint32_t x = 0; x < MEDIA_WIDE; x++) {
            memcpy(pixels[y][x], media_colour(x, y), 3);
            pixels[y][x][3] = (uint8_t)(x * 255 / (MEDIA_WIDE - 1));
        }
    return media_png_of(PNG_FORMAT_RGBA, pixels);
}

/* A white disc on black. */
static inline struct yx_buf media_disc_png(void)
{
    uint8_t pixels[MEDIA_HIGH][MEDIA_WIDE];

    for (int y = 0; y < MEDIA_HIGH; y++)
        for (int x = 0; x < MEDIA_WIDE; x++) {
            int across = 2 * x + 1 - MEDIA_WIDE, down = 2 * y + 1 - MEDIA_HIGH;

            pixels[y][x] = across * across + down * down < 28 * 28 ? 255 : 0;
        }
    return media_png_of(PNG_FORMAT_GRAY, pixels);
}

static inline struct yx_buf media_jpeg_of(J_COLOR_SPACE space, int channels)
{
    struct jpeg_compress_struct info;
    struct jpeg_error_mgr errors;
    struct yx_buf out = {0};
    unsigned char *memory = NULL;
    unsigned long len = 0;

    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &memory, &len);
    info.image_width = MEDIA_WIDE;
    info.image_height = MEDIA_HIGH;
    info.in_color_space = space;
    info.input_components = channels;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, 95, TRUE);
    jpeg_start_compress(&info, TRUE);
    for (uint32_t y = 0; y < MEDIA_HIGH; y++) {
        uint8_t row[MEDIA_WIDE * 4];

        for (uint32_t x = 0; x < MEDIA_WIDE; x++) {
            uint32_t quarter = (y >= MEDIA_HIGH / 2) * 2 + (x >= MEDIA_WIDE / 2);
            /* Cyan, magenta, yellow, black; the other way round, as Adobe has it. */
            uint8_t inks[4] = {255, 255, 255, 255};

            inks[quarter] = 0;
            memcpy(row + (size_t)x * (size_t)channels,
                   space == JCS_CMYK ? inks : media_colour(x, y), (size_t)channels);
        }
        jpeg_write_scanlines(&info, (JSAMPROW[]){row}, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    assert_int_equal(yx_buf_append(&out, YX_BYTES(memory, len)), YX_OK);
    free(memory);
    return out;
}

static inline struct yx_buf media_jpeg(void)
{
    return media_jpeg_of(JCS_RGB, 3);
}

static inline struct yx_buf media_grey_jpeg(void)
{
    return media_jpeg_of(JCS_GRAYSCALE, 1);
}

static inline struct yx_buf media_ink_jpeg(void)
{
    return media_jpeg_of(JCS_CMYK, 4);
}

static inline struct yx_buf media_file(const char *path)
{
    struct yx_buf out = {0};
    struct yx_error err;

    expect_ok(yx_file_read(path, 1u << 20, &out, &err), &err);
    unlink(path);
    return out;
}

static inline struct yx_buf media_tiff(void)
{
    char path[] = "/tmp/yx-test-XXXXXX";
    int fd = mkstemp(path);
    TIFF *file = TIFFOpen(path, "w");

    assert_true(fd >= 0 && file != NULL);
    close(fd);
    TIFFSetField(file, TIFFTAG_IMAGEWIDTH, MEDIA_WIDE);
    TIFFSetField(file, TIFFTAG_IMAGELENGTH, MEDIA_HIGH);
    TIFFSetField(file, TIFFTAG_BITSPERSAMPLE, 8);
    TIFFSetField(file, TIFFTAG_SAMPLESPERPIXEL, 3);
    TIFFSetField(file, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(file, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
    TIFFSetField(file, TIFFTAG_COMPRESSION, COMPRESSION_LZW);
    for (uint32_t y = 0; y < MEDIA_HIGH; y++) {
        uint8_t row[MEDIA_WIDE][3];

        for (uint32_t x = 0; x < MEDIA_WIDE; x++)
            memcpy(row[x], media_colour(x, y), 3);
        assert_int_equal(TIFFWriteScanline(file, row, y, 0), 1);
    }
    TIFFClose(file);
    return media_file(path);
}

/* --- Profiles ---------------------------------------------------------------------------- */

/* Red is green, and green is red. */
static inline struct yx_buf media_profile(void)
{
    cmsCIExyY white = {0.3127, 0.3290, 1};
    cmsCIExyYTRIPLE primaries = {{0.30, 0.60, 1}, {0.64, 0.33, 1}, {0.15, 0.06, 1}};
    cmsToneCurve *curve = cmsBuildGamma(NULL, 2.2);
    cmsHPROFILE profile =
        cmsCreateRGBProfile(&white, &primaries, (cmsToneCurve *[]){curve, curve, curve});
    struct yx_buf out = {0};
    cmsUInt32Number len = 0;

    assert_true(cmsSaveProfileToMem(profile, NULL, &len));
    assert_int_equal(yx_buf_reserve(&out, len), YX_OK);
    assert_true(cmsSaveProfileToMem(profile, out.data, &len));
    out.len = len;
    cmsCloseProfile(profile);
    cmsFreeToneCurve(curve);
    return out;
}

/* --- A font ------------------------------------------------------------------------------ */

static inline void media_16(struct yx_buf *out, int value)
{
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};

    assert_int_equal(yx_buf_append(out, YX_BYTES(bytes, 2)), YX_OK);
}

static inline void media_32(struct yx_buf *out, uint32_t value)
{
    media_16(out, (int)(value >> 16));
    media_16(out, (int)(value & 0xFFFF));
}

/* Letters of 1000 units: their corners, clockwise; a second contour is a hole. */
struct media_letter {
    uint32_t code_point;
    int advance;
    int counts[2];
    int16_t corners[14][2];
};
static const struct media_letter media_letters[] = {
    {0, 600, {4, 0}, {{100, 0}, {100, 300}, {400, 300}, {400, 0}}},
    {'A', 1000, {3, 0}, {{100, 0}, {500, 800}, {900, 0}}},
    {'F',
     1000,
     {10, 0},
     {{100, 0},
      {100, 800},
      {800, 800},
      {800, 650},
      {300, 650},
      {300, 500},
      {650, 500},
      {650, 350},
      {300, 350},
      {300, 0}}},
    {'I', 400, {4, 0}, {{100, 0}, {100, 800}, {300, 800}, {300, 0}}},
    {'O',
     1000,
     {4, 4},
     {{100, 0}, {100, 800}, {900, 800}, {900, 0}, {300, 200}, {700, 200}, {700, 600}, {300, 600}}},
    /* Middle: a box and a stroke through it. */
    {0x4E2D,
     1000,
     {12, 0},
     {{450, -80},
      {450, 200},
      {100, 200},
      {100, 650},
      {450, 650},
      {450, 850},
      {550, 850},
      {550, 650},
      {900, 650},
      {900, 200},
      {550, 200},
      {550, -80}}},
};
#define MEDIA_LETTERS (sizeof media_letters / sizeof media_letters[0])

static inline void media_outline(struct yx_buf *out, const struct media_letter *letter)
{
    int contours = 1 + (letter->counts[1] > 0), count = letter->counts[0] + letter->counts[1];
    int16_t last[2] = {0, 0};

    media_16(out, contours);
    for (int i = 0; i < 4; i++)
        media_16(out, (int[]){0, -100, 1000, 900}[i]);
    for (int i = 0, end = -1; i < contours; i++)
        media_16(out, end += letter->counts[i]);
    media_16(out, 0); /* instructions */
    for (int i = 0; i < count; i++)
        assert_int_equal(yx_buf_append(out, YX_BYTES("\1", 1)), YX_OK);
    for (int axis = 0; axis < 2; axis++)
        for (int i = 0; i < count; i++) {
            media_16(out, letter->corners[i][axis] - last[axis]);
            last[axis] = letter->corners[i][axis];
        }
    while (out->len % 4 != 0)
        assert_int_equal(yx_buf_append(out, YX_BYTES("", 1)), YX_OK);
}

static inline void media_head(struct yx_buf *out)
{
    media_32(out, 0x00010000);
    media_32(out, 0x00010000);
    media_32(out, 0);
    media_32(out, 0x5F0F3CF5);
    media_16(out, 0);
    media_16(out, 1000); /* units */
    for (int i = 0; i < 4; i++)
        media_32(out, 0); /* dates */
    for (int i = 0; i < 4; i++)
        media_16(out, (int[]){0, -100, 1000, 900}[i]);
    media_16(out, 0);
    media_16(out, 8);
    media_16(out, 2);
    media_16(out, 1); /* loca has long numbers */
    media_16(out, 0);
}

static inline void media_hhea(struct yx_buf *out)
{
    media_32(out, 0x00010000);
    for (int i = 0; i < 4; i++)
        media_16(out, (int[]){900, -100, 0, 1000}[i]);
    for (int i = 0; i < 3; i++)
        media_16(out, 0);
    media_16(out, 1); /* upright */
    for (int i = 0; i < 7; i++)
        media_16(out, 0);
    media_16(out, (int)MEDIA_LETTERS);
}

static inline void media_cmap(struct yx_buf *out)
{
    media_16(out, 0);
    media_16(out, 1);
    media_16(out, 3);
    media_16(out, 10);
    media_32(out, 12);
    media_16(out, 12); /* format */
    media_16(out, 0);
    media_32(out, 16 + 12 * ((uint32_t)MEDIA_LETTERS - 1));
    media_32(out, 0);
    media_32(out, (uint32_t)MEDIA_LETTERS - 1);
    for (uint32_t i = 1; i < MEDIA_LETTERS; i++) {
        media_32(out, media_letters[i].code_point);
        media_32(out, media_letters[i].code_point);
        media_32(out, i);
    }
}

static inline void media_tables(struct yx_buf tables[8])
{
    /* cmap, glyf, head, hhea, hmtx, loca, maxp, post */
    media_cmap(&tables[0]);
    media_head(&tables[2]);
    media_hhea(&tables[3]);
    for (size_t i = 0; i < MEDIA_LETTERS; i++) {
        media_32(&tables[5], (uint32_t)tables[1].len);
        media_outline(&tables[1], &media_letters[i]);
        media_16(&tables[4], media_letters[i].advance);
        media_16(&tables[4], 0);
    }
    media_32(&tables[5], (uint32_t)tables[1].len);
    media_32(&tables[6], 0x00010000);
    media_16(&tables[6], (int)MEDIA_LETTERS);
    for (int i = 0; i < 13; i++)
        media_16(&tables[6], (int[]){14, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}[i]);
    media_32(&tables[7], 0x00030000);
    for (int i = 0; i < 7; i++)
        media_32(&tables[7], 0);
}

static inline struct yx_buf media_font(void)
{
    static const char names[] = "cmapglyfheadhheahmtxlocamaxppost";
    struct yx_buf tables[8] = {{0}}, out = {0};
    uint32_t start = 12 + 16 * 8;

    media_tables(tables);
    media_32(&out, 0x00010000);
    for (int i = 0; i < 4; i++)
        media_16(&out, (int[]){8, 128, 3, 0}[i]);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(yx_buf_append(&out, YX_BYTES(names + 4 * i, 4)), YX_OK);
        media_32(&out, 0); /* checksums are not looked at */
        media_32(&out, start);
        media_32(&out, (uint32_t)tables[i].len);
        start += ((uint32_t)tables[i].len + 3) / 4 * 4;
    }
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(yx_buf_append(&out, yx_buf_bytes(&tables[i])), YX_OK);
        while (out.len % 4 != 0)
            assert_int_equal(yx_buf_append(&out, YX_BYTES("", 1)), YX_OK);
        yx_buf_free(&tables[i]);
    }
    return out;
}

/* --- Seals ------------------------------------------------------------------------------- */

static inline struct yx_buf bundle_pack(const struct yx_buf *page);

/* A seal with this face. */
static inline struct yx_buf media_seal(struct yx_bytes picture)
{
    YX_CLEAN(pki) struct pki pki = {0};
    struct yx_buf out = {0};
    struct yx_signer signer;
    struct yx_error err;

    expect_ok(pki_open(YX_KEY_SM2, &pki, &err), &err);
    signer = pki_signer(&pki.maker);
    const struct yx_cert *holders[] = {pki.holder.cert};
    const struct yx_seal_request request = {.version = 4,
                                            .type = 1,
                                            .name = "Corpus",
                                            .picture = picture,
                                            .width = 16,
                                            .height = 16,
                                            .holders = holders,
                                            .holder_count = 1,
                                            .valid_from = yx_now(),
                                            .valid_to = yx_now() + 100 * YX_DAY};
    expect_ok(yx_seal_make(&request, pki.maker.cert, &signer, &out, &err), &err);
    return out;
}

/* A red ring on white. */
static inline struct yx_buf media_png_seal(void)
{
    uint8_t pixels[MEDIA_HIGH][MEDIA_WIDE][3];
    YX_CLEAN(yx_buf) struct yx_buf picture = {0};

    for (int y = 0; y < MEDIA_HIGH; y++)
        for (int x = 0; x < MEDIA_WIDE; x++) {
            double across = (x + 0.5) / MEDIA_WIDE - 0.5, down = (y + 0.5) / MEDIA_HIGH - 0.5;
            double far = sqrt(across * across + down * down);

            memcpy(pixels[y][x], far > 0.32 && far < 0.48 ? "\xDC\x1E\x1E" : "\xFF\xFF\xFF", 3);
        }
    picture = media_png_of(PNG_FORMAT_RGB, pixels);
    return media_seal(yx_buf_bytes(&picture));
}

static inline struct yx_buf media_svg_seal(void)
{
    return media_seal(
        YX_TEXT("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>"
                "<circle cx='8' cy='8' r='6.5' fill='none' stroke='#d00' stroke-width='2'/>"
                "<path d='M8 4l2.5 7L4 6.5h8L5.5 11z' fill='#d00'/></svg>"));
}

/* Two boxes on the page of 60 x 40 mm. */
static inline struct yx_buf media_ofd_seal(void)
{
    static const char text[] =
        "[layer]\n<PathObject ID='11' Boundary='0 0 60 40' LineWidth='4'>"
        "<StrokeColor Value='220 30 30'/><AbbreviatedData>M 2 2 L 58 2 L 58 38 L 2 38 C "
        "M 14 12 L 46 12 L 46 28 L 14 28 C</AbbreviatedData></PathObject>\n";
    YX_CLEAN(yx_buf) struct yx_buf page = {0};
    YX_CLEAN(yx_buf) struct yx_buf picture = {0};

    assert_int_equal(yx_buf_append(&page, YX_TEXT(text)), YX_OK);
    picture = bundle_pack(&page);
    return media_seal(yx_buf_bytes(&picture));
}

/* --- All of it --------------------------------------------------------------------------- */

static const struct {
    const char *name;
    struct yx_buf (*make)(void);
} media[] = {
    {"quarters.png", media_png},      {"fading.png", media_fading_png},
    {"disc.png", media_disc_png},     {"quarters.jpg", media_jpeg},
    {"grey.jpg", media_grey_jpeg},    {"inks.jpg", media_ink_jpeg},
    {"quarters.tif", media_tiff},     {"swapped.icc", media_profile},
    {"letters.ttf", media_font},      {"ring-png.esl", media_png_seal},
    {"ring-svg.esl", media_svg_seal}, {"page-ofd.esl", media_ofd_seal},
};

#endif
