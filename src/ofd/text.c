/* SPDX-License-Identifier: Apache-2.0 */
/* ofd/text.c - the text of a page with its boxes, and the search for keywords. */
#include "ofd/glyphs.h"

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

/* The smallest box around both. */
static struct yx_box join(struct yx_box a, struct yx_box b)
{
    double x = a.x < b.x ? a.x : b.x;
    double y = a.y < b.y ? a.y : b.y;
    double x_end = right(&a) > right(&b) ? right(&a) : right(&b);
    double y_end = bottom(&a) > bottom(&b) ? bottom(&a) : bottom(&b);
    return (struct yx_box){x, y, x_end - x, y_end - y};
}

/* --- Runs -------------------------------------------------------------------------------- */

struct run_listener {
    bool (*each)(void *context, const struct yx_text_box *box);
    void *context;
};

static bool tell_run(void *self, const struct yx_text_run *run)
{
    const struct run_listener *listener = self;
    struct yx_box box = run->glyphs[0].box;
    for (size_t i = 1; i < run->count; i++)
        box = join(box, run->glyphs[i].box);
    struct yx_text_box text = {run->text, box.x, box.y, box.width, box.height};
    return listener->each(listener->context, &text);
}

yx_status yx_ofd_page_text(struct yx_ofd *ofd, uint32_t document, uint32_t page,
                           bool (*each)(void *context, const struct yx_text_box *box),
                           void *context, struct yx_error *err)
{
    struct run_listener listener = {each, context};
    return yx_ofd_runs(ofd, document, page, tell_run, &listener, err);
}

/* --- Keywords ---------------------------------------------------------------------------- */

struct letter {
    uint32_t code_point;
    bool is_vertical;
    struct yx_box box;
};

/* All characters of a page but white space. */
struct letters {
    struct yx_buf buffer;
    bool no_memory;
};

static void free_letters(struct letters *letters)
{
    yx_buf_free(&letters->buffer);
}
YX_DEFINE_CLEAN_VALUE(letters, struct letters, free_letters);

static bool is_space(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0 || c == 0x3000 ||
           (c >= 0x2000 && c <= 0x200b) || c == 0x202f || c == 0x205f || c == 0xfeff;
}

static bool collect_run(void *self, const struct yx_text_run *run)
{
    struct letters *letters = self;
    for (size_t i = 0; i < run->count; i++) {
        const struct yx_glyph *glyph = &run->glyphs[i];
        if (is_space(glyph->code_point))
            continue;
        struct letter letter = {glyph->code_point, run->is_vertical, glyph->box};
        if (yx_buf_append(&letters->buffer, YX_BYTES(&letter, sizeof letter)) != YX_OK) {
            letters->no_memory = true;
            return false;
        }
    }
    return true;
}

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

static bool matches(const struct letter *letters, const struct keyword *keyword)
{
    for (size_t i = 0; i < keyword->count; i++) {
        if (letters[i].code_point != keyword->letters[i])
            return false;
    }
    return true;
}

/* On one line: the middle of one lies within half a letter of the other's, across the writing. */
static bool same_line(const struct letter *a, const struct letter *b)
{
    if (a->is_vertical)
        return b->box.x + b->box.width / 2 > a->box.x &&
               b->box.x + b->box.width / 2 < right(&a->box);
    return b->box.y + b->box.height / 2 > a->box.y &&
           b->box.y + b->box.height / 2 < bottom(&a->box);
}

/* The letters of a match that stand on the line of its first: a keyword may wrap. */
static struct yx_box match_box(const struct letter *letters, size_t count)
{
    struct yx_box box = letters[0].box;
    for (size_t i = 1; i < count; i++) {
        if (same_line(&letters[0], &letters[i]))
            box = join(box, letters[i].box);
    }
    return box;
}

yx_status yx_ofd_find_text(struct yx_ofd *ofd, uint32_t document, uint32_t page,
                           const char *keyword,
                           bool (*found)(void *context, const struct yx_box *box), void *context,
                           struct yx_error *err)
{
    struct keyword wanted = {.count = 0};
    YX_TRY(read_keyword(keyword, &wanted, err));
    YX_CLEAN(letters) struct letters page_letters = {.no_memory = false};
    YX_TRY(yx_ofd_runs(ofd, document, page, collect_run, &page_letters, err));
    if (page_letters.no_memory)
        return yx_fail_memory(err);

    const struct letter *letters = (const struct letter *)(const void *)page_letters.buffer.data;
    size_t count = page_letters.buffer.len / sizeof *letters;
    size_t at = 0;
    while (at + wanted.count <= count) {
        if (!matches(letters + at, &wanted)) {
            at++;
            continue;
        }
        struct yx_box box = match_box(letters + at, wanted.count);
        if (!found(context, &box))
            return YX_OK;
        at += wanted.count;
    }
    return YX_OK;
}
