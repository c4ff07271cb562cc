/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login/totp.c - the codes of an account (proof/totp.c), and its recovery codes. The step of a code
 * that was used is written in the transaction of the log-in, so that no code, and none before it,
 * opens anything twice.
 */
#include "login/room.h"

#define RULE "RFC 6238"

/* --- Codes ----------------------------------------------------------------------------------- */

struct kept {
    bool found, confirmed;
    enum yx_totp_algorithm algorithm;
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
    kept->algorithm = (enum yx_totp_algorithm)yx_row_integer(row, 1);
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

/* Behind the last one that was used; -1: none. */
static yx_status find_step(const struct yx_login *login, const char *account,
                           const struct kept *kept, const char *code, yx_time now, int64_t *out,
                           struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf octets = {0};
    struct yx_totp_secret secret = {.algorithm = kept->algorithm};
    yx_status status;

    YX_TRY(yx_secret_open(&login->closing, account, yx_buf_bytes(&kept->closed), &octets, err));
    YX_REQUIRE(octets.len > 0 && octets.len <= sizeof secret.octets, err, YX_DAMAGED, RULE,
               N_("a secret in the database was changed, or was closed with another key of the "
                  "service"));
    secret.len = octets.len;
    memcpy(secret.octets, octets.data, octets.len);
    status = yx_totp_find(&secret, code, now, kept->step, out, err);
    yx_wipe(&secret, sizeof secret);
    return status;
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
    char folded[YX_RECOVERY_TEXT];
    int64_t changed = 0;

    *used = false;
    if (!yx_recovery_code_fold(code, folded))
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

yx_status yx_login_totp_uri(const struct yx_login *login, const char *name,
                            const struct yx_totp_secret *secret, struct yx_buf *out,
                            struct yx_error *err)
{
    return yx_totp_uri(secret, login->service, name, out, err);
}

yx_status yx_login_totp_begin(const struct yx_login *login, struct yx_tx *tx, const char *account,
                              const struct yx_totp_secret *secret, struct yx_error *err)
{
    YX_CLEAN(kept) struct kept kept = {0};
    YX_CLEAN(yx_buf) struct yx_buf closed = {0};

    YX_TRY(read_kept(tx, account, &kept, err));
    YX_REQUIRE(!kept.confirmed, err, YX_REFUSED, RULE,
               N_("codes are asked for already: take them away first"));
    YX_TRY(yx_secret_close(&login->closing, account, YX_BYTES(secret->octets, secret->len), &closed,
                           err));
    const struct yx_value row[] = {yx_value_text(account), yx_value_blob(yx_buf_bytes(&closed)),
                                   yx_value_integer(secret->algorithm)};
    return yx_tx_run(tx,
                     "INSERT INTO login_totp (account, secret, algorithm, step)"
                     " VALUES ($1, $2, $3, -1) ON CONFLICT (account)"
                     " DO UPDATE SET secret = $2, algorithm = $3, step = -1, confirmed_at = NULL",
                     row, 3, NULL, err);
}

static yx_status keep_recovery(const struct yx_login *login, struct yx_tx *tx, const char *account,
                               const struct yx_recovery_codes *codes, struct yx_error *err)
{
    uint8_t digest[YX_DIGEST_MAX];
    char folded[YX_RECOVERY_TEXT];

    YX_TRY(yx_login_drop(tx, YX_LOGIN_DROP_CODES, account, err));
    for (size_t i = 0; i < YX_RECOVERY_CODES; i++) {
        if (!yx_recovery_code_fold(codes->text[i], folded))
            return yx_fail(err, YX_INTERNAL, RULE, N_("a code is wrong"));
        YX_TRY(digest_recovery(login, account, folded, digest, err));
        const struct yx_value row[] = {yx_value_text(account), yx_value_blob(YX_BYTES(digest, 32))};
        YX_TRY(yx_tx_run(tx, "INSERT INTO login_code (account, digest) VALUES ($1, $2)", row, 2,
                         NULL, err));
    }
    return YX_OK;
}

yx_status yx_login_totp_confirm(const struct yx_login *login, struct yx_tx *tx, const char *account,
                                const char *code, const struct yx_recovery_codes *codes,
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
