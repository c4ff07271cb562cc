/* SPDX-License-Identifier: Apache-2.0 */
/* test_poll.c - requests that wait for a person: RFC 4210 5.3.22. */
#include "desk.h"

/* Somebody who must wait, and what they were told last. */
struct scene {
    struct desk desk;
    struct client client;
    uint8_t nonce[YX_CMP_ID_MAX];
    size_t issued; /* before */
};

static void scene_close(struct scene *scene)
{
    desk_close(&scene->desk);
}
YX_DEFINE_CLEAN_VALUE(scene, struct scene, scene_close);

/* The next message repeats the nonce of this answer. */
static void remember(struct scene *scene, const struct answer *answer)
{
    memcpy(scene->nonce, answer->message.sender_nonce.data, answer->message.sender_nonce.len);
    scene->client.recipient_nonce = YX_BYTES(scene->nonce, answer->message.sender_nonce.len);
}

static void ask_for(struct scene *scene, struct answer *out)
{
    YX_CLEAN(yx_buf) struct yx_buf body = {0};

    request_body(&scene->desk, "CN=waits", &body);
    scene->client = client_new("waits", "secret of waits");
    ask(scene->desk.cmp, &scene->client, YX_CMP_IR, yx_buf_bytes(&body), out);
    remember(scene, out);
}

static void scene_open(struct scene *scene)
{
    YX_CLEAN(answer) struct answer answer = {0};

    desk_open(&scene->desk, YX_KEY_P256);
    scene->issued = folder_count(scene->desk.people.ca);
    ask_for(scene, &answer);
    assert_int_equal(answer.message.kind, YX_CMP_IP);
    assert_int_equal(answer.granted, YX_CMP_WAITS);
    assert_null(answer.cert);
}

static void put_poll(int64_t id, struct yx_buf *out)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    struct yx_error err;
    size_t list = yx_der_begin(&w, YX_DER_SEQUENCE), one = yx_der_begin(&w, YX_DER_SEQUENCE);

    yx_der_put_int(&w, id);
    yx_der_close(&w, one);
    yx_der_close(&w, list);
    expect_ok(yx_der_finish(&w, out, &err), &err);
}

static void poll_with(struct scene *scene, const struct client *client, int64_t id, yx_time now,
                      struct answer *out)
{
    YX_CLEAN(yx_buf) struct yx_buf body = {0};

    put_poll(id, &body);
    ask_at(scene->desk.cmp, client, YX_CMP_POLL_REQ, yx_buf_bytes(&body), now, out);
}

static void poll(struct scene *scene, struct answer *out)
{
    struct yx_error err;

    expect_ok(yx_random(scene->client.nonce, 16, &err), &err);
    poll_with(scene, &scene->client, 0, 0, out);
    remember(scene, out);
}

static bool take_number(void *self, const struct yx_enrol_pending *pending)
{
    *(int64_t *)self = pending->number;
    assert_string_equal(pending->actor, "cmp:waits");
    assert_string_equal(pending->subject, "CN=waits");
    assert_string_equal(pending->profile, "tls-client");
    assert_int_equal(strlen(pending->key), 64);
    return true;
}

static void decide(struct scene *scene, bool approve)
{
    struct yx_error err;
    int64_t number = 0;

    expect_ok(yx_enrol_each_pending(scene->desk.people.ca, false, take_number, &number, &err),
              &err);
    assert_int_not_equal(number, 0);
    expect_ok(yx_enrol_decide(scene->desk.people.ca, number, approve, "cli:test", &err), &err);
    expect_status(yx_enrol_decide(scene->desk.people.ca, number, !approve, "cli:test", &err),
                  YX_REFUSED, &err);
}

static yx_status forget_serials(void *self, struct yx_tx *tx, struct yx_error *err)
{
    (void)self;
    return yx_tx_run(tx, "UPDATE cmp_transaction SET serial = NULL, state = 0 WHERE state = 1",
                     NULL, 0, NULL, err);
}

static void expect_issued(struct scene *scene, size_t more)
{
    assert_int_equal(folder_count(scene->desk.people.ca), scene->issued + more);
}

/* --- What becomes of it -------------------------------------------------------------------- */

