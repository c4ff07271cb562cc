/* SPDX-License-Identifier: Apache-2.0 */
/* settings/room.h - what the files of this room share: the table, and values as they are read. */
#ifndef SETTINGS_ROOM_H
#define SETTINGS_ROOM_H

#include "settings/settings.h"

/* How a value is written, and what it becomes in struct yx_settings. */
enum yx_setting_kind {
    YX_SETTING_TEXT,      /* const char * */
    YX_SETTING_URL,       /* const char *, http or https, without the closing slash */
    YX_SETTING_PLACE,     /* const char *: a path, made whole, or something with "://" */
    YX_SETTING_FILE,      /* const char *: a path, made whole, of a file that must be there */
    YX_SETTING_NUMBER,    /* int64_t */
    YX_SETTING_SIZE,      /* int64_t, bytes */
    YX_SETTING_TIME,      /* int64_t, seconds */
    YX_SETTING_FLAG,      /* bool */
    YX_SETTING_FILES,     /* struct yx_texts, and so on: lists from here on */
    YX_SETTING_ENDPOINTS, /* struct yx_endpoints */
    YX_SETTING_NETWORKS   /* struct yx_networks */
};
static inline bool yx_setting_is_list(enum yx_setting_kind kind)
{
    return kind >= YX_SETTING_FILES;
}

struct yx_setting_row {
    const char *section;
    const char *name;
    enum yx_setting_kind kind;
    size_t offset;     /* in struct yx_settings */
    const char *usual; /* NULL: nothing; the items of a list have spaces between them */
    int64_t min, max;  /* of numbers, sizes and times */
    const char *help;  /* N_() */
};
extern const struct yx_setting_row yx_setting_rows[];
extern const size_t yx_setting_row_count;
/* For people: what a value of this kind is. */
const char *yx_setting_kind_name(enum yx_setting_kind kind);

struct yx_settings_inside {
    struct yx_arena *arena; /* all strings and lists */
    const char *data;       /* DIR */
    struct {
        const char *value;
        const char *from;
        int line;
    } * shown; /* for each row */
};

/*
 * Reads the value of a row out of its texts (one, unless it is a list) into `settings`. `where` is
 * for the sentence: YX_DAMAGED.
 */
yx_status yx_setting_take(struct yx_settings *settings, const struct yx_setting_row *row,
                          const char *const *texts, size_t count, const char *where,
                          struct yx_error *err);
/* Appends the texts of a row's value as a file would say them; YX_NO_MEMORY. */
yx_status yx_setting_put(struct yx_buf *out, const struct yx_setting_row *row,
                         const char *const *texts, size_t count);

#endif
