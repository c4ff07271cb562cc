/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web/web.c - the process that speaks with the world: what it is made of, in the order in which
 * it is opened, and its end. Everything that takes more rights than it will have is opened before
 * it goes into its sandbox, and no thread is started before that.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "sandbox/sandbox.h"
#include "web/front.h"
#include "web/mounted.h"
#include "web/services.h"

#define PATH_SIZE 4096
#define FILE_MAX_SIZE (1024u * 1024)
/* Files beside connections: databases, blobs, libraries. */
#define FILES_MORE 500

/* "https://127.0.0.1:8443" */
#define NAME_SIZE 96

struct web {
    const struct yx_web_process *process;
    const struct yx_settings *settings;
    struct yx_ipc_line *line;
    struct yx_keeper *keeper;
    struct yx_keeper_key *audit_key, *tls_key;
    struct yx_store *store;
    struct yx_audit_signer log;
    struct yx_audit_sequencer *sequencer;
    struct yx_mounted *mounted;
    struct yx_ca **authorities;
    char origin[NAME_SIZE], uploads[PATH_SIZE];
    struct yx_services *services;
    struct yx_front front;
    struct yx_http_route *routes, *plain; /* all, and those that need no TLS */
    size_t route_count, plain_count;
    struct yx_buf client_trust;
    struct yx_tls *tls;
    struct yx_listener *listener, *plain_listener;
};

static void web_free(struct web *web)
{
    yx_listener_free(web->listener);
    yx_listener_free(web->plain_listener);
    yx_tls_free(web->tls);
    yx_services_free(web->services);
    free(web->authorities);
    yx_mounted_free(web->mounted);
    yx_audit_sequencer_free(web->sequencer);
    free(web->routes);
    free(web->plain);
    yx_front_close(&web->front);
    yx_buf_free(&web->client_trust);
    yx_store_free(web->store);
    yx_keeper_key_free(web->tls_key);
    yx_keeper_key_free(web->audit_key);
    yx_keeper_free(web->keeper);
    yx_ipc_line_free(web->line);
    free(web);
}
YX_DEFINE_CLEAN(web, struct web *, web_free);

/* --- Opening ---------------------------------------------------------------------------------- */

/* Where it answers, as it really is. */
static void name_socket(int fd, char out[NAME_SIZE])
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } address = {0};
    socklen_t len = sizeof address;
    char host[INET6_ADDRSTRLEN] = "?";

    (void)getsockname(fd, &address.any, &len);
    if (address.any.sa_family == AF_INET6) {
        (void)inet_ntop(AF_INET6, &address.six.sin6_addr, host, sizeof host);
        (void)snprintf(out, NAME_SIZE, "https://[%s]:%u", host, ntohs(address.six.sin6_port));
    } else {
        (void)inet_ntop(AF_INET, &address.four.sin_addr, host, sizeof host);
        (void)snprintf(out, NAME_SIZE, "https://%s:%u", host, ntohs(address.four.sin_port));
    }
}

/* The keeper answers when it has made what is missing. */
static yx_status open_keeper(struct web *web, struct yx_error *err)
{
    YX_TRY(yx_ipc_line_new(web->process->line, &web->line, err));
    YX_TRY(yx_keeper_new(web->line, &web->keeper, err));
    YX_TRY(yx_keeper_key(web->keeper, "tls", &web->tls_key, err));
    return yx_keeper_key(web->keeper, "audit", &web->audit_key, err);
}

static yx_status open_store(struct web *web, struct yx_error *err)
{
    YX_TRY(yx_store_open(web->settings->database, true, &web->store, err));
    web->log = (struct yx_audit_signer){.name = "yinxin",
                                        .key = yx_keeper_key_public(web->audit_key),
                                        .signer = yx_keeper_signer(web->audit_key)};
    return YX_OK;
}

