/* SPDX-License-Identifier: Apache-2.0 */
/* doctor/machine.c - the machine: clock, disk, kernel, programs, fonts, and whether mail gets away.
 */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

#include "doctor/room.h"

/* --- Clock --------------------------------------------------------------------------------- */

#define SLACK (5 * YX_SECOND)

static yx_status take_integer(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

static yx_status ask_newest(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_query(tx, "SELECT coalesce(max(at), 0) FROM audit_leaf", NULL, 0, take_integer,
                       self, err);
}

static yx_status ask_clock(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_query(tx, "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)",
                       NULL, 0, take_integer, self, err);
}

/* The newest thing that somebody has written down with its time. */
static yx_time newest_of(struct yx_doctor *doctor)
{
    struct stat about;
    int64_t newest = 0;

    if (doctor->store != NULL)
        (void)yx_store_read(doctor->store, ask_newest, &newest, NULL);
    if (stat(doctor->visit->folder, &about) == 0 && about.st_mtime * YX_SECOND > newest)
        newest = about.st_mtime * YX_SECOND;
    return newest;
}

static void compare_database(struct yx_doctor *doctor)
{
    int64_t theirs = 0, difference;

    if (doctor->store == NULL || !yx_store_is_uri(doctor->visit->settings->database) ||
        yx_store_read(doctor->store, ask_clock, &theirs, NULL) != YX_OK)
        return;
    difference = theirs - yx_now();
    if (difference > SLACK || difference < -SLACK)
        yx_doctor_note(doctor, YX_FINDING_WARNING,
                       N_("the clock of the database differs by {1} seconds: let both machines "
                          "follow one time service"),
                       YX_NUM(difference / YX_SECOND));
}

void yx_doctor_clock(struct yx_doctor *doctor)
{
    struct timex state = {.modes = 0};
    yx_time newest = newest_of(doctor), now = doctor->visit->now;

    compare_database(doctor);
    if (newest > now + SLACK)
        yx_doctor_note(doctor, YX_FINDING_FAILURE,
                       N_("the clock says {1}, but there are records of {2}: correct it"),
                       YX_WHEN(now), YX_WHEN(newest));
    else if (adjtimex(&state) == TIME_ERROR || (state.status & STA_UNSYNC) != 0)
        yx_doctor_note(doctor, YX_FINDING_WARNING,
                       N_("the clock follows no time service: run chrony or systemd-timesyncd"));
    else
        yx_doctor_note(doctor, YX_FINDING_OK, N_("the clock follows a time service"));
}

/* --- Disk ---------------------------------------------------------------------------------- */

#define MIB (UINT64_C(1) << 20)

static void look_at_disk(struct yx_doctor *doctor, const char *path)
{
    struct statvfs about;
    uint64_t left, all;
    yx_finding_grade grade = YX_FINDING_OK;

    if (statvfs(path, &about) != 0)
        return; /* "folder" says so */
    left = (uint64_t)about.f_bavail * about.f_frsize;
    all = (uint64_t)about.f_blocks * about.f_frsize;
    if (left < 100 * MIB || (about.f_files > 0 && about.f_favail < 1000))
        grade = YX_FINDING_FAILURE;
    else if (left < 1024 * MIB || left < all / 20)
        grade = YX_FINDING_WARNING;
    yx_doctor_note(doctor, grade,
                   grade == YX_FINDING_OK
                       ? N_("{1} has {2} MB left")
                       : N_("{1} has {2} MB and {3} files left: make room, or nothing can be "
                            "written soon"),
                   path, YX_NUM(left / 1000000), YX_NUM(about.f_favail));
}

void yx_doctor_disk(struct yx_doctor *doctor)
{
    struct stat folder, blobs;
    const struct yx_doctor_visit *visit = doctor->visit;

    look_at_disk(doctor, visit->folder);
    if (stat(visit->folder, &folder) == 0 && stat(visit->settings->blobs, &blobs) == 0 &&
        folder.st_dev != blobs.st_dev)
        look_at_disk(doctor, visit->settings->blobs);
    if (access(visit->folder, F_OK) != 0)
        yx_doctor_note(doctor, YX_FINDING_FAILURE, N_("there is no folder {1}: name it by --data"),
                       visit->folder);
}

/* --- Kernel -------------------------------------------------------------------------------- */

#ifndef LANDLOCK_CREATE_RULESET_VERSION
#define LANDLOCK_CREATE_RULESET_VERSION 1u
#endif

void yx_doctor_sandbox(struct yx_doctor *doctor)
{
    long landlock = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    if (access("/proc/sys/kernel/seccomp/actions_avail", F_OK) != 0)
        yx_doctor_note(doctor, YX_FINDING_FAILURE,
                       N_("the kernel has no seccomp: the service does not start without it"));
    else if (landlock < 1)
        yx_doctor_note(doctor, YX_FINDING_WARNING,
                       N_("the kernel has no Landlock, or it is off (lsm=landlock,...): processes "
                          "are confined by seccomp alone"));
    else
        yx_doctor_note(doctor, YX_FINDING_OK, N_("seccomp and Landlock {1} are there"),
                       YX_NUM(landlock));
}

/* --- Programs ------------------------------------------------------------------------------ */

static bool is_installed(const char *program)
{
    const char *rest = getenv("PATH");
    char path[1024];

    while (rest != NULL && *rest != '\0') {
        int len = (int)strcspn(rest, ":");
        int used = snprintf(path, sizeof path, "%.*s/%s", len, rest, program);

        if (used > 0 && (size_t)used < sizeof path && access(path, X_OK) == 0)
            return true;
        rest += len + (rest[len] == ':');
    }
    return false;
}

void yx_doctor_programs(struct yx_doctor *doctor)
{
    static const struct {
        const char *name, *missing;
    } programs[] = {
        {"pdftotext", N_("pdftotext is not installed, so no text is found in PDF documents: "
                         "install poppler-utils")},
        {"pdftocairo", N_("pdftocairo is not installed, so there are no pictures of PDF pages: "
                          "install poppler-utils")},
        {"jbig2dec", N_("jbig2dec is not installed, so pictures in JBIG2 are left out: install "
                        "jbig2dec")},
        {"pg_dump", N_("pg_dump is not installed, so the database cannot be backed up from here: "
                       "install postgresql-client")},
    };
    bool has_postgres = yx_store_is_uri(doctor->visit->settings->database), all = true;

    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        if (is_installed(programs[i].name) ||
            (!has_postgres && strcmp(programs[i].name, "pg_dump") == 0))
            continue;
        all = false;
        yx_doctor_note(doctor, YX_FINDING_WARNING, programs[i].missing);
    }
    if (all)
        yx_doctor_note(doctor, YX_FINDING_OK, N_("every program that documents need is there"));
}

