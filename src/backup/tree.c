/* SPDX-License-Identifier: Apache-2.0 */
/* backup/tree.c - folders: walking through them, removing them. */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/room.h"

#define DEPTH_MAX 16

yx_status yx_tree_path(const char *folder, const char *name, struct yx_buf *out,
                       struct yx_error *err)
{
    return yx_buf_printf(out, "%s%s%s", folder, folder[0] == '\0' ? "" : "/", name) == YX_OK &&
                   yx_buf_append(out, YX_BYTES("", 1)) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

/* --- Walking ------------------------------------------------------------------------------- */

struct names {
    struct dirent **items;
    int count;
};
static void names_free(struct names *names)
{
    for (int i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
}
YX_DEFINE_CLEAN_VALUE(names, struct names, names_free);

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static yx_status walk(const char *root, const char *path, const struct yx_walker *walker,
                      unsigned depth, struct yx_error *err);

static yx_status visit(const char *root, const char *folder, const char *name,
                       const struct yx_walker *walker, unsigned depth, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    YX_CLEAN(yx_buf) struct yx_buf whole = {0};
    struct stat about;
    const char *inner;

    YX_TRY(yx_tree_path(folder, name, &path, err));
    inner = (const char *)path.data;
    YX_TRY(yx_tree_path(root, inner, &whole, err));
    /* What went away since it was listed was not there. */
    if (stat((const char *)whole.data, &about) != 0)
        return errno == ENOENT ? YX_OK
                               : yx_fail_errno(err, YX_NO_INPUT, N_("cannot open {1}: {2}"),
                                               (const char *)whole.data, errno);
    if (!S_ISDIR(about.st_mode) && !S_ISREG(about.st_mode))
        return YX_OK;
    YX_TRY(walker->each(walker->self, (const char *)whole.data, inner, about.st_mode & 07777,
                        S_ISREG(about.st_mode) ? (uint64_t)about.st_size : 0,
                        S_ISDIR(about.st_mode), err));
    return S_ISDIR(about.st_mode) ? walk(root, inner, walker, depth + 1, err) : YX_OK;
}

static yx_status walk(const char *root, const char *path, const struct yx_walker *walker,
                      unsigned depth, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf whole = {0};
    YX_CLEAN(names) struct names names = {0};

    YX_REQUIRE(depth < DEPTH_MAX, err, YX_REFUSED, "",
               N_("{1} has folders within folders without end"), root);
    YX_TRY(yx_tree_path(root, path, &whole, err));
    names.count = scandir((const char *)whole.data, &names.items, NULL, by_bytes);
    if (names.count < 0)
        return yx_fail_errno(err, YX_NO_INPUT, N_("cannot open {1}: {2}"), (const char *)whole.data,
                             errno);
    for (int i = 0; i < names.count; i++) {
        const char *name = names.items[i]->d_name;

        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            YX_TRY(visit(root, path, name, walker, depth, err));
    }
    return YX_OK;
}

yx_status yx_tree_walk(const char *root, const struct yx_walker *walker, struct yx_error *err)
{
    return walk(root, "", walker, 0, err);
}

/* --- Removing ------------------------------------------------------------------------------ */

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place)
{
    (void)about, (void)kind, (void)place;
    (void)remove(path);
    return 0;
}

void yx_tree_remove(const char *path)
{
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

bool yx_tree_is_free(const char *path)
{
    DIR *folder = opendir(path);
    int entries = 0;

    if (folder == NULL)
        return errno == ENOENT;
    while (entries <= 2 && readdir(folder) != NULL)
        entries++;
    (void)closedir(folder);
    return entries <= 2;
}
