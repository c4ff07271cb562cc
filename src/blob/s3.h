/* SPDX-License-Identifier: Apache-2.0 */
/* blob/s3.h - requests to a service that speaks S3, signed by libcurl (AWS Signature Version 4). */
#ifndef BLOB_S3_H
#define BLOB_S3_H

#include "blob/room.h"

#define YX_S3_BODY_MAX (256u * 1024) /* of an answer that is no content */

struct yx_s3_request {
    const char *method; /* "GET", "HEAD", "PUT", "POST", "DELETE" */
    const char *name;   /* of the object */
    const char *query;  /* "uploads=", sorted and encoded; NULL: none */
    const char *range;  /* "0-99"; NULL: all */
    /* The body: `len` bytes of the file `fd` from `offset`, or with -1 those of `body`. */
    int fd;
    uint64_t offset, len;
    struct yx_bytes body;
    /* Where the answer's body goes when all is well: a file, or memory for at most `limit` bytes.
     */
    const struct yx_blob_draft *file;
    struct yx_buf *memory;
    size_t limit;
};
struct yx_s3_reply {
    long status;
    uint64_t length; /* what the service says of the body's, also of HEAD */
    char etag[128];
};

/*
 * Makes a request, and again after a pause when the service cannot be reached or has troubles of
 * its own. YX_NO_INPUT when the object is not there (404), YX_IO otherwise, with what the service
 * says.
 */
yx_status yx_s3_ask(struct yx_s3 *s3, const struct yx_s3_request *request,
                    struct yx_s3_reply *reply, struct yx_error *err);

#endif
