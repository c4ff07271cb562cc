/* SPDX-License-Identifier: Apache-2.0 */
/* tail.c - file and tail together: the digest over what the ByteRange names, and the written file.
 * The file is read in pieces, whatever its size. */
#include "pdf/pdf.h"

#define PIECE ((size_t)256 * 1024)

void yx_pdf_tail_free(struct yx_pdf_tail *tail)
{
    yx_buf_free(&tail->bytes);
}

/* Takes the pieces of a file, one after the other. */
typedef yx_status (*take_piece)(void *self, struct yx_bytes piece, struct yx_error *err);

static yx_status for_each_piece(const struct yx_source *in, const struct yx_progress *progress,
                                take_piece take, void *self, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf room = {0};
    struct yx_bytes piece;
    uint64_t size = yx_source_size(in);
    for (uint64_t done = 0; done < size; done += piece.len) {
        size_t len = size - done < PIECE ? (size_t)(size - done) : PIECE;
        YX_TRY(yx_source_piece(in, done, len, &room, &piece, err));
        YX_TRY(take(self, piece, err));
        if (progress != NULL && progress->tell != NULL)
            progress->tell(progress->self, done + piece.len, size);
    }
    return YX_OK;
}

/* Where in the tail '<' stands, and whether the tail fits the file at all. */
static yx_status find_contents(const struct yx_source *in, const struct yx_pdf_tail *tail,
                               size_t *out, struct yx_error *err)
{
    uint64_t size = yx_source_size(in), len = tail->bytes.len;
    YX_REQUIRE(tail->contents_length >= 2 && tail->contents_offset >= size &&
                   tail->contents_offset - size <= len &&
                   tail->contents_length <= len - (tail->contents_offset - size),
               err, YX_INTERNAL, "ISO 32000-1 12.8.1",
               N_("the prepared signature does not belong to this file"));
    *out = (size_t)(tail->contents_offset - size);
    return YX_OK;
}

static yx_status hash_piece(void *self, struct yx_bytes piece, struct yx_error *err)
{
    return yx_hasher_update(self, piece, err);
}

yx_status yx_pdf_tail_digest(const struct yx_source *in, const struct yx_pdf_tail *tail,
                             yx_digest_algorithm algorithm, const struct yx_progress *progress,
                             uint8_t *out, struct yx_error *err)
{
    size_t contents = 0;
    YX_TRY(find_contents(in, tail, &contents, err));
    YX_CLEAN(yx_hasher) struct yx_hasher *hasher = NULL;
    YX_TRY(yx_hasher_new(algorithm, &hasher, err));
    YX_TRY(for_each_piece(in, progress, hash_piece, hasher, err));
    YX_TRY(yx_hasher_update(hasher, YX_BYTES(tail->bytes.data, contents), err));
    size_t behind = contents + (size_t)tail->contents_length;
    YX_TRY(yx_hasher_update(hasher, YX_BYTES(tail->bytes.data + behind, tail->bytes.len - behind),
                            err));
    return yx_hasher_finish(hasher, out, err);
}

static yx_status write_piece(void *self, struct yx_bytes piece, struct yx_error *err)
{
    return yx_sink_write(self, piece, err);
}

/* The tail with the value in hex at the front of its place; the zeros behind it stay. */
static yx_status write_filled_tail(const struct yx_source *in, const struct yx_pdf_tail *tail,
                                   struct yx_bytes contents, struct yx_sink *out,
                                   struct yx_error *err)
{
    size_t at = 0;
    YX_TRY(find_contents(in, tail, &at, err));
    size_t room = (size_t)(tail->contents_length - 2) / 2;
    YX_REQUIRE(contents.len <= room, err, YX_REFUSED, "ISO 32000-1 12.8.1",
               N_("the signature value has {1} bytes, and {2} were kept free for it"),
               YX_NUM(contents.len), YX_NUM(room));
    YX_CLEAN(yx_buf) struct yx_buf hex = {0};
    if (yx_pdf_put_hex(&hex, contents) != YX_OK)
        return yx_fail_memory(err);
    hex.len--; /* '>' stands behind the zeros */
    YX_TRY(yx_sink_write(out, YX_BYTES(tail->bytes.data, at), err));
    YX_TRY(yx_sink_write(out, yx_buf_bytes(&hex), err));
    size_t behind = at + hex.len;
    return yx_sink_write(out, YX_BYTES(tail->bytes.data + behind, tail->bytes.len - behind), err);
}

yx_status yx_pdf_copy(const struct yx_source *in, const struct yx_progress *progress,
                      struct yx_sink *out, struct yx_error *err)
{
    return for_each_piece(in, progress, write_piece, out, err);
}

yx_status yx_pdf_tail_append(const struct yx_source *in, const struct yx_pdf_tail *tail,
                             struct yx_bytes contents, struct yx_sink *out, struct yx_error *err)
{
    if (contents.len == 0)
        return yx_sink_write(out, yx_buf_bytes(&tail->bytes), err);
    return write_filled_tail(in, tail, contents, out, err);
}

yx_status yx_pdf_tail_write(const struct yx_source *in, const struct yx_pdf_tail *tail,
                            struct yx_bytes contents, const struct yx_progress *progress,
                            struct yx_sink *out, struct yx_error *err)
{
    YX_TRY(yx_pdf_copy(in, progress, out, err));
    return yx_pdf_tail_append(in, tail, contents, out, err);
}
