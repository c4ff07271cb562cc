/* SPDX-License-Identifier: Apache-2.0 */
/* devices/softskf_device.c - GM/T 0016, management of devices, and their authentication. */
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "softskf.h"

enum { AUTH_TRIES = 10, SERIAL = 8 };

/* Every blank device has it, and asks to be given another. */
static const uint8_t first_auth_key[SKF_AUTH_KEY] = {'1', '2', '3', '4', '5', '6', '7', '8',
                                                     '1', '2', '3', '4', '5', '6', '7', '8'};

static bool record_of(const struct soft *device, char path[STORE_PATH], struct record *out)
{
    return store_path(path, device->path, "device") && record_read(path, out);
}

/* A blank device becomes one with a serial number. */
static ULONG give_serial(struct soft *device)
{
    char path[STORE_PATH], serial[2 * SERIAL + 1];
    uint8_t random[SERIAL];
    struct record record = {0};
    struct yx_error err;
    SOFT_REQUIRE(store_path(path, device->path, "device"), SAR_FAIL);
    SOFT_HOLD(device);
    if (store_exists(path))
        return SAR_OK;
    SOFT_TRY(soft_code(yx_random(random, sizeof random, &err)));
    yx_hex(YX_BYTES(random, sizeof random), serial);
    record_put(&record, "serial", YX_TEXT(serial));
    record_put(&record, "label", YX_TEXT("SoftSKF"));
    record_put(&record, "auth.key", YX_BYTES(first_auth_key, sizeof first_auth_key));
    record_put_number(&record, "auth.left", AUTH_TRIES);
    return record_write(path, &record) ? SAR_OK : SAR_WRITEFILEERR;
}

ULONG SKF_EnumDev(BOOL present, char *names, ULONG *size)
{
    (void)present; /* there is no driver that knows devices which are not there */
    char root[STORE_PATH], first[STORE_PATH];
    SOFT_ENTER;
    SOFT_REQUIRE(store_root("YINXIN_SOFTSKF_DIR", "softskf", root), SAR_FAIL);
    /* Who has no folder yet gets one with a blank device. */
    if (!store_exists(root))
        SOFT_REQUIRE(store_path(first, root, "SoftSKF 1") && store_make_folder(first), SAR_FAIL);
    return soft_list(root, NULL, names, size);
}

ULONG SKF_ConnectDev(char *name, DEVHANDLE *out)
{
    char root[STORE_PATH], path[STORE_PATH];
    struct stat about;
    struct soft *device;
    SOFT_ENTER;
    SOFT_REQUIRE(out != NULL && store_name_fits(name, NAME_DEVICE_MAX), SAR_INVALIDPARAMERR);
    SOFT_REQUIRE(store_root("YINXIN_SOFTSKF_DIR", "softskf", root) && store_path(path, root, name),
                 SAR_FAIL);
    SOFT_REQUIRE(stat(path, &about) == 0 && S_ISDIR(about.st_mode), SAR_DEVICE_REMOVED);
    SOFT_TRY(soft_new(SOFT_DEVICE, NULL, path, &device));
    device->dev = about.st_dev;
    device->ino = about.st_ino;
    ULONG code = give_serial(device);
    if (code != SAR_OK) {
        soft_close(device);
        return code;
    }
    *out = device;
    return SAR_OK;
}

ULONG SKF_DisConnectDev(DEVHANDLE handle)
{
    struct soft *device;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_DEVICE, &device));
    soft_close(device);
    return SAR_OK;
}

ULONG SKF_GetDevState(char *name, ULONG *state)
{
    char root[STORE_PATH], path[STORE_PATH];
    SOFT_ENTER;
    SOFT_REQUIRE(state != NULL && store_name_fits(name, NAME_DEVICE_MAX), SAR_INVALIDPARAMERR);
    SOFT_REQUIRE(store_root("YINXIN_SOFTSKF_DIR", "softskf", root) && store_path(path, root, name),
                 SAR_FAIL);
    *state = store_exists(path) ? SKF_DEVICE_PRESENT : SKF_DEVICE_ABSENT;
    return SAR_OK;
}

ULONG SKF_SetLabel(DEVHANDLE handle, char *label)
{
    struct soft *device;
    struct record record;
    char path[STORE_PATH];
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_DEVICE, &device));
    SOFT_REQUIRE(label != NULL && strnlen(label, 32) < 32, SAR_NAMELENERR);
    SOFT_HOLD(device);
    SOFT_REQUIRE(record_of(device, path, &record), SAR_FILEERR);
    record_put(&record, "label", YX_TEXT(label));
    return record_write(path, &record) ? SAR_OK : SAR_WRITEFILEERR;
}

