/* SPDX-License-Identifier: Apache-2.0 */
/* lexer.c - tokens and values of PDF syntax (ISO 32000-1 7.2, 7.3), read from the bytes
 * of a file. Objects as values are qpdf's business (objects.c). */
#include "pdfchanges/pdfchanges.h"

#define RULE "ISO 32000-1 7.2"
#define DEPTH_MAX 256
#define KEYS_MAX 256

/* --- Bytes ------------------------------------------------------------------------------- */

void yx_pdf_lexer_start(struct yx_pdf_lexer *lexer, const struct yx_source *source,
                        uint64_t position, uint64_t limit)
{
    lexer->source = source;
    lexer->position = position;
    lexer->limit = limit < yx_source_size(source) ? limit : yx_source_size(source);
    lexer->comments = false;
    lexer->failure = (struct yx_error){.status = YX_OK};
    lexer->window_start = 0;
    lexer->window_len = 0;
}

static bool fill_window(struct yx_pdf_lexer *lexer)
{
    uint64_t left = lexer->limit - lexer->position;
    size_t len = left < YX_PDF_WINDOW ? (size_t)left : YX_PDF_WINDOW;
    lexer->window_len = 0;
    if (yx_source_read(lexer->source, lexer->position, lexer->window, len, &lexer->failure) !=
        YX_OK) {
        lexer->limit = lexer->position;
        return false;
    }
    lexer->window_start = lexer->position;
    lexer->window_len = len;
    return true;
}

int yx_pdf_lexer_peek(struct yx_pdf_lexer *lexer)
{
    if (lexer->position >= lexer->limit)
        return -1;
    bool inside = lexer->position >= lexer->window_start &&
                  lexer->position - lexer->window_start < lexer->window_len;
    if (!inside && !fill_window(lexer))
        return -1;
    return lexer->window[lexer->position - lexer->window_start];
}

static int take(struct yx_pdf_lexer *lexer)
{
    int c = yx_pdf_lexer_peek(lexer);
    if (c >= 0)
        lexer->position++;
    return c;
}

static bool is_space(int c)
{
    return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}

static bool is_delimiter(int c)
{
    return c >= 0 && strchr("()<>[]{}/%", c) != NULL && c != 0;
}

static bool is_regular(int c)
{
    return c >= 0 && !is_space(c) && !is_delimiter(c);
}

