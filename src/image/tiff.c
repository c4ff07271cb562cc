/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tiff.c - decodes the first directory of a TIFF 6.0 with libtiff, from memory. Black and white,
 * as scanners write it, and inks are read row by row; the rest is left to libtiff's own conversion,
 * a band of rows at a time. Compressions beyond those of the standard's time are refused: their
 * decoders are many, and no document has them.
 */
#include <tiffio.h>

#include "image/parts.h"

/* Tables and buffers of libtiff, one by one. */
#define WORK_MAX ((tmsize_t)128 * 1024 * 1024)

struct tiff {
    TIFF *file;
    struct yx_bytes bytes;
    uint64_t at;
    uint32_t width, height;
    uint16_t bits, samples, photometric, planar, compression;
    struct yx_shrink shrink;
    struct yx_buf room; /* a row of samples, or a band of pixels */
    struct yx_colour_space *space;
    char why[200]; /* the first complaint; libtiff goes on after most */
};

static void tiff_free(struct tiff *tiff)
{
    if (tiff->file != NULL)
        TIFFClose(tiff->file);
    yx_shrink_free(&tiff->shrink);
    yx_buf_free(&tiff->room);
    yx_colour_space_free(tiff->space);
}
YX_DEFINE_CLEAN_VALUE(tiff, struct tiff, tiff_free);

/* --- What libtiff calls ------------------------------------------------------------------ */

static tmsize_t give(thandle_t handle, void *out, tmsize_t size)
{
    struct tiff *tiff = handle;
    uint64_t left = tiff->at < tiff->bytes.len ? tiff->bytes.len - tiff->at : 0;
    size_t len = (uint64_t)size < left ? (size_t)size : (size_t)left;

    memcpy(out, tiff->bytes.data + (len > 0 ? tiff->at : 0), len);
    tiff->at += len;
    return (tmsize_t)len;
}

static tmsize_t take(thandle_t handle, void *bytes, tmsize_t size)
{
    (void)handle, (void)bytes, (void)size;
    return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence)
{
    struct tiff *tiff = handle;
    uint64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? tiff->at : tiff->bytes.len;

    tiff->at = from + offset;
    return tiff->at;
}

static int close_nothing(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t tell_size(thandle_t handle)
{
    struct tiff *tiff = handle;

    return tiff->bytes.len;
}

__attribute__((format(printf, 4, 0))) static int note(TIFF *file, void *user, const char *module,
                                                      const char *format, va_list arguments)
{
    struct tiff *tiff = user;

    (void)file, (void)module;
    if (tiff->why[0] == '\0')
        (void)vsnprintf(tiff->why, sizeof tiff->why, format, arguments);
    return 1;
}

/* --- What the directory says ------------------------------------------------------------- */

static yx_status fail_damaged(const struct tiff *tiff, struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, yx_rule_bitmap, N_("the TIFF cannot be decoded: {1}"),
                   tiff->why[0] == '\0' ? "?" : tiff->why);
}

static yx_status open_file(struct tiff *tiff, struct yx_error *err)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();

    if (options == NULL)
        return yx_fail_memory(err);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, WORK_MAX);
    TIFFOpenOptionsSetErrorHandlerExtR(options, note, tiff);
    TIFFOpenOptionsSetWarningHandlerExtR(options, note, tiff);
    /* "m": the bytes are not mapped, but read. */
    tiff->file = TIFFClientOpenExt("", "rm", tiff, give, take, seek, close_nothing, tell_size, NULL,
                                   NULL, options);
    TIFFOpenOptionsFree(options);
    return tiff->file != NULL ? YX_OK : fail_damaged(tiff, err);
}

static bool is_known(uint16_t compression)
{
    static const uint16_t known[] = {
        COMPRESSION_NONE,          COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3,
        COMPRESSION_CCITTFAX4,     COMPRESSION_LZW,      COMPRESSION_JPEG,
        COMPRESSION_ADOBE_DEFLATE, COMPRESSION_DEFLATE,  COMPRESSION_PACKBITS};
    bool found = false;

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        found = found || known[i] == compression;
    return found;
}

