/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/policy.h - the door to policy/: what regulations set, and set differently from each other.
 *
 * A setting has a key, a type and a usual value (setting.inc). A scheme is a name under which rule
 * sets follow each other: "wuhu", "bureau"; what the regulations themselves say are the presets
 * (preset.inc). A rule set gives values to some settings, for a period.
 *
 * What holds for a setting in a scheme at an instant is said by the first of these that says
 * anything:
 *
 *   1. the rule set of the scheme that was approved here and is in force then; where none is,
 *      the preset of the scheme, within its dates
 *   2. the same of the scheme YX_POLICY_HOUSE, which is for everybody here
 *   3. the usual value
 *
 * and it is told which one did, to be recorded with what is decided by it.
 *
 * A rule set is drafted, proposed, and in force only when others than its author have approved it,
 * as many as the setting policy.approvals says. It never begins before that. One that is approved
 * ends the one before it in its scheme. Nothing is changed once it is proposed, and nothing
 * deleted.
 *
 * Everything works in a transaction of the caller's, who writes the audit leaf into the same one.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "audit/audit.h"
#include "crypto/crypto.h"
#include "jobs/jobs.h"
#include "store/store.h"

/* Rules in err->rule, for callers who act on them. */
#define YX_POLICY_MISSING "no such object"       /* YX_REFUSED */
#define YX_POLICY_CHANGED "another version"      /* YX_REFUSED: somebody changed it meanwhile */
#define YX_POLICY_TWO_PEOPLE "maker and checker" /* YX_REFUSED */

/* Makes the tables. */
yx_status yx_policy_prepare(struct yx_store *store, struct yx_error *err);

/* --- Tables (table.c) ------------------------------------------------------------------------ */

enum yx_policy_type {
    YX_POLICY_INTEGER,     /* "10" */
    YX_POLICY_DURATION,    /* "2 months"; see below */
    YX_POLICY_BOOLEAN,     /* "yes", "no" */
    YX_POLICY_ENUMERATION, /* a word */
    YX_POLICY_LIST,        /* words with commas between, each once; the order may mean something */
    YX_POLICY_TEXT,        /* at most YX_POLICY_VALUE_MAX bytes */
    YX_POLICY_DATE,        /* "2013-03-01" */
    YX_POLICY_DAY,         /* of a year: "01-31" */
};
const char *yx_policy_type_name(enum yx_policy_type type);

#define YX_POLICY_VALUE_MAX 4000
struct yx_policy_setting {
    const char *key;
    enum yx_policy_type type;
    const char
        *words; /* with spaces: to choose from; for durations and dates, what stands for one */
    int64_t least, most; /* of integers */
    const char *usual;
    const char *zh, *en;
    const char *source; /* conflicts and requirements; "design": no regulation gives the value */
};
const struct yx_policy_setting *yx_policy_settings(size_t *count);
const struct yx_policy_setting *yx_policy_setting_find(const char *key); /* NULL: none */
/* YX_USAGE unless it is a value of the setting, in the one form that it has. */
yx_status yx_policy_check_value(const struct yx_policy_setting *setting, const char *value,
                                struct yx_error *err);

/* What a regulation says. */
struct yx_policy_preset {
    const char *scheme, *zh, *en;
    const char *from, *until; /* first and last day in China; "": the text has none */
    const char *basis;        /* laws, with spaces between */
};
struct yx_policy_preset_value {
    const char *scheme, *key, *value, *article;
};
const struct yx_policy_preset *yx_policy_presets(size_t *count);
const struct yx_policy_preset *yx_policy_preset_find(const char *scheme); /* NULL: none */
const struct yx_policy_preset_value *yx_policy_preset_values(size_t *count);
/* Is it within its dates? */
bool yx_policy_preset_holds(const struct yx_policy_preset *preset, yx_time at);

/* Laws, rules and standards that schemes rest on, by version. */
struct yx_policy_law {
    const char *id, *name, *version;
};
const struct yx_policy_law *yx_policy_laws(size_t *count);

/* --- What holds (lookup.c) ------------------------------------------------------------------- */

#define YX_POLICY_HOUSE "house"
#define YX_POLICY_SCHEME_MAX 64

/* Which rule set said it: a UUID, "preset:wuhu", or "usual". */
#define YX_POLICY_RULE_SET (YX_POLICY_SCHEME_MAX + 8)
struct yx_policy_answer {
    const struct yx_policy_setting *setting;
    char rule_set[YX_POLICY_RULE_SET];
    char value[YX_POLICY_VALUE_MAX + 1];
};
/* `scheme` "" or of a name that nobody has used: the house's. YX_INTERNAL for a key that is none.
 */
yx_status yx_policy_find(struct yx_tx *tx, const char *scheme, const char *key, yx_time at,
                         struct yx_policy_answer *out, struct yx_error *err);

/* The same with its value read. `rule_set` may be NULL. YX_INTERNAL for another type. */
yx_status yx_policy_integer(struct yx_tx *tx, const char *scheme, const char *key, yx_time at,
                            int64_t *value, char rule_set[YX_POLICY_RULE_SET],
                            struct yx_error *err);
yx_status yx_policy_boolean(struct yx_tx *tx, const char *scheme, const char *key, yx_time at,
                            bool *value, char rule_set[YX_POLICY_RULE_SET], struct yx_error *err);
