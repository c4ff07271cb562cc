/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login/guess.c - a limit on guesses, for each account (SEC-10), and for each address, whatever
 * names it tries. The lock is on the password: who is logged in stays, and a certificate still
 * opens the account, so that nobody locks others out of their work by guessing at them.
 */
#include <arpa/inet.h>

#include "login/room.h"

/* Of delays that double. */
#define DOUBLINGS_MAX 20

/* --- What there is --------------------------------------------------------------------------- */

/* Whoever has an address of IPv6 has its whole /64. */
static void name_address(const char *text, char out[YX_LOGIN_ADDRESS_TEXT])
{
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    uint8_t octets[16];

    (void)snprintf(out, YX_LOGIN_ADDRESS_TEXT, "?");
    if (text == NULL)
        return;
    if (inet_pton(AF_INET, text, octets) == 1) {
        (void)inet_ntop(AF_INET, octets, out, YX_LOGIN_ADDRESS_TEXT);
    } else if (inet_pton(AF_INET6, text, octets) == 1) {
        if (memcmp(octets, mapped, sizeof mapped) == 0) {
            (void)inet_ntop(AF_INET, octets + sizeof mapped, out, YX_LOGIN_ADDRESS_TEXT);
            return;
        }
        memset(octets + 8, 0, 8);
        (void)inet_ntop(AF_INET6, octets, out, YX_LOGIN_ADDRESS_TEXT);
    }
}

static yx_status take_address(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct yx_login_guess *guess = self;

    (void)err;
    guess->address_failures = yx_row_integer(row, 0);
    guess->address_since = yx_row_time(row, 1);
    return YX_OK;
}

static yx_status take_guess(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct yx_login_guess *guess = self;

    (void)err;
    guess->failures = yx_row_integer(row, 0);
    guess->last_at = yx_row_time(row, 1);
    guess->locked_at = yx_row_time(row, 2);
    return YX_OK;
}

yx_status yx_login_guess_read(struct yx_tx *tx, const struct yx_login_policy *policy,
                              const char *account, const char *address, yx_time now,
                              struct yx_login_guess *out, struct yx_error *err)
{
    const struct yx_value who = yx_value_text(account);

    *out = (struct yx_login_guess){.policy = policy,
                                   .account = account,
                                   .now = now,
                                   .last_at = YX_TIME_NONE,
                                   .locked_at = YX_TIME_NONE,
                                   .address_since = YX_TIME_NONE};
    name_address(address, out->address);
    const struct yx_value from = yx_value_text(out->address);
    YX_TRY(yx_tx_query(tx, "SELECT failures, since FROM login_address WHERE address = $1", &from, 1,
                       take_address, out, err));
    return yx_tx_query(tx,
                       "SELECT failures, last_at, locked_at FROM login_guess WHERE account = $1",
                       &who, 1, take_guess, out, err);
}

/* --- The limits ------------------------------------------------------------------------------ */

static bool is_locked(const struct yx_login_guess *guess)
{
    int64_t seconds = guess->policy->lock_seconds;

    return guess->locked_at != YX_TIME_NONE &&
           (seconds == 0 || yx_login_is_within(guess->now, guess->locked_at, seconds));
}

/* The wrong ones in a row; none behind a lock that is over. */
static int64_t failures_of(const struct yx_login_guess *guess)
{
    return guess->locked_at == YX_TIME_NONE || is_locked(guess) ? guess->failures : 0;
}

static int64_t delay_of(const struct yx_login_guess *guess)
{
    const struct yx_login_policy *policy = guess->policy;
    int64_t doublings = failures_of(guess) - policy->delay_after, delay;

    if (doublings < 0)
        return 0;
    delay = policy->delay_seconds << (doublings < DOUBLINGS_MAX ? doublings : DOUBLINGS_MAX);
    return delay < policy->delay_max_seconds ? delay : policy->delay_max_seconds;
}

bool yx_login_guess_waits(const struct yx_login_guess *guess)
{
    return is_locked(guess) ||
           (guess->failures > 0 && yx_login_is_within(guess->now, guess->last_at, delay_of(guess)));
}

static bool address_goes_on(const struct yx_login_guess *guess)
{
    return guess->address_failures > 0 &&
           yx_login_is_within(guess->now, guess->address_since, guess->policy->address_seconds);
}

bool yx_login_address_waits(const struct yx_login_guess *guess)
{
    return guess->policy->address_attempts > 0 && address_goes_on(guess) &&
           guess->address_failures >= guess->policy->address_attempts;
}

/* --- Counting -------------------------------------------------------------------------------- */

yx_status yx_login_count_address(struct yx_tx *tx, const struct yx_login_guess *guess,
                                 struct yx_error *err)
{
    bool goes_on = address_goes_on(guess);
    const struct yx_value row[] = {
        yx_value_text(guess->address),
        yx_value_integer(goes_on ? guess->address_failures + 1 : 1),
        yx_value_time(goes_on ? guess->address_since : guess->now),
    };

    return yx_tx_run(tx,
                     "INSERT INTO login_address (address, failures, since) VALUES ($1, $2, $3)"
                     " ON CONFLICT (address) DO UPDATE SET failures = $2, since = $3",
                     row, 3, NULL, err);
}

yx_status yx_login_count_guess(struct yx_tx *tx, const struct yx_login_guess *guess, bool *locks,
                               struct yx_error *err)
{
    int64_t failures = failures_of(guess) + 1, attempts = guess->policy->attempts;

    *locks = attempts > 0 && failures >= attempts;
    const struct yx_value row[] = {
        yx_value_text(guess->account),
        yx_value_integer(failures),
        yx_value_time(guess->now),
        yx_value_time(*locks ? guess->now : YX_TIME_NONE),
    };
    return yx_tx_run(tx,
                     "INSERT INTO login_guess (account, failures, last_at, locked_at)"
                     " VALUES ($1, $2, $3, $4) ON CONFLICT (account)"
                     " DO UPDATE SET failures = $2, last_at = $3, locked_at = $4",
                     row, 4, NULL, err);
}
