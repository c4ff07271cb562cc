#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An authority whose processes are killed, whose disk is full, whose token is away: whatever was
handed out is on record as good, no serial is there twice, and afterwards it goes on.

Run as test_cli.py; YINXIN_KILLS says how often processes are killed.
"""

import os
import random
import re
import resource
import signal
import sqlite3
import subprocess
import time
import unittest

import test_cli as cli
from test_cli import IO, OK, REFUSED, must

KILLS = int(os.environ.get('YINXIN_KILLS', '60'))
MODULES = ('/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/pkcs11/libsofthsm2.so',
           '/usr/lib/pkcs11/libsofthsm2.so')
MODULE = next((path for path in MODULES if os.path.exists(path)), None)
GOOD = 1


def setUpModule():
    cli.setUpModule()


def tearDownModule():
    cli.tearDownModule()


def serial_of(cert):
    shown = subprocess.run(['openssl', 'x509', '-in', cert, '-noout', '-serial'],
                           capture_output=True, text=True, check=True).stdout
    return shown.strip().split('=')[1]


class Faults(cli.Case):
    def authority(self, *more):
        """An authority whose key needs no scrypt, so that a process reaches its work at once."""
        ca = self.folder / 'ca'
        must('ca', 'init', ca, '--name', 'CN=Root,O=T,C=CN', '--algorithm', 'p256', *more)
        subprocess.run(['openssl', 'pkcs8', '-topk8', '-nocrypt', '-passin', 'env:PASS', '-in', 'ca.key',
                        '-out', 'plain'], cwd=ca, check=True,
                       env={**os.environ, 'PASS': cli.PASSPHRASE})
        (ca / 'plain').rename(ca / 'ca.key')
        subprocess.run(['openssl', 'req', '-new', '-newkey', 'ec', '-pkeyopt',
                        'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'x.key', '-subj',
                        '/CN=x/O=T/C=CN', '-out', 'x.csr'], cwd=self.folder, check=True,
                       capture_output=True)
        return ca

    def issue(self, ca, name, **more):
        return cli.run('ca', 'issue', ca, '--profile', 'person', '--csr', self.folder / 'x.csr',
                       '-o', self.folder / name, **more)

    def expect_whole(self, ca):
        """Every certificate in the folder is recorded as good; serials are there once."""
        with sqlite3.connect(f'file:{ca}/ca.db?mode=ro', uri=True) as database:
            rows = dict(database.execute('SELECT upper(hex(serial)), state FROM certificate'))
            count, = database.execute('SELECT count(*) FROM certificate').fetchone()
            check, = database.execute('PRAGMA integrity_check').fetchone()
            leaves, = database.execute("SELECT count(*) FROM audit_leaf WHERE action ="
                                       " 'ca.certificate.issue'").fetchone()
        self.assertEqual(check, 'ok')
        self.assertEqual(len(rows), count)
        self.assertEqual(leaves, count)
        made = list(self.folder.glob('made*.pem'))
        for cert in made:
            self.assertEqual(rows.get(serial_of(cert)), GOOD, cert)
        return len(made), count

    def test_killed_two_at_once(self):
        ca = self.authority()
        random.seed(7)
        for number in range(KILLS):
            workers = [subprocess.Popen(
                [cli.PROGRAM, 'ca', 'issue', ca, '--profile', 'person', '--csr',
                 self.folder / 'x.csr', '-o', self.folder / f'made-{number}-{who}'],
                env=cli.environment(YINXIN_PASSPHRASE=cli.PASSPHRASE), stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for who in 'ab']
            time.sleep(random.uniform(0.0, 0.06))
            for worker in workers:
                worker.send_signal(signal.SIGKILL)
            for worker in workers:
                worker.wait()
        for number in range(3):
            self.assertEqual(self.issue(ca, f'made-last-{number}').returncode, OK)
        made, count = self.expect_whole(ca)
        self.assertGreaterEqual(made, 3)
        self.assertGreaterEqual(count, made)
        must('ca', 'crl', ca, '-o', self.folder / 'ca.crl')

    def test_disk_full(self):
        """The database cannot grow: refused with IO, nothing signed; with space again it goes on."""
        ca = self.authority()
        self.assertEqual(self.issue(ca, 'made-first').returncode, OK)
        refused = 0
        for number, limit in enumerate(range(4096, 120 * 1024, 8192)):
            done = self.issue(ca, f'made-{number}', preexec_fn=lambda: (
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))))
            if done.returncode == OK:
                continue
            refused += 1
            self.assertIn(done.returncode, (IO, cli.NO_OUTPUT, cli.NO_INPUT, cli.DAMAGED), done.stderr)
            self.assertTrue(done.stderr)
            self.assertFalse((self.folder / f'made-{number}.pem').exists())
        self.assertGreater(refused, 0)
        self.assertEqual(self.issue(ca, 'made-last').returncode, OK)
        self.expect_whole(ca)


@unittest.skipIf(MODULE is None, 'SoftHSM is not installed')
class OnToken(cli.Case):
    def setUp(self):
        super().setUp()
        (self.folder / 'tokens').mkdir()
        (self.folder / 'conf').write_text(f'directories.tokendir = {self.folder}/tokens\n')
        self.env = {'SOFTHSM2_CONF': str(self.folder / 'conf'), 'YINXIN_PKCS11_MODULE': MODULE,
                    'YINXIN_PIN': '123456', 'YINXIN_NEW_PIN': '123456',
                    'YINXIN_NEW_SO_PIN': '87654321', 'YINXIN_SO_PIN': '87654321'}
        self.program('token', 'init', 'pkcs11:', '--label', 'CA')
        self.program('token', 'generate', 'pkcs11:token=CA', '--algorithm', 'p256', '--label', 'root')
        (self.folder / 'ca.conf').write_text(
            f'key = "pkcs11:token=CA;object=root?module-path={MODULE}"\n')

    def program(self, *arguments, code=OK, says='', pin='123456'):
        done = cli.run(*arguments, env=self.env, passphrase=pin, cwd=self.folder)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(says, done.stderr)
        return done.stdout

    def issue(self, name, **more):
        self.program('ca', 'issue', 'ca', '--profile', 'person', '--subject', 'CN=x', '-o', name,
                     **more)

    def test_walk(self):
        """REQ: SEC-05, SEC-06"""
        init = ('ca', 'init', 'ca', '--name', 'CN=Root,O=T,C=CN', '--config', 'ca.conf')
        self.program(*init, code=REFUSED, pin='999999')
        self.assertFalse((self.folder / 'ca').exists())
        self.program(*init)
        self.assertFalse((self.folder / 'ca' / 'ca.key').exists())
        self.issue('one')
        self.issue('none', code=REFUSED, pin='999999', says='wrong')
        self.program('ca', 'crl', 'ca', '-o', 'ca.crl')
        (self.folder / 'tokens').rename(self.folder / 'away')
        (self.folder / 'tokens').mkdir()
        self.issue('none', code=cli.NO_INPUT, says='token')
        self.assertFalse((self.folder / 'none.pem').exists())
        self.program('ca', 'crl', 'ca', '-o', 'none.crl', code=cli.NO_INPUT)
        (self.folder / 'tokens').rmdir()
        (self.folder / 'away').rename(self.folder / 'tokens')
        self.issue('two')
        self.assertEqual(len(re.findall('CN=x', self.program('ca', 'list', 'ca'))), 2)


if __name__ == '__main__':
    unittest.main()
