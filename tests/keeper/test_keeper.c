/* SPDX-License-Identifier: Apache-2.0 */
/* test_keeper.c - the keeper, asked by honest and by deceitful callers: it signs what its keys are
 * for, and what binds somebody only by a record that says so. REQ: SEC-08, SEC-21 */
#include "support.h"

#include "tools.h"

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "ca/ca.h"
#include "keeper/room.h"

/* --- A service: this process is parent and caller, a child is the keeper
 * -------------------------- */

static char folder[64], tls_key[80], tls_certificate[80];
static int door[2];
static int line_of_keeper = -1;
static pid_t keeper_pid;
static struct yx_ipc_line *line;
static struct yx_keeper *keeper;

static void start_keeper(void)
{
    int own[2];

    assert_int_equal(yx_ipc_pair(own, NULL), YX_OK);
    keeper_pid = fork();
    if (keeper_pid == 0) {
        const struct yx_keeper_process process = {.folder = folder,
                                                  .tls_key = tls_key,
                                                  .tls_certificate = tls_certificate,
                                                  .line = own[1],
                                                  .door = door[1]};
        struct yx_error err;

        (void)close(own[0]);
        _exit(yx_keeper_run(&process, &err) == YX_OK ? 0 : 1);
    }
    (void)close(own[1]);
    line_of_keeper = own[0];
}

static void stop_keeper(int with_signal)
{
    int status;

    (void)kill(keeper_pid, with_signal);
    assert_int_equal(waitpid(keeper_pid, &status, 0), keeper_pid);
    assert_true(with_signal == SIGKILL || status == 0);
    (void)close(line_of_keeper);
}

static void *be_parent(void *argument)
{
    int fd = (int)(intptr_t)argument;
    struct yx_ipc_message request = {0};

    while (yx_ipc_receive(fd, &request, 0, NULL) == YX_OK) {
        struct yx_ipc_message peer = {.kind = YX_IPC_PEER, .fields = {{.number = YX_WEB}}};
        struct yx_ipc_message reply = {.kind = YX_IPC_CONNECTED};
        int pair[2];

        (void)yx_ipc_pair(pair, NULL);
        peer.fields[1].fd = pair[0];
        reply.fields[0].fd = pair[1];
        (void)yx_ipc_send(door[0], &peer, 0, NULL);
        (void)yx_ipc_send(fd, &reply, 0, NULL);
        (void)close(pair[0]);
        (void)close(pair[1]);
    }
    yx_ipc_message_free(&request);
    return NULL;
}

