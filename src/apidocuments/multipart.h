/* SPDX-License-Identifier: Apache-2.0 */
/* apidocuments/multipart.h - the file in a form (RFC 7578), taken out of it as it arrives. */
#ifndef APIDOCUMENTS_MULTIPART_H
#define APIDOCUMENTS_MULTIPART_H

#include "base/base.h"

#define YX_FORM_NAME 256
/* RFC 2046 5.1.1: 70 characters, and what stands before and around them. */
#define YX_FORM_BOUNDARY 80

/* Start with zeros and yx_form_open. The first part that has a file name is the file; the others
 * are passed over. */
struct yx_form {
    yx_status (*take)(void *self, struct yx_bytes piece, struct yx_error *err); /* of the file */
    void *self;
    char name[YX_FORM_NAME]; /* of the file, as its owner calls it; "" */
    bool has_file;
    /* Below: where it stands. */
    enum { YX_FORM_BEFORE, YX_FORM_HEAD, YX_FORM_FILE, YX_FORM_OTHER, YX_FORM_ENDED } state;
    char mark[YX_FORM_BOUNDARY]; /* CR LF, two dashes, the boundary */
    struct yx_buf rest;          /* what was not looked at yet */
};
/* Is it a form, by its content type? */
bool yx_form_is(const char *content_type);
/* YX_DAMAGED when its content type names no boundary. */
yx_status yx_form_open(struct yx_form *form, const char *content_type, struct yx_error *err);
yx_status yx_form_take(struct yx_form *form, struct yx_bytes piece, struct yx_error *err);
/* All has come: YX_DAMAGED when it was cut off, or brings no file. */
yx_status yx_form_end(const struct yx_form *form, struct yx_error *err);
void yx_form_free(struct yx_form *form);

#endif
