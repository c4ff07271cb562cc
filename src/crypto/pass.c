/* SPDX-License-Identifier: Apache-2.0 */
/* pass.c - passes over a whole file: its digest, and how several of them show as one work. */
#include "crypto/crypto.h"

#define PIECE (256u * 1024)

yx_status yx_source_digest(const struct yx_source *source, const struct yx_progress *progress,
                           uint8_t out[32], struct yx_error *err)
{
    YX_CLEAN(yx_hasher) struct yx_hasher *hasher = NULL;
    YX_CLEAN(yx_buf) struct yx_buf piece = {0};
    YX_TRY(yx_hasher_new(YX_DIGEST_SM3, &hasher, err));
    if (yx_buf_reserve(&piece, PIECE) != YX_OK)
        return yx_fail_memory(err);
    uint64_t size = yx_source_size(source);
    for (uint64_t offset = 0; offset < size;) {
        size_t len = size - offset < PIECE ? (size_t)(size - offset) : PIECE;
        YX_TRY(yx_source_read(source, offset, piece.data, len, err));
        YX_TRY(yx_hasher_update(hasher, YX_BYTES(piece.data, len), err));
        offset += len;
        if (progress != NULL && progress->tell != NULL)
            progress->tell(progress->self, offset, size);
    }
    return yx_hasher_finish(hasher, out, err);
}

static void tell_pass(void *self, uint64_t done, uint64_t total)
{
    const struct yx_passes *passes = self;
    double share = total == 0 ? 1.0 : (double)done / (double)total;
    uint64_t here = (uint64_t)(share * (double)passes->size);
    passes->outer->tell(passes->outer->self, passes->current * passes->size + here,
                        passes->count * passes->size);
}

struct yx_progress yx_pass(struct yx_passes *passes)
{
    if (passes->outer->tell == NULL)
        return (struct yx_progress){0};
    return (struct yx_progress){tell_pass, passes};
}

void yx_passes_end(const struct yx_passes *passes)
{
    uint64_t total = passes->count * passes->size;
    if (passes->outer->tell != NULL)
        passes->outer->tell(passes->outer->self, total, total);
}
