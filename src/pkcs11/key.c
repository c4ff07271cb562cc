/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/key.c - an opened private key on a PKCS#11 token: found again when its session is
 * gone, and made to sign.
 */
#include <stdlib.h>
#include <unistd.h>

#include "pkcs11/room.h"

#define SIGNATURE_MAX 2048 /* twice the longest RSA modulus */

/* Everything that is needed to find the key once more. */
struct opened {
    char *place;  /* as text */
    char *module; /* of the setup; NULL: the system's */
    struct yx_buf pin;
    pid_t process; /* that the session belongs to */
    struct yx_p11_session session;
    CK_OBJECT_HANDLE key;
    bool login_each_time; /* CKA_ALWAYS_AUTHENTICATE */
};

void yx_p11_close_key(void *inside)
{
    struct opened *opened = inside;

    if (opened == NULL)
        return;
    /* The session of a parent process is not ours to close. */
    if (opened->process == getpid())
        yx_p11_session_close(&opened->session);
    yx_buf_free(&opened->pin);
    free(opened->place);
    free(opened->module);
    free(opened);
}

struct opened_key {
    struct opened *inside;
};
static void opened_key_free(const struct opened_key *key)
{
    yx_p11_close_key(key->inside);
}
YX_DEFINE_CLEAN_VALUE(opened_key, struct opened_key, opened_key_free);

/* --- Finding the key ---------------------------------------------------------------------- */

static yx_status check_type(const struct yx_token_place *place, struct yx_error *err)
{
    const char *type = yx_token_place_get(place, "type");

    YX_REQUIRE(type == NULL || strcmp(type, "private") == 0, err, YX_USAGE, "RFC 7512 2.3",
               N_("a private key is asked for, and the place says type={1}"), type);
    return YX_OK;
}

static yx_status find_key(struct opened *opened, const struct yx_token_place *place,
                          struct yx_error *err)
{
    const struct yx_p11_session *session = &opened->session;
    CK_ULONG may_sign, each_time;

    YX_TRY(yx_p11_find_one(session, CKO_PRIVATE_KEY, place, "private key", &opened->key, err));
    YX_TRY(yx_p11_get_number(session, opened->key, CKA_SIGN, CK_TRUE, &may_sign, err));
    YX_REQUIRE(may_sign != CK_FALSE, err, YX_REFUSED, "PKCS #11 v2.40 4.9, CKA_SIGN",
               N_("the key on the token {1} may not sign"), session->token.label);
    YX_TRY(yx_p11_get_number(session, opened->key, CKA_ALWAYS_AUTHENTICATE, CK_FALSE, &each_time,
                             err));
    opened->login_each_time = each_time != CK_FALSE;
    return YX_OK;
}

/* A PIN that the token does not take is not tried a second time: tries are few. */
static yx_status log_in(const struct yx_token_setup *setup, const struct yx_token_place *place,
                        struct opened *opened, struct yx_error *err)
{
    yx_status status = yx_p11_login_user(setup, place, &opened->session, &opened->pin, err);

    if (status == YX_REFUSED)
        yx_buf_free(&opened->pin);
    return status;
}

/* Session, login and key, from the beginning. */
static yx_status connect_key(const struct yx_token_setup *setup, struct opened *opened,
                             struct yx_error *err)
{
    struct yx_token_place place;
    struct yx_p11_token token;

    YX_TRY(yx_token_place_parse(&yx_token_pkcs11, opened->place, &place, err));
    YX_TRY(check_type(&place, err));
    YX_TRY(yx_p11_one_token(setup, &place, false, &token, err));
    YX_TRY(yx_p11_session_open(&token, false, &opened->session, err));
    opened->process = getpid();
    YX_TRY(log_in(setup, &place, opened, err));
    return find_key(opened, &place, err);
}

/* --- Opening ------------------------------------------------------------------------------ */

static yx_status copy_text(const char *text, char **out, struct yx_error *err)
{
    *out = text != NULL ? strdup(text) : NULL;
    return text == NULL || *out != NULL ? YX_OK : yx_fail_memory(err);
}

