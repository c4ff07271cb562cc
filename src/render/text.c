/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.c - text objects: glyphs by number where the document carries the font, by character
 * elsewhere, and where the pen goes. Letters stay letters in SVG and PDF.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "render/room.h"

#define PI 3.14159265358979323846
#define BATCH 256
#define SLANT 0.21     /* of letters that have no italic of their own */
#define EMBOLDEN 0.035 /* how much wider the lines of bold letters are, of their size */
/* Pixels: smaller letters are not seen, larger ones are drawn as outlines. */
#define SMALLEST 0.02
#define LARGEST 400

/* Glyphs of one font, and the text that they stand for. */
struct batch {
    const struct yx_font *font;
    const char *text;
    int text_len, glyph_count, cluster_count;
    double squeeze; /* how much narrower they are than they were drawn for */
    cairo_glyph_t glyphs[BATCH];
    cairo_text_cluster_t clusters[BATCH];
};

/* A text object while it is drawn. */
struct writer {
    struct yx_drawing *drawing;
    const struct yx_ofd_text *text;
    const struct yx_render_font *font;
    cairo_matrix_t matrix; /* from letters 1 high to the object's coordinates */
    bool bold;             /* made bolder here */
    bool as_path;          /* only adds to the path of the context */
    double alpha;
    const struct yx_ofd_object *object;
    struct batch batch;
};

/* --- Batches ----------------------------------------------------------------------------- */

static yx_status trace_glyphs(const struct writer *writer)
{
    cairo_t *cairo = writer->drawing->cairo;
    const struct batch *batch = &writer->batch;
    for (int i = 0; i < batch->glyph_count; i++) {
        struct yx_error why = {.status = YX_OK};
        cairo_save(cairo);
        cairo_translate(cairo, batch->glyphs[i].x, batch->glyphs[i].y);
        cairo_transform(cairo, &writer->matrix);
        cairo_scale(cairo, batch->squeeze, 1);
        yx_status status = yx_font_path(batch->font, (uint32_t)batch->glyphs[i].index, cairo, &why);
        cairo_restore(cairo);
        /* A glyph without an outline shows nothing. */
        if (status == YX_NO_MEMORY)
            return yx_fail_memory(writer->drawing->err);
    }
    return YX_OK;
}

static void show_glyphs(const struct writer *writer)
{
    cairo_t *cairo = writer->drawing->cairo;
    const struct batch *batch = &writer->batch;
    cairo_matrix_t matrix = writer->matrix;
    cairo_matrix_scale(&matrix, batch->squeeze, 1);
    cairo_set_font_face(cairo, yx_font_cairo(batch->font, cairo));
    cairo_set_font_matrix(cairo, &matrix);
    if (writer->drawing->is_vector)
        cairo_show_text_glyphs(cairo, batch->text, batch->text_len, batch->glyphs,
                               batch->glyph_count, batch->clusters, batch->cluster_count, 0);
    else
        cairo_show_glyphs(cairo, batch->glyphs, batch->glyph_count);
}

/* Are the letters drawn as outlines: because they are large, or because cairo cannot have the font?
 */
static bool is_outlined(const struct writer *writer)
{
    const struct yx_drawing *drawing = writer->drawing;
    return writer->text->size * yx_draw_scale(drawing->cairo) * drawing->pixels > LARGEST ||
           yx_font_cairo(writer->batch.font, drawing->cairo) == NULL;
}

