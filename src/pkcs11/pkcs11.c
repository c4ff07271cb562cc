/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/pkcs11.c - the PKCS#11 kind: the attributes of its places, its certificates, and the list
 * of what there is. Libraries are in module.c, objects in object.c, signing in
 * key.c, all that changes a token in manage.c.
 */
#include "pkcs11/room.h"

/* RFC 7512 2.3, 2.4 */
static const struct yx_place_attribute attributes[] = {
    {"token", false, false},
    {"manufacturer", false, false},
    {"serial", false, false},
    {"model", false, false},
    {"library-manufacturer", false, false},
    {"library-description", false, false},
    {"library-version", false, false},
    {"slot-manufacturer", false, false},
    {"slot-description", false, false},
    {"slot-id", false, false},
    {"object", false, false},
    {"id", false, true},
    {"type", false, false},
    {"module-path", true, false},
    {"pin-source", true, false},
    {NULL, false, false},
};

static yx_status put_token(struct yx_buf *out, const struct yx_token_place *place,
                           const struct yx_p11_token *token)
{
    char slot[24];

    YX_TRY(yx_token_place_begin(out, place->kind));
    YX_TRY(yx_token_place_put(out, place->kind, "token", YX_TEXT(token->label)));
    YX_TRY(yx_token_place_put(out, place->kind, "serial", YX_TEXT(token->serial)));
    if ((token->flags & CKF_TOKEN_INITIALIZED) != 0)
        return YX_OK;
    /* A blank token has no name yet. */
    (void)snprintf(slot, sizeof slot, "%lu", token->slot);
    return yx_token_place_put(out, place->kind, "slot-id", YX_TEXT(slot));
}

