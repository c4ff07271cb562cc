/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/language.c - GNU gettext for the program and for the sentences of the library, which stay
 * English until here. Numbers are never formatted by the locale.
 */
#include <langinfo.h>
#include <libintl.h>
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"

#define DOMAIN "yinxin"

/* The locale that the user asked for, by the order of POSIX. */
static const char *wanted_locale(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);

        if (value != NULL && value[0] != '\0')
            return value;
    }
    return "C";
}

/*
 * A bare Debian has no locale but C and C.UTF-8. Who asks for Chinese there still gets it:
 * gettext follows LANGUAGE in any locale but "C".
 */
static void choose_locale(void)
{
    const char *wanted = wanted_locale();

    if (setlocale(LC_ALL, "") == NULL && setlocale(LC_ALL, "C.UTF-8") != NULL &&
        strncmp(wanted, "zh", 2) == 0)
        (void)setenv("LANGUAGE", "zh_CN", 1);
    (void)setlocale(LC_NUMERIC, "C");
}

/* Run from its build folder, the program uses the translations that were built beside it. */
static bool find_beside_program(char *path, size_t cap)
{
    static const char tail[] = "/po";
    static const char probe[] = "/zh_CN/LC_MESSAGES/" DOMAIN ".mo";
    ssize_t len = readlink("/proc/self/exe", path, cap);
    char *slash;
    bool found;

    if (len <= 0 || (size_t)len >= cap)
        return false;
    path[len] = '\0';
    slash = strrchr(path, '/');
    if (slash == NULL || (size_t)(slash - path) + sizeof tail + sizeof probe > cap)
        return false;
    memcpy(slash, tail, sizeof tail);
    memcpy(slash + sizeof tail - 1, probe, sizeof probe);
    found = access(path, R_OK) == 0;
    slash[sizeof tail - 1] = '\0';
    return found;
}

void cli_language_start(void)
{
    char path[4096];

    choose_locale();
    (void)bindtextdomain(DOMAIN, find_beside_program(path, sizeof path) ? path : YX_LOCALEDIR);
    (void)bind_textdomain_codeset(DOMAIN, "UTF-8");
    (void)textdomain(DOMAIN);
}

/* The translation of "" would be the header of the catalogue. */
const char *cli_translate(const char *text)
{
    return text == NULL || text[0] == '\0' ? "" : gettext(text);
}