static yx_status fill_batch(const struct writer *writer)
{
    cairo_t *cairo = writer->drawing->cairo;
    bool seen = false;
    YX_TRY(yx_draw_set_paint(writer->drawing, writer->object->fill, writer->alpha, &seen));
    if (!seen)
        return YX_OK;
    bool outlined = is_outlined(writer);
    if (!outlined)
        show_glyphs(writer);
    if (!outlined && !writer->bold)
        return YX_OK;
    cairo_new_path(cairo);
    YX_TRY(trace_glyphs(writer));
    cairo_set_fill_rule(cairo, CAIRO_FILL_RULE_WINDING);
    if (outlined)
        cairo_fill_preserve(cairo);
    if (writer->bold) {
        const struct yx_svg_pen pen = {
            .width = writer->text->size * EMBOLDEN, .join = YX_SVG_JOIN_ROUND, .miter_limit = 1};
        yx_draw_set_pen(cairo, &pen, 0);
        cairo_stroke_preserve(cairo);
    }
    cairo_new_path(cairo);
    return YX_OK;
}

static yx_status stroke_batch(const struct writer *writer)
{
    cairo_t *cairo = writer->drawing->cairo;
    bool seen = false;
    YX_TRY(yx_draw_set_paint(writer->drawing, writer->object->stroke, writer->alpha, &seen));
    if (!seen)
        return YX_OK;
    cairo_new_path(cairo);
    YX_TRY(trace_glyphs(writer));
    double around = writer->text->size * 50 * writer->batch.glyph_count;
    yx_draw_set_pen(cairo, writer->object->pen, around);
    cairo_stroke(cairo);
    return YX_OK;
}

static yx_status flush(struct writer *writer)
{
    struct batch *batch = &writer->batch;
    if (batch->glyph_count > 0) {
        YX_TRY(yx_draw_count(writer->drawing));
        if (writer->as_path)
            YX_TRY(trace_glyphs(writer));
        if (!writer->as_path && writer->object->fill != NULL)
            YX_TRY(fill_batch(writer));
        if (!writer->as_path && writer->object->stroke != NULL)
            YX_TRY(stroke_batch(writer));
    }
    batch->text_len = batch->glyph_count = batch->cluster_count = 0;
    return YX_OK;
}

/* --- Glyphs ------------------------------------------------------------------------------ */

struct choice {
    const struct yx_font *font; /* NULL: nothing is drawn */
    uint32_t index;
    double squeeze;
};

/*
 * Letters that stand in for the document's own are often wider: Latin ones in 宋体 take half a
 * square. They are made as narrow as their place, so that they do not run into the next.
 */
static double find_squeeze(const struct writer *writer, const struct choice *choice,
                           const struct yx_ofd_glyph *glyph)
{
    const struct yx_ofd_text *text = writer->text;
    if (choice->font == NULL || choice->font == writer->font->own || glyph->right <= 0 ||
        text->char_direction != 0)
        return 1;
    double wide = yx_font_advance(choice->font, choice->index) * text->size * text->scale;
    return glyph->right < wide * 0.95 && glyph->right > wide * 0.3 ? glyph->right / wide : 1;
}

static bool is_blank(uint32_t c)
{
    return c <= 0x20 || c == 0x7f || c == 0xa0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200f) ||
           c == 0xfeff;
}

#define CODE_POINTS 0x110000u

/* A search through all fonts is long: what came out of it is kept. */
static bool is_known_missing(const struct yx_render *render, uint32_t code_point)
{
    return render->missing != NULL && (render->missing[code_point / 8] >> (code_point % 8) & 1);
}

static void note_missing(struct yx_render *render, uint32_t code_point)
{
    char name[16];
    (void)snprintf(name, sizeof name, "U+%04X", (unsigned)code_point);
    yx_ofd_find(render->book, N_("no font has the character {1}"), name);
    if (render->missing == NULL)
        render->missing = calloc(CODE_POINTS / 8, 1);
    if (render->missing != NULL)
        render->missing[code_point / 8] |= (uint8_t)(1u << (code_point % 8));
}

