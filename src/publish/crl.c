/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish/crl.c - makes CRLs. Number and entries come from one transaction, so that a list of a
 * higher number never shows an older state; it is signed outside, and recorded when it is whole. A
 * process that dies in between leaves a number unused.
 */
#include <stdlib.h>

#include "publish/room.h"

/*
 * A change may be on the disk later than its time says, behind a list that was drawn meanwhile. A
 * delta reaches back further than its base, and names some changes that are in the base already:
 * RFC 5280 5.2.4 allows that.
 */
#define SLACK (10 * 60 * YX_SECOND)

struct entry {
    uint8_t serial[20];
    uint8_t serial_len;
    int8_t reason;
    yx_time revoked_at;
    yx_time invalid_at;
};

struct making {
    struct yx_ca *ca;
    const struct yx_crl_request *request;
    yx_time now;
    yx_time next_update;
    int64_t number;
    int64_t generation;
    struct yx_crl_row base;
    struct entry *entries;
    size_t count, cap, at;
    struct yx_buf der;
};

static void making_free(struct making *making)
{
    free(making->entries);
    yx_buf_free(&making->der);
}
YX_DEFINE_CLEAN_VALUE(making, struct making, making_free);

/* --- Drawn: a number and its entries ------------------------------------------------------------
 */

static yx_status grow(struct making *making, struct yx_error *err)
{
    size_t cap = making->cap == 0 ? 256 : 2 * making->cap;
    struct entry *grown = reallocarray(making->entries, cap, sizeof *grown);

    if (grown == NULL)
        return yx_fail_memory(err);
    making->entries = grown;
    making->cap = cap;
    return YX_OK;
}

static yx_status hex_to_serial(const char *hex, struct entry *out)
{
    size_t digits = strlen(hex);

    if (digits > 2 * sizeof out->serial)
        return YX_DAMAGED;
    for (size_t i = 0; i < digits; i++) {
        uint8_t nibble = (uint8_t)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'A' + 10);

        out->serial[i / 2] = (uint8_t)(out->serial[i / 2] << 4 | nibble);
    }
    out->serial_len = (uint8_t)(digits / 2);
    return YX_OK;
}

static yx_status add_entry(void *self, const struct yx_ca_record *record, struct yx_error *err)
{
    struct making *making = self;
    struct entry *entry;

    if (making->count == making->cap)
        YX_TRY(grow(making, err));
    entry = &making->entries[making->count++];
    *entry = (struct entry){
        .reason = (int8_t)record->reason,
        .revoked_at = record->changed_at,
        .invalid_at = record->invalid_since == YX_TIME_NONE ? 0 : record->invalid_since,
    };
    YX_REQUIRE(hex_to_serial(record->serial, entry) == YX_OK, err, YX_DAMAGED, "",
               N_("the database holds a serial that is none"));
    return YX_OK;
}

