/* SPDX-License-Identifier: Apache-2.0 */
/* web/mounted.c - the authorities of a data folder: opened, their keys asked of the keeper,
 * their routes and threads. */
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "web/mounted.h"

#define PATH_SIZE 4096
#define FILE_MAX_SIZE (1024u * 1024)
#define CHAIN_MAX 8

/* Somebody who signs for an authority: the first certificate is his. */
struct helper {
    struct yx_keeper_key *key; /* NULL: there is none */
    struct yx_cert *certs[CHAIN_MAX];
    size_t count;
};

struct one {
    char folder[PATH_SIZE], database[PATH_SIZE], people[PATH_SIZE];
    char prefix[96];
    struct yx_keeper_key *key;
    struct yx_ca *ca;
    struct helper ocsp, tsa, cmp;
    struct yx_authority *authority;
    struct yx_enrolment *enrolment;
    struct yx_audit_signer log;
    struct yx_audit_sequencer *sequencer;
};

struct yx_mounted {
    struct yx_keeper *keeper;
    struct one **items;
    size_t count;
};

/* --- Helpers ---------------------------------------------------------------------------------- */

static void helper_free(struct helper *helper)
{
    for (size_t i = 0; i < helper->count; i++)
        yx_cert_free(helper->certs[i]);
    yx_keeper_key_free(helper->key);
}

static yx_status read_certificates(const char *path, struct helper *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct yx_bytes rest;
    bool found = true;

    YX_TRY(yx_file_read(path, FILE_MAX_SIZE, &file, err));
    rest = yx_buf_bytes(&file);
    while (out->count < CHAIN_MAX) {
        YX_CLEAN(yx_buf) struct yx_buf der = {0};

        YX_TRY(yx_pem_next(&rest, "CERTIFICATE", &der, &found, err));
        if (!found)
            break;
        YX_TRY(yx_cert_read(yx_buf_bytes(&der), &out->certs[out->count], err));
        out->count++;
    }
    YX_REQUIRE(out->count > 0, err, YX_DAMAGED, "", N_("{1} holds no certificate"), path);
    return YX_OK;
}

/* A certificate that the settings name, or FOLDER/NAME.pem when it is there; its key is the
 * keeper's. */
static yx_status open_helper(struct yx_mounted *mounted, const struct one *one, const char *place,
                             const char *name, struct helper *out, struct yx_error *err)
{
    const char *folder_name = strrchr(one->folder, '/') + 1;
    char path[PATH_SIZE + 256], key[512], file[32];

    (void)snprintf(file, sizeof file, "%s.pem", name);
    (void)snprintf(path, sizeof path, "%s%s%s", place[0] == '/' ? "" : one->folder,
                   place[0] == '/' ? "" : "/", place[0] == '\0' ? file : place);
    if (place[0] == '\0' && access(path, F_OK) != 0)
        return YX_OK;
    (void)snprintf(key, sizeof key, "ca/%s/%s", folder_name, name);
    YX_TRY(read_certificates(path, out, err));
    YX_TRY(yx_keeper_key(mounted->keeper, key, &out->key, err));
    YX_REQUIRE(yx_bytes_equal(yx_public_key_spki(yx_keeper_key_public(out->key)),
                              yx_public_key_spki(yx_cert_public_key(out->certs[0]))),
               err, YX_DAMAGED, "", N_("the key {1} is not that of the certificate in {2}"), key,
               path);
    return YX_OK;
}

/* --- One authority ---------------------------------------------------------------------------- */

static void one_free(struct one *one)
{
    if (one == NULL)
        return;
    yx_audit_sequencer_free(one->sequencer);
    yx_enrolment_free(one->enrolment);
    yx_authority_free(one->authority);
    helper_free(&one->ocsp);
    helper_free(&one->tsa);
    helper_free(&one->cmp);
    yx_ca_free(one->ca);
    yx_keeper_key_free(one->key);
    free(one);
}
YX_DEFINE_CLEAN(one, struct one *, one_free);

static yx_status open_ca(struct yx_mounted *mounted, struct one *one, const char *name,
                         struct yx_error *err)
{
    struct yx_signer signer;
    char key[512];

    (void)snprintf(key, sizeof key, "ca/%s", name);
    YX_TRY(yx_ca_open(one->folder, &one->ca, err));
    YX_TRY(yx_keeper_key(mounted->keeper, key, &one->key, err));
    signer = yx_keeper_signer(one->key);
    YX_TRY(yx_ca_sign_by(one->ca, &signer, yx_keeper_key_public(one->key), err));
    if (yx_ca_settings(one->ca)->database[0] == '\0')
        (void)snprintf(one->database, sizeof one->database, "%.4000s/ca.db", one->folder);
    for (size_t i = 0; i < mounted->count; i++)
        YX_REQUIRE(strcmp(yx_ca_name(one->ca), yx_ca_name(mounted->items[i]->ca)) != 0, err,
                   YX_USAGE, "", N_("two authorities are called {1}: set another name in ca.conf"),
                   yx_ca_name(one->ca));
    return YX_OK;
}

