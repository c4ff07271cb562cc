/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backup/make.c - a data folder as a backup, in three walks: what is neither database nor document;
 * the databases, each copied in one state; the documents.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/room.h"

#define WORKSHOP ".backup"

struct making {
    const struct yx_backup_what *what;
    const struct yx_progress *progress;
    struct yx_pack pack;
    char database[YX_BACKUP_PATH_MAX + 1]; /* within the folder; "" */
    char blobs[YX_BACKUP_PATH_MAX + 1];    /* the same, with '/' at its end */
    char copy[YX_BACKUP_PATH_MAX + 64];    /* where databases are copied to */
    enum { FILES, DATABASES, BLOBS, WALKS } walk;
    uint64_t total;
};
static void making_free(struct making *making)
{
    yx_pack_free(&making->pack);
}
YX_DEFINE_CLEAN_VALUE(making, struct making, making_free);

/* --- Files --------------------------------------------------------------------------------- */

struct open_file {
    int fd;
};
static void open_file_close(struct open_file *file)
{
    if (file->fd >= 0)
        (void)close(file->fd);
}
YX_DEFINE_CLEAN_VALUE(open_file, struct open_file, open_file_close);

static void tell(const struct making *making)
{
    const struct yx_progress *progress = making->progress;
    uint64_t done = making->pack.bytes;

    if (progress != NULL && progress->tell != NULL)
        progress->tell(progress->self, done < making->total ? done : making->total, making->total);
}

