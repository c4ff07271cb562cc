/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz/package.c - any bytes as an OFD package: opened, read, searched, and written again. What
 * was written must open and hold the same raw entries.
 */
#include <stdlib.h>

#include "ofd/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TIME (INT64_C(1795000000) * YX_SECOND)

static yx_status count_piece(void *self, struct yx_bytes bytes, struct yx_error *err)
{
    (void)err;
    *(uint64_t *)self += bytes.len;
    return YX_OK;
}

static void read_parts(const struct yx_zip *zip)
{
    for (size_t i = 0; i < yx_zip_count(zip); i++) {
        const struct yx_zip_entry *entry = yx_zip_entry(zip, i);
        uint64_t count = 0;
        yx_status status = yx_zip_stream(zip, entry, count_piece, &count, NULL);
        if (count > entry->size || (status == YX_OK && count != entry->size))
            abort();
    }
}

static void compare(const struct yx_source *old, const struct yx_zip *zip, struct yx_bytes written)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_zip) struct yx_zip *again = NULL;
    if (yx_source_borrow(written, &source, NULL) != YX_OK ||
        yx_zip_open(source, &again, NULL) != YX_OK || yx_zip_count(again) != yx_zip_count(zip))
        abort();
    for (size_t i = 0; i < yx_zip_count(zip); i++) {
        const struct yx_zip_entry *a = yx_zip_entry(zip, i);
        const struct yx_zip_entry *b = yx_zip_entry(again, i);
        uint8_t *raw = malloc(a->raw_size);
        if (raw == NULL)
            return;
        if (a->raw_size != b->raw_size ||
            yx_source_read(old, a->raw_offset, raw, a->raw_size, NULL) != YX_OK ||
            memcmp(raw, written.data + b->raw_offset, a->raw_size) != 0)
            abort();
        free(raw);
    }
}

/*
 * A package may be refused as written although it opened: junk that is dropped makes it smaller,
 * and the limit of expansion goes by the size of the package. That takes parts of over 64 MiB.
 */
static void write_again(const struct yx_source *source, const struct yx_zip *zip)
{
    uint64_t total = 0;
    for (size_t i = 0; i < yx_zip_count(zip); i++)
        total += yx_zip_entry(zip, i)->size;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    if (total > YX_ZIP_EXPANSION_SPARE || yx_sink_memory(&out, &sink, NULL) != YX_OK)
        return;
    if (yx_zip_write(zip, NULL, 0, TIME, NULL, sink, NULL) != YX_OK)
        abort();
    compare(source, zip, yx_buf_bytes(&out));
}

static bool ignore_text(void *context, const struct yx_text_box *box)
{
    (void)context;
    return box->text[0] != '\0';
}

static bool ignore_box(void *context, const struct yx_box *box)
{
    (void)context;
    (void)box;
    return true;
}

static void walk(struct yx_ofd *ofd)
{
    for (uint32_t document = 1; document <= yx_ofd_document_count(ofd); document++) {
        uint32_t pages = 0;
        if (yx_ofd_page_count(ofd, document, &pages, NULL) != YX_OK)
            continue;
        for (uint32_t page = 1; page <= pages && page < 20; page++) {
            double width = 1;
            double height = 1;
            yx_ofd_page_size(ofd, document, page, &width, &height, NULL);
            if (!(width > 0 && height > 0))
                abort();
            yx_ofd_page_text(ofd, document, page, ignore_text, NULL, NULL);
            yx_ofd_find_text(ofd, document, page, "a", ignore_box, NULL, NULL);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_zip) struct yx_zip *zip = NULL;
    YX_CLEAN(yx_ofd) struct yx_ofd *ofd = NULL;
    if (yx_source_borrow(YX_BYTES(data, size), &source, NULL) != YX_OK ||
        yx_zip_open(source, &zip, NULL) != YX_OK)
        return 0;
    read_parts(zip);
    write_again(source, zip);
    if (yx_ofd_open(source, &ofd, NULL) == YX_OK)
        walk(ofd);
    return 0;
}
