/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_escrow.c - pairs of certificates issued, their keys kept, handed over, and recovered by two
 * of three administrators; every way in which one alone, a stranger or a changed file is refused.
 */
#include "world.h"

#define WORD YX_TEXT("one time")

/* --- Pairs ----------------------------------------------------------------------------------- */

/* REQ: CA-27 */
static void a_pair_for_every_type_of_key(void **state)
{
    static const yx_key_type types[] = {YX_KEY_SM2, YX_KEY_P256, YX_KEY_RSA};
    YX_CLEAN(world) struct world world;

    (void)state;
    world_open(&world);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        YX_CLEAN(holder) struct holder holder;

        holder_open(&holder, &world, types[i]);
        assert_string_equal(yx_cert_subject(holder.signing), yx_cert_subject(holder.encryption));
        assert_int_equal(yx_cert_key_usage(holder.signing) & YX_KU_KEY_ENCIPHERMENT, 0);
        assert_int_not_equal(yx_cert_key_usage(holder.encryption) &
                                 (YX_KU_KEY_ENCIPHERMENT | YX_KU_KEY_AGREEMENT),
                             0);
        assert_int_equal(yx_cert_key_usage(holder.encryption) & YX_KU_DIGITAL_SIGNATURE, 0);
        assert_false(is_pair(holder.key, holder.encryption));
        expect_opens(yx_buf_bytes(&holder.twin.envelope), holder.signing, holder.key,
                     holder.encryption);
        assert_int_equal(holder.twin.sm2_envelope.len > 0, types[i] == YX_KEY_SM2);
        if (types[i] == YX_KEY_SM2)
            expect_opens(yx_buf_bytes(&holder.twin.sm2_envelope), holder.signing, holder.key,
                         holder.encryption);
    }
}

/* REQ: CA-28 */
static void only_the_holder_opens_it(void **state)
{
    YX_CLEAN(world) struct world world;
    YX_CLEAN(holder) struct holder holder;
    YX_CLEAN(yx_private_key) struct yx_private_key *out = NULL;
    struct yx_error err;

    (void)state;
    world_open(&world);
    holder_open(&holder, &world, YX_KEY_SM2);
    expect_status(yx_escrow_open_key(yx_buf_bytes(&holder.twin.envelope), world.certs[0],
                                     world.keys[0], &out, &err),
                  YX_REFUSED, &err);
    expect_status(yx_escrow_open_key(yx_buf_bytes(&holder.twin.sm2_envelope), world.certs[0],
                                     world.keys[0], &out, &err),
                  YX_REFUSED, &err);
    expect_status(
        yx_escrow_open_key(YX_TEXT("no envelope"), holder.signing, holder.key, &out, &err),
        YX_DAMAGED, &err);
}

static bool count_key(void *self, const struct yx_escrow_record *record)
{
    size_t *counts = self;

    counts[0]++;
    counts[1] += record->serial[0] != '\0';
    counts[2] += (size_t)record->recoveries;
    return true;
}

static void pairs_that_are_refused(void **state)
{
    YX_CLEAN(world) struct world world;
    YX_CLEAN(yx_private_key) struct yx_private_key *edwards = NULL;
    YX_CLEAN(yx_escrow_twin) struct yx_escrow_twin twin = {0};
    size_t counts[3] = {0}, before;
    struct yx_error err;

    (void)state;
    world_open(&world);
    before = folder_count(world.ca);
    expect_ok(yx_private_key_generate(YX_KEY_ED25519, 0, &edwards, &err), &err);
    expect_status(issue_twin(&world, "unit", edwards, "test", &twin, &err), YX_REFUSED, &err);
    expect_status(issue_twin(&world, "seal-maker", world.keys[0], "test", &twin, &err), YX_REFUSED,
                  &err);
    expect_status(issue_twin(&world, "unit", world.keys[0], "", &twin, &err), YX_USAGE, &err);
    assert_int_equal(folder_count(world.ca), before);
    expect_ok(yx_escrow_list(world.escrow, count_key, counts, &err), &err);
    assert_int_equal(counts[0], 0);
}

