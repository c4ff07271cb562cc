/* SPDX-License-Identifier: Apache-2.0 */
/* devices/softskf_handle.c - the handles of the software USB key, and its lock. */
#include "softskf.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { HOLD_PAUSE = 2000000 /* ns */, HOLD_TRIES = 5000 /* 10 s */ };

/* The interface has no context of its own, so that handles live here. */
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static struct soft *opened;

void soft_enter(void)
{
    pthread_mutex_lock(&guard);
}

void soft_leave(const int *unused)
{
    (void)unused;
    pthread_mutex_unlock(&guard);
}

ULONG soft_new(soft_kind kind, struct soft *parent, const char *path, struct soft **out)
{
    struct soft *object = calloc(1, sizeof *object);
    SOFT_REQUIRE(object != NULL, SAR_MEMORYERR);
    object->kind = kind;
    object->parent = parent;
    object->held = -1;
    snprintf(object->path, sizeof object->path, "%s", path);
    object->next = opened;
    opened = object;
    *out = object;
    return SAR_OK;
}

ULONG soft_find(HANDLE handle, soft_kind kind, struct soft **out)
{
    for (struct soft *object = opened; object != NULL; object = object->next)
        if (object == handle && object->kind == kind) {
            *out = object;
            return SAR_OK;
        }
    return SAR_INVALIDHANDLEERR;
}

struct soft *soft_above(struct soft *object, soft_kind kind)
{
    while (object != NULL && object->kind != kind)
        object = object->parent;
    return object;
}

static struct soft *child_of(const struct soft *parent)
{
    for (struct soft *object = opened; object != NULL; object = object->next)
        if (object->parent == parent)
            return object;
    return NULL;
}

void soft_close(struct soft *object)
{
    for (struct soft *child; (child = child_of(object)) != NULL;)
        soft_close(child);
    for (struct soft **at = &opened; *at != NULL; at = &(*at)->next)
        if (*at == object) {
            *at = object->next;
            break;
        }
    if (object->held >= 0)
        close(object->held);
    yx_hasher_free(object->hasher);
    yx_wipe(object, sizeof *object);
    free(object);
}

ULONG soft_hold(struct soft *object, struct soft_hold *out)
{
    struct soft *device = soft_above(object, SOFT_DEVICE);
    char path[STORE_PATH];
    struct stat about;
    SOFT_REQUIRE(device != NULL && stat(device->path, &about) == 0 && about.st_dev == device->dev &&
                     about.st_ino == device->ino && store_path(path, device->path, "lock"),
                 SAR_DEVICE_REMOVED);
    if (device->held >= 0)
        return SAR_OK;
    out->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    SOFT_REQUIRE(out->fd >= 0, SAR_DEVICE_REMOVED);
    /* Not for ever: another handle of this process may hold it by SKF_LockDev. */
    for (int tries = 0; flock(out->fd, LOCK_EX | LOCK_NB) != 0; tries++) {
        SOFT_REQUIRE(tries < HOLD_TRIES, SAR_TIMEOUTERR);
        nanosleep(&(struct timespec){.tv_nsec = HOLD_PAUSE}, NULL);
    }
    return SAR_OK;
}

void soft_release(const struct soft_hold *hold)
{
    if (hold->fd >= 0)
        close(hold->fd);
}

ULONG soft_answer(struct yx_bytes answer, void *out, ULONG *size)
{
    SOFT_REQUIRE(size != NULL && answer.len <= UINT32_MAX, SAR_INVALIDPARAMERR);
    ULONG room = *size;
    *size = (ULONG)answer.len;
    if (out == NULL)
        return SAR_OK;
    SOFT_REQUIRE(room >= answer.len, SAR_BUFFER_TOO_SMALL);
    if (answer.len > 0)
        memcpy(out, answer.data, answer.len);
    return SAR_OK;
}

ULONG soft_list(const char *folder, const char *with, char *names, ULONG *size)
{
    YX_CLEAN(yx_buf) struct yx_buf list = {0};
    SOFT_REQUIRE(store_list(folder, with, &list), SAR_MEMORYERR);
    return soft_answer(yx_buf_bytes(&list), names, size);
}

ULONG soft_code(yx_status status)
{
    if (status == YX_OK)
        return SAR_OK;
    return status == YX_NO_MEMORY ? SAR_MEMORYERR : SAR_FAIL;
}

bool soft_may(const struct soft *application, ULONG right)
{
    return right == SKF_RIGHT_ANYONE || ((right & SKF_RIGHT_USER) != 0 && application->user) ||
           ((right & SKF_RIGHT_ADMIN) != 0 && application->admin);
}

ULONG SKF_CloseHandle(HANDLE handle)
{
    struct soft *digest;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_DIGEST, &digest));
    soft_close(digest);
    return SAR_OK;
}
