/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login/login.h - the door to login/: accounts, and how people and systems show who they are:
 * passwords, TOTP, certificates, sessions, keys of systems, one-time links, recovery.
 *
 * What somebody may do is not asked here: party/ knows. An account names the party behind it by its
 * id, and that is all.
 *
 * Whatever is shown to get in (password, code, certificate, link) is looked at first and decided on
 * in one transaction behind, so that of two attempts with one code, link or challenge one wins,
 * and that a change of the account in between counts. Whoever is refused at a log-in gets one and
 * the same answer, after the same work, whether there is such an account or not.
 *
 * Secrets that must come back (of TOTP, of keys) are closed with a key that the caller gives;
 * everything else is kept as a digest. What is given out (tokens of sessions and links, secrets of
 * keys) is shown once and cannot be read back.
 *
 * Threads: any number of them may use one struct yx_login. Functions that take a struct yx_tx run
 * inside the caller's transaction, and may run again.
 */
#ifndef LOGIN_LOGIN_H
#define LOGIN_LOGIN_H

#include "audit/audit.h"
#include "proof/proof.h"

/* Rules in err->rule, for callers who act on them. */
#define YX_LOGIN_RULE YX_PROOF_RULE    /* YX_REFUSED: it is not shown who asks */
#define YX_LOGIN_CODE "log-in, code"   /* YX_REFUSED: a code is needed, too */
#define YX_LOGIN_BUSY YX_PROOF_BUSY    /* YX_REFUSED: come again in a moment */
#define YX_LOGIN_SLOWER "log-in, wait" /* YX_REFUSED: too many wrong ones from this address */
#define YX_LOGIN_TWO_PEOPLE "log-in, two people" /* YX_REFUSED: this must be somebody else */
#define YX_LOGIN_ACCOUNT "account" /* YX_REFUSED: there is no such account, key, session ... */

/* --- Settings (login.c) ---------------------------------------------------------------------- */

/* Times in seconds, unless they say otherwise. 0 switches a limit off where that makes sense. */
struct yx_login_policy {
    /* Passwords. The cost of Argon2id (RFC 9106) counts for those that are set from now on. */
    uint32_t hash_kib, hash_passes;
    int64_t password_min;     /* characters */
    int64_t password_days;    /* then it is old (SEC-11), */
    bool password_forced;     /* and must be changed before anything else, or is told to be old */
    bool password_first;      /* one that somebody else set must be changed (SEC-12) */
    int64_t password_history; /* so many of the last ones do not come again */
    /* Guesses: wrong ones in a row that lock the password (SEC-10) ... */
    int64_t attempts;
    int64_t lock_seconds;  /* ... for so long; 0: until somebody opens it (SEC-16) */
    int64_t delay_after;   /* so many wrong ones in a row make the next wait */
    int64_t delay_seconds; /* at first, and double behind each further one */
    int64_t delay_max_seconds;
    int64_t address_attempts; /* wrong ones of one address, whatever names it tries, */
    int64_t address_seconds;  /* within so long */
    bool totp_required;       /* who comes with a password needs a second factor */
    bool revocation_required; /* a certificate of which nobody knows whether it is revoked is
                                 refused */
    /* Sessions. */
    int64_t session_idle, session_life; /* idle 0: only the life counts */
    int64_t session_max;                /* of one account at a time; the oldest gives way */
    int64_t recent;            /* for so long after a log-in dangerous things are allowed */
    int64_t challenge_seconds; /* how long a challenge is good for */
    int64_t link_seconds;      /* ... a one-time link */
    int64_t recovery_seconds;  /* ... the request of a recovery */
    int64_t key_window;        /* the time of a signed request may differ by so much */
};
/* 64 MiB and 3 passes (RFC 9106 4), 10 characters, 60 days, 5 kept; 10 wrong ones lock until
 * opened; 30 minutes idle, 12 hours in all. */
void yx_login_policy_usual(struct yx_login_policy *out);

