/* SPDX-License-Identifier: Apache-2.0 */
/* keeper/client.c - who asks the keeper. */
#include <stdlib.h>

#include "keeper/room.h"

#define CONNECTIONS 16
/* A keeper that was killed is back within a second; a token may take its time. */
#define SECONDS 30

struct yx_keeper {
    struct yx_ipc_pool *pool;
};

struct yx_keeper_key {
    struct yx_keeper *keeper;
    char name[YX_KEY_NAME_MAX];
    struct yx_public_key *public_key;
};

yx_status yx_keeper_new(struct yx_ipc_line *line, struct yx_keeper **out, struct yx_error *err)
{
    YX_CLEAN(yx_keeper) struct yx_keeper *keeper = calloc(1, sizeof *keeper);

    if (keeper == NULL)
        return yx_fail_memory(err);
    YX_TRY(yx_ipc_pool_new(line, YX_KEEPER, 0, CONNECTIONS, &keeper->pool, err));
    *out = keeper;
    keeper = NULL;
    return YX_OK;
}

void yx_keeper_free(struct yx_keeper *keeper)
{
    if (keeper == NULL)
        return;
    yx_ipc_pool_free(keeper->pool);
    free(keeper);
}

/* Asking twice does no harm: a signature whose reply was lost stands in the journal twice. */
static yx_status ask(struct yx_keeper *keeper, const struct yx_ipc_message *request,
                     enum yx_ipc_kind expected, struct yx_ipc_message *reply, struct yx_error *err)
{
    return yx_ipc_pool_call(keeper->pool, request, expected, reply, SECONDS, true, err);
}

yx_status yx_keeper_answers(struct yx_keeper *keeper, unsigned seconds, struct yx_error *err)
{
    const struct yx_ipc_message request = {.kind = YX_IPC_KEY, .fields = {{.text = "audit"}}};
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message reply = {0};

    return yx_ipc_pool_call(keeper->pool, &request, YX_IPC_KEY_IS, &reply, seconds, true, err);
}

/* --- Keys ------------------------------------------------------------------------------------- */

yx_status yx_keeper_key(struct yx_keeper *keeper, const char *name, struct yx_keeper_key **out,
                        struct yx_error *err)
{
    YX_CLEAN(yx_keeper_key) struct yx_keeper_key *key = calloc(1, sizeof *key);
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message reply = {0};
    const struct yx_ipc_message request = {.kind = YX_IPC_KEY, .fields = {{.text = name}}};

    if (key == NULL)
        return yx_fail_memory(err);
    YX_TRY(ask(keeper, &request, YX_IPC_KEY_IS, &reply, err));
    YX_TRY(yx_public_key_from_spki(reply.fields[0].bytes, &key->public_key, err));
    key->keeper = keeper;
    (void)snprintf(key->name, sizeof key->name, "%s", name);
    *out = key;
    key = NULL;
    return YX_OK;
}

void yx_keeper_key_free(struct yx_keeper_key *key)
{
    if (key == NULL)
        return;
    yx_public_key_free(key->public_key);
    free(key);
}

const struct yx_public_key *yx_keeper_key_public(const struct yx_keeper_key *key)
{
    return key->public_key;
}

/* --- Signing ---------------------------------------------------------------------------------- */

static yx_status sign_for(struct yx_keeper_key *key, enum yx_purpose purpose,
                          yx_signature_algorithm algorithm, struct yx_bytes message,
                          struct yx_bytes leaf, struct yx_buf *signature, struct yx_error *err)
{
    const struct yx_ipc_message request = {.kind = YX_IPC_SIGN,
                                           .fields = {{.text = key->name},
                                                      {.text = yx_purpose_name(purpose)},
                                                      {.number = algorithm},
                                                      {.bytes = message},
                                                      {.bytes = leaf}}};
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message reply = {0};

    YX_TRY(ask(key->keeper, &request, YX_IPC_SIGNATURE, &reply, err));
    return yx_buf_append(signature, reply.fields[0].bytes) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status sign(void *self, yx_signature_algorithm algorithm, struct yx_bytes message,
                      struct yx_buf *signature, struct yx_error *err)
{
    enum yx_purpose purpose = yx_purpose_of(message);

    YX_REQUIRE(purpose != YX_PURPOSES, err, YX_REFUSED, "keeper, purposes of keys",
               N_("what is to be signed is for no purpose that needs no record"));
    return sign_for(self, purpose, algorithm, message, YX_BYTES("", 0), signature, err);
}

yx_status yx_keeper_sign_tls(void *self, yx_signature_algorithm algorithm, struct yx_bytes message,
                             struct yx_buf *signature, struct yx_error *err)
{
    return sign_for(self, YX_PURPOSE_TLS, algorithm, message, YX_BYTES("", 0), signature, err);
}

/* The leaf names the purpose; which one that is, the keeper compares. */
static yx_status sign_recorded(void *self, const struct yx_signing_record *record,
                               yx_signature_algorithm algorithm, struct yx_bytes message,
                               struct yx_buf *signature, struct yx_error *err)
{
    enum yx_purpose purpose = yx_purpose_find(record->purpose);

    YX_REQUIRE(purpose != YX_PURPOSES, err, YX_USAGE, "",
               N_("what is to be signed is not of the purpose {1}"), record->purpose);
    return sign_for(self, purpose, algorithm, message, record->leaf, signature, err);
}

struct yx_signer yx_keeper_signer(struct yx_keeper_key *key)
{
    return (struct yx_signer){
        .algorithm = yx_signature_default(yx_public_key_type(key->public_key)),
        .sign = sign,
        .self = key,
        .name = key->name,
        .sign_recorded = sign_recorded,
    };
}

yx_status yx_keeper_secret(struct yx_keeper *keeper, const char *label,
                           uint8_t out[YX_KEEPER_SECRET], struct yx_error *err)
{
    const struct yx_ipc_message request = {.kind = YX_IPC_SECRET, .fields = {{.text = label}}};
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message reply = {0};

    YX_TRY(ask(keeper, &request, YX_IPC_SECRET_IS, &reply, err));
    YX_REQUIRE(reply.fields[0].bytes.len == YX_KEEPER_SECRET, err, YX_INTERNAL, "",
               N_("a message between our processes is malformed"));
    memcpy(out, reply.fields[0].bytes.data, YX_KEEPER_SECRET);
    return YX_OK;
}
