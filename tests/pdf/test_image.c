/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_image.c - pictures of every type read sample by sample, and damaged ones refused.
 * Where they show on the page is in test_picture.c.
 */
#include "support.h"

#include <png.h>

#include "hex.h"
#include "pdf/pdf.h"
#include "picture/picture.h"

typedef yx_status decoder(struct yx_bytes picture, struct yx_raster *out, struct yx_error *err);

/* The sample that stands at (x, y). */
typedef void painter(uint32_t x, uint32_t y, uint8_t out[4]);

static void expect_pixels(decoder *decode, const struct yx_buf *file, uint32_t width,
                          uint32_t height, painter *paint, const char *what)
{
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    struct yx_error err;
    expect_ok(decode(yx_buf_bytes(file), &raster, &err), &err);
    assert_int_equal(raster.width, width);
    assert_int_equal(raster.height, height);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            uint8_t want[4];
            const uint8_t *got = raster.rgba.data + ((size_t)y * width + x) * 4;
            paint(x, y, want);
            bool clear = want[3] == 0 && got[3] == 0;
            if (!clear && memcmp(got, want, 4) != 0)
                fail_msg("%s: (%u, %u) is %d %d %d %d, not %d %d %d %d", what, x, y, got[0], got[1],
                         got[2], got[3], want[0], want[1], want[2], want[3]);
        }
}

/* Cut anywhere, it is refused and harms nobody; the last bytes of some formats carry nothing. */
static void expect_cuts_refused(const struct yx_buf *file, size_t idle, const char *what)
{
    for (size_t len = 0; len < file->len; len++) {
        YX_CLEAN(yx_image) struct yx_image image = {0};
        struct yx_error err = {0};
        /* A copy of that length, so that a reader beyond its end is seen. */
        uint8_t *copy = malloc(len + (len == 0));
        assert_non_null(copy);
        memcpy(copy, file->data, len);
        yx_status status = yx_image_read(YX_BYTES(copy, len), &image, &err);
        free(copy);
        if (status != YX_REFUSED && len + idle < file->len)
            fail_msg("%s: cut to %zu of %zu bytes: status %d", what, len, file->len, (int)status);
    }
}

/* --- BMP ---------------------------------------------------------------------------------- */

enum { WIDE = 5, HIGH = 3 };

static void put_little(struct yx_buf *out, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        assert_int_equal(yx_buf_append(out, YX_BYTES(&(uint8_t){(uint8_t)(value >> (8 * i))}, 1)),
                         YX_OK);
}

struct bmp_kind {
    const char *name;
    uint32_t bits, compression;
    bool core, from_top;
    const char *pixels; /* hex, rows as they stand in the file */
};

/* The palette has red, green, blue, black. */
static void make_bmp(const struct bmp_kind *kind, struct yx_buf *out)
{
    static const uint32_t palette[4] = {0xDC0000, 0x00A000, 0x0000DC, 0x000000};
    struct yx_buf pixels = from_hex(kind->pixels);
    uint32_t header = kind->core ? 12 : 40, step = kind->core ? 3 : 4;
    uint32_t colours = kind->bits > 8 ? 0 : kind->core ? 1u << kind->bits : 4;
    uint32_t masks = kind->compression == 3 ? 12 : 0;
    uint32_t start = 14 + header + masks + colours * step;
    put_little(out, 0x4D42, 2); /* "BM" */
    put_little(out, start + (uint32_t)pixels.len, 4);
    put_little(out, 0, 4);
    put_little(out, start, 4);
    put_little(out, header, 4);
    put_little(out, WIDE, kind->core ? 2 : 4);
    put_little(out, kind->from_top ? 0u - HIGH : HIGH, kind->core ? 2 : 4);
    put_little(out, 1, 2);
    put_little(out, kind->bits, 2);
    if (!kind->core) {
        put_little(out, kind->compression, 4);
        put_little(out, 0, 4);
        put_little(out, 2835, 4);
        put_little(out, 2835, 4);
        put_little(out, colours, 4);
        put_little(out, 0, 4);
    }
    for (uint32_t i = 0; i < masks / 4; i++)
        put_little(out, (uint32_t[]){0xF800, 0x07E0, 0x001F}[i], 4);
    for (uint32_t i = 0; i < colours; i++)
        put_little(out, palette[i % 4], step);
    assert_int_equal(yx_buf_append(out, yx_buf_bytes(&pixels)), YX_OK);
    yx_buf_free(&pixels);
}

