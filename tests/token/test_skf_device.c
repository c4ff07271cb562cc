/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_skf_device.c - the software USB key by itself, through the calls of GM/T 0016: what it must
 * keep when it is killed, and what it must refuse.
 */
#include "support.h"

#include <signal.h>
#include <time.h>

#include "crypto/crypto.h"
#include "skf/room.h"
#include "soft_device.h"

static struct soft_device soft;
static struct yx_skf skf;
static struct yx_error err;
static DEVHANDLE device;
static HAPPLICATION application;

static char key_name[] = "KEY", app_name[] = "App", container_name[] = "C",
            file_name[] = "seal.esl";
static char admin_pin[] = "87654321", user_pin[] = "246810", wrong_pin[] = "000000";

#define expect_code(want, function, ...) assert_int_equal(skf.function(__VA_ARGS__), (want))

static void authenticate(void)
{
    static const uint8_t zero[16];
    YX_CLEAN(yx_buf) struct yx_buf answer = {0};
    uint8_t block[16] = {0};
    expect_code(SAR_OK, GenRandom, device, block, 8);
    expect_ok(yx_sm4_cbc(true, (const uint8_t *)"1234567812345678", zero,
                         YX_BYTES(block, sizeof block), &answer, &err),
              &err);
    expect_code(SAR_OK, DevAuth, device, answer.data, 16);
}

static void load(void)
{
    struct yx_token_place place;
    expect_ok(yx_token_place_read("skf:", &place, &err), &err);
    expect_ok(yx_skf_library(&soft.setup, &place, &skf, &err), &err);
}

#define TRIES 200

static int start(void **state)
{
    (void)state;
    soft_device_start(&soft, "YINXIN_SOFTSKF_DIR", "libyinxin-softskf.so");
    expect_tool(&soft.folder, "mkdir KEY");
    load();
    expect_code(SAR_OK, ConnectDev, key_name, &device);
    authenticate();
    expect_code(SAR_OK, CreateApplication, device, app_name, admin_pin, 10, user_pin, TRIES,
                SKF_RIGHT_USER, &application);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    (void)skf.DisConnectDev(device);
    folder_remove(&soft.folder);
    return 0;
}

static ULONG tries_left(void)
{
    ULONG max = 0, left = 0;
    BOOL initial = 0;
    expect_code(SAR_OK, GetPINInfo, application, SKF_PIN_USER, &max, &left, &initial);
    assert_int_equal(max, TRIES);
    return left;
}

/* --- Killed ------------------------------------------------------------------------------ */

/* Says 'A' before each wrong PIN and 'B' after it. */
static void guess_for_ever(int pipe_end)
{
    HAPPLICATION own = NULL;
    DEVHANDLE own_device = NULL;
    ULONG left = 0;
    if (skf.ConnectDev(key_name, &own_device) != SAR_OK ||
        skf.OpenApplication(own_device, app_name, &own) != SAR_OK)
        _exit(1);
    for (;;) {
        if (write(pipe_end, "A", 1) != 1 ||
            skf.VerifyPIN(own, SKF_PIN_USER, wrong_pin, &left) != SAR_PIN_INCORRECT ||
            write(pipe_end, "B", 1) != 1)
            _exit(1);
    }
}

/* REQ: SEC-10. Whoever kills the process at the right moment has no tries for nothing. */
static void test_killed_while_counting(void **state)
{
    (void)state;
    unsigned begun = 0, ended = 0;
    for (int round = 0; round < 25; round++) {
        int ends[2];
        char said[4096];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0)
            guess_for_ever(ends[1]);
        close(ends[1]);
        nanosleep(&(struct timespec){.tv_nsec = 20000000L + round * 7654321L % 90000000L}, NULL);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        ssize_t len = read(ends[0], said, sizeof said);
        close(ends[0]);
        for (ssize_t i = 0; i < len; i++)
            *(said[i] == 'A' ? &begun : &ended) += 1;
        ULONG left = tries_left();
        assert_true(left <= TRIES - ended);
        assert_true(left >= TRIES - begun);
    }
    /* Most were killed while the PIN was being tried, and those tries were counted by then. */
    ULONG left = tries_left();
    assert_true(TRIES - left >= ended + 5);
    expect_code(SAR_OK, VerifyPIN, application, SKF_PIN_USER, user_pin, &left);
    assert_int_equal(tries_left(), TRIES);
}

