/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures for seals: what is taken, under which name, and what is sent back. */
#include "support.h"

#include <libdeflate.h>

#include "pki.h"
#include "seal/parts.h"

/* --- Building pictures ------------------------------------------------------------------- */

static void put(struct yx_buf *out, const void *bytes, size_t len)
{
    assert_int_equal(yx_buf_append(out, YX_BYTES(bytes, len)), YX_OK);
}

static void put_big(struct yx_buf *out, uint32_t value, size_t octets)
{
    for (size_t i = octets; i-- > 0;)
        put(out, &(uint8_t){(uint8_t)(value >> (8 * i))}, 1);
}

static void put_little(struct yx_buf *out, uint32_t value, size_t octets)
{
    for (size_t i = 0; i < octets; i++)
        put(out, &(uint8_t){(uint8_t)(value >> (8 * i))}, 1);
}

static void put_chunk(struct yx_buf *out, const char *type, const void *data, uint32_t len)
{
    put_big(out, len, 4);
    size_t start = out->len;
    put(out, type, 4);
    put(out, data, len);
    put_big(out, libdeflate_crc32(0, out->data + start, len + 4), 4);
}

static struct yx_buf png(uint32_t width, uint32_t height, uint8_t depth, uint8_t colour, bool data)
{
    struct yx_buf out = {0};
    YX_CLEAN(yx_buf) struct yx_buf head = {0};
    put(&out, "\x89PNG\r\n\x1a\n", 8);
    put_big(&head, width, 4);
    put_big(&head, height, 4);
    put(&head, (uint8_t[]){depth, colour, 0, 0, 0}, 5);
    put_chunk(&out, "IHDR", head.data, 13);
    put_chunk(&out, "tEXt", "made\0here", 9);
    if (data)
        put_chunk(&out, "IDAT", "xyz", 3);
    put_chunk(&out, "IEND", "", 0);
    return out;
}

/* Start, frame header, a scan with a stuffed byte and a restart, end. */
static struct yx_buf jpeg(uint32_t width, uint32_t height)
{
    struct yx_buf out = {0};
    put(&out, "\xFF\xD8\xFF\xE0\x00\x04JF\xFF\xFF\xC0\x00\x0B\x08", 14);
    put_big(&out, height, 2);
    put_big(&out, width, 2);
    put(&out, "\x01\x01\x11\x00", 4);
    put(&out, "\xFF\xDA\x00\x08\x01\x01\x00\x00\x3F\x00", 10);
    put(&out, "\x12\xFF\x00\x34\xFF\xD0\x56\xFF\xD9", 9);
    return out;
}

/* Two colours, a comment, one image. */
static struct yx_buf gif(uint32_t width, uint32_t height, const char *version)
{
    struct yx_buf out = {0};
    put(&out, version, 6);
    put_little(&out, width, 2);
    put_little(&out, height, 2);
    put(&out, "\x80\x00\x00\x00\x00\x00\xFF\x00\x00", 9);
    put(&out, "\x21\xFE\x02hi\x00", 6);
    put(&out, "\x2C\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3B", 16);
    return out;
}

static struct yx_buf bmp(uint32_t width, int32_t height, uint32_t bits, size_t pixels)
{
    struct yx_buf out = {0};
    put(&out, "BM", 2);
    put_little(&out, (uint32_t)(54 + pixels), 4);
    put_little(&out, 0, 4);
    put_little(&out, 54, 4);
    put_little(&out, 40, 4);
    put_little(&out, width, 4);
    put_little(&out, (uint32_t)height, 4);
    put_little(&out, 1, 2);
    put_little(&out, bits, 2);
    for (size_t i = 0; i < 6; i++)
        put_little(&out, 0, 4);
    for (size_t i = 0; i < pixels; i++)
        put_little(&out, 0, 1);
    return out;
}

static struct yx_buf zip(const char *comment)
{
    struct yx_buf out = {0};
    put(&out, "PK\3\4entry", 9);
    put(&out, "PK\5\6\0\0\0\0\1\0\1\0\0\0\0\0\0\0\0\0", 20);
    put_little(&out, (uint32_t)strlen(comment), 2);
    put(&out, comment, strlen(comment));
    return out;
}

/* --- Expectations ------------------------------------------------------------------------ */

static void expect_type(struct yx_buf picture, const char *type)
{
    struct yx_error err = {0};
    const char *got = NULL;
    expect_ok(yx_picture_check(yx_buf_bytes(&picture), &got, &err), &err);
    assert_string_equal(got, type);
    yx_buf_free(&picture);
}

static void expect_refusal(struct yx_buf picture, const char *saying)
{
    struct yx_error err = {0};
    const char *got = NULL;
    char text[600];
    expect_status(yx_picture_check(yx_buf_bytes(&picture), &got, &err), YX_REFUSED, &err);
    yx_message_render(&err.message, NULL, text, sizeof text);
    if (strstr(text, saying) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text, saying);
    assert_null(got);
    yx_buf_free(&picture);
}

static void test_types(void **state)
{
    (void)state;
    expect_type(png(400, 300, 8, 6, true), "PNG");
    expect_type(png(1, 1, 1, 0, true), "PNG");
    expect_type(png(10000, 10000, 16, 2, true), "PNG");
    expect_type(jpeg(400, 300), "JPEG");
    expect_type(gif(40, 30, "GIF89a"), "GIF");
    expect_type(gif(40, 30, "GIF87a"), "GIF");
    expect_type(bmp(3, 2, 24, 24), "BMP");
    expect_type(bmp(3, -2, 24, 24), "BMP"); /* rows from top to bottom */
    expect_type(bmp(9, 1, 1, 4), "BMP");
    expect_type(zip(""), "ofd");
    expect_type(zip("a comment"), "ofd");
    static const char svg[] = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 3'>"
                              "<path d='M0 0h4v3z'/></svg>";
    struct yx_buf drawing = {0};
    put(&drawing, "\xEF\xBB\xBF", 3);
    put(&drawing, svg, strlen(svg));
    expect_type(drawing, "svg");
    const char *type;
    assert_int_equal(yx_picture_check(pki_picture(), &type, NULL), YX_OK);
}

