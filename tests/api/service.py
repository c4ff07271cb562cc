#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""service.py: a service of a test's own, with a folder of its own, at a port that is free."""

import http.client
import json
import os
import pathlib
import re
import signal
import ssl
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = pathlib.Path(os.environ.get('YINXIN_PROGRAM', ROOT / 'build' / 'yinxin')).resolve()


class Service:
    """`settings` are the text of its yinxin.conf. self.first: the tokens of the one-time links of
    the first administrators."""

    def __init__(self, settings=''):
        self.folder = tempfile.TemporaryDirectory(prefix='yinxin-service-')
        data = pathlib.Path(self.folder.name, 'data')
        data.mkdir()
        (data / 'yinxin.conf').write_text(settings, encoding='utf-8')
        self.process = subprocess.Popen(
            [PROGRAM, 'serve', '--data', data, '--listen', '127.0.0.1:0'],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.first, self.port = {}, None
        for line in self.process.stdout:
            if match := re.match(r'(\w+): https://127\.0\.0\.1:\d+/start\?token=(\S+)$', line):
                self.first[match[1]] = match[2]
            if match := re.match(r'https://127\.0\.0\.1:(\d+)$', line):
                self.port = int(match[1])
                break
        if self.port is None or len(self.first) != 3:
            self.stop()
            raise RuntimeError('the service does not start')

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.process.stdout.close()
        self.folder.cleanup()

    def children(self, name):
        """The ids of its processes of this name."""
        found = []
        for entry in pathlib.Path('/proc').glob('[0-9]*/stat'):
            try:
                pid, rest = entry.read_text().split(' (', 1)
            except OSError:
                continue
            command, rest = rest.rsplit(') ', 1)
            if command == name and int(rest.split()[1]) == self.process.pid:
                found.append(int(pid))
        return found

    def connect(self, timeout=20):
        return http.client.HTTPSConnection('127.0.0.1', self.port, timeout=timeout,
                                           context=ssl._create_unverified_context())

    def ask(self, method, path, body=None, headers=None):
        """Status, headers, body; of events the first ones."""
        connection = self.connect()
        try:
            connection.request(method.upper(), path, body, headers or {})
            reply = connection.getresponse()
            endless = reply.headers['Content-Type'] == 'text/event-stream'
            return reply.status, reply.headers, reply.read1() if endless else reply.read()
        finally:
            connection.close()

    def ask_json(self, method, path, value=None, person=None):
        """As somebody who is logged in; None: as nobody."""
        headers = dict(person or {})
        if value is not None:
            headers['Content-Type'] = 'application/json'
        return self.ask(method, path, None if value is None else json.dumps(value), headers)

    def open_account(self, name):
        """The first administrators set passwords by their links. The replies: of the link (None when
        it was used before), of the log-in."""
        password = f'Contract-{name}-2026!'
        link = None
        if name in self.first:
            link = self.ask_json('POST', '/api/v1/links',
                                 {'token': self.first.pop(name), 'password': password})
        return link, self.ask_json('POST', '/api/v1/session', {'name': name, 'password': password})

    @staticmethod
    def shown(reply):
        """The headers that show who asks, from the reply to a log-in."""
        return {'Cookie': reply[1]['Set-Cookie'].split(';')[0],
                'X-CSRF-Token': json.loads(reply[2])['csrf']}
