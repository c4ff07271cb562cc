/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/xml.c - any bytes as XML: the places of elements must lie in the bytes and in each other. */
#include <stdlib.h>

#include "xml/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* As deep as the parser allows. */
static void check(const struct yx_xml *element, size_t start, size_t end)
{
    require(start <= element->start && element->start < element->content_start);
    require(element->content_start <= element->content_end && element->content_end <= element->end);
    require(element->end <= end && yx_utf8_valid(YX_TEXT(element->text)));
    size_t at = element->content_start;
    for (const struct yx_xml *child = element->first; child != NULL; child = child->next) {
        require(child->parent == element);
        check(child, at, element->content_end);
        at = child->end;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YX_CLEAN(yx_arena) struct yx_arena *arena = yx_arena_new((size_t)16 << 20);
    struct yx_xml *root = NULL;
    if (arena != NULL && yx_xml_parse(YX_BYTES(data, size), "fuzz", arena, &root, NULL) == YX_OK)
        check(root, 0, size);
    return 0;
}
