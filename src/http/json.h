/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/json.h - the part of the door http/http.h about JSON from strangers: read strictly, and its
 * members taken into a struct by a table, so that what a request may say can be read as a list.
 *
 *   struct order { const char *name; int64_t copies; json_t *units; };
 *   static const struct yx_json_member members[] = {
 *       {"name", YX_JSON_TEXT, true, 1, 100, YX_JSON_AT(struct order, name)},
 *       {"copies", YX_JSON_INT, false, 1, 99, YX_JSON_AT(struct order, copies)},
 *       {"units", YX_JSON_LIST, true, 1, 20, YX_JSON_AT(struct order, units), .items = unit},
 *       YX_JSON_END,
 *   };
 *   struct order order = {.copies = 1};
 *   YX_TRY(yx_json_members(body, members, &order, err));
 */
#ifndef HTTP_JSON_H
#define HTTP_JSON_H

#include <jansson.h>

#include "base/base.h"

/* The rule of a refusal whose first argument is the JSON pointer of what is wrong, "/units/3/name",
 * or a parameter of the query, "?limit". Problem documents show it in `errors`. */
#define YX_JSON_RULE "RFC 6901"

/*
 * JSON in UTF-8, of which there are not two readings (no name twice in an object, no NUL in a
 * text), at most 16 levels deep and of at most 20000 values. YX_DAMAGED otherwise. *out is the
 * caller's, for json_decref.
 */
yx_status yx_json_read(struct yx_bytes text, json_t **out, struct yx_error *err);

typedef enum {
    YX_JSON_TEXT,   /* const char *: one line; `least` to `most` characters */
    YX_JSON_LINES,  /* const char *: a text of several lines */
    YX_JSON_ID,     /* const char *: a UUID in lower case */
    YX_JSON_INT,    /* int64_t: from `least` to `most` */
    YX_JSON_BOOL,   /* bool */
    YX_JSON_TIME,   /* yx_time: RFC 3339 with its zone, or a date (midnight UTC) */
    YX_JSON_CHOICE, /* int: the index among `choices` */
    YX_JSON_OBJECT, /* `items` are its members, and take it into the same struct; at: unused */
    YX_JSON_LIST,   /* json_t *: `least` to `most` items, each as `items` says; they are read in a
                       loop by yx_json_members, or as texts when `items` is NULL */
    YX_JSON_ANY,    /* json_t *: whatever it is */
} yx_json_kind;

struct yx_json_member {
    const char *name;
    yx_json_kind kind;
    bool required;
    int64_t least, most; /* both 0: no limits for numbers; texts 1 to 1000, lists 0 to 1000 */
    size_t at;           /* where in the struct: YX_JSON_AT */
    const char *const *choices;         /* ended by NULL */
    const struct yx_json_member *items; /* ended by YX_JSON_END */
};
#define YX_JSON_AT(type, member) offsetof(type, member)
#define YX_JSON_END \
    {               \
        NULL        \
    }

/*
 * Takes the members of an object. What is absent leaves the struct as it was: fill in the usual
 * values before, and NULL for texts. Texts and lists belong to `object`. YX_USAGE with YX_JSON_RULE
 * for the first that is wrong, missing or not in the table; null is nothing of these kinds.
 */
yx_status yx_json_members(const json_t *object, const struct yx_json_member *members, void *out,
                          struct yx_error *err);
struct yx_http_request;
/* The same for the parameters of a query: of kinds TEXT, ID, INT, BOOL ("true", "false"), TIME and
 * CHOICE. */
yx_status yx_http_query_members(const struct yx_http_request *request,
                                const struct yx_json_member *members, void *out,
                                struct yx_error *err);

#endif
