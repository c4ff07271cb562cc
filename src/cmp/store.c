/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmp/store.c - the transactions in the database: which there were, and which certificates wait to
 * be confirmed. Rows stay: a message that comes again years later is still known.
 */
#include "cmp/room.h"

#define RULE "RFC 4210 5.1.1"

/* `our_nonce` is the senderNonce of the answer, which the confirmation must repeat; `name` what ca/
 * calls the request. */
static const struct yx_migration steps[] = {
    {"transactions", "CREATE TABLE cmp_transaction ("
                     "  id {serial},"
                     "  authority INTEGER NOT NULL REFERENCES authority (id),"
                     "  transaction_id {blob} NOT NULL,"
                     "  name TEXT NOT NULL,"
                     "  sender_nonce {blob} NOT NULL,"
                     "  our_nonce {blob} NOT NULL,"
                     "  actor TEXT NOT NULL,"
                     "  begun_at INTEGER NOT NULL,"
                     "  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),"
                     "  request_id INTEGER,"
                     "  serial TEXT,"
                     "  confirm_until INTEGER NOT NULL,"
                     "  UNIQUE (authority, transaction_id),"
                     "  UNIQUE (authority, sender_nonce)"
                     ");"
                     "CREATE INDEX cmp_transaction_open ON cmp_transaction"
                     " (authority, confirm_until) WHERE state < 2"},
    /* `asked` is the kind of the request, `pending` its number in enrol/. */
    {"requests that wait for a person", "ALTER TABLE cmp_transaction ADD COLUMN asked INTEGER;"
                                        "ALTER TABLE cmp_transaction ADD COLUMN pending INTEGER"},
};
static const struct yx_schema schema = {"cmp", steps, sizeof steps / sizeof steps[0]};

yx_status yx_cmp_prepare(struct yx_cmp *cmp, struct yx_error *err)
{
    return yx_store_migrate(yx_ca_store(cmp->ca), &schema, err);
}

void yx_cmp_request_name(struct yx_bytes transaction, char out[2 * YX_CMP_ID_MAX + 1])
{
    yx_hex(transaction, out);
}

/* --- The first message ----------------------------------------------------------------------- */

static yx_status insert(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_cmp_call *call = self;
    char name[2 * YX_CMP_ID_MAX + 1];

    yx_cmp_request_name(call->message.transaction, name);
    const struct yx_value row[] = {
        yx_value_integer(yx_ca_number(call->cmp->ca)),
        yx_value_blob(call->message.transaction),
        yx_value_text(name),
        yx_value_blob(call->message.sender_nonce),
        yx_value_blob(YX_BYTES(call->nonce, sizeof call->nonce)),
        yx_value_text(call->asker.actor),
        yx_value_time(call->now),
        yx_value_integer(YX_CMP_BEGUN),
        yx_value_integer(call->request_id),
        yx_value_time(call->now + call->cmp->settings.confirm_seconds * YX_SECOND),
    };
    int64_t changed;

    YX_TRY(yx_tx_run(tx,
                     "INSERT INTO cmp_transaction (authority, transaction_id, name, sender_nonce,"
                     " our_nonce, actor, begun_at, state, request_id, confirm_until)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
                     row, sizeof row / sizeof row[0], &changed, err));
    YX_REQUIRE(changed == 1, err, YX_REFUSED, RULE,
               N_("the transactionID or the senderNonce of the message was used before"));
    return YX_OK;
}

yx_status yx_cmp_begin(struct yx_cmp_call *call, struct yx_error *err)
{
    call->failure = YX_CMP_TRANSACTION_IN_USE;
    return yx_store_write(yx_ca_store(call->cmp->ca), insert, call, err);
}

/* --- What became of it ----------------------------------------------------------------------- */

struct outcome {
    const struct yx_cmp_call *call;
    enum yx_cmp_state state;
    const char *serial;
};

static yx_status update(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct outcome *outcome = self;
    const struct yx_value row[] = {
        yx_value_integer(yx_ca_number(outcome->call->cmp->ca)),
        yx_value_blob(outcome->call->message.transaction),
        yx_value_integer(outcome->state),
        yx_value_text(outcome->serial),
    };

    return yx_tx_run(tx,
                     "UPDATE cmp_transaction SET state = $3, serial = $4"
                     " WHERE authority = $1 AND transaction_id = $2",
                     row, 4, NULL, err);
}

