/* SPDX-License-Identifier: Apache-2.0 */
/* pdfsign/pdfsign.h - the door to pdfsign/: PDF documents signed, sealed, extended, by what
 * yinxin/pdf.h offers. The room's own files share sealing.h. */
#ifndef PDFSIGN_PDFSIGN_H
#define PDFSIGN_PDFSIGN_H

#include <yinxin/pdf.h>

#endif
