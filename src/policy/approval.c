/* SPDX-License-Identifier: Apache-2.0 */
/* approval.c - rule sets proposed, approved by others than their author, and put into force. */
#include "policy/room.h"

#define OPINION_MAX 4000

/* --- Proposed -------------------------------------------------------------------------------- */

static yx_status set_stage(struct yx_tx *tx, const char *id, enum yx_policy_stage stage,
                           yx_time proposed_at, struct yx_error *err)
{
    const struct yx_value row[] = {yx_value_text(id), yx_value_integer(stage),
                                   yx_value_time(proposed_at)};

    return yx_tx_run(tx,
                     "UPDATE policy_set SET stage = $2, proposed_at = $3, version = version + 1"
                     " WHERE id = $1",
                     row, COUNT_OF(row), NULL, err);
}

static yx_status require_author(const struct yx_policy_standing *set, const char *by,
                                struct yx_error *err)
{
    YX_REQUIRE(by != NULL && strcmp(set->author, by) == 0, err, YX_REFUSED, RULE,
               N_("a rule set is proposed and withdrawn by its author alone"));
    return YX_OK;
}

yx_status yx_policy_propose(struct yx_tx *tx, const char *id, const char *by, yx_time now,
                            struct yx_error *err)
{
    struct yx_policy_standing set;

    YX_TRY(yx_policy_stand(tx, id, &set, err));
    YX_TRY(require_author(&set, by, err));
    YX_REQUIRE(set.stage == YX_STAGE_DRAFT, err, YX_REFUSED, RULE,
               N_("only a draft can be proposed"));
    return set_stage(tx, id, YX_STAGE_PROPOSED, now, err);
}

yx_status yx_policy_withdraw(struct yx_tx *tx, const char *id, const char *by, struct yx_error *err)
{
    struct yx_policy_standing set;

    YX_TRY(yx_policy_stand(tx, id, &set, err));
    YX_TRY(require_author(&set, by, err));
    YX_REQUIRE(set.stage == YX_STAGE_PROPOSED, err, YX_REFUSED, RULE,
               N_("only what is proposed can be decided about or withdrawn"));
    return set_stage(tx, id, YX_STAGE_DRAFT, YX_TIME_NONE, err);
}

/* --- Put into force -------------------------------------------------------------------------- */

/*
 * Within a scheme one follows the other: what began before ends where this one begins, and this one
 * ends where the next begins that is approved already.
 */
static yx_status make_room(struct yx_tx *tx, const char *id, const char *scheme, yx_time from,
                           yx_time *until, struct yx_error *err)
{
    const struct yx_value values[] = {yx_value_text(scheme), yx_value_integer(YX_STAGE_APPROVED),
                                      yx_value_integer(from), yx_value_text(id)};
    int64_t next = OPEN;

    YX_TRY(yx_tx_run(tx,
                     "UPDATE policy_set SET until_at = $3, replaced_by = $4 WHERE scheme = $1"
                     " AND stage = $2 AND from_at <= $3 AND until_at > $3",
                     values, COUNT_OF(values), NULL, err));
    YX_TRY(yx_tx_query(tx,
                       "SELECT from_at FROM policy_set WHERE scheme = $1 AND stage = $2"
                       " AND from_at > $3 AND until_at > from_at ORDER BY from_at LIMIT 1",
                       values, 3, yx_policy_take_integer, &next, err));
    if (next < *until)
        *until = next;
    return YX_OK;
}

static yx_status approve(struct yx_tx *tx, const char *id, const struct yx_policy_standing *set,
                         yx_time now, struct yx_error *err)
{
    yx_time from = set->from == YX_TIME_NONE ? now : set->from, until = set->until;

    YX_REQUIRE(from >= now && until > from, err, YX_REFUSED, "REC-10",
               N_("a rule set does not begin before it is approved, and this one was to begin at "
                  "{1}: refuse it, so that its author gives another day"),
               YX_WHEN(from));
    YX_TRY(make_room(tx, id, set->scheme, from, &until, err));
    const struct yx_value row[] = {yx_value_text(id), yx_value_integer(YX_STAGE_APPROVED),
                                   yx_value_integer(from), yx_value_integer(until),
                                   yx_value_time(now)};
    return yx_tx_run(tx,
                     "UPDATE policy_set SET stage = $2, from_at = $3, until_at = $4,"
                     " approved_at = $5, version = version + 1 WHERE id = $1",
                     row, COUNT_OF(row), NULL, err);
}

/* --- Opinions -------------------------------------------------------------------------------- */

