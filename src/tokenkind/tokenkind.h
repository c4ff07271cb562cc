/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenkind/tokenkind.h - the door to tokenkind/: what a kind of token is. Places of keys as text,
 * PINs, and the libraries of token makers are the same for all kinds; pkcs11/, skf/ and sdf/ are
 * kinds.
 */
#ifndef TOKENKIND_TOKENKIND_H
#define TOKENKIND_TOKENKIND_H

#include <yinxin/token.h>

#include "x509/x509.h"

/* --- Places (place.c) -------------------------------------------------------------------- */

#define YX_PLACE_MAX 4096 /* characters of a place */
#define YX_PLACE_ATTRIBUTES 24

struct yx_token_kind;

struct yx_token_attribute {
    const char *name;      /* of the kind's table */
    struct yx_bytes value; /* decoded, with a NUL behind it */
};

/* A place taken apart. It points into itself: never copy it. */
struct yx_token_place {
    const struct yx_token_kind *kind;
    struct yx_token_attribute attributes[YX_PLACE_ATTRIBUTES];
    size_t count;
    char values[YX_PLACE_MAX + YX_PLACE_ATTRIBUTES];
};
/* Takes apart a place of this kind; NULL: the text is of no kind that we have. YX_USAGE names the
 * part that is wrong. */
yx_status yx_token_place_parse(const struct yx_token_kind *kind, const char *text,
                               struct yx_token_place *out, struct yx_error *err);
/* The value of an attribute; NULL when the place does not have it. Only binary attributes ("id")
 * may have NUL bytes inside: ask for those with ..._bytes. */
const char *yx_token_place_get(const struct yx_token_place *place, const char *name);
bool yx_token_place_bytes(const struct yx_token_place *place, const char *name,
                          struct yx_bytes *value);
/* A whole number from `min` to `max`; `out` stays as it is when the place does not have it. */
yx_status yx_token_place_number(const struct yx_token_place *place, const char *name, int64_t min,
                                int64_t max, int64_t *out, struct yx_error *err);
/* What the place says of usage: the key to sign with, or the one to encrypt with. */
yx_status yx_token_place_usage(const struct yx_token_place *place, bool *sign,
                               struct yx_error *err);
/*
 * Writes places: "pkcs11:" and then, as often as there are attributes, `name=value` percent-encoded
 * with ';' between them (the first '?', then '&', for the attributes of the query). Empty values
 * are passed over.
 */
yx_status yx_token_place_begin(struct yx_buf *out, const struct yx_token_kind *kind);
yx_status yx_token_place_put(struct yx_buf *out, const struct yx_token_kind *kind, const char *name,
                             struct yx_bytes value);
/* The same of the module that `place` names, if it names one, and the closing NUL. */
yx_status yx_token_place_end(struct yx_buf *out, const struct yx_token_place *place);

/* --- PINs (pin.c) ------------------------------------------------------------------------ */

/*
 * The PIN for `role`: YX_PIN_USER comes from the place's pin-source if it has one, all others from
 * setup->pin. `name` is the token's. Appends to `pin`, which must be empty, and which yx_buf_free
 * wipes. YX_REFUSED when nobody knows it.
 */
yx_status yx_token_pin(const struct yx_token_setup *setup, const struct yx_token_place *place,
                       yx_pin_role role, const char *name, int tries_left, struct yx_buf *pin,
                       struct yx_error *err);

/* The refusals that all kinds share, so that they read alike. */
yx_status yx_token_fail_pin_wrong(struct yx_error *err, const char *name, int tries_left);
yx_status yx_token_fail_pin_locked(struct yx_error *err, const char *name);
yx_status yx_token_fail_pin_form(struct yx_error *err, const char *name, unsigned min,
                                 unsigned max);
yx_status yx_token_fail_removed(struct yx_error *err, const char *name);
yx_status yx_token_fail_no_token(struct yx_error *err, const char *kind);
yx_status yx_token_fail_no_object(struct yx_error *err, const char *what, const char *name);
yx_status yx_token_fail_two_objects(struct yx_error *err, const char *what, const char *name);
/* The token has no mechanism for it. */
yx_status yx_token_fail_algorithm(struct yx_error *err, const char *algorithm, const char *name);

/* --- Libraries (library.c) --------------------------------------------------------------- */