static yx_status read_directory(struct tiff *tiff, struct yx_error *err)
{
    TIFF *file = tiff->file;

    (void)TIFFGetField(file, TIFFTAG_IMAGEWIDTH, &tiff->width);
    (void)TIFFGetField(file, TIFFTAG_IMAGELENGTH, &tiff->height);
    (void)TIFFGetFieldDefaulted(file, TIFFTAG_BITSPERSAMPLE, &tiff->bits);
    (void)TIFFGetFieldDefaulted(file, TIFFTAG_SAMPLESPERPIXEL, &tiff->samples);
    (void)TIFFGetFieldDefaulted(file, TIFFTAG_PLANARCONFIG, &tiff->planar);
    (void)TIFFGetFieldDefaulted(file, TIFFTAG_COMPRESSION, &tiff->compression);
    (void)TIFFGetField(file, TIFFTAG_PHOTOMETRIC, &tiff->photometric);
    YX_REQUIRE(is_known(tiff->compression), err, YX_REFUSED, yx_rule_bitmap,
               N_("the TIFF is compressed by method {1}, which is not read"),
               YX_NUM(tiff->compression));
    return YX_OK;
}

/* --- Row by row -------------------------------------------------------------------------- */

static bool is_bilevel(const struct tiff *tiff)
{
    return tiff->bits == 1 && tiff->samples == 1 && !TIFFIsTiled(tiff->file) &&
           (tiff->photometric == PHOTOMETRIC_MINISWHITE ||
            tiff->photometric == PHOTOMETRIC_MINISBLACK);
}

/* libtiff's own conversion of inks is a crude one. */
static bool is_inked(const struct tiff *tiff)
{
    return tiff->bits == 8 && tiff->samples == 4 && !TIFFIsTiled(tiff->file) &&
           tiff->photometric == PHOTOMETRIC_SEPARATED && tiff->planar == PLANARCONFIG_CONTIG;
}

static void take_bits(struct tiff *tiff)
{
    if (tiff->photometric == PHOTOMETRIC_MINISBLACK)
        for (size_t i = 0; i < tiff->room.len; i++)
            tiff->room.data[i] = (uint8_t)~tiff->room.data[i];
    yx_shrink_take_bits(&tiff->shrink, tiff->room.data);
}

static void take_inks(struct tiff *tiff)
{
    yx_colour_row(tiff->space, tiff->room.data, tiff->shrink.row, tiff->width);
    yx_shrink_take(&tiff->shrink);
}

static yx_status read_rows(struct tiff *tiff, void take_row(struct tiff *tiff),
                           struct yx_error *err)
{
    tmsize_t size = TIFFScanlineSize(tiff->file);
    size_t want = ((size_t)tiff->width * tiff->bits * tiff->samples + 7) / 8;

    if (size <= 0 || (size_t)size < want)
        return fail_damaged(tiff, err);
    if (yx_buf_reserve(&tiff->room, (size_t)size) != YX_OK)
        return yx_fail_memory(err);
    tiff->room.len = (size_t)size;
    for (uint32_t y = 0; y < tiff->height; y++) {
        if (TIFFReadScanline(tiff->file, tiff->room.data, y, 0) != 1 || tiff->why[0] != '\0')
            return fail_damaged(tiff, err);
        take_row(tiff);
    }
    return YX_OK;
}

static yx_status read_inks(struct tiff *tiff, struct yx_error *err)
{
    void *profile = NULL;
    uint32_t len = 0;
    yx_status status = YX_REFUSED;

    if (TIFFGetField(tiff->file, TIFFTAG_ICCPROFILE, &len, &profile) == 1)
        status = yx_colour_space_new(YX_COLOUR_CMYK, YX_BYTES(profile, len), &tiff->space, err);
    if (status == YX_REFUSED)
        status = yx_colour_space_new(YX_COLOUR_CMYK, YX_BYTES(NULL, 0), &tiff->space, err);
    return status == YX_OK ? read_rows(tiff, take_inks, err) : status;
}

/* --- By libtiff -------------------------------------------------------------------------- */

