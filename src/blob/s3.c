/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blob/s3.c - requests to a service that speaks S3: signed by libcurl, their bodies covered by the
 * signature (x-amz-content-sha256), made again after a pause when that may help. What the service
 * answers is told in its own words.
 */
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "blob/s3.h"
#include "fetch/fetch.h"
#include "xml/xml.h"

#define CREDENTIALS_MAX 4096
#define IDLE_MAX 16
#define TRIES 4
#define FIRST_PAUSE_MS 100 /* and four times as long each time */
#define SLOW_BYTES 1024L   /* a second, for so many seconds: given up */
#define SLOW_SECONDS 30L
#define SMALL (4u << 20) /* bodies up to this size have 30 seconds in all */
#define SKEW_MAX (5 * 60)
#define XML_MEMORY (4u << 20)

/* What is asked is told by its host and name: http://host/bucket/prefix + name. */
struct yx_s3 {
    char *base;     /* URL up to the object's name */
    char *place;    /* "s3://bucket/prefix", for sentences */
    char *provider; /* "aws:amz:REGION:s3" */
    char *access, *secret;
    char *ca; /* NULL: the system's */
    pthread_mutex_t lock;
    struct yx_transfer *idle[IDLE_MAX]; /* connections that nobody uses */
    size_t idle_count;
};

/* --- Opening ----------------------------------------------------------------------------- */

static void transfer_close(struct yx_transfer *transfer)
{
    yx_transfer_free(transfer);
    free(transfer);
}

void yx_s3_free(struct yx_s3 *s3)
{
    if (s3 == NULL)
        return;
    for (size_t i = 0; i < s3->idle_count; i++)
        transfer_close(s3->idle[i]);
    (void)pthread_mutex_destroy(&s3->lock);
    if (s3->secret != NULL)
        yx_wipe(s3->secret, strlen(s3->secret));
    free(s3->base);
    free(s3->place);
    free(s3->provider);
    free(s3->access);
    free(s3->secret);
    free(s3->ca);
    free(s3);
}
YX_DEFINE_CLEAN(yx_s3, struct yx_s3 *, yx_s3_free);

/* printf to a string of its own. */
__attribute__((format(printf, 3, 4))) static yx_status make_text(char **out, struct yx_error *err,
                                                                 const char *format, ...)
{
    va_list list;
    int len;

    va_start(list, format);
    len = vasprintf(out, format, list);
    va_end(list);
    if (len >= 0)
        return YX_OK;
    *out = NULL;
    return yx_fail_memory(err);
}

static bool is_name(const char *text, size_t len, const char *more)
{
    for (size_t i = 0; i < len; i++)
        if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-.", text[i]) == NULL &&
            strchr(more, text[i]) == NULL)
            return false;
    return len > 0;
}

/* Names that need no encoding in a URL, so that all sides sign the same. */
static yx_status set_place(struct yx_s3 *s3, const struct yx_settings *settings,
                           struct yx_error *err)
{
    const char *bucket = settings->blobs + strlen("s3://");
    size_t len = strcspn(bucket, "/");
    const char *prefix = bucket[len] == '/' ? bucket + len + 1 : "";
    size_t rest = strlen(prefix);
    const char *host = strstr(settings->s3_endpoint, "://");

