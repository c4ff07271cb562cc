/* SPDX-License-Identifier: Apache-2.0 */
/* Keys on PKCS#11 tokens, with SoftHSM: made, found, used, refused. */
#include "support.h"

#include <pthread.h>

#include "pki.h"
#include "softhsm.h"
#include "tools.h"

#if defined(__has_feature)
#define LEAKS_COUNT __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define LEAKS_COUNT 1
#else
#define LEAKS_COUNT 0
#endif

static struct hsm hsm;
static struct yx_error err;

static const struct yx_token_new_key keys[] = {
    {YX_KEY_RSA, 2048, "rsa", {NULL, 0}},
    {YX_KEY_P256, 0, "p256", {NULL, 0}},
    {YX_KEY_P384, 0, "p384", {NULL, 0}},
};
#define KEY_COUNT (sizeof keys / sizeof *keys)

static struct yx_token_key *open_key(const char *place)
{
    struct yx_token_key *key = NULL;

    expect_ok(yx_token_key_open(&hsm.setup, place, &key, &err), &err);
    return key;
}

static void expect_open(const char *place, yx_status want)
{
    struct yx_token_key *key = NULL;

    expect_status(yx_token_key_open(&hsm.setup, place, &key, &err), want, &err);
    assert_null(key);
}

static int start(void **state)
{
    (void)state;
    hsm_start(&hsm);
    if (hsm.module == NULL)
        return 0;
    expect_ok(yx_token_init(&hsm.setup, "pkcs11:", "Yinxin", false, &err), &err);
    for (size_t i = 0; i < KEY_COUNT; i++) {
        YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
        YX_CLEAN(yx_buf) struct yx_buf place = {0};

        expect_ok(
            yx_token_generate(&hsm.setup, "pkcs11:token=Yinxin", &keys[i], &made, &place, &err),
            &err);
        assert_int_equal(yx_public_key_type(made), keys[i].type);
        /* The place that comes back leads to the key. */
        YX_CLEAN(yx_token_key) struct yx_token_key *key = open_key((const char *)place.data);
        assert_true(
            yx_bytes_equal(yx_public_key_spki(made), yx_public_key_spki(yx_token_key_public(key))));
    }
    return 0;
}

static int stop(void **state)
{
    (void)state;
    folder_remove(&hsm.folder);
    return 0;
}

/* Without SoftHSM nothing can be said. */
#define NEEDS_HSM()             \
    do {                        \
        (void)state;            \
        if (hsm.module == NULL) \
            skip();             \
    } while (0)

/* --- Signing ------------------------------------------------------------------------------ */

static const struct {
    const char *label;
    yx_signature_algorithm algorithm;
} signatures[] = {
    {"rsa", YX_SIG_RSA_SHA256},     {"rsa", YX_SIG_RSA_SHA384},     {"rsa", YX_SIG_RSA_SHA512},
    {"rsa", YX_SIG_RSA_PSS_SHA256}, {"rsa", YX_SIG_RSA_PSS_SHA384}, {"rsa", YX_SIG_RSA_PSS_SHA512},
    {"p256", YX_SIG_ECDSA_SHA256},  {"p256", YX_SIG_ECDSA_SHA512},  {"p384", YX_SIG_ECDSA_SHA384},
};

static void sign_and_verify(struct yx_token_key *key, yx_signature_algorithm algorithm)
{
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    struct yx_signer signer = yx_token_key_signer(key);

    expect_ok(signer.sign(signer.self, algorithm, YX_TEXT("message"), &value, &err), &err);
    expect_ok(yx_public_key_verify(yx_token_key_public(key), algorithm, YX_TEXT("message"),
                                   yx_buf_bytes(&value), &err),
              &err);
}

static void test_every_algorithm_signs(void **state)
{
    NEEDS_HSM();
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        char place[64];
        YX_CLEAN(yx_token_key) struct yx_token_key *key = NULL;

        (void)snprintf(place, sizeof place, "pkcs11:token=Yinxin;object=%s", signatures[i].label);
        key = open_key(place);
        sign_and_verify(key, signatures[i].algorithm);
        expect_ok(yx_token_key_test(key, &err), &err);
    }
}

