/* SPDX-License-Identifier: Apache-2.0 */
/* publish/room.h - what the files of publish/ share. Only publish/ includes it. */
#ifndef PUBLISH_ROOM_H
#define PUBLISH_ROOM_H

#include "publish/publish.h"

/* What is known of the newest CRL of a kind. */
struct yx_crl_row {
    bool found;
    int64_t number;
    int64_t generation; /* of the authority when it was drawn */
    yx_time this_update;
    yx_time next_update;
};
/* The newest one that was signed: full or delta of a partition. */
yx_status yx_crl_newest(struct yx_tx *tx, const struct yx_ca *ca, int partition, bool delta,
                        struct yx_crl_row *out, struct yx_error *err);
/* The same, by its number, with its bytes appended. */
yx_status yx_crl_body(struct yx_tx *tx, const struct yx_ca *ca, int partition, int64_t number,
                      struct yx_buf *out, struct yx_error *err);
yx_status yx_crl_generation(struct yx_tx *tx, const struct yx_ca *ca, int64_t *out,
                            struct yx_error *err);

#endif
