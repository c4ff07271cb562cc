/* SPDX-License-Identifier: Apache-2.0 */
/* cli/progress.c - one line on stderr that says how far long work is; nothing for short work. */
#include <unistd.h>

#include "cli/cli.h"

#define SHOW_AFTER YX_SECOND
#define SHOW_EVERY (YX_SECOND / 10)

static void tell(void *context, uint64_t done, uint64_t total)
{
    struct cli_progress *self = context;
    yx_time now = yx_now();

    if (now - self->started < SHOW_AFTER || now - self->shown < SHOW_EVERY || total == 0)
        return;
    self->shown = now;
    fputs("\r\033[K", stderr);
    cli_say(stderr, _("{1}: {2} %"), self->what, YX_NUM(100.0 * (double)done / (double)total));
    (void)fflush(stderr);
}

struct yx_progress cli_progress_start(struct cli_progress *self, const char *what)
{
    *self = (struct cli_progress){.what = what, .started = yx_now()};
    if (isatty(STDERR_FILENO) == 0)
        return (struct yx_progress){0};
    return (struct yx_progress){.tell = tell, .self = self};
}

void cli_progress_end(struct cli_progress *self)
{
    if (self->shown == 0)
        return;
    fputs("\r\033[K", stderr);
    (void)fflush(stderr);
    self->shown = 0;
}

struct cli_title cli_title_of(const struct cli_args *args, size_t operand)
{
    struct yx_message message;
    struct cli_title title;

    yx_message_set(&message, args->operand_count == 1 ? "{1}" : N_("{1} ({2} of {3})"),
                   args->operands[operand], YX_NUM(operand + 1), YX_NUM(args->operand_count));
    yx_message_render(&message, cli_translate, title.text, sizeof title.text);
    return title;
}
