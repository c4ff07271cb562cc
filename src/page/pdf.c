/* SPDX-License-Identifier: Apache-2.0 */
/* page/pdf.c - a page of a PDF as a picture, drawn by poppler's pdftocairo as a confined child. */
#include <inttypes.h>

#include "page/page.h"
#include "program/program.h"

#define PROGRAM "pdftocairo"
/* The descriptor opened anew has a place of its own in the file. */
#define DOCUMENT "/proc/self/fd/0"
#define OUTPUT_MAX ((size_t)256 * 1024 * 1024)
#define MEMORY_MAX ((uint64_t)1536 * 1024 * 1024)
#define POINTS_PER_INCH 72.0
#define SECONDS_MAX 300u

static unsigned seconds(const struct yx_render_setup *setup)
{
    uint32_t whole = setup->milliseconds / 1000 + (setup->milliseconds % 1000 > 0);

    return whole == 0 || whole > SECONDS_MAX ? SECONDS_MAX : whole;
}

static yx_status run(struct yx_pdf *pdf, const char *const *arguments,
                     const struct yx_render_setup *setup, struct yx_buf *out, struct yx_error *err)
{
    const struct yx_program program = {
        .arguments = arguments,
        .package = "poppler-utils",
        .output_max = OUTPUT_MAX,
        .seconds = seconds(setup),
        .memory_max = MEMORY_MAX,
    };

    return yx_program_run(&program, pdf->source, out, err);
}

/* What is not a picture of the kind that was asked for is not handed on. */
static yx_status check(struct yx_bytes picture, struct yx_bytes mark, struct yx_error *err)
{
    YX_REQUIRE(picture.len > mark.len && memcmp(picture.data, mark.data, mark.len) == 0, err,
               YX_DAMAGED, "", N_("{1} printed something that it never should"), PROGRAM);
    return YX_OK;
}

struct resolution {
    char text[40];
};

/*
 * pdftocairo counts dots per inch of user space, and a part of a pixel as one: it is asked for a
 * little less than the whole pixels of the longer side. The text has a point in every locale.
 */
static struct resolution resolution(const struct yx_pdf_page *page, double millimetres, int pixels)
{
    double points = yx_pdf_points(millimetres) / page->user_unit;
    int64_t millionths = (int64_t)(POINTS_PER_INCH * (pixels - 0.01) / points * 1e6);
    struct resolution out;

    (void)snprintf(out.text, sizeof out.text, "%" PRId64 ".%06" PRId64, millionths / 1000000,
                   millionths % 1000000);
    return out;
}

static yx_status draw_png(struct yx_pdf *pdf, uint32_t page, const struct yx_render_setup *setup,
                          const struct resolution *dots, struct yx_buf *out, struct yx_error *err)
{
    struct yx_number_text number = yx_number_text(page);
    const char *const arguments[] = {PROGRAM,     "-png", "-singlefile", "-cropbox", "-f",
                                     number.text, "-l",   number.text,   "-r",       dots->text,
                                     DOCUMENT,    "-",    NULL};
    size_t before = out->len;

    YX_TRY(run(pdf, arguments, setup, out, err));
    return check(YX_BYTES(out->data + before, out->len - before), YX_TEXT("\x89PNG\r\n\x1a\n"),
                 err);
}

static yx_status draw_svg(struct yx_pdf *pdf, uint32_t page, const struct yx_render_setup *setup,
                          struct yx_buf *out, struct yx_error *err)
{
    struct yx_number_text number = yx_number_text(page);
    const char *const arguments[] = {PROGRAM,     "-svg",   "-f", number.text, "-l",
                                     number.text, DOCUMENT, "-",  NULL};
    size_t before = out->len;

    YX_TRY(run(pdf, arguments, setup, out, err));
    return check(YX_BYTES(out->data + before, out->len - before), YX_TEXT("<?xml"), err);
}

yx_status yx_page_draw_pdf(struct yx_pdf *pdf, uint32_t page, const struct yx_render_setup *setup,
                           struct yx_buf *out, struct yx_error *err)
{
    struct yx_canvas_setup canvas = {.format = setup->format, .dpi = setup->dpi};
    int width, height;

    YX_REQUIRE(setup->format != YX_DRAW_PDF, err, YX_REFUSED, "",
               N_("this is a PDF already; its pages become PNG or SVG"));
    YX_TRY(yx_pdf_page_size(pdf, page, &canvas.width, &canvas.height, err));
    YX_TRY(yx_canvas_measure(&canvas, &width, &height, err));
    if (setup->format == YX_DRAW_SVG)
        return draw_svg(pdf, page, setup, out, err);
    bool is_wide = canvas.width > canvas.height;
    const struct resolution dots = resolution(
        &pdf->pages[page - 1], is_wide ? canvas.width : canvas.height, is_wide ? width : height);

    return draw_png(pdf, page, setup, &dots, out, err);
}
