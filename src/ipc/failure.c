/* SPDX-License-Identifier: Apache-2.0 */
/* ipc/failure.c - errors from process to process, and the sentences in them. */
#include <pthread.h>
#include <stdlib.h>

#include "ipc/room.h"

/* Bounds what a process that was taken over can make another one keep. */
#define SENTENCES_MAX 2048
#define SENTENCE_MAX 512

static struct {
    pthread_mutex_t lock;
    char *texts[SENTENCES_MAX]; /* where their hash leads, or behind it */
    size_t count;
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* FNV-1a: spreads sentences; nothing depends on more. */
static size_t place_of(const char *text)
{
    uint32_t hash = 2166136261u;

    for (; *text != '\0'; text++)
        hash = (hash ^ (uint8_t)*text) * 16777619u;
    return hash % SENTENCES_MAX;
}

/* Arguments are looked through where they are shown, sentences are not. */
static bool is_sentence(const char *text)
{
    size_t len = 0;

    while (len <= SENTENCE_MAX && (uint8_t)text[len] >= ' ' && text[len] != 0x7F)
        len++;
    return len <= SENTENCE_MAX && text[len] == '\0';
}

static const char *keep(const char *text)
{
    size_t i = place_of(text);

    while (kept.texts[i] != NULL && strcmp(kept.texts[i], text) != 0)
        i = (i + 1) % SENTENCES_MAX;
    /* One place stays empty, so that the search above ends. */
    if (kept.texts[i] == NULL && kept.count < SENTENCES_MAX - 1 && is_sentence(text) &&
        (kept.texts[i] = strdup(text)) != NULL)
        kept.count++;
    return kept.texts[i];
}

const char *yx_ipc_sentence(const char *text)
{
    const char *found;

    (void)pthread_mutex_lock(&kept.lock);
    found = keep(text);
    (void)pthread_mutex_unlock(&kept.lock);
    return found == NULL ? "{1}" : found;
}

static size_t arguments_len(const struct yx_message *message)
{
    size_t len = 0;

    for (unsigned i = 0; i < message->arg_count; i++)
        len += strlen(message->args + len) + 1;
    return len;
}

void yx_ipc_failure_put(const struct yx_error *err, struct yx_ipc_message *out)
{
    *out = (struct yx_ipc_message){
        .kind = YX_IPC_ERROR,
        .fields = {{.number = err->status},
                   {.text = err->rule},
                   {.text = err->message.text},
                   {.number = err->message.arg_count},
                   {.bytes = YX_BYTES(err->message.args, arguments_len(&err->message))}},
    };
}

/* As many texts, each ended by a NUL, as there are said to be? */
static bool arguments_fit(struct yx_bytes args, uint64_t count)
{
    uint64_t ends = 0;

    for (size_t i = 0; i < args.len; i++)
        ends += args.data[i] == '\0';
    return count <= YX_MESSAGE_ARGS && ends == count &&
           args.len <= sizeof((struct yx_message *)NULL)->args &&
           (args.len == 0 || args.data[args.len - 1] == '\0');
}

yx_status yx_ipc_failure_take(const struct yx_ipc_message *message, struct yx_error *err)
{
    const struct yx_ipc_field *fields = message->fields;
    uint64_t status = fields[0].number;
    struct yx_bytes args = fields[4].bytes;

    /* Another process cannot tell that its connection is broken. */
    YX_REQUIRE(status > YX_OK && status <= YX_INTERNAL && arguments_fit(args, fields[3].number) &&
                   strcmp(fields[1].text, YX_IPC_BROKEN) != 0,
               err, YX_IO, YX_IPC_BROKEN, N_("a message between our processes is malformed"));
    if (err == NULL)
        return (yx_status)status;
    err->status = (yx_status)status;
    err->rule = fields[1].text[0] == '\0' ? "" : yx_ipc_sentence(fields[1].text);
    err->message.text = yx_ipc_sentence(fields[2].text);
    err->message.arg_count = (unsigned)fields[3].number;
    memcpy(err->message.args, args.data, args.len);
    return (yx_status)status;
}
