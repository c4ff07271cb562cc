/* SPDX-License-Identifier: Apache-2.0 */
/* site/frame.c - how pages begin, end and look: GET /yinxin.css. */
#include "site/frame.h"

static const char *language_of(const struct yx_api_call *call)
{
    const char *wanted = yx_http_query(call->http, "lang");

    if (wanted != NULL && (strcmp(wanted, "zh") == 0 || strcmp(wanted, "en") == 0))
        return wanted;
    return call->http->language;
}

bool yx_frame_is_chinese(const struct yx_html *html)
{
    return html->translate != NULL;
}

static void put_switch(struct yx_html *html, const char *path, bool chinese)
{
    if (path == NULL)
        return;
    yx_html_put(html, "<nav><a href=\"");
    yx_html_put(html, path);
    yx_html_put(html, chinese ? "?lang=en\" lang=\"en\" hreflang=\"en\">English"
                              : "?lang=zh\" lang=\"zh-CN\" hreflang=\"zh-CN\">中文");
    yx_html_put(html, "</a></nav>");
}

struct yx_html yx_frame_open(struct yx_api_call *call, const char *path, const char *title)
{
    struct yx_html html = {.out = &call->reply->body, .translate = yx_language(language_of(call))};
    bool chinese = yx_frame_is_chinese(&html);

    yx_html_put(&html, chinese ? "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n"
                               : "<!DOCTYPE html>\n<html lang=\"en\">\n");
    yx_html_put(&html, "<head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                       "content=\"width=device-width, initial-scale=1\"><title>");
    yx_html_say(&html, title);
    yx_html_put(&html, "</title><link rel=\"stylesheet\" href=\"/yinxin.css\"></head>\n<body>\n"
                       "<header><a class=\"home\" href=\"/\">印信</a>");
    put_switch(&html, path, chinese);
    yx_html_put(&html, "</header>\n<main>\n");
    return html;
}

yx_status yx_frame_close(struct yx_api_call *call, struct yx_html *html, const char *note,
                         unsigned status, struct yx_error *err)
{
    yx_html_put(html, "</main>\n<footer>");
    if (note != NULL) {
        yx_html_put(html, "<p>");
        yx_html_say(html, note);
        yx_html_put(html, "</p>");
    }
    yx_html_put(html, "</footer>\n</body>\n</html>\n");
    call->reply->status = status;
    call->reply->content_type = "text/html; charset=utf-8";
    yx_http_header(call->reply, "Content-Security-Policy",
                   "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
                   "frame-ancestors 'none'");
    yx_http_header(call->reply, "Vary", "Accept-Language");
    return html->failed ? yx_fail_memory(err) : YX_OK;
}

/* --- How pages look ------------------------------------------------------------------------ */

static const char style[] =
    ":root{--ink:#1c2430;--faint:#5b6675;--line:#d9dee5;--ground:#f3f5f8;--good:#0b6b3a;"
    "--bad:#b3141d;--doubt:#8a5a00;--none:#4a5568}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--ground);color:var(--ink);line-height:1.6;"
    "font-family:system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif}\n"
    "header,main,footer{max-width:52rem;margin:0 auto;padding:0 1rem}\n"
    "header{display:flex;justify-content:space-between;align-items:center;height:3.5rem}\n"
    ".home{font-weight:700;font-size:1.2rem;color:var(--bad);text-decoration:none;"
    "letter-spacing:.2em}\n"
    "nav a{color:var(--faint)}\n"
    ".card{background:#fff;border:1px solid var(--line);border-radius:.5rem;padding:1.25rem 1.5rem;"
    "margin:0 0 1rem}\n"
    "h1{font-size:1.6rem;line-height:1.3;margin:0 0 .5rem}\n"
    "h2{font-size:1.2rem;margin:0 0 .75rem}\n"
    ".notice{font-size:1.1rem;margin:0 0 1rem}\n"
    "dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.35rem 1rem;margin:0}\n"
    "dt{color:var(--faint)}\ndd{margin:0;overflow-wrap:anywhere}\n"
    "code{font-family:ui-monospace,Consolas,monospace;font-size:.875em}\n"
    ".faint{color:var(--faint);font-size:.875em;overflow-wrap:anywhere}\n"
    ".verdict{display:inline-block;padding:0 .6em;border-radius:1em;color:#fff;font-size:.875em;"
    "font-weight:600;white-space:nowrap}\n"
    "h1 .verdict{font-size:1.25rem;padding:.15em .8em}\n"
    ".valid,.pass{background:var(--good)}\n.invalid,.fail{background:var(--bad)}\n"
    ".indeterminate,.unknown{background:var(--doubt)}\n.unsigned,.skip{background:var(--none)}\n"
    ".checks{list-style:none;padding:0;margin:.75rem 0 0}\n.checks li{margin:0 0 .5rem}\n"
    "details{margin:.75rem 0 0}\nsummary{cursor:pointer;color:var(--faint)}\n"
    "form{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;margin:1rem 0 0}\n"
    "label{flex-basis:100%;font-weight:600}\n"
    "input[type=password]{flex:1 1 16rem;min-width:0;padding:.6rem;border:1px solid var(--faint);"
    "border-radius:.375rem;font:inherit}\n"
    "input[type=file]{flex:1 1 16rem;min-width:0;padding:.6rem;border:1px dashed var(--faint);"
    "border-radius:.375rem;background:var(--ground);font:inherit}\n"
    "button{font:inherit;font-weight:600;color:#fff;background:var(--bad);border:0;"
    "border-radius:.375rem;padding:.7rem 2rem;cursor:pointer}\n"
    "button:focus-visible,input:focus-visible,a:focus-visible,summary:focus-visible{"
    "outline:3px solid #2563eb;outline-offset:2px}\n"
    "footer{color:var(--faint);font-size:.875rem;padding-bottom:2rem}\n"
    "@media(max-width:34rem){dl{grid-template-columns:1fr;gap:0}dd{margin:0 0 .5rem}"
    ".card{padding:1rem}button{width:100%}}\n"
    "@media print{form,nav,footer{display:none}body{background:#fff}}\n";

static yx_status get_style(struct yx_api_call *call, struct yx_error *err)
{
    call->reply->content_type = "text/css; charset=utf-8";
    yx_http_header(call->reply, "Cache-Control", "public, max-age=3600");
    return yx_buf_append_text(&call->reply->body, style) == YX_OK ? YX_OK : yx_fail_memory(err);
}

const struct yx_api_route yx_site_style[] = {
    {"GET", "/yinxin.css", YX_API_PUBLIC, NULL, get_style, YX_API_ANYBODY},
    YX_API_ROUTES_END,
};
