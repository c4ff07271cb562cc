/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca/issue.c - record, sign, compare. A certificate is recorded, durably, before the key signs it;
 * so whatever the process dies of, every signature that ever left the key belongs to a row. What
 * goes into the certificate is order.c's.
 */
#include <stdlib.h>

#include "ca/room.h"

/* What the signature is for, as records and signers call it. */
#define PURPOSE "certificate"

/* What one issuing carries through its two transactions. */
struct issuing {
    struct yx_ca *ca;
    const struct yx_ca_issue_request *request;
    yx_time now;
    struct yx_ca_choice choice;
    uint8_t request_digest[32];
    uint8_t replaces[YX_CA_SERIAL_SIZE];
    size_t replaces_len;
    struct yx_buf to_be_signed;
    struct yx_buf certificate;
    struct yx_buf leaf; /* that allows the signature; empty when nobody asks for it */
    bool is_repeat;     /* the request was recorded before */
};

static void issuing_free(struct issuing *issuing)
{
    yx_buf_free(&issuing->to_be_signed);
    yx_buf_free(&issuing->certificate);
    yx_buf_free(&issuing->leaf);
}
YX_DEFINE_CLEAN_VALUE(issuing, struct issuing, issuing_free);

static struct yx_bytes serial_of(const struct issuing *issuing)
{
    return YX_BYTES(issuing->choice.serial, sizeof issuing->choice.serial);
}

/* --- Before anything is recorded ------------------------------------------------------------- */

/*
 * A clock that jumped back would date certificates before those that are there already, and bring
 * answers out of their order: nothing is issued until it is right again.
 */
static yx_status check_clock(struct yx_ca *ca, yx_time now, struct yx_error *err)
{
    yx_time latest = atomic_load(&ca->clock);

    YX_REQUIRE(now >= latest - ca->settings.clock_step_max * YX_SECOND, err, YX_IO,
               "GB/T 25056, trusted time",
               N_("the clock says {1}, but a certificate was issued at {2} already: set the clock "
                  "right"),
               YX_WHEN(now), YX_WHEN(latest));
    while (now > latest && !atomic_compare_exchange_weak(&ca->clock, &latest, now)) {
    }
    return YX_OK;
}

/* Who the holder is beside the subject: the identity, or the certificate that came before. */
static yx_status append_holder(const struct yx_ca_issue_request *request, struct yx_buf *out,
                               struct yx_error *err)
{
    const struct yx_identity none = {0};
    const struct yx_identity *who = request->identity == NULL ? &none : request->identity;
    const char *const numbers[] = {
        who->resident_card,   who->officer_card, who->passport, who->insurance,
        who->ic_registration, who->organization, who->taxation,
    };

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (numbers[i] != NULL && yx_buf_printf(out, " #%zu:%s", i, numbers[i]) != YX_OK)
            return yx_fail_memory(err);
    if (request->like != NULL && (yx_buf_append(out, YX_TEXT(" like ")) != YX_OK ||
                                  yx_buf_append(out, yx_cert_der(request->like)) != YX_OK))
        return yx_fail_memory(err);
    return YX_OK;
}

/* Two requests are the same when everything that decides about the certificate is. */
static yx_status digest_request(struct issuing *issuing, struct yx_error *err)
{
    const struct yx_ca_issue_request *request = issuing->request;
    YX_CLEAN(yx_buf) struct yx_buf all = {0};
    bool ok = yx_buf_printf(&all, "%s %d %s %zu ", request->profile->name, request->days,
                            request->replaces == NULL ? "" : request->replaces,
                            request->subject.len) == YX_OK &&
              yx_buf_append(&all, request->subject) == YX_OK &&
              yx_buf_append(&all, request->spki) == YX_OK;

    for (size_t i = 0; ok && i < request->alt_name_count; i++)
        ok = yx_buf_printf(&all, " %d:", (int)request->alt_names[i].form) == YX_OK &&
             yx_buf_append(&all, request->alt_names[i].value) == YX_OK;
    if (!ok)
        return yx_fail_memory(err);
    YX_TRY(append_holder(request, &all, err));
    return yx_digest(YX_DIGEST_SM3, yx_buf_bytes(&all), issuing->request_digest, err);
}

/* --- First transaction: recorded -------------------------------------------------------------- */

