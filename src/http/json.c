/* SPDX-License-Identifier: Apache-2.0 */
/* http/json.c - JSON from strangers: read strictly, and its members taken by a table. */
#include <stdlib.h>

#include "crypto/crypto.h"
#include "http/http.h"

#define DEPTH_MAX 16
#define VALUES_MAX 20000
#define TEXT_MOST 1000
#define LIST_MOST 1000
#define POINTER_MAX 200

/* --- Texts ---------------------------------------------------------------------------------- */

/* Before anything is built: how deep, and how many values. What is no JSON is refused later. */
static bool is_within_limits(struct yx_bytes text)
{
    size_t depth = 0, values = 1;
    bool quoted = false;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];

        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{'))
            depth++;
        else if (!quoted && depth > 0 && (c == ']' || c == '}'))
            depth--;
        values += !quoted && (c == ',' || c == '[' || c == '{');
        if (depth > DEPTH_MAX || values > VALUES_MAX)
            return false;
    }
    return true;
}

yx_status yx_json_read(struct yx_bytes text, json_t **out, struct yx_error *err)
{
    json_error_t where;

    YX_REQUIRE(is_within_limits(text), err, YX_DAMAGED, "RFC 8259 9",
               N_("the JSON is too deep or holds too much"));
    *out = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &where);
    if (*out == NULL && json_error_code(&where) == json_error_out_of_memory)
        return yx_fail_memory(err);
    YX_REQUIRE(*out != NULL, err, YX_DAMAGED, "RFC 8259",
               N_("this is no JSON, at line {1}, column {2}"), YX_NUM(where.line),
               YX_NUM(where.column));
    return YX_OK;
}

/* --- Where a value stands ------------------------------------------------------------------- */

/* From a value up to the whole. */
struct place {
    const struct place *outer; /* NULL: the whole */
    const char *name;          /* NULL: item `index` of a list */
    size_t index;
    bool query;
};

static size_t append_escaped(char *out, size_t len, const char *name)
{
    for (; *name != '\0' && len + 3 < POINTER_MAX; name++) {
        if (*name == '~' || *name == '/') {
            out[len++] = '~';
            out[len++] = *name == '~' ? '0' : '1';
        } else {
            out[len++] = *name;
        }
    }
    out[len] = '\0';
    return len;
}

static size_t write_pointer(const struct place *place, char *out)
{
    size_t len = 0;

    out[0] = '\0';
    if (place->outer != NULL)
        len = write_pointer(place->outer, out);
    if (len + 24 > POINTER_MAX || (place->name == NULL && place->outer == NULL))
        return len;
    out[len++] = place->query ? '?' : '/';
    if (place->name != NULL)
        return append_escaped(out, len, place->name);
    return len + (size_t)snprintf(out + len, POINTER_MAX - len, "%zu", place->index);
}

/* --- One value ------------------------------------------------------------------------------ */

/* A value, what the table says of it, and where it goes. */
struct value {
    const struct yx_json_member *member;
    const json_t *json;
    const struct place *place;
    char *out; /* the struct */
};
/* An array of the pointer, which lives until the end of the statement. */
struct pointer_text {
    char text[POINTER_MAX];
};

static struct pointer_text pointer_of(const struct value *value)
{
    struct pointer_text pointer;

    (void)write_pointer(value->place, pointer.text);
    return pointer;
}
#define AT(value) (pointer_of(value).text)
#define REQUIRE(condition, ...) YX_REQUIRE(condition, err, YX_USAGE, YX_JSON_RULE, __VA_ARGS__)

static void limits_of(const struct yx_json_member *member, int64_t least, int64_t most,
                      int64_t *from, int64_t *to)
{
    bool usual = member->least == 0 && member->most == 0;

    *from = usual ? least : member->least;
    *to = usual ? most : member->most;
}

/* One line, or several. */
static bool is_plain(const char *text, bool lines)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7F)
            if (!lines || (*text != '\n' && *text != '\t'))
                return false;
    return true;
}