struct yx_login;
struct yx_login_setup {
    struct yx_store *store;
    struct yx_bytes service_key; /* 32 octets or more, secret: closes the secrets that are kept */
    const char *origin;          /* "https://seal.example": challenges are signed for it */
    const char *service;         /* the name that apps show beside codes; NULL: "Yinxin" */
    unsigned hashes_waiting;     /* log-ins that may wait while two others are looked at, each with
                                    a thread of the caller's; 0: 32 */
};
/* Makes the tables; behind yx_audit_prepare. */
yx_status yx_login_prepare(struct yx_store *store, struct yx_error *err);
/* Opens libsodium, too, which nobody can do any more behind a sandbox. With the usual policy, and
 * without trust in any certificate. What the setup points to is copied, but for the store. */
yx_status yx_login_new(const struct yx_login_setup *setup, struct yx_login **out,
                       struct yx_error *err);
void yx_login_free(struct yx_login *login);
YX_DEFINE_CLEAN(yx_login, struct yx_login *, yx_login_free);
/* Both may be called at any time, and count for what begins behind them. */
void yx_login_set_policy(struct yx_login *login, const struct yx_login_policy *policy);
void yx_login_get_policy(struct yx_login *login, struct yx_login_policy *out);
/* Whose certificates open accounts, with what is known of their revocation; takes `trust`. */
void yx_login_set_trust(struct yx_login *login, struct yx_trust *trust);

/* On whose behalf something is changed. */
struct yx_login_by {
    /* As the leaf calls them; NULL: the caller writes the leaf, in the same transaction. */
    const char *actor;
    const char *account; /* their account; NULL: none (the command line) */
    const char *from;    /* their address; NULL: not known */
    yx_time now;
};

/* --- Accounts (account.c) -------------------------------------------------------------------- */

#define YX_LOGIN_NAME_MAX 64 /* bytes */
#define YX_LOGIN_ID_MAX 64

enum yx_login_kind { YX_LOGIN_PERSON, YX_LOGIN_SYSTEM };
enum yx_login_state {
    YX_LOGIN_INVITED, /* nobody came in yet: a link, or a first password, is on its way */
    YX_LOGIN_ACTIVE,
    YX_LOGIN_LOCKED,  /* for a while: no session, no key, nobody comes in */
    YX_LOGIN_DISABLED /* for ever; the name stays taken */
};
/* "person", "system"; "invited" ... */
const char *yx_login_kind_name(enum yx_login_kind kind);
const char *yx_login_state_name(enum yx_login_state state);

struct yx_login_account {
    char id[YX_UUID_TEXT];
    char name[YX_LOGIN_NAME_MAX + 1];
    char party[YX_LOGIN_ID_MAX + 1]; /* "": nobody yet */
    char language[16];               /* "zh", "en" */
    enum yx_login_kind kind;
    enum yx_login_state state;
    yx_time made_at;
    yx_time password_at;        /* when it was set; YX_TIME_NONE: there is none */
    bool password_initial;      /* somebody else set it (SEC-12) */
    yx_time password_locked_at; /* by wrong ones; YX_TIME_NONE: it is not */
    bool totp;                  /* codes are asked for */
};
struct yx_login_new_account {
    const char *name;  /* 1 to 64 bytes of a-z 0-9 . _ @ - and Chinese characters; A-Z become a-z */
    const char *party; /* NULL: nobody yet */
    const char *language; /* NULL: "zh" */
    enum yx_login_kind kind;
};
/* A person begins as invited, a system as active. YX_REFUSED when the name is taken. */
yx_status yx_login_account_make(struct yx_tx *tx, const struct yx_login_new_account *wanted,
                                const struct yx_login_by *by, char id[YX_UUID_TEXT],
                                struct yx_error *err);
/* YX_REFUSED (YX_LOGIN_ACCOUNT) when there is none. */
yx_status yx_login_account_find(struct yx_tx *tx, const char *id, struct yx_login_account *out,
                                struct yx_error *err);
