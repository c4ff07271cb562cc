/* SPDX-License-Identifier: Apache-2.0 */
/* libpq.h - what we use of libpq, which is opened when a PostgreSQL URI is, so that all other
 * commands start without it and its libraries (Kerberos, LDAP). */
#ifndef STORE_LIBPQ_H
#define STORE_LIBPQ_H

#include <libpq-fe.h>

#include "store/room.h"

/* In the order of the names in libpq.c. */
struct yx_libpq {
    PGconn *(*connect)(const char *const *keywords, const char *const *values, int expand_dbname);
    ConnStatusType (*status)(const PGconn *conn);
    PGTransactionStatusType (*transaction_status)(const PGconn *conn);
    char *(*error_message)(const PGconn *conn);
    int (*socket)(const PGconn *conn);
    PQnoticeProcessor (*set_notice_processor)(PGconn *conn, PQnoticeProcessor processor, void *arg);
    void (*finish)(PGconn *conn);
    PGresult *(*exec)(PGconn *conn, const char *query);
    int (*enter_pipeline)(PGconn *conn);
    int (*exit_pipeline)(PGconn *conn);
    int (*pipeline_sync)(PGconn *conn);
    int (*send_prepare)(PGconn *conn, const char *name, const char *query, int count,
                        const Oid *types);
    int (*send_prepared)(PGconn *conn, const char *name, int count, const char *const *values,
                         const int *lengths, const int *formats, int result_format);
    int (*set_single_row_mode)(PGconn *conn);
    PGresult *(*get_result)(PGconn *conn);
    ExecStatusType (*result_status)(const PGresult *result);
    char *(*result_error_field)(const PGresult *result, int field);
    char *(*command_status)(PGresult *result);
    char *(*command_tuples)(PGresult *result);
    int (*tuple_count)(const PGresult *result);
    int (*field_count)(const PGresult *result);
    Oid (*field_type)(const PGresult *result, int column);
    int (*is_null)(const PGresult *result, int row, int column);
    char *(*value)(const PGresult *result, int row, int column);
    int (*length)(const PGresult *result, int row, int column);
    void (*clear)(PGresult *result);
    PQconninfoOption *(*conninfo_parse)(const char *conninfo, char **error);
    void (*conninfo_free)(PQconninfoOption *options);
    void (*free_memory)(void *memory);
};

/* YX_IO when the library is not installed. */
yx_status yx_libpq_open(struct yx_libpq *out, struct yx_error *err);

#endif
