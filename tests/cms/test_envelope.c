/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes in which keys reach their holders: closed and opened for every key type, by openssl
 * where it can, changed bit by bit, and refused. */
#include "support.h"

#include "cms/cms.h"
#include "pki.h"
#include "tools.h"

static struct folder folder;
static struct pki_person ca, sm2, other_sm2, rsa, p256, p384, ed25519;

static struct yx_bytes secret(void)
{
    return YX_TEXT("the key of a key, and a little more of it");
}

static void close_for(const struct pki_person *holder, struct yx_buf *out)
{
    struct yx_error err;
    out->len = 0;
    expect_ok(yx_envelope_make(holder->cert, secret(), out, &err), &err);
}

static yx_status open_by(const struct pki_person *holder, struct yx_bytes der, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf content = {0};
    yx_status status = yx_envelope_open(der, holder->cert, holder->key, &content, err);
    if (status == YX_OK && !yx_bytes_equal(yx_buf_bytes(&content), secret()))
        return YX_DAMAGED; /* CBC has no integrity: another content is no breach */
    return status;
}

static void test_every_key_type(void **state)
{
    (void)state;
    const struct pki_person *holders[] = {&sm2, &rsa, &p256, &p384};
    for (size_t i = 0; i < sizeof holders / sizeof *holders; i++) {
        struct yx_error err;
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        close_for(holders[i], &der);
        assert_null(memmem(der.data, der.len, "the key", 7));
        expect_ok(open_by(holders[i], yx_buf_bytes(&der), &err), &err);
    }
}

/* A private key of every type to the holder of every type. REQ: CA-28 */
static void test_keys(void **state)
{
    (void)state;
    const struct pki_person *holders[] = {&sm2, &rsa, &p256};
    const struct pki_person *keys[] = {&other_sm2, &rsa, &p384, &ed25519};
    for (size_t i = 0; i < sizeof holders / sizeof *holders; i++)
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
            struct yx_error err;
            YX_CLEAN(yx_buf) struct yx_buf der = {0};
            YX_CLEAN(yx_private_key) struct yx_private_key *out = NULL;
            expect_ok(yx_envelope_make_key(holders[i]->cert, keys[k]->key, &der, &err), &err);
            expect_ok(yx_envelope_open_key(yx_buf_bytes(&der), holders[i]->cert, holders[i]->key,
                                           &out, &err),
                      &err);
            assert_true(yx_bytes_equal(yx_public_key_spki(yx_private_key_public(out)),
                                       yx_public_key_spki(yx_private_key_public(keys[k]->key))));
        }
}

static void write_person(const struct pki_person *person)
{
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    YX_CLEAN(yx_buf) struct yx_buf key = {0};
    assert_int_equal(yx_pem_write("CERTIFICATE", yx_cert_der(person->cert), &pem), YX_OK);
    folder_write(&folder, "cert.pem", yx_buf_bytes(&pem));
    expect_ok(yx_private_key_write(person->key, YX_TEXT("word"), &key, &err), &err);
    folder_write(&folder, "key.pem", yx_buf_bytes(&key));
}

static void test_openssl_opens_and_closes(void **state)
{
    (void)state;
    const struct pki_person *holders[] = {&rsa, &p256, &p384};
    for (size_t i = 0; i < sizeof holders / sizeof *holders; i++) {
        struct yx_error err;
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        close_for(holders[i], &der);
        write_person(holders[i]);
        folder_write(&folder, "e.der", yx_buf_bytes(&der));
        expect_tool(&folder, "openssl cms -decrypt -inform DER -in e.der -recip cert.pem "
                             "-inkey key.pem -passin pass:word");
        expect_words(&folder, (const char *)secret().data);
        expect_tool(&folder, "openssl cms -cmsout -print -inform DER -in e.der");
        expect_words(&folder, i == 0 ? "rsaesOaep" : "dhSinglePass-stdDH-sha256kdf-scheme");
        expect_words(&folder, "aes-256-cbc");

        folder_write(&folder, "plain", secret());
        expect_tool(&folder,
                    "openssl cms -encrypt -binary -aes256 -outform DER -in plain -out e.der "
                    "-recip cert.pem %s",
                    i == 0 ? "-keyopt rsa_padding_mode:oaep" : "");
        folder_read(&folder, "e.der", &der);
        expect_ok(open_by(holders[i], yx_buf_bytes(&der), &err), &err);
    }
}

