/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish/ldap.c - certificates and CRLs in a directory (RFC 4523). Below the base of the settings:
 *
 *   cn=NAME                     pkiCA: cACertificate, certificateRevocationList,
 *                               authorityRevocationList (the same list) of an authority that may
 *                               certify others, deltaRevocationList
 *   cn=NAME-N                   cRLDistributionPoint: the same lists of partition N
 *   serialNumber=HEX            pkiUser: userCertificate, until it is revoked or expires (by the
 *                               settings); cn is that of the subject
 *
 * The base itself must be there: who runs the directory decides where it is.
 */
#include <strings.h>
#include <sys/time.h>

#include "publish/directory.h"
#include "publish/libldap.h"

#define CONNECT_SECONDS 5
#define ANSWER_SECONDS 10
#define SECRET_MAX 4096
#define DN_MAX 640
#define VALUES_MAX 4
#define ATTRIBUTES_MAX 6

struct session {
    struct yx_libldap api;
    LDAP *ldap;
    const struct yx_ca_settings *settings;
    const char *name;
    bool certifies_authorities;
};

static void session_free(struct session *session)
{
    if (session->ldap != NULL)
        (void)session->api.unbind(session->ldap, NULL, NULL);
}
YX_DEFINE_CLEAN_VALUE(session, struct session, session_free);

static yx_status check(const struct session *session, int code, const char *what,
                       struct yx_error *err)
{
    if (code == LDAP_SUCCESS)
        return YX_OK;
    YX_REQUIRE(code != LDAP_SERVER_DOWN && code != LDAP_TIMEOUT && code != LDAP_CONNECT_ERROR &&
                   code != LDAP_UNAVAILABLE && code != LDAP_BUSY,
               err, YX_IO, "", N_("the directory {1} cannot be reached: {2}"),
               session->settings->ldap_url, session->api.error_text(code));
    return yx_fail(err, YX_REFUSED, "RFC 4511 4.1.9", N_("the directory {1} refuses {2}: {3}"),
                   session->settings->ldap_url, what, session->api.error_text(code));
}

/* --- Coming in -----------------------------------------------------------------------------------
 */

/* A password goes over TLS, or does not leave the machine. */
static bool stays_here(const char *url)
{
    static const char *const here[] = {"ldapi://", "ldap://127.0.0.1", "ldap://localhost",
                                       "ldap://[::1]"};

    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++) {
        size_t len = strlen(here[i]);

        if (strncasecmp(url, here[i], len) == 0 &&
            (i == 0 || url[len] == '\0' || url[len] == ':' || url[len] == '/'))
            return true;
    }
    return false;
}

static yx_status check_path(const char *name, const char *path, struct yx_error *err)
{
    YX_REQUIRE(path[0] == '\0' || path[0] == '/', err, YX_USAGE, "",
               N_("{1} must be a whole path: {2}"), name, path);
    return YX_OK;
}

/* Whose TLS certificate is not trusted is not talked to, whatever OpenLDAP's own settings say. */
static yx_status choose_trust(struct session *session, struct yx_error *err)
{
    const char *file = session->settings->ldap_ca;
    const int demand = LDAP_OPT_X_TLS_DEMAND, client = 0;

    YX_TRY(check_path("ldap_ca", file, err));
    YX_REQUIRE(session->api.set_option(session->ldap, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) == 0 &&
                   (file[0] == '\0' ||
                    session->api.set_option(session->ldap, LDAP_OPT_X_TLS_CACERTFILE, file) == 0),
               err, YX_INTERNAL, "", N_("libldap does not take its options"));
    YX_REQUIRE(session->api.set_option(session->ldap, LDAP_OPT_X_TLS_NEWCTX, &client) == 0, err,
               YX_NO_INPUT, "RFC 4513 3.1.3",
               N_("there are no certificates to trust the directory by in {1}"),
               file[0] == '\0' ? "ldap.conf" : file);
    return YX_OK;
}

static yx_status secure(struct session *session, struct yx_error *err)
{
    const char *url = session->settings->ldap_url;
    bool from_the_start = strncasecmp(url, "ldaps://", 8) == 0;

    if (!from_the_start && stays_here(url))
        return YX_OK;
    YX_TRY(choose_trust(session, err));
    return from_the_start
               ? YX_OK
               : check(session, session->api.start_tls(session->ldap, NULL, NULL), "StartTLS", err);
}

/* The first line of the file. */
static yx_status read_password(const char *path, struct yx_buf *out, struct yx_error *err)
{
    uint8_t *end;

    if (path[0] == '\0')
        return YX_OK;
    YX_TRY(check_path("ldap_password_file", path, err));
    YX_TRY(yx_file_read(path, SECRET_MAX, out, err));
    end = out->len == 0 ? NULL : memchr(out->data, '\n', out->len);
    if (end != NULL)
        out->len = (size_t)(end - out->data);
    return YX_OK;
}

