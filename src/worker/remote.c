/* SPDX-License-Identifier: Apache-2.0 */
/* remote.c - programs for a process that may start none: the launcher is asked. */
#include <unistd.h>

#include "worker/room.h"

/* For the launcher itself, beside what the program may take. */
#define MORE_SECONDS 5

static yx_status pack(const struct yx_program *program, struct yx_buf *out, struct yx_error *err)
{
    for (const char *const *argument = program->arguments; *argument != NULL; argument++)
        if (yx_buf_append(out, YX_BYTES(*argument, strlen(*argument) + 1)) != YX_OK)
            return yx_fail_memory(err);
    return YX_OK;
}

static yx_status call(struct yx_remote *remote, const struct yx_ipc_message *request,
                      struct yx_ipc_message *reply, struct yx_error *err)
{
    int64_t deadline =
        yx_monotonic() + ((int64_t)request->fields[1].number + MORE_SECONDS) * YX_SECOND;

    if (remote->launcher < 0)
        YX_TRY(yx_ipc_connect(remote->line, YX_LAUNCHER, 0, &remote->launcher, err));
    return yx_ipc_call(remote->launcher, request, YX_IPC_PRINTED, reply, deadline, err);
}

/* A launcher that was started anew is found by asking once more. */
static yx_status call_twice(struct yx_remote *remote, const struct yx_ipc_message *request,
                            struct yx_ipc_message *reply, struct yx_error *err)
{
    for (int i = 0; i < 2; i++) {
        struct yx_error failure = {0};
        yx_status status = call(remote, request, reply, &failure);

        if (status == YX_OK || !yx_ipc_is_broken(&failure)) {
            if (status != YX_OK && err != NULL)
                *err = failure;
            return status;
        }
        if (remote->launcher >= 0)
            (void)close(remote->launcher);
        remote->launcher = -1;
    }
    return yx_fail(err, YX_IO, "", N_("programs that read documents cannot be started now"));
}

static yx_status run(void *self, const struct yx_program *program, int document, struct yx_buf *out,
                     struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf arguments = {0};
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message reply = {0};
    struct yx_ipc_message request = {
        .kind = YX_IPC_RUN,
        .fields = {{.number = program->output_max},
                   {.number = program->seconds},
                   {.number = program->memory_max},
                   {.bytes = YX_BYTES(NULL, 0)},
                   {.fd = document}},
    };

    YX_TRY(pack(program, &arguments, err));
    request.fields[3].bytes = yx_buf_bytes(&arguments);
    YX_TRY(call_twice(self, &request, &reply, err));
    return yx_buf_append(out, reply.fields[0].bytes) == YX_OK ? YX_OK : yx_fail_memory(err);
}

struct yx_program_runner yx_remote_runner(struct yx_remote *remote)
{
    return (struct yx_program_runner){run, remote};
}
