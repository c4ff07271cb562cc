/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asn1/oid.c - the table of object identifiers, and their dotted form. The entries themselves
 * stand in oid.inc. An OBJECT IDENTIFIER element is read in reader.c.
 */
#include "asn1/asn1.h"

struct oid_entry {
    const char *dotted;
    const char *name;
    struct yx_bytes der;
};

static const struct oid_entry entries[YX_OID_COUNT] = {
    [YX_OID_UNKNOWN] = {"", "", {NULL, 0}},
#define YX_OID(name, dotted, text, der) \
    [YX_OID_##name] = {dotted, text, {(const uint8_t *)(der), sizeof(der) - 1}},
#include "asn1/oid.inc"
#undef YX_OID
};

static const struct oid_entry *entry_of(yx_oid oid)
{
    bool known = oid > YX_OID_UNKNOWN && oid < YX_OID_COUNT;
    return &entries[known ? oid : YX_OID_UNKNOWN];
}

struct yx_bytes yx_oid_der(yx_oid oid)
{
    return entry_of(oid)->der;
}

const char *yx_oid_dotted(yx_oid oid)
{
    return entry_of(oid)->dotted;
}

const char *yx_oid_name(yx_oid oid)
{
    return entry_of(oid)->name;
}

/* A hundred entries: the length and the last octet pass over nearly all of them. */
yx_oid yx_oid_find(struct yx_bytes der)
{
    if (der.len == 0)
        return YX_OID_UNKNOWN;
    uint8_t last = der.data[der.len - 1];
    for (int i = YX_OID_UNKNOWN + 1; i < YX_OID_COUNT; i++) {
        struct yx_bytes known = entries[i].der;
        if (known.len == der.len && known.data[known.len - 1] == last &&
            memcmp(known.data, der.data, der.len) == 0)
            return (yx_oid)i;
    }
    return YX_OID_UNKNOWN;
}

yx_oid yx_oid_find_dotted(struct yx_bytes dotted)
{
    for (int i = YX_OID_UNKNOWN + 1; i < YX_OID_COUNT; i++)
        if (yx_bytes_are(dotted, entries[i].dotted))
            return (yx_oid)i;
    return YX_OID_UNKNOWN;
}

/* Arcs made of UUIDs (2.25.…) have 128 bits. */
__extension__ typedef unsigned __int128 oid_arc;

struct dotted_text {
    char *out;
    size_t len;
};

static void put_char(struct dotted_text *text, char c)
{
    if (text->len + 1 < YX_OID_TEXT)
        text->out[text->len++] = c;
}

static void put_arc(struct dotted_text *text, oid_arc arc)
{
    char digits[40]; /* 2^128 has 39 */
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + (int)(arc % 10));
        arc /= 10;
    } while (arc > 0);
    while (count > 0)
        put_char(text, digits[--count]);
}

/* Takes one arc (X.690 8.19.2) from the front; false when it is cut off or too big. */
static bool take_arc(struct yx_bytes *der, oid_arc *arc)
{
    *arc = 0;
    for (size_t i = 0; i < der->len; i++) {
        if (*arc >> (128 - 7) != 0)
            return false;
        *arc = *arc << 7 | (der->data[i] & 0x7F);
        if ((der->data[i] & 0x80) != 0)
            continue;
        *der = YX_BYTES(der->data + i + 1, der->len - i - 1);
        return true;
    }
    return false;
}

/* X.690 8.19.4: the first arc holds the first two numbers, 40 * x + y. */
static void put_first_arc(struct dotted_text *text, oid_arc arc)
{
    oid_arc root = arc < 80 ? arc / 40 : 2;
    put_arc(text, root);
    put_char(text, '.');
    put_arc(text, arc - root * 40);
}

void yx_oid_to_dotted(struct yx_bytes der, char out[YX_OID_TEXT])
{
    struct dotted_text text = {out, 0};
    oid_arc arc = 0;
    bool whole = take_arc(&der, &arc);
    if (whole)
        put_first_arc(&text, arc);
    while (whole && der.len > 0 && text.len + 1 < YX_OID_TEXT) {
        put_char(&text, '.');
        whole = take_arc(&der, &arc);
        if (whole)
            put_arc(&text, arc);
    }
    if (!whole)
        put_char(&text, '?');
    text.out[text.len] = '\0';
}

/* Takes one number and the dot behind it from the front; false when there is none in decimal
 * without leading zeros, or it is too big. */
static bool take_number(struct yx_bytes *dotted, oid_arc *arc)
{
    size_t used = 0;
    *arc = 0;
    for (; used < dotted->len && dotted->data[used] != '.'; used++) {
        uint8_t digit = (uint8_t)(dotted->data[used] - '0');
        if (digit > 9 || *arc >> (128 - 4) != 0 || (used > 0 && dotted->data[0] == '0'))
            return false;
        *arc = *arc * 10 + digit;
    }
    bool last = used == dotted->len;
    bool dot_at_end = used + 1 == dotted->len;
    *dotted = last ? YX_BYTES(NULL, 0) : YX_BYTES(dotted->data + used + 1, dotted->len - used - 1);
    return used > 0 && !dot_at_end;
}

/* X.690 8.19.2: seven bits an octet, all but the last with the top bit set. */
static yx_status append_arc(struct yx_buf *out, oid_arc arc, struct yx_error *err)
{
    uint8_t octets[(128 + 6) / 7];
    size_t at = sizeof octets;
    octets[--at] = (uint8_t)(arc & 0x7F);
    for (arc >>= 7; arc > 0; arc >>= 7)
        octets[--at] = (uint8_t)(0x80 | (arc & 0x7F));
    yx_status status = yx_buf_append(out, YX_BYTES(octets + at, sizeof octets - at));
    return status == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_oid_from_dotted(struct yx_bytes dotted, struct yx_buf *out, struct yx_error *err)
{
    oid_arc root, second, arc;
    struct yx_bytes rest = dotted;
    bool sound = dotted.len > 0 && dotted.len < YX_OID_TEXT && take_number(&rest, &root) &&
                 rest.len > 0 && take_number(&rest, &second) && root <= 2 &&
                 (root == 2 || second < 40) && second >> 120 == 0;
    size_t before = out->len;
    if (sound)
        YX_TRY(append_arc(out, root * 40 + second, err));
    while (sound && rest.len > 0) {
        sound = take_number(&rest, &arc);
        if (sound)
            YX_TRY(append_arc(out, arc, err));
    }
    if (sound)
        return YX_OK;
    out->len = before;
    return yx_fail(err, YX_USAGE, "X.660, object identifiers",
                   N_("an object identifier is written as numbers with dots, like 1.2.156.10197"));
}
