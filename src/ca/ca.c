/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca/ca.c - the folder of an authority opened, its settings and profiles read, its key unlocked.
 * Making a new one is in init.c, issuing in issue.c, the database in store.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "ca/room.h"

yx_status yx_ca_path(const char *folder, const char *name, struct yx_buf *out, struct yx_error *err)
{
    bool ok = yx_buf_append_text(out, folder) == YX_OK && yx_buf_append_text(out, "/") == YX_OK &&
              yx_buf_append_text(out, name) == YX_OK &&
              yx_buf_append(out, YX_BYTES("", 1)) == YX_OK;

    return ok ? YX_OK : yx_fail_memory(err);
}

yx_status yx_ca_write(const char *folder, const char *name, bool secret, struct yx_bytes bytes,
                      struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};

    YX_TRY(yx_ca_path(folder, name, &path, err));
    return yx_file_write((const char *)path.data, secret, bytes, err);
}

static yx_status read_part(const char *folder, const char *name, struct yx_buf *out,
                           struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};

    YX_TRY(yx_ca_path(folder, name, &path, err));
    return yx_file_read((const char *)path.data, YX_CA_FILE_MAX, out, err);
}

/* --- Settings and profiles ---------------------------------------------------------------- */

/* A part of the folder that may be missing: *path is its name, *text what it holds. */
static yx_status read_optional(const struct yx_ca *ca, const char *name, struct yx_buf *path,
                               struct yx_buf *text, bool *found, struct yx_error *err)
{
    YX_TRY(yx_ca_path(ca->folder, name, path, err));
    *found = access((const char *)path->data, F_OK) == 0;
    return *found ? yx_file_read((const char *)path->data, YX_CA_FILE_MAX, text, err) : YX_OK;
}

/* A folder is called by the last part of its path. */
static yx_status name_by_folder(const char *folder, char **out, struct yx_error *err)
{
    size_t end = strlen(folder), start;

    while (end > 1 && folder[end - 1] == '/')
        end--;
    start = end;
    while (start > 0 && folder[start - 1] != '/')
        start--;
    *out = strndup(folder + start, end - start < YX_CA_NAME_MAX ? end - start : YX_CA_NAME_MAX);
    return *out == NULL ? yx_fail_memory(err) : YX_OK;
}

static yx_status read_settings(struct yx_ca *ca, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    bool found = false;

    YX_TRY(read_optional(ca, "ca.conf", &path, &text, &found, err));
    YX_TRY(yx_ca_settings_read((const char *)path.data, yx_buf_bytes(&text), &ca->config,
                               &ca->settings, err));
    if (ca->settings.name[0] == '\0')
        return name_by_folder(ca->folder, &ca->name, err);
    ca->name = strdup(ca->settings.name);
    return ca->name == NULL ? yx_fail_memory(err) : YX_OK;
}

static yx_status read_profiles(struct yx_ca *ca, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    bool found = false;

    YX_TRY(read_optional(ca, "profiles.conf", &path, &text, &found, err));
    return yx_ca_profile_set_read((const char *)path.data, yx_buf_bytes(&text), &ca->profiles, err);
}

/* --- Places of keys ------------------------------------------------------------------------- */

