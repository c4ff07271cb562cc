/* SPDX-License-Identifier: Apache-2.0 */
/* keeper/process.c - the keeper itself: who calls gets a thread, so that a slow signature keeps
 * nobody waiting but its own caller. */
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "keeper/room.h"

#define CALLERS_MAX 128
#define STACK ((size_t)256 * 1024)

struct keeping {
    struct yx_kept_keys *keys;
    struct yx_journal *journal;
    _Atomic unsigned callers;
};

/* --- What is asked ---------------------------------------------------------------------------- */

static yx_status tell_key(struct keeping *keeping, const struct yx_ipc_message *request,
                          struct yx_ipc_message *reply, struct yx_buf *room, struct yx_error *err)
{
    const struct yx_kept_key *key;

    (void)room;
    YX_TRY(yx_kept_key_find(keeping->keys, request->fields[0].text, &key, err));
    *reply = (struct yx_ipc_message){
        .kind = YX_IPC_KEY_IS,
        .fields = {{.bytes = yx_public_key_spki(yx_token_key_public(key->key))}}};
    return YX_OK;
}

/* May this key sign these bytes for this purpose? What binds somebody stands in the journal
 * afterwards. */
static yx_status permit(struct keeping *keeping, const struct yx_kept_key *key,
                        enum yx_purpose purpose, struct yx_bytes message, struct yx_bytes leaf,
                        struct yx_error *err)
{
    struct yx_journal_entry entry = {.key = key->name};

    YX_REQUIRE(purpose != YX_PURPOSES && (key->purposes >> purpose & 1) != 0, err, YX_REFUSED,
               "keeper, purposes of keys", N_("the key {1} is not for this purpose"), key->name);
    YX_REQUIRE(yx_purpose_fits(purpose, message), err, YX_REFUSED, "keeper, purposes of keys",
               N_("what is to be signed is not of the purpose {1}"), yx_purpose_name(purpose));
    if (!yx_purpose_binds(purpose))
        return YX_OK;
    YX_TRY(yx_digest(YX_DIGEST_SM3, message, entry.digest, err));
    YX_TRY(yx_grant_check(leaf, key->name, purpose, entry.digest, err));
    YX_TRY(yx_audit_leaf_hash(leaf, entry.leaf, err));
    entry.purpose = yx_purpose_name(purpose);
    return yx_journal_add(keeping->journal, &entry, err);
}

/* TLS libraries hash for themselves, but for Ed25519. */
static yx_status sign_with(const struct yx_kept_key *key, enum yx_purpose purpose,
                           yx_signature_algorithm algorithm, struct yx_bytes message,
                           struct yx_buf *signature, struct yx_error *err)
{
    struct yx_signer signer = yx_token_key_signer(key->key);

    if (purpose == YX_PURPOSE_TLS && algorithm != YX_SIG_ED25519)
        return yx_token_key_sign_digest(key->key, algorithm, message, signature, err);
    return signer.sign(signer.self, algorithm, message, signature, err);
}

static yx_status sign(struct keeping *keeping, const struct yx_ipc_message *request,
                      struct yx_ipc_message *reply, struct yx_buf *room, struct yx_error *err)
{
    const struct yx_ipc_field *fields = request->fields;
    struct yx_bytes message = fields[3].bytes;
    enum yx_purpose purpose = yx_purpose_find(fields[1].text);
    const struct yx_kept_key *key;

    YX_TRY(yx_kept_key_find(keeping->keys, fields[0].text, &key, err));
    YX_TRY(permit(keeping, key, purpose, message, fields[4].bytes, err));
    YX_REQUIRE(fields[2].number <= YX_SIG_RSA_MD5, err, YX_USAGE, "",
               N_("there is no such signature algorithm"));
    YX_TRY(sign_with(key, purpose, (yx_signature_algorithm)fields[2].number, message, room, err));
    *reply = (struct yx_ipc_message){.kind = YX_IPC_SIGNATURE,
                                     .fields = {{.bytes = yx_buf_bytes(room)}}};
    return YX_OK;
}

/* HMAC-SM3(seed of session.key, label). */
static yx_status derive(struct keeping *keeping, const struct yx_ipc_message *request,
                        struct yx_ipc_message *reply, struct yx_buf *room, struct yx_error *err)
{
    uint8_t mac[YX_DIGEST_MAX];
    struct yx_bytes session;

    YX_TRY(yx_kept_keys_session(keeping->keys, &session, err));
    YX_TRY(yx_hmac(YX_DIGEST_SM3, session, YX_TEXT(request->fields[0].text), mac, err));
    if (yx_buf_append(room, YX_BYTES(mac, YX_KEEPER_SECRET)) != YX_OK)
        return yx_fail_memory(err);
    yx_wipe(mac, sizeof mac);
    *reply = (struct yx_ipc_message){.kind = YX_IPC_SECRET_IS,
                                     .fields = {{.bytes = yx_buf_bytes(room)}}};
    return YX_OK;
}

