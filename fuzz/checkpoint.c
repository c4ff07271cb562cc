/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint.c - notes about the audit list: any bytes are read or refused. */
#include <stddef.h>
#include <stdlib.h>

#include "audit/audit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read points into the note and says no more than the note. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct yx_audit_checkpoint read;
    struct yx_error err;

    if (yx_audit_checkpoint_read(YX_BYTES(data, size), &read, &err) != YX_OK)
        return 0;
    if (read.text.data != data || read.text.len + 1 + read.lines.len != size ||
        read.head.size < 0 || read.origin.len == 0)
        abort();
    return 0;
}
