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
struct yx_enrol {
    struct yx_ca *ca;
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

#endif
