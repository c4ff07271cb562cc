/* SPDX-License-Identifier: Apache-2.0 */
/* sign.c - the two halves of a signature, in a worker. The key is elsewhere, and so is whoever
 * makes time-stamps: web is asked for one in the middle of the work. */
#include <stdlib.h>
#include <unistd.h>

#include "worker/room.h"

/* How long a time-stamp may take; the timer of the job counts besides. */
#define STAMP_SECONDS 60

static yx_status stamp(void *self, yx_digest_algorithm algorithm, struct yx_bytes digest,
                       struct yx_buf *token, struct yx_error *err)
{
    const struct yx_worker *worker = self;
    const struct yx_ipc_message request = {.kind = YX_IPC_STAMP,
                                           .fields = {{.number = algorithm}, {.bytes = digest}}};
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message reply = {0};

    YX_TRY(yx_ipc_call(worker->web, &request, YX_IPC_STAMPED, &reply,
                       yx_monotonic() + STAMP_SECONDS * YX_SECOND, err));
    return yx_buf_append(token, reply.fields[0].bytes) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* --- The first half -----------------------------------------------------------------------------
 */

#define CHAIN_MAX 16

struct signer {
    struct yx_cert *certs[CHAIN_MAX]; /* the first is the signer's */
    size_t count;
};

static void signer_free(struct signer *signer)
{
    for (size_t i = 0; i < signer->count; i++)
        yx_cert_free(signer->certs[i]);
}
YX_DEFINE_CLEAN_VALUE(signer, struct signer, signer_free);

static yx_status read_signer(struct yx_bytes list, struct signer *out, struct yx_error *err)
{
    struct yx_list_entry entry;
    bool found;

    for (;;) {
        YX_TRY(yx_list_next(&list, &entry, &found, err));
        if (!found)
            break;
        YX_REQUIRE(out->count < CHAIN_MAX, err, YX_REFUSED, "",
                   N_("more than {1} certificates are no chain"), YX_NUM(CHAIN_MAX));
        YX_TRY(yx_cert_from_der(entry.der, &out->certs[out->count], err));
        out->count++;
    }
    YX_REQUIRE(out->count > 0, err, YX_USAGE, "", N_("a signature needs the signer's certificate"));
    return YX_OK;
}

static void note_stamp(void *context, const struct yx_report_stamp *stamp)
{
    struct yx_work *work = context;

    /* What did not fit shows in the length. */
    if (yx_wire_put_stamp(stamp, &work->stamps, NULL) != YX_OK)
        (void)yx_buf_append(&work->stamps, YX_BYTES("", 1));
}

static yx_status prepare(struct yx_work *work, struct yx_wire *wire, const struct signer *signer,
                         struct yx_error *err)
{
    YX_CLEAN(yx_document) struct yx_document *document = NULL;
    struct yx_sign_request *request = &wire->request;
    const struct yx_timestamper stamper = {.stamp = stamp, .self = work->worker};

    request->seal = work->request->fields[2].bytes;
    request->signer = signer->certs[0];
    request->chain = (const struct yx_cert *const *)signer->certs + 1;
    request->chain_count = signer->count - 1;
    request->progress = work->progress;
    request->timestamper = wire->stamped ? &stamper : NULL;
    request->stamped = note_stamp;
    request->stamped_context = work;
    YX_TRY(yx_kept_trust_read(&work->worker->trust, yx_ipc_take_fd(work->request, 5),
                              &request->trust, err));
    YX_TRY(yx_document_open(work->document, wire->number, &document, err));
    return yx_document_prepare(document, request, &work->plan, &work->out, err);
}

yx_status yx_do_prepare(struct yx_work *work, struct yx_error *err)
{
    YX_CLEAN(yx_wire) struct yx_wire wire = {0};
    YX_CLEAN(signer) struct signer signer = {.count = 0};

    YX_TRY(yx_wire_get(work->request->fields[4].text, &wire, err));
    YX_TRY(read_signer(work->request->fields[3].bytes, &signer, err));
    YX_TRY(prepare(work, &wire, &signer, err));
    work->reply.kind = YX_IPC_PREPARED;
    work->reply.fields[0].bytes = yx_buf_bytes(&work->plan);
    work->reply.fields[1].bytes = yx_buf_bytes(&work->out);
    work->reply.fields[2].bytes = yx_buf_bytes(&work->stamps);
    return YX_OK;
}

/* --- The second half ----------------------------------------------------------------------------
 */

yx_status yx_do_finish(struct yx_work *work, struct yx_error *err)
{
    const struct yx_ipc_field *fields = work->request->fields;
    const struct yx_timestamper stamper = {
        .algorithm = (yx_digest_algorithm)fields[4].number, .stamp = stamp, .self = work->worker};
    YX_CLEAN(yx_document) struct yx_document *document = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;

    YX_TRY(yx_document_open(work->document, 0, &document, err));
    YX_TRY(yx_ipc_memory(&work->fd, err));
    YX_TRY(yx_sink_borrow_fd(work->fd, &sink, err));
    YX_TRY(yx_document_finish(document, fields[2].bytes, fields[3].bytes,
                              stamper.algorithm == YX_DIGEST_NONE ? NULL : &stamper, sink, err));
    YX_TRY(yx_ipc_seal_memory(work->fd, err));
    work->reply.kind = YX_IPC_FINISHED;
    work->reply.fields[0].fd = work->fd;
    return YX_OK;
}
