/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document/pdf_text.c - the words of PDF pages, from what `pdftotext -bbox` prints:
 *
 *     <page width="595.000000" height="842.000000">
 *       <word xMin="72.000000" yMin="80.640000" xMax="117.560000" yMax="99.140000">Hello</word>
 *     </page>
 *
 * Read strictly: whatever else stands between <doc> and </doc> is refused. It is not read as XML,
 * since the text of a hostile page may hold characters that XML does not allow.
 */
#include "document/pdf_text.h"
#include "program/program.h"

#define PROGRAM "pdftotext"
/* Pages that are read at once. */
#define PAGES_AT_ONCE 64u
#define OUTPUT_MAX (64u * 1024 * 1024)
#define MEMORY_MAX (256u * 1024 * 1024)
#define WORDS_MAX 1000000u

void yx_pdf_text_free(struct yx_pdf_text *text)
{
    yx_arena_free(text->arena);
    *text = (struct yx_pdf_text){0};
}

/* --- Reading what it printed -------------------------------------------------------------- */

struct scanner {
    struct yx_bytes rest;
    struct yx_arena *arena;
    size_t words;
};

static yx_status unexpected(struct yx_error *err)
{
    return yx_fail(err, YX_DAMAGED, "", N_("{1} printed something that it never should"), PROGRAM);
}

static void skip(struct scanner *scanner, size_t len)
{
    scanner->rest = YX_BYTES(scanner->rest.data + len, scanner->rest.len - len);
}

/* Passes over `mark` if it is next. */
static bool take(struct scanner *scanner, const char *mark)
{
    size_t len = strlen(mark);

    if (scanner->rest.len < len || memcmp(scanner->rest.data, mark, len) != 0)
        return false;
    skip(scanner, len);
    return true;
}

/* What stands before the next `mark`, which is passed over. */
static bool take_until(struct scanner *scanner, const char *mark, struct yx_bytes *out)
{
    size_t len = strlen(mark);
    const uint8_t *found = memmem(scanner->rest.data, scanner->rest.len, mark, len);

    if (found == NULL)
        return false;
    *out = YX_BYTES(scanner->rest.data, (size_t)(found - scanner->rest.data));
    skip(scanner, out->len + len);
    return true;
}

/* "-12.345678" up to the closing quote, whatever the locale. */
static bool take_number(struct scanner *scanner, double *out)
{
    bool negative = take(scanner, "-");
    double value = 0, unit = 1;
    size_t digits = 0;
    bool fraction = false;

    for (; scanner->rest.len > 0 && scanner->rest.data[0] != '"'; skip(scanner, 1)) {
        uint8_t c = scanner->rest.data[0];

        if (c == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (c < '0' || c > '9' || ++digits > 17)
            return false;
        value = value * 10 + (c - '0');
        unit = fraction ? unit * 10 : unit;
    }
    *out = (negative ? -value : value) / unit;
    return digits > 0 && take(scanner, "\"");
}

/* One character of a word: an entity, or the UTF-8 that stands there; '?' for what is no text. */
static size_t character(struct yx_bytes text, uint32_t *out)
{
    static const struct {
        const char *entity;
        uint32_t character;
    } entities[] = {
        {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    size_t len;

    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
        len = strlen(entities[i].entity);
        if (text.len >= len && memcmp(text.data, entities[i].entity, len) == 0) {
            *out = entities[i].character;
            return len;
        }
    }
    len = yx_utf8_next(text, out);
    if (len == 0 || *out < ' ')
        *out = '?';
    return len == 0 ? 1 : len;
}

static const char *word_text(struct scanner *scanner, struct yx_bytes raw)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};

    while (raw.len > 0) {
        uint32_t code_point;
        size_t len = character(raw, &code_point);

        if (yx_utf8_append(&text, code_point) != YX_OK)
            return NULL;
        raw = YX_BYTES(raw.data + len, raw.len - len);
    }
    return yx_arena_text(scanner->arena, yx_buf_bytes(&text));
}

/* Room for one more in the arena, where what was outgrown stays until the end. */
static struct yx_pdf_word *new_word(struct scanner *scanner, struct yx_pdf_words *page)
{
    if (page->count == page->cap) {
        size_t cap = page->cap == 0 ? 64 : page->cap * 2;
        struct yx_pdf_word *grown = yx_arena_calloc(scanner->arena, cap, sizeof *grown);

        if (grown == NULL)
            return NULL;
        if (page->count > 0)
            memcpy(grown, page->items, page->count * sizeof *grown);
        page->items = grown;
        page->cap = cap;
    }
    return &page->items[page->count++];
}