static void make_authority(void)
{
    YX_CLEAN(yx_buf) struct yx_buf secret = {0};
    char path[96];
    struct yx_error err;
    struct yx_ca_init_request request = {.folder = path,
                                         .name = "CN=Root,O=Test,C=CN",
                                         .key_type = YX_KEY_SM2,
                                         .path_length = -1,
                                         .actor = "test"};

    (void)snprintf(path, sizeof path, "%s/ca", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/ca/first", folder);
    expect_ok(yx_keeper_passphrase(folder, &secret, &err), &err);
    request.passphrase = yx_buf_bytes(&secret);
    expect_ok(yx_ca_init(&request, &err), &err);
}

static int begin(void **state)
{
    static const char more[] =
        "key contracts { place = \"contracts.key\" purposes = {\"document\"} }\n";
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf secret = {0};
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    pthread_t thread;
    struct yx_error err;
    char path[96];
    int own[2];

    (void)state;
    (void)unsetenv("YINXIN_PASSPHRASE");
    (void)snprintf(folder, sizeof folder, "/tmp/yx-keeper-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/keys", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(tls_key, sizeof tls_key, "%s/keys/tls.key", folder);
    (void)snprintf(tls_certificate, sizeof tls_certificate, "%s/tls.pem", folder);
    make_authority();
    expect_ok(yx_keeper_passphrase(folder, &secret, &err), &err);
    expect_ok(yx_private_key_generate(YX_KEY_RSA, 2048, &key, &err), &err);
    expect_ok(yx_private_key_write(key, yx_buf_bytes(&secret), &pem, &err), &err);
    (void)snprintf(path, sizeof path, "%s/keys/contracts.key", folder);
    expect_ok(yx_file_write(path, true, yx_buf_bytes(&pem), &err), &err);
    (void)snprintf(path, sizeof path, "%s/keys/keys.conf", folder);
    expect_ok(yx_file_write(path, true, YX_TEXT(more), &err), &err);
    expect_ok(yx_ipc_pair(door, &err), &err);
    start_keeper();
    expect_ok(yx_ipc_pair(own, &err), &err);
    assert_int_equal(pthread_create(&thread, NULL, be_parent, (void *)(intptr_t)own[1]), 0);
    (void)pthread_detach(thread);
    expect_ok(yx_ipc_line_new(own[0], &line, &err), &err);
    expect_ok(yx_keeper_new(line, &keeper, &err), &err);
    return 0;
}

static int end(void **state)
{
    char command[100];

    (void)state;
    stop_keeper(SIGTERM);
    yx_keeper_free(keeper);
    yx_ipc_line_free(line);
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

/* --- Purposes --------------------------------------------------------------------------------- */

/* The least that has the shape of each. */
static const struct {
    enum yx_purpose purpose;
    struct yx_bytes bytes;
} samples[] = {
    {YX_PURPOSE_CERTIFICATE,
     {(const uint8_t *)"\x30\x0E\xA0\x03\x02\x01\x02\x02\x01\x05\x30\x00\x30\x00\x30\x00", 16}},
    {YX_PURPOSE_CRL,
     {(const uint8_t *)"\x30\x16\x02\x01\x01\x30\x00\x30\x00\x17\x0D"
                       "261122080000Z",
      24}},
    {YX_PURPOSE_OCSP,
     {(const uint8_t *)"\x30\x17\xA2\x02\x04\x00\x18\x0F"
                       "20261122080000Z\x30\x00",
      25}},
    {YX_PURPOSE_TIMESTAMP,
     {(const uint8_t
           *)"\x31\x1C\x30\x1A\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x09\x03\x31\x0D\x06\x0B"
             "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x04",
      30}},
    {YX_PURPOSE_CMP, {(const uint8_t *)"\x30\x09\x30\x03\x02\x01\x02\xA0\x02\x30\x00", 11}},
    {YX_PURPOSE_CHECKPOINT, {(const uint8_t *)"yinxin\n12\nroot\n2026-11-22T08:00:00Z\n", 36}},
    {YX_PURPOSE_PROOF, {(const uint8_t *)"\x30\x00", 2}},
};
#define SAMPLES (sizeof samples / sizeof samples[0])

/* Attributes to be signed that some reader could take for those of another content, too. */
static const struct yx_bytes odd[] = {
    {(const uint8_t *)"\x31\x27\x30\x25\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x09\x03\x31\x18\x06"
                      "\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x04\x06\x09\x2A\x86\x48\x86"
                      "\xF7\x0D\x01\x07\x01",
     41},
    {(const uint8_t *)"\x31\x1E\x30\x1C\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x09\x03\x31\x0D\x06"
                      "\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x04\x05\x00",
     32},
};

/* What has the shape of one purpose has that of no other. */
static void test_shapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        for (size_t j = 0; j < SAMPLES; j++)
            if (yx_purpose_fits(samples[j].purpose, samples[i].bytes) != (i == j))
                fail_msg("%s as %s", yx_purpose_name(samples[i].purpose),
                         yx_purpose_name(samples[j].purpose));
        assert_int_equal(yx_purpose_of(samples[i].bytes),
                         yx_purpose_binds(samples[i].purpose) ? YX_PURPOSES : samples[i].purpose);
        /* One octet less, or one more behind it, is nothing. */
        for (size_t j = 0; j < SAMPLES; j++)
            assert_false(yx_purpose_fits(
                samples[j].purpose, YX_BYTES(samples[i].bytes.data, samples[i].bytes.len - 1)));
    }
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        assert_int_equal(yx_purpose_of(odd[i]), YX_PURPOSES);
    for (unsigned i = 0; i < YX_PURPOSES; i++)
        assert_int_equal(yx_purpose_find(yx_purpose_name((enum yx_purpose)i)), i);
    assert_int_equal(yx_purpose_find("everything"), YX_PURPOSES);
}

/* --- Signing ---------------------------------------------------------------------------------- */

static yx_status sign_as(struct yx_keeper_key *key, struct yx_bytes message, struct yx_error *err)
{
    struct yx_signer signer = yx_keeper_signer(key);
    YX_CLEAN(yx_buf) struct yx_buf value = {0};

    YX_TRY(signer.sign(signer.self, signer.algorithm, message, &value, err));
    return yx_public_key_verify(yx_keeper_key_public(key), signer.algorithm, message,
                                yx_buf_bytes(&value), err);
}

/* Every key against every purpose that needs no record. */
static void test_keys_sign_what_they_are_for(void **state)
{
    static const struct {
        const char *name;
        unsigned purposes; /* of the samples, as bits of their index */
    } keys[] = {{"audit", 1u << 5 | 1u << 6},
                {"ca/first", 1u << 1 | 1u << 2 | 1u << 4 | 1u << 6},
                {"contracts", 1u << 6}};
    struct yx_error err;

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        YX_CLEAN(yx_keeper_key) struct yx_keeper_key *key = NULL;

        expect_ok(yx_keeper_key(keeper, keys[i].name, &key, &err), &err);
        for (size_t j = 0; j < SAMPLES; j++) {
            bool may = (keys[i].purposes >> j & 1) != 0;

            expect_status(sign_as(key, samples[j].bytes, &err), may ? YX_OK : YX_REFUSED, &err);
        }
        expect_status(sign_as(key, YX_TEXT("anything"), &err), YX_REFUSED, &err);
    }
}

