/* SPDX-License-Identifier: Apache-2.0 */
/* entry.c - parties made and changed: what may stand in which, and what stood there before. */
#include "party/room.h"

#define RULE "parties"
/* Names of schemes as policy/ has them; which one holds is asked of it. */
#define SCHEME_MAX 64
#define SCHEME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

/* --- What fits together ---------------------------------------------------------------------- */

static yx_status check_words(const struct yx_party_entry *entry, struct yx_error *err)
{
    YX_TRY(
        yx_party_check_word(yx_party_types(), entry->type, N_("{1} is no type of parties"), err));
    YX_TRY(yx_party_check_word(yx_party_authorities(), entry->authority, N_("{1} is no authority"),
                               err));
    YX_REQUIRE(entry->nature == NULL || yx_party_nature_find(entry->nature) != NULL, err, YX_USAGE,
               RULE, N_("{1} is no kind of organisation"), entry->nature);
    if (entry->name_zh != NULL)
        YX_TRY(yx_party_check_name(entry->name_zh, err));
    if (entry->name_en != NULL && entry->name_en[0] != '\0')
        YX_TRY(yx_party_check_name(entry->name_en, err));
    if (entry->region != NULL && entry->region[0] != '\0')
        YX_TRY(yx_party_check_region(entry->region, err));
    if (entry->code != NULL && entry->code[0] != '\0')
        YX_TRY(yx_party_check_code(entry->code, err));
    YX_REQUIRE(entry->scheme == NULL ||
                   (strlen(entry->scheme) <= SCHEME_MAX &&
                    strspn(entry->scheme, SCHEME_CHARACTERS) == strlen(entry->scheme)),
               err, YX_USAGE, RULE,
               N_("the name of a scheme is of 1 to {1} small letters, digits and '-'"),
               YX_NUM(SCHEME_MAX));
    YX_REQUIRE((entry->identity_kind == NULL) == (entry->identity_number == NULL), err, YX_USAGE,
               RULE, N_("an identity document has a kind and a number"));
    return YX_OK;
}

/* What only some kinds of parties have. */
static yx_status check_kind(enum yx_party_kind kind, const char *type,
                            const struct yx_party_entry *entry, struct yx_error *err)
{
    bool organisation = kind == YX_PARTY_ORGANISATION;

    YX_REQUIRE(organisation || (entry->nature == NULL && entry->code == NULL), err, YX_USAGE, RULE,
               N_("only organisations have a kind and a unified social credit code"));
    YX_REQUIRE(kind == YX_PARTY_PERSON || entry->identity_kind == NULL, err, YX_USAGE, RULE,
               N_("only persons have identity documents"));
    YX_REQUIRE(entry->authority == NULL || (organisation && strcmp(type, "regulator") == 0), err,
               YX_USAGE, RULE, N_("only regulators are an authority"));
    YX_REQUIRE(entry->internal_only != 1 || strcmp(type, "certification-authority") == 0, err,
               YX_USAGE, "Henan, article 19",
               N_("only certification authorities are for internal use only"));
    return YX_OK;
}

/* --- Rows ------------------------------------------------------------------------------------ */

struct identity {
    uint8_t digest[32];
    struct yx_buf sealed;
};
static void identity_free(struct identity *identity)
{
    yx_buf_free(&identity->sealed);
}
YX_DEFINE_CLEAN_VALUE(identity, struct identity, identity_free);

static yx_status make_identity(const struct yx_party_vault *vault, const char *id,
                               const struct yx_party_entry *entry, yx_time now,
                               struct identity *out, struct yx_error *err)
{
    if (entry->identity_kind == NULL)
        return YX_OK;
    YX_TRY(yx_party_check_identity(entry->identity_kind, entry->identity_number, now, err));
    YX_TRY(yx_party_digest(vault, entry->identity_kind, entry->identity_number, out->digest, err));
    return yx_party_seal(vault, id, entry->identity_number, &out->sealed, err);
}

static struct yx_value digest_value(const struct identity *identity)
{
    return identity->sealed.len == 0
               ? yx_value_null()
               : yx_value_blob(YX_BYTES(identity->digest, sizeof identity->digest));
}

static struct yx_value sealed_value(const struct identity *identity)
{
    return identity->sealed.len == 0 ? yx_value_null()
                                     : yx_value_blob(yx_buf_bytes(&identity->sealed));
}

/* "" is none. */
static const char *some(const char *text)
{
    return text != NULL && text[0] == '\0' ? NULL : text;
}

