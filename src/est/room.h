/* SPDX-License-Identifier: Apache-2.0 */
/* est/room.h - what the files of est/ share. Only est/ includes it. */
#ifndef EST_ROOM_H
#define EST_ROOM_H

#include "est/est.h"

#define YX_EST_ACTOR 256

/* Who asks, as far as they could show it (asker.c). */
struct yx_est_asker {
    const struct yx_person *person;
    unsigned wait;           /* this address guessed too often: so many seconds */
    struct yx_holder holder; /* cert NULL: no certificate, or none that counts */
    char actor[YX_EST_ACTOR];
};
void yx_est_asker_free(struct yx_est_asker *asker);
YX_DEFINE_CLEAN_VALUE(yx_est_asker, struct yx_est_asker, yx_est_asker_free);
/* YX_REFUSED when neither password nor certificate says who it is. */
yx_status yx_est_who(const struct yx_enrol *enrol, const struct yx_est_request *request,
                     struct yx_est_asker *out, struct yx_error *err);

#endif
