/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asn1/reader.c - the strict DER reader (ITU-T X.690). It takes one element after the other from
 * the front of its bytes and never looks inside constructed ones: callers descend by hand. Nothing
 * is copied. The writer is in writer.c, the known object identifiers are in oid.c.
 */
#include "asn1/asn1.h"

enum {
    CLASS_MASK = 0xC0,
    CONSTRUCTED = 0x20,
    NUMBER_MASK = 0x1F, /* all ones: the number follows in further octets */
    LONG_FORM = 0x80    /* of a length: the low bits count the octets that follow */
};

/* Universal types that are constructed in DER: EXTERNAL, EMBEDDED PDV, SEQUENCE, SET, CHARACTER
 * STRING. All others are primitive (X.690 8, 10.2). */
static const uint32_t constructed_types = 1u << 8 | 1u << 11 | 1u << 16 | 1u << 17 | 1u << 29;

/* --- Words for errors -------------------------------------------------------------------- */

struct tag_text {
    char text[24];
};

static const struct {
    uint8_t tag;
    const char *name;
} tag_names[] = {
    {YX_DER_BOOLEAN, "BOOLEAN"},
    {YX_DER_INTEGER, "INTEGER"},
    {YX_DER_BIT_STRING, "BIT STRING"},
    {YX_DER_OCTET_STRING, "OCTET STRING"},
    {YX_DER_NULL, "NULL"},
    {YX_DER_OID, "OBJECT IDENTIFIER"},
    {YX_DER_ENUMERATED, "ENUMERATED"},
    {YX_DER_UTF8_STRING, "UTF8String"},
    {YX_DER_SEQUENCE, "SEQUENCE"},
    {YX_DER_SET, "SET"},
    {YX_DER_PRINTABLE_STRING, "PrintableString"},
    {YX_DER_IA5_STRING, "IA5String"},
    {YX_DER_UTC_TIME, "UTCTime"},
    {YX_DER_GENERALIZED_TIME, "GeneralizedTime"},
};

/* "SEQUENCE", "[0]" when constructed, "[0] IMPLICIT" when primitive, or else "0x1E". */
static struct tag_text tag_text(uint8_t tag)
{
    struct tag_text out;
    for (size_t i = 0; i < sizeof(tag_names) / sizeof(tag_names[0]); i++)
        if (tag_names[i].tag == tag) {
            snprintf(out.text, sizeof(out.text), "%s", tag_names[i].name);
            return out;
        }
    if ((tag & CLASS_MASK) == YX_DER_CONTEXT(0))
        snprintf(out.text, sizeof(out.text), "[%d]%s", tag & NUMBER_MASK,
                 (tag & CONSTRUCTED) != 0 ? "" : " IMPLICIT");
    else
        snprintf(out.text, sizeof(out.text), "0x%02X", (unsigned)tag);
    return out;
}

/* --- Elements ---------------------------------------------------------------------------- */

struct yx_der yx_der_reader(struct yx_bytes bytes, const char *what)
{
    return (struct yx_der){bytes, what};
}

bool yx_der_at_end(const struct yx_der *der)
{
    return der->rest.len == 0;
}

bool yx_der_next_is(const struct yx_der *der, uint8_t tag)
{
    return der->rest.len > 0 && der->rest.data[0] == tag;
}

yx_status yx_der_end(const struct yx_der *der, struct yx_error *err)
{
    YX_REQUIRE(der->rest.len == 0, err, YX_DAMAGED, "X.690",
               N_("{1}: bytes stand behind its end where nothing may follow ({2})"), der->what,
               YX_NUM(der->rest.len));
    return YX_OK;
}

static yx_status check_tag(const struct yx_der *der, uint8_t tag, struct yx_error *err)
{
    unsigned number = tag & NUMBER_MASK;
    YX_REQUIRE(number != NUMBER_MASK, err, YX_DAMAGED, "X.690 8.1.2.4",
               N_("{1}: a tag number above 30 is used where none is defined"), der->what);
    if ((tag & CLASS_MASK) != 0)
        return YX_OK;
    YX_REQUIRE(number != 0, err, YX_DAMAGED, "X.690 8.1.5",
               N_("{1}: end-of-contents octets stand where an element is expected"), der->what);
    bool constructed = (tag & CONSTRUCTED) != 0;
    YX_REQUIRE(constructed == ((constructed_types >> number & 1) != 0), err, YX_DAMAGED,
               "X.690 10.2", N_("{1}: the tag {2} mixes up primitive and constructed encoding"),
               der->what, tag_text(tag).text);
    return YX_OK;
}

