/* SPDX-License-Identifier: Apache-2.0 */
/*
 * corpus.h - goes through tests/render/corpus: each page is packed, drawn, and handed to a test of
 * its own.
 */
#ifndef RENDER_CORPUS_H
#define RENDER_CORPUS_H

#include "support.h"

#include <dirent.h>

#include "bundle.h"
#include "judge.h"
#include "render/render.h"

/* A millimetre is four pixels. What SVG and PDF cannot keep as vectors is finer. */
#define CORPUS_DPI 101.6
#define CORPUS_FINE_DPI 304.8
#define CORPUS_PAGES 200

/* The place of a file of the corpus: "dash" and ".page". */
static inline const char *corpus_path(char out[512], const char *name, const char *ending)
{
    const char *root = getenv("YX_SOURCE_ROOT");

    snprintf(out, 512, "%s/tests/render/corpus/%s%s", root != NULL ? root : ".", name, ending);
    return out;
}

static inline struct yx_buf corpus_read(const char *name, const char *ending)
{
    struct yx_buf out = {0};
    struct yx_error err;
    char path[512];

    expect_ok(yx_file_read(corpus_path(path, name, ending), 1u << 20, &out, &err), &err);
    return out;
}

/* What was drawn, and the sentences about what was not, one a line. */
struct drawn {
    struct yx_buf bytes, findings;
};

static inline void drawn_free(struct drawn *drawn)
{
    yx_buf_free(&drawn->bytes);
    yx_buf_free(&drawn->findings);
}
YX_DEFINE_CLEAN_VALUE(drawn, struct drawn, drawn_free);

static inline void corpus_draw(const char *name, yx_draw_format format, struct drawn *out)
{
    const struct yx_render_setup setup = {
        .format = format, .dpi = format == YX_DRAW_PNG ? CORPUS_DPI : CORPUS_FINE_DPI};
    YX_CLEAN(yx_buf) struct yx_buf text = corpus_read(name, ".page");
    YX_CLEAN(yx_buf) struct yx_buf package = {0};
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_ofd) struct yx_ofd *ofd = NULL;
    YX_CLEAN(yx_render) struct yx_render *render = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_error err;

    package = bundle_pack(&text);
    expect_ok(yx_source_borrow(yx_buf_bytes(&package), &source, &err), &err);
    expect_ok(yx_ofd_open(source, &ofd, &err), &err);
    expect_ok(yx_render_open(ofd, 1, &render, &err), &err);
    expect_ok(yx_sink_memory(&out->bytes, &sink, &err), &err);
    expect_ok(yx_render_page(render, 1, &setup, sink, &err), &err);
    for (const struct yx_ofd_finding *finding = yx_render_findings(render); finding != NULL;
         finding = finding->next) {
        char sentence[600];

        yx_message_render(&finding->message, NULL, sentence, sizeof sentence);
        assert_int_equal(yx_buf_printf(&out->findings, "%s\n", sentence), YX_OK);
    }
}

/* For who wants to look at them: YX_CORPUS_OUT names a folder. */
static inline void corpus_show(const char *name, const char *ending, struct yx_bytes bytes)
{
    const char *folder = getenv("YX_CORPUS_OUT");
    struct yx_error err;
    char path[512];

    if (folder == NULL)
        return;
    snprintf(path, sizeof path, "%s/%s%s", folder, name, ending);
    expect_ok(yx_file_write(path, false, bytes, &err), &err);
}

static inline int corpus_order(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Runs `check` with every page's name as its state; $1 may name a single one. */
static inline int corpus_run(int count, char **arguments, CMUnitTestFunction check)
{
    static char *names[CORPUS_PAGES];
    static struct CMUnitTest tests[CORPUS_PAGES];
    char path[512];
    DIR *folder = opendir(corpus_path(path, "", ""));
    size_t found = 0;

    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        char *ending = strstr(entry->d_name, ".page");

        if (ending == NULL || found == CORPUS_PAGES)
            continue;
        *ending = '\0';
        if (count < 2 || strcmp(entry->d_name, arguments[1]) == 0)
            names[found++] = strdup(entry->d_name);
    }
    if (folder != NULL)
        closedir(folder);
    qsort(names, found, sizeof *names, corpus_order);
    for (size_t i = 0; i < found; i++)
        tests[i] = (struct CMUnitTest){names[i], check, NULL, NULL, names[i]};
    /* A corpus that is not found must not pass. */
    return found == 0 ? 1 : _cmocka_run_group_tests("corpus", tests, found, NULL, NULL);
}

#endif
