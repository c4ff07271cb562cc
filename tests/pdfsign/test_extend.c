/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_extend.c - levels T, LT and LTA (ETSI EN 319 142-1): what they add, that earlier signatures
 * stay valid, and what is refused.
 */
#include "support.h"

#include "pdf_odd.h"

#include "pdf_desk.h"

static const struct yx_placement lower_right = {.kind = YX_PLACE_POINT};

static size_t count_words(struct yx_bytes in, const char *words)
{
    size_t count = 0, len = strlen(words);
    for (size_t at = 0; at + len <= in.len; at++)
        count += memcmp(in.data + at, words, len) == 0;
    return count;
}

static bool holds(struct yx_bytes in, struct yx_bytes part)
{
    return memmem(in.data, in.len, part.data, part.len) != NULL;
}

static void sign_at(const struct desk *desk, yx_pades_level level, struct yx_bytes in,
                    struct yx_buf *out)
{
    struct yx_pdf_request request = desk_request(desk, &lower_right);
    request.level = level;
    desk_must_sign(desk, &request, in, out);
}

/* The first signature of the document still verifies with openssl, its token with openssl ts. */
static void check_token(struct desk *desk, struct yx_bytes pdf, size_t from)
{
    YX_CLEAN(yx_buf) struct yx_buf cms_der = {0};
    struct yx_cms cms;
    struct yx_bytes token;
    struct yx_error err;
    desk_check_openssl(desk, pdf, from);
    folder_read(&desk->folder, "cms.der", &cms_der);
    expect_ok(yx_cms_parse(yx_buf_bytes(&cms_der), &cms, &err), &err);
    expect_ok(yx_cms_attribute(cms.unsigned_attributes, YX_OID_TIME_STAMP_TOKEN, &token, &err),
              &err);
    assert_true(token.len > 0);
    folder_write(&desk->folder, "token.der", token);
    folder_write(&desk->folder, "value.bin", cms.signature);
    tool(&desk->folder,
         "openssl ts -verify -token_in -in %s/token.der -data %s/value.bin -CAfile %s/ca.pem",
         desk->folder.path, desk->folder.path, desk->folder.path);
    expect_words(&desk->folder, "Verification: OK");
}

static void check_document_time_stamp(struct desk *desk, struct yx_bytes pdf, size_t from)
{
    desk_split(desk, pdf, from);
    tool(&desk->folder,
         "openssl ts -verify -token_in -in %s/cms.der -data %s/signed.bin -CAfile %s/ca.pem",
         desk->folder.path, desk->folder.path, desk->folder.path);
    expect_words(&desk->folder, "Verification: OK");
}

/* A CRL that speaks of somebody else. */
static void add_crl(struct desk *desk)
{
    struct pki_person person = {0};
    struct pki_wish wish = {.name = "CN=Gone,O=Test,C=CN", .type = YX_KEY_P256};
    struct yx_error err;
    expect_ok(pki_person_make(&wish, &desk->pki.ca, &person, &err), &err);
    expect_ok(pki_revoke(&desk->pki, person.cert, yx_now() - YX_DAY, &err), &err);
    pki_person_free(&person);
}

/* Level by level, each on top of the one before. */
static void check_levels(yx_key_type type)
{
    struct desk desk;
    struct yx_buf in = {0}, t = {0}, lt = {0}, lta = {0};
    struct yx_error err;
    desk_open(type, &desk);
    add_crl(&desk);
    odd_named("linearised", &in);
    sign_at(&desk, YX_PADES_T, yx_buf_bytes(&in), &t);
    expect_ok(desk_extend(&desk, YX_PADES_LT, yx_buf_bytes(&t), &lt, &err), &err);
    expect_ok(desk_extend(&desk, YX_PADES_LTA, yx_buf_bytes(&lt), &lta, &err), &err);
    struct yx_bytes all[] = {yx_buf_bytes(&t), yx_buf_bytes(&lt), yx_buf_bytes(&lta)};
    for (size_t i = 0; i < 3; i++) {
        desk_check_qpdf(&desk, all[i]);
        desk_check_valid(&desk, all[i], i == 2 ? 2 : 1);
        if (type == YX_KEY_SM2)
            continue;
        desk_check_pdfsig(&desk, all[i], 1);
        check_token(&desk, all[i], in.len);
    }
    struct yx_bytes added = YX_BYTES(lt.data + t.len, lt.len - t.len);
    assert_true(holds(added, yx_cert_der(desk.pki.ca.cert)));
    assert_true(holds(added, yx_cert_der(desk.tsa.cert)));
    assert_true(holds(added, yx_trust_crl(desk.pki.trust, 0)));
    assert_int_equal(count_words(added, "/Type /VRI"), 1);
    assert_int_equal(count_words(added, "/ESIC"), 1);
    if (type != YX_KEY_SM2)
        check_document_time_stamp(&desk, all[2], lt.len);
    yx_buf_free(&in);
    yx_buf_free(&t);
    yx_buf_free(&lt);
    yx_buf_free(&lta);
    desk_close(&desk);
}

static void test_levels_rsa(void **state)
{
    (void)state;
    check_levels(YX_KEY_RSA);
}

static void test_levels_sm2(void **state)
{
    (void)state;
    check_levels(YX_KEY_SM2);
}

