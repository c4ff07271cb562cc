/* SPDX-License-Identifier: Apache-2.0 */
/* test_key_file.c - private keys are written, read again, read from others, and refused. */
#include "support.h"

#include "crypto/crypto.h"
#include "hex.h"
#include "sm2_example.h"

#define NO_PASSPHRASE ((struct yx_bytes){NULL, 0})
#define ED25519_KEY "D75A980182B10AB7D54BFED3C964073A0EE172F3DAA62325AF021A68F707511A"

static const char *spki_text(const struct yx_private_key *key, char out[2048])
{
    yx_hex(yx_public_key_spki(yx_private_key_public(key)), out);
    return out;
}

/* --- Our own files ----------------------------------------------------------------------- */

static void round_trip(yx_key_type type)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_private_key) struct yx_private_key *again = NULL;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct yx_private_key *none = NULL;
    struct yx_bytes passphrase = YX_TEXT("口令 pass");
    expect_ok(yx_private_key_generate(type, 2048, &key, &err), &err);
    expect_ok(yx_private_key_write(key, passphrase, &file, &err), &err);
    assert_memory_equal(file.data, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", 38);
    expect_ok(yx_private_key_read(yx_buf_bytes(&file), passphrase, &again, &err), &err);
    char one[2048];
    char two[2048];
    assert_string_equal(spki_text(key, one), spki_text(again, two));

    expect_status(yx_private_key_read(yx_buf_bytes(&file), YX_TEXT("wrong"), &none, &err),
                  YX_REFUSED, &err);
    expect_status(yx_private_key_read(yx_buf_bytes(&file), NO_PASSPHRASE, &none, &err), YX_REFUSED,
                  &err);
    assert_null(none);
}

static void test_round_trips(void **state)
{
    (void)state;
    for (int type = YX_KEY_SM2; type <= YX_KEY_ED25519; type++)
        round_trip((yx_key_type)type);
}

static void test_costs_of_a_key_file(void **state)
{
    static const struct {
        struct yx_kdf_cost cost;
        yx_status status;
    } rows[] = {
        {{YX_KDF_SCRYPT, 1}, YX_OK},           {{YX_KDF_SCRYPT, 8}, YX_OK},
        {{YX_KDF_SCRYPT, 65}, YX_USAGE},       {{YX_KDF_PBKDF2, 0}, YX_OK},
        {{YX_KDF_PBKDF2, 100000}, YX_OK},      {{YX_KDF_PBKDF2, 99999}, YX_USAGE},
        {{YX_KDF_PBKDF2, 10000001}, YX_USAGE},
    };
    struct yx_error err = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    (void)state;
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &key, &err), &err);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        YX_CLEAN(yx_private_key) struct yx_private_key *again = NULL;
        expect_status(yx_private_key_write_with(key, YX_TEXT("pass"), &rows[i].cost, &file, &err),
                      rows[i].status, &err);
        if (rows[i].status == YX_OK)
            expect_ok(yx_private_key_read(yx_buf_bytes(&file), YX_TEXT("pass"), &again, &err),
                      &err);
    }
}

static void test_writing_needs_a_passphrase(void **state)
{
    (void)state;
    struct yx_error err = {0};
    char long_passphrase[1100];
    memset(long_passphrase, 'x', sizeof(long_passphrase));
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &key, &err), &err);
    expect_status(yx_private_key_write(key, NO_PASSPHRASE, &file, &err), YX_REFUSED, &err);
    expect_status(
        yx_private_key_write(key, YX_BYTES(long_passphrase, sizeof(long_passphrase)), &file, &err),
        YX_USAGE, &err);
    assert_int_equal(file.len, 0);
}

/* --- Plain structures, good and bad ------------------------------------------------------ */

