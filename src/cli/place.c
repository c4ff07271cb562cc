/* SPDX-License-Identifier: Apache-2.0 */
/* cli/place.c - where a seal shall stand: --page, --at, --keyword, --match and --seam. */
#include "cli/cli.h"

/* "3" is 3 to 3, "2-5" is 2 to 5. */
static bool read_range(const char *text, int64_t *from, int64_t *to)
{
    char first[20];
    size_t len = strcspn(text, "-");

    if (len >= sizeof first)
        return false;
    memcpy(first, text, len);
    first[len] = '\0';
    return cli_whole(first, from) && cli_whole(text[len] == '-' ? text + len + 1 : first, to) &&
           *from >= 1 && *from <= *to && *to <= INT32_MAX;
}

static bool all_pages(const struct cli_args *args)
{
    return cli_has(args, "page") && strcmp(cli_value(args, "page"), "all") == 0;
}

yx_status cli_pages(const struct cli_args *args, uint32_t *first, uint32_t *last,
                    struct yx_error *err)
{
    const char *text = cli_value(args, "page");
    int64_t from, to;

    *first = *last = 0;
    if (text == NULL || all_pages(args))
        return YX_OK;
    YX_REQUIRE(read_range(text, &from, &to), err, YX_USAGE, "",
               N_("--page takes a page (3), pages (2-5) or all, not {1}"), text);
    *first = (uint32_t)from;
    *last = (uint32_t)to;
    return YX_OK;
}

static yx_status read_point(const struct cli_args *args, struct yx_placement *placement,
                            struct yx_error *err)
{
    const char *text = cli_value(args, "at");
    const char *comma;

    if (text == NULL)
        return YX_OK;
    comma = cli_decimal(text, ',', &placement->x);
    YX_REQUIRE(comma != NULL && *comma == ',' && cli_decimal(comma + 1, '\0', &placement->y), err,
               YX_USAGE, "", N_("--at takes X,Y in millimetres, such as 105,148.5, not {1}"), text);
    placement->has_point = true;
    return YX_OK;
}

static yx_status read_keyword(const struct cli_args *args, struct yx_placement *placement,
                              struct yx_error *err)
{
    const char *match = cli_value(args, "match");

    placement->keyword = cli_value(args, "keyword");
    YX_REQUIRE(match == NULL || placement->keyword != NULL, err, YX_USAGE, "",
               N_("--match belongs to --keyword"));
    YX_REQUIRE(match == NULL || strcmp(match, "first") == 0 || strcmp(match, "all") == 0, err,
               YX_USAGE, "", N_("--match takes first or all, not {1}"), match);
    if (placement->keyword == NULL)
        return YX_OK;
    placement->kind = YX_PLACE_KEYWORD;
    placement->all_matches = match != NULL && strcmp(match, "all") == 0;
    return YX_OK;
}

static yx_status read_seam(const struct cli_args *args, struct yx_placement *placement,
                           struct yx_error *err)
{
    static const char *const edges[] = {
        [YX_EDGE_LEFT] = "left",
        [YX_EDGE_RIGHT] = "right",
        [YX_EDGE_TOP] = "top",
        [YX_EDGE_BOTTOM] = "bottom",
    };
    const char *text = cli_value(args, "seam");

    if (text == NULL)
        return YX_OK;
    placement->kind = YX_PLACE_SEAM;
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        if (strcmp(edges[i], text) == 0) {
            placement->edge = (yx_edge)i;
            return YX_OK;
        }
    return yx_fail(err, YX_USAGE, "", N_("--seam takes left, right, top or bottom, not {1}"), text);
}

yx_status cli_placement(const struct cli_args *args, struct yx_placement *placement,
                        struct yx_error *err)
{
    static const char *const places[] = {"at", "keyword", "seam", "field"};
    unsigned given = 0;

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        given += cli_has(args, places[i]) ? 1 : 0;
    YX_REQUIRE(given <= 1, err, YX_USAGE, "",
               N_("--at, --keyword, --seam and --field exclude each other"));
    YX_REQUIRE(!cli_has(args, "field") || !cli_has(args, "page"), err, YX_USAGE, "",
               N_("a field has its page already: leave out --page"));
    YX_REQUIRE(cli_has(args, "seal") || cli_has(args, "field") ||
                   (given == 0 && !cli_has(args, "page")),
               err, YX_USAGE, "", N_("a place needs a seal: give --seal"));
    YX_TRY(cli_pages(args, &placement->first_page, &placement->last_page, err));
    YX_TRY(read_point(args, placement, err));
    YX_TRY(read_keyword(args, placement, err));
    return read_seam(args, placement, err);
}

yx_status cli_placement_fit(const struct cli_args *args, struct yx_document *document,
                            struct yx_placement *placement, struct yx_error *err)
{
    if (!all_pages(args))
        return YX_OK;
    placement->first_page = 1;
    return yx_document_page_count(document, &placement->last_page, err);
}
