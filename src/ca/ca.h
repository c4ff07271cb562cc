/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca/ca.h - the door to ca/: a certification authority that lives in a folder.
 *
 *   DIR/ca.pem         its certificate; behind it the chain up to the root
 *   DIR/ca.key         its private key, encrypted PKCS#8; or ca.conf names a token (key =
 * "pkcs11:...") DIR/ca.db          every certificate and CRL that it issued; or ca.conf names a
 * PostgreSQL database DIR/ca.conf        settings (settings.c); without it every setting has its
 * usual value DIR/profiles.conf  kinds of certificates of its own, beside or instead of the
 * built-in ones
 *
 * Several authorities may share one database: every row names its authority.
 *
 * Lint, record, sign, compare: the to-be-signed bytes are linted, recorded, and on the disk of the
 * database before the key signs them, and the finished certificate is compared with what was
 * recorded. So no certificate exists that its authority does not know of, whenever the process
 * ends; a recorded certificate that was never signed has the state `recorded` and counts as issued
 * for its serial. Every change writes an audit leaf in its transaction.
 *
 * Threads: an authority that was opened and unlocked may be used by any number of threads.
 */
#ifndef CA_CA_H
#define CA_CA_H

#include "audit/audit.h"
#include "certify/certify.h"
#include "store/store.h"
#include "token/token.h"

/* Who asks: goes into the audit log as it is. "cli:uid=1000", "cmp:CN=...", "est:CN=..." */
typedef const char *yx_ca_actor;

struct yx_ca;

/* CA/Browser Forum Baseline Requirements 7.1 ask for 64 random bits; RFC 5280 4.1.2.2 allows 20
 * octets. */
#define YX_CA_SERIAL_SIZE 20
#define YX_CA_SERIAL_TEXT (2 * YX_CA_SERIAL_SIZE + 1)

/* --- Settings (settings.c) --------------------------------------------------------------- */

/* DIR/ca.conf, read by libConfuse: a key that is not known is refused with its line. Empty text and
 * zero mean "not set". Times are in seconds. */
struct yx_ca_settings {
    const char *name;       /* of the authority in URLs and the log; not set: the folder's name */
    const char *database;   /* a PostgreSQL URI; not set: DIR/ca.db */
    const char *key;        /* a token's URI; not set: DIR/ca.key */
    const char *base_url;   /* certificates name their sources below it; not set: they name none */
    int64_t crl_lifetime;   /* nextUpdate of a full CRL */
    int64_t crl_period;     /* a new full CRL is made so often */
    int64_t delta_period;   /* not set: no delta CRLs */
    int64_t partitions;     /* of its CRLs; 1: one full CRL for all */
    int64_t ocsp_lifetime;  /* nextUpdate of an answer */
    int64_t clock_step_max; /* a clock that went back further stops issuing */
    const char *ldap_url;   /* where certificates and CRLs are published; not set: nowhere */
    const char *ldap_bind;  /* the name to bind as */
    const char *ldap_password_file;
    const char *ldap_base; /* entries are written below it */
    const char *ldap_ca;   /* certificates that the directory's TLS is trusted by: a file; not set:
                              those of OpenLDAP's own settings */
    int64_t ldap_drop_revoked; /* 1: a certificate that is revoked leaves the directory */
    int64_t ldap_drop_expired; /* 1: and so does one that has expired */
    const char *ocsp_cert; /* of a delegate that signs OCSP answers: a file or a token's URI; not
                              set: DIR/ocsp.pem when it is there, else the authority signs */
    const char *ocsp_key;
    const char *tsa_cert; /* of a time-stamping authority, the same with DIR/tsa.pem */
    const char *tsa_key;
    const char *tsa_policy;   /* dotted OID in its tokens; not set: that of docs/formats.md */
    int64_t tsa_step_max;     /* a clock that strays further from the steady one stops it */
    int64_t tsa_synchronised; /* 1: stamps only while the kernel says that the clock is right */
};
const struct yx_ca_settings *yx_ca_settings(const struct yx_ca *ca);

/* --- Profiles (profile.c: built in; profile_file.c: from profiles.conf) ------------------- */

#define YX_CA_NAME_PARTS 8
#define YX_CA_PURPOSES 6
#define YX_CA_POLICIES 4

