/* SPDX-License-Identifier: Apache-2.0 */
/*
 * site/start.c - where one-time links lead: a page to set the password that the link is good for.
 *
 *   GET  /start?token=...   the form
 *   POST /start             sets it
 *
 * The token is the proof: nobody is asked who it is, and another site does not know it. It stands
 * in the address, which no log has, no page is told (Referrer-Policy) and nobody keeps.
 */
#include "apipeople/apipeople.h"
#include "site/frame.h"

#define PATH "/start"
/* Two passwords of as many characters as the page takes, each of three bytes that a form writes as
 * nine. */
#define BODY_MAX ((size_t)32 * 1024)

static void put_password(struct yx_html *html, const char *name, const char *label)
{
    yx_html_put(html, "<label for=\"");
    yx_html_put(html, name);
    yx_html_put(html, "\">");
    yx_html_say(html, label);
    yx_html_put(html, "</label>\n<input type=\"password\" required maxlength=\"1000\" "
                      "autocomplete=\"new-password\" id=\"");
    yx_html_put(html, name);
    yx_html_put(html, "\" name=\"");
    yx_html_put(html, name);
    yx_html_put(html, "\">\n");
}

/* `notice` may be NULL. */
static yx_status send_form(struct yx_api_call *call, struct yx_html *html, const char *token,
                           const struct yx_message *notice, struct yx_error *err)
{
    yx_html_put(html, "<section class=\"card\">\n<h1>");
    yx_html_say(html, N_("Set your password"));
    yx_html_put(html, "</h1>\n<p class=\"notice\">");
    if (notice != NULL)
        yx_html_message(html, notice);
    else
        yx_html_say(html,
                    N_("The link is good for one time. Nobody else will know this password."));
    yx_html_put(html, "</p>\n<form method=\"post\" action=\"" PATH "?lang=");
    yx_html_put(html, yx_frame_is_chinese(html) ? "zh" : "en");
    yx_html_put(html, "\">\n<input type=\"hidden\" name=\"token\" value=\"");
    yx_html_text(html, token);
    yx_html_put(html, "\">\n");
    put_password(html, "password", N_("Password"));
    put_password(html, "again", N_("The same once more"));
    yx_html_put(html, "<button>");
    yx_html_say(html, N_("Set"));
    yx_html_put(html, "</button>\n</form>\n</section>\n");
    return yx_frame_close(call, html, NULL, notice == NULL ? 200 : 422, err);
}

static yx_status get_start(struct yx_api_call *call, struct yx_error *err)
{
    struct yx_html html = yx_frame_open(call, NULL, N_("Set your password"));
    const char *token = yx_http_query(call->http, "token");

    return send_form(call, &html, token == NULL ? "" : token, NULL, err);
}

static yx_status send_done(struct yx_api_call *call, struct yx_html *html, struct yx_error *err)
{
    yx_html_put(html, "<section class=\"card\">\n<h1>");
    yx_html_say(html, N_("The password is set"));
    yx_html_put(html, "</h1>\n<p>");
    yx_html_say(html, N_("Log in with the name of your account and this password from now on."));
    yx_html_put(html, "</p>\n</section>\n");
    return yx_frame_close(call, html, NULL, 200, err);
}

struct start {
    const char *token, *password, *again;
};

static yx_status read_form(const struct yx_query *query, struct start *out, struct yx_error *err)
{
    out->token = yx_query_value(query, "token");
    out->password = yx_query_value(query, "password");
    out->again = yx_query_value(query, "again");
    YX_REQUIRE(out->token != NULL && out->password != NULL && out->again != NULL, err, YX_USAGE, "",
               N_("the form is not filled in"));
    return YX_OK;
}

static yx_status set_password(struct yx_api_call *call, const struct start *start,
                              struct yx_error *err)
{
    YX_REQUIRE(strcmp(start->password, start->again) == 0, err, YX_USAGE, "",
               N_("the two passwords are not the same"));
    return yx_api_redeem(call, start->token, start->password, err);
}

static yx_status post_start(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    struct yx_query query = {0};
    struct yx_html html;
    struct start start;
    struct yx_error why = {0};

    if (yx_buf_append(&text, call->http->body) != YX_OK ||
        yx_buf_append(&text, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    YX_REQUIRE(memchr(text.data, 0, text.len - 1) == NULL &&
                   yx_query_read((char *)text.data, &query),
               err, YX_DAMAGED, "", N_("the form cannot be read"));
    YX_TRY(read_form(&query, &start, err));
    html = yx_frame_open(call, NULL, N_("Set your password"));
    if (set_password(call, &start, &why) == YX_OK)
        return send_done(call, &html, err);
    if (yx_problem_status(why.status) >= 500) {
        *err = why;
        return why.status;
    }
    return send_form(call, &html, start.token, &why.message, err);
}

const struct yx_api_route yx_site_start[] = {
    {"GET", PATH, YX_API_PUBLIC, NULL, get_start, YX_API_ANYBODY},
    {"POST", PATH, YX_API_PUBLIC, NULL, post_start, YX_API_ANYBODY | YX_API_FORM, BODY_MAX},
    YX_API_ROUTES_END,
};