/* The second certificate is refused (its profile allows fewer days): the first is revoked again. */
static void half_a_pair_is_taken_back(void **state)
{
    YX_CLEAN(world) struct world world;
    YX_CLEAN(yx_ca) struct yx_ca *again = NULL;
    YX_CLEAN(yx_escrow_twin) struct yx_escrow_twin twin = {0};
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    char path[128];
    size_t before;
    struct yx_error err;

    (void)state;
    world_open(&world);
    (void)snprintf(path, sizeof path, "%s/profiles.conf", world.folder.ca);
    expect_ok(yx_file_write(path, false,
                            YX_TEXT("profile short { like = \"unit-encryption\" days = 5"
                                    " days_max = 10 }\n"
                                    "profile long { like = \"unit\" twin = \"short\" }\n"),
                            &err),
              &err);
    expect_ok(yx_ca_open(world.folder.ca, &again, &err), &err);
    expect_ok(yx_ca_unlock(again, PASSPHRASE, &err), &err);
    before = good_ones(again);
    expect_ok(yx_name_to_der(UNIT_NAME, &subject, &err), &err);
    const struct yx_ca_issue_request request = {
        .profile = yx_ca_profile_find(again, "long"),
        .subject = yx_buf_bytes(&subject),
        .spki = yx_public_key_spki(yx_private_key_public(world.keys[0])),
        .days = 100,
        .actor = "test",
    };
    expect_status(yx_escrow_issue_twin(world.escrow, again, &request, &twin, &err), YX_REFUSED,
                  &err);
    assert_int_equal(good_ones(again), before);
    assert_int_equal(twin.signing.len, 0);
}

/* Everything is issued, and then the store cannot write whose the key is: both are revoked again.
 */
static void a_pair_that_is_not_recorded(void **state)
{
    YX_CLEAN(world) struct world world;
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_escrow_twin) struct yx_escrow_twin twin = {0};
    size_t before, all;
    struct yx_error err;

    (void)state;
    folder_needs_file();
    world_open(&world);
    before = good_ones(world.ca);
    all = folder_count(world.ca);
    run_in_store(&world, "CREATE TRIGGER full BEFORE UPDATE ON escrow_key "
                         "BEGIN SELECT RAISE(ABORT, 'no room'); END");
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &key, &err), &err);
    assert_int_not_equal(issue_twin(&world, "unit", key, "test", &twin, &err), YX_OK);
    assert_int_equal(twin.signing.len + twin.encryption.len + twin.envelope.len, 0);
    assert_int_equal(folder_count(world.ca), all + 2);
    assert_int_equal(good_ones(world.ca), before);
}

/* --- The store ------------------------------------------------------------------------------- */

static void administrators_that_are_refused(void **state)
{
    YX_CLEAN(world) struct world world;
    YX_CLEAN(yx_private_key) struct yx_private_key *edwards = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *unreachable = NULL;
    YX_CLEAN(yx_escrow) struct yx_escrow *none = NULL;
    char place[128];
    struct yx_error err;

    (void)state;
    world_open(&world);
    (void)snprintf(place, sizeof place, "%s/other", world.folder.base);
    expect_ok(yx_private_key_generate(YX_KEY_ED25519, 0, &edwards, &err), &err);
    unreachable = certify(world.ca, "person", "CN=x", edwards);
    const struct yx_cert *one_key[] = {world.certs[0], world.certs[0]};
    const struct yx_cert *no_envelope[] = {world.certs[0], unreachable};
    const struct yx_cert *right[] = {world.certs[0], world.certs[1]};

    expect_status(yx_escrow_init(place, right, 1, "test", &err), YX_USAGE, &err);
    expect_status(yx_escrow_init(place, right, YX_ESCROW_ADMINS_MAX + 1, "test", &err), YX_USAGE,
                  &err);
    expect_status(yx_escrow_init(place, one_key, 2, "test", &err), YX_REFUSED, &err);
    expect_status(yx_escrow_init(place, no_envelope, 2, "test", &err), YX_REFUSED, &err);
    expect_status(yx_escrow_init(place, right, 2, "", &err), YX_USAGE, &err);
    assert_int_not_equal(access(place, F_OK), 0);
    expect_status(yx_escrow_open(place, &none, &err), YX_NO_INPUT, &err);
    assert_int_not_equal(yx_escrow_init(world.place, right, 2, "test", &err), YX_OK);
    expect_ok(yx_escrow_init(place, right, 2, "test", &err), &err);
    expect_ok(yx_escrow_open(place, &none, &err), &err);
}

