/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings/read.c - a settings file read against the table. libConfuse finds names, texts and
 * lists; all values are texts to it, and value.c says what they mean.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/config.h"
#include "settings/room.h"

#define FILE_NAME "yinxin.conf"
#define FILE_MAX (1u << 20)
#define ARENA_MAX (8u << 20)
#define ITEMS_MAX 256

/* --- The file -------------------------------------------------------------------------------- */

/* Called with each value, of a list with each of its values: keeps the line of the first where
 * libConfuse has room for a remark. */
static int see_value(cfg_t *config, cfg_opt_t *option, const char *value, void *result)
{
    char line[16];

    *(const char **)result = value;
    if (cfg_opt_size(option) > 1)
        return 0;
    if (cfg_opt_getcomment(option) != NULL) {
        cfg_error(config, "%s stands twice", option->name);
        return -1;
    }
    (void)snprintf(line, sizeof line, "%d", config->line);
    return cfg_opt_setcomment(option, line) == CFG_SUCCESS ? 0 : -1;
}

/* The line that a row stands in; 0 for an empty list, of which no value was seen. */
static int line_of(cfg_opt_t *option)
{
    const char *remark = cfg_opt_getcomment(option);

    return remark == NULL ? 0 : (int)strtol(remark, NULL, 10);
}

/* The options of libConfuse for the table; malloc'd. */
static cfg_opt_t *list_options(void)
{
    cfg_opt_t *options = calloc(yx_setting_row_count + 1, sizeof *options);

    if (options == NULL)
        return NULL;
    for (size_t i = 0; i < yx_setting_row_count; i++) {
        const struct yx_setting_row *row = &yx_setting_rows[i];

        options[i] = yx_setting_is_list(row->kind)
                         ? (cfg_opt_t)CFG_STR_LIST_CB(row->name, NULL, CFGF_NONE, see_value)
                         : (cfg_opt_t)CFG_STR_CB(row->name, NULL, CFGF_NONE, see_value);
    }
    options[yx_setting_row_count] = (cfg_opt_t)CFG_END();
    return options;
}

static yx_status parse(const char *path, struct yx_bytes text, cfg_t **out, struct yx_error *err)
{
    cfg_opt_t *options = list_options();
    yx_status status;

    if (options == NULL)
        return yx_fail_memory(err);
    status = yx_config_parse(path, text, options, out, err);
    free(options); /* libConfuse has copied them */
    return status;
}

/* --- Values ---------------------------------------------------------------------------------- */

/* The texts that show a value: those of places have been made whole. */
static yx_status show(struct yx_settings *settings, size_t index, const char *const *texts,
                      size_t count, struct yx_error *err)
{
    const struct yx_setting_row *row = &yx_setting_rows[index];
    YX_CLEAN(yx_buf) struct yx_buf shown = {0};
    const void *field = (const char *)settings + row->offset;
    yx_status status;

    if (row->kind <= YX_SETTING_FILE)
        status = yx_setting_put(&shown, row, field, 1);
    else if (row->kind == YX_SETTING_FILES)
        status = yx_setting_put(&shown, row, ((const struct yx_texts *)field)->items,
                                ((const struct yx_texts *)field)->count);
    else
        status = yx_setting_put(&shown, row, texts, count);
    if (status != YX_OK)
        return yx_fail_memory(err);
    settings->inside->shown[index].value =
        yx_arena_text(settings->inside->arena, yx_buf_bytes(&shown));
    return settings->inside->shown[index].value != NULL ? YX_OK : yx_fail_memory(err);
}

static yx_status take(struct yx_settings *settings, size_t index, const char *const *texts,
                      size_t count, const char *where, struct yx_error *err)
{
    YX_TRY(yx_setting_take(settings, &yx_setting_rows[index], texts, count, where, err));
    return show(settings, index, texts, count, err);
}

