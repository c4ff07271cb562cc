/* SPDX-License-Identifier: Apache-2.0 */
/* apipeople/room.h - what the resources about people share: sessions, accounts, keys, recoveries.
 */
#ifndef APIPEOPLE_ROOM_H
#define APIPEOPLE_ROOM_H

#include "apipeople/apipeople.h"

#define YX_API_COOKIE_TERMS "; Path=/; Secure; HttpOnly; SameSite=Strict"

/* On behalf of who asks; the leaf is that of yx_api_change. */
struct yx_login_by yx_api_by(const struct yx_api_call *call);
/* "account:UUID" as the object of a leaf. */
void yx_api_about(struct yx_api_outcome *outcome, const char *account);

/* May the asker do this to the account: to its party, or, when it has none, to everything? */
yx_status yx_api_require_account(const struct yx_api_call *call, struct yx_tx *tx, const char *id,
                                 struct yx_login_account *out, struct yx_error *err);
/* The same for what opens the account: that of an administrator is opened by two people
 * (recoveries), or on the machine itself, so that nobody who manages accounts becomes another
 * administrator. */
yx_status yx_api_require_opening(const struct yx_api_call *call, struct yx_tx *tx, const char *id,
                                 struct yx_login_account *out, struct yx_error *err);

/* Names that a password of this party's people must not lean on. */
#define YX_API_NAMES 3
struct yx_api_names {
    char texts[YX_API_NAMES - 1][256];
    const char *list[YX_API_NAMES]; /* ended by NULL */
};
yx_status yx_api_names_of(const struct yx_api_call *call, const char *party,
                          struct yx_api_names *out, struct yx_error *err);

/* A certificate in a request: PEM, or base64 of DER; appends it. */
yx_status yx_api_certificate(const char *text, struct yx_buf *out, struct yx_error *err);
/* A list of "password", "code" ... */
json_t *yx_api_methods_json(unsigned bits);
json_t *yx_api_session_json(const struct yx_login_session *session, const char *own);
json_t *yx_api_binding_json(const struct yx_login_binding *binding);

/* How somebody shows who they are: by password, by a signed challenge, or by TLS. */
struct yx_api_proof {
    const char *name, *password, *code, *challenge, *signature, *certificate;
    bool tls;
};
extern const struct yx_json_member yx_api_proof_members[];
#define YX_API_PROOF_BODY ((size_t)256 * 1024)
/* Appends the octets of the signature and the certificate, and makes a proof of them. */
struct yx_api_signed {
    struct yx_buf signature, certificate;
    struct yx_login_proof proof;
};
void yx_api_signed_free(struct yx_api_signed *signed_);
YX_DEFINE_CLEAN_VALUE(yx_api_signed, struct yx_api_signed, yx_api_signed_free);
yx_status yx_api_signed_read(const struct yx_api_call *call, const struct yx_api_proof *proof,
                             struct yx_api_signed *out, struct yx_error *err);
/* Opens a session, or, for somebody who has one, shows it once more; the cookie goes into the reply
 * and call->who is who it is. */
yx_status yx_api_show(struct yx_api_call *call, const struct yx_api_proof *proof, bool again,
                      struct yx_error *err);

/* --- What was (party.c) ------------------------------------------------------------------------
 */

/* The history of the object that the path names first; `work` asks whether they may see it, and
 * calls yx_api_list_past with its `self`. */
struct yx_api_past {
    struct yx_api_call *call;
    struct yx_api_page *page;
};
yx_status yx_api_history(struct yx_api_call *call, yx_work work, struct yx_error *err);
yx_status yx_api_list_past(struct yx_api_past *past, struct yx_tx *tx, struct yx_error *err);

#endif
