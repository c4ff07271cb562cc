/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/manage.c - PKCS#11 tokens made new, keys and certificates put on them and taken
 * away, PINs set.
 */
#include "pkcs11/room.h"

#define ID_SIZE 16
#define LABEL_SIZE 32 /* of a token: padded with blanks (PKCS #11 v2.40 5.5) */

static void *unconst(const void *data)
{
    union {
        const void *in;
        void *out;
    } both = {.in = data};

    return both.out;
}

#define TEXT_ATTRIBUTE(type, bytes) ((CK_ATTRIBUTE){(type), unconst((bytes).data), (bytes).len})
#define VALUE_ATTRIBUTE(type, value) ((CK_ATTRIBUTE){(type), &(value), sizeof(value)})

/* --- Initialising and PINs ---------------------------------------------------------------- */

static yx_status check_pin(const struct yx_p11_token *token, const struct yx_buf *pin,
                           struct yx_error *err)
{
    if (token->pin_max > 0 && (pin->len < token->pin_min || pin->len > token->pin_max))
        return yx_token_fail_pin_form(err, token->label, token->pin_min, token->pin_max);
    return YX_OK;
}

/* Sets the user PIN as the security officer. */
static yx_status set_user_pin(const struct yx_p11_token *token, struct yx_bytes admin,
                              struct yx_bytes user, struct yx_error *err)
{
    YX_CLEAN(yx_p11_session) struct yx_p11_session session = {0};
    CK_RV rv;

    YX_TRY(yx_p11_session_open(token, true, &session, err));
    YX_TRY(yx_p11_login(&session, CKU_SO, admin, err));
    rv = token->f->C_InitPIN(session.handle, unconst(user.data), (CK_ULONG)user.len);
    /* Nobody else of the process may go on as the security officer. */
    (void)token->f->C_Logout(session.handle);
    return rv == CKR_OK ? YX_OK : yx_p11_fail(err, rv, "set a PIN", token->label);
}

static yx_status init_token(struct yx_p11_token *token, struct yx_bytes admin, const char *label,
                            struct yx_error *err)
{
    unsigned char padded[LABEL_SIZE];
    size_t len = strlen(label);
    CK_RV rv;

    YX_REQUIRE(len <= LABEL_SIZE, err, YX_USAGE, "PKCS #11 v2.40 5.5",
               N_("the label of a token is at most {1} octets of UTF-8 long"), YX_NUM(LABEL_SIZE));
    for (size_t i = 0; i < LABEL_SIZE; i++) /* filled up with blanks, without a NUL */
        padded[i] = i < len ? (unsigned char)label[i] : ' ';
    rv = token->f->C_InitToken(token->slot, unconst(admin.data), (CK_ULONG)admin.len, padded);
    if (rv != CKR_OK)
        return yx_p11_fail(err, rv, "initialise", label);
    (void)snprintf(token->label, sizeof token->label, "%s", label);
    return YX_OK;
}

/* A blank token that fits comes first; one that holds something is erased only when asked to. */
static yx_status find_for_init(const struct yx_token_setup *setup,
                               const struct yx_token_place *place, bool erase,
                               struct yx_p11_token *out, struct yx_error *err)
{
    struct yx_error none;
    yx_status status;

    if (erase)
        return yx_p11_one_token(setup, place, false, out, err);
    status = yx_p11_one_token(setup, place, true, out, &none);
    if (status == YX_OK)
        return YX_OK;
    YX_REQUIRE(status != YX_NO_INPUT ||
                   yx_p11_one_token(setup, place, false, out, NULL) == YX_NO_INPUT,
               err, YX_REFUSED, "PKCS #11 v2.40 5.5",
               N_("the token is initialised already; to erase all that is on it, say so"));
    if (err != NULL)
        *err = none;
    return status;
}

yx_status yx_p11_init(const struct yx_token_setup *setup, const struct yx_token_place *place,
                      const char *label, bool erase, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf admin = {0};
    YX_CLEAN(yx_buf) struct yx_buf user = {0};
    struct yx_p11_token token;

    YX_TRY(find_for_init(setup, place, erase, &token, err));
    YX_TRY(yx_token_pin(setup, place, erase ? YX_PIN_ADMIN : YX_PIN_NEW_ADMIN, label, -1, &admin,
                        err));
    YX_TRY(yx_token_pin(setup, place, YX_PIN_NEW_USER, label, -1, &user, err));
    YX_TRY(check_pin(&token, &admin, err));
    YX_TRY(check_pin(&token, &user, err));
    YX_TRY(init_token(&token, yx_buf_bytes(&admin), label, err));
    return set_user_pin(&token, yx_buf_bytes(&admin), yx_buf_bytes(&user), err);
}

