/* SPDX-License-Identifier: Apache-2.0 */
/* apidocuments/upload.h - documents that are sent to be looked at. */
#ifndef APIDOCUMENTS_UPLOAD_H
#define APIDOCUMENTS_UPLOAD_H

#include "apidocuments/apidocuments.h"
#include "apidocuments/multipart.h"

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
/* All has come; is it a document? YX_DAMAGED otherwise. */
yx_status yx_api_upload_end(struct yx_api_upload *upload, struct yx_error *err);

#endif
