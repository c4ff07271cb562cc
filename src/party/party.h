/* SPDX-License-Identifier: Apache-2.0 */
/*
 * party/party.h - the door to party/: who there is (parties), what people may do (roles, grants),
 * and the question whether somebody may.
 *
 * Every function works inside a transaction of the caller's, who writes the audit leaf of the
 * change into the same one. What stood there before a change is kept with its time and author
 * (yx_party_history); rows are ended, never deleted.
 *
 * Ids are UUIDs as text. `by` is who does it: the id of an account, or what an audit leaf would
 * call somebody without one ("cli:uid=0"). Accounts are known here by their ids alone.
 *
 * Threads: as the store's.
 */
#ifndef PARTY_PARTY_H
#define PARTY_PARTY_H

#include "audit/audit.h"
#include "crypto/crypto.h"
#include "store/store.h"

/* Rules in err->rule, for callers who act on them. */
#define YX_PARTY_MISSING "no such object"        /* YX_REFUSED */
#define YX_PARTY_NOT_PERMITTED "permission"      /* YX_REFUSED */
#define YX_PARTY_CHANGED "another version"       /* YX_REFUSED: somebody changed it meanwhile */
#define YX_PARTY_TWO_PEOPLE "maker and checker"  /* YX_REFUSED */
#define YX_PARTY_SEPARATION "separation of duty" /* YX_REFUSED: roles that exclude each other */

/* Makes the tables and brings the preset roles up to date; with an audit leaf when they changed. */
yx_status yx_party_prepare(struct yx_store *store, struct yx_error *err);

/* --- Words of the regulations (word.c) ------------------------------------------------------- */

/* A word in a table that ends with a row of NULLs. */
struct yx_party_word {
    const char *id, *zh, *en;
};
/* What parties are to the system; a party has one, and accounts of one do not act for another. */
const struct yx_party_word *yx_party_types(void);
/* Regulators by their office. */
const struct yx_party_word *yx_party_authorities(void);
/* Kinds of identity documents. */
const struct yx_party_word *yx_party_documents(void);

/* What an organisation is, and how the lists of the regulations call that: one is recorded, the
 * others follow. */
struct yx_party_nature {
    struct yx_party_word word;
    const char *user;      /* legal person, or other organisation: Shenzhen, article 3 */
    const char *applicant; /* seven kinds of units that apply for certificates: Shanghai */
    const char *wuhu;      /* seven kinds of units that have seals: Wuhu, article 4 */
    const char *hainan;    /* fourteen kinds: Hainan, article 3 */
    const char *social;    /* kind of social organisation; NULL: it is none */
};
const struct yx_party_nature *yx_party_natures(void);
const struct yx_party_nature *yx_party_nature_find(const char *id); /* NULL: none */

/* Posts. */
enum yx_party_post_rule {
    YX_POST_SINGLE = 1,     /* one holder at a time in a party */
    YX_POST_AUTHORISED = 2, /* a head of the party, or of one above, authorises it */
    YX_POST_HEAD = 4,       /* may authorise */
    YX_POST_FILED = 8,      /* of a certification authority; its filing is recorded */
    YX_POST_DECIDES = 16,   /* decides about the use of seals */
    YX_POST_KEEPS = 32,     /* keeps seals: never whoever decides */
    YX_POST_SEAL = 64,      /* may be named on a seal of its position */
};
struct yx_party_position {
    struct yx_party_word word;
    unsigned rules;
};
const struct yx_party_position *yx_party_positions(void);
const struct yx_party_position *yx_party_position_find(const char *id); /* NULL: none */

/* --- Numbers (number.c) ---------------------------------------------------------------------- */

/* Unified social credit code, 18 characters with the check character of GB 32100. */
#define YX_PARTY_CODE 18
yx_status yx_party_check_code(const char *code, struct yx_error *err);
/* Identity documents; resident identity cards with the check digit of GB 11643, born before `now`.
 */
#define YX_PARTY_IDENTITY_MAX 32
yx_status yx_party_check_identity(const char *document, const char *number, yx_time now,
                                  struct yx_error *err);