/* The database's words hold the key: they are not for the asker. */
static yx_status in_our_words(yx_status status, struct yx_error *err)
{
    if (status == YX_REFUSED && err != NULL && strcmp(err->rule, YX_STORE_UNIQUE) == 0)
        return yx_fail(err, YX_REFUSED, RULE,
                       N_("there is a party of this type with this number already"));
    return status;
}

/* A statement on whose answer the caller waits, so that a refusal is known by its words here. */
static yx_status run(struct yx_tx *tx, const char *sql, const struct yx_value *row, size_t count,
                     int64_t *changed, struct yx_error *err)
{
    return in_our_words(yx_tx_run(tx, sql, row, count, changed, err), err);
}

/* --- Made ------------------------------------------------------------------------------------ */

/* A parent's word for the child, and whether it may be one. */
static yx_status look_up(struct yx_tx *tx, const struct yx_party_entry *entry,
                         struct yx_party_copy *parent, struct yx_error *err)
{
    YX_REQUIRE(entry->kind != YX_PARTY_UNIT || entry->parent != NULL, err, YX_USAGE, RULE,
               N_("a unit is below an organisation or another unit"));
    if (entry->parent == NULL)
        return YX_OK;
    YX_TRY(yx_party_load(tx, entry->parent, parent, err));
    return yx_party_check_below(entry->kind, parent->party.kind, err);
}

static yx_status insert(struct yx_tx *tx, const struct yx_party_entry *entry, const char *type,
                        const char *region, const struct identity *identity, yx_time now,
                        const char *id, struct yx_error *err)
{
    const struct yx_value row[] = {
        yx_value_text(id),
        yx_value_integer(entry->kind),
        yx_value_text(type),
        yx_value_text(entry->nature),
        yx_value_text(entry->authority),
        yx_value_text(entry->parent),
        yx_value_text(some(region)),
        yx_value_text(entry->name_zh),
        yx_value_text(some(entry->name_en)),
        yx_value_text(some(entry->code)),
        yx_value_text(entry->identity_kind),
        digest_value(identity),
        sealed_value(identity),
        yx_value_text(some(entry->scheme)),
        yx_value_integer(entry->internal_only == 1),
        yx_value_time(now),
    };
    int64_t changed;

    return run(tx,
               "INSERT INTO party (id, kind, type, nature, authority, parent, region, name_zh,"
               " name_en, code, identity_kind, identity_digest, identity_sealed, scheme,"
               " internal_only, version, made_at)"
               " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, $16)",
               row, COUNT_OF(row), &changed, err);
}

/* A unit is of the type of what it is below, a person is a user. */
static yx_status decide_type(const struct yx_party_entry *entry, const struct yx_party *parent,
                             const char **out, struct yx_error *err)
{
    YX_REQUIRE((entry->type != NULL) == (entry->kind == YX_PARTY_ORGANISATION), err, YX_USAGE, RULE,
               N_("an organisation has a type, units and persons have none of their own"));
    *out = entry->kind == YX_PARTY_ORGANISATION ? entry->type
           : entry->kind == YX_PARTY_UNIT       ? parent->type
                                                : "user";
    return YX_OK;
}

yx_status yx_party_make(struct yx_tx *tx, const struct yx_party_vault *vault,
                        const struct yx_party_entry *entry, const char *by, yx_time now,
                        char id[YX_UUID_TEXT], struct yx_error *err)
{
    YX_CLEAN(yx_party_copy) struct yx_party_copy parent = {0};
    YX_CLEAN(identity) struct identity identity = {0};
    const char *type = NULL;

    YX_TRY(yx_party_check_by(by, err));
    YX_REQUIRE(entry->name_zh != NULL, err, YX_USAGE, RULE, N_("a party has a Chinese name"));
    YX_TRY(check_words(entry, err));
    YX_TRY(look_up(tx, entry, &parent, err));
    YX_TRY(decide_type(entry, &parent.party, &type, err));
    YX_TRY(check_kind(entry->kind, type, entry, err));
    YX_REQUIRE(entry->kind != YX_PARTY_ORGANISATION || entry->nature != NULL, err, YX_USAGE, RULE,
               N_("it is to be told what kind of organisation it is"));
    YX_REQUIRE(strcmp(type, "regulator") != 0 || entry->kind != YX_PARTY_ORGANISATION ||
                   (entry->authority != NULL && entry->region != NULL),
               err, YX_USAGE, RULE, N_("a regulator is an authority of a region"));
    YX_TRY(yx_uuid_make(now, id, err));
    YX_TRY(make_identity(vault, id, entry, now, &identity, err));
    YX_TRY(insert(tx, entry, type, entry->region != NULL ? entry->region : parent.party.region,
                  &identity, now, id, err));
    return entry->parent == NULL ? YX_OK : yx_party_check_depth(tx, id, err);
}

