/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca/ca.h - the door to ca/: a certification authority that lives in a folder.
 *
 *   DIR/ca.pem   its certificate; behind it the chain up to the root
 *   DIR/ca.key   its private key, encrypted PKCS#8
 *   DIR/ca.db    every certificate and CRL that it issued (SQLite; store.c holds the tables)
 *
 * A certificate is in the database before anybody gets it, so nothing that a relying party can
 * hold is unknown to its CA. The room is no part of libyinxin: it needs SQL.
 */
#ifndef CA_CA_H
#define CA_CA_H

#include "x509/x509.h"

/* --- Profiles (profile.c) ---------------------------------------------------------------- */

#define YX_CA_NAME_PARTS 4
#define YX_CA_PURPOSES 2

/* What a kind of certificate is for, and what it must say. */
struct yx_ca_profile {
    const char *name;    /* "unit" */
    const char *summary; /* English, the key of its translation */
    int days;            /* validity unless asked otherwise */
    bool ca;
    int key_usage;                    /* YX_KU_ bits */
    yx_oid purposes[YX_CA_PURPOSES];  /* extended key usage, ended by YX_OID_UNKNOWN */
    bool purposes_critical;           /* RFC 3161 2.3 wants it for time-stamps */
    bool no_check;                    /* RFC 6960 4.2.2.2.1 */
    bool has_dns_name;                /* subjectAltName, RFC 9110 4.3.4 */
    yx_oid subject[YX_CA_NAME_PARTS]; /* attributes that the subject must have */
};

/* NULL when there is none of that name. */
const struct yx_ca_profile *yx_ca_profile_find(const char *name);
/* All of them, in the order in which they are shown. */
const struct yx_ca_profile *yx_ca_profiles(size_t *count);
/* YX_REFUSED names the attribute that the subject (DER of a Name) lacks. */
yx_status yx_ca_profile_check_subject(const struct yx_ca_profile *profile, struct yx_bytes subject,
                                      struct yx_error *err);

/* --- The authority (ca.c) ---------------------------------------------------------------- */

struct yx_ca;

/* Opens DIR; its key stays locked. YX_NO_INPUT when DIR is no such folder. */
yx_status yx_ca_open(const char *folder, struct yx_ca **out, struct yx_error *err);
/* Reads the key, for issuing. YX_REFUSED when the passphrase is wrong. */
yx_status yx_ca_unlock(struct yx_ca *ca, struct yx_bytes passphrase, struct yx_error *err);
void yx_ca_free(struct yx_ca *ca);
YX_DEFINE_CLEAN(yx_ca, struct yx_ca *, yx_ca_free);

const struct yx_cert *yx_ca_certificate(const struct yx_ca *ca);
/* PEM of its certificate and the chain behind it. */
struct yx_bytes yx_ca_chain(const struct yx_ca *ca);

struct yx_ca_init_request {
    const char *folder; /* made by this call; may exist when it is empty */
    const char *name;   /* "CN=...,O=...,C=CN" */
    yx_key_type key_type;
    unsigned rsa_bits;
    int days;             /* 0: 3650, but not beyond the parent's */
    struct yx_ca *parent; /* unlocked; NULL: a root */
    struct yx_bytes passphrase;
    yx_time now; /* 0: the clock */
};
/* Makes a new authority. The folder appears whole or not at all. */
yx_status yx_ca_init(const struct yx_ca_init_request *request, struct yx_error *err);

struct yx_ca_issue_request {
    const struct yx_ca_profile *profile;
    struct yx_bytes subject; /* DER of the Name */
    struct yx_bytes spki;
    const char *dns_name; /* for a profile that has one; NULL: the common name */
    int days;             /* 0: the profile's, but not beyond the authority's own certificate */
    yx_time now;          /* 0: the clock */
};
/*
 * Issues a certificate (issue.c): appends its DER, which is on the disk of the database by then.
 * YX_REFUSED names the rule that the request breaks.
 */
yx_status yx_ca_issue(struct yx_ca *ca, const struct yx_ca_issue_request *request,
                      struct yx_buf *der, struct yx_error *err);

/* --- What was issued (store.c, revoke.c) ------------------------------------------------- */

struct yx_ca_record {
    const char *serial; /* hex, upper case */
    const char *subject;
    const char *profile;
    yx_time not_before;
    yx_time not_after;
    yx_time issued_at;
    yx_time revoked_at; /* YX_TIME_NONE: not revoked */
    int reason;
};
/* Calls `each` for every certificate, oldest first, until it says false. */
yx_status yx_ca_list(struct yx_ca *ca, bool (*each)(void *self, const struct yx_ca_record *record),
                     void *self, struct yx_error *err);

/* CRLReason of RFC 5280 5.3.1 by its name there ("keyCompromise"); -1 when there is none. */
int yx_ca_reason_find(const char *name);
const char *yx_ca_reason_name(int reason);
/* YX_REFUSED when there is no such certificate or it is revoked already. `serial` is hex. */
yx_status yx_ca_revoke(struct yx_ca *ca, const char *serial, int reason, yx_time now,
                       struct yx_error *err);
/* Issues a full CRL that is good for `days`; appends its DER. The key must be unlocked. */
yx_status yx_ca_crl(struct yx_ca *ca, int days, yx_time now, struct yx_buf *der,
                    struct yx_error *err);

#endif
