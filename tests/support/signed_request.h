/* SPDX-License-Identifier: Apache-2.0 */
/* signed_request.h - requests signed as systems sign them. Needs support.h before it. */
#ifndef SIGNED_REQUEST_H
#define SIGNED_REQUEST_H

#include "proof/proof.h"

#define SIGNED_REQUEST_TEXT 600

struct signing {
    const char *key, *secret, *method, *target, *time, *body;
    const char *nonce; /* NULL: one that did not come before */
};

/* The header Authorization. */
static inline void sign_request(const struct signing *signing, char out[SIGNED_REQUEST_TEXT])
{
    static unsigned count;
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    uint8_t body[32], mac[YX_DIGEST_MAX];
    char fresh[32], body_hex[65], mac_hex[65];
    const char *nonce = signing->nonce == NULL ? fresh : signing->nonce;
    struct yx_error err = {0};

    snprintf(fresh, sizeof fresh, "nonce-of-a-test-%u", count++);
    expect_ok(yx_digest(YX_DIGEST_SM3, YX_TEXT(signing->body), body, &err), &err);
    expect_ok(yx_signed_request_text(signing->method, signing->target, signing->time, nonce, body,
                                     &text, &err),
              &err);
    expect_ok(yx_hmac(YX_DIGEST_SM3, YX_TEXT(signing->secret), yx_buf_bytes(&text), mac, &err),
              &err);
    for (int i = 0; i < 32; i++) {
        snprintf(body_hex + 2 * i, 3, "%02x", body[i]);
        snprintf(mac_hex + 2 * i, 3, "%02x", mac[i]);
    }
    snprintf(out, SIGNED_REQUEST_TEXT,
             "YX1-HMAC-SM3 key=%s, time=%s, nonce=%s, body=%s, signature=%s", signing->key,
             signing->time, nonce, body_hex, mac_hex);
}

#endif
