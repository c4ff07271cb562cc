/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/language.c - sentences in the language of whoever asks. gettext knows one language for the
 * whole process; here each request has its own, so the catalogue stands in the program.
 */
#include <stdlib.h>

#include "http/room.h"

/* In the order of the English ones. */
static const struct sentence {
    const char *english, *chinese;
} sentences[] = {
#include "sentences.inc"
};

static int compare(const void *text, const void *sentence)
{
    return strcmp(text, ((const struct sentence *)sentence)->english);
}

static const char *into_chinese(const char *text)
{
    const struct sentence *found = bsearch(text, sentences, sizeof sentences / sizeof sentences[0],
                                           sizeof sentences[0], compare);

    return found == NULL ? text : found->chinese;
}

yx_translate yx_http_language(const char *language)
{
    return strcmp(language, "zh") == 0 ? into_chinese : NULL;
}
