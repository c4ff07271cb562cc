/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login/totp.c - codes that change every 30 seconds (RFC 6238), and recovery codes for whoever lost
 * the device that shows them. The step of a code that was used is written in the transaction of the
 * log-in, so that no code, and none before it, opens anything twice.
 */
#include "login/room.h"

#define RULE "RFC 6238"
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
    [YX_LOGIN_TOTP_SHA1] = {"SHA1", YX_DIGEST_SHA1, 20},
    [YX_LOGIN_TOTP_SHA256] = {"SHA256", YX_DIGEST_SHA256, 32},
    [YX_LOGIN_TOTP_SM3] = {"SM3", YX_DIGEST_SM3, 32},
};

/* --- Codes ----------------------------------------------------------------------------------- */

/* RFC 4226 5.3. */
yx_status yx_login_totp_code(enum yx_login_totp_algorithm algorithm, struct yx_bytes secret,
                             int64_t step, char out[YX_LOGIN_CODE_TEXT], struct yx_error *err)
{
    const struct algorithm *a = &algorithms[algorithm];
    uint8_t counter[8], mac[YX_DIGEST_MAX];
    const uint8_t *at;
    uint32_t number;

    for (size_t i = 0; i < 8; i++)
        counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    YX_TRY(yx_hmac(a->digest, secret, YX_BYTES(counter, sizeof counter), mac, err));
    at = mac + (mac[yx_digest_size(a->digest) - 1] & 0x0F);
    number = (uint32_t)(at[0] & 0x7F) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    (void)snprintf(out, YX_LOGIN_CODE_TEXT, "%06u", (unsigned)(number % MODULUS));
    return YX_OK;
}

struct kept {
    bool found, confirmed;
    enum yx_login_totp_algorithm algorithm;
    struct yx_buf closed;
    int64_t step;
};
static void kept_free(struct kept *kept)
{
    yx_buf_free(&kept->closed);
}
YX_DEFINE_CLEAN_VALUE(kept, struct kept, kept_free);

