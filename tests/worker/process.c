/* SPDX-License-Identifier: Apache-2.0 */
/* process.c - a launcher or a page process as the tests start them: its name is the argument, the
 * line and the door are open as they are in the real service. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "worker/worker.h"

int main(int argc, char **argv)
{
    const struct yx_worker_process process = {.line = YX_IPC_LINE_FD, .door = YX_IPC_DOOR_FD};
    struct yx_error err = {0};
    char sentence[600];
    yx_status status;

    if (argc != 2)
        return 64;
    (void)signal(SIGPIPE, SIG_IGN);
    status = strcmp(argv[1], "launcher") == 0 ? yx_launcher_run(&process, &err)
                                              : yx_page_run(&process, &err);
    if (status == YX_OK)
        return 0;
    yx_message_render(&err.message, NULL, sentence, sizeof sentence);
    (void)fprintf(stderr, "%s: %s\n", argv[1], sentence);
    return 1;
}
