/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/journal.c - what was signed for purposes that bind somebody. Files of text in
 * DIR/keys/journal/, each named by the number of its first entry in 16 digits; the newest is
 * written to, a new one is begun when it is long enough. A line for each entry:
 *
 *   yinxin journal v1 CHAIN
 *   NUMBER TIME KEY PURPOSE DIGEST LEAF CHAIN
 *
 * DIGEST is the SM3 of what was signed, LEAF the hash of the leaf that allowed it, TIME RFC 3339.
 * CHAIN is SM3 over the CHAIN of the line before (32 octets; zeros before the first entry of all)
 * and this line up to its CHAIN; the first line of a file repeats the one before. All in
 * upper-case hex.
 *
 * An entry is on the disk before its signature leaves; several that come at once go there with one
 * fdatasync. When the disk fails, nothing more is signed until the keeper is started anew: what is
 * on it nobody knows by then.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keeper/room.h"

#define FILE_SIZE ((size_t)4 * 1024 * 1024)
#define FILE_MAX (2 * FILE_SIZE)
#define FOLDER_MAX 4096
#define LINE_MAX_SIZE 512
#define HEX 64
#define HEADER "yinxin journal v1 "
#define DIGITS 16

struct yx_journal {
    char folder[FOLDER_MAX];
    int claim; /* the folder, locked while we write into it */
    int fd;
    size_t size;
    int64_t number; /* of the last entry */
    uint8_t chain[32];
    bool broken;
    pthread_mutex_t lock;
    pthread_cond_t synced;
    bool syncing;
    int64_t on_disk; /* number of the last entry that is */
};

static yx_status next_chain(const uint8_t before[32], struct yx_bytes line, uint8_t out[32],
                            struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf both = {0};

    if (yx_buf_append(&both, YX_BYTES(before, 32)) != YX_OK || yx_buf_append(&both, line) != YX_OK)
        return yx_fail_memory(err);
    return yx_digest(YX_DIGEST_SM3, yx_buf_bytes(&both), out, err);
}

/* --- Reading ------------------------------------------------------------------------------------
 */

struct reading {
    char path[4096];
    int64_t line;
    int64_t number;
    uint8_t chain[32];
    bool any;     /* a file was read: the next one follows from it */
    size_t whole; /* bytes of the file up to the end of its last whole line */
    yx_journal_each each;
    void *self;
};

static yx_status broken(const struct reading *reading, struct yx_error *err)
{
    return yx_fail(err, YX_DAMAGED, "keeper, the journal",
                   N_("{1}, line {2}: it does not follow from what stands before it"),
                   reading->path, YX_NUM(reading->line));
}

static bool read_hex(const char *text, uint8_t out[32])
{
    YX_CLEAN(yx_buf) struct yx_buf octets = {0};

    if (strlen(text) != HEX || yx_hex_decode(YX_TEXT(text), &octets, NULL) != YX_OK)
        return false;
    memcpy(out, octets.data, 32);
    return true;
}

/* The first line of a file: what the chain was before it. */
static yx_status read_header(struct reading *reading, const char *line, struct yx_error *err)
{
    uint8_t before[32];

    if (strncmp(line, HEADER, strlen(HEADER)) != 0 || !read_hex(line + strlen(HEADER), before) ||
        (reading->any && memcmp(before, reading->chain, 32) != 0))
        return broken(reading, err);
    memcpy(reading->chain, before, 32);
    return YX_OK;
}

/* Splits at single spaces. */
static bool split(char *line, char *out[7])
{
    for (size_t i = 0; i < 7; i++) {
        char *space = strchr(line, ' ');

        out[i] = line;
        if ((space == NULL) != (i == 6))
            return false;
        if (space != NULL) {
            *space = '\0';
            line = space + 1;
        }
    }
    return true;
}

static yx_status read_entry(struct reading *reading, char *line, struct yx_error *err)
{
    struct yx_journal_entry entry = {0};
    uint8_t chain[32], stated[32];
    size_t len = strlen(line);
    char *words[7];

    if (len <= HEX)
        return broken(reading, err);
    YX_TRY(next_chain(reading->chain, YX_BYTES(line, len - HEX), chain, err));
    if (!split(line, words) || !read_hex(words[6], stated) || memcmp(chain, stated, 32) != 0 ||
        !read_hex(words[4], entry.digest) || !read_hex(words[5], entry.leaf) ||
        yx_time_parse(words[1], &entry.at, NULL) != YX_OK)
        return broken(reading, err);
    entry.number = strtoll(words[0], NULL, 10);
    if (entry.number != reading->number + 1)
        return broken(reading, err);
    entry.key = words[2];
    entry.purpose = words[3];
    reading->number = entry.number;
    memcpy(reading->chain, chain, 32);
    return reading->each == NULL ? YX_OK : reading->each(reading->self, &entry, err);
}

