/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/api.h - the door to api/: what every resource below /api/v1 shares. The resources themselves
 * are in apipeople/, apirecords/ and apidocuments/, the pages in site/: one file for each, with one
 * table of routes and their handlers; web/ mounts them.
 *
 * One way in (enter.c): who asks, by session or by the key of a system; the token against forged
 * requests of other sites; the permission of the route; the JSON of the body. One way out: a
 * handler either only reads, or changes something in yx_api_change (change.c), which is one
 * transaction with the work, its audit leaf and the reply that is kept for a repeated request.
 *
 *   static yx_status post_party(struct yx_api_call *call, struct yx_error *err)
 *   {
 *       struct new_party party = {0};
 *
 *       YX_TRY(yx_json_members(call->body, members, &party, err));
 *       return yx_api_change(call, make_party, &party, err);
 *   }
 *
 *   const struct yx_api_route yx_api_parties[] = {
 *       {"POST", "/api/v1/parties", "party.manage", "party.make", post_party},
 *       YX_API_ROUTES_END,
 *   };
 *
 * Threads: handlers run on the threads of the listener, several at a time.
 */
#ifndef API_API_H
#define API_API_H

#include <jansson.h>

#include "audit/audit.h"
#include "blob/blob.h"
#include "ca/ca.h"
#include "http/http.h"
#include "login/login.h"
#include "outbox/outbox.h"
#include "pagecache/pagecache.h"
#include "party/party.h"
#include "policy/policy.h"
#include "worker/worker.h"

YX_DEFINE_CLEAN(json, json_t *, json_decref);

/* --- What the service is made of ------------------------------------------------------------ */

/* What resources work with; all of it outlives the mounted routes. */
struct yx_api_services {
    struct yx_store *store;
    struct yx_login *login;
    const struct yx_party_vault *vault;
    const struct yx_outbox *outbox;
    /* With what requests are digested whose answers are kept; the same for all nodes. */
    struct yx_bytes answer_key;
    struct yx_ca *const *authorities;
    size_t authority_count;
    const struct yx_public_key *audit_key;  /* that signs checkpoints; NULL: nobody does */
    const struct yx_audit_party *witnesses; /* who may sign our checkpoints along */
    size_t witness_count;
    const struct yx_settings *settings;
    struct yx_blobs *blobs;
    yx_time started; /* when this process did */
    /* Appends what others count (listeners, the keeper), for /metrics; NULL: nothing. */
    yx_status (*count)(void *self, struct yx_buf *out, struct yx_error *err);
    void *counting;
    /* Documents */
    struct yx_worker_pool *pool;    /* NULL: nobody here reads documents */
    struct yx_worker_trust *trust;  /* whose signatures count; NULL: nobody's */
    struct yx_page_cache *pictures; /* of pages that were drawn; NULL: none are kept */
    const char *uploads;            /* a folder for long ones while they are looked at; NULL: they
                                       stay in memory */
    uint64_t upload_max;            /* bytes */
    unsigned document_seconds;      /* that a document may take; 0: the usual */
};

/* The cookie of a session. */
#define YX_API_COOKIE "__Host-yinxin"

/* --- A request ------------------------------------------------------------------------------ */

struct yx_api_call {
    const struct yx_api_services *services;
    const struct yx_api_route *route;
    const struct yx_http_request *http;
    struct yx_http_reply *reply;
    struct yx_login_who who; /* account "": nobody has said */
    json_t *body;            /* what came as JSON; NULL when nothing did */
    void *taker;             /* what the intake of the route gave; NULL without one */
    /* With an intake: the handler's digest of the body, which makes a request that comes again the
     * same one. */
    struct yx_bytes body_digest;
    yx_time now;
};

/* Who may use a route besides those with a permission. */
#define YX_API_PUBLIC NULL
#define YX_API_LOGGED_IN ""

typedef yx_status (*yx_api_handler)(struct yx_api_call *call, struct yx_error *err);
/* A body that is taken piece by piece, as in struct yx_http_intake, but behind the way in. The
 * handler compares the SM3 of what was taken with what a system has signed
 * (yx_login_body_matches). */
struct yx_api_intake {
    yx_status (*begin)(struct yx_api_call *call, void **taker, struct yx_error *err);
    yx_status (*take)(void *taker, struct yx_bytes piece, struct yx_error *err);
    void (*end)(void *taker);
};
/* docs/api/openapi.yaml describes each of them; tests/api/test_contract.py sees to that. */
struct yx_api_route {
    const char *method;
    const char *path;       /* "/api/v1/parties/{party}"; its ids are call->http->ids */
    const char *permission; /* a permission's name, or one of the two above */
    const char *action;     /* what the audit leaf calls it; NULL: it changes nothing */
    yx_api_handler handle;
    unsigned flags;                     /* YX_API_..., or 0 */
    size_t body_max;                    /* bytes; 0: 64 KiB, with an intake the upload_max of the
                                           services */
    const struct yx_api_intake *intake; /* takes a body of whatever type; NULL: it is JSON */
};
#define YX_API_ROUTES_END \
    {                     \
        NULL              \
    }
