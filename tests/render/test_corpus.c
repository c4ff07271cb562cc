/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_corpus.c - one page for each feature of OFD drawing (corpus/NAME.page), drawn and compared
 * with a picture that was looked at (corpus/NAME.png). What is not drawn must be told: the section
 * [findings] of a page holds a piece of each sentence, one a line.
 *
 * YX_CORPUS_OUT=FOLDER writes what was drawn. A new reference is copied from there by somebody who
 * has looked at it.
 */
#include "corpus.h"

/* As many findings as lines, and each line in one of them. */
static void check_findings(const char *name, struct drawn *drawn)
{
    YX_CLEAN(yx_buf) struct yx_buf text = corpus_read(name, ".page");
    YX_CLEAN(bundle) struct bundle bundle = {0};
    size_t lines = 0, found = 0;
    char *line, *rest, *wanted;

    assert_int_equal(yx_buf_append(&drawn->findings, YX_BYTES("", 1)), YX_OK);
    bundle_read(&bundle, &text);
    wanted = strdup(bundle_text(&bundle, "findings"));
    for (line = strtok_r(wanted, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        if (strstr((const char *)drawn->findings.data, line) == NULL)
            fail_msg("\"%s\" is not among the findings:\n%s", line,
                     (const char *)drawn->findings.data);
        lines++;
    }
    free(wanted);
    for (size_t i = 0; i < drawn->findings.len; i++)
        found += drawn->findings.data[i] == '\n';
    if (found != lines)
        fail_msg("%zu findings, not %zu:\n%s", found, lines, (const char *)drawn->findings.data);
}

static void check_page(void **state)
{
    const char *name = *state;
    YX_CLEAN(drawn) struct drawn drawn = {0};
    YX_CLEAN(yx_buf) struct yx_buf reference = {0};
    YX_CLEAN(yx_raster) struct yx_raster got = {0};
    YX_CLEAN(yx_raster) struct yx_raster want = {0};
    struct judgement judgement;
    struct yx_error err;

    corpus_draw(name, YX_DRAW_PNG, &drawn);
    corpus_show(name, ".png", yx_buf_bytes(&drawn.bytes));
    check_findings(name, &drawn);
    expect_ok(yx_png_decode(yx_buf_bytes(&drawn.bytes), &got, &err), &err);
    reference = corpus_read(name, ".png");
    expect_ok(yx_png_decode(yx_buf_bytes(&reference), &want, &err), &err);
    judgement = judge(&got, &want);
    if (!judged_same(&judgement, &same_renderer))
        fail_msg("differs from its reference: %.1f of %.1f near, %.1f of %.1f wide", judgement.near,
                 same_renderer.near, judgement.wide, same_renderer.wide);
}

int main(int count, char **arguments)
{
    return corpus_run(count, arguments, check_page);
}
