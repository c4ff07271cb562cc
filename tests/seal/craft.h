/* SPDX-License-Identifier: Apache-2.0 */
/*
 * craft.h - seals, seal signatures and time-stamps put together by hand, with every oddity that
 * others write and that our own makers never would. Include it behind support.h and pki.h.
 */
#ifndef SEAL_CRAFT_H
#define SEAL_CRAFT_H

#include "pki.h"
#include "seal/seal.h"

/* --- Seals ------------------------------------------------------------------------------- */

enum craft_ext { EXT_NONE, EXT_BARE, EXT_TAGGED, EXT_PLAIN, EXT_CRITICAL };

struct craft_seal {
    bool old_shape;   /* V1 */
    int64_t version;  /* of the header */
    const char *id;   /* "ES" */
    const char *esid; /* "0123" */
    int list_type;    /* 0: left out */
    bool digests, digests_with_za, no_holder, mixed_list;
    uint8_t time_tag;
    yx_time created, from, to;
    int64_t width;
    enum craft_ext ext;
    bool raw_signature;
    struct yx_bytes timestamp;
    yx_oid algorithm; /* as written */
    const struct pki_person *listed, *maker;
};

/* A sound one of this version. */
static inline struct craft_seal craft_usual(const struct pki *pki, int version)
{
    yx_time now = yx_now() / YX_SECOND * YX_SECOND;
    return (struct craft_seal){
        .old_shape = version == 1,
        .version = version,
        .id = "ES",
        .esid = "0123",
        .list_type = version == 1 ? 0 : 1,
        .time_tag = version == 1 ? YX_DER_UTC_TIME : YX_DER_GENERALIZED_TIME,
        .created = now,
        .from = now - YX_DAY / 2,
        .to = now + 100 * YX_DAY,
        .width = 40,
        .algorithm = YX_OID_SM2_WITH_SM3,
        .listed = &pki->holder,
        .maker = &pki->maker,
    };
}

static inline void craft_extensions(struct yx_der_writer *w, enum craft_ext ext)
{
    if (ext == EXT_NONE)
        return;
    size_t tagged = ext == EXT_TAGGED ? yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(0)) : 0;
    size_t list = yx_der_begin(w, YX_DER_SEQUENCE);
    size_t data = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_oid(w, YX_OID_SM3);
    if (ext != EXT_PLAIN)
        yx_der_put_bool(w, ext == EXT_CRITICAL);
    yx_der_put(w, YX_DER_OCTET_STRING, YX_TEXT("hello"));
    yx_der_close(w, data);
    yx_der_close(w, list);
    if (ext == EXT_TAGGED)
        yx_der_close(w, tagged);
}

static inline void craft_holders(struct yx_der_writer *w, const struct craft_seal *c)
{
    struct yx_bytes der = yx_cert_der(c->listed->cert);
    uint8_t digest[32];
    if (c->digests_with_za)
        assert_int_equal(yx_sm2_digest(yx_cert_public_key(c->listed->cert), der, digest, NULL),
                         YX_OK);
    else
        assert_int_equal(yx_digest(YX_DIGEST_SM3, der, digest, NULL), YX_OK);
    size_t list = yx_der_begin(w, YX_DER_SEQUENCE);
    if (!c->no_holder && (!c->digests || c->mixed_list))
        yx_der_put(w, YX_DER_OCTET_STRING, der);
    if (!c->no_holder && (c->digests || c->mixed_list)) {
        size_t object = yx_der_begin(w, YX_DER_SEQUENCE);
        yx_der_put_text(w, YX_DER_PRINTABLE_STRING, "SM3");
        yx_der_put(w, YX_DER_OCTET_STRING, YX_BYTES(digest, sizeof digest));
        yx_der_close(w, object);
    }
    yx_der_close(w, list);
}

static inline void craft_info(struct yx_der_writer *w, const struct craft_seal *c)
{
    size_t info = yx_der_begin(w, YX_DER_SEQUENCE);
    size_t header = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_text(w, YX_DER_IA5_STRING, c->id);
    yx_der_put_int(w, c->version);
    yx_der_put_text(w, YX_DER_IA5_STRING, "Craft");
    yx_der_close(w, header);
    yx_der_put_text(w, YX_DER_IA5_STRING, c->esid);
    size_t property = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_int(w, 1);
    yx_der_put_text(w, YX_DER_UTF8_STRING, "测试章");
    if (c->list_type != 0)
        yx_der_put_int(w, c->list_type);
    craft_holders(w, c);
    yx_der_put_time(w, c->time_tag, c->created);
    yx_der_put_time(w, c->time_tag, c->from);
    yx_der_put_time(w, c->time_tag, c->to);
    yx_der_close(w, property);
    size_t picture = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_text(w, YX_DER_IA5_STRING, "png");
    yx_der_put(w, YX_DER_OCTET_STRING, pki_picture());
    yx_der_put_int(w, c->width);
    yx_der_put_int(w, 40);
    yx_der_close(w, picture);
    craft_extensions(w, c->ext);
    yx_der_close(w, info);
}