/* What was half written is not seen. */
static void test_damaged_record(void **state)
{
    (void)state;
    ULONG left = 0, max = 0;
    BOOL initial = 0;
    static const char *const damages[] = {
        "", "user.left", "user.left=0", "user.left=XY\n", "user.left=00\n", "=\n"};
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        folder_write(&soft.folder, "KEY/applications/App/application", YX_TEXT(damages[i]));
        expect_code(SAR_FILEERR, GetPINInfo, application, SKF_PIN_USER, &max, &left, &initial);
        expect_code(SAR_FILEERR, VerifyPIN, application, SKF_PIN_USER, user_pin, &left);
    }
}

/* --- Rights ------------------------------------------------------------------------------ */

static void test_who_may(void **state)
{
    (void)state;
    HAPPLICATION other = NULL;
    HCONTAINER container = NULL;
    ECCPUBLICKEYBLOB key;
    ECCSIGNATUREBLOB signature;
    BYTE digest[32] = {1};
    ULONG left = 0;
    /* Nobody has given the PIN. */
    expect_code(SAR_USER_NOT_LOGGED_IN, CreateContainer, application, container_name, &container);
    expect_code(SAR_OK, VerifyPIN, application, SKF_PIN_USER, user_pin, &left);
    expect_code(SAR_OK, CreateContainer, application, container_name, &container);
    expect_code(SAR_FILE_ALREADY_EXIST, CreateContainer, application, container_name, &container);
    expect_code(SAR_KEYNOTFOUNTERR, ECCSignData, container, digest, 32, &signature);
    expect_code(SAR_OK, GenECCKeyPair, container, SGD_SM2_1, &key);
    expect_code(SAR_OK, ECCSignData, container, digest, 32, &signature);
    expect_code(SAR_INDATALENERR, ECCSignData, container, digest, 33, &signature);
    expect_code(SAR_OK, ExtECCVerify, device, &key, digest, 32, &signature);
    signature.r[40] ^= 1;
    expect_code(SAR_HASHNOTEQUALERR, ECCVerify, device, &key, digest, 32, &signature);
    /* Each handle has a state of its own; the administrator may not sign. */
    expect_code(SAR_OK, OpenApplication, device, app_name, &other);
    HCONTAINER locked = NULL;
    expect_code(SAR_OK, OpenContainer, other, container_name, &locked);
    expect_code(SAR_USER_NOT_LOGGED_IN, ECCSignData, locked, digest, 32, &signature);
    expect_code(SAR_OK, VerifyPIN, other, SKF_PIN_ADMIN, admin_pin, &left);
    expect_code(SAR_USER_NOT_LOGGED_IN, ECCSignData, locked, digest, 32, &signature);
    expect_code(SAR_OK, ClearSecureState, application);
    expect_code(SAR_USER_NOT_LOGGED_IN, ECCSignData, container, digest, 32, &signature);
    /* A wrong PIN ends what a right one allowed. */
    expect_code(SAR_OK, VerifyPIN, application, SKF_PIN_USER, user_pin, &left);
    expect_code(SAR_PIN_INCORRECT, VerifyPIN, application, SKF_PIN_USER, wrong_pin, &left);
    assert_int_equal(left, TRIES - 1);
    expect_code(SAR_USER_NOT_LOGGED_IN, ECCSignData, container, digest, 32, &signature);
    expect_code(SAR_USER_TYPE_INVALID, VerifyPIN, application, 7, user_pin, &left);
    /* What was closed is closed, with what was opened through it. */
    expect_code(SAR_OK, CloseApplication, application);
    expect_code(SAR_INVALIDHANDLEERR, ECCSignData, container, digest, 32, &signature);
    expect_code(SAR_INVALIDHANDLEERR, CloseApplication, application);
    expect_code(SAR_INVALIDHANDLEERR, CloseApplication, device);
}

