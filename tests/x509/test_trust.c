/* SPDX-License-Identifier: Apache-2.0 */
/* test_trust.c - copies of trust, and the path above a certificate. */
#include "support.h"

#include "pki.h"

static struct pki_person root, sub, leaf;
static struct yx_trust *trust;

static yx_outcome chain_of(const struct yx_trust *by)
{
    struct yx_cert_findings findings;
    struct yx_error err;
    expect_ok(yx_cert_validate(by, leaf.cert, YX_USE_SIGN, yx_now(), yx_now(), &findings, &err),
              &err);
    return findings.chain.outcome;
}

static yx_outcome revocation_of(const struct yx_trust *by)
{
    struct yx_cert_findings findings;
    struct yx_error err;
    expect_ok(yx_cert_validate(by, leaf.cert, YX_USE_SIGN, yx_now(), yx_now(), &findings, &err),
              &err);
    return findings.revocation.outcome;
}

static void make_crl(const struct yx_cert *revoked, struct yx_buf *out)
{
    struct yx_error err;
    struct yx_crl_entry entry = {.serial = yx_cert_serial_der(revoked),
                                 .revoked_at = yx_now() - YX_DAY / 2};
    struct yx_crl_template wanted = {.number = 1,
                                     .this_update = yx_now() - 60 * YX_SECOND,
                                     .next_update = yx_now() + YX_DAY,
                                     .entries = &entry,
                                     .entry_count = 1};
    struct yx_signer signer = pki_signer(&sub);
    expect_ok(yx_crl_make(&wanted, sub.cert, &signer, out, &err), &err);
}

static void test_copy_grows_by_itself(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(yx_trust) struct yx_trust *copy = NULL;
    YX_CLEAN(yx_buf) struct yx_buf crl = {0};
    expect_ok(yx_trust_copy(trust, &copy, &err), &err);
    assert_int_equal(chain_of(trust), YX_UNKNOWN);
    expect_ok(yx_trust_add_helper(copy, sub.cert, &err), &err);
    assert_int_equal(chain_of(copy), YX_PASS);
    assert_int_equal(chain_of(trust), YX_UNKNOWN);
    make_crl(leaf.cert, &crl);
    assert_int_equal(yx_trust_crl_count(copy), 0);
    expect_ok(yx_trust_add_crl(copy, yx_buf_bytes(&crl), &err), &err);
    assert_int_equal(revocation_of(copy), YX_FAIL);
    assert_int_equal(yx_trust_crl_count(trust), 0);

    /* A copy of the copy lives on without it. */
    YX_CLEAN(yx_trust) struct yx_trust *second = NULL;
    expect_ok(yx_trust_copy(copy, &second, &err), &err);
    yx_trust_free(copy);
    copy = NULL;
    assert_int_equal(yx_trust_crl_count(second), 1);
    assert_true(yx_bytes_equal(yx_trust_crl(second, 0), yx_buf_bytes(&crl)));
    assert_int_equal(chain_of(second), YX_PASS);
    assert_int_equal(revocation_of(second), YX_FAIL);
}

static void test_copy_of_nothing(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(yx_trust) struct yx_trust *copy = NULL;
    expect_ok(yx_trust_copy(NULL, &copy, &err), &err);
    assert_true(yx_trust_is_empty(copy));
    expect_ok(yx_trust_add_anchor(copy, root.cert, &err), &err);
    assert_false(yx_trust_is_empty(copy));
}

static void test_path(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(yx_trust) struct yx_trust *wider = NULL;
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    /* The issuer is not known: there is nothing above it. */
    expect_ok(yx_cert_path(trust, leaf.cert, yx_now(), &path, &err), &err);
    assert_int_equal(path.len, 0);
    expect_ok(yx_trust_copy(trust, &wider, &err), &err);
    expect_ok(yx_trust_add_helper(wider, sub.cert, &err), &err);
    expect_ok(yx_cert_path(wider, leaf.cert, yx_now(), &path, &err), &err);
    struct yx_der list = yx_der_reader(yx_buf_bytes(&path), "path");
    struct yx_bytes whole;
    expect_ok(yx_der_any(&list, NULL, NULL, &whole, &err), &err);
    assert_true(yx_bytes_equal(whole, yx_cert_der(sub.cert)));
    expect_ok(yx_der_any(&list, NULL, NULL, &whole, &err), &err);
    assert_true(yx_bytes_equal(whole, yx_cert_der(root.cert)));
    assert_true(yx_der_at_end(&list));
}

static int set_up(void **state)
{
    (void)state;
    struct pki_wish root_wish = {
        .name = "CN=Root", .ca = true, .not_after = yx_now() + 3000 * YX_DAY};
    struct pki_wish sub_wish = {
        .name = "CN=Sub", .ca = true, .not_after = yx_now() + 2000 * YX_DAY};
    struct pki_wish leaf_wish = {.name = "CN=Leaf", .crl_url = "http://localhost/crl"};
    bool made = pki_person_make(&root_wish, NULL, &root, NULL) == YX_OK &&
                pki_person_make(&sub_wish, &root, &sub, NULL) == YX_OK &&
                pki_person_make(&leaf_wish, &sub, &leaf, NULL) == YX_OK &&
                yx_trust_new(&trust, NULL) == YX_OK &&
                yx_trust_add_anchor(trust, root.cert, NULL) == YX_OK;
    return made ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    pki_person_free(&root);
    pki_person_free(&sub);
    pki_person_free(&leaf);
    yx_trust_free(trust);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy_grows_by_itself),
        cmocka_unit_test(test_copy_of_nothing),
        cmocka_unit_test(test_path),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
