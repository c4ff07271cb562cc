/* SPDX-License-Identifier: Apache-2.0 */
/* evidence.c - records of an audit list with their proofs: any bytes are read or refused. */
#include <stddef.h>
#include <stdlib.h>

#include "audit/audit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read is text, and one of the records that its checkpoint counts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YX_CLEAN(yx_audit_evidence) struct yx_audit_evidence read = {0};
    struct yx_error err;

    if (yx_audit_evidence_read(YX_BYTES(data, size), &read, &err) != YX_OK)
        return 0;
    if (read.number < 1 || read.number > read.checkpoint.head.size ||
        !yx_utf8_valid(YX_TEXT(read.event.details)))
        abort();
    return 0;
}
