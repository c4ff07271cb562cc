/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/demo.c - a data folder with something in it: an authority, and who answers OCSP and stamps
 * times for it. Their keys have the service's own passphrase. What is there already stays.
 */
#include <unistd.h>

#include "ca/ca.h"
#include "keeper/keeper.h"
#include "server/room.h"

#define PATH_SIZE 4096
#define NAME "CN=演示认证中心,O=演示,C=CN"
#define ACTOR "serve --demo"

static const struct {
    const char *file, *profile, *subject;
} helpers[] = {
    {"ocsp", "ocsp", "CN=演示 OCSP,O=演示,C=CN"},
    {"tsa", "tsa", "CN=演示时间戳,O=演示,C=CN"},
};

static yx_status write_file(const char *folder, const char *name, const char *ending, bool secret,
                            const struct yx_buf *content, struct yx_error *err)
{
    char path[PATH_SIZE];

    YX_REQUIRE(snprintf(path, sizeof path, "%s/%s%s", folder, name, ending) < PATH_SIZE, err,
               YX_USAGE, "", N_("the name of the folder is too long"));
    return yx_file_write(path, secret, yx_buf_bytes(content), err);
}

static yx_status make_helper(struct yx_ca *ca, const char *folder, size_t which,
                             struct yx_bytes passphrase, struct yx_error *err)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    YX_CLEAN(yx_buf) struct yx_buf key_file = {0};
    struct yx_ca_issue_request request = {
        .profile = yx_ca_profile_find(ca, helpers[which].profile),
        .actor = ACTOR,
    };

    YX_TRY(yx_private_key_generate(YX_KEY_SM2, 0, &key, err));
    YX_TRY(yx_name_to_der(helpers[which].subject, &subject, err));
    request.subject = yx_buf_bytes(&subject);
    request.spki = yx_public_key_spki(yx_private_key_public(key));
    YX_TRY(yx_private_key_write(key, passphrase, &key_file, err));
    YX_TRY(yx_ca_issue(ca, &request, &der, err));
    if (yx_pem_write("CERTIFICATE", yx_buf_bytes(&der), &pem) != YX_OK ||
        yx_buf_append(&pem, yx_ca_chain(ca)) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(write_file(folder, helpers[which].file, ".key", true, &key_file, err));
    return write_file(folder, helpers[which].file, ".pem", false, &pem, err);
}

yx_status yx_demo_prepare(const char *folder, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf passphrase = {0};
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    char path[PATH_SIZE];
    struct yx_ca_init_request request = {
        .folder = path,
        .name = NAME,
        .key_type = YX_KEY_SM2,
        .path_length = -1,
        .actor = ACTOR,
    };

    YX_REQUIRE(snprintf(path, sizeof path, "%s/ca/demo", folder) < PATH_SIZE, err, YX_USAGE, "",
               N_("the name of the folder is too long"));
    if (access(path, F_OK) == 0)
        return YX_OK;
    YX_TRY(yx_keeper_passphrase(folder, &passphrase, err));
    request.passphrase = yx_buf_bytes(&passphrase);
    YX_TRY(yx_ca_init(&request, err));
    YX_TRY(yx_ca_open(path, &ca, err));
    YX_TRY(yx_ca_unlock(ca, yx_buf_bytes(&passphrase), err));
    for (size_t i = 0; i < sizeof helpers / sizeof helpers[0]; i++)
        YX_TRY(make_helper(ca, path, i, yx_buf_bytes(&passphrase), err));
    return YX_OK;
}