static void test_keys_that_there_are_not(void **state)
{
    static const char *const names[] = {"",         "session",       "ca/",
                                        "ca/other", "../keys/audit", "ca/first/tsa"};
    struct yx_keeper_key *key = NULL;
    struct yx_error err;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        expect_status(yx_keeper_key(keeper, names[i], &key, &err), YX_NO_INPUT, &err);
}

static int64_t entries;
static uint8_t last_leaf[32];

static yx_status count_entry(void *self, const struct yx_journal_entry *entry, struct yx_error *err)
{
    (void)self, (void)err;
    entries = entry->number;
    memcpy(last_leaf, entry->leaf, 32);
    return YX_OK;
}

static int64_t journal_length(void)
{
    struct yx_error err;

    entries = 0;
    expect_ok(yx_keeper_journal(folder, count_entry, NULL, &err), &err);
    return entries;
}

static void make_leaf(const char *details, struct yx_buf *out)
{
    const struct yx_audit_event event = {
        .at = 1, .actor = "test", .action = "test", .object = "x", .details = details};
    struct yx_error err;

    out->len = 0;
    expect_ok(yx_audit_leaf_der(&event, out, &err), &err);
}

static yx_status sign_by(struct yx_keeper_key *key, const char *purpose, struct yx_bytes message,
                         struct yx_bytes leaf, struct yx_error *err)
{
    const struct yx_signing_record record = {purpose, leaf};
    struct yx_signer signer = yx_keeper_signer(key);
    YX_CLEAN(yx_buf) struct yx_buf value = {0};

    YX_TRY(signer.sign_recorded(signer.self, &record, signer.algorithm, message, &value, err));
    return yx_public_key_verify(yx_keeper_key_public(key), signer.algorithm, message,
                                yx_buf_bytes(&value), err);
}