#define D SM2_EXAMPLE_SECRET
#define POINT "04" SM2_EXAMPLE_X SM2_EXAMPLE_Y
#define OFF_POINT "04" SM2_EXAMPLE_Y SM2_EXAMPLE_X
#define SM2_CURVE "06082A811CCF5501822D"
#define P256_CURVE "06082A8648CE3D030107"
#define SEC1(curve, d) "3031 020101 0420" d "A00A" curve
#define SEC1_PUBLIC(curve, d, point) "3077 020101 0420" d "A00A" curve "A144034200" point
#define PKCS8(curve, d) "3041 020100 301306072A8648CE3D0201" curve "0427 3025 020101 0420" d
/* The order of the curve less 2, less 1, and itself (GB/T 32918.5) */
#define ORDER(last) "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D541" last
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define ED25519_SECRET "9D61B19DEFFD5A60BA844AF492EC2CC44449C5697B326919703BAC031CAE7F60"

static const struct {
    const char *what;
    const char *hex;
    yx_status status;
} plain[] = {
    {"SEC 1", SEC1(SM2_CURVE, D), YX_OK},
    {"SEC 1 with public key", SEC1_PUBLIC(SM2_CURVE, D, POINT), YX_OK},
    {"PKCS#8", PKCS8(SM2_CURVE, D), YX_OK},
    {"PKCS#8, the largest key", PKCS8(SM2_CURVE, ORDER("21")), YX_OK},
    {"PKCS#8, n - 1", PKCS8(SM2_CURVE, ORDER("22")), YX_DAMAGED},
    {"PKCS#8, n", PKCS8(SM2_CURVE, ORDER("23")), YX_DAMAGED},
    {"PKCS#8, 0", PKCS8(SM2_CURVE, ZERO), YX_DAMAGED},
    {"another public key", SEC1_PUBLIC(SM2_CURVE, D, OFF_POINT), YX_DAMAGED},
    {"the public key of another curve", SEC1_PUBLIC(P256_CURVE, D, POINT), YX_DAMAGED},
    {"SEC 1 without a curve", "3025 020101 0420" D, YX_REFUSED},
    {"SEC 1, unknown curve", "302E 020101 0420" D "A00706052B8104000A", YX_REFUSED},
    {"SEC 1, explicit parameters", "302A 020101 0420" D "A0033001 00", YX_REFUSED},
    {"SEC 1, version 2", "3031 020102 0420" D "A00A" SM2_CURVE, YX_DAMAGED},
    {"SEC 1, 33 octets", "3032 020101 0421 00" D "A00A" SM2_CURVE, YX_DAMAGED},
    {"SEC 1, 0 octets", "3011 020101 0400 A00A" SM2_CURVE, YX_DAMAGED},
    {"PKCS#8, two curves",
     "304D 020100 301306072A8648CE3D0201" P256_CURVE "0433" SEC1(SM2_CURVE, D), YX_DAMAGED},
    {"PKCS#8, version 2", "3041 020102 301306072A8648CE3D0201" SM2_CURVE "0427 3025 020101 0420" D,
     YX_DAMAGED},
    {"PKCS#8, bytes behind it", PKCS8(SM2_CURVE, D) "00", YX_DAMAGED},
    {"Ed25519", "302E020100 300506032B6570 04220420" ED25519_SECRET, YX_OK},
    {"Ed25519 with public key",
     "3051020101 300506032B6570 04220420" ED25519_SECRET "812100" ED25519_KEY, YX_OK},
    {"Ed25519 with another public key",
     "3051020101 300506032B6570 04220420" ED25519_SECRET "812100" D, YX_DAMAGED},
    {"Ed25519, 31 octets",
     "302D020100 300506032B6570 0421041F"
     "9D61B19DEFFD5A60BA844AF492EC2CC44449C5697B326919703BAC031CAE7F",
     YX_DAMAGED},
    {"X25519", "302E020100 300506032B656E 04220420" ED25519_SECRET, YX_REFUSED},
    {"RSA of more than two primes", "3006 020101 020100", YX_REFUSED},
    {"RSA, cut off", "3006 020100 020103", YX_DAMAGED},
    {"RSA, negative", "301B 020100 0201FF 020103 020103 020103 020103 020103 020103 020103",
     YX_DAMAGED},
    {"RSA, no key at all", "301B 020100 02010F 020103 020103 020103 020103 020103 020103 020103",
     YX_REFUSED},
    {"not a key", "3000", YX_DAMAGED},
    {"nothing", "", YX_DAMAGED},
    {"BER of no end", "3080", YX_DAMAGED},
};

