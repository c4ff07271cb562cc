/* SPDX-License-Identifier: Apache-2.0 */
/* jobs.c - what workers, their launcher and web take from each other: requests to sign, lists of
 * certificates, places of seals, arguments of programs. The first byte says which. */
#include "worker/room.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_request(struct yx_bytes bytes)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    YX_CLEAN(yx_wire) struct yx_wire wire = {0};

    if (yx_buf_append(&text, bytes) == YX_OK && yx_buf_append(&text, YX_BYTES("", 1)) == YX_OK)
        (void)yx_wire_get((const char *)text.data, &wire, NULL);
}

static void read_list(struct yx_bytes bytes)
{
    struct yx_list_entry entry;
    bool found = true;

    while (found && yx_list_next(&bytes, &entry, &found, NULL) == YX_OK)
        continue;
}

static void note(void *context, const struct yx_report_stamp *stamp)
{
    (void)context;
    (void)stamp;
}

static void read_arguments(struct yx_bytes bytes)
{
    const char *arguments[YX_PROGRAM_ARGUMENTS_MAX + 1];
    struct yx_program program = {.arguments = arguments, .seconds = 1};

    if (yx_launcher_unpack(bytes, arguments, NULL) == YX_OK)
        (void)yx_program_admit(&program, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct yx_sign_request request = {.stamped = note};
    struct yx_bytes bytes = YX_BYTES(data + 1, size - 1);

    if (size < 1)
        return 0;
    if (data[0] == 'r')
        read_request(bytes);
    else if (data[0] == 'l')
        read_list(bytes);
    else if (data[0] == 's')
        (void)yx_wire_tell_stamps(bytes, &request);
    else
        read_arguments(bytes);
    return 0;
}