/* The place is kept as text: all that it says, in one form. */
static yx_status keep_place(const struct yx_token_place *place, char **out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    yx_status status = yx_token_place_begin(&text, place->kind);

    for (int query = 0; query < 2; query++)
        for (size_t i = 0; i < place->count && status == YX_OK; i++)
            if ((strchr(place->attributes[i].name, '-') != NULL &&
                 (strcmp(place->attributes[i].name, "module-path") == 0 ||
                  strcmp(place->attributes[i].name, "pin-source") == 0)) == (query == 1))
                status = yx_token_place_put(&text, place->kind, place->attributes[i].name,
                                            place->attributes[i].value);
    if (status != YX_OK || yx_buf_append(&text, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    return copy_text((const char *)text.data, out, err);
}

/* The certificates with the id of the key, as far as they are those of the key. */
static yx_status collect_certs(const struct opened *opened, struct yx_token_opened *out,
                               struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf id = {0};
    YX_CLEAN(yx_p11_objects) struct yx_p11_objects found = {0};
    struct yx_bytes wanted;

    YX_TRY(yx_p11_get(&opened->session, opened->key, CKA_ID, &id, err));
    if (id.len == 0)
        return YX_OK;
    wanted = yx_buf_bytes(&id);
    YX_TRY(yx_p11_find(&opened->session, CKO_CERTIFICATE, NULL, &wanted, &found, err));
    for (size_t i = 0; i < found.count; i++) {
        struct yx_cert *cert = NULL;

        if (yx_p11_cert(&opened->session, found.handles[i], &cert, NULL) != YX_OK)
            continue;
        if (yx_bytes_equal(yx_public_key_spki(yx_cert_public_key(cert)),
                           yx_public_key_spki(out->public_key)))
            YX_TRY(yx_token_opened_take_cert(out, cert, err));
        else
            yx_cert_free(cert);
    }
    return YX_OK;
}

yx_status yx_p11_open_key(const struct yx_token_setup *setup, const struct yx_token_place *place,
                          struct yx_token_opened *out, struct yx_error *err)
{
    YX_CLEAN(opened_key) struct opened_key key = {calloc(1, sizeof *key.inside)};

    if (key.inside == NULL)
        return yx_fail_memory(err);
    YX_TRY(keep_place(place, &key.inside->place, err));
    YX_TRY(copy_text(setup->pkcs11_module, &key.inside->module, err));
    YX_TRY(connect_key(setup, key.inside, err));
    YX_TRY(yx_p11_public_key(&key.inside->session, key.inside->key, &out->public_key, err));
    YX_TRY(collect_certs(key.inside, out, err));
    out->inside = key.inside;
    key.inside = NULL;
    return YX_OK;
}

/* --- A session that is gone --------------------------------------------------------------- */

static bool is_gone(CK_RV rv)
{
    static const CK_RV gone[] = {
        CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED,    CKR_USER_NOT_LOGGED_IN,
        CKR_DEVICE_REMOVED,         CKR_TOKEN_NOT_PRESENT, CKR_KEY_HANDLE_INVALID,
        CKR_OBJECT_HANDLE_INVALID,  CKR_SLOT_ID_INVALID,   CKR_CRYPTOKI_NOT_INITIALIZED,
    };

    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++)
        if (gone[i] == rv)
            return true;
    return false;
}

/* The one who answers to the same place must have the same key. */
static yx_status connect_again(struct opened *opened, const struct yx_public_key *public_key,
                               struct yx_error *err)
{
    const struct yx_token_setup setup = {.pkcs11_module = opened->module};
    YX_CLEAN(yx_public_key) struct yx_public_key *found = NULL;

    if (opened->process == getpid())
        yx_p11_session_close(&opened->session);
    opened->session.open = false;
    YX_TRY(connect_key(&setup, opened, err));
    YX_TRY(yx_p11_public_key(&opened->session, opened->key, &found, err));
    YX_REQUIRE(yx_bytes_equal(yx_public_key_spki(found), yx_public_key_spki(public_key)), err,
               YX_REFUSED, "", N_("the key on the token {1} is another than it was"),
               opened->session.token.label);
    return YX_OK;
}

/* --- Signing ------------------------------------------------------------------------------ */

/* A mechanism over the digest, and one that digests itself; tokens have one or both. */
struct mechanism {
    yx_signature_algorithm algorithm;
    CK_MECHANISM_TYPE over_digest; /* CK_UNAVAILABLE_INFORMATION: none */
    CK_MECHANISM_TYPE over_message;
    CK_MECHANISM_TYPE pss_digest; /* for the parameters of PSS; 0: it is not PSS */
    CK_RSA_PKCS_MGF_TYPE pss_mask;
};
#define NONE CK_UNAVAILABLE_INFORMATION

static const struct mechanism mechanisms[] = {
    {YX_SIG_RSA_SHA256, CKM_RSA_PKCS, CKM_SHA256_RSA_PKCS, 0, 0},
    {YX_SIG_RSA_SHA384, CKM_RSA_PKCS, CKM_SHA384_RSA_PKCS, 0, 0},
    {YX_SIG_RSA_SHA512, CKM_RSA_PKCS, CKM_SHA512_RSA_PKCS, 0, 0},
    {YX_SIG_RSA_PSS_SHA256, CKM_RSA_PKCS_PSS, CKM_SHA256_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA256},
    {YX_SIG_RSA_PSS_SHA384, CKM_RSA_PKCS_PSS, CKM_SHA384_RSA_PKCS_PSS, CKM_SHA384, CKG_MGF1_SHA384},
    {YX_SIG_RSA_PSS_SHA512, CKM_RSA_PKCS_PSS, CKM_SHA512_RSA_PKCS_PSS, CKM_SHA512, CKG_MGF1_SHA512},
    {YX_SIG_ECDSA_SHA256, CKM_ECDSA, CKM_ECDSA_SHA256, 0, 0},
    {YX_SIG_ECDSA_SHA384, CKM_ECDSA, CKM_ECDSA_SHA384, 0, 0},
    {YX_SIG_ECDSA_SHA512, CKM_ECDSA, CKM_ECDSA_SHA512, 0, 0},
    {YX_SIG_ED25519, NONE, CKM_EDDSA, 0, 0},
};

static bool can_sign(const struct yx_p11_token *token, CK_MECHANISM_TYPE type)
{
    CK_MECHANISM_INFO info = {0};

    return type != NONE && token->f->C_GetMechanismInfo(token->slot, type, &info) == CKR_OK &&
           (info.flags & CKF_SIGN) != 0;
}

/* SM2 has no number in PKCS #11: makers take numbers of their own, each another one. */
static yx_status choose(const struct yx_p11_token *token, yx_signature_algorithm algorithm,
                        const struct mechanism **row, CK_MECHANISM_TYPE *type, struct yx_error *err)
{
    YX_REQUIRE(algorithm != YX_SIG_SM2_SM3, err, YX_REFUSED, "PKCS #11 v2.40, mechanisms",
               N_("PKCS#11 has no mechanism for SM2; reach the token {1} through its SKF or SDF "
                  "library"),
               token->label);
    for (size_t i = 0; i < sizeof mechanisms / sizeof mechanisms[0]; i++) {
        if (mechanisms[i].algorithm != algorithm)
            continue;
        *row = &mechanisms[i];
        *type = can_sign(token, mechanisms[i].over_digest) ? mechanisms[i].over_digest
                                                           : mechanisms[i].over_message;
        if (can_sign(token, *type))
            return YX_OK;
    }
    return yx_token_fail_algorithm(err, yx_signature_name(algorithm), token->label);
}

/* DigestInfo ::= SEQUENCE { digestAlgorithm, digest OCTET STRING } (RFC 8017 9.2) */
static yx_status digest_info(yx_digest_algorithm algorithm, struct yx_bytes digest,
                             struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    size_t info = yx_der_begin(&writer, YX_DER_SEQUENCE);
    size_t identifier = yx_der_begin(&writer, YX_DER_SEQUENCE);

    yx_der_put_oid(&writer, yx_digest_oid(algorithm));
    yx_der_put(&writer, YX_DER_NULL, (struct yx_bytes){NULL, 0});
    yx_der_close(&writer, identifier);
    yx_der_put(&writer, YX_DER_OCTET_STRING, digest);
    yx_der_close(&writer, info);
    return yx_der_finish(&writer, out, err);
}

/* What the mechanism is given: the message, its digest, or the DigestInfo of PKCS#1. */
static yx_status make_input(CK_MECHANISM_TYPE type, const struct mechanism *row,
                            struct yx_bytes message, struct yx_buf *out, struct yx_error *err)
{
    yx_digest_algorithm algorithm = yx_signature_digest(row->algorithm);
    struct yx_bytes digest;
    uint8_t value[YX_DIGEST_MAX];

    if (type == row->over_message)
        return yx_buf_append(out, message) == YX_OK ? YX_OK : yx_fail_memory(err);
    YX_TRY(yx_digest(algorithm, message, value, err));
    digest = YX_BYTES(value, yx_digest_size(algorithm));
    if (type == CKM_RSA_PKCS)
        return digest_info(algorithm, digest, out, err);
    return yx_buf_append(out, digest) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* One try. What PKCS#11 says stays in `*rv`. */
static yx_status try_sign(const struct opened *opened, CK_MECHANISM *mechanism,
                          struct yx_bytes input, uint8_t *value, CK_ULONG *len, CK_RV *rv,
                          struct yx_error *err)
{
    const struct yx_p11_session *session = &opened->session;
    CK_FUNCTION_LIST *f = session->token.f;
    union { /* the library changes nothing */
        const uint8_t *octets;
        unsigned char *input;
    } borrowed = {.octets = input.data};

    *rv = f->C_SignInit(session->handle, mechanism, opened->key);
    if (*rv != CKR_OK)
        return yx_p11_fail(err, *rv, "begin a signature", session->token.label);
    if (opened->login_each_time)
        YX_TRY(yx_p11_login(session, CKU_CONTEXT_SPECIFIC, yx_buf_bytes(&opened->pin), err));
    *rv = f->C_Sign(session->handle, borrowed.input, (CK_ULONG)input.len, value, len);
    if (*rv != CKR_OK)
        return yx_p11_fail(err, *rv, "sign", session->token.label);
    return YX_OK;
}

static yx_status sign_once(const struct opened *opened, yx_signature_algorithm algorithm,
                           struct yx_bytes message, struct yx_buf *out, CK_RV *rv,
                           struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf input = {0};
    const struct mechanism *row = NULL;
    CK_RSA_PKCS_PSS_PARAMS pss;
    CK_MECHANISM mechanism = {0};
    uint8_t value[SIGNATURE_MAX];
    CK_ULONG len = sizeof value;

    *rv = CKR_OK;
    YX_TRY(choose(&opened->session.token, algorithm, &row, &mechanism.mechanism, err));
    YX_TRY(make_input(mechanism.mechanism, row, message, &input, err));
    if (row->pss_digest != 0) {
        pss = (CK_RSA_PKCS_PSS_PARAMS){row->pss_digest, row->pss_mask,
                                       yx_digest_size(yx_signature_digest(algorithm))};
        mechanism.pParameter = &pss;
        mechanism.ulParameterLen = sizeof pss;
    }
    YX_TRY(try_sign(opened, &mechanism, yx_buf_bytes(&input), value, &len, rv, err));
    YX_REQUIRE(len <= sizeof value, err, YX_DAMAGED, "PKCS #11 v2.40 5.11",
               N_("the token {1} gave a signature of no possible length"),
               opened->session.token.label);
    if (yx_signature_fits(algorithm, YX_KEY_P256))
        return yx_signature_from_raw(YX_BYTES(value, len), out, err);
    return yx_buf_append(out, YX_BYTES(value, len)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* PKCS #11 v2.40 5.4: after fork the child has to begin anew. */
yx_status yx_p11_sign(void *inside, const struct yx_public_key *public_key,
                      yx_signature_algorithm algorithm, struct yx_bytes message,
                      struct yx_buf *signature, struct yx_error *err)
{
    struct opened *opened = inside;
    yx_status status;
    CK_RV rv;

    if (opened->process != getpid() || !opened->session.open)
        YX_TRY(connect_again(opened, public_key, err));
    status = sign_once(opened, algorithm, message, signature, &rv, err);
    if (status == YX_OK || !is_gone(rv))
        return status;
    YX_TRY(connect_again(opened, public_key, err));
    return sign_once(opened, algorithm, message, signature, &rv, err);
}
