/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remake.c - a font out of a document, made anew: an OpenType font with the same glyphs, numbered
 * and measured the same, whose every byte is ours.
 *
 * A PDF gets its fonts from cairo, which takes the file apart and trusts what it finds there; font
 * files of strangers can make it abort or worse. FreeType reads those with care. So its outlines
 * become a plain CFF font (Adobe Technical Notes 5176, 5177) with nothing in it but moves, lines
 * and curves, and cairo embeds that one.
 */
#include <math.h>
#include <time.h>

#include "canvas/fonts.h"

#define EM 1000
/* Farther points than these are drawn here. */
#define FARTHEST 16000.0
/* A font of a document whose letters take longer than this to read is not worth it. */
#define SECONDS_MAX 5

/* --- Numbers ----------------------------------------------------------------------------- */

/* Out of memory is noted, not returned: a font has some ten thousand numbers. */
struct writer {
    struct yx_buf buf;
    bool failed;
};

static void writer_free(struct writer *writer)
{
    yx_buf_free(&writer->buf);
}
YX_DEFINE_CLEAN_VALUE(writer, struct writer, writer_free);

static void put(struct writer *writer, struct yx_bytes bytes)
{
    writer->failed = writer->failed || writer->buf.len > YX_FONT_BYTES_MAX ||
                     yx_buf_append(&writer->buf, bytes) != YX_OK;
}

static void put_byte(struct writer *writer, unsigned value)
{
    put(writer, YX_BYTES(&(uint8_t){(uint8_t)value}, 1));
}

static void put_16(struct writer *writer, long value)
{
    put(writer, YX_BYTES(((uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}), 2));
}

static void put_32(struct writer *writer, uint32_t value)
{
    put_16(writer, (long)(value >> 16));
    put_16(writer, (long)(value & 0xffff));
}

/* An operand of a letter, -32768 to 32767 (5177 3.2). */
static void put_operand(struct writer *writer, long value)
{
    if (value >= -107 && value <= 107) {
        put_byte(writer, (unsigned)(value + 139));
    } else if (value >= 108 && value <= 1131) {
        put_byte(writer, (unsigned)((value - 108) >> 8) + 247);
        put_byte(writer, (unsigned)(value - 108));
    } else if (value >= -1131 && value <= -108) {
        put_byte(writer, (unsigned)((-value - 108) >> 8) + 251);
        put_byte(writer, (unsigned)(-value - 108));
    } else {
        put_byte(writer, 28);
        put_16(writer, value);
    }
}

/* An operand of a DICT that always takes five bytes (5176 4). */
static void put_wide(struct writer *writer, size_t value)
{
    put_byte(writer, 29);
    put_32(writer, (uint32_t)value);
}

/* --- Letters ----------------------------------------------------------------------------- */

typedef enum { LINE = 5, CURVE = 8, END = 14, MOVE = 21 } letter_operator;

struct letters {
    struct writer code;    /* one letter after the other */
    struct writer offsets; /* of each letter and of the end, from 1 */
    struct writer widths;  /* hmtx */
    double scale;          /* from units of the font to ours */
    long x, y;             /* where the pen is */
    double from_x, from_y; /* the same in units of the font */
};

static void letters_free(struct letters *letters)
{
    writer_free(&letters->code);
    writer_free(&letters->offsets);
    writer_free(&letters->widths);
}
YX_DEFINE_CLEAN_VALUE(letters, struct letters, letters_free);

static void put_step(struct letters *letters, double x, double y)
{
    long to_x = lround(fmax(-FARTHEST, fmin(x * letters->scale, FARTHEST)));
    long to_y = lround(fmax(-FARTHEST, fmin(y * letters->scale, FARTHEST)));

    put_operand(&letters->code, to_x - letters->x);
    put_operand(&letters->code, to_y - letters->y);
    letters->x = to_x;
    letters->y = to_y;
    letters->from_x = x;
    letters->from_y = y;
}

static int finish(struct letters *letters, letter_operator name)
{
    put_byte(&letters->code, name);
    return letters->code.failed ? FT_Err_Out_Of_Memory : FT_Err_Ok;
}

static int move_to(const FT_Vector *to, void *self)
{
    put_step(self, (double)to->x, (double)to->y);
    return finish(self, MOVE);
}

static int line_to(const FT_Vector *to, void *self)
{
    put_step(self, (double)to->x, (double)to->y);
    return finish(self, LINE);
}

static int cubic_to(const FT_Vector *first, const FT_Vector *second, const FT_Vector *to,
                    void *self)
{
    put_step(self, (double)first->x, (double)first->y);
    put_step(self, (double)second->x, (double)second->y);
    put_step(self, (double)to->x, (double)to->y);
    return finish(self, CURVE);
}

