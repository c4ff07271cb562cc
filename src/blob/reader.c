/* SPDX-License-Identifier: Apache-2.0 */
/* blob/reader.c - contents read again: whole and compared with their digests, or in parts. */
#include <stdlib.h>

#include "blob/room.h"

/* What is read at a time of what cannot be read byte by byte; whole chunks. */
#define WINDOW (4 * YX_BLOB_CHUNK)

/* A content is there encrypted, or in the clear when it was written without a key. */
static yx_status open_object(struct yx_blobs *blobs, const uint8_t digest[YX_BLOB_DIGEST],
                             struct yx_blob_object *out, bool *is_encrypted, struct yx_error *err)
{
    char name[YX_BLOB_HEX + 8];
    yx_status status = YX_NO_INPUT;

    for (int i = 0; status == YX_NO_INPUT && i < 2; i++) {
        *is_encrypted = (i == 0) == blobs->has_key;
        yx_blob_name(digest, *is_encrypted, name);
        status = blobs->kind->open(blobs, name, out, err);
    }
    YX_REQUIRE(status != YX_NO_INPUT, err, YX_NO_INPUT, "", N_("the content {1} is not there"),
               name);
    YX_TRY(status);
    (void)snprintf(out->name, sizeof out->name, "%s", name);
    if (!*is_encrypted || blobs->has_key)
        return YX_OK;
    yx_blob_fd_clean(&out->fd);
    return yx_fail(err, YX_REFUSED, "", N_("the content {1} is encrypted: blobs_key is not set"),
                   name);
}

/* --- Parts ----------------------------------------------------------------------------------- */

struct yx_blob_reader {
    struct yx_blobs *blobs;
    struct yx_blob_object object;
    uint64_t size; /* of the content */
    struct yx_buf window;
    uint64_t start; /* where the window begins in the content */
    /* When it is encrypted: */
    bool is_encrypted;
    struct yx_blob_cipher cipher;
    uint64_t chunks;
    struct yx_buf closed;
};

void yx_blob_reader_free(struct yx_blob_reader *reader)
{
    if (reader == NULL)
        return;
    yx_blob_fd_clean(&reader->object.fd);
    yx_buf_free(&reader->window);
    yx_buf_free(&reader->closed);
    yx_wipe(reader, sizeof *reader);
    free(reader);
}

/* The next free place of `buf` for `len` bytes of the object. */
static yx_status read_into(struct yx_blob_reader *reader, uint64_t offset, size_t len,
                           struct yx_buf *buf, struct yx_error *err)
{
    buf->len = 0;
    if (yx_buf_reserve(buf, len) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(reader->blobs->kind->read(reader->blobs, &reader->object, offset, buf->data, len, err));
    buf->len = len;
    return YX_OK;
}

static yx_status start_cipher(struct yx_blob_reader *reader, struct yx_error *err)
{
    uint8_t head[YX_BLOB_HEAD];

    YX_TRY(yx_blob_plain_size(reader->object.size, &reader->size, &reader->chunks, err));
    YX_TRY(reader->blobs->kind->read(reader->blobs, &reader->object, 0, head, sizeof head, err));
    return yx_blob_cipher_read(reader->blobs, head, &reader->cipher, err);
}

yx_status yx_blob_open(struct yx_blobs *blobs, const uint8_t digest[YX_BLOB_DIGEST],
                       struct yx_blob_reader **out, struct yx_error *err)
{
    YX_CLEAN(yx_blob_reader) struct yx_blob_reader *reader = calloc(1, sizeof *reader);

    if (reader == NULL)
        return yx_fail_memory(err);
    reader->blobs = blobs;
    reader->object.fd = -1;
    YX_TRY(open_object(blobs, digest, &reader->object, &reader->is_encrypted, err));
    reader->size = reader->object.size;
    if (reader->is_encrypted)
        YX_TRY(start_cipher(reader, err));
    *out = reader;
    reader = NULL;
    return YX_OK;
}

uint64_t yx_blob_reader_size(const struct yx_blob_reader *reader)
{
    return reader->size;
}

/* The chunks of the window, out of what was read of them. */
static yx_status decrypt(struct yx_blob_reader *reader, uint64_t first, struct yx_error *err)
{
    struct yx_bytes rest = yx_buf_bytes(&reader->closed);

    reader->window.len = 0;
    for (uint64_t i = first; rest.len > 0; i++) {
        size_t whole = YX_BLOB_CHUNK + YX_BLOB_TAG;
        size_t len = rest.len < whole ? rest.len : whole;

        YX_TRY(yx_blob_chunk_open(&reader->cipher, i, i + 1 == reader->chunks,
                                  YX_BYTES(rest.data, len), &reader->window, err));
        rest = YX_BYTES(rest.data + len, rest.len - len);
    }
    return YX_OK;
}

/* Brings the part of the content around `offset` into the window. */
static yx_status fill(struct yx_blob_reader *reader, uint64_t offset, struct yx_error *err)
{
    uint64_t chunk = offset / YX_BLOB_CHUNK;
    uint64_t at = chunk * YX_BLOB_CHUNK;
    size_t len = reader->size - at < WINDOW ? (size_t)(reader->size - at) : WINDOW;

    reader->window.len = 0;
    reader->start = at;
    if (!reader->is_encrypted)
        return read_into(reader, at, len, &reader->window, err);
    size_t chunks = (len + YX_BLOB_CHUNK - 1) / YX_BLOB_CHUNK;
    YX_TRY(read_into(reader, YX_BLOB_HEAD + chunk * (YX_BLOB_CHUNK + YX_BLOB_TAG),
                     len + chunks * YX_BLOB_TAG, &reader->closed, err));
    return decrypt(reader, chunk, err);
}

yx_status yx_blob_read(struct yx_blob_reader *reader, uint64_t offset, void *out, size_t len,
                       struct yx_error *err)
{
    uint8_t *to = out;