static void test_device_authentication(void **state)
{
    (void)state;
    DEVHANDLE own = NULL;
    HAPPLICATION made = NULL;
    BYTE block[16] = {0}, key[16] = "another key 1234";
    char name[] = "Two", long_name[] = "0123456789012345678901234567890123456789012345678";
    char path_name[] = "../x", dot_name[] = ".x", short_pin[] = "1";
    expect_code(SAR_OK, ConnectDev, key_name, &own);
    expect_code(SAR_USER_NOT_LOGGED_IN, CreateApplication, own, name, admin_pin, 10, user_pin, 10,
                SKF_RIGHT_USER, &made);
    expect_code(SAR_USER_NOT_LOGGED_IN, DeleteApplication, own, app_name);
    expect_code(SAR_USER_NOT_LOGGED_IN, ChangeDevAuthKey, own, key, 16);
    expect_code(SAR_INVALIDPARAMERR, DevAuth, own, block, 16); /* no random number was asked for */
    expect_code(SAR_OK, GenRandom, own, block, 8);
    expect_code(SAR_FAIL, DevAuth, own, key, 16);
    expect_code(SAR_APPLICATION_EXISTS, CreateApplication, device, app_name, admin_pin, 10,
                user_pin, 10, SKF_RIGHT_USER, &made);
    char *const bad[] = {long_name, path_name, dot_name};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_code(SAR_APPLICATION_NAME_INVALID, CreateApplication, device, bad[i], admin_pin, 10,
                    user_pin, 10, SKF_RIGHT_USER, &made);
    expect_code(SAR_PIN_LEN_RANGE, CreateApplication, device, name, admin_pin, 10, short_pin, 10,
                SKF_RIGHT_USER, &made);
    expect_code(SAR_INVALIDPARAMERR, CreateApplication, device, name, admin_pin, 10, user_pin, 0,
                SKF_RIGHT_USER, &made);
    expect_code(SAR_OK, ChangeDevAuthKey, device, key, 16);
    expect_code(SAR_OK, DeleteApplication, device, app_name);
    expect_code(SAR_APPLICATION_NOT_EXISTS, OpenApplication, device, app_name, &made);
    expect_code(SAR_OK, DisConnectDev, own);
}

/* --- Lists, files, digests --------------------------------------------------------------- */

static void test_lists_in_two_steps(void **state)
{
    (void)state;
    char names[64];
    ULONG size = 0, state_of = 9;
    char gone[] = "GONE", label[] = "新的名字";
    DEVINFO info;
    expect_code(SAR_OK, EnumDev, 1, NULL, &size);
    assert_int_equal(size, sizeof "KEY" + 1);
    size--;
    expect_code(SAR_BUFFER_TOO_SMALL, EnumDev, 1, names, &size);
    assert_int_equal(size, sizeof "KEY" + 1);
    expect_code(SAR_OK, EnumDev, 1, names, &size);
    assert_memory_equal(names, "KEY\0", 5);
    expect_code(SAR_INVALIDPARAMERR, EnumDev, 1, names, NULL);
    expect_code(SAR_OK, GetDevState, key_name, &state_of);
    assert_int_equal(state_of, SKF_DEVICE_PRESENT);
    expect_code(SAR_OK, GetDevState, gone, &state_of);
    assert_int_equal(state_of, SKF_DEVICE_ABSENT);
    expect_code(SAR_OK, SetLabel, device, label);
    expect_code(SAR_OK, GetDevInfo, device, &info);
    assert_string_equal(info.Label, label);
    assert_int_equal(strlen(info.SerialNumber), 16);
}

