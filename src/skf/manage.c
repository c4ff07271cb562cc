/* SPDX-License-Identifier: Apache-2.0 */
/* skf/manage.c - SKF devices: applications, PINs, containers, keys and certificates made. */
#include "skf/room.h"

/* Ten wrong PINs lock it: the rules of the Beijing association bureau, art. 12; pin-tries= sets
 * another number. */
#define TRIES_USUAL 10
#define TRIES_MAX 15
/* What makers leave in new devices; auth-source= names a file with another. */
#define AUTH_KEY_USUAL "1234567812345678"

/* PINs have no NUL inside: libraries take texts. */
static yx_status ask_pin(const struct yx_token_setup *setup, const struct yx_token_place *place,
                         yx_pin_role role, const char *name, int tries, struct yx_buf *pin,
                         struct yx_error *err)
{
    YX_TRY(yx_token_pin(setup, place, role, name, tries, pin, err));
    YX_REQUIRE(memchr(pin->data, 0, pin->len) == NULL, err, YX_USAGE, "GM/T 0016, PIN",
               N_("the PIN has a NUL inside"));
    return yx_buf_append(pin, YX_BYTES("", 1)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* --- Making an application ---------------------------------------------------------------- */

static yx_status read_auth_key(const struct yx_token_place *place, uint8_t out[SKF_AUTH_KEY],
                               struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    const char *source = yx_token_place_get(place, "auth-source");

    memcpy(out, AUTH_KEY_USUAL, SKF_AUTH_KEY);
    if (source == NULL)
        return YX_OK;
    if (strncmp(source, "file:", 5) == 0)
        source += 5;
    YX_TRY(yx_file_read(source, 1024, &file, err));
    while (file.len > SKF_AUTH_KEY &&
           (file.data[file.len - 1] == '\n' || file.data[file.len - 1] == '\r'))
        file.len--;
    YX_REQUIRE(file.len == SKF_AUTH_KEY, err, YX_USAGE, "GM/T 0016, SKF_DevAuth",
               N_("the authentication key of a device has 16 octets; {1} holds {2}"), source,
               YX_NUM(file.len));
    memcpy(out, file.data, SKF_AUTH_KEY);
    return YX_OK;
}

/* The answer to the device's random number: that, with zeros behind it, under the key. */
static yx_status authenticate(const struct yx_token_place *place,
                              const struct yx_skf_session *session, struct yx_error *err)
{
    static const uint8_t zero[YX_SM4_BLOCK];
    YX_CLEAN(yx_buf) struct yx_buf answer = {0};
    uint8_t key[SKF_AUTH_KEY], block[YX_SM4_BLOCK] = {0};
    yx_status status;

    YX_SKF_TRY(&session->skf, session->target.device, GenRandom, session->device, block,
               SKF_AUTH_RANDOM);
    YX_TRY(read_auth_key(place, key, err));
    /* One block of CBC that starts from zero is one of ECB; the padding behind it is left away. */
    status = yx_sm4_cbc(true, key, zero, YX_BYTES(block, sizeof block), &answer, err);
    yx_wipe(key, sizeof key);
    YX_TRY(status);
    YX_SKF_TRY(&session->skf, session->target.device, DevAuth, session->device, answer.data,
               YX_SM4_BLOCK);
    return YX_OK;
}

static bool lists(const struct yx_buf *list, const char *name)
{
    const char *item;
    size_t at = 0;

    while ((item = yx_skf_next(list, &at)) != NULL)
        if (strcmp(item, name) == 0)
            return true;
    return false;
}

/* Takes an application of the name away, if there is one and it may go. */
static yx_status make_way(const struct yx_skf_session *session, char *name, bool erase,
                          struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf list = {0};

    YX_TRY(yx_skf_read(&session->skf, session->device, yx_skf_applications,
                       "GM/T 0016, SKF_EnumApplication", session->target.device, &list, err));
    if (!lists(&list, name))
        return YX_OK;
    YX_REQUIRE(erase, err, YX_REFUSED, "",
               N_("the device has an application {1} already; all that is in it would be lost"),
               name);
    YX_SKF_TRY(&session->skf, session->target.device, DeleteApplication, session->device, name);
    return YX_OK;
}

/* The application takes the place's name for it, or the label. */
yx_status yx_skf_init(const struct yx_token_setup *setup, const struct yx_token_place *place,
                      const char *label, bool erase, struct yx_error *err)
{
    YX_CLEAN(yx_skf_session) struct yx_skf_session session = {0};
    YX_CLEAN(yx_buf) struct yx_buf admin_pin = {0};
    YX_CLEAN(yx_buf) struct yx_buf user_pin = {0};
    const char *wanted = yx_token_place_get(place, "application");
    char name[YX_SKF_NAME], device_label[32];
    int64_t tries = TRIES_USUAL;

    YX_TRY(yx_token_place_number(place, "pin-tries", 1, TRIES_MAX, &tries, err));
    (void)snprintf(name, sizeof name, "%s", wanted != NULL ? wanted : label);
    YX_TRY(yx_skf_open_one(setup, place, YX_SKF_DEVICE, &session, err));
    YX_TRY(authenticate(place, &session, err));
    YX_TRY(make_way(&session, name, erase, err));
    YX_TRY(ask_pin(setup, place, YX_PIN_NEW_ADMIN, name, -1, &admin_pin, err));
    YX_TRY(ask_pin(setup, place, YX_PIN_NEW_USER, name, -1, &user_pin, err));
    YX_SKF_TRY(&session.skf, session.target.device, CreateApplication, session.device, name,
               (char *)admin_pin.data, (ULONG)tries, (char *)user_pin.data, (ULONG)tries,
               SKF_RIGHT_USER, &session.application);
    /* The label is a kindness; not all devices can keep it. */
    (void)snprintf(device_label, sizeof device_label, "%.31s", label);
    if (session.skf.SetLabel != NULL)
        (void)session.skf.SetLabel(session.device, device_label);
    return YX_OK;
}

/* --- PINs --------------------------------------------------------------------------------- */

/* What a failed call says, with the tries that are left. */
static yx_status check_pin(const struct yx_skf_session *session, ULONG kind, ULONG code,
                           const char *rule, struct yx_error *err)
{
    bool initial;
    int tries = code == SAR_PIN_INCORRECT ? yx_skf_tries(session, kind, &initial) : -1;

    YX_REQUIRE(code != SAR_PIN_LOCKED || kind == SKF_PIN_USER, err, YX_REFUSED, rule,
               N_("the PIN of the administrator of {1} is locked; only initialising it anew helps, "
                  "and all that is in it is lost"),
               session->target.application);
    return yx_skf_check(code, rule, session->target.application, tries, err);
}

yx_status yx_skf_change_pin(const struct yx_token_setup *setup, const struct yx_token_place *place,
                            bool admin, struct yx_error *err)
{
    YX_CLEAN(yx_skf_session) struct yx_skf_session session = {0};
    YX_CLEAN(yx_buf) struct yx_buf old_pin = {0};
    YX_CLEAN(yx_buf) struct yx_buf new_pin = {0};
    const ULONG kind = admin ? SKF_PIN_ADMIN : SKF_PIN_USER;
    union yx_skf_number left = {.room = 0};
    bool initial;
    int tries;

    YX_TRY(yx_skf_open_one(setup, place, YX_SKF_APPLICATION, &session, err));
    if (session.skf.ChangePIN == NULL)
        return yx_skf_lacks("GM/T 0016, SKF_ChangePIN", err);
    tries = yx_skf_tries(&session, kind, &initial);
    YX_TRY(ask_pin(setup, place, admin ? YX_PIN_ADMIN : YX_PIN_USER, session.target.application,
                   tries, &old_pin, err));
    YX_TRY(ask_pin(setup, place, admin ? YX_PIN_NEW_ADMIN : YX_PIN_NEW_USER,
                   session.target.application, -1, &new_pin, err));
    return check_pin(&session, kind,
                     session.skf.ChangePIN(session.application, kind, (char *)old_pin.data,
                                           (char *)new_pin.data, &left.value),
                     "GM/T 0016, SKF_ChangePIN", err);
}

yx_status yx_skf_unlock_pin(const struct yx_token_setup *setup, const struct yx_token_place *place,
                            struct yx_error *err)
{
    YX_CLEAN(yx_skf_session) struct yx_skf_session session = {0};
    YX_CLEAN(yx_buf) struct yx_buf admin_pin = {0};
    YX_CLEAN(yx_buf) struct yx_buf new_pin = {0};
    union yx_skf_number left = {.room = 0};
    bool initial;
    int tries;

    YX_TRY(yx_skf_open_one(setup, place, YX_SKF_APPLICATION, &session, err));
    if (session.skf.UnblockPIN == NULL)
        return yx_skf_lacks("GM/T 0016, SKF_UnblockPIN", err);
    tries = yx_skf_tries(&session, SKF_PIN_ADMIN, &initial);
    YX_TRY(ask_pin(setup, place, YX_PIN_ADMIN, session.target.application, tries, &admin_pin, err));
    YX_TRY(ask_pin(setup, place, YX_PIN_NEW_USER, session.target.application, -1, &new_pin, err));
    return check_pin(&session, SKF_PIN_ADMIN,
                     session.skf.UnblockPIN(session.application, (char *)admin_pin.data,
                                            (char *)new_pin.data, &left.value),
                     "GM/T 0016, SKF_UnblockPIN", err);
}

/* --- Containers --------------------------------------------------------------------------- */

/* Logs in and opens the container of the name, which is made when it is not there. */
static yx_status open_container(const struct yx_token_setup *setup,
                                const struct yx_token_place *place, const char *name,
                                struct yx_skf_session *session, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf list = {0};
    YX_CLEAN(yx_buf) struct yx_buf pin = {0};
    char *container = session->target.container;

    (void)snprintf(container, YX_SKF_NAME, "%s", name);
    YX_TRY(yx_skf_login(setup, place, session, &pin, err));
    YX_TRY(yx_skf_read(&session->skf, session->application, yx_skf_containers,
                       "GM/T 0016, SKF_EnumContainer", session->target.device, &list, err));
    if (lists(&list, container))
        YX_SKF_TRY(&session->skf, session->target.device, OpenContainer, session->application,
                   container, &session->container);
    else
        YX_SKF_TRY(&session->skf, session->target.device, CreateContainer, session->application,
                   container, &session->container);
    return YX_OK;
}

/* The place may name a container that is not there yet, so the search stops above it. */
static yx_status open_for_key(const struct yx_token_setup *setup,
                              const struct yx_token_place *place, const char *label,
                              struct yx_skf_session *session, struct yx_error *err)
{
    const char *wanted = yx_token_place_get(place, "container");

    YX_TRY(yx_skf_open_one(setup, place, YX_SKF_APPLICATION, session, err));
    return open_container(setup, place, wanted != NULL ? wanted : label, session, err);
}

yx_status yx_skf_generate(const struct yx_token_setup *setup, const struct yx_token_place *place,
                          const struct yx_token_new_key *request, struct yx_public_key **out,
                          struct yx_buf *place_made, struct yx_error *err)
{
    YX_CLEAN(yx_skf_session) struct yx_skf_session session = {0};
    YX_CLEAN(yx_public_key) struct yx_public_key *present = NULL;
    union {
        ECCPUBLICKEYBLOB blob;
        uint8_t room[256];
    } made;
    bool sign;

    YX_REQUIRE(request->type == YX_KEY_SM2, err, YX_REFUSED, "GM/T 0016, SKF_GenECCKeyPair",
               N_("SM2 keys alone are made through this interface"));
    YX_TRY(yx_token_place_usage(place, &sign, err));
    YX_REQUIRE(sign, err, YX_REFUSED, "GM/T 0034, two key pairs",
               N_("the key to encrypt with is made by the key centre, and comes in an envelope"));
    YX_TRY(open_for_key(setup, place, request->label, &session, err));
    YX_REQUIRE(yx_skf_public_key(&session, true, &present, NULL) != YX_OK, err, YX_REFUSED, "",
               N_("the container {1} has a key already, which would be lost"),
               session.target.container);
    memset(&made, 0, sizeof made);
    YX_SKF_TRY(&session.skf, session.target.device, GenECCKeyPair, session.container, SGD_SM2_1,
               &made.blob);
    YX_TRY(yx_skf_public_key(&session, true, out, err));
    return yx_skf_place(place, &session.target, NULL, place_made, err);
}

/* The layout of the library's own structures is known by how long its public keys are. */
static yx_status ulong_of(const struct yx_skf_session *session, size_t *out, struct yx_error *err)
{
    union yx_skf_number size = {.room = 0};

    YX_REQUIRE(session->skf.ExportPublicKey(session->container, 1, NULL, &size.value) == SAR_OK,
               err, YX_REFUSED, "GM/T 0016, SKF_ImportECCKeyPair",
               N_("the container {1} has no key to sign with, which the envelope is made for"),
               session->target.container);
    *out = size.value == sizeof(ECCPUBLICKEYBLOB) + 4 ? 8 : 4;
    return YX_OK;
}

static yx_status put_envelope(const struct yx_skf_session *session, struct yx_bytes der,
                              struct yx_error *err)
{
    /* The blob holds nothing secret: the key inside is encrypted. Its alignment is that of malloc.
     */
    YX_CLEAN(yx_buf) struct yx_buf blob = {0};
    size_t ulong;

    YX_TRY(ulong_of(session, &ulong, err));
    YX_TRY(yx_skf_envelope(der, ulong, &blob, err));
    YX_SKF_TRY(&session->skf, session->target.device, ImportECCKeyPair, session->container,
               (void *)blob.data);
    return YX_OK;
}

yx_status yx_skf_import_envelope(const struct yx_token_setup *setup,
                                 const struct yx_token_place *place, struct yx_bytes der,
                                 struct yx_error *err)
{
    YX_CLEAN(yx_skf_session) struct yx_skf_session session = {0};
    YX_CLEAN(yx_buf) struct yx_buf pin = {0};

    YX_TRY(yx_skf_open_one(setup, place, YX_SKF_CONTAINER, &session, err));
    YX_TRY(yx_skf_login(setup, place, &session, &pin, err));
    return put_envelope(&session, der, err);
}

yx_status yx_skf_import_key(const struct yx_token_setup *setup, const struct yx_token_place *place,
                            const struct yx_token_new_key *request,
                            const struct yx_private_key *key, struct yx_buf *place_made,
                            struct yx_error *err)
{
    YX_CLEAN(yx_skf_session) struct yx_skf_session session = {0};
    YX_CLEAN(yx_public_key) struct yx_public_key *holder = NULL;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    bool sign;

    YX_TRY(yx_token_place_usage(place, &sign, err));
    YX_REQUIRE(!sign, err, YX_REFUSED, "GM/T 0016, SKF_GenECCKeyPair",
               N_("a key to sign with is made inside the device and never comes from outside; a "
                  "key to encrypt with does: usage=encrypt"));
    YX_TRY(open_for_key(setup, place, request->label, &session, err));
    YX_TRY(yx_skf_public_key(&session, true, &holder, err));
    YX_TRY(yx_sm2_envelope_make(key, holder, &der, err));
    YX_TRY(put_envelope(&session, yx_buf_bytes(&der), err));
    return yx_skf_place(place, &session.target, "encrypt", place_made, err);
}

static bool is_key_of(const struct yx_skf_session *session, bool sign, const struct yx_cert *cert)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;

    return yx_skf_public_key(session, sign, &key, NULL) == YX_OK &&
           yx_bytes_equal(yx_public_key_spki(key), yx_public_key_spki(yx_cert_public_key(cert)));
}

yx_status yx_skf_import_cert(const struct yx_token_setup *setup, const struct yx_token_place *place,
                             const struct yx_cert *cert, struct yx_error *err)
{
    YX_CLEAN(yx_skf_session) struct yx_skf_session session = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_buf) struct yx_buf pin = {0};
    bool sign;