static void test_plain_structures(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        struct yx_error err = {0};
        YX_CLEAN(yx_buf) struct yx_buf file = from_hex(plain[i].hex);
        YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
        yx_status status = yx_private_key_read(yx_buf_bytes(&file), NO_PASSPHRASE, &key, &err);
        if (status != plain[i].status)
            fail_msg("%s: status %d, expected %d (%s)", plain[i].what, (int)status,
                     (int)plain[i].status, err.message.text != NULL ? err.message.text : "");
    }
}

static void test_example_key_gives_its_public_key(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf file = from_hex(PKCS8(SM2_CURVE, D));
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    expect_ok(yx_private_key_read(yx_buf_bytes(&file), NO_PASSPHRASE, &key, &err), &err);
    assert_bytes(yx_public_key_spki(yx_private_key_public(key)), SM2_EXAMPLE_SPKI);
}

static void test_truncations_are_refused(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = from_hex(SEC1_PUBLIC(SM2_CURVE, D, POINT));
    for (size_t len = 0; len < file.len; len++) {
        struct yx_error err = {0};
        struct yx_private_key *key = NULL;
        YX_CLEAN(yx_buf) struct yx_buf cut = {0};
        assert_int_equal(yx_buf_append(&cut, YX_BYTES(file.data, len)), YX_OK);
        yx_status status = yx_private_key_read(yx_buf_bytes(&cut), NO_PASSPHRASE, &key, &err);
        expect_status(status, YX_DAMAGED, &err);
    }
}

/* --- PEM --------------------------------------------------------------------------------- */

/* PKCS#8 of the example key between lines with this label. */
static void append_pem(struct yx_buf *out, const char *label, const char *hex)
{
    YX_CLEAN(yx_buf) struct yx_buf der = from_hex(hex);
    assert_int_equal(yx_buf_printf(out, "-----BEGIN %s-----\n", label), YX_OK);
    assert_int_equal(yx_base64_encode(yx_buf_bytes(&der), out), YX_OK);
    assert_int_equal(yx_buf_printf(out, "\n-----END %s-----\n", label), YX_OK);
}

static void test_pem(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        const char *label;
        yx_status status;
    } cases[] = {
        {"", "PRIVATE KEY", YX_OK},
        {"", "EC PRIVATE KEY", YX_OK},
        {"", "SM2 PRIVATE KEY", YX_OK},
        {"Bag Attributes\n  friendlyName: x\n", "PRIVATE KEY", YX_OK},
        {"-----BEGIN EC PARAMETERS-----\nBggqgRzPVQGCLQ==\n-----END EC PARAMETERS-----\n",
         "EC PRIVATE KEY", YX_OK},
        {"", "CERTIFICATE", YX_DAMAGED},
        {"", "PUBLIC KEY", YX_DAMAGED},
        {"-----BEGIN PRIVATE KEY-----\n*\n-----END PRIVATE KEY-----\n", "X", YX_DAMAGED},
        {"-----BEGIN PRIVATE KEY-----\n", "X", YX_DAMAGED},
        {"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"
         "AAAA\n-----END EC PRIVATE KEY-----\n",
         "X", YX_REFUSED},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct yx_error err = {0};
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
        assert_int_equal(yx_buf_append_text(&file, cases[i].before), YX_OK);
        append_pem(&file, cases[i].label, PKCS8(SM2_CURVE, D));
        yx_status status = yx_private_key_read(yx_buf_bytes(&file), NO_PASSPHRASE, &key, &err);
        expect_status(status, cases[i].status, &err);
    }
}

