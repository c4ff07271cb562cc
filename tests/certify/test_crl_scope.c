/* SPDX-License-Identifier: Apache-2.0 */
/* CRLs of every kind: deltas, partitions, holds and releases, dates of invalidity, and a hundred
 * thousand entries that come one by one; before openssl, before our own reader, and refused. */
#include "support.h"

#include <time.h>

#include "pki.h"
#include "tools.h"

#define POINT "http://ca.example/part.crl"
#define OTHER "http://ca.example/other.crl"

static struct folder folder;
static struct pki_person ca, holder; /* the holder's certificate names POINT */

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

static void make_crl(const struct yx_crl_template *wanted, struct yx_buf *out)
{
    struct yx_error err;
    struct yx_signer signer = yx_signer_borrow_key(ca.key);
    out->len = 0;
    expect_ok(yx_crl_make(wanted, ca.cert, &signer, out, &err), &err);
}

static struct yx_crl_entry entry_of_holder(int reason)
{
    return (struct yx_crl_entry){.serial = yx_cert_serial_der(holder.cert),
                                 .revoked_at = yx_now() - YX_DAY,
                                 .reason = reason};
}

/* What two CRLs say together; an empty one is left out. */
static struct yx_cert_finding ask(const struct yx_buf *first, const struct yx_buf *second,
                                  yx_time at)
{
    struct yx_error err;
    struct yx_cert_findings findings;
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    expect_ok(yx_trust_new(&trust, &err), &err);
    expect_ok(yx_trust_add_anchor(trust, ca.cert, &err), &err);
    expect_ok(yx_trust_add_crl(trust, yx_buf_bytes(first), &err), &err);
    if (second)
        expect_ok(yx_trust_add_crl(trust, yx_buf_bytes(second), &err), &err);
    expect_ok(yx_cert_validate(trust, holder.cert, YX_USE_SIGN, at, yx_now(), &findings, &err),
              &err);
    return findings.revocation;
}

static yx_outcome now(const struct yx_buf *first, const struct yx_buf *second)
{
    return ask(first, second, yx_now()).outcome;
}

/* --- Deltas ------------------------------------------------------------------------------ */

/* REQ: CERT-92: what a delta lists is revoked or suspended, and let go again. */
static void test_delta(void **state)
{
    (void)state;
    struct yx_crl_entry hold = entry_of_holder(YX_REASON_HOLD);
    struct yx_crl_entry release = entry_of_holder(YX_REASON_REMOVE);
    struct yx_crl_entry revoked = entry_of_holder(1);
    YX_CLEAN(yx_buf) struct yx_buf clean = {0};
    YX_CLEAN(yx_buf) struct yx_buf held = {0};
    YX_CLEAN(yx_buf) struct yx_buf delta = {0};
    struct yx_crl_template full = template_of(NULL, 0);
    make_crl(&full, &clean);
    full = template_of(&hold, 1);
    make_crl(&full, &held);
    assert_int_equal(now(&clean, NULL), YX_PASS);
    assert_int_equal(now(&held, NULL), YX_FAIL);

    /* A delta that adds, one that releases, one that confirms the hold. */
    struct yx_crl_template wanted = template_of(&revoked, 1);
    wanted.delta = true;
    wanted.base = 7;
    wanted.number = 8;
    make_crl(&wanted, &delta);
    assert_int_equal(now(&clean, &delta), YX_FAIL);
    assert_int_equal(now(&delta, NULL), YX_UNKNOWN); /* alone it says nothing */
    wanted.entries = &release;
    make_crl(&wanted, &delta);
    assert_int_equal(now(&held, &delta), YX_PASS);
    wanted.entries = &hold;
    make_crl(&wanted, &delta);
    assert_int_equal(now(&clean, &delta), YX_FAIL);

    /* One that builds on a later CRL than the one at hand does not count. */
    wanted.entries = &release;
    wanted.base = 8;
    wanted.number = 9;
    make_crl(&wanted, &delta);
    assert_int_equal(now(&held, &delta), YX_FAIL);
    /* Nor does one of another scope. */
    wanted.base = 7;
    wanted.only_user_certs = true;
    make_crl(&wanted, &delta);
    assert_int_equal(now(&held, &delta), YX_FAIL);
}

