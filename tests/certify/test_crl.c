/* SPDX-License-Identifier: Apache-2.0 */
/* CRLs that we make: before openssl (by its words: its exit code lies), before our own reader, and
 * every refusal. */
#include "support.h"

#include "pki.h"
#include "tools.h"

static struct folder folder;

static struct world {
    struct pki_person ca, good, revoked;
} sm2, p256, rsa;

static struct yx_crl_template template_of(const struct yx_crl_entry *entries, size_t count)
{
    return (struct yx_crl_template){
        .number = 7,
        .this_update = yx_now() - YX_SECOND,
        .next_update = yx_now() + 7 * YX_DAY,
        .entries = entries,
        .entry_count = count,
    };
}

static void make_crl(const struct world *world, const struct yx_crl_template *wanted,
                     struct yx_buf *out)
{
    struct yx_error err;
    struct yx_signer signer = yx_signer_borrow_key(world->ca.key);
    out->len = 0;
    expect_ok(yx_crl_make(wanted, world->ca.cert, &signer, out, &err), &err);
}

static void write_pem(const char *name, const struct yx_cert *cert)
{
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    assert_int_equal(yx_pem_write("CERTIFICATE", yx_cert_der(cert), &pem), YX_OK);
    folder_write(&folder, name, yx_buf_bytes(&pem));
}

static void test_openssl_verifies(void **state)
{
    (void)state;
    const struct world *worlds[] = {&p256, &rsa};
    for (size_t i = 0; i < 2; i++) {
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        struct yx_crl_template wanted = template_of(NULL, 0);
        make_crl(worlds[i], &wanted, &der);
        write_pem("ca.pem", worlds[i]->ca.cert);
        folder_write(&folder, "a.crl", yx_buf_bytes(&der));
        tool(&folder, "openssl crl -inform DER -in a.crl -CAfile ca.pem -noout");
        expect_words(&folder, "verify OK");
        der.data[der.len - 1] ^= 1;
        folder_write(&folder, "a.crl", yx_buf_bytes(&der));
        tool(&folder, "openssl crl -inform DER -in a.crl -CAfile ca.pem -noout");
        expect_words(&folder, "verify failure");
    }
}

