/* SPDX-License-Identifier: Apache-2.0 */
/* drawn.h - pages of small packages drawn with 10 pixels a millimetre, and looked at. */
#ifndef TESTS_RENDER_DRAWN_H
#define TESTS_RENDER_DRAWN_H

#include <math.h>

#include "support.h"

#include "render/render.h"
#include "zip/zip.h"

#define DPI 254
#define BASE(document, pages)                                                              \
    {YX_TEXT("OFD.xml"),                                                                   \
     YX_TEXT("<OFD><DocBody><DocRoot>Doc_0/Document.xml</DocRoot></DocBody></OFD>")},      \
    {                                                                                      \
        YX_TEXT("Doc_0/Document.xml"),                                                     \
            YX_TEXT("<Document><CommonData><PageArea><PhysicalBox>0 0 20 20</PhysicalBox>" \
                    "</PageArea><DocumentRes>R.xml</DocumentRes>" document                 \
                    "</CommonData><Pages>" pages "</Pages></Document>")                    \
    }
#define ONE_PAGE "<Page ID='1' BaseLoc='P.xml'/>"
#define PAGE(content) "<Page><Content><Layer>" content "</Layer></Content></Page>"
#define RECT(x, y, w, h) "M " x " " y " L " w " " y " L " w " " h " L " x " " h " C"
#define SQUARE(attributes, inner)                                                       \
    "<PathObject Boundary='0 0 20 20' Stroke='false' Fill='true' " attributes ">" inner \
    "<AbbreviatedData>M 0 0 L 20 0 L 20 20 L 0 20 C</AbbreviatedData></PathObject>"
#define RED "<FillColor Value='255 0 0'/>"
#define BLUE "<FillColor Value='0 0 255'/>"

struct drawn {
    struct yx_buf package, out;
    struct yx_source *source;
    struct yx_ofd *ofd;
    struct yx_render *render;
    struct yx_raster raster;
};

static inline void drawn_free(struct drawn *drawn)
{
    yx_raster_free(&drawn->raster);
    yx_render_free(drawn->render);
    yx_ofd_free(drawn->ofd);
    yx_source_free(drawn->source);
    yx_buf_free(&drawn->package);
    yx_buf_free(&drawn->out);
}
YX_DEFINE_CLEAN_VALUE(drawn, struct drawn, drawn_free);

/* Opens what `package` holds. */
static inline void drawn_open(struct drawn *drawn)
{
    struct yx_error err = {0};
    expect_ok(yx_source_borrow(yx_buf_bytes(&drawn->package), &drawn->source, &err), &err);
    expect_ok(yx_ofd_open(drawn->source, &drawn->ofd, &err), &err);
    expect_ok(yx_render_open(drawn->ofd, 1, &drawn->render, &err), &err);
}

/* A package of one page of 20 x 20 mm with these resources and one file more, or none. */
static inline void drawn_package(struct drawn *drawn, const char *page, const char *resources,
                                 const char *name, struct yx_bytes content)
{
    const struct yx_zip_part parts[] = {
        BASE("", ONE_PAGE),
        {YX_TEXT("Doc_0/P.xml"), YX_TEXT(page)},
        {YX_TEXT("Doc_0/R.xml"), YX_TEXT(resources)},
        {YX_TEXT(name == NULL ? "" : name), content},
    };
    struct yx_error err = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    *drawn = (struct drawn){.render = NULL};
    expect_ok(yx_sink_memory(&drawn->package, &sink, &err), &err);
    expect_ok(yx_zip_write(NULL, parts, name == NULL ? 4 : 5, 0, NULL, sink, &err), &err);
    drawn_open(drawn);
}

static inline yx_status drawn_as(struct drawn *drawn, uint32_t page, yx_draw_format format,
                                 uint32_t milliseconds, struct yx_error *err)
{
    const struct yx_render_setup setup = {
        .format = format, .dpi = DPI, .milliseconds = milliseconds};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    yx_buf_free(&drawn->out);
    expect_ok(yx_sink_memory(&drawn->out, &sink, err), err);
    return yx_render_page(drawn->render, page, &setup, sink, err);
}

static inline void drawn_png(struct drawn *drawn, uint32_t page)
{
    struct yx_error err = {0};
    yx_raster_free(&drawn->raster);
    expect_ok(drawn_as(drawn, page, YX_DRAW_PNG, 0, &err), &err);
    expect_ok(yx_png_decode(yx_buf_bytes(&drawn->out), &drawn->raster, &err), &err);
}

static inline void drawn_page(struct drawn *drawn, const char *page, const char *resources)
{
    drawn_package(drawn, page, resources, NULL, YX_BYTES(NULL, 0));
    drawn_png(drawn, 1);
    assert_int_equal(drawn->raster.width, 200);
    assert_int_equal(drawn->raster.height, 200);
}

static inline const uint8_t *drawn_pixel(const struct drawn *drawn, double x, double y)
{
    size_t column = (size_t)(x * 10), row = (size_t)(y * 10);
    assert_true(column < drawn->raster.width && row < drawn->raster.height);
    return drawn->raster.rgba.data + 4 * (row * drawn->raster.width + column);
}

/* The colour at a place in millimetres, as 0xRRGGBB, give or take a little. */
#define expect_pixel(drawn, x, y, want)                                                       \
    do {                                                                                      \
        const uint8_t *got_pixel = drawn_pixel((drawn), (x), (y));                            \
        for (int c = 0; c < 3; c++)                                                           \
            if (abs(got_pixel[c] - ((want) >> (16 - 8 * c) & 0xff)) > 3)                      \
                fail_msg("at %g, %g: %02x%02x%02x instead of %06x", (double)(x), (double)(y), \
                         got_pixel[0], got_pixel[1], got_pixel[2], (unsigned)(want));         \
    } while (0)

static inline void drawn_found(const struct drawn *drawn, const char *sentence)
{
    char text[600] = "";
    const struct yx_ofd_finding *at = yx_render_findings(drawn->render);
    for (; at != NULL; at = at->next) {
        yx_message_render(&at->message, NULL, text, sizeof text);
        if (strstr(text, sentence) != NULL)
            return;
    }
    fail_msg("no finding says \"%s\"; the last is \"%s\"", sentence, text);
}

#endif
