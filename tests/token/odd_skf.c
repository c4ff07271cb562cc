/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odd_skf.c - an SKF library that stands before the software device ($ODD_SKF_BEHIND) and answers
 * as $ODD_SKF says: like libraries of other makers, or like one that means harm. It has the calls
 * that every library must have, and no others.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define N_(text) text
#pragma GCC visibility push(default)
#include "skf/skf_api.h"
#pragma GCC visibility pop

static int odd(const char *what)
{
    const char *wanted = getenv("ODD_SKF");
    return wanted != NULL && strcmp(wanted, what) == 0;
}

static void *behind(const char *name)
{
    void *library = dlopen(getenv("ODD_SKF_BEHIND"), RTLD_NOW | RTLD_LOCAL);
    void *found = library != NULL ? dlsym(library, name) : NULL;
    if (found == NULL)
        abort();
    return found;
}

/* A function pointer of the type of the call that we are in. */
#define BEHIND(name) ((__typeof__(SKF_##name) *)(uintptr_t)behind("SKF_" #name))

ULONG SKF_EnumDev(BOOL present, char *names, ULONG *size)
{
    if (odd("code of the maker"))
        return 0x0B001234;
    if (odd("giant length") && names == NULL) {
        *size = 0xFFFFFFF0u;
        return SAR_OK;
    }
    if (odd("always too small")) {
        *size = 100;
        return names == NULL ? SAR_OK : SAR_BUFFER_TOO_SMALL;
    }
    if (odd("wants a buffer") && names == NULL)
        return SAR_INVALIDPARAMERR;
    ULONG code = BEHIND(EnumDev)(present, names, size);
    if (names != NULL && odd("wrote more than there was room"))
        *size += 4000;
    if (names != NULL && odd("no end of the list")) {
        memset(names, 'A', *size);
        return SAR_OK;
    }
    if (names != NULL && odd("forgets the last NUL in the count"))
        *size -= 1;
    return code;
}

ULONG SKF_ConnectDev(char *name, DEVHANDLE *device)
{
    if (odd("no handle")) {
        *device = NULL;
        return SAR_OK;
    }
    return BEHIND(ConnectDev)(name, device);
}

ULONG SKF_DisConnectDev(DEVHANDLE device)
{
    return BEHIND(DisConnectDev)(device);
}

ULONG SKF_VerifyPIN(HAPPLICATION application, ULONG kind, char *pin, ULONG *left)
{
    return BEHIND(VerifyPIN)(application, kind, pin, left);
}

ULONG SKF_EnumApplication(DEVHANDLE device, char *names, ULONG *size)
{
    return BEHIND(EnumApplication)(device, names, size);
}

ULONG SKF_OpenApplication(DEVHANDLE device, char *name, HAPPLICATION *application)
{
    return BEHIND(OpenApplication)(device, name, application);
}

ULONG SKF_CloseApplication(HAPPLICATION application)
{
    return BEHIND(CloseApplication)(application);
}

ULONG SKF_EnumContainer(HAPPLICATION application, char *names, ULONG *size)
{
    if (odd("thousands of containers")) {
        if (names != NULL)
            for (ULONG i = 0; i < 60000; i++)
                names[i] = i % 2 == 0 ? 'C' : '\0';
        *size = 60000;
        return SAR_OK;
    }
    return BEHIND(EnumContainer)(application, names, size);
}

ULONG SKF_OpenContainer(HAPPLICATION application, char *name, HCONTAINER *container)
{
    return BEHIND(OpenContainer)(application, name, container);
}

ULONG SKF_CloseContainer(HCONTAINER container)
{
    return BEHIND(CloseContainer)(container);
}

/* ULONG as 64 bits, as some makers have it on 64-bit machines. */
static ULONG wide_key(const ECCPUBLICKEYBLOB *key, BYTE *blob, ULONG *size)
{
    const uint64_t bits = key->BitLen, wide = sizeof bits + 2 * SKF_COORDINATE;
    memcpy(size, &wide, sizeof wide);
    if (blob == NULL)
        return SAR_OK;
    memcpy(blob, &bits, sizeof bits);
    memcpy(blob + sizeof bits, key->XCoordinate, 2 * SKF_COORDINATE);
    return SAR_OK;
}

ULONG SKF_ExportPublicKey(HCONTAINER container, BOOL sign, BYTE *blob, ULONG *size)
{
    ECCPUBLICKEYBLOB key;
    ULONG own = sizeof key;
    ULONG code = BEHIND(ExportPublicKey)(container, sign, (BYTE *)&key, &own);
    if (code != SAR_OK)
        return code;
    if (odd("wide numbers"))
        return wide_key(&key, blob, size);
    *size = sizeof key;
    if (blob == NULL)
        return SAR_OK;
    if (odd("key off the curve"))
        key.XCoordinate[63] ^= 1;
    if (odd("numbers at the left")) {
        memmove(key.XCoordinate, key.XCoordinate + 32, 32);
        memmove(key.YCoordinate, key.YCoordinate + 32, 32);
        memset(key.XCoordinate + 32, 0, 32);
        memset(key.YCoordinate + 32, 0, 32);
    }
    memcpy(blob, &key, sizeof key);
    return SAR_OK;
}

ULONG SKF_ECCSignData(HCONTAINER container, BYTE *digest, ULONG size, ECCSIGNATUREBLOB *signature)
{
    if (odd("always removed"))
        return SAR_DEVICE_REMOVED;
    ULONG code = BEHIND(ECCSignData)(container, digest, size, signature);
    if (odd("wrong signature"))
        signature->s[63] ^= 1;
    if (odd("numbers at the left")) {
        memmove(signature->r, signature->r + 32, 32);
        memmove(signature->s, signature->s + 32, 32);
        memset(signature->r + 32, 0, 32);
        memset(signature->s + 32, 0, 32);
    }
    if (odd("fields of 32 octets")) {
        memmove(signature->r, signature->r + 32, 32);
        memmove(signature->r + 32, signature->s + 32, 32);
        memset(signature->s, 0, 64);
    }
    return code;
}
