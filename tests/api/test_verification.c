/* SPDX-License-Identifier: Apache-2.0 */
/* test_verification.c - documents verified over HTTP, by machines and by people, with real workers
 * behind. */
#include "support.h"

#include "fixture.h"
#include "listener/listener.h"
#include "tools.h"
#include "web/resources.h"

#include "../worker/house.h"
#include "wire.h"

#define UPLOAD_MAX (6 * 1024 * 1024)

static struct house house;
static struct fixture fixture;
static struct yx_buf paper, sealed;
static struct folder folder; /* where long uploads go */
static struct yx_worker_trust *trust;
static struct yx_api *api;
static struct yx_listener *listener;

/* --- The service --------------------------------------------------------------------------- */

static void seal_paper(const struct fixture *by, struct yx_buf *out)
{
    const struct yx_placement placement = {.has_point = true, .x = 100, .y = 100};
    const struct yx_sign_request request = {.seal = yx_buf_bytes(&by->seal),
                                            .signer = by->pki.holder.cert,
                                            .placements = &placement,
                                            .placement_count = 1};
    const struct yx_signer signer = pki_signer(&by->pki.holder);
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_document) struct yx_document *document = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_error err;

    expect_ok(yx_source_borrow(yx_buf_bytes(&paper), &source, &err), &err);
    expect_ok(yx_document_open(source, 0, &document, &err), &err);
    expect_ok(yx_sink_memory(out, &sink, &err), &err);
    expect_ok(yx_document_sign(document, &request, &signer, sink, &err), &err);
}

/* The authority as it stands in files: one alone, and in a folder. */
static void trust_files(void)
{
    YX_CLEAN(yx_buf) struct yx_buf list = {0};
    struct yx_error err;
    char path[300];

    folder_write(&folder, "ca.der", yx_cert_der(fixture.pki.ca.cert));
    folder_write(&folder, "README", YX_TEXT("no certificate"));
    expect_ok(yx_list_add_path(&list, folder.path, &err), &err);
    (void)snprintf(path, sizeof path, "%s/ca.der", folder.path);
    expect_ok(yx_list_add_path(&list, path, &err), &err);
    expect_ok(yx_worker_trust_set(trust, yx_buf_bytes(&list), &err), &err);
    (void)snprintf(path, sizeof path, "%s/README", folder.path);
    assert_int_equal(yx_list_add_path(&list, path, &err), YX_DAMAGED);
    (void)snprintf(path, sizeof path, "%s/nothing", folder.path);
    assert_int_equal(yx_list_add_path(&list, path, &err), YX_NO_INPUT);
}

static int open_all(void **state)
{
    struct yx_api_services services = {.upload_max = UPLOAD_MAX};
    struct yx_error err;
    size_t count;

    (void)state;
    folder_make(&folder);
    house_open(&house, HOUSE_WORKERS, 0);
    expect_ok(fixture_open(&fixture, pki_picture(), &err), &err);
    expect_ok(fixture_pages(2, &paper, &err), &err);
    seal_paper(&fixture, &sealed);
    expect_ok(yx_worker_trust_new(&trust, &err), &err);
    trust_files();
    services.pool = house.pool;
    services.trust = trust;
    services.uploads = folder.path;
    expect_ok(yx_api_new(&services, yx_resources, &api, &err), &err);
    const struct yx_http_route *routes = yx_api_routes(api, &count);
    expect_ok(yx_listener_new(&(struct yx_listener_settings){0}, routes, count, &listener, &err),
              &err);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    yx_listener_free(listener);
    yx_api_free(api);
    yx_worker_trust_free(trust);
    house_close(&house);
    fixture_free(&fixture);
    yx_buf_free(&paper);
    yx_buf_free(&sealed);
    folder_remove(&folder);
    return 0;
}

/* --- Requests ------------------------------------------------------------------------------ */

static void ask(const char *what, const char *headers, struct yx_bytes body, struct reply *out)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    int fd = wire_connect(yx_listener_port(listener));

    (void)yx_buf_printf(&text, "%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s", what, headers);
    if (strncmp(what, "POST", 4) == 0)
        (void)yx_buf_printf(&text, "Content-Length: %zu\r\n", body.len);
    (void)yx_buf_append_text(&text, "\r\n");
    (void)yx_buf_append(&text, body);
    (void)wire_send(fd, text.data, text.len);
    wire_hear(fd, out);
    (void)close(fd);
}

