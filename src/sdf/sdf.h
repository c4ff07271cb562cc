/* SPDX-License-Identifier: Apache-2.0 */
/* sdf/sdf.h - the door to sdf/: keys in the cryptographic devices of servers, by GM/T 0018. */
#ifndef SDF_SDF_H
#define SDF_SDF_H

#include "tokenkind/tokenkind.h"

extern const struct yx_token_kind yx_token_sdf;

#endif
