/* SPDX-License-Identifier: Apache-2.0 */
/* crypto/uuid.c - UUIDs of version 7: milliseconds, their fraction in the 12 bits behind (RFC 9562
 * 6.2, method 3), and random bits. */
#include "crypto/crypto.h"

#define MILLISECOND 1000

yx_status yx_uuid_make(yx_time now, char out[YX_UUID_TEXT], struct yx_error *err)
{
    uint64_t at = now < 0 ? 0 : (uint64_t)now;
    uint64_t milliseconds = at / MILLISECOND, fraction = at % MILLISECOND * 4096 / MILLISECOND;
    uint64_t random;

    YX_TRY(yx_random(&random, sizeof random, err));
    (void)snprintf(out, YX_UUID_TEXT, "%08x-%04x-7%03x-%04x-%012llx",
                   (unsigned)(milliseconds >> 16 & 0xFFFFFFFF), (unsigned)(milliseconds & 0xFFFF),
                   (unsigned)fraction, (unsigned)(random >> 48 & 0x3FFF) | 0x8000,
                   (unsigned long long)(random & 0xFFFFFFFFFFFF));
    return YX_OK;
}

bool yx_uuid_valid(const char *text)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    if (strlen(text) != sizeof shape - 1)
        return false;
    for (size_t i = 0; shape[i] != '\0'; i++)
        if (shape[i] == '-' ? text[i] != '-' : strchr("0123456789abcdef", text[i]) == NULL)
            return false;
    return true;
}
