/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skf/skf_api.h - the C interface of GM/T 0016 (smart cryptographic keys), as far as we call it:
 * names, types, numbers and return codes of the standard. Who makes a device and who calls one both
 * include it. ULONG is taken as 32 bits; skf/layout.c knows of libraries that take it as 64.
 */
#ifndef SKF_SKF_API_H
#define SKF_SKF_API_H

#include <stdint.h>

typedef uint8_t BYTE;
typedef uint32_t ULONG;
typedef int32_t BOOL;
typedef char *LPSTR;
typedef void *HANDLE;
typedef HANDLE DEVHANDLE, HAPPLICATION, HCONTAINER;

enum {
    SKF_COORDINATE = 64, /* ECC_MAX_XCOORDINATE_BITS_LEN / 8; numbers stand at the right end */
    SKF_IV = 32,
    SKF_AUTH_KEY = 16,
    SKF_AUTH_RANDOM = 8,
    SKF_FILE_NAME = 32,
    SKF_PIN_MIN = 6,
    SKF_PIN_MAX = 16
};

typedef struct {
    BYTE major, minor;
} VERSION;

typedef struct {
    VERSION Version;
    char Manufacturer[64], Issuer[64], Label[32], SerialNumber[32];
    VERSION HWVersion, FirmwareVersion;
    ULONG AlgSymCap, AlgAsymCap, AlgHashCap, DevAuthAlgId;
    ULONG TotalSpace, FreeSpace, MaxECCBufferSize, MaxBufferSize;
    BYTE Reserved[64];
} DEVINFO;

typedef struct {
    ULONG BitLen;
    BYTE XCoordinate[SKF_COORDINATE], YCoordinate[SKF_COORDINATE];
} ECCPUBLICKEYBLOB;

typedef struct {
    ULONG BitLen;
    BYTE PrivateKey[SKF_COORDINATE];
} ECCPRIVATEKEYBLOB;

typedef struct {
    BYTE r[SKF_COORDINATE], s[SKF_COORDINATE];
} ECCSIGNATUREBLOB;

typedef struct {
    BYTE XCoordinate[SKF_COORDINATE], YCoordinate[SKF_COORDINATE], HASH[32];
    ULONG CipherLen;
    BYTE Cipher[1]; /* CipherLen octets */
} ECCCIPHERBLOB;

/* An encryption key pair on its way to the container whose signing key opens ECCCipherBlob, the
 * symmetric key, which opens cbEncryptedPriKey (block by block). */
typedef struct {
    ULONG Version, ulSymmAlgID, ulBits;
    BYTE cbEncryptedPriKey[SKF_COORDINATE];
    ECCPUBLICKEYBLOB PubKey;
    ECCCIPHERBLOB ECCCipherBlob;
} ENVELOPEDKEYBLOB;

typedef struct {
    BYTE IV[SKF_IV];
    ULONG IVLen, PaddingType, FeedBitLen;
} BLOCKCIPHERPARAM;

typedef struct {
    char FileName[SKF_FILE_NAME];
    ULONG FileSize, ReadRights, WriteRights;
} FILEATTRIBUTE;

enum { SGD_SM4_ECB = 0x401, SGD_SM3 = 1, SGD_SHA256 = 4, SGD_SM2_1 = 0x20100, SGD_SM2_3 = 0x20400 };
enum { SKF_PIN_ADMIN = 0, SKF_PIN_USER = 1 };
enum { SKF_CONTAINER_EMPTY = 0, SKF_CONTAINER_RSA = 1, SKF_CONTAINER_ECC = 2 };
enum { SKF_RIGHT_NEVER = 0, SKF_RIGHT_ADMIN = 1, SKF_RIGHT_USER = 0x10, SKF_RIGHT_ANYONE = 0xFF };
enum { SKF_DEVICE_ABSENT = 0, SKF_DEVICE_PRESENT = 1, SKF_DEVICE_UNKNOWN = 2 };