/* What the resources work with; and the first people, when there is nobody yet. */
static yx_status open_services(struct web *web, struct yx_error *err)
{
    size_t count = yx_mounted_count(web->mounted);
    struct yx_services_setup setup = {
        .store = web->store,
        .settings = web->settings,
        .keeper = web->keeper,
        .audit_key = web->log.key,
        .line = web->line,
        .pages = web->process->pages,
        .origin = web->origin,
        .uploads = web->uploads,
        .count = yx_front_count,
        .counting = &web->front,
        .authority_count = count,
    };

    web->authorities = calloc(count + 1, sizeof(struct yx_ca *));
    if (web->authorities == NULL)
        return yx_fail_memory(err);
    for (size_t i = 0; i < count; i++)
        web->authorities[i] = yx_mounted_authority(web->mounted, i);
    setup.authorities = web->authorities;
    if (web->settings->public_url[0] != '\0')
        setup.origin = web->settings->public_url;
    else
        name_socket(web->process->sockets[0], web->origin);
    (void)snprintf(web->uploads, sizeof web->uploads, "%s/uploads", web->process->folder);
    return yx_services_open(&setup, &web->services, err);
}

/* They are told once, on stdout, and good for a day. */
static yx_status tell_first(const struct web *web, struct yx_error *err)
{
    struct yx_first first[YX_FIRST_ACCOUNTS];
    bool made = false;

    YX_TRY(yx_first_accounts(web->store, first, &made, err));
    for (size_t i = 0; made && i < YX_FIRST_ACCOUNTS; i++)
        (void)printf("%s: %s/start?token=%s\n", first[i].name, web->services->setup.origin,
                     first[i].secret.text);
    yx_wipe(first, sizeof first);
    return fflush(stdout) == 0
               ? YX_OK
               : yx_fail_errno(err, YX_IO, N_("cannot write {1}: {2}"), "stdout", errno);
}

/* What is signed or public anyway, and secret to nobody: EST is not, since passwords come with it.
 */
static yx_status gather_plain_routes(struct web *web, const struct yx_http_route *api, size_t count,
                                     struct yx_error *err)
{
    size_t mounted = web->route_count - count;

    web->plain = calloc(web->route_count, sizeof *web->plain);
    if (web->plain == NULL)
        return yx_fail_memory(err);
    for (size_t i = YX_FRONT_ROUTES; i < mounted; i++)
        if (strstr(web->routes[i].path, "/.well-known/est/") == NULL)
            web->plain[web->plain_count++] = web->routes[i];
    for (size_t i = 0; i < count; i++)
        if ((((const struct yx_api_route *)api[i].context)->flags & YX_API_PLAIN) != 0)
            web->plain[web->plain_count++] = api[i];
    return YX_OK;
}

static yx_status gather_routes(struct web *web, struct yx_error *err)
{
    size_t count = 0;
    const struct yx_http_route *api = yx_api_routes(web->services->api, &count);
    size_t most = YX_FRONT_ROUTES + yx_mounted_count(web->mounted) * YX_MOUNTED_ROUTES + count;

    web->routes = calloc(most, sizeof *web->routes);
    if (web->routes == NULL)
        return yx_fail_memory(err);
    web->front.store = web->store;
    web->front.keeper = web->keeper;
    YX_TRY(yx_front_open(&web->front, err));
    yx_front_routes(&web->front, web->routes);
    web->route_count = YX_FRONT_ROUTES;
    web->route_count += yx_mounted_routes(web->mounted, web->routes + web->route_count);
    memcpy(web->routes + web->route_count, api, count * sizeof *api);
    web->route_count += count;
    return gather_plain_routes(web, api, count, err);
}

static yx_status open_tls(struct web *web, struct yx_error *err)
{
    const struct yx_tls_signer signer = {yx_keeper_sign_tls, web->tls_key};
    YX_CLEAN(yx_buf) struct yx_buf certificate = {0};

    YX_TRY(yx_login_authorities(web->services, &web->client_trust, err));
    YX_TRY(yx_file_read(web->settings->tls_certificate, FILE_MAX_SIZE, &certificate, err));
    return yx_tls_new(yx_buf_bytes(&certificate), &signer, yx_keeper_key_public(web->tls_key),
                      &web->tls, err);
}