static void paint_indexed(uint32_t x, uint32_t y, uint8_t out[4])
{
    static const uint8_t colours[4][4] = {
        {220, 0, 0, 255}, {0, 160, 0, 255}, {0, 0, 220, 255}, {0, 0, 0, 255}};
    memcpy(out, colours[(x + y) % 4], 4);
}

static void paint_two(uint32_t x, uint32_t y, uint8_t out[4])
{
    paint_indexed((x + y) % 2, 0, out);
}

static void paint_full(uint32_t x, uint32_t y, uint8_t out[4])
{
    paint_indexed(x, y, out);
    for (size_t i = 0; i < 3; i++)
        out[i] = out[i] != 0 ? 255 : 0;
}

#define ROWS_8 "0203000102000000 0102030001000000 0001020300000000"
#define ROWS_16 "1F000000007CE0031F000000 E0031F000000007CE0030000 007CE0031F000000007C0000"
#define ROWS_24                                                                   \
    "DC0000 000000 0000DC 00A000 DC0000 00 00A000 DC0000 000000 0000DC 00A000 00" \
    "0000DC 00A000 DC0000 000000 0000DC 00"

static void test_bmp(void **state)
{
    (void)state;
    static const struct {
        struct bmp_kind kind;
        painter *paint;
    } cases[] = {
        {{"1 bit", 1, 0, false, false, "50000000 A8000000 50000000"}, paint_two},
        {{"4 bits", 4, 0, false, false, "23012000 12301000 01230000"}, paint_indexed},
        {{"8 bits", 8, 0, false, false, ROWS_8}, paint_indexed},
        {{"8 bits, core header", 8, 0, true, false, ROWS_8}, paint_indexed},
        {{"8 bits from the top", 8, 0, false, true,
          "0001020300000000 0102030001000000 0203000102000000"},
         paint_indexed},
        {{"16 bits", 16, 0, false, false, ROWS_16}, paint_full},
        {{"16 bits, masks", 16, 3, false, false,
          "1F00000000F8E0071F000000 E0071F00000000F8E0070000 00F8E0071F00000000F80000"},
         paint_full},
        {{"24 bits", 24, 0, false, false, ROWS_24}, paint_indexed},
        {{"24 bits, core header", 24, 0, true, false, ROWS_24}, paint_indexed},
        {{"32 bits", 32, 0, false, false,
          "DC000000 00000000 0000DC00 00A00000 DC000000 00A00000 DC000000 00000000 0000DC00 "
          "00A00000"
          "0000DC00 00A00000 DC000000 00000000 0000DC00"},
         paint_indexed},
        {{"runs of 8 bits", 8, 1, false, false,
          "0005020300010200 0000 01010102010301000101 0000 0005000102030000 0001"},
         paint_indexed},
        {{"runs of 4 bits", 4, 2, false, false,
          "000523012000 0000 01100120013001000110 0000 020102230100 0001"},
         paint_indexed},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct yx_buf file = {0};
        make_bmp(&cases[i].kind, &file);
        expect_pixels(yx_bmp_decode, &file, WIDE, HIGH, cases[i].paint, cases[i].kind.name);
        expect_cuts_refused(&file, 0, cases[i].kind.name);
        yx_buf_free(&file);
    }
}