static yx_status read_word(struct scanner *scanner, struct yx_pdf_words *page, struct yx_error *err)
{
    struct yx_pdf_word word;
    struct yx_pdf_word *kept;
    struct yx_bytes raw;

    if (!take_number(scanner, &word.left) || !take(scanner, " yMin=\"") ||
        !take_number(scanner, &word.top) || !take(scanner, " xMax=\"") ||
        !take_number(scanner, &word.right) || !take(scanner, " yMax=\"") ||
        !take_number(scanner, &word.bottom) || !take(scanner, ">") ||
        !take_until(scanner, "</word>\n", &raw))
        return unexpected(err);
    YX_REQUIRE(++scanner->words <= WORDS_MAX, err, YX_DAMAGED, "",
               N_("{1} pages have more than {2} words"), YX_NUM(PAGES_AT_ONCE), YX_NUM(WORDS_MAX));
    word.text = word_text(scanner, raw);
    word.run = YX_PDF_RUN_USUAL;
    kept = word.text == NULL ? NULL : new_word(scanner, page);
    if (kept == NULL)
        return yx_fail_memory(err);
    *kept = word;
    return YX_OK;
}

static yx_status read_page(struct scanner *scanner, struct yx_pdf_words *page, struct yx_error *err)
{
    if (!take(scanner, "  <page width=\"") || !take_number(scanner, &page->width) ||
        !take(scanner, " height=\"") || !take_number(scanner, &page->height) ||
        !take(scanner, ">\n"))
        return unexpected(err);
    while (take(scanner, "    <word xMin=\""))
        YX_TRY(read_word(scanner, page, err));
    return take(scanner, "  </page>\n") ? YX_OK : unexpected(err);
}

static yx_status read_pages(struct scanner *scanner, struct yx_pdf_text *text, struct yx_error *err)
{
    struct yx_bytes head;

    if (!take_until(scanner, "<doc>\n", &head))
        return unexpected(err);
    for (uint32_t i = 0; i < text->count; i++)
        YX_TRY(read_page(scanner, &text->pages[i], err));
    return take(scanner, "</doc>\n") ? YX_OK : unexpected(err);
}

/* --- Running it --------------------------------------------------------------------------- */

static yx_status run(const char *const *arguments, const struct yx_source *source,
                     struct yx_buf *out, struct yx_error *err)
{
    const struct yx_program program = {
        .arguments = arguments,
        .package = "poppler-utils",
        .output_max = OUTPUT_MAX,
        .seconds = 30,
        .memory_max = UINT64_C(2) << 30,
    };

    return yx_program_run(&program, source, out, err);
}

/* The descriptor opened anew has a place of its own in the file. */
#define DOCUMENT "/proc/self/fd/0"

static yx_status print_boxes(const struct yx_source *source, uint32_t first, uint32_t last,
                             struct yx_buf *out, struct yx_error *err)
{
    struct yx_number_text from = yx_number_text(first), to = yx_number_text(last);
    const char *const arguments[] = {PROGRAM,   "-bbox", "-cropbox", "-enc",   "UTF-8", "-f",
                                     from.text, "-l",    to.text,    DOCUMENT, "-",     NULL};

    return run(arguments, source, out, err);
}

static yx_status load(struct yx_pdf_text *text, const struct yx_source *source, uint32_t first,
                      uint32_t last, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf output = {0};
    struct scanner scanner;

    YX_TRY(print_boxes(source, first, last, &output, err));
    text->arena = yx_arena_new(MEMORY_MAX);
    if (text->arena == NULL)
        return yx_fail_memory(err);
    text->pages = yx_arena_calloc(text->arena, last - first + 1, sizeof *text->pages);
    if (text->pages == NULL)
        return yx_fail_memory(err);
    text->first = first;
    text->count = last - first + 1;
    scanner = (struct scanner){.rest = yx_buf_bytes(&output), .arena = text->arena};
    return read_pages(&scanner, text, err);
}

