/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web/authority.h - the part of the door web/web.h about authorities: what a certification
 * authority offers over HTTP, below /NAME:
 *
 *   GET  ca.cer, chain.pem          its certificate; with the chain behind it
 *   GET  crl/full.crl, crl/delta.crl, crl/N.crl, crl/N-delta.crl
 *   GET  certificates/SERIAL.cer    a certificate that it issued
 *   POST ocsp, GET ocsp/BASE64      RFC 6960 appendix A
 *   POST tsa                        RFC 3161 3.4, when it has a key for time-stamps
 *
 * A thread makes CRLs when they are due, and soon after a revocation; another one brings
 * certificates and CRLs to the directory that the settings name, and tries again while that fails.
 */
#ifndef WEB_AUTHORITY_H
#define WEB_AUTHORITY_H

#include "publish/publish.h"
#include "tsa/tsa.h"

struct yx_http_route;

#define YX_AUTHORITY_ROUTES 7

/* Others who sign for the authority; certificates and signers must outlive it. */
struct yx_authority_helpers {
    const struct yx_cert *ocsp_cert; /* NULL: it signs OCSP answers itself */
    struct yx_signer ocsp_signer;
    const struct yx_cert *tsa_cert; /* NULL: no time-stamps */
    const struct yx_cert *const *tsa_chain;
    size_t tsa_chain_count;
    struct yx_signer tsa_signer;
};

struct yx_authority;
/* `ca` must be unlocked and outlive it. */
yx_status yx_authority_new(struct yx_ca *ca, const struct yx_authority_helpers *helpers,
                           struct yx_authority **out, struct yx_error *err);
/* Fills in the routes, which live as long as it does; returns how many there are, at most
 * YX_AUTHORITY_ROUTES. */
size_t yx_authority_routes(struct yx_authority *authority, struct yx_http_route *out);
/* Starts the threads that publish. */
yx_status yx_authority_start(struct yx_authority *authority, struct yx_error *err);
/* Stop the listener before. */
void yx_authority_free(struct yx_authority *authority);
YX_DEFINE_CLEAN(yx_authority, struct yx_authority *, yx_authority_free);

#endif
