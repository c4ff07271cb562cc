/* SPDX-License-Identifier: Apache-2.0 */
/* leaks.h - what the leak sanitizer passes over: cairo 1.16 loses a table of 24 bytes of each CFF
 * font that it writes into a PDF, and fontconfig patterns of its settings. For the one file of a
 * program. */
#ifndef SUPPORT_LEAKS_H
#define SUPPORT_LEAKS_H

__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libcairo.so\nleak:libfontconfig.so";
}

#endif
