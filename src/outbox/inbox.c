/* SPDX-License-Identifier: Apache-2.0 */
/* inbox.c - notices where people read them. */
#include "outbox/room.h"

/* Behind the last of all ids. */
#define NO_ID "g"

struct showing {
    yx_each_message each;
    void *self;
};

static yx_status show(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct showing *showing = self;
    const struct yx_inbox_message message = {
        .id = yx_row_text(row, 0),
        .kind = yx_row_text(row, 1),
        .title = yx_row_text(row, 2),
        .text = yx_row_text(row, 3),
        .about = yx_row_text(row, 4),
        .at = yx_row_time(row, 5),
        .read_at = yx_row_time(row, 6),
    };

    return showing->each(showing->self, &message, err);
}

#define SELECT "SELECT id, kind, title, text, about, at, read_at FROM message"

yx_status yx_inbox_list(struct yx_tx *tx, const char *account, bool unread, const char *below,
                        int64_t limit, yx_each_message each, void *self, struct yx_error *err)
{
    struct showing showing = {each, self};
    const struct yx_value values[] = {yx_value_text(account),
                                      yx_value_text(below == NULL ? NO_ID : below),
                                      yx_value_integer(limit)};

    if (unread)
        return yx_tx_query(tx,
                           SELECT " WHERE account = $1 AND id < $2 AND read_at IS NULL"
                                  " ORDER BY id DESC LIMIT $3",
                           values, 3, show, &showing, err);
    return yx_tx_query(tx, SELECT " WHERE account = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
                       values, 3, show, &showing, err);
}

static yx_status take_count(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

yx_status yx_inbox_unread(struct yx_tx *tx, const char *account, int64_t *out, struct yx_error *err)
{
    struct yx_value value = yx_value_text(account);

    return yx_tx_query(tx, "SELECT count(*) FROM message WHERE account = $1 AND read_at IS NULL",
                       &value, 1, take_count, out, err);
}

yx_status yx_inbox_read(struct yx_tx *tx, const char *account, const char *id, yx_time now,
                        struct yx_error *err)
{
    const struct yx_value values[] = {yx_value_text(account), yx_value_time(now),
                                      yx_value_text(id)};
    int64_t changed = 0;

    if (id == NULL)
        return yx_tx_run(tx,
                         "UPDATE message SET read_at = $2 WHERE account = $1 AND read_at IS NULL",
                         values, 2, NULL, err);
    YX_TRY(yx_tx_run(tx,
                     "UPDATE message SET read_at = COALESCE(read_at, $2)"
                     " WHERE account = $1 AND id = $3",
                     values, 3, &changed, err));
    YX_REQUIRE(changed == 1, err, YX_NO_INPUT, "", N_("there is no message {1}"), id);
    return YX_OK;
}
