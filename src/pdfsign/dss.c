/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dss.c - the document security store (ETSI EN 319 142-1 5.4.2, ISO 32000-2 12.8.4.3): what later
 * checks of the signatures need, kept in the document: certificates up to the anchors, CRLs and
 * OCSP responses, of the signers and of their time-stamping authorities. What is there already is
 * not stored twice.
 */
#include <stdlib.h>

#include "pdfsign/sealing.h"

#define RULE "ETSI EN 319 142-1 5.4.2"

/* As many as pdfverify/ reads; what the document holds already, in bytes. */
enum { POOL_MAX = 1000, STORE_MAX = 64 * 1024 * 1024 };

/* Streams of one kind: those of the document, and behind them the new ones. */
struct pool {
    const char *key; /* "/Certs", "/CRLs", "/OCSPs" */
    struct item {
        struct yx_pdf_ref ref;
        struct yx_bytes der;
    } * items;
    size_t count, cap;
};

struct store {
    struct yx_pdf *pdf;
    struct yx_pdf_update *update;
    const struct yx_trust *trust;
    struct yx_arena *arena;
    qpdf_oh old;
    size_t read; /* bytes of what the document holds */
    struct pool certs, crls, ocsps;
    struct yx_pdf_edit *vri; /* one entry for each signature that was taken */
    size_t vri_count;
    struct yx_buf cert_refs, crl_refs, ocsp_refs; /* of the signature at hand */
    struct yx_error why; /* the last one that was not taken was not for this */
};

static void store_free(struct store *store)
{
    free(store->certs.items);
    free(store->crls.items);
    free(store->ocsps.items);
    yx_buf_free(&store->cert_refs);
    yx_buf_free(&store->crl_refs);
    yx_buf_free(&store->ocsp_refs);
    yx_arena_free(store->arena);
}
YX_DEFINE_CLEAN_VALUE(store, struct store, store_free);

/* --- Streams ------------------------------------------------------------------------------ */

static yx_status pool_add(struct pool *pool, struct yx_pdf_ref ref, struct yx_bytes der,
                          struct yx_error *err)
{
    YX_REQUIRE(pool->count < POOL_MAX, err, YX_DAMAGED, RULE,
               N_("the document security store has more than {1} entries"), YX_NUM(POOL_MAX));
    if (pool->count == pool->cap) {
        size_t cap = pool->cap == 0 ? 16 : pool->cap * 2;
        struct item *items = reallocarray(pool->items, cap, sizeof *items);
        if (items == NULL)
            return yx_fail_memory(err);
        pool->items = items;
        pool->cap = cap;
    }
    pool->items[pool->count++] = (struct item){ref, der};
    return YX_OK;
}

static yx_status pool_load(struct store *store, struct pool *pool, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf data = {0};
    qpdf_oh array = yx_pdf_get(store->pdf, store->old, pool->key);
    for (int i = 0; i < yx_pdf_array_size(store->pdf, array); i++) {
        struct yx_pdf_ref ref;
        qpdf_oh stream = yx_pdf_item(store->pdf, array, i);
        data.len = 0;
        YX_REQUIRE(yx_pdf_ref_of(store->pdf, stream, &ref), err, YX_DAMAGED, RULE,
                   N_("an entry of the document security store is no stream"));
        YX_TRY(yx_pdf_stream_data(store->pdf, stream, STORE_MAX, &data, err));
        store->read += data.len;
        YX_REQUIRE(store->read <= STORE_MAX, err, YX_REFUSED, RULE,
                   N_("the document security store holds more than {1} bytes"), YX_NUM(STORE_MAX));
        struct yx_bytes der = yx_arena_bytes(store->arena, yx_buf_bytes(&data));
        if (der.data == NULL && data.len > 0)
            return yx_fail_memory(err);
        YX_TRY(pool_add(pool, ref, der, err));
    }
    return YX_OK;
}