yx_status yx_cmp_keep(struct yx_cmp_call *call, enum yx_cmp_state state, const char *serial,
                      struct yx_error *err)
{
    struct outcome outcome = {call, state, serial};

    return yx_store_write(yx_ca_store(call->cmp->ca), update, &outcome, err);
}

/* --- Waiting for a person --------------------------------------------------------------------- */

struct waiting {
    const struct yx_cmp_call *call;
    const struct yx_enrol_result *result;
    int64_t id;
    const char *name;
};

static yx_status set_pending(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct waiting *waiting = self;
    const struct yx_value row[] = {
        yx_value_integer(yx_ca_number(waiting->call->cmp->ca)),
        yx_value_blob(waiting->call->message.transaction),
        yx_value_integer(waiting->call->message.kind),
        yx_value_integer(waiting->result->pending),
        yx_value_time(waiting->result->until),
    };

    return yx_tx_run(tx,
                     "UPDATE cmp_transaction SET asked = $3, pending = $4, confirm_until = $5"
                     " WHERE authority = $1 AND transaction_id = $2",
                     row, 5, NULL, err);
}

yx_status yx_cmp_wait(struct yx_cmp_call *call, const struct yx_enrol_result *result,
                      struct yx_error *err)
{
    struct waiting waiting = {.call = call, .result = result};

    return yx_store_write(yx_ca_store(call->cmp->ca), set_pending, &waiting, err);
}

static yx_status turn(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct waiting *waiting = self;
    const struct yx_value row[] = {
        yx_value_integer(waiting->id),
        yx_value_blob(waiting->call->message.recipient_nonce),
        yx_value_blob(YX_BYTES(waiting->call->nonce, sizeof waiting->call->nonce)),
    };
    int64_t changed;

    YX_TRY(yx_tx_run(tx,
                     "UPDATE cmp_transaction SET our_nonce = $3 WHERE id = $1 AND our_nonce = $2"
                     " AND state = 0",
                     row, 3, &changed, err));
    YX_REQUIRE(changed == 1, err, YX_REFUSED, RULE,
               N_("the recipNonce of the message is not the nonce of the answer before"));
    return YX_OK;
}

yx_status yx_cmp_turn(struct yx_cmp_call *call, int64_t id, struct yx_error *err)
{
    struct waiting waiting = {.call = call, .id = id};

    return yx_store_write(yx_ca_store(call->cmp->ca), turn, &waiting, err);
}

static yx_status set_name(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct waiting *waiting = self;
    const struct yx_cmp_call *call = waiting->call;
    const struct yx_value row[] = {
        yx_value_integer(yx_ca_number(call->cmp->ca)),
        yx_value_blob(call->message.transaction),
        yx_value_text(waiting->name),
        yx_value_time(call->now + call->cmp->settings.confirm_seconds * YX_SECOND),
    };

    return yx_tx_run(tx,
                     "UPDATE cmp_transaction SET name = $3, confirm_until = $4"
                     " WHERE authority = $1 AND transaction_id = $2",
                     row, 4, NULL, err);
}

static yx_status rename_to(void *self, const char *request_id, struct yx_error *err)
{
    struct yx_cmp_call *call = self;
    struct waiting waiting = {.call = call, .name = request_id};

    return yx_store_write(yx_ca_store(call->cmp->ca), set_name, &waiting, err);
}

struct yx_enrol_witness yx_cmp_witness(struct yx_cmp_call *call)
{
    return (struct yx_enrol_witness){rename_to, call};
}

/* --- The confirmation ------------------------------------------------------------------------ */

struct search {
    const struct yx_cmp_call *call;
    struct yx_cmp_row *out;
};

static yx_status take_row(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct search *search = self;
    const char *serial = yx_row_text(row, 4);

    (void)err;
    *search->out = (struct yx_cmp_row){
        .found = true,
        .id = yx_row_integer(row, 0),
        .state = (enum yx_cmp_state)yx_row_integer(row, 1),
        .same_actor = strcmp(yx_row_text(row, 2), search->call->asker.actor) == 0,
        .nonce_matches = yx_bytes_equal(yx_row_blob(row, 3), search->call->message.recipient_nonce),
        .request_id = yx_row_integer(row, 5),
        .confirm_until = yx_row_time(row, 6),
        .asked = (unsigned)yx_row_integer(row, 7),
        .pending = yx_row_integer(row, 8),
    };
    (void)snprintf(search->out->serial, sizeof search->out->serial, "%s",
                   serial == NULL ? "" : serial);
    return YX_OK;
}

