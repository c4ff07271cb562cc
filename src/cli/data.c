/* SPDX-License-Identifier: Apache-2.0 */
/* cli/data.c - the folder that --data names: of a service, or of an authority. */
#include <unistd.h>

#include "cli/data.h"

static yx_status put_text(const char *text, struct yx_buf *out, struct yx_error *err)
{
    return yx_buf_append(out, YX_BYTES(text, strlen(text) + 1)) == YX_OK ? YX_OK
                                                                         : yx_fail_memory(err);
}

static yx_status put_path(const char *folder, const char *name, struct yx_buf *out,
                          struct yx_error *err)
{
    return yx_buf_printf(out, "%s/", folder) == YX_OK ? put_text(name, out, err)
                                                      : yx_fail_memory(err);
}

static yx_status open_authority(struct cli_data *data, struct yx_error *err)
{
    const char *place;

    YX_TRY(yx_ca_open(data->folder, &data->ca, err));
    data->store = yx_ca_store(data->ca);
    place = yx_ca_settings(data->ca)->database;
    return place[0] != '\0' ? put_text(place, &data->database, err)
                            : put_path(data->folder, "ca.db", &data->database, err);
}

static yx_status open_service(struct cli_data *data, const char *config, struct yx_error *err)
{
    YX_TRY(yx_settings_read(data->folder, config, &data->settings, err));
    YX_TRY(put_text(data->settings->database, &data->database, err));
    YX_TRY(yx_store_open(data->settings->database, false, &data->own, err));
    data->store = data->own;
    return yx_audit_prepare(data->store, err);
}

yx_status cli_data_open(const char *folder, const char *config, struct cli_data *out,
                        struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};

    out->folder = folder;
    YX_TRY(put_path(folder, "ca.pem", &pem, err));
    return access((const char *)pem.data, F_OK) == 0 ? open_authority(out, err)
                                                     : open_service(out, config, err);
}

yx_status cli_data_log(const struct cli_data *data, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    struct yx_audit_checkpoint checkpoint;
    struct yx_bytes name;

    if (data->ca != NULL) {
        name = YX_TEXT(yx_ca_name(data->ca));
    } else {
        YX_TRY(yx_audit_checkpoint_last(data->store, &note, err));
        YX_REQUIRE(note.len > 0, err, YX_USAGE, "",
                   N_("the audit list has no checkpoint yet: give the name of the log by --name"));
        YX_TRY(yx_audit_checkpoint_read(yx_buf_bytes(&note), &checkpoint, err));
        name = checkpoint.origin;
    }
    return yx_buf_append(out, name) == YX_OK && yx_buf_append(out, YX_BYTES("", 1)) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

yx_status cli_audit_key(const char *path, struct yx_public_key **out, struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;

    if (!yx_token_is_place(path))
        return yx_audit_key_read(path, out, err);
    YX_TRY(cli_certificate(path, &cert, err));
    return yx_public_key_from_spki(yx_public_key_spki(yx_cert_public_key(cert)), out, err);
}

void cli_data_close(struct cli_data *data)
{
    yx_store_free(data->own);
    yx_ca_free(data->ca);
    yx_settings_free(data->settings);
    yx_buf_free(&data->database);
}
