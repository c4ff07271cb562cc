/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yinxin/token.h - private keys where they live: in an encrypted file, on a PKCS#11 token, on a
 * USB key with the SKF interface (GM/T 0016), in a cryptographic device with the SDF interface
 * (GM/T 0018).
 *
 * A key is named by one text, its place:
 *
 *   a path                                   a key file: PKCS#8, SEC 1 or PKCS#12, PEM or DER
 *   pkcs11:token=T;object=O;id=%01?...       RFC 7512
 *   skf:device=D;application=A;container=C?...
 *   sdf:index=N?...
 *
 * The three schemes share one grammar, that of RFC 7512: attributes of the path are parted by ';',
 * those of the query by '&', and every value is percent-decoded. The query knows
 *
 *   module-path=/usr/lib/x.so   the library of the token's maker; else the one of the setup
 *   pin-source=file:/a/b        the first line of this file is the user PIN
 *
 * pin-value is refused: a PIN in a command line or a configuration is no secret. An attribute that
 * the scheme does not have is refused as well, so that a mistyped name never widens the choice.
 * A place must lead to exactly one key; the path attributes are what narrows it down:
 *
 *   pkcs11  token, manufacturer, serial, model, library-description, library-manufacturer,
 *           library-version, slot-id, slot-description, slot-manufacturer; object, id, type
 *   skf     device (name in the list of the library), serial, label; application; container;
 *           usage (sign, the default, or encrypt); behind the '?' for yx_token_init: pin-tries (10
 *           unless given), auth-source (a file with the device's authentication key)
 *   sdf     index (1 and up), usage (sign, the default, or encrypt); the PIN is the password of
 *           the access right to the key; behind the '?': sessions (64 unless given), how many are
 *           open at most
 *
 * A library that was loaded stays loaded and initialised until the process ends: other parts of
 * the process may use it too, and the end of it would be the end for all (PKCS #11 v2.40 5.4).
 */
#ifndef YINXIN_TOKEN_H
#define YINXIN_TOKEN_H

#include <yinxin/base.h>
#include <yinxin/crypto.h>
#include <yinxin/x509.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- PINs -------------------------------------------------------------------------------- */

/* Whose PIN, or which passphrase. */
typedef enum {
    YX_PIN_FILE,     /* the passphrase of a key file */
    YX_PIN_USER,     /* the PIN that opens the private keys of a token */
    YX_PIN_ADMIN,    /* the PIN of the security officer (PKCS#11) or administrator (SKF) */
    YX_PIN_NEW_USER, /* the PIN that will be set: asked once, so whoever types it types it twice */
    YX_PIN_NEW_ADMIN
} yx_pin_role;

struct yx_pin_question {
    yx_pin_role role;
    const char *name; /* of the token or file, for people */
    int tries_left;   /* -1: the token does not tell */
};

/* Knows PINs. `ask` appends the PIN to `pin`; whatever it fails with ends the call that needed it.
 */
struct yx_pin_source {
    yx_status (*ask)(void *self, const struct yx_pin_question *question, struct yx_buf *pin,
                     struct yx_error *err);
    void *self;
};

/* What every call on tokens is given. Zeroed: no PINs, the system's PKCS#11 modules. */
struct yx_token_setup {
    struct yx_pin_source
        pin; /* `ask` may be NULL: a PIN that pin-source does not give is refused */
    const char *pkcs11_module; /* for places without module-path; NULL: p11-kit's proxy, which has
                                  all modules that the system is set up with */
    const char *skf_module;    /* NULL: the place must name its module */
    const char *sdf_module;
};

/* --- Keys -------------------------------------------------------------------------------- */

struct yx_token_key;

/* Is the text a place on a token, and not a path? */
YX_API bool yx_token_is_place(const char *text);

/*
 * Opens the private key at `place`, a path or one of the above. YX_USAGE: the place makes no sense.
 * YX_NO_INPUT: no such file, library, token or key. YX_REFUSED: two keys fit, the PIN is wrong or
 * locked, the key may not sign or is of no type of yinxin/crypto.h. YX_DAMAGED: what the library
 * tells about the key makes no sense.
 *
 * `setup` is needed during the call alone. The PIN stays in memory with the key, and is wiped with
 * it: a session that the token has lost is opened anew with it, once for each signature. A PIN that
 * the token refuses is forgotten at once, so that no counter of tries is used up.
 */
YX_API yx_status yx_token_key_open(const struct yx_token_setup *setup, const char *place,
                                   struct yx_token_key **out, struct yx_error *err);
/*
 * Signs with the key, which must outlive the signer; `algorithm` is the default of the key's type
 * and may be set to another that fits. Several threads may sign with one key: they take turns. It
 * may be used after fork too: the child opens a session of its own.
 *
 * Sign fails with YX_IO when the token was removed or the library fails, YX_REFUSED when the PIN is
 * wrong by now or locked, or when the token has no mechanism for the algorithm.
 */
YX_API struct yx_signer yx_token_key_signer(struct yx_token_key *key);
/* The public half, as long as the key lives. */
YX_API const struct yx_public_key *yx_token_key_public(const struct yx_token_key *key);
/* The certificates of this key that stand beside it on the token (none for a file). */
YX_API size_t yx_token_key_cert_count(const struct yx_token_key *key);
YX_API const struct yx_cert *yx_token_key_cert(const struct yx_token_key *key, size_t index);
/* Does the token say that its user PIN is still the first one, which somebody else may know? Those
 * who seal refuse such a key; PKCS#11 tokens and files do not tell. */
YX_API bool yx_token_key_pin_initial(const struct yx_token_key *key);
/* Signs a random message and verifies the signature. */
YX_API yx_status yx_token_key_test(struct yx_token_key *key, struct yx_error *err);
/* Closes the session and wipes the PIN. */
YX_API void yx_token_key_free(struct yx_token_key *key);

/* Reads the one certificate at `place`, a path (the first of the file) or on a token. No PIN is
 * asked for unless the token hides its certificates. */
YX_API yx_status yx_token_cert_read(const struct yx_token_setup *setup, const char *place,
                                    struct yx_cert **out, struct yx_error *err);

/* --- What there is ----------------------------------------------------------------------- */

struct yx_token_info {
    const char *place; /* names this token and no other */
    const char *label;
    const char *manufacturer;
    const char *model;
    const char *serial;
    bool initialised;
    bool user_pin_set;
    bool user_pin_initial; /* the token says that nobody has changed the first PIN */
    bool user_locked;
    bool admin_locked;
    int user_tries; /* left; -1: the token does not tell */
    int admin_tries;
};

typedef enum { YX_TOKEN_KEY, YX_TOKEN_CERT } yx_token_object_kind;

struct yx_token_object {
    const char *place; /* names this object */
    yx_token_object_kind kind;
    const char *label;
    struct yx_bytes id;
    yx_key_type type; /* YX_KEY_NONE: of no type that we have */
    unsigned bits;
    const struct yx_cert *cert; /* NULL for keys, and when it cannot be read */
};

/* Told about every token and then its objects, in the order of the library. Anything but YX_OK ends
 * the list. What is told lives until the function returns. */
struct yx_token_visitor {
    yx_status (*token)(void *self, const struct yx_token_info *info, struct yx_error *err);
    yx_status (*object)(void *self, const struct yx_token_object *object, struct yx_error *err);
    void *self;
};
/*
 * Lists the tokens that fit `place` ("pkcs11:" is all of them). With `log_in` the user PIN is asked
 * for, and private keys are listed; without, those that the token shows to everybody.
 */
YX_API yx_status yx_token_list(const struct yx_token_setup *setup, const char *place, bool log_in,
                               const struct yx_token_visitor *visitor, struct yx_error *err);

/* --- Making and keeping ------------------------------------------------------------------ */

/*
 * Makes a token new: everything on it is gone. pkcs11: asks for YX_PIN_ADMIN (of an initialised
 * token) or YX_PIN_NEW_ADMIN (of a new one), and YX_PIN_NEW_USER. skf: makes the application that
 * the place names. YX_REFUSED when the token is initialised already and `erase` is false.
 */
YX_API yx_status yx_token_init(const struct yx_token_setup *setup, const char *place,
                               const char *label, bool erase, struct yx_error *err);

struct yx_token_new_key {
    yx_key_type type;
    unsigned rsa_bits; /* 0: 3072 */
    const char *label;
    struct yx_bytes id; /* empty: 16 random octets */
};
/* Makes a key that never leaves the token; its place comes back in `place_made`, ended by NUL. */
YX_API yx_status yx_token_generate(const struct yx_token_setup *setup, const char *place,
                                   const struct yx_token_new_key *request,
                                   struct yx_public_key **out, struct yx_buf *place_made,
                                   struct yx_error *err);
/* Puts a key on the token; type and size of `request` are taken from `key`. */
YX_API yx_status yx_token_import_key(const struct yx_token_setup *setup, const char *place,
                                     const struct yx_token_new_key *request,
                                     const struct yx_private_key *key, struct yx_buf *place_made,
                                     struct yx_error *err);
/*
 * Puts the key to encrypt with into a container, in the SM2EnvelopedKey of GB/T 35276 (DER) that a
 * key centre made for the container's own key (skf alone).
 */
YX_API yx_status yx_token_import_envelope(const struct yx_token_setup *setup, const char *place,
                                          struct yx_bytes der, struct yx_error *err);
/* Puts a certificate beside its key, whose label and id it takes. YX_REFUSED when the token has no
 * such key. */
YX_API yx_status yx_token_import_cert(const struct yx_token_setup *setup, const char *place,
                                      const struct yx_cert *cert, struct yx_error *err);
/* Deletes the one key, with its public half, or the one certificate at `place`: type=private or
 * type=cert must say which. */
YX_API yx_status yx_token_delete(const struct yx_token_setup *setup, const char *place,
                                 struct yx_error *err);
/* Asks for YX_PIN_USER and YX_PIN_NEW_USER, or those of the administrator. */
YX_API yx_status yx_token_change_pin(const struct yx_token_setup *setup, const char *place,
                                     bool admin, struct yx_error *err);
/* Sets a new user PIN with that of the administrator: asks for YX_PIN_ADMIN, YX_PIN_NEW_USER. */
YX_API yx_status yx_token_unlock_pin(const struct yx_token_setup *setup, const char *place,
                                     struct yx_error *err);

#ifdef __cplusplus
}
#endif

#endif
