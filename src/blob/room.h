/* SPDX-License-Identifier: Apache-2.0 */
/* blob/room.h - what the files of this room share. */
#ifndef BLOB_ROOM_H
#define BLOB_ROOM_H

#include <unistd.h>

#include "blob/blob.h"

/* --- Files that nobody else sees (draft.c) --------------------------------------------------- */

/* A file in the folder for what is on its way. Its writer holds a lock on it (flock), which ends
 * with the process: so one that has none may be removed. */
struct yx_blob_draft {
    int fd;     /* -1: none */
    char *path; /* NULL once it has another name */
};
yx_status yx_blob_draft_new(const struct yx_blobs *blobs, struct yx_blob_draft *out,
                            struct yx_error *err);
yx_status yx_blob_draft_write(const struct yx_blob_draft *draft, struct yx_bytes bytes,
                              struct yx_error *err);
void yx_blob_draft_free(struct yx_blob_draft *draft);
YX_DEFINE_CLEAN_VALUE(yx_blob_draft, struct yx_blob_draft, yx_blob_draft_free);
/* Removes those that have no writer any more. */
yx_status yx_blob_drafts_sweep(const struct yx_blobs *blobs, struct yx_error *err);
/* A file without a name, which goes when it is closed. */
yx_status yx_blob_nameless(const struct yx_blobs *blobs, int *fd, struct yx_error *err);

static inline void yx_blob_fd_clean(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* --- Places (folder.c, s3.c) ------------------------------------------------------------------ */

/* What lies in a place under a name, opened for reading. */
struct yx_blob_object {
    uint64_t size;
    int fd; /* of a folder; -1 in a bucket */
    char name[YX_BLOB_HEX + 8];
};
struct yx_blob_kind {
    /* Gives the draft, whole and of this size, its name; what had it is replaced. */
    yx_status (*put)(struct yx_blobs *blobs, const char *name, struct yx_blob_draft *draft,
                     uint64_t size, struct yx_error *err);
    /* YX_NO_INPUT when it is not there. The caller closes object->fd. */
    yx_status (*open)(struct yx_blobs *blobs, const char *name, struct yx_blob_object *out,
                      struct yx_error *err);
    /* Exactly `len` bytes, which are there by the object's size. */
    yx_status (*read)(struct yx_blobs *blobs, const struct yx_blob_object *object, uint64_t offset,
                      void *out, size_t len, struct yx_error *err);
    /* Brings the whole object to this machine, unless it is here: object->fd is its file then, and
     * `read` reads from it. */
    yx_status (*fetch)(struct yx_blobs *blobs, struct yx_blob_object *object, struct yx_error *err);
    /* YX_OK also when it is not there. */
    yx_status (*remove)(struct yx_blobs *blobs, const char *name, struct yx_error *err);
};
extern const struct yx_blob_kind yx_blob_folder, yx_blob_bucket;

struct yx_s3;
struct yx_blobs {
    const struct yx_blob_kind *kind;
    char *folder;   /* of a folder: its path */
    char *incoming; /* the folder for drafts */
    struct yx_s3 *s3;
    bool has_key;
    uint8_t key[32];
};

yx_status yx_blob_folder_open(struct yx_blobs *blobs, struct yx_error *err);
/* Calls `each` with the name of every content in the folder. */
yx_status yx_blob_folder_list(const struct yx_blobs *blobs,
                              yx_status (*each)(void *self, const char *name, struct yx_error *err),
                              void *self, struct yx_error *err);
yx_status yx_s3_open(const struct yx_settings *settings, struct yx_s3 **out, struct yx_error *err);
void yx_s3_free(struct yx_s3 *s3);

/* Makes a folder of our own unless it is there. */
yx_status yx_blob_make_folder(const char *path, struct yx_error *err);
/* The names of a content: in the clear, and encrypted. */
#define YX_BLOB_ENCRYPTED ".e"
void yx_blob_name(const uint8_t digest[YX_BLOB_DIGEST], bool encrypted, char out[YX_BLOB_HEX + 8]);
/* Reads or writes exactly `len` bytes of a file. */
yx_status yx_blob_pread(int fd, uint64_t offset, void *out, size_t len, struct yx_error *err);

/* --- Rows (table.c) ---------------------------------------------------------------------- */

/* The row that a content on its way found or made. */
struct yx_blob_expected {
    bool is_present; /* the content is there already */
    yx_time since;   /* when this row was made: one that was swept and made again is another */
};
/* Before a content gets its name: its row is there, and will not be swept before its time. */
yx_status yx_blob_row_expect(struct yx_store *store, const struct yx_blob *blob,
                             const struct yx_blob_about *about, struct yx_blob_expected *out,
                             struct yx_error *err);
/* It has its name. YX_REFUSED: the row was swept meanwhile, and the content with it. */
yx_status yx_blob_row_arrived(struct yx_store *store, const struct yx_blob *blob,
                              const struct yx_blob_expected *expected, struct yx_error *err);
/* Is there a row, of a content that has arrived or not? */
yx_status yx_blob_known(struct yx_tx *tx, const uint8_t digest[YX_BLOB_DIGEST], bool *is_known,
                        struct yx_error *err);
/* Reads a content and compares it with its digest (reader.c). */
yx_status yx_blob_check(struct yx_blobs *blobs, const uint8_t digest[YX_BLOB_DIGEST],
                        struct yx_error *err);

/* --- Encryption (crypt.c) --------------------------------------------------------------------- */

#define YX_BLOB_CHUNK (64u * 1024)
#define YX_BLOB_TAG 32u
#define YX_BLOB_HEAD 20u
/* The keys of one file. */
struct yx_blob_cipher {
    uint8_t key[16], mac[32];
};
/* A new file: its keys, and the head that it starts with. */
yx_status yx_blob_cipher_new(const struct yx_blobs *blobs, uint8_t head[YX_BLOB_HEAD],
                             struct yx_blob_cipher *out, struct yx_error *err);
/* YX_DAMAGED when it is not the head of an encrypted content. */
yx_status yx_blob_cipher_read(const struct yx_blobs *blobs, const uint8_t head[YX_BLOB_HEAD],
                              struct yx_blob_cipher *out, struct yx_error *err);
/* Appends the chunk `index`, encrypted, and its tag; `plain` is at most a chunk. */
yx_status yx_blob_chunk_close(const struct yx_blob_cipher *cipher, uint64_t index, bool is_last,
                              struct yx_bytes plain, struct yx_buf *out, struct yx_error *err);
/* Appends the plain text of a chunk with its tag; YX_DAMAGED when it was changed. */
yx_status yx_blob_chunk_open(const struct yx_blob_cipher *cipher, uint64_t index, bool is_last,
                             struct yx_bytes closed, struct yx_buf *out, struct yx_error *err);
/* How long the content of an encrypted file is, and how many chunks it has. */
yx_status yx_blob_plain_size(uint64_t size, uint64_t *plain, uint64_t *chunks,
                             struct yx_error *err);

#endif