/* --- Partitions -------------------------------------------------------------------------- */

static void test_scopes(void **state)
{
    (void)state;
    const struct {
        const char *what, *point;
        bool users, cas;
        yx_outcome clean, listed;
    } cases[] = {
        {"its point", POINT, false, false, YX_PASS, YX_FAIL},
        {"its point, users", POINT, true, false, YX_PASS, YX_FAIL},
        {"users", NULL, true, false, YX_PASS, YX_FAIL},
        {"another point", OTHER, false, false, YX_UNKNOWN, YX_UNKNOWN},
        {"CAs", NULL, false, true, YX_UNKNOWN, YX_UNKNOWN},
        {"its point, CAs", POINT, false, true, YX_UNKNOWN, YX_UNKNOWN},
    };
    struct yx_crl_entry entry = entry_of_holder(4);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t count = 0; count <= 1; count++) {
            YX_CLEAN(yx_buf) struct yx_buf der = {0};
            struct yx_crl_template wanted = template_of(&entry, count);
            wanted.point_url = cases[i].point;
            wanted.only_user_certs = cases[i].users;
            wanted.only_ca_certs = cases[i].cas;
            make_crl(&wanted, &der);
            yx_outcome outcome = now(&der, NULL);
            if (outcome != (count ? cases[i].listed : cases[i].clean))
                fail_msg("%s with %zu: %s", cases[i].what, count, yx_outcome_name(outcome));
        }
}

/* A partition's delta counts on its own partition. */
static void test_delta_of_a_partition(void **state)
{
    (void)state;
    struct yx_crl_entry entry = entry_of_holder(4);
    YX_CLEAN(yx_buf) struct yx_buf base = {0};
    YX_CLEAN(yx_buf) struct yx_buf delta = {0};
    struct yx_crl_template wanted = template_of(NULL, 0);
    wanted.point_url = POINT;
    make_crl(&wanted, &base);
    wanted.entries = &entry;
    wanted.entry_count = 1;
    wanted.delta = true;
    wanted.base = wanted.number++;
    make_crl(&wanted, &delta);
    assert_int_equal(now(&base, &delta), YX_FAIL);
}

/* The earlier of revocation and invalidity counts (GM/T 0031-2014 6.2.3). */
static void test_invalidity_date(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_crl_entry entry = entry_of_holder(1);
    struct yx_crl_template wanted = template_of(&entry, 1);
    entry.revoked_at = yx_now() - 60 * YX_SECOND;
    make_crl(&wanted, &der);
    assert_int_equal(ask(&der, NULL, yx_now() - 3600 * YX_SECOND).outcome, YX_PASS);
    entry.invalid_at = yx_now() - 7200 * YX_SECOND;
    make_crl(&wanted, &der);
    assert_int_equal(ask(&der, NULL, yx_now() - 3600 * YX_SECOND).outcome, YX_FAIL);
}

/* --- Before openssl ---------------------------------------------------------------------- */

static void write_pem(const char *name, const char *label, struct yx_bytes der)
{
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    assert_int_equal(yx_pem_write(label, der, &pem), YX_OK);
    folder_write(&folder, name, yx_buf_bytes(&pem));
}

