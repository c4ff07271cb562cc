/* SPDX-License-Identifier: Apache-2.0 */
/* test_revoke.c - certificates taken back, and the CRLs that tell it. */
#include "folder.h"

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

static bool last_record(void *self, const struct yx_ca_record *record)
{
    struct yx_ca_record *out = self;

    out->revoked_at = record->revoked_at;
    out->reason = record->reason;
    return true;
}

static void a_revoked_certificate_is_on_the_list(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(yx_cert) struct yx_cert *bad = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *good = NULL;
    YX_CLEAN(yx_buf) struct yx_buf before = {0};
    YX_CLEAN(yx_buf) struct yx_buf after = {0};
    struct yx_ca_record record = {0};
    struct yx_error err;
    yx_time now = yx_now();

    (void)state;
    expect_ok(folder_issue(ca, "unit", UNIT_NAME, 0, 0, &good, &err), &err);
    expect_ok(folder_issue(ca, "unit", UNIT_NAME, 0, 0, &bad, &err), &err);
    expect_ok(yx_ca_crl(ca, 7, now, &before, &err), &err);
    expect_ok(yx_ca_revoke(ca, yx_cert_serial(bad), 1, now, &err), &err);
    expect_ok(yx_ca_crl(ca, 7, now, &after, &err), &err);
    assert_int_equal(revocation_of(ca, bad, yx_buf_bytes(&before), now + YX_SECOND), YX_PASS);
    assert_int_equal(revocation_of(ca, bad, yx_buf_bytes(&after), now + YX_SECOND), YX_FAIL);
    assert_int_equal(revocation_of(ca, good, yx_buf_bytes(&after), now + YX_SECOND), YX_PASS);
    expect_ok(yx_ca_list(ca, last_record, &record, &err), &err);
    assert_int_equal(record.reason, 1);
    assert_int_equal(record.revoked_at, now - now % YX_SECOND);
}

static void what_cannot_be_revoked(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(yx_cert) struct yx_cert *made = NULL;
    YX_CLEAN(yx_buf) struct yx_buf crl = {0};
    struct yx_error err;

    (void)state;
    expect_ok(folder_issue(ca, "unit", UNIT_NAME, 0, 0, &made, &err), &err);
    expect_ok(yx_ca_revoke(ca, yx_cert_serial(made), 4, 0, &err), &err);
    expect_status(yx_ca_revoke(ca, yx_cert_serial(made), 1, 0, &err), YX_REFUSED, &err);
    expect_status(yx_ca_revoke(ca, "1234", 1, 0, &err), YX_REFUSED, &err);
    expect_status(yx_ca_revoke(ca, "' OR 1=1 --", 1, 0, &err), YX_REFUSED, &err);
    expect_status(yx_ca_crl(ca, 0, 0, &crl, &err), YX_USAGE, &err);
    expect_status(yx_ca_crl(ca, 4000, 0, &crl, &err), YX_USAGE, &err);
    assert_int_equal(crl.len, 0);
}

static void reasons(void **state)
{
    (void)state;
    assert_int_equal(yx_ca_reason_find("keyCompromise"), 1);
    assert_int_equal(yx_ca_reason_find("aACompromise"), 10);
    assert_int_equal(yx_ca_reason_find("removeFromCRL"), -1);
    assert_int_equal(yx_ca_reason_find(""), -1);
    assert_string_equal(yx_ca_reason_name(5), "cessationOfOperation");
    assert_string_equal(yx_ca_reason_name(7), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_revoked_certificate_is_on_the_list),
        cmocka_unit_test(what_cannot_be_revoked),
        cmocka_unit_test(reasons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
