/* SPDX-License-Identifier: Apache-2.0 */
/* book.c - a document opened for drawing: where its resources and annotations are. */
#include <stdlib.h>

#include "ofdpage/room.h"

static yx_status read_resources(struct yx_ofd_book *book, struct yx_error *err)
{
    const struct yx_xml *common = yx_xml_child(book->document->root, "CommonData");
    const struct yx_xml *lists[] = {yx_xml_child(common, "PublicRes"),
                                    yx_xml_child(common, "DocumentRes")};
    book->table.arena = book->arena;
    return yx_ofd_read_table(book, &book->table, book->document->root_path, lists, 2, err);
}

static yx_status read_default_space(struct yx_ofd_book *book, struct yx_error *err)
{
    struct yx_ofd_reader reader = {
        .book = book, .arena = book->arena, .style = &yx_ofd_plain_style, .err = err};
    const struct yx_xml *common = yx_xml_child(book->document->root, "CommonData");
    book->default_space = &yx_ofd_rgb;
    const char *id = yx_xml_child_text(common, "DefaultCS");
    if (id == NULL || id[0] == '\0')
        return YX_OK;
    return yx_ofd_find_space(&reader, id, &book->default_space);
}

static yx_status read_annotations(struct yx_ofd_book *book, struct yx_error *err)
{
    const char *location = yx_xml_child_text(book->document->root, "Annotations");
    struct yx_error why;
    if (location == NULL || location[0] == '\0')
        return YX_OK;
    yx_status status = yx_ofd_resolve(book->arena, book->document->root_path, location,
                                      &book->annotations_path, &why);
    if (status == YX_OK)
        status = yx_ofd_xml_into(book->ofd, book->annotations_path, book->arena, &book->annotations,
                                 NULL, &why);
    return status == YX_OK ? YX_OK : yx_ofd_find_error(book, &why, err);
}

yx_status yx_ofd_book_open(struct yx_ofd *ofd, uint32_t document, struct yx_ofd_book **out,
                           struct yx_error *err)
{
    YX_CLEAN(yx_ofd_book) struct yx_ofd_book *book = calloc(1, sizeof *book);
    if (book == NULL)
        return yx_fail_memory(err);
    book->ofd = ofd;
    book->arena = yx_arena_new(YX_OFD_BOOK_MAX);
    if (book->arena == NULL)
        return yx_fail_memory(err);
    YX_TRY(yx_ofd_load_pages(ofd, document, &book->document, err));
    YX_TRY(read_resources(book, err));
    YX_TRY(read_default_space(book, err));
    YX_TRY(read_annotations(book, err));
    *out = book;
    book = NULL;
    return YX_OK;
}

void yx_ofd_book_free(struct yx_ofd_book *book)
{
    if (book == NULL)
        return;
    yx_ofd_free_seals(book);
    yx_svg_free(&book->scratch);
    yx_arena_free(book->arena);
    free(book);
}

uint32_t yx_ofd_book_pages(const struct yx_ofd_book *book)
{
    return book->document->page_count;
}

yx_status yx_ofd_book_part(struct yx_ofd_book *book, struct yx_bytes file, size_t limit,
                           struct yx_buf *out, struct yx_error *err)
{
    return yx_ofd_read(book->ofd, file, limit, out, err);
}

const struct yx_ofd_finding *yx_ofd_book_findings(const struct yx_ofd_book *book)
{
    return book->findings;
}
