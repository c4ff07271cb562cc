/* SPDX-License-Identifier: Apache-2.0 */
/* pool.c - connections that wait for work, and no more of them than YX_POOL_MAX. */
#include "store/room.h"

void yx_pool_init(struct yx_pool *pool)
{
    (void)pthread_mutex_init(&pool->mutex, NULL);
    (void)pthread_cond_init(&pool->given, NULL);
}

void yx_pool_take(struct yx_pool *pool, void **out)
{
    (void)pthread_mutex_lock(&pool->mutex);
    while (pool->out_count == YX_POOL_MAX)
        (void)pthread_cond_wait(&pool->given, &pool->mutex);
    pool->out_count++;
    *out = pool->idle_count > 0 ? pool->idle[--pool->idle_count] : NULL;
    (void)pthread_mutex_unlock(&pool->mutex);
}

/* There is room: those out and those idle together are never more than YX_POOL_MAX, since one is
 * opened only when none is idle. */
void yx_pool_give(struct yx_pool *pool, void *connection)
{
    (void)pthread_mutex_lock(&pool->mutex);
    pool->out_count--;
    if (connection != NULL)
        pool->idle[pool->idle_count++] = connection;
    (void)pthread_cond_signal(&pool->given);
    (void)pthread_mutex_unlock(&pool->mutex);
}

void *yx_pool_drain(struct yx_pool *pool)
{
    void *connection = NULL;

    (void)pthread_mutex_lock(&pool->mutex);
    if (pool->idle_count > 0)
        connection = pool->idle[--pool->idle_count];
    (void)pthread_mutex_unlock(&pool->mutex);
    return connection;
}

void yx_pool_destroy(struct yx_pool *pool)
{
    (void)pthread_cond_destroy(&pool->given);
    (void)pthread_mutex_destroy(&pool->mutex);
}
