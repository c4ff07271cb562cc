/* SPDX-License-Identifier: Apache-2.0 */
/* test_skf.c - keys on USB keys with the interface of GM/T 0016: the software device, used. */
#include "support.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "pki.h"
#include "soft_device.h"

#define PLACE "skf:device=KEY;application=Yinxin"
#define CONTAINER PLACE ";container=Zhang"

static struct soft_device soft;
static struct yx_error err;

static const struct yx_token_new_key wish = {YX_KEY_SM2, 0, "Zhang", {NULL, 0}};

/* --- Help -------------------------------------------------------------------------------- */

/* A new device with an application, in a folder that was empty. */
static int start(void **state)
{
    (void)state;
    soft_device_start(&soft, "YINXIN_SOFTSKF_DIR", "libyinxin-softskf.so");
    expect_tool(&soft.folder, "mkdir KEY");
    expect_ok(yx_token_init(&soft.setup, PLACE, "Key of Zhang", false, &err), &err);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    folder_remove(&soft.folder);
    return 0;
}

static void generate(struct yx_public_key **out)
{
    YX_CLEAN(yx_buf) struct yx_buf place = {0};
    expect_ok(yx_token_generate(&soft.setup, PLACE, &wish, out, &place, &err), &err);
    assert_non_null(strstr((const char *)place.data, "container=Zhang"));
}

static struct yx_token_key *open_key(const char *place)
{
    struct yx_token_key *key = NULL;
    expect_ok(yx_token_key_open(&soft.setup, place, &key, &err), &err);
    return key;
}