yx_status yx_p11_object_place(const struct yx_p11_token *token, const struct yx_token_place *place,
                              struct yx_bytes label, struct yx_bytes id, const char *type,
                              struct yx_buf *out, struct yx_error *err)
{
    if (put_token(out, place, token) != YX_OK ||
        yx_token_place_put(out, place->kind, "object", label) != YX_OK ||
        yx_token_place_put(out, place->kind, "id", id) != YX_OK ||
        yx_token_place_put(out, place->kind, "type", YX_TEXT(type)) != YX_OK ||
        yx_token_place_end(out, place) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

/* --- Certificates ------------------------------------------------------------------------- */

/* Certificates are public on most tokens; the user logs in only where nothing is seen without. */
static yx_status find_cert(const struct yx_token_setup *setup, const struct yx_token_place *place,
                           const struct yx_p11_session *session, CK_OBJECT_HANDLE *out,
                           struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf pin = {0};
    struct yx_error first;
    yx_status status = yx_p11_find_one(session, CKO_CERTIFICATE, place, "certificate", out, &first);
    bool hidden = status == YX_NO_INPUT &&
                  (setup->pin.ask != NULL || yx_token_place_get(place, "pin-source") != NULL);

    if (hidden) {
        YX_TRY(yx_p11_login_user(setup, place, session, &pin, err));
        return yx_p11_find_one(session, CKO_CERTIFICATE, place, "certificate", out, err);
    }
    if (status != YX_OK && err != NULL)
        *err = first;
    return status;
}

static yx_status read_cert(const struct yx_token_setup *setup, const struct yx_token_place *place,
                           struct yx_cert **out, struct yx_error *err)
{
    const char *type = yx_token_place_get(place, "type");
    YX_CLEAN(yx_p11_session) struct yx_p11_session session = {0};
    struct yx_p11_token token;
    CK_OBJECT_HANDLE cert;

    YX_REQUIRE(type == NULL || strcmp(type, "cert") == 0, err, YX_USAGE, "RFC 7512 2.3",
               N_("a certificate is asked for, and the place says type={1}"), type);
    YX_TRY(yx_p11_one_token(setup, place, false, &token, err));
    YX_TRY(yx_p11_session_open(&token, false, &session, err));
    YX_TRY(find_cert(setup, place, &session, &cert, err));
    return yx_p11_cert(&session, cert, out, err);
}

/* --- Listing ------------------------------------------------------------------------------ */

struct listing {
    const struct yx_token_setup *setup;
    const struct yx_token_place *place;
    const struct yx_token_visitor *visitor;
    bool log_in;
};

static yx_status tell_object(const struct listing *listing, const struct yx_p11_session *session,
                             CK_OBJECT_HANDLE handle, yx_token_object_kind kind,
                             struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf label = {0};
    YX_CLEAN(yx_buf) struct yx_buf id = {0};
    YX_CLEAN(yx_buf) struct yx_buf place = {0};
    YX_CLEAN(yx_public_key) struct yx_public_key *own = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    const struct yx_public_key *key = NULL;
    struct yx_token_object object = {.kind = kind};

    YX_TRY(yx_p11_get(session, handle, CKA_LABEL, &label, err));
    YX_TRY(yx_p11_get(session, handle, CKA_ID, &id, err));
    YX_TRY(yx_p11_object_place(&session->token, listing->place, yx_buf_bytes(&label),
                               yx_buf_bytes(&id), kind == YX_TOKEN_KEY ? "private" : "cert", &place,
                               err));
    if (kind == YX_TOKEN_KEY && yx_p11_public_key(session, handle, &own, NULL) == YX_OK)
        key = own;
    if (kind == YX_TOKEN_CERT && yx_p11_cert(session, handle, &cert, NULL) == YX_OK)
        key = yx_cert_public_key(cert);
    if (!yx_utf8_valid(yx_buf_bytes(&label)))
        label.len = 0;
    if (yx_buf_append(&label, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    object.place = (const char *)place.data;
    object.label = (const char *)label.data;
    object.id = yx_buf_bytes(&id);
    object.type = yx_public_key_type(key);
    object.bits = yx_public_key_bits(key);
    object.cert = cert;
    return listing->visitor->object(listing->visitor->self, &object, err);
}

static yx_status tell_class(const struct listing *listing, const struct yx_p11_session *session,
                            CK_OBJECT_CLASS class, yx_token_object_kind kind, struct yx_error *err)
{
    YX_CLEAN(yx_p11_objects) struct yx_p11_objects found = {0};

    YX_TRY(yx_p11_find_place(session, class, listing->place, &found, err));
    for (size_t i = 0; i < found.count; i++)
        YX_TRY(tell_object(listing, session, found.handles[i], kind, err));
    return YX_OK;
}

/* Private keys are seen by the user alone; to others their public halves tell of them. */
static yx_status tell_objects(const struct listing *listing, const struct yx_p11_token *token,
                              struct yx_error *err)
{
    YX_CLEAN(yx_p11_session) struct yx_p11_session session = {0};
    YX_CLEAN(yx_buf) struct yx_buf pin = {0};

    YX_TRY(yx_p11_session_open(token, false, &session, err));
    if (listing->log_in)
        YX_TRY(yx_p11_login_user(listing->setup, listing->place, &session, &pin, err));
    YX_TRY(tell_class(listing, &session, listing->log_in ? CKO_PRIVATE_KEY : CKO_PUBLIC_KEY,
                      YX_TOKEN_KEY, err));
    return tell_class(listing, &session, CKO_CERTIFICATE, YX_TOKEN_CERT, err);
}

static yx_status tell_token(void *self, const struct yx_p11_token *token, struct yx_error *err)
{
    const struct listing *listing = self;
    YX_CLEAN(yx_buf) struct yx_buf place = {0};
    struct yx_token_info info = {
        .label = token->label,
        .manufacturer = token->manufacturer,
        .model = token->model,
        .serial = token->serial,
        .initialised = (token->flags & CKF_TOKEN_INITIALIZED) != 0,
        .user_pin_set = (token->flags & CKF_USER_PIN_INITIALIZED) != 0,
        .user_locked = (token->flags & CKF_USER_PIN_LOCKED) != 0,
        .admin_locked =
            (token->flags & CKF_SO_PIN_LOCKED) != 0 && (token->flags & CKF_TOKEN_INITIALIZED) != 0,
        .user_tries = (token->flags & CKF_USER_PIN_FINAL_TRY) != 0 ? 1 : -1,
        .admin_tries = (token->flags & CKF_SO_PIN_FINAL_TRY) != 0 ? 1 : -1,
    };

    if (put_token(&place, listing->place, token) != YX_OK ||
        yx_token_place_end(&place, listing->place) != YX_OK)
        return yx_fail_memory(err);
    info.place = (const char *)place.data;
    YX_TRY(listing->visitor->token(listing->visitor->self, &info, err));
    return info.initialised ? tell_objects(listing, token, err) : YX_OK;
}

static yx_status list(const struct yx_token_setup *setup, const struct yx_token_place *place,
                      bool log_in, const struct yx_token_visitor *visitor, struct yx_error *err)
{
    struct listing listing = {setup, place, visitor, log_in};
    CK_FUNCTION_LIST *f;

    YX_TRY(yx_p11_module(setup, place, &f, err));
    return yx_p11_each_token(f, place, tell_token, &listing, err);
}

/* --- The row ------------------------------------------------------------------------------ */

const struct yx_token_kind yx_token_pkcs11 = {
    .scheme = "pkcs11",
    .name = "PKCS#11",
    .attributes = attributes,
    .open_key = yx_p11_open_key,
    .sign = yx_p11_sign,
    .close_key = yx_p11_close_key,
    .read_cert = read_cert,
    .list = list,
    .init = yx_p11_init,
    .generate = yx_p11_generate,
    .import_key = yx_p11_import_key,
    .import_cert = yx_p11_import_cert,
    .remove = yx_p11_remove,
    .change_pin = yx_p11_change_pin,
    .unlock_pin = yx_p11_unlock_pin,
};
