/* SPDX-License-Identifier: Apache-2.0 */
/* http/complain.c - what failed inside, told to the operator. */
#include <stdatomic.h>

#include "http/http.h"

void yx_tell(const char *where, const struct yx_error *news)
{
    char sentence[600];

    yx_message_render(&news->message, NULL, sentence, sizeof sentence);
    (void)fprintf(stderr, "%s: %s\n", where, sentence);
}

void yx_complain(struct yx_complaints *complaints, const char *where, const struct yx_error *err)
{
    int64_t second = yx_monotonic() / YX_SECOND + 1; /* never 0, which is "not yet" */
    int64_t last = atomic_load(&complaints->last);

    if (last == second || !atomic_compare_exchange_strong(&complaints->last, &last, second))
        return;
    yx_tell(where, err);
}
