/* SPDX-License-Identifier: Apache-2.0 */
/* ofd/ofd.h - the door to ofd/: OFD packages read, sealed, verified. The room's own files share
 * model.h. */
#ifndef OFD_OFD_H
#define OFD_OFD_H

#include <yinxin/ofd.h>

#include "seal/seal.h"

YX_DEFINE_CLEAN(yx_ofd, struct yx_ofd *, yx_ofd_free);

/* The keyword search of struct yx_pages (text.c). */
yx_status yx_ofd_find_text(struct yx_ofd *ofd, uint32_t document, uint32_t page,
                           const char *keyword,
                           bool (*found)(void *context, const struct yx_box *box), void *context,
                           struct yx_error *err);

#endif
