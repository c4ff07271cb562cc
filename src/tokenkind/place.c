/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenkind/place.c - places of keys as text: taken apart and written, by the grammar of RFC
 * 7512 2.3 for all schemes alike. What the attributes mean is in the files of the kinds.
 */
#include "tokenkind/tokenkind.h"

#define RULE "RFC 7512 2.3"

/* --- The attributes of a kind ------------------------------------------------------------- */

static const struct yx_place_attribute *attribute_find(const struct yx_token_kind *kind,
                                                       struct yx_bytes name)
{
    for (const struct yx_place_attribute *row = kind->attributes; row->name != NULL; row++)
        if (yx_bytes_are(name, row->name))
            return row;
    return NULL;
}

static bool has(const struct yx_token_place *place, const char *name)
{
    struct yx_bytes value;

    return yx_token_place_bytes(place, name, &value);
}

/* --- Reading ------------------------------------------------------------------------------ */

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decodes one character at the start of `rest` and gives how many it took; 0: a bad '%'. */
static size_t decode_one(struct yx_bytes rest, char *out)
{
    int high, low;

    if (rest.data[0] != '%') {
        *out = (char)rest.data[0];
        return 1;
    }
    if (rest.len < 3)
        return 0;
    high = hex_digit(rest.data[1]);
    low = hex_digit(rest.data[2]);
    if (high < 0 || low < 0)
        return 0;
    *out = (char)(high * 16 + low);
    return 3;
}

/* Writes the decoded value to `*end`, with a NUL behind it; the text is never longer than that. */
static yx_status decode(struct yx_bytes text, const char *name, char **end, struct yx_bytes *out,
                        struct yx_error *err)
{
    char *start = *end;

    while (text.len > 0) {
        size_t used = decode_one(text, *end);

        YX_REQUIRE(
            used > 0, err, YX_USAGE, "RFC 3986 2.1",
            N_("a percent sign in the attribute {1} is not followed by two hexadecimal digits"),
            name);
        (*end)++;
        text = YX_BYTES(text.data + used, text.len - used);
    }
    *out = YX_BYTES(start, (size_t)(*end - start));
    *(*end)++ = '\0';
    return YX_OK;
}

/* The name of an attribute as it may stand in a sentence. */
struct shown {
    char text[40];
};
static struct shown show(struct yx_bytes name)
{
    struct shown shown;

    (void)snprintf(shown.text, sizeof shown.text, "%.*s",
                   (int)(name.len < sizeof shown.text - 1 ? name.len : sizeof shown.text - 1),
                   (const char *)name.data);
    return shown;
}

static yx_status check_name(const struct yx_token_place *place, struct yx_bytes name, bool query,
                            const struct yx_place_attribute **row, struct yx_error *err)
{
    YX_REQUIRE(!yx_bytes_are(name, "pin-value"), err, YX_REFUSED, "RFC 7512 6",
               N_("pin-value is refused: everybody could read the PIN there; give pin-source or "
                  "let it be asked for"));
    *row = attribute_find(place->kind, name);
    YX_REQUIRE(*row != NULL, err, YX_USAGE, RULE, N_("a place of {1} has no attribute {2}"),
               place->kind->scheme, show(name).text);
    YX_REQUIRE((*row)->query == query, err, YX_USAGE, RULE,
               query ? N_("the attribute {1} belongs before the '?'")
                     : N_("the attribute {1} belongs behind the '?'"),
               (*row)->name);
    YX_REQUIRE(!has(place, (*row)->name), err, YX_USAGE, RULE, N_("the attribute {1} stands twice"),
               (*row)->name);
    YX_REQUIRE(place->count < YX_PLACE_ATTRIBUTES, err, YX_USAGE, RULE,
               N_("the place has too many attributes"));
    return YX_OK;
}

/* name=value */
static yx_status take_attribute(struct yx_bytes text, bool query, char **end,
                                struct yx_token_place *place, struct yx_error *err)
{
    const uint8_t *equals = text.len > 0 ? memchr(text.data, '=', text.len) : NULL;
    struct yx_token_attribute *slot = &place->attributes[place->count];
    const struct yx_place_attribute *row;
    struct yx_bytes name;

    YX_REQUIRE(equals != NULL, err, YX_USAGE, RULE,
               N_("\"{1}\" is no attribute of a place: name=value is asked for"), show(text).text);
    name = YX_BYTES(text.data, (size_t)(equals - text.data));
    YX_TRY(check_name(place, name, query, &row, err));
    slot->name = row->name;
    YX_TRY(
        decode(YX_BYTES(equals + 1, text.len - name.len - 1), row->name, end, &slot->value, err));
    YX_REQUIRE(row->binary || yx_utf8_valid(slot->value), err, YX_USAGE, RULE,
               N_("the attribute {1} is not UTF-8"), row->name);
    place->count++;
    return YX_OK;
}

/* The attributes of path or query, with `separator` between them. */
static yx_status take_attributes(struct yx_bytes text, char separator, char **end,
                                 struct yx_token_place *place, struct yx_error *err)
{
    while (text.len > 0) {
        const uint8_t *stop = memchr(text.data, separator, text.len);
        size_t len = stop != NULL ? (size_t)(stop - text.data) : text.len;

        YX_TRY(take_attribute(YX_BYTES(text.data, len), separator == '&', end, place, err));
        YX_REQUIRE(stop == NULL || len + 1 < text.len, err, YX_USAGE, RULE,
                   N_("the place ends with a separator"));
        text = stop != NULL ? YX_BYTES(stop + 1, text.len - len - 1) : YX_BYTES(text.data, 0);
    }
    return YX_OK;
}

