/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xml/xml.c - builds the small tree of xml.h with expat. It knows nothing of schemas, and of
 * namespaces only that a prefix can be left out.
 */
#include <expat.h>
#include <iconv.h>
#include <limits.h>

#include "xml/xml.h"

#define RULE_XML "XML 1.0"

/* Where the building stands; `status` tells why it was stopped. */
struct builder {
    XML_Parser parser;
    struct yx_arena *arena;
    const char *what;
    struct yx_error *err;
    yx_status status;
    struct yx_xml *root;
    struct yx_xml *open;                       /* the innermost element that has not ended */
    struct yx_xml *last[YX_XML_DEPTH_MAX + 1]; /* the last child so far, by depth */
    struct yx_buf text[YX_XML_DEPTH_MAX + 1];  /* the text so far, by depth */
    unsigned depth;
};

/* --- Elements ---------------------------------------------------------------------------- */

static void stop(struct builder *builder, yx_status status)
{
    builder->status = status;
    XML_StopParser(builder->parser, XML_FALSE);
}

static void stop_memory(struct builder *builder)
{
    if (yx_arena_is_starved(builder->arena)) {
        stop(builder, yx_fail_memory(builder->err));
        return;
    }
    stop(builder, yx_fail(builder->err, YX_DAMAGED, "limit for XML",
                          N_("{1} needs more memory than is given to the XML of one package"),
                          builder->what));
}

/* Splits "ofd:Page"; false when there is no memory. */
static bool set_name(struct builder *builder, const char *qualified, const char **prefix,
                     const char **name)
{
    const char *colon = strchr(qualified, ':');
    const char *local = colon == NULL ? qualified : colon + 1;
    if (prefix != NULL)
        *prefix = yx_arena_text(builder->arena, YX_BYTES(qualified, (size_t)(local - qualified)));
    *name = yx_arena_text(builder->arena, YX_TEXT(local));
    return *name != NULL && (prefix == NULL || *prefix != NULL);
}

static bool add_attribute(struct builder *builder, const char *const *pair,
                          struct yx_xml_attribute ***end)
{
    struct yx_xml_attribute *attribute = yx_arena_alloc(builder->arena, sizeof *attribute);
    if (attribute == NULL || !set_name(builder, pair[0], NULL, &attribute->name))
        return false;
    attribute->is_prefixed = strchr(pair[0], ':') != NULL;
    attribute->value = yx_arena_text(builder->arena, YX_TEXT(pair[1]));
    **end = attribute;
    *end = &attribute->next;
    return attribute->value != NULL;
}

/* Attributes without a prefix stand first, so that they win over foreign ones of the same name. */
static bool add_attributes(struct builder *builder, struct yx_xml *element,
                           const char *const *pairs)
{
    struct yx_xml_attribute **end = &element->attributes;
    for (int prefixed = 0; prefixed <= 1; prefixed++) {
        for (const char *const *pair = pairs; *pair != NULL; pair += 2) {
            if ((strchr(pair[0], ':') != NULL) != (prefixed == 1))
                continue;
            if (!add_attribute(builder, pair, &end))
                return false;
        }
    }
    return true;
}

static bool attributes_are_modest(const char *const *pairs)
{
    size_t count = 0;
    for (; *pairs != NULL; pairs += 2, count++) {
        if (count == YX_XML_ATTRIBUTES_MAX ||
            strnlen(pairs[1], YX_XML_VALUE_MAX + 1) > YX_XML_VALUE_MAX)
            return false;
    }
    return true;
}

static void link_element(struct builder *builder, struct yx_xml *element)
{
    element->parent = builder->open;
    if (builder->open == NULL)
        builder->root = element;
    else if (builder->last[builder->depth] == NULL)
        builder->open->first = element;
    else
        builder->last[builder->depth]->next = element;
    builder->last[builder->depth] = element;
    builder->open = element;
    builder->depth++;
    builder->last[builder->depth] = NULL;
    builder->text[builder->depth].len = 0;
}

