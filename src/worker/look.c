/* SPDX-License-Identifier: Apache-2.0 */
/* look.c - the jobs that look into a document and change nothing; in a worker. */
#include <stdlib.h>

#include "worker/room.h"

/* --- Results as JSON ----------------------------------------------------------------------------
 */

static int append(const char *bytes, size_t len, void *self)
{
    return yx_buf_append(self, YX_BYTES(bytes, len)) == YX_OK ? 0 : -1;
}

yx_status yx_work_json(struct yx_work *work, const json_t *json, struct yx_error *err)
{
    if (json == NULL ||
        json_dump_callback(json, append, &work->out, JSON_COMPACT | JSON_REAL_PRECISION(10)) != 0)
        return yx_fail_memory(err);
    work->reply.kind = YX_IPC_RESULT;
    work->reply.fields[0].bytes = yx_buf_bytes(&work->out);
    return YX_OK;
}

static yx_status add(json_t *list, json_t *item, struct yx_error *err)
{
    return json_array_append_new(list, item) == 0 ? YX_OK : yx_fail_memory(err);
}

static yx_status open_document(struct yx_work *work, uint64_t number, struct yx_document **out,
                               struct yx_error *err)
{
    return yx_document_open(work->document, number > UINT32_MAX ? UINT32_MAX : (uint32_t)number,
                            out, err);
}

/* --- Verifying ----------------------------------------------------------------------------------
 */

yx_status yx_do_verify(struct yx_work *work, struct yx_error *err)
{
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    const struct yx_ipc_field *fields = work->request->fields;
    struct yx_verify_options options = {
        .at = (yx_time)fields[3].number,
        .allow_foreign_algorithms = (fields[4].number & YX_VERIFY_FOREIGN) != 0,
        .progress = work->progress,
    };

    YX_TRY(yx_kept_trust_read(&work->worker->trust, yx_ipc_take_fd(work->request, 6),
                              &options.trust, err));
    YX_TRY(yx_kept_trust_read(&work->worker->maker_trust, yx_ipc_take_fd(work->request, 7),
                              &options.maker_trust, err));
    YX_TRY(yx_verify(work->document, &options, &report, err));
    YX_TRY(yx_report_json(report, fields[2].text, yx_language(fields[5].text), &work->out, err));
    work->reply.kind = YX_IPC_RESULT;
    work->reply.fields[0].bytes = yx_buf_bytes(&work->out);
    return YX_OK;
}

/* --- Inspecting ---------------------------------------------------------------------------------
 */

static yx_status add_pages(struct yx_document *document, json_t *pages, struct yx_error *err)
{
    double width, height;
    uint32_t count;

    YX_TRY(yx_document_page_count(document, &count, err));
    for (uint32_t page = 1; page <= count; page++) {
        YX_TRY(yx_document_page_size(document, page, &width, &height, err));
        YX_TRY(add(pages, json_pack("{s:f, s:f}", "width", width, "height", height), err));
    }
    return YX_OK;
}

/* The report that verification gives, of which what was judged is left out. */
static yx_status report_of(struct yx_work *work, json_t **out, struct yx_error *err)
{
    const struct yx_verify_options options = {.progress = work->progress};
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    json_t *signature;
    size_t i;

    YX_TRY(yx_verify(work->document, &options, &report, err));
    YX_TRY(yx_report_json(report, "", NULL, &text, err));
    *out = json_loadb((const char *)text.data, text.len, 0, NULL);
    if (*out == NULL)
        return yx_fail_memory(err);
    json_array_foreach(json_object_get(*out, "signatures"), i, signature)
    {
        (void)json_object_del(signature, "result");
        (void)json_object_del(signature, "checks");
    }
    return YX_OK;
}

yx_status yx_do_inspect(struct yx_work *work, struct yx_error *err)
{
    YX_CLEAN(yx_document) struct yx_document *document = NULL;
    YX_CLEAN(yx_json) json_t *report = NULL;
    YX_CLEAN(yx_json) json_t *pages = json_array();
    YX_CLEAN(yx_json) json_t *result = NULL;

    YX_TRY(open_document(work, work->request->fields[2].number, &document, err));
    YX_TRY(add_pages(document, pages, err));
    YX_TRY(report_of(work, &report, err));
    result = json_pack("{s:O, s:O, s:O, s:O}", "format", json_object_get(report, "format"),
                       "digest", json_object_get(report, "digest"), "pages", pages, "signatures",
                       json_object_get(report, "signatures"));
    return yx_work_json(work, result, err);
}

/* --- Text ---------------------------------------------------------------------------------------
 */

/* One page that is read. */
struct texts {
    json_t *list;
    bool failed;
};

static bool each_box(void *context, const struct yx_text_box *box)
{
    struct texts *texts = context;

    texts->failed |=
        json_array_append_new(texts->list, json_pack("{s:s, s:f, s:f, s:f, s:f}", "text", box->text,
                                                     "x", box->x, "y", box->y, "width", box->width,
                                                     "height", box->height)) != 0;
    return !texts->failed;
}

static bool each_line(void *context, size_t match, const struct yx_text_box *line)
{
    struct texts *texts = context;

    texts->failed |=
        json_array_append_new(texts->list, json_pack("{s:I, s:s, s:f, s:f, s:f, s:f}", "match",
                                                     (json_int_t)match, "text", line->text, "x",
                                                     line->x, "y", line->y, "width", line->width,
                                                     "height", line->height)) != 0;
    return !texts->failed;
}

