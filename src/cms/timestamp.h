/* SPDX-License-Identifier: Apache-2.0 */
/* cms/timestamp.h - what timestamp.c, timestamp_ask.c and timestamp_make.c share: the structures
 * of RFC 3161 as views. Nobody outside cms/ includes it. */
#ifndef CMS_TIMESTAMP_H
#define CMS_TIMESTAMP_H

#include "cms/cms.h"

#define YX_TIMESTAMP_FORMAT "RFC 3161 2.4.2"

/* MessageImprint ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier, hashedMessage OCTET STRING } */
struct yx_imprint {
    yx_digest_algorithm algorithm; /* YX_DIGEST_NONE: not known */
    struct yx_bytes digest;
};
yx_status yx_timestamp_read_imprint(struct yx_der *der, struct yx_imprint *out,
                                    struct yx_error *err);
void yx_timestamp_put_imprint(struct yx_der_writer *w, const struct yx_imprint *imprint);

/*
 * TimeStampReq ::= SEQUENCE {
 *     version INTEGER (1), messageImprint MessageImprint, reqPolicy OBJECT IDENTIFIER OPTIONAL,
 *     nonce INTEGER OPTIONAL, certReq BOOLEAN DEFAULT FALSE,
 *     extensions [0] IMPLICIT Extensions OPTIONAL }
 */
struct yx_timestamp_request {
    int64_t version;
    struct yx_imprint imprint;
    struct yx_bytes policy; /* content octets; empty: any */
    struct yx_bytes nonce;  /* content octets; empty: none */
    bool wants_certificate;
    bool has_extensions;
};
/* YX_DAMAGED when it is malformed. Whether it can be granted is the authority's business. */
yx_status yx_timestamp_request_parse(struct yx_bytes der, struct yx_timestamp_request *out,
                                     struct yx_error *err);

/* A token with its TSTInfo. */
struct yx_token {
    struct yx_cms cms;
    struct yx_bytes policy; /* content octets */
    struct yx_imprint imprint;
    struct yx_bytes serial;
    yx_time time;
    struct yx_bytes nonce; /* content octets; empty when absent */
};
/* Makes of a TimeStampResp the token in it, and leaves a bare token as it is. YX_REFUSED with the
 * authority's words when there is none. */
yx_status yx_timestamp_unwrap(struct yx_bytes *token, struct yx_error *err);
/* Parses a token, bare or in its TimeStampResp; YX_REFUSED when the response brings none. */
yx_status yx_timestamp_parse(struct yx_bytes der, struct yx_token *out, struct yx_error *err);
/* Digest, value, algorithm, and the certificate that the signature names. */
yx_status yx_timestamp_check_signature(const struct yx_token *token, const struct yx_cert *signer,
                                       struct yx_error *err);

#endif
