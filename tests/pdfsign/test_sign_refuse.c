/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_sign_refuse.c - who may not sign, and requests that make no sense: refused with the rule,
 * with nothing written. What documents forbid is in test_sign_field.c.
 */
#include "support.h"

#include "pdf_odd.h"

#include "pdf_desk.h"

static const struct yx_placement lower_right = {.kind = YX_PLACE_POINT};

static void expect_refused(const struct desk *desk, const struct yx_pdf_request *request,
                           yx_status want, const char *words)
{
    struct yx_buf in = {0}, out = {0};
    struct yx_error err = {0};
    char said[600] = "";
    odd_named("table", &in);
    yx_status status = desk_sign(desk, request, yx_buf_bytes(&in), &out, &err);
    if (status != YX_OK)
        yx_message_render(&err.message, NULL, said, sizeof said);
    if (status != want || strstr(said, words) == NULL)
        fail_msg("status %d, \"%s\" and not %d, \"%s\"", (int)status, said, (int)want, words);
    assert_true(want != YX_REFUSED || strlen(err.rule) > 0);
    assert_int_equal(out.len, 0);
    yx_buf_free(&in);
    yx_buf_free(&out);
}

/* --- Requests ------------------------------------------------------------------------------ */

static void test_requests(void **state)
{
    struct desk *desk = *state;
    struct yx_pdf_request request = desk_request(desk, &lower_right);
    request.signer = NULL;
    expect_refused(desk, &request, YX_USAGE, "needs the signer's certificate");
    request = desk_request(desk, NULL);
    request.seal = yx_buf_bytes(&desk->seal);
    expect_refused(desk, &request, YX_USAGE, "needs a place");
    request = desk_request(desk, &lower_right);
    request.seal = YX_BYTES("", 0);
    expect_refused(desk, &request, YX_USAGE, "has no place");
    request = desk_request(desk, &lower_right);
    request.field = "a";
    expect_refused(desk, &request, YX_USAGE, "not both");
    request = desk_request(desk, NULL);
    request.level = YX_PADES_T;
    request.timestamper = NULL;
    expect_refused(desk, &request, YX_USAGE, "time-stamping authority is needed");
    struct yx_placement beyond = {.kind = YX_PLACE_POINT, .first_page = 9, .last_page = 9};
    request = desk_request(desk, &beyond);
    expect_refused(desk, &request, YX_REFUSED, "9");
    struct yx_placement outside = {.kind = YX_PLACE_POINT, .has_point = true, .x = 5, .y = 5};
    request = desk_request(desk, &outside);
    expect_refused(desk, &request, YX_REFUSED, "would leave page 1");
}

/* --- Algorithms and signers ----------------------------------------------------------------- */

static void test_algorithms(void **state)
{
    struct desk *desk = *state;
    struct yx_pdf_request request = desk_request(desk, &lower_right);
    request.algorithm = YX_SIG_RSA_SHA256;
    expect_refused(desk, &request, YX_REFUSED, "does not sign with");
    request.algorithm = YX_SIG_ECDSA_SHA1;
    expect_refused(desk, &request, YX_REFUSED, "is not safe any more");
}

/* REQ: the signer's certificate is looked at before anything else (GM/T 0031-2014 6.2.2 a).
 * REQ: USE-34 */
