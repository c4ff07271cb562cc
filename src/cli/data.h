/* SPDX-License-Identifier: Apache-2.0 */
/* cli/data.h - the folder that --data names: of a service, or of an authority. */
#ifndef CLI_DATA_H
#define CLI_DATA_H

#include "audit/audit.h"
#include "cli/ca.h"
#include "settings/settings.h"

struct cli_data {
    const char *folder;
    struct yx_ca *ca;             /* of an authority; or */
    struct yx_settings *settings; /* of a service */
    struct yx_store *own;         /* its database */
    struct yx_store *store;       /* of either */
    struct yx_buf database;       /* where that is: a path or a URI, with a NUL behind it */
};
/* DIR with a ca.pem is an authority's. The tables of the audit list are there afterwards. */
yx_status cli_data_open(const char *folder, const char *config, struct cli_data *out,
                        struct yx_error *err);
/* The name of the log in its checkpoints: that of the authority, or what the last checkpoint of a
 * service says; appended with a NUL behind it. */
yx_status cli_data_log(const struct cli_data *data, struct yx_buf *out, struct yx_error *err);
/* Whom signatures under checkpoints must be of: a certificate, in a file or on a token, or a public
 * key in a file. */
yx_status cli_audit_key(const char *path, struct yx_public_key **out, struct yx_error *err);
void cli_data_close(struct cli_data *data);
YX_DEFINE_CLEAN_VALUE(cli_data, struct cli_data, cli_data_close);

/* No list has more records. */
#define CLI_RECORDS_MAX INT64_C(1000000000000)

#define CLI_DATA_OPTION                                                                          \
    {                                                                                            \
        .name = "data", .value = "DIR", .help = N_("the folder of the service or an authority"), \
        .required = true                                                                         \
    }
#define CLI_CONFIG_OPTION                                                                   \
    {                                                                                       \
        .name = "config", .value = "F", .help = N_("the settings; usually DIR/yinxin.conf") \
    }
#define CLI_LOG_OPTION                                                                         \
    {                                                                                          \
        .name = "name", .value = "N",                                                          \
        .help = N_("the name of the log in its checkpoints; otherwise that of the authority, " \
                   "or what the last checkpoint says")                                         \
    }

#endif
