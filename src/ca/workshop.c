/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca/workshop.c - a folder that is made under another name and gets its own when it is complete, or
 * is gone again.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ca/room.h"

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status, (void)type, (void)place;
    (void)remove(path);
    return 0;
}

void yx_workshop_close(struct yx_workshop *workshop)
{
    if (workshop->path == NULL)
        return;
    (void)nftw(workshop->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    free(workshop->path);
}

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

yx_status yx_workshop_open(struct yx_workshop *workshop, const char *folder, struct yx_error *err)
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

yx_status yx_workshop_publish(struct yx_workshop *workshop, const char *folder,
                              struct yx_error *err)
{
    if (rename(workshop->path, folder) != 0)
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("cannot create {1}: {2}"), folder, errno);
    free(workshop->path);
    workshop->path = NULL;
    sync_parent(folder);
    return YX_OK;
}
