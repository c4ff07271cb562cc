/* SPDX-License-Identifier: Apache-2.0 */
/* Places of keys (RFC 7512): what is read and written again must be read as the same. */
#include <stdlib.h>

#include "token/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const struct yx_token_place *place)
{
    static struct yx_token_place again;
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    struct yx_bytes value;

    if (yx_token_place_begin(&text, place->kind) != YX_OK)
        return;
    for (size_t i = 0; i < place->count; i++)
        if (strcmp(place->attributes[i].name, "module-path") != 0 &&
            strcmp(place->attributes[i].name, "pin-source") != 0)
            (void)yx_token_place_put(&text, place->kind, place->attributes[i].name,
                                     place->attributes[i].value);
    if (yx_token_place_end(&text, place) != YX_OK || text.len > YX_PLACE_MAX)
        return;
    if (yx_token_place_read((const char *)text.data, &again, NULL) != YX_OK)
        abort();
    for (size_t i = 0; i < again.count; i++)
        if (!yx_token_place_bytes(place, again.attributes[i].name, &value) ||
            !yx_bytes_equal(value, again.attributes[i].value))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct yx_token_place place;
    struct yx_error err;
    char words[256];
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (yx_token_place_read(text, &place, &err) == YX_OK)
        write_again(&place);
    else
        yx_message_render(&err.message, NULL, words, sizeof words);
    free(text);
    return 0;
}