yx_status yx_p11_unlock_pin(const struct yx_token_setup *setup, const struct yx_token_place *place,
                            struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf admin = {0};
    YX_CLEAN(yx_buf) struct yx_buf user = {0};
    struct yx_p11_token token;

    YX_TRY(yx_p11_one_token(setup, place, false, &token, err));
    YX_REQUIRE((token.flags & CKF_SO_PIN_LOCKED) == 0, err, YX_REFUSED, "PKCS #11 v2.40 5.5",
               N_("the administrator PIN of the token {1} is locked: only its maker can help"),
               token.label);
    YX_TRY(yx_token_pin(setup, place, YX_PIN_ADMIN, token.label,
                        (token.flags & CKF_SO_PIN_FINAL_TRY) != 0 ? 1 : -1, &admin, err));
    YX_TRY(yx_token_pin(setup, place, YX_PIN_NEW_USER, token.label, -1, &user, err));
    YX_TRY(check_pin(&token, &user, err));
    return set_user_pin(&token, yx_buf_bytes(&admin), yx_buf_bytes(&user), err);
}

yx_status yx_p11_change_pin(const struct yx_token_setup *setup, const struct yx_token_place *place,
                            bool admin, struct yx_error *err)
{
    YX_CLEAN(yx_p11_session) struct yx_p11_session session = {0};
    YX_CLEAN(yx_buf) struct yx_buf old = {0};
    YX_CLEAN(yx_buf) struct yx_buf fresh = {0};
    struct yx_p11_token token;
    CK_RV rv;

    YX_TRY(yx_p11_one_token(setup, place, false, &token, err));
    YX_TRY(
        yx_token_pin(setup, place, admin ? YX_PIN_ADMIN : YX_PIN_USER, token.label, -1, &old, err));
    YX_TRY(yx_token_pin(setup, place, admin ? YX_PIN_NEW_ADMIN : YX_PIN_NEW_USER, token.label, -1,
                        &fresh, err));
    YX_TRY(check_pin(&token, &fresh, err));
    YX_TRY(yx_p11_session_open(&token, true, &session, err));
    YX_TRY(yx_p11_login(&session, admin ? CKU_SO : CKU_USER, yx_buf_bytes(&old), err));
    rv = token.f->C_SetPIN(session.handle, old.data, (CK_ULONG)old.len, fresh.data,
                           (CK_ULONG)fresh.len);
    (void)token.f->C_Logout(session.handle);
    return rv == CKR_OK ? YX_OK : yx_p11_fail(err, rv, "set a PIN", token.label);
}

/* --- Templates ---------------------------------------------------------------------------- */

#define ATTRIBUTES_MAX 20

struct object_template {
    CK_ATTRIBUTE items[ATTRIBUTES_MAX];
    CK_ULONG count;
};

static void add(struct object_template *object, CK_ATTRIBUTE attribute)
{
    if (object->count < ATTRIBUTES_MAX)
        object->items[object->count++] = attribute;
}

static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;

/* What every new key object says of itself; no key that we make ever leaves the token. */
static void add_private(struct object_template *object, struct yx_bytes label, struct yx_bytes id)
{
    add(object, VALUE_ATTRIBUTE(CKA_TOKEN, yes));
    add(object, VALUE_ATTRIBUTE(CKA_PRIVATE, yes));
    add(object, VALUE_ATTRIBUTE(CKA_SENSITIVE, yes));
    add(object, VALUE_ATTRIBUTE(CKA_EXTRACTABLE, no));
    add(object, VALUE_ATTRIBUTE(CKA_SIGN, yes));
    add(object, TEXT_ATTRIBUTE(CKA_LABEL, label));
    add(object, TEXT_ATTRIBUTE(CKA_ID, id));
}

