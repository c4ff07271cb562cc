/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apirecords/metrics.c - GET /metrics: the state of this node in numbers, as Prometheus reads them
 * (text format 0.0.4). For the addresses that the setting metrics_from names, and whoever has the
 * permission system.read everywhere. What is counted over all nodes (jobs, audit) each of them
 * tells alike.
 */
#include <inttypes.h>
#include <sys/resource.h>

#include "apirecords/apirecords.h"
#include "jobs/jobs.h"

#define CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define CERTIFICATE_MAX (1u << 20)

/* --- Who may ------------------------------------------------------------------------------- */

static yx_status ask_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_api_call *call = self;

    return yx_api_require_also(call, tx, "system.read", err);
}

static yx_status require_right(struct yx_api_call *call, struct yx_error *err)
{
    if (yx_networks_have(&call->services->settings->metrics_from, call->http->peer))
        return YX_OK;
    YX_REQUIRE(
        call->who.account[0] != '\0', err, YX_REFUSED, YX_LOGIN_RULE,
        N_("the metrics are for addresses that the settings name, and for who is logged in"));
    return yx_store_read(call->services->store, ask_work, call, err);
}

/* --- Families ------------------------------------------------------------------------------ */

/* Where families are written; out of memory is kept until the end. */
struct page {
    struct yx_api_call *call;
    struct yx_buf *out;
    bool failed;
};

__attribute__((format(printf, 2, 3))) static void put(struct page *page, const char *format, ...)
{
    char line[512];
    va_list list;

    va_start(list, format);
    (void)vsnprintf(line, sizeof line, format, list);
    va_end(list);
    page->failed |= yx_buf_append_text(page->out, line) != YX_OK;
}

