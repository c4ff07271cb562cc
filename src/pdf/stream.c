/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.c - the data of a stream, within a limit. Only what signatures are made of is read so
 * (certificates, CRLs, OCSP responses): plain or Flate. qpdf's own decoding knows no limit.
 */
#include <stdlib.h>
#include <zlib.h>

#include "pdf/pdf.h"

#define CLAUSE "ISO 32000-1 7.3.8"
#define PIECE ((size_t)64 * 1024)

static yx_status inflate_pieces(z_stream *z, size_t limit, struct yx_buf *out, struct yx_error *err)
{
    size_t start = out->len;
    int result = Z_OK;
    while (result == Z_OK) {
        if (yx_buf_reserve(out, PIECE) != YX_OK)
            return yx_fail_memory(err);
        z->next_out = out->data + out->len;
        z->avail_out = (unsigned)PIECE;
        result = inflate(z, Z_NO_FLUSH);
        out->len += PIECE - z->avail_out;
        YX_REQUIRE(out->len - start <= limit, err, YX_DAMAGED, CLAUSE,
                   N_("the data of a stream is longer than the {1} bytes allowed"), YX_NUM(limit));
    }
    YX_REQUIRE(result == Z_STREAM_END, err, YX_DAMAGED, "ISO 32000-1 7.4.4",
               N_("the compressed data of a stream is damaged"));
    return YX_OK;
}

static yx_status inflate_all(struct yx_bytes raw, size_t limit, struct yx_buf *out,
                             struct yx_error *err)
{
    YX_REQUIRE(raw.len <= UINT32_MAX, err, YX_DAMAGED, CLAUSE,
               N_("the data of a stream is longer than the {1} bytes allowed"), YX_NUM(limit));
    /* zlib does not write through next_in; its type lacks the const. */
    union {
        const uint8_t *in;
        Bytef *zlib;
    } input = {.in = raw.data};
    z_stream z = {.next_in = input.zlib, .avail_in = (unsigned)raw.len};
    if (inflateInit(&z) != Z_OK)
        return yx_fail_memory(err);
    yx_status status = inflate_pieces(&z, limit, out, err);
    inflateEnd(&z);
    return status;
}

enum filter { FILTER_NONE, FILTER_FLATE, FILTER_OTHER };

/* A name, or an array of one name; parameters (predictors) are more than we read. */
static enum filter find_filter(struct yx_pdf *pdf, qpdf_oh stream)
{
    qpdf_oh filter = yx_pdf_get(pdf, stream, "/Filter");
    int count = yx_pdf_array_size(pdf, filter);
    qpdf_oh first = yx_pdf_item(pdf, filter, 0);
    enum filter found = FILTER_OTHER;
    if (yx_pdf_is_null(pdf, filter) || (yx_pdf_is_array(pdf, filter) && count == 0))
        found = FILTER_NONE;
    else if (!yx_pdf_has(pdf, stream, "/DecodeParms") &&
             (yx_pdf_is_name(pdf, filter, "/FlateDecode") ||
              (count == 1 && yx_pdf_is_name(pdf, first, "/FlateDecode"))))
        found = FILTER_FLATE;
    yx_pdf_drop(pdf, first);
    yx_pdf_drop(pdf, filter);
    return found;
}

static bool length_within(struct yx_pdf *pdf, qpdf_oh stream, size_t limit)
{
    int64_t length = 0;
    qpdf_oh value = yx_pdf_get(pdf, stream, "/Length");
    bool known = yx_pdf_integer(pdf, value, &length);
    yx_pdf_drop(pdf, value);
    return known && length >= 0 && (uint64_t)length <= limit;
}

yx_status yx_pdf_stream_data(struct yx_pdf *pdf, qpdf_oh stream, size_t limit, struct yx_buf *out,
                             struct yx_error *err)
{
    YX_REQUIRE(qpdf_oh_is_stream(pdf->qpdf, stream), err, YX_DAMAGED, CLAUSE,
               N_("a stream was expected, and something else stands there"));
    YX_REQUIRE(length_within(pdf, stream, limit), err, YX_DAMAGED, CLAUSE,
               N_("the data of a stream is longer than the {1} bytes allowed"), YX_NUM(limit));
    enum filter filter = find_filter(pdf, stream);
    YX_REQUIRE(filter != FILTER_OTHER, err, YX_DAMAGED, "ISO 32000-1 7.4",
               N_("a stream is compressed in a way that is not read here; only FlateDecode is"));
    unsigned char *raw = NULL;
    size_t len = 0;
    qpdf_oh_get_stream_data(pdf->qpdf, stream, qpdf_dl_none, NULL, &raw, &len);
    yx_status status = yx_pdf_check(pdf, err);
    if (status == YX_OK && filter == FILTER_FLATE)
        status = inflate_all(YX_BYTES(raw, len), limit, out, err);
    else if (status == YX_OK && yx_buf_append(out, YX_BYTES(raw, len)) != YX_OK)
        status = yx_fail_memory(err);
    free(raw);
    return status;
}
