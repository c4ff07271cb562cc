/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_renew.c - certificates that come after others: renewed, extended, rekeyed, reissued; what
 * they take over, and what is refused.
 */
#include <pthread.h>

#include "folder.h"

#define MAIL "office@unit.example"
#define UNIT_CODE "91110000MA0000000X"

static const struct yx_identity who = {.organization = UNIT_CODE};

static struct yx_private_key *fresh_key(void)
{
    struct yx_private_key *key = NULL;
    struct yx_error err;

    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &key, &err), &err);
    return key;
}

static struct yx_bytes spki_of(const struct yx_private_key *key)
{
    return yx_public_key_spki(yx_private_key_public(key));
}

/* A unit's certificate with an address and its code in it. */
static struct yx_cert *unit_with_names(struct yx_ca *ca, yx_time now)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = fresh_key();
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    const struct yx_general_name mail = {YX_NAME_EMAIL, YX_TEXT(MAIL)};
    struct yx_cert *made = NULL;
    struct yx_error err;

    expect_ok(yx_name_to_der(UNIT_NAME, &subject, &err), &err);
    const struct yx_ca_issue_request request = {
        .profile = yx_ca_profile_find(ca, "unit"),
        .subject = yx_buf_bytes(&subject),
        .spki = spki_of(key),
        .alt_names = &mail,
        .alt_name_count = 1,
        .identity = &who,
        .now = now,
        .actor = "test",
    };
    expect_ok(yx_ca_issue(ca, &request, &der, &err), &err);
    expect_ok(yx_cert_from_der(yx_buf_bytes(&der), &made, &err), &err);
    return made;
}

static yx_status renew(struct yx_ca *ca, const struct yx_ca_renew_request *request,
                       struct yx_cert **out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};

    YX_TRY(yx_ca_renew(ca, request, &der, err));
    return out == NULL ? YX_OK : yx_cert_from_der(yx_buf_bytes(&der), out, err);
}

static enum yx_ca_state state_of(struct yx_ca *ca, const struct yx_cert *certificate)
{
    struct yx_ca_status status;
    struct yx_error err;

    expect_ok(yx_ca_status(ca, yx_cert_serial_der(certificate), &status, &err), &err);
    return status.state;
}

static bool says(const struct yx_cert *certificate, const char *text)
{
    struct yx_bytes der = yx_cert_der(certificate);

    return memmem(der.data, der.len, text, strlen(text)) != NULL;
}

/* REQ: CERT-72, CERT-75, CERT-76 */
static void an_extension_keeps_key_names_and_identity(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(yx_cert) struct yx_cert *old = unit_with_names(ca, yx_now() - 1000 * YX_DAY);
    YX_CLEAN(yx_cert) struct yx_cert *new = NULL;
    YX_CLEAN(yx_buf) struct yx_buf before = {0};
    YX_CLEAN(yx_buf) struct yx_buf after = {0};
    const struct yx_ca_renew_request request = {.serial = yx_cert_serial(old), .actor = "test"};
    struct yx_error err;

    (void)state;
    expect_ok(renew(ca, &request, &new, &err), &err);
    assert_string_equal(yx_cert_subject(new), yx_cert_subject(old));
    assert_string_not_equal(yx_cert_serial(new), yx_cert_serial(old));
    assert_true(yx_bytes_equal(yx_public_key_spki(yx_cert_public_key(new)),
                               yx_public_key_spki(yx_cert_public_key(old))));
    assert_true(yx_cert_not_after(new) > yx_cert_not_after(old));
    assert_true(says(new, MAIL) && says(new, UNIT_CODE));
    expect_ok(yx_cert_copy_names(old, &before, &err), &err);
    expect_ok(yx_cert_copy_names(new, &after, &err), &err);
    assert_true(before.len > 0 && yx_bytes_equal(yx_buf_bytes(&before), yx_buf_bytes(&after)));
    assert_int_equal(state_of(ca, old), YX_CA_GOOD);
}

/* REQ: CERT-93, CERT-94 */
static void a_reissue_after_a_loss(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(yx_private_key) struct yx_private_key *key = fresh_key();
    YX_CLEAN(yx_cert) struct yx_cert *old = unit_with_names(ca, 0);
    YX_CLEAN(yx_cert) struct yx_cert *new = NULL;
    struct yx_ca_renew_request request = {.serial = yx_cert_serial(old), .actor = "test"};
    const struct yx_ca_revoke_request loss = {.serial = request.serial,
                                              .reason = YX_REASON_HOLD,
                                              .invalid_since = YX_TIME_NONE,
                                              .actor = "test"};
    struct yx_error err;

    (void)state;
    expect_ok(yx_ca_revoke(ca, &loss, &err), &err);
    expect_status(renew(ca, &request, NULL, &err), YX_REFUSED, &err);
    request.reissue = true; /* with the key that was lost */
    expect_status(renew(ca, &request, NULL, &err), YX_REFUSED, &err);
    request.spki = spki_of(key);
    request.request_id = "loss 1";
    expect_ok(renew(ca, &request, &new, &err), &err);
    assert_int_equal(state_of(ca, old), YX_CA_REVOKED);
    assert_int_equal(state_of(ca, new), YX_CA_GOOD);
    assert_true(says(new, UNIT_CODE));
    assert_int_equal(folder_count(ca), 2);
    expect_ok(renew(ca, &request, NULL, &err), &err); /* the same request gives the same */
    assert_int_equal(folder_count(ca), 2);
    request.request_id = NULL;
    expect_status(renew(ca, &request, NULL, &err), YX_REFUSED, &err);
}