/* The stream with these bytes, which may be new. */
static yx_status pool_find(struct store *store, struct pool *pool, struct yx_bytes der,
                           struct yx_pdf_ref *out, struct yx_error *err)
{
    for (size_t i = 0; i < pool->count; i++)
        if (yx_bytes_equal(pool->items[i].der, der)) {
            *out = pool->items[i].ref;
            return YX_OK;
        }
    *out = yx_pdf_update_reserve(store->update);
    struct yx_bytes copy = yx_arena_bytes(store->arena, der);
    if (copy.data == NULL)
        return yx_fail_memory(err);
    YX_TRY(yx_pdf_update_stream(store->update, *out, YX_BYTES("", 0), copy, err));
    return pool_add(pool, *out, copy, err);
}

static yx_status take(struct store *store, struct pool *pool, struct yx_bytes der,
                      struct yx_buf *refs, struct yx_error *err)
{
    struct yx_pdf_ref ref;
    char text[48];
    YX_TRY(pool_find(store, pool, der, &ref, err));
    snprintf(text, sizeof text, " %d %d R", ref.id, ref.generation);
    /* Each once; the space in front and the R behind keep 1 0 R apart from 11 0 R. */
    if (refs->len > 0 && memmem(refs->data, refs->len, text, strlen(text)) != NULL)
        return YX_OK;
    return yx_buf_append_text(refs, text) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* --- CRLs --------------------------------------------------------------------------------- */

/* CertificateList ::= SEQUENCE { tbsCertList SEQUENCE { version INTEGER OPTIONAL, signature
 * AlgorithmIdentifier, issuer Name, ... }, ... } */
static yx_status crl_issuer(struct yx_bytes crl, struct yx_bytes *out, struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(crl, "CertificateList"), list, tbs;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &list, err));
    YX_TRY(yx_der_enter(&list, YX_DER_SEQUENCE, &tbs, err));
    if (yx_der_next_is(&tbs, YX_DER_INTEGER))
        YX_TRY(yx_der_integer(&tbs, out, err));
    YX_TRY(yx_der_get(&tbs, YX_DER_SEQUENCE, NULL, err));
    return yx_der_any(&tbs, NULL, NULL, out, err);
}

/* Every CRL at hand of the issuer of this certificate. */
static yx_status take_crls(struct store *store, const struct yx_trust *known,
                           const struct yx_cert *cert, struct yx_error *err)
{
    for (size_t i = 0; i < yx_trust_crl_count(known); i++) {
        struct yx_bytes crl = yx_trust_crl(known, i), issuer;
        YX_TRY(crl_issuer(crl, &issuer, err));
        if (yx_bytes_equal(issuer, yx_cert_issuer_der(cert)))
            YX_TRY(take(store, &store->crls, crl, &store->crl_refs, err));
    }
    return YX_OK;
}

/* --- OCSP responses ----------------------------------------------------------------------- */

/* Every response at hand about this certificate. */
static yx_status take_ocsps(struct store *store, const struct yx_trust *known,
                            const struct yx_ocsp_pair *pair, struct yx_error *err)
{
    for (size_t i = 0; i < yx_trust_ocsp_count(known); i++) {
        struct yx_bytes response = yx_trust_ocsp(known, i);
        bool is;
        YX_TRY(yx_ocsp_is_about(response, pair, &is, err));
        if (is)
            YX_TRY(take(store, &store->ocsps, response, &store->ocsp_refs, err));
    }
    return YX_OK;
}

/* --- Chains ------------------------------------------------------------------------------- */

static yx_status take_cert(struct store *store, const struct yx_trust *known,
                           const struct yx_cert *cert, struct yx_error *err)
{
    YX_TRY(take(store, &store->certs, yx_cert_der(cert), &store->cert_refs, err));
    return take_crls(store, known, cert, err);
}

