/* SPDX-License-Identifier: Apache-2.0 */
/* tbs.h - to-be-signed certificates that can be as wrong as a test likes, put together element by
 * element, and what the lint says to them. */
#ifndef TESTS_CERTIFY_TBS_H
#define TESTS_CERTIFY_TBS_H

#include "pki.h"

/* --- A TBSCertificate that can be wrong -------------------------------------------------- */

#define EXTENSIONS 12
/* Spelled-out FALSE, which DER leaves out. */
enum { NOT_CRITICAL, CRITICAL, CRITICAL_FALSE };

struct extension {
    struct yx_bytes oid; /* content octets; empty: not written */
    int critical;
    struct yx_bytes value;
};

/* Whole elements, but for the version. */
struct spec {
    int version; /* -1: left out */
    struct yx_bytes serial, algorithm, issuer, not_before, not_after, subject, spki, unique;
    bool no_extensions;
    struct extension extensions[EXTENSIONS];
};

static inline void put_extension(struct yx_der_writer *w, const struct extension *extension)
{
    if (extension->oid.len == 0)
        return;
    size_t sequence = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put(w, YX_DER_OID, extension->oid);
    if (extension->critical != NOT_CRITICAL)
        yx_der_put_bool(w, extension->critical == CRITICAL);
    yx_der_put(w, YX_DER_OCTET_STRING, extension->value);
    yx_der_close(w, sequence);
}

static inline void write_spec(const struct spec *spec, struct yx_buf *out)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t sequence = yx_der_begin(&w, YX_DER_SEQUENCE);
    if (spec->version >= 0) {
        size_t version = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
        yx_der_put_int(&w, spec->version);
        yx_der_close(&w, version);
    }
    yx_der_put_raw(&w, spec->serial);
    yx_der_put_raw(&w, spec->algorithm);
    yx_der_put_raw(&w, spec->issuer);
    size_t validity = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, spec->not_before);
    yx_der_put_raw(&w, spec->not_after);
    yx_der_close(&w, validity);
    yx_der_put_raw(&w, spec->subject);
    yx_der_put_raw(&w, spec->spki);
    yx_der_put_raw(&w, spec->unique);
    if (!spec->no_extensions) {
        size_t tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(3));
        size_t list = yx_der_begin(&w, YX_DER_SEQUENCE);
        for (size_t i = 0; i < EXTENSIONS; i++)
            put_extension(&w, &spec->extensions[i]);
        yx_der_close(&w, list);
        yx_der_close(&w, tagged);
    }
    yx_der_close(&w, sequence);
    struct yx_error err;
    out->len = 0;
    expect_ok(yx_der_finish(&w, out, &err), &err);
}

/* --- The world --------------------------------------------------------------------------- */

#define LIT(text) YX_BYTES("" text, sizeof(text) - 1)

/* Where the base specs keep their extensions. */
enum { AKI, SKI, KU, BC, FREE };

static struct world {
    struct pki_person ca, ca_of_length_0, leaf, p384, rsa, ed25519, sm2;
    struct yx_buf leaf_name, aki;
    struct spec leaf_spec, ca_spec, root_spec;
} w;

static inline void make_ca_of_length_0(void)
{
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    expect_ok(yx_private_key_generate(YX_KEY_P256, 0, &w.ca_of_length_0.key, &err), &err);
    expect_ok(yx_name_to_der("CN=short", &name, &err), &err);
    struct yx_cert_template wanted = {
        .subject = yx_buf_bytes(&name),
        .spki = yx_public_key_spki(yx_private_key_public(w.ca_of_length_0.key)),
        .serial = LIT("\x01"),
        .not_before = yx_now() - YX_DAY,
        .not_after = yx_now() + 3000 * YX_DAY,
        .key_usage = YX_KU_KEY_CERT_SIGN,
        .ca = true,
        .path_length = 0,
    };
    struct yx_signer signer = yx_signer_borrow_key(w.ca_of_length_0.key);
    expect_ok(yx_cert_make(&wanted, NULL, &signer, &der, &err), &err);
    expect_ok(yx_cert_from_der(yx_buf_bytes(&der), &w.ca_of_length_0.cert, &err), &err);
}