static void test_ed25519_when_the_token_has_it(void **state)
{
    const struct yx_token_new_key request = {YX_KEY_ED25519, 0, "ed", {NULL, 0}};
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    YX_CLEAN(yx_buf) struct yx_buf place = {0};
    YX_CLEAN(yx_token_key) struct yx_token_key *key = NULL;
    yx_status status;

    NEEDS_HSM();
    status = yx_token_generate(&hsm.setup, "pkcs11:token=Yinxin", &request, &made, &place, &err);
    if (status != YX_OK) { /* SoftHSM may be built without it: then it is a refusal */
        assert_int_equal(status, YX_REFUSED);
        skip();
    }
    key = open_key("pkcs11:token=Yinxin;object=ed");
    if (!LEAKS_COUNT) /* SoftHSM loses the name of the curve at every Ed25519 signature */
        sign_and_verify(key, YX_SIG_ED25519);
}

static void test_wrong_algorithms_are_refused(void **state)
{
    YX_CLEAN(yx_token_key) struct yx_token_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    struct yx_signer signer;

    NEEDS_HSM();
    key = open_key("pkcs11:token=Yinxin;object=rsa");
    signer = yx_token_key_signer(key);
    assert_int_equal(signer.algorithm, YX_SIG_RSA_SHA256);
    expect_status(signer.sign(signer.self, YX_SIG_SM2_SM3, YX_TEXT("m"), &value, &err), YX_USAGE,
                  &err);
    expect_status(signer.sign(signer.self, YX_SIG_RSA_SHA1, YX_TEXT("m"), &value, &err), YX_REFUSED,
                  &err);
    assert_int_equal(value.len, 0);
}

static void test_sm2_is_refused_by_name(void **state)
{
    const struct yx_token_new_key request = {YX_KEY_SM2, 0, "sm2", {NULL, 0}};
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    YX_CLEAN(yx_buf) struct yx_buf place = {0};

    NEEDS_HSM();
    expect_status(
        yx_token_generate(&hsm.setup, "pkcs11:token=Yinxin", &request, &made, &place, &err),
        YX_REFUSED, &err);
    assert_non_null(strstr(err.message.args, "SM2"));
}

static void *sign_often(void *self)
{
    struct yx_token_key *key = self;
    struct yx_signer signer = yx_token_key_signer(key);

    for (int i = 0; i < 20; i++) {
        YX_CLEAN(yx_buf) struct yx_buf value = {0};

        if (signer.sign(signer.self, signer.algorithm, YX_TEXT("m"), &value, NULL) != YX_OK ||
            yx_public_key_verify(yx_token_key_public(key), signer.algorithm, YX_TEXT("m"),
                                 yx_buf_bytes(&value), NULL) != YX_OK)
            return key;
    }
    return NULL;
}

static void test_threads_take_turns(void **state)
{
    YX_CLEAN(yx_token_key) struct yx_token_key *key = NULL;
    pthread_t threads[4];
    void *failed;

    NEEDS_HSM();
    key = open_key("pkcs11:token=Yinxin;object=p256");
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_often, key), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
}

