/* SPDX-License-Identifier: Apache-2.0 */
/*
 * site/verify_page.c - verification for people: a page with a form, which needs no script, and the
 * report as a page.
 *
 *   GET  /verify       the form
 *   POST /verify       its answer
 *
 * In Chinese, unless the browser would rather have English; ?lang=zh or ?lang=en says otherwise.
 */
#include "apidocuments/apidocuments.h"
#include "site/frame.h"

/* What the country's clocks show. */
#define EAST_8 (INT64_C(8) * 3600 * YX_SECOND)
#define LIST_MAX 20
#define NOTHING_KEPT N_("Nothing of a document that is verified here is kept.")

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}

/* --- The form ------------------------------------------------------------------------------- */

static void put_form(struct yx_html *html)
{
    yx_html_put(html,
                "<form method=\"post\" enctype=\"multipart/form-data\" action=\"/verify?lang=");
    yx_html_put(html, yx_frame_is_chinese(html) ? "zh" : "en");
    yx_html_put(html, "\">\n<label for=\"file\">");
    yx_html_say(html, N_("A document with seals or signatures: OFD or PDF, or a seal file"));
    yx_html_put(html, "</label>\n<input type=\"file\" id=\"file\" name=\"file\" required "
                      "accept=\".ofd,.pdf,.esl,application/ofd,application/pdf\">\n<button>");
    yx_html_say(html, N_("Verify"));
    yx_html_put(html, "</button>\n</form>\n");
}

/* --- Words of a report --------------------------------------------------------------------- */

/* Of results and of outcomes. */
static const struct {
    const char *name, *mark, *word;
} verdicts[] = {
    {"valid", "✓", N_("valid")},
    {"invalid", "✕", N_("invalid")},
    {"indeterminate", "?", N_("indeterminate")},
    {"unsigned", "–", N_("not signed")},
    {"pass", "✓", N_("passed")},
    {"fail", "✕", N_("failed")},
    {"unknown", "?", N_("unknown")},
    {"skip", "–", N_("does not apply")},
};

/* A badge whose class is one of our names, whatever the report says. */
static void put_verdict(struct yx_html *html, const char *name)
{
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++)
        if (strcmp(verdicts[i].name, name) == 0) {
            yx_html_put(html, "<span class=\"verdict ");
            yx_html_put(html, verdicts[i].name);
            yx_html_put(html, "\"><span aria-hidden=\"true\">");
            yx_html_put(html, verdicts[i].mark);
            yx_html_put(html, "</span> ");
            yx_html_say(html, verdicts[i].word);
            yx_html_put(html, "</span>");
        }
}

static const char *title_of_check(const char *id)
{
    for (int i = 0; i < YX_CHECK_COUNT; i++)
        if (strcmp(yx_check_name((yx_check_id)i), id) == 0)
            return yx_check_title((yx_check_id)i);
    return id;
}

/* Where the value that begins here ends: at a comma or a plus that no backslash precedes (RFC
 * 4514). A name that holds a comma must not pass for another name. */
static const char *end_of_value(const char *value)
{
    while (*value != '\0' && *value != ',' && *value != '+')
        value += value[0] == '\\' && value[1] != '\0' ? 2 : 1;
    return value;
}

/* A character that stands for itself behind a backslash; the others are written as two hex digits
 * and stay as they are. */
static bool is_escaped(const char *at)
{
    return at[0] == '\\' && at[1] != '\0' && strchr(" \"#+,;<=>\\", at[1]) != NULL;
}

/* "张三" for "CN" of "CN=张三,O=示例,C=CN". */
static void put_part(struct yx_html *html, const char *name, const char *part)
{
    size_t len = strlen(part), count = 0;
    char text[256];

    for (const char *at = name; *at != '\0'; at += *at != '\0') {
        const char *end = end_of_value(at);

        if (strncmp(at, part, len) != 0 || at[len] != '=') {
            at = end;
            continue;
        }
        for (at += len + 1; at < end && count + 1 < sizeof text; at++) {
            at += is_escaped(at);
            text[count++] = *at;
        }
        text[count] = '\0';
        yx_html_text(html, text);
        return;
    }
}