/* libtiff has multiplied the colours by their opacity. */
static void unpack(uint32_t packed, bool multiplied, uint8_t rgba[4])
{
    uint32_t alpha = TIFFGetA(packed);
    uint32_t colours[3] = {TIFFGetR(packed), TIFFGetG(packed), TIFFGetB(packed)};

    for (size_t i = 0; i < 3; i++) {
        uint32_t colour = !multiplied  ? colours[i]
                          : alpha == 0 ? 0
                                       : (colours[i] * UINT8_MAX + alpha / 2) / alpha;

        rgba[i] = (uint8_t)(colour < UINT8_MAX ? colour : UINT8_MAX);
    }
    rgba[3] = (uint8_t)alpha;
}

/* A strip or a row of tiles is decoded whole, so bands end where these do. One that does not stand
 * upright must be turned as a whole. */
static uint32_t rows_at_once(const struct tiff *tiff, const TIFFRGBAImage *image)
{
    uint32_t rows = tiff->height;

    if (image->orientation != ORIENTATION_TOPLEFT)
        return rows;
    if (TIFFIsTiled(tiff->file))
        (void)TIFFGetField(tiff->file, TIFFTAG_TILELENGTH, &rows);
    else
        (void)TIFFGetField(tiff->file, TIFFTAG_ROWSPERSTRIP, &rows);
    return rows == 0 || rows > tiff->height ? tiff->height : rows;
}

static yx_status take_band(struct tiff *tiff, TIFFRGBAImage *image, uint32_t rows,
                           struct yx_error *err)
{
    uint32_t *pixels = (uint32_t *)(void *)tiff->room.data;

    memset(pixels, 0, tiff->room.len);
    if (!TIFFRGBAImageGet(image, pixels, tiff->width, rows) || tiff->why[0] != '\0')
        return fail_damaged(tiff, err);
    for (uint32_t y = 0; y < rows; y++) {
        for (uint32_t x = 0; x < tiff->width; x++)
            unpack(pixels[(size_t)y * tiff->width + x], image->alpha != 0,
                   tiff->shrink.row + (size_t)x * 4);
        yx_shrink_take(&tiff->shrink);
    }
    return YX_OK;
}

static yx_status read_image(struct tiff *tiff, TIFFRGBAImage *image, struct yx_error *err)
{
    uint32_t rows = rows_at_once(tiff, image);
    uint64_t pixels = (uint64_t)rows * tiff->width;

    YX_REQUIRE(pixels <= YX_BITMAP_DECODED_MAX, err, YX_REFUSED, yx_rule_bitmap,
               N_("the TIFF has to be decoded in pieces of {1} x {2} pixels, which are too large"),
               YX_NUM(tiff->width), YX_NUM(rows));
    if (yx_buf_reserve(&tiff->room, (size_t)pixels * 4) != YX_OK)
        return yx_fail_memory(err);
    tiff->room.len = (size_t)pixels * 4;
    image->req_orientation = ORIENTATION_TOPLEFT;
    for (uint32_t y = 0; y < tiff->height; y += rows) {
        image->row_offset = (int)y;
        YX_TRY(take_band(tiff, image, rows < tiff->height - y ? rows : tiff->height - y, err));
    }
    return YX_OK;
}

static yx_status read_other(struct tiff *tiff, struct yx_error *err)
{
    TIFFRGBAImage image;
    char why[1024] = "";
    yx_status status;

    if (!TIFFRGBAImageBegin(&image, tiff->file, 1, why)) {
        (void)snprintf(tiff->why, sizeof tiff->why, "%.*s", (int)sizeof tiff->why - 1, why);
        return fail_damaged(tiff, err);
    }
    status = read_image(tiff, &image, err);
    TIFFRGBAImageEnd(&image);
    return status;
}

yx_status yx_bitmap_read_tiff(struct yx_bytes picture, const struct yx_bitmap_wish *wish,
                              struct yx_raster *out, struct yx_error *err)
{
    YX_CLEAN(tiff) struct tiff tiff = {.bytes = picture};

    YX_TRY(open_file(&tiff, err));
    YX_TRY(read_directory(&tiff, err));
    YX_TRY(yx_shrink_start(&tiff.shrink, tiff.width, tiff.height, wish, out, err));
    /* What libtiff said of the tags so far does not count; what it says of the pixels does. */
    tiff.why[0] = '\0';
    if (is_bilevel(&tiff))
        return read_rows(&tiff, take_bits, err);
    return is_inked(&tiff) ? read_inks(&tiff, err) : read_other(&tiff, err);
}
