/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca/ca.c - the folder of an authority: made (init), opened, its key unlocked. Issuing is in
 * issue.c, revoking in revoke.c, the database in store.c.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
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

/* --- Open -------------------------------------------------------------------------------- */

yx_status yx_ca_open(const char *folder, struct yx_ca **out, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = calloc(1, sizeof *ca);

    if (ca == NULL)
        return yx_fail_memory(err);
    YX_TRY(read_part(folder, "ca.pem", &ca->chain, err));
    YX_TRY(read_part(folder, "ca.key", &ca->key_file, err));
    YX_TRY(yx_cert_read(yx_buf_bytes(&ca->chain), &ca->certificate, err));
    YX_TRY(yx_ca_store_open(folder, false, &ca->db, err));
    *out = ca;
    ca = NULL;
    return YX_OK;
}

yx_status yx_ca_unlock(struct yx_ca *ca, struct yx_bytes passphrase, struct yx_error *err)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    struct yx_bytes certified = yx_public_key_spki(yx_cert_public_key(ca->certificate));

    YX_TRY(yx_private_key_read(yx_buf_bytes(&ca->key_file), passphrase, &key, err));
    YX_REQUIRE(yx_bytes_equal(yx_public_key_spki(yx_private_key_public(key)), certified), err,
               YX_DAMAGED, "", N_("ca.key is not the key of the certificate in ca.pem"));
    yx_private_key_free(ca->key);
    ca->key = key;
    key = NULL;
    return YX_OK;
}

void yx_ca_free(struct yx_ca *ca)
{
    if (ca == NULL)
        return;
    yx_private_key_free(ca->key);
    yx_cert_free(ca->certificate);
    yx_buf_free(&ca->chain);
    yx_buf_free(&ca->key_file);
    yx_ca_store_close(ca->db);
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

/* --- Init -------------------------------------------------------------------------------- */

/* The new folder under another name until it is complete. */
struct workshop {
    char *path; /* NULL once it has its final name */
};

static void remove_part(const char *folder, const char *name)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};

    if (yx_ca_path(folder, name, &path, NULL) == YX_OK)
        (void)unlink((const char *)path.data);
}

static void workshop_close(struct workshop *workshop)
{
    static const char *const parts[] = {"ca.key", "ca.pem", "ca.db", "ca.db-journal"};

    if (workshop->path == NULL)
        return;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        remove_part(workshop->path, parts[i]);
    (void)rmdir(workshop->path);
    free(workshop->path);
}
YX_DEFINE_CLEAN_VALUE(workshop, struct workshop, workshop_close);

/* rename(2) replaces an empty folder only; looking first gives the better sentence. */
static yx_status require_free(const char *folder, struct yx_error *err)
{
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    bool used = false;

    if (entries == NULL)
        return errno == ENOENT
                   ? YX_OK
                   : yx_fail_errno(err, YX_NO_OUTPUT, N_("cannot create {1}: {2}"), folder, errno);
    while (!used && (entry = readdir(entries)) != NULL)
        used = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(entries);
    YX_REQUIRE(!used, err, YX_NO_OUTPUT, "",
               N_("{1} is not empty: an authority needs a folder of its own"), folder);
    return YX_OK;
}

static yx_status workshop_open(struct workshop *workshop, const char *folder, struct yx_error *err)
{
    static const char suffix[] = ".XXXXXX";
    size_t len = strlen(folder);
    char *path;

    YX_REQUIRE(len > 0, err, YX_USAGE, "", N_("the folder of the authority has no name"));
    YX_TRY(require_free(folder, err));
    while (len > 1 && folder[len - 1] == '/')
        len--;
    path = malloc(len + sizeof suffix);
    if (path == NULL)
        return yx_fail_memory(err);
    memcpy(path, folder, len);
    memcpy(path + len, suffix, sizeof suffix);
    if (mkdtemp(path) == NULL) {
        int why = errno;

        free(path);
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("cannot create {1}: {2}"), folder, why);
    }
    workshop->path = path;
    return YX_OK;
}

/* A name is durable when the folder that holds it is. */
static void sync_parent(const char *folder)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    int fd;

    if (yx_ca_path(folder, "..", &path, NULL) != YX_OK)
        return;
    fd = open((const char *)path.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    (void)close(fd);
}

static yx_status workshop_publish(struct workshop *workshop, const char *folder,
                                  struct yx_error *err)
{
    if (rename(workshop->path, folder) != 0)
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("cannot create {1}: {2}"), folder, errno);
    free(workshop->path);
    workshop->path = NULL;
    sync_parent(folder);
    return YX_OK;
}

static yx_status self_sign(const struct yx_ca_init_request *request, struct yx_bytes subject,
                           const struct yx_private_key *key, struct yx_buf *der,
                           struct yx_error *err)
{
    struct yx_signer signer = yx_signer_borrow_key(key);
    struct yx_ca_order order = {
        .profile = yx_ca_profile_find("sub-ca"),
        .subject = subject,
        .spki = yx_public_key_spki(yx_private_key_public(key)),
        .days = request->days,
        .now = yx_ca_whole_second(request->now),
        .signer = &signer,
    };

    return yx_ca_sign(&order, der, err);
}

static yx_status certify(const struct yx_ca_init_request *request, const struct yx_private_key *key,
                         struct yx_buf *der, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    struct yx_ca_issue_request issue = {
        .profile = yx_ca_profile_find("sub-ca"),
        .spki = yx_public_key_spki(yx_private_key_public(key)),
        .days = request->days,
        .now = request->now,
    };

    YX_TRY(yx_name_to_der(request->name, &subject, err));
    if (request->parent == NULL)
        return self_sign(request, yx_buf_bytes(&subject), key, der, err);
    issue.subject = yx_buf_bytes(&subject);
    return yx_ca_issue(request->parent, &issue, der, err);
}

static yx_status write_parts(const char *folder, const struct yx_ca_init_request *request,
                             struct yx_bytes certificate, const struct yx_private_key *key,
                             struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    YX_CLEAN(yx_buf) struct yx_buf key_pem = {0};
    YX_CLEAN(yx_ca_store) sqlite3 *db = NULL;

    YX_TRY(yx_private_key_write(key, request->passphrase, &key_pem, err));
    if (yx_pem_write("CERTIFICATE", certificate, &pem) != YX_OK ||
        (request->parent != NULL && yx_buf_append(&pem, yx_ca_chain(request->parent)) != YX_OK))
        return yx_fail_memory(err);
    YX_TRY(yx_ca_write(folder, "ca.key", true, yx_buf_bytes(&key_pem), err));
    YX_TRY(yx_ca_write(folder, "ca.pem", false, yx_buf_bytes(&pem), err));
    return yx_ca_store_open(folder, true, &db, err);
}

yx_status yx_ca_init(const struct yx_ca_init_request *request, struct yx_error *err)
{
    YX_CLEAN(workshop) struct workshop workshop = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};

    YX_TRY(workshop_open(&workshop, request->folder, err));
    YX_TRY(yx_private_key_generate(request->key_type, request->rsa_bits, &key, err));
    YX_TRY(certify(request, key, &der, err));
    YX_TRY(write_parts(workshop.path, request, yx_buf_bytes(&der), key, err));
    return workshop_publish(&workshop, request->folder, err);
}
