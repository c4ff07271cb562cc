/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.c - verifies every signature of a package and writes the report. This file walks; the
 * judging is in verify_signature.c, verify_cms.c, verify_references.c, verify_coverage.c and
 * verify_stamps.c. Nothing here refuses: what is wrong becomes a finding, so that a reader learns
 * everything about a bad document at once.
 */
#include "ofdverify/verify.h"

#define RULE_CONTAINER "GB/T 33190-2016, package"
#define RULE_LIST "GB/T 33190-2016, list of signatures"

/* --- The file as a whole ----------------------------------------------------------------- */

static void note_container(struct yx_ofd_verification *v)
{
    uint64_t outside = yx_zip_outside(v->ofd->zip);
    struct yx_checks *checks = &v->report->checks;
    if (outside == 0)
        yx_check_note(v->report, checks, YX_CHECK_CONTAINER_SAFE, YX_PASS, RULE_CONTAINER, NULL);
    else
        yx_check_note(v->report, checks, YX_CHECK_CONTAINER_SAFE, YX_PASS, RULE_CONTAINER,
                      N_("{1} bytes of the file belong to no part; no signature protects them and "
                         "no reader shows them"),
                      YX_NUM(outside));
}

/* --- Signatures -------------------------------------------------------------------------- */

static yx_status judge_one(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                           struct yx_error *err)
{
    const struct yx_ofd_signed *read = judged->read;
    struct yx_report_signature *report = judged->report;
    report->id = yx_report_text(v->report, YX_TEXT(read->listed->id));
    report->document = read->document;
    if (read->error.status != YX_OK) {
        yx_check_note_error(v->report, &report->checks, YX_CHECK_SIGNATURE_FORMAT, YX_FAIL, NULL,
                            &read->error);
        return YX_OK;
    }
    YX_TRY(yx_ofd_judge_signature(v, judged, err));
    YX_TRY(yx_ofd_judge_references(v, judged, err));
    return yx_ofd_judge_stamps(v, judged, err);
}

static yx_status judge_all(struct yx_ofd_verification *v, struct yx_error *err)
{
    v->judged = yx_arena_calloc(v->arena, v->list.count + 1, sizeof *v->judged);
    if (v->judged == NULL)
        return yx_fail_memory(err);
    for (size_t i = 0; i < v->list.count; i++) {
        struct yx_ofd_judged *judged = &v->judged[i];
        judged->read = &v->list.items[i];
        judged->report = yx_report_add_signature(v->report);
        judged->reference_held =
            yx_arena_calloc(v->arena, judged->read->reference_count + 1, sizeof(bool));
        judged->part_held = yx_arena_calloc(v->arena, v->parts.count + 1, sizeof(bool));
        if (judged->report == NULL || judged->reference_held == NULL || judged->part_held == NULL)
            return yx_fail_memory(err);
        YX_TRY(judge_one(v, judged, err));
    }
    return yx_ofd_judge_coverage(v, err);
}

static void note_lists(struct yx_ofd_verification *v, const struct yx_error *problem)
{
    struct yx_checks *checks = &v->report->checks;
    if (v->list.count == 0 && problem != NULL)
        yx_check_note_error(v->report, checks, YX_CHECK_REFERENCES_LIST, YX_FAIL, NULL, problem);
    for (size_t i = 0; i < v->list.count; i++) {
        checks = &v->judged[i].report->checks;
        if (problem != NULL)
            yx_check_note_error(v->report, checks, YX_CHECK_REFERENCES_LIST, YX_FAIL, NULL,
                                problem);
        else
            yx_check_note(v->report, checks, YX_CHECK_REFERENCES_LIST, YX_PASS, RULE_LIST, NULL);
    }
}

