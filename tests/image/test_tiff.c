/* SPDX-License-Identifier: Apache-2.0 */
/* test_tiff.c - TIFF pictures as scanners and presses write them, made by libtiff itself; tags that
 * lie. */
#include "pictures.h"

#include <tiffio.h>

/* --- Making them ------------------------------------------------------------------------- */

struct memory {
    struct yx_buf bytes;
    size_t at;
};

static tmsize_t put(thandle_t handle, void *bytes, tmsize_t size)
{
    struct memory *memory = handle;
    size_t len = (size_t)size;

    if (memory->at + len > memory->bytes.len) {
        size_t more = memory->at + len - memory->bytes.len;

        assert_int_equal(yx_buf_reserve(&memory->bytes, more), YX_OK);
        memset(memory->bytes.data + memory->bytes.len, 0, more);
        memory->bytes.len += more;
    }
    memcpy(memory->bytes.data + memory->at, bytes, len);
    memory->at += len;
    return size;
}

static tmsize_t get(thandle_t handle, void *bytes, tmsize_t size)
{
    struct memory *memory = handle;
    size_t left = memory->bytes.len - memory->at;
    size_t len = (size_t)size < left ? (size_t)size : left;

    memcpy(bytes, memory->bytes.data + memory->at, len);
    memory->at += len;
    return (tmsize_t)len;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence)
{
    struct memory *memory = handle;

    memory->at = offset + (whence == SEEK_CUR   ? memory->at
                           : whence == SEEK_END ? memory->bytes.len
                                                : 0);
    return memory->at;
}

