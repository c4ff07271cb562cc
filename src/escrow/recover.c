/* SPDX-License-Identifier: Apache-2.0 */
/*
 * escrow/recover.c - two answers put together: each is opened with the one-time key of its request,
 * held against what was given out, and only then do both give the content key.
 */
#include "escrow/room.h"

void yx_escrow_delivery_free(struct yx_escrow_delivery *delivery)
{
    yx_buf_free(&delivery->envelope);
    yx_buf_free(&delivery->sm2_envelope);
}

struct recovering {
    struct yx_escrow *escrow;
    struct yx_escrow_answer answers[2];
    yx_time at;
    yx_ca_actor actor;
    const char *refused; /* why, for the leaf of a refusal */

    /* The row of the request, and of its key. */
    bool found;
    int64_t row;
    yx_time expires_at, done_at;
    struct yx_buf request_digest, recipient, closed_key;
    struct yx_buf key_id, spki, sealed;
    struct yx_buf digests[2]; /* of the shares that were given to these administrators */

    struct yx_buf said[2]; /* what the answers hold: secret */
};

static void recovering_free(struct recovering *recovering)
{
    struct yx_buf *const bufs[] = {
        &recovering->request_digest, &recovering->recipient,  &recovering->closed_key,
        &recovering->key_id,         &recovering->spki,       &recovering->sealed,
        &recovering->digests[0],     &recovering->digests[1], &recovering->said[0],
        &recovering->said[1],
    };

    for (size_t i = 0; i < sizeof bufs / sizeof bufs[0]; i++)
        yx_buf_free(bufs[i]);
}
YX_DEFINE_CLEAN_VALUE(recovering, struct recovering, recovering_free);