static yx_status take_number(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

/* Takes the next number of the partition; the caller holds the lock. */
static yx_status reserve(struct making *making, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_value row[] = {
        yx_value_integer(yx_ca_number(making->ca)),
        yx_value_integer(making->request->partition),
    };
    int64_t last = 0;

    YX_TRY(yx_tx_query(tx,
                       "SELECT COALESCE(MAX(number), 0) FROM crl"
                       " WHERE authority = $1 AND partition = $2",
                       row, 2, take_number, &last, err));
    making->number = last + 1;
    return yx_crl_generation(tx, making->ca, &making->generation, err);
}

static yx_status insert(struct making *making, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_value row[] = {
        yx_value_integer(yx_ca_number(making->ca)),
        yx_value_integer(making->request->partition),
        yx_value_integer(making->number),
        making->request->delta ? yx_value_integer(making->base.number) : yx_value_null(),
        yx_value_integer(making->generation),
        yx_value_integer(making->now),
        yx_value_integer(making->next_update),
    };

    return yx_tx_run(tx,
                     "INSERT INTO crl (authority, partition, number, base, generation, this_update,"
                     " next_update) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                     row, 7, NULL, err);
}

static yx_status draw(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct making *making = self;
    const struct yx_crl_request *request = making->request;
    const struct yx_ca_settings *settings = yx_ca_settings(making->ca);
    /* RFC 5280 5.1: an entry stays until it was on a list issued after the certificate's end. */
    yx_time after = making->now - 2 * settings->crl_lifetime * YX_SECOND;
    int partition = settings->partitions == 1 ? -1 : request->partition;

    making->count = 0;
    YX_TRY(yx_tx_lock(tx, INT64_C(0x43524C) << 32 | yx_ca_number(making->ca), err));
    YX_TRY(yx_crl_newest(tx, making->ca, request->partition, false, &making->base, err));
    YX_REQUIRE(!request->delta || making->base.found, err, YX_REFUSED, "RFC 5280 5.2.4",
               N_("a delta needs a full CRL before it"));
    YX_TRY(reserve(making, tx, err));
    YX_TRY(insert(making, tx, err));
    return yx_ca_each_revoked(tx, making->ca, partition,
                              request->delta ? making->base.this_update - SLACK : 0, after,
                              add_entry, making, err);
}

/* --- Signed -------------------------------------------------------------------------------------
 */

static yx_status next_entry(void *self, struct yx_crl_entry *out, bool *end, struct yx_error *err)
{
    struct making *making = self;
    const struct entry *entry;

    (void)err;
    *end = making->at == making->count;
    if (*end)
        return YX_OK;
    entry = &making->entries[making->at++];
    *out = (struct yx_crl_entry){
        .serial = YX_BYTES(entry->serial, entry->serial_len),
        .revoked_at = entry->revoked_at,
        .reason = entry->reason,
        .invalid_at = entry->invalid_at,
    };
    return YX_OK;
}

static yx_status sign(struct making *making, struct yx_error *err)
{
    const struct yx_ca_settings *settings = yx_ca_settings(making->ca);
    const struct yx_crl_request *request = making->request;
    struct yx_signer signer = yx_ca_signer(making->ca);
    YX_CLEAN(yx_buf) struct yx_buf point = {0};
    YX_CLEAN(yx_buf) struct yx_buf freshest = {0};
    struct yx_crl_template to_make = {
        .number = (uint64_t)making->number,
        .this_update = making->now,
        .next_update = making->next_update,
        .more = {next_entry, making},
        .delta = request->delta,
        .base = (uint64_t)making->base.number,
    };

    if (settings->partitions > 1) {
        YX_TRY(yx_ca_crl_url(making->ca, request->partition, false, &point, err));
        to_make.point_url = (const char *)point.data;
    }
    if (settings->delta_period > 0 && !request->delta && settings->base_url[0] != '\0') {
        YX_TRY(yx_ca_crl_url(making->ca, request->partition, true, &freshest, err));
        to_make.freshest_url = (const char *)freshest.data;
    }
    return yx_crl_make(&to_make, yx_ca_certificate(making->ca), &signer, &making->der, err);
}

/* --- Kept
 * ----------------------------------------------------------------------------------------- */

static yx_status log_crl(struct making *making, struct yx_tx *tx, struct yx_error *err)
{
    yx_time now = making->request->now;
    char object[160], details[128];

    (void)snprintf(object, sizeof object, "ca:%s/crl:%d:%lld", yx_ca_name(making->ca),
                   making->request->partition, (long long)making->number);
    (void)snprintf(details, sizeof details, "{\"delta\":%s,\"entries\":%zu}",
                   making->request->delta ? "true" : "false", making->count);
    return yx_audit_append(tx,
                           &(struct yx_audit_event){.at = now == 0 ? yx_now() : now,
                                                    .actor = making->request->actor,
                                                    .action = "ca.crl.issue",
                                                    .object = object,
                                                    .details = details},
                           err);
}

static yx_status keep(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct making *making = self;
    const struct yx_value row[] = {
        yx_value_integer(yx_ca_number(making->ca)),
        yx_value_integer(making->request->partition),
        yx_value_integer(making->number),
        yx_value_blob(yx_buf_bytes(&making->der)),
    };

    YX_TRY(yx_tx_run(tx,
                     "UPDATE crl SET body = $4"
                     " WHERE authority = $1 AND partition = $2 AND number = $3",
                     row, 4, NULL, err));
    return log_crl(making, tx, err);
}

/* A delta is good until the one after the next: a reader who misses one still has one that counts.
 */
static int64_t lifetime_of(const struct yx_ca *ca, const struct yx_crl_request *request)
{
    const struct yx_ca_settings *settings = yx_ca_settings(ca);
    int64_t usual = request->delta && settings->delta_period > 0 ? 2 * settings->delta_period
                                                                 : settings->crl_lifetime;

    return request->lifetime == 0 ? usual : request->lifetime;
}

yx_status yx_publish_crl(struct yx_ca *ca, const struct yx_crl_request *request, struct yx_buf *der,
                         struct yx_error *err)
{
    int64_t lifetime = lifetime_of(ca, request);
    yx_time now = request->now == 0 ? yx_now() : request->now;
    YX_CLEAN(making) struct making making = {.ca = ca, .request = request};

    YX_REQUIRE(lifetime > 0 && lifetime <= INT64_C(3650) * 86400, err, YX_USAGE, "RFC 5280 5.1.2.5",
               N_("a CRL is good for 1 second to 3650 days"));
    YX_REQUIRE(request->partition >= 0 && request->partition < yx_ca_settings(ca)->partitions, err,
               YX_USAGE, "RFC 5280 5.2.5", N_("the authority has {1} partitions, not {2}"),
               YX_NUM(yx_ca_settings(ca)->partitions), YX_NUM(request->partition + 1));
    making.now = now - now % YX_SECOND;
    making.next_update = making.now + lifetime * YX_SECOND;
    YX_TRY(yx_store_write(yx_ca_store(ca), draw, &making, err));
    YX_TRY(sign(&making, err));
    YX_TRY(yx_store_write(yx_ca_store(ca), keep, &making, err));
    return yx_buf_append(der, yx_buf_bytes(&making.der)) == YX_OK ? YX_OK : yx_fail_memory(err);
}
