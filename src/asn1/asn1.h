/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asn1/asn1.h - a strict DER reader, a DER writer, and the object identifiers we know.
 *
 * The reader never allocates and never copies: what it gives points into the input. Strict means
 * X.690 10 and 11: definite lengths in their shortest form, integers in their shortest form,
 * BOOLEAN 0x00 or 0xFF, no trailing bytes. Nesting is bounded because callers descend by hand.
 */
#ifndef ASN1_ASN1_H
#define ASN1_ASN1_H

#include "base/base.h"

/* Tags, as the identifier octet stands in the file. */
enum {
    YX_DER_BOOLEAN = 0x01,
    YX_DER_INTEGER = 0x02,
    YX_DER_BIT_STRING = 0x03,
    YX_DER_OCTET_STRING = 0x04,
    YX_DER_NULL = 0x05,
    YX_DER_OID = 0x06,
    YX_DER_ENUMERATED = 0x0A,
    YX_DER_UTF8_STRING = 0x0C,
    YX_DER_SEQUENCE = 0x30,
    YX_DER_SET = 0x31,
    YX_DER_PRINTABLE_STRING = 0x13,
    YX_DER_IA5_STRING = 0x16,
    YX_DER_UTC_TIME = 0x17,
    YX_DER_GENERALIZED_TIME = 0x18
};
#define YX_DER_CONTEXT(n) (0x80u | (n))             /* [n] IMPLICIT, primitive */
#define YX_DER_CONTEXT_CONSTRUCTED(n) (0xA0u | (n)) /* [n] EXPLICIT, or IMPLICIT constructed */

/* --- Object identifiers ------------------------------------------------------------------ */

/* The one table: name, DER content, dotted form. See oid.c. */
typedef enum {
    YX_OID_UNKNOWN,
#define YX_OID(name, dotted, text, der) YX_OID_##name,
#include "asn1/oid.inc"
#undef YX_OID
    YX_OID_COUNT
} yx_oid;

/* The content octets of an identifier. */
struct yx_bytes yx_oid_der(yx_oid oid);
/* Which identifier the content octets are; YX_OID_UNKNOWN when not in the table. */
yx_oid yx_oid_find(struct yx_bytes der);
/* Which identifier a dotted form ("1.2.156.10197.1.401") is; YX_OID_UNKNOWN when not in the table.
 */
yx_oid yx_oid_find_dotted(struct yx_bytes dotted);
const char *yx_oid_dotted(yx_oid oid);
/* The name for people: "SM3", "id-kp-timeStamping". */
const char *yx_oid_name(yx_oid oid);
/* Writes any identifier in dotted form, cut to `cap`. */
#define YX_OID_TEXT 128
void yx_oid_to_dotted(struct yx_bytes der, char out[YX_OID_TEXT]);
/* The reverse: appends the content octets of any identifier. YX_USAGE when the text is none
 * (X.660: two arcs or more, the first 0 to 2, the second below 40 under 0 and 1). */
yx_status yx_oid_from_dotted(struct yx_bytes dotted, struct yx_buf *out, struct yx_error *err);

/* --- Reader ------------------------------------------------------------------------------ */

/* A place in DER. `what` names the structure in errors ("SESeal"). */
struct yx_der {
    struct yx_bytes rest;
    const char *what;
};

struct yx_der yx_der_reader(struct yx_bytes bytes, const char *what);

bool yx_der_at_end(const struct yx_der *der);
/* Does an element with this tag come next? */
bool yx_der_next_is(const struct yx_der *der, uint8_t tag);
/* Nothing may be left: X.690 forbids it nowhere, but a signature must not be found in front of
 * other bytes. */
yx_status yx_der_end(const struct yx_der *der, struct yx_error *err);

/* Takes the next element, of any tag: its tag, its content, and all of it with its header; each
 * output may be NULL. */
yx_status yx_der_any(struct yx_der *der, uint8_t *tag, struct yx_bytes *content,
                     struct yx_bytes *whole, struct yx_error *err);
/* Takes an element that must have this tag and gives its content. */
yx_status yx_der_get(struct yx_der *der, uint8_t tag, struct yx_bytes *content,
                     struct yx_error *err);
