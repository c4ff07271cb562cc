/* SPDX-License-Identifier: Apache-2.0 */
/* x509/x509.h - the door to x509/: certificates read and checked, names, trust, paths, and what
 * CRLs and OCSP responses say. */
#ifndef X509_X509_H
#define X509_X509_H

#include <yinxin/x509.h>

#include "crypto/crypto.h"

YX_DEFINE_CLEAN(yx_cert, struct yx_cert *, yx_cert_free);
YX_DEFINE_CLEAN(yx_trust, struct yx_trust *, yx_trust_free);

/* --- More of a certificate --------------------------------------------------------------- */

/* The DER of its subject and issuer names, serial (content octets) and subject key identifier
 * (empty when absent). */
struct yx_bytes yx_cert_subject_der(const struct yx_cert *cert);
struct yx_bytes yx_cert_issuer_der(const struct yx_cert *cert);
struct yx_bytes yx_cert_serial_der(const struct yx_cert *cert);
struct yx_bytes yx_cert_key_identifier(const struct yx_cert *cert);
struct yx_bytes yx_cert_spki(const struct yx_cert *cert); /* the whole SubjectPublicKeyInfo */
/* Is it a CA without the pathLenConstraint 0? */
bool yx_cert_may_have_ca_below(const struct yx_cert *cert);
bool yx_cert_has_extended_usage(const struct yx_cert *cert, yx_oid usage);
/* The content of GeneralNames of its subjectAltName, for yx_general_name_next; empty when absent.
 */
yx_status yx_cert_alt_names(const struct yx_cert *cert, struct yx_bytes *out, struct yx_error *err);
/* Appends the Extensions that say who the holder is: subjectAltName and the identity of GM/T 0015;
 * for the `copied` of the certificate that comes after this one. */
yx_status yx_cert_copy_names(const struct yx_cert *cert, struct yx_buf *out, struct yx_error *err);
/* A number that says who the holder is (GM/T 0015), as a view: IDENTIFY_CODE, ORGANIZATION_CODE and
 * the like. `kind` tells the choices of IDENTIFY_CODE apart: 0 a resident's card, 1 an officer's, 2
 * a passport; it is 0 otherwise. Empty when there is none, or it does not read so. */
struct yx_bytes yx_cert_number(const struct yx_cert *cert, yx_oid type, unsigned *kind);
/* Did `issuer` sign `cert`? Names and signature only. YX_REFUSED when not. */
yx_status yx_cert_verify_issued(const struct yx_cert *cert, const struct yx_cert *issuer,
                                struct yx_error *err);
/* Do the names of `certificate`, DER that need not be signed yet, lie within the name constraints
 * of the issuer (RFC 5280 6.1.3 b, c)? YX_REFUSED when not. */
yx_status yx_cert_check_constraints(const struct yx_cert *issuer, struct yx_bytes certificate,
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

/* The octets of the key itself, behind the unused bits of subjectPublicKey. */
yx_status yx_spki_key_bits(struct yx_bytes spki, struct yx_bytes *out, struct yx_error *err);

/* Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue OCTET STRING }: opened around
 * its value and closed (extension.c). */
struct yx_extension_marks {
    size_t sequence, value;
};
struct yx_extension_marks yx_extension_begin(struct yx_der_writer *writer, yx_oid oid,
                                             bool critical);
void yx_extension_close(struct yx_der_writer *writer, struct yx_extension_marks marks);

/* --- PEM (pem.c) ------------------------------------------------------------------------- */

/* Appends "-----BEGIN CERTIFICATE-----..." */
yx_status yx_pem_write(const char *label, struct yx_bytes der, struct yx_buf *out);
/*
 * Takes the next block with this label out of `rest` and puts its bytes in the place of what `der`
 * held. Text and blocks with other labels in between are passed over. `*found` is false when
 * there is no further one.
 */
yx_status yx_pem_next(struct yx_bytes *rest, const char *label, struct yx_buf *der, bool *found,
                      struct yx_error *err);
/* Does the file start like DER (a SEQUENCE), so that it is not text? */
bool yx_pem_is_der(struct yx_bytes file);

/* --- More of trust (trust.c, validate.c) -------------------------------------------------- */

/* A copy that can be added to: the anchors, helpers, CRLs and OCSP responses of `trust` (NULL:
 * none), which stays as it is. */
yx_status yx_trust_copy(const struct yx_trust *trust, struct yx_trust **out, struct yx_error *err);
/* Each anchor, as long as the trust lives. */
size_t yx_trust_anchor_count(const struct yx_trust *trust);
const struct yx_cert *yx_trust_anchor(const struct yx_trust *trust, size_t index);
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

/* yx_cert_validate, where further certificates help to build the path, and are not trusted by
 * themselves: `helpers` has them as SignedData does, elements one behind the other. What is no
 * X.509 certificate, or one that cannot be read, is passed over. */
yx_status yx_cert_validate_with(const struct yx_trust *trust, const struct yx_cert *cert,
                                struct yx_bytes helpers, yx_cert_use use, yx_time at, yx_time now,
                                struct yx_cert_findings *out, struct yx_error *err);

/* `yx_finding_set(&finding, YX_FAIL, "RFC 5280 6.1.3", N_("..."), args)` */
#define yx_finding_set(finding, result, clause, ...)     \
    do {                                                 \
        (finding)->outcome = (result);                   \
        (finding)->rule = (clause);                      \
        yx_message_set(&(finding)->detail, __VA_ARGS__); \
    } while (0)

/* --- Names (name.c) ---------------------------------------------------------------------- */

/*
 * Turns "CN=测试根CA,O=测试机构,C=CN" (RFC 4514: most specific first, '\' escapes, '+' for one
 * multi-valued RDN refused) into the DER of a Name. Country is a PrintableString, emailAddress and
 * DC are IA5String, all else is UTF8String. YX_USAGE names the part that is wrong.
 */
yx_status yx_name_to_der(const char *text, struct yx_buf *out, struct yx_error *err);
/* The reverse, of any Name. Values that are not text are written as #hex. */
yx_status yx_name_from_der(struct yx_bytes der, struct yx_buf *text, struct yx_error *err);

/* --- OCSP (ocsp_id.c, ocsp_request.c) ---------------------------------------------------- */

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

/* OCSPResponseStatus (RFC 6960 4.2.1) of the answers that are none. */
typedef enum {
    YX_OCSP_MALFORMED_REQUEST = 1,
    YX_OCSP_INTERNAL_ERROR = 2,
    YX_OCSP_TRY_LATER = 3,
    YX_OCSP_SIG_REQUIRED = 5,
    YX_OCSP_UNAUTHORIZED = 6
} yx_ocsp_error;

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

/* Writes the extension with the nonce, below [tag] EXPLICIT; nothing for an empty one. */
void yx_ocsp_put_nonce(struct yx_der_writer *w, uint8_t tag, struct yx_bytes nonce);

#endif
