/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/object.c - objects on a PKCS#11 token: finding them, reading their attributes, and
 * making public keys and certificates of what they tell. Nothing that a token tells is believed
 * before our own readers have taken it apart.
 */
#include <stdlib.h>

#include "pkcs11/room.h"

#define VALUE_MAX (64u * 1024) /* the longest attribute that is read */
#define BATCH 64

/* --- Finding ------------------------------------------------------------------------------ */

void yx_p11_objects_free(struct yx_p11_objects *objects)
{
    free(objects->handles);
    *objects = (struct yx_p11_objects){0};
}

static yx_status keep(struct yx_p11_objects *objects, const CK_OBJECT_HANDLE *found, CK_ULONG count,
                      struct yx_error *err)
{
    CK_OBJECT_HANDLE *grown = reallocarray(objects->handles, objects->count + count, sizeof *grown);

    if (grown == NULL)
        return yx_fail_memory(err);
    objects->handles = grown;
    memcpy(grown + objects->count, found, count * sizeof *found);
    objects->count += count;
    YX_REQUIRE(objects->count <= YX_P11_OBJECTS_MAX, err, YX_DAMAGED, "",
               N_("the token holds more than {1} objects of a kind"), YX_NUM(YX_P11_OBJECTS_MAX));
    return YX_OK;
}

static yx_status collect(const struct yx_p11_session *session, struct yx_p11_objects *out,
                         struct yx_error *err)
{
    CK_FUNCTION_LIST *f = session->token.f;
    CK_OBJECT_HANDLE found[BATCH];
    CK_ULONG count = 0;
    CK_RV rv;

    while ((rv = f->C_FindObjects(session->handle, found, BATCH, &count)) == CKR_OK && count > 0)
        YX_TRY(keep(out, found, count <= BATCH ? count : BATCH, err));
    return rv == CKR_OK ? YX_OK : yx_p11_fail(err, rv, "find objects", session->token.label);
}

/* The library changes nothing in a template. */
static void *unconst(const void *data)
{
    union {
        const void *in;
        void *out;
    } both = {.in = data};

    return both.out;
}

yx_status yx_p11_find(const struct yx_p11_session *session, CK_OBJECT_CLASS class,
                      const struct yx_bytes *label, const struct yx_bytes *id,
                      struct yx_p11_objects *out, struct yx_error *err)
{
    CK_FUNCTION_LIST *f = session->token.f;
    CK_ATTRIBUTE wanted[3] = {{CKA_CLASS, &class, sizeof class}};
    CK_ULONG count = 1;
    yx_status status;
    CK_RV rv;

    if (label != NULL)
        wanted[count++] = (CK_ATTRIBUTE){CKA_LABEL, unconst(label->data), label->len};
    if (id != NULL)
        wanted[count++] = (CK_ATTRIBUTE){CKA_ID, unconst(id->data), id->len};
    rv = f->C_FindObjectsInit(session->handle, wanted, count);
    if (rv != CKR_OK)
        return yx_p11_fail(err, rv, "find objects", session->token.label);
    status = collect(session, out, err);
    (void)f->C_FindObjectsFinal(session->handle);
    return status;
}

yx_status yx_p11_find_place(const struct yx_p11_session *session, CK_OBJECT_CLASS class,
                            const struct yx_token_place *place, struct yx_p11_objects *out,
                            struct yx_error *err)
{
    struct yx_bytes label, id;
    bool by_label = yx_token_place_bytes(place, "object", &label);
    bool by_id = yx_token_place_bytes(place, "id", &id);

    return yx_p11_find(session, class, by_label ? &label : NULL, by_id ? &id : NULL, out, err);
}

yx_status yx_p11_find_one(const struct yx_p11_session *session, CK_OBJECT_CLASS class,
                          const struct yx_token_place *place, const char *what,
                          CK_OBJECT_HANDLE *out, struct yx_error *err)
{
    YX_CLEAN(yx_p11_objects) struct yx_p11_objects found = {0};

    YX_TRY(yx_p11_find_place(session, class, place, &found, err));
    if (found.count == 0)
        return yx_token_fail_no_object(err, what, session->token.label);
    if (found.count > 1)
        return yx_token_fail_two_objects(err, what, session->token.label);
    *out = found.handles[0];
    return YX_OK;
}

/* --- Attributes --------------------------------------------------------------------------- */

static bool is_absent(CK_RV rv, const CK_ATTRIBUTE *attribute)
{
    return rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE ||
           (rv == CKR_OK &&
            (attribute->ulValueLen == CK_UNAVAILABLE_INFORMATION || attribute->ulValueLen == 0));
}