static void test_a_huge_file_is_refused(void **state)
{
    (void)state;
    struct yx_error err = {0};
    struct yx_private_key *key = NULL;
    size_t len = 2 * 1024 * 1024;
    uint8_t *zeros = calloc(1, len);
    assert_non_null(zeros);
    yx_status status = yx_private_key_read(YX_BYTES(zeros, len), NO_PASSPHRASE, &key, &err);
    free(zeros);
    expect_status(status, YX_DAMAGED, &err);
}

/* --- Hostile encryption parameters ------------------------------------------------------- */

static void test_endless_work_is_refused(void **state)
{
    (void)state;
    /* PBES2 { PBKDF2 { salt, 2147483647 rounds }, AES-256-CBC }; the first one nests too deep */
    static const char *const files[] = {
        "30 26 30 22 06092A864886F70D01050D 3015 3013 3011 300F 300D 300B 3009 3007 3005 3003 "
        "020101"
        "0400",
        "305D 3049 06092A864886F70D01050D 303C 301B 06092A864886F70D01050C 300E 0404AABBCCDD"
        "02047FFFFFFF 0500 301D 060960864801650304012A 0410 00112233445566778899AABBCCDDEEFF"
        "0410 00112233445566778899AABBCCDDEEFF",
    };
    for (size_t i = 0; i < 2; i++) {
        struct yx_error err = {0};
        YX_CLEAN(yx_buf) struct yx_buf file = from_hex(files[i]);
        struct yx_private_key *key = NULL;
        yx_status status = yx_private_key_read(yx_buf_bytes(&file), YX_TEXT("x"), &key, &err);
        expect_status(status, i == 0 ? YX_DAMAGED : YX_REFUSED, &err);
        assert_string_equal(err.rule, i == 0 ? "RFC 8018" : "RFC 8018, iteration count");
    }
}

/* scrypt with N, r and p that each are small enough, but not together. */
static void test_endless_scrypt_is_refused(void **state)
{
    static const char *const file_text =
        /* PBES2 { scrypt { salt, N = 131072, r = 1, p = 131071 }, AES-256-CBC } */
        "3062304E06092A864886F70D01050D3041302006092B06010401DA47040B30130404AABBCCDD"
        "0203020000020101020301FFFF301D060960864801650304012A041000112233445566778899"
        "AABBCCDDEEFF041000112233445566778899AABBCCDDEEFF";
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf file = from_hex(file_text);
    struct yx_private_key *key = NULL;
    (void)state;
    expect_status(yx_private_key_read(yx_buf_bytes(&file), YX_TEXT("x"), &key, &err), YX_REFUSED,
                  &err);
    assert_string_equal(err.rule, "RFC 7914 2");
}

/* --- Files of others --------------------------------------------------------------------- */

static bool read_interop(const char *name, struct yx_buf *out)
{
    char path[512];
    struct yx_error err = {0};
    if (interop_path(path, name) == NULL)
        return false;
    expect_ok(yx_file_read(path, 1 << 20, out, &err), &err);
    return true;
}

static void test_old_pkcs12(void **state)
{
    (void)state;
    static const char *const names[] = {"seals/USER.p12", "seals/SealBuilder.p12"};
    for (size_t i = 0; i < 2; i++) {
        struct yx_error err = {0};
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        YX_CLEAN(yx_buf) struct yx_buf value = {0};
        YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
        struct yx_private_key *none = NULL;
        if (!read_interop(names[i], &file))
            skip();
        struct yx_bytes bytes = yx_buf_bytes(&file);
        expect_ok(yx_private_key_read(bytes, YX_TEXT("777777"), &key, &err), &err);
        const struct yx_public_key *half = yx_private_key_public(key);
        assert_int_equal(yx_public_key_type(half), YX_KEY_SM2);
        expect_ok(yx_private_key_sign(key, YX_SIG_SM2_SM3, YX_TEXT("m"), &value, &err), &err);
        expect_ok(
            yx_public_key_verify(half, YX_SIG_SM2_SM3, YX_TEXT("m"), yx_buf_bytes(&value), &err),
            &err);
        expect_status(yx_private_key_read(bytes, YX_TEXT("777778"), &none, &err), YX_REFUSED, &err);
        expect_status(yx_private_key_read(bytes, NO_PASSPHRASE, &none, &err), YX_REFUSED, &err);
    }
}

