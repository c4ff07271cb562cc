#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Verification by the running service: documents sent to /api/v1/verifications and to the page /verify.

The service is the built program with all its processes; they are killed, too.
"""

import concurrent.futures
import json
import os
import pathlib
import signal
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'cli'))
import service  # noqa: E402
import test_cli as cli  # noqa: E402

WORLD = SERVICE = None


class Service(service.Service):
    def ask(self, method, path, body=None, **headers):
        """-> status, headers, text"""
        status, headers, text = super().ask(method, path, body, {
            name.replace('_', '-'): value for name, value in headers.items()})
        return status, headers, text.decode()

    def verify(self, document, **headers):
        status, _, text = self.ask('POST', '/api/v1/verifications', document, **headers)
        return status, json.loads(text)

    def pages(self):
        return self.children('yinxin-page')


def setUpModule():
    global WORLD, SERVICE
    cli.setUpModule()
    WORLD = cli.WORLD
    SERVICE = Service(f'verify_trust = {{"{WORLD}/ca/ca.pem"}}\nupload_max = 3M\nlog_requests = no\n')


def tearDownModule():
    SERVICE.stop()
    cli.tearDownModule()


def document(name):
    return (WORLD / name).read_bytes()


def form(name, content):
    return (b'--b\r\nContent-Disposition: form-data; name="file"; filename="' + name.encode() + b'"\r\n\r\n' +
            content + b'\r\n--b--\r\n')


FORM = {'Content_Type': 'multipart/form-data; boundary=b'}


class Machines(unittest.TestCase):
    def test_the_report_is_that_of_the_command_line(self):
        for name in ('sealed.ofd', 'forged.ofd', 'contract.ofd'):
            done = cli.run('verify', name, '--json', '--trust', 'ca/ca.pem', '--no-default-trust')
            status, reply = SERVICE.verify(form(name, document(name)), Accept_Language='en', **FORM)
            self.assertEqual(status, 200)
            self.assertEqual(reply['report'], json.loads(done.stdout))

    # REQ: VER-03
    def test_effective_only_when_valid(self):
        for name, result in (('sealed.ofd', 'valid'), ('forged.ofd', 'invalid'), ('contract.ofd', 'unsigned')):
            _, reply = SERVICE.verify(document(name))
            self.assertEqual((reply['report']['result'], reply['effective']), (result, result == 'valid'))

    def test_a_seal_file(self):
        status, reply = SERVICE.verify(document('unit.esl'))
        self.assertEqual((status, reply['report']['format'], reply['report']['result']), (200, 'esl', 'valid'))

    def test_both_languages(self):
        self.assertIn('原件', SERVICE.verify(document('contract.ofd'), Accept_Language='zh')[1]['notice'])
        self.assertIn('original', SERVICE.verify(document('contract.ofd'), Accept_Language='en')[1]['notice'])

    def test_what_is_refused(self):
        self.assertEqual(SERVICE.verify(b'neither')[0], 400)
        self.assertEqual(SERVICE.verify(b'')[0], 400)

    def test_what_is_too_long_is_refused_at_once(self):
        connection = SERVICE.connect()
        connection.putrequest('POST', '/api/v1/verifications')
        connection.putheader('Content-Length', str(4 << 20))
        connection.endheaders()
        self.assertEqual(connection.getresponse().status, 413)
        connection.close()

    def test_nothing_is_kept(self):
        # Longer than what stays in memory, shorter than what is refused.
        self.assertEqual(SERVICE.verify(b'%PDF-1.7' + bytes(2 << 20))[0], 200)
        self.assertEqual(os.listdir(pathlib.Path(SERVICE.folder.name, 'data/uploads')), [])


class People(unittest.TestCase):
    def test_the_form_needs_no_script(self):
        status, headers, text = SERVICE.ask('GET', '/verify', Accept_Language='zh')
        self.assertEqual(status, 200)
        self.assertIn('<form method="post" enctype="multipart/form-data"', text)
        self.assertNotIn('script', text + headers['Content-Security-Policy'].replace("default-src 'none'", ''))

    def test_the_answer(self):
        status, _, text = SERVICE.ask('POST', '/verify?lang=zh', form('合同.ofd', document('sealed.ofd')), **FORM)
        self.assertEqual(status, 200)
        for part in ('verdict valid', '测试单位公章', '<strong>测试单位</strong>', '合同.ofd'):
            self.assertIn(part, text)
        status, _, text = SERVICE.ask('POST', '/verify?lang=en', form('a', document('forged.ofd')), **FORM)
        self.assertIn('verdict invalid', text)

    # REQ: VER-09
    def test_a_copy_is_no_original(self):
        _, _, text = SERVICE.ask('POST', '/verify?lang=zh', form('a.ofd', document('contract.ofd')), **FORM)
        self.assertIn('视同复印件', text)


class Processes(unittest.TestCase):
    def test_a_hundred_at_a_time_while_workers_die(self):
        """kill -9: what a worker had begun is refused, everything else is answered rightly."""
        sealed = document('sealed.ofd')
        with concurrent.futures.ThreadPoolExecutor(25) as pool:
            futures = [pool.submit(SERVICE.verify, sealed) for _ in range(100)]
            for _ in range(5):
                for pid in SERVICE.pages():
                    os.kill(pid, signal.SIGKILL)
                time.sleep(0.1)
            replies = [future.result() for future in futures]
        self.assertLessEqual({status for status, _ in replies}, {200, 400, 503})
        for status, reply in replies:
            self.assertTrue(status != 200 or reply['effective'])
        self.assertGreater(sum(status == 200 for status, _ in replies), 50)
        self.assertEqual(SERVICE.verify(sealed)[0], 200)


if __name__ == '__main__':
    unittest.main()