/* The same, and gives a reader over the content. */
yx_status yx_der_enter(struct yx_der *der, uint8_t tag, struct yx_der *inner, struct yx_error *err);

yx_status yx_der_bool(struct yx_der *der, bool *out, struct yx_error *err);
yx_status yx_der_int(struct yx_der *der, int64_t *out, struct yx_error *err);
/* Any INTEGER: its content octets, shortest form checked, sign included. */
yx_status yx_der_integer(struct yx_der *der, struct yx_bytes *out, struct yx_error *err);
/* BIT STRING of whole octets: 0 unused bits. */
yx_status yx_der_bit_string(struct yx_der *der, struct yx_bytes *out, struct yx_error *err);
/* The content octets of an OBJECT IDENTIFIER, well-formed. */
yx_status yx_der_oid_bytes(struct yx_der *der, struct yx_bytes *out, struct yx_error *err);
/* The same looked up in the table. */
yx_status yx_der_oid(struct yx_der *der, yx_oid *out, struct yx_error *err);
/* AlgorithmIdentifier: the algorithm, and its parameters as a whole element (empty when absent or
 * NULL). */
yx_status yx_der_algorithm(struct yx_der *der, yx_oid *out, struct yx_bytes *parameters,
                           struct yx_error *err);
/* UTCTime (YY 50-99: 19YY) or GeneralizedTime, both with seconds and 'Z' (RFC 5280 4.1.2.5). */
yx_status yx_der_time(struct yx_der *der, yx_time *out, struct yx_error *err);

/* --- BER (ber.c) ------------------------------------------------------------------------- */

/*
 * Appends the first element of `ber` as DER, as far as lengths and octet strings in pieces go;
 * *used says how many octets it has there. Some signers write SignedData so. All other rules of DER
 * are left to the reader. YX_DAMAGED when the encoding is cut off, or nested too deep.
 */
yx_status yx_ber_to_der(struct yx_bytes ber, struct yx_buf *out, size_t *used,
                        struct yx_error *err);

/* --- Writer ------------------------------------------------------------------------------ */

/*
 * Appends DER to a buffer. Failures stick: write everything, then ask yx_der_finish once.
 *
 *   struct yx_der_writer w = {0};
 *   size_t seq = yx_der_begin(&w, YX_DER_SEQUENCE);
 *   yx_der_put_int(&w, 4);
 *   yx_der_close(&w, seq);
 *   YX_TRY(yx_der_finish(&w, &out, err));
 */
struct yx_der_writer {
    struct yx_buf buf;
    yx_status failure; /* the first one; yx_der_finish says it */
};
void yx_der_writer_free(struct yx_der_writer *writer);
YX_DEFINE_CLEAN_VALUE(yx_der_writer, struct yx_der_writer, yx_der_writer_free);

/* Opens an element; `yx_der_close` with the returned mark writes its length. */
size_t yx_der_begin(struct yx_der_writer *writer, uint8_t tag);
void yx_der_close(struct yx_der_writer *writer, size_t mark);
void yx_der_put(struct yx_der_writer *writer, uint8_t tag, struct yx_bytes content);
/* Bytes that are DER already. */
void yx_der_put_raw(struct yx_der_writer *writer, struct yx_bytes element);
void yx_der_put_bool(struct yx_der_writer *writer, bool value);
void yx_der_put_int(struct yx_der_writer *writer, int64_t value);
/* A non-negative integer from big-endian bytes; leading zeros are dropped, a sign octet added. */
void yx_der_put_unsigned(struct yx_der_writer *writer, struct yx_bytes big_endian);
void yx_der_put_bit_string(struct yx_der_writer *writer, struct yx_bytes octets);
void yx_der_put_oid(struct yx_der_writer *writer, yx_oid oid);
void yx_der_put_text(struct yx_der_writer *writer, uint8_t tag, const char *text);
/* UTCTime or GeneralizedTime, as the tag says. */
void yx_der_put_time(struct yx_der_writer *writer, uint8_t tag, yx_time time);
/* The tag that RFC 5280 4.1.2.5 asks for: UTCTime until 2049. */
uint8_t yx_der_time_tag(yx_time time);
/* Moves what was written to the end of `out`; the writer is empty again. */
yx_status yx_der_finish(struct yx_der_writer *writer, struct yx_buf *out, struct yx_error *err);

#endif
