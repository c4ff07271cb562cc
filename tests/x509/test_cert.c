/* SPDX-License-Identifier: Apache-2.0 */
/* test_cert.c - certificates read, good, odd and bad; PEM; trust from files and folders. */
#include "libcrypto_pki.h"

#include <sys/stat.h>

#include <openssl/pem.h>

static const struct cert_spec ca_spec = {.name = "测试根CA",
                                         .constraints = "critical,CA:TRUE",
                                         .key_usage = "critical,keyCertSign,cRLSign",
                                         .serial = 0x1F2E3D};

/* --- What a certificate says ------------------------------------------------------------- */

static void test_fields(void **state)
{
    struct cert_spec spec = {.name = "张三",
                             .key_usage = "critical,digitalSignature,nonRepudiation,decipherOnly",
                             .extended_usage = "critical,timeStamping,1.2.3.4",
                             .serial = 0x80};
    struct party ca = pki_issue(&ca_spec, pki_key(YX_KEY_SM2), NULL);
    struct party party = pki_issue(&spec, pki_key(YX_KEY_SM2), &ca);
    YX_CLEAN(yx_cert) struct yx_cert *cert = pki_cert(&party);
    YX_CLEAN(yx_cert) struct yx_cert *issuer = pki_cert(&ca);
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    (void)state;
    pki_der(&party, &der);
    assert_true(yx_bytes_equal(yx_cert_der(cert), yx_buf_bytes(&der)));
    assert_string_equal(yx_cert_subject(cert), "CN=张三,C=CN");
    assert_string_equal(yx_cert_issuer(cert), "CN=测试根CA,C=CN");
    assert_string_equal(yx_cert_common_name(cert), "张三");
    assert_string_equal(yx_cert_serial(cert), "80");
    assert_int_equal(yx_cert_serial_der(cert).len, 2);
    assert_string_equal(yx_cert_serial(issuer), "1F2E3D");
    assert_true(yx_cert_not_before(cert) == PKI_NOW - 2 * PKI_YEAR);
    assert_true(yx_cert_not_after(cert) == PKI_NOW + 2 * PKI_YEAR);
    assert_int_equal(yx_cert_signature_algorithm(cert), YX_SIG_SM2_SM3);
    assert_int_equal(yx_public_key_type(yx_cert_public_key(cert)), YX_KEY_SM2);
    assert_false(yx_cert_is_ca(cert));
    assert_true(yx_cert_is_ca(issuer));
    assert_int_equal(yx_cert_key_usage(cert),
                     YX_KU_DIGITAL_SIGNATURE | YX_KU_NON_REPUDIATION | 1 << 8);
    assert_int_equal(yx_cert_key_usage(issuer), YX_KU_KEY_CERT_SIGN | YX_KU_CRL_SIGN);
    assert_true(yx_cert_has_extended_usage(cert, YX_OID_KP_TIME_STAMPING));
    assert_false(yx_cert_has_extended_usage(cert, YX_OID_KP_OCSP_SIGNING));
    assert_false(yx_cert_has_extended_usage(issuer, YX_OID_KP_TIME_STAMPING));
    assert_int_equal(yx_cert_key_identifier(cert).len, 20);
    assert_true(yx_bytes_equal(yx_cert_subject_der(issuer), yx_cert_issuer_der(cert)));
    pki_free(&party);
    pki_free(&ca);
}