/* What a kind of certificate is for, and what it must say. */
struct yx_ca_profile {
    const char *name;    /* "unit" */
    const char *summary; /* English, the key of its translation; as written for one from a file */
    int days;            /* validity unless asked otherwise */
    int days_max;        /* the longest that may be asked for; 0: up to the authority's end */
    bool ca;
    int path_length;                 /* of a CA; -1: no limit */
    int key_usage;                   /* YX_KU_ bits */
    int rsa_usage;                   /* more of them, for RSA keys */
    yx_oid purposes[YX_CA_PURPOSES]; /* extended key usage, ended by YX_OID_UNKNOWN */
    bool purposes_critical;          /* RFC 3161 2.3 wants it for time-stamps */
    bool no_check;                   /* RFC 6960 4.2.2.2.1 */
    bool has_dns_name;               /* subjectAltName, RFC 9110 4.3.4 */
    int name_forms; /* of subjectAltName that a request may bring: 1 << YX_NAME_... */
    yx_oid subject[YX_CA_NAME_PARTS];     /* attributes that the subject must have */
    const char *policies[YX_CA_POLICIES]; /* dotted OIDs, ended by NULL */
    const char *twin;     /* profile of the encryption certificate issued along; NULL */
    bool makes_keys;      /* over EST, for who cannot (serverkeygen) */
    bool approval;        /* requests over the network are looked at by somebody first */
    int64_t renew_before; /* renewal is allowed so long before the end, in seconds; 0: any time */
};
/* NULL when there is none of that name. */
const struct yx_ca_profile *yx_ca_profile_find(const struct yx_ca *ca, const char *name);
/* What a key of a type is certified for by a profile: what the profile names and the key can do. */
int yx_ca_profile_key_usage(const struct yx_ca_profile *profile, yx_key_type type);
/* All of them, in the order in which they are shown; `ca` NULL: the built-in ones. */
const struct yx_ca_profile *yx_ca_profiles(const struct yx_ca *ca, size_t *count);

/* --- The authority (ca.c, init.c) --------------------------------------------------------- */

/* Opens DIR; its key stays locked. YX_NO_INPUT when DIR is no such folder. */
yx_status yx_ca_open(const char *folder, struct yx_ca **out, struct yx_error *err);
/* Opens the key, for issuing: a passphrase for a file, a PIN for a token. YX_REFUSED when it is
 * wrong. */
yx_status yx_ca_unlock(struct yx_ca *ca, struct yx_bytes secret, struct yx_error *err);
void yx_ca_free(struct yx_ca *ca);
YX_DEFINE_CLEAN(yx_ca, struct yx_ca *, yx_ca_free);

const struct yx_cert *yx_ca_certificate(const struct yx_ca *ca);
/* PEM of its certificate and the chain behind it. */
struct yx_bytes yx_ca_chain(const struct yx_ca *ca);
/* The keys of an authority, and of those who sign for it. */
enum yx_ca_key { YX_CA_KEY_ITS_OWN, YX_CA_KEY_OCSP, YX_CA_KEY_TSA, YX_CA_KEY_CMP };
/* Where a key of the authority in `folder` is, by its settings and files: a path or a place on a
 * token, with a NUL behind it. Nothing is appended when it has none. */
yx_status yx_ca_key_place(const char *folder, enum yx_ca_key which, struct yx_buf *out,
                          struct yx_error *err);
/* Instead of yx_ca_unlock: somebody else signs for it, whose key is `key`. */
yx_status yx_ca_sign_by(struct yx_ca *ca, const struct yx_signer *signer,
                        const struct yx_public_key *key, struct yx_error *err);

/* In URLs and the audit log. */
const char *yx_ca_name(const struct yx_ca *ca);
/* For rooms that keep rows of their own beside those of ca/. */
struct yx_store *yx_ca_store(const struct yx_ca *ca);
/* Its number in the database: the `authority` column of every table. */
int64_t yx_ca_number(const struct yx_ca *ca);
/* Signs as the authority; YX_USAGE from its `sign` while locked. Only CRLs and OCSP answers may be
 * signed through it by others: certificates are issued here alone. */
struct yx_signer yx_ca_signer(const struct yx_ca *ca);

