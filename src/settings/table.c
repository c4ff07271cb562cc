/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings/table.c - every setting of a service. `scripts/settings_man.py` writes the settings of
 * yinxin.conf(5) from it, in both languages.
 */
#include "settings/room.h"

#define AT(field) offsetof(struct yx_settings, field)
#define K INT64_C(1024)
#define M (1024 * K)
#define G (1024 * M)
#define MINUTE INT64_C(60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static const char listening[] = N_("Listening");
static const char storage[] = N_("Storage");
static const char limits[] = N_("Limits");
static const char documents[] = N_("Documents");
static const char mail[] = N_("Mail");
static const char trust[] = N_("Trust and rules");
static const char written[] = N_("What is written down");

const struct yx_setting_row yx_setting_rows[] = {
    {listening, "listen", YX_SETTING_ENDPOINTS, AT(listen), "127.0.0.1:8443", 0, 0,
     N_("Where the service answers by HTTPS: addresses with their ports. Without an address before "
        "the colon it is every IPv4 address of the machine.")},
    {listening, "listen_plain", YX_SETTING_ENDPOINTS, AT(listen_plain), NULL, 0, 0,
     N_("Where certificates, CRLs, OCSP, time-stamps, CMP and the states of certificates are also "
        "given by HTTP without TLS, as certificates usually name them; nothing else is.")},
    {listening, "public_url", YX_SETTING_URL, AT(public_url), NULL, 0, 0,
     N_("How people reach the service from outside: one-time links begin with it, and what "
        "somebody "
        "signs to log in names it. Unless set, it is the first address of listen.")},
    {listening, "tls_certificate", YX_SETTING_PLACE, AT(tls_certificate), "tls.pem", 0, 0,
     N_("The certificate of the service with its chain, PEM. Unless it is there at the first "
        "start, a self-signed one is made.")},
    {listening, "tls_key", YX_SETTING_PLACE, AT(tls_key), "keys/tls.key", 0, 0,
     N_("The key of this certificate.")},
    {listening, "trusted_proxies", YX_SETTING_NETWORKS, AT(trusted_proxies), NULL, 0, 0,
     N_("Proxies in front of the service: only they are believed what they say of the client's "
        "address (X-Forwarded-For).")},
    {listening, "metrics_from", YX_SETTING_NETWORKS, AT(metrics_from), "127.0.0.1 ::1", 0, 0,
     N_("Who may read /metrics without logging in; others need the permission system.read.")},
    {listening, "user", YX_SETTING_TEXT, AT(user), NULL, 0, 0,
     N_("The account of the system that the service becomes when root starts it.")},

    {storage, "database", YX_SETTING_PLACE, AT(database), "yinxin.db", 0, 0,
     N_("A SQLite file, or a PostgreSQL URI (postgresql://...), which several nodes may share. A "
        "password in it is better kept in a pgpass file.")},
    {storage, "blobs", YX_SETTING_PLACE, AT(blobs), "blobs", 0, 0,
     N_("Where documents are kept: a folder, or s3://BUCKET/PREFIX. Several nodes share one.")},
    {storage, "blobs_key", YX_SETTING_FILE, AT(blobs_key), NULL, 0, 0,
     N_("A file with the key that documents are encrypted under where they are kept: 64 hex "
        "digits. Unless set they are not encrypted. Without this key they are lost.")},
    {storage, "s3_endpoint", YX_SETTING_URL, AT(s3_endpoint), NULL, 0, 0,
     N_("The service that has the bucket, such as https://s3.example.cn.")},
    {storage, "s3_region", YX_SETTING_TEXT, AT(s3_region), "us-east-1", 0, 0,
     N_("The region that requests are signed for.")},
    {storage, "s3_credentials", YX_SETTING_FILE, AT(s3_credentials), NULL, 0, 0,
     N_("A file with the access key in its first line and the secret key in its second. Unless "
        "set, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment hold them.")},
    {storage, "s3_ca", YX_SETTING_FILE, AT(s3_ca), NULL, 0, 0,
     N_("The certificates that the service of the bucket is trusted by, PEM; usually those of the "
        "system.")},
    {storage, "s3_path_style", YX_SETTING_FLAG, AT(s3_path_style), "yes", 0, 0,
     N_("Whether the bucket stands in the path of the URL, or else before the host's name.")},
    {storage, "s3_spool", YX_SETTING_PLACE, AT(s3_spool), "spool", 0, 0,
     N_("A folder of this machine for what is on its way to the bucket or from it.")},

    {limits, "connections", YX_SETTING_NUMBER, AT(connections), "1000", 1, 100000,
     N_("At most so many connections at a time.")},
    {limits, "connections_per_address", YX_SETTING_NUMBER, AT(connections_per_address), "200", 1,
     100000, N_("At most so many from one address.")},
    {limits, "threads", YX_SETTING_NUMBER, AT(threads), "8", 1, 256,
     N_("How many threads answer requests.")},
    {limits, "header_deadline", YX_SETTING_TIME, AT(header_deadline), "10s", 1, HOUR,
     N_("The TLS handshake and the header of the first request must be there in this time.")},
    {limits, "body_deadline", YX_SETTING_TIME, AT(body_deadline), "60s", 1, DAY,
     N_("The body of a request must be there in this time, and the reply be taken.")},
    {limits, "idle_deadline", YX_SETTING_TIME, AT(idle_deadline), "30s", 1, HOUR,
     N_("How long a connection is kept without a request.")},
    {limits, "stop_deadline", YX_SETTING_TIME, AT(stop_deadline), "10s", 1, HOUR,
     N_("How long requests under way may take when the service is stopped.")},
    {limits, "upload_max", YX_SETTING_SIZE, AT(upload_max), "200M", 1 * K, 16 * G,
     N_("The longest document that is taken.")},
    {limits, "upload_lifetime", YX_SETTING_TIME, AT(upload_lifetime), "1d", MINUTE, 30 * DAY,
     N_("An upload that nothing uses is deleted after this time.")},

    {documents, "page_workers", YX_SETTING_NUMBER, AT(page_workers), "0", 0, 64,
     N_("How many processes read documents; 0: one for each processor.")},
    {documents, "page_deadline", YX_SETTING_TIME, AT(page_deadline), "60s", 1, HOUR,
     N_("A document that takes longer is given up, and its process ended.")},
    {documents, "page_memory", YX_SETTING_SIZE, AT(page_memory), "1G", 64 * M, 64 * G,
     N_("The memory that a process may use for a document.")},

    {mail, "smtp_url", YX_SETTING_PLACE, AT(smtp_url), NULL, 0, 0,
     N_("The mail server: smtps://HOST, or smtp://HOST:PORT, which must offer STARTTLS unless it "
        "is "
        "on this machine. Unless set, no mail is sent.")},
    {mail, "smtp_user", YX_SETTING_TEXT, AT(smtp_user), NULL, 0, 0,
     N_("Who logs in there; unless set, nobody does.")},
    {mail, "smtp_password", YX_SETTING_FILE, AT(smtp_password), NULL, 0, 0,
     N_("A file whose first line is the password.")},
    {mail, "smtp_ca", YX_SETTING_FILE, AT(smtp_ca), NULL, 0, 0,
     N_("The certificates that the mail server is trusted by, PEM; usually those of the system.")},
    {mail, "mail_from", YX_SETTING_TEXT, AT(mail_from), NULL, 0, 0,
     N_("The address that mail comes from.")},
    {mail, "webhook_networks", YX_SETTING_NETWORKS, AT(webhook_networks), NULL, 0, 0,
     N_("Networks that webhooks and filings may go into though they are not public, also without "
        "TLS.")},

    {trust, "login_trust", YX_SETTING_FILES, AT(login_trust), NULL, 0, 0,
     N_("Files or folders with the roots whose certificates people log in by, over TLS or by a "
        "signed challenge, beside the authorities of this service.")},
    {trust, "verify_trust", YX_SETTING_FILES, AT(verify_trust), NULL, 0, 0,
     N_("Files or folders with the roots that signatures of documents are verified by, beside the "
        "authorities of this service.")},
    {trust, "audit_witnesses", YX_SETTING_FILES, AT(audit_witnesses), NULL, 0, 0,
     N_("Files with the certificates or public keys of witnesses, who sign checkpoints of the "
        "audit list along. The name of a witness is that of its file, without .pem.")},

    {written, "log_requests", YX_SETTING_FLAG, AT(log_requests), "yes", 0, 0,
     N_("Whether each request is a line of the log, which is written to stderr.")},
    {written, "job_retention", YX_SETTING_TIME, AT(job_retention), "30d", DAY, 3660 * DAY,
     N_("How long work that is done stays listed.")},
};
const size_t yx_setting_row_count = sizeof yx_setting_rows / sizeof *yx_setting_rows;

const char *yx_setting_kind_name(enum yx_setting_kind kind)
{
    static const char *const names[] = {
        [YX_SETTING_TEXT] = N_("text"),
        [YX_SETTING_URL] = N_("an http or https URL"),
        [YX_SETTING_PLACE] = N_("a file, a folder or a URL"),
        [YX_SETTING_FILE] = N_("a file"),
        [YX_SETTING_NUMBER] = N_("a number"),
        [YX_SETTING_SIZE] = N_("a size"),
        [YX_SETTING_TIME] = N_("a time"),
        [YX_SETTING_FLAG] = N_("yes or no"),
        [YX_SETTING_FILES] = N_("a list of files"),
        [YX_SETTING_ENDPOINTS] = N_("a list of addresses with ports"),
        [YX_SETTING_NETWORKS] = N_("a list of addresses or networks"),
    };
    return names[kind];
}