static yx_status log_in(struct session *session, struct yx_error *err)
{
    const struct yx_ca_settings *settings = session->settings;
    YX_CLEAN(yx_buf) struct yx_buf password = {0};
    struct berval secret;
    int code;

    if (settings->ldap_bind[0] == '\0')
        return YX_OK;
    YX_TRY(read_password(settings->ldap_password_file, &password, err));
    secret = (struct berval){password.len, (char *)password.data};
    code = session->api.bind(session->ldap, settings->ldap_bind, LDAP_SASL_SIMPLE, &secret, NULL,
                             NULL, NULL);
    return check(session, code, settings->ldap_bind, err);
}

static yx_status connect_to(struct session *session, struct yx_error *err)
{
    const struct timeval connect = {.tv_sec = CONNECT_SECONDS}, answer = {.tv_sec = ANSWER_SECONDS};
    const int version = LDAP_VERSION3;

    YX_TRY(yx_libldap_open(&session->api, err));
    YX_TRY(check(session, session->api.initialize(&session->ldap, session->settings->ldap_url),
                 "ldap_url", err));
    YX_REQUIRE(session->api.set_option(session->ldap, LDAP_OPT_PROTOCOL_VERSION, &version) == 0 &&
                   session->api.set_option(session->ldap, LDAP_OPT_NETWORK_TIMEOUT, &connect) ==
                       0 &&
                   session->api.set_option(session->ldap, LDAP_OPT_TIMEOUT, &answer) == 0 &&
                   session->api.set_option(session->ldap, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == 0,
               err, YX_INTERNAL, "", N_("libldap does not take its options"));
    YX_TRY(secure(session, err));
    return log_in(session, err);
}

/* --- Entries -------------------------------------------------------------------------------------
 */

/* An attribute of an entry as libldap wants it. */
struct attribute {
    LDAPMod mod;
    struct berval *list[VALUES_MAX + 1];
    struct berval values[VALUES_MAX];
    char name[48];
};
struct entry {
    char dn[DN_MAX];
    struct attribute attributes[ATTRIBUTES_MAX];
    size_t count;
    LDAPMod *mods[ATTRIBUTES_MAX + 1];
};

static void put(struct entry *entry, const char *name, struct yx_bytes value)
{
    struct attribute *attribute = NULL;
    size_t at = 0;

    for (size_t i = 0; i < entry->count; i++)
        if (strcmp(entry->attributes[i].name, name) == 0)
            attribute = &entry->attributes[i];
    if (attribute == NULL && entry->count < ATTRIBUTES_MAX) {
        attribute = &entry->attributes[entry->count];
        entry->mods[entry->count++] = &attribute->mod;
        (void)snprintf(attribute->name, sizeof attribute->name, "%s", name);
        attribute->mod.mod_op = LDAP_MOD_ADD | LDAP_MOD_BVALUES;
        attribute->mod.mod_type = attribute->name;
        attribute->mod.mod_bvalues = attribute->list;
    }
    while (attribute != NULL && at < VALUES_MAX && attribute->list[at] != NULL)
        at++;
    if (attribute == NULL || at == VALUES_MAX)
        return;
    attribute->values[at] =
        (struct berval){value.len, (char *)(uintptr_t)value.data}; /* libldap does not change it */
    attribute->list[at] = &attribute->values[at];
}

static void put_text(struct entry *entry, const char *name, const char *value)
{
    put(entry, name, YX_TEXT(value));
}

/* The attributes that take a value; the last one NULL. */
typedef const char *const *attributes;

static void put_each(struct entry *entry, attributes names, struct yx_bytes value)
{
    for (; *names != NULL; names++)
        put(entry, *names, value);
}

/* Makes the entry, or, where there is one, puts the value in the place of the one it has. */
static yx_status write_entry(struct session *session, struct entry *entry, attributes names,
                             struct yx_bytes value, struct yx_error *err)
{
    struct entry change = {0};
    int code;

    put_each(entry, names, value);
    code = session->api.add(session->ldap, entry->dn, entry->mods, NULL, NULL);
    if (code != LDAP_ALREADY_EXISTS)
        return check(session, code, entry->dn, err);
    put_each(&change, names, value);
    for (size_t i = 0; i < change.count; i++)
        change.attributes[i].mod.mod_op = LDAP_MOD_REPLACE | LDAP_MOD_BVALUES;
    return check(session, session->api.modify(session->ldap, entry->dn, change.mods, NULL, NULL),
                 entry->dn, err);
}

/* `name` is of letters, digits, '.', '_', '-': nothing of it needs an escape (RFC 4514 2.4). */
static void begin_entry(const struct session *session, struct entry *entry, const char *type,
                        const char *name)
{
    (void)snprintf(entry->dn, sizeof entry->dn, "%s=%s,%s", type, name,
                   session->settings->ldap_base);
    put_text(entry, "objectClass", "top");
}

static void begin_authority(const struct session *session, struct entry *entry)
{
    begin_entry(session, entry, "cn", session->name);
    put_text(entry, "objectClass", "applicationProcess");
    put_text(entry, "objectClass", "pkiCA");
    put_text(entry, "objectClass", "deltaCRL");
    put_text(entry, "cn", session->name);
}

static yx_status write_authority(struct session *session, const struct yx_directory_item *item,
                                 struct yx_error *err)
{
    static const char *const names[] = {"cACertificate;binary", NULL};
    struct entry entry = {0};

    begin_authority(session, &entry);
    return write_entry(session, &entry, names, yx_buf_bytes(&item->der), err);
}

/* A full list is about certificates of authorities too, where such are issued: those who ask about
 * them look into authorityRevocationList (RFC 4523 2.5). */
static attributes names_of(const struct session *session, const struct yx_directory_item *item)
{
    static const char *const delta[] = {"deltaRevocationList;binary", NULL};
    static const char *const full[] = {"certificateRevocationList;binary", NULL};
    static const char *const both[] = {"certificateRevocationList;binary",
                                       "authorityRevocationList;binary", NULL};

    if (item->delta)
        return delta;
    return session->certifies_authorities ? both : full;
}

static yx_status write_crl(struct session *session, const struct yx_directory_item *item,
                           struct yx_error *err)
{
    struct entry entry = {0};
    char name[96];

    (void)snprintf(name, sizeof name, "%s-%d", session->name, item->partition);
    if (session->settings->partitions == 1) {
        begin_authority(session, &entry);
    } else {
        begin_entry(session, &entry, "cn", name);
        put_text(&entry, "objectClass", "cRLDistributionPoint");
        put_text(&entry, "cn", name);
    }
    return write_entry(session, &entry, names_of(session, item), yx_buf_bytes(&item->der), err);
}

static yx_status write_certificate(struct session *session, const struct yx_directory_item *item,
                                   struct yx_error *err)
{
    static const char *const names[] = {"userCertificate;binary", NULL};
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    struct entry entry = {0};
    const char *name;

    YX_TRY(yx_cert_from_der(yx_buf_bytes(&item->der), &cert, err));
    name = yx_cert_common_name(cert);
    begin_entry(session, &entry, "serialNumber", yx_cert_serial(cert));
    put_text(&entry, "objectClass", "device");
    put_text(&entry, "objectClass", "pkiUser");
    put_text(&entry, "serialNumber", yx_cert_serial(cert));
    put_text(&entry, "cn", name[0] == '\0' ? yx_cert_serial(cert) : name);
    return write_entry(session, &entry, names, yx_buf_bytes(&item->der), err);
}

/* The entry stays, as a device without a certificate: who runs the directory may have put more
 * there. One that is not there, since it never came, is well. */
static yx_status drop_certificate(struct session *session, const struct yx_directory_item *item,
                                  struct yx_error *err)
{
    char name[] = "userCertificate;binary";
    LDAPMod drop = {.mod_op = LDAP_MOD_REPLACE | LDAP_MOD_BVALUES, .mod_type = name};
    LDAPMod *mods[] = {&drop, NULL};
    struct entry entry = {0};
    int code;

    begin_entry(session, &entry, "serialNumber", item->serial);
    code = session->api.modify(session->ldap, entry.dn, mods, NULL, NULL);
    return code == LDAP_NO_SUCH_OBJECT ? YX_OK : check(session, code, entry.dn, err);
}

static yx_status write_item(struct session *session, const struct yx_directory_item *item,
                            struct yx_error *err)
{
    switch (item->kind) {
    case YX_ITEM_AUTHORITY:
        return write_authority(session, item, err);
    case YX_ITEM_CRL:
        return write_crl(session, item, err);
    case YX_ITEM_REVOKED:
    case YX_ITEM_EXPIRED:
        return drop_certificate(session, item, err);
    case YX_ITEM_CERTIFICATE:
        return write_certificate(session, item, err);
    }
    return YX_OK;
}

/* --- All together --------------------------------------------------------------------------------
 */

/* What was written before a failure is remembered all the same. */
static yx_status write_all(struct session *session, struct yx_directory_list *list,
                           struct yx_error *err)
{
    yx_status status = YX_OK;
    size_t done = 0;

    while (done < list->count && status == YX_OK) {
        status = write_item(session, &list->items[done], err);
        done += status == YX_OK;
    }
    YX_TRY(yx_directory_remember(list, done, status == YX_OK ? err : NULL));
    return status;
}

static void list_free(struct yx_directory_list *list)
{
    yx_directory_list_free(list);
}
YX_DEFINE_CLEAN_VALUE(list, struct yx_directory_list, list_free);

yx_status yx_publish_ldap(struct yx_ca *ca, struct yx_error *err)
{
    YX_CLEAN(session)
    struct session session = {
        .settings = yx_ca_settings(ca),
        .name = yx_ca_name(ca),
        .certifies_authorities = yx_cert_may_have_ca_below(yx_ca_certificate(ca)),
    };
    YX_CLEAN(list) struct yx_directory_list list;

    YX_TRY(yx_directory_list_start(ca, &list, err));
    YX_TRY(yx_directory_missing(&list, err));
    while (list.count > 0) {
        if (session.ldap == NULL)
            YX_TRY(connect_to(&session, err));
        YX_TRY(write_all(&session, &list, err));
        YX_TRY(yx_directory_missing(&list, err));
    }
    return YX_OK;
}
