/* SPDX-License-Identifier: Apache-2.0 */
/* enrol/room.h - what the files of enrol/ share. Only enrol/ includes it. */
#ifndef ENROL_ROOM_H
#define ENROL_ROOM_H

#include <sys/stat.h>

#include "config/config.h"
#include "enrol/enrol.h"

#define YX_ENROL_FILE_MAX (4u * 1024 * 1024)

/* Which file it was: another one has another stamp. */
struct yx_enrol_stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};
/* Settings of enrol.conf; times in seconds. */
struct yx_enrol_settings {
    int64_t attempts;      /* wrong ones in a row that lock a person; 0: never */
    int64_t lock_seconds;  /* 0: until somebody unlocks them */
    int64_t delay_after;   /* so many wrong ones in a row make the next wait */
    int64_t delay_seconds; /* at first, and double behind each further wrong one */
    int64_t delay_max_seconds;
    int64_t address_attempts; /* wrong ones of an address within address_seconds; 0: any number */
    int64_t address_seconds;
    int64_t approval_seconds; /* how long a request waits to be looked at */
    int64_t retry_seconds;    /* when whoever waits is to ask again */
    int64_t pending_max;      /* requests of one asker that wait */
};
struct yx_enrol {
    struct yx_ca *ca;
    struct yx_enrol_settings settings;
    yx_enrol_tell tell; /* NULL: nobody is told */
    void *tell_self;
    char *path;
    struct yx_enrol_stamp stamp;
    cfg_t *config; /* the texts of the people live in it */
    struct yx_person *people;
    size_t count;
};

/* Appends the text of enrol.conf; nothing when there is none. YX_REFUSED when others than its owner
 * can read it. */
yx_status yx_enrol_read_file(const char *path, struct yx_buf *out, struct yx_error *err);
/* The people of a text; `path` is for the sentence. */
yx_status yx_enrol_read(struct yx_ca *ca, const char *path, struct yx_bytes text,
                        struct yx_enrol **out, struct yx_error *err);

/* Makes the tables (schema.c). */
yx_status yx_enrol_prepare(struct yx_ca *ca, struct yx_error *err);
/* Appends "ca:NAME/person:NAME" with a NUL: what audit leaves call a person. */
yx_status yx_enrol_object(const struct yx_ca *ca, const char *name, struct yx_buf *out,
                          struct yx_error *err);
/* The wrong passwords of a person count no more. */
yx_status yx_enrol_forget(struct yx_tx *tx, const struct yx_ca *ca, const char *name,
                          struct yx_error *err);

/* --- Orders (order.c, pending.c) -------------------------------------------------------------- */

/* What was decided about an order, in the form that ca/ takes it in. */
struct yx_enrol_decision {
    const struct yx_ca_profile *profile;
    struct yx_buf own_subject; /* DER, of a person's entry */
    struct yx_bytes subject;
    struct yx_bytes alt_names; /* content of GeneralNames; and one by one: */
    struct yx_general_name names[YX_ENROL_NAMES];
    size_t name_count;
    bool changed; /* not all wishes are granted */
};
yx_status yx_enrol_read_names(struct yx_bytes content, struct yx_general_name out[YX_ENROL_NAMES],
                              size_t *count, struct yx_error *err);
/* Which profile, subject and names; YX_REFUSED when they may not be had (order.c). */
yx_status yx_enrol_judge(const struct yx_enrol *enrol, const struct yx_enrol_order *order,
                         struct yx_enrol_decision *out, struct yx_error *err);
void yx_enrol_decision_free(struct yx_enrol_decision *decision);
YX_DEFINE_CLEAN_VALUE(yx_enrol_decision, struct yx_enrol_decision, yx_enrol_decision_free);
bool yx_enrol_needs_approval(const struct yx_enrol_order *order,
                             const struct yx_enrol_decision *decision);
/* Issues what was decided, for the key `spki`. */
yx_status yx_enrol_carry_out(const struct yx_enrol *enrol, const struct yx_enrol_order *order,
                             const struct yx_enrol_decision *decision, struct yx_bytes spki,
                             struct yx_buf *der, struct yx_error *err);
/* Files an order that a person must approve, or finds it; then as yx_enrol_collect. */
yx_status yx_enrol_file(const struct yx_enrol *enrol, const struct yx_enrol_order *order,
                        const struct yx_enrol_decision *decision, struct yx_buf *der,
                        struct yx_enrol_result *result, struct yx_error *err);

#endif
