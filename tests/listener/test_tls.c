/* SPDX-License-Identifier: Apache-2.0 */
/* test_tls.c - TLS: handshakes that somebody else signs, of whom a process has one, and versions.
 */
#include "caller.h"
#include "tools.h"

#include "crypto/crypto.h"
#include "fetch/fetch.h"

struct holder {
    struct yx_private_key *key;
    _Atomic unsigned signatures;
};

static yx_status sign(void *self, yx_signature_algorithm algorithm, struct yx_bytes message,
                      struct yx_buf *signature, struct yx_error *err)
{
    struct holder *holder = self;

    holder->signatures++;
    return yx_private_key_sign_digest(holder->key, algorithm, message, signature, err);
}

static void make_identity(struct folder *folder, struct holder *holder, struct yx_buf *certificate)
{
    YX_CLEAN(yx_buf) struct yx_buf key = {0};
    struct yx_error err;

    expect_tool(folder, "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
                        " -days 2 -subj /CN=test -addext subjectAltName=IP:127.0.0.1"
                        " -keyout key.pem -out cert.pem");
    folder_read(folder, "cert.pem", certificate);
    folder_read(folder, "key.pem", &key);
    expect_ok(yx_private_key_read(yx_buf_bytes(&key), YX_BYTES(NULL, 0), &holder->key, &err), &err);
}

static void expect_hello(const struct yx_listener *listener, const struct folder *folder)
{
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    char url[64], trust[128];
    const struct yx_fetch what = {.url = url, .accepted_type = "text/plain", .limit = 100};
    struct yx_error err;

    (void)snprintf(url, sizeof url, "https://127.0.0.1:%u/hello", yx_listener_port(listener));
    (void)snprintf(trust, sizeof trust, "%s/cert.pem", folder->path);
    expect_ok(yx_fetch_http(trust, &what, &out, &err), &err);
    assert_true(yx_bytes_are(yx_buf_bytes(&out), "hello"));
}

static void handshakes_are_signed_elsewhere(void **state)
{
    static const char broken[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    YX_CLEAN(yx_buf) struct yx_buf certificate = {0};
    struct holder holder = {0};
    const struct yx_tls_signer signer = {sign, &holder};
    const struct yx_public_key *key;
    struct yx_tls *tls = NULL, *other = NULL;
    struct folder folder;
    struct yx_error err;

    (void)state;
    folder_make(&folder);
    make_identity(&folder, &holder, &certificate);
    key = yx_private_key_public(holder.key);
    expect_status(yx_tls_new(YX_TEXT(broken), &signer, key, &other, &err), YX_DAMAGED, &err);
    expect_ok(yx_tls_new(yx_buf_bytes(&certificate), &signer, key, &tls, &err), &err);
    const struct yx_listener_settings settings = {.threads = 2, .tls = tls};
    struct yx_listener *listener = caller_listen(&settings);
    expect_hello(listener, &folder);
    assert_int_equal(holder.signatures, 1);
    /* A second one is refused, and the first goes on. */
    expect_status(yx_tls_new(yx_buf_bytes(&certificate), &signer, key, &other, &err), YX_USAGE,
                  &err);
    expect_hello(listener, &folder);
    assert_int_equal(holder.signatures, 2);
    yx_listener_free(listener);
    yx_tls_free(tls);
    /* Then there is room for another one. */
    expect_ok(yx_tls_new(yx_buf_bytes(&certificate), &signer, key, &tls, &err), &err);
    yx_tls_free(tls);
    yx_private_key_free(holder.key);
    folder_remove(&folder);
}

/* RFC 9325 3.1.1 */
static void old_versions_are_refused(void **state)
{
    static const struct {
        const char *version;
        bool spoken;
    } cases[] = {{"tls1_3", true}, {"tls1_2", true}, {"tls1_1", false}, {"tls1", false}};
    YX_CLEAN(yx_buf) struct yx_buf certificate = {0};
    YX_CLEAN(yx_buf) struct yx_buf key = {0};
    struct yx_listener_settings settings = {.threads = 2};
    struct holder holder = {0};
    struct folder folder;

    (void)state;
    folder_make(&folder);
    make_identity(&folder, &holder, &certificate);
    folder_read(&folder, "key.pem", &key);
    settings.tls_certificate = yx_buf_bytes(&certificate);
    settings.tls_key = yx_buf_bytes(&key);
    YX_CLEAN(yx_listener) struct yx_listener *listener = caller_listen(&settings);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int code = tool(&folder,
                        "openssl s_client -connect 127.0.0.1:%u -%s"
                        " -cipher DEFAULT:@SECLEVEL=0 </dev/null",
                        yx_listener_port(listener), cases[i].version);

        if ((code == 0) != cases[i].spoken)
            fail_msg("%s: %s", cases[i].version, folder.output);
    }
    yx_private_key_free(holder.key);
    folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshakes_are_signed_elsewhere),
        cmocka_unit_test(old_versions_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
