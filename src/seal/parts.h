/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal/parts.h - what the files of seal/ share and nobody else sees: the seal as it was parsed, and
 * the checks that are the same for a seal alone and for a seal inside a signature.
 */
#ifndef SEAL_PARTS_H
#define SEAL_PARTS_H

#include "seal/seal.h"

/* Limits on what is read. Real seals stay far below them. */
enum {
    YX_SEAL_HOLDERS_MAX = 10000,
    YX_SEAL_EXTENSIONS_MAX = 1000,
};

/* Clocks differ: by less than this, one time is not taken to be after another. */
#define YX_CLOCK_TOLERANCE ((uint64_t)(300 * YX_SECOND))
static inline bool yx_clearly_after(yx_time a, yx_time b)
{
    return a > b && (uint64_t)a - (uint64_t)b > YX_CLOCK_TOLERANCE;
}

/* Which structure a seal or a seal signature has, told by its shape. */
typedef enum {
    YX_SHAPE_2014, /* GM/T 0031-2014 */
    YX_SHAPE_2020  /* GB/T 38540-2020, GM/T 0031-2025 */
} yx_shape;

/*
 * A seal that can be read. What can be read may still break the standard: `format` is then not
 * YX_OK and says how, so that a report can tell of everything else too.
 */
struct yx_seal {
    struct yx_buf der;
    struct yx_seal_info info;
    struct yx_bytes *holders; /* what info.holders shows */
    struct yx_bytes header_id;
    yx_shape shape;
    struct yx_bytes seal_info;   /* SES_SealInfo, as received */
    struct yx_bytes certificate; /* the element around the maker's certificate, as received */
    struct yx_bytes method;      /* the element of the algorithm, as received */
    struct yx_bytes algorithm;   /* its content octets */
    struct yx_bytes signature;
    struct yx_bytes critical; /* OID of the first critical extension; empty when there is none */
    struct yx_error format;
    struct yx_cert *maker;       /* NULL when the maker's certificate cannot be read, */
    struct yx_error maker_error; /* and why */
};

/* --- Codec (codec.c) --------------------------------------------------------------------- */

/* Keeps the first breach of the standard that is met. */
#define yx_breach(format, rule, ...)                          \
    do {                                                      \
        if ((format)->status == YX_OK)                        \
            yx_fail((format), YX_DAMAGED, rule, __VA_ARGS__); \
    } while (0)

/* Nothing but characters of IA5 that can be seen, and spaces? */
bool yx_is_ia5_text(struct yx_bytes text);
/*
 * ExtDatas, when they come next: bare or under [0], `critical` spelled out or left out.
 * `*critical` gets the OID of the first critical one.
 */
yx_status yx_ext_datas_skip(struct yx_der *der, struct yx_bytes *critical, struct yx_error *err);
/* timeStamp [0] EXPLICIT BIT STRING OPTIONAL, at the end of its structure. */
yx_status yx_timestamp_take(struct yx_der *der, struct yx_bytes *token, struct yx_error *err);
void yx_timestamp_put(struct yx_der_writer *writer, struct yx_bytes token);

/* --- Parsing (seal_parse.c, ses_parse.c) ------------------------------------------------- */

/* Appends the bytes that the maker signed in this version, put together from received ones. */
yx_status yx_seal_to_be_signed(const struct yx_seal *seal, struct yx_buf *out,
                               struct yx_error *err);

/* --- Findings (findings.c) --------------------------------------------------------------- */

/*
 * true when a call failed because of the input or a rule, so that it becomes a finding; false when
 * it failed for want of memory or inside a library, so that it ends the work.
 */
bool yx_is_finding(yx_status status);
/* Hands a local error to the caller: fills `err` when there is one, and yields the status. */
yx_status yx_pass_on(const struct yx_error *error, struct yx_error *err);

/* The type of a certificate's key; YX_KEY_NONE when it is of a kind that is not known here. */
yx_key_type yx_cert_key_type(const struct yx_cert *cert);