static void family(struct page *page, const char *name, const char *type, const char *help)
{
    put(page, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* The value of a label: backslashes, quotes and ends of line are escaped. */
struct label {
    char text[200];
};
static struct label label(const char *text)
{
    struct label out;
    size_t len = 0;

    for (; *text != '\0' && len + 2 < sizeof out.text; text++) {
        if (*text == '\\' || *text == '"' || *text == '\n')
            out.text[len++] = '\\';
        out.text[len++] = (char)(*text == '\n' ? 'n' : *text);
    }
    out.text[len] = '\0';
    return out;
}

static double seconds(int64_t microseconds)
{
    return (double)microseconds / (double)YX_SECOND;
}

static void put_process(struct page *page)
{
    struct rusage usage = {0};

    (void)getrusage(RUSAGE_SELF, &usage);
    family(page, "yinxin_build_info", "gauge", "The version that runs.");
    put(page, "yinxin_build_info{version=\"" YX_VERSION "\"} 1\n");
    family(page, "process_start_time_seconds", "gauge", "When the process started.");
    put(page, "process_start_time_seconds %.3f\n", seconds(page->call->services->started));
    family(page, "process_cpu_seconds_total", "counter", "Processor time of the process.");
    put(page, "process_cpu_seconds_total %.6f\n",
        (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
            (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    family(page, "yinxin_process_peak_memory_bytes", "gauge", "The most memory that it ever had.");
    put(page, "yinxin_process_peak_memory_bytes %" PRId64 "\n", (int64_t)usage.ru_maxrss * 1024);
}

static void put_store(struct page *page)
{
    static const char *const kinds[] = {"write", "read"};
    struct yx_store_count counts[2];

    yx_store_counts(page->call->services->store, &counts[0], &counts[1]);
    family(page, "yinxin_store_transactions_total", "counter",
           "Transactions that ended, by how they did.");
    for (int i = 0; i < 2; i++) {
        put(page, "yinxin_store_transactions_total{kind=\"%s\",result=\"done\"} %" PRIu64 "\n",
            kinds[i], counts[i].ended - counts[i].failed);
        put(page, "yinxin_store_transactions_total{kind=\"%s\",result=\"failed\"} %" PRIu64 "\n",
            kinds[i], counts[i].failed);
    }
    family(page, "yinxin_store_transaction_seconds_total", "counter",
           "Time that transactions took, with their waiting.");
    for (int i = 0; i < 2; i++)
        put(page, "yinxin_store_transaction_seconds_total{kind=\"%s\"} %.6f\n", kinds[i],
            seconds((int64_t)counts[i].spent));
    family(page, "yinxin_store_transactions_under_way", "gauge",
           "Transactions that run or wait now.");
    for (int i = 0; i < 2; i++)
        put(page, "yinxin_store_transactions_under_way{kind=\"%s\"} %" PRIu32 "\n", kinds[i],
            counts[i].under_way);
}

static void put_workers(struct page *page)
{
    struct yx_worker_counts counts = {0};

    if (page->call->services->pool == NULL)
        return;
    yx_worker_pool_counts(page->call->services->pool, &counts);
    family(page, "yinxin_documents_total", "counter", "Documents that workers were asked about.");
    put(page, "yinxin_documents_total %" PRIu64 "\n", counts.jobs);
    family(page, "yinxin_documents_failed_total", "counter",
           "Documents that ended a worker, took too long, were given up or refused.");
    put(page, "yinxin_documents_failed_total{reason=\"died\"} %" PRIu64 "\n", counts.died);
    put(page, "yinxin_documents_failed_total{reason=\"late\"} %" PRIu64 "\n", counts.late);
    put(page, "yinxin_documents_failed_total{reason=\"given_up\"} %" PRIu64 "\n", counts.given_up);
    put(page, "yinxin_documents_failed_total{reason=\"refused\"} %" PRIu64 "\n", counts.refused);
    family(page, "yinxin_documents_under_way", "gauge", "Documents that are worked on, or wait.");
    put(page, "yinxin_documents_under_way{state=\"working\"} %u\n", counts.working);
    put(page, "yinxin_documents_under_way{state=\"waiting\"} %u\n", counts.waiting);
}

/* --- Certificates -------------------------------------------------------------------------- */

static void put_end(struct page *page, const char *kind, const char *name,
                    const struct yx_cert *cert)
{
    put(page, "yinxin_certificate_not_after_seconds{kind=\"%s\",name=\"%s\"} %.0f\n", kind,
        label(name).text, seconds(yx_cert_not_after(cert)));
}

static void put_certificates(struct page *page)
{
    const struct yx_api_services *services = page->call->services;
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    YX_CLEAN(yx_cert) struct yx_cert *tls = NULL;

    family(page, "yinxin_certificate_not_after_seconds", "gauge",
           "When a certificate of the service ends.");
    for (size_t i = 0; i < services->authority_count; i++)
        put_end(page, "authority", yx_ca_name(services->authorities[i]),
                yx_ca_certificate(services->authorities[i]));
    if (yx_file_read(services->settings->tls_certificate, CERTIFICATE_MAX, &pem, NULL) == YX_OK &&
        yx_cert_read(yx_buf_bytes(&pem), &tls, NULL) == YX_OK)
        put_end(page, "tls", "", tls);
}

/* --- What the database knows --------------------------------------------------------------- */

#define KINDS_MAX 128

struct knowledge {
    int64_t leaves, waiting;
    struct {
        char kind[64];
        const char *state;
        int64_t count;
        yx_time oldest_due;
    } jobs[KINDS_MAX];
    size_t job_count;
};

static yx_status take_jobs(void *self, const struct yx_job_count *count, struct yx_error *err)
{
    struct knowledge *all = self;
    size_t i = all->job_count;

    (void)err;
    if (i == KINDS_MAX)
        return YX_OK;
    (void)snprintf(all->jobs[i].kind, sizeof all->jobs[i].kind, "%s", count->kind);
    all->jobs[i].state = yx_job_state_name(count->state);
    all->jobs[i].count = count->count;
    all->jobs[i].oldest_due = count->oldest_due;
    all->job_count++;
    return YX_OK;
}

static yx_status look(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct knowledge *all = self;

    all->job_count = 0;
    YX_TRY(yx_audit_count(tx, &all->leaves, &all->waiting, err));
    return yx_jobs_count(tx, take_jobs, all, err);
}

static void put_jobs(struct page *page, const struct knowledge *all)
{
    family(page, "yinxin_jobs", "gauge", "Work for later, by kind and state.");
    for (size_t i = 0; i < all->job_count; i++)
        put(page, "yinxin_jobs{kind=\"%s\",state=\"%s\"} %" PRId64 "\n",
            label(all->jobs[i].kind).text, all->jobs[i].state, all->jobs[i].count);
    family(page, "yinxin_jobs_oldest_due_seconds", "gauge",
           "When the first of them was or is due.");
    for (size_t i = 0; i < all->job_count; i++)
        put(page, "yinxin_jobs_oldest_due_seconds{kind=\"%s\",state=\"%s\"} %.3f\n",
            label(all->jobs[i].kind).text, all->jobs[i].state, seconds(all->jobs[i].oldest_due));
}

/* A database that is gone is a finding, too: the other numbers are told without it. */
static void put_knowledge(struct page *page)
{
    struct knowledge all = {0};
    yx_status status = yx_store_read(page->call->services->store, look, &all, NULL);

    family(page, "yinxin_store_up", "gauge", "Whether the database answers.");
    put(page, "yinxin_store_up %d\n", status == YX_OK);
    if (status != YX_OK)
        return;
    family(page, "yinxin_audit_leaves", "gauge", "Records in the audit list.");
    put(page, "yinxin_audit_leaves %" PRId64 "\n", all.leaves);
    family(page, "yinxin_audit_waiting", "gauge", "Records that have no number yet.");
    put(page, "yinxin_audit_waiting %" PRId64 "\n", all.waiting);
    put_jobs(page, &all);
}

static yx_status get_metrics(struct yx_api_call *call, struct yx_error *err)
{
    const struct yx_api_services *services = call->services;
    struct page page = {.call = call, .out = &call->reply->body};

    YX_TRY(require_right(call, err));
    call->reply->content_type = CONTENT_TYPE;
    put_process(&page);
    put_store(&page);
    put_knowledge(&page);
    put_workers(&page);
    put_certificates(&page);
    if (page.failed)
        return yx_fail_memory(err);
    return services->count == NULL ? YX_OK : services->count(services->counting, page.out, err);
}

const struct yx_api_route yx_api_metrics[] = {
    {"GET", "/metrics", YX_API_PUBLIC, NULL, get_metrics},
    YX_API_ROUTES_END,
};