static int close_nothing(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t tell_size(thandle_t handle)
{
    return ((struct memory *)handle)->bytes.len;
}

struct making {
    const char *name;
    uint16_t photometric, compression, bits, samples;
    uint32_t strip; /* rows; 0: tiles of 16 by 16 */
    uint16_t planar, orientation, alpha;
    const char *mode;
};

/* One sample of one pixel. Bilevel pictures are black where the quarter is red or blue. */
static uint8_t sample(const struct making *making, uint32_t x, uint32_t y, uint16_t channel)
{
    const uint8_t *rgb = painted(x, y, WIDE, HIGH);
    uint32_t quarter = (y >= HIGH / 2) * 2 + (x >= WIDE / 2);

    switch (making->photometric) {
    case PHOTOMETRIC_SEPARATED:
        return quarter == channel ? 255 : 0;
    case PHOTOMETRIC_PALETTE:
        return (uint8_t)quarter;
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_MINISWHITE:
        return making->bits == 1 ? quarter % 2 == (making->photometric == PHOTOMETRIC_MINISBLACK)
                                 : rgb[0];
    default:
        if (making->alpha == EXTRASAMPLE_ASSOCALPHA)
            return channel == 3 ? 128 : (uint8_t)((rgb[channel] * 128 + 127) / 255);
        return channel == 3 ? 255 : rgb[channel];
    }
}

static void set_sample(const struct making *making, uint8_t *row, size_t index, uint8_t value)
{
    if (making->bits == 1)
        row[index / 8] |= (uint8_t)(value << (7 - index % 8));
    else if (making->bits == 16)
        memset(row + index * 2, value, 2);
    else
        row[index] = value;
}

static void write_rows(TIFF *file, const struct making *making)
{
    uint8_t row[WIDE * 8];

    for (uint16_t plane = 0;
         plane < (making->planar == PLANARCONFIG_SEPARATE ? making->samples : 1); plane++)
        for (uint32_t y = 0; y < HIGH; y++) {
            memset(row, 0, sizeof row);
            for (uint32_t x = 0; x < WIDE; x++)
                if (making->planar == PLANARCONFIG_SEPARATE)
                    set_sample(making, row, x, sample(making, x, y, plane));
                else
                    for (uint16_t c = 0; c < making->samples; c++)
                        set_sample(making, row, x * making->samples + c, sample(making, x, y, c));
            assert_int_equal(TIFFWriteScanline(file, row, y, plane), 1);
        }
}

static void write_tiles(TIFF *file, const struct making *making)
{
    uint8_t tile[16 * 16 * 4];

    for (uint32_t y = 0; y < HIGH; y += 16)
        for (uint32_t x = 0; x < WIDE; x += 16) {
            for (uint32_t i = 0; i < 256; i++)
                for (uint16_t c = 0; c < making->samples; c++)
                    tile[i * making->samples + c] = sample(making, x + i % 16, y + i / 16, c);
            assert_true(TIFFWriteTile(file, tile, x, y, 0, 0) > 0);
        }
}

static void set_palette(TIFF *file)
{
    uint16_t red[256] = {0}, green[256] = {0}, blue[256] = {0};

    for (uint32_t i = 0; i < 4; i++) {
        const uint8_t *rgb = painted(i % 2, i / 2, 2, 2);

        red[i] = (uint16_t)(rgb[0] * 257);
        green[i] = (uint16_t)(rgb[1] * 257);
        blue[i] = (uint16_t)(rgb[2] * 257);
    }
    TIFFSetField(file, TIFFTAG_COLORMAP, red, green, blue);
}

static struct yx_buf make(const struct making *making)
{
    struct memory memory = {0};
    TIFF *file = TIFFClientOpen("", making->mode == NULL ? "wl" : making->mode, &memory, get, put,
                                seek, close_nothing, tell_size, NULL, NULL);

    assert_non_null(file);
    TIFFSetField(file, TIFFTAG_IMAGEWIDTH, WIDE);
    TIFFSetField(file, TIFFTAG_IMAGELENGTH, HIGH);
    TIFFSetField(file, TIFFTAG_BITSPERSAMPLE, making->bits);
    TIFFSetField(file, TIFFTAG_SAMPLESPERPIXEL, making->samples);
    TIFFSetField(file, TIFFTAG_PHOTOMETRIC, making->photometric);
    TIFFSetField(file, TIFFTAG_COMPRESSION, making->compression);
    TIFFSetField(file, TIFFTAG_PLANARCONFIG,
                 making->planar == 0 ? PLANARCONFIG_CONTIG : making->planar);
    if (making->compression == COMPRESSION_JPEG)
        TIFFSetField(file, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    if (making->orientation != 0)
        TIFFSetField(file, TIFFTAG_ORIENTATION, making->orientation);
    if (making->alpha != 0)
        TIFFSetField(file, TIFFTAG_EXTRASAMPLES, 1, (uint16_t[]){making->alpha});
    if (making->photometric == PHOTOMETRIC_PALETTE)
        set_palette(file);
    if (making->strip > 0) {
        TIFFSetField(file, TIFFTAG_ROWSPERSTRIP, making->strip);
        write_rows(file, making);
    } else {
        TIFFSetField(file, TIFFTAG_TILEWIDTH, 16);
        TIFFSetField(file, TIFFTAG_TILELENGTH, 16);
        write_tiles(file, making);
    }
    TIFFClose(file);
    return memory.bytes;
}

/* --- Pictures that are read -------------------------------------------------------------- */

static void test_colours(void **state)
{
    static const struct making cases[] = {
        {"plain", PHOTOMETRIC_RGB, COMPRESSION_NONE, 8, 3, 8},
        {"big-endian", PHOTOMETRIC_RGB, COMPRESSION_NONE, 8, 3, 8, .mode = "wb"},
        {"LZW", PHOTOMETRIC_RGB, COMPRESSION_LZW, 8, 3, 5},
        {"deflate", PHOTOMETRIC_RGB, COMPRESSION_ADOBE_DEFLATE, 8, 3, 100},
        {"packbits", PHOTOMETRIC_RGB, COMPRESSION_PACKBITS, 8, 3, 7},
        {"16 bits", PHOTOMETRIC_RGB, COMPRESSION_NONE, 16, 3, 8},
        {"planes", PHOTOMETRIC_RGB, COMPRESSION_NONE, 8, 3, 8, PLANARCONFIG_SEPARATE},
        {"tiles", PHOTOMETRIC_RGB, COMPRESSION_LZW, 8, 3, 0},
        {"palette", PHOTOMETRIC_PALETTE, COMPRESSION_NONE, 8, 1, 8},
        {"alpha", PHOTOMETRIC_RGB, COMPRESSION_NONE, 8, 4, 8, .alpha = EXTRASAMPLE_UNASSALPHA},
        {"JPEG", PHOTOMETRIC_YCBCR, COMPRESSION_JPEG, 8, 3, 16},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = make(&cases[i]);
        YX_CLEAN(yx_raster) struct yx_raster raster = {0};
        YX_CLEAN(yx_raster) struct yx_raster smaller = {0};
        struct yx_error err;

        assert_int_equal(yx_bitmap_tell(yx_buf_bytes(&file)), YX_BITMAP_TIFF);
        expect_ok(yx_bitmap_decode(yx_buf_bytes(&file), 0, 0, &raster, &err), &err);
        assert_int_equal(raster.width, WIDE);
        assert_int_equal(raster.height, HIGH);
        expect_quarters(&raster, cases[i].compression == COMPRESSION_JPEG ? 12 : 0, cases[i].name);
        expect_ok(yx_bitmap_decode(yx_buf_bytes(&file), 12, 8, &smaller, &err), &err);
        assert_int_equal(smaller.width, 12);
        expect_quarters(&smaller, cases[i].compression == COMPRESSION_JPEG ? 24 : 0, cases[i].name);
    }
}

static const uint8_t *at(const struct yx_raster *raster, uint32_t quarter)
{
    return raster->rgba.data + ((size_t)HIGH * (1 + 2 * (quarter / 2)) / 4 * WIDE +
                                WIDE * (1 + 2 * (quarter % 2)) / 4) *
                                   4;
}

static void test_bilevel(void **state)
{
    static const struct making cases[] = {
        {"G4", PHOTOMETRIC_MINISWHITE, COMPRESSION_CCITTFAX4, 1, 1, HIGH},
        {"G3", PHOTOMETRIC_MINISWHITE, COMPRESSION_CCITTFAX3, 1, 1, 8},
        {"RLE", PHOTOMETRIC_MINISWHITE, COMPRESSION_CCITTRLE, 1, 1, 8},
        {"black is 0", PHOTOMETRIC_MINISBLACK, COMPRESSION_CCITTFAX4, 1, 1, HIGH},
        {"plain", PHOTOMETRIC_MINISBLACK, COMPRESSION_NONE, 1, 1, 8},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = make(&cases[i]);
        YX_CLEAN(yx_raster) struct yx_raster raster = {0};
        struct yx_error err;

        expect_ok(yx_bitmap_decode(yx_buf_bytes(&file), 0, 0, &raster, &err), &err);
        for (uint32_t q = 0; q < 4; q++)
            if (memcmp(at(&raster, q), q % 2 == 0 ? "\0\0\0\xFF" : "\xFF\xFF\xFF\xFF", 4) != 0)
                fail_msg("%s: quarter %u is %d", cases[i].name, q, at(&raster, q)[0]);
    }
}

/* The same colours as a JPEG or a path of these inks has. */
static void test_inks(void **state)
{
    static const struct making inks = {"inks", PHOTOMETRIC_SEPARATED, COMPRESSION_LZW, 8, 4, 8};
    static const uint8_t want[4][4] = {
        {0, 160, 228, 255}, {230, 12, 128, 255}, {255, 238, 0, 255}, {0, 0, 0, 255}};
    YX_CLEAN(yx_buf) struct yx_buf file = make(&inks);
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    struct yx_error err;

    (void)state;
    expect_ok(yx_bitmap_decode(yx_buf_bytes(&file), 0, 0, &raster, &err), &err);
    for (uint32_t q = 0; q < 4; q++)
        assert_memory_equal(at(&raster, q), want[q], 4);
}

/* Colours that were multiplied by their opacity come back. */
static void test_alpha(void **state)
{
    static const struct making half = {
        "half", PHOTOMETRIC_RGB, COMPRESSION_NONE, 8, 4, 8, .alpha = EXTRASAMPLE_ASSOCALPHA};
    YX_CLEAN(yx_buf) struct yx_buf file = make(&half);
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    struct yx_error err;

    (void)state;
    expect_ok(yx_bitmap_decode(yx_buf_bytes(&file), 0, 0, &raster, &err), &err);
    assert_int_equal(at(&raster, 0)[3], 128);
    assert_in_range(at(&raster, 0)[0], 218, 222);
    assert_in_range(at(&raster, 0)[1], 28, 32);
}

/* Rows from the bottom: the picture is turned as it says. */
static void test_orientation(void **state)
{
    static const struct making upside = {
        "upside", PHOTOMETRIC_RGB, COMPRESSION_LZW, 8, 3, 8, .orientation = ORIENTATION_BOTLEFT};
    YX_CLEAN(yx_buf) struct yx_buf file = make(&upside);
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    struct yx_error err;

    (void)state;
    expect_ok(yx_bitmap_decode(yx_buf_bytes(&file), 0, 0, &raster, &err), &err);
    assert_memory_equal(at(&raster, 0), painted(0, HIGH - 1, WIDE, HIGH), 3);
    assert_memory_equal(at(&raster, 3), painted(WIDE - 1, 0, WIDE, HIGH), 3);
}

/* --- Refusals ---------------------------------------------------------------------------- */

static void test_damage(void **state)
{
    static const struct making cases[] = {
        {"LZW", PHOTOMETRIC_RGB, COMPRESSION_LZW, 8, 3, 8},
        {"G4", PHOTOMETRIC_MINISWHITE, COMPRESSION_CCITTFAX4, 1, 1, HIGH},
        {"tiles", PHOTOMETRIC_RGB, COMPRESSION_ADOBE_DEFLATE, 8, 3, 0},
        {"palette", PHOTOMETRIC_PALETTE, COMPRESSION_PACKBITS, 8, 1, 8},
        {"JPEG", PHOTOMETRIC_YCBCR, COMPRESSION_JPEG, 8, 3, 16},
        {"inks", PHOTOMETRIC_SEPARATED, COMPRESSION_NONE, 8, 4, 8},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = make(&cases[i]);

        /* The last word is the place of a next directory, or a palette: without one libtiff takes
         * the numbers for greys. */
        expect_cuts_refused(&file, cases[i].photometric == PHOTOMETRIC_PALETTE ? 1536 : 4,
                            cases[i].name);
        expect_flips_harmless(&file, cases[i].name);
    }
}

/* The directory, little-endian: how many entries, and these, of 12 bytes. */
static uint8_t *directory_of(struct yx_buf *file, uint16_t *count)
{
    uint32_t start;

    memcpy(&start, file->data + 4, 4);
    memcpy(count, file->data + start, 2);
    return file->data + start + 2;
}

/* The entry of a tag: tag, type, count, value. */
static uint8_t *entry_of(struct yx_buf *file, uint16_t tag)
{
    uint16_t count;
    uint8_t *entry = directory_of(file, &count);

    for (; count > 0; count--, entry += 12)
        if (memcmp(entry, &tag, 2) == 0)
            return entry;
    fail_msg("no tag %d", tag);
    return NULL;
}

static void test_lies(void **state)
{
    static const struct making plain = {"plain", PHOTOMETRIC_RGB, COMPRESSION_NONE, 8, 3, 8};
    static const struct {
        uint16_t tag;
        uint32_t value;
        const char *saying;
    } cases[] = {
        {TIFFTAG_IMAGEWIDTH, 0, "TIFF"},
        {TIFFTAG_IMAGELENGTH, 0, "TIFF"},
        {TIFFTAG_IMAGEWIDTH, 4000000, "4000000 x 32"},
        {TIFFTAG_IMAGELENGTH, 4000000, "48 x 4000000"},
        {TIFFTAG_IMAGEWIDTH, 60000, "TIFF"},
        {TIFFTAG_IMAGELENGTH, 60000, "TIFF"},
        {TIFFTAG_COMPRESSION, COMPRESSION_OJPEG, "method 6"},
        {TIFFTAG_COMPRESSION, 34887, "method 34887"}, /* LERC */
        {TIFFTAG_COMPRESSION, 9999, "method 9999"},
        {TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_PALETTE, "TIFF"},
        {TIFFTAG_SAMPLESPERPIXEL, 60000, "TIFF"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = make(&plain);
        uint8_t *entry = entry_of(&file, cases[i].tag);

        memcpy(entry + 2, &(uint16_t){cases[i].value > UINT16_MAX ? TIFF_LONG : TIFF_SHORT}, 2);
        memcpy(entry + 8, &cases[i].value, 4);
        expect_refused(&file, cases[i].saying);
    }
}

/* A directory that names itself as the next one is read once. */
static void test_circle(void **state)
{
    static const struct making plain = {"plain", PHOTOMETRIC_RGB, COMPRESSION_NONE, 8, 3, 8};
    YX_CLEAN(yx_buf) struct yx_buf file = make(&plain);
    uint16_t count;
    uint8_t *entries = directory_of(&file, &count);

    (void)state;
    memcpy(entries + (size_t)count * 12, file.data + 4, 4);
    assert_int_equal(decode_copy(yx_buf_bytes(&file)), YX_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_colours),     cmocka_unit_test(test_bilevel),
        cmocka_unit_test(test_inks),        cmocka_unit_test(test_alpha),
        cmocka_unit_test(test_orientation), cmocka_unit_test(test_damage),
        cmocka_unit_test(test_lies),        cmocka_unit_test(test_circle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
