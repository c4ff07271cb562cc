/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document/document.c - an opened document: its format, pages, text and places. Signing is in
 * sign.c, verifying in verify.c, how the text of a PDF is come by in pdf_text.c.
 */
#include <math.h>
#include <stdlib.h>

#include "document/face.h"

/* --- Opening ------------------------------------------------------------------------------ */

yx_status yx_document_open(const struct yx_source *source, uint32_t number,
                           struct yx_document **out, struct yx_error *err)
{
    struct yx_document *document;
    yx_format format;

    YX_TRY(yx_format_detect(source, &format, err));
    YX_REQUIRE(format == YX_FORMAT_OFD || format == YX_FORMAT_PDF, err, YX_DAMAGED, "",
               N_("this is neither an OFD nor a PDF document"));
    YX_REQUIRE(format == YX_FORMAT_OFD || number <= 1, err, YX_REFUSED, "ISO 32000-1",
               N_("a PDF holds one document; there is no document {1}"), YX_NUM(number));
    document = calloc(1, sizeof *document);
    if (document == NULL)
        return yx_fail_memory(err);
    document->source = source;
    document->format = format;
    document->number = number == 0 ? 1 : number;
    *out = document;
    return YX_OK;
}

void yx_document_free(struct yx_document *document)
{
    if (document == NULL)
        return;
    yx_pdf_text_free(&document->text);
    yx_ofd_free(document->ofd);
    yx_pdf_free(document->pdf);
    free(document);
}

yx_format yx_document_format(const struct yx_document *document)
{
    return document->format;
}

static yx_status look(struct yx_document *document, struct yx_error *err)
{
    if (document->format == YX_FORMAT_OFD)
        return document->ofd != NULL ? YX_OK : yx_ofd_open(document->source, &document->ofd, err);
    return document->pdf != NULL ? YX_OK : yx_pdf_open(document->source, &document->pdf, err);
}

/* --- Pages -------------------------------------------------------------------------------- */

yx_status yx_document_page_count(struct yx_document *document, uint32_t *out, struct yx_error *err)
{
    YX_TRY(look(document, err));
    if (document->format == YX_FORMAT_OFD)
        return yx_ofd_page_count(document->ofd, document->number, out, err);
    *out = yx_pdf_page_count(document->pdf);
    return YX_OK;
}

yx_status yx_document_page_size(struct yx_document *document, uint32_t page, double *width,
                                double *height, struct yx_error *err)
{
    YX_TRY(look(document, err));
    if (document->format == YX_FORMAT_OFD)
        return yx_ofd_page_size(document->ofd, document->number, page, width, height, err);
    return yx_pdf_page_size(document->pdf, page, width, height, err);
}

/* --- Text of a PDF ------------------------------------------------------------------------ */

/* The words of a page, and how many millimetres a point is. */
static yx_status pdf_words(struct yx_document *document, uint32_t page,
                           const struct yx_pdf_words **words, double *scale, struct yx_error *err)
{
    double width = 0, height = 0;

    YX_TRY(look(document, err));
    YX_TRY(yx_pdf_page_size(document->pdf, page, &width, &height, err));
    YX_TRY(yx_pdf_text_page(&document->text, document->source, page,
                            yx_pdf_page_count(document->pdf), words, err));
    YX_REQUIRE((*words)->width > 0 && (*words)->height > 0, err, YX_DAMAGED, "ISO 32000-1 7.7.3.3",
               N_("page {1} has no area"), YX_NUM(page));
    /* By the areas, for which it does not matter how the page is turned; UserUnit is in it. */
    *scale = sqrt(width * height / ((*words)->width * (*words)->height));
    return YX_OK;
}

static struct yx_box word_box(const struct yx_pdf_word *word, double scale)
{
    return (struct yx_box){word->left * scale, word->top * scale,
                           (word->right - word->left) * scale, (word->bottom - word->top) * scale};
}

static yx_status pdf_text(struct yx_document *document, uint32_t page,
                          bool (*each)(void *context, const struct yx_text_box *box), void *context,
                          struct yx_error *err)
{
    const struct yx_pdf_words *words = NULL;
    double scale = 0;

