/* SPDX-License-Identifier: Apache-2.0 */
/* x509/x509.h - the door to x509/: certificates read, checked and made; requests; CRLs; OCSP;
 * CMS; time-stamp tokens. */
#ifndef X509_X509_H
#define X509_X509_H

#include <yinxin/x509.h>

#include "crypto/crypto.h"
#include "x509/issue.h"

YX_DEFINE_CLEAN(yx_cert, struct yx_cert *, yx_cert_free);
YX_DEFINE_CLEAN(yx_trust, struct yx_trust *, yx_trust_free);

/* --- More of a certificate --------------------------------------------------------------- */

/* The DER of its subject and issuer names, serial (content octets) and subject key identifier
 * (empty when absent). */
struct yx_bytes yx_cert_subject_der(const struct yx_cert *cert);
struct yx_bytes yx_cert_issuer_der(const struct yx_cert *cert);
struct yx_bytes yx_cert_serial_der(const struct yx_cert *cert);
struct yx_bytes yx_cert_key_identifier(const struct yx_cert *cert);
bool yx_cert_has_extended_usage(const struct yx_cert *cert, yx_oid usage);
/* The content of GeneralNames of its subjectAltName, for yx_general_name_next; empty when absent.
 */
yx_status yx_cert_alt_names(const struct yx_cert *cert, struct yx_bytes *out, struct yx_error *err);
/* Appends the Extensions that say who the holder is: subjectAltName and the identity of GM/T 0015;
 * for the `copied` of the certificate that comes after this one. */
yx_status yx_cert_copy_names(const struct yx_cert *cert, struct yx_buf *out, struct yx_error *err);
/* Did `issuer` sign `cert`? Names and signature only. YX_REFUSED when not. */
yx_status yx_cert_verify_issued(const struct yx_cert *cert, const struct yx_cert *issuer,
                                struct yx_error *err);
/* One more owner of a certificate: each of them frees it. */
struct yx_cert *yx_cert_share(const struct yx_cert *cert);

/*
 * The certificates that one piece of work meets: each is read once, however often it is carried
 * along. For one thread.
 */
#define YX_CERT_CACHE_MAX 16
struct yx_cert_cache {
    struct yx_cert *items[YX_CERT_CACHE_MAX];
    size_t count;
};
void yx_cert_cache_free(struct yx_cert_cache *cache);
YX_DEFINE_CLEAN_VALUE(yx_cert_cache, struct yx_cert_cache, yx_cert_cache_free);
/* Lets the cache know a certificate that was read elsewhere. */
void yx_cert_cache_add(struct yx_cert_cache *cache, const struct yx_cert *cert);
/* yx_cert_from_der, but for what is in the cache already. `cache` may be NULL. */
yx_status yx_cert_cache_read(struct yx_cert_cache *cache, struct yx_bytes der, struct yx_cert **out,
                             struct yx_error *err);

/* Appends "-----BEGIN CERTIFICATE-----..." */
yx_status yx_pem_write(const char *label, struct yx_bytes der, struct yx_buf *out);

/* --- More of trust (trust.c, validate.c) -------------------------------------------------- */

/* A copy that can be added to: the anchors, helpers, CRLs and OCSP responses of `trust` (NULL:
 * none), which stays as it is. */
yx_status yx_trust_copy(const struct yx_trust *trust, struct yx_trust **out, struct yx_error *err);
/* The DER of each CRL, as long as the trust lives. */
size_t yx_trust_crl_count(const struct yx_trust *trust);
struct yx_bytes yx_trust_crl(const struct yx_trust *trust, size_t index);
/* The same of each OCSP response, as it was given. */
size_t yx_trust_ocsp_count(const struct yx_trust *trust);
struct yx_bytes yx_trust_ocsp(const struct yx_trust *trust, size_t index);
/*
 * Lets the fetcher of the trust, if it has one, bring what is missing to know whether `cert` and
 * those above it are revoked, and adds it to the trust. Nothing is fetched for a certificate that
 * leads to no anchor. YX_REFUSED names the last place that was asked and why it did not help; a
 * certificate that names no place is passed over.
 */
yx_status yx_trust_fetch(struct yx_trust *trust, const struct yx_cert *cert, yx_time at,
                         yx_time now, struct yx_error *err);
/*
 * Appends the DER of the certificates above `cert`, issuer first, one behind the other, up to its
 * anchor or as far as they are known: what a document carries for later checks. Whether the path
 * holds is asked of yx_cert_validate.
 */
