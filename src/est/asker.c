/* SPDX-License-Identifier: Apache-2.0 */
/* est/asker.c - who asks: a certificate of this authority shown over TLS (RFC 7030 3.3.2), or a
 * name and a password (3.2.3, RFC 7617). */
#include <strings.h>

#include "est/room.h"

/* base64 of a name of 128 bytes, ':' and the longest password */
#define CREDENTIALS_MAX 1600

void yx_est_asker_free(struct yx_est_asker *asker)
{
    yx_holder_free(&asker->holder);
}

/* Basic BASE64(name ":" password) */
static yx_status log_in(const struct yx_enrol *enrol, const struct yx_est_request *request,
                        struct yx_est_asker *out, struct yx_error *err)
{
    const char *authorization = request->authorization;
    struct yx_enrol_attempt attempt = {.address = request->address, .now = request->now};
    YX_CLEAN(yx_buf) struct yx_buf pair = {0};
    const uint8_t *colon;
    size_t name_len;

    YX_REQUIRE(strncasecmp(authorization, "Basic ", 6) == 0 &&
                   strlen(authorization) <= CREDENTIALS_MAX,
               err, YX_REFUSED, "RFC 7617 2", N_("only the authentication scheme Basic is known"));
    YX_TRY(yx_base64_decode(YX_TEXT(authorization + 6), &pair, err));
    colon = pair.len == 0 ? NULL : memchr(pair.data, ':', pair.len);
    YX_REQUIRE(colon != NULL, err, YX_REFUSED, "RFC 7617 2",
               N_("name and password are not parted by ':'"));
    name_len = (size_t)(colon - pair.data);
    attempt.name = YX_BYTES(pair.data, name_len);
    YX_TRY(yx_enrol_login(enrol, &attempt, YX_BYTES(colon + 1, pair.len - name_len - 1),
                          &out->person, &out->wait, err));
    YX_REQUIRE(out->person != NULL, err, YX_REFUSED, "RFC 7617 2", N_("name or password is wrong"));
    return YX_OK;
}

static void name_actor(struct yx_est_asker *asker)
{
    const char *name =
        asker->person != NULL ? asker->person->name : yx_cert_subject(asker->holder.cert);
    size_t len = strlen(name);

    /* Cut at a character: it goes into the database, which takes UTF-8 alone. */
    if (len > YX_EST_ACTOR - 5)
        len = YX_EST_ACTOR - 5;
    while (!yx_utf8_valid(YX_BYTES(name, len)))
        len--;
    (void)snprintf(asker->actor, sizeof asker->actor, "est:%.*s", (int)len, name);
}

yx_status yx_est_who(const struct yx_enrol *enrol, const struct yx_est_request *request,
                     struct yx_est_asker *out, struct yx_error *err)
{
    yx_time now = request->now == 0 ? yx_now() : request->now;
    yx_status status = YX_REFUSED;

    if (request->client_certificate.len > 0)
        status = yx_enrol_holder(enrol, request->client_certificate, now, &out->holder, err);
    if (request->client_certificate.len > 0 && status != YX_OK && status != YX_REFUSED)
        return status;
    if (request->authorization[0] != '\0')
        YX_TRY(log_in(enrol, request, out, err));
    else if (request->client_certificate.len > 0)
        YX_TRY(status);
    YX_REQUIRE(out->person != NULL || out->holder.cert != NULL, err, YX_REFUSED, "RFC 7030 3.2.3",
               N_("log in with name and password, or with a certificate of this authority"));
    if (out->person == NULL)
        out->person = out->holder.person;
    name_actor(out);
    return YX_OK;
}
