/* SPDX-License-Identifier: Apache-2.0 */
/* site/html.h - pages as text: what a stranger wrote never becomes markup. */
#ifndef SITE_HTML_H
#define SITE_HTML_H

#include "base/base.h"

struct yx_html {
    struct yx_buf *out;
    yx_translate translate; /* NULL: English */
    bool failed;            /* out of memory */
};
/* Markup of ours. */
void yx_html_put(struct yx_html *html, const char *markup);
/* Text of anybody; NULL is nothing. */
void yx_html_text(struct yx_html *html, const char *text);
/* A sentence with its arguments, which are strings, in the language of the page:
 * yx_html_say(html, N_("{1} pages"), YX_NUM(pages)). */
#define yx_html_say(html, ...)                      \
    do {                                            \
        struct yx_message yx_html_said;             \
        yx_message_set(&yx_html_said, __VA_ARGS__); \
        yx_html_message((html), &yx_html_said);     \
    } while (0)
void yx_html_message(struct yx_html *html, const struct yx_message *message);

#endif
