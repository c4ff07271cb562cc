/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/json.c - any bytes as the JSON of a request, and its members by a table of every kind. */
#include <stdlib.h>

#include "http/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct item {
    const char *name;
    int64_t size;
};
struct order {
    const char *text, *lines, *id, *inner;
    int64_t number;
    bool is;
    yx_time at;
    int colour;
    json_t *items, *words, *any;
};

static const char *const colours[] = {"red", "green", NULL};
static const struct yx_json_member item[] = {
    {"a", YX_JSON_TEXT, true, 1, 5, YX_JSON_AT(struct item, name)},
    {"b", YX_JSON_INT, false, -9, 9, YX_JSON_AT(struct item, size)},
    YX_JSON_END,
};
static const struct yx_json_member inner[] = {
    {"a", YX_JSON_TEXT, true, 0, 0, YX_JSON_AT(struct order, inner)},
    YX_JSON_END,
};
static const struct yx_json_member members[] = {
    {"t", YX_JSON_TEXT, false, 0, 10, YX_JSON_AT(struct order, text)},
    {"l", YX_JSON_LINES, false, 0, 0, YX_JSON_AT(struct order, lines)},
    {"i", YX_JSON_ID, false, 0, 0, YX_JSON_AT(struct order, id)},
    {"n", YX_JSON_INT, false, 0, 0, YX_JSON_AT(struct order, number)},
    {"b", YX_JSON_BOOL, false, 0, 0, YX_JSON_AT(struct order, is)},
    {"w", YX_JSON_TIME, false, 0, 0, YX_JSON_AT(struct order, at)},
    {"c", YX_JSON_CHOICE, false, 0, 0, YX_JSON_AT(struct order, colour), colours},
    {"o", YX_JSON_OBJECT, false, 0, 0, 0, NULL, inner},
    {"x", YX_JSON_LIST, false, 0, 9, YX_JSON_AT(struct order, items), NULL, item},
    {"s", YX_JSON_LIST, false, 0, 0, YX_JSON_AT(struct order, words)},
    {"y", YX_JSON_ANY, false, 0, 0, YX_JSON_AT(struct order, any)},
    YX_JSON_END,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct order order = {0};
    struct yx_error err = {0};
    char sentence[1024];
    json_t *json = NULL;

    if (yx_json_read(YX_BYTES(data, size), &json, &err) != YX_OK) {
        if (json != NULL)
            abort();
        return 0;
    }
    if (yx_json_members(json, members, &order, &err) != YX_OK) {
        yx_message_render(&err.message, NULL, sentence, sizeof sentence);
        if (!yx_utf8_valid(YX_TEXT(sentence)))
            abort();
    } else if (order.text != NULL && !yx_utf8_valid(YX_TEXT(order.text))) {
        abort();
    }
    json_decref(json);
    return 0;
}