/* What is special about a route. */
enum {
    /* Also for sessions that must do something first: change a password, add codes. */
    YX_API_UNFINISHED = 1 << 0,
    /* For whoever showed a short while ago who they are. */
    YX_API_RECENT = 1 << 1,
    /* Nobody is asked who it is, so that a plain form will do: only for what binds nobody and
     * tells nothing about anybody, or brings its own proof. */
    YX_API_ANYBODY = 1 << 2,
    /* For people alone: a system is refused. */
    YX_API_PERSON = 1 << 3,
    /* What is asked holds a secret: nothing is kept of it, so that its Idempotency-Key is not
     * looked at. */
    YX_API_SECRET = 1 << 4,
    /* Also answered without TLS, where the service is set to: for what is public. */
    YX_API_PLAIN = 1 << 5,
    /* The body is a plain form, which the handler reads itself. */
    YX_API_FORM = 1 << 6,
    /* It is about what belongs to no party: for whoever has the permission everywhere. */
    YX_API_EVERYWHERE = 1 << 7,
};

/* May the asker do what the route is for to the object at hand? Inside the transaction that works
 * with it; YX_REFUSED otherwise. */
yx_status yx_api_require(const struct yx_api_call *call, struct yx_tx *tx,
                         const struct yx_party_scope *on, struct yx_error *err);
/* The same, for one party with what is below it; NULL: for everything. */
yx_status yx_api_require_party(const struct yx_api_call *call, struct yx_tx *tx, const char *party,
                               struct yx_error *err);
/* The same, for a permission everywhere that the route does not name. */
yx_status yx_api_require_also(const struct yx_api_call *call, struct yx_tx *tx,
                              const char *permission, struct yx_error *err);
/* "account:UUID", "key:UUID" or "anybody": how audit leaves name who asks. */
#define YX_API_ACTOR (YX_UUID_TEXT + 16)
void yx_api_actor(const struct yx_login_who *who, char out[YX_API_ACTOR]);

/* --- Replies (reply.c) ----------------------------------------------------------------------- */

/* Refusals that have an HTTP status of their own. */
#define YX_API_RULE_TOO_LARGE "upload_max" /* 413 */
#define YX_API_RULE_MANY "uploads"         /* 429 */

/* A refusal is shown with the HTTP status of its rule (the table in enter.c), else as 422: it was
 * understood, and a rule forbids it. */

/* A time as RFC 3339; null for YX_TIME_NONE. */
json_t *yx_api_time(yx_time time);
/* The pieces of a text between separators, as an array. */
json_t *yx_api_words(const char *text, char separator);
/* The body is {}: of routes that need to be told nothing. */
yx_status yx_api_nothing(const struct yx_api_call *call, struct yx_error *err);
/* Texts with what stands between two of them, ended by a NUL; NULL: none. */
yx_status yx_api_join(const json_t *texts, const char *between, struct yx_buf *out,
                      struct yx_error *err);
/* Takes `body`; NULL with 204. A `body` that could not be made is YX_NO_MEMORY. */
yx_status yx_api_reply(struct yx_api_call *call, unsigned status, json_t *body,
                       struct yx_error *err);

/* One object, as a transaction finds it. */
struct yx_api_found {
    const struct yx_api_call *call;
    json_t *json;
};
/* Takes `json` in the place of what was found before; NULL is YX_NO_MEMORY. */
yx_status yx_api_found_take(struct yx_api_found *found, json_t *json, struct yx_error *err);
void yx_api_found_free(struct yx_api_found *found);
YX_DEFINE_CLEAN_VALUE(yx_api_found, struct yx_api_found, yx_api_found_free);
/* Replies with what `work` finds, whose `self` is a struct yx_api_found. */
yx_status yx_api_get(struct yx_api_call *call, yx_work work, struct yx_error *err);

/* --- Changes (change.c) ---------------------------------------------------------------------- */