/* Characters that the font lacks come from another one. */
static yx_status choose_other(struct writer *writer, uint32_t code_point, struct choice *out)
{
    struct yx_drawing *drawing = writer->drawing;
    struct yx_error why = {.status = YX_OK};
    if (code_point >= CODE_POINTS || is_known_missing(drawing->render, code_point))
        return YX_OK;
    YX_TRY(yx_draw_count(drawing));
    yx_status status =
        yx_fonts_cover(drawing->render->fonts, writer->font->font, code_point, &out->font, &why);
    if (status == YX_NO_MEMORY)
        return yx_fail_memory(drawing->err);
    if (status != YX_OK)
        out->font = NULL;
    if (out->font != NULL) {
        out->index = yx_font_glyph(out->font, code_point);
        return YX_OK;
    }
    note_missing(drawing->render, code_point);
    return YX_OK;
}

static yx_status choose(struct writer *writer, const struct yx_ofd_glyph *glyph, struct choice *out)
{
    const struct yx_render_font *font = writer->font;
    *out = (struct choice){font->font, 0, 1};
    if (font->is_embedded && glyph->index != YX_OFD_NO_INDEX && glyph->index != 0 &&
        glyph->index < yx_font_glyph_count(font->font)) {
        out->index = glyph->index;
        return YX_OK;
    }
    out->index = yx_font_glyph(font->font, glyph->code_point);
    if (out->index != 0)
        return YX_OK;
    out->font = NULL;
    return is_blank(glyph->code_point) ? YX_OK : choose_other(writer, glyph->code_point, out);
}

/* Text that no glyph stands for still belongs to the words. */
static void add_to_batch(struct batch *batch, const struct choice *choice,
                         const struct yx_ofd_glyph *glyph, struct yx_svg_point at)
{
    bool drawn = choice->font != NULL;
    if (drawn)
        batch->glyphs[batch->glyph_count++] = (cairo_glyph_t){choice->index, at.x, at.y};
    if (glyph->text_bytes > 0 || (drawn && batch->cluster_count == 0))
        batch->clusters[batch->cluster_count++] =
            (cairo_text_cluster_t){(int)glyph->text_bytes, drawn};
    else if (drawn)
        batch->clusters[batch->cluster_count - 1].num_glyphs++;
    batch->text_len += (int)glyph->text_bytes;
}

/* --- The pen ----------------------------------------------------------------------------- */

/* How far the next glyph stands when the document does not say. */
static double find_advance(const struct writer *writer, const struct choice *choice)
{
    const struct yx_ofd_text *text = writer->text;
    bool upright = (text->read_direction + text->char_direction) % 180 == 0;
    if (!upright)
        return text->size; /* letters below each other */
    double advance = choice->font == NULL ? 0.5 : yx_font_advance(choice->font, choice->index);
    return advance * text->size * text->scale;
}

static void move_pen(const struct writer *writer, const struct choice *choice,
                     const struct yx_ofd_glyph *glyph, struct yx_svg_point *at)
{
    static const struct yx_svg_point ways[] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    at->x += glyph->right;
    at->y += glyph->down;
    if (!glyph->by_advance)
        return;
    double advance = find_advance(writer, choice);
    at->x += ways[writer->text->read_direction / 90].x * advance;
    at->y += ways[writer->text->read_direction / 90].y * advance;
}

static yx_status write_run(struct writer *writer, const struct yx_ofd_run *run)
{
    struct batch *batch = &writer->batch;
    struct yx_svg_point at = run->at;
    const char *text = run->text;
    batch->text = text;
    for (size_t i = 0; i < run->glyph_count; i++) {
        const struct yx_ofd_glyph *glyph = &run->glyphs[i];
        struct choice choice;
        YX_TRY(choose(writer, glyph, &choice));
        choice.squeeze = find_squeeze(writer, &choice, glyph);
        bool other =
            choice.font != NULL && (choice.font != batch->font || choice.squeeze != batch->squeeze);
        if (other || batch->glyph_count == BATCH || batch->cluster_count == BATCH) {
            YX_TRY(flush(writer));
            batch->text = text;
            if (choice.font != NULL) {
                batch->font = choice.font;
                batch->squeeze = choice.squeeze;
            }
        }
        add_to_batch(batch, &choice, glyph, at);
        text += glyph->text_bytes;
        move_pen(writer, &choice, glyph, &at);
    }
    return flush(writer);
}

