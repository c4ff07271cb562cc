/* SPDX-License-Identifier: Apache-2.0 */
/* keeper/first.c - the first start: the passphrase, the keys of the service, its certificate for
 * TLS. What is there already stays. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certify/certify.h"
#include "keeper/room.h"

#define SECRET_SIZE 32
#define SECRET_MAX 1024
#define DAYS 825

yx_status yx_keeper_path(const char *folder, const char *name, struct yx_buf *out,
                         struct yx_error *err)
{
    return yx_buf_printf(out, "%s/%s", folder, name) == YX_OK &&
                   yx_buf_append(out, YX_BYTES("", 1)) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* --- The passphrase --------------------------------------------------------------------------- */

/* The first line of a file. */
static yx_status read_line(const struct yx_buf *path, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    size_t len = 0;

    YX_TRY(yx_file_read((const char *)path->data, SECRET_MAX, &file, err));
    while (len < file.len && file.data[len] != '\n' && file.data[len] != '\r')
        len++;
    YX_REQUIRE(len > 0, err, YX_DAMAGED, "", N_("{1} holds no passphrase"),
               (const char *)path->data);
    return yx_buf_append(out, YX_BYTES(file.data, len)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status make_secret(const struct yx_buf *path, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    uint8_t octets[SECRET_SIZE];

    YX_TRY(yx_random(octets, sizeof octets, err));
    YX_TRY(yx_base64_encode(YX_BYTES(octets, sizeof octets), &text));
    yx_wipe(octets, sizeof octets);
    if (yx_buf_append_text(&text, "\n") != YX_OK)
        return yx_fail_memory(err);
    return yx_file_write((const char *)path->data, true, yx_buf_bytes(&text), err);
}

yx_status yx_keeper_known_passphrase(const char *folder, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    const char *given = getenv("YINXIN_PASSPHRASE");

    if (credentials != NULL)
        YX_TRY(yx_keeper_path(credentials, "passphrase", &path, err));
    if (credentials != NULL && is_there((const char *)path.data))
        return read_line(&path, out, err);
    if (given != NULL && given[0] != '\0')
        return yx_buf_append_text(out, given) == YX_OK ? YX_OK : yx_fail_memory(err);
    path.len = 0;
    YX_TRY(yx_keeper_path(folder, "keys/secret", &path, err));
    YX_REQUIRE(is_there((const char *)path.data), err, YX_NO_INPUT, "",
               N_("the passphrase of the keys in {1} is not known: set YINXIN_PASSPHRASE, or give "
                  "systemd's credential `passphrase`"),
               folder);
    return read_line(&path, out, err);
}

/* Keys that are there have a passphrase already: one that is made now would open none of them. */
yx_status yx_keeper_passphrase(const char *folder, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf key = {0};
    YX_CLEAN(yx_buf) struct yx_buf secret = {0};
    struct yx_error unknown = {0};
    yx_status status = yx_keeper_known_passphrase(folder, out, &unknown);

    YX_TRY(yx_keeper_path(folder, "keys/audit.key", &key, err));
    if (status == YX_NO_INPUT && !is_there((const char *)key.data)) {
        YX_TRY(yx_keeper_path(folder, "keys/secret", &secret, err));
        YX_TRY(make_secret(&secret, err));
        return read_line(&secret, out, err);
    }
    if (status != YX_OK && err != NULL)
        *err = unknown;
    return status;
}

/* --- Keys ------------------------------------------------------------------------------------- */

static const struct {
    const char *file;
    yx_key_type type;
} ours[] = {
    {"keys/audit.key", YX_KEY_SM2},
    {"", YX_KEY_P256}, /* where the settings say */
    {"keys/session.key", YX_KEY_ED25519},
};

/* As make_secret writes it. */
static bool was_made(struct yx_bytes passphrase)
{
    YX_CLEAN(yx_buf) struct yx_buf octets = {0};

    return yx_base64_decode(passphrase, &octets, NULL) == YX_OK && octets.len == SECRET_SIZE;
}

/* A passphrase that was made is too long to be guessed, however cheap guessing is; one of people
 * gets what yx_private_key_write takes. */
static yx_status make_key(const char *path, yx_key_type type, struct yx_bytes passphrase,
                          struct yx_error *err)
{
    const struct yx_kdf_cost cheap = {YX_KDF_PBKDF2, 100000};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};

    YX_TRY(yx_private_key_generate(type, 0, &key, err));
    YX_TRY(was_made(passphrase) ? yx_private_key_write_with(key, passphrase, &cheap, &file, err)
                                : yx_private_key_write(key, passphrase, &file, err));
    return yx_file_write(path, true, yx_buf_bytes(&file), err);
}

/* --- The certificate for TLS --------------------------------------------------------------------
 */

#define NAMES_MAX 4

/* localhost, the host name, the loopback addresses; views of what is given. */
static size_t alt_names(char host[256], uint8_t octets[20], struct yx_general_name names[NAMES_MAX])
{
    size_t count = 0;

    (void)inet_pton(AF_INET, "127.0.0.1", octets);
    (void)inet_pton(AF_INET6, "::1", octets + 4);
    names[count++] = (struct yx_general_name){YX_NAME_DNS, YX_TEXT("localhost")};
    names[count++] = (struct yx_general_name){YX_NAME_IP, YX_BYTES(octets, 4)};
    names[count++] = (struct yx_general_name){YX_NAME_IP, YX_BYTES(octets + 4, 16)};
    if (gethostname(host, 255) == 0 && host[0] != '\0' && strcmp(host, "localhost") != 0)
        names[count++] = (struct yx_general_name){YX_NAME_DNS, YX_TEXT(host)};
    return count;
}

static yx_status make_certificate(const struct yx_private_key *key, struct yx_buf *out,
                                  struct yx_error *err)
{
    static const yx_oid usage[] = {YX_OID_KP_SERVER_AUTH, YX_OID_UNKNOWN};
    struct yx_general_name names[NAMES_MAX];
    struct yx_signer signer = yx_signer_borrow_key(key);
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    uint8_t serial[16], octets[20];
    yx_time now = yx_now() - yx_now() % YX_SECOND;
    char host[256] = "";

    YX_TRY(yx_name_to_der("CN=localhost,O=Yinxin", &subject, err));
    YX_TRY(yx_random(serial, sizeof serial, err));
    serial[0] &= 0x7F;
    serial[0] |= 0x40;
    return yx_cert_make(
        &(struct yx_cert_template){
            .subject = yx_buf_bytes(&subject),
            .spki = yx_public_key_spki(yx_private_key_public(key)),
            .serial = YX_BYTES(serial, sizeof serial),
            .not_before = now,
            .not_after = now + DAYS * YX_DAY,
            .key_usage = YX_KU_DIGITAL_SIGNATURE,
            .extended_usage = usage,
            .path_length = -1,
            .alt_names = names,
            .alt_name_count = alt_names(host, octets, names),
        },
        NULL, &signer, out, err);
}

static yx_status write_certificate(const char *path, const char *key_path,
                                   struct yx_bytes passphrase, struct yx_error *err)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};

    YX_TRY(yx_file_read(key_path, YX_IPC_RECORD_MAX, &file, err));
    YX_TRY(yx_private_key_read(yx_buf_bytes(&file), passphrase, &key, err));
    YX_TRY(make_certificate(key, &der, err));
    if (yx_pem_write("CERTIFICATE", yx_buf_bytes(&der), &pem) != YX_OK)
        return yx_fail_memory(err);
    return yx_file_write(path, false, yx_buf_bytes(&pem), err);
}

yx_status yx_keeper_first(const struct yx_keeper_process *process, struct yx_bytes passphrase,
                          struct yx_error *err)
{
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf path = {0};
        const char *file;

        YX_TRY(yx_keeper_path(process->folder, ours[i].file, &path, err));
        file = ours[i].type == YX_KEY_P256 ? process->tls_key : (const char *)path.data;
        if (!is_there(file))
            YX_TRY(make_key(file, ours[i].type, passphrase, err));
    }
    return is_there(process->tls_certificate)
               ? YX_OK
               : write_certificate(process->tls_certificate, process->tls_key, passphrase, err);
}
