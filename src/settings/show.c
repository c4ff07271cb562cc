/* SPDX-License-Identifier: Apache-2.0 */
/* settings/show.c - the texts of settings as a file would say them, for people and for programs. */
#include "settings/room.h"

#define HIDDEN "***"

/* What libConfuse gives another meaning inside of quotes: a '$' would be a variable. */
static yx_status put_quoted(struct yx_buf *out, struct yx_bytes text)
{
    YX_TRY(yx_buf_append_text(out, "\""));
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];

        if (c < 0x20 || c == '$' || c == '"' || c == '\\')
            YX_TRY(yx_buf_printf(out, "\\x%02x", c));
        else
            YX_TRY(yx_buf_append(out, YX_BYTES(&text.data[i], 1)));
    }
    return yx_buf_append_text(out, "\"");
}

/* "postgresql://user:secret@host/name?password=secret" without the secrets. */
static yx_status put_text(struct yx_buf *out, const char *text)
{
    YX_CLEAN(yx_buf) struct yx_buf shown = {0};
    const char *host = strstr(text, "://");
    const char *at = host == NULL ? NULL : strrchr(host, '@');
    const char *colon = at == NULL ? NULL : memchr(host + 3, ':', (size_t)(at - host - 3));
    const char *query = host == NULL ? NULL : strchr(host, '?');
    const char *rest = colon == NULL ? text : at;
    bool is_hidden = query != NULL && strstr(query, "password") != NULL;

    if (colon != NULL) {
        YX_TRY(yx_buf_append(&shown, YX_BYTES(text, (size_t)(colon + 1 - text))));
        YX_TRY(yx_buf_append_text(&shown, HIDDEN));
    }
    if (is_hidden && query >= rest) {
        YX_TRY(yx_buf_append(&shown, YX_BYTES(rest, (size_t)(query + 1 - rest))));
        rest = HIDDEN;
    }
    YX_TRY(yx_buf_append_text(&shown, rest));
    return put_quoted(out, yx_buf_bytes(&shown));
}

yx_status yx_setting_put(struct yx_buf *out, const struct yx_setting_row *row,
                         const char *const *texts, size_t count)
{
    bool is_list = yx_setting_is_list(row->kind);
    bool is_bare = row->kind >= YX_SETTING_NUMBER && row->kind <= YX_SETTING_FLAG;

    if (is_list)
        YX_TRY(yx_buf_append_text(out, "{"));
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            YX_TRY(yx_buf_append_text(out, ", "));
        YX_TRY(is_bare ? yx_buf_append_text(out, texts[i]) : put_text(out, texts[i]));
    }
    return is_list ? yx_buf_append_text(out, "}") : YX_OK;
}