struct yx_ca_init_request {
    const char *folder; /* made by this call; may exist when it is empty */
    const char *name;   /* "CN=...,O=...,C=CN" */
    yx_key_type key_type;
    unsigned rsa_bits;
    int days;                 /* 0: 3650, but not beyond the parent's */
    struct yx_ca *parent;     /* unlocked; NULL: a root */
    int path_length;          /* -1: no limit */
    const char *settings;     /* text of ca.conf; NULL: none */
    struct yx_bytes profiles; /* text of profiles.conf; empty: none */
    struct yx_bytes
        passphrase; /* of the key file, or the PIN of the token that the settings name */
    yx_time now;    /* 0: the clock */
    yx_ca_actor actor;
};
/* Makes a new authority. The folder appears whole or not at all. */
yx_status yx_ca_init(const struct yx_ca_init_request *request, struct yx_error *err);

/* "sm2", "p256", "p384", "rsa3072", "rsa4096", "ed25519"; false when there is none of that name. */
bool yx_ca_algorithm_find(const char *name, yx_key_type *type, unsigned *rsa_bits);

/* --- Key ceremonies (ceremony.c, ceremony_file.c) ------------------------------------------ */

/*
 * A whole installation by one file that people read beforehand: authorities, each with the one
 * above it, and certificates that the installation itself needs (time-stamps, OCSP, makers of
 * seals). All texts live as long as the ceremony; "" and 0 mean "not said".
 *
 *   FOLDER/TITLE/           an authority
 *   FOLDER/TITLE.pem, .key  a certificate, its chain, its encrypted key
 *   FOLDER/ceremony.conf    the file, FOLDER/transcript.txt what was done, for signatures by hand
 */
struct yx_ca_ceremony_item {
    bool authority;
    const char *title;     /* of its folder or files */
    const char *name;      /* "CN=...,O=...,C=CN" */
    const char *issuer;    /* the title of an authority further up; "": a root */
    const char *profile;   /* of a certificate */
    const char *algorithm; /* of the key that is made */
    const char *key;       /* a place on a token where the key is already; "": it is made */
    const char *request;   /* a PKCS#10 file with the key of somebody else; "": none */
    const char *passphrase_file;
    const char *settings;        /* text of an authority's ca.conf */
    const char *profiles;        /* a file that becomes an authority's profiles.conf; "": none */
    struct yx_buf profiles_text; /* what the file says */
    int days;                    /* 0: the usual */
    int path_length;             /* of an authority; -1: no limit */
    struct yx_cert *certificate; /* once it is made */
};
#define YX_CA_CEREMONY_MAX 100
struct yx_ca_ceremony {
    const char *title, *place;
    const char *people[YX_CA_CEREMONY_MAX]; /* who sign the transcript */
    size_t people_count;
    struct yx_ca_ceremony_item items[YX_CA_CEREMONY_MAX]; /* in the order in which they are made */
    size_t count;
    struct yx_buf text;
    uint8_t digest[32]; /* SM3 of the file */
    yx_time begun, ended;
    struct cfg_t *config;
};
/* Reads and checks the text of a ceremony file, and the profiles that it names; `path` is for the
 * sentence. Whatever can be known beforehand is refused here. */
yx_status yx_ca_ceremony_read(const char *path, struct yx_bytes text, struct yx_ca_ceremony **out,
                              struct yx_error *err);
void yx_ca_ceremony_free(struct yx_ca_ceremony *ceremony);
YX_DEFINE_CLEAN(yx_ca_ceremony, struct yx_ca_ceremony *, yx_ca_ceremony_free);

struct yx_ca_ceremony_run {
    const char *folder; /* made by this call; may exist when it is empty */
    /* Appends the passphrase of an item's key, or the PIN of its token. */
    yx_status (*secret)(void *self, const struct yx_ca_ceremony_item *item, struct yx_buf *out,
                        struct yx_error *err);
    /* Appends what goes into transcript.txt; everything is made by then. */
    yx_status (*transcript)(void *self, const struct yx_ca_ceremony *ceremony, struct yx_buf *out,
                            struct yx_error *err);
    void *self;
    yx_ca_actor actor;
};
/* Makes all of it. The folder appears whole or not at all; what an authority wrote to a PostgreSQL
 * database before a later one failed stays there. */
yx_status yx_ca_ceremony_run(struct yx_ca_ceremony *ceremony, const struct yx_ca_ceremony_run *run,
                             struct yx_error *err);

