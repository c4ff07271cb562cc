/* SPDX-License-Identifier: Apache-2.0 */
/* people.h - who signs in the tests of a file: set-up and tear-down of its group. Include support.h
 * first. */
#ifndef TESTS_PDFVERIFY_PEOPLE_H
#define TESTS_PDFVERIFY_PEOPLE_H

#include "pki.h"

static struct pki people;

static int open_people(void **state)
{
    struct yx_error err;
    (void)state;
    return pki_open(YX_KEY_P256, &people, &err) == YX_OK ? 0 : -1;
}

static int close_people(void **state)
{
    (void)state;
    pki_free(&people);
    return 0;
}

#endif
