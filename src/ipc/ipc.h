/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ipc/ipc.h - the door to ipc/: messages between our own processes. A message is one record over a
 * SOCK_SEQPACKET pair, with descriptors beside it; messages.inc lists them all. The reader is
 * strict: the other process may have been taken over.
 *
 * How processes find each other: a child is started with two sockets, its line (YX_IPC_LINE_FD), on
 * which it asks the parent, and its door (YX_IPC_DOOR_FD), through which the parent hands it those
 * who call. A caller asks on its line for a connection; when the other process was started anew,
 * it asks again. Nobody has to be told of a restart.
 */
#ifndef IPC_IPC_H
#define IPC_IPC_H

#include "base/base.h"

#define YX_IPC_LINE_FD 3
#define YX_IPC_DOOR_FD 4
/* Where the descriptors begin that a process of this kind gets besides (the sockets of web). */
#define YX_IPC_MORE_FD 5
/* Seconds. */
#define YX_IPC_ALIVE_SECONDS 5

enum yx_process { YX_PARENT, YX_KEEPER, YX_LAUNCHER, YX_PAGE, YX_WEB, YX_PROCESSES };
/* "keeper" */
const char *yx_process_name(enum yx_process process);

/* --- Messages (message.c) ------------------------------------------------------------------- */

enum yx_ipc_kind {
    YX_IPC_NONE,
#define YX_MESSAGE(kind, from, to, fields) YX_IPC_##kind,
#include "ipc/messages.inc"
#undef YX_MESSAGE
    YX_IPC_KINDS
};

#define YX_IPC_FIELDS 8
#define YX_IPC_DESCRIPTORS 4
/* Longer bytes of a field 'B' go beside the record. */
#define YX_IPC_INLINE_MAX (16u * 1024)
#define YX_IPC_RECORD_MAX (64u * 1024)
/* The longest field 'B'. */
#define YX_IPC_LONG_MAX (UINT64_C(1) << 30)

/* What its letter says counts. */
struct yx_ipc_field {
    uint64_t number;
    const char *text;      /* 't'; ended by a NUL */
    struct yx_bytes bytes; /* 'b', 'B'; of a text that was received, too */
    int fd;                /* 'd' */
};

/*
 * To be sent: the kind and the fields, which stay the caller's. Received: the fields point into the
 * message, until the next one is received into it or it is freed; a descriptor belongs to it too,
 * unless it is taken. Zeroed, it is empty.
 */
struct yx_ipc_message {
    enum yx_ipc_kind kind;
    struct yx_ipc_field fields[YX_IPC_FIELDS];
    /* Below: what was received. */
    struct yx_buf record;
    int descriptors[YX_IPC_DESCRIPTORS];
    size_t descriptor_count;
    struct yx_bytes mapped[YX_IPC_DESCRIPTORS];
    size_t mapped_count;
};
void yx_ipc_message_free(struct yx_ipc_message *message);
YX_DEFINE_CLEAN_VALUE(yx_ipc_message, struct yx_ipc_message, yx_ipc_message_free);
/* The descriptor of a field 'd', which is the caller's from now on. */
int yx_ipc_take_fd(struct yx_ipc_message *message, size_t field);

/*
 * Reads a record that was received. Takes the descriptors, also when it fails. YX_DAMAGED: not
 * exactly the fields of its kind, or memory beside it that could still be changed.
 */
yx_status yx_ipc_parse(struct yx_bytes record, const int *descriptors, size_t count,
                       struct yx_ipc_message *out, struct yx_error *err);

/* Closes a descriptor; -1: there is none. */
void yx_ipc_close(const int *fd);
YX_DEFINE_CLEAN_VALUE(yx_ipc_fd, int, yx_ipc_close);

/* Memory with these bytes that nobody can change any more, as a descriptor. */
yx_status yx_ipc_seal(struct yx_bytes bytes, int *out, struct yx_error *err);
/* Memory to be written through its descriptor, and then made such. */
yx_status yx_ipc_memory(int *out, struct yx_error *err);
yx_status yx_ipc_seal_memory(int fd, struct yx_error *err);
/* A descriptor that came from another process: YX_DAMAGED unless it is such memory. */
yx_status yx_ipc_require_sealed(int fd, struct yx_error *err);

