/* SPDX-License-Identifier: Apache-2.0 */
/* support.h - what tests of every room share. Include it first: cmocka needs the headers above it.
 */
#ifndef SUPPORT_SUPPORT_H
#define SUPPORT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/base.h"

/* Fails the test with the library's own words unless the call ends in `status`. */
#define expect_status(call, want, err)                                                       \
    do {                                                                                     \
        yx_status got_status = (call);                                                       \
        if (got_status != (want)) {                                                          \
            char expect_words[600] = "";                                                     \
            if (got_status != YX_OK)                                                         \
                yx_message_render(&(err)->message, NULL, expect_words, sizeof expect_words); \
            fail_msg("%s: status %d, expected %d: %s", #call, (int)got_status, (int)(want),  \
                     expect_words);                                                          \
        }                                                                                    \
    } while (0)
#define expect_ok(call, err) expect_status(call, YX_OK, err)

/* Path of a file of other people's data, or NULL (then skip()). The text is static to the caller's
 * buffer. */
static inline const char *interop_path(char out[512], const char *relative)
{
    const char *folder = getenv("YX_INTEROP");
    const char *root = getenv("YX_SOURCE_ROOT");
    if (folder != NULL)
        snprintf(out, 512, "%s/%s", folder, relative);
    else
        snprintf(out, 512, "%s/../shared/interop/%s", root != NULL ? root : ".", relative);
    return access(out, R_OK) == 0 ? out : NULL;
}

/* Is it one of the words of the list, which have spaces between them? */
static inline bool has_word(const char *list, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = list; (at = strstr(at, word)) != NULL; at += len)
        if ((at == list || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' '))
            return true;
    return false;
}

#endif
