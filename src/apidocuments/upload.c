/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apidocuments/upload.c - a document that is looked at and not kept: as the body of a request, or
 * as the file in a form. Small ones stay in memory, so that they are on no disk at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "apidocuments/upload.h"

#define MEMORY_MAX ((uint64_t)4 * 1024 * 1024)
#define PIECE 65536
#define CANNOT_WRITE N_("the document cannot be written to {1}: {2}")

/* --- Where it goes ------------------------------------------------------------------------- */

static void close_both(struct yx_api_upload *upload)
{
    if (upload->out >= 0)
        (void)close(upload->out);
    if (upload->fd >= 0 && upload->fd != upload->out)
        (void)close(upload->fd);
    upload->out = upload->fd = -1;
}

/* Opened twice, so that who reads it cannot write. */
static yx_status open_file(const char *folder, struct yx_api_upload *upload, struct yx_error *err)
{
    char id[YX_UUID_TEXT], path[4096];

    YX_TRY(yx_uuid_make(yx_now(), id, err));
    (void)snprintf(path, sizeof path, "%s/upload-%s", folder, id);
    upload->out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    upload->fd = upload->out < 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (upload->out >= 0)
        (void)unlink(path);
    upload->in_file = true;
    return upload->fd >= 0 ? YX_OK : yx_fail_errno(err, YX_IO, CANNOT_WRITE, folder, errno);
}

static yx_status write_all(const struct yx_api_upload *upload, struct yx_bytes bytes,
                           struct yx_error *err)
{
    while (bytes.len > 0) {
        ssize_t put = write(upload->out, bytes.data, bytes.len);

        if (put < 0 && errno != EINTR)
            return yx_fail_errno(err, YX_IO, CANNOT_WRITE, upload->services->uploads, errno);
        put = put < 0 ? 0 : put;
        bytes = YX_BYTES(bytes.data + put, bytes.len - (size_t)put);
    }
    return YX_OK;
}

/* From memory to a file. */
static yx_status move(struct yx_api_upload *upload, struct yx_error *err)
{
    struct yx_api_upload file = {.services = upload->services, .out = -1, .fd = -1};
    yx_status status = open_file(upload->services->uploads, &file, err);
    uint8_t piece[PIECE];
    uint64_t at = 0;

    while (status == YX_OK && at < upload->size) {
        ssize_t got = pread(upload->fd, piece, sizeof piece, (off_t)at);

        if (got <= 0)
            status = yx_fail_errno(err, YX_IO, CANNOT_WRITE, upload->services->uploads, errno);
        else
            status = write_all(&file, YX_BYTES(piece, got), err);
        at += got > 0 ? (uint64_t)got : 0;
    }
    close_both(status == YX_OK ? upload : &file);
    if (status != YX_OK)
        return status;
    upload->out = file.out;
    upload->fd = file.fd;
    upload->in_file = true;
    return YX_OK;
}

static yx_status keep(void *self, struct yx_bytes piece, struct yx_error *err)
{
    struct yx_api_upload *upload = self;
    const struct yx_api_services *services = upload->services;

    YX_REQUIRE(piece.len <= services->upload_max - upload->size, err, YX_REFUSED,
               YX_API_RULE_TOO_LARGE, N_("larger than the {1} bytes allowed"),
               YX_NUM(services->upload_max));
    if (!upload->in_file && services->uploads != NULL && upload->size + piece.len > MEMORY_MAX)
        YX_TRY(move(upload, err));
    YX_TRY(write_all(upload, piece, err));
    upload->size += piece.len;
    return YX_OK;
}

/* --- The intake ---------------------------------------------------------------------------- */

static void end(void *taker)
{
    struct yx_api_upload *upload = taker;

    close_both(upload);
    yx_form_free(&upload->form);
    free(upload);
}

static yx_status open_upload(const struct yx_api_call *call, struct yx_api_upload *upload,
                             struct yx_error *err)
{
    YX_TRY(yx_ipc_memory(&upload->out, err));
    upload->fd = upload->out;
    upload->is_form = yx_form_is(call->http->content_type);
    if (!upload->is_form)
        return YX_OK;
    upload->form.take = keep;
    upload->form.self = upload;
    return yx_form_open(&upload->form, call->http->content_type, err);
}

static yx_status begin(struct yx_api_call *call, void **taker, struct yx_error *err)
{
    struct yx_api_upload *upload;
    yx_status status;

    YX_REQUIRE(call->services->pool != NULL, err, YX_IO, "",
               N_("no process is there that reads documents"));
    upload = calloc(1, sizeof *upload);
    if (upload == NULL)
        return yx_fail_memory(err);
    upload->services = call->services;
    upload->out = upload->fd = -1;
    status = open_upload(call, upload, err);
    if (status != YX_OK) {
        end(upload);
        return status;
    }
    *taker = upload;
    return YX_OK;
}

static yx_status take(void *taker, struct yx_bytes piece, struct yx_error *err)
{
    struct yx_api_upload *upload = taker;

    return upload->is_form ? yx_form_take(&upload->form, piece, err) : keep(upload, piece, err);
}

const struct yx_api_intake yx_api_upload = {begin, take, end};

yx_status yx_api_upload_end(struct yx_api_upload *upload, struct yx_error *err)
{
    if (upload->is_form)
        YX_TRY(yx_form_end(&upload->form, err));
    YX_REQUIRE(upload->size > 0, err, YX_DAMAGED, "", N_("no document was sent"));
    return upload->in_file ? YX_OK : yx_ipc_seal_memory(upload->fd, err);
}
