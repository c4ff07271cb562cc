/* SPDX-License-Identifier: Apache-2.0 */
/* devices/softskf_application.c - GM/T 0016, applications and the files in them. */
#include "softskf_pin.h"

enum { TRIES_MAX = 255, FILE_MAX = 256 * 1024 };

/* --- Applications ------------------------------------------------------------------------ */

static bool path_of(const struct soft *device, const char *name, char out[STORE_PATH])
{
    char folder[STORE_PATH];
    return store_path(folder, device->path, "applications") && store_path(out, folder, name);
}

static ULONG find_application(const struct soft *device, const char *name, char path[STORE_PATH])
{
    char file[STORE_PATH];
    SOFT_REQUIRE(store_name_fits(name, NAME_APPLICATION_MAX), SAR_APPLICATION_NAME_INVALID);
    SOFT_REQUIRE(path_of(device, name, path) && store_path(file, path, "application"), SAR_FAIL);
    return store_exists(file) ? SAR_OK : SAR_APPLICATION_NOT_EXISTS;
}

static ULONG write_application(const char *path, const char *admin_pin, ULONG admin_tries,
                               const char *user_pin, ULONG user_tries, ULONG rights)
{
    struct record record = {0};
    struct yx_error err;
    char file[STORE_PATH];
    uint8_t master[VAULT_KEY];
    SOFT_REQUIRE(store_path(file, path, "application"), SAR_FAIL);
    SOFT_TRY(soft_code(yx_random(master, sizeof master, &err)));
    pin_set_tries(&record, SKF_PIN_ADMIN, admin_tries);
    pin_set_tries(&record, SKF_PIN_USER, user_tries);
    record_put_number(&record, "rights", rights);
    ULONG code = pin_set(&record, SKF_PIN_ADMIN, admin_pin, true, master);
    if (code == SAR_OK)
        code = pin_set(&record, SKF_PIN_USER, user_pin, true, master);
    yx_wipe(master, sizeof master);
    SOFT_TRY(code);
    SOFT_REQUIRE(store_make_folder(path), SAR_WRITEFILEERR);
    return record_write(file, &record) ? SAR_OK : SAR_WRITEFILEERR;
}

ULONG SKF_CreateApplication(DEVHANDLE handle, char *name, char *admin_pin, ULONG admin_tries,
                            char *user_pin, ULONG user_tries, ULONG file_rights, HAPPLICATION *out)
{
    struct soft *device, *application;
    char path[STORE_PATH];
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_DEVICE, &device));
    SOFT_REQUIRE(out != NULL && admin_tries > 0 && admin_tries <= TRIES_MAX && user_tries > 0 &&
                     user_tries <= TRIES_MAX,
                 SAR_INVALIDPARAMERR);
    SOFT_REQUIRE(device->authenticated, SAR_USER_NOT_LOGGED_IN);
    SOFT_HOLD(device);
    ULONG code = find_application(device, name, path);
    SOFT_REQUIRE(code != SAR_OK, SAR_APPLICATION_EXISTS);
    SOFT_REQUIRE(code == SAR_APPLICATION_NOT_EXISTS, code);
    SOFT_TRY(write_application(path, admin_pin, admin_tries, user_pin, user_tries, file_rights));
    SOFT_TRY(soft_new(SOFT_APPLICATION, device, path, &application));
    *out = application;
    return SAR_OK;
}

ULONG SKF_EnumApplication(DEVHANDLE handle, char *names, ULONG *size)
{
    struct soft *device;
    char folder[STORE_PATH];
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_DEVICE, &device));
    SOFT_HOLD(device);
    SOFT_REQUIRE(store_path(folder, device->path, "applications"), SAR_FAIL);
    return soft_list(folder, "application", names, size);
}

ULONG SKF_DeleteApplication(DEVHANDLE handle, char *name)
{
    struct soft *device;
    char path[STORE_PATH];
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_DEVICE, &device));
    SOFT_REQUIRE(device->authenticated, SAR_USER_NOT_LOGGED_IN);
    SOFT_HOLD(device);
    SOFT_TRY(find_application(device, name, path));
    return store_remove_folder(path) ? SAR_OK : SAR_WRITEFILEERR;
}

ULONG SKF_OpenApplication(DEVHANDLE handle, char *name, HAPPLICATION *out)
{
    struct soft *device, *application;
    char path[STORE_PATH];
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_DEVICE, &device));
    SOFT_REQUIRE(out != NULL, SAR_INVALIDPARAMERR);
    SOFT_HOLD(device);
    SOFT_TRY(find_application(device, name, path));
    SOFT_TRY(soft_new(SOFT_APPLICATION, device, path, &application));
    *out = application;
    return SAR_OK;
}

ULONG SKF_CloseApplication(HAPPLICATION handle)
{
    struct soft *application;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_APPLICATION, &application));
    soft_close(application);
    return SAR_OK;
}

/* --- Files ------------------------------------------------------------------------------- */

struct file {
    char folder[STORE_PATH], about[STORE_PATH], data[STORE_PATH];
    struct record record;
    uint32_t size, read_rights, write_rights;
};

static ULONG place_file(const struct soft *application, const char *name, struct file *out)
{
    char files[STORE_PATH];
    SOFT_REQUIRE(store_name_fits(name, SKF_FILE_NAME - 1), SAR_NAMELENERR);
    SOFT_REQUIRE(store_path(files, application->path, "files") &&
                     store_path(out->folder, files, name) &&
                     store_path(out->about, out->folder, "about") &&
                     store_path(out->data, out->folder, "data"),
                 SAR_FAIL);
    return SAR_OK;
}