static void test_signers(void **state)
{
    struct desk *desk = *state;
    static const struct {
        struct pki_wish wish;
        const char *words;
    } cases[] = {
        {{.name = "CN=Late", .type = YX_KEY_P256, .not_after = 1}, "is not valid now, but from"},
        {{.name = "CN=Other use", .type = YX_KEY_P256, .key_usage = YX_KU_KEY_AGREEMENT},
         "is not for signing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pki_person person = {0};
        struct pki_wish wish = cases[i].wish;
        struct yx_error err;
        if (wish.not_after == 1) {
            wish.not_before = yx_now() - 20 * YX_DAY;
            wish.not_after = yx_now() - 10 * YX_DAY;
        }
        expect_ok(pki_person_make(&wish, &desk->pki.ca, &person, &err), &err);
        struct yx_pdf_request request = desk_request(desk, NULL);
        request.signer = person.cert;
        expect_refused(desk, &request, YX_REFUSED, cases[i].words);
        pki_person_free(&person);
    }
}

static void test_untrusted_and_revoked(void **state)
{
    struct desk *desk = *state;
    struct desk stranger;
    struct yx_error err;
    desk_open(YX_KEY_P256, &stranger);
    struct yx_pdf_request request = desk_request(&stranger, NULL);
    request.trust = desk->pki.trust;
    expect_refused(&stranger, &request, YX_REFUSED, "does not lead to a trusted root");
    expect_ok(pki_revoke(&stranger.pki, stranger.pki.holder.cert, yx_now() - YX_DAY / 2, &err),
              &err);
    request.trust = stranger.pki.trust;
    expect_refused(&stranger, &request, YX_REFUSED, "revoked");
    desk_close(&stranger);
}

/* --- Seals --------------------------------------------------------------------------------- */

/* REQ: the seal lists its holders, and lasts for its period (GM/T 0031-2014 6.2.2 b, c). */
static void test_seals(void **state)
{
    struct desk *desk = *state;
    struct desk other;
    struct yx_buf damaged = {0};
    desk_open(YX_KEY_P256, &other);
    struct yx_pdf_request request = desk_request(desk, &lower_right);
    request.seal = yx_buf_bytes(&other.seal);
    request.trust = NULL;
    expect_refused(desk, &request, YX_REFUSED, "not in the seal's list");
    assert_int_equal(yx_buf_append(&damaged, yx_buf_bytes(&desk->seal)), YX_OK);
    damaged.data[damaged.len - 10] ^= 1;
    request = desk_request(desk, &lower_right);
    request.seal = yx_buf_bytes(&damaged);
    expect_refused(desk, &request, YX_REFUSED, "");
    request.seal.len = 100;
    expect_refused(desk, &request, YX_DAMAGED, "");
    request = desk_request(desk, &lower_right);
    request.time = yx_now() + 3000 * YX_DAY;
    expect_refused(desk, &request, YX_REFUSED, "");
    yx_buf_free(&damaged);
    desk_close(&other);
}

/* A face that is a small OFD is refused with a sentence. */
static void test_ofd_face(void **state)
{
    struct desk *desk = *state;
    struct yx_buf seal = {0};
    static const uint8_t zip[] = "PK\3\4face" /* a local header, as far as anybody looks */
                                 "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    desk_seal(desk, YX_BYTES(zip, sizeof zip), &seal);
    struct yx_pdf_request request = desk_request(desk, &lower_right);
    request.seal = yx_buf_bytes(&seal);
    expect_refused(desk, &request, YX_REFUSED, "small OFD document");
    yx_buf_free(&seal);
}

/* --- Devices and authorities that misbehave -------------------------------------------------- */

static yx_status sign_wrongly(void *self, yx_signature_algorithm algorithm, struct yx_bytes message,
                              struct yx_buf *signature, struct yx_error *err)
{
    struct pki_person *person = self;
    (void)message;
    return yx_private_key_sign(person->key, algorithm, YX_TEXT("something else"), signature, err);
}

static void test_wrong_signature(void **state)
{
    struct desk *desk = *state;
    struct yx_buf in = {0}, out = {0};
    struct yx_error err;
    struct yx_source *source = NULL;
    struct yx_sink *sink = NULL;
    struct yx_pdf_request request = desk_request(desk, &lower_right);
    struct yx_signer signer = {request.algorithm, sign_wrongly, &desk->pki.holder};
    odd_named("table", &in);
    expect_ok(yx_source_borrow(yx_buf_bytes(&in), &source, &err), &err);
    expect_ok(yx_sink_memory(&out, &sink, &err), &err);
    expect_status(yx_pdf_sign(source, &request, &signer, sink, &err), YX_REFUSED, &err);
    signer.algorithm = YX_SIG_SM2_SM3;
    expect_status(yx_pdf_sign(source, &request, &signer, sink, &err), YX_USAGE, &err);
    assert_int_equal(out.len, 0);
    yx_sink_free(sink);
    yx_source_free(source);
    yx_buf_free(&in);
}

static yx_status stamp_nothing(void *self, yx_digest_algorithm algorithm, struct yx_bytes digest,
                               struct yx_buf *token, struct yx_error *err)
{
    (void)self, (void)algorithm, (void)digest, (void)token;
    return yx_fail(err, YX_REFUSED, "RFC 3161 2.4.2", N_("no"));
}

static yx_status stamp_text(void *self, yx_digest_algorithm algorithm, struct yx_bytes digest,
                            struct yx_buf *token, struct yx_error *err)
{
    (void)self, (void)algorithm, (void)digest, (void)err;
    return yx_buf_append_text(token, "<html>");
}

static yx_status stamp_other(void *self, yx_digest_algorithm algorithm, struct yx_bytes digest,
                             struct yx_buf *token, struct yx_error *err)
{
    struct desk *desk = self;
    uint8_t other[YX_DIGEST_MAX] = {0};
    return desk->timestamper.stamp(desk->timestamper.self, algorithm, YX_BYTES(other, digest.len),
                                   token, err);
}

static void test_wrong_tokens(void **state)
{
    struct desk *desk = *state;
    struct yx_timestamper bad = {desk->timestamper.algorithm, stamp_nothing, desk};
    struct yx_pdf_request request = desk_request(desk, &lower_right);
    request.level = YX_PADES_T;
    request.timestamper = &bad;
    expect_refused(desk, &request, YX_REFUSED, "no");
    bad.stamp = stamp_text;
    expect_refused(desk, &request, YX_REFUSED, "gave a token that does not verify");
    bad.stamp = stamp_other;
    expect_refused(desk, &request, YX_REFUSED, "gave a token that does not verify");
}

static int open_desk(void **state)
{
    struct desk *desk = malloc(sizeof *desk);
    if (desk == NULL)
        return -1;
    desk_open(YX_KEY_P256, desk);
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    desk_close(*state);
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),        cmocka_unit_test(test_algorithms),
        cmocka_unit_test(test_signers),         cmocka_unit_test(test_untrusted_and_revoked),
        cmocka_unit_test(test_seals),           cmocka_unit_test(test_ofd_face),
        cmocka_unit_test(test_wrong_signature), cmocka_unit_test(test_wrong_tokens),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
