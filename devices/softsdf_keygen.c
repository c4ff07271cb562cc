/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/softsdf_keygen.c - `softsdf-keygen INDEX`: makes the two key pairs of an index of the
 * software device, as an administrator does at a real one. The access right password is read from
 * standard input, one line.
 */
#include <stdlib.h>

#include "store.h"

enum { INDEX_MAX = 1024, PASSWORD_MIN = 8, PASSWORD_MAX = 128 };

static bool write_file(const char *root, const char *use, long index, const char *ending,
                       bool secret, struct yx_bytes bytes)
{
    char name[40], path[STORE_PATH];
    struct yx_error err;
    snprintf(name, sizeof name, "%s-%ld.%s", use, index, ending);
    return store_path(path, root, name) && !store_exists(path) &&
           yx_file_write(path, secret, bytes, &err) == YX_OK;
}

static bool make_pair(const char *root, const char *use, long index, struct yx_bytes password)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct yx_error err;
    return yx_private_key_generate(YX_KEY_SM2, 0, &key, &err) == YX_OK &&
           yx_private_key_write(key, password, &file, &err) == YX_OK &&
           write_file(root, use, index, "key", true, yx_buf_bytes(&file)) &&
           write_file(root, use, index, "pub", false,
                      yx_public_key_spki(yx_private_key_public(key)));
}

int main(int argc, char **argv)
{
    char root[STORE_PATH], password[PASSWORD_MAX + 2];
    char *end = NULL;
    long index = argc == 2 ? strtol(argv[1], &end, 10) : 0;
    if (index < 1 || index > INDEX_MAX || *end != '\0') {
        fprintf(stderr,
                "usage: softsdf-keygen INDEX (1 to %d); the access right password on "
                "standard input\n",
                INDEX_MAX);
        return 64;
    }
    if (fgets(password, sizeof password, stdin) == NULL)
        password[0] = '\0';
    password[strcspn(password, "\r\n")] = '\0';
    if (strlen(password) < PASSWORD_MIN || strlen(password) > PASSWORD_MAX) {
        fprintf(stderr, "softsdf-keygen: the password needs %d to %d characters\n", PASSWORD_MIN,
                PASSWORD_MAX);
        return 64;
    }
    bool done = store_root("YINXIN_SOFTSDF_DIR", "softsdf", root) && store_make_folder(root) &&
                make_pair(root, "sign", index, YX_TEXT(password)) &&
                make_pair(root, "encrypt", index, YX_TEXT(password));
    yx_wipe(password, sizeof password);
    if (!done)
        fprintf(stderr, "softsdf-keygen: index %ld could not be made in %s; is it there?\n", index,
                root);
    return done ? 0 : 73;
}
