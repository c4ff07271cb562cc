/* SPDX-License-Identifier: Apache-2.0 */
/* base/base.h - the door to base/: the public types and what only our own rooms use. */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <stdio.h>
#include <string.h>

#include <yinxin/base.h>
#include <yinxin/report.h>

/* Marks a sentence for the translators without translating it here. */
#define N_(text) text

/* --- Guards ------------------------------------------------------------------------------ */

/* Leaves the function when a call failed; the callee has filled the error. */
#define YX_TRY(call)                      \
    do {                                  \
        yx_status yx_try_status = (call); \
        if (yx_try_status != YX_OK)       \
            return yx_try_status;         \
    } while (0)

/*
 * Fills the error and yields its status: `return yx_fail(err, YX_DAMAGED, "X.690 10.1",
 * N_("{1} is longer than its container"), name);`. Arguments are strings.
 */
#define yx_fail(err, status, rule, ...)                           \
    __extension__({                                               \
        yx_fail_list((err), (status), (rule), __VA_ARGS__, NULL); \
        (status);                                                 \
    })
void yx_fail_list(struct yx_error *err, yx_status status, const char *rule, const char *text, ...)
    __attribute__((sentinel));
/* Leaves the function with an error unless the condition holds. */
#define YX_REQUIRE(condition, err, status, rule, ...)       \
    do {                                                    \
        if (!(condition))                                   \
            return yx_fail(err, status, rule, __VA_ARGS__); \
    } while (0)

yx_status yx_fail_memory(struct yx_error *err);
/* An error with strerror(errnum) as {2} and `path` as {1}. */
yx_status yx_fail_errno(struct yx_error *err, yx_status status, const char *text, const char *path,
                        int errnum);

/* Fills a message; the arguments are strings, ended by NULL. */
#define yx_message_set(message, ...) yx_message_set_list((message), __VA_ARGS__, NULL)
void yx_message_set_list(struct yx_message *message, const char *text, ...)
    __attribute__((sentinel));

/* Numbers as arguments: YX_NUM(42) is a string that lives until the end of the statement. */
struct yx_number_text {
    char text[24];
};
struct yx_number_text yx_number_text(int64_t number);
#define YX_NUM(number) (yx_number_text((int64_t)(number)).text)
/* Microseconds of a clock that only ever goes forward, for deadlines and pauses: its start means
 * nothing. */
int64_t yx_monotonic(void);
/* An instant as an argument, RFC 3339. */
struct yx_time_text {
    char text[YX_TIME_TEXT];
};
struct yx_time_text yx_time_text(yx_time time);
#define YX_WHEN(time) (yx_time_text(time).text)

/* --- Cleanup ----------------------------------------------------------------------------- */

/*
 * `YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;` frees at every exit of the block.
 * YX_DEFINE_CLEAN(yx_cert, struct yx_cert *, yx_cert_free) makes it possible for a pointer;
 * YX_DEFINE_CLEAN_VALUE for an object whose free takes its address.
 */
#define YX_CLEAN(name) __attribute__((cleanup(name##_clean)))
#define YX_DEFINE_CLEAN(name, type, release)      \
    static inline void name##_clean(type *object) \
    {                                             \
        release(*object);                         \
    }                                             \
    struct yx_end_of_definition
#define YX_DEFINE_CLEAN_VALUE(name, type, release) \
    static inline void name##_clean(type *object)  \
    {                                              \
        release(object);                           \
    }                                              \
    struct yx_end_of_definition

/* --- Checked arithmetic ------------------------------------------------------------------ */

/* true when the sum or product does not fit; `*out` is then undefined. */
#define yx_add_overflows(a, b, out) __builtin_add_overflow((a), (b), (out))
#define yx_mul_overflows(a, b, out) __builtin_mul_overflow((a), (b), (out))

/* --- Bytes ------------------------------------------------------------------------------- */

