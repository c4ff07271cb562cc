/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pdfverify/verify.h - what the files that verify share. verify.c walks; a signature is found in
 * verify_find.c and judged in verify_range.c (which bytes it covers), verify_value.c and
 * verify_cms.c (its value), verify_seal.c (the seal it carries), verify_stamps.c (where it shows)
 * and verify_changes.c (what was appended behind it).
 */
#ifndef PDFVERIFY_VERIFY_H
#define PDFVERIFY_VERIFY_H

#include "pdfchanges/pdfchanges.h"
#include "pdfverify/pdfverify.h"

/* One signature and what is known of it so far. */
struct yx_pdf_judged {
    struct yx_report_signature *report;
    qpdf_oh field, value;
    struct yx_pdf_ref field_ref, value_ref; /* value_ref.id 0: the value stands in the field */
    const char *name;                       /* of the field */
    bool in_form;                           /* false: only a page leads to it */
    char sub_filter[YX_PDF_WORD];
    bool is_timestamp;      /* a document time-stamp (ETSI EN 319 142-1 5.4.3) */
    yx_time claimed;        /* M of the dictionary; YX_TIME_NONE: absent */
    uint64_t gap, resume;   /* the Contents, from '<' up to behind '>' */
    uint64_t end;           /* of what is signed */
    bool range_holds;       /* the three above are sound */
    bool covers_revision;   /* `end` is the end of a revision */
    struct yx_buf contents; /* the DER in Contents */
};

/* An annotation and the page (from 0) that shows it. */
struct yx_pdf_shown {
    int id;
    uint32_t page;
};

/* A stamp that says which signature put it there. */
struct yx_pdf_claim {
    struct yx_pdf_ref ref;
    uint32_t page;
    struct yx_bytes name;
};

struct yx_pdf_verification {
    struct yx_pdf *pdf;
    const struct yx_source *source;
    uint64_t size;
    struct yx_arena *arena;
    struct yx_pdf_form form;
    struct yx_pdf_xref xref;
    struct yx_pdf_judged *judged;
    size_t count, cap;
    struct yx_pdf_shown *shown; /* by id */
    size_t shown_count, shown_cap;
    struct yx_pdf_claim *claims;
    size_t claim_count, claim_cap;
    struct yx_trust *trust;           /* the caller's, with what the document carries */
    struct yx_verify_options options; /* settled; its trust is the one above */
    struct yx_report *report;
    bool is_written; /* by us just now: nobody asks for the digest of the file */
    uint64_t hashed; /* bytes of all passes so far, for the progress */
};

/* A damaged or hostile input is a finding; memory and I/O end the work. */
static inline bool yx_pdf_is_finding(yx_status status)
{
    return status == YX_DAMAGED || status == YX_REFUSED;
}
/* Hands a local error to the caller. */
static inline yx_status yx_pdf_pass_on(struct yx_error *err, const struct yx_error *why)
{
    if (err != NULL)
        *err = *why;
    return why->status;
}
/* Notes a check of a signature. */
#define yx_pdf_note(v, judged, id, outcome, rule, ...) \
    yx_check_note((v)->report, &(judged)->report->checks, (id), (outcome), (rule), __VA_ARGS__)
/* Makes a finding out of a failed call, or ends the work. */
yx_status yx_pdf_note_failure(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                              yx_check_id id, const struct yx_error *why, struct yx_error *err);

/* Fills v->judged, v->shown and v->claims (verify_find.c). */
yx_status yx_pdf_find_signatures(struct yx_pdf_verification *v, struct yx_error *err);
/* The page that shows an annotation. */
const struct yx_pdf_shown *yx_pdf_find_shown(const struct yx_pdf_verification *v, int id);

/* Reads the dictionary and its ByteRange: signature.format, references.coverage
 * (verify_range.c). */
yx_status yx_pdf_judge_range(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                             struct yx_error *err);
/* The digest of what is signed, with `prefix` in front (verify_range.c). */
yx_status yx_pdf_range_digest(struct yx_pdf_verification *v, const struct yx_pdf_judged *judged,
                              yx_digest_algorithm algorithm, struct yx_bytes prefix, uint8_t *out,
                              struct yx_error *err);
/* SM3 over the whole file into the report (verify_range.c). */
yx_status yx_pdf_file_digest(struct yx_pdf_verification *v, struct yx_error *err);

/* CMS, a document time-stamp or a seal signature (verify_value.c). */
yx_status yx_pdf_judge_value(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                             struct yx_error *err);
/* CMS (verify_cms.c). */
yx_status yx_pdf_judge_cms(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                           struct yx_error *err);
/* Notes signing.time, and sets it in the report. `proven`: by a time-stamp; YX_TIME_NONE: not. */
void yx_pdf_note_time(struct yx_pdf_verification *v, struct yx_pdf_judged *judged, yx_time claimed,
                      yx_time proven);

/* The seal that is a signed attribute, and whether it is the one that shows (verify_seal.c). */
yx_status yx_pdf_judge_seal(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                            const struct yx_cms *cms, const struct yx_cert *signer, yx_time at,
                            struct yx_error *err);
/* Does an appearance draw a seal and nothing else, in the way of appearance.c? Then where, by the
 * matrix that makes the unit square the picture. */
yx_status yx_pdf_read_drawing(struct yx_pdf *pdf, qpdf_oh form, double matrix[6], bool *known,
                              struct yx_error *err);
/* Is this stream a form with these entries and operators, as yx_image_read makes them
 * (verify_form.c)? */
yx_status yx_pdf_form_is(struct yx_pdf *pdf, qpdf_oh form, const struct yx_buf *entries,
                         struct yx_bytes content, bool *out, struct yx_error *err);
/* Calls `visit` for each annotation that shows the signature, widgets first (verify_stamps.c). */
typedef yx_status yx_pdf_show_visitor(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                                      qpdf_oh annotation, uint32_t page, void *context,
                                      struct yx_error *err);
yx_status yx_pdf_each_shown(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                            yx_pdf_show_visitor *visit, void *context, struct yx_error *err);
/* Where the signature shows, into the report (verify_stamps.c). */
yx_status yx_pdf_judge_stamps(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                              struct yx_error *err);

/* changes.after (verify_changes.c). */
yx_status yx_pdf_judge_changes(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                               struct yx_error *err);
/* What a signature allows later revisions to do, as it stands in the signed revision
 * (verify_permissions.c). */
yx_status yx_pdf_read_permissions(struct yx_pdf *then, struct yx_bytes name, struct yx_arena *arena,
                                  struct yx_pdf_permissions *out, struct yx_error *err);

/* Certificates and CRLs of the DSS as help for the trust (verify_dss.c). */
yx_status yx_pdf_widen_trust(struct yx_pdf_verification *v, struct yx_error *err);

#endif
