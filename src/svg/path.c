/* SPDX-License-Identifier: Apache-2.0 */
/* path.c - path data (SVG 1.1 8.3): every command becomes moves, lines and cubic curves. */
#include "svg/parts.h"

/* Where the reading of one path stands. */
struct reader {
    const char *at;
    struct yx_svg *out;
    struct yx_error *err;
    struct yx_svg_point now, start; /* the current point; where the subpath began */
    struct yx_svg_point control;    /* the last one, for a smooth curve behind it */
    char last;                      /* the last command, upper case; 0: none */
    bool is_relative;
};

/* The pair of values at `v` as a point. */
static struct yx_svg_point point_of(const struct reader *reader, const double *v)
{
    double x = reader->is_relative ? reader->now.x : 0;
    double y = reader->is_relative ? reader->now.y : 0;
    return (struct yx_svg_point){x + v[0], y + v[1]};
}

static struct yx_svg_point mirrored(const struct reader *reader, const char *after)
{
    if (reader->last == '\0' || strchr(after, reader->last) == NULL)
        return reader->now;
    return (struct yx_svg_point){2 * reader->now.x - reader->control.x,
                                 2 * reader->now.y - reader->control.y};
}

/* Behind a closed subpath another begins at the same place. */
static yx_status reopen(struct reader *reader)
{
    return reader->last == 'Z' ? yx_svg_add(reader->out, YX_SVG_MOVE, &reader->now, reader->err)
                               : YX_OK;
}

/* --- The commands ------------------------------------------------------------------------ */

static yx_status draw_move(struct reader *reader, const double *v)
{
    reader->now = reader->start = point_of(reader, v);
    return yx_svg_add(reader->out, YX_SVG_MOVE, &reader->now, reader->err);
}

static yx_status line_to(struct reader *reader, struct yx_svg_point to)
{
    YX_TRY(reopen(reader));
    reader->now = to;
    return yx_svg_add(reader->out, YX_SVG_LINE, &to, reader->err);
}

static yx_status draw_line(struct reader *reader, const double *v)
{
    return line_to(reader, point_of(reader, v));
}

static yx_status draw_horizontal(struct reader *reader, const double *v)
{
    const double pair[2] = {v[0], reader->is_relative ? 0 : reader->now.y};
    return line_to(reader, point_of(reader, pair));
}

static yx_status draw_vertical(struct reader *reader, const double *v)
{
    const double pair[2] = {reader->is_relative ? 0 : reader->now.x, v[0]};
    return line_to(reader, point_of(reader, pair));
}

static yx_status curve_to(struct reader *reader, struct yx_svg_point first,
                          struct yx_svg_point second, struct yx_svg_point to)
{
    const struct yx_svg_point points[3] = {first, second, to};
    YX_TRY(reopen(reader));
    reader->control = second;
    reader->now = to;
    return yx_svg_add(reader->out, YX_SVG_CURVE, points, reader->err);
}

static yx_status draw_curve(struct reader *reader, const double *v)
{
    return curve_to(reader, point_of(reader, v), point_of(reader, v + 2), point_of(reader, v + 4));
}

static yx_status draw_smooth(struct reader *reader, const double *v)
{
    return curve_to(reader, mirrored(reader, "CS"), point_of(reader, v), point_of(reader, v + 2));
}

/* A quadratic curve is a cubic one whose control points lie two thirds of the way. */
static yx_status quadratic_to(struct reader *reader, struct yx_svg_point control,
                              struct yx_svg_point to)
{
    struct yx_svg_point from = reader->now;
    struct yx_svg_point first = {from.x + (control.x - from.x) * 2 / 3,
                                 from.y + (control.y - from.y) * 2 / 3};
    struct yx_svg_point second = {to.x + (control.x - to.x) * 2 / 3,
                                  to.y + (control.y - to.y) * 2 / 3};
    YX_TRY(curve_to(reader, first, second, to));
    reader->control = control;
    return YX_OK;
}

static yx_status draw_quadratic(struct reader *reader, const double *v)
{
    return quadratic_to(reader, point_of(reader, v), point_of(reader, v + 2));
}

