/* SPDX-License-Identifier: Apache-2.0 */
/* cli/seal_draw.c - `yinxin seal draw`: the picture of a seal. */
#include <stdlib.h>
#include <strings.h>

#include "cli/cli.h"

#define DPI_USUAL 300
#define DPI_MIN 72
#define DPI_MAX 2400

/* --- Words ------------------------------------------------------------------------------- */

static const char *const kinds[] = {
    [YX_FACE_OFFICIAL] = "official", [YX_FACE_SPECIAL] = "special", [YX_FACE_OVAL] = "oval",
    [YX_FACE_SQUARE] = "square",     [YX_FACE_NAME] = "name",
};

static const struct {
    const char *name;
    struct yx_colour ink;
} inks[] = {
    {"red", {0xe6, 0x00, 0x12}},
    {"blue", {0x00, 0x3c, 0xa6}},
    {"black", {0x00, 0x00, 0x00}},
};

static const struct {
    const char *ending;
    yx_draw_format format;
} formats[] = {
    {".png", YX_DRAW_PNG},
    {".svg", YX_DRAW_SVG},
    {".pdf", YX_DRAW_PDF},
};

yx_status cli_draw_format(const char *path, yx_draw_format *out, struct yx_error *err)
{
    size_t len = strlen(path);

    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t ending = strlen(formats[i].ending);

        if (len > ending && strcasecmp(path + len - ending, formats[i].ending) == 0) {
            *out = formats[i].format;
            return YX_OK;
        }
    }
    return yx_fail(err, YX_USAGE, "", N_("{1} ends in neither .png nor .svg nor .pdf"), path);
}

static yx_status read_ink(const struct cli_args *args, struct yx_colour *out, struct yx_error *err)
{
    const char *text = cli_value(args, "ink");
    unsigned long digits;

    if (text == NULL)
        return YX_OK;
    for (size_t i = 0; i < sizeof inks / sizeof *inks; i++)
        if (strcmp(text, inks[i].name) == 0) {
            *out = inks[i].ink;
            return YX_OK;
        }
    YX_REQUIRE(strlen(text) == 6 && strspn(text, "0123456789abcdefABCDEF") == 6, err, YX_USAGE, "",
               N_("--ink takes red, blue, black or six digits RRGGBB, not {1}"), text);
    digits = strtoul(text, NULL, 16);
    *out = (struct yx_colour){(uint8_t)(digits >> 16), (uint8_t)(digits >> 8), (uint8_t)digits};
    return YX_OK;
}

/* --- Where to start from ----------------------------------------------------------------- */

static bool is_wanted(const struct yx_face_preset *preset, const char *kind, const char *name)
{
    return kind != NULL ? strcmp(kinds[preset->face.kind], kind) == 0
                        : strcmp(preset->name, name) == 0;
}

