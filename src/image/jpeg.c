/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jpeg.c - decodes a JPEG (ITU-T T.81) with libjpeg-turbo, smaller where it will be seen smaller.
 * libjpeg leaves by longjmp when it cannot go on: all that must be released then lives in
 * struct jpeg, and no function between setjmp and a call of libjpeg owns anything.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

/* Behind <stdio.h>, which it needs. */
#include <jpeglib.h>

#include <jerror.h>

#include "image/parts.h"

/* The coefficients of a progressive picture are kept until its last scan. */
#define WORK_MAX (256L * 1024 * 1024)
/* Ordinary progressive pictures have ten; each costs a pass over the whole. */
#define SCANS_MAX 64

struct jpeg {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf away;
    char why[JMSG_LENGTH_MAX];
    struct yx_colour_space *space; /* NULL: libjpeg makes red, green and blue */
    struct yx_buf row;             /* one row of samples of that space */
    JOCTET *profile;
};

/* Both of `info` and of what hangs on it. */
static void jpeg_free(struct jpeg *jpeg)
{
    jpeg_destroy_decompress(&jpeg->info);
    yx_colour_space_free(jpeg->space);
    yx_buf_free(&jpeg->row);
    free(jpeg->profile);
}
YX_DEFINE_CLEAN_VALUE(jpeg, struct jpeg, jpeg_free);

/* --- What libjpeg calls ------------------------------------------------------------------ */

_Noreturn static void leave(j_common_ptr info)
{
    struct jpeg *jpeg = info->client_data;

    info->err->format_message(info, jpeg->why);
    longjmp(jpeg->away, 1);
}

/* libjpeg paints grey what is missing, and anything where the data makes no sense. A page must not
 * show what the document does not have, so only untidiness is passed over. */
static void heed(j_common_ptr info, int level)
{
    static const int untidy[] = {JWRN_EXTRANEOUS_DATA, JWRN_ADOBE_XFORM, JWRN_JFIF_MAJOR,
                                 JWRN_BOGUS_ICC, JWRN_NOT_SEQUENTIAL};
    bool is_fine = level >= 0;

    for (size_t i = 0; i < sizeof untidy / sizeof untidy[0]; i++)
        is_fine = is_fine || info->err->msg_code == untidy[i];
    if (!is_fine)
        leave(info);
}

static void say_nothing(j_common_ptr info)
{
    (void)info;
}

static void watch_scans(j_common_ptr info)
{
    struct jpeg *jpeg = info->client_data;

    if (jpeg->info.input_scan_number > SCANS_MAX) {
        (void)snprintf(jpeg->why, sizeof jpeg->why, "more than %d scans", SCANS_MAX);
        longjmp(jpeg->away, 1);
    }
}

/* --- Colours ----------------------------------------------------------------------------- */

static yx_colour_kind kind_of(const struct jpeg *jpeg)
{
    static const yx_colour_kind kinds[] = {
        [1] = YX_COLOUR_GREY, [3] = YX_COLOUR_RGB, [4] = YX_COLOUR_CMYK};

    return kinds[jpeg->info.num_components];
}

/* A profile that cannot be used leaves the colours those of the device. */
static yx_status choose_space(struct jpeg *jpeg, struct yx_error *err)
{
    static const J_COLOR_SPACE spaces[] = {JCS_GRAYSCALE, JCS_RGB, JCS_CMYK};
    yx_colour_kind kind = kind_of(jpeg);
    unsigned len = 0;
    yx_status status = YX_REFUSED;

    if (jpeg_read_icc_profile(&jpeg->info, &jpeg->profile, &len))
        status = yx_colour_space_new(kind, YX_BYTES(jpeg->profile, len), &jpeg->space, err);
    if (status == YX_REFUSED && kind == YX_COLOUR_CMYK)
        status = yx_colour_space_new(kind, YX_BYTES(NULL, 0), &jpeg->space, err);
    jpeg->info.out_color_space = jpeg->space == NULL ? JCS_EXT_RGBA : spaces[kind];
    return status == YX_REFUSED ? YX_OK : status;
}

/* Adobe writes ink the other way round: 0 is full. */
static void straighten(struct jpeg *jpeg)
{
    if (jpeg->info.out_color_space == JCS_CMYK && jpeg->info.saw_Adobe_marker)
        for (size_t i = 0; i < jpeg->row.len; i++)
            jpeg->row.data[i] = (uint8_t)~jpeg->row.data[i];
}

