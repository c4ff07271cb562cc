#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two nodes of `yinxin serve` on one PostgreSQL: one is killed under load, and the other goes on.

Run as test_cli.py. Needs a PostgreSQL server; skipped where there is none.
"""
import http.client
import json
import os
import pathlib
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


class Node:
    """One `yinxin serve`, with its processes in a group of their own."""

    def __init__(self, data):
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

    def ask(self, method, path, body=None, headers=None):
        """Status, JSON or text, and headers; raises OSError or HTTPException when nobody answers."""
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection('127.0.0.1', self.port, timeout=10, context=context)
        try:
            connection.request(method, path, None if body is None else json.dumps(body),
                               {'Content-Type': 'application/json', **(headers or {})})
            reply = connection.getresponse()
            text = reply.read().decode()
            if reply.getheader('Content-Type', '').startswith('application/json'):
                text = json.loads(text)
            return reply.status, text, reply.headers
        finally:
            connection.close()

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
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
        (data / 'yinxin.conf').write_text(f'database = "{self.server.uri}"\nlog_requests = no\n')
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

    def test_one_is_killed_under_load(self):
        headers = self.log_in()
        kept, lost, stop = [], [], threading.Event()

        def write(first):
            """Roles, at the one node and at the other in turn; what was acknowledged must stay."""
            for n in range(first, first + 100000):
                if stop.is_set():
                    return
                role = {'name_zh': f'角色{n}', 'name_en': f'Role {n}', 'permissions': ['party.read']}
                try:
                    status, body, _ = self.nodes[n % 2].ask('POST', '/api/v1/roles', role, headers)
                except (OSError, http.client.HTTPException):
                    lost.append(n)
                    continue
                if status == 201:
                    kept.append(f'Role {n}')
                else:
                    lost.append((n, status, body))

        writers = [threading.Thread(target=write, args=(i * 100000,)) for i in range(4)]
        for writer in writers:
            writer.start()
        self.wait_until(lambda: len(kept) >= 60, 60, lost[:3])
        self.assertEqual(lost, [])
        self.nodes[0].kill()
        before = len(kept)
        self.wait_until(lambda: len(kept) >= before + 60, 60, lost[:3])
        stop.set()
        for writer in writers:
            writer.join()

        there = set(self.sql("SELECT name_en FROM party_role WHERE name_en LIKE 'Role %'").splitlines())
        self.assertEqual(set(kept) - there, set(), 'acknowledged and lost')
        leaves = int(self.sql("SELECT count(*) FROM audit_leaf WHERE action = 'role.make'"))
        self.assertEqual(leaves, len(there), 'a leaf for each, and no others')
        self.assertLessEqual(len(there) - len(kept), 4, 'no more than were under way')
        self.goes_on()
        cli.must('audit', 'verify', '--data', self.data / 'two', cwd=self.data)

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