static yx_status judge_lists(struct yx_ofd_verification *v, struct yx_error *err)
{
    struct yx_error problem;
    yx_status status = yx_ofd_signed_check_lists(&v->parts, &v->list, &problem);
    if (status != YX_OK && !yx_ofd_is_finding(status))
        return yx_ofd_pass_on(err, &problem);
    note_lists(v, status == YX_OK ? NULL : &problem);
    return YX_OK;
}

/* --- The package ------------------------------------------------------------------------- */

/* Turns a refusal of the whole package into the finding container.safe. */
static yx_status note_unsafe(struct yx_ofd_verification *v, yx_status status,
                             const struct yx_error *why, struct yx_error *err)
{
    if (!yx_ofd_is_finding(status))
        return yx_ofd_pass_on(err, why);
    yx_check_note_error(v->report, &v->report->checks, YX_CHECK_CONTAINER_SAFE, YX_FAIL, NULL, why);
    return YX_OK;
}

static yx_status verify_package(struct yx_ofd_verification *v, const struct yx_progress *progress,
                                struct yx_error *err)
{
    YX_TRY(yx_ofd_parts_index(v->ofd, v->arena, progress, &v->parts, err));
    note_container(v);
    struct yx_error why;
    yx_status status = yx_ofd_signed_read(&v->parts, &v->list, &why);
    if (status != YX_OK)
        return note_unsafe(v, status, &why, err);
    YX_TRY(judge_all(v, err));
    return judge_lists(v, err);
}

/* Fills the report, but for the digest of the file. */
static yx_status verify(struct yx_report *report, const struct yx_source *source,
                        const struct yx_verify_options *options, struct yx_cert_cache *certs,
                        const struct yx_progress *progress, struct yx_error *err)
{
    YX_CLEAN(yx_arena) struct yx_arena *arena = yx_arena_new(SIZE_MAX / 2);
    YX_CLEAN(yx_ofd) struct yx_ofd *ofd = NULL;
    if (arena == NULL)
        return yx_fail_memory(err);
    struct yx_ofd_verification v = {
        .arena = arena, .options = options, .now = options->at, .certs = certs, .report = report};
    struct yx_error why;
    yx_status status = yx_ofd_open(source, &ofd, &why);
    v.ofd = ofd;
    if (status == YX_OK)
        YX_TRY(verify_package(&v, progress, err));
    else
        YX_TRY(note_unsafe(&v, status, &why, err));
    return yx_report_finish(report, err);
}

static yx_status new_report(const struct yx_verify_options *options,
                            struct yx_verify_options *settled, struct yx_report **out,
                            struct yx_error *err)
{
    *settled = options == NULL ? (struct yx_verify_options){0} : *options;
    if (settled->at == 0)
        settled->at = yx_now();
    YX_TRY(yx_report_new(out, err));
    (*out)->format = YX_FORMAT_OFD;
    return YX_OK;
}

yx_status yx_ofd_verify(const struct yx_source *source, const struct yx_verify_options *options,
                        struct yx_report **out, struct yx_error *err)
{
    struct yx_verify_options settled;
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    YX_CLEAN(yx_cert_cache) struct yx_cert_cache certs = {0};
    YX_TRY(new_report(options, &settled, &report, err));
    struct yx_passes passes = {&settled.progress, yx_source_size(source), 2, 0};
    struct yx_progress progress = yx_pass(&passes);
    YX_TRY(yx_source_digest(source, &progress, report->digest, err));
    passes.current = 1;
    YX_TRY(verify(report, source, &settled, &certs, &progress, err));
    yx_passes_end(&passes);
    *out = report;
    report = NULL;
    return YX_OK;
}

yx_status yx_ofd_verify_written(const struct yx_source *source,
                                const struct yx_verify_options *options,
                                struct yx_cert_cache *certs, struct yx_report **out,
                                struct yx_error *err)
{
    struct yx_verify_options settled;
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    YX_TRY(new_report(options, &settled, &report, err));
    YX_TRY(verify(report, source, &settled, certs, &settled.progress, err));
    *out = report;
    report = NULL;
    return YX_OK;
}
