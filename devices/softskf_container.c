/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/softskf_container.c - GM/T 0016, containers: one key pair to sign with, made inside, and
 * one to encrypt with, which the CA sends in an envelope. Private keys stand under the master key
 * of the application.
 */
#include "softskf.h"

enum { FILE_MAX = 65536 };

/* --- Containers -------------------------------------------------------------------------- */

static ULONG place_container(const struct soft *application, const char *name, char out[STORE_PATH])
{
    char folder[STORE_PATH];
    SOFT_REQUIRE(store_name_fits(name, NAME_CONTAINER_MAX), SAR_NAMELENERR);
    SOFT_REQUIRE(store_path(folder, application->path, "containers") &&
                     store_path(out, folder, name),
                 SAR_FAIL);
    return SAR_OK;
}

ULONG SKF_CreateContainer(HAPPLICATION handle, char *name, HCONTAINER *out)
{
    struct soft *application, *container;
    char path[STORE_PATH];
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_APPLICATION, &application));
    SOFT_REQUIRE(out != NULL, SAR_INVALIDPARAMERR);
    SOFT_REQUIRE(application->user, SAR_USER_NOT_LOGGED_IN);
    SOFT_HOLD(application);
    SOFT_TRY(place_container(application, name, path));
    SOFT_REQUIRE(!store_exists(path), SAR_FILE_ALREADY_EXIST);
    SOFT_REQUIRE(store_make_folder(path), SAR_WRITEFILEERR);
    SOFT_TRY(soft_new(SOFT_CONTAINER, application, path, &container));
    *out = container;
    return SAR_OK;
}

ULONG SKF_DeleteContainer(HAPPLICATION handle, char *name)
{
    struct soft *application;
    char path[STORE_PATH];
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_APPLICATION, &application));
    SOFT_REQUIRE(application->user, SAR_USER_NOT_LOGGED_IN);
    SOFT_HOLD(application);
    SOFT_TRY(place_container(application, name, path));
    SOFT_REQUIRE(store_exists(path), SAR_FILE_NOT_EXIST);
    return store_remove_folder(path) ? SAR_OK : SAR_WRITEFILEERR;
}

ULONG SKF_EnumContainer(HAPPLICATION handle, char *names, ULONG *size)
{
    struct soft *application;
    char folder[STORE_PATH];
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_APPLICATION, &application));
    SOFT_HOLD(application);
    SOFT_REQUIRE(store_path(folder, application->path, "containers"), SAR_FAIL);
    return soft_list(folder, NULL, names, size);
}

ULONG SKF_OpenContainer(HAPPLICATION handle, char *name, HCONTAINER *out)
{
    struct soft *application, *container;
    char path[STORE_PATH];
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_APPLICATION, &application));
    SOFT_REQUIRE(out != NULL, SAR_INVALIDPARAMERR);
    SOFT_HOLD(application);
    SOFT_TRY(place_container(application, name, path));
    SOFT_REQUIRE(store_exists(path), SAR_FILE_NOT_EXIST);
    SOFT_TRY(soft_new(SOFT_CONTAINER, application, path, &container));
    *out = container;
    return SAR_OK;
}

ULONG SKF_CloseContainer(HCONTAINER handle)
{
    struct soft *container;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_CONTAINER, &container));
    soft_close(container);
    return SAR_OK;
}

ULONG SKF_GetContainerType(HCONTAINER handle, ULONG *type)
{
    struct soft *container;
    char path[STORE_PATH];
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_CONTAINER, &container));
    SOFT_REQUIRE(type != NULL, SAR_INVALIDPARAMERR);
    SOFT_HOLD(container);
    SOFT_REQUIRE(store_path(path, container->path, "sign.pub"), SAR_FAIL);
    *type = store_exists(path) ? SKF_CONTAINER_ECC : SKF_CONTAINER_EMPTY;
    return SAR_OK;
}

/* --- Certificates ------------------------------------------------------------------------ */

