/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_producers.c - files as the programs of the field write them: each is signed and verified, or
 * refused with the reason that is expected. A program that is not there is left out, and said so.
 */
#include "support.h"

#include "pdf_odd.h"

#include "pdf_desk.h"

/* in.pdf has two pages; two.pdf is another one. `refused`: what the refusal says. */
static const struct {
    const char *program, *command, *refused;
} producers[] = {
    {"qpdf", "qpdf in.pdf made.pdf", NULL},
    {"qpdf", "qpdf --linearize in.pdf made.pdf", NULL},
    {"qpdf", "qpdf --object-streams=generate in.pdf made.pdf", NULL},
    {"qpdf", "qpdf --linearize --object-streams=generate in.pdf made.pdf", NULL},
    {"qpdf", "qpdf --qdf in.pdf made.pdf", NULL},
    {"qpdf", "qpdf --empty --pages in.pdf 1 two.pdf 1 -- made.pdf", NULL},
    {"mutool", "mutool clean in.pdf made.pdf", NULL},
    {"mutool", "mutool clean -gg in.pdf made.pdf", NULL},
    /* Pages that are alike become one object. */
    {"mutool", "mutool clean -gggg in.pdf made.pdf", "in the page tree more than once"},
    {"mutool", "mutool clean -d in.pdf made.pdf", NULL},
    {"mutool", "mutool clean -l in.pdf made.pdf", NULL},
    {"mutool", "mutool clean -s in.pdf made.pdf", NULL},
    {"mutool", "mutool merge -o made.pdf in.pdf two.pdf", NULL},
    {"mutool", "mutool convert -o made.pdf in.pdf", NULL},
    {"pdftocairo", "pdftocairo -pdf in.pdf made.pdf", NULL},
    {"pdfseparate", "pdfseparate -f 1 -l 1 in.pdf made.pdf", NULL},
    {"pdfunite", "pdfunite in.pdf two.pdf made.pdf", "readers that take it at its word"},
    {"rsvg-convert", "rsvg-convert -f pdf -o made.pdf in.svg", NULL},
    {"gs", "gs -q -dNOPAUSE -dBATCH -sDEVICE=pdfwrite -sOutputFile=made.pdf in.pdf", NULL},
    {"gs", "gs -q -dNOPAUSE -dBATCH -dFastWebView -sDEVICE=pdfwrite -sOutputFile=made.pdf in.pdf",
     NULL},
    {"gs", "gs -q -dNOPAUSE -dBATCH -dPDFA=2 -sDEVICE=pdfwrite -sOutputFile=made.pdf in.pdf", NULL},
    {"podofomerge", "podofomerge in.pdf two.pdf made.pdf", NULL},
    {"podofogc", "podofogc in.pdf made.pdf", NULL},
    {"podofouncompress", "podofouncompress in.pdf made.pdf", NULL},
};

static void write_inputs(struct desk *desk)
{
    static const char svg[] = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"200\" "
                              "height=\"200\"><rect width=\"90\" height=\"90\"/></svg>";
    struct yx_buf file = {0};
    odd_make(&(struct odd_options){.pages = 2, .catalog = "/Lang (zh)"}, &file);
    folder_write(&desk->folder, "in.pdf", yx_buf_bytes(&file));
    file.len = 0;
    odd_make(&(struct odd_options){.pages = 3}, &file);
    folder_write(&desk->folder, "two.pdf", yx_buf_bytes(&file));
    folder_write(&desk->folder, "in.svg", YX_TEXT(svg));
    yx_buf_free(&file);
}

static void try_one(struct desk *desk, const char *command, const char *refused)
{
    struct yx_placement placement = {0};
    struct yx_pdf_request request = desk_request(desk, &placement);
    struct yx_buf made = {0}, sealed = {0};
    struct yx_error err;
    char words[600] = "";
    tool(&desk->folder, "rm -f made.pdf; %s", command); /* exit codes of theirs lie */
    folder_read(&desk->folder, "made.pdf", &made);
    yx_status status = desk_sign(desk, &request, yx_buf_bytes(&made), &sealed, &err);
    if (status != YX_OK)
        yx_message_render(&err.message, NULL, words, sizeof words);
    if (status != (refused == NULL ? YX_OK : YX_DAMAGED) ||
        (refused != NULL && strstr(words, refused) == NULL))
        fail_msg("%s: %s", command, words);
    if (status == YX_OK)
        desk_check_valid(desk, yx_buf_bytes(&sealed), 1);
    yx_buf_free(&made);
    yx_buf_free(&sealed);
}

static void test_producers(void **state)
{
    (void)state;
    struct desk desk;
    desk_open(YX_KEY_SM2, &desk);
    write_inputs(&desk);
    for (size_t i = 0; i < sizeof producers / sizeof producers[0]; i++)
        if (tool(&desk.folder, "command -v %s", producers[i].program) == 0)
            try_one(&desk, producers[i].command, producers[i].refused);
        else
            print_message("%s is not installed: left out\n", producers[i].program);
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_producers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
