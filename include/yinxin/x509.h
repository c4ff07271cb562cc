/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yinxin/x509.h - certificates and whom to trust.
 *
 * A certificate is checked in four separate findings (chain, validity, revocation, usage), so
 * that a report can say "expired" or "issuer unknown" and never just "bad". Times are explicit:
 * `at` is the moment that counts (the signing time), `now` the moment of asking.
 */
#ifndef YINXIN_X509_H
#define YINXIN_X509_H

#include <yinxin/base.h>
#include <yinxin/crypto.h>
#include <yinxin/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- Certificates ------------------------------------------------------------------------ */

struct yx_cert;

/* At most this many bytes are read as one certificate. */
#define YX_CERT_MAX (64u * 1024)

/* Reads one certificate (DER; no bytes behind it). The bytes are copied. */
YX_API yx_status yx_cert_from_der(struct yx_bytes der, struct yx_cert **out, struct yx_error *err);
/* Reads the first certificate of a file's content, PEM or DER. */
YX_API yx_status yx_cert_read(struct yx_bytes file, struct yx_cert **out, struct yx_error *err);
YX_API void yx_cert_free(struct yx_cert *cert);

/* What the certificate says. All results live as long as the certificate. */
YX_API struct yx_bytes yx_cert_der(const struct yx_cert *cert);
YX_API const char *yx_cert_subject(const struct yx_cert *cert); /* RFC 4514: "CN=...,O=...,C=CN" */
YX_API const char *yx_cert_issuer(const struct yx_cert *cert);
YX_API const char *yx_cert_common_name(const struct yx_cert *cert); /* "" when it has none */
YX_API const char *yx_cert_serial(const struct yx_cert *cert);      /* hex, upper case */
YX_API yx_time yx_cert_not_before(const struct yx_cert *cert);
YX_API yx_time yx_cert_not_after(const struct yx_cert *cert);
/* NULL when the key is of a type or size that is not in yinxin/crypto.h. */
YX_API const struct yx_public_key *yx_cert_public_key(const struct yx_cert *cert);
/* The algorithm that its issuer signed it with. */
YX_API yx_signature_algorithm yx_cert_signature_algorithm(const struct yx_cert *cert);
YX_API bool yx_cert_is_ca(const struct yx_cert *cert);
/* Key usage bits of RFC 5280 4.2.1.3: bit 0 is digitalSignature; -1 when the extension is absent.
 */
YX_API int yx_cert_key_usage(const struct yx_cert *cert);
enum {
    YX_KU_DIGITAL_SIGNATURE = 1 << 0,
    YX_KU_NON_REPUDIATION = 1 << 1,
    YX_KU_KEY_ENCIPHERMENT = 1 << 2,
    YX_KU_DATA_ENCIPHERMENT = 1 << 3,
    YX_KU_KEY_AGREEMENT = 1 << 4,
    YX_KU_KEY_CERT_SIGN = 1 << 5,
    YX_KU_CRL_SIGN = 1 << 6
};

/* --- Trust ------------------------------------------------------------------------------- */

/* Trust anchors, helper certificates, CRLs and OCSP responses. Filled by one thread, then read by
 * any number. */
struct yx_trust;

YX_API yx_status yx_trust_new(struct yx_trust **out, struct yx_error *err);
YX_API void yx_trust_free(struct yx_trust *trust);
/* Every certificate of the file (PEM, one or many, or DER), or of every .pem, .crt, .cer and .der
 * file of the folder, becomes a trust anchor. */
YX_API yx_status yx_trust_add_path(struct yx_trust *trust, const char *path, struct yx_error *err);
YX_API yx_status yx_trust_add_anchor(struct yx_trust *trust, const struct yx_cert *cert,
                                     struct yx_error *err);
/* A certificate that may stand between signer and anchor, not trusted by itself. */
YX_API yx_status yx_trust_add_helper(struct yx_trust *trust, const struct yx_cert *cert,
                                     struct yx_error *err);
/* A CRL, PEM or DER. */
YX_API yx_status yx_trust_add_crl(struct yx_trust *trust, struct yx_bytes crl,
                                  struct yx_error *err);
/* An OCSP response (RFC 6960), DER: an OCSPResponse or the BasicOCSPResponse in it. YX_REFUSED for
 * a response that is only an error. */
YX_API yx_status yx_trust_add_ocsp(struct yx_trust *trust, struct yx_bytes response,
                                   struct yx_error *err);
/* Something to be brought by HTTP. */
struct yx_fetch {
    const char *url;           /* http: or https: */
    const char *content_type;  /* of the body */
    const char *accepted_type; /* of the answer */
    struct yx_bytes body;      /* POST; empty: GET */
    size_t limit;              /* of the answer, in bytes */
};
/* Somebody who can reach the network; `fetch` appends the answer. The library itself has no
 * sockets.
 */
struct yx_fetcher {
    yx_status (*fetch)(void *self, const struct yx_fetch *what, struct yx_buf *out,
                       struct yx_error *err);
    void *self;
};
/*
 * With a fetcher, which must outlive the trust and its copies, a PDF that is extended to level LT
 * or LTA gets the CRLs and OCSP responses that are missing from where its certificates name, as far
 * as they lead to an anchor. Nothing else fetches: a verification never does.
 */
