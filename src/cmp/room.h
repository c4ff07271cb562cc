/* SPDX-License-Identifier: Apache-2.0 */
/* cmp/room.h - what the files of cmp/ share. Only cmp/ includes it. */
#ifndef CMP_ROOM_H
#define CMP_ROOM_H

#include "cmp/cmp.h"

#define YX_CMP_NONCE 16
#define YX_CMP_ID_MAX 64 /* of transactionID and nonces */
#define YX_CMP_ACTOR 256

struct yx_cmp {
    const struct yx_enrol *enrol;
    struct yx_ca *ca;
    struct yx_cmp_settings settings;
};

/* PKIBody, by its tag (RFC 4210 5.1.2). */
enum yx_cmp_kind {
    YX_CMP_IR = 0,
    YX_CMP_IP = 1,
    YX_CMP_CR = 2,
    YX_CMP_CP = 3,
    YX_CMP_P10CR = 4,
    YX_CMP_KUR = 7,
    YX_CMP_KUP = 8,
    YX_CMP_RR = 11,
    YX_CMP_RP = 12,
    YX_CMP_PKICONF = 19,
    YX_CMP_GENM = 21,
    YX_CMP_GENP = 22,
    YX_CMP_ERROR = 23,
    YX_CMP_CERT_CONF = 24,
    YX_CMP_POLL_REQ = 25,
    YX_CMP_POLL_REP = 26
};

/* PKIFailureInfo, by its bit (RFC 4210 5.2.3). */
enum yx_cmp_failure {
    YX_CMP_BAD_ALG = 0,
    YX_CMP_BAD_MESSAGE_CHECK = 1,
    YX_CMP_BAD_REQUEST = 2,
    YX_CMP_BAD_TIME = 3,
    YX_CMP_BAD_CERT_ID = 4,
    YX_CMP_BAD_DATA_FORMAT = 5,
    YX_CMP_BAD_POP = 9,
    YX_CMP_CERT_REVOKED = 10,
    YX_CMP_CERT_CONFIRMED = 11,
    YX_CMP_WRONG_INTEGRITY = 12,
    YX_CMP_BAD_RECIPIENT_NONCE = 13,
    YX_CMP_BAD_SENDER_NONCE = 18,
    YX_CMP_BAD_CERT_TEMPLATE = 19,
    YX_CMP_SIGNER_NOT_TRUSTED = 20,
    YX_CMP_TRANSACTION_IN_USE = 21,
    YX_CMP_UNSUPPORTED_VERSION = 22,
    YX_CMP_NOT_AUTHORIZED = 23,
    YX_CMP_SYSTEM_UNAVAILABLE = 24,
    YX_CMP_SYSTEM_FAILURE = 25
};
enum yx_cmp_status {
    YX_CMP_ACCEPTED = 0,
    YX_CMP_GRANTED_WITH_MODS = 1,
    YX_CMP_REJECTION = 2,
    YX_CMP_WAITS = 3
};

/* --- A message as a view (message.c) --------------------------------------------------------- */

struct yx_cmp_message {
    struct yx_bytes header_der, body_der; /* whole elements, as they are protected */
    int64_t version;
    struct yx_bytes sender; /* a whole GeneralName */
    yx_time time;           /* YX_TIME_NONE: not told */
    bool is_protected;
    yx_oid algorithm; /* of the protection */
    struct yx_bytes parameters;
    struct yx_bytes key_id, transaction, sender_nonce, recipient_nonce;
    bool implicit_confirm;
    struct yx_bytes profile; /* certProfile; empty: none */
    unsigned kind;
    struct yx_bytes body; /* what stands in the tag of the body: one element */
    struct yx_bytes protection;
    struct yx_bytes extra_certs; /* content */
};
/* YX_DAMAGED when it is malformed; what of the header was read until then stands in `out`, for the
 * answer. */
yx_status yx_cmp_parse(struct yx_bytes der, struct yx_cmp_message *out, struct yx_error *err);

/* --- Protection (protect.c, mac.c) ------------------------------------------------------------ */

/* How a MAC is made out of a secret. */
struct yx_cmp_mac {
    yx_oid algorithm; /* PASSWORD_BASED_MAC or PBMAC1 */
    struct yx_bytes salt;
    yx_digest_algorithm owf; /* of PBKDF2: its prf */
    int64_t iterations;
    int64_t key_length; /* PBMAC1 */
    yx_oid mac;         /* HMAC_... */
};
/* Who sent a message, as its protection shows. */
struct yx_cmp_asker {
    bool by_mac;
    const struct yx_person *person; /* NULL: the holder for themselves */
    struct yx_holder holder;        /* of a signature */
    struct yx_cmp_mac mac;
    char actor[YX_CMP_ACTOR];
};
void yx_cmp_asker_free(struct yx_cmp_asker *asker);
YX_DEFINE_CLEAN_VALUE(yx_cmp_asker, struct yx_cmp_asker, yx_cmp_asker_free);

yx_status yx_cmp_mac_read(yx_oid algorithm, struct yx_bytes parameters, struct yx_cmp_mac *out,
                          struct yx_error *err);
void yx_cmp_mac_put(struct yx_der_writer *w, const struct yx_cmp_mac *mac);
/* *len octets of `out`. */
yx_status yx_cmp_mac_compute(const struct yx_cmp_mac *mac, struct yx_bytes secret,
                             struct yx_bytes message, uint8_t out[YX_DIGEST_MAX], size_t *len,
                             struct yx_error *err);

/* --- One message and its answer (answer.c) ---------------------------------------------------- */

