/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/softskf_pin.c - GM/T 0016, the two PINs of an application. Each PIN holds the master key
 * of the application in its own sealed copy, so that either opens it, and neither knows the other.
 * The counter goes down on the disk before a PIN is tried: whoever kills the process in between has
 * lost the try.
 */
#include "softskf_pin.h"

static const struct {
    const char *max, *left, *salt, *sealed, *initial;
} fields[] = {
    [SKF_PIN_ADMIN] = {"admin.max", "admin.left", "admin.salt", "admin.sealed", "admin.initial"},
    [SKF_PIN_USER] = {"user.max", "user.left", "user.salt", "user.sealed", "user.initial"},
};

static bool length_fits(const char *pin)
{
    size_t len = pin != NULL ? strnlen(pin, SKF_PIN_MAX + 1) : 0;
    return len >= SKF_PIN_MIN && len <= SKF_PIN_MAX;
}

ULONG pin_set(struct record *record, ULONG kind, const char *pin, bool initial,
              const uint8_t master[VAULT_KEY])
{
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    uint8_t salt[VAULT_SALT], key[VAULT_KEY];
    struct yx_error err;
    SOFT_REQUIRE(length_fits(pin), SAR_PIN_LEN_RANGE);
    SOFT_TRY(soft_code(yx_random(salt, sizeof salt, &err)));
    bool done = vault_derive(YX_TEXT(pin), salt, key) &&
                vault_seal(key, fields[kind].sealed, YX_BYTES(master, VAULT_KEY), &sealed);
    yx_wipe(key, sizeof key);
    SOFT_REQUIRE(done, SAR_FAIL);
    record_put(record, fields[kind].salt, YX_BYTES(salt, sizeof salt));
    record_put(record, fields[kind].sealed, yx_buf_bytes(&sealed));
    record_put_number(record, fields[kind].initial, initial);
    return SAR_OK;
}

void pin_set_tries(struct record *record, ULONG kind, ULONG max)
{
    record_put_number(record, fields[kind].max, max);
    record_put_number(record, fields[kind].left, max);
}

/* Does the PIN open the master key? */
static bool opens(const struct record *record, ULONG kind, const char *pin,
                  uint8_t master[VAULT_KEY])
{
    YX_CLEAN(yx_buf) struct yx_buf plain = {0};
    uint8_t salt[VAULT_SALT], key[VAULT_KEY], sealed[VAULT_KEY + VAULT_MORE];
    if (!record_get(record, fields[kind].salt, salt, sizeof salt) ||
        !record_get(record, fields[kind].sealed, sealed, sizeof sealed) ||
        !vault_derive(YX_TEXT(pin), salt, key))
        return false;
    bool opened = vault_open(key, fields[kind].sealed, YX_BYTES(sealed, sizeof sealed), &plain) &&
                  plain.len == VAULT_KEY;
    if (opened)
        memcpy(master, plain.data, VAULT_KEY);
    yx_wipe(key, sizeof key);
    return opened;
}

ULONG pin_load(const struct soft *application, char path[STORE_PATH], struct record *out)
{
    SOFT_REQUIRE(store_path(path, application->path, "application"), SAR_FAIL);
    SOFT_REQUIRE(store_exists(path), SAR_APPLICATION_NOT_EXISTS);
    return record_read(path, out) ? SAR_OK : SAR_FILEERR;
}

/* Tries a PIN that the counter allows to be tried. */
static ULONG pin_try(const char *path, struct record *record, ULONG kind, const char *pin,
                     uint8_t master[VAULT_KEY], ULONG *left)
{
    uint32_t max = 0, tries = 0;
    SOFT_REQUIRE(record_get_number(record, fields[kind].max, &max) &&
                     record_get_number(record, fields[kind].left, &tries),
                 SAR_FILEERR);
    *left = tries;
    SOFT_REQUIRE(tries > 0, SAR_PIN_LOCKED);
    SOFT_REQUIRE(length_fits(pin), SAR_PIN_LEN_RANGE);
    record_put_number(record, fields[kind].left, tries - 1);
    SOFT_REQUIRE(record_write(path, record), SAR_WRITEFILEERR);
    if (!opens(record, kind, pin, master)) {
        *left = tries - 1;
        return *left > 0 ? SAR_PIN_INCORRECT : SAR_PIN_LOCKED;
    }
    *left = max;
    record_put_number(record, fields[kind].left, max);
    return record_write(path, record) ? SAR_OK : SAR_WRITEFILEERR;
}

static bool kind_fits(ULONG kind)
{
    return kind == SKF_PIN_ADMIN || kind == SKF_PIN_USER;
}

