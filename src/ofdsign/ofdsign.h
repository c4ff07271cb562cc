/* SPDX-License-Identifier: Apache-2.0 */
/* ofdsign/ofdsign.h - the door to ofdsign/: OFD documents sealed and signed, by what yinxin/ofd.h
 * offers. The room's own files share sealing.h. */
#ifndef OFDSIGN_OFDSIGN_H
#define OFDSIGN_OFDSIGN_H

#include <yinxin/ofd.h>

#endif