/* Six digits, as GB/T 2260 has them; "000000": the whole country. */
#define YX_PARTY_REGION 6
enum yx_party_tier { YX_TIER_NATIONAL, YX_TIER_PROVINCE, YX_TIER_CITY, YX_TIER_COUNTY };
yx_status yx_party_check_region(const char *region, struct yx_error *err);
enum yx_party_tier yx_party_region_tier(const char *region);
const char *yx_party_tier_name(enum yx_party_tier tier); /* "province" */

/* --- Numbers that nobody should read by the way (vault.c) --------------------------------------
 *
 * Numbers of identity documents lie in the database under SM4-CBC and HMAC-SM3, bound to their
 * party; they are found by a keyed digest. All three keys come from one secret.
 */
#define YX_PARTY_SECRET 32
struct yx_party_vault {
    uint8_t find[32], seal[YX_SM4_BLOCK], check[32];
};
yx_status yx_party_vault_make(const uint8_t secret[YX_PARTY_SECRET], struct yx_party_vault *out,
                              struct yx_error *err);
void yx_party_vault_wipe(struct yx_party_vault *vault);
YX_DEFINE_CLEAN_VALUE(yx_party_vault, struct yx_party_vault, yx_party_vault_wipe);

/* --- Parties (party.c, tree.c) ------------------------------------------------------------------
 *
 * An organisation, a unit of one, or a person. They are one tree: a unit is below an organisation
 * or a unit, an organisation may be below another one (a group, tiers of an authority), a person
 * may be below one that keeps their record, and has nobody below. A tree has at most YX_PARTY_DEPTH
 * levels.
 */
#define YX_PARTY_DEPTH 16
#define YX_PARTY_NAME_MAX 200 /* characters */

enum yx_party_kind { YX_PARTY_PERSON, YX_PARTY_ORGANISATION, YX_PARTY_UNIT };
const char *yx_party_kind_name(enum yx_party_kind kind); /* "person", "organisation", "unit" */

struct yx_party {
    char id[YX_UUID_TEXT];
    enum yx_party_kind kind;
    const char *type;      /* a unit has that of what it is below; a person is a "user" */
    const char *nature;    /* organisations; NULL: others */
    const char *authority; /* regulators; NULL: others */
    const char *parent;    /* NULL: none */
    const char *region;    /* NULL: not known; usually that of the parent */
    const char *name_zh;
    const char *name_en;       /* NULL: none */
    const char *code;          /* organisations; NULL: none */
    const char *identity_kind; /* persons; NULL: none. The number: yx_party_identity */
    const char *scheme;        /* rules that it chose; NULL: those of the parent */
    bool internal_only;        /* a certification authority that serves its own people alone */
    int64_t version;           /* from 1; one more with each change */
    yx_time made_at;
    yx_time ended_at; /* YX_TIME_NONE: not ended */
};

/* What is to be made or changed. NULL: none, or as it was. */
struct yx_party_entry {
    enum yx_party_kind kind; /* when made */
    const char *type;        /* organisations, when made */
    const char *nature, *authority, *region, *name_zh, *name_en, *code, *scheme;
    const char *parent;                          /* when made; later yx_party_move */
    const char *identity_kind, *identity_number; /* both or none */
    int internal_only;                           /* -1: as it was */
};
/* YX_REFUSED names the rule; an organisation of that code, or a person of that identity, is there
 * once for each type. */
yx_status yx_party_make(struct yx_tx *tx, const struct yx_party_vault *vault,
                        const struct yx_party_entry *entry, const char *by, yx_time now,
                        char id[YX_UUID_TEXT], struct yx_error *err);
/* `version` 0: whatever it is. An empty text takes away what need not be there. */
yx_status yx_party_change(struct yx_tx *tx, const struct yx_party_vault *vault, const char *id,
                          int64_t version, const struct yx_party_entry *entry, const char *by,
                          yx_time now, struct yx_error *err);
/* `parent` NULL: nothing above. YX_REFUSED for cycles. */
yx_status yx_party_move(struct yx_tx *tx, const char *id, const char *parent, const char *by,
                        yx_time now, struct yx_error *err);
