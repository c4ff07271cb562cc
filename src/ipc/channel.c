/* SPDX-License-Identifier: Apache-2.0 */
/* ipc/channel.c - messages over a SOCK_SEQPACKET pair, with deadlines. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/room.h"

#define GONE N_("another process of the service is gone")

yx_status yx_ipc_pair(int out[2], struct yx_error *err)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, out) != 0)
        return yx_fail_errno(err, YX_INTERNAL, N_("{1} cannot be made: {2}"), "socketpair", errno);
    return YX_OK;
}

bool yx_ipc_is_broken(const struct yx_error *err)
{
    return strcmp(err->rule, YX_IPC_BROKEN) == 0;
}

/* Until it can be read from or written to, or the deadline. */
static yx_status wait_for(int fd, short events, int64_t deadline, struct yx_error *err)
{
    for (;;) {
        struct pollfd wait = {.fd = fd, .events = events};
        int64_t left = (deadline - yx_monotonic() + 999) / 1000;
        int ready = poll(&wait, 1, deadline == 0 ? -1 : left <= 0 ? 0 : (int)left);

        if (ready > 0)
            return YX_OK;
        YX_REQUIRE(ready < 0 && errno == EINTR, err, YX_IO, YX_IPC_BROKEN,
                   N_("another process of the service does not answer in time"));
    }
}

/* --- Sending ---------------------------------------------------------------------------------- */

union control {
    struct cmsghdr header; /* for its alignment */
    char bytes[CMSG_SPACE(sizeof(int) * YX_IPC_DESCRIPTORS)];
};

static void attach(struct msghdr *header, union control *control,
                   const struct yx_ipc_parcel *parcel)
{
    size_t len = parcel->count * sizeof(int);
    struct cmsghdr *cmsg;

    if (parcel->count == 0)
        return;
    memset(control, 0, sizeof *control);
    header->msg_control = control->bytes;
    header->msg_controllen = CMSG_SPACE(len);
    cmsg = CMSG_FIRSTHDR(header);
    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(cmsg), parcel->descriptors, len);
}

static yx_status send_parcel(int fd, const struct yx_ipc_parcel *parcel, int64_t deadline,
                             struct yx_error *err)
{
    struct iovec piece = {parcel->record.data, parcel->record.len};
    struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};
    union control control;

    attach(&header, &control, parcel);
    while (sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        YX_REQUIRE(errno == EAGAIN || errno == EINTR, err, YX_IO, YX_IPC_BROKEN, GONE);
        if (errno == EAGAIN)
            YX_TRY(wait_for(fd, POLLOUT, deadline, err));
    }
    return YX_OK;
}

yx_status yx_ipc_send(int fd, const struct yx_ipc_message *message, int64_t deadline,
                      struct yx_error *err)
{
    YX_CLEAN(yx_ipc_parcel) struct yx_ipc_parcel parcel = {0};

    YX_TRY(yx_ipc_pack(message, &parcel, err));
    return send_parcel(fd, &parcel, deadline, err);
}

/* --- Receiving -------------------------------------------------------------------------------- */

/* The descriptors that came, whatever is wrong with the rest: else they would stay open. */
static size_t detach(struct msghdr *header, int out[YX_IPC_DESCRIPTORS])
{
    size_t count = 0;

    for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(header); cmsg != NULL;
         cmsg = CMSG_NXTHDR(header, cmsg)) {
        if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
            continue;
        count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(out, CMSG_DATA(cmsg), count * sizeof(int));
    }
    return count;
}

static yx_status take(int fd, struct yx_ipc_message *message, bool *again, struct yx_error *err)
{
    uint8_t record[YX_IPC_RECORD_MAX];
    union control control;
    struct iovec piece = {record, sizeof record};
    struct msghdr header = {.msg_iov = &piece,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof control.bytes};
    int descriptors[YX_IPC_DESCRIPTORS];
    ssize_t got = recvmsg(fd, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    size_t count = got < 0 ? 0 : detach(&header, descriptors);
    yx_status status;

    *again = got < 0 && (errno == EAGAIN || errno == EINTR);
    if (*again)
        return YX_OK;
    YX_REQUIRE(got > 0, err, YX_IO, YX_IPC_BROKEN, GONE);
    status = yx_ipc_parse(YX_BYTES(record, (size_t)got), descriptors, count, message, err);
    if (status != YX_OK)
        return status == YX_NO_MEMORY ? status : YX_IO;
    YX_REQUIRE((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0, err, YX_IO, YX_IPC_BROKEN,
               N_("a message between our processes is malformed"));
    return YX_OK;
}

yx_status yx_ipc_receive(int fd, struct yx_ipc_message *message, int64_t deadline,
                         struct yx_error *err)
{
    bool again = true;

    while (again) {
        YX_TRY(wait_for(fd, POLLIN, deadline, err));
        YX_TRY(take(fd, message, &again, err));
    }
    return YX_OK;
}

/* --- Calls ------------------------------------------------------------------------------------ */

yx_status yx_ipc_expect(const struct yx_ipc_message *reply, enum yx_ipc_kind expected,
                        struct yx_error *err)
{
    if (reply->kind == YX_IPC_ERROR)
        return yx_ipc_failure_take(reply, err);
    YX_REQUIRE(reply->kind == expected, err, YX_IO, YX_IPC_BROKEN,
               N_("a message between our processes is malformed"));
    return YX_OK;
}

yx_status yx_ipc_call(int fd, const struct yx_ipc_message *request, enum yx_ipc_kind expected,
                      struct yx_ipc_message *reply, int64_t deadline, struct yx_error *err)
{
    YX_TRY(yx_ipc_send(fd, request, deadline, err));
    YX_TRY(yx_ipc_receive(fd, reply, deadline, err));
    return yx_ipc_expect(reply, expected, err);
}

yx_status yx_ipc_reply(int fd, yx_status status, const struct yx_ipc_message *reply,
                       const struct yx_error *failure, int64_t deadline, struct yx_error *err)
{
    struct yx_ipc_message error = {0};

    if (status == YX_OK)
        return yx_ipc_send(fd, reply, deadline, err);
    yx_ipc_failure_put(failure, &error);
    return yx_ipc_send(fd, &error, deadline, err);
}