static void test_verify_issued(void **state)
{
    struct cert_spec other_spec = ca_spec;
    struct cert_spec leaf_spec = {.name = "L"};
    struct party ca = pki_issue(&ca_spec, pki_key(YX_KEY_SM2), NULL);
    struct party same_name = pki_issue(&ca_spec, pki_key(YX_KEY_SM2), NULL);
    struct party leaf = pki_issue(&leaf_spec, pki_key(YX_KEY_P256), &ca);
    struct yx_error err;
    (void)state;
    other_spec.name = "other";
    struct party other = pki_issue(&other_spec, pki_key(YX_KEY_SM2), NULL);
    YX_CLEAN(yx_cert) struct yx_cert *cert = pki_cert(&leaf);
    YX_CLEAN(yx_cert) struct yx_cert *issuer = pki_cert(&ca);
    YX_CLEAN(yx_cert) struct yx_cert *impostor = pki_cert(&same_name);
    YX_CLEAN(yx_cert) struct yx_cert *stranger = pki_cert(&other);
    expect_ok(yx_cert_verify_issued(cert, issuer, &err), &err);
    expect_ok(yx_cert_verify_issued(issuer, issuer, &err), &err);
    expect_status(yx_cert_verify_issued(cert, impostor, &err), YX_REFUSED, &err);
    expect_status(yx_cert_verify_issued(cert, stranger, &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, "RFC 5280 6.1.3");
    pki_free(&ca);
    pki_free(&same_name);
    pki_free(&leaf);
    pki_free(&other);
}

/* --- Odd and bad certificates, put together by hand -------------------------------------- */

/* An extension as bytes: `critical` 0 left out, 1 TRUE, 2 FALSE spelled out. */
struct raw_extension {
    yx_oid oid;
    int critical;
    const char *value;
    size_t len;
};
struct raw_cert {
    int64_t version; /* -1: left out */
    const char *serial;
    size_t serial_len;
    struct raw_extension extensions[3];
    bool with_unique_ids;
};

static const char key_usage_c4[] = "\x03\x02\x02\xC4";
static const char ca_false_spelled[] = "\x30\x03\x01\x01\x00";

static void put_raw_extensions(struct yx_der_writer *w, const struct raw_cert *raw)
{
    if (raw->extensions[0].value == NULL)
        return;
    size_t tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(3));
    size_t list = yx_der_begin(w, YX_DER_SEQUENCE);
    for (size_t i = 0; i < 3 && raw->extensions[i].value != NULL; i++) {
        size_t one = yx_der_begin(w, YX_DER_SEQUENCE);
        yx_der_put_oid(w, raw->extensions[i].oid);
        if (raw->extensions[i].critical != 0)
            yx_der_put_bool(w, raw->extensions[i].critical == 1);
        yx_der_put(w, YX_DER_OCTET_STRING,
                   YX_BYTES(raw->extensions[i].value, raw->extensions[i].len));
        yx_der_close(w, one);
    }
    yx_der_close(w, list);
    yx_der_close(w, tagged);
}

static void put_raw_tbs(struct yx_der_writer *w, const struct raw_cert *raw, struct yx_bytes spki)
{
    size_t tbs = yx_der_begin(w, YX_DER_SEQUENCE);
    if (raw->version >= 0) {
        size_t version = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(0));
        yx_der_put_int(w, raw->version);
        yx_der_close(w, version);
    }
    yx_der_put(w, YX_DER_INTEGER, YX_BYTES(raw->serial, raw->serial_len));
    yx_der_put_signature_algorithm(w, YX_SIG_SM2_SM3);
    yx_der_put_raw(w, YX_BYTES("\x30\x0C\x31\x0A\x30\x08\x06\x03\x55\x04\x03\x0C\x01"
                               "A",
                               14));
    size_t validity = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_time(w, YX_DER_UTC_TIME, PKI_NOW);
    yx_der_put_time(w, YX_DER_GENERALIZED_TIME, PKI_NOW + PKI_YEAR);
    yx_der_close(w, validity);
    yx_der_put_raw(w, YX_BYTES("\x30\x00", 2));
    yx_der_put_raw(w, spki);
    if (raw->with_unique_ids) {
        yx_der_put(w, YX_DER_CONTEXT(1), YX_BYTES("\x00\x01", 2));
        yx_der_put(w, YX_DER_CONTEXT(2), YX_BYTES("\x00\x02", 2));
    }
    put_raw_extensions(w, raw);
    yx_der_close(w, tbs);
}

static yx_status read_raw(const struct raw_cert *raw, struct yx_cert **out, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &key, err), err);
    size_t cert = yx_der_begin(&w, YX_DER_SEQUENCE);
    put_raw_tbs(&w, raw, yx_public_key_spki(yx_private_key_public(key)));
    yx_der_put_signature_algorithm(&w, YX_SIG_SM2_SM3);
    yx_der_put_bit_string(&w, YX_BYTES("\x30\x06\x02\x01\x01\x02\x01\x01", 8));
    yx_der_close(&w, cert);
    return yx_cert_from_der(yx_buf_bytes(&w.buf), out, err);
}

