/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yinxin/program.h - the programs of other people that read documents for us: who starts them.
 *
 * The text of a PDF is read by poppler's pdftotext, its pages are drawn by pdftocairo, pictures
 * in JBIG2 are read by jbig2dec; each runs as a confined child of whoever calls the library. A
 * process that has given up starting children has them run by another one: it says so once, before
 * it works on documents, and again to libyinxin-draw when it uses that (yx_draw_confine).
 */
#ifndef YINXIN_PROGRAM_H
#define YINXIN_PROGRAM_H

#include <yinxin/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A program that reads a document and prints what it found. */
struct yx_program {
    const char *const *arguments; /* its name first, NULL at the end; looked up in PATH */
    const char *package;          /* who brings it: named when it is missing */
    size_t output_max;            /* bytes */
    unsigned seconds;             /* of the clock and of the processor */
    uint64_t memory_max;          /* bytes of address space */
};

/* Somebody who runs programs: gives `document`, the descriptor of a file, as standard input and
 * appends what is printed. The limits are kept by whoever runs it. */
struct yx_program_runner {
    yx_status (*run)(void *self, const struct yx_program *program, int document, struct yx_buf *out,
                     struct yx_error *err);
    void *self;
};
/* From now on all programs of this process are run so; what `self` points to stays in use. */
YX_API void yx_program_delegate(const struct yx_program_runner *runner);

#ifdef __cplusplus
}
#endif

#endif
