/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apipeople/apipeople.h - the door to apipeople/: the resources about people. Parties, posts, roles
 * and grants; accounts with what opens them: sessions, credentials, keys of systems, recoveries.
 */
#ifndef APIPEOPLE_APIPEOPLE_H
#define APIPEOPLE_APIPEOPLE_H

#include "api/api.h"

extern const struct yx_api_route yx_api_parties[];
extern const struct yx_api_route yx_api_posts[];
extern const struct yx_api_route yx_api_roles[];
extern const struct yx_api_route yx_api_grants[];
extern const struct yx_api_route yx_api_session[];
extern const struct yx_api_route yx_api_credentials[];
extern const struct yx_api_route yx_api_accounts[];
extern const struct yx_api_route yx_api_keys[];
extern const struct yx_api_route yx_api_recoveries[];

/* Sets the password that a one-time link is good for. */
yx_status yx_api_redeem(const struct yx_api_call *call, const char *token, const char *password,
                        struct yx_error *err);

#endif
