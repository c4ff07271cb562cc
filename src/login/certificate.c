/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login/certificate.c - which certificates open which account: one alone, by its issuer and serial;
 * or any trusted one that names the same person or organisation (GM/T 0015), whoever issued it. The
 * numbers of people are kept as keyed digests: they can be compared and not read.
 */
#include "login/room.h"

#define RULE "certificates of accounts"
#define LABEL_MAX 200

static const char *const kinds[] = {"certificate", "person", "organisation"};

const char *yx_login_binding_name(enum yx_login_binding_kind kind)
{
    return kinds[kind];
}

/* --- What is compared ------------------------------------------------------------------------ */

static yx_status describe(const struct yx_cert *cert, enum yx_login_binding_kind kind,
                          struct yx_buf *out, struct yx_error *err)
{
    yx_oid type = kind == YX_LOGIN_BIND_PERSON ? YX_OID_IDENTIFY_CODE : YX_OID_ORGANIZATION_CODE;
    struct yx_bytes number = {0};
    unsigned choice = 0;
    yx_status status;

    if (kind != YX_LOGIN_BIND_CERTIFICATE) {
        number = yx_cert_number(cert, type, &choice);
        YX_REQUIRE(number.len > 0, err, YX_REFUSED, RULE,
                   N_("this certificate does not name a person or an organisation by a number"));
    }
    status = yx_buf_printf(out, "%s %u ", kinds[kind], choice);
    if (status == YX_OK && kind != YX_LOGIN_BIND_CERTIFICATE)
        status = yx_buf_append(out, number);
    if (status == YX_OK && kind == YX_LOGIN_BIND_CERTIFICATE)
        status = yx_buf_append(out, yx_cert_issuer_der(cert));
    if (status == YX_OK && kind == YX_LOGIN_BIND_CERTIFICATE)
        status = yx_buf_append(out, yx_cert_serial_der(cert));
    return status == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status digest_binding(const struct yx_login *login, const struct yx_cert *cert,
                                enum yx_login_binding_kind kind, uint8_t out[YX_DIGEST_MAX],
                                struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};

    YX_TRY(describe(cert, kind, &text, err));
    return yx_hmac(YX_DIGEST_SM3, YX_BYTES(login->index_key, sizeof login->index_key),
                   yx_buf_bytes(&text), out, err);
}

static yx_status take_account(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    (void)snprintf(self, YX_UUID_TEXT, "%s", yx_row_text(row, 0));
    return YX_OK;
}

yx_status yx_login_binding_account(const struct yx_login *login, struct yx_tx *tx,
                                   const struct yx_cert *cert, char account[YX_UUID_TEXT],
                                   struct yx_error *err)
{
    uint8_t digest[YX_DIGEST_MAX];

    account[0] = '\0';
    for (int kind = 0; account[0] == '\0' && kind < YX_LOGIN_BINDINGS; kind++) {
        yx_status status =
            digest_binding(login, cert, (enum yx_login_binding_kind)kind, digest, err);

        if (status == YX_REFUSED)
            continue;
        YX_TRY(status);
        const struct yx_value key[] = {yx_value_integer(kind), yx_value_blob(YX_BYTES(digest, 32))};
        YX_TRY(yx_tx_query(tx,
                           "SELECT account FROM login_certificate WHERE kind = $1 AND value ="
                           " $2",
                           key, 2, take_account, account, err));
    }
    return YX_OK;
}

/* --- Made, listed, taken away ---------------------------------------------------------------- */

yx_status yx_login_binding_make(const struct yx_login *login, struct yx_tx *tx,
                                const struct yx_login_new_binding *wanted,
                                const struct yx_login_by *by, char id[YX_UUID_TEXT],
                                struct yx_error *err)
{
    struct yx_login_account account;
    uint8_t digest[YX_DIGEST_MAX];
    char label[LABEL_MAX];
    int64_t changed = 0;

    YX_TRY(yx_login_account_find(tx, wanted->account, &account, err));
    YX_REQUIRE(account.state == YX_LOGIN_ACTIVE || account.state == YX_LOGIN_INVITED, err,
               YX_REFUSED, RULE, N_("the account {1} is locked, or was removed"), account.name);
    YX_TRY(digest_binding(login, wanted->cert, wanted->kind, digest, err));
    YX_TRY(yx_uuid_make(by->now, id, err));
    (void)snprintf(label, sizeof label, "%.100s, %.64s", yx_cert_common_name(wanted->cert),
                   yx_cert_serial(wanted->cert));
    const struct yx_value row[] = {
        yx_value_text(id),
        yx_value_text(wanted->account),
        yx_value_integer(wanted->kind),
        yx_value_blob(YX_BYTES(digest, 32)),
        yx_value_text(yx_utf8_valid(YX_TEXT(label)) ? label : yx_cert_serial(wanted->cert)),
        yx_value_time(by->now),
    };
    YX_TRY(yx_tx_run(tx,
                     "INSERT INTO login_certificate (id, account, kind, value, label, made_at)"
                     " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                     row, 6, &changed, err));
    YX_REQUIRE(changed == 1, err, YX_REFUSED, RULE,
               N_("this certificate opens an account already"));
    return yx_login_leaf(tx, by, "account.certificate.add", wanted->account,
                         json_pack("{s:s, s:s, s:s}", "binding", id, "kind", kinds[wanted->kind],
                                   "serial", yx_cert_serial(wanted->cert)),
                         err);
}

struct listing {
    yx_login_each_binding each;
    void *self;
};

static yx_status give(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct listing *listing = self;
    const struct yx_login_binding binding = {
        .id = yx_row_text(row, 0),
        .account = yx_row_text(row, 1),
        .kind = (enum yx_login_binding_kind)yx_row_integer(row, 2),
        .label = yx_row_text(row, 3),
        .made_at = yx_row_time(row, 4),
    };

    return listing->each(listing->self, &binding, err);
}

yx_status yx_login_binding_list(struct yx_tx *tx, const char *account, const char *after,
                                int64_t limit, yx_login_each_binding each, void *self,
                                struct yx_error *err)
{
    const struct yx_value page[] = {yx_value_text(account), yx_value_text(after),
                                    yx_value_integer(limit)};
    struct listing listing = {each, self};

    return yx_tx_query(tx,
                       "SELECT id, account, kind, label, made_at FROM login_certificate"
                       " WHERE account = $1 AND id > $2 ORDER BY id LIMIT $3",
                       page, 3, give, &listing, err);
}

yx_status yx_login_binding_remove(struct yx_tx *tx, const char *account, const char *id,
                                  const struct yx_login_by *by, struct yx_error *err)
{
    const struct yx_value key[] = {yx_value_text(account), yx_value_text(id)};
    int64_t changed = 0;

    YX_TRY(yx_tx_run(tx, "DELETE FROM login_certificate WHERE account = $1 AND id = $2", key, 2,
                     &changed, err));
    if (changed == 0)
        return yx_login_none(err);
    return yx_login_leaf(tx, by, "account.certificate.remove", account,
                         json_pack("{s:s}", "binding", id), err);
}
