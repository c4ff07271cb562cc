/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enrol/enrol.h - the door to enrol/: who may ask an authority for which certificates, whatever
 * protocol they speak (est/, cmp/). Two kinds of askers are known:
 *
 *   a person    who has an entry in DIR/enrol.conf, and shows a password, a shared secret, or a
 *               certificate that the entry names;
 *   a holder    of a certificate of this authority that is in force: gets another one of the same
 *               kind for the same names.
 *
 * DIR/enrol.conf, readable by its owner alone:
 *
 *   attempts = 10                              # further settings: docs/enrolment.md
 *   person "device-7" {
 *     password = "$scrypt$ln=14,r=8,p=5$...$..."   # for EST; `yinxin ca user passwd` makes it
 *     secret = "k3J9..."                           # for CMP; its reference is "device-7"
 *     certificate = "2A01..."                      # serial: asks for others with its own one
 *     profiles = {"tls-client", "tls-server"}      # the first unless the request names another
 *     subject = "CN=device-7"                      # this one alone; "*": any
 *     names = {"device-7.example", "192.0.2.7"}    # further names that it may have; "*": any
 *   }
 */
#ifndef ENROL_ENROL_H
#define ENROL_ENROL_H

#include "ca/ca.h"

#define YX_PERSON_PROFILES 16
/* A certificate asked for here has at most so many further names. */
#define YX_ENROL_NAMES 64

/* --- People (people.c) -------------------------------------------------------------------- */

struct yx_person {
    const char *name;
    const char *password;    /* hash; NULL: none */
    const char *secret;      /* NULL: none */
    const char *certificate; /* serial in upper-case hex; NULL: none */
    const struct yx_ca_profile *profiles[YX_PERSON_PROFILES]; /* ended by NULL unless full */
    const char *subject;                                      /* RFC 4514 */
    const char *const *names;
    size_t name_count;
    bool approval; /* every request is looked at by somebody first */
};

struct yx_enrol;
/* Reads the people of `path`; a file that is not there names nobody. YX_DAMAGED names the line;
 * YX_REFUSED when others than its owner can read it. `ca` must outlive it. Any number of threads
 * may use it. */
yx_status yx_enrol_new(struct yx_ca *ca, const char *path, struct yx_enrol **out,
                       struct yx_error *err);
/* Whether the file is another one than was read. */
bool yx_enrol_is_stale(const struct yx_enrol *enrol);
/* Reads it again; no thread uses `enrol` or the people that it gave meanwhile. When it cannot be
 * read, those who were known stay, and it is stale when it changes again. */
yx_status yx_enrol_refresh(struct yx_enrol *enrol, struct yx_error *err);
void yx_enrol_free(struct yx_enrol *enrol);
YX_DEFINE_CLEAN(yx_enrol, struct yx_enrol *, yx_enrol_free);

struct yx_ca *yx_enrol_ca(const struct yx_enrol *enrol);
/* All of them, in the order of the file. */
const struct yx_person *yx_enrol_people(const struct yx_enrol *enrol, size_t *count);
/* Appends the DER of the authority's certificate and of those above it, one behind the other. */
yx_status yx_enrol_chain(const struct yx_enrol *enrol, struct yx_buf *out, struct yx_error *err);
/* NULL when there is nobody of that name. */
const struct yx_person *yx_enrol_find(const struct yx_enrol *enrol, struct yx_bytes name);
/* Whose `certificate` has this serial; NULL: nobody's. */
const struct yx_person *yx_enrol_find_certificate(const struct yx_enrol *enrol, const char *serial);

/* --- Passwords and secrets, and a limit on guesses at them (guess.c) ----------------------- */

/* Who says to be whom. */
struct yx_enrol_attempt {
    struct yx_bytes name;
    const char *address; /* of the client; NULL: not known */
    yx_time now;         /* 0: the clock */
};
/* YX_REFUSED when too many wrong ones came from this address; *wait: for so many seconds. */
yx_status yx_enrol_may_try(const struct yx_enrol *enrol, const struct yx_enrol_attempt *attempt,
                           unsigned *wait, struct yx_error *err);
