/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apidocuments/uploads.c - contents that somebody brings before they say what they are for.
 *
 *   POST   /api/v1/uploads                    the content as it is
 *          -> 201 {"id", "digest", "size", "media_type", "made", "expires"}
 *   GET    /api/v1/uploads                    one's own, oldest first
 *   GET    /api/v1/uploads/{upload}
 *   GET    /api/v1/uploads/{upload}/content   the content, or a part of it (Range)
 *   DELETE /api/v1/uploads/{upload}
 *
 * An upload belongs to the account that made it, and nobody else sees it. It holds its content
 * until it is deleted or its time (upload_lifetime) is over; whatever is made of it by then holds
 * the content, too, which stays. Without that, it goes with the next sweep: who uploads and deletes
 * again and again does not fill the disk.
 */
#include <stdlib.h>

#include "apidocuments/apidocuments.h"

#define PATH "/api/v1/uploads"
#define CONTENT_TYPE "application/octet-stream"
#define MEDIA_TYPE_MAX 127
#define UPLOADS_MAX 200 /* of one account at a time */
#define SWEEP_PAGE 256
#define ARRIVAL_SECONDS 600 /* from the last octet of a content to the row that holds it */

static const struct yx_migration steps[] = {
    {"uploads", "CREATE TABLE upload ("
                "  id TEXT NOT NULL PRIMARY KEY,"
                "  account TEXT NOT NULL,"
                "  digest {blob} NOT NULL,"
                "  size INTEGER NOT NULL,"
                "  media_type TEXT NOT NULL,"
                "  made_at INTEGER NOT NULL,"
                "  expires_at INTEGER NOT NULL"
                ");"
                "CREATE INDEX upload_account ON upload (account, id);"
                "CREATE INDEX upload_expires ON upload (expires_at)"},
};
static const struct yx_schema schema = {"upload", steps, sizeof steps / sizeof steps[0]};

yx_status yx_uploads_prepare(struct yx_store *store, struct yx_error *err)
{
    return yx_store_migrate(store, &schema, err);
}

struct upload {
    char id[YX_UUID_TEXT];
    struct yx_blob blob;
    char media_type[MEDIA_TYPE_MAX + 1];
    yx_time made, expires;
};

static json_t *to_json(const struct upload *upload)
{
    char digest[YX_BLOB_HEX];

    yx_blob_hex(upload->blob.digest, digest);
    return json_pack("{s:s, s:s, s:I, s:s, s:o, s:o}", "id", upload->id, "digest", digest, "size",
                     (json_int_t)upload->blob.size, "media_type", upload->media_type, "made",
                     yx_api_time(upload->made), "expires", yx_api_time(upload->expires));
}

/* --- A content comes -------------------------------------------------------------------------- */

static yx_status take_count(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

/* Nobody fills the disk with what is used for nothing. */
static yx_status require_few(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_api_call *call = self;
    const struct yx_value values[] = {yx_value_text(call->who.account), yx_value_time(call->now)};
    int64_t count = 0;

    YX_TRY(yx_tx_query(tx, "SELECT count(*) FROM upload WHERE account = $1 AND expires_at > $2",
                       values, 2, take_count, &count, err));
    YX_REQUIRE(count < UPLOADS_MAX, err, YX_REFUSED, YX_API_RULE_MANY,
               N_("{1} uploads wait to be used: use or delete some first"), YX_NUM(count));
    return YX_OK;
}

/* Asked before the first piece, too: what is refused in the end has been written by then. */
static yx_status begin(struct yx_api_call *call, void **taker, struct yx_error *err)
{
    struct yx_blob_writer *writer = NULL;

    YX_TRY(yx_store_read(call->services->store, require_few, call, err));
    YX_TRY(yx_blob_begin(call->services->blobs, call->services->upload_max, &writer, err));
    *taker = writer;
    return YX_OK;
}

static yx_status take(void *taker, struct yx_bytes piece, struct yx_error *err)
{
    return yx_blob_append(taker, piece, err);
}

static void end(void *taker)
{
    yx_blob_writer_free(taker);
}

static const struct yx_api_intake intake = {begin, take, end};

/* "type/subtype", without parameters (RFC 9110 8.3.1). */
static yx_status read_media_type(const char *text, char out[MEDIA_TYPE_MAX + 1],
                                 struct yx_error *err)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "!#$&^_.+-";
    size_t len = strcspn(text, "; \t"), type = strspn(text, plain);

    if (len == 0) {
        text = CONTENT_TYPE;
        len = strlen(text);
        type = strspn(text, plain);
    }
    YX_REQUIRE(len <= MEDIA_TYPE_MAX && type > 0 && text[type] == '/' &&
                   type + 1 + strspn(text + type + 1, plain) == len && type + 1 < len,
               err, YX_USAGE, "RFC 6838 4.2", N_("the Content-Type is none"));
    (void)snprintf(out, MEDIA_TYPE_MAX + 1, "%.*s", (int)len, text);
    return YX_OK;
}

