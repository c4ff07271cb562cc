/* SPDX-License-Identifier: Apache-2.0 */
/* ask.c - the jobs as calls, on web's side: arguments into a message, and back out of the reply. */
#include "worker/parts.h"
#include "worker/room.h"

static yx_status append(struct yx_bytes bytes, struct yx_buf *out, struct yx_error *err)
{
    return yx_buf_append(out, bytes) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* The reply is one run of bytes. */
static yx_status ask(const struct yx_worker_job *job, struct yx_ipc_message *request,
                     struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message reply = {0};

    YX_TRY(yx_worker_ask(job, request, YX_IPC_RESULT, &reply, err));
    return append(reply.fields[0].bytes, out, err);
}

yx_status yx_worker_inspect(const struct yx_worker_job *job, struct yx_buf *json,
                            struct yx_error *err)
{
    struct yx_ipc_message request = {
        .kind = YX_IPC_INSPECT, .fields = {[1] = {.fd = job->document}, {.number = job->number}}};

    return ask(job, &request, json, err);
}

yx_status yx_worker_text(const struct yx_worker_job *job, uint32_t page, const char *search,
                         struct yx_buf *json, struct yx_error *err)
{
    struct yx_ipc_message request = {.kind = YX_IPC_TEXT,
                                     .fields = {[1] = {.fd = job->document},
                                                {.number = job->number},
                                                {.number = page},
                                                {.text = search}}};

    return ask(job, &request, json, err);
}

yx_status yx_worker_render(const struct yx_worker_job *job, const struct yx_worker_picture *what,
                           struct yx_buf *picture, struct yx_error *err)
{
    struct yx_ipc_message request = {.kind = YX_IPC_RENDER,
                                     .fields = {[1] = {.fd = job->document},
                                                {.number = job->number},
                                                {.number = what->page},
                                                {.number = (uint64_t)what->format},
                                                {.number = 0}, /* dots per inch, below */
                                                {.number = what->longest}}};

    YX_REQUIRE(what->dpi >= 0 && what->dpi <= YX_RENDER_DPI_MAX, err, YX_USAGE, "",
               N_("a page is drawn with at most {1} dots per inch"), YX_NUM(YX_RENDER_DPI_MAX));
    request.fields[5].number = (uint64_t)(what->dpi * YX_RENDER_DPI_UNIT);
    return ask(job, &request, picture, err);
}

/* --- Lists as descriptors
 * ------------------------------------------------------------------------- */

/* What stands in the place of no list. */
static yx_status nothing(int *out, struct yx_error *err)
{
    return yx_ipc_seal(YX_BYTES(NULL, 0), out, err);
}

yx_status yx_worker_verify(const struct yx_worker_job *job,
                           const struct yx_worker_question *question, struct yx_buf *json,
                           struct yx_error *err)
{
    YX_CLEAN(yx_ipc_fd) int none = -1;
    struct yx_ipc_message request = {
        .kind = YX_IPC_VERIFY,
        .fields = {[1] = {.fd = job->document},
                   {.text = question->name},
                   {.number = (uint64_t)question->at},
                   {.number = question->allow_foreign_algorithms ? YX_VERIFY_FOREIGN : 0},
                   {.text = question->language},
                   {.fd = question->trust},
                   {.fd = question->maker_trust}}};

    YX_TRY(nothing(&none, err));
    for (int i = 6; i <= 7; i++)
        if (request.fields[i].fd < 0)
            request.fields[i].fd = none;
    return ask(job, &request, json, err);
}

/* --- Signatures
 * ------------------------------------------------------------------------------------ */

static yx_status put_signer(const struct yx_sign_request *request, struct yx_buf *list,
                            struct yx_error *err)
{
    YX_TRY(yx_list_add(list, YX_LIST_HELPER, yx_cert_der(request->signer), err));
    for (size_t i = 0; i < request->chain_count; i++)
        YX_TRY(yx_list_add(list, YX_LIST_HELPER, yx_cert_der(request->chain[i]), err));
    return YX_OK;
}

yx_status yx_worker_prepare(const struct yx_worker_job *job, const struct yx_sign_request *request,
                            int trust, struct yx_buf *plan, struct yx_buf *to_be_signed,
                            struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf certs = {0};
    YX_CLEAN(yx_buf) struct yx_buf wire = {0};
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message reply = {0};
    YX_CLEAN(yx_ipc_fd) int none = -1;
    struct yx_ipc_message message = {
        .kind = YX_IPC_PREPARE, .fields = {[1] = {.fd = job->document}, {.bytes = request->seal}}};

    YX_TRY(put_signer(request, &certs, err));
    YX_TRY(yx_wire_put(request, job->number, job->stamper != NULL, &wire, err));
    YX_TRY(nothing(&none, err));
    message.fields[3].bytes = yx_buf_bytes(&certs);
    message.fields[4].text = (const char *)wire.data;
    message.fields[5].fd = trust < 0 ? none : trust;
    YX_TRY(yx_worker_ask(job, &message, YX_IPC_PREPARED, &reply, err));
    YX_REQUIRE(yx_wire_tell_stamps(reply.fields[2].bytes, request), err, YX_IO, "",
               N_("a message between our processes is malformed"));
    YX_TRY(append(reply.fields[0].bytes, plan, err));
    return append(reply.fields[1].bytes, to_be_signed, err);
}

yx_status yx_worker_finish(const struct yx_worker_job *job, struct yx_bytes plan,
                           struct yx_bytes signature, int *out, struct yx_error *err)
{
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message reply = {0};
    struct yx_ipc_message request = {
        .kind = YX_IPC_FINISH,
        .fields = {[1] = {.fd = job->document},
                   {.bytes = plan},
                   {.bytes = signature},
                   {.number = job->stamper == NULL ? YX_DIGEST_NONE : job->stamper->algorithm}}};

    YX_TRY(yx_worker_ask(job, &request, YX_IPC_FINISHED, &reply, err));
    YX_TRY(yx_ipc_require_sealed(reply.fields[0].fd, err));
    *out = yx_ipc_take_fd(&reply, 0);
    return YX_OK;
}

yx_status yx_worker_seal(const struct yx_worker_job *job, struct yx_bytes seal, struct yx_buf *json,
                         struct yx_error *err)
{
    struct yx_ipc_message request = {.kind = YX_IPC_SEAL, .fields = {[1] = {.bytes = seal}}};

    return ask(job, &request, json, err);
}
