/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - the letters of a seal: which glyphs, and how wide each stands. */
#include "face/parts.h"

const char yx_rule_face[] = "face of a seal";

/* The square that a Chinese letter fills, above and below the base line (OpenType ideo, idtp). */
#define CELL_TOP (-0.88)
/* A letter as wide as its square whose ink takes less than this part of it is punctuation, such as
 * （ and ·, and stands narrower. */
#define NARROW_INK 0.45
#define NARROW_MARGIN 0.08

/* Letters of these blocks change with their neighbours, or show nothing: one by one they would be
 * misspelt. */
static const struct {
    uint32_t first, last;
} joined[] = {
    {0x0300, 0x036f},                                        /* combining marks */
    {0x0590, 0x08ff},                                        /* Hebrew, Arabic */
    {0x0900, 0x109f},                                        /* Indic scripts, Tibetan, Burmese */
    {0x1100, 0x11ff},                                        /* Hangul in parts */
    {0x1780, 0x18af},                                        /* Khmer, Mongolian */
    {0x1950, 0x1aff},                                        /* Tai scripts, combining marks */
    {0x200b, 0x200f},    {0x2028, 0x202e}, {0x2060, 0x206f}, /* invisible signs */
    {0x20d0, 0x20ff},                                        /* combining marks */
    {0xe000, 0xf8ff},                                        /* private use */
    {0xfb1d, 0xfe0f},    /* Hebrew, Arabic, variation selectors */
    {0xfe70, 0xfeff},    /* Arabic */
    {0xe0000, 0x10ffff}, /* variation selectors, private use */
};

struct utf8_text {
    char text[16];
};

/* "𠮷 (U+20BB7)" */
static struct utf8_text name_of(uint32_t code_point)
{
    struct utf8_text name = {""};
    YX_CLEAN(yx_buf) struct yx_buf buf = {0};

    if (yx_utf8_append(&buf, code_point) == YX_OK)
        memcpy(name.text, buf.data, buf.len);
    return name;
}

static yx_status check_script(uint32_t code_point, struct yx_error *err)
{
    char number[16];

    (void)snprintf(number, sizeof number, "U+%04X", code_point);
    YX_REQUIRE(code_point >= 0x20 && (code_point < 0x7f || code_point > 0x9f), err, YX_REFUSED,
               yx_rule_face, N_("the control character {1} cannot stand on a seal"), number);
    for (size_t i = 0; i < sizeof joined / sizeof *joined; i++)
        YX_REQUIRE(code_point < joined[i].first || code_point > joined[i].last, err, YX_REFUSED,
                   yx_rule_face,
                   N_("{1} ({2}) cannot be drawn: it does not stand as a letter of its own"),
                   name_of(code_point).text, number);
    return YX_OK;
}

/* The cell of a glyph: its advance, or closer to the ink of wide punctuation. */
static void measure(struct yx_letters *letters, struct yx_letter *letter)
{
    struct yx_font_box box = yx_font_box(letters->font, letter->glyph);
    double ink = box.right - box.left;

    letters->has_ink |= ink > 0;
    letter->left = 0;
    letter->width = yx_font_advance(letters->font, letter->glyph);
    if (letter->width >= 1 && ink > 0 && ink < NARROW_INK) {
        letter->left = box.left - NARROW_MARGIN;
        letter->width = ink + 2 * NARROW_MARGIN;
    }
}

static yx_status add(struct yx_letters *out, uint32_t code_point, struct yx_error *err)
{
    struct yx_letter *letter = &out->list[out->count];
    char number[16];

    YX_TRY(check_script(code_point, err));
    (void)snprintf(number, sizeof number, "U+%04X", code_point);
    letter->code_point = code_point;
    letter->glyph = yx_font_glyph(out->font, code_point);
    YX_REQUIRE(letter->glyph != 0, err, YX_REFUSED, yx_rule_face,
               N_("the font {1} has no {2} ({3}); name one that has it"), yx_font_family(out->font),
               name_of(code_point).text, number);
    measure(out, letter);
    out->width += letter->width;
    out->count++;
    return YX_OK;
}

yx_status yx_face_letters(struct yx_fonts *fonts, const char *family, bool bold, const char *text,
                          struct yx_letters *out, struct yx_error *err)
{
    struct yx_font_wish wish = {.family = family, .bold = bold};
    struct yx_bytes rest;
    uint32_t code_point;
    size_t len;

    if (text == NULL || text[0] == '\0')
        return YX_OK;
    rest = YX_TEXT(text);
    YX_REQUIRE(yx_utf8_valid(rest), err, YX_USAGE, yx_rule_face, N_("a text is not UTF-8"));
    YX_TRY(yx_fonts_find(fonts, &wish, &out->font, err));
    for (; (len = yx_utf8_next(rest, &code_point)) > 0;
         rest = YX_BYTES(rest.data + len, rest.len - len)) {
        YX_REQUIRE(out->count < YX_FACE_LETTERS_MAX, err, YX_REFUSED, yx_rule_face,
                   N_("more than {1} letters do not stand on a seal"), YX_NUM(YX_FACE_LETTERS_MAX));
        YX_TRY(add(out, code_point, err));
    }
    return YX_OK;
}

yx_status yx_letter_path(const struct yx_letters *letters, size_t index, double x, double y,
                         double width, double height, cairo_t *cairo, struct yx_error *err)
{
    const struct yx_letter *letter = &letters->list[index];
    yx_status status;

    if (letter->width <= 0)
        return YX_OK;
    cairo_save(cairo);
    cairo_translate(cairo, x, y);
    cairo_scale(cairo, width / letter->width, height);
    cairo_translate(cairo, -letter->left, -CELL_TOP);
    status = yx_font_path(letters->font, letter->glyph, cairo, err);
    cairo_restore(cairo);
    return status;
}

double yx_row_length(const struct yx_letters *letters, const struct yx_row *row)
{
    double gaps = letters->count > 0 ? row->gap * (double)(letters->count - 1) : 0;

    return row->height * row->stretch * (letters->width + gaps);
}
