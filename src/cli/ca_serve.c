/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/ca_serve.c - `yinxin ca serve`: authorities over HTTP until a signal ends it. Which paths
 * there are is the business of web/.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/ca.h"
#include "settings/settings.h"
#include "web/web.h"

#define AUTHORITIES_MAX 64
/* Files beside connections: databases, tokens, libraries. */
#define FILES_MORE 500

/* A key beside the authority's own: that of a delegate for OCSP, or for time-stamps. */
struct helper {
    struct cli_certs certs; /* the first is the key's, the others its chain */
    struct yx_token_key *key;
};

/* What is served, in the order in which it is opened; ended in the reverse one. */
struct service {
    struct yx_ca *cas[AUTHORITIES_MAX];
    struct helper ocsp[AUTHORITIES_MAX], tsa[AUTHORITIES_MAX], cmp[AUTHORITIES_MAX];
    struct yx_authority *authorities[AUTHORITIES_MAX];
    struct enrolment {
        struct yx_enrolment *service; /* NULL: nobody may ask for certificates */
        struct yx_buf people;         /* the path of enrol.conf */
        char prefix[96];
    } enrolments[AUTHORITIES_MAX];
    size_t count;
    struct yx_http_route routes[AUTHORITIES_MAX * (YX_AUTHORITY_ROUTES + YX_ENROLMENT_ROUTES)];
    size_t route_count;
    struct yx_listener *listener;
};

static void helper_free(struct helper *helper)
{
    cli_certs_free(&helper->certs);
    yx_token_key_free(helper->key);
}

static void service_free(struct service *service)
{
    yx_listener_free(service->listener);
    for (size_t i = 0; i < AUTHORITIES_MAX; i++) {
        yx_enrolment_free(service->enrolments[i].service);
        yx_buf_free(&service->enrolments[i].people);
        yx_authority_free(service->authorities[i]);
        helper_free(&service->ocsp[i]);
        helper_free(&service->tsa[i]);
        helper_free(&service->cmp[i]);
        yx_ca_free(service->cas[i]);
    }
    free(service);
}
YX_DEFINE_CLEAN(service, struct service *, service_free);

static yx_status require_new_name(const struct service *service, struct yx_error *err)
{
    const char *name = yx_ca_name(service->cas[service->count]);

    for (size_t i = 0; i < service->count; i++)
        YX_REQUIRE(strcmp(name, yx_ca_name(service->cas[i])) != 0, err, YX_USAGE, "",
                   N_("two authorities are called {1}: set another name in ca.conf"), name);
    return YX_OK;
}

/* --- Keys of helpers --------------------------------------------------------------------------
 */

/* A place of the settings: a token's URI, or a file, whose name starts at the folder. */
static yx_status write_place(const char *folder, const char *place, struct yx_buf *out,
                             struct yx_error *err)
{
    bool whole = place[0] == '/' || strchr(place, ':') != NULL;

    return yx_buf_printf(out, "%s%s%s", whole ? "" : folder, whole ? "" : "/", place) == YX_OK &&
                   yx_buf_append(out, YX_BYTES("", 1)) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

static yx_status open_helper(const struct cli_args *args, const char *cert, const char *key,
                             struct helper *out, struct yx_error *err)
{
    struct yx_bytes certified;

    YX_TRY(cli_certificates(cert, &out->certs, err));
    YX_TRY(cli_private_key(args, key, &out->key, err));
    certified = yx_public_key_spki(yx_cert_public_key(out->certs.items[0]));
    YX_REQUIRE(yx_bytes_equal(yx_public_key_spki(yx_token_key_public(out->key)), certified), err,
               YX_DAMAGED, "", N_("the key {1} is not that of the certificate in {2}"), key, cert);
    return YX_OK;
}

/* What the settings name, or FOLDER/NAME.pem and its key when they are there; else nothing. */
static yx_status find_helper(const struct cli_args *args, const char *folder, const char *name,
                             const char *const places[2], struct helper *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf cert = {0};
    YX_CLEAN(yx_buf) struct yx_buf key = {0};
    char names[2][16];

    (void)snprintf(names[0], sizeof names[0], "%s.pem", name);
    (void)snprintf(names[1], sizeof names[1], "%s.key", name);
    YX_TRY(write_place(folder, places[0][0] != '\0' ? places[0] : names[0], &cert, err));
    YX_TRY(write_place(folder, places[1][0] != '\0' ? places[1] : names[1], &key, err));
    if (places[0][0] == '\0' && access((const char *)cert.data, F_OK) != 0)
        return YX_OK;
    return open_helper(args, (const char *)cert.data, (const char *)key.data, out, err);
}

static struct yx_authority_helpers helpers_of(const struct helper *ocsp, const struct helper *tsa)
{
    struct yx_authority_helpers helpers = {0};

