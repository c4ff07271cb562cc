/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/report.c - a verification report for people: one headline a file, then each signature with
 * who, what and when, then what failed or could not be decided. As JSON it is document/json.c's.
 */
#include <stdlib.h>

#include "cli/cli.h"

/* How many stamps or paths are listed before "and ... more". */
#define LIST_MAX 8

static const struct {
    cli_style style;
    const char *mark, *ascii, *word;
} results[] = {
    [YX_VALID] = {CLI_GOOD, "✔", "+", N_("valid")},
    [YX_UNSIGNED] = {CLI_FAINT, "○", "o", N_("not signed")},
    [YX_INDETERMINATE] = {CLI_DOUBT, "?", "?", N_("indeterminate")},
    [YX_INVALID] = {CLI_BAD, "✘", "x", N_("invalid")},
};

static const struct {
    cli_style style;
    const char *mark, *ascii;
} outcomes[] = {
    [YX_PASS] = {CLI_GOOD, "✔", "+"},
    [YX_SKIP] = {CLI_FAINT, "–", "-"},
    [YX_UNKNOWN] = {CLI_DOUBT, "?", "?"},
    [YX_FAIL] = {CLI_BAD, "✘", "x"},
};

static const struct {
    const char *kind, *title;
} kinds[] = {
    {"ses-v1", N_("electronic seal signature, GM/T 0031-2014 (V1)")},
    {"ses-v4", N_("electronic seal signature, GB/T 38540-2020 (V4)")},
    {"ses-v5", N_("electronic seal signature, GM/T 0031-2025 (V5)")},
    {"gbt35275", N_("digital signature without a seal, GB/T 35275-2017")},
    {"pades", N_("PAdES signature, ETSI EN 319 142-1")},
    {"cms", N_("PDF signature, ISO 32000-1")},
    {"doctimestamp", N_("time-stamp over the document, ETSI EN 319 142-1")},
    {"", N_("signature that cannot be read")},
};

/* The rows of a signature, and the widest of their names. */
static const char *const labels[] = {
    N_("Kind"),      N_("Seal"),      N_("Seal made by"), N_("Signer"),
    N_("Signed at"), N_("Stands on"), N_("Checks"),
};
enum { KIND, SEAL, MAKER, SIGNER, TIME, STAMPS, CHECKS, LABEL_COUNT };

#define INDENT 4

static unsigned label_width(void)
{
    unsigned widest = 0;

    for (size_t i = 0; i < LABEL_COUNT; i++) {
        unsigned width = cli_width(_(labels[i]));

        widest = width > widest ? width : widest;
    }
    return widest;
}

/* Where the values stand. */
static unsigned value_column(void)
{
    return INDENT + label_width() + 2;
}

static void styled(const struct cli_look *look, cli_style style, const char *text)
{
    cli_style_on(look, style);
    cli_put(look->out, text);
    cli_style_off(look);
}

static void label(const struct cli_look *look, const char *text)
{
    (void)fprintf(look->out, "%*s", INDENT, "");
    cli_style_on(look, CLI_FAINT);
    cli_pad(look->out, text, label_width() + 2);
    cli_style_off(look);
}

/* Ends the line with a sentence, wrapped on a terminal. */
#define say(look, ...) say_list((look), __VA_ARGS__, NULL)
__attribute__((sentinel)) static void say_list(const struct cli_look *look, const char *text, ...)
{
    char *composed = NULL;
    size_t len;
    FILE *memory = open_memstream(&composed, &len);
    va_list list;

    if (memory == NULL)
        return;
    va_start(list, text);
    cli_say_va(memory, text, list);
    va_end(list);
    if (fclose(memory) == 0)
        cli_wrap(look->out, composed, value_column(), look->columns);
    free(composed);
    (void)fputc('\n', look->out);
}

static void row(const struct cli_look *look, int which, const char *value)
{
    label(look, _(labels[which]));
    say(look, "{1}", value);
}

static void new_line(const struct cli_look *look)
{
    (void)fprintf(look->out, "%*s", (int)value_column(), "");
}

/* "✔ valid", coloured. */
static void verdict(const struct cli_look *look, yx_result result)
{
    cli_style_on(look, results[result].style);
    (void)fprintf(look->out, "%s ", look->unicode ? results[result].mark : results[result].ascii);
    cli_put(look->out, _(results[result].word));
    cli_style_off(look);
}

/* --- Checks ------------------------------------------------------------------------------ */

static void show_check(const struct cli_look *look, const struct yx_check *check, unsigned column)
{
    char detail[4096] = "";

    cli_style_on(look, outcomes[check->outcome].style);
    (void)fprintf(look->out, "%s ",
                  look->unicode ? outcomes[check->outcome].mark : outcomes[check->outcome].ascii);
    cli_put(look->out, _(yx_check_title(check->id)));
    cli_style_off(look);
    if (check->detail != NULL)
        yx_message_render(check->detail, cli_translate, detail, sizeof detail);
    if (detail[0] != '\0') {
        (void)fprintf(look->out, "\n%*s", (int)column + 2, "");
        cli_wrap(look->out, detail, column + 2, look->columns);
    }
    if (check->rule != NULL && check->rule[0] != '\0' && check->outcome >= YX_UNKNOWN) {
        (void)fprintf(look->out, "\n%*s", (int)column + 2, "");
        styled(look, CLI_FAINT, check->rule);
    }
    (void)fputc('\n', look->out);
}