/* With all posts in it and of it. YX_REFUSED while something below it has not ended. */
yx_status yx_party_end(struct yx_tx *tx, const char *id, const char *by, yx_time now,
                       struct yx_error *err);

/* What is given to `take` lives until it returns. */
typedef yx_status (*yx_party_take)(void *self, const struct yx_party *party, struct yx_error *err);
yx_status yx_party_find(struct yx_tx *tx, const char *id, yx_party_take take, void *self,
                        struct yx_error *err);
/* By the number of an identity document, or by code; `take` is not called when there is none. */
yx_status yx_party_find_identity(struct yx_tx *tx, const struct yx_party_vault *vault,
                                 const char *document, const char *number, yx_party_take take,
                                 void *self, struct yx_error *err);
/* Appends the number with a NUL; nothing when there is none. */
yx_status yx_party_identity(struct yx_tx *tx, const struct yx_party_vault *vault, const char *id,
                            struct yx_buf *out, struct yx_error *err);

struct yx_party_filter {
    const char *reader;               /* what this account may read alone; NULL: everything */
    yx_time now;                      /* of the reader's grants */
    const char *parent, *type, *code; /* NULL: any */
    int kind;                         /* -1: any */
    bool ended;                       /* those, too */
    const char *after;                /* behind this id; NULL: from the start */
    int64_t limit;
};
/* In the order of ids, which is that of making. */
yx_status yx_party_list(struct yx_tx *tx, const struct yx_party_filter *filter, yx_party_take take,
                        void *self, struct yx_error *err);
/* Is `party` the one `above`, or below it? */
yx_status yx_party_is_within(struct yx_tx *tx, const char *party, const char *above, bool *out,
                             struct yx_error *err);
/* The rules that a party has chosen, or the nearest above it; "" when none has. */
yx_status yx_party_scheme(struct yx_tx *tx, const char *id, char *out, size_t size,
                          struct yx_error *err);

/* --- What stood there before (history.c) ----------------------------------------------------- */

struct yx_party_past {
    int64_t number;
    yx_time at;
    const char *by, *before; /* a JSON object */
};
typedef yx_status (*yx_party_take_past)(void *self, const struct yx_party_past *past,
                                        struct yx_error *err);
/* Of a party, post, qualification, role or grant, newest first; `before_number` 0: from the newest.
 */
yx_status yx_party_history(struct yx_tx *tx, const char *object, int64_t before_number,
                           int64_t limit, yx_party_take_past take, void *self,
                           struct yx_error *err);

/* --- Posts (post.c) --------------------------------------------------------------------------- */

struct yx_party_post {
    char id[YX_UUID_TEXT];
    const char *party, *person, *position;
    const char *title;         /* what it is called there; NULL: as the position */
    const char *authorised_by; /* the person; NULL: nobody need */
    yx_time from, until;       /* YX_TIME_NONE: open */
    yx_time filed_at;          /* with an authority; YX_TIME_NONE: not */
    const char *filed_with;    /* NULL: not */
};
yx_status yx_party_post_make(struct yx_tx *tx, const struct yx_party_post *post, const char *by,
                             yx_time now, char id[YX_UUID_TEXT], struct yx_error *err);
yx_status yx_party_post_end(struct yx_tx *tx, const char *id, yx_time until, const char *by,
                            yx_time now, struct yx_error *err);
/* Records that the authority has it on file. */
yx_status yx_party_post_file(struct yx_tx *tx, const char *id, const char *with, const char *by,
                             yx_time now, struct yx_error *err);
typedef yx_status (*yx_party_take_post)(void *self, const struct yx_party_post *post,
                                        struct yx_error *err);
/* Of a party or a person, or one by its id; NULL: any. `at` YX_TIME_NONE: past ones, too. */
struct yx_party_post_filter {
    const char *id, *party, *person, *after;
    yx_time at;
    int64_t limit;
};
yx_status yx_party_posts(struct yx_tx *tx, const struct yx_party_post_filter *filter,
                         yx_party_take_post take, void *self, struct yx_error *err);
