/* SPDX-License-Identifier: Apache-2.0 */
/* test_verify_ocsp.c - OCSP responses that stand in the DSS of a document: which of them count, and
 * what they say about the signer. */
#include "support.h"

#include "pdf_odd.h"

#include "ocsp.h"
#include "pdf_desk.h"
#include "revise.h"

static struct pki pki;
static struct pki_person delegate, stranger, of_stranger;

/* A signed document with the response, whoever made it, in its DSS. */
static void with_response(struct yx_bytes response, struct yx_buf *file)
{
    struct revise_signature s = {.signer = &pki.holder, .time = yx_now() - 600 * YX_SECOND};
    odd_make(&(struct odd_options){.kind = ODD_TABLE}, file);
    struct revise r = revise_begin(file);
    revise_entry(&r, 40, file->len);
    odd_put(file, "40 0 obj\n<< /Length %zu >>\nstream\n", response.len);
    assert_int_equal(yx_buf_append(file, response), YX_OK);
    odd_put(file, "\nendstream\nendobj\n");
    revise_end(&r, NULL);
    s.catalog = "/DSS << /OCSPs [40 0 R 3 0 R] >>";
    revise_sign(file, revise_prepare(file, &s), &s, NULL);
}

static void expect_response(const struct ocsp_by *by, const struct yx_ocsp_answer *answer,
                            yx_outcome outcome, const char *words)
{
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    expect_ok(ocsp_answer(by, pki.holder.cert, answer, &response, &err), &err);
    with_response(yx_buf_bytes(&response), &file);
    revise_expect_check(yx_buf_bytes(&file), pki.trust, 0, YX_CHECK_SIGNER_REVOCATION, outcome,
                        words);
    revise_expect(yx_buf_bytes(&file), pki.trust,
                  outcome == YX_PASS   ? YX_VALID
                  : outcome == YX_FAIL ? YX_INVALID
                                       : YX_INDETERMINATE);
}

static void test_what_it_says(void **state)
{
    (void)state;
    const struct ocsp_by by_delegate = {.issuer = &pki.ca, .delegate = &delegate};
    const struct ocsp_by by_ca = {.issuer = &pki.ca};
    struct yx_ocsp_answer answer = {.status = YX_OCSP_GOOD};
    expect_response(&by_delegate, &answer, YX_PASS, NULL);
    expect_response(&by_ca, &answer, YX_PASS, NULL);
    answer.status = YX_OCSP_UNKNOWN;
    expect_response(&by_delegate, &answer, YX_UNKNOWN, "does not know CN=Careful");
    answer.status = YX_OCSP_REVOKED; /* signed ten minutes ago */
    answer.revoked_at = yx_now() - 3600 * YX_SECOND;
    expect_response(&by_delegate, &answer, YX_FAIL, "CN=Careful,O=Test,C=CN was revoked at");
    answer.revoked_at = yx_now() - 300 * YX_SECOND;
    expect_response(&by_delegate, &answer, YX_PASS, "after the time that counts");
}

static void test_forged(void **state)
{
    (void)state;
    static const struct yx_ocsp_answer good = {.status = YX_OCSP_GOOD};
    struct yx_ocsp_answer stale = {.status = YX_OCSP_GOOD,
                                   .this_update = yx_now() - YX_DAY,
                                   .next_update = yx_now() - 3600 * YX_SECOND};
    const struct ocsp_by by_stranger = {.issuer = &stranger, .named = &pki.ca};
    const struct ocsp_by by_his_delegate = {
        .issuer = &stranger, .delegate = &of_stranger, .named = &pki.ca};
    const struct ocsp_by by_himself = {.issuer = &pki.holder, .named = &pki.ca};
    const struct ocsp_by true_delegate = {.issuer = &pki.ca, .delegate = &delegate};
    expect_response(&by_stranger, &good, YX_UNKNOWN, "may not answer for CN=Test Root");
    expect_response(&by_his_delegate, &good, YX_UNKNOWN, "may not answer for CN=Test Root");
    expect_response(&by_himself, &good, YX_UNKNOWN, "may not answer for CN=Test Root");
    expect_response(&true_delegate, &stale, YX_UNKNOWN, "does not cover");
}

/* What cannot be read does no harm, and is no help. */
static void test_rubbish(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    with_response(YX_TEXT("no response"), &file);
    revise_expect_check(yx_buf_bytes(&file), pki.trust, 0, YX_CHECK_SIGNER_REVOCATION, YX_UNKNOWN,
                        "names a source");
}

static int begin(void **state)
{
    (void)state;
    struct yx_error err;
    struct pki_wish holder = {
        .name = "CN=Careful,O=Test,C=CN", .type = YX_KEY_SM2, .ocsp_url = "http://ocsp.example/"};
    struct pki_wish ca = {.name = "CN=Stranger,O=Test,C=CN",
                          .type = YX_KEY_SM2,
                          .ca = true,
                          .not_after = yx_now() + 400 * YX_DAY};
    struct pki_wish ocsp = {.name = "CN=OCSP,O=Test,C=CN",
                            .type = YX_KEY_SM2,
                            .key_usage = YX_KU_DIGITAL_SIGNATURE,
                            .ocsp = true};
    expect_ok(pki_open(YX_KEY_SM2, &pki, &err), &err);
    pki_person_free(&pki.holder);
    expect_ok(pki_person_make(&holder, &pki.ca, &pki.holder, &err), &err);
    expect_ok(pki_person_make(&ca, NULL, &stranger, &err), &err);
    expect_ok(pki_person_make(&ocsp, &pki.ca, &delegate, &err), &err);
    expect_ok(pki_person_make(&ocsp, &stranger, &of_stranger, &err), &err);
    return 0;
}

static int end(void **state)
{
    (void)state;
    pki_free(&pki);
    pki_person_free(&delegate);
    pki_person_free(&stranger);
    pki_person_free(&of_stranger);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_it_says),
        cmocka_unit_test(test_forged),
        cmocka_unit_test(test_rubbish),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
