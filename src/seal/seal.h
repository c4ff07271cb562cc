/* SPDX-License-Identifier: Apache-2.0 */
/* seal/seal.h - the door to seal/: seals, seal signatures, and where stamps stand on pages. */
#ifndef SEAL_SEAL_H
#define SEAL_SEAL_H

#include <yinxin/place.h>
#include <yinxin/seal.h>

#include "cms/cms.h"

YX_DEFINE_CLEAN(yx_seal, struct yx_seal *, yx_seal_free);

/* --- Seals -------------------------------------------------------------------------------- */

/* yx_seal_from_der with a cache, which may be NULL, for the maker's certificate. */
yx_status yx_seal_read(struct yx_bytes der, struct yx_cert_cache *certs, struct yx_seal **out,
                       struct yx_error *err);
/* The maker's certificate, which the seal owns. Fails as its reading did. */
yx_status yx_seal_maker(const struct yx_seal *seal, const struct yx_cert **out,
                        struct yx_error *err);

/* --- Seal signatures (ses_parse.c, ses_make.c, ses_verify.c) ----------------------------- */

/* A view: everything points into the DER it was parsed from. */
struct yx_ses {
    int64_t version;         /* 1, 4, 5: the structure */
    int64_t written_version; /* what TBS_Sign says */
    struct yx_bytes seal;    /* DER of the SESeal inside */
    struct yx_bytes time_info;
    yx_time time; /* YX_TIME_NONE when it is a time-stamp token or not readable */
    bool time_zone_known;
    bool time_is_token; /* V1: time_info is an RFC 3161 token */
    struct yx_bytes data_hash;
    struct yx_bytes property_info;
    struct yx_bytes certificate; /* DER of the signer's */
    struct yx_bytes algorithm;   /* OID content octets */
    struct yx_bytes signature;
    struct yx_bytes timestamp;    /* V4, V5 token over the signature value; empty when absent */
    struct yx_bytes to_be_signed; /* TBS_Sign as received */
    struct yx_bytes critical;     /* OID of the first critical extension; empty when none */
};

yx_status yx_ses_parse(struct yx_bytes der, struct yx_ses *out, struct yx_error *err);

struct yx_ses_request {
    const struct yx_seal *seal;
    const struct yx_cert *signer;
    yx_signature_algorithm algorithm;
    yx_time time;
    struct yx_bytes data_hash;
    const char *property_info;
};
/* Appends TBS_Sign: the bytes that the holder signs. The version is the seal's. */
yx_status yx_ses_prepare(const struct yx_ses_request *request, struct yx_buf *to_be_signed,
                         struct yx_error *err);
/* Appends SES_Signature. `timestamp` may be empty (and is for version 1). */
yx_status yx_ses_finish(struct yx_bytes to_be_signed, const struct yx_cert *signer,
                        yx_signature_algorithm algorithm, struct yx_bytes signature,
                        struct yx_bytes timestamp, struct yx_buf *out, struct yx_error *err);

/* May this certificate sign now, without a seal? The signer's part of yx_seal_may_sign. */
yx_status yx_cert_may_sign(const struct yx_cert *signer, yx_time now, const struct yx_trust *trust,
                           struct yx_error *err);

/*
 * May this holder seal with this seal now? The order of GM/T 0031-2014 6.2.2: the signer's
 * certificate, the seal by 6.1.2, the signer in the seal's list, the seal's period. Chains count
 * when `trust` has anchors. YX_REFUSED names the first rule that fails.
 */
yx_status yx_seal_may_sign(const struct yx_seal *seal, const struct yx_cert *signer, yx_time now,
                           const struct yx_trust *trust, struct yx_error *err);

/*
 * Verifies a parsed seal signature by GM/T 0031-2014 6.2.3 and GB/T 38540-2020 7.3, but for what
 * the document alone can tell (data hash, propertyInfo): notes signature.format (versions that
 * do not agree), signature.value, algorithm.allowed, seal.*, signer.*, signing.time and
 * timestamp.token, and fills kind, signing_time, time_source, signer and seal of `signature`.
 * `certs` may be NULL.
 */
yx_status yx_ses_verify(const struct yx_ses *ses, const struct yx_verify_options *options,
                        bool ofd_algorithms, struct yx_cert_cache *certs, struct yx_report *report,
                        struct yx_report_signature *signature, struct yx_error *err);