    while (rest > 0 && prefix[rest - 1] == '/')
        rest--;
    YX_REQUIRE(
        is_name(bucket, len, "") && len >= 3 && len <= 63 &&
            (rest == 0 || is_name(prefix, rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_/")) && host != NULL,
        err, YX_DAMAGED, "", N_("{1} must be s3://BUCKET or s3://BUCKET/PREFIX"), settings->blobs);
    YX_TRY(make_text(&s3->place, err, "%s", settings->blobs));
    if (settings->s3_path_style)
        return make_text(&s3->base, err, "%s/%.*s/%.*s%s", settings->s3_endpoint, (int)len, bucket,
                         (int)rest, prefix, rest > 0 ? "/" : "");
    return make_text(&s3->base, err, "%.*s://%.*s.%s/%.*s%s", (int)(host - settings->s3_endpoint),
                     settings->s3_endpoint, (int)len, bucket, host + 3, (int)rest, prefix,
                     rest > 0 ? "/" : "");
}

/* The two lines of the file, or what the environment says. */
static yx_status set_credentials(struct yx_s3 *s3, const char *path, struct yx_error *err)
{
    const char *access = getenv("AWS_ACCESS_KEY_ID"), *secret = getenv("AWS_SECRET_ACCESS_KEY");
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    char *rest = NULL;

    if (path[0] != '\0') {
        YX_TRY(yx_file_read(path, CREDENTIALS_MAX, &text, err));
        if (yx_buf_append(&text, YX_BYTES("", 1)) != YX_OK)
            return yx_fail_memory(err);
        access = strtok_r((char *)text.data, "\r\n", &rest);
        secret = strtok_r(NULL, "\r\n", &rest);
    }
    YX_REQUIRE(access != NULL && secret != NULL, err, YX_DAMAGED, "",
               N_("{1} holds no access key and secret key"),
               path[0] != '\0' ? path : "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY");
    YX_TRY(make_text(&s3->access, err, "%s", access));
    return make_text(&s3->secret, err, "%s", secret);
}

yx_status yx_s3_open(const struct yx_settings *settings, struct yx_s3 **out, struct yx_error *err)
{
    YX_CLEAN(yx_s3) struct yx_s3 *s3 = calloc(1, sizeof *s3);

    if (s3 == NULL)
        return yx_fail_memory(err);
    (void)pthread_mutex_init(&s3->lock, NULL);
    YX_TRY(set_place(s3, settings, err));
    YX_TRY(set_credentials(s3, settings->s3_credentials, err));
    YX_TRY(make_text(&s3->provider, err, "aws:amz:%s:s3", settings->s3_region));
    if (settings->s3_ca[0] != '\0')
        YX_TRY(make_text(&s3->ca, err, "%s", settings->s3_ca));
    *out = s3;
    s3 = NULL;
    return YX_OK;
}

/* --- Connections ------------------------------------------------------------------------- */

static yx_status take_transfer(struct yx_s3 *s3, struct yx_transfer **out, struct yx_error *err)
{
    struct yx_transfer *transfer = NULL;
    yx_status status;

    (void)pthread_mutex_lock(&s3->lock);
    if (s3->idle_count > 0)
        transfer = s3->idle[--s3->idle_count];
    (void)pthread_mutex_unlock(&s3->lock);
    if (transfer == NULL) {
        transfer = calloc(1, sizeof *transfer);
        if (transfer == NULL)
            return yx_fail_memory(err);
        status = yx_transfer_open(transfer, err);
        if (status != YX_OK) {
            transfer_close(transfer);
            return status;
        }
    }
    *out = transfer;
    return YX_OK;
}

static void give_back(struct yx_s3 *s3, struct yx_transfer *transfer)
{
    (void)pthread_mutex_lock(&s3->lock);
    if (s3->idle_count < IDLE_MAX) {
        s3->idle[s3->idle_count++] = transfer;
        transfer = NULL;
    }
    (void)pthread_mutex_unlock(&s3->lock);
    if (transfer != NULL)
        transfer_close(transfer);
}

/* --- One try ----------------------------------------------------------------------------- */

struct attempt {
    struct yx_s3 *s3;
    struct yx_transfer *transfer;
    const struct yx_s3_request *request;
    struct yx_s3_reply *reply;
    uint64_t sent;
    struct yx_buf said; /* the body of an answer that is no content */
    time_t date;        /* the service's clock; 0: not told */
    yx_status local;    /* what failed on this machine, which no other try would mend */
    struct yx_error *err;
};

/* curl_read_callback */
static size_t give(char *out, size_t size, size_t count, void *self)
{
    struct attempt *attempt = self;
    uint64_t left = attempt->request->len - attempt->sent;
    size_t len = size * count < left ? size * count : (size_t)left;

    if (len == 0)
        return 0;
    attempt->local = yx_blob_pread(attempt->request->fd, attempt->request->offset + attempt->sent,
                                   out, len, attempt->err);
    if (attempt->local != YX_OK)
        return CURL_READFUNC_ABORT;
    attempt->sent += len;
    return len;
}

/* curl_seek_callback: a connection that was kept, and closed meanwhile, makes libcurl begin anew.
 */
static int rewind_to(void *self, curl_off_t offset, int origin)
{
    struct attempt *attempt = self;

    if (origin != SEEK_SET)
        return CURL_SEEKFUNC_FAIL;
    attempt->sent = (uint64_t)offset;
    return CURL_SEEKFUNC_OK;
}

static yx_status keep(struct attempt *attempt, struct yx_bytes piece)
{
    const struct yx_s3_request *request = attempt->request;
    struct yx_buf *to = &attempt->said;
    size_t limit = YX_S3_BODY_MAX;
    long status = 0;

    (void)attempt->transfer->api.getinfo(attempt->transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status < 300 && request->file != NULL)
        return yx_blob_draft_write(request->file, piece, attempt->err);
    if (status >= 200 && status < 300 && request->memory != NULL) {
        to = request->memory;
        limit = request->limit;
    }
    YX_REQUIRE(piece.len <= limit - to->len, attempt->err, YX_DAMAGED, "",
               N_("{1} answers with more than {2} bytes"), attempt->s3->place, YX_NUM(limit));
    return yx_buf_append(to, piece) == YX_OK ? YX_OK : yx_fail_memory(attempt->err);
}

/* curl_write_callback */
static size_t take(char *data, size_t size, size_t count, void *self)
{
    struct attempt *attempt = self;

    attempt->local = keep(attempt, YX_BYTES(data, size * count));
    return attempt->local == YX_OK ? size * count : 0;
}

/* curl_write_callback for a line of the header. */
static size_t see_header(char *data, size_t size, size_t count, void *self)
{
    struct attempt *attempt = self;
    size_t len = size * count;
    char line[256];

    (void)snprintf(line, sizeof line, "%.*s", (int)(len < sizeof line ? len : sizeof line - 1),
                   data);
    line[strcspn(line, "\r\n")] = '\0';
    if (strncasecmp(line, "etag: ", 6) == 0)
        (void)snprintf(attempt->reply->etag, sizeof attempt->reply->etag, "%.127s", line + 6);
    if (strncasecmp(line, "date: ", 6) == 0)
        attempt->date = attempt->transfer->api.getdate(line + 6, NULL);
    return len;
}

/* SHA-256 of the body in hex, which the signature covers. */
static yx_status add_digest(const struct attempt *attempt, struct yx_error *err)
{
    YX_CLEAN(yx_hasher) struct yx_hasher *hasher = NULL;
    const struct yx_s3_request *request = attempt->request;
    uint8_t piece[32 * 1024], digest[YX_DIGEST_MAX];
    char hex[YX_BLOB_HEX];

    YX_TRY(yx_hasher_new(YX_DIGEST_SHA256, &hasher, err));
    if (request->fd < 0)
        YX_TRY(yx_hasher_update(hasher, request->body, err));
    for (uint64_t at = 0; request->fd >= 0 && at < request->len;) {
        uint64_t left = request->len - at;
        size_t len = left < sizeof piece ? (size_t)left : sizeof piece;

        YX_TRY(yx_blob_pread(request->fd, request->offset + at, piece, len, err));
        YX_TRY(yx_hasher_update(hasher, YX_BYTES(piece, len), err));
        at += len;
    }
    YX_TRY(yx_hasher_finish(hasher, digest, err));
    yx_blob_hex(digest, hex);
    return yx_transfer_header(attempt->transfer, "x-amz-content-sha256", hex, err);
}

/* The method and what it takes. Nothing is taken from the header that would be sent by itself: what
 * is not sent would be signed. */
static bool set_method(struct attempt *attempt)
{
    CURLcode (*set)(CURL * curl, CURLoption option, ...) = attempt->transfer->api.setopt;
    const struct yx_s3_request *request = attempt->request;
    CURL *curl = attempt->transfer->curl;

    if (strcmp(request->method, "HEAD") == 0)
        return set(curl, CURLOPT_NOBODY, 1L) == CURLE_OK;
    if (strcmp(request->method, "POST") == 0)
        return set(curl, CURLOPT_POST, 1L) == CURLE_OK &&
               set(curl, CURLOPT_POSTFIELDS,
                   request->body.len > 0 ? (const char *)request->body.data : "") == CURLE_OK &&
               set(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len) == CURLE_OK;
    if (strcmp(request->method, "PUT") == 0)
        return set(curl, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
               set(curl, CURLOPT_READFUNCTION, give) == CURLE_OK &&
               set(curl, CURLOPT_READDATA, attempt) == CURLE_OK &&
               set(curl, CURLOPT_SEEKFUNCTION, rewind_to) == CURLE_OK &&
               set(curl, CURLOPT_SEEKDATA, attempt) == CURLE_OK &&
               set(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->len) == CURLE_OK;
    return set(curl, CURLOPT_CUSTOMREQUEST, request->method) == CURLE_OK;
}

static bool set_rest(struct attempt *attempt)
{
    CURLcode (*set)(CURL * curl, CURLoption option, ...) = attempt->transfer->api.setopt;
    const struct yx_s3_request *request = attempt->request;
    CURL *curl = attempt->transfer->curl;
    bool is_small = request->file == NULL && request->len <= SMALL;

    return (is_small || set(curl, CURLOPT_TIMEOUT, 0L) == CURLE_OK) &&
           set(curl, CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES) == CURLE_OK &&
           set(curl, CURLOPT_LOW_SPEED_TIME, SLOW_SECONDS) == CURLE_OK &&
           set(curl, CURLOPT_AWS_SIGV4, attempt->s3->provider) == CURLE_OK &&
           set(curl, CURLOPT_USERNAME, attempt->s3->access) == CURLE_OK &&
           set(curl, CURLOPT_PASSWORD, attempt->s3->secret) == CURLE_OK &&
           (attempt->s3->ca == NULL || set(curl, CURLOPT_CAINFO, attempt->s3->ca) == CURLE_OK) &&
           (request->range == NULL || set(curl, CURLOPT_RANGE, request->range) == CURLE_OK) &&
           set(curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           set(curl, CURLOPT_WRITEDATA, attempt) == CURLE_OK &&
           set(curl, CURLOPT_HEADERFUNCTION, see_header) == CURLE_OK &&
           set(curl, CURLOPT_HEADERDATA, attempt) == CURLE_OK;
}

static yx_status make_request(struct attempt *attempt, const char *url, struct yx_error *err)
{
    curl_off_t length = -1;
    yx_status status;

    YX_TRY(yx_transfer_begin(attempt->transfer, url, err));
    YX_TRY(add_digest(attempt, err));
    if (!set_method(attempt) || !set_rest(attempt))
        return yx_fail_memory(err);
    status = yx_transfer_run(attempt->transfer, url, &attempt->reply->status, err);
    (void)attempt->transfer->api.getinfo(attempt->transfer->curl,
                                         CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    attempt->reply->length = length < 0 ? 0 : (uint64_t)length;
    return status;
}

/* --- What the service says --------------------------------------------------------------- */

/* "AccessDenied: ..." out of its XML; "" when it says nothing. */
static void read_words(const struct attempt *attempt, char out[256])
{
    YX_CLEAN(yx_arena) struct yx_arena *arena = yx_arena_new(XML_MEMORY);
    struct yx_xml *root = NULL;
    const char *code, *text;

    out[0] = '\0';
    if (arena == NULL || attempt->said.len == 0 ||
        yx_xml_parse(yx_buf_bytes(&attempt->said), "S3", arena, &root, NULL) != YX_OK)
        return;
    code = yx_xml_child_text(root, "Code");
    text = yx_xml_child_text(root, "Message");
    (void)snprintf(out, 256, "%s: %s", code == NULL ? "" : code, text == NULL ? "" : text);
}

/* An answer that is no success. */
static yx_status complain(const struct attempt *attempt, const char *url, struct yx_error *err)
{
    long status = attempt->reply->status;
    yx_time now = yx_now(), theirs = (yx_time)attempt->date * YX_SECOND;
    int64_t skew = attempt->date <= 0 ? 0 : (now - theirs) / YX_SECOND;
    char words[256];

    read_words(attempt, words);
    YX_REQUIRE(
        status != 403 || (skew <= SKEW_MAX && skew >= -SKEW_MAX), err, YX_IO, "",
        N_("the clock of this machine and that of {1} differ by {2} seconds: here it is {3}, "
           "there {4}"),
        attempt->s3->place, YX_NUM(skew < 0 ? -skew : skew), YX_WHEN(now), YX_WHEN(theirs));
    YX_REQUIRE(status != 401 && status != 403, err, YX_IO, "",
               N_("{1} refuses access with these keys: {2}"), attempt->s3->place, words);
    YX_REQUIRE(strncmp(words, "NoSuchBucket", 12) != 0, err, YX_IO, "",
               N_("there is no bucket {1}"), attempt->s3->place);
    YX_REQUIRE(status != 404, err, YX_NO_INPUT, "", N_("{1} is not there"), url);
    return yx_fail(err, YX_IO, "", N_("{1} answers with the HTTP status {2}: {3}"), url,
                   YX_NUM(status), words);
}

/* --- Tries ------------------------------------------------------------------------------- */

/* A service that has troubles of its own, or too much to do. */
static bool is_passing(long status)
{
    return status == 408 || status == 429 || status >= 500;
}

/* What a try before has left in the place of the answer goes. */
static yx_status start_again(struct attempt *attempt, struct yx_error *err)
{
    const struct yx_s3_request *request = attempt->request;

    attempt->sent = 0;
    attempt->said.len = 0;
    attempt->date = 0;
    attempt->local = YX_OK;
    *attempt->reply = (struct yx_s3_reply){0};
    if (request->memory != NULL)
        request->memory->len = 0;
    YX_REQUIRE(request->file == NULL || (ftruncate(request->file->fd, 0) == 0 &&
                                         lseek(request->file->fd, 0, SEEK_SET) == 0),
               err, YX_IO, "", N_("the spool cannot be written"));
    return YX_OK;
}

static void pause_before(int try)
{
    long milliseconds = FIRST_PAUSE_MS;

    for (int i = 1; i < try; i++)
        milliseconds *= 4;
    (void)nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000}, NULL);
}

static yx_status ask(struct attempt *attempt, const char *url, struct yx_error *err)
{
    yx_status status = YX_IO;

    for (int try = 0; try < TRIES; try++) {
        if (try > 0)
            pause_before(try);
        YX_TRY(start_again(attempt, err));
        status = make_request(attempt, url, err);
        if (attempt->local != YX_OK || (status != YX_OK && status != YX_IO))
            return attempt->local != YX_OK ? attempt->local : status;
        if (status == YX_OK && !is_passing(attempt->reply->status))
            break;
    }
    YX_TRY(status);
    if (attempt->reply->status >= 200 && attempt->reply->status < 300)
        return YX_OK;
    return complain(attempt, url, err);
}

yx_status yx_s3_ask(struct yx_s3 *s3, const struct yx_s3_request *request,
                    struct yx_s3_reply *reply, struct yx_error *err)
{
    struct yx_error local;
    struct attempt attempt = {.s3 = s3, .request = request, .reply = reply, .err = &local};
    char *url = NULL;
    yx_status status;

    YX_TRY(take_transfer(s3, &attempt.transfer, err));
    status = make_text(
        &url, err, "%s%.2s%s%s%s%s", s3->base, request->name, request->name[0] != '\0' ? "/" : "",
        request->name[0] != '\0' ? request->name + 2 : "", request->query != NULL ? "?" : "",
        request->query != NULL ? request->query : "");
    if (status == YX_OK)
        status = ask(&attempt, url, err);
    if (attempt.local != YX_OK && err != NULL)
        *err = local; /* libcurl has only seen that it was told to stop */
    give_back(s3, attempt.transfer);
    yx_buf_free(&attempt.said);
    free(url);
    return status;
}
