/* SPDX-License-Identifier: Apache-2.0 */
/* resource.c - what resource files define: listed when a document or page is opened, read when it
 * is first used. */
#include <stdlib.h>

#include "ofdpage/room.h"

#define RESOURCES_MAX 200000u

const struct yx_ofd_space yx_ofd_rgb = {.kind = YX_OFD_SPACE_RGB, .bits = 8};

/* --- Lists ------------------------------------------------------------------------------- */

struct container {
    const char *name, *item;
    yx_ofd_kind kind;
};
static const struct container containers[] = {
    {"Fonts", "Font", YX_OFD_KIND_FONT},
    {"ColorSpaces", "ColorSpace", YX_OFD_KIND_SPACE},
    {"DrawParams", "DrawParam", YX_OFD_KIND_PARAM},
    {"MultiMedias", "MultiMedia", YX_OFD_KIND_MEDIA},
    {"CompositeGraphicUnits", "CompositeGraphicUnit", YX_OFD_KIND_UNIT},
};

static const struct container *find_container(const char *name)
{
    for (size_t i = 0; i < sizeof containers / sizeof containers[0]; i++) {
        if (strcmp(containers[i].name, name) == 0)
            return &containers[i];
    }
    return NULL;
}

struct listing {
    struct yx_ofd_book *book;
    struct yx_ofd_table *table;
    struct yx_buf items;
    struct yx_error *err;
};

static yx_status list_items(struct listing *list, const struct yx_xml *element,
                            const struct container *container, struct yx_bytes base)
{
    const struct yx_xml *at = yx_xml_child(element, container->item);
    for (; at != NULL; at = yx_xml_next(at)) {
        const char *id = yx_xml_attribute(at, "ID");
        size_t count = list->items.len / sizeof(struct yx_ofd_resource);
        YX_REQUIRE(count < RESOURCES_MAX, list->err, YX_DAMAGED, YX_OFD_RULE_RES,
                   N_("the document defines more than {1} resources"), YX_NUM(RESOURCES_MAX));
        struct yx_ofd_resource item = {.kind = container->kind,
                                       .id = id,
                                       .place = count,
                                       .element = at,
                                       .base = base,
                                       .table = list->table};
        if (id != NULL && yx_buf_append(&list->items, YX_BYTES(&item, sizeof item)) != YX_OK)
            return yx_fail_memory(list->err);
    }
    return YX_OK;
}

/* BaseLoc names a folder below that of the resource file; "Res", "/Doc_0/Res/", ".", or nothing. */
static yx_status find_base(struct listing *list, const struct yx_xml *root, struct yx_bytes path,
                           struct yx_bytes *out)
{
    const char *folder = yx_xml_attribute(root, "BaseLoc");
    YX_CLEAN(yx_buf) struct yx_buf inside = {0};
    size_t len = folder == NULL ? 0 : strlen(folder);
    *out = path;
    if (len == 0)
        return YX_OK;
    /* A name in the folder, so that files are resolved as beside it. */
    static const char beside[] = "/-";
    if (yx_buf_append(&inside, YX_BYTES(folder, len)) != YX_OK ||
        yx_buf_append(&inside, YX_BYTES(beside, sizeof beside)) != YX_OK)
        return yx_fail_memory(list->err);
    struct yx_error why;
    yx_status status =
        yx_ofd_resolve(list->table->arena, path, (const char *)inside.data, out, &why);
    return status == YX_OK ? YX_OK : yx_ofd_find_error(list->book, &why, list->err);
}

static yx_status list_file(struct listing *list, struct yx_bytes base, const char *location)
{
    struct yx_bytes path, folder;
    const struct yx_xml *root = NULL;
    struct yx_error why;
    yx_status status = yx_ofd_resolve(list->table->arena, base, location, &path, &why);
    if (status == YX_OK)
        status = yx_ofd_xml_into(list->book->ofd, path, list->table->arena, &root, NULL, &why);
    if (status != YX_OK)
        return yx_ofd_find_error(list->book, &why, list->err);
    YX_TRY(find_base(list, root, path, &folder));
    for (const struct yx_xml *at = root->first; at != NULL; at = at->next) {
        const struct container *container = find_container(at->name);
        if (container != NULL)
            YX_TRY(list_items(list, at, container, folder));
    }
    return YX_OK;
}

static int by_name(const struct yx_ofd_resource *a, const struct yx_ofd_resource *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return strcmp(a->id, b->id);
}

static int by_name_and_place(const void *a, const void *b)
{
    const struct yx_ofd_resource *left = a, *right = b;
    int order = by_name(left, right);
    return order != 0 ? order : (left->place > right->place) - (left->place < right->place);
}

