/* SPDX-License-Identifier: Apache-2.0 */
/* question.c - may this account do that to this? */
#include "party/room.h"

#define HELD                                                              \
    " FROM party_grant g JOIN party_role_permission p ON p.role = g.role" \
    " WHERE g.account = $1 AND g.from_at <= $2 AND g.until_at > $2 AND g.revoked_at IS NULL"

/* Of each restriction of a grant, the object at hand must be known to lie within. */
static const char may_on[] =
    "WITH RECURSIVE up (id, level) AS ("
    "  SELECT id, 1 FROM party WHERE id = $4"
    "  UNION ALL SELECT p.parent, up.level + 1 FROM party p JOIN up ON p.id = up.id"
    "  WHERE p.parent IS NOT NULL AND up.level <= $9) "
    "SELECT count(*)" HELD " AND p.permission = $3"
    " AND (g.party IS NULL OR g.party IN (SELECT id FROM up))"
    " AND (g.region IS NULL OR g.region = substr(coalesce($5, (SELECT region FROM party"
    "   WHERE id = $4)), 1, length(g.region)))"
    " AND (g.seal IS NULL OR g.seal = $6)"
    " AND (g.document_class IS NULL OR g.document_class = $7)"
    " AND (g.platform IS NULL OR g.platform = $8)";
static const char may_anywhere[] = "SELECT count(*)" HELD " AND p.permission = $3";

yx_status yx_party_may(struct yx_tx *tx, const struct yx_party_question *question, bool *may,
                       struct yx_error *err)
{
    const struct yx_value values[] = {
        yx_value_text(question->account),           yx_value_integer(question->now),
        yx_value_text(question->permission),        yx_value_text(question->on.party),
        yx_value_text(question->on.region),         yx_value_text(question->on.seal),
        yx_value_text(question->on.document_class), yx_value_text(question->on.platform),
        yx_value_integer(YX_PARTY_DEPTH),
    };
    int64_t count = 0;

    YX_REQUIRE(yx_permission_find(question->permission) != NULL, err, YX_INTERNAL, "",
               N_("{1} is no permission"), question->permission);
    YX_TRY(yx_tx_query(tx, question->anywhere ? may_anywhere : may_on, values,
                       question->anywhere ? 3 : COUNT_OF(values), yx_party_take_integer, &count,
                       err));
    *may = count > 0;
    return YX_OK;
}

yx_status yx_party_require(struct yx_tx *tx, const struct yx_party_question *question,
                           struct yx_error *err)
{
    bool may = false;

    YX_TRY(yx_party_may(tx, question, &may, err));
    YX_REQUIRE(may, err, YX_REFUSED, YX_PARTY_NOT_PERMITTED,
               N_("this needs the permission {1}, which you do not have here"),
               question->permission);
    return YX_OK;
}

struct giving {
    yx_party_take_permission take;
    void *self;
};

static yx_status give(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct giving *giving = self;

    return giving->take(giving->self, yx_row_text(row, 0), err);
}

yx_status yx_party_permissions(struct yx_tx *tx, const char *account, yx_time now,
                               yx_party_take_permission take, void *self, struct yx_error *err)
{
    struct giving giving = {take, self};
    const struct yx_value values[] = {yx_value_text(account), yx_value_integer(now)};

    return yx_tx_query(tx, "SELECT DISTINCT p.permission" HELD " ORDER BY p.permission", values, 2,
                       give, &giving, err);
}

yx_status yx_party_require_other(const char *maker, const char *checker, struct yx_error *err)
{
    YX_REQUIRE(strcmp(maker, checker) != 0, err, YX_REFUSED, YX_PARTY_TWO_PEOPLE,
               N_("whoever made it does not check it: this needs another person"));
    return YX_OK;
}
