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

/* Everything that is bytes points into `der`. Nothing but the number of owners and libcrypto's
 * object changes after reading, both of them atomically: threads may share. */
struct yx_cert {
    atomic_uint owners;
    struct yx_buf der;
    _Atomic(X509 *) x509; /* NULL until somebody asks for it (yx_cert_x509) */

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

    int64_t version;            /* as written: 2 is v3 */
    struct yx_bytes extensions; /* Extensions, a whole element; empty when absent */
    bool plain;                 /* has no extension but those that a plain path knows (plain.c) */
    unsigned extensions_seen;   /* one bit for each row of the table in cert.c */
    int key_usage;              /* YX_KU_ bits, -1 when absent */
    bool ca;
    /* pathLenConstraint; a negative one is wrong */
    enum {
        YX_PATH_LENGTH_NONE,
        YX_PATH_LENGTH_ZERO,
        YX_PATH_LENGTH_SOME,
        YX_PATH_LENGTH_WRONG
    } path_length;
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

/* --- Extensions (extension.c) ------------------------------------------------------------ */

/* The value of the first extension of this type; empty when there is none. */
struct yx_bytes yx_cert_extension(const struct yx_cert *cert, yx_oid type);
/* Does the certificate say where its revocation can be asked for? */
bool yx_cert_names_source(const struct yx_cert *cert);

/* --- Between libcrypto and us (libcrypto.c) ---------------------------------------------- */

/*
 * The certificate as libcrypto has it, made when it is first asked for, as long as the certificate
 * lives. Only what cannot be done without it asks: most of its time goes into collecting decoders
 * for the key. YX_DAMAGED when libcrypto cannot read it.
 */
yx_status yx_cert_x509(const struct yx_cert *cert, X509 **out, struct yx_error *err);
/* Refuses what libcrypto could not read of it, and sets `plain`. */
yx_status yx_cert_look_through(struct yx_cert *cert, struct yx_error *err);
/* A certificate that libcrypto holds, read by us. */
yx_status yx_cert_from_x509(const X509 *x509, struct yx_cert **out, struct yx_error *err);
/* Appends the subject (or any name) of a libcrypto object as RFC 4514 text with a NUL behind it. */
yx_status yx_x509_name_text(const X509_NAME *name, struct yx_buf *text, struct yx_error *err);
/* Empties the error queue of the thread and tells whether it held a lack of memory: only for a
 * queue that was empty before, since it is the caller's. */
bool yx_x509_out_of_memory(void);
/* Are two Names the same by RFC 5280 7.1? */
yx_status yx_name_same(struct yx_bytes a, struct yx_bytes b, bool *same, struct yx_error *err);
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
    struct yx_cert **anchors;
    size_t anchor_count, anchor_cap;
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
/* The anchor that issued the certificate, when the path of the two is plain, so that it holds
 * without libcrypto's path building (plain.c); NULL when that must be asked. */
const struct yx_cert *yx_path_plain(const struct yx_trust *trust, const struct yx_cert *cert,
                                    yx_time at);
/* Is there no other certificate, and nothing to be said of this one but that? */
bool yx_path_lone(const struct yx_trust *trust, const struct yx_cert *cert);
/* libcrypto counts whole seconds, rounded down. */
time_t yx_path_seconds(yx_time time);
/* X509_STORE_CTX_verify_fn of every path. */
int yx_path_verify(X509_STORE_CTX *ctx);
/* X509_STORE_CTX_check_issued_fn of every store. */
int yx_path_may_be_issuer(X509_STORE_CTX *ctx, X509 *cert, X509 *issuer);
/* The finding about revocation when nothing at hand tells of it. */
void yx_revocation_without_data(const char *name, bool names_source, struct yx_cert_finding *out);
/* The revocation of the certificate at `depth` of the path. */
yx_status yx_revocation_check(const struct yx_path *path, int depth, struct yx_cert_finding *out,
                              struct yx_error *err);

#endif
