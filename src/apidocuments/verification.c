/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apidocuments/verification.c - documents of any maker, verified for anybody; nothing of them is
 * kept.
 *
 *   POST /api/v1/verifications[?name=contract.ofd][&at=2026-11-22T08:00:00Z]
 *        the document as it is, or the first file of a form
 *   -> {"report": {...}, "effective": false, "notice": "..."}
 *
 * The report is that of docs/verification-report.md, in the language of who asks.
 */
#include <unistd.h>

#include "apidocuments/upload.h"

/* --- The work ------------------------------------------------------------------------------ */

static yx_status question_of(const struct yx_api_call *call, const struct yx_api_upload *upload,
                             struct yx_worker_question *out, struct yx_error *err)
{
    const char *name = yx_http_query(call->http, "name"), *at = yx_http_query(call->http, "at");

    out->name = name != NULL ? name : upload->form.name;
    out->maker_trust = -1;
    if (at != NULL)
        YX_TRY(yx_time_parse(at, &out->at, err));
    return YX_OK;
}

static yx_status read_report(struct yx_bytes text, json_t **out, struct yx_error *err)
{
    *out = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
    YX_REQUIRE(json_is_object(*out), err, YX_INTERNAL, "",
               N_("a message between our processes is malformed"));
    return YX_OK;
}

yx_status yx_api_verify(struct yx_api_call *call, struct yx_api_upload *upload,
                        const char *language, json_t **report, struct yx_error *err)
{
    const struct yx_worker_job job = {.pool = call->services->pool,
                                      .document = upload->fd,
                                      .seconds = call->services->document_seconds};
    struct yx_worker_question question = {.language = language, .trust = -1};
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    yx_status status;

    YX_TRY(yx_api_upload_end(upload, err));
    YX_TRY(question_of(call, upload, &question, err));
    if (call->services->trust != NULL)
        question.trust = yx_worker_trust_take(call->services->trust);
    status = yx_worker_verify(&job, &question, &text, err);
    if (question.trust >= 0)
        (void)close(question.trust);
    YX_TRY(status);
    return read_report(yx_buf_bytes(&text), report, err);
}

/* --- What it means ------------------------------------------------------------------------- */

const char *yx_api_verification_notice(const char *result)
{
    static const struct {
        const char *result, *notice;
    } notices[] = {
        {"valid", N_("The document is as it was signed, and all its seals and signatures are "
                     "valid.")},
        {"invalid",
         N_("The file is damaged, or one of its seals or signatures does not hold. Do not "
            "rely on it.")},
        {"indeterminate",
         N_("Nothing speaks against the seals and signatures of this document, but not everything "
            "could be checked.")},
        {"unsigned", N_("This file carries no seal and no signature. A print, a scan or a "
                        "converted file is a copy, and not the original.")},
    };

    for (size_t i = 0; i < sizeof notices / sizeof notices[0]; i++)
        if (strcmp(notices[i].result, result) == 0)
            return notices[i].notice;
    return "";
}

static yx_status post_verification(struct yx_api_call *call, struct yx_error *err)
{
    const char *language = call->http->language;
    yx_translate translate = yx_language(language);
    YX_CLEAN(json) json_t *report = NULL;
    const char *result, *notice;

    YX_TRY(yx_api_verify(call, call->taker, language, &report, err));
    result = json_string_value(json_object_get(report, "result"));
    result = result == NULL ? "" : result;
    notice = yx_api_verification_notice(result);
    return yx_api_reply(call, 200,
                        json_pack("{s:O, s:b, s:s}", "report", report, "effective",
                                  strcmp(result, "valid") == 0, "notice",
                                  translate == NULL ? notice : translate(notice)),
                        err);
}

const struct yx_api_route yx_api_verifications[] = {
    {"POST", "/api/v1/verifications", YX_API_PUBLIC, NULL, post_verification, YX_API_ANYBODY, 0,
     &yx_api_upload},
    YX_API_ROUTES_END,
};
