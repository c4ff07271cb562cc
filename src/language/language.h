/* SPDX-License-Identifier: Apache-2.0 */
/*
 * language/language.h - the door to language/: sentences in the languages of whoever asks, several
 * at a time. A service speaks Chinese to one client and English to the next, which the one locale
 * of a process cannot; and a process that opens no files brings its Chinese along. So po/zh_CN.po
 * is built in. The program on the command line follows its locale instead (cli/language.c).
 */
#ifndef LANGUAGE_LANGUAGE_H
#define LANGUAGE_LANGUAGE_H

#include "base/base.h"

/* The Chinese of an English sentence, or the sentence itself. For any number of threads. */
const char *yx_chinese(const char *text);
/* How to translate for "zh", "en": what yx_message_render and yx_report_json take. English for all
 * that is not Chinese (NULL). */
yx_translate yx_language(const char *name);

#endif