/* `place` of the settings, which starts at the folder, or a file that is there. */
static yx_status write_place(const char *folder, const char *place, const char *file,
                             struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};

    if (place[0] == '/' || yx_token_is_place(place))
        return yx_buf_append(out, YX_BYTES(place, strlen(place) + 1)) == YX_OK
                   ? YX_OK
                   : yx_fail_memory(err);
    YX_TRY(yx_ca_path(folder, place[0] == '\0' ? file : place, &path, err));
    if (place[0] == '\0' && access((const char *)path.data, F_OK) != 0)
        return YX_OK;
    return yx_buf_append(out, yx_buf_bytes(&path)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_ca_key_place(const char *folder, enum yx_ca_key which, struct yx_buf *out,
                          struct yx_error *err)
{
    static const char *const files[] = {"ca.key", "ocsp.key", "tsa.key", "cmp.key"};
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    YX_CLEAN(cfg) cfg_t *config = NULL;
    struct yx_ca_settings settings;

    YX_TRY(yx_ca_path(folder, "ca.conf", &path, err));
    if (access((const char *)path.data, F_OK) == 0)
        YX_TRY(yx_file_read((const char *)path.data, YX_CA_FILE_MAX, &text, err));
    YX_TRY(
        yx_ca_settings_read((const char *)path.data, yx_buf_bytes(&text), &config, &settings, err));
    const char *const places[] = {settings.key, settings.ocsp_key, settings.tsa_key, ""};
    return write_place(folder, places[which], files[which], out, err);
}

/* --- Open ---------------------------------------------------------------------------------- */

yx_status yx_ca_open(const char *folder, struct yx_ca **out, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = calloc(1, sizeof *ca);

    if (ca == NULL || (ca->folder = strdup(folder)) == NULL)
        return yx_fail_memory(err);
    YX_TRY(read_part(folder, "ca.pem", &ca->chain, err));
    YX_TRY(yx_cert_read(yx_buf_bytes(&ca->chain), &ca->certificate, err));
    YX_TRY(read_settings(ca, err));
    YX_TRY(read_profiles(ca, err));
    YX_TRY(yx_ca_store_open(folder, &ca->settings, false, &ca->store, err));
    YX_TRY(yx_ca_store_enter(ca, err));
    *out = ca;
    ca = NULL;
    return YX_OK;
}

/* --- Unlock -------------------------------------------------------------------------------- */

static yx_status check_key(const struct yx_ca *ca, const struct yx_public_key *key,
                           struct yx_error *err)
{
    struct yx_bytes certified = yx_public_key_spki(yx_cert_public_key(ca->certificate));

    YX_REQUIRE(yx_bytes_equal(yx_public_key_spki(key), certified), err, YX_DAMAGED, "",
               N_("the key of the authority is not that of the certificate in ca.pem"));
    return YX_OK;
}

static yx_status unlock_file(struct yx_ca *ca, struct yx_bytes passphrase, struct yx_error *err)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};

    YX_TRY(read_part(ca->folder, "ca.key", &file, err));
    YX_TRY(yx_private_key_read(yx_buf_bytes(&file), passphrase, &key, err));
    YX_TRY(check_key(ca, yx_private_key_public(key), err));
    yx_private_key_free(ca->key);
    ca->key = key;
    ca->signer = yx_signer_borrow_key(key);
    key = NULL;
    return YX_OK;
}

static yx_status give_pin(void *self, const struct yx_pin_question *question, struct yx_buf *pin,
                          struct yx_error *err)
{
    const struct yx_bytes *known = self;

    (void)question;
    return yx_buf_append(pin, *known) == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_ca_open_token(const char *place, struct yx_bytes pin, struct yx_token_key **out,
                           struct yx_error *err)
{
    struct yx_token_setup setup = {.pin = {give_pin, &pin}};

    return yx_token_key_open(&setup, place, out, err);
}

static yx_status unlock_token(struct yx_ca *ca, struct yx_bytes pin, struct yx_error *err)
{
    YX_CLEAN(yx_token_key) struct yx_token_key *key = NULL;

    YX_TRY(yx_ca_open_token(ca->settings.key, pin, &key, err));
    YX_TRY(check_key(ca, yx_token_key_public(key), err));
    yx_token_key_free(ca->token_key);
    ca->token_key = key;
    ca->signer = yx_token_key_signer(key);
    key = NULL;
    return YX_OK;
}

yx_status yx_ca_unlock(struct yx_ca *ca, struct yx_bytes secret, struct yx_error *err)
{
    return ca->settings.key[0] == '\0' ? unlock_file(ca, secret, err)
                                       : unlock_token(ca, secret, err);
}

yx_status yx_ca_sign_by(struct yx_ca *ca, const struct yx_signer *signer,
                        const struct yx_public_key *key, struct yx_error *err)
{
    YX_TRY(check_key(ca, key, err));
    ca->signer = *signer;
    return YX_OK;
}

static yx_status refuse_to_sign(void *self, yx_signature_algorithm algorithm,
                                struct yx_bytes message, struct yx_buf *signature,
                                struct yx_error *err)
{
    (void)self, (void)algorithm, (void)message, (void)signature;
    return yx_fail(err, YX_USAGE, "", N_("the key of the authority is locked"));
}

struct yx_signer yx_ca_signer(const struct yx_ca *ca)
{
    return ca->signer.sign == NULL ? (struct yx_signer){.sign = refuse_to_sign} : ca->signer;
}

void yx_ca_free(struct yx_ca *ca)
{
    if (ca == NULL)
        return;
    yx_store_free(ca->store);
    yx_private_key_free(ca->key);
    yx_token_key_free(ca->token_key);
    yx_cert_free(ca->certificate);
    yx_buf_free(&ca->chain);
    yx_ca_profile_set_free(&ca->profiles);
    (void)cfg_free(ca->config);
    free(ca->name);
    free(ca->folder);
    free(ca);
}

const struct yx_cert *yx_ca_certificate(const struct yx_ca *ca)
{
    return ca->certificate;
}

struct yx_bytes yx_ca_chain(const struct yx_ca *ca)
{
    return yx_buf_bytes(&ca->chain);
}

const char *yx_ca_name(const struct yx_ca *ca)
{
    return ca->name;
}

struct yx_store *yx_ca_store(const struct yx_ca *ca)
{
    return ca->store;
}

int64_t yx_ca_number(const struct yx_ca *ca)
{
    return ca->number;
}
