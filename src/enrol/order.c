/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enrol/order.c - from what somebody asks for to what the authority issues: which profile, which
 * subject, which further names. What a certificate of a profile must be is the business of ca/.
 */
#include <arpa/inet.h>

#include "enrol/room.h"

#define RULE_WHO "enrolment, who may ask"
#define RULE_SAME "RFC 7030 4.2.2"

void yx_enrol_decision_free(struct yx_enrol_decision *decision)
{
    yx_buf_free(&decision->own_subject);
}

/* --- Which profile ------------------------------------------------------------------------- */

static bool allows(const struct yx_person *person, const struct yx_ca_profile *profile)
{
    for (size_t i = 0; i < YX_PERSON_PROFILES && person->profiles[i] != NULL; i++)
        if (person->profiles[i] == profile)
            return true;
    return false;
}

static yx_status choose_profile(const struct yx_enrol *enrol, const struct yx_enrol_order *order,
                                const struct yx_ca_profile **out, struct yx_error *err)
{
    bool named = order->profile != NULL && order->profile[0] != '\0';
    const struct yx_ca_profile *usual = order->renews != NULL   ? order->renews->profile
                                        : order->person != NULL ? order->person->profiles[0]
                                                                : order->holder->profile;

    *out = named ? yx_ca_profile_find(yx_enrol_ca(enrol), order->profile) : usual;
    YX_REQUIRE(*out != NULL, err, YX_REFUSED, RULE_WHO, N_("there is no profile {1}"),
               named ? order->profile : "?");
    YX_REQUIRE(order->person != NULL ? allows(order->person, *out) : *out == usual, err, YX_REFUSED,
               RULE_WHO, N_("whoever asks may not have certificates of the profile {1}"),
               (*out)->name);
    YX_REQUIRE(order->renews == NULL || *out == order->renews->profile, err, YX_REFUSED, RULE_SAME,
               N_("a certificate is renewed by the profile that it was issued by"));
    YX_REQUIRE(!order->request->ca || (*out)->ca, err, YX_REFUSED, "RFC 5280 4.2.1.9",
               N_("the request asks for the certificate of a CA, which the profile {1} is not"),
               (*out)->name);
    return YX_OK;
}

/* --- Which subject ------------------------------------------------------------------------- */

static bool is_empty_name(struct yx_bytes name)
{
    return name.len <= 2;
}

/* Whether two Names say the same, whatever string types they are written in. */
static yx_status same_name(struct yx_bytes name, struct yx_bytes other, bool *same,
                           struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf one = {0};
    YX_CLEAN(yx_buf) struct yx_buf two = {0};

    YX_TRY(yx_name_from_der(name, &one, err));
    YX_TRY(yx_name_from_der(other, &two, err));
    *same = yx_bytes_equal(yx_buf_bytes(&one), yx_buf_bytes(&two));
    return YX_OK;
}

/* The certificate that says who the asker is, when it is not a person who may ask for others. */
static const struct yx_holder *pattern_of(const struct yx_enrol_order *order)
{
    return order->renews != NULL ? order->renews : order->person == NULL ? order->holder : NULL;
}

static bool is_any(const char *text)
{
    return strcmp(text, "*") == 0;
}

static yx_status allowed_subject(const struct yx_enrol_order *order, struct yx_enrol_decision *out,
                                 struct yx_bytes *allowed, struct yx_error *err)
{
    const struct yx_holder *pattern = pattern_of(order);

    *allowed = YX_BYTES(NULL, 0);
    if (pattern != NULL)
        *allowed = yx_cert_subject_der(pattern->cert);
    else if (!is_any(order->person->subject)) {
        YX_TRY(yx_name_to_der(order->person->subject, &out->own_subject, err));
        *allowed = yx_buf_bytes(&out->own_subject);
    }
    return YX_OK;
}

static yx_status choose_subject(const struct yx_enrol_order *order, struct yx_enrol_decision *out,
                                struct yx_error *err)
{
    struct yx_bytes wanted = order->request->subject, allowed;
    bool same = true;

    YX_TRY(allowed_subject(order, out, &allowed, err));
    if (allowed.len > 0 && !is_empty_name(wanted))
        YX_TRY(same_name(wanted, allowed, &same, err));
    YX_REQUIRE(same, err, YX_REFUSED, pattern_of(order) != NULL ? RULE_SAME : RULE_WHO,
               N_("whoever asks may not have certificates for this subject"));
    out->subject = is_empty_name(wanted) ? allowed : wanted;
    YX_REQUIRE(out->subject.len > 0, err, YX_REFUSED, "RFC 5280 4.1.2.6",
               N_("the request names no subject"));
    return YX_OK;
}

/* --- Which further names ------------------------------------------------------------------- */

static bool is_named(const char *allowed, const struct yx_general_name *name)
{
    char text[INET6_ADDRSTRLEN] = "";

    if (is_any(allowed))
        return true;
    if (name->form != YX_NAME_IP)
        return name->form != YX_NAME_DIRECTORY && name->form != YX_NAME_OTHER &&
               yx_bytes_are(name->value, allowed);
    return inet_ntop(name->value.len == 4 ? AF_INET : AF_INET6, name->value.data, text,
                     sizeof text) != NULL &&
           strcmp(text, allowed) == 0;
}

static bool may_be_named(const struct yx_person *person, const struct yx_general_name *name)
{
    for (size_t i = 0; i < person->name_count; i++)
        if (is_named(person->names[i], name))
            return true;
    return false;
}

