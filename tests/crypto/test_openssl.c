/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_openssl.c - the openssl program as a second opinion: it checks our signatures and reads our
 * keys, and we check and read its. Skipped where the program is missing.
 */
#include "support.h"

#include "crypto/crypto.h"

#define PASSPHRASE "second opinion"
#define SM2_ID "-sigopt distid:1234567812345678"
#define MESSAGE "bytes that somebody signs"

/* --- A folder with the program at work in it --------------------------------------------- */

struct workshop {
    char folder[64];
};

static bool run(const struct workshop *shop, const char *command)
{
    char line[1200];
    snprintf(line, sizeof(line), "cd '%s' && { %s ; } >log 2>&1", shop->folder, command);
    return system(line) == 0;
}

static void must_run(const struct workshop *shop, const char *command)
{
    if (!run(shop, command))
        fail_msg("failed: %s", command);
}

static void path_of(const struct workshop *shop, const char *name, char out[128])
{
    snprintf(out, 128, "%s/%s", shop->folder, name);
}

static void load(const struct workshop *shop, const char *name, struct yx_buf *out)
{
    struct yx_error err = {0};
    char path[128];
    path_of(shop, name, path);
    out->len = 0;
    expect_ok(yx_file_read(path, 1 << 20, out, &err), &err);
}

static void save(const struct workshop *shop, const char *name, struct yx_bytes bytes)
{
    struct yx_error err = {0};
    char path[128];
    path_of(shop, name, path);
    expect_ok(yx_file_write(path, true, bytes, &err), &err);
}

static int open_workshop(void **state)
{
    static struct workshop shop;
    snprintf(shop.folder, sizeof(shop.folder), "/tmp/yx-openssl-XXXXXX");
    if (mkdtemp(shop.folder) == NULL)
        return -1;
    *state = &shop;
    return 0;
}

static int close_workshop(void **state)
{
    struct workshop *shop = *state;
    char line[128];
    snprintf(line, sizeof(line), "rm -rf '%s'", shop->folder);
    return system(line) == 0 ? 0 : -1;
}

/* Also puts the message there. */
static void require_openssl(const struct workshop *shop)
{
    if (!run(shop, "openssl version"))
        skip();
    save(shop, "message", YX_TEXT(MESSAGE));
}

/* --- Signatures -------------------------------------------------------------------------- */

static const struct {
    yx_key_type type;
    const char *generate;
    yx_signature_algorithm algorithm;
    const char *sign;   /* key.pem, message -> value */
    const char *verify; /* public.pem, message, value */
} signatures[] = {
    {YX_KEY_SM2, "EC -pkeyopt ec_paramgen_curve:SM2", YX_SIG_SM2_SM3,
     "dgst -sm3 -sign key.pem " SM2_ID " -out value message",
     "dgst -sm3 -verify public.pem " SM2_ID " -signature value message"},
    {YX_KEY_P256, "EC -pkeyopt ec_paramgen_curve:P-256", YX_SIG_ECDSA_SHA256,
     "dgst -sha256 -sign key.pem -out value message",
     "dgst -sha256 -verify public.pem -signature value message"},
    {YX_KEY_P384, "EC -pkeyopt ec_paramgen_curve:P-384", YX_SIG_ECDSA_SHA384,
     "dgst -sha384 -sign key.pem -out value message",
     "dgst -sha384 -verify public.pem -signature value message"},
    {YX_KEY_RSA, "RSA -pkeyopt rsa_keygen_bits:2048", YX_SIG_RSA_SHA256,
     "dgst -sha256 -sign key.pem -out value message",
     "dgst -sha256 -verify public.pem -signature value message"},
    {YX_KEY_ED25519, "ED25519", YX_SIG_ED25519,
     "pkeyutl -sign -rawin -inkey key.pem -in message -out value",
     "pkeyutl -verify -rawin -pubin -inkey public.pem -in message -sigfile value"},
};
#define SIGNATURE_COUNT (sizeof(signatures) / sizeof(signatures[0]))

static void run_openssl(const struct workshop *shop, const char *arguments)
{
    char command[400];
    snprintf(command, sizeof(command), "openssl %s", arguments);
    must_run(shop, command);
}

/* A key made by openssl, in key.pem. */
static struct yx_private_key *foreign_key(const struct workshop *shop, const char *generate)
{
    struct yx_error err = {0};
    struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    char command[200];
    snprintf(command, sizeof(command), "genpkey -out key.pem -algorithm %s", generate);
    run_openssl(shop, command);
    load(shop, "key.pem", &file);
    expect_ok(yx_private_key_read(yx_buf_bytes(&file), (struct yx_bytes){NULL, 0}, &key, &err),
              &err);
    return key;
}

