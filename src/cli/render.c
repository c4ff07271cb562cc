/* SPDX-License-Identifier: Apache-2.0 */
/* cli/render.c - `yinxin render` and `yinxin convert`: pages as pictures, documents as PDF. */
#include "cli/cli.h"

#define DPI_USUAL 150
#define DPI_MIN 10
#define DPI_MAX 1200
#define SECONDS_USUAL 60
#define SECONDS_MAX 3600

/* What is not as the document asks goes to stderr: the picture is made all the same. What concerns
 * the whole document has no page. */
static void tell(void *self, uint32_t page, const struct yx_message *message)
{
    char text[600];
    const char *file = self;
    yx_message_render(message, cli_translate, text, sizeof text);
    if (page == 0)
        cli_say(stderr, "{1}: {2}\n", file, text);
    else
        cli_say(stderr, _("{1}, page {2}: {3}\n"), file, YX_NUM(page), text);
}

static yx_status read_options(const struct cli_args *args, struct yx_page_options *out,
                              struct yx_error *err)
{
    int64_t document = 1, dpi = DPI_USUAL, seconds = SECONDS_USUAL;
    YX_TRY(cli_int(args, "document", 1, INT32_MAX, &document, err));
    YX_TRY(cli_int(args, "dpi", DPI_MIN, DPI_MAX, &dpi, err));
    YX_TRY(cli_int(args, "timeout", 1, SECONDS_MAX, &seconds, err));
    *out = (struct yx_page_options){.document = (uint32_t)document,
                                    .dpi = (double)dpi,
                                    .milliseconds = (uint32_t)seconds * 1000,
                                    .found = tell,
                                    .self = (void *)(uintptr_t)args->operands[0]};
    return YX_OK;
}

static yx_status commit(struct yx_sink *sink, const char *out, struct yx_error *err)
{
    uint64_t size = yx_sink_size(sink);
    YX_TRY(yx_sink_commit(sink, err));
    cli_say(stdout, "{1}: {2}\n", out, CLI_SIZE(size));
    return YX_OK;
}

static yx_status run_render(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    const char *out = cli_value(args, "o");
    struct cli_drawing drawing;
    struct yx_page_options options;
    yx_draw_format format;
    int64_t page = 1;

    YX_TRY(cli_draw_format(out, &format, err));
    YX_TRY(cli_int(args, "page", 1, INT32_MAX, &page, err));
    YX_TRY(read_options(args, &options, err));
    YX_TRY(yx_source_open(args->operands[0], &source, err));
    YX_TRY(cli_drawing_open(&drawing, err));
    YX_TRY(yx_sink_file(out, false, &sink, err));
    YX_TRY(drawing.page_draw(source, (uint32_t)page, format, &options, sink, err));
    return commit(sink, out, err);
}

static yx_status run_convert(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    const char *out = cli_value(args, "o");
    struct cli_drawing drawing;
    struct yx_page_options options;
    yx_draw_format format;

    YX_TRY(cli_draw_format(out, &format, err));
    YX_REQUIRE(format == YX_DRAW_PDF, err, YX_USAGE, "",
               N_("{1} does not end in .pdf: a document becomes a PDF, a page a picture"), out);
    YX_TRY(read_options(args, &options, err));
    YX_TRY(yx_source_open(args->operands[0], &source, err));
    YX_TRY(cli_drawing_open(&drawing, err));
    YX_TRY(yx_sink_file(out, false, &sink, err));
    YX_TRY(drawing.document_convert(source, &options, sink, err));
    return commit(sink, out, err);
}

#define DOCUMENT_OPTION                                                         \
    {                                                                           \
        .name = "document", .value = "N",                                       \
        .help = N_("which document of a package that holds several; the first") \
    }
#define TIMEOUT_OPTION                                               \
    {                                                                \
        .name = "timeout", .value = "S",                             \
        .help = N_("give up after so many seconds; 60 unless given") \
    }

static const struct cli_option render_options[] = {
    {.name = "page", .value = "N", .help = N_("which page; the first")},
    {.name = "dpi", .value = "N", .help = N_("dots per inch of a PNG; 150 unless given")},
    DOCUMENT_OPTION,
    TIMEOUT_OPTION,
    {.name = "o",
     .value = "F",
     .help = N_("the picture to write: .png, .svg or .pdf"),
     .required = true},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_render = {
    .name = "render",
    .operands = "FILE",
    .summary = N_("draw a page of an OFD document"),
    .details = N_("The page is drawn with its annotations and seals, whether or not the seals "
                  "hold: `yinxin verify` tells that. What the document names and does not hold is "
                  "left out, and said on stderr."),
    .options = render_options,
    .run = run_render,
};

static const struct cli_option convert_options[] = {
    {.name = "dpi",
     .value = "N",
     .help = N_("dots per inch of pictures that are finer; 150 unless given")},
    DOCUMENT_OPTION,
    TIMEOUT_OPTION,
    {.name = "o", .value = "F", .help = N_("the PDF to write"), .required = true},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_convert = {
    .name = "convert",
    .operands = "FILE",
    .summary = N_("make a PDF of an OFD document"),
    .details = N_("Text stays text and lines stay lines. Signatures are shown as what they look "
                  "like; they do not sign the PDF."),
    .options = convert_options,
    .run = run_convert,
};
