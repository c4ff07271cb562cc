/* SPDX-License-Identifier: Apache-2.0 */
/* policy/room.h - what the files of policy/ share. Only policy/ includes it. */
#ifndef POLICY_ROOM_H
#define POLICY_ROOM_H

#include "policy/policy.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define RULE "rule sets"
#define OPEN INT64_MAX /* the end of what has none, in the tables */

/* What lies in the column `state`; whether it is in force follows from its dates. */
enum yx_policy_stage { YX_STAGE_DRAFT, YX_STAGE_PROPOSED, YX_STAGE_APPROVED };

/* A date in China as its first instant; false when it is none. */
bool yx_policy_date(struct yx_bytes text, yx_time *out);
/* The next piece of a text with `separator` between them; false at the end. `*rest` starts as the
 * whole text. An empty text has no pieces. */
bool yx_policy_next(const char **rest, char separator, struct yx_bytes *piece);
bool yx_policy_word_in(const char *words, char separator, struct yx_bytes word);

/* --- What approval.c needs of rule_set.c ----------------------------------------------------- */

struct yx_policy_standing {
    enum yx_policy_stage stage;
    yx_time from, until; /* from: YX_TIME_NONE: with the approval; until: OPEN */
    yx_time proposed_at;
    int64_t version;
    char scheme[YX_POLICY_SCHEME_MAX + 1], author[80];
};
/* YX_REFUSED when there is no such rule set. */
yx_status yx_policy_stand(struct yx_tx *tx, const char *id, struct yx_policy_standing *out,
                          struct yx_error *err);
yx_status yx_policy_take_integer(void *self, const struct yx_row *row, struct yx_error *err);

#endif