/* As the clocks of the country show it; false when it is no time. */
static bool civil_of(const char *text, struct yx_civil *out)
{
    yx_time time;

    if (yx_time_parse(text, &time, NULL) != YX_OK)
        return false;
    yx_time_to_civil(time + EAST_8, out);
    return true;
}

static void put_day(struct yx_html *html, const char *text)
{
    struct yx_civil at;
    char day[24];

    if (!civil_of(text, &at))
        return;
    (void)snprintf(day, sizeof day, "%04d-%02u-%02u", (int)at.year, at.month, at.day);
    yx_html_put(html, day);
}

static void put_time(struct yx_html *html, const char *text)
{
    struct yx_civil at;
    char local[40];

    if (!civil_of(text, &at))
        return;
    (void)snprintf(local, sizeof local, "%04d-%02u-%02u %02u:%02u:%02u", (int)at.year, at.month,
                   at.day, at.hour, at.minute, at.second);
    yx_html_say(html, N_("{1} (UTC+8)"), local);
}

/* --- Rows ---------------------------------------------------------------------------------- */

static void open_row(struct yx_html *html, const char *label)
{
    yx_html_put(html, "<dt>");
    yx_html_say(html, label);
    yx_html_put(html, "</dt><dd>");
}

static void text_row(struct yx_html *html, const char *label, const char *text)
{
    if (text[0] == '\0')
        return;
    open_row(html, label);
    yx_html_text(html, text);
    yx_html_put(html, "</dd>\n");
}

/* What is compared letter by letter. */
static void code_row(struct yx_html *html, const char *label, const char *text)
{
    if (text[0] == '\0')
        return;
    open_row(html, label);
    yx_html_put(html, "<code>");
    yx_html_text(html, text);
    yx_html_put(html, "</code></dd>\n");
}

/* Name and organisation; the whole name is there for those who want it. */
static void name_row(struct yx_html *html, const char *label, const char *name)
{
    if (name[0] == '\0')
        return;
    open_row(html, label);
    yx_html_put(html, "<strong>");
    put_part(html, name, "CN");
    yx_html_put(html, "</strong> <span class=\"faint\">");
    yx_html_text(html, name);
    yx_html_put(html, "</span></dd>\n");
}

static void period_row(struct yx_html *html, const char *label, const char *from, const char *to)
{
    if (from[0] == '\0' || to[0] == '\0')
        return;
    open_row(html, label);
    put_day(html, from);
    yx_html_put(html, " – ");
    put_day(html, to);
    yx_html_put(html, "</dd>\n");
}

static void time_row(struct yx_html *html, const json_t *signature)
{
    const char *time = text_of(signature, "signing_time");

    if (time[0] == '\0')
        return;
    open_row(html, N_("Signed at"));
    put_time(html, time);
    yx_html_put(html, " <span class=\"faint\">");
    yx_html_say(html, strcmp(text_of(signature, "time_source"), "tsa") == 0
                          ? N_("by a time-stamp")
                          : N_("by the signer's own clock"));
    yx_html_put(html, "</span></dd>\n");
}

static void pages_row(struct yx_html *html, const json_t *stamps)
{
    json_int_t last = 0;
    unsigned count = 0;
    size_t i;
    json_t *stamp;

    if (json_array_size(stamps) == 0)
        return;
    open_row(html, N_("On page"));
    json_array_foreach(stamps, i, stamp)
    {
        json_int_t page = json_integer_value(json_object_get(stamp, "page"));

        if (page == last)
            continue;
        last = page;
        if (count++ > 0 && count <= LIST_MAX)
            yx_html_put(html, ", ");
        if (count <= LIST_MAX)
            yx_html_text(html, YX_NUM(page));
    }
    yx_html_put(html, count > LIST_MAX ? " …</dd>\n" : "</dd>\n");
}

/* --- Checks -------------------------------------------------------------------------------- */

static bool is_open(const json_t *check)
{
    const char *result = text_of(check, "result");

    return strcmp(result, "fail") == 0 || strcmp(result, "unknown") == 0;
}