/* --- Changed --------------------------------------------------------------------------------- */

/* What will not be there any more. The number of an identity document is not told again. */
static json_t *what_was(const struct yx_party *was, const struct yx_party_entry *entry)
{
    json_t *before = json_pack("{s:I}", "version", (json_int_t)was->version);
    const struct {
        const char *name, *was, *now;
    } texts[] = {
        {"nature", was->nature, entry->nature},
        {"authority", was->authority, entry->authority},
        {"region", was->region, entry->region},
        {"name_zh", was->name_zh, entry->name_zh},
        {"name_en", was->name_en, entry->name_en},
        {"code", was->code, entry->code},
        {"scheme", was->scheme, entry->scheme},
        {"identity_kind", was->identity_kind, entry->identity_kind},
    };

    for (size_t i = 0; before != NULL && i < COUNT_OF(texts); i++)
        if (texts[i].now != NULL)
            (void)json_object_set_new(before, texts[i].name,
                                      texts[i].was == NULL ? json_null()
                                                           : json_string(texts[i].was));
    if (before != NULL && entry->internal_only >= 0)
        (void)json_object_set_new(before, "internal_only", json_boolean(was->internal_only));
    return before;
}

static const char *either(const char *now, const char *was)
{
    return now != NULL ? some(now) : was;
}

static yx_status update(struct yx_tx *tx, const struct yx_party *was,
                        const struct yx_party_entry *entry, const struct identity *identity,
                        struct yx_error *err)
{
    const struct yx_value row[] = {
        yx_value_text(was->id),
        yx_value_text(either(entry->nature, was->nature)),
        yx_value_text(either(entry->authority, was->authority)),
        yx_value_text(either(entry->region, was->region)),
        yx_value_text(either(entry->name_zh, was->name_zh)),
        yx_value_text(either(entry->name_en, was->name_en)),
        yx_value_text(either(entry->code, was->code)),
        yx_value_text(either(entry->scheme, was->scheme)),
        yx_value_integer(entry->internal_only < 0 ? was->internal_only : entry->internal_only),
        yx_value_text(either(entry->identity_kind, was->identity_kind)),
        digest_value(identity),
        sealed_value(identity),
    };
    int64_t changed;

    return run(tx,
               "UPDATE party SET nature = $2, authority = $3, region = $4, name_zh = $5,"
               " name_en = $6, code = $7, scheme = $8, internal_only = $9, identity_kind = $10,"
               " identity_digest = coalesce($11, identity_digest),"
               " identity_sealed = coalesce($12, identity_sealed), version = version + 1"
               " WHERE id = $1",
               row, COUNT_OF(row), &changed, err);
}

yx_status yx_party_change(struct yx_tx *tx, const struct yx_party_vault *vault, const char *id,
                          int64_t version, const struct yx_party_entry *entry, const char *by,
                          yx_time now, struct yx_error *err)
{
    YX_CLEAN(yx_party_copy) struct yx_party_copy was = {0};
    YX_CLEAN(identity) struct identity identity = {0};

    YX_TRY(yx_party_check_by(by, err));
    YX_TRY(check_words(entry, err));
    YX_TRY(yx_party_load(tx, id, &was, err));
    YX_REQUIRE(version == 0 || version == was.party.version, err, YX_REFUSED, YX_PARTY_CHANGED,
               N_("somebody changed it meanwhile: it has version {1}, not {2}"),
               YX_NUM(was.party.version), YX_NUM(version));
    YX_TRY(check_kind(was.party.kind, was.party.type, entry, err));
    YX_REQUIRE(was.party.authority == NULL || entry->region == NULL || entry->region[0] != '\0',
               err, YX_USAGE, RULE, N_("a regulator is an authority of a region"));
    YX_TRY(make_identity(vault, id, entry, now, &identity, err));
    YX_TRY(update(tx, &was.party, entry, &identity, err));
    return yx_party_record(tx, id, by, now, what_was(&was.party, entry), err);
}