struct yx_cmp_call {
    struct yx_cmp *cmp;
    struct yx_cmp_message message;
    struct yx_cmp_asker asker;
    char profile[65];
    yx_time now;
    uint8_t nonce[YX_CMP_NONCE]; /* of the answer */
    enum yx_cmp_failure failure; /* what a refusal is called, if there is one now */
    bool can_reject;    /* the request was understood: rejected in its own kind of answer */
    int64_t request_id; /* certReqId */
    bool granted_implicit_confirm;
    unsigned kind;             /* of the answer */
    struct yx_der_writer body; /* what stands in its tag */
};

/* Fills in the asker. YX_REFUSED, with the failure, unless the protection holds and says who it was
 * (protect.c). */
yx_status yx_cmp_who(struct yx_cmp_call *call, const char *address, struct yx_error *err);

yx_status yx_cmp_issue(struct yx_cmp_call *call, struct yx_error *err);   /* issue.c */
yx_status yx_cmp_confirm(struct yx_cmp_call *call, struct yx_error *err); /* confirm.c */
yx_status yx_cmp_revoke(struct yx_cmp_call *call, struct yx_error *err);  /* revoke.c */
yx_status yx_cmp_inform(struct yx_cmp_call *call, struct yx_error *err);  /* inform.c */
yx_status yx_cmp_poll(struct yx_cmp_call *call, struct yx_error *err);    /* poll.c */

/* Gives out what became of a request of the kind `asked`: a certificate, or the refusal of `status`
 * and `err` (issue.c). */
yx_status yx_cmp_give(struct yx_cmp_call *call, unsigned asked, yx_status status,
                      struct yx_bytes certificate, const struct yx_enrol_result *result,
                      struct yx_error *err);

/* --- Requests (crmf.c) ------------------------------------------------------------------------ */

/* CertTemplate, as far as it counts here. */
struct yx_cmp_template {
    struct yx_bytes serial;          /* content octets; empty: absent */
    struct yx_bytes issuer, subject; /* Names; empty: absent */
    struct yx_bytes key;             /* content of SubjectPublicKeyInfo */
    struct yx_bytes extensions;      /* content */
    bool has_validity;
};
yx_status yx_cmp_template_read(struct yx_der *der, struct yx_cmp_template *out,
                               struct yx_error *err);
/* The one CertReqMsg of CertReqMessages, its proof of possession checked. *old: the serial of
 * oldCertID; empty: none. *failure is set before every refusal. */
yx_status yx_cmp_read_crmf(struct yx_bytes body, struct yx_request *out, int64_t *request_id,
                           struct yx_bytes *old, enum yx_cmp_failure *failure,
                           struct yx_error *err);

/* --- Answers (write.c) ------------------------------------------------------------------------ */

/* PKIStatusInfo; `failure` and `text` are for rejections alone. */
void yx_cmp_put_status(struct yx_der_writer *w, enum yx_cmp_status status,
                       enum yx_cmp_failure failure, const char *text);
/* Appends the whole answer of a call, protected as its request was (`asker` known), signed, or not
 * at all when neither is possible. */
yx_status yx_cmp_write(struct yx_cmp_call *call, bool asker_known, struct yx_buf *out,
                       struct yx_error *err);

/* --- Transactions (store.c) ------------------------------------------------------------------- */

enum yx_cmp_state { YX_CMP_BEGUN, YX_CMP_WAITING, YX_CMP_DONE };
struct yx_cmp_row {
    bool found;
    int64_t id;
    enum yx_cmp_state state;
    bool same_actor;
    bool nonce_matches; /* recipNonce of the message is the nonce that we sent */
    char serial[64];
    int64_t request_id;
    yx_time confirm_until;
    int64_t pending; /* the request in enrol/ that waits for a person; 0: none */
    unsigned asked;  /* the kind of the message that it came by */
};
yx_status yx_cmp_prepare(struct yx_cmp *cmp, struct yx_error *err);
/* YX_REFUSED when the transactionID or the senderNonce was there before. */
yx_status yx_cmp_begin(struct yx_cmp_call *call, struct yx_error *err);
/* What became of it: the certificate that waits for its confirmation, or nothing more to come. */
yx_status yx_cmp_keep(struct yx_cmp_call *call, enum yx_cmp_state state, const char *serial,
                      struct yx_error *err);
yx_status yx_cmp_find(struct yx_cmp_call *call, struct yx_cmp_row *out, struct yx_error *err);
/* Its request waits for a person. */
yx_status yx_cmp_wait(struct yx_cmp_call *call, const struct yx_enrol_result *result,
                      struct yx_error *err);
/* The next answer of a transaction that waits: its nonce takes the place of the one that the
 * message repeats. YX_REFUSED when another message did that meanwhile. */
yx_status yx_cmp_turn(struct yx_cmp_call *call, int64_t id, struct yx_error *err);
/* Whoever calls the transaction what ca/ calls the certificate that it is about to get, so that the
 * sweep finds it should the process end behind that; from then on it is to be confirmed in time. */
struct yx_enrol_witness yx_cmp_witness(struct yx_cmp_call *call);
/* Moves a transaction from WAITING to DONE. YX_REFUSED when another message did that meanwhile. */
yx_status yx_cmp_end(struct yx_cmp *cmp, int64_t id, struct yx_error *err);
/* The transactionID in hex: what the request is called in ca/. */
void yx_cmp_request_name(struct yx_bytes transaction, char out[2 * YX_CMP_ID_MAX + 1]);

/* Revokes a certificate that its holder did not take. */
yx_status yx_cmp_withdraw(struct yx_cmp *cmp, const char *serial, const char *actor, yx_time now,
                          struct yx_error *err);

#endif