/* No bit of the envelope changes without being noticed, or the content changes with it. */
static void test_every_flip(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    close_for(&sm2, &der);
    for (size_t i = 0; i < der.len; i++) {
        struct yx_error err;
        der.data[i] ^= 0x10;
        yx_status status = open_by(&sm2, yx_buf_bytes(&der), &err);
        if (status != YX_DAMAGED && status != YX_REFUSED && status != YX_OK)
            fail_msg("octet %zu: status %d", i, (int)status);
        der.data[i] ^= 0x10;
    }
    for (size_t len = 0; len < der.len; len++) {
        struct yx_error err;
        expect_status(open_by(&sm2, YX_BYTES(der.data, len), &err), YX_DAMAGED, &err);
    }
}

static void test_refusals(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_buf) struct yx_buf content = {0};
    /* Nothing can be encrypted to Ed25519; nothing and too much is not taken. */
    expect_status(yx_envelope_make(ed25519.cert, secret(), &der, &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, "RFC 8410 5");
    expect_status(yx_envelope_make(sm2.cert, YX_BYTES(NULL, 0), &der, &err), YX_USAGE, &err);
    expect_status(
        yx_envelope_make(sm2.cert, YX_BYTES(secret().data, YX_ENVELOPE_MAX + 1), &der, &err),
        YX_USAGE, &err);
    assert_int_equal(der.len, 0);

    /* For somebody else: one sentence for both forms. */
    close_for(&sm2, &der);
    expect_status(open_by(&other_sm2, yx_buf_bytes(&der), &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, "RFC 5652 6");
    expect_status(open_by(&rsa, yx_buf_bytes(&der), &err), YX_REFUSED, &err);
    expect_status(yx_envelope_open(yx_buf_bytes(&der), sm2.cert, other_sm2.key, &content, &err),
                  YX_USAGE, &err);
    close_for(&p256, &der);
    expect_status(open_by(&p384, yx_buf_bytes(&der), &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, "RFC 5652 6");
    expect_status(open_by(&sm2, yx_buf_bytes(&der), &err), YX_REFUSED, &err);

    /* What is no key is not given out as one. */
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    close_for(&sm2, &der);
    expect_status(yx_envelope_open_key(yx_buf_bytes(&der), sm2.cert, sm2.key, &key, &err),
                  YX_DAMAGED, &err);
    assert_null(key);
    static uint8_t large[2 * YX_ENVELOPE_MAX + 1];
    expect_status(open_by(&sm2, YX_BYTES(large, sizeof large), &err), YX_DAMAGED, &err);
}

static int set_up(void **state)
{
    (void)state;
    struct yx_error err;
    static const struct {
        const char *name;
        yx_key_type type;
        struct pki_person *out;
    } people[] = {{"CN=sm2", YX_KEY_SM2, &sm2},    {"CN=other", YX_KEY_SM2, &other_sm2},
                  {"CN=rsa", YX_KEY_RSA, &rsa},    {"CN=p256", YX_KEY_P256, &p256},
                  {"CN=p384", YX_KEY_P384, &p384}, {"CN=ed", YX_KEY_ED25519, &ed25519}};
    folder_make(&folder);
    expect_ok(person_make("CN=Root,C=CN", NULL, YX_KEY_P256, &ca, &err), &err);
    for (size_t i = 0; i < sizeof people / sizeof *people; i++)
        expect_ok(person_make(people[i].name, &ca, people[i].type, people[i].out, &err), &err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    struct pki_person *all[] = {&ca, &sm2, &other_sm2, &rsa, &p256, &p384, &ed25519};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        pki_person_free(all[i]);
    folder_remove(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_key_type),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_openssl_opens_and_closes),
        cmocka_unit_test(test_every_flip),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
