/* SPDX-License-Identifier: Apache-2.0 */
/*
 * preset.c - the sizes that seals have. Those of 45 and 42 mm with a ring of 1.2 and a star of 14
 * mm are from the State Council's rules on seals (国发〔1999〕25号); the oval one is the tax
 * administration's seal for invoices (国家税务总局公告2011年第7号); the others are customary.
 */
#include "face/face.h"

#define RED              \
    {                    \
        0xe6, 0x00, 0x12 \
    }
#define ROUND(kind_, size_, ring_, star_)                                      \
    {                                                                          \
        .kind = (kind_), .width = (size_), .height = (size_), .ring = (ring_), \
        .emblem = YX_EMBLEM_STAR, .emblem_size = (star_), .ink = RED           \
    }
#define SQUARE(width_, height_)                                                               \
    {                                                                                         \
        .kind = YX_FACE_SQUARE, .width = (width_), .height = (height_), .ring = 1, .ink = RED \
    }

static const struct yx_face_preset presets[] = {
    {"official-42", ROUND(YX_FACE_OFFICIAL, 42, 1.2, 14)},
    {"official-45", ROUND(YX_FACE_OFFICIAL, 45, 1.2, 14)},
    {"official-40", ROUND(YX_FACE_OFFICIAL, 40, 1.2, 14)},
    {"official-38", ROUND(YX_FACE_OFFICIAL, 38, 1.0, 12)},
    {"special-40", ROUND(YX_FACE_SPECIAL, 40, 1.2, 12)},
    {"special-38", ROUND(YX_FACE_SPECIAL, 38, 1.0, 11)},
    {"special-58", ROUND(YX_FACE_SPECIAL, 58, 1.2, 16)},
    {"invoice",
     {.kind = YX_FACE_OVAL, .width = 40, .height = 30, .ring = 1, .font = "仿宋", .ink = RED}},
    {"square-20", SQUARE(20, 20)},
    {"square-18", SQUARE(18, 18)},
    {"square-25", SQUARE(25, 25)},
    {"name", {.kind = YX_FACE_NAME, .height = 12, .ring = 0.6, .ink = RED}},
};

const struct yx_face_preset *yx_face_presets(size_t *count)
{
    *count = sizeof presets / sizeof *presets;
    return presets;
}
