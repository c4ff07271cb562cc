/* SPDX-License-Identifier: Apache-2.0 */
/* test_ipc.c - messages between our processes: what is sent arrives, what is not exactly a message
 * is refused, and callers find a process that was started anew. */
#include "support.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/ipc.h"

static int pair[2];

static int make_pair(void **state)
{
    struct yx_error err;

    (void)state;
    expect_ok(yx_ipc_pair(pair, &err), &err);
    return 0;
}

static int close_pair(void **state)
{
    (void)state;
    (void)close(pair[0]);
    (void)close(pair[1]);
    return 0;
}

static int open_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* --- What is sent arrives --------------------------------------------------------------------- */

static void send_sign(struct yx_bytes body)
{
    const struct yx_ipc_message request = {
        .kind = YX_IPC_SIGN,
        .fields = {{.text = "根 CA"},
                   {.text = "crl"},
                   {.number = UINT64_MAX - 1},
                   {.bytes = body},
                   {.bytes = YX_TEXT("leaf")}},
    };
    struct yx_error err;

    expect_ok(yx_ipc_send(pair[0], &request, 0, &err), &err);
}

static void test_fields_arrive(void **state)
{
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message got = {0};
    struct yx_error err;

    (void)state;
    for (int round = 0; round < 2; round++) { /* the second into the memory of the first */
        send_sign(YX_TEXT("body"));
        expect_ok(yx_ipc_receive(pair[1], &got, 0, &err), &err);
        assert_int_equal(got.kind, YX_IPC_SIGN);
        assert_string_equal(got.fields[0].text, "根 CA");
        assert_string_equal(got.fields[1].text, "crl");
        assert_true(got.fields[2].number == UINT64_MAX - 1);
        assert_true(yx_bytes_are(got.fields[3].bytes, "body"));
        assert_true(yx_bytes_are(got.fields[4].bytes, "leaf"));
    }
}

static void test_long_bytes_go_beside(void **state)
{
    static const size_t lengths[] = {0, YX_IPC_INLINE_MAX, YX_IPC_INLINE_MAX + 1, 3000000};
    uint8_t *bytes = malloc(3000000);
    int before = open_descriptors();

    (void)state;
    for (size_t i = 0; i < 3000000; i++)
        bytes[i] = (uint8_t)(i * 7);
    for (size_t i = 0; i < 4; i++) {
        YX_CLEAN(yx_ipc_message) struct yx_ipc_message got = {0};
        struct yx_error err;

        send_sign(YX_BYTES(bytes, lengths[i]));
        expect_ok(yx_ipc_receive(pair[1], &got, 0, &err), &err);
        assert_true(yx_bytes_equal(got.fields[3].bytes, YX_BYTES(bytes, lengths[i])));
        assert_true(yx_bytes_are(got.fields[4].bytes, "leaf"));
    }
    assert_int_equal(open_descriptors(), before);
    free(bytes);
}

static void test_descriptors_arrive(void **state)
{
    int before = open_descriptors(), fd, taken, kept;
    struct yx_error err;

    (void)state;
    expect_ok(yx_ipc_seal(YX_TEXT("content"), &fd, &err), &err);
    for (int round = 0; round < 2; round++) {
        const struct yx_ipc_message peer = {.kind = YX_IPC_PEER,
                                            .fields = {{.number = YX_WEB}, {.fd = fd}}};
        YX_CLEAN(yx_ipc_message) struct yx_ipc_message got = {0};
        char text[7];

        expect_ok(yx_ipc_send(pair[0], &peer, 0, &err), &err);
        expect_ok(yx_ipc_receive(pair[1], &got, 0, &err), &err);
        assert_int_equal(pread(got.fields[1].fd, text, 7, 0), 7);
        assert_memory_equal(text, "content", 7);
        assert_true((fcntl(got.fields[1].fd, F_GETFD) & FD_CLOEXEC) != 0);
        kept = got.fields[1].fd;
        if (round == 1)
            taken = yx_ipc_take_fd(&got, 1);
    }
    assert_int_equal(taken, kept);
    assert_true(fcntl(taken, F_GETFD) >= 0);
    (void)close(taken);
    (void)close(fd);
    assert_int_equal(open_descriptors(), before);
}

