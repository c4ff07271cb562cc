/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enrol/pending.c - requests that wait for a person: kept as order.c decided them, so that what is
 * approved is what is issued. Whoever asks comes again until there is an answer; the certificate is
 * issued when they do, under a name that the request keeps, so that who asks twice gets the same
 * one.
 */
#include <arpa/inet.h>

#include "enrol/room.h"

#define RULE "enrolment, approval"
#define REQUEST_NAME 33
#define ACTOR_MAX 256

/* What the database has of a request. */
struct filed {
    int64_t number; /* 0: there is none */
    enum yx_enrol_state state;
    yx_time until;
    bool changed;
    char request_id[REQUEST_NAME], actor[ACTOR_MAX], profile[65], replaces[YX_CA_SERIAL_TEXT];
    struct yx_buf subject, alt_names, spki;
};
static void filed_free(struct filed *filed)
{
    yx_buf_free(&filed->subject);
    yx_buf_free(&filed->alt_names);
    yx_buf_free(&filed->spki);
}
YX_DEFINE_CLEAN_VALUE(filed, struct filed, filed_free);

/* One look into the database. */
struct filing {
    const struct yx_enrol *enrol;
    const struct yx_enrol_order *order;
    const struct yx_enrol_decision *decision;
    yx_time now;
    uint8_t digest[32];
    char request_id[REQUEST_NAME];
    struct yx_buf subject, names; /* as text */
    struct filed *out;
};
static void filing_free(struct filing *filing)
{
    yx_buf_free(&filing->subject);
    yx_buf_free(&filing->names);
}
YX_DEFINE_CLEAN_VALUE(filing, struct filing, filing_free);

/* --- Texts for whoever approves ------------------------------------------------------------- */

static yx_status put_name(const struct yx_general_name *name, struct yx_buf *out,
                          struct yx_error *err)
{
    char address[INET6_ADDRSTRLEN];

