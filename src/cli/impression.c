/* SPDX-License-Identifier: Apache-2.0 */
/* cli/impression.c - `yinxin seal extract` and `seal compare`: stamped impressions. */
#include <jansson.h>

#include "cli/cli.h"

/* A scan of A4 at 600 dots per inch takes some 100 MB as it comes out of the scanner. */
#define PICTURE_MAX ((size_t)256 * 1024 * 1024)

static yx_status read_number(const struct cli_args *args, const char *option, double min,
                             double max, double *out, struct yx_error *err)
{
    const char *text = cli_value(args, option);
    char least[32], most[32];

    if (text == NULL)
        return YX_OK;
    (void)snprintf(least, sizeof least, "%g", min);
    (void)snprintf(most, sizeof most, "%g", max);
    YX_REQUIRE(cli_decimal(text, '\0', out) != NULL && *out >= min && *out <= max, err, YX_USAGE,
               "", N_("--{1} takes a number from {2} to {3}, not {4}"), option, least, most, text);
    return YX_OK;
}

static yx_status read_size(const struct cli_args *args, double *out, struct yx_error *err)
{
    return read_number(args, "size", YX_IMPRESSION_MM_MIN, YX_IMPRESSION_MM_MAX, out, err);
}

static struct cli_short number_text(double number, int digits)
{
    struct cli_short out;

    (void)snprintf(out.text, sizeof out.text, "%.*f", digits, number);
    return out;
}
#define NUMBER(number, digits) (number_text(number, digits).text)

/* --- seal extract ------------------------------------------------------------------------ */

static yx_status read_point(const struct cli_args *args, struct yx_extract_request *request,
                            struct yx_error *err)
{
    const char *text = cli_value(args, "at"), *comma;
    double x, y;

    if (text == NULL)
        return YX_OK;
    comma = cli_decimal(text, ',', &x);
    YX_REQUIRE(comma != NULL && *comma == ',' && cli_decimal(comma + 1, '\0', &y) != NULL &&
                   x >= 0 && y >= 0,
               err, YX_USAGE, "", N_("--at takes X,Y in pixels, such as 1200,1800, not {1}"), text);
    request->has_point = true;
    request->x = (uint32_t)x;
    request->y = (uint32_t)y;
    return YX_OK;
}

static void show_extracted(const char *path, const struct yx_extracted *about)
{
    static const char *const shapes[] = {
        [YX_IMPRESSION_ROUND] = N_("{1}: a round seal, {2} x {3} pixels"),
        [YX_IMPRESSION_OVAL] = N_("{1}: an oval seal, {2} x {3} pixels"),
        [YX_IMPRESSION_SQUARE] = N_("{1}: a square seal, {2} x {3} pixels"),
    };

    cli_say(stdout, _(shapes[about->shape]), path, YX_NUM(about->width), YX_NUM(about->height));
    if (about->size > 0)
        cli_say(stdout, _(", {1} mm large"), CLI_MM(about->size));
    cli_say(stdout, _("; at {1},{2} of the scan, "), YX_NUM((about->left + about->right) / 2),
            YX_NUM((about->top + about->bottom) / 2));
    if (about->is_upright)
        cli_say(stdout, _("turned upright by {1} degrees\n"), NUMBER(-about->turned, 1));
    else
        cli_say(stdout, _("as it stood: nothing tells which way is up\n"));
    if (about->others > 0)
        cli_say(stdout, _("It is the largest; smaller red places: {1}\n"), YX_NUM(about->others));
}

static yx_status run_extract(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf scan = {0};
    YX_CLEAN(yx_buf) struct yx_buf png = {0};
    struct yx_extract_request request = {0};
    struct yx_extracted about;
    struct cli_drawing drawing;
    const char *out = cli_value(args, "o");

    YX_TRY(read_number(args, "dpi", 100, 4800, &request.dpi, err));
    YX_TRY(read_size(args, &request.size, err));
    YX_TRY(read_point(args, &request, err));
    YX_TRY(yx_file_read(args->operands[0], PICTURE_MAX, &scan, err));
    YX_TRY(cli_drawing_open(&drawing, err));
    YX_TRY(drawing.impression_extract(yx_buf_bytes(&scan), &request, &png, &about, err));
    YX_TRY(yx_file_write(out, false, yx_buf_bytes(&png), err));
    show_extracted(out, &about);
    return YX_OK;
}

