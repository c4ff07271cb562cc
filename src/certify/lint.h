/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certify/lint.h - what the parts of the lint share: the fields of a TBSCertificate (lint.c), its
 * names (lint_name.c) and its extensions (lint_extension.c). No other room includes it.
 */
#ifndef CERTIFY_LINT_H
#define CERTIFY_LINT_H

#include "certify/make.h"

struct yx_tbs_time {
    uint8_t tag;
    yx_time time;
};

/* A TBSCertificate as a view: everything but `key` points into the bytes it was read from. */
struct yx_tbs {
    struct yx_bytes der; /* all of it */
    int64_t version;     /* as written: 2 is v3 */
    struct yx_bytes serial;
    struct yx_bytes algorithm; /* the whole AlgorithmIdentifier */
    struct yx_bytes issuer;    /* whole Names */
    struct yx_bytes subject;
    struct yx_tbs_time not_before, not_after;
    struct yx_bytes spki;
    bool has_unique_identifiers;
    bool has_extensions;
    struct yx_bytes extensions; /* elements one behind the other */
    struct yx_public_key *key;  /* read from spki by the rule on keys */
};

yx_status yx_tbs_parse(struct yx_bytes to_be_signed, struct yx_tbs *out, struct yx_error *err);
void yx_tbs_free(struct yx_tbs *tbs);
YX_DEFINE_CLEAN_VALUE(yx_tbs, struct yx_tbs, yx_tbs_free);

/* The subject: not empty, known string types, bounds of RFC 5280 A.1. */
yx_status yx_lint_name(struct yx_bytes name, struct yx_error *err);

/* Every rule about extensions. `issuer` may be NULL: self-signed. */
yx_status yx_lint_extensions(const struct yx_tbs *tbs, const struct yx_cert *issuer,
                             struct yx_error *err);

/* GeneralNames and places to fetch from (lint_general_name.c): `names` holds the elements. */
yx_status yx_lint_subject_alt_names(struct yx_bytes names, struct yx_error *err);
yx_status yx_lint_url(struct yx_bytes url, struct yx_error *err);
/* A base of name constraints: like the name, but a host may start with a dot, a mailbox may be a
 * host, and an address has a mask behind it (RFC 5280 4.2.1.10). */
yx_status yx_lint_constraint_base(uint8_t tag, struct yx_bytes content, struct yx_error *err);

/* The values of certificatePolicies, nameConstraints, and those of GM/T 0015 (lint_policy.c). */
yx_status yx_lint_policies(struct yx_der *value, struct yx_error *err);
yx_status yx_lint_name_constraints(struct yx_der *value, struct yx_error *err);
yx_status yx_lint_identify_code(struct yx_der *value, struct yx_error *err);
yx_status yx_lint_identity_number(struct yx_der *value, struct yx_error *err);

#endif
