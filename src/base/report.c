/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - the verification report: its words, and how outcomes become a result. */
#include <stdlib.h>

#include "base/base.h"

/* A report of a hostile file must not grow without end. */
#define REPORT_MEMORY (256u * 1024 * 1024)

static const struct {
    const char *name;
    const char *title;
} checks_table[YX_CHECK_COUNT] = {
    [YX_CHECK_CONTAINER_SAFE] = {"container.safe", N_("File structure")},
    [YX_CHECK_SIGNATURE_FORMAT] = {"signature.format", N_("Signature format")},
    [YX_CHECK_SIGNATURE_VALUE] = {"signature.value", N_("Signature value")},
    [YX_CHECK_DOCUMENT_DIGEST] = {"document.digest", N_("Document digest")},
    [YX_CHECK_REFERENCES_DIGEST] = {"references.digest", N_("Protected parts")},
    [YX_CHECK_REFERENCES_COVERAGE] = {"references.coverage", N_("Coverage")},
    [YX_CHECK_REFERENCES_LIST] = {"references.list", N_("List of signatures")},
    [YX_CHECK_PROPERTY_PATH] = {"property.path", N_("Place of the signature")},
    [YX_CHECK_ALGORITHM_ALLOWED] = {"algorithm.allowed", N_("Algorithms")},
    [YX_CHECK_SEAL_FORMAT] = {"seal.format", N_("Seal format")},
    [YX_CHECK_SEAL_SIGNATURE] = {"seal.signature", N_("Maker's signature on the seal")},
    [YX_CHECK_SEAL_MATCH] = {"seal.match", N_("Seal shown and seal signed")},
    [YX_CHECK_SEAL_PERIOD] = {"seal.period", N_("Seal period")},
    [YX_CHECK_SEAL_MAKER_CHAIN] = {"seal.maker.chain", N_("Maker's certificate chain")},
    [YX_CHECK_SEAL_MAKER_VALIDITY] = {"seal.maker.validity", N_("Maker's certificate period")},
    [YX_CHECK_SEAL_MAKER_REVOCATION] = {"seal.maker.revocation", N_("Maker's revocation status")},
    [YX_CHECK_SEAL_MAKER_USAGE] = {"seal.maker.usage", N_("Maker's key usage")},
    [YX_CHECK_SIGNER_LISTED] = {"signer.listed", N_("Holders of the seal")},
    [YX_CHECK_SIGNER_CHAIN] = {"signer.chain", N_("Signer's certificate chain")},
    [YX_CHECK_SIGNER_VALIDITY] = {"signer.validity", N_("Signer's certificate period")},
    [YX_CHECK_SIGNER_REVOCATION] = {"signer.revocation", N_("Signer's revocation status")},
    [YX_CHECK_SIGNER_USAGE] = {"signer.usage", N_("Signer's key usage")},
    [YX_CHECK_SIGNING_TIME] = {"signing.time", N_("Signing time")},
    [YX_CHECK_TIMESTAMP_TOKEN] = {"timestamp.token", N_("Time-stamp")},
    [YX_CHECK_CHANGES_AFTER] = {"changes.after", N_("Later changes")},
};

const char *yx_check_name(yx_check_id id)
{
    return checks_table[id].name;
}

const char *yx_check_title(yx_check_id id)
{
    return checks_table[id].title;
}

const char *yx_outcome_name(yx_outcome outcome)
{
    static const char *const names[] = {"pass", "skip", "unknown", "fail"};
    return names[outcome];
}

const char *yx_result_name(yx_result result)
{
    static const char *const names[] = {"valid", "unsigned", "indeterminate", "invalid"};
    return names[result];
}

const char *yx_format_name(yx_format format)
{
    static const char *const names[] = {"", "ofd", "pdf", "esl"};
    return names[format];
}

const struct yx_check *yx_checks_find(const struct yx_checks *checks, yx_check_id id)
{
    const struct yx_check *check = checks->first;
    while (check != NULL && check->id != id)
        check = check->next;
    return check;
}

yx_result yx_checks_result(const struct yx_checks *checks)
{
    yx_result result = YX_VALID;
    for (const struct yx_check *check = checks->first; check != NULL; check = check->next) {
        if (check->outcome == YX_FAIL)
            return YX_INVALID;
        if (check->outcome == YX_UNKNOWN)
            result = YX_INDETERMINATE;
    }
    return result;
}

/* --- Filling ----------------------------------------------------------------------------- */

/* What stays private of a report: whether something could not be noted. */
struct report_state {
    struct yx_report report;
    bool incomplete;
};

static void mark_incomplete(struct yx_report *report)
{
    ((struct report_state *)report)->incomplete = true;
}

static void *report_alloc(struct yx_report *report, size_t size)
{
    void *memory = yx_arena_alloc(report->arena, size);
    if (memory == NULL)
        mark_incomplete(report);
    return memory;
}

yx_status yx_report_new(struct yx_report **out, struct yx_error *err)
{
    struct report_state *state = calloc(1, sizeof *state);
    struct yx_arena *arena = yx_arena_new(REPORT_MEMORY);
    if (state == NULL || arena == NULL) {
        free(state);
        yx_arena_free(arena);
        return yx_fail_memory(err);
    }
    state->report.arena = arena;
    *out = &state->report;
    return YX_OK;
}

