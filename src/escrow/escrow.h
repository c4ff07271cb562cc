/* SPDX-License-Identifier: Apache-2.0 */
/*
 * escrow/escrow.h - the door to escrow/: encryption keys made for holders, and kept so that two of
 * the administrators together can recover one, and nobody alone: neither an administrator, nor the
 * certification authority, nor whoever has the database.
 *
 * Of a holder's two certificates the signing key never leaves the holder; the encryption key is
 * made here, so that what is encrypted to it is not lost with a USB key. The store is a database of
 * its own, apart from every authority's: a folder with escrow.db in it, or a PostgreSQL URI. It
 * holds no secret that opens anything:
 *
 *   private key    under SM4 with a random content key of its own
 *   content key    split by Shamir over GF(256): a line through it at 0; the administrator of
 * number n has the point at n. Any two points give the line, one alone says nothing share enveloped
 * to the certificate of its administrator; its SM3 stands beside it
 *
 * Recovery takes four steps at as many places. The operator writes a request, which names whose key
 * goes to whom and why, and brings with it a one-time key whose private half stays here under a
 * passphrase of the operator. Two administrators each read it, open their shares with their own
 * keys, and write an answer for the one-time key. The operator puts the answers together: the key
 * is checked against its certificate and leaves enveloped to the recipient. Every step but the
 * administrators', who are elsewhere, writes an audit leaf here, refused answers too.
 *
 * An escrow may be used by any number of threads.
 */
#ifndef ESCROW_ESCROW_H
#define ESCROW_ESCROW_H

#include "ca/ca.h"

/* Two of them recover a key. */
#define YX_ESCROW_ADMINS_MAX 16
/* At most this many bytes are read as a request or an answer. */
#define YX_ESCROW_FILE_MAX (256u * 1024)
/* A request is good for so long. */
#define YX_ESCROW_REQUEST_LIFE (7 * YX_DAY)

struct yx_escrow;

/* --- The store (escrow.c) ---------------------------------------------------------------- */

/*
 * Makes a store in the new folder `place`, or in the PostgreSQL database `place`, with its
 * administrators, who stay for its life. YX_USAGE: fewer than two or too many; YX_REFUSED: two of
 * one key, one that has expired, or whose key nothing can be encrypted to, or there is a store
 * already.
 */
yx_status yx_escrow_init(const char *place, const struct yx_cert *const *admins, size_t count,
                         yx_ca_actor actor, struct yx_error *err);
yx_status yx_escrow_open(const char *place, struct yx_escrow **out, struct yx_error *err);
void yx_escrow_free(struct yx_escrow *escrow);
YX_DEFINE_CLEAN(yx_escrow, struct yx_escrow *, yx_escrow_free);
/* For its audit list. */
struct yx_store *yx_escrow_store(const struct yx_escrow *escrow);

/* A key that is kept; strings live until `each` returns. */
struct yx_escrow_record {
    const char *serial; /* of its certificate; "" while it has none */
    const char *holder; /* the subject */
    yx_time kept_at;
    int64_t recoveries; /* how often it was handed out again */
};
/* Calls `each` for every key, oldest first, until it says false. */
yx_status yx_escrow_list(struct yx_escrow *escrow,
                         bool (*each)(void *self, const struct yx_escrow_record *record),
                         void *self, struct yx_error *err);

/* --- Issuing twins (twin.c) --------------------------------------------------------------- */

/* What the holder gets. */
struct yx_escrow_twin {
    struct yx_buf signing;      /* DER of the certificate for the holder's own key */
    struct yx_buf encryption;   /* of the one for the key that was made */
    struct yx_buf envelope;     /* that key for the signing key: GB/T 35275 or CMS enveloped data */
    struct yx_buf sm2_envelope; /* the same as SM2EnvelopedKey (GB/T 35276), which USB keys import;
                                   empty when the keys are not SM2 */
};
void yx_escrow_twin_free(struct yx_escrow_twin *twin);
YX_DEFINE_CLEAN_VALUE(yx_escrow_twin, struct yx_escrow_twin, yx_escrow_twin_free);
/*
 * Issues both certificates: the one that `request` asks for, and its twin by the profile's `twin`
 * for a key of the same type that is made, kept, and handed over in envelopes; the key is in the
 * clear nowhere but inside this call. The key is kept before anything is issued; when the second
 * certificate cannot be issued, or an audit leaf not be written, what was issued is revoked again.
 * YX_REFUSED: the profile has no twin, or nothing can be encrypted to the signing key.
 *
 * With a request_id, the same request of the same actor gives the same pair again, in the same
 * envelopes. One that failed on its way, or whose process ended, is finished by asking again: its
 * signing certificate stays, its encryption certificate is revoked, and another key is made.
 *
 * With `replaces`, the twin of the one that is replaced is replaced, too, where it is in force; the
 * key is always another one, and the old one stays recoverable.
 */
