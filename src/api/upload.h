/* SPDX-License-Identifier: Apache-2.0 */
/* api/upload.h - documents that are sent to be looked at, and what is made of them. */
#ifndef API_UPLOAD_H
#define API_UPLOAD_H

#include "api/multipart.h"
#include "api/room.h"

/* --- What was sent (upload.c) --------------------------------------------------------------------
 */

/* The body of a request, or the file in a form. It lies in memory, and when it grows, in a file
 * that has no name: nothing of it stays. */
struct yx_api_upload {
    const struct yx_api_services *services;
    int out, fd; /* the same document: to write, and to read alone */
    bool in_file;
    uint64_t size;
    bool is_form;
    struct yx_form form;
};
/* The intake of routes that take one. */
extern const struct yx_api_intake yx_api_upload;
/* All has come; is it a document? YX_DAMAGED otherwise. */
yx_status yx_api_upload_end(struct yx_api_upload *upload, struct yx_error *err);

/* --- What is made of it (verification.c) ---------------------------------------------------------
 */

/* Verifies it and reads the report that came back. Refusals of workers that have too much to do
 * become 503. */
yx_status yx_api_verify(struct yx_api_call *call, struct yx_api_upload *upload,
                        const char *language, json_t **report, struct yx_error *err);
/* What everybody should know about a document with this result; a sentence in English. */
const char *yx_api_verification_notice(const char *result);

#endif