yx_status yx_cert_path(const struct yx_trust *trust, const struct yx_cert *cert, yx_time at,
                       struct yx_buf *out, struct yx_error *err);

/* --- Names (name.c) ---------------------------------------------------------------------- */

/*
 * Turns "CN=测试根CA,O=测试机构,C=CN" (RFC 4514: most specific first, '\' escapes, '+' for one
 * multi-valued RDN refused) into the DER of a Name. Country is a PrintableString, emailAddress and
 * DC are IA5String, all else is UTF8String. YX_USAGE names the part that is wrong.
 */
yx_status yx_name_to_der(const char *text, struct yx_buf *out, struct yx_error *err);
/* The reverse, of any Name. Values that are not text are written as #hex. */
yx_status yx_name_from_der(struct yx_bytes der, struct yx_buf *text, struct yx_error *err);

/* --- OCSP (ocsp_id.c, ocsp_request.c, ocsp_make.c) --------------------------------------- */

/* At most this many bytes are read as one request, or as one response. */
#define YX_OCSP_REQUEST_MAX (64u * 1024)
#define YX_OCSP_RESPONSE_MAX (1024u * 1024)

/* A CertID as a view: who is asked about. */
struct yx_ocsp_id {
    struct yx_bytes der;        /* all of it */
    yx_digest_algorithm digest; /* YX_DIGEST_NONE: not known here */
    struct yx_bytes issuer_name_hash;
    struct yx_bytes issuer_key_hash;
    struct yx_bytes serial; /* content octets */
};
/* Is it about a certificate of this issuer? */
yx_status yx_ocsp_id_is_of(const struct yx_ocsp_id *id, const struct yx_cert *issuer, bool *is,
                           struct yx_error *err);
/* Appends the CertID of a certificate. */
yx_status yx_ocsp_id_make(const struct yx_ocsp_pair *pair, yx_digest_algorithm digest,
                          struct yx_buf *out, struct yx_error *err);
/* Is a response, of which we may hold many, about this certificate? One that cannot be read is not.
 */
yx_status yx_ocsp_is_about(struct yx_bytes response, const struct yx_ocsp_pair *pair, bool *is,
                           struct yx_error *err);

/* A request as a view. */
struct yx_ocsp_request {
    struct yx_ocsp_id ids[YX_OCSP_IDS_MAX];
    size_t count;
    struct yx_bytes nonce; /* empty: none */
};
/* YX_DAMAGED when it is malformed, asks about too many, or its nonce is longer than 32 octets
 * (RFC 8954 2.1); YX_REFUSED for a critical extension that is not known. A signature on it is
 * passed over. */
yx_status yx_ocsp_request_parse(struct yx_bytes der, struct yx_ocsp_request *out,
                                struct yx_error *err);

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

/* OCSPResponseStatus (RFC 6960 4.2.1) of the answers that are none. */
typedef enum {
    YX_OCSP_MALFORMED_REQUEST = 1,
    YX_OCSP_INTERNAL_ERROR = 2,
    YX_OCSP_TRY_LATER = 3,
    YX_OCSP_SIG_REQUIRED = 5,
    YX_OCSP_UNAUTHORIZED = 6
} yx_ocsp_error;
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

/* --- CMS and GB/T 35275 (cms_parse.c, cms_signer.c, cms_verify.c, cms_make.c) ------------- */

/* A SignedData and one of its signers (mostly there is one), as a view: everything points into the
 * DER it was parsed from. */
struct yx_cms {
    yx_oid content_type; /* of the whole: PKCS7_SIGNED_DATA or GM_SIGNED_DATA */
    yx_oid encapsulated; /* of the content: GM_DATA, PKCS7_DATA, TST_INFO ... */
    bool has_content;    /* false: detached */
    struct yx_bytes content;
    struct yx_bytes certificates; /* the content of [0], elements one behind the other */
    struct yx_bytes issuer;       /* issuerAndSerialNumber, or else subject_key_id */
    struct yx_bytes serial;
    struct yx_bytes subject_key_id;
    yx_digest_algorithm digest;
    yx_oid signature_algorithm;
    struct yx_bytes signature_parameters; /* a whole element; empty when absent or NULL */
    struct yx_bytes signature;
    bool has_attributes;
    struct yx_bytes attributes;          /* content of signedAttrs, in the received order */
    struct yx_bytes message_digest;      /* empty when absent */
    yx_time signing_time;                /* YX_TIME_NONE when absent */
    struct yx_bytes attribute_type;      /* contentType attribute, OID content octets */
    struct yx_bytes unsigned_attributes; /* content; empty when absent */
};