#define RAW(oid, critical, bytes)                        \
    {                                                    \
        YX_OID_##oid, critical, bytes, sizeof(bytes) - 1 \
    }

static void test_odd_certificates(void **state)
{
    static const struct {
        struct raw_cert raw;
        const char *serial;
        int key_usage;
    } odd[] = {
        {{2,
          "\x01",
          1,
          {RAW(KEY_USAGE, 1, key_usage_c4), RAW(BASIC_CONSTRAINTS, 2, ca_false_spelled)},
          false},
         "01",
         YX_KU_DIGITAL_SIGNATURE | YX_KU_NON_REPUDIATION | YX_KU_KEY_CERT_SIGN},
        {{2, "\xFF\x01", 2, {{0}}, false}, "FF01", -1}, /* negative */
        {{2, "\x00", 1, {{0}}, false}, "00", -1},
        {{-1, "\x01", 1, {{0}}, false}, "01", -1}, /* version 1 */
        {{1, "\x01", 1, {{0}}, true}, "01", -1},   /* version 2, unique identifiers */
        {{2,
          "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F\x10\x11\x12\x13\x14\x15"
          "\x16",
          22,
          {{0}},
          false},
         "0102030405060708090A0B0C0D0E0F10111213141516",
         -1},
        {{2, "\x01", 1, {RAW(KEY_USAGE, 0, "\x03\x02\x00\xC0")}, false},
         "01",
         3}, /* trailing 0 bits */
        {{2, "\x01", 1, {RAW(KEY_USAGE, 0, "\x03\x01\x00")}, false}, "01", 0},
        {{2, "\x01", 1, {RAW(CERTIFICATE_POLICIES, 2, "what is this?")}, false}, "01", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
        struct yx_error err;
        expect_ok(read_raw(&odd[i].raw, &cert, &err), &err);
        assert_string_equal(yx_cert_serial(cert), odd[i].serial);
        assert_int_equal(yx_cert_key_usage(cert), odd[i].key_usage);
        assert_false(yx_cert_is_ca(cert));
        assert_string_equal(yx_cert_subject(cert), "");
        assert_string_equal(yx_cert_common_name(cert), "");
        assert_string_equal(yx_cert_issuer(cert), "CN=A");
        assert_int_equal(yx_cert_key_identifier(cert).len, 0);
    }
}

static void test_bad_certificates(void **state)
{
    static const struct {
        const char *what;
        struct raw_cert raw;
    } bad[] = {
        {"version 4", {3, "\x01", 1, {{0}}, false}},
        {"serial not in shortest form", {2, "\x00\x01", 2, {{0}}, false}},
        {"no serial", {2, "", 0, {{0}}, false}},
        {"key usage twice",
         {2, "\x01", 1, {RAW(KEY_USAGE, 1, key_usage_c4), RAW(KEY_USAGE, 1, key_usage_c4)}, false}},
        {"key usage is no BIT STRING",
         {2, "\x01", 1, {RAW(KEY_USAGE, 1, "\x04\x02\x02\xC4")}, false}},
        {"key usage too long",
         {2, "\x01", 1, {RAW(KEY_USAGE, 1, "\x03\x04\x00\xC4\x00\x00")}, false}},
        {"key usage with 8 unused bits",
         {2, "\x01", 1, {RAW(KEY_USAGE, 1, "\x03\x02\x08\xC4")}, false}},
        {"key usage followed by more",
         {2, "\x01", 1, {RAW(KEY_USAGE, 1, "\x03\x02\x02\xC4\x05\x00")}, false}},
        {"constraints with a BOOLEAN of 1",
         {2, "\x01", 1, {RAW(BASIC_CONSTRAINTS, 1, "\x30\x03\x01\x01\x01")}, false}},
        {"constraints with more",
         {2, "\x01", 1, {RAW(BASIC_CONSTRAINTS, 1, "\x30\x05\x01\x01\xFF\x05\x00")}, false}},
        {"empty extended usage", {2, "\x01", 1, {RAW(EXTENDED_KEY_USAGE, 1, "\x30\x00")}, false}},
        {"extended usage of an INTEGER",
         {2, "\x01", 1, {RAW(EXTENDED_KEY_USAGE, 1, "\x30\x03\x02\x01\x01")}, false}},
        {"key identifier is no OCTET STRING",
         {2, "\x01", 1, {RAW(SUBJECT_KEY_IDENTIFIER, 0, "\x05\x00")}, false}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct yx_cert *cert = NULL;
        struct yx_error err;
        yx_status status = read_raw(&bad[i].raw, &cert, &err);
        if (status != YX_DAMAGED)
            fail_msg("%s: status %d", bad[i].what, (int)status);
        assert_null(cert);
    }
}

static void test_truncated_and_longer(void **state)
{
    struct party ca = pki_issue(&ca_spec, pki_key(YX_KEY_SM2), NULL);
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_cert *cert = NULL;
    struct yx_error err;
    (void)state;
    pki_der(&ca, &der);
    for (size_t len = 0; len < der.len; len++)
        expect_status(yx_cert_from_der(YX_BYTES(der.data, len), &cert, &err), YX_DAMAGED, &err);
    assert_int_equal(yx_buf_append(&der, YX_BYTES("", 1)), YX_OK);
    expect_status(yx_cert_from_der(yx_buf_bytes(&der), &cert, &err), YX_DAMAGED, &err);
    assert_int_equal(yx_buf_reserve(&der, YX_CERT_MAX), YX_OK);
    memset(der.data + der.len, 0, YX_CERT_MAX);
    expect_status(yx_cert_from_der(YX_BYTES(der.data, YX_CERT_MAX + 1), &cert, &err), YX_DAMAGED,
                  &err);
    assert_null(cert);
    pki_free(&ca);
}

/* --- PEM --------------------------------------------------------------------------------- */

static void test_pem(void **state)
{
    struct party ca = pki_issue(&ca_spec, pki_key(YX_KEY_SM2), NULL);
    YX_CLEAN(yx_cert) struct yx_cert *cert = pki_cert(&ca);
    YX_CLEAN(yx_cert) struct yx_cert *again = NULL;
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    struct yx_error err;
    char *theirs = NULL;
    (void)state;
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, ca.x509);
    long len = BIO_get_mem_data(bio, &theirs);
    assert_int_equal(yx_pem_write("CERTIFICATE", yx_cert_der(cert), &text), YX_OK);
    assert_true(yx_bytes_equal(yx_buf_bytes(&text), YX_BYTES(theirs, (size_t)len)));
    BIO_free(bio);

    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    assert_int_equal(yx_buf_append_text(&file, "Issuer: 测试\r\n-----BEGIN EC PARAMETERS-----\r\n"
                                               "BgU=\r\n-----END EC PARAMETERS-----\r\n"),
                     YX_OK);
    for (size_t i = 0; i < text.len; i++)
        assert_int_equal(text.data[i] == '\n' ? yx_buf_append_text(&file, "\r\n")
                                              : yx_buf_append(&file, YX_BYTES(&text.data[i], 1)),
                         YX_OK);
    expect_ok(yx_cert_read(yx_buf_bytes(&file), &again, &err), &err);
    assert_true(yx_bytes_equal(yx_cert_der(cert), yx_cert_der(again)));
    pki_free(&ca);
}

static void test_bad_pem(void **state)
{
    static const char *const bad[] = {
        "",
        "hello",
        "-----BEGIN CERTIFICATE-----\nMIIB",
        "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct yx_cert *cert = NULL;
        struct yx_error err;
        expect_status(yx_cert_read(YX_TEXT(bad[i]), &cert, &err), YX_DAMAGED, &err);
        assert_null(cert);
    }
}

/* --- Certificates of others -------------------------------------------------------------- */

/* A file in a folder of its own; both go away with folder_free. */
static char *folder_new(void)
{
    char *folder = strdup("/tmp/yx-test-cert-XXXXXX");
    assert_non_null(mkdtemp(folder));
    return folder;
}

__attribute__((format(printf, 1, 2))) static int run(const char *format, ...)
{
    char command[2048];
    va_list list;
    va_start(list, format);
    vsnprintf(command, sizeof(command), format, list);
    va_end(list);
    return system(command);
}

static void folder_free(char *folder)
{
    assert_int_equal(run("rm -r '%s'", folder), 0);
    free(folder);
}

static struct yx_cert *read_path(const char *path)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct yx_cert *cert = NULL;
    struct yx_error err;
    expect_ok(yx_file_read(path, 1 << 20, &file, &err), &err);
    expect_ok(yx_cert_read(yx_buf_bytes(&file), &cert, &err), &err);
    return cert;
}

