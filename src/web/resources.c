/* SPDX-License-Identifier: Apache-2.0 */
/* web/resources.c - all that the service offers, one a line: so two branches may add to it. */
#include "web/resources.h"

/* clang-format off */
const struct yx_api_route *const yx_resources[] = {
    yx_api_service,
    yx_api_settings,
    yx_api_metrics,
    yx_api_uploads,
    yx_api_authorities,
    yx_api_audit,
    yx_api_verifications,
    yx_api_renderings,
    yx_api_parties,
    yx_api_posts,
    yx_api_roles,
    yx_api_grants,
    yx_api_policies,
    yx_api_session,
    yx_api_credentials,
    yx_api_accounts,
    yx_api_keys,
    yx_api_recoveries,
    yx_api_jobs,
    yx_api_webhooks,
    yx_api_messages,
    yx_site_root,
    yx_site_start,
    yx_site_verify,
    yx_site_style,
    NULL,
};
/* clang-format on */