static yx_status open_authority(struct yx_mounted *mounted, struct one *one, struct yx_error *err)
{
    const struct yx_ca_settings *settings = yx_ca_settings(one->ca);
    struct yx_authority_helpers helpers = {0};

    YX_TRY(open_helper(mounted, one, settings->ocsp_cert, "ocsp", &one->ocsp, err));
    YX_TRY(open_helper(mounted, one, settings->tsa_cert, "tsa", &one->tsa, err));
    if (one->ocsp.key != NULL) {
        helpers.ocsp_cert = one->ocsp.certs[0];
        helpers.ocsp_signer = yx_keeper_signer(one->ocsp.key);
    }
    if (one->tsa.key != NULL) {
        helpers.tsa_cert = one->tsa.certs[0];
        helpers.tsa_chain = (const struct yx_cert *const *)one->tsa.certs + 1;
        helpers.tsa_chain_count = one->tsa.count - 1;
        helpers.tsa_signer = yx_keeper_signer(one->tsa.key);
    }
    return yx_authority_new(one->ca, &helpers, &one->authority, err);
}

/* FOLDER/enrol.conf says who may ask for certificates; without it nobody. */
static yx_status open_enrolment(struct yx_mounted *mounted, struct one *one, struct yx_error *err)
{
    struct yx_enrolment_settings settings = {
        .prefix = one->prefix, .people = one->people, .est = true};

    (void)snprintf(one->people, sizeof one->people, "%.4000s/enrol.conf", one->folder);
    (void)snprintf(one->prefix, sizeof one->prefix, "/%s", yx_ca_name(one->ca));
    if (access(one->people, F_OK) != 0)
        return YX_OK;
    YX_TRY(open_helper(mounted, one, "", "cmp", &one->cmp, err));
    if (one->cmp.key != NULL) {
        settings.cmp.cert = one->cmp.certs[0];
        settings.cmp.signer = yx_keeper_signer(one->cmp.key);
    }
    return yx_enrolment_new(one->ca, &settings, &one->enrolment, err);
}

static yx_status open_one(struct yx_mounted *mounted, const char *folder, const char *name,
                          struct one **out, struct yx_error *err)
{
    YX_CLEAN(one) struct one *one = calloc(1, sizeof *one);

    if (one == NULL)
        return yx_fail_memory(err);
    (void)snprintf(one->folder, sizeof one->folder, "%.3000s/ca/%.255s", folder, name);
    YX_TRY(open_ca(mounted, one, name, err));
    YX_TRY(open_authority(mounted, one, err));
    YX_TRY(open_enrolment(mounted, one, err));
    *out = one;
    one = NULL;
    return YX_OK;
}

/* --- All of them ------------------------------------------------------------------------------ */

static yx_status add(struct yx_mounted *mounted, const char *folder, const char *name,
                     struct yx_error *err)
{
    struct one **grown = reallocarray(mounted->items, mounted->count + 1, sizeof(struct one *));
    struct yx_error failure;

    if (grown == NULL)
        return yx_fail_memory(err);
    mounted->items = grown;
    if (open_one(mounted, folder, name, &mounted->items[mounted->count], &failure) == YX_OK)
        mounted->count++;
    else
        yx_tell(name, &failure);
    return YX_OK;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

yx_status yx_mounted_open(const char *folder, struct yx_keeper *keeper, struct yx_mounted **out,
                          struct yx_error *err)
{
    YX_CLEAN(yx_mounted) struct yx_mounted *mounted = calloc(1, sizeof *mounted);
    struct dirent **names = NULL;
    yx_status status = YX_OK;
    char path[PATH_SIZE];
    int count;

    if (mounted == NULL)
        return yx_fail_memory(err);
    mounted->keeper = keeper;
    (void)snprintf(path, sizeof path, "%s/ca", folder);
    count = scandir(path, &names, is_visible, alphasort);
    for (int i = 0; i < count; i++) {
        if (status == YX_OK)
            status = add(mounted, folder, names[i]->d_name, err);
        free(names[i]);
    }
    free(names);
    YX_TRY(status);
    *out = mounted;
    mounted = NULL;
    return YX_OK;
}

size_t yx_mounted_count(const struct yx_mounted *mounted)
{
    return mounted->count;
}

struct yx_ca *yx_mounted_authority(const struct yx_mounted *mounted, size_t index)
{
    return mounted->items[index]->ca;
}

const char *yx_mounted_database(const struct yx_mounted *mounted, size_t index)
{
    return mounted->items[index]->database;
}

size_t yx_mounted_routes(struct yx_mounted *mounted, struct yx_http_route *out)
{
    size_t count = 0;

    for (size_t i = 0; i < mounted->count; i++) {
        count += yx_authority_routes(mounted->items[i]->authority, out + count);
        if (mounted->items[i]->enrolment != NULL)
            count += yx_enrolment_routes(mounted->items[i]->enrolment, out + count);
    }
    return count;
}

static yx_status start_log(struct one *one, const struct yx_audit_signer *log, struct yx_error *err)
{
    if (one->database[0] == '\0')
        return YX_OK;
    one->log = *log;
    one->log.name = yx_ca_name(one->ca);
    return yx_audit_sequencer_start(yx_ca_store(one->ca), &one->log, 0, &one->sequencer, err);
}

yx_status yx_mounted_start(struct yx_mounted *mounted, const struct yx_audit_signer *log,
                           struct yx_error *err)
{
    for (size_t i = 0; i < mounted->count; i++) {
        YX_TRY(start_log(mounted->items[i], log, err));
        YX_TRY(yx_authority_start(mounted->items[i]->authority, err));
        if (mounted->items[i]->enrolment != NULL)
            YX_TRY(yx_enrolment_start(mounted->items[i]->enrolment, err));
    }
    return YX_OK;
}

void yx_mounted_free(struct yx_mounted *mounted)
{
    if (mounted == NULL)
        return;
    for (size_t i = 0; i < mounted->count; i++)
        one_free(mounted->items[i]);
    free(mounted->items);
    free(mounted);
}
