/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ipc/message.c - messages as records: a kind, then the fields as messages.inc names them. Both
 * ends are the same program on the same machine, so numbers stand as the machine has them. What is
 * sent over what is channel.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/room.h"

/* In the place of a length: the bytes are in the next descriptor. */
#define BESIDE UINT32_MAX
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

const char *yx_process_name(enum yx_process process)
{
    static const char *const names[YX_PROCESSES] = {"parent", "keeper", "launcher", "page", "web"};

    return names[process];
}

const char *yx_ipc_fields(uint32_t kind)
{
    static const char *const fields[YX_IPC_KINDS] = {
#define YX_MESSAGE(kind, from, to, fields) [YX_IPC_##kind] = fields,
#include "ipc/messages.inc"
#undef YX_MESSAGE
    };

    return kind < YX_IPC_KINDS ? fields[kind] : NULL;
}

void yx_ipc_close(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

/* --- Memory that nobody can change -------------------------------------------------------------
 */

static bool write_all(int fd, struct yx_bytes bytes)
{
    while (bytes.len > 0) {
        ssize_t put = write(fd, bytes.data, bytes.len);

        if (put < 0 && errno != EINTR)
            return false;
        put = put < 0 ? 0 : put;
        bytes = YX_BYTES(bytes.data + put, bytes.len - (size_t)put);
    }
    return true;
}

yx_status yx_ipc_memory(int *out, struct yx_error *err)
{
    *out = memfd_create("message", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return *out < 0 ? yx_fail_memory(err) : YX_OK;
}

yx_status yx_ipc_seal_memory(int fd, struct yx_error *err)
{
    return fcntl(fd, F_ADD_SEALS, SEALS | F_SEAL_SEAL) != 0 ? yx_fail_memory(err) : YX_OK;
}

yx_status yx_ipc_seal(struct yx_bytes bytes, int *out, struct yx_error *err)
{
    YX_CLEAN(yx_ipc_fd) int fd = -1;

    YX_TRY(yx_ipc_memory(&fd, err));
    if (!write_all(fd, bytes))
        return yx_fail_memory(err);
    YX_TRY(yx_ipc_seal_memory(fd, err));
    *out = fd;
    fd = -1;
    return YX_OK;
}

yx_status yx_ipc_require_sealed(int fd, struct yx_error *err)
{
    int seals = fcntl(fd, F_GET_SEALS);

    YX_REQUIRE(seals >= 0 && (seals & SEALS) == SEALS, err, YX_DAMAGED, YX_IPC_BROKEN,
               N_("memory that came with a message could be changed by its sender"));
    return YX_OK;
}

/* Who sent it may still have it open: without the seals he could pull it away under a reader. */
static yx_status map(struct yx_ipc_message *message, int fd, struct yx_bytes *out,
                     struct yx_error *err)
{
    struct stat status;
    void *memory;

    YX_TRY(yx_ipc_require_sealed(fd, err));
    YX_REQUIRE(fstat(fd, &status) == 0 && status.st_size > 0 &&
                   (uint64_t)status.st_size <= YX_IPC_LONG_MAX,
               err, YX_DAMAGED, YX_IPC_BROKEN, N_("a message of {1} bytes is too long"),
               YX_NUM(status.st_size));
    memory = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (memory == MAP_FAILED)
        return yx_fail_memory(err);
    *out = YX_BYTES(memory, (size_t)status.st_size);
    message->mapped[message->mapped_count++] = *out;
    return YX_OK;
}

/* --- Packing ---------------------------------------------------------------------------------- */

static yx_status put(struct yx_buf *record, const void *data, size_t len, struct yx_error *err)
{
    return yx_buf_append(record, YX_BYTES(data, len)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status put_bytes(struct yx_buf *record, struct yx_bytes bytes, struct yx_error *err)
{
    uint32_t len = (uint32_t)bytes.len;

    YX_REQUIRE(bytes.len <= YX_IPC_RECORD_MAX, err, YX_USAGE, "",
               N_("a message of {1} bytes is too long"), YX_NUM(bytes.len));
    YX_TRY(put(record, &len, sizeof len, err));
    return put(record, bytes.data, bytes.len, err);
}

static yx_status put_long(struct yx_ipc_parcel *parcel, struct yx_bytes bytes, struct yx_error *err)
{
    const uint32_t beside = BESIDE;
    int fd = -1;

    if (bytes.len <= YX_IPC_INLINE_MAX)
        return put_bytes(&parcel->record, bytes, err);
    YX_TRY(yx_ipc_seal(bytes, &fd, err));
    parcel->sealed[parcel->sealed_count++] = fd;
    parcel->descriptors[parcel->count++] = fd;
    return put(&parcel->record, &beside, sizeof beside, err);
}

static yx_status put_field(struct yx_ipc_parcel *parcel, char letter,
                           const struct yx_ipc_field *field, struct yx_error *err)
{
    switch (letter) {
    case 'n':
        return put(&parcel->record, &field->number, sizeof field->number, err);
    case 't':
        return put_bytes(&parcel->record, YX_TEXT(field->text == NULL ? "" : field->text), err);
    case 'b':
        return put_bytes(&parcel->record, field->bytes, err);
    case 'B':
        return put_long(parcel, field->bytes, err);
    default: /* 'd' */
        parcel->descriptors[parcel->count++] = field->fd;
        return YX_OK;
    }
}

yx_status yx_ipc_pack(const struct yx_ipc_message *message, struct yx_ipc_parcel *out,
                      struct yx_error *err)
{
    const uint32_t kind = message->kind;
    const char *letters = yx_ipc_fields(kind);

    YX_TRY(put(&out->record, &kind, sizeof kind, err));
    for (size_t i = 0; letters[i] != '\0'; i++)
        YX_TRY(put_field(out, letters[i], &message->fields[i], err));
    YX_REQUIRE(out->record.len <= YX_IPC_RECORD_MAX, err, YX_USAGE, "",
               N_("a message of {1} bytes is too long"), YX_NUM(out->record.len));
    return YX_OK;
}

void yx_ipc_parcel_free(struct yx_ipc_parcel *parcel)
{
    for (size_t i = 0; i < parcel->sealed_count; i++)
        (void)close(parcel->sealed[i]);
    yx_buf_free(&parcel->record);
}

/* --- Parsing ---------------------------------------------------------------------------------- */

struct reader {
    struct yx_bytes rest;
    size_t next; /* descriptor */
    struct yx_ipc_message *message;
};

static yx_status malformed(struct yx_error *err)
{
    return yx_fail(err, YX_DAMAGED, YX_IPC_BROKEN,
                   N_("a message between our processes is malformed"));
}

static yx_status get(struct reader *reader, void *out, size_t len, struct yx_error *err)
{
    if (reader->rest.len < len)
        return malformed(err);
    memcpy(out, reader->rest.data, len);
    reader->rest = YX_BYTES(reader->rest.data + len, reader->rest.len - len);
    return YX_OK;
}

static yx_status get_fd(struct reader *reader, int *out, struct yx_error *err)
{
    if (reader->next >= reader->message->descriptor_count)
        return malformed(err);
    *out = reader->message->descriptors[reader->next++];
    return YX_OK;
}

static yx_status get_bytes(struct reader *reader, bool may_be_beside, struct yx_bytes *out,
                           struct yx_error *err)
{
    uint32_t len;
    int fd;

    YX_TRY(get(reader, &len, sizeof len, err));
    if (may_be_beside && len == BESIDE) {
        YX_TRY(get_fd(reader, &fd, err));
        return map(reader->message, fd, out, err);
    }
    if (reader->rest.len < len)
        return malformed(err);
    *out = YX_BYTES(reader->rest.data, len);
    reader->rest = YX_BYTES(reader->rest.data + len, reader->rest.len - len);
    return YX_OK;
}

/* The bytes of a text move to the place of their length, four before, which makes room for a NUL.
 */
static yx_status get_text(struct reader *reader, struct yx_ipc_field *out, struct yx_error *err)
{
    uint8_t *place;

    YX_TRY(get_bytes(reader, false, &out->bytes, err));
    if (!yx_utf8_valid(out->bytes))
        return malformed(err);
    place = reader->message->record.data + (out->bytes.data - reader->message->record.data) -
            sizeof(uint32_t);
    memmove(place, out->bytes.data, out->bytes.len);
    place[out->bytes.len] = '\0';
    out->bytes.data = place;
    out->text = (const char *)place;
    return YX_OK;
}

static yx_status get_field(struct reader *reader, char letter, struct yx_ipc_field *out,
                           struct yx_error *err)
{
    switch (letter) {
    case 'n':
        return get(reader, &out->number, sizeof out->number, err);
    case 't':
        return get_text(reader, out, err);
    case 'b':
    case 'B':
        return get_bytes(reader, letter == 'B', &out->bytes, err);
    default: /* 'd' */
        return get_fd(reader, &out->fd, err);
    }
}

static yx_status get_fields(struct yx_ipc_message *out, struct yx_error *err)
{
    struct reader reader = {.rest = yx_buf_bytes(&out->record), .message = out};
    const char *letters;
    uint32_t kind;

    YX_TRY(get(&reader, &kind, sizeof kind, err));
    letters = yx_ipc_fields(kind);
    if (letters == NULL)
        return malformed(err);
    for (size_t i = 0; letters[i] != '\0'; i++)
        YX_TRY(get_field(&reader, letters[i], &out->fields[i], err));
    if (reader.rest.len > 0 || reader.next != out->descriptor_count)
        return malformed(err);
    out->kind = kind;
    return YX_OK;
}

/* Ready for the next one; the memory of the record is kept. */
static void empty(struct yx_ipc_message *message)
{
    for (size_t i = 0; i < message->mapped_count; i++)
        (void)munmap((void *)(uintptr_t)message->mapped[i].data, message->mapped[i].len);
    for (size_t i = 0; i < message->descriptor_count; i++)
        yx_ipc_close(&message->descriptors[i]);
    message->kind = YX_IPC_NONE;
    message->mapped_count = message->descriptor_count = 0;
    message->record.len = 0;
    memset(message->fields, 0, sizeof message->fields);
}

yx_status yx_ipc_parse(struct yx_bytes record, const int *descriptors, size_t count,
                       struct yx_ipc_message *out, struct yx_error *err)
{
    empty(out);
    memcpy(out->descriptors, descriptors, count * sizeof *descriptors);
    out->descriptor_count = count;
    if (yx_buf_append(&out->record, record) != YX_OK)
        return yx_fail_memory(err);
    return get_fields(out, err);
}

void yx_ipc_message_free(struct yx_ipc_message *message)
{
    empty(message);
    yx_buf_free(&message->record);
}

int yx_ipc_take_fd(struct yx_ipc_message *message, size_t field)
{
    int fd = message->fields[field].fd;

    for (size_t i = 0; i < message->descriptor_count; i++)
        if (message->descriptors[i] == fd)
            message->descriptors[i] = -1;
    return fd;
}