static yx_status replace(struct yx_buf *buf, struct yx_bytes bytes, struct yx_error *err)
{
    yx_buf_free(buf); /* a read may run again */
    return yx_buf_append(buf, bytes) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* --- Rows ------------------------------------------------------------------------------------- */

static yx_status take_request(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct recovering *recovering = self;

    recovering->found = true;
    recovering->row = yx_row_integer(row, 0);
    recovering->expires_at = yx_row_time(row, 1);
    recovering->done_at = yx_row_time(row, 2);
    YX_TRY(replace(&recovering->request_digest, yx_row_blob(row, 3), err));
    YX_TRY(replace(&recovering->recipient, yx_row_blob(row, 4), err));
    YX_TRY(replace(&recovering->closed_key, yx_row_blob(row, 5), err));
    YX_TRY(replace(&recovering->key_id, yx_row_blob(row, 6), err));
    YX_TRY(replace(&recovering->spki, yx_row_blob(row, 7), err));
    return replace(&recovering->sealed, yx_row_blob(row, 8), err);
}

static yx_status take_digest(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct recovering *recovering = self;
    int64_t number = yx_row_integer(row, 0);

    for (size_t i = 0; i < 2; i++)
        if (recovering->answers[i].number == number)
            YX_TRY(replace(&recovering->digests[i], yx_row_blob(row, 1), err));
    return YX_OK;
}

static yx_status look_up(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct recovering *recovering = self;
    const struct yx_value name[] = {yx_value_blob(recovering->answers[0].id)};

    recovering->found = false;
    YX_TRY(yx_tx_query(tx,
                       "SELECT escrow_recovery.id, expires_at, done_at, request_digest, recipient,"
                       " one_time_key, key_id, spki, sealed"
                       " FROM escrow_recovery JOIN escrow_key"
                       " ON escrow_key.id = escrow_recovery.escrow_key"
                       " WHERE name = $1",
                       name, 1, take_request, recovering, err));
    return yx_tx_query(tx,
                       "SELECT escrow_share.number, digest FROM escrow_share"
                       " JOIN escrow_recovery"
                       " ON escrow_recovery.escrow_key = escrow_share.escrow_key"
                       " WHERE escrow_recovery.name = $1",
                       name, 1, take_digest, recovering, err);
}

/* --- Checks ----------------------------------------------------------------------------------- */

static yx_status check_request(const struct recovering *recovering, struct yx_error *err)
{
    YX_REQUIRE(recovering->found, err, YX_REFUSED, YX_ESCROW_RULE,
               N_("these answers are to no request of this store"));
    YX_REQUIRE(recovering->done_at == YX_TIME_NONE, err, YX_REFUSED, YX_ESCROW_RULE,
               N_("the key was handed out at {1} already: ask again"),
               YX_WHEN(recovering->done_at));
    YX_REQUIRE(recovering->at < recovering->expires_at, err, YX_REFUSED, YX_ESCROW_RULE,
               N_("the request was good until {1}: ask again"), YX_WHEN(recovering->expires_at));
    return YX_OK;
}

static yx_status check_pair(const struct recovering *recovering, struct yx_error *err)
{
    YX_REQUIRE(yx_bytes_equal(recovering->answers[0].id, recovering->answers[1].id), err,
               YX_REFUSED, YX_ESCROW_RULE, N_("the two answers are to different requests"));
    YX_REQUIRE(recovering->answers[0].number != recovering->answers[1].number, err, YX_REFUSED,
               YX_ESCROW_RULE, N_("both answers are of one administrator: it takes two"));
    return YX_OK;
}

static yx_status open_answer(struct recovering *recovering, size_t i,
                             const struct yx_private_key *key, struct yx_error *err)
{
    const struct yx_escrow_answer *answer = &recovering->answers[i];
    struct yx_buf *said = &recovering->said[i];
    uint8_t digest[32];
    bool right;

    YX_REQUIRE(recovering->digests[i].len == sizeof digest, err, YX_REFUSED, YX_ESCROW_RULE,
               N_("an answer is of number {1}, who is no administrator of this key"),
               YX_NUM(answer->number));
    yx_status status = yx_sm2_cipher_open(key, answer->cipher, said, err);
    YX_REQUIRE((status != YX_REFUSED && status != YX_DAMAGED &&
                (status != YX_OK || said->len == YX_ESCROW_SAID)),
               err, YX_REFUSED, YX_ESCROW_RULE,
               N_("the answer of administrator {1} cannot be opened"), YX_NUM(answer->number));
    YX_TRY(status);
    YX_TRY(yx_digest(YX_DIGEST_SM3, YX_BYTES(said->data, YX_ESCROW_SHARE), digest, err));
    right = yx_bytes_equal_secret(YX_BYTES(digest, sizeof digest),
                                  yx_buf_bytes(&recovering->digests[i]));
    YX_REQUIRE(right, err, YX_REFUSED, YX_ESCROW_RULE,
               N_("the share of administrator {1} is not the one that was given out"),
               YX_NUM(answer->number));
    right = yx_bytes_equal(YX_BYTES(said->data + YX_ESCROW_SHARE, 32),
                           yx_buf_bytes(&recovering->request_digest));
    YX_REQUIRE(right, err, YX_REFUSED, YX_ESCROW_RULE,
               N_("administrator {1} answered a request that reads otherwise"),
               YX_NUM(answer->number));
    return YX_OK;
}

/* --- The key ---------------------------------------------------------------------------------- */

static yx_status join(const struct recovering *recovering, struct yx_private_key **out,
                      struct yx_error *err)
{
    uint8_t secret[YX_ESCROW_SECRET];
    yx_status status;

    yx_escrow_join((int)recovering->answers[0].number,
                   recovering->said[0].data + YX_ESCROW_KEY_ID + 1,
                   (int)recovering->answers[1].number,
                   recovering->said[1].data + YX_ESCROW_KEY_ID + 1, secret);
    status = yx_escrow_unseal(yx_buf_bytes(&recovering->sealed), secret,
                              yx_buf_bytes(&recovering->spki), out, err);
    yx_wipe(secret, sizeof secret);
    return status;
}

static yx_status deliver(struct recovering *recovering, struct yx_bytes passphrase,
                         struct yx_escrow_delivery *out, struct yx_error *err)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *one_time_key = NULL;
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *recipient = NULL;

    YX_TRY(
        yx_private_key_read(yx_buf_bytes(&recovering->closed_key), passphrase, &one_time_key, err));
    for (size_t i = 0; i < 2; i++)
        YX_TRY(open_answer(recovering, i, one_time_key, err));
    YX_TRY(join(recovering, &key, err));
    YX_TRY(yx_cert_from_der(yx_buf_bytes(&recovering->recipient), &recipient, err));
    return yx_escrow_deliver(recipient, key, &out->envelope, &out->sm2_envelope, err);
}

