/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft_device.h - the software devices of devices/ in a folder of their own, and somebody who knows
 * their PINs. Needs support.h before it.
 */
#ifndef SUPPORT_SOFT_DEVICE_H
#define SUPPORT_SOFT_DEVICE_H

#include "token/token.h"
#include "tools.h"

/* The PINs that are given when they are asked for. */
struct pins {
    const char *user, *admin, *new_user, *new_admin;
    int asked;
    int tries_left; /* as the last question said */
};

static inline yx_status pins_ask(void *self, const struct yx_pin_question *question,
                                 struct yx_buf *pin, struct yx_error *err)
{
    struct pins *pins = self;
    const char *known[] = {
        [YX_PIN_FILE] = NULL,
        [YX_PIN_USER] = pins->user,
        [YX_PIN_ADMIN] = pins->admin,
        [YX_PIN_NEW_USER] = pins->new_user,
        [YX_PIN_NEW_ADMIN] = pins->new_admin,
    };
    pins->asked++;
    pins->tries_left = question->tries_left;
    assert_non_null(known[question->role]);
    return yx_buf_append(pin, YX_TEXT(known[question->role])) == YX_OK ? YX_OK
                                                                       : yx_fail_memory(err);
}

/* The path of a file that was built: beside this program, or in `folder` there. */
static inline void built_path(char out[512], const char *folder, const char *name)
{
    char self[256] = "";
    assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    *strrchr(self, '/') = '\0';
    snprintf(out, 512, "%s/%s/%s", self, folder, name);
    if (access(out, R_OK) != 0)
        snprintf(out, 512, "%s/%s", self, name);
}

struct soft_device {
    struct folder folder;
    char module[512];
    struct pins pins;
    struct yx_token_setup setup;
};

static inline void soft_device_start(struct soft_device *device, const char *variable,
                                     const char *library)
{
    folder_make(&device->folder);
    setenv(variable, device->folder.path, 1);
    built_path(device->module, "../devices", library);
    device->pins = (struct pins){
        .user = "246810", .admin = "97531086", .new_user = "246810", .new_admin = "97531086"};
    device->setup = (struct yx_token_setup){.pin = {pins_ask, &device->pins},
                                            .skf_module = device->module,
                                            .sdf_module = device->module};
}

#endif
