/* SPDX-License-Identifier: Apache-2.0 */
/* blob/folder.c - contents in a folder: FOLDER/ab/cd..., by the digest in hex; drafts in
 * FOLDER/incoming, on the same file system. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "blob/room.h"

#define INCOMING "incoming"

/* FOLDER/ab/cd... of a name; `folder_len`, unless NULL, is how long FOLDER/ab is. */
static yx_status path_of(const struct yx_blobs *blobs, const char *name, struct yx_buf *out,
                         size_t *folder_len, struct yx_error *err)
{
    if (yx_buf_printf(out, "%s/%.2s", blobs->folder, name) != YX_OK)
        return yx_fail_memory(err);
    if (folder_len != NULL)
        *folder_len = out->len;
    if (yx_buf_printf(out, "/%s", name + 2) != YX_OK ||
        yx_buf_append(out, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

/* The names in a folder must survive a power cut, too. */
static yx_status sync_folder(const char *path, struct yx_error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    int why = errno;

    if (fd >= 0)
        close(fd);
    /* Some file systems cannot sync folders and say EINVAL; nothing more can be done on those. */
    if (synced || why == EINVAL)
        return YX_OK;
    return yx_fail_errno(err, YX_IO, N_("cannot write {1}: {2}"), path, why);
}

static yx_status make_subfolder(const struct yx_blobs *blobs, const char *path,
                                struct yx_error *err)
{
    if (mkdir(path, 0700) == 0)
        return sync_folder(blobs->folder, err);
    if (errno != EEXIST)
        return yx_fail_errno(err, YX_IO, N_("cannot create {1}: {2}"), path, errno);
    return YX_OK;
}

static yx_status put(struct yx_blobs *blobs, const char *name, struct yx_blob_draft *draft,
                     uint64_t size, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    YX_CLEAN(yx_buf) struct yx_buf folder = {0};
    size_t folder_len = 0;

    (void)size;
    YX_TRY(path_of(blobs, name, &path, &folder_len, err));
    if (yx_buf_append(&folder, YX_BYTES(path.data, folder_len)) != YX_OK ||
        yx_buf_append(&folder, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    if (fsync(draft->fd) != 0)
        return yx_fail_errno(err, YX_IO, N_("cannot write {1}: {2}"), draft->path, errno);
    YX_TRY(make_subfolder(blobs, (const char *)folder.data, err));
    if (rename(draft->path, (const char *)path.data) != 0)
        return yx_fail_errno(err, YX_IO, N_("cannot create {1}: {2}"), (const char *)path.data,
                             errno);
    free(draft->path);
    draft->path = NULL;
    return sync_folder((const char *)folder.data, err);
}

static yx_status open_object(struct yx_blobs *blobs, const char *name, struct yx_blob_object *out,
                             struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    struct stat about;
    int fd;

    YX_TRY(path_of(blobs, name, &path, NULL, err));
    /* O_NONBLOCK: a FIFO put in the place of a file must not make us wait. */
    fd = open((const char *)path.data, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return yx_fail_errno(err, errno == ENOENT ? YX_NO_INPUT : YX_IO, N_("cannot open {1}: {2}"),
                             (const char *)path.data, errno);
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        close(fd);
        return yx_fail(err, YX_DAMAGED, "", N_("{1} is not a regular file"),
                       (const char *)path.data);
    }
    *out = (struct yx_blob_object){.size = (uint64_t)about.st_size, .fd = fd};
    return YX_OK;
}

static yx_status read_object(struct yx_blobs *blobs, const struct yx_blob_object *object,
                             uint64_t offset, void *out, size_t len, struct yx_error *err)
{
    (void)blobs;
    return yx_blob_pread(object->fd, offset, out, len, err);
}

static yx_status fetch(struct yx_blobs *blobs, struct yx_blob_object *object, struct yx_error *err)
{
    (void)blobs, (void)object, (void)err;
    return YX_OK;
}

static yx_status remove_object(struct yx_blobs *blobs, const char *name, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};

    YX_TRY(path_of(blobs, name, &path, NULL, err));
    if (unlink((const char *)path.data) != 0 && errno != ENOENT)
        return yx_fail_errno(err, YX_IO, N_("cannot remove {1}: {2}"), (const char *)path.data,
                             errno);
    return YX_OK;
}

const struct yx_blob_kind yx_blob_folder = {
    .put = put,
    .open = open_object,
    .read = read_object,
    .fetch = fetch,
    .remove = remove_object,
};

yx_status yx_blob_folder_open(struct yx_blobs *blobs, struct yx_error *err)
{
    size_t cap = strlen(blobs->folder) + sizeof "/" INCOMING;

    blobs->incoming = malloc(cap);
    if (blobs->incoming == NULL)
        return yx_fail_memory(err);
    (void)snprintf(blobs->incoming, cap, "%s/" INCOMING, blobs->folder);
    return yx_blob_make_folder(blobs->folder, err);
}

/* --- All of them ------------------------------------------------------------------------------ */

static bool is_hex(const char *text, size_t len)
{
    return strspn(text, "0123456789abcdef") >= len;
}

static yx_status list_subfolder(const struct yx_blobs *blobs, const char *two,
                                yx_status (*each)(void *self, const char *name,
                                                  struct yx_error *err),
                                void *self, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    char name[300];
    yx_status status = YX_OK;
    const struct dirent *entry;
    DIR *folder;

    YX_TRY(path_of(blobs, two, &path, NULL, err));
    folder = opendir((const char *)path.data);
    if (folder == NULL)
        return yx_fail_errno(err, YX_IO, N_("cannot open {1}: {2}"), (const char *)path.data,
                             errno);
    while (status == YX_OK && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(name, sizeof name, "%s%s", two, entry->d_name);
        status = each(self, name, err);
    }
    closedir(folder);
    return status;
}

yx_status yx_blob_folder_list(const struct yx_blobs *blobs,
                              yx_status (*each)(void *self, const char *name, struct yx_error *err),
                              void *self, struct yx_error *err)
{
    yx_status status = YX_OK;
    const struct dirent *entry;
    DIR *folder = opendir(blobs->folder);

    if (folder == NULL)
        return yx_fail_errno(err, YX_IO, N_("cannot open {1}: {2}"), blobs->folder, errno);
    while (status == YX_OK && (entry = readdir(folder)) != NULL)
        if (strlen(entry->d_name) == 2 && is_hex(entry->d_name, 2))
            status = list_subfolder(blobs, entry->d_name, each, self, err);
    closedir(folder);
    return status;
}
