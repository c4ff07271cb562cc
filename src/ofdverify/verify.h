/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ofdverify/verify.h - what the files that verify share. verify.c walks the package; each signature
 * is judged in verify_signature.c (its value), verify_references.c (what it protects) and
 * verify_stamps.c (where it shows).
 */
#ifndef OFD_VERIFY_H
#define OFD_VERIFY_H

#include "ofdverify/ofdverify.h"

/* One signature and what is known of it so far. */
struct yx_ofd_judged {
    const struct yx_ofd_signed *read;
    struct yx_report_signature *report;
    bool value_parsed;    /* the signed value has the structure of a seal signature or of CMS */
    bool seal_matches;    /* the seal file is the seal that was signed */
    bool has_za;          /* the signer's key is an SM2 key */
    uint8_t za[32];       /* its ZA, for digests that carry it */
    bool *reference_held; /* for each reference: is the part as it was? */
    bool *part_held;      /* for each part: a reference of this signature names it and it holds */
};

/* The pages of one document by their object ID. */
struct yx_ofd_sorted_pages {
    uint32_t document; /* 0: of none yet */
    const struct yx_ofd_page **sorted;
    const struct yx_ofd_page *first;
    size_t count;
};

struct yx_ofd_verification {
    struct yx_ofd *ofd;
    struct yx_arena *arena;
    struct yx_ofd_parts parts;
    struct yx_ofd_signed_list list;
    struct yx_ofd_judged *judged;
    const struct yx_verify_options *options;
    yx_time now;
    struct yx_cert_cache *certs;
    struct yx_report *report;
    struct yx_ofd_sorted_pages pages;
    size_t stamp_count;
};

/* A damaged or hostile input is a finding; memory and I/O end the work. */
static inline bool yx_ofd_is_finding(yx_status status)
{
    return status == YX_DAMAGED || status == YX_REFUSED;
}

/* Value, digest of Signature.xml, path, seal (verify_signature.c); needs `read->error` OK. */
yx_status yx_ofd_judge_signature(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                                 struct yx_error *err);
/* Are the protected parts unchanged (verify_references.c)? */
yx_status yx_ofd_judge_references(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                                  struct yx_error *err);
/* Is everything protected, and did others change what this one protects? After all signatures have
 * been judged (verify_coverage.c). */
yx_status yx_ofd_judge_coverage(struct yx_ofd_verification *v, struct yx_error *err);
/* Where the seal shows (verify_stamps.c). */
yx_status yx_ofd_judge_stamps(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                              struct yx_error *err);

#endif
