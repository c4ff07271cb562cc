/* SPDX-License-Identifier: Apache-2.0 */
/* post.c - who holds which position where, from when to when. */
#include "party/room.h"

#define RULE "posts"
#define OPEN INT64_MAX

static yx_time end_of(yx_time until)
{
    return until == YX_TIME_NONE ? OPEN : until;
}

/* --- Questions about posts ------------------------------------------------------------------- */

yx_status yx_party_holds(struct yx_tx *tx, const char *person, const char *party,
                         const char *position, yx_time at, bool *out, struct yx_error *err)
{
    const struct yx_value values[] = {yx_value_text(party), yx_value_text(person),
                                      yx_value_text(position), yx_value_integer(at),
                                      yx_value_integer(YX_PARTY_DEPTH)};
    int64_t count = 0;

    YX_TRY(yx_tx_query(tx,
                       "WITH RECURSIVE up (id, level) AS ("
                       "  SELECT id, 1 FROM party WHERE id = $1"
                       "  UNION ALL SELECT p.parent, up.level + 1 FROM party p"
                       "  JOIN up ON p.id = up.id WHERE p.parent IS NOT NULL AND up.level <= $5)"
                       " SELECT count(*) FROM party_post t JOIN up ON t.party = up.id"
                       " WHERE t.person = $2 AND t.position = $3"
                       " AND t.from_at <= $4 AND t.until_at > $4",
                       values, COUNT_OF(values), yx_party_take_integer, &count, err));
    *out = count > 0;
    return YX_OK;
}

/* What others hold there at the same time. */
struct overlap {
    const struct yx_party_post *post;
    const struct yx_party_position *position;
};

static yx_status check_overlap(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct overlap *overlap = self;
    const struct yx_party_position *other = yx_party_position_find(yx_row_text(row, 1));
    bool same_person = strcmp(yx_row_text(row, 0), overlap->post->person) == 0;
    unsigned both = YX_POST_DECIDES | YX_POST_KEEPS;

    if (other == NULL)
        return YX_OK;
    YX_REQUIRE(other != overlap->position || !(other->rules & YX_POST_SINGLE), err, YX_REFUSED,
               RULE, N_("somebody holds the position {1} there at that time already"),
               other->word.id);
    YX_REQUIRE(other != overlap->position || !same_person, err, YX_REFUSED, RULE,
               N_("this person holds the position {1} there at that time already"), other->word.id);
    YX_REQUIRE(!same_person || ((other->rules | overlap->position->rules) & both) != both, err,
               YX_REFUSED, YX_PARTY_SEPARATION,
               N_("whoever decides about the use of seals does not keep them"));
    return YX_OK;
}

static yx_status check_others(struct yx_tx *tx, const struct overlap *overlap, struct yx_error *err)
{
    const struct yx_value values[] = {yx_value_text(overlap->post->party),
                                      yx_value_integer(overlap->post->from),
                                      yx_value_integer(overlap->post->until)};

    return yx_tx_query(tx,
                       "SELECT person, position FROM party_post"
                       " WHERE party = $1 AND from_at < $3 AND until_at > $2",
                       values, COUNT_OF(values), check_overlap, (void *)(uintptr_t)overlap, err);
}

static yx_status check_authorisation(struct yx_tx *tx, const struct yx_party_post *post,
                                     yx_time now, struct yx_error *err)
{
    const struct yx_party_position *heads = yx_party_positions();
    bool holds = false;

    YX_REQUIRE(post->authorised_by != NULL, err, YX_REFUSED, RULE,
               N_("the position {1} needs the authorisation of a head of the unit"),
               post->position);
    for (; heads->word.id != NULL && !holds; heads++)
        if (heads->rules & YX_POST_HEAD)
            YX_TRY(yx_party_holds(tx, post->authorised_by, post->party, heads->word.id, now, &holds,
                                  err));
    YX_REQUIRE(holds, err, YX_REFUSED, RULE,
               N_("whoever authorises the position {1} is not a head of the unit, or of one above"),
               post->position);
    return YX_OK;
}

/* --- Made ------------------------------------------------------------------------------------ */