yx_status yx_login_account_named(struct yx_tx *tx, const char *name, struct yx_login_account *out,
                                 struct yx_error *err);
/* Are these the same account, or two accounts of one person? "" and what is no account: nobody. */
yx_status yx_login_same_person(struct yx_tx *tx, const char *a, const char *b, bool *out,
                               struct yx_error *err);
/* Those whose names come behind `after` ("": from the start), in the order of their names. */
typedef yx_status (*yx_login_each_account)(void *self, const struct yx_login_account *account,
                                           struct yx_error *err);
yx_status yx_login_account_list(struct yx_tx *tx, const char *after, int64_t limit,
                                yx_login_each_account each, void *self, struct yx_error *err);
/* NULL: stays. YX_REFUSED when it was removed. */
yx_status yx_login_account_change(struct yx_tx *tx, const char *id, const char *party,
                                  const char *language, const struct yx_login_by *by,
                                  struct yx_error *err);
/* Sessions end at once. YX_REFUSED for one's own account, and when it is in that state. */
yx_status yx_login_account_lock(struct yx_tx *tx, const char *id, const char *reason,
                                const struct yx_login_by *by, struct yx_error *err);
/* Opens a locked account, and a password that wrong ones locked. */
yx_status yx_login_account_unlock(struct yx_tx *tx, const char *id, const struct yx_login_by *by,
                                  struct yx_error *err);
/* Nothing opens it any more: its passwords, codes, certificates, keys and sessions are gone. */
yx_status yx_login_account_remove(struct yx_tx *tx, const char *id, const char *reason,
                                  const struct yx_login_by *by, struct yx_error *err);

/* --- Passwords (password.c) ------------------------------------------------------------------ */

#define YX_LOGIN_ABOUT_MAX 8
/* A password that passed the rules, hashed: that takes long, and comes before the transaction. */
struct yx_login_new_password {
    char hash[YX_ARGON2_TEXT];
    int64_t keep;
};
/*
 * YX_REFUSED when it is too short or too simple (SEC-14), leans on the name of the account or on
 * `names` (of the party and its organisation; ended by NULL; NULL: none), or was used before.
 */
yx_status yx_login_password_prepare(struct yx_login *login, const char *account,
                                    struct yx_bytes password, const char *const *names,
                                    struct yx_login_new_password *out, struct yx_error *err);
/* The holder has another password from now on; all sessions but `session` end. Who the holder is
 * was asked before (yx_login_enter, a link). */
yx_status yx_login_password_put(struct yx_tx *tx, const char *account,
                                const struct yx_login_new_password *password, const char *session,
                                const struct yx_login_by *by, struct yx_error *err);
/* Somebody else sets it for a start: it must be changed at once (SEC-12). */
yx_status yx_login_password_give(struct yx_tx *tx, const char *account,
                                 const struct yx_login_new_password *password,
                                 const struct yx_login_by *by, struct yx_error *err);

/* --- One-time links (link.c) ----------------------------------------------------------------- */

/* Of a link or a key that is to be made: before the transaction, which may run again. */
struct yx_login_secret {
    char text[YX_TOKEN_TEXT];
};
yx_status yx_login_secret_make(struct yx_login_secret *out, struct yx_error *err);

enum yx_login_purpose {
    YX_LOGIN_INVITE, /* the first password */
    YX_LOGIN_RESET,  /* it was forgotten (SEC-16); codes and certificates stay */
    YX_LOGIN_RECOVER /* all is lost: codes and certificates go */
};
const char *yx_login_purpose_name(enum yx_login_purpose purpose);
/* Good for `seconds`; the one before is good no more. YX_REFUSED for one's own account, for
 * systems, and for an account that is locked or removed. */