static yx_status take_path(struct store *store, const struct yx_trust *known,
                           const struct yx_cert *signer, yx_time at, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    YX_TRY(take_cert(store, known, signer, err));
    YX_TRY(yx_cert_path(known, signer, at, &path, err));
    struct yx_der list = yx_der_reader(yx_buf_bytes(&path), "Certificates");
    YX_CLEAN(yx_cert) struct yx_cert *below = yx_cert_share(signer);
    while (!yx_der_at_end(&list)) {
        struct yx_cert *cert = NULL;
        struct yx_bytes der;
        YX_TRY(yx_der_any(&list, NULL, NULL, &der, err));
        YX_TRY(yx_cert_from_der(der, &cert, err));
        yx_status status = take_ocsps(store, known, &(struct yx_ocsp_pair){below, cert}, err);
        yx_cert_free(below);
        below = cert;
        YX_TRY(status);
        YX_TRY(take_cert(store, known, cert, err));
    }
    return YX_OK;
}

/* The trust, and the certificates that the signature carries as helpers. */
static yx_status with_carried(const struct yx_trust *trust, const struct yx_cms *cms,
                              struct yx_trust **out, struct yx_error *err)
{
    YX_CLEAN(yx_trust) struct yx_trust *known = NULL;
    struct yx_der list = yx_cms_certificates(cms);
    YX_TRY(yx_trust_copy(trust, &known, err));
    for (;;) {
        YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
        YX_TRY(yx_cms_next_certificate(&list, &cert, err));
        if (cert == NULL)
            break;
        YX_TRY(yx_trust_add_helper(known, cert, err));
    }
    *out = known;
    known = NULL;
    return YX_OK;
}

static yx_status check_complete(const struct yx_cert *signer,
                                const struct yx_cert_findings *findings, struct yx_error *err)
{
    YX_REQUIRE(findings->chain.outcome == YX_PASS, err, YX_REFUSED, RULE,
               N_("the chain of {1} does not lead to a trusted root; name the root to trust"),
               yx_cert_subject(signer));
    YX_REQUIRE(
        findings->revocation.outcome == YX_PASS || findings->revocation.outcome == YX_SKIP, err,
        YX_REFUSED, RULE,
        N_("whether the certificate of {1} is revoked is not known to be false; give the CRL "
           "of its issuer, or an OCSP response"),
        yx_cert_subject(signer));
    return YX_OK;
}

static yx_status take_signer(struct store *store, const struct yx_cms *cms, yx_cert_use use,
                             yx_time at, struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *signer = NULL;
    YX_CLEAN(yx_trust) struct yx_trust *known = NULL;
    struct yx_cert_findings findings;
    YX_TRY(yx_cms_signer(cms, &signer, err));
    YX_TRY(with_carried(store->trust, cms, &known, err));
    YX_TRY(yx_trust_fetch(known, signer, at, yx_now(), err));
    YX_TRY(yx_cert_validate(known, signer, use, at, yx_now(), &findings, err));
    YX_TRY(check_complete(signer, &findings, err));
    return take_path(store, known, signer, at, err);
}

/* --- Signatures --------------------------------------------------------------------------- */

/* When the token says that it was made; now when it does not say. */
static yx_status token_time(struct yx_bytes token, yx_time *out, struct yx_error *err)
{
    struct yx_cert_finding ignored = {0};
    *out = YX_TIME_NONE;
    if (token.len > 0)
        YX_TRY(
            yx_timestamp_verify_digest(token, YX_BYTES("", 0), NULL, yx_now(), out, &ignored, err));
    if (*out == YX_TIME_NONE)
        *out = yx_now();
    return YX_OK;
}

static yx_status take_token(struct store *store, struct yx_bytes token, yx_time at,
                            struct yx_error *err)
{
    struct yx_cms cms;
    YX_TRY(yx_cms_parse(token, &cms, err));
    return take_signer(store, &cms, YX_USE_TIME_STAMP, at, err);
}

static yx_status take_document_token(struct store *store, struct yx_bytes der, struct yx_error *err)
{
    yx_time at;
    YX_TRY(token_time(der, &at, err));
    return take_token(store, der, at, err);
}

