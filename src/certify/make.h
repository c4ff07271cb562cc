/* SPDX-License-Identifier: Apache-2.0 */
/* certify/make.h - what make.c, make_extension.c, request.c, crl.c and ocsp.c share; no other room
 * includes it. */
#ifndef CERTIFY_MAKE_H
#define CERTIFY_MAKE_H

#include "certify/certify.h"

#define YX_KEY_IDENTIFIER 20
#define YX_SERIAL_MAX 20 /* octets; RFC 5280 4.1.2.2 */

/*
 * The shape that certificates, requests and CRLs have in common:
 *
 *   SEQUENCE { toBeSigned, AlgorithmIdentifier, BIT STRING }
 *
 * Lets `signer` sign, checks the value with `key`, and appends the whole. YX_REFUSED when `key` is
 * NULL (of no type that Yinxin knows), when the algorithm is not allowed or not one of the key's,
 * or when the value does not verify.
 */
yx_status yx_sign_object(struct yx_bytes to_be_signed, const struct yx_public_key *key,
                         const struct yx_signer *signer, struct yx_buf *out, struct yx_error *err);

/* The leftmost 160 bits of SHA-256 over the key bits (RFC 7093 2, method 1). */
yx_status yx_key_identifier(struct yx_bytes spki, uint8_t out[YX_KEY_IDENTIFIER],
                            struct yx_error *err);

/* The identifier by which `issuer` is named in authorityKeyIdentifier: its own, or the one of its
 * key when its certificate carries none. */
yx_status yx_issuer_key_identifier(const struct yx_cert *issuer, struct yx_buf *out,
                                   struct yx_error *err);

/* AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] IMPLICIT OCTET STRING } */
void yx_put_authority_key_identifier(struct yx_der_writer *writer, struct yx_bytes identifier);
/* Every extension of the template, as extensions [3] of a TBSCertificate. */
void yx_put_extensions(struct yx_der_writer *writer, const struct yx_cert_template *t,
                       struct yx_bytes authority_key, struct yx_bytes subject_key);
/* DistributionPointName with one URL, in its [0] EXPLICIT. */
void yx_put_point_name(struct yx_der_writer *writer, const char *url);
/* The extension freshestCRL with one URL. */
void yx_put_freshest_crl(struct yx_der_writer *writer, const char *url);

#endif
