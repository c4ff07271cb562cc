/* SPDX-License-Identifier: Apache-2.0 */
/* browser.h - somebody who talks to the API: keeps the cookie and the token of a session, and reads
 * JSON. Include support.h, tools.h and database.h before it. */
#ifndef TESTS_API_BROWSER_H
#define TESTS_API_BROWSER_H

#include "web/resources.h"
#include "wire.h"

struct browser {
    uint16_t port;
    char cookie[64]; /* "": none */
    char csrf[64];
    const char *headers;       /* more of them; NULL: none */
    const char *authorization; /* in the place of cookie and token; NULL: none */
    /* Of the last reply. */
    int status;
    struct reply reply;
    json_t *body; /* NULL: none */
};

static inline void browser_close(struct browser *browser)
{
    json_decref(browser->body);
    browser->body = NULL;
}
YX_DEFINE_CLEAN_VALUE(browser, struct browser, browser_close);

/* "" takes the cookie away, as browsers do. */
static inline void browser_keep_cookie(struct browser *browser)
{
    static const char start[] = "Set-Cookie: __Host-yinxin=";
    const char *at = strstr(browser->reply.text, start);

    if (at == NULL)
        return;
    at += sizeof start - 1;
    size_t len = strcspn(at, ";");
    assert_true(len < sizeof browser->cookie);
    memcpy(browser->cookie, at, len);
    browser->cookie[len] = '\0';
    /* Every cookie is out of reach of scripts, of plain HTTP and of other sites. */
    static const char *const terms[] = {"; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/"};
    for (size_t i = 0; i < 4; i++) {
        const char *found = strstr(at, terms[i]);

        assert_true(found != NULL && found < strchr(at, '\n'));
    }
}

static inline void browser_hear(struct browser *browser, int fd)
{
    wire_hear(fd, &browser->reply);
    browser->status = browser->reply.status;
    json_decref(browser->body);
    browser->body = json_loads(browser->reply.body, 0, NULL);
    browser_keep_cookie(browser);
    const json_t *csrf = json_object_get(browser->body, "csrf");
    if (csrf != NULL)
        snprintf(browser->csrf, sizeof browser->csrf, "%s", json_string_value(csrf));
}

/* The status of the reply; `body` NULL: none is sent. */
static inline int ask(struct browser *browser, const char *method, const char *target,
                      const char *body)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    int fd = wire_connect(browser->port);

    (void)yx_buf_printf(&text, "%s %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s", method,
                        target, browser->headers == NULL ? "" : browser->headers);
    if (browser->authorization != NULL)
        (void)yx_buf_printf(&text, "Authorization: %s\r\n", browser->authorization);
    else if (browser->cookie[0] != '\0')
        (void)yx_buf_printf(&text, "Cookie: __Host-yinxin=%s\r\n", browser->cookie);
    if (browser->authorization == NULL && browser->csrf[0] != '\0')
        (void)yx_buf_printf(&text, "X-CSRF-Token: %s\r\n", browser->csrf);
    if (body != NULL)
        (void)yx_buf_printf(&text, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                            strlen(body));
    (void)yx_buf_printf(&text, "\r\n%s", body == NULL ? "" : body);
    assert_true(wire_send(fd, text.data, text.len));
    browser_hear(browser, fd);
    (void)close(fd);
    return browser->status;
}

static inline void expect_ask(struct browser *browser, const char *method, const char *target,
                              const char *body, int status)
{
    if (ask(browser, method, target, body) != status)
        fail_msg("%s %s: %d, expected %d: %s", method, target, browser->status, status,
                 browser->reply.text);
}

/* A member of the last reply; "" when it is not there. */
static inline const char *member(const struct browser *browser, const char *name)
{
    const char *text = json_string_value(json_object_get(browser->body, name));

    return text == NULL ? "" : text;
}

/* Refused, as this problem. */
static inline void expect_problem(struct browser *browser, const char *method, const char *target,
                                  const char *body, int status, const char *problem)
{
    char type[128];

    expect_ask(browser, method, target, body, status);
    snprintf(type, sizeof type, "urn:yinxin:problem:%s", problem);
    assert_string_equal(member(browser, "type"), type);
}

#endif