static yx_status take_document_signer(struct store *store, const struct yx_cms *cms,
                                      struct yx_error *err)
{
    struct yx_bytes token = {0};
    yx_time at;
    YX_TRY(yx_cms_attribute(cms->unsigned_attributes, YX_OID_TIME_STAMP_TOKEN, &token, err));
    YX_TRY(token_time(token, &at, err));
    YX_TRY(take_signer(store, cms, YX_USE_SIGN, at, err));
    return token.len > 0 ? take_token(store, token, at, err) : YX_OK;
}

static yx_status take_signed_data(struct store *store, struct yx_bytes der, struct yx_error *err)
{
    struct yx_cms cms;
    size_t count = 1;
    for (size_t i = 0; i < count; i++) {
        YX_TRY(yx_cms_parse_signer(der, i, &cms, &count, err));
        if (cms.encapsulated == YX_OID_TST_INFO)
            return take_document_token(store, der, err);
        YX_TRY(take_document_signer(store, &cms, err));
    }
    return YX_OK;
}

/* The key is the SHA-1 of Contents as it stands, zeros behind the value included. */
static yx_status put_vri(struct store *store, struct yx_bytes contents, struct yx_error *err)
{
    uint8_t digest[YX_DIGEST_MAX];
    char hex[2 * YX_DIGEST_MAX + 1];
    YX_TRY(yx_digest(YX_DIGEST_SHA1, contents, digest, err));
    yx_hex(YX_BYTES(digest, yx_digest_size(YX_DIGEST_SHA1)), hex);
    YX_CLEAN(yx_buf) struct yx_buf key = {0}, value = {0};
    if (yx_buf_printf(&key, "/%s", hex) != YX_OK ||
        yx_buf_append_text(&value, "<< /Type /VRI /Cert [") != YX_OK ||
        yx_buf_append(&value, yx_buf_bytes(&store->cert_refs)) != YX_OK ||
        yx_buf_append_text(&value, " ] /CRL [") != YX_OK ||
        yx_buf_append(&value, yx_buf_bytes(&store->crl_refs)) != YX_OK ||
        yx_buf_append_text(&value, " ] /OCSP [") != YX_OK ||
        yx_buf_append(&value, yx_buf_bytes(&store->ocsp_refs)) != YX_OK ||
        yx_buf_append_text(&value, " ] >>") != YX_OK)
        return yx_fail_memory(err);
    struct yx_pdf_edit *edit = &store->vri[store->vri_count];
    edit->key = yx_arena_text(store->arena, yx_buf_bytes(&key));
    edit->value = yx_arena_bytes(store->arena, yx_buf_bytes(&value));
    if (edit->key == NULL || edit->value.data == NULL)
        return yx_fail_memory(err);
    store->vri_count++;
    return YX_OK;
}

/* A signature of somebody else that cannot be completed does not stand in the way of the others. */
static yx_status take_field(struct store *store, const struct yx_pdf_field *field,
                            struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf contents = {0};
    struct yx_bytes der;
    YX_TRY(yx_pdf_string(store->pdf, yx_pdf_get(store->pdf, field->value, "/Contents"), &contents,
                         err));
    struct yx_der whole = yx_der_reader(yx_buf_bytes(&contents), "SignedData");
    store->cert_refs.len = 0;
    store->crl_refs.len = 0;
    store->ocsp_refs.len = 0;
    yx_status status = yx_der_any(&whole, NULL, NULL, &der, &store->why);
    if (status == YX_OK)
        status = take_signed_data(store, der, &store->why);
    if (status == YX_OK)
        return put_vri(store, yx_buf_bytes(&contents), err);
    bool is_finding = status == YX_REFUSED || status == YX_DAMAGED;
    if (!is_finding && err != NULL)
        *err = store->why;
    return is_finding ? YX_OK : status;
}

/* --- What is written ---------------------------------------------------------------------- */

