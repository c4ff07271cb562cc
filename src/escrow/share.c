/* SPDX-License-Identifier: Apache-2.0 */
/*
 * escrow/share.c - a secret split so that any two shares give it and one says nothing (Shamir, of
 * threshold two), octet by octet over GF(256) with the polynomial of AES (FIPS 197 4.2).
 *
 *   point(n) = secret + slope * n,  the slope random
 *
 * Nothing branches or looks up by secret octets; the numbers of the administrators are no secret.
 */
#include "escrow/room.h"

static uint8_t multiply(uint8_t a, uint8_t b)
{
    unsigned product = 0, shifted = a;

    for (unsigned bit = 0; bit < 8; bit++) {
        unsigned take = 0u - (b >> bit & 1u), carry = 0u - (shifted >> 7 & 1u);

        product ^= shifted & take;
        shifted = (shifted << 1 ^ (0x1Bu & carry)) & 0xFFu;
    }
    return (uint8_t)product;
}

/* a^254 = 1/a. */
static uint8_t invert(uint8_t a)
{
    uint8_t power = a, inverse = 1;

    for (unsigned bit = 1; bit < 8; bit++) {
        power = multiply(power, power);
        inverse = multiply(inverse, power);
    }
    return inverse;
}

yx_status yx_escrow_split(const uint8_t secret[YX_ESCROW_SECRET], size_t count,
                          uint8_t points[][YX_ESCROW_SECRET], struct yx_error *err)
{
    uint8_t slope[YX_ESCROW_SECRET];

    YX_TRY(yx_random(slope, sizeof slope, err));
    for (size_t n = 0; n < count; n++)
        for (size_t i = 0; i < YX_ESCROW_SECRET; i++)
            points[n][i] = secret[i] ^ multiply(slope[i], (uint8_t)(n + 1));
    yx_wipe(slope, sizeof slope);
    return YX_OK;
}

/* Lagrange at 0: each point times the other's number over the sum of both. */
void yx_escrow_join(int a, const uint8_t point_a[YX_ESCROW_SECRET], int b,
                    const uint8_t point_b[YX_ESCROW_SECRET], uint8_t secret[YX_ESCROW_SECRET])
{
    uint8_t sum = invert((uint8_t)(a ^ b));
    uint8_t weight_a = multiply((uint8_t)b, sum), weight_b = multiply((uint8_t)a, sum);

    for (size_t i = 0; i < YX_ESCROW_SECRET; i++)
        secret[i] = multiply(point_a[i], weight_a) ^ multiply(point_b[i], weight_b);
}

void yx_escrow_share_write(const uint8_t key_id[YX_ESCROW_KEY_ID], int number,
                           const uint8_t point[YX_ESCROW_SECRET], uint8_t out[YX_ESCROW_SHARE])
{
    memcpy(out, key_id, YX_ESCROW_KEY_ID);
    out[YX_ESCROW_KEY_ID] = (uint8_t)number;
    memcpy(out + YX_ESCROW_KEY_ID + 1, point, YX_ESCROW_SECRET);
}
