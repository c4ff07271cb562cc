/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_authority.c - what an SM2 authority makes before BouncyCastle (judge/Authority.java), and
 * what BouncyCastle makes before us. Skipped where there is no JDK or no BouncyCastle.
 */
#include "support.h"

#include <unistd.h>

#include "cms/cms.h"
#include "pki.h"
#include "tools.h"

#define JARS "/usr/share/java/bcprov.jar:/usr/share/java/bcpkix.jar:/usr/share/java/bcutil.jar"
#define POINT "http://ca.example/part.crl"
#define LIT(text) YX_BYTES("" text, sizeof(text) - 1)

static struct folder folder;
static struct pki_person ca, holder, twin; /* the twin's key travels to the holder */

static void issue(struct yx_cert_template *wanted, const char *subject, struct pki_person *out,
                  const char *file)
{
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_signer signer = pki_signer(&ca);
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &out->key, &err), &err);
    expect_ok(yx_name_to_der(subject, &name, &err), &err);
    wanted->subject = yx_buf_bytes(&name);
    wanted->spki = yx_public_key_spki(yx_private_key_public(out->key));
    wanted->not_before = yx_now() - YX_DAY;
    wanted->not_after = yx_now() + 100 * YX_DAY;
    wanted->path_length = -1;
    expect_ok(yx_cert_make(wanted, ca.cert, &signer, &der, &err), &err);
    expect_ok(yx_cert_from_der(yx_buf_bytes(&der), &out->cert, &err), &err);
    folder_write(&folder, file, yx_buf_bytes(&der));
}

static void make_holder(void)
{
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf first = {0};
    YX_CLEAN(yx_buf) struct yx_buf other = {0};
    YX_CLEAN(yx_buf) struct yx_buf key = {0};
    expect_ok(yx_oid_from_dotted(LIT("1.2.156.112559.1.7"), &first, &err), &err);
    expect_ok(yx_name_to_der("CN=别名,C=CN", &other, &err), &err);
    const struct yx_policy policies[] = {{yx_buf_bytes(&first), "http://ca.example/cps"},
                                         {yx_oid_der(YX_OID_ANY_POLICY), NULL}};
    const struct yx_general_name names[] = {{YX_NAME_DNS, LIT("a.seal.example")},
                                            {YX_NAME_EMAIL, LIT("li@seal.example")},
                                            {YX_NAME_URI, LIT("urn:seal:1")},
                                            {YX_NAME_IP, LIT("\x0A\x00\x00\x01")},
                                            {YX_NAME_DIRECTORY, yx_buf_bytes(&other)}};
    static const char *const urls[] = {POINT, "http://ca.example/again.crl", NULL};
    struct yx_cert_template wanted = {
        .serial = LIT("\x4A\x01"),
        .key_usage = YX_KU_DIGITAL_SIGNATURE,
        .alt_names = names,
        .alt_name_count = 5,
        .policies = policies,
        .policy_count = 2,
        .crl_urls = urls,
        .freshest_url = "http://ca.example/delta.crl",
        .identity = {.resident_card = "11010119900101123X",
                     .insurance = "1",
                     .ic_registration = "2",
                     .organization = "91110000100000001X",
                     .taxation = "4"},
    };
    issue(&wanted, "CN=持有者,O=测试,C=CN", &holder, "holder.der");
    expect_ok(yx_private_key_to_info(holder.key, &key, &err), &err);
    folder_write(&folder, "holder.key", yx_buf_bytes(&key));
}

static void make_constrained(void)
{
    struct yx_error err;
    YX_CLEAN(pki_person) struct pki_person sub = {0};
    YX_CLEAN(yx_buf) struct yx_buf country = {0};
    expect_ok(yx_name_to_der("C=CN", &country, &err), &err);
    const struct yx_general_name permitted[] = {{YX_NAME_DNS, LIT("seal.example")},
                                                {YX_NAME_EMAIL, LIT("seal.example")},
                                                {YX_NAME_DIRECTORY, yx_buf_bytes(&country)}};
    const struct yx_general_name excluded = {YX_NAME_DNS, LIT("secret.seal.example")};
    struct yx_cert_template wanted = {.serial = LIT("\x4A\x02"),
                                      .key_usage = YX_KU_KEY_CERT_SIGN | YX_KU_CRL_SIGN,
                                      .ca = true,
                                      .permitted = permitted,
                                      .permitted_count = 3,
                                      .excluded = &excluded,
                                      .excluded_count = 1};
    issue(&wanted, "CN=下级,C=CN", &sub, "sub.der");
}