/* Return codes, with what they mean to people. SKF_CODE(name, number, sentence). */
#define SKF_CODES(SKF_CODE)                                                                        \
    SKF_CODE(SAR_OK, 0x00000000, N_("no error"))                                                   \
    SKF_CODE(SAR_FAIL, 0x0A000001, N_("the device failed"))                                        \
    SKF_CODE(SAR_UNKNOWNERR, 0x0A000002, N_("the device failed without saying why"))               \
    SKF_CODE(SAR_NOTSUPPORTYETERR, 0x0A000003, N_("the device cannot do this"))                    \
    SKF_CODE(SAR_FILEERR, 0x0A000004, N_("a file in the device is not as it should be"))           \
    SKF_CODE(SAR_INVALIDHANDLEERR, 0x0A000005, N_("the connection to the device has ended"))       \
    SKF_CODE(SAR_INVALIDPARAMERR, 0x0A000006, N_("the device does not take these arguments"))      \
    SKF_CODE(SAR_READFILEERR, 0x0A000007, N_("the device could not read its memory"))              \
    SKF_CODE(SAR_WRITEFILEERR, 0x0A000008, N_("the device could not write its memory"))            \
    SKF_CODE(SAR_NAMELENERR, 0x0A000009, N_("the name is too long or empty"))                      \
    SKF_CODE(SAR_KEYUSAGEERR, 0x0A00000A, N_("the key is not for this use"))                       \
    SKF_CODE(SAR_NOTINITIALIZEERR, 0x0A00000C, N_("the device is not initialised"))                \
    SKF_CODE(SAR_OBJERR, 0x0A00000D, N_("an object in the device is not as it should be"))         \
    SKF_CODE(SAR_MEMORYERR, 0x0A00000E, N_("the device has no memory left"))                       \
    SKF_CODE(SAR_TIMEOUTERR, 0x0A00000F, N_("the device did not answer in time"))                  \
    SKF_CODE(SAR_INDATALENERR, 0x0A000010, N_("the device does not take data of this length"))     \
    SKF_CODE(SAR_INDATAERR, 0x0A000011, N_("the device does not take this data"))                  \
    SKF_CODE(SAR_GENRANDERR, 0x0A000012, N_("the device could not make random bytes"))             \
    SKF_CODE(SAR_HASHERR, 0x0A000014, N_("the device could not compute a digest"))                 \
    SKF_CODE(SAR_HASHNOTEQUALERR, 0x0A00001A, N_("the signature does not verify"))                 \
    SKF_CODE(SAR_KEYNOTFOUNTERR, 0x0A00001B, N_("there is no such key in the container"))          \
    SKF_CODE(SAR_CERTNOTFOUNTERR, 0x0A00001C, N_("there is no such certificate in the container")) \
    SKF_CODE(SAR_NOTEXPORTERR, 0x0A00001D, N_("the key cannot leave the device"))                  \
    SKF_CODE(SAR_BUFFER_TOO_SMALL, 0x0A000020, N_("the room for the answer is too small"))         \
    SKF_CODE(SAR_DEVICE_REMOVED, 0x0A000023, N_("the device was removed"))                         \
    SKF_CODE(SAR_PIN_INCORRECT, 0x0A000024, N_("the PIN is wrong"))                                \
    SKF_CODE(SAR_PIN_LOCKED, 0x0A000025, N_("the PIN is locked"))                                  \
    SKF_CODE(SAR_PIN_INVALID, 0x0A000026, N_("the PIN is not acceptable"))                         \
    SKF_CODE(SAR_PIN_LEN_RANGE, 0x0A000027, N_("a PIN has 6 to 16 characters"))                    \
    SKF_CODE(SAR_USER_ALREADY_LOGGED_IN, 0x0A000028, N_("the PIN was given already"))              \
    SKF_CODE(SAR_USER_PIN_NOT_INITIALIZED, 0x0A000029, N_("no PIN was ever set"))                  \
    SKF_CODE(SAR_USER_TYPE_INVALID, 0x0A00002A, N_("there is no such kind of PIN"))                \
    SKF_CODE(SAR_APPLICATION_NAME_INVALID, 0x0A00002B,                                             \
             N_("the name of the application is not acceptable"))                                  \
    SKF_CODE(SAR_APPLICATION_EXISTS, 0x0A00002C, N_("there is an application of this name"))       \
    SKF_CODE(SAR_USER_NOT_LOGGED_IN, 0x0A00002D, N_("the PIN has not been given"))                 \
    SKF_CODE(SAR_APPLICATION_NOT_EXISTS, 0x0A00002E, N_("there is no such application"))           \
    SKF_CODE(SAR_FILE_ALREADY_EXIST, 0x0A00002F, N_("there is an object of this name"))            \
    SKF_CODE(SAR_NO_ROOM, 0x0A000030, N_("the device is full"))                                    \
    SKF_CODE(SAR_FILE_NOT_EXIST, 0x0A000031, N_("there is no such object"))                        \
    SKF_CODE(SAR_REACH_MAX_CONTAINER_COUNT, 0x0A000032, N_("no more containers fit"))