/*
 * Verifies a seal that a signature of another kind carries (the signed attribute of a PDF
 * signature), used by `signer` at `used`: notes seal.* and signer.listed, and fills seal of
 * `signature`. `*seal` is NULL when the seal cannot be read.
 */
yx_status yx_seal_verify_carried(struct yx_bytes der, const struct yx_cert *signer, yx_time used,
                                 const struct yx_verify_options *options, struct yx_seal **seal,
                                 struct yx_report *report, struct yx_report_signature *signature,
                                 struct yx_error *err);

/* The four findings about a certificate as checks `first` (chain), +1 (validity), +2 (revocation),
 * +3 (usage). */
void yx_check_note_cert(struct yx_report *report, struct yx_checks *checks, yx_check_id first,
                        const struct yx_cert_findings *findings);
/* Fills the description of a certificate. */
void yx_report_cert_set(struct yx_report *report, struct yx_report_cert *out,
                        const struct yx_cert *cert);

/* --- Documents just signed (written.c) --------------------------------------------------- */

/* YX_INTERNAL names the first of these checks that fails: what we wrote must not be given out. */
yx_status yx_written_hold(const struct yx_checks *checks, const yx_check_id *ids, size_t count,
                          struct yx_error *err);
/* The same for the first check of an earlier signature that came out worse, but for `except`
 * (YX_CHECK_COUNT: none). */
yx_status yx_written_no_worse(const struct yx_checks *before, const struct yx_checks *after,
                              yx_check_id except, struct yx_error *err);

/* --- Stamps (place.c) -------------------------------------------------------------------- */

struct yx_box {
    double x, y, width, height; /* millimetres, from the top left corner */
};
struct yx_stamp {
    uint32_t page;     /* from 1 */
    struct yx_box box; /* the whole seal, also where only a part shows */
    bool has_clip;
    struct yx_box clip; /* the part that shows, relative to `box` */
};
struct yx_stamps {
    struct yx_stamp *items;
    size_t count, cap;
};
void yx_stamps_free(struct yx_stamps *stamps);
YX_DEFINE_CLEAN_VALUE(yx_stamps, struct yx_stamps, yx_stamps_free);

/* A stamp as reports show it. */
struct yx_report_stamp yx_stamp_report(const struct yx_stamp *stamp);

/* The smallest box around both. */
struct yx_box yx_box_join(struct yx_box a, struct yx_box b);

/* The letters of a page in reading order, to find keywords in (keyword.c). */
struct yx_letter {
    uint32_t code_point;
    bool is_vertical; /* the next letter stands below */
    struct yx_box box;
};
struct yx_letters {
    struct yx_letter *items;
    size_t count, cap;
};
/* White space is passed over. false: no memory. */
bool yx_letters_add(struct yx_letters *letters, const struct yx_letter *letter);
void yx_letters_free(struct yx_letters *letters);
YX_DEFINE_CLEAN_VALUE(yx_letters, struct yx_letters, yx_letters_free);
/* Told each line of each match, in order, until it says false; `match` counts from 1. */
struct yx_letters_search {
    bool (*each)(void *context, size_t match, const struct yx_box *line);
    void *context;
};
/* White space in the keyword does not count. YX_USAGE when it is empty, too long or not UTF-8. */
yx_status yx_letters_search(const struct yx_letters *letters, const char *keyword,
                            const struct yx_letters_search *search, struct yx_error *err);
/* What a seal is placed by: the first line of each match. As `each` with this as its context. */
struct yx_first_lines {
    bool (*found)(void *context, const struct yx_box *box);
    void *context;
    size_t match; /* the last; 0 to begin with */
};
bool yx_first_line(void *context, size_t match, const struct yx_box *line);

/* A document as the placing sees it. */
struct yx_pages {
    uint32_t count;
    void *self;
    yx_status (*size)(void *self, uint32_t page, double *width, double *height,
                      struct yx_error *err);
    /* Calls `found` for every place of the keyword on the page, in reading order, until it says
     * false. */
    yx_status (*find)(void *self, uint32_t page, const char *keyword,
                      bool (*found)(void *context, const struct yx_box *box), void *context,
                      struct yx_error *err);
};

/* Appends the stamps of a placement of a seal of `width` x `height` mm. YX_REFUSED: page out of
 * range, off the page, keyword not found, seam over fewer than 2 pages. */
yx_status yx_place(const struct yx_pages *pages, const struct yx_placement *placement, double width,
                   double height, struct yx_stamps *out, struct yx_error *err);

#endif
