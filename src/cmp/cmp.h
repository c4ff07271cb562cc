/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmp/cmp.h - the door to cmp/: the Certificate Management Protocol (RFC 4210, RFC 9480, the
 * profile of RFC 9483; GB/T 19714) as an answer to a message. It knows no sockets: a room that does
 * mounts it (RFC 9811: POST, application/pkixcmp).
 *
 *   ir, cr, p10cr, kur   a certificate, with proof of possession; RFC 4211 or PKCS#10
 *   certConf             confirms it; one that is not confirmed in time is revoked
 *   pollReq              is a request that a person must approve decided by now?
 *   rr                   revokes, suspends, or takes off hold
 *   genm                 the certificates of the authority, its CRL
 *
 * Every request is protected: by a shared secret (PasswordBasedMac of RFC 4211 4.4, or PBMAC1; its
 * reference is the senderKID), or by the signature of a certificate of this authority that is in
 * force. The answer is protected in the same way. A request is answered at once, unless a person
 * must approve it: then the client polls. Who may have what is said by enrol/.
 *
 * Transactions are kept in the database of the authority: a message that comes again, before or
 * after a restart, is refused and changes nothing.
 */
#ifndef CMP_CMP_H
#define CMP_CMP_H

#include "enrol/enrol.h"

#define YX_CMP_TYPE "application/pkixcmp"
/* Longer messages are refused. */
#define YX_CMP_MESSAGE_MAX (256u * 1024)

struct yx_cmp_settings {
    /* Who signs answers to signed requests: a certificate of the profile "cmp", and its key. NULL:
     * signed requests are refused. */
    const struct yx_cert *cert;
    struct yx_signer signer;
    int64_t confirm_seconds;  /* to certConf; 0: 600 */
    int64_t clock_difference; /* that a messageTime may have, in seconds; 0: 600 */
    bool always_confirm;      /* implicitConfirm is not granted */
};

struct yx_cmp;
/* Brings the table of transactions up to date. `enrol`, and what the settings point to, must
 * outlive it. Any number of threads may use it. */
yx_status yx_cmp_new(const struct yx_enrol *enrol, const struct yx_cmp_settings *settings,
                     struct yx_cmp **out, struct yx_error *err);
void yx_cmp_free(struct yx_cmp *cmp);
YX_DEFINE_CLEAN(yx_cmp, struct yx_cmp *, yx_cmp_free);

struct yx_cmp_request {
    struct yx_bytes message;
    const char *profile; /* that the URL names; "": none. The certProfile of the message stands
                            before it */
    const char *address; /* of the client; NULL: not known */
    yx_time now;         /* 0: the clock */
};
/*
 * Answers a message: appends a PKIMessage in any case but YX_NO_MEMORY. Another status than YX_OK
 * says, for the log, why the answer is a rejection; then nothing was issued or revoked.
 */
yx_status yx_cmp_answer(struct yx_cmp *cmp, const struct yx_cmp_request *request,
                        struct yx_buf *answer, struct yx_error *err);

/* Revokes (cessationOfOperation) the certificates whose holders did not confirm them in time, RFC
 * 4210 5.2.8; *count: how many. A server calls it every minute. */
yx_status yx_cmp_sweep(struct yx_cmp *cmp, yx_time now, size_t *count, struct yx_error *err);

#endif