static yx_status keep(struct listing *list)
{
    struct yx_ofd_table *table = list->table;
    struct yx_bytes bytes = yx_buf_bytes(&list->items);
    if (list->items.data == NULL)
        return YX_OK;
    table->count = bytes.len / sizeof *table->items;
    qsort(list->items.data, table->count, sizeof *table->items, by_name_and_place);
    table->items = yx_arena_alloc(table->arena, bytes.len);
    if (table->items == NULL)
        return yx_ofd_fail_arena(table->arena, list->err);
    memcpy(table->items, bytes.data, bytes.len);
    return YX_OK;
}

static void free_listing(struct listing *list)
{
    yx_buf_free(&list->items);
}
YX_DEFINE_CLEAN_VALUE(listing, struct listing, free_listing);

yx_status yx_ofd_read_table(struct yx_ofd_book *book, struct yx_ofd_table *table,
                            struct yx_bytes base, const struct yx_xml *const *lists, size_t count,
                            struct yx_error *err)
{
    YX_CLEAN(listing) struct listing list = {.book = book, .table = table, .err = err};
    for (size_t i = 0; i < count; i++) {
        for (const struct yx_xml *at = lists[i]; at != NULL; at = yx_xml_next(at))
            YX_TRY(list_file(&list, base, at->text));
    }
    return keep(&list);
}

static int compare_key(const void *key, const void *item)
{
    return by_name(key, item);
}

static struct yx_ofd_resource *look_up(const struct yx_ofd_table *table, yx_ofd_kind kind,
                                       const char *id)
{
    const struct yx_ofd_resource key = {.kind = kind, .id = id};
    if (table == NULL || table->count == 0)
        return NULL;
    struct yx_ofd_resource *found =
        bsearch(&key, table->items, table->count, sizeof key, compare_key);
    while (found != NULL && found > table->items && by_name(found - 1, &key) == 0)
        found--;
    return found;
}

/* --- Reading ----------------------------------------------------------------------------- */

static const char *text_or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

/* A file that a resource names, beside the resource file or in its BaseLoc; empty when it is not
 * there. */
static yx_status find_file(struct yx_ofd_reader *reader, const struct yx_ofd_resource *resource,
                           const char *location, struct yx_bytes *out)
{
    struct yx_ofd_book *book = reader->book;
    struct yx_error why;
    *out = YX_BYTES(NULL, 0);
    if (location == NULL || location[0] == '\0')
        return YX_OK;
    struct yx_bytes path;
    yx_status status =
        yx_ofd_resolve(resource->table->arena, resource->base, location, &path, &why);
    if (status != YX_OK)
        return yx_ofd_find_error(book, &why, reader->err);
    if (!yx_ofd_has(book->ofd, path)) {
        yx_ofd_find(book, N_("the package does not hold {1}, which the resource {2} names"),
                    location, resource->id);
        return YX_OK;
    }
    *out = path;
    return YX_OK;
}

static yx_status read_font(struct yx_ofd_reader *reader, const struct yx_ofd_resource *resource,
                           const void **out)
{
    const struct yx_xml *element = resource->element;
    struct yx_ofd_font *font;
    YX_OFD_NEW(reader, font);
    font->name = text_or_empty(yx_xml_attribute(element, "FontName"));
    font->family = text_or_empty(yx_xml_attribute(element, "FamilyName"));
    font->italic = yx_ofd_flag(element, "Italic", false);
    font->bold = yx_ofd_flag(element, "Bold", false);
    font->serif = yx_ofd_flag(element, "Serif", false);
    font->fixed_width = yx_ofd_flag(element, "FixedWidth", false);
    *out = font;
    return find_file(reader, resource, yx_xml_child_text(element, "FontFile"), &font->file);
}

static yx_status read_media(struct yx_ofd_reader *reader, const struct yx_ofd_resource *resource,
                            const void **out)
{
    struct yx_ofd_media *media;
    YX_OFD_NEW(reader, media);
    media->format = text_or_empty(yx_xml_attribute(resource->element, "Format"));
    const char *location = yx_xml_child_text(resource->element, "MediaFile");
    YX_TRY(find_file(reader, resource, location, &media->file));
    *out = media->file.len > 0 ? media : NULL;
    return YX_OK;
}

static yx_status read_space(struct yx_ofd_reader *reader, const struct yx_ofd_resource *resource,
                            const void **out)
{
    const struct yx_xml *element = resource->element;
    struct yx_ofd_space *space;
    YX_OFD_NEW(reader, space);
    space->kind = YX_OFD_SPACE_RGB;
    if (yx_ofd_is(element, "Type", "GRAY"))
        space->kind = YX_OFD_SPACE_GRAY;
    if (yx_ofd_is(element, "Type", "CMYK"))
        space->kind = YX_OFD_SPACE_CMYK;
    double bits = yx_ofd_number_or(element, "BitsPerComponent", 8);
    space->bits = bits >= 1 && bits <= 16 ? (unsigned)bits : 8;
    space->palette = yx_xml_child(element, "Palette");
    *out = space;
    return find_file(reader, resource, yx_xml_attribute(element, "Profile"), &space->profile);
}

