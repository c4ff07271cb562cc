/* SPDX-License-Identifier: Apache-2.0 */
/* web/mounted.h - the authorities of a data folder, whose keys the keeper has. Only web/
 * includes it. */
#ifndef WEB_MOUNTED_H
#define WEB_MOUNTED_H

#include "keeper/keeper.h"
#include "web/web.h"

struct yx_mounted;
/* Opens those of FOLDER/ca. One that cannot be opened is told of, and passed over: the others
 * serve. The keeper must outlive it. */
yx_status yx_mounted_open(const char *folder, struct yx_keeper *keeper, struct yx_mounted **out,
                          struct yx_error *err);
size_t yx_mounted_count(const struct yx_mounted *mounted);
struct yx_ca *yx_mounted_authority(const struct yx_mounted *mounted, size_t index);
/* The database file of one, when it is one. */
const char *yx_mounted_database(const struct yx_mounted *mounted, size_t index);
/* At most YX_MOUNTED_ROUTES for each; returns how many. */
#define YX_MOUNTED_ROUTES (YX_AUTHORITY_ROUTES + YX_ENROLMENT_ROUTES)
size_t yx_mounted_routes(struct yx_mounted *mounted, struct yx_http_route *out);
/* Starts the threads. `log` signs the records of those with a database of their own, under their
 * name. */
yx_status yx_mounted_start(struct yx_mounted *mounted, const struct yx_audit_signer *log,
                           struct yx_error *err);
/* Stop the listeners before. */
void yx_mounted_free(struct yx_mounted *mounted);
YX_DEFINE_CLEAN(yx_mounted, struct yx_mounted *, yx_mounted_free);

#endif
