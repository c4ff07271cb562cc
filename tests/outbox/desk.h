/* SPDX-License-Identifier: Apache-2.0 */
/* desk.h - an outbox over a database, with settings, and programs in Python that receive. Needs
 * support.h, tools.h and database.h before it. */
#ifndef TESTS_OUTBOX_DESK_H
#define TESTS_OUTBOX_DESK_H

#include <signal.h>

#include "outbox/room.h"

struct desk {
    struct database *database;
    struct yx_store *store;
    struct yx_settings *settings;
    struct yx_outbox outbox;
};

/* `lines` is what stands in yinxin.conf. */
static inline void desk_open(struct desk *desk, struct database *database, const char *lines)
{
    static const uint8_t key[32] = {7, 7, 7};
    struct yx_error err = {0};
    *desk = (struct desk){.database = database, .store = database_open(database)};
    folder_write(&database->folder, "yinxin.conf", YX_TEXT(lines));
    expect_ok(yx_audit_prepare(desk->store, &err), &err);
    expect_ok(yx_jobs_prepare(desk->store, &err), &err);
    expect_ok(yx_outbox_prepare(desk->store, &err), &err);
    expect_ok(yx_settings_read(database->folder.path, NULL, &desk->settings, &err), &err);
    desk->outbox = (struct yx_outbox){.store = desk->store,
                                      .settings = desk->settings,
                                      .service_key = YX_BYTES(key, sizeof key),
                                      .service = "印信服务"};
}

static inline void desk_close(struct desk *desk)
{
    yx_settings_free(desk->settings);
    yx_store_free(desk->store);
}

/* Jobs run with pauses short enough for a test. */
static inline struct yx_jobs *desk_start(struct desk *desk)
{
    static struct yx_job_kind kinds[YX_OUTBOX_KINDS];
    struct yx_jobs *jobs = NULL;
    struct yx_error err = {0};
    yx_outbox_kinds(&desk->outbox, kinds);
    for (int i = 0; i < YX_OUTBOX_KINDS; i++) {
        kinds[i].pause = YX_SECOND / 20;
        kinds[i].pause_max = YX_SECOND / 10;
    }
    const struct yx_jobs_options options = {.store = desk->store,
                                            .kinds = kinds,
                                            .kind_count = YX_OUTBOX_KINDS,
                                            .poll = YX_SECOND / 20};
    expect_ok(yx_jobs_start(&options, &jobs, &err), &err);
    return jobs;
}

/* --- Deliveries ------------------------------------------------------------------------------- */

struct seen_delivery {
    enum yx_delivery_state state;
    int64_t tries, status;
    char receipt[200], error[300], to[200], id[YX_UUID_TEXT];
    unsigned count; /* of all that were shown */
    const char *wanted;
};

static inline yx_status see_delivery(void *self, const struct yx_delivery *delivery,
                                     struct yx_error *err)
{
    struct seen_delivery *seen = self;
    (void)err;
    seen->state = delivery->state;
    seen->tries = delivery->tries;
    seen->status = delivery->status;
    snprintf(seen->receipt, sizeof seen->receipt, "%s",
             delivery->receipt == NULL ? "-" : delivery->receipt);
    snprintf(seen->error, sizeof seen->error, "%s",
             delivery->error == NULL ? "-" : delivery->error);
    snprintf(seen->to, sizeof seen->to, "%s", delivery->to);
    snprintf(seen->id, sizeof seen->id, "%s", delivery->id);
    seen->count++;
    return YX_OK;
}

static inline yx_status see_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct seen_delivery *seen = self;
    return yx_delivery_get(tx, seen->wanted, see_delivery, seen, err);
}

static inline struct seen_delivery delivery_now(struct desk *desk, const char *id)
{
    struct seen_delivery seen = {.wanted = id};
    struct yx_error err = {0};
    expect_ok(yx_store_read(desk->store, see_work, &seen, &err), &err);
    return seen;
}

/* Waits until it was tried so often, or has ended. */
static inline struct seen_delivery delivery_after(struct desk *desk, const char *id, int64_t tries)
{
    int64_t until = yx_monotonic() + 30 * YX_SECOND;
    struct seen_delivery seen = delivery_now(desk, id);
    while (seen.state == YX_DELIVERY_WAITING && seen.tries < tries && yx_monotonic() < until) {
        usleep(10000);
        seen = delivery_now(desk, id);
    }
    return seen;
}

/* The only delivery of a channel. */
static inline yx_status see_id(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    snprintf(self, YX_UUID_TEXT, "%s", yx_row_text(row, 0));
    return YX_OK;
}

static inline yx_status newest_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_query(tx, "SELECT id FROM delivery ORDER BY id DESC LIMIT 1", NULL, 0, see_id,
                       self, err);
}

static inline void newest_delivery(struct desk *desk, char id[YX_UUID_TEXT])
{
    struct yx_error err = {0};
    *id = '\0';
    expect_ok(yx_store_read(desk->store, newest_work, id, &err), &err);
}

static inline yx_status count_leaf(void *self, const struct yx_audit_leaf *leaf,
                                   struct yx_error *err)
{
    (void)err;
    *(unsigned *)self += strcmp(leaf->action, "delivery.send") == 0;
    return YX_OK;
}

/* How many proofs of sending the audit list has. */
static inline unsigned count_proofs(struct desk *desk)
{
    unsigned count = 0;
    struct yx_error err = {0};
    expect_ok(yx_audit_list(desk->store, 1, 1000, count_leaf, &count, &err), &err);
    return count;
}

/* --- Programs that receive ----------------------------------------------------------------------
 */

struct helper {
    pid_t pid;
    int in; /* it ends when this is closed */
    int port;
};

/* Starts tests/outbox/NAME with the folder; it prints its port. */
static inline void helper_start(struct helper *helper, const struct desk *desk, const char *name)
{
    int in[2], out[2];
    char path[512], line[32] = "";
    snprintf(path, sizeof path, "%s/tests/outbox/%s", getenv("YX_SOURCE_ROOT"), name);
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    helper->pid = fork();
    assert_true(helper->pid >= 0);
    if (helper->pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        /* Debian's, for which its packages are, whatever else is called python3 here. */
        execl("/usr/bin/python3", "/usr/bin/python3", path, desk->database->folder.path,
              (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    helper->in = in[1];
    FILE *file = fdopen(out[0], "r");
    assert_non_null(file);
    if (fgets(line, sizeof line, file) == NULL)
        fail_msg("%s does not start", name);
    fclose(file);
    helper->port = atoi(line);
}

static inline void helper_stop(struct helper *helper)
{
    close(helper->in);
    assert_int_equal(waitpid(helper->pid, NULL, 0), helper->pid);
}

#endif