static void test_openssl_reads_every_field(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_crl_entry entry = entry_of_holder(YX_REASON_REMOVE);
    yx_time midnight = 0;
    struct yx_error err;
    expect_ok(yx_time_parse("2026-01-02T03:04:05Z", &midnight, &err), &err);
    entry.invalid_at = midnight;
    struct yx_crl_template wanted = template_of(&entry, 1);
    wanted.delta = true;
    wanted.base = 5;
    wanted.point_url = POINT;
    wanted.only_user_certs = true;
    make_crl(&wanted, &der);
    folder_write(&folder, "a.crl", yx_buf_bytes(&der));
    expect_tool(&folder, "openssl crl -inform DER -in a.crl -noout -text");
    static const char *const words[] = {"X509v3 Delta CRL Indicator: critical",
                                        "X509v3 Issuing Distribution Point: critical",
                                        "Only User Certificates",
                                        "URI:http://ca.example/part.crl",
                                        "Remove From CRL",
                                        "Invalidity Date",
                                        "Jan  2 03:04:05 2026 GMT"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        expect_words(&folder, words[i]);

    wanted = template_of(NULL, 0);
    wanted.freshest_url = "http://ca.example/delta.crl";
    wanted.only_ca_certs = true;
    make_crl(&wanted, &der);
    folder_write(&folder, "a.crl", yx_buf_bytes(&der));
    expect_tool(&folder, "openssl crl -inform DER -in a.crl -noout -text");
    expect_words(&folder, "X509v3 Freshest CRL");
    expect_words(&folder, "Only CA Certificates");
}

/* openssl verifies with base and delta as we do. */
static void test_openssl_uses_deltas(void **state)
{
    (void)state;
    struct yx_crl_entry hold = entry_of_holder(YX_REASON_HOLD);
    struct yx_crl_entry release = entry_of_holder(YX_REASON_REMOVE);
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    static const char verify[] = "openssl verify -CAfile ca.pem -crl_check -extended_crl "
                                 "-use_deltas -CRLfile base.pem -CRLfile delta.pem holder.pem";
    write_pem("ca.pem", "CERTIFICATE", yx_cert_der(ca.cert));
    write_pem("holder.pem", "CERTIFICATE", yx_cert_der(holder.cert));
    struct yx_crl_template wanted = template_of(&hold, 1);
    wanted.point_url = POINT;
    wanted.freshest_url = "http://ca.example/delta.crl";
    make_crl(&wanted, &der);
    write_pem("base.pem", "X509 CRL", yx_buf_bytes(&der));
    wanted.freshest_url = NULL;
    wanted.delta = true;
    wanted.base = wanted.number++;
    make_crl(&wanted, &der);
    write_pem("delta.pem", "X509 CRL", yx_buf_bytes(&der));
    tool(&folder, "%s", verify);
    expect_words(&folder, "certificate revoked");
    wanted.entries = &release;
    make_crl(&wanted, &der);
    write_pem("delta.pem", "X509 CRL", yx_buf_bytes(&der));
    tool(&folder, "%s", verify);
    expect_words(&folder, "holder.pem: OK");
}

/* --- Many entries ------------------------------------------------------------------------ */

struct stream {
    uint32_t next, count;
    bool twice, fails;
    yx_time at;
    uint8_t serial[5];
};

static yx_status next_of_stream(void *self, struct yx_crl_entry *entry, bool *end,
                                struct yx_error *err)
{
    struct stream *stream = self;
    *end = stream->next == stream->count;
    if (*end)
        return YX_OK;
    if (stream->fails && stream->next == 3)
        return yx_fail(err, YX_IO, "", "the database is gone");
    uint32_t number = stream->twice && stream->next == stream->count - 1 ? 0 : stream->next;
    stream->next++;
    stream->serial[0] = 1;
    memcpy(stream->serial + 1, &number, 4); /* little-endian: not in order */
    *entry = (struct yx_crl_entry){.serial = YX_BYTES(stream->serial, sizeof stream->serial),
                                   .revoked_at = stream->at,
                                   .reason = 4};
    return YX_OK;
}

static struct yx_crl_template streaming(struct stream *stream)
{
    struct yx_crl_template wanted = template_of(NULL, 0);
    wanted.more = (struct yx_crl_entries){next_of_stream, stream};
    return wanted;
}

static void test_a_hundred_thousand(void **state)
{
    (void)state;
    struct yx_crl_entry entry = entry_of_holder(1);
    struct stream stream = {.count = 100000, .at = yx_now() - YX_DAY};
    struct yx_crl_template wanted = streaming(&stream);
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    wanted.entries = &entry;
    wanted.entry_count = 1;
    clock_t start = clock(); /* the processor's time: others may be at work too */
    make_crl(&wanted, &der);
    clock_t made = clock();
    assert_int_equal(now(&der, NULL), YX_FAIL);
    print_message("100,001 entries, %zu bytes: made in %ld ms, read and asked in %ld ms\n", der.len,
                  (long)((made - start) * 1000 / CLOCKS_PER_SEC),
                  (long)((clock() - made) * 1000 / CLOCKS_PER_SEC));
    assert_true(der.len > 100000u * 30);
}

static void refused(const struct yx_crl_template *wanted, yx_status status, const char *rule)
{
    struct yx_error err = {.rule = "none"};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_signer signer = yx_signer_borrow_key(ca.key);
    expect_status(yx_crl_make(wanted, ca.cert, &signer, &out, &err), status, &err);
    assert_string_equal(err.rule, rule);
    assert_int_equal(out.len, 0);
}

static void test_refusals(void **state)
{
    (void)state;
    struct stream twice = {.count = 1000, .twice = true, .at = yx_now() - YX_DAY};
    struct yx_crl_template wanted = streaming(&twice);
    refused(&wanted, YX_REFUSED, "RFC 5280 5.1.2.6");
    struct stream fails = {.count = 1000, .fails = true, .at = yx_now() - YX_DAY};
    wanted = streaming(&fails);
    refused(&wanted, YX_IO, "");
    struct stream endless = {.count = 1000001, .at = yx_now() - YX_DAY};
    wanted = streaming(&endless);
    refused(&wanted, YX_REFUSED, "RFC 5280 5.1.2.6");

    struct yx_crl_entry entry = entry_of_holder(YX_REASON_REMOVE);
    wanted = template_of(&entry, 1);
    refused(&wanted, YX_REFUSED, "RFC 5280 5.3.1"); /* only deltas remove */
    entry = entry_of_holder(1);
    entry.invalid_at = yx_now() + YX_DAY;
    refused(&wanted, YX_REFUSED, "RFC 5280 5.3.2");

    wanted = template_of(NULL, 0);
    wanted.delta = true;
    wanted.base = wanted.number;
    refused(&wanted, YX_REFUSED, "RFC 5280 5.2.4");
    wanted.base = 1;
    wanted.freshest_url = "http://a/";
    refused(&wanted, YX_REFUSED, "RFC 5280 5.2.6");
    wanted = template_of(NULL, 0);
    wanted.only_ca_certs = wanted.only_user_certs = true;
    refused(&wanted, YX_REFUSED, "RFC 5280 5.2.5");
    wanted = template_of(NULL, 0);
    wanted.point_url = "here";
    refused(&wanted, YX_REFUSED, "RFC 5280 4.2.1.13 and RFC 3986");
    wanted.point_url = NULL;
    wanted.freshest_url = "there";
    refused(&wanted, YX_REFUSED, "RFC 5280 4.2.1.13 and RFC 3986");
}

static int set_up(void **state)
{
    (void)state;
    struct yx_error err;
    struct pki_wish wish = {.name = "CN=holder", .type = YX_KEY_P256, .crl_url = POINT};
    folder_make(&folder);
    expect_ok(person_make("CN=Root,O=Test,C=CN", NULL, YX_KEY_P256, &ca, &err), &err);
    expect_ok(pki_person_make(&wish, &ca, &holder, &err), &err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pki_person_free(&ca);
    pki_person_free(&holder);
    folder_remove(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delta),
        cmocka_unit_test(test_scopes),
        cmocka_unit_test(test_delta_of_a_partition),
        cmocka_unit_test(test_invalidity_date),
        cmocka_unit_test(test_openssl_reads_every_field),
        cmocka_unit_test(test_openssl_uses_deltas),
        cmocka_unit_test(test_a_hundred_thousand),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