static void add_public(struct object_template *object, struct yx_bytes label, struct yx_bytes id)
{
    add(object, VALUE_ATTRIBUTE(CKA_TOKEN, yes));
    add(object, VALUE_ATTRIBUTE(CKA_PRIVATE, no));
    add(object, VALUE_ATTRIBUTE(CKA_VERIFY, yes));
    add(object, TEXT_ATTRIBUTE(CKA_LABEL, label));
    add(object, TEXT_ATTRIBUTE(CKA_ID, id));
}

/* How each type of key is made and stored. */
static const struct key_form {
    yx_key_type type;
    CK_MECHANISM_TYPE generate;
    CK_KEY_TYPE stored;
    yx_oid curve; /* YX_OID_UNKNOWN: RSA */
} forms[] = {
    {YX_KEY_RSA, CKM_RSA_PKCS_KEY_PAIR_GEN, CKK_RSA, YX_OID_UNKNOWN},
    {YX_KEY_P256, CKM_EC_KEY_PAIR_GEN, CKK_EC, YX_OID_P256},
    {YX_KEY_P384, CKM_EC_KEY_PAIR_GEN, CKK_EC, YX_OID_P384},
    {YX_KEY_ED25519, CKM_EC_EDWARDS_KEY_PAIR_GEN, CKK_EC_EDWARDS, YX_OID_ED25519},
};

static yx_status find_form(yx_key_type type, const struct yx_p11_token *token,
                           const struct key_form **out, struct yx_error *err)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (forms[i].type == type) {
            *out = &forms[i];
            return YX_OK;
        }
    return yx_token_fail_algorithm(err, yx_key_type_name(type), token->label);
}

static yx_status curve_parameters(yx_oid curve, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};

    if (curve == YX_OID_UNKNOWN)
        return YX_OK;
    yx_der_put_oid(&writer, curve);
    return yx_der_finish(&writer, out, err);
}

/* The id that was asked for, or random octets, which nobody else has. */
static yx_status choose_id(const struct yx_token_new_key *request, uint8_t random[ID_SIZE],
                           struct yx_bytes *out, struct yx_error *err)
{
    *out = request->id;
    if (request->id.len > 0)
        return YX_OK;
    YX_TRY(yx_random(random, ID_SIZE, err));
    *out = YX_BYTES(random, ID_SIZE);
    return YX_OK;
}

/* --- Generating --------------------------------------------------------------------------- */

static yx_status generate_pair(const struct yx_p11_session *session, const struct key_form *form,
                               const struct yx_token_new_key *request, struct yx_bytes id,
                               CK_OBJECT_HANDLE *private_key, struct yx_error *err)
{
    static CK_BYTE exponent[] = {1, 0, 1}; /* 65537 */
    YX_CLEAN(yx_buf) struct yx_buf curve = {0};
    struct object_template public_half = {.count = 0}, private_half = {.count = 0};
    CK_MECHANISM mechanism = {form->generate, NULL, 0};
    CK_ULONG bits = request->rsa_bits;
    CK_OBJECT_HANDLE public_key;
    CK_RV rv;

    YX_TRY(curve_parameters(form->curve, &curve, err));
    add_public(&public_half, YX_TEXT(request->label), id);
    add_private(&private_half, YX_TEXT(request->label), id);
    if (form->type == YX_KEY_RSA) {
        add(&public_half, VALUE_ATTRIBUTE(CKA_MODULUS_BITS, bits));
        add(&public_half, VALUE_ATTRIBUTE(CKA_PUBLIC_EXPONENT, exponent));
    } else {
        add(&public_half, TEXT_ATTRIBUTE(CKA_EC_PARAMS, curve));
    }
    rv = session->token.f->C_GenerateKeyPair(session->handle, &mechanism, public_half.items,
                                             public_half.count, private_half.items,
                                             private_half.count, &public_key, private_key);
    if (rv == CKR_MECHANISM_INVALID)
        return yx_token_fail_algorithm(err, yx_key_type_name(form->type), session->token.label);
    return rv == CKR_OK ? YX_OK : yx_p11_fail(err, rv, "make a key", session->token.label);
}

yx_status yx_p11_generate(const struct yx_token_setup *setup, const struct yx_token_place *place,
                          const struct yx_token_new_key *request, struct yx_public_key **out,
                          struct yx_buf *place_made, struct yx_error *err)
{
    YX_CLEAN(yx_p11_session) struct yx_p11_session session = {0};
    const struct key_form *form = NULL;
    CK_OBJECT_HANDLE private_key = CK_INVALID_HANDLE;
    uint8_t random[ID_SIZE];
    struct yx_bytes id;

