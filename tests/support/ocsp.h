/* SPDX-License-Identifier: Apache-2.0 */
/* ocsp.h - OCSP responses of people of pki.h, rightly signed or not. No cmocka here. */
#ifndef SUPPORT_OCSP_H
#define SUPPORT_OCSP_H

#include "pki.h"

/* Who answers, for whom. */
struct ocsp_by {
    const struct pki_person *issuer;   /* who signs ... */
    const struct pki_person *delegate; /* ... or has it done; NULL: nobody else */
    const struct pki_person *named;    /* the issuer that is answered for; NULL: the true one */
};

/* Appends a response about one certificate; an answer without times is a minute old and lasts for a
 * day. */
static inline yx_status ocsp_answer(const struct ocsp_by *by, const struct yx_cert *about,
                                    const struct yx_ocsp_answer *answer, struct yx_buf *out,
                                    struct yx_error *err)
{
    YX_CLEAN(yx_ocsp_responder) struct yx_ocsp_responder *responder = NULL;
    YX_CLEAN(yx_buf) struct yx_buf id = {0};
    YX_CLEAN(yx_buf) struct yx_buf single = {0};
    struct yx_signer signer = pki_signer(by->delegate != NULL ? by->delegate : by->issuer);
    struct yx_ocsp_pair pair = {about, by->named != NULL ? by->named->cert : by->issuer->cert};
    struct yx_ocsp_answer told = *answer;
    if (told.this_update == 0)
        told.this_update = yx_now() - 60 * YX_SECOND;
    if (told.next_update == 0)
        told.next_update = told.this_update + YX_DAY;
    YX_TRY(yx_ocsp_responder_new(by->issuer->cert, by->delegate != NULL ? by->delegate->cert : NULL,
                                 &signer, &responder, err));
    YX_TRY(yx_ocsp_id_make(&pair, YX_DIGEST_NONE, &id, err));
    YX_TRY(yx_ocsp_single_make(yx_buf_bytes(&id), &told, &single, err));
    return yx_ocsp_response_make(responder, yx_buf_bytes(&single), told.this_update,
                                 YX_BYTES(NULL, 0), out, err);
}

#endif
