/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish/publish.h - the door to publish/: what an authority tells the world about its
 * certificates: CRLs on schedule and after revocation, OCSP answers, entries in a directory.
 */
#ifndef PUBLISH_PUBLISH_H
#define PUBLISH_PUBLISH_H

#include "ca/ca.h"

/* --- CRLs (crl.c) ------------------------------------------------------------------------ */

/* Brings the table of CRLs up to date; call it once after yx_ca_open. */
yx_status yx_publish_prepare(struct yx_ca *ca, struct yx_error *err);

struct yx_crl_request {
    int partition;    /* 0 when the authority has one partition only */
    bool delta;       /* against the last full CRL of the partition */
    int64_t lifetime; /* seconds to nextUpdate; 0: that of the settings, for a delta twice its
                         period */
    yx_time now;      /* 0: the clock */
    yx_ca_actor actor;
};
/*
 * Makes a CRL, numbers it, records it with an audit leaf, and appends its DER. The number is taken
 * and the list drawn from one state of the database. The key must be unlocked. YX_REFUSED: a delta
 * without a full one before it.
 */
yx_status yx_publish_crl(struct yx_ca *ca, const struct yx_crl_request *request, struct yx_buf *der,
                         struct yx_error *err);
/* Appends the newest one that was recorded. YX_NO_INPUT when there is none yet. */
yx_status yx_publish_last_crl(struct yx_ca *ca, int partition, bool delta, struct yx_buf *der,
                              struct yx_error *err);
/*
 * Makes every CRL that is due: whose period is over, or (`after_revocation`) that does not show the
 * latest change. Several processes may call it: one makes each list. Tells when the next is due.
 */
yx_status yx_publish_due(struct yx_ca *ca, bool after_revocation, yx_time now, yx_time *next,
                         struct yx_error *err);

/* --- The newest CRLs in memory (crl_cache.c) --------------------------------------------- */

/* The newest lists of one authority, for many threads at once: one is read from the database when
 * there is a newer one. */
struct yx_crl_cache;
/* A list as it is handed out; release it with yx_crl_copy_release(copy.owner). */
struct yx_crl_copy {
    struct yx_bytes der;
    char etag[40]; /* of its bytes, with quotes */
    yx_time this_update, next_update;
    void *owner;
};
yx_status yx_crl_cache_new(struct yx_ca *ca, struct yx_crl_cache **out, struct yx_error *err);
/* YX_NO_INPUT when there is none yet. While the database cannot be read, the last one is given
 * until its nextUpdate. */
yx_status yx_crl_cache_get(struct yx_crl_cache *cache, int partition, bool delta,
                           struct yx_crl_copy *out, struct yx_error *err);
void yx_crl_copy_release(void *owner);
void yx_crl_cache_free(struct yx_crl_cache *cache);
YX_DEFINE_CLEAN(yx_crl_cache, struct yx_crl_cache *, yx_crl_cache_free);

/* --- OCSP (responder.c) ------------------------------------------------------------------ */

/* Answers for one authority, by many threads at once. Answers without a nonce are kept and given
 * again until half their life is over or a state changed. */
struct yx_responder;
/* `delegate` and `signer` NULL: the authority signs itself. Both must outlive it. */
yx_status yx_responder_new(struct yx_ca *ca, const struct yx_cert *delegate,
                           const struct yx_signer *signer, struct yx_responder **out,
                           struct yx_error *err);
/* Appends a response, an error response included; err tells what is behind one that is an error:
 * tryLater while the database cannot be read, internalError once the delegate's certificate ended.
 */
yx_status yx_responder_reply(struct yx_responder *responder, struct yx_bytes request, yx_time now,
                             struct yx_buf *response, struct yx_error *err);
/* May the answer to this request be given to others who send the same? */
bool yx_responder_may_keep(struct yx_bytes request);
void yx_responder_free(struct yx_responder *responder);
YX_DEFINE_CLEAN(yx_responder, struct yx_responder *, yx_responder_free);

/* --- A directory (ldap.c) ----------------------------------------------------------------- */

/* Writes the authority's certificate and newest CRLs to the directory of the settings, and every
 * certificate issued since the last call (RFC 4523). YX_REFUSED when the directory refuses. */
yx_status yx_publish_ldap(struct yx_ca *ca, struct yx_error *err);

#endif
