/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish/directory.c - what a directory has already. What is written twice does no harm there, so
 * that nothing is lost by a process that dies between the directory and the database.
 */
#include "publish/directory.h"

/* Rows may come to light later than rows with higher numbers: older ones than this do no more. */
#define SETTLED (INT64_C(3600) * YX_SECOND)

/* The mark of a kind of item, `what`. */
static void name_item(const struct yx_directory_item *item, char out[32])
{
    static const char *const alone[] = {
        [YX_ITEM_AUTHORITY] = "ca", [YX_ITEM_REVOKED] = "revoked", [YX_ITEM_EXPIRED] = "expired"};

    if (item->kind == YX_ITEM_CRL)
        (void)snprintf(out, 32, "%s:%d", item->delta ? "delta" : "full", item->partition);
    else
        (void)snprintf(out, 32, "%s", alone[item->kind]);
}

yx_status yx_directory_list_start(struct yx_ca *ca, struct yx_directory_list *out,
                                  struct yx_error *err)
{
    const struct yx_ca_settings *settings = yx_ca_settings(ca);
    int len;

    memset(out, 0, sizeof *out);
    out->ca = ca;
    out->now = yx_now();
    len = snprintf(out->directory, sizeof out->directory, "%s %s", settings->ldap_url,
                   settings->ldap_base);
    YX_REQUIRE(len > 0 && (size_t)len < sizeof out->directory, err, YX_USAGE, "",
               N_("ldap_url and ldap_base are too long"));
    return YX_OK;
}

static void clear(struct yx_directory_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        yx_buf_free(&list->items[i].der);
    list->count = 0;
}

void yx_directory_list_free(struct yx_directory_list *list)
{
    clear(list);
}

/* --- What is missing ----------------------------------------------------------------------------
 */