static const struct {
    enum yx_ipc_kind kind;
    yx_status (*answer)(struct keeping *keeping, const struct yx_ipc_message *request,
                        struct yx_ipc_message *reply, struct yx_buf *room, struct yx_error *err);
} answers[] = {
    {YX_IPC_KEY, tell_key},
    {YX_IPC_SIGN, sign},
    {YX_IPC_SECRET, derive},
};

static yx_status answer(struct keeping *keeping, const struct yx_ipc_message *request,
                        struct yx_ipc_message *reply, struct yx_buf *room, struct yx_error *err)
{
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (answers[i].kind == request->kind)
            return answers[i].answer(keeping, request, reply, room, err);
    return yx_fail(err, YX_USAGE, "", N_("the keeper is asked for what it does not do"));
}

/* --- Callers ---------------------------------------------------------------------------------- */

struct caller {
    struct keeping *keeping;
    int fd;
};

static void *serve(void *self)
{
    struct caller *caller = self;
    struct yx_ipc_message request = {0};
    bool goes_on = true;

    while (goes_on && yx_ipc_receive(caller->fd, &request, 0, NULL) == YX_OK) {
        YX_CLEAN(yx_buf) struct yx_buf room = {0};
        struct yx_ipc_message reply = {0};
        struct yx_error failure;
        yx_status status = answer(caller->keeping, &request, &reply, &room, &failure);

        goes_on = yx_ipc_reply(caller->fd, status, &reply, &failure, 0, NULL) == YX_OK;
        yx_ipc_message_free(&request); /* what was long is not kept while nobody asks */
    }
    (void)close(caller->fd);
    atomic_fetch_sub(&caller->keeping->callers, 1);
    free(caller);
    return NULL;
}

/* Takes `fd`. */
static void admit(struct keeping *keeping, int fd)
{
    struct caller *caller = malloc(sizeof *caller);
    pthread_attr_t attributes;
    pthread_t thread;

    if (caller == NULL || atomic_fetch_add(&keeping->callers, 1) >= CALLERS_MAX) {
        atomic_fetch_sub(&keeping->callers, caller != NULL);
        free(caller);
        (void)close(fd);
        return;
    }
    *caller = (struct caller){keeping, fd};
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &attributes, serve, caller) != 0) {
        atomic_fetch_sub(&keeping->callers, 1);
        (void)close(fd);
        free(caller);
    }
    (void)pthread_attr_destroy(&attributes);
}

/* Until a signal, or the end of the parent. */
static void receive_callers(struct keeping *keeping, const struct yx_keeper_process *process,
                            int signals)
{
    struct pollfd wait[] = {{.fd = process->door, .events = POLLIN},
                            {.fd = process->line, .events = POLLIN},
                            {.fd = signals, .events = POLLIN}};

    while (poll(wait, 3, -1) >= 0 && wait[1].revents == 0 && wait[2].revents == 0) {
        enum yx_process who;
        int fd;

        if (yx_ipc_accept(process->door, 0, &who, &fd, NULL) != YX_OK)
            return;
        admit(keeping, fd);
    }
}

/* --- The process ------------------------------------------------------------------------------ */

static int signals_as_file(void)
{
    sigset_t ends;

    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
    return signalfd(-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC);
}

static yx_status confine(const struct yx_keeper_process *process, const struct yx_kept_keys *keys,
                         bool tokens, struct yx_error *err)
{
    const char *files[YX_KEYS_MAX];
    size_t count = yx_kept_keys_files(keys, files);

    return process->confine == NULL ? YX_OK
                                    : process->confine(process->self, files, count, tokens, err);
}

yx_status yx_keeper_run(const struct yx_keeper_process *process, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf passphrase = {0};
    YX_CLEAN(yx_kept_keys) struct yx_kept_keys *keys = NULL;
    YX_CLEAN(yx_journal) struct yx_journal *journal = NULL;
    struct keeping keeping = {0};
    int signals = signals_as_file();
    bool tokens;

    YX_TRY(yx_keeper_passphrase(process->folder, &passphrase, err));
    YX_TRY(yx_keeper_first(process, yx_buf_bytes(&passphrase), err));
    YX_TRY(yx_kept_keys_new(process, yx_buf_bytes(&passphrase), &keys, &tokens, err));
    YX_TRY(yx_journal_open(process->folder, &journal, err));
    YX_TRY(confine(process, keys, tokens, err));
    YX_TRY(yx_kept_keys_open(keys, err));
    keeping.keys = keys;
    keeping.journal = journal;
    receive_callers(&keeping, process, signals);
    /* Threads of callers may be at work: what they hold is released by the end of the process. */
    keys = NULL;
    journal = NULL;
    return YX_OK;
}
