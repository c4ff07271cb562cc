/* SPDX-License-Identifier: Apache-2.0 */
/*
 * est/est.h - the door to est/: Enrollment over Secure Transport (RFC 7030, RFC 8951) as an answer
 * to a request. It knows no sockets: a room that does mounts it below /.well-known/est/, over TLS
 * alone, since passwords travel in it.
 *
 *   GET  [LABEL/]cacerts          the authority's certificate and the chain behind it
 *   GET  [LABEL/]csrattrs         which signature a request should have
 *   POST [LABEL/]simpleenroll     a certificate for whoever logs in, or shows one
 *   POST [LABEL/]simplereenroll   the certificate that was shown over TLS, anew
 *   POST [LABEL/]serverkeygen     the same with a key that is made here, when the profile says so
 *
 * LABEL is the name of a profile. Who may have what is said by enrol/.
 */
#ifndef EST_EST_H
#define EST_EST_H

#include "enrol/enrol.h"

#define YX_EST_PATH "/.well-known/est/"
/* Longer bodies are refused with 413. */
#define YX_EST_BODY_MAX (128u * 1024)

struct yx_est_request {
    const char *method;        /* "GET", "POST" */
    const char *operation;     /* what stands behind YX_EST_PATH, decoded */
    const char *content_type;  /* "" when there is none */
    const char *authorization; /* "" when there is none */
    struct yx_bytes body;
    const char *address;                /* of the client; NULL: not known */
    struct yx_bytes client_certificate; /* DER; the client proved to have its key; empty: none */
    yx_time now;                        /* 0: the clock */
};

struct yx_est_reply {
    unsigned status;          /* of HTTP */
    const char *content_type; /* NULL: no body */
    struct yx_buf body;       /* base64 without line ends, parts of it, or text */
    bool is_base64;           /* say "Content-Transfer-Encoding: base64" */
    bool ask_password;        /* say "WWW-Authenticate: Basic realm="est", charset="UTF-8"" */
    unsigned retry_after;     /* seconds, say "Retry-After"; 0: do not */
};
void yx_est_reply_free(struct yx_est_reply *reply);
YX_DEFINE_CLEAN_VALUE(yx_est_reply, struct yx_est_reply, yx_est_reply_free);

/*
 * Answers a request: the reply is filled in any case but YX_NO_MEMORY. Another status than YX_OK
 * says, for the log, why the reply is a refusal; then nothing was issued. Threads may share
 * `enrol`.
 */
yx_status yx_est_answer(const struct yx_enrol *enrol, const struct yx_est_request *request,
                        struct yx_est_reply *reply, struct yx_error *err);

#endif
