/* SPDX-License-Identifier: Apache-2.0 */
/* test_again.c - pairs that are asked for again, finished after a failure, and renewed. */
#include "world.h"

static enum yx_ca_state state_of(struct world *world, const struct yx_cert *cert)
{
    struct yx_ca_status status;
    struct yx_error err;

    expect_ok(yx_ca_status(world->ca, yx_cert_serial_der(cert), &status, &err), &err);
    assert_true(status.known);
    return status.state;
}

static yx_status ask_again(struct world *world, const struct yx_private_key *key, const char *id,
                           int days, struct holder *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};

    holder_close(out);
    *out = (struct holder){0};
    YX_TRY(yx_name_to_der(UNIT_NAME, &subject, err));
    const struct yx_ca_issue_request request = {
        .profile = yx_ca_profile_find(world->ca, "unit"),
        .subject = yx_buf_bytes(&subject),
        .spki = yx_public_key_spki(yx_private_key_public(key)),
        .days = days,
        .actor = "test",
        .request_id = id,
    };
    YX_TRY(yx_escrow_issue_twin(world->escrow, world->ca, &request, &out->twin, err));
    YX_TRY(yx_cert_from_der(yx_buf_bytes(&out->twin.signing), &out->signing, err));
    return yx_cert_from_der(yx_buf_bytes(&out->twin.encryption), &out->encryption, err);
}

static bool same(const struct yx_buf *a, const struct yx_buf *b)
{
    return yx_bytes_equal(yx_buf_bytes(a), yx_buf_bytes(b));
}

static void the_same_request_gives_the_same_pair(void **state)
{
    YX_CLEAN(world) struct world world;
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(holder) struct holder first = {0};
    YX_CLEAN(holder) struct holder again = {0};
    YX_CLEAN(holder) struct holder other = {0};
    size_t before;
    struct yx_error err;

    (void)state;
    world_open(&world);
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &key, &err), &err);
    before = folder_count(world.ca);
    expect_ok(ask_again(&world, key, "1", 0, &first, &err), &err);
    expect_ok(ask_again(&world, key, "1", 0, &again, &err), &err);
    assert_true(same(&first.twin.signing, &again.twin.signing));
    assert_true(same(&first.twin.encryption, &again.twin.encryption));
    assert_true(same(&first.twin.envelope, &again.twin.envelope));
    assert_true(same(&first.twin.sm2_envelope, &again.twin.sm2_envelope));
    expect_opens(yx_buf_bytes(&again.twin.envelope), again.signing, key, again.encryption);
    assert_int_equal(folder_count(world.ca), before + 2);
    expect_status(ask_again(&world, key, "1", 7, &other, &err), YX_REFUSED, &err);
    expect_ok(ask_again(&world, key, "2", 0, &other, &err), &err);
    assert_false(same(&first.twin.signing, &other.twin.signing));
    assert_int_equal(folder_count(world.ca), before + 4);
    assert_int_equal(state_of(&world, first.encryption), YX_CA_GOOD);
}

/* The process ended behind the certificates: the key of the first pair is lost to the holder. */
static void a_pair_that_was_begun_is_finished(void **state)
{
    static char forget[] = "UPDATE escrow_key SET serial = NULL, envelope = NULL";
    YX_CLEAN(world) struct world world;
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(holder) struct holder first = {0};
    YX_CLEAN(holder) struct holder again = {0};
    YX_CLEAN(holder) struct holder third = {0};
    struct yx_error err;

    (void)state;
    world_open(&world);
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &key, &err), &err);
    expect_ok(ask_again(&world, key, "1", 0, &first, &err), &err);
    expect_ok(yx_store_write(yx_escrow_store(world.escrow), folder_run_sql, forget, &err), &err);
    expect_ok(ask_again(&world, key, "1", 0, &again, &err), &err);
    assert_true(same(&first.twin.signing, &again.twin.signing));
    assert_false(same(&first.twin.encryption, &again.twin.encryption));
    expect_opens(yx_buf_bytes(&again.twin.envelope), again.signing, key, again.encryption);
    assert_int_equal(state_of(&world, first.signing), YX_CA_GOOD);
    assert_int_equal(state_of(&world, first.encryption), YX_CA_REVOKED);
    assert_int_equal(state_of(&world, again.encryption), YX_CA_GOOD);
    expect_ok(ask_again(&world, key, "1", 0, &third, &err), &err);
    assert_true(same(&again.twin.encryption, &third.twin.encryption));
}

/* The store cannot write whose the key is: who asks again gets the pair. */
static void a_pair_that_failed_is_finished(void **state)
{
    YX_CLEAN(world) struct world world;
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(holder) struct holder made = {0};
    size_t before;
    struct yx_error err;

    (void)state;
    folder_needs_file();
    world_open(&world);
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &key, &err), &err);
    before = good_ones(world.ca);
    run_in_store(&world, "CREATE TRIGGER full BEFORE UPDATE ON escrow_key "
                         "BEGIN SELECT RAISE(ABORT, 'no room'); END");
    assert_int_not_equal(ask_again(&world, key, "1", 0, &made, &err), YX_OK);
    assert_int_equal(good_ones(world.ca), before + 1);
    run_in_store(&world, "DROP TRIGGER full");
    expect_ok(ask_again(&world, key, "1", 0, &made, &err), &err);
    assert_int_equal(good_ones(world.ca), before + 2);
    expect_opens(yx_buf_bytes(&made.twin.envelope), made.signing, key, made.encryption);
}

