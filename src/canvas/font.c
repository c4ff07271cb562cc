/* SPDX-License-Identifier: Apache-2.0 */
/*
 * font.c - one font, read by FreeType and shown by cairo.
 *
 * cairo keeps a font for a while after its last use, and may let go of it in another thread than
 * the one that opened it. So every font has a FreeType library of its own, and what belongs to it
 * goes when cairo says so.
 */
#include <cairo-ft.h>
#include <stdlib.h>

#include "canvas/fonts.h"
#include FT_ADVANCES_H
#include FT_BBOX_H

static const char rule_font[] = "fonts";

/* What cairo holds. */
struct held {
    FT_Library library;
    FT_Face face;
    struct yx_buf bytes;
};

/* A foreign font as PDFs get it. */
struct remade {
    bool tried;
    struct yx_font *font; /* NULL: it could not be made */
};

struct yx_font {
    cairo_font_face_t *cairo;
    FT_Face face;          /* of the held one, which lives as long as `cairo` */
    double em;             /* units */
    struct remade *remade; /* NULL: a font of the system, or one that we made */
};

static void let_go(void *self)
{
    struct held *held = self;

    if (held->face != NULL)
        (void)FT_Done_Face(held->face);
    if (held->library != NULL)
        (void)FT_Done_FreeType(held->library);
    yx_buf_free(&held->bytes);
    free(held);
}

static void held_clean(struct held **held)
{
    if (*held != NULL)
        let_go(*held);
}

/* --- Opening ----------------------------------------------------------------------------- */

static yx_status check_opened(FT_Error error, struct yx_error *err)
{
    if (error == FT_Err_Ok)
        return YX_OK;
    if (error == FT_Err_Out_Of_Memory)
        return yx_fail_memory(err);
    return yx_fail(err, YX_DAMAGED, rule_font, N_("a font cannot be read (FreeType's error {1})"),
                   YX_NUM(error));
}

static yx_status hold(struct held **out, struct yx_error *err)
{
    __attribute__((cleanup(held_clean))) struct held *held = calloc(1, sizeof *held);

    if (held == NULL)
        return yx_fail_memory(err);
    YX_TRY(check_opened(FT_Init_FreeType(&held->library), err));
    *out = held;
    held = NULL;
    return YX_OK;
}

/* Gives the font to cairo, which from then on frees it. */
static yx_status give(struct held *held, struct yx_font **out, struct yx_error *err)
{
    static const cairo_user_data_key_t key;
    struct yx_font *font = calloc(1, sizeof *font);

    if (font == NULL) {
        let_go(held);
        return yx_fail_memory(err);
    }
    font->cairo = cairo_ft_font_face_create_for_ft_face(held->face, FT_LOAD_NO_HINTING);
    font->face = held->face;
    font->em = held->face->units_per_EM;
    if (cairo_font_face_set_user_data(font->cairo, &key, held, let_go) != CAIRO_STATUS_SUCCESS) {
        cairo_font_face_destroy(font->cairo);
        let_go(held);
        free(font);
        return yx_fail_memory(err);
    }
    *out = font;
    return YX_OK;
}

/* Letters without outlines, or without a measure for them, cannot be drawn at any size. */
static yx_status check_outlines(const struct held *held, struct yx_error *err)
{
    YX_REQUIRE(FT_IS_SCALABLE(held->face) && held->face->units_per_EM > 0, err, YX_DAMAGED,
               rule_font, N_("a font has no outlines"));
    return YX_OK;
}

static yx_status take(struct held **opened, struct yx_font **out, struct yx_error *err)
{
    struct held *held = *opened;

    YX_TRY(check_outlines(held, err));
    *opened = NULL;
    return give(held, out, err);
}

yx_status yx_font_open(const char *path, int index, struct yx_font **out, struct yx_error *err)
{
    __attribute__((cleanup(held_clean))) struct held *held = NULL;

    struct yx_bytes file;
    FT_Error error;

    YX_TRY(yx_font_file(path, &file, err));
    YX_TRY(hold(&held, err));
    error = file.len == 0 ? FT_New_Face(held->library, path, index, &held->face)
                          : FT_New_Memory_Face(held->library, file.data, (FT_Long)file.len, index,
                                               &held->face);
    YX_TRY(check_opened(error, err));
    return take(&held, out, err);
}

