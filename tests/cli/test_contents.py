#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Contents brought to a running service and read again, 200 MB in little memory; its numbers for
Prometheus, judged by promtool where it is installed.

Run as test_account.py."""
import hashlib
import http.client
import json
import pathlib
import re
import shutil
import ssl
import subprocess
import tempfile
import unittest
import urllib.parse

import test_account as account
import test_cli as cli

LARGE = 200 << 20
MEMORY = 16 << 10  # kB
# A line of the text format 0.0.4: a name, labels, a number.
SAMPLE = re.compile(r'([a-z_:][a-z0-9_:]*)(\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*\})? '
                    r'(-?[0-9.]+(?:e[+-]?[0-9]+)?|NaN|[+-]Inf)')
BROWSER = None


def setUpModule():
    global BROWSER
    cli.WORLD = pathlib.Path(tempfile.mkdtemp(prefix='yinxin-contents-'))
    account.SERVICE = account.Service(cli.WORLD / 'data')
    assert account.redeem(account.SERVICE.links['admin']) == 204
    BROWSER = account.Browser()
    status, said = BROWSER.log_in('admin', account.PASSWORD)
    assert status == 201, said


def tearDownModule():
    account.SERVICE.close()
    shutil.rmtree(cli.WORLD)


def ask(method, path, body=None, headers=None):
    place = urllib.parse.urlsplit(account.SERVICE.origin)
    trust = ssl.create_default_context(cafile=str(account.SERVICE.data / 'tls.pem'))
    trust.check_hostname = False
    connection = http.client.HTTPSConnection(place.hostname, place.port, context=trust, timeout=60)
    connection.request(method, path, body, {
        'Cookie': f'__Host-yinxin={BROWSER.cookie}', 'X-CSRF-Token': BROWSER.csrf, **(headers or {})})
    return connection, connection.getresponse()


def bring(body, **headers):
    connection, reply = ask('POST', '/api/v1/uploads', body, headers)
    said = json.loads(reply.read())
    connection.close()
    return reply.status, said


def web():
    """The process that speaks with the world."""
    parent = account.SERVICE.process.pid
    for pid in subprocess.run(['pgrep', '-P', str(parent)], capture_output=True, text=True,
                              check=True).stdout.split():
        if pathlib.Path('/proc', pid, 'cmdline').read_bytes().split(b'\0')[2:3] == [b'web']:
            return int(pid)
    raise AssertionError('there is no web')


def peak():
    text = pathlib.Path('/proc', str(web()), 'status').read_text()
    return int(re.search(r'VmHWM:\s+(\d+)', text)[1])


class Pieces:
    """A body of LARGE bytes that nobody holds as a whole."""
    def __init__(self):
        self.digest, self.left = hashlib.new('sm3'), LARGE

    def __len__(self):
        return LARGE

    def read(self, _):
        piece = self.left.to_bytes(4, 'big') * (1 << 14) if self.left > 0 else b''
        self.left -= len(piece)
        self.digest.update(piece)
        return piece


class Contents(unittest.TestCase):
    def test_a_content_comes_and_goes(self):
        status, upload = bring(b'abc', **{'Content-Type': 'text/plain'})
        self.assertEqual(status, 201, upload)
        self.assertEqual(upload['digest'], hashlib.new('sm3', b'abc').hexdigest())
        path = f'/api/v1/uploads/{upload["id"]}'
        for headers, code, said in (({}, 200, b'abc'), ({'Range': 'bytes=1-'}, 206, b'bc'),
                                    ({'Range': 'bytes=9-'}, 416, None)):
            connection, reply = ask('GET', path + '/content', headers=headers)
            self.assertEqual(reply.status, code)
            if said is not None:
                self.assertEqual(reply.read(), said)
            connection.close()
        for method, code in (('DELETE', 204), ('GET', 404)):
            connection, reply = ask(method, path)
            self.assertEqual(reply.status, code)
            connection.close()

    def test_large_contents_take_little_memory(self):
        bring(b'first')
        before, body = peak(), Pieces()
        status, upload = bring(body, **{'Content-Length': str(LARGE)})
        self.assertEqual(status, 201, upload)
        self.assertEqual(upload['digest'], body.digest.hexdigest())
        connection, reply = ask('GET', f'/api/v1/uploads/{upload["id"]}/content')
        digest = hashlib.new('sm3')
        while piece := reply.read(1 << 16):
            digest.update(piece)
        connection.close()
        self.assertEqual(upload['digest'], digest.hexdigest())
        if 'asan' not in cli.PROGRAM:
            self.assertLess(peak() - before, MEMORY)

    def test_what_is_too_long_is_refused_at_once(self):
        connection, reply = ask('POST', '/api/v1/uploads', None, {'Content-Length': str(4 * LARGE)})
        self.assertEqual(reply.status, 413)
        connection.close()


class Metrics(unittest.TestCase):
    def get(self):
        connection, reply = ask('GET', '/metrics')
        text = reply.read().decode()
        self.assertEqual(reply.status, 200, text)
        connection.close()
        return text

    def test_every_line_is_well_formed(self):
        """Each sample belongs to the family above it, and none stands twice."""
        family, families, seen = None, set(), set()
        for line in self.get().splitlines():
            if line.startswith('# HELP '):
                family = line.split(' ')[2]
                self.assertNotIn(family, families)
                families.add(family)
            elif not line.startswith('# TYPE '):
                sample = SAMPLE.fullmatch(line)
                self.assertIsNotNone(sample, line)
                self.assertIn(sample[1].removeprefix(family), ('', '_bucket', '_sum', '_count'), line)
                self.assertNotIn(sample[1] + (sample[2] or ''), seen)
                seen.add(sample[1] + (sample[2] or ''))

    def test_what_is_counted(self):
        text = self.get()
        for sample in ('yinxin_store_up 1', 'yinxin_keeper_up 1', 'yinxin_audit_leaves ',
                       'yinxin_certificate_not_after_seconds{kind="tls",name=""} ',
                       'yinxin_http_requests_total{', 'yinxin_documents_total '):
            self.assertIn('\n' + sample, text)

    @unittest.skipUnless(shutil.which('promtool'), 'promtool (Debian: prometheus) is not installed')
    def test_promtool_finds_nothing(self):
        done = subprocess.run(['promtool', 'check', 'metrics'], input=self.get(), text=True,
                              capture_output=True)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ''))

    def test_they_are_not_for_everybody(self):
        data = cli.WORLD / 'closed'
        data.mkdir()
        (data / 'yinxin.conf').write_text('metrics_from = {"192.0.2.0/24"}\n')
        kept, account.SERVICE = account.SERVICE, account.Service(data)
        try:
            self.assertEqual(account.Browser().ask('GET', '/metrics')[0], 401)
            self.assertEqual(account.redeem(account.SERVICE.links['admin']), 204)
            browser = account.Browser()
            self.assertEqual(browser.log_in('admin', account.PASSWORD)[0], 201)
            with self.assertRaises(json.JSONDecodeError):  # numbers, and no problem
                browser.ask('GET', '/metrics')
        finally:
            account.SERVICE.close()
            account.SERVICE = kept


if __name__ == '__main__':
    unittest.main()
