/* SPDX-License-Identifier: Apache-2.0 */
/* certify/lint_name.c - the part of the lint about names: RFC 5280 4.1.2.4, 4.1.2.6 and the bounds
 * of its A.1. Writing and reading names as text is in x509/name.c. */
#include "certify/lint.h"

#define RDN_MAX 32

/* How an attribute's value may be written. */
enum { TEXT = 1, PRINTABLE = 2, IA5 = 4 };

/* What the standards say about an attribute; `max` counts characters. */
static const struct attribute_rule {
    yx_oid oid;
    unsigned types;
    size_t min, max;
    const char *rule;
} attribute_rules[] = {
    {YX_OID_COMMON_NAME, TEXT | PRINTABLE, 1, 64, "RFC 5280 A.1, ub-common-name"},
    {YX_OID_SURNAME, TEXT | PRINTABLE, 1, 32768, "RFC 5280 A.1, ub-name"},
    {YX_OID_GIVEN_NAME, TEXT | PRINTABLE, 1, 32768, "RFC 5280 A.1, ub-name"},
    {YX_OID_SERIAL_NUMBER, PRINTABLE, 1, 64, "RFC 5280 A.1, ub-serial-number"},
    {YX_OID_COUNTRY, PRINTABLE, 2, 2, "RFC 5280 A.1, X520countryName"},
    {YX_OID_LOCALITY, TEXT | PRINTABLE, 1, 128, "RFC 5280 A.1, ub-locality-name"},
    {YX_OID_STATE, TEXT | PRINTABLE, 1, 128, "RFC 5280 A.1, ub-state-name"},
    {YX_OID_STREET, TEXT | PRINTABLE, 1, 128, "X.520, ub-street-address"},
    {YX_OID_ORGANIZATION, TEXT | PRINTABLE, 1, 64, "RFC 5280 A.1, ub-organization-name"},
    {YX_OID_ORGANIZATIONAL_UNIT, TEXT | PRINTABLE, 1, 64,
     "RFC 5280 A.1, ub-organizational-unit-name"},
    {YX_OID_TITLE, TEXT | PRINTABLE, 1, 64, "RFC 5280 A.1, ub-title"},
    {YX_OID_POSTAL_CODE, TEXT | PRINTABLE, 1, 40, "X.520, ub-postal-code"},
    {YX_OID_USER_ID, TEXT | PRINTABLE, 1, 256, "RFC 1274, ub-user-identifier"},
    {YX_OID_DOMAIN_COMPONENT, IA5, 1, 63, "RFC 4519 2.4"},
    {YX_OID_EMAIL, IA5, 1, 255, "RFC 5280 A.1, ub-emailaddress-length"},
    /* Any other attribute: text without a bound. */
    {YX_OID_UNKNOWN, TEXT | PRINTABLE | IA5, 1, SIZE_MAX, "RFC 5280 4.1.2.4"},
};

static const struct attribute_rule *find_rule(yx_oid oid)
{
    const struct attribute_rule *rule = attribute_rules;
    while (rule->oid != oid && rule->oid != YX_OID_UNKNOWN)
        rule++;
    return rule;
}

static bool is_printable_string(struct yx_bytes text)
{
    static const char others[] = " '()+,-./:=?";
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!letter && !(c >= '0' && c <= '9') && (c == 0 || !strchr(others, c)))
            return false;
    }
    return true;
}

/* Characters of valid UTF-8 without control characters (C0, DEL, C1); SIZE_MAX when it is not. */
static size_t count_characters(struct yx_bytes text)
{
    size_t count = 0;
    while (text.len > 0) {
        uint32_t c;
        size_t taken = yx_utf8_next(text, &c);
        if (taken == 0 || c < 0x20 || (c >= 0x7F && c <= 0x9F))
            return SIZE_MAX;
        text.data += taken;
        text.len -= taken;
        count++;
    }
    return count;
}

static bool is_ascii(struct yx_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] >= 0x80)
            return false;
    return true;
}

static unsigned type_of_tag(uint8_t tag)
{
    switch (tag) {
    case YX_DER_UTF8_STRING:
        return TEXT;
    case YX_DER_PRINTABLE_STRING:
        return PRINTABLE;
    case YX_DER_IA5_STRING:
        return IA5;
    default:
        return 0;
    }
}

static yx_status lint_value(const char *name, const struct attribute_rule *rule, uint8_t tag,
                            struct yx_bytes value, struct yx_error *err)
{
    unsigned type = type_of_tag(tag);
    YX_REQUIRE(type & rule->types, err, YX_REFUSED, rule->rule,
               N_("the attribute {1} of the subject has a string type that it must not have"),
               name);
    YX_REQUIRE(type != PRINTABLE || is_printable_string(value), err, YX_REFUSED, "X.680 41.4",
               N_("the attribute {1} of the subject holds characters that a PrintableString "
                  "cannot hold"),
               name);
    YX_REQUIRE(type != IA5 || is_ascii(value), err, YX_REFUSED, rule->rule,
               N_("the attribute {1} of the subject holds characters other than ASCII"), name);
    size_t count = count_characters(value);
    YX_REQUIRE(count != SIZE_MAX, err, YX_REFUSED, "RFC 3629, and no control characters",
               N_("the attribute {1} of the subject is no valid UTF-8 or holds control "
                  "characters"),
               name);
    YX_REQUIRE(count >= rule->min && count <= rule->max, err, YX_REFUSED, rule->rule,
               N_("the attribute {1} of the subject has {2} characters; {3} to {4} are allowed"),
               name, YX_NUM(count), YX_NUM(rule->min),
               YX_NUM(rule->max > INT64_MAX ? INT64_MAX : (int64_t)rule->max));
    return YX_OK;
}

/* AttributeTypeAndValue ::= SEQUENCE { type OBJECT IDENTIFIER, value ANY } */
static yx_status lint_attribute(struct yx_der *set, struct yx_error *err)
{
    struct yx_der attribute;
    struct yx_bytes oid_bytes, value;
    uint8_t tag;
    char dotted[YX_OID_TEXT];
    YX_TRY(yx_der_enter(set, YX_DER_SEQUENCE, &attribute, err));
    YX_TRY(yx_der_oid_bytes(&attribute, &oid_bytes, err));
    YX_TRY(yx_der_any(&attribute, &tag, &value, NULL, err));
    YX_TRY(yx_der_end(&attribute, err));
    yx_oid oid = yx_oid_find(oid_bytes);
    yx_oid_to_dotted(oid_bytes, dotted);
    return lint_value(oid == YX_OID_UNKNOWN ? dotted : yx_oid_name(oid), find_rule(oid), tag, value,
                      err);
}

/* Name ::= SEQUENCE OF SET OF AttributeTypeAndValue */
yx_status yx_lint_name(struct yx_bytes name, struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(name, "Name"), sequence;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &sequence, err));
    YX_REQUIRE(!yx_der_at_end(&sequence), err, YX_REFUSED, "RFC 5280 4.1.2.6",
               N_("the subject is empty; name the holder"));
    for (unsigned count = 0; !yx_der_at_end(&sequence); count++) {
        struct yx_der set;
        YX_REQUIRE(count < RDN_MAX, err, YX_REFUSED, "RFC 5280 4.1.2.6",
                   N_("the subject has more than {1} parts"), YX_NUM(RDN_MAX));
        YX_TRY(yx_der_enter(&sequence, YX_DER_SET, &set, err));
        do
            YX_TRY(lint_attribute(&set, err));
        while (!yx_der_at_end(&set));
    }
    return YX_OK;
}
