/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca/life.c - what becomes of a certificate after it was issued: suspended, restored, revoked; and
 * the ways to ask about it. CRLs and OCSP answers tell the world; they are made in publish/.
 */
#include "ca/room.h"

/* CRLReason ::= ENUMERATED, RFC 5280 5.3.1; 7 is not used. */
static const struct {
    int code;
    const char *name;
} reasons[] = {
    {0, "unspecified"},        {1, "keyCompromise"},      {2, "cACompromise"},
    {3, "affiliationChanged"}, {4, "superseded"},         {5, "cessationOfOperation"},
    {6, "certificateHold"},    {9, "privilegeWithdrawn"}, {10, "aACompromise"},
};
#define CERTIFICATE_HOLD 6

int yx_ca_reason_find(const char *name)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (strcmp(reasons[i].name, name) == 0)
            return reasons[i].code;
    return -1;
}

const char *yx_ca_reason_name(int reason)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].code == reason)
            return reasons[i].name;
    return "";
}

/* --- Changes ------------------------------------------------------------------------------- */

/*
 * SM: good -> held -> good, good -> revoked, held -> revoked, recorded -> revoked (a certificate
 * that may have been signed before the process died). The rest is refused.
 */
static const struct change {
    const char *action;
    enum yx_ca_state to;
    bool from[4]; /* by state */
} suspend = {"ca.certificate.suspend", YX_CA_HELD, {[YX_CA_GOOD] = true}},
  restore = {"ca.certificate.restore", YX_CA_GOOD, {[YX_CA_HELD] = true}},
  revoke = {"ca.certificate.revoke",
            YX_CA_REVOKED,
            {[YX_CA_GOOD] = true, [YX_CA_HELD] = true, [YX_CA_RECORDED] = true}};

struct changing {
    const struct yx_ca *ca;
    const struct change *change;
    const struct yx_ca_revoke_request *request;
    uint8_t serial[YX_CA_SERIAL_SIZE];
    size_t serial_len;
    bool found;
};

static yx_status check_state(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct changing *changing = self;
    int64_t state = yx_row_integer(row, 0);
    const char *serial = changing->request->serial;

    changing->found = true;
    if (state >= 0 && state <= YX_CA_REVOKED && changing->change->from[state])
        return YX_OK;
    YX_REQUIRE(state != YX_CA_REVOKED, err, YX_REFUSED, "RFC 5280 5.3, one entry for a certificate",
               N_("certificate {1} was revoked already, at {2}"), serial,
               YX_WHEN(yx_row_integer(row, 1)));
    YX_REQUIRE(state != YX_CA_HELD, err, YX_REFUSED, "RFC 5280 5.3.1",
               N_("certificate {1} is suspended already, since {2}"), serial,
               YX_WHEN(yx_row_integer(row, 1)));
    YX_REQUIRE(state != YX_CA_RECORDED, err, YX_REFUSED, "RFC 5280 5.3.1",
               N_("certificate {1} was never handed out: it can only be revoked"), serial);
    return yx_fail(err, YX_REFUSED, "RFC 5280 5.3.1",
                   N_("certificate {1} is not suspended: there is nothing to restore"), serial);
}

static yx_status put_state(struct changing *changing, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_ca_revoke_request *request = changing->request;
    const struct yx_value row[] = {
        yx_value_integer(changing->ca->number),
        yx_value_blob(YX_BYTES(changing->serial, changing->serial_len)),
        yx_value_integer(changing->change->to),
        yx_value_integer(yx_ca_whole_second(request->now)),
        yx_value_integer(request->reason),
        yx_value_time(request->invalid_since),
    };

    return yx_tx_run(tx,
                     "UPDATE certificate SET state = $3, changed_at = $4, reason = $5,"
                     " invalid_since = $6,"
                     " generation = (SELECT generation FROM authority WHERE id = $1)"
                     " WHERE authority = $1 AND serial = $2",
                     row, 6, NULL, err);
}

static yx_status log_change(struct changing *changing, struct yx_tx *tx, struct yx_error *err)
{
    char details[64];

    (void)snprintf(details, sizeof details, "{\"reason\":\"%s\"}",
                   yx_ca_reason_name(changing->request->reason));
    return yx_ca_log(tx, changing->ca, changing->request->actor,
                     yx_ca_instant(changing->request->now), changing->change->action,
                     YX_BYTES(changing->serial, changing->serial_len), details, err);
}

static yx_status change_state(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct changing *changing = self;
    const struct yx_value key[] = {
        yx_value_integer(changing->ca->number),
        yx_value_blob(YX_BYTES(changing->serial, changing->serial_len)),
    };

    changing->found = false;
    YX_TRY(yx_tx_query(tx,
                       "SELECT state, changed_at FROM certificate"
                       " WHERE authority = $1 AND serial = $2",
                       key, 2, check_state, changing, err));
    YX_REQUIRE(changing->found, err, YX_REFUSED, "RFC 5280 5, an authority revokes what it issued",
               N_("this authority issued no certificate with serial {1}"),
               changing->request->serial);
    YX_TRY(yx_ca_bump(tx, changing->ca, err));
    YX_TRY(put_state(changing, tx, err));
    return log_change(changing, tx, err);
}

