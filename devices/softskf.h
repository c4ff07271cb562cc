/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/softskf.h - what the files of the software USB key (GM/T 0016) share.
 *
 *   ROOT/DEVICE/device                            label, serial number, authentication key
 *   ROOT/DEVICE/lock                              locked (flock) during every call
 *   ROOT/DEVICE/applications/NAME/application     the two PINs: counters, and the master key
 *   ROOT/DEVICE/applications/NAME/containers/C/   sign.key, sign.pub, sign.cer, encrypt.*
 *   ROOT/DEVICE/applications/NAME/files/F/        about, data
 *
 * ROOT is $YINXIN_SOFTSKF_DIR. Every folder in ROOT is a device: an empty one is a blank key that
 * has just been plugged in, and one that is moved away was pulled out.
 */
#ifndef DEVICES_SOFTSKF_H
#define DEVICES_SOFTSKF_H

/* The functions of the interface are all that the library shows. */
#pragma GCC visibility push(default)
#include "skf/skf_api.h"
#pragma GCC visibility pop

#include <sys/types.h>

#include "store.h"

enum { NAME_DEVICE_MAX = 63, NAME_APPLICATION_MAX = 48, NAME_CONTAINER_MAX = 64 };

typedef enum { SOFT_DEVICE, SOFT_APPLICATION, SOFT_CONTAINER, SOFT_DIGEST } soft_kind;

/* What a handle stands for. */
struct soft {
    soft_kind kind;
    struct soft *parent, *next;
    char path[STORE_PATH];
    /* a device */
    dev_t dev; /* of its folder: another folder of the same name is another device */
    ino_t ino;
    int held; /* the lock of SKF_LockDev, -1: none */
    bool authenticated;
    bool challenged;
    uint8_t challenge[16];
    /* an application */
    bool user, admin; /* who has given the PIN */
    uint8_t master[VAULT_KEY];
    /* a digest */
    struct yx_hasher *hasher;
    ULONG digest_size;
};

/* One thread at a time: the table of handles is the only global, and its lock. */
void soft_enter(void);
void soft_leave(const int *unused);
#define SOFT_ENTER                                                           \
    __attribute__((cleanup(soft_leave), unused)) const int soft_entered = 0; \
    soft_enter()

/* Leaves the function with a code. */
#define SOFT_TRY(call)             \
    do {                           \
        ULONG soft_ended = (call); \
        if (soft_ended != SAR_OK)  \
            return soft_ended;     \
    } while (0)
#define SOFT_REQUIRE(condition, code) \
    do {                              \
        if (!(condition))             \
            return (code);            \
    } while (0)

ULONG soft_new(soft_kind kind, struct soft *parent, const char *path, struct soft **out);
/* SAR_INVALIDHANDLEERR unless it is an open handle of this kind. */
ULONG soft_find(HANDLE handle, soft_kind kind, struct soft **out);
/* Closes it and all that was opened through it. */
void soft_close(struct soft *object);
struct soft *soft_above(struct soft *object, soft_kind kind);

/* The lock between processes; released by the cleanup attribute. SAR_DEVICE_REMOVED when the
 * device is no longer there. */
struct soft_hold {
    int fd;
};
ULONG soft_hold(struct soft *object, struct soft_hold *out);
void soft_release(const struct soft_hold *hold);
#define SOFT_HOLD(object)                                                     \
    __attribute__((cleanup(soft_release))) struct soft_hold soft_held = {-1}; \
    SOFT_TRY(soft_hold(object, &soft_held))

/* The two-step answer of the interface: `out` NULL asks for the size. */
ULONG soft_answer(struct yx_bytes answer, void *out, ULONG *size);
ULONG soft_list(const char *folder, const char *with, char *names, ULONG *size);
ULONG soft_code(yx_status status);

/* Has the user (or the administrator) given the PIN of this application? */
bool soft_may(const struct soft *application, ULONG right);

#endif