static yx_status read_param(struct yx_ofd_reader *reader, const struct yx_ofd_resource *resource,
                            const void **out)
{
    struct yx_ofd_style *style;
    YX_OFD_NEW(reader, style);
    YX_TRY(yx_ofd_read_style(reader, resource->element, style));
    *out = style;
    return YX_OK;
}

static yx_status read_unit(struct yx_ofd_reader *reader, const struct yx_ofd_resource *resource,
                           const void **out)
{
    struct yx_ofd_unit *unit;
    YX_OFD_NEW(reader, unit);
    const struct yx_xml *content = yx_xml_child(resource->element, "Content");
    if (content != NULL)
        YX_TRY(yx_ofd_read_objects(reader, content, &unit->first));
    *out = unit;
    return YX_OK;
}

struct reading {
    const char *what;
    yx_status (*read)(struct yx_ofd_reader *reader, const struct yx_ofd_resource *resource,
                      const void **out);
};
static const struct reading readings[] = {
    [YX_OFD_KIND_FONT] = {"Font", read_font},
    [YX_OFD_KIND_SPACE] = {"ColorSpace", read_space},
    [YX_OFD_KIND_PARAM] = {"DrawParam", read_param},
    [YX_OFD_KIND_MEDIA] = {"MultiMedia", read_media},
    [YX_OFD_KIND_UNIT] = {"CompositeGraphicUnit", read_unit},
};

/* What it holds lives as long as its table, and knows no page but that of its table. */
static yx_status read_resource(struct yx_ofd_reader *reader, struct yx_ofd_resource *resource)
{
    if (resource->reading == YX_OFD_READING || reader->depth >= YX_OFD_NESTING_MAX) {
        yx_ofd_find(reader->book,
                    N_("the resource {1} leads back to itself, or too deep; it is left out"),
                    resource->id);
        return YX_OK;
    }
    struct yx_ofd_reader inner = {.book = reader->book,
                                  .arena = resource->table->arena,
                                  .style = &yx_ofd_plain_style,
                                  .depth = reader->depth + 1,
                                  .err = reader->err};
    if (resource->table == reader->own)
        inner.own = reader->own;
    resource->reading = YX_OFD_READING;
    YX_TRY(readings[resource->kind].read(&inner, resource, &resource->value));
    resource->reading = YX_OFD_READ;
    return YX_OK;
}

static yx_status find_value(struct yx_ofd_reader *reader, yx_ofd_kind kind, const char *id,
                            const void **out)
{
    *out = NULL;
    if (id == NULL)
        return YX_OK;
    struct yx_ofd_resource *resource = look_up(reader->own, kind, id);
    if (resource == NULL)
        resource = look_up(&reader->book->table, kind, id);
    if (resource == NULL) {
        yx_ofd_find(reader->book, N_("the document defines no {1} {2}, which an object asks for"),
                    readings[kind].what, id);
        return YX_OK;
    }
    if (resource->reading != YX_OFD_READ)
        YX_TRY(read_resource(reader, resource));
    if (resource->reading == YX_OFD_READ)
        *out = resource->value;
    return YX_OK;
}

yx_status yx_ofd_find_font(struct yx_ofd_reader *reader, const char *id,
                           const struct yx_ofd_font **out)
{
    const void *value;
    YX_TRY(find_value(reader, YX_OFD_KIND_FONT, id, &value));
    *out = value;
    return YX_OK;
}

yx_status yx_ofd_find_media(struct yx_ofd_reader *reader, const char *id,
                            const struct yx_ofd_media **out)
{
    const void *value;
    YX_TRY(find_value(reader, YX_OFD_KIND_MEDIA, id, &value));
    *out = value;
    return YX_OK;
}

yx_status yx_ofd_find_space(struct yx_ofd_reader *reader, const char *id,
                            const struct yx_ofd_space **out)
{
    const void *value;
    YX_TRY(find_value(reader, YX_OFD_KIND_SPACE, id, &value));
    *out = value != NULL ? value : reader->book->default_space;
    return YX_OK;
}

yx_status yx_ofd_find_param(struct yx_ofd_reader *reader, const char *id,
                            const struct yx_ofd_style **out)
{
    const void *value;
    YX_TRY(find_value(reader, YX_OFD_KIND_PARAM, id, &value));
    *out = value;
    return YX_OK;
}

yx_status yx_ofd_find_unit(struct yx_ofd_reader *reader, const char *id,
                           const struct yx_ofd_unit **out)
{
    const void *value;
    YX_TRY(find_value(reader, YX_OFD_KIND_UNIT, id, &value));
    *out = value;
    return YX_OK;
}