static void expect_open(const char *place, yx_status want, const char *words)
{
    struct yx_token_key *key = NULL;
    char said[600];
    expect_status(yx_token_key_open(&soft.setup, place, &key, &err), want, &err);
    assert_null(key);
    yx_message_render(&err.message, NULL, said, sizeof said);
    if (strstr(said, words) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", words, said);
}

/* A certificate for a key that is not in our hands. */
static void certify(const struct pki *pki, const struct yx_public_key *key, struct yx_cert **out)
{
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    static const uint8_t serial[] = {0x41, 2, 3, 4, 5, 6, 7, 8};
    expect_ok(yx_name_to_der("CN=Zhang,O=Test,C=CN", &subject, &err), &err);
    struct yx_cert_template wanted = {
        .subject = yx_buf_bytes(&subject),
        .spki = yx_public_key_spki(key),
        .serial = YX_BYTES(serial, sizeof serial),
        .not_before = yx_now() - YX_DAY,
        .not_after = yx_now() + YX_DAY,
        .key_usage = YX_KU_DIGITAL_SIGNATURE,
        .path_length = -1,
    };
    struct yx_signer signer = pki_signer(&pki->ca);
    expect_ok(yx_cert_make(&wanted, pki->ca.cert, &signer, &der, &err), &err);
    expect_ok(yx_cert_from_der(yx_buf_bytes(&der), out, &err), &err);
}

struct seen {
    int tokens, keys, certs, user_tries, admin_tries;
    bool initial, locked, admin_locked, initialised;
    char label[64];
};

static yx_status see_token(void *self, const struct yx_token_info *info, struct yx_error *e)
{
    struct seen *seen = self;
    struct yx_token_place place;
    YX_TRY(yx_token_place_read(info->place, &place, e));
    seen->tokens++;
    seen->user_tries = info->user_tries;
    seen->admin_tries = info->admin_tries;
    seen->initial = info->user_pin_initial;
    seen->locked = info->user_locked;
    seen->admin_locked = info->admin_locked;
    seen->initialised = info->initialised;
    snprintf(seen->label, sizeof seen->label, "%s", info->label);
    return YX_OK;
}

static yx_status see_object(void *self, const struct yx_token_object *object, struct yx_error *e)
{
    struct seen *seen = self;
    struct yx_token_place place;
    YX_TRY(yx_token_place_read(object->place, &place, e));
    *(object->kind == YX_TOKEN_KEY ? &seen->keys : &seen->certs) += 1;
    assert_int_equal(object->type, YX_KEY_SM2);
    return YX_OK;
}

static struct seen look(const char *place)
{
    struct seen seen = {0};
    struct yx_token_visitor visitor = {see_token, see_object, &seen};
    expect_ok(yx_token_list(&soft.setup, place, false, &visitor, &err), &err);
    return seen;
}

/* --- Making and signing ------------------------------------------------------------------ */

/* REQ: SEC-06 */
static void test_sign(void **state)
{
    (void)state;
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    generate(&made);
    YX_CLEAN(yx_token_key) struct yx_token_key *key = open_key(CONTAINER);
    assert_true(
        yx_bytes_equal(yx_public_key_spki(made), yx_public_key_spki(yx_token_key_public(key))));
    assert_int_equal(yx_token_key_signer(key).algorithm, YX_SIG_SM2_SM3);
    for (int i = 0; i < 20; i++)
        expect_ok(yx_token_key_test(key, &err), &err);
    assert_int_equal(yx_token_key_cert_count(key), 0);
    /* One application, one container: the shortest place leads there too. */
    YX_CLEAN(yx_token_key) struct yx_token_key *same = open_key("skf:");
    expect_ok(yx_token_key_test(same, &err), &err);
    /* A second key in the same container would destroy the first. */
    YX_CLEAN(yx_public_key) struct yx_public_key *second = NULL;
    YX_CLEAN(yx_buf) struct yx_buf place = {0};
    expect_status(yx_token_generate(&soft.setup, PLACE, &wish, &second, &place, &err), YX_REFUSED,
                  &err);
}

static void test_wishes_refused(void **state)
{
    (void)state;
    struct yx_token_new_key other = {YX_KEY_P256, 0, "P", {NULL, 0}};
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    YX_CLEAN(yx_buf) struct yx_buf place = {0};
    expect_status(yx_token_generate(&soft.setup, PLACE, &other, &made, &place, &err), YX_REFUSED,
                  &err);
    expect_status(
        yx_token_generate(&soft.setup, PLACE ";usage=encrypt", &wish, &made, &place, &err),
        YX_REFUSED, &err);
    expect_status(yx_token_generate(&soft.setup, PLACE ";usage=both", &wish, &made, &place, &err),
                  YX_USAGE, &err);
    assert_null(made);
    generate(&made);
    expect_open(CONTAINER ";usage=encrypt", YX_REFUSED, "does not sign");
    expect_open(PLACE ";container=Li", YX_NO_INPUT, "no SKF token");
    expect_open("skf:device=other", YX_NO_INPUT, "no SKF token");
    expect_open("skf:serial=0", YX_NO_INPUT, "no SKF token");
    expect_open("skf:slot-id=1", YX_USAGE, "no attribute");
    /* The application is there: it is not made anew without being told to. */
    expect_status(yx_token_init(&soft.setup, PLACE, "x", false, &err), YX_REFUSED, &err);
    expect_ok(yx_token_init(&soft.setup, PLACE, "x", true, &err), &err);
    expect_open(CONTAINER, YX_NO_INPUT, "no SKF token");
}

static void test_two_keys_fit(void **state)
{
    (void)state;
    struct yx_token_new_key li = {YX_KEY_SM2, 0, "Li", {NULL, 0}};
    YX_CLEAN(yx_public_key) struct yx_public_key *first = NULL;
    YX_CLEAN(yx_public_key) struct yx_public_key *second = NULL;
    YX_CLEAN(yx_buf) struct yx_buf place = {0};
    generate(&first);
    expect_ok(yx_token_generate(&soft.setup, PLACE, &li, &second, &place, &err), &err);
    expect_open(PLACE, YX_REFUSED, "more than one");
    YX_CLEAN(yx_token_key) struct yx_token_key *key = open_key((const char *)place.data);
    assert_true(
        yx_bytes_equal(yx_public_key_spki(second), yx_public_key_spki(yx_token_key_public(key))));
    assert_int_equal(look("skf:").keys, 2);
    expect_status(yx_token_delete(&soft.setup, PLACE, &err), YX_USAGE, &err);
    expect_ok(yx_token_delete(&soft.setup, PLACE ";container=Li", &err), &err);
    assert_int_equal(look("skf:").keys, 1);
    expect_status(yx_token_key_test(key, &err), YX_REFUSED, &err);
}

/* --- Certificates and the key to encrypt with -------------------------------------------- */

static void test_two_certificates(void **state)
{
    (void)state;
    YX_CLEAN(pki) struct pki pki = {0};
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    YX_CLEAN(yx_private_key) struct yx_private_key *encrypt = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *sign_cert = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *encrypt_cert = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *got = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *got_too = NULL;
    YX_CLEAN(yx_buf) struct yx_buf envelope = {0};
    expect_ok(pki_open(YX_KEY_SM2, &pki, &err), &err);
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &encrypt, &err), &err);
    generate(&made);
    certify(&pki, made, &sign_cert);
    certify(&pki, yx_private_key_public(encrypt), &encrypt_cert);

    expect_ok(yx_token_import_cert(&soft.setup, CONTAINER, sign_cert, &err), &err);
    /* There is no key yet that the second one is for. */
    expect_status(yx_token_import_cert(&soft.setup, CONTAINER, encrypt_cert, &err), YX_REFUSED,
                  &err);
    expect_ok(yx_sm2_envelope_make(encrypt, made, &envelope, &err), &err);
    expect_ok(yx_token_import_envelope(&soft.setup, CONTAINER, yx_buf_bytes(&envelope), &err),
              &err);
    expect_ok(yx_token_import_cert(&soft.setup, CONTAINER, encrypt_cert, &err), &err);
    expect_status(yx_token_import_cert(&soft.setup, CONTAINER, pki.ca.cert, &err), YX_REFUSED,
                  &err);

    expect_ok(yx_token_cert_read(&soft.setup, CONTAINER, &got, &err), &err);
    assert_true(yx_bytes_equal(yx_cert_der(got), yx_cert_der(sign_cert)));
    expect_ok(yx_token_cert_read(&soft.setup, CONTAINER ";usage=encrypt", &got_too, &err), &err);
    assert_true(yx_bytes_equal(yx_cert_der(got_too), yx_cert_der(encrypt_cert)));
    struct seen seen = look("skf:");
    assert_int_equal(seen.keys, 2);
    assert_int_equal(seen.certs, 2);
    YX_CLEAN(yx_token_key) struct yx_token_key *key = open_key(CONTAINER);
    assert_int_equal(yx_token_key_cert_count(key), 1);
    assert_true(yx_bytes_equal(yx_cert_der(yx_token_key_cert(key, 0)), yx_cert_der(sign_cert)));
}

