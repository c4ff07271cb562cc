/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_changes.c - what was appended behind a signed revision (changes.after): are they proper
 * revisions, what do they change (both pdfchanges/), and does the signature allow it?
 */
#include "pdfverify/verify.h"

#define RULE "ISO 32000-1 12.8.2.2, later changes"
#define FIELDS_MAX 100000

static const struct {
    yx_outcome outcome;
    const char *words;
} additions[] = {
    [YX_PDF_ADDED_NOTHING] = {YX_PASS, N_("later revisions change nothing that shows")},
    [YX_PDF_ADDED_PROOF] =
        {YX_PASS, N_("only validation data and document time-stamps were added afterwards")},
    [YX_PDF_ADDED_DESCRIPTION] =
        {YX_PASS, N_("the description of the document was changed afterwards; its pages were not")},
    [YX_PDF_ADDED_SIGNATURE] = {YX_PASS, N_("further signatures were added afterwards")},
    [YX_PDF_ADDED_FORM] = {YX_PASS, N_("the form was filled in afterwards: {1}")},
    [YX_PDF_ADDED_ANNOTATION] =
        {YX_UNKNOWN, N_("annotations were added afterwards; look whether they hide anything: {1}")},
};

static void note_additions(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                           const struct yx_pdf_comparison *c)
{
    const yx_check_id id = YX_CHECK_CHANGES_AFTER;
    yx_outcome outcome = additions[c->addition].outcome;
    if (c->permissions->level == 3)
        outcome = YX_PASS; /* the certification allows annotations */
    if (c->forbidden.status != YX_OK)
        yx_check_note_error(v->report, &judged->report->checks, id, YX_FAIL, NULL, &c->forbidden);
    else
        yx_pdf_note(v, judged, id, outcome, RULE, additions[c->addition].words, c->what);
}

static yx_status compare(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                         struct yx_pdf *then, struct yx_error *err)
{
    YX_CLEAN(yx_pdf_xref) struct yx_pdf_xref xref = {0};
    struct yx_pdf_permissions permissions;
    YX_TRY(yx_pdf_xref_read(v->source, judged->end, &xref, err));
    YX_TRY(yx_pdf_read_permissions(then, YX_TEXT(judged->name), v->arena, &permissions, err));
    struct yx_pdf_comparison comparison = {
        .then = then,
        .now = v->pdf,
        .xref_then = &xref,
        .xref_now = &v->xref,
        .permissions = &permissions,
        .report = v->report,
        .arena = v->arena,
        .fields_left = FIELDS_MAX,
    };
    YX_TRY(yx_pdf_compare(&comparison, err));
    note_additions(v, judged, &comparison);
    return YX_OK;
}

static yx_status judge(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                       struct yx_error *err)
{
    YX_CLEAN(yx_pdf) struct yx_pdf *then = NULL;
    size_t revisions = 0;
    YX_TRY(yx_pdf_revisions_walk(v->source, judged->end, &v->xref, &revisions, err));
    if (revisions == 0) {
        yx_pdf_note(v, judged, YX_CHECK_CHANGES_AFTER, YX_PASS, RULE, NULL);
        return YX_OK;
    }
    YX_TRY(yx_pdf_open_revision(v->source, judged->end, &then, err));
    return compare(v, judged, then, err);
}

yx_status yx_pdf_judge_changes(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                               struct yx_error *err)
{
    struct yx_error why;
    if (!judged->covers_revision)
        return YX_OK;
    if (judged->end == v->size) {
        yx_pdf_note(v, judged, YX_CHECK_CHANGES_AFTER, YX_PASS, RULE, NULL);
        return YX_OK;
    }
    if (judge(v, judged, &why) == YX_OK)
        return YX_OK;
    YX_TRY(yx_pdf_note_failure(v, judged, YX_CHECK_CHANGES_AFTER, &why, err));
    yx_report_add_path(v->report, &v->report->changed_after, YX_TEXT("file structure"));
    return YX_OK;
}
