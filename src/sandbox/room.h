/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox/room.h - what the files of sandbox/ share. */
#ifndef SANDBOX_ROOM_H
#define SANDBOX_ROOM_H

#include "sandbox/sandbox.h"

/* The system calls of the kind of that number, from now on (calls.c): 0 or a negative errno. */
int yx_sandbox_calls(enum yx_sandbox_kind number);
/* The files, from now on (files.c). false: the kernel has no Landlock, or refuses it. */
bool yx_sandbox_files(const struct yx_sandbox *sandbox);

#endif