    YX_TRY(choose_id(request, random, &id, err));
    YX_TRY(yx_p11_user_session(setup, place, true, &session, err));
    YX_TRY(find_form(request->type, &session.token, &form, err));
    YX_TRY(generate_pair(&session, form, request, id, &private_key, err));
    YX_TRY(yx_p11_object_place(&session.token, place, YX_TEXT(request->label), id, "private",
                               place_made, err));
    return yx_p11_public_key(&session, private_key, out, err);
}

/* --- Importing ---------------------------------------------------------------------------- */

static yx_status create(const struct yx_p11_session *session, struct object_template *object,
                        CK_OBJECT_HANDLE *out, struct yx_error *err)
{
    CK_RV rv = session->token.f->C_CreateObject(session->handle, object->items, object->count, out);

    return rv == CKR_OK ? YX_OK : yx_p11_fail(err, rv, "store an object", session->token.label);
}

static yx_status create_private(const struct yx_p11_session *session, const struct key_form *form,
                                struct yx_bytes label, struct yx_bytes id,
                                const struct yx_key_parts *parts, CK_OBJECT_HANDLE *out,
                                struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf curve = {0};
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_KEY_TYPE type = form->stored;
    struct object_template object = {.count = 0};

    YX_TRY(curve_parameters(form->curve, &curve, err));
    add(&object, VALUE_ATTRIBUTE(CKA_CLASS, class));
    add(&object, VALUE_ATTRIBUTE(CKA_KEY_TYPE, type));
    add_private(&object, label, id);
    if (form->type == YX_KEY_RSA) {
        add(&object, TEXT_ATTRIBUTE(CKA_MODULUS, parts->n));
        add(&object, TEXT_ATTRIBUTE(CKA_PUBLIC_EXPONENT, parts->e));
        add(&object, TEXT_ATTRIBUTE(CKA_PRIVATE_EXPONENT, parts->d));
        add(&object, TEXT_ATTRIBUTE(CKA_PRIME_1, parts->p));
        add(&object, TEXT_ATTRIBUTE(CKA_PRIME_2, parts->q));
        add(&object, TEXT_ATTRIBUTE(CKA_EXPONENT_1, parts->dp));
        add(&object, TEXT_ATTRIBUTE(CKA_EXPONENT_2, parts->dq));
        add(&object, TEXT_ATTRIBUTE(CKA_COEFFICIENT, parts->qinv));
    } else {
        add(&object, TEXT_ATTRIBUTE(CKA_EC_PARAMS, curve));
        add(&object, TEXT_ATTRIBUTE(CKA_VALUE, parts->d));
    }
    return create(session, &object, out, err);
}

/* CKA_EC_POINT: the DER of an OCTET STRING with 04 || x || y; Ed25519: the key itself. */
static yx_status point_value(const struct yx_public_key *key, struct yx_buf *out,
                             struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    size_t value = yx_der_begin(&writer, YX_DER_OCTET_STRING);

    if (yx_public_key_type(key) != YX_KEY_ED25519)
        yx_der_put_raw(&writer, YX_BYTES("\x04", 1));
    yx_der_put_raw(&writer, yx_public_key_point(key));
    yx_der_close(&writer, value);
    return yx_der_finish(&writer, out, err);
}

static yx_status create_public(const struct yx_p11_session *session, const struct key_form *form,
                               struct yx_bytes label, struct yx_bytes id,
                               const struct yx_key_parts *parts, const struct yx_public_key *key,
                               struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf curve = {0};
    YX_CLEAN(yx_buf) struct yx_buf point = {0};
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CK_KEY_TYPE type = form->stored;
    struct object_template object = {.count = 0};
    CK_OBJECT_HANDLE made;

    YX_TRY(curve_parameters(form->curve, &curve, err));
    YX_TRY(point_value(key, &point, err));
    add(&object, VALUE_ATTRIBUTE(CKA_CLASS, class));
    add(&object, VALUE_ATTRIBUTE(CKA_KEY_TYPE, type));
    add_public(&object, label, id);
    if (form->type == YX_KEY_RSA) {
        add(&object, TEXT_ATTRIBUTE(CKA_MODULUS, parts->n));
        add(&object, TEXT_ATTRIBUTE(CKA_PUBLIC_EXPONENT, parts->e));
    } else {
        add(&object, TEXT_ATTRIBUTE(CKA_EC_PARAMS, curve));
        add(&object, TEXT_ATTRIBUTE(CKA_EC_POINT, point));
    }
    return create(session, &object, &made, err);
}

