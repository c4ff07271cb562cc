/* SPDX-License-Identifier: Apache-2.0 */
/* history.c - what stood there before each change. */
#include <stdlib.h>

#include "party/room.h"

yx_status yx_party_record(struct yx_tx *tx, const char *object, const char *by, yx_time now,
                          json_t *before, struct yx_error *err)
{
    YX_CLEAN(json) json_t *owned = before;
    char *text = owned == NULL ? NULL : json_dumps(owned, JSON_COMPACT);
    yx_status status;

    if (text == NULL)
        return yx_fail_memory(err);
    const struct yx_value row[] = {yx_value_text(object), yx_value_time(now), yx_value_text(by),
                                   yx_value_text(text)};
    status = yx_tx_run(tx,
                       "INSERT INTO party_history (object, at, made_by, was)"
                       " VALUES ($1, $2, $3, $4)",
                       row, COUNT_OF(row), NULL, err);
    free(text);
    return status;
}

struct telling {
    yx_party_take_past take;
    void *self;
};

static yx_status tell(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct telling *telling = self;
    const struct yx_party_past past = {
        .number = yx_row_integer(row, 0),
        .at = yx_row_time(row, 1),
        .by = yx_row_text(row, 2),
        .before = yx_row_text(row, 3),
    };

    return telling->take(telling->self, &past, err);
}

yx_status yx_party_history(struct yx_tx *tx, const char *object, int64_t before_number,
                           int64_t limit, yx_party_take_past take, void *self, struct yx_error *err)
{
    struct telling telling = {take, self};
    const struct yx_value values[] = {
        yx_value_text(object), yx_value_integer(before_number == 0 ? INT64_MAX : before_number),
        yx_value_integer(limit)};

    return yx_tx_query(tx,
                       "SELECT id, at, made_by, was FROM party_history"
                       " WHERE object = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
                       values, COUNT_OF(values), tell, &telling, err);
}
