/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proof/proof.h - the door to proof/: what people and systems show to come in, read and worked out:
 * passwords and their hashes, codes, signed challenges, signed requests, tokens; and secrets that
 * must come back, closed.
 *
 * There are no accounts here and no database: whom a proof lets in, and how often, login/ decides.
 */
#ifndef PROOF_PROOF_H
#define PROOF_PROOF_H

#include "x509/x509.h"

/* Rules in err->rule, for callers who act on them. */
#define YX_PROOF_RULE "log-in"       /* YX_REFUSED: it is not shown who asks */
#define YX_PROOF_BUSY "log-in, busy" /* YX_REFUSED: come again in a moment */

/* --- Hashes of passwords (hash.c) ------------------------------------------------------------ */

#define YX_ARGON2_TEXT 128
struct yx_argon2_cost {
    uint32_t kib, passes;
};
struct yx_argon2;
/* Opens libsodium, which nobody can do any more behind a sandbox. Two are worked out at the same
 * time, and so many `wait` for their turn, each with a thread of its caller's (0: 32). */
yx_status yx_argon2_new(unsigned wait, struct yx_argon2 **out, struct yx_error *err);
void yx_argon2_free(struct yx_argon2 *hasher);
YX_DEFINE_CLEAN(yx_argon2, struct yx_argon2 *, yx_argon2_free);
/* Both wait for their turn; YX_REFUSED (YX_PROOF_BUSY) when too many do. Threads: any number. */
yx_status yx_argon2_hash(struct yx_argon2 *hasher, const struct yx_argon2_cost *cost,
                         struct yx_bytes password, char out[YX_ARGON2_TEXT], struct yx_error *err);
/* `hash` NULL, of nobody: takes as long as one of this cost, and says no. */
yx_status yx_argon2_matches(struct yx_argon2 *hasher, const struct yx_argon2_cost *cost,
                            struct yx_bytes password, const char *hash, bool *out,
                            struct yx_error *err);

/* --- Which passwords may be (rules.c) -------------------------------------------------------- */

/* YX_REFUSED when it has less than `least` characters, or is too simple; `about` are names that it
 * must not lean on, ended by NULL; NULL: none. */
yx_status yx_password_judge(struct yx_bytes password, int64_t least, const char *const *about,
                            struct yx_error *err);