static yx_status change_alone(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct changing *changing = self;

    YX_TRY(yx_ca_lock(tx, changing->ca, err));
    return change_state(changing, tx, err);
}

static yx_status start_change(const struct yx_ca *ca, const struct change *change,
                              const struct yx_ca_revoke_request *request, struct changing *out,
                              struct yx_error *err)
{
    *out = (struct changing){.ca = ca, .change = change, .request = request};
    return yx_ca_serial_from_hex(request->serial, out->serial, &out->serial_len, err);
}

static const struct change *change_of(const struct yx_ca_revoke_request *request)
{
    return request->reason == CERTIFICATE_HOLD ? &suspend : &revoke;
}

yx_status yx_ca_revoke_in(struct yx_tx *tx, const struct yx_ca *ca,
                          const struct yx_ca_revoke_request *request, struct yx_error *err)
{
    struct changing changing;

    YX_TRY(start_change(ca, change_of(request), request, &changing, err));
    return change_state(&changing, tx, err);
}

yx_status yx_ca_revoke(struct yx_ca *ca, const struct yx_ca_revoke_request *request,
                       struct yx_error *err)
{
    struct changing changing;

    YX_REQUIRE(yx_ca_reason_name(request->reason)[0] != '\0', err, YX_USAGE, "RFC 5280 5.3.1",
               N_("there is no revocation reason {1}"), YX_NUM(request->reason));
    YX_REQUIRE(request->invalid_since == YX_TIME_NONE ||
                   request->invalid_since <= yx_ca_whole_second(request->now),
               err, YX_USAGE, "RFC 5280 5.3.2", N_("the invalidity date {1} lies in the future"),
               YX_WHEN(request->invalid_since));
    YX_TRY(start_change(ca, change_of(request), request, &changing, err));
    return yx_store_write(ca->store, change_alone, &changing, err);
}

yx_status yx_ca_restore(struct yx_ca *ca, const char *serial, yx_time now, yx_ca_actor actor,
                        struct yx_error *err)
{
    /* Delta CRLs tell of it as removeFromCRL (8). */
    struct yx_ca_revoke_request request = {
        .serial = serial, .reason = 8, .invalid_since = YX_TIME_NONE, .now = now, .actor = actor};
    struct changing changing;

    YX_TRY(start_change(ca, &restore, &request, &changing, err));
    return yx_store_write(ca->store, change_alone, &changing, err);
}

/* --- Questions ----------------------------------------------------------------------------- */

struct question {
    const struct yx_ca *ca;
    uint8_t serial[YX_CA_SERIAL_SIZE];
    size_t serial_len;
    int64_t state;
    int64_t after; /* of the page of a list */
    bool found, stopped;
    yx_status (*each)(void *self, const struct yx_ca_record *record, struct yx_error *err);
    bool (*each_listed)(void *self, const struct yx_ca_record *record);
    void *self;
};

static yx_status pass_on(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct question *question = self;
    struct yx_ca_row read;

    question->found = true;
    yx_ca_row_read(row, &read);
    return question->each(question->self, &read.record, err);
}

static yx_status find(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct question *question = self;
    const struct yx_value key[] = {
        yx_value_integer(question->ca->number),
        yx_value_blob(YX_BYTES(question->serial, question->serial_len)),
    };

    return yx_tx_query(tx,
                       "SELECT " YX_CA_RECORD_COLUMNS " FROM certificate"
                       " WHERE authority = $1 AND serial = $2",
                       key, 2, pass_on, question, err);
}

yx_status yx_ca_find(struct yx_ca *ca, const char *serial,
                     yx_status (*each)(void *self, const struct yx_ca_record *record,
                                       struct yx_error *err),
                     void *self, struct yx_error *err)
{
    struct question question = {.ca = ca, .each = each, .self = self};

    YX_TRY(yx_ca_serial_from_hex(serial, question.serial, &question.serial_len, err));
    YX_TRY(yx_store_read(ca->store, find, &question, err));
    YX_REQUIRE(question.found, err, YX_REFUSED, "RFC 5280 5, an authority revokes what it issued",
               N_("this authority issued no certificate with serial {1}"), serial);
    return YX_OK;
}

/* --- By the name of a request --------------------------------------------------------------- */

struct request_question {
    const struct yx_ca *ca;
    yx_ca_actor actor;
    const char *request_id;
    char *serial;
};

static yx_status take_serial(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct yx_bytes serial = yx_row_blob(row, 0);

    YX_REQUIRE(serial.len <= YX_CA_SERIAL_SIZE, err, YX_DAMAGED, "",
               N_("the database holds a serial of {1} octets"), YX_NUM(serial.len));
    yx_hex(serial, self);
    return YX_OK;
}

static yx_status find_request(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct request_question *question = self;
    const struct yx_value key[] = {
        yx_value_integer(question->ca->number),
        yx_value_text(question->actor),
        yx_value_text(question->request_id),
    };

    question->serial[0] = '\0';
    return yx_tx_query(tx,
                       "SELECT serial FROM certificate"
                       " WHERE authority = $1 AND actor = $2 AND request_id = $3",
                       key, 3, take_serial, question->serial, err);
}

