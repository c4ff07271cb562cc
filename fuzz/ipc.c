/* SPDX-License-Identifier: Apache-2.0 */
/* ipc.c - records between our processes: any bytes, with any number of descriptors beside them, are
 * read or refused. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "ipc/ipc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte says how many descriptors come along, and which of them are sealed memory. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct yx_ipc_message message = {0};
    int descriptors[YX_IPC_DESCRIPTORS];
    size_t count = size == 0 ? 0 : data[0] % (YX_IPC_DESCRIPTORS + 1);
    struct yx_error err;

    for (size_t i = 0; i < count; i++) {
        bool sealed = (data[0] >> (4 + i) & 1) != 0;

        if (!sealed)
            descriptors[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        else if (yx_ipc_seal(YX_TEXT("content"), &descriptors[i], &err) != YX_OK)
            abort();
    }
    if (yx_ipc_parse(size == 0 ? YX_TEXT("") : YX_BYTES(data + 1, size - 1), descriptors, count,
                     &message, &err) == YX_OK &&
        (message.kind <= YX_IPC_NONE || message.kind >= YX_IPC_KINDS))
        abort();
    yx_ipc_message_free(&message);
    /* All descriptors are closed by now. */
    for (size_t i = 0; i < count; i++)
        if (fcntl(descriptors[i], F_GETFD) >= 0)
            abort();
    return 0;
}
