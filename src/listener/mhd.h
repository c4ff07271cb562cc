/* SPDX-License-Identifier: Apache-2.0 */
/* listener/mhd.h - what we use of libmicrohttpd and GnuTLS, which are opened when a listener
 * starts, so that all other commands start without them. Only listener/ includes it. */
#ifndef LISTENER_MHD_H
#define LISTENER_MHD_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>

#include "base/base.h"

/* In the order of the names in mhd.c. */
struct yx_mhd {
    struct MHD_Daemon *(*start)(unsigned flags, uint16_t port, MHD_AcceptPolicyCallback accept,
                                void *accept_self, MHD_AccessHandlerCallback handle,
                                void *handle_self, ...);
    void (*stop)(struct MHD_Daemon *daemon);
    enum MHD_Result (*add)(struct MHD_Daemon *daemon, MHD_socket socket,
                           const struct sockaddr *address, socklen_t len);
    const union MHD_DaemonInfo *(*daemon_info)(struct MHD_Daemon *daemon,
                                               enum MHD_DaemonInfoType type, ...);
    const union MHD_ConnectionInfo *(*info)(struct MHD_Connection *connection,
                                            enum MHD_ConnectionInfoType type, ...);
    const char *(*lookup)(struct MHD_Connection *connection, enum MHD_ValueKind kind,
                          const char *key);
    int (*each_value)(struct MHD_Connection *connection, enum MHD_ValueKind kind,
                      MHD_KeyValueIterator each, void *self);
    struct MHD_Response *(*respond)(size_t size, const void *buffer,
                                    MHD_ContentReaderFreeCallback release, void *self);
    struct MHD_Response *(*respond_by)(uint64_t size, size_t block, MHD_ContentReaderCallback read,
                                       void *self, MHD_ContentReaderFreeCallback release);
    enum MHD_Result (*add_header)(struct MHD_Response *response, const char *name,
                                  const char *value);
    enum MHD_Result (*queue)(struct MHD_Connection *connection, unsigned status,
                             struct MHD_Response *response);
    void (*destroy)(struct MHD_Response *response);
    void (*suspend)(struct MHD_Connection *connection);
    void (*resume)(struct MHD_Connection *connection);
    const gnutls_datum_t *(*peers)(gnutls_session_t session, unsigned *count);
    int (*read_chain)(gnutls_pcert_st *chain, unsigned *count, const gnutls_datum_t *pem,
                      gnutls_x509_crt_fmt_t format, unsigned flags);
    void (*chain_free)(gnutls_pcert_st *certificate);
    int (*key_new)(gnutls_privkey_t *key);
    int (*key_by)(gnutls_privkey_t key, void *self, gnutls_privkey_sign_data_func sign,
                  gnutls_privkey_sign_hash_func sign_hash, gnutls_privkey_decrypt_func decrypt,
                  gnutls_privkey_deinit_func release, gnutls_privkey_info_func tell,
                  unsigned flags);
    void (*key_free)(gnutls_privkey_t key);
};

/* YX_IO when a library is not installed. */
yx_status yx_mhd_open(struct yx_mhd *out, struct yx_error *err);

#endif
