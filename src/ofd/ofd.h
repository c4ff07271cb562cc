/* SPDX-License-Identifier: Apache-2.0 */
/* ofd/ofd.h - the door to ofd/: OFD packages read, sealed, verified. The room's own files share
 * model.h. */
#ifndef OFD_OFD_H
#define OFD_OFD_H

#include <yinxin/ofd.h>

#include "seal/seal.h"

YX_DEFINE_CLEAN(yx_ofd, struct yx_ofd *, yx_ofd_free);

#endif
