/* SPDX-License-Identifier: Apache-2.0 */
/* program/confine.h - what a program may do, made ready before fork and put on before exec. */
#ifndef PROGRAM_CONFINE_H
#define PROGRAM_CONFINE_H

#include <linux/filter.h>

#include "program/program.h"

/*
 * The number of the descriptor that exec is given, and the limit on descriptors: what is opened
 * afterwards stays below it, so that nothing but the program itself can ever be executed.
 */
#define YX_CONFINE_PROGRAM_FD 64

#define YX_CANNOT_CONFINE N_("{1} cannot be confined, and so is not started: {2}")

struct yx_confinement {
    struct sock_fprog filter; /* of system calls */
    int folders;              /* Landlock's rules; -1 where the kernel has none */
};

/* `file`, the program's, and `document` are descriptors: what may be read besides the system's
 * files. */
yx_status yx_confinement_prepare(const struct yx_program *program, int file, int document,
                                 struct yx_confinement *out, struct yx_error *err);
void yx_confinement_free(struct yx_confinement *confinement);

/* Between fork and exec: system calls only. false with errno when something essential is refused.
 * From here on the process can execute YX_CONFINE_PROGRAM_FD, write and exit. */
bool yx_confinement_enter(const struct yx_confinement *confinement,
                          const struct yx_program *program);

YX_DEFINE_CLEAN_VALUE(yx_confinement, struct yx_confinement, yx_confinement_free);

#endif
