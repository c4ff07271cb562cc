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

/* --- Pages ------------------------------------------------------------------------------- */

/* An opened document, and the pages of it that are wanted. */
struct pages {
    struct cli_drawing drawing;
    struct yx_view *view;
    yx_draw_format format;
    const char *out;
    uint32_t first, last;
};

static void close_pages(const struct pages *pages)
{
    if (pages->view != NULL)
        pages->drawing.view_free(pages->view);
}
YX_DEFINE_CLEAN_VALUE(pages, struct pages, close_pages);

/* Without --page the first; "all" and too many are known once the document is open. */
static yx_status choose(struct pages *pages, const struct cli_args *args, struct yx_error *err)
{
    uint32_t count = pages->drawing.view_page_count(pages->view);

    if (pages->first == 0) {
        pages->first = 1;
        pages->last = cli_has(args, "page") ? count : 1;
    }
    YX_REQUIRE(pages->last <= count, err, YX_REFUSED, "",
               N_("there is no page {1}; the document has {2}"), YX_NUM(pages->last),
               YX_NUM(count));
    return YX_OK;
}

/* One page goes to the file as it is named; of several, each has its number before the ending, as
 * long as the last's, so that they stand in order. */
static yx_status page_path(const struct pages *pages, uint32_t page, struct yx_buf *out,
                           struct yx_error *err)
{
    const char *ending = strrchr(pages->out, '.');
    int digits = (int)strlen(YX_NUM(pages->last));
    yx_status status;

    if (pages->first == pages->last)
        status = yx_buf_printf(out, "%s", pages->out);
    else
        status = yx_buf_printf(out, "%.*s-%0*u%s", (int)(ending - pages->out), pages->out, digits,
                               page, ending);
    if (status != YX_OK || yx_buf_append(out, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

static yx_status draw_page(const struct pages *pages, uint32_t page, struct yx_error *err)
{
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_CLEAN(yx_buf) struct yx_buf path = {0};

    YX_TRY(page_path(pages, page, &path, err));
    YX_TRY(yx_sink_file((char *)path.data, false, &sink, err));
    YX_TRY(pages->drawing.view_draw(pages->view, page, pages->format, sink, err));
    return commit(sink, (char *)path.data, err);
}

static yx_status draw_pages(const struct pages *pages, const char *file, struct yx_error *err)
{
    YX_CLEAN(cli_progress) struct cli_progress line;
    struct yx_progress progress = cli_progress_start(&line, file);
    uint32_t count = pages->last - pages->first + 1;

    for (uint32_t done = 0; done < count; done++) {
        if (progress.tell != NULL)
            progress.tell(progress.self, done, count);
        YX_TRY(draw_page(pages, pages->first + done, err));
    }
    return YX_OK;
}

static yx_status read_thumbnail(const struct cli_args *args, const struct pages *pages,
                                struct yx_page_options *options, struct yx_error *err)
{
    int64_t pixels = 0;

    YX_TRY(cli_int(args, "thumbnail", 1, YX_DRAW_SIDE_MAX, &pixels, err));
    YX_REQUIRE(pixels == 0 || !cli_has(args, "dpi"), err, YX_USAGE, "",
               N_("--thumbnail and --dpi both say how large the picture is"));
    YX_REQUIRE(pixels == 0 || pages->format == YX_DRAW_PNG, err, YX_USAGE, "",
               N_("--thumbnail is for PNG"));
    options->longest = (uint32_t)pixels;
    return YX_OK;
}

static yx_status run_render(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(pages) struct pages pages = {.out = cli_value(args, "o")};
    struct yx_page_options options;

    YX_TRY(cli_draw_format(pages.out, &pages.format, err));
    YX_TRY(cli_pages(args, &pages.first, &pages.last, err));
    YX_TRY(read_options(args, &options, err));
    YX_TRY(read_thumbnail(args, &pages, &options, err));
    YX_TRY(yx_source_open(args->operands[0], &source, err));
    YX_TRY(cli_drawing_open(&pages.drawing, err));
    YX_TRY(pages.drawing.view_open(source, &options, &pages.view, err));
    YX_TRY(choose(&pages, args, err));
    return draw_pages(&pages, args->operands[0], err);
}

/* --- Documents --------------------------------------------------------------------------- */

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
    {.name = "page",
     .value = "P",
     .help = N_("a page (3), pages (2-5) or all: of several, each is a file with its number before "
                "the ending; the first page unless given")},
    {.name = "dpi", .value = "N", .help = N_("dots per inch of a PNG; 150 unless given")},
    {.name = "thumbnail", .value = "PX", .help = N_("a PNG whose longer side has so many pixels")},
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
    .summary = N_("draw pages of an OFD or PDF document"),
    .details = N_("The page is drawn with its annotations and seals, whether or not the seals "
                  "hold: `yinxin verify` tells that. What the document names and does not hold is "
                  "left out, and said on stderr. Pages of a PDF are drawn by pdftocairo (package "
                  "poppler-utils), as PNG or SVG."),
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