yx_status yx_enrol_read_names(struct yx_bytes content, struct yx_general_name out[YX_ENROL_NAMES],
                              size_t *count, struct yx_error *err)
{
    struct yx_der list = yx_der_reader(content, "GeneralNames");

    for (*count = 0; !yx_der_at_end(&list); (*count)++) {
        YX_REQUIRE(*count < YX_ENROL_NAMES, err, YX_REFUSED, "RFC 5280 4.2.1.6",
                   N_("the request has more than {1} further names"), YX_NUM(YX_ENROL_NAMES));
        YX_TRY(yx_general_name_next(&list, &out[*count], err));
    }
    return YX_OK;
}

/* Byte for byte the same, or left out: then the ones of the certificate are taken over. */
static yx_status choose_names(const struct yx_enrol_order *order, struct yx_enrol_decision *out,
                              struct yx_error *err)
{
    const struct yx_holder *pattern = pattern_of(order);
    struct yx_bytes wanted = order->request->alt_names;

    if (pattern == NULL) {
        out->alt_names = wanted;
        YX_TRY(yx_enrol_read_names(wanted, out->names, &out->name_count, err));
        for (size_t i = 0; i < out->name_count; i++)
            YX_REQUIRE(may_be_named(order->person, &out->names[i]), err, YX_REFUSED, RULE_WHO,
                       N_("whoever asks may not have certificates for all of these further names"));
        return YX_OK;
    }
    YX_REQUIRE(
        wanted.len == 0 || yx_bytes_equal(wanted, pattern->alt_names), err, YX_REFUSED, RULE_SAME,
        N_("the further names in the request are not those of the certificate that is shown"));
    out->alt_names = pattern->alt_names;
    return yx_enrol_read_names(pattern->alt_names, out->names, &out->name_count, err);
}

/* --- All of it ----------------------------------------------------------------------------- */

/* Is the certificate another one than was asked for? */
static yx_status is_changed(const struct yx_request *request, const struct yx_ca_profile *profile,
                            bool *changed, struct yx_error *err)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;

    *changed = request->asks_more || request->extended_usage.len > 0;
    if (*changed || request->key_usage < 0)
        return YX_OK;
    YX_TRY(yx_public_key_from_spki(request->spki, &key, err));
    *changed = request->key_usage != yx_ca_profile_key_usage(profile, yx_public_key_type(key));
    return YX_OK;
}

yx_status yx_enrol_judge(const struct yx_enrol *enrol, const struct yx_enrol_order *order,
                         struct yx_enrol_decision *out, struct yx_error *err)
{
    YX_TRY(choose_profile(enrol, order, &out->profile, err));
    YX_TRY(choose_subject(order, out, err));
    YX_TRY(choose_names(order, out, err));
    return is_changed(order->request, out->profile, &out->changed, err);
}

bool yx_enrol_needs_approval(const struct yx_enrol_order *order,
                             const struct yx_enrol_decision *decision)
{
    return decision->profile->approval || (order->person != NULL && order->person->approval);
}

yx_status yx_enrol_carry_out(const struct yx_enrol *enrol, const struct yx_enrol_order *order,
                             const struct yx_enrol_decision *decision, struct yx_bytes spki,
                             struct yx_buf *der, struct yx_error *err)
{
    const struct yx_ca_issue_request request = {
        .profile = decision->profile,
        .subject = decision->subject,
        .spki = spki,
        .alt_names = decision->names,
        .alt_name_count = decision->name_count,
        .now = order->now,
        .actor = order->actor,
        .request_id = order->request_id,
        .replaces = order->renews == NULL ? NULL : yx_cert_serial(order->renews->cert),
    };

    return yx_ca_issue(yx_enrol_ca(enrol), &request, der, err);
}

yx_status yx_enrol_issue(const struct yx_enrol *enrol, const struct yx_enrol_order *order,
                         struct yx_buf *der, struct yx_enrol_result *result, struct yx_error *err)
{
    YX_CLEAN(yx_enrol_decision) struct yx_enrol_decision decision = {0};

    YX_TRY(yx_enrol_judge(enrol, order, &decision, err));
    *result = (struct yx_enrol_result){.changed = decision.changed};
    if (yx_enrol_needs_approval(order, &decision))
        return yx_enrol_file(enrol, order, &decision, der, result, err);
    return yx_enrol_carry_out(enrol, order, &decision, order->request->spki, der, err);
}

yx_status yx_enrol_may_revoke(const struct yx_person *person, const struct yx_holder *holder,
                              const struct yx_ca_record *record, struct yx_error *err)
{
    bool may;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_buf) struct yx_buf text = {0};

    if (person == NULL)
        may = strcmp(record->subject, yx_cert_subject(holder->cert)) == 0;
    else if (is_any(person->subject))
        may = true;
    else {
        YX_TRY(yx_name_to_der(person->subject, &der, err));
        YX_TRY(yx_name_from_der(yx_buf_bytes(&der), &text, err));
        may = yx_bytes_are(yx_buf_bytes(&text), record->subject);
    }
    YX_REQUIRE(may, err, YX_REFUSED, "RFC 4210 5.3.9",
               N_("whoever asks may not have certificate {1} revoked"), record->serial);
    return YX_OK;
}

yx_status yx_enrol_may_restore(const struct yx_person *person, const struct yx_ca_record *record,
                               struct yx_error *err)
{
    YX_REQUIRE(person != NULL && is_any(person->subject), err, YX_REFUSED, "RFC 5280 5.3.1",
               N_("only a registration authority takes certificate {1} off hold"), record->serial);
    return YX_OK;
}
