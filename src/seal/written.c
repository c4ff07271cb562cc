/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal/written.c - the look at a document that has just been signed, before anybody gets it: what
 * the verifier says of it now against what it said before. How signatures pair up is the format's.
 */
#include "seal/seal.h"

static yx_status refuse(const struct yx_check *check, struct yx_error *err)
{
    char detail[sizeof(struct yx_message)] = "";
    if (check->detail != NULL)
        yx_message_render(check->detail, NULL, detail, sizeof detail);
    return yx_fail(err, YX_INTERNAL, check->rule,
                   N_("the signed document does not verify and is not given out: {1}: {2}"),
                   yx_check_name(check->id), detail);
}

yx_status yx_written_hold(const struct yx_checks *checks, const yx_check_id *ids, size_t count,
                          struct yx_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct yx_check *check = yx_checks_find(checks, ids[i]);
        if (check != NULL && check->outcome == YX_FAIL)
            return refuse(check, err);
    }
    return YX_OK;
}

yx_status yx_written_no_worse(const struct yx_checks *before, const struct yx_checks *after,
                              yx_check_id except, struct yx_error *err)
{
    for (const struct yx_check *check = after->first; check != NULL; check = check->next) {
        if (check->id == except)
            continue;
        const struct yx_check *old = yx_checks_find(before, check->id);
        if (old == NULL ? check->outcome == YX_FAIL : check->outcome > old->outcome)
            return refuse(check, err);
    }
    return YX_OK;
}
