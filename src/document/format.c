/* SPDX-License-Identifier: Apache-2.0 */
/* document/format.c - tells the formats apart by their first bytes. */
#include "document/document.h"

/* A ZIP file may have junk before its first entry; its end record is near the end of the file. */
#define TAIL_MAX (65535u + 22u)

static bool contains(struct yx_bytes bytes, const char *mark, size_t len)
{
    return bytes.len >= len && memmem(bytes.data, bytes.len, mark, len) != NULL;
}

/* Does the end-of-central-directory record of a zip stand near the end? */
static yx_status has_zip_end(const struct yx_source *source, bool *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf tail = {0};
    uint64_t size = yx_source_size(source);
    size_t len = size < TAIL_MAX ? (size_t)size : TAIL_MAX;

    if (yx_buf_reserve(&tail, len + 1) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_source_read(source, size - len, tail.data, len, err));
    *out = contains(YX_BYTES(tail.data, len), "PK\5\6", 4);
    return YX_OK;
}

yx_status yx_format_detect(const struct yx_source *source, yx_format *out, struct yx_error *err)
{
    uint8_t head[1024];
    uint64_t size = yx_source_size(source);
    size_t len = size < sizeof head ? (size_t)size : sizeof head;
    struct yx_bytes start = YX_BYTES(head, len);
    bool zip = false;

    *out = YX_FORMAT_UNKNOWN;
    YX_TRY(yx_source_read(source, 0, head, len, err));
    if (len >= 4 && memcmp(head, "PK\3\4", 4) == 0) {
        *out = YX_FORMAT_OFD;
        return YX_OK;
    }
    /* SESeal ::= SEQUENCE of more than 127 bytes, so its length has the long form. */
    if (len >= 2 && head[0] == 0x30 && head[1] >= 0x80) {
        *out = YX_FORMAT_ESL;
        return YX_OK;
    }
    /* Readers of PDF find the header anywhere in the first 1024 bytes (ISO 32000-1 annex H). */
    if (contains(start, "%PDF-", 5)) {
        *out = YX_FORMAT_PDF;
        return YX_OK;
    }
    YX_TRY(has_zip_end(source, &zip, err));
    *out = zip ? YX_FORMAT_OFD : YX_FORMAT_UNKNOWN;
    return YX_OK;
}
