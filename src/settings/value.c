/* SPDX-License-Identifier: Apache-2.0 */
/* settings/value.c - values of settings: from their texts, and back into what a file would say. */
#include "settings/room.h"

/* Where the text of a value goes. */
static void *field_of(struct yx_settings *settings, const struct yx_setting_row *row)
{
    return (char *)settings + row->offset;
}

static yx_status keep(struct yx_settings *settings, const char *text, const char **out,
                      struct yx_error *err)
{
    *out = yx_arena_text(settings->inside->arena, YX_TEXT(text));
    return *out != NULL ? YX_OK : yx_fail_memory(err);
}

/* --- One value ------------------------------------------------------------------------------- */

static yx_status take_text(struct yx_settings *settings, const struct yx_setting_row *row,
                           const char *text, const char *where, struct yx_error *err)
{
    YX_REQUIRE(yx_utf8_valid(YX_TEXT(text)), err, YX_DAMAGED, "RFC 3629",
               N_("{1}: {2} must be UTF-8"), where, row->name);
    return keep(settings, text, field_of(settings, row), err);
}

static yx_status take_url(struct yx_settings *settings, const struct yx_setting_row *row,
                          const char *text, const char *where, struct yx_error *err)
{
    size_t len = strlen(text);
    const char **out = field_of(settings, row);

    YX_REQUIRE(len == 0 || strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0,
               err, YX_DAMAGED, "", N_("{1}: {2} must start with http:// or https://"), where,
               row->name);
    while (len > 0 && text[len - 1] == '/')
        len--;
    *out = yx_arena_text(settings->inside->arena, YX_BYTES(text, len));
    return *out != NULL ? YX_OK : yx_fail_memory(err);
}

/* A name that does not start with '/' lies in DIR. */
static yx_status keep_place(struct yx_settings *settings, const char *text, const char **out,
                            struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf whole = {0};

    if (text[0] == '\0' || text[0] == '/' || strstr(text, "://") != NULL)
        return keep(settings, text, out, err);
    if (yx_buf_printf(&whole, "%s/%s", settings->inside->data, text) != YX_OK ||
        yx_buf_append(&whole, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    return keep(settings, (const char *)whole.data, out, err);
}

static yx_status take_place(struct yx_settings *settings, const struct yx_setting_row *row,
                            const char *text, const char *where, struct yx_error *err)
{
    (void)where;
    return keep_place(settings, text, field_of(settings, row), err);
}

/* The letters that may stand behind a number, and what each multiplies it with. */
struct unit {
    char letter;
    int64_t factor;
};
static const struct unit no_units[] = {{'\0', 1}};
static const struct unit size_units[] = {
    {'K', INT64_C(1) << 10}, {'M', INT64_C(1) << 20}, {'G', INT64_C(1) << 30}, {'\0', 1}};
static const struct unit time_units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'\0', 1}};

static const struct unit *units_of(enum yx_setting_kind kind)
{
    if (kind == YX_SETTING_SIZE)
        return size_units;
    return kind == YX_SETTING_TIME ? time_units : no_units;
}

/* Digits and at most one letter; false when it is no such thing, or too large for any setting. */
static bool read_number(const char *text, const struct unit *units, int64_t *out)
{
    size_t digits = strspn(text, "0123456789");

    *out = 0;
    if (digits == 0 || digits > 15)
        return false;
    for (size_t i = 0; i < digits; i++)
        *out = *out * 10 + (text[i] - '0');
    while (units->letter != '\0' && units->letter != text[digits])
        units++;
    return units->letter == text[digits] && (units->letter == '\0' || text[digits + 1] == '\0') &&
           !yx_mul_overflows(*out, units->factor, out);
}

/* As it would be written: with the largest unit that leaves no rest. */
struct written {
    char text[32];
};
static struct written write_number(const struct yx_setting_row *row, int64_t number)
{
    struct written written;
    const struct unit *best = &(struct unit){'\0', 1};

    for (const struct unit *unit = units_of(row->kind); unit->letter != '\0'; unit++)
        if (number != 0 && number % unit->factor == 0)
            best = unit;
    (void)snprintf(written.text, sizeof written.text, "%lld%.1s",
                   (long long)(number / best->factor), &best->letter);
    return written;
}

static yx_status take_number(struct yx_settings *settings, const struct yx_setting_row *row,
                             const char *text, const char *where, struct yx_error *err)
{
    int64_t value;

    YX_REQUIRE(read_number(text, units_of(row->kind), &value) && value >= row->min &&
                   value <= row->max,
               err, YX_DAMAGED, "", N_("{1}: {2} must be {3} to {4}, not {5}"), where, row->name,
               write_number(row, row->min).text, write_number(row, row->max).text, text);
    *(int64_t *)field_of(settings, row) = value;
    return YX_OK;
}