static yx_status take_kept(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct kept *kept = self;

    kept->found = true;
    kept->algorithm = (enum yx_login_totp_algorithm)yx_row_integer(row, 1);
    kept->confirmed = !yx_row_is_null(row, 2);
    kept->step = yx_row_integer(row, 3);
    return yx_buf_append(&kept->closed, yx_row_blob(row, 0)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status read_kept(struct yx_tx *tx, const char *account, struct kept *out,
                           struct yx_error *err)
{
    const struct yx_value key = yx_value_text(account);

    return yx_tx_query(tx,
                       "SELECT secret, algorithm, confirmed_at, step FROM login_totp"
                       " WHERE account = $1",
                       &key, 1, take_kept, out, err);
}

/* The step whose code this is, later than the last one that was used; -1: none. All are worked out,
 * so that the time says nothing. */
static yx_status find_step(const struct yx_login *login, const char *account,
                           const struct kept *kept, const char *code, yx_time now, int64_t *out,
                           struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf secret = {0};
    char right[YX_LOGIN_CODE_TEXT];
    int64_t current = now / YX_SECOND / STEP_SECONDS;

    *out = -1;
    YX_TRY(yx_login_open(login, account, yx_buf_bytes(&kept->closed), &secret, err));
    for (int64_t step = current - STEPS_ASIDE; step <= current + STEPS_ASIDE; step++) {
        YX_TRY(yx_login_totp_code(kept->algorithm, yx_buf_bytes(&secret), step, right, err));
        if (yx_bytes_equal_secret(YX_TEXT(right), YX_TEXT(code)) && step > kept->step)
            *out = step;
    }
    return YX_OK;
}

static yx_status use_step(struct yx_tx *tx, const char *account, int64_t step, yx_time confirmed,
                          struct yx_error *err)
{
    const struct yx_value row[] = {yx_value_text(account), yx_value_integer(step),
                                   yx_value_time(confirmed)};

    return yx_tx_run(tx,
                     "UPDATE login_totp SET step = $2,"
                     " confirmed_at = CASE WHEN confirmed_at IS NULL THEN $3 ELSE confirmed_at END"
                     " WHERE account = $1",
                     row, 3, NULL, err);
}

/* --- Recovery codes -------------------------------------------------------------------------- */

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

/* As people type it: in either case, with or without dashes. */
static bool fold_recovery(const char *text, char out[17])
{
    size_t len = 0;

    for (; *text != '\0'; text++) {
        const char *at = strchr(base32_lower, yx_login_lower((uint8_t)*text));

        if (*text == '-' || *text == ' ')
            continue;
        if (at == NULL || len >= 16)
            return false;
        out[len++] = base32[at - base32_lower];
    }
    out[len] = '\0';
    return len == 16;
}

static yx_status digest_recovery(const struct yx_login *login, const char *account,
                                 const char *folded, uint8_t out[YX_DIGEST_MAX],
                                 struct yx_error *err)
{
    char text[YX_UUID_TEXT + 20];

    (void)snprintf(text, sizeof text, "%s %s", account, folded);
    return yx_hmac(YX_DIGEST_SM3, YX_BYTES(login->index_key, sizeof login->index_key),
                   YX_TEXT(text), out, err);
}

static yx_status use_recovery(const struct yx_login *login, struct yx_tx *tx, const char *account,
                              const char *code, bool *used, struct yx_error *err)
{
    uint8_t digest[YX_DIGEST_MAX];
    char folded[17];
    int64_t changed = 0;

    *used = false;
    if (!fold_recovery(code, folded))
        return YX_OK;
    YX_TRY(digest_recovery(login, account, folded, digest, err));
    const struct yx_value row[] = {yx_value_text(account), yx_value_blob(YX_BYTES(digest, 32))};
    YX_TRY(yx_tx_run(tx, "DELETE FROM login_code WHERE account = $1 AND digest = $2", row, 2,
                     &changed, err));
    *used = changed == 1;
    return YX_OK;
}

yx_status yx_login_code_use(const struct yx_login *login, struct yx_tx *tx, const char *account,
                            const char *code, yx_time now, enum yx_login_code *out,
                            struct yx_error *err)
{
    YX_CLEAN(kept) struct kept kept = {0};
    int64_t step;
    bool used;

    *out = YX_LOGIN_CODE_NONE;
    YX_TRY(read_kept(tx, account, &kept, err));
    if (!kept.confirmed)
        return YX_OK;
    *out = YX_LOGIN_CODE_WANTED;
    if (code == NULL || code[0] == '\0')
        return YX_OK;
    *out = YX_LOGIN_CODE_WRONG;
    YX_TRY(find_step(login, account, &kept, code, now, &step, err));
    if (step >= 0) {
        *out = YX_LOGIN_CODE_RIGHT;
        return use_step(tx, account, step, now, err);
    }
    YX_TRY(use_recovery(login, tx, account, code, &used, err));
    if (used)
        *out = YX_LOGIN_CODE_RIGHT;
    return YX_OK;
}

/* --- Begun, confirmed, taken away ------------------------------------------------------------ */

yx_status yx_login_totp_secret(enum yx_login_totp_algorithm algorithm,
                               struct yx_login_totp_secret *out, struct yx_error *err)
{
    out->algorithm = algorithm;
    out->len = algorithms[algorithm].secret;
    return yx_random(out->octets, out->len, err);
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

yx_status yx_login_totp_uri(const struct yx_login *login, const char *name,
                            const struct yx_login_totp_secret *secret, struct yx_buf *out,
                            struct yx_error *err)
{
    char text[8 * ((SECRET_MAX + 4) / 5) + 1];
    yx_status status;

    write_base32(YX_BYTES(secret->octets, secret->len), text);
    if (yx_buf_append_text(out, "otpauth://totp/") != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(put_percent(out, login->service, err));
    if (yx_buf_append_text(out, ":") != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(put_percent(out, name, err));
    status = yx_buf_printf(out, "?secret=%s&issuer=", text);
    yx_wipe(text, sizeof text);
    if (status != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(put_percent(out, login->service, err));
    status =
        yx_buf_printf(out, "&algorithm=%s&digits=6&period=30", algorithms[secret->algorithm].name);
    return status == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_login_totp_begin(const struct yx_login *login, struct yx_tx *tx, const char *account,
                              const struct yx_login_totp_secret *secret, struct yx_error *err)
{
    YX_CLEAN(kept) struct kept kept = {0};
    YX_CLEAN(yx_buf) struct yx_buf closed = {0};

    YX_TRY(read_kept(tx, account, &kept, err));
    YX_REQUIRE(!kept.confirmed, err, YX_REFUSED, RULE,
               N_("codes are asked for already: take them away first"));
    YX_TRY(yx_login_close(login, account, YX_BYTES(secret->octets, secret->len), &closed, err));
    const struct yx_value row[] = {yx_value_text(account), yx_value_blob(yx_buf_bytes(&closed)),
                                   yx_value_integer(secret->algorithm)};
    return yx_tx_run(tx,
                     "INSERT INTO login_totp (account, secret, algorithm, step)"
                     " VALUES ($1, $2, $3, -1) ON CONFLICT (account)"
                     " DO UPDATE SET secret = $2, algorithm = $3, step = -1, confirmed_at = NULL",
                     row, 3, NULL, err);
}

yx_status yx_login_recovery_codes(struct yx_login_recovery_codes *out, struct yx_error *err)
{
    uint8_t octets[RECOVERY_OCTETS];
    char text[17];

    for (size_t i = 0; i < YX_LOGIN_RECOVERY_CODES; i++) {
        YX_TRY(yx_random(octets, sizeof octets, err));
        write_base32(YX_BYTES(octets, sizeof octets), text);
        (void)snprintf(out->text[i], sizeof out->text[i], "%.4s-%.4s-%.4s-%.4s", text, text + 4,
                       text + 8, text + 12);
    }
    yx_wipe(octets, sizeof octets);
    yx_wipe(text, sizeof text);
    return YX_OK;
}

static yx_status keep_recovery(const struct yx_login *login, struct yx_tx *tx, const char *account,
                               const struct yx_login_recovery_codes *codes, struct yx_error *err)
{
    uint8_t digest[YX_DIGEST_MAX];
    char folded[17];

    YX_TRY(yx_login_drop(tx, YX_LOGIN_DROP_CODES, account, err));
    for (size_t i = 0; i < YX_LOGIN_RECOVERY_CODES; i++) {
        if (!fold_recovery(codes->text[i], folded))
            return yx_fail(err, YX_INTERNAL, RULE, N_("a code is wrong"));
        YX_TRY(digest_recovery(login, account, folded, digest, err));
        const struct yx_value row[] = {yx_value_text(account), yx_value_blob(YX_BYTES(digest, 32))};
        YX_TRY(yx_tx_run(tx, "INSERT INTO login_code (account, digest) VALUES ($1, $2)", row, 2,
                         NULL, err));
    }
    return YX_OK;
}

yx_status yx_login_totp_confirm(const struct yx_login *login, struct yx_tx *tx, const char *account,
                                const char *code, const struct yx_login_recovery_codes *codes,
                                const struct yx_login_by *by, struct yx_error *err)
{
    YX_CLEAN(kept) struct kept kept = {0};
    int64_t step;

    YX_TRY(read_kept(tx, account, &kept, err));
    YX_REQUIRE(kept.found && !kept.confirmed, err, YX_REFUSED, RULE,
               N_("no codes are being set up"));
    YX_TRY(find_step(login, account, &kept, code, by->now, &step, err));
    YX_REQUIRE(step >= 0, err, YX_REFUSED, RULE, N_("a code is wrong"));
    YX_TRY(use_step(tx, account, step, by->now, err));
    YX_TRY(keep_recovery(login, tx, account, codes, err));
    return yx_login_leaf(tx, by, "account.codes.add", account, json_object(), err);
}

yx_status yx_login_totp_remove(struct yx_tx *tx, const char *account, const struct yx_login_by *by,
                               struct yx_error *err)
{
    const struct yx_value key = yx_value_text(account);
    int64_t changed = 0;

    YX_TRY(yx_tx_run(tx, "DELETE FROM login_totp WHERE account = $1", &key, 1, &changed, err));
    if (changed == 0)
        return yx_login_none(err);
    YX_TRY(yx_login_drop(tx, YX_LOGIN_DROP_CODES, account, err));
    return yx_login_leaf(tx, by, "account.codes.remove", account, json_object(), err);
}
