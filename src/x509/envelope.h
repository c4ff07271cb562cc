/* SPDX-License-Identifier: Apache-2.0 */
/* x509/envelope.h - what envelope.c and envelope_cms.c share; no other file includes it. */
#ifndef X509_ENVELOPE_H
#define X509_ENVELOPE_H

#include "x509/x509.h"

/* The envelope of CMS for RSA and the curves of NIST, by libcrypto. */
yx_status yx_envelope_cms_make(const struct yx_cert *holder, struct yx_bytes content,
                               struct yx_buf *out, struct yx_error *err);
yx_status yx_envelope_cms_open(struct yx_bytes der, const struct yx_cert *holder,
                               const struct yx_private_key *key, struct yx_buf *content,
                               struct yx_error *err);
/* One sentence for whatever keeps an envelope shut: an answer that tells more would help whoever
 * sends forged ones. */
yx_status yx_envelope_fail(struct yx_error *err);

#endif
