#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The running service and those who mean no good, or a lot: clients that drip, a crowd that says
nothing, headers without end, an upload of 200 MB.

Run as test_limits.py. YINXIN_PROGRAM names the program; build/yinxin unless set.
"""

import json
import pathlib
import resource
import socket
import ssl
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'api'))
from service import Service  # noqa: E402

DEADLINE = 2
USUAL_DEADLINE = 10  # the shortest that a service has which nobody told otherwise
PATIENCE = 30  # of one who waits for what comes at once, on a machine that is busy
CROWD = 10000
UPLOAD = 200 * 1024 * 1024
MEMORY = 16 * 1024  # KiB
CROWDED = '''
connections = 15000
connections_per_address = 15000
header_deadline = 60s
'''
SETTINGS = f'''
header_deadline = {DEADLINE}s
body_deadline = {DEADLINE}s
idle_deadline = {DEADLINE}s
'''


class Limits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        cls.service = Service(SETTINGS)

    @classmethod
    def tearDownClass(cls):
        cls.service.stop()

    def dial(self, tls=True):
        plain = socket.create_connection(('127.0.0.1', self.service.port), timeout=20)
        return ssl._create_unverified_context().wrap_socket(plain) if tls else plain

    def drip(self, connection, start, drop):
        """Says `start`, then a byte five times a second; the seconds until the other side ends it."""
        begun = time.monotonic()
        with connection:
            try:
                connection.sendall(start)
                while time.monotonic() - begun < PATIENCE:
                    connection.sendall(drop)
                    connection.settimeout(0.2)
                    try:
                        if not connection.recv(4096):
                            break
                    except TimeoutError:
                        pass
            except OSError:
                pass
        return time.monotonic() - begun

    def test_who_drips_is_cut_off(self):
        post = b'POST /api/v1/verifications HTTP/1.1\r\nHost: a\r\n'
        for name, tls, start, drop in (
                ('handshake', False, b'\x16\x03\x01\x02\x00\x01', b'\x01'),
                ('header', True, b'GET / HTTP/1.1\r\nHost: a\r\nX: ', b'x'),
                ('body', True, post + b'Content-Length: 1000\r\n\r\n', b'x'),
                ('chunks', True, post + b'Transfer-Encoding: chunked\r\n\r\n3e8\r\n', b'x')):
            with self.subTest(part=name):
                spent = self.drip(self.dial(tls), start, drop)
                self.assertGreater(spent, DEADLINE - 1.2)
                self.assertLess(spent, USUAL_DEADLINE - 1)

    def test_headers_without_end_are_refused(self):
        for start in (b'GET /', b'GET / HTTP/1.1\r\nHost: a\r\nX: '):
            with self.dial() as connection:
                try:
                    connection.sendall(start + b'x' * 200000 + b'\r\n\r\n')
                    answer = connection.recv(4096)
                except OSError:
                    answer = b''
                self.assertNotIn(b' 200 ', answer[:20])
        self.assertEqual(self.service.ask('GET', '/healthz')[0], 200)

    def test_a_silent_crowd_keeps_nobody_waiting(self):
        if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < CROWD + 1000:
            self.skipTest('too few files may be open')
        service = Service(CROWDED)
        self.addCleanup(service.stop)
        crowd = []
        try:
            while len(crowd) < CROWD:
                crowd.append(socket.create_connection(('127.0.0.1', service.port), timeout=20))
                if len(crowd) % 1000 == 0:
                    # Which gives up long before the first of the crowd has to.
                    self.assertEqual(service.ask('GET', '/healthz')[0], 200)
            crowd[0].setblocking(False)
            with self.assertRaises(BlockingIOError):
                crowd[0].recv(1)
        finally:
            for connection in crowd:
                connection.close()

    def memory(self):
        """What web has in memory for itself, in KiB."""
        status = pathlib.Path(f'/proc/{self.service.children("yinxin-web")[0]}/status').read_text()
        return int(next(line.split()[1] for line in status.splitlines()
                        if line.startswith('RssAnon:')))

    def test_a_long_upload_takes_little_memory(self):
        person = self.service.shown(self.service.open_account('admin')[1])
        piece, seen = bytes(1 << 20), []
        # The first one opens what is kept open.
        status, headers, body = self.service.ask('POST', '/api/v1/uploads', b'short', {
            **person, 'Content-Type': 'application/octet-stream'})
        self.assertEqual(status, 201, body)
        before = self.memory()

        def pieces():
            for number in range(UPLOAD // len(piece)):
                if number % 20 == 0:
                    seen.append(self.memory())
                yield piece

        connection = self.service.connect(timeout=120)
        connection.request('POST', '/api/v1/uploads', pieces(), {
            **person, 'Content-Type': 'application/octet-stream', 'Content-Length': str(UPLOAD)})
        reply = connection.getresponse()
        upload = json.loads(reply.read())
        connection.close()
        self.assertEqual((reply.status, upload.get('size')), (201, UPLOAD), upload)
        self.assertLess(max(seen) - before, MEMORY)
        status, headers, body = self.service.ask(
            'GET', f'/api/v1/uploads/{upload["id"]}/content', None,
            {**person, 'Range': 'bytes=1000-1009'})
        self.assertEqual((status, body), (206, bytes(10)))
        self.assertEqual(headers['Content-Range'], f'bytes 1000-1009/{UPLOAD}')
        self.assertLess(self.memory() - before, MEMORY)


if __name__ == '__main__':
    unittest.main()
