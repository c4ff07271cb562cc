/* SPDX-License-Identifier: Apache-2.0 */
/* api/room.h - what the files of api/ share. Only api/ includes it. */
#ifndef API_ROOM_H
#define API_ROOM_H

#include "api/api.h"

YX_DEFINE_CLEAN(json, json_t *, json_decref);

/* What a listener calls for every route; `self` is the api, the context of the route its row in the
 * table (enter.c). */
yx_status yx_api_enter(void *self, const struct yx_http_request *request,
                       struct yx_http_reply *reply, struct yx_error *err);

/* The same for bodies that are taken piece by piece. */
extern const struct yx_http_intake yx_api_taking;

struct yx_api {
    struct yx_api_services services;
    struct yx_http_route *routes;
    size_t count;
};

/* Appends compact JSON. */
yx_status yx_api_write(const json_t *value, struct yx_buf *out, struct yx_error *err);

/* The body is {}: of routes that need to be told nothing. */
yx_status yx_api_nothing(const struct yx_api_call *call, struct yx_error *err);
/* The pieces of a text between separators, as an array. */
json_t *yx_api_words(const char *text, char separator);
/* Of a change that made something: 201, where it is, and what the leaf is about. */
void yx_api_made(struct yx_api_outcome *outcome, const char *path, const char *kind,
                 const char *id);

/* --- What resources of parties share (party.c) --------------------------------------------------
 */

json_t *yx_api_party(const struct yx_party *party);
/* The history of the object that the path names first; `work` asks whether they may see it, and
 * calls yx_api_list_past with its `self`. */
struct yx_api_past {
    struct yx_api_call *call;
    struct yx_api_page *page;
};
yx_status yx_api_history(struct yx_api_call *call, yx_work work, struct yx_error *err);
yx_status yx_api_list_past(struct yx_api_past *past, struct yx_tx *tx, struct yx_error *err);
/* Forgets uploads whose time is over; `self` is the time. Their contents go by themselves. */
yx_status yx_api_sweep_uploads(void *self, struct yx_tx *tx, struct yx_error *err);

/* The cookie of a session. */
#define YX_API_COOKIE "__Host-yinxin"

/* Tables of resources. */
extern const struct yx_api_route yx_api_service[];
extern const struct yx_api_route yx_api_settings[];
extern const struct yx_api_route yx_api_metrics[];
extern const struct yx_api_route yx_api_uploads[];
extern const struct yx_api_route yx_api_authorities[];
extern const struct yx_api_route yx_api_audit[];
extern const struct yx_api_route yx_api_session[];
extern const struct yx_api_route yx_api_credentials[];
extern const struct yx_api_route yx_api_accounts[];
extern const struct yx_api_route yx_api_keys[];
extern const struct yx_api_route yx_api_recoveries[];
extern const struct yx_api_route yx_api_verifications[];
extern const struct yx_api_route yx_api_renderings[];
extern const struct yx_api_route yx_api_verify_page[];
extern const struct yx_api_route yx_api_style[];
extern const struct yx_api_route yx_api_root[];
extern const struct yx_api_route yx_api_start[];
extern const struct yx_api_route yx_api_parties[];
extern const struct yx_api_route yx_api_posts[];
extern const struct yx_api_route yx_api_roles[];
extern const struct yx_api_route yx_api_grants[];
extern const struct yx_api_route yx_api_policies[];
extern const struct yx_api_route yx_api_jobs[];
extern const struct yx_api_route yx_api_webhooks[];
extern const struct yx_api_route yx_api_messages[];

#endif
