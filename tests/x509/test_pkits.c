/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_pkits.c - the path validation cases of NIST PKITS.
 *
 * A path is accepted when no finding fails, the chain leads to the anchor, and the revocation of
 * the certificate is known: every PKITS certificate has a CRL, so that none at all is no pass.
 * Cases that ask for policy inputs which our interface does not offer are left out.
 */
#include "support.h"

#include <jansson.h>

#include "x509/x509.h"

#define AT INT64_C(1577836800000000) /* 2020-01-01T00:00:00Z */

/* Cases that end otherwise than PKITS says, and why that is right for us. */
static const struct exception {
    const char *number;
    const char *why;
} exceptions[] = {
    {"4.1.4", "DSA is not among our algorithms, and this one is over SHA-1"},
    {"4.1.5", "DSA, with parameters inherited from the issuer"},
    {"4.14.30", "the CRL's issuer is itself covered only by the CRL that it signs"},
};

static const char *exception_of(const char *number)
{
    for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
        if (strcmp(exceptions[i].number, number) == 0)
            return exceptions[i].why;
    return NULL;
}

static void read_pkits(const char *folder, const char *name, const char *ending, struct yx_buf *out)
{
    char relative[256], path[512];
    struct yx_error err;
    snprintf(relative, sizeof(relative), "pkits/%s/%s%s", folder, name, ending);
    assert_non_null(interop_path(path, relative));
    expect_ok(yx_file_read(path, 1 << 20, out, &err), &err);
}

/* NULL: not DER. Two certificates of PKITS have signatures that are not whole octets. */
static struct yx_cert *read_cert(const char *name)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct yx_cert *cert = NULL;
    struct yx_error err;
    read_pkits("certs", name, ".crt", &file);
    yx_status status = yx_cert_read(yx_buf_bytes(&file), &cert, &err);
    if (status != YX_OK)
        assert_int_equal(status, YX_DAMAGED);
    return cert;
}

static struct yx_trust *build_trust(const json_t *chain, const json_t *crls)
{
    struct yx_trust *trust = NULL;
    struct yx_error err;
    expect_ok(yx_trust_new(&trust, &err), &err);
    for (size_t i = 0; i + 1 < json_array_size(chain); i++) {
        YX_CLEAN(yx_cert)
        struct yx_cert *cert = read_cert(json_string_value(json_array_get(chain, i)));
        if (cert == NULL)
            continue;
        if (i == 0)
            expect_ok(yx_trust_add_anchor(trust, cert, &err), &err);
        else
            expect_ok(yx_trust_add_helper(trust, cert, &err), &err);
    }
    for (size_t i = 0; i < json_array_size(crls); i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        read_pkits("crls", json_string_value(json_array_get(crls, i)), ".crl", &file);
        yx_status status = yx_trust_add_crl(trust, yx_buf_bytes(&file), &err);
        if (status != YX_OK) /* BadCRLSignatureCACRL: the signature is not whole octets */
            assert_int_equal(status, YX_DAMAGED);
    }
    return trust;
}

static bool has_default_policies(const json_t *item)
{
    const json_t *policies = json_object_get(item, "policies");
    const char *only = json_string_value(json_array_get(policies, 0));
    return json_array_size(policies) == 1 && strcmp(only, "2.5.29.32.0") == 0 &&
           !json_is_true(json_object_get(item, "explicit_policy")) &&
           !json_is_true(json_object_get(item, "inhibit_mapping")) &&
           !json_is_true(json_object_get(item, "inhibit_any"));
}

static bool accepts(const struct yx_cert *cert, const struct yx_cert_findings *findings)
{
    return cert != NULL && findings->chain.outcome == YX_PASS &&
           findings->validity.outcome == YX_PASS && findings->revocation.outcome == YX_PASS;
}

static void print_finding(const char *name, const struct yx_cert_finding *finding)
{
    char words[600] = "";
    if (finding->detail.text != NULL)
        yx_message_render(&finding->detail, NULL, words, sizeof(words));
    print_message("    %s %s: %s\n", name, yx_outcome_name(finding->outcome), words);
}

/* Does the case end as PKITS says? Accepting what PKITS refuses is wrong without exception. */
static bool run_case(const json_t *item)
{
    const json_t *chain = json_object_get(item, "chain");
    const char *number = json_string_value(json_object_get(item, "number"));
    YX_CLEAN(yx_trust)
    struct yx_trust *trust = build_trust(chain, json_object_get(item, "crls"));
    YX_CLEAN(yx_cert)
    struct yx_cert *cert =
        read_cert(json_string_value(json_array_get(chain, json_array_size(chain) - 1)));
    struct yx_cert_findings findings = {0};
    struct yx_error err;
    if (cert != NULL)
        expect_ok(yx_cert_validate(trust, cert, YX_USE_SIGN, AT, AT, &findings, &err), &err);
    if (accepts(cert, &findings) == json_is_true(json_object_get(item, "valid")))
        return true;
    const char *why = exception_of(number);
    print_message("%s %s: %s\n", number, json_string_value(json_object_get(item, "name")),
                  why != NULL ? why : "WRONG");
    print_finding("chain", &findings.chain);
    print_finding("validity", &findings.validity);
    print_finding("revocation", &findings.revocation);
    return false;
}

static void test_pkits(void **state)
{
    char path[512];
    (void)state;
    if (interop_path(path, "pkits/cases.json") == NULL)
        skip();
    json_error_t problem;
    json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, &problem);
    assert_non_null(file);
    const json_t *cases = json_object_get(file, "cases");
    unsigned agree = 0, excepted = 0, wrong = 0, left_out = 0;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *item = json_array_get(cases, i);
        if (!has_default_policies(item))
            left_out++;
        else if (run_case(item))
            agree++;
        else if (json_is_true(json_object_get(item, "valid")) &&
                 exception_of(json_string_value(json_object_get(item, "number"))) != NULL)
            excepted++;
        else
            wrong++;
    }
    print_message("PKITS: %u agree, %u known exceptions, %u wrong, %u left out (policy inputs)\n",
                  agree, excepted, wrong, left_out);
    json_decref(file);
    assert_int_equal(wrong, 0);
    assert_true(agree > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pkits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