ULONG SKF_GetDevInfo(DEVHANDLE handle, DEVINFO *out)
{
    struct soft *device;
    struct record record;
    char path[STORE_PATH];
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_DEVICE, &device));
    SOFT_REQUIRE(out != NULL, SAR_INVALIDPARAMERR);
    SOFT_HOLD(device);
    SOFT_REQUIRE(record_of(device, path, &record), SAR_FILEERR);
    *out = (DEVINFO){
        .Version = {1, 0},
        .Manufacturer = "Yinxin",
        .Issuer = "software device, for tests",
        .HWVersion = {0, 0},
        .FirmwareVersion = {0, 1},
        .AlgSymCap = SGD_SM4_ECB,
        .AlgAsymCap = SGD_SM2_1,
        .AlgHashCap = SGD_SM3,
        .DevAuthAlgId = SGD_SM4_ECB,
        .TotalSpace = 1 << 20,
        .FreeSpace = 1 << 20,
        .MaxECCBufferSize = 1024,
        .MaxBufferSize = 65536,
    };
    record_get_text(&record, "label", out->Label, sizeof out->Label);
    record_get_text(&record, "serial", out->SerialNumber, sizeof out->SerialNumber);
    return SAR_OK;
}

/* --- One at a time ----------------------------------------------------------------------- */

ULONG SKF_LockDev(DEVHANDLE handle, ULONG milliseconds)
{
    struct soft *device;
    char path[STORE_PATH];
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_DEVICE, &device));
    SOFT_REQUIRE(device->held < 0, SAR_FAIL);
    SOFT_REQUIRE(store_path(path, device->path, "lock"), SAR_FAIL);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    SOFT_REQUIRE(fd >= 0, SAR_DEVICE_REMOVED);
    for (ULONG waited = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited += 10) {
        if (waited >= milliseconds && milliseconds != UINT32_MAX) {
            close(fd);
            return SAR_TIMEOUTERR;
        }
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    device->held = fd;
    return SAR_OK;
}

ULONG SKF_UnlockDev(DEVHANDLE handle)
{
    struct soft *device;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_DEVICE, &device));
    SOFT_REQUIRE(device->held >= 0, SAR_FAIL);
    close(device->held);
    device->held = -1;
    return SAR_OK;
}

/* --- Authentication ---------------------------------------------------------------------- */

ULONG SKF_GenRandom(DEVHANDLE handle, BYTE *out, ULONG size)
{
    struct soft *device;
    struct yx_error err;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_DEVICE, &device));
    SOFT_REQUIRE(out != NULL, SAR_INVALIDPARAMERR);
    SOFT_HOLD(device);
    SOFT_REQUIRE(yx_random(out, size, &err) == YX_OK, SAR_GENRANDERR);
    if (size == SKF_AUTH_RANDOM) { /* what authentication answers: zeros behind it */
        memset(device->challenge, 0, sizeof device->challenge);
        memcpy(device->challenge, out, size);
        device->challenged = true;
    }
    return SAR_OK;
}

/* The random block under the key; a block of CBC that starts from zero is one of ECB. */
static bool expected_answer(const struct soft *device, const struct record *record,
                            uint8_t out[YX_SM4_BLOCK])
{
    static const uint8_t zero[YX_SM4_BLOCK];
    uint8_t key[SKF_AUTH_KEY];
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf cipher = {0};
    if (!record_get(record, "auth.key", key, sizeof key) ||
        yx_sm4_cbc(true, key, zero, YX_BYTES(device->challenge, sizeof device->challenge), &cipher,
                   &err) != YX_OK)
        return false;
    memcpy(out, cipher.data, YX_SM4_BLOCK);
    return true;
}

ULONG SKF_DevAuth(DEVHANDLE handle, BYTE *answer, ULONG size)
{
    struct soft *device;
    struct record record;
    char path[STORE_PATH];
    uint8_t expected[YX_SM4_BLOCK];
    uint32_t left = 0;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_DEVICE, &device));
    SOFT_REQUIRE(answer != NULL && size == sizeof expected && device->challenged,
                 SAR_INVALIDPARAMERR);
    SOFT_HOLD(device);
    SOFT_REQUIRE(record_of(device, path, &record) && record_get_number(&record, "auth.left", &left),
                 SAR_FILEERR);
    device->challenged = false;
    SOFT_REQUIRE(left > 0, SAR_PIN_LOCKED);
    record_put_number(&record, "auth.left", left - 1);
    SOFT_REQUIRE(record_write(path, &record), SAR_WRITEFILEERR);
    SOFT_REQUIRE(expected_answer(device, &record, expected), SAR_FAIL);
    SOFT_REQUIRE(yx_bytes_equal_secret(YX_BYTES(answer, size), YX_BYTES(expected, sizeof expected)),
                 SAR_FAIL);
    record_put_number(&record, "auth.left", AUTH_TRIES);
    SOFT_REQUIRE(record_write(path, &record), SAR_WRITEFILEERR);
    device->authenticated = true;
    return SAR_OK;
}

ULONG SKF_ChangeDevAuthKey(DEVHANDLE handle, BYTE *key, ULONG size)
{
    struct soft *device;
    struct record record;
    char path[STORE_PATH];
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_DEVICE, &device));
    SOFT_REQUIRE(key != NULL && size == SKF_AUTH_KEY, SAR_INVALIDPARAMERR);
    SOFT_REQUIRE(device->authenticated, SAR_USER_NOT_LOGGED_IN);
    SOFT_HOLD(device);
    SOFT_REQUIRE(record_of(device, path, &record), SAR_FILEERR);
    record_put(&record, "auth.key", YX_BYTES(key, size));
    return record_write(path, &record) ? SAR_OK : SAR_WRITEFILEERR;
}