static void put_check(struct yx_html *html, const json_t *check)
{
    const char *detail = text_of(check, "detail");

    yx_html_put(html, "<li>");
    put_verdict(html, text_of(check, "result"));
    yx_html_put(html, " <b>");
    yx_html_say(html, title_of_check(text_of(check, "id")));
    yx_html_put(html, "</b>");
    if (detail[0] != '\0') {
        yx_html_put(html, "<br>");
        yx_html_text(html, detail);
    }
    yx_html_put(html, " <span class=\"faint\">");
    yx_html_text(html, text_of(check, "rule"));
    yx_html_put(html, "</span></li>\n");
}

/* Those that hold, or those that do not; how many there are. */
static size_t count_checks(const json_t *checks, bool open)
{
    size_t i, count = 0;
    json_t *check;

    json_array_foreach(checks, i, check) count += is_open(check) == open;
    return count;
}

static void put_list(struct yx_html *html, const json_t *checks, bool open)
{
    size_t i;
    json_t *check;

    yx_html_put(html, "<ul class=\"checks\">\n");
    json_array_foreach(checks, i, check) if (is_open(check) == open) put_check(html, check);
    yx_html_put(html, "</ul>\n");
}

/* What does not hold stands open, all the others behind a line to be opened. */
static void put_checks(struct yx_html *html, const json_t *checks)
{
    size_t closed = count_checks(checks, false);

    if (count_checks(checks, true) > 0)
        put_list(html, checks, true);
    if (closed == 0)
        return;
    yx_html_put(html, "<details><summary>");
    yx_html_say(html, N_("{1} checks that hold or do not apply"), YX_NUM(closed));
    yx_html_put(html, "</summary>\n");
    put_list(html, checks, false);
    yx_html_put(html, "</details>\n");
}

static void put_paths(struct yx_html *html, const char *title, const json_t *paths)
{
    size_t i;
    json_t *path;

    if (json_array_size(paths) == 0)
        return;
    yx_html_put(html, "<section class=\"card\"><h2>");
    yx_html_say(html, title);
    yx_html_put(html, "</h2><ul>\n");
    json_array_foreach(paths, i, path) if (i < LIST_MAX)
    {
        yx_html_put(html, "<li>");
        yx_html_text(html, json_string_value(path));
        yx_html_put(html, "</li>\n");
    }
    if (json_array_size(paths) > LIST_MAX) {
        yx_html_put(html, "<li>");
        yx_html_say(html, N_("and {1} more"), YX_NUM(json_array_size(paths) - LIST_MAX));
        yx_html_put(html, "</li>\n");
    }
    yx_html_put(html, "</ul></section>\n");
}

/* --- The report ---------------------------------------------------------------------------- */

static void put_seal(struct yx_html *html, const json_t *seal)
{
    code_row(html, N_("Seal number"), text_of(seal, "esid"));
    name_row(html, N_("Seal made by"), text_of(seal, "maker"));
    period_row(html, N_("Seal valid"), text_of(seal, "valid_from"), text_of(seal, "valid_to"));
}

static void put_signature(struct yx_html *html, const json_t *signature, size_t number)
{
    const json_t *seal = json_object_get(signature, "seal");
    const json_t *signer = json_object_get(signature, "signer");
    const char *name = text_of(seal, "name");

    yx_html_put(html, "<section class=\"card\">\n<h2>");
    if (name[0] != '\0')
        yx_html_text(html, name);
    else
        yx_html_say(html, N_("Signature {1}"), YX_NUM(number));
    yx_html_put(html, " ");
    put_verdict(html, text_of(signature, "result"));
    yx_html_put(html, "</h2>\n<dl>\n");
    name_row(html, N_("Signer"), text_of(signer, "subject"));
    time_row(html, signature);
    pages_row(html, json_object_get(signature, "stamps"));
    if (json_is_object(seal))
        put_seal(html, seal);
    name_row(html, N_("Certificate issued by"), text_of(signer, "issuer"));
    code_row(html, N_("Serial number of the certificate"), text_of(signer, "serial"));
    period_row(html, N_("Certificate valid"), text_of(signer, "not_before"),
               text_of(signer, "not_after"));
    yx_html_put(html, "</dl>\n");
    put_checks(html, json_object_get(signature, "checks"));
    yx_html_put(html, "</section>\n");
}