yx_status yx_login_link_make(struct yx_tx *tx, const char *account, enum yx_login_purpose purpose,
                             const struct yx_login_secret *secret, int64_t seconds,
                             const struct yx_login_by *by, struct yx_error *err);
/* While there is no account at all: one for the first administrator, "admin", and a link. Whoever
 * calls it grants the account what it may do, in the same transaction. */
yx_status yx_login_first(struct yx_tx *tx, const struct yx_login_secret *secret, int64_t seconds,
                         const struct yx_login_by *by, char account[YX_UUID_TEXT], bool *made,
                         struct yx_error *err);
/* Whose link it is: the id of the party, "" for none. YX_REFUSED as yx_login_redeem. */
yx_status yx_login_link_party(struct yx_login *login, const char *token, yx_time now,
                              char party[YX_LOGIN_ID_MAX + 1], struct yx_error *err);
struct yx_login_redemption {
    const char *token;
    struct yx_bytes password;
    const char *const *names; /* as for yx_login_password_prepare */
    const char *address;
    yx_time now;
};
/* Sets the password, once, and ends all sessions; nobody is logged in by it. YX_REFUSED
 * (YX_LOGIN_RULE) when the link is not good any more. */
yx_status yx_login_redeem(struct yx_login *login, const struct yx_login_redemption *redemption,
                          char account[YX_UUID_TEXT], struct yx_error *err);

/* --- Codes (totp.c) -------------------------------------------------------------------------- */

/* Appends "otpauth://totp/..." for an app. */
yx_status yx_login_totp_uri(const struct yx_login *login, const char *name,
                            const struct yx_totp_secret *secret, struct yx_buf *out,
                            struct yx_error *err);
/* Codes of this secret will be asked for as soon as one was shown. YX_REFUSED when codes are asked
 * for already. */
yx_status yx_login_totp_begin(const struct yx_login *login, struct yx_tx *tx, const char *account,
                              const struct yx_totp_secret *secret, struct yx_error *err);
/* YX_REFUSED when the code is wrong. The recovery codes are good once each, in place of a code. */
yx_status yx_login_totp_confirm(const struct yx_login *login, struct yx_tx *tx, const char *account,
                                const char *code, const struct yx_recovery_codes *codes,
                                const struct yx_login_by *by, struct yx_error *err);
yx_status yx_login_totp_remove(struct yx_tx *tx, const char *account, const struct yx_login_by *by,
                               struct yx_error *err);

/* --- Coming in by password (enter.c) --------------------------------------------------------- */

struct yx_login_who;
struct yx_login_attempt {
    const char *name;
    struct yx_bytes password;
    const char *code;            /* TOTP or recovery; NULL or "": none */
    const char *address, *agent; /* of the client; NULL: not known */
    yx_time now;
    const struct yx_login_who *session; /* who is logged in already shows it once more, and `name`
                                           is not looked at; NULL: a new session */
};
/*
 * Opens a session and gives its cookie, or gives the one that goes on another cookie: what was
 * before is good no more. YX_REFUSED with one sentence (YX_LOGIN_RULE) when name, password or code
 * is wrong, the account is not active, or wrong ones came too often; with YX_LOGIN_CODE when all is
 * right and a code is wanted; YX_LOGIN_SLOWER, YX_LOGIN_BUSY.
 */
yx_status yx_login_enter(struct yx_login *login, const struct yx_login_attempt *attempt,
                         char token[YX_TOKEN_TEXT], struct yx_error *err);

/* --- Coming in with a certificate (certificate.c, prove.c) ----------------------------------- */

