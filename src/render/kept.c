/* SPDX-License-Identifier: Apache-2.0 */
/* kept.c - decoded pictures and colour spaces, kept for the next object that uses them. */
#include <stdlib.h>

#include "render/room.h"

#define PICTURES_MAX 500u
#define PICTURE_BYTES_MAX ((size_t)8 * 1024 * 1024) /* decoded, kept for the next page */
#define FILE_MAX ((size_t)64 * 1024 * 1024)
#define PROFILE_MAX ((size_t)4 * 1024 * 1024)
#define SPACES_MAX 100u

/* --- Pictures ---------------------------------------------------------------------------- */

void yx_render_free_pictures(struct yx_render *render)
{
    while (render->pictures != NULL) {
        struct yx_render_picture *picture = render->pictures;
        render->pictures = picture->next;
        cairo_surface_destroy(picture->surface);
        free(picture);
    }
    render->picture_count = 0;
    render->picture_bytes = 0;
}

static struct yx_render_picture *look_up(const struct yx_render *render,
                                         const struct yx_render_picture *wish)
{
    for (struct yx_render_picture *at = render->pictures; at != NULL; at = at->next) {
        if (at->is_mask == wish->is_mask && yx_bytes_equal(at->file, wish->file) &&
            at->wanted_width >= wish->wanted_width && at->wanted_height >= wish->wanted_height)
            return at;
    }
    return NULL;
}

/* What shows through a mask: its alpha where it has any, its brightness otherwise. */
static yx_status make_mask(const struct yx_raster *raster, cairo_surface_t **out,
                           struct yx_error *err)
{
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_A8, (int)raster->width, (int)raster->height);
    yx_status status = yx_cairo_status(cairo_surface_status(surface), err);
    if (status != YX_OK) {
        cairo_surface_destroy(surface);
        return status;
    }
    const uint8_t *from = raster->rgba.data;
    size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    bool opaque = true;
    for (size_t i = 0; i < raster->rgba.len && opaque; i += 4)
        opaque = from[i + 3] == 255;
    for (uint32_t y = 0; y < raster->height; y++) {
        uint8_t *to = cairo_image_surface_get_data(surface) + y * stride;
        for (uint32_t x = 0; x < raster->width; x++, from += 4)
            to[x] =
                opaque ? (uint8_t)((from[0] * 77 + from[1] * 150 + from[2] * 29) >> 8) : from[3];
    }
    cairo_surface_mark_dirty(surface);
    *out = surface;
    return YX_OK;
}

/* A PDF takes a JPEG as it is, unless its colours are inks, which programs read in two ways. */
static void attach_jpeg(cairo_surface_t *surface, struct yx_buf *bytes)
{
    struct yx_jpeg info;
    if (yx_bitmap_tell(yx_buf_bytes(bytes)) != YX_BITMAP_JPEG ||
        yx_jpeg_read(yx_buf_bytes(bytes), &info, NULL) != YX_OK || info.components == 4)
        return;
    if (cairo_surface_set_mime_data(surface, CAIRO_MIME_TYPE_JPEG, bytes->data, bytes->len, free,
                                    bytes->data) == CAIRO_STATUS_SUCCESS)
        *bytes = (struct yx_buf){0}; /* the surface owns them now */
}

static yx_status decode(struct yx_drawing *drawing, struct yx_render_picture *picture,
                        struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    YX_TRY(yx_ofd_book_part(drawing->render->book, picture->file, FILE_MAX, &bytes, err));
    YX_TRY(yx_bitmap_decode(yx_buf_bytes(&bytes), picture->wanted_width, picture->wanted_height,
                            &raster, err));
    if (picture->is_mask)
        return make_mask(&raster, &picture->surface, err);
    YX_TRY(yx_surface_from_raster(&raster, &picture->surface, err));
    if (drawing->keeps_jpeg)
        attach_jpeg(picture->surface, &bytes);
    return YX_OK;
}

static void make_room(struct yx_render *render)
{
    if (render->picture_bytes > PICTURE_BYTES_MAX || render->picture_count >= PICTURES_MAX)
        yx_render_free_pictures(render);
}

static struct yx_render_picture *keep(struct yx_render *render,
                                      const struct yx_render_picture *wish)
{
    struct yx_render_picture *picture = malloc(sizeof *picture + wish->file.len);
    if (picture == NULL)
        return NULL;
    *picture = *wish;
    memcpy(picture + 1, wish->file.data, wish->file.len);
    picture->file = YX_BYTES(picture + 1, wish->file.len);
    picture->next = render->pictures;
    render->pictures = picture;
    render->picture_count++;
    return picture;
}