yx_status yx_escrow_issue_twin(struct yx_escrow *escrow, struct yx_ca *ca,
                               const struct yx_ca_issue_request *request,
                               struct yx_escrow_twin *out, struct yx_error *err);
/* yx_ca_renew for both certificates; `request` names the one for signing. */
yx_status yx_escrow_renew_twin(struct yx_escrow *escrow, struct yx_ca *ca,
                               const struct yx_ca_renew_request *request,
                               struct yx_escrow_twin *out, struct yx_error *err);

/* --- Recovery (ask.c, answer.c, recover.c)
 * -------------------------------------------------------- */

struct yx_escrow_ask {
    const char *serial;              /* hex, of the certificate whose key is wanted */
    const struct yx_cert *recipient; /* to whom it goes, enveloped */
    const char *reason;              /* for the administrators and the audit list; not empty */
    struct yx_bytes passphrase;      /* guards the one-time key until yx_escrow_recover */
    yx_time now;                     /* 0: the clock */
    yx_ca_actor actor;
};
/* Appends a request for the administrators. YX_REFUSED: no such key is kept, or nothing can be
 * encrypted to the recipient. */
yx_status yx_escrow_ask(struct yx_escrow *escrow, const struct yx_escrow_ask *ask,
                        struct yx_buf *request, struct yx_error *err);

/* What a request says, for its readers; everything points into the request. */
struct yx_escrow_request {
    struct yx_bytes holder, serial, reason; /* text */
    struct yx_bytes recipient;              /* DER of a certificate */
    yx_time asked_at, expires_at;
    struct yx_bytes id, key_id, one_time_key, shares; /* for this room */
    struct yx_bytes whole;
};
/* YX_DAMAGED when it is none. */
yx_status yx_escrow_request_parse(struct yx_bytes request, struct yx_escrow_request *out,
                                  struct yx_error *err);
/*
 * An administrator's answer: opens the share that is for `admin`, and closes it again for whoever
 * asked. Needs no store. YX_REFUSED: no share is for this certificate, the key does not open it, or
 * the request is not good any more at `now` (0: the clock).
 */
yx_status yx_escrow_answer(const struct yx_escrow_request *request, const struct yx_cert *admin,
                           const struct yx_private_key *key, yx_time now, struct yx_buf *answer,
                           struct yx_error *err);

/* The key that came out, for the recipient. */
struct yx_escrow_delivery {
    struct yx_buf envelope; /* as in struct yx_escrow_twin */
    struct yx_buf sm2_envelope;
};
void yx_escrow_delivery_free(struct yx_escrow_delivery *delivery);
YX_DEFINE_CLEAN_VALUE(yx_escrow_delivery, struct yx_escrow_delivery, yx_escrow_delivery_free);
/*
 * Puts two answers together. YX_REFUSED, and a leaf that says so: an answer to another request or
 * of nobody, a share that is not the one that was given out, two answers of one administrator, a
 * request that is done or not good any more, a wrong passphrase. A request is done once the key
 * came out; its one-time key is gone then.
 */
yx_status yx_escrow_recover(struct yx_escrow *escrow, const struct yx_bytes answers[2],
                            struct yx_bytes passphrase, yx_time now, yx_ca_actor actor,
                            struct yx_escrow_delivery *out, struct yx_error *err);

/* --- At the holder's (seal.c) ---------------------------------------------------------------  */

/* Opens either form of envelope with the key that it is for; `holder` is its certificate. */
yx_status yx_escrow_open_key(struct yx_bytes envelope, const struct yx_cert *holder,
                             const struct yx_private_key *key, struct yx_private_key **out,
                             struct yx_error *err);

#endif