/* The sentences about one kind of signature. */
struct yx_signed_words {
    yx_check_id check; /* signature.value or seal.signature */
    const char *rule;  /* of that check */
    const char *wrong;
    const char *unknown; /* {1}: the algorithm's identifier */
    const char *misfit;  /* {1}: the algorithm's name */
};
struct yx_signed_part {
    const struct yx_signed_words *words;
    const struct yx_cert *cert;
    struct yx_bytes algorithm; /* OID content octets */
    struct yx_bytes to_be_signed;
    struct yx_bytes signature;
};
/* Notes words->check and algorithm.allowed. `only_sm`: nothing but SM2 with SM3. */
yx_status yx_check_signed_part(struct yx_report *report, struct yx_checks *checks,
                               const struct yx_signed_part *part, bool only_sm,
                               struct yx_error *err);

struct yx_token {
    yx_time time; /* YX_TIME_NONE: not readable */
    bool verified;
};
/* Notes timestamp.token for a token over `stamped`. */
yx_status yx_check_token(struct yx_report *report, struct yx_checks *checks, struct yx_bytes token,
                         struct yx_bytes stamped, const struct yx_trust *trust, yx_time now,
                         struct yx_token *out, struct yx_error *err);

/* --- Certificates before something is made (gate.c) -------------------------------------- */

typedef enum { YX_ROLE_MAKER, YX_ROLE_HOLDER, YX_ROLE_SEALER, YX_ROLE_SIGNER } yx_cert_role;
/*
 * Refuses a certificate that may not sign at `now`: outside its validity, revoked, of the wrong
 * key usage, or, when `trust` has anchors, without a path to one.
 */
yx_status yx_cert_gate(const struct yx_cert *cert, yx_cert_role role, const struct yx_trust *trust,
                       yx_time now, struct yx_error *err);

/* --- Verifying a seal (seal_verify.c) ---------------------------------------------------- */

/* When and how a seal is looked at. */
struct yx_seal_context {
    const struct yx_verify_options *options;
    yx_time now;  /* the moment of verifying */
    yx_time used; /* the time that counts: of the signature, or `now` for a seal alone */
    bool only_sm;
};
/* Notes the checks of GM/T 0031-2014 6.1.2: seal.*, algorithm.allowed, and for a seal with a
 * time-stamp timestamp.token. */
yx_status yx_seal_check(const struct yx_seal *seal, const struct yx_seal_context *context,
                        struct yx_report *report, struct yx_checks *checks, struct yx_error *err);
/* The description of a seal, owned by the report. NULL when there is no memory. */
const struct yx_report_seal *yx_report_seal_new(struct yx_report *report,
                                                const struct yx_seal *seal);

/* --- The signer in the seal's list (holders.c) ------------------------------------------- */

typedef enum {
    YX_LISTED_NOT,
    YX_LISTED_CERTIFICATE, /* byte for byte */
    YX_LISTED_DIGEST,      /* SM3 of the certificate */
    YX_LISTED_DIGEST_ZA    /* SM3 of ZA and the certificate */
} yx_listed;
yx_status yx_seal_lists(const struct yx_seal *seal, const struct yx_cert *cert, yx_listed *out,
                        struct yx_error *err);
/* Notes signer.listed (ses_verify.c); nothing when one of the two could not be read. */
yx_status yx_check_listed(const struct yx_seal *seal, const struct yx_cert *signer,
                          struct yx_report *report, struct yx_checks *checks, struct yx_error *err);

/* --- Pictures (picture.c) ---------------------------------------------------------------- */

/*
 * Which type a picture is ("PNG", "JPEG", "GIF", "BMP", "svg", "ofd"), told by its bytes.
 * YX_REFUSED when it is none of them, damaged, or of absurd size.
 */
yx_status yx_picture_check(struct yx_bytes picture, const char **type, struct yx_error *err);

#endif
