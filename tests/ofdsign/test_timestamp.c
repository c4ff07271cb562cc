/* SPDX-License-Identifier: Apache-2.0 */
/* test_timestamp.c - seal signatures with a time-stamp over their value: made, verified, and every
 * authority and document that it cannot be had from. */
#include "support.h"

#include "ofd_desk.h"

static struct desk desk;
static struct pki_person authority;
static struct yx_tsa tsa;

static int open_all(void **state)
{
    static const struct pki_wish wish = {.name = "CN=TSA,O=Test,C=CN", .tsa = true};
    struct yx_error err;
    (void)state;
    desk_open(&desk);
    expect_ok(pki_person_make(&wish, &desk.pki.ca, &authority, &err), &err);
    tsa = (struct yx_tsa){.cert = authority.cert, .signer = pki_signer(&authority)};
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    pki_person_free(&authority);
    desk_close(&desk);
    return 0;
}

static void expect_stamped(const struct yx_buf *document)
{
    YX_CLEAN(yx_report) struct yx_report *report = desk_verify(&desk, yx_buf_bytes(document));
    const struct yx_report_signature *signature = report->signatures;
    assert_int_equal(report->result, YX_VALID);
    assert_non_null(signature);
    assert_string_equal(signature->time_source, "tsa");
    assert_int_equal(yx_checks_find(&signature->checks, YX_CHECK_TIMESTAMP_TOKEN)->outcome,
                     YX_PASS);
}

/* --- Sound ones -------------------------------------------------------------------------- */

static void test_every_version(void **state)
{
    static const int versions[] = {4, 5};
    struct yx_timestamper stamper = yx_timestamper_borrow_tsa(&tsa);
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        YX_CLEAN(yx_buf) struct yx_buf seal = {0};
        YX_CLEAN(yx_buf) struct yx_buf out = {0};
        struct yx_ofd_request request = desk_request(&desk);
        desk_make_seal(&desk.pki, versions[i], &seal);
        request.seal = yx_buf_bytes(&seal);
        request.timestamper = &stamper;
        desk_signed(&desk, &desk.paper, &request, &out);
        expect_stamped(&out);
    }
}

struct halves {
    struct yx_source *source;
    struct yx_buf plan, to_be_signed, value;
};

static void halves_free(struct halves *halves)
{
    yx_source_free(halves->source);
    yx_buf_free(&halves->plan);
    yx_buf_free(&halves->to_be_signed);
    yx_buf_free(&halves->value);
}
YX_DEFINE_CLEAN_VALUE(halves, struct halves, halves_free);

static void prepare(const struct yx_ofd_request *request, struct halves *out)
{
    struct yx_error err;
    expect_ok(yx_source_borrow(yx_buf_bytes(&desk.paper), &out->source, &err), &err);
    expect_ok(yx_ofd_prepare(out->source, request, &out->plan, &out->to_be_signed, &err), &err);
    expect_ok(yx_private_key_sign(desk.pki.holder.key, YX_SIG_SM2_SM3,
                                  yx_buf_bytes(&out->to_be_signed), &out->value, &err),
              &err);
}

static yx_status finish(const struct halves *halves, const struct yx_timestamper *stamper,
                        struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    expect_ok(yx_sink_memory(out, &sink, err), err);
    YX_TRY(yx_ofd_finish(halves->source, yx_buf_bytes(&halves->plan), yx_buf_bytes(&halves->value),
                         stamper, sink, err));
    return yx_sink_commit(sink, err);
}

static void test_two_halves(void **state)
{
    YX_CLEAN(halves) struct halves halves = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_timestamper stamper = yx_timestamper_borrow_tsa(&tsa);
    struct yx_ofd_request request = desk_request(&desk);
    struct yx_error err;
    (void)state;
    prepare(&request, &halves);
    expect_ok(finish(&halves, &stamper, &out, &err), &err);
    expect_stamped(&out);
}

/* --- Authorities that are none ----------------------------------------------------------- */

static unsigned asked;

static yx_status stamp_another(void *self, yx_digest_algorithm algorithm, struct yx_bytes digest,
                               struct yx_buf *token, struct yx_error *err)
{
    static const uint8_t other[32] = {1};
    struct yx_timestamper stamper = yx_timestamper_borrow_tsa(self);
    (void)digest;
    asked++;
    return stamper.stamp(stamper.self, algorithm, YX_BYTES(other, sizeof other), token, err);
}

