/* SPDX-License-Identifier: Apache-2.0 */
/*
 * escrow/ask.c - a key that is kept is asked for: the request that goes to the administrators, and
 * its row. What they answer is in answer.c, what becomes of the answers in recover.c.
 */
#include "escrow/room.h"

#define REASON_MAX 2000

struct asking {
    struct yx_escrow *escrow;
    const struct yx_escrow_ask *ask;
    yx_time at;
    uint8_t id[YX_ESCROW_ID];
    int64_t row; /* of the key; 0: there is none */
    struct yx_buf key_id, holder;
    struct yx_buf envelopes[YX_ESCROW_ADMINS_MAX];
    struct yx_private_key *one_time_key;
    struct yx_buf closed_key; /* the same under the passphrase */
    struct yx_buf request;
    uint8_t digest[32];
};

static void asking_free(struct asking *asking)
{
    yx_buf_free(&asking->key_id);
    yx_buf_free(&asking->holder);
    for (size_t i = 0; i < YX_ESCROW_ADMINS_MAX; i++)
        yx_buf_free(&asking->envelopes[i]);
    yx_private_key_free(asking->one_time_key);
    yx_buf_free(&asking->closed_key);
    yx_buf_free(&asking->request);
}
YX_DEFINE_CLEAN_VALUE(asking, struct asking, asking_free);

