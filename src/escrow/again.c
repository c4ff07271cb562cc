/* SPDX-License-Identifier: Apache-2.0 */
/*
 * escrow/again.c - pairs that were issued before: the same request that comes again, and the
 * encryption certificate that is replaced along with the one for signing.
 */
#include "escrow/room.h"

/* --- Names of requests ------------------------------------------------------------------------ */

yx_status yx_escrow_request_digest(const struct yx_ca *ca,
                                   const struct yx_ca_issue_request *request,
                                   uint8_t out[YX_ESCROW_REQUEST], struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf all = {0};
    struct yx_bytes authority = yx_public_key_spki(yx_cert_public_key(yx_ca_certificate(ca)));

    YX_REQUIRE(request->actor != NULL, err, YX_USAGE, "",
               N_("who asks must be told: every change is recorded with its author"));
    if (yx_buf_append(&all, authority) != YX_OK ||
        yx_buf_append(&all, YX_BYTES(request->actor, strlen(request->actor) + 1)) != YX_OK ||
        yx_buf_append_text(&all, request->request_id) != YX_OK)
        return yx_fail_memory(err);
    return yx_digest(YX_DIGEST_SM3, yx_buf_bytes(&all), out, err);
}

yx_status yx_escrow_request_name(const struct yx_ca_issue_request *request,
                                 const uint8_t key_id[YX_ESCROW_KEY_ID], struct yx_buf *out,
                                 struct yx_error *err)
{
    char hex[2 * YX_ESCROW_KEY_ID + 1];

