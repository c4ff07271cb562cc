/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cms/cms.h - the door to cms/: SignedData of CMS (RFC 5652) and GB/T 35275, time-stamp tokens, and
 * envelopes in which keys reach their holders.
 */
#ifndef CMS_CMS_H
#define CMS_CMS_H

#include <yinxin/timestamp.h>

#include "x509/x509.h"

/* --- SignedData (parse.c, signer.c, verify.c, make.c, certificates.c) --------------------- */

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
 * other: the certs-only message of RFC 5272 4.1 (certificates.c). */
yx_status yx_cms_make_certificates(struct yx_bytes certificates, struct yx_buf *out,
                                   struct yx_error *err);

/* --- Time-stamp tokens (timestamp.c, timestamp_ask.c) ------------------------------------ */

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

/* Appends a token over bytes, from whoever makes tokens. One over something else, or that does not
 * verify, is refused; whether the authority is to be trusted is asked when the token is verified.
 */
yx_status yx_timestamp_get(const struct yx_timestamper *timestamper, struct yx_bytes stamped,
                           struct yx_buf *out, struct yx_error *err);
/* The same over the digest (of timestamper->algorithm) of bytes. */
yx_status yx_timestamp_get_digest(const struct yx_timestamper *timestamper, struct yx_bytes digest,
                                  struct yx_buf *out, struct yx_error *err);

/* --- Envelopes (envelope.c) -------------------------------------------------------------- */

/* At most this many bytes travel in one envelope: it is made for keys. */
#define YX_ENVELOPE_MAX (1024u * 1024)

/*
 * Closes content so that only the holder of the certificate's key can read it; appends DER.
 *
 *   SM2                 EnvelopedData of GB/T 35275: SM4-CBC, its key as SM2Cipher
 *   RSA, P-256, P-384   EnvelopedData of CMS (RFC 5652), by yx_cms_encrypt
 *   Ed25519             YX_REFUSED: such a key cannot
 *
 * It does not ask for the key usage: an encryption key travels under the holder's signing key.
 * There is no integrity in EnvelopedData: sign what must not be changed, or check it after opening
 * as yx_envelope_open_key does.
 */
yx_status yx_envelope_make(const struct yx_cert *holder, struct yx_bytes content,
                           struct yx_buf *out, struct yx_error *err);
/* YX_REFUSED, with one and the same sentence, when it cannot be opened with this key. */
yx_status yx_envelope_open(struct yx_bytes der, const struct yx_cert *holder,
                           const struct yx_private_key *key, struct yx_buf *content,
                           struct yx_error *err);
/* A private key in such an envelope, as PrivateKeyInfo (RFC 5958); opening it checks the pair. */
yx_status yx_envelope_make_key(const struct yx_cert *holder, const struct yx_private_key *key,
                               struct yx_buf *out, struct yx_error *err);
yx_status yx_envelope_open_key(struct yx_bytes der, const struct yx_cert *holder,
                               const struct yx_private_key *key, struct yx_private_key **out,
                               struct yx_error *err);

#endif
