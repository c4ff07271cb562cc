/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_plain.c - what is said of a certificate and its anchor without libcrypto's path building is
 * what that says: every case is asked twice, the second time with a stranger's CRL in the trust,
 * which says nothing about the certificate and yet makes libcrypto build the path.
 */
#include "libcrypto_pki.h"

#define CA "critical,CA:TRUE"
#define CA_USAGE "critical,keyCertSign,cRLSign"

struct plain_case {
    struct cert_spec root, leaf;
    yx_key_type type; /* YX_KEY_NONE: SM2 */
    yx_outcome chain, revocation;
    int flipped; /* this byte of the leaf, from its end; 0: none */
    bool no_trust;
    bool trusts_leaf;
    yx_time at; /* 0: PKI_NOW */
};

static const struct plain_case cases[] = {
    {.leaf = {.key_usage = "critical,digitalSignature"}, .revocation = YX_SKIP},
    {.leaf = {.name = "P-256"}, .type = YX_KEY_P256, .revocation = YX_SKIP},
    {.leaf = {.name = "RSA"}, .type = YX_KEY_RSA, .revocation = YX_SKIP},
    {.leaf = {.name = "Ed25519"}, .type = YX_KEY_ED25519, .revocation = YX_SKIP},
    {.leaf = {.no_issuer_key = true}, .revocation = YX_SKIP},
    {.leaf = {.constraints = CA, .key_usage = CA_USAGE}, .revocation = YX_SKIP},
    {.leaf = {.distribution_points = "URI:http://crl.example.cn/"}, .revocation = YX_UNKNOWN},
    {.leaf = {.info_access = "OCSP;URI:http://ocsp.example.cn/"}, .revocation = YX_UNKNOWN},
    {.leaf = {.info_access = "caIssuers;URI:http://ca.example.cn/"}, .revocation = YX_SKIP},
    {.leaf = {.no_check = "yes"}, .revocation = YX_SKIP},
    /* Faults. */
    {.leaf = {.other_critical = "1.2.3.4"}, .chain = YX_FAIL, .revocation = YX_SKIP},
    {.root = {.other_critical = "1.2.3.4"}, .chain = YX_FAIL, .revocation = YX_SKIP},
    {.leaf = {.sm2_id = "another"}, .chain = YX_FAIL, .revocation = YX_SKIP},
    {.leaf = {.name = "flipped"}, .flipped = 1, .chain = YX_FAIL, .revocation = YX_SKIP},
    {.leaf = {.digest = "SHA1"}, .type = YX_KEY_RSA, .chain = YX_FAIL, .revocation = YX_SKIP},
    {.root = {.constraints = "critical,CA:FALSE"}, .chain = YX_FAIL, .revocation = YX_SKIP},
    {.root = {.key_usage = "critical,cRLSign"}, .chain = YX_FAIL, .revocation = YX_SKIP},
    {.root = {.to = PKI_NOW - YX_DAY}, .chain = YX_FAIL, .revocation = YX_SKIP},
    {.root = {.from = PKI_NOW + YX_DAY}, .chain = YX_FAIL, .revocation = YX_SKIP},
    {.root = {.to = PKI_NOW}, .at = PKI_NOW, .chain = YX_FAIL, .revocation = YX_SKIP},
    {.root = {.from = PKI_NOW}, .at = PKI_NOW, .revocation = YX_SKIP},
    {.root = {.name_constraints = "excluded;DNS:example.cn"}, .revocation = YX_SKIP},
    /* Nobody is trusted, or the certificate itself. */
    {.leaf = {.name = "alone"}, .no_trust = true, .chain = YX_UNKNOWN, .revocation = YX_SKIP},
    {.leaf = {.info_access = "OCSP;URI:http://ocsp.example.cn/"},
     .no_trust = true,
     .chain = YX_UNKNOWN,
     .revocation = YX_UNKNOWN},
    {.leaf = {.other_critical = "1.2.3.4"},
     .no_trust = true,
     .chain = YX_FAIL,
     .revocation = YX_SKIP},
    {.leaf = {.digest = "SHA1"},
     .type = YX_KEY_P256,
     .no_trust = true,
     .chain = YX_FAIL,
     .revocation = YX_SKIP},
    {.leaf = {.name = "itself"}, .trusts_leaf = true, .revocation = YX_SKIP},
};