static yx_status look_up(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct search *search = self;
    const struct yx_value key[] = {
        yx_value_integer(yx_ca_number(search->call->cmp->ca)),
        yx_value_blob(search->call->message.transaction),
    };

    *search->out = (struct yx_cmp_row){0};
    return yx_tx_query(tx,
                       "SELECT id, state, actor, our_nonce, serial, request_id, confirm_until,"
                       " asked, pending"
                       " FROM cmp_transaction WHERE authority = $1 AND transaction_id = $2",
                       key, 2, take_row, search, err);
}

yx_status yx_cmp_find(struct yx_cmp_call *call, struct yx_cmp_row *out, struct yx_error *err)
{
    struct search search = {call, out};

    return yx_store_read(yx_ca_store(call->cmp->ca), look_up, &search, err);
}

static yx_status end(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_value key[] = {yx_value_integer(*(const int64_t *)self)};
    int64_t changed;

    YX_TRY(yx_tx_run(tx, "UPDATE cmp_transaction SET state = 2 WHERE id = $1 AND state < 2", key, 1,
                     &changed, err));
    YX_REQUIRE(changed == 1, err, YX_REFUSED, RULE, N_("the transaction is over already"));
    return YX_OK;
}

yx_status yx_cmp_end(struct yx_cmp *cmp, int64_t id, struct yx_error *err)
{
    return yx_store_write(yx_ca_store(cmp->ca), end, &id, err);
}

/* --- Those that nobody confirmed ------------------------------------------------------------- */

#define AT_ONCE 32

struct forgotten {
    int64_t id;
    char serial[YX_CA_SERIAL_TEXT];
    char actor[YX_CMP_ACTOR];
    char name[2 * YX_CMP_ID_MAX + 1];
};
struct sweep {
    struct yx_cmp *cmp;
    yx_time now;
    struct forgotten list[AT_ONCE];
    size_t count;
};

static yx_status take_forgotten(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct sweep *sweep = self;
    struct forgotten *one = &sweep->list[sweep->count];
    const char *serial = yx_row_text(row, 1);

    (void)err;
    one->id = yx_row_integer(row, 0);
    (void)snprintf(one->serial, sizeof one->serial, "%s", serial == NULL ? "" : serial);
    (void)snprintf(one->actor, sizeof one->actor, "%s", yx_row_text(row, 2));
    (void)snprintf(one->name, sizeof one->name, "%s", yx_row_text(row, 3));
    sweep->count++;
    return YX_OK;
}

static yx_status find_forgotten(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct sweep *sweep = self;
    const struct yx_value key[] = {
        yx_value_integer(yx_ca_number(sweep->cmp->ca)),
        yx_value_time(sweep->now),
        yx_value_integer(AT_ONCE),
    };

    sweep->count = 0;
    return yx_tx_query(tx,
                       "SELECT id, serial, actor, name FROM cmp_transaction"
                       " WHERE authority = $1 AND state < 2 AND confirm_until < $2"
                       " ORDER BY id LIMIT $3",
                       key, 3, take_forgotten, sweep, err);
}

/* A process that ended between issuing and keeping left a row without its serial: the certificate
 * is found by the row's own name for the request. */
static yx_status forget(const struct sweep *sweep, struct forgotten *one, size_t *count,
                        struct yx_error *err)
{
    struct yx_cmp *cmp = sweep->cmp;

    if (one->serial[0] == '\0')
        YX_TRY(yx_ca_find_request(cmp->ca, one->actor, one->name, one->serial, err));
    if (one->serial[0] != '\0')
        YX_TRY(yx_cmp_withdraw(cmp, one->serial, one->actor, sweep->now, err));
    *count += one->serial[0] != '\0';
    return yx_cmp_end(cmp, one->id, err);
}

yx_status yx_cmp_sweep(struct yx_cmp *cmp, yx_time now, size_t *count, struct yx_error *err)
{
    struct sweep sweep = {.cmp = cmp, .now = now == 0 ? yx_now() : now};

    *count = 0;
    do {
        YX_TRY(yx_store_read(yx_ca_store(cmp->ca), find_forgotten, &sweep, err));
        for (size_t i = 0; i < sweep.count; i++)
            YX_TRY(forget(&sweep, &sweep.list[i], count, err));
    } while (sweep.count == AT_ONCE);
    return YX_OK;
}
