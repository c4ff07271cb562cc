/* SPDX-License-Identifier: Apache-2.0 */
/* test_extend_ocsp.c - level LT with OCSP responses in the place of CRLs: what is stored, that it
 * suffices for a later check, and what does not suffice. How responses out of a document count is
 * in tests/pdfverify/test_verify_ocsp.c. */
#include "support.h"

#include "pdf_odd.h"

#include "ocsp.h"
#include "pdf_desk.h"

static struct desk desk;
static struct pki_person responder;
static struct yx_buf signed_pdf; /* level T, by somebody whose certificate names a responder */

static size_t count_words(const struct yx_buf *in, const char *words)
{
    size_t count = 0, len = strlen(words);
    for (size_t at = 0; at + len <= in->len; at++)
        count += memcmp(in->data + at, words, len) == 0;
    return count;
}

static void add_answer(const struct yx_cert *about, const struct yx_ocsp_answer *answer)
{
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    struct ocsp_by by = {&desk.pki.ca, &responder, NULL};
    expect_ok(ocsp_answer(&by, about, answer, &response, &err), &err);
    expect_ok(yx_trust_add_ocsp(desk.pki.trust, yx_buf_bytes(&response), &err), &err);
}

static void forget(void)
{
    struct yx_error err;
    yx_trust_free(desk.pki.trust);
    expect_ok(yx_trust_new(&desk.pki.trust, &err), &err);
    expect_ok(yx_trust_add_anchor(desk.pki.trust, desk.pki.ca.cert, &err), &err);
}

static int begin(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf plain = {0};
    struct pki_wish holder = {
        .name = "CN=Careful,O=Test,C=CN", .type = YX_KEY_SM2, .ocsp_url = "http://ocsp.example/"};
    struct pki_wish ocsp = {.name = "CN=OCSP,O=Test,C=CN",
                            .type = YX_KEY_SM2,
                            .key_usage = YX_KU_DIGITAL_SIGNATURE,
                            .ocsp = true};
    desk_open(YX_KEY_SM2, &desk);
    pki_person_free(&desk.pki.holder);
    expect_ok(pki_person_make(&holder, &desk.pki.ca, &desk.pki.holder, &err), &err);
    expect_ok(pki_person_make(&ocsp, &desk.pki.ca, &responder, &err), &err);
    odd_named("table", &plain);
    struct yx_pdf_request request = desk_request(&desk, NULL);
    request.level = YX_PADES_T;
    desk_must_sign(&desk, &request, yx_buf_bytes(&plain), &signed_pdf);
    return 0;
}

static int end(void **state)
{
    (void)state;
    yx_buf_free(&signed_pdf);
    pki_person_free(&responder);
    desk_close(&desk);
    return 0;
}

static const struct yx_ocsp_answer good = {.status = YX_OCSP_GOOD};

/* Who has the document needs nothing else than the root. */
static void test_only_ocsp(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf lt = {0};
    YX_CLEAN(yx_buf) struct yx_buf lta = {0};
    forget();
    add_answer(desk.pki.holder.cert, &good);
    add_answer(desk.pki.maker.cert, &good); /* of no concern here */
    expect_ok(desk_extend(&desk, YX_PADES_LT, yx_buf_bytes(&signed_pdf), &lt, &err), &err);
    desk_check_qpdf(&desk, yx_buf_bytes(&lt));
    struct yx_bytes kept = yx_trust_ocsp(desk.pki.trust, 0);
    struct yx_bytes left_out = yx_trust_ocsp(desk.pki.trust, 1);
    assert_non_null(memmem(lt.data, lt.len, kept.data, kept.len));
    assert_null(memmem(lt.data, lt.len, left_out.data, left_out.len));
    assert_int_equal(count_words(&lt, "/OCSPs"), 1);
    assert_int_equal(count_words(&lt, "/OCSP ["), 1);
    assert_int_equal(count_words(&lt, "/CRLs"), 0);
    /* Once more: it is stored once. */
    expect_ok(desk_extend(&desk, YX_PADES_LTA, yx_buf_bytes(&lt), &lta, &err), &err);
    assert_null(memmem(lta.data + lt.len, lta.len - lt.len, kept.data, kept.len));
    forget();
    desk_check_valid(&desk, yx_buf_bytes(&lt), 1);
    desk_check_valid(&desk, yx_buf_bytes(&lta), 2);
}

static void expect_refusal(const char *words)
{
    struct yx_error err;
    char text[600];
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    expect_status(desk_extend(&desk, YX_PADES_LT, yx_buf_bytes(&signed_pdf), &out, &err),
                  YX_REFUSED, &err);
    yx_message_render(&err.message, NULL, text, sizeof text);
    if (strstr(text, words) == NULL)
        fail_msg("\"%s\" is not in: %s", words, text);
}

static void test_not_enough(void **state)
{
    (void)state;
    static const struct yx_ocsp_answer unknown = {.status = YX_OCSP_UNKNOWN};
    struct yx_ocsp_answer revoked = {.status = YX_OCSP_REVOKED,
                                     .revoked_at = yx_now() - 3600 * YX_SECOND};
    struct yx_ocsp_answer stale = {.status = YX_OCSP_GOOD,
                                   .this_update = yx_now() - 2 * 3600 * YX_SECOND,
                                   .next_update = yx_now() - 3600 * YX_SECOND};
    forget();
    expect_refusal("or an OCSP response");
    add_answer(desk.pki.holder.cert, &unknown);
    expect_refusal("or an OCSP response");
    add_answer(desk.pki.holder.cert, &stale);
    expect_refusal("or an OCSP response");
    add_answer(desk.pki.holder.cert, &revoked);
    expect_refusal("is revoked is not known to be false");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_ocsp),
        cmocka_unit_test(test_not_enough),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
