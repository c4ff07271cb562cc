/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/draw.c - OFD pages drawn. draw.sh runs it:
 *   bench_draw make FILE PAGES [PICTURES]   a document of text, with so many pictures of 1 MB a
 * page bench_draw warm FILE DPI ROUNDS         its first page again and again in one process
 *   bench_draw all FILE DPI                 every page once
 * Times are processor seconds.
 */
#include <stdlib.h>

#include "bench.h"
#include "render/render.h"
#include "zip/zip.h"

#define LINES 40
#define LETTERS 36
#define SIDE 600 /* of a picture of noise: a PNG of 1 MB */

/* --- Documents --------------------------------------------------------------------------- */

static const char ofd_xml[] = "<OFD><DocBody><DocRoot>D/Document.xml</DocRoot></DocBody></OFD>";

/* Common characters, one after another through the whole page. */
static void add_line(struct yx_buf *page, unsigned number)
{
    yx_buf_printf(page,
                  "<TextObject ID='%u' Boundary='20 %u 170 6' Font='1' Size='4.5'><TextCode X='0' "
                  "Y='5' DeltaX='g %d 4.6'>",
                  100 + number, 20 + 6 * number, LETTERS - 1);
    for (unsigned i = 0; i < LETTERS; i++)
        yx_utf8_append(page, 0x4e00 + (number * 37 + i * 101) % 3000);
    yx_buf_append_text(page, "</TextCode></TextObject>");
}

static void make_page(unsigned pictures, struct yx_buf *out)
{
    yx_buf_append_text(out, "<Page><Content><Layer>");
    for (unsigned i = 0; i < pictures; i++)
        yx_buf_printf(out,
                      "<ImageObject ID='%u' Boundary='%u 20 50 50' ResourceID='2' "
                      "CTM='50 0 0 50 0 0'/>",
                      10 + i, 20 + 55 * i);
    for (unsigned i = 0; i < LINES; i++)
        add_line(out, i);
    yx_buf_append_text(out, "<PathObject ID='9' Boundary='19 19 172 250' LineWidth='0.3'>"
                            "<AbbreviatedData>M 0 0 L 172 0 L 172 250 L 0 250 C</AbbreviatedData>"
                            "</PathObject></Layer></Content></Page>");
}

static void make_noise(unsigned seed, struct yx_buf *out)
{
    static uint32_t pixels[SIDE * SIDE];
    const struct yx_pixels picture = {SIDE, SIDE, SIDE * 4, (const uint8_t *)pixels};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_error err = {0};
    uint32_t random = seed;
    for (size_t i = 0; i < sizeof pixels / sizeof *pixels; i++) {
        random = random * 1664525 + 1013904223;
        pixels[i] = 0xff000000 | random >> 8;
    }
    bench_must(yx_sink_memory(out, &sink, &err), &err);
    const struct yx_png_setup setup = {.dpi = 300, .opaque = true};
    bench_must(yx_png_write(&picture, &setup, sink, &err), &err);
}

struct document {
    struct yx_zip_part *parts;
    struct yx_buf *contents;
    size_t count;
};

static struct yx_buf *add_part(struct document *document, const char *name)
{
    document->parts[document->count].name = YX_TEXT(name);
    return &document->contents[document->count++];
}

static struct yx_buf *add_page_part(struct document *document, unsigned page, const char *file)
{
    char *name = malloc(64);
    if (name == NULL)
        exit(1);
    (void)snprintf(name, 64, "D/P%u/%s", page, file);
    return add_part(document, name);
}

/* Every page has resources of its own, so that no picture is drawn twice. */
static void add_page(struct document *document, unsigned page, unsigned pictures)
{
    struct yx_buf *content = add_page_part(document, page, "Content.xml");
    make_page(pictures, content);
    if (pictures == 0)
        return;
    make_noise(page, add_page_part(document, page, "a.png"));
    yx_buf_append_text(add_page_part(document, page, "R.xml"),
                       "<Res BaseLoc='.'><MultiMedias><MultiMedia ID='2' Type='Image'><MediaFile>"
                       "a.png</MediaFile></MultiMedia></MultiMedias></Res>");
    content->len = 0;
    yx_buf_append_text(content, "<Page><PageRes>R.xml</PageRes>");
    YX_CLEAN(yx_buf) struct yx_buf page_xml = {0};
    make_page(pictures, &page_xml);
    yx_buf_append(content,
                  YX_BYTES(page_xml.data + strlen("<Page>"), page_xml.len - strlen("<Page>")));
}