static yx_status replace(struct yx_buf *buf, struct yx_bytes bytes, struct yx_error *err)
{
    yx_buf_free(buf); /* a read may run again */
    return yx_buf_append(buf, bytes) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* --- The key and its shares ------------------------------------------------------------------- */

static yx_status take_key(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct asking *asking = self;

    asking->row = yx_row_integer(row, 0);
    YX_TRY(replace(&asking->key_id, yx_row_blob(row, 1), err));
    return replace(&asking->holder, YX_TEXT(yx_row_text(row, 2)), err);
}

static yx_status take_share(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct asking *asking = self;
    int64_t number = yx_row_integer(row, 0);

    if (number < 1 || (size_t)number > asking->escrow->admin_count)
        return YX_OK;
    return replace(&asking->envelopes[number - 1], yx_row_blob(row, 1), err);
}

static yx_status look_up(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct asking *asking = self;
    const struct yx_value serial[] = {yx_value_text(asking->ask->serial)};

    asking->row = 0;
    YX_TRY(yx_tx_query(tx,
                       "SELECT id, key_id, holder FROM escrow_key WHERE serial = $1"
                       " ORDER BY id DESC LIMIT 1",
                       serial, 1, take_key, asking, err));
    YX_REQUIRE(asking->row != 0 && asking->key_id.len == YX_ESCROW_KEY_ID, err, YX_REFUSED,
               YX_ESCROW_RULE, N_("no key of a certificate with serial {1} is kept here"),
               asking->ask->serial);
    const struct yx_value key[] = {yx_value_integer(asking->row)};
    return yx_tx_query(tx, "SELECT number, envelope FROM escrow_share WHERE escrow_key = $1", key,
                       1, take_share, asking, err);
}

/* --- The request ------------------------------------------------------------------------------ */

static yx_status put_share(const struct asking *asking, size_t i, struct yx_der_writer *w,
                           struct yx_error *err)
{
    const struct yx_escrow_admin *admin = &asking->escrow->admins[i];
    uint8_t digest[32];
    size_t share;

    if (asking->envelopes[i].len == 0)
        return YX_OK;
    YX_TRY(yx_digest(YX_DIGEST_SM3, yx_cert_der(admin->cert), digest, err));
    share = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_int(w, admin->number);
    yx_der_put(w, YX_DER_OCTET_STRING, YX_BYTES(digest, sizeof digest));
    yx_der_put(w, YX_DER_OCTET_STRING, yx_buf_bytes(&asking->envelopes[i]));
    yx_der_close(w, share);
    return YX_OK;
}

static yx_status write_request(struct asking *asking, struct yx_error *err)
{
    const struct yx_escrow_ask *ask = asking->ask;
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t sequence = yx_der_begin(&w, YX_DER_SEQUENCE), shares;

    yx_der_put_int(&w, 1);
    yx_der_put(&w, YX_DER_OCTET_STRING, YX_BYTES(asking->id, sizeof asking->id));
    yx_der_put(&w, YX_DER_OCTET_STRING, yx_buf_bytes(&asking->key_id));
    yx_der_put(&w, YX_DER_UTF8_STRING, YX_TEXT(ask->serial));
    yx_der_put(&w, YX_DER_UTF8_STRING, yx_buf_bytes(&asking->holder));
    yx_der_put_raw(&w, yx_cert_der(ask->recipient));
    yx_der_put(&w, YX_DER_UTF8_STRING, YX_TEXT(ask->reason));
    yx_der_put_int(&w, asking->at);
    yx_der_put_int(&w, asking->at + YX_ESCROW_REQUEST_LIFE);
    yx_der_put_raw(&w, yx_public_key_spki(yx_private_key_public(asking->one_time_key)));
    shares = yx_der_begin(&w, YX_DER_SEQUENCE);
    for (size_t i = 0; i < asking->escrow->admin_count; i++)
        YX_TRY(put_share(asking, i, &w, err));
    yx_der_close(&w, shares);
    yx_der_close(&w, sequence);
    YX_TRY(yx_der_finish(&w, &asking->request, err));
    return yx_digest(YX_DIGEST_SM3, yx_buf_bytes(&asking->request), asking->digest, err);
}

static yx_status describe(const struct yx_escrow_ask *ask, struct yx_buf *out, struct yx_error *err)
{
    if (yx_buf_append_text(out, "{") != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_escrow_put_json(out, "serial", YX_TEXT(ask->serial), err));
    if (yx_buf_append_text(out, ",") != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_escrow_put_json(out, "recipient", YX_TEXT(yx_cert_subject(ask->recipient)), err));
    if (yx_buf_append_text(out, ",") != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_escrow_put_json(out, "reason", YX_TEXT(ask->reason), err));
    return yx_buf_append(out, YX_BYTES("}", 2)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status keep(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct asking *asking = self;
    YX_CLEAN(yx_buf) struct yx_buf details = {0};
    const struct yx_value row[] = {
        yx_value_blob(YX_BYTES(asking->id, sizeof asking->id)),
        yx_value_integer(asking->row),
        yx_value_blob(YX_BYTES(asking->digest, sizeof asking->digest)),
        yx_value_blob(yx_cert_der(asking->ask->recipient)),
        yx_value_blob(yx_buf_bytes(&asking->closed_key)),
        yx_value_integer(asking->at + YX_ESCROW_REQUEST_LIFE),
    };

    YX_TRY(yx_tx_run(tx,
                     "INSERT INTO escrow_recovery (name, escrow_key, request_digest, recipient,"
                     " one_time_key, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
                     row, 6, NULL, err));
    YX_TRY(describe(asking->ask, &details, err));
    return yx_escrow_log(tx, asking->ask->actor, asking->at, "escrow.recovery.ask", "recovery",
                         YX_BYTES(asking->id, sizeof asking->id), (const char *)details.data, err);
}

static yx_status check_ask(const struct yx_escrow_ask *ask, struct yx_error *err)
{
    size_t len = ask->reason == NULL ? 0 : strlen(ask->reason);

    YX_REQUIRE(len > 0 && len <= REASON_MAX && yx_utf8_valid(YX_TEXT(ask->reason)), err, YX_USAGE,
               YX_ESCROW_RULE, N_("a recovery needs a reason of 1 to {1} bytes"),
               YX_NUM(REASON_MAX));
    YX_REQUIRE(ask->passphrase.len > 0, err, YX_USAGE, YX_ESCROW_RULE,
               N_("a recovery needs a passphrase for its one-time key"));
    return yx_escrow_check_recipient(yx_cert_public_key(ask->recipient),
                                     yx_cert_subject(ask->recipient), err);
}

yx_status yx_escrow_ask(struct yx_escrow *escrow, const struct yx_escrow_ask *ask,
                        struct yx_buf *request, struct yx_error *err)
{
    YX_CLEAN(asking) struct asking asking = {
        .escrow = escrow, .ask = ask, .at = ask->now == 0 ? yx_now() : ask->now};

    YX_TRY(check_ask(ask, err));
    YX_TRY(yx_store_read(escrow->store, look_up, &asking, err));
    YX_TRY(yx_random(asking.id, sizeof asking.id, err));
    YX_TRY(yx_private_key_generate(YX_KEY_SM2, 0, &asking.one_time_key, err));
    YX_TRY(yx_private_key_write(asking.one_time_key, ask->passphrase, &asking.closed_key, err));
    YX_TRY(write_request(&asking, err));
    YX_TRY(yx_store_write(escrow->store, keep, &asking, err));
    return yx_buf_append(request, yx_buf_bytes(&asking.request)) == YX_OK ? YX_OK
                                                                          : yx_fail_memory(err);
}
