/* SPDX-License-Identifier: Apache-2.0 */
/* test_journal.c - what was signed stays written: whatever is changed afterwards is found, and what
 * was torn by the end of the machine is not. REQ: SEC-08 */
#include "support.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "keeper/room.h"

#define ENTRIES 20
/* As journal.c has it, and its longest line. */
#define FILE_SIZE ((size_t)4 * 1024 * 1024)
#define LINE_SIZE 512

/* A disk that takes its time: this one is found before that of the C library. */
static atomic_uint disk_pause; /* microseconds */
int fdatasync(int fd)
{
    (void)usleep(disk_pause);
    return fsync(fd);
}

static char folder[64], file[128];

static int make_folder(void **state)
{
    char path[80];

    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/yx-journal-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/keys", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(file, sizeof file, "%s/keys/journal/0000000000000001", folder);
    return 0;
}

static int remove_folder(void **state)
{
    char command[100];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void add(struct yx_journal *journal, unsigned number)
{
    struct yx_journal_entry entry = {.key = "ca/root", .purpose = "certificate"};
    struct yx_error err;

    memset(entry.digest, (int)number, 32);
    memset(entry.leaf, (int)(number + 100), 32);
    expect_ok(yx_journal_add(journal, &entry, &err), &err);
}

static struct yx_journal *opened(void)
{
    struct yx_journal *journal = NULL;
    struct yx_error err;

    expect_ok(yx_journal_open(folder, &journal, &err), &err);
    return journal;
}

struct counted {
    int64_t count;
    bool leaves_fit;
};

static yx_status count_entry(void *self, const struct yx_journal_entry *entry, struct yx_error *err)
{
    struct counted *counted = self;

    (void)err;
    counted->count++;
    assert_int_equal(entry->number, counted->count);
    assert_string_equal(entry->key, "ca/root");
    assert_string_equal(entry->purpose, "certificate");
    counted->leaves_fit = counted->leaves_fit && entry->leaf[31] == (entry->digest[0] + 100) % 256;
    assert_true(entry->at > yx_now() - YX_DAY);
    return YX_OK;
}

static yx_status read_all(int64_t *count, struct yx_error *err)
{
    struct counted counted = {.leaves_fit = true};
    yx_status status = yx_keeper_journal(folder, count_entry, &counted, err);

    assert_true(counted.leaves_fit);
    *count = counted.count;
    return status;
}

static void fill(void)
{
    struct yx_journal *journal = opened();

    for (unsigned i = 1; i <= ENTRIES; i++)
        add(journal, i);
    yx_journal_close(journal);
}

static void test_it_goes_on(void **state)
{
    struct yx_journal *journal;
    struct yx_error err;
    int64_t count;

    (void)state;
    expect_ok(read_all(&count, &err), &err); /* none yet */
    assert_int_equal(count, 0);
    fill();
    journal = opened();
    add(journal, 1);
    yx_journal_close(journal);
    expect_ok(read_all(&count, &err), &err);
    assert_int_equal(count, ENTRIES + 1);
}

/* Two services on one folder: the second one does not begin. */
static void test_one_writer(void **state)
{
    struct yx_journal *first = opened(), *second = NULL;
    struct yx_error err;

    (void)state;
    expect_status(yx_journal_open(folder, &second, &err), YX_REFUSED, &err);
    add(first, 1);
    yx_journal_close(first);
    yx_journal_close(opened());
}

/* A line that the end of the machine left half-way: its signature never left. */
static void test_a_torn_line(void **state)
{
    struct yx_journal *journal;
    struct yx_error err;
    struct stat status;
    int64_t count;

    (void)state;
    fill();
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(truncate(file, status.st_size - 5), 0);
    expect_ok(read_all(&count, &err), &err);
    assert_int_equal(count, ENTRIES - 1);
    journal = opened();
    add(journal, 7);
    yx_journal_close(journal);
    expect_ok(read_all(&count, &err), &err);
    assert_int_equal(count, ENTRIES);
}

/* Any octet that is changed, and any line that is taken away. */
static void test_what_was_changed(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf content = {0};
    struct yx_journal *journal = NULL;
    struct yx_error err;
    int64_t count;
    const char *second, *third;

    (void)state;
    fill();
    expect_ok(yx_file_read(file, 1000000, &content, &err), &err);
    for (size_t i = 0; i + 1 < content.len; i += 7) {
        uint8_t octet = content.data[i];

        content.data[i] = octet == '1' ? '2' : '1';
        expect_ok(yx_file_write(file, true, yx_buf_bytes(&content), &err), &err);
        expect_status(read_all(&count, &err), YX_DAMAGED, &err);
        assert_int_equal(yx_journal_open(folder, &journal, &err), YX_DAMAGED);
        content.data[i] = octet;
    }
    second = strchr((const char *)content.data, '\n') + 1;
    third = strchr(second, '\n') + 1;
    memmove((char *)content.data + (second - (const char *)content.data), third,
            content.len - (size_t)(third - (const char *)content.data));
    content.len -= (size_t)(third - second);
    expect_ok(yx_file_write(file, true, yx_buf_bytes(&content), &err), &err);
    expect_status(read_all(&count, &err), YX_DAMAGED, &err);
}

/* As journal.c tells the format: so many bytes, or some more. Returns how many entries. */
static int64_t write_long_file(size_t size)
{
    YX_CLEAN(yx_buf) struct yx_buf content = {0};
    uint8_t zeros[32] = {0}, leaf[32], both[32 + 512];
    char digest_hex[65], leaf_hex[65], chain_hex[65], line[512];
    struct yx_error err;
    int64_t number = 0;

    memset(leaf, 100, sizeof leaf);
    yx_hex(YX_BYTES(zeros, 32), digest_hex);
    yx_hex(YX_BYTES(leaf, 32), leaf_hex);
    memset(both, 0, 32);
    assert_int_equal(yx_buf_printf(&content, "yinxin journal v1 %s\n", digest_hex), YX_OK);
    while (content.len < size) {
        size_t len = (size_t)snprintf(line, sizeof line, "%lld %s ca/root certificate %s %s ",
                                      (long long)++number, YX_WHEN(yx_now()), digest_hex, leaf_hex);

        memcpy(both + 32, line, len);
        expect_ok(yx_digest(YX_DIGEST_SM3, YX_BYTES(both, 32 + len), both, &err), &err);
        yx_hex(YX_BYTES(both, 32), chain_hex);
        assert_int_equal(yx_buf_printf(&content, "%s%s\n", line, chain_hex), YX_OK);
    }
    (void)snprintf(line, sizeof line, "%s/keys/journal", folder);
    assert_int_equal(mkdir(line, 0700), 0);
    expect_ok(yx_file_write(file, true, yx_buf_bytes(&content), &err), &err);
    return number;
}

/* A new file is begun when the old one is long (4 MiB); together they are one journal. */
static void test_several_files(void **state)
{
    struct yx_journal *journal;
    struct yx_error err;
    struct stat status;
    char second[160];
    int64_t count, written = write_long_file(FILE_SIZE);

    (void)state;
    expect_ok(read_all(&count, &err), &err);
    assert_int_equal(count, written);
    journal = opened();
    add(journal, 1);
    add(journal, 2);
    yx_journal_close(journal);
    (void)snprintf(second, sizeof second, "%s/keys/journal/%016lld", folder,
                   (long long)written + 1);
    assert_int_equal(stat(second, &status), 0);
    expect_ok(read_all(&count, &err), &err);
    assert_int_equal(count, written + 2);
    /* The first one is missed. */
    (void)snprintf(second, sizeof second, "%s.gone", file);
    assert_int_equal(rename(file, second), 0);
    expect_status(read_all(&count, &err), YX_DAMAGED, &err);
}

static void *add_many(void *journal)
{
    for (unsigned i = 0; i < 50; i++)
        add(journal, i);
    return NULL;
}

static void test_several_threads(void **state)
{
    struct yx_journal *journal = opened();
    pthread_t threads[8];
    struct yx_error err;
    int64_t count;

    (void)state;
    for (int i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, journal), 0);
    for (int i = 0; i < 8; i++)
        (void)pthread_join(threads[i], NULL);
    yx_journal_close(journal);
    expect_ok(read_all(&count, &err), &err);
    assert_int_equal(count, 400);
}

