#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A mail server: `mailbox.py FOLDER` prints its port. Mail comes only over STARTTLS, from who knows the
password; what came is read by Python's own reader and appended to FOLDER/mail as one JSON object a line. Mail
to nobody@... is refused, and the first one to later@... put off. It ends when its input does."""
import asyncio
import email
import email.policy
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

FOLDER = sys.argv[1]
seen = {}


class Mailbox:
    async def handle_RCPT(self, server, session, envelope, address, options):
        seen[address] = seen.get(address, 0) + 1
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("later@") and seen[address] == 1:
            return "451 4.7.1 come again"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        entry = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None,
                 "subject": mail["Subject"], "sender": str(mail["From"]), "id": mail["Message-ID"],
                 "lines": max(len(line) for line in envelope.content.split(b"\r\n")) <= 78,
                 "text": mail.get_content().replace("\r\n", "\n")}
        with open(os.path.join(FOLDER, "mail"), "a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n")
        return "250 2.0.0 queued as ABC123"


def check(server, session, envelope, mechanism, data):
    known = (data.login, data.password) == (b"yinxin", b"secret")
    return AuthResult(success=known, handled=known)


context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(os.path.join(FOLDER, "mail.pem"), os.path.join(FOLDER, "mail.key"))


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Mailbox(), tls_context=context, require_starttls=True, auth_required=True,
                     authenticator=check), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(serve())
