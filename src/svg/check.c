/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.c - looks over the whole tree before anything is drawn: a seal's face is still, whole in
 * itself, and means the same to every reader. What is only not drawn here is refused in read.c.
 */
#include "svg/parts.h"

#define NAMESPACE "http://www.w3.org/2000/svg"

const char *yx_svg_attribute(const struct yx_xml *element, const char *name)
{
    for (const struct yx_xml_attribute *at = element->attributes; at != NULL; at = at->next) {
        if (!at->is_prefixed && strcmp(at->name, name) == 0)
            return at->value;
    }
    return NULL;
}

bool yx_svg_is_foreign(const struct yx_xml *element)
{
    return element->prefix[0] != '\0' && strcmp(element->prefix, "svg:") != 0;
}

/* Prefixes stand for what they usually stand for, or the drawing would not be the same elsewhere.
 */
static yx_status check_namespace(const struct yx_xml_attribute *at, struct yx_error *err)
{
    bool is_svg = strcmp(at->value, NAMESPACE) == 0;
    bool is_default = !at->is_prefixed && strcmp(at->name, "xmlns") == 0;
    bool is_usual = is_default || (at->is_prefixed && strcmp(at->name, "svg") == 0);
    YX_REQUIRE(is_svg ? is_usual : !is_default, err, YX_REFUSED, "SVG 1.1 5.1.2",
               N_("the SVG uses XML namespaces in an unusual way; use {1} without a prefix"),
               NAMESPACE);
    return YX_OK;
}

static yx_status check_namespaces(const struct yx_xml *element, struct yx_error *err)
{
    for (const struct yx_xml_attribute *at = element->attributes; at != NULL; at = at->next)
        YX_TRY(check_namespace(at, err));
    return YX_OK;
}

/* url(...) that leads elsewhere than to "#". */
static bool leads_outside(const char *value)
{
    for (const char *at = strcasestr(value, "url("); at != NULL; at = strcasestr(at, "url(")) {
        at += 4;
        at += strspn(at, " \t\r\n\"'");
        if (*at != '#')
            return true;
    }
    return strcasestr(value, "@import") != NULL;
}

static bool is_outside(const struct yx_xml_attribute *at)
{
    bool is_reference = strcmp(at->name, "href") == 0 || strcmp(at->name, "src") == 0;
    return (is_reference && at->value[0] != '#') || leads_outside(at->value);
}

static yx_status check_attributes(const struct yx_xml *element, struct yx_error *err)
{
    for (const struct yx_xml_attribute *at = element->attributes; at != NULL; at = at->next) {
        YX_REQUIRE(at->is_prefixed || strncasecmp(at->name, "on", 2) != 0, err, YX_REFUSED,
                   "SVG 1.1 18", N_("the SVG has the event handler {1}; a seal's face is still"),
                   at->name);
        YX_REQUIRE(!is_outside(at), err, YX_REFUSED, "SVG 1.1 17",
                   N_("the SVG refers to something outside itself in <{1}>"), element->name);
    }
    return YX_OK;
}

static bool is_active(const char *name)
{
    static const char *const names[] = {
        "script",        "foreignObject", "animate", "set",     "animateTransform",
        "animateMotion", "animateColor",  "discard", "handler", "image",
        "feImage",       "audio",         "video",   "iframe",  "canvas"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcasecmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static yx_status check_element(const struct yx_xml *element, struct yx_error *err)
{
    YX_REQUIRE(!is_active(element->name), err, YX_REFUSED, "SVG 1.1",
               N_("the SVG has <{1}>; a seal's face is made of shapes alone"), element->name);
    YX_REQUIRE(!leads_outside(element->text), err, YX_REFUSED, "SVG 1.1 17",
               N_("the SVG refers to something outside itself in <{1}>"), element->name);
    return check_attributes(element, err);
}

/* The XML reader limits how deep this goes. What others keep in a file of ours is theirs. */
yx_status yx_svg_check(const struct yx_xml *root, struct yx_error *err)
{
    YX_TRY(check_namespaces(root, err));
    if (yx_svg_is_foreign(root) || strcmp(root->name, "metadata") == 0)
        return YX_OK;
    YX_TRY(check_element(root, err));
    for (const struct yx_xml *child = root->first; child != NULL; child = child->next)
        YX_TRY(yx_svg_check(child, err));
    return YX_OK;
}