    YX_REQUIRE(offset <= reader->size && len <= reader->size - offset, err, YX_DAMAGED, "",
               N_("the file ends too early"));
    if (reader->object.fd >= 0 && !reader->is_encrypted)
        return reader->blobs->kind->read(reader->blobs, &reader->object, offset, out, len, err);
    while (len > 0) {
        if (offset < reader->start || offset >= reader->start + reader->window.len)
            YX_TRY(fill(reader, offset, err));
        size_t skip = (size_t)(offset - reader->start);
        size_t got = reader->window.len - skip < len ? reader->window.len - skip : len;
        memcpy(to, reader->window.data + skip, got);
        to += got;
        offset += got;
        len -= got;
    }
    return YX_OK;
}

/* --- Whole ------------------------------------------------------------------------------------ */

static yx_status compare(struct yx_hasher *hasher, const uint8_t digest[YX_BLOB_DIGEST],
                         const char *name, struct yx_error *err)
{
    uint8_t found[YX_DIGEST_MAX];

    YX_TRY(yx_hasher_finish(hasher, found, err));
    YX_REQUIRE(memcmp(found, digest, YX_BLOB_DIGEST) == 0, err, YX_DAMAGED, "GB/T 32905",
               N_("the content {1} was changed where it lies: its digest is another one"), name);
    return YX_OK;
}

/* Goes over a content from its begin; what it holds goes to `plain`, too, unless that is NULL. */
static yx_status pass(struct yx_blob_reader *reader, const uint8_t digest[YX_BLOB_DIGEST],
                      const struct yx_blob_draft *plain, struct yx_error *err)
{
    YX_CLEAN(yx_hasher) struct yx_hasher *hasher = NULL;

    YX_TRY(yx_hasher_new(YX_DIGEST_SM3, &hasher, err));
    for (uint64_t at = 0; at < reader->size; at += reader->window.len) {
        YX_TRY(fill(reader, at, err));
        YX_TRY(yx_hasher_update(hasher, yx_buf_bytes(&reader->window), err));
        if (plain != NULL)
            YX_TRY(yx_blob_draft_write(plain, yx_buf_bytes(&reader->window), err));
    }
    return compare(hasher, digest, reader->object.name, err);
}

yx_status yx_blob_fetch(struct yx_blobs *blobs, const uint8_t digest[YX_BLOB_DIGEST], int *fd,
                        struct yx_error *err)
{
    YX_CLEAN(yx_blob_reader) struct yx_blob_reader *reader = NULL;
    YX_CLEAN(yx_blob_draft) struct yx_blob_draft plain = {.fd = -1};

    YX_TRY(yx_blob_open(blobs, digest, &reader, err));
    YX_TRY(blobs->kind->fetch(blobs, &reader->object, err));
    if (reader->is_encrypted)
        YX_TRY(yx_blob_nameless(blobs, &plain.fd, err));
    YX_TRY(pass(reader, digest, reader->is_encrypted ? &plain : NULL, err));
    int *whole = reader->is_encrypted ? &plain.fd : &reader->object.fd;
    *fd = *whole; /* the caller's from now on */
    *whole = -1;
    return YX_OK;
}

yx_status yx_blob_check(struct yx_blobs *blobs, const uint8_t digest[YX_BLOB_DIGEST],
                        struct yx_error *err)
{
    YX_CLEAN(yx_blob_reader) struct yx_blob_reader *reader = NULL;

    YX_TRY(yx_blob_open(blobs, digest, &reader, err));
    return pass(reader, digest, NULL, err);
}