yx_status yx_ca_find_request(struct yx_ca *ca, yx_ca_actor actor, const char *request_id,
                             char serial[YX_CA_SERIAL_TEXT], struct yx_error *err)
{
    struct request_question question = {ca, actor, request_id, serial};

    return yx_store_read(ca->store, find_request, &question, err);
}

/* --- Status, for responders ------------------------------------------------------------------ */

struct status_question {
    const struct yx_ca *ca;
    struct yx_bytes serial;
    struct yx_ca_status *out;
};

static yx_status take_status(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct status_question *question = self;

    (void)err;
    if (!yx_bytes_equal(yx_row_blob(row, 0), question->serial))
        return YX_OK;
    *question->out = (struct yx_ca_status){
        .known = true,
        .state = (enum yx_ca_state)yx_row_integer(row, 1),
        .revoked_at = yx_row_time(row, 2),
        .reason = (int)yx_row_integer(row, 3),
        .invalid_since = yx_row_time(row, 4),
    };
    return YX_OK;
}

/* The first serial that is not below the one asked for. Were it asked for by "=", SQLite would take
 * the index that makes serials unique, and the row behind it; so it is content with the index
 * certificate_state, which says it all. */
static yx_status ask_status(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct status_question *question = self;
    const struct yx_value key[] = {
        yx_value_integer(question->ca->number),
        yx_value_blob(question->serial),
    };

    *question->out =
        (struct yx_ca_status){.revoked_at = YX_TIME_NONE, .invalid_since = YX_TIME_NONE};
    return yx_tx_query(tx,
                       "SELECT serial, state, changed_at, reason, invalid_since FROM certificate"
                       " WHERE authority = $1 AND serial >= $2 AND state > 0"
                       " ORDER BY serial LIMIT 1",
                       key, 2, take_status, question, err);
}

yx_status yx_ca_status(struct yx_ca *ca, struct yx_bytes serial, struct yx_ca_status *out,
                       struct yx_error *err)
{
    struct status_question question = {.ca = ca, .serial = serial, .out = out};

    return yx_store_read(ca->store, ask_status, &question, err);
}

/* --- Lists --------------------------------------------------------------------------------- */

#define PAGE 1000

static yx_status show_listed(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct question *question = self;
    struct yx_ca_row read;

    (void)err;
    if (question->stopped)
        return YX_OK;
    question->found = true;
    question->after = yx_row_integer(row, 12);
    yx_ca_row_read(row, &read);
    question->stopped = !question->each_listed(question->self, &read.record);
    return YX_OK;
}

static yx_status list_page(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct question *question = self;
    const struct yx_value page[] = {
        yx_value_integer(question->ca->number),
        yx_value_integer(question->after),
        yx_value_integer(question->state),
        yx_value_integer(PAGE),
    };

    return yx_tx_query(tx,
                       "SELECT " YX_CA_RECORD_COLUMNS ", id FROM certificate"
                       " WHERE authority = $1 AND id > $2 AND ($3 < 0 OR state = $3)"
                       " ORDER BY id LIMIT $4",
                       page, 4, show_listed, question, err);
}

/* Page by page, so that a reader of a long list holds no snapshot while somebody pages through it.
 */
yx_status yx_ca_list(struct yx_ca *ca, int state,
                     bool (*each)(void *self, const struct yx_ca_record *record), void *self,
                     struct yx_error *err)
{
    struct question question = {.ca = ca, .state = state, .each_listed = each, .self = self};

    do {
        question.found = false;
        YX_TRY(yx_store_read(ca->store, list_page, &question, err));
    } while (question.found && !question.stopped);
    return YX_OK;
}

yx_status yx_ca_each_revoked(struct yx_tx *tx, const struct yx_ca *ca, int partition, yx_time since,
                             yx_time after,
                             yx_status (*each)(void *self, const struct yx_ca_record *record,
                                               struct yx_error *err),
                             void *self, struct yx_error *err)
{
    struct question question = {.ca = ca, .each = each, .self = self};
    const struct yx_value range[] = {
        yx_value_integer(ca->number),
        yx_value_integer(partition < 0 ? 0 : partition),
        yx_value_integer(partition < 0 ? YX_CA_PARTITIONS_MAX : partition),
        yx_value_integer(since),
        yx_value_integer(after),
    };

    /* Without `since` those taken off hold are left out: they are like any other good one. The
     * range of partitions leads to the index of what changed; "all or one" would read every row. */
    return yx_tx_query(tx,
                       "SELECT " YX_CA_RECORD_COLUMNS " FROM certificate"
                       " WHERE authority = $1 AND partition BETWEEN $2 AND $3"
                       " AND changed_at >= $4 AND not_after >= $5"
                       " AND (state >= 2 OR ($4 > 0 AND state = 1 AND reason = 8))"
                       " ORDER BY serial",
                       range, 5, pass_on, &question, err);
}
