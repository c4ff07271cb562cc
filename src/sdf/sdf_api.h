/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sdf/sdf_api.h - the C interface of GM/T 0018 (cryptographic devices of servers), as far as we
 * call it: names, types, numbers and return codes of the standard. Who makes a device and who calls
 * one both include it.
 */
#ifndef SDF_SDF_API_H
#define SDF_SDF_API_H

enum { SDF_COORDINATE = 64 }; /* ECCref_MAX_LEN; numbers stand at the right end */

typedef struct {
    char IssuerName[40], DeviceName[16], DeviceSerial[16];
    unsigned int DeviceVersion, StandardVersion, AsymAlgAbility[2], SymAlgAbility, HashAlgAbility,
        BufferSize;
} DEVICEINFO;

typedef struct {
    unsigned int bits;
    unsigned char x[SDF_COORDINATE], y[SDF_COORDINATE];
} ECCrefPublicKey;

typedef struct {
    unsigned int bits;
    unsigned char K[SDF_COORDINATE];
} ECCrefPrivateKey;

typedef struct {
    unsigned char r[SDF_COORDINATE], s[SDF_COORDINATE];
} ECCSignature;

enum { SDF_SGD_SM3 = 1, SDF_SGD_SM2 = 0x20100, SDF_SGD_SM2_1 = 0x20200 };

/* Return codes, with what they mean to people. SDF_CODE(name, number, sentence). */
#define SDF_CODES(SDF_CODE)                                                                  \
    SDF_CODE(SDR_OK, 0x00000000, N_("no error"))                                             \
    SDF_CODE(SDR_UNKNOWERR, 0x01000001, N_("the device failed without saying why"))          \
    SDF_CODE(SDR_NOTSUPPORT, 0x01000002, N_("the device cannot do this"))                    \
    SDF_CODE(SDR_COMMFAIL, 0x01000003, N_("the device does not answer"))                     \
    SDF_CODE(SDR_HARDFAIL, 0x01000004, N_("the hardware of the device failed"))              \
    SDF_CODE(SDR_OPENDEVICE, 0x01000005, N_("the device cannot be opened"))                  \
    SDF_CODE(SDR_OPENSESSION, 0x01000006, N_("the device gives no session"))                 \
    SDF_CODE(SDR_PARDENY, 0x01000007, N_("the device does not allow the use of this key"))   \
    SDF_CODE(SDR_KEYNOTEXIST, 0x01000008, N_("there is no key of this index in the device")) \
    SDF_CODE(SDR_ALGNOTSUPPORT, 0x01000009, N_("the device does not have this algorithm"))   \
    SDF_CODE(SDR_PKOPERR, 0x0100000B, N_("the device failed with a public key"))             \
    SDF_CODE(SDR_SKOPERR, 0x0100000C, N_("the device failed with a private key"))            \
    SDF_CODE(SDR_SIGNERR, 0x0100000D, N_("the device could not sign"))                       \
    SDF_CODE(SDR_VERIFYERR, 0x0100000E, N_("the signature does not verify"))                 \
    SDF_CODE(SDR_STEPERR, 0x01000010, N_("the calls came in a wrong order"))                 \
    SDF_CODE(SDR_KEYTYPEERR, 0x01000014, N_("the key is not of the right type"))             \
    SDF_CODE(SDR_KEYERR, 0x01000015, N_("the key is not as it should be"))                   \
    SDF_CODE(SDR_RANDERR, 0x01000017, N_("the device could not make random bytes"))          \
    SDF_CODE(SDR_PRKRERR, 0x01000018, N_("the access right password of the key is wrong"))   \
    SDF_CODE(SDR_NOBUFFER, 0x0100001C, N_("the device has no memory left"))                  \
    SDF_CODE(SDR_INARGERR, 0x0100001D, N_("the device does not take these arguments"))       \
    SDF_CODE(SDR_OUTARGERR, 0x0100001E, N_("the device does not take the place for its answer"))

#define SDF_CODE_NUMBER(name, number, sentence) name = number,
enum { SDF_CODES(SDF_CODE_NUMBER) };

/*
 * The functions. SDF_NEED(name, parameters): no device works without; SDF_MAY: some libraries lack
 * it, and we do without what it is for.
 */
#define SDF_FUNCTIONS(SDF_NEED, SDF_MAY)                                                         \
    SDF_NEED(OpenDevice, (void **device))                                                        \
    SDF_NEED(CloseDevice, (void *device))                                                        \
    SDF_NEED(OpenSession, (void *device, void **session))                                        \
    SDF_NEED(CloseSession, (void *session))                                                      \
    SDF_MAY(GetDeviceInfo, (void *session, DEVICEINFO *info))                                    \
    SDF_MAY(GenerateRandom, (void *session, unsigned int size, unsigned char *out))              \
    SDF_MAY(GetPrivateKeyAccessRight,                                                            \
            (void *session, unsigned int index, unsigned char *password, unsigned int size))     \
    SDF_MAY(ReleasePrivateKeyAccessRight, (void *session, unsigned int index))                   \
    SDF_NEED(ExportSignPublicKey_ECC, (void *session, unsigned int index, ECCrefPublicKey *key)) \
    SDF_MAY(ExportEncPublicKey_ECC, (void *session, unsigned int index, ECCrefPublicKey *key))   \
    SDF_MAY(GenerateKeyPair_ECC, (void *session, unsigned int algorithm, unsigned int bits,      \
                                  ECCrefPublicKey *key, ECCrefPrivateKey *secret))               \
    SDF_NEED(InternalSign_ECC, (void *session, unsigned int index, unsigned char *digest,        \
                                unsigned int size, ECCSignature *signature))                     \
    SDF_MAY(InternalVerify_ECC, (void *session, unsigned int index, unsigned char *digest,       \
                                 unsigned int size, ECCSignature *signature))                    \
    SDF_MAY(ExternalVerify_ECC,                                                                  \
            (void *session, unsigned int algorithm, ECCrefPublicKey *key, unsigned char *digest, \
             unsigned int size, ECCSignature *signature))                                        \
    SDF_MAY(HashInit, (void *session, unsigned int algorithm, ECCrefPublicKey *key,              \
                       unsigned char *id, unsigned int id_size))                                 \
    SDF_MAY(HashUpdate, (void *session, unsigned char *data, unsigned int size))                 \
    SDF_MAY(HashFinal, (void *session, unsigned char *out, unsigned int *size))

#define SDF_PROTOTYPE(name, parameters) int SDF_##name parameters;
SDF_FUNCTIONS(SDF_PROTOTYPE, SDF_PROTOTYPE)

#endif
