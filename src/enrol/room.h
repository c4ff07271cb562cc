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
/* How often may be guessed: settings of enrol.conf, times in seconds. */
struct yx_enrol_limits {
    int64_t attempts;      /* wrong ones in a row that lock a person; 0: never */
    int64_t lock_seconds;  /* 0: until somebody unlocks them */
    int64_t delay_after;   /* so many wrong ones in a row make the next wait */
    int64_t delay_seconds; /* at first, and double behind each further wrong one */
    int64_t delay_max_seconds;
    int64_t address_attempts; /* wrong ones of an address within address_seconds; 0: any number */
    int64_t address_seconds;
};
struct yx_enrol {
    struct yx_ca *ca;
    struct yx_enrol_limits limits;
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

/* Makes the tables (guess.c). */
yx_status yx_enrol_prepare(struct yx_ca *ca, struct yx_error *err);
/* Appends "ca:NAME/person:NAME" with a NUL: what audit leaves call a person. */
yx_status yx_enrol_object(const struct yx_ca *ca, const char *name, struct yx_buf *out,
                          struct yx_error *err);
/* The wrong passwords of a person count no more. */
yx_status yx_enrol_forget(struct yx_tx *tx, const struct yx_ca *ca, const char *name,
                          struct yx_error *err);

#endif