/* The openssl program makes an SM2 certificate with the signer ID, and one without. */
static void test_openssl_program(void **state)
{
    char *folder = folder_new();
    char path[600];
    struct yx_error err;
    (void)state;
    assert_int_equal(run("cd '%s' && openssl req -x509 -newkey sm2 -nodes -sm3 -keyout k -utf8 "
                         "-subj '/C=CN/CN=命令行' -sigopt distid:" PKI_ID " -out good.pem "
                         "2>log && openssl req -x509 -key k -sm3 -utf8 -subj '/C=CN/CN=命令行' "
                         "-out bad.pem 2>log",
                         folder),
                     0);
    snprintf(path, sizeof(path), "%s/good.pem", folder);
    YX_CLEAN(yx_cert) struct yx_cert *good = read_path(path);
    snprintf(path, sizeof(path), "%s/bad.pem", folder);
    YX_CLEAN(yx_cert) struct yx_cert *bad = read_path(path);
    assert_string_equal(yx_cert_subject(good), "CN=命令行,C=CN");
    expect_ok(yx_cert_verify_issued(good, good, &err), &err);
    expect_status(yx_cert_verify_issued(bad, bad, &err), YX_REFUSED, &err);
    folder_free(folder);
}

static void expect_field_certificate(const struct yx_cert *cert)
{
    struct yx_cert_findings findings;
    struct yx_error err;
    assert_string_equal(yx_cert_subject(cert),
                        "CN=Test Certificate,L=Hangzhou,ST=Zhejiang,O=OFD R&W,C=CN");
    assert_int_equal(yx_cert_key_usage(cert),
                     YX_KU_DIGITAL_SIGNATURE | YX_KU_NON_REPUDIATION | YX_KU_KEY_CERT_SIGN);
    assert_false(yx_cert_is_ca(cert));
    assert_int_equal(yx_public_key_type(yx_cert_public_key(cert)), YX_KEY_SM2);
    expect_ok(yx_cert_validate(NULL, cert, YX_USE_SIGN, PKI_NOW, PKI_NOW, &findings, &err), &err);
    assert_int_equal(findings.chain.outcome, YX_UNKNOWN);
    assert_int_equal(findings.validity.outcome, YX_FAIL);
    assert_int_equal(findings.usage.outcome, YX_PASS);
}

