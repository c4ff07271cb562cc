/* SPDX-License-Identifier: Apache-2.0 */
/* grant.c - who has which role, where, and until when. */
#include "party/room.h"

#define RULE "grants"
#define OPEN INT64_MAX
#define WORD_MAX 200

/* --- Regions --------------------------------------------------------------------------------- */

/* A region as it lies in the table: as many digits as its tier has; "" is the whole country. */
static void region_to_prefix(const char *region, char out[YX_PARTY_REGION + 1])
{
    size_t digits = 2 * (size_t)yx_party_region_tier(region);

    memcpy(out, region, digits);
    out[digits] = '\0';
}

static void region_from_prefix(const char *prefix, char out[YX_PARTY_REGION + 1])
{
    memcpy(out, "000000", YX_PARTY_REGION + 1);
    memcpy(out, prefix, strnlen(prefix, YX_PARTY_REGION));
}

/* --- What may be granted --------------------------------------------------------------------- */

static yx_status check_scope(struct yx_tx *tx, const struct yx_party_scope *scope, const char *type,
                             struct yx_error *err)
{
    YX_CLEAN(yx_party_copy) struct yx_party_copy party = {0};
    const char *const words[] = {scope->seal, scope->document_class, scope->platform};

    if (scope->region != NULL)
        YX_TRY(yx_party_check_region(scope->region, err));
    for (size_t i = 0; i < COUNT_OF(words); i++)
        YX_REQUIRE(words[i] == NULL || (words[i][0] != '\0' && strlen(words[i]) <= WORD_MAX), err,
                   YX_USAGE, RULE, N_("the scope of a grant names something of 1 to {1} bytes"),
                   YX_NUM(WORD_MAX));
    if (scope->party == NULL)
        return YX_OK;
    YX_TRY(yx_party_load(tx, scope->party, &party, err));
    YX_REQUIRE(type == NULL || strcmp(type, party.party.type) == 0, err, YX_REFUSED, RULE,
               N_("the role is for parties of the type {1}, and {2} is another one"), type,
               party.party.name_zh);
    return YX_OK;
}

struct role {
    bool account, retired;
    char type[40];
};

static yx_status note_role(void *self, const struct yx_party_role *role, struct yx_error *err)
{
    struct role *out = self;

    (void)err;
    out->account = role->account;
    out->retired = role->retired_at != YX_TIME_NONE;
    (void)snprintf(out->type, sizeof out->type, "%s", role->type == NULL ? "" : role->type);
    return YX_OK;
}

static yx_status check_role(struct yx_tx *tx, const struct yx_party_grant *grant,
                            struct yx_error *err)
{
    struct role role = {0};

    YX_TRY(yx_party_roles(tx, grant->role, NULL, 1, note_role, &role, err));
    YX_REQUIRE(role.account, err, YX_REFUSED, RULE,
               N_("the role {1} is a record: nobody logs in with it"), grant->role);
    YX_REQUIRE(!role.retired, err, YX_REFUSED, RULE, N_("the role {1} is retired"), grant->role);
    return check_scope(tx, &grant->scope, role.type[0] == '\0' ? NULL : role.type, err);
}

/* May `by` give and take away in this scope? */
static yx_status check_granter(struct yx_tx *tx, const char *by, const struct yx_party_scope *scope,
                               yx_time now, struct yx_error *err)
{
    const struct yx_party_question question = {
        .account = by, .permission = "grant.manage", .on = *scope, .now = now};

    YX_TRY(yx_party_check_by(by, err));
    return yx_uuid_valid(by) ? yx_party_require(tx, &question, err) : YX_OK;
}

/* --- Granted --------------------------------------------------------------------------------- */