    if (ocsp->key != NULL) {
        helpers.ocsp_cert = ocsp->certs.items[0];
        helpers.ocsp_signer = yx_token_key_signer(ocsp->key);
    }
    if (tsa->key != NULL) {
        helpers.tsa_cert = tsa->certs.items[0];
        helpers.tsa_chain = (const struct yx_cert *const *)tsa->certs.items + 1;
        helpers.tsa_chain_count = tsa->certs.count - 1;
        helpers.tsa_signer = yx_token_key_signer(tsa->key);
    }
    return helpers;
}

/* --- Authorities ------------------------------------------------------------------------------
 */

/*
 * FOLDER/enrol.conf says who may ask for certificates; without it nobody. Well-known paths stand at
 * the root (RFC 8615 3), which one authority can have; several are told apart by their names.
 */
static yx_status open_enrolment(const struct cli_args *args, const char *folder,
                                struct service *service, struct yx_error *err)
{
    size_t i = service->count;
    struct enrolment *enrolment = &service->enrolments[i];
    struct yx_enrolment_settings settings = {.est = cli_has(args, "tls-cert")};

    YX_TRY(write_place(folder, "enrol.conf", &enrolment->people, err));
    settings.people = (const char *)enrolment->people.data;
    if (access(settings.people, F_OK) != 0)
        return YX_OK;
    YX_TRY(find_helper(args, folder, "cmp", (const char *const[]){"", ""}, &service->cmp[i], err));
    if (service->cmp[i].key != NULL) {
        settings.cmp.cert = service->cmp[i].certs.items[0];
        settings.cmp.signer = yx_token_key_signer(service->cmp[i].key);
    }
    if (args->operand_count > 1)
        (void)snprintf(enrolment->prefix, sizeof enrolment->prefix, "/%s",
                       yx_ca_name(service->cas[i]));
    settings.prefix = enrolment->prefix;
    YX_TRY(yx_enrolment_new(service->cas[i], &settings, &enrolment->service, err));
    service->route_count +=
        yx_enrolment_routes(enrolment->service, service->routes + service->route_count);
    return YX_OK;
}

static yx_status open_authority(struct cli_args *args, const char *folder, struct service *service,
                                struct yx_error *err)
{
    size_t i = service->count;
    const struct yx_ca_settings *settings;
    struct yx_authority_helpers helpers;

    YX_TRY(cli_ca_unlocked(args, folder, &service->cas[i], err));
    YX_TRY(require_new_name(service, err));
    settings = yx_ca_settings(service->cas[i]);
    YX_TRY(find_helper(args, folder, "ocsp",
                       (const char *const[]){settings->ocsp_cert, settings->ocsp_key},
                       &service->ocsp[i], err));
    YX_TRY(find_helper(args, folder, "tsa",
                       (const char *const[]){settings->tsa_cert, settings->tsa_key},
                       &service->tsa[i], err));
    helpers = helpers_of(&service->ocsp[i], &service->tsa[i]);
    YX_TRY(yx_authority_new(service->cas[i], &helpers, &service->authorities[i], err));
    service->route_count +=
        yx_authority_routes(service->authorities[i], service->routes + service->route_count);
    YX_TRY(open_enrolment(args, folder, service, err));
    service->count++;
    return YX_OK;
}

static yx_status open_authorities(struct cli_args *args, struct service *service,
                                  struct yx_error *err)
{
    YX_REQUIRE(args->operand_count <= AUTHORITIES_MAX, err, YX_USAGE, "",
               N_("one program serves at most {1} authorities"), YX_NUM(AUTHORITIES_MAX));
    for (size_t i = 0; i < args->operand_count; i++)
        YX_TRY(open_authority(args, args->operands[i], service, err));
    return YX_OK;
}

/* --- Listening --------------------------------------------------------------------------------
 */

/* Clients may show certificates of the authorities that they ask; which of them count is decided
 * for each request. */
static yx_status gather_trust(const struct service *service, struct yx_buf *out,
                              struct yx_error *err)
{
    for (size_t i = 0; i < service->count; i++)
        if (service->enrolments[i].service != NULL &&
            yx_buf_append(out, yx_ca_chain(service->cas[i])) != YX_OK)
            return yx_fail_memory(err);
    return YX_OK;
}

static yx_status read_tls(const struct cli_args *args, struct yx_buf *certificate,
                          struct yx_buf *key, struct yx_listener_settings *settings,
                          struct yx_error *err)
{
    YX_REQUIRE(cli_has(args, "tls-cert") == cli_has(args, "tls-key"), err, YX_USAGE, "",
               N_("--tls-cert and --tls-key go together"));
    if (!cli_has(args, "tls-cert"))
        return YX_OK;
    YX_TRY(yx_file_read(cli_value(args, "tls-cert"), CLI_FILE_MAX, certificate, err));
    YX_TRY(yx_file_read(cli_value(args, "tls-key"), CLI_FILE_MAX, key, err));
    settings->tls_certificate = yx_buf_bytes(certificate);
    settings->tls_key = yx_buf_bytes(key);
    return YX_OK;
}

static yx_status read_limits(const struct cli_args *args, struct yx_listener_settings *settings,
                             struct yx_error *err)
{
    int64_t all = 1000, each = 200;