/* REQ: CERT-75 */
static void a_holder_who_changed(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(yx_cert) struct yx_cert *old = unit_with_names(ca, 0);
    YX_CLEAN(yx_cert) struct yx_cert *new = NULL;
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    struct yx_ca_renew_request request = {
        .serial = yx_cert_serial(old), .identity = &who, .actor = "test"};
    struct yx_error err;

    (void)state;
    expect_status(renew(ca, &request, NULL, &err), YX_USAGE, &err);
    expect_ok(yx_name_to_der("CN=改名单位,O=改名单位,C=CN", &subject, &err), &err);
    request.subject = yx_buf_bytes(&subject);
    expect_status(renew(ca, &request, NULL, &err), YX_REFUSED, &err);
    request.reissue = true;
    expect_ok(renew(ca, &request, &new, &err), &err);
    assert_string_equal(yx_cert_common_name(new), "改名单位");
    assert_true(says(new, UNIT_CODE) && !says(new, MAIL));
    assert_int_equal(state_of(ca, old), YX_CA_REVOKED);
}

static void what_cannot_be_renewed(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(yx_cert) struct yx_cert *expired = unit_with_names(ca, yx_now() - 2000 * YX_DAY);
    YX_CLEAN(yx_cert) struct yx_cert *good = unit_with_names(ca, 0);
    struct yx_ca_renew_request request = {.serial = yx_cert_serial(expired), .actor = "test"};
    struct yx_error err;

    (void)state;
    expect_status(renew(ca, &request, NULL, &err), YX_REFUSED, &err);
    request.reissue = true;
    expect_status(renew(ca, &request, NULL, &err), YX_REFUSED, &err);
    request.serial = "AB12";
    expect_status(renew(ca, &request, NULL, &err), YX_REFUSED, &err);
    request.serial = "AB1";
    expect_status(renew(ca, &request, NULL, &err), YX_USAGE, &err);
    request.serial = yx_cert_serial(good); /* its own key as another one */
    request.spki = yx_public_key_spki(yx_cert_public_key(good));
    expect_status(renew(ca, &request, NULL, &err), YX_REFUSED, &err);
    request.spki = YX_BYTES(NULL, 0);
    request.days = 100000;
    expect_status(renew(ca, &request, NULL, &err), YX_USAGE, &err);
    request.days = 0;
    expect_ok(renew(ca, &request, NULL, &err), &err);
    assert_int_equal(state_of(ca, good), YX_CA_REVOKED);
}

/* A renewal comes not before its time; a profile that is gone renews nothing. */
static void by_the_rules_of_its_profile(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_cert) struct yx_cert *made = NULL;
    YX_CLEAN(yx_ca) struct yx_ca *again = NULL;
    YX_CLEAN(yx_ca) struct yx_ca *bare = NULL;
    char path[128];
    struct yx_error err;

    (void)state;
    yx_ca_free(folder_authority(&folder));
    (void)snprintf(path, sizeof path, "%s/profiles.conf", folder.ca);
    expect_ok(yx_file_write(path, false,
                            YX_TEXT("profile strict { like = \"unit\" renew_before = 30 }"), &err),
              &err);
    expect_ok(yx_ca_open(folder.ca, &again, &err), &err);
    expect_ok(yx_ca_unlock(again, PASSPHRASE, &err), &err);
    expect_ok(folder_issue(again, "strict", UNIT_NAME, 0, 0, &made, &err), &err);
    struct yx_ca_renew_request request = {.serial = yx_cert_serial(made), .actor = "test"};
    expect_status(renew(again, &request, NULL, &err), YX_REFUSED, &err);
    request.now = yx_cert_not_after(made) - 29 * YX_DAY;
    expect_ok(renew(again, &request, NULL, &err), &err);
    assert_int_equal(unlink(path), 0);
    expect_ok(yx_ca_open(folder.ca, &bare, &err), &err);
    expect_ok(yx_ca_unlock(bare, PASSPHRASE, &err), &err);
    expect_status(renew(bare, &request, NULL, &err), YX_REFUSED, &err);
}

/* --- Many at once -------------------------------------------------------------------------- */

#define THREADS 8
#define EACH 6

struct revoker {
    struct yx_ca *ca;
    char serials[EACH][48];
    bool failed;
};

static void *revoke_all(void *self)
{
    struct revoker *revoker = self;

    for (size_t i = 0; i < EACH; i++) {
        const struct yx_ca_revoke_request request = {
            .serial = revoker->serials[i], .invalid_since = YX_TIME_NONE, .actor = "test"};

        if (yx_ca_revoke(revoker->ca, &request, NULL) != YX_OK)
            revoker->failed = true;
    }
    return NULL;
}

static void many_revocations_at_once(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    struct revoker revokers[THREADS] = {{0}};
    pthread_t threads[THREADS];
    int64_t before, after;
    struct yx_error err;

    (void)state;
    for (size_t i = 0; i < THREADS; i++) {
        revokers[i].ca = ca;
        for (size_t k = 0; k < EACH; k++) {
            YX_CLEAN(yx_cert) struct yx_cert *made = NULL;

            expect_ok(folder_issue(ca, "person", "CN=x", 0, 0, &made, &err), &err);
            (void)snprintf(revokers[i].serials[k], sizeof revokers[i].serials[k], "%s",
                           yx_cert_serial(made));
        }
    }
    expect_ok(yx_ca_generation(ca, &before, &err), &err);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, revoke_all, &revokers[i]), 0);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_false(revokers[i].failed);
    }
    expect_ok(yx_ca_generation(ca, &after, &err), &err);
    assert_int_equal(after - before, THREADS * EACH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_extension_keeps_key_names_and_identity),
        cmocka_unit_test(a_reissue_after_a_loss),
        cmocka_unit_test(a_holder_who_changed),
        cmocka_unit_test(what_cannot_be_renewed),
        cmocka_unit_test(by_the_rules_of_its_profile),
        cmocka_unit_test(many_revocations_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