/* Letters of ASCII without their case, and all else as it is. */
static inline char yx_lower(uint8_t c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* --- Tokens (token.c) ------------------------------------------------------------------------ */

#define YX_TOKEN_OCTETS 32
#define YX_TOKEN_TEXT 44 /* in base64url (RFC 4648 5) without padding, and a NUL */
/* Random ones. */
yx_status yx_token_make(char out[YX_TOKEN_TEXT], struct yx_error *err);
bool yx_token_read(const char *text, uint8_t out[YX_TOKEN_OCTETS]);
void yx_token_write(const uint8_t octets[YX_TOKEN_OCTETS], char out[YX_TOKEN_TEXT]);
/* What is kept of one: the SM3 of its text. */
yx_status yx_token_digest(const char *text, uint8_t out[32], struct yx_error *err);

/* --- Codes of apps (totp.c) ------------------------------------------------------------------ */

/* What most apps know is SHA-1, against which nothing is known in this place (RFC 6238 1.2). */
enum yx_totp_algorithm { YX_TOTP_SHA1, YX_TOTP_SHA256, YX_TOTP_SM3 };
struct yx_totp_secret {
    enum yx_totp_algorithm algorithm;
    size_t len;
    uint8_t octets[32];
};
yx_status yx_totp_make(enum yx_totp_algorithm algorithm, struct yx_totp_secret *out,
                       struct yx_error *err);
#define YX_TOTP_TEXT 7
yx_status yx_totp_code(const struct yx_totp_secret *secret, int64_t step, char out[YX_TOTP_TEXT],
                       struct yx_error *err);
/* The step whose code this is at `now`, or beside it, and that comes behind `after`; -1: none. In
 * time that says nothing. */
yx_status yx_totp_find(const struct yx_totp_secret *secret, const char *code, yx_time now,
                       int64_t after, int64_t *out, struct yx_error *err);
/* Appends "otpauth://totp/..." for an app, where the account has these names. */
yx_status yx_totp_uri(const struct yx_totp_secret *secret, const char *service, const char *name,
                      struct yx_buf *out, struct yx_error *err);

#define YX_RECOVERY_CODES 10
struct yx_recovery_codes {
    char text[YX_RECOVERY_CODES][20]; /* "ABCD-EFGH-IJKL-MNOP" */
};
yx_status yx_recovery_codes_make(struct yx_recovery_codes *out, struct yx_error *err);
/* As people type one, in either case, with or without dashes; false when it is none. */
#define YX_RECOVERY_TEXT 17
bool yx_recovery_code_fold(const char *text, char out[YX_RECOVERY_TEXT]);

/* --- Challenges and who signed them (challenge.c) -------------------------------------------- */

struct yx_challenger {
    const char *origin; /* "https://seal.example": challenges are signed for it */
    uint8_t key[32];    /* of the service alone */
};
/* Appends a text to be signed: bound to the origin and to this time. */
yx_status yx_challenge_make(const struct yx_challenger *challenger, yx_time now, struct yx_buf *out,
                            struct yx_error *err);
struct yx_challenge {
    char nonce[YX_TOKEN_TEXT]; /* good for one answer: the caller sees to it */
    yx_time until;
};
/* YX_REFUSED unless this service made it, for its origin, and within the time. */
yx_status yx_challenge_read(const struct yx_challenger *challenger, struct yx_bytes text,
                            yx_time now, int64_t seconds, struct yx_challenge *out,
                            struct yx_error *err);

#define YX_PROOF_MAX (64u * 1024)
struct yx_signed_challenge {
    struct yx_bytes challenge; /* the text, as it was given */
    struct yx_bytes signature; /* its bare value, with the usual algorithm of the key; or SignedData
                                  (CMS, GB/T 35275) over it, with it inside or apart */
    struct yx_bytes certificate; /* PEM or DER; not needed with SignedData */
};
/* Who signed it: the value is checked, the certificate is not. `helpers`: certificates that came
 * along, as a view. */
yx_status yx_signed_challenge_read(const struct yx_signed_challenge *proof, struct yx_cert **out,
                                   struct yx_bytes *helpers, struct yx_error *err);

/* --- Signed requests of systems (request.c) -------------------------------------------------- */

/*
 * A request of a system carries
 *
 *   Authorization: YX1-HMAC-SM3 key=ID, time=2026-11-22T08:00:00Z, nonce=NONCE, body=HEX,
 *     signature=HEX
 *
 * in one line, with these members in this order, ", " between them. NONCE has 16 to 64 of A-Z a-z
 * 0-9 - _ and never comes again; body is the SM3 of the body (of nothing, when there is none) and
 * signature the HMAC-SM3, both in lower-case hex, of
 *
 *   YX1-HMAC-SM3 \n METHOD \n TARGET \n TIME \n NONCE \n BODY
 *
 * where TARGET is path and query as they stand in the request, and the key is the secret, the 43
 * characters as they were shown. examples/signed_request.py is an example.
 */
struct yx_signed_request {
    char key[YX_UUID_TEXT], time[YX_TIME_TEXT], nonce[65];
    uint8_t body[32], signature[32];
    yx_time at;
};
/* Does a request begin like one of a system? `authorization` may be NULL. */
bool yx_signed_request_is(const char *authorization);
/* YX_REFUSED unless the header reads so; nothing of it is checked. */
yx_status yx_signed_request_read(const char *authorization, struct yx_signed_request *out,
                                 struct yx_error *err);
/* Appends what is signed. */
yx_status yx_signed_request_text(const char *method, const char *target, const char *time,
                                 const char *nonce, const uint8_t body[32], struct yx_buf *out,
                                 struct yx_error *err);

/* --- Secrets that come back (closed.c) ------------------------------------------------------- */

struct yx_closing {
    uint8_t key[YX_SM4_BLOCK], mac[32];
};
/* SM4-CBC and HMAC-SM3 over all of it and `owner`, without whom it does not open; both append. */
yx_status yx_secret_close(const struct yx_closing *closing, const char *owner,
                          struct yx_bytes plain, struct yx_buf *out, struct yx_error *err);
/* YX_DAMAGED when it was changed, or is of another owner or key. */
yx_status yx_secret_open(const struct yx_closing *closing, const char *owner,
                         struct yx_bytes closed, struct yx_buf *out, struct yx_error *err);

#endif