static void test_files(void **state)
{
    (void)state;
    BYTE data[8] = {0};
    FILEATTRIBUTE info;
    ULONG got = sizeof data, left = 0, size = 0;
    expect_code(SAR_USER_NOT_LOGGED_IN, CreateFile, application, file_name, 100, SKF_RIGHT_ANYONE,
                SKF_RIGHT_USER);
    expect_code(SAR_OK, VerifyPIN, application, SKF_PIN_USER, user_pin, &left);
    expect_code(SAR_OK, CreateFile, application, file_name, 100, SKF_RIGHT_ANYONE, SKF_RIGHT_USER);
    expect_code(SAR_FILE_ALREADY_EXIST, CreateFile, application, file_name, 100, SKF_RIGHT_ANYONE,
                SKF_RIGHT_USER);
    memcpy(data, "a seal..", 8);
    expect_code(SAR_OK, WriteFile, application, file_name, 92, data, 8);
    expect_code(SAR_INVALIDPARAMERR, WriteFile, application, file_name, 93, data, 8);
    expect_code(SAR_OK, ClearSecureState, application);
    expect_code(SAR_USER_NOT_LOGGED_IN, WriteFile, application, file_name, 0, data, 8);
    memset(data, 0, sizeof data);
    expect_code(SAR_OK, ReadFile, application, file_name, 92, 8, data, &got);
    assert_int_equal(got, 8);
    assert_memory_equal(data, "a seal..", 8);
    expect_code(SAR_OK, ReadFile, application, file_name, 98, 8, data, &got);
    assert_int_equal(got, 2);
    expect_code(SAR_INVALIDPARAMERR, ReadFile, application, file_name, 101, 8, data, &got);
    expect_code(SAR_OK, GetFileInfo, application, file_name, &info);
    assert_int_equal(info.FileSize, 100);
    expect_code(SAR_OK, EnumFiles, application, NULL, &size);
    assert_int_equal(size, sizeof file_name + 1);
    expect_code(SAR_USER_NOT_LOGGED_IN, DeleteFile, application, file_name);
    expect_code(SAR_OK, VerifyPIN, application, SKF_PIN_USER, user_pin, &left);
    expect_code(SAR_OK, DeleteFile, application, file_name);
    expect_code(SAR_FILE_NOT_EXIST, GetFileInfo, application, file_name, &info);
}

/* The device's own digest with ZA is the one that we compute. */
static void test_digest(void **state)
{
    (void)state;
    HCONTAINER container = NULL;
    ECCPUBLICKEYBLOB key;
    HANDLE digest = NULL;
    BYTE id[] = "1234567812345678", message[] = "message digest", out[32];
    ULONG size = sizeof out, left = 0;
    uint8_t ours[32];
    YX_CLEAN(yx_public_key) struct yx_public_key *taken = NULL;
    expect_code(SAR_OK, VerifyPIN, application, SKF_PIN_USER, user_pin, &left);
    expect_code(SAR_OK, CreateContainer, application, container_name, &container);
    expect_code(SAR_OK, GenECCKeyPair, container, SGD_SM2_1, &key);
    expect_ok(yx_skf_take_key(YX_BYTES(&key, sizeof key), &taken, &err), &err);
    expect_ok(yx_sm2_digest(taken, YX_BYTES(message, 14), ours, &err), &err);
    expect_code(SAR_OK, DigestInit, device, SGD_SM3, &key, id, 16, &digest);
    expect_code(SAR_OK, DigestUpdate, digest, message, 7);
    expect_code(SAR_OK, DigestUpdate, digest, message + 7, 7);
    size = 31;
    expect_code(SAR_BUFFER_TOO_SMALL, DigestFinal, digest, out, &size);
    expect_code(SAR_OK, DigestFinal, digest, out, &size);
    assert_memory_equal(out, ours, sizeof ours);
    expect_code(SAR_OK, CloseHandle, digest);
    expect_code(SAR_INVALIDHANDLEERR, CloseHandle, digest);
    expect_code(SAR_OK, DigestInit, device, SGD_SM3, &key, id, 16, &digest);
    expect_code(SAR_OK, Digest, digest, message, 14, out, &size);
    assert_memory_equal(out, ours, sizeof ours);
    id[0] = 'x';
    expect_code(SAR_NOTSUPPORTYETERR, DigestInit, device, SGD_SM3, &key, id, 16, &digest);
    expect_code(SAR_NOTSUPPORTYETERR, DigestInit, device, 99, NULL, NULL, 0, &digest);
}