/* What binds somebody: with the record that says so, and no other. */
static void test_records(void **state)
{
    static const char *const wrong[] = {
        "{}",
        "{\"signs\":1}",
        "{\"signs\":{\"key\":\"contracts\",\"purpose\":\"certificate\",\"digest\":\"%s\"}}",
        "{\"signs\":{\"key\":\"ca/first\",\"purpose\":\"document\",\"digest\":\"%s\"}}",
        "{\"signs\":{\"key\":\"ca/first\",\"purpose\":\"certificate\",\"digest\":\"00%s\"}}",
        "{\"signs\":{\"key\":\"ca/first\",\"purpose\":\"certificate\"}}",
        "{\"signs\":{\"key\":\"ca/first\",\"purpose\":\"certificate\",\"digest\":\"%s\",\"x\":1}}",
        "{\"signs\":{},\"signs\":{\"key\":\"%s\"}}",
        "no JSON %s",
    };
    YX_CLEAN(yx_keeper_key) struct yx_keeper_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf leaf = {0};
    struct yx_bytes certificate = samples[0].bytes;
    uint8_t digest[32], hash[32];
    char hex[65], details[300];
    struct yx_error err;
    int64_t before = journal_length();

    (void)state;
    expect_ok(yx_keeper_key(keeper, "ca/first", &key, &err), &err);
    expect_ok(yx_digest(YX_DIGEST_SM3, certificate, digest, &err), &err);
    yx_hex(YX_BYTES(digest, 32), hex);
    expect_status(sign_by(key, "certificate", certificate, YX_BYTES("", 0), &err), YX_REFUSED,
                  &err);
    expect_status(sign_by(key, "certificate", certificate, YX_TEXT("no leaf"), &err), YX_DAMAGED,
                  &err);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *place = strstr(wrong[i], "%s");
        int until = place == NULL ? (int)strlen(wrong[i]) : (int)(place - wrong[i]);

        (void)snprintf(details, sizeof details, "%.*s%s%s", until, wrong[i],
                       place == NULL ? "" : hex, place == NULL ? "" : place + 2);
        make_leaf(details, &leaf);
        expect_status(sign_by(key, "certificate", certificate, yx_buf_bytes(&leaf), &err),
                      YX_REFUSED, &err);
    }
    assert_int_equal(journal_length(), before);

    (void)snprintf(
        details, sizeof details,
        "{\"signs\":{\"key\":\"ca/first\",\"purpose\":\"certificate\",\"digest\":\"%s\"}}", hex);
    make_leaf(details, &leaf);
    expect_ok(sign_by(key, "certificate", certificate, yx_buf_bytes(&leaf), &err), &err);
    assert_int_equal(journal_length(), before + 1);
    expect_ok(yx_audit_leaf_hash(yx_buf_bytes(&leaf), hash, &err), &err);
    assert_memory_equal(hash, last_leaf, 32);
    /* The same record for other bytes, or for another purpose. */
    expect_status(sign_by(key, "certificate", samples[1].bytes, yx_buf_bytes(&leaf), &err),
                  YX_REFUSED, &err);
    expect_status(sign_by(key, "document", certificate, yx_buf_bytes(&leaf), &err), YX_REFUSED,
                  &err);
    expect_status(sign_by(key, "everything", certificate, yx_buf_bytes(&leaf), &err), YX_USAGE,
                  &err);
    assert_int_equal(journal_length(), before + 1);
}

static void test_tls(void **state)
{
    YX_CLEAN(yx_keeper_key) struct yx_keeper_key *tls = NULL;
    YX_CLEAN(yx_keeper_key) struct yx_keeper_key *root = NULL;
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    uint8_t digest[32];
    struct yx_error err;

    (void)state;
    expect_ok(yx_keeper_key(keeper, "tls", &tls, &err), &err);
    expect_ok(yx_keeper_key(keeper, "ca/first", &root, &err), &err);
    expect_ok(yx_digest(YX_DIGEST_SHA256, YX_TEXT("handshake"), digest, &err), &err);
    expect_ok(yx_keeper_sign_tls(tls, YX_SIG_ECDSA_SHA256, YX_BYTES(digest, 32), &value, &err),
              &err);
    expect_ok(yx_public_key_verify(yx_keeper_key_public(tls), YX_SIG_ECDSA_SHA256,
                                   YX_TEXT("handshake"), yx_buf_bytes(&value), &err),
              &err);
    expect_status(yx_keeper_sign_tls(tls, YX_SIG_ECDSA_SHA256, YX_BYTES(digest, 31), &value, &err),
                  YX_USAGE, &err);
    expect_status(yx_keeper_sign_tls(root, YX_SIG_SM2_SM3, YX_BYTES(digest, 32), &value, &err),
                  YX_REFUSED, &err);
}