/* --- What is recorded ---------------------------------------------------------------------------
 */

static yx_status take_done(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct recovering *recovering = self;

    (void)err;
    recovering->done_at = yx_row_time(row, 0);
    return YX_OK;
}

/* Of two who come with the same answers at the same time, one gets the key. */
static yx_status finish(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct recovering *recovering = self;
    const struct yx_value row[] = {yx_value_integer(recovering->row),
                                   yx_value_integer(recovering->at)};
    char details[64];

    YX_TRY(yx_tx_query(tx, "SELECT done_at FROM escrow_recovery WHERE id = $1", row, 1, take_done,
                       recovering, err));
    YX_TRY(check_request(recovering, err));
    YX_TRY(yx_tx_run(tx,
                     "UPDATE escrow_recovery SET done_at = $2, one_time_key = NULL WHERE id = $1",
                     row, 2, NULL, err));
    (void)snprintf(details, sizeof details, "{\"administrators\":[%d,%d]}",
                   (int)recovering->answers[0].number, (int)recovering->answers[1].number);
    return yx_escrow_log(tx, recovering->actor, recovering->at, "escrow.recovery.hand-over",
                         "recovery", recovering->answers[0].id, details, err);
}

static yx_status log_refusal(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct recovering *recovering = self;
    YX_CLEAN(yx_buf) struct yx_buf details = {0};

    if (yx_buf_append_text(&details, "{") != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_escrow_put_json(&details, "why", YX_TEXT(recovering->refused), err));
    if (yx_buf_append(&details, YX_BYTES("}", 2)) != YX_OK)
        return yx_fail_memory(err);
    return yx_escrow_log(tx, recovering->actor, recovering->at, "escrow.recovery.refuse",
                         "recovery", recovering->answers[0].id, (const char *)details.data, err);
}

/* --- All of it -------------------------------------------------------------------------------- */

static yx_status recover(struct recovering *recovering, struct yx_bytes passphrase,
                         struct yx_escrow_delivery *out, struct yx_error *err)
{
    YX_TRY(check_pair(recovering, err));
    YX_TRY(yx_store_read(recovering->escrow->store, look_up, recovering, err));
    YX_TRY(check_request(recovering, err));
    YX_TRY(deliver(recovering, passphrase, out, err));
    return yx_store_write(recovering->escrow->store, finish, recovering, err);
}

static const char *as_it_is(const char *text)
{
    return text;
}

yx_status yx_escrow_recover(struct yx_escrow *escrow, const struct yx_bytes answers[2],
                            struct yx_bytes passphrase, yx_time now, yx_ca_actor actor,
                            struct yx_escrow_delivery *out, struct yx_error *err)
{
    YX_CLEAN(yx_escrow_delivery) struct yx_escrow_delivery made = {0};
    YX_CLEAN(recovering) struct recovering recovering = {
        .escrow = escrow, .at = now == 0 ? yx_now() : now, .actor = actor};
    struct yx_error own = {0};
    char why[512];
    yx_status status;

    for (size_t i = 0; i < 2; i++)
        YX_TRY(yx_escrow_answer_parse(answers[i], &recovering.answers[i], err));
    status = recover(&recovering, passphrase, &made, &own);
    if (status == YX_REFUSED) {
        yx_message_render(&own.message, as_it_is, why, sizeof why);
        recovering.refused = why;
        YX_TRY(yx_store_write(escrow->store, log_refusal, &recovering, err));
    }
    if (status != YX_OK) {
        if (err != NULL)
            *err = own;
        return status;
    }
    *out = made;
    made = (struct yx_escrow_delivery){0};
    return YX_OK;
}
