/* SPDX-License-Identifier: Apache-2.0 */
/* trust.c - whom to trust, on web's side: certificates out of files, and the list that counts now.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/worker.h"

#define FILE_MAX ((size_t)16 * 1024 * 1024)

/* --- Files
 * ---------------------------------------------------------------------------------------- */

static yx_status add_one(struct yx_buf *list, struct yx_bytes file, struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;

    YX_TRY(yx_cert_read(file, &cert, err));
    return yx_list_add(list, YX_LIST_ANCHOR, yx_cert_der(cert), err);
}

/* The first is found by yx_cert_read itself. */
static yx_status add_all(struct yx_buf *list, struct yx_bytes file, struct yx_error *err)
{
    static const char mark[] = "-----BEGIN CERTIFICATE-----";

    YX_TRY(add_one(list, file, err));
    for (const uint8_t *at = memmem(file.data, file.len, mark, sizeof mark - 1); at != NULL;) {
        file = YX_BYTES(at + 1, file.len - (size_t)(at + 1 - file.data));
        at = memmem(file.data, file.len, mark, sizeof mark - 1);
        if (at != NULL)
            YX_TRY(add_one(list, YX_BYTES(at, file.len - (size_t)(at - file.data)), err));
    }
    return YX_OK;
}

static yx_status add_file(struct yx_buf *list, const char *path, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};

    YX_TRY(yx_file_read(path, FILE_MAX, &file, err));
    return add_all(list, yx_buf_bytes(&file), err);
}

static bool is_certificate(const char *name)
{
    static const char *const endings[] = {".pem", ".crt", ".cer", ".der"};
    size_t len = strlen(name);

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (len > 4 && strcmp(name + len - 4, endings[i]) == 0)
            return true;
    return false;
}

static yx_status add_folder(struct yx_buf *list, const char *path, DIR *folder,
                            struct yx_error *err)
{
    const struct dirent *entry;

    while ((entry = readdir(folder)) != NULL) {
        char file[4096];

        if (is_certificate(entry->d_name) &&
            snprintf(file, sizeof file, "%s/%s", path, entry->d_name) < (int)sizeof file)
            YX_TRY(add_file(list, file, err));
    }
    return YX_OK;
}

yx_status yx_list_add_path(struct yx_buf *list, const char *path, struct yx_error *err)
{
    DIR *folder = opendir(path);
    yx_status status;

    if (folder == NULL)
        return add_file(list, path, err);
    status = add_folder(list, path, folder, err);
    (void)closedir(folder);
    return status;
}

/* --- The list that counts now
 * ---------------------------------------------------------------------- */

struct yx_worker_trust {
    pthread_mutex_t lock;
    int fd;
};

yx_status yx_worker_trust_new(struct yx_worker_trust **out, struct yx_error *err)
{
    struct yx_worker_trust *trust = calloc(1, sizeof *trust);

    if (trust == NULL || pthread_mutex_init(&trust->lock, NULL) != 0) {
        free(trust);
        return yx_fail_memory(err);
    }
    trust->fd = -1;
    *out = trust;
    return YX_OK;
}

void yx_worker_trust_free(struct yx_worker_trust *trust)
{
    if (trust == NULL)
        return;
    if (trust->fd >= 0)
        (void)close(trust->fd);
    (void)pthread_mutex_destroy(&trust->lock);
    free(trust);
}

yx_status yx_worker_trust_set(struct yx_worker_trust *trust, struct yx_bytes list,
                              struct yx_error *err)
{
    int fresh, old;

    YX_TRY(yx_ipc_seal(list, &fresh, err));
    (void)pthread_mutex_lock(&trust->lock);
    old = trust->fd;
    trust->fd = fresh;
    (void)pthread_mutex_unlock(&trust->lock);
    if (old >= 0)
        (void)close(old);
    return YX_OK;
}

int yx_worker_trust_take(struct yx_worker_trust *trust)
{
    int fd;

    (void)pthread_mutex_lock(&trust->lock);
    fd = trust->fd < 0 ? -1 : fcntl(trust->fd, F_DUPFD_CLOEXEC, 0);
    (void)pthread_mutex_unlock(&trust->lock);
    return fd;
}