static unsigned count_outcome(const struct yx_checks *checks, yx_outcome outcome)
{
    unsigned count = 0;

    for (const struct yx_check *check = checks->first; check != NULL; check = check->next)
        count += check->outcome == outcome ? 1 : 0;
    return count;
}

/* "21 passed, 1 failed" */
static void show_counts(const struct cli_look *look, const struct yx_checks *checks)
{
    static const struct {
        yx_outcome outcome;
        const char *text;
    } counts[] = {{YX_PASS, N_("{1} passed")},
                  {YX_FAIL, N_("{1} failed")},
                  {YX_UNKNOWN, N_("{1} undecided")},
                  {YX_SKIP, N_("{1} not applicable")}};
    const char *separator = "";

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        unsigned count = count_outcome(checks, counts[i].outcome);

        if (count == 0)
            continue;
        cli_put(look->out, separator);
        cli_style_on(look, outcomes[counts[i].outcome].style);
        cli_say(look->out, _(counts[i].text), YX_NUM(count));
        cli_style_off(look);
        separator = _(", ");
    }
    (void)fputc('\n', look->out);
}

static void show_outcome(const struct cli_look *look, const struct yx_checks *checks,
                         yx_outcome outcome)
{
    for (const struct yx_check *check = checks->first; check != NULL; check = check->next)
        if (check->outcome == outcome) {
            new_line(look);
            show_check(look, check, value_column());
        }
}

/* The worst first; the rest on demand. */
static void show_checks(const struct cli_look *look, const struct yx_checks *checks, bool details)
{
    label(look, _(labels[CHECKS]));
    show_counts(look, checks);
    show_outcome(look, checks, YX_FAIL);
    show_outcome(look, checks, YX_UNKNOWN);
    if (!details)
        return;
    show_outcome(look, checks, YX_PASS);
    show_outcome(look, checks, YX_SKIP);
}

/* --- One signature ----------------------------------------------------------------------- */

/* All of them, or those with this result. */
static unsigned count_signatures(const struct yx_report *report, const yx_result *result)
{
    unsigned count = 0;
    const struct yx_report_signature *signature = report->signatures;

    for (; signature != NULL; signature = signature->next)
        count += result == NULL || signature->result == *result ? 1 : 0;
    return count;
}

static const char *kind_title(const char *kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            return _(kinds[i].title);
    return kind;
}

static void show_seal(const struct cli_look *look, const struct yx_report_seal *seal)
{
    label(look, _(labels[SEAL]));
    styled(look, CLI_STRONG, seal->name);
    cli_say(look->out, _(", {1} x {2} mm, {3}"), YX_NUM(seal->width), YX_NUM(seal->height),
            seal->picture_type == NULL ? "" : seal->picture_type);
    (void)fputc('\n', look->out);
    new_line(look);
    say(look, _("number {1}, from {2} to {3}"), seal->esid, CLI_DAY(seal->valid_from),
        CLI_DAY(seal->valid_to));
}

/* Who signed: the signer of a document, the maker of a seal file. */
static void show_certificate(const struct cli_look *look, int which,
                             const struct yx_report_cert *cert)
{
    if (cert->subject == NULL || cert->subject[0] == '\0')
        return;
    row(look, which, cert->subject);
    new_line(look);
    say(look, _("issued by {1}, from {2} to {3}"), cert->issuer, CLI_DAY(cert->not_before),
        CLI_DAY(cert->not_after));
}

static void show_time(const struct cli_look *look, const struct yx_report_signature *signature)
{
    bool stamped = signature->time_source != NULL && strcmp(signature->time_source, "tsa") == 0;

    if (signature->signing_time == YX_TIME_NONE)
        return;
    label(look, _(labels[TIME]));
    say(look, stamped ? _("{1}, by a time-stamp") : _("{1}, by the signer's own clock"),
        CLI_MOMENT(signature->signing_time));
}

static void show_stamp(const struct cli_look *look, const struct yx_report_stamp *stamp)
{
    if (stamp->page == 0)
        say(look, _("a page that does not exist"));
    else if (stamp->has_clip)
        say(look, _("page {1}, strip of {2} x {3} mm at {4}, {5} mm, part of a seam"),
            YX_NUM(stamp->page), CLI_MM(stamp->clip_width), CLI_MM(stamp->clip_height),
            CLI_MM(stamp->clip_x), CLI_MM(stamp->clip_y));
    else
        say(look, _("page {1}, {2} x {3} mm at {4}, {5} mm"), YX_NUM(stamp->page),
            CLI_MM(stamp->width), CLI_MM(stamp->height), CLI_MM(stamp->x), CLI_MM(stamp->y));
}