/*
 * Parses strictly (DER); nothing may stand behind it. Several signers are refused: the field
 * writes one. With attributes, contentType and messageDigest must be there, contentType must agree
 * with the content, and no attribute may stand twice; content other than data must have them.
 * YX_DAMAGED for all of these; YX_REFUSED, with the identifier, for algorithms that are not known.
 */
yx_status yx_cms_parse(struct yx_bytes der, struct yx_cms *out, struct yx_error *err);
/*
 * The same where several may sign: the view of the signer `wanted`, from 0; `*count` says how many
 * there are, at most YX_CMS_SIGNERS_MAX. Only the one wanted is read strictly: whoever believes a
 * SignedData must look at each.
 */
#define YX_CMS_SIGNERS_MAX 8
yx_status yx_cms_parse_signer(struct yx_bytes der, size_t wanted, struct yx_cms *out, size_t *count,
                              struct yx_error *err);
/* The value of an attribute, a whole element, out of `attributes` or `unsigned_attributes`; empty
 * when it is absent. YX_DAMAGED when it has several values. */
yx_status yx_cms_attribute(struct yx_bytes attributes, yx_oid type, struct yx_bytes *value,
                           struct yx_error *err);
/* The signer's certificate out of `certificates`. YX_DAMAGED when it is not there. */
yx_status yx_cms_signer(const struct yx_cms *cms, struct yx_cert **out, struct yx_error *err);
/*
 * The certificates one after the other: start with yx_cms_certificates, ask until *out is NULL.
 * What is no X.509 certificate, or one that cannot be read, is passed over.
 */
struct yx_der yx_cms_certificates(const struct yx_cms *cms);
yx_status yx_cms_next_certificate(struct yx_der *list, struct yx_cert **out, struct yx_error *err);
/*
 * Does the signature itself name its certificate (signing-certificate of RFC 2634, or version 2 of
 * RFC 5035), and is it this one? *present: one of the attributes is there; PAdES asks for it.
 * YX_REFUSED when another certificate is named, YX_DAMAGED when an attribute is malformed.
 */
yx_status yx_cms_check_signing_certificate(const struct yx_cms *cms, const struct yx_cert *signer,
                                           bool *present, struct yx_error *err);
/* yx_cert_validate, where the certificates that the signature carries help to build the path; they
 * are not trusted by themselves. */
yx_status yx_cms_validate_signer(const struct yx_cms *cms, const struct yx_cert *signer,
                                 const struct yx_trust *trust, yx_cert_use use, yx_time at,
                                 yx_time now, struct yx_cert_findings *out, struct yx_error *err);
/* The algorithm that made the value: digest, signature algorithm and key put together. YX_REFUSED
 * when they do not go together. */
yx_status yx_cms_algorithm(const struct yx_cms *cms, const struct yx_cert *signer,
                           yx_signature_algorithm *out, struct yx_error *err);
/*
 * Does the signature hold? `content` is what was signed: the encapsulated content, or the detached
 * one.
 *
 *   with attributes      *value_matches: the value is over the SET OF attributes, in the received
 *                        order. *digest_matches: messageDigest is the digest of the content,
 *                        plain, or (SM2 keys, SM3) with ZA in front; *digest_with_za says which.
 *   without attributes   *value_matches: the value is over the content itself. There is no digest
 *                        to differ: *digest_matches is true, *digest_with_za false.
 *
 * The signature holds when both are true. YX_OK means that both could be worked out, not that they
 * hold; `digest_with_za` may be NULL. YX_REFUSED when the algorithms do not go together
 * (yx_cms_algorithm): then nothing was worked out. MD5 and SHA-1 are worked out like the others:
 * ask yx_signature_allowed.
 */
yx_status yx_cms_verify(const struct yx_cms *cms, const struct yx_cert *signer,
                        struct yx_bytes content, bool *digest_matches, bool *value_matches,
                        bool *digest_with_za, struct yx_error *err);

/* The same for a signature with attributes over content of which only the plain digest (of
 * cms->digest) is at hand. YX_USAGE when it has no attributes. */