/* What was shown was looked at: `person` NULL when there is nobody of that name. *accepted: it is
 * right, and nobody guessed too often; otherwise it is a wrong one to the outside. */
yx_status yx_enrol_tried(const struct yx_enrol *enrol, const struct yx_enrol_attempt *attempt,
                         const struct yx_person *person, bool right, bool *accepted,
                         struct yx_error *err);
/* Both, about a password: *out is NULL when it is nobody's, or guessed at too often, and it takes
 * as long. */
yx_status yx_enrol_login(const struct yx_enrol *enrol, const struct yx_enrol_attempt *attempt,
                         struct yx_bytes password, const struct yx_person **out, unsigned *wait,
                         struct yx_error *err);

struct yx_enrol_tries {
    int64_t failures; /* in a row */
    yx_time last_at;
    char last_from[48];
    yx_time locked_at; /* YX_TIME_NONE: never */
    bool locked;       /* still */
};
yx_status yx_enrol_tries(const struct yx_enrol *enrol, const struct yx_person *person,
                         struct yx_enrol_tries *out, struct yx_error *err);
/* Forgets what is too old to count; a server calls it every now and then. */
yx_status yx_enrol_sweep(const struct yx_enrol *enrol, yx_time now, struct yx_error *err);

/* Whom to tell that a person was locked; `tell` must take calls of any thread. */
typedef void (*yx_enrol_tell)(void *self, const struct yx_error *news);
void yx_enrol_on_news(struct yx_enrol *enrol, yx_enrol_tell tell, void *self);

/* --- Changes of the file (register.c) ------------------------------------------------------ */

/* An entry; NULL for what it does not have. */
struct yx_person_entry {
    const char *name, *password, *secret, *subject;
    const char *const *profiles; /* ended by NULL */
    const char *const *names;    /* ended by NULL; NULL: none */
    const char *certificate;     /* serial in hex */
    const char *hash;            /* of a password, in the place of `password` */
    bool approval;
};
/* Appends its text; the password is hashed. YX_USAGE for characters that cannot stand in it. */
yx_status yx_enrol_write_person(const struct yx_person_entry *entry, struct yx_buf *out,
                                struct yx_error *err);
/*
 * Each of these changes the file at `path`, whole or not at all, with an audit leaf, and leaves the
 * other entries and the comments around them as they are. YX_REFUSED when somebody of that name is
 * there already, or nobody is, and for simple passwords.
 */
yx_status yx_enrol_add(struct yx_ca *ca, const char *path, const struct yx_person_entry *entry,
                       yx_ca_actor actor, struct yx_error *err);
yx_status yx_enrol_remove(struct yx_ca *ca, const char *path, const char *name, yx_ca_actor actor,
                          struct yx_error *err);
/* Lets a person in again whom too many wrong passwords locked. */
yx_status yx_enrol_unlock(struct yx_ca *ca, const char *path, const char *name, yx_ca_actor actor,
                          struct yx_error *err);
struct yx_person_secrets {
    const char *name;
    const char *password, *secret; /* NULL: stays */
};
yx_status yx_enrol_set_secrets(struct yx_ca *ca, const char *path,
                               const struct yx_person_secrets *secrets, yx_ca_actor actor,
                               struct yx_error *err);

/* --- Holders (holder.c) ------------------------------------------------------------------- */

/* Who shows a certificate of this authority, and proved to have its key. */
struct yx_holder {
    struct yx_cert *cert;
    struct yx_bytes alt_names;           /* content of GeneralNames */
    const struct yx_ca_profile *profile; /* that it was issued by; NULL: no longer there */
    const struct yx_person *person;      /* whose `certificate` it is; NULL: nobody's */
};
/* YX_REFUSED unless this authority issued it and it is in force at `now`. */
yx_status yx_enrol_holder(const struct yx_enrol *enrol, struct yx_bytes certificate, yx_time now,
                          struct yx_holder *out, struct yx_error *err);
void yx_holder_free(struct yx_holder *holder);
YX_DEFINE_CLEAN_VALUE(yx_holder, struct yx_holder, yx_holder_free);

/* --- Certificates (order.c) --------------------------------------------------------------- */