static void test_import_key(void **state)
{
    (void)state;
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf place = {0};
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &key, &err), &err);
    /* A signing key never comes from outside, and an envelope is made for one. */
    expect_status(yx_token_import_key(&soft.setup, PLACE, &wish, key, &place, &err), YX_REFUSED,
                  &err);
    expect_status(
        yx_token_import_key(&soft.setup, PLACE ";usage=encrypt", &wish, key, &place, &err),
        YX_REFUSED, &err);
    generate(&made);
    expect_ok(yx_token_import_key(&soft.setup, PLACE ";usage=encrypt", &wish, key, &place, &err),
              &err);
    assert_non_null(strstr((const char *)place.data, "usage=encrypt"));
    assert_int_equal(look("skf:").keys, 2);
}

static void test_envelopes_refused(void **state)
{
    (void)state;
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &key, &err), &err);
    generate(&made);
    /* Made for another key, cut off, changed. */
    expect_ok(yx_sm2_envelope_make(key, yx_private_key_public(key), &der, &err), &err);
    expect_status(yx_token_import_envelope(&soft.setup, CONTAINER, yx_buf_bytes(&der), &err),
                  YX_REFUSED, &err);
    for (size_t len = 0; len < der.len; len += 7)
        expect_status(
            yx_token_import_envelope(&soft.setup, CONTAINER, YX_BYTES(der.data, len), &err),
            YX_DAMAGED, &err);
    der.len = 0;
    expect_ok(yx_sm2_envelope_make(key, made, &der, &err), &err);
    der.data[der.len - 1] ^= 1;
    expect_status(yx_token_import_envelope(&soft.setup, CONTAINER, yx_buf_bytes(&der), &err),
                  YX_REFUSED, &err);
    assert_int_equal(look("skf:").keys, 1);
}

/* --- PINs -------------------------------------------------------------------------------- */

/* REQ: SEC-10 */
static void test_ten_wrong_pins_lock(void **state)
{
    (void)state;
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    generate(&made);
    soft.pins.user = "000000";
    for (int left = 9; left > 0; left--) {
        char words[64];
        snprintf(words, sizeof words, "tries left before it locks: %d", left);
        expect_open(CONTAINER, YX_REFUSED, words);
        assert_int_equal(soft.pins.tries_left, left + 1);
        assert_int_equal(look("skf:").user_tries, left);
    }
    expect_open(CONTAINER, YX_REFUSED, "is locked");
    assert_true(look("skf:").locked);
    /* The right one no longer helps, and is not even asked for. */
    soft.pins.user = "246810";
    soft.pins.asked = 0;
    expect_open(CONTAINER, YX_REFUSED, "is locked");
    assert_int_equal(soft.pins.asked, 0);
}