    YX_TRY(pdf_words(document, page, &words, &scale, err));
    for (size_t i = 0; i < words->count; i++) {
        struct yx_box box = word_box(&words->items[i], scale);
        struct yx_text_box text = {words->items[i].text, box.x, box.y, box.width, box.height};

        if (!each(context, &text))
            return YX_OK;
    }
    return YX_OK;
}

/* --- Keywords in a PDF -------------------------------------------------------------------- */

/* Chinese and other wide characters (from Hangul Jamo on) take about two of the others. */
static double weight(uint32_t code_point)
{
    return code_point >= 0x1100 ? 2 : 1;
}

/* The part of the word's box that belongs to a letter: `start` and `share` are of its length. */
static struct yx_letter letter_of(const struct yx_pdf_word *word, uint32_t c, double start,
                                  double share, double scale)
{
    struct yx_letter letter = {c, yx_pdf_word_is_column(word), word_box(word, scale)};
    struct yx_box *box = &letter.box;

    if (word->run == YX_PDF_RUN_UNKNOWN)
        return letter;
    if (word->run == YX_PDF_RUN_TURNED)
        start = 1 - start - share;
    if (letter.is_vertical) {
        box->y += start * box->height;
        box->height *= share;
    } else {
        box->x += start * box->width;
        box->width *= share;
    }
    return letter;
}

/* Only words have boxes: each of their letters gets its share, down where a word of several letters
 * is higher than wide. Which end of the word is where in its box is not known, each gets all. */
static bool add_word(struct yx_letters *letters, const struct yx_pdf_word *word, double scale)
{
    struct yx_bytes rest = YX_TEXT(word->text);
    double total = 0, done = 0;
    uint32_t c;

    for (size_t at = 0; at < rest.len;) {
        at += yx_utf8_next(YX_BYTES(rest.data + at, rest.len - at), &c);
        total += weight(c);
    }
    while (rest.len > 0) {
        size_t len = yx_utf8_next(rest, &c);
        struct yx_letter letter = letter_of(word, c, done / total, weight(c) / total, scale);

        if (!yx_letters_add(letters, &letter))
            return false;
        done += weight(c);
        rest = YX_BYTES(rest.data + len, rest.len - len);
    }
    return true;
}

static yx_status find_letters(const struct yx_pdf_words *words, double scale, const char *keyword,
                              const struct yx_letters_search *search, struct yx_error *err)
{
    YX_CLEAN(yx_letters) struct yx_letters letters = {0};

    for (size_t i = 0; i < words->count; i++)
        if (!add_word(&letters, &words->items[i], scale))
            return yx_fail_memory(err);
    return yx_letters_search(&letters, keyword, search, err);
}

/* --- Keywords inside words ---------------------------------------------------------------- */

/* So many words of a page are asked for how they are written: each costs a run of pdftotext. Those
 * behind them are taken as usual. */
#define RUNS_ASKED_MAX 32

/* The words that a keyword is a part of, as the first look finds them. */
struct parts {
    const struct yx_pdf_words *words;
    double scale;
    size_t items[RUNS_ASKED_MAX];
    size_t count;
    bool found;
};

/* Does the match take a part of the word, and leave another? */
static bool is_part(const struct yx_box *match, const struct yx_box *word)
{
    double x = fmin(match->x + match->width, word->x + word->width) - fmax(match->x, word->x);
    double y = fmin(match->y + match->height, word->y + word->height) - fmax(match->y, word->y);

    return x > 0 && y > 0 && x * y < 0.999 * word->width * word->height;
}

static bool is_noted(const struct parts *parts, size_t word)
{
    for (size_t i = 0; i < parts->count; i++)
        if (parts->items[i] == word)
            return true;
    return false;
}

static bool note_parts(void *context, size_t number, const struct yx_box *match)
{
    struct parts *parts = context;

    (void)number;
    parts->found = true;
    for (size_t i = 0; i < parts->words->count && parts->count < RUNS_ASKED_MAX; i++) {
        const struct yx_pdf_word *word = &parts->words->items[i];
        struct yx_box box = word_box(word, parts->scale);

        if (word->run == YX_PDF_RUN_USUAL && is_part(match, &box) && !is_noted(parts, i))
            parts->items[parts->count++] = i;
    }
    return parts->count < RUNS_ASKED_MAX;
}

