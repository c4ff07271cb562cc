/* SPDX-License-Identifier: Apache-2.0 */
/* test_corpus.c - the pages of tests/render/corpus drawn by workers: without files, fonts included,
 * every picture is the one that is drawn here. */
#include "support.h"

#include <dirent.h>

#include <yinxin/draw.h>

#include "../render/bundle.h"
#include "house.h"

static struct house house;

static void draw_here(struct yx_bytes package, struct yx_buf *out)
{
    const struct yx_page_options options = {.dpi = 96};
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_error err;

    expect_ok(yx_source_borrow(package, &source, &err), &err);
    expect_ok(yx_sink_memory(out, &sink, &err), &err);
    expect_ok(yx_page_draw(source, 1, YX_DRAW_PNG, &options, sink, &err), &err);
}

static void compare(const char *path)
{
    const struct yx_worker_picture what = {.page = 1, .format = YX_DRAW_PNG, .dpi = 96};
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    YX_CLEAN(yx_buf) struct yx_buf package = {0};
    YX_CLEAN(yx_buf) struct yx_buf here = {0};
    YX_CLEAN(yx_buf) struct yx_buf there = {0};
    struct yx_error err;

    expect_ok(yx_file_read(path, 1u << 20, &text, &err), &err);
    package = bundle_pack(&text);
    YX_CLEAN(job) struct yx_worker_job job = house_job(&house, yx_buf_bytes(&package));
    draw_here(yx_buf_bytes(&package), &here);
    expect_ok(yx_worker_render(&job, &what, &there, &err), &err);
    if (!yx_bytes_equal(yx_buf_bytes(&here), yx_buf_bytes(&there)))
        fail_msg("%s: %zu bytes here, %zu there", path, here.len, there.len);
}

static void corpus(void **state)
{
    const char *root = getenv("YX_SOURCE_ROOT");
    struct dirent *entry;
    unsigned count = 0;
    char folder[512];
    DIR *pages;

    (void)state;
    (void)snprintf(folder, sizeof folder, "%s/tests/render/corpus", root == NULL ? "." : root);
    pages = opendir(folder);
    assert_non_null(pages);
    while ((entry = readdir(pages)) != NULL) {
        char path[800];

        if (strstr(entry->d_name, ".page") == NULL)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        compare(path);
        count++;
    }
    (void)closedir(pages);
    assert_true(count > 20);
}

static int open_house(void **state)
{
    (void)state;
    house_open(&house, HOUSE_WORKERS, 10);
    return 0;
}

static int close_house(void **state)
{
    (void)state;
    house_close(&house);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(corpus)};
    return cmocka_run_group_tests_name("worker/corpus", tests, open_house, close_house);
}
