/* SPDX-License-Identifier: Apache-2.0 */
/* certify/lint_general_name.c - the part of the lint about GeneralName (RFC 5280 4.2.1.6): names of
 * hosts and mailboxes, addresses, and the URLs of CRLs, OCSP responders and issuers. */
#include "certify/lint.h"

/* --- Characters -------------------------------------------------------------------------- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Printing ASCII without space. */
static bool is_visible(struct yx_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] <= 0x20 || text.data[i] >= 0x7F)
            return false;
    return text.len > 0;
}

/* --- Hosts ------------------------------------------------------------------------------- */

/* A label of RFC 1034 3.5 as RFC 1123 2.1 widens it: 1 to 63 letters, digits and inner hyphens. */
static bool is_label(struct yx_bytes label)
{
    if (label.len == 0 || label.len > 63)
        return false;
    for (size_t i = 0; i < label.len; i++) {
        uint8_t c = label.data[i];
        bool inner = i > 0 && i + 1 < label.len;
        if (!is_letter(c) && !is_digit(c) && !(c == '-' && inner))
            return false;
    }
    return true;
}

static bool is_host(struct yx_bytes name)
{
    if (name.len == 0 || name.len > 253)
        return false;
    size_t start = 0;
    for (size_t i = 0; i <= name.len; i++)
        if (i == name.len || name.data[i] == '.') {
            if (!is_label(YX_BYTES(name.data + start, i - start)))
                return false;
            start = i + 1;
        }
    return true;
}

/* A host name; its first label may be "*" (RFC 6125 6.4.3). */
static bool is_dns_name(struct yx_bytes name)
{
    if (name.len > 2 && name.data[0] == '*' && name.data[1] == '.')
        name = YX_BYTES(name.data + 2, name.len - 2);
    return is_host(name);
}

static bool is_mailbox(struct yx_bytes name)
{
    const uint8_t *at = name.len > 0 ? memrchr(name.data, '@', name.len) : NULL;
    if (!at || !is_visible(name))
        return false;
    size_t local = (size_t)(at - name.data);
    return local > 0 && local <= 64 && is_host(YX_BYTES(at + 1, name.len - local - 1));
}

static bool is_ip_address(struct yx_bytes address)
{
    return address.len == 4 || address.len == 16;
}

/* --- URLs -------------------------------------------------------------------------------- */

/* Nothing, or ":" and digits. */
static bool is_port(struct yx_bytes text)
{
    for (size_t i = 1; i < text.len; i++)
        if (!is_digit(text.data[i]))
            return false;
    return text.len == 0 || text.data[0] == ':';
}

/* "[IPv6]" and a port (RFC 3986 3.2.2). */
static bool is_bracketed(struct yx_bytes text)
{
    const uint8_t *close = memchr(text.data, ']', text.len);
    if (!close || close == text.data + 1)
        return false;
    for (const uint8_t *c = text.data + 1; c < close; c++)
        if (!is_digit(*c) && !is_letter(*c) && *c != ':' && *c != '.')
            return false;
    size_t used = (size_t)(close + 1 - text.data);
    return is_port(YX_BYTES(close + 1, text.len - used));
}

/* The authority of RFC 3986 3.2 without user information: a host and a port. */
static bool is_authority(struct yx_bytes text)
{
    if (text.len == 0)
        return false;
    if (text.data[0] == '[')
        return is_bracketed(text);
    const uint8_t *colon = memchr(text.data, ':', text.len);
    size_t host = colon ? (size_t)(colon - text.data) : text.len;
    return is_host(YX_BYTES(text.data, host)) &&
           is_port(YX_BYTES(text.data + host, text.len - host));
}

static bool is_url(struct yx_bytes url)
{
    static const char *const schemes[] = {"http://", "https://", "ldap://", "ldaps://"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        struct yx_bytes scheme = YX_TEXT(schemes[i]);
        if (url.len <= scheme.len || memcmp(url.data, scheme.data, scheme.len) != 0)
            continue;
        struct yx_bytes rest = YX_BYTES(url.data + scheme.len, url.len - scheme.len);
        size_t authority = 0;
        while (authority < rest.len && !strchr("/?#", rest.data[authority]))
            authority++;
        return is_visible(url) && is_authority(YX_BYTES(rest.data, authority));
    }
    return false;
}

