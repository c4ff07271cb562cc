/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blob/blob.h - the door to blob/: contents by their SM3 digest, in a folder or in a bucket (S3),
 * and the table that says which there are.
 *
 * A content is written piece by piece into a file that nobody else sees, and gets its name when it
 * is whole: of one that was named, every byte is on the disk (fsync of file and folder) or in the
 * bucket. The same content twice is one. Contents never change.
 *
 * With a key (settings: blobs_key) contents are encrypted where they lie: SM4-CTR and HMAC-SM3 in
 * chunks of 64 KiB, so that parts can be read (crypt.c). Their names are still the digests of what
 * they hold. What was written without the key stays readable.
 *
 * Who deletes. Rows count how often a content is held: whatever refers to it holds it in its own
 * transaction and lets it go in another. What nobody holds is temporary and ends with its time.
 * That is exact over any number of nodes, which looking for references in all tables is not: a
 * reference that is on its way would be missed. Most contents are kept for good by law, and are
 * never let go.
 *
 * The order that makes it safe: the row is there before its file, and a file leaves within the
 * transaction that deletes its row. So who writes the same content at that moment waits for the one
 * transaction, or the sweeper finds the row in use.
 *
 * Threads: everything here may be used by any number of threads; a writer or a reader by one.
 */
#ifndef BLOB_BLOB_H
#define BLOB_BLOB_H

#include "crypto/crypto.h"
#include "settings/settings.h"
#include "store/store.h"

#define YX_BLOB_DIGEST 32
#define YX_BLOB_HEX 65 /* of the digest in lower case, with its NUL */

struct yx_blobs;

/*
 * Opens the place that settings->blobs names, and removes what writers left behind that died. A
 * folder is made when it is not there; a bucket is asked for nothing yet. YX_NO_OUTPUT when the
 * folder cannot be written, YX_DAMAGED when key or credentials are none.
 */
yx_status yx_blobs_open(const struct yx_settings *settings, struct yx_blobs **out,
                        struct yx_error *err);
/* No writer or reader is left. */
void yx_blobs_free(struct yx_blobs *blobs);
YX_DEFINE_CLEAN(yx_blobs, struct yx_blobs *, yx_blobs_free);
/* Makes the tables. */
yx_status yx_blobs_prepare(struct yx_store *store, struct yx_error *err);
/* Writes something, reads it again and removes it: does the place work? */
yx_status yx_blobs_try(struct yx_blobs *blobs, struct yx_error *err);
void yx_blob_hex(const uint8_t digest[YX_BLOB_DIGEST], char out[YX_BLOB_HEX]);

/* --- Writing -------------------------------------------------------------------------------- */

struct yx_blob_writer;
/* At most `limit` bytes will be taken. */
yx_status yx_blob_begin(struct yx_blobs *blobs, uint64_t limit, struct yx_blob_writer **out,
                        struct yx_error *err);
/* YX_REFUSED with the rule YX_BLOB_LIMIT when it becomes too long, YX_IO when the disk is full. */
#define YX_BLOB_LIMIT "limit"
yx_status yx_blob_append(struct yx_blob_writer *writer, struct yx_bytes bytes,
                         struct yx_error *err);
/* What has not got its name by then leaves nothing behind. */
void yx_blob_writer_free(struct yx_blob_writer *writer);
YX_DEFINE_CLEAN(yx_blob_writer, struct yx_blob_writer *, yx_blob_writer_free);

struct yx_blob {
    uint8_t digest[YX_BLOB_DIGEST];
    uint64_t size;
};
struct yx_blob_about {
    const char *media_type; /* "application/pdf"; of a content that is there, the first stays */
    const char *by;         /* who brought it: an account */
    yx_time now;
    int64_t lifetime; /* seconds, unless somebody holds it by then */
};
/* Nothing more will come: the digest, before it has its name. What follows does it, too. */
yx_status yx_blob_finish(struct yx_blob_writer *writer, struct yx_blob *out, struct yx_error *err);
/* The content is whole: names it, with its row. What is there already is not written again. */
yx_status yx_blob_keep(struct yx_blob_writer *writer, struct yx_store *store,
                       const struct yx_blob_about *about, struct yx_blob *out,
                       struct yx_error *err);
