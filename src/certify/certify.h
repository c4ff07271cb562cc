/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certify/certify.h - the door to certify/: what an authority makes, and the lint that it must pass
 * first: certificates, CRLs, OCSP responses; and the requests that it is asked with.
 */
#ifndef CERTIFY_CERTIFY_H
#define CERTIFY_CERTIFY_H

#include "x509/x509.h"

/* --- Certificates (make.c, make_extension.c), linting (lint.c) --------------------------- */

/* The forms of GeneralName (RFC 5280 4.2.1.6) that are made here. */
typedef enum {
    YX_NAME_OTHER, /* read only: of a form that is not below */
    YX_NAME_EMAIL,
    YX_NAME_DNS,
    YX_NAME_DIRECTORY,
    YX_NAME_URI,
    YX_NAME_IP
} yx_name_form;

struct yx_general_name {
    yx_name_form form;
    struct yx_bytes value; /* the text; DIRECTORY: DER of the Name; IP: 4 or 16 octets */
};

/* Reads one GeneralName after the other out of the content of GeneralNames. */
yx_status yx_general_name_next(struct yx_der *names, struct yx_general_name *out,
                               struct yx_error *err);

/* PolicyInformation: the content octets of its identifier (yx_oid_from_dotted), and where its
 * statement (CPS) is to be read; NULL: nowhere. */
struct yx_policy {
    struct yx_bytes oid;
    const char *cps_url;
};

/*
 * Who the holder is, by GM/T 0015 and GB/T 20518; NULL for what is not said. At most one of the
 * first three: IdentifyCode is a CHOICE.
 */
struct yx_identity {
    const char *resident_card;   /* 居民身份证号 */
    const char *officer_card;    /* 军官证号 */
    const char *passport;        /* 护照号 */
    const char *insurance;       /* 社会保险号 */
    const char *ic_registration; /* 工商注册号 */
    const char *organization;    /* 组织机构代码, 统一社会信用代码 */
    const char *taxation;        /* 税号 */
};

struct yx_cert_template {
    struct yx_bytes subject; /* DER of the Name */
    struct yx_bytes spki;    /* the holder's SubjectPublicKeyInfo */
    struct yx_bytes serial;  /* big-endian, at most 20 octets */
    yx_time not_before;
    yx_time not_after;
    int key_usage;                /* YX_KU_ bits; always critical */
    const yx_oid *extended_usage; /* ended by YX_OID_UNKNOWN; NULL for none */
    bool extended_usage_critical;
    bool ca;
    int path_length;        /* -1: no limit */
    bool ocsp_nocheck;      /* RFC 6960 4.2.2.2.1 */
    const char *dns_name;   /* one name for subjectAltName; NULL for none */
    const char *crl_url;    /* NULL for none */
    const char *ocsp_url;   /* NULL for none */
    const char *issuer_url; /* NULL for none */

    const struct yx_general_name *alt_names; /* more for subjectAltName */
    size_t alt_name_count;
    const char *const *crl_urls; /* more distribution points; ended by NULL; NULL for none */
    const char *freshest_url;    /* where delta CRLs are (RFC 5280 4.2.1.15); NULL for none */
    const struct yx_policy *policies;
    size_t policy_count;
    /* Of a CA: its subjects stay below these (EMAIL, DNS and DIRECTORY); always critical. */
    const struct yx_general_name *permitted, *excluded;
    size_t permitted_count, excluded_count;
    struct yx_identity identity;
    /* Whole Extensions that are put in as they are: those of yx_cert_copy_names. Then the names and
     * the identity above stay empty. */
    struct yx_bytes copied;
};

/*
 * Makes a certificate: writes the to-be-signed bytes, lints them (yx_cert_lint), and only then
 * lets the issuer sign. `issuer` NULL: self-signed, and `signer` must be of the subject's own key.
 * subjectKeyIdentifier and authorityKeyIdentifier are added. Appends the DER.
 */
yx_status yx_cert_make(const struct yx_cert_template *cert_template, const struct yx_cert *issuer,
                       const struct yx_signer *signer, struct yx_buf *out, struct yx_error *err);

