/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca/ceremony.c - makes the authorities and certificates of a key ceremony, one after the other, in
 * a folder that gets its name when all of them are there. The file is read by ceremony_file.c.
 */
#include <stdlib.h>
#include <unistd.h>

#include "ca/room.h"

/* --- What is under way ---------------------------------------------------------------------- */

struct making {
    struct yx_ca_ceremony *ceremony;
    const struct yx_ca_ceremony_run *run;
    const char *folder;
    struct yx_ca *opened[YX_CA_CEREMONY_MAX]; /* unlocked; of items that are authorities */
};

static void making_free(struct making *making)
{
    for (size_t i = 0; i < YX_CA_CEREMONY_MAX; i++)
        yx_ca_free(making->opened[i]);
}
YX_DEFINE_CLEAN_VALUE(making, struct making, making_free);

static struct yx_ca *issuer_of(const struct making *making, const struct yx_ca_ceremony_item *item)
{
    for (size_t i = 0; i < making->ceremony->count; i++)
        if (strcmp(making->ceremony->items[i].title, item->issuer) == 0)
            return making->opened[i];
    return NULL;
}

/* --- Authorities ---------------------------------------------------------------------------- */

/* The key's place is one more setting. */
static yx_status put_settings(const struct yx_ca_ceremony_item *item, struct yx_buf *out,
                              struct yx_error *err)
{
    yx_status status = yx_buf_append_text(out, item->settings);

    if (status == YX_OK && item->key[0] != '\0')
        status = yx_buf_printf(out, "\nkey = \"%s\"\n", item->key);
    return status == YX_OK && yx_buf_append(out, YX_BYTES("", 1)) == YX_OK ? YX_OK
                                                                           : yx_fail_memory(err);
}

static yx_status make_authority(struct making *making, size_t at, struct yx_error *err)
{
    struct yx_ca_ceremony_item *item = &making->ceremony->items[at];
    YX_CLEAN(yx_buf) struct yx_buf folder = {0};
    YX_CLEAN(yx_buf) struct yx_buf settings = {0};
    YX_CLEAN(yx_buf) struct yx_buf secret = {0};
    struct yx_ca_init_request request = {
        .name = item->name,
        .days = item->days,
        .path_length = item->path_length,
        .actor = making->run->actor,
    };

    (void)yx_ca_algorithm_find(item->algorithm, &request.key_type, &request.rsa_bits);
    YX_TRY(yx_ca_path(making->folder, item->title, &folder, err));
    YX_TRY(put_settings(item, &settings, err));
    YX_TRY(making->run->secret(making->run->self, item, &secret, err));
    request.folder = (const char *)folder.data;
    request.parent = issuer_of(making, item);
    if (settings.len > 1)
        request.settings = (const char *)settings.data;
    request.profiles = yx_buf_bytes(&item->profiles_text);
    request.passphrase = yx_buf_bytes(&secret);
    YX_TRY(yx_ca_init(&request, err));
    YX_TRY(yx_ca_open(request.folder, &making->opened[at], err));
    YX_TRY(yx_ca_unlock(making->opened[at], request.passphrase, err));
    item->certificate = yx_cert_share(making->opened[at]->certificate);
    return YX_OK;
}

/* --- Certificates ---------------------------------------------------------------------------- */