/* The same without a row, for a content whose row is there (restoring). */
yx_status yx_blob_place(struct yx_blob_writer *writer, struct yx_blob *out, struct yx_error *err);

/* --- Reading -------------------------------------------------------------------------------- */

/*
 * The whole content as a file, for this process or another one; the digest has been compared. The
 * caller closes *fd, and only reads from it. YX_NO_INPUT when it is not there, YX_DAMAGED when it
 * is not what its name says.
 */
yx_status yx_blob_fetch(struct yx_blobs *blobs, const uint8_t digest[YX_BLOB_DIGEST], int *fd,
                        struct yx_error *err);

/* Parts of a content, without the rest of it; its digest is not looked at. */
struct yx_blob_reader;
yx_status yx_blob_open(struct yx_blobs *blobs, const uint8_t digest[YX_BLOB_DIGEST],
                       struct yx_blob_reader **out, struct yx_error *err);
uint64_t yx_blob_reader_size(const struct yx_blob_reader *reader);
/* Reads exactly `len` bytes from `offset`, which must be there. */
yx_status yx_blob_read(struct yx_blob_reader *reader, uint64_t offset, void *out, size_t len,
                       struct yx_error *err);
void yx_blob_reader_free(struct yx_blob_reader *reader);
YX_DEFINE_CLEAN(yx_blob_reader, struct yx_blob_reader *, yx_blob_reader_free);

/* --- Rows (table.c) ------------------------------------------------------------------------- */

struct yx_blob_row {
    uint8_t digest[YX_BLOB_DIGEST];
    uint64_t size;
    char media_type[128];
    char by[128];
    yx_time at;      /* when it first came */
    int64_t holds;   /* how often it is held */
    yx_time expires; /* when it ends unless somebody holds it */
};
/* YX_NO_INPUT when there is no such row, or its content is still on its way. */
yx_status yx_blob_find(struct yx_tx *tx, const uint8_t digest[YX_BLOB_DIGEST],
                       struct yx_blob_row *out, struct yx_error *err);
/* One more that needs it. YX_NO_INPUT when it is not there, or nobody held it and its time is over.
 */
yx_status yx_blob_hold(struct yx_tx *tx, const uint8_t digest[YX_BLOB_DIGEST], yx_time now,
                       struct yx_error *err);
/* One less; after the last one it stays for `lifetime` seconds. YX_REFUSED when nobody holds it. */
yx_status yx_blob_release(struct yx_tx *tx, const uint8_t digest[YX_BLOB_DIGEST], yx_time now,
                          int64_t lifetime, struct yx_error *err);
/* Deletes at most `most` contents that nobody holds and whose time is over, each in a transaction
 * of its own, and what writers left behind that died; *count says how many contents. */
yx_status yx_blobs_sweep(struct yx_blobs *blobs, struct yx_store *store, yx_time now, int64_t most,
                         int64_t *count, struct yx_error *err);

/* --- All of them (verify.c) ----------------------------------------------------------------- */

/* Called for each content that is there, in the order of digests, until it returns another status
 * than YX_OK, which is returned. */
typedef yx_status (*yx_each_blob)(void *self, const struct yx_blob_row *row, struct yx_error *err);
yx_status yx_blobs_each(struct yx_store *store, yx_each_blob each, void *self,
                        struct yx_error *err);

struct yx_blobs_verification {
    int64_t count, bytes;
    int64_t missing, damaged;
    int64_t strangers; /* files in the folder that no row knows; not looked for in a bucket */
    /* Told of each that is wrong, by its digest in hex or its name; may be NULL. */
    void (*tell)(void *self, const char *name, const struct yx_error *why);
    void *self;
};
/* Reads every content again and compares it with its digest. YX_OK also when some are wrong: see
 * the counts, which start at 0. */
yx_status yx_blobs_verify(struct yx_blobs *blobs, struct yx_store *store,
                          struct yx_blobs_verification *out, struct yx_error *err);

#endif
