/* SPDX-License-Identifier: Apache-2.0 */
/* SM2 encryption and the SM2EnvelopedKey of GB/T 35276: there and back, the forms of the field, and
 * what is refused. */
#include "support.h"

#include "crypto/crypto.h"

static struct yx_private_key *key, *holder, *other, *rsa;

/* --- SM2Cipher --------------------------------------------------------------------------- */

static void test_cipher(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, 16, 32, 33, YX_SM2_PLAIN_MAX};
    static uint8_t plain[YX_SM2_PLAIN_MAX + 1];
    struct yx_error err;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        YX_CLEAN(yx_buf) struct yx_buf cipher = {0};
        YX_CLEAN(yx_buf) struct yx_buf out = {0};
        struct yx_bytes bytes = YX_BYTES(plain, lengths[i]);
        expect_ok(yx_random(plain, sizeof plain, &err), &err);
        expect_ok(yx_sm2_cipher_make(yx_private_key_public(holder), bytes, &cipher, &err), &err);
        expect_ok(yx_sm2_cipher_open(holder, yx_buf_bytes(&cipher), &out, &err), &err);
        assert_true(yx_bytes_equal(yx_buf_bytes(&out), bytes));
        expect_status(yx_sm2_cipher_open(other, yx_buf_bytes(&cipher), &out, &err), YX_REFUSED,
                      &err);
        assert_string_equal(err.rule, "GB/T 32918.4");
    }
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    const struct yx_public_key *public_key = yx_private_key_public(holder);
    expect_status(yx_sm2_cipher_make(public_key, YX_BYTES(plain, 0), &out, &err), YX_USAGE, &err);
    expect_status(yx_sm2_cipher_make(public_key, YX_BYTES(plain, sizeof plain), &out, &err),
                  YX_USAGE, &err);
    expect_status(yx_sm2_cipher_make(yx_private_key_public(rsa), YX_BYTES(plain, 1), &out, &err),
                  YX_USAGE, &err);
    expect_status(yx_sm2_cipher_open(rsa, YX_BYTES(plain, 1), &out, &err), YX_USAGE, &err);
    assert_int_equal(out.len, 0);
}

static void test_damaged_ciphers(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf cipher = {0};
    struct yx_error err;
    expect_ok(yx_sm2_cipher_make(yx_private_key_public(holder), YX_BYTES("0123456789ABCDEF", 16),
                                 &cipher, &err),
              &err);
    for (size_t i = 0; i < cipher.len; i++) {
        YX_CLEAN(yx_buf) struct yx_buf out = {0};
        cipher.data[i] ^= 1;
        yx_status status = yx_sm2_cipher_open(holder, yx_buf_bytes(&cipher), &out, &err);
        if (status != YX_DAMAGED && status != YX_REFUSED)
            fail_msg("octet %zu: status %d", i, (int)status);
        cipher.data[i] ^= 1;
    }
    for (size_t len = 0; len < cipher.len; len++) {
        YX_CLEAN(yx_buf) struct yx_buf out = {0};
        expect_status(yx_sm2_cipher_open(holder, YX_BYTES(cipher.data, len), &out, &err),
                      YX_DAMAGED, &err);
    }
}

/* --- SM2EnvelopedKey --------------------------------------------------------------------- */

static void make(struct yx_buf *out)
{
    struct yx_error err;
    out->len = 0;
    expect_ok(yx_sm2_envelope_make(key, yx_private_key_public(holder), out, &err), &err);
}

static yx_status open_with(const struct yx_private_key *with, struct yx_bytes der,
                           struct yx_error *err)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *out = NULL;
    yx_status status = yx_sm2_envelope_open(der, with, &out, err);
    assert_true((status == YX_OK) == (out != NULL));
    if (status == YX_OK)
        assert_true(yx_bytes_equal(yx_public_key_spki(yx_private_key_public(out)),
                                   yx_public_key_spki(yx_private_key_public(key))));
    return status;
}

static void test_envelope(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_buf) struct yx_buf info = {0};
    struct yx_error err;
    make(&der);
    expect_ok(open_with(holder, yx_buf_bytes(&der), &err), &err);
    expect_status(open_with(other, yx_buf_bytes(&der), &err), YX_REFUSED, &err);
    expect_status(open_with(rsa, yx_buf_bytes(&der), &err), YX_USAGE, &err);
    /* The private key does not show. */
    expect_ok(yx_private_key_to_info(key, &info, &err), &err);
    assert_non_null(memmem(info.data, info.len, "\x02\x01\x01\x04\x20", 5));
    const uint8_t *scalar = memmem(info.data, info.len, "\x02\x01\x01\x04\x20", 5);
    assert_null(memmem(der.data, der.len, scalar + 5, 32));

    expect_status(yx_sm2_envelope_make(rsa, yx_private_key_public(holder), &der, &err), YX_USAGE,
                  &err);
    expect_status(yx_sm2_envelope_make(key, yx_private_key_public(rsa), &der, &err), YX_USAGE,
                  &err);
}

