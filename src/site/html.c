/* SPDX-License-Identifier: Apache-2.0 */
/* site/html.c - writes pages: markup, text, sentences. */
#include "site/html.h"

static void append(struct yx_html *html, struct yx_bytes bytes)
{
    html->failed |= yx_buf_append(html->out, bytes) != YX_OK;
}

void yx_html_put(struct yx_html *html, const char *markup)
{
    append(html, YX_TEXT(markup));
}

/* What could show in another place than it stands, or not at all. */
static bool is_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

static void put_character(struct yx_html *html, uint32_t c, struct yx_bytes bytes)
{
    switch (c) {
    case '&':
        yx_html_put(html, "&amp;");
        break;
    case '<':
        yx_html_put(html, "&lt;");
        break;
    case '>':
        yx_html_put(html, "&gt;");
        break;
    case '"':
        yx_html_put(html, "&quot;");
        break;
    case '\'':
        yx_html_put(html, "&#39;");
        break;
    default:
        append(html, is_hidden(c) ? YX_TEXT("?") : bytes);
    }
}

void yx_html_text(struct yx_html *html, const char *text)
{
    struct yx_bytes rest = YX_TEXT(text == NULL ? "" : text);

    while (rest.len > 0) {
        uint32_t c = 0;
        size_t len = yx_utf8_next(rest, &c);
        size_t step = len == 0 ? 1 : len;

        put_character(html, len == 0 ? 0 : c, YX_BYTES(rest.data, step));
        rest = YX_BYTES(rest.data + step, rest.len - step);
    }
}

void yx_html_message(struct yx_html *html, const struct yx_message *message)
{
    char words[1024];

    yx_message_render(message, html->translate, words, sizeof words);
    yx_html_text(html, words);
}
