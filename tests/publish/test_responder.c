/* SPDX-License-Identifier: Apache-2.0 */
/* test_responder.c - OCSP answers of an authority: what is kept and how long, delegates, a database
 * that is away. */
#include "../ca/folder.h"

#include "publish/publish.h"

#define HOUR (3600 * YX_SECOND)

struct world {
    struct folder folder;
    struct yx_ca *ca;
    struct yx_cert *cert;
    struct yx_responder *responder;
};

static void world_open(struct world *world)
{
    struct yx_error err;

    world->ca = folder_authority(&world->folder);
    expect_ok(folder_issue(world->ca, "unit", UNIT_NAME, 0, 0, &world->cert, &err), &err);
    expect_ok(yx_responder_new(world->ca, NULL, NULL, &world->responder, &err), &err);
}

static void world_close(struct world *world)
{
    yx_responder_free(world->responder);
    yx_cert_free(world->cert);
    yx_ca_free(world->ca);
    folder_close(&world->folder);
}
YX_DEFINE_CLEAN_VALUE(world, struct world, world_close);

static void ask(const struct world *world, bool nonce, struct yx_buf *request)
{
    const struct yx_ocsp_pair pair = {world->cert, yx_ca_certificate(world->ca)};
    struct yx_error err;

    expect_ok(yx_ocsp_request_make(&pair, 1, YX_DIGEST_NONE, nonce, request, &err), &err);
}

static void expect_answer(const struct world *world, struct yx_bytes request, yx_time now,
                          struct yx_buf *response, yx_ocsp_status status)
{
    struct yx_ocsp_answer answer;
    struct yx_error err;
    const struct yx_ocsp_question question = {
        .about = {world->cert, yx_ca_certificate(world->ca)},
        .request = request,
        .at = now,
        .now = now,
    };

    response->len = 0;
    expect_ok(yx_responder_reply(world->responder, request, now, response, &err), &err);
    expect_ok(yx_ocsp_response_check(yx_buf_bytes(response), &question, &answer, &err), &err);
    assert_int_equal(answer.status, status);
}

static void expect_error(struct world *world, struct yx_bytes request, yx_time now,
                         yx_ocsp_error error)
{
    const uint8_t want[] = {0x30, 0x03, 0x0A, 0x01, (uint8_t)error};
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    struct yx_error err;

    assert_int_not_equal(yx_responder_reply(world->responder, request, now, &response, &err),
                         YX_OK);
    assert_int_equal(response.len, sizeof want);
    assert_memory_equal(response.data, want, sizeof want);
}

/* REQ: CA-14 */
static void answers_are_kept_until_a_state_changes(void **state)
{
    YX_CLEAN(world) struct world world = {0};
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    YX_CLEAN(yx_buf) struct yx_buf first = {0};
    YX_CLEAN(yx_buf) struct yx_buf second = {0};
    yx_time now = yx_now();
    struct yx_error err;

    (void)state;
    world_open(&world);
    ask(&world, false, &request);
    assert_true(yx_responder_may_keep(yx_buf_bytes(&request)));
    expect_answer(&world, yx_buf_bytes(&request), now, &first, YX_OCSP_GOOD);
    expect_answer(&world, yx_buf_bytes(&request), now + HOUR / 3, &second, YX_OCSP_GOOD);
    assert_true(yx_bytes_equal(yx_buf_bytes(&first), yx_buf_bytes(&second)));
    /* Half of its life is over. */
    expect_answer(&world, yx_buf_bytes(&request), now + HOUR / 2 + YX_SECOND, &second,
                  YX_OCSP_GOOD);
    assert_false(yx_bytes_equal(yx_buf_bytes(&first), yx_buf_bytes(&second)));
    const struct yx_ca_revoke_request revocation = {.serial = yx_cert_serial(world.cert),
                                                    .reason = 1,
                                                    .invalid_since = YX_TIME_NONE,
                                                    .now = now,
                                                    .actor = "test"};
    expect_ok(yx_ca_revoke(world.ca, &revocation, &err), &err);
    expect_answer(&world, yx_buf_bytes(&request), now + HOUR / 2 + 2 * YX_SECOND, &second,
                  YX_OCSP_REVOKED);
}