/* Threads that leave no pause between their entries: a file ends all the same, or it grows longer
 * than a keeper reads. */
static void test_a_file_ends_under_load(void **state)
{
    int64_t count, written = write_long_file(FILE_SIZE - 8 * LINE_SIZE);
    struct yx_journal *journal = opened();
    pthread_t threads[8];
    struct yx_error err;
    struct stat status;

    (void)state;
    disk_pause = 1000;
    for (int i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, journal), 0);
    for (int i = 0; i < 8; i++)
        (void)pthread_join(threads[i], NULL);
    disk_pause = 0;
    yx_journal_close(journal);
    assert_int_equal(stat(file, &status), 0);
    assert_in_range(status.st_size, FILE_SIZE, FILE_SIZE + LINE_SIZE);
    expect_ok(read_all(&count, &err), &err);
    assert_int_equal(count, written + 400);
}

/* Nothing is signed that cannot be written down: the limit on the size of files is a full disk. */
static void test_a_full_disk(void **state)
{
    struct yx_journal *journal = opened();
    struct yx_journal_entry entry = {.key = "ca/root", .purpose = "certificate"};
    struct rlimit before, small;
    struct yx_error err;
    struct stat status;
    int64_t count;

    (void)state;
    add(journal, 1);
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){(rlim_t)status.st_size + 20, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    expect_status(yx_journal_add(journal, &entry, &err), YX_IO, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    add(journal, 2);
    yx_journal_close(journal);
    expect_ok(read_all(&count, &err), &err);
    assert_int_equal(count, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_it_goes_on),
        TEST(test_one_writer),
        TEST(test_a_torn_line),
        TEST(test_what_was_changed),
        TEST(test_several_files),
        TEST(test_several_threads),
        TEST(test_a_file_ends_under_load),
        TEST(test_a_full_disk),
    };

    (void)signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
