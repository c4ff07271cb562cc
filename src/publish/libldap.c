/* SPDX-License-Identifier: Apache-2.0 */
/* publish/libldap.c - opens libldap when it is needed. */
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
static const struct yx_library library = {
    LIBRARY, N_("{1}, which talks to directories, is not installed"), names, COUNT};

/* It stays open until the program ends: its libraries do not like to be let go. */
yx_status yx_libldap_open(struct yx_libldap *out, struct yx_error *err)
{
    union symbols symbols;

    YX_TRY(yx_library_open(&library, symbols.list, err));
    *out = symbols.libldap;
    return YX_OK;
}
