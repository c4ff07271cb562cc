/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yinxin/timestamp.h - time-stamps (RFC 3161, GB/T 20520): asking for them, and giving them out.
 */
#ifndef YINXIN_TIMESTAMP_H
#define YINXIN_TIMESTAMP_H

#include <yinxin/x509.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Somebody who makes time-stamp tokens (RFC 3161, GB/T 20520): a service behind a URL, or a key at
 * hand. `stamp` appends the DER of a token whose imprint is `digest`.
 */
struct yx_timestamper {
    yx_digest_algorithm algorithm; /* of the imprint */
    yx_status (*stamp)(void *self, yx_digest_algorithm algorithm, struct yx_bytes digest,
                       struct yx_buf *token, struct yx_error *err);
    void *self;
};

/* Asks for a token: appends a TimeStampReq (RFC 3161 2.4.1) with a random nonce, which wants the
 * authority's certificate in the token. */
YX_API yx_status yx_timestamp_request_make(yx_digest_algorithm algorithm, struct yx_bytes digest,
                                           struct yx_buf *out, struct yx_error *err);
/*
 * Takes the token out of the answer to `request` and appends it. YX_REFUSED when the authority gave
 * none, and why; when imprint, nonce or policy are not those of the request; when the token does
 * not carry its certificate, its signature does not verify, or the certificate is not for
 * time-stamping. Whether the authority is to be trusted is not asked here. YX_DAMAGED when the
 * answer is malformed.
 */
YX_API yx_status yx_timestamp_response_take(struct yx_bytes response, struct yx_bytes request,
                                            struct yx_buf *token, struct yx_error *err);

/* A time-stamping authority whose key is at hand. */
struct yx_tsa {
    const struct yx_cert *cert;         /* extended key usage: timeStamping, critical and alone */
    const struct yx_cert *const *chain; /* carried along when the certificate is asked for */
    size_t chain_count;
    struct yx_signer signer;
    struct yx_bytes policy; /* content octets of an OID; empty: the one in docs/formats.md */
    struct yx_bytes serial; /* of the next token: content octets of an INTEGER; empty: random, 127
                               bits */
};

/*
 * Answers a request (RFC 3161 2.4.2): appends a TimeStampResp with a token that tells `time`, in
 * whole seconds with an accuracy of one second. YX_REFUSED: a response was appended too, but one
 * that refuses, with its failInfo; err says why. Nothing is appended on other failures, and when
 * the authority's own certificate is not for time-stamping or out of date (YX_REFUSED as well).
 */
YX_API yx_status yx_tsa_reply(const struct yx_tsa *tsa, struct yx_bytes request, yx_time time,
                              struct yx_buf *response, struct yx_error *err);

/* PKIFailureInfo (RFC 3161 2.4.2) of refusals that are not the request's fault: the number of the
 * bit. */
typedef enum { YX_TSA_TIME_NOT_AVAILABLE = 14, YX_TSA_SYSTEM_FAILURE = 25 } yx_tsa_failure;
/* Appends a response that refuses for this reason; `text` (UTF-8) goes along for people. */
YX_API yx_status yx_tsa_refuse(yx_tsa_failure failure, const char *text, struct yx_buf *response,
                               struct yx_error *err);
/* A time-stamper of this process: SM3 for SM2 keys, SHA-256 for all others; the time is that of the
 * clock. The authority must outlive it. */
YX_API struct yx_timestamper yx_timestamper_borrow_tsa(const struct yx_tsa *tsa);

#ifdef __cplusplus
}
#endif

#endif
