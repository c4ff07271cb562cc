/* SPDX-License-Identifier: Apache-2.0 */
/* test_sdf.c - keys in devices of servers (GM/T 0018): the software device, used by many threads.
 */
#include "support.h"

#include <pthread.h>

#include "pki.h"
#include "sdf/sdf_api.h"
#include "soft_device.h"

static struct soft_device soft;
static struct yx_error err;

static void make_index(int index)
{
    char program[512];
    built_path(program, "../devices", "softsdf-keygen");
    expect_tool(&soft.folder, "echo s3cret-right | %s %d", program, index);
}

static int start(void **state)
{
    (void)state;
    soft_device_start(&soft, "YINXIN_SOFTSDF_DIR", "libyinxin-softsdf.so");
    soft.pins.user = "s3cret-right";
    make_index(1);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    folder_remove(&soft.folder);
    return 0;
}

static struct yx_token_key *open_key(const char *place)
{
    struct yx_token_key *key = NULL;
    expect_ok(yx_token_key_open(&soft.setup, place, &key, &err), &err);
    return key;
}

static void expect_open(const char *place, yx_status want)
{
    struct yx_token_key *key = NULL;
    expect_status(yx_token_key_open(&soft.setup, place, &key, &err), want, &err);
    assert_null(key);
}

static void test_sign(void **state)
{
    (void)state;
    YX_CLEAN(yx_token_key) struct yx_token_key *key = open_key("sdf:index=1");
    assert_int_equal(yx_public_key_type(yx_token_key_public(key)), YX_KEY_SM2);
    for (int i = 0; i < 20; i++)
        expect_ok(yx_token_key_test(key, &err), &err);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *place;
        yx_status want;
    } rows[] = {
        {"sdf:index=2", YX_NO_INPUT},
        {"sdf:", YX_USAGE},
        {"sdf:index=0", YX_USAGE},
        {"sdf:index=99999999999", YX_USAGE},
        {"sdf:index=1;usage=encrypt", YX_REFUSED},
        {"sdf:index=1?sessions=0", YX_USAGE},
        {"sdf:index=1;object=x", YX_USAGE},
        {"sdf:index=1?module-path=/dev/null", YX_NO_INPUT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_open(rows[i].place, rows[i].want);
    soft.pins.user = "another-password";
    expect_open("sdf:index=1", YX_REFUSED);
    /* Nobody is asked, so nothing is given: the device says no when it is to sign. */
    soft.setup.pin.ask = NULL;
    YX_CLEAN(yx_token_key) struct yx_token_key *key = open_key("sdf:index=1");
    expect_status(yx_token_key_test(key, &err), YX_REFUSED, &err);
    soft.setup.sdf_module = NULL;
    expect_open("sdf:index=1", YX_USAGE);
    /* The interface makes no keys. */
    struct yx_token_new_key wish = {YX_KEY_SM2, 0, "x", {NULL, 0}};
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    YX_CLEAN(yx_buf) struct yx_buf place = {0};
    expect_status(yx_token_generate(&soft.setup, "sdf:index=3", &wish, &made, &place, &err),
                  YX_REFUSED, &err);
}

static void *sign_often(void *key)
{
    struct yx_error own;
    for (int i = 0; i < 25; i++)
        if (yx_token_key_test(key, &own) != YX_OK)
            return key;
    return NULL;
}

static void eight_threads(const char *place)
{
    YX_CLEAN(yx_token_key) struct yx_token_key *key = open_key(place);
    pthread_t threads[8];
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_often, key), 0);
    for (size_t i = 0; i < 8; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
}

static void test_eight_threads(void **state)
{
    (void)state;
    eight_threads("sdf:index=1");
    eight_threads("sdf:index=1?sessions=2"); /* they wait for each other */
}