struct making {
    struct yx_api_call *call;
    struct upload upload;
};

static yx_status make_upload(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                             struct yx_error *err)
{
    const struct making *making = self;
    const struct upload *upload = &making->upload;
    char digest[YX_BLOB_HEX];
    const struct yx_value values[] = {
        yx_value_text(upload->id),
        yx_value_text(making->call->who.account),
        yx_value_blob(YX_BYTES(upload->blob.digest, YX_BLOB_DIGEST)),
        yx_value_integer((int64_t)upload->blob.size),
        yx_value_text(upload->media_type),
        yx_value_time(upload->made),
        yx_value_time(upload->expires),
    };

    YX_TRY(require_few(making->call, tx, err));
    YX_TRY(yx_blob_hold(tx, upload->blob.digest, upload->made, err));
    YX_TRY(
        yx_tx_run(tx,
                  "INSERT INTO upload (id, account, digest, size, media_type, made_at, expires_at)"
                  " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                  values, 7, NULL, err));
    yx_blob_hex(upload->blob.digest, digest);
    yx_api_made(outcome, PATH, "upload", upload->id);
    outcome->body = to_json(upload);
    return yx_api_details(
        outcome, json_pack("{s:s, s:I}", "digest", digest, "size", (json_int_t)upload->blob.size),
        err);
}

static yx_status post_upload(struct yx_api_call *call, struct yx_error *err)
{
    const int64_t lifetime = call->services->settings->upload_lifetime;
    struct making making = {.call = call};
    struct upload *upload = &making.upload;
    char actor[YX_API_ACTOR];

    upload->made = call->now;
    upload->expires = call->now + lifetime * YX_SECOND;
    YX_TRY(read_media_type(call->http->content_type, upload->media_type, err));
    YX_TRY(yx_blob_finish(call->taker, &upload->blob, err));
    YX_REQUIRE(upload->blob.size > 0, err, YX_USAGE, "", N_("an upload must not be empty"));
    if (call->who.key[0] != '\0')
        YX_TRY(yx_login_body_matches(&call->who, upload->blob.digest, err));
    call->body_digest = YX_BYTES(upload->blob.digest, YX_BLOB_DIGEST);
    yx_api_actor(&call->who, actor);
    struct yx_blob_about about = {.media_type = upload->media_type,
                                  .by = actor,
                                  .now = call->now,
                                  .lifetime = ARRIVAL_SECONDS};
    YX_TRY(yx_blob_keep(call->taker, call->services->store, &about, &upload->blob, err));
    YX_TRY(yx_uuid_make(call->now, upload->id, err));
    return yx_api_change(call, make_upload, &making, err);
}

/* --- One's own ----------------------------------------------------------------------------- */

#define COLUMNS "SELECT id, digest, size, media_type, made_at, expires_at FROM upload"

static yx_status read_row(const struct yx_row *row, struct upload *out, struct yx_error *err)
{
    struct yx_bytes digest = yx_row_blob(row, 1);

    YX_REQUIRE(digest.len == YX_BLOB_DIGEST, err, YX_DAMAGED, "",
               N_("the digest of an upload is none"));
    memcpy(out->blob.digest, digest.data, digest.len);
    (void)snprintf(out->id, sizeof out->id, "%s", yx_row_text(row, 0));
    out->blob.size = (uint64_t)yx_row_integer(row, 2);
    (void)snprintf(out->media_type, sizeof out->media_type, "%s", yx_row_text(row, 3));
    out->made = yx_row_time(row, 4);
    out->expires = yx_row_time(row, 5);
    return YX_OK;
}

struct finding {
    const struct yx_api_call *call;
    struct upload upload;
};

static yx_status take_found(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct finding *finding = self;

    return read_row(row, &finding->upload, err);
}

static yx_status find_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct finding *finding = self;
    const struct yx_value values[] = {
        yx_value_text(finding->call->http->ids[0]),
        yx_value_text(finding->call->who.account),
        yx_value_time(finding->call->now),
    };

    finding->upload.id[0] = '\0';
    YX_TRY(yx_tx_query(tx, COLUMNS " WHERE id = $1 AND account = $2 AND expires_at > $3", values, 3,
                       take_found, finding, err));
    YX_REQUIRE(finding->upload.id[0] != '\0', err, YX_REFUSED, YX_PARTY_MISSING,
               N_("there is no upload {1}"), finding->call->http->ids[0]);
    return YX_OK;
}

static yx_status find(const struct yx_api_call *call, struct upload *out, struct yx_error *err)
{
    struct finding finding = {.call = call};

    YX_TRY(yx_store_read(call->services->store, find_work, &finding, err));
    *out = finding.upload;
    return YX_OK;
}

static yx_status get_upload(struct yx_api_call *call, struct yx_error *err)
{
    struct upload upload;

    YX_TRY(find(call, &upload, err));
    return yx_api_reply(call, 200, to_json(&upload), err);
}

static yx_status take_listed(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct upload upload;

    YX_TRY(read_row(row, &upload, err));
    return yx_api_page_add(self, upload.id, to_json(&upload), err);
}

static yx_status list_uploads(void *self, struct yx_tx *tx, struct yx_api_page *page,
                              struct yx_error *err)
{
    const struct yx_value values[] = {
        yx_value_text(page->call->who.account),
        yx_value_time(page->call->now),
        yx_value_text(page->after),
        yx_value_integer(yx_api_page_rows(page)),
    };

    (void)self;
    return yx_tx_query(
        tx, COLUMNS " WHERE account = $1 AND expires_at > $2 AND id > $3 ORDER BY id LIMIT $4",
        values, 4, take_listed, page, err);
}

static yx_status get_uploads(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_list(call, list_uploads, NULL, err);
}

/* --- The content --------------------------------------------------------------------------- */

static yx_status read_part(void *self, uint64_t offset, void *out, size_t len, size_t *got,
                           struct yx_error *err)
{
    struct yx_blob_reader *reader = self;
    uint64_t left = yx_blob_reader_size(reader) - offset;

    *got = len < left ? len : (size_t)left;
    return yx_blob_read(reader, offset, out, *got, err);
}

static void release_reader(void *self)
{
    yx_blob_reader_free(self);
}

/* A part is read where it lies; what is asked for whole has been compared with its digest before
 * its first byte is sent. */
static yx_status reply_content(struct yx_api_call *call, const struct yx_blob *blob,
                               struct yx_error *err)
{
    struct yx_blobs *blobs = call->services->blobs;
    struct yx_blob_reader *reader = NULL;
    int fd;

    if (yx_http_header_of(call->http, "Range")[0] == '\0') {
        YX_TRY(yx_blob_fetch(blobs, blob->digest, &fd, err));
        return yx_http_reply_file(call->reply, fd, err);
    }
    YX_TRY(yx_blob_open(blobs, blob->digest, &reader, err));
    call->reply->stream = (struct yx_http_stream){.size = yx_blob_reader_size(reader),
                                                  .read = read_part,
                                                  .release = release_reader,
                                                  .self = reader};
    return YX_OK;
}

/* Whatever the sender said that it is, a browser is to save it and not to show it. */
static yx_status get_content(struct yx_api_call *call, struct yx_error *err)
{
    struct upload upload;
    char digest[YX_BLOB_HEX];

    YX_TRY(find(call, &upload, err));
    YX_TRY(reply_content(call, &upload.blob, err));
    yx_blob_hex(upload.blob.digest, digest);
    (void)snprintf(call->reply->etag, sizeof call->reply->etag, "\"%s\"", digest);
    call->reply->content_type = CONTENT_TYPE;
    yx_http_header(call->reply, "Content-Disposition", "attachment");
    return YX_OK;
}

/* --- Deleting ------------------------------------------------------------------------------ */

static yx_status remove_upload(struct yx_tx *tx, const struct upload *upload, yx_time now,
                               struct yx_error *err)
{
    const struct yx_value id = yx_value_text(upload->id);

    YX_TRY(yx_tx_run(tx, "DELETE FROM upload WHERE id = $1", &id, 1, NULL, err));
    return yx_blob_release(tx, upload->blob.digest, now, 0, err);
}

static yx_status delete_work(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                             struct yx_error *err)
{
    struct finding *finding = self;

    YX_TRY(find_work(finding, tx, err));
    yx_api_about(outcome, "upload", finding->upload.id);
    return remove_upload(tx, &finding->upload, finding->call->now, err);
}

static yx_status delete_upload(struct yx_api_call *call, struct yx_error *err)
{
    struct finding finding = {.call = call};

    return yx_api_change(call, delete_work, &finding, err);
}

struct sweeping {
    yx_time now;
    struct upload uploads[SWEEP_PAGE];
    size_t count;
};

static yx_status take_expired(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct sweeping *sweeping = self;

    return read_row(row, &sweeping->uploads[sweeping->count++], err);
}

static yx_status sweep(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct sweeping *sweeping = self;
    const struct yx_value values[] = {yx_value_time(sweeping->now), yx_value_integer(SWEEP_PAGE)};

    sweeping->count = 0;
    YX_TRY(yx_tx_query(tx, COLUMNS " WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2", values,
                       2, take_expired, sweeping, err));
    for (size_t i = 0; i < sweeping->count; i++)
        YX_TRY(remove_upload(tx, &sweeping->uploads[i], sweeping->now, err));
    return YX_OK;
}

yx_status yx_uploads_sweep(struct yx_store *store, yx_time now, struct yx_error *err)
{
    struct sweeping *sweeping = calloc(1, sizeof *sweeping);
    yx_status status = sweeping == NULL ? yx_fail_memory(err) : YX_OK;

    do {
        if (status == YX_OK) {
            sweeping->now = now;
            status = yx_store_write(store, sweep, sweeping, err);
        }
    } while (status == YX_OK && sweeping->count == SWEEP_PAGE);
    free(sweeping);
    return status;
}

const struct yx_api_route yx_api_uploads[] = {
    {"POST", PATH, YX_API_LOGGED_IN, "upload.make", post_upload, 0, 0, &intake},
    {"GET", PATH, YX_API_LOGGED_IN, NULL, get_uploads},
    {"GET", PATH "/{upload}", YX_API_LOGGED_IN, NULL, get_upload},
    {"GET", PATH "/{upload}/content", YX_API_LOGGED_IN, NULL, get_content},
    {"DELETE", PATH "/{upload}", YX_API_LOGGED_IN, "upload.remove", delete_upload},
    YX_API_ROUTES_END,
};
