/* SPDX-License-Identifier: Apache-2.0 */
/* escrow/room.h - what the files of escrow/ share. Only escrow/ includes it. */
#ifndef ESCROW_ROOM_H
#define ESCROW_ROOM_H

#include "cms/cms.h"
#include "escrow/escrow.h"

#define YX_ESCROW_RULE "key escrow, two administrators"
#define YX_ESCROW_SECRET YX_SM4_BLOCK /* octets of a content key, and of a point on its line */
#define YX_ESCROW_ID 16               /* octets that name a recovery */
#define YX_ESCROW_KEY_ID 32           /* SM3 of the SubjectPublicKeyInfo */

struct yx_escrow_admin {
    int number; /* from 1; where its point lies */
    struct yx_cert *cert;
};

struct yx_escrow {
    struct yx_store *store;
    struct yx_escrow_admin admins[YX_ESCROW_ADMINS_MAX];
    size_t admin_count;
};

/* --- Shares (share.c) ---------------------------------------------------------------------- */

/* Splits a secret into the points at 1 to `count` of a random line through it. */
yx_status yx_escrow_split(const uint8_t secret[YX_ESCROW_SECRET], size_t count,
                          uint8_t points[][YX_ESCROW_SECRET], struct yx_error *err);
/* The secret from the points at two different numbers. */
void yx_escrow_join(int a, const uint8_t point_a[YX_ESCROW_SECRET], int b,
                    const uint8_t point_b[YX_ESCROW_SECRET], uint8_t secret[YX_ESCROW_SECRET]);

/* What is enveloped to an administrator: the key that it is of, the number, the point. */
#define YX_ESCROW_SHARE (YX_ESCROW_KEY_ID + 1 + YX_ESCROW_SECRET)
void yx_escrow_share_write(const uint8_t key_id[YX_ESCROW_KEY_ID], int number,
                           const uint8_t point[YX_ESCROW_SECRET], uint8_t out[YX_ESCROW_SHARE]);

/* --- Sealed keys (seal.c) ------------------------------------------------------------------- */

yx_status yx_escrow_key_id(const struct yx_public_key *key, uint8_t out[YX_ESCROW_KEY_ID],
                           struct yx_error *err);
/* IV and SM4-CBC of the PrivateKeyInfo. */
yx_status yx_escrow_seal(const struct yx_private_key *key, const uint8_t secret[YX_ESCROW_SECRET],
                         struct yx_buf *out, struct yx_error *err);
/* YX_REFUSED unless what comes out is the private key of `spki`. */
yx_status yx_escrow_unseal(struct yx_bytes sealed, const uint8_t secret[YX_ESCROW_SECRET],
                           struct yx_bytes spki, struct yx_private_key **out, struct yx_error *err);
/* Both forms of envelope; the second stays empty unless both keys are SM2. */
yx_status yx_escrow_deliver(const struct yx_cert *holder, const struct yx_private_key *key,
                            struct yx_buf *envelope, struct yx_buf *sm2_envelope,
                            struct yx_error *err);
/* YX_REFUSED when nothing can be encrypted to the key. */
yx_status yx_escrow_check_recipient(const struct yx_public_key *key, const char *name,
                                    struct yx_error *err);

/* --- Rows (escrow.c) ------------------------------------------------------------------------ */

/* Appends a leaf "escrow.ACTION" about a key or a recovery; `details` is JSON or NULL. */
yx_status yx_escrow_log(struct yx_tx *tx, yx_ca_actor actor, yx_time at, const char *action,
                        const char *kind, struct yx_bytes id, const char *details,
                        struct yx_error *err);
/* Appends "\"NAME\":\"TEXT\"" as JSON. */
yx_status yx_escrow_put_json(struct yx_buf *out, const char *name, struct yx_bytes text,
                             struct yx_error *err);

/* --- Pairs that come again (again.c) ---------------------------------------------------------- */

#define YX_ESCROW_REQUEST 32 /* octets: SM3 of the authority, the actor and the request_id */
yx_status yx_escrow_request_digest(const struct yx_ca *ca,
                                   const struct yx_ca_issue_request *request,
                                   uint8_t out[YX_ESCROW_REQUEST], struct yx_error *err);
/* What ca/ calls the request for the encryption certificate, with a NUL: another one for each key.
 */
yx_status yx_escrow_request_name(const struct yx_ca_issue_request *request,
                                 const uint8_t key_id[YX_ESCROW_KEY_ID], struct yx_buf *out,
                                 struct yx_error *err);
/* The same pair again, when the request was answered; else *found is false, and what was begun for
 * it is given up. */
yx_status yx_escrow_find_again(struct yx_escrow *escrow, struct yx_ca *ca,
                               const struct yx_ca_issue_request *request,
                               const uint8_t digest[YX_ESCROW_REQUEST], bool *found,
                               struct yx_escrow_twin *out, struct yx_error *err);
/* The encryption certificate beside one for signing. */
struct yx_escrow_old {
    struct yx_cert *cert; /* NULL: none was issued beside it here */
    char serial[YX_CA_SERIAL_TEXT];
    bool replaceable; /* by a request that revokes the old one, or does not */
};
yx_status yx_escrow_find_old(struct yx_escrow *escrow, struct yx_ca *ca,
                             const struct yx_ca_issue_request *request, struct yx_escrow_old *out,
                             struct yx_error *err);

/* --- Answers (answer.c) ---------------------------------------------------------------------- */

struct yx_escrow_answer {
    struct yx_bytes id;
    int64_t number; /* of the administrator */
    struct yx_bytes cipher;
};
yx_status yx_escrow_answer_parse(struct yx_bytes answer, struct yx_escrow_answer *out,
                                 struct yx_error *err);
/* What is closed in an answer: the share, and the SM3 of the request that was read. */
#define YX_ESCROW_SAID (YX_ESCROW_SHARE + 32)

#endif
