/* SPDX-License-Identifier: Apache-2.0 */
/* keyword.c - finds a keyword among the letters of a page, of whatever format. */
#include <stdlib.h>

#include "seal/seal.h"

#define RULE_KEYWORD "keyword of a seal"
#define KEYWORD_MAX 200

static double right(const struct yx_box *box)
{
    return box->x + box->width;
}

static double bottom(const struct yx_box *box)
{
    return box->y + box->height;
}

struct yx_box yx_box_join(struct yx_box a, struct yx_box b)
{
    double x = a.x < b.x ? a.x : b.x;
    double y = a.y < b.y ? a.y : b.y;
    double x_end = right(&a) > right(&b) ? right(&a) : right(&b);
    double y_end = bottom(&a) > bottom(&b) ? bottom(&a) : bottom(&b);
    return (struct yx_box){x, y, x_end - x, y_end - y};
}

/* --- Letters ----------------------------------------------------------------------------- */

static bool is_space(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0 || c == 0x3000 ||
           (c >= 0x2000 && c <= 0x200b) || c == 0x202f || c == 0x205f || c == 0xfeff;
}

bool yx_letters_add(struct yx_letters *letters, const struct yx_letter *letter)
{
    if (is_space(letter->code_point))
        return true;
    if (letters->count == letters->cap) {
        size_t cap = letters->cap == 0 ? 1024 : letters->cap * 2;
        struct yx_letter *grown = reallocarray(letters->items, cap, sizeof *grown);
        if (grown == NULL)
            return false;
        letters->items = grown;
        letters->cap = cap;
    }
    letters->items[letters->count++] = *letter;
    return true;
}

void yx_letters_free(struct yx_letters *letters)
{
    free(letters->items);
    *letters = (struct yx_letters){0};
}

/* --- Keywords ---------------------------------------------------------------------------- */

struct keyword {
    uint32_t letters[KEYWORD_MAX];
    size_t count;
};

static yx_status read_keyword(const char *text, struct keyword *out, struct yx_error *err)
{
    struct yx_bytes rest = YX_TEXT(text);
    YX_REQUIRE(yx_utf8_valid(rest), err, YX_USAGE, RULE_KEYWORD,
               N_("the keyword is not valid UTF-8"));
    while (rest.len > 0) {
        uint32_t c = 0;
        size_t len = yx_utf8_next(rest, &c);
        rest = YX_BYTES(rest.data + len, rest.len - len);
        if (is_space(c))
            continue;
        YX_REQUIRE(out->count < KEYWORD_MAX, err, YX_USAGE, RULE_KEYWORD,
                   N_("the keyword is longer than {1} characters"), YX_NUM(KEYWORD_MAX));
        out->letters[out->count++] = c;
    }
    YX_REQUIRE(out->count > 0, err, YX_USAGE, RULE_KEYWORD, N_("the keyword is empty"));
    return YX_OK;
}

static bool matches(const struct yx_letter *letters, const struct keyword *keyword)
{
    for (size_t i = 0; i < keyword->count; i++) {
        if (letters[i].code_point != keyword->letters[i])
            return false;
    }
    return true;
}

/* On one line: the middle of one lies within half a letter of the other's, across the writing. */
static bool same_line(const struct yx_letter *a, const struct yx_letter *b)
{
    if (a->is_vertical)
        return b->box.x + b->box.width / 2 > a->box.x &&
               b->box.x + b->box.width / 2 < right(&a->box);
    return b->box.y + b->box.height / 2 > a->box.y &&
           b->box.y + b->box.height / 2 < bottom(&a->box);
}

/* The letters of a match that stand on one line with its first; *count how many these are. */
static struct yx_box line_box(const struct yx_letter *letters, size_t *count)
{
    struct yx_box box = letters[0].box;
    size_t i = 1;
    for (; i < *count && same_line(&letters[0], &letters[i]); i++)
        box = yx_box_join(box, letters[i].box);
    *count = i;
    return box;
}

/* false when the caller has seen enough. */
static bool tell_lines(const struct yx_letters_search *search, size_t match,
                       const struct yx_letter *letters, size_t count)
{
    while (count > 0) {
        size_t line = count;
        struct yx_box box = line_box(letters, &line);
        if (!search->each(search->context, match, &box))
            return false;
        letters += line;
        count -= line;
    }
    return true;
}

yx_status yx_letters_search(const struct yx_letters *letters, const char *keyword,
                            const struct yx_letters_search *search, struct yx_error *err)
{
    struct keyword wanted = {.count = 0};
    YX_TRY(read_keyword(keyword, &wanted, err));
    size_t at = 0, match = 0;
    while (at + wanted.count <= letters->count) {
        if (!matches(letters->items + at, &wanted)) {
            at++;
            continue;
        }
        if (!tell_lines(search, ++match, letters->items + at, wanted.count))
            return YX_OK;
        at += wanted.count;
    }
    return YX_OK;
}

bool yx_first_line(void *context, size_t match, const struct yx_box *line)
{
    struct yx_first_lines *lines = context;
    if (match == lines->match)
        return true;
    lines->match = match;
    return lines->found(lines->context, line);
}
