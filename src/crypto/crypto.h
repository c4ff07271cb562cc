/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/crypto.h - the door to crypto/: our one face over libcrypto. No other room but x509/
 * (certificates and path validation) includes OpenSSL headers.
 */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include <yinxin/crypto.h>

#include "asn1/asn1.h"
#include "base/base.h"

YX_DEFINE_CLEAN(yx_hasher, struct yx_hasher *, yx_hasher_free);
YX_DEFINE_CLEAN(yx_public_key, struct yx_public_key *, yx_public_key_free);
YX_DEFINE_CLEAN(yx_private_key, struct yx_private_key *, yx_private_key_free);

/* Object identifiers <-> our names; ..._NONE and YX_OID_UNKNOWN when there is no such pair. */
yx_oid yx_digest_oid(yx_digest_algorithm algorithm);
yx_digest_algorithm yx_digest_from_oid(yx_oid oid);
yx_oid yx_signature_oid(yx_signature_algorithm algorithm);
yx_signature_algorithm yx_signature_from_oid(yx_oid oid);
/* The same with the parameters of the AlgorithmIdentifier (a whole element, empty when absent or
 * NULL), without which RSA-PSS is nothing. */
yx_signature_algorithm yx_signature_from_identifier(yx_oid oid, struct yx_bytes parameters);
/* The signature algorithm that a key of `type` makes with `digest`, as CMS splits the two. */
yx_signature_algorithm yx_signature_from_parts(yx_key_type type, yx_digest_algorithm digest);
/* Appends a signature in its standard form: the r || s of some devices becomes SEQUENCE { r, s }.
 */
yx_status yx_signature_to_der(yx_signature_algorithm algorithm, struct yx_bytes signature,
                              struct yx_buf *out, struct yx_error *err);
/* Writes the AlgorithmIdentifier (RSA with NULL parameters or those of PSS, the others
 * without: RFC 4055, 5758). */
void yx_der_put_signature_algorithm(struct yx_der_writer *writer, yx_signature_algorithm algorithm);
/* ZA of GB/T 32918.2 5.5 with the ID of GM/T 0009, for digests that carry it. SM2 keys only. */
yx_status yx_sm2_za(const struct yx_public_key *key, uint8_t out[32], struct yx_error *err);
/* May new signatures be trusted to it: everything but MD5 and SHA-1? */
bool yx_digest_allowed(yx_digest_algorithm algorithm);
bool yx_signature_allowed(yx_signature_algorithm algorithm);

/* --- Passes over a whole file (pass.c) --------------------------------------------------- */

/* SM3 over the whole source. `progress` may be NULL. */
yx_status yx_source_digest(const struct yx_source *source, const struct yx_progress *progress,
                           uint8_t out[32], struct yx_error *err);

/* Shows `count` passes over `size` bytes each to `outer` as one work. */
struct yx_passes {
    const struct yx_progress *outer;
    uint64_t size;
    unsigned count, current; /* from 0 */
};
/* The progress of the current pass; `passes` must outlive it. */
struct yx_progress yx_pass(struct yx_passes *passes);
/* Tells that all is done. */
void yx_passes_end(const struct yx_passes *passes);

#endif
