/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca/init.c - makes the folder of a new authority: its key, its certificate, its database. It is
 * built in a workshop, whole or not at all.
 */
#include "ca/room.h"

/* --- Its key and certificate ---------------------------------------------------------------- */

/* A fresh key for a file, or the one that is on a token already. */
struct key {
    struct yx_private_key *fresh;
    struct yx_token_key *token;
    struct yx_signer signer;
    const struct yx_public_key *public_key; /* of either */
};

static void key_free(struct key *key)
{
    yx_private_key_free(key->fresh);
    yx_token_key_free(key->token);
}
YX_DEFINE_CLEAN_VALUE(key, struct key, key_free);

static yx_status get_key(const struct yx_ca_init_request *request,
                         const struct yx_ca_settings *settings, struct key *out,
                         struct yx_error *err)
{
    if (settings->key[0] != '\0') {
        YX_TRY(yx_ca_open_token(settings->key, request->passphrase, &out->token, err));
        out->signer = yx_token_key_signer(out->token);
        out->public_key = yx_token_key_public(out->token);
        return YX_OK;
    }
    YX_TRY(yx_private_key_generate(request->key_type, request->rsa_bits, &out->fresh, err));
    out->signer = yx_signer_borrow_key(out->fresh);
    out->public_key = yx_private_key_public(out->fresh);
    return YX_OK;
}

static yx_status self_sign(const struct yx_ca_init_request *request, struct yx_bytes subject,
                           const struct key *key, struct yx_buf *der, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf to_be_signed = {0};
    struct yx_ca_choice choice;
    struct yx_ca_order order = {
        .profile = yx_ca_profile_find(NULL, "sub-ca"),
        .subject = subject,
        .spki = yx_public_key_spki(key->public_key),
        .days = request->days,
        .path_length = request->path_length,
        .now = yx_ca_whole_second(request->now),
        .algorithm = key->signer.algorithm,
    };

    YX_TRY(yx_ca_draw_up(&order, &choice, &to_be_signed, err));
    return yx_ca_sign(yx_buf_bytes(&to_be_signed), NULL, &key->signer, YX_BYTES("", 0), der, err);
}

static yx_status certify(const struct yx_ca_init_request *request, const struct key *key,
                         struct yx_buf *der, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    struct yx_ca_issue_request issue = {
        .spki = yx_public_key_spki(key->public_key),
        .days = request->days,
        .path_length = request->path_length < 0 ? NULL : &request->path_length,
        .now = request->now,
        .actor = request->actor,
    };

    YX_TRY(yx_name_to_der(request->name, &subject, err));
    if (request->parent == NULL)
        return self_sign(request, yx_buf_bytes(&subject), key, der, err);
    issue.profile = yx_ca_profile_find(request->parent, "sub-ca");
    issue.subject = yx_buf_bytes(&subject);
    return yx_ca_issue(request->parent, &issue, der, err);
}

/* --- All of it ------------------------------------------------------------------------------- */

static yx_status write_key(const char *folder, const struct yx_ca_init_request *request,
                           const struct key *key, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};

    if (key->fresh == NULL)
        return YX_OK;
    YX_TRY(yx_private_key_write(key->fresh, request->passphrase, &pem, err));
    return yx_ca_write(folder, "ca.key", true, yx_buf_bytes(&pem), err);
}

struct creation {
    const struct yx_ca_init_request *request;
    const char *serial;
};

static yx_status log_creation(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct creation *creation = self;
    char object[YX_CA_SERIAL_TEXT + 16];

    (void)snprintf(object, sizeof object, "authority:%s", creation->serial);
    return yx_audit_append(tx,
                           &(struct yx_audit_event){.at = yx_ca_instant(creation->request->now),
                                                    .actor = creation->request->actor,
                                                    .action = "ca.authority.create",
                                                    .object = object},
                           err);
}

/* The first record of the authority: that it was made. */
static yx_status start_store(const char *folder, const struct yx_ca_init_request *request,
                             const struct yx_ca_settings *settings, struct yx_bytes certificate,
                             struct yx_error *err)
{
    YX_CLEAN(yx_store) struct yx_store *store = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    struct creation creation = {.request = request};

    YX_TRY(yx_cert_from_der(certificate, &cert, err));
    creation.serial = yx_cert_serial(cert);
    YX_TRY(yx_ca_store_open(folder, settings, true, &store, err));
    return yx_store_write(store, log_creation, &creation, err);
}

static yx_status write_parts(const char *folder, const struct yx_ca_init_request *request,
                             const struct yx_ca_settings *settings, struct yx_bytes certificate,
                             struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};

    if (yx_pem_write("CERTIFICATE", certificate, &pem) != YX_OK ||
        (request->parent != NULL && yx_buf_append(&pem, yx_ca_chain(request->parent)) != YX_OK))
        return yx_fail_memory(err);
    if (request->settings != NULL)
        YX_TRY(yx_ca_write(folder, "ca.conf", true, YX_TEXT(request->settings), err));
    if (request->profiles.len > 0)
        YX_TRY(yx_ca_write(folder, "profiles.conf", false, request->profiles, err));
    YX_TRY(yx_ca_write(folder, "ca.pem", false, yx_buf_bytes(&pem), err));
    return start_store(folder, request, settings, certificate, err);
}

yx_status yx_ca_init(const struct yx_ca_init_request *request, struct yx_error *err)
{
    YX_CLEAN(yx_workshop) struct yx_workshop workshop = {0};
    YX_CLEAN(cfg) cfg_t *config = NULL;
    YX_CLEAN(yx_ca_profile_set) struct yx_ca_profile_set profiles = {0};
    struct yx_ca_settings settings;
    YX_CLEAN(key) struct key key = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_bytes text = request->settings == NULL ? YX_BYTES("", 0) : YX_TEXT(request->settings);

    YX_TRY(yx_ca_settings_read("ca.conf", text, &config, &settings, err));
    YX_TRY(yx_ca_profile_set_read("profiles.conf", request->profiles, &profiles, err));
    YX_TRY(yx_workshop_open(&workshop, request->folder, err));
    YX_TRY(get_key(request, &settings, &key, err));
    /* The key first: a certificate of the parent for a key that was lost is of no use. */
    YX_TRY(write_key(workshop.path, request, &key, err));
    YX_TRY(certify(request, &key, &der, err));
    YX_TRY(write_parts(workshop.path, request, &settings, yx_buf_bytes(&der), err));
    return yx_workshop_publish(&workshop, request->folder, err);
}