    if (name->form == YX_NAME_IP && inet_ntop(name->value.len == 4 ? AF_INET : AF_INET6,
                                              name->value.data, address, sizeof address) != NULL)
        return yx_buf_append_text(out, address) == YX_OK ? YX_OK : yx_fail_memory(err);
    if (name->form == YX_NAME_IP || name->form == YX_NAME_DIRECTORY ||
        name->form == YX_NAME_OTHER || !yx_utf8_valid(name->value) ||
        memchr(name->value.data, 0, name->value.len) != NULL)
        return yx_buf_append_text(out, "?") == YX_OK ? YX_OK : yx_fail_memory(err);
    return yx_buf_append(out, name->value) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* "device-7.example, 192.0.2.7", with a NUL. */
static yx_status write_names(const struct yx_enrol_decision *decision, struct yx_buf *out,
                             struct yx_error *err)
{
    for (size_t i = 0; i < decision->name_count; i++) {
        if (i > 0 && yx_buf_append_text(out, ", ") != YX_OK)
            return yx_fail_memory(err);
        YX_TRY(put_name(&decision->names[i], out, err));
    }
    return yx_buf_append(out, YX_BYTES("", 1)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* --- The same request ------------------------------------------------------------------------ */

/* Over everything that the certificate will say, and who asks. */
static yx_status digest(const struct filing *filing, uint8_t out[32], struct yx_error *err)
{
    const struct yx_enrol_order *order = filing->order;
    const char *replaces = order->renews == NULL ? "" : yx_cert_serial(order->renews->cert);
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf all = {0};
    size_t list = yx_der_begin(&w, YX_DER_SEQUENCE);

    yx_der_put(&w, YX_DER_OCTET_STRING, YX_TEXT(order->actor));
    yx_der_put(&w, YX_DER_OCTET_STRING, YX_TEXT(filing->decision->profile->name));
    yx_der_put(&w, YX_DER_OCTET_STRING, filing->decision->subject);
    yx_der_put(&w, YX_DER_OCTET_STRING, filing->decision->alt_names);
    yx_der_put(&w, YX_DER_OCTET_STRING, order->request->spki);
    yx_der_put(&w, YX_DER_OCTET_STRING, YX_TEXT(replaces));
    yx_der_close(&w, list);
    YX_TRY(yx_der_finish(&w, &all, err));
    return yx_digest(YX_DIGEST_SM3, yx_buf_bytes(&all), out, err);
}

/* --- Rows ------------------------------------------------------------------------------------ */

#define COLUMNS \
    "id, state, until_at, changed, request_id, actor, profile, replaces, subject, alt_names, spki"

static yx_status take_filed(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct filed *out = self;
    const char *replaces = yx_row_text(row, 7);

    out->number = yx_row_integer(row, 0);
    out->state = (enum yx_enrol_state)yx_row_integer(row, 1);
    out->until = yx_row_time(row, 2);
    out->changed = yx_row_integer(row, 3) != 0;
    (void)snprintf(out->request_id, sizeof out->request_id, "%s", yx_row_text(row, 4));
    (void)snprintf(out->actor, sizeof out->actor, "%s", yx_row_text(row, 5));
    (void)snprintf(out->profile, sizeof out->profile, "%s", yx_row_text(row, 6));
    (void)snprintf(out->replaces, sizeof out->replaces, "%s", replaces == NULL ? "" : replaces);
    if (yx_buf_append(&out->subject, yx_row_blob(row, 8)) != YX_OK ||
        yx_buf_append(&out->alt_names, yx_row_blob(row, 9)) != YX_OK ||
        yx_buf_append(&out->spki, yx_row_blob(row, 10)) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

/* A callback may run twice. */
static void forget_filed(struct filed *filed)
{
    filed_free(filed);
    *filed = (struct filed){0};
}

static yx_status find_same(struct yx_tx *tx, struct filing *filing, struct yx_error *err)
{
    const struct yx_value key[] = {
        yx_value_integer(yx_ca_number(filing->enrol->ca)),
        yx_value_blob(YX_BYTES(filing->digest, sizeof filing->digest)),
        yx_value_time(filing->now),
    };

    forget_filed(filing->out);
    return yx_tx_query(tx,
                       "SELECT " COLUMNS " FROM enrol_request"
                       " WHERE authority = $1 AND digest = $2 AND until_at > $3"
                       " ORDER BY id DESC LIMIT 1",
                       key, 3, take_filed, filing->out, err);
}

static yx_status take_integer(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

/* Nobody fills the desk of whoever approves. */
static yx_status require_room(struct yx_tx *tx, const struct filing *filing, struct yx_error *err)
{
    const struct yx_value key[] = {yx_value_integer(yx_ca_number(filing->enrol->ca)),
                                   yx_value_text(filing->order->actor), yx_value_time(filing->now)};
    int64_t waiting = 0;

    YX_TRY(yx_tx_query(tx,
                       "SELECT count(*) FROM enrol_request WHERE authority = $1 AND actor = $2"
                       " AND state = 0 AND until_at > $3",
                       key, 3, take_integer, &waiting, err));
    YX_REQUIRE(waiting < filing->enrol->settings.pending_max, err, YX_REFUSED, RULE,
               N_("{1} requests of this asker wait for approval already"), YX_NUM(waiting));
    return YX_OK;
}

static yx_status log_request(struct yx_tx *tx, const struct yx_ca *ca, int64_t number,
                             const char *action, yx_ca_actor actor, yx_time at,
                             struct yx_error *err)
{
    char object[160];

    (void)snprintf(object, sizeof object, "ca:%s/request:%lld", yx_ca_name(ca), (long long)number);
    return yx_audit_append(
        tx, &(struct yx_audit_event){.at = at, .actor = actor, .action = action, .object = object},
        err);
}

static yx_status insert(struct yx_tx *tx, struct filing *filing, struct yx_error *err)
{
    const struct yx_enrol_order *order = filing->order;
    const struct yx_value row[] = {
        yx_value_integer(yx_ca_number(filing->enrol->ca)),
        yx_value_blob(YX_BYTES(filing->digest, sizeof filing->digest)),
        yx_value_text(filing->request_id),
        yx_value_text(order->actor),
        yx_value_text(filing->decision->profile->name),
        yx_value_blob(filing->decision->subject),
        yx_value_blob(filing->decision->alt_names),
        yx_value_blob(order->request->spki),
        yx_value_text(order->renews == NULL ? NULL : yx_cert_serial(order->renews->cert)),
        yx_value_integer(filing->decision->changed),
        yx_value_text((const char *)filing->subject.data),
        yx_value_text((const char *)filing->names.data),
        yx_value_time(filing->now),
        yx_value_time(filing->now + filing->enrol->settings.approval_seconds * YX_SECOND),
    };
    int64_t number = 0;

    YX_TRY(yx_tx_query(
        tx,
        "INSERT INTO enrol_request (authority, digest, request_id, actor, profile, subject,"
        " alt_names, spki, replaces, changed, subject_text, names_text, asked_at, until_at, state)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0) RETURNING id",
        row, sizeof row / sizeof row[0], take_integer, &number, err));
    return log_request(tx, filing->enrol->ca, number, "enrol.request.wait", order->actor,
                       filing->now, err);
}

static yx_status file(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct filing *filing = self;

    YX_TRY(yx_tx_lock(tx, INT64_C(0x4550) << 32 | yx_ca_number(filing->enrol->ca), err));
    YX_TRY(find_same(tx, filing, err));
    if (filing->out->number != 0)
        return YX_OK;
    YX_TRY(require_room(tx, filing, err));
    YX_TRY(insert(tx, filing, err));
    return find_same(tx, filing, err);
}

static yx_status only_find(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return find_same(tx, self, err);
}

/* --- What becomes of it ------------------------------------------------------------------------
 */

static yx_status issue_filed(const struct yx_enrol *enrol, const struct filed *filed, yx_time now,
                             struct yx_buf *der, struct yx_error *err)
{
    struct yx_general_name names[YX_ENROL_NAMES];
    struct yx_ca_issue_request request = {
        .profile = yx_ca_profile_find(enrol->ca, filed->profile),
        .subject = yx_buf_bytes(&filed->subject),
        .spki = yx_buf_bytes(&filed->spki),
        .alt_names = names,
        .now = now,
        .actor = filed->actor,
        .request_id = filed->request_id,
        .replaces = filed->replaces[0] == '\0' ? NULL : filed->replaces,
    };

    YX_REQUIRE(request.profile != NULL, err, YX_REFUSED, RULE, N_("there is no profile {1}"),
               filed->profile);
    YX_TRY(
        yx_enrol_read_names(yx_buf_bytes(&filed->alt_names), names, &request.alt_name_count, err));
    return yx_ca_issue(enrol->ca, &request, der, err);
}

static yx_status answer(const struct yx_enrol *enrol, const struct filed *filed, yx_time now,
                        const struct yx_enrol_witness *witness, struct yx_buf *der,
                        struct yx_enrol_result *result, struct yx_error *err)
{
    *result = (struct yx_enrol_result){.changed = filed->changed};
    YX_REQUIRE(filed->state != YX_ENROL_REFUSED, err, YX_REFUSED, RULE,
               N_("request {1} was looked at and refused"), YX_NUM(filed->number));
    if (filed->state == YX_ENROL_WAITING) {
        result->pending = filed->number;
        result->retry = (unsigned)enrol->settings.retry_seconds;
        result->until = filed->until;
        return YX_OK;
    }
    if (witness->tell != NULL)
        YX_TRY(witness->tell(witness->self, filed->request_id, err));
    return issue_filed(enrol, filed, now, der, err);
}

yx_status yx_enrol_file(const struct yx_enrol *enrol, const struct yx_enrol_order *order,
                        const struct yx_enrol_decision *decision, struct yx_buf *der,
                        struct yx_enrol_result *result, struct yx_error *err)
{
    YX_CLEAN(filed) struct filed filed = {0};
    YX_CLEAN(filing) struct filing filing = {.enrol = enrol,
                                             .order = order,
                                             .decision = decision,
                                             .now = order->now == 0 ? yx_now() : order->now,
                                             .out = &filed};
    uint8_t random[16];

    YX_TRY(digest(&filing, filing.digest, err));
    YX_TRY(yx_random(random, sizeof random, err));
    yx_hex(YX_BYTES(random, sizeof random), filing.request_id);
    YX_TRY(yx_name_from_der(decision->subject, &filing.subject, err));
    if (yx_buf_append(&filing.subject, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(write_names(decision, &filing.names, err));
    YX_TRY(yx_store_read(yx_ca_store(enrol->ca), only_find, &filing, err));
    if (filed.number == 0)
        YX_TRY(yx_store_write(yx_ca_store(enrol->ca), file, &filing, err));
    return answer(enrol, &filed, order->now, &order->witness, der, result, err);
}

/* --- Coming again --------------------------------------------------------------------------------
 */

struct look_up {
    const struct yx_enrol *enrol;
    int64_t number;
    yx_ca_actor actor;
    yx_time now;
    struct filed *out;
};

static yx_status find_number(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct look_up *look_up = self;
    const struct yx_value key[] = {
        yx_value_integer(yx_ca_number(look_up->enrol->ca)),
        yx_value_integer(look_up->number),
        yx_value_text(look_up->actor),
        yx_value_time(look_up->now),
    };

    forget_filed(look_up->out);
    return yx_tx_query(tx,
                       "SELECT " COLUMNS " FROM enrol_request"
                       " WHERE authority = $1 AND id = $2 AND actor = $3 AND until_at > $4",
                       key, 4, take_filed, look_up->out, err);
}

yx_status yx_enrol_collect(const struct yx_enrol *enrol, const struct yx_enrol_claim *claim,
                           struct yx_buf *der, struct yx_enrol_result *result, struct yx_error *err)
{
    YX_CLEAN(filed) struct filed filed = {0};
    struct look_up look_up = {enrol, claim->number, claim->actor,
                              claim->now == 0 ? yx_now() : claim->now, &filed};

    YX_TRY(yx_store_read(yx_ca_store(enrol->ca), find_number, &look_up, err));
    YX_REQUIRE(filed.number != 0, err, YX_REFUSED, RULE,
               N_("nobody decided about request {1} in time"), YX_NUM(claim->number));
    return answer(enrol, &filed, claim->now, &claim->witness, der, result, err);
}

/* --- What the operator sees and does -----------------------------------------------------------
 */

struct listing {
    const struct yx_ca *ca;
    bool all;
    yx_time now;
    bool (*each)(void *self, const struct yx_enrol_pending *pending);
    void *self;
};

static yx_status show(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct listing *listing = self;
    uint8_t key[32];
    char hex[65];
    struct yx_enrol_pending pending = {
        .number = yx_row_integer(row, 0),
        .state = (enum yx_enrol_state)yx_row_integer(row, 1),
        .asked_at = yx_row_time(row, 2),
        .until = yx_row_time(row, 3),
        .actor = yx_row_text(row, 4),
        .profile = yx_row_text(row, 5),
        .subject = yx_row_text(row, 6),
        .names = yx_row_text(row, 7),
        .decided_by = yx_row_text(row, 9),
        .key = hex,
    };

    YX_TRY(yx_digest(YX_DIGEST_SM3, yx_row_blob(row, 8), key, err));
    yx_hex(YX_BYTES(key, sizeof key), hex);
    (void)listing->each(listing->self, &pending);
    return YX_OK;
}

static yx_status list(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct listing *listing = self;
    const struct yx_value key[] = {
        yx_value_integer(yx_ca_number(listing->ca)),
        yx_value_time(listing->now),
        yx_value_integer(listing->all ? YX_ENROL_REFUSED : YX_ENROL_WAITING),
    };

    return yx_tx_query(tx,
                       "SELECT id, state, asked_at, until_at, actor, profile, subject_text,"
                       " names_text, spki, decided_by FROM enrol_request"
                       " WHERE authority = $1 AND until_at > $2 AND state <= $3 ORDER BY id",
                       key, 3, show, listing, err);
}

yx_status yx_enrol_each_pending(struct yx_ca *ca, bool all,
                                bool (*each)(void *self, const struct yx_enrol_pending *pending),
                                void *self, struct yx_error *err)
{
    struct listing listing = {ca, all, yx_now(), each, self};

    YX_TRY(yx_enrol_prepare(ca, err));
    return yx_store_read(yx_ca_store(ca), list, &listing, err);
}

struct verdict {
    const struct yx_ca *ca;
    int64_t number;
    bool approve;
    yx_ca_actor actor;
    yx_time now;
};

static yx_status judge(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct verdict *verdict = self;
    const struct yx_value row[] = {
        yx_value_integer(yx_ca_number(verdict->ca)),
        yx_value_integer(verdict->number),
        yx_value_integer(verdict->approve ? YX_ENROL_APPROVED : YX_ENROL_REFUSED),
        yx_value_text(verdict->actor),
        yx_value_time(verdict->now),
    };
    int64_t changed;

    YX_TRY(yx_tx_run(tx,
                     "UPDATE enrol_request SET state = $3, decided_by = $4, decided_at = $5"
                     " WHERE authority = $1 AND id = $2 AND state = 0 AND until_at > $5",
                     row, 5, &changed, err));
    YX_REQUIRE(changed == 1, err, YX_REFUSED, RULE, N_("no request {1} waits for approval"),
               YX_NUM(verdict->number));
    return log_request(tx, verdict->ca, verdict->number,
                       verdict->approve ? "enrol.request.approve" : "enrol.request.refuse",
                       verdict->actor, verdict->now, err);
}

yx_status yx_enrol_decide(struct yx_ca *ca, int64_t number, bool approve, yx_ca_actor actor,
                          struct yx_error *err)
{
    struct verdict verdict = {ca, number, approve, actor, yx_now()};

    YX_TRY(yx_enrol_prepare(ca, err));
    return yx_store_write(yx_ca_store(ca), judge, &verdict, err);
}
