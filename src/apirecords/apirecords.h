/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apirecords/apirecords.h - the door to apirecords/: the resources about the service itself and
 * what it keeps. What runs here and how it is set, its numbers, its authorities, the audit list,
 * the rules, jobs, webhooks, messages.
 */
#ifndef APIRECORDS_APIRECORDS_H
#define APIRECORDS_APIRECORDS_H

#include "api/api.h"

extern const struct yx_api_route yx_api_service[];
extern const struct yx_api_route yx_api_settings[];
extern const struct yx_api_route yx_api_metrics[];
extern const struct yx_api_route yx_api_authorities[];
extern const struct yx_api_route yx_api_audit[];
extern const struct yx_api_route yx_api_policies[];
extern const struct yx_api_route yx_api_jobs[];
extern const struct yx_api_route yx_api_webhooks[];
extern const struct yx_api_route yx_api_messages[];

#endif
