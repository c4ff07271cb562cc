/* SPDX-License-Identifier: Apache-2.0 */
/* outline.c - AbbreviatedData: the commands of a path become moves, lines and curves. */
#include <math.h>

#include "ofdpage/room.h"

struct tracer {
    struct yx_svg *out;
    struct yx_svg_point at, start; /* the current point, and where the subpath began */
    bool is_open;                  /* a move has been written for it */
    struct yx_error *err;
};

/* A line or curve that no move comes before starts where the last subpath was closed. */
static yx_status open_subpath(struct tracer *tracer)
{
    if (tracer->is_open)
        return YX_OK;
    tracer->is_open = true;
    tracer->start = tracer->at;
    return yx_svg_add(tracer->out, YX_SVG_MOVE, &tracer->at, tracer->err);
}

static yx_status trace_move(struct tracer *tracer, const double *v)
{
    tracer->at = (struct yx_svg_point){v[0], v[1]};
    tracer->is_open = false;
    return open_subpath(tracer);
}

static yx_status trace_line(struct tracer *tracer, const double *v)
{
    YX_TRY(open_subpath(tracer));
    tracer->at = (struct yx_svg_point){v[0], v[1]};
    return yx_svg_add(tracer->out, YX_SVG_LINE, &tracer->at, tracer->err);
}

static yx_status trace_cubic(struct tracer *tracer, const double *v)
{
    struct yx_svg_point points[3] = {{v[0], v[1]}, {v[2], v[3]}, {v[4], v[5]}};
    YX_TRY(open_subpath(tracer));
    tracer->at = points[2];
    return yx_svg_add(tracer->out, YX_SVG_CURVE, points, tracer->err);
}

static yx_status trace_quadratic(struct tracer *tracer, const double *v)
{
    double x = tracer->at.x, y = tracer->at.y;
    const double cubic[6] = {x + (v[0] - x) * 2 / 3,
                             y + (v[1] - y) * 2 / 3,
                             v[2] + (v[0] - v[2]) * 2 / 3,
                             v[3] + (v[1] - v[3]) * 2 / 3,
                             v[2],
                             v[3]};
    return trace_cubic(tracer, cubic);
}

static yx_status trace_arc(struct tracer *tracer, const double *v)
{
    const struct yx_svg_arc arc = {v[0], v[1], v[2], v[3] > 0, v[4] > 0};
    struct yx_svg_point from = tracer->at;
    YX_TRY(open_subpath(tracer));
    tracer->at = (struct yx_svg_point){v[5], v[6]};
    return yx_svg_add_arc(tracer->out, from, &arc, tracer->at, tracer->err);
}

static yx_status trace_close(struct tracer *tracer, const double *v)
{
    (void)v;
    if (!tracer->is_open)
        return YX_OK;
    tracer->at = tracer->start;
    tracer->is_open = false;
    return yx_svg_add(tracer->out, YX_SVG_CLOSE, NULL, tracer->err);
}

struct command {
    char letter;
    size_t count;
    yx_status (*trace)(struct tracer *tracer, const double *values);
};
static const struct command commands[] = {
    {'S', 2, trace_move},  {'M', 2, trace_move}, {'L', 2, trace_line},  {'Q', 4, trace_quadratic},
    {'B', 6, trace_cubic}, {'A', 7, trace_arc},  {'C', 0, trace_close},
};
#define OPERANDS_MAX 7

static const struct command *find_command(char letter)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (commands[i].letter == letter)
            return &commands[i];
    }
    return NULL;
}

/* true at the end, or when a command was read. */
static bool take_command(const char **text, const struct command **out, double *values)
{
    *text += strspn(*text, " \t\r\n,");
    *out = NULL;
    if (**text == '\0')
        return true;
    const struct command *command = find_command(**text);
    if (command == NULL)
        return false;
    (*text)++;
    for (size_t i = 0; i < command->count; i++) {
        if (!yx_ofd_next_number(text, &values[i]))
            return false;
    }
    *out = command;
    return true;
}

static yx_status trace(struct yx_ofd_reader *reader, struct tracer *tracer, const char *text)
{
    const struct command *command;
    double values[OPERANDS_MAX];
    for (;;) {
        const char *before = text;
        if (!take_command(&text, &command, values)) {
            char piece[24];
            (void)snprintf(piece, sizeof piece, "%s", before);
            yx_ofd_find(reader->book, N_("the path data \"{1}\" is not understood"), piece);
            return YX_OK;
        }
        if (command == NULL)
            return YX_OK;
        YX_TRY(command->trace(tracer, values));
    }
}

static struct yx_box find_extent(const struct yx_svg_point *points, size_t count)
{
    if (count == 0)
        return (struct yx_box){0, 0, 0, 0};
    double left = points[0].x, right = left, top = points[0].y, bottom = top;
    for (size_t i = 1; i < count; i++) {
        left = fmin(left, points[i].x);
        right = fmax(right, points[i].x);
        top = fmin(top, points[i].y);
        bottom = fmax(bottom, points[i].y);
    }
    return (struct yx_box){left, top, right - left, bottom - top};
}

static yx_status keep(struct yx_ofd_reader *reader, struct yx_ofd_outline *out)
{
    const struct yx_svg *scratch = &reader->book->scratch;
    struct yx_bytes verbs =
        yx_arena_bytes(reader->arena, YX_BYTES(scratch->verb_bytes.data, scratch->verb_bytes.len));
    struct yx_bytes points = yx_arena_bytes(
        reader->arena, YX_BYTES(scratch->point_bytes.data, scratch->point_bytes.len));
    if (verbs.data == NULL || points.data == NULL)
        return yx_ofd_fail_arena(reader->arena, reader->err);
    out->verbs = verbs.data;
    out->verb_count = verbs.len;
    out->points = (const struct yx_svg_point *)(const void *)points.data;
    out->point_count = points.len / sizeof *out->points;
    out->extent = find_extent(out->points, out->point_count);
    return YX_OK;
}

yx_status yx_ofd_read_outline(struct yx_ofd_reader *reader, const struct yx_xml *element,
                              struct yx_ofd_outline *out)
{
    struct yx_svg *scratch = &reader->book->scratch;
    const char *text = yx_xml_child_text(element, "AbbreviatedData");
    struct yx_error why;
    struct tracer tracer = {.out = scratch, .err = &why};
    scratch->verb_bytes.len = 0;
    scratch->point_bytes.len = 0;
    yx_status status = text == NULL ? YX_OK : trace(reader, &tracer, text);
    if (status == YX_REFUSED)
        yx_ofd_find(reader->book,
                    N_("a path has too many points, or leads too far; it ends there"));
    else if (status != YX_OK)
        return yx_fail_memory(reader->err);
    out->even_odd = yx_ofd_is(element, "Rule", "Even-Odd");
    return keep(reader, out);
}
