/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proof/rules.c - which passwords are too simple (SEC-14). What everybody tries first counts
 * little: a word that is known, a year, a run ("abcd", "4321", "qwert", "aaaa"), and whatever is
 * called like the account or the party behind it, count as one character each. Enough must be left.
 */
#include "proof/proof.h"

#define RULE "SEC-14"
/* Of a password as it counts. */
#define WORTH_MIN 6
#define RUN_MIN 3
/* Parts of names that are shorter stand in many words. */
#define PART_MIN 3

static const char *const words[] = {
    "password", "passwd",   "passw0rd", "p@ssw0rd",  "p@ssword", "admin",     "administrator",
    "root",     "guest",    "user",     "test",      "demo",     "welcome",   "letmein",
    "login",    "master",   "secret",   "hello",     "iloveyou", "monkey",    "dragon",
    "sunshine", "princess", "football", "shadow",    "superman", "changeme",  "default",
    "system",   "server",   "oracle",   "huawei",    "lenovo",   "taobao",    "baidu",
    "wechat",   "weixin",   "woaini",   "woaiwojia", "mima",     "nihao",     "zhongguo",
    "beijing",  "shanghai", "china",    "yinxin",    "yinzhang", "gongzhang", "qianzhang",
    "dianzi",   "zhengshu", "1314520",  "5201314",   "520520",   "1314",      "520",
    "888",      "666",      "abc",      "qwe",       "asd",      "zxc",       "1qaz",
    "2wsx",     "q1w2e3",   "a1b2c3",   "密码",      "管理员",   "印章",      "公章",
};

static const char *const rows[] = {"qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890",
                                   "!@#$%^&*()"};

static bool starts_with(const char *at, const char *word, size_t len)
{
    return strncmp(at, word, len) == 0;
}

static size_t word_at(const char *at)
{
    size_t longest = 0;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t len = strlen(words[i]);

        if (len > longest && starts_with(at, words[i], len))
            longest = len;
    }
    return longest;
}

/* The year of somebody's birth, or this one. */
static size_t year_at(const char *at)
{
    bool century = starts_with(at, "19", 2) || starts_with(at, "20", 2);

    return century && at[2] >= '0' && at[2] <= '9' && at[3] >= '0' && at[3] <= '9' ? 4 : 0;
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Which step leads from one character to the next: 0 again, 1 up, -1 down, and the same along a row
 * of keys; false when none does. */
static bool step_of(char a, char b, int *step)
{
    const char *x, *y;

    if (a == b || (is_letter_or_digit(a) && is_letter_or_digit(b) && (a - b == 1 || b - a == 1))) {
        *step = b - a;
        return true;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        x = strchr(rows[i], a);
        y = strchr(rows[i], b);
        if (x != NULL && y != NULL && (y - x == 1 || x - y == 1)) {
            *step = (int)(y - x);
            return true;
        }
    }
    return false;
}

static size_t run_at(const char *at)
{
    size_t len = 1;
    int step, next;

    if (at[0] == '\0' || at[1] == '\0' || !step_of(at[0], at[1], &step))
        return 0;
    while (at[len] != '\0' && step_of(at[len - 1], at[len], &next) && next == step)
        len++;
    return len >= RUN_MIN ? len : 0;
}

/* The longest part of these names that stands here: they are cut at what is no letter or digit. */
static size_t name_at(const char *at, const char *const *about)
{
    static const char cuts[] = " ._-@()";
    size_t longest = 0;

    for (; about != NULL && *about != NULL; about++)
        for (const char *part = *about + strspn(*about, cuts); *part != '\0';
             part += strspn(part, cuts)) {
            size_t len = strcspn(part, cuts), same = 0;

            while (same < len && at[same] == yx_lower((uint8_t)part[same]))
                same++;
            if (same == len && len >= PART_MIN && len > longest)
                longest = len;
            part += len;
        }
    return longest;
}

static size_t largest(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* How many characters it counts as. */
static size_t worth_of(const char *password, const char *const *about)
{
    size_t worth = 0, len;
    uint32_t c;

    for (const char *at = password; *at != '\0'; at += len, worth++) {
        len = largest(largest(word_at(at), year_at(at)), largest(run_at(at), name_at(at, about)));
        if (len == 0)
            len = yx_utf8_next(YX_TEXT(at), &c);
    }
    return worth;
}

static bool read_characters(struct yx_bytes password, size_t *count)
{
    size_t len;
    uint32_t c;

    for (*count = 0; password.len > 0; ++*count) {
        len = yx_utf8_next(password, &c);
        if (len == 0 || c < 0x20 || c == 0x7F)
            return false;
        password.data += len;
        password.len -= len;
    }
    return true;
}

yx_status yx_password_judge(struct yx_bytes password, int64_t least, const char *const *about,
                            struct yx_error *err)
{
    char text[YX_PASSWORD_MAX + 1] = "";
    size_t count, worth;

    YX_REQUIRE(password.len <= YX_PASSWORD_MAX, err, YX_REFUSED, RULE,
               N_("a password has {1} bytes at most"), YX_NUM(YX_PASSWORD_MAX));
    YX_REQUIRE(read_characters(password, &count), err, YX_REFUSED, RULE,
               N_("a password holds characters that nobody can type"));
    YX_REQUIRE(count >= (size_t)least, err, YX_REFUSED, RULE,
               N_("a password has {1} characters at least"), YX_NUM(least));
    for (size_t i = 0; i < password.len; i++)
        text[i] = yx_lower(password.data[i]);
    text[password.len] = '\0';
    worth = worth_of(text, about);
    yx_wipe(text, sizeof text);
    YX_REQUIRE(worth >= WORTH_MIN, err, YX_REFUSED, RULE,
               N_("this password is too simple: known words, names, years and runs of characters "
                  "count little"));
    return YX_OK;
}
