/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox/room.h - what the files of outbox/ share.
 *
 *   schema.c    tables
 *   webhook.c   webhooks, and how their secrets come about
 *   delivery.c  rows of what is to be sent, and the jobs that carry it
 *   post.c      one request to a webhook
 *   address.c   where a request may go
 *   mail.c      a notice as a mail; smtp.c sends it
 *   notice.c    notices; inbox.c, where people read them
 */
#ifndef OUTBOX_ROOM_H
#define OUTBOX_ROOM_H

#include <curl/curl.h>

#include "fetch/fetch.h"
#include "outbox/outbox.h"

#define YX_JOB_WEBHOOK "webhook"
#define YX_JOB_FILING "filing"
#define YX_JOB_MAIL "mail"
/* A receipt or an answer is kept up to here. */
#define YX_RECEIPT_MAX 65536

/* A delivery in the hands of the job that carries it. Texts are owned. */
struct yx_carry {
    const struct yx_outbox *outbox;
    const struct yx_job *job;
    char id[YX_UUID_TEXT], webhook[YX_UUID_TEXT];
    char *to, *type, *title, *body;
    enum yx_delivery_state state;
    int64_t generation, failures;
    bool on;
    yx_time pause_until;
    /* How it went. */
    long status;           /* of the last answer; 0: none */
    struct yx_buf receipt; /* what the receiver said */
};
void yx_carry_free(struct yx_carry *carry);
YX_DEFINE_CLEAN_VALUE(yx_carry, struct yx_carry, yx_carry_free);

/* Adds a row and the job that carries it; `webhook` NULL and `title` for mail. */
struct yx_packet {
    const char *channel, *webhook, *to, *type, *title, *body;
};
yx_status yx_delivery_add(struct yx_tx *tx, const struct yx_packet *packet, yx_time now,
                          const char *id, struct yx_error *err);

/* What a webhook's requests are signed with: what its secret stands for. The caller wipes it. */
#define YX_WEBHOOK_KEY 32
yx_status yx_webhook_key(const struct yx_outbox *outbox, const char *id, int64_t generation,
                         uint8_t out[YX_WEBHOOK_KEY], struct yx_error *err);

/* Sends. YX_OK when the receiver took it, YX_REFUSED when it never will. */
yx_status yx_post(struct yx_carry *carry, struct yx_error *err);
yx_status yx_smtp(struct yx_carry *carry, struct yx_error *err);

/* Lets a transfer end when its job must. */
yx_status yx_watch_job(struct yx_transfer *transfer, const struct yx_job *job,
                       struct yx_error *err);

/* May a connection go there? `plain`: without TLS, which only allowed networks get. */
bool yx_address_allowed(const struct sockaddr *address, bool plain,
                        const struct yx_networks *allowed);

/* Appends the mail with its headers. */
yx_status yx_mail_write(const struct yx_carry *carry, yx_time now, struct yx_buf *out,
                        struct yx_error *err);
/* YX_USAGE unless it is an address that mail can go to. */
yx_status yx_mail_check(const char *address, struct yx_error *err);

#endif