/* --- Fonts --------------------------------------------------------------------------------- */

/* What we use of fontconfig, which only libyinxin-draw links; its types are left out. In the order
 * of the names below. */
struct fonts {
    int count, room;
    void **fonts;
};
struct fontconfig {
    void *(*name_parse)(const unsigned char *name);
    void *(*object_set_create)(void);
    struct fonts *(*font_list)(void *config, void *pattern, void *objects);
    void (*pattern_destroy)(void *pattern);
    void (*object_set_destroy)(void *objects);
    void (*font_set_destroy)(struct fonts *fonts);
};
static const char *const fontconfig_names[] = {"FcNameParse",        "FcObjectSetCreate",
                                               "FcFontList",         "FcPatternDestroy",
                                               "FcObjectSetDestroy", "FcFontSetDestroy"};
#define FONTCONFIG_NAMES (sizeof fontconfig_names / sizeof *fontconfig_names)
_Static_assert(sizeof(struct fontconfig) == FONTCONFIG_NAMES * sizeof(void *),
               "a name for every function");

static bool open_fontconfig(struct fontconfig *out)
{
    static const struct yx_library library = {"libfontconfig.so.1", "", fontconfig_names,
                                              FONTCONFIG_NAMES};
    union {
        void *list[FONTCONFIG_NAMES];
        struct fontconfig fontconfig;
    } symbols;

    if (yx_library_open(&library, symbols.list, NULL) != YX_OK)
        return false;
    *out = symbols.fontconfig;
    return true;
}