static ULONG find_file(const struct soft *application, const char *name, struct file *out)
{
    SOFT_TRY(place_file(application, name, out));
    SOFT_REQUIRE(store_exists(out->about), SAR_FILE_NOT_EXIST);
    SOFT_REQUIRE(record_read(out->about, &out->record) &&
                     record_get_number(&out->record, "size", &out->size) &&
                     record_get_number(&out->record, "read", &out->read_rights) &&
                     record_get_number(&out->record, "write", &out->write_rights),
                 SAR_FILEERR);
    return SAR_OK;
}

/* The content, zeros behind what was written; always `size` octets. */
static ULONG load_file(const struct file *file, struct yx_buf *out)
{
    struct yx_error err;
    if (store_exists(file->data))
        SOFT_REQUIRE(yx_file_read(file->data, file->size, out, &err) == YX_OK, SAR_READFILEERR);
    SOFT_REQUIRE(yx_buf_reserve(out, file->size + 1 - out->len) == YX_OK, SAR_MEMORYERR);
    memset(out->data + out->len, 0, file->size - out->len);
    out->len = file->size;
    return SAR_OK;
}

ULONG SKF_CreateFile(HAPPLICATION handle, char *name, ULONG size, ULONG read_rights,
                     ULONG write_rights)
{
    struct soft *application;
    struct record record, about = {0};
    struct file file;
    char path[STORE_PATH];
    uint32_t rights = 0;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_APPLICATION, &application));
    SOFT_REQUIRE(size <= FILE_MAX, SAR_NO_ROOM);
    SOFT_HOLD(application);
    SOFT_TRY(pin_load(application, path, &record));
    SOFT_REQUIRE(record_get_number(&record, "rights", &rights), SAR_FILEERR);
    SOFT_REQUIRE(soft_may(application, rights), SAR_USER_NOT_LOGGED_IN);
    SOFT_TRY(place_file(application, name, &file));
    SOFT_REQUIRE(!store_exists(file.about), SAR_FILE_ALREADY_EXIST);
    record_put_number(&about, "size", size);
    record_put_number(&about, "read", read_rights);
    record_put_number(&about, "write", write_rights);
    return store_make_folder(file.folder) && record_write(file.about, &about) ? SAR_OK
                                                                              : SAR_WRITEFILEERR;
}

ULONG SKF_DeleteFile(HAPPLICATION handle, char *name)
{
    struct soft *application;
    struct file file;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_APPLICATION, &application));
    SOFT_HOLD(application);
    SOFT_TRY(find_file(application, name, &file));
    SOFT_REQUIRE(soft_may(application, file.write_rights), SAR_USER_NOT_LOGGED_IN);
    return store_remove_folder(file.folder) ? SAR_OK : SAR_WRITEFILEERR;
}

ULONG SKF_EnumFiles(HAPPLICATION handle, char *names, ULONG *size)
{
    struct soft *application;
    char folder[STORE_PATH];
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_APPLICATION, &application));
    SOFT_HOLD(application);
    SOFT_REQUIRE(store_path(folder, application->path, "files"), SAR_FAIL);
    return soft_list(folder, "about", names, size);
}

ULONG SKF_GetFileInfo(HAPPLICATION handle, char *name, FILEATTRIBUTE *out)
{
    struct soft *application;
    struct file file;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_APPLICATION, &application));
    SOFT_REQUIRE(out != NULL, SAR_INVALIDPARAMERR);
    SOFT_HOLD(application);
    SOFT_TRY(find_file(application, name, &file));
    *out = (FILEATTRIBUTE){
        .FileSize = file.size, .ReadRights = file.read_rights, .WriteRights = file.write_rights};
    snprintf(out->FileName, sizeof out->FileName, "%s", name);
    return SAR_OK;
}

ULONG SKF_ReadFile(HAPPLICATION handle, char *name, ULONG offset, ULONG size, BYTE *out, ULONG *got)
{
    YX_CLEAN(yx_buf) struct yx_buf data = {0};
    struct soft *application;
    struct file file;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_APPLICATION, &application));
    SOFT_REQUIRE(got != NULL, SAR_INVALIDPARAMERR);
    SOFT_HOLD(application);
    SOFT_TRY(find_file(application, name, &file));
    SOFT_REQUIRE(soft_may(application, file.read_rights), SAR_USER_NOT_LOGGED_IN);
    SOFT_REQUIRE(offset <= file.size, SAR_INVALIDPARAMERR);
    SOFT_TRY(load_file(&file, &data));
    size_t len = size < file.size - offset ? size : file.size - offset;
    *got = (ULONG)len; /* there must be room for `size` */
    return soft_answer(YX_BYTES(data.data + offset, len), out, got);
}

ULONG SKF_WriteFile(HAPPLICATION handle, char *name, ULONG offset, BYTE *bytes, ULONG size)
{
    YX_CLEAN(yx_buf) struct yx_buf data = {0};
    struct soft *application;
    struct file file;
    struct yx_error err;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_APPLICATION, &application));
    SOFT_REQUIRE(bytes != NULL, SAR_INVALIDPARAMERR);
    SOFT_HOLD(application);
    SOFT_TRY(find_file(application, name, &file));
    SOFT_REQUIRE(soft_may(application, file.write_rights), SAR_USER_NOT_LOGGED_IN);
    SOFT_REQUIRE(offset <= file.size && size <= file.size - offset, SAR_INVALIDPARAMERR);
    SOFT_TRY(load_file(&file, &data));
    memcpy(data.data + offset, bytes, size);
    return yx_file_write(file.data, true, yx_buf_bytes(&data), &err) == YX_OK ? SAR_OK
                                                                              : SAR_WRITEFILEERR;
}
