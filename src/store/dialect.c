/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dialect.c - the words of a migration in the words of a database: {blob}, {serial}, INTEGER, and
 * what stands behind a table. Quoted text and comments stay as they are.
 */
#include <ctype.h>
#include <strings.h>

#include "store/room.h"

struct translation {
    const struct yx_dialect *dialect;
    struct yx_buf *out;
    size_t statement; /* where the current one begins in `out` */
};

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static size_t word_length(const char *sql)
{
    size_t len = 0;

    while (is_word(sql[len]))
        len++;
    return len;
}

/* Quoted text with its end, a comment with its line end; 0 when `sql` starts with neither. */
static size_t literal_length(const char *sql)
{
    const char *end;

    if (sql[0] == '\'' || sql[0] == '"')
        end = strchr(sql + 1, sql[0]);
    else if (sql[0] == '-' && sql[1] == '-')
        end = strchr(sql, '\n');
    else
        return 0;
    return end == NULL ? strlen(sql) : (size_t)(end - sql) + 1;
}

/* What stands for the words at `sql`, and how many characters it replaces; NULL: they stay. */
static const char *replacement(const struct yx_dialect *dialect, const char *sql, size_t *len)
{
    const struct {
        const char *word;
        const char *means;
    } words[] = {{"{blob}", dialect->blob},
                 {"{serial}", dialect->serial},
                 {"INTEGER", dialect->integer},
                 {"BIGINT", dialect->integer}};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        *len = strlen(words[i].word);
        if (strncasecmp(sql, words[i].word, *len) == 0 &&
            (words[i].word[0] == '{' || !is_word(sql[*len])))
            return words[i].means;
    }
    return NULL;
}

/* Is what `out` holds of the current statement CREATE TABLE ... )? */
static bool ends_table(const struct translation *t)
{
    static const char table[] = "CREATE TABLE";
    size_t begin = t->statement, end = t->out->len;
    const char *text = (const char *)t->out->data;

    while (begin < end && isspace((unsigned char)text[begin]))
        begin++;
    while (end > begin && isspace((unsigned char)text[end - 1]))
        end--;
    return end - begin > sizeof table && strncasecmp(text + begin, table, sizeof table - 1) == 0 &&
           text[end - 1] == ')';
}

static yx_status end_statement(struct translation *t)
{
    if (ends_table(t))
        YX_TRY(yx_buf_append_text(t->out, t->dialect->table_end));
    return YX_OK;
}

/* Translates what `sql` starts with; `*used` says how much that is. */
static yx_status step(struct translation *t, const char *sql, size_t *used)
{
    const char *means;

    *used = literal_length(sql);
    if (*used > 0)
        return yx_buf_append(t->out, YX_BYTES(sql, *used));
    means = replacement(t->dialect, sql, used);
    if (means != NULL)
        return yx_buf_append_text(t->out, means);
    *used = word_length(sql);
    if (*used > 0)
        return yx_buf_append(t->out, YX_BYTES(sql, *used));
    *used = 1;
    if (*sql == ';')
        YX_TRY(end_statement(t));
    YX_TRY(yx_buf_append(t->out, YX_BYTES(sql, 1)));
    if (*sql == ';')
        t->statement = t->out->len;
    return YX_OK;
}

static yx_status translate(struct translation *t, const char *sql)
{
    size_t used;

    for (; *sql != '\0'; sql += used)
        YX_TRY(step(t, sql, &used));
    YX_TRY(end_statement(t));
    return yx_buf_append(t->out, YX_BYTES("", 1));
}

yx_status yx_dialect_translate(const struct yx_dialect *dialect, const char *sql,
                               struct yx_buf *out, struct yx_error *err)
{
    struct translation t = {.dialect = dialect, .out = out, .statement = out->len};

    return translate(&t, sql) == YX_OK ? YX_OK : yx_fail_memory(err);
}
