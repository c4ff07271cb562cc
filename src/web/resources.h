/* SPDX-License-Identifier: Apache-2.0 */
/* web/resources.h - all that the service offers: the resources of the API and the pages. Only
 * web/ includes it. */
#ifndef WEB_RESOURCES_H
#define WEB_RESOURCES_H

#include "apidocuments/apidocuments.h"
#include "apipeople/apipeople.h"
#include "apirecords/apirecords.h"
#include "site/site.h"

/* Tables of routes; ends with NULL. */
extern const struct yx_api_route *const yx_resources[];

#endif