static void test_field_certificates(void **state)
{
    static const char *const archives[] = {"seals/USER.p12", "seals/SealBuilder.p12"};
    char path[512], out[600];
    (void)state;
    if (interop_path(path, "seals/sign_cert.pem") == NULL)
        skip();
    YX_CLEAN(yx_cert) struct yx_cert *alone = read_path(path);
    expect_field_certificate(alone);
    char *folder = folder_new();
    for (size_t i = 0; i < 2; i++) {
        assert_non_null(interop_path(path, archives[i]));
        snprintf(out, sizeof(out), "%s/cert.pem", folder);
        assert_int_equal(run("openssl pkcs12 -in '%s' -legacy -nokeys -passin pass:777777 "
                             ">'%s' 2>/dev/null",
                             path, out),
                         0);
        YX_CLEAN(yx_cert) struct yx_cert *cert = read_path(out);
        expect_field_certificate(cert);
    }
    folder_free(folder);
}

/* --- Trust from files and folders -------------------------------------------------------- */

static void write_file(const char *folder, const char *name, struct yx_bytes bytes)
{
    char path[600];
    struct yx_error err;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    expect_ok(yx_file_write(path, false, bytes, &err), &err);
}

static void expect_trusted(const struct yx_trust *trust, const struct party *party, bool trusted)
{
    YX_CLEAN(yx_cert) struct yx_cert *cert = pki_cert(party);
    struct yx_cert_findings findings;
    struct yx_error err;
    expect_ok(yx_cert_validate(trust, cert, YX_USE_ISSUE, PKI_NOW, PKI_NOW, &findings, &err), &err);
    assert_int_equal(findings.chain.outcome, trusted ? YX_PASS : YX_UNKNOWN);
}

