/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backup/backup.h - the door to backup/: a data folder with its database as one encrypted file,
 * made while the service runs, and back again.
 *
 * The file begins in the clear:
 *
 *   "YXBACKUP"  version (1)  kind of lock (1 or 2)  length of the lock in two octets
 *   lock 1, a passphrase: salt (32), log2 N, r, p of scrypt (one octet each)
 *   lock 2, a recipient: SM3 of its SubjectPublicKeyInfo (32), an EnvelopedData with the secret
 *   check (32)
 *
 * The secret has 64 octets: the key, and the check, by which a wrong passphrase is told from
 * damage. What follows is encrypted in chunks of 64 KiB, the last of which may be shorter, each
 * with its tag (AES-256-GCM). The nonce is three zeros, the number of the chunk in eight octets,
 * and 1 for the last one, else 0; SM3 of all of the beginning is proved along. So nothing can be
 * cut off, changed places or be taken from another backup.
 *
 * Inside are entries: kind, length of the path in two octets, path, mode in two octets; unless it
 * is a folder, pieces of content, each behind its length in four octets, ended by the length 0; the
 * SM3 of the content. All numbers have their most significant octet first. Kinds: 'A', about the
 * backup, JSON, the first one; 'D', a folder; 'F', a file; 'S', a SQLite database of ours; 'P',
 * what pg_dump wrote; 'E', the end, with the number of entries before it in eight octets instead of
 * all that. What was brought as a document is never taken for a database, whatever it looks like.
 *
 * Order: what is not a database nor a document; databases, each in one state; documents. Each of
 * the keeper's journal's entries thus has its audit leaf in the copy of the database.
 */
#ifndef BACKUP_BACKUP_H
#define BACKUP_BACKUP_H

#include "cms/cms.h"
#include "store/store.h"

/* How a backup is locked: by a passphrase, or so that only the holder of a key can read it. */
struct yx_backup_lock {
    struct yx_bytes passphrase;      /* or */
    const struct yx_cert *recipient; /* SM2, RSA, P-256 or P-384 */
};
/* What opens it. */
struct yx_backup_key {
    struct yx_bytes passphrase; /* or */
    const struct yx_cert *cert;
    const struct yx_private_key *private_key;
};

/* What is in it. */
struct yx_backup_summary {
    char made[YX_TIME_TEXT];
    int64_t entries;
    uint64_t bytes;     /* of content */
    bool postgres;      /* else SQLite */
    int64_t audit_size; /* records that the last checkpoint covered */
    uint8_t digest[32]; /* SM3 of the file */
};

struct yx_backup_what {
    const char *folder;
    const char *database;       /* a SQLite file in the folder, or a PostgreSQL URI */
    const char *blobs;          /* a folder; those in the folder of the backup are in it */
    struct yx_bytes checkpoint; /* the last one of the audit list; empty: none */
    yx_time now;
};
/*
 * Writes the backup to `path`, whole or not at all, mode 0600, after it was read again. The folder
 * is not changed, but for DIR/.backup while it works, which needs room for the largest SQLite
 * database. YX_REFUSED when another backup is running, or `path` lies in the folder. Progress in
 * bytes.
 */
yx_status yx_backup_make(const struct yx_backup_what *what, const struct yx_backup_lock *lock,
                         const char *path, const struct yx_progress *progress,
                         struct yx_backup_summary *out, struct yx_error *err);
/* Does a backup of the folder have what lies at this place? */
bool yx_backup_covers(const char *folder, const char *place);
/* Reads all of it: every chunk is whole and in its place, every content has its digest. YX_REFUSED
 * when the key is wrong, YX_DAMAGED when anything else is. */
yx_status yx_backup_check(const struct yx_source *file, const struct yx_backup_key *key,
                          const struct yx_progress *progress, struct yx_backup_summary *out,
                          struct yx_error *err);

struct yx_backup_where {
    const char *folder;   /* is not there, or is empty */
    const char *database; /* an empty PostgreSQL database for a backup that has one; or NULL */
    bool keep; /* false: it is unpacked and checked, and taken away again, but for that database */
    const char *actor; /* who restores: "cli:uid=1000" */
    yx_time now;
};
/*
 * Unpacks beside the folder, then checks: digests, names of documents, pages and references of
 * every database, every audit list, which has grown out of the checkpoint of the backup. Only then
 * does the folder appear; its audit list tells of it. On any failure nothing is left, but what
 * pg_restore has put into the PostgreSQL database.
 */
yx_status yx_backup_restore(const struct yx_source *file, const struct yx_backup_key *key,
                            const struct yx_backup_where *where, const struct yx_progress *progress,
                            struct yx_backup_summary *out, struct yx_error *err);

#endif
