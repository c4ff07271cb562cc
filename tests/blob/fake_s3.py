#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A service that speaks a little S3 and fails as it is told. It prints its port, and ends when its
standard input does. `POST /fault` with "KIND COUNT" makes the next COUNT requests fail so; the reply is
how many requests were made since the last one."""
import datetime
import hashlib
import http.server
import sys
import threading

OBJECTS, PARTS = {}, {}
FAULT = ["", 0]
COUNT = [0]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    date = None

    def log_message(self, *_):
        pass

    def date_time_string(self, timestamp=None):
        when = datetime.datetime.now(datetime.timezone.utc) + (self.date or datetime.timedelta())
        return when.strftime("%a, %d %b %Y %H:%M:%S GMT")

    def answer(self, status, body=b"", length=None, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def error(self, status, code):
        self.answer(status, f"<Error><Code>{code}</Code><Message>as told</Message></Error>".encode())

    def fails(self):
        """Does the fault that is due, for which no handler is needed."""
        kind = FAULT[0]
        if FAULT[1] <= 0:
            return False
        if kind in ("short", "wrong", "whole", "late"):
            return False
        FAULT[1] -= 1
        if kind == "drop":
            self.close_connection = True
        elif kind == "skew":
            Handler.date = datetime.timedelta(hours=-1)
            self.error(403, "RequestTimeTooSkewed")
            Handler.date = None
        elif kind == "nonsense":
            self.answer(500, b"<<<not xml")
        elif kind == "flood":
            self.answer(500, b"x" * 1000000)
        elif kind == "redirect":
            self.answer(307, Location="http://127.0.0.1:1/")
        else:
            self.error(int(kind), "Told")
        return True

    def due(self, kind):
        if FAULT[0] != kind or FAULT[1] <= 0 or self.command == "HEAD":
            return False
        FAULT[1] -= 1
        return True

    def read(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def handle_any(self):
        body = self.read()
        if self.path == "/fault":
            kind, count = body.decode().split()
            said, FAULT[:], COUNT[0] = str(COUNT[0]), [kind, int(count)], 0
            return self.answer(200, said.encode())
        COUNT[0] += 1
        if self.fails():
            return None
        if not self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 Credential=key/"):
            return self.error(403, "AccessDenied")
        if hashlib.sha256(body).hexdigest() != self.headers.get("x-amz-content-sha256"):
            return self.error(400, "XAmzContentSHA256Mismatch")
        path, _, query = self.path.partition("?")
        return getattr(self, "on_" + self.command.lower())(path, query, body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any

    def on_put(self, path, query, body):
        (PARTS.setdefault(path, []) if query else OBJECTS).__setitem__(
            slice(len(PARTS.get(path, [])), None) if query else path, [body] if query else body)
        return self.answer(200, ETag='"etag"')

    def on_post(self, path, query, body):
        if query == "uploads=":
            PARTS[path] = []
            return self.answer(200, b"<InitiateMultipartUploadResult><UploadId>a/b+c</UploadId>"
                                    b"</InitiateMultipartUploadResult>")
        if self.due("late"):
            return self.answer(200, b"<Error><Code>InternalError</Code></Error>")
        if query != "uploadId=a%2Fb%2Bc" or body.count(b"<ETag>&quot;etag&quot;</ETag>") != len(PARTS[path]):
            return self.error(400, "InvalidPart")
        OBJECTS[path] = b"".join(PARTS.pop(path))
        return self.answer(200, b"<CompleteMultipartUploadResult/>")

    def on_get(self, path, _, __):
        body = OBJECTS.get(path)
        if body is None:
            return self.error(404, "NoSuchKey")
        wanted, status = self.headers.get("Range"), 200
        if wanted and not self.due("whole"):
            first, last = wanted.removeprefix("bytes=").split("-")
            body, status = body[int(first):int(last) + 1], 206
        if self.due("wrong"):
            body = bytes([body[0] ^ 1]) + body[1:]
        if self.due("short"):
            self.close_connection = True
            return self.answer(status, body[:-1], len(body))
        return self.answer(status, body)

    on_head = on_get

    def on_delete(self, path, query, _):
        (PARTS if query else OBJECTS).pop(path, None)
        return self.answer(204)


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """Clients that go away are none of our business."""


def main():
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