/* Reads the length octets that start at `*at`; `*at` moves behind them. */
static yx_status read_length(const struct yx_der *der, size_t *at, size_t *length,
                             struct yx_error *err)
{
    struct yx_bytes in = der->rest;
    YX_REQUIRE(*at < in.len, err, YX_DAMAGED, "X.690 8.1.3", N_("{1} ends before a length"),
               der->what);
    uint8_t first = in.data[(*at)++];
    *length = first;
    if (first < LONG_FORM)
        return YX_OK;
    size_t count = first & (LONG_FORM - 1u);
    YX_REQUIRE(count != 0, err, YX_DAMAGED, "X.690 10.1",
               N_("{1}: an indefinite length is not allowed in DER"), der->what);
    YX_REQUIRE(count <= in.len - *at, err, YX_DAMAGED, "X.690 8.1.3",
               N_("{1} ends inside a length"), der->what);
    YX_REQUIRE(in.data[*at] != 0, err, YX_DAMAGED, "X.690 10.1",
               N_("{1}: a length is not in its shortest form"), der->what);
    YX_REQUIRE(count <= sizeof(size_t), err, YX_DAMAGED, "X.690 8.1.3",
               N_("{1}: an element claims to be longer than what contains it"), der->what);
    *length = 0;
    for (size_t i = 0; i < count; i++)
        *length = *length << 8 | in.data[(*at)++];
    YX_REQUIRE(*length >= LONG_FORM, err, YX_DAMAGED, "X.690 10.1",
               N_("{1}: a length is not in its shortest form"), der->what);
    return YX_OK;
}

yx_status yx_der_any(struct yx_der *der, uint8_t *tag, struct yx_bytes *content,
                     struct yx_bytes *whole, struct yx_error *err)
{
    struct yx_bytes in = der->rest;
    YX_REQUIRE(in.len > 0, err, YX_DAMAGED, "X.690 8.1",
               N_("{1} ends where another element must follow"), der->what);
    YX_TRY(check_tag(der, in.data[0], err));
    size_t at = 1;
    size_t length = 0;
    YX_TRY(read_length(der, &at, &length, err));
    YX_REQUIRE(length <= in.len - at, err, YX_DAMAGED, "X.690 8.1.3",
               N_("{1}: an element claims to be longer than what contains it"), der->what);
    if (tag != NULL)
        *tag = in.data[0];
    if (content != NULL)
        *content = YX_BYTES(in.data + at, length);
    if (whole != NULL)
        *whole = YX_BYTES(in.data, at + length);
    der->rest = YX_BYTES(in.data + at + length, in.len - at - length);
    return YX_OK;
}

yx_status yx_der_get(struct yx_der *der, uint8_t tag, struct yx_bytes *content,
                     struct yx_error *err)
{
    YX_REQUIRE(der->rest.len > 0, err, YX_DAMAGED, "X.690 8.1",
               N_("{1} ends where {2} must follow"), der->what, tag_text(tag).text);
    YX_REQUIRE(der->rest.data[0] == tag, err, YX_DAMAGED, "X.690 8.1.2",
               N_("{1}: {2} is expected where {3} stands"), der->what, tag_text(tag).text,
               tag_text(der->rest.data[0]).text);
    return yx_der_any(der, NULL, content, NULL, err);
}

yx_status yx_der_enter(struct yx_der *der, uint8_t tag, struct yx_der *inner, struct yx_error *err)
{
    struct yx_bytes content;
    YX_TRY(yx_der_get(der, tag, &content, err));
    *inner = yx_der_reader(content, der->what);
    return YX_OK;
}

/* --- Types ------------------------------------------------------------------------------- */

yx_status yx_der_bool(struct yx_der *der, bool *out, struct yx_error *err)
{
    struct yx_bytes content;
    YX_TRY(yx_der_get(der, YX_DER_BOOLEAN, &content, err));
    YX_REQUIRE(content.len == 1, err, YX_DAMAGED, "X.690 8.2.1",
               N_("{1}: a BOOLEAN must be one octet"), der->what);
    YX_REQUIRE(content.data[0] == 0 || content.data[0] == 0xFF, err, YX_DAMAGED, "X.690 11.1",
               N_("{1}: a BOOLEAN must be 00 or FF"), der->what);
    *out = content.data[0] != 0;
    return YX_OK;
}

yx_status yx_der_integer(struct yx_der *der, struct yx_bytes *out, struct yx_error *err)
{
    struct yx_bytes content;
    YX_TRY(yx_der_get(der, YX_DER_INTEGER, &content, err));
    YX_REQUIRE(content.len > 0, err, YX_DAMAGED, "X.690 8.3.1", N_("{1}: an INTEGER is empty"),
               der->what);
    /* The first nine bits must not all be equal. */
    bool redundant =
        content.len > 1 && content.data[0] == ((content.data[1] & 0x80) != 0 ? 0xFF : 0x00);
    YX_REQUIRE(!redundant, err, YX_DAMAGED, "X.690 8.3.2",
               N_("{1}: an INTEGER is not in its shortest form"), der->what);
    *out = content;
    return YX_OK;
}