/* Does the person hold it at that time, in the party or one above it? */
yx_status yx_party_holds(struct yx_tx *tx, const char *person, const char *party,
                         const char *position, yx_time at, bool *out, struct yx_error *err);

/* --- Qualifications (qualification.c) -------------------------------------------------------- */

#define YX_QUALIFICATION_CERTIFICATION "electronic-certification" /* 电子认证服务资质 */
struct yx_party_qualification {
    char id[YX_UUID_TEXT];
    const char *party, *kind, *number, *issuer;
    yx_time from, until;  /* until: YX_TIME_NONE: open */
    yx_time withdrawn_at; /* YX_TIME_NONE: not */
};
yx_status yx_party_qualify(struct yx_tx *tx, const struct yx_party_qualification *qualification,
                           const char *by, yx_time now, char id[YX_UUID_TEXT],
                           struct yx_error *err);
yx_status yx_party_disqualify(struct yx_tx *tx, const char *id, const char *by, yx_time now,
                              struct yx_error *err);
typedef yx_status (*yx_party_take_qualification)(void *self,
                                                 const struct yx_party_qualification *qualification,
                                                 struct yx_error *err);
/* All of a party, or one by its id; NULL: any. */
yx_status yx_party_qualifications(struct yx_tx *tx, const char *party, const char *id,
                                  yx_party_take_qualification take, void *self,
                                  struct yx_error *err);
/* YX_REFUSED unless it is a seal service agency with a valid qualification on record. */
yx_status yx_party_require_seal_agency(struct yx_tx *tx, const char *party, yx_time at,
                                       struct yx_error *err);
/* YX_REFUSED when the authority is for internal use only, and `party` is not of its own house. */
yx_status yx_party_require_served(struct yx_tx *tx, const char *authority, const char *party,
                                  struct yx_error *err);

/* --- Permissions and roles (permission.c, role.c) -------------------------------------------- */

/* Families of permissions: two of the three administrators are never one account, and whoever
 * audits changes nothing. */
enum yx_permission_family {
    YX_PERMISSION_READ,
    YX_PERMISSION_WORK,
    YX_PERMISSION_SYSTEM,
    YX_PERMISSION_SECURITY,
    YX_PERMISSION_AUDIT,
};
struct yx_permission {
    struct yx_party_word word; /* id: "seal.apply" */
    enum yx_permission_family family;
};
const struct yx_permission *yx_permissions(void); /* ends with NULLs */
const struct yx_permission *yx_permission_find(const char *id);
const char *yx_permission_family_name(enum yx_permission_family family);

/* A role of the regulations (Appendix A of the requirements), or one that the service needs. */
struct yx_party_preset {
    struct yx_party_word word;
    unsigned number;         /* in Appendix A; 0: of the service itself */
    const char *account;     /* "yes", or "record": nobody logs in */
    const char *type;        /* of the parties that it is for; NULL: any */
    const char *permissions; /* with spaces between; "" for a record */
};
const struct yx_party_preset *yx_party_presets(size_t *count);
/* The role of each of the three administrators. */
#define YX_ROLE_SYSTEM "system-administrator"
#define YX_ROLE_SECURITY "security-administrator"
#define YX_ROLE_AUDIT "auditor"

#define YX_ROLE_PERMISSIONS_MAX 64
struct yx_party_role {
    char id[YX_UUID_TEXT + 12]; /* that of a preset, or a UUID */
    const char *name_zh, *name_en;
    const char *type;        /* NULL: any */
    const char *permissions; /* with spaces between, in the order of their names */
    bool preset;
    bool account; /* false: nobody is granted it */
    int64_t version;
    yx_time retired_at; /* YX_TIME_NONE: not */
};
struct yx_party_role_entry {
    const char *name_zh, *name_en, *type; /* NULL: none, or as it was */
    const char *const *permissions;       /* `count` of them; NULL: as it was */
    size_t count;
};
yx_status yx_party_role_make(struct yx_tx *tx, const struct yx_party_role_entry *entry,
                             const char *by, yx_time now, char id[YX_UUID_TEXT],
                             struct yx_error *err);