static int quadratic_to(const FT_Vector *control, const FT_Vector *to, void *self)
{
    struct letters *letters = self;
    double x0 = letters->from_x, y0 = letters->from_y;

    put_step(letters, (x0 + 2.0 * (double)control->x) / 3, (y0 + 2.0 * (double)control->y) / 3);
    put_step(letters, ((double)to->x + 2.0 * (double)control->x) / 3,
             ((double)to->y + 2.0 * (double)control->y) / 3);
    put_step(letters, (double)to->x, (double)to->y);
    return finish(letters, CURVE);
}

/* A letter that cannot be read is empty. */
static void put_letter(const struct yx_font *font, uint32_t glyph, struct letters *letters)
{
    static const FT_Outline_Funcs steps = {
        .move_to = move_to, .line_to = line_to, .conic_to = quadratic_to, .cubic_to = cubic_to};
    long width = lround(fmax(0, fmin(yx_font_advance(font, glyph) * EM, FARTHEST)));
    size_t start;

    put_operand(&letters->code, width);
    put_16(&letters->widths, width);
    put_16(&letters->widths, 0);
    letters->x = letters->y = 0;
    start = letters->code.buf.len;
    if (!yx_font_walk(font, glyph, &steps, letters) && !letters->code.failed)
        letters->code.buf.len = start;
    put_byte(&letters->code, END);
}

static yx_status put_letters(const struct yx_font *font, struct letters *letters,
                             struct yx_error *err)
{
    clock_t last = clock() + SECONDS_MAX * CLOCKS_PER_SEC;
    uint32_t count = yx_font_glyph_count(font);

    letters->scale = EM / yx_font_units(font);
    put_32(&letters->offsets, 1);
    for (uint32_t glyph = 0; glyph < count; glyph++) {
        YX_REQUIRE(clock() < last, err, YX_REFUSED, "fonts",
                   N_("a font takes too long to be read"));
        put_letter(font, glyph, letters);
        put_32(&letters->offsets, (uint32_t)letters->code.buf.len + 1);
    }
    return letters->code.failed || letters->offsets.failed || letters->widths.failed
               ? yx_fail_memory(err)
               : YX_OK;
}

/* --- CFF --------------------------------------------------------------------------------- */

#define FIRST_STRING 391 /* of our own, behind the standard ones */

/* An INDEX of one thing, or of two of which the first has `first` bytes. */
static void put_index(struct writer *out, size_t first, struct yx_bytes all)
{
    bool both = first < all.len;

    put_16(out, both ? 2 : 1);
    put_byte(out, 1);
    put_byte(out, 1);
    if (both)
        put_byte(out, (unsigned)first + 1);
    put_byte(out, (unsigned)all.len + 1);
    put(out, all);
}

/* Where the parts are, from the start. */
struct parts {
    size_t charset, select, letters, dicts, private;
};

static void put_top(struct writer *out, uint32_t count, const struct parts *parts)
{
    struct writer dict = {0};

    put_operand(&dict, FIRST_STRING);
    put_operand(&dict, FIRST_STRING + 1);
    put_operand(&dict, 0);
    put_16(&dict, 0x0c1e); /* ROS */
    put_wide(&dict, count);
    put_16(&dict, 0x0c22); /* CIDCount */
    put_wide(&dict, parts->charset);
    put_byte(&dict, 15);
    put_wide(&dict, parts->select);
    put_16(&dict, 0x0c25); /* FDSelect */
    put_wide(&dict, parts->letters);
    put_byte(&dict, 17);
    put_wide(&dict, parts->dicts);
    put_16(&dict, 0x0c24); /* FDArray */
    put_index(out, dict.buf.len, yx_buf_bytes(&dict.buf));
    out->failed = out->failed || dict.failed;
    writer_free(&dict);
}

static void put_front(struct writer *out, uint32_t count, const struct parts *parts)
{
    put_32(out, 0x01000404); /* version 1.0, four bytes of header, offsets of four bytes */
    put_index(out, 6, YX_TEXT("Yinxin"));
    put_top(out, count, parts);
    put_index(out, 5, YX_TEXT("AdobeIdentity"));
    put_16(out, 0); /* no subroutines */
}

/* CIDs are the numbers of the glyphs, and all glyphs are of the one font dictionary. */
static void put_numbers(struct writer *out, uint32_t count, struct parts *parts)
{
    parts->charset = out->buf.len;
    put_byte(out, count > 1 ? 2 : 0);
    if (count > 1) {
        put_16(out, 1);
        put_16(out, (long)count - 2);
    }
    parts->select = out->buf.len;
    put_byte(out, 3);
    put_16(out, 1);
    put_16(out, 0);
    put_byte(out, 0);
    put_16(out, (long)count);
}

