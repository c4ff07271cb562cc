/* SPDX-License-Identifier: Apache-2.0 */
/* x509/cert_internal.h - what the files of x509/ share: the inside of certificates, CRLs, trust and
 * paths. Nobody outside x509/ includes it. */
#ifndef X509_CERT_INTERNAL_H
#define X509_CERT_INTERNAL_H

#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>

#include "x509/x509.h"

static inline void yx_x509_free_list(STACK_OF(X509) * list)
{
    sk_X509_pop_free(list, X509_free);
}

YX_DEFINE_CLEAN(x509, X509 *, X509_free);
YX_DEFINE_CLEAN(x509_list, STACK_OF(X509) *, yx_x509_free_list);
YX_DEFINE_CLEAN(x509_store_ctx, X509_STORE_CTX *, X509_STORE_CTX_free);
YX_DEFINE_CLEAN(dist_points, CRL_DIST_POINTS *, CRL_DIST_POINTS_free);

/* The signer ID of GM/T 0009. libcrypto's own default is the empty one, which nobody uses. */
#define YX_SM2_ID "1234567812345678"

/* Everything that is bytes points into `der`. Nothing but the number of owners changes after
 * reading: threads may share. */
struct yx_cert {
    atomic_uint owners;
    struct yx_buf der;
    X509 *x509;

    struct yx_bytes to_be_signed;
    struct yx_bytes inner_algorithm; /* TBSCertificate.signature, a whole element */
    struct yx_bytes outer_algorithm; /* Certificate.signatureAlgorithm */
    struct yx_bytes signature;
    struct yx_bytes serial;
    struct yx_bytes issuer;
    struct yx_bytes subject;
    struct yx_bytes spki;
    yx_time not_before;
    yx_time not_after;

    yx_signature_algorithm algorithm;
    struct yx_public_key *key; /* NULL: of no type or size that Yinxin knows */

    unsigned extensions_seen; /* one bit for each row of the table in cert.c */
    int key_usage;            /* YX_KU_ bits, -1 when absent */
    bool ca;
    bool extended_usage_critical;
    struct yx_bytes extended_usage; /* content of ExtKeyUsageSyntax; data NULL when absent */
    struct yx_bytes key_identifier;

    struct yx_buf subject_text;
    struct yx_buf issuer_text;
    struct yx_buf common_name;
    struct yx_buf serial_text;
};

/* --- Names (name.c) ---------------------------------------------------------------------- */

/* Appends the value of the most specific attribute of this type; nothing when there is none. */
yx_status yx_name_find(struct yx_bytes der, yx_oid type, struct yx_buf *text, struct yx_error *err);

/* --- Between libcrypto and us (cert.c) --------------------------------------------------- */

/* Appends the subject (or any name) of a libcrypto object as RFC 4514 text with a NUL behind it. */
yx_status yx_x509_name_text(const X509_NAME *name, struct yx_buf *text, struct yx_error *err);
/* Empties the error queue of the thread and tells whether it held a lack of memory: only for a
 * queue that was empty before, since it is the caller's. */
bool yx_x509_out_of_memory(void);
/* YX_TIME_NONE when the time cannot be read. */
yx_time yx_x509_time(const ASN1_TIME *time);

/* --- CRLs as read (crl.c) ----------------------------------------------------------- */

#define YX_CRL_MAX (64u * 1024 * 1024)
/* ReasonFlags of RFC 5280 4.2.1.13 as octets 0 and 1 of the BIT STRING, low octet first. */
#define YX_REASONS_ALL 0x807Fu
#define YX_REASONS_HOLD 0x0002u

struct yx_crl {
    atomic_uint owners; /* trusts share it once it is read; nobody changes it */
    struct yx_buf der;
    X509_CRL *crl;
    struct yx_bytes to_be_signed;
    struct yx_bytes signature;
    yx_signature_algorithm algorithm;
    yx_time this_update;
    yx_time next_update;         /* YX_TIME_NONE when absent */
    ISSUING_DIST_POINT *scope;   /* NULL: everything that its issuer issued */
    AUTHORITY_KEYID *issuer_key; /* NULL when absent */
    ASN1_INTEGER *number;        /* NULL when absent */
    ASN1_INTEGER *base;          /* a delta's BaseCRLNumber; NULL: a complete CRL */
    unsigned reasons;            /* that it covers */
    bool unknown_critical;       /* has a critical extension that we cannot process */
};

yx_status yx_crl_read(struct yx_bytes der, struct yx_crl **out, struct yx_error *err);
void yx_crl_free(struct yx_crl *crl);
YX_DEFINE_CLEAN(yx_crl, struct yx_crl *, yx_crl_free);
/* Is the certificate within the CRL's scope (RFC 5280 6.3.3 b)? `*reasons`: for which. */
bool yx_crl_covers(const struct yx_crl *crl, X509 *cert, unsigned *reasons);
/* May the delta be put on top of the base (RFC 5280 6.3.3 c)? */
bool yx_crl_delta_fits(const struct yx_crl *delta, const struct yx_crl *base);

/* --- Trust (trust.c) --------------------------------------------------------------------- */

struct yx_trust {
    X509_STORE *store;      /* the anchors */
    STACK_OF(X509) * known; /* anchors and helpers: where issuers are looked for */
    size_t anchor_count;
    struct yx_crl **crls;
    size_t crl_count, crl_cap;
    struct yx_ocsp **ocsps; /* ocsp.h */
    size_t ocsp_count, ocsp_cap;
    const struct yx_fetcher *fetcher; /* NULL: nothing is fetched */
};

/* --- Paths and revocation (validate.c, path_verify.c, revocation.c) ---------------------- */

/* A path that was built: the certificate first, an anchor last (when `anchored`). */
struct yx_path {
    const struct yx_trust *trust;
    STACK_OF(X509) * chain;
    bool anchored;
    yx_time at;
    yx_time now;
    bool of_stamper;    /* it signed a time-stamp: RFC 3161 4.1 asks why it was revoked */
    bool of_crl_issuer; /* no further paths are built for it: RFC 5280 6.3.3 f ends here */
};

/* Prepares libcrypto's path building for one certificate at one moment. */
yx_status yx_path_begin(const struct yx_trust *trust, X509 *cert, yx_time at, X509_STORE_CTX **out,
                        struct yx_error *err);
/* Is the certificate signed with the issuer's key, which libcrypto can read? YX_NO_MEMORY, or
 * another status when it is not (path_verify.c). */
yx_status yx_path_signature(X509 *cert, X509 *issuer);
/* X509_STORE_CTX_verify_fn of every path. */
int yx_path_verify(X509_STORE_CTX *ctx);
/* X509_STORE_CTX_check_issued_fn of every store. */
int yx_path_may_be_issuer(X509_STORE_CTX *ctx, X509 *cert, X509 *issuer);
/* The revocation of the certificate at `depth` of the path. */
yx_status yx_revocation_check(const struct yx_path *path, int depth, struct yx_cert_finding *out,
                              struct yx_error *err);

#endif