static yx_status insert(struct yx_tx *tx, const struct yx_party_grant *grant, const char *by,
                        yx_time now, const char *id, struct yx_error *err)
{
    char region[YX_PARTY_REGION + 1] = "";

    if (grant->scope.region != NULL)
        region_to_prefix(grant->scope.region, region);
    const struct yx_value row[] = {
        yx_value_text(id),
        yx_value_text(grant->account),
        yx_value_text(grant->role),
        yx_value_text(grant->scope.party),
        yx_value_text(grant->scope.region == NULL ? NULL : region),
        yx_value_text(grant->scope.seal),
        yx_value_text(grant->scope.document_class),
        yx_value_text(grant->scope.platform),
        yx_value_integer(grant->from),
        yx_value_integer(grant->until),
        yx_value_integer(now),
        yx_value_text(by),
    };
    return yx_tx_run(tx,
                     "INSERT INTO party_grant (id, account, role, party, region, seal,"
                     " document_class, platform, from_at, until_at, made_at, made_by)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                     row, COUNT_OF(row), NULL, err);
}

yx_status yx_party_grant(struct yx_tx *tx, const struct yx_party_grant *grant, const char *by,
                         yx_time now, char id[YX_UUID_TEXT], struct yx_error *err)
{
    struct yx_party_grant whole = *grant;

    if (whole.from == YX_TIME_NONE)
        whole.from = now;
    if (whole.until == YX_TIME_NONE)
        whole.until = OPEN;
    YX_REQUIRE(yx_uuid_valid(whole.account), err, YX_USAGE, RULE, N_("{1} is no id of an account"),
               whole.account);
    YX_REQUIRE(whole.from >= now && whole.until > whole.from, err, YX_USAGE, RULE,
               N_("a grant begins now or later, and ends after it begins"));
    YX_TRY(check_granter(tx, by, &whole.scope, now, err));
    YX_REQUIRE(strcmp(by, whole.account) != 0, err, YX_REFUSED, YX_PARTY_SEPARATION,
               N_("nobody grants anything to himself"));
    YX_TRY(check_role(tx, &whole, err));
    YX_TRY(yx_uuid_make(now, id, err));
    YX_TRY(insert(tx, &whole, by, now, id, err));
    return yx_party_check_account(tx, whole.account, whole.from, whole.until, err);
}

/* --- Listed ---------------------------------------------------------------------------------- */

struct giving {
    yx_party_take_grant take;
    void *self;
};

static yx_status give(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct giving *giving = self;
    yx_time until = yx_row_time(row, 9);
    char region[YX_PARTY_REGION + 1];
    struct yx_party_grant grant = {
        .account = yx_row_text(row, 1),
        .role = yx_row_text(row, 2),
        .scope = {.party = yx_row_text(row, 3),
                  .seal = yx_row_text(row, 5),
                  .document_class = yx_row_text(row, 6),
                  .platform = yx_row_text(row, 7)},
        .from = yx_row_time(row, 8),
        .until = until == OPEN ? YX_TIME_NONE : until,
        .made_at = yx_row_time(row, 10),
        .made_by = yx_row_text(row, 11),
        .revoked_at = yx_row_time(row, 12),
        .revoked_by = yx_row_text(row, 13),
    };

    (void)snprintf(grant.id, sizeof grant.id, "%s", yx_row_text(row, 0));
    if (!yx_row_is_null(row, 4)) {
        region_from_prefix(yx_row_text(row, 4), region);
        grant.scope.region = region;
    }
    return giving->take(giving->self, &grant, err);
}

yx_status yx_party_grants(struct yx_tx *tx, const struct yx_party_grant_filter *filter,
                          yx_party_take_grant take, void *self, struct yx_error *err)
{
    struct giving giving = {take, self};
    const struct yx_value values[] = {
        yx_value_text(filter->id),       yx_value_text(filter->account),
        yx_value_text(filter->role),     yx_value_text(filter->party),
        yx_value_time(filter->at),       yx_value_text(filter->after == NULL ? "" : filter->after),
        yx_value_integer(filter->limit),
    };

    return yx_tx_query(tx,
                       "SELECT id, account, role, party, region, seal, document_class, platform,"
                       " from_at, until_at, made_at, made_by, revoked_at, revoked_by"
                       " FROM party_grant WHERE (CAST($1 AS TEXT) IS NULL OR id = $1)"
                       " AND (CAST($2 AS TEXT) IS NULL OR account = $2)"
                       " AND (CAST($3 AS TEXT) IS NULL OR role = $3)"
                       " AND (CAST($4 AS TEXT) IS NULL OR party = $4)"
                       " AND (CAST($5 AS BIGINT) IS NULL OR (from_at <= $5 AND until_at > $5"
                       "   AND revoked_at IS NULL)) AND id > $6 ORDER BY id LIMIT $7",
                       values, COUNT_OF(values), give, &giving, err);
}

/* --- Revoked --------------------------------------------------------------------------------- */

/* Where a grant holds, kept past its row. */
struct kept {
    bool found, revoked;
    char texts[4][WORD_MAX + 1], region[YX_PARTY_REGION + 1];
    struct yx_party_scope scope;
};

static const char *keep(char out[WORD_MAX + 1], const char *text)
{
    if (text == NULL)
        return NULL;
    (void)snprintf(out, WORD_MAX + 1, "%s", text);
    return out;
}

static yx_status keep_scope(void *self, const struct yx_party_grant *grant, struct yx_error *err)
{
    struct kept *kept = self;

    (void)err;
    kept->found = true;
    kept->revoked = grant->revoked_at != YX_TIME_NONE;
    kept->scope.party = keep(kept->texts[0], grant->scope.party);
    kept->scope.seal = keep(kept->texts[1], grant->scope.seal);
    kept->scope.document_class = keep(kept->texts[2], grant->scope.document_class);
    kept->scope.platform = keep(kept->texts[3], grant->scope.platform);
    if (grant->scope.region != NULL) {
        memcpy(kept->region, grant->scope.region, sizeof kept->region);
        kept->scope.region = kept->region;
    }
    return YX_OK;
}

yx_status yx_party_revoke(struct yx_tx *tx, const char *id, const char *by, yx_time now,
                          struct yx_error *err)
{
    const struct yx_party_grant_filter filter = {.id = id, .at = YX_TIME_NONE, .limit = 1};
    const struct yx_value row[] = {yx_value_text(id), yx_value_time(now), yx_value_text(by)};
    struct kept kept = {0};
    bool administered = false;

    YX_TRY(yx_party_grants(tx, &filter, keep_scope, &kept, err));
    if (!kept.found)
        return yx_party_fail_missing(N_("there is no grant {1}"), id, err);
    YX_TRY(check_granter(tx, by, &kept.scope, now, err));
    YX_REQUIRE(!kept.revoked, err, YX_REFUSED, RULE, N_("the grant was revoked already"));
    YX_TRY(yx_party_has_administrator(tx, "", now, &administered, err));
    YX_TRY(yx_tx_run(tx, "UPDATE party_grant SET revoked_at = $2, revoked_by = $3 WHERE id = $1",
                     row, 3, NULL, err));
    return yx_party_keep_administrator(tx, administered, now, err);
}

yx_status yx_party_revoke_all(struct yx_tx *tx, const char *account, const char *by, yx_time now,
                              struct yx_error *err)
{
    const struct yx_value row[] = {yx_value_text(account), yx_value_time(now), yx_value_text(by)};
    bool administered = false;

    YX_TRY(yx_party_check_by(by, err));
    YX_TRY(yx_party_has_administrator(tx, "", now, &administered, err));
    YX_TRY(yx_tx_run(tx,
                     "UPDATE party_grant SET revoked_at = $2, revoked_by = $3"
                     " WHERE account = $1 AND revoked_at IS NULL",
                     row, 3, NULL, err));
    return yx_party_keep_administrator(tx, administered, now, err);
}

yx_status yx_party_is_last_administrator(struct yx_tx *tx, const char *account, yx_time now,
                                         bool *out, struct yx_error *err)
{
    bool any = false, others = false;

    YX_TRY(yx_party_has_administrator(tx, "", now, &any, err));
    YX_TRY(yx_party_has_administrator(tx, account, now, &others, err));
    *out = any && !others;
    return YX_OK;
}
