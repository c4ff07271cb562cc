/* SPDX-License-Identifier: Apache-2.0 */
/* party.c - parties as rows: found, listed, copied. entry.c makes and changes them. */
#include "party/room.h"

#define COLUMNS                                                                              \
    "p.id, p.kind, p.type, p.nature, p.authority, p.parent, p.region, p.name_zh, p.name_en," \
    " p.code, p.identity_kind, p.scheme, p.internal_only, p.version, p.made_at, p.ended_at"

const char *yx_party_kind_name(enum yx_party_kind kind)
{
    static const char *const names[] = {"person", "organisation", "unit"};

    return names[kind];
}

static void read_row(const struct yx_row *row, struct yx_party *out)
{
    *out = (struct yx_party){
        .kind = (enum yx_party_kind)yx_row_integer(row, 1),
        .type = yx_row_text(row, 2),
        .nature = yx_row_text(row, 3),
        .authority = yx_row_text(row, 4),
        .parent = yx_row_text(row, 5),
        .region = yx_row_text(row, 6),
        .name_zh = yx_row_text(row, 7),
        .name_en = yx_row_text(row, 8),
        .code = yx_row_text(row, 9),
        .identity_kind = yx_row_text(row, 10),
        .scheme = yx_row_text(row, 11),
        .internal_only = yx_row_integer(row, 12) != 0,
        .version = yx_row_integer(row, 13),
        .made_at = yx_row_time(row, 14),
        .ended_at = yx_row_time(row, 15),
    };
    (void)snprintf(out->id, sizeof out->id, "%s", yx_row_text(row, 0));
}

struct giving {
    yx_party_take take;
    void *self;
    bool found;
};

static yx_status give(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct giving *giving = self;
    struct yx_party party;

    giving->found = true;
    read_row(row, &party);
    return giving->take(giving->self, &party, err);
}

yx_status yx_party_find(struct yx_tx *tx, const char *id, yx_party_take take, void *self,
                        struct yx_error *err)
{
    struct giving giving = {take, self, false};
    const struct yx_value key = yx_value_text(id);

    YX_TRY(yx_tx_query(tx, "SELECT " COLUMNS " FROM party p WHERE p.id = $1", &key, 1, give,
                       &giving, err));
    return giving.found ? YX_OK : yx_party_fail_missing(N_("there is no party {1}"), id, err);
}

yx_status yx_party_find_identity(struct yx_tx *tx, const struct yx_party_vault *vault,
                                 const char *document, const char *number, yx_party_take take,
                                 void *self, struct yx_error *err)
{
    struct giving giving = {take, self, false};
    uint8_t digest[32];

    YX_TRY(yx_party_digest(vault, document, number, digest, err));
    const struct yx_value key = yx_value_blob(YX_BYTES(digest, sizeof digest));
    return yx_tx_query(tx,
                       "SELECT " COLUMNS " FROM party p"
                       " WHERE p.identity_digest = $1 AND p.ended_at IS NULL",
                       &key, 1, give, &giving, err);
}

/* --- The sealed number ----------------------------------------------------------------------- */

struct unsealing {
    const struct yx_party_vault *vault;
    const char *id;
    struct yx_buf *out;
};

