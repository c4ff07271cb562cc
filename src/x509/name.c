/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name.c - distinguished names between DER and the text of RFC 4514.
 *
 * Comparing names (RFC 5280 7.1) is left to libcrypto, in validate.c.
 */
#include "x509/cert_internal.h"

/* ASN.1 string types that only names of the field still use. */
enum {
    NUMERIC_STRING = 0x12,
    T61_STRING = 0x14,
    VISIBLE_STRING = 0x1A,
    UNIVERSAL_STRING = 0x1C,
    BMP_STRING = 0x1E
};

/* More parts than this in one name are refused when writing. */
#define PARTS_MAX 32
/* And when reading: names of thousands of parts are made to keep us busy. */
#define PARTS_READ_MAX 100

/* Attribute types that have a short name, and the string type that they are written in. */
static const struct attribute {
    yx_oid oid;
    uint8_t tag;
} attributes[] = {
    {YX_OID_COMMON_NAME, YX_DER_UTF8_STRING},
    {YX_OID_SURNAME, YX_DER_UTF8_STRING},
    {YX_OID_SERIAL_NUMBER, YX_DER_PRINTABLE_STRING}, /* RFC 5280 A.1, X520SerialNumber */
    {YX_OID_COUNTRY, YX_DER_PRINTABLE_STRING},
    {YX_OID_LOCALITY, YX_DER_UTF8_STRING},
    {YX_OID_STATE, YX_DER_UTF8_STRING},
    {YX_OID_STREET, YX_DER_UTF8_STRING},
    {YX_OID_ORGANIZATION, YX_DER_UTF8_STRING},
    {YX_OID_ORGANIZATIONAL_UNIT, YX_DER_UTF8_STRING},
    {YX_OID_TITLE, YX_DER_UTF8_STRING},
    {YX_OID_POSTAL_CODE, YX_DER_UTF8_STRING},
    {YX_OID_GIVEN_NAME, YX_DER_UTF8_STRING},
    {YX_OID_ORGANIZATION_IDENTIFIER, YX_DER_UTF8_STRING},
    {YX_OID_DOMAIN_COMPONENT, YX_DER_IA5_STRING},
    {YX_OID_USER_ID, YX_DER_UTF8_STRING},
    {YX_OID_EMAIL, YX_DER_IA5_STRING},
};
#define ATTRIBUTE_COUNT (sizeof(attributes) / sizeof(attributes[0]))

static const struct attribute *attribute_of(yx_oid oid)
{
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++)
        if (attributes[i].oid == oid)
            return &attributes[i];
    return NULL;
}

/* --- Values as UTF-8 --------------------------------------------------------------------- */

/* These append as UTF-8; YX_DAMAGED when the value is not text, which is no error here. */
static yx_status append_units(struct yx_bytes value, size_t width, struct yx_buf *out)
{
    if (value.len % width != 0)
        return YX_DAMAGED;
    for (size_t i = 0; i < value.len; i += width) {
        uint32_t code = 0;
        for (size_t k = 0; k < width; k++)
            code = code << 8 | value.data[i + k];
        if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
            return YX_DAMAGED;
        YX_TRY(yx_utf8_append(out, code));
    }
    return YX_OK;
}

/*
 * T61String is read as Latin-1, as everybody does. Field certificates put UTF-8 into all the
 * 8-bit types: take it for that when it is that.
 */
static yx_status append_octets(struct yx_bytes value, struct yx_buf *out)
{
    return yx_utf8_valid(value) ? yx_buf_append(out, value) : append_units(value, 1, out);
}

static yx_status append_utf8(uint8_t tag, struct yx_bytes value, struct yx_buf *out)
{
    switch (tag) {
    case YX_DER_UTF8_STRING:
        return yx_utf8_valid(value) ? yx_buf_append(out, value) : YX_DAMAGED;
    case YX_DER_PRINTABLE_STRING:
    case YX_DER_IA5_STRING:
    case NUMERIC_STRING:
    case T61_STRING:
    case VISIBLE_STRING:
        return append_octets(value, out);
    case BMP_STRING:
        return append_units(value, 2, out);
    case UNIVERSAL_STRING:
        return append_units(value, 4, out);
    default:
        return YX_DAMAGED;
    }
}