static yx_status check_parties(struct yx_tx *tx, const struct yx_party_post *post,
                               const struct yx_party_position *position, struct yx_error *err)
{
    YX_CLEAN(yx_party_copy) struct yx_party_copy party = {0};
    YX_CLEAN(yx_party_copy) struct yx_party_copy person = {0};

    YX_TRY(yx_party_load(tx, post->party, &party, err));
    YX_TRY(yx_party_load(tx, post->person, &person, err));
    YX_REQUIRE(party.party.kind != YX_PARTY_PERSON && person.party.kind == YX_PARTY_PERSON, err,
               YX_USAGE, RULE, N_("a person holds a post in an organisation or a unit"));
    YX_REQUIRE(!(position->rules & YX_POST_FILED) ||
                   strcmp(party.party.type, "certification-authority") == 0,
               err, YX_USAGE, "Henan, article 16",
               N_("only certification authorities have the position {1}"), post->position);
    return YX_OK;
}

static yx_status check(struct yx_tx *tx, const struct yx_party_post *post, yx_time now,
                       struct yx_error *err)
{
    const struct yx_party_position *position = yx_party_position_find(post->position);
    const struct overlap overlap = {post, position};

    YX_REQUIRE(position != NULL, err, YX_USAGE, RULE, N_("{1} is no position"), post->position);
    YX_REQUIRE(post->until > post->from, err, YX_USAGE, RULE, N_("a post ends after it begins"));
    if (post->title != NULL)
        YX_TRY(yx_party_check_name(post->title, err));
    YX_TRY(check_parties(tx, post, position, err));
    YX_TRY(check_others(tx, &overlap, err));
    if (position->rules & YX_POST_AUTHORISED)
        return check_authorisation(tx, post, now, err);
    YX_REQUIRE(post->authorised_by == NULL, err, YX_USAGE, RULE,
               N_("the position {1} needs no authorisation"), post->position);
    return YX_OK;
}

