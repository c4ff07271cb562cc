/* SPDX-License-Identifier: Apache-2.0 */
/*
 * site/site.h - the door to site/: pages for people, which need no script. The first page, the one
 * that verifies documents, the one to which one-time links lead, and how they look.
 */
#ifndef SITE_SITE_H
#define SITE_SITE_H

#include "api/api.h"

extern const struct yx_api_route yx_site_root[];
extern const struct yx_api_route yx_site_start[];
extern const struct yx_api_route yx_site_verify[];
extern const struct yx_api_route yx_site_style[];

#endif