yx_status yx_p11_import_key(const struct yx_token_setup *setup, const struct yx_token_place *place,
                            const struct yx_token_new_key *request,
                            const struct yx_private_key *key, struct yx_buf *place_made,
                            struct yx_error *err)
{
    YX_CLEAN(yx_p11_session) struct yx_p11_session session = {0};
    YX_CLEAN(yx_key_parts) struct yx_key_parts parts = {0};
    struct yx_bytes label = YX_TEXT(request->label), id;
    const struct key_form *form = NULL;
    CK_OBJECT_HANDLE private_key = CK_INVALID_HANDLE;
    uint8_t random[ID_SIZE];
    yx_status status;

    YX_TRY(choose_id(request, random, &id, err));
    YX_TRY(yx_p11_user_session(setup, place, true, &session, err));
    YX_TRY(find_form(request->type, &session.token, &form, err));
    YX_TRY(yx_private_key_parts(key, &parts, err));
    YX_TRY(create_private(&session, form, label, id, &parts, &private_key, err));
    status = create_public(&session, form, label, id, &parts, yx_private_key_public(key), err);
    if (status != YX_OK)
        (void)session.token.f->C_DestroyObject(session.handle, private_key);
    YX_TRY(status);
    return yx_p11_object_place(&session.token, place, label, id, "private", place_made, err);
}

/* --- Certificates ------------------------------------------------------------------------- */

/* The private key on the token that the certificate is of. */
static yx_status find_key_of(const struct yx_p11_session *session, const struct yx_cert *cert,
                             CK_OBJECT_HANDLE *out, struct yx_error *err)
{
    struct yx_bytes wanted = yx_public_key_spki(yx_cert_public_key(cert));
    YX_CLEAN(yx_p11_objects) struct yx_p11_objects keys = {0};

    YX_TRY(yx_p11_find(session, CKO_PRIVATE_KEY, NULL, NULL, &keys, err));
    for (size_t i = 0; i < keys.count; i++) {
        YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;

        if (yx_p11_public_key(session, keys.handles[i], &key, NULL) != YX_OK ||
            !yx_bytes_equal(yx_public_key_spki(key), wanted))
            continue;
        *out = keys.handles[i];
        return YX_OK;
    }
    return yx_fail(err, YX_REFUSED, "", N_("the token {1} has no key that the certificate is of"),
                   session->token.label);
}

/* Subject, issuer and serial number as a certificate object wants them: whole elements in DER. */
static yx_status cert_names(const struct yx_cert *cert, struct yx_bytes *serial,
                            struct yx_bytes *issuer, struct yx_bytes *subject, struct yx_error *err)
{
    struct yx_der der = yx_der_reader(yx_cert_der(cert), "Certificate");
    struct yx_der whole, body;

    YX_TRY(yx_der_enter(&der, YX_DER_SEQUENCE, &whole, err));
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &body, err));
    if (yx_der_next_is(&body, YX_DER_CONTEXT_CONSTRUCTED(0)))
        YX_TRY(yx_der_any(&body, NULL, NULL, NULL, err));
    YX_TRY(yx_der_any(&body, NULL, NULL, serial, err));
    YX_TRY(yx_der_any(&body, NULL, NULL, NULL, err));
    YX_TRY(yx_der_any(&body, NULL, NULL, issuer, err));
    YX_TRY(yx_der_any(&body, NULL, NULL, NULL, err));
    return yx_der_any(&body, NULL, NULL, subject, err);
}

