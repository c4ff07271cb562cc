/* SPDX-License-Identifier: Apache-2.0 */
/*
 * impression/impression.h - the door to impression/: stamped impressions cut out of scans, and two
 * impressions compared. yinxin/impression.h is the manual; here the same with decoded pictures.
 */
#ifndef IMPRESSION_IMPRESSION_H
#define IMPRESSION_IMPRESSION_H

#include <yinxin/impression.h>

#include "base/base.h"
#include "picture/picture.h"

/* `dpi` of the scan, 0 when it is unknown; the request's does not count. `out` is empty. */
yx_status yx_raster_extract(const struct yx_raster *scan, double dpi,
                            const struct yx_extract_request *request, struct yx_raster *out,
                            struct yx_extracted *about, struct yx_error *err);

/* A picture of an impression. */
struct yx_impression {
    const struct yx_raster *raster;
    double dpi; /* 0: unknown */
};
/* `difference` may be NULL. */
yx_status yx_raster_compare(const struct yx_impression *a, const struct yx_impression *b,
                            const struct yx_compare_request *request, struct yx_comparison *out,
                            struct yx_raster *difference, struct yx_error *err);

/* The rule that refuses pictures without a seal. */
extern const char yx_rule_impression[];

#endif
