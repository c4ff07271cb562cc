/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blob/bucket.c - contents in a bucket: PREFIX/ab/cd..., as in a folder. What is written waits in a
 * file of this machine until its digest, and so its name, is known; large ones go in parts. A part
 * upload whose node died stays invisible in the bucket until the bucket's own rule ends it.
 */
#include "blob/s3.h"
#include "xml/xml.h"

#define PART (16u << 20)
#define WHOLE_MAX (4 * (uint64_t)PART) /* longer ones go in parts */
#define XML_MEMORY (4u << 20)
#define QUERY_MAX 1200
#define UPLOAD_ID_MAX 1024

/* --- Parts ------------------------------------------------------------------------------- */

/* An object on its way in parts. */
struct upload {
    struct yx_s3 *s3;
    const char *name;
    struct yx_buf id;    /* as it stands in a query */
    struct yx_buf parts; /* the list that ends it */
    int fd;
    uint64_t size;
};

/* Percent-encoding of what is not unreserved (RFC 3986 2.3). */
static yx_status encode(const char *text, struct yx_buf *out, struct yx_error *err)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (; *text != '\0'; text++) {
        bool is_plain = strchr(plain, *text) != NULL;
        if (yx_buf_printf(out, is_plain ? "%c" : "%%%02X", (unsigned char)*text) != YX_OK)
            return yx_fail_memory(err);
    }
    return yx_buf_append(out, YX_BYTES("", 1)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status begin_upload(struct upload *upload, struct yx_error *err)
{
    YX_CLEAN(yx_arena) struct yx_arena *arena = yx_arena_new(XML_MEMORY);
    YX_CLEAN(yx_buf) struct yx_buf said = {0};
    struct yx_s3_request request = {.method = "POST",
                                    .name = upload->name,
                                    .query = "uploads=",
                                    .fd = -1,
                                    .memory = &said,
                                    .limit = YX_S3_BODY_MAX};
    struct yx_s3_reply reply;
    struct yx_xml *root = NULL;
    const char *id;

    if (arena == NULL)
        return yx_fail_memory(err);
    YX_TRY(yx_s3_ask(upload->s3, &request, &reply, err));
    YX_TRY(yx_xml_parse(yx_buf_bytes(&said), "S3", arena, &root, err));
    id = yx_xml_child_text(root, "UploadId");
    YX_REQUIRE(id != NULL && id[0] != '\0' && strlen(id) <= UPLOAD_ID_MAX / 3, err, YX_IO, "",
               N_("the service of the bucket has begun no upload"));
    return encode(id, &upload->id, err);
}

static yx_status put_part(struct upload *upload, unsigned number, uint64_t offset,
                          struct yx_error *err)
{
    uint64_t left = upload->size - offset;
    char query[QUERY_MAX];
    struct yx_s3_reply reply;
    struct yx_s3_request request = {
        .method = "PUT",
        .name = upload->name,
        .query = query,
        .fd = upload->fd,
        .offset = offset,
        .len = left < PART ? left : PART,
    };

    (void)snprintf(query, sizeof query, "partNumber=%u&uploadId=%s", number,
                   (const char *)upload->id.data);
    YX_TRY(yx_s3_ask(upload->s3, &request, &reply, err));
    if (yx_buf_printf(&upload->parts, "<Part><PartNumber>%u</PartNumber><ETag>", number) != YX_OK ||
        yx_xml_escape(&upload->parts, reply.etag) != YX_OK ||
        yx_buf_append_text(&upload->parts, "</ETag></Part>") != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

/* A service may answer with 200 before it knows whether it will do (its documentation says so). */
static yx_status end_upload(struct upload *upload, struct yx_error *err)
{
    YX_CLEAN(yx_arena) struct yx_arena *arena = yx_arena_new(XML_MEMORY);
    YX_CLEAN(yx_buf) struct yx_buf said = {0};
    char query[QUERY_MAX];
    struct yx_s3_request request = {.method = "POST",
                                    .name = upload->name,
                                    .query = query,
                                    .fd = -1,
                                    .memory = &said,
                                    .limit = YX_S3_BODY_MAX};
    struct yx_s3_reply reply;
    struct yx_xml *root = NULL;

    if (arena == NULL || yx_buf_append_text(&upload->parts, "</CompleteMultipartUpload>") != YX_OK)
        return yx_fail_memory(err);
    (void)snprintf(query, sizeof query, "uploadId=%s", (const char *)upload->id.data);
    request.body = yx_buf_bytes(&upload->parts);
    YX_TRY(yx_s3_ask(upload->s3, &request, &reply, err));
    YX_TRY(yx_xml_parse(yx_buf_bytes(&said), "S3", arena, &root, err));
    YX_REQUIRE(strcmp(root->name, "CompleteMultipartUploadResult") == 0, err, YX_IO, "",
               N_("the service of the bucket has not put the parts together: {1}"), root->name);
    return YX_OK;
}

static yx_status put_parts(struct upload *upload, struct yx_error *err)
{
    unsigned number = 1;

    if (yx_buf_append_text(&upload->parts, "<CompleteMultipartUpload>") != YX_OK)
        return yx_fail_memory(err);
    for (uint64_t at = 0; at < upload->size; at += PART)
        YX_TRY(put_part(upload, number++, at, err));
    return end_upload(upload, err);
}

/* Its parts would cost room for ever. */
static void give_up(const struct upload *upload)
{
    char query[QUERY_MAX];
    struct yx_s3_reply reply;
    struct yx_s3_request request = {
        .method = "DELETE", .name = upload->name, .query = query, .fd = -1};

    (void)snprintf(query, sizeof query, "uploadId=%s", (const char *)upload->id.data);
    (void)yx_s3_ask(upload->s3, &request, &reply, NULL);
}

static yx_status put_large(struct yx_s3 *s3, const char *name, int fd, uint64_t size,
                           struct yx_error *err)
{
    struct upload upload = {.s3 = s3, .name = name, .fd = fd, .size = size};
    yx_status status = begin_upload(&upload, err);

    if (status == YX_OK) {
        status = put_parts(&upload, err);
        if (status != YX_OK)
            give_up(&upload);
    }
    yx_buf_free(&upload.id);
    yx_buf_free(&upload.parts);
    return status;
}

/* --- Objects ----------------------------------------------------------------------------- */

static yx_status put(struct yx_blobs *blobs, const char *name, struct yx_blob_draft *draft,
                     uint64_t size, struct yx_error *err)
{
    struct yx_s3_reply reply;
    struct yx_s3_request request = {.method = "PUT", .name = name, .fd = draft->fd, .len = size};

    if (size > WHOLE_MAX)
        return put_large(blobs->s3, name, draft->fd, size, err);
    return yx_s3_ask(blobs->s3, &request, &reply, err);
}

static yx_status open_object(struct yx_blobs *blobs, const char *name, struct yx_blob_object *out,
                             struct yx_error *err)
{
    struct yx_s3_reply reply;
    struct yx_s3_request request = {.method = "HEAD", .name = name, .fd = -1};

    YX_TRY(yx_s3_ask(blobs->s3, &request, &reply, err));
    *out = (struct yx_blob_object){.size = reply.length, .fd = -1};
    return YX_OK;
}

static yx_status read_object(struct yx_blobs *blobs, const struct yx_blob_object *object,
                             uint64_t offset, void *out, size_t len, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf got = {0};
    char range[64];
    struct yx_s3_reply reply;
    struct yx_s3_request request = {.method = "GET",
                                    .name = object->name,
                                    .range = range,
                                    .fd = -1,
                                    .memory = &got,
                                    .limit = len};

    if (object->fd >= 0)
        return yx_blob_pread(object->fd, offset, out, len, err);
    (void)snprintf(range, sizeof range, "%llu-%llu", (unsigned long long)offset,
                   (unsigned long long)(offset + len - 1));
    YX_TRY(yx_s3_ask(blobs->s3, &request, &reply, err));
    YX_REQUIRE(got.len == len, err, YX_DAMAGED, "", N_("a content is shorter than it was"));
    memcpy(out, got.data, len);
    return YX_OK;
}

static yx_status fetch(struct yx_blobs *blobs, struct yx_blob_object *object, struct yx_error *err)
{
    YX_CLEAN(yx_blob_draft) struct yx_blob_draft file = {.fd = -1};
    struct yx_s3_reply reply;
    struct yx_s3_request request = {.method = "GET", .name = object->name, .fd = -1, .file = &file};

    YX_TRY(yx_blob_nameless(blobs, &file.fd, err));
    YX_TRY(yx_s3_ask(blobs->s3, &request, &reply, err));
    object->fd = file.fd;
    file.fd = -1;
    return YX_OK;
}

static yx_status remove_object(struct yx_blobs *blobs, const char *name, struct yx_error *err)
{
    struct yx_s3_reply reply;
    struct yx_s3_request request = {.method = "DELETE", .name = name, .fd = -1};
    yx_status status = yx_s3_ask(blobs->s3, &request, &reply, err);

    return status == YX_NO_INPUT ? YX_OK : status;
}

const struct yx_blob_kind yx_blob_bucket = {
    .put = put,
    .open = open_object,
    .read = read_object,
    .fetch = fetch,
    .remove = remove_object,
};
