/* SPDX-License-Identifier: Apache-2.0 */
/* softhsm.h - SoftHSM with a configuration and a folder of tokens of its own, and PINs that are
 * known. Needs support.h before it. */
#ifndef SUPPORT_SOFTHSM_H
#define SUPPORT_SOFTHSM_H

#include "token/token.h"
#include "tools.h"

struct hsm {
    struct folder folder;
    const char *module; /* NULL: not installed */
    struct yx_token_setup setup;
    const char *user, *admin, *new_user, *new_admin, *file; /* NULL: nobody knows it */
    unsigned asked;
};

static inline yx_status hsm_ask(void *self, const struct yx_pin_question *question,
                                struct yx_buf *pin, struct yx_error *err)
{
    struct hsm *hsm = self;
    const char *known[] = {[YX_PIN_FILE] = hsm->file,
                           [YX_PIN_USER] = hsm->user,
                           [YX_PIN_ADMIN] = hsm->admin,
                           [YX_PIN_NEW_USER] = hsm->new_user,
                           [YX_PIN_NEW_ADMIN] = hsm->new_admin};

    assert_non_null(question->name);
    hsm->asked++;
    YX_REQUIRE(known[question->role] != NULL, err, YX_REFUSED, "", "nobody knows the PIN");
    return yx_buf_append_text(pin, known[question->role]);
}

static inline void hsm_start(struct hsm *hsm)
{
    static const char *const modules[] = {"/usr/lib/softhsm/libsofthsm2.so",
                                          "/usr/lib64/pkcs11/libsofthsm2.so",
                                          "/usr/lib/pkcs11/libsofthsm2.so"};
    char path[128];

    memset(hsm, 0, sizeof *hsm);
    for (size_t i = 0; i < sizeof modules / sizeof *modules && hsm->module == NULL; i++)
        if (access(modules[i], R_OK) == 0)
            hsm->module = modules[i];
    hsm->user = hsm->new_user = "123456";
    hsm->admin = hsm->new_admin = "87654321";
    hsm->setup.pkcs11_module = hsm->module;
    hsm->setup.pin = (struct yx_pin_source){hsm_ask, hsm};
    folder_make(&hsm->folder);
    expect_tool(&hsm->folder,
                "mkdir tokens && printf 'directories.tokendir = %%s/tokens\\nlog.level = ERROR\\n' "
                "%s > softhsm2.conf",
                hsm->folder.path);
    (void)snprintf(path, sizeof path, "%s/softhsm2.conf", hsm->folder.path);
    assert_int_equal(setenv("SOFTHSM2_CONF", path, 1), 0);
}

#endif
