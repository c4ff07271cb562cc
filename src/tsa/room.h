/* SPDX-License-Identifier: Apache-2.0 */
/* tsa/room.h - what the files of tsa/ share. Only tsa/ includes it. */
#ifndef TSA_ROOM_H
#define TSA_ROOM_H

#include "tsa/tsa.h"

/* --- The watched clock (clock.c) ------------------------------------------------------------- */

struct yx_tsa_watch {
    struct yx_tsa_clock clock;
    int64_t step_max; /* microseconds */
    bool synchronised;
    yx_time started; /* both clocks when the service started */
    int64_t steady_started;
    yx_time latest; /* that was told */
};
void yx_tsa_watch_start(struct yx_tsa_watch *watch);
/* The time. YX_REFUSED when it is in doubt. One thread at a time. */
yx_status yx_tsa_watch_time(struct yx_tsa_watch *watch, yx_time *out, struct yx_error *err);

/* --- Blocks of serials (block.c) -------------------------------------------------------------- */

#define YX_TSA_SERIAL_SIZE 16

/* Numbers that this process may use until some instant, and what became of them. */
struct yx_tsa_block {
    struct yx_store *store;
    const char *name;
    uint8_t key_id[32];
    int64_t next, end;
    yx_time taken_at;
    int64_t granted, refused;
};
/* Makes the table and the row of the authority. */
yx_status yx_tsa_block_open(struct yx_tsa_block *block, const struct yx_cert *cert,
                            struct yx_error *err);
/* The next serial; takes a new block when this one is used up or old. YX_REFUSED when another
 * process recorded a time that is more than `slack` later than `now`. One thread at a time. */
yx_status yx_tsa_block_serial(struct yx_tsa_block *block, yx_time now, int64_t slack,
                              uint8_t out[YX_TSA_SERIAL_SIZE], struct yx_error *err);
/* Records what became of the numbers of the block. */
yx_status yx_tsa_block_close(struct yx_tsa_block *block, yx_time now, struct yx_error *err);

#endif