/* Presets cannot be changed or retired: make a role of your own. YX_REFUSED when an account would
 * get permissions that exclude each other, or no administrator of security would be left. */
yx_status yx_party_role_change(struct yx_tx *tx, const char *id, int64_t version,
                               const struct yx_party_role_entry *entry, const char *by, yx_time now,
                               struct yx_error *err);
/* Nobody has it any more. */
yx_status yx_party_role_retire(struct yx_tx *tx, const char *id, const char *by, yx_time now,
                               struct yx_error *err);
typedef yx_status (*yx_party_take_role)(void *self, const struct yx_party_role *role,
                                        struct yx_error *err);
/* One, or those behind `after` in the order of ids. */
yx_status yx_party_roles(struct yx_tx *tx, const char *id, const char *after, int64_t limit,
                         yx_party_take_role take, void *self, struct yx_error *err);

/* --- Grants (grant.c) ------------------------------------------------------------------------ */

/* Where it holds: within all that is not NULL. */
struct yx_party_scope {
    const char *party;  /* this one and what is below it */
    const char *region; /* parties there */
    const char *seal, *document_class, *platform;
};
struct yx_party_grant {
    char id[YX_UUID_TEXT];
    const char *account, *role;
    struct yx_party_scope scope;
    yx_time from, until; /* YX_TIME_NONE: from now, without end */
    yx_time made_at;
    const char *made_by;
    yx_time revoked_at; /* YX_TIME_NONE: not */
    const char *revoked_by;
};
/*
 * YX_REFUSED when somebody grants to himself, or beyond where he may grant; when the role excludes
 * one that the account has (YX_PARTY_SEPARATION), or is for another type of parties. A `by` that is
 * no account is the operator of the machine, and may.
 */
yx_status yx_party_grant(struct yx_tx *tx, const struct yx_party_grant *grant, const char *by,
                         yx_time now, char id[YX_UUID_TEXT], struct yx_error *err);
/* YX_REFUSED when no administrator of security would be left, or `by` may not. */
yx_status yx_party_revoke(struct yx_tx *tx, const char *id, const char *by, yx_time now,
                          struct yx_error *err);
/* Every grant of an account, when it is closed; the same refusals. */
yx_status yx_party_revoke_all(struct yx_tx *tx, const char *account, const char *by, yx_time now,
                              struct yx_error *err);
/* Is this account the last that administers security everywhere and without end? */
yx_status yx_party_is_last_administrator(struct yx_tx *tx, const char *account, yx_time now,
                                         bool *out, struct yx_error *err);
struct yx_party_grant_filter {
    const char *id, *account, *role, *party, *after; /* NULL: any */
    yx_time at;                                      /* YX_TIME_NONE: past and revoked ones, too */
    int64_t limit;
};
typedef yx_status (*yx_party_take_grant)(void *self, const struct yx_party_grant *grant,
                                         struct yx_error *err);
yx_status yx_party_grants(struct yx_tx *tx, const struct yx_party_grant_filter *filter,
                          yx_party_take_grant take, void *self, struct yx_error *err);

/* --- The question (question.c) --------------------------------------------------------------- */

struct yx_party_question {
    const char *account, *permission;
    struct yx_party_scope on; /* the object at hand: what is known about it */
    bool anywhere;            /* instead: is there anything at all that it may be done to? */
    yx_time now;
};
/* One statement over an index. */
yx_status yx_party_may(struct yx_tx *tx, const struct yx_party_question *question, bool *may,
                       struct yx_error *err);
/* The same; YX_REFUSED with YX_PARTY_NOT_PERMITTED. */
yx_status yx_party_require(struct yx_tx *tx, const struct yx_party_question *question,
                           struct yx_error *err);
/* Each permission that the account has somewhere, once, in the order of their names. */
typedef yx_status (*yx_party_take_permission)(void *self, const char *permission,
                                              struct yx_error *err);
yx_status yx_party_permissions(struct yx_tx *tx, const char *account, yx_time now,
                               yx_party_take_permission take, void *self, struct yx_error *err);
/* Whoever made something never checks it. */
yx_status yx_party_require_other(const char *maker, const char *checker, struct yx_error *err);

#endif
