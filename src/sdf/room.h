/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sdf/room.h - what the files about SDF libraries (GM/T 0018) share. No file but these includes
 * it.
 */
#ifndef SDF_ROOM_H
#define SDF_ROOM_H

#include "sdf/sdf.h"
#include "sdf/sdf_api.h"

/* The functions of one library; those that it may lack are NULL then. */
struct yx_sdf {
#define YX_SDF_FIELD(name, parameters) int(*name) parameters;
    SDF_FUNCTIONS(YX_SDF_FIELD, YX_SDF_FIELD)
#undef YX_SDF_FIELD
};
yx_status yx_sdf_library(const struct yx_token_setup *setup, const struct yx_token_place *place,
                         struct yx_sdf *out, struct yx_error *err);
/* YX_OK, or the error for a code; `name` is the key's. */
yx_status yx_sdf_check(int code, const char *rule, const char *name, struct yx_error *err);
/* May a new connection help against this code? */
bool yx_sdf_is_gone(int code);

/* --- Sessions (pool.c) --------------------------------------------------------------- */

/* The sessions of one key, each with its access right; several threads take and give them. */
struct yx_sdf_pool;
/* A session in use. */
struct yx_sdf_use {
    void *session;
    struct yx_sdf_link *link; /* the connection that it belongs to */
};
/* `password` may be empty: then no access right is asked for. At most `most` sessions are open. */
yx_status yx_sdf_pool_new(const struct yx_sdf *sdf, unsigned index, struct yx_bytes password,
                          size_t most, struct yx_sdf_pool **out, struct yx_error *err);
/* All sessions must have been given back. */
void yx_sdf_pool_free(struct yx_sdf_pool *pool);
YX_DEFINE_CLEAN(yx_sdf_pool, struct yx_sdf_pool *, yx_sdf_pool_free);
/* Waits when all are in use. */
yx_status yx_sdf_pool_take(struct yx_sdf_pool *pool, struct yx_sdf_use *out, struct yx_error *err);
/* `broken`: the session is closed, and so is its connection once nobody uses it any more; the next
 * one to take a session connects anew. */
void yx_sdf_pool_give(struct yx_sdf_pool *pool, const struct yx_sdf_use *use, bool broken);

#endif
