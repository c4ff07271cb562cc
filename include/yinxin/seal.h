/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yinxin/seal.h - electronic seals and the signatures made with them.
 *
 * A seal (电子印章) binds a picture, a holder list and a period, signed by a maker: GM/T 0031-2014
 * (version 1), GB/T 38540-2020 (version 4), GM/T 0031-2025 (version 5). A seal signature
 * (电子签章) binds a seal, a digest and a time, signed by a holder. Both are DER.
 *
 * Everything is verified over the bytes received, never over a re-encoding.
 */
#ifndef YINXIN_SEAL_H
#define YINXIN_SEAL_H

#include <yinxin/base.h>
#include <yinxin/crypto.h>
#include <yinxin/report.h>
#include <yinxin/timestamp.h>
#include <yinxin/x509.h>

#ifdef __cplusplus
extern "C" {
#endif

/* At most this many bytes are read as a seal. */
#define YX_SEAL_MAX (16u * 1024 * 1024)

/* How to verify, for seals and documents alike. Zero means: no trust, now, the strict policy. */
struct yx_verify_options {
    const struct yx_trust *trust; /* NULL: chains are unknown */
    /*
     * Whom to trust as makers of seals, when not everybody with a trusted certificate may make
     * them (REQ SEAL-37): their CA, or their own certificates. NULL: `trust` counts for makers too.
     */
    const struct yx_trust *maker_trust;
    yx_time at; /* the moment of verifying; 0: the clock */
    /* OFD asks for SM2 and SM3; with this, RSA and ECDSA seals with SHA-2 pass `algorithm.allowed`
     * there. */
    bool allow_foreign_algorithms;
    struct yx_progress progress;
};

/* --- Reading ----------------------------------------------------------------------------- */

struct yx_seal;

/* A view into a seal; everything lives as long as the seal. */
struct yx_seal_info {
    int64_t version;         /* 1, 4 or 5: the structure; see `written_version` */
    int64_t written_version; /* header version: V1 writers put 1 or 11 */
    struct yx_bytes vid;     /* maker's software, IA5 */
    struct yx_bytes esid;
    int64_t type; /* 1 official seal (单位印章), 2 personal (个人印章), others as written */
    struct yx_bytes name;
    bool holders_are_digests; /* `holders` are SM3 digests, not certificates */
    const struct yx_bytes *holders;
    size_t holder_count;
    yx_time created;
    yx_time valid_from;
    yx_time valid_to;
    struct yx_bytes picture_type;
    struct yx_bytes picture;
    int64_t width; /* millimetres */
    int64_t height;
    struct yx_bytes maker_certificate; /* DER */
    struct yx_bytes timestamp;         /* V5 token; empty when absent */
};

/* Parses strictly (X.690 DER, no trailing bytes). The bytes are copied. */
YX_API yx_status yx_seal_from_der(struct yx_bytes der, struct yx_seal **out, struct yx_error *err);
YX_API void yx_seal_free(struct yx_seal *seal);
YX_API const struct yx_seal_info *yx_seal_info(const struct yx_seal *seal);
YX_API struct yx_bytes yx_seal_der(const struct yx_seal *seal);

/*
 * Verifies a seal by GM/T 0031-2014 6.1.2 (and the same list of GB/T 38540-2020): the report has
 * format `esl` and one signature entry with the checks seal.format, seal.signature,
 * algorithm.allowed, seal.period (at options->at), seal.maker.* and timestamp.token.
 * Returns YX_OK whenever a report could be made, also for bytes that are no seal at all.
 */
YX_API yx_status yx_seal_verify(struct yx_bytes der, const struct yx_verify_options *options,
                                struct yx_report **out, struct yx_error *err);

/* --- Making ------------------------------------------------------------------------------ */

struct yx_seal_request {
    int version;      /* 1, 4 or 5 */
    const char *esid; /* at most 64 IA5 characters; NULL: a fresh one */
    const char *vid;  /* NULL: "Yinxin" */
    int64_t type;
    const char *name; /* UTF-8, not empty */
    struct yx_bytes
        picture;   /* PNG, JPEG, GIF, BMP, SVG or a small OFD; the type is taken from the bytes */
    int64_t width; /* millimetres, 1 to 200 */
    int64_t height;
    const struct yx_cert *const *holders;
    size_t holder_count;
    bool holders_as_digests; /* V4 and V5 */
    yx_time valid_from; /* YX_TIME_NONE: the latest not_before of the holders, but not before now */
    yx_time valid_to;   /* YX_TIME_NONE: the earliest not_after of the holders (REQ SEAL-43) */
    yx_time now;        /* 0: the clock */
    const struct yx_trust *trust; /* NULL: the holders' and maker's chains are not checked */
    const struct yx_timestamper *timestamper; /* V5: stamps the maker's signature; NULL: none */
};

/*
 * Makes a seal; appends the DER. Refuses (YX_REFUSED, naming the rule): a holder or maker
 * certificate outside its validity, revoked, or of the wrong key usage; a period beyond a
 * certificate's; a picture that is damaged, of no known type, or of absurd size; an invalid name
 * or esID; a maker key that does not fit the certificate.
 */
YX_API yx_status yx_seal_make(const struct yx_seal_request *request, const struct yx_cert *maker,
                              const struct yx_signer *signer, struct yx_buf *out,
                              struct yx_error *err);

#ifdef __cplusplus
}
#endif

#endif
