/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postgres.h - one PostgreSQL connection in pipeline mode: statements are put into the pipeline,
 * and their answers are collected when somebody asks for one. A connection is used by one thread at
 * a time.
 */
#ifndef STORE_POSTGRES_H
#define STORE_POSTGRES_H

#include <time.h>

#include "store/libpq.h"

/* So many answers that nobody has collected fit into the buffers of any socket. */
#define YX_PIPELINE_MAX 64

/* A message of ours whose answer is to come. */
struct yx_asked {
    struct yx_statement *statement;
    bool prepares; /* else: runs */
};
struct yx_postgres {
    const struct yx_libpq *pq;
    PGconn *conn;
    struct yx_cache cache;
    unsigned prepared; /* how many names were given */
    struct yx_asked asked[YX_PIPELINE_MAX];
    size_t asked_count;
    time_t plans_end;  /* of the monotonic clock: when plans are made anew */
    time_t plans_last; /* seconds from then until the next time */
    bool again;        /* the server asks for another try of the whole transaction */
    char command[16];  /* what the last statement says that it did: "COMMIT" */
};

/* What is wanted of the last statement in the pipeline; all may be NULL. */
struct yx_wanted {
    struct yx_reader *reader;
    int64_t *changed;
};

yx_status yx_postgres_connect(const struct yx_libpq *pq, const char *uri, struct yx_postgres **out,
                              struct yx_error *err);
void yx_postgres_close(struct yx_postgres *c);
YX_DEFINE_CLEAN(yx_postgres, struct yx_postgres *, yx_postgres_close);

/* Is it gone? */
bool yx_postgres_is_lost(const struct yx_postgres *c);
/* Has the server hung up, or said something, while nobody used the connection? */
bool yx_postgres_is_stale(const struct yx_postgres *c);

/* Lets the server forget its plans when their time is over; nothing is in the pipeline. */
yx_status yx_postgres_refresh(struct yx_postgres *c, struct yx_error *err);

/* Puts a statement into the pipeline. */
yx_status yx_postgres_ask(struct yx_postgres *c, const char *sql, const struct yx_value *values,
                          size_t count, struct yx_error *err);
/* Sends what was put there, and takes all answers. The first failure is the one that counts. */
yx_status yx_postgres_collect(struct yx_postgres *c, const struct yx_wanted *wanted,
                              struct yx_error *err);
/* Several statements without parameters, at once. */
yx_status yx_postgres_script(struct yx_postgres *c, const char *sql, struct yx_error *err);

#endif
