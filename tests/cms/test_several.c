/* SPDX-License-Identifier: Apache-2.0 */
/* test_several.c - a SignedData with several signers: refused where one is meant, else each can
 * be had for itself. */
#include "support.h"

#include "../support/pki.h"
#include "several.h"

static struct pki people;

static int open_people(void **state)
{
    struct yx_error err;
    (void)state;
    return pki_open(YX_KEY_P256, &people, &err) == YX_OK ? 0 : -1;
}

static int close_people(void **state)
{
    (void)state;
    pki_free(&people);
    return 0;
}

static void sign(const struct pki_person *person, struct yx_buf *out)
{
    struct yx_error err;
    uint8_t digest[YX_DIGEST_MAX];
    YX_CLEAN(yx_buf) struct yx_buf attributes = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    struct yx_signer signer = pki_signer(person);
    expect_ok(yx_digest(YX_DIGEST_SHA256, YX_TEXT("signed"), digest, &err), &err);
    struct yx_cms_request request = {.signer = person->cert,
                                     .algorithm = signer.algorithm,
                                     .content_digest = YX_BYTES(digest, 32),
                                     .signing_time = YX_TIME_NONE};
    expect_ok(yx_cms_prepare(&request, &attributes, &err), &err);
    expect_ok(signer.sign(signer.self, signer.algorithm, yx_buf_bytes(&attributes), &value, &err),
              &err);
    expect_ok(yx_cms_finish(&request, yx_buf_bytes(&attributes), yx_buf_bytes(&value),
                            YX_BYTES(NULL, 0), out, &err),
              &err);
}

static void check_signer(struct yx_bytes der, size_t wanted, const struct pki_person *person)
{
    struct yx_error err;
    struct yx_cms cms;
    size_t count = 0;
    bool digest = false, value = false;
    YX_CLEAN(yx_cert) struct yx_cert *signer = NULL;
    expect_ok(yx_cms_parse_signer(der, wanted, &cms, &count, &err), &err);
    assert_int_equal(count, 2);
    expect_ok(yx_cms_signer(&cms, &signer, &err), &err);
    assert_string_equal(yx_cert_subject(signer), yx_cert_subject(person->cert));
    expect_ok(yx_cms_verify(&cms, signer, YX_TEXT("signed"), &digest, &value, NULL, &err), &err);
    assert_true(digest && value);
}

static void test_each_for_itself(void **state)
{
    (void)state;
    struct yx_error err;
    struct yx_cms cms;
    size_t count;
    struct yx_buf values[2] = {{0}};
    YX_CLEAN(yx_buf) struct yx_buf joined = {0};
    sign(&people.holder, &values[0]);
    sign(&people.maker, &values[1]);
    several_join(values, 2, &joined);
    check_signer(yx_buf_bytes(&joined), 0, &people.holder);
    check_signer(yx_buf_bytes(&joined), 1, &people.maker);
    expect_status(yx_cms_parse_signer(yx_buf_bytes(&joined), 2, &cms, &count, &err), YX_USAGE,
                  &err);
    expect_status(yx_cms_parse(yx_buf_bytes(&joined), &cms, &err), YX_DAMAGED, &err);
    assert_string_equal(err.rule, "GB/T 35275, one signer");
    expect_ok(yx_cms_parse(yx_buf_bytes(&values[0]), &cms, &err), &err);
    yx_buf_free(&values[0]);
    yx_buf_free(&values[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_for_itself)};
    return cmocka_run_group_tests(tests, open_people, close_people);
}
