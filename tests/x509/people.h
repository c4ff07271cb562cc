/* SPDX-License-Identifier: Apache-2.0 */
/* people.h - people with certificates made by our own code, for the tests of that code and of what
 * builds on it. Certificates made by libcrypto alone are in pki.h beside this file. */
#ifndef TESTS_X509_PEOPLE_H
#define TESTS_X509_PEOPLE_H

#include "../support/pki.h"

/* `issuer` NULL: a self-signed CA, which outlives everybody else. */
static inline yx_status person_make(const char *name, const struct pki_person *issuer,
                                    yx_key_type type, struct pki_person *out, struct yx_error *err)
{
    struct pki_wish wish = {
        .name = name,
        .type = type,
        .ca = issuer == NULL,
        .not_after = yx_now() + (issuer == NULL ? 400 : 300) * YX_DAY,
    };
    return pki_person_make(&wish, issuer, out, err);
}

#endif