/*
 * Loads `path`, which stays loaded until the process ends, and finds the functions `names`
 * (`count`), in the order of `symbols`. A name that starts with '?' may be missing: its symbol is
 * NULL then. YX_NO_INPUT: there is no such library, or it cannot be loaded; YX_REFUSED: it is no
 * `kind` ("PKCS#11", "SKF", "SDF") library, for want of a function.
 */
yx_status yx_token_library(const char *path, const char *kind, const char *const *names,
                           void **symbols, size_t count, struct yx_error *err);
/* The library of a place: module-path, else `usual`, that of the setup. YX_USAGE when there is
 * neither. */
yx_status yx_token_module(const struct yx_token_place *place, const char *usual, const char **out,
                          struct yx_error *err);

/* --- Kinds ------------------------------------------------------------------------------- */

/* What a kind fills in when it opens a key. */
struct yx_token_opened {
    void *inside; /* the kind's own: session, handles, the PIN for the next login */
    struct yx_public_key *public_key;
    struct yx_cert **certs; /* malloc'ed array of its certificates */
    size_t cert_count;
    bool pin_initial; /* the token says that its user PIN is still the first one */
};
/* Appends a certificate, which it takes whatever comes. */
yx_status yx_token_opened_take_cert(struct yx_token_opened *opened, struct yx_cert *cert,
                                    struct yx_error *err);

struct yx_place_attribute {
    const char *name;
    bool query;  /* stands behind '?' */
    bool binary; /* any bytes; else UTF-8 without NUL */
};

/*
 * One kind of token. What is NULL it cannot do, and yx_token_... says so. Every call gets a parsed
 * place of its own scheme.
 */
struct yx_token_kind {
    const char *scheme;                          /* "pkcs11" */
    const char *name;                            /* for people: "PKCS#11" */
    const struct yx_place_attribute *attributes; /* ended by a row without a name */
    yx_status (*open_key)(const struct yx_token_setup *setup, const struct yx_token_place *place,
                          struct yx_token_opened *out, struct yx_error *err);
    /* Appends a signature in its standard form (yx_signature_to_der helps with r || s). One thread
     * at a time: the caller holds the lock of the key, unless `parallel`. The algorithm fits the
     * key's type. */
    yx_status (*sign)(void *inside, const struct yx_public_key *public_key,
                      yx_signature_algorithm algorithm, struct yx_bytes message,
                      struct yx_buf *signature, struct yx_error *err);
    void (*close_key)(void *inside); /* `inside` may be NULL */
    bool parallel;                   /* `sign` is called by several threads at once */
    yx_status (*read_cert)(const struct yx_token_setup *setup, const struct yx_token_place *place,
                           struct yx_cert **out, struct yx_error *err);
    yx_status (*list)(const struct yx_token_setup *setup, const struct yx_token_place *place,
                      bool log_in, const struct yx_token_visitor *visitor, struct yx_error *err);
    yx_status (*init)(const struct yx_token_setup *setup, const struct yx_token_place *place,
                      const char *label, bool erase, struct yx_error *err);
    yx_status (*generate)(const struct yx_token_setup *setup, const struct yx_token_place *place,
                          const struct yx_token_new_key *request, struct yx_public_key **out,
                          struct yx_buf *place_made, struct yx_error *err);
    yx_status (*import_key)(const struct yx_token_setup *setup, const struct yx_token_place *place,
                            const struct yx_token_new_key *request,
                            const struct yx_private_key *key, struct yx_buf *place_made,
                            struct yx_error *err);
    yx_status (*import_envelope)(const struct yx_token_setup *setup,
                                 const struct yx_token_place *place, struct yx_bytes der,
                                 struct yx_error *err);
    yx_status (*import_cert)(const struct yx_token_setup *setup, const struct yx_token_place *place,
                             const struct yx_cert *cert, struct yx_error *err);
    yx_status (*remove)(const struct yx_token_setup *setup, const struct yx_token_place *place,
                        struct yx_error *err);
    yx_status (*change_pin)(const struct yx_token_setup *setup, const struct yx_token_place *place,
                            bool admin, struct yx_error *err);
    yx_status (*unlock_pin)(const struct yx_token_setup *setup, const struct yx_token_place *place,
                            struct yx_error *err);
};

#endif
