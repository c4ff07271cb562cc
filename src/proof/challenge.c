/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proof/challenge.c - what the holder of a key signs to come in, and what came back. A challenge is
 * text that says what it is for:
 *
 *   Yinxin log-in: signed, it opens the account of whoever signs
 *   https://seal.example
 *   2026-11-22T08:00:00Z
 *   NONCE.MAC
 *
 * The MAC is of the service itself, so that nothing is kept of challenges that nobody signs: what
 * strangers ask for costs no row. One that was used is kept until its time is over.
 */
#include "cms/cms.h"
#include "proof/proof.h"

#define TITLE "Yinxin log-in: signed, it opens the account of whoever signs"
#define TIME_LEN 20
#define TOKEN_LEN (YX_TOKEN_TEXT - 1)
#define RULE YX_PROOF_RULE

/* --- The text -------------------------------------------------------------------------------- */

static yx_status authenticate(const struct yx_challenger *challenger, struct yx_bytes text,
                              char out[YX_TOKEN_TEXT], struct yx_error *err)
{
    uint8_t mac[YX_DIGEST_MAX];

    YX_TRY(
        yx_hmac(YX_DIGEST_SM3, YX_BYTES(challenger->key, sizeof challenger->key), text, mac, err));
    yx_token_write(mac, out);
    return YX_OK;
}

yx_status yx_challenge_make(const struct yx_challenger *challenger, yx_time now, struct yx_buf *out,
                            struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    char nonce[YX_TOKEN_TEXT], mac[YX_TOKEN_TEXT];

    YX_TRY(yx_token_make(nonce, err));
    if (yx_buf_printf(&text, TITLE "\n%s\n%s\n%s", challenger->origin, YX_WHEN(now), nonce) !=
        YX_OK)
        return yx_fail_memory(err);
    YX_TRY(authenticate(challenger, yx_buf_bytes(&text), mac, err));
    if (yx_buf_printf(&text, ".%s", mac) != YX_OK ||
        yx_buf_append(out, yx_buf_bytes(&text)) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

yx_status yx_challenge_read(const struct yx_challenger *challenger, struct yx_bytes text,
                            yx_time now, int64_t seconds, struct yx_challenge *out,
                            struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf start = {0};
    char when[TIME_LEN + 1] = "", mac[YX_TOKEN_TEXT] = "";
    yx_time made_at = YX_TIME_NONE;
    const uint8_t *at;
    bool ok;

    if (yx_buf_printf(&start, TITLE "\n%s\n", challenger->origin) != YX_OK)
        return yx_fail_memory(err);
    ok = text.len == start.len + TIME_LEN + 1 + TOKEN_LEN + 1 + TOKEN_LEN &&
         memcmp(text.data, start.data, start.len) == 0;
    if (ok) {
        at = text.data + start.len;
        memcpy(when, at, TIME_LEN);
        memcpy(out->nonce, at + TIME_LEN + 1, TOKEN_LEN);
        out->nonce[TOKEN_LEN] = '\0';
        YX_TRY(authenticate(challenger, YX_BYTES(text.data, text.len - TOKEN_LEN - 1), mac, err));
        ok = yx_bytes_equal_secret(YX_TEXT(mac),
                                   YX_BYTES(text.data + text.len - TOKEN_LEN, TOKEN_LEN)) &&
             text.data[text.len - TOKEN_LEN - 1] == '.' &&
             yx_time_parse(when, &made_at, NULL) == YX_OK;
    }
    YX_REQUIRE(ok, err, YX_REFUSED, RULE, N_("this challenge is not one of this service"));
    out->until = made_at + seconds * YX_SECOND;
    YX_REQUIRE(now < out->until && made_at < now + YX_SECOND, err, YX_REFUSED, RULE,
               N_("the time of this challenge is over: ask for a new one"));
    return YX_OK;
}

/* --- What was signed ------------------------------------------------------------------------- */

static yx_status refuse_signature(struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, RULE, N_("the challenge is not signed by this certificate"));
}

/* The bare value, with the usual algorithm of the key. */
static yx_status check_value(const struct yx_signed_challenge *proof, struct yx_cert **out,
                             struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    const struct yx_public_key *key;

    YX_REQUIRE(proof->certificate.len > 0 && proof->certificate.len <= YX_CERT_MAX, err, YX_REFUSED,
               RULE, N_("the certificate of the signer is missing"));
    YX_TRY(yx_cert_read(proof->certificate, &cert, err));
    key = yx_cert_public_key(cert);
    if (yx_public_key_verify(key, yx_signature_default(yx_public_key_type(key)), proof->challenge,
                             proof->signature, NULL) != YX_OK)
        return refuse_signature(err);
    *out = cert;
    cert = NULL;
    return YX_OK;
}

/* SignedData of CMS or GB/T 35275, with the challenge inside or apart. */
static yx_status check_message(const struct yx_signed_challenge *proof, const struct yx_cms *cms,
                               struct yx_cert **out, struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    yx_signature_algorithm algorithm;
    bool digest, value;

    if (cms->has_content && !yx_bytes_equal(cms->content, proof->challenge))
        return refuse_signature(err);
    YX_TRY(yx_cms_signer(cms, &cert, err));
    YX_TRY(yx_cms_algorithm(cms, cert, &algorithm, err));
    YX_TRY(yx_cms_verify(cms, cert, proof->challenge, &digest, &value, NULL, err));
    if (!digest || !value || !yx_signature_allowed(algorithm))
        return refuse_signature(err);
    *out = cert;
    cert = NULL;
    return YX_OK;
}

yx_status yx_signed_challenge_read(const struct yx_signed_challenge *proof, struct yx_cert **out,
                                   struct yx_bytes *helpers, struct yx_error *err)
{
    struct yx_cms cms;

    *helpers = YX_BYTES(NULL, 0);
    YX_REQUIRE(proof->signature.len > 0 && proof->signature.len <= YX_PROOF_MAX, err, YX_REFUSED,
               RULE, N_("the challenge is not signed by this certificate"));
    if (yx_cms_parse(proof->signature, &cms, NULL) != YX_OK)
        return check_value(proof, out, err);
    YX_TRY(check_message(proof, &cms, out, err));
    *helpers = cms.certificates;
    return YX_OK;
}
