/* SPDX-License-Identifier: Apache-2.0 */
/* listener/mhd.c - opens libmicrohttpd and GnuTLS when a listener starts. */
#include <dlfcn.h>

#include "listener/mhd.h"

#define HTTP_LIBRARY "libmicrohttpd.so.12"
/* libmicrohttpd has brought it along. */
#define TLS_LIBRARY "libgnutls.so.30"

/* In the order of struct yx_mhd. */
static const struct {
    const char *library;
    const char *name;
} functions[] = {
    {HTTP_LIBRARY, "MHD_start_daemon"},
    {HTTP_LIBRARY, "MHD_stop_daemon"},
    {HTTP_LIBRARY, "MHD_add_connection"},
    {HTTP_LIBRARY, "MHD_get_daemon_info"},
    {HTTP_LIBRARY, "MHD_get_connection_info"},
    {HTTP_LIBRARY, "MHD_lookup_connection_value"},
    {HTTP_LIBRARY, "MHD_get_connection_values"},
    {HTTP_LIBRARY, "MHD_create_response_from_buffer_with_free_callback_cls"},
    {HTTP_LIBRARY, "MHD_create_response_from_callback"},
    {HTTP_LIBRARY, "MHD_add_response_header"},
    {HTTP_LIBRARY, "MHD_queue_response"},
    {HTTP_LIBRARY, "MHD_destroy_response"},
    {HTTP_LIBRARY, "MHD_suspend_connection"},
    {HTTP_LIBRARY, "MHD_resume_connection"},
    {TLS_LIBRARY, "gnutls_certificate_get_peers"},
    {TLS_LIBRARY, "gnutls_pcert_list_import_x509_raw"},
    {TLS_LIBRARY, "gnutls_pcert_deinit"},
    {TLS_LIBRARY, "gnutls_privkey_init"},
    {TLS_LIBRARY, "gnutls_privkey_import_ext4"},
    {TLS_LIBRARY, "gnutls_privkey_deinit"},
};
#define COUNT (sizeof functions / sizeof *functions)
union symbols {
    void *list[COUNT];
    struct yx_mhd mhd;
};
_Static_assert(sizeof(struct yx_mhd) == COUNT * sizeof(void *), "a name for every function");

/* They stay open until the program ends: its libraries do not like to be let go. */
yx_status yx_mhd_open(struct yx_mhd *out, struct yx_error *err)
{
    union symbols symbols;

    for (size_t i = 0; i < COUNT; i++) {
        void *library = dlopen(functions[i].library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

        YX_REQUIRE(library != NULL, err, YX_IO, "",
                   N_("{1}, which answers by HTTP, is not installed"), functions[i].library);
        symbols.list[i] = dlsym(library, functions[i].name);
        YX_REQUIRE(symbols.list[i] != NULL, err, YX_IO, "", N_("{1} has no {2}: it is too old"),
                   functions[i].library, functions[i].name);
    }
    *out = symbols.mhd;
    return YX_OK;
}