/* Told what ca/ will know a request by that was approved, before it is issued; `tell` NULL: nobody
 * is. */
struct yx_enrol_witness {
    yx_status (*tell)(void *self, const char *request_id, struct yx_error *err);
    void *self;
};
struct yx_enrol_order {
    const struct yx_person *person; /* who asks: one of these two */
    const struct yx_holder *holder;
    const struct yx_holder *renews; /* the certificate that is to be renewed; NULL: none */
    const char *profile;            /* NULL or "": the usual one */
    /* The key of spki was proved to be the asker's. Empty subject and alt_names are taken from the
     * certificate that is renewed or shown, or from the entry of the person. */
    const struct yx_request *request;
    yx_time now; /* 0: the clock */
    yx_ca_actor actor;
    const char *request_id; /* as in struct yx_ca_issue_request */
    struct yx_enrol_witness witness;
};
struct yx_enrol_result {
    bool changed;    /* not all wishes were granted (the profile decides about usage) */
    int64_t pending; /* the number of the request, which waits for a person; 0: it was issued */
    unsigned retry;  /* ask again in so many seconds */
    yx_time until;   /* nobody looks at it behind this */
};
/*
 * Issues what is asked for, if this asker may have it; appends the certificate. When the profile or
 * the person wants every request to be approved, it is filed: nothing is appended while it waits.
 * The same order again finds the same request, and the certificate once it is approved. YX_REFUSED
 * names the rule.
 */
yx_status yx_enrol_issue(const struct yx_enrol *enrol, const struct yx_enrol_order *order,
                         struct yx_buf *der, struct yx_enrol_result *result, struct yx_error *err);
/*
 * The same with a key that is made here and given out, kept nowhere: when the profile says so, and
 * nobody must approve it. The key of the request says of which type it is to be, and nothing else;
 * one that says nothing leaves it to the type of the authority's own.
 */
yx_status yx_enrol_issue_with_key(const struct yx_enrol *enrol, const struct yx_enrol_order *order,
                                  struct yx_private_key **key, struct yx_buf *der,
                                  struct yx_error *err);
/* May they have this certificate revoked? Holders their own subject's, people those that they may
 * ask for. */
yx_status yx_enrol_may_revoke(const struct yx_person *person, const struct yx_holder *holder,
                              const struct yx_ca_record *record, struct yx_error *err);
/* May they take it off hold? Whoever told the loss cannot be told from whoever found the key: this
 * is for those alone who may ask for any subject. */
yx_status yx_enrol_may_restore(const struct yx_person *person, const struct yx_ca_record *record,
                               struct yx_error *err);

/* --- Requests that wait for a person (pending.c) ------------------------------------------- */

struct yx_enrol_claim {
    int64_t number;
    yx_ca_actor actor; /* who asked for it */
    yx_time now;       /* 0: the clock */
    struct yx_enrol_witness witness;
};
/* What became of a request: issued now if it was approved, or waiting still. Collected again, it
 * gives the same certificate. YX_REFUSED when it was refused, or nobody decided in time. */
yx_status yx_enrol_collect(const struct yx_enrol *enrol, const struct yx_enrol_claim *claim,
                           struct yx_buf *der, struct yx_enrol_result *result,
                           struct yx_error *err);

enum yx_enrol_state { YX_ENROL_WAITING, YX_ENROL_APPROVED, YX_ENROL_REFUSED };
struct yx_enrol_pending {
    int64_t number;
    enum yx_enrol_state state;
    yx_time asked_at, until;
    const char *actor, *profile, *subject;
    const char *names;      /* further names, with commas */
    const char *key;        /* SM3 of its SubjectPublicKeyInfo in hex */
    const char *decided_by; /* NULL: nobody yet */
};
/* Those that wait, oldest first; `all`: also those that were decided. */
yx_status yx_enrol_each_pending(struct yx_ca *ca, bool all,
                                bool (*each)(void *self, const struct yx_enrol_pending *pending),
                                void *self, struct yx_error *err);
/* YX_REFUSED when no such request waits. */
yx_status yx_enrol_decide(struct yx_ca *ca, int64_t number, bool approve, yx_ca_actor actor,
                          struct yx_error *err);

#endif
