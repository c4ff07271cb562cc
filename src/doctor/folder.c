/* SPDX-License-Identifier: Apache-2.0 */
/* doctor/folder.c - the folder of the service: who may look into it, its keys, its certificates. */
#include <errno.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor/room.h"
#include "keeper/keeper.h"
#include "x509/x509.h"

#define SOON (30 * YX_DAY)
#define FILE_LIMIT (1u << 20)

/* --- The folder ---------------------------------------------------------------------------- */

void yx_doctor_folder(struct yx_doctor *doctor)
{
    const char *folder = doctor->visit->folder;
    struct stat about;

    if (stat(folder, &about) != 0 || !S_ISDIR(about.st_mode))
        yx_doctor_note(doctor, YX_FINDING_FAILURE, N_("there is no folder {1}: name it by --data"),
                       folder);
    else if (access(folder, R_OK | W_OK | X_OK) != 0)
        yx_doctor_note(doctor, YX_FINDING_FAILURE,
                       N_("this account cannot write into {1}: run this as the account of the "
                          "service"),
                       folder);
    else if ((about.st_mode & S_IWOTH) != 0)
        yx_doctor_note(doctor, YX_FINDING_FAILURE,
                       N_("everybody can write into {1}: take that away (chmod o-w)"), folder);
    else if ((about.st_mode & (S_IROTH | S_IXOTH)) != 0)
        yx_doctor_note(doctor, YX_FINDING_WARNING,
                       N_("everybody can look into {1}: take that away (chmod 750)"), folder);
    else
        yx_doctor_note(doctor, YX_FINDING_OK, N_("{1} is its owner's"), folder);
}

void yx_doctor_settings(struct yx_doctor *doctor)
{
    struct yx_error err = {0};

    if (yx_settings_check(doctor->visit->settings, &err) == YX_OK)
        yx_doctor_note(doctor, YX_FINDING_OK, N_("every file that the settings name can be read"));
    else
        yx_doctor_note_error(doctor, YX_FINDING_FAILURE, &err);
}

/* --- Files by pattern ---------------------------------------------------------------------- */

struct found {
    glob_t list;
    bool any;
};
static void found_free(struct found *found)
{
    if (found->any)
        globfree(&found->list);
}
YX_DEFINE_CLEAN_VALUE(found, struct found, found_free);

static void find(const struct yx_doctor *doctor, const char *pattern, struct found *out)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};

    if (yx_buf_printf(&path, "%s/%s", doctor->visit->folder, pattern) == YX_OK &&
        yx_buf_append(&path, YX_BYTES("", 1)) == YX_OK)
        out->any = glob((const char *)path.data, GLOB_BRACE, NULL, &out->list) == 0;
}

/* --- Keys ---------------------------------------------------------------------------------- */

static void look_at_key(struct yx_doctor *doctor, const char *path, struct yx_bytes passphrase)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    struct yx_error err = {0};
    struct stat about;

    if (stat(path, &about) == 0 && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        yx_doctor_note(doctor, YX_FINDING_FAILURE,
                       N_("others than its owner can use the key {1}: chmod 600"), path);
    if (yx_file_read(path, FILE_LIMIT, &file, &err) != YX_OK)
        yx_doctor_note_error(doctor, YX_FINDING_FAILURE, &err);
    else if (yx_private_key_read(yx_buf_bytes(&file), passphrase, &key, &err) == YX_OK)
        yx_doctor_note(doctor, YX_FINDING_OK, N_("the key {1} opens"), path);
    else if (err.status == YX_REFUSED)
        yx_doctor_note(doctor, YX_FINDING_WARNING,
                       N_("the key {1} does not open with the passphrase that is known here: give "
                          "it by --passphrase-file"),
                       path);
    else
        yx_doctor_note(doctor, YX_FINDING_FAILURE,
                       N_("the key {1} is damaged: take it from a backup"), path);
}

void yx_doctor_keys(struct yx_doctor *doctor)
{
    YX_CLEAN(found) struct found found = {.any = false};
    YX_CLEAN(yx_buf) struct yx_buf passphrase = {0};

    find(doctor, "{keys/*.key,ca/*/*.key}", &found);
    if (!found.any) {
        yx_doctor_note(doctor, YX_FINDING_OK,
                       N_("there are no keys yet: the first start makes them"));
        return;
    }
    if (doctor->visit->passphrase.len > 0)
        (void)yx_buf_append(&passphrase, doctor->visit->passphrase);
    else
        (void)yx_keeper_known_passphrase(doctor->visit->folder, &passphrase, NULL);
    for (size_t i = 0; i < found.list.gl_pathc; i++)
        look_at_key(doctor, found.list.gl_pathv[i], yx_buf_bytes(&passphrase));
}

/* --- Certificates -------------------------------------------------------------------------- */

static void look_at_certificate(struct yx_doctor *doctor, const char *path)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    struct yx_error err = {0};
    yx_time now = doctor->visit->now, end;

    if (yx_file_read(path, FILE_LIMIT, &file, &err) != YX_OK ||
        yx_cert_read(yx_buf_bytes(&file), &cert, &err) != YX_OK) {
        yx_doctor_note(doctor, YX_FINDING_FAILURE,
                       N_("{1} cannot be read as a certificate: take it from a backup, or issue "
                          "another"),
                       path);
        return;
    }
    end = yx_cert_not_after(cert);
    if (end < now)
        yx_doctor_note(doctor, YX_FINDING_FAILURE,
                       N_("the certificate {1} has ended at {2}: renew it"), path, YX_WHEN(end));
    else if (yx_cert_not_before(cert) > now)
        yx_doctor_note(doctor, YX_FINDING_FAILURE,
                       N_("the certificate {1} begins at {2} only: set the clock, or replace it"),
                       path, YX_WHEN(yx_cert_not_before(cert)));
    else
        yx_doctor_note(doctor, end - now < SOON ? YX_FINDING_WARNING : YX_FINDING_OK,
                       end - now < SOON ? N_("the certificate {1} ends at {2}: renew it soon")
                                        : N_("the certificate {1} is good until {2}"),
                       path, YX_WHEN(end));
}

void yx_doctor_certificates(struct yx_doctor *doctor)
{
    YX_CLEAN(found) struct found found = {.any = false};
    const char *tls = doctor->visit->settings->tls_certificate;

    find(doctor, "ca/*/{ca,ocsp,tsa,cmp}.pem", &found);
    if (access(tls, F_OK) == 0)
        look_at_certificate(doctor, tls);
    else
        yx_doctor_note(doctor, YX_FINDING_OK, N_("there is no {1} yet: the first start makes one"),
                       tls);
    for (size_t i = 0; found.any && i < found.list.gl_pathc; i++)
        look_at_certificate(doctor, found.list.gl_pathv[i]);
}