yx_status yx_p11_get(const struct yx_p11_session *session, CK_OBJECT_HANDLE object,
                     CK_ATTRIBUTE_TYPE type, struct yx_buf *out, struct yx_error *err)
{
    CK_FUNCTION_LIST *f = session->token.f;
    CK_ATTRIBUTE attribute = {type, NULL, 0};
    CK_RV rv = f->C_GetAttributeValue(session->handle, object, &attribute, 1);

    if (is_absent(rv, &attribute))
        return YX_OK;
    if (rv != CKR_OK)
        return yx_p11_fail(err, rv, "read an object", session->token.label);
    YX_REQUIRE(attribute.ulValueLen <= VALUE_MAX, err, YX_DAMAGED, "",
               N_("an object of the token is longer than {1} octets"), YX_NUM(VALUE_MAX));
    if (yx_buf_reserve(out, VALUE_MAX) != YX_OK)
        return yx_fail_memory(err);
    attribute.pValue = out->data + out->len;
    attribute.ulValueLen = VALUE_MAX;
    rv = f->C_GetAttributeValue(session->handle, object, &attribute, 1);
    if (rv != CKR_OK || attribute.ulValueLen > VALUE_MAX)
        return yx_p11_fail(err, rv, "read an object", session->token.label);
    out->len += attribute.ulValueLen;
    return YX_OK;
}

yx_status yx_p11_get_number(const struct yx_p11_session *session, CK_OBJECT_HANDLE object,
                            CK_ATTRIBUTE_TYPE type, CK_ULONG usual, CK_ULONG *out,
                            struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf value = {0};

    *out = usual;
    YX_TRY(yx_p11_get(session, object, type, &value, err));
    if (value.len == sizeof *out)
        memcpy(out, value.data, sizeof *out);
    if (value.len == sizeof(CK_BBOOL))
        *out = value.data[0];
    return YX_OK;
}

/* --- Certificates ------------------------------------------------------------------------- */

yx_status yx_p11_cert(const struct yx_p11_session *session, CK_OBJECT_HANDLE object,
                      struct yx_cert **out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    CK_ULONG type;

    YX_TRY(yx_p11_get_number(session, object, CKA_CERTIFICATE_TYPE, CKC_X_509, &type, err));
    YX_REQUIRE(type == CKC_X_509, err, YX_REFUSED, "",
               N_("the certificate on the token is no X.509 certificate"));
    YX_TRY(yx_p11_get(session, object, CKA_VALUE, &der, err));
    YX_REQUIRE(der.len > 0, err, YX_DAMAGED, "",
               N_("the certificate on the token {1} has no value"), session->token.label);
    return yx_cert_from_der(yx_buf_bytes(&der), out, err);
}

/* --- Public keys -------------------------------------------------------------------------- */

/* The curves that CKA_EC_PARAMS may name. */
static const struct {
    yx_oid oid;
    yx_key_type type;
    size_t point; /* octets of x || y */
} curves[] = {
    {YX_OID_P256, YX_KEY_P256, 64},
    {YX_OID_P384, YX_KEY_P384, 96},
    {YX_OID_SM2, YX_KEY_SM2, 64},
    {YX_OID_ED25519, YX_KEY_ED25519, 32},
};

/* An OID; older modules name Ed25519 by the PrintableString of a draft. */
static size_t find_curve(struct yx_bytes parameters)
{
    static const char drafted[] = "\x13\x0C"
                                  "edwards25519";
    struct yx_der der = yx_der_reader(parameters, "CKA_EC_PARAMS");
    yx_oid oid = YX_OID_UNKNOWN;

    if (yx_bytes_equal(parameters, YX_BYTES(drafted, sizeof drafted - 1)))
        oid = YX_OID_ED25519;
    else
        (void)yx_der_oid(&der, &oid, NULL);
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++)
        if (curves[i].oid == oid && oid != YX_OID_UNKNOWN)
            return i;
    return sizeof curves / sizeof curves[0];
}

/* CKA_EC_POINT: an OCTET STRING with 04 || x || y inside; of some modules without the OCTET
 * STRING. */
static struct yx_bytes find_point(struct yx_bytes value, size_t len)
{
    if (value.len < len)
        return (struct yx_bytes){NULL, 0};
    return YX_BYTES(value.data + value.len - len, len);
}