/* In one go; and what is in the store is not stored again when time has gone by. */
static void test_again_and_again(void **state)
{
    (void)state;
    struct desk desk;
    struct yx_buf pdf[5] = {{0}};
    struct yx_error err;
    desk_open(YX_KEY_P256, &desk);
    odd_named("object streams", &pdf[0]);
    sign_at(&desk, YX_PADES_LTA, yx_buf_bytes(&pdf[0]), &pdf[1]);
    expect_ok(desk_extend(&desk, YX_PADES_LTA, yx_buf_bytes(&pdf[1]), &pdf[2], &err), &err);
    sign_at(&desk, YX_PADES_LT, yx_buf_bytes(&pdf[2]), &pdf[3]);
    expect_ok(desk_extend(&desk, YX_PADES_LTA, yx_buf_bytes(&pdf[3]), &pdf[4], &err), &err);
    static const size_t signatures[] = {0, 2, 3, 4, 5};
    for (size_t i = 1; i < 5; i++) {
        desk_check_qpdf(&desk, yx_buf_bytes(&pdf[i]));
        desk_check_valid(&desk, yx_buf_bytes(&pdf[i]), signatures[i]);
        desk_check_openssl(&desk, yx_buf_bytes(&pdf[i]), pdf[0].len);
    }
    struct yx_bytes second = YX_BYTES(pdf[2].data + pdf[1].len, pdf[2].len - pdf[1].len);
    assert_false(holds(second, yx_cert_der(desk.pki.ca.cert)));
    check_document_time_stamp(&desk, yx_buf_bytes(&pdf[4]), pdf[3].len);
    for (size_t i = 0; i < 5; i++)
        yx_buf_free(&pdf[i]);
    desk_close(&desk);
}

/* --- Refusals ------------------------------------------------------------------------------ */

static void expect_refusal(const struct desk *desk, yx_pades_level level, const struct yx_buf *in,
                           yx_status want, const char *words)
{
    struct yx_buf out = {0};
    struct yx_error err = {0};
    char said[600] = "";
    yx_status status = desk_extend(desk, level, yx_buf_bytes(in), &out, &err);
    if (status != YX_OK)
        yx_message_render(&err.message, NULL, said, sizeof said);
    if (status != want || strstr(said, words) == NULL)
        fail_msg("status %d, \"%s\" and not %d, \"%s\"", (int)status, said, (int)want, words);
    assert_int_equal(out.len, 0);
    yx_buf_free(&out);
}

static void test_refusals(void **state)
{
    (void)state;
    struct desk desk;
    struct yx_buf in = {0}, b = {0}, t = {0};
    desk_open(YX_KEY_P256, &desk);
    odd_named("table", &in);
    sign_at(&desk, YX_PADES_B, yx_buf_bytes(&in), &b);
    sign_at(&desk, YX_PADES_T, yx_buf_bytes(&in), &t);
    expect_refusal(&desk, YX_PADES_LT, &in, YX_REFUSED, "carries no signature");
    expect_refusal(&desk, YX_PADES_LT, &b, YX_REFUSED, "has a time-stamp");
    expect_refusal(&desk, YX_PADES_T, &t, YX_USAGE, "to level LT or LTA");
    struct yx_trust *trust = desk.pki.trust;
    desk.pki.trust = NULL;
    expect_refusal(&desk, YX_PADES_LT, &t, YX_USAGE, "name the roots");
    desk.pki.trust = trust;
    yx_buf_free(&in);
    yx_buf_free(&b);
    yx_buf_free(&t);
    desk_close(&desk);
}

/* A certificate that names a CRL needs it; a root that nobody trusts makes no chain. */
static void test_incomplete(void **state)
{
    (void)state;
    struct desk desk, stranger;
    struct yx_buf in = {0}, t = {0}, out = {0};
    struct yx_error err;
    struct pki_wish wish = {.name = "CN=Careful,O=Test,C=CN",
                            .type = YX_KEY_P256,
                            .crl_url = "http://crl.example/ca.crl"};
    desk_open(YX_KEY_P256, &desk);
    desk_open(YX_KEY_P256, &stranger);
    pki_person_free(&desk.pki.holder);
    expect_ok(pki_person_make(&wish, &desk.pki.ca, &desk.pki.holder, &err), &err);
    odd_named("table", &in);
    struct yx_pdf_request request = desk_request(&desk, NULL);
    request.level = YX_PADES_T;
    desk_must_sign(&desk, &request, yx_buf_bytes(&in), &t);
    expect_refusal(&desk, YX_PADES_LT, &t, YX_REFUSED, "give the CRL");
    expect_refusal(&stranger, YX_PADES_LT, &t, YX_REFUSED, "does not lead to a trusted root");
    add_crl(&desk);
    expect_ok(desk_extend(&desk, YX_PADES_LT, yx_buf_bytes(&t), &out, &err), &err);
    desk_check_valid(&desk, yx_buf_bytes(&out), 1);
    yx_buf_free(&in);
    yx_buf_free(&t);
    yx_buf_free(&out);
    desk_close(&stranger);
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels_rsa),      cmocka_unit_test(test_levels_sm2),
        cmocka_unit_test(test_again_and_again), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_incomplete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