/* SEQUENCE { r, s } as 64 bytes */
static inline void craft_raw(struct yx_buf *signature)
{
    struct yx_der outer = yx_der_reader(yx_buf_bytes(signature), "signature");
    struct yx_der inner;
    uint8_t raw[64] = {0};
    assert_int_equal(yx_der_enter(&outer, YX_DER_SEQUENCE, &inner, NULL), YX_OK);
    for (size_t i = 0; i < 2; i++) {
        struct yx_bytes n;
        assert_int_equal(yx_der_integer(&inner, &n, NULL), YX_OK);
        size_t skip = n.len > 32 ? n.len - 32 : 0;
        memcpy(raw + 32 * i + (32 - (n.len - skip)), n.data + skip, n.len - skip);
    }
    signature->len = 0;
    assert_int_equal(yx_buf_append(signature, YX_BYTES(raw, sizeof raw)), YX_OK);
}

/* Signs; the caller frees the value. */
static inline struct yx_buf craft_sign(const struct pki_person *who, struct yx_bytes message,
                                       bool raw)
{
    struct yx_buf value = {0};
    struct yx_signer signer = pki_signer(who);
    assert_int_equal(signer.sign(signer.self, signer.algorithm, message, &value, NULL), YX_OK);
    if (raw)
        craft_raw(&value);
    return value;
}

static inline void craft_timestamp(struct yx_der_writer *w, struct yx_bytes token)
{
    if (token.data == NULL)
        return;
    size_t tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(0));
    yx_der_put_bit_string(w, token);
    yx_der_close(w, tagged);
}

static inline struct yx_buf craft_seal(const struct craft_seal *c)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf info = {0};
    YX_CLEAN(yx_buf) struct yx_buf tbs = {0};
    struct yx_buf out = {0};
    struct yx_bytes maker = yx_cert_der(c->maker->cert);
    craft_info(&w, c);
    assert_int_equal(yx_der_finish(&w, &info, NULL), YX_OK);
    size_t sequence = c->old_shape ? yx_der_begin(&w, YX_DER_SEQUENCE) : 0;
    yx_der_put_raw(&w, yx_buf_bytes(&info));
    if (c->old_shape) {
        yx_der_put(&w, YX_DER_OCTET_STRING, maker);
        yx_der_put_oid(&w, c->algorithm);
        yx_der_close(&w, sequence);
    }
    assert_int_equal(yx_der_finish(&w, &tbs, NULL), YX_OK);
    YX_CLEAN(yx_buf) struct yx_buf value =
        craft_sign(c->maker, yx_buf_bytes(&tbs), c->raw_signature);
    size_t seal = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, yx_buf_bytes(&info));
    size_t nested = c->old_shape ? yx_der_begin(&w, YX_DER_SEQUENCE) : 0;
    yx_der_put(&w, YX_DER_OCTET_STRING, maker);
    yx_der_put_oid(&w, c->algorithm);
    yx_der_put_bit_string(&w, yx_buf_bytes(&value));
    if (c->old_shape)
        yx_der_close(&w, nested);
    craft_timestamp(&w, c->timestamp);
    yx_der_close(&w, seal);
    assert_int_equal(yx_der_finish(&w, &out, NULL), YX_OK);
    return out;
}

/* --- Seal signatures --------------------------------------------------------------------- */

struct craft_ses {
    bool old_shape;
    int64_t version;
    struct yx_bytes seal;
    bool seal_in_octets;
    uint8_t time_tag; /* of timeInfo */
    struct yx_bytes time;
    uint8_t hash_tag;
    struct yx_bytes hash;
    enum craft_ext ext;
    bool raw_signature;
    yx_oid algorithm;
    const struct pki_person *signer;
    struct yx_bytes timestamp;
};

static inline void craft_string(struct yx_der_writer *w, uint8_t tag, struct yx_bytes content)
{
    if (tag == YX_DER_BIT_STRING)
        yx_der_put_bit_string(w, content);
    else
        yx_der_put(w, tag, content);
}

static inline void craft_signer(struct yx_der_writer *w, const struct craft_ses *c)
{
    yx_der_put(w, YX_DER_OCTET_STRING, yx_cert_der(c->signer->cert));
    yx_der_put_oid(w, c->algorithm);
}

