/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_token.c - authorities whose key lives on a token: PKCS#11 (SoftHSM), a USB key (GM/T 0016)
 * and a device of servers (GM/T 0018), both of software. The token is asked, refuses, goes away and
 * comes back; whatever it does, nothing is signed that is not on record.
 */
#include "support.h"

#include "soft_device.h"
#include "softhsm.h"

#include "publish/publish.h"

static struct yx_error err;

/* --- Tokens ------------------------------------------------------------------------------- */

struct token {
    struct folder *folder; /* of its own, gone after the test */
    char place[1024];      /* for ca.conf */
    const char *pin;
    const char *vanish;  /* a command in its folder; NULL: it cannot be taken away */
    const char *restore; /* NULL: the library finds it again in a new process only */
};

static struct hsm hsm;
static struct soft_device soft;

static bool start_pkcs11(struct token *token)
{
    const struct yx_token_new_key wish = {YX_KEY_P256, 0, "ca", {NULL, 0}};
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    YX_CLEAN(yx_buf) struct yx_buf place = {0};

    hsm_start(&hsm);
    if (hsm.module == NULL)
        return false;
    expect_ok(yx_token_init(&hsm.setup, "pkcs11:", "Authority", false, &err), &err);
    expect_ok(yx_token_generate(&hsm.setup, "pkcs11:token=Authority", &wish, &made, &place, &err),
              &err);
    *token = (struct token){
        .folder = &hsm.folder,
        .pin = hsm.user,
        .vanish = "mv tokens away && mkdir tokens",
    };
    (void)snprintf(token->place, sizeof token->place,
                   "pkcs11:token=Authority;object=ca?module-path=%s", hsm.module);
    return true;
}

static bool start_skf(struct token *token)
{
    const struct yx_token_new_key wish = {YX_KEY_SM2, 0, "ca", {NULL, 0}};
    const char *key = "skf:device=KEY;application=Authority";
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    YX_CLEAN(yx_buf) struct yx_buf place = {0};

    soft_device_start(&soft, "YINXIN_SOFTSKF_DIR", "libyinxin-softskf.so");
    expect_tool(&soft.folder, "mkdir KEY");
    expect_ok(yx_token_init(&soft.setup, key, "Authority", false, &err), &err);
    expect_ok(yx_token_generate(&soft.setup, key, &wish, &made, &place, &err), &err);
    *token = (struct token){
        .folder = &soft.folder,
        .pin = soft.pins.user,
        .vanish = "mv KEY .away",
        .restore = "mv .away KEY",
    };
    (void)snprintf(token->place, sizeof token->place, "%s;container=ca?module-path=%s", key,
                   soft.module);
    return true;
}

static bool start_sdf(struct token *token)
{
    char program[512];

    soft_device_start(&soft, "YINXIN_SOFTSDF_DIR", "libyinxin-softsdf.so");
    built_path(program, "../devices", "softsdf-keygen");
    expect_tool(&soft.folder, "echo s3cret-right | %s 1", program);
    *token = (struct token){.folder = &soft.folder, .pin = "s3cret-right"};
    (void)snprintf(token->place, sizeof token->place, "sdf:index=1?module-path=%s", soft.module);
    return true;
}

/* --- An authority on it ------------------------------------------------------------------- */

static yx_status make_authority(const struct token *token, const char *pin, char path[128])
{
    char settings[1200];
    struct yx_ca_init_request request = {
        .folder = path,
        .name = "CN=Token Root,O=Test,C=CN",
        .path_length = -1,
        .settings = settings,
        .passphrase = YX_TEXT(pin),
        .actor = "test",
    };

    (void)snprintf(path, 128, "%s/ca", token->folder->path);
    (void)snprintf(settings, sizeof settings, "key = \"%s\"\n", token->place);
    return yx_ca_init(&request, &err);
}

static yx_status issue(struct yx_ca *ca)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_ca_issue_request request = {
        .profile = yx_ca_profile_find(ca, "person"),
        .actor = "test",
    };
    yx_status status;

    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &key, &err), &err);
    expect_ok(yx_name_to_der("CN=x", &subject, &err), &err);
    request.subject = yx_buf_bytes(&subject);
    request.spki = yx_public_key_spki(yx_private_key_public(key));
    status = yx_ca_issue(ca, &request, &der, &err);
    assert_int_equal(der.len != 0, status == YX_OK);
    return status;
}

static bool count_states(void *self, const struct yx_ca_record *record)
{
    size_t *counts = self;

    counts[record->state]++;
    assert_int_equal(record->der.len != 0, record->state != YX_CA_RECORDED);
    return true;
}