static yx_status pack_content(struct making *making, int fd, const char *whole,
                              struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf room = {0};
    ssize_t got;

    if (yx_buf_reserve(&room, YX_BACKUP_PIECE) != YX_OK)
        return yx_fail_memory(err);
    while ((got = read(fd, room.data, YX_BACKUP_PIECE)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return yx_fail_errno(err, YX_IO, N_("cannot read {1}: {2}"), whole, errno);
        YX_TRY(yx_pack_content(&making->pack, YX_BYTES(room.data, (size_t)got), err));
        tell(making);
    }
    return YX_OK;
}

/* `whole` is read; in the backup it is `path`. */
static yx_status pack_file(struct making *making, const char *whole, const char *path,
                           unsigned mode, struct yx_error *err)
{
    YX_CLEAN(open_file) struct open_file file = {open(whole, O_RDONLY | O_CLOEXEC)};

    if (file.fd < 0)
        return errno == ENOENT
                   ? YX_OK
                   : yx_fail_errno(err, YX_NO_INPUT, N_("cannot open {1}: {2}"), whole, errno);
    YX_TRY(yx_pack_begin(&making->pack, YX_ENTRY_FILE, path, mode, err));
    YX_TRY(pack_content(making, file.fd, whole, err));
    return yx_pack_close(&making->pack, err);
}

static yx_status pack_database(struct making *making, const char *whole, const char *path,
                               unsigned mode, struct yx_error *err)
{
    yx_status status = yx_store_copy(whole, making->copy, NULL, err);

    if (status == YX_OK)
        status = pack_file(making, making->copy, path, mode, err);
    (void)unlink(making->copy);
    return status;
}

/* --- Walking ------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), tail = strlen(end);

    return len >= tail && strcmp(text + len - tail, end) == 0;
}

/* What SQLite keeps beside a database is in its copy; what begins with ".yinxin-" is being written.
 */
static bool is_passing(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;

    return strncmp(name, ".yinxin-", 8) == 0 || strcmp(path, WORKSHOP) == 0 ||
           strncmp(path, WORKSHOP "/", sizeof WORKSHOP) == 0 || ends_with(name, ".db-wal") ||
           ends_with(name, ".db-shm") || ends_with(name, ".db-journal");
}

/* What is being written there has no name yet. */
static bool is_incoming(const struct making *making, const char *path)
{
    size_t len = strlen(making->blobs);

    return len > 0 && strncmp(path, making->blobs, len) == 0 &&
           strncmp(path + len, "incoming", 8) == 0 &&
           (path[len + 8] == '/' || path[len + 8] == '\0');
}

static int walk_of(const struct making *making, const char *whole, const char *path, bool is_folder)
{
    if (making->blobs[0] != '\0' && strncmp(path, making->blobs, strlen(making->blobs)) == 0)
        return BLOBS;
    return !is_folder && yx_store_is_file(whole) ? DATABASES : FILES;
}

static yx_status take(void *self, const char *whole, const char *path, unsigned mode, uint64_t size,
                      bool is_folder, struct yx_error *err)
{
    struct making *making = self;

    (void)size;
    if (is_passing(path) || is_incoming(making, path) ||
        walk_of(making, whole, path, is_folder) != (int)making->walk)
        return YX_OK;
    if (is_folder)
        return yx_pack_begin(&making->pack, YX_ENTRY_FOLDER, path, mode, err);
    return making->walk == DATABASES ? pack_database(making, whole, path, mode, err)
                                     : pack_file(making, whole, path, mode, err);
}

static yx_status weigh(void *self, const char *whole, const char *path, unsigned mode,
                       uint64_t size, bool is_folder, struct yx_error *err)
{
    (void)whole, (void)path, (void)mode, (void)is_folder, (void)err;
    ((struct making *)self)->total += size;
    return YX_OK;
}

static yx_status pack_dump(struct making *making, struct yx_error *err)
{
    if (!yx_store_is_uri(making->what->database))
        return YX_OK;
    YX_TRY(yx_pack_begin(&making->pack, YX_ENTRY_DUMP, "postgresql", 0600, err));
    YX_TRY(yx_postgres_dump(making->what->database, &making->pack, err));
    return yx_pack_close(&making->pack, err);
}

static yx_status pack_about(struct making *making, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf json = {0};

    YX_TRY(yx_about_write(making->what, making->database, &json, err));
    YX_TRY(yx_pack_begin(&making->pack, YX_ENTRY_ABOUT, "about", 0600, err));
    YX_TRY(yx_pack_content(&making->pack, yx_buf_bytes(&json), err));
    return yx_pack_close(&making->pack, err);
}

static yx_status pack_all(struct making *making, struct yx_error *err)
{
    const struct yx_walker weigher = {weigh, making}, taker = {take, making};

    YX_TRY(yx_tree_walk(making->what->folder, &weigher, err));
    YX_TRY(pack_about(making, err));
    for (making->walk = FILES; making->walk < WALKS; making->walk++) {
        YX_TRY(yx_tree_walk(making->what->folder, &taker, err));
        if (making->walk == DATABASES)
            YX_TRY(pack_dump(making, err));
    }
    return yx_pack_end(&making->pack, err);
}

/* --- The folder's own places --------------------------------------------------------------- */

struct resolved {
    char *folder, *place;
};
static void resolved_free(struct resolved *resolved)
{
    free(resolved->folder);
    free(resolved->place);
}
YX_DEFINE_CLEAN_VALUE(resolved, struct resolved, resolved_free);

/* Where in the folder the place is; "" when it is elsewhere, or is not there. */
static yx_status within(const char *folder, const char *place, char out[YX_BACKUP_PATH_MAX + 1],
                        struct yx_error *err)
{
    YX_CLEAN(resolved) struct resolved resolved = {realpath(folder, NULL), realpath(place, NULL)};
    size_t len;

    out[0] = '\0';
    if (resolved.folder == NULL)
        return yx_fail_errno(err, YX_NO_INPUT, N_("cannot open {1}: {2}"), folder, errno);
    len = strlen(resolved.folder);
    if (resolved.place != NULL && strncmp(resolved.place, resolved.folder, len) == 0 &&
        resolved.place[len] == '/')
        (void)snprintf(out, YX_BACKUP_PATH_MAX, "%s", resolved.place + len + 1);
    return YX_OK;
}

static yx_status find_places(struct making *making, struct yx_error *err)
{
    const struct yx_backup_what *what = making->what;

    if (!yx_store_is_uri(what->database)) {
        YX_TRY(within(what->folder, what->database, making->database, err));
        YX_REQUIRE(making->database[0] != '\0', err, YX_REFUSED, "",
                   N_("the database {1} is not in the folder {2}: a backup of the folder would "
                      "not have it"),
                   what->database, what->folder);
    }
    YX_TRY(within(what->folder, what->blobs, making->blobs, err));
    if (making->blobs[0] != '\0') {
        size_t len = strlen(making->blobs);

        (void)snprintf(making->blobs + len, sizeof making->blobs - len, "/");
    }
    return YX_OK;
}

/* A folder for copies, with a lock on it; whatever an earlier backup left there goes away. */
static yx_status open_workshop(struct making *making, struct open_file *lock, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};

    YX_TRY(yx_tree_path(making->what->folder, WORKSHOP, &path, err));
    const char *name = (const char *)path.data;

    if (mkdir(name, 0700) != 0 && errno != EEXIST)
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("cannot create {1}: {2}"), name, errno);
    lock->fd = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (lock->fd < 0)
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("cannot create {1}: {2}"), name, errno);
    YX_REQUIRE(flock(lock->fd, LOCK_EX | LOCK_NB) == 0, err, YX_REFUSED, "",
               N_("another backup of {1} is running"), making->what->folder);
    YX_REQUIRE((size_t)snprintf(making->copy, sizeof making->copy, "%s/copy.db", name) <
                   sizeof making->copy,
               err, YX_USAGE, "", N_("the name {1} is too long"), name);
    (void)unlink(making->copy);
    return YX_OK;
}

