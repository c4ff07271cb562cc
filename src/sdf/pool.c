/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sdf/pool.c - sessions with a device, for threads that sign at the same time. A device that
 * went away leaves a dead connection; the threads that still use it let it go one by one, and the
 * last closes it, while others are already on the new one.
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "sdf/room.h"

/* One connection with the device. */
struct yx_sdf_link {
    void *device;
    size_t users; /* sessions that are open */
    bool dead;
};

struct yx_sdf_pool {
    struct yx_sdf sdf;
    unsigned index;
    struct yx_buf password;
    char name[32]; /* for people: "index 1" */
    pthread_mutex_t lock;
    pthread_cond_t given; /* a session came back */
    pid_t process;
    struct yx_sdf_link *link; /* NULL: not connected */
    struct yx_sdf_use *idle;  /* room for `most` */
    size_t idle_count, in_use, most;
};

/* --- Connections (the caller holds the lock) ---------------------------------------------- */

static void link_release(const struct yx_sdf_pool *pool, struct yx_sdf_link *link)
{
    if (--link->users > 0 || !link->dead)
        return;
    (void)pool->sdf.CloseDevice(link->device);
    free(link);
}

static void close_session(const struct yx_sdf_pool *pool, const struct yx_sdf_use *use)
{
    (void)pool->sdf.CloseSession(use->session);
    link_release(pool, use->link);
}

/* Nobody gets a session of it any more. */
static void drop_link(struct yx_sdf_pool *pool)
{
    struct yx_sdf_link *link = pool->link;

    if (link == NULL)
        return;
    pool->link = NULL;
    link->users++; /* ours, until the idle ones are closed */
    link->dead = true;
    while (pool->idle_count > 0)
        close_session(pool, &pool->idle[--pool->idle_count]);
    link_release(pool, link);
}

static yx_status connect_device(struct yx_sdf_pool *pool, struct yx_error *err)
{
    struct yx_sdf_link *link = calloc(1, sizeof *link);
    yx_status status;

    if (link == NULL)
        return yx_fail_memory(err);
    status = yx_sdf_check(pool->sdf.OpenDevice(&link->device), "GM/T 0018, SDF_OpenDevice",
                          pool->name, err);
    if (status == YX_OK && link->device == NULL)
        status = yx_fail(err, YX_DAMAGED, "GM/T 0018, SDF_OpenDevice",
                         N_("the library of the token gives no handle"));
    if (status != YX_OK) {
        free(link);
        return status;
    }
    pool->link = link;
    return YX_OK;
}

/* --- Sessions ----------------------------------------------------------------------------- */

static yx_status open_session(const struct yx_sdf_pool *pool, struct yx_sdf_use *out,
                              struct yx_error *err)
{
    struct yx_bytes password = yx_buf_bytes(&pool->password);
    yx_status status;

    *out = (struct yx_sdf_use){NULL, pool->link};
    YX_TRY(yx_sdf_check(pool->sdf.OpenSession(pool->link->device, &out->session),
                        "GM/T 0018, SDF_OpenSession", pool->name, err));
    YX_REQUIRE(out->session != NULL, err, YX_DAMAGED, "GM/T 0018, SDF_OpenSession",
               N_("the library of the token gives no handle"));
    pool->link->users++;
    if (password.len == 0 || pool->sdf.GetPrivateKeyAccessRight == NULL)
        return YX_OK;
    status =
        yx_sdf_check(pool->sdf.GetPrivateKeyAccessRight(
                         out->session, pool->index, pool->password.data, (unsigned)password.len),
                     "GM/T 0018, SDF_GetPrivateKeyAccessRight", pool->name, err);
    if (status != YX_OK)
        close_session(pool, out);
    return status;
}

/* An idle one, or a new one; when the connection turns out to be dead, once more on a new one. */
static yx_status take_one(struct yx_sdf_pool *pool, struct yx_sdf_use *out, struct yx_error *err)
{
    bool fresh = pool->link == NULL;
    yx_status status;

    if (pool->idle_count > 0) {
        *out = pool->idle[--pool->idle_count];
        return YX_OK;
    }
    if (fresh)
        YX_TRY(connect_device(pool, err));
    status = open_session(pool, out, err);
    if (status != YX_IO)
        return status;
    drop_link(pool);
    if (fresh)
        return status;
    YX_TRY(connect_device(pool, err));
    return open_session(pool, out, err);
}

/* In the child of a fork nothing of the parent is ours: it is forgotten, not closed. */
static void notice_fork(struct yx_sdf_pool *pool)
{
    if (pool->process == getpid())
        return;
    pool->process = getpid();
    pool->link = NULL;
    pool->idle_count = pool->in_use = 0;
}

yx_status yx_sdf_pool_take(struct yx_sdf_pool *pool, struct yx_sdf_use *out, struct yx_error *err)
{
    yx_status status;

    (void)pthread_mutex_lock(&pool->lock);
    notice_fork(pool);
    while (pool->in_use == pool->most)
        (void)pthread_cond_wait(&pool->given, &pool->lock);
    status = take_one(pool, out, err);
    if (status == YX_OK)
        pool->in_use++;
    (void)pthread_mutex_unlock(&pool->lock);
    return status;
}

void yx_sdf_pool_give(struct yx_sdf_pool *pool, const struct yx_sdf_use *use, bool broken)
{
    (void)pthread_mutex_lock(&pool->lock);
    pool->in_use--;
    if (broken && pool->link == use->link)
        drop_link(pool);
    if (use->link->dead)
        close_session(pool, use);
    else
        pool->idle[pool->idle_count++] = *use;
    (void)pthread_cond_signal(&pool->given);
    (void)pthread_mutex_unlock(&pool->lock);
}

/* --- The pool ----------------------------------------------------------------------------- */

yx_status yx_sdf_pool_new(const struct yx_sdf *sdf, unsigned index, struct yx_bytes password,
                          size_t most, struct yx_sdf_pool **out, struct yx_error *err)
{
    struct yx_sdf_pool *pool = calloc(1, sizeof *pool);

    if (pool == NULL)
        return yx_fail_memory(err);
    pool->sdf = *sdf;
    pool->index = index;
    pool->most = most;
    pool->process = getpid();
    (void)snprintf(pool->name, sizeof pool->name, "sdf:index=%u", index);
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->given, NULL);
    pool->idle = calloc(most, sizeof *pool->idle);
    if (pool->idle == NULL || yx_buf_append(&pool->password, password) != YX_OK) {
        yx_sdf_pool_free(pool);
        return yx_fail_memory(err);
    }
    *out = pool;
    return YX_OK;
}

void yx_sdf_pool_free(struct yx_sdf_pool *pool)
{
    if (pool == NULL)
        return;
    notice_fork(pool);
    drop_link(pool);
    yx_buf_free(&pool->password);
    (void)pthread_cond_destroy(&pool->given);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool->idle);
    free(pool);
}