static void expect_reply(const struct reply *reply, int status, const char *part)
{
    if (reply->status != status || strstr(reply->text, part) == NULL)
        fail_msg("%d, no %s in: %s", reply->status, part, reply->text);
}

static void expect(const char *what, const char *headers, struct yx_bytes body, int status,
                   const char *part)
{
    struct reply reply;

    ask(what, headers, body, &reply);
    expect_reply(&reply, status, part);
}

#define POST "POST /api/v1/verifications"
#define ENGLISH "Accept-Language: en\r\n"

static void make_form(const char *name, struct yx_bytes file, struct yx_buf *out)
{
    (void)yx_buf_printf(out,
                        "--mark\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s\""
                        "\r\nContent-Type: application/octet-stream\r\n\r\n",
                        name);
    (void)yx_buf_append(out, file);
    (void)yx_buf_append_text(out, "\r\n--mark--\r\n");
}
#define FORM "Content-Type: multipart/form-data; boundary=mark\r\n"

/* --- For machines -------------------------------------------------------------------------- */

/* REQ: VER-01, VER-02, VER-03 */
static void reports(void **state)
{
    const struct yx_bytes document = yx_buf_bytes(&sealed);
    YX_CLEAN(yx_buf) struct yx_buf form = {0};
    YX_CLEAN(yx_buf) struct yx_buf broken = {0};

    (void)state;
    expect(POST "?name=a.ofd", ENGLISH "Content-Type: application/ofd\r\n", document, 200,
           "\"effective\":true");
    expect(POST, ENGLISH, document, 200, "all its seals and signatures are valid");
    make_form("合同.ofd", document, &form);
    expect(POST, FORM, yx_buf_bytes(&form), 200, "\"file\":\"合同.ofd\"");
    expect(POST, "Accept-Language: zh-CN\r\n", document, 200, "\"notice\":\"文件与签署时一致");
    (void)yx_buf_append(&broken, document);
    broken.data[broken.len / 2] ^= 1;
    expect(POST, ENGLISH, yx_buf_bytes(&broken), 200, "\"effective\":false");
    /* Before the certificate was there. */
    expect(POST "?at=2001-01-01T00:00:00Z", ENGLISH, document, 200, "\"effective\":false");
}

/* REQ: VER-09 */
static void copies(void **state)
{
    (void)state;
    expect(POST, ENGLISH, yx_buf_bytes(&paper), 200, "is a copy, and not the original");
    expect(POST, ENGLISH, yx_buf_bytes(&paper), 200, "\"effective\":false");
}

static void what_is_no_document(void **state)
{
    (void)state;
    expect(POST, ENGLISH, YX_TEXT("neither"), 400, "urn:yinxin:problem:damaged");
    expect(POST, ENGLISH, YX_BYTES(NULL, 0), 400, "no document was sent");
    expect(POST "?at=yesterday", ENGLISH, yx_buf_bytes(&paper), 400, "urn:yinxin:problem:");
    expect(POST, ENGLISH FORM, YX_TEXT("--mark--\r\n"), 400, "the form brings no file");
    expect(POST, ENGLISH "Content-Type: multipart/form-data\r\n", YX_TEXT("--mark--\r\n"), 400,
           "the form is malformed");
    expect("GET /api/v1/verifications", "", YX_BYTES(NULL, 0), 405, "HTTP");
}

/* Long ones go to a file that has no name; longer ones are refused. */
static void long_documents(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    struct yx_error err = {0};
    char command[300];

    (void)state;
    expect_ok(yx_buf_reserve(&body, UPLOAD_MAX + 100000), &err);
    memcpy(body.data, "%PDF-1.7\n", 9);
    body.len = UPLOAD_MAX - 1000;
    expect(POST, ENGLISH, yx_buf_bytes(&body), 200, "\"result\":\"invalid\"");
    (void)snprintf(command, sizeof command, "test -z \"$(ls %s | grep upload)\"", folder.path);
    assert_int_equal(system(command), 0);
    body.len = UPLOAD_MAX + 100000;
    struct reply reply;
    ask(POST, ENGLISH, yx_buf_bytes(&body), &reply);
    assert_int_equal(reply.status, 413);
}

