/* SPDX-License-Identifier: Apache-2.0 */
/* test_others.c - other people's programs and documents: text searched in our PDF, their pages
 * drawn. */
#include <dirent.h>

#include "drawn.h"
#include "tools.h"

/* Words can be searched in the PDF. In TrueType: cairo 1.16 leaks a table with each part of a CFF
 * font. */
static void text_stays_text(void **state)
{
    (void)state;
    struct folder folder;
    struct yx_error err = {0};
    const struct yx_render_setup setup = {.dpi = DPI, .format = YX_DRAW_PDF};
    YX_CLEAN(drawn) struct drawn drawn;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    drawn_package(&drawn,
                  PAGE("<TextObject Boundary='0 0 20 20' Font='1' Size='3'><TextCode X='1' Y='5'>"
                       "印章之文字</TextCode></TextObject>"),
                  "<Res><Fonts><Font ID='1' FontName='楷体'/></Fonts></Res>", NULL,
                  YX_BYTES(NULL, 0));
    expect_ok(yx_sink_memory(&drawn.out, &sink, &err), &err);
    expect_ok(yx_render_convert(drawn.render, &setup, sink, &err), &err);
    folder_make(&folder);
    folder_write(&folder, "page.pdf", yx_buf_bytes(&drawn.out));
    expect_tool(&folder, "pdftotext page.pdf -");
    expect_words(&folder, "印章之文字");
    folder_remove(&folder);
}

/* --- Documents of others ----------------------------------------------------------------- */

/* Is anything on the page? */
static bool has_ink(const struct yx_raster *raster)
{
    size_t dark = 0;
    for (size_t i = 0; i < raster->rgba.len; i += 4)
        dark += raster->rgba.data[i + 1] < 128;
    return dark > 20;
}

static void draw_first_and_last(const char *path)
{
    struct yx_error err = {0};
    const struct yx_render_setup setup = {.format = YX_DRAW_PNG, .dpi = 72};
    YX_CLEAN(drawn) struct drawn drawn = {.render = NULL};
    expect_ok(yx_file_read(path, 1u << 30, &drawn.package, &err), &err);
    drawn_open(&drawn);
    for (uint32_t page = 1; page <= yx_render_pages(drawn.render);
         page += page == 1 ? 1 : yx_render_pages(drawn.render)) {
        YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
        yx_buf_free(&drawn.out);
        yx_raster_free(&drawn.raster);
        expect_ok(yx_sink_memory(&drawn.out, &sink, &err), &err);
        expect_ok(yx_render_page(drawn.render, page, &setup, sink, &err), &err);
        expect_ok(yx_png_decode(yx_buf_bytes(&drawn.out), &drawn.raster, &err), &err);
        if (!has_ink(&drawn.raster))
            fail_msg("page %u of %s is empty", page, path);
    }
}

static void draw_folder(const char *name)
{
    char folder[512], path[1024];
    size_t count = 0;
    if (interop_path(folder, name) == NULL)
        skip();
    DIR *list = opendir(folder);
    assert_non_null(list);
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        if (strstr(entry->d_name, ".ofd") == NULL)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        draw_first_and_last(path);
        count++;
    }
    closedir(list);
    assert_true(count > 5);
}

static void documents_of_others(void **state)
{
    (void)state;
    draw_folder("ofd-unsigned");
}

static void sealed_documents_of_others(void **state)
{
    (void)state;
    draw_folder("ofd-sealed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_stays_text),
        cmocka_unit_test(documents_of_others),
        cmocka_unit_test(sealed_documents_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
