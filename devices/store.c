/* SPDX-License-Identifier: Apache-2.0 */
/* devices/store.c - folders and records. Secrets are in vault.c. */
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RECORD_FILE_MAX = 8192, NAMES_MAX = 256, NAME_ROOM = 72 };

/* --- Folders ----------------------------------------------------------------------------- */

bool store_path(char out[STORE_PATH], const char *folder, const char *name)
{
    int len = snprintf(out, STORE_PATH, "%s/%s", folder, name);
    return len > 0 && len < STORE_PATH;
}

bool store_root(const char *variable, const char *name, char out[STORE_PATH])
{
    const char *folder = secure_getenv(variable);
    const char *data = secure_getenv("XDG_DATA_HOME");
    const char *home = secure_getenv("HOME");
    int len = -1;
    if (folder != NULL && folder[0] != '\0')
        len = snprintf(out, STORE_PATH, "%s", folder);
    else if (data != NULL && data[0] == '/')
        len = snprintf(out, STORE_PATH, "%s/yinxin/%s", data, name);
    else if (home != NULL)
        len = snprintf(out, STORE_PATH, "%s/.local/share/yinxin/%s", home, name);
    return len > 0 && len < STORE_PATH;
}

bool store_name_fits(const char *name, size_t max)
{
    size_t len = name != NULL ? strnlen(name, max + 1) : 0;
    if (len == 0 || len > max || name[0] == '.')
        return false;
    for (size_t i = 0; i < len; i++)
        if (name[i] == '/' || (unsigned char)name[i] < 0x20 || name[i] == 0x7F)
            return false;
    return true;
}

bool store_exists(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0;
}

bool store_make_folder(const char *path)
{
    char step[STORE_PATH];
    snprintf(step, sizeof step, "%s", path);
    for (char *at = step + 1; *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(step, 0700) != 0 && errno != EEXIST)
            return false;
        *at = '/';
    }
    return mkdir(step, 0700) == 0 || errno == EEXIST;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)kind, (void)where;
    return remove(path);
}

bool store_remove_folder(const char *path)
{
    char gone[STORE_PATH];
    uint8_t random[8];
    char hex[2 * sizeof random + 1];
    struct yx_error err;
    const char *slash = strrchr(path, '/');
    if (slash == NULL || yx_random(random, sizeof random, &err) != YX_OK)
        return false;
    yx_hex(YX_BYTES(random, sizeof random), hex);
    int len = snprintf(gone, sizeof gone, "%.*s/.gone-%s", (int)(slash - path), path, hex);
    return len > 0 && len < STORE_PATH && rename(path, gone) == 0 &&
           nftw(gone, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

bool store_list(const char *path, const char *with, struct yx_buf *out)
{
    char(*names)[NAME_ROOM] = calloc(NAMES_MAX, sizeof *names);
    DIR *folder = opendir(path);
    size_t count = 0;
    struct dirent *entry;
    bool listed = names != NULL;

    while (folder != NULL && names != NULL && count < NAMES_MAX &&
           (entry = readdir(folder)) != NULL) {
        char inside[STORE_PATH], file[STORE_PATH];
        struct stat about;
        if (store_name_fits(entry->d_name, NAME_ROOM - 1) &&
            store_path(inside, path, entry->d_name) && stat(inside, &about) == 0 &&
            S_ISDIR(about.st_mode) &&
            (with == NULL || (store_path(file, inside, with) && store_exists(file))))
            memcpy(names[count++], entry->d_name, strlen(entry->d_name) + 1); /* it fits */
    }
    if (folder != NULL)
        closedir(folder);
    if (names != NULL)
        qsort(names, count, sizeof *names, by_text);
    for (size_t i = 0; listed && i < count; i++)
        listed = yx_buf_append(out, YX_BYTES(names[i], strlen(names[i]) + 1)) == YX_OK;
    free(names);
    return listed && yx_buf_append(out, YX_BYTES("\0", 1)) == YX_OK;
}

/* --- Records ----------------------------------------------------------------------------- */

static int hex_digit(char digit)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *found = digit != '\0' ? strchr(digits, digit) : NULL;
    return found != NULL ? (int)(found - digits) : -1;
}

static bool read_line(const char *line, size_t len, struct record *out)
{
    struct record_field *field = &out->fields[out->count];
    const char *sign = memchr(line, '=', len);
    if (sign == NULL || out->count == sizeof out->fields / sizeof out->fields[0])
        return false;
    size_t name = (size_t)(sign - line), digits = len - name - 1;
    if (name >= sizeof field->name || digits % 2 != 0 || digits / 2 > sizeof field->value)
        return false;
    memcpy(field->name, line, name);
    field->name[name] = '\0';
    for (field->len = 0; field->len < digits / 2; field->len++) {
        int high = hex_digit(sign[1 + 2 * field->len]), low = hex_digit(sign[2 + 2 * field->len]);
        if (high < 0 || low < 0)
            return false;
        field->value[field->len] = (uint8_t)(16 * high + low);
    }
    out->count++;
    return true;
}

bool record_read(const char *path, struct record *out)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct yx_error err;
    *out = (struct record){0};
    if (yx_file_read(path, RECORD_FILE_MAX, &file, &err) != YX_OK || file.len == 0)
        return false;
    const char *at = (const char *)file.data, *end = at + file.len;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (stop == NULL || !read_line(at, (size_t)(stop - at), out))
            return false;
        at = stop + 1;
    }
    return out->count > 0;
}