ULONG SKF_ImportCertificate(HCONTAINER handle, BOOL sign, BYTE *der, ULONG size)
{
    struct soft *container;
    char path[STORE_PATH];
    struct yx_error err;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_CONTAINER, &container));
    SOFT_REQUIRE(der != NULL && size > 0 && size <= FILE_MAX, SAR_INDATALENERR);
    SOFT_REQUIRE(container->parent->user, SAR_USER_NOT_LOGGED_IN);
    SOFT_HOLD(container);
    SOFT_REQUIRE(store_path(path, container->path, sign ? "sign.cer" : "encrypt.cer"), SAR_FAIL);
    return yx_file_write(path, false, YX_BYTES(der, size), &err) == YX_OK ? SAR_OK
                                                                          : SAR_WRITEFILEERR;
}

ULONG SKF_ExportCertificate(HCONTAINER handle, BOOL sign, BYTE *der, ULONG *size)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct soft *container;
    char path[STORE_PATH];
    struct yx_error err;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_CONTAINER, &container));
    SOFT_HOLD(container);
    SOFT_REQUIRE(store_path(path, container->path, sign ? "sign.cer" : "encrypt.cer"), SAR_FAIL);
    SOFT_REQUIRE(store_exists(path), SAR_CERTNOTFOUNTERR);
    SOFT_REQUIRE(yx_file_read(path, FILE_MAX, &file, &err) == YX_OK, SAR_READFILEERR);
    return soft_answer(yx_buf_bytes(&file), der, size);
}

/* --- Key pairs --------------------------------------------------------------------------- */

static const struct {
    const char *private_key, *public_key;
} key_files[] = {
    {"encrypt.key", "encrypt.pub"},
    {"sign.key", "sign.pub"},
};

static ULONG save_pair(const struct soft *container, bool sign, const struct yx_private_key *key)
{
    YX_CLEAN(yx_buf) struct yx_buf plain = {0};
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    char private_path[STORE_PATH], public_path[STORE_PATH];
    struct yx_error err;
    SOFT_REQUIRE(store_path(private_path, container->path, key_files[sign].private_key) &&
                     store_path(public_path, container->path, key_files[sign].public_key),
                 SAR_FAIL);
    SOFT_TRY(soft_code(yx_private_key_to_info(key, &plain, &err)));
    bool done = vault_seal(container->parent->master, key_files[sign].private_key,
                           yx_buf_bytes(&plain), &sealed);
    yx_wipe(plain.data, plain.len);
    SOFT_REQUIRE(done, SAR_FAIL);
    /* The public key last: it is what says that there is a pair. */
    done = yx_file_write(private_path, true, yx_buf_bytes(&sealed), &err) == YX_OK &&
           yx_file_write(public_path, false, yx_public_key_spki(yx_private_key_public(key)),
                         &err) == YX_OK;
    return done ? SAR_OK : SAR_WRITEFILEERR;
}

static ULONG load_private(const struct soft *container, bool sign, struct yx_private_key **out)
{
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    YX_CLEAN(yx_buf) struct yx_buf plain = {0};
    char path[STORE_PATH];
    struct yx_error err;
    SOFT_REQUIRE(container->parent->user, SAR_USER_NOT_LOGGED_IN);
    SOFT_REQUIRE(store_path(path, container->path, key_files[sign].private_key), SAR_FAIL);
    SOFT_REQUIRE(store_exists(path), SAR_KEYNOTFOUNTERR);
    SOFT_REQUIRE(yx_file_read(path, FILE_MAX, &sealed, &err) == YX_OK, SAR_READFILEERR);
    bool done = vault_open(container->parent->master, key_files[sign].private_key,
                           yx_buf_bytes(&sealed), &plain) &&
                yx_private_key_read(yx_buf_bytes(&plain), (struct yx_bytes){0}, out, &err) == YX_OK;
    yx_wipe(plain.data, plain.len);
    return done ? SAR_OK : SAR_FILEERR;
}