static yx_status put_array(const struct pool *pool, struct yx_buf *out)
{
    YX_TRY(yx_buf_append_text(out, "["));
    for (size_t i = 0; i < pool->count; i++) {
        YX_TRY(yx_buf_append_text(out, " "));
        YX_TRY(yx_pdf_put_ref(out, pool->items[i].ref));
    }
    return yx_buf_append_text(out, " ]");
}

/* What is there already stays; of two entries of VRI for one signature the new one counts. */
static yx_status put_store(struct store *store, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf certs = {0}, crls = {0}, ocsps = {0}, vri = {0}, body = {0};
    qpdf_oh old_vri = yx_pdf_get(store->pdf, store->old, "/VRI");
    if (put_array(&store->certs, &certs) != YX_OK || put_array(&store->crls, &crls) != YX_OK ||
        put_array(&store->ocsps, &ocsps) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_pdf_edit_dictionary(store->pdf, old_vri, store->vri, store->vri_count, &vri, err));
    struct yx_pdf_edit edits[5] = {
        {"/Type", YX_TEXT("/DSS")},
        {store->certs.key, yx_buf_bytes(&certs)},
        {"/VRI", yx_buf_bytes(&vri)},
    };
    size_t count = 3;
    if (store->crls.count > 0)
        edits[count++] = (struct yx_pdf_edit){store->crls.key, yx_buf_bytes(&crls)};
    if (store->ocsps.count > 0)
        edits[count++] = (struct yx_pdf_edit){store->ocsps.key, yx_buf_bytes(&ocsps)};
    YX_TRY(yx_pdf_edit_dictionary(store->pdf, store->old, edits, count, &body, err));
    return yx_pdf_update_set_catalog(store->update, "/DSS", yx_buf_bytes(&body), err);
}

/* Who reads the catalog learns that there are extensions of ETSI in the document. */
static yx_status put_extensions(struct store *store, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    struct yx_pdf *pdf = store->pdf;
    qpdf_oh old = yx_pdf_get(pdf, yx_pdf_catalog(pdf), "/Extensions");
    struct yx_pdf_edit edit = {"/ESIC", YX_TEXT("<< /BaseVersion /1.7 /ExtensionLevel 1 >>")};
    if (yx_pdf_has(pdf, old, "/ESIC"))
        return YX_OK;
    YX_TRY(yx_pdf_edit_dictionary(pdf, old, &edit, 1, &body, err));
    return yx_pdf_update_set_catalog(store->update, "/Extensions", yx_buf_bytes(&body), err);
}

static yx_status take_all(struct store *store, const struct yx_pdf_form *form, struct yx_error *err)
{
    YX_TRY(pool_load(store, &store->certs, err));
    YX_TRY(pool_load(store, &store->crls, err));
    YX_TRY(pool_load(store, &store->ocsps, err));
    for (size_t i = 0; i < form->count; i++)
        if (form->items[i].is_filled)
            YX_TRY(take_field(store, &form->items[i], err));
    YX_TRY(yx_pdf_check(store->pdf, err));
    if (store->vri_count > 0)
        return YX_OK;
    if (err != NULL)
        *err = store->why;
    return store->why.status;
}

yx_status yx_pdf_put_dss(struct yx_pdf *pdf, const struct yx_pdf_form *form,
                         const struct yx_trust *trust, struct yx_pdf_update *update,
                         struct yx_error *err)
{
    YX_CLEAN(store) struct store store = {.pdf = pdf,
                                          .update = update,
                                          .trust = trust,
                                          .arena = yx_arena_new(SIZE_MAX / 2),
                                          .old = yx_pdf_get(pdf, yx_pdf_catalog(pdf), "/DSS"),
                                          .certs = {.key = "/Certs"},
                                          .crls = {.key = "/CRLs"},
                                          .ocsps = {.key = "/OCSPs"}};
    if (store.arena != NULL)
        store.vri = yx_arena_calloc(store.arena, form->count, sizeof *store.vri);
    if (store.vri == NULL)
        return yx_fail_memory(err);
    YX_TRY(take_all(&store, form, err));
    YX_TRY(put_store(&store, err));
    return put_extensions(&store, err);
}
