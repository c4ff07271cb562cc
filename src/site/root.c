/* SPDX-License-Identifier: Apache-2.0 */
/* site/root.c - GET /: what runs here and where it leads. */
#include "site/frame.h"

static void put_link(struct yx_html *html, const char *target, const char *words)
{
    yx_html_put(html, "<li><a href=\"");
    yx_html_put(html, target);
    yx_html_put(html, "\">");
    yx_html_say(html, words);
    yx_html_put(html, "</a></li>\n");
}

static void put_file(struct yx_html *html, const char *name, const char *file)
{
    yx_html_put(html, " <a href=\"/");
    yx_html_text(html, name);
    yx_html_put(html, "/");
    yx_html_put(html, file);
    yx_html_put(html, "\">");
    yx_html_put(html, file);
    yx_html_put(html, "</a>");
}

static void put_authorities(struct yx_html *html, const struct yx_api_services *services)
{
    if (services->authority_count == 0)
        return;
    yx_html_put(html, "<section class=\"card\">\n<h2>");
    yx_html_say(html, N_("Certification authorities"));
    yx_html_put(html, "</h2>\n<ul>\n");
    for (size_t i = 0; i < services->authority_count; i++) {
        const struct yx_ca *ca = services->authorities[i];

        yx_html_put(html, "<li>");
        yx_html_text(html, yx_cert_subject(yx_ca_certificate(ca)));
        put_file(html, yx_ca_name(ca), "ca.cer");
        put_file(html, yx_ca_name(ca), "chain.pem");
        yx_html_put(html, "</li>\n");
    }
    yx_html_put(html, "</ul>\n</section>\n");
}

static yx_status get_root(struct yx_api_call *call, struct yx_error *err)
{
    struct yx_html html = yx_frame_open(call, "/", N_("Yinxin"));

    yx_html_put(&html, "<section class=\"card\">\n<h1>");
    yx_html_say(&html, N_("Yinxin"));
    yx_html_put(&html, "</h1>\n<p>");
    yx_html_say(&html, N_("A service for electronic seals and digital certificates runs here."));
    yx_html_put(&html, "</p>\n<ul>\n");
    put_link(&html, "/verify", N_("Verify seals and signatures"));
    put_link(&html, "/api/openapi.yaml", N_("The API, for programs (OpenAPI)"));
    yx_html_put(&html, "</ul>\n</section>\n");
    put_authorities(&html, call->services);
    return yx_frame_close(call, &html, NULL, 200, err);
}

const struct yx_api_route yx_site_root[] = {
    {"GET", "/", YX_API_PUBLIC, NULL, get_root, YX_API_ANYBODY},
    YX_API_ROUTES_END,
};
