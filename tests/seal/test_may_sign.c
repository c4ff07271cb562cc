/* SPDX-License-Identifier: Apache-2.0 */
/* May this holder seal with this seal now? Every reason to say no, in the order of the standard.
 * REQ: USE-34 */
#include "support.h"

#include "craft.h"

static struct pki sm2;

static int open_people(void **state)
{
    (void)state;
    return pki_open(YX_KEY_SM2, &sm2, NULL) == YX_OK ? 0 : -1;
}

static int close_people(void **state)
{
    (void)state;
    pki_free(&sm2);
    return 0;
}

/* `saying` NULL: allowed. */
static void expect_answer(const struct craft_seal *c, const struct yx_cert *signer, yx_time now,
                          const struct yx_trust *trust, const char *saying)
{
    struct yx_error err = {0};
    char text[600];
    YX_CLEAN(yx_buf) struct yx_buf der = craft_seal(c);
    YX_CLEAN(yx_seal) struct yx_seal *seal = NULL;
    expect_ok(yx_seal_from_der(yx_buf_bytes(&der), &seal, &err), &err);
    yx_status status = yx_seal_may_sign(seal, signer, now, trust, &err);
    if (saying == NULL) {
        expect_ok(status, &err);
        return;
    }
    expect_status(status, YX_REFUSED, &err);
    yx_message_render(&err.message, NULL, text, sizeof text);
    if (strstr(text, saying) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text, saying);
    assert_true(err.rule[0] != '\0');
    assert_int_equal(yx_seal_may_sign(seal, signer, now, trust, NULL), YX_REFUSED);
}

static void test_allowed(void **state)
{
    (void)state;
    static const int versions[] = {1, 4, 5};
    for (size_t i = 0; i < 3; i++) {
        struct craft_seal c = craft_usual(&sm2, versions[i]);
        expect_answer(&c, sm2.holder.cert, yx_now(), sm2.trust, NULL);
        expect_answer(&c, sm2.holder.cert, yx_now(), NULL, NULL);
    }
}

/* 6.2.2 a */
static void test_signer(void **state)
{
    (void)state;
    struct yx_error err = {0};
    struct craft_seal c = craft_usual(&sm2, 4);
    yx_time after = yx_cert_not_after(sm2.holder.cert) + YX_SECOND;
    expect_answer(&c, sm2.holder.cert, after, NULL, "signer's certificate");
    YX_CLEAN(pki_person) struct pki_person encrypts = {0};
    struct pki_wish wish = {.name = "CN=Encrypts", .key_usage = YX_KU_KEY_ENCIPHERMENT};
    expect_ok(pki_person_make(&wish, &sm2.ca, &encrypts, &err), &err);
    c.listed = &encrypts;
    expect_answer(&c, encrypts.cert, yx_now(), NULL, "not for signing");

    YX_CLEAN(pki) struct pki other = {0};
    expect_ok(pki_open(YX_KEY_SM2, &other, &err), &err);
    c.listed = &other.holder;
    expect_answer(&c, other.holder.cert, yx_now(), sm2.trust, "does not lead to a trusted root");
    expect_answer(&c, other.holder.cert, yx_now(), NULL, NULL);
    expect_ok(pki_revoke(&other, other.holder.cert, yx_now() - YX_DAY / 2, &err), &err);
    c.maker = &other.maker;
    expect_answer(&c, other.holder.cert, yx_now(), other.trust, "is revoked");
}

/* 6.2.2 b */
static void test_seal(void **state)
{
    (void)state;
    struct yx_error err = {0};
    struct craft_seal c = craft_usual(&sm2, 4);
    c.id = "EX";
    expect_answer(&c, sm2.holder.cert, yx_now(), sm2.trust, "identifier ES");

    c = craft_usual(&sm2, 4);
    c.algorithm = YX_OID_ECDSA_SHA256;
    expect_answer(&c, sm2.holder.cert, yx_now(), sm2.trust, "maker's key cannot make");

    YX_CLEAN(pki) struct pki other = {0};
    expect_ok(pki_open(YX_KEY_SM2, &other, &err), &err);
    c = craft_usual(&sm2, 4);
    c.maker = &other.maker;
    expect_answer(&c, sm2.holder.cert, yx_now(), sm2.trust, "not among the trusted");
    expect_answer(&c, sm2.holder.cert, yx_now(), NULL, NULL);

    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    c = craft_usual(&sm2, 4);
    der = craft_seal(&c);
    uint8_t *esid = memmem(der.data, der.len, "0123", 4);
    assert_non_null(esid);
    esid[0] = '9';
    YX_CLEAN(yx_seal) struct yx_seal *changed = NULL;
    expect_ok(yx_seal_from_der(yx_buf_bytes(&der), &changed, &err), &err);
    expect_status(yx_seal_may_sign(changed, sm2.holder.cert, yx_now(), sm2.trust, &err), YX_REFUSED,
                  &err);
    assert_string_equal(err.rule, "GM/T 0031-2014 6.1.2 b");
}

/* 6.2.2 c: a renewed certificate needs a new seal. */
static void test_listed(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(pki_person) struct pki_person renewed = {0};
    struct pki_wish wish = {.name = "CN=Test Holder,O=Test,C=CN"};
    expect_ok(pki_person_make(&wish, &sm2.ca, &renewed, &err), &err);
    struct craft_seal c = craft_usual(&sm2, 4);
    expect_answer(&c, renewed.cert, yx_now(), sm2.trust, "have the seal made again");
    c.digests = true;
    c.list_type = 2;
    expect_answer(&c, renewed.cert, yx_now(), sm2.trust, "have the seal made again");
    expect_answer(&c, sm2.holder.cert, yx_now(), sm2.trust, NULL);
    c.digests_with_za = true;
    expect_answer(&c, sm2.holder.cert, yx_now(), sm2.trust, NULL);
}

static void test_period(void **state)
{
    (void)state;
    struct craft_seal c = craft_usual(&sm2, 4);
    c.from = c.created + YX_DAY;
    expect_answer(&c, sm2.holder.cert, yx_now(), sm2.trust, "valid only from");
    c.from = c.created;
    c.to = c.created + YX_DAY;
    expect_answer(&c, sm2.holder.cert, yx_now() + 2 * YX_DAY, sm2.trust, "valid only until");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allowed), cmocka_unit_test(test_signer), cmocka_unit_test(test_seal),
        cmocka_unit_test(test_listed),  cmocka_unit_test(test_period),
    };
    return cmocka_run_group_tests(tests, open_people, close_people);
}
