/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asn1/ber.c - makes DER of the two freedoms of BER (ITU-T X.690 8) that signatures in the field
 * take: indefinite and long lengths, and octet strings in pieces. Nothing else is put right, so
 * that whatever is wrong otherwise is refused by the reader in reader.c.
 */
#include "asn1/asn1.h"

/* SignedData with a time-stamp inside has some twenty levels. */
#define DEPTH_MAX 48
#define CONSTRUCTED 0x20u
#define NUMBER_MASK 0x1Fu
#define INDEFINITE 0x80u
#define PIECES (YX_DER_OCTET_STRING | CONSTRUCTED)

/* Tag and length of the element that comes next; `content` is all that is left when the length is
 * indefinite. */
struct header {
    uint8_t tag;
    bool indefinite;
    struct yx_bytes content;
};

static yx_status damaged(struct yx_error *err)
{
    return yx_fail(err, YX_DAMAGED, "X.690 8.1", N_("the BER encoding is malformed or cut off"));
}

static struct yx_bytes behind(struct yx_bytes bytes, size_t count)
{
    return YX_BYTES(bytes.data + count, bytes.len - count);
}

/* At most four octets of length: more than any signature has. */
static yx_status read_header(struct yx_bytes *in, struct header *out, struct yx_error *err)
{
    if (in->len < 2 || (in->data[0] & NUMBER_MASK) == NUMBER_MASK)
        return damaged(err);
    out->tag = in->data[0];
    uint8_t first = in->data[1];
    *in = behind(*in, 2);
    out->indefinite = first == INDEFINITE;
    if (out->indefinite) {
        out->content = *in;
        return (out->tag & CONSTRUCTED) != 0 ? YX_OK : damaged(err);
    }
    size_t length = first, count = first < INDEFINITE ? 0 : first & 0x7Fu;
    if (count > 4 || count > in->len)
        return damaged(err);
    for (size_t i = 0; i < count; i++)
        length = (i == 0 ? 0 : length << 8) | in->data[i];
    *in = behind(*in, count);
    if (length > in->len)
        return damaged(err);
    out->content = YX_BYTES(in->data, length);
    *in = behind(*in, length);
    return YX_OK;
}

static bool at_end_of_contents(struct yx_bytes in)
{
    return in.len >= 2 && in.data[0] == 0 && in.data[1] == 0;
}

/* Is there another element, given how the length of what contains it was written? */
static bool more(const struct header *header, struct yx_bytes rest)
{
    return header->indefinite ? !at_end_of_contents(rest) : rest.len > 0;
}

/* Behind the last element of an indefinite length stand two zeros, and then what follows. */
static void leave(const struct header *header, struct yx_bytes rest, struct yx_bytes *in)
{
    if (header->indefinite)
        *in = behind(rest, 2);
}

/* X.690 8.7.3: the pieces are octet strings, which may be in pieces themselves. */
static yx_status join(struct yx_bytes *in, const struct header *whole, struct yx_der_writer *w,
                      unsigned depth, struct yx_error *err)
{
    struct yx_bytes rest = whole->content;
    YX_REQUIRE(depth < DEPTH_MAX, err, YX_DAMAGED, "X.690 8.1",
               N_("the BER encoding is nested more than {1} deep"), YX_NUM(DEPTH_MAX));
    while (more(whole, rest)) {
        struct header piece = {0};
        YX_TRY(read_header(&rest, &piece, err));
        if (piece.tag == PIECES)
            YX_TRY(join(&rest, &piece, w, depth + 1, err));
        else if (piece.tag == YX_DER_OCTET_STRING)
            yx_der_put_raw(w, piece.content);
        else
            return damaged(err);
    }
    leave(whole, rest, in);
    return YX_OK;
}

static yx_status convert(struct yx_bytes *in, struct yx_der_writer *w, unsigned depth,
                         struct yx_error *err)
{
    struct header header = {0};
    YX_REQUIRE(depth < DEPTH_MAX, err, YX_DAMAGED, "X.690 8.1",
               N_("the BER encoding is nested more than {1} deep"), YX_NUM(DEPTH_MAX));
    YX_TRY(read_header(in, &header, err));
    if ((header.tag & CONSTRUCTED) == 0) {
        yx_der_put(w, header.tag, header.content);
        return YX_OK;
    }
    bool pieces = header.tag == PIECES;
    size_t mark = yx_der_begin(w, pieces ? YX_DER_OCTET_STRING : header.tag);
    struct yx_bytes rest = header.content;
    if (pieces)
        YX_TRY(join(in, &header, w, depth + 1, err));
    while (!pieces && more(&header, rest))
        YX_TRY(convert(&rest, w, depth + 1, err));
    if (!pieces)
        leave(&header, rest, in);
    yx_der_close(w, mark);
    return YX_OK;
}

yx_status yx_ber_to_der(struct yx_bytes ber, struct yx_buf *out, size_t *used, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    struct yx_bytes rest = ber;
    YX_TRY(convert(&rest, &w, 0, err));
    YX_TRY(yx_der_finish(&w, out, err));
    *used = ber.len - rest.len;
    return YX_OK;
}