static yx_status take_repeat(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct issuing *issuing = self;
    struct yx_bytes serial = yx_row_blob(row, 0), digest = yx_row_blob(row, 3);
    bool is_signed = yx_row_integer(row, 1) != YX_CA_RECORDED;
    struct yx_buf *body = is_signed ? &issuing->certificate : &issuing->to_be_signed;

    YX_REQUIRE(yx_bytes_equal(digest, YX_BYTES(issuing->request_digest, 32)), err, YX_REFUSED,
               "RFC 9110 9.2.2, the same request",
               N_("the request {1} came before and asked for something else"),
               issuing->request->request_id);
    YX_REQUIRE(serial.len == sizeof issuing->choice.serial, err, YX_DAMAGED, "",
               N_("the database holds a serial of {1} octets"), YX_NUM(serial.len));
    memcpy(issuing->choice.serial, serial.data, serial.len);
    issuing->is_repeat = true;
    yx_buf_free(body);
    return yx_buf_append(body, yx_row_blob(row, 2)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* The certificate that this request gave before, signed or not. */
static yx_status find_repeat(struct issuing *issuing, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_value key[] = {
        yx_value_integer(issuing->ca->number),
        yx_value_text(issuing->request->actor),
        yx_value_text(issuing->request->request_id),
    };

    if (issuing->request->request_id == NULL)
        return YX_OK;
    return yx_tx_query(tx,
                       "SELECT serial, state, body, request_digest FROM certificate"
                       " WHERE authority = $1 AND actor = $2 AND request_id = $3",
                       key, 3, take_repeat, issuing, err);
}

struct replaced {
    struct issuing *issuing;
    bool found;
};

static yx_status check_replaced(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct replaced *replaced = self;
    const struct issuing *issuing = replaced->issuing;
    const struct yx_ca_issue_request *request = issuing->request;
    int64_t state = yx_row_integer(row, 0);
    yx_time opens = yx_row_integer(row, 1) - request->profile->renew_before * YX_SECOND;

    replaced->found = true;
    YX_REQUIRE(state == YX_CA_GOOD || (state == YX_CA_HELD && request->revoke_replaced), err,
               YX_REFUSED, "RFC 4210 5.3.5, key update",
               N_("certificate {1} is not in force: it cannot be replaced by a new one"),
               request->replaces);
    YX_REQUIRE(issuing->now <= yx_row_integer(row, 1), err, YX_REFUSED,
               "RFC 4210 5.3.5, key update",
               N_("certificate {1} expired at {2}: its holder must apply anew"), request->replaces,
               YX_WHEN(yx_row_integer(row, 1)));
    YX_REQUIRE(request->revoke_replaced || request->profile->renew_before == 0 ||
                   issuing->now >= opens,
               err, YX_REFUSED, "certificate profile, renewal",
               N_("certificate {1} may be renewed from {2} on"), request->replaces, YX_WHEN(opens));
    return YX_OK;
}

static yx_status look_at_replaced(struct issuing *issuing, struct yx_tx *tx, struct yx_error *err)
{
    struct replaced replaced = {.issuing = issuing};
    const struct yx_value key[] = {
        yx_value_integer(issuing->ca->number),
        yx_value_blob(YX_BYTES(issuing->replaces, issuing->replaces_len)),
    };

    if (issuing->request->replaces == NULL)
        return YX_OK;
    YX_TRY(yx_tx_query(tx,
                       "SELECT state, not_after FROM certificate"
                       " WHERE authority = $1 AND serial = $2",
                       key, 2, check_replaced, &replaced, err));
    YX_REQUIRE(replaced.found, err, YX_REFUSED, "RFC 5280 5, an authority revokes what it issued",
               N_("this authority issued no certificate with serial {1}"),
               issuing->request->replaces);
    return YX_OK;
}

static yx_status insert(struct issuing *issuing, struct yx_tx *tx, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    const struct yx_ca_issue_request *request = issuing->request;

    YX_TRY(yx_name_from_der(request->subject, &subject, err));
    if (yx_buf_append(&subject, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    const struct yx_value row[] = {
        yx_value_integer(issuing->ca->number),
        yx_value_blob(serial_of(issuing)),
        yx_value_integer(yx_ca_partition(issuing->ca, serial_of(issuing))),
        yx_value_text((const char *)subject.data),
        yx_value_text(request->profile->name),
        yx_value_integer(issuing->choice.not_before),
        yx_value_integer(issuing->choice.not_after),
        yx_value_integer(issuing->now),
        yx_value_integer(YX_CA_RECORDED),
        issuing->replaces_len == 0
            ? yx_value_null()
            : yx_value_blob(YX_BYTES(issuing->replaces, issuing->replaces_len)),
        yx_value_text(request->actor),
        yx_value_text(request->request_id),
        yx_value_blob(YX_BYTES(issuing->request_digest, sizeof issuing->request_digest)),
        yx_value_blob(yx_buf_bytes(&issuing->to_be_signed)),
    };

    return yx_tx_run(tx,
                     "INSERT INTO certificate (authority, serial, partition, subject, profile,"
                     " not_before, not_after, issued_at, state, replaces, actor, request_id,"
                     " request_digest, body) VALUES"
                     " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
                     row, sizeof row / sizeof row[0], NULL, err);
}

/* What the signer is to sign, for one who asks the record; else nothing. */
static yx_status append_signs(const struct issuing *issuing, struct yx_buf *details,
                              struct yx_error *err)
{
    const struct yx_signer *signer = &issuing->ca->signer;
    uint8_t digest[32];
    char hex[65];

    if (signer->sign_recorded == NULL)
        return YX_OK;
    YX_TRY(yx_digest(YX_DIGEST_SM3, yx_buf_bytes(&issuing->to_be_signed), digest, err));
    yx_hex(YX_BYTES(digest, sizeof digest), hex);
    return yx_buf_printf(
               details, ",\"signs\":{\"key\":\"%s\",\"purpose\":\"" PURPOSE "\",\"digest\":\"%s\"}",
               signer->name, hex) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

static yx_status log_issue(struct issuing *issuing, struct yx_tx *tx, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf details = {0};

    yx_buf_free(&issuing->leaf);
    if (yx_buf_printf(&details, "{\"profile\":\"%s\"%s%s%s", issuing->request->profile->name,
                      issuing->replaces_len == 0 ? "" : ",\"replaces\":\"",
                      issuing->replaces_len == 0 ? "" : issuing->request->replaces,
                      issuing->replaces_len == 0 ? "" : "\"") != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(append_signs(issuing, &details, err));
    if (yx_buf_append(&details, YX_BYTES("}", 2)) != YX_OK)
        return yx_fail_memory(err);
    return yx_ca_log_kept(tx, issuing->ca, issuing->request->actor,
                          yx_ca_instant(issuing->request->now), "ca.certificate.issue",
                          serial_of(issuing), (const char *)details.data, &issuing->leaf, err);
}

static yx_status record(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct issuing *issuing = self;
    bool signs;

    issuing->is_repeat = false;
    YX_TRY(find_repeat(issuing, tx, err));
    /* Recorded before, and never signed: a signer that asks the record gets one again. */
    signs = issuing->certificate.len == 0 && issuing->ca->signer.sign_recorded != NULL;
    if (issuing->is_repeat)
        return signs ? log_issue(issuing, tx, err) : YX_OK;
    YX_TRY(look_at_replaced(issuing, tx, err));
    YX_TRY(insert(issuing, tx, err));
    return log_issue(issuing, tx, err);
}

/* --- Second transaction: signed, compared with what was recorded ------------------------- */

/* What the database has of it: the bytes that were recorded, or, when the same request was finished
 * by another thread meanwhile, the certificate. */
struct recorded {
    struct yx_buf body;
    int64_t state;
};

static void recorded_free(struct recorded *recorded)
{
    yx_buf_free(&recorded->body);
}
YX_DEFINE_CLEAN_VALUE(recorded, struct recorded, recorded_free);

static yx_status take_recorded(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct recorded *recorded = self;

    recorded->state = yx_row_integer(row, 1);
    return yx_buf_append(&recorded->body, yx_row_blob(row, 0)) == YX_OK ? YX_OK
                                                                        : yx_fail_memory(err);
}

static yx_status revoke_replaced(struct issuing *issuing, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_ca_issue_request *request = issuing->request;
    struct yx_ca_revoke_request revocation = {
        .serial = request->replaces,
        .reason = 4, /* superseded */
        .invalid_since = YX_TIME_NONE,
        .now = request->now,
        .actor = request->actor,
    };

    return request->revoke_replaced ? yx_ca_revoke_in(tx, issuing->ca, &revocation, err) : YX_OK;
}

static yx_status keep_signed(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct issuing *issuing = self;
    YX_CLEAN(recorded) struct recorded recorded = {.state = -1};
    const struct yx_value row[] = {
        yx_value_integer(issuing->ca->number),
        yx_value_blob(serial_of(issuing)),
        yx_value_blob(yx_buf_bytes(&issuing->certificate)),
        yx_value_integer(YX_CA_GOOD),
    };

    if (issuing->request->revoke_replaced)
        YX_TRY(yx_ca_lock(tx, issuing->ca, err));
    YX_TRY(yx_tx_query(tx,
                       "SELECT body, state FROM certificate WHERE authority = $1 AND serial = $2",
                       row, 2, take_recorded, &recorded, err));
    YX_REQUIRE(recorded.state >= 0, err, YX_IO, "lint, record, sign, compare",
               N_("the record of the certificate is gone"));
    if (recorded.state != YX_CA_RECORDED) {
        yx_buf_free(&issuing->certificate);
        return yx_buf_append(&issuing->certificate, yx_buf_bytes(&recorded.body)) == YX_OK
                   ? YX_OK
                   : yx_fail_memory(err);
    }
    YX_TRY(yx_cert_compare(yx_buf_bytes(&issuing->certificate), yx_buf_bytes(&recorded.body), err));
    YX_TRY(yx_tx_run(tx,
                     "UPDATE certificate SET body = $3, state = $4"
                     " WHERE authority = $1 AND serial = $2",
                     row, 4, NULL, err));
    return revoke_replaced(issuing, tx, err);
}

/* --- The key ------------------------------------------------------------------------------- */

yx_status yx_ca_sign(struct yx_bytes to_be_signed, const struct yx_cert *issuer,
                     const struct yx_signer *signer, struct yx_bytes leaf, struct yx_buf *der,
                     struct yx_error *err)
{
    const struct yx_signing_record record = {PURPOSE, leaf};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};

    YX_TRY(signer->sign_recorded == NULL
               ? signer->sign(signer->self, signer->algorithm, to_be_signed, &value, err)
               : signer->sign_recorded(signer->self, &record, signer->algorithm, to_be_signed,
                                       &value, err));
    return yx_cert_finish(to_be_signed, issuer, yx_buf_bytes(&value), der, err);
}

/* --- All of it ------------------------------------------------------------------------------- */

static yx_status draw_up(struct issuing *issuing, struct yx_error *err)
{
    const struct yx_ca_issue_request *request = issuing->request;
    struct yx_ca *ca = issuing->ca;
    struct yx_ca_order order = {
        .profile = request->profile,
        .subject = request->subject,
        .spki = request->spki,
        .alt_names = request->alt_names,
        .alt_name_count = request->alt_name_count,
        .identity = request->identity,
        .like = request->like,
        .days = request->days,
        .path_length = request->path_length == NULL ? -1 : *request->path_length,
        .now = issuing->now,
        .ca = ca,
        .issuer = ca->certificate,
        .algorithm = ca->signer.algorithm,
    };

    YX_REQUIRE(ca->signer.sign != NULL, err, YX_USAGE, "",
               N_("the key of the authority is locked"));
    if (request->now == 0)
        YX_TRY(check_clock(ca, issuing->now, err));
    if (request->replaces != NULL)
        YX_TRY(yx_ca_serial_from_hex(request->replaces, issuing->replaces, &issuing->replaces_len,
                                     err));
    YX_TRY(digest_request(issuing, err));
    return yx_ca_draw_up(&order, &issuing->choice, &issuing->to_be_signed, err);
}

yx_status yx_ca_issue(struct yx_ca *ca, const struct yx_ca_issue_request *request,
                      struct yx_buf *der, struct yx_error *err)
{
    YX_CLEAN(issuing) struct issuing issuing = {
        .ca = ca, .request = request, .now = yx_ca_whole_second(request->now)};

    YX_TRY(draw_up(&issuing, err));
    YX_TRY(yx_store_write(ca->store, record, &issuing, err));
    if (issuing.certificate.len == 0) {
        YX_TRY(yx_ca_sign(yx_buf_bytes(&issuing.to_be_signed), ca->certificate, &ca->signer,
                          yx_buf_bytes(&issuing.leaf), &issuing.certificate, err));
        YX_TRY(yx_store_write(ca->store, keep_signed, &issuing, err));
    }
    return yx_buf_append(der, yx_buf_bytes(&issuing.certificate)) == YX_OK ? YX_OK
                                                                           : yx_fail_memory(err);
}