static void test_right_pin_resets(void **state)
{
    (void)state;
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    generate(&made);
    soft.pins.user = "000000";
    expect_open(CONTAINER, YX_REFUSED, "tries left");
    assert_int_equal(look("skf:").user_tries, 9);
    soft.pins.user = "246810";
    yx_token_key_free(open_key(CONTAINER));
    assert_int_equal(look("skf:").user_tries, 10);
    /* A PIN that cannot be one costs no try. */
    soft.pins.user = "1";
    expect_open(CONTAINER, YX_REFUSED, "6 to 16");
    assert_int_equal(look("skf:").user_tries, 10);
}

static void lock_user(void)
{
    soft.pins.user = "000000";
    for (int i = 0; i < 10; i++)
        expect_open(CONTAINER, YX_REFUSED, "PIN");
    soft.pins.user = "246810";
    assert_true(look("skf:").locked);
}

/* REQ: CERT-89, CERT-90 */
static void test_unlock(void **state)
{
    (void)state;
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    generate(&made);
    lock_user();
    /* A wrong PIN of the administrator counts, in its own counter, and changes nothing. */
    soft.pins.admin = "11111111";
    soft.pins.new_user = "135790";
    expect_status(yx_token_unlock_pin(&soft.setup, PLACE, &err), YX_REFUSED, &err);
    assert_int_equal(look("skf:").admin_tries, 9);
    assert_true(look("skf:").locked);
    soft.pins.admin = "97531086";
    expect_ok(yx_token_unlock_pin(&soft.setup, PLACE, &err), &err);
    assert_int_equal(look("skf:").admin_tries, 10);
    assert_int_equal(look("skf:").user_tries, 10);
    expect_open(CONTAINER, YX_REFUSED, "tries left"); /* the old one */
    soft.pins.user = "135790";
    YX_CLEAN(yx_token_key) struct yx_token_key *key = open_key(CONTAINER);
    expect_ok(yx_token_key_test(key, &err), &err); /* the key is the same */
    assert_true(
        yx_bytes_equal(yx_public_key_spki(made), yx_public_key_spki(yx_token_key_public(key))));
}

static void test_administrator_locks(void **state)
{
    (void)state;
    soft.pins.admin = "11111111";
    for (int i = 0; i < 10; i++)
        expect_status(yx_token_unlock_pin(&soft.setup, PLACE, &err), YX_REFUSED, &err);
    soft.pins.admin = "97531086";
    expect_status(yx_token_unlock_pin(&soft.setup, PLACE, &err), YX_REFUSED, &err);
    assert_true(look("skf:").admin_locked);
    expect_status(yx_token_change_pin(&soft.setup, PLACE, true, &err), YX_REFUSED, &err);
    /* The user's own is another matter. */
    soft.pins.new_user = "135790";
    expect_ok(yx_token_change_pin(&soft.setup, PLACE, false, &err), &err);
}

/* REQ: SEC-12, SEC-13 */
static void test_initial_pin(void **state)
{
    (void)state;
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    generate(&made);
    YX_CLEAN(yx_token_key) struct yx_token_key *first = open_key(CONTAINER);
    assert_true(yx_token_key_pin_initial(first));
    assert_true(look("skf:").initial);
    /* The same once more is no change. */
    expect_status(yx_token_change_pin(&soft.setup, PLACE, false, &err), YX_REFUSED, &err);
    soft.pins.new_user = "135790";
    expect_ok(yx_token_change_pin(&soft.setup, PLACE, false, &err), &err);
    assert_false(look("skf:").initial);
    soft.pins.user = "135790";
    YX_CLEAN(yx_token_key) struct yx_token_key *second = open_key(CONTAINER);
    assert_false(yx_token_key_pin_initial(second));
    /* Who unlocks it knows the PIN: it is an initial one again. */
    soft.pins.new_user = "864202";
    expect_ok(yx_token_unlock_pin(&soft.setup, PLACE, &err), &err);
    assert_true(look("skf:").initial);
    soft.pins.new_admin = "12121212";
    expect_ok(yx_token_change_pin(&soft.setup, PLACE, true, &err), &err);
    soft.pins.admin = "12121212";
    expect_ok(yx_token_unlock_pin(&soft.setup, PLACE, &err), &err);
}

static void test_tries_of_policy(void **state)
{
    (void)state;
    expect_ok(yx_token_init(&soft.setup, "skf:device=KEY;application=Three?pin-tries=3", "x", false,
                            &err),
              &err);
    assert_int_equal(look("skf:application=Three").user_tries, 3);
    expect_status(
        yx_token_init(&soft.setup, "skf:device=KEY;application=None?pin-tries=0", "x", false, &err),
        YX_USAGE, &err);
}

