#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Renewal, pairs of certificates, and keys recovered by two administrators, as their users do it.

YINXIN_PROGRAM names the program; build/yinxin unless set. Needs Python 3 alone.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ.get('YINXIN_PROGRAM', ROOT / 'build' / 'yinxin'))
OK, REFUSED, USAGE, DAMAGED, NO_INPUT, NO_OUTPUT = 0, 1, 64, 65, 66, 73
UNIT = 'CN=测试单位,O=测试单位,C=CN'


def run(*arguments, cwd):
    env = {'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8', 'HOME': '/nonexistent', 'TZ': 'UTC',
           'YINXIN_PASSPHRASE': 'correct horse'}
    for name in ('ASAN_OPTIONS', 'UBSAN_OPTIONS'):
        if name in os.environ:
            env[name] = os.environ[name]
    return subprocess.run([PROGRAM, *map(str, arguments)], cwd=cwd, env=env, timeout=120,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)


class Folder(unittest.TestCase):
    """A root authority in a folder of its own for each test."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='yinxin-escrow-')
        self.addCleanup(shutil.rmtree, self.folder)
        self.must('ca', 'init', 'ca', '--name', 'CN=根,O=测试,C=CN')

    def path(self, name):
        return os.path.join(self.folder, name)

    def expect(self, code, *arguments):
        done = run(*arguments, cwd=self.folder)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def must(self, *arguments):
        return self.expect(OK, *arguments).stdout

    def issue(self, name, *more, profile='unit', subject=UNIT):
        return self.must('ca', 'issue', 'ca', '--profile', profile, '--subject', subject,
                         '-o', name, *more)

    def states(self):
        return [line.split()[2] for line in self.must('ca', 'list', 'ca').splitlines()]


class Renewal(Folder):
    # REQ: CERT-75, CERT-76
    def test_extension_keeps_the_key(self):
        self.issue('unit', '--identity', 'organization=91110000MA0000000X')
        self.must('ca', 'renew', 'ca', 'unit.pem', '-o', 'next', '--days', '30')
        self.assertFalse(os.path.exists(self.path('next.key')))
        self.assertEqual(self.states(), ['good', 'good'])
        self.expect(NO_OUTPUT, 'ca', 'renew', 'ca', 'unit.pem', '-o', 'next')

    # REQ: CERT-93, CERT-94
    def test_reissue_after_a_loss(self):
        self.issue('unit')
        self.must('ca', 'suspend', 'ca', 'unit.pem')
        self.expect(REFUSED, 'ca', 'renew', 'ca', 'unit.pem', '-o', 'next')
        out = self.must('ca', 'renew', 'ca', 'unit.pem', '--rekey', '--reissue', '-o', 'next')
        self.assertIn('is revoked', out)
        self.assertTrue(os.path.exists(self.path('next.key')))
        self.assertEqual(self.states(), ['revoked', 'good'])
        self.expect(REFUSED, 'ca', 'renew', 'ca', 'unit.pem', '-o', 'third')
        self.assertFalse(os.path.exists(self.path('third.pem')))

    def test_with_a_request(self):
        self.issue('unit')
        self.issue('other')
        self.must('request', '--key', 'other.key', '--subject', UNIT, '-o', 'other.csr')
        self.must('ca', 'renew', 'ca', 'unit.pem', '--csr', 'other.csr', '-o', 'next')
        self.must('request', '--key', 'unit.key', '--subject', UNIT, '-o', 'unit.csr')
        self.expect(REFUSED, 'ca', 'renew', 'ca', 'unit.pem', '--csr', 'unit.csr', '-o', 'x')

    def test_a_changed_name(self):
        self.issue('unit')
        changed = 'CN=新名,O=新名,C=CN'
        self.expect(REFUSED, 'ca', 'renew', 'ca', 'unit.pem', '--subject', changed, '-o', 'next')
        self.must('ca', 'renew', 'ca', 'unit.pem', '--subject', changed, '--reissue', '-o', 'next')
        self.assertIn('新名', self.must('ca', 'list', 'ca'))

    def test_usage(self):
        self.issue('unit')
        renew = ('ca', 'renew', 'ca', 'unit.pem', '-o', 'x')
        self.expect(USAGE, *renew, '--csr', 'a', '--rekey')
        self.expect(USAGE, *renew, '--algorithm', 'sm2')
        self.expect(USAGE, *renew, '--identity', 'organization=1')
        self.expect(NO_INPUT, 'ca', 'renew', 'ca', 'none.pem', '-o', 'x')
        for identity in ('shoe-size=1', 'organization', '=1'):
            self.expect(USAGE, 'ca', 'issue', 'ca', '--profile', 'unit', '--subject', UNIT,
                        '--identity', identity, '-o', 'y')
        self.expect(USAGE, 'ca', 'issue', 'ca', '--profile', 'unit', '--subject', UNIT,
                    '--identity', 'taxation=1', '--identity', 'taxation=2', '-o', 'y')
        self.assertFalse(os.path.exists(self.path('y.pem')))


class Escrow(Folder):
    def setUp(self):
        super().setUp()
        for admin in ('one', 'two', 'three'):
            self.issue(admin, profile='person-encryption', subject=f'CN={admin}')
        self.must('escrow', 'init', 'escrow', '--admin', 'one.pem', '--admin', 'two.pem',
                  '--admin', 'three.pem')

    def same_key(self, certificate, key):
        """Is it the private key of the certificate? A request made with it has the same one."""
        asked = subprocess.run(['openssl', 'pkey', '-in', self.path(key), '-passin',
                                'pass:correct horse', '-pubout'], capture_output=True, check=True)
        told = subprocess.run(['openssl', 'x509', '-in', self.path(certificate), '-noout',
                               '-pubkey'], capture_output=True, check=True)
        return asked.stdout == told.stdout

    def ask(self):
        self.must('escrow', 'ask', 'escrow', 'unit-enc.pem', '--to', 'one.pem',
                  '--reason', 'holder left', '-o', 'request')

    def answer(self, admin):
        return self.must('escrow', 'answer', 'request', '--cert', f'{admin}.pem', '--key',
                         f'{admin}.key', '-o', f'answer-{admin}')

    # REQ: CA-27
    def test_a_pair_is_issued_and_opened(self):
        self.issue('unit', '--escrow', 'escrow')
        for name in ('unit.pem', 'unit.key', 'unit-enc.pem', 'unit-enc.p7', 'unit-enc.sm2'):
            self.assertTrue(os.path.exists(self.path(name)), name)
        for envelope in ('unit-enc.p7', 'unit-enc.sm2'):
            self.must('escrow', 'open', envelope, '--cert', 'unit.pem', '--key', 'unit.key',
                      '-o', envelope + '.key')
            self.assertTrue(self.same_key('unit-enc.pem', envelope + '.key'))
            self.expect(REFUSED, 'escrow', 'open', envelope, '--cert', 'one.pem', '--key',
                        'one.key', '-o', 'x')
        self.expect(NO_OUTPUT, 'escrow', 'open', 'unit-enc.p7', '--cert', 'unit.pem', '--key',
                    'unit.key', '-o', 'unit.key')
        self.assertIn('测试单位', self.must('escrow', 'list', 'escrow'))

    def test_a_pair_is_renewed(self):
        self.issue('unit', '--escrow', 'escrow')
        self.must('ca', 'renew', 'ca', 'unit.pem', '--escrow', 'escrow', '-o', 'next')
        self.must('escrow', 'open', 'next-enc.p7', '--cert', 'next.pem', '--key', 'unit.key', '-o',
                  'next-enc.key')
        self.assertTrue(self.same_key('next-enc.pem', 'next-enc.key'))
        self.assertFalse(self.same_key('unit-enc.pem', 'next-enc.key'))
        self.must('ca', 'renew', 'ca', 'next.pem', '--rekey', '--reissue', '--escrow', 'escrow', '-o',
                  'third')
        self.must('escrow', 'open', 'third-enc.sm2', '--cert', 'third.pem', '--key', 'third.key',
                  '-o', 'third-enc.key')
        self.assertEqual(self.must('ca', 'list', 'ca').count('revoked'), 2)
        # A profile without a twin; outputs that are there.
        self.issue('maker', profile='seal-maker')
        self.expect(REFUSED, 'ca', 'renew', 'ca', 'maker.pem', '--escrow', 'escrow', '-o', 'x')
        self.expect(NO_OUTPUT, 'ca', 'renew', 'ca', 'unit.pem', '--escrow', 'escrow', '-o', 'next')
        self.expect(NO_INPUT, 'ca', 'renew', 'ca', 'unit.pem', '--escrow', 'nowhere', '-o', 'x')
        self.assertFalse(os.path.exists(self.path('x.pem')))

    # REQ: CA-27, CA-28
    def test_two_administrators_recover(self):
        self.issue('unit', '--escrow', 'escrow')
        self.ask()
        self.assertIn('holder left', self.must('escrow', 'show', 'request'))
        self.assertIn('holder left', self.answer('one'))
        self.answer('three')
        self.expect(REFUSED, 'escrow', 'recover', 'escrow', 'answer-one', 'answer-one', '-o', 'k')
        self.assertFalse(os.path.exists(self.path('k.p7')))
        self.must('escrow', 'recover', 'escrow', 'answer-one', 'answer-three', '-o', 'k')
        self.expect(REFUSED, 'escrow', 'recover', 'escrow', 'answer-one', 'answer-three',
                    '-o', 'again')
        self.must('escrow', 'open', 'k.p7', '--cert', 'one.pem', '--key', 'one.key', '-o', 'k.key')
        self.assertTrue(self.same_key('unit-enc.pem', 'k.key'))
        self.assertIn('recovered: 1', self.must('escrow', 'list', 'escrow'))

    def test_refusals(self):
        self.issue('unit', '--escrow', 'escrow')
        self.ask()
        # The signing key is not kept; a stranger has no share; a wrong file is none.
        self.expect(REFUSED, 'escrow', 'ask', 'escrow', 'unit.pem', '--to', 'one.pem', '--reason',
                    'x', '-o', 'r')
        self.expect(REFUSED, 'escrow', 'answer', 'request', '--cert', 'unit.pem', '--key',
                    'unit.key', '-o', 'a')
        self.assertFalse(os.path.exists(self.path('a')))
        self.expect(DAMAGED, 'escrow', 'show', 'one.pem')
        self.expect(USAGE, 'escrow', 'answer', 'request', '--cert', 'one.pem', '--key',
                    'pkcs11:object=x', '-o', 'a')
        self.expect(USAGE, 'escrow', 'ask', 'escrow', 'unit-enc.pem', '--to', 'one.pem',
                    '--reason', '', '-o', 'r')
        # Stores.
        self.expect(USAGE, 'escrow', 'init', 'other', '--admin', 'one.pem')
        self.expect(REFUSED, 'escrow', 'init', 'other', '--admin', 'one.pem', '--admin', 'one.pem')
        self.assertFalse(os.path.exists(self.path('other')))
        self.expect(NO_OUTPUT, 'escrow', 'init', 'escrow', '--admin', 'one.pem', '--admin',
                    'two.pem')
        self.expect(NO_INPUT, 'escrow', 'list', 'nowhere')
        # Pairs: a profile without a twin; outputs that are there.
        self.expect(REFUSED, 'ca', 'issue', 'ca', '--profile', 'seal-maker', '--subject', UNIT,
                    '--escrow', 'escrow', '-o', 'maker')
        self.assertFalse(os.path.exists(self.path('maker.pem')))
        self.assertFalse(os.path.exists(self.path('maker-enc.pem')))


if __name__ == '__main__':
    unittest.main()
