/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.c - verifies every signature of a PDF and writes the report. This file walks; verify.h
 * says where the judging is. Nothing here refuses: what is wrong becomes a finding, so that a
 * reader learns everything about a bad document at once.
 */
#include <stdlib.h>

#include "pdfverify/verify.h"

#define RULE_FILE "ISO 32000-1 7.5"
#define RULE_FIELD "ISO 32000-1 12.7.4.5"

static void free_verification(struct yx_pdf_verification *v)
{
    for (size_t i = 0; i < v->count; i++)
        yx_buf_free(&v->judged[i].contents);
    free(v->judged);
    free(v->shown);
    free(v->claims);
    yx_pdf_form_free(&v->form);
    yx_pdf_xref_free(&v->xref);
    yx_trust_free(v->trust);
    yx_pdf_free(v->pdf);
    yx_arena_free(v->arena);
}
YX_DEFINE_CLEAN_VALUE(verification, struct yx_pdf_verification, free_verification);

yx_status yx_pdf_note_failure(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                              yx_check_id id, const struct yx_error *why, struct yx_error *err)
{
    if (!yx_pdf_is_finding(why->status))
        return yx_pdf_pass_on(err, why);
    yx_check_note_error(v->report, &judged->report->checks, id, YX_FAIL, NULL, why);
    return YX_OK;
}

/* --- Signatures -------------------------------------------------------------------------- */

/* Viewers list the form's signatures; what only a page shows is easily overlooked. */
static void note_list(struct yx_pdf_verification *v, struct yx_pdf_judged *judged)
{
    if (judged->in_form)
        return;
    yx_pdf_note(v, judged, YX_CHECK_REFERENCES_LIST, YX_FAIL, RULE_FIELD,
                N_("a page shows this signature, and the form does not list it"));
}

static yx_status judge_one(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                           struct yx_error *err)
{
    judged->report = yx_report_add_signature(v->report);
    if (judged->report == NULL)
        return yx_fail_memory(err);
    judged->report->id = yx_report_text(v->report, YX_TEXT(judged->name));
    judged->report->document = 1;
    note_list(v, judged);
    YX_TRY(yx_pdf_judge_range(v, judged, err));
    YX_TRY(yx_pdf_judge_stamps(v, judged, err));
    if (judged->contents.len == 0)
        return YX_OK;
    YX_TRY(yx_pdf_judge_value(v, judged, err));
    return yx_pdf_judge_changes(v, judged, err);
}

/* What stands behind the last signature, no signature protects. */
static void note_unprotected(struct yx_pdf_verification *v)
{
    uint64_t covered = 0;
    char name[80];
    for (size_t i = 0; i < v->count; i++)
        if (v->judged[i].range_holds && v->judged[i].end > covered)
            covered = v->judged[i].end;
    if (covered == 0 || covered == v->size)
        return;
    snprintf(name, sizeof name, "bytes %llu to %llu", (unsigned long long)covered,
             (unsigned long long)v->size);
    yx_report_add_path(v->report, &v->report->unprotected, YX_TEXT(name));
}

static yx_status judge_all(struct yx_pdf_verification *v, struct yx_error *err)
{
    struct yx_error why;
    if (!v->is_written)
        YX_TRY(yx_pdf_file_digest(v, err));
    if (v->count == 0)
        return YX_OK;
    yx_status status = yx_pdf_widen_trust(v, &why);
    if (status != YX_OK && !yx_pdf_is_finding(status))
        return yx_pdf_pass_on(err, &why);
    if (status != YX_OK)
        yx_check_note_error(v->report, &v->report->checks, YX_CHECK_CONTAINER_SAFE, YX_FAIL, NULL,
                            &why);
    for (size_t i = 0; i < v->count; i++)
        YX_TRY(judge_one(v, &v->judged[i], err));
    note_unprotected(v);
    return YX_OK;
}

/* --- The file ---------------------------------------------------------------------------- */

/* Everything that must hold before a signature can be looked at. */
static yx_status open_file(struct yx_pdf_verification *v, struct yx_error *err)
{
    YX_TRY(yx_pdf_open(v->source, &v->pdf, err));
    YX_TRY(yx_pdf_find_signatures(v, err));
    return v->count == 0 ? YX_OK : yx_pdf_xref_read(v->source, v->size, &v->xref, err);
}

static yx_status verify(struct yx_pdf_verification *v, struct yx_error *err)
{
    struct yx_error why;
    struct yx_checks *checks = &v->report->checks;
    yx_status status = open_file(v, &why);
    if (status != YX_OK && !yx_pdf_is_finding(status))
        return yx_pdf_pass_on(err, &why);
    if (status != YX_OK) {
        yx_check_note_error(v->report, checks, YX_CHECK_CONTAINER_SAFE, YX_FAIL, NULL, &why);
        YX_TRY(yx_pdf_file_digest(v, err));
        return yx_report_finish(v->report, err);
    }
    yx_check_note(v->report, checks, YX_CHECK_CONTAINER_SAFE, YX_PASS, RULE_FILE, NULL);
    YX_TRY(judge_all(v, err));
    return yx_report_finish(v->report, err);
}

static yx_status make_report(const struct yx_source *source,
                             const struct yx_verify_options *options, bool is_written,
                             struct yx_report **out, struct yx_error *err)
{
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    YX_CLEAN(verification)
    struct yx_pdf_verification v = {
        .source = source, .size = yx_source_size(source), .is_written = is_written};
    v.options = options == NULL ? (struct yx_verify_options){0} : *options;
    if (v.options.at == 0)
        v.options.at = yx_now();
    v.arena = yx_arena_new(SIZE_MAX / 2);
    if (v.arena == NULL)
        return yx_fail_memory(err);
    YX_TRY(yx_report_new(&report, err));
    report->format = YX_FORMAT_PDF;
    v.report = report;
    YX_TRY(verify(&v, err));
    *out = report;
    report = NULL;
    return YX_OK;
}

yx_status yx_pdf_verify(const struct yx_source *source, const struct yx_verify_options *options,
                        struct yx_report **out, struct yx_error *err)
{
    return make_report(source, options, false, out, err);
}

yx_status yx_pdf_verify_written(const struct yx_source *source,
                                const struct yx_verify_options *options, struct yx_report **out,
                                struct yx_error *err)
{
    return make_report(source, options, true, out, err);
}