#define YX_BYTES(pointer, length) ((struct yx_bytes){(const uint8_t *)(pointer), (length)})
/* The bytes of a string literal or NUL-terminated string. */
#define YX_TEXT(string) ((struct yx_bytes){(const uint8_t *)(string), strlen(string)})

bool yx_bytes_equal(struct yx_bytes a, struct yx_bytes b);
/* In time that depends on the lengths alone. */
bool yx_bytes_equal_secret(struct yx_bytes a, struct yx_bytes b);
/* Equal to a string? */
bool yx_bytes_are(struct yx_bytes a, const char *text);
/* Wipes memory in a way that the compiler keeps. */
void yx_wipe(void *data, size_t len);

YX_DEFINE_CLEAN_VALUE(yx_buf, struct yx_buf, yx_buf_free);
/* Makes room for `more` bytes behind the content. */
yx_status yx_buf_reserve(struct yx_buf *buf, size_t more);
/* printf to the end of the buffer; for our own texts, never for a foreign format. */
yx_status yx_buf_printf(struct yx_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* --- Text encodings ---------------------------------------------------------------------- */

/* Upper-case hex; `out` holds 2 * len + 1 bytes. */
void yx_hex(struct yx_bytes bytes, char *out);
/* Appends what the hex text holds, of either case; anything else is YX_DAMAGED. */
yx_status yx_hex_decode(struct yx_bytes text, struct yx_buf *out, struct yx_error *err);
/* Appends base64 with padding, no line breaks (RFC 4648 4). */
yx_status yx_base64_encode(struct yx_bytes bytes, struct yx_buf *out);
/* Appends what the base64 text holds; white space is passed over, anything else is YX_DAMAGED. */
yx_status yx_base64_decode(struct yx_bytes text, struct yx_buf *out, struct yx_error *err);

/* Valid UTF-8 without NUL (RFC 3629: no surrogates, no overlong forms)? */
bool yx_utf8_valid(struct yx_bytes text);
/*
 * Reads one code point at the start of valid UTF-8 and returns how many bytes it takes; 0 at the
 * end, or where the bytes are not UTF-8.
 */
size_t yx_utf8_next(struct yx_bytes text, uint32_t *code_point);
/* Appends a code point as UTF-8. */
yx_status yx_utf8_append(struct yx_buf *buf, uint32_t code_point);

/* --- Time -------------------------------------------------------------------------------- */

struct yx_civil {
    int64_t year;
    unsigned month, day, hour, minute, second; /* month and day from 1 */
};
/* false when there is no such day or time (30 February, hour 24). UTC. */
bool yx_time_from_civil(const struct yx_civil *civil, yx_time *out);
void yx_time_to_civil(yx_time time, struct yx_civil *out);
/*
 * Reads the looser forms that seals and OFD files of the field carry: RFC 3339 with 'T' or a
 * space, the zone missing (then `zone_seconds` east of UTC is taken and *zone_known is false),
 * and yyyyMMddHHmmss with or without 'Z'.
 */
yx_status yx_time_parse_loose(struct yx_bytes text, int zone_seconds, yx_time *out,
                              bool *zone_known, struct yx_error *err);

/* --- Arena ------------------------------------------------------------------------------- */

/* Memory that is released all at once; what a parser builds lives in one. */
struct yx_arena;
/* No more than `limit` bytes are ever handed out; then allocation gives NULL. */
struct yx_arena *yx_arena_new(size_t limit);
void yx_arena_free(struct yx_arena *arena);
/* Zeroed memory, aligned for any type; NULL when there is none. */
void *yx_arena_alloc(struct yx_arena *arena, size_t size);
/* Was memory refused by the machine, not by the limit? */
bool yx_arena_is_starved(const struct yx_arena *arena);
/* The same for `count` objects of `size` bytes; the product is checked. */
void *yx_arena_calloc(struct yx_arena *arena, size_t count, size_t size);
/* A copy with a NUL byte behind it; NULL when there is no memory. */
char *yx_arena_text(struct yx_arena *arena, struct yx_bytes text);
struct yx_bytes yx_arena_bytes(struct yx_arena *arena, struct yx_bytes bytes);
YX_DEFINE_CLEAN(yx_arena, struct yx_arena *, yx_arena_free);

/* --- Input and output -------------------------------------------------------------------- */

YX_DEFINE_CLEAN(yx_source, struct yx_source *, yx_source_free);
YX_DEFINE_CLEAN(yx_sink, struct yx_sink *, yx_sink_free);

/* For libraries that must be given a file or memory: the open descriptor, -1 for memory. */
int yx_source_fd(const struct yx_source *source);
/* The memory behind the source; empty for a file. */
struct yx_bytes yx_source_memory(const struct yx_source *source);
bool yx_sink_is_file(const struct yx_sink *sink);
/* A piece of a source: a view of memory, or what was read from the file into `room`, for the next
 * piece to be read there too. */
yx_status yx_source_piece(const struct yx_source *source, uint64_t offset, size_t len,
                          struct yx_buf *room, struct yx_bytes *out, struct yx_error *err);
/* Reads the whole source into `out`. YX_DAMAGED when it is longer than `limit`. */
yx_status yx_source_read_all(const struct yx_source *source, size_t limit, struct yx_buf *out,
                             struct yx_error *err);
/* The same for a file. */
yx_status yx_file_read(const char *path, size_t limit, struct yx_buf *out, struct yx_error *err);
/* Writes a file whole or not at all (see struct yx_sink). */
yx_status yx_file_write(const char *path, bool secret, struct yx_bytes bytes, struct yx_error *err);

/* --- Libraries of others (library.c) ------------------------------------------------------ */

/* A shared library, and the functions that are called of it. */
struct yx_library {
    const char *file;    /* "libcurl.so.4" */
    const char *missing; /* N_(): the sentence when it cannot be opened; {1} is the file, {2} why */
    const char *const *names;
    size_t count;
};
/* Opens it when it is needed, and finds its functions in the order of the names. It stays open
 * until the program ends: few like to be let go, and sentences of errors may live in it. Any thread
 * may come. YX_IO. */
yx_status yx_library_open(const struct yx_library *library, void **functions, struct yx_error *err);

/* --- Reports ----------------------------------------------------------------------------- */

YX_DEFINE_CLEAN(yx_report, struct yx_report *, yx_report_free);

/*
 * Notes the outcome of a check. When the id is there already, the worse outcome stays, and of
 * two equal ones the first. Out of memory is kept in the report's arena and shown by
 * yx_report_finish.
 */
#define yx_check_note(report, checks, id, outcome, rule, ...) \
    yx_check_note_list((report), (checks), (id), (outcome), (rule), __VA_ARGS__, NULL)
/* `text` may be NULL: nothing to add. */
void yx_check_note_list(struct yx_report *report, struct yx_checks *checks, yx_check_id id,
                        yx_outcome outcome, const char *rule, const char *text, ...)
    __attribute__((sentinel));
/* The same with the sentence and rule of an error; a NULL rule takes the error's. */
void yx_check_note_error(struct yx_report *report, struct yx_checks *checks, yx_check_id id,
                         yx_outcome outcome, const char *rule, const struct yx_error *error);

/* Appends a signature; NULL when there is no memory. */
struct yx_report_signature *yx_report_add_signature(struct yx_report *report);
void yx_report_add_stamp(struct yx_report *report, struct yx_report_signature *signature,
                         const struct yx_report_stamp *stamp);
/* `list` is &report->unprotected or &report->changed_after; a path stands once. */
void yx_report_add_path(struct yx_report *report, struct yx_report_path **list,
                        struct yx_bytes path);
/* A copy that the report owns, made valid UTF-8 ('?' for what is not); "" when there is no memory.
 */
const char *yx_report_text(struct yx_report *report, struct yx_bytes text);
/* Derives every result. YX_NO_MEMORY when anything could not be noted: the report is then not to be
 * shown. */
yx_status yx_report_finish(struct yx_report *report, struct yx_error *err);

#endif
