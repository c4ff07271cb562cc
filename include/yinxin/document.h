/* SPDX-License-Identifier: Apache-2.0 */
/* yinxin/document.h - one face over every format: what is this file, and is it genuine? */
#ifndef YINXIN_DOCUMENT_H
#define YINXIN_DOCUMENT_H

#include <yinxin/base.h>
#include <yinxin/ofd.h>
#include <yinxin/report.h>
#include <yinxin/seal.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Tells the format by the first bytes; YX_FORMAT_UNKNOWN when it is none of ours. */
YX_API yx_status yx_format_detect(const struct yx_source *source, yx_format *out,
                                  struct yx_error *err);
/* Verifies a file of any format. YX_DAMAGED when it is of none. */
YX_API yx_status yx_verify(const struct yx_source *source, const struct yx_verify_options *options,
                           struct yx_report **out, struct yx_error *err);
/*
 * Appends the report as a JSON object (the shape of docs/verification-report.md), without a
 * line end. `file` is the name to show; sentences are translated by `translate` (NULL: English).
 */
YX_API yx_status yx_report_json(const struct yx_report *report, const char *file,
                                yx_translate translate, struct yx_buf *out, struct yx_error *err);

#ifdef __cplusplus
}
#endif

#endif