/* What is no message for it ends the connection, and what it does not do is refused; others go on.
 */
static void test_deceitful_callers(void **state)
{
    const struct yx_ipc_message kill = {.kind = YX_IPC_KILL};
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message reply = {0};
    struct yx_keeper_key *key = NULL;
    struct yx_error err;
    int fd;

    (void)state;
    expect_ok(yx_ipc_connect(line, YX_KEEPER, 0, &fd, &err), &err);
    expect_status(yx_ipc_call(fd, &kill, YX_IPC_DONE, &reply, 0, &err), YX_USAGE, &err);
    assert_false(yx_ipc_is_broken(&err));
    assert_int_equal(write(fd, "nonsense", 8), 8);
    expect_status(yx_ipc_receive(fd, &reply, 0, &err), YX_IO, &err);
    (void)close(fd);
    expect_ok(yx_keeper_key(keeper, "audit", &key, &err), &err);
    yx_keeper_key_free(key);
}

/* JSON as deep as its reader allows: the thread that reads it has the room. */
static void test_a_deep_leaf(void **state)
{
    YX_CLEAN(yx_keeper_key) struct yx_keeper_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf leaf = {0};
    char details[4096] = "";
    struct yx_error err;

    (void)state;
    expect_ok(yx_keeper_key(keeper, "ca/first", &key, &err), &err);
    for (size_t depth = 2000; depth < 2100; depth += 12) {
        memset(details, '[', depth);
        memset(details + depth, ']', 4000 - depth);
        make_leaf(details, &leaf);
        expect_status(sign_by(key, "certificate", samples[0].bytes, yx_buf_bytes(&leaf), &err),
                      YX_REFUSED, &err);
    }
}

/* --- Which keys there are -----------------------------------------------------------------------
 */

static yx_status list_keys(const char *base, struct yx_kept_keys **out, struct yx_error *err)
{
    char tls[100];
    const struct yx_keeper_process process = {.folder = base, .tls_key = tls};
    bool tokens;

    (void)snprintf(tls, sizeof tls, "%s/keys/tls.key", base);
    return yx_kept_keys_new(&process, YX_TEXT("secret"), out, &tokens, err);
}

static void test_keys_that_are_refused(void **state)
{
    static const struct {
        const char *conf, *says;
    } cases[] = {
        {"key shop { place = \"shop.key\" purposes = {\"everything\"} }\n", "not known"},
        {"key \"a b\" { place = \"shop.key\" }\n", "may have a to z"},
        {"key audit { place = \"shop.key\" purposes = {\"document\"} }\n", "two keys"},
        {"key shop { place = \"shop.key\" purposes = {\"tls\", \"document\"} }\n", "a key of TLS"},
        {"key shop { place = \"tls.key\" purposes = {\"document\"} }\n", "a key of TLS"},
    };
    struct folder base;

    (void)state;
    folder_make(&base);
    expect_tool(&base, "mkdir keys");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct yx_kept_keys *keys = NULL;
        struct yx_error err;
        char words[300];

        folder_write(&base, "keys/keys.conf", YX_TEXT(cases[i].conf));
        expect_status(list_keys(base.path, &keys, &err), YX_DAMAGED, &err);
        yx_message_render(&err.message, NULL, words, sizeof words);
        if (strstr(words, cases[i].says) == NULL)
            fail_msg("%s: %s", cases[i].conf, words);
    }
    folder_remove(&base);
}