/* --- Recovery ----------------------------------------------------------------------------------
 */

struct recovery {
    struct yx_buf request;
    struct yx_buf answers[ADMINS];
};

static void recovery_free(struct recovery *recovery)
{
    yx_buf_free(&recovery->request);
    for (int i = 0; i < ADMINS; i++)
        yx_buf_free(&recovery->answers[i]);
}
YX_DEFINE_CLEAN_VALUE(recovery, struct recovery, recovery_free);

static yx_status answer(const struct world *world, struct yx_bytes request, int admin, yx_time now,
                        struct yx_buf *out, struct yx_error *err)
{
    struct yx_escrow_request read;

    YX_TRY(yx_escrow_request_parse(request, &read, err));
    return yx_escrow_answer(&read, world->certs[admin], world->keys[admin], now, out, err);
}

static void recovery_start(struct recovery *recovery, struct world *world,
                           const struct holder *holder, const struct yx_cert *recipient)
{
    const struct yx_escrow_ask ask = {
        .serial = yx_cert_serial(holder->encryption),
        .recipient = recipient,
        .reason = "USB key lost; \"files\" must be read",
        .passphrase = WORD,
        .actor = "test",
    };
    struct yx_error err;

    *recovery = (struct recovery){0};
    expect_ok(yx_escrow_ask(world->escrow, &ask, &recovery->request, &err), &err);
    for (int i = 0; i < ADMINS; i++)
        expect_ok(
            answer(world, yx_buf_bytes(&recovery->request), i, 0, &recovery->answers[i], &err),
            &err);
}

static yx_status recover(struct world *world, struct yx_bytes a, struct yx_bytes b,
                         struct yx_bytes word, yx_time now, struct yx_escrow_delivery *out,
                         struct yx_error *err)
{
    const struct yx_bytes answers[2] = {a, b};

    return yx_escrow_recover(world->escrow, answers, word, now, "test", out, err);
}

/* REQ: CA-27, CA-28 */
static void any_two_administrators_recover_a_key(void **state)
{
    static const int pairs[][2] = {{0, 1}, {2, 0}, {1, 2}};
    YX_CLEAN(world) struct world world;
    YX_CLEAN(holder) struct holder holder;
    size_t counts[3] = {0};
    struct yx_error err;

    (void)state;
    world_open(&world);
    holder_open(&holder, &world, YX_KEY_SM2);
    for (size_t i = 0; i < 3; i++) {
        YX_CLEAN(recovery) struct recovery recovery;
        YX_CLEAN(yx_escrow_delivery) struct yx_escrow_delivery got = {0};

        recovery_start(&recovery, &world, &holder, world.certs[ADMINS]);
        expect_ok(recover(&world, yx_buf_bytes(&recovery.answers[pairs[i][0]]),
                          yx_buf_bytes(&recovery.answers[pairs[i][1]]), WORD, 0, &got, &err),
                  &err);
        expect_opens(yx_buf_bytes(&got.envelope), world.certs[ADMINS], world.keys[ADMINS],
                     holder.encryption);
        expect_opens(yx_buf_bytes(&got.sm2_envelope), world.certs[ADMINS], world.keys[ADMINS],
                     holder.encryption);
        YX_CLEAN(yx_escrow_delivery) struct yx_escrow_delivery twice = {0};
        expect_status(recover(&world, yx_buf_bytes(&recovery.answers[0]),
                              yx_buf_bytes(&recovery.answers[1]), WORD, 0, &twice, &err),
                      YX_REFUSED, &err);
    }
    expect_ok(yx_escrow_list(world.escrow, count_key, counts, &err), &err);
    assert_int_equal(counts[0], 1);
    assert_int_equal(counts[1], 1);
    assert_int_equal(counts[2], 3);
}