enum yx_login_binding_kind {
    YX_LOGIN_BIND_CERTIFICATE,  /* this one alone: issuer and serial */
    YX_LOGIN_BIND_PERSON,       /* any trusted one with the same number of a person */
    YX_LOGIN_BIND_ORGANISATION, /* ... of an organisation: all its people who have one */
    YX_LOGIN_BINDINGS
};
/* "certificate", "person", "organisation" */
const char *yx_login_binding_name(enum yx_login_binding_kind kind);
struct yx_login_new_binding {
    const char *account;
    const struct yx_cert *cert; /* that was checked (yx_login_certificate_check) */
    enum yx_login_binding_kind kind;
};
/* YX_REFUSED when it opens an account already, or has no such number. */
yx_status yx_login_binding_make(const struct yx_login *login, struct yx_tx *tx,
                                const struct yx_login_new_binding *wanted,
                                const struct yx_login_by *by, char id[YX_UUID_TEXT],
                                struct yx_error *err);
struct yx_login_binding {
    const char *id, *account, *label;
    enum yx_login_binding_kind kind;
    yx_time made_at;
};
typedef yx_status (*yx_login_each_binding)(void *self, const struct yx_login_binding *binding,
                                           struct yx_error *err);
yx_status yx_login_binding_list(struct yx_tx *tx, const char *account, const char *after,
                                int64_t limit, yx_login_each_binding each, void *self,
                                struct yx_error *err);
yx_status yx_login_binding_remove(struct yx_tx *tx, const char *account, const char *id,
                                  const struct yx_login_by *by, struct yx_error *err);
/* YX_REFUSED (YX_LOGIN_RULE) unless it leads to an anchor, is in force, is for signing, and is not
 * revoked. `helpers` as in yx_cert_validate_with. */
yx_status yx_login_certificate_check(struct yx_login *login, const struct yx_cert *cert,
                                     struct yx_bytes helpers, yx_time now, struct yx_error *err);

/* Appends a text to be signed: bound to the origin and to this time, good for one answer. */
yx_status yx_login_challenge_make(const struct yx_login *login, yx_time now, struct yx_buf *out,
                                  struct yx_error *err);
struct yx_login_proof {
    struct yx_signed_challenge answer;
    struct yx_bytes tls;         /* instead of it: the certificate of a client, DER, whose key TLS
                                    has proved */
    const char *address, *agent; /* of the client; NULL: not known */
    yx_time now;
    const struct yx_login_who *session; /* as in struct yx_login_attempt */
};
/* As yx_login_enter. YX_REFUSED or YX_DAMAGED says what is wrong with the proof or the certificate.
 */
yx_status yx_login_prove(struct yx_login *login, const struct yx_login_proof *proof,
                         char token[YX_TOKEN_TEXT], struct yx_error *err);
/* The same for somebody who wants to have a certificate bound: gives it, and opens nothing. */
yx_status yx_login_prove_key(struct yx_login *login, const struct yx_login_proof *proof,
                             struct yx_cert **out, struct yx_error *err);

/* --- Recovery by two people (recovery.c) ----------------------------------------------------- */

enum yx_login_recovery_state {
    YX_LOGIN_RECOVERY_OPEN,
    YX_LOGIN_RECOVERY_ONCE, /* approved by one */
    YX_LOGIN_RECOVERY_DONE,
    YX_LOGIN_RECOVERY_REFUSED
};
const char *yx_login_recovery_state_name(enum yx_login_recovery_state state);
struct yx_login_recovery {
    const char *id, *account, *evidence, *reason;
    const char *asked_by, *first_by, *second_by; /* accounts; "": nobody (yet) */
    yx_time asked_at, until, decided_at;
    enum yx_login_recovery_state state;
};
struct yx_login_new_recovery {
    const char *account, *evidence, *reason; /* evidence: where the proof is kept */
    int64_t seconds;                         /* it is good for */
};
/* YX_REFUSED unless it is the active account of a person, and none is open. */
yx_status yx_login_recovery_ask(struct yx_tx *tx, const struct yx_login_new_recovery *wanted,
                                const struct yx_login_by *by, char id[YX_UUID_TEXT],
                                struct yx_error *err);
typedef yx_status (*yx_login_each_recovery)(void *self, const struct yx_login_recovery *recovery,
                                            struct yx_error *err);