/* --- Decoding ---------------------------------------------------------------------------- */

/* libjpeg halves up to three times at little cost. */
static void choose_scale(struct jpeg *jpeg, const struct yx_bitmap_wish *wish)
{
    struct jpeg_decompress_struct *info = &jpeg->info;
    uint32_t width = info->image_width, height = info->image_height;
    unsigned scale = 1;

    while (scale < 8 &&
           ((width / (scale * 2) >= wish->width && height / (scale * 2) >= wish->height) ||
            (uint64_t)width * height / (scale * scale) > YX_BITMAP_DECODED_MAX))
        scale *= 2;
    info->scale_num = 1;
    info->scale_denom = scale;
}

static yx_status read_header(struct jpeg *jpeg, const struct yx_bitmap_wish *wish,
                             struct yx_error *err)
{
    struct jpeg_decompress_struct *info = &jpeg->info;

    (void)jpeg_read_header(info, TRUE);
    YX_TRY(yx_bitmap_check_size(info->image_width, info->image_height, err));
    YX_REQUIRE(info->jpeg_color_space != JCS_UNKNOWN, err, YX_REFUSED, yx_rule_bitmap,
               N_("the JPEG has {1} components, and only grey, colours and four inks are known"),
               YX_NUM(info->num_components));
    choose_scale(jpeg, wish);
    return choose_space(jpeg, err);
}

static void read_row(struct jpeg *jpeg, uint8_t *rgba)
{
    JSAMPROW row = jpeg->space == NULL ? rgba : jpeg->row.data;

    (void)jpeg_read_scanlines(&jpeg->info, &row, 1);
    if (jpeg->space == NULL)
        return;
    straighten(jpeg);
    yx_colour_row(jpeg->space, jpeg->row.data, rgba, jpeg->info.output_width);
}

static yx_status read_rows(struct jpeg *jpeg, struct yx_raster *out, struct yx_error *err)
{
    struct jpeg_decompress_struct *info = &jpeg->info;
    size_t stride = (size_t)info->output_width * 4;
    size_t samples = (size_t)info->output_width * (size_t)info->output_components;

    YX_TRY(yx_raster_start(out, info->output_width, info->output_height, err));
    if (yx_buf_reserve(&jpeg->row, samples) != YX_OK)
        return yx_fail_memory(err);
    jpeg->row.len = samples;
    while (info->output_scanline < info->output_height)
        read_row(jpeg, out->rgba.data + info->output_scanline * stride);
    (void)jpeg_finish_decompress(info);
    return YX_OK;
}

static yx_status read_picture(struct jpeg *jpeg, struct yx_bytes picture,
                              const struct yx_bitmap_wish *wish, struct yx_raster *out,
                              struct yx_error *err)
{
    struct jpeg_decompress_struct *info = &jpeg->info;

    if (setjmp(jpeg->away) != 0)
        return yx_fail(err, YX_REFUSED, yx_rule_bitmap, N_("the JPEG cannot be decoded: {1}"),
                       jpeg->why);
    jpeg_create_decompress(info);
    info->mem->max_memory_to_use = WORK_MAX;
    info->progress = &jpeg->progress;
    jpeg_save_markers(info, JPEG_APP0 + 2, 0xFFFF);
    jpeg_mem_src(info, picture.data, picture.len);
    YX_TRY(read_header(jpeg, wish, err));
    (void)jpeg_start_decompress(info);
    return read_rows(jpeg, out, err);
}

yx_status yx_bitmap_read_jpeg(struct yx_bytes picture, const struct yx_bitmap_wish *wish,
                              struct yx_raster *out, struct yx_error *err)
{
    YX_CLEAN(jpeg) struct jpeg jpeg = {0};

    jpeg.info.err = jpeg_std_error(&jpeg.errors);
    jpeg.info.client_data = &jpeg;
    jpeg.errors.error_exit = leave;
    jpeg.errors.emit_message = heed;
    jpeg.errors.output_message = say_nothing;
    jpeg.progress.progress_monitor = watch_scans;
    return read_picture(&jpeg, picture, wish, out, err);
}
