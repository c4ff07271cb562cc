/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/ca_serve.c - `yinxin ca serve`: authorities over HTTP until a signal ends it. Which paths
 * there are is the business of server/.
 */
#include <signal.h>
#include <stdlib.h>

#include "cli/ca.h"
#include "server/authority.h"

#define AUTHORITIES_MAX 64

/* What is served, in the order in which it is opened; ended in the reverse one. */
struct service {
    struct yx_ca *cas[AUTHORITIES_MAX];
    struct yx_authority *authorities[AUTHORITIES_MAX];
    size_t count;
    struct yx_http_route routes[AUTHORITIES_MAX * YX_AUTHORITY_ROUTES];
    struct yx_listener *listener;
};

static void service_free(struct service *service)
{
    yx_listener_free(service->listener);
    for (size_t i = 0; i < AUTHORITIES_MAX; i++) {
        yx_authority_free(service->authorities[i]);
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

static yx_status open_authorities(struct cli_args *args, struct service *service,
                                  struct yx_error *err)
{
    YX_REQUIRE(args->operand_count <= AUTHORITIES_MAX, err, YX_USAGE, "",
               N_("one program serves at most {1} authorities"), YX_NUM(AUTHORITIES_MAX));
    for (size_t i = 0; i < args->operand_count; i++) {
        YX_TRY(cli_ca_unlocked(args, args->operands[i], &service->cas[i], err));
        YX_TRY(require_new_name(service, err));
        YX_TRY(yx_authority_new(service->cas[i], &service->authorities[i], err));
        yx_authority_routes(service->authorities[i], service->routes + i * YX_AUTHORITY_ROUTES);
        service->count++;
    }
    return YX_OK;
}

/* "127.0.0.1:8080", "[::1]:8080", ":8080". */
static yx_status read_address(const char *text, char host[64],
                              struct yx_listener_settings *settings, struct yx_error *err)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon == NULL ? 0 : (size_t)(colon - text);
    int64_t port = -1;
    bool bracketed = len >= 2 && text[0] == '[' && text[len - 1] == ']';

    YX_REQUIRE(colon != NULL && len < 64 && cli_whole(colon + 1, &port) && port >= 0 &&
                   port <= UINT16_MAX,
               err, YX_USAGE, "", N_("{1} is no address: write 127.0.0.1:8080"), text);
    memcpy(host, bracketed ? text + 1 : text, bracketed ? len - 2 : len);
    host[bracketed ? len - 2 : len] = '\0';
    settings->address = host[0] == '\0' ? "0.0.0.0" : host;
    settings->port = (uint16_t)port;
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

static yx_status listen_for(const struct cli_args *args, struct service *service,
                            struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf certificate = {0};
    YX_CLEAN(yx_buf) struct yx_buf key = {0};
    struct yx_listener_settings settings = {0};
    const char *address = cli_value(args, "listen");
    char host[64];

    YX_TRY(read_address(address == NULL ? "127.0.0.1:8080" : address, host, &settings, err));
    YX_TRY(read_tls(args, &certificate, &key, &settings, err));
    YX_TRY(yx_listener_new(&settings, service->routes, service->count * YX_AUTHORITY_ROUTES,
                           &service->listener, err));
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
    YX_TRY(open_authorities(args, service, err));
    /* All threads that are started from here on leave the signals to this one. */
    (void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    YX_TRY(listen_for(args, service, err));
    for (size_t i = 0; i < service->count; i++)
        YX_TRY(yx_authority_start(service->authorities[i], err));
    (void)sigwait(&ends, &signal_number);
    return YX_OK;
}

static const struct cli_option serve_options[] = {
    {.name = "listen",
     .value = "ADDR:PORT",
     .help = N_("where; 127.0.0.1:8080 unless told otherwise, port 0 is any that is free")},
    {.name = "tls-cert", .value = "F", .help = N_("serve over TLS with this certificate (PEM)")},
    {.name = "tls-key", .value = "F", .help = N_("and this key, PEM without a passphrase")},
    CLI_PASSPHRASE_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_ca_serve = {
    .name = "ca serve",
    .operands = "DIR...",
    .summary = N_("serve authorities over HTTP: certificates, CRLs, OCSP"),
    .details = N_("Each authority is served below its name. CRLs are made when they are due, and "
                  "after every revocation. SIGTERM ends it."),
    .options = serve_options,
    .run = run_serve,
};