/* --- Sending and receiving (channel.c) ------------------------------------------------------ */

/*
 * `deadline` is an instant of yx_monotonic; 0: none. YX_IO: the peer is gone, does not answer until
 * then, or its record cannot be read; then the connection is of no more use.
 */
yx_status yx_ipc_pair(int out[2], struct yx_error *err);
yx_status yx_ipc_send(int fd, const struct yx_ipc_message *message, int64_t deadline,
                      struct yx_error *err);
yx_status yx_ipc_receive(int fd, struct yx_ipc_message *message, int64_t deadline,
                         struct yx_error *err);
/* Sends, and waits for the reply, which must be of the kind `expected`. An ERROR that came instead
 * is the error of the call. */
yx_status yx_ipc_call(int fd, const struct yx_ipc_message *request, enum yx_ipc_kind expected,
                      struct yx_ipc_message *reply, int64_t deadline, struct yx_error *err);
/* Is the reply of the kind `expected`? An ERROR becomes the error of the call. */
yx_status yx_ipc_expect(const struct yx_ipc_message *reply, enum yx_ipc_kind expected,
                        struct yx_error *err);
/* The other side of it: sends the reply, or the error when the work did not end in YX_OK. */
yx_status yx_ipc_reply(int fd, yx_status status, const struct yx_ipc_message *reply,
                       const struct yx_error *failure, int64_t deadline, struct yx_error *err);

/* Is it the failure of the connection, and not what the other side said? */
bool yx_ipc_is_broken(const struct yx_error *err);
/*
 * Sentences live as long as the program, for they are the keys of their translations: one that
 * came from another process is kept once, and found again. When too many different ones came (the
 * other process was taken over), or it holds what would move a terminal, "{1}".
 */
const char *yx_ipc_sentence(const char *text);

/* --- The line to the parent, and connections of callers (pool.c) ------------------------------ */

/* For callers of several threads. */
struct yx_ipc_line;
/* `fd` is usually YX_IPC_LINE_FD; it is the line's from now on. */
yx_status yx_ipc_line_new(int fd, struct yx_ipc_line **out, struct yx_error *err);
void yx_ipc_line_free(struct yx_ipc_line *line);
YX_DEFINE_CLEAN(yx_ipc_line, struct yx_ipc_line *, yx_ipc_line_free);
/* A new connection to a process, counted from 0. It may not have been started yet: then it finds
 * what was sent to it later. */
yx_status yx_ipc_connect(struct yx_ipc_line *line, enum yx_process process, unsigned number,
                         int *out, struct yx_error *err);
/* Asks the parent to end a process that takes too long. */
yx_status yx_ipc_kill(struct yx_ipc_line *line, enum yx_process process, unsigned number,
                      struct yx_error *err);
/* Tells it that this one serves (`what`: where, or ""), and that it still does. */
yx_status yx_ipc_ready(struct yx_ipc_line *line, const char *what, struct yx_error *err);
yx_status yx_ipc_alive(struct yx_ipc_line *line, struct yx_error *err);

/* Waits at the door (usually YX_IPC_DOOR_FD) for somebody who calls. */
yx_status yx_ipc_accept(int door, int64_t deadline, enum yx_process *who, int *out,
                        struct yx_error *err);

/* Connections to one process, at most `max`, one call at a time on each; further callers wait. */
struct yx_ipc_pool;
/* `line` must outlive it. */
yx_status yx_ipc_pool_new(struct yx_ipc_line *line, enum yx_process process, unsigned number,
                          unsigned max, struct yx_ipc_pool **out, struct yx_error *err);
void yx_ipc_pool_free(struct yx_ipc_pool *pool);
YX_DEFINE_CLEAN(yx_ipc_pool, struct yx_ipc_pool *, yx_ipc_pool_free);
/*
 * A call on one of the connections, within `seconds`. When the process dies under it, it is made
 * once more, and as often as that takes until the time is over, if `again`; else it fails with
 * YX_IO. A call that the process had not taken is always made again.
 */
yx_status yx_ipc_pool_call(struct yx_ipc_pool *pool, const struct yx_ipc_message *request,
                           enum yx_ipc_kind expected, struct yx_ipc_message *reply,
                           unsigned seconds, bool again, struct yx_error *err);

#endif
