/* SPDX-License-Identifier: Apache-2.0 */
/* qualification.c - what agencies are qualified for, and whom an authority may serve. */
#include "party/room.h"

#define RULE "qualifications"
#define OPEN INT64_MAX

yx_status yx_party_qualify(struct yx_tx *tx, const struct yx_party_qualification *qualification,
                           const char *by, yx_time now, char id[YX_UUID_TEXT], struct yx_error *err)
{
    YX_CLEAN(yx_party_copy) struct yx_party_copy party = {0};
    yx_time until = qualification->until == YX_TIME_NONE ? OPEN : qualification->until;

    YX_TRY(yx_party_check_by(by, err));
    YX_TRY(yx_party_load(tx, qualification->party, &party, err));
    YX_REQUIRE(party.party.kind == YX_PARTY_ORGANISATION, err, YX_USAGE, RULE,
               N_("only organisations are qualified"));
    YX_REQUIRE(strcmp(qualification->kind, YX_QUALIFICATION_CERTIFICATION) == 0, err, YX_USAGE,
               RULE, N_("{1} is no kind of qualification"), qualification->kind);
    YX_TRY(yx_party_check_name(qualification->number, err));
    YX_TRY(yx_party_check_name(qualification->issuer, err));
    YX_REQUIRE(until > qualification->from, err, YX_USAGE, RULE,
               N_("a qualification ends after it begins"));
    YX_TRY(yx_uuid_make(now, id, err));
    const struct yx_value row[] = {
        yx_value_text(id),
        yx_value_text(qualification->party),
        yx_value_text(qualification->kind),
        yx_value_text(qualification->number),
        yx_value_text(qualification->issuer),
        yx_value_integer(qualification->from),
        yx_value_integer(until),
    };
    return yx_tx_run(tx,
                     "INSERT INTO party_qualification (id, party, kind, number, issuer, from_at,"
                     " until_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                     row, COUNT_OF(row), NULL, err);
}

yx_status yx_party_disqualify(struct yx_tx *tx, const char *id, const char *by, yx_time now,
                              struct yx_error *err)
{
    const struct yx_value row[] = {yx_value_text(id), yx_value_time(now)};
    int64_t changed = 0;

    YX_TRY(yx_party_check_by(by, err));
    YX_TRY(yx_tx_run(tx,
                     "UPDATE party_qualification SET withdrawn_at = $2"
                     " WHERE id = $1 AND withdrawn_at IS NULL",
                     row, 2, &changed, err));
    if (changed == 0)
        return yx_party_fail_missing(N_("there is no qualification {1}"), id, err);
    return yx_party_record(tx, id, by, now, json_pack("{s:n}", "withdrawn_at"), err);
}

/* --- Listed ---------------------------------------------------------------------------------- */

struct giving {
    yx_party_take_qualification take;
    void *self;
};

static yx_status give(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct giving *giving = self;
    yx_time until = yx_row_time(row, 6);
    struct yx_party_qualification qualification = {
        .party = yx_row_text(row, 1),
        .kind = yx_row_text(row, 2),
        .number = yx_row_text(row, 3),
        .issuer = yx_row_text(row, 4),
        .from = yx_row_time(row, 5),
        .until = until == OPEN ? YX_TIME_NONE : until,
        .withdrawn_at = yx_row_time(row, 7),
    };

    (void)snprintf(qualification.id, sizeof qualification.id, "%s", yx_row_text(row, 0));
    return giving->take(giving->self, &qualification, err);
}

yx_status yx_party_qualifications(struct yx_tx *tx, const char *party, const char *id,
                                  yx_party_take_qualification take, void *self,
                                  struct yx_error *err)
{
    struct giving giving = {take, self};
    const struct yx_value values[] = {yx_value_text(party), yx_value_text(id)};

    return yx_tx_query(tx,
                       "SELECT id, party, kind, number, issuer, from_at, until_at, withdrawn_at"
                       " FROM party_qualification WHERE (CAST($1 AS TEXT) IS NULL OR party = $1)"
                       " AND (CAST($2 AS TEXT) IS NULL OR id = $2) ORDER BY id",
                       values, COUNT_OF(values), give, &giving, err);
}

/* --- Who may serve --------------------------------------------------------------------------- */

yx_status yx_party_require_seal_agency(struct yx_tx *tx, const char *party, yx_time at,
                                       struct yx_error *err)
{
    YX_CLEAN(yx_party_copy) struct yx_party_copy agency = {0};
    const struct yx_value values[] = {
        yx_value_text(party), yx_value_text(YX_QUALIFICATION_CERTIFICATION), yx_value_integer(at)};
    int64_t count = 0;

    YX_TRY(yx_party_load(tx, party, &agency, err));
    YX_REQUIRE(strcmp(agency.party.type, "seal-agency") == 0, err, YX_REFUSED, "Wuhu, article 6",
               N_("{1} is no seal service agency"), agency.party.name_zh);
    YX_TRY(yx_tx_query(tx,
                       "SELECT count(*) FROM party_qualification WHERE party = $1 AND kind = $2"
                       " AND from_at <= $3 AND until_at > $3"
                       " AND (withdrawn_at IS NULL OR withdrawn_at > $3)",
                       values, COUNT_OF(values), yx_party_take_integer, &count, err));
    YX_REQUIRE(count > 0, err, YX_REFUSED, "Wuhu, article 6",
               N_("{1} has no valid qualification for electronic certification on record"),
               agency.party.name_zh);
    return YX_OK;
}

/* The topmost one that a party is below. */
static yx_status find_house(struct yx_tx *tx, const char *party, char out[YX_UUID_TEXT],
                            struct yx_error *err)
{
    YX_CLEAN(yx_party_copy) struct yx_party_copy at = {0};

    (void)snprintf(out, YX_UUID_TEXT, "%s", party);
    for (int level = 0; level < YX_PARTY_DEPTH; level++) {
        YX_TRY(yx_party_load(tx, out, &at, err));
        if (at.party.parent == NULL)
            break;
        (void)snprintf(out, YX_UUID_TEXT, "%s", at.party.parent);
    }
    return YX_OK;
}

yx_status yx_party_require_served(struct yx_tx *tx, const char *authority, const char *party,
                                  struct yx_error *err)
{
    YX_CLEAN(yx_party_copy) struct yx_party_copy ca = {0};
    char house[YX_UUID_TEXT];
    bool inside = false;

    YX_TRY(yx_party_load(tx, authority, &ca, err));
    if (!ca.party.internal_only)
        return YX_OK;
    YX_TRY(find_house(tx, authority, house, err));
    YX_TRY(yx_party_is_within(tx, party, house, &inside, err));
    YX_REQUIRE(inside, err, YX_REFUSED, "Henan, article 19",
               N_("{1} is for internal use only, and serves nobody outside its own unit"),
               ca.party.name_zh);
    return YX_OK;
}
