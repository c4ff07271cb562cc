#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two nodes of `yinxin serve` on one PostgreSQL and one bucket: one is killed under load, and the other
goes on.

Run as `scripts/s3.py python3 tests/cli/test_nodes.py`. Needs a PostgreSQL server, and for uploads Swift;
skipped where there is none.
"""
import http.client
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import test_cli as cli

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'scripts'))
import postgres  # noqa: E402

PASSWORD = 'Wuhan-Gate-4711-lantern'
LEASE = 30  # of jobs/
UPLOADS = '/api/v1/uploads'
CUT = 'application/x-cut'  # the type of uploads of which only half is sent

BUCKET = '''
blobs = "s3://{YX_TEST_S3_BUCKET}/nodes"
s3_endpoint = "{YX_TEST_S3}"
'''.format_map(os.environ) if 'YX_TEST_S3' in os.environ else ''


def content(number):
    """Of a byte, of less and more than the buffers, and of a megabyte, for both nodes."""
    return random.Random(number).randbytes((1, 50000, 300001, 1 << 20)[number // 2 % 4])


class Node:
    """One `yinxin serve`."""

    def __init__(self, data):
        self.data = data
        self.log = open(data / 'log', 'w+', encoding='utf-8')
        self.process = subprocess.Popen([cli.PROGRAM, 'serve', '--data', data, '--listen', '127.0.0.1:0'],
                                        stdout=subprocess.PIPE, stderr=self.log, text=True,
                                        start_new_session=True)
        self.links = {}
        for line in self.process.stdout:
            if '/start?token=' in line:
                name, link = line.split(': ', 1)
                self.links[name] = link.strip().rsplit('=', 1)[1]
            elif line.startswith('https://'):
                self.port = int(line.strip().rsplit(':', 1)[1])
                return
        self.log.seek(0)
        raise AssertionError('the node does not start: ' + self.log.read())

    def connect(self):
        return http.client.HTTPSConnection('127.0.0.1', self.port, timeout=10,
                                           context=ssl._create_unverified_context())

    def ask(self, method, path, body=None, headers=None):
        """Status, JSON, text or content, and headers; raises OSError or HTTPException when nobody answers."""
        connection = self.connect()
        try:
            if not isinstance(body, (bytes, type(None))):
                body = json.dumps(body)
            connection.request(method, path, body, {'Content-Type': 'application/json', **(headers or {})})
            reply = connection.getresponse()
            told, kind = reply.read(), reply.getheader('Content-Type', '')
            if kind.startswith('application/json'):
                told = json.loads(told)
            elif kind != 'application/octet-stream':
                told = told.decode()
            return reply.status, told, reply.headers
        finally:
            connection.close()

    def drafts(self):
        """What is on its way to the bucket."""
        return os.listdir(self.data / 'spool')

    def kill(self):
        """All its processes, the one first that would start others anew."""
        children = subprocess.run(['pgrep', '-P', str(self.process.pid)], check=True, capture_output=True,
                                  text=True).stdout.split()
        self.process.kill()
        for pid in children:
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass  # it ended with the first one
        self.end()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.end()

    def end(self):
        self.process.wait(60)
        self.process.stdout.close()
        self.log.close()


@unittest.skipUnless(postgres.programs(), 'no PostgreSQL is installed')
class Nodes(unittest.TestCase):
    def setUp(self):
        self.server = postgres.Server(durable=True)
        self.addCleanup(self.server.stop)
        self.server.start()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.nodes = []
        self.data = pathlib.Path(folder.name)
        self.start('one')
        # The second one is a machine that was given the keys of the first.
        shutil.copytree(self.data / 'one' / 'keys', self.data / 'two' / 'keys')
        shutil.copy(self.data / 'one' / 'tls.pem', self.data / 'two')
        self.start('two')

    def start(self, name):
        data = self.data / name
        data.mkdir(exist_ok=True)
        (data / 'yinxin.conf').write_text(f'database = "{self.server.uri}"\nlog_requests = no\n{BUCKET}')
        node = Node(data)
        self.addCleanup(node.stop)
        self.nodes.append(node)

    def sql(self, text):
        return subprocess.run([os.path.join(self.server.bin, 'psql'), '-XAtq', '-d', self.server.uri, '-c', text],
                              check=True, capture_output=True, text=True).stdout.strip()

    def log_in(self):
        """The administrator of security, by the link that the first node gave."""
        one = self.nodes[0]
        status, body, _ = one.ask('POST', '/api/v1/links',
                                  {'token': one.links['security'], 'password': PASSWORD})
        self.assertLess(status, 300, body)
        status, body, headers = one.ask('POST', '/api/v1/session',
                                        {'name': 'security', 'password': PASSWORD})
        self.assertLess(status, 300, body)
        return {'Cookie': headers['Set-Cookie'].split(';')[0], 'X-CSRF-Token': body['csrf']}

    def wait_until(self, holds, seconds, what):
        until = time.monotonic() + seconds
        while not holds():
            self.assertLess(time.monotonic(), until, what)
            time.sleep(0.2)

    def kill_under_load(self, clients, enough):
        """Clients ask the one node and the other in turn, four at a time. The first node is killed when each
        kind of them was acknowledged `enough` times, and they go on for as much again. What was acknowledged
        must stay: the numbers and replies for each."""
        kept, lost, stop = {client: [] for client in clients}, [], threading.Event()

        def repeat(client, first):
            for n in itertools.count(first):
                if stop.is_set():
                    return
                try:
                    status, body, _ = client(self.nodes[n % 2], n)
                except (OSError, http.client.HTTPException) as error:
                    lost.append((n, error))
                    continue
                if status == 201:
                    kept[client].append((n, body))
                else:
                    lost.append((n, status, body))

        def wait_for_more():
            least = {client: len(kept[client]) + enough for client in clients}
            self.wait_until(lambda: all(len(kept[client]) >= least[client] for client in clients), 60, lost)

        threads = [threading.Thread(target=repeat, args=(clients[i % len(clients)], i * 100000))
                   for i in range(4)]
        for thread in threads:
            thread.start()
        try:
            wait_for_more()
            self.assertEqual(lost, [])
            self.nodes[0].kill()
            wait_for_more()
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual([one for one in lost if one[0] % 2 == 1], [], 'the node that is left refuses nobody')
        return kept.values()

    def writer_of_roles(self, headers):
        def write(node, n):
            role = {'name_zh': f'角色{n}', 'name_en': f'Role {n}', 'permissions': ['party.read']}
            return node.ask('POST', '/api/v1/roles', role, headers)
        return write

    def check(self, kept, there, action):
        """What was acknowledged, what is there, and the leaves of the audit."""
        self.assertEqual(set(kept) - set(there), set(), 'acknowledged and lost')
        self.assertLessEqual(len(there) - len(kept), 4, 'no more than were under way')
        leaves = int(self.sql(f"SELECT count(*) FROM audit_leaf WHERE action = '{action}'"))
        self.assertEqual(leaves, len(there), 'a leaf for each, and no others')

    def check_roles(self, kept):
        there = self.sql("SELECT name_en FROM party_role WHERE name_en LIKE 'Role %'").splitlines()
        self.check([f'Role {n}' for n, _ in kept], there, 'role.make')

    def test_one_is_killed_under_load(self):
        kept, = self.kill_under_load([self.writer_of_roles(self.log_in())], 60)
        self.check_roles(kept)
        self.goes_on()
        cli.must('audit', 'verify', '--data', self.data / 'two', cwd=self.data)

    @unittest.skipUnless(BUCKET, 'no bucket: YX_TEST_S3 is not set (scripts/s3.py sets it)')
    def test_uploads_in_a_bucket(self):
        headers = self.log_in()
        one, two = self.nodes

        def upload(node, n):
            return node.ask('POST', UPLOADS, content(n), {**headers, 'Content-Type': 'image/png'})

        first = (6, upload(one, 6)[1])
        self.check_upload(first, headers)
        self.begin_upload(two, headers).close()
        self.wait_until(lambda: not two.drafts(), 10, 'what the client left off is gone')
        begun = self.begin_upload(one, headers)
        self.addCleanup(begun.close)
        uploads, roles = self.kill_under_load([upload, self.writer_of_roles(headers)], 20)
        uploads.append(first)
        there = two.ask('GET', f'{UPLOADS}?limit=200', None, headers)[1]['items']
        self.check([made['id'] for _, made in uploads], [made['id'] for made in there], 'upload.make')
        self.assertEqual([made for made in there if made['media_type'] == CUT], [], 'begun and listed')
        for number, made in uploads:
            self.assertIn(made, there)
            self.check_upload((number, made), headers)
            there.remove(made)
        # What was kept and not acknowledged is there as a whole.
        for made in there:
            status, told, _ = two.ask('GET', f"{UPLOADS}/{made['id']}/content", None, headers)
            self.assertEqual((status, len(told)), (200, made['size']))
        self.check_roles(roles)
        cli.must('audit', 'verify', '--data', self.data / 'two', cwd=self.data)

    def begin_upload(self, node, headers):
        """Half of one, which the node has begun to take."""
        connection, half = node.connect(), bytes(1 << 20)
        connection.putrequest('POST', UPLOADS)
        for header in {**headers, 'Content-Type': CUT, 'Content-Length': str(2 * len(half))}.items():
            connection.putheader(*header)
        connection.endheaders(half)
        self.wait_until(node.drafts, 10, 'an upload begins')
        return connection

    def check_upload(self, kept, headers):
        """What was brought is read at the second node, whole and in part."""
        number, made = kept
        whole, two, path = content(number), self.nodes[1], f"{UPLOADS}/{made['id']}/content"
        status, told, about = two.ask('GET', path, None, headers)
        self.assertEqual((status, about['ETag']), (200, f'"{made["digest"]}"'))
        self.assertTrue(told == whole, f'upload {number} is another one')
        part = {**headers, 'Range': f'bytes={len(whole) // 3}-{len(whole) // 2}'}
        status, told, _ = two.ask('GET', path, None, part)
        self.assertEqual(status, 206)
        self.assertTrue(told == whole[len(whole) // 3:len(whole) // 2 + 1], f'a part of upload {number}')

    def goes_on(self):
        """The sequencer, timers and jobs of the node that is left."""
        two = self.nodes[1]
        size = int(self.sql('SELECT count(*) FROM audit_leaf'))
        self.wait_until(lambda: int(two.ask('GET', '/api/v1/audit/checkpoint')[1].split('\n')[1]) >= size,
                        20, 'the sequencer')
        # The dead node holds a job; a timer is due.
        dead = self.sql('SELECT node FROM job_node ORDER BY joined LIMIT 1')
        self.sql("INSERT INTO job (id, kind, payload, lane, state, due, tries, cancel, holder, created)"
                 f" VALUES ('018f-held', 'sweep.logins', '{{}}', 1, 1, 0, 1, 0, '{dead}', 0)")
        self.sql("UPDATE timer SET next = 0 WHERE name = 'sweep.answers'")
        self.wait_until(lambda: self.sql("SELECT count(*) FROM job WHERE kind = 'sweep.answers'"
                                         " AND state = 3") == '1', 20, 'the timer')
        self.wait_until(lambda: self.sql("SELECT state FROM job WHERE id = '018f-held'") == '3',
                        LEASE * 2, 'the job of the dead node')
        self.assertEqual(self.sql(f"SELECT count(*) FROM job_node WHERE node = '{dead}'"), '0')


if __name__ == '__main__':
    unittest.main()
