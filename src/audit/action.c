/* SPDX-License-Identifier: Apache-2.0 */
/* audit/action.c - every action that audit leaves tell of, by name, and what it says to people. */
#include "audit/audit.h"

static const struct yx_audit_action actions[] = {
    {"account.certificate.add", N_("a certificate opens an account from now on")},
    {"account.certificate.remove", N_("a certificate does not open an account any more")},
    {"account.change", N_("an account was changed")},
    {"account.codes.add", N_("codes are asked for at a log-in from now on")},
    {"account.codes.begin", N_("codes for a log-in are being set up")},
    {"account.codes.remove", N_("codes are not asked for any more at a log-in")},
    {"account.link", N_("a one-time link was made for an account")},
    {"account.lock", N_("an account was locked")},
    {"account.make", N_("an account was made")},
    {"account.password", N_("the holder of an account set its password")},
    {"account.password.give", N_("an account got a first password")},
    {"account.password.lock", N_("a password was locked after wrong guesses")},
    {"account.remove", N_("an account was removed")},
    {"account.unlock", N_("an account was unlocked")},
    {"audit.review.make", N_("the audit list was reviewed")},
    {"backup.make", N_("a backup was made")},
    {"backup.restore", N_("the data was restored from a backup")},
    {"backup.try", N_("a backup was tried, and is sound")},
    {"ca.authority.create", N_("a certification authority was made")},
    {"ca.certificate.issue", N_("a certificate was issued")},
    {"ca.certificate.restore", N_("a certificate was taken off hold")},
    {"ca.certificate.revoke", N_("a certificate was revoked")},
    {"ca.certificate.suspend", N_("a certificate was put on hold")},
    {"ca.crl.issue", N_("a certificate revocation list was issued")},
    {"database.move", N_("the records were moved to another database")},
    {"delivery.send", N_("a message was delivered, and the receiver took it")},
    {"enrol.key.make", N_("a key was made for a holder")},
    {"enrol.person.add", N_("somebody was allowed to ask for certificates")},
    {"enrol.person.lock", N_("somebody was locked after wrong guesses")},
    {"enrol.person.remove", N_("somebody may not ask for certificates any more")},
    {"enrol.person.secrets", N_("somebody got new secrets")},
    {"enrol.person.unlock", N_("somebody who was locked was let in again")},
    {"enrol.request.approve", N_("a request for a certificate was approved")},
    {"enrol.request.refuse", N_("a request for a certificate was refused")},
    {"enrol.request.wait", N_("a request for a certificate waits for approval")},
    {"escrow.administrator.appoint", N_("an administrator of kept keys was appointed")},
    {"escrow.key.hand-over", N_("an encryption key was handed to its holder")},
    {"escrow.key.keep", N_("an encryption key was put into keeping")},
    {"escrow.recovery.ask", N_("the recovery of a kept key was asked for")},
    {"escrow.recovery.hand-over", N_("a share of a kept key was handed over")},
    {"escrow.recovery.refuse", N_("the recovery of a kept key was refused")},
    {"grant.make", N_("an account was granted a role")},
    {"grant.revoke", N_("a grant of a role was revoked")},
    {"job.cancel", N_("a job was cancelled")},
    {"job.retry", N_("a job that failed was given other tries")},
    {"key.make", N_("a key was made for a system")},
    {"key.revoke", N_("the key of a system was revoked")},
    {"message.read", N_("somebody read a notice")},
    {"party.change", N_("a party was changed")},
    {"party.end", N_("a party was ended")},
    {"party.identity.show", N_("the number of an identity document was shown")},
    {"party.make", N_("a party was put on record")},
    {"party.move", N_("a party was moved below another")},
    {"policy.decide", N_("somebody decided on a rule set")},
    {"policy.draft", N_("a rule set was drafted")},
    {"policy.propose", N_("a rule set was proposed")},
    {"policy.redraft", N_("the draft of a rule set was changed")},
    {"policy.withdraw", N_("a rule set was withdrawn")},
    {"post.end", N_("a post was ended")},
    {"post.file", N_("a post was filed")},
    {"post.make", N_("a post was made")},
    {"qualification.make", N_("a qualification was put on record")},
    {"qualification.withdraw", N_("a qualification was withdrawn")},
    {"recovery.approve", N_("the recovery of an account was approved")},
    {"recovery.ask", N_("the recovery of an account was asked for")},
    {"recovery.refuse", N_("the recovery of an account was refused")},
    {"role.change", N_("a role was changed")},
    {"role.make", N_("a role was made")},
    {"role.presets", N_("the preset roles were brought up to date")},
    {"role.retire", N_("a role was retired")},
    {"session.confirm", N_("somebody logged in showed once more who they are")},
    {"session.end", N_("sessions were ended")},
    {"session.open", N_("somebody logged in")},
    {"session.refuse", N_("a log-in was refused")},
    {"tsa.block", N_("serial numbers were set aside for time-stamps")},
    {"tsa.close", N_("serial numbers of time-stamps were closed")},
    {"upload.make", N_("a content was brought")},
    {"upload.remove", N_("a content that was brought was taken away")},
    {"webhook.change", N_("a webhook was changed")},
    {"webhook.make", N_("a webhook was made")},
    {"webhook.remove", N_("a webhook was removed")},
    {"webhook.secret", N_("a webhook got another secret")},
    {"webhook.test", N_("a webhook was tried out")},
};
#define COUNT (sizeof actions / sizeof actions[0])

const struct yx_audit_action *yx_audit_actions(size_t *count)
{
    *count = COUNT;
    return actions;
}

const char *yx_audit_says(const char *action)
{
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(actions[i].name, action) == 0)
            return actions[i].says;
    return action;
}