static yx_status check_characters(struct yx_bytes text, struct yx_error *err)
{
    YX_REQUIRE(text.len <= YX_PLACE_MAX, err, YX_USAGE, RULE,
               N_("a place is longer than {1} characters"), YX_NUM(YX_PLACE_MAX));
    for (size_t i = 0; i < text.len; i++)
        YX_REQUIRE(text.data[i] > 0x1F && text.data[i] != 0x7F, err, YX_USAGE, RULE,
                   N_("a place has no control characters"));
    return YX_OK;
}

yx_status yx_token_place_parse(const struct yx_token_kind *kind, const char *text,
                               struct yx_token_place *out, struct yx_error *err)
{
    struct yx_bytes rest = YX_TEXT(text);
    const uint8_t *query;
    char *end = out->values;
    size_t scheme, path;

    out->kind = kind;
    out->count = 0;
    YX_REQUIRE(kind != NULL, err, YX_USAGE, RULE, N_("{1} is not a place on a token"), text);
    YX_TRY(check_characters(rest, err));
    scheme = strlen(kind->scheme) + 1;
    rest = YX_BYTES(rest.data + scheme, rest.len - scheme);
    query = rest.len > 0 ? memchr(rest.data, '?', rest.len) : NULL;
    path = query != NULL ? (size_t)(query - rest.data) : rest.len;
    YX_TRY(take_attributes(YX_BYTES(rest.data, path), ';', &end, out, err));
    if (query == NULL)
        return YX_OK;
    return take_attributes(YX_BYTES(query + 1, rest.len - path - 1), '&', &end, out, err);
}

bool yx_token_place_bytes(const struct yx_token_place *place, const char *name,
                          struct yx_bytes *value)
{
    for (size_t i = 0; i < place->count; i++)
        if (strcmp(place->attributes[i].name, name) == 0) {
            *value = place->attributes[i].value;
            return true;
        }
    return false;
}

const char *yx_token_place_get(const struct yx_token_place *place, const char *name)
{
    struct yx_bytes value;

    return yx_token_place_bytes(place, name, &value) ? (const char *)value.data : NULL;
}

yx_status yx_token_place_number(const struct yx_token_place *place, const char *name, int64_t min,
                                int64_t max, int64_t *out, struct yx_error *err)
{
    const char *text = yx_token_place_get(place, name);
    int64_t value = 0;
    bool whole = text != NULL && text[0] != '\0' && strlen(text) <= 18;

    if (text == NULL)
        return YX_OK;
    for (const char *c = text; whole && *c != '\0'; c++) {
        whole = *c >= '0' && *c <= '9';
        value = value * 10 + (*c - '0');
    }
    YX_REQUIRE(whole && value >= min && value <= max, err, YX_USAGE, RULE,
               N_("the attribute {1} is a whole number from {2} to {3}, not {4}"), name,
               YX_NUM(min), YX_NUM(max), text);
    *out = value;
    return YX_OK;
}

yx_status yx_token_place_usage(const struct yx_token_place *place, bool *sign, struct yx_error *err)
{
    const char *usage = yx_token_place_get(place, "usage");

    *sign = usage == NULL || strcmp(usage, "sign") == 0;
    YX_REQUIRE(*sign || strcmp(usage, "encrypt") == 0, err, YX_USAGE, "",
               N_("the attribute usage is sign or encrypt, not {1}"), usage);
    return YX_OK;
}

/* --- Writing ------------------------------------------------------------------------------ */

yx_status yx_token_place_begin(struct yx_buf *out, const struct yx_token_kind *kind)
{
    return yx_buf_printf(out, "%s:", kind->scheme);
}

/* What stands for itself: unreserved of RFC 3986 2.3, and '/' in the query. */
static bool is_plain(uint8_t c, bool query)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    bool digit = c >= '0' && c <= '9';

    return letter || digit || (c == '/' && query) || (c != '\0' && strchr("-._~", (int)c) != NULL);
}

static const char *separator(const struct yx_buf *out, bool query)
{
    if (query)
        return memchr(out->data, '?', out->len) != NULL ? "&" : "?";
    return out->data[out->len - 1] == ':' ? "" : ";";
}

yx_status yx_token_place_put(struct yx_buf *out, const struct yx_token_kind *kind, const char *name,
                             struct yx_bytes value)
{
    const struct yx_place_attribute *row = attribute_find(kind, YX_TEXT(name));

    if (value.len == 0 || row == NULL)
        return YX_OK;
    YX_TRY(yx_buf_printf(out, "%s%s=", separator(out, row->query), name));
    for (size_t i = 0; i < value.len; i++)
        if (!row->binary && is_plain(value.data[i], row->query))
            YX_TRY(yx_buf_append(out, YX_BYTES(value.data + i, 1)));
        else
            YX_TRY(yx_buf_printf(out, "%%%02X", value.data[i]));
    return YX_OK;
}

yx_status yx_token_place_end(struct yx_buf *out, const struct yx_token_place *place)
{
    struct yx_bytes module;

    if (yx_token_place_bytes(place, "module-path", &module))
        YX_TRY(yx_token_place_put(out, place->kind, "module-path", module));
    return yx_buf_append(out, YX_BYTES("", 1));
}