/* What a change was; `work` fills it in, anew whenever it runs. */
struct yx_api_outcome {
    unsigned status;          /* 200 unless set; 201 when something was made */
    json_t *body;             /* for the asker; owned by the outcome; NULL: nothing (204) */
    char location[160];       /* of what was made; "" */
    char object[160];         /* what the leaf is about: "party:0192..." */
    char party[YX_UUID_TEXT]; /* whose webhooks are told of it; "": nobody's */
    json_t *details;          /* of the leaf; owned by the outcome; NULL: none */
    json_t *once; /* more members for the asker, secrets, that are kept nowhere: a request that
                     comes again gets its answer without them; owned by the outcome; NULL */
};
/* What the leaf is about: "party" and its id. */
void yx_api_about(struct yx_api_outcome *outcome, const char *kind, const char *id);
/* The party that it concerns, whose webhooks are told; NULL or "": none. */
void yx_api_concerns(struct yx_api_outcome *outcome, const char *party);
/* What the leaf tells of it; takes `details`, of which NULL is YX_NO_MEMORY. */
yx_status yx_api_details(struct yx_api_outcome *outcome, json_t *details, struct yx_error *err);
/* Of a change that made something: 201, where it is, and what the leaf is about. */
void yx_api_made(struct yx_api_outcome *outcome, const char *path, const char *kind,
                 const char *id);
typedef yx_status (*yx_api_work)(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                                 struct yx_error *err);
/*
 * Does the work of a route that has an action, in one transaction with its audit leaf, and replies.
 * With an Idempotency-Key, a request that was answered before gets the same answer and nothing is
 * done; YX_REFUSED when the key came with another request.
 */
yx_status yx_api_change(struct yx_api_call *call, yx_api_work work, void *self,
                        struct yx_error *err);
/* Forgets answers that nobody will ask for again; a server calls it every now and then. */
yx_status yx_api_sweep(struct yx_store *store, yx_time now, struct yx_error *err);

/* --- Lists (page.c) --------------------------------------------------------------------------- */

#define YX_API_PAGE_MAX 200
#define YX_API_AFTER_MAX 160
/* Which part of a list is asked for: at most `limit` items behind `after`. */
struct yx_api_page {
    const struct yx_api_call *call;
    size_t limit;
    char after[YX_API_AFTER_MAX]; /* the key of the last one that was given; "": from the start */
    json_t *items;                /* what was found so far */
    char last[YX_API_AFTER_MAX];  /* the key of the last that was looked at */
    bool more;
};
/* Replies with a list: `list` adds the rows behind page->after to the page, at most
 * yx_api_page_rows of them. It may run again. */
typedef yx_status (*yx_api_list_work)(void *self, struct yx_tx *tx, struct yx_api_page *page,
                                      struct yx_error *err);
yx_status yx_api_list(struct yx_api_call *call, yx_api_list_work list, void *self,
                      struct yx_error *err);
/* In the table of the parameters of a list, which yx_api_list reads by itself; `at` is a text that
 * nobody looks at. */
#define YX_API_PAGE_MEMBERS(type, at)                             \
    {"limit", YX_JSON_TEXT, false, 0, 0, YX_JSON_AT(type, at)},   \
    {                                                             \
        "cursor", YX_JSON_TEXT, false, 0, 0, YX_JSON_AT(type, at) \
    }
/* The steps of it, for what is not read in a transaction. From ?limit= and ?cursor=. */
yx_status yx_api_page_read(const struct yx_api_call *call, struct yx_api_page *out,
                           struct yx_error *err);
/* The rows to ask the database for: one more than are shown tells whether there are more. */
int64_t yx_api_page_rows(const struct yx_api_page *page);
/* Call it first in the transaction, which may run again. */
yx_status yx_api_page_start(struct yx_api_page *page, struct yx_error *err);
/* One row; takes `item`. `key` is what `after` will be compared with. */
yx_status yx_api_page_add(struct yx_api_page *page, const char *key, json_t *item,
                          struct yx_error *err);
/* There are more behind `key`, whether it was added or not. */
void yx_api_page_more(struct yx_api_page *page, const char *key);
yx_status yx_api_page_reply(struct yx_api_call *call, struct yx_api_page *page,
                            struct yx_error *err);
void yx_api_page_free(struct yx_api_page *page);
YX_DEFINE_CLEAN_VALUE(yx_api_page, struct yx_api_page, yx_api_page_free);

/* --- Mounting (mount.c) -------------------------------------------------------------------- */

/* Makes the tables. */
yx_status yx_api_prepare(struct yx_store *store, struct yx_error *err);

struct yx_api;
/* `tables` ends with NULL and outlives the api, as do the services. */
yx_status yx_api_new(const struct yx_api_services *services,
                     const struct yx_api_route *const *tables, struct yx_api **out,
                     struct yx_error *err);
/* The routes, for a listener; they live as long as the api. */
const struct yx_http_route *yx_api_routes(const struct yx_api *api, size_t *count);
void yx_api_free(struct yx_api *api);
YX_DEFINE_CLEAN(yx_api, struct yx_api *, yx_api_free);

#endif
