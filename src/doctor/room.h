/* SPDX-License-Identifier: Apache-2.0 */
/* doctor/room.h - what the files of doctor/ share: the notes of a visit, and the checks. */
#ifndef DOCTOR_ROOM_H
#define DOCTOR_ROOM_H

#include "doctor/doctor.h"

struct yx_doctor {
    const struct yx_doctor_visit *visit;
    struct yx_doctor_report *report;
    struct yx_store *store;      /* NULL: it cannot be opened, */
    struct yx_error store_error; /* and why */
    const char *check;           /* the one that looks now */
    bool starved;
};

#define yx_doctor_note(doctor, grade, ...) yx_doctor_note_list((doctor), (grade), __VA_ARGS__, NULL)
void yx_doctor_note_list(struct yx_doctor *doctor, yx_finding_grade grade, const char *text, ...)
    __attribute__((sentinel));
/* The sentence of an error. */
void yx_doctor_note_error(struct yx_doctor *doctor, yx_finding_grade grade,
                          const struct yx_error *error);

/* folder.c */
void yx_doctor_folder(struct yx_doctor *doctor);
void yx_doctor_settings(struct yx_doctor *doctor);
void yx_doctor_keys(struct yx_doctor *doctor);
void yx_doctor_certificates(struct yx_doctor *doctor);
/* machine.c */
void yx_doctor_clock(struct yx_doctor *doctor);
void yx_doctor_disk(struct yx_doctor *doctor);
void yx_doctor_sandbox(struct yx_doctor *doctor);
void yx_doctor_programs(struct yx_doctor *doctor);
void yx_doctor_fonts(struct yx_doctor *doctor);
void yx_doctor_mail(struct yx_doctor *doctor);
/* records.c */
void yx_doctor_database(struct yx_doctor *doctor);
void yx_doctor_audit(struct yx_doctor *doctor);
void yx_doctor_journal(struct yx_doctor *doctor); /* journal.c */
void yx_doctor_jobs(struct yx_doctor *doctor);
void yx_doctor_review(struct yx_doctor *doctor);
void yx_doctor_backup(struct yx_doctor *doctor);
void yx_doctor_documents(struct yx_doctor *doctor);

#endif
