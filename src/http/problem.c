/* SPDX-License-Identifier: Apache-2.0 */
/* http/problem.c - what went wrong as a problem document (RFC 9457). */
#include "http/http.h"
#include "language/language.h"

static const struct {
    yx_status status;
    unsigned http;
    const char *type; /* behind urn:yinxin:problem: ; stable */
} kinds[] = {
    {YX_REFUSED, 403, "refused"},       {YX_USAGE, 400, "usage"},
    {YX_DAMAGED, 400, "damaged"},       {YX_NO_INPUT, 404, "not-found"},
    {YX_IO, 503, "unavailable"},        {YX_NO_OUTPUT, 503, "unavailable"},
    {YX_NO_MEMORY, 503, "unavailable"},
};

unsigned yx_problem_status(yx_status status)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].status == status)
            return kinds[i].http;
    return 500;
}

static const char *type_of(yx_status status)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].status == status)
            return kinds[i].type;
    return "internal";
}

/* What every problem of a status is called. */
static const char *title_of(unsigned status, yx_translate translate)
{
    static const struct {
        unsigned status;
        const char *title;
    } titles[] = {
        {400, N_("the request cannot be understood")},
        {401, N_("who asks is not known")},
        {403, N_("this is not allowed")},
        {404, N_("there is no such thing")},
        {405, N_("this cannot be done here")},
        {409, N_("this does not go together with what is there")},
        {412, N_("it has changed meanwhile")},
        {413, N_("this is too long")},
        {415, N_("this kind of content is not taken")},
        {416, N_("there is no such part")},
        {422, N_("a rule forbids this")},
        {429, N_("this was asked too often")},
        {501, N_("this is not offered")},
        {503, N_("this cannot be had now")},
    };
    const char *title = N_("something failed");

    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        if (titles[i].status == status)
            title = titles[i].title;
    return translate == NULL ? title : translate(title);
}

/* Foreign bytes that are no text are left out. */
static bool add_text(json_t *object, const char *name, const char *text)
{
    json_t *value = json_string(text);

    return json_object_set_new(object, name, value == NULL ? json_string("") : value) == 0;
}

/* RFC 9457 3: which member is wrong, as YX_JSON_RULE says. */
static bool add_members(json_t *problem, const char *pointer, const char *detail)
{
    json_t *errors = json_array(), *one = json_object();
    char text[512];
    bool added;

    (void)snprintf(text, sizeof text, "#%s", pointer);
    added = one != NULL && add_text(one, "detail", detail) &&
            (pointer[0] == '?' ? add_text(one, "parameter", pointer + 1)
                               : add_text(one, "pointer", text));
    added &= json_array_append_new(errors, one) == 0;
    return json_object_set_new(problem, "errors", errors) == 0 && added;
}

/* What failed inside the service is for its operator, not for whoever asks. */
static bool is_secret(const struct yx_http_reply *reply, unsigned status)
{
    return status >= 500 && reply->problem == NULL;
}

static json_t *describe(const struct yx_http_reply *reply, unsigned status,
                        const struct yx_http_request *request, const struct yx_error *err)
{
    yx_translate translate = yx_language(request->language);
    bool secret = is_secret(reply, status);
    static const char ours[] = N_("the service cannot do this now");
    char sentence[1024], type[96];
    json_t *problem = json_object();
    bool added = problem != NULL;

    yx_message_render(&err->message, translate, sentence, sizeof sentence);
    if (secret)
        (void)snprintf(sentence, sizeof sentence, "%s", translate == NULL ? ours : translate(ours));
    (void)snprintf(type, sizeof type, "urn:yinxin:problem:%s",
                   reply->problem != NULL ? reply->problem : type_of(err->status));
    added = added && add_text(problem, "type", type) &&
            add_text(problem, "title", title_of(status, translate)) &&
            json_object_set_new(problem, "status", json_integer((json_int_t)status)) == 0 &&
            add_text(problem, "detail", sentence) &&
            add_text(problem, "rule", secret ? "" : err->rule) &&
            add_text(problem, "request_id", request->request_id);
    if (added && !secret && strcmp(err->rule, YX_JSON_RULE) == 0 && err->message.arg_count > 0)
        added = add_members(problem, err->message.args, sentence);
    if (added)
        return problem;
    json_decref(problem);
    return NULL;
}

static int append(const char *text, size_t len, void *out)
{
    return yx_buf_append(out, YX_BYTES(text, len)) == YX_OK ? 0 : -1;
}

void yx_problem(struct yx_http_reply *reply, unsigned status, const struct yx_http_request *request,
                const struct yx_error *err)
{
    json_t *problem = describe(reply, status, request, err);

    yx_buf_free(&reply->body);
    reply->status = status;
    reply->content_type = "application/problem+json";
    if (problem != NULL)
        (void)json_dump_callback(problem, append, &reply->body, JSON_COMPACT);
    json_decref(problem);
}