static void test_a_child_signs_too(void **state)
{
    YX_CLEAN(yx_token_key) struct yx_token_key *key = NULL;
    int status;
    pid_t child;

    NEEDS_HSM();
    key = open_key("pkcs11:token=Yinxin;object=p256");
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(sign_often(key) == NULL ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_null(sign_often(key));
}

/* All sessions of the process are closed behind the key's back: it opens its own anew. */
static void test_a_lost_session_is_opened_again(void **state)
{
    YX_CLEAN(yx_token_key) struct yx_token_key *key = NULL;
    unsigned asked;

    NEEDS_HSM();
    key = open_key("pkcs11:token=Yinxin;object=p256");
    asked = hsm.asked;
    expect_status(yx_token_init(&hsm.setup, "pkcs11:token=Yinxin", "Yinxin", true, &err),
                  YX_REFUSED, &err); /* in use: nothing is erased */
    hsm.asked = asked;
    expect_ok(yx_token_key_test(key, &err), &err);
    assert_int_equal(hsm.asked, asked);
}

/* --- Finding ------------------------------------------------------------------------------ */

static void test_refusals_of_opening(void **state)
{
    NEEDS_HSM();
    expect_open("pkcs11:token=Nobody;object=rsa", YX_NO_INPUT);
    expect_open("pkcs11:token=Yinxin;object=nothing", YX_NO_INPUT);
    expect_open("pkcs11:token=Yinxin;id=%01", YX_NO_INPUT);
    expect_open("pkcs11:token=Yinxin", YX_REFUSED); /* several keys */
    expect_open("pkcs11:token=Yinxin;object=rsa;type=cert", YX_USAGE);
    expect_open("pkcs11:token=Yinxin;object=rsa?module-path=/nowhere/x.so", YX_NO_INPUT);
    expect_open("pkcs11:object=rsa?module-path=/etc/passwd", YX_NO_INPUT);
    expect_open("pkcs11:object=rsa?module-path=libcrypto.so.3", YX_REFUSED);
    expect_open("pkcs11:token=Yinxin;object=rsa?pin-value=123456", YX_REFUSED);
}

static void test_pins(void **state)
{
    char place[256];

    NEEDS_HSM();
    hsm.user = "654321";
    expect_open("pkcs11:token=Yinxin;object=rsa", YX_REFUSED);
    assert_non_null(strstr(err.message.text, "wrong"));
    hsm.user = NULL;
    expect_open("pkcs11:token=Yinxin;object=rsa", YX_REFUSED);
    hsm.setup.pin.ask = NULL;
    expect_open("pkcs11:token=Yinxin;object=rsa", YX_REFUSED);
    folder_write(&hsm.folder, "pin", YX_TEXT("123456\r\nanother line\n"));
    folder_write(&hsm.folder, "empty", YX_TEXT("\n"));
    (void)snprintf(place, sizeof place, "pkcs11:token=Yinxin;object=rsa?pin-source=file:%s/pin",
                   hsm.folder.path);
    yx_token_key_free(open_key(place));
    (void)snprintf(place, sizeof place, "pkcs11:token=Yinxin;object=rsa?pin-source=file://%s/pin",
                   hsm.folder.path);
    yx_token_key_free(open_key(place));
    (void)snprintf(place, sizeof place, "pkcs11:token=Yinxin;object=rsa?pin-source=%s/empty",
                   hsm.folder.path);
    expect_open(place, YX_USAGE);
    expect_open("pkcs11:token=Yinxin;object=rsa?pin-source=%7Ccat%20pin", YX_REFUSED);
    expect_open("pkcs11:token=Yinxin;object=rsa?pin-source=file:", YX_USAGE);
    expect_open("pkcs11:token=Yinxin;object=rsa?pin-source=/nowhere", YX_NO_INPUT);
    hsm.setup.pin.ask = hsm_ask;
    hsm.user = "123456";
    yx_token_key_free(open_key("pkcs11:token=Yinxin;object=rsa"));
}

static void test_pins_are_changed_and_unlocked(void **state)
{
    NEEDS_HSM();
    hsm.new_user = "abcdef";
    expect_ok(yx_token_change_pin(&hsm.setup, "pkcs11:token=Yinxin", false, &err), &err);
    expect_open("pkcs11:token=Yinxin;object=rsa", YX_REFUSED);
    expect_status(yx_token_change_pin(&hsm.setup, "pkcs11:token=Yinxin", false, &err), YX_REFUSED,
                  &err);
    hsm.new_user = "123456";
    expect_ok(yx_token_unlock_pin(&hsm.setup, "pkcs11:token=Yinxin", &err), &err);
    yx_token_key_free(open_key("pkcs11:token=Yinxin;object=rsa"));
    hsm.new_admin = "11223344";
    expect_ok(yx_token_change_pin(&hsm.setup, "pkcs11:token=Yinxin", true, &err), &err);
    expect_status(yx_token_unlock_pin(&hsm.setup, "pkcs11:token=Yinxin", &err), YX_REFUSED, &err);
    hsm.admin = "11223344";
    hsm.new_user = "1";
    expect_status(yx_token_unlock_pin(&hsm.setup, "pkcs11:token=Yinxin", &err), YX_REFUSED, &err);
    hsm.new_user = "123456";
    expect_ok(yx_token_unlock_pin(&hsm.setup, "pkcs11:token=Yinxin", &err), &err);
}

static void test_a_token_is_not_erased_by_accident(void **state)
{
    NEEDS_HSM();
    expect_status(yx_token_init(&hsm.setup, "pkcs11:token=Yinxin", "Other", false, &err),
                  YX_REFUSED, &err);
    expect_status(yx_token_init(&hsm.setup, "pkcs11:token=Nobody", "Other", true, &err),
                  YX_NO_INPUT, &err);
    expect_status(yx_token_init(&hsm.setup, "pkcs11:", "", false, &err), YX_USAGE, &err);
    expect_status(
        yx_token_init(&hsm.setup, "pkcs11:", "0123456789012345678901234567890123", false, &err),
        YX_USAGE, &err);
    /* A second one, and two fit the place. */
    expect_ok(yx_token_init(&hsm.setup, "pkcs11:", "Second", false, &err), &err);
    expect_open("pkcs11:object=rsa", YX_REFUSED);
    yx_token_key_free(open_key("pkcs11:token=Yinxin;object=rsa"));
    expect_ok(yx_token_init(&hsm.setup, "pkcs11:token=Second", "Third", true, &err), &err);
    expect_open("pkcs11:token=Second;object=rsa", YX_NO_INPUT);
}

/* --- Importing, listing, deleting --------------------------------------------------------- */

static const yx_key_type imported[] = {YX_KEY_RSA, YX_KEY_P256, YX_KEY_P384};

struct seen {
    unsigned tokens, keys, certs;
    bool has_named;
};

static yx_status see_token(void *self, const struct yx_token_info *info, struct yx_error *error)
{
    struct seen *seen = self;

    (void)error;
    seen->tokens += info->initialised ? 1 : 0;
    assert_non_null(strstr(info->place, "pkcs11:"));
    return YX_OK;
}

static yx_status see_object(void *self, const struct yx_token_object *object,
                            struct yx_error *error)
{
    struct seen *seen = self;

    (void)error;
    seen->keys += object->kind == YX_TOKEN_KEY ? 1 : 0;
    seen->certs += object->kind == YX_TOKEN_CERT ? 1 : 0;
    if (strcmp(object->label, "imported") == 0)
        seen->has_named = true;
    return YX_OK;
}

static struct seen look(bool log_in)
{
    struct seen seen = {0};
    const struct yx_token_visitor visitor = {see_token, see_object, &seen};

    expect_ok(yx_token_list(&hsm.setup, "pkcs11:token=Yinxin", log_in, &visitor, &err), &err);
    return seen;
}

static void import_and_use(yx_key_type type)
{
    static const struct yx_token_new_key request = {.label = "imported"};
    YX_CLEAN(pki_person) struct pki_person person = {0};
    YX_CLEAN(pki_person) struct pki_person stranger = {0};
    YX_CLEAN(yx_buf) struct yx_buf place = {0};
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    struct seen before = look(true), after;

    expect_ok(pki_person_make(&(struct pki_wish){.name = "CN=Holder,C=CN", .type = type}, NULL,
                              &person, &err),
              &err);
    expect_ok(pki_person_make(&(struct pki_wish){.name = "CN=Other,C=CN", .type = type}, NULL,
                              &stranger, &err),
              &err);
    expect_ok(
        yx_token_import_key(&hsm.setup, "pkcs11:token=Yinxin", &request, person.key, &place, &err),
        &err);
    expect_status(yx_token_import_cert(&hsm.setup, "pkcs11:token=Yinxin", stranger.cert, &err),
                  YX_REFUSED, &err);
    expect_ok(yx_token_import_cert(&hsm.setup, "pkcs11:token=Yinxin", person.cert, &err), &err);
    {
        YX_CLEAN(yx_token_key) struct yx_token_key *key = open_key((const char *)place.data);

        assert_true(yx_bytes_equal(yx_public_key_spki(yx_private_key_public(person.key)),
                                   yx_public_key_spki(yx_token_key_public(key))));
        assert_int_equal(yx_token_key_cert_count(key), 1);
        assert_true(
            yx_bytes_equal(yx_cert_der(yx_token_key_cert(key, 0)), yx_cert_der(person.cert)));
        assert_null(yx_token_key_cert(key, 1));
        sign_and_verify(key, yx_signature_default(type));
    }
    expect_ok(yx_token_cert_read(&hsm.setup, "pkcs11:token=Yinxin;object=imported;type=cert", &cert,
                                 &err),
              &err);
    after = look(true);
    assert_int_equal(after.keys, before.keys + 1);
    assert_int_equal(after.certs, before.certs + 1);
    assert_true(after.has_named);
    assert_int_equal(look(false).keys, after.keys); /* by their public halves */
    expect_status(yx_token_delete(&hsm.setup, "pkcs11:token=Yinxin;object=imported", &err),
                  YX_USAGE, &err);
    expect_ok(yx_token_delete(&hsm.setup, (const char *)place.data, &err), &err);
    expect_ok(yx_token_delete(&hsm.setup, "pkcs11:token=Yinxin;object=imported;type=cert", &err),
              &err);
    expect_status(yx_token_delete(&hsm.setup, (const char *)place.data, &err), YX_NO_INPUT, &err);
    assert_int_equal(look(false).keys, before.keys);
}

static void test_keys_are_imported_and_deleted(void **state)
{
    NEEDS_HSM();
    for (size_t i = 0; i < sizeof imported / sizeof *imported; i++)
        import_and_use(imported[i]);
}

static void test_refusals_of_making(void **state)
{
    static const struct yx_token_new_key wrong[] = {
        {YX_KEY_NONE, 0, "x", {NULL, 0}},    {YX_KEY_RSA, 1024, "x", {NULL, 0}},
        {YX_KEY_P256, 0, "", {NULL, 0}},     {YX_KEY_P256, 0, NULL, {NULL, 0}},
        {YX_KEY_P256, 0, "\xff", {NULL, 0}},
    };
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    YX_CLEAN(yx_buf) struct yx_buf place = {0};

    NEEDS_HSM();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect_status(
            yx_token_generate(&hsm.setup, "pkcs11:token=Yinxin", &wrong[i], &made, &place, &err),
            YX_USAGE, &err);
    expect_status(yx_token_cert_read(&hsm.setup, "pkcs11:token=Yinxin;type=private",
                                     &(struct yx_cert *){NULL}, &err),
                  YX_USAGE, &err);
    expect_status(yx_token_cert_read(&hsm.setup, "pkcs11:token=Yinxin;object=none",
                                     &(struct yx_cert *){NULL}, &err),
                  YX_NO_INPUT, &err);
}

/* Two keys with one label are told apart by id alone. */
static void test_two_with_one_label(void **state)
{
    const struct yx_token_new_key twins[] = {{YX_KEY_P256, 0, "twin", {(const uint8_t *)"1", 1}},
                                             {YX_KEY_P256, 0, "twin", {(const uint8_t *)"2", 1}}};

    NEEDS_HSM();
    for (size_t i = 0; i < 2; i++) {
        YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
        YX_CLEAN(yx_buf) struct yx_buf place = {0};

        expect_ok(
            yx_token_generate(&hsm.setup, "pkcs11:token=Yinxin", &twins[i], &made, &place, &err),
            &err);
    }
    expect_open("pkcs11:token=Yinxin;object=twin", YX_REFUSED);
    yx_token_key_free(open_key("pkcs11:token=Yinxin;object=twin;id=%32"));
}

/* --- Files -------------------------------------------------------------------------------- */

static void test_a_file_is_a_key_too(void **state)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    YX_CLEAN(yx_token_key) struct yx_token_key *opened = NULL;
    char path[128];

    (void)state;
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &key, &err), &err);
    expect_ok(yx_private_key_write(key, YX_TEXT("secret"), &pem, &err), &err);
    folder_write(&hsm.folder, "sm2.key", yx_buf_bytes(&pem));
    (void)snprintf(path, sizeof path, "%s/sm2.key", hsm.folder.path);
    hsm.file = "wrong";
    expect_open(path, YX_REFUSED);
    hsm.file = "secret";
    opened = open_key(path);
    assert_int_equal(yx_token_key_cert_count(opened), 0);
    sign_and_verify(opened, YX_SIG_SM2_SM3);
    expect_ok(yx_token_key_test(opened, &err), &err);
    expect_open("/nowhere/x.key", YX_NO_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_algorithm_signs),
        cmocka_unit_test(test_ed25519_when_the_token_has_it),
        cmocka_unit_test(test_wrong_algorithms_are_refused),
        cmocka_unit_test(test_sm2_is_refused_by_name),
        cmocka_unit_test(test_threads_take_turns),
        cmocka_unit_test(test_a_child_signs_too),
        cmocka_unit_test(test_a_lost_session_is_opened_again),
        cmocka_unit_test(test_refusals_of_opening),
        cmocka_unit_test(test_pins),
        cmocka_unit_test(test_pins_are_changed_and_unlocked),
        cmocka_unit_test(test_a_token_is_not_erased_by_accident),
        cmocka_unit_test(test_keys_are_imported_and_deleted),
        cmocka_unit_test(test_refusals_of_making),
        cmocka_unit_test(test_two_with_one_label),
        cmocka_unit_test(test_a_file_is_a_key_too),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