static const struct cli_option extract_options[] = {
    {.name = "o", .value = "F", .help = N_("the PNG to write"), .required = true},
    {.name = "dpi",
     .value = "N",
     .help = N_("dots per inch of the scan, where it does not say so itself")},
    {.name = "size", .value = "MM", .help = N_("or how long the seal's longer side is")},
    {.name = "at",
     .value = "X,Y",
     .help = N_("the seal at this pixel of the scan; the largest unless given")},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_seal_extract = {
    .name = "seal extract",
    .operands = "SCAN",
    .summary = N_("cut a stamped seal out of a scanned or photographed page"),
    .details = N_("SCAN is a PNG, JPEG, TIFF, BMP or GIF. The red ink is taken, writing across it "
                  "is not; the seal is turned upright, and what is not ink is transparent."),
    .options = extract_options,
    .run = run_extract,
};

/* --- seal compare ------------------------------------------------------------------------ */

static json_t *object_of(const struct yx_comparison *found)
{
    return json_pack("{s:b, s:f, s:f, s:f, s:{s:f, s:f}, s:f, s:f, s:f, s:f, s:b}", "same",
                     found->same, "likeness", found->likeness, "agreement", found->agreement,
                     "hidden", found->hidden, "weakest", "x", found->weakest_x, "y",
                     found->weakest_y, "turned", found->turned, "scale", found->scale, "stretch",
                     found->stretch, "size", found->size, "size_known", found->size_known);
}

static yx_status show_json(const struct yx_comparison *found, struct yx_error *err)
{
    json_t *object = object_of(found);

    if (object == NULL)
        return yx_fail_memory(err);
    (void)json_dumpf(object, stdout, JSON_REAL_PRECISION(6));
    (void)putchar('\n');
    json_decref(object);
    return YX_OK;
}

/* A line for what was measured: its value, and in brackets what it had to be. */
static void show_measure(const char *name, double value, const char *sign, double limit)
{
    cli_pad(stdout, name, 16);
    cli_say(stdout, "{1}  ({2} {3})\n", NUMBER(value, 3), sign, NUMBER(limit, 2));
}

static void show_comparison(const struct yx_comparison *found,
                            const struct yx_compare_request *request)
{
    cli_say(stdout, found->same ? _("The same seal.\n") : _("Not the same seal.\n"));
    show_measure(_("Likeness"), found->likeness, ">=", request->likeness);
    show_measure(_("Agreement"), found->agreement, ">=", request->agreement);
    show_measure(_("Hidden"), found->hidden, "<=", YX_COMPARE_HIDDEN);
    show_measure(_("Stretch"), found->stretch, "<=", 1 + YX_COMPARE_STRETCH);
    cli_pad(stdout, _("Scale"), 16);
    cli_say(stdout, found->size_known ? _("{1}  (within {2} of 1)\n") : "{1}\n",
            NUMBER(found->scale, 3), NUMBER(YX_COMPARE_STRETCH, 2));
    cli_pad(stdout, _("Turned"), 16);
    cli_say(stdout, _("{1} degrees\n"), NUMBER(found->turned, 1));
    cli_pad(stdout, _("Least alike"), 16);
    cli_say(stdout, _("at {1},{2} of the first picture\n"), NUMBER(found->weakest_x, 0),
            NUMBER(found->weakest_y, 0));
}

static yx_status read_limits(const struct cli_args *args, struct yx_compare_request *request,
                             struct yx_error *err)
{
    *request = (struct yx_compare_request){.tolerance = YX_COMPARE_TOLERANCE,
                                           .agreement = YX_COMPARE_AGREEMENT,
                                           .likeness = YX_COMPARE_LIKENESS};
    YX_TRY(read_size(args, &request->size, err));
    YX_TRY(read_number(args, "tolerance", 0.05, 0.5, &request->tolerance, err));
    YX_TRY(read_number(args, "agreement", 0.01, 1, &request->agreement, err));
    return read_number(args, "likeness", 0.01, 1, &request->likeness, err);
}

static yx_status run_compare(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf first = {0};
    YX_CLEAN(yx_buf) struct yx_buf second = {0};
    YX_CLEAN(yx_buf) struct yx_buf difference = {0};
    struct yx_compare_request request;
    struct yx_comparison found;
    struct cli_drawing drawing;
    const char *out = cli_value(args, "o");

    YX_TRY(read_limits(args, &request, err));
    YX_TRY(yx_file_read(args->operands[0], PICTURE_MAX, &first, err));
    YX_TRY(yx_file_read(args->operands[1], PICTURE_MAX, &second, err));
    YX_TRY(cli_drawing_open(&drawing, err));
    YX_TRY(drawing.impression_compare(yx_buf_bytes(&first), yx_buf_bytes(&second), &request, &found,
                                      out == NULL ? NULL : &difference, err));
    if (out != NULL)
        YX_TRY(yx_file_write(out, false, yx_buf_bytes(&difference), err));
    args->verdict = found.same ? 0 : 1;
    if (cli_has(args, "json"))
        return show_json(&found, err);
    show_comparison(&found, &request);
    return YX_OK;
}

static const struct cli_option compare_options[] = {
    {.name = "o",
     .value = "F",
     .help = N_("write a PNG of the difference: ink of A alone red, of B alone blue")},
    {.name = "json", .help = N_("one JSON object")},
    {.name = "size",
     .value = "MM",
     .help = N_("how long the longer side of both is, where the pictures do not say so")},
    {.name = "tolerance", .value = "MM", .help = N_("how far ink may lie from ink; 0.2")},
    {.name = "likeness",
     .value = "N",
     .help = N_("how alike the least alike place must be, 0 to 1; 0.68")},
    {.name = "agreement",
     .value = "N",
     .help = N_("which share of the ink must lie within the tolerance; 0.95")},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_seal_compare = {
    .name = "seal compare",
    .operands = "A B",
    .summary = N_("tell whether two impressions come from one seal"),
    .details =
        N_("A and B are pictures of seals, or scans with one seal on them, however they are "
           "turned. Exit code 0: the same; 1: not the same, or refused. A difference of one stroke "
           "in a small digit needs clean scans and a higher --likeness, such as 0.93."),
    .options = compare_options,
    .run = run_compare,
};
