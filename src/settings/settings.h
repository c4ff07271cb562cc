/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings/settings.h - the door to settings/: DIR/yinxin.conf, the settings of a service. One
 * table (table.c) holds for each its type, what it usually is, its limits and its help;
 * yinxin.conf(5) is made of it. A setting that has its usual value needs no line in the file, nor
 * is the file needed.
 *
 * A line is `name = value`, a list `name = {"one", "two"}`; names that are not in the table are
 * refused with their line, and so is a name that stands twice. Sizes may end in K, M or G (1024),
 * times in s, m, h or d. Files whose names do not start with '/' lie in DIR. Secrets stand in files
 * of their own, so that the settings can be shown.
 */
#ifndef SETTINGS_SETTINGS_H
#define SETTINGS_SETTINGS_H

#include "base/base.h"

/* "127.0.0.1:8443", "[::1]:8443", ":8443" (every IPv4 address). */
struct yx_endpoint {
    const char *host; /* without brackets; "0.0.0.0" when there is none */
    uint16_t port;    /* 0: any that is free */
};
/* "10.0.0.0/8", "2001:db8::/32", or one address. IPv4 is kept as ::ffff:0:0/96. */
struct yx_network {
    uint8_t address[16];
    unsigned bits;
};
struct yx_texts {
    const char *const *items;
    size_t count;
};
struct yx_endpoints {
    const struct yx_endpoint *items;
    size_t count;
};
struct yx_networks {
    const struct yx_network *items;
    size_t count;
};

/* Texts are "" and lists are empty where nothing is set. Sizes are bytes, times seconds. */
struct yx_settings {
    /* Listening */
    struct yx_endpoints listen, listen_plain;
    const char *public_url; /* without a slash at its end; "": nobody has said */
    const char *tls_certificate, *tls_key;
    struct yx_networks trusted_proxies;
    struct yx_networks metrics_from;
    const char *user;
    /* Storage */
    const char *database; /* a path, or "postgresql://..." */
    const char *blobs;    /* a path, or "s3://bucket/prefix" */
    const char *blobs_key;
    const char *s3_endpoint, *s3_region, *s3_credentials, *s3_ca, *s3_spool;
    bool s3_path_style;
    /* Limits */
    int64_t connections, connections_per_address;
    int64_t threads;
    int64_t header_deadline, body_deadline, idle_deadline, stop_deadline;
    int64_t upload_max, upload_lifetime;
    /* Documents */
    int64_t page_workers; /* 0: one for each processor */
    int64_t page_deadline;
    int64_t page_memory;
    /* Mail */
    const char *smtp_url, *smtp_user, *smtp_password, *smtp_ca, *mail_from;
    struct yx_networks webhook_networks;
    /* Trust and rules */
    struct yx_texts login_trust, verify_trust;
    struct yx_texts audit_witnesses;
    /* What is written down */
    bool log_requests;
    int64_t job_retention;

    struct yx_settings_inside *inside;
};

/*
 * Reads DIR/yinxin.conf (`data` is DIR), or the file `path` unless that is NULL. All strings live
 * as long as *out, which never changes afterwards and may be read by any number of threads.
 * YX_NO_INPUT when `path` cannot be read, YX_DAMAGED names file and line.
 */
yx_status yx_settings_read(const char *data, const char *path, struct yx_settings **out,
                           struct yx_error *err);
/* Its two halves: the text of the file ("" when it is not there and not named), and what it says.
 * Who starts others with the same settings keeps the text. */
yx_status yx_settings_text(const char *data, const char *path, struct yx_buf *out,
                           struct yx_error *err);
yx_status yx_settings_parse(const char *data, const char *path, struct yx_bytes text,
                            struct yx_settings **out, struct yx_error *err);
/* Puts one setting in the place of what the file says, before anybody else reads them; `from` says
 * where it comes from ("--listen"). YX_USAGE when it is none. */
yx_status yx_settings_set(struct yx_settings *settings, const char *from, const char *name,
                          const char *value, struct yx_error *err);
/* Can the files be read that settings name? The status of the first that cannot, with its name. */
yx_status yx_settings_check(const struct yx_settings *settings, struct yx_error *err);
void yx_settings_free(struct yx_settings *settings);
YX_DEFINE_CLEAN(yx_settings, struct yx_settings *, yx_settings_free);

/* --- The table, for those who show it --------------------------------------------------------- */

struct yx_setting {
    const char *section; /* a sentence's key for the translation; the same in all of a section */
    const char *name;
    const char *kind;  /* what a value is; the same kind of key */
    const char *help;  /* the same */
    const char *usual; /* "" where it is nothing, or depends on the machine */
    const char *value; /* as it would stand in the file; passwords in URLs are left out */
    const char *from;  /* "", the usual value; the path of the file; or an option */
    int line;          /* of the file; 0 */
};
size_t yx_settings_count(void);
/* The setting `index`, in the order of the table. */
struct yx_setting yx_settings_at(const struct yx_settings *settings, size_t index);

/* --- Addresses -------------------------------------------------------------------------------- */

/* `host` is where the host's text goes, with room for YX_HOST_MAX bytes; YX_USAGE when it is no
 * address. */
#define YX_HOST_MAX 64
yx_status yx_endpoint_parse(const char *text, char host[YX_HOST_MAX], struct yx_endpoint *out,
                            struct yx_error *err);
yx_status yx_network_parse(const char *text, struct yx_network *out, struct yx_error *err);
/* Does `address`, as inet_ntop writes it, lie in one of the networks? */
bool yx_networks_have(const struct yx_networks *networks, const char *address);

#endif
