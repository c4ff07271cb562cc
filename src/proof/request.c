/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proof/request.c - signed requests of systems: the Authorization header, read in the one form that
 * it has, and the text that is signed.
 */
#include "proof/proof.h"

#define SCHEME "YX1-HMAC-SM3"
#define RULE YX_PROOF_RULE
#define NONCE_MIN 16
#define NONCE_MAX 64
#define URL_SAFE "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

bool yx_signed_request_is(const char *authorization)
{
    return authorization != NULL && strncmp(authorization, SCHEME " ", sizeof SCHEME) == 0;
}

/* Takes "NAME=" and the characters of `allowed` behind it. */
static bool take(const char **at, const char *name, const char *allowed, char *out, size_t size)
{
    size_t len = strlen(name);

    if (strncmp(*at, name, len) != 0)
        return false;
    *at += len;
    len = strspn(*at, allowed);
    if (len == 0 || len >= size)
        return false;
    memcpy(out, *at, len);
    out[len] = '\0';
    *at += len;
    return true;
}

/* 32 octets in lower-case hex. */
static bool take_hex(const char **at, const char *name, uint8_t out[32])
{
    YX_CLEAN(yx_buf) struct yx_buf octets = {0};
    char text[65];

    if (!take(at, name, "0123456789abcdef", text, sizeof text) ||
        yx_hex_decode(YX_TEXT(text), &octets, NULL) != YX_OK || octets.len != 32)
        return false;
    memcpy(out, octets.data, 32);
    return true;
}

yx_status yx_signed_request_read(const char *authorization, struct yx_signed_request *out,
                                 struct yx_error *err)
{
    const char *at = authorization;
    bool ok = yx_signed_request_is(at);

    if (ok) {
        at += sizeof SCHEME;
        ok = take(&at, "key=", "0123456789abcdef-", out->key, sizeof out->key) &&
             take(&at, ", time=", "0123456789-:TZ", out->time, sizeof out->time) &&
             take(&at, ", nonce=", URL_SAFE, out->nonce, sizeof out->nonce) &&
             take_hex(&at, ", body=", out->body) && take_hex(&at, ", signature=", out->signature) &&
             *at == '\0' && yx_uuid_valid(out->key) && strlen(out->nonce) >= NONCE_MIN &&
             yx_time_parse(out->time, &out->at, NULL) == YX_OK;
    }
    YX_REQUIRE(
        ok, err, YX_REFUSED, RULE,
        N_("the Authorization header does not read YX1-HMAC-SM3 key=..., time=..., nonce=..., "
           "body=..., signature=..."));
    return YX_OK;
}

yx_status yx_signed_request_text(const char *method, const char *target, const char *time,
                                 const char *nonce, const uint8_t body[32], struct yx_buf *out,
                                 struct yx_error *err)
{
    yx_status status = yx_buf_printf(out, SCHEME "\n%s\n%s\n%s\n%s\n", method, target, time, nonce);

    for (size_t i = 0; status == YX_OK && i < 32; i++)
        status = yx_buf_printf(out, "%02x", (unsigned)body[i]);
    return status == YX_OK ? YX_OK : yx_fail_memory(err);
}