static int64_t count_characters(const char *text)
{
    int64_t count = 0;

    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

static yx_status take_text(const struct value *value, struct yx_error *err)
{
    const char *text = json_string_value(value->json);
    int64_t from, to, count;

    REQUIRE(text != NULL, N_("{1} must be a text"), AT(value));
    limits_of(value->member, 1, TEXT_MOST, &from, &to);
    count = count_characters(text);
    REQUIRE(count >= from && count <= to, N_("{1} must have {2} to {3} characters"), AT(value),
            YX_NUM(from), YX_NUM(to));
    REQUIRE(is_plain(text, value->member->kind == YX_JSON_LINES),
            N_("{1} holds a character that may not stand there"), AT(value));
    *(const char **)(void *)(value->out + value->member->at) = text;
    return YX_OK;
}

static yx_status take_id(const struct value *value, struct yx_error *err)
{
    const char *text = json_string_value(value->json);

    REQUIRE(text != NULL && yx_uuid_valid(text), N_("{1} must be an identifier (UUID)"), AT(value));
    *(const char **)(void *)(value->out + value->member->at) = text;
    return YX_OK;
}

static yx_status take_number(const struct value *value, struct yx_error *err)
{
    int64_t from, to, number = json_integer_value(value->json);

    REQUIRE(json_is_integer(value->json), N_("{1} must be a whole number"), AT(value));
    limits_of(value->member, INT64_MIN, INT64_MAX, &from, &to);
    REQUIRE(number >= from && number <= to, N_("{1} must be from {2} to {3}"), AT(value),
            YX_NUM(from), YX_NUM(to));
    *(int64_t *)(void *)(value->out + value->member->at) = number;
    return YX_OK;
}

static yx_status take_bool(const struct value *value, struct yx_error *err)
{
    REQUIRE(json_is_boolean(value->json), N_("{1} must be true or false"), AT(value));
    *(bool *)(value->out + value->member->at) = json_is_true(value->json);
    return YX_OK;
}

static yx_status take_time(const struct value *value, struct yx_error *err)
{
    const char *text = json_string_value(value->json);
    yx_time time = 0;

    REQUIRE(text != NULL && yx_time_parse(text, &time, NULL) == YX_OK,
            N_("{1} must be an instant such as 2026-11-21T08:00:00Z"), AT(value));
    *(yx_time *)(void *)(value->out + value->member->at) = time;
    return YX_OK;
}

static yx_status take_choice(const struct value *value, struct yx_error *err)
{
    const char *text = json_string_value(value->json);
    char all[300] = "";

    for (int i = 0; value->member->choices[i] != NULL; i++) {
        size_t len = strlen(all);

        if (text != NULL && strcmp(text, value->member->choices[i]) == 0) {
            *(int *)(void *)(value->out + value->member->at) = i;
            return YX_OK;
        }
        (void)snprintf(all + len, sizeof all - len, "%s%s", i > 0 ? ", " : "",
                       value->member->choices[i]);
    }
    return yx_fail(err, YX_USAGE, YX_JSON_RULE, N_("{1} must be one of: {2}"), AT(value), all);
}

/* --- Values in values ----------------------------------------------------------------------- */

static yx_status take_members(const json_t *object, const struct yx_json_member *members,
                              const struct place *place, char *out, struct yx_error *err);

static yx_status take_object(const struct value *value, struct yx_error *err)
{
    return take_members(value->json, value->member->items, value->place, value->out, err);
}

/* The room that the items of a list are taken into only to be checked: as large as the table
 * reaches. */
static size_t size_of(const struct yx_json_member *members)
{
    size_t size = sizeof(int64_t);

    for (; members->name != NULL; members++) {
        size_t end = members->at + sizeof(int64_t);

        if (members->kind == YX_JSON_OBJECT)
            end = size_of(members->items);
        size = end > size ? end : size;
    }
    return size;
}

static yx_status check_items(const struct value *value, char *room, struct yx_error *err)
{
    static const struct yx_json_member text = {"", YX_JSON_TEXT};
    struct place place = {.outer = value->place};

    for (size_t i = 0; i < json_array_size(value->json); i++) {
        const json_t *item = json_array_get(value->json, i);
        const struct value one = {&text, item, &place, room};

        place.index = i;
        if (value->member->items == NULL)
            YX_TRY(take_text(&one, err));
        else
            YX_TRY(take_members(item, value->member->items, &place, room, err));
    }
    return YX_OK;
}

static yx_status take_list(const struct value *value, struct yx_error *err)
{
    const struct yx_json_member *items = value->member->items;
    int64_t from, to, count = (int64_t)json_array_size(value->json);
    char *room;
    yx_status status;

    REQUIRE(json_is_array(value->json), N_("{1} must be a list"), AT(value));
    limits_of(value->member, 0, LIST_MOST, &from, &to);
    REQUIRE(count >= from && count <= to, N_("{1} must have {2} to {3} items"), AT(value),
            YX_NUM(from), YX_NUM(to));
    room = calloc(1, items == NULL ? sizeof(int64_t) : size_of(items));
    if (room == NULL)
        return yx_fail_memory(err);
    status = check_items(value, room, err);
    free(room);
    YX_TRY(status);
    *(const json_t **)(void *)(value->out + value->member->at) = value->json;
    return YX_OK;
}

static yx_status take_any(const struct value *value, struct yx_error *err)
{
    (void)err;
    *(const json_t **)(void *)(value->out + value->member->at) = value->json;
    return YX_OK;
}

static yx_status take(const struct value *value, struct yx_error *err)
{
    /* In the order of yx_json_kind. */
    static yx_status (*const kinds[])(const struct value *, struct yx_error *) = {
        take_text, take_text,   take_id,     take_number, take_bool,
        take_time, take_choice, take_object, take_list,   take_any,
    };

    return kinds[value->member->kind](value, err);
}

/* --- Members -------------------------------------------------------------------------------- */

static const struct yx_json_member *find(const struct yx_json_member *members, const char *name)
{
    for (; members->name != NULL; members++)
        if (strcmp(members->name, name) == 0)
            return members;
    return NULL;
}

static yx_status take_members(const json_t *object, const struct yx_json_member *members,
                              const struct place *place, char *out, struct yx_error *err)
{
    struct place inner = {.outer = place};
    const struct value whole = {NULL, object, place, out};
    struct value value = {.place = &inner, .out = out};

    YX_REQUIRE(place->outer != NULL || json_is_object(object), err, YX_USAGE, "RFC 8259 4",
               N_("the body must be an object"));
    REQUIRE(json_is_object(object), N_("{1} must be an object"), AT(&whole));
    for (void *at = json_object_iter((json_t *)(uintptr_t)object); at != NULL;
         at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
        inner.name = json_object_iter_key(at);
        REQUIRE(find(members, inner.name) != NULL, N_("{1} is not known here"), AT(&value));
    }
    for (value.member = members; value.member->name != NULL; value.member++) {
        inner.name = value.member->name;
        value.json = json_object_get(object, inner.name);
        REQUIRE(value.json != NULL || !value.member->required, N_("{1} is missing"), AT(&value));
        if (value.json != NULL)
            YX_TRY(take(&value, err));
    }
    return YX_OK;
}

yx_status yx_json_members(const json_t *object, const struct yx_json_member *members, void *out,
                          struct yx_error *err)
{
    const struct place whole = {0};

    return take_members(object, members, &whole, out, err);
}

/* --- Queries -------------------------------------------------------------------------------- */

/* What a parameter would be in JSON. */
static json_t *read_parameter(const char *text, yx_json_kind kind)
{
    char *end;
    long long number;

    if (kind == YX_JSON_BOOL && strcmp(text, "true") == 0)
        return json_true();
    if (kind == YX_JSON_BOOL && strcmp(text, "false") == 0)
        return json_false();
    if (kind != YX_JSON_INT || strlen(text) > 18 || text[strspn(text, "-0123456789")] != '\0')
        return json_string(text);
    number = strtoll(text, &end, 10);
    return *end != '\0' || end == text ? json_string(text) : json_integer(number);
}

static yx_status take_parameter(const char *text, const struct yx_json_member *member, char *out,
                                struct yx_error *err)
{
    const struct place whole = {0};
    const struct place place = {.outer = &whole, .name = member->name, .query = true};
    json_t *json = read_parameter(text, member->kind);
    const struct value value = {member, json, &place, out};
    yx_status status;

    if (json == NULL)
        return yx_fail_memory(err);
    status = take(&value, err);
    json_decref(json);
    if (status == YX_OK && (member->kind == YX_JSON_TEXT || member->kind == YX_JSON_ID))
        *(const char **)(void *)(out + member->at) = text;
    return status;
}

yx_status yx_http_query_members(const struct yx_http_request *request,
                                const struct yx_json_member *members, void *out,
                                struct yx_error *err)
{
    const struct place whole = {0};
    struct place place = {.outer = &whole, .query = true};
    const struct value value = {.place = &place};

    for (size_t i = 0; i < yx_http_query_count(request); i++) {
        place.name = yx_http_query_name(request, i);
        REQUIRE(find(members, place.name) != NULL, N_("{1} is not known here"), AT(&value));
    }
    for (; members->name != NULL; members++) {
        const char *text = yx_http_query(request, members->name);

        place.name = members->name;
        REQUIRE(text != NULL || !members->required, N_("{1} is missing"), AT(&value));
        if (text != NULL)
            YX_TRY(take_parameter(text, members, out, err));
    }
    return YX_OK;
}
