/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enrol/guess.c - a limit on guesses at passwords and secrets, kept in the database: for each
 * person (SEC-10), and for each address, whatever names it tries.
 *
 * A guess is looked at first and decided on afterwards, in one transaction: of many that come at
 * the same moment, those that are decided behind the limit tell nothing, not even when they are
 * right. Whether a person exists, waits or is locked cannot be told from outside: the answer is
 * that for a wrong password, after the same work. Names that nobody has share a row that belongs to
 * nobody ("").
 */
#include <arpa/inet.h>

#include "enrol/room.h"

#define RULE "enrolment, guesses"
#define NOBODY ""
/* Of delays that double. */
#define DOUBLINGS_MAX 20

/* --- One guess ------------------------------------------------------------------------------- */

struct guess {
    const struct yx_enrol *enrol;
    char address[INET6_ADDRSTRLEN]; /* "": not known, and not counted */
    const char *name;
    bool right;
    yx_time now;
    /* What the database has. */
    struct yx_enrol_tries tries;
    int64_t address_failures;
    yx_time address_since;
    /* What was decided. */
    bool accepted, locks;
};

/* Whoever has an address of IPv6 has its whole /64. */
static void name_address(const char *text, char out[INET6_ADDRSTRLEN])
{
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    uint8_t octets[16];

    out[0] = '\0';
    if (text == NULL)
        return;
    if (inet_pton(AF_INET, text, octets) == 1) {
        (void)inet_ntop(AF_INET, octets, out, INET6_ADDRSTRLEN);
    } else if (inet_pton(AF_INET6, text, octets) == 1) {
        if (memcmp(octets, mapped, sizeof mapped) == 0) {
            (void)inet_ntop(AF_INET, octets + sizeof mapped, out, INET6_ADDRSTRLEN);
            return;
        }
        memset(octets + 8, 0, 8);
        (void)inet_ntop(AF_INET6, octets, out, INET6_ADDRSTRLEN);
    }
}

static struct guess guess_of(const struct yx_enrol *enrol, const struct yx_enrol_attempt *attempt,
                             const struct yx_person *person)
{
    struct guess guess = {.enrol = enrol,
                          .name = person == NULL ? NOBODY : person->name,
                          .now = attempt->now == 0 ? yx_now() : attempt->now};

    name_address(attempt->address, guess.address);
    return guess;
}

static yx_status take_address(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct guess *guess = self;

    (void)err;
    guess->address_failures = yx_row_integer(row, 0);
    guess->address_since = yx_row_time(row, 1);
    return YX_OK;
}

static yx_status take_tries(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct yx_enrol_tries *tries = self;

    (void)err;
    tries->failures = yx_row_integer(row, 0);
    tries->last_at = yx_row_time(row, 1);
    tries->locked_at = yx_row_time(row, 2);
    (void)snprintf(tries->last_from, sizeof tries->last_from, "%s", yx_row_text(row, 3));
    return YX_OK;
}

static yx_status read_address(struct yx_tx *tx, struct guess *guess, struct yx_error *err)
{
    const struct yx_value key[] = {yx_value_integer(yx_ca_number(guess->enrol->ca)),
                                   yx_value_text(guess->address)};

    guess->address_failures = 0;
    return yx_tx_query(tx,
                       "SELECT failures, since FROM enrol_address"
                       " WHERE authority = $1 AND address = $2",
                       key, 2, take_address, guess, err);
}

static yx_status read_tries(struct yx_tx *tx, const struct yx_enrol *enrol, const char *name,
                            struct yx_enrol_tries *out, struct yx_error *err)
{
    const struct yx_value key[] = {yx_value_integer(yx_ca_number(enrol->ca)), yx_value_text(name)};

    *out = (struct yx_enrol_tries){.last_at = YX_TIME_NONE, .locked_at = YX_TIME_NONE};
    return yx_tx_query(tx,
                       "SELECT failures, last_at, locked_at, last_from FROM enrol_person"
                       " WHERE authority = $1 AND name = $2",
                       key, 2, take_tries, out, err);
}

static yx_status look(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct guess *guess = self;

    YX_TRY(read_address(tx, guess, err));
    return read_tries(tx, guess->enrol, guess->name, &guess->tries, err);
}

/* --- The limits ------------------------------------------------------------------------------ */

/* Whether `seconds` since `then` are not over. A clock that was put back makes nobody wait longer.
 */
static bool is_within(yx_time now, yx_time then, int64_t seconds)
{
    yx_time passed = now < then ? then - now : now - then;

    return passed < seconds * YX_SECOND;
}

static bool is_locked(const struct yx_enrol *enrol, const struct yx_enrol_tries *tries, yx_time now)
{
    int64_t seconds = enrol->settings.lock_seconds;

    return tries->locked_at != YX_TIME_NONE &&
           (seconds == 0 || is_within(now, tries->locked_at, seconds));
}

