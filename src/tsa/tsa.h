/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tsa/tsa.h - the door to tsa/: a time-stamping authority as a service (RFC 3161, GB/T 20520). The
 * tokens are made by cms/; here are serials that never come again, a clock that is watched, and
 * the record.
 *
 * A serial is a number of 62 bits that the database hands out in blocks, and 64 random bits behind
 * it. The number keeps serials apart over crashes and over all processes that share the database;
 * the random bits do so when a database is restored from a copy that is behind.
 *
 * No token is given while the clock is in doubt: when it went back, when it strays from a clock
 * that nobody sets, when it is behind the time that some process recorded, or (by choice) when the
 * kernel says that nothing disciplines it. A clock that jumped stays in doubt until it is back, or
 * the service starts anew.
 */
#ifndef TSA_TSA_H
#define TSA_TSA_H

#include "audit/audit.h"
#include "cms/cms.h"
#include "store/store.h"

/* At most this many bytes are read as a request. */
#define YX_TSA_REQUEST_MAX (16u * 1024)

/* err->rule of a refusal because the clock is in doubt. */
#define YX_TSA_RULE_TIME "RFC 3161 2.4.2, timeNotAvailable"

/* The clocks; for tests, other ones. */
struct yx_tsa_clock {
    yx_time (*now)(void *self);       /* what tokens tell */
    int64_t (*steady)(void *self);    /* microseconds of a clock that nobody sets */
    bool (*synchronised)(void *self); /* does something discipline the first one? */
    void *self;
};
/* Those of the machine. */
extern const struct yx_tsa_clock yx_tsa_machine_clock;

struct yx_tsa_settings {
    const char *name;                   /* in the audit log */
    const struct yx_cert *cert;         /* extended key usage: timeStamping, critical and alone */
    const struct yx_cert *const *chain; /* carried along when the certificate is asked for */
    size_t chain_count;
    struct yx_signer signer;
    const char *policy;        /* dotted OID; NULL or "": the one in docs/formats.md */
    int64_t step_max;          /* seconds that the clock may stray; 0: 1 */
    bool synchronised;         /* refuse while the kernel calls the clock unsynchronised */
    struct yx_tsa_clock clock; /* `now` NULL: those of the machine */
};

/* May be used by any number of threads. */
struct yx_tsa_service;
/* Brings its table up to date. YX_REFUSED when the certificate is not one for time-stamping,
 * YX_USAGE when the policy is no OID. What the settings point to, and the store, must outlive it.
 */
yx_status yx_tsa_service_new(struct yx_store *store, const struct yx_tsa_settings *settings,
                             struct yx_tsa_service **out, struct yx_error *err);
/*
 * Answers a request: appends a response in any case but YX_NO_MEMORY. YX_REFUSED: it refuses, since
 * the request or the clock does not do; any other failure says systemFailure. err tells why.
 */
yx_status yx_tsa_service_reply(struct yx_tsa_service *service, struct yx_bytes request,
                               struct yx_buf *response, struct yx_error *err);
/* Records what is not recorded yet, if it can. */
void yx_tsa_service_free(struct yx_tsa_service *service);
YX_DEFINE_CLEAN(yx_tsa_service, struct yx_tsa_service *, yx_tsa_service_free);

#endif