/*
 * The same in three steps, for an authority that records what it will sign before it signs: lint,
 * store, sign, compare.
 *
 *   yx_cert_prepare   appends the to-be-signed bytes, linted, with `algorithm` inside
 *   yx_cert_finish    puts the value of the signature to them, and checks it with the issuer's key;
 *                     appends the certificate
 *   yx_cert_compare   YX_REFUSED unless the to-be-signed bytes of a finished certificate are, byte
 *                     for byte, those that were recorded
 */
yx_status yx_cert_prepare(const struct yx_cert_template *cert_template,
                          const struct yx_cert *issuer, yx_signature_algorithm algorithm,
                          struct yx_buf *to_be_signed, struct yx_error *err);
yx_status yx_cert_finish(struct yx_bytes to_be_signed, const struct yx_cert *issuer,
                         struct yx_bytes signature, struct yx_buf *out, struct yx_error *err);
yx_status yx_cert_compare(struct yx_bytes certificate, struct yx_bytes to_be_signed,
                          struct yx_error *err);

/*
 * Refuses (YX_REFUSED, with the clause) to-be-signed bytes that would make a bad certificate:
 * version, serial, names, validity, algorithm identifiers, key strength, and every extension by
 * RFC 5280 4 and GB/T 20518. `issuer` may be NULL for self-signed.
 */
yx_status yx_cert_lint(struct yx_bytes to_be_signed, const struct yx_cert *issuer,
                       struct yx_error *err);

/* --- Requests (request.c) ---------------------------------------------------------------- */

/* Makes a PKCS#10 request (RFC 2986); appends DER. */
yx_status yx_request_make(struct yx_bytes subject, const struct yx_public_key *key,
                          const struct yx_signer *signer, struct yx_buf *out, struct yx_error *err);
/* Reads a request, PEM or DER, checks its signature, and appends subject and SPKI DER. */
yx_status yx_request_read(struct yx_bytes file, struct yx_buf *subject, struct yx_buf *spki,
                          struct yx_error *err);

/*
 * A request with the extensions that it asks for (extensionRequest, RFC 2985 5.4.2). They are
 * wishes: the profile decides. Everything that is bytes points into `der`. The challengePassword
 * and all other attributes are passed over.
 */
struct yx_request {
    struct yx_buf der;
    struct yx_bytes subject, spki;
    struct yx_bytes alt_names;      /* content of GeneralNames, for yx_general_name_next */
    int key_usage;                  /* YX_KU_ bits; -1: not asked for */
    struct yx_bytes extended_usage; /* content of ExtKeyUsageSyntax; empty: not asked for */
    bool ca;                        /* asks to be a CA */
    bool asks_more;                 /* for extensions that are not looked at here */
    bool names_key; /* under which a key that is made for it should be closed (RFC 7030 4.4.1) */
};
/* The same as yx_request_read. YX_DAMAGED when what it asks for is malformed or stands twice;
 * YX_REFUSED by the lint's clause for names that no certificate could carry. */
yx_status yx_request_parse(struct yx_bytes file, struct yx_request *out, struct yx_error *err);
/* The same of a request whose key and signature stand for nothing, because the key is to be made by
 * whoever gets it (RFC 7030 4.4.1). */
yx_status yx_request_parse_template(struct yx_bytes file, struct yx_request *out,
                                    struct yx_error *err);
/* The wishes of a request of another kind (CRMF, RFC 4211 5): `extensions` is the content of
 * Extensions. `out` starts as {.key_usage = -1}. */
yx_status yx_request_wishes(struct yx_bytes extensions, struct yx_request *out,
                            struct yx_error *err);
void yx_request_free(struct yx_request *request);
YX_DEFINE_CLEAN_VALUE(yx_request, struct yx_request, yx_request_free);

/* --- CRLs (crl.c) ------------------------------------------------------------------------ */

/* CRLReason of RFC 5280 5.3.1, as far as the maker has rules about it. */
enum { YX_REASON_HOLD = 6, YX_REASON_REMOVE = 8 };

