/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz/render.c - any bytes as a page: the content of the one page of a package that has all kinds
 * of resources, or, when they start as a zip does, as a whole package. Drawn as PNG and as SVG:
 * not as PDF, for cairo 1.16 leaks a table with each part of a CFF font that it writes.
 */
#include <stdlib.h>

#include "render/render.h"
#include "zip/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As in tests/render/test_twins.c: cairo 1.16 forgets some of what it holds when it ends an SVG. */
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

#define DPI 20
#define MILLISECONDS 3000
#define PAGES 3u

#define OFD_XML "<OFD><DocBody><DocRoot>D/Document.xml</DocRoot></DocBody></OFD>"
#define DOCUMENT_XML                                                                    \
    "<Document><CommonData><PageArea><PhysicalBox>0 0 100 100</PhysicalBox></PageArea>" \
    "<DocumentRes>Res.xml</DocumentRes><TemplatePage ID='9' BaseLoc='Page.xml'/>"       \
    "</CommonData><Pages><Page ID='1' BaseLoc='Page.xml'/></Pages>"                     \
    "<Annotations>Annotations.xml</Annotations></Document>"
#define ANNOTATIONS_XML \
    "<Annotations><Page PageID='1'><FileLoc>Page.xml</FileLoc></Page></Annotations>"
/* The page's own file is read as resources too, so that it may hold more of them. */
#define RES_XML                                                                              \
    "<Res BaseLoc='.'><Fonts><Font ID='2' FontName='SimSun'/>"                               \
    "<Font ID='3' FontName='x'><FontFile>Page.xml</FontFile></Font></Fonts>"                 \
    "<ColorSpaces><ColorSpace ID='4' Type='CMYK'/><ColorSpace ID='5' Type='GRAY' "           \
    "BitsPerComponent='4' Profile='Page.xml'><Palette><CV>7</CV></Palette></ColorSpace>"     \
    "</ColorSpaces><DrawParams><DrawParam ID='6' Relative='6' LineWidth='2'/></DrawParams>"  \
    "<MultiMedias><MultiMedia ID='7' Type='Image'><MediaFile>a.gif</MediaFile></MultiMedia>" \
    "</MultiMedias><CompositeGraphicUnits><CompositeGraphicUnit ID='8'><Content>"            \
    "<CompositeObject Boundary='0 0 9 9' ResourceID='8'/><PathObject Boundary='0 0 9 9'>"    \
    "<AbbreviatedData>M 0 0 L 9 9</AbbreviatedData></PathObject></Content>"                  \
    "</CompositeGraphicUnit></CompositeGraphicUnits></Res>"
#define GIF "GIF89a\1\0\1\0\200\0\0\377\0\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"

static yx_status make_package(struct yx_bytes page, struct yx_buf *out)
{
    const struct yx_zip_part parts[] = {
        {YX_TEXT("OFD.xml"), YX_TEXT(OFD_XML)},
        {YX_TEXT("D/Document.xml"), YX_TEXT(DOCUMENT_XML)},
        {YX_TEXT("D/Annotations.xml"), YX_TEXT(ANNOTATIONS_XML)},
        {YX_TEXT("D/Res.xml"), YX_TEXT(RES_XML)},
        {YX_TEXT("D/a.gif"), YX_BYTES(GIF, sizeof GIF - 1)},
        {YX_TEXT("D/Page.xml"), page},
    };
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_TRY(yx_sink_memory(out, &sink, NULL));
    return yx_zip_write(NULL, parts, sizeof parts / sizeof *parts, 0, NULL, sink, NULL);
}

static void draw_page(struct yx_render *render, uint32_t page, yx_draw_format format)
{
    const struct yx_render_setup setup = {
        .format = format, .dpi = DPI, .milliseconds = MILLISECONDS};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    if (yx_sink_memory(&out, &sink, NULL) != YX_OK)
        return;
    yx_status status = yx_render_page(render, page, &setup, sink, NULL);
    if (status == YX_OK && out.len == 0)
        abort();
}

static void draw(struct yx_bytes package)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_ofd) struct yx_ofd *ofd = NULL;
    YX_CLEAN(yx_render) struct yx_render *render = NULL;
    if (yx_source_borrow(package, &source, NULL) != YX_OK ||
        yx_ofd_open(source, &ofd, NULL) != YX_OK || yx_render_open(ofd, 1, &render, NULL) != YX_OK)
        return;
    for (uint32_t page = 1; page <= yx_render_pages(render) && page <= PAGES; page++) {
        draw_page(render, page, YX_DRAW_PNG);
        draw_page(render, page, YX_DRAW_SVG);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YX_CLEAN(yx_buf) struct yx_buf package = {0};
    if (size > 2 && memcmp(data, "PK", 2) == 0)
        draw(YX_BYTES(data, size));
    else if (make_package(YX_BYTES(data, size), &package) == YX_OK)
        draw(yx_buf_bytes(&package));
    return 0;
}
