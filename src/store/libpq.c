/* SPDX-License-Identifier: Apache-2.0 */
/* libpq.c - opens libpq when it is needed. */
#include "store/libpq.h"

#define LIBRARY "libpq.so.5"

/* In the order of struct yx_libpq. */
static const char *const names[] = {
    "PQconnectdbParams",
    "PQstatus",
    "PQtransactionStatus",
    "PQerrorMessage",
    "PQsocket",
    "PQsetNoticeProcessor",
    "PQfinish",
    "PQexec",
    "PQenterPipelineMode",
    "PQexitPipelineMode",
    "PQpipelineSync",
    "PQsendPrepare",
    "PQsendQueryPrepared",
    "PQsetSingleRowMode",
    "PQgetResult",
    "PQresultStatus",
    "PQresultErrorField",
    "PQcmdStatus",
    "PQcmdTuples",
    "PQntuples",
    "PQnfields",
    "PQftype",
    "PQgetisnull",
    "PQgetvalue",
    "PQgetlength",
    "PQclear",
    "PQconninfoParse",
    "PQconninfoFree",
    "PQfreemem",
};
#define COUNT (sizeof names / sizeof *names)
union symbols {
    void *list[COUNT];
    struct yx_libpq libpq;
};
_Static_assert(sizeof(struct yx_libpq) == COUNT * sizeof(void *), "a name for every function");
static const struct yx_library library = {
    LIBRARY, N_("{1}, which talks to PostgreSQL, is not installed"), names, COUNT};

/* It stays open until the program ends: its libraries do not like to be let go. */
yx_status yx_libpq_open(struct yx_libpq *out, struct yx_error *err)
{
    union symbols symbols;

    YX_TRY(yx_library_open(&library, symbols.list, err));
    *out = symbols.libpq;
    return YX_OK;
}
