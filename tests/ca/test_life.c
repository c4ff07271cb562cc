/* SPDX-License-Identifier: Apache-2.0 */
/* test_life.c - what becomes of a certificate: suspended, restored, revoked, replaced.
 * REQ: CA-22 */
#include "folder.h"

static yx_status take_back(struct yx_ca *ca, const char *serial, int reason, yx_time invalid_since,
                           struct yx_error *err)
{
    const struct yx_ca_revoke_request request = {
        .serial = serial, .reason = reason, .invalid_since = invalid_since, .actor = "test"};

    return yx_ca_revoke(ca, &request, err);
}

static enum yx_ca_state state_of(struct yx_ca *ca, const struct yx_cert *certificate,
                                 struct yx_ca_status *out)
{
    struct yx_error err;

    expect_ok(yx_ca_status(ca, yx_cert_serial_der(certificate), out, &err), &err);
    assert_true(out->known);
    return out->state;
}

/* REQ: CERT-88, CERT-92 */
static void the_whole_life(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(yx_cert) struct yx_cert *made = NULL;
    struct yx_ca_status status;
    struct yx_error err;
    yx_time leaked = yx_now() - 5 * YX_DAY;
    const char *serial;

    (void)state;
    expect_ok(folder_issue(ca, "unit", UNIT_NAME, 0, 0, &made, &err), &err);
    serial = yx_cert_serial(made);
    assert_int_equal(state_of(ca, made, &status), YX_CA_GOOD);
    expect_status(yx_ca_restore(ca, serial, 0, "test", &err), YX_REFUSED, &err);
    expect_ok(take_back(ca, serial, YX_REASON_HOLD, YX_TIME_NONE, &err), &err);
    assert_int_equal(state_of(ca, made, &status), YX_CA_HELD);
    expect_status(take_back(ca, serial, YX_REASON_HOLD, YX_TIME_NONE, &err), YX_REFUSED, &err);
    expect_ok(yx_ca_restore(ca, serial, 0, "test", &err), &err);
    assert_int_equal(state_of(ca, made, &status), YX_CA_GOOD);
    expect_ok(take_back(ca, serial, YX_REASON_HOLD, YX_TIME_NONE, &err), &err);
    expect_ok(take_back(ca, serial, 1, leaked, &err), &err);
    assert_int_equal(state_of(ca, made, &status), YX_CA_REVOKED);
    assert_int_equal(status.reason, 1);
    assert_int_equal(status.invalid_since, leaked);
    expect_status(yx_ca_restore(ca, serial, 0, "test", &err), YX_REFUSED, &err);
}

/* Those beside it, shorter and longer ones, and one that was recorded and never signed. */
static void a_serial_is_known_as_a_whole(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(yx_cert) struct yx_cert *made = NULL;
    struct yx_ca_status status;
    struct yx_error err;
    uint8_t serial[21] = {0};

    (void)state;
    expect_ok(folder_issue(ca, "unit", UNIT_NAME, 0, 0, &made, &err), &err);
    memcpy(serial, yx_cert_serial_der(made).data, 20);
    for (size_t len = 0; len <= sizeof serial; len++) {
        expect_ok(yx_ca_status(ca, YX_BYTES(serial, len), &status, &err), &err);
        assert_int_equal(status.known, len == 20);
    }
    for (int other = 1; other < 256; other++) {
        serial[19] ^= (uint8_t)other;
        expect_ok(yx_ca_status(ca, YX_BYTES(serial, 20), &status, &err), &err);
        assert_false(status.known);
        serial[19] ^= (uint8_t)other;
    }
    expect_ok(yx_store_write(yx_ca_store(ca), folder_run_sql,
                             (void *)(uintptr_t) "UPDATE certificate SET state = 0", &err),
              &err);
    expect_ok(yx_ca_status(ca, YX_BYTES(serial, 20), &status, &err), &err);
    assert_false(status.known);
}

static void what_cannot_be_revoked(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(yx_cert) struct yx_cert *made = NULL;
    struct yx_error err;

    (void)state;
    expect_ok(folder_issue(ca, "unit", UNIT_NAME, 0, 0, &made, &err), &err);
    expect_ok(take_back(ca, yx_cert_serial(made), 4, YX_TIME_NONE, &err), &err);
    expect_status(take_back(ca, yx_cert_serial(made), 1, YX_TIME_NONE, &err), YX_REFUSED, &err);
    expect_status(take_back(ca, "1234", 1, YX_TIME_NONE, &err), YX_REFUSED, &err);
    expect_status(take_back(ca, "' OR 1=1 --", 1, YX_TIME_NONE, &err), YX_USAGE, &err);
    expect_status(take_back(ca, "1234", 7, YX_TIME_NONE, &err), YX_USAGE, &err);
    expect_status(take_back(ca, "1234", 1, yx_now() + YX_DAY, &err), YX_USAGE, &err);
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
        cmocka_unit_test(the_whole_life),
        cmocka_unit_test(a_serial_is_known_as_a_whole),
        cmocka_unit_test(what_cannot_be_revoked),
        cmocka_unit_test(reasons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