static int hex_digit(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* --- Tokens ------------------------------------------------------------------------------ */

static yx_status not_a_token(struct yx_pdf_lexer *lexer, struct yx_error *err)
{
    if (lexer->failure.status != YX_OK) {
        if (err != NULL)
            *err = lexer->failure;
        return lexer->failure.status;
    }
    return yx_fail(err, YX_DAMAGED, RULE, N_("what stands at byte {1} is no PDF syntax"),
                   YX_NUM(lexer->position));
}

/* Keeps the first characters; a word that was cut equals no word that we look for, since those
 * are shorter. */
static void put(struct yx_pdf_token *token, size_t *len, int c)
{
    if (*len < YX_PDF_WORD - 1)
        token->text[(*len)++] = (char)c;
    token->text[*len] = 0;
}

static void take_comment(struct yx_pdf_lexer *lexer, struct yx_pdf_token *out)
{
    size_t len = 0;
    out->type = YX_PDF_COMMENT;
    for (int c = yx_pdf_lexer_peek(lexer); c >= 0 && c != '\n' && c != '\r';
         c = yx_pdf_lexer_peek(lexer))
        put(out, &len, take(lexer));
}

/* Parentheses may stand inside when they are balanced or escaped (7.3.4.2). */
static yx_status take_string(struct yx_pdf_lexer *lexer, struct yx_pdf_token *out,
                             struct yx_error *err)
{
    uint64_t depth = 0;
    out->type = YX_PDF_STRING;
    do {
        int c = take(lexer);
        if (c < 0)
            return not_a_token(lexer, err);
        if (c == '\\')
            take(lexer);
        depth += c == '(';
        depth -= c == ')';
    } while (depth > 0);
    return YX_OK;
}

static yx_status take_hex(struct yx_pdf_lexer *lexer, struct yx_pdf_token *out,
                          struct yx_error *err)
{
    out->type = YX_PDF_HEX;
    for (int c = take(lexer); c != '>'; c = take(lexer))
        if (hex_digit(c) < 0 && !is_space(c))
            return not_a_token(lexer, err);
    return YX_OK;
}

static void take_name(struct yx_pdf_lexer *lexer, struct yx_pdf_token *out)
{
    size_t len = 0;
    out->type = YX_PDF_NAME;
    while (is_regular(yx_pdf_lexer_peek(lexer))) {
        int c = take(lexer);
        int high = c == '#' ? hex_digit(yx_pdf_lexer_peek(lexer)) : -1;
        if (high >= 0) {
            take(lexer);
            int low = hex_digit(yx_pdf_lexer_peek(lexer));
            if (low >= 0)
                take(lexer);
            c = low >= 0 ? high * 16 + low : '#';
        }
        put(out, &len, c);
    }
}

/* An integer of at most 18 digits, a real, or a keyword. */
static void settle_word(struct yx_pdf_token *out, size_t len)
{
    const char *digits = out->text + (out->text[0] == '+' || out->text[0] == '-');
    size_t count = strspn(digits, "0123456789");
    out->type = YX_PDF_KEYWORD;
    if (digits[count] == '.' &&
        strspn(digits + count + 1, "0123456789") + count + 1 == strlen(digits))
        out->type = YX_PDF_REAL;
    if (count == 0 || digits[count] != 0 || len >= YX_PDF_WORD - 1)
        return;
    if (count > 18) {
        out->type = YX_PDF_REAL;
        return;
    }
    out->type = YX_PDF_INTEGER;
    out->integer = 0;
    for (size_t i = 0; i < count; i++)
        out->integer = out->integer * 10 + (digits[i] - '0');
    if (out->text[0] == '-')
        out->integer = -out->integer;
}

static yx_status take_word(struct yx_pdf_lexer *lexer, struct yx_pdf_token *out,
                           struct yx_error *err)
{
    size_t len = 0;
    if (!is_regular(yx_pdf_lexer_peek(lexer)))
        return not_a_token(lexer, err);
    while (is_regular(yx_pdf_lexer_peek(lexer)))
        put(out, &len, take(lexer));
    settle_word(out, len);
    return YX_OK;
}

/* "<<" or "<48656C>", ">>" */
static yx_status take_angle(struct yx_pdf_lexer *lexer, struct yx_pdf_token *out,
                            struct yx_error *err)
{
    int first = take(lexer);
    if (yx_pdf_lexer_peek(lexer) == first) {
        take(lexer);
        out->type = first == '<' ? YX_PDF_DICTIONARY_OPEN : YX_PDF_DICTIONARY_CLOSE;
        return YX_OK;
    }
    return first == '<' ? take_hex(lexer, out, err) : not_a_token(lexer, err);
}

static yx_status take_token(struct yx_pdf_lexer *lexer, int c, struct yx_pdf_token *out,
                            struct yx_error *err)
{
    switch (c) {
    case -1:
        out->type = YX_PDF_END;
        return lexer->failure.status == YX_OK ? YX_OK : not_a_token(lexer, err);
    case '(':
        return take_string(lexer, out, err);
    case '<':
    case '>':
        return take_angle(lexer, out, err);
    case '[':
    case ']':
        take(lexer);
        out->type = c == '[' ? YX_PDF_ARRAY_OPEN : YX_PDF_ARRAY_CLOSE;
        return YX_OK;
    case '/':
        take(lexer);
        take_name(lexer, out);
        return YX_OK;
    default:
        return take_word(lexer, out, err);
    }
}

yx_status yx_pdf_lexer_next(struct yx_pdf_lexer *lexer, struct yx_pdf_token *out,
                            struct yx_error *err)
{
    *out = (struct yx_pdf_token){.type = YX_PDF_END};
    for (;;) {
        int c = yx_pdf_lexer_peek(lexer);
        out->start = lexer->position;
        if (is_space(c)) {
            take(lexer);
            continue;
        }
        if (c == '%')
            take_comment(lexer, out);
        else
            YX_TRY(take_token(lexer, c, out, err));
        out->end = lexer->position;
        if (c != '%' || lexer->comments)
            return YX_OK;
        out->text[0] = 0;
    }
}

bool yx_pdf_token_number(const struct yx_pdf_token *token, double *out)
{
    const char *at = token->text + (token->text[0] == '-' || token->text[0] == '+');
    double value = 0, unit = 1;
    bool fraction = false;
    if (token->type != YX_PDF_INTEGER && token->type != YX_PDF_REAL)
        return false;
    for (; *at != 0; at++) {
        if (*at == '.') {
            fraction = true;
            continue;
        }
        value = value * 10 + (*at - '0');
        unit *= fraction ? 10 : 1;
    }
    *out = (token->text[0] == '-' ? -value : value) / unit;
    return true;
}

/* --- Values ------------------------------------------------------------------------------ */

bool yx_pdf_lexer_reference(struct yx_pdf_lexer *lexer, const struct yx_pdf_token *first,
                            struct yx_pdf_ref *out)
{
    struct yx_pdf_token generation, letter;
    uint64_t position = lexer->position;
    if (first->type == YX_PDF_INTEGER && first->integer >= 0 &&
        first->integer <= YX_PDF_OBJECTS_MAX &&
        yx_pdf_lexer_next(lexer, &generation, NULL) == YX_OK && generation.type == YX_PDF_INTEGER &&
        generation.integer >= 0 && generation.integer <= 65535 &&
        yx_pdf_lexer_next(lexer, &letter, NULL) == YX_OK && yx_pdf_is_keyword(&letter, "R")) {
        *out = (struct yx_pdf_ref){(int)first->integer, (int)generation.integer};
        return true;
    }
    lexer->position = position;
    return false;
}

static bool opens(enum yx_pdf_token_type type)
{
    return type == YX_PDF_ARRAY_OPEN || type == YX_PDF_DICTIONARY_OPEN;
}

/* The token that closes what this one opened. */
static enum yx_pdf_token_type closing(enum yx_pdf_token_type type)
{
    return type == YX_PDF_ARRAY_OPEN ? YX_PDF_ARRAY_CLOSE : YX_PDF_DICTIONARY_CLOSE;
}

/* Takes what stands up to the end of an array or dictionary. */
static yx_status take_nested(struct yx_pdf_lexer *lexer, enum yx_pdf_token_type first,
                             struct yx_error *err)
{
    enum yx_pdf_token_type open[DEPTH_MAX];
    size_t depth = 1;
    open[0] = first;
    while (depth > 0) {
        struct yx_pdf_token token;
        YX_TRY(yx_pdf_lexer_next(lexer, &token, err));
        bool closes = token.type == YX_PDF_ARRAY_CLOSE || token.type == YX_PDF_DICTIONARY_CLOSE;
        if ((closes && token.type != closing(open[depth - 1])) || token.type == YX_PDF_END ||
            (opens(token.type) && depth == DEPTH_MAX) || yx_pdf_is_keyword(&token, "endobj"))
            return not_a_token(lexer, err);
        if (opens(token.type))
            open[depth++] = token.type;
        depth -= closes;
    }
    return YX_OK;
}

static yx_status value_from(struct yx_pdf_lexer *lexer, const struct yx_pdf_token *first,
                            struct yx_pdf_value *out, struct yx_error *err)
{
    *out = (struct yx_pdf_value){.first = *first};
    if (first->type == YX_PDF_END || first->type == YX_PDF_ARRAY_CLOSE ||
        first->type == YX_PDF_DICTIONARY_CLOSE || first->type == YX_PDF_COMMENT)
        return not_a_token(lexer, err);
    if (opens(first->type))
        YX_TRY(take_nested(lexer, first->type, err));
    else
        out->is_reference = yx_pdf_lexer_reference(lexer, first, &out->ref);
    out->end = lexer->position;
    return YX_OK;
}

yx_status yx_pdf_lexer_value(struct yx_pdf_lexer *lexer, struct yx_pdf_value *out,
                             struct yx_error *err)
{
    struct yx_pdf_token first;
    YX_TRY(yx_pdf_lexer_next(lexer, &first, err));
    return value_from(lexer, &first, out, err);
}

yx_status yx_pdf_lexer_object(struct yx_pdf_lexer *lexer, struct yx_pdf_ref *out,
                              struct yx_error *err)
{
    struct yx_pdf_token id, generation, word;
    YX_TRY(yx_pdf_lexer_next(lexer, &id, err));
    YX_TRY(yx_pdf_lexer_next(lexer, &generation, err));
    YX_TRY(yx_pdf_lexer_next(lexer, &word, err));
    if (id.type != YX_PDF_INTEGER || generation.type != YX_PDF_INTEGER || id.integer < 1 ||
        id.integer > YX_PDF_OBJECTS_MAX || generation.integer < 0 || generation.integer > 65535 ||
        !yx_pdf_is_keyword(&word, "obj"))
        return yx_fail(err, YX_DAMAGED, "ISO 32000-1 7.3.10", N_("no object starts at byte {1}"),
                       YX_NUM(id.start));
    *out = (struct yx_pdf_ref){(int)id.integer, (int)generation.integer};
    return YX_OK;
}

/* --- Dictionaries and arrays ------------------------------------------------------------- */

/* The keys seen so far, to find one that stands twice. A cut name may equal another cut one; no
 * key of the standard is that long. */
struct seen {
    char keys[KEYS_MAX][YX_PDF_WORD];
    size_t count;
};

static bool seen_before(struct seen *seen, const char *key)
{
    for (size_t i = 0; i < seen->count; i++)
        if (strcmp(seen->keys[i], key) == 0)
            return true;
    snprintf(seen->keys[seen->count++], YX_PDF_WORD, "%s", key);
    return false;
}

yx_status yx_pdf_lexer_dictionary(struct yx_pdf_lexer *lexer, yx_pdf_entry_visitor *visit,
                                  void *context, struct yx_error *err)
{
    struct seen seen;
    seen.count = 0;
    for (;;) {
        struct yx_pdf_token key;
        struct yx_pdf_value value;
        YX_TRY(yx_pdf_lexer_next(lexer, &key, err));
        if (key.type == YX_PDF_DICTIONARY_CLOSE)
            return YX_OK;
        if (key.type != YX_PDF_NAME)
            return not_a_token(lexer, err);
        YX_REQUIRE(seen.count < KEYS_MAX, err, YX_DAMAGED, "ISO 32000-1 7.3.7",
                   N_("the dictionary before byte {1} has more than {2} keys"),
                   YX_NUM(lexer->position), YX_NUM(KEYS_MAX));
        YX_REQUIRE(!seen_before(&seen, key.text), err, YX_DAMAGED, "ISO 32000-1 7.3.7",
                   N_("the key /{1} stands twice in the dictionary before byte {2}"), key.text,
                   YX_NUM(lexer->position));
        YX_TRY(yx_pdf_lexer_value(lexer, &value, err));
        YX_TRY(visit(context, key.text, &value, err));
    }
}

yx_status yx_pdf_value_integers(const struct yx_source *source, const struct yx_pdf_value *value,
                                int64_t *out, size_t max, size_t *count, struct yx_error *err)
{
    struct yx_pdf_lexer lexer;
    struct yx_pdf_token token;
    yx_pdf_lexer_start(&lexer, source, value->first.start, value->end);
    YX_TRY(yx_pdf_lexer_next(&lexer, &token, err));
    YX_REQUIRE(token.type == YX_PDF_ARRAY_OPEN, err, YX_DAMAGED, "ISO 32000-1 7.3.6",
               N_("an array of integers is expected at byte {1}"), YX_NUM(value->first.start));
    for (*count = 0;; (*count)++) {
        YX_TRY(yx_pdf_lexer_next(&lexer, &token, err));
        if (token.type == YX_PDF_ARRAY_CLOSE)
            return YX_OK;
        YX_REQUIRE(token.type == YX_PDF_INTEGER && *count < max, err, YX_DAMAGED,
                   "ISO 32000-1 7.3.6", N_("an array of integers is expected at byte {1}"),
                   YX_NUM(value->first.start));
        out[*count] = token.integer;
    }
}
