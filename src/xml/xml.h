/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xml/xml.h - XML as a small tree, by expat. DOCTYPE is refused, depth and size are limited.
 * Names are matched without their prefix: old OFD files use another namespace, some none at all.
 * UTF-8, UTF-16, ISO-8859-1, and GBK as far as it has two bytes a character (the four-byte
 * characters of GB18030 are refused) are read; all text here is UTF-8.
 */
#ifndef XML_XML_H
#define XML_XML_H

#include "base/base.h"

struct yx_xml_attribute {
    const char *name; /* without prefix */
    const char *value;
    bool is_prefixed;
    struct yx_xml_attribute *next;
};

/* Deeper nesting, more attributes on an element, and longer values are refused. */
#define YX_XML_DEPTH_MAX 64
#define YX_XML_ATTRIBUTES_MAX 256
#define YX_XML_VALUE_MAX (1024u * 1024)

struct yx_xml {
    const char *name;   /* without prefix */
    const char *prefix; /* "ofd:", or "" */
    const char *text;   /* all character data directly inside, white space at both ends removed */
    size_t text_indent; /* spaces removed before `text`; 0 when a line break was among them */
    struct yx_xml_attribute *attributes; /* those without a prefix first */
    struct yx_xml *first;
    struct yx_xml *next;
    struct yx_xml *parent;
    /* Where it stands in the bytes, for changes that leave all else as it is. */
    size_t start;         /* of its start tag */
    size_t content_start; /* behind its start tag */
    size_t content_end;   /* of its end tag; equal to content_start, and is_empty, for <a/> */
    size_t end;           /* behind its end tag */
    bool is_empty;        /* written <a/> */
};

/*
 * Parses a document; `what` names it in errors. The tree lives in `arena`. YX_DAMAGED for what is
 * not well-formed, has a DOCTYPE, nests deeper than 64, or needs more memory than the arena gives.
 */
yx_status yx_xml_parse(struct yx_bytes document, const char *what, struct yx_arena *arena,
                       struct yx_xml **root, struct yx_error *err);

/* Written in UTF-16, so that inserting text as it is would damage it? */
bool yx_xml_is_wide(struct yx_bytes document);
/* The first child with this name, or NULL; `parent` may be NULL. */
const struct yx_xml *yx_xml_child(const struct yx_xml *parent, const char *name);
/* The next sibling with the same name, or NULL. */
const struct yx_xml *yx_xml_next(const struct yx_xml *element);
/* The value of an attribute, or NULL. */
const char *yx_xml_attribute(const struct yx_xml *element, const char *name);
/* The text of a child, or NULL when there is no such child. */
const char *yx_xml_child_text(const struct yx_xml *parent, const char *name);
/* Appends text with & < > " ' escaped and characters that XML forbids replaced by '?'. */
yx_status yx_xml_escape(struct yx_buf *out, const char *text);

#endif