static void expect_refused(decoder *decode, const struct yx_buf *file)
{
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    struct yx_error err;
    expect_status(decode(yx_buf_bytes(file), &raster, &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, yx_rule_picture);
}

static void test_wrong_bmp(void **state)
{
    (void)state;
    static const struct bmp_kind kinds[] = {
        {"3 bits", 3, 0, false, false, ROWS_8},
        {"an embedded JPEG", 24, 4, false, false, ROWS_24},
        {"runs with 24 bits", 24, 1, false, false, ROWS_24},
        {"runs from the top", 8, 1, false, true, "0001"},
        {"a colour that is not in the palette", 8, 0, false, false,
         "0203000102000000 0102070001000000 0001020300000000"},
        {"a run beyond the row", 8, 1, false, false, "0601 0001"},
        {"rows beyond the picture", 8, 1, false, false, "0000 0000 0000 0501 0001"},
        {"a leap beyond the picture", 8, 1, false, false, "0002FFFF 0001"},
        {"no end", 8, 1, false, false, "0501 0000"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct yx_buf file = {0};
        make_bmp(&kinds[i], &file);
        expect_refused(yx_bmp_decode, &file);
        yx_buf_free(&file);
    }
}

/* A size that no memory should be asked for. */
static void test_absurd_size(void **state)
{
    (void)state;
    struct bmp_kind kind = {"8 bits", 8, 0, false, false, ROWS_8};
    struct yx_buf file = {0};
    make_bmp(&kind, &file);
    memcpy(file.data + 18, "\xFF\xFF\xFF\x7F\xFF\xFF\xFF\x7F", 8);
    expect_refused(yx_bmp_decode, &file);
    memcpy(file.data + 18, "\0\0\0\0\3\0\0\0", 8);
    expect_refused(yx_bmp_decode, &file);
    yx_buf_free(&file);
}

/* --- GIF ---------------------------------------------------------------------------------- */

static void paint_gif(uint32_t x, uint32_t y, uint8_t out[4])
{
    uint32_t index = (x * y + x / 3) % 4;
    paint_indexed(index, 0, out);
    out[3] = index == 3 ? 0 : 255;
}

/* Written by another program: interlaced, one colour transparent. */
static void test_gif(void **state)
{
    (void)state;
    struct yx_buf file =
        from_hex("47494638396110000B00F10000DC000000A0000000DC09090921F90401000003002C000000001000"
                 "0B004102358483A2C306E15050828D18D36A07083004C32788D077A122697AA01B8E5E8B3EDF64E7"
                 "38A8407C6918DD863AE2CF27442A8A4C5C01003B");
    expect_pixels(yx_gif_decode, &file, 16, 11, paint_gif, "GIF");
    expect_cuts_refused(&file, 4, "GIF");
    yx_buf_free(&file);
}

/* An encoder that learns all 4096 codes and starts anew. */
struct encoder {
    struct yx_buf data;
    uint32_t bits;
    unsigned bit_count, width;
    uint16_t prefix[4096];
    uint8_t suffix[4096];
    uint32_t next;
};

enum { CLEAR = 256, END = 257, NOISE_WIDE = 160, NOISE_HIGH = 120 };

static void put_code(struct encoder *encoder, uint32_t code)
{
    encoder->bits |= code << encoder->bit_count;
    encoder->bit_count += encoder->width;
    for (; encoder->bit_count >= 8; encoder->bit_count -= 8, encoder->bits >>= 8)
        put_little(&encoder->data, encoder->bits & 0xFF, 1);
}

static uint32_t find_code(const struct encoder *encoder, uint32_t prefix, uint8_t suffix)
{
    for (uint32_t i = END + 1; i < encoder->next; i++)
        if (encoder->prefix[i] == prefix && encoder->suffix[i] == suffix)
            return i;
    return 0;
}

static void learn_code(struct encoder *encoder, uint32_t prefix, uint8_t suffix)
{
    if (encoder->next == 4096) {
        put_code(encoder, CLEAR);
        encoder->width = 9;
        encoder->next = END + 1;
        return;
    }
    encoder->prefix[encoder->next] = (uint16_t)prefix;
    encoder->suffix[encoder->next] = suffix;
    if (encoder->next == 1u << encoder->width)
        encoder->width++;
    encoder->next++;
}

/* Half noise, half long runs of the same. */
static uint8_t noise(uint32_t x, uint32_t y)
{
    uint32_t mixed = (x * 2654435761u) ^ (y * 40503u) ^ (x * y * 97u);
    return y % 2 == 0 ? (uint8_t)(mixed >> 13) : (uint8_t)(y / 2);
}

static void encode_noise(struct yx_buf *out)
{
    struct encoder *encoder = calloc(1, sizeof *encoder);
    assert_non_null(encoder);
    encoder->width = 9;
    encoder->next = END + 1;
    put_code(encoder, CLEAR);
    uint32_t string = noise(0, 0);
    for (uint32_t i = 1; i < NOISE_WIDE * NOISE_HIGH; i++) {
        uint8_t colour = noise(i % NOISE_WIDE, i / NOISE_WIDE);
        uint32_t longer = find_code(encoder, string, colour);
        if (longer == 0) {
            put_code(encoder, string);
            learn_code(encoder, string, colour);
        }
        string = longer != 0 ? longer : colour;
    }
    put_code(encoder, string);
    put_code(encoder, END);
    put_little(&encoder->data, encoder->bits & 0xFF, 1);
    for (size_t at = 0; at < encoder->data.len; at += 255) {
        size_t len = encoder->data.len - at < 255 ? encoder->data.len - at : 255;
        put_little(out, (uint32_t)len, 1);
        assert_int_equal(yx_buf_append(out, YX_BYTES(encoder->data.data + at, len)), YX_OK);
    }
    put_little(out, 0, 1);
    yx_buf_free(&encoder->data);
    free(encoder);
}

static void paint_noise(uint32_t x, uint32_t y, uint8_t out[4])
{
    uint8_t index = noise(x, y);
    out[0] = index;
    out[1] = (uint8_t)(255 - index);
    out[2] = index ^ 0x55;
    out[3] = 255;
}

static void make_noise(struct yx_buf *out)
{
    assert_int_equal(yx_buf_append_text(out, "GIF87a"), YX_OK);
    put_little(out, NOISE_WIDE, 2);
    put_little(out, NOISE_HIGH, 2);
    put_little(out, 0xF7, 3); /* a table of 256 colours */
    for (uint32_t i = 0; i < 256; i++)
        put_little(out, i | (255 - i) << 8 | (i ^ 0x55) << 16, 3);
    put_little(out, 0x2C, 1);
    put_little(out, 0, 4);
    put_little(out, NOISE_WIDE, 2);
    put_little(out, NOISE_HIGH, 2);
    put_little(out, 0, 1);
    put_little(out, 8, 1);
    encode_noise(out);
    put_little(out, 0x3B, 1);
}

static void test_gif_of_all_codes(void **state)
{
    (void)state;
    struct yx_buf file = {0};
    make_noise(&file);
    expect_pixels(yx_gif_decode, &file, NOISE_WIDE, NOISE_HIGH, paint_noise, "noise");
    yx_buf_free(&file);
}

static void test_wrong_gif(void **state)
{
    (void)state;
    struct yx_buf file = {0};
    make_noise(&file);
    size_t image = 13 + 768;
    const struct {
        size_t at;
        uint8_t value;
    } damages[] = {
        {image, 0x3B},    /* no image at all */
        {image, 0x77},    /* a block that nobody knows */
        {image + 1, 1},   /* beyond the right edge of the screen */
        {image + 3, 1},   /* beyond the lower edge */
        {image + 10, 12}, /* codes of 13 bits */
        {image + 10, 1},  /* codes that are too short */
        {6, 0},           /* a screen without width */
        {10, 0x77},       /* no colours */
        {10, 0xF1},       /* four colours, and more in use */
    };
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        uint8_t old = file.data[damages[i].at];
        file.data[damages[i].at] = damages[i].value;
        expect_refused(yx_gif_decode, &file);
        file.data[damages[i].at] = old;
    }
    yx_buf_free(&file);
}

/* --- JPEG --------------------------------------------------------------------------------- */

#define ADOBE "FFEE000E 41646F6265 0064 0000 0000 02"
#define SOS "FFDA 0002 00"

static void test_jpeg(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        yx_status status;
        struct yx_jpeg want;
    } cases[] = {
        {"FFD8 FFC0 000B 08 0010 0020 01 011100" SOS, YX_OK, {32, 16, 1, false}},
        {"FFD8 FFFFFFC2 0011 08 0010 0020 03 011100 021100 031100" SOS, YX_OK, {32, 16, 3, false}},
        {"FFD8" ADOBE "FFC1 0014 08 0010 0020 04 011100 021100 031100 041100" SOS,
         YX_OK,
         {32, 16, 4, true}},
        {"FFD8 FFC0 0014 08 0010 0020 04 011100 021100 031100 041100" SOS,
         YX_OK,
         {32, 16, 4, false}},
        {"FFD8 FFC0 0014 08 0010 0020 02 011100 021100" SOS, YX_REFUSED, {0}},
        {"FFD8 FFC1 000B 0C 0010 0020 01 011100" SOS, YX_REFUSED, {0}}, /* 12 bits */
        {"FFD8 FFC3 000B 08 0010 0020 01 011100" SOS, YX_REFUSED, {0}}, /* lossless */
        {"FFD8 FFC9 000B 08 0010 0020 01 011100" SOS, YX_REFUSED, {0}}, /* arithmetic */
        {"FFD8 FFC0 000B 08 0000 0020 01 011100" SOS, YX_REFUSED, {0}}, /* no height */
        {"FFD8 FFC0 0004 08 00" SOS, YX_REFUSED, {0}},
        {"FFD8" ADOBE SOS, YX_REFUSED, {0}},                             /* no frame */
        {"FFD8 FFC0 000B 08 0010 0020 01 011100 FFD9", YX_REFUSED, {0}}, /* no scan */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct yx_buf file = from_hex(cases[i].hex);
        struct yx_jpeg jpeg = {0};
        struct yx_error err;
        expect_status(yx_jpeg_read(yx_buf_bytes(&file), &jpeg, &err), cases[i].status, &err);
        if (cases[i].status == YX_OK) {
            assert_int_equal(jpeg.width, cases[i].want.width);
            assert_int_equal(jpeg.height, cases[i].want.height);
            assert_int_equal(jpeg.components, cases[i].want.components);
            assert_int_equal(jpeg.inverted, cases[i].want.inverted);
            expect_cuts_refused(&file, 4, "JPEG");
        }
        yx_buf_free(&file);
    }
}