static void test_openssl_reads_every_field(void **state)
{
    (void)state;
    const struct yx_crl_entry entries[] = {
        {YX_BYTES("\x0A\xBC\xDE", 3), yx_now() - YX_DAY, 0},
        {YX_BYTES("\x00\x00\xFF", 3), yx_now() - 2 * YX_DAY, 1},
        {YX_BYTES("\x7F\x01", 2), yx_now() - 3 * YX_DAY, 10},
        {YX_BYTES("\x7F\x02", 2), yx_now() - 3 * YX_DAY, 6},
    };
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_crl_template wanted = template_of(entries, 4);
    wanted.number = UINT64_MAX;
    make_crl(&p256, &wanted, &der);
    folder_write(&folder, "a.crl", yx_buf_bytes(&der));
    expect_tool(&folder, "openssl crl -inform DER -in a.crl -noout -text");
    static const char *const words[] = {
        "Version 2 (0x1)",       "Issuer: C = CN, O = Test, CN = Root",
        "Serial Number: 0ABCDE", "Serial Number: FF",
        "Serial Number: 7F01",   "Key Compromise",
        "AA Compromise",         "Certificate Hold",
        "18446744073709551615",  "Authority Key Identifier"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        expect_words(&folder, words[i]);
    assert_null(strstr(folder.output, "Unspecified")); /* RFC 5280 5.3.1: left out */
}

static yx_outcome revocation_of(const struct world *world, const struct yx_cert *cert,
                                struct yx_bytes crl)
{
    struct yx_error err;
    struct yx_cert_findings findings;
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    expect_ok(yx_trust_new(&trust, &err), &err);
    expect_ok(yx_trust_add_anchor(trust, world->ca.cert, &err), &err);
    expect_ok(yx_trust_add_crl(trust, crl, &err), &err);
    expect_ok(yx_cert_validate(trust, cert, YX_USE_SIGN, yx_now(), yx_now(), &findings, &err),
              &err);
    return findings.revocation.outcome;
}

static void test_our_own_reader_agrees(void **state)
{
    (void)state;
    const struct world *worlds[] = {&sm2, &p256, &rsa};
    for (size_t i = 0; i < 3; i++) {
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        struct yx_crl_entry entry = {yx_cert_serial_der(worlds[i]->revoked.cert),
                                     yx_now() - 60 * YX_SECOND, 1};
        struct yx_crl_template wanted = template_of(&entry, 1);
        make_crl(worlds[i], &wanted, &der);
        assert_int_equal(revocation_of(worlds[i], worlds[i]->revoked.cert, yx_buf_bytes(&der)),
                         YX_FAIL);
        assert_int_equal(revocation_of(worlds[i], worlds[i]->good.cert, yx_buf_bytes(&der)),
                         YX_PASS);
    }
}

/* Many entries: written, and searched for duplicates, in a moment. */
static void test_many_entries(void **state)
{
    (void)state;
    enum { MANY = 50000 };
    static uint8_t serials[MANY][4];
    static struct yx_crl_entry entries[MANY];
    for (uint32_t i = 0; i < MANY; i++) {
        serials[i][0] = 1;
        memcpy(serials[i] + 1, &i, 3); /* little-endian: not in order */
        entries[i] = (struct yx_crl_entry){YX_BYTES(serials[i], 4), yx_now() - YX_DAY, 4};
    }
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_crl_template wanted = template_of(entries, MANY);
    make_crl(&p256, &wanted, &der);
    assert_true(der.len > MANY * 20);
}

/* --- Refusals ---------------------------------------------------------------------------- */

static void refused(const struct world *world, const struct yx_crl_template *wanted,
                    const char *rule)
{
    struct yx_error err = {.rule = "none"};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_signer signer = yx_signer_borrow_key(world->ca.key);
    expect_status(yx_crl_make(wanted, world->ca.cert, &signer, &out, &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, rule);
    assert_int_equal(out.len, 0);
}

static void test_entries_that_are_refused(void **state)
{
    (void)state;
    yx_time past = yx_now() - YX_DAY;
    const struct {
        struct yx_crl_entry entry;
        const char *rule;
    } cases[] = {
        {{YX_BYTES("", 0), past, 0}, "RFC 5280 4.1.2.2"},
        {{YX_BYTES("\0\0", 2), past, 0}, "RFC 5280 4.1.2.2"},
        {{YX_BYTES("012345678901234567890", 21), past, 0}, "RFC 5280 4.1.2.2"},
        {{YX_BYTES("\1", 1), past, -1}, "RFC 5280 5.3.1"},
        {{YX_BYTES("\1", 1), past, 7}, "RFC 5280 5.3.1"},
        {{YX_BYTES("\1", 1), past, 8}, "RFC 5280 5.3.1"},
        {{YX_BYTES("\1", 1), past, 11}, "RFC 5280 5.3.1"},
        {{YX_BYTES("\1", 1), yx_now() + YX_DAY, 1}, "RFC 5280 5.1.2.6"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct yx_crl_template wanted = template_of(&cases[i].entry, 1);
        refused(&p256, &wanted, cases[i].rule);
    }
    const struct yx_crl_entry twice[] = {{YX_BYTES("\1\2", 2), past, 0},
                                         {YX_BYTES("\3", 1), past, 0},
                                         {YX_BYTES("\0\1\2", 3), past, 1}};
    struct yx_crl_template wanted = template_of(twice, 3);
    refused(&p256, &wanted, "RFC 5280 5.1.2.6");
    wanted = template_of(twice, 1000001);
    refused(&p256, &wanted, "RFC 5280 5.1.2.6");
}

static void test_issuers_that_are_refused(void **state)
{
    (void)state;
    struct yx_crl_template wanted = template_of(NULL, 0);
    struct world leaf = {.ca = p256.good};
    refused(&leaf, &wanted, "RFC 5280 6.3.3");
    struct world strange = {.ca = {.key = p256.good.key, .cert = p256.ca.cert}};
    refused(&strange, &wanted, "RFC 5280 4.1.1.3");
    struct world other_type = {.ca = {.key = rsa.ca.key, .cert = p256.ca.cert}};
    refused(&other_type, &wanted, "RFC 5280 4.1.1.2");
    wanted.next_update = wanted.this_update;
    refused(&p256, &wanted, "RFC 5280 5.1.2.5");
}

static void world_make(struct world *world, yx_key_type type)
{
    struct yx_error err;
    expect_ok(person_make("CN=Root,O=Test,C=CN", NULL, type, &world->ca, &err), &err);
    expect_ok(person_make("CN=good", &world->ca, type, &world->good, &err), &err);
    expect_ok(person_make("CN=revoked", &world->ca, type, &world->revoked, &err), &err);
}

static void world_free(struct world *world)
{
    struct pki_person *all[] = {&world->ca, &world->good, &world->revoked};
    for (size_t i = 0; i < 3; i++)
        pki_person_free(all[i]);
}

static int set_up(void **state)
{
    (void)state;
    folder_make(&folder);
    world_make(&sm2, YX_KEY_SM2);
    world_make(&p256, YX_KEY_P256);
    world_make(&rsa, YX_KEY_RSA);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_free(&sm2);
    world_free(&p256);
    world_free(&rsa);
    folder_remove(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_openssl_verifies),
        cmocka_unit_test(test_openssl_reads_every_field),
        cmocka_unit_test(test_our_own_reader_agrees),
        cmocka_unit_test(test_many_entries),
        cmocka_unit_test(test_entries_that_are_refused),
        cmocka_unit_test(test_issuers_that_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