yx_status yx_der_int(struct yx_der *der, int64_t *out, struct yx_error *err)
{
    struct yx_bytes content = {0};
    YX_TRY(yx_der_integer(der, &content, err));
    YX_REQUIRE(content.len <= sizeof(int64_t), err, YX_DAMAGED, "X.690 8.3",
               N_("{1}: an INTEGER of {2} octets is out of range"), der->what, YX_NUM(content.len));
    uint64_t value = (content.data[0] & 0x80) != 0 ? UINT64_MAX : 0;
    for (size_t i = 0; i < content.len; i++)
        value = value << 8 | content.data[i];
    *out = (int64_t)value;
    return YX_OK;
}

yx_status yx_der_bit_string(struct yx_der *der, struct yx_bytes *out, struct yx_error *err)
{
    struct yx_bytes content;
    YX_TRY(yx_der_get(der, YX_DER_BIT_STRING, &content, err));
    YX_REQUIRE(content.len > 0 && content.data[0] == 0, err, YX_DAMAGED, "X.690 8.6.2",
               N_("{1}: a BIT STRING must consist of whole octets"), der->what);
    *out = YX_BYTES(content.data + 1, content.len - 1);
    return YX_OK;
}

/* X.690 8.19.2: every arc starts with an octet other than 80 and ends with one below 80. */
static bool oid_well_formed(struct yx_bytes der)
{
    bool starts = true;
    for (size_t i = 0; i < der.len; i++) {
        if (starts && der.data[i] == 0x80)
            return false;
        starts = (der.data[i] & 0x80) == 0;
    }
    return der.len > 0 && starts;
}

yx_status yx_der_oid_bytes(struct yx_der *der, struct yx_bytes *out, struct yx_error *err)
{
    struct yx_bytes content;
    YX_TRY(yx_der_get(der, YX_DER_OID, &content, err));
    YX_REQUIRE(oid_well_formed(content), err, YX_DAMAGED, "X.690 8.19.2",
               N_("{1}: an OBJECT IDENTIFIER is malformed"), der->what);
    *out = content;
    return YX_OK;
}

yx_status yx_der_oid(struct yx_der *der, yx_oid *out, struct yx_error *err)
{
    struct yx_bytes content;
    YX_TRY(yx_der_oid_bytes(der, &content, err));
    *out = yx_oid_find(content);
    return YX_OK;
}

/* AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL } */
yx_status yx_der_algorithm(struct yx_der *der, yx_oid *out, struct yx_bytes *parameters,
                           struct yx_error *err)
{
    struct yx_der inner;
    yx_oid algorithm;
    YX_TRY(yx_der_enter(der, YX_DER_SEQUENCE, &inner, err));
    YX_TRY(yx_der_oid(&inner, &algorithm, err));
    struct yx_bytes whole = {NULL, 0};
    if (!yx_der_at_end(&inner)) {
        uint8_t tag;
        struct yx_bytes content;
        YX_TRY(yx_der_any(&inner, &tag, &content, &whole, err));
        YX_REQUIRE(tag != YX_DER_NULL || content.len == 0, err, YX_DAMAGED, "X.690 8.8.2",
                   N_("{1}: a NULL must be empty"), der->what);
        if (tag == YX_DER_NULL)
            whole = (struct yx_bytes){NULL, 0};
    }
    YX_TRY(yx_der_end(&inner, err));
    *out = algorithm;
    if (parameters != NULL)
        *parameters = whole;
    return YX_OK;
}

/* --- Times ------------------------------------------------------------------------------- */

static bool all_digits(struct yx_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return true;
}

static unsigned two_digits(const uint8_t *text)
{
    return (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
}

/* UTCTime: YYMMDDHHMMSSZ, GeneralizedTime: YYYYMMDDHHMMSSZ (RFC 5280 4.1.2.5.1, 4.1.2.5.2). */
yx_status yx_der_time(struct yx_der *der, yx_time *out, struct yx_error *err)
{
    bool utc = yx_der_next_is(der, YX_DER_UTC_TIME);
    size_t year_len = utc ? 2 : 4;
    const char *rule = utc ? "X.690 11.8" : "X.690 11.7";
    struct yx_bytes text;
    YX_TRY(yx_der_get(der, utc ? YX_DER_UTC_TIME : YX_DER_GENERALIZED_TIME, &text, err));
    YX_REQUIRE(text.len == year_len + 11 && text.data[text.len - 1] == 'Z' &&
                   all_digits(YX_BYTES(text.data, text.len - 1)),
               err, YX_DAMAGED, rule, N_("{1}: a time must have whole seconds and end with Z"),
               der->what);
    unsigned low = two_digits(text.data + year_len - 2);
    unsigned century = utc ? (low < 50 ? 20 : 19) : two_digits(text.data);
    const uint8_t *rest = text.data + year_len;
    struct yx_civil civil = {
        .year = century * 100 + low,
        .month = two_digits(rest),
        .day = two_digits(rest + 2),
        .hour = two_digits(rest + 4),
        .minute = two_digits(rest + 6),
        .second = two_digits(rest + 8),
    };
    yx_time time;
    YX_REQUIRE(yx_time_from_civil(&civil, &time), err, YX_DAMAGED, rule,
               N_("{1}: there is no such day or time"), der->what);
    *out = time;
    return YX_OK;
}