yx_status yx_pdf_text_page(struct yx_pdf_text *text, const struct yx_source *source, uint32_t page,
                           uint32_t page_count, const struct yx_pdf_words **out,
                           struct yx_error *err)
{
    if (page < text->first || page - text->first >= text->count) {
        uint32_t last = page_count - page < PAGES_AT_ONCE ? page_count : page + PAGES_AT_ONCE - 1;
        yx_status status;

        yx_pdf_text_free(text);
        status = load(text, source, page, last, err);
        if (status != YX_OK) {
            yx_pdf_text_free(text);
            return status;
        }
    }
    *out = &text->pages[page - text->first];
    return YX_OK;
}

/* --- Directions --------------------------------------------------------------------------- */

/* Dots to the point: places are whole numbers of dots. */
#define DOTS 10
#define DOTS_TO_THE_INCH "720"
/* A letter counts when its origin is inside, which may lie on the very edge of its word. */
#define MARGIN 5
/* Words that stand beyond any page are not asked for. */
#define POINTS_MAX 100000

bool yx_pdf_word_is_column(const struct yx_pdf_word *word)
{
    uint32_t first;
    size_t len = yx_utf8_next(YX_TEXT(word->text), &first);

    return word->text[len] != '\0' && word->bottom - word->top > word->right - word->left;
}

static yx_status print_half(const struct yx_source *source, uint32_t page,
                            const struct yx_pdf_word *word, struct yx_buf *out,
                            struct yx_error *err)
{
    bool column = yx_pdf_word_is_column(word);
    double width = (word->right - word->left) / (column ? 1 : 2);
    double height = (word->bottom - word->top) / (column ? 2 : 1);
    struct yx_number_text number = yx_number_text(page);
    int64_t left = (int64_t)(word->left * DOTS) - MARGIN;
    int64_t top = (int64_t)(word->top * DOTS) - MARGIN;
    struct yx_number_text x = yx_number_text(left < 0 ? 0 : left);
    struct yx_number_text y = yx_number_text(top < 0 ? 0 : top);
    struct yx_number_text w = yx_number_text((int64_t)(width * DOTS) + (column ? 2 : 1) * MARGIN);
    struct yx_number_text h = yx_number_text((int64_t)(height * DOTS) + (column ? 1 : 2) * MARGIN);
    const char *const arguments[] = {
        PROGRAM, "-cropbox",       "-enc",   "UTF-8", "-f", number.text, "-l", number.text,
        "-r",    DOTS_TO_THE_INCH, "-x",     x.text,  "-y", y.text,      "-W", w.text,
        "-H",    h.text,           DOCUMENT, "-",     NULL};

    return run(arguments, source, out, err);
}

/* White space and marks of direction, which it prints around what is written right to left. */
static bool is_no_letter(uint32_t c)
{
    return c <= ' ' || c == 0xa0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202f) || (c >= 0x2066 && c <= 0x2069);
}

static yx_status keep_letters(struct yx_bytes printed, struct yx_buf *out, struct yx_error *err)
{
    while (printed.len > 0) {
        uint32_t c;
        size_t len = yx_utf8_next(printed, &c);

        len = len == 0 ? 1 : len;
        if (!is_no_letter(c) && yx_utf8_append(out, c) != YX_OK)
            return yx_fail_memory(err);
        printed = YX_BYTES(printed.data + len, printed.len - len);
    }
    return YX_OK;
}

static yx_pdf_run judge_half(struct yx_bytes half, struct yx_bytes word)
{
    if (half.len == 0 || half.len >= word.len)
        return YX_PDF_RUN_UNKNOWN;
    if (memcmp(word.data, half.data, half.len) == 0)
        return YX_PDF_RUN_ASKED;
    if (memcmp(word.data + (word.len - half.len), half.data, half.len) == 0)
        return YX_PDF_RUN_TURNED;
    return YX_PDF_RUN_UNKNOWN;
}

yx_status yx_pdf_text_find_run(struct yx_pdf_text *text, const struct yx_source *source,
                               uint32_t page, size_t word, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf printed = {0};
    YX_CLEAN(yx_buf) struct yx_buf half = {0};
    struct yx_pdf_word *asked = &text->pages[page - text->first].items[word];

    asked->run = YX_PDF_RUN_UNKNOWN;
    if (asked->left < 0 || asked->top < 0 || asked->right > POINTS_MAX ||
        asked->bottom > POINTS_MAX)
        return YX_OK;
    YX_TRY(print_half(source, page, asked, &printed, err));
    YX_TRY(keep_letters(yx_buf_bytes(&printed), &half, err));
    asked->run = judge_half(yx_buf_bytes(&half), YX_TEXT(asked->text));
    return YX_OK;
}
