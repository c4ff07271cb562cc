/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token/token.h - the door to token/: where private keys live. A kind of token is one row of the
 * table in kinds.c; key.c and manage.c are the same for all kinds: they parse the place, look up
 * the row and call it.
 */
#ifndef TOKEN_TOKEN_H
#define TOKEN_TOKEN_H

#include <yinxin/token.h>

#include "tokenkind/tokenkind.h"

YX_DEFINE_CLEAN(yx_token_key, struct yx_token_key *, yx_token_key_free);

/* Takes a place of any kind apart. YX_USAGE names the part that is wrong. */
yx_status yx_token_place_read(const char *text, struct yx_token_place *out, struct yx_error *err);

/* yx_private_key_sign_digest of a key in a file. YX_REFUSED: this one is on a token. */
yx_status yx_token_key_sign_digest(const struct yx_token_key *key, yx_signature_algorithm algorithm,
                                   struct yx_bytes digest, struct yx_buf *signature,
                                   struct yx_error *err);

#endif