    YX_TRY(cli_int(args, "connections", 1, 100000, &all, err));
    YX_TRY(cli_int(args, "per-address", 1, 100000, &each, err));
    settings->connections_max = (unsigned)all;
    settings->connections_per_address = (unsigned)each;
    settings->log = cli_has(args, "log") ? stderr : NULL;
    return YX_OK;
}

/* As many files may be open as there are connections, and more; if that is not allowed, those that
 * come too late wait. */
static void allow_files(unsigned connections)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= connections + FILES_MORE)
        return;
    limit.rlim_cur = connections + FILES_MORE;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_cur > limit.rlim_max)
        limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static yx_status listen_for(const struct cli_args *args, struct service *service,
                            struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf certificate = {0};
    YX_CLEAN(yx_buf) struct yx_buf key = {0};
    YX_CLEAN(yx_buf) struct yx_buf trust = {0};
    struct yx_listener_settings settings = {0};
    const char *address = cli_value(args, "listen");
    char host[YX_HOST_MAX];
    struct yx_endpoint endpoint;

    YX_TRY(yx_endpoint_parse(address == NULL ? "127.0.0.1:8080" : address, host, &endpoint, err));
    settings.address = endpoint.host;
    settings.port = endpoint.port;
    YX_TRY(read_limits(args, &settings, err));
    YX_TRY(read_tls(args, &certificate, &key, &settings, err));
    YX_TRY(gather_trust(service, &trust, err));
    if (key.len > 0)
        settings.tls_client_trust = yx_buf_bytes(&trust);
    allow_files(settings.connections_max);
    YX_TRY(
        yx_listener_new(&settings, service->routes, service->route_count, &service->listener, err));
    for (size_t i = 0; i < service->count; i++)
        cli_say(stdout, _("{1}: {2}://{3}:{4}/{1}/\n"), yx_ca_name(service->cas[i]),
                key.len > 0 ? "https" : "http", settings.address,
                YX_NUM(yx_listener_port(service->listener)));
    return cli_flush(err);
}

static yx_status run_serve(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(service) struct service *service = calloc(1, sizeof *service);
    sigset_t ends;
    int signal_number;

    if (service == NULL)
        return yx_fail_memory(err);
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    YX_TRY(read_limits(args, &(struct yx_listener_settings){0}, err));
    YX_TRY(open_authorities(args, service, err));
    /* All threads that are started from here on leave the signals to this one. */
    (void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    YX_TRY(listen_for(args, service, err));
    for (size_t i = 0; i < service->count; i++) {
        YX_TRY(yx_authority_start(service->authorities[i], err));
        if (service->enrolments[i].service != NULL)
            YX_TRY(yx_enrolment_start(service->enrolments[i].service, err));
    }
    (void)sigwait(&ends, &signal_number);
    return YX_OK;
}

static const struct cli_option serve_options[] = {
    {.name = "listen",
     .value = "ADDR:PORT",
     .help = N_("where; 127.0.0.1:8080 unless told otherwise, port 0 is any that is free")},
    {.name = "tls-cert", .value = "F", .help = N_("serve over TLS with this certificate (PEM)")},
    {.name = "tls-key", .value = "F", .help = N_("and this key, PEM without a passphrase")},
    {.name = "connections", .value = "N", .help = N_("at most so many at a time; usually 1000")},
    {.name = "per-address",
     .value = "N",
     .help = N_("at most so many from one address; usually 200, more behind a proxy")},
    {.name = "log", .help = N_("write a line of JSON to stderr for each request")},
    CLI_KEY_OPTIONS,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_ca_serve = {
    .name = "ca serve",
    .operands = "DIR...",
    .summary = N_("serve authorities over HTTP: certificates, CRLs, OCSP, time-stamps, enrolment"),
    .details =
        N_("Each authority is served below its name. CRLs are made when they are due, and "
           "after every revocation. DIR/ocsp.pem and its key sign OCSP answers, DIR/tsa.pem "
           "and its key time-stamps, when they are there. DIR/enrol.conf says who may ask for "
           "certificates by EST (over TLS) and CMP, whose answers DIR/cmp.pem and its key "
           "sign. SIGTERM ends it."),
    .options = serve_options,
    .run = run_serve,
};