static void expect_good(struct yx_ca *ca, size_t good)
{
    size_t counts[4] = {0};

    expect_ok(yx_ca_list(ca, -1, count_states, counts, &err), &err);
    assert_int_equal(counts[YX_CA_GOOD], good);
    assert_int_equal(counts[YX_CA_HELD] + counts[YX_CA_REVOKED], 0);
}

static yx_status make_crl(struct yx_ca *ca)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    const struct yx_crl_request request = {.actor = "test"};

    return yx_publish_crl(ca, &request, &der, &err);
}

/* --- What is tried ------------------------------------------------------------------------ */

static void expect_wrong_pin(const struct token *token)
{
    char path[128];

    expect_status(make_authority(token, "000000", path), YX_REFUSED, &err);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void expect_no_key_file(const struct token *token)
{
    expect_tool(token->folder, "test ! -e ca/ca.key && grep -q '^key' ca/ca.conf");
}

/* Signing fails and says so; what was begun stays recorded; afterwards it goes on. */
static void take_away(const struct token *token, struct yx_ca *ca)
{
    yx_status status;

    expect_good(ca, 1);
    expect_tool(token->folder, "%s", token->vanish);
    for (int i = 0; i < 3; i++) {
        status = issue(ca);
        assert_true(status == YX_NO_INPUT || status == YX_IO || status == YX_REFUSED);
        assert_non_null(err.message.text);
    }
    assert_int_not_equal(make_crl(ca), YX_OK);
    expect_good(ca, 1);
    if (token->restore == NULL)
        return;
    expect_tool(token->folder, "%s", token->restore);
    if (issue(ca) != YX_OK) { /* whoever lost its session may have to log in again */
        expect_ok(yx_ca_unlock(ca, YX_TEXT(token->pin), &err), &err);
        expect_ok(issue(ca), &err);
    }
    expect_good(ca, 2);
    expect_ok(make_crl(ca), &err);
}

static void walk(bool (*start)(struct token *token))
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    struct token token;
    char path[128];

    if (!start(&token))
        skip();
    expect_wrong_pin(&token);
    expect_ok(make_authority(&token, token.pin, path), &err);
    expect_no_key_file(&token);
    expect_ok(yx_ca_open(path, &ca, &err), &err);
    expect_status(issue(ca), YX_USAGE, &err);
    expect_status(yx_ca_unlock(ca, YX_TEXT("000000"), &err), YX_REFUSED, &err);
    expect_status(issue(ca), YX_USAGE, &err);
    expect_ok(yx_ca_unlock(ca, YX_TEXT(token.pin), &err), &err);
    expect_ok(yx_publish_prepare(ca, &err), &err);
    expect_ok(issue(ca), &err);
    expect_ok(make_crl(ca), &err);
    if (token.vanish != NULL)
        take_away(&token, ca);
    folder_remove(token.folder);
}

/* REQ: SEC-05, SEC-06 */
static void on_pkcs11(void **state)
{
    (void)state;
    walk(start_pkcs11);
}

/* REQ: SEC-05, SEC-06 */
static void on_a_usb_key(void **state)
{
    (void)state;
    walk(start_skf);
}

/* REQ: SEC-05, SEC-06 */
static void on_a_device(void **state)
{
    (void)state;
    walk(start_sdf);
}

/* Another token's key, or none of that name, does not open the authority. */
static void the_key_of_another(void **state)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    struct token token;
    char path[128], program[512];

    (void)state;
    assert_true(start_sdf(&token));
    built_path(program, "../devices", "softsdf-keygen");
    expect_tool(&soft.folder, "echo s3cret-right | %s 2", program);
    expect_ok(make_authority(&token, token.pin, path), &err);
    expect_tool(&soft.folder, "sed -i s/index=1/index=2/ ca/ca.conf");
    expect_ok(yx_ca_open(path, &ca, &err), &err);
    expect_status(yx_ca_unlock(ca, YX_TEXT(token.pin), &err), YX_DAMAGED, &err);
    expect_status(issue(ca), YX_USAGE, &err);
    yx_ca_free(ca);
    ca = NULL;
    expect_tool(&soft.folder, "sed -i s/index=2/index=3/ ca/ca.conf");
    expect_ok(yx_ca_open(path, &ca, &err), &err);
    expect_status(yx_ca_unlock(ca, YX_TEXT(token.pin), &err), YX_NO_INPUT, &err);
    folder_remove(token.folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_pkcs11),
        cmocka_unit_test(on_a_usb_key),
        cmocka_unit_test(on_a_device),
        cmocka_unit_test(the_key_of_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