/* AuthorityKeyIdentifier with the key identifier of `cert`. */
static inline void write_aki(const struct yx_cert *cert, struct yx_buf *out)
{
    struct yx_error err;
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    size_t sequence = yx_der_begin(&writer, YX_DER_SEQUENCE);
    yx_der_put(&writer, YX_DER_CONTEXT(0), yx_cert_key_identifier(cert));
    yx_der_close(&writer, sequence);
    out->len = 0;
    expect_ok(yx_der_finish(&writer, out, &err), &err);
}

#define ECDSA_SHA256 LIT("\x30\x0A\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03\x02")
#define KEY_A LIT("\x04\x03KEY")

static inline int world_set_up(void **state)
{
    (void)state;
    struct yx_error err;
    static const struct {
        const char *name;
        yx_key_type type;
        struct pki_person *out;
    } others[] = {{"CN=leaf", YX_KEY_P256, &w.leaf},
                  {"CN=p384", YX_KEY_P384, &w.p384},
                  {"CN=rsa", YX_KEY_RSA, &w.rsa},
                  {"CN=ed", YX_KEY_ED25519, &w.ed25519},
                  {"CN=sm2", YX_KEY_SM2, &w.sm2}};
    expect_ok(person_make("CN=Root,C=CN", NULL, YX_KEY_P256, &w.ca, &err), &err);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        expect_ok(person_make(others[i].name, &w.ca, others[i].type, others[i].out, &err), &err);
    make_ca_of_length_0();
    expect_ok(yx_name_to_der("CN=holder,O=office,C=CN", &w.leaf_name, &err), &err);
    write_aki(w.ca.cert, &w.aki);

    w.leaf_spec = (struct spec){
        .version = 2,
        .serial = LIT("\x02\x01\x05"),
        .algorithm = ECDSA_SHA256,
        .issuer = yx_cert_subject_der(w.ca.cert),
        .not_before = LIT("\x17\x0D"
                          "260101000000Z"),
        .not_after = LIT("\x17\x0D"
                         "261201000000Z"),
        .subject = yx_buf_bytes(&w.leaf_name),
        .spki = yx_public_key_spki(yx_cert_public_key(w.leaf.cert)),
        .extensions = {[AKI] = {LIT("\x55\x1D\x23"), 0, yx_buf_bytes(&w.aki)},
                       [SKI] = {LIT("\x55\x1D\x0E"), 0, KEY_A},
                       [KU] = {LIT("\x55\x1D\x0F"), CRITICAL, LIT("\x03\x02\x06\xC0")}},
    };
    w.ca_spec = w.leaf_spec;
    w.ca_spec.extensions[KU].value = LIT("\x03\x02\x01\x06"); /* keyCertSign, cRLSign */
    w.ca_spec.extensions[BC] =
        (struct extension){LIT("\x55\x1D\x13"), CRITICAL, LIT("\x30\x03\x01\x01\xFF")};
    w.root_spec = w.ca_spec;
    w.root_spec.issuer = w.root_spec.subject;
    w.root_spec.extensions[AKI].value = LIT("\x30\x05\x80\x03KEY");
    return 0;
}

static inline int world_tear_down(void **state)
{
    (void)state;
    struct pki_person *all[] = {&w.ca,  &w.ca_of_length_0, &w.leaf, &w.p384,
                                &w.rsa, &w.ed25519,        &w.sm2};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        pki_person_free(all[i]);
    yx_buf_free(&w.leaf_name);
    yx_buf_free(&w.aki);
    return 0;
}

/* `rule` NULL: must pass. Otherwise the lint must refuse by this rule. */
static inline void lint(const char *what, const struct spec *spec, const struct yx_cert *issuer,
                        const char *rule)
{
    struct yx_error err = {.rule = "none"};
    char words[600] = "";
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    write_spec(spec, &der);
    yx_status status = yx_cert_lint(yx_buf_bytes(&der), issuer, &err);
    if (status != YX_OK)
        yx_message_render(&err.message, NULL, words, sizeof words);
    if (!rule && status != YX_OK)
        fail_msg("%s: refused by %s: %s", what, err.rule, words);
    if (rule && (status == YX_OK || strcmp(err.rule, rule) != 0))
        fail_msg("%s: status %d by %s, expected %s: %s", what, (int)status, err.rule, rule, words);
}

#endif