/* --- Issuing (issue.c) -------------------------------------------------------------------- */

struct yx_ca_issue_request {
    const struct yx_ca_profile *profile;
    struct yx_bytes subject; /* DER of the Name */
    struct yx_bytes spki;
    const struct yx_general_name *alt_names; /* of the forms that the profile allows; a server that
                                                names none gets its common name */
    size_t alt_name_count;
    const struct yx_identity *identity; /* who the holder is; NULL: the subject says it all */
    const struct yx_cert *like; /* further names and identity are those of this one, as they stand
                                   there; alt_names and identity stay empty then; NULL */
    int days;               /* 0: the profile's, but not beyond the authority's own certificate */
    const int *path_length; /* of a CA; NULL: the profile's */
    yx_time now;            /* 0: the clock */
    yx_ca_actor actor;
    const char *request_id; /* what the protocol calls it; asked again with the same one by the same
                               actor gives the same certificate; NULL: none */
    const char *replaces; /* serial of the certificate that is renewed, rekeyed or reissued; NULL */
    bool revoke_replaced; /* reissue (CERT-94): the old one is revoked in the same transaction */
};
/*
 * Issues a certificate: appends its DER, which is on the disk of the database by then. YX_REFUSED
 * names the rule that the request breaks; YX_IO when it could not be recorded: nothing was signed.
 */
yx_status yx_ca_issue(struct yx_ca *ca, const struct yx_ca_issue_request *request,
                      struct yx_buf *der, struct yx_error *err);

/* --- Renewal (renew.c) --------------------------------------------------------------------- */

/*
 * A certificate that comes after another: of the same holder, by the same profile, with the names
 * and the identity of the old one.
 *
 *   renewal, extension   the same key, a new period from now on
 *   rekey                another key
 *   reissue              either, and the old one is revoked (superseded) in the same transaction
 *                        that puts the new one into force
 *
 * YX_REFUSED: the old one is revoked or expired; it is suspended (a loss was told: reissue with
 * another key alone is left); the profile's time for renewal has not come, except for a reissue; it
 * is of a profile that there is no more; another subject without reissue, for then the old one
 * would go on saying what is not true any more; `spki` is the key of the old one.
 */
struct yx_ca_renew_request {
    const char *serial;      /* of the old one, hex */
    struct yx_bytes spki;    /* the other key; empty: the same one */
    struct yx_bytes subject; /* DER of a Name when the holder's changed; empty: it did not. Then the
                                further names and the identity are those below */
    const struct yx_general_name *alt_names;
    size_t alt_name_count;
    const struct yx_identity *identity;
    bool reissue;
    int days;    /* 0: the profile's */
    yx_time now; /* 0: the clock */
    yx_ca_actor actor;
    const char *request_id; /* as in yx_ca_issue_request */
};
yx_status yx_ca_renew(struct yx_ca *ca, const struct yx_ca_renew_request *request,
                      struct yx_buf *der, struct yx_error *err);
/* The same for whoever issues more than the one certificate: `issue` is given what is to be asked
 * of yx_ca_issue. */
yx_status yx_ca_renew_by(struct yx_ca *ca, const struct yx_ca_renew_request *request,
                         yx_status (*issue)(void *self, const struct yx_ca_issue_request *request,
                                            struct yx_error *err),
                         void *self, struct yx_error *err);

/* --- The life of a certificate (life.c) --------------------------------------------------- */

enum yx_ca_state {
    YX_CA_RECORDED, /* recorded; the process ended before it was signed, or signing failed */
    YX_CA_GOOD,
    YX_CA_HELD,   /* suspended: certificateHold */
    YX_CA_REVOKED /* for good */
};
struct yx_ca_record {
    const char *serial; /* hex, upper case */
    const char *subject;
    const char *profile;
    yx_time not_before;
    yx_time not_after;
    yx_time issued_at;
    enum yx_ca_state state;
    yx_time changed_at;    /* when the state last changed after issuing; else YX_TIME_NONE */
    yx_time revoked_at;    /* the same of a held or revoked one; else YX_TIME_NONE */
    int reason;            /* CRLReason */
    yx_time invalid_since; /* invalidityDate; YX_TIME_NONE */
    const char *replaces;  /* serial; NULL */
    struct yx_bytes der;   /* empty while only recorded */
};
/* One certificate; strings and bytes live until `each` returns. YX_REFUSED when the authority
 * issued none of that serial. */