static void put_back(struct writer *out, uint32_t count, const struct letters *letters,
                     struct parts *parts)
{
    static const uint8_t private[] = {139, 20, 139, 21}; /* widths stand at the letters */
    struct writer dict = {0};

    put_numbers(out, count, parts);
    parts->letters = out->buf.len;
    put_16(out, (long)count);
    put_byte(out, 4);
    put(out, yx_buf_bytes(&letters->offsets.buf));
    put(out, yx_buf_bytes(&letters->code.buf));
    parts->private = out->buf.len;
    put(out, YX_BYTES(private, sizeof private));
    parts->dicts = out->buf.len;
    put_wide(&dict, sizeof private);
    put_wide(&dict, parts->private);
    put_byte(&dict, 18);
    put_index(out, dict.buf.len, yx_buf_bytes(&dict.buf));
    out->failed = out->failed || dict.failed;
    writer_free(&dict);
}

/* The front has the places of what stands behind it, and the same length whatever they are. */
static void put_cff(struct writer *out, uint32_t count, const struct letters *letters)
{
    struct parts parts = {0};
    struct writer front = {0};

    put_front(out, count, &parts);
    put_back(out, count, letters, &parts);
    put_front(&front, count, &parts);
    out->failed = out->failed || front.failed;
    if (!out->failed)
        memcpy(out->buf.data, front.buf.data, front.buf.len);
    writer_free(&front);
}

/* --- OpenType ---------------------------------------------------------------------------- */

static void put_zeros(struct writer *out, size_t count)
{
    while (count-- > 0)
        put_byte(out, 0);
}

static void put_head(struct writer *out)
{
    put_32(out, 0x00010000);
    put_32(out, 0);
    put_32(out, 0); /* a checksum that nobody looks at */
    put_32(out, 0x5f0f3cf5);
    put_16(out, 0);
    put_16(out, EM);
    put_zeros(out, 16); /* dates */
    put_16(out, 0);     /* the box around all letters */
    put_16(out, -EM / 5);
    put_16(out, EM);
    put_16(out, EM);
    put_zeros(out, 10);
}

static void put_hhea(struct writer *out, uint32_t count)
{
    put_32(out, 0x00010000);
    put_16(out, EM * 88 / 100);
    put_16(out, -EM * 12 / 100);
    put_16(out, 0);
    put_16(out, EM);
    put_zeros(out, 22);
    put_16(out, (long)count);
}

static void put_maxp(struct writer *out, uint32_t count)
{
    put_32(out, 0x00005000);
    put_16(out, (long)count);
}

static void put_file(struct writer *out, const struct writer *tables, size_t count)
{
    static const char names[] = "CFF headhheahmtxmaxp";
    size_t place = 12 + 16 * count;

    put(out, YX_TEXT("OTTO"));
    put_16(out, (long)count);
    put_zeros(out, 6); /* for searching */
    for (size_t i = 0; i < count; i++) {
        put(out, YX_BYTES(names + 4 * i, 4));
        put_32(out, 0);
        put_32(out, (uint32_t)place);
        put_32(out, (uint32_t)tables[i].buf.len);
        place += (tables[i].buf.len + 3) / 4 * 4;
    }
    for (size_t i = 0; i < count; i++) {
        out->failed = out->failed || tables[i].failed;
        put(out, yx_buf_bytes(&tables[i].buf));
        put_zeros(out, (4 - tables[i].buf.len % 4) % 4);
    }
}

yx_status yx_font_remake(const struct yx_font *font, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(letters) struct letters letters = {0};
    YX_CLEAN(writer) struct writer cff = {0};
    YX_CLEAN(writer) struct writer head = {0};
    YX_CLEAN(writer) struct writer hhea = {0};
    YX_CLEAN(writer) struct writer maxp = {0};
    YX_CLEAN(writer) struct writer file = {0};
    uint32_t count = yx_font_glyph_count(font);

    YX_REQUIRE(count > 0 && count <= 0xffff, err, YX_REFUSED, "fonts",
               N_("a font has {1} letters; 1 to 65535 are embedded"), YX_NUM(count));
    YX_TRY(put_letters(font, &letters, err));
    put_cff(&cff, count, &letters);
    put_head(&head);
    put_hhea(&hhea, count);
    put_maxp(&maxp, count);
    put_file(&file, (const struct writer[]){cff, head, hhea, letters.widths, maxp}, 5);
    if (file.failed)
        return yx_fail_memory(err);
    *out = file.buf;
    file.buf = (struct yx_buf){0};
    return YX_OK;
}
