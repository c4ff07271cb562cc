/* SPDX-License-Identifier: Apache-2.0 */
/* responder.h - a root, a leaf, and those who answer for the root by OCSP, rightly or not. */
#ifndef SUPPORT_RESPONDER_H
#define SUPPORT_RESPONDER_H

#include "certify/certify.h"
#include "libcrypto_pki.h"

/* Somebody with a certificate and a key, as our own code takes them. */
struct actor {
    struct party party;
    struct yx_cert *cert;
    struct yx_private_key *key;
};

static inline void actor_make(const struct cert_spec *spec, yx_key_type type,
                              const struct actor *issuer, struct actor *out)
{
    out->party = pki_issue(spec, pki_key(type), issuer != NULL ? &issuer->party : NULL);
    out->cert = pki_cert(&out->party);
    out->key = pki_private_key(&out->party);
}

static inline void actor_free(struct actor *actor)
{
    pki_free(&actor->party);
    yx_cert_free(actor->cert);
    yx_private_key_free(actor->key);
    *actor = (struct actor){0};
}
YX_DEFINE_CLEAN_VALUE(actor, struct actor, actor_free);

/* A response about one certificate of `issuer`, signed by `issuer` or `delegate`; time 0 is an hour
 * before PKI_NOW, with an answer that lasts for a week. */
struct reply_spec {
    struct yx_ocsp_answer answer;
    yx_digest_algorithm digest;
    struct yx_bytes nonce;
    yx_time produced_at;
    const struct yx_cert *named; /* the issuer that it claims to answer for; NULL: the true one */
};

static inline void reply_make(const struct actor *issuer, const struct actor *delegate,
                              const struct yx_cert *about, const struct reply_spec *spec,
                              struct yx_buf *out)
{
    YX_CLEAN(yx_ocsp_responder) struct yx_ocsp_responder *responder = NULL;
    YX_CLEAN(yx_buf) struct yx_buf id = {0};
    YX_CLEAN(yx_buf) struct yx_buf single = {0};
    struct yx_error err;
    struct yx_signer signer = yx_signer_borrow_key(delegate != NULL ? delegate->key : issuer->key);
    struct yx_ocsp_pair pair = {about, spec->named != NULL ? spec->named : issuer->cert};
    struct yx_ocsp_answer answer = spec->answer;
    yx_time produced = spec->produced_at != 0 ? spec->produced_at : PKI_NOW - 3600 * YX_SECOND;
    if (answer.this_update == 0)
        answer.this_update = PKI_NOW - 3600 * YX_SECOND;
    if (answer.next_update == 0)
        answer.next_update = answer.this_update + 7 * YX_DAY;
    expect_ok(yx_ocsp_responder_new(issuer->cert, delegate != NULL ? delegate->cert : NULL, &signer,
                                    &responder, &err),
              &err);
    expect_ok(yx_ocsp_id_make(&pair, spec->digest, &id, &err), &err);
    expect_ok(yx_ocsp_single_make(yx_buf_bytes(&id), &answer, &single, &err), &err);
    out->len = 0;
    expect_ok(
        yx_ocsp_response_make(responder, yx_buf_bytes(&single), produced, spec->nonce, out, &err),
        &err);
}

#endif