/* --- DER to text ------------------------------------------------------------------------- */

/* RFC 4514 2.4: what must be escaped at this place; control characters too, as hex. */
static yx_status append_escaped(struct yx_bytes text, struct yx_buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool edge = (i == 0 && (c == ' ' || c == '#')) || (i == text.len - 1 && c == ' ');
        if (c < 0x20 || c == 0x7F) {
            YX_TRY(yx_buf_printf(out, "\\%02X", c));
            continue;
        }
        if (edge || strchr("\"+,;<>\\", c) != NULL)
            YX_TRY(yx_buf_append_text(out, "\\"));
        YX_TRY(yx_buf_append(out, YX_BYTES(&c, 1)));
    }
    return YX_OK;
}

static yx_status append_hex(struct yx_bytes element, struct yx_buf *out)
{
    YX_TRY(yx_buf_append_text(out, "#"));
    for (size_t i = 0; i < element.len; i++)
        YX_TRY(yx_buf_printf(out, "%02X", element.data[i]));
    return YX_OK;
}

struct attribute_value {
    struct yx_bytes type;
    uint8_t tag;
    struct yx_bytes value;
    struct yx_bytes whole;
};

/* AttributeTypeAndValue ::= SEQUENCE { type OBJECT IDENTIFIER, value ANY } */
static yx_status read_attribute(struct yx_der *der, struct attribute_value *out,
                                struct yx_error *err)
{
    struct yx_der inner;
    YX_TRY(yx_der_enter(der, YX_DER_SEQUENCE, &inner, err));
    YX_TRY(yx_der_oid_bytes(&inner, &out->type, err));
    YX_TRY(yx_der_any(&inner, &out->tag, &out->value, &out->whole, err));
    return yx_der_end(&inner, err);
}

static yx_status append_attribute(const struct attribute_value *pair, struct yx_buf *out)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    char dotted[YX_OID_TEXT];
    const struct attribute *known = attribute_of(yx_oid_find(pair->type));
    if (known == NULL)
        yx_oid_to_dotted(pair->type, dotted);
    YX_TRY(yx_buf_append_text(out, known != NULL ? yx_oid_name(known->oid) : dotted));
    YX_TRY(yx_buf_append_text(out, "="));
    /* No character takes more than twice its octets in UTF-8: whatever fails now is no text. */
    YX_TRY(yx_buf_reserve(&text, 2 * pair->value.len + 4));
    yx_status status = append_utf8(pair->tag, pair->value, &text);
    if (status == YX_DAMAGED)
        return append_hex(pair->whole, out);
    YX_TRY(status);
    return append_escaped(yx_buf_bytes(&text), out);
}

/* RelativeDistinguishedName ::= SET SIZE (1..MAX) OF AttributeTypeAndValue */
static yx_status append_rdn(struct yx_bytes content, unsigned *count, struct yx_buf *out,
                            struct yx_error *err)
{
    struct yx_der set = yx_der_reader(content, "RelativeDistinguishedName");
    bool first = true;
    do {
        struct attribute_value pair;
        YX_REQUIRE((*count)++ < PARTS_READ_MAX, err, YX_DAMAGED, "limit for names",
                   N_("a name has more than {1} parts"), YX_NUM(PARTS_READ_MAX));
        YX_TRY(read_attribute(&set, &pair, err));
        if ((!first && yx_buf_append_text(out, "+") != YX_OK) ||
            append_attribute(&pair, out) != YX_OK)
            return yx_fail_memory(err);
        first = false;
    } while (!yx_der_at_end(&set));
    return YX_OK;
}

