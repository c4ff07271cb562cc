/* SPDX-License-Identifier: Apache-2.0 */
/* crypto/signer.c - the signer over a private key in memory. */
#include "crypto/crypto.h"

static yx_status sign_with_key(void *self, yx_signature_algorithm algorithm,
                               struct yx_bytes message, struct yx_buf *signature,
                               struct yx_error *err)
{
    return yx_private_key_sign(self, algorithm, message, signature, err);
}

struct yx_signer yx_signer_borrow_key(const struct yx_private_key *key)
{
    /* The signer never changes the key; `self` is only not const because others' are not. */
    union {
        const struct yx_private_key *key;
        void *self;
    } borrowed = {.key = key};
    return (struct yx_signer){
        .algorithm = yx_signature_default(yx_public_key_type(yx_private_key_public(key))),
        .sign = sign_with_key,
        .self = borrowed.self,
    };
}
