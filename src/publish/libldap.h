/* SPDX-License-Identifier: Apache-2.0 */
/* publish/libldap.h - what we use of OpenLDAP's library, which is opened when something is to be
 * brought to a directory. Only publish/ includes it. */
#ifndef PUBLISH_LIBLDAP_H
#define PUBLISH_LIBLDAP_H

#include <ldap.h>

#include "base/base.h"

/* In the order of the names in libldap.c. */
struct yx_libldap {
    int (*initialize)(LDAP **out, const char *url);
    int (*set_option)(LDAP *ldap, int option, const void *value);
    int (*start_tls)(LDAP *ldap, LDAPControl **server, LDAPControl **client);
    int (*bind)(LDAP *ldap, const char *dn, const char *mechanism, struct berval *secret,
                LDAPControl **server, LDAPControl **client, struct berval **answer);
    int (*add)(LDAP *ldap, const char *dn, LDAPMod **mods, LDAPControl **server,
               LDAPControl **client);
    int (*modify)(LDAP *ldap, const char *dn, LDAPMod **mods, LDAPControl **server,
                  LDAPControl **client);
    int (*unbind)(LDAP *ldap, LDAPControl **server, LDAPControl **client);
    char *(*error_text)(int code);
};

/* YX_IO when the library is not installed. */
yx_status yx_libldap_open(struct yx_libldap *out, struct yx_error *err);

#endif
