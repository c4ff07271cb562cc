/* SPDX-License-Identifier: Apache-2.0 */
/* site/frame.h - the frame of pages that need no script, in Chinese or English. */
#ifndef SITE_FRAME_H
#define SITE_FRAME_H

#include "site/html.h"
#include "site/site.h"

/* Opens the page of the call, in the language of ?lang=, or that the browser would rather have.
 * `path` is its own, for the link to the other language (NULL: none); `title` a sentence in
 * English. */
struct yx_html yx_frame_open(struct yx_api_call *call, const char *path, const char *title);
bool yx_frame_is_chinese(const struct yx_html *html);
/* `note` stands at its foot, a sentence in English; NULL: none. */
yx_status yx_frame_close(struct yx_api_call *call, struct yx_html *html, const char *note,
                         unsigned status, struct yx_error *err);

#endif