static yx_status take_number(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

static yx_status mark_of(struct yx_directory_list *list, struct yx_tx *tx, const char *what,
                         int64_t *out, struct yx_error *err)
{
    const struct yx_value key[] = {
        yx_value_integer(yx_ca_number(list->ca)),
        yx_value_text(list->directory),
        yx_value_text(what),
    };

    *out = 0;
    return yx_tx_query(tx,
                       "SELECT mark FROM directory_mark"
                       " WHERE authority = $1 AND directory = $2 AND what = $3",
                       key, 3, take_number, out, err);
}

static yx_status look_at_authority(struct yx_directory_list *list, struct yx_tx *tx,
                                   struct yx_error *err)
{
    struct yx_directory_item *item = &list->items[list->count];
    int64_t mark;

    YX_TRY(mark_of(list, tx, "ca", &mark, err));
    if (mark != 0)
        return YX_OK;
    *item = (struct yx_directory_item){.kind = YX_ITEM_AUTHORITY, .mark = 1};
    list->count++;
    return yx_buf_append(&item->der, yx_cert_der(yx_ca_certificate(list->ca))) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

static yx_status look_at_crl(struct yx_directory_list *list, struct yx_tx *tx, int partition,
                             bool delta, struct yx_error *err)
{
    struct yx_directory_item *item = &list->items[list->count];
    struct yx_crl_row row;
    char what[32];
    int64_t mark;

    *item = (struct yx_directory_item){.kind = YX_ITEM_CRL, .partition = partition, .delta = delta};
    name_item(item, what);
    YX_TRY(mark_of(list, tx, what, &mark, err));
    YX_TRY(yx_crl_newest(tx, list->ca, partition, delta, &row, err));
    if (!row.found || row.number <= mark)
        return YX_OK;
    item->mark = row.number;
    list->count++;
    return yx_crl_body(tx, list->ca, partition, row.number, &item->der, err);
}

static yx_status take_revoked(void *self, const char *serial, int64_t mark, struct yx_error *err)
{
    struct yx_directory_list *list = self;
    struct yx_directory_item *item = &list->items[list->count++];

    (void)err;
    *item = (struct yx_directory_item){.kind = YX_ITEM_REVOKED, .mark = mark};
    (void)snprintf(item->serial, sizeof item->serial, "%s", serial);
    return YX_OK;
}

static yx_status take_expired(void *self, const char *serial, int64_t mark, struct yx_error *err)
{
    struct yx_directory_list *list = self;

    YX_TRY(take_revoked(self, serial, mark, err));
    list->items[list->count - 1].kind = YX_ITEM_EXPIRED;
    return YX_OK;
}

/* What was revoked or expired since, where the settings want it to leave. */
static yx_status look_at_ends(struct yx_directory_list *list, struct yx_tx *tx,
                              struct yx_error *err)
{
    const struct yx_ca_settings *settings = yx_ca_settings(list->ca);
    int64_t mark;

    if (settings->ldap_drop_revoked) {
        YX_TRY(mark_of(list, tx, "revoked", &mark, err));
        YX_TRY(yx_ca_each_revocation(tx, list->ca, mark, YX_DIRECTORY_BATCH - list->count,
                                     take_revoked, list, err));
    }
    if (!settings->ldap_drop_expired)
        return YX_OK;
    YX_TRY(mark_of(list, tx, "expired", &mark, err));
    return yx_ca_each_end(tx, list->ca, mark, list->now, YX_DIRECTORY_BATCH - list->count,
                          take_expired, list, err);
}

static yx_status take_certificate(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct yx_directory_list *list = self;
    struct yx_directory_item *item = &list->items[list->count++];

    *item = (struct yx_directory_item){.kind = YX_ITEM_CERTIFICATE, .mark = yx_row_integer(row, 0)};
    return yx_buf_append(&item->der, yx_row_blob(row, 1)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* Those that are good or held; who was revoked before is not shown any more, nor who has expired
 * where that leaves. */
static yx_status look_at_certificates(struct yx_directory_list *list, struct yx_tx *tx,
                                      struct yx_error *err)
{
    int64_t from;

    YX_TRY(mark_of(list, tx, "from", &from, err));
    const struct yx_value key[] = {
        yx_value_integer(yx_ca_number(list->ca)),
        yx_value_text(list->directory),
        yx_value_integer(from),
        yx_value_integer((int64_t)(YX_DIRECTORY_BATCH - list->count)),
        yx_value_integer(yx_ca_settings(list->ca)->ldap_drop_expired ? list->now : 0),
    };
    return yx_tx_query(tx,
                       "SELECT id, body FROM certificate WHERE authority + 0 = $1 AND id > $3"
                       " AND (state = 1 OR state = 2) AND not_after >= $5"
                       " AND NOT EXISTS (SELECT 1 FROM directory_entry"
                       " WHERE directory = $2 AND certificate = certificate.id)"
                       " ORDER BY id LIMIT $4",
                       key, 5, take_certificate, list, err);
}

static yx_status look(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_directory_list *list = self;
    int partitions = (int)yx_ca_settings(list->ca)->partitions;

    clear(list);
    YX_TRY(look_at_authority(list, tx, err));
    for (int i = 0; i < 2 * partitions && list->count < YX_DIRECTORY_BATCH; i++)
        YX_TRY(look_at_crl(list, tx, i / 2, i % 2 == 1, err));
    YX_TRY(look_at_ends(list, tx, err));
    return look_at_certificates(list, tx, err);
}

yx_status yx_directory_missing(struct yx_directory_list *list, struct yx_error *err)
{
    return yx_store_read(yx_ca_store(list->ca), look, list, err);
}

/* --- What is there ------------------------------------------------------------------------------
 */

struct remembering {
    const struct yx_directory_list *list;
    size_t count;
};

static yx_status set_mark(const struct yx_directory_list *list, struct yx_tx *tx, const char *what,
                          int64_t mark, struct yx_error *err)
{
    const struct yx_value row[] = {
        yx_value_integer(yx_ca_number(list->ca)),
        yx_value_text(list->directory),
        yx_value_text(what),
        yx_value_integer(mark),
    };

    YX_TRY(yx_tx_run(tx,
                     "INSERT INTO directory_mark (authority, directory, what, mark)"
                     " VALUES ($1, $2, $3, 0) ON CONFLICT DO NOTHING",
                     row, 3, NULL, err));
    return yx_tx_run(tx,
                     "UPDATE directory_mark SET mark = $4"
                     " WHERE authority = $1 AND directory = $2 AND what = $3 AND mark < $4",
                     row, 4, NULL, err);
}

static yx_status set_entry(const struct yx_directory_list *list, struct yx_tx *tx, int64_t id,
                           struct yx_error *err)
{
    const struct yx_value row[] = {yx_value_text(list->directory), yx_value_integer(id)};

    return yx_tx_run(tx,
                     "INSERT INTO directory_entry (directory, certificate) VALUES ($1, $2)"
                     " ON CONFLICT DO NOTHING",
                     row, 2, NULL, err);
}

/* What is settled needs no row of its own any more. "+ 0" has the rows walked back from the last
 * one: the settled ones begin an hour before it. */
static yx_status settle(const struct yx_directory_list *list, struct yx_tx *tx,
                        struct yx_error *err)
{
    int64_t first = list->items[list->count - 1].mark, settled = 0;
    const struct yx_value before[] = {
        yx_value_integer(yx_ca_number(list->ca)),
        yx_value_integer(list->now - SETTLED),
        yx_value_integer(first),
    };

    YX_TRY(yx_tx_query(tx,
                       "SELECT id FROM certificate WHERE authority + 0 = $1"
                       " AND issued_at < $2 AND id <= $3 ORDER BY id DESC LIMIT 1",
                       before, 3, take_number, &settled, err));
    if (settled == 0)
        return YX_OK;
    const struct yx_value row[] = {
        yx_value_text(list->directory),
        yx_value_integer(settled),
        yx_value_integer(yx_ca_number(list->ca)),
    };
    YX_TRY(set_mark(list, tx, "from", settled, err));
    return yx_tx_run(tx,
                     "DELETE FROM directory_entry WHERE directory = $1 AND certificate <= $2"
                     " AND certificate IN (SELECT id FROM certificate WHERE authority = $3"
                     " AND id <= $2)",
                     row, 3, NULL, err);
}

static yx_status remember(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct remembering *remembering = self;
    const struct yx_directory_list *list = remembering->list;
    char what[32];

    for (size_t i = 0; i < remembering->count; i++) {
        const struct yx_directory_item *item = &list->items[i];

        if (item->kind == YX_ITEM_CERTIFICATE) {
            YX_TRY(set_entry(list, tx, item->mark, err));
            continue;
        }
        name_item(item, what);
        YX_TRY(set_mark(list, tx, what, item->mark, err));
    }
    if (remembering->count == list->count && list->count > 0 &&
        list->items[list->count - 1].kind == YX_ITEM_CERTIFICATE)
        return settle(list, tx, err);
    return YX_OK;
}

yx_status yx_directory_remember(struct yx_directory_list *list, size_t count, struct yx_error *err)
{
    struct remembering remembering = {list, count};

    return count == 0 ? YX_OK : yx_store_write(yx_ca_store(list->ca), remember, &remembering, err);
}
