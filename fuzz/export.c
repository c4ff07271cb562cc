/* SPDX-License-Identifier: Apache-2.0 */
/* export.c - records of an audit list in a file: any bytes are read or refused. */
#include <stddef.h>
#include <stdlib.h>

#include "audit/audit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static yx_status look(void *self, const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    int64_t *count = self;

    (void)err;
    (*count)++;
    if (!yx_utf8_valid(YX_TEXT(leaf->details)) || leaf->hash.len != YX_AUDIT_HASH_SIZE)
        abort();
    return YX_OK;
}

/* Every record that was counted was shown. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_audit_exported) struct yx_audit_exported read = {0};
    struct yx_error err;
    int64_t count = 0;

    if (yx_source_borrow(YX_BYTES(data, size), &source, &err) != YX_OK ||
        yx_audit_export_read(source, look, &count, &read, &err) != YX_OK)
        return 0;
    if (count != read.last - read.first + 1 || read.last > read.checkpoint.head.size)
        abort();
    return 0;
}
