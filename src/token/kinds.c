/* SPDX-License-Identifier: Apache-2.0 */
/* token/kinds.c - the kinds of tokens, one row each. */
#include "pkcs11/pkcs11.h"
#include "sdf/sdf.h"
#include "skf/skf.h"
#include "token/token.h"

static const struct yx_token_kind *const kinds[] = {
    &yx_token_pkcs11,
    &yx_token_skf,
    &yx_token_sdf,
};

/* The kind whose scheme starts the text; NULL: it is a path. */
static const struct yx_token_kind *kind_of(const char *text)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t len = strlen(kinds[i]->scheme);

        if (strncmp(text, kinds[i]->scheme, len) == 0 && text[len] == ':')
            return kinds[i];
    }
    return NULL;
}

bool yx_token_is_place(const char *text)
{
    return kind_of(text) != NULL;
}

yx_status yx_token_place_read(const char *text, struct yx_token_place *out, struct yx_error *err)
{
    return yx_token_place_parse(kind_of(text), text, out, err);
}