static void test_trust_folder(void **state)
{
    static const char *const names[] = {"a.pem", "b.CRT", "c.cer", "d.der", "e.txt"};
    struct party cas[5];
    char *folder = folder_new();
    char path[600];
    struct yx_error err;
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        YX_CLEAN(yx_buf) struct yx_buf content = {0};
        cas[i] = pki_issue(&ca_spec, pki_key(YX_KEY_SM2), NULL);
        YX_CLEAN(yx_cert) struct yx_cert *cert = pki_cert(&cas[i]);
        if (i == 3)
            pki_der(&cas[i], &content);
        else
            assert_int_equal(yx_pem_write("CERTIFICATE", yx_cert_der(cert), &content), YX_OK);
        write_file(folder, names[i], yx_buf_bytes(&content));
    }
    snprintf(path, sizeof(path), "%s/sub.pem", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    expect_ok(yx_trust_new(&trust, &err), &err);
    expect_ok(yx_trust_add_path(trust, folder, &err), &err);
    for (size_t i = 0; i < 5; i++)
        expect_trusted(trust, &cas[i], i < 4);

    write_file(folder, "c2.pem", YX_TEXT("rubbish"));
    expect_status(yx_trust_add_path(trust, folder, &err), YX_DAMAGED, &err);
    yx_message_render(&err.message, NULL, path, sizeof(path));
    assert_non_null(strstr(path, "/c2.pem: "));
    for (size_t i = 0; i < 5; i++)
        pki_free(&cas[i]);
    folder_free(folder);
}

static void test_trust_file(void **state)
{
    struct party one = pki_issue(&ca_spec, pki_key(YX_KEY_SM2), NULL);
    struct party two = pki_issue(&ca_spec, pki_key(YX_KEY_P256), NULL);
    YX_CLEAN(yx_cert) struct yx_cert *first = pki_cert(&one);
    YX_CLEAN(yx_cert) struct yx_cert *second = pki_cert(&two);
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    char *folder = folder_new();
    char path[600];
    struct yx_error err;
    (void)state;
    expect_ok(yx_trust_new(&trust, &err), &err);
    expect_ok(yx_trust_add_path(trust, folder, &err), &err);
    assert_true(yx_trust_is_empty(trust));

    assert_int_equal(yx_buf_append_text(&text, "first\n"), YX_OK);
    assert_int_equal(yx_pem_write("CERTIFICATE", yx_cert_der(first), &text), YX_OK);
    assert_int_equal(yx_buf_append_text(&text, "second\n"), YX_OK);
    assert_int_equal(yx_pem_write("CERTIFICATE", yx_cert_der(second), &text), YX_OK);
    write_file(folder, "both.txt", yx_buf_bytes(&text));
    snprintf(path, sizeof(path), "%s/both.txt", folder);
    expect_ok(yx_trust_add_path(trust, path, &err), &err);
    expect_ok(yx_trust_add_path(trust, path, &err), &err); /* twice does no harm */
    expect_trusted(trust, &one, true);
    expect_trusted(trust, &two, true);

    write_file(folder, "cut.pem", YX_BYTES(text.data, text.len - 30));
    snprintf(path, sizeof(path), "%s/cut.pem", folder);
    expect_status(yx_trust_add_path(trust, path, &err), YX_DAMAGED, &err);
    snprintf(path, sizeof(path), "%s/none.pem", folder);
    expect_status(yx_trust_add_path(trust, path, &err), YX_NO_INPUT, &err);
    pki_free(&one);
    pki_free(&two);
    folder_free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_verify_issued),
        cmocka_unit_test(test_odd_certificates),
        cmocka_unit_test(test_bad_certificates),
        cmocka_unit_test(test_truncated_and_longer),
        cmocka_unit_test(test_pem),
        cmocka_unit_test(test_bad_pem),
        cmocka_unit_test(test_openssl_program),
        cmocka_unit_test(test_field_certificates),
        cmocka_unit_test(test_trust_folder),
        cmocka_unit_test(test_trust_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