yx_status yx_render_find_picture(struct yx_drawing *drawing, const struct yx_ofd_media *media,
                                 uint32_t width, uint32_t height, bool is_mask,
                                 cairo_surface_t **out)
{
    struct yx_render *render = drawing->render;
    const struct yx_render_picture wish = {
        .file = media->file, .wanted_width = width, .wanted_height = height, .is_mask = is_mask};
    struct yx_error why = {.status = YX_OK};
    struct yx_render_picture *picture = look_up(render, &wish);
    if (picture == NULL) {
        make_room(render);
        picture = keep(render, &wish);
        if (picture == NULL)
            return yx_fail_memory(drawing->err);
        yx_status status = decode(drawing, picture, &why);
        if (status == YX_NO_MEMORY)
            return yx_fail_memory(drawing->err);
        if (status != YX_OK)
            yx_ofd_book_note(render->book, &why.message);
        if (picture->surface != NULL)
            render->picture_bytes += (size_t)cairo_image_surface_get_stride(picture->surface) *
                                     (size_t)cairo_image_surface_get_height(picture->surface);
    }
    *out = picture->surface;
    return YX_OK;
}

/* --- Colours ----------------------------------------------------------------------------- */

static yx_status open_space(struct yx_render *render, struct yx_render_space *space,
                            struct yx_error *err)
{
    static const yx_colour_kind kinds[] = {
        [YX_OFD_SPACE_GRAY] = YX_COLOUR_GREY,
        [YX_OFD_SPACE_RGB] = YX_COLOUR_RGB,
        [YX_OFD_SPACE_CMYK] = YX_COLOUR_CMYK,
    };
    YX_CLEAN(yx_buf) struct yx_buf profile = {0};
    struct yx_error why = {.status = YX_OK};
    yx_status status = YX_OK;
    if (space->profile.len > 0)
        status = yx_ofd_book_part(render->book, space->profile, PROFILE_MAX, &profile, &why);
    if (status == YX_OK)
        status =
            yx_colour_space_new(kinds[space->kind], yx_buf_bytes(&profile), &space->space, &why);
    if (status == YX_OK)
        return YX_OK;
    yx_ofd_book_note(render->book, &why.message);
    return yx_colour_space_new(kinds[space->kind], YX_BYTES(NULL, 0), &space->space, err);
}

static yx_status find_space(struct yx_render *render, const struct yx_ofd_space *wanted,
                            struct yx_render_space **out, struct yx_error *err)
{
    /* A document with more profiles than can be meant gets none. */
    struct yx_bytes profile =
        render->space_count < SPACES_MAX ? wanted->profile : YX_BYTES(NULL, 0);
    for (*out = render->spaces; *out != NULL; *out = (*out)->next) {
        if ((*out)->kind == wanted->kind && yx_bytes_equal((*out)->profile, profile))
            return YX_OK;
    }
    struct yx_render_space *space = yx_arena_alloc(render->arena, sizeof *space);
    if (space == NULL)
        return yx_ofd_fail_arena(render->arena, err);
    space->kind = wanted->kind;
    space->profile = yx_arena_bytes(render->arena, profile);
    if (space->profile.data == NULL)
        return yx_ofd_fail_arena(render->arena, err);
    YX_TRY(open_space(render, space, err));
    space->next = render->spaces;
    *out = render->spaces = space;
    render->space_count++;
    return YX_OK;
}

yx_status yx_render_colour(struct yx_render *render, const struct yx_ofd_colour *colour,
                           double rgb[3], struct yx_error *err)
{
    struct yx_render_space *space;
    uint8_t bytes[3];
    /* Most colours, and those as they are. */
    if (colour->space->kind == YX_OFD_SPACE_RGB && colour->space->profile.len == 0) {
        memcpy(rgb, colour->values, 3 * sizeof *rgb);
        return YX_OK;
    }
    YX_TRY(find_space(render, colour->space, &space, err));
    yx_colour_to_rgb(space->space, colour->values, bytes);
    for (int i = 0; i < 3; i++)
        rgb[i] = bytes[i] / 255.0;
    return YX_OK;
}

void yx_render_free_spaces(struct yx_render *render)
{
    for (struct yx_render_space *at = render->spaces; at != NULL; at = at->next)
        yx_colour_space_free(at->space);
}
