/* SPDX-License-Identifier: Apache-2.0 */
/* enrol.h - an authority with people who may enrol, and requests of theirs. */
#ifndef SUPPORT_ENROL_H
#define SUPPORT_ENROL_H

#include "../ca/folder.h"

#include <sys/stat.h>

#include "enrol/enrol.h"

/* "device-7" logs in with "open the door", "other" with "close the door", "ra" may ask for all;
 * what "waits" ("open the gate") asks for must be approved. */
struct people {
    struct folder folder;
    struct yx_ca *ca;
    struct yx_enrol *enrol;
    char path[128];
};

static inline void people_write(const char *path, struct yx_bytes text, mode_t mode)
{
    struct yx_error err;

    expect_ok(yx_file_write(path, true, text, &err), &err);
    assert_int_equal(chmod(path, mode), 0);
}

static inline void people_open_with(struct people *people, yx_key_type type)
{
    static const char *const profiles[] = {"tls-client", "tls-server", NULL};
    static const char *const names[] = {"device-7.example", "192.0.2.7", NULL};
    static const char *const any[] = {"*", NULL};
    const struct yx_person_entry entries[] = {
        {"device-7", "open the door", "secret of seven", "CN=device-7", profiles, names},
        {"other", "close the door", "secret of other", "CN=other", profiles, NULL},
        {"ra", NULL, "secret of the ra", "*", profiles, any},
        {"waits", "open the gate", "secret of waits", "CN=waits", profiles, any, .approval = true},
    };
    struct yx_ca_init_request request;
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    struct yx_error err;

    folder_open(&people->folder);
    request = folder_request(&people->folder);
    request.key_type = type;
    request.rsa_bits = 2048;
    expect_ok(yx_ca_init(&request, &err), &err);
    expect_ok(yx_ca_open(people->folder.ca, &people->ca, &err), &err);
    expect_ok(yx_ca_unlock(people->ca, PASSPHRASE, &err), &err);
    (void)snprintf(people->path, sizeof people->path, "%s/enrol.conf", people->folder.ca);
    /* Guesses are limited in test_guess.c. */
    assert_int_equal(yx_buf_append_text(&text, "attempts = 0\ndelay_seconds = 0\n"), YX_OK);
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        expect_ok(yx_enrol_write_person(&entries[i], &text, &err), &err);
    people_write(people->path, yx_buf_bytes(&text), 0600);
    expect_ok(yx_enrol_new(people->ca, people->path, &people->enrol, &err), &err);
}

static inline void people_open(struct people *people)
{
    people_open_with(people, YX_KEY_SM2);
}

static inline void people_close(struct people *people)
{
    yx_enrol_free(people->enrol);
    yx_ca_free(people->ca);
    folder_close(&people->folder);
}
YX_DEFINE_CLEAN_VALUE(people, struct people, people_close);

/* Who logs in so; NULL: nobody, or not now. */
static inline const struct yx_person *people_login(const struct people *people, const char *name,
                                                   const char *password)
{
    const struct yx_enrol_attempt attempt = {.name = YX_TEXT(name)};
    const struct yx_person *who = NULL;
    struct yx_error err;
    unsigned wait;

    expect_ok(yx_enrol_login(people->enrol, &attempt, YX_TEXT(password), &who, &wait, &err), &err);
    return who;
}

/* A certificate for the subject of a request, made by the authority itself. */
static inline struct yx_cert *people_issue(struct people *people, const char *profile,
                                           const char *name, const struct yx_private_key *key,
                                           const struct yx_general_name *names, size_t count)
{
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_ca_issue_request request = {.profile = yx_ca_profile_find(people->ca, profile),
                                          .alt_names = names,
                                          .alt_name_count = count,
                                          .spki = yx_public_key_spki(yx_private_key_public(key)),
                                          .actor = "test"};
    struct yx_cert *cert = NULL;
    struct yx_error err;

    expect_ok(yx_name_to_der(name, &subject, &err), &err);
    request.subject = yx_buf_bytes(&subject);
    expect_ok(yx_ca_issue(people->ca, &request, &der, &err), &err);
    expect_ok(yx_cert_from_der(yx_buf_bytes(&der), &cert, &err), &err);
    return cert;
}

static inline struct yx_private_key *people_key(void)
{
    struct yx_private_key *key = NULL;
    struct yx_error err;

    expect_ok(yx_private_key_generate(YX_KEY_P256, 0, &key, &err), &err);
    return key;
}

#endif
