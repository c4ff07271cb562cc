/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.c - a request to sign on its way from web to a worker, as JSON; and the places of a seal on
 * their way back.
 */
#include <stdlib.h>

#include "worker/room.h"

/* --- Requests ----------------------------------------------------------------------------------
 */

static json_t *placement_json(const struct yx_placement *placement)
{
    return json_pack("{s:i, s:I, s:I, s:b, s:f, s:f, s:s*, s:b, s:i}", "kind", (int)placement->kind,
                     "first", (json_int_t)placement->first_page, "last",
                     (json_int_t)placement->last_page, "has_point", (int)placement->has_point, "x",
                     placement->x, "y", placement->y, "keyword", placement->keyword, "all",
                     (int)placement->all_matches, "edge", (int)placement->edge);
}

static json_t *placements_json(const struct yx_sign_request *request)
{
    json_t *list = json_array();

    for (size_t i = 0; i < request->placement_count; i++)
        if (json_array_append_new(list, placement_json(&request->placements[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

yx_status yx_wire_put(const struct yx_sign_request *request, uint32_t number, bool stamped,
                      struct yx_buf *text, struct yx_error *err)
{
    json_t *json = json_pack(
        "{s:I, s:b, s:i, s:o, s:b, s:I, s:b, s:s*, s:s*, s:s*, s:i}", "number", (json_int_t)number,
        "stamped", (int)stamped, "algorithm", (int)request->algorithm, "placements",
        placements_json(request), "close", (int)request->close, "time", (json_int_t)request->time,
        "foreign", (int)request->allow_foreign_algorithms, "field", request->field, "reason",
        request->reason, "location", request->location, "level", (int)request->level);
    char *dumped = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
    bool done =
        dumped != NULL && yx_buf_append(text, YX_BYTES(dumped, strlen(dumped) + 1)) == YX_OK;

    json_decref(json);
    free(dumped);
    return done ? YX_OK : yx_fail_memory(err);
}

static yx_status malformed(struct yx_error *err)
{
    return yx_fail(err, YX_DAMAGED, "", N_("a message between our processes is malformed"));
}

static yx_status get_placement(json_t *json, struct yx_placement *out, struct yx_error *err)
{
    json_int_t first, last;
    int kind, has_point, all, edge;

    if (json_unpack(json, "{s:i, s:I, s:I, s:b, s:F, s:F, s?s, s:b, s:i !}", "kind", &kind, "first",
                    &first, "last", &last, "has_point", &has_point, "x", &out->x, "y", &out->y,
                    "keyword", &out->keyword, "all", &all, "edge", &edge) != 0 ||
        kind < YX_PLACE_POINT || kind > YX_PLACE_SEAM || edge < YX_EDGE_LEFT ||
        edge > YX_EDGE_BOTTOM || first < 0 || first > UINT32_MAX || last < 0 || last > UINT32_MAX)
        return malformed(err);
    out->kind = (yx_place_kind)kind;
    out->first_page = (uint32_t)first;
    out->last_page = (uint32_t)last;
    out->has_point = has_point;
    out->all_matches = all;
    out->edge = (yx_edge)edge;
    return YX_OK;
}

static yx_status get_placements(json_t *list, struct yx_wire *out, struct yx_error *err)
{
    size_t count = json_array_size(list);

    out->placements = calloc(count + 1, sizeof *out->placements);
    if (out->placements == NULL)
        return yx_fail_memory(err);
    for (size_t i = 0; i < count; i++)
        YX_TRY(get_placement(json_array_get(list, i), &out->placements[i], err));
    out->request.placements = out->placements;
    out->request.placement_count = count;
    return YX_OK;
}

static yx_status get(struct yx_wire *out, struct yx_error *err)
{
    struct yx_sign_request *request = &out->request;
    json_int_t number, time;
    json_t *placements;
    int stamped, algorithm, close, foreign, level;

    if (json_unpack(out->json, "{s:I, s:b, s:i, s:o, s:b, s:I, s:b, s?s, s?s, s?s, s:i !}",
                    "number", &number, "stamped", &stamped, "algorithm", &algorithm, "placements",
                    &placements, "close", &close, "time", &time, "foreign", &foreign, "field",
                    &request->field, "reason", &request->reason, "location", &request->location,
                    "level", &level) != 0 ||
        number < 0 || number > UINT32_MAX || level < YX_PADES_B || level > YX_PADES_LTA ||
        algorithm < YX_SIG_NONE)
        return malformed(err);
    out->number = (uint32_t)number;
    out->stamped = stamped;
    request->algorithm = (yx_signature_algorithm)algorithm;
    request->close = close;
    request->time = time;
    request->allow_foreign_algorithms = foreign;
    request->level = (yx_pades_level)level;
    return get_placements(placements, out, err);
}

yx_status yx_wire_get(const char *text, struct yx_wire *out, struct yx_error *err)
{
    YX_CLEAN(yx_wire) struct yx_wire wire = {.json =
                                                 json_loads(text, JSON_REJECT_DUPLICATES, NULL)};

    if (wire.json == NULL)
        return malformed(err);
    YX_TRY(get(&wire, err));
    *out = wire;
    wire = (struct yx_wire){0};
    return YX_OK;
}

void yx_wire_free(struct yx_wire *wire)
{
    json_decref(wire->json);
    free(wire->placements);
}

/* --- Places ------------------------------------------------------------------------------------
 */

/* Without pointers and without what the compiler leaves between members. */
struct stamp {
    double x, y, width, height, clip_x, clip_y, clip_width, clip_height;
    uint32_t page, has_clip;
};
_Static_assert(sizeof(struct stamp) == 72, "nothing between the members");

yx_status yx_wire_put_stamp(const struct yx_report_stamp *stamp, struct yx_buf *out,
                            struct yx_error *err)
{
    const struct stamp packed = {
        stamp->x,      stamp->y,          stamp->width,       stamp->height, stamp->clip_x,
        stamp->clip_y, stamp->clip_width, stamp->clip_height, stamp->page,   stamp->has_clip};

    return yx_buf_append(out, YX_BYTES(&packed, sizeof packed)) == YX_OK ? YX_OK
                                                                         : yx_fail_memory(err);
}

bool yx_wire_tell_stamps(struct yx_bytes stamps, const struct yx_sign_request *request)
{
    for (size_t at = 0; at + sizeof(struct stamp) <= stamps.len; at += sizeof(struct stamp)) {
        struct stamp packed;

        memcpy(&packed, stamps.data + at, sizeof packed);
        const struct yx_report_stamp stamp = {.page = packed.page,
                                              .x = packed.x,
                                              .y = packed.y,
                                              .width = packed.width,
                                              .height = packed.height,
                                              .has_clip = packed.has_clip != 0,
                                              .clip_x = packed.clip_x,
                                              .clip_y = packed.clip_y,
                                              .clip_width = packed.clip_width,
                                              .clip_height = packed.clip_height};
        if (request->stamped != NULL)
            request->stamped(request->stamped_context, &stamp);
    }
    return stamps.len % sizeof(struct stamp) == 0;
}
