/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backup/restore.c - a backup as a folder again: unpacked beside the place where it will be,
 * checked, and only then put there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/room.h"

/* A database that was unpacked, and the mode that it gets when it was looked at. */
struct unpacked {
    char *path; /* within the folder */
    unsigned mode;
};
struct restoring {
    const struct yx_backup_where *where;
    struct yx_about about;
    char workshop[YX_BACKUP_PATH_MAX + 64]; /* the folder while it is nobody's; "" once it is */
    struct unpacked *databases;
    size_t count;
    bool has_dump;
};
static void restoring_free(struct restoring *restoring)
{
    if (restoring->workshop[0] != '\0')
        yx_tree_remove(restoring->workshop);
    for (size_t i = 0; i < restoring->count; i++)
        free(restoring->databases[i].path);
    free(restoring->databases);
    yx_about_free(&restoring->about);
}
YX_DEFINE_CLEAN_VALUE(restoring, struct restoring, restoring_free);

/* --- Unpacking ----------------------------------------------------------------------------- */

struct open_file {
    int fd;
};
static void open_file_close(struct open_file *file)
{
    if (file->fd >= 0)
        (void)close(file->fd);
}
YX_DEFINE_CLEAN_VALUE(open_file, struct open_file, open_file_close);

static yx_status write_all(int fd, const char *path, struct yx_bytes bytes, struct yx_error *err)
{
    while (bytes.len > 0) {
        ssize_t put = write(fd, bytes.data, bytes.len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return yx_fail_errno(err, YX_IO, N_("cannot write {1}: {2}"), path, errno);
        bytes = YX_BYTES(bytes.data + put, bytes.len - (size_t)put);
    }
    return YX_OK;
}

/* A document is called by its digest, "ab/cd...", unless it is encrypted: "ab/cd....e". */
static bool is_named_right(const struct restoring *restoring, const char *path,
                           const uint8_t digest[YX_BACKUP_DIGEST])
{
    size_t len = strlen(restoring->about.blobs);
    char hex[2 * YX_BACKUP_DIGEST + 1];
    const char *name = path + len;

    if (len == 0 || strncmp(path, restoring->about.blobs, len) != 0 ||
        strlen(name) != 2 * YX_BACKUP_DIGEST + 1 || name[2] != '/')
        return true;
    yx_hex(YX_BYTES(digest, YX_BACKUP_DIGEST), hex);
    return strncasecmp(name, hex, 2) == 0 && strcasecmp(name + 3, hex + 2) == 0;
}

static yx_status make_file(const struct restoring *restoring, struct yx_pack *pack,
                           const char *whole, const struct yx_entry *entry, struct yx_error *err)
{
    YX_CLEAN(open_file)
    struct open_file file = {
        open(whole, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    YX_CLEAN(yx_buf) struct yx_buf piece = {0};
    uint8_t digest[YX_BACKUP_DIGEST];

    if (file.fd < 0 && errno == EEXIST)
        return yx_backup_fail_damaged(err);
    if (file.fd < 0)
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("cannot create {1}: {2}"), whole, errno);
    do {
        YX_TRY(yx_unpack_piece(pack, &piece, digest, err));
        YX_TRY(write_all(file.fd, whole, yx_buf_bytes(&piece), err));
    } while (piece.len > 0);
    YX_REQUIRE(is_named_right(restoring, entry->path, digest), err, YX_DAMAGED, "",
               N_("the document {1} is not what it was"), entry->path);
    if (entry->kind == YX_ENTRY_DATABASE || fchmod(file.fd, entry->mode & 0777) == 0)
        return YX_OK;
    return yx_fail_errno(err, YX_IO, N_("cannot write {1}: {2}"), whole, errno);
}

/* It will be looked at when everything is there. */
static yx_status make_database(struct restoring *restoring, struct yx_pack *pack, const char *whole,
                               const struct yx_entry *entry, struct yx_error *err)
{
    struct unpacked *more =
        realloc(restoring->databases, (restoring->count + 1) * sizeof *restoring->databases);

    if (more == NULL)
        return yx_fail_memory(err);
    restoring->databases = more;
    more[restoring->count] = (struct unpacked){strdup(entry->path), entry->mode & 0777};
    if (more[restoring->count].path == NULL)
        return yx_fail_memory(err);
    restoring->count++;
    return make_file(restoring, pack, whole, entry, err);
}

/* Folders above it, which only we can enter until their own entries say otherwise. */
static yx_status make_parents(char *whole, size_t from, struct yx_error *err)
{
    for (char *slash = strchr(whole + from, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        int failed;

        *slash = '\0';
        failed = mkdir(whole, 0700) != 0 && errno != EEXIST ? errno : 0;
        if (failed != 0)
            return yx_fail_errno(err, YX_NO_OUTPUT, N_("cannot create {1}: {2}"), whole, failed);
        *slash = '/';
    }
    return YX_OK;
}

/* A folder that its owner cannot use would keep out what belongs into it. */
static yx_status make_folder(const char *whole, unsigned mode, struct yx_error *err)
{
    if ((mkdir(whole, 0700) != 0 && errno != EEXIST) || chmod(whole, (mode & 0777) | 0700) != 0)
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("cannot create {1}: {2}"), whole, errno);
    return YX_OK;
}

static yx_status load_dump(struct restoring *restoring, struct yx_pack *pack, struct yx_error *err)
{
    restoring->has_dump = true;
    YX_REQUIRE(restoring->where->database != NULL, err, YX_USAGE, "",
               N_("this backup has a PostgreSQL database: name an empty one that it goes to"));
    return yx_postgres_load(restoring->where->database, pack, err);
}

static yx_status take(void *self, struct yx_pack *pack, const struct yx_entry *entry,
                      struct yx_error *err)
{
    struct restoring *restoring = self;
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    char *whole;

    if (entry->kind == YX_ENTRY_DUMP)
        return load_dump(restoring, pack, err);
    YX_TRY(yx_tree_path(restoring->workshop, entry->path, &path, err));
    whole = (char *)path.data;
    YX_TRY(make_parents(whole, strlen(restoring->workshop) + 1, err));
    if (entry->kind == YX_ENTRY_FOLDER)
        return make_folder(whole, entry->mode, err);
    return entry->kind == YX_ENTRY_DATABASE ? make_database(restoring, pack, whole, entry, err)
                                            : make_file(restoring, pack, whole, entry, err);
}

/* --- Looking at what is there -------------------------------------------------------------- */

static yx_status check_file(const struct restoring *restoring, const struct unpacked *database,
                            bool is_main, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    const char *whole;

    YX_TRY(yx_tree_path(restoring->workshop, database->path, &path, err));
    whole = (const char *)path.data;
    YX_TRY(yx_backup_check_database(whole, is_main, &restoring->about, restoring->where, err));
    return chmod(whole, database->mode) == 0
               ? YX_OK
               : yx_fail_errno(err, YX_IO, N_("cannot write {1}: {2}"), whole, errno);
}

static yx_status check_databases(const struct restoring *restoring, struct yx_error *err)
{
    bool found = false;

    for (size_t i = 0; i < restoring->count; i++) {
        const struct unpacked *database = &restoring->databases[i];
        bool is_main = strcmp(database->path, restoring->about.database) == 0;

        YX_TRY(check_file(restoring, database, is_main, err));
        found = found || is_main;
    }
    if (restoring->has_dump)
        return yx_backup_check_database(restoring->where->database, true, &restoring->about,
                                        restoring->where, err);
    YX_REQUIRE(found, err, YX_DAMAGED, "", N_("the backup has no database"));
    return YX_OK;
}

/* --- The folder ---------------------------------------------------------------------------- */

/* Is it not there, or an empty folder that another one can be renamed over? */
static bool gives_way(const char *folder, const char *workshop)
{
    struct stat there, beside;

    if (lstat(folder, &there) != 0)
        return errno == ENOENT;
    return S_ISDIR(there.st_mode) && stat(workshop, &beside) == 0 && there.st_dev == beside.st_dev;
}

static yx_status open_workshop(struct restoring *restoring, struct yx_error *err)
{
    const char *folder = restoring->where->folder;
    size_t len = strlen(folder);

    while (len > 1 && folder[len - 1] == '/')
        len--;
    YX_REQUIRE(yx_tree_is_free(folder), err, YX_REFUSED, "",
               N_("{1} is not empty: restore into another folder"), folder);
    YX_REQUIRE(len <= YX_BACKUP_PATH_MAX, err, YX_USAGE, "", N_("the name {1} is too long"),
               folder);
    (void)snprintf(restoring->workshop, sizeof restoring->workshop, "%.*s.restoring-XXXXXX",
                   (int)len, folder);
    if (mkdtemp(restoring->workshop) == NULL) {
        restoring->workshop[0] = '\0';
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("cannot create {1}: {2}"), folder, errno);
    }
    YX_REQUIRE(gives_way(folder, restoring->workshop), err, YX_REFUSED, "",
               N_("{1} is a link or a mount point, which cannot give way to a folder: restore into "
                  "a folder within it"),
               folder);
    return YX_OK;
}

static yx_status sync_at(const char *path, bool all, struct yx_error *err)
{
    YX_CLEAN(open_file) struct open_file file = {open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};

    if (file.fd < 0 || (all ? syncfs(file.fd) : fsync(file.fd)) != 0)
        return yx_fail_errno(err, YX_IO, N_("cannot write {1}: {2}"), path, errno);
    return YX_OK;
}

/* Everything is on the disk before it gets its name; an empty folder of that name gives way. */
static yx_status put_in_place(struct restoring *restoring, struct yx_error *err)
{
    const char *folder = restoring->where->folder;
    char *slash;

    YX_TRY(sync_at(restoring->workshop, true, err));
    if (rename(restoring->workshop, folder) != 0)
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("cannot create {1}: {2}"), folder, errno);
    /* What is left of the name is that of the folder above. */
    slash = strrchr(restoring->workshop, '/');
    if (slash == NULL)
        (void)strcpy(restoring->workshop, ".");
    else
        slash[slash == restoring->workshop] = '\0';
    yx_status status = sync_at(restoring->workshop, false, err);

    restoring->workshop[0] = '\0';
    return status;
}

yx_status yx_backup_restore(const struct yx_source *file, const struct yx_backup_key *key,
                            const struct yx_backup_where *where, const struct yx_progress *progress,
                            struct yx_backup_summary *out, struct yx_error *err)
{
    YX_CLEAN(restoring) struct restoring restoring = {.where = where};
    const struct yx_unpacker unpacker = {take, &restoring};
    struct yx_backup_summary summary = {{0}};
    struct yx_vault *vault = NULL;

    YX_TRY(yx_vault_open(file, key, &vault, err));
    yx_status status = open_workshop(&restoring, err);

    if (status != YX_OK) {
        yx_vault_free(vault);
        return status;
    }
    YX_TRY(yx_unpack(vault, &unpacker, progress, &restoring.about, &summary, err));
    YX_TRY(check_databases(&restoring, err));
    if (where->keep)
        YX_TRY(put_in_place(&restoring, err));
    *out = summary;
    return YX_OK;
}