static void what_a_request_says(void **state)
{
    YX_CLEAN(world) struct world world;
    YX_CLEAN(holder) struct holder holder;
    YX_CLEAN(recovery) struct recovery recovery;
    struct yx_escrow_request read;
    struct yx_error err;

    (void)state;
    world_open(&world);
    holder_open(&holder, &world, YX_KEY_SM2);
    recovery_start(&recovery, &world, &holder, world.certs[ADMINS]);
    expect_ok(yx_escrow_request_parse(yx_buf_bytes(&recovery.request), &read, &err), &err);
    assert_true(yx_bytes_are(read.holder, yx_cert_subject(holder.encryption)));
    assert_true(yx_bytes_are(read.serial, yx_cert_serial(holder.encryption)));
    assert_true(yx_bytes_are(read.reason, "USB key lost; \"files\" must be read"));
    assert_true(yx_bytes_equal(read.recipient, yx_cert_der(world.certs[ADMINS])));
    /* Cut off anywhere, it is none. */
    for (size_t len = 0; len < recovery.request.len; len += 7)
        expect_status(yx_escrow_request_parse(YX_BYTES(recovery.request.data, len), &read, &err),
                      YX_DAMAGED, &err);
}

static void answers_that_are_refused(void **state)
{
    YX_CLEAN(world) struct world world;
    YX_CLEAN(holder) struct holder holder;
    YX_CLEAN(recovery) struct recovery first;
    YX_CLEAN(recovery) struct recovery second;
    YX_CLEAN(yx_escrow_delivery) struct yx_escrow_delivery none = {0};
    YX_CLEAN(yx_buf) struct yx_buf strange = {0};
    struct yx_error err;

    (void)state;
    world_open(&world);
    holder_open(&holder, &world, YX_KEY_SM2);
    recovery_start(&first, &world, &holder, world.certs[ADMINS]);
    recovery_start(&second, &world, &holder, world.certs[ADMINS]);
    const struct yx_bytes a = yx_buf_bytes(&first.answers[0]), b = yx_buf_bytes(&first.answers[1]);

    /* A stranger has no share; an administrator's certificate is of no use without the key. */
    expect_status(answer(&world, yx_buf_bytes(&first.request), ADMINS, 0, &strange, &err),
                  YX_REFUSED, &err);
    struct yx_escrow_request read;
    expect_ok(yx_escrow_request_parse(yx_buf_bytes(&first.request), &read, &err), &err);
    expect_status(yx_escrow_answer(&read, world.certs[0], world.keys[2], 0, &strange, &err),
                  YX_USAGE, &err);
    /* One twice; of two requests; with the wrong word; too late. */
    expect_status(recover(&world, a, a, WORD, 0, &none, &err), YX_REFUSED, &err);
    expect_status(recover(&world, a, yx_buf_bytes(&second.answers[1]), WORD, 0, &none, &err),
                  YX_REFUSED, &err);
    expect_status(recover(&world, a, b, YX_TEXT("guess"), 0, &none, &err), YX_REFUSED, &err);
    expect_status(
        recover(&world, a, b, WORD, yx_now() + YX_ESCROW_REQUEST_LIFE + YX_DAY, &none, &err),
        YX_REFUSED, &err);
    expect_status(answer(&world, yx_buf_bytes(&first.request), 0,
                         yx_now() + YX_ESCROW_REQUEST_LIFE + YX_DAY, &strange, &err),
                  YX_REFUSED, &err);
    expect_status(recover(&world, YX_TEXT("x"), b, WORD, 0, &none, &err), YX_DAMAGED, &err);
    assert_int_equal(none.envelope.len, 0);
    expect_ok(recover(&world, a, b, WORD, 0, &none, &err), &err);
}

