#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A receiver of webhooks: `receiver.py FOLDER` prints its port. What it does is in the path of a request;
what came is appended to FOLDER/requests as one JSON object a line, with whether the signatures hold under the
secret in FOLDER/secret. Paths in -later are answered when FOLDER/go is there. It ends when its input does."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import sys
import threading
import time

FOLDER = sys.argv[1]
seen = {}


def holds(secret, name, digest, headers, body):
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.new(secret, signed, digest).digest()).decode()
    return f"{name},{mac}" in headers["webhook-signature"].split(" ")


class Receiver(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(os.path.join(FOLDER, "secret"), encoding="ascii") as file:
            secret = base64.b64decode(file.read().removeprefix("whsec_"))
        seen[self.path] = seen.get(self.path, 0) + 1
        entry = {"path": self.path, "count": seen[self.path], "body": json.loads(body),
                 "id": self.headers["webhook-id"],
                 "fresh": abs(time.time() - int(self.headers["webhook-timestamp"])) < 60,
                 "v1": holds(secret, "v1", "sha256", self.headers, body),
                 "sm3": holds(secret, "sm3", lambda: hashlib.new("sm3"), self.headers, body)}
        with open(os.path.join(FOLDER, "requests"), "a", encoding="utf-8") as file:
            file.write(json.dumps(entry, separators=(",", ":")) + "\n")
        while self.path.endswith("-later") and not os.path.exists(os.path.join(FOLDER, "go")):
            time.sleep(0.01)
        if self.path == "/fails-twice" and seen[self.path] <= 2:
            self.answer(503)
        elif self.path == "/hangs":
            time.sleep(60)
        elif self.path == "/redirects":
            self.answer(302, Location="/taken")
        elif self.path in ("/gone", "/gone-later"):
            self.answer(410)
        elif self.path == "/long":
            self.answer(200, b"x" * 100000)
        elif self.path in ("/drops", "/drops-later"):
            self.close_connection = True
        else:
            self.answer(202, "收到 receipt-7".encode())

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


server = Server(("127.0.0.1", 0), Receiver)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
os._exit(0)
