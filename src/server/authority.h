/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/authority.h - the part of the door server/server.h about authorities: what a certification
 * authority offers over HTTP, below /NAME:
 *
 *   GET  ca.cer, chain.pem          its certificate; with the chain behind it
 *   GET  crl/full.crl, crl/delta.crl, crl/N.crl, crl/N-delta.crl
 *   GET  certificates/SERIAL.cer    a certificate that it issued
 *   POST ocsp, GET ocsp/BASE64      RFC 6960 appendix A
 *
 * A thread makes CRLs when they are due, and soon after a revocation.
 */
#ifndef SERVER_AUTHORITY_H
#define SERVER_AUTHORITY_H

#include "publish/publish.h"
#include "server/server.h"

#define YX_AUTHORITY_ROUTES 6

struct yx_authority;
/* `ca` must be unlocked and outlive it. */
yx_status yx_authority_new(struct yx_ca *ca, struct yx_authority **out, struct yx_error *err);
/* Fills in the routes, which live as long as it does. */
void yx_authority_routes(struct yx_authority *authority,
                         struct yx_http_route out[YX_AUTHORITY_ROUTES]);
/* Starts the thread that publishes. */
yx_status yx_authority_start(struct yx_authority *authority, struct yx_error *err);
/* Stop the listener before. */
void yx_authority_free(struct yx_authority *authority);
YX_DEFINE_CLEAN(yx_authority, struct yx_authority *, yx_authority_free);

#endif