/* `last`: of all files; only there a line may be without its end. */
static yx_status read_file(struct reading *reading, bool last, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    char *line, *end;

    YX_TRY(yx_file_read(reading->path, FILE_MAX, &file, err));
    if (yx_buf_append(&file, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    line = (char *)file.data;
    reading->line = 1;
    for (; (end = strchr(line, '\n')) != NULL; line = end + 1, reading->line++) {
        *end = '\0';
        YX_TRY(reading->line == 1 ? read_header(reading, line, err)
                                  : read_entry(reading, line, err));
    }
    reading->whole = (size_t)(line - (char *)file.data);
    if (reading->line == 1 || (reading->whole + 1 != file.len && !last))
        return broken(reading, err);
    reading->any = true;
    return YX_OK;
}

/* --- Files --------------------------------------------------------------------------------------
 */

static int is_file(const struct dirent *entry)
{
    return strlen(entry->d_name) == DIGITS && strspn(entry->d_name, "0123456789") == DIGITS;
}

struct listing {
    struct dirent **files;
    int count;
};

static void listing_free(struct listing *listing)
{
    for (int i = 0; i < listing->count; i++)
        free(listing->files[i]);
    free(listing->files);
}
YX_DEFINE_CLEAN_VALUE(listing, struct listing, listing_free);

static yx_status list(const char *folder, struct listing *out, struct yx_error *err)
{
    int count = scandir(folder, &out->files, is_file, alphasort);

    out->count = count < 0 ? 0 : count;
    if (count < 0 && errno != ENOENT)
        return yx_fail_errno(err, YX_NO_INPUT, N_("{1} cannot be opened: {2}"), folder, errno);
    return YX_OK;
}

/* A file begins with the number behind the last one. */
static yx_status read_from(const char *folder, const struct listing *files, int first,
                           struct reading *reading, struct yx_error *err)
{
    for (int i = first; i < files->count; i++) {
        int64_t number = strtoll(files->files[i]->d_name, NULL, 10);

        (void)snprintf(reading->path, sizeof reading->path, "%s/%s", folder,
                       files->files[i]->d_name);
        reading->line = 1;
        if ((reading->any || first == 0) && number != reading->number + 1)
            return broken(reading, err);
        reading->number = number - 1;
        YX_TRY(read_file(reading, i == files->count - 1, err));
    }
    return YX_OK;
}

yx_status yx_keeper_journal(const char *folder, yx_journal_each each, void *self,
                            struct yx_error *err)
{
    YX_CLEAN(listing) struct listing files = {0};
    struct reading reading = {.each = each, .self = self};
    char path[4096];

    (void)snprintf(path, sizeof path, "%s/keys/journal", folder);
    YX_TRY(list(path, &files, err));
    return read_from(path, &files, 0, &reading, err);
}

/* --- Writing ------------------------------------------------------------------------------------
 */

static yx_status begin_file(struct yx_journal *journal, struct yx_error *err)
{
    char path[sizeof journal->folder + 24], text[sizeof HEADER + HEX + 2], hex[HEX + 1];

    yx_hex(YX_BYTES(journal->chain, 32), hex);
    (void)snprintf(path, sizeof path, "%s/%0*lld", journal->folder, DIGITS,
                   (long long)(journal->number + 1));
    (void)snprintf(text, sizeof text, HEADER "%s\n", hex);
    YX_TRY(yx_file_write(path, true, YX_TEXT(text), err));
    if (journal->fd >= 0)
        (void)close(journal->fd);
    journal->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (journal->fd < 0)
        return yx_fail_errno(err, YX_IO, N_("{1} cannot be opened: {2}"), path, errno);
    journal->size = strlen(text);
    return YX_OK;
}

/* Goes on behind the last whole line. */
static yx_status continue_file(struct yx_journal *journal, const struct reading *reading,
                               struct yx_error *err)
{
    journal->number = journal->on_disk = reading->number;
    memcpy(journal->chain, reading->chain, 32);
    journal->size = reading->whole;
    journal->fd = open(reading->path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (journal->fd < 0 || ftruncate(journal->fd, (off_t)reading->whole) != 0)
        return yx_fail_errno(err, YX_IO, N_("{1} cannot be opened: {2}"), reading->path, errno);
    return YX_OK;
}

static void put_folder(const char *folder, char out[FOLDER_MAX])
{
    (void)snprintf(out, FOLDER_MAX, "%s/keys/journal", folder);
}

/* Two who write would each go on where they believe to be. */
yx_status yx_keeper_claim(const char *folder, int *out, struct yx_error *err)
{
    char path[FOLDER_MAX];

    put_folder(folder, path);
    *out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*out < 0)
        return yx_fail_errno(err, YX_IO, N_("{1} cannot be opened: {2}"), path, errno);
    YX_REQUIRE(flock(*out, LOCK_EX | LOCK_NB) == 0, err, YX_REFUSED, "",
               N_("another keeper writes into {1}: a service runs on this folder already"), path);
    return YX_OK;
}

yx_status yx_journal_open(const char *folder, struct yx_journal **out, struct yx_error *err)
{
    YX_CLEAN(yx_journal) struct yx_journal *journal = calloc(1, sizeof *journal);
    YX_CLEAN(listing) struct listing files = {0};
    struct reading reading = {0};

    if (journal == NULL)
        return yx_fail_memory(err);
    journal->fd = journal->claim = -1;
    (void)pthread_mutex_init(&journal->lock, NULL);
    (void)pthread_cond_init(&journal->synced, NULL);
    put_folder(folder, journal->folder);
    if (mkdir(journal->folder, 0700) != 0 && errno != EEXIST)
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("{1} cannot be made: {2}"), journal->folder,
                             errno);
    YX_TRY(yx_keeper_claim(folder, &journal->claim, err));
    YX_TRY(list(journal->folder, &files, err));
    /* Those before the newest were read by the keepers before; yx_keeper_journal reads all. */
    YX_TRY(
        read_from(journal->folder, &files, files.count == 0 ? 0 : files.count - 1, &reading, err));
    YX_TRY(files.count == 0 ? begin_file(journal, err) : continue_file(journal, &reading, err));
    *out = journal;
    journal = NULL;
    return YX_OK;
}

void yx_journal_close(struct yx_journal *journal)
{
    if (journal == NULL)
        return;
    if (journal->fd >= 0)
        (void)close(journal->fd);
    if (journal->claim >= 0)
        (void)close(journal->claim);
    (void)pthread_cond_destroy(&journal->synced);
    (void)pthread_mutex_destroy(&journal->lock);
    free(journal);
}

static yx_status cannot_write(struct yx_journal *journal, struct yx_error *err)
{
    return yx_fail_errno(err, YX_IO, N_("the journal {1} cannot be written: {2}"), journal->folder,
                         errno);
}

/* A line that came only half onto the disk is taken back. */
static yx_status write_line(struct yx_journal *journal, struct yx_bytes line, struct yx_error *err)
{
    ssize_t put = write(journal->fd, line.data, line.len);
    int why = put < 0 ? errno : ENOSPC;

    if (put == (ssize_t)line.len)
        return YX_OK;
    journal->broken = ftruncate(journal->fd, (off_t)journal->size) != 0;
    errno = why;
    return cannot_write(journal, err);
}

/* One thread syncs for all that have written by then; the others wait for it. */
static yx_status sync_up_to(struct yx_journal *journal, int64_t number, struct yx_error *err)
{
    while (journal->on_disk < number && !journal->broken) {
        int64_t written = journal->number;
        int fd = journal->fd;
        bool done;

        if (journal->syncing) {
            (void)pthread_cond_wait(&journal->synced, &journal->lock);
            continue;
        }
        journal->syncing = true;
        (void)pthread_mutex_unlock(&journal->lock);
        done = fdatasync(fd) == 0;
        (void)pthread_mutex_lock(&journal->lock);
        journal->syncing = false;
        journal->broken |= !done;
        journal->on_disk = done ? written : journal->on_disk;
        (void)pthread_cond_broadcast(&journal->synced);
    }
    if (journal->on_disk >= number)
        return YX_OK;
    errno = EIO;
    return cannot_write(journal, err);
}

static yx_status add_line(struct yx_journal *journal, const struct yx_journal_entry *entry,
                          struct yx_error *err)
{
    char line[LINE_MAX_SIZE], digest[HEX + 1], leaf[HEX + 1], hex[HEX + 2];
    uint8_t chain[32];
    size_t len;

    /* While it waits others may have begun the next one, but nobody adds to this one. */
    while (journal->size >= FILE_SIZE && journal->on_disk < journal->number)
        YX_TRY(sync_up_to(journal, journal->number, err));
    if (journal->size >= FILE_SIZE)
        YX_TRY(begin_file(journal, err));
    yx_hex(YX_BYTES(entry->digest, 32), digest);
    yx_hex(YX_BYTES(entry->leaf, 32), leaf);
    len = (size_t)snprintf(line, sizeof line - sizeof hex, "%lld %s %s %s %s %s ",
                           (long long)journal->number + 1, YX_WHEN(yx_now()), entry->key,
                           entry->purpose, digest, leaf);
    YX_TRY(next_chain(journal->chain, YX_BYTES(line, len), chain, err));
    yx_hex(YX_BYTES(chain, 32), hex);
    len += (size_t)snprintf(line + len, sizeof line - len, "%s\n", hex);
    YX_TRY(write_line(journal, YX_BYTES(line, len), err));
    journal->size += len;
    journal->number++;
    memcpy(journal->chain, chain, 32);
    return YX_OK;
}

yx_status yx_journal_add(struct yx_journal *journal, const struct yx_journal_entry *entry,
                         struct yx_error *err)
{
    yx_status status;

    (void)pthread_mutex_lock(&journal->lock);
    errno = EIO;
    status = journal->broken ? cannot_write(journal, err) : add_line(journal, entry, err);
    if (status == YX_OK)
        status = sync_up_to(journal, journal->number, err);
    (void)pthread_mutex_unlock(&journal->lock);
    return status;
}
