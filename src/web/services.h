/* SPDX-License-Identifier: Apache-2.0 */
/* web/services.h - what the resources of api/ work with, opened for web, and the chores behind
 * them. Only web/ includes it. */
#ifndef WEB_SERVICES_H
#define WEB_SERVICES_H

#include "apidocuments/apidocuments.h"
#include "blob/blob.h"
#include "jobs/jobs.h"
#include "keeper/keeper.h"
#include "policy/policy.h"
#include "publish/publish.h"
#include "settings/settings.h"

struct yx_services_setup {
    struct yx_store *store;
    const struct yx_settings *settings;
    struct yx_keeper *keeper;
    const struct yx_public_key *audit_key; /* that signs checkpoints */
    struct yx_ipc_line *line;
    unsigned pages;      /* how many page processes there are */
    const char *origin;  /* "https://seal.example" */
    const char *uploads; /* a folder of this process, for documents on their way */
    /* What others add to /metrics. */
    yx_status (*count)(void *self, struct yx_buf *out, struct yx_error *err);
    void *counting;
    struct yx_ca *const *authorities;
    size_t authority_count;
};

#define YX_CHORES 3
struct yx_services {
    struct yx_services_setup setup;
    struct yx_party_vault vault;
    struct yx_audit_parties witnesses;
    struct yx_login *login;
    struct yx_blobs *blobs;
    struct yx_worker_pool *pool;
    struct yx_worker_trust *trust;
    struct yx_page_cache *pictures;
    struct yx_buf trusted;           /* the list that is set, for documents */
    struct yx_buf login_trusted;     /* ... and for log-ins */
    struct yx_api_services services; /* for the resources */
    struct yx_api *api;
    uint8_t answer_key[YX_KEEPER_SECRET], outbox_key[YX_KEEPER_SECRET];
    struct yx_outbox outbox;
    struct yx_job_kind kinds[YX_CHORES + YX_OUTBOX_KINDS];
    struct yx_jobs *jobs;
};
/* Makes the tables and opens everything; before the sandbox. */
yx_status yx_services_open(const struct yx_services_setup *setup, struct yx_services **out,
                           struct yx_error *err);
/* Starts the threads. */
yx_status yx_services_start(struct yx_services *services, struct yx_error *err);
/* What each node does for itself, every few seconds: takes over rules and CRLs that changed. */
void yx_services_beat(struct yx_services *services);
/* Stop the listeners before. */
void yx_services_free(struct yx_services *services);
YX_DEFINE_CLEAN(yx_services, struct yx_services *, yx_services_free);

/* --- The first people (first.c) --------------------------------------------------------------- */

/* The three administrators, whom two of one person never are: names of their accounts are those of
 * their offices. */
#define YX_FIRST_ACCOUNTS 3
struct yx_first {
    const char *name; /* of the account */
    struct yx_login_secret secret;
};
/* While there is no account at all, makes theirs, each with its role everywhere and a one-time
 * link. *made: it did. */
yx_status yx_first_accounts(struct yx_store *store, struct yx_first out[YX_FIRST_ACCOUNTS],
                            bool *made, struct yx_error *err);

/* --- Chores (chores.c) -------------------------------------------------------------------------
 */

/* What is done every now and then, by one node for all. */
void yx_chores(struct yx_services *services, struct yx_job_kind kinds[YX_CHORES]);
yx_status yx_chores_set(struct yx_store *store, struct yx_error *err);
/* What rule sets say about passwords and sessions, for login/; from now on. */
yx_status yx_login_rules(struct yx_store *store, struct yx_login *login, struct yx_error *err);

/* --- Whom to trust (trust.c) -------------------------------------------------------------------
 */

/* For documents, and for log-ins by certificate: from now on, if it changed. */
yx_status yx_document_trust(struct yx_services *services, struct yx_error *err);
yx_status yx_login_trust(struct yx_services *services, struct yx_error *err);
/* Appends the certificates, PEM, below which clients may show one over TLS. */
yx_status yx_login_authorities(const struct yx_services *services, struct yx_buf *out,
                               struct yx_error *err);

#endif
