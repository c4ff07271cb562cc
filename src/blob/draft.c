/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blob/draft.c - files that have no name in the place yet. Each is locked by its writer for as long
 * as the process lives, over all processes and nodes that share the folder: no age has to be
 * guessed at which a writer must be dead.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "blob/room.h"

#define RANDOM 16
#define NAME_LEN (2 * RANDOM)

yx_status yx_blob_make_folder(const char *path, struct yx_error *err)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("cannot create {1}: {2}"), path, errno);
    return YX_OK;
}

/* FOLDER/incoming/RANDOM, malloc'd. */
static yx_status new_path(const struct yx_blobs *blobs, char **out, struct yx_error *err)
{
    uint8_t random[RANDOM];
    char name[NAME_LEN + 1];
    size_t cap = strlen(blobs->incoming) + 1 + sizeof name;

    YX_TRY(yx_random(random, sizeof random, err));
    yx_hex(YX_BYTES(random, sizeof random), name);
    *out = malloc(cap);
    if (*out == NULL)
        return yx_fail_memory(err);
    (void)snprintf(*out, cap, "%s/%s", blobs->incoming, name);
    return YX_OK;
}

/* Did nobody take it for one that was left behind, between making and locking it? */
static bool is_ours(int fd)
{
    struct stat about;

    return flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &about) == 0 && about.st_nlink == 1;
}

/* out->fd -1: somebody took it for one that was left behind. */
static yx_status make(const struct yx_blobs *blobs, struct yx_blob_draft *out, struct yx_error *err)
{
    YX_TRY(new_path(blobs, &out->path, err));
    out->fd = open(out->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (out->fd < 0)
        return yx_fail_errno(err, errno == ENOSPC || errno == EDQUOT ? YX_IO : YX_NO_OUTPUT,
                             N_("cannot create {1}: {2}"), out->path, errno);
    if (!is_ours(out->fd))
        yx_blob_draft_free(out);
    return YX_OK;
}

yx_status yx_blob_draft_new(const struct yx_blobs *blobs, struct yx_blob_draft *out,
                            struct yx_error *err)
{
    struct yx_blob_draft draft = {.fd = -1};

    while (draft.fd < 0) {
        yx_status status = make(blobs, &draft, err);

        if (status != YX_OK) {
            free(draft.path);
            return status;
        }
    }
    *out = draft;
    return YX_OK;
}

yx_status yx_blob_draft_write(const struct yx_blob_draft *draft, struct yx_bytes bytes,
                              struct yx_error *err)
{
    while (bytes.len > 0) {
        ssize_t put = write(draft->fd, bytes.data, bytes.len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return yx_fail_errno(err, YX_IO, N_("cannot write {1}: {2}"),
                                 draft->path == NULL ? "" : draft->path, errno);
        bytes = YX_BYTES(bytes.data + put, bytes.len - (size_t)put);
    }
    return YX_OK;
}

void yx_blob_draft_free(struct yx_blob_draft *draft)
{
    if (draft->path != NULL)
        (void)unlink(draft->path);
    if (draft->fd >= 0)
        close(draft->fd);
    free(draft->path);
    *draft = (struct yx_blob_draft){.fd = -1};
}

yx_status yx_blob_nameless(const struct yx_blobs *blobs, int *fd, struct yx_error *err)
{
    YX_CLEAN(yx_blob_draft) struct yx_blob_draft draft = {.fd = -1};

    YX_TRY(yx_blob_draft_new(blobs, &draft, err));
    *fd = draft.fd;
    draft.fd = -1;
    return YX_OK;
}

/* One that nobody has locked has lost its writer. */
static void sweep_one(int folder, const char *name)
{
    int fd;

    if (strlen(name) != NAME_LEN || strspn(name, "0123456789ABCDEF") != NAME_LEN)
        return;
    fd = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        (void)unlinkat(folder, name, 0);
    close(fd);
}

yx_status yx_blob_drafts_sweep(const struct yx_blobs *blobs, struct yx_error *err)
{
    DIR *folder = opendir(blobs->incoming);
    const struct dirent *entry;

    if (folder == NULL)
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("cannot open {1}: {2}"), blobs->incoming, errno);
    while ((entry = readdir(folder)) != NULL)
        sweep_one(dirfd(folder), entry->d_name);
    closedir(folder);
    return YX_OK;
}
