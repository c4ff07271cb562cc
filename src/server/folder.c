/* SPDX-License-Identifier: Apache-2.0 */
/* server/folder.c - the data folder and its settings, before any process of the service starts. */
#include <errno.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/process.h"

#define PATH_SIZE 4096
#define PAGES_MAX 64
#define SETTINGS_MAX (1024u * 1024)

/* --- Settings --------------------------------------------------------------------------------- */

yx_status yx_serve_settings(const struct yx_serve *serve, struct yx_settings **out,
                            struct yx_error *err)
{
    YX_CLEAN(yx_settings) struct yx_settings *settings = NULL;

    YX_TRY(yx_settings_read(serve->folder, serve->config, &settings, err));
    if (serve->listen != NULL)
        YX_TRY(yx_settings_set(settings, "--listen", "listen", serve->listen, err));
    *out = settings;
    settings = NULL;
    return YX_OK;
}

yx_status yx_serve_settings_keep(const struct yx_serve *serve, int *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    char path[PATH_SIZE];

    (void)snprintf(path, sizeof path, "%s/yinxin.conf", serve->folder);
    if (serve->config != NULL || access(path, F_OK) == 0)
        YX_TRY(
            yx_file_read(serve->config != NULL ? serve->config : path, SETTINGS_MAX, &text, err));
    return yx_ipc_seal(yx_buf_bytes(&text), out, err);
}

unsigned yx_serve_pages(const struct yx_settings *settings)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t wanted = settings->page_workers != 0 ? settings->page_workers : processors;

    return wanted < 1 ? 1 : wanted > PAGES_MAX ? PAGES_MAX : (unsigned)wanted;
}

/* --- The folder ------------------------------------------------------------------------------- */

static yx_status make_folder(const char *path, mode_t mode, const struct passwd *owner,
                             struct yx_error *err)
{
    if (mkdir(path, mode) != 0)
        return errno == EEXIST
                   ? YX_OK
                   : yx_fail_errno(err, YX_NO_OUTPUT, N_("{1} cannot be made: {2}"), path, errno);
    if (owner != NULL && chown(path, owner->pw_uid, owner->pw_gid) != 0)
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("{1} cannot be made: {2}"), path, errno);
    return YX_OK;
}

yx_status yx_folder_prepare(const char *folder, const char *user, struct yx_error *err)
{
    static const char *const parts[] = {"", "/keys", "/ca", "/blobs", "/uploads"};
    const struct passwd *owner = user[0] == '\0' || geteuid() != 0 ? NULL : getpwnam(user);
    char path[PATH_SIZE];

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        YX_REQUIRE(snprintf(path, sizeof path, "%s%s", folder, parts[i]) < PATH_SIZE, err, YX_USAGE,
                   "", N_("the name of the folder is too long"));
        YX_TRY(make_folder(path, 0700, owner, err));
    }
    return YX_OK;
}