yx_status yx_cms_verify_digest(const struct yx_cms *cms, const struct yx_cert *signer,
                               struct yx_bytes digest, bool *digest_matches, bool *value_matches,
                               struct yx_error *err);

/* One attribute with one value, a whole element in DER. */
struct yx_attribute {
    yx_oid type;
    struct yx_bytes value;
};

/* A SignedData with one signer that is to be made. */
struct yx_cms_request {
    const struct yx_cert *signer;
    const struct yx_cert *const *chain; /* carried along with the signer's certificate */
    size_t chain_count;
    bool leave_out_certificates;
    yx_signature_algorithm algorithm; /* YX_SIG_NONE: the default of the signer's key */
    /* The identifiers of GB/T 35275 (SignedData, data, SM2-sign) and not those of PKCS#7: what
     * OFD wants from SM2 keys; PDF has PKCS#7 for all of them. */
    bool gm_content_types;
    yx_oid content_type;     /* YX_OID_UNKNOWN: data; else what `content` is (TST_INFO) */
    struct yx_bytes content; /* carried inside; empty: detached */
    /* The signed attributes beside contentType and messageDigest. */
    struct yx_bytes content_digest; /* plain, of yx_cms_digest(algorithm) */
    yx_time signing_time;           /* YX_TIME_NONE: none (PAdES forbids it, EN 319 142-1) */
    bool signing_certificate;       /* signing-certificate-v2 (RFC 5035): SHA-256, SM2: SM3 */
    const struct yx_attribute *attributes;
    size_t attribute_count;
};

/* The digest algorithm that goes with a signature in CMS: its own; Ed25519: SHA-512 (RFC 8419). */
yx_digest_algorithm yx_cms_digest(yx_signature_algorithm algorithm);
/*
 * Makes SignedData in two steps, so that any key anywhere can sign in between. Prepare appends the
 * bytes to be signed: the signed attributes as a SET OF in the order of DER. Finish checks the
 * value and appends the SignedData with its certificates and, as the unsigned attribute
 * signatureTimeStampToken, `timestamp` (a token over the signature value; empty: none). It takes
 * the attributes from `to_be_signed`, all else from `request`, where it does not look at what the
 * attributes are made of. YX_REFUSED when the value does not verify or the algorithm does not go
 * with the key.
 */
yx_status yx_cms_prepare(const struct yx_cms_request *request, struct yx_buf *to_be_signed,
                         struct yx_error *err);
yx_status yx_cms_finish(const struct yx_cms_request *request, struct yx_bytes to_be_signed,
                        struct yx_bytes signature, struct yx_bytes timestamp, struct yx_buf *out,
                        struct yx_error *err);

/* Appends a SignedData that nobody signs and that only carries certificates, DER one behind the
 * other: the certs-only message of RFC 5272 4.1 (cms_certificates.c). */
yx_status yx_cms_make_certificates(struct yx_bytes certificates, struct yx_buf *out,
                                   struct yx_error *err);

/* --- Time-stamp tokens (timestamp.c) ----------------------------------------------------- */

/* The algorithm of the imprint of a token, bare or in its TimeStampResp; YX_DAMAGED when it is none
 * or the algorithm is not known. */
yx_status yx_timestamp_algorithm(struct yx_bytes token, yx_digest_algorithm *out,
                                 struct yx_error *err);

/*
 * Checks an RFC 3161 token (GB/T 20520), bare or in its TimeStampResp, over `stamped`: format,
 * imprint, signature, and the TSA's certificate against `trust` (may be NULL) at the time that the
 * token tells. `*time` is set as soon as the token parses, and is YX_TIME_NONE otherwise. The
 * finding: fail when anything is wrong, unknown when the TSA's certificate is not carried or not
 * known to be good, pass with the TSA's name. A finding is never a failed call: YX_OK unless
 * memory or libcrypto fails.
 */
yx_status yx_timestamp_verify(struct yx_bytes token, struct yx_bytes stamped,
                              const struct yx_trust *trust, yx_time now, yx_time *time,
                              struct yx_cert_finding *out, struct yx_error *err);
/* The same over bytes of which the digest by yx_timestamp_algorithm is at hand. */
yx_status yx_timestamp_verify_digest(struct yx_bytes token, struct yx_bytes digest,
                                     const struct yx_trust *trust, yx_time now, yx_time *time,
                                     struct yx_cert_finding *out, struct yx_error *err);

#endif
