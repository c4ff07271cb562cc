/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enrol/register.c - people added to DIR/enrol.conf, removed from it, and given other passwords.
 *
 * The file is spliced, so that what a person wrote around an entry stays; what comes out is read
 * again before it takes the place of the old one. Of several who change it at the same time, one
 * waits for the other.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "enrol/room.h"

#define RULE "enrol.conf"
#define PASSWORD_MIN 8
#define DIFFERENT_MIN 5

/* --- A new entry --------------------------------------------------------------------------- */

static yx_status put_text(struct yx_buf *out, const char *text, struct yx_error *err)
{
    YX_REQUIRE(yx_utf8_valid(YX_TEXT(text)) && strpbrk(text, "\"\\\n\r") == NULL &&
                   strstr(text, "${") == NULL,
               err, YX_USAGE, RULE,
               N_("quotes, backslashes, line ends and \"${\" cannot stand in {1}"), "enrol.conf");
    return yx_buf_printf(out, "\"%s\"", text) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status put_setting(struct yx_buf *out, const char *key, const char *value,
                             struct yx_error *err)
{
    if (value == NULL)
        return YX_OK;
    if (yx_buf_printf(out, "  %s = ", key) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(put_text(out, value, err));
    return yx_buf_append_text(out, "\n") == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status put_list(struct yx_buf *out, const char *key, const char *const *values,
                          struct yx_error *err)
{
    if (values == NULL)
        return YX_OK;
    if (yx_buf_printf(out, "  %s = {", key) != YX_OK)
        return yx_fail_memory(err);
    for (size_t i = 0; values[i] != NULL; i++) {
        if (i > 0 && yx_buf_append_text(out, ", ") != YX_OK)
            return yx_fail_memory(err);
        YX_TRY(put_text(out, values[i], err));
    }
    return yx_buf_append_text(out, "}\n") == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status hash(const char *password, struct yx_buf *out, struct yx_error *err)
{
    if (password == NULL)
        return YX_OK;
    YX_TRY(yx_password_hash(YX_TEXT(password), out, err));
    return yx_buf_append(out, YX_BYTES("", 1)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_enrol_write_person(const struct yx_person_entry *entry, struct yx_buf *out,
                                struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    YX_CLEAN(yx_buf) struct yx_buf hashed = {0};

    YX_TRY(hash(entry->password, &hashed, err));
    if (yx_buf_append_text(&text, "person ") != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(put_text(&text, entry->name, err));
    if (yx_buf_append_text(&text, " {\n") != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(put_setting(&text, "password",
                       entry->hash != NULL ? entry->hash : (const char *)hashed.data, err));
    YX_TRY(put_setting(&text, "secret", entry->secret, err));
    YX_TRY(put_setting(&text, "certificate", entry->certificate, err));
    YX_TRY(put_list(&text, "profiles", entry->profiles, err));
    YX_TRY(put_setting(&text, "subject", entry->subject, err));
    YX_TRY(put_list(&text, "names", entry->names, err));
    if (entry->approval && yx_buf_append_text(&text, "  approval = true\n") != YX_OK)
        return yx_fail_memory(err);
    if (yx_buf_append_text(&text, "}\n") != YX_OK ||
        yx_buf_append(out, yx_buf_bytes(&text)) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

/* SEC-14: no simple ones. */
static yx_status check_password(const char *name, const char *password, struct yx_error *err)
{
    bool seen[256] = {false};
    unsigned different = 0;

    if (password == NULL)
        return YX_OK;
    for (const char *c = password; *c != '\0'; c++) {
        different += !seen[(uint8_t)*c];
        seen[(uint8_t)*c] = true;
    }
    YX_REQUIRE(strlen(password) >= PASSWORD_MIN && different >= DIFFERENT_MIN &&
                   strcasestr(password, name) == NULL,
               err, YX_REFUSED, "enrolment, passwords",
               N_("too simple: a password has {1} bytes or more, {2} of them different, and does "
                  "not hold the name"),
               YX_NUM(PASSWORD_MIN), YX_NUM(DIFFERENT_MIN));
    return YX_OK;
}

/* --- Where an entry stands ----------------------------------------------------------------- */

static size_t behind(struct yx_bytes text, size_t at, const char *end)
{
    const uint8_t *found = memmem(text.data + at, text.len - at, end, strlen(end));

    return found == NULL ? text.len : (size_t)(found - text.data) + strlen(end);
}

static size_t behind_quoted(struct yx_bytes text, size_t at)
{
    uint8_t quote = text.data[at++];

    while (at < text.len && text.data[at] != quote)
        at += text.data[at] == '\\' ? 2 : 1;
    return at < text.len ? at + 1 : text.len;
}

static bool starts(struct yx_bytes text, size_t at, const char *with)
{
    return text.len - at >= strlen(with) && memcmp(text.data + at, with, strlen(with)) == 0;
}

/* The word, string, or single character at *at, or what is passed over: blanks and comments. */
enum token { BLANK, WORD, OPEN, CLOSE, OTHER };
static enum token next_token(struct yx_bytes text, size_t *at)
{
    static const char ends[] = " \t\r\n\f\v#\"'{}()=+,";
    uint8_t c = text.data[*at];

    if (c == '#' || starts(text, *at, "//"))
        *at = behind(text, *at, "\n");
    else if (starts(text, *at, "/*"))
        *at = behind(text, *at, "*/");
    else if (c == '"' || c == '\'') {
        *at = behind_quoted(text, *at);
        return WORD;
    } else if (strchr(ends, c) != NULL) {
        (*at)++;
        return c == '{' ? OPEN : c == '}' ? CLOSE : c > ' ' ? OTHER : BLANK;
    } else {
        while (*at < text.len && strchr(ends, text.data[*at]) == NULL)
            (*at)++;
        return WORD;
    }
    return BLANK;
}

struct span {
    size_t start, end;
};

/* From `person "NAME" {` to `}` of entry number `wanted`; the text has it. */
static struct span find_entry(struct yx_bytes text, size_t wanted)
{
    struct span span = {text.len, text.len};
    size_t words[2] = {0}, entry = 0, depth = 0, at = 0;

    while (at < text.len) {
        size_t start = at;
        enum token token = next_token(text, &at);

        if (token == WORD && depth == 0) {
            words[0] = words[1];
            words[1] = start;
        } else if (token == OPEN && depth++ == 0 && entry == wanted) {
            span.start = words[0];
        } else if (token == CLOSE && depth > 0 && --depth == 0 && entry++ == wanted) {
            span.end = at + (at < text.len && text.data[at] == '\n' ? 1 : 0);
            return span;
        }
    }
    return span;
}

/* --- Changes ------------------------------------------------------------------------------- */

/* One change of the file, from its lock to its new text. */
struct change {
    const char *path;
    int lock; /* of the folder; -1: none */
    struct yx_buf before, after;
    struct yx_enrol *enrol; /* as it was */
};
static void change_free(struct change *change)
{
    yx_enrol_free(change->enrol);
    yx_buf_free(&change->before);
    yx_buf_free(&change->after);
    if (change->lock >= 0)
        (void)close(change->lock);
}
YX_DEFINE_CLEAN_VALUE(change, struct change, change_free);

static yx_status lock_folder(const char *path, int *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf folder = {0};
    const char *slash = strrchr(path, '/');

    if (yx_buf_printf(&folder, "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1,
                      slash == NULL ? "." : path) != YX_OK ||
        yx_buf_append(&folder, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    *out = open((const char *)folder.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*out < 0 || flock(*out, LOCK_EX) != 0)
        return yx_fail_errno(err, YX_NO_INPUT, N_("cannot open {1}: {2}"),
                             (const char *)folder.data, errno);
    return YX_OK;
}

static yx_status begin(struct yx_ca *ca, const char *path, struct change *out, struct yx_error *err)
{
    out->path = path;
    YX_TRY(lock_folder(path, &out->lock, err));
    YX_TRY(yx_enrol_read_file(path, &out->before, err));
    return yx_enrol_read(ca, path, yx_buf_bytes(&out->before), &out->enrol, err);
}

/* The old text with `entry` in the place of a span. */
static yx_status replace_span(struct change *change, struct span span, struct yx_bytes entry,
                              struct yx_error *err)
{
    struct yx_bytes old = yx_buf_bytes(&change->before);
    struct yx_bytes rest = old.len == 0 ? old : YX_BYTES(old.data + span.end, old.len - span.end);
    bool needs_line =
        span.start == old.len && old.len > 0 && old.data[old.len - 1] != '\n' && entry.len > 0;

    if (yx_buf_append(&change->after, YX_BYTES(old.data, span.start)) != YX_OK ||
        yx_buf_append_text(&change->after, needs_line ? "\n" : "") != YX_OK ||
        yx_buf_append(&change->after, entry) != YX_OK ||
        yx_buf_append(&change->after, rest) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

yx_status yx_enrol_object(const struct yx_ca *ca, const char *name, struct yx_buf *out,
                          struct yx_error *err)
{
    return yx_buf_printf(out, "ca:%s/person:%s", yx_ca_name(ca), name) == YX_OK &&
                   yx_buf_append(out, YX_BYTES("", 1)) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

struct event {
    const struct yx_ca *ca;
    const char *name;
    struct yx_audit_event leaf;
};

/* Whoever comes, goes, or has another password begins without wrong ones. */
static yx_status log_event(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct event *event = self;

    YX_TRY(yx_enrol_forget(tx, event->ca, event->name, err));
    return yx_audit_append(tx, &event->leaf, err);
}

static yx_status record(struct yx_ca *ca, const char *action, const char *name, yx_ca_actor actor,
                        struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf object = {0};
    struct event event = {ca, name, {.at = yx_now(), .actor = actor, .action = action}};

    YX_TRY(yx_enrol_prepare(ca, err));
    YX_TRY(yx_enrol_object(ca, name, &object, err));
    event.leaf.object = (const char *)object.data;
    return yx_store_write(yx_ca_store(ca), log_event, &event, err);
}

/* Read again, written beside the old file, recorded, and put into its place: whatever fails, the
 * old one is still there. */
static yx_status finish(struct change *change, size_t people, const char *action, const char *name,
                        yx_ca_actor actor, struct yx_error *err)
{
    YX_CLEAN(yx_enrol) struct yx_enrol *after = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_ca *ca = change->enrol->ca;

    YX_REQUIRE(change->after.len <= YX_ENROL_FILE_MAX, err, YX_REFUSED, RULE,
               N_("{1} would grow beyond {2} bytes"), change->path, YX_NUM(YX_ENROL_FILE_MAX));
    YX_TRY(yx_enrol_read(ca, change->path, yx_buf_bytes(&change->after), &after, err));
    YX_REQUIRE(after->count == people && (yx_enrol_find(after, YX_TEXT(name)) != NULL) ==
                                             (people >= change->enrol->count),
               err, YX_DAMAGED, RULE, N_("{1} is written so that only a person can change it"),
               change->path);
    YX_TRY(yx_sink_file(change->path, true, &sink, err));
    YX_TRY(yx_sink_write(sink, yx_buf_bytes(&change->after), err));
    YX_TRY(record(ca, action, name, actor, err));
    return yx_sink_commit(sink, err);
}

yx_status yx_enrol_add(struct yx_ca *ca, const char *path, const struct yx_person_entry *entry,
                       yx_ca_actor actor, struct yx_error *err)
{
    YX_CLEAN(change) struct change change = {.lock = -1};
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    size_t end;

    YX_TRY(check_password(entry->name, entry->password, err));
    YX_TRY(begin(ca, path, &change, err));
    YX_REQUIRE(yx_enrol_find(change.enrol, YX_TEXT(entry->name)) == NULL, err, YX_REFUSED, RULE,
               N_("there is a person {1} already"), entry->name);
    YX_TRY(yx_enrol_write_person(entry, &text, err));
    end = change.before.len;
    YX_TRY(replace_span(&change, (struct span){end, end}, yx_buf_bytes(&text), err));
    return finish(&change, change.enrol->count + 1, "enrol.person.add", entry->name, actor, err);
}

static yx_status find(const struct change *change, const char *name, const struct yx_person **out,
                      struct span *span, struct yx_error *err)
{
    *out = yx_enrol_find(change->enrol, YX_TEXT(name));
    YX_REQUIRE(*out != NULL, err, YX_REFUSED, RULE, N_("there is no person {1}"), name);
    *span = find_entry(yx_buf_bytes(&change->before), (size_t)(*out - change->enrol->people));
    return YX_OK;
}

yx_status yx_enrol_remove(struct yx_ca *ca, const char *path, const char *name, yx_ca_actor actor,
                          struct yx_error *err)
{
    YX_CLEAN(change) struct change change = {.lock = -1};
    const struct yx_person *person;
    struct span span;

    YX_TRY(begin(ca, path, &change, err));
    YX_TRY(find(&change, name, &person, &span, err));
    YX_TRY(replace_span(&change, span, YX_BYTES(NULL, 0), err));
    return finish(&change, change.enrol->count - 1, "enrol.person.remove", name, actor, err);
}

yx_status yx_enrol_set_secrets(struct yx_ca *ca, const char *path,
                               const struct yx_person_secrets *secrets, yx_ca_actor actor,
                               struct yx_error *err)
{
    YX_CLEAN(change) struct change change = {.lock = -1};
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    const char *profiles[YX_PERSON_PROFILES + 1] = {NULL};
    const struct yx_person *person;
    struct yx_person_entry entry;
    struct span span;

    YX_TRY(check_password(secrets->name, secrets->password, err));
    YX_TRY(begin(ca, path, &change, err));
    YX_TRY(find(&change, secrets->name, &person, &span, err));
    for (size_t i = 0; i < YX_PERSON_PROFILES && person->profiles[i] != NULL; i++)
        profiles[i] = person->profiles[i]->name;
    entry = (struct yx_person_entry){
        .name = person->name,
        .password = secrets->password,
        .hash = secrets->password == NULL ? person->password : NULL,
        .secret = secrets->secret != NULL ? secrets->secret : person->secret,
        .certificate = person->certificate,
        .subject = person->subject,
        .profiles = profiles,
        .names = person->name_count > 0 ? person->names : NULL,
        .approval = person->approval,
    };
    YX_TRY(yx_enrol_write_person(&entry, &text, err));
    YX_TRY(replace_span(&change, span, yx_buf_bytes(&text), err));
    return finish(&change, change.enrol->count, "enrol.person.secrets", secrets->name, actor, err);
}

yx_status yx_enrol_unlock(struct yx_ca *ca, const char *path, const char *name, yx_ca_actor actor,
                          struct yx_error *err)
{
    YX_CLEAN(yx_enrol) struct yx_enrol *enrol = NULL;

    YX_TRY(yx_enrol_new(ca, path, &enrol, err));
    YX_REQUIRE(yx_enrol_find(enrol, YX_TEXT(name)) != NULL, err, YX_REFUSED, RULE,
               N_("there is no person {1}"), name);
    return record(ca, "enrol.person.unlock", name, actor, err);
}