static void put_summary(struct yx_html *html, const json_t *report)
{
    const char *result = text_of(report, "result");
    const json_t *digest = json_object_get(report, "digest");

    yx_html_put(html, "<section class=\"card summary\">\n<h1>");
    put_verdict(html, result);
    yx_html_put(html, "</h1>\n<p class=\"notice\">");
    yx_html_say(html, yx_api_verification_notice(result));
    yx_html_put(html, "</p>\n<dl>\n");
    text_row(html, N_("File"), text_of(report, "file"));
    code_row(html, N_("Digest (SM3)"), text_of(digest, "value"));
    open_row(html, N_("Verified at"));
    put_time(html, YX_WHEN(yx_now()));
    yx_html_put(html, "</dd>\n</dl>\n");
    put_checks(html, json_object_get(report, "checks"));
    yx_html_put(html, "</section>\n");
}

static void put_report(struct yx_html *html, const json_t *report)
{
    const json_t *coverage = json_object_get(report, "coverage");
    size_t i;
    json_t *signature;

    put_summary(html, report);
    json_array_foreach(json_object_get(report, "signatures"), i, signature)
        put_signature(html, signature, i + 1);
    put_paths(html, N_("Protected by no signature"), json_object_get(coverage, "unprotected"));
    put_paths(html, N_("Changed after a signature"), json_object_get(coverage, "changed_after"));
}

/* --- The pages ----------------------------------------------------------------------------- */

static yx_status get_page(struct yx_api_call *call, struct yx_error *err)
{
    struct yx_html html = yx_frame_open(call, "/verify", N_("Verify seals and signatures"));

    yx_html_put(&html, "<section class=\"card\">\n<h1>");
    yx_html_say(&html, N_("Verify seals and signatures"));
    yx_html_put(&html, "</h1>\n<p>");
    yx_html_say(&html, N_("Are the seals on a document genuine, who sealed it and when, and is it "
                          "still as it was sealed?"));
    yx_html_put(&html, "</p>\n");
    put_form(&html);
    yx_html_put(&html, "</section>\n");
    return yx_frame_close(call, &html, NOTHING_KEPT, 200, err);
}

/* A refusal is a page as well, with its reason and the form again. */
static yx_status refuse(struct yx_api_call *call, struct yx_html *html, const struct yx_error *why,
                        struct yx_error *err)
{
    bool busy = strcmp(why->rule, YX_WORKER_BUSY) == 0 || yx_problem_status(why->status) >= 500;

    yx_html_put(html, "<section class=\"card summary\">\n<h1>");
    yx_html_say(html, N_("The file could not be verified"));
    yx_html_put(html, "</h1>\n<p class=\"notice\">");
    if (yx_problem_status(why->status) >= 500)
        yx_html_say(html, N_("the service cannot do this now"));
    else
        yx_html_message(html, &why->message);
    yx_html_put(html, "</p>\n");
    put_form(html);
    yx_html_put(html, "</section>\n");
    return yx_frame_close(call, html, NOTHING_KEPT, busy ? 503 : 422, err);
}

static yx_status post_page(struct yx_api_call *call, struct yx_error *err)
{
    struct yx_html html = yx_frame_open(call, "/verify", N_("Result of the verification"));
    YX_CLEAN(json) json_t *report = NULL;
    struct yx_error why = {0};

    if (yx_api_verify(call, call->taker, yx_frame_is_chinese(&html) ? "zh" : "en", &report, &why) !=
        YX_OK)
        return refuse(call, &html, &why, err);
    put_report(&html, report);
    yx_html_put(&html, "<section class=\"card\">\n<h2>");
    yx_html_say(&html, N_("Another document"));
    yx_html_put(&html, "</h2>\n");
    put_form(&html);
    yx_html_put(&html, "</section>\n");
    return yx_frame_close(call, &html, NOTHING_KEPT, 200, err);
}

const struct yx_api_route yx_site_verify[] = {
    {"GET", "/verify", YX_API_PUBLIC, NULL, get_page, YX_API_ANYBODY},
    {"POST", "/verify", YX_API_PUBLIC, NULL, post_page, YX_API_ANYBODY, 0, &yx_api_upload},
    YX_API_ROUTES_END,
};
