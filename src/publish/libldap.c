/* SPDX-License-Identifier: Apache-2.0 */
/* publish/libldap.c - opens libldap when it is needed. */
#include <dlfcn.h>

#include "publish/libldap.h"

#define LIBRARY "libldap-2.5.so.0"

/* In the order of struct yx_libldap. */
static const char *const names[] = {
    "ldap_initialize", "ldap_set_option",   "ldap_start_tls_s",  "ldap_sasl_bind_s",
    "ldap_add_ext_s",  "ldap_modify_ext_s", "ldap_unbind_ext_s", "ldap_err2string",
};
#define COUNT (sizeof names / sizeof *names)
union symbols {
    void *list[COUNT];
    struct yx_libldap libldap;
};
_Static_assert(sizeof(struct yx_libldap) == COUNT * sizeof(void *), "a name for every function");

/* It stays open until the program ends: its libraries do not like to be let go. */
yx_status yx_libldap_open(struct yx_libldap *out, struct yx_error *err)
{
    union symbols symbols;
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

    YX_REQUIRE(library != NULL, err, YX_IO, "",
               N_("{1}, which talks to directories, is not installed"), LIBRARY);
    for (size_t i = 0; i < COUNT; i++) {
        symbols.list[i] = dlsym(library, names[i]);
        YX_REQUIRE(symbols.list[i] != NULL, err, YX_IO, "", N_("{1} has no {2}: it is too old"),
                   LIBRARY, names[i]);
    }
    *out = symbols.libldap;
    return YX_OK;
}