yx_status yx_ca_find(struct yx_ca *ca, const char *serial,
                     yx_status (*each)(void *self, const struct yx_ca_record *record,
                                       struct yx_error *err),
                     void *self, struct yx_error *err);
/* The serial of the certificate, in hex, that `actor` was given for the request of that name, also
 * of one that was only recorded; "" when there is none. */
yx_status yx_ca_find_request(struct yx_ca *ca, yx_ca_actor actor, const char *request_id,
                             char serial[YX_CA_SERIAL_TEXT], struct yx_error *err);
/* What a responder needs, without reading certificates: YX_OK with *known false for serials that
 * are strange or were only recorded. */
struct yx_ca_status {
    bool known;
    enum yx_ca_state state;
    yx_time revoked_at, invalid_since;
    int reason;
};
yx_status yx_ca_status(struct yx_ca *ca, struct yx_bytes serial, struct yx_ca_status *out,
                       struct yx_error *err);
/* Calls `each` for every certificate, oldest first, until it says false; `state` -1: all. */
yx_status yx_ca_list(struct yx_ca *ca, int state,
                     bool (*each)(void *self, const struct yx_ca_record *record), void *self,
                     struct yx_error *err);
/* What stands on CRLs: held and revoked ones whose certificate has not expired before `after`,
 * changed since `since` (0: all; then also those taken off hold, as state GOOD), of one partition
 * (-1: all), in the order of their serials. */
yx_status yx_ca_each_revoked(struct yx_tx *tx, const struct yx_ca *ca, int partition, yx_time since,
                             yx_time after,
                             yx_status (*each)(void *self, const struct yx_ca_record *record,
                                               struct yx_error *err),
                             void *self, struct yx_error *err);
/*
 * What left force, in an order that does not change, for those who go on where they were: up to
 * `count` certificates behind `mark`, whose own marks grow; 0 is before the first. Nothing comes to
 * light behind a mark later. Two orders: by revocation, and by the end of the period (up to `now`;
 * also of those that were revoked).
 */
typedef yx_status (*yx_ca_each_mark)(void *self, const char *serial, int64_t mark,
                                     struct yx_error *err);
yx_status yx_ca_each_revocation(struct yx_tx *tx, const struct yx_ca *ca, int64_t mark,
                                size_t count, yx_ca_each_mark each, void *self,
                                struct yx_error *err);
yx_status yx_ca_each_end(struct yx_tx *tx, const struct yx_ca *ca, int64_t mark, yx_time now,
                         size_t count, yx_ca_each_mark each, void *self, struct yx_error *err);
/* Appends where a CRL is published, with a NUL: base_url/NAME/crl/full.crl or delta.crl, with
 * several partitions N.crl and N-delta.crl. */
yx_status yx_ca_crl_url(const struct yx_ca *ca, int partition, bool delta, struct yx_buf *out,
                        struct yx_error *err);
/* The partition of a serial. */
int yx_ca_partition(const struct yx_ca *ca, struct yx_bytes serial);

/* CRLReason of RFC 5280 5.3.1 by its name there ("keyCompromise"); -1 when there is none. */
int yx_ca_reason_find(const char *name);
const char *yx_ca_reason_name(int reason);

struct yx_ca_revoke_request {
    const char *serial;    /* hex */
    int reason;            /* certificateHold suspends */
    yx_time invalid_since; /* YX_TIME_NONE: none */
    yx_time now;
    yx_ca_actor actor;
};
/* YX_REFUSED when there is no such certificate or it is revoked already. A held one may be revoked.
 */
yx_status yx_ca_revoke(struct yx_ca *ca, const struct yx_ca_revoke_request *request,
                       struct yx_error *err);
/* Takes a suspended certificate off hold. YX_REFUSED when it is not held. */
yx_status yx_ca_restore(struct yx_ca *ca, const char *serial, yx_time now, yx_ca_actor actor,
                        struct yx_error *err);
/* A number that grows with every change of a state: caches of answers compare it. */
yx_status yx_ca_generation(struct yx_ca *ca, int64_t *out, struct yx_error *err);

#endif