static struct party stranger;

static int open_stranger(void **state)
{
    static const struct cert_spec spec = {
        .name = "Stranger", .constraints = CA, .key_usage = CA_USAGE};
    (void)state;
    stranger = pki_issue(&spec, pki_key(YX_KEY_SM2), NULL);
    return 0;
}

static int close_stranger(void **state)
{
    (void)state;
    pki_free(&stranger);
    return 0;
}

static void add_crl_of_stranger(struct yx_trust *trust)
{
    static const struct crl_spec spec = {.serial = 99, .revoked_at = PKI_NOW - YX_DAY};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_error err;
    pki_crl(&spec, &stranger, &der);
    expect_ok(yx_trust_add_crl(trust, yx_buf_bytes(&der), &err), &err);
}

static struct yx_cert *read_leaf(const struct party *leaf, int flipped)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_cert *cert = NULL;
    struct yx_error err;
    pki_der(leaf, &der);
    if (flipped > 0)
        der.data[der.len - (size_t)flipped] ^= 1;
    expect_ok(yx_cert_from_der(yx_buf_bytes(&der), &cert, &err), &err);
    return cert;
}

static void expect_same(size_t index, const char *which, const struct yx_cert_finding *plain,
                        const struct yx_cert_finding *built, yx_outcome outcome)
{
    char words[600] = "", others[600] = "";
    if (plain->detail.text != NULL)
        yx_message_render(&plain->detail, NULL, words, sizeof words);
    if (built->detail.text != NULL)
        yx_message_render(&built->detail, NULL, others, sizeof others);
    if (plain->outcome != built->outcome || plain->outcome != outcome ||
        strcmp(plain->rule, built->rule) != 0 || strcmp(words, others) != 0)
        fail_msg("case %zu, %s: %s \"%s\" (%s), and of libcrypto %s \"%s\" (%s)", index, which,
                 yx_outcome_name(plain->outcome), words, plain->rule,
                 yx_outcome_name(built->outcome), others, built->rule);
}

static void check_case(size_t index, const struct plain_case *one)
{
    struct cert_spec root_spec = one->root, leaf_spec = one->leaf;
    yx_key_type type = one->type != YX_KEY_NONE ? one->type : YX_KEY_SM2;
    yx_time at = one->at != 0 ? one->at : PKI_NOW;
    struct yx_cert_findings plain, built;
    struct yx_error err;
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    root_spec.name = "Root";
    if (root_spec.constraints == NULL)
        root_spec.constraints = CA;
    if (leaf_spec.name == NULL)
        leaf_spec.name = "Leaf";
    leaf_spec.serial = 7;
    struct party root = pki_issue(&root_spec, pki_key(type), NULL);
    struct party leaf = pki_issue(&leaf_spec, pki_key(type), &root);
    YX_CLEAN(yx_cert) struct yx_cert *anchor = pki_cert(&root);
    YX_CLEAN(yx_cert) struct yx_cert *cert = read_leaf(&leaf, one->flipped);
    expect_ok(yx_trust_new(&trust, &err), &err);
    if (!one->no_trust)
        expect_ok(yx_trust_add_anchor(trust, anchor, &err), &err);
    if (one->trusts_leaf)
        expect_ok(yx_trust_add_anchor(trust, cert, &err), &err);
    expect_ok(yx_cert_validate(trust, cert, YX_USE_SIGN, at, PKI_NOW, &plain, &err), &err);
    add_crl_of_stranger(trust);
    expect_ok(yx_cert_validate(trust, cert, YX_USE_SIGN, at, PKI_NOW, &built, &err), &err);
    expect_same(index, "chain", &plain.chain, &built.chain, one->chain);
    expect_same(index, "revocation", &plain.revocation, &built.revocation, one->revocation);
    pki_free(&root);
    pki_free(&leaf);
}

static void test_same_as_libcrypto(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(i, &cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_same_as_libcrypto, open_stranger, close_stranger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
