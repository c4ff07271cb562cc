/* SPDX-License-Identifier: Apache-2.0 */
/* http/problem.c - what went wrong as a problem document (RFC 9457). */
#include <jansson.h>
#include <stdlib.h>

#include "http/room.h"

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

/* What failed inside the service is for its operator, not for whoever asks. */
static bool is_ours(unsigned status)
{
    return status >= 500;
}

void yx_problem(struct yx_http_reply *reply, unsigned status, const struct yx_http_request *request,
                const struct yx_error *err)
{
    char sentence[1024], type[96];
    json_t *problem;
    char *text;

    yx_message_render(&err->message, NULL, sentence, sizeof sentence);
    (void)snprintf(type, sizeof type, "urn:yinxin:problem:%s",
                   reply->problem != NULL ? reply->problem : type_of(err->status));
    problem = json_pack("{s:s, s:i, s:s, s:s, s:s}", "type", type, "status", (int)status, "detail",
                        is_ours(status) ? "the service cannot do this now" : sentence, "rule",
                        is_ours(status) ? "" : err->rule, "request_id", request->request_id);
    text = problem == NULL ? NULL : json_dumps(problem, JSON_COMPACT);
    json_decref(problem);
    yx_buf_free(&reply->body);
    reply->status = status;
    reply->content_type = "application/problem+json";
    if (text != NULL)
        (void)yx_buf_append_text(&reply->body, text);
    free(text);
}