static yx_status fail_unknown(const struct yx_face_preset *presets, size_t count, const char *name,
                              struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf list = {0};

    for (size_t i = 0; i < count; i++)
        if (yx_buf_printf(&list, "%s%s", i > 0 ? ", " : "", presets[i].name) != YX_OK)
            return yx_fail_memory(err);
    if (yx_buf_append(&list, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    return yx_fail(err, YX_USAGE, "", N_("there is no preset {1}; there are {2}"), name,
                   (const char *)list.data);
}

static yx_status read_preset(const struct cli_args *args, const struct cli_drawing *drawing,
                             struct yx_face *out, struct yx_error *err)
{
    const char *kind = cli_value(args, "kind"), *name = cli_value(args, "preset");
    size_t count;
    const struct yx_face_preset *presets = drawing->face_presets(&count);

    YX_REQUIRE((kind == NULL) != (name == NULL), err, YX_USAGE, "",
               N_("give either --kind or --preset"));
    for (size_t i = 0; i < count; i++)
        if (is_wanted(&presets[i], kind, name)) {
            *out = presets[i].face;
            return YX_OK;
        }
    YX_REQUIRE(kind == NULL, err, YX_USAGE, "",
               N_("--kind takes official, special, oval, square or name, not {1}"), kind);
    return fail_unknown(presets, count, name, err);
}

/* --- What differs from it ---------------------------------------------------------------- */

static yx_status read_mm(const struct cli_args *args, const char *option, double *out,
                         struct yx_error *err)
{
    const char *text = cli_value(args, option);

    YX_REQUIRE(text == NULL || cli_decimal(text, '\0', out) != NULL, err, YX_USAGE, "",
               N_("--{1} takes millimetres, such as 1.2, not {2}"), option, text);
    return YX_OK;
}

/* A name of width 0 is as wide as it needs to be. */
static double shorter_side(const struct yx_face *face)
{
    return face->width > 0 && face->width < face->height ? face->width : face->height;
}

/* "45x30", or one number: the height of a name, the width of the others, which keep their
 * proportions. Ring and emblem grow along. */
static yx_status read_size(const struct cli_args *args, struct yx_face *face, struct yx_error *err)
{
    const char *text = cli_value(args, "size"), *cross;
    double old = shorter_side(face), proportion = face->height / face->width;

    if (text == NULL)
        return YX_OK;
    cross = cli_decimal(text, 'x', &face->width);
    YX_REQUIRE(
        cross != NULL && (*cross == '\0' || cli_decimal(cross + 1, '\0', &face->height) != NULL),
        err, YX_USAGE, "", N_("--size takes millimetres, such as 42 or 40x30, not {1}"), text);
    if (*cross == '\0' && face->kind == YX_FACE_NAME) {
        face->height = face->width;
        face->width = 0;
    } else if (*cross == '\0') {
        face->height = face->width * proportion;
    }
    face->ring *= shorter_side(face) / old;
    face->emblem_size *= shorter_side(face) / old;
    return YX_OK;
}

static yx_status read_emblem(const struct cli_args *args, struct yx_face *face,
                             struct yx_buf *picture, struct yx_error *err)
{
    const char *text = cli_value(args, "emblem");

    if (text == NULL)
        return YX_OK;
    if (strcmp(text, "none") == 0) {
        face->emblem = YX_EMBLEM_NONE;
        return YX_OK;
    }
    if (face->emblem_size == 0)
        face->emblem_size = face->height / 3;
    face->emblem = strcmp(text, "star") == 0 ? YX_EMBLEM_STAR : YX_EMBLEM_PICTURE;
    if (face->emblem == YX_EMBLEM_STAR)
        return YX_OK;
    YX_TRY(yx_file_read(text, CLI_FILE_MAX, picture, err));
    face->emblem_svg = yx_buf_bytes(picture);
    return YX_OK;
}

static yx_status read_wear(const struct cli_args *args, struct yx_face *face, struct yx_error *err)
{
    int64_t wear = 0, seed = 1;

    YX_TRY(cli_int(args, "wear", 0, 100, &wear, err));
    YX_TRY(cli_int(args, "seed", 0, INT32_MAX, &seed, err));
    face->wear = (unsigned)wear;
    face->seed = (uint64_t)seed;
    return YX_OK;
}

static yx_status read_face(const struct cli_args *args, const struct cli_drawing *drawing,
                           struct yx_face *face, struct yx_buf *picture, struct yx_error *err)
{
    YX_TRY(read_preset(args, drawing, face, err));
    face->text = cli_value(args, "text");
    face->line = cli_value(args, "line");
    face->code = cli_value(args, "code");
    face->letters_cut = cli_has(args, "cut");
    if (cli_has(args, "font"))
        face->font = cli_value(args, "font");
    YX_TRY(read_size(args, face, err));
    YX_TRY(read_mm(args, "ring", &face->ring, err));
    YX_TRY(read_emblem(args, face, picture, err));
    YX_TRY(read_mm(args, "emblem-size", &face->emblem_size, err));
    YX_TRY(read_ink(args, &face->ink, err));
    return read_wear(args, face, err);
}

/* --- The command ------------------------------------------------------------------------- */

static yx_status run_draw(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf picture = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    const char *out = cli_value(args, "o");
    struct cli_drawing drawing;
    struct yx_face face = {0};
    yx_draw_format format;
    int64_t dpi = DPI_USUAL;
    double width, height;
    uint64_t size;

    YX_TRY(cli_draw_format(out, &format, err));
    YX_TRY(cli_int(args, "dpi", DPI_MIN, DPI_MAX, &dpi, err));
    YX_TRY(cli_drawing_open(&drawing, err));
    YX_TRY(read_face(args, &drawing, &face, &picture, err));
    YX_TRY(yx_sink_file(out, false, &sink, err));
    YX_TRY(drawing.face_draw(&face, format, (double)dpi, sink, &width, &height, err));
    size = yx_sink_size(sink);
    YX_TRY(yx_sink_commit(sink, err));
    cli_say(stdout, _("{1}: {2} x {3} mm, {4}\n"), out, CLI_MM(width), CLI_MM(height),
            CLI_SIZE(size));
    return YX_OK;
}

static const struct cli_option draw_options[] = {
    {.name = "kind",
     .value = "K",
     .help = N_("official, special, oval, square or name, in its usual size")},
    {.name = "preset", .value = "P", .help = N_("or one of the sizes below")},
    {.name = "text", .value = "T", .help = N_("the name that the seal shows"), .required = true},
    {.name = "line", .value = "T", .help = N_("the line below the middle, such as 财务专用章")},
    {.name = "code", .value = "N", .help = N_("the code on the lower arc, or across an oval")},
    {.name = "size",
     .value = "MM",
     .help = N_("42, or width and height as 40x30; of a name, one number is its height")},
    {.name = "ring", .value = "MM", .help = N_("how thick the ring or frame is; 0: none")},
    {.name = "emblem", .value = "E", .help = N_("star, none, or an SVG file")},
    {.name = "emblem-size", .value = "MM", .help = N_("how large the emblem is")},
    {.name = "font", .value = "T", .help = N_("family of the letters; 宋体 unless given")},
    {.name = "ink", .value = "C", .help = N_("red, blue, black, or a colour as RRGGBB")},
    {.name = "cut", .help = N_("letters without ink on a ground of ink (白文)")},
    {.name = "dpi", .value = "N", .help = N_("dots per inch of a PNG; 300 unless given")},
    {.name = "wear", .value = "N", .help = N_("0 to 100: take ink away as from an old stamp")},
    {.name = "seed", .value = "N", .help = N_("another number, another wear")},
    {.name = "o",
     .value = "F",
     .help = N_("the picture to write: .png, .svg or .pdf"),
     .required = true},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_seal_draw = {
    .name = "seal draw",
    .operands = "",
    .summary = N_("draw the picture of a seal"),
    .details = N_("Presets, by kind and millimetres: official-45, official-42, official-40, "
                  "official-38; special-58, special-40, special-38; invoice; square-25, square-20, "
                  "square-18; name. What has no ink is transparent."),
    .options = draw_options,
    .run = run_draw,
};
