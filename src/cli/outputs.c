/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/outputs.c - where the results of a command go that makes one new document of each document
 * it is given: to a file, or under the same names into a folder. Whatever could cost a document is
 * refused before the first one is touched.
 */
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/cli.h"

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static bool is_folder(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* `folder` is empty for a file whose name is given. */
static char *join(const char *folder, const char *name)
{
    size_t len = strlen(folder);
    const char *slash = len > 0 && folder[len - 1] != '/' ? "/" : "";
    char *path = malloc(len + strlen(name) + 2);

    if (path != NULL)
        (void)snprintf(path, len + strlen(name) + 2, "%s%s%s", folder, slash, name);
    return path;
}

static yx_status name_outputs(const struct cli_args *args, struct cli_outputs *outputs,
                              struct yx_error *err)
{
    const char *out = cli_value(args, "o");
    bool folder = is_folder(out);

    YX_REQUIRE(folder || args->operand_count == 1, err, YX_USAGE, "",
               N_("several documents need a folder to go to, and {1} is none"), out);
    for (; outputs->count < args->operand_count; outputs->count++) {
        const char *name = folder ? base_name(args->operands[outputs->count]) : out;

        outputs->paths[outputs->count] = join(folder ? out : "", name);
        if (outputs->paths[outputs->count] == NULL)
            return yx_fail_memory(err);
    }
    return YX_OK;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(base_name(*(const char *const *)a), base_name(*(const char *const *)b));
}

/* Sorted, equal names are neighbours. */
static yx_status refuse_equal_names(const struct cli_args *args, struct yx_error *err)
{
    const char **sorted = calloc(args->operand_count, sizeof *sorted);
    const char *one = NULL, *other = NULL;

    if (sorted == NULL)
        return yx_fail_memory(err);
    memcpy(sorted, args->operands, args->operand_count * sizeof *sorted);
    qsort(sorted, args->operand_count, sizeof *sorted, compare_names);
    for (size_t i = 1; i < args->operand_count && one == NULL; i++)
        if (compare_names(&sorted[i - 1], &sorted[i]) == 0) {
            one = sorted[i - 1];
            other = sorted[i];
        }
    free(sorted);
    YX_REQUIRE(one == NULL, err, YX_USAGE, "",
               N_("{1} and {2} would have the same name in the folder {3}"), one, other,
               cli_value(args, "o"));
    return YX_OK;
}

/* Which file a name leads to; names that lead nowhere are all alike, and nothing is lost there. */
struct file_id {
    dev_t device;
    ino_t inode;
};

static bool identify(const char *path, struct file_id *id)
{
    struct stat about;

    memset(id, 0, sizeof *id); /* its gaps too: it is compared as bytes */
    if (stat(path, &about) != 0)
        return false;
    id->device = about.st_dev;
    id->inode = about.st_ino;
    return true;
}

static int compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct file_id));
}

/* No result may take the place of any input, under whatever name that was given. */
static yx_status refuse_inputs(const struct cli_args *args, const struct cli_outputs *outputs,
                               struct yx_error *err)
{
    struct file_id *inputs = calloc(args->operand_count, sizeof *inputs);
    struct file_id id;
    const char *lost = NULL;

    if (inputs == NULL)
        return yx_fail_memory(err);
    for (size_t i = 0; i < args->operand_count; i++)
        (void)identify(args->operands[i], &inputs[i]);
    qsort(inputs, args->operand_count, sizeof *inputs, compare_ids);
    for (size_t i = 0; i < outputs->count && lost == NULL; i++)
        if (identify(outputs->paths[i], &id) &&
            bsearch(&id, inputs, args->operand_count, sizeof id, compare_ids) != NULL)
            lost = outputs->paths[i];
    free(inputs);
    YX_REQUIRE(lost == NULL, err, YX_USAGE, "",
               N_("{1} is one of the documents given, and as it is it would be lost: OUT must not "
                  "be IN"),
               lost);
    return YX_OK;
}

yx_status cli_outputs_plan(const struct cli_args *args, struct cli_outputs *out,
                           struct yx_error *err)
{
    YX_CLEAN(cli_outputs) struct cli_outputs outputs = {0};

    outputs.paths = calloc(args->operand_count, sizeof *outputs.paths);
    if (outputs.paths == NULL)
        return yx_fail_memory(err);
    YX_TRY(name_outputs(args, &outputs, err));
    YX_TRY(refuse_equal_names(args, err));
    YX_TRY(refuse_inputs(args, &outputs, err));
    *out = outputs;
    outputs = (struct cli_outputs){0};
    return YX_OK;
}

void cli_outputs_free(struct cli_outputs *outputs)
{
    for (size_t i = 0; i < outputs->count; i++)
        free(outputs->paths[i]);
    free(outputs->paths);
}

yx_status cli_outputs_make(struct cli_args *args, const struct cli_outputs *outputs, cli_make make,
                           void *context, struct yx_error *err)
{
    struct yx_error problem;

    if (args->operand_count == 1)
        return make(context, args->operands[0], outputs->paths[0], args->operands[0], err);
    for (size_t i = 0; i < args->operand_count; i++) {
        struct cli_title title = cli_title_of(args, i);
        int code = 0;

        if (make(context, args->operands[i], outputs->paths[i], title.text, &problem) != YX_OK)
            code = cli_complain(&problem, args->operands[i]);
        YX_TRY(cli_flush(err));
        args->verdict = code > args->verdict ? code : args->verdict;
    }
    return YX_OK;
}
