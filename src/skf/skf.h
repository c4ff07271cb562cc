/* SPDX-License-Identifier: Apache-2.0 */
/* skf/skf.h - the door to skf/: keys on USB keys and smart cards by GM/T 0016. */
#ifndef SKF_SKF_H
#define SKF_SKF_H

#include "tokenkind/tokenkind.h"

extern const struct yx_token_kind yx_token_skf;

/* --- Forms (forms.c) ---------------------------------------------------------------------- */

/* The public key of a blob, in whichever of the known layouts it is a point of the curve. */
yx_status yx_skf_take_key(struct yx_bytes blob, struct yx_public_key **out, struct yx_error *err);
/* Appends the DER signature, in whichever of the known layouts it verifies. The layouts of SDF are
 * the same. */
yx_status yx_skf_take_signature(const struct yx_public_key *key, const uint8_t digest[32],
                                struct yx_bytes blob, struct yx_buf *out, struct yx_error *err);

#endif
