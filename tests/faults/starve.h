/* SPDX-License-Identifier: Apache-2.0 */
/*
 * starve.h - memory that runs out: the linker sends malloc, calloc, realloc and strdup of our own
 * code here (see meson.build), for the one test program that includes it.
 */
#ifndef FAULTS_STARVE_H
#define FAULTS_STARVE_H

#include <stdbool.h>
#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

/* Requests of this thread until the first failure; 0: none fails. `for_good`: every later one fails
 * as well. */
static _Thread_local unsigned long countdown;
static _Thread_local bool for_good, happened;

static bool out_of_memory(void)
{
    if (happened && for_good)
        return true;
    if (countdown == 0 || --countdown > 0)
        return false;
    happened = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return out_of_memory() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return out_of_memory() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return out_of_memory() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return out_of_memory() ? NULL : __real_strdup(text);
}

#endif