/*
 * A keyword that is a whole word stands where the word stands. Inside a longer word its place
 * depends on how the word is written, which is asked for then; and the words are looked through
 * again.
 */
static yx_status pdf_search(struct yx_document *document, uint32_t page, const char *keyword,
                            const struct yx_letters_search *search, struct yx_error *err)
{
    struct parts parts = {.count = 0};
    const struct yx_letters_search first_look = {note_parts, &parts};

    YX_TRY(pdf_words(document, page, &parts.words, &parts.scale, err));
    YX_TRY(find_letters(parts.words, parts.scale, keyword, &first_look, err));
    if (!parts.found)
        return YX_OK;
    for (size_t i = 0; i < parts.count; i++)
        YX_TRY(yx_pdf_text_find_run(&document->text, document->source, page, parts.items[i], err));
    return find_letters(parts.words, parts.scale, keyword, search, err);
}

/* --- Text and places ---------------------------------------------------------------------- */

yx_status yx_document_page_text(struct yx_document *document, uint32_t page,
                                bool (*each)(void *context, const struct yx_text_box *box),
                                void *context, struct yx_error *err)
{
    if (document->format == YX_FORMAT_PDF)
        return pdf_text(document, page, each, context, err);
    YX_TRY(look(document, err));
    return yx_ofd_page_text(document->ofd, document->number, page, each, context, err);
}

static yx_status search_text(struct yx_document *document, uint32_t page, const char *text,
                             const struct yx_letters_search *search, struct yx_error *err)
{
    if (document->format == YX_FORMAT_PDF)
        return pdf_search(document, page, text, search, err);
    YX_TRY(look(document, err));
    return yx_ofd_search_text(document->ofd, document->number, page, text, search, err);
}

/* From the boxes of our rooms to those of the public face. */
struct searching {
    bool (*each)(void *context, size_t match, const struct yx_text_box *line);
    void *context;
    const char *text;
};

static bool tell_line(void *context, size_t match, const struct yx_box *line)
{
    const struct searching *searching = context;
    struct yx_text_box box = {searching->text, line->x, line->y, line->width, line->height};

    return searching->each(searching->context, match, &box);
}

yx_status yx_document_search(struct yx_document *document, uint32_t page, const char *text,
                             bool (*each)(void *context, size_t match,
                                          const struct yx_text_box *line),
                             void *context, struct yx_error *err)
{
    struct searching searching = {each, context, text};
    const struct yx_letters_search search = {tell_line, &searching};

    return search_text(document, page, text, &search, err);
}

yx_status yx_document_find(struct yx_document *document, uint32_t page, const char *keyword,
                           bool (*found)(void *context, const struct yx_box *box), void *context,
                           struct yx_error *err)
{
    struct yx_first_lines lines = {.found = found, .context = context};
    const struct yx_letters_search search = {yx_first_line, &lines};

    return search_text(document, page, keyword, &search, err);
}

static yx_status page_size(void *self, uint32_t page, double *width, double *height,
                           struct yx_error *err)
{
    return yx_document_page_size(self, page, width, height, err);
}

static yx_status find(void *self, uint32_t page, const char *keyword,
                      bool (*found)(void *context, const struct yx_box *box), void *context,
                      struct yx_error *err)
{
    return yx_document_find(self, page, keyword, found, context, err);
}

yx_status yx_document_place(struct yx_document *document, const struct yx_placement *placement,
                            double width, double height,
                            void (*each)(void *context, const struct yx_report_stamp *stamp),
                            void *context, struct yx_error *err)
{
    YX_CLEAN(yx_stamps) struct yx_stamps stamps = {0};
    struct yx_pages pages = {.self = document, .size = page_size, .find = find};

    YX_TRY(yx_document_page_count(document, &pages.count, err));
    YX_TRY(yx_place(&pages, placement, width, height, &stamps, err));
    for (size_t i = 0; i < stamps.count; i++) {
        struct yx_report_stamp stamp = yx_stamp_report(&stamps.items[i]);

        each(context, &stamp);
    }
    return YX_OK;
}