static void test_device_away(void **state)
{
    (void)state;
    YX_CLEAN(yx_token_key) struct yx_token_key *key = open_key("sdf:index=1");
    expect_ok(yx_token_key_test(key, &err), &err);
    expect_tool(&soft.folder, "mv $YINXIN_SOFTSDF_DIR $YINXIN_SOFTSDF_DIR.away");
    expect_status(yx_token_key_test(key, &err), YX_IO, &err);
    expect_status(yx_token_key_test(key, &err), YX_IO, &err);
    char command[256];
    snprintf(command, sizeof command, "mv %s.away %s", soft.folder.path, soft.folder.path);
    assert_int_equal(system(command), 0);
    soft.pins.asked = 0;
    expect_ok(yx_token_key_test(key, &err), &err);
    assert_int_equal(soft.pins.asked, 0);
    /* Another device in its place, with another key. */
    snprintf(command, sizeof command, "mv %s %s.away && mkdir %s", soft.folder.path,
             soft.folder.path, soft.folder.path);
    assert_int_equal(system(command), 0);
    make_index(1);
    expect_status(yx_token_key_test(key, &err), YX_DAMAGED, &err);
    snprintf(command, sizeof command, "rm -r %s.away", soft.folder.path);
    assert_int_equal(system(command), 0);
}

static void *pull_out(void *path)
{
    char command[256];
    for (int i = 0; i < 5; i++) {
        snprintf(command, sizeof command, "mv %s %s.away; mv %s.away %s", (char *)path,
                 (char *)path, (char *)path, (char *)path);
        if (system(command) != 0)
            return path;
        usleep(20000);
    }
    return NULL;
}

static void *sign_bravely(void *key)
{
    struct yx_error own;
    for (int i = 0; i < 25; i++)
        (void)yx_token_key_test(key, &own);
    return NULL;
}

/* While it comes and goes some signatures fail; afterwards all threads sign again. */
static void test_device_flickers(void **state)
{
    (void)state;
    YX_CLEAN(yx_token_key) struct yx_token_key *key = open_key("sdf:index=1");
    pthread_t threads[5];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_bravely, key), 0);
    assert_int_equal(pthread_create(&threads[4], NULL, pull_out, soft.folder.path), 0);
    for (size_t i = 0; i < 5; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    expect_ok(yx_token_key_test(key, &err), &err);
}

static void test_after_fork(void **state)
{
    (void)state;
    YX_CLEAN(yx_token_key) struct yx_token_key *key = open_key("sdf:index=1");
    expect_ok(yx_token_key_test(key, &err), &err);
    pid_t child = fork();
    if (child == 0)
        _exit(yx_token_key_test(key, &err) == YX_OK ? 0 : 1);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    expect_ok(yx_token_key_test(key, &err), &err);
}

static yx_status count_token(void *self, const struct yx_token_info *info, struct yx_error *e)
{
    (void)e;
    assert_string_equal(info->label, "SoftSDF");
    ((int *)self)[0]++;
    return YX_OK;
}

static yx_status count_object(void *self, const struct yx_token_object *object, struct yx_error *e)
{
    (void)e;
    assert_int_equal(object->type, YX_KEY_SM2);
    ((int *)self)[1]++;
    return YX_OK;
}

static void test_list(void **state)
{
    (void)state;
    int counts[2] = {0};
    struct yx_token_visitor visitor = {count_token, count_object, counts};
    make_index(5);
    expect_ok(yx_token_list(&soft.setup, "sdf:", false, &visitor, &err), &err);
    assert_int_equal(counts[0], 1);
    assert_int_equal(counts[1], 4);
    counts[1] = 0;
    expect_ok(yx_token_list(&soft.setup, "sdf:index=5", false, &visitor, &err), &err);
    assert_int_equal(counts[1], 2);
}

/* --- The device by itself ---------------------------------------------------------------- */

static struct {
#define FIELD(name, parameters) int(*name) parameters;
    SDF_FUNCTIONS(FIELD, FIELD)
#undef FIELD
} sdf;

static void load(void)
{
#define NAME(name, parameters) "SDF_" #name,
    static const char *const names[] = {SDF_FUNCTIONS(NAME, NAME)};
#undef NAME
    void *symbols[sizeof names / sizeof names[0]];
    expect_ok(
        yx_token_library(soft.module, "SDF", names, symbols, sizeof names / sizeof names[0], &err),
        &err);
    memcpy(&sdf, symbols, sizeof symbols);
}

static unsigned char id[] = "1234567812345678";
static unsigned char password[] = "s3cret-right";