/* An authority whose settings cannot be read costs its own keys, and those of nobody else. */
static void test_a_broken_authority(void **state)
{
    struct folder base;
    YX_CLEAN(yx_kept_keys) struct yx_kept_keys *keys = NULL;
    const struct yx_kept_key *key;
    const char *files[YX_KEYS_MAX];
    struct yx_error err;

    (void)state;
    folder_make(&base);
    expect_tool(&base, "mkdir -p keys ca/bad 'ca/two words'");
    expect_tool(&base, "touch ca/bad/ca.pem 'ca/two words/ca.pem'");
    folder_write(&base, "ca/bad/ca.conf", YX_TEXT("nonsense = 1\n"));
    folder_write(&base, "keys/keys.conf",
                 YX_TEXT("key shop { place = \"/elsewhere/shop.key\" }\n"));
    expect_ok(list_keys(base.path, &keys, &err), &err);
    expect_status(yx_kept_key_find(keys, "ca/bad", &key, &err), YX_DAMAGED, &err);
    /* Its name would not fit into a line of the journal. */
    expect_status(yx_kept_key_find(keys, "ca/two words", &key, &err), YX_NO_INPUT, &err);
    /* What the sandbox has to leave open. */
    assert_int_equal(yx_kept_keys_files(keys, files), 3);
    assert_string_equal(files[2], "/elsewhere/shop.key");
    folder_remove(&base);
}

/* A passphrase is made for keys that are made: not for some that have one, which nobody gave. */
static void test_the_passphrase(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf made = {0};
    YX_CLEAN(yx_buf) struct yx_buf known = {0};
    struct folder base;
    struct yx_error err;

    (void)state;
    folder_make(&base);
    expect_tool(&base, "mkdir keys");
    folder_write(&base, "keys/audit.key", YX_TEXT("encrypted"));
    expect_status(yx_keeper_passphrase(base.path, &made, &err), YX_NO_INPUT, &err);
    assert_int_equal(tool(&base, "test -e keys/secret"), 1);
    expect_tool(&base, "rm keys/audit.key");
    expect_status(yx_keeper_known_passphrase(base.path, &known, &err), YX_NO_INPUT, &err);
    expect_ok(yx_keeper_passphrase(base.path, &made, &err), &err);
    expect_ok(yx_keeper_known_passphrase(base.path, &known, &err), &err);
    assert_true(yx_bytes_equal(yx_buf_bytes(&made), yx_buf_bytes(&known)));
    (void)setenv("YINXIN_PASSPHRASE", "given", 1);
    known.len = 0;
    expect_ok(yx_keeper_known_passphrase(base.path, &known, &err), &err);
    (void)unsetenv("YINXIN_PASSPHRASE");
    assert_true(yx_bytes_equal(yx_buf_bytes(&known), YX_TEXT("given")));
    folder_remove(&base);
}

/* --- Started anew -------------------------------------------------------------------------------
 */

static void *start_soon(void *argument)
{
    (void)argument;
    (void)usleep(200000);
    start_keeper();
    return NULL;
}

static void test_killed(void **state)
{
    YX_CLEAN(yx_keeper_key) struct yx_keeper_key *key = NULL;
    uint8_t one[32], same[32], other[32];
    pthread_t thread;
    struct yx_error err;

    (void)state;
    expect_ok(yx_keeper_secret(keeper, "one", one, &err), &err);
    expect_ok(yx_keeper_key(keeper, "audit", &key, &err), &err);
    for (int i = 0; i < 3; i++) {
        stop_keeper(i == 1 ? SIGHUP : SIGKILL);
        assert_int_equal(pthread_create(&thread, NULL, start_soon, NULL), 0);
        expect_ok(sign_as(key, samples[5].bytes, &err), &err);
        assert_int_equal(pthread_join(thread, NULL), 0);
    }
    expect_ok(yx_keeper_secret(keeper, "one", same, &err), &err);
    expect_ok(yx_keeper_secret(keeper, "other", other, &err), &err);
    assert_memory_equal(one, same, 32);
    assert_memory_not_equal(one, other, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_keys_sign_what_they_are_for),
        cmocka_unit_test(test_keys_that_there_are_not),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_deceitful_callers),
        cmocka_unit_test(test_a_deep_leaf),
        cmocka_unit_test(test_keys_that_are_refused),
        cmocka_unit_test(test_a_broken_authority),
        cmocka_unit_test(test_the_passphrase),
        cmocka_unit_test(test_killed),
    };

    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, begin, end);
}