static yx_status write_part(const struct making *making, const struct yx_ca_ceremony_item *item,
                            const char *ending, bool secret, struct yx_bytes bytes,
                            struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};

    if (yx_buf_printf(&name, "%s%s", item->title, ending) != YX_OK ||
        yx_buf_append(&name, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    return yx_ca_write(making->folder, (const char *)name.data, secret, bytes, err);
}

static yx_status make_key(const struct making *making, const struct yx_ca_ceremony_item *item,
                          struct yx_bytes passphrase, struct yx_buf *spki, struct yx_error *err)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    yx_key_type type = YX_KEY_NONE;
    unsigned bits = 0;

    (void)yx_ca_algorithm_find(item->algorithm, &type, &bits);
    YX_TRY(yx_private_key_generate(type, bits, &key, err));
    YX_TRY(yx_private_key_write(key, passphrase, &pem, err));
    YX_TRY(write_part(making, item, ".key", true, yx_buf_bytes(&pem), err));
    return yx_buf_append(spki, yx_public_key_spki(yx_private_key_public(key))) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

/* From a request of somebody else, on a token, or made here. */
static yx_status get_key(const struct making *making, const struct yx_ca_ceremony_item *item,
                         struct yx_buf *spki, struct yx_error *err)
{
    YX_CLEAN(yx_token_key) struct yx_token_key *on_token = NULL;
    YX_CLEAN(yx_buf) struct yx_buf secret = {0};
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};

    if (item->request[0] != '\0') {
        YX_TRY(yx_file_read(item->request, YX_CA_FILE_MAX, &file, err));
        return yx_request_read(yx_buf_bytes(&file), &subject, spki, err);
    }
    YX_TRY(making->run->secret(making->run->self, item, &secret, err));
    if (item->key[0] == '\0')
        return make_key(making, item, yx_buf_bytes(&secret), spki, err);
    YX_TRY(yx_ca_open_token(item->key, yx_buf_bytes(&secret), &on_token, err));
    return yx_buf_append(spki, yx_public_key_spki(yx_token_key_public(on_token))) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

static yx_status make_certificate(struct making *making, struct yx_ca_ceremony_item *item,
                                  struct yx_error *err)
{
    struct yx_ca *issuer = issuer_of(making, item);
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    YX_CLEAN(yx_buf) struct yx_buf spki = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    struct yx_ca_issue_request request = {
        .profile = yx_ca_profile_find(issuer, item->profile),
        .days = item->days,
        .actor = making->run->actor,
    };

    YX_TRY(yx_name_to_der(item->name, &subject, err));
    YX_TRY(get_key(making, item, &spki, err));
    request.subject = yx_buf_bytes(&subject);
    request.spki = yx_buf_bytes(&spki);
    YX_TRY(yx_ca_issue(issuer, &request, &der, err));
    YX_TRY(yx_cert_from_der(yx_buf_bytes(&der), &item->certificate, err));
    if (yx_pem_write("CERTIFICATE", yx_buf_bytes(&der), &pem) != YX_OK ||
        yx_buf_append(&pem, yx_ca_chain(issuer)) != YX_OK)
        return yx_fail_memory(err);
    return write_part(making, item, ".pem", false, yx_buf_bytes(&pem), err);
}

/* --- All of it -------------------------------------------------------------------------------- */

static yx_status make_items(struct making *making, struct yx_error *err)
{
    struct yx_ca_ceremony *ceremony = making->ceremony;

    for (size_t i = 0; i < ceremony->count; i++)
        YX_TRY(ceremony->items[i].authority ? make_authority(making, i, err)
                                            : make_certificate(making, &ceremony->items[i], err));
    return YX_OK;
}

static yx_status write_transcript(const struct making *making, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};

    YX_TRY(yx_ca_write(making->folder, "ceremony.conf", false,
                       yx_buf_bytes(&making->ceremony->text), err));
    YX_TRY(making->run->transcript(making->run->self, making->ceremony, &text, err));
    return yx_ca_write(making->folder, "transcript.txt", false, yx_buf_bytes(&text), err);
}

static yx_status make_all(struct yx_ca_ceremony *ceremony, const struct yx_ca_ceremony_run *run,
                          const char *folder, struct yx_error *err)
{
    YX_CLEAN(making) struct making making = {.ceremony = ceremony, .run = run, .folder = folder};

    ceremony->begun = yx_now();
    YX_TRY(make_items(&making, err));
    ceremony->ended = yx_now();
    return write_transcript(&making, err);
}

yx_status yx_ca_ceremony_run(struct yx_ca_ceremony *ceremony, const struct yx_ca_ceremony_run *run,
                             struct yx_error *err)
{
    YX_CLEAN(yx_workshop) struct yx_workshop workshop = {0};

    YX_REQUIRE(ceremony->begun == 0, err, YX_USAGE, "",
               N_("a ceremony that was read is held once"));
    YX_TRY(yx_workshop_open(&workshop, run->folder, err));
    YX_TRY(make_all(ceremony, run, workshop.path, err));
    return yx_workshop_publish(&workshop, run->folder, err);
}
