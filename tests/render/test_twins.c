/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_twins.c - SVG and PDF of every page of the corpus look as its PNG does, when librsvg and
 * poppler draw them.
 */
#include "corpus.h"

#include "tools.h"

/* The leak sanitizer asks: cairo 1.16 forgets some of what it holds of groups and letters when it
 * ends an SVG or PDF. To tell, the sanitizer has to look through libraries without frame pointers.
 */
const char *__lsan_default_suppressions(void);
const char *__asan_default_options(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:cairo_surface_finish\nleak:cairo_surface_destroy\n";
}

const char *__asan_default_options(void)
{
    return "fast_unwind_on_malloc=0";
}

/* A drawer may round the size of the page up: the row or column too many is cut. */
static void crop(struct yx_raster *raster, const struct yx_raster *like)
{
    bool is_close = raster->width - like->width <= 1 && raster->height - like->height <= 1;

    if (!is_close)
        return;
    for (uint32_t y = 0; y < like->height; y++)
        memmove(raster->rgba.data + (size_t)y * like->width * 4,
                raster->rgba.data + (size_t)y * raster->width * 4, (size_t)like->width * 4);
    raster->width = like->width;
    raster->height = like->height;
}

/* How far they may be apart: a page may have a section of its own about it. */
static struct judgement find_limits(const char *name)
{
    YX_CLEAN(yx_buf) struct yx_buf text = corpus_read(name, ".page");
    YX_CLEAN(bundle) struct bundle bundle = {0};
    struct judgement limits = other_renderer;

    bundle_read(&bundle, &text);
    (void)sscanf(bundle_text(&bundle, "apart"), "%lf %lf", &limits.near, &limits.wide);
    return limits;
}

static void compare(const char *name, const char *kind, struct folder *folder,
                    const struct yx_raster *want)
{
    const struct judgement limits = find_limits(name);
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    YX_CLEAN(yx_raster) struct yx_raster got = {0};
    struct judgement judgement;
    struct yx_error err;

    folder_read(folder, "twin.png", &bytes);
    corpus_show(name, kind, yx_buf_bytes(&bytes));
    expect_ok(yx_png_decode(yx_buf_bytes(&bytes), &got, &err), &err);
    crop(&got, want);
    judgement = judge(&got, want);
    if (!judged_same(&judgement, &limits))
        fail_msg("%s differs from the PNG: %.1f of %.1f near, %.1f of %.1f wide", kind,
                 judgement.near, limits.near, judgement.wide, limits.wide);
}

static void check_page(void **state)
{
    const char *name = *state;
    struct folder folder;
    YX_CLEAN(drawn) struct drawn png = {0};
    YX_CLEAN(drawn) struct drawn svg = {0};
    YX_CLEAN(drawn) struct drawn pdf = {0};
    YX_CLEAN(yx_raster) struct yx_raster want = {0};
    struct yx_error err;

    corpus_draw(name, YX_DRAW_PNG, &png);
    corpus_draw(name, YX_DRAW_SVG, &svg);
    corpus_draw(name, YX_DRAW_PDF, &pdf);
    expect_ok(yx_png_decode(yx_buf_bytes(&png.bytes), &want, &err), &err);
    corpus_show(name, ".svg", yx_buf_bytes(&svg.bytes));
    corpus_show(name, ".pdf", yx_buf_bytes(&pdf.bytes));
    folder_make(&folder);
    folder_write(&folder, "page.svg", yx_buf_bytes(&svg.bytes));
    folder_write(&folder, "page.pdf", yx_buf_bytes(&pdf.bytes));
    expect_tool(&folder, "rsvg-convert -d 101.6 -p 101.6 -o twin.png page.svg");
    compare(name, ".svg.png", &folder, &want);
    expect_tool(&folder, "pdftocairo -png -singlefile -r 101.6 page.pdf twin");
    compare(name, ".pdf.png", &folder, &want);
    folder_remove(&folder);
}

int main(int count, char **arguments)
{
    return corpus_run(count, arguments, check_page);
}
