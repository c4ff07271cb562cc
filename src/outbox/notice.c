/* SPDX-License-Identifier: Apache-2.0 */
/* notice.c - notices: one table of texts, filled in with values. */
#include "outbox/room.h"

static const struct yx_notice_kind kinds[] = {
    {"expiry", "{object}将于{date}到期",
     "{holder}：\n\n{object}（编号 {number}）将于{date}到期。到期后不能继续使用，"
     "请在此之前办理更新。\n",
     "{object} expires on {date}",
     "{holder},\n\n{object} (number {number}) expires on {date}. It cannot be used after that: "
     "please have it renewed before.\n"},
    {"revocation", "{object}已被撤销",
     "{holder}：\n\n{object}（编号 {number}）已于{date}被撤销，不能再使用。\n\n原因：{reason}\n",
     "{object} has been revoked",
     "{holder},\n\n{object} (number {number}) was revoked on {date} and cannot be used any "
     "more.\n\nReason: {reason}\n"},
    {"incident", "服务事件通知：{object}",
     "{holder}：\n\n{date}发生影响使用的服务事件：{object}。\n\n说明：{reason}\n",
     "Service incident: {object}",
     "{holder},\n\nAn incident that affects the service happened on {date}: {object}.\n\n"
     "What is known: {reason}\n"},
    {"refusal", "{object}的申请未获通过",
     "{holder}：\n\n您关于{object}的申请（编号 {number}）于{date}未获通过。\n\n原因：{reason}\n",
     "The application for {object} was refused",
     "{holder},\n\nYour application for {object} (number {number}) was refused on {date}.\n\n"
     "Reason: {reason}\n"},
    {"collection", "请领取{object}",
     "{holder}：\n\n{object}（编号 {number}）已制作完成，请自{date}起到{place}领取。\n",
     "{object} is ready to be collected",
     "{holder},\n\n{object} (number {number}) has been made. It can be collected from {date} on "
     "at {place}.\n"},
};
#define COUNT (sizeof kinds / sizeof *kinds)

const struct yx_notice_kind *yx_notice_kinds(size_t *count)
{
    *count = COUNT;
    return kinds;
}

/* --- Filling in ----------------------------------------------------------------------------------
 */

static const char *value_of(const struct yx_notice *notice, const char *name, size_t len)
{
    for (size_t i = 0; i < notice->value_count; i++)
        if (strlen(notice->values[i].name) == len && memcmp(notice->values[i].name, name, len) == 0)
            return notice->values[i].value;
    return NULL;
}

/* A value is one line, so that it cannot pretend to be more of the text. */
static yx_status put_value(const char *value, struct yx_buf *out)
{
    size_t begin = out->len;

    YX_TRY(yx_buf_append_text(out, value));
    for (size_t i = begin; i < out->len; i++)
        if (out->data[i] < ' ')
            out->data[i] = ' ';
    return YX_OK;
}

/* Appends the text with its values, and a NUL. */
static yx_status fill(const struct yx_notice *notice, const char *text, struct yx_buf *out,
                      struct yx_error *err)
{
    while (*text != '\0') {
        size_t plain = strcspn(text, "{"), name;
        const char *value;
        char lacking[32];

        if (yx_buf_append(out, YX_BYTES(text, plain)) != YX_OK)
            return yx_fail_memory(err);
        text += plain;
        if (*text == '\0')
            break;
        name = strcspn(++text, "}");
        value = value_of(notice, text, name);
        (void)snprintf(lacking, sizeof lacking, "%.*s", (int)name, text);
        YX_REQUIRE(value != NULL, err, YX_USAGE, "",
                   N_("a notice of {1} lacks a value: it needs {2}"), notice->kind, lacking);
        if (put_value(value, out) != YX_OK)
            return yx_fail_memory(err);
        text += name + 1;
    }
    return yx_buf_append(out, YX_BYTES("", 1)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status find(const char *name, const struct yx_notice_kind **out, struct yx_error *err)
{
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(kinds[i].kind, name) == 0) {
            *out = &kinds[i];
            return YX_OK;
        }
    return yx_fail(err, YX_USAGE, "", N_("there is no notice of {1}"), name);
}

/* --- Sending
 * --------------------------------------------------------------------------------------
 */

static yx_status put_into_inbox(struct yx_tx *tx, const struct yx_notice *notice, const char *title,
                                const char *text, yx_time now, struct yx_error *err)
{
    char id[YX_UUID_TEXT];

    YX_TRY(yx_uuid_make(now, id, err));
    const struct yx_value values[] = {
        yx_value_text(id),           yx_value_text(notice->account),
        yx_value_text(notice->kind), yx_value_text(title),
        yx_value_text(text),         yx_value_text(notice->about),
        yx_value_time(now),
    };
    return yx_tx_run(tx,
                     "INSERT INTO message (id, account, kind, title, text, about, at)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                     values, 7, NULL, err);
}

static yx_status put_into_mail(struct yx_tx *tx, const struct yx_notice *notice, const char *title,
                               const char *text, yx_time now, struct yx_error *err)
{
    const struct yx_packet packet = {.channel = YX_JOB_MAIL,
                                     .to = notice->mail,
                                     .type = notice->kind,
                                     .title = title,
                                     .body = text};
    char id[YX_UUID_TEXT];

    YX_TRY(yx_mail_check(notice->mail, err));
    YX_TRY(yx_uuid_make(now, id, err));
    return yx_delivery_add(tx, &packet, now, id, err);
}

yx_status yx_notice_send(struct yx_tx *tx, const struct yx_outbox *outbox,
                         const struct yx_notice *notice, yx_time now, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf title = {0}, text = {0};
    const struct yx_notice_kind *kind = NULL;
    bool zh = strncmp(notice->language, "zh", 2) == 0;

    YX_TRY(find(notice->kind, &kind, err));
    YX_TRY(fill(notice, zh ? kind->zh_title : kind->en_title, &title, err));
    YX_TRY(fill(notice, zh ? kind->zh_text : kind->en_text, &text, err));
    if (notice->account != NULL)
        YX_TRY(put_into_inbox(tx, notice, (char *)title.data, (char *)text.data, now, err));
    if (notice->mail == NULL || *outbox->settings->smtp_url == '\0')
        return YX_OK;
    return put_into_mail(tx, notice, (char *)title.data, (char *)text.data, now, err);
}