/* Name ::= SEQUENCE OF RelativeDistinguishedName; the text has the last one first. */
yx_status yx_name_from_der(struct yx_bytes der, struct yx_buf *text, struct yx_error *err)
{
    struct yx_der outer = yx_der_reader(der, "Name"), sequence;
    YX_TRY(yx_der_enter(&outer, YX_DER_SEQUENCE, &sequence, err));
    YX_TRY(yx_der_end(&outer, err));

    YX_CLEAN(yx_buf) struct yx_buf result = {0};
    unsigned count = 0;
    while (!yx_der_at_end(&sequence)) {
        struct yx_bytes rdn;
        YX_CLEAN(yx_buf) struct yx_buf longer = {0};
        YX_TRY(yx_der_get(&sequence, YX_DER_SET, &rdn, err));
        YX_TRY(append_rdn(rdn, &count, &longer, err));
        if ((result.len > 0 && yx_buf_append_text(&longer, ",") != YX_OK) ||
            yx_buf_append(&longer, yx_buf_bytes(&result)) != YX_OK)
            return yx_fail_memory(err);
        struct yx_buf shorter = result;
        result = longer;
        longer = shorter;
    }
    return yx_buf_append(text, yx_buf_bytes(&result)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_name_find(struct yx_bytes der, yx_oid type, struct yx_buf *text, struct yx_error *err)
{
    struct yx_der outer = yx_der_reader(der, "Name"), sequence;
    struct attribute_value best = {0};
    YX_TRY(yx_der_enter(&outer, YX_DER_SEQUENCE, &sequence, err));
    while (!yx_der_at_end(&sequence)) {
        struct yx_der set;
        YX_TRY(yx_der_enter(&sequence, YX_DER_SET, &set, err));
        while (!yx_der_at_end(&set)) {
            struct attribute_value pair;
            YX_TRY(read_attribute(&set, &pair, err));
            if (yx_oid_find(pair.type) == type)
                best = pair;
        }
    }
    if (best.type.data == NULL)
        return YX_OK;
    size_t before = text->len;
    yx_status status = append_utf8(best.tag, best.value, text);
    if (status == YX_DAMAGED)
        text->len = before;
    return status == YX_NO_MEMORY ? yx_fail_memory(err) : YX_OK;
}

/* --- Text to DER ------------------------------------------------------------------------- */

struct part {
    const struct attribute *type;
    struct yx_buf value;
};
struct part_list {
    struct part items[PARTS_MAX];
    size_t count;
};
static void part_list_free(struct part_list *parts)
{
    for (size_t i = 0; i < PARTS_MAX; i++)
        yx_buf_free(&parts->items[i].value);
}
YX_DEFINE_CLEAN_VALUE(part_list, struct part_list, part_list_free);

#define NAME_RULE "RFC 4514 3"

/* "CN=": looks up the short or dotted form before the '='. */
static yx_status parse_type(const char **cursor, const struct attribute **out, struct yx_error *err)
{
    const char *start = *cursor;
    size_t len = strcspn(start, "=,+");
    YX_CLEAN(yx_buf) struct yx_buf word = {0};
    if (yx_buf_append(&word, YX_BYTES(start, len)) != YX_OK ||
        yx_buf_append(&word, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    const char *name = (const char *)word.data;
    YX_REQUIRE(start[len] == '=' && len > 0, err, YX_USAGE, NAME_RULE,
               N_("\"{1}\" in a name is not of the form TYPE=VALUE"), name);

    const struct attribute *found = attribute_of(yx_oid_find_dotted(YX_BYTES(start, len)));
    for (size_t i = 0; i < ATTRIBUTE_COUNT && found == NULL; i++)
        if (strcasecmp(name, yx_oid_name(attributes[i].oid)) == 0)
            found = &attributes[i];
    YX_REQUIRE(found != NULL, err, YX_USAGE, NAME_RULE,
               N_("\"{1}\" is not a known type in a name: use CN, O, OU, C, ST, L and the like"),
               name);
    *out = found;
    *cursor = start + len + 1;
    return YX_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* After a '\': a hex pair or one special character. */
static yx_status parse_escape(const char **cursor, char *out, struct yx_error *err)
{
    const char *p = *cursor;
    int high = hex_digit(p[0]);
    int low = high < 0 ? -1 : hex_digit(p[1]);
    if (low >= 0) {
        *out = (char)(high << 4 | low);
        *cursor = p + 2;
        return YX_OK;
    }
    YX_REQUIRE(p[0] != 0 && strchr(" \"#+,;<=>\\", p[0]) != NULL, err, YX_USAGE, NAME_RULE,
               N_("a '\\' in a name stands before a special character or two hex digits, not "
                  "before \"{1}\""),
               p);
    *out = p[0];
    *cursor = p + 1;
    return YX_OK;
}

/* The value up to the next ',' or the end; spaces around it do not count unless escaped. */
static yx_status parse_value(const char **cursor, struct yx_buf *out, struct yx_error *err)
{
    const char *p = *cursor + strspn(*cursor, " ");
    size_t keep = 0;
    YX_REQUIRE(*p != '#', err, YX_USAGE, NAME_RULE,
               N_("\"{1}\": values in hex are not taken in a name; escape a '#' at the start"), p);
    while (*p != 0 && *p != ',') {
        char c = *p++;
        bool escaped = c == '\\';
        YX_REQUIRE(c != '+', err, YX_USAGE, NAME_RULE,
                   N_("several values in one part of a name (\"+\") are not taken: escape a '+' "
                      "that belongs to the value"));
        YX_REQUIRE(strchr("\";<>", c) == NULL, err, YX_USAGE, NAME_RULE,
                   N_("a '\"', ';', '<' or '>' in a name needs a '\\' before it: \"{1}\""), p - 1);
        if (escaped)
            YX_TRY(parse_escape(&p, &c, err));
        if (yx_buf_append(out, YX_BYTES(&c, 1)) != YX_OK)
            return yx_fail_memory(err);
        if (escaped || c != ' ')
            keep = out->len;
    }
    out->len = keep;
    *cursor = p;
    return YX_OK;
}

static bool is_printable(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != 0 && strchr(" '()+,-./:=?", c) != NULL);
}

static bool fits_string_type(const struct part *part)
{
    for (size_t i = 0; i < part->value.len; i++) {
        uint8_t c = part->value.data[i];
        if (part->type->tag == YX_DER_PRINTABLE_STRING && !is_printable(c))
            return false;
        if (part->type->tag == YX_DER_IA5_STRING && c > 0x7F)
            return false;
    }
    return true;
}

static yx_status check_part(const struct part *part, struct yx_error *err)
{
    const char *type = yx_oid_name(part->type->oid);
    YX_REQUIRE(part->value.len > 0, err, YX_USAGE, "RFC 5280 4.1.2.4",
               N_("{1} in the name is empty"), type);
    YX_REQUIRE(yx_utf8_valid(yx_buf_bytes(&part->value)), err, YX_USAGE, "RFC 5280 4.1.2.4",
               N_("{1} in the name is not valid UTF-8"), type);
    YX_REQUIRE(part->type->oid != YX_OID_COUNTRY || part->value.len == 2, err, YX_USAGE,
               "RFC 5280 4.1.2.4", N_("C in the name is a country code of two letters"));
    YX_REQUIRE(fits_string_type(part), err, YX_USAGE, "RFC 5280 4.1.2.4",
               N_("{1} in the name takes plain ASCII letters, digits and signs only"), type);
    return YX_OK;
}

static yx_status parse_name(const char *text, struct part_list *parts, struct yx_error *err)
{
    const char *p = text;
    for (;;) {
        p += strspn(p, " ");
        YX_REQUIRE(parts->count < PARTS_MAX, err, YX_USAGE, NAME_RULE,
                   N_("a name has at most {1} parts"), YX_NUM(PARTS_MAX));
        struct part *part = &parts->items[parts->count];
        YX_TRY(parse_type(&p, &part->type, err));
        YX_TRY(parse_value(&p, &part->value, err));
        YX_TRY(check_part(part, err));
        parts->count++;
        if (*p == 0)
            return YX_OK;
        p++;
    }
}

yx_status yx_name_to_der(const char *text, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(part_list) struct part_list parts = {0};
    YX_TRY(parse_name(text, &parts, err));

    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t sequence = yx_der_begin(&w, YX_DER_SEQUENCE);
    for (size_t i = parts.count; i-- > 0;) {
        const struct part *part = &parts.items[i];
        size_t set = yx_der_begin(&w, YX_DER_SET);
        size_t pair = yx_der_begin(&w, YX_DER_SEQUENCE);
        yx_der_put_oid(&w, part->type->oid);
        yx_der_put(&w, part->type->tag, yx_buf_bytes(&part->value));
        yx_der_close(&w, pair);
        yx_der_close(&w, set);
    }
    yx_der_close(&w, sequence);
    return yx_der_finish(&w, out, err);
}
