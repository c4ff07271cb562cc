/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web/enrolment.h - the part of the door web/web.h about enrolment: how an authority is
 * asked for certificates over HTTP, below a prefix ("" or "/NAME"):
 *
 *   GET, POST  .well-known/est/...              EST (RFC 7030); over TLS alone
 *   POST       .well-known/cmp                  CMP (RFC 9811)
 *   POST       .well-known/cmp/p/PROFILE        the same for a profile
 *
 * A thread revokes certificates that are not confirmed in time.
 */
#ifndef WEB_ENROLMENT_H
#define WEB_ENROLMENT_H

#include "cmp/cmp.h"
#include "est/est.h"

struct yx_http_route;

#define YX_ENROLMENT_ROUTES 4

struct yx_enrolment_settings {
    const char *prefix;
    const char *people; /* the path of enrol.conf */
    bool est;           /* set only for a listener that speaks TLS: passwords travel in it */
    struct yx_cmp_settings cmp;
};

struct yx_enrolment;
/* `ca` must be unlocked; it and what the settings point to must outlive it. */
yx_status yx_enrolment_new(struct yx_ca *ca, const struct yx_enrolment_settings *settings,
                           struct yx_enrolment **out, struct yx_error *err);
/* Fills in the routes, which live as long as it does; returns how many there are, at most
 * YX_ENROLMENT_ROUTES. */
size_t yx_enrolment_routes(struct yx_enrolment *enrolment, struct yx_http_route *out);
/* Starts the thread. */
yx_status yx_enrolment_start(struct yx_enrolment *enrolment, struct yx_error *err);
/* Stop the listener before. */
void yx_enrolment_free(struct yx_enrolment *enrolment);
YX_DEFINE_CLEAN(yx_enrolment, struct yx_enrolment *, yx_enrolment_free);

#endif
