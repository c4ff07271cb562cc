/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web/trust.c - whose signatures and certificates count here: the authorities of this service,
 * with their last CRLs, and the roots that the settings name.
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

yx_status yx_document_trust(struct yx_services *services, struct yx_error *err)
{
    const struct yx_services_setup *setup = &services->setup;
    YX_CLEAN(yx_buf) struct yx_buf list = {0};

    for (size_t i = 0; i < setup->authority_count; i++)
        YX_TRY(add_authority(setup->authorities[i], &list, err));
    for (size_t i = 0; i < setup->settings->verify_trust.count; i++)
        YX_TRY(yx_list_add_path(&list, setup->settings->verify_trust.items[i], err));
    if (yx_bytes_equal(yx_buf_bytes(&list), yx_buf_bytes(&services->trusted)))
        return YX_OK;
    YX_TRY(yx_worker_trust_set(services->trust, yx_buf_bytes(&list), err));
    yx_buf_free(&services->trusted);
    services->trusted = list;
    list = (struct yx_buf){0};
    return YX_OK;
}

yx_status yx_login_trust(const struct yx_services *services, struct yx_error *err)
{
    const struct yx_services_setup *setup = &services->setup;
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;

    YX_TRY(yx_trust_new(&trust, err));
    for (size_t i = 0; i < setup->authority_count; i++)
        YX_TRY(yx_trust_add_anchor(trust, yx_ca_certificate(setup->authorities[i]), err));
    for (size_t i = 0; i < setup->settings->login_trust.count; i++)
        YX_TRY(yx_trust_add_path(trust, setup->settings->login_trust.items[i], err));
    yx_login_set_trust(services->login, trust);
    trust = NULL;
    return YX_OK;
}