static void make_crls(void)
{
    const struct yx_crl_entry hold = {LIT("\x4A\x01"), yx_now() - YX_DAY, YX_REASON_HOLD, 0};
    const struct yx_crl_entry release = {LIT("\x4A\x01"), yx_now() - YX_DAY, YX_REASON_REMOVE, 0};
    const struct yx_crl_entry revoked = {LIT("\x4A\x01"), yx_now() - YX_DAY, 1,
                                         yx_now() - 2 * YX_DAY};
    const struct {
        const char *file;
        struct yx_crl_template wanted;
    } crls[] = {
        {"full.crl", {.number = 7}},
        {"held.crl", {.number = 7, .entries = &hold, .entry_count = 1}},
        {"adds.crl",
         {.number = 8, .delta = true, .base = 7, .entries = &revoked, .entry_count = 1}},
        {"lets.crl",
         {.number = 8, .delta = true, .base = 7, .entries = &release, .entry_count = 1}},
        {"part.crl", {.number = 7, .point_url = POINT, .only_user_certs = true}},
        {"other.crl", {.number = 7, .point_url = "http://ca.example/other.crl"}},
        {"ca-only.crl", {.number = 7, .only_ca_certs = true}},
    };
    struct yx_signer signer = pki_signer(&ca);
    for (size_t i = 0; i < sizeof crls / sizeof *crls; i++) {
        struct yx_error err;
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        struct yx_crl_template wanted = crls[i].wanted;
        wanted.this_update = yx_now() - 60 * YX_SECOND;
        wanted.next_update = yx_now() + YX_DAY;
        expect_ok(yx_crl_make(&wanted, ca.cert, &signer, &der, &err), &err);
        folder_write(&folder, crls[i].file, yx_buf_bytes(&der));
    }
}

static void make_envelopes(void)
{
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf key = {0};
    YX_CLEAN(yx_buf) struct yx_buf data = {0};
    struct yx_bytes text = YX_TEXT("what only the holder may read");
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &twin.key, &err), &err);
    expect_ok(yx_sm2_envelope_make(twin.key, yx_private_key_public(holder.key), &key, &err), &err);
    expect_ok(yx_envelope_make(holder.cert, text, &data, &err), &err);
    folder_write(&folder, "key.env", yx_buf_bytes(&key));
    folder_write(&folder, "data.env", yx_buf_bytes(&data));
    folder_write(&folder, "data.txt", text);
}

static void open_what_came_back(void)
{
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf content = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    folder_read(&folder, "key-back.env", &file);
    expect_ok(yx_sm2_envelope_open(yx_buf_bytes(&file), holder.key, &key, &err), &err);
    assert_true(yx_bytes_equal(yx_public_key_spki(yx_private_key_public(key)),
                               yx_public_key_spki(yx_private_key_public(twin.key))));
    folder_read(&folder, "data-back.env", &file);
    expect_ok(yx_envelope_open(yx_buf_bytes(&file), holder.cert, holder.key, &content, &err), &err);
    assert_true(yx_bytes_are(yx_buf_bytes(&content), "what only the holder may read"));
}

static void test_judge(void **state)
{
    (void)state;
    struct yx_error err;
    struct pki_wish wish = {
        .name = "CN=根,O=测试,C=CN", .ca = true, .not_after = yx_now() + 400 * YX_DAY};
    if (access("/usr/share/java/bcpkix.jar", R_OK) != 0 || tool(&folder, "javac -version") != 0)
        skip();
    expect_ok(pki_person_make(&wish, NULL, &ca, &err), &err);
    folder_write(&folder, "ca.der", yx_cert_der(ca.cert));
    make_holder();
    make_constrained();
    make_crls();
    make_envelopes();
    expect_tool(&folder, "java -cp " JARS " %s/tests/interop/judge/Authority.java .",
                getenv("YX_SOURCE_ROOT"));
    static const char *const words[] = {"ok extensions", "ok crls", "ok deltas", "ok enveloped key",
                                        "ok enveloped data"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        expect_words(&folder, words[i]);
    open_what_came_back();
}

static int set_up(void **state)
{
    (void)state;
    folder_make(&folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pki_person_free(&ca);
    pki_person_free(&holder);
    pki_person_free(&twin);
    folder_remove(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_judge)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
