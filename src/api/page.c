/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/page.c - lists in parts. A cursor is the key of the last item that was given, bound to the
 * list by a digest of its path, in hex: it says where to go on, and gives no rights.
 */
#include "api/room.h"

#define BINDING 8
#define RULE_LIMIT "limit, 1 to 200"
#define RULE_CURSOR "cursor, as the last page gave it"
#define LIMIT_USUAL 50

/* Of which list a cursor is. */
static yx_status bind(const struct yx_api_call *call, uint8_t out[32], struct yx_error *err)
{
    return yx_digest(YX_DIGEST_SM3, YX_TEXT(call->http->path), out, err);
}

static yx_status read_limit(const struct yx_api_call *call, size_t *out, struct yx_error *err)
{
    const char *text = yx_http_query(call->http, "limit");
    size_t limit = 0;

    *out = LIMIT_USUAL;
    if (text == NULL)
        return YX_OK;
    for (const char *at = text; *at != '\0'; at++) {
        YX_REQUIRE(*at >= '0' && *at <= '9' && limit <= YX_API_PAGE_MAX, err, YX_USAGE, RULE_LIMIT,
                   N_("{1} is no limit of a list"), text);
        limit = limit * 10 + (size_t)(*at - '0');
    }
    YX_REQUIRE(limit >= 1 && limit <= YX_API_PAGE_MAX, err, YX_USAGE, RULE_LIMIT,
               N_("{1} is no limit of a list"), text);
    *out = limit;
    return YX_OK;
}

static yx_status read_cursor(const struct yx_api_call *call, char after[YX_API_AFTER_MAX],
                             struct yx_error *err)
{
    const char *text = yx_http_query(call->http, "cursor");
    YX_CLEAN(yx_buf) struct yx_buf cursor = {0};
    uint8_t binding[32];
    size_t len;

    if (text == NULL)
        return YX_OK;
    YX_TRY(bind(call, binding, err));
    YX_REQUIRE(yx_hex_decode(YX_TEXT(text), &cursor, NULL) == YX_OK && cursor.len > BINDING &&
                   cursor.len - BINDING < YX_API_AFTER_MAX &&
                   memcmp(cursor.data, binding, BINDING) == 0,
               err, YX_USAGE, RULE_CURSOR, N_("this cursor is not of this list"));
    len = cursor.len - BINDING;
    memcpy(after, cursor.data + BINDING, len);
    after[len] = '\0';
    YX_REQUIRE(strlen(after) == len && yx_utf8_valid(YX_BYTES(after, len)), err, YX_USAGE,
               RULE_CURSOR, N_("this cursor is not of this list"));
    return YX_OK;
}

yx_status yx_api_page_read(const struct yx_api_call *call, struct yx_api_page *out,
                           struct yx_error *err)
{
    out->call = call;
    YX_TRY(read_limit(call, &out->limit, err));
    return read_cursor(call, out->after, err);
}

int64_t yx_api_page_rows(const struct yx_api_page *page)
{
    return (int64_t)page->limit + 1;
}

yx_status yx_api_page_start(struct yx_api_page *page, struct yx_error *err)
{
    json_decref(page->items);
    page->items = json_array();
    page->last[0] = '\0';
    page->more = false;
    return page->items == NULL ? yx_fail_memory(err) : YX_OK;
}

yx_status yx_api_page_add(struct yx_api_page *page, const char *key, json_t *item,
                          struct yx_error *err)
{
    if (json_array_size(page->items) == page->limit) {
        json_decref(item);
        page->more = true;
        return YX_OK;
    }
    (void)snprintf(page->last, sizeof page->last, "%s", key);
    return item != NULL && json_array_append_new(page->items, item) == 0 ? YX_OK
                                                                         : yx_fail_memory(err);
}

void yx_api_page_more(struct yx_api_page *page, const char *key)
{
    (void)snprintf(page->last, sizeof page->last, "%s", key);
    page->more = true;
}

#define CURSOR_TEXT (2 * (BINDING + YX_API_AFTER_MAX) + 1)
static yx_status write_cursor(const struct yx_api_call *call, const char *after,
                              char out[CURSOR_TEXT], struct yx_error *err)
{
    uint8_t cursor[BINDING + YX_API_AFTER_MAX];
    uint8_t binding[32];
    size_t len = strlen(after);

    YX_TRY(bind(call, binding, err));
    memcpy(cursor, binding, BINDING);
    for (size_t i = 0; i < len; i++)
        cursor[BINDING + i] = (uint8_t)after[i];
    yx_hex(YX_BYTES(cursor, BINDING + len), out);
    return YX_OK;
}

yx_status yx_api_page_reply(struct yx_api_call *call, struct yx_api_page *page,
                            struct yx_error *err)
{
    char next[CURSOR_TEXT];
    YX_CLEAN(json) json_t *body = json_pack("{s:O}", "items", page->items);

    if (body == NULL)
        return yx_fail_memory(err);
    if (page->more) {
        YX_TRY(write_cursor(call, page->last, next, err));
        if (json_object_set_new(body, "next", json_string(next)) != 0)
            return yx_fail_memory(err);
    }
    return yx_api_reply(call, 200, json_incref(body), err);
}

struct listing {
    struct yx_api_page page;
    yx_api_list_work list;
    void *self;
};

static yx_status list_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct listing *listing = self;

    YX_TRY(yx_api_page_start(&listing->page, err));
    return listing->list(listing->self, tx, &listing->page, err);
}

yx_status yx_api_list(struct yx_api_call *call, yx_api_list_work list, void *self,
                      struct yx_error *err)
{
    struct listing listing = {.list = list, .self = self};
    yx_status status = yx_api_page_read(call, &listing.page, err);

    if (status == YX_OK)
        status = yx_store_read(call->services->store, list_work, &listing, err);
    if (status == YX_OK)
        status = yx_api_page_reply(call, &listing.page, err);
    yx_api_page_free(&listing.page);
    return status;
}

void yx_api_page_free(struct yx_api_page *page)
{
    json_decref(page->items);
    page->items = NULL;
}
