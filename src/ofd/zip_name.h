/* SPDX-License-Identifier: Apache-2.0 */
/* ofd/zip_name.h - names as the zip files of this room check and show them. */
#ifndef OFD_ZIP_NAME_H
#define OFD_ZIP_NAME_H

#include "base/base.h"

/* A name as an argument of an error: a string that lives until the end of the statement. */
struct zip_name_text {
    char text[256];
};
struct zip_name_text yx_zip_name_text(struct yx_bytes name);
#define ZIP_NAME(name) (yx_zip_name_text(name).text)

/* YX_DAMAGED when the extra fields are malformed or give the entry a second name. */
yx_status yx_zip_check_extra(struct yx_bytes extra, struct yx_bytes name, struct yx_error *err);

#endif