ULONG SKF_VerifyPIN(HAPPLICATION handle, ULONG kind, char *pin, ULONG *left)
{
    struct soft *application;
    struct record record;
    char path[STORE_PATH];
    uint8_t master[VAULT_KEY];
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_APPLICATION, &application));
    SOFT_REQUIRE(kind_fits(kind), SAR_USER_TYPE_INVALID);
    SOFT_REQUIRE(pin != NULL && left != NULL, SAR_INVALIDPARAMERR);
    SOFT_HOLD(application);
    SOFT_TRY(pin_load(application, path, &record));
    /* A wrong PIN ends what a right one before it allowed. */
    *(kind == SKF_PIN_USER ? &application->user : &application->admin) = false;
    SOFT_TRY(pin_try(path, &record, kind, pin, master, left));
    memcpy(application->master, master, sizeof master);
    yx_wipe(master, sizeof master);
    *(kind == SKF_PIN_USER ? &application->user : &application->admin) = true;
    return SAR_OK;
}

ULONG SKF_ChangePIN(HAPPLICATION handle, ULONG kind, char *old_pin, char *new_pin, ULONG *left)
{
    struct soft *application;
    struct record record;
    char path[STORE_PATH];
    uint8_t master[VAULT_KEY];
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_APPLICATION, &application));
    SOFT_REQUIRE(kind_fits(kind), SAR_USER_TYPE_INVALID);
    SOFT_REQUIRE(old_pin != NULL && new_pin != NULL && left != NULL, SAR_INVALIDPARAMERR);
    SOFT_REQUIRE(length_fits(new_pin), SAR_PIN_LEN_RANGE);
    /* The same PIN again is no change. */
    SOFT_REQUIRE(strcmp(old_pin, new_pin) != 0, SAR_PIN_INVALID);
    SOFT_HOLD(application);
    SOFT_TRY(pin_load(application, path, &record));
    SOFT_TRY(pin_try(path, &record, kind, old_pin, master, left));
    ULONG code = pin_set(&record, kind, new_pin, false, master);
    yx_wipe(master, sizeof master);
    SOFT_TRY(code);
    return record_write(path, &record) ? SAR_OK : SAR_WRITEFILEERR;
}

ULONG SKF_UnblockPIN(HAPPLICATION handle, char *admin_pin, char *new_pin, ULONG *left)
{
    struct soft *application;
    struct record record;
    char path[STORE_PATH];
    uint8_t master[VAULT_KEY];
    uint32_t max = 0;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_APPLICATION, &application));
    SOFT_REQUIRE(admin_pin != NULL && new_pin != NULL && left != NULL, SAR_INVALIDPARAMERR);
    SOFT_REQUIRE(length_fits(new_pin), SAR_PIN_LEN_RANGE);
    SOFT_HOLD(application);
    SOFT_TRY(pin_load(application, path, &record));
    SOFT_TRY(pin_try(path, &record, SKF_PIN_ADMIN, admin_pin, master, left));
    /* Somebody else knows the new PIN: it is an initial one, until the holder changes it. */
    ULONG code = pin_set(&record, SKF_PIN_USER, new_pin, true, master);
    yx_wipe(master, sizeof master);
    SOFT_TRY(code);
    SOFT_REQUIRE(record_get_number(&record, fields[SKF_PIN_USER].max, &max), SAR_FILEERR);
    pin_set_tries(&record, SKF_PIN_USER, max);
    return record_write(path, &record) ? SAR_OK : SAR_WRITEFILEERR;
}

ULONG SKF_GetPINInfo(HAPPLICATION handle, ULONG kind, ULONG *max, ULONG *left, BOOL *initial)
{
    struct soft *application;
    struct record record;
    char path[STORE_PATH];
    uint32_t numbers[3];
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_APPLICATION, &application));
    SOFT_REQUIRE(kind_fits(kind), SAR_USER_TYPE_INVALID);
    SOFT_REQUIRE(max != NULL && left != NULL && initial != NULL, SAR_INVALIDPARAMERR);
    SOFT_HOLD(application);
    SOFT_TRY(pin_load(application, path, &record));
    SOFT_REQUIRE(record_get_number(&record, fields[kind].max, &numbers[0]) &&
                     record_get_number(&record, fields[kind].left, &numbers[1]) &&
                     record_get_number(&record, fields[kind].initial, &numbers[2]),
                 SAR_FILEERR);
    *max = numbers[0];
    *left = numbers[1];
    *initial = numbers[2] != 0;
    return SAR_OK;
}

ULONG SKF_ClearSecureState(HAPPLICATION handle)
{
    struct soft *application;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_APPLICATION, &application));
    application->user = application->admin = false;
    yx_wipe(application->master, sizeof application->master);
    return SAR_OK;
}
