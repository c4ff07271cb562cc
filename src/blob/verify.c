/* SPDX-License-Identifier: Apache-2.0 */
/* blob/verify.c - every content read again: is it what its digest says, and has it a row? */
#include "blob/room.h"

struct walk {
    struct yx_blobs *blobs;
    struct yx_store *store;
    struct yx_blobs_verification *out;
};

static void tell(const struct walk *walk, const char *name, const struct yx_error *why)
{
    if (walk->out->tell != NULL)
        walk->out->tell(walk->out->self, name, why);
}

/* What cannot be had for other reasons (the bucket does not answer) ends the pass. */
static yx_status check_row(void *self, const struct yx_blob_row *row, struct yx_error *err)
{
    const struct walk *walk = self;
    char hex[YX_BLOB_HEX];
    yx_status status = yx_blob_check(walk->blobs, row->digest, err);

    walk->out->count++;
    walk->out->bytes += (int64_t)row->size;
    if (status == YX_OK)
        return YX_OK;
    if (status != YX_NO_INPUT && status != YX_DAMAGED)
        return status;
    walk->out->missing += status == YX_NO_INPUT;
    walk->out->damaged += status == YX_DAMAGED;
    yx_blob_hex(row->digest, hex);
    tell(walk, hex, err);
    return YX_OK;
}

struct look {
    uint8_t digest[YX_BLOB_DIGEST];
    bool is_known;
};

static yx_status look_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct look *look = self;

    return yx_blob_known(tx, look->digest, &look->is_known, err);
}

/* A name that is no digest is one that nobody knows. */
static yx_status check_name(void *self, const char *name, struct yx_error *err)
{
    const struct walk *walk = self;
    YX_CLEAN(yx_buf) struct yx_buf digest = {0};
    struct look look = {.is_known = false};
    struct yx_error why;
    size_t len = strlen(name);

    if (len == YX_BLOB_HEX - 1 + strlen(YX_BLOB_ENCRYPTED) &&
        strcmp(name + YX_BLOB_HEX - 1, YX_BLOB_ENCRYPTED) == 0)
        len = YX_BLOB_HEX - 1;
    if (yx_hex_decode(YX_BYTES(name, len), &digest, NULL) == YX_OK &&
        digest.len == YX_BLOB_DIGEST) {
        memcpy(look.digest, digest.data, digest.len);
        YX_TRY(yx_store_read(walk->store, look_work, &look, err));
    }
    if (look.is_known)
        return YX_OK;
    walk->out->strangers++;
    (void)yx_fail(&why, YX_DAMAGED, "", N_("no row knows the file {1}"), name);
    tell(walk, name, &why);
    return YX_OK;
}

yx_status yx_blobs_verify(struct yx_blobs *blobs, struct yx_store *store,
                          struct yx_blobs_verification *out, struct yx_error *err)
{
    struct walk walk = {blobs, store, out};
    struct yx_error kept;

    out->count = out->bytes = out->missing = out->damaged = out->strangers = 0;
    YX_TRY(yx_blobs_each(store, check_row, &walk, err != NULL ? err : &kept));
    if (blobs->folder == NULL)
        return YX_OK;
    return yx_blob_folder_list(blobs, check_name, &walk, err);
}