static yx_status draw_smooth_quadratic(struct reader *reader, const double *v)
{
    return quadratic_to(reader, mirrored(reader, "QT"), point_of(reader, v));
}

static yx_status draw_arc(struct reader *reader, const double *v)
{
    struct yx_svg_arc arc = {
        .rx = v[0], .ry = v[1], .turn = v[2], .large = v[3] != 0, .sweep = v[4] != 0};
    struct yx_svg_point from = reader->now;
    YX_TRY(reopen(reader));
    reader->now = point_of(reader, v + 5);
    return yx_svg_add_arc(reader->out, from, &arc, reader->now, reader->err);
}

static yx_status draw_close(struct reader *reader, const double *v)
{
    (void)v;
    reader->now = reader->start;
    return reader->last == 'Z' ? YX_OK : yx_svg_add(reader->out, YX_SVG_CLOSE, NULL, reader->err);
}

enum { VALUES_MAX = 7 };

static const struct command {
    char letter;
    uint8_t values;
    uint8_t flags; /* which of the values are one digit, as a set of bits */
    yx_status (*draw)(struct reader *reader, const double *values);
} commands[] = {
    {'M', 2, 0, draw_move},
    {'L', 2, 0, draw_line},
    {'H', 1, 0, draw_horizontal},
    {'V', 1, 0, draw_vertical},
    {'C', 6, 0, draw_curve},
    {'S', 4, 0, draw_smooth},
    {'Q', 4, 0, draw_quadratic},
    {'T', 2, 0, draw_smooth_quadratic},
    {'A', 7, 1 << 3 | 1 << 4, draw_arc},
    {'Z', 0, 0, draw_close},
};

/* --- The data ---------------------------------------------------------------------------- */

static const struct command *find_command(char letter)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if ((letter & ~0x20) == commands[i].letter)
            return &commands[i];
    }
    return NULL;
}

/* "0 01.5" are two flags and a number. */
static bool take_flag(const char **at, double *out)
{
    if (**at != '0' && **at != '1')
        return false;
    *out = *(*at)++ == '1';
    return true;
}

static bool take_values(struct reader *reader, const struct command *command, double *values)
{
    for (unsigned i = 0; i < command->values; i++) {
        bool is_flag = (command->flags >> i & 1) != 0;
        if (!(is_flag ? take_flag(&reader->at, &values[i])
                      : yx_svg_number(&reader->at, &values[i])))
            return false;
        if (i + 1u < command->values)
            yx_svg_skip_comma(&reader->at);
    }
    return true;
}

static bool starts_number(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.';
}

/* A command with all the sets of values behind it; those behind the first of a move are lines. */
static yx_status read_command(struct reader *reader, const struct command *command, const char *d)
{
    double values[VALUES_MAX] = {0};
    bool again;
    yx_svg_skip_space(&reader->at);
    do {
        if (!take_values(reader, command, values))
            return yx_svg_fail_value("d", d, reader->err);
        YX_TRY(command->draw(reader, values));
        reader->last = command->letter;
        const char *next = reader->at;
        yx_svg_skip_comma(&next);
        again = command->values > 0 && starts_number(*next);
        reader->at = again ? next : reader->at;
        command = command->letter == 'M' ? find_command('L') : command;
    } while (again);
    yx_svg_skip_space(&reader->at);
    return YX_OK;
}

yx_status yx_svg_add_path(struct yx_svg *out, const char *d, struct yx_error *err)
{
    struct reader reader = {.at = d, .out = out, .err = err};
    yx_svg_skip_space(&reader.at);
    if (strcmp(reader.at, "none") == 0)
        return YX_OK;
    while (*reader.at != '\0') {
        char letter = *reader.at;
        const struct command *command = find_command(letter);
        if (command == NULL || (reader.last == '\0' && command->letter != 'M'))
            return yx_svg_fail_value("d", d, err);
        reader.is_relative = (letter & 0x20) != 0;
        reader.at++;
        YX_TRY(read_command(&reader, command, d));
    }
    return YX_OK;
}