yx_status yx_login_recovery_find(struct yx_tx *tx, const char *id, yx_login_each_recovery each,
                                 void *self, struct yx_error *err);
yx_status yx_login_recovery_list(struct yx_tx *tx, const char *after, int64_t limit,
                                 yx_login_each_recovery each, void *self, struct yx_error *err);
/* The second approval (*done) makes a link of `secret`. YX_REFUSED (YX_LOGIN_TWO_PEOPLE) when `by`
 * is the holder, who asked, or who approved first, by whichever of their accounts. */
yx_status yx_login_recovery_approve(struct yx_tx *tx, const char *id,
                                    const struct yx_login_secret *secret, int64_t seconds,
                                    const struct yx_login_by *by, bool *done, struct yx_error *err);
yx_status yx_login_recovery_refuse(struct yx_tx *tx, const char *id, const struct yx_login_by *by,
                                   struct yx_error *err);

/* --- Who asks -------------------------------------------------------------------------------- */

/* How somebody showed who they are, as bits. */
enum {
    YX_LOGIN_BY_PASSWORD = 1 << 0,
    YX_LOGIN_BY_CODE = 1 << 1,        /* TOTP, or a recovery code */
    YX_LOGIN_BY_CERTIFICATE = 1 << 2, /* a signed challenge */
    YX_LOGIN_BY_TLS = 1 << 3,         /* a client certificate */
    YX_LOGIN_BY_KEY = 1 << 4          /* the key of a system */
};
/* What must be done first: until then a session is good for this alone. */
enum yx_login_duty {
    YX_LOGIN_FREE,
    YX_LOGIN_MUST_CHANGE_FIRST, /* SEC-12: the password is not the holder's own yet */
    YX_LOGIN_MUST_CHANGE_OLD,   /* SEC-11: it is too old */
    YX_LOGIN_MUST_ADD_CODES     /* the policy wants TOTP */
};

#define YX_LOGIN_KEY_PERMISSIONS 1024
#define YX_LOGIN_KEY_PARTIES 16

struct yx_login_who {
    char account[YX_UUID_TEXT];
    char name[YX_LOGIN_NAME_MAX + 1];
    char party[YX_LOGIN_ID_MAX + 1];
    char language[16];
    enum yx_login_kind kind;
    unsigned methods;
    /* A session; "" when it is none. */
    char session[YX_UUID_TEXT];
    char csrf[YX_TOKEN_TEXT];
    yx_time authenticated_at, until;
    bool recent; /* it was shown a short while ago: good enough for dangerous things */
    enum yx_login_duty duty;
    bool password_old; /* it came in by a password whose interval is over */
    /* The key of a system; "" when it is none. */
    char key[YX_UUID_TEXT];
    char permissions[YX_LOGIN_KEY_PERMISSIONS];              /* with a space between them */
    char parties[YX_LOGIN_KEY_PARTIES][YX_LOGIN_ID_MAX + 1]; /* none: any that the account may */
    size_t party_count;
    uint8_t body[32]; /* the SM3 that the request must have */
};

/* --- Sessions (session.c) -------------------------------------------------------------------- */

/*
 * Whose session a cookie is; `cookie` may be NULL. YX_REFUSED (YX_LOGIN_RULE), with one sentence,
 * when it is no session, too old, idle for too long, or its account is not active any more. When it
 * was used is written back now and then.
 */
yx_status yx_login_session_find(struct yx_login *login, const char *cookie, yx_time now,
                                struct yx_login_who *out, struct yx_error *err);
/* Is this the token that goes with the session? In time that depends on its length alone; `token`
 * may be NULL. */
bool yx_login_csrf_matches(const struct yx_login_who *who, const char *token);

struct yx_login_session {
    const char *id, *account, *address, *agent;
    unsigned methods;
    yx_time opened_at, authenticated_at, used_at, until;
};
typedef yx_status (*yx_login_each_session)(void *self, const struct yx_login_session *session,
                                           struct yx_error *err);