/* --- The sandbox ------------------------------------------------------------------------------ */

struct paths {
    struct yx_sandbox_path *items;
    char (*texts)[PATH_SIZE];
    size_t count;
};

static void paths_free(struct paths *paths)
{
    free(paths->items);
    free(paths->texts);
}
YX_DEFINE_CLEAN_VALUE(paths, struct paths, paths_free);

static void allow(struct paths *paths, bool writable, const char *path, const char *suffix)
{
    if (path[0] != '/')
        return;
    (void)snprintf(paths->texts[paths->count], PATH_SIZE, "%s%s", path, suffix);
    paths->items[paths->count] = (struct yx_sandbox_path){paths->texts[paths->count], writable};
    paths->count++;
}

/* A SQLite file with its log and index, which are there while somebody has it open, as we do: the
 * folder around them, where keys are, stays closed. */
#define DATABASE_FILES 3
static void allow_database(struct paths *paths, const char *path)
{
    allow(paths, true, path, "");
    allow(paths, true, path, "-wal");
    allow(paths, true, path, "-shm");
}

/* Libraries that are opened when they are needed, names of hosts, certificates, zones, devices. */
static const struct {
    const char *path;
    bool writable;
} system_files[] = {
    {"/usr", false},
    {"/lib", false},
    {"/lib64", false},
    {"/etc", false},
    {"/run/systemd/resolve", false},
    {"/sys/devices/system/cpu", false},
    {"/dev/urandom", false},
    {"/dev/null", true},
};

static yx_status allow_all(const struct web *web, struct paths *paths, struct yx_error *err)
{
    const struct yx_settings *settings = web->settings;
    const char *const files[] = {
        settings->tls_certificate, settings->blobs_key,     settings->s3_credentials,
        settings->s3_ca,           settings->smtp_password, settings->smtp_ca,
    };
    const char *const folders[] = {settings->blobs, settings->s3_spool, web->uploads};
    const size_t system_count = sizeof system_files / sizeof system_files[0];
    const size_t file_count = sizeof files / sizeof files[0];
    const size_t folder_count = sizeof folders / sizeof folders[0];
    size_t authorities = yx_mounted_count(web->mounted);
    size_t most = system_count + file_count + folder_count + settings->login_trust.count +
                  settings->verify_trust.count + 1 + DATABASE_FILES * (1 + authorities);

    paths->items = calloc(most, sizeof *paths->items);
    paths->texts = calloc(most, sizeof *paths->texts);
    if (paths->items == NULL || paths->texts == NULL)
        return yx_fail_memory(err);
    for (size_t i = 0; i < system_count; i++)
        allow(paths, system_files[i].writable, system_files[i].path, "");
    for (size_t i = 0; i < file_count; i++)
        allow(paths, false, files[i], "");
    for (size_t i = 0; i < folder_count; i++)
        allow(paths, true, folders[i], "");
    for (size_t i = 0; i < settings->login_trust.count; i++)
        allow(paths, false, settings->login_trust.items[i], "");
    for (size_t i = 0; i < settings->verify_trust.count; i++)
        allow(paths, false, settings->verify_trust.items[i], "");
    allow(paths, false, web->process->folder, "/ca");
    allow_database(paths, settings->database);
    for (size_t i = 0; i < authorities; i++)
        allow_database(paths, yx_mounted_database(web->mounted, i));
    return YX_OK;
}

/* As many files may be open as there are connections, and more; if that is not allowed, those that
 * come too late wait. */