static yx_status read_page(struct yx_document *document, uint32_t page, const char *search,
                           json_t *pages, struct yx_error *err)
{
    double width, height;
    struct texts texts = {.list = json_array()};

    YX_TRY(yx_document_page_size(document, page, &width, &height, err));
    YX_TRY(add(pages,
               json_pack("{s:I, s:f, s:f, s:o}", "page", (json_int_t)page, "width", width, "height",
                         height, "texts", texts.list),
               err));
    if (search[0] != '\0')
        YX_TRY(yx_document_search(document, page, search, each_line, &texts, err));
    else
        YX_TRY(yx_document_page_text(document, page, each_box, &texts, err));
    return texts.failed ? yx_fail_memory(err) : YX_OK;
}

yx_status yx_do_text(struct yx_work *work, struct yx_error *err)
{
    const struct yx_ipc_field *fields = work->request->fields;
    YX_CLEAN(yx_document) struct yx_document *document = NULL;
    YX_CLEAN(yx_json) json_t *pages = json_array();
    YX_CLEAN(yx_json) json_t *result = NULL;
    uint64_t only = fields[3].number;
    uint32_t count;

    YX_TRY(open_document(work, fields[2].number, &document, err));
    YX_TRY(yx_document_page_count(document, &count, err));
    YX_REQUIRE(only <= count, err, YX_REFUSED, "", N_("there is no page {1}; the document has {2}"),
               YX_NUM(only), YX_NUM(count));
    for (uint32_t page = 1; page <= count; page++)
        if (only == 0 || only == page)
            YX_TRY(read_page(document, page, fields[4].text, pages, err));
    result = json_pack("{s:O}", "pages", pages);
    return yx_work_json(work, result, err);
}

/* --- Pictures ------------------------------------------------------------------------------------
 */

yx_status yx_do_render(struct yx_work *work, struct yx_error *err)
{
    const struct yx_ipc_field *fields = work->request->fields;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    const struct yx_page_options options = {
        .document = (uint32_t)fields[2].number,
        .dpi = (double)fields[5].number / YX_RENDER_DPI_UNIT,
        .longest = (uint32_t)fields[6].number,
        .milliseconds = (uint32_t)fields[0].number,
    };

    YX_REQUIRE(fields[4].number == YX_DRAW_PNG || fields[4].number == YX_DRAW_SVG, err, YX_USAGE,
               "", N_("a page becomes PNG or SVG"));
    YX_TRY(yx_sink_memory(&work->out, &sink, err));
    YX_TRY(work->worker->drawing.page_draw(work->document, (uint32_t)fields[3].number,
                                           (yx_draw_format)fields[4].number, &options, sink, err));
    work->reply.kind = YX_IPC_RESULT;
    work->reply.fields[0].bytes = yx_buf_bytes(&work->out);
    return YX_OK;
}

/* --- Seals ---------------------------------------------------------------------------------------
 */

static json_t *text_json(struct yx_bytes text)
{
    return json_stringn((const char *)text.data, text.len);
}

static json_t *time_json(yx_time time)
{
    return time == YX_TIME_NONE ? json_null() : json_string(YX_WHEN(time));
}

static json_t *cert_json(struct yx_bytes der)
{
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;

    if (yx_cert_from_der(der, &cert, NULL) != YX_OK)
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:o, s:o}", "subject", yx_cert_subject(cert), "issuer",
                     yx_cert_issuer(cert), "serial", yx_cert_serial(cert), "not_before",
                     time_json(yx_cert_not_before(cert)), "not_after",
                     time_json(yx_cert_not_after(cert)));
}

static json_t *holder_json(const struct yx_seal_info *info, struct yx_bytes holder)
{
    char hex[2 * YX_DIGEST_MAX + 1];

    if (!info->holders_are_digests)
        return cert_json(holder);
    yx_hex(YX_BYTES(holder.data, holder.len > YX_DIGEST_MAX ? YX_DIGEST_MAX : holder.len), hex);
    return json_pack("{s:s}", "digest", hex);
}

static json_t *holders_json(const struct yx_seal_info *info)
{
    json_t *list = json_array();

    for (size_t i = 0; i < info->holder_count; i++)
        (void)json_array_append_new(list, holder_json(info, info->holders[i]));
    return list;
}

static json_t *seal_json(const struct yx_seal_info *info)
{
    return json_pack("{s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:o, s:o}", "esid",
                     text_json(info->esid), "name", text_json(info->name), "type",
                     (json_int_t)info->type, "version", (json_int_t)info->version, "made_with",
                     text_json(info->vid), "made_at", time_json(info->created), "valid_from",
                     time_json(info->valid_from), "valid_to", time_json(info->valid_to),
                     "picture_type", text_json(info->picture_type), "width",
                     (json_int_t)info->width, "height", (json_int_t)info->height, "maker",
                     cert_json(info->maker_certificate), "holders", holders_json(info));
}

yx_status yx_do_seal(struct yx_work *work, struct yx_error *err)
{
    YX_CLEAN(yx_seal) struct yx_seal *seal = NULL;
    YX_CLEAN(yx_json) json_t *json = NULL;

    YX_TRY(yx_seal_from_der(work->request->fields[1].bytes, &seal, err));
    json = seal_json(yx_seal_info(seal));
    YX_REQUIRE(json != NULL, err, YX_DAMAGED, "", N_("a text of the seal is no UTF-8"));
    return yx_work_json(work, json, err);
}
