/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backup/room.h - what the files of backup/ share.
 *
 *   vault.c     bytes encrypted in chunks, and back
 *   pack.c      entries in these bytes; about.c, the first of them
 *   make.c      a folder and its databases into entries
 *   restore.c   entries into a folder; check.c looks at what came out
 *   postgres.c  pg_dump and pg_restore as children
 *   tree.c      folders: walking, removing
 */
#ifndef BACKUP_ROOM_H
#define BACKUP_ROOM_H

#include "backup/backup.h"

#define YX_BACKUP_PATH_MAX 1024u
#define YX_BACKUP_ABOUT_MAX (64u * 1024)
/* Pieces of content. */
#define YX_BACKUP_PIECE (1u << 20)
#define YX_BACKUP_DIGEST 32

yx_status yx_backup_fail_damaged(struct yx_error *err);

/* --- Encrypted bytes (vault.c) ---------------------------------------------------------------- */

struct yx_vault;
/* Writes the beginning. */
yx_status yx_vault_new(struct yx_sink *sink, const struct yx_backup_lock *lock,
                       struct yx_vault **out, struct yx_error *err);
yx_status yx_vault_write(struct yx_vault *vault, struct yx_bytes bytes, struct yx_error *err);
/* Writes the last chunk. */
yx_status yx_vault_end(struct yx_vault *vault, struct yx_error *err);

yx_status yx_vault_open(const struct yx_source *file, const struct yx_backup_key *key,
                        struct yx_vault **out, struct yx_error *err);
/* The same bytes that this vault has written, with the key that it has. */
yx_status yx_vault_reopen(const struct yx_vault *written, const struct yx_source *file,
                          struct yx_vault **out, struct yx_error *err);
/* Fills `out`; YX_DAMAGED when there are not so many bytes left. */
yx_status yx_vault_read(struct yx_vault *vault, void *out, size_t len, struct yx_error *err);
/* Nothing may be left. */
yx_status yx_vault_close(struct yx_vault *vault, struct yx_error *err);
void yx_vault_tell(const struct yx_vault *vault, const struct yx_progress *progress);
void yx_vault_free(struct yx_vault *vault);
YX_DEFINE_CLEAN(yx_vault, struct yx_vault *, yx_vault_free);

/* --- Entries (pack.c) ------------------------------------------------------------------------- */

typedef enum {
    YX_ENTRY_ABOUT = 'A',
    YX_ENTRY_FOLDER = 'D',
    YX_ENTRY_FILE = 'F',
    YX_ENTRY_DATABASE = 'S',
    YX_ENTRY_DUMP = 'P',
    YX_ENTRY_END = 'E'
} yx_entry_kind;

struct yx_pack {
    struct yx_vault *vault;
    struct yx_hasher *hasher;
    int64_t entries;
    uint64_t bytes; /* of content */
};
yx_status yx_pack_begin(struct yx_pack *pack, yx_entry_kind kind, const char *path, unsigned mode,
                        struct yx_error *err);
yx_status yx_pack_content(struct yx_pack *pack, struct yx_bytes content, struct yx_error *err);
/* The end of a content. */
yx_status yx_pack_close(struct yx_pack *pack, struct yx_error *err);
yx_status yx_pack_end(struct yx_pack *pack, struct yx_error *err);
void yx_pack_free(struct yx_pack *pack);
YX_DEFINE_CLEAN_VALUE(yx_pack, struct yx_pack, yx_pack_free);

struct yx_entry {
    yx_entry_kind kind;
    unsigned mode;
    char path[YX_BACKUP_PATH_MAX + 1]; /* relative, without "." and ".." */
};
/* The next entry; at the end, all of the vault was read. */
yx_status yx_unpack_next(struct yx_pack *pack, struct yx_entry *out, struct yx_error *err);
/* The next piece of its content, into `room`; empty at the end, when the digest was right. */
yx_status yx_unpack_piece(struct yx_pack *pack, struct yx_buf *room,
                          uint8_t digest[YX_BACKUP_DIGEST], struct yx_error *err);
/* What the first entry says (about.c). */
struct yx_about {
    char database[YX_BACKUP_PATH_MAX + 1]; /* the path of the SQLite file; "" when there was none */
    char blobs[YX_BACKUP_PATH_MAX + 1]; /* "blobs/"; "" when the documents were not in the folder */
    struct yx_buf checkpoint;
};
yx_status yx_about_write(const struct yx_about *about, yx_time now, struct yx_buf *out,
                         struct yx_error *err);
yx_status yx_about_read(struct yx_bytes json, struct yx_about *out,
                        struct yx_backup_summary *summary, struct yx_error *err);
void yx_about_free(struct yx_about *about);
YX_DEFINE_CLEAN_VALUE(yx_about, struct yx_about, yx_about_free);

/* Reads all of a backup, whose vault it takes. `take` gets every entry but the first and the last,
 * and reads its content to its end; NULL: it is passed over. */
struct yx_unpacker {
    yx_status (*take)(void *self, struct yx_pack *pack, const struct yx_entry *entry,
                      struct yx_error *err);
    void *self;
};
yx_status yx_unpack(struct yx_vault *vault, const struct yx_unpacker *unpacker,
                    const struct yx_progress *progress, struct yx_about *about,
                    struct yx_backup_summary *out, struct yx_error *err);

/* --- Folders (tree.c) ------------------------------------------------------------------------- */

/* "FOLDER/NAME", appended with a NUL behind it. */
yx_status yx_tree_path(const char *folder, const char *name, struct yx_buf *out,
                       struct yx_error *err);
/* Calls `each` for what is in a folder, in the order of names, folders before what is in them;
 * links are followed, sockets, pipes and devices left out. `path` is relative to `root`. */
struct yx_walker {
    yx_status (*each)(void *self, const char *whole, const char *path, unsigned mode, uint64_t size,
                      bool is_folder, struct yx_error *err);
    void *self;
};
yx_status yx_tree_walk(const char *root, const struct yx_walker *walker, struct yx_error *err);
/* Removes all of it; what cannot be removed stays. */
void yx_tree_remove(const char *path);
/* Is there no such folder, or is it empty? */
bool yx_tree_is_free(const char *path);

/* --- PostgreSQL (postgres.c) ------------------------------------------------------------- */

/* Runs pg_dump over the database and puts what it writes into the pack as content. */
yx_status yx_postgres_dump(const char *uri, struct yx_pack *pack, struct yx_error *err);
/* Runs pg_restore on the content of the entry at hand, in one transaction. */
yx_status yx_postgres_load(const char *uri, struct yx_pack *pack, struct yx_error *err);

/* --- Looking at what came out (check.c) -------------------------------------------------- */

/* Checks a database, by its path or its URI, and its audit list. That of the service (`is_main`)
 * must have grown out of the checkpoint, and tells of the restoring when it is kept. */
yx_status yx_backup_check_database(const char *place, bool is_main, const struct yx_about *about,
                                   const struct yx_backup_where *where, struct yx_error *err);

#endif
