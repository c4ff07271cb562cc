/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmyk.c - inks to red, green and blue where a document names no profile. The colours of single and
 * overprinted inks are those of offset printing (ISO 12647-2: CIELAB of the solids, measured
 * relative to the paper, in sRGB). Between them a raster of dots mixes the colours by the area that
 * each covers (Neugebauer's equation); mixing the coded values in place of light stands for the
 * light that paper scatters (Yule and Nielsen's exponent, about 2). Black ink is black, so that
 * text in it is.
 */
#include "image/parts.h"

/* Paper, cyan, magenta, both, yellow, and these again with yellow. */
static const uint8_t solids[8][3] = {
    {255, 255, 255}, {0, 160, 228}, {230, 12, 128}, {46, 54, 134},
    {255, 238, 0},   {0, 153, 58},  {228, 31, 37},  {59, 59, 59},
};

static uint32_t mix(uint32_t none, uint32_t full, uint32_t ink)
{
    return none * (UINT8_MAX - ink) + full * ink;
}

/* Divides by 255 three times, one for every ink, and once for the black. */
void yx_cmyk_to_rgb(const uint8_t inks[4], uint8_t rgb[3])
{
    for (size_t i = 0; i < 3; i++) {
        uint64_t light = 0;

        for (size_t solid = 0; solid < 8; solid += 4) {
            uint32_t without = mix(solids[solid][i], solids[solid + 1][i], inks[0]);
            uint32_t with = mix(solids[solid + 2][i], solids[solid + 3][i], inks[0]);
            uint64_t share = solid == 0 ? UINT8_MAX - inks[2] : inks[2];

            light += mix(without, with, inks[1]) * share;
        }
        light *= UINT8_MAX - inks[3];
        rgb[i] = (uint8_t)((light + 2114532812u) / 4228250625u);
    }
}