static inline struct yx_buf craft_tbs(const struct craft_ses *c)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    struct yx_buf out = {0};
    size_t tbs = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, c->version);
    if (c->seal_in_octets)
        yx_der_put(&w, YX_DER_OCTET_STRING, c->seal);
    else
        yx_der_put_raw(&w, c->seal);
    craft_string(&w, c->time_tag, c->time);
    craft_string(&w, c->hash_tag, c->hash);
    yx_der_put_text(&w, YX_DER_IA5_STRING, "/Doc_0/Signs/Sign_0/Signature.xml");
    if (c->old_shape)
        craft_signer(&w, c);
    craft_extensions(&w, c->ext);
    yx_der_close(&w, tbs);
    assert_int_equal(yx_der_finish(&w, &out, NULL), YX_OK);
    return out;
}

/* The signature value that craft_ses_with puts in, so that a token can be made over it first. */
static inline struct yx_buf craft_ses_with(const struct craft_ses *c, struct yx_bytes tbs,
                                           struct yx_bytes value)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    struct yx_buf out = {0};
    size_t ses = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, tbs);
    if (!c->old_shape)
        craft_signer(&w, c);
    yx_der_put_bit_string(&w, value);
    craft_timestamp(&w, c->timestamp);
    yx_der_close(&w, ses);
    assert_int_equal(yx_der_finish(&w, &out, NULL), YX_OK);
    return out;
}

static inline struct yx_buf craft_ses(const struct craft_ses *c)
{
    YX_CLEAN(yx_buf) struct yx_buf tbs = craft_tbs(c);
    YX_CLEAN(yx_buf) struct yx_buf value =
        craft_sign(c->signer, yx_buf_bytes(&tbs), c->raw_signature);
    return craft_ses_with(c, yx_buf_bytes(&tbs), yx_buf_bytes(&value));
}

/* --- Time-stamp tokens ------------------------------------------------------------------- */

static inline void craft_algorithm(struct yx_der_writer *w, yx_oid oid)
{
    size_t algorithm = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_oid(w, oid);
    yx_der_close(w, algorithm);
}

static inline struct yx_buf craft_tst_info(struct yx_bytes stamped, yx_time time)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    struct yx_buf out = {0};
    uint8_t digest[32];
    assert_int_equal(yx_digest(YX_DIGEST_SM3, stamped, digest, NULL), YX_OK);
    size_t info = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, 1);
    yx_der_put_oid(&w, YX_OID_SM3); /* any policy */
    size_t imprint = yx_der_begin(&w, YX_DER_SEQUENCE);
    craft_algorithm(&w, YX_OID_SM3);
    yx_der_put(&w, YX_DER_OCTET_STRING, YX_BYTES(digest, sizeof digest));
    yx_der_close(&w, imprint);
    yx_der_put_int(&w, 77);
    yx_der_put_time(&w, YX_DER_GENERALIZED_TIME, time);
    yx_der_close(&w, info);
    assert_int_equal(yx_der_finish(&w, &out, NULL), YX_OK);
    return out;
}

static inline void craft_attribute(struct yx_der_writer *w, yx_oid type, yx_oid oid,
                                   struct yx_bytes octets)
{
    size_t attribute = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_oid(w, type);
    size_t values = yx_der_begin(w, YX_DER_SET);
    if (oid != YX_OID_UNKNOWN)
        yx_der_put_oid(w, oid);
    else
        yx_der_put(w, YX_DER_OCTET_STRING, octets);
    yx_der_close(w, values);
    yx_der_close(w, attribute);
}

/* The attributes under `tag`: SET to be signed, [0] in the token. */
static inline struct yx_buf craft_attributes(uint8_t tag, struct yx_bytes content)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    struct yx_buf out = {0};
    uint8_t digest[32];
    assert_int_equal(yx_digest(YX_DIGEST_SM3, content, digest, NULL), YX_OK);
    size_t set = yx_der_begin(&w, tag);
    craft_attribute(&w, YX_OID_CONTENT_TYPE, YX_OID_TST_INFO, (struct yx_bytes){NULL, 0});
    craft_attribute(&w, YX_OID_MESSAGE_DIGEST, YX_OID_UNKNOWN, YX_BYTES(digest, sizeof digest));
    yx_der_close(&w, set);
    assert_int_equal(yx_der_finish(&w, &out, NULL), YX_OK);
    return out;
}

