/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proof/totp.c - codes that change every 30 seconds (RFC 6238), and recovery codes for whoever lost
 * the device that shows them. That none is good twice, login/ sees to.
 */
#include "proof/proof.h"

#define STEP_SECONDS 30
/* Codes of the step before and of the one behind are taken, too: clocks differ. */
#define STEPS_ASIDE 1
#define MODULUS 1000000
#define SECRET_MAX 32
#define RECOVERY_OCTETS 10 /* 80 bits: 16 characters */

static const struct algorithm {
    const char *name; /* as otpauth URIs call it */
    yx_digest_algorithm digest;
    size_t secret;
} algorithms[] = {
    [YX_TOTP_SHA1] = {"SHA1", YX_DIGEST_SHA1, 20},
    [YX_TOTP_SHA256] = {"SHA256", YX_DIGEST_SHA256, 32},
    [YX_TOTP_SM3] = {"SM3", YX_DIGEST_SM3, 32},
};

/* --- Codes ----------------------------------------------------------------------------------- */

yx_status yx_totp_make(enum yx_totp_algorithm algorithm, struct yx_totp_secret *out,
                       struct yx_error *err)
{
    out->algorithm = algorithm;
    out->len = algorithms[algorithm].secret;
    return yx_random(out->octets, out->len, err);
}

/* RFC 4226 5.3. */
yx_status yx_totp_code(const struct yx_totp_secret *secret, int64_t step, char out[YX_TOTP_TEXT],
                       struct yx_error *err)
{
    const struct algorithm *a = &algorithms[secret->algorithm];
    uint8_t counter[8], mac[YX_DIGEST_MAX];
    const uint8_t *at;
    uint32_t number;

    for (size_t i = 0; i < 8; i++)
        counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    YX_TRY(yx_hmac(a->digest, YX_BYTES(secret->octets, secret->len),
                   YX_BYTES(counter, sizeof counter), mac, err));
    at = mac + (mac[yx_digest_size(a->digest) - 1] & 0x0F);
    number = (uint32_t)(at[0] & 0x7F) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    (void)snprintf(out, YX_TOTP_TEXT, "%06u", (unsigned)(number % MODULUS));
    return YX_OK;
}

/* All are worked out, so that the time says nothing. */
yx_status yx_totp_find(const struct yx_totp_secret *secret, const char *code, yx_time now,
                       int64_t after, int64_t *out, struct yx_error *err)
{
    char right[YX_TOTP_TEXT];
    int64_t current = now / YX_SECOND / STEP_SECONDS;

    *out = -1;
    for (int64_t step = current - STEPS_ASIDE; step <= current + STEPS_ASIDE; step++) {
        YX_TRY(yx_totp_code(secret, step, right, err));
        if (yx_bytes_equal_secret(YX_TEXT(right), YX_TEXT(code)) && step > after)
            *out = step;
    }
    yx_wipe(right, sizeof right);
    return YX_OK;
}

/* --- For the app ------------------------------------------------------------------------------ */

static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
static const char base32_lower[] = "abcdefghijklmnopqrstuvwxyz234567";

static void write_base32(struct yx_bytes octets, char *out)
{
    uint32_t bits = 0;
    unsigned held = 0;

    for (size_t i = 0; i < octets.len; i++) {
        bits = bits << 8 | octets.data[i];
        for (held += 8; held >= 5; held -= 5)
            *out++ = base32[bits >> (held - 5) & 31];
    }
    if (held > 0)
        *out++ = base32[bits << (5 - held) & 31];
    *out = '\0';
}

static yx_status put_percent(struct yx_buf *out, const char *text, struct yx_error *err)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    yx_status status = YX_OK;

    for (; status == YX_OK && *text != '\0'; text++)
        status = strchr(plain, *text) != NULL
                     ? yx_buf_append(out, YX_BYTES(text, 1))
                     : yx_buf_printf(out, "%%%02X", (unsigned)(uint8_t)*text);
    return status == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_totp_uri(const struct yx_totp_secret *secret, const char *service, const char *name,
                      struct yx_buf *out, struct yx_error *err)
{
    char text[8 * ((SECRET_MAX + 4) / 5) + 1];
    yx_status status;

    write_base32(YX_BYTES(secret->octets, secret->len), text);
    if (yx_buf_append_text(out, "otpauth://totp/") != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(put_percent(out, service, err));
    if (yx_buf_append_text(out, ":") != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(put_percent(out, name, err));
    status = yx_buf_printf(out, "?secret=%s&issuer=", text);
    yx_wipe(text, sizeof text);
    if (status != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(put_percent(out, service, err));
    status =
        yx_buf_printf(out, "&algorithm=%s&digits=6&period=30", algorithms[secret->algorithm].name);
    return status == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* --- Recovery codes -------------------------------------------------------------------------- */

yx_status yx_recovery_codes_make(struct yx_recovery_codes *out, struct yx_error *err)
{
    uint8_t octets[RECOVERY_OCTETS];
    char text[YX_RECOVERY_TEXT];

    for (size_t i = 0; i < YX_RECOVERY_CODES; i++) {
        YX_TRY(yx_random(octets, sizeof octets, err));
        write_base32(YX_BYTES(octets, sizeof octets), text);
        (void)snprintf(out->text[i], sizeof out->text[i], "%.4s-%.4s-%.4s-%.4s", text, text + 4,
                       text + 8, text + 12);
    }
    yx_wipe(octets, sizeof octets);
    yx_wipe(text, sizeof text);
    return YX_OK;
}

bool yx_recovery_code_fold(const char *text, char out[YX_RECOVERY_TEXT])
{
    size_t len = 0;

    for (; *text != '\0'; text++) {
        const char *at = strchr(base32_lower, yx_lower((uint8_t)*text));

        if (*text == '-' || *text == ' ')
            continue;
        if (at == NULL || len >= YX_RECOVERY_TEXT - 1)
            return false;
        out[len++] = base32[at - base32_lower];
    }
    out[len] = '\0';
    return len == YX_RECOVERY_TEXT - 1;
}