static void test_sizes(void **state)
{
    (void)state;
    expect_refusal(png(0, 300, 8, 6, true), "0 x 300 pixels");
    expect_refusal(png(10001, 300, 8, 6, true), "10001 x 300 pixels");
    expect_refusal(png(UINT32_MAX, UINT32_MAX, 8, 6, true), "4294967295 x 4294967295");
    expect_refusal(jpeg(0, 300), "0 x 300");
    expect_refusal(jpeg(300, 20000), "300 x 20000");
    expect_refusal(gif(0, 30, "GIF89a"), "0 x 30");
    expect_refusal(gif(65535, 30, "GIF89a"), "65535 x 30");
    expect_refusal(bmp(0, 2, 24, 24), "0 x 2");
    expect_refusal(bmp(1, -12000, 8, 48000), "1 x 12000");
}

/* A drawing is read as it will be drawn, and what cannot be drawn makes no seal. */
static void test_drawings(void **state)
{
    (void)state;
    static const struct {
        const char *svg, *saying;
    } bad[] = {
        {"<svg/>", "no SVG"},
        {"<html/>", "first element is <html>"},
        {"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 3'><text>a</text></svg>",
         "convert its texts to paths"},
        {"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 3'><path d='M0 0h4'/>",
         "not well-formed"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct yx_buf picture = {0};
        put(&picture, bad[i].svg, strlen(bad[i].svg));
        expect_refusal(picture, bad[i].saying);
    }
}

static void test_unknown(void **state)
{
    (void)state;
    static const char *const others[] = {"RIFFxxxxWEBP", "\x89PNX\r\n\x1a\n", "GIF88a", "%PDF-1.7",
                                         "B"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct yx_buf picture = {0};
        put(&picture, others[i], strlen(others[i]));
        expect_refusal(picture, "no known type");
    }
    expect_refusal((struct yx_buf){0}, "needs a picture");
}

static void test_too_large(void **state)
{
    (void)state;
    uint8_t *data = calloc(1, 4 * 1024 * 1024 + 1);
    struct yx_error err = {0};
    const char *type;
    assert_non_null(data);
    memcpy(data, "BM", 2);
    expect_status(yx_picture_check(YX_BYTES(data, 4 * 1024 * 1024 + 1), &type, &err), YX_REFUSED,
                  &err);
    free(data);
}

static void test_contradictions(void **state)
{
    (void)state;
    expect_refusal(png(4, 4, 8, 6, false), "damaged PNG"); /* no pixels */
    expect_refusal(png(4, 4, 3, 6, true), "damaged PNG");  /* no such depth */
    expect_refusal(png(4, 4, 8, 1, true), "damaged PNG");  /* no such colour type */
    expect_refusal(png(4, 4, 8, 200, true), "damaged PNG");
    expect_refusal(png(4, 4, 200, 0, true), "damaged PNG");
    expect_refusal(bmp(3, 3, 24, 24), "damaged BMP"); /* a row is missing */
    expect_refusal(bmp(3, 2, 23, 24), "damaged BMP");
    expect_refusal(bmp(3, 2, 99, 24), "damaged BMP");
    expect_refusal(bmp(UINT32_MAX, INT32_MIN, 32, 24), "damaged BMP");
    struct yx_buf lying = zip("comment");
    lying.data[lying.len - 8] = 1; /* says that the comment is longer than the file */
    expect_refusal(lying, "damaged ofd");
}

/* Cut anywhere, or with a byte behind it: no picture any more. Copies see reading behind the end.
 */
static void check_damage(struct yx_buf picture)
{
    const char *type;
    for (size_t len = 0; len < picture.len; len++) {
        uint8_t *cut = malloc(len + 1);
        memcpy(cut, picture.data, len);
        if (yx_picture_check(YX_BYTES(cut, len), &type, NULL) != YX_REFUSED)
            fail_msg("%.4s cut to %zu bytes is taken", (const char *)picture.data, len);
        free(cut);
    }
    put(&picture, "x", 1);
    assert_int_equal(yx_picture_check(yx_buf_bytes(&picture), &type, NULL), YX_REFUSED);
    yx_buf_free(&picture);
}

static void test_damage(void **state)
{
    (void)state;
    check_damage(png(4, 4, 8, 6, true));
    check_damage(jpeg(4, 4));
    check_damage(gif(4, 4, "GIF89a"));
    check_damage(bmp(3, 2, 24, 24));
    check_damage(zip("comment"));
}

/* Every bit of a PNG counts: its checksums see to it. */
static void test_png_flips(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf picture = png(4, 4, 8, 6, true);
    const char *type;
    for (size_t i = 0; i < picture.len * 8; i++) {
        picture.data[i / 8] ^= (uint8_t)(1u << i % 8);
        if (yx_picture_check(yx_buf_bytes(&picture), &type, NULL) != YX_REFUSED)
            fail_msg("bit %zu", i);
        picture.data[i / 8] ^= (uint8_t)(1u << i % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),     cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_drawings),  cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_too_large), cmocka_unit_test(test_contradictions),
        cmocka_unit_test(test_damage),    cmocka_unit_test(test_png_flips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