YX_API void yx_trust_set_fetcher(struct yx_trust *trust, const struct yx_fetcher *fetcher);
/* Are there any anchors? */
YX_API bool yx_trust_is_empty(const struct yx_trust *trust);

/* What a certificate is about to be used for. */
typedef enum {
    YX_USE_SIGN,       /* signs documents or seals: keyUsage digitalSignature or nonRepudiation */
    YX_USE_TIME_STAMP, /* RFC 3161 2.3: id-kp-timeStamping, critical and alone */
    YX_USE_ISSUE       /* signs certificates */
} yx_cert_use;

struct yx_cert_finding {
    yx_outcome outcome;
    const char *rule;
    struct yx_message detail; /* text is NULL when there is nothing to add */
};

struct yx_cert_findings {
    struct yx_cert_finding chain;    /* path to an anchor; no anchors given: unknown */
    struct yx_cert_finding validity; /* of the certificate itself, at `at` */
    struct yx_cert_finding
        revocation; /* revoked at or before `at`: fail; later: pass, and says so */
    struct yx_cert_finding usage;
};

/*
 * Checks a certificate by RFC 5280 6 and GB/T 20518, for SM2 as for all others. `trust` may be
 * NULL. A CRL counts when its issuer signed it and it covers `at`: thisUpdate <= now and
 * nextUpdate >= at. An OCSP response counts under the same times when the certificate's issuer
 * signed it, or a delegate of that issuer. Either decides; revoked in one of them is revoked.
 * Without any: unknown when the certificate names a CRL or OCSP source, or when there was one that
 * does not count (forged, out of date, or from after the certificate's end, when it may have been
 * dropped: RFC 5280 3.3); skip otherwise. The chain fails for MD5 and
 * SHA-1 below the anchor, and for RSA keys under 2048 bits. A finding is never a failed call: YX_OK
 * unless memory or libcrypto fails.
 */
YX_API yx_status yx_cert_validate(const struct yx_trust *trust, const struct yx_cert *cert,
                                  yx_cert_use use, yx_time at, yx_time now,
                                  struct yx_cert_findings *out, struct yx_error *err);

/* --- Asking for revocation --------------------------------------------------------------- */

/* Where a certificate says that its revocation can be asked for. */
typedef enum {
    YX_SOURCE_OCSP, /* authorityInfoAccess, id-ad-ocsp */
    YX_SOURCE_CRL   /* cRLDistributionPoints */
} yx_revocation_source;
/* The index-th URL of that kind (http: or https: only), as long as the certificate lives; empty
 * when there are no more. */
YX_API struct yx_bytes yx_cert_revocation_url(const struct yx_cert *cert, yx_revocation_source kind,
                                              size_t index);

/* A certificate and who issued it. */
struct yx_ocsp_pair {
    const struct yx_cert *cert;
    const struct yx_cert *issuer;
};
/* At most this many certificates stand in one request. */
#define YX_OCSP_IDS_MAX 32
/*
 * Asks about certificates: appends an OCSPRequest (RFC 6960 4.1). `digest` names the issuers; for
 * SM2 issuers YX_DIGEST_NONE means SM3, for all others SHA-1, which every responder knows (RFC 5019
 * 2.1.1) and which is only a name here. With a nonce the answer cannot be an old one.
 */
YX_API yx_status yx_ocsp_request_make(const struct yx_ocsp_pair *pairs, size_t count,
                                      yx_digest_algorithm digest, bool with_nonce,
                                      struct yx_buf *out, struct yx_error *err);

typedef enum { YX_OCSP_GOOD, YX_OCSP_REVOKED, YX_OCSP_UNKNOWN } yx_ocsp_status;
/* What a responder says about one certificate. */
struct yx_ocsp_answer {
    yx_ocsp_status status;
    yx_time this_update;
    yx_time next_update; /* YX_TIME_NONE: newer information is always to be had */
    yx_time revoked_at;  /* when status is YX_OCSP_REVOKED */
    int reason;          /* CRLReason of RFC 5280 5.3.1; 0 when none is given */
};
/* How an answer is to be looked at. */
struct yx_ocsp_question {
    struct yx_ocsp_pair about;
    struct yx_bytes request; /* that it answers; empty: nonces are not compared */
    bool nonce_required;     /* refuse an answer without the nonce of the request too, which
                                responders that answer in advance leave out (RFC 5019 4) */
    yx_time at;              /* the response covers it ... */
    yx_time now;             /* ... and is not from the future */
};
/*
 * Checks a response (RFC 6960 3.2): signed by the issuer itself or by a delegate with the extended
 * key usage OCSPSigning that it issued directly, about this certificate, in time, and with the
 * nonce of the request. YX_REFUSED says which of these does not hold, or which error the responder
 * sent.
 */
YX_API yx_status yx_ocsp_response_check(struct yx_bytes response,
                                        const struct yx_ocsp_question *question,
                                        struct yx_ocsp_answer *out, struct yx_error *err);

#ifdef __cplusplus
}
#endif

#endif
