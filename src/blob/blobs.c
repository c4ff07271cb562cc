/* SPDX-License-Identifier: Apache-2.0 */
/* blob/blobs.c - opens the place that the settings name, with its key. */
#include <errno.h>
#include <stdlib.h>

#include "blob/room.h"

#define KEY_FILE_MAX 1024

void yx_blob_hex(const uint8_t digest[YX_BLOB_DIGEST], char out[YX_BLOB_HEX])
{
    yx_hex(YX_BYTES(digest, YX_BLOB_DIGEST), out);
    for (char *c = out; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'F')
            *c = (char)(*c - 'A' + 'a');
}

void yx_blob_name(const uint8_t digest[YX_BLOB_DIGEST], bool encrypted, char out[YX_BLOB_HEX + 8])
{
    yx_blob_hex(digest, out);
    if (encrypted)
        memcpy(out + YX_BLOB_HEX - 1, YX_BLOB_ENCRYPTED, sizeof YX_BLOB_ENCRYPTED);
}

yx_status yx_blob_pread(int fd, uint64_t offset, void *out, size_t len, struct yx_error *err)
{
    uint8_t *at = out;

    while (len > 0) {
        ssize_t got = pread(fd, at, len, (off_t)offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return yx_fail_errno(err, YX_IO, N_("cannot read {1}: {2}"), "the content", errno);
        YX_REQUIRE(got > 0, err, YX_DAMAGED, "", N_("a content is shorter than it was"));
        at += got;
        offset += (uint64_t)got;
        len -= (size_t)got;
    }
    return YX_OK;
}

/* 64 hex digits, and nothing but a line's end behind them. */
static yx_status read_key(struct yx_blobs *blobs, const char *path, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    YX_CLEAN(yx_buf) struct yx_buf key = {0};
    struct yx_bytes digits;

    if (path[0] == '\0')
        return YX_OK;
    YX_TRY(yx_file_read(path, KEY_FILE_MAX, &text, err));
    digits = yx_buf_bytes(&text);
    while (digits.len > 0 &&
           (digits.data[digits.len - 1] == '\n' || digits.data[digits.len - 1] == '\r'))
        digits.len--;
    YX_REQUIRE(yx_hex_decode(digits, &key, NULL) == YX_OK && key.len == sizeof blobs->key, err,
               YX_DAMAGED, "", N_("{1} holds no key of 64 hex digits"), path);
    memcpy(blobs->key, key.data, key.len);
    blobs->has_key = true;
    return YX_OK;
}

static yx_status open_place(struct yx_blobs *blobs, const struct yx_settings *settings,
                            struct yx_error *err)
{
    bool is_bucket = strncmp(settings->blobs, "s3://", 5) == 0;
    char **path = is_bucket ? &blobs->incoming : &blobs->folder;

    blobs->kind = is_bucket ? &yx_blob_bucket : &yx_blob_folder;
    *path = strdup(is_bucket ? settings->s3_spool : settings->blobs);
    if (*path == NULL)
        return yx_fail_memory(err);
    YX_TRY(is_bucket ? yx_s3_open(settings, &blobs->s3, err) : yx_blob_folder_open(blobs, err));
    YX_TRY(yx_blob_make_folder(blobs->incoming, err));
    return yx_blob_drafts_sweep(blobs, err);
}

yx_status yx_blobs_open(const struct yx_settings *settings, struct yx_blobs **out,
                        struct yx_error *err)
{
    YX_CLEAN(yx_blobs) struct yx_blobs *blobs = calloc(1, sizeof *blobs);

    if (blobs == NULL)
        return yx_fail_memory(err);
    YX_TRY(read_key(blobs, settings->blobs_key, err));
    YX_TRY(open_place(blobs, settings, err));
    *out = blobs;
    blobs = NULL;
    return YX_OK;
}

void yx_blobs_free(struct yx_blobs *blobs)
{
    if (blobs == NULL)
        return;
    yx_s3_free(blobs->s3);
    free(blobs->folder);
    free(blobs->incoming);
    yx_wipe(blobs, sizeof *blobs);
    free(blobs);
}

/* --- Does it work? ---------------------------------------------------------------------------- */

/* The content is random, so that two who try at the same time do not remove each other's. */
yx_status yx_blobs_try(struct yx_blobs *blobs, struct yx_error *err)
{
    YX_CLEAN(yx_blob_writer) struct yx_blob_writer *writer = NULL;
    uint8_t probe[64];
    struct yx_blob blob;
    char name[YX_BLOB_HEX + 8];
    yx_status status;
    int fd = -1;

    YX_TRY(yx_random(probe, sizeof probe, err));
    YX_TRY(yx_blob_begin(blobs, sizeof probe, &writer, err));
    YX_TRY(yx_blob_append(writer, YX_BYTES(probe, sizeof probe), err));
    YX_TRY(yx_blob_place(writer, &blob, err));
    status = yx_blob_fetch(blobs, blob.digest, &fd, err);
    yx_blob_fd_clean(&fd);
    yx_blob_name(blob.digest, blobs->has_key, name);
    if (status == YX_OK)
        return blobs->kind->remove(blobs, name, err);
    (void)blobs->kind->remove(blobs, name, NULL);
    return status;
}
