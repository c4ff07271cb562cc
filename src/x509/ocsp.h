/* SPDX-License-Identifier: Apache-2.0 */
/* x509/ocsp.h - what ocsp_id.c, ocsp_request.c, ocsp_read.c, ocsp_check.c and revocation.c share:
 * the structures of RFC 6960 as they were received. Nobody outside x509/ includes it. */
#ifndef X509_OCSP_H
#define X509_OCSP_H

#include "x509/cert_internal.h"

/* Clocks differ: a response may be this much younger than now. */
#define YX_OCSP_SKEW (60 * YX_SECOND)
/* At most this many certificates of a response are looked at. */
#define YX_OCSP_CERTS_MAX 8
#define YX_OCSP_NONCE_MAX 32 /* RFC 8954 2.1 */

/* --- Who is asked about (ocsp_id.c) ------------------------------------------------------ */

/* Reads a CertID. YX_DAMAGED when it is malformed; a digest that is not known is no error. */
yx_status yx_ocsp_id_read(struct yx_der *der, struct yx_ocsp_id *out, struct yx_error *err);

/* What the extensions of a request or a response say. */
struct yx_ocsp_extensions {
    struct yx_bytes nonce; /* empty: none */
    bool has_nonce;
    bool unknown_critical;
};
/* Reads SEQUENCE OF Extension out of the [tag] EXPLICIT that may come next. */
yx_status yx_ocsp_extensions_read(struct yx_der *der, uint8_t tag, struct yx_ocsp_extensions *out,
                                  struct yx_error *err);

/* --- Responses as read (ocsp_read.c) ----------------------------------------------------- */

/* Everything that is bytes points into `der`. */
struct yx_ocsp {
    atomic_uint owners; /* trusts share it once it is read; nobody changes it */
    struct yx_buf der;  /* an OCSPResponse, or a bare BasicOCSPResponse */
    struct yx_bytes to_be_signed;
    struct yx_bytes signature;
    yx_signature_algorithm algorithm;
    struct yx_bytes responder_name; /* a Name; empty: by key */
    struct yx_bytes responder_key;  /* the digest of its key */
    yx_time produced_at;
    struct yx_bytes
        singles; /* SingleResponses, one behind the other; all of them are well-formed */
    struct yx_ocsp_extensions extensions;
    struct yx_bytes certificates; /* one behind the other */
};

/* One SingleResponse. */
struct yx_ocsp_single {
    struct yx_ocsp_id id;
    struct yx_ocsp_answer answer;
    bool unknown_critical;
};

/* YX_REFUSED for a response that is an error ("try later"), YX_DAMAGED for one that is malformed.
 */
yx_status yx_ocsp_read(struct yx_bytes der, struct yx_ocsp **out, struct yx_error *err);
void yx_ocsp_free(struct yx_ocsp *ocsp);
YX_DEFINE_CLEAN(yx_ocsp, struct yx_ocsp *, yx_ocsp_free);
yx_status yx_ocsp_next(struct yx_der *singles, struct yx_ocsp_single *out, struct yx_error *err);
/* What the response says about a certificate; of several answers the youngest. `*found` is false
 * when it says nothing. */
yx_status yx_ocsp_find(const struct yx_ocsp *ocsp, const struct yx_cert *cert,
                       const struct yx_cert *issuer, struct yx_ocsp_single *out, bool *found,
                       struct yx_error *err);

/* --- Who answered (ocsp_check.c) --------------------------------------------------------- */

/*
 * Who signed the response: `issuer` itself (*delegate is NULL), or a delegate that it issued
 * directly, whose certificate is carried in the response or among `known` (may be NULL).
 * YX_REFUSED when neither did. Whether a delegate is revoked is not asked here.
 */
yx_status yx_ocsp_signer(const struct yx_ocsp *ocsp, const struct yx_cert *issuer,
                         const STACK_OF(X509) * known, struct yx_cert **delegate,
                         struct yx_error *err);
/* Has the delegate the extension ocsp-nocheck, by which it is not asked for its own status? */
bool yx_ocsp_is_unchecked(const struct yx_cert *delegate);

#endif
