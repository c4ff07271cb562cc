/* SPDX-License-Identifier: Apache-2.0 */
/* test_ends.c - certificates that left force, read piece by piece. */
#include "folder.h"

#define MOST 32

struct reading {
    struct yx_ca *ca;
    bool ends; /* else: revocations */
    yx_time now;
    size_t piece;
    int64_t mark;
    size_t count;
    char serials[MOST][YX_CA_SERIAL_TEXT];
};

static yx_status take(void *self, const char *serial, int64_t mark, struct yx_error *err)
{
    struct reading *reading = self;

    (void)err;
    assert_true(mark > reading->mark);
    assert_true(reading->count < MOST);
    reading->mark = mark;
    (void)snprintf(reading->serials[reading->count++], YX_CA_SERIAL_TEXT, "%s", serial);
    return YX_OK;
}

static yx_status read_piece(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct reading *reading = self;

    return reading->ends ? yx_ca_each_end(tx, reading->ca, reading->mark, reading->now,
                                          reading->piece, take, reading, err)
                         : yx_ca_each_revocation(tx, reading->ca, reading->mark, reading->piece,
                                                 take, reading, err);
}

/* All that is behind the mark, in pieces of at most `piece`. */
static void read_on(struct reading *reading)
{
    struct yx_error err;
    size_t before;

    reading->count = 0;
    do {
        before = reading->count;
        expect_ok(yx_store_read(yx_ca_store(reading->ca), read_piece, reading, &err), &err);
        assert_true(reading->count - before <= reading->piece);
    } while (reading->count > before);
}

static void expect_read(const struct reading *reading, struct yx_cert *const *certs, size_t count)
{
    assert_int_equal(reading->count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(reading->serials[i], yx_cert_serial(certs[i]));
}

static void take_back(struct yx_ca *ca, const struct yx_cert *cert, int reason)
{
    const struct yx_ca_revoke_request request = {.serial = yx_cert_serial(cert),
                                                 .reason = reason,
                                                 .invalid_since = YX_TIME_NONE,
                                                 .actor = "test"};
    struct yx_error err;

    expect_ok(yx_ca_revoke(ca, &request, &err), &err);
}

static void free_all(struct yx_cert **certs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        yx_cert_free(certs[i]);
}

static void revocations_come_in_their_order(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    struct reading reading = {.ca = ca};
    struct yx_cert *certs[6] = {0};
    struct yx_error err;

    (void)state;
    for (size_t i = 0; i < 6; i++)
        expect_ok(folder_issue(ca, "unit", UNIT_NAME, 0, 0, &certs[i], &err), &err);
    for (reading.piece = 1; reading.piece < 4; reading.piece++) {
        reading.mark = 0;
        read_on(&reading);
        expect_read(&reading, certs, reading.piece == 1 ? 0 : 3);
        if (reading.piece > 1)
            continue;
        take_back(ca, certs[0], 1);
        take_back(ca, certs[5], YX_REASON_HOLD);
        take_back(ca, certs[1], 4);
        take_back(ca, certs[3], YX_REASON_HOLD);
        expect_ok(yx_ca_restore(ca, yx_cert_serial(certs[3]), 0, "test", &err), &err);
        take_back(ca, certs[2], 5);
    }
    take_back(ca, certs[5], 1);
    read_on(&reading);
    expect_read(&reading, &certs[5], 1);
    free_all(certs, 6);
}

/* Many end within one second. */
static void ends_come_in_their_order(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    yx_time now = yx_now();
    struct reading reading = {.ca = ca, .ends = true, .now = now};
    struct yx_cert *certs[10] = {0};
    struct yx_error err;

    (void)state;
    now -= now % YX_SECOND;
    for (size_t i = 0; i < 10; i++)
        expect_ok(folder_issue(ca, "unit", UNIT_NAME, 1,
                               now + (i == 9  ? 1
                                      : i > 6 ? -9
                                              : -10) *
                                         YX_DAY,
                               &certs[i], &err),
                  &err);
    for (reading.piece = 1; reading.piece < 12; reading.piece++) {
        reading.mark = 0;
        read_on(&reading);
        expect_read(&reading, certs, 9);
    }
    read_on(&reading);
    expect_read(&reading, NULL, 0);
    reading.now = yx_cert_not_after(certs[9]);
    read_on(&reading);
    expect_read(&reading, NULL, 0);
    reading.now++;
    read_on(&reading);
    expect_read(&reading, &certs[9], 1);
    free_all(certs, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(revocations_come_in_their_order),
        cmocka_unit_test(ends_come_in_their_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