static int count_fonts(const struct fontconfig *fontconfig)
{
    void *pattern = fontconfig->name_parse((const unsigned char *)":lang=zh-cn");
    void *objects = fontconfig->object_set_create();
    struct fonts *fonts = fontconfig->font_list(NULL, pattern, objects);
    int count = fonts == NULL ? 0 : fonts->count;

    if (fonts != NULL)
        fontconfig->font_set_destroy(fonts);
    fontconfig->object_set_destroy(objects);
    fontconfig->pattern_destroy(pattern);
    return count;
}

void yx_doctor_fonts(struct yx_doctor *doctor)
{
    struct fontconfig fontconfig;
    int count = open_fontconfig(&fontconfig) ? count_fonts(&fontconfig) : 0;

    if (count == 0)
        yx_doctor_note(doctor, YX_FINDING_WARNING,
                       N_("there is no font for Chinese: seals and pages cannot be drawn. Install "
                          "fonts-noto-cjk"));
    else
        yx_doctor_note(doctor, YX_FINDING_OK, N_("there are {1} fonts for Chinese"), YX_NUM(count));
}

/* --- Mail ---------------------------------------------------------------------------------- */

#define MAIL_MS 5000

/* smtp://HOST[:PORT] or smtps://HOST[:PORT] in its parts. */
static bool split_url(const char *url, char host[256], char port[8])
{
    bool secure = strncmp(url, "smtps://", 8) == 0;
    const char *start = url + (secure ? 8 : 7), *end, *colon;
    size_t len;

    if (!secure && strncmp(url, "smtp://", 7) != 0)
        return false;
    end = start + strcspn(start, "/");
    if (*start == '[') {
        start++;
        colon = strchr(start, ']');
        if (colon == NULL || colon > end)
            return false;
        len = (size_t)(colon - start);
        colon++;
    } else {
        colon = start + strcspn(start, ":/");
        len = (size_t)(colon - start);
    }
    if (len == 0 || len >= 256)
        return false;
    (void)snprintf(host, 256, "%.*s", (int)len, start);
    (void)snprintf(port, 8, "%.*s", *colon == ':' ? (int)(end - colon - 1) : 3,
                   *colon == ':' ? colon + 1 : (secure ? "465" : "587"));
    return true;
}

static bool connects(const struct addrinfo *to)
{
    int fd = socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to->ai_protocol);
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    int failure = 0;
    socklen_t size = sizeof failure;
    bool ok =
        fd >= 0 && (connect(fd, to->ai_addr, to->ai_addrlen) == 0 ||
                    (errno == EINPROGRESS && poll(&wait, 1, MAIL_MS) == 1 &&
                     getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0));

    if (fd >= 0)
        (void)close(fd);
    return ok;
}

static bool reaches(const char *host, const char *port)
{
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    bool ok = false;

    if (getaddrinfo(host, port, &wanted, &list) != 0)
        return false;
    for (const struct addrinfo *to = list; to != NULL && !ok; to = to->ai_next)
        ok = connects(to);
    freeaddrinfo(list);
    return ok;
}

/* A connection is all that is asked for: no mail is sent. */
void yx_doctor_mail(struct yx_doctor *doctor)
{
    const char *url = doctor->visit->settings->smtp_url;
    char host[256], port[8];

    if (url[0] == '\0')
        yx_doctor_note(doctor, YX_FINDING_WARNING,
                       N_("no mail is sent: set smtp_url and mail_from in yinxin.conf"));
    else if (!split_url(url, host, port))
        yx_doctor_note(doctor, YX_FINDING_FAILURE,
                       N_("smtp_url is none: write smtps://HOST, or smtp://HOST:PORT"));
    else if (!reaches(host, port))
        yx_doctor_note(doctor, YX_FINDING_FAILURE,
                       N_("the mail server {1} does not answer at port {2}: check smtp_url, the "
                          "network and the firewall"),
                       host, port);
    else
        yx_doctor_note(doctor, YX_FINDING_OK, N_("the mail server {1} answers"), host);
}
