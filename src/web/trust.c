/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web/trust.c - whose signatures and certificates count here, for documents and for log-ins: the
 * authorities of this service, with their last CRLs, and the roots that the settings name.
 */
#include "web/services.h"

/* CRLs change while the service runs. */
static yx_status add_authority(struct yx_ca *ca, struct yx_buf *list, struct yx_error *err)
{
    YX_TRY(yx_list_add(list, YX_LIST_ANCHOR, yx_cert_der(yx_ca_certificate(ca)), err));
    for (int i = 0; i < yx_ca_settings(ca)->partitions; i++) {
        YX_CLEAN(yx_buf) struct yx_buf crl = {0};
        yx_status status = yx_publish_last_crl(ca, i, false, &crl, err);

        if (status == YX_NO_INPUT) /* none was made yet */
            continue;
        YX_TRY(status);
        YX_TRY(yx_list_add(list, YX_LIST_CRL, yx_buf_bytes(&crl), err));
    }
    return YX_OK;
}

static yx_status gather(const struct yx_services *services, const struct yx_texts *paths,
                        struct yx_buf *list, struct yx_error *err)
{
    const struct yx_services_setup *setup = &services->setup;

    for (size_t i = 0; i < setup->authority_count; i++)
        YX_TRY(add_authority(setup->authorities[i], list, err));
    for (size_t i = 0; i < paths->count; i++)
        YX_TRY(yx_list_add_path(list, paths->items[i], err));
    return YX_OK;
}

/* The list that counts from now on. */
static void keep(struct yx_buf *kept, struct yx_buf *list)
{
    yx_buf_free(kept);
    *kept = *list;
    *list = (struct yx_buf){0};
}

yx_status yx_document_trust(struct yx_services *services, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf list = {0};

    YX_TRY(gather(services, &services->setup.settings->verify_trust, &list, err));
    if (yx_bytes_equal(yx_buf_bytes(&list), yx_buf_bytes(&services->trusted)))
        return YX_OK;
    YX_TRY(yx_worker_trust_set(services->trust, yx_buf_bytes(&list), err));
    keep(&services->trusted, &list);
    return YX_OK;
}

yx_status yx_login_trust(struct yx_services *services, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf list = {0};
    struct yx_trust *trust;

    YX_TRY(gather(services, &services->setup.settings->login_trust, &list, err));
    if (yx_bytes_equal(yx_buf_bytes(&list), yx_buf_bytes(&services->login_trusted)))
        return YX_OK;
    YX_TRY(yx_list_read(yx_buf_bytes(&list), &trust, err));
    yx_login_set_trust(services->login, trust);
    keep(&services->login_trusted, &list);
    return YX_OK;
}

/* Those with SM2, too: what they issued may have another key, which TLS knows. */
yx_status yx_login_authorities(const struct yx_services *services, struct yx_buf *out,
                               struct yx_error *err)
{
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    size_t count;

    YX_TRY(yx_list_read(yx_buf_bytes(&services->login_trusted), &trust, err));
    count = trust == NULL ? 0 : yx_trust_anchor_count(trust);
    for (size_t i = 0; i < count; i++)
        if (yx_pem_write("CERTIFICATE", yx_cert_der(yx_trust_anchor(trust, i)), out) != YX_OK)
            return yx_fail_memory(err);
    return YX_OK;
}
