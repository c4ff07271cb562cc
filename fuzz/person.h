/* SPDX-License-Identifier: Apache-2.0 */
/* person.h - somebody with an SM2 key and a certificate of its own, for targets that need one. */
#ifndef FUZZ_PERSON_H
#define FUZZ_PERSON_H

#include "certify/certify.h"

static inline yx_status person_make(struct yx_private_key **key, struct yx_cert **cert)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};

    YX_TRY(yx_private_key_generate(YX_KEY_SM2, 0, key, NULL));
    YX_TRY(yx_name_to_der("CN=fuzz", &name, NULL));
    struct yx_cert_template wanted = {
        .subject = yx_buf_bytes(&name),
        .spki = yx_public_key_spki(yx_private_key_public(*key)),
        .serial = YX_BYTES("\x01", 1),
        .not_before = yx_now(),
        .not_after = yx_now() + YX_DAY,
        .key_usage = YX_KU_KEY_CERT_SIGN,
        .ca = true,
        .path_length = -1,
    };
    struct yx_signer signer = yx_signer_borrow_key(*key);

    YX_TRY(yx_cert_make(&wanted, NULL, &signer, &der, NULL));
    return yx_cert_from_der(yx_buf_bytes(&der), cert, NULL);
}

#endif
