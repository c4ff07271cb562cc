/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enrol_front.c - an authority that answers EST and CMP, for the clients of pki_enrol.py:
 *
 *   enrol_front FOLDER PREFIX   with PREFIX.pem and PREFIX.key for CMP; over TLS when the
 * listener's certificate and key are given behind: TLS.pem TLS.key
 *
 * Prints its port and serves until its standard input ends. The passphrase is $YINXIN_PASSPHRASE.
 */
#include <stdlib.h>
#include <unistd.h>

#include "web/web.h"

struct front {
    struct yx_ca *ca;
    struct yx_buf cert_file, key_file, tls_cert, tls_key;
    struct yx_cert *cert;
    struct yx_private_key *key;
    struct yx_enrolment *enrolment;
    struct yx_listener *listener;
    struct yx_http_route routes[YX_ENROLMENT_ROUTES];
};

static void front_free(struct front *front)
{
    yx_listener_free(front->listener);
    yx_enrolment_free(front->enrolment);
    yx_private_key_free(front->key);
    yx_cert_free(front->cert);
    yx_buf_free(&front->cert_file);
    yx_buf_free(&front->key_file);
    yx_buf_free(&front->tls_cert);
    yx_buf_free(&front->tls_key);
    yx_ca_free(front->ca);
}
YX_DEFINE_CLEAN_VALUE(front, struct front, front_free);

static yx_status read_file(const char *prefix, const char *end, struct yx_buf *out,
                           struct yx_error *err)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%s%s", prefix, end);
    return yx_file_read(path, 1 << 20, out, err);
}

static yx_status open_authority(struct front *front, char **arguments, struct yx_bytes passphrase,
                                struct yx_error *err)
{
    YX_TRY(yx_ca_open(arguments[1], &front->ca, err));
    YX_TRY(yx_ca_unlock(front->ca, passphrase, err));
    YX_TRY(read_file(arguments[2], ".pem", &front->cert_file, err));
    YX_TRY(read_file(arguments[2], ".key", &front->key_file, err));
    YX_TRY(yx_cert_read(yx_buf_bytes(&front->cert_file), &front->cert, err));
    return yx_private_key_read(yx_buf_bytes(&front->key_file), passphrase, &front->key, err);
}

static yx_status serve(struct front *front, int count, char **arguments, struct yx_error *err)
{
    char people[512];
    struct yx_listener_settings listener = {.threads = 2};
    struct yx_enrolment_settings settings = {.prefix = "", .people = people, .est = count > 4};

    (void)snprintf(people, sizeof people, "%s/enrol.conf", arguments[1]);
    settings.cmp.cert = front->cert;
    settings.cmp.signer = yx_signer_borrow_key(front->key);
    if (count > 4) {
        YX_TRY(read_file(arguments[3], "", &front->tls_cert, err));
        YX_TRY(read_file(arguments[4], "", &front->tls_key, err));
        listener.tls_certificate = yx_buf_bytes(&front->tls_cert);
        listener.tls_key = yx_buf_bytes(&front->tls_key);
        listener.tls_client_trust = yx_ca_chain(front->ca);
    }
    YX_TRY(yx_enrolment_new(front->ca, &settings, &front->enrolment, err));
    YX_TRY(yx_enrolment_start(front->enrolment, err));
    YX_TRY(yx_listener_new(&listener, front->routes,
                           yx_enrolment_routes(front->enrolment, front->routes), &front->listener,
                           err));
    (void)printf("%u\n", (unsigned)yx_listener_port(front->listener));
    (void)fflush(stdout);
    while (getchar() != EOF)
        continue;
    return YX_OK;
}

int main(int count, char **arguments)
{
    YX_CLEAN(front) struct front front = {0};
    const char *passphrase = getenv("YINXIN_PASSPHRASE");
    struct yx_error err;
    yx_status status;
    char sentence[512];

    if ((count != 3 && count != 5) || passphrase == NULL)
        return 64;
    status = open_authority(&front, arguments, YX_TEXT(passphrase), &err);
    if (status == YX_OK)
        status = serve(&front, count, arguments, &err);
    if (status == YX_OK)
        return 0;
    yx_message_render(&err.message, NULL, sentence, sizeof sentence);
    (void)fprintf(stderr, "%s\n", sentence);
    return 1;
}
