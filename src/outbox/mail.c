/* SPDX-License-Identifier: Apache-2.0 */
/* mail.c - a notice as a mail (RFC 5322): headers in encoded words (RFC 2047), text in base64. */
#include "outbox/room.h"

/* Octets in one encoded word: with "Subject: " before it, a line of 73 characters, of which RFC
 * 2047 2 allows 76. */
#define WORD_OCTETS 39
/* Octets in one line of base64 (RFC 2045 6.8). */
#define LINE_OCTETS 57
#define ADDRESS_MAX 254 /* RFC 5321 4.5.3.1.3, without the brackets */

yx_status yx_mail_check(const char *address, struct yx_error *err)
{
    const char *at = strrchr(address, '@');
    bool plain = at != NULL && at != address && at[1] != '\0' && strlen(address) <= ADDRESS_MAX;

    for (const char *c = address; plain && *c != '\0'; c++)
        plain = *c > ' ' && *c < 0x7F && strchr("<>()[]\\,;:\"", *c) == NULL;
    YX_REQUIRE(plain && strchr(address, '@') == at, err, YX_USAGE, "RFC 5321 4.1.2",
               N_("{1} is no address that mail can go to"), address);
    return YX_OK;
}

/* --- Headers ---------------------------------------------------------------------------------- */

/* How many octets of `text` go into one word: whole characters. */
static size_t word_length(struct yx_bytes text)
{
    size_t len = 0;
    uint32_t code_point;

    while (len < text.len) {
        size_t next = yx_utf8_next((struct yx_bytes){text.data + len, text.len - len}, &code_point);

        if (next == 0 || len + next > WORD_OCTETS)
            break;
        len += next;
    }
    return len;
}

/* Words that stand behind each other are read as one text; each but the first begins a line. */
static yx_status put_words(struct yx_bytes text, struct yx_buf *out)
{
    for (size_t done = 0, len; done < text.len; done += len) {
        struct yx_bytes rest = {text.data + done, text.len - done};

        len = word_length(rest);
        if (len == 0)
            break;
        YX_TRY(yx_buf_append_text(out, done == 0 ? " =?UTF-8?B?" : "\r\n =?UTF-8?B?"));
        YX_TRY(yx_base64_encode((struct yx_bytes){rest.data, len}, out));
        YX_TRY(yx_buf_append_text(out, "?="));
    }
    return yx_buf_append_text(out, "\r\n");
}

/* RFC 5322 3.3; the names are English whatever the locale. */
static yx_status put_date(yx_time now, struct yx_buf *out)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct yx_civil civil;

    yx_time_to_civil(now, &civil);
    return yx_buf_printf(out, "Date: %u %s %lld %02u:%02u:%02u +0000\r\n", civil.day,
                         months[civil.month - 1], (long long)civil.year, civil.hour, civil.minute,
                         civil.second);
}

static yx_status put_headers(const struct yx_carry *carry, yx_time now, struct yx_buf *out)
{
    const char *from = carry->outbox->settings->mail_from;

    YX_TRY(yx_buf_append_text(out, "From:"));
    if (carry->outbox->service != NULL && *carry->outbox->service != '\0')
        YX_TRY(put_words(YX_TEXT(carry->outbox->service), out));
    YX_TRY(yx_buf_printf(out, " <%s>\r\nTo: <%s>\r\nSubject:", from, carry->to));
    YX_TRY(put_words(YX_TEXT(carry->title), out));
    YX_TRY(put_date(now, out));
    YX_TRY(yx_buf_printf(out, "Message-ID: <%s%s>\r\n", carry->id, strrchr(from, '@')));
    return yx_buf_append_text(out, "MIME-Version: 1.0\r\n"
                                   "Content-Type: text/plain; charset=utf-8\r\n"
                                   "Content-Transfer-Encoding: base64\r\n"
                                   "Auto-Submitted: auto-generated\r\n\r\n");
}

/* --- Text ---------------------------------------------------------------------------------------
 */

static yx_status put_text(struct yx_bytes text, struct yx_buf *out)
{
    for (size_t done = 0; done < text.len; done += LINE_OCTETS) {
        size_t rest = text.len - done;

        YX_TRY(yx_base64_encode(
            (struct yx_bytes){text.data + done, rest < LINE_OCTETS ? rest : LINE_OCTETS}, out));
        YX_TRY(yx_buf_append_text(out, "\r\n"));
    }
    return YX_OK;
}

yx_status yx_mail_write(const struct yx_carry *carry, yx_time now, struct yx_buf *out,
                        struct yx_error *err)
{
    YX_TRY(yx_mail_check(carry->to, err));
    YX_TRY(yx_mail_check(carry->outbox->settings->mail_from, err));
    if (put_headers(carry, now, out) != YX_OK || put_text(YX_TEXT(carry->body), out) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}