    yx_hex(YX_BYTES(key_id, YX_ESCROW_KEY_ID), hex);
    return yx_buf_printf(out, "%s/%s", request->request_id, hex) == YX_OK &&
                   yx_buf_append(out, YX_BYTES("", 1)) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

/* --- The same request ---------------------------------------------------------------------------
 */

struct earlier {
    struct yx_bytes request;
    bool found;
    int64_t row;
    uint8_t key_id[YX_ESCROW_KEY_ID];
    char serial[YX_CA_SERIAL_TEXT]; /* "": it was not finished */
    struct yx_buf envelope, sm2_envelope;
};

static void earlier_free(struct earlier *earlier)
{
    yx_buf_free(&earlier->envelope);
    yx_buf_free(&earlier->sm2_envelope);
}
YX_DEFINE_CLEAN_VALUE(earlier, struct earlier, earlier_free);

static yx_status take_earlier(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct earlier *earlier = self;
    struct yx_bytes key_id = yx_row_blob(row, 1);
    const char *serial = yx_row_text(row, 2);

    YX_REQUIRE(key_id.len == sizeof earlier->key_id, err, YX_DAMAGED, "",
               N_("{1} octets stand where {2} belong"), YX_NUM(key_id.len),
               YX_NUM(sizeof earlier->key_id));
    earlier->found = true;
    earlier->row = yx_row_integer(row, 0);
    memcpy(earlier->key_id, key_id.data, key_id.len);
    (void)snprintf(earlier->serial, sizeof earlier->serial, "%s", serial == NULL ? "" : serial);
    return yx_buf_append(&earlier->envelope, yx_row_blob(row, 3)) == YX_OK &&
                   yx_buf_append(&earlier->sm2_envelope, yx_row_blob(row, 4)) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

static yx_status look_for_earlier(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct earlier *earlier = self;
    const struct yx_value key[] = {yx_value_blob(earlier->request)};

    earlier->found = false;
    earlier->envelope.len = earlier->sm2_envelope.len = 0;
    return yx_tx_query(tx,
                       "SELECT id, key_id, serial, envelope, sm2_envelope FROM escrow_key"
                       " WHERE request = $1",
                       key, 1, take_earlier, earlier, err);
}

static yx_status forget_request(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct earlier *earlier = self;
    const struct yx_value key[] = {yx_value_integer(earlier->row)};

    return yx_tx_run(tx, "UPDATE escrow_key SET request = NULL WHERE id = $1 AND serial IS NULL",
                     key, 1, NULL, err);
}

/* Whoever is still at it finds out when it writes the serial. */
static yx_status give_up(struct yx_escrow *escrow, struct yx_ca *ca,
                         const struct yx_ca_issue_request *request, struct earlier *earlier,
                         struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    char serial[YX_CA_SERIAL_TEXT];
    struct yx_ca_revoke_request revocation = {
        .serial = serial,
        .reason = 5, /* cessationOfOperation */
        .invalid_since = YX_TIME_NONE,
        .now = request->now,
        .actor = request->actor,
    };
    yx_status status = YX_OK;

    YX_TRY(yx_escrow_request_name(request, earlier->key_id, &name, err));
    YX_TRY(yx_ca_find_request(ca, request->actor, (const char *)name.data, serial, err));
    if (serial[0] != '\0')
        status = yx_ca_revoke(ca, &revocation, err);
    if (status != YX_OK && status != YX_REFUSED) /* refused: it is revoked already */
        return status;
    return yx_store_write(escrow->store, forget_request, earlier, err);
}

static yx_status take_der(void *self, const struct yx_ca_record *record, struct yx_error *err)
{
    struct yx_buf *out = self;

    out->len = 0;
    return yx_buf_append(out, record->der) == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_escrow_find_again(struct yx_escrow *escrow, struct yx_ca *ca,
                               const struct yx_ca_issue_request *request,
                               const uint8_t digest[YX_ESCROW_REQUEST], bool *found,
                               struct yx_escrow_twin *out, struct yx_error *err)
{
    YX_CLEAN(earlier) struct earlier earlier = {.request = YX_BYTES(digest, YX_ESCROW_REQUEST)};

    YX_TRY(yx_store_read(escrow->store, look_for_earlier, &earlier, err));
    *found = earlier.found && earlier.serial[0] != '\0';
    if (earlier.found && !*found)
        return give_up(escrow, ca, request, &earlier, err);
    if (!*found)
        return YX_OK;
    YX_TRY(yx_ca_issue(ca, request, &out->signing, err));
    YX_TRY(yx_ca_find(ca, earlier.serial, take_der, &out->encryption, err));
    out->envelope = earlier.envelope;
    out->sm2_envelope = earlier.sm2_envelope;
    earlier.envelope = earlier.sm2_envelope = (struct yx_buf){0};
    return YX_OK;
}

/* --- The one that is replaced ------------------------------------------------------------------
 */

struct search {
    const char *signing;
    const struct yx_ca_issue_request *request;
    struct yx_escrow_old *out;
};

static yx_status take_serial(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct search *search = self;

    (void)err;
    (void)snprintf(search->out->serial, sizeof search->out->serial, "%s", yx_row_text(row, 0));
    return YX_OK;
}

static yx_status look_for_old(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct search *search = self;
    const struct yx_value key[] = {yx_value_text(search->signing)};

    search->out->serial[0] = '\0';
    return yx_tx_query(tx,
                       "SELECT serial FROM escrow_key WHERE signing = $1 AND serial IS NOT NULL",
                       key, 1, take_serial, search, err);
}

static yx_status take_old(void *self, const struct yx_ca_record *record, struct yx_error *err)
{
    const struct search *search = self;
    const struct yx_ca_issue_request *request = search->request;
    yx_time now = request->now == 0 ? yx_now() : request->now;

    search->out->replaceable = (record->state == YX_CA_GOOD ||
                                (record->state == YX_CA_HELD && request->revoke_replaced)) &&
                               record->not_after >= now;
    yx_cert_free(search->out->cert); /* a read may run again */
    search->out->cert = NULL;
    return yx_cert_from_der(record->der, &search->out->cert, err);
}

/* Serials are written in upper case there; one that a person typed may be not. */
yx_status yx_escrow_find_old(struct yx_escrow *escrow, struct yx_ca *ca,
                             const struct yx_ca_issue_request *request, struct yx_escrow_old *out,
                             struct yx_error *err)
{
    char signing[YX_CA_SERIAL_TEXT] = "";
    struct search search = {.signing = signing, .request = request, .out = out};

    for (size_t i = 0; i + 1 < sizeof signing && request->replaces[i] != '\0'; i++)
        signing[i] = (char)(request->replaces[i] >= 'a' && request->replaces[i] <= 'f'
                                ? request->replaces[i] - 'a' + 'A'
                                : request->replaces[i]);
    YX_TRY(yx_store_read(escrow->store, look_for_old, &search, err));
    return out->serial[0] == '\0' ? YX_OK : yx_ca_find(ca, out->serial, take_old, &search, err);
}
