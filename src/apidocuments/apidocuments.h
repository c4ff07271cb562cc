/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apidocuments/apidocuments.h - the door to apidocuments/: the resources that take documents.
 * Uploads are kept for a while; what is sent to be verified or drawn is not kept at all.
 */
#ifndef APIDOCUMENTS_APIDOCUMENTS_H
#define APIDOCUMENTS_APIDOCUMENTS_H

#include "api/api.h"

extern const struct yx_api_route yx_api_uploads[];
extern const struct yx_api_route yx_api_verifications[];
extern const struct yx_api_route yx_api_renderings[];

/* Makes the table of uploads. */
yx_status yx_uploads_prepare(struct yx_store *store, struct yx_error *err);
/* Forgets uploads whose time is over, which then hold their contents no more; a server calls it
 * every now and then, before contents are swept. */
yx_status yx_uploads_sweep(struct yx_store *store, yx_time now, struct yx_error *err);

/* A document that is looked at: what the intake below gives to its handler. */
struct yx_api_upload;
/* The intake of routes that take one. */
extern const struct yx_api_intake yx_api_upload;
/* Verifies it and reads the report that came back. Refusals of workers that have too much to do
 * become 503. */
yx_status yx_api_verify(struct yx_api_call *call, struct yx_api_upload *upload,
                        const char *language, json_t **report, struct yx_error *err);
/* What everybody should know about a document with this result; a sentence in English. */
const char *yx_api_verification_notice(const char *result);

#endif