static void test_errors_arrive(void **state)
{
    struct yx_error sent, got;
    struct yx_ipc_message reply = {0};
    char text[200];

    (void)state;
    (void)yx_fail(&sent, YX_REFUSED, "RFC 6960 4.2.2.2", N_("{1} is no IP address"), "甲");
    for (int round = 0; round < 2; round++) {
        const struct yx_ipc_message request = {.kind = YX_IPC_ALIVE};
        const char *sentence = round == 0 ? NULL : got.message.text;

        expect_ok(yx_ipc_reply(pair[1], YX_REFUSED, NULL, &sent, 0, &got), &got);
        assert_int_equal(yx_ipc_call(pair[0], &request, YX_IPC_DONE, &reply, 0, &got), YX_REFUSED);
        assert_string_equal(got.rule, "RFC 6960 4.2.2.2");
        yx_message_render(&got.message, NULL, text, sizeof text);
        assert_string_equal(text, "甲 is no IP address");
        /* Kept once. */
        if (sentence != NULL)
            assert_ptr_equal(got.message.text, sentence);
        assert_false(yx_ipc_is_broken(&got));
    }
    yx_ipc_message_free(&reply);
}

/* A process that was taken over makes others keep so much and no more. */
static void test_sentences_are_bounded(void **state)
{
    char text[600];
    size_t kept = 0;

    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        (void)snprintf(text, sizeof text, "sentence %u", i);
        kept += strcmp(yx_ipc_sentence(text), text) == 0;
    }
    assert_in_range(kept, 1000, 2048);
    assert_string_equal(yx_ipc_sentence("sentence 1"), "sentence 1");
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_string_equal(yx_ipc_sentence(text), "{1}");
    assert_string_equal(yx_ipc_sentence("a line\n"), "{1}");
    assert_string_equal(yx_ipc_sentence("\33[2J"), "{1}");
}

/* --- What is refused ------------------------------------------------------------------------- */

static void refuse(const void *record, size_t len)
{
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message got = {0};
    struct yx_error err;

    assert_int_equal(send(pair[0], record, len, 0), (ssize_t)len);
    assert_int_equal(yx_ipc_receive(pair[1], &got, 0, &err), YX_IO);
    assert_true(yx_ipc_is_broken(&err));
    assert_int_equal(got.kind, YX_IPC_NONE);
}

/* A record of KEY, whose one field is a text. */
struct key_record {
    uint32_t kind, len;
    char text[8];
};

static void test_malformed_records(void **state)
{
    const struct key_record good = {YX_IPC_KEY, 4, "root"};
    const struct key_record kind = {YX_IPC_KINDS, 4, "root"}, none = {0, 4, "root"},
                            zero = {YX_IPC_KEY, 4, "ro\0t"}, utf8 = {YX_IPC_KEY, 4, "ro\xff t"},
                            huge = {YX_IPC_KEY, UINT32_MAX, "root"};
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message got = {0};
    struct yx_error err;

    (void)state;
    assert_int_equal(send(pair[0], &good, 12, 0), 12);
    expect_ok(yx_ipc_receive(pair[1], &got, 0, &err), &err);
    assert_string_equal(got.fields[0].text, "root");
    for (size_t len = 1; len < 12; len++)
        refuse(&good, len);
    refuse(&good, 13);
    refuse(&kind, 12);
    refuse(&none, 12);
    refuse(&zero, 12);
    refuse(&utf8, 12);
    refuse(&huge, 12);
}

