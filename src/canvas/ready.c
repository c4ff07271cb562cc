/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ready.c - the fonts of the system for a process that is about to lose its way to files: the list
 * is made once, and every file of it is mapped, read-only. A map costs address space, and memory
 * only for what is looked at, which all processes share.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "canvas/fonts.h"

struct file {
    const FcChar8 *path; /* of the list */
    struct yx_bytes bytes;
};

/* A trait of the process, as its confinement is: set once, before it draws. */
static struct {
    FcConfig *config; /* NULL: this process opens fonts as it needs them */
    struct file *files;
    size_t count;
} ready;

static yx_status map(const char *path, struct yx_bytes *out, struct yx_error *err)
{
    struct stat about;
    void *bytes = MAP_FAILED;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0)
        bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (fd >= 0)
        (void)close(fd);
    YX_REQUIRE(bytes != MAP_FAILED, err, YX_IO, "fonts", N_("the font {1} cannot be read"), path);
    *out = YX_BYTES(bytes, about.st_size);
    return YX_OK;
}

static const struct file *find(const char *path)
{
    for (size_t i = 0; i < ready.count; i++)
        if (strcmp((const char *)ready.files[i].path, path) == 0)
            return &ready.files[i];
    return NULL;
}

/* A file that cannot be read is missing when it is wanted, as it would have been. */
static void map_all(const FcFontSet *set)
{
    for (int i = 0; i < set->nfont; i++) {
        struct file *file = &ready.files[ready.count];
        FcChar8 *path;

        if (yx_font_is_drawable(set->fonts[i]) &&
            FcPatternGetString(set->fonts[i], FC_FILE, 0, &path) == FcResultMatch &&
            find((const char *)path) == NULL &&
            map((const char *)path, &file->bytes, NULL) == YX_OK) {
            file->path = path;
            ready.count++;
        }
    }
}

yx_status yx_fonts_ready(struct yx_error *err)
{
    const FcFontSet *set;

    ready.config = yx_font_config();
    set = ready.config == NULL ? NULL : FcConfigGetFonts(ready.config, FcSetSystem);
    if (set == NULL)
        return yx_fail_memory(err);
    ready.files = calloc((size_t)set->nfont + 1, sizeof *ready.files);
    if (ready.files == NULL)
        return yx_fail_memory(err);
    map_all(set);
    return YX_OK;
}

FcConfig *yx_fonts_ready_config(void)
{
    return ready.config;
}

yx_status yx_font_file(const char *path, struct yx_bytes *out, struct yx_error *err)
{
    const struct file *file = find(path);

    YX_REQUIRE(ready.config == NULL || file != NULL, err, YX_IO, "fonts",
               N_("the font {1} cannot be read"), path);
    *out = file == NULL ? YX_BYTES(NULL, 0) : file->bytes;
    return YX_OK;
}