static yx_status unseal(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct unsealing *unsealing = self;

    if (yx_row_is_null(row, 0))
        return YX_OK;
    YX_TRY(
        yx_party_unseal(unsealing->vault, unsealing->id, yx_row_blob(row, 0), unsealing->out, err));
    return yx_buf_append(unsealing->out, YX_BYTES("", 1)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_party_identity(struct yx_tx *tx, const struct yx_party_vault *vault, const char *id,
                            struct yx_buf *out, struct yx_error *err)
{
    struct unsealing unsealing = {vault, id, out};
    const struct yx_value key = yx_value_text(id);

    return yx_tx_query(tx, "SELECT identity_sealed FROM party WHERE id = $1", &key, 1, unseal,
                       &unsealing, err);
}

/* --- Copies ---------------------------------------------------------------------------------- */

static yx_status copy_party(void *self, const struct yx_party *party, struct yx_error *err)
{
    struct yx_party_copy *copy = self;
    const char **const texts[] = {&copy->party.type,          &copy->party.nature,
                                  &copy->party.authority,     &copy->party.parent,
                                  &copy->party.region,        &copy->party.name_zh,
                                  &copy->party.name_en,       &copy->party.code,
                                  &copy->party.identity_kind, &copy->party.scheme};
    size_t at = 0;

    copy->party = *party;
    copy->texts.len = 0;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (*texts[i] != NULL &&
            yx_buf_append(&copy->texts, YX_BYTES(*texts[i], strlen(*texts[i]) + 1)) != YX_OK)
            return yx_fail_memory(err);
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (*texts[i] != NULL) {
            *texts[i] = (const char *)copy->texts.data + at;
            at += strlen(*texts[i]) + 1;
        }
    return YX_OK;
}

yx_status yx_party_load(struct yx_tx *tx, const char *id, struct yx_party_copy *out,
                        struct yx_error *err)
{
    YX_TRY(yx_party_find(tx, id, copy_party, out, err));
    YX_REQUIRE(out->party.ended_at == YX_TIME_NONE, err, YX_REFUSED, "",
               N_("the party {1} has ended"), id);
    return YX_OK;
}

void yx_party_copy_free(struct yx_party_copy *copy)
{
    yx_buf_free(&copy->texts);
}

/* --- Lists ----------------------------------------------------------------------------------- */

/*
 * What the account in $1 may read. Of a grant without a party the region may narrow it; seals,
 * classes of documents and platforms are no parties.
 */
#define READABLE                                                                              \
    "WITH RECURSIVE mine AS ("                                                                \
    "  SELECT g.party, g.region FROM party_grant g"                                           \
    "  JOIN party_role_permission r ON r.role = g.role AND r.permission = 'party.read'"       \
    "  WHERE g.account = $8 AND g.from_at <= $9 AND g.until_at > $9 AND g.revoked_at IS NULL" \
    "    AND g.seal IS NULL AND g.document_class IS NULL AND g.platform IS NULL"              \
    "), below (id, region) AS ("                                                              \
    "  SELECT party, region FROM mine WHERE party IS NOT NULL"                                \
    "  UNION SELECT c.id, b.region FROM party c JOIN below b ON c.parent = b.id) "

#define FILTERED                                                                                 \
    " (CAST($1 AS TEXT) IS NULL OR p.parent = $1) AND (CAST($2 AS TEXT) IS NULL OR p.type = $2)" \
    " AND (CAST($3 AS TEXT) IS NULL OR p.code = $3)"                                             \
    " AND ($4 < 0 OR p.kind = $4) AND ($5 <> 0 OR p.ended_at IS NULL) AND p.id > $6"             \
    " ORDER BY p.id LIMIT $7"
#define FILTER_VALUES 7

#define IN_REGION(of) \
    "(" of ".region IS NULL OR substr(p.region, 1, length(" of ".region)) = " of ".region)"

static const char list_all[] = "SELECT " COLUMNS " FROM party p WHERE" FILTERED;
static const char list_readable[] =
    READABLE "SELECT " COLUMNS " FROM party p WHERE"
             " (EXISTS (SELECT 1 FROM mine m WHERE m.party IS NULL AND " IN_REGION(
                 "m") ")"
                      " OR EXISTS (SELECT 1 FROM below b WHERE b.id = p.id AND " IN_REGION(
                          "b") ")) AND" FILTERED;

yx_status yx_party_list(struct yx_tx *tx, const struct yx_party_filter *filter, yx_party_take take,
                        void *self, struct yx_error *err)
{
    struct giving giving = {take, self, false};
    const struct yx_value values[] = {
        yx_value_text(filter->parent),   yx_value_text(filter->type),
        yx_value_text(filter->code),     yx_value_integer(filter->kind),
        yx_value_integer(filter->ended), yx_value_text(filter->after == NULL ? "" : filter->after),
        yx_value_integer(filter->limit), yx_value_text(filter->reader),
        yx_value_integer(filter->now),
    };

    if (filter->reader == NULL)
        return yx_tx_query(tx, list_all, values, FILTER_VALUES, give, &giving, err);
    return yx_tx_query(tx, list_readable, values, COUNT_OF(values), give, &giving, err);
}