/* Whoever changes a request or an answer on its way gets nothing. */
static void files_that_were_changed(void **state)
{
    YX_CLEAN(world) struct world world;
    YX_CLEAN(holder) struct holder holder;
    YX_CLEAN(recovery) struct recovery recovery;
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    YX_CLEAN(yx_buf) struct yx_buf changed = {0};
    YX_CLEAN(yx_escrow_delivery) struct yx_escrow_delivery none = {0};
    struct yx_escrow_request read;
    struct yx_error err;

    (void)state;
    world_open(&world);
    holder_open(&holder, &world, YX_KEY_SM2);
    recovery_start(&recovery, &world, &holder, world.certs[ADMINS]);
    const struct yx_bytes a = yx_buf_bytes(&recovery.answers[0]),
                          b = yx_buf_bytes(&recovery.answers[1]);

    /* Another reason in the request that an administrator read. */
    assert_int_equal(yx_buf_append(&request, yx_buf_bytes(&recovery.request)), YX_OK);
    expect_ok(yx_escrow_request_parse(yx_buf_bytes(&request), &read, &err), &err);
    request.data[(size_t)(read.reason.data - request.data)] ^= 1;
    expect_ok(answer(&world, yx_buf_bytes(&request), 0, 0, &changed, &err), &err);
    expect_status(recover(&world, yx_buf_bytes(&changed), b, WORD, 0, &none, &err), YX_REFUSED,
                  &err);
    /* Another key. */
    request.data[(size_t)(read.key_id.data - request.data)] ^= 1;
    expect_status(answer(&world, yx_buf_bytes(&request), 0, 0, &changed, &err), YX_REFUSED, &err);
    /* Any octet of an answer. */
    for (size_t i = 0; i < a.len; i += 11) {
        YX_CLEAN(yx_buf) struct yx_buf bad = {0};
        yx_status status;

        assert_int_equal(yx_buf_append(&bad, a), YX_OK);
        bad.data[i] ^= 0x10;
        status = recover(&world, yx_buf_bytes(&bad), b, WORD, 0, &none, &err);
        assert_true(status == YX_REFUSED || status == YX_DAMAGED);
    }
    expect_ok(recover(&world, a, b, WORD, 0, &none, &err), &err);
}

static void requests_that_are_refused(void **state)
{
    YX_CLEAN(world) struct world world;
    YX_CLEAN(holder) struct holder holder;
    YX_CLEAN(yx_private_key) struct yx_private_key *edwards = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *unreachable = NULL;
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    struct yx_error err;

    (void)state;
    world_open(&world);
    holder_open(&holder, &world, YX_KEY_SM2);
    expect_ok(yx_private_key_generate(YX_KEY_ED25519, 0, &edwards, &err), &err);
    unreachable = certify(world.ca, "person", "CN=x", edwards);
    const struct yx_escrow_ask right = {
        .serial = yx_cert_serial(holder.encryption),
        .recipient = world.certs[ADMINS],
        .reason = "lost",
        .passphrase = WORD,
        .actor = "test",
    };
    struct yx_escrow_ask ask = right;

    ask.serial = yx_cert_serial(holder.signing); /* the holder's own key is not here */
    expect_status(yx_escrow_ask(world.escrow, &ask, &request, &err), YX_REFUSED, &err);
    ask = right;
    ask.recipient = unreachable;
    expect_status(yx_escrow_ask(world.escrow, &ask, &request, &err), YX_REFUSED, &err);
    ask = right;
    ask.reason = "";
    expect_status(yx_escrow_ask(world.escrow, &ask, &request, &err), YX_USAGE, &err);
    ask = right;
    ask.passphrase = YX_TEXT("");
    expect_status(yx_escrow_ask(world.escrow, &ask, &request, &err), YX_USAGE, &err);
    ask = right;
    ask.actor = NULL;
    expect_status(yx_escrow_ask(world.escrow, &ask, &request, &err), YX_USAGE, &err);
    assert_int_equal(request.len, 0);
}

/* --- What is written ----------------------------------------------------------------------------
 */

struct leaves {
    size_t appoint, keep, hand_over, ask, refuse, recovered;
};