yx_status yx_party_post_make(struct yx_tx *tx, const struct yx_party_post *post, const char *by,
                             yx_time now, char id[YX_UUID_TEXT], struct yx_error *err)
{
    struct yx_party_post whole = *post;

    if (whole.from == YX_TIME_NONE)
        whole.from = now;
    whole.until = end_of(whole.until);
    YX_TRY(yx_party_check_by(by, err));
    YX_TRY(check(tx, &whole, now, err));
    YX_TRY(yx_uuid_make(now, id, err));
    const struct yx_value row[] = {
        yx_value_text(id),
        yx_value_text(whole.party),
        yx_value_text(whole.person),
        yx_value_text(whole.position),
        yx_value_text(whole.title),
        yx_value_text(whole.authorised_by),
        yx_value_integer(whole.from),
        yx_value_integer(whole.until),
    };
    return yx_tx_run(tx,
                     "INSERT INTO party_post (id, party, person, position, title, authorised_by,"
                     " from_at, until_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                     row, COUNT_OF(row), NULL, err);
}

/* --- Listed ---------------------------------------------------------------------------------- */

struct giving {
    yx_party_take_post take;
    void *self;
};

static yx_status give(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct giving *giving = self;
    yx_time until = yx_row_time(row, 7);
    struct yx_party_post post = {
        .party = yx_row_text(row, 1),
        .person = yx_row_text(row, 2),
        .position = yx_row_text(row, 3),
        .title = yx_row_text(row, 4),
        .authorised_by = yx_row_text(row, 5),
        .from = yx_row_time(row, 6),
        .until = until == OPEN ? YX_TIME_NONE : until,
        .filed_at = yx_row_time(row, 8),
        .filed_with = yx_row_text(row, 9),
    };

    (void)snprintf(post.id, sizeof post.id, "%s", yx_row_text(row, 0));
    return giving->take(giving->self, &post, err);
}

yx_status yx_party_posts(struct yx_tx *tx, const struct yx_party_post_filter *filter,
                         yx_party_take_post take, void *self, struct yx_error *err)
{
    struct giving giving = {take, self};
    const struct yx_value values[] = {
        yx_value_text(filter->id),
        yx_value_text(filter->party),
        yx_value_text(filter->person),
        yx_value_time(filter->at),
        yx_value_text(filter->after == NULL ? "" : filter->after),
        yx_value_integer(filter->limit),
    };

    return yx_tx_query(tx,
                       "SELECT id, party, person, position, title, authorised_by, from_at,"
                       " until_at, filed_at, filed_with FROM party_post"
                       " WHERE (CAST($1 AS TEXT) IS NULL OR id = $1)"
                       " AND (CAST($2 AS TEXT) IS NULL OR party = $2)"
                       " AND (CAST($3 AS TEXT) IS NULL OR person = $3)"
                       " AND (CAST($4 AS BIGINT) IS NULL OR (from_at <= $4 AND until_at > $4))"
                       " AND id > $5 ORDER BY id LIMIT $6",
                       values, COUNT_OF(values), give, &giving, err);
}

/* --- Ended and filed ------------------------------------------------------------------------- */

struct standing {
    bool found;
    yx_time from, until, filed_at;
    unsigned rules;
};

static yx_status note_standing(void *self, const struct yx_party_post *post, struct yx_error *err)
{
    const struct yx_party_position *position = yx_party_position_find(post->position);

    (void)err;
    *(struct standing *)self = (struct standing){true, post->from, post->until, post->filed_at,
                                                 position == NULL ? 0 : position->rules};
    return YX_OK;
}

static yx_status find(struct yx_tx *tx, const char *id, struct standing *out, struct yx_error *err)
{
    const struct yx_party_post_filter filter = {.id = id, .at = YX_TIME_NONE, .limit = 1};

    *out = (struct standing){0};
    YX_TRY(yx_party_posts(tx, &filter, note_standing, out, err));
    return out->found ? YX_OK : yx_party_fail_missing(N_("there is no post {1}"), id, err);
}

static json_t *time_or_null(yx_time time)
{
    return time == YX_TIME_NONE ? json_null() : json_string(YX_WHEN(time));
}

yx_status yx_party_post_end(struct yx_tx *tx, const char *id, yx_time until, const char *by,
                            yx_time now, struct yx_error *err)
{
    const struct yx_value row[] = {yx_value_text(id),
                                   yx_value_integer(until == YX_TIME_NONE ? now : until)};
    struct standing was;

    YX_TRY(yx_party_check_by(by, err));
    YX_TRY(find(tx, id, &was, err));
    YX_REQUIRE(end_of(was.until) > now, err, YX_REFUSED, RULE, N_("the post ended at {1}"),
               YX_WHEN(was.until));
    /* What was is not rewritten, and what ends is not made longer. */
    YX_REQUIRE(row[1].integer >= now && row[1].integer <= end_of(was.until), err, YX_USAGE, RULE,
               N_("a post is ended now or later, and not later than it ends anyway"));
    YX_TRY(yx_tx_run(tx, "UPDATE party_post SET until_at = $2 WHERE id = $1", row, 2, NULL, err));
    return yx_party_record(tx, id, by, now, json_pack("{s:o}", "until", time_or_null(was.until)),
                           err);
}

yx_status yx_party_post_file(struct yx_tx *tx, const char *id, const char *with, const char *by,
                             yx_time now, struct yx_error *err)
{
    const struct yx_value row[] = {yx_value_text(id), yx_value_time(now), yx_value_text(with)};
    struct standing was;

    YX_TRY(yx_party_check_by(by, err));
    YX_TRY(yx_party_check_name(with, err));
    YX_TRY(find(tx, id, &was, err));
    YX_REQUIRE(was.rules & YX_POST_FILED, err, YX_USAGE, "Henan, article 16",
               N_("only the personnel of certification authorities is filed"));
    YX_REQUIRE(was.filed_at == YX_TIME_NONE, err, YX_REFUSED, RULE, N_("it was filed at {1}"),
               YX_WHEN(was.filed_at));
    YX_TRY(yx_tx_run(tx, "UPDATE party_post SET filed_at = $2, filed_with = $3 WHERE id = $1", row,
                     3, NULL, err));
    return yx_party_record(tx, id, by, now, json_pack("{s:n}", "filed_at"), err);
}