static void test_authentication_key(void **state)
{
    (void)state;
    char place[256];
    folder_write(&soft.folder, "wrong.key", YX_TEXT("8765432187654321\n"));
    folder_write(&soft.folder, "short.key", YX_TEXT("1234"));
    folder_write(&soft.folder, "right.key", YX_TEXT("1234567812345678\n"));
    static const struct {
        const char *name;
        yx_status want;
    } rows[] = {{"wrong.key", YX_IO},
                {"short.key", YX_USAGE},
                {"none.key", YX_NO_INPUT},
                {"right.key", YX_OK}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(place, sizeof place, "skf:device=KEY;application=New?auth-source=file:%s/%s",
                 soft.folder.path, rows[i].name);
        expect_status(yx_token_init(&soft.setup, place, "x", false, &err), rows[i].want, &err);
    }
}

/* --- Devices that come and go ------------------------------------------------------------ */

static void test_pulled_out(void **state)
{
    (void)state;
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    generate(&made);
    YX_CLEAN(yx_token_key) struct yx_token_key *key = open_key(CONTAINER);
    expect_ok(yx_token_key_test(key, &err), &err);
    expect_tool(&soft.folder, "mv KEY .away");
    expect_status(yx_token_key_test(key, &err), YX_IO, &err);
    assert_int_equal(look("skf:").tokens, 0);
    /* Back again, it signs without a PIN being asked for. */
    expect_tool(&soft.folder, "mv .away KEY");
    soft.pins.asked = 0;
    expect_ok(yx_token_key_test(key, &err), &err);
    assert_int_equal(soft.pins.asked, 0);
    /* Another in its place has other keys. */
    expect_tool(&soft.folder, "mv KEY .away && mkdir KEY");
    assert_int_not_equal(yx_token_key_test(key, &err), YX_OK);
    struct seen seen = look("skf:");
    assert_int_equal(seen.tokens, 1);
    assert_false(seen.initialised);
}

static void test_after_fork(void **state)
{
    (void)state;
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    generate(&made);
    YX_CLEAN(yx_token_key) struct yx_token_key *key = open_key(CONTAINER);
    pid_t child = fork();
    if (child == 0)
        _exit(yx_token_key_test(key, &err) == YX_OK ? 0 : 1);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    expect_ok(yx_token_key_test(key, &err), &err);
}

static void *sign_often(void *key)
{
    struct yx_error own;
    for (int i = 0; i < 10; i++)
        if (yx_token_key_test(key, &own) != YX_OK)
            return key;
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    pthread_t threads[4];
    generate(&made);
    YX_CLEAN(yx_token_key) struct yx_token_key *key = open_key(CONTAINER);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_often, key), 0);
    for (size_t i = 0; i < 4; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
}

/* Each process gives a wrong PIN twice; no count is lost. */
static void test_two_processes(void **state)
{
    (void)state;
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    pid_t children[3];
    generate(&made);
    soft.pins.user = "000000";
    for (size_t i = 0; i < 3; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            struct yx_token_key *key = NULL;
            for (int n = 0; n < 2; n++)
                if (yx_token_key_open(&soft.setup, CONTAINER, &key, &err) != YX_REFUSED)
                    _exit(1);
            _exit(0);
        }
    }
    for (size_t i = 0; i < 3; i++) {
        int status = -1;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(look("skf:").user_tries, 10 - 3 * 2);
}

int main(void)
{
#define WITH_DEVICE(test) cmocka_unit_test_setup_teardown(test, start, stop)
    const struct CMUnitTest tests[] = {
        WITH_DEVICE(test_sign),
        WITH_DEVICE(test_wishes_refused),
        WITH_DEVICE(test_two_keys_fit),
        WITH_DEVICE(test_two_certificates),
        WITH_DEVICE(test_import_key),
        WITH_DEVICE(test_envelopes_refused),
        WITH_DEVICE(test_ten_wrong_pins_lock),
        WITH_DEVICE(test_right_pin_resets),
        WITH_DEVICE(test_unlock),
        WITH_DEVICE(test_administrator_locks),
        WITH_DEVICE(test_initial_pin),
        WITH_DEVICE(test_tries_of_policy),
        WITH_DEVICE(test_authentication_key),
        WITH_DEVICE(test_pulled_out),
        WITH_DEVICE(test_after_fork),
        WITH_DEVICE(test_threads),
        WITH_DEVICE(test_two_processes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
