/* SPDX-License-Identifier: Apache-2.0 */
/* doctor/doctor.c - the table of checks, and their notes. */
#include <stdlib.h>

#include "doctor/room.h"

static const struct {
    const char *name;
    void (*look)(struct yx_doctor *doctor);
} checks[] = {
    {"folder", yx_doctor_folder},
    {"settings", yx_doctor_settings},
    {"disk", yx_doctor_disk},
    {"database", yx_doctor_database},
    {"clock", yx_doctor_clock},
    {"keys", yx_doctor_keys},
    {"certificates", yx_doctor_certificates},
    {"audit", yx_doctor_audit},
    {"journal", yx_doctor_journal},
    {"jobs", yx_doctor_jobs},
    {"review", yx_doctor_review},
    {"backup", yx_doctor_backup},
    {"documents", yx_doctor_documents},
    {"mail", yx_doctor_mail},
    {"sandbox", yx_doctor_sandbox},
    {"programs", yx_doctor_programs},
    {"fonts", yx_doctor_fonts},
};

const char *yx_finding_name(yx_finding_grade grade)
{
    static const char *const names[] = {"ok", "warning", "failure"};

    return names[grade];
}

/* --- Notes --------------------------------------------------------------------------------- */

static void note(struct yx_doctor *doctor, yx_finding_grade grade, const struct yx_message *message)
{
    struct yx_doctor_report *report = doctor->report;
    struct yx_finding *more =
        realloc(report->findings, (report->count + 1) * sizeof *report->findings);

    if (more == NULL) {
        doctor->starved = true;
        return;
    }
    report->findings = more;
    more[report->count++] =
        (struct yx_finding){.check = doctor->check, .grade = grade, .message = *message};
    if (grade > report->worst)
        report->worst = grade;
}

void yx_doctor_note_list(struct yx_doctor *doctor, yx_finding_grade grade, const char *text, ...)
{
    struct yx_message message;
    const char *args[YX_MESSAGE_ARGS] = {NULL}, *arg;
    va_list list;
    size_t count = 0;

    va_start(list, text);
    while (count < YX_MESSAGE_ARGS && (arg = va_arg(list, const char *)) != NULL)
        args[count++] = arg;
    va_end(list);
    yx_message_set(&message, text, args[0], args[1], args[2], args[3], args[4], args[5]);
    note(doctor, grade, &message);
}

void yx_doctor_note_error(struct yx_doctor *doctor, yx_finding_grade grade,
                          const struct yx_error *error)
{
    note(doctor, grade, &error->message);
}

/* --- The visit ----------------------------------------------------------------------------- */

yx_status yx_doctor_look(const struct yx_doctor_visit *visit, struct yx_doctor_report *out,
                         struct yx_error *err)
{
    struct yx_doctor_report report = {.findings = NULL};
    struct yx_doctor doctor = {.visit = visit, .report = &report};

    if (yx_store_open(visit->settings->database, false, &doctor.store, &doctor.store_error) !=
        YX_OK)
        doctor.store = NULL;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        doctor.check = checks[i].name;
        checks[i].look(&doctor);
    }
    yx_store_free(doctor.store);
    if (doctor.starved) {
        yx_doctor_report_free(&report);
        return yx_fail_memory(err);
    }
    *out = report;
    return YX_OK;
}

void yx_doctor_report_free(struct yx_doctor_report *report)
{
    free(report->findings);
    *report = (struct yx_doctor_report){.findings = NULL};
}
