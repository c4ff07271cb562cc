/* SPDX-License-Identifier: Apache-2.0 */
/* proof/token.c - 256 random bits as text, for cookies, links, nonces and keys. */
#include "proof/proof.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void yx_token_write(const uint8_t octets[YX_TOKEN_OCTETS], char out[YX_TOKEN_TEXT])
{
    uint32_t bits = 0;
    unsigned held = 0;
    size_t at = 0;

    for (size_t i = 0; i < YX_TOKEN_OCTETS; i++) {
        bits = bits << 8 | octets[i];
        for (held += 8; held >= 6; held -= 6)
            out[at++] = alphabet[bits >> (held - 6) & 63];
    }
    out[at++] = alphabet[bits << (6 - held) & 63];
    out[at] = '\0';
}

bool yx_token_read(const char *text, uint8_t out[YX_TOKEN_OCTETS])
{
    uint32_t bits = 0;
    unsigned held = 0;
    size_t at = 0;

    if (strnlen(text, YX_TOKEN_TEXT) != YX_TOKEN_TEXT - 1)
        return false;
    for (; *text != '\0'; text++) {
        const char *found = strchr(alphabet, *text);

        if (found == NULL)
            return false;
        bits = bits << 6 | (uint32_t)(found - alphabet);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[at++] = (uint8_t)(bits >> held);
        }
    }
    /* The bits that are left over are no second way to write the same. */
    return (bits & ((1u << held) - 1)) == 0;
}

yx_status yx_token_make(char out[YX_TOKEN_TEXT], struct yx_error *err)
{
    uint8_t octets[YX_TOKEN_OCTETS];

    YX_TRY(yx_random(octets, sizeof octets, err));
    yx_token_write(octets, out);
    yx_wipe(octets, sizeof octets);
    return YX_OK;
}

yx_status yx_token_digest(const char *text, uint8_t out[32], struct yx_error *err)
{
    return yx_digest(YX_DIGEST_SM3, YX_TEXT(text), out, err);
}