static void test_damaged_pkcs12(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    if (!read_interop("seals/USER.p12", &file))
        skip();
    for (size_t len = 0; len < file.len; len += 1 + len / 8) {
        struct yx_error err = {0};
        struct yx_private_key *key = NULL;
        yx_status status =
            yx_private_key_read(YX_BYTES(file.data, len), YX_TEXT("777777"), &key, &err);
        expect_status(status, YX_DAMAGED, &err);
    }
    for (size_t at = 40; at < file.len; at += 97) {
        struct yx_private_key *key = NULL;
        file.data[at] ^= 0x40;
        yx_status status = yx_private_key_read(yx_buf_bytes(&file), YX_TEXT("777777"), &key, NULL);
        assert_int_not_equal(status, YX_OK);
        file.data[at] ^= 0x40;
    }
}

/* PFX { 3, data { SEQUENCE {} }, MacData { DigestInfo, salt, 2147483647 } } */
static void test_pkcs12_of_endless_work(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(yx_buf)
    struct yx_buf hostile =
        from_hex("304B 020103 3011 06092A864886F70D010701 A004 0402 3000"
                 "3033 3021 3009 06052B0E03021A0500 0414 000102030405060708090A0B0C0D0E0F10111213"
                 "0408 0001020304050607 02047FFFFFFF");
    struct yx_private_key *key = NULL;
    yx_status status = yx_private_key_read(yx_buf_bytes(&hostile), YX_TEXT("777777"), &key, &err);
    expect_status(status, YX_REFUSED, &err);
    assert_string_equal(err.rule, "RFC 7292 4, iterations");
}

static void test_sec1_key_fits_its_certificate(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    YX_CLEAN(yx_buf) struct yx_buf certificate = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    if (!read_interop("seals/sign_key.pem", &file) || !read_interop("seals/sign_cert.pem", &pem))
        skip();
    expect_ok(yx_private_key_read(yx_buf_bytes(&file), NO_PASSPHRASE, &key, &err), &err);
    const char *begin = memmem(pem.data, pem.len, "-----BEGIN CERTIFICATE-----", 27);
    const char *end = memmem(pem.data, pem.len, "-----END", 8);
    assert_non_null(begin);
    assert_non_null(end);
    struct yx_bytes body = YX_BYTES(begin + 27, (size_t)(end - begin - 27));
    expect_ok(yx_base64_decode(body, &certificate, &err), &err);
    struct yx_bytes spki = yx_public_key_spki(yx_private_key_public(key));
    assert_non_null(memmem(certificate.data, certificate.len, spki.data, spki.len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_costs_of_a_key_file),
        cmocka_unit_test(test_writing_needs_a_passphrase),
        cmocka_unit_test(test_endless_scrypt_is_refused),
        cmocka_unit_test(test_plain_structures),
        cmocka_unit_test(test_example_key_gives_its_public_key),
        cmocka_unit_test(test_truncations_are_refused),
        cmocka_unit_test(test_pem),
        cmocka_unit_test(test_a_huge_file_is_refused),
        cmocka_unit_test(test_endless_work_is_refused),
        cmocka_unit_test(test_old_pkcs12),
        cmocka_unit_test(test_damaged_pkcs12),
        cmocka_unit_test(test_pkcs12_of_endless_work),
        cmocka_unit_test(test_sec1_key_fits_its_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
