/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/softsdf.c - the software device with the interface of GM/T 0018. Keys stand in
 * $YINXIN_SOFTSDF_DIR, made by softsdf-keygen: sign-N.key (PKCS#8 under the access right password)
 * and sign-N.pub, encrypt-N likewise. Sessions work in parallel; one session belongs to one thread.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#pragma GCC visibility push(default)
#include "sdf/sdf_api.h"
#pragma GCC visibility pop

#include "store.h"

#define SIGNER_ID "1234567812345678" /* GM/T 0009 */
enum { KEY_FILE_MAX = 65536, RIGHTS_MAX = 8, INDEX_MAX = 1024 };

struct device {
    struct device *next;
    char root[STORE_PATH];
    ino_t ino; /* another folder in its place is another device */
};

struct session {
    struct session *next;
    struct device *device;
    struct {
        unsigned int index;
        struct yx_private_key *key;
    } rights[RIGHTS_MAX];
    struct yx_hasher *hasher;
};

/* The interface has no context of its own, so that handles live here. */
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static struct device *devices;
static struct session *sessions;

#define SDF_TRY(call)           \
    do {                        \
        int sdf_code = (call);  \
        if (sdf_code != SDR_OK) \
            return sdf_code;    \
    } while (0)
#define SDF_REQUIRE(condition, code) \
    do {                             \
        if (!(condition))            \
            return (code);           \
    } while (0)

/* --- Devices and sessions ---------------------------------------------------------------- */

static bool is_there(const struct device *device)
{
    struct stat about;
    return stat(device->root, &about) == 0 && about.st_ino == device->ino;
}

int SDF_OpenDevice(void **out)
{
    struct stat about;
    SDF_REQUIRE(out != NULL, SDR_OUTARGERR);
    struct device *device = calloc(1, sizeof *device);
    SDF_REQUIRE(device != NULL, SDR_NOBUFFER);
    if (!store_root("YINXIN_SOFTSDF_DIR", "softsdf", device->root) ||
        stat(device->root, &about) != 0) {
        free(device);
        return SDR_OPENDEVICE;
    }
    device->ino = about.st_ino;
    pthread_mutex_lock(&guard);
    device->next = devices;
    devices = device;
    pthread_mutex_unlock(&guard);
    *out = device;
    return SDR_OK;
}

static void free_session(struct session *session)
{
    for (size_t i = 0; i < RIGHTS_MAX; i++)
        yx_private_key_free(session->rights[i].key);
    yx_hasher_free(session->hasher);
    free(session);
}

/* Takes it out of its list; NULL when it is not there. The caller holds the guard. */
static struct session *take_session(const void *handle)
{
    for (struct session **at = &sessions; *at != NULL; at = &(*at)->next)
        if (*at == handle) {
            struct session *session = *at;
            *at = session->next;
            return session;
        }
    return NULL;
}

static struct session *session_of(const struct device *device)
{
    for (struct session *session = sessions; session != NULL; session = session->next)
        if (session->device == device)
            return session;
    return NULL;
}

int SDF_CloseDevice(void *handle)
{
    int code = SDR_INARGERR;
    pthread_mutex_lock(&guard);
    for (struct device **at = &devices; *at != NULL; at = &(*at)->next)
        if (*at == handle) {
            struct device *device = *at;
            *at = device->next;
            for (struct session *session; (session = session_of(device)) != NULL;)
                free_session(take_session(session));
            free(device);
            code = SDR_OK;
            break;
        }
    pthread_mutex_unlock(&guard);
    return code;
}

int SDF_OpenSession(void *handle, void **out)
{
    SDF_REQUIRE(out != NULL, SDR_OUTARGERR);
    struct session *session = calloc(1, sizeof *session);
    SDF_REQUIRE(session != NULL, SDR_NOBUFFER);
    pthread_mutex_lock(&guard);
    for (struct device *device = devices; device != NULL; device = device->next)
        if (device == handle && is_there(device))
            session->device = device;
    if (session->device != NULL) {
        session->next = sessions;
        sessions = session;
    }
    pthread_mutex_unlock(&guard);
    if (session->device == NULL) {
        free(session);
        return SDR_OPENSESSION;
    }
    *out = session;
    return SDR_OK;
}

int SDF_CloseSession(void *handle)
{
    pthread_mutex_lock(&guard);
    struct session *session = take_session(handle);
    pthread_mutex_unlock(&guard);
    SDF_REQUIRE(session != NULL, SDR_INARGERR);
    free_session(session);
    return SDR_OK;
}

static int find_session(const void *handle, struct session **out)
{
    *out = NULL;
    pthread_mutex_lock(&guard);
    for (struct session *session = sessions; session != NULL; session = session->next)
        if (session == handle)
            *out = session;
    pthread_mutex_unlock(&guard);
    SDF_REQUIRE(*out != NULL, SDR_INARGERR);
    return is_there((*out)->device) ? SDR_OK : SDR_COMMFAIL;
}

int SDF_GetDeviceInfo(void *handle, DEVICEINFO *out)
{
    struct session *session;
    SDF_REQUIRE(out != NULL, SDR_OUTARGERR);
    SDF_TRY(find_session(handle, &session));
    *out = (DEVICEINFO){
        .IssuerName = "Yinxin",
        .DeviceName = "SoftSDF",
        .DeviceSerial = {'2', '0', '2', '6', '0', '1', '0', '1', '0', '0', '1', '0', '0', '0', '0',
                         '1'},
        .DeviceVersion = 1,
        .StandardVersion = 1,
        .AsymAlgAbility = {SDF_SGD_SM2, 256},
        .HashAlgAbility = SDF_SGD_SM3,
        .BufferSize = 65536,
    };
    return SDR_OK;
}

int SDF_GenerateRandom(void *handle, unsigned int size, unsigned char *out)
{
    struct session *session;
    struct yx_error err;
    SDF_REQUIRE(out != NULL, SDR_OUTARGERR);
    SDF_TRY(find_session(handle, &session));
    return yx_random(out, size, &err) == YX_OK ? SDR_OK : SDR_RANDERR;
}

/* --- Keys -------------------------------------------------------------------------------- */

static int read_key_file(const struct session *session, const char *use, unsigned int index,
                         const char *ending, struct yx_buf *out)
{
    char name[40], path[STORE_PATH];
    struct yx_error err;
    SDF_REQUIRE(index >= 1 && index <= INDEX_MAX, SDR_KEYNOTEXIST);
    snprintf(name, sizeof name, "%s-%u.%s", use, index, ending);
    SDF_REQUIRE(store_path(path, session->device->root, name) && store_exists(path),
                SDR_KEYNOTEXIST);
    return yx_file_read(path, KEY_FILE_MAX, out, &err) == YX_OK ? SDR_OK : SDR_KEYERR;
}

int SDF_GetPrivateKeyAccessRight(void *handle, unsigned int index, unsigned char *password,
                                 unsigned int size)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    struct session *session;
    struct yx_error err;
    SDF_REQUIRE(password != NULL && size > 0 && size <= 128, SDR_INARGERR);
    SDF_TRY(find_session(handle, &session));
    SDF_TRY(read_key_file(session, "sign", index, "key", &file));
    SDF_REQUIRE(yx_private_key_read(yx_buf_bytes(&file), YX_BYTES(password, size), &key, &err) ==
                    YX_OK,
                SDR_PRKRERR);
    for (size_t i = 0; i < RIGHTS_MAX; i++)
        if (session->rights[i].key == NULL || session->rights[i].index == index) {
            yx_private_key_free(session->rights[i].key);
            session->rights[i].index = index;
            session->rights[i].key = key;
            key = NULL;
            return SDR_OK;
        }
    return SDR_NOBUFFER;
}