bool record_write(const char *path, const struct record *record)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct yx_error err;
    for (size_t i = 0; i < record->count; i++) {
        const struct record_field *field = &record->fields[i];
        char hex[2 * sizeof field->value + 1];
        yx_hex(YX_BYTES(field->value, field->len), hex);
        if (yx_buf_printf(&file, "%s=%s\n", field->name, hex) != YX_OK)
            return false;
    }
    return yx_file_write(path, true, yx_buf_bytes(&file), &err) == YX_OK;
}

static const struct record_field *find(const struct record *record, const char *name)
{
    for (size_t i = 0; i < record->count; i++)
        if (strcmp(record->fields[i].name, name) == 0)
            return &record->fields[i];
    return NULL;
}

bool record_get(const struct record *record, const char *name, void *out, size_t len)
{
    const struct record_field *field = find(record, name);
    if (field == NULL || field->len != len)
        return false;
    memcpy(out, field->value, len);
    return true;
}

void record_get_text(const struct record *record, const char *name, char *out, size_t cap)
{
    const struct record_field *field = find(record, name);
    size_t len = field != NULL ? field->len : 0;
    if (len >= cap)
        len = cap - 1;
    if (field != NULL && len > 0)
        memcpy(out, field->value, len);
    out[len] = '\0';
}

bool record_get_number(const struct record *record, const char *name, uint32_t *out)
{
    uint8_t octets[4];
    if (!record_get(record, name, octets, sizeof octets))
        return false;
    *out = (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 |
           octets[3];
    return true;
}

void record_put(struct record *record, const char *name, struct yx_bytes value)
{
    struct record_field *field = NULL;
    for (size_t i = 0; field == NULL && i < record->count; i++)
        if (strcmp(record->fields[i].name, name) == 0)
            field = &record->fields[i];
    if (field == NULL) /* the fields of every record are few, and known */
        field = &record->fields[record->count++];
    snprintf(field->name, sizeof field->name, "%s", name);
    field->len = value.len <= sizeof field->value ? value.len : sizeof field->value;
    if (value.data != NULL && field->len > 0)
        memcpy(field->value, value.data, field->len);
}

void record_put_number(struct record *record, const char *name, uint32_t value)
{
    uint8_t octets[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                         (uint8_t)value};
    record_put(record, name, YX_BYTES(octets, sizeof octets));
}
