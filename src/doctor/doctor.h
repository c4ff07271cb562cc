/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor/doctor.h - the door to doctor/: looks at a service from all sides and says what is wrong
 * and what to do. The service may run, or not; nothing is changed, but that records which wait for
 * their numbers get them, and that a content is put among the documents and taken away again.
 *
 * Every check is a row of one table (doctor.c); each has at least one finding.
 */
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

#include "settings/settings.h"
#include "store/store.h"

typedef enum { YX_FINDING_OK, YX_FINDING_WARNING, YX_FINDING_FAILURE } yx_finding_grade;
/* "ok", "warning", "failure" */
const char *yx_finding_name(yx_finding_grade grade);

struct yx_finding {
    const char *check; /* "clock" */
    yx_finding_grade grade;
    struct yx_message message; /* a sentence; unless it is ok, it says what to do */
};

struct yx_doctor_visit {
    const char *folder;
    const struct yx_settings *settings;
    struct yx_bytes passphrase; /* of the keys; empty: as the keeper finds it */
    bool full;                  /* every record and every document, not only the last or some */
    yx_time now;
};
struct yx_doctor_report {
    struct yx_finding *findings;
    size_t count;
    yx_finding_grade worst;
};
/* YX_NO_MEMORY is the only failure: whatever else goes wrong is a finding. */
yx_status yx_doctor_look(const struct yx_doctor_visit *visit, struct yx_doctor_report *out,
                         struct yx_error *err);
void yx_doctor_report_free(struct yx_doctor_report *report);
YX_DEFINE_CLEAN_VALUE(yx_doctor_report, struct yx_doctor_report, yx_doctor_report_free);

/*
 * Compares the keeper's journal (DIR/keys/journal) with the audit list: every signature that binds
 * somebody was allowed by a leaf that the list still has. YX_DAMAGED names the first one that is
 * not so, or where the journal does not follow from itself. *entries counts what was compared.
 */
yx_status yx_doctor_compare(const char *folder, struct yx_store *store, int64_t *entries,
                            struct yx_error *err);

#endif