/* --- PNG ---------------------------------------------------------------------------------- */

static void make_png(png_uint_32 format, bool transparent, struct yx_buf *out)
{
    uint8_t pixels[4 * 4 * 4];
    for (uint32_t i = 0; i < 16; i++) {
        uint8_t colour[4] = {220, 0, 0, (uint8_t)(transparent && i < 8 ? 0 : 255)};
        memcpy(pixels + (size_t)i * 4, colour, 4);
    }
    png_image image = {.version = PNG_IMAGE_VERSION, .width = 4, .height = 4, .format = format};
    png_alloc_size_t size = 4096;
    assert_int_equal(yx_buf_reserve(out, size), YX_OK);
    assert_true(png_image_write_to_memory(&image, out->data, &size, 0, pixels, 0, NULL));
    out->len = size;
}

/* Opacity goes apart; without any there is no mask, and grey needs one sample. */
static void test_png(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        YX_CLEAN(yx_image) struct yx_image image = {0};
        struct yx_buf file = {0};
        struct yx_error err;
        make_png(PNG_FORMAT_RGBA, i == 1, &file);
        expect_ok(yx_image_read(yx_buf_bytes(&file), &image, &err), &err);
        assert_int_equal(image.width, 4);
        assert_int_equal(image.height, 4);
        assert_string_equal(image.colours, "/DeviceRGB");
        assert_string_equal(image.filter, "/FlateDecode");
        assert_int_equal(image.alpha.len > 0, i == 1);
        expect_cuts_refused(&file, 12, "PNG");
        uint8_t *data = memmem(file.data, file.len, "IDAT", 4);
        assert_non_null(data);
        data[8] ^= 0x55;
        struct yx_image damaged;
        expect_status(yx_image_read(yx_buf_bytes(&file), &damaged, &err), YX_REFUSED, &err);
        yx_buf_free(&file);
    }
}

static void test_unknown_types(void **state)
{
    (void)state;
    static const char *const files[] = {"", "<svg xmlns='http://www.w3.org/2000/svg'/>", "PK\3\4",
                                        "RIFF....WEBP", "II*"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct yx_image image;
        struct yx_error err;
        expect_status(yx_image_read(YX_TEXT(files[i]), &image, &err), YX_REFUSED, &err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bmp),
        cmocka_unit_test(test_wrong_bmp),
        cmocka_unit_test(test_absurd_size),
        cmocka_unit_test(test_gif),
        cmocka_unit_test(test_gif_of_all_codes),
        cmocka_unit_test(test_wrong_gif),
        cmocka_unit_test(test_jpeg),
        cmocka_unit_test(test_png),
        cmocka_unit_test(test_unknown_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