/* --- For people ---------------------------------------------------------------------------- */

static void the_form(void **state)
{
    (void)state;
    expect("GET /verify", "Accept-Language: zh\r\n", YX_BYTES(NULL, 0), 200, "验证印章与签名");
    expect("GET /verify?lang=en", "Accept-Language: zh\r\n", YX_BYTES(NULL, 0), 200,
           "<html lang=\"en\">");
    expect("GET /verify", "", YX_BYTES(NULL, 0), 200, "form-action 'self'");
    expect("GET /yinxin.css", "", YX_BYTES(NULL, 0), 200, "text/css");
}

/* REQ: VER-01 */
static void a_page_of_a_report(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf form = {0};
    struct reply reply;

    (void)state;
    make_form("合同.ofd", yx_buf_bytes(&sealed), &form);
    ask("POST /verify?lang=zh", FORM, yx_buf_bytes(&form), &reply);
    expect_reply(&reply, 200, "示例专用章");
    expect_reply(&reply, 200, "<span class=\"verdict valid\">");
    expect_reply(&reply, 200, "<strong>Test Holder</strong>");
    expect_reply(&reply, 200, "合同.ofd");
    expect_reply(&reply, 200, "（北京时间）");
}

/* What a stranger calls his file is text, never markup. */
static void hostile_names(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf form = {0};
    struct reply reply;

    (void)state;
    make_form("<script>alert(1)</script>&'.ofd", yx_buf_bytes(&sealed), &form);
    ask("POST /verify?lang=en", FORM, yx_buf_bytes(&form), &reply);
    assert_int_equal(reply.status, 200);
    assert_null(strstr(reply.text, "<script"));
    expect_reply(&reply, 200, "script&gt;&amp;&#39;.ofd");
}

/* What stands in the organisation of a signer is not their name. */
static void names_hold_commas(void **state)
{
    const struct pki_wish wish = {.name = "O=Smith\\,CN=Central Bank,CN=Smith\\, Jones,C=CN",
                                  .type = YX_KEY_SM2};
    YX_CLEAN(fixture) struct fixture other = {0};
    YX_CLEAN(yx_buf) struct yx_buf document = {0};
    YX_CLEAN(yx_buf) struct yx_buf form = {0};
    struct reply reply;
    struct yx_error err = {0};

    (void)state;
    expect_ok(fixture_open(&other, pki_picture(), &err), &err);
    pki_person_free(&other.pki.holder);
    expect_ok(pki_person_make(&wish, &other.pki.ca, &other.pki.holder, &err), &err);
    yx_buf_free(&other.seal);
    expect_ok(fixture_seal(&other, pki_picture(), &other.seal, &err), &err);
    seal_paper(&other, &document);
    make_form("a.ofd", yx_buf_bytes(&document), &form);
    ask("POST /verify?lang=en", FORM, yx_buf_bytes(&form), &reply);
    expect_reply(&reply, 200, "<strong>Smith, Jones</strong>");
}

static void pages_of_refusals(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf form = {0};

    (void)state;
    make_form("a.txt", YX_TEXT("neither"), &form);
    expect("POST /verify?lang=en", FORM, yx_buf_bytes(&form), 422,
           "The file could not be verified");
    expect("POST /verify?lang=zh", FORM, YX_TEXT("--mark--"), 422, "表单中没有文件");
}

/* A worker that dies of a document costs that one request. */
static void workers_that_die(void **state)
{
    (void)state;
    for (int i = 1; i < HOUSE_MEMBERS; i++)
        (void)kill(house.members[i].pid, SIGKILL);
    expect(POST, ENGLISH, yx_buf_bytes(&sealed), 200, "\"effective\":true");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports),
        cmocka_unit_test(copies),
        cmocka_unit_test(what_is_no_document),
        cmocka_unit_test(long_documents),
        cmocka_unit_test(the_form),
        cmocka_unit_test(a_page_of_a_report),
        cmocka_unit_test(hostile_names),
        cmocka_unit_test(names_hold_commas),
        cmocka_unit_test(pages_of_refusals),
        cmocka_unit_test(workers_that_die),
    };
    return cmocka_run_group_tests_name("api/verification", tests, open_all, close_all);
}