static yx_status from_curve(const struct yx_p11_session *session, CK_OBJECT_HANDLE key,
                            struct yx_buf *spki, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf parameters = {0};
    YX_CLEAN(yx_buf) struct yx_buf point = {0};
    size_t curve;

    YX_TRY(yx_p11_get(session, key, CKA_EC_PARAMS, &parameters, err));
    curve = find_curve(yx_buf_bytes(&parameters));
    YX_REQUIRE(curve < sizeof curves / sizeof curves[0], err, YX_REFUSED, "RFC 5480 2.1.1.1",
               N_("the curve of the key is not supported; use SM2, P-256 or P-384"));
    YX_TRY(yx_p11_get(session, key, CKA_EC_POINT, &point, err));
    if (point.len < curves[curve].point)
        return YX_OK;
    return yx_spki_from_point(curves[curve].type,
                              find_point(yx_buf_bytes(&point), curves[curve].point), spki, err);
}

static yx_status from_rsa(const struct yx_p11_session *session, CK_OBJECT_HANDLE key,
                          struct yx_buf *spki, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf modulus = {0};
    YX_CLEAN(yx_buf) struct yx_buf exponent = {0};

    YX_TRY(yx_p11_get(session, key, CKA_MODULUS, &modulus, err));
    YX_TRY(yx_p11_get(session, key, CKA_PUBLIC_EXPONENT, &exponent, err));
    if (modulus.len == 0 || exponent.len == 0)
        return YX_OK;
    return yx_spki_from_rsa(yx_buf_bytes(&modulus), yx_buf_bytes(&exponent), spki, err);
}

/* What the object itself tells; `spki` stays empty when that is not all. */
static yx_status from_object(const struct yx_p11_session *session, CK_OBJECT_HANDLE key,
                             struct yx_buf *spki, struct yx_error *err)
{
    CK_ULONG type;

    YX_TRY(yx_p11_get_number(session, key, CKA_KEY_TYPE, CKK_VENDOR_DEFINED, &type, err));
    if (type == CKK_RSA)
        return from_rsa(session, key, spki, err);
    YX_REQUIRE(type == CKK_EC || type == CKK_EC_EDWARDS, err, YX_REFUSED, "RFC 5280 4.1.2.7",
               N_("the key is of no supported type; use SM2, P-256, P-384, RSA or Ed25519"));
    return from_curve(session, key, spki, err);
}

/* The first object of the class with the id of `key`. */
static yx_status find_partner(const struct yx_p11_session *session, CK_OBJECT_HANDLE key,
                              CK_OBJECT_CLASS class, CK_OBJECT_HANDLE *out, bool *found,
                              struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf id = {0};
    YX_CLEAN(yx_p11_objects) struct yx_p11_objects objects = {0};
    struct yx_bytes wanted;

    *found = false;
    YX_TRY(yx_p11_get(session, key, CKA_ID, &id, err));
    if (id.len == 0)
        return YX_OK;
    wanted = yx_buf_bytes(&id);
    YX_TRY(yx_p11_find(session, class, NULL, &wanted, &objects, err));
    *found = objects.count > 0;
    if (*found)
        *out = objects.handles[0];
    return YX_OK;
}

static yx_status from_partners(const struct yx_p11_session *session, CK_OBJECT_HANDLE key,
                               struct yx_buf *spki, struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    CK_OBJECT_HANDLE partner = 0;
    bool found;

    YX_TRY(find_partner(session, key, CKO_PUBLIC_KEY, &partner, &found, err));
    if (found)
        YX_TRY(from_object(session, partner, spki, err));
    if (spki->len > 0)
        return YX_OK;
    YX_TRY(find_partner(session, key, CKO_CERTIFICATE, &partner, &found, err));
    if (!found)
        return YX_OK;
    YX_TRY(yx_p11_cert(session, partner, &cert, err));
    return yx_buf_append(spki, yx_public_key_spki(yx_cert_public_key(cert))) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

yx_status yx_p11_public_key(const struct yx_p11_session *session, CK_OBJECT_HANDLE key,
                            struct yx_public_key **out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf spki = {0};

    YX_TRY(from_object(session, key, &spki, err));
    if (spki.len == 0)
        YX_TRY(from_partners(session, key, &spki, err));
    YX_REQUIRE(spki.len > 0, err, YX_REFUSED, "",
               N_("the token {1} does not tell the public half of the key: it lacks the public "
                  "key and the certificate"),
               session->token.label);
    return yx_public_key_from_spki(yx_buf_bytes(&spki), out, err);
}
