/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skf/skf.c - the kind "skf": USB keys by the libraries of their makers, with the interface of
 * GM/T 0016. Lists and certificates; keys are in key.c, what changes a device in manage.c.
 */
#include "skf/room.h"

static const struct yx_place_attribute attributes[] = {
    {"device", false, false},      {"serial", false, false},    {"label", false, false},
    {"application", false, false}, {"container", false, false}, {"usage", false, false},
    {"module-path", true, false},  {"pin-source", true, false}, {"pin-tries", true, false},
    {"auth-source", true, false},  {NULL, false, false},
};

static yx_status read_cert(const struct yx_token_setup *setup, const struct yx_token_place *place,
                           struct yx_cert **out, struct yx_error *err)
{
    YX_CLEAN(yx_skf_session) struct yx_skf_session session = {0};
    bool sign;

    YX_TRY(yx_token_place_usage(place, &sign, err));
    YX_TRY(yx_skf_open_one(setup, place, YX_SKF_CONTAINER, &session, err));
    YX_TRY(yx_skf_cert(&session, sign, out, err));
    if (*out == NULL)
        return yx_token_fail_no_object(err, "certificate", session.target.container);
    return YX_OK;
}

/* --- Lists -------------------------------------------------------------------------------- */

struct listing {
    const struct yx_token_place *place;
    const struct yx_token_visitor *visitor;
};

static yx_status tell_object(const struct listing *listing, const struct yx_skf_session *session,
                             bool sign, yx_token_object_kind kind, struct yx_error *err)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *own = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    YX_CLEAN(yx_buf) struct yx_buf place = {0};
    const struct yx_public_key *key;
    struct yx_token_object object = {.kind = kind, .label = session->target.container};

    /* What cannot be read is not there; a container needs not have all four. */
    if (kind == YX_TOKEN_KEY)
        (void)yx_skf_public_key(session, sign, &own, NULL);
    else
        (void)yx_skf_cert(session, sign, &cert, NULL);
    key = kind == YX_TOKEN_KEY ? own : cert != NULL ? yx_cert_public_key(cert) : NULL;
    if (own == NULL && cert == NULL)
        return YX_OK;
    YX_TRY(yx_skf_place(listing->place, &session->target, sign ? NULL : "encrypt", &place, err));
    object.place = (const char *)place.data;
    object.type = yx_public_key_type(key);
    object.bits = yx_public_key_bits(key);
    object.cert = cert;
    return listing->visitor->object(listing->visitor->self, &object, err);
}

static yx_status tell_container(const struct listing *listing, const struct yx_skf *skf,
                                const struct yx_skf_target *target, struct yx_error *err)
{
    YX_CLEAN(yx_skf_session) struct yx_skf_session session = {0};

    YX_TRY(yx_skf_connect(skf, target, YX_SKF_CONTAINER, &session, err));
    YX_TRY(tell_object(listing, &session, true, YX_TOKEN_KEY, err));
    YX_TRY(tell_object(listing, &session, true, YX_TOKEN_CERT, err));
    YX_TRY(tell_object(listing, &session, false, YX_TOKEN_KEY, err));
    return tell_object(listing, &session, false, YX_TOKEN_CERT, err);
}

/* A token is an application, or a device that has none yet. */
static yx_status tell_token(const struct listing *listing, const struct yx_skf *skf,
                            const struct yx_skf_target *target, struct yx_error *err)
{
    YX_CLEAN(yx_skf_session) struct yx_skf_session session = {0};
    YX_CLEAN(yx_buf) struct yx_buf place = {0};
    bool made = target->application[0] != '\0', admin_initial;
    struct yx_token_info info = {
        .label = made ? target->application : target->label,
        .manufacturer = target->manufacturer,
        .model = target->device,
        .serial = target->serial,
        .initialised = made,
        .user_pin_set = made,
        .user_tries = -1,
        .admin_tries = -1,
    };

    YX_TRY(yx_skf_place(listing->place, target, NULL, &place, err));
    info.place = (const char *)place.data;
    if (made) {
        YX_TRY(yx_skf_connect(skf, target, YX_SKF_APPLICATION, &session, err));
        info.user_tries = yx_skf_tries(&session, SKF_PIN_USER, &info.user_pin_initial);
        info.admin_tries = yx_skf_tries(&session, SKF_PIN_ADMIN, &admin_initial);
        info.user_locked = info.user_tries == 0;
        info.admin_locked = info.admin_tries == 0;
    }
    return listing->visitor->token(listing->visitor->self, &info, err);
}

static bool in_token(const struct yx_skf_target *container, const struct yx_skf_target *token)
{
    return strcmp(container->device, token->device) == 0 &&
           strcmp(container->application, token->application) == 0;
}

/* Public keys and certificates are open to everybody, so that nobody needs to log in. */
static yx_status list(const struct yx_token_setup *setup, const struct yx_token_place *place,
                      bool log_in, const struct yx_token_visitor *visitor, struct yx_error *err)
{
    const struct listing listing = {place, visitor};
    YX_CLEAN(yx_skf_targets) struct yx_skf_targets tokens = {0};
    YX_CLEAN(yx_skf_targets) struct yx_skf_targets containers = {0};
    struct yx_skf skf;

    (void)log_in;
    YX_TRY(yx_skf_library(setup, place, &skf, err));
    YX_TRY(yx_skf_find(&skf, place, YX_SKF_APPLICATION, true, &tokens, err));
    YX_TRY(yx_skf_find(&skf, place, YX_SKF_CONTAINER, false, &containers, err));
    for (size_t i = 0; i < tokens.count; i++) {
        YX_TRY(tell_token(&listing, &skf, &tokens.items[i], err));
        for (size_t j = 0; j < containers.count; j++)
            if (in_token(&containers.items[j], &tokens.items[i]))
                YX_TRY(tell_container(&listing, &skf, &containers.items[j], err));
    }
    return YX_OK;
}

/* --- The row ------------------------------------------------------------------------------ */

const struct yx_token_kind yx_token_skf = {
    .scheme = "skf",
    .name = "SKF",
    .attributes = attributes,
    .open_key = yx_skf_open_key,
    .sign = yx_skf_sign,
    .close_key = yx_skf_close_key,
    .read_cert = read_cert,
    .list = list,
    .init = yx_skf_init,
    .generate = yx_skf_generate,
    .import_key = yx_skf_import_key,
    .import_envelope = yx_skf_import_envelope,
    .import_cert = yx_skf_import_cert,
    .remove = yx_skf_remove,
    .change_pin = yx_skf_change_pin,
    .unlock_pin = yx_skf_unlock_pin,
};