static void show_stamps(const struct cli_look *look, const struct yx_report_stamp *stamps)
{
    unsigned count = 0, left = 0;

    for (const struct yx_report_stamp *stamp = stamps; stamp != NULL; stamp = stamp->next) {
        if (count++ >= LIST_MAX) {
            left++;
            continue;
        }
        if (count == 1)
            label(look, _(labels[STAMPS]));
        else
            new_line(look);
        show_stamp(look, stamp);
    }
    if (left == 0)
        return;
    new_line(look);
    say(look, _("and {1} more"), YX_NUM(left));
}

/* "Signature 2 of 3 (id 4)  ✔ valid"; a package may hold several documents. */
static void show_title(const struct cli_look *look, const struct yx_report *report,
                       const struct yx_report_signature *signature, unsigned number)
{
    const char *title = signature->document > 1 ? _("Signature {1} of {2} (id {3}, document {4})")
                                                : _("Signature {1} of {2} (id {3})");

    fputs("\n  ", look->out);
    cli_style_on(look, CLI_STRONG);
    cli_say(look->out, report->format == YX_FORMAT_ESL ? _("Electronic seal") : title,
            YX_NUM(number), YX_NUM(count_signatures(report, NULL)),
            signature->id == NULL ? "" : signature->id, YX_NUM(signature->document));
    cli_style_off(look);
    fputs("  ", look->out);
    verdict(look, signature->result);
    (void)fputc('\n', look->out);
}

static void show_seal_file(const struct cli_look *look, const struct yx_report_signature *signature)
{
    if (signature->seal != NULL)
        show_seal(look, signature->seal);
    show_certificate(look, MAKER, &signature->signer);
}

static void show_signing(const struct cli_look *look, const struct yx_report_signature *signature)
{
    row(look, KIND, kind_title(signature->kind == NULL ? "" : signature->kind));
    if (signature->seal != NULL) {
        show_seal(look, signature->seal);
        row(look, MAKER, signature->seal->maker);
    }
    show_certificate(look, SIGNER, &signature->signer);
    show_time(look, signature);
    show_stamps(look, signature->stamps);
}

static void show_signature(const struct cli_look *look, const struct yx_report *report,
                           const struct yx_report_signature *signature, unsigned number,
                           bool details)
{
    show_title(look, report, signature, number);
    if (report->format == YX_FORMAT_ESL)
        show_seal_file(look, signature);
    else
        show_signing(look, signature);
    show_checks(look, &signature->checks, details);
}

/* --- The file ---------------------------------------------------------------------------- */

static void show_headline(const struct cli_look *look, const struct yx_report *report,
                          const char *file)
{
    unsigned count = count_signatures(report, NULL);
    unsigned alike = count_signatures(report, &report->result);

    cli_style_on(look, results[report->result].style);
    fputs(look->unicode ? results[report->result].mark : results[report->result].ascii, look->out);
    cli_style_off(look);
    (void)fputc(' ', look->out);
    styled(look, CLI_STRONG, file);
    fputs(": ", look->out);
    styled(look, results[report->result].style, _(results[report->result].word));
    if (report->format != YX_FORMAT_ESL && count == 1)
        cli_say(look->out, _(", 1 signature"));
    if (report->format != YX_FORMAT_ESL && count > 1 && alike == count)
        cli_say(look->out, _(", {1} signatures"), YX_NUM(count));
    if (report->format != YX_FORMAT_ESL && count > 1 && alike < count)
        cli_say(look->out, _(", {1} of {2} signatures"), YX_NUM(alike), YX_NUM(count));
    (void)fputc('\n', look->out);
}

static void show_digest(const struct cli_look *look, const uint8_t digest[32])
{
    char hex[65];

    yx_hex(YX_BYTES(digest, 32), hex);
    cli_style_on(look, CLI_FAINT);
    (void)fprintf(look->out, "  SM3 %s\n", hex);
    cli_style_off(look);
}

static void show_paths(const struct cli_look *look, const char *title,
                       const struct yx_report_path *path)
{
    unsigned count = 0;

    if (path == NULL)
        return;
    fputs("\n  ", look->out);
    styled(look, CLI_DOUBT, title);
    (void)fputc('\n', look->out);
    for (; path != NULL; path = path->next)
        if (count++ < LIST_MAX)
            cli_say(look->out, "    {1}\n", path->path);
    if (count > LIST_MAX) {
        (void)fprintf(look->out, "%*s", INDENT, "");
        cli_say(look->out, _("and {1} more"), YX_NUM(count - LIST_MAX));
        (void)fputc('\n', look->out);
    }
}

void cli_report(const struct cli_look *look, const struct yx_report *report, const char *file,
                bool details)
{
    const struct yx_report_signature *signature = report->signatures;

    show_headline(look, report, file);
    show_digest(look, report->digest);
    for (const struct yx_check *check = report->checks.first; check != NULL; check = check->next)
        if (check->outcome >= YX_UNKNOWN || details) {
            fputs("  ", look->out);
            show_check(look, check, 2);
        }
    for (unsigned number = 1; signature != NULL; signature = signature->next)
        show_signature(look, report, signature, number++, details);
    show_paths(look, _("Protected by no signature"), report->unprotected);
    show_paths(look, _("Changed after a signature"), report->changed_after);
}
