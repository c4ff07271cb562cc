/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program/known.c - the programs that the library asks for, with the shapes of their arguments: all
 * that a launcher starts for a process that may start nothing.
 */
#include "program/program.h"

/* What stands for itself in a shape, but for these two. */
#define NUMBER "{number}" /* digits */
#define DOTS "{dots}"     /* digits, a point, digits */

#define DOCUMENT "/proc/self/fd/0"
#define MIB ((uint64_t)1024 * 1024)

/* The limits are the most that is granted. */
static const struct {
    const char *package;
    size_t output_max;
    unsigned seconds;
    uint64_t memory_max;
    const char *shape[YX_PROGRAM_ARGUMENTS_MAX + 1];
} known[] = {
    /* src/document/pdf_text.c */
    {"poppler-utils",
     64 * MIB,
     30,
     2048 * MIB,
     {"pdftotext", "-bbox", "-cropbox", "-enc", "UTF-8", "-f", NUMBER, "-l", NUMBER, DOCUMENT,
      "-"}},
    {"poppler-utils", 64 * MIB, 30, 2048 * MIB, {"pdftotext", "-cropbox", "-enc", "UTF-8",  "-f",
                                                 NUMBER,      "-l",       NUMBER, "-r",     NUMBER,
                                                 "-x",        NUMBER,     "-y",   NUMBER,   "-W",
                                                 NUMBER,      "-H",       NUMBER, DOCUMENT, "-"}},
    /* src/page/pdf.c */
    {"poppler-utils",
     256 * MIB,
     300,
     1536 * MIB,
     {"pdftocairo", "-png", "-singlefile", "-cropbox", "-f", NUMBER, "-l", NUMBER, "-r", DOTS,
      DOCUMENT, "-"}},
    {"poppler-utils",
     256 * MIB,
     300,
     1536 * MIB,
     {"pdftocairo", "-svg", "-f", NUMBER, "-l", NUMBER, DOCUMENT, "-"}},
    /* src/image/jbig2.c */
    {"jbig2dec", 32 * MIB, 10, 512 * MIB, {"jbig2dec", "-q", "-t", "pbm", "-o", "-", "/dev/stdin"}},
    {"jbig2dec",
     32 * MIB,
     10,
     512 * MIB,
     {"jbig2dec", "-q", "-e", "-t", "pbm", "-o", "-", "/dev/stdin"}},
};

static bool is_number(const char *text)
{
    size_t len = strspn(text, "0123456789");

    return len > 0 && len <= 12 && text[len] == '\0';
}

static bool is_dots(const char *text)
{
    size_t whole = strspn(text, "0123456789");

    return whole > 0 && whole <= 12 && text[whole] == '.' && is_number(text + whole + 1);
}

static bool fits(const char *shape, const char *argument)
{
    if (strcmp(shape, NUMBER) == 0)
        return is_number(argument);
    if (strcmp(shape, DOTS) == 0)
        return is_dots(argument);
    return strcmp(shape, argument) == 0;
}

static bool fit(const char *const *shape, const char *const *arguments)
{
    for (; *shape != NULL && *arguments != NULL; shape++, arguments++)
        if (!fits(*shape, *arguments))
            return false;
    return *shape == NULL && *arguments == NULL;
}

yx_status yx_program_admit(struct yx_program *program, struct yx_error *err)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (program->output_max > known[i].output_max || program->seconds > known[i].seconds ||
            program->memory_max > known[i].memory_max || program->seconds == 0 ||
            !fit(known[i].shape, program->arguments))
            continue;
        program->package = known[i].package;
        return YX_OK;
    }
    return yx_fail(err, YX_REFUSED, "programs that read documents",
                   N_("no program is started so for a document"));
}
