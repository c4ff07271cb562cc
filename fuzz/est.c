/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/est.c - any bytes as the body of an EST request of somebody who is known, as what they log
 * in with, as a certificate that they show, and as the path. */
#include <stdlib.h>
#include <unistd.h>

#include "est/est.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct yx_ca *ca;
static struct yx_enrol *enrol;
static struct yx_buf holder, watched; /* who shows the latter must wait */
static char folder[64] = "/tmp/yinxin-fuzz-XXXXXX";

static void remove_folder(void)
{
    char command[96];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0)
        abort();
}

static yx_status make_holder(const char *profile, struct yx_buf *out)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    YX_TRY(yx_private_key_generate(YX_KEY_P256, 0, &key, NULL));
    YX_TRY(yx_name_to_der("CN=a", &name, NULL));
    struct yx_ca_issue_request request = {.profile = yx_ca_profile_find(ca, profile),
                                          .subject = yx_buf_bytes(&name),
                                          .spki = yx_public_key_spki(yx_private_key_public(key)),
                                          .actor = "fuzz"};
    return yx_ca_issue(ca, &request, out, NULL);
}

/* Keys are made for holders; what is asked for as "looked-at" must be approved. */
static yx_status write_profiles(const char *ca_folder)
{
    static const char text[] = "profile tls-client { like = \"tls-client\" makes_keys = true }\n"
                               "profile looked-at { like = \"tls-client\" approval = true }\n";
    char path[128];
    (void)snprintf(path, sizeof path, "%s/profiles.conf", ca_folder);
    return yx_file_write(path, false, YX_TEXT(text), NULL);
}

static void set_up(void)
{
    char path[96];
    struct yx_ca_init_request request = {.folder = path,
                                         .name = "CN=fuzz,O=fuzz,C=CN",
                                         .key_type = YX_KEY_SM2,
                                         .path_length = -1,
                                         .passphrase = YX_TEXT("fuzz"),
                                         .actor = "fuzz"};
    if (enrol != NULL)
        return;
    if (mkdtemp(folder) == NULL || atexit(remove_folder) != 0)
        abort();
    (void)snprintf(path, sizeof path, "%s/ca", folder);
    if (yx_ca_init(&request, NULL) != YX_OK || write_profiles(path) != YX_OK ||
        yx_ca_open(path, &ca, NULL) != YX_OK ||
        yx_ca_unlock(ca, request.passphrase, NULL) != YX_OK ||
        make_holder("tls-client", &holder) != YX_OK ||
        make_holder("looked-at", &watched) != YX_OK ||
        yx_enrol_new(ca, "/nowhere", &enrol, NULL) != YX_OK)
        abort();
}

/* There is a reply with a status in any case. */
static void ask(const struct yx_est_request *request)
{
    YX_CLEAN(yx_est_reply) struct yx_est_reply reply = {0};
    yx_status status = yx_est_answer(enrol, request, &reply, NULL);
    if ((status == YX_OK) != (reply.status == 200 || reply.status == 202) || reply.body.len == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    set_up();
    if (yx_base64_encode(YX_BYTES(data, size), &body) != YX_OK ||
        yx_buf_append(&text, YX_BYTES(data, size)) != YX_OK ||
        yx_buf_append(&text, YX_BYTES("", 1)) != YX_OK)
        abort();
    struct yx_est_request request = {.method = "POST",
                                     .operation = "simplereenroll",
                                     .content_type = "application/pkcs10",
                                     .authorization = "",
                                     .client_certificate = yx_buf_bytes(&holder)};
    request.body = yx_buf_bytes(&body);
    ask(&request);
    request.body = YX_BYTES(data, size);
    ask(&request);
    request.body = yx_buf_bytes(&body);
    request.operation = "serverkeygen";
    ask(&request);
    request.operation = "simpleenroll";
    request.client_certificate = yx_buf_bytes(&watched);
    ask(&request);
    request.operation = "simplereenroll";
    request.client_certificate = YX_BYTES(data, size);
    ask(&request);
    /* Whoever is refused before the password is looked at costs no 100 ms. */
    request.client_certificate = YX_BYTES(NULL, 0);
    request.authorization = (const char *)text.data;
    ask(&request);
    request.operation = (const char *)text.data;
    request.method = "GET";
    ask(&request);
    return 0;
}