/* The wrong ones in a row; none behind a lock that is over. */
static int64_t failures_of(const struct guess *guess)
{
    return guess->tries.locked_at == YX_TIME_NONE ||
                   is_locked(guess->enrol, &guess->tries, guess->now)
               ? guess->tries.failures
               : 0;
}

static int64_t delay_of(const struct guess *guess)
{
    const struct yx_enrol_settings *settings = &guess->enrol->settings;
    int64_t doublings = failures_of(guess) - settings->delay_after, delay;

    if (doublings < 0)
        return 0;
    delay = settings->delay_seconds << (doublings < DOUBLINGS_MAX ? doublings : DOUBLINGS_MAX);
    return delay < settings->delay_max_seconds ? delay : settings->delay_max_seconds;
}

static bool person_must_wait(const struct guess *guess)
{
    return is_locked(guess->enrol, &guess->tries, guess->now) ||
           (guess->tries.failures > 0 &&
            is_within(guess->now, guess->tries.last_at, delay_of(guess)));
}

static bool address_is_counted(const struct guess *guess)
{
    return guess->address[0] != '\0' && guess->enrol->settings.address_attempts > 0;
}

static bool address_must_wait(const struct guess *guess)
{
    const struct yx_enrol_settings *settings = &guess->enrol->settings;

    return address_is_counted(guess) && guess->address_failures >= settings->address_attempts &&
           is_within(guess->now, guess->address_since, settings->address_seconds);
}

/* --- Deciding -------------------------------------------------------------------------------- */

static yx_status count_address(struct yx_tx *tx, const struct guess *guess, struct yx_error *err)
{
    bool goes_on = guess->address_failures > 0 && is_within(guess->now, guess->address_since,
                                                            guess->enrol->settings.address_seconds);
    const struct yx_value row[] = {
        yx_value_integer(yx_ca_number(guess->enrol->ca)),
        yx_value_text(guess->address),
        yx_value_integer(goes_on ? guess->address_failures + 1 : 1),
        yx_value_time(goes_on ? guess->address_since : guess->now),
    };

    if (!address_is_counted(guess))
        return YX_OK;
    return yx_tx_run(tx,
                     "INSERT INTO enrol_address (authority, address, failures, since)"
                     " VALUES ($1, $2, $3, $4) ON CONFLICT (authority, address)"
                     " DO UPDATE SET failures = $3, since = $4",
                     row, 4, NULL, err);
}

static yx_status log_lock(struct yx_tx *tx, const struct guess *guess, int64_t failures,
                          struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf object = {0};
    char details[128];

    YX_TRY(yx_enrol_object(guess->enrol->ca, guess->name, &object, err));
    (void)snprintf(details, sizeof details, "{\"failures\":%lld,\"address\":\"%s\"}",
                   (long long)failures, guess->address);
    return yx_audit_append(tx,
                           &(struct yx_audit_event){.at = guess->now,
                                                    .actor = "enrol",
                                                    .action = "enrol.person.lock",
                                                    .object = (const char *)object.data,
                                                    .details = details},
                           err);
}

static yx_status count_person(struct yx_tx *tx, struct guess *guess, struct yx_error *err)
{
    const struct yx_enrol_settings *settings = &guess->enrol->settings;
    int64_t failures = failures_of(guess) + 1;

    guess->locks =
        settings->attempts > 0 && failures >= settings->attempts && guess->name[0] != '\0';
    const struct yx_value row[] = {
        yx_value_integer(yx_ca_number(guess->enrol->ca)),
        yx_value_text(guess->name),
        yx_value_integer(failures),
        yx_value_time(guess->now),
        yx_value_text(guess->address),
        yx_value_time(guess->locks ? guess->now : YX_TIME_NONE),
    };

    YX_TRY(yx_tx_run(tx,
                     "INSERT INTO enrol_person"
                     " (authority, name, failures, last_at, last_from, locked_at)"
                     " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (authority, name)"
                     " DO UPDATE SET failures = $3, last_at = $4, last_from = $5, locked_at = $6",
                     row, 6, NULL, err));
    return guess->locks ? log_lock(tx, guess, failures, err) : YX_OK;
}

yx_status yx_enrol_forget(struct yx_tx *tx, const struct yx_ca *ca, const char *name,
                          struct yx_error *err)
{
    const struct yx_value key[] = {yx_value_integer(yx_ca_number(ca)), yx_value_text(name)};

    return yx_tx_run(tx, "DELETE FROM enrol_person WHERE authority = $1 AND name = $2", key, 2,
                     NULL, err);
}

