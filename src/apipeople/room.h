/* SPDX-License-Identifier: Apache-2.0 */
/* apipeople/room.h - what the resources about people share: sessions, accounts, keys, recoveries.
 */
#ifndef APIPEOPLE_ROOM_H
#define APIPEOPLE_ROOM_H

#include "apipeople/apipeople.h"

#define YX_API_COOKIE_TERMS "; Path=/; Secure; HttpOnly; SameSite=Strict"

/* On behalf of who asks; the leaf is that of yx_api_change. */
struct yx_login_by yx_api_by(const struct yx_api_call *call);

/* May the asker do this to the account: to its party, or, when it has none, to everything? */
yx_status yx_api_require_account(const struct yx_api_call *call, struct yx_tx *tx, const char *id,
                                 struct yx_login_account *out, struct yx_error *err);
/* The same for what opens the account: that of an administrator, whom others may have invited, is
 * opened by two people (recoveries), or on the machine itself, so that nobody who manages accounts
 * becomes another administrator; and wherever it has a role, the asker must manage accounts, too.
 */
yx_status yx_api_require_opening(const struct yx_api_call *call, struct yx_tx *tx, const char *id,
                                 struct yx_login_account *out, struct yx_error *err);
/* The same for another password: where the rules of its party want two people, one is not enough
 * (C-06). The first password of somebody who was invited is none of that. */
yx_status yx_api_require_reset(const struct yx_api_call *call, struct yx_tx *tx, const char *id,
                               struct yx_login_account *out, struct yx_error *err);

/* The same wherever the account has a role (grant.c). */
yx_status yx_api_require_grants(const struct yx_api_call *call, struct yx_tx *tx,
                                const char *account, struct yx_error *err);

/* Names that a password of this party's people must not lean on. */
#define YX_API_NAMES 3
struct yx_api_names {
    char texts[YX_API_NAMES - 1][256];
    const char *list[YX_API_NAMES]; /* ended by NULL */
};
yx_status yx_api_names_of(const struct yx_api_call *call, const char *party,
                          struct yx_api_names *out, struct yx_error *err);

/* A list of "password", "code" ... */
json_t *yx_api_methods_json(unsigned bits);
/* Adds the names of what the asker may do somewhere, as far as their key allows it. */
yx_status yx_api_list_permissions(const struct yx_api_call *call, json_t **out,
                                  struct yx_error *err);

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

/* --- What was (party.c) -------------------------------------------------------------------- */

/* Lists the past of the object that the path names first. */
yx_status yx_api_list_past(struct yx_api_page *page, struct yx_tx *tx, struct yx_error *err);

#endif
