/* SPDX-License-Identifier: Apache-2.0 */
/* error.c - sentences with arguments, and the errors that carry them. */
#include <stdlib.h>

#include "base/base.h"

/* The length of `text` cut to `room` bytes without splitting a character. */
static size_t cut(const char *text, size_t room)
{
    size_t len = strlen(text);
    if (len <= room)
        return len;
    len = room;
    while (len > 0 && ((uint8_t)text[len] & 0xC0) == 0x80)
        len--;
    return len;
}

static void set_arguments(struct yx_message *message, const char *text, va_list arguments)
{
    message->text = text;
    message->arg_count = 0;
    size_t used = 0;
    const char *argument;
    while (text != NULL && message->arg_count < YX_MESSAGE_ARGS &&
           (argument = va_arg(arguments, const char *)) != NULL) {
        /* Every argument gets at least its NUL, and none takes the room of all that follow. */
        size_t reserve = YX_MESSAGE_ARGS - message->arg_count;
        size_t len = cut(argument, sizeof message->args - used - reserve);
        memcpy(message->args + used, argument, len);
        message->args[used + len] = '\0';
        used += len + 1;
        message->arg_count++;
    }
}

void yx_message_set_list(struct yx_message *message, const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    set_arguments(message, text, arguments);
    va_end(arguments);
}

static const char *argument_at(const struct yx_message *message, unsigned index)
{
    const char *argument = message->args;
    if (index >= message->arg_count)
        return "";
    while (index-- > 0)
        argument += strlen(argument) + 1;
    return argument;
}

/* A place in the output that refuses to be overrun. */
struct line {
    char *out;
    size_t cap;
    size_t len;
    bool full;
};

static void put(struct line *line, const char *bytes, size_t len)
{
    if (line->full || len >= line->cap - line->len) {
        line->full = true;
        return;
    }
    memcpy(line->out + line->len, bytes, len);
    line->len += len;
}

/* C0 and C1 controls, line separators, and what turns the direction of writing (UAX #9). */
static bool is_unsafe(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0x00, 0x1F},     {0x7F, 0x9F},     {0x061C, 0x061C},
                  {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

/* Copies character by character: what is unsafe to show and stray bytes become '?'. */
static void put_argument(struct line *line, const char *text)
{
    struct yx_bytes rest = YX_TEXT(text);
    while (rest.len > 0) {
        uint32_t code_point;
        size_t size = yx_utf8_next(rest, &code_point);
        if (size > 0 && !is_unsafe(code_point))
            put(line, (const char *)rest.data, size);
        else
            put(line, "?", 1);
        size = size > 0 ? size : 1;
        rest = YX_BYTES(rest.data + size, rest.len - size);
    }
}

void yx_message_render(const struct yx_message *message, yx_translate translate, char *out,
                       size_t cap)
{
    if (cap == 0)
        return;
    struct line line = {.out = out, .cap = cap};
    const char *text = message->text == NULL ? "" : message->text;
    if (translate != NULL && *text != '\0')
        text = translate(text);
    while (*text != '\0') {
        if (text[0] == '{' && text[1] >= '1' && text[1] <= '9' && text[2] == '}') {
            put_argument(&line, argument_at(message, (unsigned)(text[1] - '1')));
            text += 3;
            continue;
        }
        uint32_t code_point;
        size_t size = yx_utf8_next(YX_TEXT(text), &code_point);
        size = size > 0 ? size : 1;
        put(&line, text, size);
        text += size;
    }
    out[line.len] = '\0';
}

void yx_fail_list(struct yx_error *err, yx_status status, const char *rule, const char *text, ...)
{
    if (err == NULL)
        return;
    err->status = status;
    err->rule = rule == NULL ? "" : rule;
    va_list arguments;
    va_start(arguments, text);
    set_arguments(&err->message, text, arguments);
    va_end(arguments);
}

yx_status yx_fail_memory(struct yx_error *err)
{
    return yx_fail(err, YX_NO_MEMORY, "", N_("out of memory"));
}

yx_status yx_fail_errno(struct yx_error *err, yx_status status, const char *text, const char *path,
                        int errnum)
{
    char buffer[128];
    return yx_fail(err, status, "", text, path, strerror_r(errnum, buffer, sizeof buffer));
}

struct yx_number_text yx_number_text(int64_t number)
{
    struct yx_number_text result;
    snprintf(result.text, sizeof result.text, "%lld", (long long)number);
    return result;
}

struct yx_time_text yx_time_text(yx_time time)
{
    struct yx_time_text result;
    yx_time_format(time, result.text);
    return result;
}
