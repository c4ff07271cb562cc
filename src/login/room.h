/* SPDX-License-Identifier: Apache-2.0 */
/* login/room.h - what the files of login/ share. Only login/ includes it. */
#ifndef LOGIN_ROOM_H
#define LOGIN_ROOM_H

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>

#include "login/login.h"

#define YX_LOGIN_ADDRESS_TEXT 46

struct yx_login {
    struct yx_store *store;
    char *origin, *service;
    /* Drawn from the service key, one for each purpose. */
    struct yx_closing closing;
    struct yx_challenger challenger;
    uint8_t index_key[32];
    pthread_mutex_t policy_lock;
    struct yx_login_policy policy;
    struct yx_argon2 *hasher;
    pthread_rwlock_t trust_lock;
    struct yx_trust *trust; /* NULL: nobody's certificate is trusted */
};

/* --- Small things (login.c, leaf.c) ---------------------------------------------------------- */

/* `*changed` rows are wanted: none means that there is nothing of that id. */
yx_status yx_login_none(struct yx_error *err);
/* Is less than `seconds` over since `then`? A clock that was put back makes nobody wait longer. */
bool yx_login_is_within(yx_time now, yx_time then, int64_t seconds);
/* Copies text into an array that is as long as the column may be. */
#define YX_LOGIN_COPY(array, text) ((void)snprintf((array), sizeof(array), "%s", (text)))

/* What a hash costs from now on. */
struct yx_argon2_cost yx_login_cost(const struct yx_login_policy *policy);

/* Writes the leaf of a change to an account, unless its caller does. Takes `details`; NULL: no
 * memory for them. */
yx_status yx_login_leaf(struct yx_tx *tx, const struct yx_login_by *by, const char *action,
                        const char *account, json_t *details, struct yx_error *err);

/* Something may be used once by `owner`: YX_REFUSED (YX_STORE_UNIQUE) when it was. */
yx_status yx_login_use_once(struct yx_tx *tx, const char *owner, const char *nonce, yx_time until,
                            struct yx_error *err);

/* --- Accounts (account.c) -------------------------------------------------------------------- */

/* The name as it is kept; false when no account can be called so. */
bool yx_login_name_fold(struct yx_bytes text, char out[YX_LOGIN_NAME_MAX + 1]);
yx_status yx_login_state_set(struct yx_tx *tx, const char *id, enum yx_login_state state,
                             struct yx_error *err);
/* What hangs on an account and can be taken away from it. */
enum yx_login_drop {
    YX_LOGIN_DROP_SESSIONS,
    YX_LOGIN_DROP_GUESSES,
    YX_LOGIN_DROP_LINKS,
    YX_LOGIN_DROP_PASSWORDS,
    YX_LOGIN_DROP_TOTP,
    YX_LOGIN_DROP_CODES,
    YX_LOGIN_DROP_CERTIFICATES,
    YX_LOGIN_DROP_KINDS
};
yx_status yx_login_drop(struct yx_tx *tx, enum yx_login_drop what, const char *account,
                        struct yx_error *err);

/* --- Sessions (session.c) -------------------------------------------------------------------- */

struct yx_login_opening {
    const char *id, *token, *account; /* id: a new one, or that of the session to renew */
    unsigned methods;
    const char *address, *agent; /* NULL: not known */
    yx_time now;
    const struct yx_login_policy *policy;
};
yx_status yx_login_session_open(struct yx_tx *tx, const struct yx_login_opening *opening,
                                struct yx_error *err);
/* The same session under another token: who had the old one has nothing any more. */
yx_status yx_login_session_renew(struct yx_tx *tx, const struct yx_login_opening *opening,
                                 struct yx_error *err);

/* --- Guesses (guess.c) ----------------------------------------------------------------------- */

struct yx_login_guess {
    const struct yx_login_policy *policy;
    const char *account; /* "": nobody's */
    char address[YX_LOGIN_ADDRESS_TEXT];
    yx_time now;
    int64_t failures, address_failures;
    yx_time last_at, locked_at, address_since;
};
yx_status yx_login_guess_read(struct yx_tx *tx, const struct yx_login_policy *policy,
                              const char *account, const char *address, yx_time now,
                              struct yx_login_guess *out, struct yx_error *err);
bool yx_login_guess_waits(const struct yx_login_guess *guess);
bool yx_login_address_waits(const struct yx_login_guess *guess);
yx_status yx_login_count_address(struct yx_tx *tx, const struct yx_login_guess *guess,
                                 struct yx_error *err);
/* One more wrong one; *locks: it was the last. */
yx_status yx_login_count_guess(struct yx_tx *tx, const struct yx_login_guess *guess, bool *locks,
                               struct yx_error *err);

/* --- Codes (totp.c) -------------------------------------------------------------------------- */

enum yx_login_code {
    YX_LOGIN_CODE_NONE,   /* none is asked for */
    YX_LOGIN_CODE_WANTED, /* one is, and was not given */
    YX_LOGIN_CODE_WRONG,
    YX_LOGIN_CODE_RIGHT /* and is used up */
};
yx_status yx_login_code_use(const struct yx_login *login, struct yx_tx *tx, const char *account,
                            const char *code, yx_time now, enum yx_login_code *out,
                            struct yx_error *err);

/* --- Certificates (certificate.c) ------------------------------------------------------------ */

/* Whose account it opens; "": nobody's. */
yx_status yx_login_binding_account(const struct yx_login *login, struct yx_tx *tx,
                                   const struct yx_cert *cert, char account[YX_UUID_TEXT],
                                   struct yx_error *err);

/* --- Addresses (address.c) ------------------------------------------------------------------- */

/* "192.0.2.0/24,2001:db8::/32", without spaces; "": none. */
bool yx_login_addresses_valid(const char *list);
/* Is it in one of them? Everybody is when there are none. */
bool yx_login_addresses_have(const char *list, const char *address);

#endif
