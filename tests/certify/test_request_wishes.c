/* SPDX-License-Identifier: Apache-2.0 */
/* What requests ask for: openssl's read, and every malformed wish refused. */
#include "support.h"

#include "certify/certify.h"
#include "crypto/crypto.h"
#include "tools.h"

static struct folder folder;

static void test_openssls_wishes(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_request) struct yx_request request = {0};
    folder_write(&folder, "c",
                 YX_TEXT("[req]\ndistinguished_name=d\nattributes=a\n[d]\n[a]\n"
                         "challengePassword=secret\n"));
    expect_tool(
        &folder,
        "openssl req -new -config c -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
        "-keyout k -subj /C=CN/CN=x -addext subjectAltName=DNS:a.cn,email:b@a.cn,IP:::1 "
        "-addext keyUsage=digitalSignature,keyAgreement -addext extendedKeyUsage=serverAuth "
        "-addext basicConstraints=CA:TRUE -addext tlsfeature=status_request -out r");
    folder_read(&folder, "r", &file);
    expect_ok(yx_request_parse(yx_buf_bytes(&file), &request, &err), &err);
    assert_int_equal(request.key_usage, YX_KU_DIGITAL_SIGNATURE | YX_KU_KEY_AGREEMENT);
    assert_true(request.ca);
    assert_true(request.asks_more);
    assert_int_equal(request.extended_usage.len, 10);
    static const struct {
        yx_name_form form;
        const char *text;
        size_t len;
    } names[] = {{YX_NAME_DNS, "a.cn", 4},
                 {YX_NAME_EMAIL, "b@a.cn", 6},
                 {YX_NAME_IP, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16}};
    struct yx_der list = yx_der_reader(request.alt_names, "names");
    for (size_t i = 0; i < 3; i++) {
        struct yx_general_name name;
        expect_ok(yx_general_name_next(&list, &name, &err), &err);
        assert_int_equal(name.form, names[i].form);
        assert_true(yx_bytes_equal(name.value, YX_BYTES(names[i].text, names[i].len)));
    }
    assert_true(yx_der_at_end(&list));
}

static void test_no_wishes(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_request) struct yx_request request = {0};
    expect_tool(&folder, "openssl req -new -nodes -newkey ed25519 -keyout k -subj /CN=x -out r");
    folder_read(&folder, "r", &file);
    expect_ok(yx_request_parse(yx_buf_bytes(&file), &request, &err), &err);
    assert_int_equal(request.key_usage, -1);
    assert_true(request.alt_names.len == 0 && request.extended_usage.len == 0);
    assert_false(request.ca || request.asks_more);
}

/* --- Malformed wishes, signed by ourselves ----------------------------------------------- */

static void write_request(const struct yx_private_key *key, struct yx_bytes attributes,
                          struct yx_buf *out)
{
    struct yx_error err;
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf info = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    size_t sequence = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, 0);
    yx_der_put_raw(&w, YX_BYTES("\x30\x00", 2));
    yx_der_put_raw(&w, yx_public_key_spki(yx_private_key_public(key)));
    yx_der_put(&w, YX_DER_CONTEXT_CONSTRUCTED(0), attributes);
    yx_der_close(&w, sequence);
    expect_ok(yx_der_finish(&w, &info, &err), &err);
    expect_ok(yx_private_key_sign(key, YX_SIG_SM2_SM3, yx_buf_bytes(&info), &value, &err), &err);
    sequence = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, yx_buf_bytes(&info));
    yx_der_put_signature_algorithm(&w, YX_SIG_SM2_SM3);
    yx_der_put_bit_string(&w, yx_buf_bytes(&value));
    yx_der_close(&w, sequence);
    out->len = 0;
    expect_ok(yx_der_finish(&w, out, &err), &err);
}

#define ASK "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x09\x0E"
#define KU "\x30\x0B\x06\x03\x55\x1D\x0F\x04\x04\x03\x02\x07\x80"
#define LIT(text) YX_BYTES("" text, sizeof(text) - 1)

static void test_malformed(void **state)
{
    (void)state;
    const struct {
        const char *what;
        struct yx_bytes attributes;
        yx_status status;
        const char *rule; /* NULL: any */
    } cases[] = {
        {"keyUsage", LIT("\x30\x1C" ASK "\x31\x0F\x30\x0D" KU), YX_OK, NULL},
        {"an empty list", LIT("\x30\x0F" ASK "\x31\x02\x30\x00"), YX_OK, NULL},
        {"no value", LIT("\x30\x0D" ASK "\x31\x00"), YX_DAMAGED, NULL},
        {"two values", LIT("\x30\x11" ASK "\x31\x04\x30\x00\x30\x00"), YX_DAMAGED, NULL},
        {"two lists",
         LIT("\x30\x0F" ASK "\x31\x02\x30\x00"
             "\x30\x0F" ASK "\x31\x02\x30\x00"),
         YX_DAMAGED, "RFC 2985 5.4.2"},
        {"twice", LIT("\x30\x29" ASK "\x31\x1C\x30\x1A" KU KU), YX_DAMAGED, "RFC 5280 4.2"},
        {"keyUsage without a bit",
         LIT("\x30\x1B" ASK "\x31\x0E\x30\x0C\x30\x0A\x06\x03\x55\x1D\x0F\x04\x03\x03\x01\x00"),
         YX_DAMAGED, "RFC 5280 4.2.1.3"},
        {"no name",
         LIT("\x30\x1A" ASK "\x31\x0D\x30\x0B\x30\x09\x06\x03\x55\x1D\x11\x04\x02\x30\x00"),
         YX_REFUSED, "RFC 5280 4.2.1.6"},
        {"a bad name",
         LIT("\x30\x1D" ASK
             "\x31\x10\x30\x0E\x30\x0C\x06\x03\x55\x1D\x11\x04\x05\x30\x03\x82\x01 "),
         YX_REFUSED, "RFC 5280 4.2.1.6"},
        {"no extended usage",
         LIT("\x30\x1A" ASK "\x31\x0D\x30\x0B\x30\x09\x06\x03\x55\x1D\x25\x04\x02\x30\x00"),
         YX_DAMAGED, NULL},
        {"an attribute that is no SEQUENCE", LIT("\x05\x00"), YX_DAMAGED, NULL},
    };
    struct yx_error err;
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &key, &err), &err);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        YX_CLEAN(yx_request) struct yx_request request = {0};
        err = (struct yx_error){.rule = ""};
        write_request(key, cases[i].attributes, &der);
        yx_status status = yx_request_parse(yx_buf_bytes(&der), &request, &err);
        if (status != cases[i].status || (cases[i].rule && strcmp(err.rule, cases[i].rule) != 0))
            fail_msg("%s: status %d by %s", cases[i].what, (int)status, err.rule);
    }
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
    folder_remove(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_openssls_wishes),
        cmocka_unit_test(test_no_wishes),
        cmocka_unit_test(test_malformed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