/* What is encrypted for the second key comes out again. */
static void test_decrypt(void **state)
{
    (void)state;
    HCONTAINER container = NULL;
    ECCPUBLICKEYBLOB key;
    YX_CLEAN(yx_public_key) struct yx_public_key *sign = NULL;
    YX_CLEAN(yx_private_key) struct yx_private_key *encrypt = NULL;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_buf) struct yx_buf blob = {0};
    union {
        ECCCIPHERBLOB blob;
        uint8_t room[512];
    } cipher;
    BYTE plain[] = "a session key...", out[64];
    ULONG size = sizeof key, left = 0;
    expect_code(SAR_OK, VerifyPIN, application, SKF_PIN_USER, user_pin, &left);
    expect_code(SAR_OK, CreateContainer, application, container_name, &container);
    expect_code(SAR_OK, GenECCKeyPair, container, SGD_SM2_1, &key);
    expect_ok(yx_skf_take_key(YX_BYTES(&key, sizeof key), &sign, &err), &err);
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &encrypt, &err), &err);
    expect_ok(yx_sm2_envelope_make(encrypt, sign, &der, &err), &err);
    expect_ok(yx_skf_envelope(yx_buf_bytes(&der), 4, &blob, &err), &err);
    expect_code(SAR_OK, ImportECCKeyPair, container, (void *)blob.data);
    expect_code(SAR_OK, ExportPublicKey, container, 0, (BYTE *)&key, &size);
    expect_code(SAR_OK, ExtECCEncrypt, device, &key, plain, sizeof plain, &cipher.blob);
    size = sizeof out;
    expect_code(SAR_OK, ECCDecrypt, container, &cipher.blob, out, &size);
    assert_int_equal(size, sizeof plain);
    assert_memory_equal(out, plain, sizeof plain);
    cipher.blob.HASH[0] ^= 1;
    size = sizeof out;
    expect_code(SAR_INDATAERR, ECCDecrypt, container, &cipher.blob, out, &size);
}

/* One process holds the device, another waits in vain. */
static void test_lock(void **state)
{
    (void)state;
    expect_code(SAR_OK, LockDev, device, 100);
    assert_int_equal(tries_left(), TRIES); /* whoever holds it may use it */
    pid_t child = fork();
    if (child == 0) {
        DEVHANDLE own = NULL;
        /* The lock that came with fork is the parent's: the child opens the folder for itself. */
        char command[256];
        snprintf(command, sizeof command, "flock -n %s/KEY/lock true", soft.folder.path);
        (void)own;
        _exit(system(command) == 0 ? 1 : 0);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    expect_code(SAR_FAIL, LockDev, device, 100);
    expect_code(SAR_OK, UnlockDev, device);
    expect_code(SAR_FAIL, UnlockDev, device);
}

int main(void)
{
#define WITH_DEVICE(test) cmocka_unit_test_setup_teardown(test, start, stop)
    const struct CMUnitTest tests[] = {
        WITH_DEVICE(test_killed_while_counting),
        WITH_DEVICE(test_damaged_record),
        WITH_DEVICE(test_who_may),
        WITH_DEVICE(test_device_authentication),
        WITH_DEVICE(test_lists_in_two_steps),
        WITH_DEVICE(test_files),
        WITH_DEVICE(test_digest),
        WITH_DEVICE(test_decrypt),
        WITH_DEVICE(test_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