/* --- Text objects ------------------------------------------------------------------------ */

/*
 * A font that the document carries looks as its resource says: where that says bold or italic, so
 * are its letters. What the object alone asks for, and the font has not, is made here.
 */
static bool must_slant(const struct yx_ofd_text *text, const struct yx_render_font *font)
{
    bool wanted = font->is_embedded ? text->italic && !text->font->italic : font->italic;

    return wanted && !yx_font_is_italic(font->font);
}

static bool must_embolden(const struct yx_ofd_text *text, const struct yx_render_font *font)
{
    bool heavy = text->weight >= YX_RENDER_BOLD;
    bool wanted = font->is_embedded ? heavy && !text->font->bold : font->bold;

    return wanted && !yx_font_is_bold(font->font);
}

static void set_matrix(struct writer *writer)
{
    const struct yx_ofd_text *text = writer->text;
    const struct yx_render_font *font = writer->font;
    cairo_matrix_init_rotate(&writer->matrix, text->char_direction * PI / 180);
    cairo_matrix_scale(&writer->matrix, text->size * text->scale, text->size);
    if (must_slant(text, font)) {
        cairo_matrix_t slant = {1, 0, -SLANT, 1, 0, 0};
        cairo_matrix_multiply(&writer->matrix, &slant, &writer->matrix);
    }
}

static bool is_seen(const struct writer *writer)
{
    const struct yx_drawing *drawing = writer->drawing;
    double scale = yx_draw_scale(drawing->cairo) * drawing->pixels;
    double height = writer->text->size * scale;
    double width = height * writer->text->scale;
    return height > SMALLEST && width > SMALLEST && height < YX_DRAW_SIDE_MAX * 100.0 &&
           width < YX_DRAW_SIDE_MAX * 100.0;
}

static yx_status write_text(struct writer *writer)
{
    struct yx_drawing *drawing = writer->drawing;
    YX_TRY(yx_render_find_font(drawing->render, writer->text, &writer->font, drawing->err));
    if (writer->font->font == NULL || !is_seen(writer))
        return YX_OK;
    writer->bold = must_embolden(writer->text, writer->font);
    set_matrix(writer);
    writer->batch.font = writer->font->font;
    writer->batch.squeeze = 1;
    for (const struct yx_ofd_run *at = writer->text->runs; at != NULL; at = at->next)
        YX_TRY(write_run(writer, at));
    return YX_OK;
}

yx_status yx_draw_text(struct yx_drawing *drawing, const struct yx_ofd_object *object, double alpha)
{
    struct writer writer;
    writer.drawing = drawing;
    writer.text = &object->as.text;
    writer.object = object;
    writer.alpha = alpha;
    writer.as_path = false;
    writer.batch.text_len = writer.batch.glyph_count = writer.batch.cluster_count = 0;
    return write_text(&writer);
}

/* The outline of a letter crosses some eight times its height. */
static bool can_clip(struct yx_drawing *drawing, const struct yx_ofd_text *text)
{
    double height = fmin(text->size * yx_draw_scale(drawing->cairo), YX_DRAW_SIDE_MAX);
    double count = 0;
    for (const struct yx_ofd_run *at = text->runs; at != NULL; at = at->next)
        count += (double)at->glyph_count;
    return yx_draw_can_clip(drawing, 8 * height * count);
}

yx_status yx_draw_text_path(struct yx_drawing *drawing, const struct yx_ofd_text *text, bool *seen)
{
    struct writer writer;
    *seen = can_clip(drawing, text);
    if (!*seen)
        return YX_OK;
    writer.drawing = drawing;
    writer.text = text;
    writer.object = NULL;
    writer.alpha = 1;
    writer.as_path = true;
    writer.batch.text_len = writer.batch.glyph_count = writer.batch.cluster_count = 0;
    return write_text(&writer);
}