static yx_status check_opinion(const struct yx_policy_opinion *opinion,
                               const struct yx_policy_standing *set, struct yx_error *err)
{
    YX_REQUIRE(opinion->by != NULL && opinion->by[0] != '\0', err, YX_USAGE, "",
               N_("who asks must be told: every change is recorded with its author"));
    YX_REQUIRE(set->stage == YX_STAGE_PROPOSED, err, YX_REFUSED, RULE,
               N_("only what is proposed can be decided about or withdrawn"));
    YX_REQUIRE(strcmp(opinion->by, set->author) != 0, err, YX_REFUSED, YX_POLICY_TWO_PEOPLE,
               N_("whoever made it does not check it: this needs another person"));
    YX_REQUIRE(strlen(opinion->department) <= OPINION_MAX && strlen(opinion->text) <= OPINION_MAX,
               err, YX_USAGE, RULE, N_("an opinion has at most {1} bytes"), YX_NUM(OPINION_MAX));
    YX_REQUIRE(opinion->approves || opinion->text[0] != '\0', err, YX_USAGE, RULE,
               N_("whoever refuses says why"));
    return YX_OK;
}

static yx_status put_opinion(struct yx_tx *tx, const char *id,
                             const struct yx_policy_opinion *opinion, yx_time round,
                             struct yx_error *err)
{
    const struct yx_value row[] = {
        yx_value_text(id),
        yx_value_text(opinion->by),
        yx_value_text(opinion->department),
        yx_value_text(opinion->text),
        yx_value_integer(opinion->approves),
        yx_value_time(opinion->at),
        yx_value_integer(round),
    };
    int64_t changed = 0;

    YX_TRY(yx_tx_run(tx,
                     "INSERT INTO policy_opinion (rule_set, made_by, department, opinion, approves,"
                     " at, round) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
                     row, COUNT_OF(row), &changed, err));
    YX_REQUIRE(changed == 1, err, YX_REFUSED, YX_POLICY_TWO_PEOPLE,
               N_("you have given your opinion about it already"));
    return YX_OK;
}

/* Have enough people approved? */
static yx_status is_enough(struct yx_tx *tx, const char *id, yx_time round, yx_time now, bool *out,
                           struct yx_error *err)
{
    const struct yx_value values[] = {yx_value_text(id), yx_value_integer(round)};
    int64_t count = 0, needed = 0;

    YX_TRY(yx_policy_integer(tx, YX_POLICY_HOUSE, "policy.approvals", now, &needed, NULL, err));
    YX_TRY(yx_tx_query(tx,
                       "SELECT count(*) FROM policy_opinion"
                       " WHERE rule_set = $1 AND round = $2 AND approves = 1",
                       values, COUNT_OF(values), yx_policy_take_integer, &count, err));
    *out = count >= needed;
    return YX_OK;
}

yx_status yx_policy_decide(struct yx_tx *tx, const char *id,
                           const struct yx_policy_opinion *opinion, enum yx_policy_state *state,
                           struct yx_error *err)
{
    struct yx_policy_standing set;
    bool enough = false;

    YX_TRY(yx_policy_stand(tx, id, &set, err));
    YX_TRY(check_opinion(opinion, &set, err));
    YX_TRY(put_opinion(tx, id, opinion, set.proposed_at, err));
    if (!opinion->approves) {
        *state = YX_POLICY_DRAFT;
        return set_stage(tx, id, YX_STAGE_DRAFT, YX_TIME_NONE, err);
    }
    YX_TRY(is_enough(tx, id, set.proposed_at, opinion->at, &enough, err));
    *state = !enough                                               ? YX_POLICY_PROPOSED
             : set.from == YX_TIME_NONE || set.from <= opinion->at ? YX_POLICY_IN_FORCE
                                                                   : YX_POLICY_APPROVED;
    return enough ? approve(tx, id, &set, opinion->at, err) : YX_OK;
}

struct giving {
    yx_policy_take_opinion take;
    void *self;
};

static yx_status give(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct giving *giving = self;
    const struct yx_policy_opinion opinion = {
        .by = yx_row_text(row, 0),
        .department = yx_row_text(row, 1),
        .text = yx_row_text(row, 2),
        .approves = yx_row_integer(row, 3) != 0,
        .at = yx_row_time(row, 4),
    };

    return giving->take(giving->self, &opinion, err);
}

yx_status yx_policy_opinions(struct yx_tx *tx, const char *id, yx_policy_take_opinion take,
                             void *self, struct yx_error *err)
{
    struct giving giving = {take, self};
    const struct yx_value key = yx_value_text(id);

    return yx_tx_query(tx,
                       "SELECT made_by, department, opinion, approves, at FROM policy_opinion"
                       " WHERE rule_set = $1 ORDER BY id",
                       &key, 1, give, &giving, err);
}