static void XMLCALL on_start(void *self, const char *name, const char **pairs)
{
    struct builder *builder = self;
    if (builder->depth == YX_XML_DEPTH_MAX) {
        stop(builder, yx_fail(builder->err, YX_DAMAGED, "limit for XML",
                              N_("{1} nests deeper than {2} elements"), builder->what,
                              YX_NUM(YX_XML_DEPTH_MAX)));
        return;
    }
    if (!attributes_are_modest(pairs)) {
        stop(builder,
             yx_fail(builder->err, YX_DAMAGED, "limit for XML",
                     N_("{1} has an element with more than {2} attributes or with a value longer "
                        "than {3} bytes"),
                     builder->what, YX_NUM(YX_XML_ATTRIBUTES_MAX), YX_NUM(YX_XML_VALUE_MAX)));
        return;
    }
    struct yx_xml *element = yx_arena_alloc(builder->arena, sizeof *element);
    if (element == NULL || !set_name(builder, name, &element->prefix, &element->name) ||
        !add_attributes(builder, element, pairs)) {
        stop_memory(builder);
        return;
    }
    element->start = (size_t)XML_GetCurrentByteIndex(builder->parser);
    element->content_start = element->start + (size_t)XML_GetCurrentByteCount(builder->parser);
    link_element(builder, element);
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct yx_bytes trimmed(struct yx_bytes text)
{
    while (text.len > 0 && is_space(text.data[text.len - 1]))
        text.len--;
    while (text.len > 0 && is_space(text.data[0]))
        text = YX_BYTES(text.data + 1, text.len - 1);
    return text;
}

/* Spaces in front of a text belong to it; a line break is the layout of the XML. */
static size_t indent_of(struct yx_bytes text)
{
    size_t count = 0;
    while (count < text.len && (text.data[count] == ' ' || text.data[count] == '\t'))
        count++;
    return count < text.len && is_space(text.data[count]) ? 0 : count;
}

static void XMLCALL on_end(void *self, const char *name)
{
    (void)name;
    struct builder *builder = self;
    struct yx_xml *element = builder->open;
    if (element == NULL)
        return;
    size_t at = (size_t)XML_GetCurrentByteIndex(builder->parser);
    size_t len = (size_t)XML_GetCurrentByteCount(builder->parser);
    /* expat reports the end of <a/> as an event of no length behind it. */
    element->is_empty = len == 0;
    element->content_end = at;
    element->end = at + len;
    struct yx_bytes text = yx_buf_bytes(&builder->text[builder->depth]);
    element->text = yx_arena_text(builder->arena, trimmed(text));
    element->text_indent = indent_of(text);
    if (element->text == NULL)
        stop_memory(builder);
    builder->open = element->parent;
    builder->depth--;
}

static void XMLCALL on_text(void *self, const char *text, int len)
{
    struct builder *builder = self;
    if (yx_buf_append(&builder->text[builder->depth], YX_BYTES(text, (size_t)len)) != YX_OK)
        stop(builder, yx_fail_memory(builder->err));
}

static void XMLCALL on_doctype(void *self, const char *name, const char *system, const char *public,
                               int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    struct builder *builder = self;
    stop(builder, yx_fail(builder->err, YX_DAMAGED, "no DOCTYPE in OFD",
                          N_("{1} has a DOCTYPE: it could pull in foreign files or blow up when it "
                             "is read"),
                          builder->what));
}

/* --- GBK --------------------------------------------------------------------------------- */

/* Two bytes of GBK as a code point; -1 when they are none. */
static int XMLCALL gbk_convert(void *data, const char *bytes)
{
    char in[2] = {bytes[0], bytes[1]};
    uint32_t out = 0;
    char *in_at = in;
    char *out_at = (char *)&out;
    size_t in_left = sizeof in;
    size_t out_left = sizeof out;
    if (iconv((iconv_t)data, &in_at, &in_left, &out_at, &out_left) == (size_t)-1)
        return -1;
    return out_left == 0 && in_left == 0 && out <= 0xffff ? (int)out : -1;
}

static void XMLCALL gbk_release(void *data)
{
    iconv_close((iconv_t)data);
}

static bool is_gbk(const char *encoding)
{
    static const char *const names[] = {"GBK", "GB2312", "GB18030", "CP936"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcasecmp(encoding, names[i]) == 0)
            return true;
    }
    return false;
}

static int XMLCALL on_encoding(void *self, const char *name, XML_Encoding *info)
{
    (void)self;
    if (!is_gbk(name))
        return XML_STATUS_ERROR;
    iconv_t converter = iconv_open("UCS-4LE", "GBK");
    if (converter == (iconv_t)-1) // NOLINT(performance-no-int-to-ptr): how iconv says no
        return XML_STATUS_ERROR;
    for (int byte = 0; byte < 256; byte++)
        info->map[byte] = byte < 0x80 ? byte : byte > 0x80 && byte < 0xff ? -2 : -1;
    info->data = converter;
    info->convert = gbk_convert;
    info->release = gbk_release;
    return XML_STATUS_OK;
}

/* --- Parsing ----------------------------------------------------------------------------- */