static yx_status read_bytes(struct yx_bytes bytes, unsigned index, struct yx_font **out,
                            struct yx_error *err)
{
    __attribute__((cleanup(held_clean))) struct held *held = NULL;

    YX_REQUIRE(bytes.len > 0 && bytes.len <= YX_FONT_BYTES_MAX, err, YX_DAMAGED, rule_font,
               N_("a font has {1} bytes; 1 to {2} are read"), YX_NUM(bytes.len),
               YX_NUM(YX_FONT_BYTES_MAX));
    YX_REQUIRE(index <= INT16_MAX, err, YX_DAMAGED, rule_font, N_("there is no font {1} in a file"),
               YX_NUM(index));
    YX_TRY(hold(&held, err));
    if (yx_buf_append(&held->bytes, bytes) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(check_opened(FT_New_Memory_Face(held->library, held->bytes.data, (FT_Long)bytes.len,
                                           (FT_Long)index, &held->face),
                        err));
    return take(&held, out, err);
}

yx_status yx_font_from_bytes(struct yx_bytes bytes, unsigned index, struct yx_font **out,
                             struct yx_error *err)
{
    YX_CLEAN(yx_font) struct yx_font *font = NULL;

    YX_TRY(read_bytes(bytes, index, &font, err));
    font->remade = calloc(1, sizeof *font->remade);
    if (font->remade == NULL)
        return yx_fail_memory(err);
    *out = font;
    font = NULL;
    return YX_OK;
}

void yx_font_free(struct yx_font *font)
{
    if (font == NULL)
        return;
    if (font->remade != NULL)
        yx_font_free(font->remade->font);
    free(font->remade);
    cairo_font_face_destroy(font->cairo);
    free(font);
}

/* --- What a font says -------------------------------------------------------------------- */

static void remake(const struct yx_font *font)
{
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};

    if (font->remade->tried)
        return;
    font->remade->tried = true;
    if (yx_font_remake(font, &bytes, NULL) == YX_OK)
        (void)read_bytes(yx_buf_bytes(&bytes), 0, &font->remade->font, NULL);
}

/* Only pixels and SVG are made of outlines that FreeType read; a recording may end in a PDF. */
static bool may_embed(cairo_t *cairo)
{
    cairo_surface_type_t type = cairo_surface_get_type(cairo_get_target(cairo));

    return type != CAIRO_SURFACE_TYPE_IMAGE && type != CAIRO_SURFACE_TYPE_SVG;
}

cairo_font_face_t *yx_font_cairo(const struct yx_font *font, cairo_t *cairo)
{
    if (font->remade == NULL || !may_embed(cairo))
        return font->cairo;
    remake(font);
    return font->remade->font == NULL ? NULL : font->remade->font->cairo;
}

double yx_font_units(const struct yx_font *font)
{
    return font->em;
}

const char *yx_font_family(const struct yx_font *font)
{
    return font->face->family_name == NULL ? "" : font->face->family_name;
}

bool yx_font_is_bold(const struct yx_font *font)
{
    return (font->face->style_flags & FT_STYLE_FLAG_BOLD) != 0;
}

bool yx_font_is_italic(const struct yx_font *font)
{
    return (font->face->style_flags & FT_STYLE_FLAG_ITALIC) != 0;
}

uint32_t yx_font_glyph_count(const struct yx_font *font)
{
    return font->face->num_glyphs < 0 ? 0 : (uint32_t)font->face->num_glyphs;
}

uint32_t yx_font_glyph(const struct yx_font *font, uint32_t code_point)
{
    return FT_Get_Char_Index(font->face, code_point);
}

/* --- Glyphs ------------------------------------------------------------------------------ */