struct yx_crl_entry {
    struct yx_bytes serial; /* big-endian */
    yx_time revoked_at;
    int reason;         /* CRLReason of RFC 5280 5.3.1; 0 (unspecified) is not written */
    yx_time invalid_at; /* invalidityDate (5.3.2); 0: none */
};

/* Where many entries come from: fills `entry`, which need last until the next call only, or sets
 * *end. */
struct yx_crl_entries {
    yx_status (*next)(void *self, struct yx_crl_entry *entry, bool *end, struct yx_error *err);
    void *self;
};

struct yx_crl_template {
    uint64_t number;
    yx_time this_update;
    yx_time next_update;
    const struct yx_crl_entry *entries;
    size_t entry_count;
    struct yx_crl_entries more; /* behind `entries`; `next` NULL: no more */
    /* A delta CRL (RFC 5280 5.2.4): what changed since the CRL of number `base`. It has the scope
     * and the numbers of the full CRLs. */
    bool delta;
    uint64_t base;
    /* The scope (issuingDistributionPoint, 5.2.5): of certificates that name this URL as their
     * distribution point; of CAs only; of all others only. None: everything. */
    const char *point_url;
    bool only_user_certs, only_ca_certs;
    const char *freshest_url; /* of a full CRL: where its deltas are (5.2.6); NULL for none */
};
/* Makes a full, delta or partitioned CRL; appends DER. At most a million entries. */
yx_status yx_crl_make(const struct yx_crl_template *crl_template, const struct yx_cert *issuer,
                      const struct yx_signer *signer, struct yx_buf *out, struct yx_error *err);

/* --- OCSP responses (ocsp.c) ------------------------------------------------------------- */

/* Who answers: the issuer itself, or its delegate. May be used by several threads when the signer
 * may. */
struct yx_ocsp_responder;
/*
 * `delegate` NULL: the issuer signs itself. YX_REFUSED when the delegate was not issued by
 * `issuer`, is not for OCSP signing (RFC 6960 4.2.2.2), or the signer's key is not that of the
 * certificate: it signs once here, and is not checked again. The certificates and what `signer`
 * points to must outlive it.
 */
yx_status yx_ocsp_responder_new(const struct yx_cert *issuer, const struct yx_cert *delegate,
                                const struct yx_signer *signer, struct yx_ocsp_responder **out,
                                struct yx_error *err);
void yx_ocsp_responder_free(struct yx_ocsp_responder *responder);
YX_DEFINE_CLEAN(yx_ocsp_responder, struct yx_ocsp_responder *, yx_ocsp_responder_free);

/*
 * A response is made in two steps: the SingleResponses, which cost no signature and may be kept
 * until they run out; and the signature over them, with the nonce of the request (empty: none; such
 * a response may be kept whole and given to everybody, RFC 5019).
 */
yx_status yx_ocsp_single_make(struct yx_bytes id, const struct yx_ocsp_answer *answer,
                              struct yx_buf *out, struct yx_error *err);
yx_status yx_ocsp_response_make(const struct yx_ocsp_responder *responder, struct yx_bytes singles,
                                yx_time produced_at, struct yx_bytes nonce, struct yx_buf *out,
                                struct yx_error *err);

/* Appends a response that only says why there is none. */
yx_status yx_ocsp_error_make(yx_ocsp_error error, struct yx_buf *out, struct yx_error *err);

/* Who knows what became of a certificate: `find` is called with the serial (content octets) of one
 * that names the issuer, and fills all of `answer`. */
struct yx_ocsp_records {
    yx_status (*find)(void *self, struct yx_bytes serial, struct yx_ocsp_answer *answer,
                      struct yx_error *err);
    void *self;
};
/*
 * Answers a request: appends a response in any case but YX_NO_MEMORY. Certificates of other issuers
 * are unknown; a request about nothing else is unauthorized (RFC 5019 2.2.3). YX_REFUSED or
 * YX_DAMAGED, with a response that is an error, when the request cannot be answered; any other
 * failure says internalError.
 */
yx_status yx_ocsp_reply(const struct yx_ocsp_responder *responder,
                        const struct yx_ocsp_records *records, struct yx_bytes request,
                        yx_time produced_at, struct yx_buf *out, struct yx_error *err);

#endif
