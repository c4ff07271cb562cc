/* SPDX-License-Identifier: Apache-2.0 */
/* http/query.c - paths, queries and cookies: text of strangers, decoded strictly and in one way. */
#include "http/http.h"

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes %XX in place. false: an escape is none, or what comes out is no text. `slash` may be
 * NULL; it gets where the first '/' out of an escape is. */
static bool decode(char *text, size_t *slash)
{
    size_t len = 0;

    for (const char *at = text; *at != '\0'; at++) {
        int high, low;

        text[len++] = *at;
        if (*at != '%')
            continue;
        high = digit_of(at[1]);
        low = high < 0 ? -1 : digit_of(at[2]);
        if (low < 0)
            return false;
        text[len - 1] = (char)(high << 4 | low);
        if (slash != NULL && text[len - 1] == '/' && *slash > len - 1)
            *slash = len - 1;
        at += 2;
    }
    text[len] = '\0';
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
            return false;
    return yx_utf8_valid(YX_BYTES(text, len));
}

bool yx_path_decode(char *path, size_t *slash)
{
    *slash = SIZE_MAX;
    return decode(path, slash);
}

static bool add_pair(char *pair, struct yx_query *out)
{
    char *value = strchr(pair, '=');

    for (char *at = pair; *at != '\0'; at++)
        if (*at == '+')
            *at = ' ';
    if (value != NULL)
        *value++ = '\0';
    if (out->count == YX_QUERY_MAX || !decode(pair, NULL) ||
        (value != NULL && !decode(value, NULL)) || pair[0] == '\0' ||
        yx_query_value(out, pair) != NULL)
        return false;
    out->pairs[out->count].name = pair;
    out->pairs[out->count].value = value == NULL ? "" : value;
    out->count++;
    return true;
}

bool yx_query_read(char *text, struct yx_query *out)
{
    char *state = NULL;

    out->count = 0;
    for (char *pair = strtok_r(text, "&", &state); pair != NULL; pair = strtok_r(NULL, "&", &state))
        if (!add_pair(pair, out))
            return false;
    return true;
}

const char *yx_query_value(const struct yx_query *query, const char *name)
{
    for (size_t i = 0; i < query->count; i++)
        if (strcmp(query->pairs[i].name, name) == 0)
            return query->pairs[i].value;
    return NULL;
}

/* RFC 6265 4.2.1: name=value, with "; " between them. A value may stand in quotes. */
struct yx_bytes yx_cookie_find(const char *header, const char *name)
{
    size_t len = strlen(name);
    struct yx_bytes found = YX_BYTES(NULL, 0);

    for (const char *at = header; *at != '\0';) {
        size_t size;

        at += strspn(at, "; \t");
        size = strcspn(at, ";");
        if (size > len && strncmp(at, name, len) == 0 && at[len] == '=') {
            if (found.data != NULL)
                return YX_BYTES(NULL, 0); /* whose is it? */
            found = YX_BYTES(at + len + 1, size - len - 1);
        }
        at += size;
    }
    while (found.len > 0 && (found.data[found.len - 1] == ' ' || found.data[found.len - 1] == '\t'))
        found.len--;
    if (found.len >= 2 && found.data[0] == '"' && found.data[found.len - 1] == '"')
        found = YX_BYTES(found.data + 1, found.len - 2);
    return found;
}
