/* SPDX-License-Identifier: Apache-2.0 */
/* zip/name.c - which names a part may have, and which extra fields a record. */
#include "zip/name.h"

#include "zip/format.h"
#include "zip/zip.h"

#define RULE_NAME "APPNOTE 4.4.17"

static bool is_component_bad(struct yx_bytes component)
{
    return component.len == 0 || yx_bytes_are(component, ".") || yx_bytes_are(component, "..");
}

/* Every component between the slashes; one slash at the end marks a folder. */
static bool has_bad_component(struct yx_bytes name)
{
    size_t start = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] != '/')
            continue;
        if (is_component_bad(YX_BYTES(name.data + start, i - start)))
            return true;
        start = i + 1;
    }
    return start < name.len && is_component_bad(YX_BYTES(name.data + start, name.len - start));
}

static bool has_control(struct yx_bytes name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] < 0x20 || name.data[i] == 0x7f)
            return true;
    }
    return false;
}

struct yx_zip_name_text yx_zip_name_text(struct yx_bytes name)
{
    struct yx_zip_name_text out = {{0}};
    size_t len = name.len < sizeof out.text - 1 ? name.len : sizeof out.text - 1;
    for (size_t i = 0; i < len; i++)
        out.text[i] = (char)(name.data[i] == 0 ? '?' : name.data[i]);
    return out;
}

yx_status yx_zip_check_name(struct yx_bytes name, struct yx_error *err)
{
    YX_REQUIRE(name.len > 0, err, YX_DAMAGED, RULE_NAME,
               N_("the package holds a part without a name"));
    YX_REQUIRE(name.len <= YX_ZIP_NAME_MAX, err, YX_DAMAGED, RULE_NAME,
               N_("the name of a part is longer than {1} bytes: {2}"), YX_NUM(YX_ZIP_NAME_MAX),
               YX_ZIP_NAME(name));
    YX_REQUIRE(!has_control(name), err, YX_DAMAGED, RULE_NAME,
               N_("the name of a part holds control characters: {1}"), YX_ZIP_NAME(name));
    YX_REQUIRE(memchr(name.data, '\\', name.len) == NULL, err, YX_DAMAGED, RULE_NAME,
               N_("the name of a part holds a backslash: {1}"), YX_ZIP_NAME(name));
    YX_REQUIRE(name.data[0] != '/', err, YX_DAMAGED, RULE_NAME,
               N_("the name of a part starts with '/', so it could be unpacked anywhere: {1}"),
               YX_ZIP_NAME(name));
    YX_REQUIRE(name.len < 2 || name.data[1] != ':', err, YX_DAMAGED, RULE_NAME,
               N_("the name of a part starts with a drive letter: {1}"), YX_ZIP_NAME(name));
    YX_REQUIRE(!has_bad_component(name), err, YX_DAMAGED, RULE_NAME,
               N_("the name of a part has '..', '.' or nothing between two slashes, so it could "
                  "leave the package: {1}"),
               YX_ZIP_NAME(name));
    return YX_OK;
}

/* A Unicode Path field (APPNOTE 4.6.9): version, CRC of the plain name, name in UTF-8. */
static bool is_second_name(struct yx_bytes field, struct yx_bytes name)
{
    return field.len < 5 || !yx_bytes_equal(YX_BYTES(field.data + 5, field.len - 5), name);
}

yx_status yx_zip_check_extra(struct yx_bytes extra, struct yx_bytes name, struct yx_error *err)
{
    size_t at = 0;
    while (at < extra.len) {
        YX_REQUIRE(extra.len - at >= 4, err, YX_DAMAGED, "APPNOTE 4.5.1",
                   N_("the extra fields of {1} are cut off"), YX_ZIP_NAME(name));
        uint16_t id = zip_u16(extra.data + at);
        size_t len = zip_u16(extra.data + at + 2);
        at += 4;
        YX_REQUIRE(len <= extra.len - at, err, YX_DAMAGED, "APPNOTE 4.5.1",
                   N_("the extra fields of {1} are cut off"), YX_ZIP_NAME(name));
        bool renamed =
            id == ZIP_EXTRA_UNICODE_PATH && is_second_name(YX_BYTES(extra.data + at, len), name);
        YX_REQUIRE(!renamed, err, YX_DAMAGED, "APPNOTE 4.6.9",
                   N_("{1} has a second name in an extra field: other programs would read "
                      "another package"),
                   YX_ZIP_NAME(name));
        at += len;
    }
    return YX_OK;
}
