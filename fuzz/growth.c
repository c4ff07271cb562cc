/* SPDX-License-Identifier: Apache-2.0 */
/* growth.c - what witnesses are given: any bytes are read or refused. */
#include <stddef.h>
#include <stdlib.h>

#include "audit/audit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read points into the input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct yx_audit_growth read;
    struct yx_error err;

    if (yx_audit_growth_read(YX_BYTES(data, size), &read, &err) != YX_OK)
        return 0;
    if (read.old < 0 || read.old > read.checkpoint.head.size ||
        read.proof.count > YX_AUDIT_PATH_MAX || read.note.data + read.note.len != data + size)
        abort();
    return 0;
}