static void test_we_verify_what_openssl_signs(void **state)
{
    const struct workshop *shop = *state;
    require_openssl(shop);
    for (size_t i = 0; i < SIGNATURE_COUNT; i++) {
        struct yx_error err = {0};
        YX_CLEAN(yx_private_key)
        struct yx_private_key *key = foreign_key(shop, signatures[i].generate);
        YX_CLEAN(yx_buf) struct yx_buf value = {0};
        assert_int_equal(yx_public_key_type(yx_private_key_public(key)), signatures[i].type);
        run_openssl(shop, signatures[i].sign);
        load(shop, "value", &value);
        expect_ok(yx_public_key_verify(yx_private_key_public(key), signatures[i].algorithm,
                                       YX_TEXT(MESSAGE), yx_buf_bytes(&value), &err),
                  &err);
    }
}

static void test_openssl_verifies_what_we_sign(void **state)
{
    const struct workshop *shop = *state;
    require_openssl(shop);
    for (size_t i = 0; i < SIGNATURE_COUNT; i++) {
        struct yx_error err = {0};
        YX_CLEAN(yx_private_key)
        struct yx_private_key *key = foreign_key(shop, signatures[i].generate);
        YX_CLEAN(yx_buf) struct yx_buf value = {0};
        struct yx_signer signer = yx_signer_borrow_key(key);
        expect_ok(signer.sign(signer.self, signatures[i].algorithm, YX_TEXT(MESSAGE), &value, &err),
                  &err);
        save(shop, "value", yx_buf_bytes(&value));
        run_openssl(shop, "pkey -in key.pem -pubout -out public.pem");
        run_openssl(shop, signatures[i].verify);
    }
}

/* OpenSSL's own default ID is the empty string: nobody in the field accepts it, nor do we. */
static void test_empty_id_is_refused(void **state)
{
    const struct workshop *shop = *state;
    require_openssl(shop);
    struct yx_error err = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = foreign_key(shop, signatures[0].generate);
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    run_openssl(shop, "dgst -sm3 -sign key.pem -out value message");
    load(shop, "value", &value);
    expect_status(yx_public_key_verify(yx_private_key_public(key), YX_SIG_SM2_SM3, YX_TEXT(MESSAGE),
                                       yx_buf_bytes(&value), &err),
                  YX_REFUSED, &err);
}

/* --- Keys -------------------------------------------------------------------------------- */

static void test_openssl_reads_our_keys(void **state)
{
    const struct workshop *shop = *state;
    require_openssl(shop);
    for (int type = YX_KEY_SM2; type <= YX_KEY_ED25519; type++) {
        struct yx_error err = {0};
        YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        YX_CLEAN(yx_buf) struct yx_buf spki = {0};
        expect_ok(yx_private_key_generate((yx_key_type)type, 2048, &key, &err), &err);
        expect_ok(yx_private_key_write(key, YX_TEXT(PASSPHRASE), &file, &err), &err);
        save(shop, "ours.pem", yx_buf_bytes(&file));
        must_run(shop, "openssl asn1parse -in ours.pem | grep -q scrypt");
        run_openssl(shop, "pkey -in ours.pem -passin 'pass:" PASSPHRASE
                          "' -pubout -outform DER -out spki.der");
        load(shop, "spki.der", &spki);
        assert_true(
            yx_bytes_equal(yx_buf_bytes(&spki), yx_public_key_spki(yx_private_key_public(key))));
    }
}

#define TO_PKCS8 "openssl pkcs8 -topk8 -in key.pem -passout 'pass:" PASSPHRASE "' -out theirs "
#define TO_P12 \
    "openssl pkcs12 -export -inkey key.pem -nocerts -passout 'pass:" PASSPHRASE "' -out theirs "
#define OLD "-provider legacy -provider default "

static const char sm2_key[] =
    "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out key.pem";
static const char rsa_key[] =
    "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem";