int SDF_ReleasePrivateKeyAccessRight(void *handle, unsigned int index)
{
    struct session *session;
    SDF_TRY(find_session(handle, &session));
    for (size_t i = 0; i < RIGHTS_MAX; i++)
        if (session->rights[i].key != NULL && session->rights[i].index == index) {
            yx_private_key_free(session->rights[i].key);
            session->rights[i].key = NULL;
            return SDR_OK;
        }
    return SDR_PRKRERR;
}

static int load_public(const struct session *session, const char *use, unsigned int index,
                       struct yx_public_key **out)
{
    YX_CLEAN(yx_buf) struct yx_buf spki = {0};
    struct yx_error err;
    SDF_TRY(read_key_file(session, use, index, "pub", &spki));
    return yx_public_key_from_spki(yx_buf_bytes(&spki), out, &err) == YX_OK ? SDR_OK : SDR_KEYERR;
}

static void put_public(const struct yx_public_key *key, ECCrefPublicKey *out)
{
    struct yx_bytes point = yx_public_key_point(key);
    *out = (ECCrefPublicKey){.bits = 256};
    memcpy(out->x + SDF_COORDINATE - 32, point.data, 32);
    memcpy(out->y + SDF_COORDINATE - 32, point.data + 32, 32);
}

static int export_public(void *handle, const char *use, unsigned int index, ECCrefPublicKey *out)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    struct session *session;
    SDF_REQUIRE(out != NULL, SDR_OUTARGERR);
    SDF_TRY(find_session(handle, &session));
    SDF_TRY(load_public(session, use, index, &key));
    put_public(key, out);
    return SDR_OK;
}

