/* SPDX-License-Identifier: Apache-2.0 */
/* test_crl.c - CRLs of an authority: full, delta and partitioned, and when they are due. */
#include "../ca/folder.h"

#include "publish/publish.h"

static yx_outcome revocation_of(struct yx_ca *ca, const struct yx_cert *cert, struct yx_bytes crl,
                                yx_time at)
{
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    struct yx_cert_findings findings;
    struct yx_error err;

    expect_ok(yx_trust_new(&trust, &err), &err);
    expect_ok(yx_trust_add_anchor(trust, yx_ca_certificate(ca), &err), &err);
    expect_ok(yx_trust_add_crl(trust, crl, &err), &err);
    expect_ok(yx_cert_validate(trust, cert, YX_USE_SIGN, at, at, &findings, &err), &err);
    assert_int_equal(findings.chain.outcome, YX_PASS);
    return findings.revocation.outcome;
}

static yx_status take_back(struct yx_ca *ca, const struct yx_cert *cert, int reason, yx_time now,
                           struct yx_error *err)
{
    const struct yx_ca_revoke_request request = {.serial = yx_cert_serial(cert),
                                                 .reason = reason,
                                                 .invalid_since = YX_TIME_NONE,
                                                 .now = now,
                                                 .actor = "test"};

    return yx_ca_revoke(ca, &request, err);
}

static yx_status full_crl(struct yx_ca *ca, int64_t lifetime, yx_time now, struct yx_buf *out,
                          struct yx_error *err)
{
    const struct yx_crl_request request = {.lifetime = lifetime, .now = now, .actor = "test"};

    return yx_publish_crl(ca, &request, out, err);
}

/* REQ: CA-14 */
static void a_revoked_certificate_is_on_the_list(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(yx_cert) struct yx_cert *bad = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *good = NULL;
    YX_CLEAN(yx_buf) struct yx_buf before = {0};
    YX_CLEAN(yx_buf) struct yx_buf after = {0};
    YX_CLEAN(yx_buf) struct yx_buf last = {0};
    struct yx_error err;
    yx_time now = yx_now();

    (void)state;
    expect_ok(yx_publish_prepare(ca, &err), &err);
    expect_ok(folder_issue(ca, "unit", UNIT_NAME, 0, 0, &good, &err), &err);
    expect_ok(folder_issue(ca, "unit", UNIT_NAME, 0, 0, &bad, &err), &err);
    expect_ok(full_crl(ca, 0, now, &before, &err), &err);
    expect_ok(take_back(ca, bad, 1, now, &err), &err);
    expect_ok(full_crl(ca, 0, now, &after, &err), &err);
    assert_int_equal(revocation_of(ca, bad, yx_buf_bytes(&before), now + YX_SECOND), YX_PASS);
    assert_int_equal(revocation_of(ca, bad, yx_buf_bytes(&after), now + YX_SECOND), YX_FAIL);
    assert_int_equal(revocation_of(ca, good, yx_buf_bytes(&after), now + YX_SECOND), YX_PASS);
    expect_ok(yx_publish_last_crl(ca, 0, false, &last, &err), &err);
    assert_true(yx_bytes_equal(yx_buf_bytes(&last), yx_buf_bytes(&after)));
}

static void what_makes_no_sense_is_refused(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(yx_buf) struct yx_buf crl = {0};
    const struct yx_crl_request delta = {.delta = true, .actor = "test"};
    const struct yx_crl_request strange = {.partition = 1, .actor = "test"};
    struct yx_error err;

    (void)state;
    expect_ok(yx_publish_prepare(ca, &err), &err);
    expect_status(full_crl(ca, -1, 0, &crl, &err), YX_USAGE, &err);
    expect_status(full_crl(ca, INT64_C(4000) * 86400, 0, &crl, &err), YX_USAGE, &err);
    expect_status(yx_publish_crl(ca, &delta, &crl, &err), YX_REFUSED, &err);
    expect_status(yx_publish_crl(ca, &strange, &crl, &err), YX_USAGE, &err);
    expect_status(yx_publish_last_crl(ca, 0, false, &crl, &err), YX_NO_INPUT, &err);
    assert_int_equal(crl.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_revoked_certificate_is_on_the_list),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
