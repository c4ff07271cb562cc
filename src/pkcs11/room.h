/* SPDX-License-Identifier: Apache-2.0 */
/* pkcs11/room.h - what the files of the PKCS#11 kind share. No other file includes it. */
#ifndef PKCS11_ROOM_H
#define PKCS11_ROOM_H

#include <p11-kit/pkcs11.h>

#include "pkcs11/pkcs11.h"

#define YX_P11_FIELD 100 /* room for the longest fixed-width text of a token, trimmed */

/* A token that was found. */
struct yx_p11_token {
    CK_FUNCTION_LIST *f;
    CK_SLOT_ID slot;
    CK_FLAGS flags; /* CKF_ of CK_TOKEN_INFO */
    char label[YX_P11_FIELD];
    char manufacturer[YX_P11_FIELD];
    char model[YX_P11_FIELD];
    char serial[YX_P11_FIELD];
    unsigned pin_min, pin_max;
};

/* A session on a token; closed by yx_p11_session_close, which does nothing to a zeroed one. */
struct yx_p11_session {
    struct yx_p11_token token;
    CK_SESSION_HANDLE handle;
    bool open;
};
void yx_p11_session_close(struct yx_p11_session *session);
YX_DEFINE_CLEAN_VALUE(yx_p11_session, struct yx_p11_session, yx_p11_session_close);

/* --- module.c ----------------------------------------------------------------------- */

/* The error for a return value; `name` is the token's or the library's. */
yx_status yx_p11_fail(struct yx_error *err, CK_RV rv, const char *doing, const char *name);
/* Loads and initialises the library. */
yx_status yx_p11_module(const struct yx_token_setup *setup, const struct yx_token_place *place,
                        CK_FUNCTION_LIST **out, struct yx_error *err);
/* Calls `tell` for every token that fits the place. */
yx_status yx_p11_each_token(CK_FUNCTION_LIST *f, const struct yx_token_place *place,
                            yx_status (*tell)(void *self, const struct yx_p11_token *token,
                                              struct yx_error *err),
                            void *self, struct yx_error *err);
/* The one initialised token that fits; or, with `blank`, the one that is not initialised. */
yx_status yx_p11_one_token(const struct yx_token_setup *setup, const struct yx_token_place *place,
                           bool blank, struct yx_p11_token *out, struct yx_error *err);
yx_status yx_p11_session_open(const struct yx_p11_token *token, bool writes,
                              struct yx_p11_session *out, struct yx_error *err);
/* Logs in with the PIN; being logged in already is fine. On a token with a keypad of its own the
 * PIN is not looked at. */
yx_status yx_p11_login(const struct yx_p11_session *session, CK_USER_TYPE user, struct yx_bytes pin,
                       struct yx_error *err);
/* Asks for the user PIN (unless the token has a keypad or needs no login) and logs in. The PIN
 * stays in `pin`. */
yx_status yx_p11_login_user(const struct yx_token_setup *setup, const struct yx_token_place *place,
                            const struct yx_p11_session *session, struct yx_buf *pin,
                            struct yx_error *err);
bool yx_p11_has_keypad(const struct yx_p11_token *token);
/* One token, a session, the user logged in: what all but signing works with. */
yx_status yx_p11_user_session(const struct yx_token_setup *setup,
                              const struct yx_token_place *place, bool writes,
                              struct yx_p11_session *out, struct yx_error *err);

/* --- object.c ----------------------------------------------------------------------- */

#define YX_P11_OBJECTS_MAX 4096

struct yx_p11_objects {
    CK_OBJECT_HANDLE *handles;
    size_t count;
};
void yx_p11_objects_free(struct yx_p11_objects *objects);
YX_DEFINE_CLEAN_VALUE(yx_p11_objects, struct yx_p11_objects, yx_p11_objects_free);