/* A token that was changed on its way. */
static yx_status stamp_wrongly(void *self, yx_digest_algorithm algorithm, struct yx_bytes digest,
                               struct yx_buf *token, struct yx_error *err)
{
    struct yx_timestamper stamper = yx_timestamper_borrow_tsa(self);
    asked++;
    YX_TRY(stamper.stamp(stamper.self, algorithm, digest, token, err));
    token->data[token->len - 1] ^= 1;
    return YX_OK;
}

static yx_status stamp_garbage(void *self, yx_digest_algorithm algorithm, struct yx_bytes digest,
                               struct yx_buf *token, struct yx_error *err)
{
    (void)self, (void)algorithm, (void)digest;
    asked++;
    return yx_buf_append(token, YX_TEXT("no token")) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status stamp_never(void *self, yx_digest_algorithm algorithm, struct yx_bytes digest,
                             struct yx_buf *token, struct yx_error *err)
{
    (void)self, (void)algorithm, (void)digest, (void)token;
    asked++;
    return yx_fail(err, YX_IO, "", "the service is away");
}

static void test_bad_authorities(void **state)
{
    static const struct {
        yx_status (*stamp)(void *, yx_digest_algorithm, struct yx_bytes, struct yx_buf *,
                           struct yx_error *);
        yx_status status;
        const char *says;
    } cases[] = {
        {stamp_another, YX_REFUSED, "made over something else"},
        {stamp_wrongly, YX_REFUSED, "does not verify"},
        {stamp_garbage, YX_REFUSED, "does not verify"},
        {stamp_never, YX_IO, "the service is away"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct yx_timestamper stamper = {YX_DIGEST_SM3, cases[i].stamp, &tsa};
        struct yx_ofd_request request = desk_request(&desk);
        request.timestamper = &stamper;
        desk_expect_refused(&desk, &desk.paper, &request, cases[i].status, cases[i].says);
    }
}

/* --- What has no place for one ----------------------------------------------------------- */

static void test_no_place(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf seal = {0};
    struct yx_timestamper stamper = {YX_DIGEST_SM3, stamp_never, NULL};
    struct yx_ofd_request request = desk_request(&desk);
    (void)state;
    asked = 0;
    desk_make_seal(&desk.pki, 1, &seal);
    request.seal = yx_buf_bytes(&seal);
    request.timestamper = &stamper;
    desk_expect_refused(&desk, &desk.paper, &request, YX_REFUSED, "version 1 has no place");
    request.seal = YX_BYTES(NULL, 0);
    request.placement_count = 0;
    desk_expect_refused(&desk, &desk.paper, &request, YX_REFUSED, "without a seal has no place");
    assert_int_equal(asked, 0);
}

/* Plans do not tell that a time-stamp will come; nobody stamps a value that does not hold. */
static void test_finish_refuses(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf seal = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    YX_CLEAN(halves) struct halves plain = {0};
    YX_CLEAN(halves) struct halves old = {0};
    YX_CLEAN(halves) struct halves wrong = {0};
    struct yx_timestamper stamper = yx_timestamper_borrow_tsa(&tsa);
    struct yx_timestamper never = {YX_DIGEST_SM3, stamp_never, NULL};
    struct yx_ofd_request request = desk_request(&desk);
    struct yx_error err;
    (void)state;
    prepare(&request, &wrong);
    wrong.value.data[wrong.value.len - 1] ^= 1;
    asked = 0;
    expect_status(finish(&wrong, &never, &out, &err), YX_REFUSED, &err);
    assert_int_equal(asked, 0);
    desk_make_seal(&desk.pki, 1, &seal);
    request.seal = yx_buf_bytes(&seal);
    prepare(&request, &old);
    expect_status(finish(&old, &stamper, &out, &err), YX_REFUSED, &err);
    request.seal = YX_BYTES(NULL, 0);
    request.placement_count = 0;
    prepare(&request, &plain);
    expect_status(finish(&plain, &stamper, &out, &err), YX_REFUSED, &err);
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_version),   cmocka_unit_test(test_two_halves),
        cmocka_unit_test(test_bad_authorities), cmocka_unit_test(test_no_place),
        cmocka_unit_test(test_finish_refuses),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