static inline void craft_signer_info(struct yx_der_writer *w, const struct pki_person *tsa,
                                     struct yx_bytes content)
{
    YX_CLEAN(yx_buf) struct yx_buf to_sign = craft_attributes(YX_DER_SET, content);
    YX_CLEAN(yx_buf) struct yx_buf written =
        craft_attributes(YX_DER_CONTEXT_CONSTRUCTED(0), content);
    YX_CLEAN(yx_buf) struct yx_buf value = craft_sign(tsa, yx_buf_bytes(&to_sign), false);
    size_t info = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_int(w, 1);
    size_t name = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_raw(w, yx_cert_issuer_der(tsa->cert));
    yx_der_put_unsigned(w, yx_cert_serial_der(tsa->cert));
    yx_der_close(w, name);
    craft_algorithm(w, YX_OID_SM3);
    yx_der_put_raw(w, yx_buf_bytes(&written));
    craft_algorithm(w, YX_OID_SM2_WITH_SM3);
    yx_der_put(w, YX_DER_OCTET_STRING, yx_buf_bytes(&value));
    yx_der_close(w, info);
}

static inline void craft_content(struct yx_der_writer *w, struct yx_bytes content)
{
    size_t info = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_oid(w, YX_OID_TST_INFO);
    size_t tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(0));
    yx_der_put(w, YX_DER_OCTET_STRING, content);
    yx_der_close(w, tagged);
    yx_der_close(w, info);
}

/* A token of an SM2 authority over `stamped`. */
static inline struct yx_buf craft_token(const struct pki_person *tsa, struct yx_bytes stamped,
                                        yx_time time)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf content = craft_tst_info(stamped, time);
    struct yx_buf out = {0};
    size_t whole = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_oid(&w, YX_OID_PKCS7_SIGNED_DATA);
    size_t tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
    size_t data = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, 3);
    size_t digests = yx_der_begin(&w, YX_DER_SET);
    craft_algorithm(&w, YX_OID_SM3);
    yx_der_close(&w, digests);
    craft_content(&w, yx_buf_bytes(&content));
    yx_der_put(&w, YX_DER_CONTEXT_CONSTRUCTED(0), yx_cert_der(tsa->cert));
    size_t signers = yx_der_begin(&w, YX_DER_SET);
    craft_signer_info(&w, tsa, yx_buf_bytes(&content));
    yx_der_close(&w, signers);
    yx_der_close(&w, data);
    yx_der_close(&w, tagged);
    yx_der_close(&w, whole);
    assert_int_equal(yx_der_finish(&w, &out, NULL), YX_OK);
    return out;
}

/* --- Reports ----------------------------------------------------------------------------- */

/* The outcome of a check of the first signature; -1 when it is not there. */
static inline int craft_outcome(const struct yx_report *report, yx_check_id id)
{
    const struct yx_check *check = yx_checks_find(&report->signatures->checks, id);
    return check == NULL ? -1 : (int)check->outcome;
}

/* The sentence of a check, or "". */
static inline const char *craft_detail(const struct yx_report *report, yx_check_id id,
                                       char out[600])
{
    const struct yx_check *check = yx_checks_find(&report->signatures->checks, id);
    out[0] = '\0';
    if (check != NULL && check->detail != NULL)
        yx_message_render(check->detail, NULL, out, 600);
    return out;
}

/* Fails, with the words of the check, unless its outcome is as wanted. */
#define expect_outcome(report, id, want) craft_expect((report), (id), (want), __FILE__, __LINE__)
static inline void craft_expect(const struct yx_report *report, yx_check_id id, yx_outcome want,
                                const char *file, int line)
{
    char text[600];
    if (craft_outcome(report, id) == (int)want)
        return;
    print_error("%s is %d, expected %d: %s\n", yx_check_name(id), craft_outcome(report, id),
                (int)want, craft_detail(report, id, text));
    _fail(file, line);
}

static inline struct yx_report *craft_verify_seal(struct yx_bytes der,
                                                  const struct yx_verify_options *options)
{
    struct yx_report *report = NULL;
    struct yx_error err = {0};
    expect_ok(yx_seal_verify(der, options, &report, &err), &err);
    return report;
}

/* A report of a seal signature; NULL when it does not parse. */
static inline struct yx_report *
craft_verify_ses(struct yx_bytes der, const struct yx_verify_options *options, bool ofd_algorithms)
{
    struct yx_report *report = NULL;
    struct yx_error err = {0};
    struct yx_ses ses;
    if (yx_ses_parse(der, &ses, &err) != YX_OK)
        return NULL;
    expect_ok(yx_report_new(&report, &err), &err);
    struct yx_report_signature *signature = yx_report_add_signature(report);
    assert_non_null(signature);
    expect_ok(yx_ses_verify(&ses, options, ofd_algorithms, NULL, report, signature, &err), &err);
    expect_ok(yx_report_finish(report, &err), &err);
    return report;
}

#endif