static void test_overlong_record(void **state)
{
    uint8_t *record = calloc(1, YX_IPC_RECORD_MAX + 1);

    (void)state;
    refuse(record, YX_IPC_RECORD_MAX + 1);
    free(record);
}

/* An error whose arguments are not as many as it says, or that calls the connection broken. */
static void test_malformed_errors(void **state)
{
    const struct {
        uint64_t status, count;
        const char *rule;
        struct yx_bytes args;
    } cases[] = {
        {YX_OK, 0, "", {0}},
        {YX_INTERNAL + 1, 0, "", {0}},
        {YX_REFUSED, 2, "", YX_BYTES("a\0", 2)},
        {YX_REFUSED, 1, "", YX_BYTES("a\0b\0", 4)},
        {YX_REFUSED, 1, "", YX_BYTES("\0a", 2)},
        {YX_REFUSED, 7, "", YX_BYTES("\0\0\0\0\0\0\0", 7)},
        {YX_REFUSED, 0, "ipc/messages.inc", {0}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct yx_ipc_message request = {.kind = YX_IPC_ALIVE};
        const struct yx_ipc_message lie = {.kind = YX_IPC_ERROR,
                                           .fields = {{.number = cases[i].status},
                                                      {.text = cases[i].rule},
                                                      {.text = "a sentence"},
                                                      {.number = cases[i].count},
                                                      {.bytes = cases[i].args}}};
        YX_CLEAN(yx_ipc_message) struct yx_ipc_message reply = {0};
        struct yx_error err;

        expect_ok(yx_ipc_send(pair[1], &lie, 0, &err), &err);
        assert_int_equal(yx_ipc_call(pair[0], &request, YX_IPC_DONE, &reply, 0, &err), YX_IO);
        assert_true(yx_ipc_is_broken(&err));
    }
}

static yx_status parse_with(struct yx_bytes record, int fd, int second)
{
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message got = {0};
    const int descriptors[] = {fd, second};
    struct yx_error err;

    return yx_ipc_parse(record, descriptors, second >= 0 ? 2 : fd >= 0 ? 1 : 0, &got, &err);
}

static int unsealed(int seals)
{
    int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    assert_int_equal(write(fd, "content", 7), 7);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

static int sealed(struct yx_bytes content)
{
    struct yx_error err;
    int fd;

    expect_ok(yx_ipc_seal(content, &fd, &err), &err);
    return fd;
}

/* What came as memory must not change under a reader; descriptors come as many as the kind has. */
static void test_memory_that_can_change(void **state)
{
    const uint32_t beside[] = {YX_IPC_SIGN, 0, 0, 0, 0, UINT32_MAX, 0};
    struct yx_bytes record = YX_BYTES(beside, sizeof beside);
    int before = open_descriptors();

    (void)state;
    assert_int_equal(parse_with(record, sealed(YX_TEXT("content")), -1), YX_OK);
    assert_int_equal(parse_with(record, sealed(YX_TEXT("")), -1), YX_DAMAGED);
    assert_int_equal(parse_with(record, unsealed(0), -1), YX_DAMAGED);
    assert_int_equal(parse_with(record, unsealed(F_SEAL_WRITE), -1), YX_DAMAGED);
    assert_int_equal(parse_with(record, unsealed(F_SEAL_SHRINK | F_SEAL_GROW), -1), YX_DAMAGED);
    assert_int_equal(parse_with(record, open("/dev/null", O_RDONLY), -1), YX_DAMAGED);
    assert_int_equal(parse_with(record, -1, -1), YX_DAMAGED);
    assert_int_equal(parse_with(record, sealed(YX_TEXT("a")), sealed(YX_TEXT("b"))), YX_DAMAGED);
    assert_int_equal(open_descriptors(), before);
}

static void test_deadline(void **state)
{
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message got = {0};
    int64_t begun = yx_monotonic();
    struct yx_error err;

    (void)state;
    assert_int_equal(yx_ipc_receive(pair[1], &got, begun + YX_SECOND / 10, &err), YX_IO);
    assert_true(yx_ipc_is_broken(&err));
    assert_in_range(yx_monotonic() - begun, YX_SECOND / 10, 5 * YX_SECOND);
    /* A peer that takes nothing. */
    for (begun = yx_monotonic();;) {
        const struct yx_ipc_message alive = {.kind = YX_IPC_ALIVE};

        if (yx_ipc_send(pair[0], &alive, begun + YX_SECOND / 10, &err) != YX_OK)
            break;
    }
    assert_true(yx_ipc_is_broken(&err));
    assert_in_range(yx_monotonic() - begun, YX_SECOND / 10, 5 * YX_SECOND);
    /* Nor makes it anybody wait who answers it. */
    const struct yx_ipc_message done = {.kind = YX_IPC_DONE};

    assert_int_equal(yx_ipc_reply(pair[0], YX_OK, &done, NULL, yx_monotonic(), &err), YX_IO);
    assert_true(yx_ipc_is_broken(&err));
}

/* It is the caller's fault, and no reason to look for another connection. */
static void test_too_long(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    struct yx_ipc_message request = {.kind = YX_IPC_KEY};
    struct yx_error err;

    (void)state;
    for (size_t len = YX_IPC_RECORD_MAX - 8; len <= YX_IPC_RECORD_MAX + 1; len++) {
        text.len = 0;
        for (size_t i = 0; i < len; i++)
            assert_int_equal(yx_buf_append_text(&text, "x"), YX_OK);
        assert_int_equal(yx_buf_append(&text, YX_BYTES("", 1)), YX_OK);
        request.fields[0].text = (const char *)text.data;
        if (len == YX_IPC_RECORD_MAX - 8) { /* kind and length */
            expect_ok(yx_ipc_send(pair[0], &request, 0, &err), &err);
            continue;
        }
        expect_status(yx_ipc_send(pair[0], &request, 0, &err), YX_USAGE, &err);
        assert_false(yx_ipc_is_broken(&err));
    }
}

static void test_peer_is_gone(void **state)
{
    const struct yx_ipc_message alive = {.kind = YX_IPC_ALIVE};
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message got = {0};
    struct yx_error err;
    int own[2];

    (void)state;
    expect_ok(yx_ipc_pair(own, &err), &err);
    (void)close(own[1]);
    assert_int_equal(yx_ipc_send(own[0], &alive, 0, &err), YX_IO);
    assert_true(yx_ipc_is_broken(&err));
    assert_int_equal(yx_ipc_receive(own[0], &got, 0, &err), YX_IO);
    assert_true(yx_ipc_is_broken(&err));
    (void)close(own[0]);
}

/* --- Pools ------------------------------------------------------------------------------------ */

/* A parent, whose process YX_KEEPER is a thread for each connection; the next `deaths` calls find
 * their connection closed instead of a reply. */
static struct service {
    int line;
    _Atomic int connections, calls, deaths;
    pthread_t thread;
} service;

static void *serve_one(void *argument)
{
    int fd = (int)(intptr_t)argument;
    struct yx_ipc_message message = {0};

    while (yx_ipc_receive(fd, &message, 0, NULL) == YX_OK) {
        struct yx_ipc_message reply = {.kind = YX_IPC_KEY_IS,
                                       .fields = {{.bytes = message.fields[0].bytes}}};

        service.calls++;
        if (service.deaths > 0 && service.deaths-- > 0)
            break;
        if (yx_ipc_send(fd, &reply, 0, NULL) != YX_OK)
            break;
    }
    yx_ipc_message_free(&message);
    (void)close(fd);
    return NULL;
}

static void *be_parent(void *argument)
{
    struct yx_ipc_message message = {0};

    (void)argument;
    while (yx_ipc_receive(service.line, &message, 0, NULL) == YX_OK) {
        struct yx_ipc_message reply = {.kind = YX_IPC_CONNECTED};
        pthread_t thread;
        int own[2];

        (void)yx_ipc_pair(own, NULL);
        (void)pthread_create(&thread, NULL, serve_one, (void *)(intptr_t)own[1]);
        (void)pthread_detach(thread);
        reply.fields[0].fd = own[0];
        service.connections++;
        (void)yx_ipc_send(service.line, &reply, 0, NULL);
        (void)close(own[0]);
    }
    yx_ipc_message_free(&message);
    return NULL;
}

static yx_status call_with(struct yx_ipc_pool *pool, const char *text, bool again)
{
    const struct yx_ipc_message request = {.kind = YX_IPC_KEY, .fields = {{.text = text}}};
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message reply = {0};
    struct yx_error err;
    yx_status status = yx_ipc_pool_call(pool, &request, YX_IPC_KEY_IS, &reply, 10, again, &err);

    if (status == YX_OK && !yx_bytes_are(reply.fields[0].bytes, text))
        return YX_DAMAGED;
    return status;
}

static _Atomic int failures;

static void *call_often(void *pool)
{
    char text[32];

    for (int i = 0; i < 500; i++) {
        (void)snprintf(text, sizeof text, "call %d", i);
        failures += call_with(pool, text, true) != YX_OK;
    }
    return NULL;
}

static void test_pool(void **state)
{
    YX_CLEAN(yx_ipc_line) struct yx_ipc_line *line = NULL;
    YX_CLEAN(yx_ipc_pool) struct yx_ipc_pool *pool = NULL;
    pthread_t threads[8];
    struct yx_error err;
    int own[2];

    (void)state;
    expect_ok(yx_ipc_pair(own, &err), &err);
    service.line = own[1];
    (void)pthread_create(&service.thread, NULL, be_parent, NULL);
    expect_ok(yx_ipc_line_new(own[0], &line, &err), &err);
    expect_ok(yx_ipc_pool_new(line, YX_KEEPER, 0, 3, &pool, &err), &err);

    for (int i = 0; i < 8; i++)
        (void)pthread_create(&threads[i], NULL, call_often, pool);
    for (int i = 0; i < 8; i++)
        (void)pthread_join(threads[i], NULL);
    assert_int_equal(failures, 0);
    assert_int_equal(service.calls, 4000);
    assert_in_range(service.connections, 1, 3);

    /* It dies under a call: made again if that is allowed, else told. */
    service.deaths = 1;
    assert_int_equal(call_with(pool, "fatal", false), YX_IO);
    assert_int_equal(service.calls, 4001);
    service.deaths = 3;
    assert_int_equal(call_with(pool, "harmless", true), YX_OK);
    assert_int_equal(service.calls, 4005);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fields_arrive, make_pair, close_pair),
        cmocka_unit_test_setup_teardown(test_long_bytes_go_beside, make_pair, close_pair),
        cmocka_unit_test_setup_teardown(test_descriptors_arrive, make_pair, close_pair),
        cmocka_unit_test_setup_teardown(test_errors_arrive, make_pair, close_pair),
        cmocka_unit_test_setup_teardown(test_malformed_records, make_pair, close_pair),
        cmocka_unit_test_setup_teardown(test_overlong_record, make_pair, close_pair),
        cmocka_unit_test_setup_teardown(test_malformed_errors, make_pair, close_pair),
        cmocka_unit_test_setup_teardown(test_memory_that_can_change, make_pair, close_pair),
        cmocka_unit_test_setup_teardown(test_deadline, make_pair, close_pair),
        cmocka_unit_test_setup_teardown(test_too_long, make_pair, close_pair),
        cmocka_unit_test_setup_teardown(test_peer_is_gone, make_pair, close_pair),
        cmocka_unit_test(test_pool),
        cmocka_unit_test(test_sentences_are_bounded),
    };

    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