double yx_font_advance(const struct yx_font *font, uint32_t glyph)
{
    FT_Fixed units;

    if (FT_Get_Advance(font->face, glyph, FT_LOAD_NO_SCALE, &units) != FT_Err_Ok)
        return 0;
    return (double)units / font->em;
}

static const FT_Outline *load(const struct yx_font *font, uint32_t glyph)
{
    if (FT_Load_Glyph(font->face, glyph, FT_LOAD_NO_SCALE | FT_LOAD_NO_BITMAP) != FT_Err_Ok ||
        font->face->glyph->format != FT_GLYPH_FORMAT_OUTLINE)
        return NULL;
    return &font->face->glyph->outline;
}

bool yx_font_walk(const struct yx_font *font, uint32_t glyph, const FT_Outline_Funcs *steps,
                  void *self)
{
    return load(font, glyph) != NULL &&
           FT_Outline_Decompose(&font->face->glyph->outline, steps, self) == FT_Err_Ok;
}

struct yx_font_box yx_font_box(const struct yx_font *font, uint32_t glyph)
{
    const FT_Outline *outline = load(font, glyph);
    FT_BBox box;

    if (outline == NULL || outline->n_points == 0 ||
        FT_Outline_Get_BBox(&font->face->glyph->outline, &box) != FT_Err_Ok)
        return (struct yx_font_box){0};
    return (struct yx_font_box){
        .left = (double)box.xMin / font->em,
        .top = -(double)box.yMax / font->em,
        .right = (double)box.xMax / font->em,
        .bottom = -(double)box.yMin / font->em,
    };
}

/* An outline on its way to cairo. */
struct walk {
    cairo_t *cairo;
    double em;
    bool begun;
};

static double across(const struct walk *walk, const FT_Vector *point)
{
    return (double)point->x / walk->em;
}

static double down(const struct walk *walk, const FT_Vector *point)
{
    return -(double)point->y / walk->em;
}

static int move_to(const FT_Vector *to, void *self)
{
    struct walk *walk = self;

    if (walk->begun)
        cairo_close_path(walk->cairo);
    walk->begun = true;
    cairo_move_to(walk->cairo, across(walk, to), down(walk, to));
    return 0;
}

static int line_to(const FT_Vector *to, void *self)
{
    const struct walk *walk = self;

    cairo_line_to(walk->cairo, across(walk, to), down(walk, to));
    return 0;
}

/* The cubic curve that is this quadratic one. */
static int quadratic_to(const FT_Vector *control, const FT_Vector *to, void *self)
{
    const struct walk *walk = self;
    double x0, y0, x1 = across(walk, control), y1 = down(walk, control), x2 = across(walk, to),
                   y2 = down(walk, to);

    cairo_get_current_point(walk->cairo, &x0, &y0);
    cairo_curve_to(walk->cairo, (x0 + 2 * x1) / 3, (y0 + 2 * y1) / 3, (x2 + 2 * x1) / 3,
                   (y2 + 2 * y1) / 3, x2, y2);
    return 0;
}

static int cubic_to(const FT_Vector *first, const FT_Vector *second, const FT_Vector *to,
                    void *self)
{
    const struct walk *walk = self;

    cairo_curve_to(walk->cairo, across(walk, first), down(walk, first), across(walk, second),
                   down(walk, second), across(walk, to), down(walk, to));
    return 0;
}

yx_status yx_font_path(const struct yx_font *font, uint32_t glyph, cairo_t *cairo,
                       struct yx_error *err)
{
    static const FT_Outline_Funcs steps = {
        .move_to = move_to,
        .line_to = line_to,
        .conic_to = quadratic_to,
        .cubic_to = cubic_to,
    };
    struct walk walk = {.cairo = cairo, .em = font->em};

    YX_REQUIRE(yx_font_walk(font, glyph, &steps, &walk), err, YX_DAMAGED, rule_font,
               N_("{1} has no outline for its glyph {2}"), yx_font_family(font), YX_NUM(glyph));
    if (walk.begun)
        cairo_close_path(cairo);
    return YX_OK;
}
