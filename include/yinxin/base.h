/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yinxin/base.h - bytes, errors, time, input and output.
 *
 * Every other header of libyinxin builds on the few types here:
 *
 *   yx_status, struct yx_error   how a call ends, and why it was refused
 *   struct yx_message            a sentence with its arguments, translated only when it is shown
 *   struct yx_bytes              bytes that somebody else owns
 *   struct yx_buf                bytes that grow and that you own
 *   yx_time                      an instant
 *   struct yx_source, yx_sink    where a document comes from and where it goes
 *
 * Rules that hold for the whole library:
 *
 *   - A function that can fail returns yx_status and takes `struct yx_error *err` as its last
 *     argument. `err` may be NULL. It is written only on failure.
 *   - Outputs are written only on success, unless a function says otherwise.
 *   - An object made by `_new`, `_open`, `_from_...` or `_read` is released by its `_free`;
 * `_free(NULL)` does nothing.
 *   - There are no globals. Two threads may use different objects at the same time; one object
 *     may be read by several threads, and changed by one.
 *   - Strings are UTF-8 and end with a NUL byte.
 */
#ifndef YINXIN_BASE_H
#define YINXIN_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define YX_API __attribute__((visibility("default")))
#else
#define YX_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* --- How a call ends --------------------------------------------------------------------- */

/* The statuses map one to one onto the exit codes of the program (docs: yinxin(1)). */
typedef enum {
    YX_OK = 0,
    YX_REFUSED,   /* a rule forbids it; err->rule names the rule (exit 1) */
    YX_USAGE,     /* the caller's arguments make no sense (exit 64) */
    YX_DAMAGED,   /* the input is malformed, hostile or over a limit (exit 65) */
    YX_NO_INPUT,  /* the input cannot be opened (exit 66) */
    YX_NO_OUTPUT, /* the output cannot be created (exit 73) */
    YX_IO,        /* reading or writing failed half-way: disk full, device gone (exit 74) */
    YX_NO_MEMORY, /* memory could not be had (exit 71) */
    YX_INTERNAL   /* a library below us failed in a way that it should not (exit 70) */
} yx_status;

/*
 * A sentence for people. `text` is the English sentence, a string that lives as long as the
 * program, with {1} to {6} where the arguments go; it is also the key of the translation.
 * `args` holds the arguments, each ended by a NUL byte; an argument that does not fit is cut at
 * a character boundary.
 */
#define YX_MESSAGE_ARGS 6
struct yx_message {
    const char *text;
    unsigned arg_count;
    char args[488];
};

/* Finds the translation of an English sentence; gettext() has this shape. */
typedef const char *(*yx_translate)(const char *text);

/*
 * Writes the sentence with its arguments in place to `out` (at most `cap` bytes with the closing
 * NUL; cut at a character boundary). `translate` may be NULL: English. Characters in arguments that
 * control a terminal or the direction of writing are replaced by '?', so that hostile names cannot
 * make a sentence say something else.
 */
YX_API void yx_message_render(const struct yx_message *message, yx_translate translate, char *out,
                              size_t cap);

/* Why a call did not end in YX_OK. */
struct yx_error {
    yx_status status;
    const char *rule; /* the clause that refuses, such as "RFC 5280 6.1.3"; "" when none */
    struct yx_message message;
};

/* --- Bytes ------------------------------------------------------------------------------- */

/* Bytes owned by somebody else: valid as long as their owner says. */
struct yx_bytes {
    const uint8_t *data;
    size_t len;
};

/* Bytes that grow. Start with `struct yx_buf b = {0};`, end with yx_buf_free(&b). */
struct yx_buf {
    uint8_t *data;
    size_t len;
    size_t cap;
};

/* Appends a copy of `bytes`. YX_NO_MEMORY leaves the buffer as it was. */
YX_API yx_status yx_buf_append(struct yx_buf *buf, struct yx_bytes bytes);
/* Appends the characters of `text`, without the NUL. */
YX_API yx_status yx_buf_append_text(struct yx_buf *buf, const char *text);
/* The content, valid until the buffer changes. */
YX_API struct yx_bytes yx_buf_bytes(const struct yx_buf *buf);
/* Wipes and releases the content; the buffer is empty again. */
YX_API void yx_buf_free(struct yx_buf *buf);