yx_status yx_p11_import_cert(const struct yx_token_setup *setup, const struct yx_token_place *place,
                             const struct yx_cert *cert, struct yx_error *err)
{
    YX_CLEAN(yx_p11_session) struct yx_p11_session session = {0};
    YX_CLEAN(yx_buf) struct yx_buf label = {0};
    YX_CLEAN(yx_buf) struct yx_buf id = {0};
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    struct object_template object = {.count = 0};
    struct yx_bytes serial, issuer, subject, der = yx_cert_der(cert);
    CK_OBJECT_HANDLE key = CK_INVALID_HANDLE, made;

    YX_TRY(cert_names(cert, &serial, &issuer, &subject, err));
    YX_TRY(yx_p11_user_session(setup, place, true, &session, err));
    YX_TRY(find_key_of(&session, cert, &key, err));
    YX_TRY(yx_p11_get(&session, key, CKA_LABEL, &label, err));
    YX_TRY(yx_p11_get(&session, key, CKA_ID, &id, err));
    add(&object, VALUE_ATTRIBUTE(CKA_CLASS, class));
    add(&object, VALUE_ATTRIBUTE(CKA_CERTIFICATE_TYPE, type));
    add(&object, VALUE_ATTRIBUTE(CKA_TOKEN, yes));
    add(&object, VALUE_ATTRIBUTE(CKA_PRIVATE, no));
    add(&object, TEXT_ATTRIBUTE(CKA_LABEL, label));
    add(&object, TEXT_ATTRIBUTE(CKA_ID, id));
    add(&object, TEXT_ATTRIBUTE(CKA_SERIAL_NUMBER, serial));
    add(&object, TEXT_ATTRIBUTE(CKA_ISSUER, issuer));
    add(&object, TEXT_ATTRIBUTE(CKA_SUBJECT, subject));
    add(&object, TEXT_ATTRIBUTE(CKA_VALUE, der));
    return create(&session, &object, &made, err);
}

/* --- Deleting ----------------------------------------------------------------------------- */

static yx_status destroy(const struct yx_p11_session *session, CK_OBJECT_HANDLE object,
                         struct yx_error *err)
{
    CK_RV rv = session->token.f->C_DestroyObject(session->handle, object);

    return rv == CKR_OK ? YX_OK : yx_p11_fail(err, rv, "delete an object", session->token.label);
}

/* The public halves with the id of the key and the same numbers. */
static yx_status destroy_public(const struct yx_p11_session *session, struct yx_bytes id,
                                const struct yx_public_key *key, struct yx_error *err)
{
    YX_CLEAN(yx_p11_objects) struct yx_p11_objects found = {0};

    YX_TRY(yx_p11_find(session, CKO_PUBLIC_KEY, NULL, &id, &found, err));
    for (size_t i = 0; i < found.count; i++) {
        YX_CLEAN(yx_public_key) struct yx_public_key *half = NULL;

        if (yx_p11_public_key(session, found.handles[i], &half, NULL) == YX_OK &&
            yx_bytes_equal(yx_public_key_spki(half), yx_public_key_spki(key)))
            YX_TRY(destroy(session, found.handles[i], err));
    }
    return YX_OK;
}

static yx_status remove_key(const struct yx_p11_session *session,
                            const struct yx_token_place *place, struct yx_error *err)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *public_key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf id = {0};
    CK_OBJECT_HANDLE key;

    YX_TRY(yx_p11_find_one(session, CKO_PRIVATE_KEY, place, "private key", &key, err));
    YX_TRY(yx_p11_get(session, key, CKA_ID, &id, err));
    if (yx_p11_public_key(session, key, &public_key, NULL) == YX_OK)
        YX_TRY(destroy_public(session, yx_buf_bytes(&id), public_key, err));
    return destroy(session, key, err);
}

yx_status yx_p11_remove(const struct yx_token_setup *setup, const struct yx_token_place *place,
                        struct yx_error *err)
{
    const char *type = yx_token_place_get(place, "type");
    YX_CLEAN(yx_p11_session) struct yx_p11_session session = {0};
    CK_OBJECT_HANDLE cert;
    bool is_key = type != NULL && strcmp(type, "private") == 0;
    bool is_cert = type != NULL && strcmp(type, "cert") == 0;

    YX_REQUIRE(is_key || is_cert, err, YX_USAGE, "RFC 7512 2.3",
               N_("what is to be deleted, type=private or type=cert?"));
    YX_TRY(yx_p11_user_session(setup, place, true, &session, err));
    if (is_key)
        return remove_key(&session, place, err);
    YX_TRY(yx_p11_find_one(&session, CKO_CERTIFICATE, place, "certificate", &cert, err));
    return destroy(&session, cert, err);
}