static yx_status renew_pair(struct world *world, const struct yx_cert *old, bool reissue,
                            struct holder *out, struct yx_error *err)
{
    const struct yx_ca_renew_request request = {
        .serial = yx_cert_serial(old), .reissue = reissue, .actor = "test"};

    *out = (struct holder){0};
    YX_TRY(yx_escrow_renew_twin(world->escrow, world->ca, &request, &out->twin, err));
    YX_TRY(yx_cert_from_der(yx_buf_bytes(&out->twin.signing), &out->signing, err));
    return yx_cert_from_der(yx_buf_bytes(&out->twin.encryption), &out->encryption, err);
}

static yx_status replaced_by(void *self, const struct yx_ca_record *record, struct yx_error *err)
{
    (void)err;
    (void)snprintf(self, YX_CA_SERIAL_TEXT, "%s", record->replaces == NULL ? "" : record->replaces);
    return YX_OK;
}

static void expect_replaces(struct world *world, const struct yx_cert *cert,
                            const struct yx_cert *old)
{
    char serial[YX_CA_SERIAL_TEXT];
    struct yx_error err;

    expect_ok(yx_ca_find(world->ca, yx_cert_serial(cert), replaced_by, serial, &err), &err);
    assert_string_equal(serial, old == NULL ? "" : yx_cert_serial(old));
}

/* A renewal leaves the old pair in force, a reissue revokes it; each has a key of its own. */
static void a_pair_comes_after_a_pair(void **state)
{
    YX_CLEAN(world) struct world world;
    YX_CLEAN(holder) struct holder first = {0};
    YX_CLEAN(holder) struct holder second = {0};
    YX_CLEAN(holder) struct holder third = {0};
    YX_CLEAN(holder) struct holder none = {0};
    struct yx_error err;

    (void)state;
    world_open(&world);
    holder_open(&first, &world, YX_KEY_SM2);
    expect_ok(renew_pair(&world, first.signing, false, &second, &err), &err);
    expect_replaces(&world, second.signing, first.signing);
    expect_replaces(&world, second.encryption, first.encryption);
    expect_opens(yx_buf_bytes(&second.twin.envelope), second.signing, first.key, second.encryption);
    assert_false(yx_bytes_equal(yx_public_key_spki(yx_cert_public_key(first.encryption)),
                                yx_public_key_spki(yx_cert_public_key(second.encryption))));
    assert_int_equal(state_of(&world, first.signing), YX_CA_GOOD);
    assert_int_equal(state_of(&world, first.encryption), YX_CA_GOOD);
    expect_ok(renew_pair(&world, second.signing, true, &third, &err), &err);
    assert_int_equal(state_of(&world, second.signing), YX_CA_REVOKED);
    assert_int_equal(state_of(&world, second.encryption), YX_CA_REVOKED);
    assert_int_equal(state_of(&world, third.encryption), YX_CA_GOOD);
    expect_status(renew_pair(&world, second.signing, true, &none, &err), YX_REFUSED, &err);
    expect_status(renew_pair(&world, third.encryption, false, &none, &err), YX_REFUSED, &err);
}

/* One without a twin gets one; one whose twin was revoked gets another beside it. */
static void a_pair_comes_after_half_of_one(void **state)
{
    YX_CLEAN(world) struct world world;
    YX_CLEAN(holder) struct holder first = {0};
    YX_CLEAN(holder) struct holder second = {0};
    YX_CLEAN(holder) struct holder third = {0};
    YX_CLEAN(yx_cert) struct yx_cert *single = NULL;
    struct yx_error err;

    (void)state;
    world_open(&world);
    holder_open(&first, &world, YX_KEY_SM2);
    single = certify(world.ca, "unit", UNIT_NAME, first.key);
    expect_ok(renew_pair(&world, single, false, &second, &err), &err);
    expect_replaces(&world, second.signing, single);
    expect_replaces(&world, second.encryption, NULL);
    const struct yx_ca_revoke_request revocation = {.serial = yx_cert_serial(first.encryption),
                                                    .reason = 1,
                                                    .invalid_since = YX_TIME_NONE,
                                                    .actor = "test"};
    expect_ok(yx_ca_revoke(world.ca, &revocation, &err), &err);
    expect_ok(renew_pair(&world, first.signing, true, &third, &err), &err);
    expect_replaces(&world, third.encryption, NULL);
    assert_int_equal(state_of(&world, first.signing), YX_CA_REVOKED);
    expect_opens(yx_buf_bytes(&third.twin.envelope), third.signing, first.key, third.encryption);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_request_gives_the_same_pair),
        cmocka_unit_test(a_pair_that_was_begun_is_finished),
        cmocka_unit_test(a_pair_that_failed_is_finished),
        cmocka_unit_test(a_pair_comes_after_a_pair),
        cmocka_unit_test(a_pair_comes_after_half_of_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
