/* SPDX-License-Identifier: Apache-2.0 */
/* listener/mhd.c - opens libmicrohttpd and GnuTLS when a listener starts. */
#include "listener/mhd.h"

#define HTTP_LIBRARY "libmicrohttpd.so.12"
/* libmicrohttpd has brought it along. */
#define TLS_LIBRARY "libgnutls.so.30"
#define MISSING N_("{1}, which answers by HTTP, is not installed")

/* In the order of struct yx_mhd: first those of libmicrohttpd. */
static const char *const names[] = {
    "MHD_start_daemon",
    "MHD_stop_daemon",
    "MHD_add_connection",
    "MHD_get_daemon_info",
    "MHD_get_connection_info",
    "MHD_lookup_connection_value",
    "MHD_get_connection_values",
    "MHD_create_response_from_buffer_with_free_callback_cls",
    "MHD_create_response_from_callback",
    "MHD_add_response_header",
    "MHD_queue_response",
    "MHD_destroy_response",
    "MHD_suspend_connection",
    "MHD_resume_connection",
    "gnutls_certificate_get_peers",
    "gnutls_pcert_list_import_x509_raw",
    "gnutls_pcert_deinit",
    "gnutls_privkey_init",
    "gnutls_privkey_import_ext4",
    "gnutls_privkey_deinit",
};
#define HTTP_COUNT (offsetof(struct yx_mhd, peers) / sizeof(void *))
#define COUNT (sizeof names / sizeof *names)
union symbols {
    void *list[COUNT];
    struct yx_mhd mhd;
};
_Static_assert(sizeof(struct yx_mhd) == COUNT * sizeof(void *), "a name for every function");

/* They stay open until the program ends: its libraries do not like to be let go. */
yx_status yx_mhd_open(struct yx_mhd *out, struct yx_error *err)
{
    static const struct yx_library http = {HTTP_LIBRARY, MISSING, names, HTTP_COUNT};
    static const struct yx_library tls = {TLS_LIBRARY, MISSING, names + HTTP_COUNT,
                                          COUNT - HTTP_COUNT};
    union symbols symbols;

    YX_TRY(yx_library_open(&http, symbols.list, err));
    YX_TRY(yx_library_open(&tls, symbols.list + HTTP_COUNT, err));
    *out = symbols.mhd;
    return YX_OK;
}