    YX_TRY(yx_skf_open_one(setup, place, YX_SKF_CONTAINER, &session, err));
    sign = is_key_of(&session, true, cert);
    YX_REQUIRE(sign || is_key_of(&session, false, cert), err, YX_REFUSED, "",
               N_("the container {1} has no key that this certificate is for"),
               session.target.container);
    YX_TRY(yx_skf_login(setup, place, &session, &pin, err));
    if (yx_buf_append(&der, yx_cert_der(cert)) != YX_OK)
        return yx_fail_memory(err);
    YX_SKF_TRY(&session.skf, session.target.device, ImportCertificate, session.container, sign,
               der.data, (ULONG)der.len);
    return YX_OK;
}

/* A container goes as a whole: the interface can take away neither key nor certificate alone. */
yx_status yx_skf_remove(const struct yx_token_setup *setup, const struct yx_token_place *place,
                        struct yx_error *err)
{
    YX_CLEAN(yx_skf_session) struct yx_skf_session session = {0};
    YX_CLEAN(yx_buf) struct yx_buf pin = {0};

    YX_REQUIRE(yx_token_place_get(place, "container") != NULL, err, YX_USAGE, "",
               N_("the place must name the container that is to be deleted, with both keys"));
    YX_TRY(yx_skf_open_one(setup, place, YX_SKF_CONTAINER, &session, err));
    YX_TRY(yx_skf_login(setup, place, &session, &pin, err));
    (void)session.skf.CloseContainer(session.container);
    session.container = NULL;
    YX_SKF_TRY(&session.skf, session.target.device, DeleteContainer, session.application,
               session.target.container);
    return YX_OK;
}
