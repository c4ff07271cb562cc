/* SPDX-License-Identifier: Apache-2.0 */
/* row.c - values that go into statements, and rows that come out. */
#include "store/room.h"

/* --- Values ------------------------------------------------------------------------------ */

struct yx_value yx_value_null(void)
{
    return (struct yx_value){.kind = YX_VALUE_NULL};
}

struct yx_value yx_value_integer(int64_t integer)
{
    return (struct yx_value){.kind = YX_VALUE_INTEGER, .integer = integer};
}

struct yx_value yx_value_text_bytes(struct yx_bytes text)
{
    return (struct yx_value){.kind = YX_VALUE_TEXT, .bytes = text};
}

struct yx_value yx_value_text(const char *text)
{
    return text == NULL ? yx_value_null() : yx_value_text_bytes(YX_TEXT(text));
}

struct yx_value yx_value_blob(struct yx_bytes bytes)
{
    return (struct yx_value){.kind = YX_VALUE_BLOB, .bytes = bytes};
}

struct yx_value yx_value_time(yx_time time)
{
    return time == YX_TIME_NONE ? yx_value_null() : yx_value_integer(time);
}

/* --- Rows -------------------------------------------------------------------------------- */

bool yx_reader_give(struct yx_reader *reader, const struct yx_value *cells, int count)
{
    struct yx_row row = {.cells = cells, .count = count, .mistaken = &reader->mistaken};

    reader->status = reader->each(reader->self, &row, reader->err);
    return reader->status == YX_OK && !reader->mistaken;
}

/* The cell of this kind; NULL when it is SQL's NULL, or a mistake. */
static const struct yx_value *cell(const struct yx_row *row, int column, enum yx_value_kind kind)
{
    const struct yx_value *found;

    if (column < 0 || column >= row->count) {
        *row->mistaken = true;
        return NULL;
    }
    found = &row->cells[column];
    if (found->kind == kind)
        return found;
    if (found->kind != YX_VALUE_NULL)
        *row->mistaken = true;
    return NULL;
}

bool yx_row_is_null(const struct yx_row *row, int column)
{
    if (column < 0 || column >= row->count) {
        *row->mistaken = true;
        return true;
    }
    return row->cells[column].kind == YX_VALUE_NULL;
}

int64_t yx_row_integer(const struct yx_row *row, int column)
{
    const struct yx_value *found = cell(row, column, YX_VALUE_INTEGER);
    return found == NULL ? 0 : found->integer;
}

const char *yx_row_text(const struct yx_row *row, int column)
{
    const struct yx_value *found = cell(row, column, YX_VALUE_TEXT);
    return found == NULL ? NULL : (const char *)found->bytes.data;
}

struct yx_bytes yx_row_blob(const struct yx_row *row, int column)
{
    const struct yx_value *found = cell(row, column, YX_VALUE_BLOB);
    return found == NULL ? YX_BYTES(NULL, 0) : found->bytes;
}

yx_time yx_row_time(const struct yx_row *row, int column)
{
    const struct yx_value *found = cell(row, column, YX_VALUE_INTEGER);
    return found == NULL ? YX_TIME_NONE : found->integer;
}