/* Is the word one of the list, or the one of the enumeration? */
bool yx_policy_has(const struct yx_policy_answer *answer, const char *word);

/* --- Durations (duration.c) ------------------------------------------------------------------ */

enum yx_policy_unit {
    YX_POLICY_WORD, /* no length, but a word of the setting: "permanent", "never" */
    YX_POLICY_HOURS,
    YX_POLICY_DAYS,
    YX_POLICY_WORKING_DAYS,
    YX_POLICY_MONTHS,
    YX_POLICY_YEARS,
};
struct yx_policy_duration {
    int64_t count; /* 1 to 9999 */
    enum yx_policy_unit unit;
};
/* YX_USAGE unless it is "COUNT hours", "days", "working-days", "months" or "years". */
yx_status yx_policy_duration_read(const char *value, struct yx_policy_duration *out,
                                  struct yx_error *err);
yx_status yx_policy_duration(struct yx_tx *tx, const char *scheme, const char *key, yx_time at,
                             struct yx_policy_duration *value, char rule_set[YX_POLICY_RULE_SET],
                             struct yx_error *err);
/*
 * The instant so long behind another one, or before it. Months and years are those of the calendar
 * in China; a month that has no such day ends it on its last. Of working days the last one ends
 * with the day; they are not counted backwards.
 */
yx_status yx_policy_after(yx_time start, const struct yx_policy_duration *duration,
                          const struct yx_calendar *calendar, yx_time *out, struct yx_error *err);
yx_status yx_policy_before(yx_time end, const struct yx_policy_duration *duration, yx_time *out,
                           struct yx_error *err);

/* --- Rule sets (rule_set.c, approval.c) ------------------------------------------------------ */

enum yx_policy_state {
    YX_POLICY_DRAFT,
    YX_POLICY_PROPOSED,
    YX_POLICY_APPROVED, /* and not begun yet */
    YX_POLICY_IN_FORCE,
    YX_POLICY_ENDED,
};
const char *yx_policy_state_name(enum yx_policy_state state); /* "in-force" */

struct yx_policy_value {
    const char *key, *value;
    const char *article; /* of the source; "": none */
};
#define YX_POLICY_VALUES_MAX 256

struct yx_policy_rule_set {
    char id[YX_UUID_TEXT];
    const char *scheme, *name_zh, *name_en;
    const char *source; /* the text that it comes from; "" */
    enum yx_policy_state state;
    yx_time from, until; /* YX_TIME_NONE: with the approval; without end */
    const char *author;
    yx_time made_at, proposed_at, approved_at; /* YX_TIME_NONE: not */
    const char *replaced_by;                   /* NULL: nothing */
    int64_t version;
};
struct yx_policy_entry {
    const char *scheme; /* when drafted */
    const char *name_zh, *name_en, *source;
    yx_time from, until;
    const struct yx_policy_value *values;
    size_t count;
};
yx_status yx_policy_draft(struct yx_tx *tx, const struct yx_policy_entry *entry, const char *by,
                          yx_time now, char id[YX_UUID_TEXT], struct yx_error *err);
/* All of it anew; by its author alone. `version` 0: whatever it is. */
yx_status yx_policy_redraft(struct yx_tx *tx, const char *id, int64_t version,
                            const struct yx_policy_entry *entry, const char *by,
                            struct yx_error *err);
/* By its author alone. */
yx_status yx_policy_propose(struct yx_tx *tx, const char *id, const char *by, yx_time now,
                            struct yx_error *err);
/* It is a draft again, and what was said about it counts no more. */
yx_status yx_policy_withdraw(struct yx_tx *tx, const char *id, const char *by,
                             struct yx_error *err);

struct yx_policy_opinion {
    const char *by;
    const char *department; /* for which they speak; "" */
    const char *text;       /* "" */
    bool approves;
    yx_time at;
};
/* *state is what it is after that: a refusal makes it a draft again. */
yx_status yx_policy_decide(struct yx_tx *tx, const char *id,
                           const struct yx_policy_opinion *opinion, enum yx_policy_state *state,
                           struct yx_error *err);

typedef yx_status (*yx_policy_take)(void *self, const struct yx_policy_rule_set *set,
                                    struct yx_error *err);
/* One, or those of a scheme, or all, behind `after` in the order of ids; NULL: any. */
struct yx_policy_filter {
    const char *id, *scheme, *after;
    int64_t limit;
};
yx_status yx_policy_list(struct yx_tx *tx, const struct yx_policy_filter *filter, yx_time now,
                         yx_policy_take take, void *self, struct yx_error *err);
typedef yx_status (*yx_policy_take_value)(void *self, const struct yx_policy_value *value,
                                          struct yx_error *err);
yx_status yx_policy_values(struct yx_tx *tx, const char *id, yx_policy_take_value take, void *self,
                           struct yx_error *err);
typedef yx_status (*yx_policy_take_opinion)(void *self, const struct yx_policy_opinion *opinion,
                                            struct yx_error *err);
/* All that was ever said about it, oldest first. */
yx_status yx_policy_opinions(struct yx_tx *tx, const char *id, yx_policy_take_opinion take,
                             void *self, struct yx_error *err);

#endif
