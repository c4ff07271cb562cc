/* SPDX-License-Identifier: Apache-2.0 */
/* server/folder.c - the data folder and its settings, before any process of the service starts. */
#include <errno.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/room.h"

#define PATH_SIZE 4096

/* --- Settings --------------------------------------------------------------------------------- */

yx_status yx_serve_settings(const struct yx_serve *serve, struct yx_settings **out, int *text,
                            struct yx_error *err)
{
    YX_CLEAN(yx_settings) struct yx_settings *settings = NULL;
    YX_CLEAN(yx_buf) struct yx_buf read = {0};

    YX_TRY(yx_settings_text(serve->folder, serve->config, &read, err));
    YX_TRY(yx_settings_parse(serve->folder, serve->config, yx_buf_bytes(&read), &settings, err));
    if (serve->listen != NULL)
        YX_TRY(yx_settings_set(settings, "--listen", "listen", serve->listen, err));
    YX_TRY(yx_ipc_seal(yx_buf_bytes(&read), text, err));
    *out = settings;
    settings = NULL;
    return YX_OK;
}

/* --- The folder ------------------------------------------------------------------------------- */

/* `fresh`: it is there, but was made a moment ago by who did not know the owner. */
static yx_status make_folder(const char *path, bool fresh, const struct passwd *owner,
                             struct yx_error *err)
{
    if (mkdir(path, 0700) != 0 && !fresh)
        return errno == EEXIST
                   ? YX_OK
                   : yx_fail_errno(err, YX_NO_OUTPUT, N_("{1} cannot be made: {2}"), path, errno);
    if (owner != NULL && chown(path, owner->pw_uid, owner->pw_gid) != 0)
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("{1} cannot be made: {2}"), path, errno);
    return YX_OK;
}

yx_status yx_folder_prepare(const struct yx_serve *serve, const char *user, struct yx_error *err)
{
    static const char *const parts[] = {"", "/keys", "/ca", "/blobs", "/uploads"};
    const struct passwd *owner = user[0] == '\0' || geteuid() != 0 ? NULL : getpwnam(user);
    char path[PATH_SIZE];

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        YX_REQUIRE(snprintf(path, sizeof path, "%s%s", serve->folder, parts[i]) < PATH_SIZE, err,
                   YX_USAGE, "", N_("the name of the folder is too long"));
        YX_TRY(make_folder(path, i == 0 && serve->fresh, owner, err));
    }
    return YX_OK;
}
