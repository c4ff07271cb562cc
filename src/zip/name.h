/* SPDX-License-Identifier: Apache-2.0 */
/* zip/name.h - names as the zip files of this room check and show them. */
#ifndef ZIP_NAME_H
#define ZIP_NAME_H

#include "base/base.h"

/* YX_DAMAGED when the extra fields are malformed or give the entry a second name. */
yx_status yx_zip_check_extra(struct yx_bytes extra, struct yx_bytes name, struct yx_error *err);

#endif
