/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backup/make.c - a data folder as a backup, in three walks: what is neither database nor document;
 * the databases, each copied in one state; the documents.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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
    struct yx_about about;
    char copy[YX_BACKUP_PATH_MAX + 64]; /* where databases are copied to */
    enum { FILES, DATABASES, BLOBS, WALKS } walk;
    bool found; /* the database of the service */
    uint64_t total;
};
static void making_free(struct making *making)
{
    yx_pack_free(&making->pack);
    yx_about_free(&making->about);
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
static yx_status pack_file(struct making *making, yx_entry_kind kind, const char *whole,
                           const char *path, unsigned mode, struct yx_error *err)
{
    YX_CLEAN(open_file) struct open_file file = {open(whole, O_RDONLY | O_CLOEXEC)};

    /* What went away since it was listed was not there; a copy does not go away. */
    if (file.fd < 0 && errno == ENOENT && whole != making->copy)
        return YX_OK;
    if (file.fd < 0)
        return yx_fail_errno(err, YX_NO_INPUT, N_("cannot open {1}: {2}"), whole, errno);
    YX_TRY(yx_pack_begin(&making->pack, kind, path, mode, err));
    YX_TRY(pack_content(making, file.fd, whole, err));
    return yx_pack_close(&making->pack, err);
}

/* A database of another program is copied like ours, and comes back as any file. */
static yx_status pack_database(struct making *making, const char *whole, const char *path,
                               unsigned mode, struct yx_error *err)
{
    bool is_ours = yx_store_look(whole) == YX_STORE_FILE_OURS;
    yx_status status = yx_store_copy(whole, making->copy, NULL, err);

    making->found = making->found || (is_ours && strcmp(path, making->about.database) == 0);
    if (status == YX_OK)
        status = pack_file(making, is_ours ? YX_ENTRY_DATABASE : YX_ENTRY_FILE, making->copy, path,
                           mode, err);
    (void)unlink(making->copy);
    return status;
}

/* --- Walking ------------------------------------------------------------------------------- */

/*
 * What SQLite keeps beside a database is in its copy: beside that, an older log would be played
 * back into it. It is not even opened: that would cost SQLite its locks.
 */
static bool is_beside_database(const char *whole)
{
    static const char *const ends[] = {"-wal", "-shm", "-journal"};
    char stem[PATH_MAX];
    size_t len = strlen(whole);

    for (size_t i = 0; i < sizeof ends / sizeof *ends && len < sizeof stem; i++) {
        size_t tail = strlen(ends[i]);

        if (len <= tail || strcmp(whole + len - tail, ends[i]) != 0)
            continue;
        (void)snprintf(stem, sizeof stem, "%.*s", (int)(len - tail), whole);
        return yx_store_look(stem) != YX_STORE_FILE_NONE;
    }
    return false;
}

/* What begins with ".yinxin-" is being written, and so is what is on its way to the documents. */
static bool is_passing(const struct making *making, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    size_t len = strlen(making->about.blobs);

    if (strncmp(name, ".yinxin-", 8) == 0 || strcmp(path, WORKSHOP) == 0 ||
        strncmp(path, WORKSHOP "/", sizeof WORKSHOP) == 0)
        return true;
    return len > 0 && strncmp(path, making->about.blobs, len) == 0 &&
           strncmp(path + len, "incoming", 8) == 0 &&
           (path[len + 8] == '/' || path[len + 8] == '\0');
}

static int walk_of(const struct making *making, const char *whole, const char *path, bool is_folder)
{
    const char *blobs = making->about.blobs;

    if (blobs[0] != '\0' && strncmp(path, blobs, strlen(blobs)) == 0)
        return BLOBS;
    return !is_folder && yx_store_look(whole) != YX_STORE_FILE_NONE ? DATABASES : FILES;
}

static yx_status take(void *self, const char *whole, const char *path, unsigned mode, uint64_t size,
                      bool is_folder, struct yx_error *err)
{
    struct making *making = self;

    (void)size;
    if (is_passing(making, path) || (!is_folder && is_beside_database(whole)) ||
        walk_of(making, whole, path, is_folder) != (int)making->walk)
        return YX_OK;
    if (is_folder)
        return yx_pack_begin(&making->pack, YX_ENTRY_FOLDER, path, mode, err);
    return making->walk == DATABASES ? pack_database(making, whole, path, mode, err)
                                     : pack_file(making, YX_ENTRY_FILE, whole, path, mode, err);
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

    YX_TRY(yx_about_write(&making->about, making->what->now, &json, err));
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
    YX_REQUIRE(making->found || yx_store_is_uri(making->what->database), err, YX_NO_INPUT, "",
               N_("{1} is no database of this program"), making->what->database);
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

/* By their names: what is left of that of the place. */
static bool is_below(const char *folder, const char *place, char out[YX_BACKUP_PATH_MAX + 1])
{
    size_t len = strlen(folder), rest;

    while (len > 1 && folder[len - 1] == '/')
        len--;
    if (strncmp(place, folder, len) != 0 || place[len] != '/' || strstr(place + len, "..") != NULL)
        return false;
    place += len + strspn(place + len, "/");
    rest = strlen(place);
    while (rest > 0 && place[rest - 1] == '/')
        rest--;
    (void)snprintf(out, YX_BACKUP_PATH_MAX, "%.*s", (int)rest, place);
    return out[0] != '\0';
}

/* Where in the folder the place is; "" when it is elsewhere. A link in the folder is followed, and
 * so what it leads to is in the folder, wherever it lies. */
static yx_status within(const char *folder, const char *place, char out[YX_BACKUP_PATH_MAX + 1],
                        struct yx_error *err)
{
    YX_CLEAN(resolved) struct resolved resolved = {realpath(folder, NULL), realpath(place, NULL)};

    if (resolved.folder == NULL)
        return yx_fail_errno(err, YX_NO_INPUT, N_("cannot open {1}: {2}"), folder, errno);
    if (is_below(folder, place, out) ||
        (resolved.place != NULL && is_below(resolved.folder, resolved.place, out)))
        return YX_OK;
    out[0] = '\0';
    return YX_OK;
}

bool yx_backup_covers(const char *folder, const char *place)
{
    char path[YX_BACKUP_PATH_MAX + 1];

    return within(folder, place, path, NULL) == YX_OK && path[0] != '\0';
}

static yx_status fill_about(struct making *making, struct yx_error *err)
{
    const struct yx_backup_what *what = making->what;
    struct yx_about *about = &making->about;

    if (!yx_store_is_uri(what->database)) {
        YX_TRY(within(what->folder, what->database, about->database, err));
        YX_REQUIRE(about->database[0] != '\0', err, YX_REFUSED, "",
                   N_("the database {1} is not in the folder {2}: a backup of the folder would "
                      "not have it"),
                   what->database, what->folder);
    }
    YX_TRY(within(what->folder, what->blobs, about->blobs, err));
    if (about->blobs[0] != '\0') {
        size_t len = strlen(about->blobs);

        (void)snprintf(about->blobs + len, sizeof about->blobs - len, "/");
    }
    return yx_buf_append(&about->checkpoint, what->checkpoint) == YX_OK ? YX_OK
                                                                        : yx_fail_memory(err);
}

/* A backup would have the one before in it, and so on: each twice as large. */
static yx_status require_elsewhere(const char *folder, const char *path, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf above = {0};
    YX_CLEAN(resolved) struct resolved resolved = {NULL, NULL};
    const char *slash = strrchr(path, '/');
    char rest[YX_BACKUP_PATH_MAX + 1];

    if (yx_buf_printf(&above, "%.*s", slash == NULL ? 1 : (int)(slash - path + 1),
                      slash == NULL ? "." : path) != YX_OK ||
        yx_buf_append(&above, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    resolved.folder = realpath(folder, NULL);
    resolved.place = realpath((const char *)above.data, NULL);
    YX_REQUIRE(resolved.folder == NULL || resolved.place == NULL ||
                   (strcmp(resolved.folder, resolved.place) != 0 &&
                    !is_below(resolved.folder, resolved.place, rest)),
               err, YX_REFUSED, "",
               N_("{1} lies in the folder that it would be a backup of: write it elsewhere"), path);
    return YX_OK;
}

/* A folder for copies, with a lock on it; whatever an earlier backup left there goes away. */
static yx_status open_workshop(struct making *making, struct open_file *lock, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    struct stat about;

    YX_TRY(yx_tree_path(making->what->folder, WORKSHOP, &path, err));
    const char *name = (const char *)path.data;

    if (mkdir(name, 0700) != 0 && errno != EEXIST)
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("cannot create {1}: {2}"), name, errno);
    lock->fd = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (lock->fd < 0)
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("cannot create {1}: {2}"), name, errno);
    /* A folder without links was removed, by a backup that ended since we opened it. */
    YX_REQUIRE(flock(lock->fd, LOCK_EX | LOCK_NB) == 0 && fstat(lock->fd, &about) == 0 &&
                   about.st_nlink > 0,
               err, YX_REFUSED, "", N_("another backup of {1} is running"), making->what->folder);
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

    YX_TRY(fill_about(&making, err));
    YX_TRY(require_elsewhere(what->folder, path, err));
    YX_TRY(open_workshop(&making, &workshop, err));
    status = write_backup(&making, lock, path, &summary, err);
    close_workshop(&making);
    if (status == YX_OK)
        *out = summary;
    return status;
}