yx_status yx_lint_url(struct yx_bytes url, struct yx_error *err)
{
    YX_REQUIRE(is_url(url), err, YX_REFUSED, "RFC 5280 4.2.1.13 and RFC 3986",
               N_("a place to fetch from is no http or ldap URL in ASCII"));
    return YX_OK;
}

/* --- Subject alternative names ----------------------------------------------------------- */

/* A URI with a scheme (RFC 3986 3). */
static bool is_uri(struct yx_bytes text)
{
    const uint8_t *colon = text.len > 0 ? memchr(text.data, ':', text.len) : NULL;
    return is_visible(text) && is_letter(text.data[0]) && colon && colon + 1 < text.data + text.len;
}

/* The forms with a syntax to check; otherName and the X.400 forms pass as they are. */
static const struct {
    uint8_t tag;
    bool (*holds)(struct yx_bytes content);
    const char *name;
} name_forms[] = {
    {YX_DER_CONTEXT(1), is_mailbox, "rfc822Name"},
    {YX_DER_CONTEXT(2), is_dns_name, "dNSName"},
    {YX_DER_CONTEXT(6), is_uri, "uniformResourceIdentifier"},
    {YX_DER_CONTEXT(7), is_ip_address, "iPAddress"},
};

yx_status yx_lint_subject_alt_names(struct yx_bytes names, struct yx_error *err)
{
    struct yx_der der = yx_der_reader(names, "SubjectAltName");
    YX_REQUIRE(!yx_der_at_end(&der), err, YX_REFUSED, "RFC 5280 4.2.1.6",
               N_("the subjectAltName extension is empty; leave it out"));
    while (!yx_der_at_end(&der)) {
        uint8_t tag;
        struct yx_bytes content;
        YX_TRY(yx_der_any(&der, &tag, &content, NULL, err));
        YX_REQUIRE((tag & 0xC0) == 0x80, err, YX_DAMAGED, "RFC 5280 4.2.1.6",
                   N_("the subjectAltName extension holds something that is no GeneralName"));
        for (size_t i = 0; i < sizeof name_forms / sizeof *name_forms; i++)
            YX_REQUIRE(tag != name_forms[i].tag || name_forms[i].holds(content), err, YX_REFUSED,
                       "RFC 5280 4.2.1.6", N_("a {1} of the subjectAltName is not well-formed"),
                       name_forms[i].name);
    }
    return YX_OK;
}

/* --- Bases of name constraints ----------------------------------------------------------- */

/* A host, or everything below it with a dot in front; empty: every host. */
static bool is_dns_base(struct yx_bytes base)
{
    if (base.len > 0 && base.data[0] == '.')
        base = YX_BYTES(base.data + 1, base.len - 1);
    else if (base.len == 0)
        return true;
    return is_host(base);
}

static bool is_mailbox_base(struct yx_bytes base)
{
    return is_mailbox(base) || (base.len > 0 && is_dns_base(base));
}

static bool is_ip_base(struct yx_bytes base)
{
    return base.len == 8 || base.len == 32;
}

/* A whole Name, EXPLICIT. */
static bool is_directory_base(struct yx_bytes base)
{
    struct yx_der der = yx_der_reader(base, "Name");
    return yx_der_get(&der, YX_DER_SEQUENCE, NULL, NULL) == YX_OK && yx_der_at_end(&der);
}

yx_status yx_lint_constraint_base(uint8_t tag, struct yx_bytes content, struct yx_error *err)
{
    static const struct {
        uint8_t tag;
        bool (*holds)(struct yx_bytes content);
    } forms[] = {
        {YX_DER_CONTEXT(1), is_mailbox_base},
        {YX_DER_CONTEXT(2), is_dns_base},
        {YX_DER_CONTEXT_CONSTRUCTED(4), is_directory_base},
        {YX_DER_CONTEXT(6), is_dns_base},
        {YX_DER_CONTEXT(7), is_ip_base},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (tag == forms[i].tag && forms[i].holds(content))
            return YX_OK;
    return yx_fail(err, YX_REFUSED, "RFC 5280 4.2.1.10",
                   N_("a base of the nameConstraints is not well-formed, or of a form that is not "
                      "known"));
}
