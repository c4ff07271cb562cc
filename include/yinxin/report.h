/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yinxin/report.h - what a verification found.
 *
 * A report lists signatures; a signature lists checks; a check passes, fails, is unknown or was
 * skipped, and says why. The result of a signature follows from its checks alone: any fail makes
 * it invalid, otherwise any unknown makes it indeterminate, otherwise it is valid (the three
 * results of ETSI EN 319 102-1). "Untrusted" is not "broken", and the checks tell them apart.
 *
 * A report owns all its text. Texts of the document (names, subjects, paths) are UTF-8 but not
 * otherwise cleaned: escape them for the place where you show them.
 */
#ifndef YINXIN_REPORT_H
#define YINXIN_REPORT_H

#include <yinxin/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In the order in which a reader wants to see them. */
typedef enum {
    YX_CHECK_CONTAINER_SAFE,
    YX_CHECK_SIGNATURE_FORMAT,
    YX_CHECK_SIGNATURE_VALUE,
    YX_CHECK_DOCUMENT_DIGEST,
    YX_CHECK_REFERENCES_DIGEST,
    YX_CHECK_REFERENCES_COVERAGE,
    YX_CHECK_REFERENCES_LIST,
    YX_CHECK_PROPERTY_PATH,
    YX_CHECK_ALGORITHM_ALLOWED,
    YX_CHECK_SEAL_FORMAT,
    YX_CHECK_SEAL_SIGNATURE,
    YX_CHECK_SEAL_MATCH,
    YX_CHECK_SEAL_PERIOD,
    YX_CHECK_SEAL_MAKER_CHAIN,
    YX_CHECK_SEAL_MAKER_VALIDITY,
    YX_CHECK_SEAL_MAKER_REVOCATION,
    YX_CHECK_SEAL_MAKER_USAGE,
    YX_CHECK_SIGNER_LISTED,
    YX_CHECK_SIGNER_CHAIN,
    YX_CHECK_SIGNER_VALIDITY,
    YX_CHECK_SIGNER_REVOCATION,
    YX_CHECK_SIGNER_USAGE,
    YX_CHECK_SIGNING_TIME,
    YX_CHECK_TIMESTAMP_TOKEN,
    YX_CHECK_CHANGES_AFTER,
    YX_CHECK_COUNT
} yx_check_id;

/* The stable name of a check, such as "document.digest". */
YX_API const char *yx_check_name(yx_check_id id);
/* The check in a few English words ("Document digest"): the key of its translation. */
YX_API const char *yx_check_title(yx_check_id id);

typedef enum { YX_PASS, YX_SKIP, YX_UNKNOWN, YX_FAIL } yx_outcome;
/* "pass", "skip", "unknown", "fail". */
YX_API const char *yx_outcome_name(yx_outcome outcome);

typedef enum { YX_VALID, YX_UNSIGNED, YX_INDETERMINATE, YX_INVALID } yx_result;
/* "valid", "unsigned", "indeterminate", "invalid". */
YX_API const char *yx_result_name(yx_result result);

struct yx_check {
    yx_check_id id;
    yx_outcome outcome;
    const char *rule;          /* the clause that was applied */
    struct yx_message *detail; /* NULL when there is nothing to add */
    struct yx_check *next;
};

/* Checks in the order of their ids; an id stands once, with its worst outcome. */
struct yx_checks {
    struct yx_check *first;
};

/* The check with this id, or NULL. */
YX_API const struct yx_check *yx_checks_find(const struct yx_checks *checks, yx_check_id id);
/* The result that follows from the checks. */
YX_API yx_result yx_checks_result(const struct yx_checks *checks);

/* A certificate as a report shows it. */
struct yx_report_cert {
    const char *subject; /* "CN=...,O=...,C=CN", "" when there is no certificate */
    const char *issuer;
    const char *serial; /* hex, upper case */
    yx_time not_before;
    yx_time not_after;
};

struct yx_report_seal {
    const char *esid;
    const char *name;
    int64_t type;
    int64_t version;   /* 1, 4, 5 */
    const char *maker; /* subject of the maker's certificate */
    yx_time valid_from;
    yx_time valid_to;
    const char *picture_type; /* as written in the seal: "PNG", "ofd" ... */
    int64_t width;            /* millimetres */
    int64_t height;
};

/* Where a seal stands: page numbers from 1, millimetres from the page's top left corner. */
struct yx_report_stamp {
    uint32_t page;              /* 0: the page that the stamp names does not exist */
    double x, y, width, height; /* the whole seal, also where only a part of it shows */
    bool has_clip;              /* only this part of it shows; on the page, not in the seal */
    double clip_x, clip_y, clip_width, clip_height;
    struct yx_report_stamp *next;
};

struct yx_report_path {
    const char *path;
    struct yx_report_path *next;
};

struct yx_report_signature {
    const char *id;
    const char *kind;  /* ses-v1, ses-v4, ses-v5, gbt35275, pades, cms, doctimestamp; "" when it
                          could not be read */
    uint32_t document; /* which document of the package, from 1 */
    yx_result result;
    yx_time signing_time;    /* YX_TIME_NONE when none could be read */
    const char *time_source; /* "signer", "tsa" */
    struct yx_report_cert signer;
    const struct yx_report_seal *seal; /* NULL when there is none */
    struct yx_report_stamp *stamps;
    struct yx_checks checks;
    struct yx_report_signature *next;
};

typedef enum { YX_FORMAT_UNKNOWN, YX_FORMAT_OFD, YX_FORMAT_PDF, YX_FORMAT_ESL } yx_format;
/* "ofd", "pdf", "esl"; "" when unknown. */
YX_API const char *yx_format_name(yx_format format);

struct yx_report {
    yx_format format;
    uint8_t digest[32]; /* SM3 over the whole file */
    yx_result result;
    struct yx_checks checks; /* of the file as a whole: container.safe */
    struct yx_report_signature *signatures;
    struct yx_report_path *unprotected;   /* parts that no signature protects */
    struct yx_report_path *changed_after; /* parts that changed after a signature */
    struct yx_arena *arena;               /* owns everything above */
};

/* An empty report. */
YX_API yx_status yx_report_new(struct yx_report **out, struct yx_error *err);
YX_API void yx_report_free(struct yx_report *report);

#ifdef __cplusplus
}
#endif

#endif
