/* SPDX-License-Identifier: Apache-2.0 */
/* cli/text.c - `yinxin text FILE`: the text of a document, with or without where it stands. */
#include <jansson.h>

#include "cli/cli.h"

struct page {
    bool boxes;
    json_t *texts; /* NULL: for people */
    bool failed;
    /* The run before, to tell lines apart */
    bool started;
    double y, height, end;
};

static void put_boxed(const struct yx_text_box *box)
{
    (void)printf("%8.2f %8.2f %8.2f %8.2f  ", box->x, box->y, box->width, box->height);
    cli_put(stdout, box->text);
    (void)putchar('\n');
}

/* Runs on about one height are one line; a gap between them is a space. */
static void put_flowing(struct page *page, const struct yx_text_box *box)
{
    double down = box->y - page->y;
    double gap = box->x - page->end;
    bool same_line = page->started && (down < 0 ? -down : down) < page->height / 2 && gap > -1;

    if (page->started)
        fputs(!same_line ? "\n" : gap > box->height / 6 ? " " : "", stdout);
    cli_put(stdout, box->text);
    page->started = true;
    page->y = box->y;
    page->height = box->height;
    page->end = box->x + box->width;
}

static bool each_box(void *context, const struct yx_text_box *box)
{
    struct page *page = context;

    if (page->texts != NULL) {
        json_t *object = json_pack("{s:s, s:f, s:f, s:f, s:f}", "text", box->text, "x", box->x, "y",
                                   box->y, "width", box->width, "height", box->height);

        page->failed = page->failed || json_array_append_new(page->texts, object) != 0;
    } else if (page->boxes) {
        put_boxed(box);
    } else {
        put_flowing(page, box);
    }
    return !page->failed && ferror(stdout) == 0;
}

struct reader {
    struct yx_document *document;
    uint32_t number;
    bool boxes;
    const char *search; /* NULL: all text */
    bool found;
    json_t *pages; /* NULL: for people */
};

static yx_status page_object(struct reader *reader, uint32_t number, json_t **texts,
                             struct yx_error *err)
{
    double width, height;
    json_t *object;

    YX_TRY(yx_document_page_size(reader->document, number, &width, &height, err));
    *texts = json_array();
    object = json_pack("{s:I, s:f, s:f, s:o}", "page", (json_int_t)number, "width", width, "height",
                       height, "texts", *texts);
    if (json_array_append_new(reader->pages, object) != 0)
        return yx_fail_memory(err);
    return YX_OK;
}

/* --- Searching ---------------------------------------------------------------------------- */

/* One page that is searched. */
struct hits {
    uint32_t page;
    json_t *texts; /* NULL: for people */
    bool failed, found;
};

static bool each_line(void *context, size_t match, const struct yx_text_box *line)
{
    struct hits *hits = context;

    hits->found = true;
    if (hits->texts == NULL) {
        cli_say(stdout, "{1}:{2} ", YX_NUM(hits->page), YX_NUM(match));
        put_boxed(line);
    } else {
        json_t *object = json_pack("{s:I, s:s, s:f, s:f, s:f, s:f}", "match", (json_int_t)match,
                                   "text", line->text, "x", line->x, "y", line->y, "width",
                                   line->width, "height", line->height);

        hits->failed = hits->failed || json_array_append_new(hits->texts, object) != 0;
    }
    return !hits->failed && ferror(stdout) == 0;
}

static yx_status search_page(struct reader *reader, uint32_t number, struct yx_error *err)
{
    struct hits hits = {.page = number};

    if (reader->pages != NULL)
        YX_TRY(page_object(reader, number, &hits.texts, err));
    YX_TRY(yx_document_search(reader->document, number, reader->search, each_line, &hits, err));
    reader->found = reader->found || hits.found;
    return hits.failed ? yx_fail_memory(err) : YX_OK;
}

/* --- Reading ------------------------------------------------------------------------------ */

static yx_status read_page(struct reader *reader, uint32_t number, struct yx_error *err)
{
    struct page page = {.boxes = reader->boxes};

    if (reader->search != NULL)
        return search_page(reader, number, err);

    if (reader->pages != NULL)
        YX_TRY(page_object(reader, number, &page.texts, err));
    else if (reader->boxes)
        cli_say(stdout, _("page {1}\n"), YX_NUM(number));
    YX_TRY(yx_document_page_text(reader->document, number, each_box, &page, err));
    if (page.started)
        (void)putchar('\n');
    return page.failed ? yx_fail_memory(err) : YX_OK;
}

static yx_status read_pages(struct reader *reader, int64_t only, struct yx_error *err)
{
    uint32_t count;

    YX_TRY(yx_document_page_count(reader->document, &count, err));
    YX_REQUIRE(only <= count, err, YX_REFUSED, "", N_("there is no page {1}; the document has {2}"),
               YX_NUM(only), YX_NUM(count));
    for (uint32_t number = 1; number <= count; number++)
        if (only == 0 || only == number)
            YX_TRY(read_page(reader, number, err));
    return YX_OK;
}

static yx_status read_json(struct reader *reader, const char *file, int64_t only,
                           struct yx_error *err)
{
    json_t *root = json_pack("{s:s, s:I, s:[]}", "file", file, "document",
                             (json_int_t)reader->number, "pages");
    yx_status status;

    YX_REQUIRE(root != NULL, err, YX_USAGE, "RFC 8259 8.1",
               N_("the name of the file is not UTF-8, so JSON cannot hold it"));
    reader->pages = json_object_get(root, "pages");
    status = read_pages(reader, only, err);
    if (status == YX_OK) {
        (void)json_dumpf(root, stdout, JSON_REAL_PRECISION(10));
        (void)putchar('\n');
    }
    json_decref(root);
    return status;
}

static yx_status run(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_document) struct yx_document *document = NULL;
    struct reader reader = {.boxes = cli_has(args, "boxes"), .search = cli_value(args, "search")};
    yx_status status;
    int64_t number = 1, only = 0;

    YX_TRY(cli_int(args, "document", 1, INT32_MAX, &number, err));
    YX_TRY(cli_int(args, "page", 1, INT32_MAX, &only, err));
    YX_TRY(yx_source_open(args->operands[0], &source, err));
    YX_TRY(yx_document_open(source, (uint32_t)number, &document, err));
    reader.document = document;
    reader.number = (uint32_t)number;
    status = cli_has(args, "json") ? read_json(&reader, args->operands[0], only, err)
                                   : read_pages(&reader, only, err);
    YX_REQUIRE(status != YX_OK || reader.search == NULL || reader.found, err, YX_REFUSED, "",
               N_("\"{1}\" was not found"), reader.search);
    return status;
}

static const struct cli_option options[] = {
    {.name = "boxes",
     .help = N_("one run a line, before it its box: left, top, width, height in millimetres")},
    {.name = "json", .help = N_("one JSON object with pages and boxes")},
    {.name = "search",
     .value = "T",
     .help = N_("where this text stands, white space not counted: page, number of the match, and "
                "the box of each of its lines")},
    {.name = "page", .value = "N", .help = N_("this page only")},
    {.name = "document",
     .value = "N",
     .help = N_("which document of a package that holds several; the first")},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_text = {
    .name = "text",
    .operands = "FILE",
    .summary = N_("print the text of an OFD or PDF document"),
    .details = N_("The text of a PDF is read by pdftotext (package poppler-utils), word by word."),
    .options = options,
    .run = run,
};
