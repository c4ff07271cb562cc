/* SPDX-License-Identifier: Apache-2.0 */
/* drawn.h - an SVG read, and its paths as short texts: "M10 20 L30 20 C... Z". */
#ifndef TESTS_SVG_DRAWN_H
#define TESTS_SVG_DRAWN_H

#include "svg/svg.h"

#define SVG_HEAD "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 100'>"

static inline void drawn_number(double number, struct yx_buf *out)
{
    char text[40];
    snprintf(text, sizeof text, "%.3f", number);
    size_t len = strlen(text);
    while (text[len - 1] == '0')
        text[--len] = '\0';
    if (text[len - 1] == '.')
        text[len - 1] = '\0';
    assert_int_equal(yx_buf_append_text(out, strcmp(text, "-0") == 0 ? "0" : text), YX_OK);
}

static inline void drawn_text(const struct yx_svg *svg, const struct yx_svg_path *path,
                              struct yx_buf *out)
{
    const struct yx_svg_point *point = svg->points + path->point;
    for (size_t i = 0; i < path->verb_count; i++) {
        yx_svg_verb verb = svg->verbs[path->verb + i];
        assert_int_equal(yx_buf_printf(out, "%s%c", i > 0 ? " " : "", "MLCZ"[verb]), YX_OK);
        for (size_t k = 0; k < yx_svg_verb_points(verb); k++, point++) {
            yx_buf_append_text(out, k > 0 ? " " : "");
            drawn_number(point->x, out);
            yx_buf_append_text(out, " ");
            drawn_number(point->y, out);
        }
    }
    assert_int_equal(yx_buf_append(out, YX_BYTES("", 1)), YX_OK);
}

static inline void drawn_read(const char *text, struct yx_svg *out)
{
    struct yx_error err = {0};
    yx_status status = yx_svg_read(YX_TEXT(text), out, &err);
    if (status != YX_OK) {
        char words[600];
        yx_message_render(&err.message, NULL, words, sizeof words);
        fail_msg("%s: %s", text, words);
    }
}

/* The elements inside, on a ground of 100 by 100. */
static inline void drawn_inside(const char *elements, struct yx_svg *out)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    assert_int_equal(yx_buf_printf(&text, SVG_HEAD "%s</svg>", elements), YX_OK);
    assert_int_equal(yx_buf_append(&text, YX_BYTES("", 1)), YX_OK);
    drawn_read((const char *)text.data, out);
}

static inline void expect_shape(const struct yx_svg *svg, size_t number, const char *want)
{
    YX_CLEAN(yx_buf) struct yx_buf got = {0};
    assert_true(number < svg->shape_count);
    drawn_text(svg, &svg->shapes[number].path, &got);
    assert_string_equal((const char *)got.data, want);
}

/* The only shape of these elements. */
static inline void expect_drawn(const char *elements, const char *want)
{
    YX_CLEAN(yx_svg) struct yx_svg svg = {0};
    drawn_inside(elements, &svg);
    assert_int_equal(svg.shape_count, 1);
    expect_shape(&svg, 0, want);
}

static inline void expect_refused(struct yx_bytes picture, const char *sentence)
{
    struct yx_svg svg;
    struct yx_error err = {0};
    char words[600] = "";
    yx_status status = yx_svg_read(picture, &svg, &err);
    yx_message_render(&err.message, NULL, words, sizeof words);
    if (status != YX_REFUSED || strstr(words, sentence) == NULL)
        fail_msg("%.*s: %d, \"%s\", not \"%s\"", (int)(picture.len < 300 ? picture.len : 300),
                 (const char *)picture.data, status, words, sentence);
    assert_non_null(err.rule);
    assert_null(svg.verb_bytes.data);
}

static inline void expect_refused_inside(const char *elements, const char *sentence)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    assert_int_equal(yx_buf_printf(&text, SVG_HEAD "%s</svg>", elements), YX_OK);
    expect_refused(yx_buf_bytes(&text), sentence);
}

#endif