static yx_status count_leaf(void *self, const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    struct leaves *leaves = self;
    const struct {
        const char *action;
        size_t *count;
    } known[] = {
        {"escrow.administrator.appoint", &leaves->appoint},
        {"escrow.key.keep", &leaves->keep},
        {"escrow.key.hand-over", &leaves->hand_over},
        {"escrow.recovery.ask", &leaves->ask},
        {"escrow.recovery.refuse", &leaves->refuse},
        {"escrow.recovery.hand-over", &leaves->recovered},
    };

    (void)err;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        *known[i].count += strcmp(leaf->action, known[i].action) == 0;
    return YX_OK;
}

/* REQ: AUD-01, CA-28 */
static void every_step_is_on_the_audit_list(void **state)
{
    YX_CLEAN(world) struct world world;
    YX_CLEAN(holder) struct holder holder;
    YX_CLEAN(recovery) struct recovery recovery;
    YX_CLEAN(yx_escrow_delivery) struct yx_escrow_delivery got = {0};
    struct leaves leaves = {0};
    struct yx_error err;

    (void)state;
    world_open(&world);
    holder_open(&holder, &world, YX_KEY_SM2);
    recovery_start(&recovery, &world, &holder, world.certs[ADMINS]);
    const struct yx_bytes a = yx_buf_bytes(&recovery.answers[0]);

    expect_status(recover(&world, a, a, WORD, 0, &got, &err), YX_REFUSED, &err);
    expect_ok(recover(&world, a, yx_buf_bytes(&recovery.answers[2]), WORD, 0, &got, &err), &err);
    expect_ok(yx_audit_list(yx_escrow_store(world.escrow), 1, 100, count_leaf, &leaves, &err),
              &err);
    assert_int_equal(leaves.appoint, ADMINS);
    assert_int_equal(leaves.keep, 1);
    assert_int_equal(leaves.hand_over, 1);
    assert_int_equal(leaves.ask, 1);
    assert_int_equal(leaves.refuse, 1);
    assert_int_equal(leaves.recovered, 1);
}

/* The private key of a holder is nowhere in the files of the store or of the authority. REQ: CA-28
 */
static void nothing_lies_open(void **state)
{
    YX_CLEAN(world) struct world world;
    YX_CLEAN(holder) struct holder holder;
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_key_parts) struct yx_key_parts parts = {0};
    static const char *const files[] = {"escrow/escrow.db", "escrow/escrow.db-wal", "ca/ca.db",
                                        "ca/ca.db-wal"};
    struct yx_error err;

    (void)state;
    folder_needs_file();
    world_open(&world);
    holder_open(&holder, &world, YX_KEY_SM2);
    expect_ok(yx_escrow_open_key(yx_buf_bytes(&holder.twin.envelope), holder.signing, holder.key,
                                 &key, &err),
              &err);
    expect_ok(yx_private_key_parts(key, &parts, &err), &err);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf content = {0};
        char path[256];

        (void)snprintf(path, sizeof path, "%s/%s", world.folder.base, files[i]);
        if (access(path, F_OK) != 0)
            continue;
        expect_ok(yx_file_read(path, 16u << 20, &content, &err), &err);
        if (content.len > 0)
            assert_null(memmem(content.data, content.len, parts.d.data, parts.d.len));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_for_every_type_of_key),
        cmocka_unit_test(only_the_holder_opens_it),
        cmocka_unit_test(pairs_that_are_refused),
        cmocka_unit_test(half_a_pair_is_taken_back),
        cmocka_unit_test(a_pair_that_is_not_recorded),
        cmocka_unit_test(administrators_that_are_refused),
        cmocka_unit_test(any_two_administrators_recover_a_key),
        cmocka_unit_test(what_a_request_says),
        cmocka_unit_test(answers_that_are_refused),
        cmocka_unit_test(files_that_were_changed),
        cmocka_unit_test(requests_that_are_refused),
        cmocka_unit_test(every_step_is_on_the_audit_list),
        cmocka_unit_test(nothing_lies_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