#define SKF_CODE_NUMBER(name, number, sentence) name = number,
enum { SKF_CODES(SKF_CODE_NUMBER) };

/*
 * The functions. SKF_NEED(name, parameters): no device works without; SKF_MAY: some libraries lack
 * it, and we do without what it is for. Texts are NUL-terminated; lists end with an empty text.
 */
#define SKF_FUNCTIONS(SKF_NEED, SKF_MAY)                                                          \
    SKF_NEED(EnumDev, (BOOL present, char *names, ULONG *size))                                   \
    SKF_NEED(ConnectDev, (char *name, DEVHANDLE *device))                                         \
    SKF_NEED(DisConnectDev, (DEVHANDLE device))                                                   \
    SKF_MAY(GetDevState, (char *name, ULONG *state))                                              \
    SKF_MAY(SetLabel, (DEVHANDLE device, char *label))                                            \
    SKF_MAY(GetDevInfo, (DEVHANDLE device, DEVINFO * info))                                       \
    SKF_MAY(LockDev, (DEVHANDLE device, ULONG milliseconds))                                      \
    SKF_MAY(UnlockDev, (DEVHANDLE device))                                                        \
    SKF_MAY(ChangeDevAuthKey, (DEVHANDLE device, BYTE * key, ULONG size))                         \
    SKF_MAY(DevAuth, (DEVHANDLE device, BYTE * answer, ULONG size))                               \
    SKF_MAY(ChangePIN,                                                                            \
            (HAPPLICATION application, ULONG kind, char *old_pin, char *new_pin, ULONG *left))    \
    SKF_MAY(GetPINInfo,                                                                           \
            (HAPPLICATION application, ULONG kind, ULONG * max, ULONG * left, BOOL * initial))    \
    SKF_NEED(VerifyPIN, (HAPPLICATION application, ULONG kind, char *pin, ULONG *left))           \
    SKF_MAY(UnblockPIN, (HAPPLICATION application, char *admin_pin, char *new_pin, ULONG *left))  \
    SKF_MAY(ClearSecureState, (HAPPLICATION application))                                         \
    SKF_MAY(CreateApplication,                                                                    \
            (DEVHANDLE device, char *name, char *admin_pin, ULONG admin_tries, char *user_pin,    \
             ULONG user_tries, ULONG file_rights, HAPPLICATION *application))                     \
    SKF_NEED(EnumApplication, (DEVHANDLE device, char *names, ULONG *size))                       \
    SKF_MAY(DeleteApplication, (DEVHANDLE device, char *name))                                    \
    SKF_NEED(OpenApplication, (DEVHANDLE device, char *name, HAPPLICATION *application))          \
    SKF_NEED(CloseApplication, (HAPPLICATION application))                                        \
    SKF_MAY(CreateFile, (HAPPLICATION application, char *name, ULONG size, ULONG read_rights,     \
                         ULONG write_rights))                                                     \
    SKF_MAY(DeleteFile, (HAPPLICATION application, char *name))                                   \
    SKF_MAY(EnumFiles, (HAPPLICATION application, char *names, ULONG *size))                      \
    SKF_MAY(GetFileInfo, (HAPPLICATION application, char *name, FILEATTRIBUTE *info))             \
    SKF_MAY(ReadFile, (HAPPLICATION application, char *name, ULONG offset, ULONG size, BYTE *out, \
                       ULONG *got))                                                               \
    SKF_MAY(WriteFile,                                                                            \
            (HAPPLICATION application, char *name, ULONG offset, BYTE *data, ULONG size))         \
    SKF_MAY(CreateContainer, (HAPPLICATION application, char *name, HCONTAINER *container))       \
    SKF_MAY(DeleteContainer, (HAPPLICATION application, char *name))                              \
    SKF_NEED(EnumContainer, (HAPPLICATION application, char *names, ULONG *size))                 \
    SKF_NEED(OpenContainer, (HAPPLICATION application, char *name, HCONTAINER *container))        \
    SKF_NEED(CloseContainer, (HCONTAINER container))                                              \
    SKF_MAY(GetContainerType, (HCONTAINER container, ULONG * type))                               \
    SKF_MAY(ImportCertificate, (HCONTAINER container, BOOL sign, BYTE * der, ULONG size))         \
    SKF_MAY(ExportCertificate, (HCONTAINER container, BOOL sign, BYTE * der, ULONG * size))       \
    SKF_NEED(ExportPublicKey, (HCONTAINER container, BOOL sign, BYTE * blob, ULONG * size))       \
    SKF_MAY(GenRandom, (DEVHANDLE device, BYTE * out, ULONG size))                                \
    SKF_MAY(GenECCKeyPair, (HCONTAINER container, ULONG algorithm, ECCPUBLICKEYBLOB * key))       \
    SKF_MAY(ImportECCKeyPair, (HCONTAINER container, ENVELOPEDKEYBLOB * pair))                    \
    SKF_NEED(ECCSignData,                                                                         \
             (HCONTAINER container, BYTE * digest, ULONG size, ECCSIGNATUREBLOB * signature))     \
    SKF_MAY(ECCVerify, (DEVHANDLE device, ECCPUBLICKEYBLOB * key, BYTE * digest, ULONG size,      \
                        ECCSIGNATUREBLOB * signature))                                            \
    SKF_MAY(ExtECCVerify, (DEVHANDLE device, ECCPUBLICKEYBLOB * key, BYTE * digest, ULONG size,   \
                           ECCSIGNATUREBLOB * signature))                                         \
    SKF_MAY(ExtECCEncrypt, (DEVHANDLE device, ECCPUBLICKEYBLOB * key, BYTE * plain, ULONG size,   \
                            ECCCIPHERBLOB * cipher))                                              \
    SKF_MAY(ECCDecrypt,                                                                           \
            (HCONTAINER container, ECCCIPHERBLOB * cipher, BYTE * plain, ULONG * size))           \
    SKF_MAY(DigestInit, (DEVHANDLE device, ULONG algorithm, ECCPUBLICKEYBLOB * key, BYTE * id,    \
                         ULONG id_size, HANDLE * digest))                                         \
    SKF_MAY(Digest, (HANDLE digest, BYTE * data, ULONG size, BYTE * out, ULONG * out_size))       \
    SKF_MAY(DigestUpdate, (HANDLE digest, BYTE * data, ULONG size))                               \
    SKF_MAY(DigestFinal, (HANDLE digest, BYTE * out, ULONG * out_size))                           \
    SKF_MAY(CloseHandle, (HANDLE object))

#define SKF_PROTOTYPE(name, parameters) ULONG SKF_##name parameters;
SKF_FUNCTIONS(SKF_PROTOTYPE, SKF_PROTOTYPE)

#endif