static yx_status take_flag(struct yx_settings *settings, const struct yx_setting_row *row,
                           const char *text, const char *where, struct yx_error *err)
{
    bool yes = strcmp(text, "yes") == 0;

    YX_REQUIRE(yes || strcmp(text, "no") == 0, err, YX_DAMAGED, "",
               N_("{1}: {2} must be yes or no, not {3}"), where, row->name, text);
    *(bool *)field_of(settings, row) = yes;
    return YX_OK;
}

/* --- Lists ----------------------------------------------------------------------------------- */

static yx_status take_files(struct yx_settings *settings, const struct yx_setting_row *row,
                            const char *const *texts, size_t count, const char *where,
                            struct yx_error *err)
{
    const char **items = yx_arena_calloc(settings->inside->arena, count + 1, sizeof *items);

    if (items == NULL)
        return yx_fail_memory(err);
    for (size_t i = 0; i < count; i++) {
        YX_REQUIRE(texts[i][0] != '\0', err, YX_DAMAGED, "", N_("{1}: {2} holds an empty name"),
                   where, row->name);
        YX_TRY(keep_place(settings, texts[i], &items[i], err));
    }
    *(struct yx_texts *)field_of(settings, row) = (struct yx_texts){items, count};
    return YX_OK;
}

static yx_status take_endpoints(struct yx_settings *settings, const struct yx_setting_row *row,
                                const char *const *texts, size_t count, const char *where,
                                struct yx_error *err)
{
    struct yx_endpoint *items = yx_arena_calloc(settings->inside->arena, count + 1, sizeof *items);

    if (items == NULL)
        return yx_fail_memory(err);
    YX_REQUIRE(count > 0 || row->usual == NULL, err, YX_DAMAGED, "",
               N_("{1}: {2} must not be empty"), where, row->name);
    for (size_t i = 0; i < count; i++) {
        char host[YX_HOST_MAX];

        YX_REQUIRE(yx_endpoint_parse(texts[i], host, &items[i], NULL) == YX_OK, err, YX_DAMAGED, "",
                   N_("{1}: {2} is no address of {3}: write 127.0.0.1:8443 or [::1]:8443"), where,
                   texts[i], row->name);
        YX_TRY(keep(settings, items[i].host, &items[i].host, err));
    }
    *(struct yx_endpoints *)field_of(settings, row) = (struct yx_endpoints){items, count};
    return YX_OK;
}

static yx_status take_networks(struct yx_settings *settings, const struct yx_setting_row *row,
                               const char *const *texts, size_t count, const char *where,
                               struct yx_error *err)
{
    struct yx_network *items = yx_arena_calloc(settings->inside->arena, count + 1, sizeof *items);

    if (items == NULL)
        return yx_fail_memory(err);
    for (size_t i = 0; i < count; i++)
        YX_REQUIRE(yx_network_parse(texts[i], &items[i], NULL) == YX_OK, err, YX_DAMAGED,
                   "RFC 4632 3.1",
                   N_("{1}: {2} is no address or network of {3}: write 127.0.0.1 or 10.0.0.0/8"),
                   where, texts[i], row->name);
    *(struct yx_networks *)field_of(settings, row) = (struct yx_networks){items, count};
    return YX_OK;
}

/* --- All kinds ------------------------------------------------------------------------------- */

/* How each kind is read; a row has one of the two. */
static const struct {
    yx_status (*one)(struct yx_settings *settings, const struct yx_setting_row *row,
                     const char *text, const char *where, struct yx_error *err);
    yx_status (*list)(struct yx_settings *settings, const struct yx_setting_row *row,
                      const char *const *texts, size_t count, const char *where,
                      struct yx_error *err);
} kinds[] = {
    [YX_SETTING_TEXT] = {.one = take_text},
    [YX_SETTING_URL] = {.one = take_url},
    [YX_SETTING_PLACE] = {.one = take_place},
    [YX_SETTING_FILE] = {.one = take_place},
    [YX_SETTING_NUMBER] = {.one = take_number},
    [YX_SETTING_SIZE] = {.one = take_number},
    [YX_SETTING_TIME] = {.one = take_number},
    [YX_SETTING_FLAG] = {.one = take_flag},
    [YX_SETTING_FILES] = {.list = take_files},
    [YX_SETTING_ENDPOINTS] = {.list = take_endpoints},
    [YX_SETTING_NETWORKS] = {.list = take_networks},
};

yx_status yx_setting_take(struct yx_settings *settings, const struct yx_setting_row *row,
                          const char *const *texts, size_t count, const char *where,
                          struct yx_error *err)
{
    if (kinds[row->kind].one != NULL)
        return kinds[row->kind].one(settings, row, texts[0], where, err);
    return kinds[row->kind].list(settings, row, texts, count, where, err);
}
