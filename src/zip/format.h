/* SPDX-License-Identifier: Apache-2.0 */
/* zip/format.h - the records of PKWARE's APPNOTE as offsets, for the zip files of this room. */
#ifndef ZIP_FORMAT_H
#define ZIP_FORMAT_H

#include <stdint.h>

/* Signatures, as little-endian numbers. */
#define ZIP_LOCAL UINT32_C(0x04034b50)      /* PK 3 4 */
#define ZIP_DESCRIPTOR UINT32_C(0x08074b50) /* PK 7 8 */
#define ZIP_RECORD UINT32_C(0x02014b50)     /* PK 1 2 */
#define ZIP_END UINT32_C(0x06054b50)        /* PK 5 6 */
#define ZIP64_END UINT32_C(0x06064b50)      /* PK 6 6 */
#define ZIP64_LOCATOR UINT32_C(0x07064b50)  /* PK 6 7 */

/* Sizes without the variable fields. */
#define ZIP_LOCAL_SIZE 30u
#define ZIP_RECORD_SIZE 46u
#define ZIP_END_SIZE 22u
#define ZIP64_LOCATOR_SIZE 20u
#define ZIP_COMMENT_MAX 65535u

/* Flags (APPNOTE 4.4.4). */
#define ZIP_FLAG_ENCRYPTED 0x0001u
#define ZIP_FLAG_DESCRIPTOR 0x0008u
#define ZIP_FLAG_PATCH 0x0020u
#define ZIP_FLAG_STRONG 0x0040u
#define ZIP_FLAG_UTF8 0x0800u
#define ZIP_FLAG_MASKED 0x2000u
/* Bits 1 and 2 say how hard the packer tried: nobody acts on them. */
#define ZIP_FLAG_EFFORT 0x0006u

#define ZIP_STORED 0u
#define ZIP_DEFLATED 8u

/* Extra fields (APPNOTE 4.5, 4.6). */
#define ZIP_EXTRA_UNICODE_PATH 0x7075u

static inline uint16_t zip_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t zip_u32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline void zip_put_u16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static inline void zip_put_u32(uint8_t *at, uint32_t value)
{
    zip_put_u16(at, value);
    zip_put_u16(at + 2, value >> 16);
}

#endif