/* Takes the envelope apart and writes it in another form. */
struct parts {
    struct yx_bytes cipher, point, wrapped;
};

static struct parts take_apart(struct yx_bytes bytes)
{
    struct yx_der whole = yx_der_reader(bytes, "x"), der;
    struct parts parts;
    assert_int_equal(yx_der_enter(&whole, YX_DER_SEQUENCE, &der, NULL), YX_OK);
    assert_int_equal(yx_der_get(&der, YX_DER_SEQUENCE, NULL, NULL), YX_OK);
    assert_int_equal(yx_der_any(&der, NULL, NULL, &parts.cipher, NULL), YX_OK);
    assert_int_equal(yx_der_bit_string(&der, &parts.point, NULL), YX_OK);
    assert_int_equal(yx_der_bit_string(&der, &parts.wrapped, NULL), YX_OK);
    return parts;
}

static void write_form(struct yx_bytes algorithm, const struct parts *parts, struct yx_buf *out)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t sequence = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, algorithm);
    yx_der_put_raw(&w, parts->cipher);
    yx_der_put_bit_string(&w, parts->point);
    yx_der_put_bit_string(&w, parts->wrapped);
    yx_der_close(&w, sequence);
    out->len = 0;
    assert_int_equal(yx_der_finish(&w, out, NULL), YX_OK);
}

#define SM4_BARE YX_BYTES("\x06\x07\x2A\x81\x1C\xCF\x55\x01\x68", 9)
#define SM4_ALONE YX_BYTES("\x30\x09\x06\x07\x2A\x81\x1C\xCF\x55\x01\x68", 11)
#define SM4_CBC YX_BYTES("\x30\x0A\x06\x08\x2A\x81\x1C\xCF\x55\x01\x68\x02", 12)

static void test_forms(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_buf) struct yx_buf form = {0};
    struct yx_error err;
    make(&der);
    struct parts good = take_apart(yx_buf_bytes(&der)), bad;
    write_form(SM4_BARE, &good, &form);
    expect_ok(open_with(holder, yx_buf_bytes(&form), &err), &err);
    write_form(SM4_ALONE, &good, &form);
    expect_ok(open_with(holder, yx_buf_bytes(&form), &err), &err);
    write_form(SM4_CBC, &good, &form);
    expect_status(open_with(holder, yx_buf_bytes(&form), &err), YX_REFUSED, &err);

    /* Another public key beside the private one; lengths that are none; a shorter point. */
    struct yx_bytes spki = yx_public_key_spki(yx_private_key_public(other));
    bad = good;
    bad.point = YX_BYTES(spki.data + spki.len - 65, 65);
    write_form(SM4_ALONE, &bad, &form);
    expect_status(open_with(holder, yx_buf_bytes(&form), &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, "GB/T 35276, SM2EnvelopedKey");
    bad = good;
    bad.wrapped.len = 16;
    write_form(SM4_ALONE, &bad, &form);
    expect_status(open_with(holder, yx_buf_bytes(&form), &err), YX_DAMAGED, &err);
    bad = good;
    bad.point.len = 64;
    write_form(SM4_ALONE, &bad, &form);
    expect_status(open_with(holder, yx_buf_bytes(&form), &err), YX_DAMAGED, &err);
    /* 64 octets that do not begin with 32 zeros. */
    uint8_t twice[64];
    memcpy(twice, good.wrapped.data, 32);
    memcpy(twice + 32, good.wrapped.data, 32);
    bad = good;
    bad.wrapped = YX_BYTES(twice, sizeof twice);
    write_form(SM4_ALONE, &bad, &form);
    expect_status(open_with(holder, yx_buf_bytes(&form), &err), YX_REFUSED, &err);
}

static void test_every_flip(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    make(&der);
    for (size_t i = 0; i < der.len; i++) {
        struct yx_error err;
        der.data[i] ^= 1;
        yx_status status = open_with(holder, yx_buf_bytes(&der), &err);
        /* The NULL of the algorithm is the one octet pair that need not be there. */
        if (status != YX_DAMAGED && status != YX_REFUSED)
            fail_msg("octet %zu: status %d", i, (int)status);
        der.data[i] ^= 1;
    }
}

static int set_up(void **state)
{
    (void)state;
    struct yx_private_key **keys[] = {&key, &holder, &other};
    struct yx_error err;
    for (size_t i = 0; i < 3; i++)
        expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, keys[i], &err), &err);
    expect_ok(yx_private_key_generate(YX_KEY_RSA, 2048, &rsa, &err), &err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    struct yx_private_key *keys[] = {key, holder, other, rsa};
    for (size_t i = 0; i < 4; i++)
        yx_private_key_free(keys[i]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cipher),     cmocka_unit_test(test_damaged_ciphers),
        cmocka_unit_test(test_envelope),   cmocka_unit_test(test_forms),
        cmocka_unit_test(test_every_flip),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