static void an_approved_request_is_issued_and_confirmed(void **state)
{
    YX_CLEAN(scene) struct scene scene = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    YX_CLEAN(answer) struct answer last = {0};

    (void)state;
    scene_open(&scene);
    for (unsigned i = 0; i < 3; i++) {
        poll(&scene, &answer);
        assert_int_equal(answer.message.kind, YX_CMP_POLL_REP);
        assert_int_equal(answer.check_after, 60);
        expect_issued(&scene, 0);
    }
    decide(&scene, true);
    expect_issued(&scene, 0);
    poll(&scene, &answer);
    assert_int_equal(answer.message.kind, YX_CMP_IP);
    assert_string_equal(yx_cert_subject(answer.cert), "CN=waits");
    expect_issued(&scene, 1);
    confirm(&scene.desk, &scene.client, &answer, 0, &last);
    assert_int_equal(last.message.kind, YX_CMP_PKICONF);
    assert_int_equal(state_of(&scene.desk, answer.cert), YX_CA_GOOD);
}

static void a_refused_request_is_rejected(void **state)
{
    YX_CLEAN(scene) struct scene scene = {0};
    YX_CLEAN(answer) struct answer answer = {0};

    (void)state;
    scene_open(&scene);
    decide(&scene, false);
    poll(&scene, &answer);
    assert_int_equal(answer.message.kind, YX_CMP_IP);
    assert_int_equal(answer.granted, YX_CMP_REJECTION);
    assert_int_equal(answer.failure, YX_CMP_NOT_AUTHORIZED);
    poll(&scene, &answer); /* over */
    assert_int_equal(answer.failure, YX_CMP_BAD_REQUEST);
    ask_for(&scene, &answer); /* the same once more */
    assert_int_equal(answer.failure, YX_CMP_NOT_AUTHORIZED);
    expect_issued(&scene, 0);
}

