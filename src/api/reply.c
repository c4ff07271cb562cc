/* SPDX-License-Identifier: Apache-2.0 */
/* api/reply.c - what goes back: JSON. */
#include <stdlib.h>

#include "api/room.h"

#define JSON_TYPE "application/json"

static int append(const char *text, size_t len, void *out)
{
    return yx_buf_append(out, YX_BYTES(text, len)) == YX_OK ? 0 : -1;
}

yx_status yx_api_write(const json_t *value, struct yx_buf *out, struct yx_error *err)
{
    return json_dump_callback(value, append, out, JSON_COMPACT) == 0 ? YX_OK : yx_fail_memory(err);
}

json_t *yx_api_time(yx_time time)
{
    char text[YX_TIME_TEXT];

    yx_time_format(time, text);
    return text[0] == '\0' ? json_null() : json_string(text);
}

yx_status yx_api_reply(struct yx_api_call *call, unsigned status, json_t *body,
                       struct yx_error *err)
{
    YX_CLEAN(json) json_t *owned = body;

    call->reply->status = status;
    if (status == 204)
        return YX_OK;
    if (owned == NULL)
        return yx_fail_memory(err);
    call->reply->content_type = JSON_TYPE;
    return yx_api_write(owned, &call->reply->body, err);
}

json_t *yx_api_words(const char *text, char separator)
{
    json_t *words = json_array();

    while (*text != '\0') {
        const char *end = strchrnul(text, separator);

        (void)json_array_append_new(words, json_stringn(text, (size_t)(end - text)));
        text = *end == '\0' ? end : end + 1;
    }
    return words;
}

yx_status yx_api_join(const json_t *texts, const char *between, struct yx_buf *out,
                      struct yx_error *err)
{
    yx_status status = YX_OK;

    for (size_t i = 0; status == YX_OK && i < json_array_size(texts); i++)
        status = yx_buf_printf(out, "%s%s", i == 0 ? "" : between,
                               json_string_value(json_array_get(texts, i)));
    if (status == YX_OK)
        status = yx_buf_append(out, YX_BYTES("", 1));
    return status == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* --- One object ---------------------------------------------------------------------------- */

yx_status yx_api_found_take(struct yx_api_found *found, json_t *json, struct yx_error *err)
{
    json_decref(found->json);
    found->json = json;
    return json == NULL ? yx_fail_memory(err) : YX_OK;
}

void yx_api_found_free(struct yx_api_found *found)
{
    json_decref(found->json);
    found->json = NULL;
}

yx_status yx_api_get(struct yx_api_call *call, yx_work work, struct yx_error *err)
{
    YX_CLEAN(yx_api_found) struct yx_api_found found = {.call = call};

    YX_TRY(yx_store_read(call->services->store, work, &found, err));
    return yx_api_reply(call, 200, json_incref(found.json), err);
}

/* --- Requests ------------------------------------------------------------------------------ */

yx_status yx_api_nothing(const struct yx_api_call *call, struct yx_error *err)
{
    static const struct yx_json_member none[] = {YX_JSON_END};

    return yx_json_members(call->body, none, NULL, err);
}