/* The objects of a class that have this label and id; NULL: any. */
yx_status yx_p11_find(const struct yx_p11_session *session, CK_OBJECT_CLASS class,
                      const struct yx_bytes *label, const struct yx_bytes *id,
                      struct yx_p11_objects *out, struct yx_error *err);
/* The same with label and id of a place. */
yx_status yx_p11_find_place(const struct yx_p11_session *session, CK_OBJECT_CLASS class,
                            const struct yx_token_place *place, struct yx_p11_objects *out,
                            struct yx_error *err);
/* The one that fits; refuses none and two. `what` is "key" or "certificate". */
yx_status yx_p11_find_one(const struct yx_p11_session *session, CK_OBJECT_CLASS class,
                          const struct yx_token_place *place, const char *what,
                          CK_OBJECT_HANDLE *out, struct yx_error *err);
/* Appends the value of an attribute; nothing when the object does not have it. */
yx_status yx_p11_get(const struct yx_p11_session *session, CK_OBJECT_HANDLE object,
                     CK_ATTRIBUTE_TYPE type, struct yx_buf *out, struct yx_error *err);
/* A CK_ULONG or CK_BBOOL; `usual` when the object does not have it. */
yx_status yx_p11_get_number(const struct yx_p11_session *session, CK_OBJECT_HANDLE object,
                            CK_ATTRIBUTE_TYPE type, CK_ULONG usual, CK_ULONG *out,
                            struct yx_error *err);
/* The public half of a private or public key object, of what it tells itself or of the public key
 * or certificate with the same id. YX_REFUSED: of no type that we have, or nowhere to be had. */
yx_status yx_p11_public_key(const struct yx_p11_session *session, CK_OBJECT_HANDLE key,
                            struct yx_public_key **out, struct yx_error *err);
/* Reads CKA_VALUE of a certificate object. */
yx_status yx_p11_cert(const struct yx_p11_session *session, CK_OBJECT_HANDLE object,
                      struct yx_cert **out, struct yx_error *err);

/* --- The operations of the kind ------------------------------------------------------------ */

/* key.c */
yx_status yx_p11_open_key(const struct yx_token_setup *setup, const struct yx_token_place *place,
                          struct yx_token_opened *out, struct yx_error *err);
yx_status yx_p11_sign(void *inside, const struct yx_public_key *public_key,
                      yx_signature_algorithm algorithm, struct yx_bytes message,
                      struct yx_buf *signature, struct yx_error *err);
void yx_p11_close_key(void *inside);

/* manage.c */
yx_status yx_p11_init(const struct yx_token_setup *setup, const struct yx_token_place *place,
                      const char *label, bool erase, struct yx_error *err);
yx_status yx_p11_generate(const struct yx_token_setup *setup, const struct yx_token_place *place,
                          const struct yx_token_new_key *request, struct yx_public_key **out,
                          struct yx_buf *place_made, struct yx_error *err);
yx_status yx_p11_import_key(const struct yx_token_setup *setup, const struct yx_token_place *place,
                            const struct yx_token_new_key *request,
                            const struct yx_private_key *key, struct yx_buf *place_made,
                            struct yx_error *err);
yx_status yx_p11_import_cert(const struct yx_token_setup *setup, const struct yx_token_place *place,
                             const struct yx_cert *cert, struct yx_error *err);
yx_status yx_p11_remove(const struct yx_token_setup *setup, const struct yx_token_place *place,
                        struct yx_error *err);
yx_status yx_p11_change_pin(const struct yx_token_setup *setup, const struct yx_token_place *place,
                            bool admin, struct yx_error *err);
yx_status yx_p11_unlock_pin(const struct yx_token_setup *setup, const struct yx_token_place *place,
                            struct yx_error *err);

/* pkcs11.c: appends the place of an object, ended by NUL. */
yx_status yx_p11_object_place(const struct yx_p11_token *token, const struct yx_token_place *place,
                              struct yx_bytes label, struct yx_bytes id, const char *type,
                              struct yx_buf *out, struct yx_error *err);

#endif
