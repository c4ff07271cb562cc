/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asn1/writer.c - the DER writer (ITU-T X.690). Lengths are always definite and shortest. The
 * order of a SET OF (X.690 11.6) is the caller's to keep. The reader is in reader.c.
 */
#include "asn1/asn1.h"

void yx_der_writer_free(struct yx_der_writer *writer)
{
    yx_buf_free(&writer->buf);
    writer->failure = YX_OK;
}

static void note(struct yx_der_writer *writer, yx_status status)
{
    if (writer->failure == YX_OK)
        writer->failure = status;
}

static void append(struct yx_der_writer *writer, struct yx_bytes bytes)
{
    if (writer->failure == YX_OK)
        note(writer, yx_buf_append(&writer->buf, bytes));
}

/* Writes the shortest length octets (X.690 10.1) to `out` and returns how many. */
static size_t length_octets(size_t length, uint8_t out[1 + sizeof(size_t)])
{
    if (length < 0x80) {
        out[0] = (uint8_t)length;
        return 1;
    }
    size_t count = 0;
    for (size_t left = length; left > 0; left >>= 8)
        count++;
    out[0] = (uint8_t)(0x80 | count);
    for (size_t i = 0; i < count; i++)
        out[count - i] = (uint8_t)(length >> (8 * i));
    return count + 1;
}

static void append_header(struct yx_der_writer *writer, uint8_t tag, size_t length)
{
    uint8_t header[2 + sizeof(size_t)] = {tag};
    append(writer, YX_BYTES(header, 1 + length_octets(length, header + 1)));
}

/* One octet is kept free for the length; yx_der_close makes room when it needs more. */
size_t yx_der_begin(struct yx_der_writer *writer, uint8_t tag)
{
    append_header(writer, tag, 0);
    return writer->buf.len;
}

void yx_der_close(struct yx_der_writer *writer, size_t mark)
{
    if (writer->failure != YX_OK)
        return;
    struct yx_buf *buf = &writer->buf;
    size_t length = buf->len - mark;
    uint8_t octets[1 + sizeof(size_t)];
    size_t count = length_octets(length, octets);
    size_t more = count - 1;
    if (more > 0) {
        append(writer, YX_BYTES(octets, more));
        if (writer->failure != YX_OK)
            return;
        memmove(buf->data + mark + more, buf->data + mark, length);
    }
    memcpy(buf->data + mark - 1, octets, count);
}

void yx_der_put(struct yx_der_writer *writer, uint8_t tag, struct yx_bytes content)
{
    append_header(writer, tag, content.len);
    append(writer, content);
}

void yx_der_put_raw(struct yx_der_writer *writer, struct yx_bytes element)
{
    append(writer, element);
}

void yx_der_put_bool(struct yx_der_writer *writer, bool value)
{
    uint8_t octet = value ? 0xFF : 0x00;
    yx_der_put(writer, YX_DER_BOOLEAN, YX_BYTES(&octet, 1));
}

void yx_der_put_int(struct yx_der_writer *writer, int64_t value)
{
    uint8_t octets[sizeof(value)];
    for (size_t i = 0; i < sizeof(octets); i++)
        octets[i] = (uint8_t)((uint64_t)value >> (8 * (sizeof(octets) - 1 - i)));
    /* X.690 8.3.2: the first nine bits are not all equal. */
    size_t skip = 0;
    while (skip + 1 < sizeof(octets) &&
           octets[skip] == ((octets[skip + 1] & 0x80) != 0 ? 0xFF : 0x00))
        skip++;
    yx_der_put(writer, YX_DER_INTEGER, YX_BYTES(octets + skip, sizeof(octets) - skip));
}

void yx_der_put_unsigned(struct yx_der_writer *writer, struct yx_bytes big_endian)
{
    static const uint8_t zero = 0;
    while (big_endian.len > 0 && big_endian.data[0] == 0)
        big_endian = YX_BYTES(big_endian.data + 1, big_endian.len - 1);
    bool sign_octet = big_endian.len == 0 || (big_endian.data[0] & 0x80) != 0;
    append_header(writer, YX_DER_INTEGER, big_endian.len + sign_octet);
    append(writer, YX_BYTES(&zero, sign_octet));
    append(writer, big_endian);
}

void yx_der_put_bit_string(struct yx_der_writer *writer, struct yx_bytes octets)
{
    static const uint8_t unused_bits = 0;
    append_header(writer, YX_DER_BIT_STRING, octets.len + 1);
    append(writer, YX_BYTES(&unused_bits, 1));
    append(writer, octets);
}

void yx_der_put_oid(struct yx_der_writer *writer, yx_oid oid)
{
    if (yx_oid_der(oid).len == 0)
        note(writer, YX_INTERNAL);
    yx_der_put(writer, YX_DER_OID, yx_oid_der(oid));
}

void yx_der_put_text(struct yx_der_writer *writer, uint8_t tag, const char *text)
{
    yx_der_put(writer, tag, YX_TEXT(text));
}

uint8_t yx_der_time_tag(yx_time time)
{
    struct yx_civil civil;
    yx_time_to_civil(time, &civil);
    bool utc = civil.year >= 1950 && civil.year <= 2049;
    return utc ? YX_DER_UTC_TIME : YX_DER_GENERALIZED_TIME;
}

void yx_der_put_time(struct yx_der_writer *writer, uint8_t tag, yx_time time)
{
    struct yx_civil civil;
    yx_time_to_civil(time, &civil);
    bool utc = tag == YX_DER_UTC_TIME;
    if (civil.year < (utc ? 1950 : 0) || civil.year > (utc ? 2049 : 9999)) {
        note(writer, YX_USAGE);
        return;
    }
    char text[64];
    snprintf(text, sizeof(text), "%04d%02u%02u%02u%02u%02uZ", (int)civil.year, civil.month,
             civil.day, civil.hour, civil.minute, civil.second);
    yx_der_put_text(writer, tag, utc ? text + 2 : text);
}

yx_status yx_der_finish(struct yx_der_writer *writer, struct yx_buf *out, struct yx_error *err)
{
    if (writer->failure == YX_OK)
        note(writer, yx_buf_append(out, yx_buf_bytes(&writer->buf)));
    yx_status failure = writer->failure;
    yx_der_writer_free(writer);
    YX_REQUIRE(failure != YX_USAGE, err, YX_USAGE, "X.690 11.7, 11.8",
               N_("a time lies outside the years that UTCTime (1950 to 2049) or GeneralizedTime "
                  "(0 to 9999) can hold"));
    YX_REQUIRE(failure != YX_INTERNAL, err, YX_INTERNAL, "X.690 8.19",
               N_("an object identifier that is not in the table was to be written"));
    return failure == YX_OK ? YX_OK : yx_fail_memory(err);
}