static ULONG load_public(const struct soft *container, bool sign, struct yx_public_key **out)
{
    YX_CLEAN(yx_buf) struct yx_buf spki = {0};
    char path[STORE_PATH];
    struct yx_error err;
    SOFT_REQUIRE(store_path(path, container->path, key_files[sign].public_key), SAR_FAIL);
    SOFT_REQUIRE(store_exists(path), SAR_KEYNOTFOUNTERR);
    SOFT_REQUIRE(yx_file_read(path, FILE_MAX, &spki, &err) == YX_OK &&
                     yx_public_key_from_spki(yx_buf_bytes(&spki), out, &err) == YX_OK,
                 SAR_FILEERR);
    return SAR_OK;
}

static ECCPUBLICKEYBLOB blob_of(const struct yx_public_key *key)
{
    ECCPUBLICKEYBLOB blob = {.BitLen = 256};
    struct yx_bytes point = yx_public_key_point(key);
    memcpy(blob.XCoordinate + SKF_COORDINATE - 32, point.data, 32);
    memcpy(blob.YCoordinate + SKF_COORDINATE - 32, point.data + 32, 32);
    return blob;
}

ULONG SKF_ExportPublicKey(HCONTAINER handle, BOOL sign, BYTE *out, ULONG *size)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    struct soft *container;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_CONTAINER, &container));
    SOFT_HOLD(container);
    SOFT_TRY(load_public(container, sign != 0, &key));
    ECCPUBLICKEYBLOB blob = blob_of(key);
    return soft_answer(YX_BYTES(&blob, sizeof blob), out, size);
}

ULONG SKF_GenECCKeyPair(HCONTAINER handle, ULONG algorithm, ECCPUBLICKEYBLOB *out)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    struct soft *container;
    struct yx_error err;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_CONTAINER, &container));
    SOFT_REQUIRE(out != NULL, SAR_INVALIDPARAMERR);
    SOFT_REQUIRE(algorithm == SGD_SM2_1, SAR_NOTSUPPORTYETERR);
    SOFT_REQUIRE(container->parent->user, SAR_USER_NOT_LOGGED_IN);
    SOFT_HOLD(container);
    SOFT_TRY(soft_code(yx_private_key_generate(YX_KEY_SM2, 0, &key, &err)));
    SOFT_TRY(save_pair(container, true, key));
    *out = blob_of(yx_private_key_public(key));
    return SAR_OK;
}

ULONG SKF_ECCSignData(HCONTAINER handle, BYTE *digest, ULONG size, ECCSIGNATUREBLOB *out)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct soft *container;
    struct yx_error err;
    uint8_t raw[64];
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_CONTAINER, &container));
    SOFT_REQUIRE(digest != NULL && out != NULL, SAR_INVALIDPARAMERR);
    SOFT_REQUIRE(size == 32, SAR_INDATALENERR);
    SOFT_HOLD(container);
    SOFT_TRY(load_private(container, true, &key));
    SOFT_TRY(soft_code(yx_sm2_sign_digest(key, digest, &der, &err)));
    SOFT_TRY(soft_code(yx_signature_to_raw(yx_buf_bytes(&der), 32, raw, &err)));
    *out = (ECCSIGNATUREBLOB){0};
    memcpy(out->r + SKF_COORDINATE - 32, raw, 32);
    memcpy(out->s + SKF_COORDINATE - 32, raw + 32, 32);
    return SAR_OK;
}

/* --- The envelope of the CA -------------------------------------------------------------- */