/* The sessions of an account, oldest first, behind the id `after`. */
yx_status yx_login_session_list(struct yx_tx *tx, const char *account, const char *after,
                                int64_t limit, yx_login_each_session each, void *self,
                                struct yx_error *err);
/* Ends one of them; YX_REFUSED (YX_LOGIN_ACCOUNT) when this account has no such session. */
yx_status yx_login_session_end(struct yx_tx *tx, const char *account, const char *session,
                               const struct yx_login_by *by, struct yx_error *err);
/* Ends all of them but `except` (NULL: all). */
yx_status yx_login_session_end_all(struct yx_tx *tx, const char *account, const char *except,
                                   const struct yx_login_by *by, struct yx_error *err);

/* --- Keys of systems (key.c) ----------------------------------------------------------------- */

/* A request of a system, signed as struct yx_signed_request says. */
struct yx_login_request {
    const char *method, *target, *authorization;
    const char *address; /* of the client */
    yx_time now;
};
/*
 * Whose request it is. YX_REFUSED (YX_LOGIN_RULE) when the header does not read so, the key is not
 * known or the signature is wrong (one sentence for both); and, which the holder of the key is
 * told: its time is off, the nonce came before, the key has run out or does not serve this address,
 * or the account is not active. The body, which may come later, is to be compared with out->body
 * (yx_login_body_matches).
 */
yx_status yx_login_key_check(struct yx_login *login, const struct yx_login_request *request,
                             struct yx_login_who *out, struct yx_error *err);
/* YX_REFUSED (YX_LOGIN_RULE) unless this is the SM3 of what was signed. */
yx_status yx_login_body_matches(const struct yx_login_who *who, const uint8_t digest[32],
                                struct yx_error *err);
/* Was this permission given to the key? A session has no such limits. */
bool yx_login_key_allows(const struct yx_login_who *who, const char *permission);
struct yx_login_key {
    char id[YX_UUID_TEXT];
    char account[YX_UUID_TEXT];
    char name[128];
    char permissions[YX_LOGIN_KEY_PERMISSIONS];
    char parties[YX_LOGIN_KEY_PARTIES * (YX_LOGIN_ID_MAX + 1)]; /* with a space between them */
    char addresses[512];
    yx_time made_at, expires_at, used_at, revoked_at; /* YX_TIME_NONE: never */
};
struct yx_login_new_key {
    const char *account;     /* of a system */
    const char *name;        /* for people */
    const char *permissions; /* one at least, with a space between them */
    const char *parties;     /* NULL or "": any that the account may */
    const char *addresses;   /* "192.0.2.0/24,2001:db8::/32"; NULL or "": any */
    yx_time expires_at;
};
yx_status yx_login_key_make(struct yx_login *login, struct yx_tx *tx,
                            const struct yx_login_new_key *wanted,
                            const struct yx_login_secret *secret, const struct yx_login_by *by,
                            char id[YX_UUID_TEXT], struct yx_error *err);
/* The keys of an account (NULL: of all) behind the id `after`, oldest first. */
typedef yx_status (*yx_login_each_key)(void *self, const struct yx_login_key *key,
                                       struct yx_error *err);
yx_status yx_login_key_list(struct yx_tx *tx, const char *account, const char *after, int64_t limit,
                            yx_login_each_key each, void *self, struct yx_error *err);
yx_status yx_login_key_find(struct yx_tx *tx, const char *id, struct yx_login_key *out,
                            struct yx_error *err);
/* YX_REFUSED when there is no such key, or it was revoked before. */
yx_status yx_login_key_revoke(struct yx_tx *tx, const char *id, const struct yx_login_by *by,
                              struct yx_error *err);

/* Forgets what is too old to count: sessions, nonces, links, addresses. A server calls it every now
 * and then. */
yx_status yx_login_sweep(struct yx_login *login, yx_time now, struct yx_error *err);

#endif
