/* SPDX-License-Identifier: Apache-2.0 */
/* sheet.h - the page of a small package read, and what it holds as a text: one object a line. */
#ifndef TESTS_OFDPAGE_SHEET_H
#define TESTS_OFDPAGE_SHEET_H

#include "ofd_maker.h"

#include "ofdpage/ofdpage.h"

#define LAYER(content) "<Layer>" content "</Layer>"
#define PAGE(content) "<Page><Content>" content "</Content></Page>"
#define PATH(inner) "<PathObject Boundary='0 0 10 10'>" inner "</PathObject>"
#define LINE "<AbbreviatedData>M 0 0 L 1 1</AbbreviatedData>"

struct reading {
    struct package package;
    struct yx_ofd_book *book;
    struct yx_ofd_sheet sheet;
    struct yx_buf text;
};

static inline void reading_free(struct reading *reading)
{
    yx_ofd_sheet_free(&reading->sheet);
    yx_ofd_book_free(reading->book);
    package_free(&reading->package);
    yx_buf_free(&reading->text);
}
YX_DEFINE_CLEAN_VALUE(reading, struct reading, reading_free);

static inline void say_number(struct yx_buf *out, double number)
{
    assert_int_equal(yx_buf_printf(out, " %.4g", number), YX_OK);
}

static inline void say_paint(struct yx_buf *out, const char *what, const struct yx_ofd_paint *paint)
{
    static const char *const kinds[] = {[YX_OFD_PAINT_PLAIN] = "plain",
                                        [YX_OFD_PAINT_AXIAL] = "axial",
                                        [YX_OFD_PAINT_RADIAL] = "radial",
                                        [YX_OFD_PAINT_MESH] = "mesh",
                                        [YX_OFD_PAINT_PATTERN] = "pattern"};
    static const size_t counts[] = {1, 3, 4};
    if (paint == NULL)
        return;
    assert_int_equal(yx_buf_printf(out, " %s %s", what, kinds[paint->kind]), YX_OK);
    const struct yx_ofd_colour *colour = &paint->as.plain;
    for (size_t i = 0; paint->kind == YX_OFD_PAINT_PLAIN && i < counts[colour->space->kind]; i++)
        say_number(out, colour->values[i]);
    if (paint->kind == YX_OFD_PAINT_MESH)
        say_number(out, (double)paint->as.mesh.triangle_count);
    if (paint->kind == YX_OFD_PAINT_AXIAL || paint->kind == YX_OFD_PAINT_RADIAL)
        for (size_t i = 0; i < paint->as.gradient.stop_count; i++)
            say_number(out, paint->as.gradient.stops[i].position);
}

static inline void say_outline(struct yx_buf *out, const struct yx_ofd_outline *outline)
{
    const struct yx_svg_point *point = outline->points;
    for (size_t i = 0; i < outline->verb_count; i++) {
        assert_int_equal(yx_buf_printf(out, " %c", "MLCZ"[outline->verbs[i]]), YX_OK);
        for (size_t k = yx_svg_verb_points((yx_svg_verb)outline->verbs[i]); k > 0; k--, point++) {
            say_number(out, point->x);
            say_number(out, point->y);
        }
    }
    if (outline->even_odd)
        yx_buf_append_text(out, " even-odd");
}

/* "a>1,0": shown by its character, the next one 1 to the right; "#7/2" glyph 7 for two bytes. */
static inline void say_runs(struct yx_buf *out, const struct yx_ofd_text *text)
{
    for (const struct yx_ofd_run *run = text->runs; run != NULL; run = run->next) {
        yx_buf_printf(out, " [%g,%g]", run->at.x, run->at.y);
        for (size_t i = 0; i < run->glyph_count; i++) {
            const struct yx_ofd_glyph *glyph = &run->glyphs[i];
            if (glyph->index == YX_OFD_NO_INDEX)
                yx_buf_printf(out, " %c", (int)glyph->code_point);
            else
                yx_buf_printf(out, " #%u/%u", glyph->index, glyph->text_bytes);
            if (glyph->by_advance)
                yx_buf_append_text(out, ">");
            else
                yx_buf_printf(out, ">%g,%g", glyph->right, glyph->down);
        }
    }
}

static inline void say_objects(struct yx_buf *out, const struct yx_ofd_object *first)
{
    static const char *const kinds[] = {"text", "path", "image", "composite"};
    for (const struct yx_ofd_object *at = first; at != NULL; at = at->next) {
        yx_buf_append_text(out, kinds[at->kind]);
        if (at->alpha < 1)
            yx_buf_printf(out, " alpha %.2f", at->alpha);
        say_paint(out, "fill", at->fill);
        say_paint(out, "stroke", at->stroke);
        if (at->stroke != NULL && at->pen->width != 0.353)
            yx_buf_printf(out, " width %g", at->pen->width);
        if (at->kind == YX_OFD_PATH)
            say_outline(out, &at->as.path);
        if (at->kind == YX_OFD_TEXT)
            say_runs(out, &at->as.text);
        yx_buf_append_text(out, at->kind == YX_OFD_COMPOSITE ? " {\n" : "\n");
        if (at->kind == YX_OFD_COMPOSITE) {
            say_objects(out, at->as.composite->first);
            yx_buf_append_text(out, "}\n");
        }
    }
}

#define RES(content) "<Res BaseLoc='Res'>" content "</Res>"

/* Page 1 of a package with this page, these resources, and the files of `more`. */
static inline void read_page(const char *page, const char *resources, const struct file *more,
                             const char *document, struct reading *out)
{
    struct file files[16] = {
        {"OFD.xml", ONE_BODY},
        {"Doc_0/Document.xml", document},
        {"Doc_0/Pages/Page_0/Content.xml", page},
        {"Doc_0/R.xml", resources},
    };
    struct yx_error err = {0};
    for (size_t i = 0; more != NULL && more[i].name != NULL; i++)
        files[4 + i] = more[i];
    *out = (struct reading){.package = package_good(files)};
    expect_ok(yx_ofd_book_open(out->package.ofd, 1, &out->book, &err), &err);
    expect_ok(yx_ofd_sheet_read(out->book, 1, &out->sheet, &err), &err);
    for (const struct yx_ofd_layer *at = out->sheet.layers; at != NULL; at = at->next)
        say_objects(&out->text, at->first);
    assert_int_equal(yx_buf_append(&out->text, YX_BYTES("", 1)), YX_OK);
}

#define PLAIN_DOCUMENT DOCUMENT(A4 "<PublicRes>R.xml</PublicRes>", ONE_PAGE)

/* The page's objects are these, and there is nothing to complain about. */
static inline void expect_page(const char *page, const char *resources, const char *want)
{
    YX_CLEAN(reading) struct reading reading = {.book = NULL};
    read_page(page, resources, NULL, PLAIN_DOCUMENT, &reading);
    assert_string_equal((const char *)reading.text.data, want);
    assert_null(yx_ofd_book_findings(reading.book));
}

/* One of the findings holds `sentence`. */
static inline void expect_found(const struct reading *reading, const char *sentence)
{
    char text[600] = "";
    const struct yx_ofd_finding *at = yx_ofd_book_findings(reading->book);
    for (; at != NULL; at = at->next) {
        yx_message_render(&at->message, NULL, text, sizeof text);
        if (strstr(text, sentence) != NULL)
            return;
    }
    fail_msg("no finding says \"%s\"; the last is \"%s\"", sentence, text);
}

#endif