static void allow_descriptors(int64_t connections)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)connections + FILES_MORE;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur =
        limit.rlim_max != RLIM_INFINITY && wanted > limit.rlim_max ? limit.rlim_max : wanted;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static yx_status confine(const struct web *web, struct yx_error *err)
{
    YX_CLEAN(paths) struct paths paths = {0};
    struct yx_sandbox sandbox = {.kind = YX_SANDBOX_WEB};

    YX_TRY(allow_all(web, &paths, err));
    sandbox.paths = paths.items;
    sandbox.path_count = paths.count;
    allow_descriptors(web->settings->connections);
    return yx_sandbox_enter(&sandbox, NULL, err);
}

/* --- Serving ---------------------------------------------------------------------------------- */

static bool is_proxy(const void *proxies, const char *address)
{
    return yx_networks_have(proxies, address);
}

static yx_status listen_there(struct web *web, bool plain, struct yx_error *err)
{
    const struct yx_web_process *process = web->process;
    const struct yx_settings *from = web->settings;
    struct yx_listener_settings settings = {
        .sockets = process->sockets + (plain ? process->tls_count : 0),
        .socket_count = plain ? process->plain_count : process->tls_count,
        .is_proxy = is_proxy,
        .proxies = &from->trusted_proxies,
        .threads = (unsigned)from->threads,
        .connections_max = (unsigned)from->connections,
        .connections_per_address = (unsigned)from->connections_per_address,
        .header_deadline = (unsigned)from->header_deadline,
        .body_deadline = (unsigned)from->body_deadline,
        .idle_deadline = (unsigned)from->idle_deadline,
        .stop_deadline = (unsigned)from->stop_deadline,
        .log = from->log_requests ? stderr : NULL,
        .tls = plain ? NULL : web->tls,
    };

    if (settings.socket_count == 0)
        return YX_OK;
    if (plain) {
        settings.name = "plain";
        YX_TRY(yx_listener_new(&settings, web->plain, web->plain_count, &web->plain_listener, err));
        atomic_store(&web->front.listeners[1], web->plain_listener);
        return YX_OK;
    }
    settings.tls_client_trust = yx_buf_bytes(&web->client_trust);
    YX_TRY(yx_listener_new(&settings, web->routes, web->route_count, &web->listener, err));
    atomic_store(&web->front.listeners[0], web->listener);
    return YX_OK;
}

static yx_status start(struct web *web, struct yx_error *err)
{
    char where[NAME_SIZE];

    YX_TRY(yx_audit_sequencer_start(web->store, &web->log, 0, &web->sequencer, err));
    YX_TRY(listen_there(web, false, err));
    YX_TRY(listen_there(web, true, err));
    YX_TRY(yx_mounted_start(web->mounted, &web->log, err));
    YX_TRY(yx_services_start(web->services, err));
    name_socket(web->process->sockets[0], where);
    return yx_ipc_ready(web->line, where, err);
}

/* Until a signal; the parent hears from us meanwhile. */
static void wait_for_end(struct web *web, const sigset_t *ends)
{
    const struct timespec pause = {.tv_sec = YX_IPC_ALIVE_SECONDS};

    while (sigtimedwait(ends, NULL, &pause) < 0)
        if (errno == EAGAIN) {
            (void)yx_ipc_alive(web->line, NULL);
            yx_services_beat(web->services);
        }
}

yx_status yx_web_run(const struct yx_web_process *process, struct yx_error *err)
{
    YX_CLEAN(web) struct web *web = calloc(1, sizeof *web);
    sigset_t ends;

    if (web == NULL)
        return yx_fail_memory(err);
    web->process = process;
    web->settings = process->settings;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
    YX_TRY(open_keeper(web, err));
    YX_TRY(open_store(web, err));
    YX_TRY(yx_mounted_open(process->folder, web->keeper, &web->mounted, err));
    YX_TRY(open_services(web, err));
    YX_TRY(tell_first(web, err));
    YX_TRY(gather_routes(web, err));
    YX_TRY(open_tls(web, err));
    YX_TRY(confine(web, err));
    YX_TRY(start(web, err));
    wait_for_end(web, &ends);
    return YX_OK;
}