void yx_report_free(struct yx_report *report)
{
    if (report == NULL)
        return;
    yx_arena_free(report->arena);
    free(report);
}

/* The check with this id, made and put in its place when it is new; NULL when memory is out. */
static struct yx_check *check_slot(struct yx_report *report, struct yx_checks *checks,
                                   yx_check_id id, bool *is_new)
{
    struct yx_check **place = &checks->first;
    while (*place != NULL && (*place)->id < id)
        place = &(*place)->next;
    *is_new = *place == NULL || (*place)->id != id;
    if (!*is_new)
        return *place;
    struct yx_check *check = report_alloc(report, sizeof *check);
    if (check == NULL)
        return NULL;
    check->id = id;
    check->next = *place;
    *place = check;
    return check;
}

static void note(struct yx_report *report, struct yx_checks *checks, yx_check_id id,
                 yx_outcome outcome, const char *rule, const struct yx_message *detail)
{
    bool is_new;
    struct yx_check *check = check_slot(report, checks, id, &is_new);
    if (check == NULL || (!is_new && check->outcome >= outcome))
        return;
    check->outcome = outcome;
    check->rule = rule == NULL ? "" : rule;
    check->detail = NULL;
    if (detail->text == NULL)
        return;
    check->detail = report_alloc(report, sizeof *detail);
    if (check->detail != NULL)
        *check->detail = *detail;
}

void yx_check_note_list(struct yx_report *report, struct yx_checks *checks, yx_check_id id,
                        yx_outcome outcome, const char *rule, const char *text, ...)
{
    struct yx_message detail = {.text = text};
    const char *arguments[YX_MESSAGE_ARGS + 1] = {NULL};
    if (text != NULL) {
        va_list list;
        va_start(list, text);
        for (size_t i = 0; i < YX_MESSAGE_ARGS; i++) {
            arguments[i] = va_arg(list, const char *);
            if (arguments[i] == NULL)
                break;
        }
        va_end(list);
        yx_message_set(&detail, text, arguments[0], arguments[1], arguments[2], arguments[3],
                       arguments[4], arguments[5]);
    }
    note(report, checks, id, outcome, rule, &detail);
}

void yx_check_note_error(struct yx_report *report, struct yx_checks *checks, yx_check_id id,
                         yx_outcome outcome, const char *rule, const struct yx_error *error)
{
    note(report, checks, id, outcome, rule == NULL ? error->rule : rule, &error->message);
}

struct yx_report_signature *yx_report_add_signature(struct yx_report *report)
{
    struct yx_report_signature *signature = report_alloc(report, sizeof *signature);
    if (signature == NULL)
        return NULL;
    signature->id = signature->kind = "";
    signature->time_source = "signer";
    signature->signing_time = YX_TIME_NONE;
    signature->signer = (struct yx_report_cert){"", "", "", YX_TIME_NONE, YX_TIME_NONE};
    struct yx_report_signature **place = &report->signatures;
    while (*place != NULL)
        place = &(*place)->next;
    *place = signature;
    return signature;
}

void yx_report_add_stamp(struct yx_report *report, struct yx_report_signature *signature,
                         const struct yx_report_stamp *stamp)
{
    struct yx_report_stamp *copy = report_alloc(report, sizeof *copy);
    if (copy == NULL)
        return;
    *copy = *stamp;
    copy->next = NULL;
    struct yx_report_stamp **place = &signature->stamps;
    while (*place != NULL)
        place = &(*place)->next;
    *place = copy;
}

void yx_report_add_path(struct yx_report *report, struct yx_report_path **list,
                        struct yx_bytes path)
{
    const char *text = yx_report_text(report, path);
    while (*list != NULL) {
        if (strcmp((*list)->path, text) == 0)
            return;
        list = &(*list)->next;
    }
    struct yx_report_path *entry = report_alloc(report, sizeof *entry);
    if (entry == NULL)
        return;
    entry->path = text;
    *list = entry;
}

const char *yx_report_text(struct yx_report *report, struct yx_bytes text)
{
    char *copy = yx_arena_text(report->arena, text);
    if (copy == NULL) {
        mark_incomplete(report);
        return "";
    }
    for (size_t i = 0; i < text.len;) {
        uint32_t code_point;
        size_t size = yx_utf8_next(YX_BYTES(copy + i, text.len - i), &code_point);
        if (size == 0 || code_point == 0) {
            copy[i] = '?';
            size = 1;
        }
        i += size;
    }
    return copy;
}

yx_status yx_report_finish(struct yx_report *report, struct yx_error *err)
{
    if (((struct report_state *)report)->incomplete)
        return yx_fail_memory(err);
    yx_result worst = yx_checks_result(&report->checks);
    if (worst == YX_VALID && report->signatures == NULL)
        worst = YX_UNSIGNED;
    for (struct yx_report_signature *s = report->signatures; s != NULL; s = s->next) {
        s->result = yx_checks_result(&s->checks);
        if (s->result > worst)
            worst = s->result;
    }
    report->result = worst;
    return YX_OK;
}