static void what_was_not_confirmed_is_withdrawn(void **state)
{
    YX_CLEAN(scene) struct scene scene = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    struct yx_error err;
    size_t count;

    (void)state;
    scene_open(&scene);
    decide(&scene, true);
    poll(&scene, &answer);
    expect_ok(yx_cmp_sweep(scene.desk.cmp, yx_now() + 500 * YX_SECOND, &count, &err), &err);
    assert_int_equal(count, 0);
    expect_ok(yx_cmp_sweep(scene.desk.cmp, yx_now() + 700 * YX_SECOND, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_int_equal(state_of(&scene.desk, answer.cert), YX_CA_REVOKED);
}

/* The client gave up and begins anew: the approval counts, and the first transaction, which nobody
 * comes back to, takes nothing away when its time is over. */
static void a_new_transaction_finds_the_request(void **state)
{
    YX_CLEAN(scene) struct scene scene = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    YX_CLEAN(answer) struct answer last = {0};
    struct yx_error err;
    size_t count;

    (void)state;
    scene_open(&scene);
    decide(&scene, true);
    ask_for(&scene, &answer);
    assert_int_equal(answer.granted, YX_CMP_ACCEPTED);
    confirm(&scene.desk, &scene.client, &answer, 0, &last);
    assert_int_equal(last.message.kind, YX_CMP_PKICONF);
    expect_ok(yx_cmp_sweep(scene.desk.cmp, yx_now() + 30 * YX_DAY, &count, &err), &err);
    assert_int_equal(count, 0);
    assert_int_equal(state_of(&scene.desk, answer.cert), YX_CA_GOOD);
    expect_issued(&scene, 1);
}

/* The process ended between issuing and keeping: the sweep finds the certificate all the same. */
static void a_certificate_that_nobody_kept_is_withdrawn(void **state)
{
    YX_CLEAN(scene) struct scene scene = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    struct yx_error err;
    size_t count;

    (void)state;
    for (unsigned again = 0; again < 2; again++) {
        scene_open(&scene);
        decide(&scene, true);
        if (again == 0)
            poll(&scene, &answer);
        else
            ask_for(&scene, &answer);
        assert_non_null(answer.cert);
        expect_ok(yx_store_write(yx_ca_store(scene.desk.people.ca), forget_serials, NULL, &err),
                  &err);
        expect_ok(yx_cmp_sweep(scene.desk.cmp, yx_now() + 700 * YX_SECOND, &count, &err), &err);
        assert_int_equal(count, 1);
        assert_int_equal(state_of(&scene.desk, answer.cert), YX_CA_REVOKED);
        answer_free(&answer);
        scene_close(&scene);
        scene = (struct scene){0};
    }
}

static void nobody_decided_in_time(void **state)
{
    YX_CLEAN(scene) struct scene scene = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    struct yx_error err;
    size_t count;

    (void)state;
    scene_open(&scene);
    expect_ok(yx_cmp_sweep(scene.desk.cmp, yx_now() + 8 * YX_DAY, &count, &err), &err);
    assert_int_equal(count, 0);
    poll(&scene, &answer);
    assert_int_equal(answer.failure, YX_CMP_BAD_REQUEST);
    expect_issued(&scene, 0);
}

/* --- What is not answered -------------------------------------------------------------------- */

static void a_message_that_comes_again_changes_nothing(void **state)
{
    YX_CLEAN(scene) struct scene scene = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    struct client old;
    uint8_t nonce[16];

    (void)state;
    scene_open(&scene);
    old = scene.client;
    memcpy(nonce, scene.nonce, sizeof nonce);
    old.recipient_nonce = YX_BYTES(nonce, sizeof nonce);
    poll(&scene, &answer);
    decide(&scene, true);
    poll_with(&scene, &old, 0, 0, &answer);
    assert_int_equal(answer.failure, YX_CMP_BAD_RECIPIENT_NONCE);
    old.recipient_nonce = YX_BYTES(NULL, 0);
    poll_with(&scene, &old, 0, 0, &answer);
    assert_int_equal(answer.failure, YX_CMP_BAD_RECIPIENT_NONCE);
    expect_issued(&scene, 0);
    poll(&scene, &answer);
    assert_non_null(answer.cert);
    expect_issued(&scene, 1);
    poll(&scene, &answer);
    assert_int_equal(answer.failure, YX_CMP_BAD_REQUEST);
    expect_issued(&scene, 1);
}

static void a_stranger_gets_nothing(void **state)
{
    YX_CLEAN(scene) struct scene scene = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    struct client thief = seven(), lost;

    (void)state;
    scene_open(&scene);
    decide(&scene, true);
    memcpy(thief.transaction, scene.client.transaction, sizeof thief.transaction);
    thief.recipient_nonce = scene.client.recipient_nonce;
    poll_with(&scene, &thief, 0, 0, &answer);
    assert_int_equal(answer.failure, YX_CMP_BAD_REQUEST);
    thief.reference = "waits";
    poll_with(&scene, &thief, 0, 0, &answer);
    assert_int_equal(answer.failure, YX_CMP_BAD_MESSAGE_CHECK);
    lost = scene.client;
    lost.transaction[0] ^= 1;
    poll_with(&scene, &lost, 0, 0, &answer);
    assert_int_equal(answer.failure, YX_CMP_BAD_REQUEST);
    poll_with(&scene, &scene.client, 1, 0, &answer);
    assert_int_equal(answer.failure, YX_CMP_BAD_REQUEST);
    expect_issued(&scene, 0);
}

static void a_transaction_that_never_waited(void **state)
{
    YX_CLEAN(scene) struct scene scene = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    YX_CLEAN(yx_buf) struct yx_buf body = {0};

    (void)state;
    scene_open(&scene);
    request_body(&scene.desk, "CN=device-7", &body);
    scene.client = seven();
    ask(scene.desk.cmp, &scene.client, YX_CMP_IR, yx_buf_bytes(&body), &answer);
    assert_non_null(answer.cert);
    remember(&scene, &answer);
    poll(&scene, &answer);
    assert_int_equal(answer.failure, YX_CMP_BAD_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_approved_request_is_issued_and_confirmed),
        cmocka_unit_test(a_refused_request_is_rejected),
        cmocka_unit_test(what_was_not_confirmed_is_withdrawn),
        cmocka_unit_test(a_new_transaction_finds_the_request),
        cmocka_unit_test(a_certificate_that_nobody_kept_is_withdrawn),
        cmocka_unit_test(nobody_decided_in_time),
        cmocka_unit_test(a_message_that_comes_again_changes_nothing),
        cmocka_unit_test(a_stranger_gets_nothing),
        cmocka_unit_test(a_transaction_that_never_waited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