int SDF_ExportSignPublicKey_ECC(void *handle, unsigned int index, ECCrefPublicKey *out)
{
    return export_public(handle, "sign", index, out);
}

int SDF_ExportEncPublicKey_ECC(void *handle, unsigned int index, ECCrefPublicKey *out)
{
    return export_public(handle, "encrypt", index, out);
}

int SDF_GenerateKeyPair_ECC(void *handle, unsigned int algorithm, unsigned int bits,
                            ECCrefPublicKey *public_out, ECCrefPrivateKey *private_out)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_key_parts) struct yx_key_parts parts = {0};
    struct session *session;
    struct yx_error err;
    SDF_REQUIRE(public_out != NULL && private_out != NULL, SDR_OUTARGERR);
    SDF_TRY(find_session(handle, &session));
    SDF_REQUIRE((algorithm == SDF_SGD_SM2 || algorithm == SDF_SGD_SM2_1) && bits == 256,
                SDR_ALGNOTSUPPORT);
    SDF_REQUIRE(yx_private_key_generate(YX_KEY_SM2, 0, &key, &err) == YX_OK &&
                    yx_private_key_parts(key, &parts, &err) == YX_OK,
                SDR_KEYERR);
    put_public(yx_private_key_public(key), public_out);
    *private_out = (ECCrefPrivateKey){.bits = 256};
    memcpy(private_out->K + SDF_COORDINATE - 32, parts.d.data, 32);
    return SDR_OK;
}

/* --- Signatures -------------------------------------------------------------------------- */

int SDF_InternalSign_ECC(void *handle, unsigned int index, unsigned char *digest, unsigned int size,
                         ECCSignature *out)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    const struct yx_private_key *key = NULL;
    struct session *session;
    struct yx_error err;
    uint8_t raw[64];
    SDF_REQUIRE(digest != NULL && size == 32, SDR_INARGERR);
    SDF_REQUIRE(out != NULL, SDR_OUTARGERR);
    SDF_TRY(find_session(handle, &session));
    for (size_t i = 0; i < RIGHTS_MAX; i++)
        if (session->rights[i].key != NULL && session->rights[i].index == index)
            key = session->rights[i].key;
    SDF_REQUIRE(key != NULL, SDR_PARDENY);
    SDF_REQUIRE(yx_sm2_sign_digest(key, digest, &der, &err) == YX_OK &&
                    yx_signature_to_raw(yx_buf_bytes(&der), 32, raw, &err) == YX_OK,
                SDR_SIGNERR);
    *out = (ECCSignature){0};
    memcpy(out->r + SDF_COORDINATE - 32, raw, 32);
    memcpy(out->s + SDF_COORDINATE - 32, raw + 32, 32);
    return SDR_OK;
}

static int verify(const struct yx_public_key *key, const unsigned char *digest, unsigned int size,
                  const ECCSignature *signature)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_error err;
    uint8_t raw[64];
    SDF_REQUIRE(digest != NULL && size == 32 && signature != NULL, SDR_INARGERR);
    memcpy(raw, signature->r + SDF_COORDINATE - 32, 32);
    memcpy(raw + 32, signature->s + SDF_COORDINATE - 32, 32);
    SDF_REQUIRE(yx_signature_from_raw(YX_BYTES(raw, sizeof raw), &der, &err) == YX_OK,
                SDR_NOBUFFER);
    return yx_sm2_verify_digest(key, digest, yx_buf_bytes(&der), &err) == YX_OK ? SDR_OK
                                                                                : SDR_VERIFYERR;
}