/* The usual value of a row; items of lists stand between spaces. */
static yx_status take_usual(struct yx_settings *settings, size_t index, struct yx_error *err)
{
    const struct yx_setting_row *row = &yx_setting_rows[index];
    const char *items[ITEMS_MAX] = {row->usual == NULL ? "" : row->usual};
    char *copy, *rest;
    size_t count = 0;

    settings->inside->shown[index].from = "";
    if (!yx_setting_is_list(row->kind))
        return take(settings, index, items, 1, row->name, err);
    copy = yx_arena_text(settings->inside->arena, YX_TEXT(items[0]));
    if (copy == NULL)
        return yx_fail_memory(err);
    for (char *item = strtok_r(copy, " ", &rest); item != NULL && count < ITEMS_MAX;
         item = strtok_r(NULL, " ", &rest))
        items[count++] = item;
    return take(settings, index, items, count, row->name, err);
}

/* What the file says of a row, when it says something. */
static yx_status take_from_file(struct yx_settings *settings, size_t index, cfg_t *config,
                                const char *path, struct yx_error *err)
{
    const struct yx_setting_row *row = &yx_setting_rows[index];
    cfg_opt_t *option = cfg_getopt(config, row->name);
    unsigned count = cfg_opt_size(option);
    int line = line_of(option);
    const char *items[ITEMS_MAX];
    char where[512];

    if ((option->flags & CFGF_MODIFIED) == 0)
        return YX_OK;
    if (line == 0)
        (void)snprintf(where, sizeof where, "%s", path);
    else
        (void)snprintf(where, sizeof where, "%s:%d", path, line);
    YX_REQUIRE(count <= ITEMS_MAX, err, YX_DAMAGED, "", N_("{1}: {2} holds more than {3} values"),
               where, row->name, YX_NUM(ITEMS_MAX));
    for (unsigned i = 0; i < count; i++) {
        items[i] = cfg_opt_getnstr(option, i);
        if (items[i] == NULL)
            return yx_fail_memory(err);
    }
    settings->inside->shown[index].line = line;
    settings->inside->shown[index].from = path;
    return take(settings, index, items, count, where, err);
}

/* --- All settings ---------------------------------------------------------------------------- */

static yx_status settings_new(const char *data, struct yx_settings **out, struct yx_error *err)
{
    YX_CLEAN(yx_settings) struct yx_settings *settings = calloc(1, sizeof *settings);
    struct yx_settings_inside *inside;

    if (settings == NULL)
        return yx_fail_memory(err);
    inside = settings->inside = calloc(1, sizeof *inside);
    if (inside == NULL)
        return yx_fail_memory(err);
    inside->arena = yx_arena_new(ARENA_MAX);
    if (inside->arena == NULL)
        return yx_fail_memory(err);
    inside->data = yx_arena_text(inside->arena, YX_TEXT(data));
    inside->shown = yx_arena_calloc(inside->arena, yx_setting_row_count, sizeof *inside->shown);
    if (inside->data == NULL || inside->shown == NULL)
        return yx_fail_memory(err);
    *out = settings;
    settings = NULL;
    return YX_OK;
}

void yx_settings_free(struct yx_settings *settings)
{
    if (settings == NULL)
        return;
    if (settings->inside != NULL)
        yx_arena_free(settings->inside->arena);
    free(settings->inside);
    free(settings);
}

/* What depends on several settings. */
static yx_status check_together(const struct yx_settings *settings, const char *path,
                                struct yx_error *err)
{
    bool is_bucket = settings->blobs != NULL && strncmp(settings->blobs, "s3://", 5) == 0;

    YX_REQUIRE(!is_bucket || settings->s3_endpoint[0] != '\0', err, YX_DAMAGED, "",
               N_("{1}: a bucket (blobs) needs an s3_endpoint"), path);
    YX_REQUIRE(settings->smtp_url[0] == '\0' || settings->mail_from[0] != '\0', err, YX_DAMAGED, "",
               N_("{1}: smtp_url needs a mail_from"), path);
    YX_REQUIRE((settings->smtp_user[0] == '\0') == (settings->smtp_password[0] == '\0'), err,
               YX_DAMAGED, "", N_("{1}: smtp_user and smtp_password go together"), path);
    return YX_OK;
}

/* The text of the file; nothing when it is not named and not there. */
static yx_status read_text(const char *path, bool is_named, struct yx_buf *out,
                           struct yx_error *err)
{
    if (!is_named && access(path, F_OK) != 0 && errno == ENOENT)
        return YX_OK;
    return yx_file_read(path, FILE_MAX, out, err);
}