/* --- Time -------------------------------------------------------------------------------- */

/* An instant: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted. */
typedef int64_t yx_time;
#define YX_SECOND INT64_C(1000000)
#define YX_DAY (INT64_C(86400) * YX_SECOND)
/* "No instant": outside every range that the parsers accept. */
#define YX_TIME_NONE INT64_MIN

/* The clock of the machine. */
YX_API yx_time yx_now(void);
/*
 * Reads RFC 3339 ("2026-11-21T08:00:00Z", "2026-11-21T16:00:00+08:00", fractions allowed), or a
 * date alone ("2026-11-21": midnight UTC). Years 1950 to 9999. YX_DAMAGED otherwise.
 */
YX_API yx_status yx_time_parse(const char *text, yx_time *out, struct yx_error *err);
/* Writes "2026-11-21T08:00:00Z", whole seconds, to `out` (at least YX_TIME_TEXT bytes); "" for
 * YX_TIME_NONE. */
#define YX_TIME_TEXT 32
YX_API void yx_time_format(yx_time time, char out[YX_TIME_TEXT]);

/* --- Input and output -------------------------------------------------------------------- */

/* Bytes that can be read at any place: a regular file, or memory. Reading is thread-safe. */
struct yx_source;

/* Opens the regular file `path`. YX_NO_INPUT when that fails. */
YX_API yx_status yx_source_open(const char *path, struct yx_source **out, struct yx_error *err);
/* Reads from the open descriptor `fd` of a regular file; the descriptor stays the caller's and must
 * stay open. */
YX_API yx_status yx_source_borrow_fd(int fd, struct yx_source **out, struct yx_error *err);
/* Reads from memory that stays the caller's and must not change. */
YX_API yx_status yx_source_borrow(struct yx_bytes bytes, struct yx_source **out,
                                  struct yx_error *err);
YX_API uint64_t yx_source_size(const struct yx_source *source);
/* Fills `out` with exactly `len` bytes from `offset`. YX_DAMAGED when they lie beyond the end,
 * YX_IO when reading fails. */
YX_API yx_status yx_source_read(const struct yx_source *source, uint64_t offset, void *out,
                                size_t len, struct yx_error *err);
YX_API void yx_source_free(struct yx_source *source);

/*
 * Where a document goes. A file sink writes to a temporary file in the folder of `path`; only
 * yx_sink_commit makes it appear under its name (fsync, rename, fsync of the folder), whole or
 * not at all. Freed without commit, it leaves nothing behind.
 */
struct yx_sink;

/* `path` may exist: it is replaced at commit. Mode 0666 less the umask, or 0600 when `secret`.
 * YX_NO_OUTPUT when the folder refuses. */
YX_API yx_status yx_sink_file(const char *path, bool secret, struct yx_sink **out,
                              struct yx_error *err);
/* Writes to the open descriptor `fd` of a regular file, from where it stands; the descriptor stays
 * the caller's, and there is nothing to commit. */
YX_API yx_status yx_sink_borrow_fd(int fd, struct yx_sink **out, struct yx_error *err);
/* Collects in memory; `buf` stays the caller's. */
YX_API yx_status yx_sink_memory(struct yx_buf *buf, struct yx_sink **out, struct yx_error *err);
/* YX_IO when the device is full or fails: nothing will appear. */
YX_API yx_status yx_sink_write(struct yx_sink *sink, struct yx_bytes bytes, struct yx_error *err);
/* How many bytes were written so far. */
YX_API uint64_t yx_sink_size(const struct yx_sink *sink);
/* A source over what was written so far, to check it before commit; free it before the sink. */
YX_API yx_status yx_sink_reread(struct yx_sink *sink, struct yx_source **out, struct yx_error *err);
YX_API yx_status yx_sink_commit(struct yx_sink *sink, struct yx_error *err);
YX_API void yx_sink_free(struct yx_sink *sink);

/*
 * Told from time to time how far long work is; `done` never exceeds `total`, both in bytes.
 * Called on the thread that does the work. Leave `tell` NULL when nobody looks.
 */
struct yx_progress {
    void (*tell)(void *self, uint64_t done, uint64_t total);
    void *self;
};

#ifdef __cplusplus
}
#endif

#endif