int SDF_InternalVerify_ECC(void *handle, unsigned int index, unsigned char *digest,
                           unsigned int size, ECCSignature *signature)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    struct session *session;
    SDF_TRY(find_session(handle, &session));
    SDF_TRY(load_public(session, "sign", index, &key));
    return verify(key, digest, size, signature);
}

static int read_public(const ECCrefPublicKey *in, struct yx_public_key **out)
{
    YX_CLEAN(yx_buf) struct yx_buf spki = {0};
    struct yx_error err;
    uint8_t point[64];
    SDF_REQUIRE(in != NULL && in->bits == 256, SDR_INARGERR);
    memcpy(point, in->x + SDF_COORDINATE - 32, 32);
    memcpy(point + 32, in->y + SDF_COORDINATE - 32, 32);
    SDF_REQUIRE(yx_spki_from_point(YX_KEY_SM2, YX_BYTES(point, sizeof point), &spki, &err) ==
                        YX_OK &&
                    yx_public_key_from_spki(yx_buf_bytes(&spki), out, &err) == YX_OK,
                SDR_KEYERR);
    return SDR_OK;
}

int SDF_ExternalVerify_ECC(void *handle, unsigned int algorithm, ECCrefPublicKey *public_key,
                           unsigned char *digest, unsigned int size, ECCSignature *signature)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    struct session *session;
    SDF_TRY(find_session(handle, &session));
    SDF_REQUIRE(algorithm == SDF_SGD_SM2 || algorithm == SDF_SGD_SM2_1, SDR_ALGNOTSUPPORT);
    SDF_TRY(read_public(public_key, &key));
    return verify(key, digest, size, signature);
}

/* --- Digests ----------------------------------------------------------------------------- */

int SDF_HashInit(void *handle, unsigned int algorithm, ECCrefPublicKey *public_key,
                 unsigned char *id, unsigned int id_size)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    struct session *session;
    struct yx_error err;
    uint8_t za[32];
    SDF_TRY(find_session(handle, &session));
    SDF_REQUIRE(algorithm == SDF_SGD_SM3, SDR_ALGNOTSUPPORT);
    yx_hasher_free(session->hasher);
    session->hasher = NULL;
    SDF_REQUIRE(yx_hasher_new(YX_DIGEST_SM3, &session->hasher, &err) == YX_OK, SDR_NOBUFFER);
    if (public_key == NULL || id_size == 0)
        return SDR_OK;
    SDF_REQUIRE(id != NULL && yx_bytes_are(YX_BYTES(id, id_size), SIGNER_ID), SDR_NOTSUPPORT);
    SDF_TRY(read_public(public_key, &key));
    SDF_REQUIRE(yx_sm2_za(key, za, &err) == YX_OK &&
                    yx_hasher_update(session->hasher, YX_BYTES(za, sizeof za), &err) == YX_OK,
                SDR_UNKNOWERR);
    return SDR_OK;
}

int SDF_HashUpdate(void *handle, unsigned char *data, unsigned int size)
{
    struct session *session;
    struct yx_error err;
    SDF_TRY(find_session(handle, &session));
    SDF_REQUIRE(session->hasher != NULL, SDR_STEPERR);
    SDF_REQUIRE(data != NULL || size == 0, SDR_INARGERR);
    return yx_hasher_update(session->hasher, YX_BYTES(data, size), &err) == YX_OK ? SDR_OK
                                                                                  : SDR_UNKNOWERR;
}

int SDF_HashFinal(void *handle, unsigned char *out, unsigned int *size)
{
    struct session *session;
    struct yx_error err;
    SDF_TRY(find_session(handle, &session));
    SDF_REQUIRE(session->hasher != NULL, SDR_STEPERR);
    SDF_REQUIRE(out != NULL && size != NULL && *size >= 32, SDR_OUTARGERR);
    *size = 32;
    SDF_REQUIRE(yx_hasher_finish(session->hasher, out, &err) == YX_OK, SDR_UNKNOWERR);
    yx_hasher_free(session->hasher);
    session->hasher = NULL;
    return SDR_OK;
}