/* The path of the file, with a NUL behind it. */
static yx_status name_file(const char *data, const char *path, struct yx_buf *out,
                           struct yx_error *err)
{
    yx_status status =
        path != NULL ? yx_buf_append_text(out, path) : yx_buf_printf(out, "%s/" FILE_NAME, data);

    return status == YX_OK && yx_buf_append(out, YX_BYTES("", 1)) == YX_OK ? YX_OK
                                                                           : yx_fail_memory(err);
}

yx_status yx_settings_text(const char *data, const char *path, struct yx_buf *out,
                           struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};

    YX_TRY(name_file(data, path, &name, err));
    return read_text((const char *)name.data, path != NULL, out, err);
}

yx_status yx_settings_parse(const char *data, const char *path, struct yx_bytes text,
                            struct yx_settings **out, struct yx_error *err)
{
    YX_CLEAN(yx_settings) struct yx_settings *settings = NULL;
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    YX_CLEAN(cfg) cfg_t *config = NULL;
    const char *named;

    YX_TRY(settings_new(data, &settings, err));
    YX_TRY(name_file(data, path, &name, err));
    named = yx_arena_text(settings->inside->arena, YX_TEXT((const char *)name.data));
    if (named == NULL)
        return yx_fail_memory(err);
    YX_TRY(parse(named, text, &config, err));
    for (size_t i = 0; i < yx_setting_row_count; i++) {
        YX_TRY(take_usual(settings, i, err));
        YX_TRY(take_from_file(settings, i, config, named, err));
    }
    YX_TRY(check_together(settings, named, err));
    *out = settings;
    settings = NULL;
    return YX_OK;
}

yx_status yx_settings_read(const char *data, const char *path, struct yx_settings **out,
                           struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};

    YX_TRY(yx_settings_text(data, path, &text, err));
    return yx_settings_parse(data, path, yx_buf_bytes(&text), out, err);
}

yx_status yx_settings_set(struct yx_settings *settings, const char *from, const char *name,
                          const char *value, struct yx_error *err)
{
    for (size_t i = 0; i < yx_setting_row_count; i++) {
        if (strcmp(yx_setting_rows[i].name, name) != 0)
            continue;
        settings->inside->shown[i].line = 0;
        settings->inside->shown[i].from = yx_arena_text(settings->inside->arena, YX_TEXT(from));
        if (settings->inside->shown[i].from == NULL)
            return yx_fail_memory(err);
        return take(settings, i, &value, 1, from, err);
    }
    return yx_fail(err, YX_USAGE, "", N_("there is no setting {1}"), name);
}

/* --- Files that must be there ----------------------------------------------------------------- */

static yx_status require_readable(const char *path, const char *name, struct yx_error *err)
{
    YX_REQUIRE(access(path, R_OK) == 0, err, YX_NO_INPUT, "",
               N_("{1}, the {2}, cannot be read: {3}"), path, name, strerror(errno));
    return YX_OK;
}

yx_status yx_settings_check(const struct yx_settings *settings, struct yx_error *err)
{
    for (size_t i = 0; i < yx_setting_row_count; i++) {
        const struct yx_setting_row *row = &yx_setting_rows[i];
        const void *field = (const char *)settings + row->offset;

        if (row->kind == YX_SETTING_FILE && **(const char *const *)field != '\0')
            YX_TRY(require_readable(*(const char *const *)field, row->name, err));
        if (row->kind != YX_SETTING_FILES)
            continue;
        const struct yx_texts *files = field;
        for (size_t j = 0; j < files->count; j++)
            YX_TRY(require_readable(files->items[j], row->name, err));
    }
    return YX_OK;
}

/* --- The table, for those who show it --------------------------------------------------------- */

size_t yx_settings_count(void)
{
    return yx_setting_row_count;
}

struct yx_setting yx_settings_at(const struct yx_settings *settings, size_t index)
{
    const struct yx_setting_row *row = &yx_setting_rows[index];

    return (struct yx_setting){
        .section = row->section,
        .name = row->name,
        .kind = yx_setting_kind_name(row->kind),
        .help = row->help,
        .usual = row->usual == NULL ? "" : row->usual,
        .value = settings->inside->shown[index].value,
        .from = settings->inside->shown[index].from,
        .line = settings->inside->shown[index].line,
    };
}