static void test_device(void **state)
{
    (void)state;
    void *device = NULL, *session = NULL;
    ECCrefPublicKey key, encrypt;
    ECCrefPrivateKey secret;
    ECCSignature signature;
    DEVICEINFO info;
    unsigned char digest[32], random[16] = {0};
    unsigned int size = sizeof digest;
    load();
    assert_int_equal(sdf.OpenDevice(&device), SDR_OK);
    assert_int_equal(sdf.OpenSession(device, &session), SDR_OK);
    assert_int_equal(sdf.GetDeviceInfo(session, &info), SDR_OK);
    assert_int_equal(sdf.GenerateRandom(session, sizeof random, random), SDR_OK);
    assert_int_equal(sdf.ExportSignPublicKey_ECC(session, 1, &key), SDR_OK);
    assert_int_equal(sdf.ExportEncPublicKey_ECC(session, 1, &encrypt), SDR_OK);
    assert_memory_not_equal(&key, &encrypt, sizeof key);
    assert_int_equal(sdf.ExportSignPublicKey_ECC(session, 7, &key), SDR_KEYNOTEXIST);
    assert_int_equal(sdf.ExportSignPublicKey_ECC(session, 1, &key), SDR_OK);

    assert_int_equal(sdf.HashUpdate(session, random, 16), SDR_STEPERR);
    assert_int_equal(sdf.HashInit(session, SDF_SGD_SM3, &key, id, 16), SDR_OK);
    assert_int_equal(sdf.HashUpdate(session, random, 16), SDR_OK);
    assert_int_equal(sdf.HashFinal(session, digest, &size), SDR_OK);
    assert_int_equal(size, 32);

    assert_int_equal(sdf.InternalSign_ECC(session, 1, digest, 32, &signature), SDR_PARDENY);
    assert_int_equal(sdf.GetPrivateKeyAccessRight(session, 1, id, 16), SDR_PRKRERR);
    assert_int_equal(sdf.GetPrivateKeyAccessRight(session, 1, password, 12), SDR_OK);
    assert_int_equal(sdf.InternalSign_ECC(session, 1, digest, 31, &signature), SDR_INARGERR);
    assert_int_equal(sdf.InternalSign_ECC(session, 1, digest, 32, &signature), SDR_OK);
    assert_int_equal(sdf.InternalVerify_ECC(session, 1, digest, 32, &signature), SDR_OK);
    assert_int_equal(sdf.ExternalVerify_ECC(session, SDF_SGD_SM2, &key, digest, 32, &signature),
                     SDR_OK);
    assert_int_equal(sdf.ExternalVerify_ECC(session, SDF_SGD_SM2, &encrypt, digest, 32, &signature),
                     SDR_VERIFYERR);
    signature.s[63] ^= 1;
    assert_int_equal(sdf.InternalVerify_ECC(session, 1, digest, 32, &signature), SDR_VERIFYERR);
    assert_int_equal(sdf.ReleasePrivateKeyAccessRight(session, 1), SDR_OK);
    assert_int_equal(sdf.InternalSign_ECC(session, 1, digest, 32, &signature), SDR_PARDENY);
    assert_int_equal(sdf.GenerateKeyPair_ECC(session, SDF_SGD_SM2, 256, &key, &secret), SDR_OK);
    assert_int_equal(sdf.GenerateKeyPair_ECC(session, SDF_SGD_SM2, 512, &key, &secret),
                     SDR_ALGNOTSUPPORT);
    assert_int_equal(sdf.CloseDevice(device), SDR_OK);
    assert_int_equal(sdf.CloseSession(session), SDR_INARGERR); /* it went with the device */
    assert_int_equal(sdf.CloseDevice(device), SDR_INARGERR);
}

int main(void)
{
#define WITH_DEVICE(test) cmocka_unit_test_setup_teardown(test, start, stop)
    const struct CMUnitTest tests[] = {
        WITH_DEVICE(test_sign),
        WITH_DEVICE(test_refusals),
        WITH_DEVICE(test_eight_threads),
        WITH_DEVICE(test_device_away),
        WITH_DEVICE(test_device_flickers),
        WITH_DEVICE(test_after_fork),
        WITH_DEVICE(test_list),
        WITH_DEVICE(test_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
