/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_coverage.c - does a signature protect the whole package, and what changed after it?
 *
 * A signature protects every part that was there when it was made. It cannot protect its own
 * files, nor those of signatures made after it, nor, when others may sign later, the lists of
 * signatures. All else that its references leave out was added later or left open.
 */
#include "ofdverify/verify.h"
#include "zip/zip.h"

#define RULE "GB/T 33190-2016, signature references"
/* A reader needs no longer list of paths than this. */
#define PATHS_MAX 1000

/* Was `other` made after `one`? In one list by its order; across documents when it protects it. */
static bool is_later(const struct yx_ofd_judged *one, const struct yx_ofd_judged *other)
{
    if (other->read->document == one->read->document)
        return other->read->place > one->read->place;
    return yx_ofd_signed_covers(other->read, one->read->xml_part);
}

static void mark(bool *parts, size_t part)
{
    if (part != YX_NO_PART)
        parts[part] = true;
}

static void mark_own_files(bool *parts, const struct yx_ofd_judged *judged)
{
    mark(parts, judged->read->xml_part);
    mark(parts, judged->read->value_part);
}

/* The files of a later signature, as far as they are what they should be: a page is not excused
 * because somebody calls it a signed value. */
static void mark_later_files(bool *parts, const struct yx_ofd_judged *judged)
{
    mark(parts, judged->read->xml_part);
    if (judged->value_parsed)
        mark(parts, judged->read->value_part);
    if (judged->seal_matches)
        mark(parts, judged->read->seal_part);
}

static void mark_references(bool *parts, const struct yx_ofd_judged *judged)
{
    for (size_t i = 0; i < judged->read->cover_count; i++)
        parts[judged->read->covers[i]] = true;
}

static void mark_lists(const struct yx_ofd_verification *v, bool *parts)
{
    for (uint32_t i = 0; i < v->ofd->document_count; i++)
        mark(parts, yx_ofd_parts_find(&v->parts, v->ofd->documents[i].signatures_path));
}

static void note_coverage(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                          const bool *covered)
{
    struct yx_checks *checks = &judged->report->checks;
    const yx_check_id id = YX_CHECK_REFERENCES_COVERAGE;
    size_t missing = 0, first = 0;
    for (size_t i = v->parts.count; i-- > 0;)
        if (!covered[i]) {
            missing++;
            first = i;
        }
    if (judged->read->reference_count == 0) {
        yx_check_note(v->report, checks, id, YX_FAIL, RULE,
                      N_("the signature protects nothing: it has no references"));
        return;
    }
    if (missing == 0) {
        yx_check_note(v->report, checks, id, YX_PASS, RULE, NULL);
        return;
    }
    struct yx_bytes name = v->parts.items[first].entry->name;
    if (missing == 1)
        yx_check_note(v->report, checks, id, YX_FAIL, RULE,
                      N_("{1} is not protected by this signature"), YX_ZIP_NAME(name));
    else
        yx_check_note(v->report, checks, id, YX_FAIL, RULE,
                      N_("{1} and {2} more parts are not protected by this signature"),
                      YX_ZIP_NAME(name), YX_NUM(missing - 1));
}

/* `covered` comes with the lists of signatures marked. */
static void judge_coverage(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                           bool *covered)
{
    mark_references(covered, judged);
    mark_own_files(covered, judged);
    for (size_t i = 0; i < v->list.count; i++) {
        const struct yx_ofd_judged *other = &v->judged[i];
        if (is_later(judged, other))
            mark_later_files(covered, other);
    }
    note_coverage(v, judged, covered);
}

/* What no signature at all protects, for the report as a whole. */
static void list_unprotected(struct yx_ofd_verification *v, bool *covered)
{
    for (size_t i = 0; i < v->list.count; i++) {
        mark_references(covered, &v->judged[i]);
        mark_own_files(covered, &v->judged[i]);
    }
    size_t listed = 0;
    for (size_t i = 0; i < v->parts.count && listed < PATHS_MAX; i++) {
        if (covered[i])
            continue;
        yx_report_add_path(v->report, &v->report->unprotected, v->parts.items[i].entry->name);
        listed++;
    }
}

/* --- Changes after a signature ----------------------------------------------------------- */

/* Does a signature made after this one hold the part as it is now? */
static bool is_held_later(const struct yx_ofd_verification *v, const struct yx_ofd_judged *judged,
                          size_t part)
{
    for (size_t i = 0; part != YX_NO_PART && i < v->list.count; i++)
        if (v->judged[i].part_held != NULL && v->judged[i].part_held[part] &&
            is_later(judged, &v->judged[i]))
            return true;
    return false;
}

static bool has_later(const struct yx_ofd_verification *v, const struct yx_ofd_judged *judged)
{
    for (size_t i = 0; i < v->list.count; i++)
        if (is_later(judged, &v->judged[i]))
            return true;
    return false;
}

/*
 * A part that changed under this signature, and that a later one holds as it is now: somebody
 * changed the document and signed the change. `room` bounds the work for a hostile package.
 */
static void judge_changes(struct yx_ofd_verification *v, struct yx_ofd_judged *judged, size_t *room)
{
    struct yx_checks *checks = &judged->report->checks;
    const yx_check_id id = YX_CHECK_CHANGES_AFTER;
    const struct yx_ofd_signed *read = judged->read;
    for (size_t i = 0; i < read->reference_count && (*room > 0); i++) {
        const struct yx_ofd_reference *reference = &read->references[i];
        if (judged->reference_held[i])
            continue;
        (*room)--;
        if (is_held_later(v, judged, reference->part))
            yx_check_note(v->report, checks, id, YX_FAIL, RULE,
                          N_("{1} was changed after this signature and signed again"),
                          reference->file_ref);
        if (reference->path.len > 0)
            yx_report_add_path(v->report, &v->report->changed_after, reference->path);
    }
    yx_check_note(v->report, checks, id, has_later(v, judged) ? YX_PASS : YX_SKIP, RULE, NULL);
}

yx_status yx_ofd_judge_coverage(struct yx_ofd_verification *v, struct yx_error *err)
{
    bool *lists = yx_arena_calloc(v->arena, v->parts.count + 1, sizeof *lists);
    bool *covered = yx_arena_calloc(v->arena, v->parts.count + 1, sizeof *covered);
    if (lists == NULL || covered == NULL)
        return yx_fail_memory(err);
    mark_lists(v, lists);
    size_t room = PATHS_MAX;
    for (size_t i = 0; i < v->list.count; i++) {
        if (v->judged[i].read->error.status != YX_OK)
            continue;
        memcpy(covered, lists, v->parts.count);
        judge_coverage(v, &v->judged[i], covered);
        judge_changes(v, &v->judged[i], &room);
    }
    memcpy(covered, lists, v->parts.count);
    if (v->list.count > 0)
        list_unprotected(v, covered);
    return YX_OK;
}