static void add_frame(struct document *document, unsigned pages)
{
    struct yx_buf *root = add_part(document, "D/Document.xml");
    yx_buf_append_text(add_part(document, "OFD.xml"), ofd_xml);
    yx_buf_append_text(add_part(document, "D/R.xml"),
                       "<Res><Fonts><Font ID='1' FontName='宋体'/></Fonts></Res>");
    yx_buf_append_text(root, "<Document><CommonData><PageArea><PhysicalBox>0 0 210 297"
                             "</PhysicalBox></PageArea><PublicRes>R.xml</PublicRes></CommonData>"
                             "<Pages>");
    for (unsigned page = 1; page <= pages; page++)
        yx_buf_printf(root, "<Page ID='%u' BaseLoc='P%u/Content.xml'/>", page, page);
    yx_buf_append_text(root, "</Pages></Document>");
}

static int make(const char *path, unsigned pages, unsigned pictures)
{
    struct document document = {.parts = calloc(3 + 3 * (size_t)pages, sizeof *document.parts),
                                .contents =
                                    calloc(3 + 3 * (size_t)pages, sizeof *document.contents)};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_error err = {0};
    if (document.parts == NULL || document.contents == NULL)
        return 1;
    add_frame(&document, pages);
    for (unsigned page = 1; page <= pages; page++)
        add_page(&document, page, pictures);
    for (size_t i = 0; i < document.count; i++)
        document.parts[i].content = yx_buf_bytes(&document.contents[i]);
    bench_must(yx_sink_file(path, false, &sink, &err), &err);
    bench_must(yx_zip_write(NULL, document.parts, document.count, 0, NULL, sink, &err), &err);
    bench_must(yx_sink_commit(sink, &err), &err);
    return 0; /* the process ends; its memory goes with it */
}

/* --- Drawing ----------------------------------------------------------------------------- */

static void draw(struct yx_render *render, uint32_t page, double dpi)
{
    const struct yx_render_setup setup = {.format = YX_DRAW_PNG, .dpi = dpi};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_error err = {0};
    bench_must(yx_sink_memory(&out, &sink, &err), &err);
    bench_must(yx_render_page(render, page, &setup, sink, &err), &err);
}

/* `rounds` times the first page, or every page once when it is 0. */
static int measure(const char *path, double dpi, unsigned rounds)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_ofd) struct yx_ofd *ofd = NULL;
    YX_CLEAN(yx_render) struct yx_render *render = NULL;
    struct yx_error err = {0};
    bench_must(yx_source_open(path, &source, &err), &err);
    bench_must(yx_ofd_open(source, &ofd, &err), &err);
    bench_must(yx_render_open(ofd, 1, &render, &err), &err);
    if (rounds > 0)
        draw(render, 1, dpi);
    double start = bench_cpu();
    uint32_t count = rounds > 0 ? rounds : yx_render_pages(render);
    for (uint32_t i = 1; i <= count; i++)
        draw(render, rounds > 0 ? 1 : i, dpi);
    double spent = bench_cpu() - start;
    printf("%8.2f ms a page, %6.3f s for %u at %.0f dpi\n", spent * 1000 / count, spent,
           (unsigned)count, dpi);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc >= 4 && strcmp(argv[1], "make") == 0)
        return make(argv[2], (unsigned)atoi(argv[3]), argc > 4 ? (unsigned)atoi(argv[4]) : 0);
    if (argc == 5 && strcmp(argv[1], "warm") == 0)
        return measure(argv[2], atof(argv[3]), (unsigned)atoi(argv[4]));
    if (argc == 4 && strcmp(argv[1], "all") == 0)
        return measure(argv[2], atof(argv[3]), 0);
    (void)fprintf(stderr, "usage: see bench/draw.c\n");
    return 64;
}