static yx_status decide(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct guess *guess = self;
    bool waits;

    guess->accepted = guess->locks = false;
    /* One decision at a time: PostgreSQL would break off all but one of those that run at once. */
    YX_TRY(yx_tx_lock(tx, INT64_C(0x4555) << 32 | yx_ca_number(guess->enrol->ca), err));
    YX_TRY(look(guess, tx, err));
    waits = person_must_wait(guess) || address_must_wait(guess);
    guess->accepted = guess->right && !waits;
    if (guess->accepted)
        return yx_enrol_forget(tx, guess->enrol->ca, guess->name, err);
    if (guess->right)
        return YX_OK;
    if (!waits)
        YX_TRY(count_person(tx, guess, err));
    return count_address(tx, guess, err);
}

static void tell(const struct guess *guess)
{
    const struct yx_enrol *enrol = guess->enrol;
    struct yx_error news;

    if (!guess->locks || enrol->tell == NULL)
        return;
    (void)yx_fail(&news, YX_REFUSED, RULE,
                  N_("{1} is locked after {2} wrong passwords in a row, the last one from {3}; "
                     "`yinxin ca user unlock` lets them in again"),
                  guess->name, YX_NUM(failures_of(guess) + 1),
                  guess->address[0] == '\0' ? "?" : guess->address);
    enrol->tell(enrol->tell_self, &news);
}

/* --- The door -------------------------------------------------------------------------------- */

yx_status yx_enrol_may_try(const struct yx_enrol *enrol, const struct yx_enrol_attempt *attempt,
                           unsigned *wait, struct yx_error *err)
{
    struct guess guess = guess_of(enrol, attempt, NULL);

    YX_TRY(yx_store_read(yx_ca_store(enrol->ca), look, &guess, err));
    *wait = 0;
    if (!address_must_wait(&guess))
        return YX_OK;
    *wait = (unsigned)enrol->settings.address_seconds;
    return yx_fail(err, YX_REFUSED, RULE,
                   N_("too many wrong passwords came from this address: try again later"));
}

yx_status yx_enrol_tried(const struct yx_enrol *enrol, const struct yx_enrol_attempt *attempt,
                         const struct yx_person *person, bool right, bool *accepted,
                         struct yx_error *err)
{
    struct guess guess = guess_of(enrol, attempt, person);

    guess.right = right && person != NULL;
    YX_TRY(yx_store_read(yx_ca_store(enrol->ca), look, &guess, err));
    guess.accepted = guess.right && guess.tries.failures == 0 && !address_must_wait(&guess);
    if (!guess.accepted) {
        YX_TRY(yx_store_write(yx_ca_store(enrol->ca), decide, &guess, err));
        tell(&guess);
    }
    *accepted = guess.accepted;
    return YX_OK;
}

yx_status yx_enrol_login(const struct yx_enrol *enrol, const struct yx_enrol_attempt *attempt,
                         struct yx_bytes password, const struct yx_person **out, unsigned *wait,
                         struct yx_error *err)
{
    const struct yx_person *person = yx_enrol_find(enrol, attempt->name);
    bool right, accepted;

    *out = NULL;
    YX_TRY(yx_enrol_may_try(enrol, attempt, wait, err));
    YX_TRY(yx_password_check(password, person == NULL ? NULL : person->password, &right, err));
    YX_TRY(yx_enrol_tried(enrol, attempt, person, right, &accepted, err));
    *out = accepted ? person : NULL;
    return YX_OK;
}

/* --- What the operator sees and does -----------------------------------------------------------
 */

struct question {
    const struct yx_enrol *enrol;
    const char *name;
    struct yx_enrol_tries *out;
};

static yx_status answer(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct question *question = self;

    return read_tries(tx, question->enrol, question->name, question->out, err);
}

yx_status yx_enrol_tries(const struct yx_enrol *enrol, const struct yx_person *person,
                         struct yx_enrol_tries *out, struct yx_error *err)
{
    struct question question = {enrol, person->name, out};

    YX_TRY(yx_store_read(yx_ca_store(enrol->ca), answer, &question, err));
    out->locked = is_locked(enrol, out, yx_now());
    return YX_OK;
}

/* Rows of addresses whose time is over. */
static yx_status clean(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct guess *guess = self;
    const struct yx_value key[] = {
        yx_value_integer(yx_ca_number(guess->enrol->ca)),
        yx_value_time(guess->now - guess->enrol->settings.address_seconds * YX_SECOND)};

    return yx_tx_run(tx, "DELETE FROM enrol_address WHERE authority = $1 AND since < $2", key, 2,
                     NULL, err);
}

yx_status yx_enrol_sweep(const struct yx_enrol *enrol, yx_time now, struct yx_error *err)
{
    struct guess guess = {.enrol = enrol, .now = now == 0 ? yx_now() : now};

    return yx_store_write(yx_ca_store(enrol->ca), clean, &guess, err);
}