static const struct {
    const char *generate; /* key.pem */
    const char *convert;  /* key.pem -> theirs */
    const char *passphrase;
    yx_status status;
} forms[] = {
    {sm2_key, "cp key.pem theirs", "", YX_OK},
    {sm2_key, "openssl pkey -in key.pem -outform DER -out theirs", "", YX_OK},
    {sm2_key, "openssl ec -in key.pem -out theirs", "", YX_OK},
    {sm2_key, "openssl ec -in key.pem -outform DER -out theirs", "", YX_OK},
    {sm2_key, "openssl ec -in key.pem -no_public -out theirs", "", YX_OK},
    {sm2_key, TO_PKCS8, PASSPHRASE, YX_OK},
    {sm2_key, TO_PKCS8 "-outform DER", PASSPHRASE, YX_OK},
    {sm2_key, TO_PKCS8 "-scrypt", PASSPHRASE, YX_OK},
    {sm2_key, TO_PKCS8 "-v2 sm4-cbc -v2prf hmacWithSHA512", PASSPHRASE, YX_OK},
    {sm2_key, TO_PKCS8 "-v1 PBE-SHA1-3DES", PASSPHRASE, YX_OK},
    {sm2_key, TO_PKCS8 "-v1 PBE-MD5-DES " OLD, PASSPHRASE, YX_OK},
    {sm2_key, TO_PKCS8 "-v1 PBE-SHA1-RC2-40 " OLD, PASSPHRASE, YX_OK},
    {sm2_key, TO_PKCS8, "another", YX_REFUSED},
    {sm2_key, TO_PKCS8 "-iter 20000000", PASSPHRASE, YX_REFUSED},
    {sm2_key, TO_P12, PASSPHRASE, YX_OK},
    {sm2_key, TO_P12 "-legacy", PASSPHRASE, YX_OK},
    {sm2_key, TO_P12 "-nomac", PASSPHRASE, YX_OK},
    {sm2_key, TO_P12 "-keypbe NONE", PASSPHRASE, YX_OK},
    {sm2_key, TO_P12 "-passout pass:", "", YX_OK},
    {sm2_key, TO_P12, "another", YX_REFUSED},
    {rsa_key, "cp key.pem theirs", "", YX_OK},
    {rsa_key, "openssl rsa -in key.pem -traditional -out theirs", "", YX_OK},
    {rsa_key, TO_P12, PASSPHRASE, YX_OK},
    /* What we do not take */
    {sm2_key, "openssl ec -in key.pem -aes128 -passout 'pass:" PASSPHRASE "' -out theirs",
     PASSPHRASE, YX_REFUSED},
    {sm2_key, "openssl ec -in key.pem -param_enc explicit -out theirs", "", YX_REFUSED},
    {sm2_key, "openssl pkey -in key.pem -pubout -out theirs", "", YX_DAMAGED},
    {sm2_key,
     "openssl req -x509 -new -key key.pem -subj /CN=x -out c.pem && openssl pkcs12 -export "
     "-nokeys -in c.pem -passout 'pass:" PASSPHRASE "' -out theirs",
     PASSPHRASE, YX_REFUSED},
    {"openssl ecparam -name secp256k1 -genkey -noout -out key.pem", "cp key.pem theirs", "",
     YX_REFUSED},
    {"openssl genpkey -algorithm X25519 -out key.pem", "cp key.pem theirs", "", YX_REFUSED},
    {"openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out key.pem",
     "cp key.pem theirs", "", YX_REFUSED},
    {"openssl genrsa -out key.pem 768", "cp key.pem theirs", "", YX_REFUSED},
};

static void test_we_read_their_keys(void **state)
{
    const struct workshop *shop = *state;
    require_openssl(shop);
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct yx_error err = {0};
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        YX_CLEAN(yx_buf) struct yx_buf spki = {0};
        YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
        must_run(shop, forms[i].generate);
        must_run(shop, forms[i].convert);
        load(shop, "theirs", &file);
        yx_status status =
            yx_private_key_read(yx_buf_bytes(&file), YX_TEXT(forms[i].passphrase), &key, &err);
        if (status != forms[i].status)
            fail_msg("%s: status %d, expected %d: %s", forms[i].convert, (int)status,
                     (int)forms[i].status, err.message.text != NULL ? err.message.text : "");
        if (status != YX_OK)
            continue;
        run_openssl(shop, "pkey -in key.pem -pubout -outform DER -out spki.der");
        load(shop, "spki.der", &spki);
        assert_true(
            yx_bytes_equal(yx_buf_bytes(&spki), yx_public_key_spki(yx_private_key_public(key))));
    }
}

/* The private exponent no longer fits the modulus. */
static void test_rsa_numbers_that_do_not_fit(void **state)
{
    const struct workshop *shop = *state;
    require_openssl(shop);
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    must_run(shop, rsa_key);
    must_run(shop, "openssl rsa -in key.pem -traditional -outform DER -out theirs");
    load(shop, "theirs", &file);
    /* RSAPrivateKey: header 4, version 3, modulus 4 + 257, exponent 5, then the private exponent */
    for (size_t at = 4 + 3 + 4 + 257 + 5 + 4 + 100; at < file.len; at += 150) {
        struct yx_private_key *key = NULL;
        file.data[at] ^= 0x10;
        yx_status status =
            yx_private_key_read(yx_buf_bytes(&file), (struct yx_bytes){NULL, 0}, &key, &err);
        expect_status(status, YX_DAMAGED, &err);
        file.data[at] ^= 0x10;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_we_verify_what_openssl_signs),
        cmocka_unit_test(test_openssl_verifies_what_we_sign),
        cmocka_unit_test(test_empty_id_is_refused),
        cmocka_unit_test(test_openssl_reads_our_keys),
        cmocka_unit_test(test_we_read_their_keys),
        cmocka_unit_test(test_rsa_numbers_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, open_workshop, close_workshop);
}
