/* SPDX-License-Identifier: Apache-2.0 */
/*
 * language/chinese.c - looks sentences up in the compiled catalogue of GNU gettext (GNU gettext
 * manual, "The Format of GNU MO Files"), which is part of the program: two tables of lengths and
 * offsets, the English sentences sorted by their bytes.
 */
#include "language/language.h"

static const uint8_t catalogue[] = {
#include "chinese.inc"
};

/* Numbers of 32 bits, the least byte first, whatever the machine. */
static uint32_t number_at(size_t offset)
{
    const uint8_t *at = catalogue + offset;

    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

enum { COUNT = 8, ENGLISH = 12, CHINESE = 16 };

/* A row has the length and then the place of a text, which ends with a NUL. */
static const char *text_of(uint32_t table, uint32_t row)
{
    return (const char *)catalogue + number_at(table + 8 * (size_t)row + 4);
}

const char *yx_chinese(const char *text)
{
    uint32_t from = 0, to = number_at(COUNT);

    /* The translation of "" is the head of the catalogue. */
    if (text == NULL || text[0] == '\0')
        return "";
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        int order = strcmp(text, text_of(number_at(ENGLISH), middle));

        if (order == 0)
            return text_of(number_at(CHINESE), middle);
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return text;
}

yx_translate yx_language(const char *name)
{
    return name != NULL && strncmp(name, "zh", 2) == 0 ? yx_chinese : NULL;
}