static void a_nonce_gets_an_answer_of_its_own(void **state)
{
    YX_CLEAN(world) struct world world = {0};
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    YX_CLEAN(yx_buf) struct yx_buf first = {0};
    YX_CLEAN(yx_buf) struct yx_buf second = {0};
    yx_time now = yx_now();

    (void)state;
    world_open(&world);
    ask(&world, true, &request);
    assert_false(yx_responder_may_keep(yx_buf_bytes(&request)));
    assert_false(yx_responder_may_keep(YX_TEXT("no request")));
    expect_answer(&world, yx_buf_bytes(&request), now, &first, YX_OCSP_GOOD);
    expect_answer(&world, yx_buf_bytes(&request), now, &second, YX_OCSP_GOOD);
    assert_false(yx_bytes_equal(yx_buf_bytes(&first), yx_buf_bytes(&second)));
    expect_error(&world, YX_TEXT("no request"), now, YX_OCSP_MALFORMED_REQUEST);
}

static void a_delegate_signs_while_it_is_valid(void **state)
{
    YX_CLEAN(world) struct world world = {0};
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *delegate = NULL;
    struct yx_ca_issue_request order = {.days = 2, .actor = "test"};
    struct yx_signer signer;
    struct yx_error err;
    yx_time now;

    (void)state;
    world_open(&world);
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &key, &err), &err);
    expect_ok(yx_name_to_der("CN=OCSP", &subject, &err), &err);
    order.profile = yx_ca_profile_find(world.ca, "ocsp");
    order.subject = yx_buf_bytes(&subject);
    order.spki = yx_public_key_spki(yx_private_key_public(key));
    expect_ok(yx_ca_issue(world.ca, &order, &der, &err), &err);
    expect_ok(yx_cert_from_der(yx_buf_bytes(&der), &delegate, &err), &err);
    signer = yx_signer_borrow_key(key);
    yx_responder_free(world.responder);
    world.responder = NULL;
    expect_ok(yx_responder_new(world.ca, delegate, &signer, &world.responder, &err), &err);
    ask(&world, false, &request);
    now = yx_now();
    expect_answer(&world, yx_buf_bytes(&request), now, &response, YX_OCSP_GOOD);
    expect_error(&world, yx_buf_bytes(&request), now + 72 * HOUR, YX_OCSP_INTERNAL_ERROR);
    yx_responder_free(world.responder);
    world.responder = NULL;
}

static yx_status refuse_to_sign(void *self, yx_signature_algorithm algorithm,
                                struct yx_bytes message, struct yx_buf *signature,
                                struct yx_error *err)
{
    struct yx_signer *signer = self;

    if (signer->sign != NULL)
        return signer->sign(signer->self, algorithm, message, signature, err);
    return yx_fail(err, YX_IO, "", "the token is gone");
}

/* A token that was pulled out, a database that is away: tryLater, and all is well again later. */
static void what_fails_for_now_is_said_so(void **state)
{
    YX_CLEAN(world) struct world world = {0};
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    struct yx_signer real, broken;
    struct yx_error err;
    yx_time now = yx_now();

    (void)state;
    world_open(&world);
    real = yx_ca_signer(world.ca);
    broken = (struct yx_signer){.algorithm = real.algorithm, .sign = refuse_to_sign, .self = &real};
    yx_responder_free(world.responder);
    world.responder = NULL;
    expect_ok(yx_responder_new(world.ca, NULL, &broken, &world.responder, &err), &err);
    ask(&world, false, &request);
    real.sign = NULL;
    expect_error(&world, yx_buf_bytes(&request), now, YX_OCSP_TRY_LATER);
    real = yx_ca_signer(world.ca);
    expect_answer(&world, yx_buf_bytes(&request), now, &response, YX_OCSP_GOOD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_kept_until_a_state_changes),
        cmocka_unit_test(a_nonce_gets_an_answer_of_its_own),
        cmocka_unit_test(a_delegate_signs_while_it_is_valid),
        cmocka_unit_test(what_fails_for_now_is_said_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