/* The SM2Cipher of GB/T 35276 from what the interface carries. */
static void put_cipher(struct yx_der_writer *writer, const ECCCIPHERBLOB *cipher)
{
    size_t sequence = yx_der_begin(writer, YX_DER_SEQUENCE);
    yx_der_put_unsigned(writer, YX_BYTES(cipher->XCoordinate, SKF_COORDINATE));
    yx_der_put_unsigned(writer, YX_BYTES(cipher->YCoordinate, SKF_COORDINATE));
    yx_der_put(writer, YX_DER_OCTET_STRING, YX_BYTES(cipher->HASH, sizeof cipher->HASH));
    yx_der_put(writer, YX_DER_OCTET_STRING, YX_BYTES(cipher->Cipher, cipher->CipherLen));
    yx_der_close(writer, sequence);
}

/* The SM2EnvelopedKey of GB/T 35276, which crypto/ opens. */
static yx_status envelope_to_der(const ENVELOPEDKEYBLOB *pair, struct yx_buf *out,
                                 struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    static const uint8_t zeros[SKF_COORDINATE - 32];
    uint8_t point[65] = {4};
    /* The private key is encrypted alone, and zeros stand before it; or it was with them. */
    size_t skip = memcmp(pair->cbEncryptedPriKey, zeros, sizeof zeros) == 0 ? sizeof zeros : 0;
    memcpy(point + 1, pair->PubKey.XCoordinate + SKF_COORDINATE - 32, 32);
    memcpy(point + 33, pair->PubKey.YCoordinate + SKF_COORDINATE - 32, 32);
    size_t sequence = yx_der_begin(&writer, YX_DER_SEQUENCE);
    size_t algorithm = yx_der_begin(&writer, YX_DER_SEQUENCE);
    yx_der_put_oid(&writer, YX_OID_SM4_ECB);
    yx_der_close(&writer, algorithm);
    put_cipher(&writer, &pair->ECCCipherBlob);
    yx_der_put_bit_string(&writer, YX_BYTES(point, sizeof point));
    yx_der_put_bit_string(&writer, YX_BYTES(pair->cbEncryptedPriKey + skip, SKF_COORDINATE - skip));
    yx_der_close(&writer, sequence);
    return yx_der_finish(&writer, out, err);
}

ULONG SKF_ImportECCKeyPair(HCONTAINER handle, ENVELOPEDKEYBLOB *pair)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *signing = NULL;
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct soft *container;
    struct yx_error err;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_CONTAINER, &container));
    SOFT_REQUIRE(pair != NULL && pair->Version == 1 && pair->ulSymmAlgID == SGD_SM4_ECB &&
                     pair->ulBits == 256 && pair->ECCCipherBlob.CipherLen == 16,
                 SAR_INVALIDPARAMERR);
    SOFT_HOLD(container);
    SOFT_TRY(load_private(container, true, &signing));
    SOFT_TRY(soft_code(envelope_to_der(pair, &der, &err)));
    SOFT_REQUIRE(yx_sm2_envelope_open(yx_buf_bytes(&der), signing, &key, &err) == YX_OK,
                 SAR_INDATAERR);
    return save_pair(container, false, key);
}

ULONG SKF_ECCDecrypt(HCONTAINER handle, ECCCIPHERBLOB *cipher, BYTE *plain, ULONG *size)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_buf) struct yx_buf opened = {0};
    struct soft *container;
    struct yx_error err;
    SOFT_ENTER;
    SOFT_TRY(soft_find(handle, SOFT_CONTAINER, &container));
    SOFT_REQUIRE(cipher != NULL && cipher->CipherLen <= YX_SM2_PLAIN_MAX, SAR_INVALIDPARAMERR);
    SOFT_HOLD(container);
    SOFT_TRY(load_private(container, false, &key));
    put_cipher(&writer, cipher);
    SOFT_TRY(soft_code(yx_der_finish(&writer, &der, &err)));
    SOFT_REQUIRE(yx_sm2_cipher_open(key, yx_buf_bytes(&der), &opened, &err) == YX_OK,
                 SAR_INDATAERR);
    ULONG code = soft_answer(yx_buf_bytes(&opened), plain, size);
    yx_wipe(opened.data, opened.len);
    return code;
}