static void close_workshop(const struct making *making)
{
    char name[sizeof making->copy];
    char *slash;

    (void)unlink(making->copy);
    memcpy(name, making->copy, sizeof name);
    slash = strrchr(name, '/');
    *slash = '\0';
    (void)rmdir(name);
}

/* --- The door ------------------------------------------------------------------------------ */

/* What was written must be readable again before it gets its name. */
static yx_status reread(const struct making *making, struct yx_sink *sink,
                        struct yx_backup_summary *out, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *written = NULL;
    YX_CLEAN(yx_about) struct yx_about about = {{0}};
    const struct yx_unpacker nobody = {NULL, NULL};
    struct yx_vault *vault = NULL;

    YX_TRY(yx_sink_reread(sink, &written, err));
    YX_TRY(yx_source_digest(written, NULL, out->digest, err));
    YX_TRY(yx_vault_reopen(making->pack.vault, written, &vault, err));
    return yx_unpack(vault, &nobody, NULL, &about, out, err);
}

static yx_status write_backup(struct making *making, const struct yx_backup_lock *lock,
                              const char *path, struct yx_backup_summary *out, struct yx_error *err)
{
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;

    YX_TRY(yx_sink_file(path, true, &sink, err));
    YX_TRY(yx_vault_new(sink, lock, &making->pack.vault, err));
    YX_TRY(pack_all(making, err));
    YX_TRY(reread(making, sink, out, err));
    return yx_sink_commit(sink, err);
}

yx_status yx_backup_make(const struct yx_backup_what *what, const struct yx_backup_lock *lock,
                         const char *path, const struct yx_progress *progress,
                         struct yx_backup_summary *out, struct yx_error *err)
{
    YX_CLEAN(making) struct making making = {.what = what, .progress = progress};
    YX_CLEAN(open_file) struct open_file workshop = {-1};
    struct yx_backup_summary summary = {{0}};
    yx_status status;

    YX_TRY(find_places(&making, err));
    YX_TRY(open_workshop(&making, &workshop, err));
    status = write_backup(&making, lock, path, &summary, err);
    close_workshop(&making);
    if (status == YX_OK)
        *out = summary;
    return status;
}