static void free_parser(XML_Parser parser)
{
    if (parser != NULL)
        XML_ParserFree(parser);
}
YX_DEFINE_CLEAN(parser, XML_Parser, free_parser);

static void free_builder(struct builder *builder)
{
    for (size_t i = 0; i < sizeof builder->text / sizeof builder->text[0]; i++)
        yx_buf_free(&builder->text[i]);
}
YX_DEFINE_CLEAN_VALUE(builder, struct builder, free_builder);

static yx_status fail_parse(const struct builder *builder)
{
    enum XML_Error code = XML_GetErrorCode(builder->parser);
    if (builder->status != YX_OK)
        return builder->status;
    if (code == XML_ERROR_NO_MEMORY)
        return yx_fail_memory(builder->err);
    return yx_fail(builder->err, YX_DAMAGED, RULE_XML,
                   N_("{1} is not well-formed XML: line {2}: {3}"), builder->what,
                   YX_NUM(XML_GetCurrentLineNumber(builder->parser)), XML_ErrorString(code));
}

yx_status yx_xml_parse(struct yx_bytes document, const char *what, struct yx_arena *arena,
                       struct yx_xml **root, struct yx_error *err)
{
    YX_REQUIRE(document.len <= INT_MAX / 2, err, YX_DAMAGED, "limit for XML",
               N_("{1} is too long to be read as XML"), what);
    YX_CLEAN(parser) XML_Parser parser = XML_ParserCreate(NULL);
    if (parser == NULL)
        return yx_fail_memory(err);
    YX_CLEAN(builder)
    struct builder builder = {.parser = parser, .arena = arena, .what = what, .err = err};
    XML_SetUserData(parser, &builder);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
    XML_SetUnknownEncodingHandler(parser, on_encoding, &builder);
    /* In one piece: expat would start again and again on a long token that comes in many. */
    enum XML_Status status =
        XML_Parse(parser, (const char *)document.data, (int)document.len, XML_TRUE);
    if (status != XML_STATUS_OK || builder.status != YX_OK)
        return fail_parse(&builder);
    *root = builder.root;
    return YX_OK;
}

bool yx_xml_is_wide(struct yx_bytes document)
{
    if (document.len < 2)
        return false;
    const uint8_t *at = document.data;
    bool marked = (at[0] == 0xff && at[1] == 0xfe) || (at[0] == 0xfe && at[1] == 0xff);
    return marked || at[0] == 0 || at[1] == 0;
}

/* --- Looking around ---------------------------------------------------------------------- */

static const struct yx_xml *first_named(const struct yx_xml *element, const char *name)
{
    while (element != NULL && strcmp(element->name, name) != 0)
        element = element->next;
    return element;
}

const struct yx_xml *yx_xml_child(const struct yx_xml *parent, const char *name)
{
    return parent == NULL ? NULL : first_named(parent->first, name);
}

const struct yx_xml *yx_xml_next(const struct yx_xml *element)
{
    return first_named(element->next, element->name);
}

const char *yx_xml_attribute(const struct yx_xml *element, const char *name)
{
    if (element == NULL)
        return NULL;
    for (const struct yx_xml_attribute *at = element->attributes; at != NULL; at = at->next) {
        if (strcmp(at->name, name) == 0)
            return at->value;
    }
    return NULL;
}

const char *yx_xml_child_text(const struct yx_xml *parent, const char *name)
{
    const struct yx_xml *child = yx_xml_child(parent, name);
    return child == NULL ? NULL : child->text;
}

static const char *entity(uint32_t c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    default:
        return NULL;
    }
}

/* Char of XML 1.0 2.2; tab and line ends as references, or an attribute would lose them. */
static yx_status escape_one(struct yx_buf *out, uint32_t c)
{
    const char *name = entity(c);
    if (name != NULL)
        return yx_buf_append_text(out, name);
    if (c == '\t' || c == '\n' || c == '\r')
        return yx_buf_printf(out, "&#%u;", (unsigned)c);
    bool allowed = c >= 0x20 && c != 0xfffe && c != 0xffff;
    return yx_utf8_append(out, allowed ? c : '?');
}

yx_status yx_xml_escape(struct yx_buf *out, const char *text)
{
    struct yx_bytes rest = YX_TEXT(text);
    while (rest.len > 0) {
        uint32_t c = 0;
        size_t len = yx_utf8_next(rest, &c);
        if (len == 0) {
            c = '?';
            len = 1;
        }
        YX_TRY(escape_one(out, c));
        rest = YX_BYTES(rest.data + len, rest.len - len);
    }
    return YX_OK;
}
